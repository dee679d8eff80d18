//! The commands beside those of a transaction.

#![cfg(test)]

mod common;

use comms_core::{CommsModule, CommsStack, ErrorClass, Value};
use comms_smtp::{Smtp, SmtpError, SmtpStack};

use crate::common::{HI, HI_SAID, cause, opening, play, play_connected, shape};

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
        assert_eq!(stack.invoke("vrfy", &[text("bob")]).unwrap(), text("252 try it"));
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
fn what_was_offered_was_forgotten_when_a_second_greeting_was_refused() {
    let rest = "C: EHLO client.example\nS: 503 once is enough";
    play_connected(&(opening(&["PIPELINING"]) + rest), |stack| {
        let mut session = stack.smtp().unwrap();
        assert_eq!(session.helo().unwrap_err().class(), ErrorClass::Permanent);
        assert!(session.extensions().offers("PIPELINING"), "the server is as it was");
        assert_eq!(session.helo_response(), ["mail.example", "PIPELINING"]);
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
        let class = |stack: &CommsStack| stack.get("error_class").unwrap().value;
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

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| Value::from(*text)).collect()
}

fn invoke(stack: &mut CommsStack, method: &str, args: &[&str]) -> Value {
    stack.invoke(method, &texts(args)).unwrap()
}

const BOB: &str = "C: RCPT TO:<bob@y.example> X\nS: 250 2.1.5 ok\n";

#[test]
fn a_session_is_held_by_names_alone() {
    let rest = format!(
        "C: EHLO client.example\nS: 250-mail.example\nS: 250 SIZE 5\n\
         C: MAIL FROM:<> SIZE=5 A\nS: 250 ok\nC: RSET\nS: 250 2.0.0 reset\n\
         C: MAIL FROM:<ann@x.example>\nS: 250 2.1.0 ok\n{BOB}\
         C: RCPT TO:<old@y.example>\nS: 551 try <new@z.example>\n\
         C: RCPT TO:<new@z.example>\nS: 251 will forward to <eve@z.example>\n\
         C: DATA\nS: 354 go\n{HI_SAID}S: 250 taken\n\
         C: NOOP\nS: 250 still here\nC: QUIT\nS: 221 bye"
    );
    play_connected(&dialogue(&rest), |stack| {
        let lines = Value::List(texts(&["mail.example", "SIZE 5"]));
        assert_eq!(invoke(stack, "helo", &[]), lines);
        assert_eq!(invoke(stack, "heloResponse", &[]), lines);
        assert_eq!(invoke(stack, "mail", &["<>", "size=5", "A"]), "250 ok".into());
        assert_eq!(invoke(stack, "rset", &[]), "250 2.0.0 reset".into());
        assert_eq!(invoke(stack, "Smtp.mail", &["ann@x.example"]), "250 2.1.0 ok".into());
        assert_eq!(invoke(stack, "rcpt", &["bob@y.example", "X"]), "250 2.1.5 ok".into());
        assert_eq!(
            invoke(stack, "rcpt", &["old@y.example"]),
            "moved to <new@z.example>: 251 will forward to <eve@z.example>".into()
        );
        assert_eq!(invoke(stack, "data", &[HI]), "250 taken".into());
        assert_eq!(invoke(stack, "noop", &[]), "250 still here".into());
        assert_eq!(invoke(stack, "quit", &[]), "221 bye".into());
        stack.disconnect().unwrap();
    });
}

#[test]
fn content_by_name_may_be_octets_and_lmtp_answers_for_each() {
    let rest = format!(
        "C: MAIL FROM:<ann@x.example>\nS: 250 ok\n{BOB}C: RCPT TO:<eve@y.example>\nS: 250 ok\n\
         C: DATA\nS: 354 go\n{HI_SAID}S: 250 saved\nS: 452 full"
    );
    let dialogue = opening(&[]).replace("EHLO", "LHLO") + &rest;
    play(&dialogue, |stack| {
        stack.set("protocol", "lmtp").unwrap();
        stack.connect().unwrap();
        invoke(stack, "mail", &["ann@x.example"]);
        invoke(stack, "rcpt", &["bob@y.example", "X"]);
        invoke(stack, "rcpt", &["eve@y.example"]);
        let verdicts = stack.invoke("data", &[Value::Octets(HI.into())]).unwrap();
        let expected = ["<bob@y.example>: 250 saved", "<eve@y.example>: 452 full"];
        assert_eq!(verdicts, Value::List(texts(&expected)));
    });
}

#[test]
fn a_name_with_arguments_that_do_not_fit_is_an_error_that_says_what_does() {
    play_connected(&dialogue("C: NOOP\nS: 250 ok"), |stack| {
        for (method, args) in [
            ("helo", &["x"][..]),
            ("helo_response", &["x"]),
            ("starttls", &["x"]),
            ("auth", &["x"]),
            ("mail", &[]),
            ("rcpt", &[]),
            ("data", &[]),
            ("data", &["a", "b"]),
            ("rset", &["x"]),
            ("noop", &["x"]),
            ("quit", &["x"]),
            ("help", &["x", "y"]),
        ] {
            let error = stack.invoke(method, &texts(args)).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Usage, "{method}");
            assert!(error.to_string().starts_with(&format!("Smtp: {method} takes ")), "{error}");
        }
        let number = stack.invoke("data", &[Value::Integer(1)]).unwrap_err();
        assert_eq!(number.class(), ErrorClass::Usage);
        stack.noop().unwrap();
    });
}

