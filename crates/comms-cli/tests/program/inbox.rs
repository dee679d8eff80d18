//! `comms sink --http`: the inbox as scripts see it, and as others try to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::process::Command;
use std::process::{Child, Stdio};

use crate::support::{comms, failure, only_file, send, text, written};

/// A sink with an inbox, ended with the test.
pub(crate) struct Inbox {
    program: Child,
    url: String,
    pub(crate) smtp: String,
    http: String,
}

impl Inbox {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut program = comms();
        program.args(["sink", "--http", "127.0.0.1:0"]).args(args);
        let mut program = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(program.stdout.as_mut().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (smtp, http) = (line(), line());
        let http = http.strip_prefix("http://").unwrap().strip_suffix('/').unwrap().to_owned();
        Self { program, url: format!("smtp://{smtp}?tls=none"), smtp, http }
    }

    /// Sends a message that is taken whole.
    fn receives(&self, args: &[&str]) {
        let output = send(&self.url, args);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }

    /// Says a head, to which the empty line is added, and gives all that is answered.
    fn asks(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(&self.http).unwrap();
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn request(&self, line: &str) -> (String, String) {
        let answer = self.asks(&format!("{line} HTTP/1.1\r\nHost: {}", self.http));
        let (head, content) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), content.to_owned())
    }

    /// The content of what is there.
    pub(crate) fn get(&self, path: &str) -> String {
        let (head, content) = self.request(&format!("GET {path}"));
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {head}");
        content
    }

    fn status(&self, line: &str) -> u16 {
        status(&self.request(line).0)
    }

    /// Ends it in good order, and gives what it said.
    #[cfg(unix)]
    fn stop(mut self) -> String {
        let pid = self.program.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut said = String::new();
        self.program.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.program.wait().unwrap().code(), Some(0));
        said
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap()
}

const HTML: &str = "<!doctype html><script>x()</script><img src=\"cid:a.gif\"><img src=http://x/>";

/// A message with a text, HTML, a picture in it and a file.
fn rich(inbox: &Inbox) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, content: &str| written(folder.path(), name, content);
    let html = path("a.html", HTML);
    let (gif, csv) = (path("a.gif", "GIF89a"), path("Größe 1.csv", "1;2\r\n"));
    let args = ["--subject", "Grüße \"x\"", "--text", "Hello June", "--html-file", &html];
    inbox.receives(&[&args[..], &["--inline", &gif, "--attach", &csv]].concat());
}

