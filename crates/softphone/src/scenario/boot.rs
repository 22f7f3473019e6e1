//! Phones that fetch files before they register, and what a scenario expects of that.

use std::time::Duration;

use phone::Config;

use super::model::{Booting, Seat};
use super::step::Walker;
use super::variables::Variables;
use crate::fetch::Boot;

/// How long a file server may be silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Boots a phone, if it boots.
pub(super) fn boot(seat: &Seat, config: &Config, variables: &Variables) -> Result<Option<Boot>, String> {
    if seat.boot.is_empty() {
        return Ok(None);
    }
    let server = variables.fill(&seat.boot).map_err(|name| format!("nobody set ${name}"))?;
    crate::run::boot(config, &server, PATIENCE).map(Some).map_err(|error| error.to_string())
}

/// What is expected, in words.
pub(super) fn words(booting: &Booting) -> String {
    let asked =
        if booting.asked.is_empty() { String::new() } else { format!(" with {}", booting.asked.join(", ")) };
    let over = booting.over.as_ref().map_or_else(String::new, |over| format!(" over {over}"));
    let server = booting.server.as_ref().map_or_else(String::new, |server| format!(" for {server}"));
    format!("{} booted{asked}{over}{server}", booting.phone)
}

impl Walker<'_, '_> {
    /// Whether a boot went as expected; what was asked instead, otherwise.
    pub(super) fn booted(&self, booting: &Booting) -> Result<(), String> {
        let boot = self.stage.boots.get(&booting.phone);
        let boot = boot.ok_or_else(|| format!("{} does not boot: its table has no `boot`", booting.phone))?;
        let told = || boot.asked.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let mut asked = boot.asked.iter();
        for wanted in &booting.asked {
            let wanted = self.fill(wanted)?;
            let (name, is_there) =
                wanted.strip_prefix('!').map_or((wanted.as_str(), true), |name| (name, false));
            if !asked.any(|asked| asked.name == name && asked.bytes.is_some() == is_there) {
                return Err(format!("{wanted} was not asked for in that place; it asked: {}", told()));
            }
        }
        if let Some(over) = &booting.over {
            let over = self.fill(over)?;
            if !boot.asked.iter().all(|asked| asked.way.name().eq_ignore_ascii_case(&over)) {
                return Err(format!("not all over {over}; it asked: {}", told()));
            }
        }
        if let Some(server) = &booting.server {
            let server = self.fill(server)?;
            let first = boot.servers.first().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
            if first != server {
                return Err(format!("its files send it to {first}, not to {server}"));
            }
        }
        Ok(())
    }
}
