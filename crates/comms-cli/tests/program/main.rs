//! The program as a user runs it.
#![cfg(test)]

mod send;
mod support;
