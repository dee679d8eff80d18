//! Promises that hold for whatever is put in.

use std::time::Duration;

use comms_core::{Payload, Piece, PropertyValue, Registry, Value};
use proptest::prelude::*;

use crate::fakes::mail::mail;
use crate::fakes::tcp::Tcp;
use crate::fakes::util::Util;

proptest! {
    #[test]
    fn no_name_breaks_a_stack_and_none_that_is_unknown_is_accepted(name in ".*") {
        let mut stack = mail().unwrap();
        let known = stack.has_attribute(&name);
        prop_assert_eq!(stack.get(&name).is_ok(), known);
        prop_assert!(known || stack.set(&name, name.as_str()).is_err());
        prop_assert!(known || stack.invoke(&name, &[]).is_err());
        let registry = Registry::new().with::<Util>().with::<Tcp>();
        if let Ok(built) = registry.build(&name) {
            prop_assert!(built.depth() > 0);
        }
    }

    #[test]
    fn a_time_is_what_it_says(number in 0_u32.., unit in 0_usize..5) {
        let (name, each) = UNITS[unit];
        for text in [format!("{number}{name}"), format!(" {number} {name} ")] {
            prop_assert_eq!(Duration::from_value(text.into()), Some(each * number));
        }
    }

    #[test]
    fn no_text_breaks_the_reading_of_a_time(text in "\\PC*|[0-9.]{0,400}(ms|s|m|h|e9)?") {
        if let Some(time) = Duration::from_value(Value::from(text.as_str())) {
            prop_assert!(text.trim().starts_with(|c: char| c.is_ascii_digit() || c == '.'));
            prop_assert_eq!(Duration::from_value(time.into()), Some(time));
        }
    }

    #[test]
    fn the_pieces_of_a_payload_are_all_of_it_and_keep_their_marks(
        parts in prop::collection::vec((any::<Vec<u8>>(), any::<bool>()), 0..8),
    ) {
        let pieces = parts.iter().map(|(octets, secret)| match secret {
            true => Piece::Secret(octets),
            false => Piece::Plain(octets),
        });
        let pieces = pieces.collect::<Vec<_>>();
        let payload = Payload::Pieces(&pieces);
        prop_assert_eq!(payload.len(), parts.iter().map(|(octets, _)| octets.len()).sum::<usize>());
        prop_assert_eq!(payload.is_empty(), parts.iter().all(|(octets, _)| octets.is_empty()));
        prop_assert_eq!(payload.pieces().collect::<Vec<_>>(), pieces.clone());
        for piece in payload.pieces() {
            prop_assert_eq!(piece.same_mark(piece.octets()), piece);
            let alone = match piece {
                Piece::Plain(octets) => Payload::Bytes(octets),
                Piece::Secret(octets) => Payload::Secret(octets),
            };
            prop_assert_eq!(alone.pieces().collect::<Vec<_>>(), vec![piece]);
        }
    }
}

const UNITS: [(&str, Duration); 5] = [
    ("ms", Duration::from_millis(1)),
    ("", Duration::from_secs(1)),
    ("s", Duration::from_secs(1)),
    ("min", Duration::from_secs(60)),
    ("h", Duration::from_secs(3600)),
];
