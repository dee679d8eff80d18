//! What the embedded server makes of the parameters of MAIL and RCPT.

#![cfg(test)]

mod common;
mod secure;
mod serving;

use comms_core::CommsStack;
use comms_smtp::{Envelope, Faults, MemoryStore, OriginalRecipient, ServerStack, SmtpServer};
use comms_testkit::Script;
use comms_util::Util;

use crate::secure::Tls;
use crate::serving::{BYE, MAIL, RCPT, decide, hello, play};

const DONE: &str = "S: BDAT 0 LAST\nC~: 250 2.0.0 Ok: queued as *\n";
const UNKNOWN: &str = "C: 555 5.5.4 a parameter is not known here\n";
const WRONG: &str = "C: 501 5.5.4 a parameter is not right\n";

/// The envelope that arrives with these parameters of MAIL and RCPT.
fn envelope(mail: &str, rcpt: &str, set: &[(&str, &str)]) -> Envelope {
    let dialogue = format!(
        "C~: 220 *\nS: HELO c\nC~: 250 *\n\
         S: MAIL FROM:<ann@x.example> {mail}\nC: 250 2.1.0 go on\n\
         S: RCPT TO:<bob@y.example> {rcpt}\nC: 250 2.1.5 go on\n{DONE}{BYE}"
    );
    let mut stored = decide(&Faults::default(), &[&dialogue], set);
    assert_eq!(stored.len(), 1);
    stored.remove(0).envelope
}

#[test]
fn the_store_is_given_what_each_extension_asks() {
    let mail = "SIZE=10 body=8bitmime SMTPUTF8 RET=HDRS ENVID=a+20b MT-PRIORITY=-3 BY=60;R \
                HOLDFOR=3600";
    let found = envelope(mail, "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;rob+2B1@z.example", &[]);
    let mut wanted = Envelope::new(found.sender.clone(), found.recipients.clone());
    wanted.ret = Some("HDRS".parse().unwrap());
    wanted.envid = Some("a+20b".parse().unwrap());
    wanted.priority = Some("-3".parse().unwrap());
    wanted.deliver_by = Some("60;R".parse().unwrap());
    wanted.hold = Some("HOLDFOR=3600".parse().unwrap());
    assert_eq!(found, wanted);
    let bob = &found.recipients[0];
    assert_eq!(bob.notify.map(|notify| notify.to_string()).as_deref(), Some("SUCCESS,DELAY"));
    assert_eq!(bob.orcpt.as_ref().map(OriginalRecipient::address), Some("rob+1@z.example"));
    let until = envelope("HOLDUNTIL=2030-01-01T00:00:00Z", "", &[]);
    assert_eq!(until.hold, "HOLDUNTIL=2030-01-01T00:00:00Z".parse().ok());
}

#[test]
fn a_parameter_that_is_not_offered_is_not_known() {
    for (keyword, mail) in [
        ("SIZE", "SIZE=1"),
        ("8BITMIME", "BODY=7BIT"),
        ("8BITMIME", "BODY=8BITMIME"),
        ("BINARYMIME", "BODY=BINARYMIME"),
        ("CHUNKING", "BODY=BINARYMIME"),
        ("SMTPUTF8", "SMTPUTF8"),
        ("DSN", "RET=FULL"),
        ("DSN", "ENVID=x"),
        ("MT-PRIORITY", "MT-PRIORITY=3"),
        ("DELIVERBY", "BY=60;N"),
        ("FUTURERELEASE", "HOLDFOR=60"),
        ("FUTURERELEASE", "HOLDUNTIL=2030-01-01T00:00:00Z"),
        ("LIMITS", "REQUIRETLS"),
        ("LIMITS", "AUTH=<>"),
        ("LIMITS", "FOO"),
    ] {
        let head = "C~: 220 *\nS: HELO c\nC~: 250 *\n";
        let mail = format!("S: MAIL FROM:<ann@x.example> {mail}\n{UNKNOWN}");
        decide(&Faults::default(), &[&[head, &mail, BYE].concat()], &[("without", keyword)]);
    }
    let rcpt = "C~: 220 *\nS: HELO c\nC~: 250 *\nS: MAIL FROM:<>\nC~: 250 *\n\
                S: RCPT TO:<bob@y.example> NOTIFY=NEVER\nC: 555 5.5.4 a parameter is not known here\n\
                S: RCPT TO:<bob@y.example> ORCPT=rfc822;x\nC: 555 5.5.4 a parameter is not known here\n";
    decide(&Faults::default(), &[&[rcpt, BYE].concat()], &[("without", "DSN")]);
}

