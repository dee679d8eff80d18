//! Code that sends mail, and three tests of it that need no server, no port and no waiting.
//!
//! ```text
//! cargo run --example test_with_loopback
//! cargo test -p comms --example test_with_loopback
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::error::Error;

use comms::{CommsStack, Smtp, SmtpMessage, Tcp, Util};

/// The code under test: it does not know what its stack stands on.
fn remind(stack: &mut CommsStack, whom: &str) -> Result<String, Box<dyn Error>> {
    let message = SmtpMessage::builder("Calendar <calendar@x.example>".parse()?)
        .recipient(whom.parse()?)
        .subject("Tomorrow")
        .text("The meeting is at ten.\n")
        .build()?;
    let receipt = stack.send(&message)?;
    Ok(receipt.id().unwrap_or_default().to_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Tcp::new("localhost", 2525))
        .build()?;
    match stack.connect() {
        Ok(()) => println!("sent {}", remind(&mut stack, "bob@y.example")?),
        Err(error) => println!(
            "no server at localhost:2525 ({}); the tests need none:\n\
             cargo test -p comms --example test_with_loopback",
            error.sentence()
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use comms::{Clock, CommsModule, ErrorClass, Loopback, ManualClock, MemoryStore, Script};
    use comms::{ServerStack, SmtpServer};

    use super::*;

    fn over(bottom: impl CommsModule) -> CommsStack {
        let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(bottom);
        stack.build().unwrap()
    }

    #[test]
    fn the_reminder_arrives() {
        let (near, far) = Loopback::pair();
        let mailbox = MemoryStore::new();
        let server = SmtpServer::new(mailbox.clone());
        let server = CommsStack::builder().layer(server).layer(Util::new()).layer(far).build();
        let mut server = server.unwrap();
        let server = thread::spawn(move || server.connect().and_then(|()| server.serve()));

        let mut stack = over(near);
        stack.connect().unwrap();
        remind(&mut stack, "bob@y.example").unwrap();
        stack.disconnect().unwrap();

        assert_eq!(server.join().unwrap().unwrap(), 1);
        let content = String::from_utf8(mailbox.messages()[0].content.clone()).unwrap();
        assert!(content.contains("\r\nSubject: Tomorrow\r\n"), "{content}");
        assert!(content.ends_with("The meeting is at ten.\r\n"), "{content}");
    }

    #[test]
    fn a_refused_recipient_is_told() {
        let peer = Script::parse(
            "S: 220 mail.example
             C~: EHLO *
             S: 250 mail.example
             C: MAIL FROM:<calendar@x.example>
             S: 250 ok
             C: RCPT TO:<nobody@y.example>
             S: 550 5.1.1 no such user",
        );
        let mut stack = over(peer.unwrap());
        stack.connect().unwrap();
        let error = remind(&mut stack, "nobody@y.example").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Smtp: every recipient was refused: <nobody@y.example>: 550 5.1.1 no such user"
        );
    }

    #[test]
    fn a_server_that_falls_silent_is_given_up_after_five_minutes_that_take_no_time() {
        let clock = ManualClock::new();
        let mut stack = over(Script::parse("S: 220 mail.example\nC~: EHLO *\nstall").unwrap());
        stack.set_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Timeout);
        assert_eq!(clock.elapsed().as_secs(), 300);
    }
}
