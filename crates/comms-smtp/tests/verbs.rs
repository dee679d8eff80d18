//! The commands beside those of a transaction.

#![cfg(test)]

mod common;

use comms_core::{ErrorClass, Value};
use comms_smtp::SmtpStack;

use crate::common::{opening, play_connected, shape};

fn dialogue(rest: &str) -> String {
    opening(&[]) + rest
}

#[test]
fn noop_and_rset_tell_what_the_server_says() {
    let rest = "C: NOOP\nS: 250 still here\nC: RSET\nS: 250 ok\nC: NOOP\nS: 250-a\nS: 250 b\n\
                C: RSET\nS: 250 ok";
    play_connected(&dialogue(rest), |stack| {
        assert_eq!(stack.noop().unwrap(), "still here");
        stack.reset().unwrap();
        let mut session = stack.smtp().unwrap();
        assert!(session.noop().unwrap().lines().eq(["a", "b"]));
        assert_eq!(session.rset().unwrap().code(), 250);
    });
}

#[test]
fn vrfy_tells_a_user_a_forward_or_that_the_server_will_not_tell() {
    let rest = "C: VRFY bob\nS: 250 Bob <bob@x.example>\nC: VRFY eve\nS: 252 try it\n\
                C: VRFY joe\nS: 251 <joe@y.example>\nC: VRFY sue\nS: 550 unknown";
    play_connected(&dialogue(rest), |stack| {
        let mut session = stack.smtp().unwrap();
        assert_eq!(session.vrfy("bob").unwrap().text(), "Bob <bob@x.example>");
        assert_eq!(session.vrfy("eve").unwrap().code(), 252);
        assert_eq!(session.vrfy("joe").unwrap().code(), 251);
        let error = session.vrfy("sue").unwrap_err();
        assert_eq!(
            shape(&error),
            (ErrorClass::Permanent, "Smtp: VRFY sue was refused: 550 unknown".to_owned())
        );
    });
}

#[test]
fn expn_tells_the_members_or_nothing() {
    let rest = "C: EXPN staff\nS: 250-<a@x.example>\nS: 250 <b@x.example>\nC: EXPN board\n\
                S: 252 will not tell\nC: EXPN all\nS: 502 not here";
    play_connected(&dialogue(rest), |stack| {
        let mut session = stack.smtp().unwrap();
        assert_eq!(session.expn("staff").unwrap().unwrap(), ["<a@x.example>", "<b@x.example>"]);
        assert_eq!(session.expn("board").unwrap(), None);
        assert_eq!(session.expn("all").unwrap_err().class(), ErrorClass::Permanent);
    });
}

#[test]
fn help_is_given_on_a_topic_or_in_general() {
    let rest = "C: HELP\nS: 214-a\nS: 214 b\nC: HELP MAIL\nS: 211 c\nC: HELP\nS: 502 none";
    play_connected(&dialogue(rest), |stack| {
        let mut session = stack.smtp().unwrap();
        assert_eq!(session.help(None).unwrap(), ["a", "b"]);
        assert_eq!(session.help(Some("MAIL")).unwrap(), ["c"]);
        assert_eq!(session.help(None).unwrap_err().class(), ErrorClass::Permanent);
    });
}

#[test]
fn the_verbs_have_names_too() {
    let rest = "C: VRFY bob\nS: 252 try it\nC: EXPN board\nS: 252 no\nC: EXPN staff\n\
                S: 250 <a@x.example>\nC: HELP\nS: 214 a\nC: HELP MAIL\nS: 214 b";
    play_connected(&dialogue(rest), |stack| {
        let text = |text: &str| Value::Text(text.to_owned());
        let list = |one: &str| Value::List(vec![text(one)]);
        assert_eq!(stack.invoke("vrfy", &[text("bob")]).unwrap(), text("try it"));
        assert_eq!(stack.invoke("expn", &[text("board")]).unwrap(), Value::Nothing);
        assert_eq!(stack.invoke("expn", &[text("staff")]).unwrap(), list("<a@x.example>"));
        assert_eq!(stack.invoke("help", &[]).unwrap(), list("a"));
        assert_eq!(stack.invoke("help", &[text("MAIL")]).unwrap(), list("b"));
        for (method, args) in [
            ("vrfy", vec![]),
            ("vrfy", vec![Value::Integer(1)]),
            ("expn", vec![text("a"), text("b")]),
            ("help", vec![text("a"), text("b")]),
        ] {
            let error = stack.invoke(method, &args).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Usage, "{method}");
            assert!(error.to_string().contains(method), "{error}");
        }
    });
}

#[test]
fn greeting_again_forgets_what_was_offered_before() {
    let rest = "C: EHLO client.example\nS: 250-mail.example\nS: 250 SIZE 5";
    play_connected(&(opening(&["PIPELINING"]) + rest), |stack| {
        let mut session = stack.smtp().unwrap();
        assert_eq!(session.helo().unwrap(), ["mail.example", "SIZE 5"]);
        assert!(!session.extensions().offers("PIPELINING"));
        assert_eq!(session.extensions().size_limit(), Some(5));
    });
}

#[test]
fn a_reply_of_the_wrong_kind_ends_the_session() {
    for reply in ["354 go on", "junk", "250-a\nS: 550 b", "2500 x", "25"] {
        play_connected(&dialogue(&format!("C: NOOP\nS: {reply}")), |stack| {
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Protocol, "{reply}");
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection, "{reply}");
        });
    }
}

#[test]
fn the_class_of_the_last_error_is_a_property() {
    let rest =
        "C: NOOP\nS: 450 later\nC: NOOP\nS: 550 never\nC: VRFY x\nS: 450 busy\nC: NOOP\nS: 250 ok";
    play_connected(&dialogue(rest), |stack| {
        let class = |stack: &comms_core::CommsStack| stack.get("error_class").unwrap().value;
        assert_eq!(class(stack), None);
        stack.noop().unwrap_err();
        assert_eq!(class(stack), Some(Value::Text("transient".to_owned())));
        stack.noop().unwrap_err();
        assert_eq!(class(stack), Some(Value::Text("permanent".to_owned())));
        stack.smtp().unwrap().vrfy("x").unwrap_err();
        assert_eq!(class(stack), Some(Value::Text("transient".to_owned())));
        stack.noop().unwrap();
        assert_eq!(class(stack), None);
    });
}
