//! `comms sink`.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
#[cfg(target_os = "linux")]
fn a_sink_without_descriptors_says_so_once_and_accepts_again_when_there_are_some() {
    let mut sink = Command::new("sh")
        .args(["-c", "ulimit -n 9 && exec \"$0\" sink", env!("CARGO_BIN_EXE_comms")])
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut address = String::new();
    BufReader::new(sink.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
    let clients = (0..20).map(|_| TcpStream::connect(address.trim()).unwrap()).collect::<Vec<_>>();
    let mut complaints = BufReader::new(sink.stderr.take().unwrap());
    let mut first = String::new();
    complaints.read_line(&mut first).unwrap();
    assert!(first.starts_with("comms: a client was not accepted: Tcp: "), "{first}");
    drop(clients);
    let mut greeting = String::new();
    let late = TcpStream::connect(address.trim()).unwrap();
    BufReader::new(late).read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("220 "), "{greeting}");
    sink.kill().unwrap();
    sink.wait().unwrap();
    let lines = complaints.lines().map(Result::unwrap);
    let refusals = lines.filter(|line| line.contains("was not accepted")).count();
    assert!(refusals < 20, "{refusals} complaints of 20 clients");
}
