//! `lineside serve`: the call manager.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

/// Be the call manager. Without a configuration, unknown phones come by themselves: those of this machine get
/// lines of their own, those of private networks wait in the lobby until `lineside ctl adopt SEP…`.
///
/// LINESIDE_LOG chooses what is logged: warn, info (the default), debug.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Listen here instead of where the configuration says (port 0: any free one)
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<SocketAddr>,
    /// Keep records, trace and control socket here [default: $XDG_DATA_HOME/lineside, ~/.local/share/lineside]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print what phones and server say, as it happens
    #[arg(long)]
    trace: bool,
    /// Keep every input of the exchange here, for `lineside replay`
    #[arg(long, value_name = "DIR")]
    journal: Option<PathBuf>,
}

/// Serves until SIGTERM or SIGINT.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    server::log::install();
    let Arguments { config, listen, data, trace, journal } = arguments;
    server::serve(server::Options { config, listen, data, trace, journal })?;
    Ok(ExitCode::SUCCESS)
}
