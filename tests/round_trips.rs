//! How often a session waits for the other side, exactly: the Latency layer counts.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use comms::{Clock, CommsStack, Latency, ManualClock, Script, Smtp, SmtpMessage, Util, Value};

const ROUND_TRIP: Duration = Duration::from_millis(100);

fn message(recipients: usize) -> SmtpMessage {
    let mut message = SmtpMessage::builder("ann@x.example".parse().unwrap()).text("Hello\n");
    for number in 0..recipients {
        message = message.recipient(format!("bob{number}@y.example").parse().unwrap());
    }
    message.build().unwrap()
}

/// A server that takes everything, with these keywords.
fn server(keywords: &str, messages: usize, recipients: usize) -> Script {
    let mut script = Script::new().send("220 mail.example\r\n").expect_like("EHLO *");
    script = script.reply(format!("250-mail.example\r\n{keywords}250 HELP\r\n"));
    for _ in 0..messages {
        script = script.expect_like("MAIL *").reply("250 ok\r\n");
        for _ in 0..recipients {
            script = script.expect_like("RCPT *").reply("250 ok\r\n");
        }
        script = script.expect("DATA\r\n").reply("354 go on\r\n");
        script = script.expect_until("\r\n.\r\n").reply("250 ok\r\n");
    }
    script
}

/// Round trips for the greeting, and for each of `messages` messages after it.
fn count(keywords: &str, messages: usize, recipients: usize) -> (i64, Vec<i64>) {
    let clock = ManualClock::new();
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Latency::new(ROUND_TRIP))
        .layer(server(keywords, messages, recipients))
        .build()
        .unwrap();
    stack.set_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let so_far = |stack: &CommsStack| match stack.get("round_trips").unwrap().value {
        Some(Value::Integer(trips)) => trips,
        other => panic!("{other:?}"),
    };
    stack.connect().unwrap();
    let greeting = so_far(&stack);
    let mut each = Vec::new();
    for _ in 0..messages {
        let before = so_far(&stack);
        stack.send(&message(recipients)).unwrap();
        each.push(so_far(&stack) - before);
    }
    let waited = ROUND_TRIP * u32::try_from(so_far(&stack)).unwrap();
    assert_eq!(clock.elapsed(), waited, "time passes in round trips and nowhere else");
    (greeting, each)
}

#[test]
fn a_group_is_one_round_trip_and_the_content_another_whatever_the_recipients() {
    assert_eq!(count("250-PIPELINING\r\n", 3, 1), (1, vec![2, 2, 2]));
    // A hundred recipients are more than may be unanswered at once, but for the last few.
    assert_eq!(count("250-PIPELINING\r\n", 1, 100), (1, vec![2]));
    assert_eq!(count("250-PIPELINING\r\n", 1, 200), (1, vec![3]));
}

#[test]
fn without_pipelining_every_command_is_a_round_trip() {
    assert_eq!(count("", 2, 1), (1, vec![4, 4]));
    assert_eq!(count("", 1, 5), (1, vec![8]));
}
