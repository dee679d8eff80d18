//! A client, as a process to be run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::{Failure, Job, RECIPIENT, Report, SENDER};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What sends the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Client {
    /// This program in a role.
    Role(&'static str),
    /// Postfix's load generator: its times are those of the whole process.
    SmtpSource(PathBuf),
}

impl Client {
    /// Postfix's load generator, if it is installed.
    pub(crate) fn smtp_source() -> Result<Self, Missing> {
        let paths = env::var_os("PATH").unwrap_or_default();
        let mut folders = env::split_paths(&paths).collect::<Vec<_>>();
        folders.push("/usr/sbin".into());
        let mut found = folders.iter().map(|folder| folder.join("smtp-source"));
        let found = found.find(|path| path.is_file());
        found.map(Self::SmtpSource).ok_or(Missing("smtp-source (Debian: postfix)"))
    }

    /// Whether it sends untimed messages first.
    pub(crate) fn warms_up(&self) -> bool {
        !matches!(self, Self::SmtpSource(_))
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, job: &Job) -> Result<Report, Failure> {
        match self {
            Self::Role(role) => {
                let mut command = Command::new(env::current_exe()?);
                report_of(command.args(["--client", role]).args(job.arguments()))
            }
            Self::SmtpSource(program) => smtp_source(program, job),
        }
    }
}

/// A client that is not installed, and how it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) &'static str);

/// The report that a client prints.
fn report_of(command: &mut Command) -> Result<Report, Failure> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the client has failed: {}", output.status).into());
    }
    String::from_utf8(output.stdout)?.parse()
}

fn smtp_source(program: &Path, job: &Job) -> Result<Report, Failure> {
    let mut command = Command::new(program);
    command.args(["-s", "1", "-d", "-f", SENDER, "-t", RECIPIENT]);
    command.args(["-m", &job.messages.to_string(), "-F"]).arg(job.content.with_extension("lf"));
    command.arg(format!("inet:{}", job.address));
    let (began, before) = (Instant::now(), children()?);
    let status = command.status()?;
    let (time, processor) = (began.elapsed(), children()?.saturating_sub(before));
    if !status.success() {
        return Err(format!("smtp-source has failed: {status}").into());
    }
    Ok(Report { messages: job.messages, time, processor, peak: 0 })
}

/// Processor time of all processes that were started here and have ended.
fn children() -> Result<Duration, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(duration(usage.user_time())? + duration(usage.system_time())?)
}

fn duration(time: TimeVal) -> Result<Duration, Failure> {
    let micros = u64::try_from(time.tv_usec())?;
    Ok(Duration::from_secs(time.tv_sec().try_into()?) + Duration::from_micros(micros))
}
