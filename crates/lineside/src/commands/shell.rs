//! Completions and man pages, from the declaration of the command line.

use std::io::stdout;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;

/// Print completions for a shell.
///
/// bash: lineside completions bash > ~/.local/share/bash-completion/completions/lineside
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

/// Write the man pages of all commands.
#[derive(Debug, Args)]
pub struct Manual {
    /// Into this directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Prints completions.
pub fn completions(arguments: &Completions, mut command: Command) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "lineside", &mut script);
    std::io::Write::write_all(&mut stdout().lock(), &script)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes man pages.
pub fn manual(arguments: &Manual, command: Command) -> Result<ExitCode> {
    let directory = &arguments.directory;
    std::fs::create_dir_all(directory).with_context(|| directory.display().to_string())?;
    clap_mangen::generate_to(command, directory).with_context(|| directory.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}
