//! Who signs, and how.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::address::Address;
use crate::dkim::error::DkimError;
use crate::dkim::field::Tags;
use crate::dkim::hashed::Content;
use crate::dkim::head::{RawField, fields};
use crate::dkim::key::DkimKey;
use crate::dkim::name::{Domain, FieldName, Selector};

/// Signs messages for a domain (RFC 6376): relaxed/relaxed, with RSA or Ed25519.
///
/// Each signed field is named once more than it occurs, so that none can be added. Signed are,
/// unless [`DkimSigner::headers`] chooses others, From, Sender, Reply-To, To, Cc, Subject, Date,
/// Message-ID, In-Reply-To, References, MIME-Version, Content-Type and Content-Transfer-Encoding,
/// present or not, and the List fields that are present. The time of a signature is that of its
/// writing.
///
/// ```
/// use comms_mime::{DkimKey, DkimSigner, Message, Transfer};
///
/// let key = DkimKey::from_pem(
///     "-----BEGIN PRIVATE KEY-----\n\
///      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
///      -----END PRIVATE KEY-----\n",
/// )?;
/// let signer = DkimSigner::new(key, "x.example", "spring")?;
/// assert_eq!(signer.record_name(), "spring._domainkey.x.example");
///
/// let message = Message::builder()
///     .from("ann@x.example".parse()?)
///     .text("Hello\n")
///     .dkim(signer)
///     .build()?;
/// let mut octets = Vec::new();
/// message.write(&mut octets, Transfer::EightBit)?;
/// assert!(octets.starts_with(b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;"));
/// assert_eq!(message.encoded_len(Transfer::EightBit), Some(octets.len() as u64));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DkimSigner {
    key: DkimKey,
    domain: Domain,
    selector: Selector,
    names: Vec<FieldName>,
    identity: Option<String>,
    time: Option<SystemTime>,
    lifetime: Option<Duration>,
}

impl DkimSigner {
    /// A signer for a domain, whose record stands under `selector._domainkey.domain`.
    pub fn new(key: DkimKey, domain: &str, selector: &str) -> Result<Self, DkimError> {
        Ok(Self {
            key,
            domain: Domain::new(domain)?,
            selector: Selector::new(selector)?,
            names: FieldName::usual(),
            identity: None,
            time: None,
            lifetime: None,
        })
    }

    /// Chooses the fields that are signed, present or not. From must be among them.
    pub fn headers<'n>(
        mut self,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, DkimError> {
        let mut chosen: Vec<FieldName> = Vec::new();
        for name in names {
            if !chosen.iter().any(|earlier| earlier.is(name)) {
                chosen.push(FieldName::new(name)?);
            }
        }
        if !chosen.iter().any(|name| name.is("From")) {
            return Err(DkimError::FromUnsigned);
        }
        self.names = chosen;
        Ok(self)
    }

    /// On whose behalf the domain signs (`i=`): an address in it, or below it.
    pub fn identity(mut self, address: &Address) -> Result<Self, DkimError> {
        let outside = || DkimError::Identity { domain: self.domain.to_string() };
        let domain = Domain::new(address.domain()).map_err(|_| outside())?;
        if !self.domain.holds(&domain.to_string()) {
            return Err(outside());
        }
        self.identity = Some(format!("{}@{domain}", quoted_printable(address.local_part())));
        Ok(self)
    }

