//! `Unix` over real sockets in a directory of their own.

#![cfg(test)]
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use comms_core::{CommsListener, CommsStack, DeadlinePassed, ErrorClass, Value};
use comms_tcp::{TcpError, Unix};
use comms_testkit::{ManualClock, Pair, conform};
use socket2::{Domain, SockAddr, Socket, Type};
use tempfile::TempDir;

/// Long enough for any machine, and short for deadlines that are meant to pass.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(30);

/// A directory of its own, and a path in it.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    (directory, path)
}

fn stack(path: &Path) -> CommsStack {
    let mut stack = CommsStack::new(Unix::new(path.to_str().unwrap())).unwrap();
    stack.limit(LONG, "test");
    stack
}

fn listening(path: &Path) -> CommsListener {
    let mut listener = stack(path).listen().unwrap();
    listener.limit(LONG);
    listener
}

/// A socket that a server left behind.
fn left_behind(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    assert!(fs::symlink_metadata(path).unwrap().file_type().is_socket());
}

#[test]
fn unix_keeps_the_rules_of_every_module_on_both_sides() {
    let directory = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    conform::check(|| {
        number.set(number.get() + 1);
        let path = directory.path().join(number.get().to_string());
        let listener = CommsStack::new(Unix::new(path.to_str().unwrap()))?.listen()?;
        Ok(Pair::listening(CommsStack::new(Unix::new(path.to_str().unwrap()))?, listener))
    })
    .unwrap();
}

#[test]
fn octets_go_both_ways_and_one_direction_can_end_first() {
    let (_directory, path) = place();
    let server = UnixListener::bind(&path).unwrap();
    let mut client = stack(&path);
    client.connect().unwrap();
    let (mut peer, _) = server.accept().unwrap();
    client.noop().unwrap();
    client.send(b"LHLO me\r\n").unwrap();
    client.invoke("end_sending", &[]).unwrap();
    let mut heard = String::new();
    peer.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "LHLO me\r\n");
    peer.write_all(b"250 you\r\n").unwrap();
    assert_eq!(client.receive(&mut [0; 3]).unwrap(), 3);
    assert!(client.unread().unwrap());
    assert_eq!(client.receive(&mut [0; 64]).unwrap(), 6);
    assert!(!client.unread().unwrap());
    drop(peer);
    assert_eq!(client.receive(&mut [0; 64]).unwrap(), 0);
    assert_eq!(client.noop().unwrap_err().class(), ErrorClass::Connection);
}

#[test]
fn nobody_at_the_path_is_said_in_plain_words() {
    let (_directory, path) = place();
    let shown = path.display();
    let error = stack(&path).connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connection);
    assert_eq!(
        error.sentence(),
        format!("Unix: cannot connect to {shown}: no such file or directory")
    );
    left_behind(&path);
    let error = stack(&path).connect().unwrap_err();
    assert_eq!(error.sentence(), format!("Unix: cannot connect to {shown}: connection refused"));
}

#[test]
fn a_path_that_no_socket_can_have_is_the_callers_mistake() {
    let long = "x".repeat(200);
    for wrong in ["", "\0abstract", "a\0b", &long] {
        let mut stack = CommsStack::new(Unix::new(wrong)).unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage, "{wrong:?}");
        assert_eq!(error.cause(), Some(&TcpError::Path { found: wrong.to_owned() }));
        assert_eq!(stack.listen().unwrap_err().class(), ErrorClass::Usage, "{wrong:?}");
    }
    let error = CommsStack::new(Unix::new("a\r\n\0")).unwrap().connect().unwrap_err();
    assert_eq!(error.to_string(), r"Unix: `path` is the path of a unix socket, not `a\r\n\0`");
}