#[test]
fn each_name_has_words_of_its_own() {
    for method in Smtp::new().spec().methods {
        let (call, doc) = method.doc.split_once(": ").unwrap();
        assert!(call.starts_with(&format!("{}(", method.name)) && call.ends_with(')'), "{call}");
        assert!(!doc.is_empty(), "{call}");
    }
}

// 1
#[test]
fn a_text_that_is_no_address_or_parameter_never_reaches_the_wire() {
    let rest = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: NOOP\nS: 250 ok";
    play_connected(&dialogue(rest), |stack| {
        invoke(stack, "mail", &["ann@x.example"]);
        for evil in [
            "d@e.f>\r\nVRFY x",
            "<d@e.f>\r\nVRFY x",
            "d@e.f\rx",
            "d@e.f\nx",
            "d\0@e.f",
            "d\x7f@e.f",
            "d\u{85}@e.f",
            "d\u{9b}@e.f",
            "\"d\r\n\"@e.f",
            "d@e.f> SIZE=1",
            "",
            "d",
        ] {
            for (method, args, class) in [
                ("rcpt", &[evil][..], ErrorClass::Content),
                ("rcpt", &["bob@y.example", evil], ErrorClass::Usage),
                ("rcpt", &["bob@y.example", &format!("A={evil}\r\n")], ErrorClass::Usage),
            ] {
                if class == ErrorClass::Usage && evil == "d" && args[1] == "d" {
                    // A letter alone is a good parameter.
                    continue;
                }
                let error = stack.invoke(method, &texts(args)).unwrap_err();
                assert_eq!(error.class(), class, "{args:?}: {error}");
                let shown = format!("{error:?} {}", error.sentence());
                assert!(!shown.chars().any(char::is_control), "{shown:?}");
            }
        }
        stack.noop().unwrap();
    });
    play_connected(&dialogue("C: NOOP\nS: 250 ok"), |stack| {
        for evil in ["d@e.f>\r\nRSET", "<d@e.f>\nRSET", "<>\r\nRSET", "<", ""] {
            let error = stack.invoke("mail", &texts(&[evil])).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Content, "{evil:?}");
            assert!(matches!(cause(&error), SmtpError::Address { .. }), "{error}");
        }
        stack.noop().unwrap();
    });
}
