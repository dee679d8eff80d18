//! What a check is given beyond the server: who logs in, and whom mail would be from and for.

use comms::{CommsStack, Error, Mailbox, ReversePath, Value};

use crate::args::check::CheckArgs;
use crate::check::way::text;
use crate::failure::{Failure, bad};

/// Whom mail would be from and for.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) from: ReversePath,
    pub(crate) to: Mailbox,
}

impl Probe {
    pub(crate) fn of(args: &CheckArgs) -> Result<Option<Self>, Failure> {
        let (Some(from), Some(to)) = (&args.from, &args.to) else { return Ok(None) };
        let mailbox = |flag: &str, text: &String| {
            let shown = format!("{flag} '{}'", text.escape_debug());
            text.parse::<Mailbox>().map_err(|error| bad(&shown, &error))
        };
        let from = match from.trim() {
            "<>" => ReversePath::Null,
            _ => mailbox("--from", from)?.address().clone().into(),
        };
        Ok(Some(Self { from, to: mailbox("--to", to)? }))
    }
}

/// Who logs in, kept back until everything else was looked at.
pub(crate) struct Credentials {
    user: Option<String>,
    /// The mechanism that was asked for; one needs no user.
    auth: Option<String>,
    allow: Value,
}

impl Credentials {
    pub(crate) fn take(stack: &mut CommsStack) -> Result<Option<Self>, Error> {
        let (user, auth) = (text(stack, "Smtp.user"), text(stack, "Smtp.auth"));
        let needs_none = auth.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(EXTERNAL));
        if user.is_none() && !needs_none {
            return Ok(None);
        }
        let allow = stack.get("Smtp.allow_plaintext_auth")?.value.unwrap_or(Value::Nothing);
        stack.set("Smtp.user", Value::Nothing)?;
        stack.set("Smtp.auth", Value::Nothing)?;
        Ok(Some(Self { user, auth, allow }))
    }

    /// Has the stack tell which mechanism it would use. Nobody logs in by that once it is connected.
    pub(crate) fn give_back_mechanism(&self, stack: &mut CommsStack) -> Result<(), Error> {
        match &self.auth {
            Some(auth) => stack.set("Smtp.auth", auth.as_str()),
            None => Ok(()),
        }
    }

    pub(crate) fn give_back(&self, stack: &mut CommsStack) -> Result<(), Error> {
        if let Some(user) = &self.user {
            stack.set("Smtp.user", user.as_str())?;
        }
        stack.set("Smtp.allow_plaintext_auth", self.allow.clone())
    }

    /// Who that is, in words.
    pub(crate) fn words(&self) -> String {
        match &self.user {
            Some(user) => format!("logged in as {user}"),
            None => format!("logged in by {EXTERNAL}"),
        }
    }
}

/// The mechanism by which the certificate says who we are (RFC 4422 A).
const EXTERNAL: &str = "EXTERNAL";
