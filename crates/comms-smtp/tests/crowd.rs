//! Thousands of recipients, and a server that answers late.

#![cfg(test)]

mod common;

use std::thread;
use std::time::Duration;

use comms_core::{CommsModule, CommsStack, Result};
use comms_smtp::Smtp;
use comms_testkit::Loopback;
use comms_util::Util;

use crate::common::{hi, send};

#[test]
fn five_thousand_recipients_at_a_server_that_answers_late_are_all_told() {
    for recipients in [1, 100, 5000] {
        // Each way holds little more than the client may leave unanswered, and what that brings.
        let (near, far) = Loopback::pair_with_capacity(8 * 1024);
        let peer = thread::spawn(move || late_server(far).unwrap());
        let mut stack = CommsStack::builder()
            .layer(Smtp::new())
            .layer(Util::new())
            .layer(near)
            .build()
            .unwrap();
        stack.limit(PATIENCE, "test");
        stack.connect().unwrap();
        let crowd = (0..recipients).map(|n| format!("recipient-{n}@y.example")).collect::<Vec<_>>();
        let crowd = crowd.iter().map(String::as_str).collect::<Vec<_>>();
        let report = send(&mut stack, &hi(&crowd)).unwrap();
        stack.disconnect().unwrap();
        assert_eq!(report.accepted.len() + report.rejected.len(), recipients);
        assert_eq!(report.rejected.len(), recipients / 10);
        assert!(report.rejected.iter().all(|one| one.recipient.to_string().contains("9@")));
        let most = peer.join().unwrap();
        assert!(most <= 4096 + 64, "{most} octets of commands were without a reply");
    }
}

/// Reads everything that it is sent before it answers any of it, and refuses every recipient whose
/// number ends in 9. Gives the most octets that were without a reply.
fn late_server(end: Loopback) -> Result<usize> {
    let sent = end.handle();
    let mut stack = CommsStack::builder().layer(Util::new()).layer(end).build()?;
    stack.limit(PATIENCE, "test");
    stack.connect()?;
    stack.send("220 late.example\r\n")?;
    let (mut most, mut read, mut replies) = (0, 0, String::new());
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line service flushes before it waits, so replies are sent apart from it.
        if stack.receive_until(b"\r\n", 512, &mut line)? == 0 {
            return Ok(most);
        }
        read += line.len();
        let command = String::from_utf8_lossy(&line).into_owned();
        replies += match command.get(..4).unwrap_or_default() {
            "EHLO" => "250-late.example\r\n250 PIPELINING\r\n",
            "DATA" => "354 go\r\n",
            "QUIT" => "221 bye\r\n",
            _ if command.contains("9@") => "550 5.1.1 no such user here\r\n",
            _ => "250 2.1.5 this recipient is fine\r\n",
        };
        let held = stack.top().map_or(0, CommsModule::pending);
        let has_more = held > 0 || sent.waiting() > 0;
        if has_more {
            continue;
        }
        most = most.max(read);
        read = 0;
        stack.send(std::mem::take(&mut replies).as_str())?;
        stack.flush()?;
        match command.get(..4) {
            Some("DATA") => {
                let mut content = Vec::new();
                stack.receive_until(b"\r\n.\r\n", 4096, &mut content)?;
                stack.send("250 ok\r\n")?;
            }
            Some("QUIT") => {
                stack.disconnect()?;
                return Ok(most);
            }
            _ => {}
        }
    }
}

/// Only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(20);
