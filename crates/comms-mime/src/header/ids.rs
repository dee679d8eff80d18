//! Fields of message ids: what a message answers, and what was said before (RFC 5322 3.6.4).

use crate::encode::fold::Field;

/// A field of ids, each of which stays whole.
pub(crate) fn ids_field(name: &str, ids: &[String]) -> String {
    let mut field = Field::new(name);
    for id in ids {
        field.token(&format!("<{id}>"));
    }
    field.finish()
}

/// Shortens the ids of a long conversation to what fits: the first one, which names it, and the
/// last ones, by which a reader finds its place.
pub(crate) fn shorten(ids: &mut Vec<String>) {
    let width = |id: &String| id.len() + "<> ".len();
    if ids.iter().map(width).sum::<usize>() <= LONGEST {
        return;
    }
    let mut room = LONGEST.saturating_sub(ids.first().map_or(0, width));
    let fits = |id: &&String| {
        let rest = room.checked_sub(width(id));
        room = rest.unwrap_or_default();
        rest.is_some()
    };
    // The last one is what is answered, and stays whatever its length.
    let kept = ids.iter().skip(1).rev().take_while(fits).count().max(1);
    let behind = ids.len().saturating_sub(kept).max(1);
    ids.drain(1.min(ids.len())..behind);
}

/// RFC 5322 2.1.1, for readers and relays that unfold a field into one line.
const LONGEST: usize = 998 - "References:".len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_conversation_keeps_its_first_and_last_ids() {
        let all: Vec<String> = (0..1000).map(|n| format!("{n}@x.example")).collect();
        let mut ids = all.clone();
        shorten(&mut ids);
        assert_eq!((ids.first(), ids.last()), (all.first(), all.last()));
        assert!(all.ends_with(&ids[1..]));
        let field = ids_field("References", &ids);
        assert!((900..=998).contains(&field.replace("\r\n", "").len()), "{}", field.len());
        assert!(field.lines().all(|line| line.len() <= 78));

        let mut few = all[..3].to_vec();
        shorten(&mut few);
        assert_eq!(few, all[..3]);
        let mut long = ["a", "b", "c"].map(|id| id.repeat(510)).to_vec();
        shorten(&mut long);
        assert_eq!(long.iter().map(|id| &id[..1]).collect::<String>(), "ac");
        let mut none = Vec::new();
        shorten(&mut none);
        assert!(none.is_empty());
    }
}
