//! `comms sink`: takes mail from anybody, for tests.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use comms::{
    CommsListener, CommsStack, DiscardStore, Envelope, Faults, Incoming, Maildir, Origin,
    Recipient, RunningServer, ServerTally, ServingTrouble, SmtpServer, Store, Tcp, Tls, Util,
    Value,
};

use crate::args::sink::SinkArgs;
use crate::channel;
use crate::failure::{Failure, Status};
use crate::glimpse::Glimpse;
use crate::inbox::Inbox;
use crate::inbox::http::server::HttpServer;
use crate::interrupt;
use crate::output;
use crate::repeats::Repeats;
use crate::told::Form;

/// Listens, and serves every client, until the program is told to end.
pub(crate) fn run(args: &SinkArgs) -> Result<Status, Failure> {
    let faults = args.fail.iter().cloned().collect::<Faults>();
    let inbox = Inbox::new(&args.inbox)?;
    let (listener, tally) = listener(args, &faults, inbox.as_ref())?;
    let Some(Value::Text(address)) = listener.get("Tcp.local")?.value else {
        return Err(Failure::Internal("the listener does not know its address".to_owned()));
    };
    let mut signals = interrupt::signals()?;
    let repeats = Mutex::new(Repeats::default());
    let troubles = inbox.as_ref().map(Inbox::troubles);
    let options = RunningServer::options().on_trouble(move |trouble| {
        tell(trouble, &repeats);
        if let Some(troubles) = &troubles {
            troubles.count(trouble);
        }
    });
    let server = options.start(listener)?;
    let shown = inbox.map(|inbox| inbox.show(&address, tally)).transpose()?;
    output::print(&address)?;
    if let Some(shown) = &shown {
        output::print(&format!("http://{}/", shown.address))?;
    }
    signals.forever().next();
    let took = server.stop();
    shown.into_iter().for_each(HttpServer::stop);
    let told = |count, what| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    output::say(&format!(
        "{} from {}",
        told(took.messages, "message"),
        told(took.clients, "client")
    ));
    for rule in faults.unmet() {
        output::say(&format!("--fail '{rule}' was never met"));
    }
    Ok(Status::Done)
}

/// Says what went wrong with a client; the same for many in a row once.
fn tell(trouble: &ServingTrouble, repeats: &Mutex<Repeats>) {
    let mut repeats = repeats.lock().unwrap_or_else(PoisonError::into_inner);
    let mut sentence = trouble.to_string();
    let mut cause = trouble.source();
    while let Some(error) = cause {
        sentence = format!("{sentence}: {error}");
        cause = error.source();
    }
    match trouble {
        ServingTrouble::Ended(_) => repeats.over(),
        _ if !repeats.is_news(&sentence) => return,
        _ => {}
    }
    output::say(&sentence);
}

fn listener(
    args: &SinkArgs,
    faults: &Faults,
    inbox: Option<&Inbox>,
) -> Result<(CommsListener, ServerTally), Failure> {
    let mut store: Box<dyn Store> =
        match &args.maildir {
            None => Box::new(DiscardStore),
            Some(folder) => Box::new(Maildir::create(folder).map_err(|error| {
                Failure::Usage(format!("--maildir {}: {error}", folder.display()))
            })?),
        };
    if let Some(inbox) = inbox {
        store = inbox.beside(store);
    }
    let form = if args.json { Form::Json } else { Form::Fields };
    let mut server = SmtpServer::new(Telling { store, form });
    if !args.fail.is_empty() {
        server = server.with_handler(faults.clone());
    }
    if let Some(path) = &args.auth_file {
        server = server.with_users(channel::users("--auth-file", path)?);
    }
    let tally = server.tally();
    let (host, port) = &args.listen;
    let tcp = Tcp::new(host.as_str(), *port);
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
    for watcher in inbox.iter().flat_map(|inbox| inbox.watchers()) {
        stack.watch(&watcher);
    }
    Ok((stack.listen()?, tally))
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

/// A store that prints a line for each message that another store has kept.
#[derive(Debug)]
struct Telling {
    store: Box<dyn Store>,
    form: Form,
}

impl Store for Telling {
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = self.store.begin(envelope)?;
        Ok(self.told(message, envelope))
    }

    fn begin_binary(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = self.store.begin_binary(envelope)?;
        Ok(self.told(message, envelope))
    }

    fn note_origin(&mut self, origin: &Origin<'_>) {
        self.store.note_origin(origin);
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(Self { store: self.store.share(), form: self.form })
    }
}

impl Telling {
    fn told(&self, message: Box<dyn Incoming>, envelope: &Envelope) -> Box<dyn Incoming> {
        let (envelope, glimpse) = (envelope.clone(), Glimpse::default());
        Box::new(Told { message, envelope, glimpse, form: self.form })
    }
}

struct Told {
    message: Box<dyn Incoming>,
    envelope: Envelope,
    glimpse: Glimpse,
    form: Form,
}

impl Incoming for Told {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.glimpse.push(octets);
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
        let line = match self.form {
            Form::Fields => self.glimpse.line(&self.envelope),
            Form::Json => self.glimpse.json(&self.envelope),
        };
        // The message is kept; that nobody reads of it does not change this.
        let _ = output::print(&line);
        Ok(())
    }
}
