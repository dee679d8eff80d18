//! What a check is given beyond the server: who logs in, and whom mail would be from and for.

use comms::{CommsStack, Error, Mailbox, ReversePath, Value};

use crate::args::check::CheckArgs;
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
    pub(crate) user: String,
    allow: Value,
}

impl Credentials {
    pub(crate) fn take(stack: &mut CommsStack) -> Result<Option<Self>, Error> {
        let user = stack.get("Smtp.user")?.value.map(|user| user.to_string());
        let Some(user) = user else { return Ok(None) };
        let allow = stack.get("Smtp.allow_plaintext_auth")?.value.unwrap_or(Value::Nothing);
        stack.set("Smtp.user", Value::Nothing)?;
        Ok(Some(Self { user, allow }))
    }

    pub(crate) fn give_back(self, stack: &mut CommsStack) -> Result<(), Error> {
        stack.set("Smtp.user", self.user)?;
        stack.set("Smtp.allow_plaintext_auth", self.allow)
    }
}
