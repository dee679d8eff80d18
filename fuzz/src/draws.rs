//! What a fuzzer decides, as it is asked.

/// Octets of a fuzzer's, each of which decides one thing.
///
/// Behind the last of them all is 0, which stands for what is usual: a short input is a
/// conversation in which all goes well from some point on.
#[derive(Debug, Clone, Default)]
pub struct Draws {
    octets: Vec<u8>,
    at: usize,
}

impl Draws {
    /// The decisions that these octets are.
    pub fn new(octets: &[u8]) -> Self {
        Self { octets: octets.to_vec(), at: 0 }
    }

    /// The next one.
    pub fn octet(&mut self) -> u8 {
        let octet = self.octets.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        octet
    }

    /// The next two, as one number.
    pub fn number(&mut self) -> usize {
        usize::from(u16::from_be_bytes([self.octet(), self.octet()]))
    }

    /// What a server does with what it is asked.
    pub fn will(&mut self) -> Will {
        match self.octet() {
            0..128 => Will::Yes,
            128..144 => Will::No,
            144..160 => Will::Later,
            160..176 => Will::Farewell,
            176..184 => Will::EndBefore,
            184..192 => Will::EndAfter,
            192..200 => Will::FallBefore,
            200..208 => Will::FallAfter,
            208..224 => Will::Late(self.octet()),
            224..240 => Will::FarewellAfter,
            240.. => Will::Odd,
        }
    }

    /// Where and how a connection breaks by itself.
    pub fn rupture(&mut self) -> Rupture {
        let kind = self.octet();
        if kind < 192 {
            return Rupture::Nowhere;
        }
        let octets = self.number();
        // Small numbers are the places between commands, large ones those within a content.
        let octets = if octets < 1 << 15 { octets % 2048 } else { octets * 4 };
        match kind % 6 {
            0 => Rupture::Sending(octets),
            1 => Rupture::Stalling(octets),
            2 => Rupture::Slow(octets),
            3 => Rupture::Hearing(octets),
            4 => Rupture::Answering(octets),
            _ => Rupture::Falling(octets),
        }
    }
}

/// What a server does with what it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Will {
    /// It does it, and says so.
    Yes,
    /// It does not: 5xx.
    No,
    /// It does not: 4xx.
    Later,
    /// It does not: 421, and the end.
    Farewell,
    /// The end, without a word.
    EndBefore,
    /// It does it; then the end, without a word.
    EndAfter,
    /// It does nothing any more.
    FallBefore,
    /// It does it; then nothing any more.
    FallAfter,
    /// It does it, and says so after a time.
    Late(u8),
    /// It does it, and says so; then 421, and the end.
    FarewellAfter,
    /// What only some commands know.
    Odd,
}

/// How a connection breaks by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rupture {
    /// It does not.
    Nowhere,
    /// Sending fails behind so many octets; what was answered by then can be received.
    Sending(usize),
    /// Sending takes too long behind so many octets.
    Stalling(usize),
    /// Sending takes its time once, behind so many octets, and does not fail.
    Slow(usize),
    /// The server hears so many octets; the rest is lost, and there is silence.
    Hearing(usize),
    /// So many octets of the server's arrive, and then the end.
    Answering(usize),
    /// So many octets of the server's arrive, and then nothing.
    Falling(usize),
}
