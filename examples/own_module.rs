//! A module of your own, in one small file: a filter that counts the words that pass through it,
//! used by name beside the built-in ones.
//!
//! ```text
//! cargo run --example own_module
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it did")]

use std::error::Error;

use comms::{
    Below, CommsModule, ModuleSpec, Payload, Properties, Receipt, Result, conform,
    standard_registry,
};

comms::properties! {
    /// What a `Census` can be told and asked.
    #[derive(Debug)]
    struct CensusProperties {
        /// What stands between words.
        Always separator: String = String::from(" "),
        /// Words that were sent.
        ReadOnly words: u64 = 0,
    }
}

/// Counts words. Below it must be a stream of octets; it changes nothing.
#[derive(Debug, Default)]
struct Census {
    properties: CensusProperties,
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: CensusProperties::TABLE,
    ..ModuleSpec::filter("Census", "counts the words that are sent")
};

// A filter states what it changes; everything else passes through. One that wants to see what comes
// back states `receive` and, for lines, `receive_until` as well.
impl CommsModule for Census {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        for piece in payload.pieces() {
            let text = String::from_utf8_lossy(piece.octets());
            let words = text.split(&self.properties.separator).filter(|word| !word.is_empty());
            self.properties.words += words.count() as u64;
        }
        below.send(payload)
    }
}

fn main() -> std::result::Result<(), Box<dyn Error>> {
    // It keeps the rules that every module keeps: one line, for a test of yours.
    conform::filter(Census::default)?;

    // It registers exactly as the built-in modules do, and can stand anywhere in a stack.
    let registry = standard_registry().with::<Census>();
    let mut stack = registry.build("Census, Util, Loopback")?;
    stack.connect()?;
    stack.send("stacks are easy to build")?;
    println!("{stack}: {} words", stack.get("words")?.value.ok_or("not counted")?);

    // The order is checked when a stack is built, and the error says what to do.
    if let Err(error) = registry.build("Smtp, Census, Loopback") {
        println!("{error}");
    }

    // It can stand between a protocol and its line service: what it provides is what lies below it.
    println!("{}", registry.build("Smtp, Census, Util, Loopback")?);

    // What each layer carries, whatever its kind: the stack counts both its faces.
    println!("{:?}", stack.info_of("Util")?.above);
    Ok(())
}
