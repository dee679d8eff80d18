//! Transactions made by hand: the envelope, and the order of the verbs.

#![cfg(test)]

mod common;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_smtp::{Acceptance, Misplaced, ReversePath, SmtpError, SmtpStack};
use comms_testkit::Script;

use crate::common::hand::{
    BOB, DATA, MAIL, TAKEN, address, ann, assert_misplaced, data, dialogue, mail, parameters, rcpt,
};
use crate::common::{HI_SAID, cause, client, hi, opening, play, play_connected, send, shape};

#[test]
fn a_transaction_goes_step_by_step_and_another_may_follow() {
    let once = format!("{MAIL}{BOB}{DATA}{HI_SAID}{TAKEN}");
    play_connected(&dialogue(&format!("{once}{once}C: QUIT\nS: 221 bye")), |stack| {
        for _ in 0..2 {
            assert_eq!(mail(stack).unwrap().to_string(), "250 2.1.0 sender ok");
            let bob = rcpt(stack, "bob@y.example").unwrap();
            assert!(matches!(bob, Acceptance::Accepted { .. }), "{bob:?}");
            assert_eq!(bob.to_string(), "250 2.1.5 bob ok");
            assert_eq!(data(stack).unwrap().text(), "taken");
        }
        stack.disconnect().unwrap();
    });
}

#[test]
fn the_null_sender_and_parameters_are_said_as_they_are_given() {
    let rest = "C: MAIL FROM:<>\nS: 250 ok\nC: RSET\nS: 250 ok\n\
                C: MAIL FROM:<ann@x.example> SIZE=5 BODY=8BITMIME X-OWN=a<b>\nS: 250 ok\n\
                C: RCPT TO:<bob@y.example> NOTIFY=NEVER X\nS: 250 ok";
    play_connected(&dialogue(rest), |stack| {
        let mut session = stack.smtp().unwrap();
        session.mail(ReversePath::Null).unwrap();
        session.rset().unwrap();
        let of_mail = parameters(&["size=5", "BODY=8BITMIME", "X-Own=a<b>"]);
        session.mail_with(ann(), &of_mail).unwrap();
        let of_rcpt = parameters(&["NOTIFY=NEVER", "X"]);
        session.rcpt_with(&address("bob@y.example"), &of_rcpt).unwrap();
    });
}

#[test]
fn a_parameter_is_said_once_and_a_command_keeps_its_length() {
    play_connected(&dialogue("C: NOOP\nS: 250 ok"), |stack| {
        let mut session = stack.smtp().unwrap();
        let twice = session.mail_with(ann(), &parameters(&["SIZE=1", "size=2"])).unwrap_err();
        assert_eq!(twice.class(), ErrorClass::Usage);
        assert!(twice.sentence().ends_with("SIZE is there twice"), "{twice:?}");
        let long = format!("X={}", "y".repeat(1600));
        let long = session.mail_with(ann(), &parameters(&[&long])).unwrap_err();
        assert_eq!(long.class(), ErrorClass::Usage);
        assert!(long.sentence().contains("with it the command has 16"), "{long:?}");
        session.noop().unwrap();
    });
}

#[test]
fn a_refused_sender_opens_no_transaction() {
    for (reply, class) in
        [("550 5.7.1 barred", ErrorClass::Permanent), ("450 4.7.1 later", ErrorClass::Transient)]
    {
        let rest = format!("C: MAIL FROM:<ann@x.example>\nS: {reply}\n{MAIL}");
        play_connected(&dialogue(&rest), |stack| {
            let sentence = format!("Smtp: MAIL FROM:<ann@x.example> was refused: {reply}");
            assert_eq!(shape(&mail(stack).unwrap_err()), (class, sentence));
            let early = rcpt(stack, "bob@y.example").unwrap_err();
            assert_misplaced(&early, "RCPT", Misplaced::BeforeMail);
            mail(stack).unwrap();
        });
    }
}

