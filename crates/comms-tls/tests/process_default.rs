//! In a process of its own, since what is installed here holds for a whole process.

use std::thread;

use comms_core::CommsStack;
use comms_testkit::Loopback;
use comms_tls::{Tls, TlsError, Verify};
use rustls::crypto::{CryptoProvider, ring};

#[test]
fn what_the_application_has_installed_for_the_process_does_not_matter() {
    // One that can agree with nobody.
    let useless = CryptoProvider {
        cipher_suites: Vec::new(),
        kx_groups: Vec::new(),
        ..ring::default_provider()
    };
    useless.install_default().unwrap();

    let made = rcgen::generate_simple_self_signed(vec!["mail.example".to_owned()]).unwrap();
    let files = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let certificate = write("cert.pem", made.cert.pem());
    let key = write("key.pem", made.signing_key.serialize_pem());
    let client = || Tls::new().immediately().server_name("mail.example");
    for client in [client().ca_file(&certificate), client().verify(Verify::None), client()] {
        let by_platform =
            client.options().ca_file.is_none() && client.options().verify == Verify::Full;
        let (near, far) = Loopback::pair();
        let mut near = CommsStack::builder().layer(client).layer(near).build().unwrap();
        let server = Tls::server(&certificate, &key).immediately();
        let mut far = CommsStack::builder().layer(server).layer(far).build().unwrap();
        let ours = thread::scope(|scope| {
            scope.spawn(|| far.connect());
            near.connect()
        });
        match ours {
            Ok(()) => assert!(!by_platform),
            // The platform does not know it, or knows nobody: either way it was asked.
            Err(error) => assert!(
                by_platform
                    && matches!(
                        error.cause(),
                        Some(TlsError::SelfSigned | TlsError::Unusable { .. })
                    ),
                "{error:?}"
            ),
        }
    }
}
