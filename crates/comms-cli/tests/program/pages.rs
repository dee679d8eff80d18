//! `comms completions`, `comms man` and `--help`: what the program says of itself.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::{comms, fed, text};

/// Every subcommand that there is.
const SUBCOMMANDS: [&str; 13] = [
    "send",
    "sendmail",
    "check",
    "noop",
    "vrfy",
    "expn",
    "help",
    "do",
    "stack",
    "sink",
    "config",
    "completions",
    "man",
];

fn said(args: &[&str]) -> String {
    let output = comms().args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout)
}

/// Whether there is such a program on this machine.
fn is_there(program: &str, args: &[&str]) -> bool {
    let found = Command::new(program).args(args).stdin(Stdio::null()).output();
    found.is_ok_and(|output| output.status.success())
}

#[test]
fn bash_completes_subcommands_and_flags() {
    let script = said(&["completions", "bash"]);
    if !is_there("bash", &["--version"]) {
        return;
    }
    for (words, at, expected) in [
        ("comms sen", 1, "send sendmail "),
        ("comms check --js", 2, "--json "),
        ("comms completions z", 2, "zsh "),
    ] {
        let asked = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD={at}; \
             _comms comms \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{at}-1]}}\"\n\
             printf '%s ' \"${{COMPREPLY[@]}}\"\n"
        );
        let output = fed(Command::new("bash").arg("--norc"), &asked);
        assert_eq!(text(&output.stdout), expected, "{output:?}");
    }
}

#[test]
fn every_shell_has_a_script_that_knows_the_subcommands() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = said(&["completions", shell]);
        for name in SUBCOMMANDS {
            assert!(script.contains(name), "{shell}: {name}");
        }
    }
    let output = comms().args(["completions", "tcsh"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn every_subcommand_has_a_manual_page_that_reads_clean() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("man1");
    assert_eq!(said(&["man", directory.to_str().unwrap()]), "");
    let pages = SUBCOMMANDS.map(|name| format!("comms-{name}.1"));
    for page in pages.iter().map(String::as_str).chain(["comms.1"]) {
        let path = directory.join(page);
        let page = fs::read_to_string(&path).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{page}");
        if is_there("groff", &["--version"]) {
            let mut groff = Command::new("groff");
            let output =
                groff.args(["-Kutf8", "-man", "-Tutf8", "-ww", "-z"]).arg(&path).output().unwrap();
            assert_eq!(text(&output.stderr), "", "{}", path.display());
        }
        if is_there("mandoc", &["-h"]) || is_there("mandoc", &["/dev/null"]) {
            let mut mandoc = Command::new("mandoc");
            let output = mandoc.args(["-T", "lint", "-W", "error"]).arg(&path).output().unwrap();
            assert_eq!(text(&output.stdout), "", "{}", path.display());
        }
    }
    assert_eq!(said(&["man"]), fs::read_to_string(directory.join("comms.1")).unwrap());
}

#[test]
fn every_subcommand_has_help_with_examples() {
    for name in SUBCOMMANDS {
        let help = said(&[name, "--help"]);
        assert!(help.contains("Example"), "{name}: {help}");
        assert_eq!(help, said(&["help", name]), "{name}");
    }
    assert!(said(&["help"]).contains("completions"));
    assert_eq!(said(&["help", "config", "check"]), said(&["config", "check", "--help"]));
    let output = comms().args(["help", "sned"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64), "{output:?}");
}

#[test]
fn the_many_options_of_send_stand_under_headings() {
    let help = said(&["send", "--help"]);
    let headings: Vec<_> =
        help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
    let expected = ["Options:", "Server:", "Login:", "Seeing inside:", "Message:"];
    let rest = ["Messages that exist already:", "Signature:", "Envelope:", "Examples:"];
    assert_eq!(headings, [&expected[..], &rest].concat());
    let options = help.split("Options:\n").nth(1).unwrap().split("\nServer:").next().unwrap();
    assert!(options.contains("--json") && options.contains("--dry-run"), "{options}");
}
