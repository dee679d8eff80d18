//! The mechanisms that are known here, and what each needs.

use comms_core::Secret;

use crate::auth::cram_md5::CramMd5;
use crate::auth::external::External;
use crate::auth::hash::Hash;
use crate::auth::login::Login;
use crate::auth::mechanism::{Mechanism, MechanismError};
use crate::auth::oauthbearer::OauthBearer;
use crate::auth::plain::Plain;
use crate::auth::scram::client::{Binding, Scram};
use crate::auth::xoauth2::Xoauth2;

/// A mechanism that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    ScramSha256Plus,
    ScramSha1Plus,
    ScramSha256,
    ScramSha1,
    OauthBearer,
    Xoauth2,
    CramMd5,
    Plain,
    Login,
    External,
}

/// What a mechanism shows who we are by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Password,
    Token,
    /// The channel itself.
    Channel,
}

/// What mechanisms are made of.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    pub(crate) user: &'a str,
    pub(crate) authzid: Option<&'a str>,
    /// The password or the token, as the mechanism needs.
    pub(crate) secret: &'a Secret,
    pub(crate) binding: Binding,
    /// Where we are connected to, if that is known.
    pub(crate) server: Option<(String, u16)>,
}

impl Known {
    /// All of them, the strongest first.
    pub(crate) const ALL: [Self; 10] = [
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::OauthBearer,
        Self::Xoauth2,
        Self::CramMd5,
        Self::Plain,
        Self::Login,
        Self::External,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::External => "EXTERNAL",
        }
    }

    /// The mechanism of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::OauthBearer | Self::Xoauth2 => Proof::Token,
            Self::External => Proof::Channel,
            _ => Proof::Password,
        }
    }

    /// Whether it holds in one channel only.
    pub(crate) fn is_bound(self) -> bool {
        matches!(self, Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// Whether it says the secret itself.
    pub(crate) fn tells_the_secret(self) -> bool {
        matches!(self, Self::OauthBearer | Self::Xoauth2 | Self::Plain | Self::Login)
    }

    /// Whether it can say whom to act for.
    pub(crate) fn takes_authzid(self) -> bool {
        !matches!(self, Self::Xoauth2 | Self::CramMd5 | Self::Login)
    }

    /// The mechanism, for one exchange.
    pub(crate) fn start(self, account: Account<'_>) -> Result<Box<dyn Mechanism>, MechanismError> {
        let Account { user, authzid, secret, binding, server } = account;
        Ok(match self {
            Self::ScramSha256Plus | Self::ScramSha256 => {
                Box::new(Scram::new(Hash::Sha256, binding, authzid, user, secret)?)
            }
            Self::ScramSha1Plus | Self::ScramSha1 => {
                Box::new(Scram::new(Hash::Sha1, binding, authzid, user, secret)?)
            }
            Self::OauthBearer => {
                Box::new(OauthBearer::new(authzid.unwrap_or(user), server.as_ref(), secret)?)
            }
            Self::Xoauth2 => Box::new(Xoauth2::new(user, secret)?),
            Self::CramMd5 => Box::new(CramMd5::new(user, secret)?),
            Self::Plain => Box::new(Plain::new(authzid, user, secret)?),
            Self::Login => Box::new(Login::new(user, secret)?),
            Self::External => Box::new(External::new(authzid)?),
        })
    }
}
