//! Where a server says that a user is (RFC 5321 3.4): `551 User not local; please try <path>`.

use std::collections::HashSet;

use comms_mime::Address;

use crate::wire::reply::Reply;

/// The one path in the words of a reply; none where there is none, more than one, or one that is
/// no address. What it gives has been parsed, so it can stand in a command.
pub(crate) fn path(reply: &Reply) -> Option<Address> {
    let text = reply.text();
    let (_, rest) = text.split_once('<')?;
    let (inside, behind) = rest.split_once('>')?;
    if behind.contains(['<', '>']) {
        return None;
    }
    inside.parse().ok()
}

/// The addresses of one message that were followed, so that nobody is asked for twice or sent in
/// circles.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moves {
    /// Everybody who is asked for, once somebody has moved.
    asked: HashSet<Address>,
    /// The new addresses.
    new: HashSet<Address>,
}

/// What is done about a recipient that has moved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// The new address is to be asked for.
    Follow(Address),
    /// The new address is asked for already.
    Known(Address),
    /// It was followed once.
    Stay,
}

impl Moves {
    /// Where `recipient` is asked for when it is said to be at `new`; `everybody` is who is asked for
    /// so far.
    pub(crate) fn of<'a>(
        &mut self,
        recipient: &Address,
        new: Address,
        everybody: impl Iterator<Item = &'a Address>,
    ) -> Move {
        if new == *recipient || self.new.contains(recipient) {
            return Move::Stay;
        }
        if self.asked.is_empty() {
            self.asked.extend(everybody.cloned());
        }
        self.new.insert(new.clone());
        if self.asked.insert(new.clone()) { Move::Follow(new) } else { Move::Known(new) }
    }
}

/// "User not local; will forward to <forward-path>" (RFC 5321 4.2.3).
pub(crate) const FORWARDED: u16 = 251;

/// "User not local; please try <forward-path>" (RFC 5321 4.2.3).
pub(crate) const MOVED: u16 = 551;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<String> {
        path(&Reply::new(551, text)).map(|address| address.to_string())
    }

    #[test]
    fn exactly_one_valid_path_is_a_new_address() {
        let new = Some("new@y.example".to_owned());
        assert_eq!(of("User not local; please try <new@y.example>"), new);
        assert_eq!(of("5.1.6 moved\nplease try\n<new@y.example>"), new);
        for none in [
            "",
            "moved",
            "try <>",
            "try <a@x.example> or <b@x.example>",
            "try <<a@x.example>>",
            "try <a@x.example",
            "try <a@b>\\nDATA>",
            "try <a@x.example\\r\\nDATA>",
            "try <a b@x.example>",
            "try <not an address>",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_line_end_in_a_path_joins_no_command() {
        // The lines of a reply become one text: what stands on the next line is no command.
        let reply = Reply::new(551, "try <a@x.example\r\nDATA>");
        assert_eq!(path(&reply), None);
        let one = path(&Reply::new(551, "try <a@x.example>\r\nDATA")).unwrap();
        assert!(!one.to_string().contains(char::is_control));
    }
}
