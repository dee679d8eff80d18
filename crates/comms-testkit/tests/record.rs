//! What a record and a replay promise to those who use them.

#![expect(clippy::unwrap_used, reason = "helpers may fail the test")]

use std::fs;
use std::time::Duration;

use comms_core::{CommsStack, ErrorClass, Payload, Piece, Registry};
use comms_testkit::{
    Loopback, Loosen, ManualClock, PretendTls, Record, Replay, Script, TapeError, conform,
};

fn over(record: Record, dialogue: &str) -> CommsStack {
    let script = Script::parse(dialogue).unwrap();
    CommsStack::builder().layer(record).layer(script).build().unwrap()
}

fn talk(stack: &mut CommsStack) {
    stack.connect().unwrap();
    stack.receive(&mut [0; 64]).unwrap();
    stack.send(Payload::Pieces(&[Piece::Plain(b"USER "), Piece::Secret(b"ann")])).unwrap();
    stack.send("\r\n").unwrap();
    stack.receive(&mut [0; 64]).unwrap();
    stack.disconnect().unwrap();
}

#[test]
fn a_record_keeps_the_rules_and_so_does_what_pretends_to_be_tls() {
    conform::filter(Record::new).unwrap();
    conform::filter(|| Record::new().loosen(Loosen::Smtp).with_times()).unwrap();
    conform::filter(PretendTls::new).unwrap();
}

#[test]
fn every_connection_is_on_the_tape_and_is_played() {
    let record = Record::new();
    let tape = record.handle();
    let dialogue = "S: 220 a\nC: USER ann\nS: 250 b";
    let mut stack = over(record, &format!("{dialogue}\nconnect\n{dialogue}"));
    talk(&mut stack);
    talk(&mut stack);
    let one = "S: 220 a\nC: USER <secret 3>\nS: 250 b\n";
    assert_eq!(tape.text(), format!("{one}connect\n{one}"));
    assert!(!format!("{stack:?} {tape:?}").contains("ann"));

    let replay = Replay::of(&tape.text()).unwrap();
    let transcript = replay.transcript();
    let mut stack = CommsStack::new(replay).unwrap();
    talk(&mut stack);
    talk(&mut stack);
    transcript.finished().unwrap();
    assert!(stack.connect().unwrap_err().to_string().contains("no connection number 3"));
}

#[test]
fn a_tape_goes_to_a_file_that_was_not_there_and_is_played_from_it_by_name() {
    let folder = std::env::temp_dir().join(format!("comms-tape-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("session.tape");
    let mut stack = over(Record::to_file(&file), "S: 220 a\nC: USER ann\nS: 250 b");
    stack.connect().unwrap();
    stack.receive(&mut [0; 64]).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "S: 220 a\n", "it is there as it grows");

    let mut other = over(Record::to_file(&file), "S: 220 a");
    let error = other.connect().unwrap_err();
    assert!(error.cause::<TapeError>().is_some() && error.class() == ErrorClass::Usage);
    assert!(error.sentence().contains("session.tape cannot be written: "), "{error:?}");
    assert!(!other.is_connected());

    let mut stack = Registry::new().with::<Replay>().build("Replay").unwrap();
    stack.set("tape", file.to_str().unwrap()).unwrap();
    stack.set("delivery", "per_octet").unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 1);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_peer_that_fell_silent_is_silent_again() {
    let record = Record::new().with_times();
    let tape = record.handle();
    let mut stack = over(record, "S: 220 a\nC: b\nwait 2s\nS: 250 c\nC: d\nstall");
    let play = |stack: &mut CommsStack| {
        stack.set_clock(ManualClock::new());
        stack.connect().unwrap();
        stack.receive(&mut [0; 64]).unwrap();
        stack.send("b\r\n").unwrap();
        stack.receive(&mut [0; 64]).unwrap();
        stack.send("d\r\n").unwrap();
        stack.limit(Duration::from_secs(60), "reply");
        assert_eq!(stack.receive(&mut [0; 64]).unwrap_err().class(), ErrorClass::Timeout);
        stack.disconnect().unwrap();
    };
    play(&mut stack);
    let expected = "S: 220 a\n# 0.000 s\nC: b\n# 2.000 s\nS: 250 c\n# 2.000 s\nC: d\nstall\n";
    assert_eq!(tape.text(), expected);
    play(&mut CommsStack::new(Replay::of(&tape.text()).unwrap()).unwrap());
}

#[test]
fn the_start_of_tls_is_a_remark_and_what_is_secured_is_there_in_plain() {
    let record = Record::new();
    let tape = record.handle();
    let (near, far) = Loopback::pair();
    let builder = CommsStack::builder().layer(record).layer(PretendTls::new());
    let mut near = builder.layer(near).build().unwrap();
    let mut far = CommsStack::new(far).unwrap();
    near.connect().unwrap();
    far.connect().unwrap();
    near.send("STARTTLS\r\n").unwrap();
    near.start_tls().unwrap();
    near.send("EHLO a\r\n").unwrap();
    assert_eq!(tape.text(), "C: STARTTLS\n# TLS from here on\nC: EHLO a\n");
}
