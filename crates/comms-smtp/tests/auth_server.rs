//! The client and the server show each other who they are, by every mechanism that both have; and
//! nothing of the client writes down the password.

#![cfg(test)]

mod secure;

use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_core::{
    Below, CommsModule, CommsStack, Error, ErrorClass, ModuleSpec, Secret, StackError,
};
use comms_smtp::{Credentials, MemoryStore, ServerStack, Smtp, SmtpError, SmtpMessage, SmtpServer};
use comms_testkit::{Loopback, Script};
use comms_util::Util;

use crate::secure::{HANDSHAKE, SERVER_HELLO, Tls, Watcher, client};

/// Like nothing else, and long enough to be found in its base64.
const MARKER: &str = "swordfish-hunter2-marker";

fn users() -> [(String, Secret); 1] {
    [("ann".to_owned(), Secret::new(MARKER))]
}

fn server() -> SmtpServer {
    SmtpServer::new(MemoryStore::new()).with_users(users())
}

/// A client and what it wrote down.
struct Side {
    outcome: Result<(), Error>,
    client: String,
    server: String,
}

/// Has a client with `credentials` meet `server`, both with TLS from the first octet, and send a
/// message.
fn meet(credentials: Credentials, server: SmtpServer) -> Side {
    let (near, far) = Loopback::pair();
    let builder = CommsStack::builder().layer(server).layer(Util::new()).layer(Tls::implicit());
    let mut server = builder.layer(far).build().unwrap();
    let serving = thread::spawn(move || {
        let watcher = Watcher::of(&mut server);
        let outcome = server.connect().and_then(|()| server.serve());
        let own = server.layer::<SmtpServer>().unwrap();
        (outcome.is_ok(), format!("{:?}\n", own.module().unwrap()), watcher.seen())
    });
    let smtp = Smtp::new().with_credentials(credentials);
    let builder = CommsStack::builder().layer(smtp).layer(Util::new()).layer(Tls::implicit());
    let mut stack = builder.layer(near).build().unwrap();
    let watcher = Watcher::of(&mut stack);
    let outcome = stack.connect().and_then(|()| {
        let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
            .recipient("bob@y.example".parse().unwrap())
            .text("Hi\n")
            .build()
            .unwrap();
        stack.send(&message).map(|_| ())
    });
    let mut written = vec![format!("{stack:?} {stack:#?} {:?}", stack.get("password").unwrap())];
    if let Err(error) = &outcome {
        let words = (error.to_string(), error.sentence(), error.cause::<SmtpError>());
        written.extend([format!("{error:?}"), format!("{words:?}")]);
    }
    stack.disconnect().unwrap();
    drop(stack);
    let (_, server, seen) = serving.join().unwrap();
    let server = server + &seen;
    Side { outcome, client: written.concat() + &watcher.seen(), server }
}

/// Everything that would give the secret away.
fn given_away(secret: &str, written: &str) -> Option<String> {
    let user = "ann";
    let mut forms = vec![secret.to_owned()];
    for shift in ["", "x", "xx"] {
        // The middle of its base64, wherever it stands among other octets.
        let encoded = STANDARD.encode(format!("{shift}{secret}xxx"));
        forms.push(encoded[4..encoded.len() - 8].to_owned());
    }
    forms.push(STANDARD.encode(format!("\0{user}\0{secret}")));
    let numbers = |form: &String| format!("{:?}", form.as_bytes());
    let numbers = forms.iter().map(numbers).collect::<Vec<_>>();
    forms.extend(numbers.iter().map(|form| form.trim_matches(['[', ']']).to_owned()));
    forms.push(secret.bytes().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().concat());
    let close = written.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = |form: &String| written.contains(form) || close.contains(form);
    forms.into_iter().find(found)
}

#[test]
fn what_gives_a_secret_away_is_found() {
    for written in [
        format!("AUTH {MARKER}"),
        format!("AUTH PLAIN {}", STANDARD.encode(format!("\0ann\0{MARKER}"))),
        format!("C: {}", STANDARD.encode(MARKER)),
        format!("{:#?}", MARKER.as_bytes()),
        format!("{:?}", format!("x{MARKER}y").as_bytes()),
        format!("{:?}", STANDARD.encode(format!("\0ann\0{MARKER}")).as_bytes()),
    ] {
        assert!(given_away(MARKER, &written).is_some(), "{written}");
    }
    assert_eq!(given_away(MARKER, "AUTH PLAIN <secret>"), None);
}