#[test]
fn a_value_that_cannot_be_and_a_parameter_said_twice_are_not_right() {
    for mail in [
        "SIZE",
        "SIZE=x",
        "SIZE=1 SIZE=1",
        "size=1 SIZE=2",
        "BODY",
        "BODY=9BIT",
        "BODY=7BIT BODY=8BITMIME",
        "SMTPUTF8=1",
        "RET=ALL",
        "RET=FULL RET=HDRS",
        "ENVID=a+0Db",
        "MT-PRIORITY=10",
        "BY=0;R",
        "HOLDFOR=0",
        "HOLDUNTIL=tomorrow",
        "HOLDFOR=60 HOLDUNTIL=2030-01-01T00:00:00Z",
    ] {
        let mail = format!("S: MAIL FROM:<ann@x.example> {mail}\n{WRONG}");
        play(&[&hello(), &mail, BYE].concat(), &[]);
    }
    for rcpt in [
        "NOTIFY",
        "NOTIFY=SUCCESS,NEVER",
        "NOTIFY=NEVER NOTIFY=NEVER",
        "ORCPT=bob",
        "ORCPT=a;b+0A",
        "ORCPT=rfc822;a ORCPT=rfc822;a",
    ] {
        let rcpt = format!("S: RCPT TO:<bob@y.example> {rcpt}\n{WRONG}");
        play(&[&hello(), MAIL, &rcpt, BYE].concat(), &[]);
    }
    let no_word =
        "S: MAIL FROM:<ann@x.example> A=b=c\nC: 501 5.5.4 the command takes FROM:<address>\n";
    play(&[&hello(), no_word, BYE].concat(), &[]);
}

#[test]
fn a_parameter_whose_keyword_is_pretended_is_kept_as_it_is() {
    let found = envelope("x-novelty=a", "X-NOVELTY", &[("pretend", "X-NOVELTY some")]);
    assert_eq!(found.parameters, ["X-NOVELTY=a".parse().unwrap()]);
    assert_eq!(found.recipients[0].parameters, ["X-NOVELTY".parse().unwrap()]);
}

#[test]
fn an_address_beyond_ascii_needs_smtputf8() {
    let refused = "C: 553 5.6.7 an address beyond ASCII needs SMTPUTF8\n";
    let dialogue = [
        &hello(),
        "S: MAIL FROM:<jörg@x.example>\n",
        refused,
        MAIL,
        "S: RCPT TO:<jörg@y.example>\n",
        refused,
        "S: RCPT TO:<bob@bücher.example>\n",
        refused,
        RCPT,
        "S: RSET\nC: 250 2.0.0 forgotten\n\
         S: MAIL FROM:<jörg@x.example> SMTPUTF8\nC: 250 2.1.0 go on\n\
         S: RCPT TO:<jörg@y.example>\nC: 250 2.1.5 go on\n",
        BYE,
    ];
    assert!(decide(&Faults::default(), &[&dialogue.concat()], &[]).is_empty());
}

#[test]
fn tls_all_the_way_is_offered_under_tls_alone() {
    let script = "C~: 220 *\nS: EHLO c\nC: 250-localhost\nC: 250-PIPELINING\nC: 250-ENHANCEDSTATUSCODES\nC: 250 REQUIRETLS\n\
                  S: MAIL FROM:<ann@x.example> REQUIRETLS\nC: 250 2.1.0 go on\n\
                  S: RCPT TO:<bob@y.example>\nC: 250 2.1.5 go on\n\
                  S: DATA\nC~: 354 *\nS: Hi\nS: .\nC~: 250 2.0.0 *\n";
    let script = Script::parse(&[script, BYE].concat()).unwrap();
    let (transcript, store) = (script.transcript(), MemoryStore::new());
    let server = SmtpServer::new(store.clone());
    let builder = CommsStack::builder().layer(server).layer(Util::new()).layer(Tls::implicit());
    let mut stack = builder.layer(script).build().unwrap();
    let others = "SIZE,8BITMIME,SMTPUTF8,CHUNKING,DSN,MT-PRIORITY,DELIVERBY,FUTURERELEASE,LIMITS";
    stack.set("without", others).unwrap();
    let outcome = stack.connect().and_then(|()| stack.serve());
    assert!(transcript.finished().is_ok(), "{outcome:?} {}", transcript.text());
    assert!(store.messages()[0].envelope.require_tls);
}
