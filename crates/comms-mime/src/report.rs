//! What programs read in a report: what became of a message (RFC 6522).

pub(crate) mod delivery;
pub(crate) mod disposition;

use crate::address::Address;
use crate::encode::fold::Field;

/// The part of a report that programs read: a [`DeliveryStatus`](crate::DeliveryStatus) or a
/// [`DispositionNotification`](crate::DispositionNotification).
#[derive(Debug, Clone)]
pub struct Report {
    pub(crate) kind: &'static str,
    pub(crate) essence: &'static str,
    /// Groups of fields with an empty line between two, in ASCII.
    pub(crate) fields: String,
}

/// A field of words that are no header text: what they cannot hold becomes `?`.
fn field(name: &str, value: &str) -> String {
    let plain = |c: char| if (' '..='~').contains(&c) { c } else { '?' };
    let value: String = value.chars().take(LONGEST_VALUE).map(plain).collect();
    let mut field = Field::new(name);
    value.split(' ').filter(|word| !word.is_empty()).for_each(|word| field.token(word));
    field.finish()
}

/// An address with its type (RFC 3464 2.1.2); one that ASCII cannot express by RFC 6533 3.
fn typed_address(address: &Address) -> String {
    let plain = |c: char| c.is_ascii_graphic() && !"\\+=".contains(c);
    if let Some(ascii) = address.to_ascii() {
        return format!("rfc822; {ascii}");
    }
    let written = |c: char| match c {
        c if plain(c) => c.to_string(),
        c => format!("\\x{{{:X}}}", u32::from(c)),
    };
    let octets: String = address.to_string().chars().map(written).collect();
    format!("utf-8; {octets}")
}

/// Far from 998 octets, should there be no blank to fold at.
const LONGEST_VALUE: usize = 800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_ascii_whatever_is_put_in() {
        assert_eq!(field("X", "a\r\nBcc: b\u{85}é\0"), "X: a??Bcc: b???\r\n");
        let long = field("X", &"wörd ".repeat(400));
        assert!(long.is_ascii() && long.lines().all(|line| line.len() <= 78));
        assert!(field("X", &"x".repeat(5000)).len() < 998);
    }

    #[test]
    fn an_address_that_ascii_cannot_express_has_a_type_of_its_own() {
        let written = |address: &str| typed_address(&address.parse().unwrap());
        assert_eq!(written("bob@y.example"), "rfc822; bob@y.example");
        assert_eq!(written("bob@bücher.example"), "rfc822; bob@xn--bcher-kva.example");
        assert_eq!(written("jörg@y.example"), "utf-8; j\\x{F6}rg@y.example");
    }
}
