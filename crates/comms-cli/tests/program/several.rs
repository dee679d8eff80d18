//! `comms send` of several messages: what becomes of each, and of the whole.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;

use comms::MemoryStore;
use tempfile::TempDir;

use crate::support::{failure, faulty, send, text};

/// Messages in files of their own, `1.eml` with the id `1@x` and so on.
struct Files(TempDir);

impl Files {
    fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..=count {
            let message =
                format!("Message-ID: <{number}@x>\nSubject: {number}\n\nHello {number}\n");
            fs::write(folder.path().join(format!("{number}.eml")), message).unwrap();
        }
        Self(folder)
    }

    fn path(&self, number: usize) -> PathBuf {
        self.0.path().join(format!("{number}.eml"))
    }

    /// `--raw` for each of the first `count`, then `more`.
    fn send(&self, url: &str, count: usize, more: &[&str]) -> Output {
        let paths = (1..=count).map(|number| self.path(number).to_str().unwrap().to_owned());
        let paths = paths.collect::<Vec<_>>();
        let mut args = paths.iter().flat_map(|path| ["--raw", path]).collect::<Vec<_>>();
        args.extend_from_slice(more);
        send(url, &args)
    }
}

/// The ids of what was received, in its order.
fn received(store: &MemoryStore) -> Vec<String> {
    let id = |content: &[u8]| text(content).split(['<', '>']).nth(1).unwrap().to_owned();
    store.messages().iter().map(|message| id(&message.content)).collect()
}

/// Number, word and name of each line, by their numbers.
fn lines(output: &Output) -> Vec<String> {
    let out = text(&output.stdout);
    let fields = out.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let mut fields = fields.collect::<Vec<_>>();
    assert!(fields.iter().all(|fields| fields.len() == 4), "{out}");
    fields.sort_by_key(|fields| fields[0].parse::<usize>().unwrap());
    fields.iter().map(|fields| fields[..3].join(" ")).collect()
}

#[test]
fn several_raw_messages_go_over_one_connection_in_their_order() {
    let (url, store) = faulty(&["connect:2:554"]);
    let output = Files::new(3).send(&url, 3, &[]);
    assert_eq!(failure(&output), (0, "comms: sent 3 of 3".to_owned()));
    assert_eq!(lines(&output), ["1 sent <1@x>", "2 sent <2@x>", "3 sent <3@x>"]);
    assert_eq!(received(&store), ["1@x", "2@x", "3@x"]);
    let queue_id = text(&output.stdout).lines().next().unwrap().split('\t').nth(3).unwrap().len();
    assert_eq!(queue_id, 16);
}

