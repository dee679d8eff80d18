//! What holds for every proxy.

use std::time::Duration;

use comms_core::{CommsStack, DeadlinePassed, ErrorClass, StackError, Value};
use comms_tcp::{HttpConnect, ProxyError, Socks5, Tcp};
use comms_testkit::{Cut, Delivery, ManualClock, Script};

use crate::bottoms::{Drip, Portions};
use crate::way::{WAYS, hear_all, pending};

#[test]
fn a_whole_dialogue_is_said_as_it_should_be_however_it_arrives() {
    for way in WAYS {
        let seeded = (0..20).map(Delivery::Seeded);
        for delivery in [Delivery::Whole, Delivery::PerOctet].into_iter().chain(seeded) {
            let proxy = way.proxy().send("220 mail.example\r\n").expect("QUIT\r\n");
            let proxy = proxy.reply("221 bye\r\n").delivery(delivery);
            let transcript = proxy.transcript();
            let mut stack = way.over(proxy);
            stack.connect().unwrap();
            stack.send("QUIT\r\n").unwrap();
            assert_eq!(hear_all(&mut stack), b"220 mail.example\r\n221 bye\r\n");
            assert_eq!(transcript.sent(), [&way.requests()[..], b"QUIT\r\n"].concat());
            // Each request goes in one piece.
            assert_eq!(transcript.sends(), way.dialogue.len() as u64 + 1);
            stack.disconnect().unwrap();
            transcript.finished().unwrap();
        }
    }
}

#[test]
fn early_octets_are_received_first_wherever_the_segments_end() {
    let early = b"220 mail.example ESMTP\r\n";
    for way in WAYS {
        let all = [&way.answers()[..], early].concat();
        for cut in 1..all.len() {
            for rest in [vec![], b"more\r\n".to_vec()] {
                let (one, other) = all.split_at(cut);
                let portions = [one, other, &rest].map(<[u8]>::to_vec);
                let portions = portions.into_iter().filter(|one| !one.is_empty()).collect();
                let mut stack = way.over(Portions(portions));
                stack.connect().unwrap();
                let expected = cut.checked_sub(way.answers().len()).unwrap_or(early.len());
                assert_eq!(pending(&stack), expected, "{cut}");
                assert_eq!(stack.receive(&mut []).unwrap(), 0);
                assert_eq!(hear_all(&mut stack), [&early[..], &rest].concat(), "{cut}");
                assert_eq!(pending(&stack), 0);
            }
        }
    }
}

#[test]
fn a_flood_behind_the_answer_is_not_kept_but_passed_on() {
    for way in WAYS {
        let flood = vec![b'x'; 1 << 16];
        let mut stack = way.over(way.proxy().send(&flood));
        stack.connect().unwrap();
        assert!((1..=512).contains(&pending(&stack)));
        assert!(hear_all(&mut stack) == flood);
    }
}

#[test]
fn a_connection_that_ends_at_any_octet_of_the_proxy_is_an_error_and_not_a_hang() {
    for way in WAYS {
        for at in 0..way.answers().len() {
            for (cut, class) in [
                (Cut::Close, ErrorClass::Connection),
                (Cut::Reset, ErrorClass::Connection),
                (Cut::Stall, ErrorClass::Timeout),
            ] {
                let mut stack = way.over(way.proxy().cut_at(at, cut));
                stack.set_clock(ManualClock::new());
                let error = stack.connect().unwrap_err();
                assert_eq!(error.class(), class, "{} {cut:?} at {at}: {error}", way.name);
                assert!(!stack.is_connected());
                assert_eq!(stack.to_string(), format!("({}) > (Script)", way.name));
            }
        }
    }
}

#[test]
fn a_connection_that_ends_at_any_octet_of_ours_is_an_error_and_not_a_hang() {
    for way in WAYS {
        for at in 0..way.requests().len() {
            for (cut, class) in [
                (Cut::Close, ErrorClass::Connection),
                (Cut::Reset, ErrorClass::Connection),
                (Cut::Stall, ErrorClass::Timeout),
            ] {
                let mut stack = way.over(way.proxy().cut_sent_at(at, cut));
                stack.set_clock(ManualClock::new());
                let error = stack.connect().unwrap_err();
                assert_eq!(error.class(), class, "{} {cut:?} at {at}: {error}", way.name);
            }
        }
    }
}

#[test]
fn an_end_in_the_middle_of_the_answer_says_that_there_was_none() {
    for way in WAYS {
        let mut stack = way.over(way.proxy().cut_at(1, Cut::Close));
        let error = stack.connect().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{}: the peer closed the connection before the proxy had answered", way.name)
        );
    }
}

#[test]
fn the_budget_is_called_proxy_and_is_half_a_minute() {
    for way in WAYS {
        let clock = ManualClock::new();
        let mut stack = way.over(way.proxy().cut_at(0, Cut::Stall));
        stack.set_clock(clock.clone());
        stack.unlimit();
        let error = stack.connect().unwrap_err();
        let passed = error.cause::<DeadlinePassed>().unwrap();
        assert_eq!((passed.reason, passed.budget), ("proxy", Duration::from_secs(30)));
        assert_eq!(clock.elapsed(), Duration::from_secs(30));

        let mut stack = way.over(way.proxy().cut_at(0, Cut::Stall));
        stack.set_clock(ManualClock::new());
        stack.set("timeout", "5s").unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.cause::<DeadlinePassed>().unwrap().budget, Duration::from_secs(5));
    }
}

