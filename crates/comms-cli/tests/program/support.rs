//! What the tests run: the program, sinks, and servers that misbehave.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use comms::{CommsStack, Faults, MemoryStore, ServerStack, SmtpServer, Tcp, Util, Value};

/// A sink of its own, ended with the test.
pub(crate) struct Sink {
    program: Child,
    pub(crate) url: String,
    pub(crate) address: String,
}

impl Sink {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut program = comms();
        program.arg("sink").args(args).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = program.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(program.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim().to_owned();
        Self { program, url: format!("smtp://{address}?tls=none"), address }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }
}

pub(crate) fn comms() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_comms"));
    for variable in ["RUST_LOG", "COMMS_PASSWORD", "COMMS_URL", "CLICOLOR_FORCE"] {
        program.env_remove(variable);
    }
    program.stdin(Stdio::null());
    program
}

/// `comms send` to `url` from Ann to Bob, with more arguments.
pub(crate) fn send(url: &str, args: &[&str]) -> Output {
    let mut program = comms();
    program.args(["send", "--url", url, "--from", "ann@x.example", "--to", "bob@y.example"]);
    program.args(args).output().unwrap()
}

pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// A file of this text in `folder`; its path.
pub(crate) fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The status, and the single line on standard error.
pub(crate) fn failure(output: &Output) -> (i32, String) {
    let line = text(&output.stderr);
    assert_eq!(line.lines().count(), 1, "{line}");
    (output.status.code().unwrap(), line.trim_end().to_owned())
}

/// Runs a program that reads `input` to its end.
pub(crate) fn fed(program: &mut Command, input: &str) -> Output {
    let program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = program.spawn().unwrap();
    // One that refuses its arguments reads nothing.
    let _ = program.stdin.take().unwrap().write_all(input.as_bytes());
    program.wait_with_output().unwrap()
}

/// A server that answers each line or content with the next of `replies`, then hangs up.
pub(crate) fn server(replies: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}?tls=none", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let _ = converse(stream, replies);
    });
    url
}

/// A server in which goes wrong what `rules` say; gives its URL, and what it receives.
pub(crate) fn faulty(rules: &[&str]) -> (String, MemoryStore) {
    let store = MemoryStore::new();
    let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect::<Faults>();
    let server = SmtpServer::new(store.clone()).with_handler(rules);
    let stack = CommsStack::builder().layer(server).layer(Util::new());
    let stack = stack.layer(Tcp::new("127.0.0.1", 0)).build().unwrap();
    let mut listener = stack.listen().unwrap();
    let Some(Value::Text(address)) = listener.get("Tcp.local").unwrap().value else {
        panic!("a listener knows its address");
    };
    thread::spawn(move || {
        while let Ok(mut client) = listener.take() {
            thread::spawn(move || {
                let _ = client.connect().and_then(|()| client.serve());
                let _ = client.disconnect();
            });
        }
    });
    (format!("smtp://{address}?tls=none"), store)
}

/// Says the replies, each after what it answers.
pub(crate) fn converse(mut stream: TcpStream, replies: &[&str]) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut in_content = false;
    for reply in replies {
        stream.write_all(reply.as_bytes())?;
        in_content = in_content || reply.starts_with("354");
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if !in_content || line == ".\r\n" {
                break;
            }
        }
        in_content = false;
    }
    Ok(())
}

pub(crate) fn only_file(folder: &Path) -> String {
    let mut files = fs::read_dir(folder.join("new")).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    fs::read_to_string(file).unwrap()
}
