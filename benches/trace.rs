//! What watching costs: processor time of the client for a message of 1 KiB over TCP to a server of this
//! machine, with nobody who watches and with each view of a trace.
//!
//! The rows take turns, so that what else the machine does falls on all of them. It fails where keeping
//! all events costs more than the message itself; views that are written also format each of them.
//!
//! ```text
//! cargo bench --bench trace
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints a table, or it fails"
)]

use std::io;
use std::sync::Arc;
use std::time::Duration;

use comms::{
    CommsStack, Event, JsonTrace, PcapngTrace, Sink, Smtp, SmtpMessage, Tcp, TestServer, TraceLog,
    TranscriptTrace, Util,
};
use rustix::time::{ClockId, clock_gettime};

/// A watcher that looks away.
#[derive(Debug)]
struct Blind;

impl Sink for Blind {
    fn note(&self, _: &Event<'_>) {}

    fn name(&self) -> String {
        "blind".to_owned()
    }
}

fn main() {
    let server = TestServer::start().unwrap();
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("A line of a kilobyte of them, no more.\n".repeat(20))
        .build()
        .unwrap();
    let names = ["nobody", "blind", "TraceLog", "JsonTrace", "TranscriptTrace", "PcapngTrace"];
    let sinks: [Option<Arc<dyn Sink>>; 6] = [
        None,
        Some(Arc::new(Blind)),
        Some(TraceLog::new().into()),
        Some(JsonTrace::new(io::sink(), "bench").into()),
        Some(TranscriptTrace::new(io::sink(), "bench", "Tcp").into()),
        Some(PcapngTrace::new(io::sink(), "bench", "Tcp").into()),
    ];
    let mut stacks = sinks.each_ref().map(|sink| stack(&server, sink.as_ref()));
    let mut times = [[0.0; ROUNDS]; 6];
    for round in 0..ROUNDS {
        for (times, stack) in times.iter_mut().zip(&mut stacks) {
            let before = cpu();
            (0..MESSAGES).for_each(|_| drop(stack.send(&message).unwrap()));
            let time = cpu().saturating_sub(before) / MESSAGES;
            times[round] = time.as_secs_f64() * 1e6;
            server.clear();
        }
    }
    println!("us of the client's processor for a message of 1 KiB, median of {ROUNDS} rounds");
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        (times[ROUNDS / 2], times[0])
    });
    for (name, (median, least)) in names.iter().zip(medians) {
        println!("{name:16} {median:7.2}  least {least:7.2}  {:5.2}", median / medians[0].0);
    }
    let [(nobody, _), _, (kept, _), ..] = medians;
    assert!(kept < nobody * 2.0, "to keep all events costs more than the message");
}

fn stack(server: &TestServer, sink: Option<&Arc<dyn Sink>>) -> CommsStack {
    let address = server.address();
    let tcp = Tcp::new(address.ip().to_string(), address.port());
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(tcp).build().unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    if let Some(sink) = sink {
        stack.watch(sink);
    }
    stack.connect().unwrap();
    stack
}

fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

const MESSAGES: u32 = 2000;
const ROUNDS: usize = 9;
