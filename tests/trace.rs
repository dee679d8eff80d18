//! The views of a trace: as whole text over a script, and free of secrets whatever is sent.
#![cfg(test)]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use comms::{
    Address, Clock, CommsStack, Envelope, ErrorClass, Event, JsonTrace, Latency, Levels, Loopback,
    ManualClock, MemoryLog, MemoryStore, Operation, Payload, PcapngTrace, PretendTls, RawMessage,
    Script, Secret, ServerStack, Sink, Smtp, SmtpMessage, SmtpServer, TimelineTrace, TraceLog,
    Traced, TranscriptTrace, Util, What, dialogue_layer,
};

/// A file that outlives who writes it.
#[derive(Debug, Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    fn text(&self) -> String {
        String::from_utf8(self.octets()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every view of one session.
#[derive(Default)]
struct Views {
    transcript: Paper,
    lines: Paper,
    page: Paper,
    capture: Paper,
    log: MemoryLog,
    events: TraceLog,
}

impl Views {
    fn of(stack: &mut CommsStack) -> Self {
        let views = Self { log: MemoryLog::new(Levels::ALL), ..Self::default() };
        let at = dialogue_layer(stack).to_owned();
        let sinks: [Arc<dyn Sink>; 6] = [
            TranscriptTrace::new(views.transcript.clone(), PROGRAM, &at).into(),
            JsonTrace::new(views.lines.clone(), PROGRAM).into(),
            TimelineTrace::new(views.page.clone(), PROGRAM).into(),
            PcapngTrace::new(views.capture.clone(), PROGRAM, &at).into(),
            views.log.clone().into(),
            views.events.clone().into(),
        ];
        for sink in &sinks {
            stack.watch(sink);
        }
        views
    }

    /// All of them, as octets; the stack is over.
    fn all(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("transcript", self.transcript.octets()),
            ("JSON", self.lines.octets()),
            ("page", self.page.octets()),
            ("capture", self.capture.octets()),
            ("log", self.log.text().into()),
            ("events", format!("{:?}", self.events.events()).into()),
        ]
    }
}

fn message() -> SmtpMessage {
    let content = "From: ann@x.example\r\nTo: bob@y.example\r\n\r\nHello\r\n.\r\nAnn\r\n";
    let address = |text: &str| text.parse::<Address>().unwrap();
    let envelope = Envelope::new(address("ann@x.example"), [address("bob@y.example")]);
    SmtpMessage::raw(RawMessage::bytes(content), envelope)
}

fn client(layers: impl FnOnce(comms::StackBuilder) -> comms::StackBuilder) -> CommsStack {
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
    let mut stack = layers(stack).build().unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    stack
}

#[test]
fn a_session_reads_as_a_dialogue_with_its_times() {
    let script = Script::new()
        .send("220 mail.example\r\n")
        .expect("EHLO client.example\r\n")
        .reply("250-mail.example\r\n250 STARTTLS\r\n")
        .expect("STARTTLS\r\n")
        .reply("220 go on\r\n")
        .expect("EHLO client.example\r\n")
        .reply("250-mail.example\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n")
        .expect("AUTH PLAIN AGFubgBzd29yZGZpc2g=\r\n")
        .reply("235 welcome\r\n")
        .expect("MAIL FROM:<ann@x.example>\r\nRCPT TO:<bob@y.example>\r\nDATA\r\n")
        .reply("250 ok\r\n250 ok\r\n354 go on\r\n")
        .expect_until("\r\n.\r\n")
        .reply("250 2.0.0 queued as 17\r\n")
        .expect("QUIT\r\n")
        .reply("221 \x1b[2Jbye\r\n");
    let clock = ManualClock::new();
    let mut stack = client(|stack| {
        stack.layer(PretendTls::new()).layer(Latency::new(Duration::from_millis(20))).layer(script)
    });
    stack.set_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    stack.set("Smtp.tls", "required").unwrap();
    stack.set("user", "ann").unwrap();
    stack.set("password", Secret::new("swordfish")).unwrap();
    let views = Views::of(&mut stack);
    stack.connect().unwrap();
    clock.advance(Duration::from_millis(5));
    stack.send(&message()).unwrap();
    stack.disconnect().unwrap();
    drop(stack);
    assert_eq!(views.transcript.text(), TRANSCRIPT);
}

#[test]
fn a_failure_is_told_where_it_began_and_as_the_top_has_it() {
    let script = Script::new().send("220 mail.example\r\n").expect_any_line().stall();
    let clock = ManualClock::new();
    let mut stack = client(|stack| stack.layer(script));
    stack.set_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let views = Views::of(&mut stack);
    assert_eq!(stack.connect().unwrap_err().class(), ErrorClass::Timeout);
    drop(stack);
    assert_eq!(views.transcript.text(), FAILURE);
    for (name, view) in views.all() {
        let view = String::from_utf8_lossy(&view).into_owned();
        assert!(view.contains("ran out"), "{name}: {view}");
    }
}

