//! A pool of `Smtp, Util, Tcp` to the embedded server: every message arrives, over few connections.
#![cfg(test)]

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use comms::{
    Below, CommsModule, CommsStack, ErrorClass, MemoryStore, ModuleSpec, Pool, PoolBuilder, Result,
    SendReport, ServerStack, Smtp, SmtpMessage, SmtpServer, SmtpStack, Tcp, Tls, Util, Value,
};

/// A server on a port of its own, with a thread for each client.
struct Server {
    port: u16,
    mailbox: MemoryStore,
    over: Arc<AtomicBool>,
    /// Gives what came of each connection.
    thread: JoinHandle<Vec<Result<u64>>>,
}

impl Server {
    /// Serves with these modules below the line service.
    fn start(filters: Vec<Box<dyn CommsModule>>) -> Self {
        let mailbox = MemoryStore::new();
        let mut modules: Vec<Box<dyn CommsModule>> =
            vec![Box::new(SmtpServer::new(mailbox.clone())), Box::new(Util::new())];
        modules.extend(filters);
        modules.push(Box::new(Tcp::new("127.0.0.1", 0)));
        let mut listener = CommsStack::of(modules).unwrap().listen().unwrap();
        let Some(Value::Integer(port)) = listener.get("listen_port").unwrap().value else {
            panic!("a listener knows its port");
        };
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut clients = Vec::new();
            loop {
                let mut client = listener.take().unwrap();
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                clients.push(thread::spawn(move || {
                    let taken = client.connect().and_then(|()| client.serve());
                    let _ = client.disconnect();
                    taken
                }));
            }
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        Self { port: u16::try_from(port).unwrap(), mailbox, over, thread }
    }

    fn pool(&self) -> PoolBuilder {
        let port = self.port;
        Pool::builder("mail", move || {
            let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
            let mut stack = stack.layer(Tcp::new("127.0.0.1", port)).build()?;
            stack.set("local_mail_domain", "client.example")?;
            Ok(stack)
        })
    }

    /// Waits for all clients to go; gives the number of messages that each of them sent.
    fn stop(self) -> Vec<u64> {
        self.over.store(true, Ordering::SeqCst);
        // The next client is this one.
        TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        self.thread.join().unwrap().into_iter().map(|taken| taken.unwrap()).collect()
    }
}

fn recipient(number: usize) -> String {
    format!("bob{number}@y.example")
}

fn send(stack: &mut CommsStack, number: usize) -> Result<()> {
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap()).text("Hello\n");
    let message = message.recipient(recipient(number).parse().unwrap()).build().unwrap();
    let report = stack.send(&message)?.into_report::<SendReport>().unwrap();
    assert_eq!(report.accepted.len(), 1);
    Ok(())
}

/// That the messages of these numbers are there, each of them once.
fn check_all_arrived(mailbox: &MemoryStore, numbers: std::ops::Range<usize>) {
    let messages = mailbox.messages();
    assert_eq!(messages.len(), numbers.len());
    let envelopes = messages.iter().map(|message| &message.envelope);
    let arrived = envelopes.map(|envelope| envelope.recipients[0].to_string()).collect();
    assert_eq!(numbers.map(recipient).collect::<BTreeSet<_>>(), arrived);
}

#[test]
fn eight_threads_send_two_hundred_messages_over_three_connections() {
    let server = Server::start(Vec::new());
    let pool = server.pool().size(3).uses(u64::MAX).build();
    thread::scope(|scope| {
        for thread in 0..8 {
            let pool = pool.clone();
            scope.spawn(move || {
                for number in 0..25 {
                    send(&mut pool.get().unwrap(), thread * 25 + number).unwrap();
                }
            });
        }
    });
    let info = pool.info();
    assert!(info.lent == 0 && info.idle <= 3, "{info:?}");
    pool.close().unwrap();
    check_all_arrived(&server.mailbox, 0..200);
    let connections = server.stop();
    // Three in all are never more than three at a time.
    assert!(connections.len() <= 3, "{connections:?}");
    assert_eq!(connections.iter().sum::<u64>(), 200);
}