#[test]
fn a_refused_recipient_leaves_the_transaction_as_it_was() {
    let rest = format!(
        "{MAIL}C: RCPT TO:<eve@y.example>\nS: 550 5.1.1 no\n\
         C: RCPT TO:<joe@y.example>\nS: 450 later\n{BOB}{DATA}{HI_SAID}{TAKEN}"
    );
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        let eve = rcpt(stack, "eve@y.example").unwrap_err();
        assert_eq!(eve.class(), ErrorClass::Permanent);
        assert_misplaced(&data(stack).unwrap_err(), "DATA", Misplaced::BeforeRcpt);
        assert_eq!(rcpt(stack, "joe@y.example").unwrap_err().class(), ErrorClass::Transient);
        rcpt(stack, "bob@y.example").unwrap();
        data(stack).unwrap();
    });
}

#[test]
fn a_forward_is_told_with_its_path_where_that_can_be_read() {
    let rest = format!(
        "{MAIL}C: RCPT TO:<bob@y.example>\nS: 251 will forward to <bob@z.example>\n\
         C: RCPT TO:<eve@y.example>\nS: 251 will forward\n"
    );
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        for (recipient, expected) in
            [("bob@y.example", Some(address("bob@z.example"))), ("eve@y.example", None)]
        {
            match rcpt(stack, recipient).unwrap() {
                Acceptance::Forwarded { path, reply } => {
                    assert_eq!((path, reply.code()), (expected, 251));
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

const MOVED: &str = "C: RCPT TO:<old@y.example> X=1\nS: 551 please try <new@z.example>\n";

fn rcpt_old(stack: &mut CommsStack) -> Result<Acceptance, Error> {
    stack.smtp()?.rcpt_with(&address("old@y.example"), &parameters(&["X=1"]))
}

#[test]
fn a_recipient_that_has_moved_is_asked_for_at_the_new_address_with_the_same_parameters() {
    let rest =
        format!("{MAIL}{MOVED}C: RCPT TO:<new@z.example> X=1\nS: 250 ok\n{DATA}{HI_SAID}{TAKEN}");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        let found = rcpt_old(stack).unwrap();
        assert_eq!(found.to_string(), "moved to <new@z.example>: 250 ok");
        match found {
            Acceptance::Relocated { new, .. } => assert_eq!(new, address("new@z.example")),
            other => panic!("{other:?}"),
        }
        data(stack).unwrap();
    });
}

#[test]
fn a_recipient_is_followed_once_and_only_to_one_valid_path() {
    // Sent on from the new address, too; sent to itself; sent nowhere that can be read.
    let circle = format!("{MOVED}C: RCPT TO:<new@z.example> X=1\nS: 551 try <old@y.example>\n");
    let odd = |path: &str| format!("C: RCPT TO:<old@y.example> X=1\nS: 551 try {path}\n");
    let odd = ["<old@y.example>", "", "<>", "<a@b> <c@d>", "<a@b\\rRSET>", "<a@b> SIZE=1>", "a@b"]
        .map(odd);
    for rest in [circle].iter().chain(&odd) {
        play_connected(&dialogue(&format!("{MAIL}{rest}{BOB}")), |stack| {
            mail(stack).unwrap();
            let error = rcpt_old(stack).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Permanent, "{rest}: {error}");
            rcpt(stack, "bob@y.example").unwrap();
        });
    }
}

#[test]
fn nobody_is_followed_where_the_property_says_so() {
    play_connected(&dialogue(&format!("{MAIL}{MOVED}")), |stack| {
        stack.set("follow_relocation", false).unwrap();
        mail(stack).unwrap();
        let error = rcpt_old(stack).unwrap_err();
        assert_eq!(cause(&error).reply().unwrap().code(), 551);
    });
}

#[test]
fn a_new_address_that_was_accepted_before_is_not_asked_for_again() {
    let rest = format!("{MAIL}C: RCPT TO:<new@z.example>\nS: 250 ok\n{MOVED}");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "new@z.example").unwrap();
        match rcpt_old(stack).unwrap() {
            Acceptance::Relocated { new, reply } => {
                assert_eq!((new, reply.code()), (address("new@z.example"), 551));
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn each_verb_that_is_out_of_place_says_what_to_do_and_sends_nothing() {
    let rest = format!("{MAIL}{BOB}C: RSET\nS: 250 ok");
    play_connected(&dialogue(&rest), |stack| {
        use Misplaced::{BeforeMail, BeforeRcpt, InTransaction};
        assert_misplaced(&rcpt(stack, "bob@y.example").unwrap_err(), "RCPT", BeforeMail);
        assert_misplaced(&data(stack).unwrap_err(), "DATA", BeforeMail);
        mail(stack).unwrap();
        assert_misplaced(&data(stack).unwrap_err(), "DATA", BeforeRcpt);
        for recipients in 0..2 {
            if recipients == 1 {
                rcpt(stack, "bob@y.example").unwrap();
            }
            assert_misplaced(&mail(stack).unwrap_err(), "MAIL", InTransaction);
            let mut session = stack.smtp().unwrap();
            assert_misplaced(&session.starttls().unwrap_err(), "STARTTLS", InTransaction);
            assert_misplaced(&session.auth().unwrap_err(), "AUTH", InTransaction);
        }
        stack.reset().unwrap();
        let error = data(stack).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Smtp: DATA cannot be said before a transaction was begun: say MAIL first"
        );
        assert_eq!(stack.get("error_class").unwrap().value, Some("usage".into()));
    });
}

#[test]
fn what_asks_the_server_alone_may_stand_in_a_transaction() {
    let rest = format!(
        "{MAIL}C: NOOP\nS: 250 ok\nC: VRFY x\nS: 252 no\n{BOB}C: HELP\nS: 214 a\nC: EXPN x\n\
         S: 252 no\n{DATA}{HI_SAID}{TAKEN}"
    );
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        stack.noop().unwrap();
        stack.smtp().unwrap().vrfy("x").unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        stack.smtp().unwrap().help(None).unwrap();
        stack.smtp().unwrap().expn("x").unwrap();
        data(stack).unwrap();
    });
}

