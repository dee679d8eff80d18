//! What is asked of the servers on the way.

use std::time::{Duration, SystemTime};

use clap::Args as ClapArgs;
use comms::{
    DeliverBy, Envelope, EnvelopeId, Hold, HoldInterval, Notify, Parameter, Priority, Ret, UtcTime,
};

use crate::failure::{Failure, chain};

#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Envelope")]
pub(crate) struct EnvelopeArgs {
    /// When to be told: success, failure, delay (separated by commas), or never
    #[arg(long, value_name = "WHEN")]
    notify: Option<Notify>,
    /// How much of the message a notification holds: full or hdrs
    #[arg(long)]
    ret: Option<Ret>,
    /// The name of the message in notifications
    #[arg(long, value_name = "ID")]
    envid: Option<String>,
    /// How urgent it is: from -9 to 9, the most urgent
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    priority: Option<Priority>,
    /// Deliver within so many seconds, or return it (the default), or notify and deliver it late
    #[arg(long, value_name = "SECS[:return|notify]", value_parser = deliver_by)]
    deliver_by: Option<DeliverBy>,
    /// Keep it for so many seconds before it is sent on
    #[arg(long, value_name = "SECS", value_parser = hold_for, conflicts_with = "hold_until")]
    hold_for: Option<HoldInterval>,
    /// Keep it until then before it is sent on: `2026-12-24T18:00:00+01:00`
    #[arg(long, value_name = "DATE")]
    hold_until: Option<UtcTime>,
    /// Send it over TLS all the way, or not at all
    #[arg(long)]
    require_tls: bool,
    /// Another parameter of MAIL; can be repeated
    #[arg(long, value_name = "NAME[=VALUE]")]
    mail_parameter: Vec<Parameter>,
    /// Another parameter of RCPT, for each recipient; can be repeated
    #[arg(long, value_name = "NAME[=VALUE]")]
    rcpt_parameter: Vec<Parameter>,
}

impl EnvelopeArgs {
    /// Asks it in `envelope`, of all its recipients.
    pub(crate) fn ask(&self, envelope: &mut Envelope) -> Result<(), Failure> {
        envelope.notify = self.notify;
        envelope.ret = self.ret;
        let envid = self.envid.as_ref().map(|id| EnvelopeId::new(id.as_str())).transpose();
        envelope.envid =
            envid.map_err(|error| Failure::BadInput(format!("--envid: {}", chain(&error))))?;
        envelope.priority = self.priority;
        envelope.deliver_by = self.deliver_by;
        if let Some(until) = self.hold_until
            && UtcTime::try_from(SystemTime::now()).is_ok_and(|now| until <= now)
        {
            return Err(Failure::Usage(format!(
                "--hold-until {until} is over: name a time to come"
            )));
        }
        envelope.hold = self.hold_for.map(Hold::For).or(self.hold_until.map(Hold::Until));
        envelope.require_tls = self.require_tls;
        envelope.parameters.clone_from(&self.mail_parameter);
        for recipient in &mut envelope.recipients {
            recipient.parameters.clone_from(&self.rcpt_parameter);
        }
        Ok(())
    }
}

fn deliver_by(text: &str) -> Result<DeliverBy, String> {
    let (time, mode) = text.split_once(':').unwrap_or((text, "return"));
    let time = seconds(time)?;
    let by = match mode {
        "return" => DeliverBy::or_return(time),
        "notify" => DeliverBy::or_notify(time),
        _ => return Err("after the seconds it takes :return or :notify".to_owned()),
    };
    by.map_err(|error| chain(&error))
}

fn hold_for(text: &str) -> Result<HoldInterval, String> {
    HoldInterval::new(seconds(text)?).map_err(|error| chain(&error))
}

/// Whole ones: no server counts parts of them.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds.ok_or_else(|| "it takes a whole number of seconds".to_owned())
}
