//! mail-send as a client of the benchmark, on a runtime of one thread.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use harness::{CLIENT, Failure, Job, RECIPIENT, Report, SENDER, measured};
use mail_send::smtp::message::Message;
use mail_send::{SmtpClient, SmtpClientBuilder};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;

fn main() -> Result<(), Failure> {
    let job = Job::of_this_program()?;
    let content = fs::read(&job.content)?;
    // It puts a CRLF of its own before the dot.
    let content = content.strip_suffix(b"\r\n").unwrap_or(&content);
    let connector = connector(job.authority.as_deref())?;
    let (host, port) = (job.address.ip().to_string(), job.address.port());
    let builder =
        SmtpClientBuilder::new_with_tls_connector(host, port, connector).helo_host(CLIENT);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let report = if job.authority.is_some() {
        let client = runtime.block_on(builder.connect())?;
        send(&runtime, client, &job, content)
    } else {
        let client = runtime.block_on(builder.connect_plain())?;
        send(&runtime, client, &job, content)
    };
    println!("{}", report?);
    Ok(())
}

fn send<S: AsyncRead + AsyncWrite + Unpin>(
    runtime: &Runtime,
    mut client: SmtpClient<S>,
    job: &Job,
    content: &[u8],
) -> Result<Report, Failure> {
    let mut some = |messages: usize| {
        runtime.block_on(async {
            for _ in 0..messages {
                client.send(Message::new(SENDER, [RECIPIENT], content)).await?;
            }
            Ok::<(), mail_send::Error>(())
        })
    };
    some(job.warm_up)?;
    let report = measured(job.messages, || some(job.messages))?;
    runtime.block_on(client.quit())?;
    Ok(report)
}

fn connector(authority: Option<&Path>) -> Result<TlsConnector, Failure> {
    let mut roots = RootCertStore::empty();
    if let Some(authority) = authority {
        roots.add(CertificateDer::from_pem_file(authority)?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