#[test]
fn every_mechanism_lets_the_right_password_in_and_no_layer_writes_it_down() {
    for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"] {
        for (password, right) in [(MARKER, true), ("another-long-password-marker", false)] {
            let credentials = Credentials::password("ann", Secret::new(password));
            let side = meet(credentials.with_auth(mechanism), server());
            match side.outcome {
                Ok(()) => assert!(right, "{mechanism}"),
                Err(error) => {
                    assert!(!right, "{mechanism}: {}", error.sentence());
                    assert_eq!(error.class(), ErrorClass::Authentication);
                    assert!(error.to_string().contains("535 5.7.8"), "{error}");
                }
            }
            assert_eq!(given_away(password, &side.client), None, "{mechanism}: the client");
            assert_eq!(given_away(MARKER, &side.server), None, "{mechanism}: the server");
            assert!(side.client.contains(&format!("C: AUTH {mechanism}")), "it was watched");
            let masked = match mechanism {
                "LOGIN" | "CRAM-MD5" => "C: <secret>".to_owned(),
                _ => format!("C: AUTH {mechanism} <secret>"),
            };
            assert!(side.server.contains(&masked), "{mechanism}: {masked}");
        }
    }
}

/// What a server writes down of a client that says these lines, each once the last was answered.
fn overheard(server: SmtpServer, lines: &[&str]) -> String {
    let (near, far) = Loopback::pair();
    let builder = CommsStack::builder().layer(server).layer(Util::new()).layer(Tls::implicit());
    let mut server = builder.layer(far).build().unwrap();
    let serving = thread::spawn(move || {
        let watcher = Watcher::of(&mut server);
        server.connect().and_then(|()| server.serve()).unwrap();
        watcher.seen()
    });
    let builder = CommsStack::builder().layer(Util::new()).layer(Tls::implicit());
    let mut client = builder.layer(near).build().unwrap();
    client.connect().unwrap();
    for line in [&[""], lines, &["QUIT"]].concat() {
        if !line.is_empty() {
            client.send(format!("{line}\r\n").as_str()).unwrap();
            client.flush().unwrap();
        }
        let mut reply = Vec::new();
        while reply.is_empty() || reply.get(3) == Some(&b'-') {
            reply.clear();
            client.receive_until(b"\n", 512, &mut reply).unwrap();
        }
    }
    client.disconnect().unwrap();
    serving.join().unwrap()
}

/// The line that follows an AUTH that came to nothing was taken for a command, and written down.
#[test]
fn a_password_that_is_said_after_a_refusal_is_written_down_by_no_layer() {
    let password = STANDARD.encode(MARKER);
    let lines = ["EHLO x", "AUTH LOGIN", "no base64!", &password, "NOOP", "XYZZY", "NOOP"];
    let seen = overheard(server(), &lines);
    assert_eq!(given_away(MARKER, &seen), None, "{seen}");
    assert!(seen.contains("C: NOOP") && seen.contains("C: XYZZY"), "{seen}");
    // Without users AUTH itself is refused.
    let seen = overheard(
        SmtpServer::new(MemoryStore::new()),
        &["EHLO x", "AUTH LOGIN", &STANDARD.encode("ann"), &password, "NOOP"],
    );
    assert_eq!(given_away(MARKER, &seen), None, "{seen}");
    assert!(seen.contains("C: EHLO x") && seen.contains("C: NOOP"), "{seen}");
}

#[test]
fn a_token_is_written_down_by_no_layer() {
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let rest = format!(
            "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 AUTH {mechanism}\nC~: AUTH {mechanism} *\n\
             S: 334 e30=\nC~: *\nS: 535 no\nC: QUIT\nS: 221 a"
        );
        for source in [false, true] {
            let credentials = if source {
                Credentials::token_source("ann", || Ok(Secret::new(MARKER)))
            } else {
                Credentials::token("ann", Secret::new(MARKER))
            };
            let debug = format!("{credentials:?}");
            let smtp = Smtp::new().with_credentials(credentials);
            let script = Script::parse(&rest).unwrap();
            let (mut stack, transcript) = client(smtp, Tls::implicit(), script);
            let watcher = Watcher::of(&mut stack);
            let error = stack.connect().unwrap_err();
            transcript.finished().unwrap();
            let written = format!(
                "{debug} {error:?} {} {stack:#?} {} {}",
                error.sentence(),
                transcript.text(),
                watcher.seen()
            );
            assert_eq!(given_away(MARKER, &written), None, "{mechanism}");
        }
    }
}

