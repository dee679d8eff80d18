//! A client, as a process to be run.

use std::env;
use std::path::PathBuf;
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
    /// A program of its own, with an argument that says how it sends.
    Program(PathBuf, &'static str),
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

    /// lettre's transport, with a pool of one connection.
    pub(crate) fn lettre() -> Result<Self, Missing> {
        let missing = Missing("lettre: peer-lettre does not build");
        built("peer-lettre").map(|program| Self::Program(program, "transport")).ok_or(missing)
    }

    /// lettre's connection without its pool.
    pub(crate) fn lettre_connection() -> Result<Self, Missing> {
        let missing = Missing("lettre: peer-lettre does not build");
        built("peer-lettre").map(|program| Self::Program(program, "connection")).ok_or(missing)
    }

    pub(crate) fn mail_send() -> Result<Self, Missing> {
        let missing = Missing("mail-send: peer-mail-send does not build");
        built("peer-mail-send").map(|program| Self::Program(program, "")).ok_or(missing)
    }

    pub(crate) fn curl() -> Result<Self, Missing> {
        let missing = Missing("libcurl: peer-curl does not build (Debian: libcurl4-openssl-dev)");
        built("peer-curl").map(|program| Self::Program(program, "")).ok_or(missing)
    }

    /// Whether it sends untimed messages first.
    pub(crate) fn warms_up(&self) -> bool {
        !matches!(self, Self::SmtpSource(_))
    }

    /// The command that does this job.
    pub(crate) fn command(&self, job: &Job) -> Result<Command, Failure> {
        let mut command;
        match self {
            Self::Role(role) => {
                command = Command::new(env::current_exe()?);
                command.args(["--client", role]).args(job.arguments());
            }
            Self::Program(program, how) => {
                command = Command::new(program);
                command.arg(how).args(job.arguments());
            }
            Self::SmtpSource(program) => {
                command = Command::new(program);
                command.args(["-s", "1", "-d", "-f", SENDER, "-t", RECIPIENT]);
                command.args(["-m", &job.messages.to_string()]);
                command.arg("-F").arg(job.content.with_extension("lf"));
                command.arg(format!("inet:{}", job.address));
            }
        }
        Ok(command)
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, job: &Job) -> Result<Report, Failure> {
        let mut command = self.command(job)?;
        let (began, before) = (Instant::now(), children()?);
        let output = command.stderr(Stdio::inherit()).output()?;
        let (time, processor) = (began.elapsed(), children()?.saturating_sub(before));
        if !output.status.success() {
            return Err(format!("the client has failed: {}", output.status).into());
        }
        match self {
            Self::SmtpSource(_) => Ok(Report { messages: job.messages, time, processor, peak: 0 }),
            _ => String::from_utf8(output.stdout)?.parse(),
        }
    }
}

/// A client that is not installed, and how it would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) &'static str);

/// The program of a package of this workspace, built now if it was not; none if it does not build.
fn built(package: &str) -> Option<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
    let folder = env::current_exe().ok()?.parent()?.to_owned();
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--profile", profile]);
    command.args(["--manifest-path", manifest, "--package", package]);
    command.arg("--target-dir").arg(folder.parent()?);
    command.status().ok()?.success().then(|| folder.join(package))
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