#[test]
fn rset_helo_and_a_new_connection_end_a_transaction() {
    let again = "C: EHLO client.example\nS: 250 mail.example\n";
    let rest = format!(
        "{MAIL}{BOB}C: RSET\nS: 250 ok\n{MAIL}{BOB}{again}{MAIL}{BOB}C: QUIT\nS: 221 bye\n\
         connect\n{}{MAIL}",
        opening(&[])
    );
    play_connected(&dialogue(&rest), |stack| {
        let begin = |stack: &mut CommsStack| {
            mail(stack).unwrap();
            rcpt(stack, "bob@y.example").unwrap();
        };
        begin(stack);
        stack.smtp().unwrap().rset().unwrap();
        begin(stack);
        stack.smtp().unwrap().helo().unwrap();
        begin(stack);
        stack.disconnect().unwrap();
        stack.connect().unwrap();
        assert_misplaced(&data(stack).unwrap_err(), "DATA", Misplaced::BeforeMail);
        mail(stack).unwrap();
    });
}

#[test]
fn a_greeting_that_is_refused_leaves_the_transaction_as_it_was() {
    let rest = format!("{MAIL}C: EHLO client.example\nS: 550 not now\n{BOB}");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        stack.smtp().unwrap().helo().unwrap_err();
        rcpt(stack, "bob@y.example").unwrap();
    });
}

