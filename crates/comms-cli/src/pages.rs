//! `comms completions` and `comms man`: what the program says of itself, for shells and readers.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_mangen::Man;

use crate::args::Args;
use crate::args::pages::{CompletionsArgs, ManArgs};
use crate::failure::{Failure, Status};
use crate::output::Results;

/// Writes what a shell has to read to complete our words.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<Status, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "comms", &mut script);
    written(&script)
}

/// Writes manual pages.
pub(crate) fn man(args: &ManArgs) -> Result<Status, Failure> {
    let mut program = Args::command();
    program.build();
    let Some(directory) = &args.directory else {
        return written(
            &page(Man::new(program)).map_err(|error| unwritten(Path::new("the page"), &error))?,
        );
    };
    fs::create_dir_all(directory).map_err(|error| unwritten(directory, &error))?;
    let subcommands = program.get_subcommands().cloned();
    for command in subcommands.chain([program.clone()]) {
        // Its display name has that of the program in front.
        let man = Man::new(command.version(env!("CARGO_PKG_VERSION")));
        let path = directory.join(man.get_filename());
        let page = page(man).and_then(|page| fs::write(&path, page));
        page.map_err(|error| unwritten(&path, &error))?;
    }
    Ok(Status::Done)
}

fn page(man: Man) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    man.section("1").manual("comms").render(&mut page)?;
    Ok(page)
}

fn written(octets: &[u8]) -> Result<Status, Failure> {
    let mut out = Results::open();
    // A failure is remembered, and told at the end.
    let _ = out.write_all(octets);
    out.close(Ok(()))?;
    Ok(Status::Done)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("{} cannot be written: {error}", path.display()))
}
