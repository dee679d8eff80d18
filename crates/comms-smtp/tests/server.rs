//! The embedded server, against a client that a script plays.

#![cfg(test)]

mod common;
mod serving;

use std::time::Duration;

use comms_core::ErrorClass;
use comms_smtp::ServerStack;
use comms_testkit::{Cut, Delivery, Script};

use crate::serving::{BYE, MAIL, RCPT, greeted, hello, play, serve, server};

#[test]
fn commands_in_the_wrong_order_are_refused_and_nothing_is_lost() {
    let dialogue = [
        "C: 220 mail.example ESMTP comms\n\
         S: MAIL FROM:<ann@x.example>\nC: 503 5.5.1 greet first\n\
         S: RCPT TO:<bob@y.example>\nC: 503 5.5.1 MAIL first\n\
         S: DATA\nC: 503 5.5.1 MAIL first\n\
         S: HELO client.example\nC: 250 mail.example\n\
         S: DATA\nC: 503 5.5.1 MAIL first\n",
        MAIL,
        "S: MAIL FROM:<eve@x.example>\nC: 503 5.5.1 a message is under way\n\
         S: DATA\nC: 554 5.5.1 no recipients\n",
        RCPT,
        "S: RSET\nC: 250 2.0.0 forgotten\nS: DATA\nC: 503 5.5.1 MAIL first\n\
         S: RSET\nC: 250 2.0.0 forgotten\n",
        BYE,
    ];
    assert!(play(&dialogue.concat(), &[]).is_empty());
}

#[test]
fn a_greeting_in_the_middle_of_a_message_forgets_it() {
    let again = hello().split_once('\n').unwrap().1.to_owned();
    let dialogue =
        [&hello(), MAIL, RCPT, &again, "S: DATA\nC: 503 5.5.1 MAIL first\n", BYE].concat();
    assert!(play(&dialogue, &[]).is_empty());
}

#[test]
fn what_cannot_be_understood_is_told_apart() {
    let dialogue = [
        &hello(),
        "S: XYZ\nC: 500 5.5.2 no such command\n\
         S:\nC: 500 5.5.2 no such command\n\
         S: \\xff\\xfe\nC: 500 5.5.2 no such command\n\
         S: NOOP\\x00\nC: 500 5.5.2 no such command\n\
         S: MAIL FROM:ann\nC: 501 5.5.4 the command takes FROM:<address>\n\
         S: MAIL FROM:<ann>\nC: 501 5.5.4 the command takes FROM:<address>\n\
         S: MAIL FROM:<ann@x.example> SIZE=x\nC: 501 5.5.4 a parameter is not right\n",
        MAIL,
        "S: RCPT TO:<>\nC: 501 5.5.4 the command takes TO:<address>\n\
         S: RCPT TO:<a@x.example>b\nC: 501 5.5.4 the command takes TO:<address>\n\
         S: DATA now\nC: 501 5.5.4 the command takes nothing\n\
         S: EHLO\nC: 501 5.5.4 the command takes a name\n\
         S: VRFY bob\nC: 252 2.0.0 everybody gets mail here\n\
         S: EXPN staff\nC: 502 5.5.1 there are no lists here\n\
         S: HELP\nC: 214 2.0.0 see RFC 5321\n\
         S: NOOP whatever\nC: 250 2.0.0 here\n",
        BYE,
    ];
    play(&dialogue.concat(), &[]);
}

#[test]
fn a_client_that_makes_nothing_but_mistakes_is_let_go() {
    let mistake = "S: XYZ\nC: 500 5.5.2 no such command\n".repeat(19);
    let end = "S: XYZ\nC: 421 4.7.0 too many mistakes, closing\n";
    play(&[&hello(), &mistake, end].concat(), &[]);
}

#[test]
fn commands_out_of_order_are_mistakes_too() {
    let mistake = "S: RCPT TO:<bob@y.example>\nC: 503 5.5.1 MAIL first\n".repeat(19);
    let end = "S: RCPT TO:<bob@y.example>\nC: 421 4.7.0 too many mistakes, closing\n";
    play(&[&hello(), &mistake, end].concat(), &[]);
}

#[test]
fn a_group_and_what_stands_behind_the_dot_are_answered_in_order() {
    let greeting = "220 mail.example ESMTP comms\r\n";
    let script = Script::new().expect(greeting).send(
        "HELO a\r\nMAIL FROM:<ann@x.example>\r\nRCPT TO:<bob@y.example>\r\n\
         RCPT TO:<carol@y.example>\r\nDATA\r\nA: b\r\n\r\n..one\r\n.\r\n\
         MAIL FROM:<>\r\nRCPT TO:<bob@y.example>\r\nDATA\r\ntwo\r\n.\r\nNOOP\r\nQUIT\r\n",
    );
    for delivery in [Delivery::Whole, Delivery::PerOctet, Delivery::Seeded(3)] {
        let mut script = script.clone().delivery(delivery);
        for line in [
            "250 mail*",
            "250 2.1.0*",
            "250 2.1.5*",
            "250 2.1.5*",
            "354*",
            "250*queued as*",
            "250 2.1.0*",
            "250 2.1.5*",
            "354*",
            "250*queued as*",
            "250 2.0.0 here",
            "221*",
        ] {
            script = script.expect_like(line);
        }
        let (mut stack, transcript, store) = server(script);
        stack.connect().unwrap();
        assert_eq!(stack.serve().unwrap(), 2);
        transcript.finished().unwrap();
        let messages = store.messages();
        assert_eq!(messages[0].content, b"A: b\r\n\r\n.one\r\n");
        assert_eq!(messages[0].envelope.recipients.len(), 2);
        assert_eq!(messages[1].content, b"two\r\n");
        assert_eq!(messages[1].envelope.sender.to_string(), "<>");
        if delivery == Delivery::Whole {
            assert_eq!(transcript.sends(), 2, "the greeting, and all replies in one");
        }
    }
}

