//! Fields of mailboxes (RFC 5322 3.6.2, 3.6.3).

use crate::address::Address;
use crate::address::mailbox::{Mailbox, phrase};
use crate::encode::fold::Field;
use crate::encode::word;

/// A field of mailboxes.
pub(crate) fn mailbox_field<'a>(
    name: &str,
    mailboxes: impl IntoIterator<Item = &'a Mailbox>,
) -> String {
    let mut field = Field::new(name);
    for (n, mailbox) in mailboxes.into_iter().enumerate() {
        if n > 0 {
            field.glue(",");
        }
        put_mailbox(&mut field, mailbox);
    }
    field.finish()
}

/// Whether an address in a field needs SMTPUTF8: its domain could be written in ASCII, its local
/// part cannot.
pub(crate) fn needs_smtputf8(address: &Address) -> bool {
    written(address).is_none()
}

fn put_mailbox(field: &mut Field, mailbox: &Mailbox) {
    let address = written(mailbox.address()).unwrap_or_else(|| mailbox.address().to_string());
    let Some(name) = mailbox.name() else {
        field.token(&address);
        return;
    };
    let shown = phrase(name);
    if !word::is_plain(&shown) || shown.len() > LONGEST_PHRASE {
        word::words(field, name);
    } else if shown == name {
        name.split(' ').for_each(|atom| field.token(atom));
    } else {
        field.token(&shown);
    }
    field.token(&format!("<{address}>"));
}

/// The address in ASCII.
fn written(address: &Address) -> Option<String> {
    address.to_ascii().map(|ascii| ascii.to_string())
}

/// A quoted name cannot be folded.
const LONGEST_PHRASE: usize = 70;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bare_quoted_or_encoded() {
        let mailboxes = [
            ("Bob Smith <b@x.example>", "Bob Smith <b@x.example>"),
            ("\"Smith, Bob\" <b@x.example>", "\"Smith, Bob\" <b@x.example>"),
            ("\" Bob\" <b@x.example>", "\" Bob\" <b@x.example>"),
            ("Bøb <b@x.example>", "=?utf-8?q?B=C3=B8b?= <b@x.example>"),
            ("=?utf-8?q?x?= <b@x.example>", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <b@x.example>"),
        ];
        for (mailbox, written) in mailboxes {
            let field = mailbox_field("To", [&mailbox.parse().unwrap()]);
            assert_eq!(field, format!("To: {written}\r\n"));
        }
    }
}
