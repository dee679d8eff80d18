//! Blocks of pcapng (draft-ietf-opsawg-pcapng). No I/O.

use std::time::Duration;

/// Adds blocks to octets, in little-endian order.
pub(crate) struct Blocks<'o>(pub(crate) &'o mut Vec<u8>);

/// A packet as a capture has it.
pub(crate) struct Packet {
    pub(crate) interface: u32,
    /// Since 1970.
    pub(crate) at: Duration,
    /// Whether it went out, and did not come in.
    pub(crate) is_ours: bool,
    pub(crate) octets: Vec<u8>,
    pub(crate) comments: Vec<String>,
}

impl Blocks<'_> {
    /// The beginning: what wrote the capture.
    pub(crate) fn section(&mut self, program: &str) {
        let mut body = Vec::new();
        body.extend_from_slice(&BYTE_ORDER.to_le_bytes());
        body.extend_from_slice(&[1, 0, 0, 0]);
        // The length of the section is not known.
        body.extend_from_slice(&u64::MAX.to_le_bytes());
        option(&mut body, 4, program.as_bytes());
        end_of_options(&mut body);
        self.block(SECTION, &body);
    }

    /// An interface, by the number of those before it: frames of Ethernet, in nanoseconds.
    pub(crate) fn interface(&mut self, name: &str, description: &str) {
        let mut body = Vec::new();
        body.extend_from_slice(&[ETHERNET, 0, 0, 0]);
        // Packets are not cut.
        body.extend_from_slice(&0_u32.to_le_bytes());
        option(&mut body, 2, name.as_bytes());
        option(&mut body, 3, description.as_bytes());
        option(&mut body, 9, &[NANOSECONDS]);
        end_of_options(&mut body);
        self.block(INTERFACE, &body);
    }

    pub(crate) fn packet(&mut self, packet: &Packet) {
        let at = u64::try_from(packet.at.as_nanos()).unwrap_or(u64::MAX).to_le_bytes();
        let (low, high) = at.split_at(4);
        let len = length(&packet.octets).to_le_bytes();
        let mut body = Vec::with_capacity(packet.octets.len() + 64);
        body.extend_from_slice(&packet.interface.to_le_bytes());
        for part in [high, low, &len, &len, &packet.octets] {
            body.extend_from_slice(part);
        }
        pad(&mut body);
        for comment in &packet.comments {
            option(&mut body, 1, comment.as_bytes());
        }
        let direction: u32 = if packet.is_ours { OUTBOUND } else { INBOUND };
        option(&mut body, 2, &direction.to_le_bytes());
        end_of_options(&mut body);
        self.block(PACKET, &body);
    }

    /// The keys of TLS sessions, as `SSLKEYLOGFILE` has them.
    pub(crate) fn keys(&mut self, lines: &[u8]) {
        let mut body = Vec::new();
        body.extend_from_slice(&TLS_KEY_LOG.to_le_bytes());
        body.extend_from_slice(&length(lines).to_le_bytes());
        body.extend_from_slice(lines);
        pad(&mut body);
        self.block(SECRETS, &body);
    }

    fn block(&mut self, kind: u32, body: &[u8]) {
        let length = length(body).saturating_add(12).to_le_bytes();
        for part in [&kind.to_le_bytes(), &length, body, &length] {
            self.0.extend_from_slice(part);
        }
    }
}

/// An option, of at most 65 535 octets.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let (value, _) = value.split_at(usize::from(length));
    body.extend_from_slice(&code.to_le_bytes());
    body.extend_from_slice(&length.to_le_bytes());
    body.extend_from_slice(value);
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend_from_slice(&[0; 4]);
}

/// Blocks and options are multiples of 32 bits.
fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

fn length(octets: &[u8]) -> u32 {
    u32::try_from(octets.len()).unwrap_or(u32::MAX)
}

const SECTION: u32 = 0x0a0d_0d0a;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const SECRETS: u32 = 10;

/// `LINKTYPE_ETHERNET`.
const ETHERNET: u8 = 1;

/// A resolution of 10^-9 s.
const NANOSECONDS: u8 = 9;

/// `TLSK`.
const TLS_KEY_LOG: u32 = 0x544c_534b;

const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;
