//! How a server is reached, and whether anybody is there.

use std::net::ToSocketAddrs;
use std::time::{Duration, Instant};

use comms::{CommsStack, Tcp};

use crate::check::chain::Shown;
use crate::check::finding::{Finding, Findings};
use crate::failure::Failure;

/// How the server is reached.
#[derive(Debug)]
pub(crate) struct Way {
    /// Whom it leads to, in words.
    pub(crate) server: String,
    /// The name that the certificate has to have.
    pub(crate) host: String,
    /// Host and port, where nothing stands between.
    direct: Option<(String, u16)>,
    /// TLS starts in the middle, by STARTTLS.
    pub(crate) by_hand: bool,
    pub(crate) has_tls: bool,
    pub(crate) tls_required: bool,
    pub(crate) verified: bool,
    /// One key alone is accepted, whatever its certificate says.
    pub(crate) pinned: bool,
}

impl Way {
    pub(crate) fn of(stack: &CommsStack) -> Self {
        let text = |name: &str| text(stack, name);
        let proxy = ["Socks5", "HttpConnect"]
            .into_iter()
            .find(|layer| stack.names().any(|it| it == *layer));
        let layer = proxy.unwrap_or("Tcp");
        let host = text(&format!("{layer}.host")).unwrap_or_default();
        let port = text(&format!("{layer}.port")).and_then(|port| port.parse::<u16>().ok());
        let has_tls = stack.names().any(|name| name == "Tls");
        let immediately = text("Tls.start").as_deref() == Some("immediately");
        let server = match (port, text("Unix.path")) {
            (Some(port), _) => format!("{host} port {port}"),
            (None, path) => path.unwrap_or_default(),
        };
        Self {
            server,
            direct: port.filter(|_| proxy.is_none()).map(|port| (host.clone(), port)),
            host: text("Tls.server_name").unwrap_or(host),
            by_hand: has_tls && !immediately,
            has_tls,
            tls_required: text("Smtp.tls").as_deref() == Some("required"),
            verified: text("Tls.verify").as_deref() == Some("full"),
            pinned: text("Tls.pin").is_some(),
        }
    }
}

/// The value of a property, shown.
pub(crate) fn text(stack: &CommsStack, name: &str) -> Option<String> {
    stack.get(name).ok()?.value.map(|value| value.to_string())
}

/// Looks up the host, and connects to each of its addresses; whether any is there.
pub(crate) fn addresses(
    findings: &mut Findings<Shown>,
    way: &Way,
    timeout: Option<Duration>,
) -> bool {
    let Some((host, port)) = &way.direct else { return true };
    let began = Instant::now();
    let Ok(found) = (host.as_str(), *port).to_socket_addrs() else {
        // The layer has the words for it.
        let reached = reach(host, *port, timeout);
        let took = Some(began.elapsed());
        return reached.map_err(|why| findings.fail("address", &why, took)).is_ok();
    };
    let found = found.collect::<Vec<_>>();
    let mut shown = found.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>();
    shown.dedup();
    let words = if shown == [host.clone()] {
        host.clone()
    } else {
        format!("{host} is {}", shown.join(", "))
    };
    findings.add(Finding::ok("address", words).took(Some(began.elapsed())));
    let tried = found
        .iter()
        .take(MOST_ADDRESSES)
        .map(|address| (address, reach(&address.ip().to_string(), address.port(), timeout)));
    let tried = tried.collect::<Vec<_>>();
    let any = tried.iter().any(|(_, outcome)| outcome.is_ok());
    for (address, outcome) in tried {
        match outcome {
            Ok(time) => findings.add(Finding::ok("connect", address.to_string()).took(Some(time))),
            Err(failure) if any => {
                let remedy =
                    "clients that try this address first wait: see to it, or take it out of DNS";
                findings.add(Finding::warning("connect", failure.to_string(), remedy));
            }
            Err(failure) => findings.fail("connect", &failure, None),
        }
    }
    any
}

/// Connects, and hangs up.
fn reach(host: &str, port: u16, timeout: Option<Duration>) -> Result<Duration, Failure> {
    let mut stack = CommsStack::builder().layer(Tcp::new(host, port)).build()?;
    stack.set("Tcp.connect_timeout", timeout.unwrap_or(CONNECT))?;
    let began = Instant::now();
    stack.connect()?;
    let took = began.elapsed();
    let _ = stack.disconnect();
    Ok(took)
}

/// Nobody waits longer for an address that does not answer.
const CONNECT: Duration = Duration::from_secs(10);

const MOST_ADDRESSES: usize = 8;
