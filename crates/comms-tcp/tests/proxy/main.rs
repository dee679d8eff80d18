//! `Socks5` and `HttpConnect`, over scripted proxies.

#![cfg(test)]

mod both;
mod bottoms;
mod conform;
mod http_connect;
mod secrets;
mod socks5;
mod way;
