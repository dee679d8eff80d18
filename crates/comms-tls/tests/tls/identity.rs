//! Certificates of clients.

use std::thread;

use comms_core::{Error, ErrorClass};
use comms_tls::{Tls, TlsError};

use crate::support::{Authority, client, hear, meet, open, stacks, text};

#[test]
fn a_client_shows_its_certificate_to_a_server_that_asks() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (server, user) = (servers.issue("mail.example"), clients.issue("user.example"));
    let asking = server.server().immediately().client_ca_file(clients.ca_file());
    let showing = client(&servers).client_certificate(&user.certificate, &user.key);
    let (_near, far) = open(showing, asking);
    assert_ne!(text(&far, "peer_certificate"), "none");
}

#[test]
fn a_server_that_does_not_ask_is_shown_nothing() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let (server, user) = (servers.issue("mail.example"), clients.issue("user.example"));
    let showing = client(&servers).client_certificate(&user.certificate, &user.key);
    let (_near, far) = open(showing, server.server().immediately());
    assert_eq!(text(&far, "peer_certificate"), "none");
}

#[test]
fn a_client_without_the_certificate_that_is_asked_for_is_told_what_to_do() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let asking = || {
        let server = servers.issue("mail.example");
        server.server().immediately().client_ca_file(clients.ca_file())
    };
    let (ours, theirs) = refusals(client(&servers), asking());
    assert_eq!(ours.class(), ErrorClass::Authentication);
    assert_eq!(
        ours.to_string(),
        "Tls: the peer refused: certificate required: set client_certificate and client_key"
    );
    assert_eq!(theirs.class(), ErrorClass::Authentication);
    assert!(matches!(theirs.cause(), Some(TlsError::NoCertificate)), "{theirs:?}");

    let stranger = Authority::new();
    let user = stranger.issue("user.example");
    let showing = client(&servers).client_certificate(&user.certificate, &user.key);
    let (ours, theirs) = refusals(showing, asking());
    assert_eq!(ours.to_string(), "Tls: the peer refused: unknown ca");
    assert_eq!((ours.class(), theirs.class()), (ErrorClass::Authentication, theirs.class()));
    assert!(matches!(theirs.cause(), Some(TlsError::UnknownIssuer)), "{theirs:?}");
}

/// In TLS 1.3 a client is done before the server has looked at its certificate: what comes of that
/// is in the first answer.
fn refusals(client: Tls, server: Tls) -> (Error, Error) {
    let (mut near, mut far) = stacks(client, server);
    thread::scope(|scope| {
        let far = scope.spawn(|| far.connect().unwrap_err());
        let ours = near.connect().and_then(|()| near.receive(&mut [0; 16]).map(drop)).unwrap_err();
        (ours, far.join().unwrap())
    })
}

#[test]
fn what_is_missing_or_unreadable_is_named_before_anything_is_sent() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let ca = authority.ca_file();
    let text = authority.write("text.pem", "hello\n");
    let named = || Tls::new().immediately().server_name("mail.example");
    let serving = |certificate: &str, key: &str| Tls::server(certificate, key).immediately();
    let mut half = named();
    half.options_mut().client_certificate = Some(server.certificate.clone().into());
    let mut other_half = named();
    other_half.options_mut().client_key = Some(server.key.clone().into());
    let mut keyless = Tls::server(&server.certificate, "").immediately();
    keyless.options_mut().key = None;
    let another = authority.issue("mail.example");
    for (tls, says) in [
        (named().ca_file("/nowhere/ca.pem"), "cannot read ca_file `/nowhere/ca.pem`".to_owned()),
        (named().ca_file(&text), format!("there is no certificate (PEM) in ca_file `{text}`")),
        (named().ca_file(&server.key), "there is no certificate (PEM) in ca_file".to_owned()),
        (named().root(*b"no certificate"), "cannot use the authorities".to_owned()),
        (named().ca_file(&ca).pin("x"), "pin is the base64 of a SHA-256, which `x` is".to_owned()),
        (half, "client_key is not set, and is needed with client_certificate".to_owned()),
        (other_half, "client_certificate is not set, and is needed with client_key".to_owned()),
        (keyless, "key is not set, and is needed to serve".to_owned()),
        (
            serving(&server.certificate, &server.certificate),
            "there is no private key without a password (PEM) in key".to_owned(),
        ),
        (serving(&server.certificate, &another.key), "cannot use certificate and key".to_owned()),
        (Tls::new().immediately(), "is unknown: set server_name".to_owned()),
        (
            Tls::new().immediately().server_name("a b"),
            "`a b` is neither a host's name nor an IP address".to_owned(),
        ),
    ] {
        let (mut near, mut far) = stacks(tls, Tls::new());
        let (ours, _) = meet(&mut near, &mut far);
        let error = ours.unwrap_err();
        assert_eq!((error.class(), error.layer()), (ErrorClass::Usage, "Tls"), "{error:?}");
        assert!(error.to_string().contains(&says), "{error}");
        assert_eq!(far.receive(&mut [0; 16]).unwrap(), 0, "nothing was sent: {says}");
    }
}

#[test]
fn an_error_about_a_key_shows_nothing_of_the_file() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let broken = server.key_pem.replace("-----END", "-----END OF");
    let path = authority.write("broken.pem", &broken);
    let (mut near, _far) = stacks(Tls::server(&server.certificate, path).immediately(), Tls::new());
    let error = near.connect().unwrap_err();
    let secret = server.key_pem.lines().nth(1).unwrap();
    assert!(!format!("{error:?} {}", error.sentence()).contains(secret));
}

#[test]
fn a_secure_channel_carries_both_ways_after_client_authentication() {
    let authority = Authority::new();
    let (server, user) = (authority.issue("mail.example"), authority.issue("user.example"));
    let asking = server.server().immediately().client_ca_file(authority.ca_file());
    let showing = client(&authority).client_certificate(&user.certificate, &user.key);
    let (mut near, mut far) = open(showing, asking);
    far.send("220 ready\r\n").unwrap();
    assert_eq!(hear(&mut near, 11), b"220 ready\r\n");
    near.send("EHLO\r\n").unwrap();
    assert_eq!(hear(&mut far, 6), b"EHLO\r\n");
}
