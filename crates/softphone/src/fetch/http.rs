//! HTTP as phones speak it to port 6970.

use std::net::SocketAddr;
use std::time::Duration;

use super::{FILE_MAX, Failed};

/// Fetches a file.
pub(super) fn get(server: SocketAddr, name: &str, patience: Duration) -> Result<Vec<u8>, Failed> {
    let config = ureq::Agent::config_builder();
    let config = config.timeout_connect(Some(patience)).timeout_global(Some(10 * patience));
    let agent: ureq::Agent = config.max_redirects(0).proxy(None).build().into();
    match agent.get(format!("http://{server}/{name}")).call() {
        Ok(mut response) => {
            let body = response.body_mut().with_config().limit(FILE_MAX).read_to_vec();
            body.map_err(|error| Failed::Silent(error.to_string()))
        }
        Err(ureq::Error::StatusCode(_)) => Err(Failed::NotThere),
        Err(error) => Err(Failed::Silent(error.to_string())),
    }
}
