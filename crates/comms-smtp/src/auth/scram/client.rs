//! The client's side of SCRAM.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_core::Secret;
use subtle::ConstantTimeEq;

use crate::auth::hash::Hash;
use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::{checked, prepared};
use crate::auth::scram::keys::Keys;
use crate::auth::scram::text::{ServerFirst, saslname, signature};

/// What is said of the channel that the exchange runs in (RFC 5802 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    /// `n`: we cannot bind to it.
    Unable,
    /// `y`: we could, and the server did not offer it. If it did, somebody changed the offer.
    NotOffered,
    /// `p`: the exchange holds in this channel only.
    To(ChannelData),
}

/// What tells a channel from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChannelData {
    /// Its registered name, such as `tls-exporter` (RFC 9266).
    pub(crate) kind: &'static str,
    pub(crate) octets: Vec<u8>,
}

/// Shows that we know the password, and has the server show it, too.
#[derive(Debug)]
pub(crate) struct Scram {
    hash: Hash,
    binding: Binding,
    /// The GS2 header, which says the binding and whom to act for.
    header: String,
    /// The client's first message, without the header.
    first: String,
    nonce: String,
    password: Secret,
    place: Place,
    iterations: Option<u32>,
}

/// How far the exchange is.
///
/// ```text
///  Start --client-first--> Asked --server-first, client-final--> Proved --server-final--> Done
/// ```
#[derive(Debug)]
enum Place {
    Start,
    Asked,
    /// The signature that the server has to give.
    Proved(Response),
    /// The server gave it.
    Done,
    Failed,
}

impl Scram {
    pub(crate) fn new(
        hash: Hash,
        binding: Binding,
        authzid: Option<&str>,
        user: &str,
        password: &Secret,
    ) -> Result<Self, MechanismError> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(MechanismError::Random)?;
        Self::with_nonce(&STANDARD.encode(random), hash, binding, authzid, user, password)
    }

    pub(crate) fn with_nonce(
        nonce: &str,
        hash: Hash,
        binding: Binding,
        authzid: Option<&str>,
        user: &str,
        password: &Secret,
    ) -> Result<Self, MechanismError> {
        let flag = match &binding {
            Binding::Unable => "n".to_owned(),
            Binding::NotOffered => "y".to_owned(),
            Binding::To(channel) => format!("p={}", channel.kind),
        };
        let authzid = authzid.map(|authzid| checked("authzid", authzid)).transpose()?;
        let authzid = authzid.map(|authzid| format!("a={}", saslname(authzid)));
        let user = prepared("user", user)?;
        Ok(Self {
            hash,
            binding,
            header: format!("{flag},{},", authzid.unwrap_or_default()),
            first: format!("n={},r={nonce}", saslname(user.reveal())),
            nonce: nonce.to_owned(),
            password: prepared("password", password.reveal())?,
            place: Place::Start,
            iterations: None,
        })
    }

    /// The answer to the server's first message, and the signature that has to follow.
    fn prove(&mut self, server_first: &str) -> Result<(Response, Place), MechanismError> {
        let parsed = ServerFirst::parse(server_first)?;
        let added = parsed.nonce.strip_prefix(&self.nonce).unwrap_or_default();
        if added.is_empty() {
            return Err(MechanismError::Challenge("has another nonce than ours"));
        }
        self.iterations = Some(parsed.iterations);
        let channel = match &self.binding {
            Binding::To(channel) => channel.octets.as_slice(),
            _ => &[],
        };
        let bound = STANDARD.encode([self.header.as_bytes(), channel].concat());
        let last = format!("c={bound},r={}", parsed.nonce);
        let exchange = format!("{},{server_first},{last}", self.first);
        let keys = Keys::of(self.hash, self.password.reveal(), &parsed.salt, parsed.iterations);
        let proof = STANDARD.encode(keys.proof(&exchange));
        let response = Response::new(format!("{last},p={proof}"));
        Ok((response, Place::Proved(Response::new(keys.signature(&exchange).to_vec()))))
    }
}

impl Mechanism for Scram {
    fn name(&self) -> &'static str {
        let bound = matches!(self.binding, Binding::To(_));
        match (self.hash, bound) {
            (Hash::Sha256, true) => "SCRAM-SHA-256-PLUS",
            (Hash::Sha256, false) => "SCRAM-SHA-256",
            (_, true) => "SCRAM-SHA-1-PLUS",
            (_, false) => "SCRAM-SHA-1",
        }
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Response, MechanismError> {
        let text = std::str::from_utf8(challenge);
        let text = text.map_err(|_| MechanismError::Challenge("is no text"))?;
        match std::mem::replace(&mut self.place, Place::Failed) {
            Place::Start => {
                self.place = Place::Asked;
                Ok(Response::of(&[self.header.as_bytes(), self.first.as_bytes()]))
            }
            Place::Asked => {
                let (response, place) = self.prove(text)?;
                self.place = place;
                Ok(response)
            }
            Place::Proved(wanted) => {
                if !bool::from(signature(text)?.ct_eq(wanted.reveal())) {
                    return Err(MechanismError::Impostor);
                }
                self.place = Place::Done;
                Ok(Response::empty())
            }
            Place::Done | Place::Failed => Err(MechanismError::Said),
        }
    }

