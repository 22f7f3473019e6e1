//! Fetches pages as phones do.

use std::time::Duration;

use super::{Page, PageError};

/// Bytes of a page.
pub const PAGE_BYTES_MAX: u64 = 256 * 1024;
/// How long a service may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a phone says of itself when it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub url: String,
    /// Device name, for `#DEVICENAME#` in addresses.
    pub device: String,
    /// The model.
    pub model: String,
}

/// Why a page did not come.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none that phones know.
    #[error("{0} is no http address")]
    Address(String),
    /// The server refused or was silent.
    #[error("{url}: {reason}")]
    Http {
        /// Where.
        url: String,
        /// What happened.
        reason: String,
    },
    /// What came is no page.
    #[error(transparent)]
    Page(#[from] PageError),
}

/// Fetches a page; takes as long as the server does, ten seconds at most.
pub fn fetch(wanted: &Wanted) -> Result<Page, FetchError> {
    if !wanted.url.starts_with("http://") {
        return Err(FetchError::Address(wanted.url.clone()));
    }
    let url = wanted.url.replace("#DEVICENAME#", &wanted.device);
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None);
    let agent: ureq::Agent = config.build().into();
    let failed = |reason: String| FetchError::Http { url: wanted.url.clone(), reason };
    let model = format!("CP-{}", wanted.model);
    let mut response = agent
        .get(&url)
        .header("Accept", "x-CiscoIPPhone/*;text/xml;text/*")
        .header("x-CiscoIPPhoneModelName", &model)
        .header("x-CiscoIPPhoneDisplay", "132, 64, 2, G")
        .header("x-CiscoIPPhoneSDKVersion", "3.2.1")
        .call()
        .map_err(|error| failed(error.to_string()))?;
    let body = response.body_mut().with_config().limit(PAGE_BYTES_MAX).read_to_vec();
    Ok(Page::read(&body.map_err(|error| failed(error.to_string()))?)?)
}
