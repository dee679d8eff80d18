//! The ways through a proxy that the tests go: each a layer, and a proxy that serves it.

use std::time::Duration;

use comms_core::{CommsModule, CommsStack, Secret};
use comms_tcp::{HttpConnect, Socks5};
use comms_testkit::Script;

/// A layer, and what it says and hears until it is connected.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) layer: fn() -> Box<dyn CommsModule>,
    /// What the layer says (the even ones) and what the proxy answers to each.
    pub(crate) dialogue: &'static [(&'static [u8], &'static [u8])],
}

/// Nobody's password but this one's.
pub(crate) const MARKER: &str = "hunter2-Marker";

/// Base64 of `ann:hunter2-Marker`.
pub(crate) const TOKEN: &str = "YW5uOmh1bnRlcjItTWFya2Vy";

pub(crate) const WAYS: [Way; 4] = [
    Way {
        name: "Socks5",
        layer: || Box::new(Socks5::new("mail.example", 25)),
        dialogue: &[(b"\x05\x01\x00", b"\x05\x00"), (SOCKS_REQUEST, SOCKS_REPLY)],
    },
    Way {
        name: "Socks5",
        layer: || Box::new(Socks5::new("mail.example", 25).credentials("ann", Secret::new(MARKER))),
        dialogue: &[
            (b"\x05\x02\x00\x02", b"\x05\x02"),
            (b"\x01\x03ann\x0ehunter2-Marker", b"\x01\x00"),
            (SOCKS_REQUEST, SOCKS_REPLY),
        ],
    },
    Way {
        name: "HttpConnect",
        layer: || Box::new(HttpConnect::new("mail.example", 25)),
        dialogue: &[(
            b"CONNECT mail.example:25 HTTP/1.1\r\nHost: mail.example:25\r\n\r\n",
            b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy.example\r\n\r\n",
        )],
    },
    Way {
        name: "HttpConnect",
        layer: || {
            Box::new(HttpConnect::new("mail.example", 25).credentials("ann", Secret::new(MARKER)))
        },
        dialogue: &[(
            b"CONNECT mail.example:25 HTTP/1.1\r\nHost: mail.example:25\r\n\
              Proxy-Authorization: Basic YW5uOmh1bnRlcjItTWFya2Vy\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\n",
        )],
    },
];

const SOCKS_REQUEST: &[u8] = b"\x05\x01\x00\x03\x0cmail.example\x00\x19";
const SOCKS_REPLY: &[u8] = b"\x05\x00\x00\x01\xc0\x00\x02\x01\x12\x67";

impl Way {
    /// A proxy that serves this layer.
    pub(crate) fn proxy(&self) -> Script {
        let exchange = |script: Script, (said, answer): &(&[u8], &[u8])| {
            script.expect(said).expect_read().reply(answer)
        };
        self.dialogue.iter().fold(Script::new(), exchange)
    }

    /// All that the proxy answers.
    pub(crate) fn answers(&self) -> Vec<u8> {
        self.dialogue.iter().flat_map(|(_, answer)| answer.iter().copied()).collect()
    }

    /// All that the layer says.
    pub(crate) fn requests(&self) -> Vec<u8> {
        self.dialogue.iter().flat_map(|(said, _)| said.iter().copied()).collect()
    }

    /// The layer above `bottom`, with a net below: nothing takes a minute.
    pub(crate) fn over(&self, bottom: impl CommsModule) -> CommsStack {
        let mut stack = CommsStack::of(vec![(self.layer)(), Box::new(bottom)]).unwrap();
        stack.limit(Duration::from_secs(60), "test");
        stack
    }
}

/// Receives until nothing more comes.
pub(crate) fn hear_all(stack: &mut CommsStack) -> Vec<u8> {
    let (mut heard, mut some) = (Vec::new(), [0; 7]);
    loop {
        match stack.receive(&mut some).unwrap() {
            0 => return heard,
            octets => heard.extend_from_slice(&some[..octets]),
        }
    }
}

/// Octets that the layers keep for those above.
pub(crate) fn pending(stack: &CommsStack) -> usize {
    stack.modules().map(CommsModule::pending).sum()
}
