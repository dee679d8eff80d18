//! One mail, with an attachment, from a client to an embedded server over an in-memory loopback,
//! and what every layer of the client did for it.
//!
//! ```text
//! cargo run --example quickstart
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::error::Error;
use std::thread;
use std::time::Duration;

use comms::{
    Attachment, CommsStack, Latency, Level, Levels, Loopback, MemoryStore, SendReport, ServerStack,
    Smtp, SmtpMessage, SmtpServer, Util, memory_logs,
};

fn main() -> Result<(), Box<dyn Error>> {
    let (near, far) = Loopback::pair();

    // The server: a stack of its own, on a thread of ours.
    let mailbox = MemoryStore::new();
    let server = SmtpServer::new(mailbox.clone());
    let mut server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build()?;
    let server = thread::spawn(move || {
        server.connect()?;
        server.serve()
    });

    // The client: put `Tcp::new("mail.example", 25)` in place of the last two layers, and the same
    // program sends real mail.
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Latency::new(Duration::from_millis(20)))
        .layer(near)
        .build()?;
    stack.set("local_mail_domain", "client.example")?;
    let logs = memory_logs(&mut stack, Levels::default().with(Level::Pdus));

    let message = SmtpMessage::builder("Ann <ann@x.example>".parse()?)
        .recipient("Bob <bob@y.example>".parse()?)
        .subject("The figures, naïvely")
        .text("Dear Bob,\n\nhere they are.\n")
        .attach(Attachment::bytes("figures.csv", "year;sum\n2025;3\n2026;4\n"))
        .build()?;

    stack.connect()?;
    let drawn = stack.to_string();
    let report = stack.send(&message)?.into_report::<SendReport>();
    let report = report.ok_or("a message has a report")?;
    let round_trips = stack.get("round_trips")?.value;
    stack.disconnect()?;
    let taken = server.join().map_err(|_| "the server panicked")??;
    let size = mailbox.messages().first().map_or(0, |message| message.content.len());

    println!("{drawn}");
    println!("(C: and S: what client and server said; -> and <- octets down and up; time is UTC)");
    for (layer, log) in logs.iter().filter(|(layer, _)| layer != "Latency") {
        print!("\n---- {layer}\n{log}");
    }
    println!("\n---- result");
    println!("message id   {}", report.message_id);
    println!("queued as    {}", report.queue_id.unwrap_or_default());
    println!("accepted     {}", report.accepted.len());
    let round_trips = round_trips.map(|number| number.to_string()).unwrap_or_default();
    println!("round trips  {round_trips}: EHLO, and the whole message");
    println!("octets sent  {}", stack.info().below.bytes_sent);
    println!("server took  {taken} message, {size} octets");
    Ok(())
}
