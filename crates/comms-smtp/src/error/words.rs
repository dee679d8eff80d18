//! Lists and remarks within the sentence of an error.

use crate::auth::choice::Skipped;
use crate::report::Rejected;

/// What there was to choose from, and what to change.
pub(crate) fn no_mechanism(offered: &[String], allowed: &[String], skipped: &[Skipped]) -> String {
    let reasons = skipped.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let usable = match allowed {
        [] => "nothing could be used".to_owned(),
        allowed => format!("{} could be used if offered", allowed.join(", ")),
    };
    match offered {
        [] => format!(
            "the server does not offer AUTH here: use another port, TLS, or no `user` ({usable})"
        ),
        offered => format!("the server offers {}, and {usable}: {reasons}", offered.join(", ")),
    }
}

pub(crate) fn in_its_words(remark: Option<&str>) -> String {
    remark.map(|remark| format!(" ({remark})")).unwrap_or_default()
}

/// The first few refusals, and how many more there are.
pub(crate) fn list(rejected: &[Rejected]) -> String {
    let words = |one: &Rejected| format!("<{}>: {}", one.recipient, one.reply);
    let mut parts = rejected.iter().take(SHOWN).map(words).collect::<Vec<_>>();
    if rejected.len() > SHOWN {
        parts.push(format!("and {} more", rejected.len() - SHOWN));
    }
    parts.join("; ")
}

/// An error is one sentence, not a mailing list.
const SHOWN: usize = 5;
