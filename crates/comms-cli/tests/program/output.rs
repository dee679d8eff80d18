//! What standard output has to do with the status.

use std::fs::{self, File};
use std::io::Read;
use std::process::{Command, Output, Stdio};

use crate::support::{comms, failure, server, text};

/// What `program` says where the device of its standard output is full.
fn with_full_output(mut program: Command) -> Output {
    let full = File::options().write(true).open("/dev/full").unwrap();
    program.stdout(full).stderr(Stdio::piped()).output().unwrap()
}

fn send_to(url: &str, args: &[&str]) -> Command {
    let mut program = comms();
    program.args(["send", "--url", url, "--from", "ann@x.example", "--to", "bob@y.example"]);
    program.args(args);
    program
}

#[test]
#[cfg(target_os = "linux")]
fn a_delivery_stays_one_where_nobody_can_be_told() {
    for json in [&["--text", "x"][..], &["--text", "x", "--json"]] {
        let url = server(&[
            "220 mx\r\n",
            "250 mx\r\n",
            "250 ok\r\n",
            "250 ok\r\n",
            "354 go\r\n",
            "250 taken\r\n",
            "221 bye\r\n",
        ]);
        let (status, line) = failure(&with_full_output(send_to(&url, json)));
        assert_eq!(status, 0);
        assert!(line.starts_with("comms: cannot write to standard output: "), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn refused_recipients_are_named_where_standard_output_fails() {
    let url = server(&[
        "220 mx\r\n",
        "250 mx\r\n",
        "250 ok\r\n",
        "250 ok\r\n",
        "550 no\r\n",
        "354 go\r\n",
        "250 taken\r\n",
        "221 bye\r\n",
    ]);
    let output = with_full_output(send_to(&url, &["--text", "x", "--to", "eve@y.example"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).ends_with("comms: <eve@y.example> was refused: 550 no\n"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_failure_keeps_its_status_where_standard_output_fails() {
    let url = server(&["554 go away\r\n"]);
    let output = with_full_output(send_to(&url, &["--text", "x", "--json"]));
    assert_eq!(output.status.code(), Some(67));
    assert!(text(&output.stderr).contains(": 554 go away ("), "{output:?}");
}

#[test]
fn a_reader_of_a_dry_run_that_goes_away_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long");
    fs::write(&long, "many octets, more than a pipe holds\n".repeat(10_000)).unwrap();
    let mut program =
        send_to("smtp://localhost:1", &["--dry-run", "--text-file", long.to_str().unwrap()]);
    let mut program = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 4];
    program.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_dry_run_that_cannot_write_is_no_fault_of_the_message() {
    let output = with_full_output(send_to("smtp://localhost:1", &["--text", "x", "--dry-run"]));
    assert_eq!(output.status.code(), Some(70));
    let complaint = text(&output.stderr).lines().last().unwrap().to_owned();
    assert!(complaint.starts_with("comms: cannot write to standard output: "), "{complaint}");
}
