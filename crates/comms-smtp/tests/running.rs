//! A server at work over real sockets: many clients, a bounded number of threads, and a stop.
#![cfg(test)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use comms_core::{CommsListener, CommsStack, Value};
use comms_smtp::{
    Decision, Envelope, Handler, MemoryStore, Recipient, RunningServer, Smtp, SmtpMessage,
    SmtpServer,
};
use comms_tcp::Tcp;
use comms_util::Util;

/// Whoever waits longer hangs.
const LONG: Duration = Duration::from_secs(20);

fn listening(server: SmtpServer) -> (CommsListener, u16) {
    let stack = CommsStack::builder().layer(server).layer(Util::new());
    let listener = stack.layer(Tcp::new("127.0.0.1", 0)).build().unwrap().listen().unwrap();
    let Some(Value::Integer(port)) = listener.get("listen_port").unwrap().value else {
        panic!("a listener knows its port");
    };
    (listener, u16::try_from(port).unwrap())
}

/// A client of few words.
struct Plain {
    replies: BufReader<TcpStream>,
}

impl Plain {
    fn greeted(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let mut client = Self { replies: BufReader::new(stream) };
        assert!(client.reply().starts_with("220 "));
        client
    }

    fn say(&mut self, words: &str) {
        self.replies.get_mut().write_all(words.as_bytes()).unwrap();
    }

    fn ask(&mut self, words: &str) -> String {
        self.say(&format!("{words}\r\n"));
        self.reply()
    }

    fn reply(&mut self) -> String {
        let mut line = String::new();
        self.replies.read_line(&mut line).unwrap();
        line
    }

    fn rest(mut self) -> String {
        let mut rest = String::new();
        self.replies.read_to_string(&mut rest).unwrap();
        rest
    }
}

#[test]
fn many_clients_are_served_by_few_threads_and_no_message_is_lost() {
    let store = MemoryStore::new();
    let (listener, port) = listening(SmtpServer::new(store.clone()));
    let server = RunningServer::options().most_clients(3).start(listener).unwrap();
    thread::scope(|scope| {
        for client in 0..12 {
            scope.spawn(move || {
                let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
                let mut stack = stack.layer(Tcp::new("127.0.0.1", port)).build().unwrap();
                stack.connect().unwrap();
                for message in 0..5 {
                    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
                        .recipient("bob@y.example".parse().unwrap())
                        .subject(format!("{client}.{message}"))
                        .build()
                        .unwrap();
                    stack.send(&message).unwrap();
                }
                stack.disconnect().unwrap();
            });
        }
    });
    assert_eq!(store.wait_for(60, LONG).len(), 60);
    let done = server.stop();
    assert_eq!((done.clients, done.messages), (12, 60));
}

#[test]
fn whoever_waits_when_the_server_stops_is_told_so() {
    let (listener, port) = listening(SmtpServer::new(MemoryStore::new()));
    let server = RunningServer::start(listener).unwrap();
    let mut idle = Plain::greeted(port);
    assert!(idle.ask("NOOP").starts_with("250 "));
    assert_eq!(server.clients(), 1);
    let done = server.stop();
    assert_eq!(idle.rest(), "421 4.3.2 the server stops, closing\r\n");
    assert_eq!(done.clients, 1);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody listens any more");
}

#[test]
fn a_message_under_way_comes_to_its_end_before_the_server_stops() {
    let store = MemoryStore::new();
    let (listener, port) = listening(SmtpServer::new(store.clone()));
    let server = RunningServer::options().grace(LONG).start(listener).unwrap();
    let mut client = Plain::greeted(port);
    client.ask("HELO x");
    client.ask("MAIL FROM:<a@x.example>");
    client.ask("RCPT TO:<b@y.example>");
    assert!(client.ask("DATA").starts_with("354 "));
    client.say("Subject: half\r\n");
    let stopping = thread::spawn(move || server.stop());
    // Nobody else is served by now, or soon.
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        thread::yield_now();
    }
    client.say("\r\nand half\r\n.\r\n");
    assert!(client.reply().starts_with("250 "));
    assert_eq!(client.rest(), "421 4.3.2 the server stops, closing\r\n");
    assert_eq!(stopping.join().unwrap().messages, 1);
    assert_eq!(store.messages().len(), 1);
}

#[test]
fn a_message_that_does_not_end_is_cut_off_after_the_grace() {
    let store = MemoryStore::new();
    let (listener, port) = listening(SmtpServer::new(store.clone()));
    let server = RunningServer::options().grace(Duration::ZERO).start(listener).unwrap();
    let mut client = Plain::greeted(port);
    client.ask("HELO x");
    client.ask("MAIL FROM:<a@x.example>");
    client.ask("RCPT TO:<b@y.example>");
    client.ask("DATA");
    client.say("Subject: half\r\n");
    assert_eq!(server.stop().messages, 0);
    assert_eq!(client.rest(), "");
    assert!(store.messages().is_empty());
}

/// Panics at a recipient of the name of `panic`.
#[derive(Debug, Clone)]
struct Panics(Arc<Mutex<u64>>);

impl Handler for Panics {
    fn rcpt(&mut self, _: &Envelope, recipient: &Recipient) -> Decision {
        *self.0.lock().unwrap() += 1;
        assert_ne!(recipient.address.local_part(), "panic", "the handler's own");
        Decision::Go
    }

    fn share(&self) -> Box<dyn Handler> {
        Box::new(self.clone())
    }
}

#[test]
fn a_panic_of_a_handler_ends_its_session_alone_and_comes_up_when_the_server_stops() {
    let handler = Panics(Arc::default());
    let server = SmtpServer::new(MemoryStore::new()).with_handler(handler.clone());
    let (listener, port) = listening(server);
    let server = RunningServer::options().most_clients(1).start(listener).unwrap();
    for name in ["panic", "bob"] {
        let mut client = Plain::greeted(port);
        client.ask("HELO x");
        client.ask("MAIL FROM:<a@x.example>");
        client.say(&format!("RCPT TO:<{name}@y.example>\r\nQUIT\r\n"));
        let rest = client.rest();
        assert_eq!(rest.starts_with("250 "), name == "bob", "{name}: {rest}");
    }
    assert_eq!(*handler.0.lock().unwrap(), 2);
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.stop()));
    let panic = stopped.unwrap_err();
    let words = panic.downcast_ref::<String>().map(String::as_str).unwrap_or_default();
    assert!(words.contains("the handler's own"), "{words}");
}

#[test]
fn a_server_that_is_dropped_lets_everybody_go() {
    let (listener, port) = listening(SmtpServer::new(MemoryStore::new()));
    let server = RunningServer::start(listener).unwrap();
    let client = Plain::greeted(port);
    drop(server);
    client.rest();
}
