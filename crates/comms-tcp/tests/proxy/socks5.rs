//! What only SOCKS5 says.

use comms_core::{CommsStack, Error, ErrorClass, Secret};
use comms_tcp::{ProxyError, Socks5, Socks5Nonsense};
use comms_testkit::Script;

use crate::bottoms::Endless;
use crate::way::{WAYS, pending};

fn stack(layer: Socks5, proxy: Script) -> CommsStack {
    CommsStack::builder().layer(layer).layer(proxy).build().unwrap()
}

/// The error of a connection without a user, when the proxy answers so.
fn refused(answers: &[&[u8]]) -> Error {
    let mut proxy = Script::new();
    for (answer, said) in answers.iter().zip([3, 19]) {
        proxy = proxy.expect_octets(said).reply(answer);
    }
    stack(Socks5::new("mail.example", 25), proxy.stall()).connect().unwrap_err()
}

/// The same with a user.
fn refused_user(answers: &[&[u8]]) -> Error {
    let mut proxy = Script::new();
    for (answer, said) in answers.iter().zip([4, 8, 19]) {
        proxy = proxy.expect_octets(said).reply(answer);
    }
    let layer = Socks5::new("mail.example", 25).credentials("ann", Secret::new("pw"));
    stack(layer, proxy.stall()).connect().unwrap_err()
}

#[test]
fn an_address_is_sent_as_an_address_and_a_name_as_a_name() {
    for (host, sent) in [
        ("192.0.2.1", &b"\x01\xc0\x00\x02\x01"[..]),
        ("2001:db8::1", b"\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
        ("[::1]", b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
        ("localhost", b"\x03\x09localhost"),
        ("1.2.3", b"\x03\x051.2.3"),
    ] {
        let request = [b"\x05\x01\x00", sent, b"\x12\x67"].concat();
        let proxy = Script::new().expect([5, 1, 0]).reply([5, 0]).expect(request);
        let proxy = proxy.reply(b"\x05\x00\x00\x03\x00\x00\x00");
        let mut stack = stack(Socks5::new(host, 0x1267), proxy);
        stack.connect().unwrap();
        stack.disconnect().unwrap();
    }
}

#[test]
fn a_name_of_255_octets_is_sent_and_one_of_256_is_not() {
    let longest = "x".repeat(255);
    let request = [b"\x05\x01\x00\x03\xff", longest.as_bytes(), b"\x00\x19"].concat();
    let proxy = Script::new().expect([5, 1, 0]).reply([5, 0]).expect(request);
    let proxy = proxy.reply(b"\x05\x00\x00\x01\0\0\0\0\0\0");
    stack(Socks5::new(&longest, 25), proxy).connect().unwrap();
    let error = stack(Socks5::new(longest + "x", 25), Script::new()).connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert!(error.sentence().ends_with("it is 256 octets long, and 255 are allowed"));
}

#[test]
fn every_refusal_is_told_in_words() {
    for (code, words) in [
        (1, "it failed, and does not say why"),
        (2, "its rules do not allow it"),
        (3, "the network is unreachable"),
        (4, "the host is unreachable"),
        (5, "the connection was refused"),
        (6, "the time to live ran out on the way"),
        (7, "it does not know how to connect"),
        (8, "it does not take this type of address"),
        (9, "for a reason that RFC 1928 does not know"),
        (255, "for a reason that RFC 1928 does not know"),
    ] {
        for reply in [&[5, code][..], &[5, code, 0], &[5, code, 0, 1, 0, 0, 0, 0, 0, 0]] {
            let error = refused(&[&[5, 0], reply]);
            assert_eq!(error.class(), ErrorClass::Connection);
            assert_eq!(
                error.sentence(),
                format!("Socks5: the proxy did not connect to mail.example port 25: {words}")
            );
            let Some(ProxyError::Refused { code: found, .. }) = error.cause() else { panic!() };
            assert_eq!(*found, u16::from(code));
        }
    }
}

#[test]
fn a_proxy_that_wants_a_user_is_an_error_of_authentication() {
    let error = refused(&[&[5, 0xff]]);
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert_eq!(
        error.to_string(),
        "Socks5: the proxy wants to know who asks: set `user` and `password`"
    );
    let error = refused_user(&[&[5, 0xff]]);
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert_eq!(
        error.to_string(),
        "Socks5: the proxy wants to know who asks, and not by user and password"
    );
}

#[test]
fn a_user_who_is_refused_is_an_error_of_authentication() {
    for status in [1, 0xff] {
        let error = refused_user(&[&[5, 2], &[1, status]]);
        assert_eq!(error.class(), ErrorClass::Authentication);
        assert_eq!(error.to_string(), "Socks5: the proxy refused the user and the password");
    }
}

#[test]
fn a_proxy_that_asks_nobody_is_told_no_password() {
    let proxy = Script::new().expect([5, 2, 0, 2]).reply([5, 0]).expect_octets(19);
    let proxy = proxy.reply(b"\x05\x00\x00\x01\0\0\0\0\0\0");
    let transcript = proxy.transcript();
    WAYS[1].over(proxy).connect().unwrap();
    assert_eq!(transcript.sent().len(), 4 + 19);
}

#[test]
fn nonsense_is_an_error_of_the_protocol() {
    let answers: [(&[&[u8]], Socks5Nonsense); 7] = [
        (&[b"HTTP/1.1 400 Bad Request\r\n"], Socks5Nonsense::Version { found: b'H', expected: 5 }),
        (&[b"\x04\x5b"], Socks5Nonsense::Version { found: 4, expected: 5 }),
        (&[b"\x05\x02"], Socks5Nonsense::Method { found: 2 }),
        (&[b"\x05\x01"], Socks5Nonsense::Method { found: 1 }),
        (&[b"\x05\x00", b"\x04"], Socks5Nonsense::Version { found: 4, expected: 5 }),
        (&[b"\x05\x00", b"\x05\x00\x00\x02"], Socks5Nonsense::Kind { found: 2 }),
        (&[b"\x05\x00", b"\x05\x00\x00\x00"], Socks5Nonsense::Kind { found: 0 }),
    ];
    for (answers, source) in answers {
        let error = refused(answers);
        assert_eq!(error.class(), ErrorClass::Protocol);
        assert_eq!(error.cause(), Some(&ProxyError::NotSocks5 { source }));
    }
    assert_eq!(
        refused(&[b"220 mail.example\r\n"]).sentence(),
        "Socks5: what answers is no SOCKS5 proxy: \
         an answer began with octet 0x32, and 0x05 was due"
    );
    let error = refused_user(&[b"\x05\x02", b"\x05\x00"]);
    let source = Socks5Nonsense::Version { found: 5, expected: 1 };
    assert_eq!(error.cause(), Some(&ProxyError::NotSocks5 { source }));
}

#[test]
fn no_answer_of_a_proxy_is_too_long_and_what_follows_it_is_not_kept() {
    // The name in the reply is 255 octets long; more it cannot be.
    let endless = Endless { first: b"\x05\x00\x05\x00\x00\x03\xff", then: b"x", said: 0 };
    let mut stack = WAYS[0].over(endless);
    stack.connect().unwrap();
    assert!(pending(&stack) < 512);
    assert!(stack.info().below.bytes_received <= 1024);
}