#[test]
fn a_message_that_is_sent_gives_up_a_transaction_that_is_open() {
    let whole = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
                 C: DATA\nS: 354 go\n";
    let rest = format!("{MAIL}C: RSET\nS: 250 ok\n{whole}{HI_SAID}{TAKEN}{MAIL}");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        send(stack, &hi(&["bob@y.example"])).unwrap();
        let error = rcpt(stack, "bob@y.example").unwrap_err();
        assert_misplaced(&error, "RCPT", Misplaced::BeforeMail);
        mail(stack).unwrap();
    });
    let series = format!("{MAIL}C: RSET\nS: 250 ok\n{whole}{HI_SAID}{TAKEN}");
    play_connected(&dialogue(&series), |stack| {
        mail(stack).unwrap();
        stack.smtp().unwrap().send_all([hi(&["bob@y.example"])]).unwrap().remove(0).unwrap();
        assert_misplaced(&data(stack).unwrap_err(), "DATA", Misplaced::BeforeMail);
    });
}

#[test]
fn what_a_message_left_unfinished_is_ended_before_the_next_sender() {
    let rest = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 550 no\n";
    play_connected(&dialogue(&format!("{rest}C: RSET\nS: 250 ok\n{MAIL}")), |stack| {
        send(stack, &hi(&["bob@y.example"])).unwrap_err();
        mail(stack).unwrap();
    });
    // A message that is refused before anything is said gives up what was open, too.
    play_connected(&dialogue(&format!("{MAIL}C: RSET\nS: 250 ok\n{MAIL}")), |stack| {
        mail(stack).unwrap();
        send(stack, &hi(&[])).unwrap_err();
        mail(stack).unwrap();
    });
}

#[test]
fn replies_that_make_no_sense_end_the_session() {
    for rest in [
        "C: MAIL FROM:<ann@x.example>\nS: 354 go\n".to_owned(),
        format!("{MAIL}C: RCPT TO:<bob@y.example>\nS: 354 go\n"),
        format!("{MAIL}{BOB}C: DATA\nS: 250 ok\n"),
        format!("{MAIL}{BOB}C: DATA\nS: junk\n"),
        format!("{MAIL}{BOB}C: DATA\nS: 354 go\nS: 250 early\n"),
    ] {
        play_connected(&dialogue(&rest), |stack| {
            let outcome =
                mail(stack).and_then(|_| rcpt(stack, "bob@y.example")).and_then(|_| data(stack));
            assert_eq!(outcome.unwrap_err().class(), ErrorClass::Protocol, "{rest}");
            for over in [mail(stack), data(stack)] {
                assert!(matches!(cause(&over.unwrap_err()), SmtpError::Over), "{rest}");
            }
        });
    }
}

#[test]
fn a_farewell_at_any_step_is_the_answer_to_it_and_the_last() {
    let steps = [
        "C: MAIL FROM:<ann@x.example>\n".to_owned(),
        format!("{MAIL}C: RCPT TO:<bob@y.example>\n"),
        format!("{MAIL}{BOB}C: DATA\n"),
        format!("{MAIL}{BOB}{DATA}{HI_SAID}"),
    ];
    for rest in steps {
        play_connected(&dialogue(&format!("{rest}S: 421 closing\nclose")), |stack| {
            let outcome =
                mail(stack).and_then(|_| rcpt(stack, "bob@y.example")).and_then(|_| data(stack));
            let error = outcome.unwrap_err();
            assert_eq!(error.class(), ErrorClass::Transient, "{rest}: {error}");
            assert!(error.to_string().ends_with("was refused: 421 closing"), "{error}");
            assert!(!stack.is_connected());
        });
    }
}

#[test]
fn quit_gives_the_reply_and_nothing_is_said_after_it() {
    play_connected(&dialogue(&format!("{MAIL}C: QUIT\nS: 221 2.0.0 bye")), |stack| {
        mail(stack).unwrap();
        assert_eq!(stack.smtp().unwrap().quit().unwrap().to_string(), "221 2.0.0 bye");
        assert!(!stack.is_connected());
        let error = mail(stack).unwrap_err();
        assert!(matches!(cause(&error), SmtpError::Over), "{error}");
        assert!(error.to_string().contains("QUIT"), "{error}");
        stack.disconnect().unwrap();
    });
    for (end, class) in [
        ("S: 500 what?", ErrorClass::Permanent),
        ("S: 421 bye", ErrorClass::Transient),
        ("S: 354 go", ErrorClass::Protocol),
        ("close", ErrorClass::Connection),
        ("stall", ErrorClass::Timeout),
    ] {
        let (mut stack, transcript, _) =
            client(Script::parse(&dialogue(&format!("C: QUIT\n{end}"))).unwrap());
        stack.connect().unwrap();
        assert_eq!(stack.smtp().unwrap().quit().unwrap_err().class(), class, "{end}");
        stack.disconnect().unwrap();
        assert!(transcript.sent().ends_with(b"\r\nQUIT\r\n"), "{end}");
    }
}

