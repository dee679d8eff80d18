//! What a record and a replay promise to those who use them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers may fail the test")]

use std::fs;
use std::time::Duration;

use comms_core::{Below, CommsStack, ErrorClass, Payload, Piece, Registry};
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

/// Turns of octets that a text form could stumble over, the same for the same number.
fn turns(mut seed: u64) -> Vec<Vec<u8>> {
    const WORDS: [&[u8]; 14] = [
        b"\r\n",
        b"\r",
        b"\n",
        b" ",
        b"*",
        b"\\",
        b"<secret 3>",
        b"# x",
        b"S: ",
        b"\0\xff",
        b"a",
        b".\r\n",
        b"connect",
        b"\t\"'",
    ];
    let mut draw = |most: usize| {
        // Knuth, MMIX: the high bits are good enough for a choice.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % most
    };
    let turns = 1 + draw(6);
    let turn = |_| (0..=draw(8)).flat_map(|_| WORDS[draw(WORDS.len())].to_vec()).collect();
    (0..turns).map(turn).collect()
}

/// Server and client take turns; each turn is sent, or received whole.
fn play(stack: &mut CommsStack, turns: &[Vec<u8>]) {
    stack.connect().unwrap();
    for (number, turn) in turns.iter().enumerate() {
        if number % 2 == 1 {
            stack.send(turn).unwrap();
            continue;
        }
        let mut heard = Vec::<u8>::new();
        while heard.len() < turn.len() {
            let mut some = [0; 64];
            let octets = stack.receive(&mut some).unwrap();
            assert_ne!(octets, 0, "the end came early");
            heard.extend(some.iter().take(octets));
        }
        assert_eq!(heard, *turn);
    }
    stack.disconnect().unwrap();
}

#[test]
fn whatever_is_said_is_played_as_it_was_said() {
    for seed in 0..500 {
        let turns = turns(seed);
        let script = turns.iter().enumerate().fold(Script::new(), |script, (number, turn)| {
            if number % 2 == 1 { script.expect(turn) } else { script.send(turn) }
        });
        let record = Record::new();
        let tape = record.handle();
        play(&mut CommsStack::builder().layer(record).layer(script).build().unwrap(), &turns);
        let replay = Replay::of(&tape.text()).unwrap_or_else(|error| panic!("{seed}: {error}"));
        play(&mut CommsStack::new(replay).unwrap(), &turns);
    }
}

/// The time of the client's turn was written before what the server had left unfinished was looked at.
#[test]
fn a_secret_that_the_server_repeats_is_on_no_tape_though_its_line_has_no_end() {
    for record in [Record::new(), Record::new().with_times()] {
        let tape = record.handle();
        let script = Script::new().send("no hunter2\r\nstill no hunter2").expect("QUIT\r\n");
        let mut stack = CommsStack::builder().layer(record).layer(script).build().unwrap();
        stack.connect().unwrap();
        let withhold = |_: &mut Record, below: &mut dyn Below| {
            below.withhold(b"hunter2");
            Ok(())
        };
        stack.layer::<Record>().unwrap().run(withhold).unwrap();
        stack.receive(&mut [0; 64]).unwrap();
        stack.send("QUIT\r\n").unwrap();
        stack.disconnect().unwrap();
        let text = tape.text();
        assert!(text.contains("S: no *******\nS=: still no *******\n"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
