//! The contract of signatures: what is written verifies, and nothing else is signed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::convert::Infallible;
use std::fs;
use std::io::Cursor;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_mime::{
    Attachment, BuildError, DkimError, DkimKey, DkimSigner, Message, MessageBuilder, Output,
    RawMessage, RelaxedBody, Transfer, WriteError, relaxed_field,
};
use proptest::prelude::*;
use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

const RSA: &str = include_str!("keys/rsa.pem");
const ED: &str = include_str!("keys/ed25519.pem");

fn signer(pem: &str) -> DkimSigner {
    DkimSigner::new(DkimKey::from_pem(pem).unwrap(), "x.example", "s").unwrap()
}

fn mail() -> MessageBuilder {
    Message::builder().from("ann@x.example".parse().unwrap())
}

fn written(message: &Message, transfer: Transfer) -> Vec<u8> {
    let mut octets = Vec::new();
    message.write(&mut octets, transfer).unwrap();
    octets
}

fn raw_written(message: &RawMessage) -> Vec<u8> {
    let mut octets = Vec::new();
    message.write(&mut octets).unwrap();
    octets
}

/// The value of a tag without its blanks.
fn tag(field: &str, name: &str) -> Option<String> {
    let value = field.split_once(':')?.1;
    let tags = value.split(';').filter_map(|tag| tag.split_once('='));
    let (_, value) = tags.into_iter().find(|(tag, _)| tag.trim() == name)?;
    Some(value.split_ascii_whitespace().collect())
}

/// What goes on the wire for these octets: every line with CRLF.
fn lines(octets: &[u8]) -> Vec<Vec<u8>> {
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    let mut octets = octets.iter().copied().peekable();
    while let Some(octet) = octets.next() {
        if octet == b'\r' {
            octets.next_if_eq(&b'\n');
        }
        if octet == b'\r' || octet == b'\n' {
            lines.push(std::mem::take(&mut line));
        } else {
            line.push(octet);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// A verifier that shares nothing with the signer but the relaxed forms: gives the algorithm of
/// each signature that stands before the message, or what is wrong with the first that does not
/// hold.
fn verify(octets: &[u8], records: &[String]) -> Result<Vec<String>, String> {
    let lines = lines(octets);
    let head_length = lines.iter().position(Vec::is_empty).unwrap_or(lines.len());
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for line in &lines[..head_length] {
        match fields.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                last.extend_from_slice(b"\r\n");
                last.extend_from_slice(line);
            }
            _ => fields.push(line.clone()),
        }
    }
    let mut body = Vec::new();
    let mut relaxed = RelaxedBody::default();
    for line in lines.iter().skip(head_length + 1) {
        relaxed.push(line, |octets| body.extend_from_slice(octets));
        relaxed.push(b"\r\n", |octets| body.extend_from_slice(octets));
    }
    relaxed.finish(|octets| body.extend_from_slice(octets));
    let is_signature = |field: &&Vec<u8>| field.starts_with(b"DKIM-Signature:");
    let mut found = Vec::new();
    for signature in fields.iter().filter(is_signature) {
        let text = String::from_utf8(signature.clone()).unwrap();
        let value = |name: &str| tag(&text, name).ok_or(format!("no {name}="));
        if STANDARD.encode(digest(&SHA256, &body)) != value("bh")? {
            return Err("another body".to_owned());
        }
        let mut header = Vec::new();
        let mut left: Vec<&Vec<u8>> = fields.iter().filter(|field| *field != signature).collect();
        for name in value("h")?.split(':') {
            let is_named = |field: &&Vec<u8>| {
                let colon = field.iter().position(|octet| *octet == b':');
                colon.is_some_and(|colon| {
                    field[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes())
                })
            };
            if let Some(at) = left.iter().rposition(is_named) {
                header.extend(relaxed_field(left.remove(at)).unwrap());
            }
        }
        let begin = text.rfind("b=").unwrap() + 2;
        let own = relaxed_field(&text.as_bytes()[..begin]).unwrap();
        header.extend_from_slice(own.trim_ascii_end());
        let algorithm = value("a")?;
        let kind = algorithm.trim_end_matches("-sha256");
        let record = records.iter().find(|record| record.contains(&format!("k={kind};")));
        let public = record.unwrap().split_once("p=").unwrap().1;
        let public = STANDARD.decode(public).unwrap();
        let bits = STANDARD.decode(value("b")?).unwrap();
        let outcome = if kind == "rsa" {
            // What stands before the key itself in `SubjectPublicKeyInfo`.
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public[24..])
                .verify(&header, &bits)
        } else {
            UnparsedPublicKey::new(&ED25519, &public[..])
                .verify(digest(&SHA256, &header).as_ref(), &bits)
        };
        outcome.map_err(|_| "another header".to_owned())?;
        found.push(algorithm);
    }
    Ok(found)
}

