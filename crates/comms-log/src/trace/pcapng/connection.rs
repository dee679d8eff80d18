//! A connection of TCP that was made up around octets. No I/O.

use std::net::Ipv4Addr;

use crate::trace::dialogue::Side;
use crate::trace::pcapng::chunks::Chunks;
use crate::trace::pcapng::segment::{ACK, End, FIN, LARGEST, PUSH, SYN, Segment};

/// A connection, with what each side sends next.
#[derive(Debug)]
pub(crate) struct Connection {
    client: Side,
    port: u16,
    down: u32,
    up: u32,
    chunks: Chunks,
}

/// A frame, and whose it is.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) from: Side,
    pub(crate) octets: Vec<u8>,
}

impl Connection {
    /// One that begins, from this port of the client; the first frame asks for it.
    pub(crate) fn begin(client: Side, port: u16) -> (Self, Vec<Frame>) {
        let mut new = Self { client, port, down: 0, up: 0, chunks: Chunks::default() };
        let server = client.other();
        let frames = vec![
            new.frame(client, SYN, &OPTIONS, &[]),
            new.frame(server, SYN | ACK, &OPTIONS, &[]),
            new.frame(client, ACK, &[], &[]),
        ];
        (new, frames)
    }

    /// Who asked for it.
    pub(crate) fn client(&self) -> Side {
        self.client
    }

    /// Octets of one side, and that the other has them.
    pub(crate) fn pass(&mut self, from: Side, octets: &[u8]) -> Vec<Frame> {
        let parts = if from == self.client { self.chunks.parts(octets) } else { vec![octets] };
        let mut frames = Vec::new();
        for part in parts.into_iter().flat_map(|part| part.chunks(LARGEST)) {
            frames.push(self.frame(from, PUSH | ACK, &[], part));
        }
        frames.push(self.frame(from.other(), ACK, &[], &[]));
        frames
    }

    /// Both sides end, this one first.
    pub(crate) fn end(mut self) -> Vec<Frame> {
        vec![
            self.frame(Side::Down, FIN | ACK, &[], &[]),
            self.frame(Side::Up, FIN | ACK, &[], &[]),
            self.frame(Side::Down, ACK, &[], &[]),
        ]
    }

    fn frame(&mut self, from: Side, flags: u8, options: &[u8], octets: &[u8]) -> Frame {
        let client = End { address: CLIENT, port: self.port };
        let server = End { address: SERVER, port: PORT };
        let is_client = from == self.client;
        let (source, destination) = if is_client { (client, server) } else { (server, client) };
        let (sequence, other) = match from {
            Side::Down => (self.down, self.up),
            Side::Up => (self.up, self.down),
        };
        let acknowledged = if flags & ACK == 0 { 0 } else { other };
        let segment =
            Segment { source, destination, sequence, acknowledged, flags, options, octets };
        let octets_of_it = u32::try_from(octets.len()).unwrap_or(u32::MAX);
        // Who begins or ends is a number of the sequence too.
        let taken = octets_of_it.wrapping_add(u32::from(flags & (SYN | FIN) != 0));
        let next = match from {
            Side::Down => &mut self.down,
            Side::Up => &mut self.up,
        };
        *next = next.wrapping_add(taken);
        Frame { from, octets: segment.frame() }
    }
}

/// RFC 5737: for documentation, as all of this is made up.
const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// Where Wireshark expects SMTP.
const PORT: u16 = 25;

/// The largest segment, nothing, and a window of 8 MiB (RFC 7323 2.2).
const OPTIONS: [u8; 8] = [2, 4, 0xff, 0xd7, 1, 3, 3, 7];