    /// Sets how long a signature is valid (`x=`).
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.lifetime = Some(time);
        self
    }

    /// Sets the time that signatures tell (`t=`).
    pub fn signed_at(mut self, time: SystemTime) -> Self {
        self.time = Some(time);
        self
    }

    /// The name under which the record is published.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The text of the TXT record to publish; see [`DkimKey::record`].
    pub fn record(&self) -> String {
        self.key.record()
    }

    /// The field that signs a message.
    pub(crate) fn field(&self, content: &Content) -> Result<String, DkimError> {
        let fields = fields(&content.head);
        let body_hash = STANDARD.encode(content.body_hash.as_ref());
        let mut tags = Tags {
            first: self.first_tags()?,
            fields: self.named(&fields),
            body_hash: &body_hash,
            signature: "",
        };
        let unsigned = tags.field();
        let header = self.header(&fields, &unsigned);
        let signature = STANDARD.encode(self.key.sign(&header)?);
        tags.signature = &signature;
        Ok(tags.field())
    }

    /// How many octets the field has that signs a message with this head.
    pub(crate) fn field_length(&self, head: &[u8]) -> Option<u64> {
        let fields = fields(head);
        let tags = Tags {
            first: self.first_tags().ok()?,
            fields: self.named(&fields),
            body_hash: &STANDARD.encode([0; HASH]),
            signature: &STANDARD.encode(vec![0; self.key.signature_length()]),
        };
        Some(tags.field().len() as u64)
    }

    fn first_tags(&self) -> Result<Vec<String>, DkimError> {
        let mut tags = vec!["v=1;".to_owned(), format!("a={};", self.key.algorithm())];
        tags.push("c=relaxed/relaxed;".to_owned());
        tags.push(format!("d={};", self.domain));
        tags.push(format!("s={};", self.selector));
        if let Some(identity) = &self.identity {
            tags.push(format!("i={identity};"));
        }
        let time = self.time.unwrap_or_else(SystemTime::now);
        tags.push(format!("t={};", seconds(time)?));
        if let Some(lifetime) = self.lifetime {
            // RFC 6376 3.5: it must be later than `t=`.
            let lifetime = lifetime.max(Duration::from_secs(1));
            let end = time.checked_add(lifetime).ok_or(DkimError::Time)?;
            tags.push(format!("x={};", seconds(end)?));
        }
        Ok(tags)
    }

    /// The names of the signed fields: each once more than it occurs.
    fn named(&self, fields: &[RawField<'_>]) -> Vec<&str> {
        let mut named = Vec::new();
        for name in &self.names {
            let occurs = fields.iter().filter(|field| field.is(name.as_str())).count();
            if occurs > 0 || name.even_absent {
                named.extend(std::iter::repeat_n(name.as_str(), occurs + 1));
            }
        }
        named
    }

    /// What the key signs (RFC 6376 3.7, 5.4.2): the named fields, the last of a name first, and
    /// the signature's own field without its value and line end.
    fn header(&self, fields: &[RawField<'_>], unsigned: &str) -> Vec<u8> {
        let mut header = Vec::new();
        for name in &self.names {
            for field in fields.iter().rev().filter(|field| field.is(name.as_str())) {
                header.extend_from_slice(&field.relaxed());
                header.extend_from_slice(b"\r\n");
            }
        }
        let own = crate::dkim::head::fields(unsigned.as_bytes());
        header.extend(own.iter().flat_map(RawField::relaxed));
        header
    }
}

fn seconds(time: SystemTime) -> Result<u64, DkimError> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| DkimError::Time)?;
    Some(since.as_secs()).filter(|seconds| *seconds <= LATEST).ok_or(DkimError::Time)
}

/// RFC 6376 2.11.
fn quoted_printable(text: &str) -> String {
    let mut quoted = String::new();
    for octet in text.bytes() {
        match octet {
            b'!'..=b':' | b'<' | b'>'..=b'~' => quoted.push(char::from(octet)),
            _ => quoted.extend(['=', hex(octet >> 4), hex(octet & 15)]),
        }
    }
    quoted
}

fn hex(digit: u8) -> char {
    char::from_digit(u32::from(digit), 16).unwrap_or_default().to_ascii_uppercase()
}

/// Octets of SHA-256.
const HASH: usize = 32;

