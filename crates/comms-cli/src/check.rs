//! `comms check`: what a server is like, step by step, and what is wrong with it.

mod chain;
mod credentials;
mod finding;
mod offers;
mod stopwatch;
mod way;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use comms::{CommsStack, Error, Sink, SmtpError, SmtpStack, TlsError, Value};

use crate::args::check::CheckArgs;
use crate::channel::Channel;
use crate::check::chain::Shown;
use crate::check::credentials::{Credentials, Probe};
use crate::check::finding::{Finding, Findings};
use crate::check::offers::explained;
use crate::check::stopwatch::Stopwatch;
use crate::check::way::{Way, addresses, text};
use crate::failure::{Failure, Status};
use crate::told::Form;

/// Connects, looks at everything, and says what was found.
pub(crate) fn run(args: &CheckArgs) -> Result<Status, Failure> {
    let probe = Probe::of(args)?;
    let mut channel = Channel::new(&args.server)?.with_patience(PATIENCE);
    let mut stack = channel.stack(1)?;
    let way = Way::of(&stack);
    let form = if args.json { Form::Json } else { Form::Fields };
    let mut findings = Findings::new(way.server.clone(), form);
    if addresses(&mut findings, &way, args.server.timeout) {
        let mut check = Check { findings: &mut findings, way: &way, is_first: true };
        let outcome = check.session(&mut stack, probe.as_ref());
        let _ = stack.disconnect();
        if outcome == Outcome::Distrusted {
            // Nothing secret is said to a server that might be another.
            if let Ok(mut again) = channel.stack(2)
                && again.set("Tls.verify", "none").is_ok()
            {
                check.is_first = false;
                check.session(&mut again, None);
                let _ = again.disconnect();
            }
        }
    }
    Ok(findings.conclude())
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// To the end, or to an error of another kind.
    Over,
    /// The server's certificate is not to be believed.
    Distrusted,
}

/// One session that looks at everything.
struct Check<'a> {
    findings: &'a mut Findings<Shown>,
    way: &'a Way,
    /// Not the one that goes on where the certificate was not believed.
    is_first: bool,
}

