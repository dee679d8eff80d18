//! What is known of the channel that lies below: whether others can read along.

use comms_core::{Below, Property, Value};

use crate::auth::scram::client::ChannelData;

/// The channel, as far as its secrecy is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Nobody else reads it.
    Secure,
    /// Everybody on the way reads it, and it can be made secure.
    Plain,
    /// Everybody on the way reads it: no layer below knows TLS.
    WithoutTls,
}

impl Channel {
    pub(crate) fn of(below: &dyn Below) -> Self {
        match below.get(ACTIVE) {
            Ok(Property { value: Some(Value::Bool(true)), .. }) => Self::Secure,
            Ok(_) => Self::Plain,
            Err(_) => Self::WithoutTls,
        }
    }
}

/// What an exchange can be bound to, if the channel has anything of the kind.
pub(crate) fn binding(below: &mut dyn Below) -> Option<ChannelData> {
    BINDINGS.into_iter().find_map(|kind| match below.invoke("channel_binding", &[kind.into()]) {
        Ok(Value::Octets(octets)) if !octets.is_empty() => Some(ChannelData { kind, octets }),
        _ => None,
    })
}

/// Whether the layer below has a secure channel; only such a layer has this property.
const ACTIVE: &str = "Tls.active";

/// The channel bindings of RFC 9266 and RFC 5929 4, the best first.
const BINDINGS: [&str; 2] = ["tls-exporter", "tls-server-end-point"];
