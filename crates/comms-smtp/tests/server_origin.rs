//! What a server tells of its sessions: to the store, and in its tally.

#![cfg(test)]

mod common;
mod serving;

use std::io;
use std::sync::{Arc, Mutex};

use comms_core::CommsStack;
use comms_smtp::{Envelope, Faults, Incoming, MemoryStore, Origin, ServerStack, SmtpServer, Store};
use comms_testkit::Script;
use comms_util::Util;

use crate::serving::{BYE, MAIL, RCPT, hello};

/// Writes down where each message came from.
#[derive(Debug, Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>, MemoryStore);

impl Store for Diary {
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        self.0.lock().unwrap().push("begin".to_owned());
        self.1.begin(envelope)
    }

    fn note_origin(&mut self, origin: &Origin<'_>) {
        let (stack, name, user) = (origin.stack(), origin.name(), origin.user());
        let line = format!("{stack} {name:?} {user:?} {} {:?}", origin.is_secure(), origin.peer());
        self.0.lock().unwrap().push(line);
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

const DATA: &str = "S: DATA\nC: 354 go on, end with a dot\nS: Hi\nS: .\nC~: 250 *\n";
const CHUNKS: &str = "S: BDAT 4\nS: Hi\nC~: 250 *\nS: BDAT 4 LAST\nS: Hi\nC~: 250 *\n";
const CAROL: &str = "S: RCPT TO:<carol@y.example>\nC~: 450 *\n";

#[test]
fn a_store_learns_the_session_before_each_message_and_the_tally_counts_all() {
    let diary = Diary::default();
    let faults = ["rcpt:2:450"].map(|rule| rule.parse().unwrap()).into_iter().collect::<Faults>();
    let server = SmtpServer::new(diary.clone()).with_handler(faults);
    let tally = server.tally();
    let dialogue = [&hello(), MAIL, RCPT, CAROL, DATA, MAIL, RCPT, CHUNKS, BYE].concat();
    let script = Script::parse(&dialogue).unwrap();
    let transcript = script.transcript();
    let stack = CommsStack::builder().layer(server).layer(Util::new()).layer(script);
    let mut stack = stack.build().unwrap();
    stack.set("local_mail_domain", "mail.example").unwrap();
    stack.set_number(7);
    stack.connect().unwrap();
    stack.serve().unwrap();
    assert_eq!(tally.present(), 1);
    stack.disconnect().unwrap();
    assert_eq!(tally.present(), 0);
    transcript.finished().unwrap();
    let session = r#"7 Some("client.example") None false None"#;
    assert_eq!(*diary.0.lock().unwrap(), [session, "begin", session, "begin"]);
    assert_eq!((tally.sessions(), tally.messages()), (1, 2));
    assert_eq!((tally.recipients(), tally.recipients_refused()), (2, 1));
}
