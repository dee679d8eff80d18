//! A module that says what it is, and nothing more, passes everything.

use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, Level, ModuleSpec, Result, Severity, StackError, Value, Width,
};

use crate::fakes::tcp::{Tcp, World};
use crate::fakes::util::Util;

/// Says what it is.
#[derive(Debug)]
struct Plain;

static PLAIN: ModuleSpec = ModuleSpec::filter("Plain", "passes everything");

impl CommsModule for Plain {
    fn spec(&self) -> &'static ModuleSpec {
        &PLAIN
    }
}

#[test]
fn a_module_that_says_what_it_is_passes_everything() {
    let world = World::saying(["one\r\ntwo\r\n"]);
    let builder = CommsStack::builder().layer(Plain).layer(Util::default()).layer(Plain);
    let mut stack = builder.layer(Tcp::of(&world)).build().unwrap();
    stack.connect().unwrap();
    stack.send("abc").unwrap();
    assert_eq!(world.heard(), "", "Util holds it");
    stack.flush().unwrap();
    assert_eq!(world.heard(), "abc");
    assert!(stack.unread().unwrap());
    let mut line = Vec::new();
    assert_eq!(stack.receive_until(b"\r\n", 64, &mut line).unwrap(), 5);
    assert_eq!(line, b"one\r\n");
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 5);
    assert!(!stack.unread().unwrap());
    assert_eq!(stack.noop().unwrap(), "still here");
    stack.reset().unwrap();
    assert_eq!(stack.invoke("held", &[]).unwrap(), Value::from(0));
    stack.disconnect().unwrap();
}

/// Counts how often it was asked to return to where it was.
#[derive(Debug, Default)]
struct Mark(usize);

static MARK: ModuleSpec = ModuleSpec::filter("Mark", "counts resets");

impl CommsModule for Mark {
    fn spec(&self) -> &'static ModuleSpec {
        &MARK
    }

    fn reset(&mut self, below: &mut dyn Below) -> Result<()> {
        self.0 += 1;
        below.reset()
    }
}

#[test]
fn a_reset_reaches_the_layers_below() {
    let builder = CommsStack::builder().layer(Plain).layer(Mark::default()).layer(Plain);
    let mut stack = builder.layer(Tcp::default()).build().unwrap();
    stack.connect().unwrap();
    stack.reset().unwrap();
    assert_eq!(stack.layer::<Mark>().unwrap().module().unwrap().0, 1);
}

#[test]
fn what_lies_below_is_as_wide_as_its_narrowest_layer() {
    for (parity, width) in [("none", Width::EightBit), ("even", Width::SevenBit)] {
        let builder = CommsStack::builder().layer(Plain).layer(Util::default());
        let mut stack = builder.layer(Plain).layer(Tcp::default()).build().unwrap();
        stack.set("parity", parity).unwrap();
        stack.connect().unwrap();
        let seen = |_: &mut Plain, below: &mut dyn Below| Ok(below.width());
        assert_eq!(stack.layer::<Plain>().unwrap().run(seen).unwrap(), width, "{parity}");
    }
}

#[test]
fn a_module_sees_the_time_the_number_and_the_peer_s_octets_below_it() {
    let world = World::saying(["one\r\ntwo\r\n"]);
    let builder = CommsStack::builder().layer(Plain).layer(Plain).layer(Util::default());
    let mut stack = builder.layer(Tcp::of(&world)).build().unwrap();
    stack.set_number(7);
    stack.connect().unwrap();
    stack.receive_until(b"\r\n", 64, &mut Vec::new()).unwrap();
    let seen = |_: &mut Plain, below: &mut dyn Below| -> Result<()> {
        assert_eq!((below.stack_number(), below.pending()), (7, 5));
        assert!(below.deadline().at().is_none());
        below.limit(Duration::from_secs(5), "a step");
        assert!(below.deadline().at().is_some());
        below.set("limit", Value::from(512))?;
        assert_eq!(below.get("limit")?.value, Some(Value::from(512)));
        below.note(Severity::Info, Level::Debug, format_args!("nobody hears it"));
        Ok(())
    };
    stack.layer::<Plain>().unwrap().run(seen).unwrap();
}

/// A bottom that says what it is.
#[derive(Debug)]
struct Hole;

static HOLE: ModuleSpec = ModuleSpec::bottom("Hole", "has nothing outside");

impl CommsModule for Hole {
    fn spec(&self) -> &'static ModuleSpec {
        &HOLE
    }
}

#[test]
fn a_bottom_listens_only_if_it_says_so_and_other_modules_need_not() {
    let error = CommsStack::new(Hole).unwrap().listen().unwrap_err();
    let cannot = StackError::Unsupported { module: "Hole", operation: "listen" };
    assert_eq!((error.layer(), error.cause()), ("Hole", Some(&cannot)));
    let mut stack = CommsStack::builder().layer(Plain).layer(Hole).build().unwrap();
    stack.connect().unwrap();
    let asked = |plain: &mut Plain, below: &mut dyn Below| {
        plain.bind(below)?;
        plain.listen(below)?;
        let refused = [Hole.bind(below), Hole.listen(below)].map(Result::unwrap_err);
        Ok(refused.iter().all(|error| error.cause() == Some(&cannot)))
    };
    assert!(stack.layer::<Plain>().unwrap().run(asked).unwrap());
}
