//! What was agreed on, what is kept from one connection to the next, and what nobody sees.

use std::io::Write;
use std::sync::Arc;
use std::thread;

use comms_core::{CommsStack, Payload, Sink, Value};
use comms_testkit::{Loopback, Pair, conform};
use comms_tls::{MinVersion, Tls};
use ring::digest;
use rustls::{ServerConfig, ServerConnection, Stream};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{
    Authority, Issued, Pipe, Told, client, guarded, hear, meet, octets, open, refused, stack,
    stacks, text,
};

/// Goes through a conversation with a peer that is the library alone and speaks TLS 1.2.
fn with_old_peer(client: Tls, server: &Issued, talk: impl FnOnce(&mut CommsStack)) {
    let chain = vec![CertificateDer::from(server.der.clone())];
    let key = PrivateKeyDer::from_pem_slice(server.key_pem.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let (near, far) = Loopback::pair();
    let mut near = stack(client, near);
    let mut far = guarded(CommsStack::new(far).unwrap());
    far.connect().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
            // It fails where the client does.
            let _ = Stream::new(&mut connection, &mut Pipe(far)).write_all(b"220 old\r\n");
        });
        talk(&mut near);
    });
}

#[test]
fn what_was_agreed_on_can_be_read() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (near, far) = open(client(&authority), server.server().immediately());
    let hash = digest::digest(&digest::SHA256, &server.der);
    let shown = format!("{hash:?}").to_lowercase();
    assert_eq!(format!("sha256:{}", text(&near, "peer_certificate")), shown);
    assert_eq!(text(&near, "version"), "TLS 1.3");
    assert!(text(&near, "cipher").starts_with("TLS_"), "{}", text(&near, "cipher"));
    assert_eq!(text(&near, "cipher"), text(&far, "cipher"));
    assert_eq!(text(&near, "active"), "true");
    assert_eq!(text(&near, "resumed"), "false");
    assert_eq!(text(&near, "alpn_agreed"), "none");
    assert_eq!(text(&far, "peer_certificate"), "none");
}

#[test]
fn a_peer_of_the_version_before_is_understood_unless_it_is_too_old() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    with_old_peer(client(&authority), &server, |near| {
        near.connect().unwrap();
        assert_eq!(hear(near, 9), b"220 old\r\n");
        assert_eq!(text(near, "version"), "TLS 1.2");
        assert!(text(near, "cipher").starts_with("TLS_ECDHE_"), "{}", text(near, "cipher"));
        let error = near.invoke("channel_binding", &["tls-exporter".into()]).unwrap_err();
        assert!(error.to_string().contains("it needs TLS 1.3"), "{error}");
        near.disconnect().unwrap();
    });
    with_old_peer(client(&authority).min_version(MinVersion::Tls13), &server, |near| {
        let error = near.connect().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Tls: the peer sent an alert: protocol version: \
             it speaks no version of TLS that min_version allows"
        );
    });
}

#[test]
fn protocols_are_agreed_on_or_the_handshake_fails() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let offering = |alpn: &str| client(&authority).alpn(alpn);
    let (near, far) = open(offering("x, smtp"), server.server().immediately().alpn("smtp,y"));
    assert_eq!(
        (text(&near, "alpn_agreed"), text(&far, "alpn_agreed")),
        ("smtp".into(), "smtp".into())
    );
    let error = refused(offering("x"), server.server().immediately().alpn("smtp"));
    assert!(error.to_string().contains("none of the protocols offered (alpn)"), "{error}");
}

#[test]
fn a_session_is_resumed_when_a_stack_connects_again() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, mut far) = stacks(client(&authority), server.server().immediately());
    for resumed in ["false", "true", "true"] {
        let (ours, theirs) = meet(&mut near, &mut far);
        ours.and(theirs).unwrap();
        assert_eq!(
            (text(&near, "resumed"), text(&far, "resumed")),
            (resumed.into(), resumed.into())
        );
        assert_ne!(text(&near, "peer_spki_pin"), "none");
        // The ticket comes with the first octets.
        far.send("220 ready\r\n").unwrap();
        hear(&mut near, 11);
        near.disconnect().unwrap();
        far.disconnect().unwrap();
    }
    // Another trust, other sessions: nothing is believed that was verified otherwise.
    near.set("min_version", "1.3").unwrap();
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    assert_eq!(text(&near, "resumed"), "false");
}

