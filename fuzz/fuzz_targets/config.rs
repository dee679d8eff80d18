//! Any text as a configuration: it ends, in linear time; mistakes are told without what a terminal
//! would act on and without a secret; what has none is explained and built.
#![no_main]

use std::time::Duration;

use comms_config::{Config, ConfigError, MailUrl};
use comms_core::{ErrorClass, Registry};
use comms_fuzz::is_harmless;
use comms_smtp::{Smtp, SmtpServer};
use comms_testkit::{Fault, Latency, Loopback, Record};
use comms_util::Util;
use libfuzzer_sys::fuzz_target;
use rustix::time::{ClockId, clock_gettime};

fuzz_target!(|text: &str| {
    let registry = registry();
    let began = processor_time();
    whole(text, &registry);
    with_a_secret(text, &registry);
    if let Err(error) = MailUrl::parse(text) {
        assert!(!error.to_string().is_empty());
    }
    let took = processor_time().saturating_sub(began);
    assert!(took < LINEAR, "{took:?} for {} octets", text.len());
});

fn whole(text: &str, registry: &Registry) {
    let config = match Config::parse(text, "comms.toml", registry) {
        Ok(config) => config,
        Err(error) => return told(&error),
    };
    for name in config.services() {
        let service = config.service(name).expect("a service that there is");
        let explained = service.explain(registry).expect("a service without mistakes");
        assert!(!explained.layers.is_empty());
        if let Err(error) = service.build(registry) {
            // Only what is found elsewhere can be wrong still.
            let class = error.class();
            assert!(matches!(class, ErrorClass::Usage | ErrorClass::Content), "{error:#}");
        }
    }
}

/// A secret in plain text is a mistake, and never shown, whatever stands before it.
fn with_a_secret(text: &str, registry: &Registry) {
    if text.contains(MARKER) {
        return;
    }
    let text = format!("{text}\n[services.z]\nmodules = \"Smtp,Util,Loopback\"\npassword = \"{MARKER}\"\n");
    let error = Config::parse(&text, "comms.toml", registry).expect_err("a secret in plain text");
    assert!(!error.to_string().contains(MARKER), "{error}");
    told(&error);
}

fn told(error: &ConfigError) {
    let words = error.to_string();
    assert!(words.split('\n').all(is_harmless), "{words:?}");
}

/// What this thread has had of the processor, however busy the machine is.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

fn registry() -> Registry {
    Registry::new()
        .with::<Smtp>()
        .with::<SmtpServer>()
        .with::<Util>()
        .with::<Latency>()
        .with::<Fault>()
        .with::<Record>()
        .with::<Loopback>()
}

const MARKER: &str = "hunter2-of-the-fuzzer";

/// Far more than it takes, and far less than the square would.
const LINEAR: Duration = Duration::from_secs(4);
