//! `lineside`: SCCP whole, in one binary.

mod client;
mod commands;
mod demo;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// SCCP (Cisco's Skinny Client Control Protocol) whole, in one binary.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See all of it on loopback: server, four phones, calls with audio, each step verified
    Demo(demo::Arguments),
    /// Be the call manager: phones register here and call each other
    Serve(commands::serve::Arguments),
    /// Print the DHCP settings by which phones find this server
    Dhcp(commands::dhcp::Arguments),
    /// Ask and steer the server that runs here: status, devices, calls, adopt, reload, stop, events
    Ctl(commands::ctl::Arguments),
    /// Records of calls and of what phones counted: CSV as CUCM writes it, JSON, or for people
    Cdr(commands::cdr::Arguments),
    /// Check a configuration, and say what it would change
    Check(commands::check::Arguments),
    /// Run a journal of `serve --journal` again, and show where the answers differ
    Replay(commands::replay::Arguments),
    /// Check a phone with your own eyes and ears; a redacted capture is kept
    PhoneCheck(commands::phone_check::Arguments),
    /// Read SCCP out of a capture, one line a message
    Trace(Box<commands::trace::Arguments>),
    /// Be a phone: register, call, be called
    Phone(commands::phone::Arguments),
    /// Be a conference bridge or a transcoder: register, mix and transcode
    Resource(commands::resource::Arguments),
    /// Say what would happen if somebody dialled a number, and why
    Explain(commands::explain::Arguments),
    /// Many phones making calls: percentiles, failures, what the server used
    Load(commands::load::Arguments),
    /// Show one frame's fields with offsets and bytes side by side
    Decode(commands::decode::Arguments),
    /// Make a frame from JSON
    Encode(commands::encode::Arguments),
    /// List the messages of the protocol, or one message's layout by version
    Messages(commands::messages::Arguments),
    /// Print completions for a shell
    Completions(commands::shell::Completions),
    /// Write the man pages
    #[command(hide = true)]
    Manual(commands::shell::Manual),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(arguments),
        Command::Phone(arguments) => commands::phone::run(arguments),
        Command::Serve(arguments) => commands::serve::run(arguments),
        Command::Ctl(arguments) => commands::ctl::run(arguments),
        Command::Cdr(arguments) => commands::cdr::run(arguments),
        Command::Check(arguments) => commands::check::run(arguments),
        Command::Replay(arguments) => commands::replay::run(arguments),
        Command::Completions(arguments) => commands::shell::completions(&arguments, Arguments::command()),
        Command::Manual(arguments) => commands::shell::manual(&arguments, Arguments::command()),
        Command::Resource(arguments) => commands::resource::run(arguments),
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Dhcp(arguments) => commands::dhcp::run(arguments),
        Command::PhoneCheck(arguments) => commands::phone_check::run(arguments),
        Command::Load(arguments) => commands::load::run(arguments),
        Command::Trace(arguments) => commands::trace::run(*arguments),
        Command::Decode(arguments) => commands::decode::run(arguments),
        Command::Encode(arguments) => commands::encode::run(arguments),
        Command::Messages(arguments) => commands::messages::run(arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) if commands::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lineside: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
