//! How often a session waits for the other side, exactly: the Latency layer counts.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use comms::{
    Clock, CommsStack, Latency, ManualClock, Script, Smtp, SmtpMessage, SmtpStack, Util, Value,
};

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

/// A stack over a script, with a clock on which only round trips take time.
fn stack(script: Script) -> (CommsStack, Arc<ManualClock>) {
    let clock = ManualClock::new();
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Latency::new(ROUND_TRIP))
        .layer(script)
        .build()
        .unwrap();
    stack.set_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    (stack, clock)
}

fn so_far(stack: &CommsStack) -> i64 {
    match stack.get("round_trips").unwrap().value {
        Some(Value::Integer(trips)) => trips,
        other => panic!("{other:?}"),
    }
}

fn check_clock(stack: &CommsStack, clock: &ManualClock) {
    let waited = ROUND_TRIP * u32::try_from(so_far(stack)).unwrap();
    assert_eq!(clock.elapsed(), waited, "time passes in round trips and nowhere else");
}

/// Round trips for the greeting, and for each of `messages` messages sent by itself.
fn count(keywords: &str, messages: usize, recipients: usize) -> (i64, Vec<i64>) {
    let (mut stack, clock) = stack(server(keywords, messages, recipients));
    stack.connect().unwrap();
    let greeting = so_far(&stack);
    let mut each = Vec::new();
    for _ in 0..messages {
        let before = so_far(&stack);
        stack.send(&message(recipients)).unwrap();
        each.push(so_far(&stack) - before);
    }
    check_clock(&stack, &clock);
    (greeting, each)
}

/// Round trips for a series over this script, the greeting not counted.
fn count_series(script: Script, messages: usize, recipients: usize) -> i64 {
    count_from(script, (0..messages).map(|_| message(recipients)))
}

/// Round trips for the messages of a source over this script, the greeting not counted.
fn count_from(script: Script, messages: impl Iterator<Item = SmtpMessage>) -> i64 {
    let (mut stack, clock) = stack(script);
    stack.connect().unwrap();
    let before = so_far(&stack);
    for outcome in stack.smtp().unwrap().send_all(messages).unwrap() {
        outcome.unwrap();
    }
    check_clock(&stack, &clock);
    so_far(&stack) - before
}

/// A server that takes a series by PIPELINING: the next envelope comes with the end of the content.
fn pipelined(messages: usize, recipients: usize) -> Script {
    let mut script = greeting("250-PIPELINING\r\n");
    for at in 0..=messages {
        if at > 0 {
            script = script.expect_until("\r\n.\r\n");
        }
        if at < messages {
            script = envelope(script, recipients).expect("DATA\r\n");
        }
        if at > 0 {
            script = script.reply("250 taken\r\n");
        }
        if at < messages {
            script = script.reply("250 ok\r\n".repeat(1 + recipients) + "354 go on\r\n");
        }
    }
    script
}

/// A server that takes a series by BDAT in groups of these sizes.
fn chunked(groups: &[usize], recipients: usize) -> Script {
    let mut script = greeting("250-PIPELINING\r\n250-CHUNKING\r\n");
    for group in groups {
        let mut replies = String::new();
        for at in 0..*group {
            if at > 0 {
                script = script.expect("RSET\r\n");
                replies += "250 ok\r\n";
            }
            script = envelope(script, recipients).expect_like("BDAT * LAST");
            script = script.expect_until("\r\n\r\nHello\r\n");
            replies += &"250 ok\r\n".repeat(2 + recipients);
        }
        script = script.reply(replies);
    }
    script
}

fn greeting(keywords: &str) -> Script {
    let script = Script::new().send("220 mail.example\r\n").expect_like("EHLO *");
    script.reply(format!("250-mail.example\r\n{keywords}250 HELP\r\n"))
}

fn envelope(script: Script, recipients: usize) -> Script {
    (0..recipients).fold(script.expect_like("MAIL *"), |script, _| script.expect_like("RCPT *"))
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
    assert_eq!(count("", 1, 100), (1, vec![103]));
    // A series saves nothing there.
    assert_eq!(count_series(server("", 3, 1), 3, 1), 12);
}

#[test]
fn with_pipelining_a_series_is_one_round_trip_a_message_and_one_more() {
    for messages in [1, 2, 10, 50] {
        let trips = i64::try_from(messages).unwrap() + 1;
        assert_eq!(count_series(pipelined(messages, 1), messages, 1), trips);
        assert_eq!(count_series(pipelined(messages, 100), messages, 100), trips);
    }
}

#[test]
fn with_chunking_a_message_is_one_round_trip() {
    assert_eq!(count_series(chunked(&[1], 1), 1, 1), 1);
    assert_eq!(count_series(chunked(&[1], 100), 1, 100), 1);
}

#[test]
fn with_chunking_many_messages_are_one_round_trip_after_the_first() {
    // The commands of a message are some hundred octets: thirty-two are in flight.
    assert_eq!(count_series(chunked(&[1, 32], 1), 33, 1), 2);
    assert_eq!(count_series(chunked(&[1, 32, 17], 1), 50, 1), 3);
    // Envelopes of thirty recipients are a kibibyte each, those of a hundred three.
    assert_eq!(count_series(chunked(&[1, 4, 2], 30), 7, 30), 3);
    assert_eq!(count_series(chunked(&[1, 1, 1], 100), 3, 100), 3);
}

/// What it has sent goes out before it is asked for more, and is answered while it is.
#[test]
fn a_source_that_does_not_know_how_much_it_has_costs_no_round_trip() {
    let source = |messages| (0..messages).map(|_| message(1)).filter(|_| true);
    assert_eq!(source(10).size_hint().0, 0);
    assert_eq!(count_from(pipelined(10, 1), source(10)), 11);
    assert_eq!(count_from(chunked(&[1, 32, 17], 1), source(50)), 3);
}

#[test]
fn with_chunking_and_without_pipelining_the_go_ahead_is_saved() {
    let mut script = greeting("250-CHUNKING\r\n");
    for _ in 0..2 {
        script = script.expect_like("MAIL *").reply("250 ok\r\n");
        script = script.expect_like("RCPT *").reply("250 ok\r\n");
        script = script.expect_like("BDAT * LAST").expect_until("\r\n\r\nHello\r\n");
        script = script.reply("250 taken\r\n");
    }
    assert_eq!(count_series(script, 2, 1), 6);
}
