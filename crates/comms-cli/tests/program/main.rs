//! The program as a user runs it.
#![cfg(test)]

mod output;
mod send;
mod sink;
mod support;
mod usage;
