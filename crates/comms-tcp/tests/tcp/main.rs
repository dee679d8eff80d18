//! `Tcp` over real sockets of the loopback interface, each at a port that the system chose.

#![cfg(test)]

mod conform;
mod connect;
mod ending;
mod listen;
mod octets;
mod peers;
