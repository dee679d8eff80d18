//! One mail over an in-memory loopback, and its session in every form of a trace: a page, a
//! transcript, lines of JSON, a capture for Wireshark.
//!
//! ```text
//! cargo run --example trace [FOLDER]
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use comms::{
    CommsStack, JsonTrace, Latency, Loopback, MemoryStore, PcapngTrace, ServerStack, Sink, Smtp,
    SmtpMessage, SmtpServer, TimelineTrace, TranscriptTrace, Util, dialogue_layer,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder =
        env::args().nth(1).map_or_else(|| env::temp_dir().join("comms-trace"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let file = |name: &str| File::create(folder.join(name));

    let (near, far) = Loopback::pair();
    let server = SmtpServer::new(MemoryStore::new());
    let mut server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build()?;
    let server = thread::spawn(move || server.connect().and_then(|()| server.serve()));

    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Latency::new(Duration::from_millis(20)))
        .layer(near)
        .build()?;

    // Where what is said is plain, and every write is one.
    let at = dialogue_layer(&stack).to_owned();
    let traces: [Arc<dyn Sink>; 4] = [
        TimelineTrace::new(file("session.html")?, PROGRAM).into(),
        TranscriptTrace::new(file("session.txt")?, PROGRAM, &at).into(),
        JsonTrace::new(file("session.jsonl")?, PROGRAM).into(),
        PcapngTrace::new(file("session.pcapng")?, PROGRAM, &at).into(),
    ];
    for trace in &traces {
        stack.watch(trace);
    }

    let message = SmtpMessage::builder("ann@x.example".parse()?)
        .recipient("bob@y.example".parse()?)
        .subject("The figures")
        .text("Dear Bob,\n\nhere they are.\n")
        .build()?;
    stack.connect()?;
    stack.send(&message)?;
    stack.disconnect()?;
    server.join().map_err(|_| "the server panicked")??;

    // With the last of those who hold it, a trace ends.
    drop((stack, traces));
    print!("{}", fs::read_to_string(folder.join("session.txt"))?);
    println!("\nThe same as a page, as JSON and for Wireshark: {}", folder.display());
    Ok(())
}

const PROGRAM: &str = "the example trace";
