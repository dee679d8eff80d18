//! lettre as a client of the benchmark, blocking.

use std::env;
use std::fs;
use std::time::Duration;

use harness::{CLIENT, Failure, Job, RECIPIENT, Report, SENDER, measured};
use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, Tls, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport};

fn main() -> Result<(), Failure> {
    let job = Job::of_this_program()?;
    let content = fs::read(&job.content)?;
    // It puts a CRLF of its own before the dot.
    let content = content.strip_suffix(b"\r\n").unwrap_or(&content);
    let envelope = Envelope::new(Some(SENDER.parse()?), vec![RECIPIENT.parse()?])?;
    let report = if env::args().any(|argument| argument == "connection") {
        by_connection(&job, &envelope, content)
    } else {
        by_transport(&job, &envelope, content)
    };
    println!("{}", report?);
    Ok(())
}

/// As its documentation has it: a transport, whose pool holds one connection.
fn by_transport(job: &Job, envelope: &Envelope, content: &[u8]) -> Result<Report, Failure> {
    let builder = SmtpTransport::builder_dangerous(job.address.ip().to_string())
        .port(job.address.port())
        .hello_name(ClientId::Domain(CLIENT.to_owned()))
        .pool_config(PoolConfig::new().max_size(1));
    let transport = match tls(job)? {
        Some(parameters) => builder.tls(Tls::Wrapper(parameters)),
        None => builder,
    };
    let transport = transport.build();
    let some = |messages: usize| {
        (0..messages).try_for_each(|_| transport.send_raw(envelope, content).map(drop))
    };
    some(job.warm_up)?;
    Ok(measured(job.messages, || some(job.messages))?)
}

/// The connection by hand, which spares the NOOP that the pool says before each message.
fn by_connection(job: &Job, envelope: &Envelope, content: &[u8]) -> Result<Report, Failure> {
    let name = ClientId::Domain(CLIENT.to_owned());
    let timeout = Some(Duration::from_mins(1));
    let mut connection =
        SmtpConnection::connect(job.address, timeout, &name, tls(job)?.as_ref(), None)?;
    let mut some = |messages: usize| {
        (0..messages).try_for_each(|_| connection.send(envelope, content).map(drop))
    };
    some(job.warm_up)?;
    let report = measured(job.messages, || some(job.messages))?;
    connection.quit()?;
    Ok(report)
}

fn tls(job: &Job) -> Result<Option<TlsParameters>, Failure> {
    let Some(authority) = &job.authority else { return Ok(None) };
    let parameters = TlsParameters::builder(job.address.ip().to_string())
        .certificate_store(CertificateStore::None)
        .add_root_certificate(Certificate::from_pem(&fs::read(authority)?)?)
        .build_rustls()?;
    Ok(Some(parameters))
}
