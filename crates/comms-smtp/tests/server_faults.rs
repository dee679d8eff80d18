//! A server that does what a handler decides, and faults by rule.

#![cfg(test)]

mod common;
mod serving;

use std::time::Duration;

use comms_core::CommsStack;
use comms_smtp::{
    Decision, Envelope, FaultRule, Faults, Handler, MemoryStore, Received, Recipient, Reply,
    ServerStack, SmtpServer,
};
use comms_testkit::{ManualClock, Script};
use comms_util::Util;

use crate::serving::{BYE, MAIL, RCPT, decide, hello, play};

fn faults(rules: &[&str]) -> Faults {
    rules.iter().map(|rule| rule.parse::<FaultRule>().unwrap()).collect()
}

/// What a server with these rules stores of clients that talk so. A client that ends in `stall`
/// finds out a server that goes on.
fn serve(rules: &[&str], dialogues: &[&str]) -> Vec<Received> {
    decide(&faults(rules), dialogues, &[])
}

fn recipients(messages: &[Received]) -> Vec<Vec<String>> {
    let of =
        |message: &Received| message.envelope.recipients.iter().map(Recipient::to_string).collect();
    messages.iter().map(of).collect()
}

const DATA: &str = "S: DATA\nC: 354 go on, end with a dot\nS: Hi\nS: .\n";
const QUEUED: &str = "C~: 250 2.0.0 Ok: queued as *\n";
const CAROL: &str = "S: RCPT TO:<carol@y.example>\n";

#[test]
fn the_second_recipient_is_refused_and_the_others_get_the_message() {
    let refused = "C: 450 4.3.0 not now, the rule says\n";
    let third = "S: RCPT TO:<dan@y.example>\nC: 250 2.1.5 go on\n";
    let dialogue = [&hello(), MAIL, RCPT, CAROL, refused, third, DATA, QUEUED, BYE].concat();
    let stored = serve(&["rcpt:2:450"], &[&dialogue]);
    assert_eq!(recipients(&stored), [["bob@y.example", "dan@y.example"]]);
}

#[test]
fn a_recipient_with_a_251_is_one_and_with_a_551_is_none() {
    let moved = "C: 551 User not local; please try <new@x.example>\n";
    let forwarded = "C: 251 2.1.5 will forward\n";
    let bob = RCPT.lines().next().unwrap().to_owned() + "\n";
    let dialogue = [&hello(), MAIL, &bob, moved, CAROL, forwarded, DATA, QUEUED, BYE].concat();
    let rules =
        ["rcpt:1:551 User not local; please try <new@x.example>", "rcpt:251 2.1.5 will forward"];
    assert_eq!(recipients(&serve(&rules, &[&dialogue])), [["carol@y.example"]]);
}

#[test]
fn a_delay_is_waited_for_and_then_all_goes_its_usual_way() {
    let dialogue = [&hello(), MAIL, RCPT, DATA, QUEUED, BYE].concat();
    let rules = ["connect:delay 1", "helo:delay 0.5", "mail:delay 2", "rcpt:delay 4"];
    let more = ["data:delay 8", "content:delay 16", "quit:delay 32"];
    let (store, clock) = (MemoryStore::new(), ManualClock::new());
    let server = SmtpServer::new(store.clone()).with_handler(faults(&[&rules[..], &more].concat()));
    let script = Script::parse(&dialogue).unwrap();
    let mut stack =
        CommsStack::builder().layer(server).layer(Util::new()).layer(script).build().unwrap();
    stack.set("local_mail_domain", "mail.example").unwrap();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    assert_eq!(stack.serve().unwrap(), 1);
    assert_eq!(store.messages().len(), 1);
    assert_eq!(clock.elapsed(), Duration::from_millis(63_500));
}

#[test]
fn close_after_the_content_stores_it_first_and_a_client_that_comes_again_is_served() {
    let first = [&hello(), MAIL, RCPT, DATA, "stall\n"].concat();
    let second = [&hello(), MAIL, RCPT, DATA, QUEUED, BYE].concat();
    let stored = serve(&["content:1:close-after"], &[&first, &second]);
    assert_eq!(stored.len(), 2);
}

#[test]
fn close_at_the_content_stores_nothing() {
    let first = [&hello(), MAIL, RCPT, DATA, "stall\n"].concat();
    let second = [&hello(), MAIL, RCPT, DATA, QUEUED, BYE].concat();
    assert_eq!(serve(&["content:1:close"], &[&first, &second]).len(), 1);
}

