//! `lineside serve`: the call manager.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

/// Be the call manager. Without a configuration, phones of this machine get lines of their own.
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
    /// Keep records of calls here
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Serves until SIGTERM or SIGINT.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    server::log::install();
    let Arguments { config, listen, data } = arguments;
    server::serve(server::Options { config, listen, data })?;
    Ok(ExitCode::SUCCESS)
}