/// RFC 6376 3.5: a time has at most 12 digits.
const LATEST: u64 = 999_999_999_999;

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::dkim::hashed::Hashed;
    use crate::write::Output;

    /// RFC 8463 A.3, without its signatures.
    const MESSAGE: &str = "From: Joe SixPack <joe@football.example.com>\r\n\
        To: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\n\
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n\
        Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    /// RFC 8463 A.3: the field of the Ed25519 signature without its value.
    const ED25519: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
        d=football.example.com; i=@football.example.com;\r\n \
        q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
        subject : date : message-id : from : subject : date;\r\n \
        bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=\r\n";

    /// As [`ED25519`], of the RSA signature.
    const RSA: &str = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n \
        d=football.example.com; i=@football.example.com;\r\n \
        q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n \
        date : message-id : from : subject : date;\r\n \
        bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=\r\n";

    fn content() -> Content {
        let mut hashed = Hashed::<Infallible>::new();
        let Ok(()) = hashed.write(MESSAGE.as_bytes());
        hashed.finish()
    }

    /// The key of RFC 8463 A.2, with the fields that its messages sign.
    fn joe() -> DkimSigner {
        let seed = STANDARD.decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
        let key = DkimKey::from_seed(&seed).unwrap();
        let signer = DkimSigner::new(key, "football.example.com", "brisbane").unwrap();
        signer.headers(["from", "to", "subject", "date", "message-id"]).unwrap()
    }

    #[test]
    fn the_ed25519_signature_of_rfc_8463_comes_out_as_it_stands_there() {
        let (signer, content) = (joe(), content());
        let hash = STANDARD.encode(content.body_hash.as_ref());
        assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
        let header = signer.header(&fields(&content.head), ED25519);
        assert_eq!(
            STANDARD.encode(signer.key.sign(&header).unwrap()),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
        );
        let record = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
        assert_eq!(signer.record(), record);
    }

    /// The library does not sign with a key that short, and verifies still.
    #[test]
    fn the_rsa_signature_of_rfc_8463_is_one_of_the_octets_that_a_key_is_given_here() {
        let header = joe().header(&fields(&content().head), RSA);
        let public = STANDARD
            .decode(concat!(
                "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bd",
                "OKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4h",
                "stT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
            ))
            .unwrap();
        let signature = STANDARD
            .decode(concat!(
                "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3",
                "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz",
                "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8="
            ))
            .unwrap();
        // What stands before the key itself in `SubjectPublicKeyInfo`.
        let (_, key) = public.split_at(22);
        let legacy = &ring::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        let public = ring::signature::UnparsedPublicKey::new(legacy, key);
        public.verify(&header, &signature).unwrap();
    }

    #[test]
    fn an_identity_is_written_so_that_it_cannot_end_its_tag() {
        let address = "\"a; b=x\"@news.football.example.com".parse().unwrap();
        let tags = joe().identity(&address).unwrap().first_tags().unwrap();
        assert_eq!(tags[5], "i=a=3B=20b=3Dx@news.football.example.com;");
        for outside in ["a@example.com", "a@xfootball.example.com", "a@[192.0.2.1]"] {
            assert!(joe().identity(&outside.parse().unwrap()).is_err(), "{outside}");
        }
    }

    #[test]
    fn times_are_seconds_since_1970_and_the_end_is_after_the_beginning() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let signer = joe().signed_at(at(1_700_000_000));
        let tags = |signer: DkimSigner| signer.first_tags().map(|tags| tags[5..].concat());
        assert_eq!(tags(signer.clone()).unwrap(), "t=1700000000;");
        let day = Duration::from_secs(86_400);
        let tagged = tags(signer.clone().expires_after(day)).unwrap();
        assert_eq!(tagged, "t=1700000000;x=1700086400;");
        let tagged = tags(signer.clone().expires_after(Duration::ZERO)).unwrap();
        assert_eq!(tagged, "t=1700000000;x=1700000001;");
        assert_eq!(tags(signer.clone().expires_after(Duration::MAX)), Err(DkimError::Time));
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(tags(signer.signed_at(before)), Err(DkimError::Time));
    }
}