impl Check<'_> {
    fn session(&mut self, stack: &mut CommsStack, probe: Option<&Probe>) -> Outcome {
        self.try_session(stack, probe).unwrap_or_else(|(step, error)| {
            let distrusted = self.is_first && is_distrust(&error);
            let step = if distrusted { "certificate" } else { step };
            self.findings.fail(step, &error.into(), None);
            if distrusted { Outcome::Distrusted } else { Outcome::Over }
        })
    }

    fn try_session(
        &mut self,
        stack: &mut CommsStack,
        probe: Option<&Probe>,
    ) -> Result<Outcome, (&'static str, Error)> {
        let watch = Arc::new(Stopwatch::default());
        let sink: Arc<dyn Sink> = Arc::<Stopwatch>::clone(&watch);
        stack.watch(&sink);
        let credentials = Credentials::take(stack).map_err(|error| ("login", error))?;
        if self.way.by_hand {
            stack.set("Smtp.tls", "none").map_err(|error| ("tls", error))?;
        }
        stack.connect().map_err(|error| (step_of(&error), error))?;
        self.greeting(&watch);
        if self.way.by_hand && !self.start_tls(stack)? {
            return Ok(Outcome::Over);
        }
        if text(stack, "Tls.active").as_deref() == Some("true") {
            self.tls(stack, &watch);
        } else if !self.way.has_tls {
            self.findings.add(Finding::ok("tls", "none, as the URL asks"));
        }
        if let Some(credentials) = &credentials {
            credentials.give_back_mechanism(stack).map_err(|error| ("login", error))?;
        }
        self.extensions(stack).map_err(|error| ("extensions", error))?;
        if self.is_first {
            self.login(stack, credentials).map_err(|error| ("login", error))?;
            if let Some(probe) = probe {
                self.probe(stack, probe).map_err(|error| ("probe", error))?;
            }
        }
        Ok(Outcome::Over)
    }

    fn greeting(&mut self, watch: &Stopwatch) {
        let Some((time, line)) = watch.times().greeting.filter(|_| self.is_first) else { return };
        self.findings.add(if time > SLOW_GREETING {
            let remedy = "servers are slow to greet whom they look up, or want to wait: see to DNS";
            Finding::warning("greeting", format!("{line}, late"), remedy).took(Some(time))
        } else {
            Finding::ok("greeting", line).took(Some(time))
        });
    }

    /// Whether the session can go on, secure or not.
    fn start_tls(&mut self, stack: &mut CommsStack) -> Result<bool, (&'static str, Error)> {
        let here = |error| ("tls", error);
        let mut smtp = stack.smtp().map_err(here)?;
        let offered = smtp.extensions();
        let plain =
            offered.mechanisms().into_iter().filter(|name| TELLING.contains(&name.as_str()));
        let plain = plain.collect::<Vec<_>>();
        if self.is_first && !plain.is_empty() {
            self.findings.add(Finding::warning(
                "login",
                format!(
                    "{} is offered before TLS: passwords can be read on the way",
                    plain.join(", ")
                ),
                "whoever runs the server should offer it over TLS alone",
            ));
        }
        if !offered.offers("STARTTLS") {
            if self.way.tls_required {
                // Nothing is sent, and the error says so.
                smtp.starttls().map_err(here)?;
            }
            self.findings.add(Finding::warning(
                "tls",
                "STARTTLS is not offered: everybody on the way can read the mail",
                "try smtps://, or use ?tls=none where that is meant",
            ));
            return Ok(true);
        }
        smtp.starttls().map_err(here)?;
        Ok(true)
    }

    fn tls(&mut self, stack: &mut CommsStack, watch: &Stopwatch) {
        let version = text(stack, "Tls.version").unwrap_or_default();
        let cipher = text(stack, "Tls.cipher").unwrap_or_default();
        let alpn = text(stack, "Tls.alpn_agreed").map(|name| format!(", ALPN {name}"));
        let words = format!("{version}, {cipher}{}", alpn.unwrap_or_default());
        let finding = if version == "TLS 1.2" {
            let remedy = "whoever runs the server should see to TLS 1.3";
            Finding::warning("tls", format!("{words}: no TLS 1.3"), remedy)
        } else {
            Finding::ok("tls", words)
        };
        self.findings.add(finding.took(watch.times().handshake));
        let chain = match stack.invoke("Tls.peer_certificates", &[]) {
            Ok(Value::List(chain)) => chain,
            _ => Vec::new(),
        };
        let now = SystemTime::now();
        let shown = chain.iter().filter_map(|value| match value {
            Value::Octets(der) => Shown::of(der, now),
            _ => None,
        });
        let shown = shown.collect::<Vec<_>>();
        let pin = text(stack, "Tls.peer_spki_pin");
        self.certificates(&shown, pin.as_deref());
        self.findings.certificates = shown;
    }

    /// The pin is what the property would be, to trust this key whatever the certificate says.
    fn certificates(&mut self, chain: &[Shown], pin: Option<&str>) {
        let pin = pin.map(|pin| format!("its key: --set Tls.pin={pin}"));
        let lines = chain.iter().map(Shown::line).chain(pin);
        let Some(leaf) = chain.first() else {
            let remedy = "ask who runs the server";
            self.findings.add(Finding::warning("certificate", "it cannot be read", remedy));
            return;
        };
        let flaws = flaws(leaf, &self.way.host);
        let (verified, is_first) = (self.way.verified, self.is_first);
        self.findings.add(
            match (verified && is_first, leaf.days_left) {
                (true, ..SOON) => Finding::warning(
                    "certificate",
                    format!("trusted, for {}, and ends soon", self.way.host),
                    "whoever runs the server has to renew it",
                ),
                (true, _) => Finding::ok("certificate", format!("trusted, for {}", self.way.host)),
                // Another key would have ended the handshake.
                (false, _) if self.way.pinned && !verified => {
                    Finding::ok("certificate", "its key is the one that Tls.pin asks for")
                }
                (false, _) => {
                    let flaws = if flaws.is_empty() {
                        vec!["it was not verified".to_owned()]
                    } else {
                        flaws
                    };
                    let words = format!("not verified from here on: {}", flaws.join("; "));
                    let remedy = if verified {
                        "nothing secret is said to it; --ca-file names who is trusted besides"
                    } else {
                        "leave ?verify=none away: anybody can stand in between"
                    };
                    Finding::warning("certificate", words, remedy)
                }
            }
            .with(lines),
        );
    }

    fn extensions(&mut self, stack: &mut CommsStack) -> Result<(), Error> {
        let mut smtp = stack.smtp()?;
        let offered = smtp.extensions();
        let keywords = offered.keywords().collect::<Vec<_>>();
        let server = offered.server().unwrap_or("the server").to_owned();
        let warning = match offered.size_limit() {
            _ if !offered.offers("8BITMIME") => Some((
                "8BITMIME is not offered: text beyond ASCII has to be encoded".to_owned(),
                "comms does so; signatures of messages that exist already may break",
            )),
            Some(limit) if limit < SMALL => Some((
                format!("a message may have {limit} octets at most"),
                "large attachments will be refused: send a link",
            )),
            _ => None,
        };
        let words = format!("{server} offers {} extensions", keywords.len());
        let finding = match warning {
            Some((what, remedy)) => {
                Finding::warning("extensions", format!("{words}; {what}"), remedy)
            }
            None => Finding::ok("extensions", words),
        };
        self.findings.add(finding.with(keywords.iter().map(|offer| explained(offer))));
        let mechanisms = offered.mechanisms();
        if !mechanisms.is_empty() {
            let which = smtp.mechanism()?;
            let which = match which {
                Some(name) => format!("comms would use {name}"),
                None => "comms would use none of them here".to_owned(),
            };
            let words = format!("{}: {which}", mechanisms.join(", "));
            self.findings.add(Finding::ok("mechanisms", words));
        }
        self.findings.extensions = keywords;
        self.findings.mechanisms = mechanisms;
        Ok(())
    }

    fn login(
        &mut self,
        stack: &mut CommsStack,
        credentials: Option<Credentials>,
    ) -> Result<(), Error> {
        let Some(credentials) = credentials else { return Ok(()) };
        credentials.give_back(stack)?;
        let began = Instant::now();
        stack.smtp()?.auth()?;
        self.findings.add(Finding::ok("login", credentials.words()).took(Some(began.elapsed())));
        Ok(())
    }

    fn probe(&mut self, stack: &mut CommsStack, probe: &Probe) -> Result<(), Error> {
        let mut smtp = stack.smtp()?;
        let began = Instant::now();
        smtp.mail(probe.from.clone())?;
        let acceptance = smtp.rcpt(probe.to.address())?;
        let words = format!("{} would get mail: {}", probe.to.address(), acceptance.reply());
        smtp.rset()?;
        self.findings.add(Finding::ok("probe", words).took(Some(began.elapsed())));
        Ok(())
    }
}