    fn is_safe_in_clear(&self) -> bool {
        true
    }

    /// A server that says yes without its signature may be anybody.
    fn finish(&mut self) -> Result<(), MechanismError> {
        if matches!(self.place, Place::Done) { Ok(()) } else { Err(MechanismError::Impostor) }
    }

    fn remark(&self) -> Option<String> {
        let few = self.iterations.filter(|count| *count < FEWEST_ITERATIONS)?;
        Some(format!("the server stretches passwords {few} times only: 4096 are the least"))
    }
}

/// RFC 7677 4: "the hash iteration-count SHOULD be at least 4096".
const FEWEST_ITERATIONS: u32 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn scram(hash: Hash, nonce: &str, binding: Binding, authzid: Option<&str>) -> Scram {
        let password = Secret::new("pencil");
        Scram::with_nonce(nonce, hash, binding, authzid, "user", &password).unwrap()
    }

    fn say(scram: &mut Scram, challenge: &str) -> Result<String, MechanismError> {
        let response = scram.respond(challenge.as_bytes())?;
        Ok(String::from_utf8(response.reveal().to_vec()).unwrap())
    }

    #[test]
    fn the_example_of_rfc_5802_5_is_said_so() {
        let mut scram = scram(Hash::Sha1, "fyko+d2lbbFgONRv9qkxdawL", Binding::Unable, None);
        assert_eq!(say(&mut scram, "").unwrap(), "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        assert_eq!(
            say(&mut scram, first).unwrap(),
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert!(matches!(scram.finish(), Err(MechanismError::Impostor)), "not before the server");
        assert_eq!(say(&mut scram, "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap(), "");
        scram.finish().unwrap();
        assert!(matches!(say(&mut scram, ""), Err(MechanismError::Said)));
        assert_eq!(scram.remark(), None);
    }

    #[test]
    fn the_example_of_rfc_7677_3_is_said_so() {
        let mut scram = scram(Hash::Sha256, "rOprNGfwEbeRWgbNEkqO", Binding::Unable, None);
        assert_eq!(say(&mut scram, "").unwrap(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                     s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        assert_eq!(
            say(&mut scram, first).unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let last = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert_eq!(say(&mut scram, last).unwrap(), "");
        scram.finish().unwrap();
    }

    #[test]
    fn the_channel_and_whom_to_act_for_are_bound_into_the_exchange() {
        let channel = ChannelData { kind: "tls-exporter", octets: vec![0, 1, 255] };
        let mut bound = scram(Hash::Sha256, "abc", Binding::To(channel), Some("a,b"));
        assert_eq!(bound.name(), "SCRAM-SHA-256-PLUS");
        assert_eq!(say(&mut bound, "").unwrap(), "p=tls-exporter,a=a=2Cb,n=user,r=abc");
        let last = say(&mut bound, "r=abcd,s=QSXC,i=1").unwrap();
        let input = last.strip_prefix("c=").unwrap().split(',').next().unwrap();
        assert_eq!(STANDARD.decode(input).unwrap(), b"p=tls-exporter,a=a=2Cb,\0\x01\xff");
        assert!(bound.remark().unwrap().contains("1 times only"));
        let mut able = scram(Hash::Sha1, "abc", Binding::NotOffered, None);
        assert_eq!(say(&mut able, "").unwrap(), "y,,n=user,r=abc");
    }

    #[test]
    fn a_server_with_another_nonce_or_another_signature_gets_nothing() {
        for nonce in ["r=abc", "r=abd123", "r=ab", "r=xabc1"] {
            let mut scram = scram(Hash::Sha256, "abc", Binding::Unable, None);
            say(&mut scram, "").unwrap();
            let error = say(&mut scram, &format!("{nonce},s=QSXC,i=1")).unwrap_err();
            assert!(error.to_string().contains("another nonce"), "{nonce}: {error}");
            assert!(matches!(say(&mut scram, ""), Err(MechanismError::Said)), "it is over");
        }
        for last in ["v=", "v=AAAA", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="] {
            let mut scram = scram(Hash::Sha256, "abc", Binding::Unable, None);
            say(&mut scram, "").unwrap();
            say(&mut scram, "r=abcd,s=QSXC,i=1").unwrap();
            assert!(matches!(say(&mut scram, last), Err(MechanismError::Impostor)), "{last}");
            assert!(scram.finish().is_err());
        }
    }

    #[test]
    fn nothing_secret_is_in_its_debug() {
        let mut scram = scram(Hash::Sha256, "abc", Binding::Unable, None);
        say(&mut scram, "").unwrap();
        assert!(!format!("{scram:?}").contains("pencil"));
    }
}
