//! A handler made of rules: what goes wrong, and when.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;

use crate::envelope::{Envelope, Recipient};
use crate::server::handler::{Decision, Handler};
use crate::wire::reply::Reply;

/// A rule of what goes wrong: `command[:nth][:action]`.
///
/// - `command` is one of `connect`, `helo` (EHLO and LHLO too), `starttls`, `auth`, `mail`, `rcpt`,
///   `data`, `bdat`, `content` (the end of the content, by a dot or by `BDAT LAST`), `rset`,
///   `noop`, `vrfy`, `expn`, `help`, `quit`.
///   `data` is the beginning of the content: DATA, or the first BDAT of a message.
/// - `nth` is the one occurrence that is meant, from 1; without it all are. What the server refuses
///   by itself does not count. With LMTP, `content` occurs once for each recipient. Occurrences are
///   counted over all connections of a server, so a client that comes again meets the next one.
/// - `action` is a code from 200 to 599, perhaps with a text; or `close`, `close-after`, `stall` or
///   `delay 2.5`, in seconds, as [`Decision`] has them. Without it, it is 451. A lone number from 200
///   to 599 is a code.
///
/// ```
/// use comms_smtp::{FaultRule, Faults, MemoryStore, SmtpServer};
///
/// let rules = ["rcpt:2:450", "rcpt:3:551 please try <new@x.example>", "content:1:close-after"];
/// let faults = rules.iter().map(|rule| rule.parse::<FaultRule>()).collect::<Result<Faults, _>>()?;
/// let server = SmtpServer::new(MemoryStore::new()).with_handler(faults);
/// # Ok::<(), comms_smtp::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    command: &'static str,
    nth: Option<u64>,
    decision: Decision,
}

impl FromStr for FaultRule {
    type Err = FaultError;

    fn from_str(rule: &str) -> Result<Self, FaultError> {
        let (command, rest) = rule.split_once(':').unwrap_or((rule, ""));
        let mut known = COMMANDS.iter().filter(|known| known.eq_ignore_ascii_case(command));
        let unknown = || FaultError::Command(command.escape_debug().to_string());
        let command = known.next().copied().ok_or_else(unknown)?;
        let (nth, action) = match rest.split_once(':') {
            Some((nth, action)) if is_number(nth) => (Some(nth), action),
            // A rule that was meant to be a code and is none would wait for its day in silence.
            _ if is_number(rest) && rest.len() == 3 && code(rest).is_none() => {
                return Err(FaultError::Action(rest.to_owned()));
            }
            _ if is_number(rest) && code(rest).is_none() => (Some(rest), ""),
            _ => (None, rest),
        };
        let nth = nth.map(|nth| match nth.parse::<u64>() {
            Ok(nth) if nth > 0 => Ok(nth),
            _ => Err(FaultError::Occurrence(nth.to_owned())),
        });
        Ok(Self { command, nth: nth.transpose()?, decision: decision(action)? })
    }
}

/// The rule as it is written; parsed again it is the same.
impl fmt::Display for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.command)?;
        if let Some(nth) = self.nth {
            write!(f, ":{nth}")?;
        }
        match &self.decision {
            Decision::Go => Ok(()),
            Decision::Reply(reply) => write!(f, ":{} {}", reply.code(), reply.text()),
            Decision::Close => f.write_str(":close"),
            Decision::CloseAfter => f.write_str(":close-after"),
            Decision::Delay(time) => write!(f, ":delay {}", time.as_secs_f64()),
            Decision::Stall => f.write_str(":stall"),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn decision(action: &str) -> Result<Decision, FaultError> {
    let (word, text) = action.split_once(' ').unwrap_or((action, ""));
    match (action, code(word)) {
        ("", _) => Ok(reply(451, "")),
        ("close", _) => Ok(Decision::Close),
        ("close-after", _) => Ok(Decision::CloseAfter),
        ("stall", _) => Ok(Decision::Stall),
        _ if word == "delay" => delay(text).map(Decision::Delay),
        (_, Some(code)) => Ok(reply(code, text)),
        _ => Err(FaultError::Action(action.escape_debug().to_string())),
    }
}

fn delay(text: &str) -> Result<Duration, FaultError> {
    let time = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = time.filter(|time| *time <= LONGEST_DELAY);
    time.ok_or_else(|| FaultError::Delay(text.escape_debug().to_string()))
}

fn code(text: &str) -> Option<u16> {
    let code = text.parse().ok().filter(|code| (200..600).contains(code))?;
    is_number(text).then_some(code)
}

fn reply(code: u16, text: &str) -> Decision {
    let text = match (text, code / 100) {
        ("", 2) => "2.0.0 as the rule says",
        ("", 3) => "go on",
        ("", 4) => "4.3.0 not now, the rule says",
        ("", _) => "5.3.0 no, the rule says",
        (text, _) => text,
    };
    Decision::Reply(Reply::new(code, text))
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Nothing that a client does has that name.
    #[error("a rule begins with one of {known}, and not with `{0}`", known = COMMANDS.join(", "))]
    Command(String),
    /// There is no such occurrence.
    #[error("occurrences are counted from 1, and `{0}` is none")]
    Occurrence(String),
    /// A server does no such thing.
    #[error(
        "an action is a code from 200 to 599, close, close-after, delay SECONDS or stall, \
         and not `{0}`"
    )]
    Action(String),
    /// Nobody waits so long.
    #[error("delay takes a number of seconds, at most 3600, as in `delay 2.5`, and not `{0}`")]
    Delay(String),
}