/// What the server says to these lines, with everything known of its TLS.
fn hear(server: SmtpServer, tls: Tls, dialogue: &str) -> (Result<u64, Error>, Result<(), String>) {
    let script = Script::parse(dialogue).unwrap();
    let transcript = script.transcript();
    let builder = CommsStack::builder().layer(server).layer(Util::new()).layer(tls).layer(script);
    let mut stack = builder.build().unwrap();
    stack.set("without", OTHER_KEYWORDS).unwrap();
    let outcome = stack.connect().and_then(|()| stack.serve());
    (outcome, transcript.finished().map_err(|error| error.to_string()))
}

const EHLO: &str = "C: 220 localhost ESMTP comms\nS: EHLO c\nC: 250-localhost\n\
                    C: 250-PIPELINING\nC: 250-SIZE 0\nC: 250-8BITMIME\nC: 250-SMTPUTF8\n";
/// Those that the greeting below does not have.
const OTHER_KEYWORDS: &str = "CHUNKING,DSN,MT-PRIORITY,DELIVERBY,FUTURERELEASE,LIMITS,REQUIRETLS";
const PLAIN_END: &str = "C: 250 ENHANCEDSTATUSCODES\n";
const MECHANISMS: &str = "AUTH SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN";
const QUIT: &str = "S: QUIT\nC: 221 2.0.0 goodbye\n";

fn said(server: SmtpServer, tls: Tls, dialogue: &str) {
    let (outcome, finished) = hear(server, tls, dialogue);
    assert_eq!(finished, Ok(()), "{outcome:?}\n{dialogue}");
    outcome.unwrap();
}

#[test]
fn auth_is_offered_only_where_it_is_safe_or_allowed() {
    let offer = format!("{EHLO}C: 250-ENHANCEDSTATUSCODES\nC: 250 {MECHANISMS}\n{QUIT}");
    let none = format!(
        "{EHLO}C: 250-ENHANCEDSTATUSCODES\nC: 250 STARTTLS\n\
         S: AUTH PLAIN AGFubgBwZW5jaWw=\nC: 502 5.5.1 AUTH is not offered here\n{QUIT}"
    );
    said(server(), Tls::implicit(), &offer);
    said(server(), Tls::default(), &none);
    let nobody = format!("{EHLO}{PLAIN_END}{QUIT}");
    said(SmtpServer::new(MemoryStore::new()), Tls::implicit(), &nobody);
    let script = Script::parse(&offer).unwrap();
    let transcript = script.transcript();
    let builder = CommsStack::builder().layer(server()).layer(Util::new()).layer(script);
    let mut stack = builder.build().unwrap();
    stack.set("without", OTHER_KEYWORDS).unwrap();
    stack.set("allow_plaintext_auth", true).unwrap();
    stack.connect().unwrap();
    stack.serve().unwrap();
    transcript.finished().unwrap();
}

#[test]
fn the_server_answers_every_turn_of_an_exchange() {
    let greeted = format!("{EHLO}C: 250-ENHANCEDSTATUSCODES\nC: 250 {MECHANISMS}\n");
    let right = STANDARD.encode(format!("\0ann\0{MARKER}"));
    let (user, password) = (STANDARD.encode("ann"), STANDARD.encode(MARKER));
    for turns in [
        format!(
            "S: AUTH PLAIN {right}\nC: 235 2.7.0 welcome\nS: AUTH PLAIN {right}\nC: 503 5.5.1 not now\n"
        ),
        format!("S: auth plain\nC: 334 \nS: {right}\nC: 235 2.7.0 welcome\n"),
        format!("S: AUTH LOGIN {user}\nC: 334 UGFzc3dvcmQ6\nS: {password}\nC: 235 2.7.0 welcome\n"),
        "S: AUTH PLAIN\nC: 334 \nS: *\nC: 501 5.7.0 as you wish\n".to_owned(),
        "S: AUTH PLAIN\nC: 334 \nS: !!!\nC: 501 5.5.2 that is no base64\n".to_owned(),
        "S: AUTH PLAIN !!!\nC: 501 5.5.2 that is no base64\n".to_owned(),
        "S: AUTH PLAIN =\nC: 535 5.7.8 that is not right\n".to_owned(),
        "S: AUTH CRAM-MD5 AAAA\nC: 501 5.5.4 the mechanism begins with a challenge\n".to_owned(),
        "S: AUTH CRAM-MD5\nC~: 334 *\nS: YW5uIHg=\nC: 535 5.7.8 that is not right\n".to_owned(),
        "S: AUTH NTLM\nC: 504 5.5.4 no such mechanism\n".to_owned(),
        "S: AUTH\nC: 501 5.5.4 the command takes a mechanism\n".to_owned(),
        format!(
            "S: MAIL FROM:<a@x.example>\nC: 250 2.1.0 go on\nS: AUTH PLAIN {right}\nC: 503 5.5.1 not now\n"
        ),
        "S: STARTTLS\nC: 502 5.5.1 there is no TLS to start\n".to_owned(),
    ] {
        said(server(), Tls::implicit(), &format!("{greeted}{turns}{QUIT}"));
    }
    let gone = format!("{greeted}S: AUTH PLAIN\nC: 334 \nclose");
    assert_eq!(hear(server(), Tls::implicit(), &gone).0.unwrap(), 0);
}

