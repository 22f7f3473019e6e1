//! `lineside.toml`: read, judged, compiled to an immutable plan.
//!
//! Not the running server's business: it gets a [`Plan`] and [`Limits`] and knows no file.

pub mod announcements;
pub mod check;
pub mod compile;
pub mod dial_plan;
pub mod error;
pub mod features;
pub mod file;
mod groups;
pub mod limits;
pub mod media;
pub mod provision;
pub mod recording;
pub mod reference;
pub mod regions;
pub mod resources;
pub mod screen;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use exchange::plan::Plan;

use crate::ring::RingLimits;

pub use error::{ConfigError, ConfigErrors};
pub use limits::Limits;

use crate::media::MediaSettings;
use check::Checker;
use error::{Problem, Source};

/// How long records of calls are kept unless the file says otherwise: two years.
pub const RECORDS_KEEP: Duration = Duration::from_secs(730 * 24 * 3600);
/// SCCP's port.
pub const PORT: u16 = 2000;

/// What a file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where phones connect.
    pub listen: Vec<SocketAddr>,
    /// How much of the machine they may take.
    pub limits: Limits,
    /// Phones, lines and site.
    pub plan: Plan,
    /// Files for phones.
    pub provision: crate::provision::Settings,
    /// How long records of calls are kept in the database.
    pub records_keep: Duration,
    /// How much of the trace ring is kept; `None`: there is no ring.
    pub ring: Option<RingLimits>,
    /// How audio is relayed; nothing: it is not.
    pub media: Option<MediaSettings>,
}

impl Default for Settings {
    /// What holds without a file: unknown phones of this machine get lines of their own.
    fn default() -> Self {
        let mut plan = Plan { generation: 1, ..Plan::default() };
        plan.site.auto_register = true;
        plan.site.lobby = true;
        plan.site.features.call_back_secs = features::CALL_BACK_SECS;
        plan.site.features.call_waiting_secs = features::CALL_WAITING_SECS;
        plan.site.features.park_slots = features::usual_park_slots(&plan, std::iter::empty());
        Settings {
            listen: listen_everywhere(),
            limits: Limits::default(),
            plan,
            provision: Default::default(),
            records_keep: RECORDS_KEEP,
            ring: Some(RingLimits::default()),
            media: Some(MediaSettings::default()),
        }
    }
}

fn listen_everywhere() -> Vec<SocketAddr> {
    vec![(Ipv4Addr::UNSPECIFIED, PORT).into(), (Ipv6Addr::UNSPECIFIED, PORT).into()]
}

/// Reads a file.
pub fn load(path: &Path) -> Result<Settings, ConfigErrors> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&file, &text),
        Err(error) => {
            let source = Source { file: &file, text: "" };
            Err(ConfigErrors(vec![source.error(None, Problem::Unreadable(error.to_string()))]))
        }
    }
}

/// Reads a text; `file` is what errors call it.
pub fn parse(file: &str, text: &str) -> Result<Settings, ConfigErrors> {
    let source = Source { file, text };
    let written: file::File =
        toml::from_str(text).map_err(|error| ConfigErrors(vec![source.syntax(&error)]))?;
    let mut checker = Checker { source, errors: Vec::new() };
    let settings = Settings {
        listen: compile::listen(&written.listen, &mut checker).unwrap_or_else(listen_everywhere),
        limits: compile::limits(&written.limits, &mut checker),
        plan: compile::plan(&written, &mut checker),
        provision: provision::compile(&written.provision, &mut checker),
        records_keep: compile::records_keep(&written.records, &mut checker),
        ring: compile::ring(&written.trace, &mut checker),
        media: compile::media(&written, &mut checker),
    };
    checker.errors.sort_by_key(|error| error.place.at);
    if checker.errors.is_empty() { Ok(settings) } else { Err(ConfigErrors(checker.errors)) }
}

#[cfg(test)]
mod tests;