/// What is wrong with a certificate, as far as it tells itself.
fn flaws(leaf: &Shown, host: &str) -> Vec<String> {
    let mut flaws = Vec::new();
    if leaf.days_left < 0 {
        flaws.push("it has expired".to_owned());
    }
    if !leaf.covers(host) {
        flaws.push(format!("it is not for {host}"));
    }
    if leaf.self_signed {
        flaws.push("it is self-signed".to_owned());
    }
    flaws
}

/// Whether the server has TLS, and is not whom it should be.
fn is_distrust(error: &Error) -> bool {
    matches!(
        error.cause(),
        Some(
            TlsError::WrongName { .. }
                | TlsError::Expired { .. }
                | TlsError::NotYetValid { .. }
                | TlsError::UnknownIssuer
                | TlsError::BadSignature
                | TlsError::SelfSigned
                | TlsError::AuthorityItself
                | TlsError::Certificate { .. }
        )
    )
}

fn step_of(error: &Error) -> &'static str {
    match error.layer() {
        "Tls" => "tls",
        "Smtp" | "Util" => "greeting",
        // Another layer's, while the server was waited for.
        _ if error.cause::<SmtpError>().is_some() => "greeting",
        _ => "connect",
    }
}

/// Mechanisms that say the password itself.
const TELLING: [&str; 2] = ["PLAIN", "LOGIN"];

/// Time for each step: whoever looks at a server does not wait five minutes for its greeting.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that has to look nothing up greets at once.
const SLOW_GREETING: Duration = Duration::from_secs(5);

/// Days in which a certificate should have been renewed: those that renew by themselves do a month before.
const SOON: i64 = 14;

/// Less than this refuses what people attach.
const SMALL: u64 = 10_000_000;
