//! How many recipients go into one transaction (RFC 9422).

use std::collections::HashSet;

use crate::dialogue::Dialogue;
use crate::envelope::Recipient;
use crate::plan::planned::PlannedRecipient;

/// Takes out the recipients that the server does not take in one transaction, or in this session,
/// and gives them.
pub(crate) fn beyond(planned: &mut Vec<PlannedRecipient>, dialogue: &Dialogue) -> Vec<Recipient> {
    let limits = dialogue.extensions.limits();
    let most = |limit: Option<u32>| limit.and_then(|limit| usize::try_from(limit).ok());
    let (recipients, domains) = (most(limits.rcpt_max), most(limits.rcpt_domain_max));
    if recipients.is_none() && domains.is_none() {
        return Vec::new();
    }
    let mut seen = dialogue.domains.iter().cloned().collect::<HashSet<_>>();
    let (mut taken, mut rest) = (Vec::new(), Vec::new());
    for one in planned.drain(..) {
        let domain = one.recipient.address.domain().to_ascii_lowercase();
        let known = seen.contains(&domain);
        let fits = recipients.is_none_or(|most| taken.len() < most)
            && (known || domains.is_none_or(|most| seen.len() < most));
        if fits {
            seen.insert(domain);
            taken.push(one);
        } else {
            rest.push(one.recipient);
        }
    }
    *planned = taken;
    rest
}
