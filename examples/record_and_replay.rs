//! A session with a server is recorded; then the same client sends another mail to the recording.
//!
//! ```text
//! cargo run --example record_and_replay
//! ```
//!
//! `comms send --record session.tape ...` makes such a tape of a real server.

#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::error::Error;
use std::thread;

use comms::{
    CommsModule, CommsStack, Loopback, Loosen, MemoryStore, Record, Replay, ServerStack, Smtp,
    SmtpMessage, SmtpServer, Util,
};

fn main() -> Result<(), Box<dyn Error>> {
    // A server: put `Tcp::new("mail.example", 25)` in the place of `near`, and record a real one.
    let (near, far) = Loopback::pair();
    let server = SmtpServer::new(MemoryStore::new());
    let mut server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build()?;
    let server = thread::spawn(move || server.connect().and_then(|()| server.serve()));

    let record = Record::new().loosen(Loosen::Smtp);
    let tape = record.handle();
    let mut stack = client(near)?;
    stack.insert(2, record)?;
    send(&mut stack, "Monday")?;
    server.join().map_err(|_| "the server panicked")??;
    print!("---- the tape\n{}", tape.text());

    // The recording is a peer. Date, Message-ID and text are others, and that is as it should be.
    let replay = Replay::of(&tape.text())?;
    let transcript = replay.transcript();
    send(&mut client(replay)?, "Tuesday, and everything is different")?;
    transcript.finished()?;
    println!("\n---- played again, to the end");

    // A client that says something else is told where the conversation changed.
    let strict = tape.text().replace("RCPT TO:<bob@", "RCPT TO:<rob@");
    if let Err(error) = send(&mut client(Replay::of(&strict)?)?, "Wednesday") {
        println!("\n---- and where it differs\n{error}");
        let mut next = error.source();
        while let Some(cause) = next {
            println!("{cause}");
            next = cause.source();
        }
    }
    Ok(())
}

fn client(bottom: impl CommsModule) -> comms::Result<CommsStack> {
    CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(bottom).build()
}

fn send(stack: &mut CommsStack, text: &str) -> Result<(), Box<dyn Error>> {
    let message = SmtpMessage::builder("ann@x.example".parse()?)
        .recipient("bob@y.example".parse()?)
        .subject("The day")
        .text(text)
        .build()?;
    stack.connect()?;
    stack.send(&message)?;
    stack.disconnect()?;
    Ok(())
}
