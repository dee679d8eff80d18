//! The server's side of SCRAM (RFC 5802). It does not bind to channels.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::auth::hash::Hash;
use crate::auth::prepare::prepared;
use crate::auth::scram::keys::Keys;
use crate::auth::scram::text::value;
use crate::server::users::Users;

/// What comes of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This is asked next.
    Ask(String),
    /// It is this user.
    Welcome(String),
    Refuse,
}

/// An exchange, seen by the server.
#[derive(Debug)]
pub(crate) struct ServerScram {
    hash: Hash,
    /// Our part of the nonce, and the salt.
    nonce: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Start,
    /// The first messages have passed.
    Asked(Box<First>),
    /// The client has shown to be this user, and was sent our signature.
    Signed(String),
    Over,
}

/// The first message of each side.
#[derive(Debug)]
struct First {
    /// `None` if there is no such user, which the client does not learn before its proof.
    user: Option<String>,
    keys: Keys,
    /// What the client's last message must begin with.
    last: String,
    /// What both sides have said, up to that.
    said: String,
}

impl ServerScram {
    pub(crate) fn new(hash: Hash, nonce: &[u8]) -> Self {
        Self { hash, nonce: STANDARD.encode(nonce), place: Place::Start }
    }

    /// What comes of the client's next message; `None` if it is none.
    pub(crate) fn hear(&mut self, text: &str, users: &Users) -> Option<Answer> {
        match std::mem::replace(&mut self.place, Place::Over) {
            Place::Start => {
                let (first, challenge) = self.first(text, users)?;
                self.place = Place::Asked(Box::new(first));
                Some(Answer::Ask(challenge))
            }
            Place::Asked(first) => {
                let proof = text.strip_prefix(&first.last)?.strip_prefix(",p=")?;
                let proof = STANDARD.decode(proof).ok()?;
                let exchange = format!("{},{}", first.said, first.last);
                let user = first.user.filter(|_| first.keys.accepts(&proof, &exchange))?;
                self.place = Place::Signed(user);
                let signature = STANDARD.encode(first.keys.signature(&exchange).as_slice());
                Some(Answer::Ask(format!("v={signature}")))
            }
            Place::Signed(user) => text.is_empty().then_some(Answer::Welcome(user)),
            Place::Over => None,
        }
    }

    fn first(&self, text: &str, users: &Users) -> Option<(First, String)> {
        let mut parts = text.splitn(3, ',');
        let (flag, authzid, bare) = (parts.next()?, parts.next()?, parts.next()?);
        if !matches!(flag, "n" | "y") {
            return None;
        }
        let mut attributes = bare.split(',');
        let name = value(attributes.next(), "n=")?;
        let theirs = value(attributes.next(), "r=").filter(|nonce| !nonce.is_empty())?;
        if !authzid.is_empty() && value(Some(authzid), "a=") != Some(name) {
            return None;
        }
        let user = prepared("user", &name.replace("=2C", ",").replace("=3D", "=")).ok()?;
        let known = users.password(user.reveal());
        let password = known.and_then(|password| prepared("password", password.reveal()).ok());
        let salt = self.nonce.as_bytes();
        let stretched = password.as_ref().map_or("", |password| password.reveal());
        let keys = Keys::of(self.hash, stretched, salt, ITERATIONS);
        let nonce = format!("{theirs}{}", self.nonce);
        let challenge = format!("r={nonce},s={},i={ITERATIONS}", STANDARD.encode(salt));
        let first = First {
            user: password.is_some().then(|| user.reveal().to_owned()),
            keys,
            last: format!("c={},r={nonce}", STANDARD.encode(format!("{flag},{authzid},"))),
            said: format!("{bare},{challenge}"),
        };
        Some((first, challenge))
    }
}

/// RFC 7677 4: at least as many.
const ITERATIONS: u32 = 4096;

#[cfg(test)]
mod tests {
    use comms_core::Secret;

    use super::*;
    use crate::auth::mechanism::Mechanism;
    use crate::auth::scram::client::{Binding, Scram};

    /// Has a client and the server talk; gives who the server takes it for.
    fn talk(hash: Hash, user: &str, password: &str) -> Option<String> {
        let users = Users::from_iter([("a,b=".to_owned(), Secret::new("p\u{aa}ss"))]);
        let mut server = ServerScram::new(hash, b"random");
        let password = Secret::new(password);
        let mut client = Scram::new(hash, Binding::NotOffered, None, user, &password).unwrap();
        let mut challenge = String::new();
        loop {
            let response = client.respond(challenge.as_bytes()).unwrap();
            let response = std::str::from_utf8(response.reveal()).unwrap();
            match server.hear(response, &users)? {
                Answer::Ask(next) => challenge = next,
                Answer::Welcome(user) => {
                    client.finish().unwrap();
                    return Some(user);
                }
                Answer::Refuse => return None,
            }
        }
    }

    #[test]
    fn both_sides_agree_on_the_right_password_alone() {
        for hash in [Hash::Sha1, Hash::Sha256] {
            assert_eq!(talk(hash, "a,b=", "pass").as_deref(), Some("a,b="), "prepared alike");
            assert_eq!(talk(hash, "a,b=", "p\u{aa}ss").as_deref(), Some("a,b="));
            assert_eq!(talk(hash, "a,b=", "pas"), None);
            assert_eq!(talk(hash, "nobody", "pass"), None);
        }
    }

    #[test]
    fn what_is_no_first_message_is_refused() {
        let users = Users::from_iter([("u".to_owned(), Secret::new("p"))]);
        for wrong in [
            "",
            "n",
            "n,,",
            "n,,n=u",
            "n,,n=u,r=",
            "p=tls-exporter,,n=u,r=a",
            "n,,m=x,n=u,r=a",
            "n,a=other,n=u,r=a",
        ] {
            assert_eq!(ServerScram::new(Hash::Sha256, b"x").hear(wrong, &users), None, "{wrong}");
        }
    }
}
