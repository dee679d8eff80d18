//! From arguments to a stack with its logs, not yet connected.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use comms::{
    Blueprint, CommsStack, Facade, FileLog, LayerLevels, Levels, LogFolder, Loosen, Record, Secret,
    Sink, log_folder, standard_registry,
};

use crate::args::server::ServerArgs;
use crate::failure::{Failure, chain};
use crate::interrupt;
use crate::service;
use crate::trace;

/// The stack that the arguments describe.
pub(crate) fn open(args: &ServerArgs) -> Result<CommsStack, Failure> {
    Channel::new(args)?.stack(1)
}

/// What all stacks to one server are made of; what can be read once is read once.
pub(crate) struct Channel<'a> {
    args: &'a ServerArgs,
    blueprint: Blueprint,
    /// Time for each step, unless a flag names another.
    patience: Option<Duration>,
    token: Option<Secret>,
    password: Option<Secret>,
    watchers: Vec<Arc<dyn Sink>>,
    log: Option<FileLog>,
    /// The logs of the service, unless a flag names another.
    logs: Option<LogFolder>,
    /// Nothing is written about what happens, as nothing will.
    is_dry: bool,
}

impl<'a> Channel<'a> {
    pub(crate) fn new(args: &'a ServerArgs) -> Result<Self, Failure> {
        let blueprint = service::of_server(args)?;
        let secret = |flag, path: &Option<PathBuf>| {
            path.as_ref().map(|path| first_line(flag, path)).transpose()
        };
        let token = secret("--token-file", &args.token_file)?;
        let password = secret("--password-file", &args.password_file)?;
        let logs = if args.log.is_none() { log_folder(&blueprint)? } else { None };
        let (patience, watchers, log, is_dry) = (None, Vec::new(), None, false);
        Ok(Self { args, blueprint, patience, token, password, watchers, log, logs, is_dry })
    }

    /// The same, for somebody who does not wait as long as RFC 5321 has a mail client wait.
    pub(crate) fn with_patience(self, time: Duration) -> Self {
        Self { patience: Some(time), ..self }
    }

    /// The same, for stacks that are never connected: what is to be written down is looked at, and no
    /// file is touched.
    pub(crate) fn dry(self, is_dry: bool) -> Self {
        Self { is_dry, ..self }
    }

    /// A stack with this number in logs.
    pub(crate) fn stack(&mut self, number: u64) -> Result<CommsStack, Failure> {
        let mut stack = self.blueprint.build(&standard_registry())?;
        if let Some(path) = &self.args.record {
            if number > 1 {
                let why = "--record writes down one connection: leave --connections away";
                return Err(Failure::Usage(why.to_owned()));
            }
            record(&mut stack, path)?;
        }
        trust(&mut stack, self.args)?;
        self.identify(&mut stack)?;
        if let Some(timeout) = self.args.timeout.or(self.patience) {
            limit(&mut stack, timeout)?;
        }
        for (name, value) in &self.args.set {
            stack.set(name, value.as_str())?;
        }
        self.watch(&mut stack)?;
        stack.set_number(number);
        Ok(stack)
    }

    /// Has everything written down that the arguments wish.
    fn watch(&mut self, stack: &mut CommsStack) -> Result<(), Failure> {
        if self.is_dry {
            self.args.trace.iter().try_for_each(|wish| wish.layer(stack).map(drop))?;
            return self.levels(stack).map(drop);
        }
        if self.watchers.is_empty() {
            self.watchers = watchers(self.args, stack)?;
        }
        if let Some(logs) = &self.logs {
            let failed = |error| Failure::Usage(format!("[log]: {}", chain(&error)));
            logs.attach(stack).map_err(failed)?;
        }
        self.write_log(stack)?;
        self.watchers.iter().for_each(|watcher| stack.watch(watcher));
        Ok(())
    }

    /// Has each layer write into the one log what was asked of it.
    fn write_log(&mut self, stack: &mut CommsStack) -> Result<(), Failure> {
        let Some(path) = &self.args.log else { return Ok(()) };
        let levels = self.levels(stack)?;
        let log = match &self.log {
            Some(log) => log.clone(),
            None => self.log.insert(log(path)?).clone(),
        };
        for name in stack.names().map(str::to_owned).collect::<Vec<_>>() {
            stack.log(&name, log.at_levels(levels.of(&name)).into())?;
        }
        Ok(())
    }

    /// What goes into the one log.
    fn levels(&self, stack: &CommsStack) -> Result<LayerLevels, Failure> {
        let levels = self.args.log_level.clone().unwrap_or(Levels::ALL.into());
        let checked = levels.check(stack);
        checked.map_err(|error| Failure::Usage(format!("--log-level: {}", chain(&error))))?;
        Ok(levels)
    }

    /// Who we are for the server.
    fn identify(&mut self, stack: &mut CommsStack) -> Result<(), Failure> {
        let args = self.args;
        for (property, value) in [("Smtp.authzid", &args.authzid), ("Smtp.auth", &args.auth)] {
            if let Some(value) = value {
                stack.set(property, value.as_str())?;
            }
        }
        if let Some(token) = &self.token {
            stack.set("Smtp.token", token.clone())?;
        }
        if let Some(password) = &self.password {
            stack.set("Smtp.password", password.clone())?;
        }
        let Some(user) = &args.user else { return Ok(()) };
        stack.set("Smtp.user", user.as_str())?;
        let has_secret = |name| stack.get(name).is_ok_and(|found| found.value.is_some());
        if has_secret("Smtp.password") || has_secret("Smtp.token") {
            return Ok(());
        }
        if args.auth.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("EXTERNAL")) {
            return Ok(());
        }
        let password = password_of_user(user)?;
        stack.set("Smtp.password", password.clone())?;
        self.password = Some(password);
        Ok(())
    }
}

