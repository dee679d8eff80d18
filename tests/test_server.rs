//! The server of tests takes mail from a library that is not ours.

#![cfg(test)]

use std::fs;

use comms::{Faults, Keywords, Received, Secret, TestServer};
use lettre::message::{Attachment, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};

#[test]
fn what_lettre_sends_arrives_octet_for_octet() {
    let server = TestServer::start().unwrap();
    let letter = letter();
    client(&server).build().send(&letter).unwrap();
    arrived_as(&letter, &server.wait_for(1));
}

#[test]
fn all_clients_and_their_messages_are_counted() {
    let server = TestServer::start().unwrap();
    let letter = letter();
    let sender = client(&server).build();
    for _ in 0..20 {
        sender.send(&letter).unwrap();
    }
    assert_eq!(server.wait_for(20).len(), 20);
    drop(sender);
    let total = server.stop();
    assert_eq!((total.messages, total.clients), (20, 20));
}

#[test]
fn lettre_logs_in_once_tls_stands_and_is_refused_with_a_wrong_password() {
    let folder = tempfile::tempdir().unwrap();
    let known = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&certificate, known.cert.pem()).unwrap();
    fs::write(&key, known.signing_key.serialize_pem()).unwrap();
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let server = TestServer::start_with_tls(path(&certificate), path(&key), |server| {
        server.with_users([("ann".to_owned(), Secret::new("hunter2"))]).requiring_auth()
    })
    .unwrap();

    let trusted = Certificate::from_pem(known.cert.pem().as_bytes()).unwrap();
    let tls = TlsParameters::builder("localhost".to_owned()).add_root_certificate(trusted);
    let secure = client(&server).tls(Tls::Required(tls.build_rustls().unwrap()));
    let ann = |password: &str| Credentials::new("ann".to_owned(), password.to_owned());
    let letter = letter();
    secure.clone().credentials(ann("hunter2")).build().send(&letter).unwrap();
    arrived_as(&letter, &server.wait_for(1));

    let refusal = secure.credentials(ann("hunter3")).build().send(&letter).unwrap_err();
    assert!(refusal.is_permanent() && refusal.to_string().contains("535"), "{refusal}");
    assert_eq!(server.messages().len(), 1);
}

#[test]
fn what_goes_wrong_by_rule_is_what_lettre_sees() {
    let rules = ["rcpt:1:450 4.2.1 later", "content:1:552 5.3.4 too big", "connect:3:close"];
    let faults = rules.iter().map(|rule| rule.parse()).collect::<Result<Faults, _>>().unwrap();
    let server = TestServer::start_with(|server| server.with_handler(faults)).unwrap();
    let (client, letter) = (client(&server).build(), letter());

    let later = client.send(&letter).unwrap_err();
    assert!(later.is_transient() && later.to_string().contains("450"), "{later}");
    let big = client.send(&letter).unwrap_err();
    assert!(big.is_permanent() && big.to_string().contains("552"), "{big}");
    assert!(client.send(&letter).is_err());
    client.send(&letter).unwrap();
    arrived_as(&letter, &server.wait_for(1));
}

#[test]
fn lettre_manages_with_a_server_that_offers_little() {
    let server = TestServer::start_with(|server| {
        let less = "PIPELINING,8BITMIME,SMTPUTF8,CHUNKING,SIZE".parse::<Keywords>().unwrap();
        server.without(less)
    })
    .unwrap();
    let letter = letter();
    client(&server).build().send(&letter).unwrap();
    arrived_as(&letter, &server.wait_for(1));
}

fn client(server: &TestServer) -> lettre::transport::smtp::SmtpTransportBuilder {
    SmtpTransport::builder_dangerous("localhost").port(server.address().port())
}

/// A letter with what is easily lost: lines that begin with dots, text beyond ASCII, an attachment.
fn letter() -> Message {
    let text = "Good day,\r\n.\r\n..and this\r\nGrüße\r\n".to_owned();
    let figures = Attachment::new("figures.bin".to_owned()).body(
        (0..=255).cycle().take(10_000).collect::<Vec<u8>>(),
        "application/x-figures".parse().unwrap(),
    );
    Message::builder()
        .from("Ann <ann@x.example>".parse().unwrap())
        .to("Bob <bob@y.example>".parse().unwrap())
        .subject("Grüße")
        .multipart(MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(figures))
        .unwrap()
}

fn arrived_as(letter: &Message, mail: &[Received]) {
    let [mail] = mail else { panic!("{} messages", mail.len()) };
    assert_eq!(mail.envelope.recipients.len(), 1);
    assert_eq!(mail.envelope.recipients[0].to_string(), "bob@y.example");
    let sent = letter.formatted();
    assert_eq!(
        String::from_utf8_lossy(mail.content.trim_ascii_end()),
        String::from_utf8_lossy(sent.trim_ascii_end())
    );
    let parsed = mail.parsed().unwrap();
    assert_eq!(parsed.subject().as_deref(), Some("Grüße"));
    assert_eq!(parsed.attachments().len(), 1);
}