fn verified(octets: &[u8]) -> Vec<String> {
    let records = [signer(RSA).record(), signer(ED).record()];
    let found = verify(octets, &records);
    assert!(found.is_ok(), "{found:?}:\n{}", String::from_utf8_lossy(octets));
    found.unwrap()
}

#[test]
fn composed_messages_verify_with_both_algorithms_beside_each_other() {
    let message = mail()
        .to("bob@y.example".parse().unwrap())
        .bcc("eve@z.example".parse().unwrap())
        .subject("Prüfung ".repeat(30))
        .header("X-Note: not signed".parse().unwrap())
        .header("List-Id: <list.x.example>".parse().unwrap())
        .text("Grüße \t \n.\n..\n  trailing  \n\n\n")
        .attach(Attachment::bytes("a.bin", vec![7; 100_000]))
        .dkim(signer(ED))
        .dkim(signer(RSA))
        .build()
        .unwrap();
    for transfer in [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary] {
        let octets = written(&message, transfer);
        assert_eq!(verified(&octets), ["ed25519-sha256", "rsa-sha256"]);
        assert_eq!(message.encoded_len(transfer), Some(octets.len() as u64));
    }
}

/// RFC 6376 5.3: a server that encodes it anew on its way would break the signature.
#[test]
fn a_signed_message_is_written_for_seven_bits_whatever_the_path_takes() {
    let build = |message: MessageBuilder| {
        let logo = Attachment::bytes("a.bin", vec![0xff; 100]);
        message.text("Grüße\n").attach(logo).build().unwrap()
    };
    let (plain, signed) = (build(mail()), build(mail().dkim(signer(ED))));
    for transfer in [Transfer::EightBit, Transfer::Binary] {
        assert_eq!(plain.written_as(transfer), transfer);
        assert_eq!(signed.written_as(transfer), Transfer::SevenBit);
        assert!(!signed.is_eight_bit(transfer));
        assert!(written(&signed, transfer).is_ascii());
    }
}

#[test]
fn each_field_is_named_once_more_than_it_occurs() {
    let raw = "From: a@x.example\r\nReceived: x\r\nTo: b@y.example\r\nto: c@y.example\r\n\
        List-Help: <mailto:x>\r\n\r\n";
    let octets = raw_written(&RawMessage::bytes(raw).dkim(signer(ED)).unwrap());
    let text = String::from_utf8(octets.clone()).unwrap();
    let field = text.split_inclusive("\r\nFrom").next().unwrap();
    assert_eq!(
        tag(field, "h").as_deref(),
        Some(
            "From:From:Sender:Reply-To:To:To:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:\
             MIME-Version:Content-Type:Content-Transfer-Encoding:List-Help:List-Help"
        )
    );
    verified(&octets);
    let records = [signer(ED).record()];
    for added in ["From: e@z", "To: e@z", "Subject: e", "List-Help: <e>", "Content-Type: x/y"] {
        let changed = text.replace("From: a@", &format!("{added}\r\nFrom: a@"));
        assert_eq!(verify(changed.as_bytes(), &records), Err("another header".into()), "{added}");
    }
    for harmless in ["Received: y", "List-Id: <l.x>"] {
        let changed = text.replace("From: a@", &format!("{harmless}\r\nFrom: a@"));
        verified(changed.as_bytes());
    }
}