#[test]
fn close_sends_what_was_said_before_and_no_more() {
    for (rule, dialogue) in [
        ("connect:close", "stall\n".to_owned()),
        (
            "helo:close",
            "C: 220 mail.example ESMTP comms\nS: EHLO client.example\nstall\n".to_owned(),
        ),
        ("mail:close", [&hello(), "S: NOOP\nS: MAIL FROM:<>\nC: 250 2.0.0 here\nstall\n"].concat()),
        ("rcpt:2:close", [&hello(), MAIL, RCPT, CAROL, "stall\n"].concat()),
        ("data:close", [&hello(), MAIL, RCPT, "S: DATA\nstall\n"].concat()),
        (
            "bdat:2:close",
            [
                &hello(),
                MAIL,
                RCPT,
                "S: BDAT 4\nS: ab\nC: 250 2.0.0 4 octets, go on\nS: BDAT 4 LAST\nstall\n",
            ]
            .concat(),
        ),
        ("rset:close", [&hello(), "S: RSET\nstall\n"].concat()),
        ("noop:close-after", [&hello(), "S: NOOP\nstall\n"].concat()),
        ("quit:close", [&hello(), "S: QUIT\nstall\n"].concat()),
    ] {
        assert!(serve(&[rule], &[&dialogue]).is_empty(), "{rule}");
    }
}

#[test]
fn close_after_the_last_chunk_stores_the_message() {
    for rule in ["bdat:close-after", "content:close-after"] {
        let last = "S: BDAT 4 LAST\nS: ab\nstall\n";
        let stored = serve(&[rule], &[&[&hello(), MAIL, RCPT, last].concat()]);
        assert_eq!(stored[0].content, b"ab\r\n", "{rule}");
    }
}

#[test]
fn stall_says_nothing_until_the_client_goes_whatever_it_says() {
    let rest = "S: RCPT TO:<carol@y.example>\nS: NOOP\nS: QUIT\n";
    assert!(serve(&["rcpt:2:stall"], &[&[&hello(), MAIL, RCPT, rest].concat()]).is_empty());
    assert!(serve(&["connect:stall"], &["S: NOOP\nstall\n"]).is_empty());
    let content = [&hello(), MAIL, RCPT, DATA, "S: QUIT\nstall\n"].concat();
    assert!(serve(&["content:stall"], &[&content]).is_empty());
}

#[test]
fn who_is_refused_at_the_greeting_is_not_served() {
    for (rule, said) in [
        ("connect:554 5.3.2 not you", "C: 554 5.3.2 not you\nstall\n"),
        ("connect:421", "C: 421 4.3.0 not now, the rule says\nstall\n"),
    ] {
        assert!(serve(&[rule], &[said]).is_empty());
    }
}

#[test]
fn after_a_421_the_server_closes_in_any_state() {
    let closing = "C: 421 4.3.0 not now, the rule says\nstall\n";
    for (rule, dialogue) in [
        ("mail:421", [&hello(), "S: MAIL FROM:<ann@x.example>\n", closing].concat()),
        ("content:421", [&hello(), MAIL, RCPT, DATA, closing].concat()),
        ("noop:421", [&hello(), "S: NOOP\n", closing].concat()),
    ] {
        assert!(serve(&[rule], &[&dialogue]).is_empty(), "{rule}");
    }
}

#[test]
fn ehlo_can_be_refused_and_helo_taken() {
    let dialogue = [
        "C: 220 mail.example ESMTP comms\nS: EHLO client.example\nC: 502 5.3.0 no, the rule says\n\
         S: MAIL FROM:<ann@x.example>\nC: 503 5.5.1 greet first\n\
         S: HELO client.example\nC: 250 mail.example\n",
        MAIL,
        BYE,
    ];
    serve(&["helo:1:502"], &[&dialogue.concat()]);
}

#[test]
fn a_refused_message_takes_nothing_of_its_group_with_it() {
    let refused = "S: MAIL FROM:<ann@x.example>\nS: RCPT TO:<bob@y.example>\nS: DATA\n\
                   C: 450 4.3.0 not now, the rule says\nC: 503 5.5.1 MAIL was refused\n\
                   C: 503 5.5.1 MAIL was refused\n";
    let data = "S: DATA\nC: 451 4.3.0 not now, the rule says\n";
    let dialogue = [&hello(), refused, MAIL, RCPT, data, MAIL, RCPT, DATA, QUEUED, BYE].concat();
    assert_eq!(serve(&["mail:1:450", "data:1:451"], &[&dialogue]).len(), 1);
}

