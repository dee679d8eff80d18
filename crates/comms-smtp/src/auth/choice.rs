//! Which mechanism is used, and why each other is not.

use std::fmt;

use crate::auth::known::{Known, Proof};

/// What a choice is made from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offer {
    /// Names, in capitals.
    pub(crate) offered: Vec<String>,
    /// The one that may be used.
    pub(crate) forced: Option<String>,
    pub(crate) password: bool,
    pub(crate) token: bool,
    pub(crate) authzid: bool,
    /// Whether the secret itself may be said.
    pub(crate) may_tell: bool,
    /// Whether there is a channel to bind to.
    pub(crate) can_bind: bool,
    /// The user's own mechanisms, each with whether it is safe in clear.
    pub(crate) own: Vec<(String, bool)>,
}

impl Offer {
    /// The strongest mechanism that is offered and can be used.
    pub(crate) fn choose(&self) -> Result<Known, Vec<Skipped>> {
        let usable = |known: &Known| self.takes(known.name());
        Known::ALL.into_iter().find(usable).ok_or_else(|| self.skipped())
    }

    /// Whether the mechanism of this name is offered and can be used.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.reason_against(name).is_none()
    }

    /// The names of those that could be used here if they were offered.
    pub(crate) fn allowed(&self) -> Vec<String> {
        let usable = |known: &Known| {
            matches!(self.reason_against(known.name()), None | Some(SkipReason::NotOffered))
        };
        let own = self.own.iter().map(|(name, _)| name.clone());
        own.chain(Known::ALL.into_iter().filter(usable).map(|known| known.name().to_owned()))
            .collect()
    }

    /// What speaks against each that was offered, and against the one that was asked for.
    pub(crate) fn skipped(&self) -> Vec<Skipped> {
        let forced = self.forced.iter().filter(|name| !self.is_offered(name));
        let names = forced.chain(&self.offered);
        let with_reason = names.filter_map(|name| {
            let reason = self.reason_against(name)?;
            Some(Skipped { mechanism: name.to_ascii_uppercase(), reason })
        });
        with_reason.collect()
    }

    fn reason_against(&self, name: &str) -> Option<SkipReason> {
        let forced = self.forced.as_deref();
        if forced.is_some_and(|forced| !forced.eq_ignore_ascii_case(name)) {
            return Some(SkipReason::NotAsked);
        }
        if let Some((_, safe)) = self.own.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            return match (safe | self.may_tell, self.is_offered(name)) {
                (false, _) => Some(SkipReason::InClear),
                (true, false) => Some(SkipReason::NotOffered),
                (true, true) => None,
            };
        }
        let Some(known) = Known::named(name) else { return Some(SkipReason::Unknown) };
        match known.proof() {
            Proof::Password if !self.password => return Some(SkipReason::NoPassword),
            Proof::Token if !self.token => return Some(SkipReason::NoToken),
            Proof::Channel if forced.is_none() => return Some(SkipReason::OnlyIfAsked),
            _ => {}
        }
        if self.authzid && !known.takes_authzid() {
            return Some(SkipReason::NoAuthzid);
        }
        if known.is_bound() && !self.can_bind {
            return Some(SkipReason::NoChannelBinding);
        }
        if known.tells_the_secret() && !self.may_tell {
            return Some(SkipReason::InClear);
        }
        (!self.is_offered(name)).then_some(SkipReason::NotOffered)
    }

    fn is_offered(&self, name: &str) -> bool {
        self.offered.iter().any(|offered| offered.eq_ignore_ascii_case(name))
    }
}

/// A mechanism that was not used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its name.
    pub mechanism: String,
    /// Why.
    pub reason: SkipReason,
}

/// `PLAIN would ...`.
impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.mechanism, self.reason)
    }
}

