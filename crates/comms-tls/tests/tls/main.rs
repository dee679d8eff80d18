//! The layer between two ends of a loopback, with certificates made for the purpose.

mod certificates;
mod cut;
mod identity;
mod octets;
mod sessions;
mod starting;
mod support;
