//! A line of the journal.

use exchange::record::Record;
use serde::{Deserialize, Serialize};

use crate::adopt::Configured;

/// What a line says. Each is an object whose `record` names its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Of a call or a stream.
    Record(Box<Record>),
    /// Of the server itself.
    Own(Own),
}

/// Lines that are not about calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Own {
    /// A server began to write here.
    Started {
        /// Milliseconds since the Unix epoch.
        unix_ms: i64,
        /// The program's version.
        version: String,
        /// The highest number of an earlier call: later ones follow.
        #[serde(default)]
        last_call: u64,
    },
    /// A server ended in order.
    Stopped {
        /// Milliseconds since the Unix epoch.
        unix_ms: i64,
    },
    /// A value that outlives the server.
    Remember {
        /// What it is about.
        key: String,
        /// Its value; `None`: forgotten.
        value: Option<String>,
    },
    /// An unknown phone was given a number.
    Adopted {
        /// The phone.
        device: String,
        /// Its number.
        number: String,
        /// Whether it waits in the lobby.
        #[serde(default)]
        lobby: bool,
    },
    /// An operator configured a device, or forgot it.
    Configured {
        /// The device.
        device: String,
        /// What is configured for it; `None`: nothing any more.
        settings: Option<Box<Configured>>,
    },
}

impl Entry {
    /// Reads a line without its end.
    pub fn parse(line: &[u8]) -> Result<Entry, serde_json::Error> {
        // Nearly every line is a record, so that comes first.
        let error = match serde_json::from_slice(line) {
            Ok(record) => return Ok(Entry::Record(record)),
            Err(error) => error,
        };
        serde_json::from_slice(line).map(Entry::Own).map_err(|_| error)
    }
}