#[test]
fn a_channel_binding_is_the_same_on_both_sides_and_another_each_time() {
    let authority = Authority::new();
    let server = authority.self_signed("mail.example", |_| {});
    let trusting = || client(&authority).ca_file(&server.certificate);
    let exporter = || {
        let (mut near, mut far) = open(trusting(), server.server().immediately());
        let ours = octets(near.invoke("channel_binding", &["tls-exporter".into()]).unwrap());
        let theirs = octets(far.invoke("channel_binding", &["tls-exporter".into()]).unwrap());
        assert_eq!((&ours, ours.len()), (&theirs, 32));
        ours
    };
    assert_ne!(exporter(), exporter());
}

#[test]
fn the_servers_end_point_is_the_hash_of_its_certificate_where_there_is_one() {
    let authority = Authority::new();
    let binding = |server: &Issued| {
        let trusting = client(&authority).ca_file(&server.certificate);
        let (mut near, mut far) = open(trusting, server.server().immediately());
        let ask = |stack: &mut CommsStack| {
            stack.invoke("channel_binding", &["tls-server-end-point".into()])
        };
        (ask(&mut near), ask(&mut far))
    };
    let usual = authority.elliptic("mail.example");
    let expected = digest::digest(&digest::SHA256, &usual.der).as_ref().to_vec();
    let (ours, theirs) = binding(&usual);
    assert_eq!((octets(ours.unwrap()), octets(theirs.unwrap())), (expected.clone(), expected));

    // Ed25519 has no hash of its own.
    let (ours, _) = binding(&authority.self_signed("mail.example", |_| {}));
    assert!(ours.unwrap_err().to_string().contains("has no single hash"));
}

#[test]
fn a_channel_binding_that_is_not_there_is_an_error() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, _far) = open(Tls::new(), Tls::new());
    let error = near.invoke("channel_binding", &["tls-exporter".into()]).unwrap_err();
    assert!(error.to_string().contains("the channel is not secure"), "{error}");
    let (mut near, _far) = open(client(&authority), server.server().immediately());
    let error = near.invoke("channel_binding", &["tls-unique".into()]).unwrap_err();
    assert!(error.to_string().contains("the kinds are"), "{error}");
    let error = near.invoke("channel_binding", &[Value::Bool(true)]).unwrap_err();
    assert!(error.to_string().contains("channel_binding takes"), "{error}");
}

#[test]
fn no_debug_and_no_watcher_shows_a_secret_or_a_key() {
    let authority = Authority::new();
    let (server, user) = (authority.issue("mail.example"), authority.issue("user.example"));
    let asking = server.server().immediately().client_ca_file(authority.ca_file());
    let showing = client(&authority).client_certificate(&user.certificate, &user.key);
    let (mut near, mut far) = stacks(showing, asking);
    let told = Arc::new(Told::default());
    let sink: Arc<dyn Sink> = told.clone();
    near.watch(&sink);
    far.watch(&sink);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    near.send(Payload::Secret(b"hunter2hunter2")).unwrap();
    let shown = format!("{near:?} {near:#?} {far:?} {far:#?} {}", told.0.lock().unwrap());
    for key in [&server.key_pem, &user.key_pem] {
        assert!(!shown.contains(key.lines().nth(1).unwrap()));
        let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let numbers = format!("{:?}", &der.secret_der()[16..24]);
        assert!(!shown.contains(numbers.trim_matches(['[', ']'])));
    }
    assert!(!shown.contains("hunter2"));
    assert!(shown.contains("secured with mail.example: TLS 1.3"), "{shown}");
    hear(&mut far, 14);
}

#[test]
fn the_layer_keeps_the_rules_of_all_modules() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    conform::filter(Tls::new).unwrap();
    conform::check(|| {
        let (near, far) = stacks(client(&authority), server.server().immediately());
        Ok(Pair::new(near, far))
    })
    .unwrap();
    conform::check(|| {
        let (near, far) = Loopback::pair();
        let above = || CommsStack::builder().layer(comms_util::Util::new());
        Ok(Pair::new(
            above().layer(client(&authority)).layer(near).build()?,
            above().layer(server.server().immediately()).layer(far).build()?,
        ))
    })
    .unwrap();
}

#[test]
fn a_layer_can_go_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Tls>();
    is_send::<comms_tls::TlsError>();
}