#[test]
fn one_raw_message_is_told_of_by_its_id_alone() {
    let (url, _) = faulty(&[]);
    let output = Files::new(1).send(&url, 1, &[]);
    assert_eq!(text(&output.stdout), "1@x\n");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_refused_message_in_the_middle_loses_no_other_and_makes_the_status_1() {
    let (url, store) = faulty(&["mail:2:550 5.7.1 not you"]);
    let output = Files::new(3).send(&url, 3, &[]);
    assert_eq!(failure(&output), (1, "comms: sent 2 of 3; 1 refused".to_owned()));
    assert_eq!(lines(&output), ["1 sent <1@x>", "2 refused <2@x>", "3 sent <3@x>"]);
    assert!(
        text(&output.stdout).contains("\tSmtp: MAIL FROM:<ann@x.example> was refused: 550 5.7.1")
    );
    assert_eq!(received(&store), ["1@x", "3@x"]);
}

#[test]
fn a_recipient_refused_for_one_message_is_named_with_its_number() {
    let (url, _) = faulty(&["rcpt:3:550 no such user"]);
    let output = Files::new(3).send(&url, 2, &["--to", "eve@y.example"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        text(&output.stderr),
        "comms: message 2: <bob@y.example> was refused: 550 no such user\n\
         comms: sent 1 of 2; 1 partly\n"
    );
    assert_eq!(lines(&output), ["1 sent <1@x>", "2 partly <2@x>"]);
}

#[test]
fn refusals_of_all_are_67_if_one_is_for_good_and_75_if_none_is() {
    for (rules, status, summary) in [
        (["mail:1:450", "mail:2:550"], 67, "comms: sent 0 of 2; 1 later; 1 refused"),
        (["mail:1:450", "mail:2:451"], 75, "comms: sent 0 of 2; 2 later"),
    ] {
        let output = Files::new(2).send(&faulty(&rules).0, 2, &[]);
        assert_eq!(failure(&output), (status, summary.to_owned()));
    }
}

#[test]
fn a_message_that_may_have_arrived_is_the_gravest_and_is_not_sent_again() {
    // The server keeps the second, and hangs up before it says so; later it refuses the fourth.
    let (url, store) = faulty(&["content:2:close-after", "mail:4:550"]);
    let output = Files::new(5).send(&url, 5, &["--set", "Smtp.chunking=false"]);
    assert_eq!(failure(&output), (74, "comms: sent 3 of 5; 1 refused; 1 unknown".to_owned()));
    assert_eq!(
        lines(&output),
        ["1 sent <1@x>", "2 unknown <2@x>", "3 sent <3@x>", "4 refused <4@x>", "5 sent <5@x>"]
    );
    assert_eq!(received(&store), ["1@x", "2@x", "3@x", "5@x"]);
}

#[test]
fn what_was_under_way_in_chunks_when_the_server_hung_up_is_unknown_and_not_sent_again() {
    let (url, store) = faulty(&["content:3:close-after"]);
    let output = Files::new(6).send(&url, 6, &[]);
    assert_eq!(failure(&output), (74, "comms: sent 2 of 6; 4 unknown".to_owned()));
    assert_eq!(received(&store), ["1@x", "2@x", "3@x"]);
}

#[test]
fn a_file_that_cannot_be_read_is_65_and_the_others_go() {
    let files = Files::new(4);
    fs::remove_file(files.path(2)).unwrap();
    let (url, store) = faulty(&[]);
    let output = files.send(&url, 4, &["--connections", "2"]);
    assert_eq!(failure(&output), (65, "comms: sent 3 of 4; 1 bad".to_owned()));
    let name = files.path(2).display().to_string();
    assert_eq!(lines(&output)[1], format!("2 bad {name}"));
    assert_eq!(received(&store).len(), 3);
}

#[test]
fn each_line_of_json_is_an_object_with_file_and_number() {
    let files = Files::new(3);
    fs::remove_file(files.path(3)).unwrap();
    let (url, _) = faulty(&["rcpt:2:251 will forward to <new@y.example>"]);
    let output = files.send(&url, 3, &["--json"]);
    let out = text(&output.stdout);
    let mut reports = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect::<Vec<serde_json::Value>>();
    reports.sort_by_key(|report| report["number"].as_u64());
    let of = |name: &str| reports.iter().map(|report| report[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("number"), [1, 2, 3]);
    assert_eq!(of("status"), ["sent", "sent", "bad"]);
    assert_eq!(of("file"), [1, 2, 3].map(|number| files.path(number).display().to_string()));
    assert_eq!(of("message_id"), [serde_json::json!("1@x"), "2@x".into(), ().into()]);
    assert_eq!(reports[0]["accepted"], serde_json::json!(["bob@y.example"]));
    assert_eq!(
        reports[1]["forwarded"],
        serde_json::json!([{"recipient": "bob@y.example", "path": "new@y.example"}])
    );
    assert_eq!(reports[2]["error"]["class"], "content");
}

#[test]
fn a_server_that_is_gone_leaves_the_rest_untried() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("smtp://{address}?tls=none");
    let output = Files::new(2).send(&url, 2, &["--connections", "2"]);
    assert_eq!(output.status.code(), Some(69));
    assert_eq!(lines(&output), [1, 2].map(|n| untried(&output, n)));
    // Said once, though there are two connections.
    let err = text(&output.stderr);
    assert_eq!(err.lines().count(), 2, "{err}");
    assert!(err.ends_with("comms: sent 0 of 2; 2 untried\n"), "{err}");
}

fn untried(output: &Output, number: usize) -> String {
    let out = text(&output.stdout);
    let line = out.lines().find(|line| line.starts_with(&format!("{number}\t"))).unwrap();
    format!("{number} untried {}", line.split('\t').nth(2).unwrap())
}

#[test]
fn a_connection_that_is_refused_leaves_its_messages_to_the_others() {
    let (url, store) = faulty(&["connect:2:421 too many of you"]);
    let output = Files::new(6).send(&url, 6, &["--connections", "2"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let err = text(&output.stderr);
    assert!(err.contains("421 too many of you") && err.ends_with("comms: sent 6 of 6\n"), "{err}");
    assert_eq!(received(&store).into_iter().collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn a_session_that_ends_and_cannot_be_had_again_leaves_the_rest_untried() {
    let (url, store) = faulty(&["data:2:close"]);
    let output = Files::new(4).send(
        &url,
        4,
        &["--set", "Smtp.reconnect=false", "--set", "Smtp.chunking=false"],
    );
    let all = lines(&output);
    assert_eq!((output.status.code(), all[0].as_str()), (Some(69), "1 sent <1@x>"), "{all:?}");
    assert!(all[1].starts_with("2 unreachable <2@x>"), "{all:?}");
    assert!(all[2].starts_with("3 untried ") && all[3].starts_with("4 untried "), "{all:?}");
    assert_eq!(received(&store), ["1@x"]);
}

#[test]
fn a_dry_run_of_several_reads_all_and_sends_none() {
    let files = Files::new(3);
    fs::remove_file(files.path(2)).unwrap();
    let output = files.send("smtp://localhost:1", 3, &["--dry-run"]);
    assert_eq!(output.status.code(), Some(65));
    let name = files.path(2).display().to_string();
    let bad = format!("2 bad {name}");
    assert_eq!(lines(&output), ["1 ready <1@x>", bad.as_str(), "3 ready <3@x>"]);
    let err = text(&output.stderr);
    assert!(err.contains("comms: message 3: from <ann@x.example> to <bob@y.example>\n"), "{err}");
    assert!(err.ends_with("comms: nothing is sent; 2 of 3 are ready; 1 bad\n"), "{err}");
}

#[test]
fn standard_input_is_one_of_several_once() {
    let output = send("smtp://localhost:1", &["--raw", "-", "--raw", "-"]);
    assert_eq!(failure(&output), (64, "comms: --raw can be standard input once".to_owned()));
}

#[test]
fn what_the_server_says_makes_no_field_and_no_line() {
    let (url, _) = faulty(&["mail:1:550 a\tb\u{1b}[2J"]);
    let output = Files::new(2).send(&url, 2, &[]);
    assert_eq!(lines(&output), ["1 refused <1@x>", "2 sent <2@x>"]);
    assert!(!text(&output.stdout).contains('\u{1b}'));
}
