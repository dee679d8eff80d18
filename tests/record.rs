//! A session that was recorded is a peer: the same client, sending anew, finds it to its liking.
#![cfg(test)]

use std::thread;

use comms::{
    CommsStack, Cut, Delivery, ErrorClass, Fault, FaultRule, Faults, Loopback, Loosen, MemoryStore,
    PretendTls, Record, Replay, Result, Script, Secret, SendReport, ServerStack, Smtp, SmtpMessage,
    SmtpServer, Util,
};

/// Like nothing else, and long enough to be found in its base64.
const MARKER: &str = "swordfish-hunter2-marker";

fn message(number: usize) -> SmtpMessage {
    SmtpMessage::builder("Ann <ann@x.example>".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .recipient("eve@y.example".parse().unwrap())
        .subject("a subject ".repeat(number))
        .text("Hello\n.\n")
        .build()
        .unwrap()
}

/// What a session came to, without what differs each time.
fn outcome(stack: &mut CommsStack, messages: usize, first: usize) -> Vec<String> {
    let send = |stack: &mut CommsStack, number| -> Result<String> {
        let report = stack.send(&message(number))?.into_report::<SendReport>().unwrap();
        let refused = report.rejected.iter().map(|one| one.reply.to_string());
        Ok(format!("{} {:?}", report.accepted.len(), refused.collect::<Vec<_>>()))
    };
    let mut told = Vec::new();
    match stack.connect() {
        Ok(()) => told.extend((0..messages).map(|number| {
            send(stack, first + number).unwrap_or_else(|error| error.class().to_string())
        })),
        Err(error) => told.push(error.class().to_string()),
    }
    told.push(format!("{:?}", stack.disconnect().map_err(|error| error.class())));
    told
}

fn client(settings: &[(&str, &str)]) -> Smtp {
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Script::new())
        .build()
        .unwrap();
    for (name, value) in settings {
        stack.set(name, *value).unwrap();
    }
    let top: Box<dyn std::any::Any> = stack.pop().unwrap();
    *top.downcast().unwrap()
}

/// A session with the embedded server, and its tape.
fn recorded(
    settings: &[(&str, &str)],
    without: &str,
    faults: &[&str],
    messages: usize,
) -> (Vec<String>, String) {
    let (near, far) = Loopback::pair();
    let rules = faults.iter().map(|rule| rule.parse::<FaultRule>().unwrap()).collect::<Faults>();
    let users = [("ann".to_owned(), Secret::new(MARKER))];
    let server = SmtpServer::new(MemoryStore::new()).with_handler(rules).with_users(users);
    let mut server = CommsStack::builder()
        .layer(server)
        .layer(Util::new())
        .layer(PretendTls::from_the_first_octet())
        .layer(far)
        .build()
        .unwrap();
    server.set("without", without).unwrap();
    let server = thread::spawn(move || server.connect().and_then(|()| server.serve()));

    let record = Record::new().loosen(Loosen::Smtp);
    let tape = record.handle();
    let mut stack = CommsStack::builder()
        .layer(client(settings))
        .layer(Util::new())
        .layer(record)
        .layer(PretendTls::from_the_first_octet())
        .layer(near)
        .build()
        .unwrap();
    let told = outcome(&mut stack, messages, 1);
    drop(stack);
    let _ = server.join().unwrap();
    (told, tape.text())
}

fn replayed(settings: &[(&str, &str)], tape: &str, messages: usize) -> Vec<String> {
    let mut told = Vec::new();
    for delivery in [Delivery::Whole, Delivery::PerOctet, Delivery::Seeded(1)] {
        let replay = Replay::of(tape).unwrap().delivery(delivery);
        let transcript = replay.transcript();
        let mut stack = CommsStack::builder()
            .layer(client(settings))
            .layer(Util::new())
            .layer(PretendTls::from_the_first_octet())
            .layer(replay)
            .build()
            .unwrap();
        stack.set("local_mail_domain", "elsewhere.example").unwrap();
        // Another subject, so another size and another content.
        told = outcome(&mut stack, messages, 7);
        transcript.finished().unwrap_or_else(|error| panic!("{error}\n{tape}"));
    }
    told
}

