//! Ours, through the public interface of `comms`.

use std::iter;
use std::time::Duration;

use comms::{
    Address, Attachment, CommsStack, Envelope, RawMessage, Smtp, SmtpMessage, SmtpStack, Tcp, Tls,
    Util,
};
use harness::{CLIENT, Failure, Job, RECIPIENT, Report, SENDER, measured};

/// How the messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// `send`, once for each message.
    Send,
    /// All in one call. Whether by DATA or by BDAT is settled by what the sink offers.
    Series,
    /// `send` of the content as an attachment of a composed message.
    Attached,
}

/// How a series goes, as the tables say it.
pub(crate) const SERIES: &str = "series";

/// Sends so many copies of one message in a series, and asks after every one.
fn series(stack: &mut CommsStack, message: &SmtpMessage, messages: usize) -> Result<(), Failure> {
    let mut outcome = Ok(());
    stack.smtp()?.send_each(iter::repeat_n(message, messages), |_, told| {
        if let Err(error) = told {
            outcome = Err(error);
        }
    })?;
    Ok(outcome?)
}

fn one_by_one(
    stack: &mut CommsStack,
    message: &SmtpMessage,
    messages: usize,
) -> Result<(), Failure> {
    for _ in 0..messages {
        stack.send(message)?;
    }
    Ok(())
}

/// Sends the messages of `job`.
pub(crate) fn send(job: &Job, manner: Manner) -> Result<Report, Failure> {
    let message = message(job, manner)?;
    let mut stack = stack(job)?;
    let some = if manner == Manner::Series { series } else { one_by_one };
    some(&mut stack, &message, job.warm_up)?;
    let report = measured(job.messages, || some(&mut stack, &message, job.messages))?;
    stack.disconnect()?;
    Ok(report)
}

/// From the file where one message goes, and from memory where many do.
fn message(job: &Job, manner: Manner) -> Result<SmtpMessage, Failure> {
    if manner == Manner::Attached {
        return Ok(SmtpMessage::builder(SENDER.parse()?)
            .recipient(RECIPIENT.parse()?)
            .attach(Attachment::file(&job.content)?)
            .build()?);
    }
    let raw = if job.messages == 1 {
        RawMessage::file(&job.content)?
    } else {
        RawMessage::bytes(std::fs::read(&job.content)?)
    };
    let envelope = Envelope::new(SENDER.parse::<Address>()?, [RECIPIENT.parse::<Address>()?]);
    Ok(SmtpMessage::raw(raw, envelope))
}

fn stack(job: &Job) -> Result<CommsStack, Failure> {
    let tcp = Tcp::new(job.address.ip().to_string(), job.address.port());
    let builder = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
    let mut stack = match &job.authority {
        None => builder.layer(tcp).build()?,
        Some(authority) => {
            let tls = Tls::new().immediately().ca_file(authority.display().to_string());
            builder.layer(tls).layer(tcp).build()?
        }
    };
    stack.set("local_mail_domain", CLIENT)?;
    if stack.has_attribute("window") {
        stack.set("window", i64::try_from(job.window)?)?;
    }
    stack.set_goodbye(GOODBYE);
    stack.connect()?;
    Ok(stack)
}

const GOODBYE: Duration = Duration::from_secs(5);
