//! Parity, width and traffic groups.

#![cfg(test)]

use std::time::Duration;

use comms_core::{Clock, CommsInfo, CommsStack, ErrorClass, Value, Width};
use comms_testkit::{Loopback, ManualClock};
use comms_util::{TrafficGroups, Util};

fn pair(groups: &TrafficGroups) -> (CommsStack, CommsStack) {
    let (near, far) = Loopback::pair_in_one_thread();
    let stack = |end| {
        let util = Util::in_groups(groups);
        let mut stack = CommsStack::builder().layer(util).layer(end).build().unwrap();
        stack.connect().unwrap();
        stack
    };
    (stack(near), stack(far))
}

/// Sends from one end to the other, and gives what arrives.
fn carry(near: &mut CommsStack, far: &mut CommsStack, octets: &[u8]) -> Vec<u8> {
    near.send(octets).unwrap();
    near.flush().unwrap();
    let mut arrived = vec![0; octets.len()];
    let count = far.receive(&mut arrived).unwrap();
    arrived.truncate(count);
    arrived
}

#[test]
fn parity_is_put_on_and_taken_off_again() {
    let ascii = (0..128_u8).collect::<Vec<_>>();
    for parity in ["odd", "even"] {
        let (mut near, mut far) = pair(&TrafficGroups::new());
        near.set("write_parity", parity).unwrap();
        let wire = carry(&mut near, &mut far, &ascii);
        let ones = u32::from(parity == "odd");
        assert!(wire.iter().all(|octet| octet.count_ones() % 2 == ones), "{parity}");
        far.set("read_parity", "strip").unwrap();
        assert_eq!(carry(&mut near, &mut far, &ascii), ascii);
        // The way back is as wide as ever.
        assert_eq!(carry(&mut far, &mut near, b"\xff\x00"), b"\xff\x00");
    }
}

#[test]
fn a_channel_with_parity_is_seven_bits_wide() {
    for name in ["read_parity", "write_parity"] {
        let (mut near, _far) = pair(&TrafficGroups::new());
        assert_eq!(near.top().unwrap().width(), Width::EightBit);
        near.set(name, "even").unwrap();
        assert_eq!(near.top().unwrap().width(), Width::SevenBit, "{name}");
        near.set(name, "preserve").unwrap();
        assert_eq!(near.top().unwrap().width(), Width::EightBit, "{name}");
        assert_eq!(near.set(name, "sideways").unwrap_err().class(), ErrorClass::Usage);
    }
}

fn figures(stack: &mut CommsStack, args: &[Value]) -> Vec<i64> {
    let Value::List(figures) = stack.invoke("traffic", args).unwrap() else { return Vec::new() };
    figures.iter().filter_map(Value::as_integer).collect()
}

#[test]
fn the_layers_of_a_group_are_counted_together_until_they_are_reset() {
    let groups = TrafficGroups::new();
    let ((mut near, mut far), (mut third, mut fourth)) = (pair(&groups), pair(&groups));
    for stack in [&mut near, &mut third] {
        stack.set("traffic_group", "mail").unwrap();
    }
    carry(&mut near, &mut far, b"12345");
    carry(&mut third, &mut fourth, b"123");
    carry(&mut far, &mut near, b"1234567");
    assert_eq!(figures(&mut near, &[]), [8, 7, 2, 1]);
    assert_eq!(figures(&mut far, &["mail".into()]), [8, 7, 2, 1]);
    assert_eq!(figures(&mut far, &["other".into()]), [0, 0, 0, 0]);
    assert_eq!(groups.traffic("mail").bytes_sent, 8);
    third.invoke("reset_traffic", &[]).unwrap();
    assert_eq!(figures(&mut near, &[]), [0, 0, 0, 0]);
    let error = near.invoke("traffic", &[1.into()]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
}

#[test]
fn a_group_knows_when_something_last_passed() {
    let (groups, clock) = (TrafficGroups::new(), ManualClock::new());
    let (mut near, mut far) = pair(&groups);
    near.set_clock(clock.clone());
    near.set("traffic_group", "mail").unwrap();
    let times = |stack: &mut CommsStack| {
        let Value::List(figures) = stack.invoke("traffic", &[]).unwrap() else { return Vec::new() };
        figures.into_iter().skip(4).collect()
    };
    assert_eq!(times(&mut near), [Value::Nothing, Value::Nothing, Value::Nothing]);
    let seconds = |seconds| Value::Duration(Duration::from_secs(seconds));
    carry(&mut near, &mut far, b"12345");
    clock.advance(Duration::from_secs(3));
    assert_eq!(times(&mut near), [seconds(3), Value::Nothing, seconds(3)]);
    carry(&mut far, &mut near, b"1234567");
    clock.advance(Duration::from_secs(2));
    assert_eq!(times(&mut near), [seconds(5), seconds(2), seconds(2)]);
    let info = groups.info("mail", clock.now());
    assert_eq!((info.bytes_sent(), info.bytes_received()), (5, 7));
    assert_eq!(info.idle(), Some(Duration::from_secs(2)));
    groups.reset("mail");
    assert_eq!(groups.info("mail", clock.now()), CommsInfo::default());
}

#[test]
fn the_properties_have_names() {
    let (near, _far) = pair(&TrafficGroups::new());
    for (name, value) in [
        ("read_parity", Some(Value::from("preserve"))),
        ("writeParity", Some(Value::from("preserve"))),
        ("Util.traffic_group", None),
        ("inactivity_timeout", None),
    ] {
        assert_eq!(near.get(name).unwrap().value, value, "{name}");
    }
    assert_eq!(near.get("parity").unwrap_err().class(), ErrorClass::Usage);
}
