//! What a layer costs: 64 octets sent and received through 0 to 5 layers that let everything pass,
//! beside the same nesting of `Box<dyn Read + Write>`, in the same run.
//!
//! It fails if a call allocates. The ratios are those of the slopes. A plain box does nothing at
//! all, and the compiler makes a bare jump of it; a counting box checks that it is connected and
//! counts octets, calls and failures, which is the least that a layer does.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::indexing_slicing, clippy::needless_range_loop, reason = "tables of fixed size")]

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::Instant;

use allocation_counter::measure;

use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result};

fn main() -> Result<(), Box<dyn Error>> {
    let mut stacks = (0..DEPTHS).map(stack).collect::<Result<Vec<_>>>()?;
    let plain = |layers| nested(layers, |below| Box::new(Plain(below)));
    let mut plain = (0..DEPTHS).map(plain).collect::<Vec<_>>();
    let counting = |layers| nested(layers, |below| Box::new(Counting::new(below)));
    let mut counting = (0..DEPTHS).map(counting).collect::<Vec<_>>();
    let allocated = stacks.iter_mut().map(|stack| measure(|| _ = talk(stack)).count_total);
    assert_eq!(allocated.sum::<u64>(), 0, "a call through a stack allocates");

    let mut times = [[[0.0; ROUNDS]; DEPTHS]; 3];
    for round in 0..ROUNDS {
        for depth in 0..DEPTHS {
            times[0][depth][round] = nanoseconds(|| talk(&mut stacks[depth]))?;
            times[1][depth][round] = nanoseconds(|| exchange(&mut plain[depth]))?;
            times[2][depth][round] = nanoseconds(|| exchange(&mut counting[depth]))?;
        }
    }

    println!(
        "ns for 64 octets sent and received, median of {ROUNDS} rounds of {CALLS}, 0 allocations"
    );
    println!("{:>8} {:>8} {:>8} {:>8}", "layers", "stack", "plain", "counting");
    let medians = times.map(|rounds| rounds.map(median));
    for depth in 0..DEPTHS {
        let [stack, plain, counting] = medians.map(|medians| medians[depth]);
        println!("{depth:>8} {stack:>8.1} {plain:>8.1} {counting:>8.1}");
    }
    let [stack, plain, counting] = medians.map(|medians| slope(&medians));
    println!("{:>8} {stack:>8.1} {plain:>8.1} {counting:>8.1}", "a layer");
    println!("ratio {:.1} to plain boxes, {:.1} to counting", stack / plain, stack / counting);
    Ok(())
}

/// A connected stack of so many layers above its bottom.
fn stack(layers: usize) -> Result<CommsStack> {
    let mut stack = CommsStack::new(Bottom(Store::new()))?;
    for _ in 0..layers {
        stack.push(Pass)?;
    }
    stack.connect()?;
    Ok(stack)
}

/// The same of boxes.
fn nested(layers: usize, wrap: fn(Box<dyn Channel>) -> Box<dyn Channel>) -> Box<dyn Channel> {
    (0..layers).fold(Box::new(Store::new()), |below, _| wrap(below))
}

fn talk(stack: &mut CommsStack) -> Result<usize> {
    let mut answer = [0; 64];
    stack.send(black_box(&WORDS))?;
    stack.receive(black_box(&mut answer))
}

fn exchange(channel: &mut Box<dyn Channel>) -> io::Result<usize> {
    let mut answer = [0; 64];
    channel.write_all(black_box(&WORDS))?;
    channel.read(black_box(&mut answer))
}

/// The time of one of many calls.
fn nanoseconds<E>(mut call: impl FnMut() -> Result<usize, E>) -> Result<f64, E> {
    let began = Instant::now();
    for _ in 0..CALLS {
        assert_eq!(black_box(call()?), 64);
    }
    Ok(began.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS))
}

fn median(mut times: [f64; ROUNDS]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

/// What one more layer costs: the line of least squares through the medians.
fn slope(medians: &[f64; DEPTHS]) -> f64 {
    const MIDDLE: f64 = 2.5;
    let rise = LAYERS.iter().zip(medians).map(|(x, y)| (x - MIDDLE) * y).sum::<f64>();
    rise / LAYERS.iter().map(|x| (x - MIDDLE).powi(2)).sum::<f64>()
}

/// Octets in memory: what was written is read.
#[derive(Debug)]
struct Store(Vec<u8>);

impl Store {
    fn new() -> Self {
        Self(Vec::with_capacity(WORDS.len()))
    }
}

impl Write for Store {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.clear();
        self.0.extend_from_slice(from);
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Store {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let octets = self.0.len().min(into.len());
        into[..octets].copy_from_slice(&self.0[..octets]);
        Ok(octets)
    }
}

trait Channel: Read + Write {}

impl<T: Read + Write> Channel for T {}

struct Plain(Box<dyn Channel>);

impl Write for Plain {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.0.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Read for Plain {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

/// What every layer would do by hand.
struct Counting {
    below: Box<dyn Channel>,
    connected: bool,
    written: [u64; 2],
    read: [u64; 2],
    failures: u64,
}

impl Counting {
    fn new(below: Box<dyn Channel>) -> Self {
        Self { below, connected: true, written: [0; 2], read: [0; 2], failures: 0 }
    }

    fn check(&self) -> io::Result<()> {
        if self.connected { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
    }
}

impl Write for Counting {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.check()?;
        let octets = self.below.write(from).inspect_err(|_| self.failures += 1)?;
        self.written = [self.written[0] + octets as u64, self.written[1] + 1];
        Ok(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.below.flush()
    }
}

impl Read for Counting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        let octets = self.below.read(into).inspect_err(|_| self.failures += 1)?;
        self.read = [self.read[0] + octets as u64, self.read[1] + 1];
        Ok(octets)
    }
}

#[derive(Debug)]
struct Bottom(Store);

static BOTTOM: ModuleSpec = ModuleSpec::bottom("Memory", "gives back what it was sent");

impl CommsModule for Bottom {
    fn spec(&self) -> &'static ModuleSpec {
        &BOTTOM
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        self.0.0.clear();
        for piece in payload.pieces() {
            self.0.0.extend_from_slice(piece.octets());
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        Ok(self.0.read(into).unwrap_or_default())
    }
}

#[derive(Debug)]
struct Pass;

static PASS: ModuleSpec = ModuleSpec::filter("Pass", "lets everything pass");

impl CommsModule for Pass {
    fn spec(&self) -> &'static ModuleSpec {
        &PASS
    }
}

const LAYERS: [f64; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
const DEPTHS: usize = LAYERS.len();
const ROUNDS: usize = 101;
const CALLS: u32 = 2000;
const WORDS: [u8; 64] = [b'x'; 64];