#[test]
fn a_message_is_listed_found_shown_and_deleted() {
    let inbox = Inbox::start(&[]);
    assert_eq!(inbox.get("/api/messages"), r#"{"messages":[],"total":0,"version":0}"#);
    rich(&inbox);
    inbox.receives(&["--text", "another", "--bcc", "eve@z.example"]);
    let list = inbox.get("/api/messages");
    let (second, first) = (list.find(r#""id":2,"#).unwrap(), list.find(r#""id":1,"#).unwrap());
    assert!(second < first, "the newest comes first: {list}");
    for part in [
        r#""sender":"ann@x.example","recipients":["bob@y.example","eve@z.example"]"#,
        r#""subject":"Grüße \"x\"""#,
        r#""preview":"Hello June","attachments":1,"#,
        r#""total":2,"version":2}"#,
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    for (search, found) in
        [("june", 1), ("JUNE+gr%C3%BC%C3%9Fe", 1), ("eve@z", 1), ("x", 2), ("q%22q", 0)]
    {
        let list = inbox.get(&format!("/api/messages?search={search}"));
        assert_eq!(list.matches(r#""id":"#).count(), found, "{search}: {list}");
    }
    assert_eq!(inbox.get("/api/messages?limit=1").matches(r#""id":"#).count(), 1);
    let shown = inbox.get("/api/messages/1");
    for part in [
        r#""text":"Hello June","text_is_cut":false,"html":true,"remote":1,"#,
        r#"{"name":"Subject","value":"Grüße \"x\""}"#,
        r#""name":"Größe 1.csv","content_id":null,"octets":5,"attachment":true,"multipart":false"#,
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(inbox.status("DELETE /api/messages/1"), 204);
    for line in ["GET /api/messages/1", "DELETE /api/messages/1", "GET /api/messages/1/source"] {
        assert_eq!(inbox.status(line), 404, "{line}");
    }
    assert_eq!(inbox.status("DELETE /api/messages"), 204);
    assert!(inbox.get("/api/messages").starts_with(r#"{"messages":[],"total":0,"#));
}

#[test]
fn the_source_is_the_octets_and_a_part_is_a_file_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let inbox = Inbox::start(&["--maildir", path]);
    rich(&inbox);
    let stored = only_file(folder.path()).replace('\n', "\r\n");
    let source = inbox.get("/api/messages/1/source");
    assert!(stored.ends_with(&source) && source.len() > 500, "{stored}");
    let (head, content) = inbox.request("GET /api/messages/1/source?download=1");
    assert!(head.contains("attachment; filename*=UTF-8''message%2D1%2Eeml"), "{head}");
    assert_eq!(content, source);
    let shown = inbox.get("/api/messages/1");
    let before = shown.split(r#""name":"Größe 1.csv""#).next().unwrap();
    let number = before.rsplit(r#""number":"#).next().unwrap().split(',').next().unwrap();
    let (head, content) = inbox.request(&format!("GET /api/messages/1/parts/{number}"));
    assert!(head.contains("attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%2Ecsv"), "{head}");
    assert!(head.contains("X-Content-Type-Options: nosniff"), "{head}");
    assert!(head.contains("Content-Type: application/octet-stream"), "{head}");
    assert_eq!(content, "1;2\r\n");
    for number in ["99", "-1", "x", "18446744073709551616"] {
        assert_eq!(inbox.status(&format!("GET /api/messages/1/parts/{number}")), 404, "{number}");
    }
}

#[test]
fn html_may_run_nothing_and_ask_for_nothing() {
    let inbox = Inbox::start(&[]);
    rich(&inbox);
    let (head, content) = inbox.request("GET /api/messages/1/html");
    let policy = head.lines().find(|line| line.starts_with("Content-Security-Policy: ")).unwrap();
    for word in
        ["default-src 'none'", "img-src data:;", "form-action 'none'", "sandbox allow-popups"]
    {
        assert!(policy.contains(word), "{word}: {policy}");
    }
    for word in ["allow-scripts", "allow-same-origin", "http:", "'self' ", "*"] {
        assert!(!policy.contains(word), "{word}: {policy}");
    }
    let picture = HTML.replace("cid:a.gif", "data:image/gif;base64,R0lGODlh");
    let expected = picture.replace("html>", "html><base target=\"_blank\">");
    assert_eq!(content.trim_end(), expected);
    inbox.receives(&["--text", "no html"]);
    assert_eq!(inbox.status("GET /api/messages/2/html"), 404);
}

#[test]
fn a_message_is_shown_with_its_own_session() {
    let inbox = Inbox::start(&[]);
    inbox.receives(&["--subject", "first", "--text", "Hi"]);
    inbox.receives(&["--subject", "second", "--text", "Hi"]);
    let trace = inbox.get("/api/messages/2/trace");
    let mut lines = trace.lines();
    assert!(lines.next().unwrap().starts_with(r#"{"comms_trace":1,"began":""#), "{trace}");
    assert!(lines.next().unwrap().starts_with(r#"{"at":0,"#), "{trace}");
    assert!(trace.contains("Subject: second") && !trace.contains("Subject: first"), "{trace}");
    for layer in ["SmtpServer", "Util", "Tcp"] {
        assert!(trace.contains(&format!(r#""layer":"{layer}""#)), "{layer}");
    }
    let (head, page) = inbox.request("GET /api/messages/2/timeline");
    assert!(head.contains("sandbox allow-scripts\r\n"), "{head}");
    assert!(page.starts_with("<!doctype html>") && page.contains("MAIL FROM:"), "{page}");
    assert_eq!(inbox.status("DELETE /api/messages/2"), 204);
    assert!(inbox.get("/api/messages/1/trace").contains("Subject: first"));
}

#[test]
#[cfg(unix)]
fn news_come_with_each_change_and_end_with_the_sink() {
    let inbox = Inbox::start(&[]);
    let mut stream = TcpStream::connect(&inbox.http).unwrap();
    stream
        .write_all(format!("GET /api/events HTTP/1.1\r\nHost: {}\r\n\r\n", inbox.http).as_bytes())
        .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut next = || lines.by_ref().find(|line| line.starts_with("data:"));
    assert_eq!(next().as_deref(), Some(r#"data: {"version":0,"total":0}"#));
    inbox.receives(&["--text", "Hi"]);
    assert_eq!(next().as_deref(), Some(r#"data: {"version":1,"total":1}"#));
    assert_eq!(inbox.status("DELETE /api/messages"), 204);
    assert_eq!(next().as_deref(), Some(r#"data: {"version":2,"total":0}"#));
    let said = inbox.stop();
    assert_eq!(said, "comms: 1 message from 1 client\n");
    assert_eq!(next(), None);
}

#[test]
fn only_the_newest_are_kept() {
    let inbox = Inbox::start(&["--keep", "2"]);
    (1..=3).for_each(|n| inbox.receives(&["--subject", &format!("no {n}"), "--text", "Hi"]));
    let list = inbox.get("/api/messages");
    assert!(list.contains("no 3") && list.contains("no 2") && !list.contains("no 1"), "{list}");
    assert_eq!(inbox.status("GET /api/messages/1"), 404);
}

#[test]
fn metrics_are_what_was_done_in_the_format_of_prometheus() {
    let inbox = Inbox::start(&["--fail", "rcpt:2:550 no \"such\" \\ user"]);
    let output = send(&inbox.url, &["--to", "carol@y.example", "--text", "Hi"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let (head, page) = inbox.request("GET /metrics");
    assert!(head.contains("Content-Type: text/plain; version=0.0.4; charset=utf-8"), "{head}");
    for sample in [
        "comms_sink_clients_total 1",
        "comms_sink_messages_total 1",
        "comms_sink_recipients_total 1",
        "comms_sink_recipients_refused_total 1",
        "comms_sink_inbox_messages 1",
        "comms_layer_connects_total{layer=\"SmtpServer\"} 1",
    ] {
        assert!(page.lines().any(|line| line == sample), "{sample}: {page}");
    }
    let octets = |way: &str| {
        let sample = format!("comms_layer_{way}_octets_total{{layer=\"Tcp\"}} ");
        let line = page.lines().find_map(|line| line.strip_prefix(&sample)).unwrap();
        line.parse::<u64>().unwrap()
    };
    assert!(octets("received") > 100 && octets("sent") > 100, "{page}");
    check_exposition(&page);
}

/// Each family is told once and before its samples, and each line is one of the format.
fn check_exposition(page: &str) {
    let mut families = Vec::new();
    for line in page.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(!families.contains(&name), "{line}");
            families.push(name);
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(families.last(), Some(&name), "{line}");
            assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(page.ends_with('\n') && families.len() > 10, "{page}");
}

#[test]
fn a_page_of_another_site_gets_nothing_by_any_name() {
    let inbox = Inbox::start(&["--http-name", "box.example"]);
    inbox.receives(&["--text", "Hi"]);
    let host = format!("Host: {}", inbox.http);
    for (line, fields, expected) in [
        ("GET /api/messages", vec!["Host: evil.example"], 421),
        ("GET /api/messages", vec![], 421),
        ("GET /api/messages", vec!["Host: localhost", "Host: localhost"], 421),
        ("GET /api/messages", vec!["Host: BOX.example:1"], 200),
        ("GET /api/messages", vec!["Host: localhost"], 200),
        ("GET /api/messages", vec![&host, "Sec-Fetch-Site: cross-site"], 403),
        ("GET /api/messages", vec![&host, "Origin: http://evil.example"], 403),
        ("DELETE /api/messages", vec![&host, "Origin: null"], 403),
        ("DELETE /api/messages", vec![&host, "Sec-Fetch-Site: same-site"], 403),
        ("GET /", vec![&host, "Sec-Fetch-Site: cross-site"], 403),
        ("OPTIONS /api/messages", vec![&host, "Origin: http://evil.example"], 405),
    ] {
        let answer = inbox.asks(&format!("{line} HTTP/1.1\r\n{}", fields.join("\r\n")));
        assert_eq!(status(&answer), expected, "{line} {fields:?}");
        assert!(!answer.contains("Access-Control-"), "{answer}");
    }
    assert!(inbox.get("/api/messages").contains(r#""total":1"#));
}

#[test]
fn what_is_no_request_is_refused_and_the_next_is_served() {
    let inbox = Inbox::start(&[]);
    let host = format!("Host: {}", inbox.http);
    let long = format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\n{}", "A: b\r\n".repeat(100));
    for (head, expected) in [
        ("nonsense", 400),
        ("GET / HTTP/9.9", 400),
        ("GET \0 HTTP/1.1", 400),
        ("POST /api/messages HTTP/1.1", 405),
        ("DELETE / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 411),
        ("DELETE / HTTP/1.1\r\nContent-Length: 99999999999", 413),
        ("DELETE / HTTP/1.1\r\nContent-Length: -5", 400),
        (&long, 431),
        (many.trim_end(), 431),
    ] {
        assert_eq!(status(&inbox.asks(head)), expected, "{head:.40}");
    }
    for path in
        ["/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/messages/../../x", "//", "/api"]
    {
        assert_eq!(status(&inbox.asks(&format!("GET {path} HTTP/1.1\r\n{host}"))), 404, "{path}");
    }
    assert_eq!(inbox.status("DELETE /"), 405);
    let (head, content) = inbox.request("HEAD /api/about");
    assert!(head.starts_with("HTTP/1.1 200 OK") && content.is_empty(), "{head} {content}");
    assert!(inbox.get("/api/about").contains(&format!(r#""smtp":"{}""#, inbox.smtp)));
}

#[test]
#[cfg(unix)]
fn clients_that_say_half_a_request_do_not_hold_up_others_or_the_end() {
    let inbox = Inbox::start(&[]);
    let slow = (0..20).map(|_| {
        let mut stream = TcpStream::connect(&inbox.http).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: ").unwrap();
        stream
    });
    let slow = slow.collect::<Vec<_>>();
    assert!(inbox.get("/").starts_with("<!doctype html>"));
    assert!(inbox.stop().contains("0 messages from 0 clients"));
    drop(slow);
}

#[test]
fn an_address_that_others_can_reach_takes_a_word_more() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let output = comms().args(["sink", "--http", address]).output().unwrap();
        let (status, line) = failure(&output);
        assert_eq!(status, 64, "{line}");
        assert!(line.contains(address) && line.contains("--http-anywhere"), "{line}");
    }
    let inbox = Inbox::start(&["--http-anywhere"]);
    inbox.get("/");
    for args in [["--keep", "3"], ["--http-name", "x"]] {
        let output = comms().arg("sink").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{}", text(&output.stderr));
    }
}