/// Has the session written down where it is plain text and every write is one: below `Util`.
fn record(stack: &mut CommsStack, path: &Path) -> Result<(), Failure> {
    // The layer would say so as well, but behind the connect of those below it.
    if path.exists() {
        return Err(Failure::Usage(format!("--record {}: the file exists", path.display())));
    }
    let below_lines = stack.names().position(|name| name == "Util").map_or(0, |at| at + 1);
    let tape = Record::to_file(path).loosen(Loosen::Smtp);
    stack.insert(below_lines, tape)?;
    Ok(())
}

fn watchers(args: &ServerArgs, stack: &CommsStack) -> Result<Vec<Arc<dyn Sink>>, Failure> {
    let mut watchers = Vec::new();
    if std::env::var_os("RUST_LOG").is_some() {
        watchers.push(Facade::new(Levels::ALL).into());
    }
    let traces = args.trace.iter().map(|wish| trace::begin(wish, stack));
    let traces = traces.collect::<Result<Vec<_>, _>>()?;
    let mut ends = Vec::new();
    for trace in traces {
        watchers.push(trace.watcher);
        ends.push(trace.finish);
    }
    if !ends.is_empty() {
        interrupt::before_end(ends)?;
    }
    Ok(watchers)
}

/// Writes what every layer does to a file.
pub(crate) fn watch(stack: &mut CommsStack, path: &Path) -> Result<(), Failure> {
    stack.watch(&log(path)?.into());
    Ok(())
}

fn log(path: &Path) -> Result<FileLog, Failure> {
    FileLog::create(path, Levels::ALL)
        .map_err(|error| Failure::Usage(format!("--log {}: {}", path.display(), chain(&error))))
}

/// Whom we believe, and who we are in TLS.
fn trust(stack: &mut CommsStack, args: &ServerArgs) -> Result<(), Failure> {
    let files = [
        ("--ca-file", "Tls.ca_file", &args.ca_file),
        ("--client-cert", "Tls.client_certificate", &args.client_cert),
        ("--client-key", "Tls.client_key", &args.client_key),
    ];
    for (flag, property, file) in files {
        let Some(file) = file else { continue };
        if !stack.has_attribute(property) {
            return Err(Failure::Usage(format!("{flag} makes no sense without TLS")));
        }
        readable(flag, file)?;
        stack.set(property, file.to_string_lossy().as_ref())?;
    }
    Ok(())
}

/// A file that cannot be read is better told before anybody is connected to.
fn readable(flag: &str, path: &Path) -> Result<(), Failure> {
    let opened = std::fs::File::open(path).map(|_| ());
    opened.map_err(|error| Failure::BadInput(format!("{flag} {}: {error}", path.display())))
}

/// A password from the environment, or from whoever sits at the terminal.
fn password_of_user(user: &str) -> Result<Secret, Failure> {
    if let Ok(password) = std::env::var("COMMS_PASSWORD") {
        return Ok(Secret::new(password));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "--user {} has no password: name it with --password-file or in COMMS_PASSWORD",
            user.escape_debug()
        )));
    }
    let asked = rpassword::prompt_password(format!("Password of {user}: "));
    let asked = asked.map_err(|error| Failure::Usage(format!("no password: {error}")))?;
    Ok(Secret::new(asked))
}

/// The users of a file, `name:password` a line; lines that begin with `#` are notes.
pub(crate) fn users(flag: &str, path: &Path) -> Result<Vec<(String, Secret)>, Failure> {
    let bad = |why: &dyn std::fmt::Display| {
        Failure::BadInput(format!("{flag} {}: {why}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| bad(&error))?;
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let user = |(at, line): (usize, &str)| match line.split_once(':') {
        Some((name, password)) if !name.is_empty() => Ok((name.to_owned(), Secret::new(password))),
        _ => Err(bad(&format!("line {} is not name:password", at + 1))),
    };
    lines.map(user).collect()
}

/// The first line of a file, which is secret.
fn first_line(flag: &str, path: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::BadInput(format!("{flag} {}: {error}", path.display())))?;
    let line = text.lines().next().filter(|line| !line.is_empty());
    line.map(Secret::new).ok_or_else(|| {
        Failure::BadInput(format!("{flag} {}: its first line is empty", path.display()))
    })
}

/// Gives every step the same time.
fn limit(stack: &mut CommsStack, timeout: Duration) -> Result<(), Failure> {
    let budgets =
        ["Smtp.timeout", "Tls.handshake_timeout", "Socks5.timeout", "HttpConnect.timeout"];
    for name in budgets.into_iter().chain(["Tcp.connect_timeout", "Unix.connect_timeout"]) {
        if stack.has_attribute(name) {
            stack.set(name, timeout)?;
        }
    }
    stack.set_goodbye(timeout.min(GOODBYE));
    Ok(())
}

/// A goodbye takes no longer than this, whatever the time for other steps.
const GOODBYE: Duration = Duration::from_secs(5);
