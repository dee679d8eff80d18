//! A filter that takes the place of TLS where there is nothing to hide.

use comms_core::{Below, CommsModule, ModuleSpec, Properties, Result};

/// A filter in the place of `Tls`, under its name, that secures nothing and says that it does: so a
/// client that wants a secure channel can be tested, in plain text, on a loopback or a script.
///
/// All octets pass unchanged. Property, read-only: `active`, whether TLS would have begun; at
/// `connect` or, by default, when a protocol above starts it.
///
/// ```
/// use comms_core::{CommsStack, Value};
/// use comms_testkit::{PretendTls, Script};
///
/// let mut stack = CommsStack::builder().layer(PretendTls::new()).layer(Script::new()).build()?;
/// stack.connect()?;
/// assert_eq!(stack.get("Tls.active")?.value, Some(Value::Bool(false)));
/// stack.start_tls()?;
/// assert_eq!(stack.get("Tls.active")?.value, Some(Value::Bool(true)));
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct PretendTls {
    properties: PretendTlsProperties,
    from_the_first_octet: bool,
}

comms_core::properties! {
    /// What a [`PretendTls`] can be asked.
    #[derive(Debug, Clone)]
    pub struct PretendTlsProperties {
        /// Whether TLS would have begun.
        ReadOnly active: bool = false,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: PretendTlsProperties::TABLE,
    ..ModuleSpec::filter("Tls", "says that the channel is secure, in plain text, for tests")
};

impl PretendTls {
    /// A filter that is asked to start.
    pub fn new() -> Self {
        Self::default()
    }

    /// A filter that is active as soon as it is connected.
    pub fn from_the_first_octet() -> Self {
        Self { from_the_first_octet: true, ..Self::default() }
    }
}

impl CommsModule for PretendTls {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.active = self.from_the_first_octet;
        Ok(())
    }

    fn start_tls(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.active = true;
        Ok(())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.active = false;
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(Self { from_the_first_octet: self.from_the_first_octet, ..Self::default() }))
    }
}
