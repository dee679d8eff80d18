//! Segments of TCP (RFC 9293) in packets of IPv4 (RFC 791) in frames of Ethernet. No I/O.

use std::net::Ipv4Addr;

/// A segment from one end to the other.
pub(crate) struct Segment<'s> {
    pub(crate) source: End,
    pub(crate) destination: End,
    pub(crate) sequence: u32,
    pub(crate) acknowledged: u32,
    pub(crate) flags: u8,
    /// The options of TCP; a multiple of four octets.
    pub(crate) options: &'s [u8],
    /// At most [`LARGEST`].
    pub(crate) octets: &'s [u8],
}

/// An end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
}

impl Segment<'_> {
    /// The frame.
    pub(crate) fn frame(&self) -> Vec<u8> {
        let tcp = self.tcp();
        let mut frame = Vec::with_capacity(34 + tcp.len());
        for end in [self.destination, self.source] {
            // Addresses that somebody made up (IEEE 802: locally administered).
            frame.extend_from_slice(&[2, 0]);
            frame.extend_from_slice(&end.address.octets());
        }
        frame.extend_from_slice(&IPV4_IN_ETHERNET.to_be_bytes());
        frame.extend_from_slice(&self.ip(tcp.len()));
        frame.extend_from_slice(&tcp);
        frame
    }

    fn ip(&self, tcp: usize) -> Vec<u8> {
        let total = u16::try_from(20 + tcp).unwrap_or(u16::MAX);
        let mut head = vec![VERSION_AND_LENGTH, 0];
        head.extend_from_slice(&total.to_be_bytes());
        head.extend_from_slice(&[0, 0]);
        head.extend_from_slice(&DO_NOT_FRAGMENT.to_be_bytes());
        head.extend_from_slice(&[HOPS, TCP, 0, 0]);
        head.extend_from_slice(&self.source.address.octets());
        head.extend_from_slice(&self.destination.address.octets());
        let sum = checksum(&[&head]);
        replace(&mut head, 10, sum);
        head
    }

    fn tcp(&self) -> Vec<u8> {
        let mut tcp = Vec::with_capacity(20 + self.options.len() + self.octets.len());
        for port in [self.source.port, self.destination.port] {
            tcp.extend_from_slice(&port.to_be_bytes());
        }
        for number in [self.sequence, self.acknowledged] {
            tcp.extend_from_slice(&number.to_be_bytes());
        }
        let words = u8::try_from(5 + self.options.len() / 4).unwrap_or(u8::MAX);
        tcp.extend_from_slice(&[words << 4, self.flags]);
        tcp.extend_from_slice(&WINDOW.to_be_bytes());
        tcp.extend_from_slice(&[0; 4]);
        tcp.extend_from_slice(self.options);
        tcp.extend_from_slice(self.octets);
        let length = u16::try_from(tcp.len()).unwrap_or(u16::MAX).to_be_bytes();
        let [high, low] = length;
        let (source, destination) =
            (self.source.address.octets(), self.destination.address.octets());
        let sum = checksum(&[&source, &destination, &[0, TCP, high, low], &tcp]);
        replace(&mut tcp, 16, sum);
        tcp
    }
}

/// The checksum of the Internet (RFC 1071). All parts but the last have even lengths.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = 0;
    for part in parts {
        let pairs = part.chunks_exact(2);
        let odd = pairs.remainder().first().copied().unwrap_or(0);
        sum += u64::from(u16::from_be_bytes([odd, 0]));
        for pair in pairs {
            if let [high, low] = pair {
                sum += u64::from(u16::from_be_bytes([*high, *low]));
            }
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

fn replace(octets: &mut [u8], at: usize, with: u16) {
    for (to, from) in octets.iter_mut().skip(at).zip(with.to_be_bytes()) {
        *to = from;
    }
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const PUSH: u8 = 8;
pub(crate) const ACK: u8 = 16;

/// The most octets of a segment without options: what a packet of 65 535 octets can hold.
pub(crate) const LARGEST: usize = 65_495;

const IPV4_IN_ETHERNET: u16 = 0x0800;
const VERSION_AND_LENGTH: u8 = 0x45;
const DO_NOT_FRAGMENT: u16 = 0x4000;
const HOPS: u8 = 64;
const TCP: u8 = 6;
const WINDOW: u16 = u16::MAX;
