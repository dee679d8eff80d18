//! `Tcp` over real sockets of the loopback interface, each at a port that the system chose.

#![cfg(test)]

mod connect;
mod listen;
mod octets;
mod peers;
