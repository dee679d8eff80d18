//! The program as a user runs it.
#![cfg(test)]

mod output;
mod send;
mod support;
mod usage;
