//! What the server makes of commands and contents (RFC 5321, RFC 2033, RFC 2920, RFC 3030, RFC 9422).

use crate::draws::Will;
use crate::model::state::{Came, Offers, Stage, State, Taken};

impl State {
    /// As `follow`, where nothing is left to a client after a no.
    pub(super) fn open(&mut self, will: Will, yes: &str) {
        self.breaks += usize::from(matches!(will, Will::No | Will::Later));
        self.follow(will, Self::forget, yes);
    }

    pub(super) fn answer(&mut self, line: &str) {
        let will = self.draws.will();
        match line.split(' ').next().unwrap_or_default() {
            "EHLO" | "LHLO" => {
                let keywords = self.keywords();
                self.open(will, &keywords);
            }
            "HELO" => self.open(will, "250 model"),
            "MAIL" => self.hear_mail(line, will),
            "RCPT" => self.hear_rcpt(line, will),
            "DATA" => self.hear_data(will),
            "BDAT" if !self.offers.pretends => {
                let mut words = line.split(' ').skip(1);
                let octets = words.next().and_then(|word| word.parse().ok());
                let octets = octets.expect("the octets of a chunk");
                self.stage = Stage::Chunk(octets, words.next() == Some("LAST"));
            }
            "RSET" => {
                // One that stayed in a transaction after a no to RSET would do as nobody wants it.
                let is_open = self.sender.is_some() && !self.failed;
                let refuses = matches!(will, Will::No | Will::Later);
                let will = if is_open && refuses { Will::Yes } else { will };
                self.open(will, "250 forgotten");
            }
            "NOOP" => self.follow(will, |_| {}, "250 here"),
            "QUIT" => {
                self.say("221 bye");
                self.gone = true;
            }
            // A line that is no command of ours is content, read as one.
            _ => {
                assert!(self.offers.pretends, "no command: {line:?}");
                self.say("500 what?");
            }
        }
    }

    fn keywords(&self) -> String {
        let Offers { pipelining, chunking, size, limits, .. } = self.offers;
        let mut lines = vec!["250-model".to_owned()];
        let mut offer = |offered: bool, words: &str| {
            if offered {
                lines.push(format!("250-{words}"));
            }
        };
        offer(pipelining, "PIPELINING");
        offer(chunking, "CHUNKING");
        offer(chunking, "BINARYMIME");
        offer(size, "8BITMIME");
        offer(size, "SIZE 1000000");
        let named = ["MAILMAX", "RCPTMAX", "RCPTDOMAINMAX"].iter().zip(limits);
        let named = named.filter(|(_, limit)| *limit > 0);
        let named = named.map(|(name, limit)| format!(" {name}={limit}")).collect::<String>();
        offer(!named.is_empty(), &format!("LIMITS{named}"));
        lines.push("250 HELP".to_owned());
        lines.join("\r\n")
    }

    fn hear_mail(&mut self, line: &str, will: Will) {
        let sender = path(line);
        if self.sender.is_some() {
            return self.say("503 nested");
        }
        let most = usize::from(self.offers.limits[0]);
        assert!(most == 0 || self.mails < most, "more messages than the client knew it takes");
        self.mails += 1;
        if will == Will::Odd && self.mails > 1 {
            self.moods += 1;
            return self.say("452 4.5.3 too many messages in this session");
        }
        let begin = |state: &mut Self| {
            state.forget();
            state.sender = Some(sender);
        };
        self.follow(will, begin, "250-well\r\n250 ok");
    }

