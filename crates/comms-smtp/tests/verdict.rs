//! What is made of the reply to the content.
#![cfg(test)]

use comms_core::{CommsStack, ErrorClass};
use comms_smtp::{Smtp, SmtpMessage};
use comms_testkit::Script;
use comms_util::Util;

#[test]
fn a_354_to_the_content_leaves_open_whether_it_was_delivered() {
    let peer = Script::parse(
        "S: 220 mail.example
         C: EHLO client.example
         S: 250 mail.example
         C: MAIL FROM:<ann@x.example>
         S: 250 ok
         C: RCPT TO:<bob@y.example>
         S: 250 ok
         C: DATA
         S: 354 go on
         until \\r\\n.\\r\\n
         S: 354 go on and on",
    );
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(peer.unwrap())
        .build()
        .unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    stack.connect().unwrap();
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("Hello\n")
        .build()
        .unwrap();

    let error = stack.send(&message).unwrap_err();
    assert_eq!(error.class(), ErrorClass::DeliveryUnknown);
    assert!(error.sentence().contains("354 go on and on"), "{error:?}");
    assert_eq!(stack.send(&message).unwrap_err().class(), ErrorClass::Connection);
}
