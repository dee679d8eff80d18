//! The coalescing buffer: what goes down, when, and with what marks.

#![cfg(test)]

use std::sync::{Arc, Mutex};

use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Piece, Receipt, Result};
use comms_testkit::{Script, Transcript};
use comms_util::Util;

fn over(script: Script) -> (CommsStack, Transcript) {
    let transcript = script.transcript();
    let mut stack = CommsStack::builder().layer(Util::new()).layer(script).build().unwrap();
    stack.connect().unwrap();
    (stack, transcript)
}

#[test]
fn many_small_sends_and_one_receive_are_one_send_below() {
    let (mut stack, transcript) =
        over(Script::new().expect("a\r\n".repeat(100)).reply("250 ok\r\n"));
    for _ in 0..100 {
        stack.send("a\r\n").unwrap();
    }
    assert_eq!(transcript.sends(), 0);
    stack.receive_until(b"\r\n", 64, &mut Vec::new()).unwrap();
    assert_eq!(transcript.sends(), 1);
    let info = stack.info_of("Util").unwrap();
    assert_eq!((info.above.packets_sent, info.below.packets_sent), (100, 1));
    assert_eq!((info.above.bytes_sent, info.below.bytes_sent), (300, 300));
    stack.disconnect().unwrap();
}

#[test]
fn every_way_to_wait_flushes_first() {
    let waits: [fn(&mut CommsStack); 5] = [
        |stack| assert_eq!(stack.receive(&mut [0; 4]).unwrap(), 2),
        |stack| assert_eq!(stack.receive(&mut [0; 10_000]).unwrap(), 2),
        |stack| assert_eq!(stack.receive_until(b"k", 64, &mut Vec::new()).unwrap(), 2),
        |stack| assert_eq!(stack.invoke("receive_n", &[2.into()]).unwrap().to_string(), "ok"),
        |stack| stack.flush().unwrap(),
    ];
    for wait in waits {
        let (mut stack, transcript) = over(Script::new().expect("hello").reply("ok"));
        stack.send("hello").unwrap();
        wait(&mut stack);
        assert_eq!(transcript.sent(), b"hello");
    }
}

#[test]
fn a_payload_larger_than_the_buffer_goes_at_once_behind_what_waited() {
    let large = vec![b'x'; 100_000];
    let all = [&b"before "[..], &large].concat();
    let (mut stack, transcript) = over(Script::new().expect(&all).expect(" after"));
    stack.send("before ").unwrap();
    stack.send(&large).unwrap();
    assert_eq!(transcript.sends(), 1);
    assert!(transcript.sent() == all);
    stack.send(" after").unwrap();
    stack.flush().unwrap();
    assert_eq!(transcript.sends(), 2);
    transcript.finished().unwrap();
}

/// A bottom that keeps each payload as its debug text, which shows no secret.
#[derive(Debug, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

static SPEC: ModuleSpec = ModuleSpec::bottom("Recorder", "keeps what it is sent");

impl CommsModule for Recorder {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        self.0.lock().unwrap().push(format!("{payload:?}"));
        Ok(Receipt::TAKEN)
    }
}

#[test]
fn secrets_keep_their_marks_on_every_way_down() {
    let recorder = Recorder::default();
    let seen = Arc::clone(&recorder.0);
    let mut stack = CommsStack::builder().layer(Util::new()).layer(recorder).build().unwrap();
    stack.connect().unwrap();
    stack.send("AUTH ").unwrap();
    stack.send(Payload::Secret(b"hunter2")).unwrap();
    stack.send("\r\n").unwrap();
    assert!(!format!("{stack:?}").contains("hunter2"));
    stack.flush().unwrap();
    let secret = b"hunter2".repeat(10_000);
    stack.send(Payload::Secret(&secret)).unwrap();
    stack.send("before").unwrap();
    stack.send(Payload::Pieces(&[Piece::Plain(b"a"), Piece::Secret(&secret)])).unwrap();
    stack.send(Payload::Secret(b"hunter2")).unwrap();
    stack.send(&vec![b'.'; 70_000]).unwrap();
    stack.set("write_parity", "strip").unwrap();
    stack.send(Payload::Secret(&secret)).unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], r#"["AUTH ", <7 secret octets>, "\r\n"]"#);
    assert_eq!(seen[1], "[<70000 secret octets>]");
    assert_eq!(seen[2], r#"["before", "a", <70000 secret octets>]"#);
    assert!(seen[3].starts_with("[<7 secret octets>, \"..."), "{}", &seen[3][..40]);
    assert_eq!(seen[4], "[<70000 secret octets>]");
    assert!(!seen.concat().contains("hunter"));
}
