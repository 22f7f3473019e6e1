//! `lineside phone`: a phone on the terminal.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

/// Be a phone: register with a server, call and be called, by commands on standard input (`help` lists them).
#[derive(Debug, Args)]
pub struct Arguments {
    /// The server (host, host:port, [v6]:port); several are tried in order
    #[arg(long, required_unless_present = "boot", value_name = "HOST")]
    server: Vec<String>,
    /// Boot as the model does: fetch files from here over HTTP (6970) or TFTP (69; host:port: that port), and register where
    /// they say
    #[arg(long, value_name = "HOST", conflicts_with = "server")]
    boot: Option<String>,
    /// Device name
    #[arg(long, default_value = "SEP001122334455", value_name = "SEP…")]
    name: String,
    /// Model
    #[arg(long, default_value = "7960", value_name = "MODEL")]
    model: String,
    /// Say this WAV file instead of test speech
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// Say it again and again
    #[arg(long, requires = "play")]
    repeat: bool,
    /// Record what is heard to this WAV file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Hang up on a server that a real phone of the model would choke on
    #[arg(long)]
    strict: bool,
    /// Connect from this address
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
}

/// Runs until `quit` or the end of standard input.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { server, boot, name, model, play, repeat, record, json, strict, bind } = arguments;
    let options =
        softphone::Options { servers: server, boot, name, model, play, repeat, record, json, strict, bind };
    softphone::run(&options)?;
    Ok(ExitCode::SUCCESS)
}
