//! `Smtp,Util,Tls` over a loopback to the embedded server under TLS: STARTTLS and from the first
//! octet, with authentication.
#![cfg(test)]

use std::fs;
use std::thread::{self, JoinHandle};

use comms::{
    CommsStack, ErrorClass, Loopback, MemoryStore, Result, Secret, SendReport, ServerStack, Smtp,
    SmtpMessage, SmtpServer, Tls, Util, Value,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;

/// A client and a server of one wire, with a certificate for `mail.example`.
struct Pair {
    client: CommsStack,
    server: JoinHandle<Result<u64>>,
    mailbox: MemoryStore,
    _files: TempDir,
}

fn pair(start: &str) -> Pair {
    let files = tempfile::tempdir().unwrap();
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["mail.example".to_owned()]).unwrap();
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("cert.pem"), cert.pem()).unwrap();
    fs::write(path("key.pem"), signing_key.serialize_pem()).unwrap();

    let (near, far) = Loopback::pair();
    let mailbox = MemoryStore::new();
    let users = [("ann".to_owned(), Secret::new("marker-password"))];
    let mut server = CommsStack::builder()
        .layer(SmtpServer::new(mailbox.clone()).with_users(users))
        .layer(Util::new())
        .layer(Tls::server(path("cert.pem"), path("key.pem")))
        .layer(far)
        .build()
        .unwrap();
    server.set("require_auth", true).unwrap();
    server.set("start", start).unwrap();
    let server = thread::spawn(move || server.connect().and_then(|()| server.serve()));

    let mut client = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(Tls::new())
        .layer(near)
        .build()
        .unwrap();
    client.set("local_mail_domain", "client.example").unwrap();
    client.set("Smtp.tls", "required").unwrap();
    client.set("user", "ann").unwrap();
    client.set("password", Secret::new("marker-password")).unwrap();
    client.set("Tls.start", start).unwrap();
    client.set("server_name", "mail.example").unwrap();
    client.set("ca_file", path("cert.pem")).unwrap();
    Pair { client, server, mailbox, _files: files }
}

fn message() -> SmtpMessage {
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap()).text("Hello\n");
    message.recipient("bob@y.example".parse().unwrap()).build().unwrap()
}

#[test]
fn mail_goes_under_tls_and_authenticated_however_tls_starts() {
    for start in ["on_request", "immediately"] {
        let Pair { mut client, server, mailbox, _files } = pair(start);
        client.connect().unwrap();
        assert_eq!(client.get("Tls.active").unwrap().value, Some(Value::Bool(true)), "{start}");
        let report = client.send(&message()).unwrap().into_report::<SendReport>().unwrap();
        assert_eq!(report.accepted.len(), 1);
        client.disconnect().unwrap();
        assert_eq!(server.join().unwrap().unwrap(), 1, "{start}");
        assert_eq!(mailbox.messages().len(), 1);
    }
}

#[test]
fn a_group_of_commands_is_one_record_and_one_segment() {
    let Pair { mut client, server, mailbox: _, _files } = pair("on_request");
    client.connect().unwrap();
    // With CHUNKING all of it; else the envelope, and the content with its end.
    for (chunking, segments) in [(true, 1), (false, 2)] {
        client.set("chunking", chunking).unwrap();
        let before = client.info().below.packets_sent;
        client.send(&message()).unwrap();
        assert_eq!(client.info().below.packets_sent - before, segments);
    }
    client.disconnect().unwrap();
    server.join().unwrap().unwrap();
}

#[test]
fn a_wrong_password_is_a_refusal_to_authenticate_and_is_not_shown() {
    let Pair { mut client, server, mailbox, _files } = pair("on_request");
    client.set("password", Secret::new("wrong-marker")).unwrap();
    let error = client.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Authentication, "{error:?}");
    assert!(!format!("{error:?} {client:?}").contains("wrong-marker"));
    drop(client);
    let _ = server.join().unwrap();
    assert!(mailbox.messages().is_empty());
}

#[test]
fn a_certificate_that_nobody_vouches_for_ends_the_session() {
    let Pair { mut client, server, mailbox, _files } = pair("on_request");
    client.set("server_name", "other.example").unwrap();
    let error = client.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Authentication, "{error:?}");
    assert!(error.sentence().contains("other.example"), "{error:?}");
    assert!(!client.is_connected());
    drop(client);
    let _ = server.join().unwrap();
    assert!(mailbox.messages().is_empty());
}
