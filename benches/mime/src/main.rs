//! comms-mime side by side with its peers. `README.md` says how to run it and what each figure is.

mod attachment;
mod memory;
mod quoted;
mod round;
mod small;
mod text;

use std::process::ExitCode;

/// Why a scenario came to nothing.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let scenarios = [attachment::run, small::run, quoted::run, text::run, memory::run];
    for scenario in scenarios {
        if let Err(failure) = scenario() {
            eprintln!("mime: {failure}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
