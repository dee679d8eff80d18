//! Entrants that run by turns, and the table of what they came to.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use comms_mime::Output;
use rustix::time::{ClockId, clock_gettime};

use crate::Failure;

/// One way to do the job. It tells how long the job itself took.
pub(crate) struct Entrant<'e> {
    name: &'static str,
    run: Box<dyn FnMut() -> Result<Duration, Failure> + 'e>,
    times: Vec<f64>,
}

impl<'e> Entrant<'e> {
    pub(crate) fn new(
        name: &'static str,
        run: impl FnMut() -> Result<Duration, Failure> + 'e,
    ) -> Self {
        Self { name, run: Box::new(run), times: Vec::new() }
    }

    /// The middle of its rounds, in seconds.
    pub(crate) fn median(&self) -> f64 {
        median(self.times.iter().copied())
    }

    /// The middle of the rounds' ratios of its times to those of the other.
    pub(crate) fn ratio(&self, other: &Entrant<'_>) -> f64 {
        median(self.times.iter().zip(&other.times).map(|(one, other)| one / other))
    }
}

/// Lets the entrants run by turns, so that what else the machine does weighs on all.
pub(crate) fn rounds(count: usize, entrants: &mut [Entrant<'_>]) -> Result<(), Failure> {
    for round in 0..=count {
        for entrant in &mut *entrants {
            let time = (entrant.run)()?.as_secs_f64();
            // The first round warms up.
            if round > 0 {
                entrant.times.push(time);
            }
        }
    }
    Ok(())
}

/// Prints the rate of each in octets of input, and its ratio to that of the entrant `beside`.
pub(crate) fn table(title: &str, octets: usize, entrants: &[Entrant<'_>], beside: usize) {
    println!("\n{title}\n{:<34} {:>9} {:>10}  to {}", "", "GB/s", "ms", name(entrants, beside));
    for entrant in entrants {
        let time = entrant.median();
        let ratio = entrants.get(beside).map_or(f64::NAN, |beside| beside.ratio(entrant));
        println!(
            "{:<34} {:>9.2} {:>10.2} {ratio:>7.2}",
            entrant.name,
            rate(octets, time),
            time * 1e3
        );
    }
}

/// Prints whether a figure reaches what comms-mime is to reach.
pub(crate) fn target(what: &str, reached: bool, figure: &str) {
    println!("target: {what}: {figure}, {}", if reached { "reached" } else { "MISSED" });
}

/// How much processor time something takes: of a machine that has other work too, wall time says
/// little.
pub(crate) fn timed<T>(job: impl FnOnce() -> Result<T, Failure>) -> Result<Duration, Failure> {
    let begin = processor()?;
    black_box(job()?);
    Ok(processor()?.saturating_sub(begin))
}

fn processor() -> Result<Duration, Failure> {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Ok(Duration::new(now.tv_sec.try_into()?, now.tv_nsec.try_into()?))
}

/// Takes octets, and does nothing with them.
pub(crate) struct Null;

impl Output for Null {
    type Error = Infallible;

    fn write(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        black_box(octets);
        Ok(())
    }
}

impl std::io::Write for Null {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        Ok(black_box(octets).len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn name<'n>(entrants: &'n [Entrant<'_>], at: usize) -> &'n str {
    entrants.get(at).map_or("", |entrant| entrant.name)
}

fn median(times: impl Iterator<Item = f64>) -> f64 {
    let mut times = times.collect::<Vec<_>>();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn rate(octets: usize, time: f64) -> f64 {
    octets as f64 / time / 1e9
}
