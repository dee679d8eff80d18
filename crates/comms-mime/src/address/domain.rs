//! Domains: host names by UTS 46, and address literals (RFC 5321 4.1.2, 4.1.3).

use std::net::{Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::address::error::AddressProblem;

/// Checks a host name and maps it: a name of ASCII stays as it is written, another one becomes
/// what UTS 46 makes of it (lower case, full-width dots as dots).
pub(crate) fn host(text: &str) -> Result<String, AddressProblem> {
    if text.len() > LONGEST_INPUT || to_ascii(text).is_none() {
        return Err(AddressProblem::Domain);
    }
    if text.is_ascii() {
        return Ok(text.to_owned());
    }
    match Uts46::new().to_unicode(text.as_bytes(), AsciiDenyList::STD3, HYPHENS) {
        (mapped, Ok(())) => Ok(mapped.into_owned()),
        (_, Err(_)) => Err(AddressProblem::Domain),
    }
}

/// The host name in A-labels, if it is one.
pub(crate) fn to_ascii(text: &str) -> Option<String> {
    let mapped =
        Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::STD3, HYPHENS, DnsLength::Verify);
    mapped.ok().map(std::borrow::Cow::into_owned)
}

/// Checks what stands between square brackets, and gives the literal with its brackets.
pub(crate) fn literal(inside: &str) -> Result<String, AddressProblem> {
    if let Ok(v4) = inside.parse::<Ipv4Addr>() {
        return Ok(format!("[{v4}]"));
    }
    let v6 = inside
        .split_once(':')
        .filter(|(tag, _)| tag.eq_ignore_ascii_case("IPv6"))
        .and_then(|(_, address)| address.parse::<Ipv6Addr>().ok())
        .ok_or(AddressProblem::Literal)?;
    Ok(format!("[IPv6:{v6}]"))
}

const HYPHENS: Hyphens = Hyphens::CheckFirstLast;

/// What is longer cannot become a name of 253 octets; the mapping is not even tried.
const LONGEST_INPUT: usize = 4 * 253;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_names_are_mapped_or_refused() {
        let mapped = [
            ("Bücher.example", "bücher.example"),
            ("ｅｘａｍｐｌｅ．com", "example.com"),
            ("a。b", "a.b"),
            ("XN--Bcher-KVA.example", "XN--Bcher-KVA.example"),
            ("faß.example", "faß.example"),
            ("Mixed.Case", "Mixed.Case"),
        ];
        for (given, expected) in mapped {
            assert_eq!(host(given).as_deref(), Ok(expected), "{given}");
        }
        // A joiner out of its context, a mapping to '@', broken Punycode, a lone mark.
        let refused = ["a\u{200d}b.example", "a＠b", "xn--a-\u{e4}", "xn--999999999", "\u{301}a.b"];
        for given in refused {
            assert_eq!(host(given), Err(AddressProblem::Domain), "{given:?}");
        }
    }

    #[test]
    fn a_host_name_is_labels_of_letters_digits_and_inner_hyphens() {
        let long = format!("{}.example", "a".repeat(64));
        let longest = "a.".repeat(200) + "b";
        for given in
            ["", ".", "a..b", "a.", ".a", "-a.b", "a-.b", "a_b.c", "a b", "a/b", &long, &longest]
        {
            assert_eq!(host(given), Err(AddressProblem::Domain), "{given:?}");
        }
        for given in ["localhost", "a-b.c", "r3---sn.example", "1.2.example"] {
            assert_eq!(host(given).as_deref(), Ok(given));
        }
    }

    #[test]
    fn literals_are_addresses_of_ip() {
        assert_eq!(literal("192.0.2.1").as_deref(), Ok("[192.0.2.1]"));
        assert_eq!(literal("ipv6:2001:DB8:0::1").as_deref(), Ok("[IPv6:2001:db8::1]"));
        for given in ["", "192.0.2.256", "192.0.2.01", "2001:db8::1", "IPv6:", "IPv6:x", "tag:x"] {
            assert_eq!(literal(given), Err(AddressProblem::Literal), "{given}");
        }
    }
}
