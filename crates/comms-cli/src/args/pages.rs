//! What can be said where the program describes itself: `comms completions` and `comms man`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use clap_complete::Shell;

#[derive(Debug, ClapArgs)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = MAN)]
pub(crate) struct ManArgs {
    /// A directory, which is made, for a page of each subcommand; without it the page of the program
    /// goes to standard output
    #[arg(value_name = "DIRECTORY")]
    pub(crate) directory: Option<PathBuf>,
}

const COMPLETIONS: &str = "\
Examples:
  comms completions bash > ~/.local/share/bash-completion/completions/comms
  comms completions zsh > ~/.zfunc/_comms
  comms completions fish > ~/.config/fish/completions/comms.fish";

const MAN: &str = "\
Examples:
  comms man ~/.local/share/man/man1
  comms man | man -l -";
