//! Whether the parameters that a caller adds can stand in a command.

use std::collections::HashSet;

use crate::argument::ArgumentError;
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::parameter::free::Parameter;

/// Checks the free parameters of a command, which without any has `octets`: none is settled by the
/// message or there twice, none needs SMTPUTF8 where there is none, and the line keeps its length.
///
/// RFC 5321 4.5.3.1.4 has 512 octets for a line, which each extension lengthens by its own
/// parameters; those fit when they are made, so they are not counted.
pub(crate) fn check(
    what: &'static str,
    mut octets: usize,
    parameters: &[Parameter],
    server: &Extensions,
) -> Result<(), SmtpError> {
    let mut seen = HashSet::new();
    for parameter in parameters {
        let keyword = parameter.keyword();
        let wrong = |source| Err(SmtpError::Argument { what, source });
        if SETTLED.contains(&keyword) {
            return wrong(ArgumentError::Settled(keyword.to_owned()));
        }
        if !seen.insert(keyword) {
            return wrong(ArgumentError::Twice(keyword.to_owned()));
        }
        octets += " ".len() + parameter.to_string().len();
        if octets > LONGEST_LINE {
            return wrong(ArgumentError::LongLine);
        }
        if !parameter.is_ascii() && !server.offers("SMTPUTF8") {
            return Err(SmtpError::NotOffered {
                asked: parameter.to_string(),
                keyword: "SMTPUTF8",
            });
        }
    }
    Ok(())
}

/// RFC 5321 4.5.3.1.4, with the line's end.
const LONGEST_LINE: usize = 512;

/// What the message and the fields of its envelope say.
const SETTLED: [&str; 13] = [
    "AUTH",
    "BODY",
    "BY",
    "ENVID",
    "HOLDFOR",
    "HOLDUNTIL",
    "MT-PRIORITY",
    "NOTIFY",
    "ORCPT",
    "REQUIRETLS",
    "RET",
    "SIZE",
    "SMTPUTF8",
];
