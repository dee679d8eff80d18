//! What to do about an error of a layer.

use comms::{Error, ErrorClass, ProxyError, Reply, SkipReason, SmtpError, TcpError, TlsError};

/// What to do about it, in a few words; empty where the error itself says it.
pub(crate) fn remedy(error: &Error) -> &'static str {
    if let Some(tls) = error.cause::<TlsError>() {
        return of_tls(tls);
    }
    match error.class() {
        ErrorClass::Transient => "try again later",
        ErrorClass::Permanent => of_refusal(error),
        ErrorClass::Connection => of_connection(error),
        ErrorClass::Timeout => "try again later, or give it more time with --timeout",
        ErrorClass::DeliveryUnknown => {
            "ask the recipient before you send it again, or it may arrive twice"
        }
        ErrorClass::Protocol => "check that --url names an SMTP server; --log FILE shows it all",
        ErrorClass::Authentication => of_authentication(error),
        ErrorClass::Usage => of_usage(error),
        _ => "",
    }
}

/// Where the session is not in the state that was thought.
fn of_usage(error: &Error) -> &'static str {
    match error.cause() {
        Some(SmtpError::NoTlsLayer) => "leave ?tls=none away from --url",
        Some(SmtpError::OutOfOrder { command: "STARTTLS", .. }) => {
            "--url has made it so; --set Smtp.tls=none leaves it to you"
        }
        Some(SmtpError::Authenticated) => "--user has logged in already",
        _ => "",
    }
}

/// What the server's words are about, by their codes.
fn of_refusal(error: &Error) -> &'static str {
    let Some(smtp) = error.cause::<SmtpError>() else { return "" };
    match smtp {
        SmtpError::TooLarge { .. } => return "send it in parts, or a link to it",
        SmtpError::NotOffered { .. } | SmtpError::BeyondLimit { .. } => {
            return "leave it away, or ask for less; `comms check` shows what the server offers";
        }
        SmtpError::TooManyRecipients { .. } => return "",
        _ => {}
    }
    if let SmtpError::Refused { command, reply } = smtp
        && is_greeting(command)
        && matches!(reply.code(), 500..=504)
    {
        return LMTP;
    }
    let reply = smtp.reply().or_else(|| smtp.rejected().first().map(|one| &one.reply));
    reply.map_or("", of_reply)
}

/// RFC 3463 has the meaning of enhanced codes, RFC 5321 4.2.3 that of the others.
fn of_reply(reply: &Reply) -> &'static str {
    let enhanced = reply.enhanced().map(|code| code.to_string()).unwrap_or_default();
    let subject = enhanced.split_once('.').map_or("", |(_, subject)| subject);
    match (subject, reply.code()) {
        (_, 530) => "log in with --user",
        ("1.8" | "1.7", _) => "check the address of the sender, in --from",
        (_, 551) => "send it to the new address, if you trust what the server says",
        ("1.1" | "1.2" | "1.3" | "1.6", _) => "check the address of the recipient",
        ("2.2" | "2.1", _) => "the recipient has to see to the mailbox",
        ("7.8", _) => "check the user and the password",
        (subject, _) if subject.starts_with("7.") => {
            "the server does not do this for you: log in with --user, or ask who runs it"
        }
        ("3.4" | "2.3", _) | (_, 552) => "send less at a time",
        (_, 550 | 553) => "check the address; a server may also want you to log in with --user",
        (_, 500..=504) => "the server does not know this; `comms check` shows what it does",
        _ => "the same will be refused again: ask who runs the server",
    }
}

fn of_authentication(error: &Error) -> &'static str {
    match error.cause() {
        Some(SmtpError::AuthRefused { .. }) => "check the user and the password",
        Some(SmtpError::NoRequiredTls { .. }) => {
            "leave --require-tls away, or send it to a server that offers REQUIRETLS over TLS"
        }
        Some(SmtpError::TlsRefused { .. }) => "use smtps://, or try again later",
        Some(SmtpError::NoMechanism { skipped, .. })
            if skipped.iter().any(|one| one.reason == SkipReason::NoPassword) =>
        {
            "say who logs in with --user and --password-file"
        }
        // The error itself says it.
        Some(SmtpError::NoMechanism { offered, .. }) if offered.is_empty() => "",
        Some(SmtpError::NoMechanism { .. }) => {
            "use a URL with TLS, or name another mechanism with --auth"
        }
        Some(SmtpError::NoToken { .. }) => "see to the token",
        _ => "",
    }
}

fn of_tls(error: &TlsError) -> &'static str {
    match error {
        TlsError::WrongName { .. } => {
            "use the name that the certificate is for, or set Tls.server_name to it"
        }
        TlsError::Expired { .. } => "whoever runs the server has to renew it",
        TlsError::UnknownIssuer | TlsError::SelfSigned => "on the command line that is --ca-file",
        TlsError::NoCertificate => "on the command line that is --client-cert and --client-key",
        TlsError::AuthorityItself => {
            "on the command line that is ?verify=none and --set Tls.pin=KEY; `comms check` shows the key"
        }
        TlsError::PlainGreeting { .. } => "",
        _ => "`comms check` shows the certificates",
    }
}

fn of_connection(error: &Error) -> &'static str {
    match error.cause() {
        Some(TcpError::NoAddress { .. } | TcpError::Unreachable { .. }) => {
            "check that the server runs at this host and port, or name another"
        }
        Some(TcpError::UnreachablePath { .. }) => {
            "check that the server runs at this path, or name another"
        }
        Some(TcpError::CannotListen { .. }) => {
            "name another address with --listen or --http; port 0 takes a free one"
        }
        None if error.cause::<ProxyError>().is_some() => "",
        _ => "try again",
    }
}

fn is_greeting(command: &str) -> bool {
    command.starts_with("HELO") || command.starts_with("EHLO")
}

/// RFC 2033 4.1: an LMTP server knows neither of the greetings of SMTP.
const LMTP: &str = "a server that knows no HELO may speak LMTP: use lmtp://";
