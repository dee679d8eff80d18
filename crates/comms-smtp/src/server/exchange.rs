//! The server's side of the mechanisms, without I/O.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::auth::cram_md5::answer;
use crate::auth::hash::Hash;
use crate::server::scram::{Answer, ServerScram};
use crate::server::users::Users;

/// An exchange with a client that wants to show who it is.
#[derive(Debug)]
pub(crate) enum Exchange {
    Plain,
    Login,
    /// The name is known by now.
    LoginPassword(String),
    /// The challenge that was given.
    CramMd5(String),
    Scram(Box<ServerScram>),
}

impl Exchange {
    /// The mechanisms that the server has, the strongest first.
    pub(crate) const NAMES: [&str; 5] =
        ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"];

    /// An exchange by the mechanism of this name; `nonce` is new in each.
    pub(crate) fn named(name: &str, nonce: &[u8]) -> Option<Self> {
        let scram = |hash| Self::Scram(Box::new(ServerScram::new(hash, nonce)));
        match name {
            "SCRAM-SHA-256" => Some(scram(Hash::Sha256)),
            "SCRAM-SHA-1" => Some(scram(Hash::Sha1)),
            "CRAM-MD5" => Some(Self::CramMd5(format!("<{}@comms>", STANDARD.encode(nonce)))),
            "PLAIN" => Some(Self::Plain),
            "LOGIN" => Some(Self::Login),
            _ => None,
        }
    }

    /// Whether the client may speak first.
    pub(crate) fn takes_initial_response(&self) -> bool {
        !matches!(self, Self::CramMd5(_))
    }

    /// What is asked first.
    pub(crate) fn opening(&self) -> &str {
        match self {
            Self::Login => "Username:",
            Self::CramMd5(challenge) => challenge,
            _ => "",
        }
    }

    /// What comes of the client's next response.
    pub(crate) fn hear(&mut self, response: &[u8], users: &Users) -> Answer {
        let Ok(text) = std::str::from_utf8(response) else { return Answer::Refuse };
        match self {
            Self::Plain => plain(text, users),
            Self::Login => {
                *self = Self::LoginPassword(text.to_owned());
                Answer::Ask("Password:".to_owned())
            }
            Self::LoginPassword(user) if users.knows(user, text) => Answer::Welcome(user.clone()),
            Self::LoginPassword(_) => Answer::Refuse,
            Self::CramMd5(challenge) => cram_md5(challenge, text, users),
            Self::Scram(scram) => match scram.hear(text, users) {
                Some(answer) => answer,
                None => Answer::Refuse,
            },
        }
    }
}

/// Nobody acts for anybody else here.
fn plain(text: &str, users: &Users) -> Answer {
    match text.split('\0').collect::<Vec<_>>().as_slice() {
        [authzid, user, password]
            if (authzid.is_empty() || authzid == user) && users.knows(user, password) =>
        {
            Answer::Welcome((*user).to_owned())
        }
        _ => Answer::Refuse,
    }
}

fn cram_md5(challenge: &str, text: &str, users: &Users) -> Answer {
    let found = text.rsplit_once(' ').filter(|(user, digits)| {
        let wanted = users.password(user).map(|password| answer(password, challenge.as_bytes()));
        wanted.is_some_and(|wanted| wanted.as_bytes().ct_eq(digits.as_bytes()).into())
    });
    found.map_or(Answer::Refuse, |(user, _)| Answer::Welcome(user.to_owned()))
}

/// A command line as the server's log has it: without the first response of AUTH.
#[derive(Debug)]
pub(crate) struct Shown<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.0.trim_ascii_end();
        let is_auth = line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH"));
        let mut words = line.splitn(3, u8::is_ascii_whitespace);
        match (words.next(), words.next(), words.next()) {
            (Some(verb), Some(mechanism), Some(_)) if is_auth => {
                write!(f, "{} {} <secret>", verb.escape_ascii(), mechanism.escape_ascii())
            }
            _ => line.escape_ascii().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use comms_core::Secret;

    use super::*;

    fn users() -> Users {
        Users::from_iter([("ann".to_owned(), Secret::new("pencil"))])
    }

    #[test]
    fn plain_is_for_oneself_and_in_three_fields() {
        let hear = |said: &[u8]| Exchange::Plain.hear(said, &users());
        for right in [&b"\0ann\0pencil"[..], b"ann\0ann\0pencil"] {
            assert_eq!(hear(right), Answer::Welcome("ann".to_owned()));
        }
        for wrong in
            [&b"bob\0ann\0pencil"[..], b"\0ann\0", b"ann\0pencil", b"\0ann\0pencil\0", b"\xff", b""]
        {
            assert_eq!(hear(wrong), Answer::Refuse, "{}", wrong.escape_ascii());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_octets_but_the_right_ones_are_welcome(said: Vec<u8>, more: Vec<u8>) {
            for name in Exchange::NAMES {
                let mut exchange = Exchange::named(name, b"nonce").unwrap();
                let answers = [&said, &more, &said].map(|octets| exchange.hear(octets, &users()));
                let welcome = answers.iter().any(|answer| matches!(answer, Answer::Welcome(_)));
                proptest::prop_assert!(!welcome, "{}", name);
            }
        }
    }

    #[test]
    fn the_first_response_of_auth_is_not_shown() {
        for (line, shown) in [
            (&b"AUTH PLAIN AGEAYg==\r\n"[..], "AUTH PLAIN <secret>"),
            (b"auth PLAIN  AGEAYg==\r\n", "auth PLAIN <secret>"),
            (b"AUTH\tPLAIN\tAGEAYg==", "AUTH PLAIN <secret>"),
            (b"AUTH LOGIN\r\n", "AUTH LOGIN"),
            (b"MAIL FROM:<a@x> SIZE=1\r\n", "MAIL FROM:<a@x> SIZE=1"),
        ] {
            assert_eq!(Shown(line).to_string(), shown);
        }
    }
}
