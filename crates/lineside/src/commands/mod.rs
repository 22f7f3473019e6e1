//! One file a command.

pub mod cdr;
pub mod check;
pub mod ctl;
pub mod decode;
pub mod dhcp;
pub mod encode;
pub mod explain;
pub mod load;
pub mod messages;
pub mod phone;
pub mod phone_check;
pub mod replay;
pub mod resource;
pub mod serve;
pub mod shell;
pub mod trace;

use std::io::Read;

use anyhow::{Context, Result, bail};

/// Whether the reader of our output has had enough (`| head`): no error for anybody.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(std::io::ErrorKind::BrokenPipe)
    })
}

/// An argument, or standard input when it is `-`.
pub fn argument_or_stdin(argument: &str) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("standard input")?;
    Ok(text)
}

/// The ids of messages named on the command line, by name or number.
pub fn message_ids(names: &[String]) -> Result<Vec<u32>> {
    names.iter().map(|name| message_id(name)).collect()
}

fn message_id(name: &str) -> Result<u32> {
    if let Some(entry) = skinny::catalogue::find_named(name) {
        return Ok(entry.id);
    }
    let number = match name.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => name.parse().ok(),
    };
    match number {
        Some(id) => Ok(id),
        None => bail!("no message is called {name}{}", nearest_message(name)),
    }
}

/// The message nearest in name, as the end of an error.
pub fn nearest_message(name: &str) -> String {
    let names = skinny::catalogue::CATALOGUE.iter().map(|entry| entry.name);
    let near = skinny::json::nearest(name, names);
    near.map_or_else(
        || "; `lineside messages` lists them all".into(),
        |name| format!("; the nearest is {name}"),
    )
}