/// A path at which all places to wait are taken.
#[cfg(target_os = "linux")]
fn full(path: &Path) -> (Socket, Vec<Socket>) {
    let server = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let address = SockAddr::unix(path).unwrap();
    server.bind(&address).unwrap();
    server.listen(0).unwrap();
    let mut waiting = Vec::new();
    loop {
        let one = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        one.set_nonblocking(true).unwrap();
        match one.connect(&address) {
            Ok(()) => waiting.push(one),
            Err(_) => return (server, waiting),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_without_room_is_waited_for_until_the_deadline() {
    let (_directory, path) = place();
    let (_server, _waiting) = full(&path);
    let unix = Unix::new(path.to_str().unwrap()).connect_timeout(SHORT);
    let mut stack = CommsStack::new(unix).unwrap();
    let began = Instant::now();
    let error = stack.connect().unwrap_err();
    assert!(began.elapsed() >= SHORT);
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(error.cause::<DeadlinePassed>().unwrap().reason, "connect");

    stack.set_clock(ManualClock::new());
    assert_eq!(stack.connect().unwrap_err().class(), ErrorClass::Timeout, "the clock stands still");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_finds_room_in_time_is_connected_to() {
    let (_directory, path) = place();
    let (server, waiting) = full(&path);
    let mut stack = stack(&path);
    thread::scope(|scope| {
        let connecting = scope.spawn(|| stack.connect());
        for _ in &waiting {
            server.accept().unwrap();
        }
        connecting.join().unwrap().unwrap();
    });
    // The time that was given to the connect is not left to what follows.
    stack.unlimit();
    stack.send(b"here I am").unwrap();
    let (peer, _) = server.accept().unwrap();
    let mut heard = [0; 16];
    assert_eq!((&peer).read(&mut heard).unwrap(), 9);
}

#[test]
fn a_socket_that_was_left_behind_is_replaced() {
    let (_directory, path) = place();
    left_behind(&path);
    let mut listener = listening(&path);
    let mut client = stack(&path);
    client.connect().unwrap();
    assert!(listener.accept().unwrap().is_connected());
}

#[test]
fn a_server_that_answers_keeps_its_socket() {
    let (_directory, path) = place();
    let mut listener = listening(&path);
    let error = stack(&path).listen().unwrap_err();
    assert_eq!(
        error.sentence(),
        format!("Unix: cannot listen at {}: address already in use", path.display())
    );
    let mut client = stack(&path);
    client.connect().unwrap();
    // The question whether it answers has left a peer that is gone; ours comes behind it.
    client.send(b"x").unwrap();
    let mut heard = 0;
    while heard == 0 {
        heard = listener.accept().unwrap().receive(&mut [0; 8]).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_without_room_keeps_its_socket_as_well() {
    let (_directory, path) = place();
    let (_server, _waiting) = full(&path);
    let error = stack(&path).listen().unwrap_err();
    assert!(matches!(error.cause(), Some(TcpError::CannotListenAtPath { .. })));
    assert!(path.exists());
}

#[test]
fn a_file_of_another_kind_is_never_removed() {
    let (directory, path) = place();
    fs::write(&path, "precious").unwrap();
    let error = stack(&path).listen().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connection);
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

    let link = directory.path().join("link");
    let stale = directory.path().join("stale");
    left_behind(&stale);
    symlink(&stale, &link).unwrap();
    stack(&link).listen().unwrap_err();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(stale.exists());
}

#[test]
fn the_file_goes_with_the_listener_and_not_with_those_it_served() {
    let (_directory, path) = place();
    let mut listener = listening(&path);
    let mut client = stack(&path);
    client.connect().unwrap();
    let mut served = listener.accept().unwrap();
    served.disconnect().unwrap();
    drop(served);
    assert!(path.exists());
    drop(listener);
    assert!(!path.exists());
}

#[test]
fn a_file_that_another_server_put_there_stays() {
    let (_directory, path) = place();
    let listener = listening(&path);
    // The number of a file that is gone may be given to the next one.
    let kept = path.with_extension("kept");
    fs::rename(&path, &kept).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    drop(listener);
    assert!(path.exists());
    UnixStream::connect(&path).unwrap();
}

#[test]
fn accept_ends_at_its_deadline_whatever_the_clock_says() {
    let (_directory, path) = place();
    let mut prototype = stack(&path);
    prototype.set_clock(ManualClock::new());
    let mut listener = prototype.listen().unwrap();
    listener.limit(SHORT);
    let error = listener.accept().unwrap_err();
    assert_eq!(error.cause::<DeadlinePassed>().unwrap().reason, "next peer");
}

#[test]
fn the_path_is_a_property_by_name() {
    let mut stack = CommsStack::new(Unix::default()).unwrap();
    stack.set("path", "/run/dovecot/lmtp").unwrap();
    let path = Value::Text("/run/dovecot/lmtp".to_owned());
    assert_eq!(stack.get("Unix.path").unwrap().value, Some(path));
    assert!(stack.set("path", 7).is_err());
}
