//! The layers of a mail stack keep the rules of calling, whatever fails below them.
#![cfg(test)]

use comms::{
    Check, CheckHandle, CommsStack, Cut, ErrorClass, Fault, PretendTls, Script, Secret, Smtp,
    SmtpMessage, Util, for_each_failure_point, sweep,
};

/// Like nothing else.
const MARKER: &str = "swordfish-hunter2-marker";

/// `MARKER`, as AUTH PLAIN says it of `ann`.
const PLAIN: &str = "AGFubgBzd29yZGZpc2gtaHVudGVyMi1tYXJrZXI=";

const SERVERS: [&str; 2] = [
    "S: 220 a\nC~: EHLO *\nS: 250-a\nS: 250-AUTH PLAIN\nS: 250 PIPELINING\nC~: AUTH PLAIN *\n\
     S: 235 ok\nC~: MAIL *\nC~: RCPT *\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n\
     until \\r\\n.\\r\\n\nS: 250 ok\nC: QUIT\nS: 221 bye",
    "S: 220 a\nC~: EHLO *\nS: 250-a\nS: 250-AUTH PLAIN\nS: 250-PIPELINING\nS: 250 CHUNKING\n\
     C~: AUTH PLAIN *\nS: 235 ok\nC~: MAIL *\nC~: RCPT *\nC~: BDAT *\ntake *\nS: 250 ok\n\
     S: 250 ok\nS: 250 ok\nC: QUIT\nS: 221 bye",
];

/// A client with checks between all of its layers.
fn client(fault: Fault, server: &str) -> (CommsStack, [CheckHandle; 3]) {
    let (upper, lower) = Check::pair();
    let (upper, lower) = (upper.secret(MARKER).secret(PLAIN), lower.secret(MARKER).secret(PLAIN));
    let tls = Check::new().secret(PLAIN);
    let handles = [upper.handle(), lower.handle(), tls.handle()];
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(upper)
        .layer(Util::new())
        .layer(lower)
        .layer(PretendTls::from_the_first_octet())
        .layer(tls)
        .layer(fault)
        .layer(Script::parse(server).unwrap())
        .build()
        .unwrap();
    stack.set("user", "ann").unwrap();
    stack.set("password", Secret::new(MARKER)).unwrap();
    (stack, handles)
}

fn run(fault: Fault, server: &str) {
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("Hello\n")
        .build()
        .unwrap();
    let (mut stack, checks) = client(fault, server);
    let sent = stack.connect().and_then(|()| stack.send(&message).map(drop));
    if let Err(error) = sent {
        let class = error.class();
        let lost = matches!(class, ErrorClass::Connection | ErrorClass::DeliveryUnknown);
        assert!(lost, "{}", error.sentence());
    }
    let _ = stack.disconnect();
    for check in checks {
        check.finished().unwrap();
    }
}

#[test]
fn a_mail_stack_keeps_the_rules_of_calling_whichever_operation_fails() {
    for server in SERVERS {
        let points = for_each_failure_point(|fault| run(fault, server)).unwrap();
        assert!(points > 15, "{points}");
    }
}

#[test]
fn a_mail_stack_keeps_the_rules_of_calling_wherever_the_connection_ends() {
    for server in SERVERS {
        for cut in [Cut::Close, Cut::Reset] {
            sweep(|octets| Fault::new().cut_at(octets, cut), |fault| run(fault, server)).unwrap();
            sweep(|octets| Fault::new().cut_sent_at(octets, cut), |fault| run(fault, server))
                .unwrap();
        }
    }
}