/// Rules of what goes wrong; where several fit, the first of them decides.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    rules: Arc<[Watched]>,
    /// How often each command has occurred, on all connections.
    occurred: Arc<Mutex<BTreeMap<&'static str, u64>>>,
    /// Whether a chunk of this connection's message has come already.
    in_chunks: bool,
}

/// A rule, and whether it has decided anything.
#[derive(Debug)]
struct Watched {
    rule: FaultRule,
    fired: AtomicBool,
}

impl Faults {
    /// The rules that have decided nothing so far, on any connection.
    pub fn unmet(&self) -> impl Iterator<Item = &FaultRule> {
        let unmet = self.rules.iter().filter(|watched| !watched.fired.load(Ordering::Relaxed));
        unmet.map(|watched| &watched.rule)
    }

    fn decide(&mut self, command: &'static str) -> Decision {
        let mut occurred = self.occurred.lock().unwrap_or_else(PoisonError::into_inner);
        let count = occurred.entry(command).or_default();
        *count += 1;
        let fits = |watched: &&Watched| {
            let rule = &watched.rule;
            rule.command == command && rule.nth.is_none_or(|nth| nth == *count)
        };
        self.rules.iter().find(fits).map_or(Decision::Go, |watched| {
            watched.fired.store(true, Ordering::Relaxed);
            watched.rule.decision.clone()
        })
    }
}

impl FromIterator<FaultRule> for Faults {
    fn from_iter<I: IntoIterator<Item = FaultRule>>(rules: I) -> Self {
        let watched = |rule| Watched { rule, fired: AtomicBool::new(false) };
        Self { rules: rules.into_iter().map(watched).collect(), ..Self::default() }
    }
}

impl Handler for Faults {
    fn connect(&mut self) -> Decision {
        self.decide("connect")
    }

    fn helo(&mut self, _: &str) -> Decision {
        self.decide("helo")
    }

    fn mail(&mut self, _: &Envelope) -> Decision {
        self.in_chunks = false;
        self.decide("mail")
    }

    fn rcpt(&mut self, _: &Envelope, _: &Recipient) -> Decision {
        self.decide("rcpt")
    }

    fn data(&mut self, _: &Envelope) -> Decision {
        self.decide("data")
    }

    fn chunk(&mut self, _: &Envelope, _: u64) -> Decision {
        let is_first = !mem::replace(&mut self.in_chunks, true);
        let content = if is_first { self.decide("data") } else { Decision::Go };
        match (content, self.decide("bdat")) {
            // Nobody is told to go on who has not asked.
            (Decision::Reply(reply), chunk) if reply.code() == GO_ON => chunk,
            (Decision::Go, chunk) => chunk,
            (content, _) => content,
        }
    }

    fn content(&mut self, _: &Envelope) -> Decision {
        self.decide("content")
    }

    fn command(&mut self, verb: &'static str) -> Decision {
        let known = COMMANDS.iter().find(|known| known.eq_ignore_ascii_case(verb));
        known.map_or(Decision::Go, |command| self.decide(command))
    }

    /// The other connection has the same rules, and counts on.
    fn share(&self) -> Box<dyn Handler> {
        Box::new(Self { in_chunks: false, ..self.clone() })
    }
}

/// RFC 5321 4.3.2: what DATA is answered.
const GO_ON: u16 = 354;

