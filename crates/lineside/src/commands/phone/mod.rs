//! `lineside phone`: a phone on the terminal.

use std::io::IsTerminal;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

mod scenario;

/// Be a phone: register with a server, call and be called. On a terminal it looks like a Cisco phone (`?` lists its keys);
/// otherwise, or with --console, it takes commands on standard input (`help` lists them).
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
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
    /// Commands line by line, also on a terminal
    #[arg(long)]
    console: bool,
    /// Colours of the screen: dark, light, plain; as the terminal says where it is not given
    #[cfg(feature = "ui")]
    #[arg(long, value_name = "THEME", value_parser = theme)]
    theme: Option<softphone::ui::Theme>,
    /// The page of the directories button
    #[cfg(feature = "ui")]
    #[arg(long, value_name = "URL")]
    directories: Option<String>,
    /// The page of the services button
    #[cfg(feature = "ui")]
    #[arg(long, value_name = "URL")]
    services: Option<String>,
    /// Certificates (PEM) whose owners' pages over HTTPS are believed, in place of the public authorities
    #[cfg(feature = "ui")]
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// Let other programs control the phone over HTTP and WebSocket, here; without a token this must be a loopback address
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "ADDRESS:PORT")]
    remote: Option<std::net::SocketAddr>,
    /// What they must bear: `Authorization: Bearer TOKEN`; better given as LINESIDE_PHONE_TOKEN
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "TOKEN", requires = "remote")]
    remote_token: Option<String>,
    /// Serve the phone's own web pages here, as a real one does: DeviceInformationX, StreamingStatisticsX, CGI/Execute …
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "ADDRESS:PORT")]
    web: Option<std::net::SocketAddr>,
    /// The page that says who may press the phone's keys by them; otherwise that of the configuration file (--boot)
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "URL", requires = "web")]
    authentication: Option<String>,
    /// One who may, beside; better given as LINESIDE_PHONE_LOGIN
    #[cfg(feature = "remote")]
    #[arg(long, value_name = "USER:PASSWORD", requires = "web")]
    web_login: Option<String>,
    /// Connect from this address
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<IpAddr>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play scenario files: phones, what they do, what must be seen and heard; exit code 1 when one fails
    Run(scenario::Run),
    /// Make a scenario with expectations from a capture
    Record(scenario::Record),
    /// Print the JSON schema of scenario files
    Schema {
        /// The reference of docs/scenarios.md instead
        #[arg(long)]
        markdown: bool,
    },
}

/// Runs until `quit` or the end of standard input.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    match &arguments.command {
        Some(Command::Run(run)) => return scenario::run(run),
        Some(Command::Record(record)) => return scenario::record(record),
        Some(Command::Schema { markdown }) => return scenario::schema(*markdown),
        None => {}
    }
    let options = softphone::Options {
        servers: arguments.server.clone(),
        boot: arguments.boot.clone(),
        trust: trust(&arguments),
        name: arguments.name.clone(),
        model: arguments.model.clone(),
        play: arguments.play.clone(),
        repeat: arguments.repeat,
        record: arguments.record.clone(),
        json: arguments.json,
        strict: arguments.strict,
        bind: arguments.bind,
        remote: remote(&arguments),
        web: own_pages(&arguments),
    };
    if !arguments.console && !arguments.json && on_terminal() {
        return on_screen(&arguments, &options);
    }
    softphone::run(&options)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "remote")]
fn remote(arguments: &Arguments) -> Option<softphone::RemoteControl> {
    let of_environment = || std::env::var("LINESIDE_PHONE_TOKEN").ok().filter(|token| !token.is_empty());
    let token = arguments.remote_token.clone().or_else(of_environment);
    arguments.remote.map(|listen| softphone::RemoteControl { listen, token })
}

#[cfg(feature = "ui")]
fn trust(arguments: &Arguments) -> Option<PathBuf> {
    arguments.trust.clone()
}

#[cfg(not(feature = "ui"))]
fn trust(_: &Arguments) -> Option<PathBuf> {
    None
}

#[cfg(feature = "remote")]
fn own_pages(arguments: &Arguments) -> Option<softphone::OwnPages> {
    let of_environment = || std::env::var("LINESIDE_PHONE_LOGIN").ok().filter(|login| !login.is_empty());
    let login = arguments.web_login.clone().or_else(of_environment).map(softphone::Secret);
    let authentication = arguments.authentication.clone();
    arguments.web.map(|listen| softphone::OwnPages { listen, authentication, login })
}

#[cfg(not(feature = "remote"))]
fn own_pages(_: &Arguments) -> Option<softphone::OwnPages> {
    None
}

#[cfg(not(feature = "remote"))]
fn remote(_: &Arguments) -> Option<softphone::RemoteControl> {
    None
}

/// Whether a person sits at both ends.
fn on_terminal() -> bool {
    cfg!(feature = "ui") && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

#[cfg(feature = "ui")]
fn on_screen(arguments: &Arguments, options: &softphone::Options) -> Result<ExitCode> {
    use softphone::ui::{Theme, Urls};
    let urls = Urls { directories: arguments.directories.clone(), services: arguments.services.clone() };
    softphone::run_on_screen(options, arguments.theme.unwrap_or_else(Theme::of_environment), urls)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "ui"))]
fn on_screen(_: &Arguments, options: &softphone::Options) -> Result<ExitCode> {
    softphone::run(options)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "ui")]
fn theme(name: &str) -> Result<softphone::ui::Theme, String> {
    softphone::ui::Theme::by_name(name).ok_or_else(|| "dark, light or plain".to_owned())
}
