//! Any calls of a `LineBuffer`, against a queue that does the same octet by octet.
#![no_main]

use std::collections::VecDeque;

use comms_util::LineBuffer;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Call<'a> {
    /// So much more room than needed, and what comes.
    Put(u8, &'a [u8]),
    Find(End<'a>),
    Take(u8),
    /// Takes what was found.
    TakeLine(End<'a>),
    Clear,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum End<'a> {
    Lf,
    CrLf,
    Dot,
    Any(&'a [u8]),
}

fuzz_target!(|calls: Vec<Call<'_>>| {
    let mut buffer = LineBuffer::default();
    let mut model = VecDeque::new();
    let mut most = 0;
    for call in calls {
        match call {
            Call::Put(spare, octets) => {
                let asked = octets.len() + usize::from(spare);
                most = most.max(model.len() + asked);
                let room = buffer.room(asked);
                assert!(room.len() >= asked);
                assert!(room.len() + model.len() <= most, "it has grown beyond what was asked");
                room[..octets.len()].copy_from_slice(octets);
                buffer.fill(octets.len());
                model.extend(octets);
            }
            Call::Find(end) => assert_eq!(buffer.find(end.octets()), find(&mut model, end)),
            Call::Take(octets) => take(&mut buffer, &mut model, octets.into()),
            Call::TakeLine(end) => {
                let found = buffer.find(end.octets());
                assert_eq!(found, find(&mut model, end));
                take(&mut buffer, &mut model, found.unwrap_or(0));
            }
            Call::Clear => {
                buffer.clear();
                model.clear();
                most = 0;
            }
        }
        assert_eq!((buffer.len(), buffer.is_empty()), (model.len(), model.is_empty()));
    }
});

fn find(model: &mut VecDeque<u8>, end: End<'_>) -> Option<usize> {
    let (octets, end) = (model.make_contiguous(), end.octets());
    (end.len()..=octets.len()).find(|at| octets[..*at].ends_with(end))
}

fn take(buffer: &mut LineBuffer, model: &mut VecDeque<u8>, octets: usize) {
    let expected = model.drain(..octets.min(model.len())).collect::<Vec<_>>();
    assert_eq!(buffer.take(octets), expected);
}

impl<'a> End<'a> {
    fn octets(self) -> &'a [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Dot => b"\r\n.\r\n",
            Self::Any(octets) => octets,
        }
    }
}
