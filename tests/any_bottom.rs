//! The same function, unchanged, over TCP, over a loopback, and over a script.
#![cfg(test)]

use std::thread;

use comms::{
    CommsModule, CommsStack, Loopback, MemoryStore, Result, Script, SendReport, ServerStack, Smtp,
    SmtpMessage, SmtpServer, Tcp, Util, Value,
};

/// What a program would have: it knows nothing of what its stack stands on.
fn send_the_figures(stack: &mut CommsStack) -> Result<SendReport> {
    stack.set("local_mail_domain", "client.example")?;
    stack.connect()?;
    let message = SmtpMessage::builder("Ann <ann@x.example>".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .copy_recipient("carol@y.example".parse().unwrap())
        .subject("The figures")
        .text("Dear Bob,\n\n.here they are.\n")
        .build()
        .unwrap();
    let report = stack.send(&message)?.into_report::<SendReport>();
    stack.disconnect()?;
    Ok(report.unwrap())
}

fn client(bottom: impl CommsModule) -> CommsStack {
    CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(bottom).build().unwrap()
}

fn check(report: &SendReport, mailbox: &MemoryStore) {
    assert_eq!(report.accepted.len(), 2);
    let messages = mailbox.messages();
    assert_eq!(messages.len(), 1);
    assert!(messages[0].envelope.addresses().eq(&report.accepted));
    assert_eq!(messages[0].content.len() as u64, report.size);
    assert!(messages[0].content.ends_with(b"\r\n\r\nDear Bob,\r\n\r\n.here they are.\r\n"));
}

#[test]
fn the_function_works_over_tcp() {
    let mailbox = MemoryStore::new();
    let server = CommsStack::builder()
        .layer(SmtpServer::new(mailbox.clone()))
        .layer(Util::new())
        .layer(Tcp::new("127.0.0.1", 0));
    let mut listener = server.build().unwrap().listen().unwrap();
    let Some(Value::Integer(port)) = listener.get("listen_port").unwrap().value else {
        panic!("a listener knows its port");
    };
    let server = thread::spawn(move || listener.accept().and_then(|mut peer| peer.serve()));
    let mut stack = client(Tcp::new("127.0.0.1", u16::try_from(port).unwrap()));
    let report = send_the_figures(&mut stack).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), 1);
    check(&report, &mailbox);
}

#[test]
fn the_function_works_over_a_loopback() {
    let (near, far) = Loopback::pair();
    let mailbox = MemoryStore::new();
    let server =
        CommsStack::builder().layer(SmtpServer::new(mailbox.clone())).layer(Util::new()).layer(far);
    let mut server = server.build().unwrap();
    let server = thread::spawn(move || server.connect().and_then(|()| server.serve()));
    let report = send_the_figures(&mut client(near)).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), 1);
    check(&report, &mailbox);
}

#[test]
fn the_function_works_over_a_script() {
    let script = Script::parse(
        r"S: 220 mail.example
          C: EHLO client.example
          S: 250 mail.example
          C: MAIL FROM:<ann@x.example>
          S: 250 ok
          C: RCPT TO:<bob@y.example>
          S: 250 ok
          C: RCPT TO:<carol@y.example>
          S: 250 ok
          C: DATA
          S: 354 go on
          until \r\n.\r\n
          S: 250 2.0.0 Ok: queued as 4XyZ1k2s3tz9
          C: QUIT
          S: 221 goodbye",
    )
    .unwrap();
    let transcript = script.transcript();
    let report = send_the_figures(&mut client(script)).unwrap();
    assert_eq!(report.queue_id.as_deref(), Some("4XyZ1k2s3tz9"));
    assert!(
        transcript.contents()[0].ends_with(b"\r\n\r\nDear Bob,\r\n\r\n..here they are.\r\n.\r\n")
    );
    transcript.finished().unwrap();
}