#[test]
fn a_size_over_the_limit_is_refused_when_it_is_announced_and_when_it_comes() {
    let content = "S: DATA\nC: 354 go on, end with a dot\nS: 0123456789\nS: 0123456789\nS: .\n\
                   C: 552 5.3.4 the message is too large\n";
    let announced = "S: MAIL FROM:<ann@x.example> SIZE=21\nC: 552 5.3.4 the message is too large\n";
    let dialogue =
        [&greeted(20, 1000), announced, MAIL, RCPT, content, "S: NOOP\nC: 250 2.0.0 here\n", BYE];
    assert!(play(&dialogue.concat(), &[("size_limit", "20")]).is_empty());
    let taken = "S: DATA\nC: 354 go on, end with a dot\nS: 012345678\nS: 01234567\nS: ..\nS: .\n";
    let script = [&greeted(24, 1000), MAIL, RCPT, taken, "C~: 250 *\n", BYE].concat();
    let (mut stack, _, store) = server(Script::parse(&script).unwrap());
    stack.set("size_limit", 24).unwrap();
    stack.connect().unwrap();
    stack.serve().unwrap();
    assert_eq!(store.messages()[0].content.len(), 24, "stuffed dots do not count");
}

#[test]
fn more_recipients_than_the_limit_are_refused_for_now() {
    let full = "S: RCPT TO:<carol@y.example>\nC: 452 4.5.3 too many recipients\n";
    play(&[&greeted(0, 1), MAIL, RCPT, full, BYE].concat(), &[("recipient_limit", "1")]);
}

#[test]
fn a_client_that_is_silent_is_told_and_let_go() {
    for part in ["", "S: NOOP\nC: 250 2.0.0 here\n", "S=: NO\n"] {
        let dialogue = [&hello(), part, "stall\n"].concat();
        let (mut stack, transcript, _) = server(Script::parse(&dialogue).unwrap());
        stack.set("timeout", Duration::from_secs(9)).unwrap();
        stack.connect().unwrap();
        let error = stack.serve().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Timeout);
        assert!(error.to_string().contains("the time for the next command (9 s)"), "{error}");
        assert!(transcript.text().ends_with("C: 421 4.4.2 nothing came for too long, closing\n"));
    }
}

#[test]
fn a_client_that_is_silent_in_the_middle_of_the_content_leaves_nothing() {
    let content = "S: DATA\nC: 354 go on, end with a dot\nS: half\nstall\n";
    let script = Script::parse(&[&hello(), MAIL, RCPT, content].concat()).unwrap();
    let (mut stack, transcript, store) = server(script);
    stack.connect().unwrap();
    assert_eq!(stack.serve().unwrap_err().class(), ErrorClass::Timeout);
    assert!(transcript.text().ends_with("C: 421 4.4.2 nothing came for too long, closing\n"));
    assert!(store.messages().is_empty());
}

#[test]
fn a_command_line_without_end_is_refused_in_bounded_memory() {
    let script = Script::new().expect_any_line().send("NOOP".repeat(100_000));
    let (mut stack, transcript, _) = server(script.expect_like("421 4.5.4 *"));
    stack.connect().unwrap();
    assert_eq!(stack.serve().unwrap_err().class(), ErrorClass::Protocol);
    assert!(stack.modules().map(comms_core::CommsModule::pending).sum::<usize>() < 64 * 1024);
    assert!(transcript.text().ends_with("closing\n"), "{}", transcript.text().len());
}

#[test]
fn a_client_that_goes_in_the_middle_of_the_content_leaves_nothing_at_any_octet() {
    let greeting = "220 mail.example ESMTP comms\r\n";
    let said = "HELO a\r\nMAIL FROM:<ann@x.example>\r\nRCPT TO:<bob@y.example>\r\nDATA\r\n\
                A: b\r\n\r\n.\r\r\n..\r\n.\r\n";
    let script = Script::new().expect(greeting).send(said);
    let script = (0..5).fold(script, |script, _| script.expect_any_line());
    for cut in [Cut::Close, Cut::Reset, Cut::Stall] {
        for delivery in [Delivery::Whole, Delivery::PerOctet] {
            for n in 0..said.len() {
                let (_, messages) = serve(script.clone().delivery(delivery).cut_at(n, cut));
                assert!(messages.is_empty(), "{cut:?} {delivery} at {n}");
            }
        }
    }
    let (outcome, messages) = serve(script);
    assert_eq!((outcome.unwrap(), messages.len()), (1, 1));
}