#[test]
fn a_stack_connects_again_after_quit() {
    let once = dialogue("C: QUIT\nS: 221 bye\n");
    play(&format!("{once}connect\n{once}"), |stack| {
        for _ in 0..2 {
            stack.connect().unwrap();
            stack.smtp().unwrap().quit().unwrap();
        }
    });
}

#[test]
fn an_address_beyond_ascii_needs_the_offer_and_the_parameter() {
    let wide = address("j\u{f6}rg@b\u{fc}cher.example");
    let domain = address("info@b\u{fc}cher.example");
    let ascii = "C: RCPT TO:<info@xn--bcher-kva.example>\nS: 250 ok\n";
    play_connected(&dialogue(&format!("{MAIL}{ascii}")), |stack| {
        let mut session = stack.smtp().unwrap();
        let error = session.mail(wide.clone()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Content);
        session.mail(ann()).unwrap();
        assert_eq!(session.rcpt(&wide).unwrap_err().class(), ErrorClass::Content);
        session.rcpt(&domain).unwrap();
    });
    let rest = format!(
        "{MAIL}{ascii}C: RSET\nS: 250 ok\n\
         C: MAIL FROM:<j\\xc3\\xb6rg@b\\xc3\\xbccher.example> SMTPUTF8\nS: 250 ok\n\
         C: RCPT TO:<j\\xc3\\xb6rg@b\\xc3\\xbccher.example>\nS: 250 ok"
    );
    play_connected(&(opening(&["SMTPUTF8"]) + &rest), |stack| {
        let mut session = stack.smtp().unwrap();
        let error = session.mail(wide.clone()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage);
        assert!(error.to_string().ends_with("say RSET, and MAIL with it"), "{error}");
        session.mail(ann()).unwrap();
        assert_eq!(session.rcpt(&wide).unwrap_err().class(), ErrorClass::Usage);
        session.rcpt(&domain).unwrap();
        session.rset().unwrap();
        session.mail_with(wide.clone(), &parameters(&["SMTPUTF8"])).unwrap();
        session.rcpt(&wide).unwrap();
    });
}

#[test]
fn a_quoted_local_part_makes_no_parameter_of_a_command() {
    let rest = "C: MAIL FROM:<\"b> SIZE=1\"@x.example>\nS: 250 ok\n\
                C: RCPT TO:<\"a> ORCPT=x\"@example.com>\nS: 250 ok";
    play_connected(&dialogue(rest), |stack| {
        let mut session = stack.smtp().unwrap();
        session.mail(address(r#""b> SIZE=1"@x.example"#)).unwrap();
        session.rcpt(&address(r#""a> ORCPT=x"@example.com"#)).unwrap();
    });
}

#[test]
fn a_transaction_by_hand_counts_for_a_series_that_follows() {
    // MAILMAX (RFC 9422) is of the session: the second message goes over another.
    let limits = opening(&["LIMITS MAILMAX=2"]);
    let once = format!("{MAIL}{BOB}{DATA}{HI_SAID}{TAKEN}");
    let rest = format!("{once}{once}C: QUIT\nS: 221 bye\nconnect\n{limits}{once}");
    play_connected(&(limits.clone() + &rest), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        data(stack).unwrap();
        let message = hi(&["bob@y.example"]);
        let outcomes = stack.smtp().unwrap().send_all([&message, &message]).unwrap();
        for outcome in outcomes {
            outcome.unwrap();
        }
    });
}
