//! Where a fault strikes, and how: values with a text form.

use std::fmt;

use comms_core::{Operation, PropertyValue, Shape, Value};

use crate::scenario::step::Cut;

/// Which operation fails, and how. As text it is `[KIND:]NTH[:HOW]`, counted from 1 over all
/// connections: `7`, `send:2`, `flush:1:after`, `send:3:10`, `receive:2:timeout`.
///
/// ```
/// use comms_core::{Operation, PropertyValue};
/// use comms_testkit::FaultPoint;
///
/// let point = FaultPoint::nth_of(Operation::Send, 3).after_octets(10);
/// assert_eq!(point.to_string(), "send:3:10");
/// assert_eq!(FaultPoint::from_value("send:3:10".into()), Some(point));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultPoint {
    pub(crate) operation: Option<Operation>,
    pub(crate) nth: u64,
    pub(crate) how: How,
}

/// In what way an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Nothing is done, and the connection is lost.
    Before,
    /// It is done, and the connection is lost all the same.
    After,
    /// So many octets of a payload go down before the connection is lost.
    Part(usize),
    /// Its time runs out; the next call goes on.
    TimeOut,
}

impl FaultPoint {
    /// The `nth` of all operations, from 1.
    pub fn nth(nth: u64) -> Self {
        Self { operation: None, nth, how: How::Before }
    }

    /// The `nth` operation of one kind, from 1.
    pub fn nth_of(operation: Operation, nth: u64) -> Self {
        Self { operation: Some(operation), ..Self::nth(nth) }
    }

    /// The operation is done, and fails all the same: a flush whose octets went, a receive whose
    /// octets are lost.
    pub fn after_it(self) -> Self {
        Self { how: How::After, ..self }
    }

    /// If it is a send, so many octets of its payload go down before it fails.
    pub fn after_octets(self, octets: usize) -> Self {
        Self { how: How::Part(octets), ..self }
    }

    /// The operation does nothing until its deadline, and ends there. The next call goes on as if
    /// nothing had been.
    pub fn by_timeout(self) -> Self {
        Self { how: How::TimeOut, ..self }
    }
}

impl fmt::Display for FaultPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "{operation}:")?;
        }
        write!(f, "{}", self.nth)?;
        match self.how {
            How::Before => Ok(()),
            How::After => f.write_str(":after"),
            How::Part(octets) => write!(f, ":{octets}"),
            How::TimeOut => f.write_str(":timeout"),
        }
    }
}

impl PropertyValue for FaultPoint {
    const TYPE: &'static str = "[KIND:]NTH[:HOW], such as 7, send:2, send:3:10, flush:1:after or \
                                receive:2:timeout";
    const SHAPE: Shape = Shape::TextOrNumber;

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }

    fn from_value(value: Value) -> Option<Self> {
        let text = match value {
            Value::Integer(nth) => nth.to_string(),
            other => other.as_text()?.to_owned(),
        };
        let (operation, rest) = match text.split_once(':') {
            Some((word, rest)) if word.parse::<u64>().is_err() => (Some(kind(word)?), rest),
            _ => (None, text.as_str()),
        };
        let (nth, how) = rest.split_once(':').unwrap_or((rest, ""));
        let how = match how {
            "" => How::Before,
            "after" => How::After,
            "timeout" => How::TimeOut,
            octets => How::Part(octets.parse().ok()?),
        };
        let nth = nth.parse().ok().filter(|nth| *nth > 0)?;
        Some(Self { operation, nth, how })
    }
}

fn kind(word: &str) -> Option<Operation> {
    KINDS.iter().copied().find(|kind| kind.name() == word)
}

/// After so many octets the connection ends in this way. As text: `120:reset`, `0:close`, `7:stall`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutPoint {
    /// Octets that still pass.
    pub octets: u64,
    /// How the connection ends.
    pub cut: Cut,
}

impl fmt::Display for CutPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.octets, self.cut)
    }
}

impl PropertyValue for CutPoint {
    const TYPE: &'static str = "OCTETS:HOW, such as 120:reset, 0:close or 7:stall";

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }

    fn from_value(value: Value) -> Option<Self> {
        let (octets, word) = value.as_text()?.split_once(':')?;
        let cuts = [Cut::Close, Cut::Reset, Cut::Stall];
        let cut = cuts.into_iter().find(|cut| cut.to_string() == word)?;
        Some(Self { octets: octets.parse().ok()?, cut })
    }
}

/// The octet behind so many others arrives with these bits turned over. As text: `17:x20`, or `17`
/// for its lowest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlipPoint {
    /// Octets that pass before it.
    pub octets: u64,
    /// The bits that are turned over.
    pub bits: u8,
}

impl fmt::Display for FlipPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:x{:02x}", self.octets, self.bits)
    }
}

impl PropertyValue for FlipPoint {
    const TYPE: &'static str = "OCTETS[:xBITS], such as 17 or 17:x20";
    const SHAPE: Shape = Shape::TextOrNumber;

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }

    fn from_value(value: Value) -> Option<Self> {
        let text = match value {
            Value::Integer(octets) => octets.to_string(),
            other => other.as_text()?.to_owned(),
        };
        let (octets, bits) = text.split_once(":x").unwrap_or((&text, "01"));
        let bits = u8::from_str_radix(bits, 16).ok().filter(|bits| *bits > 0)?;
        Some(Self { octets: octets.parse().ok()?, bits })
    }
}

/// What can fail.
const KINDS: [Operation; 10] = [
    Operation::Connect,
    Operation::Send,
    Operation::Receive,
    Operation::ReceiveUntil,
    Operation::Flush,
    Operation::Unread,
    Operation::Noop,
    Operation::Reset,
    Operation::StartTls,
    Operation::Disconnect,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_read_as_it_is_written_and_nothing_else_is_one() {
        for text in ["7", "send:2", "flush:1:after", "send:3:10", "receive_until:2:timeout"] {
            let point = FaultPoint::from_value(text.into()).unwrap();
            assert_eq!(point.to_string(), text);
        }
        assert_eq!(FaultPoint::from_value(3.into()), Some(FaultPoint::nth(3)));
        for wrong in ["", "0", "send", "send:", "send:0", "post:1", "send:1:soon", "1:2:3"] {
            assert_eq!(FaultPoint::from_value(wrong.into()), None, "{wrong}");
        }
        for text in ["120:reset", "0:close", "7:stall"] {
            assert_eq!(CutPoint::from_value(text.into()).unwrap().to_string(), text);
        }
        for wrong in ["", "7", "7:", "x:reset", "7:burn"] {
            assert_eq!(CutPoint::from_value(wrong.into()), None, "{wrong}");
        }
        assert_eq!(FlipPoint::from_value("17".into()).unwrap().to_string(), "17:x01");
        assert_eq!(FlipPoint::from_value("17:x20".into()).unwrap().bits, 0x20);
        for wrong in ["", "17:20", "17:x00", "17:xgg", "x"] {
            assert_eq!(FlipPoint::from_value(wrong.into()), None, "{wrong}");
        }
    }
}
