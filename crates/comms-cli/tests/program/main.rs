//! The program as a user runs it.
#![cfg(test)]

mod check;
mod config;
mod dkim;
mod r#do;
mod envelope;
mod folders;
mod inbox;
mod output;
mod pages;
mod secrets;
mod secure;
mod send;
mod sendmail;
mod several;
mod sink;
mod statuses;
mod stumbles;
mod support;
mod trace;
mod usage;