#[test]
fn chosen_fields_alone_are_signed_and_from_is_among_them() {
    let only = |names: &[&'static str]| signer(ED).headers(names.iter().copied());
    let octets =
        written(&mail().dkim(only(&["from", "X-a", "FROM"]).unwrap()).build().unwrap(), EIGHT);
    let text = String::from_utf8(octets).unwrap();
    assert!(text.contains("h=from:from:X-a;"), "{text}");
    assert!(verified(text.replace("Date:", "Dote:").as_bytes()).len() == 1);
    assert_eq!(only(&["Subject"]).unwrap_err(), DkimError::FromUnsigned);
    assert!(matches!(only(&["From", "a;b"]).unwrap_err(), DkimError::FieldName { .. }));
}

const EIGHT: Transfer = Transfer::EightBit;

#[test]
fn raw_messages_verify_in_the_form_that_the_wire_gives_them() {
    let bodies = [
        "",
        "\r\n",
        "\n\n\n",
        "no end",
        "a \t\r\n.\r\n..\r\n \r\n\r\n",
        "a\rb\nc\r\r\n.",
        "\0\u{e9}",
    ];
    for body in bodies {
        for end in ["\r\n", "\n", "\r"] {
            let raw =
                format!("From: a@x.example{end}Bcc: e@z{end}Subject:  x {end}\t y{end}{end}{body}");
            let message = RawMessage::bytes(raw.clone()).dkim(signer(RSA)).unwrap();
            let message = message.dkim(signer(ED)).unwrap();
            let octets = raw_written(&message);
            assert_eq!(verified(&octets), ["rsa-sha256", "ed25519-sha256"], "{raw:?}");
            assert_eq!(message.encoded_len(), Some(octets.len() as u64));
            assert!(!octets.windows(3).any(|three| three == b"e@z"));
        }
    }
    for head in ["From: a@x.example", "From: a@x.example\r\n", "From: a@x.example\r\n\r\n"] {
        let octets = raw_written(&RawMessage::bytes(head).dkim(signer(ED)).unwrap());
        assert_eq!(verified(&octets).len(), 1, "{head:?}");
    }
}

#[test]
fn a_signature_that_is_there_stays_below_the_new_one() {
    let raw = "DKIM-Signature: v=1; d=old.example\r\nFrom: a@x.example\r\n\r\nhi\r\n";
    let octets = raw_written(&RawMessage::bytes(raw).dkim(signer(ED)).unwrap());
    let text = String::from_utf8(octets).unwrap();
    assert!(text.ends_with(raw));
    verified(text.replace("DKIM-Signature: v=1; d=old", "X-Old: v=1; d=old").as_bytes());
}

#[test]
fn a_message_without_from_is_not_signed() {
    for raw in ["", "\r\nFrom: a@x.example\r\n", "Subject: x\r\n\r\nFrom: a@x.example\r\n"] {
        let error = RawMessage::bytes(raw).dkim(signer(ED)).unwrap_err();
        assert_eq!(error, DkimError::NoFrom, "{raw:?}");
    }
}

/// The line would have become part of the signature's field.
#[test]
fn a_message_that_begins_with_a_continuation_is_not_signed() {
    for raw in [" x\r\nFrom: a@x.example\r\n\r\n", "\tx\r\nFrom: a@x.example\r\n\r\n"] {
        let error = RawMessage::bytes(raw).dkim(signer(ED)).unwrap_err();
        assert_eq!(error, DkimError::BeginsFolded, "{raw:?}");
    }
}

#[test]
fn a_reader_is_refused_before_anything_is_written() {
    let raw = RawMessage::reader(Cursor::new("From: a@x.example\r\n\r\n")).unwrap();
    let error = raw.dkim(signer(ED)).unwrap_err();
    let expected = "the reader can be read only once, and what is signed is read twice: \
        give it as octets in memory, a file or a generator";
    assert_eq!(error.to_string(), expected);
    let attached = Attachment::reader("a", Cursor::new("x"));
    let error = mail().attach(attached).dkim(signer(ED)).build().unwrap_err();
    assert_eq!(error, BuildError::Unsigned(DkimError::ReadOnce { name: "the reader".into() }));
}

/// Changes a file as soon as the first octets, which are the signature's, come out.
struct Meddler<'p>(&'p std::path::Path, &'static str, Vec<u8>);

impl Output for Meddler<'_> {
    type Error = Infallible;

    fn write(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        if self.2.is_empty() {
            fs::write(self.0, self.1).unwrap();
        }
        self.2.extend_from_slice(octets);
        Ok(())
    }
}