#[test]
fn a_slow_drip_does_not_extend_the_time() {
    for way in WAYS {
        let clock = ManualClock::new();
        let drip = Box::new(Drip(Duration::from_secs(20)));
        let proxy = Box::new(way.proxy());
        let mut stack = CommsStack::of(vec![(way.layer)(), drip, proxy]).unwrap();
        stack.set_clock(clock.clone());
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Timeout);
        assert_eq!(clock.elapsed(), Duration::from_secs(40));
    }
}

#[test]
fn a_host_that_could_inject_is_refused_before_anything_is_said() {
    let hosts =
        ["d\r\nX: y", "d\n", "d\r", "d\0", "d\x7f", "d\u{85}", "d e", "", "d:25", "\u{760d}"];
    for way in WAYS {
        for host in hosts {
            let script = Script::new();
            let transcript = script.transcript();
            let mut stack = way.over(script);
            stack.set("host", host).unwrap();
            let error = stack.connect().unwrap_err();
            assert_eq!(error.class(), ErrorClass::Usage, "{host:?}");
            assert!(matches!(error.cause(), Some(ProxyError::Host { .. })));
            assert!(!error.sentence().contains(char::is_control), "{host:?}");
            assert_eq!(transcript.sent(), b"");
        }
    }
}

#[test]
fn a_user_or_password_that_cannot_be_told_is_refused_before_anything_is_said() {
    let long = "x".repeat(256);
    for (name, user, password, property) in [
        ("Socks5", "a\0", "b", "user"),
        ("Socks5", "a", "b\r\n", "password"),
        ("Socks5", &long, "b", "user"),
        ("Socks5", "a", &long, "password"),
        ("HttpConnect", "a\n", "b", "user"),
        ("HttpConnect", "a", "\0", "password"),
        ("HttpConnect", "a:b", "c", "user"),
    ] {
        let way = WAYS.into_iter().find(|way| way.name == name).unwrap();
        let script = Script::new();
        let transcript = script.transcript();
        let mut stack = way.over(script);
        stack.set("user", user).unwrap();
        stack.set("password", password).unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage);
        assert!(error.to_string().contains(property), "{error}");
        assert!(!error.sentence().contains(&long), "{error}");
        assert_eq!(transcript.sent(), b"");
    }
}

#[test]
fn an_empty_user_is_nobody() {
    for (named, nobody) in [(&WAYS[1], &WAYS[0]), (&WAYS[3], &WAYS[2])] {
        let proxy = nobody.proxy();
        let transcript = proxy.transcript();
        let mut stack = named.over(proxy);
        stack.set("user", "").unwrap();
        stack.connect().unwrap();
        assert_eq!(transcript.sent(), nobody.requests());
    }
}

#[test]
fn the_layers_above_find_the_target_and_the_proxy_is_the_bottoms() {
    let through: [Box<dyn comms_core::CommsModule>; 2] = [
        Box::new(Socks5::new("mail.example", 587)),
        Box::new(HttpConnect::new("mail.example", 587)),
    ];
    for layer in through {
        let name = layer.spec().name;
        let tcp = Box::new(Tcp::new("proxy.example", 1080));
        let mut stack = CommsStack::of(vec![layer, tcp]).unwrap();
        let host = stack.get("host").unwrap();
        assert_eq!(host.layer, name);
        assert_eq!(host.value, Some(Value::from("mail.example")));
        assert_eq!(stack.get("port").unwrap().value, Some(Value::Integer(587)));
        assert_eq!(stack.get("Tcp.host").unwrap().value, Some(Value::from("proxy.example")));
        stack.set("host", "other.example").unwrap();
        assert_eq!(stack.get("Tcp.host").unwrap().value, Some(Value::from("proxy.example")));
    }
}

#[test]
fn nothing_of_a_connection_is_left_for_the_next() {
    for way in WAYS {
        let again = |script: Script| {
            let exchange =
                |script: Script, (said, answer): &(&[u8], &[u8])| script.expect(said).reply(answer);
            way.dialogue.iter().fold(script.then_connect(), exchange)
        };
        let proxy = again(again(way.proxy().send("early of the first\r\n").close()).close());
        let mut stack = way.over(proxy.send("second\r\n"));
        stack.connect().unwrap();
        stack.receive(&mut [0; 4]).unwrap();
        let _ = stack.disconnect();
        assert_eq!(pending(&stack), 0);
        stack.connect().unwrap();
        assert_eq!(hear_all(&mut stack), b"");
        let _ = stack.disconnect();
        stack.connect().unwrap();
        assert_eq!(hear_all(&mut stack), b"second\r\n");
    }
}

#[test]
fn octets_behind_the_answer_are_injected_where_tls_is_to_start() {
    for way in WAYS {
        let mut stack = way.over(way.proxy().send("220 too early\r\n"));
        stack.connect().unwrap();
        let error = stack.start_tls().unwrap_err();
        assert_eq!(error.cause(), Some(&StackError::Injected { octets: 15 }));
        assert!(!stack.is_connected());
    }
}

#[test]
fn lines_are_not_fetched_past_what_is_kept() {
    for way in WAYS {
        let mut stack = way.over(way.proxy().send("220 early\r\n"));
        stack.connect().unwrap();
        let error = stack.receive_until(b"\r\n", 100, &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), format!("{0}: {0} cannot receive lines", way.name));
        assert_eq!(hear_all(&mut stack), b"220 early\r\n");
    }
}
