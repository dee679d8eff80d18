//! `comms send --each`: mbox, Maildir, directory; and recipients from headers.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

use comms::MemoryStore;

use crate::support::{comms, failure, faulty, send, text};

fn each(url: &str, folder: &Path, more: &[&str]) -> Output {
    send(url, &[&["--each", folder.to_str().unwrap()], more].concat())
}

fn by_headers(url: &str, folder: &Path, more: &[&str]) -> Output {
    let mut program = comms();
    program.args(["send", "--url", url, "--recipients-from-headers", "--each"]).arg(folder);
    program.args(more).output().unwrap()
}

fn contents(store: &MemoryStore) -> Vec<String> {
    store.messages().iter().map(|message| text(&message.content)).collect()
}

#[test]
fn two_hundred_messages_of_an_mbox_arrive_once_each_over_four_connections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let mut mbox = String::new();
    let mut expected = BTreeSet::new();
    for number in 1..=200 {
        let body = "Hello\n".repeat(number);
        let message = format!("Message-ID: <{number}@x>\n\n{body}\n");
        write!(mbox, "From ann@x.example Thu Jan  1 00:00:00 2026\n{message}>From Bob\n\n")
            .unwrap();
        expected.insert(format!("{message}From Bob\n").replace('\n', "\r\n"));
    }
    fs::write(&path, mbox).unwrap();
    let (url, store) = faulty(&[]);
    let output = each(&url, &path, &["--connections", "4"]);
    assert_eq!(failure(&output), (0, "comms: sent 200 of 200".to_owned()));
    let numbers = text(&output.stdout);
    let numbers = numbers.lines().map(|line| line.split('\t').next().unwrap().parse().unwrap());
    assert_eq!(numbers.collect::<BTreeSet<usize>>(), (1..=200).collect());
    let arrived = contents(&store);
    assert_eq!(arrived.len(), 200);
    assert!(arrived.into_iter().collect::<BTreeSet<_>>() == expected);
}

#[test]
fn an_mbox_has_its_messages_without_separators_and_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let mbox = "From ann@x.example Thu Jan  1 00:00:00 2026\nBcc: eve@z.example\nA: 1\n\n\
                >From here\n>>From there\n.\n\nFrom now on\n\n\
                From ann@x.example Thu Jan  1 00:00:00 2026\nA: 2\n\nend\n";
    fs::write(&path, mbox).unwrap();
    let (url, store) = faulty(&[]);
    let output = each(&url, &path, &[]);
    let name = |number: usize| format!("{number}\tsent\t{}#{number}\t", path.display());
    let out = text(&output.stdout);
    for (line, number) in out.lines().zip(1..) {
        assert!(line.starts_with(&name(number)), "{line}");
    }
    assert_eq!(
        contents(&store),
        ["A: 1\r\n\r\nFrom here\r\n>From there\r\n.\r\n\r\nFrom now on\r\n", "A: 2\r\n\r\nend\r\n"]
    );
}

#[test]
fn a_maildir_is_sent_in_the_order_of_its_names_without_hidden_files() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["cur", "new", "tmp"] {
        fs::create_dir(folder.path().join(part)).unwrap();
    }
    for (file, subject) in [
        ("new/3.x", "3"),
        ("cur/1.x:2,S", "1"),
        ("cur/2.x:2,", "2"),
        ("new/.hidden", "no"),
        ("tmp/0.x", "no"),
    ] {
        fs::write(folder.path().join(file), format!("Subject: {subject}\n\n")).unwrap();
    }
    let (url, store) = faulty(&[]);
    let output = each(&url, folder.path(), &[]);
    assert_eq!(failure(&output), (0, "comms: sent 3 of 3".to_owned()));
    let expected = [1, 2, 3].map(|number| format!("Subject: {number}\r\n\r\n"));
    assert_eq!(contents(&store), expected);
    assert!(text(&output.stdout).contains("cur/1.x:2,S\t"), "{output:?}");
}

#[test]
fn of_a_directory_the_eml_files_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    for (file, subject) in [("b.eml", "2"), ("a.EML", "1"), ("notes.txt", "no")] {
        fs::write(folder.path().join(file), format!("Subject: {subject}\n\n")).unwrap();
    }
    let (url, store) = faulty(&[]);
    let one = folder.path().join("b.eml");
    let output = each(&url, folder.path(), &["--raw", one.to_str().unwrap()]);
    assert_eq!(failure(&output), (0, "comms: sent 3 of 3".to_owned()));
    assert_eq!(contents(&store), [2, 1, 2].map(|number| format!("Subject: {number}\r\n\r\n")));
}

