//! Client and server keep the rules of tops.

#![cfg(test)]

use comms_core::{CommsModule, CommsStack, Result};
use comms_smtp::{MemoryStore, Smtp, SmtpServer};
use comms_testkit::{ManualClock, Script, conform};
use comms_util::Util;

const SESSION: &str = "
S: 220 mail.example
C: EHLO client.example
S: 250-mail.example
S: 250 PIPELINING
C: NOOP
S: 250 here
C: QUIT
S: 221 bye
";

fn over(top: impl CommsModule, dialogue: &str) -> Result<CommsStack> {
    let script = Script::parse(dialogue)?;
    let mut stack = CommsStack::builder().layer(top).layer(Util::new()).layer(script).build()?;
    stack.set_clock(ManualClock::new());
    stack.set("local_mail_domain", "client.example")?;
    Ok(stack)
}

#[test]
fn a_client_keeps_the_rules_of_tops() {
    conform::top(|| over(Smtp::new(), SESSION)).unwrap();
    let lmtp = SESSION.replace("EHLO", "LHLO");
    conform::top(|| {
        let mut stack = over(Smtp::new(), &lmtp)?;
        stack.set("protocol", "lmtp")?;
        Ok(stack)
    })
    .unwrap();
}

#[test]
fn a_server_keeps_the_rules_of_tops() {
    let greeting = "C: 220 client.example ESMTP comms\n";
    conform::top(|| over(SmtpServer::new(MemoryStore::new()), greeting)).unwrap();
}