    fn hear_rcpt(&mut self, line: &str, will: Will) {
        let recipient = path(line);
        let domain = recipient.rsplit('@').next().unwrap_or_default().to_owned();
        let [_, most, domains] = self.offers.limits.map(usize::from);
        if self.sender.is_none() || self.failed {
            return self.say("503 MAIL first");
        }
        if most > 0 && self.recipients.len() >= most {
            return self.say("452 too many");
        }
        if domains > 0 && self.domains.len() >= domains && !self.domains.contains(&domain) {
            return self.say("452 4.5.3 too many domains");
        }
        let (mut yes, mut moved) = ("250 ok".to_owned(), None);
        if will == Will::Odd {
            match self.draws.octet() {
                0..64 => yes = format!("251 will forward to <f.{recipient}>"),
                64..128 => moved = Some("452 4.5.3 not so many".to_owned()),
                128..160 => moved = Some("452 4.2.2 full".to_owned()),
                how => moved = Some(format!("551 try <{}>", elsewhere(&recipient, how))),
            }
        }
        if let Some(no) = moved {
            self.moods += 1;
            return self.say(&no);
        }
        let take = |state: &mut Self| {
            state.domains.insert(domain);
            state.recipients.push(recipient);
        };
        self.follow(will, take, &yes);
    }

    fn hear_data(&mut self, will: Will) {
        let has_nobody = self.sender.is_none() || self.recipients.is_empty() || self.failed;
        if has_nobody && (self.offers.lmtp || will != Will::Odd) {
            return self.say("503 nobody");
        }
        self.contradictions += usize::from(has_nobody);
        self.follow(will, |state| state.stage = Stage::Data, "354 go on");
    }

    pub(super) fn hear_chunk(&mut self, last: bool) {
        if self.sender.is_none() || self.recipients.is_empty() || self.failed {
            self.content.clear();
            return self.say("503 nobody");
        }
        if last {
            return self.judge(Came::InChunks);
        }
        let will = self.draws.will();
        let refuses = matches!(will, Will::No | Will::Later);
        self.follow(will, |_| {}, "250 more");
        if refuses {
            self.failed = true;
            self.content.clear();
        }
    }

    /// The content is there: it is taken for all or, in LMTP, for each, or refused.
    pub(super) fn judge(&mut self, came: Came) {
        let content = std::mem::take(&mut self.content);
        let (sender, recipients) = (self.sender.take(), std::mem::take(&mut self.recipients));
        self.failed = false;
        if recipients.is_empty() {
            assert!(content.is_empty(), "content for nobody");
            return self.say("554 nobody");
        }
        let sender = sender.expect("a sender of those recipients");
        let groups = if self.offers.lmtp {
            recipients.iter().map(|one| vec![one.clone()]).collect()
        } else {
            vec![recipients.clone()]
        };
        for group in groups {
            if self.gone || self.fallen {
                return;
            }
            let will = self.draws.will();
            let yes = format!("250 2.0.0 taken as {}", self.taken.len());
            let taken =
                Taken { sender: sender.clone(), recipients: group, content: content.clone() };
            if will == Will::Odd && came == Came::InChunks {
                // It refuses the content, and has not forgotten the transaction, as it would have
                // behind DATA (RFC 5321 4.1.1.4, RFC 3030 2).
                self.moods += 1;
                self.sender = Some(sender.clone());
                self.recipients = recipients.clone();
                self.failed = self.draws.octet() & 1 != 0;
                self.say("554 5.6.0 no");
            } else {
                self.follow(will, |state| state.taken.push(taken), &yes);
            }
        }
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
        self.content.clear();
        self.failed = false;
    }
}

/// What stands between the brackets of MAIL or RCPT.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.expect("a path").0.to_owned()
}

/// Where the server says that somebody has moved: to an address of the same message, or to none.
fn elsewhere(recipient: &str, how: u8) -> String {
    let (name, domain) = recipient.split_once('@').unwrap_or((recipient, ""));
    let (message, _) = name.split_once('.').unwrap_or((name, ""));
    match how % 4 {
        0 => format!("{name}m@{domain}"),
        1 => format!("{message}.{}@y.example", how / 4 % 6),
        2 => recipient.to_owned(),
        _ => "nowhere".to_owned(),
    }
}