#[test]
fn data_can_be_answered_by_what_no_client_expects() {
    let dialogue = [&hello(), MAIL, RCPT, "S: DATA\nC: 250 2.0.0 as the rule says\n", BYE].concat();
    assert!(serve(&["data:250"], &[&dialogue]).is_empty());
    let dialogue = [&hello(), MAIL, RCPT, "S: DATA\nC: 354 anything\nS: Hi\nS: .\n", QUEUED, BYE];
    assert_eq!(serve(&["data:354 anything"], &[&dialogue.concat()]).len(), 1);
}

#[test]
fn a_refused_chunk_is_read_and_so_are_those_behind_it() {
    let chunks = "S: BDAT 6\nS: QUIT\nS: BDAT 6\nS: QUIT\nS: BDAT 6 LAST\nS: QUIT\n\
                  C: 250 2.0.0 6 octets, go on\nC: 452 4.3.0 not now, the rule says\n\
                  C: 503 5.5.1 the message has failed already\n";
    let last = "S: BDAT 6 LAST\nS: QUIT\nC: 554 5.6.0 no\n";
    let dialogue = [&hello(), MAIL, RCPT, chunks, MAIL, RCPT, last, MAIL, BYE].concat();
    assert!(serve(&["bdat:2:452", "bdat:3:554 5.6.0 no"], &[&dialogue]).is_empty());
}

#[test]
fn content_that_is_refused_is_not_stored_and_the_session_goes_on() {
    let no = "C: 554 5.3.0 no, the rule says\n";
    let yes = "C: 250 2.0.0 as the rule says\n";
    let dialogue = [&hello(), MAIL, RCPT, DATA, no, MAIL, RCPT, DATA, yes, BYE].concat();
    assert_eq!(serve(&["content:1:554", "content:2:250"], &[&dialogue]).len(), 1);
}

#[test]
fn what_the_server_refuses_by_itself_does_not_count() {
    let dialogue = [
        &hello(),
        "S: RCPT TO:<bob@y.example>\nC: 503 5.5.1 MAIL first\n",
        MAIL,
        "S: RCPT TO:<bob@y.example> FOO=1\nC: 555 5.5.4 a parameter is not known here\n\
         S: RCPT TO:<bob@y.example>\nC: 550 5.3.0 no, the rule says\n",
        BYE,
    ];
    serve(&["rcpt:1:550"], &[&dialogue.concat()]);
}

#[test]
fn without_rules_and_handlers_nothing_is_different() {
    assert!(play(&[&hello(), MAIL, RCPT, BYE].concat(), &[]).is_empty());
    assert!(serve(&[], &[&[&hello(), MAIL, RCPT, BYE].concat()]).is_empty());
}

/// Sees what it is asked about.
#[derive(Debug, Clone)]
struct Curious;

impl Handler for Curious {
    fn helo(&mut self, name: &str) -> Decision {
        Decision::Reply(Reply::new(250, &format!("hello {name}\nPIPELINING")))
    }

    fn rcpt(&mut self, envelope: &Envelope, recipient: &Recipient) -> Decision {
        let (sender, before) = (&envelope.sender, envelope.recipients.len());
        let words = format!("2.1.5 {recipient} from {sender} behind {before}");
        Decision::Reply(Reply::new(250, &words))
    }

    fn chunk(&mut self, _: &Envelope, octets: u64) -> Decision {
        let words = format!("5.6.0 {octets} are too many");
        if octets > 4 { Decision::Reply(Reply::new(554, &words)) } else { Decision::Go }
    }

    fn share(&self) -> Box<dyn Handler> {
        Box::new(self.clone())
    }
}

#[test]
fn a_handler_of_one_s_own_is_told_what_the_client_said() {
    let dialogue = [
        "C: 220 mail.example ESMTP comms\nS: EHLO me\nC: 250-hello me\nC: 250 PIPELINING\n",
        MAIL,
        "S: RCPT TO:<bob@y.example>\nC: 250 2.1.5 bob@y.example from <ann@x.example> behind 0\n",
        CAROL,
        "C: 250 2.1.5 carol@y.example from <ann@x.example> behind 1\n\
         S: BDAT 4\nS: ab\nC: 250 2.0.0 4 octets, go on\n\
         S: BDAT 5 LAST\nS: abc\nC: 554 5.6.0 5 are too many\n",
        BYE,
    ];
    assert!(decide(&Curious, &[&dialogue.concat()], &[]).is_empty());
}