#[test]
fn no_view_has_a_secret_whatever_the_mechanism_is() {
    for (mechanism, user) in [
        ("PLAIN", true),
        ("LOGIN", true),
        ("CRAM-MD5", true),
        ("SCRAM-SHA-1", true),
        ("SCRAM-SHA-256", true),
        ("XOAUTH2", false),
        ("OAUTHBEARER", false),
    ] {
        let (near, far) = Loopback::pair();
        let server = user.then(|| serve(far));
        let tls = PretendTls::from_the_first_octet();
        let mut stack = match &server {
            Some(_) => client(|stack| stack.layer(tls).layer(near)),
            None => client(|stack| stack.layer(tls).layer(token_server(mechanism))),
        };
        stack.set("user", "ann").unwrap();
        stack.set("auth", mechanism).unwrap();
        let secret = if user { "password" } else { "token" };
        stack.set(secret, Secret::new(MARKER)).unwrap();
        let views = Views::of(&mut stack);
        stack.connect().unwrap();
        stack.send(&message()).unwrap();
        stack.disconnect().unwrap();
        drop(stack);
        if let Some(server) = server {
            assert_eq!(server.join().unwrap(), 1);
        }
        for (name, view) in views.all() {
            assert!(contains(&view, b"AUTH "), "{mechanism} is in the {name}");
            // It, and its base64 at each of its three offsets; what SCRAM proves it by begins so.
            for octets in [MARKER, "c3dvcmRmaXNo", "N3b3JkZmlza", "zd29yZGZpc2", "LHA9", "xwPQ"] {
                let has_it = contains(&view, octets.as_bytes());
                assert!(!has_it, "{mechanism}: `{octets}` is in the {name}");
            }
        }
    }
}

#[test]
fn a_gigabyte_takes_no_more_memory_than_a_megabyte() {
    let sinks: [Arc<dyn Sink>; 3] = [
        TranscriptTrace::new(io::sink(), PROGRAM, "Tcp").into(),
        JsonTrace::new(io::sink(), PROGRAM).into(),
        PcapngTrace::new(io::sink(), PROGRAM, "Tcp").into(),
    ];
    let now = Instant::now();
    let send = |sink: &Arc<dyn Sink>, octets: &[u8]| {
        let payload = Some(Payload::Bytes(octets));
        let what = What::Begin { operation: Operation::Send, payload, left: None };
        sink.note(&Event::new(1, "Tcp", 2, (now, UNIX_EPOCH), what));
    };
    let content = b"a line of content, one of many\r\n".repeat(2048);
    for sink in &sinks {
        send(sink, b"DATA\r\n");
        let received = Payload::Bytes(b"220 hi\r\n354 go on\r\n");
        let operation = Operation::Receive;
        let what = What::End { operation, began: now, received, failure: None };
        sink.note(&Event::new(1, "Tcp", 2, (now, UNIX_EPOCH), what));
        let grown = [80, 160].map(|times| {
            let measured = allocation_counter::measure(|| {
                (0..times).for_each(|_| send(sink, &content));
            });
            measured.bytes_max
        });
        assert!(grown[1] < grown[0] + 65_536 && grown[1] < 1 << 20, "{sink:?}: {grown:?}");
    }
}

#[test]
fn what_was_noted_is_in_the_files_before_the_stack_waits() {
    let mut stack = client(|stack| stack.layer(Script::new().send("220 a\r\n").expect_any_line()));
    let views = Views::of(&mut stack);
    // It hangs, as far as anybody can tell, in EHLO.
    stack.limit(Duration::from_millis(1), "test");
    let _ = stack.connect();
    for (name, view) in [("transcript", &views.transcript), ("JSON", &views.lines)] {
        assert!(view.text().contains("EHLO client.example"), "{name}: {}", view.text());
    }
    assert!(contains(&views.capture.octets(), b"EHLO client.example\r\n"));
    drop(stack);
}

