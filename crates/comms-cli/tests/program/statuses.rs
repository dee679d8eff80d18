//! The exit statuses, each by a call that has it; and the object that goes with a failure.

use std::process::Output;

use serde_json::Value;

use crate::support::{comms, faulty, send, server, text};

/// Runs it, and again with `--json`: the same status, and an object with the class of the error.
fn has(status: i32, class: &str, run: impl Fn(&[&str]) -> Output) {
    let output = run(&["--text", "x"]);
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    let output = run(&["--text", "x", "--json"]);
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let error = &report["error"];
    assert_eq!(error["class"].as_str().unwrap_or_default(), class, "{report}");
    if class.is_empty() {
        return;
    }
    for key in ["class", "layer", "command", "code", "enhanced", "text", "remedy"] {
        assert!(error.get(key).is_some(), "{key}: {report}");
    }
    let said = text(&output.stderr);
    let sentence = error["text"].as_str().unwrap();
    assert!(said.contains(sentence) || status == 64, "{said}\n{report}");
}

#[test]
fn every_status_of_a_send_is_met() {
    let against =
        |rules: &'static [&'static str]| move |args: &[&str]| send(&faulty(rules).0, args);
    has(0, "", against(&[]));
    has(1, "", |args| {
        let more = [&["--to", "eve@y.example"], args].concat();
        send(&faulty(&["rcpt:2:550 5.1.1 no"]).0, &more)
    });
    has(67, "permanent", against(&["rcpt:550 5.1.1 no"]));
    has(75, "transient", against(&["mail:451 4.3.0 later"]));
    has(69, "connection", |args| send("smtp://127.0.0.1:9?tls=none", args));
    has(74, "delivery_unknown", against(&["content:close"]));
    has(76, "protocol", |args| send(&server(&["SSH-2.0-x\r\n"]), args));
    has(77, "authentication", |args| {
        send(&faulty(&[]).0.replace("?tls=none", "?tls=required"), args)
    });
    has(64, "usage", |args| send("http://x", args));
    has(64, "usage", |args| send("smtp://127.0.0.1:9", &[args, &["--nonsense"]].concat()));
    has(65, "content", |args| {
        send("smtp://127.0.0.1:9?tls=none", &[args, &["--cc", "nobody"]].concat())
    });
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_70() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let status = comms().args(["completions", "bash"]).stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(70));
}

#[test]
fn an_answer_is_an_object_and_so_is_a_refusal() {
    for (call, status) in [(&["noop"][..], 0), (&["vrfy", "ann"], 0), (&["help"], 0)] {
        let (url, _) = faulty(&[]);
        let (first, rest) = call.split_first().unwrap();
        let output = comms().args([*first, "--url", &url, "--json"]).args(rest).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer["answer"][0].is_string() && answer["error"].is_null(), "{answer}");
    }
    let (url, _) = faulty(&["expn:550 5.7.1 no"]);
    let output = comms().args(["expn", "--url", &url, "--json", "staff"]).output().unwrap();
    assert_eq!(output.status.code(), Some(67), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&answer["error"]["code"], &answer["error"]["enhanced"]),
        (&550.into(), &"5.7.1".into())
    );
}

#[test]
fn a_stack_is_an_object_with_every_property() {
    let args = ["stack", "--url", "submission://mail.example", "--json"];
    let output = comms().args(args).output().unwrap();
    let stack: Value = serde_json::from_slice(&output.stdout).unwrap();
    let layers = stack["layers"].as_array().unwrap();
    let names = layers.iter().map(|layer| layer["name"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(names, ["Smtp", "Util", "Tls", "Tcp"]);
    let host = layers[3]["properties"].as_array().unwrap().iter().find(|it| it["name"] == "host");
    assert_eq!(host.unwrap()["value"], "mail.example");
}

#[test]
fn a_dry_run_is_an_object_with_envelope_and_message() {
    let url = "smtp://127.0.0.1:9?tls=none";
    let output = send(url, &["--text", "hi", "--bcc", "eve@y.example", "--dry-run", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let run: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(run["sender"], "ann@x.example");
    assert_eq!(run["recipients"], serde_json::json!(["bob@y.example", "eve@y.example"]));
    let message = run["message"].as_str().unwrap();
    assert!(message.ends_with("\r\n\r\nhi\r\n"), "{message:?}");
    assert_eq!(run["octets"], message.len());
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut program = comms();
        program.args(["noop", "--url", "http://x"]).envs(variables.iter().copied());
        text(&program.output().unwrap().stderr).contains('\u{1b}')
    };
    assert!(!coloured(&[]), "standard error is no terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
