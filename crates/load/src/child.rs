//! Programs that run beside a measurement, and end with it.

use std::io::{self, BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde::de::DeserializeOwned;

/// A process that ends with this.
pub(crate) struct Killed(pub(crate) Child);

impl Killed {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed, only collected.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program that says in one line of JSON, once it is ready, what there is to know of it.
pub(crate) fn ready<T: DeserializeOwned>(mut command: Command) -> io::Result<(Killed, T)> {
    let mut child = Killed(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    if let Some(stdout) = child.0.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let said = serde_json::from_str(&line)
        .map_err(|_| io::Error::other(format!("it did not say where its ports are: {line:?}")))?;
    Ok((child, said))
}
