//! Names of this host in lists of addresses: `root` is `root@host`.

/// The list, in which each address without a domain has this one.
pub(crate) fn qualify(list: &str, host: &str) -> String {
    let mut whole = String::with_capacity(list.len());
    let mut element = Element::default();
    let (mut is_quoted, mut comments, mut is_escaped) = (false, 0_usize, false);
    for c in list.chars() {
        let is_plain = !is_quoted && comments == 0;
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' if comments == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => comments += 1,
            ')' if !is_quoted => comments = comments.saturating_sub(1),
            '<' if is_plain => element.opened = Some(element.text.len()),
            // The name of a group is no address.
            ':' if is_plain && element.opened.is_none() => element.has_domain = true,
            '@' if is_plain => element.has_domain = true,
            _ => {}
        }
        let is_end = matches!(c, ',' | ';') && is_plain;
        let begins_group = c == ':' && is_plain && element.opened.is_none();
        if is_end {
            whole.push_str(&element.end(host));
            whole.push(c);
        } else if begins_group {
            element.text.push(c);
            whole.push_str(&element.end(host));
        } else {
            if is_plain && !c.is_whitespace() && !matches!(c, '(' | ')' | '<' | '>') {
                element.last = Some(element.text.len() + c.len_utf8());
                element.inside = element.opened.is_some();
            }
            if c == '"' && comments == 0 {
                element.last = Some(element.text.len() + 1);
                element.inside = element.opened.is_some();
            }
            element.text.push(c);
        }
    }
    whole.push_str(&element.end(host));
    whole
}

/// What stands between two commas.
#[derive(Default)]
struct Element {
    text: String,
    /// Where its bracket opens.
    opened: Option<usize>,
    /// Behind the last octet that may be of an address, and whether that is inside of the bracket.
    last: Option<usize>,
    inside: bool,
    has_domain: bool,
}

impl Element {
    fn end(&mut self, host: &str) -> String {
        let mut element = std::mem::take(self);
        let is_address = element.opened.is_none() || element.inside;
        if let Some(at) = element.last.filter(|_| is_address && !element.has_domain) {
            element.text.insert_str(at, &format!("@{host}"));
        }
        element.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_domain_is_one_of_this_host() {
        for (list, expected) in [
            ("root", "root@h.example"),
            ("root (Cron Daemon), ann@x.example", "root@h.example (Cron Daemon), ann@x.example"),
            ("Ann <ann>,bob", "Ann <ann@h.example>,bob@h.example"),
            ("\"Lee, Ann\" <ann@x.example>", "\"Lee, Ann\" <ann@x.example>"),
            ("\"Lee, Ann\" <ann>", "\"Lee, Ann\" <ann@h.example>"),
            ("\"a b\"", "\"a b\"@h.example"),
            (
                "all: ann, bob@y.example; , eve",
                "all: ann@h.example, bob@y.example; , eve@h.example",
            ),
            ("undisclosed-recipients:;", "undisclosed-recipients:;"),
            ("(a @ b) ann", "(a @ b) ann@h.example"),
            ("<>", "<>"),
            ("", ""),
            (" , ", " , "),
        ] {
            assert_eq!(qualify(list, "h.example"), expected, "{list}");
        }
    }
}
