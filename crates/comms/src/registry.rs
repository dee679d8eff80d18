//! The modules that come with this crate, by name.

use comms_core::{CommsStack, Registry, Result};
use comms_smtp::{Smtp, SmtpServer};
use comms_tcp::{HttpConnect, Socks5, Tcp};
use comms_testkit::{Check, Fault, Latency, Loopback, Record, Replay, Script, Throttle};
use comms_tls::Tls;
use comms_util::{TrafficGroups, Util};

/// The modules that come with this crate. Add your own with [`Registry::with`]; they have equal
/// rights. The `Util` layers of one registry share their traffic groups.
pub fn standard_registry() -> Registry {
    let groups = TrafficGroups::new();
    let registry = Registry::new()
        .with::<Smtp>()
        .with::<SmtpServer>()
        .with_factory(move || Util::in_groups(&groups))
        .with::<Tls>()
        .with::<Socks5>()
        .with::<HttpConnect>()
        .with::<Latency>()
        .with::<Throttle>()
        .with::<Fault>()
        .with::<Check>()
        .with::<Record>()
        .with::<Tcp>()
        .with::<Loopback>()
        .with::<Script>()
        .with::<Replay>();
    #[cfg(unix)]
    let registry = registry.with::<comms_tcp::Unix>();
    registry
}

/// The stack of `modules`, top first, from a registry.
///
/// ```
/// let registry = comms::standard_registry();
/// let stack = comms::build_comms_stack("Smtp,Util,Tcp", &registry)?;
/// assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tcp)");
///
/// let error = comms::build_comms_stack("Smtp,Tcp", &registry).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Smtp needs a line service (Util) directly below, found Tcp:  Smtp > [Util?] > Tcp"
/// );
/// # Ok::<(), comms::Error>(())
/// ```
pub fn build_comms_stack(modules: &str, registry: &Registry) -> Result<CommsStack> {
    registry.build(modules)
}