#[test]
fn a_file_that_changes_between_the_passes_is_an_error_and_no_bad_signature_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail");
    let begin = "From: a@x.example\r\n\r\nbody 1";
    for (then, is_same) in [
        (begin, true),
        ("From: a@x.example\r\n\r\nbody 2", false),
        ("From: a@x.example\r\n\r\nbody", false),
        ("From: e@x.example\r\n\r\nbody 1", false),
        ("From: a@x.example\r\n\r\nbody 1 and more", false),
    ] {
        fs::write(&path, begin).unwrap();
        let raw = RawMessage::file(&path).unwrap().dkim(signer(ED)).unwrap();
        let outcome = raw.write(&mut Meddler(&path, then, Vec::new()));
        assert_eq!(outcome.is_ok(), is_same, "{then}");

        fs::write(&path, begin).unwrap();
        let attached = Attachment::file(&path).unwrap();
        let message = mail().attach(attached).dkim(signer(ED)).build().unwrap();
        let outcome = message.write(&mut Meddler(&path, then, Vec::new()), EIGHT);
        assert_eq!(outcome.is_ok(), is_same, "{then}");
        if then.len() == begin.len() && !is_same {
            assert!(matches!(outcome, Err(WriteError::ChangedSinceSigned)));
        }
    }
    let mut gone = Meddler(&path, "", Vec::new());
    fs::write(&path, begin).unwrap();
    let raw = RawMessage::file(&path).unwrap().dkim(signer(ED)).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(raw.write(&mut gone), Err(WriteError::Source { .. })));
    assert_eq!(gone.2, b"", "what could not be hashed was not begun");
}

/// Refuses after so many octets.
struct Full(usize);

impl Output for Full {
    type Error = usize;

    fn write(&mut self, octets: &[u8]) -> Result<(), usize> {
        self.0 = self.0.checked_sub(octets.len()).ok_or(self.0)?;
        Ok(())
    }
}

#[test]
fn an_output_that_refuses_at_any_octet_is_told_as_that() {
    let message = mail().text("hi").dkim(signer(ED)).build().unwrap();
    let length = usize::try_from(message.encoded_len(EIGHT).unwrap()).unwrap();
    for room in 0..length {
        let outcome = message.write(&mut Full(room), EIGHT);
        assert!(matches!(outcome, Err(WriteError::Output(_))), "{room}");
    }
    message.write(&mut Full(length), EIGHT).unwrap();
}

#[test]
fn keys_of_pem_sign_or_say_what_is_wanted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys");
    let key = |name: &str| DkimKey::from_pem(&fs::read_to_string(folder.join(name)).unwrap());
    let algorithm = |name: &str| key(name).unwrap().algorithm();
    assert_eq!(algorithm("rsa.pem"), "rsa-sha256");
    assert_eq!(algorithm("rsa_pkcs1.pem"), "rsa-sha256");
    assert_eq!(algorithm("ed25519.pem"), "ed25519-sha256");
    let wrong = [
        ("short.pem", "the RSA key is too short: it needs 2048 to 4096 bits"),
        ("ec.pem", "it holds a PRIVATE KEY that is neither RSA nor Ed25519"),
        ("encrypted.pem", "the key is encrypted: `openssl pkey -in KEY -out PLAIN` decrypts it"),
        (
            "encrypted_pkcs1.pem",
            "the key is encrypted: `openssl pkey -in KEY -out PLAIN` decrypts it",
        ),
        ("certificate.pem", "it holds a CERTIFICATE, and a PRIVATE KEY (RSA or Ed25519) is wanted"),
        ("rsa_public.pem", "it holds a PUBLIC KEY, and a PRIVATE KEY (RSA or Ed25519) is wanted"),
    ];
    for (name, why) in wrong {
        assert_eq!(key(name).unwrap_err().to_string(), why, "{name}");
    }
    let none = DkimKey::from_pem("x").unwrap_err().to_string();
    assert!(none.starts_with("there is no PEM block in it"));
    let damaged = DkimKey::from_pem(&RSA.replace("MII", "!!!")).unwrap_err();
    assert_eq!(damaged, DkimError::Damaged { found: "PRIVATE KEY".into() });
    let cut = ED.replace("MC4C", "MC4D");
    assert!(matches!(DkimKey::from_pem(&cut).unwrap_err(), DkimError::Damaged { .. }));
    let beside = include_str!("keys/certificate.pem").to_owned() + ED;
    assert_eq!(DkimKey::from_pem(&beside).unwrap().algorithm(), "ed25519-sha256");
    assert_eq!(DkimKey::from_seed(b"short").unwrap_err(), DkimError::Seed { octets: 5 });
}

