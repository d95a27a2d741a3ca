//! `cca completions`: scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::arguments::Arguments;
use crate::cli::printer::Printer;
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  cca completions bash > ~/.local/share/bash-completion/completions/cca
  cca completions zsh > ~/.zfunc/_cca
  cca completions fish > ~/.config/fish/completions/cca.fish";

/// Print a completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(in crate::cli) fn execute(&self, printer: &Printer) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "cca", &mut script);
        printer.write_data(|out| out.write_all(&script))
    }
}
