//! `--trace`, `--log-level` and `RUST_LOG`: seeing inside.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Sink, comms, failure, send, server, text};

#[test]
fn a_trace_is_in_the_form_that_its_ending_names_also_of_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let taken = Sink::start(&[]);
    let refused = Sink::start(&["--fail", "rcpt:550 5.1.1 nobody"]);
    for (url, status, word) in
        [(&taken.url, 0, "250 2.0.0"), (&refused.url, 67, "550 5.1.1 nobody")]
    {
        let names = ["t.html", "t.txt", "t.jsonl", "t.pcapng"].map(path);
        let mut args = vec!["--text", "Hello"];
        args.extend(names.iter().flat_map(|name| ["--trace", name]));
        let output = send(url, &args);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let [page, transcript, lines, capture] = names.map(|name| fs::read(name).unwrap());
        assert!(text(&page).ends_with("</html>\n") && text(&page).contains(word));
        let transcript = text(&transcript);
        assert!(transcript.contains(&format!("<- {word}")), "{transcript}");
        assert!(transcript.contains("\n--- in all\n"), "{transcript}");
        for line in text(&lines).lines() {
            let object = serde_json::from_str::<serde_json::Value>(line).unwrap();
            assert!(object["comms_trace"] == 1 || object["at"].is_u64(), "{line}");
        }
        assert!(text(&lines).contains("\"event\":\"end\",\"operation\":\"disconnect\""));
        assert!(capture.starts_with(b"\x0a\x0d\x0d\x0a"));
        assert!(String::from_utf8_lossy(&capture).contains(word));
    }
}

/// What was traced so far is the very thing that is wanted of a send that hangs.
#[cfg(unix)]
#[test]
fn an_interrupt_loses_no_trace() {
    use std::os::unix::process::ExitStatusExt;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let names = ["t.html", "t.txt", "t.jsonl", "t.pcapng"].map(path);
    let sink = Sink::start(&["--fail", "mail:1:stall"]);
    let mut program = comms();
    program.args(["send", "--url", &sink.url, "--from", "ann@x.example", "--to", "bob@y.example"]);
    program.args(["--text", "x"]).args(names.iter().flat_map(|name| ["--trace", name]));
    let mut program = program.spawn().unwrap();
    let lines = || fs::read_to_string(&names[2]).unwrap_or_default();
    // It is written before the program waits for the reply that does not come.
    while !lines().contains("MAIL FROM") {
        assert!(program.try_wait().unwrap().is_none(), "{}", lines());
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-INT", &program.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(program.wait().unwrap().signal(), Some(2));
    let [page, transcript, lines, _] = names.map(|name| fs::read(name).unwrap());
    assert!(text(&page).ends_with("</html>\n") && text(&page).contains("MAIL FROM"));
    assert!(text(&transcript).contains("\n--- in all\n"), "{}", text(&transcript));
    assert!(text(&lines).ends_with("}\n"));
}

#[test]
fn a_dry_run_checks_its_traces_and_writes_none() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("t.txt");
    fs::write(&kept, "the trace of yesterday").unwrap();
    let trace = |wish: &str| send(UNUSED, &["--dry-run", "--text", "x", "--trace", wish]);
    assert_eq!(trace(kept.to_str().unwrap()).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&kept).unwrap(), "the trace of yesterday");
    let (status, line) = failure(&trace(&format!("Udp={}", kept.display())));
    assert!(status == 64 && line.contains("has no layer Udp"), "{line}");
    let args = ["--dry-run", "--text", "x", "--log", "x.log", "--log-level", "Udp=all"];
    assert_eq!(failure(&send(UNUSED, &args)).0, 64);
}

/// Nobody listens there.
const UNUSED: &str = "smtp://127.0.0.1:1?tls=none";

#[cfg(unix)]
#[test]
fn a_trace_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    send(&server(&["220 a\r\n"]), &["--text", "x", "--trace", path.to_str().unwrap()]);
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_trace_that_makes_no_sense_is_told_before_anybody_is_connected_to() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("t.jsonl");
    let there = there.to_str().unwrap();
    for (trace, said) in [
        ("t.pdf".to_owned(), ".html (a page), .txt (a transcript), .jsonl"),
        ("trace".to_owned(), ".pcapng (a capture for Wireshark)"),
        (format!("Tcp={there}"), "it has all layers: leave LAYER= away"),
        ("Udp=t.txt".to_owned(), "has no layer Udp"),
        (format!("{}/no/such/folder/t.txt", folder.path().display()), "No such file"),
    ] {
        // To connect would be 69.
        let output = send(UNUSED, &["--text", "x", "--trace", &trace]);
        assert_eq!(output.status.code(), Some(64), "{output:?}");
        assert!(text(&output.stderr).contains(said), "{trace}: {}", text(&output.stderr));
    }
    assert!(!Path::new(there).exists());
}