#[test]
fn records_hold_the_public_key_that_openssl_writes() {
    let public = |pem: &str| {
        let inside: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(inside).unwrap()
    };
    let rsa = STANDARD.encode(public(include_str!("keys/rsa_public.pem")));
    assert_eq!(signer(RSA).record(), format!("v=DKIM1; k=rsa; p={rsa}"));
    let ed = STANDARD.encode(&public(include_str!("keys/ed25519_public.pem"))[12..]);
    assert_eq!(signer(ED).record(), format!("v=DKIM1; k=ed25519; p={ed}"));
    assert_eq!(signer(ED).record_name(), "s._domainkey.x.example");
}

#[test]
fn no_debug_form_holds_the_key() {
    for pem in [RSA, ED] {
        let shown = format!("{:?}", mail().dkim(signer(pem)).build().unwrap());
        assert!(shown.contains("DkimKey("), "{shown}");
        assert!(!pem.lines().any(|line| shown.contains(line)) && shown.len() < 2000, "{shown}");
    }
}

#[test]
fn what_is_shared_between_threads_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<DkimSigner>();
    shared::<DkimError>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_composed_message_verifies_and_has_the_length_that_was_told(
        subject in "\\PC{0,100}",
        text in "[a-zé. \t\r\n]{0,200}",
        attached in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
        domain in "([a-z]{1,60}\\.){1,3}example",
        selector in "([a-z0-9]{1,60}\\.){0,2}[a-z]",
        identity in proptest::option::of("[a-z=;]{1,40}"),
        lifetime in proptest::option::of(1_u64..1_000_000_000),
        time in 0_u64..90_000_000_000,
    ) {
        let mut sign = DkimSigner::new(DkimKey::from_pem(ED).unwrap(), &domain, &selector).unwrap();
        sign = sign.signed_at(SystemTime::UNIX_EPOCH + Duration::from_secs(time));
        if let Some(local) = identity {
            sign = sign.identity(&format!("\"{local}\"@{domain}").parse().unwrap()).unwrap();
        }
        if let Some(lifetime) = lifetime {
            sign = sign.expires_after(Duration::from_secs(lifetime));
        }
        let mut message = mail().subject(subject).text(text).dkim(sign);
        if let Some(octets) = attached {
            message = message.attach(Attachment::bytes("a.bin", octets));
        }
        let message = message.build().unwrap();
        let octets = written(&message, EIGHT);
        prop_assert_eq!(verified(&octets), ["ed25519-sha256"]);
        prop_assert_eq!(message.encoded_len(EIGHT), Some(octets.len() as u64));
        let own = octets.windows(7).position(|seven| seven == b"\r\nDate:").unwrap();
        for line in octets[..own].split(|octet| *octet == b'\n') {
            prop_assert!(line.len() <= 400, "{}", line.len());
        }
    }

    #[test]
    fn any_raw_message_verifies_in_the_form_that_the_wire_gives_it(
        head in "(From|To|bcc|X-A|Subject):[a-z \t\r\n:]{0,40}",
        body in "[a. \t\r\n\0]{0,80}",
    ) {
        let raw = format!("From: a@x.example\r\n{head}\r\n\r\n{body}");
        let message = RawMessage::bytes(raw).dkim(signer(ED)).unwrap();
        let octets = raw_written(&message);
        prop_assert_eq!(verified(&octets), ["ed25519-sha256"]);
        prop_assert_eq!(message.encoded_len(), Some(octets.len() as u64));
    }
}