/// Why a mechanism was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// The server does not have it.
    NotOffered,
    /// It is not known here.
    Unknown,
    /// `auth` asks for another one.
    NotAsked,
    /// It is used if `auth` asks for it, and not by itself.
    OnlyIfAsked,
    /// It needs a password.
    NoPassword,
    /// It needs a token.
    NoToken,
    /// It cannot say whom to act for.
    NoAuthzid,
    /// It needs a channel to bind to.
    NoChannelBinding,
    /// It would show the secret to everybody on the way.
    InClear,
}

/// As a sentence goes on behind the mechanism, with what to change.
impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOffered => "is not offered",
            Self::Unknown => "is not known here",
            Self::NotAsked => "is not the one that `auth` asks for",
            Self::OnlyIfAsked => "is used only if `auth` asks for it",
            Self::NoPassword => "needs a `password`",
            Self::NoToken => "needs a `token`",
            Self::NoAuthzid => "cannot say whom to act for, as `authzid` asks",
            Self::NoChannelBinding => "needs TLS with channel binding",
            Self::InClear => {
                "would show the secret to everybody on the way: use TLS, or set \
                 `allow_plaintext_auth`"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(offered: &[&str]) -> Offer {
        let offered = offered.iter().map(|name| (*name).to_owned()).collect();
        Offer { offered, password: true, may_tell: true, can_bind: true, ..Offer::default() }
    }

    #[test]
    fn the_strongest_is_taken_wherever_it_stands_in_the_offer() {
        let mut offered = vec!["EXTERNAL", "NTLM", "LOGIN", "PLAIN", "CRAM-MD5"];
        for (next, known) in [
            ("XOAUTH2", Known::Xoauth2),
            ("OAUTHBEARER", Known::OauthBearer),
            ("SCRAM-SHA-1", Known::ScramSha1),
            ("SCRAM-SHA-256", Known::ScramSha256),
            ("SCRAM-SHA-1-PLUS", Known::ScramSha1Plus),
            ("SCRAM-SHA-256-PLUS", Known::ScramSha256Plus),
        ] {
            offered.push(next);
            let offer = Offer { token: true, ..offer(&offered) };
            assert_eq!(offer.choose(), Ok(known));
        }
        assert_eq!(offer(&["LOGIN", "PLAIN", "CRAM-MD5"]).choose(), Ok(Known::CramMd5));
        assert_eq!(offer(&["LOGIN", "PLAIN"]).choose(), Ok(Known::Plain));
        assert_eq!(offer(&["LOGIN"]).choose(), Ok(Known::Login));
    }

    #[test]
    fn each_that_is_not_used_has_its_reason() {
        let names = ["PLAIN", "SCRAM-SHA-256-PLUS", "XOAUTH2", "EXTERNAL", "GSSAPI"];
        let offer = Offer { may_tell: false, can_bind: false, ..offer(&names) };
        let skipped = offer.choose().unwrap_err();
        assert_eq!(
            skipped.iter().map(|one| one.reason).collect::<Vec<_>>(),
            [
                SkipReason::InClear,
                SkipReason::NoChannelBinding,
                SkipReason::NoToken,
                SkipReason::OnlyIfAsked,
                SkipReason::Unknown
            ]
        );
        assert_eq!(skipped[4].to_string(), "GSSAPI is not known here");
        assert_eq!(offer.allowed(), ["SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5"]);
    }

    #[test]
    fn the_one_that_is_asked_for_is_used_or_none() {
        let asked = |name: &str, offered: &[&str]| {
            Offer { forced: Some(name.to_owned()), ..offer(offered) }.choose()
        };
        assert_eq!(asked("plain", &["PLAIN", "CRAM-MD5"]), Ok(Known::Plain));
        assert_eq!(asked("EXTERNAL", &["EXTERNAL"]), Ok(Known::External));
        let reasons = asked("SCRAM-SHA-1", &["PLAIN"]).unwrap_err();
        let reasons = reasons.iter().map(|one| one.reason).collect::<Vec<_>>();
        assert_eq!(reasons, [SkipReason::NotOffered, SkipReason::NotAsked]);
        assert_eq!(asked("XYZ", &["XYZ"]).unwrap_err()[0].reason, SkipReason::Unknown);
    }
}