#[test]
fn each_begin_has_its_end_and_nests_in_those_above() {
    let (near, far) = Loopback::pair();
    let server = serve(far);
    let mut stack = client(|stack| stack.layer(near));
    let trace = TraceLog::new();
    stack.watch(&trace.clone().into());
    stack.connect().unwrap();
    stack.disconnect().unwrap();
    server.join().unwrap();
    let mut open = Vec::new();
    for event in trace.of_stack(1) {
        match &event.what {
            Traced::Begin { operation, .. } => open.push((event.depth, *operation)),
            Traced::End { operation, .. } => {
                assert_eq!(open.pop(), Some((event.depth, *operation)));
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// A server that knows Ann and lets nobody else in; it says how many messages came.
fn serve(far: Loopback) -> thread::JoinHandle<u64> {
    let users = [("ann".to_owned(), Secret::new(MARKER))];
    let mut server = CommsStack::builder()
        .layer(SmtpServer::new(MemoryStore::new()).with_users(users))
        .layer(Util::new())
        .layer(PretendTls::from_the_first_octet())
        .layer(far)
        .build()
        .unwrap();
    thread::spawn(move || server.connect().and_then(|()| server.serve()).unwrap())
}

fn token_server(mechanism: &str) -> Script {
    Script::new()
        .send("220 mail.example\r\n")
        .expect_any_line()
        .reply(format!("250-mail.example\r\n250-PIPELINING\r\n250 AUTH {mechanism}\r\n"))
        .expect_any_line()
        .reply("235 welcome\r\n")
        .expect("MAIL FROM:<ann@x.example>\r\nRCPT TO:<bob@y.example>\r\nDATA\r\n")
        .reply("250 ok\r\n250 ok\r\n354 go on\r\n")
        .expect_until("\r\n.\r\n")
        .reply("250 queued\r\n")
        .expect("QUIT\r\n")
        .reply("221 bye\r\n")
}

fn contains(octets: &[u8], some: &[u8]) -> bool {
    memchr::memmem::find(octets, some).is_some()
}

/// Like nothing else, and long enough to be found in its base64.
const MARKER: &str = "swordfish-hunter2-marker";

const PROGRAM: &str = "comms 1.2.3";

const TRANSCRIPT: &str = "\
comms 1.2.3: trace of 2026-01-02T03:04:05.000Z
Times are milliseconds: since the start, and since the line before. What was sent follows ->, and
what was received <-; under TLS these are ~> and <~. Secrets are shown as their length.
--- connect
--- greeting
      0.0             1   Smtp     <- 220 mail.example
      0.0             1   Smtp     -> EHLO client.example
     20.0     +20.0   1   Smtp     <- 250-mail.example
     20.0             1   Smtp     <- 250 STARTTLS
     20.0             1   Smtp     -> STARTTLS
     40.0     +20.0   1   Smtp     <- 220 go on
--- TLS
     40.0             1   Tls      TLS has started
--- greeting
     40.0             1   Smtp     ~> EHLO client.example
     60.0     +20.0   1   Smtp     <~ 250-mail.example
     60.0             1   Smtp     <~ 250-PIPELINING
     60.0             1   Smtp     <~ 250 AUTH PLAIN
--- AUTH
     60.0             1   Smtp     ~> AUTH PLAIN <20 secret octets>
     80.0     +20.0   1   Smtp     <~ 235 welcome
     80.0             1   Smtp     is connected
--- message
     85.0      +5.0   1   Smtp     ~> MAIL FROM:<ann@x.example>
     85.0             1   Smtp     ~> RCPT TO:<bob@y.example>
     85.0             1   Smtp     ~> DATA
    105.0     +20.0   1   Smtp     <~ 250 ok
    105.0             1   Smtp     <~ 250 ok
    105.0             1   Smtp     <~ 354 go on
    105.0             1   Smtp     ~> From: ann@x.example
    105.0             1   Smtp     ~> … 4 lines more, 32 octets
    105.0             1   Smtp     ~> Ann
    105.0             1   Smtp     ~> .
    125.0     +20.0   1   Smtp     <~ 250 2.0.0 queued as 17
--- goodbye
    125.0             1   Smtp     ~> QUIT
    145.0     +20.0   1   Smtp     <~ 221 \\x1b[2Jbye
--- in all
145.0 ms, of which 0.0 ms (0 %) waiting for the peer; 7 round trips; Script sent 210 octets and received 188
";

const FAILURE: &str = "\
comms 1.2.3: trace of 2026-01-02T03:04:05.000Z
Times are milliseconds: since the start, and since the line before. What was sent follows ->, and
what was received <-; under TLS these are ~> and <~. Secrets are shown as their length.
--- connect
--- greeting
      0.0             1   Smtp     <- 220 mail.example
      0.0             1   Smtp     -> EHLO client.example
 300000.0 +300000.0   1 * Script   receive failed (timeout): Script: the time for the reply to EHLO (300 s) ran out, nothing arrived
 300000.0             1 * Smtp     connect failed (timeout): Smtp: no reply to EHLO client.example: Script: the time for the reply to EHLO (300 s) ran out, nothing arrived
--- in all
300000.0 ms, of which 300000.0 ms (100 %) waiting for the peer; 0 round trips; Script sent 21 octets and received 18
";
