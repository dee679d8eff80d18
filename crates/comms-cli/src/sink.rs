//! `comms sink`: takes mail from anybody, for tests.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use comms::{
    CommsListener, CommsStack, DiscardStore, Envelope, Faults, Incoming, Maildir, Recipient,
    Result as StackResult, ServerStack, SmtpServer, Store, Tcp, Tls, Util, Value,
};

use crate::args::SinkArgs;
use crate::channel;
use crate::failure::{Failure, Status};
use crate::output;
use crate::repeats::Repeats;

/// Listens, and serves every client, until the program is ended.
pub(crate) fn run(args: &SinkArgs) -> Result<Status, Failure> {
    let mut listener = listener(args)?;
    let Some(Value::Text(address)) = listener.get("Tcp.local")?.value else {
        return Err(Failure::Internal("the listener does not know its address".to_owned()));
    };
    output::print(&address)?;
    let serving = Arc::new(AtomicUsize::new(0));
    let mut repeats = Repeats::default();
    loop {
        match listener.take() {
            Ok(stack) => {
                repeats.over();
                spawn(stack, &serving);
            }
            Err(error) => {
                let trouble = error.sentence();
                if repeats.is_news(&trouble) {
                    output::say(&format!("a client was not accepted: {trouble}"));
                }
                // What is wrong with the system, no descriptors left, say, is wrong at once again.
                thread::sleep(PAUSE);
            }
        }
    }
}

fn listener(args: &SinkArgs) -> Result<CommsListener, Failure> {
    let store: Box<dyn Store> =
        match &args.maildir {
            None => Box::new(DiscardStore),
            Some(folder) => Box::new(Maildir::create(folder).map_err(|error| {
                Failure::Usage(format!("--maildir {}: {error}", folder.display()))
            })?),
        };
    let mut server = SmtpServer::new(Telling { store });
    if !args.fail.is_empty() {
        server = server.with_handler(args.fail.iter().cloned().collect::<Faults>());
    }
    if let Some(path) = &args.auth_file {
        server = server.with_users(channel::users("--auth-file", path)?);
    }
    let tcp = Tcp::new(args.listen.ip().to_string(), args.listen.port());
    let stack = CommsStack::builder().layer(server).layer(Util::new());
    let mut stack = match tls(args)? {
        Some(tls) => stack.layer(tls).layer(tcp).build()?,
        None => stack.layer(tcp).build()?,
    };
    if args.auth_file.is_some() {
        stack.set("require_auth", true)?;
    }
    if args.lmtp {
        stack.set("protocol", "lmtp")?;
    }
    if let Some(keywords) = &args.without {
        stack.set("without", keywords.to_string())?;
    }
    let limits = [("size_limit", args.size_limit), ("messages_limit", args.messages_limit)];
    for (name, limit) in limits.into_iter().filter_map(|(name, limit)| Some((name, limit?))) {
        stack.set(name, Value::from(i64::try_from(limit).unwrap_or(i64::MAX)))?;
    }
    if let Some(path) = &args.log {
        channel::watch(&mut stack, path)?;
    }
    Ok(stack.listen()?)
}

/// The server's side of TLS, where there is a certificate to be known by.
fn tls(args: &SinkArgs) -> Result<Option<Tls>, Failure> {
    let (Some(cert), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
    let tls = Tls::server(utf8("--tls-cert", cert)?, utf8("--tls-key", key)?);
    Ok(Some(if args.tls_immediately { tls.immediately() } else { tls }))
}

fn utf8<'a>(flag: &str, path: &'a Path) -> Result<&'a str, Failure> {
    let why = || Failure::Usage(format!("{flag} {}: the path is not UTF-8", path.display()));
    path.to_str().ok_or_else(why)
}

/// Serves a client on a thread of its own, unless there are too many.
fn spawn(mut stack: CommsStack, serving: &Arc<AtomicUsize>) {
    if serving.fetch_add(1, Ordering::AcqRel) >= MOST_CLIENTS {
        serving.fetch_sub(1, Ordering::AcqRel);
        output::say("a client was let go: too many are here already");
        return;
    }
    let running = Arc::clone(serving);
    let thread = thread::Builder::new().name("client".to_owned()).spawn(move || {
        if let Err(error) = serve(&mut stack) {
            output::say(&format!("a client's session ended early: {}", error.sentence()));
        }
        running.fetch_sub(1, Ordering::AcqRel);
    });
    if let Err(error) = thread {
        serving.fetch_sub(1, Ordering::AcqRel);
        output::say(&format!("a client was let go: {error}"));
    }
}

fn serve(stack: &mut CommsStack) -> StackResult<()> {
    let served = stack.connect().and_then(|()| stack.serve());
    let _ = stack.disconnect();
    served.map(|_| ())
}

/// A store that prints a line for each message that another store has kept.
#[derive(Debug)]
struct Telling {
    store: Box<dyn Store>,
}

impl Store for Telling {
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = self.store.begin(envelope)?;
        Ok(Box::new(Told { message, envelope: envelope.clone(), octets: 0 }))
    }

    fn begin_binary(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = self.store.begin_binary(envelope)?;
        Ok(Box::new(Told { message, envelope: envelope.clone(), octets: 0 }))
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(Self { store: self.store.share() })
    }
}

struct Told {
    message: Box<dyn Incoming>,
    envelope: Envelope,
    octets: u64,
}

impl Incoming for Told {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets += octets.len() as u64;
        self.message.write(octets)
    }

    fn refuse(&mut self, recipient: &Recipient) -> io::Result<()> {
        let recipients = &mut self.envelope.recipients;
        if let Some(at) = recipients.iter().position(|one| one == recipient) {
            recipients.remove(at);
        }
        self.message.refuse(recipient)
    }

    fn keep(self: Box<Self>) -> io::Result<()> {
        self.message.keep()?;
        let to = self.envelope.recipients.iter().map(|one| format!("<{one}>")).collect::<Vec<_>>();
        let line = format!("{} -> {}: {} octets", self.envelope.sender, to.join(" "), self.octets);
        // The message is kept; that nobody reads of it does not change this.
        let _ = output::print(&line);
        Ok(())
    }
}

/// A thread each: enough for any test.
const MOST_CLIENTS: usize = 256;

/// Time for the system to recover after a client that could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);
