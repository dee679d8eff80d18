//! The program as a user runs it.
#![cfg(test)]

mod envelope;
mod output;
mod secrets;
mod secure;
mod send;
mod sink;
mod support;
mod usage;
