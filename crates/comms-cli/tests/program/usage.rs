//! Calls that make no sense, and the advice that they get.

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use crate::support::{comms, failure, send, text};

#[test]
fn noop_takes_no_argument() {
    let output = comms().args(["noop", "--url", "smtp://localhost:1", "junk"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    assert!(text(&output.stderr).contains("unexpected argument 'junk'"), "{output:?}");
}

#[test]
fn a_password_in_a_setting_that_is_none_is_not_repeated() {
    for setting in ["Smtp.password:hunter2", "=hunter2", "hunter2"] {
        for json in [&["--json"][..], &[]] {
            let output = send("smtp://localhost:1", &[&["--set", setting], json].concat());
            assert_eq!(output.status.code(), Some(64), "{output:?}");
            let said = text(&output.stderr) + &text(&output.stdout);
            assert!(said.contains("it takes Layer.property=value"), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[test]
fn standard_input_is_given_once() {
    let output = send("smtp://localhost:1", &["--text-file", "-", "--html-file", "-"]);
    assert_eq!(
        failure(&output),
        (64, "comms: --text-file and --html-file cannot both be standard input".to_owned())
    );
}

#[test]
fn a_busy_port_of_the_sink_is_no_matter_of_urls() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap();
    for flag in ["--listen", "--http"] {
        let output = comms().args(["sink", flag, &address.to_string()]).output().unwrap();
        assert!(output.stdout.is_empty(), "{flag}");
        let (status, line) = failure(&output);
        assert_eq!(status, 69);
        assert_eq!(
            line,
            format!(
                "comms: Tcp: cannot listen at 127.0.0.1 port {}: {address} address already in use \
                 (name another address with --listen or --http; port 0 takes a free one)",
                address.port()
            )
        );
    }
}

#[test]
fn a_reset_in_mid_session_is_no_matter_of_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 mx\r\n").unwrap();
        // What came and was not read makes a reset of the end.
        stream.peek(&mut [0]).unwrap();
    });
    let (status, line) = failure(&send(&url, &["--text", "x"]));
    server.join().unwrap();
    assert_eq!(status, 69);
    assert!(line.ends_with("the connection was reset by the peer (try again)"), "{line}");
}
