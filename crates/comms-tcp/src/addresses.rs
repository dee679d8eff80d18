//! From a host's name to the addresses to try, in the order to try them.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// The addresses of `host`, in the system's order of preference (RFC 6724). An IPv6 address may
/// stand in brackets.
///
/// The system's resolver takes the time it takes (its own limit is in `resolv.conf`): it cannot be
/// interrupted, and we start no thread to leave it behind in.
pub(crate) fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in (bare, port).to_socket_addrs()? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// The two families by turns, each in the order it had, beginning with the family that came first
/// (RFC 8305 4).
pub(crate) fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let ipv6_first = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == ipv6_first);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = Vec::new();
    while first.len() + second.len() > 0 {
        turns.extend(first.next());
        turns.extend(second.next());
    }
    turns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(addresses: &[&str]) -> Vec<String> {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        interleave(addresses).iter().map(SocketAddr::to_string).collect()
    }

    #[test]
    fn the_families_take_turns_and_the_preferred_one_begins() {
        assert_eq!(
            ordered(&["[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1", "10.0.0.2:1"]),
            ["[::1]:1", "10.0.0.1:1", "[::2]:1", "10.0.0.2:1", "[::3]:1"]
        );
        assert_eq!(
            ordered(&["10.0.0.1:1", "10.0.0.2:1", "[::1]:1"]),
            ["10.0.0.1:1", "[::1]:1", "10.0.0.2:1"]
        );
        assert_eq!(ordered(&[]), [""; 0]);
    }

    #[test]
    fn an_address_stands_for_itself_with_and_without_brackets() {
        let v6: SocketAddr = "[::1]:25".parse().unwrap();
        assert_eq!(look_up("::1", 25).unwrap(), [v6]);
        assert_eq!(look_up("[::1]", 25).unwrap(), [v6]);
        assert_eq!(look_up("127.0.0.1", 25).unwrap(), ["127.0.0.1:25".parse().unwrap()]);
    }

    #[test]
    fn a_name_that_cannot_be_one_is_not_asked_for() {
        assert_eq!(look_up("a\0b", 25).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