#[test]
fn a_recorded_session_is_a_peer_for_the_same_client_that_sends_anew() {
    let login: &[(&str, &str)] = &[("user", "ann"), ("password", MARKER)];
    let plain = &[login, &[("auth", "PLAIN")]].concat();
    let by_login = &[login, &[("auth", "LOGIN")]].concat();
    let everything_by_hand = "PIPELINING,CHUNKING,8BITMIME,SIZE,DSN";
    for (settings, without, faults, messages) in [
        (&[][..], "", &[][..], 1),
        (&[], "", &[], 3),
        (&[], "CHUNKING", &[], 2),
        (&[], everything_by_hand, &[], 2),
        (plain, "", &[], 1),
        (by_login, "CHUNKING", &[], 1),
        (&[], "", &["rcpt:2:550"], 2),
        (&[], "CHUNKING", &["rcpt:1:450", "rcpt:2:451"], 1),
        (&[], everything_by_hand, &["data:1:554"], 2),
        (&[], "CHUNKING", &["content:1:552"], 1),
        (&[], "CHUNKING", &["content:1:close"], 1),
        (&[], "", &["mail:1:close"], 1),
        (&[], "", &["helo:close"], 1),
    ] {
        let (told, tape) = recorded(settings, without, faults, messages);
        assert_eq!(replayed(settings, &tape, messages), told, "{faults:?} {without}\n{tape}");
    }
}

#[test]
fn a_tape_reads_like_the_session_it_was() {
    let settings = [("user", "ann"), ("password", MARKER), ("auth", "PLAIN")];
    let (_, tape) = recorded(&settings, "CHUNKING,SIZE", &["rcpt:2:550 5.1.1 nobody"], 1);
    for line in [
        "C~: EHLO *\n",
        "C: AUTH PLAIN <secret 40>\nS: 235 ",
        "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: RCPT TO:<eve@y.example>\n\
         C: DATA\nS: 250 ",
        "\nS: 550 5.1.1 nobody\nS: 354 ",
        " octets\nuntil \\r\\n.\\r\\n\n",
        "C: QUIT\nS: 221 ",
    ] {
        assert!(tape.contains(line), "{line}\n{tape}");
    }
}

#[test]
fn no_tape_has_a_password_or_what_was_made_of_it() {
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "SCRAM-SHA-1"] {
        let settings = [("user", "ann"), ("password", MARKER), ("auth", mechanism)];
        let (told, tape) = recorded(&settings, "", &[], 1);
        assert_eq!(told[0], "2 []", "{mechanism}");
        assert!(tape.contains("<secret "), "{tape}");
        // The password in base64, at each of its three offsets, and a client's final message.
        for octets in [MARKER, "swordf", "c3dvcmRmaXNo", "N3b3JkZmlza", "zd29yZGZpc2", "cD0"] {
            let client = tape.lines().filter(|line| line.starts_with('C'));
            assert!(!tape.contains(MARKER), "{tape}");
            for line in client {
                assert!(!line.contains(octets), "{mechanism} {octets}: {line}");
            }
        }
    }
}

#[test]
fn a_tape_says_where_the_conversation_changed() {
    let (_, tape) = recorded(&[], "CHUNKING,SIZE,PIPELINING", &[], 1);
    let changed = tape.replace("RCPT TO:<eve@y.example>", "RCPT TO:<eva@y.example>");
    let mut stack = CommsStack::builder()
        .layer(client(&[]))
        .layer(Util::new())
        .layer(Replay::of(&changed).unwrap())
        .build()
        .unwrap();
    stack.connect().unwrap();
    let error = stack.send(&message(1)).unwrap_err();
    assert_eq!((error.layer(), error.class()), ("Replay", ErrorClass::Protocol));
    let sentence = error.sentence();
    let (_, diff) = sentence.split_once('\n').unwrap();
    let lines = diff.lines().collect::<Vec<_>>();
    assert!(lines.iter().any(|line| line.starts_with("  C: RCPT TO:<bob@y.example>")), "{diff}");
    assert!(diff.contains("  expected RCPT TO:<eva@y.example>"), "{diff}");
    assert!(diff.contains("  got      RCPT TO:<eve@y.example>"), "{diff}");
    assert!(lines.last().unwrap().ends_with("           ^"), "{diff}");
}

#[test]
fn what_broke_is_on_the_tape_and_breaks_again() {
    let dialogue = "S: 220 a\nC~: EHLO *\nS: 250 b\nC~: MAIL *\nS: 250 c";
    for (cut, end) in [(Cut::Reset, "reset\n"), (Cut::Close, "close\n")] {
        let record = Record::new().loosen(Loosen::Smtp);
        let tape = record.handle();
        let mut stack = CommsStack::builder()
            .layer(Smtp::new())
            .layer(Util::new())
            .layer(record)
            .layer(Fault::new().cut_at(17, cut))
            .layer(Script::parse(dialogue).unwrap())
            .build()
            .unwrap();
        stack.connect().unwrap();
        let told = stack.send(&message(1)).unwrap_err().class();
        drop(stack);
        let tape = tape.text();
        assert!(tape.ends_with(end), "{tape}");
        let replay = Replay::of(&tape).unwrap();
        let builder = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
        let mut stack = builder.layer(replay).build().unwrap();
        stack.connect().unwrap();
        assert_eq!(stack.send(&message(1)).unwrap_err().class(), told);
    }
}
