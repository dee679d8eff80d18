//! Whose certificate is accepted, and what is said of the others.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_core::ErrorClass;
use comms_tls::{Tls, Verify};
use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use ring::digest;

use crate::support::{Authority, Issued, client, meet, open, refused, stacks, text};

/// What is said of a server with this certificate, by a client that trusts `authority`.
fn said(authority: &Authority, server: &Issued) -> String {
    let error = refused(client(authority), server.server().immediately());
    assert_eq!((error.class(), error.layer()), (ErrorClass::Authentication, "Tls"));
    let unverified = client(authority).verify(Verify::None);
    open(unverified, server.server().immediately());
    error.to_string()
}

#[test]
fn a_certificate_of_a_trusted_authority_is_accepted_by_file_and_by_octets() {
    let authority = Authority::new();
    let good = authority.issue("mail.example");
    open(client(&authority), good.server().immediately());
    let der = authority.certificate.der().to_vec();
    let by_octets = Tls::new().immediately().server_name("mail.example").roots([der]);
    open(by_octets, good.server().immediately());
}

#[test]
fn a_certificate_for_another_host_is_refused_and_both_names_are_said() {
    let authority = Authority::new();
    assert_eq!(
        said(&authority, &authority.issue("other.example")),
        "Tls: the certificate is for other.example, not mail.example"
    );
}

#[test]
fn an_expired_certificate_is_refused_with_its_date() {
    let authority = Authority::new();
    let expired = authority.issue_with("mail.example", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 3, 4);
    });
    assert_eq!(said(&authority, &expired), "Tls: the certificate expired on 2021-03-04");
}

#[test]
fn a_certificate_from_the_future_is_refused_with_its_date() {
    let authority = Authority::new();
    let future = authority.issue_with("mail.example", |params| {
        params.not_before = date_time_ymd(2999, 5, 6);
        params.not_after = date_time_ymd(3000, 1, 1);
    });
    assert_eq!(
        said(&authority, &future),
        "Tls: the certificate is not valid before 2999-05-06: is this machine's clock right?"
    );
}

#[test]
fn a_self_signed_certificate_is_refused_unless_it_is_named() {
    let authority = Authority::new();
    let alone = authority.self_signed("mail.example", |_| {});
    assert_eq!(
        said(&authority, &alone),
        "Tls: the certificate is self-signed: name it with ca_file, if you trust it"
    );
    let named = Tls::new().immediately().server_name("mail.example").ca_file(&alone.certificate);
    open(named, alone.server().immediately());
}

#[test]
fn an_authority_as_its_own_server_is_refused_in_words_and_can_be_pinned() {
    let authority = Authority::new();
    let own = authority.self_signed("mail.example", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let named = Tls::new().immediately().server_name("mail.example").ca_file(&own.certificate);
    let error = refused(named, own.server().immediately());
    assert_eq!(
        error.to_string(),
        "Tls: the certificate is an authority's own, and not a server's: \
         set verify to none and name its key with pin, if you trust it"
    );
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let error = said(&authority, &stranger.issue("mail.example"));
    assert_eq!(
        error,
        "Tls: the certificate was issued by an unknown authority: name it with ca_file"
    );
}

#[test]
fn an_authority_of_the_same_name_is_another_by_its_key() {
    let (authority, forger) = (Authority::named("same"), Authority::named("same"));
    assert_eq!(
        said(&authority, &forger.issue("mail.example")),
        "Tls: the certificate is not signed as it says: \
         its authority has another key than the one that is trusted, or it is forged"
    );
}

#[test]
fn without_a_named_authority_the_platform_does_not_trust_a_private_one() {
    let authority = Authority::new();
    let good = authority.issue("mail.example");
    let by_platform = Tls::new().immediately().server_name("mail.example");
    let (mut near, mut far) = stacks(by_platform, good.server().immediately());
    let (client, _) = meet(&mut near, &mut far);
    let error = client.unwrap_err();
    // A machine without any authority says that instead.
    assert!(
        error.to_string().contains("unknown authority") || error.class() == ErrorClass::Usage,
        "{error:?}"
    );
}

#[test]
fn an_ip_address_is_a_name_like_others() {
    let authority = Authority::new();
    for (address, spelling) in [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "[2001:db8::1]")] {
        let server = authority.issue(address);
        let named = |name: &str| client(&authority).server_name(name);
        open(named(spelling), server.server().immediately());
        let error = refused(named("192.0.2.9"), server.server().immediately());
        assert_eq!(
            error.to_string(),
            format!("Tls: the certificate is for {address}, not 192.0.2.9")
        );
    }
}

#[test]
fn a_wildcard_is_one_label_and_not_two() {
    let authority = Authority::new();
    let wild = authority.issue("*.mail.example");
    let named = |name: &str| client(&authority).server_name(name);
    open(named("a.mail.example"), wild.server().immediately());
    for wrong in ["mail.example", "a.b.mail.example"] {
        let error = refused(named(wrong), wild.server().immediately());
        assert_eq!(
            error.to_string(),
            format!("Tls: the certificate is for *.mail.example, not {wrong}")
        );
    }
}

#[test]
fn a_pin_is_asked_for_beyond_the_chain() {
    let authority = Authority::new();
    let good = authority.issue("mail.example");
    let (near, _far) = open(client(&authority), good.server().immediately());
    let pin = text(&near, "peer_spki_pin");

    open(client(&authority).pin(&pin), good.server().immediately());

    let other = authority.issue("mail.example");
    let error = refused(client(&authority).pin(&pin), other.server().immediately());
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert!(error.to_string().contains("not the one that pin asks for"), "{error}");

    // The right key does not make up for the wrong name.
    let error = refused(
        client(&authority).server_name("other.example").pin(&pin),
        good.server().immediately(),
    );
    assert!(error.to_string().contains("is for mail.example"), "{error}");
}

#[test]
fn a_pin_alone_is_what_a_server_without_authority_is_trusted_by() {
    let authority = Authority::new();
    let alone = authority.self_signed("mail.example", |_| {});
    let pinned = |pin: &str| client(&authority).verify(Verify::None).pin(pin);
    let (near, _far) = open(client(&authority).verify(Verify::None), alone.server().immediately());
    let pin = text(&near, "peer_spki_pin");
    open(pinned(&pin), alone.server().immediately());

    let wrong = STANDARD.encode(digest::digest(&digest::SHA256, b"another"));
    let error = refused(pinned(&wrong), alone.server().immediately());
    assert!(error.to_string().contains(&pin), "{error}");
}
