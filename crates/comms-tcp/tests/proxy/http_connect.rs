//! What only HTTP says.

use comms_core::{CommsStack, Error, ErrorClass};
use comms_tcp::{HttpConnect, HttpNonsense, ProxyError};
use comms_testkit::{Delivery, Script};

use crate::bottoms::Endless;
use crate::way::{WAYS, hear_all};

/// The error of a connection without a user, when the proxy answers so.
fn refused(answer: &str) -> Error {
    let proxy = Script::new().expect_until("\r\n\r\n").reply(answer).stall();
    WAYS[2].over(proxy).connect().unwrap_err()
}

/// The same with a user.
fn refused_user(answer: &str) -> Error {
    let proxy = Script::new().expect_until("\r\n\r\n").reply(answer).stall();
    WAYS[3].over(proxy).connect().unwrap_err()
}

#[test]
fn an_ipv6_target_stands_in_brackets() {
    for (host, authority) in
        [("2001:db8::1", "[2001:db8::1]"), ("[::1]", "[::1]"), ("192.0.2.1", "192.0.2.1")]
    {
        let request = format!("CONNECT {authority}:25 HTTP/1.1\r\nHost: {authority}:25\r\n\r\n");
        let proxy = Script::new().expect(request).reply("HTTP/1.1 200 OK\r\n\r\n");
        let layer = HttpConnect::new(host, 25);
        let mut stack = CommsStack::builder().layer(layer).layer(proxy).build().unwrap();
        stack.connect().unwrap();
        stack.disconnect().unwrap();
    }
}

#[test]
fn every_status_from_200_to_299_is_a_yes_and_has_no_body() {
    for status in ["200 OK", "204", "299 Fine"] {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\n");
        let proxy = Script::new().expect_until("\r\n\r\n").reply(head).send("220 x\r\n");
        let mut stack = WAYS[2].over(proxy);
        stack.connect().unwrap();
        assert_eq!(hear_all(&mut stack), b"220 x\r\n");
    }
}

#[test]
fn a_proxy_that_cannot_connect_is_quoted() {
    for status in ["503 Service Unavailable", "403 Forbidden", "502", "301 Moved", "101 Other"] {
        let error = refused(&format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nsorry"));
        assert_eq!(error.class(), ErrorClass::Connection);
        assert_eq!(
            error.sentence(),
            format!(
                "HttpConnect: the proxy did not connect to mail.example port 25: \
                 it said \"HTTP/1.1 {status}\""
            )
        );
        let Some(ProxyError::Refused { code, .. }) = error.cause() else { panic!() };
        assert_eq!(code.to_string(), status[..3]);
    }
}

#[test]
fn what_a_proxy_says_forges_no_line_and_moves_no_cursor() {
    let error = refused("HTTP/1.1 500 \x1b[2J\rHttpConnect: connected\x07\r\n\r\n");
    assert!(
        error.sentence().ends_with(r#"it said "HTTP/1.1 500 \x1b[2J\rHttpConnect: connected\x07""#)
    );
}

#[test]
fn a_407_is_an_error_of_authentication() {
    let basic = "HTTP/1.1 407 Proxy Authentication Required\r\n\
                 Proxy-Authenticate: Basic realm=\"x\"\r\n\r\n";
    let other = "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n\
                 Proxy-Authenticate: NTLM\r\n\r\n";
    let bare = "HTTP/1.0 407 No\r\n\r\n";
    let wanted = "the proxy wants to know who asks: set `user` and `password`";
    let wrong = "the proxy refused the user and the password";
    let unknown = "the proxy wants to know who asks, and not by user and password: \
                   it takes Negotiate, NTLM";
    for (error, words) in [
        (refused(basic), wanted),
        (refused(bare), wanted),
        (refused(other), unknown),
        (refused_user(basic), wrong),
        (refused_user(bare), wrong),
        (refused_user(other), unknown),
    ] {
        assert_eq!(error.class(), ErrorClass::Authentication);
        assert_eq!(error.to_string(), format!("HttpConnect: {words}"));
    }
}

#[test]
fn a_401_to_a_connect_is_the_proxys_own_refusal() {
    let answer = "HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"Tinyproxy\"\r\n\r\n";
    let error = refused_user(answer);
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert_eq!(error.cause(), Some(&ProxyError::CredentialsRefused));
    assert_eq!(refused(answer).cause(), Some(&ProxyError::CredentialsWanted));
    let digest = refused_user("HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\"\r\n\r\n");
    let takes = Some("Digest".to_owned());
    assert_eq!(digest.cause(), Some(&ProxyError::OtherCredentialsWanted { takes }));
}

#[test]
fn a_peer_that_speaks_something_else_is_found_out_at_once() {
    for delivery in [Delivery::Whole, Delivery::PerOctet] {
        let proxy = Script::new().expect_until("\r\n\r\n").reply("220 mail.example\r\n").stall();
        // There is no deadline: a wait for more would be an error of the script.
        let mut stack = WAYS[2].over(proxy.delivery(delivery));
        stack.unlimit();
        stack.set("timeout", "1000000h").unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Protocol);
        assert!(matches!(error.cause(), Some(ProxyError::NotHttp { .. })), "{error:?}");
    }
    let error = refused("220 mail.example\r\n");
    let words = "HttpConnect: what answers is no HTTP proxy: it said \"220 mail.example\"";
    assert_eq!(error.sentence(), words);
}

#[test]
fn an_answer_without_end_is_given_up_after_8_kib() {
    for (first, then, source) in [
        (&b"HTTP/1.1 200 "[..], &b"x"[..], HttpNonsense::TooLong),
        (b"HTTP/1.1 200 OK\r\n", b"x", HttpNonsense::TooLong),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", HttpNonsense::TooManyLines),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", HttpNonsense::TooManyLines),
    ] {
        let mut stack = WAYS[2].over(Endless { first, then, said: 0 });
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Protocol);
        assert_eq!(error.cause(), Some(&ProxyError::NotHttp { source }));
        assert!(stack.info().below.bytes_received <= 9 * 1024);
    }
}