#[test]
fn a_connection_carries_so_many_messages_and_another_goes_on() {
    let server = Server::start(Vec::new());
    let pool = server.pool().uses(4).build();
    for number in 0..10 {
        send(&mut pool.get().unwrap(), number).unwrap();
    }
    pool.close().unwrap();
    check_all_arrived(&server.mailbox, 0..10);
    assert_eq!(server.stop(), [4, 4, 2]);
}

#[test]
fn a_refusal_in_good_order_does_not_cost_the_connection() {
    let server = Server::start(Vec::new());
    let pool = server.pool().size(1).build();
    send(&mut pool.get().unwrap(), 0).unwrap();
    let error = pool.get().unwrap().smtp().unwrap().expn("staff").unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    send(&mut pool.get().unwrap(), 1).unwrap();
    pool.close().unwrap();
    check_all_arrived(&server.mailbox, 0..2);
    assert_eq!(server.stop(), [2]);
}

/// A filter of the server's side: once a message was taken it says its word, and the client seems
/// to have gone.
#[derive(Debug, Clone)]
struct Leaves {
    word: &'static str,
    heard: Vec<u8>,
}

static LEAVES: ModuleSpec = ModuleSpec::filter("Leaves", "leaves after a message");

impl CommsModule for Leaves {
    fn spec(&self) -> &'static ModuleSpec {
        &LEAVES
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if self.heard.ends_with(b"\r\n.\r\n") {
            below.send(self.word.into())?;
            return Ok(0);
        }
        let octets = below.receive(into)?;
        self.heard.extend_from_slice(&into[..octets]);
        Ok(octets)
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(self.clone()))
    }
}

#[test]
fn a_server_that_closed_an_idle_connection_is_not_noticed_whatever_it_said() {
    for word in ["", "421 4.4.2 nothing came for too long, closing\r\n"] {
        let server = Server::start(vec![Box::new(Leaves { word, heard: Vec::new() })]);
        let pool = server.pool().size(1).build();
        for number in 0..5 {
            let mut stack = pool.get().unwrap();
            // The filter knows the end of content by its dot.
            stack.set("chunking", false).unwrap();
            send(&mut stack, number).unwrap();
            // Waits for the first octet of the farewell, or for the end where `Util` has it already.
            let mut tcp = stack.layer::<Tcp>().unwrap();
            tcp.run(|tcp, below| tcp.receive(&mut [0; 1], below)).unwrap();
            assert!(stack.is_connected() && !matches!(stack.unread(), Ok(false)));
            drop(stack);
            assert_eq!(pool.info().idle, 1, "Smtp has not heard of it");
        }
        pool.close().unwrap();
        check_all_arrived(&server.mailbox, 0..5);
        assert_eq!(server.stop(), [1; 5]);
    }
}

#[test]
fn a_stack_under_tls_is_lent_again() {
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let made = rcgen::generate_simple_self_signed(["mail.example".to_owned()]).unwrap();
    std::fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    for start in ["on_request", "immediately"] {
        let mut tls = CommsStack::builder()
            .layer(Tls::server(path("cert.pem"), path("key.pem")))
            .layer(Tcp::default())
            .build()
            .unwrap();
        tls.set("start", start).unwrap();
        let server = Server::start(vec![tls.pop().unwrap()]);
        let (port, ca_file) = (server.port, path("cert.pem"));
        let pool = Pool::new("mail", move || {
            let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
            let stack = stack.layer(Tls::new()).layer(Tcp::new("127.0.0.1", port));
            let mut stack = stack.build()?;
            stack.set("local_mail_domain", "client.example")?;
            stack.set("Smtp.tls", "required")?;
            stack.set("Tls.start", start)?;
            stack.set("server_name", "mail.example")?;
            stack.set("ca_file", ca_file.as_str())?;
            Ok(stack)
        });
        for number in 0..5 {
            send(&mut pool.get().unwrap(), number).unwrap();
        }
        pool.close().unwrap();
        check_all_arrived(&server.mailbox, 0..5);
        assert_eq!(server.stop(), [5], "{start}");
    }
}