#[test]
fn several_connections_and_questions_have_a_trace_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.txt");
    let path = path.to_str().unwrap();
    let sink = Sink::start(&[]);
    let mail = folder.path().join("1.eml");
    fs::write(&mail, "Subject: a\n\nb\n").unwrap();
    let mail = mail.to_str().unwrap();
    let args = ["--raw", mail, "--raw", mail, "--connections", "2", "--trace", path];
    assert_eq!(send(&sink.url, &args).status.code(), Some(0));
    let transcript = fs::read_to_string(path).unwrap();
    assert_eq!(transcript.matches("--- in all").count(), 2, "{transcript}");
    assert!(transcript.contains("   2   Smtp     <- 220"), "{transcript}");

    for args in [&["noop"][..], &["vrfy", "ann"], &["help"], &["do", "helo", "+", "quit"]] {
        let (command, rest) = args.split_first().unwrap();
        let trace = ["--url", sink.url.as_str(), "--trace", path];
        let output = comms().arg(command).args(trace).args(rest).output().unwrap();
        let transcript = fs::read_to_string(path).unwrap();
        assert!(transcript.contains("-> QUIT"), "{args:?} {output:?} {transcript}");
    }
}

#[test]
fn a_log_has_of_each_layer_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let log = log.to_str().unwrap();
    let sink = Sink::start(&[]);
    let run = |levels: &str| {
        let _ = fs::remove_file(log);
        let output = send(&sink.url, &["--text", "x", "--log", log, "--log-level", levels]);
        (output, fs::read_to_string(log).unwrap_or_default())
    };
    let (_, written) = run("Smtp=script,Tcp=production");
    assert!(written.contains(" Smtp     C: EHLO "), "{written}");
    assert!(written.contains(" Tcp      connected to "), "{written}");
    assert!(!written.contains(" Util ") && !written.contains(" > "), "{written}");
    let (_, written) = run("trace");
    assert!(written.contains(" Util     > receive_until") && !written.contains("->"), "{written}");

    for (levels, said) in [
        ("Smtp=pdu", "did you mean `pdus`?"),
        ("Smpt=pdus", "has no layer Smpt: did you mean `Smtp`?"),
        ("Tls=pdus", "has no layer Tls"),
    ] {
        let (output, _) = run(levels);
        assert_eq!(output.status.code(), Some(64), "{output:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
    let (status, line) = failure(&{
        let url = "smtp://127.0.0.1:1?tls=none";
        send(url, &["--text", "x", "--log", log, "--log-level", "Nobody=all"])
    });
    assert_eq!(status, 64, "{line}");
}

#[test]
fn rust_log_selects_by_layer_and_level_as_users_of_env_logger_expect() {
    let sink = Sink::start(&[]);
    for (variable, is_there, is_not) in [
        ("info", &["INFO  comms::Tcp] #1 connected to "][..], &["C: EHLO", " > send"][..]),
        ("comms=debug", &["DEBUG comms::Smtp] #1 C: EHLO", "INFO  comms::Tcp]"], &[" > send"]),
        ("comms::Smtp=debug", &["DEBUG comms::Smtp] #1 C: EHLO"], &["comms::Tcp", "comms::Util"]),
        ("comms::Util=trace", &["TRACE comms::Util] #1 > send", "-> EHLO"], &["comms::Smtp"]),
        ("warn", &[], &["comms::"]),
        ("off", &[], &["comms::"]),
    ] {
        let mut program = comms();
        program.args(["noop", "--url", &sink.url]).env("RUST_LOG", variable);
        let output = program.output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let said = text(&output.stderr);
        for word in is_there {
            assert!(said.contains(word), "{variable}: {word}: {said}");
        }
        for word in is_not {
            assert!(!said.contains(word), "{variable}: {word}: {said}");
        }
    }
}
