//! What nobody may see.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use comms_core::{CommsStack, ErrorClass, Event, Secret, Sink};
use comms_tcp::{HttpConnect, Socks5};
use comms_testkit::{Cut, ManualClock, Script};

use crate::way::{MARKER, TOKEN, WAYS, Way};

/// Everything that a watcher is told, at every level.
#[derive(Debug, Default)]
struct Everything(Mutex<String>);

impl Sink for Everything {
    fn note(&self, event: &Event<'_>) {
        writeln!(self.0.lock().unwrap(), "{event:?}").unwrap();
    }

    fn name(&self) -> String {
        "everything".to_owned()
    }
}

/// All that can be seen of a connection through `proxy`.
fn seen(way: &Way, proxy: Script) -> String {
    let everything = Arc::new(Everything::default());
    let sink: Arc<dyn Sink> = everything.clone();
    let transcript = proxy.transcript();
    let mut stack = way.over(proxy);
    stack.set_clock(ManualClock::new());
    stack.watch(&sink);
    let mut seen = format!("{stack:?} {stack:#?}");
    if let Err(error) = stack.connect() {
        write!(seen, "{error} {error:?} {}", error.sentence()).unwrap();
    }
    let text = transcript.text();
    write!(seen, "{stack:?} {stack:#?} {text} {transcript:?}").unwrap();
    for (layer, row) in stack.attributes() {
        let property = stack.get(&format!("{layer}.{}", row.name)).unwrap();
        write!(seen, "{property:?}").unwrap();
    }
    let _ = stack.disconnect();
    seen + &everything.0.lock().unwrap()
}

fn assert_hidden(seen: &str, what: &str) {
    let numbers = format!("{:?}", MARKER.as_bytes());
    let close = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(seen.contains("send") || seen.contains("Send"), "something was watched");
    for secret in [MARKER, TOKEN, numbers.trim_matches(['[', ']'])] {
        assert!(!close.contains(secret), "{what}");
    }
}

#[test]
fn a_password_is_shown_by_nothing_whatever_happens() {
    for way in &WAYS {
        assert_hidden(&seen(way, way.proxy()), way.name);
        let cuts = [Cut::Close, Cut::Reset, Cut::Stall];
        for at in 0..way.answers().len() {
            assert_hidden(&seen(way, way.proxy().cut_at(at, cuts[at % 3])), way.name);
        }
        for at in 0..way.requests().len() {
            assert_hidden(&seen(way, way.proxy().cut_sent_at(at, cuts[at % 3])), way.name);
        }
        // A peer that is no such proxy at all.
        assert_hidden(&seen(way, Script::new().send("220 mail.example\r\n")), way.name);
    }
}

#[test]
fn a_password_that_is_refused_or_cannot_be_sent_is_not_shown_either() {
    let socks = Script::new().expect_octets(4).reply([5, 2]).expect_octets(19).reply([1, 1]);
    assert_hidden(&seen(&WAYS[1], socks), "Socks5");
    let http = Script::new().expect_until("\r\n\r\n").reply("HTTP/1.1 407 No\r\n\r\n");
    assert_hidden(&seen(&WAYS[3], http), "HttpConnect");

    let wrong = Secret::new(format!("{MARKER}\r\n"));
    let stacks = [
        CommsStack::builder().layer(Socks5::new("x", 1).credentials("ann", wrong.clone())),
        CommsStack::builder().layer(HttpConnect::new("x", 1).credentials("ann", wrong)),
    ];
    for stack in stacks {
        let mut stack = stack.layer(Script::new()).build().unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage);
        assert!(!format!("{error:?} {stack:?}").contains(MARKER));
    }
}

#[test]
fn the_proxy_is_sent_the_password_all_the_same() {
    for way in [&WAYS[1], &WAYS[3]] {
        let proxy = way.proxy();
        let transcript = proxy.transcript();
        way.over(proxy).connect().unwrap();
        let sent = String::from_utf8_lossy(&transcript.sent()).into_owned();
        assert!(sent.contains(MARKER) || sent.contains(TOKEN));
        assert!(transcript.text().contains("secret octets"), "{}", transcript.text());
    }
}