#[test]
fn mail_is_taken_from_users_alone_where_that_is_required() {
    let script =
        |rest: &str| format!("{EHLO}C: 250-ENHANCEDSTATUSCODES\nC: 250 {MECHANISMS}\n{rest}{QUIT}");
    let right = STANDARD.encode(format!("\0ann\0{MARKER}"));
    let dialogue = script(&format!(
        "S: MAIL FROM:<a@x.example>\nC: 530 5.7.0 authenticate first\n\
         S: AUTH PLAIN {right}\nC: 235 2.7.0 welcome\n\
         S: MAIL FROM:<a@x.example>\nC: 250 2.1.0 go on\n"
    ));
    let script = Script::parse(&dialogue).unwrap();
    let transcript = script.transcript();
    let builder = CommsStack::builder().layer(server()).layer(Util::new()).layer(Tls::implicit());
    let mut stack = builder.layer(script).build().unwrap();
    stack.set("without", OTHER_KEYWORDS).unwrap();
    stack.set("require_auth", true).unwrap();
    stack.connect().unwrap();
    stack.serve().unwrap();
    transcript.finished().unwrap();
}

/// The handshake from the server's side: the layer that stands for TLS says its word first there.
#[test]
fn after_starttls_the_client_is_a_stranger_to_the_server() {
    let before = format!("{EHLO}C: 250-ENHANCEDSTATUSCODES\nC: 250 STARTTLS\n");
    let start = format!("S: STARTTLS\nC: 220 2.0.0 start TLS\n{HANDSHAKE}");
    let after = "S: MAIL FROM:<a@x.example>\nC: 503 5.5.1 greet first\n";
    said(server(), Tls::default(), &format!("{before}{start}{after}{QUIT}"));

    let glued = format!(
        "{before}S=: STARTTLS\\r\\nEHLO evil\\r\\n\nC: 220 2.0.0 start TLS\n\
         C=: \\x16hello\nS=: \\x16olleh\n"
    );
    let (served, _) = hear(server(), Tls::default(), &glued);
    let error = served.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol);
    assert!(matches!(error.cause(), Some(StackError::Injected { octets: 11 })), "{error:?}");
    assert!(HANDSHAKE.contains(&SERVER_HELLO[1..]));
}

/// A bottom whose peers are written dialogues.
#[derive(Debug)]
struct Gate(Vec<Script>);

impl CommsModule for Gate {
    fn spec(&self) -> &'static ModuleSpec {
        static SPEC: ModuleSpec = ModuleSpec::bottom("Gate", "lets written peers in");
        &SPEC
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<(), Error> {
        Ok(())
    }

    fn listen(&mut self, _: &mut dyn Below) -> Result<(), Error> {
        Ok(())
    }

    fn accept(&mut self, below: &mut dyn Below) -> Result<Box<dyn CommsModule>, Error> {
        let mut peer = self.0.remove(0);
        peer.connect(below)?;
        Ok(Box::new(peer))
    }
}

#[test]
fn servers_of_one_listener_share_their_users_and_not_who_came_before() {
    let right = STANDARD.encode(format!("\0ann\0{MARKER}"));
    let dialogue = format!(
        "{EHLO}C: 250-ENHANCEDSTATUSCODES\nC: 250 {MECHANISMS}\n\
         S: MAIL FROM:<a@x.example>\nC: 530 5.7.0 authenticate first\n\
         S: AUTH PLAIN {right}\nC: 235 2.7.0 welcome\n{QUIT}"
    );
    let peers = [Script::parse(&dialogue).unwrap(), Script::parse(&dialogue).unwrap()];
    let transcripts = peers.each_ref().map(Script::transcript);
    let builder = CommsStack::builder().layer(server()).layer(Util::new()).layer(Tls::implicit());
    let mut stack = builder.layer(Gate(peers.into())).build().unwrap();
    stack.set("without", OTHER_KEYWORDS).unwrap();
    stack.set("require_auth", true).unwrap();
    let mut listener = stack.listen().unwrap();
    for transcript in transcripts {
        listener.accept().unwrap().serve().unwrap();
        transcript.finished().unwrap();
    }
}
