//! Certificates, pairs of stacks, and filters that watch or disturb what passes.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, Event, ModuleSpec, Payload, Receipt, Result, Sink, Value,
};
use comms_testkit::{Fault, Loopback};
use comms_tls::Tls;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519,
};
use tempfile::TempDir;

/// An authority, and files of what it issued.
pub(crate) struct Authority {
    files: TempDir,
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: Certificate,
}

/// A certificate and its key, as paths of PEM files, and the certificate's octets.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) der: Vec<u8>,
    pub(crate) key_pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        Self::named(&format!("authority {}", NUMBER.fetch_add(1, Ordering::SeqCst)))
    }

    pub(crate) fn named(name: &str) -> Self {
        let key = key();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        let files = tempfile::tempdir().unwrap();
        Self { files, issuer: Issuer::new(params, key), certificate }
    }

    /// The path of its own certificate.
    pub(crate) fn ca_file(&self) -> String {
        self.write("ca.pem", &self.certificate.pem())
    }

    pub(crate) fn issue(&self, name: &str) -> Issued {
        self.issue_with(name, |_| {})
    }

    pub(crate) fn issue_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let (params, key) = (leaf(name, change), key());
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.issued(&certificate, &key)
    }

    pub(crate) fn self_signed(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let (params, key) = (leaf(name, change), key());
        let certificate = params.self_signed(&key).unwrap();
        self.issued(&certificate, &key)
    }

    /// Self-signed, with ECDSA and SHA-256, as most certificates are signed.
    pub(crate) fn elliptic(&self, name: &str) -> Issued {
        let (params, key) = (leaf(name, |_| {}), KeyPair::generate().unwrap());
        let certificate = params.self_signed(&key).unwrap();
        self.issued(&certificate, &key)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        let path = self.files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn issued(&self, certificate: &Certificate, key: &KeyPair) -> Issued {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let key_pem = key.serialize_pem();
        Issued {
            certificate: self.write(&format!("cert{number}.pem"), &certificate.pem()),
            key: self.write(&format!("key{number}.pem"), &key_pem),
            der: certificate.der().to_vec(),
            key_pem,
        }
    }
}

impl Issued {
    pub(crate) fn server(&self) -> Tls {
        Tls::server(&self.certificate, &self.key)
    }
}

/// Of one size, and with signatures of one size.
fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).unwrap()
}

fn leaf(name: &str, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "leaf");
    change(&mut params);
    params
}

/// A client of `mail.example` that trusts `authority`, and begins with TLS.
pub(crate) fn client(authority: &Authority) -> Tls {
    Tls::new().immediately().server_name("mail.example").ca_file(authority.ca_file())
}

/// Two stacks of one layer above a loopback, with a guard against hanging.
pub(crate) fn stacks(client: Tls, server: Tls) -> (CommsStack, CommsStack) {
    let (near, far) = Loopback::pair();
    (stack(client, near), stack(server, far))
}

pub(crate) fn stack(tls: Tls, bottom: Loopback) -> CommsStack {
    guarded(CommsStack::builder().layer(tls).layer(bottom).build().unwrap())
}

/// With `filter` between TLS and the loopback.
pub(crate) fn stack_over(tls: Tls, filter: impl CommsModule, bottom: Loopback) -> CommsStack {
    guarded(CommsStack::builder().layer(tls).layer(filter).layer(bottom).build().unwrap())
}

pub(crate) fn guarded(mut stack: CommsStack) -> CommsStack {
    stack.limit(GUARD, "test");
    stack
}

/// Connects both, each on a thread of its own, and gives both outcomes.
pub(crate) fn meet(near: &mut CommsStack, far: &mut CommsStack) -> (Result<()>, Result<()>) {
    thread::scope(|scope| {
        let far = scope.spawn(|| far.connect());
        (near.connect(), far.join().unwrap())
    })
}

/// Both, connected.
pub(crate) fn open(client: Tls, server: Tls) -> (CommsStack, CommsStack) {
    let (mut near, mut far) = stacks(client, server);
    let (client, server) = meet(&mut near, &mut far);
    client.unwrap();
    server.unwrap();
    (near, far)
}

