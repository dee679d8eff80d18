//! What a message of 1 KiB costs the client, over a loopback to the embedded server: processor time
//! of the client's thread and of both, and allocations of the client, for each message of a series.
//!
//! ```text
//! cargo bench --bench message
//! ```

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, or it fails")]

use std::thread;
use std::time::Duration;

use comms::{CommsStack, DiscardStore, Loopback, ServerStack, Smtp, SmtpMessage, SmtpServer, Util};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let (near, far) = Loopback::pair();
    let server = SmtpServer::new(DiscardStore);
    let server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build();
    let mut server = server.unwrap();
    let server = thread::spawn(move || {
        server.connect().and_then(|()| server.serve()).unwrap();
        cpu(ClockId::ThreadCPUTime)
    });

    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(near).build();
    let mut stack = stack.unwrap();
    stack.connect().unwrap();
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("A line of a kilobyte of them, no more.\n".repeat(20))
        .build()
        .unwrap();
    for _ in 0..WARM_UP {
        stack.send(&message).unwrap();
    }

    let before = cpu(ClockId::ThreadCPUTime);
    for _ in 0..MESSAGES {
        stack.send(&message).unwrap();
    }
    let client = cpu(ClockId::ThreadCPUTime).saturating_sub(before) / MESSAGES;
    let allocations = allocation_counter::measure(|| {
        stack.send(&message).unwrap();
    });
    let report = stack.send(&message).unwrap().into_report::<comms::SendReport>().unwrap();
    stack.disconnect().unwrap();
    let server = server.join().unwrap() / (MESSAGES + WARM_UP + 2);

    println!("a message of {} octets, {MESSAGES} in a row", report.size);
    println!("client       {:>6.1} us of processor", micros(client));
    println!("server       {:>6.1} us of processor", micros(server));
    println!(
        "client       {:>6} allocations, {} octets in all, {} at most at a time",
        allocations.count_total, allocations.bytes_total, allocations.bytes_max
    );
}

fn cpu(clock: ClockId) -> Duration {
    let now = clock_gettime(clock);
    Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

const WARM_UP: u32 = 200;
const MESSAGES: u32 = 5000;