#[test]
fn an_empty_folder_has_nothing_to_send_and_what_is_no_folder_is_65() {
    let folder = tempfile::tempdir().unwrap();
    let mbox = folder.path().join("mbox");
    fs::write(&mbox, "").unwrap();
    let url = "smtp://localhost:1";
    assert_eq!(failure(&each(url, &mbox, &[])), (0, "comms: sent 0 of 0".to_owned()));
    let (status, line) = failure(&each(url, folder.path(), &[]));
    assert_eq!(status, 65);
    assert!(line.ends_with("it is no Maildir, and no file in it ends with `.eml`"), "{line}");
    fs::write(&mbox, "Subject: x\n\n").unwrap();
    let (status, line) = failure(&each(url, &mbox, &[]));
    assert_eq!(status, 65);
    assert!(line.ends_with("is no mbox: its first line does not begin with `From `"), "{line}");
    assert_eq!(failure(&each(url, &folder.path().join("nowhere"), &[])).0, 65);
}

/// The envelopes that `heads` come to, each a message of an mbox.
fn envelopes(heads: &[&str], more: &[&str]) -> (Vec<String>, Output) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let separator = "From x Thu Jan  1 00:00:00 2026\n";
    let mbox = heads.iter().map(|head| [separator, head, "\nhi\n\n"].concat()).collect::<String>();
    fs::write(&path, mbox).unwrap();
    let (url, store) = faulty(&[]);
    let output = by_headers(&url, &path, more);
    let envelope = |envelope: &comms::Envelope| {
        let to = envelope.addresses().map(ToString::to_string).collect::<Vec<_>>();
        format!("{} -> {}", envelope.sender, to.join(" "))
    };
    (store.messages().iter().map(|message| envelope(&message.envelope)).collect(), output)
}

#[test]
fn each_message_goes_to_whom_its_own_headers_name() {
    let heads = [
        "From: Ann <ann@x.example>\nTo: Bob <bob@y.example>,\n carol@y.example\nCC: \"D, E\" <d@y.example>\n\
         bcc: eve@z.example, bob@y.example\n",
        "Sender: s@x.example\nFrom: ann@x.example, b@x.example\nTo: all: f@y.example, g@y.example;\n",
        "Return-Path: <>\nFrom: ann@x.example\nTo: h@y.example\n",
        "From: ann@x.example\nTo: no@y.example\nResent-From: i@x.example\nResent-To: j@y.example\n",
        "From: =?utf-8?q?J=C3=B6rg?= <k@x.example>\nTo:\nCc: l@y.example\n",
    ];
    let (got, output) = envelopes(&heads, &[]);
    assert_eq!(failure(&output), (0, "comms: sent 5 of 5".to_owned()));
    assert_eq!(
        got,
        [
            "<ann@x.example> -> bob@y.example carol@y.example d@y.example eve@z.example",
            "<s@x.example> -> f@y.example g@y.example",
            "<> -> h@y.example",
            "<i@x.example> -> j@y.example",
            "<k@x.example> -> l@y.example",
        ]
    );
    let (got, _) = envelopes(&heads[..1], &["--from", "boss@x.example"]);
    assert!(got[0].starts_with("<boss@x.example> -> bob@y.example "), "{got:?}");
}

#[test]
fn headers_that_name_nobody_or_nonsense_are_65_for_their_message_alone() {
    let heads = [
        "From: ann@x.example\nTo: undisclosed-recipients:;\n",
        "To: bob@y.example\n",
        "From: ann@x.example, b@x.example\nTo: bob@y.example\n",
        "From: ann@x.example\nTo: bob at y.example\n",
        "From: ann@x.example\nTo: bob@y.example\n",
    ];
    let (got, output) = envelopes(&heads, &[]);
    assert_eq!(got, ["<ann@x.example> -> bob@y.example"]);
    assert_eq!(failure(&output), (65, "comms: sent 1 of 5; 4 bad".to_owned()));
    let out = text(&output.stdout);
    for part in [
        "\tits headers name no recipient\n",
        "\tits headers name no sender: use --from\n",
        "\tFrom 'ann@x.example, b@x.example': ",
        "\tTo 'bob at y.example': ",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[test]
fn recipients_from_headers_need_a_message_that_has_them_and_no_others() {
    let args = ["--recipients-from-headers", "--text", "x"];
    let output = comms().args(["send", "--url", "smtp://localhost:1"]).args(args).output().unwrap();
    let (status, line) = failure(&output);
    assert_eq!(status, 64);
    assert!(line.ends_with("needs a message that has them: --raw or --each"), "{line}");
    let both = send("smtp://localhost:1", &["--recipients-from-headers", "--raw", "x"]);
    assert_eq!(both.status.code(), Some(64));
}

#[test]
fn there_are_1_to_64_connections() {
    for count in ["0", "65", "many"] {
        let output = send("smtp://localhost:1", &["--raw", "x", "--connections", count]);
        assert_eq!(output.status.code(), Some(64), "{count}");
    }
}