/// The client's error, of a handshake that fails on both sides.
pub(crate) fn refused(client: Tls, server: Tls) -> comms_core::Error {
    let (mut near, mut far) = stacks(client, server);
    let (client, server) = meet(&mut near, &mut far);
    server.unwrap_err();
    let error = client.unwrap_err();
    assert!(!near.is_connected());
    error
}

/// Receives so many octets.
pub(crate) fn hear(stack: &mut CommsStack, octets: usize) -> Vec<u8> {
    let mut heard = Vec::new();
    while heard.len() < octets {
        let mut some = vec![0; 20_000];
        let received = stack.receive(&mut some).unwrap();
        assert!(received > 0, "the end came after {} octets", heard.len());
        heard.extend_from_slice(&some[..received]);
    }
    heard
}

pub(crate) fn text(stack: &CommsStack, property: &str) -> String {
    stack.get(property).unwrap().value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

pub(crate) fn octets(value: Value) -> Vec<u8> {
    let Value::Octets(octets) = value else { panic!("{value:?} is no octets") };
    octets
}

/// Writes down each send.
#[derive(Debug, Default, Clone)]
pub(crate) struct Recorder {
    sends: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Recorder {
    /// What was sent since the last time, send by send.
    pub(crate) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.sends.lock().unwrap())
    }
}

static RECORDER: ModuleSpec = ModuleSpec::filter("Recorder", "writes down each send");

impl CommsModule for Recorder {
    fn spec(&self) -> &'static ModuleSpec {
        &RECORDER
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        let octets = payload.pieces().flat_map(|piece| piece.octets().to_vec()).collect();
        self.sends.lock().unwrap().push(octets);
        below.send(payload)
    }
}

/// The lengths of the records of a send.
pub(crate) fn records(mut octets: &[u8]) -> Vec<usize> {
    let mut lengths = Vec::new();
    while let [_, 3, _, high, low, rest @ ..] = octets {
        let length = usize::from(*high) << 8 | usize::from(*low);
        lengths.push(length);
        octets = &rest[length..];
    }
    assert!(octets.is_empty(), "a send ends in the middle of a record");
    lengths
}

/// Lets so many octets up, and then what `then` says.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) open: Arc<AtomicUsize>,
    pub(crate) then: Then,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    /// As if the peer had ended.
    End,
    /// As if the time had run out.
    Wait,
}

impl Gate {
    pub(crate) fn new(octets: usize, then: Then) -> Self {
        Self { open: Arc::new(AtomicUsize::new(octets)), then }
    }
}

static GATE: ModuleSpec = ModuleSpec::filter("Gate", "lets so many octets up");

impl CommsModule for Gate {
    fn spec(&self) -> &'static ModuleSpec {
        &GATE
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let open = self.open.load(Ordering::SeqCst).min(into.len());
        if open == 0 {
            return match self.then {
                Then::End => Ok(0),
                Then::Wait => Err(below.deadline().passed().into()),
            };
        }
        let octets = below.receive(&mut into[..open])?;
        self.open.fetch_sub(octets, Ordering::SeqCst);
        Ok(octets)
    }
}

/// Hands up one octet at a time.
pub(crate) fn drip() -> Fault {
    Fault::new().receive_at_most(1)
}

/// Everything that a stack told, as text.
#[derive(Debug, Default)]
pub(crate) struct Told(pub(crate) Mutex<String>);

impl Sink for Told {
    fn note(&self, event: &Event<'_>) {
        writeln!(self.0.lock().unwrap(), "{event:?}").unwrap();
    }

    fn name(&self) -> String {
        "told".to_owned()
    }
}

/// A stack as a reader and a writer, for a peer that is the library alone.
pub(crate) struct Pipe(pub(crate) CommsStack);

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.receive(into).map_err(io::Error::other)
    }
}

impl Write for Pipe {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.send(octets).map(|_| octets.len()).map_err(io::Error::other)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(io::Error::other)
    }
}

/// What takes longer hangs.
const GUARD: Duration = Duration::from_secs(20);