/// A client that waits longer for a reply has other troubles.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// What a rule can be about.
const COMMANDS: [&str; 15] = [
    "connect", "helo", "starttls", "auth", "mail", "rcpt", "data", "bdat", "content", "rset",
    "noop", "vrfy", "expn", "help", "quit",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::ReversePath;

    fn fault(rule: &str) -> FaultRule {
        rule.parse().unwrap()
    }

    fn said(code: u16, text: &str) -> Decision {
        Decision::Reply(Reply::new(code, text))
    }

    #[test]
    fn a_rule_has_a_command_and_perhaps_an_occurrence_an_action_and_a_text() {
        let cases = [
            ("mail", "mail", None, said(451, "4.3.0 not now, the rule says")),
            ("rcpt:2", "rcpt", Some(2), said(451, "4.3.0 not now, the rule says")),
            ("rcpt:550", "rcpt", None, said(550, "5.3.0 no, the rule says")),
            ("rcpt:1000", "rcpt", Some(1000), said(451, "4.3.0 not now, the rule says")),
            ("RCPT:450:552", "rcpt", Some(450), said(552, "5.3.0 no, the rule says")),
            ("content:1:close-after", "content", Some(1), Decision::CloseAfter),
            ("quit:close", "quit", None, Decision::Close),
            ("bdat:3:stall", "bdat", Some(3), Decision::Stall),
            ("rcpt:2:delay 2.5", "rcpt", Some(2), Decision::Delay(Duration::from_millis(2500))),
            ("rcpt:1:551 try: <new@x.example>", "rcpt", Some(1), said(551, "try: <new@x.example>")),
            ("rcpt:251 a:b", "rcpt", None, said(251, "a:b")),
        ];
        for (rule, command, nth, decision) in cases {
            assert_eq!(fault(rule), FaultRule { command, nth, decision }, "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_is_told_with_what_may_stand_there() {
        for (rule, words) in [
            ("", "a rule begins with one of connect, helo, "),
            ("lhlo:1:450", "and not with `lhlo`"),
            ("rcpt:0:450", "occurrences are counted from 1, and `0` is none"),
            ("rcpt:0", "occurrences are counted from 1"),
            ("rcpt:99999999999999999999:450", "occurrences are counted from 1"),
            ("rcpt:600", "an action is a code from 200 to 599"),
            ("rcpt:1:600", "an action is a code from 200 to 599, close, close-after, delay"),
            ("rcpt:1:+50", "and not `+50`"),
            ("rcpt:closed", "and not `closed`"),
            ("rcpt:1:1:450", "and not `1:450`"),
            ("rcpt:delay", "delay takes a number of seconds, at most 3600, as in `delay 2.5`"),
            ("rcpt:delay -1", "and not `-1`"),
            ("rcpt:delay 1e9", "and not `1e9`"),
            ("rcpt:delay NaN", "and not `NaN`"),
        ] {
            let error = rule.parse::<FaultRule>().unwrap_err().to_string();
            assert!(error.contains(words), "{rule}: {error}");
        }
    }

    #[test]
    fn a_rule_is_displayed_as_it_is_written() {
        for rule in ["connect", "rcpt:2:450", "quit:close", "data:1:stall", "rcpt:delay 0.25"] {
            assert_eq!(fault(&fault(rule).to_string()), fault(rule), "{rule}");
        }
        assert_eq!(fault("RCPT:3:551 try <a@b>").to_string(), "rcpt:3:551 try <a@b>");
    }

    #[test]
    fn data_did_not_go_wrong_where_content_came_in_chunks() {
        let envelope = Envelope::new(ReversePath::Null, Vec::<Recipient>::new());
        let mut faults =
            ["data:2:552 no", "bdat:4:close"].iter().map(|rule| fault(rule)).collect::<Faults>();
        let mut told =
            |decides: fn(&mut Faults, &Envelope) -> Decision| decides(&mut faults, &envelope);
        let mail: fn(&mut Faults, &Envelope) -> Decision = |faults, envelope| faults.mail(envelope);
        let chunk: fn(&mut Faults, &Envelope) -> Decision =
            |faults, envelope| faults.chunk(envelope, 1);
        assert_eq!([told(mail), told(chunk), told(chunk)], [const { Decision::Go }; 3]);
        assert_eq!([told(mail), told(chunk)], [Decision::Go, said(552, "no")]);
        assert_eq!([told(mail), told(chunk)], [Decision::Go, Decision::Close]);
    }

    #[test]
    fn rules_that_decided_nothing_are_known() {
        let faults = ["noop:550", "quit:2"].iter().map(|rule| fault(rule)).collect::<Faults>();
        let mut other = faults.share();
        other.command("NOOP");
        other.command("QUIT");
        assert_eq!(faults.unmet().collect::<Vec<_>>(), [&fault("quit:2")]);
    }

    #[test]
    fn occurrences_are_counted_over_all_connections_and_the_first_rule_that_fits_decides() {
        let rules = ["noop:2:450", "noop:2:550", "noop:4:close", "quit:421"];
        let mut faults = rules.iter().map(|rule| fault(rule)).collect::<Faults>();
        let mut other = faults.share();
        assert_eq!(faults.command("NOOP"), Decision::Go);
        assert_eq!(other.command("NOOP"), fault("noop:2:450").decision);
        assert_eq!(faults.command("NOOP"), Decision::Go);
        assert_eq!(other.command("NOOP"), Decision::Close);
        assert_eq!(faults.command("QUIT"), fault("quit:421").decision);
        assert_eq!(other.command("QUIT"), fault("quit:421").decision);
    }
}
