//! The layer between two ends of a loopback, with certificates made for the purpose.

#![cfg(test)]

mod certificates;
mod cut;
mod identity;
mod octets;
mod serving;
mod sessions;
mod starting;
mod support;
