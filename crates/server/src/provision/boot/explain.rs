//! Where a phone stands, and what to do about it, in plain words.

use serde::Serialize;

use super::{Boot, Outcome, Step};
use crate::provision::kind::{Kind, Need};

/// Requests for trust lists without one for a configuration, from which on a phone is in a loop.
const TRUST_LOOP: usize = 4;
/// How long a phone that has its configuration takes to register, at most.
const REGISTER_WITHIN_MS: i64 = 60_000;

/// How far a phone has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is fetching files.
    Fetching,
    /// It has its configuration and should register any moment.
    Configured,
    /// It is registered.
    Registered,
    /// It does not get on.
    Stuck,
    /// It was registered, and is no more.
    Gone,
}

/// Where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// How far it has come.
    pub stage: Stage,
    /// What is so.
    pub what: String,
    /// What to do; empty: nothing.
    pub to_do: String,
}

fn advice(stage: Stage, what: impl Into<String>, to_do: impl Into<String>) -> Advice {
    Advice { stage, what: what.into(), to_do: to_do.into() }
}

impl Boot {
    /// Where the phone stands.
    pub fn explain(&self, now_ms: i64) -> Advice {
        if let Some(advice) = self.explain_registration() {
            return advice;
        }
        self.explain_sip()
            .or_else(|| self.explain_trust())
            .or_else(|| self.explain_firmware())
            .or_else(|| self.explain_broken())
            .unwrap_or_else(|| self.explain_configuration(now_ms))
    }

    fn explain_registration(&self) -> Option<Advice> {
        self.registered_ms?;
        Some(match &self.left {
            None => advice(Stage::Registered, "it is registered", ""),
            Some((_, reason)) => advice(
                Stage::Gone,
                format!("it was registered and left: {reason}"),
                "see whether it has power and network; it comes back by itself",
            ),
        })
    }

    fn kinds(&self) -> impl Iterator<Item = (&Step, &Kind)> {
        self.steps.iter().map(|step| (step, &step.kind))
    }

    fn explain_sip(&self) -> Option<Advice> {
        let (step, _) = self.kinds().find(|(_, kind)| matches!(kind, Kind::Sip(_)))?;
        Some(advice(
            Stage::Stuck,
            format!("it runs SIP firmware: it asked for {}", step.name),
            "put SCCP firmware of its model into the folder, name it in [provision.loads], and let the phone load \
             it; docs/provisioning.md, \"From SIP to SCCP\". Do not reset it to factory settings before \
             term….default.loads and everything in it are in the folder",
        ))
    }

    fn explain_trust(&self) -> Option<Advice> {
        if let Some((step, _)) = self.kinds().find(|(_, kind)| matches!(kind, Kind::Signed(_))) {
            return Some(foreign_trust(format!("it wants a signed configuration ({})", step.name)));
        }
        let has_asked = self.kinds().any(|(_, kind)| matches!(kind, Kind::Config(_)));
        let lists = self.kinds().filter(|(_, kind)| matches!(kind, Kind::Trust(_))).count();
        (!has_asked && lists >= TRUST_LOOP).then(|| {
            foreign_trust(format!("it asked {lists} times for a trust list and never for its configuration"))
        })
    }

    fn explain_firmware(&self) -> Option<Advice> {
        let is_missing = |(step, kind): &(&Step, &Kind)| {
            **kind == Kind::Firmware && matches!(step.outcome, Outcome::Missing { .. })
        };
        let missing: Vec<&str> =
            self.kinds().filter(is_missing).map(|(step, _)| step.name.as_str()).collect();
        let first = missing.first()?;
        if first.to_ascii_lowercase().starts_with("term") {
            return Some(advice(
                Stage::Stuck,
                format!("it has no firmware (a reset to factory settings?): it asked for {first}"),
                "put the whole firmware of its model into the folder: that file and every archive that it names",
            ));
        }
        Some(advice(
            Stage::Stuck,
            format!("firmware is missing: {}", missing.join(", ")),
            "put the whole firmware into the folder, or take its name out of [provision.loads]: the phone goes on \
             with what it has",
        ))
    }

    fn explain_broken(&self) -> Option<Advice> {
        let step = self.steps.back()?;
        let Outcome::BrokenOff { bytes } = step.outcome else { return None };
        Some(advice(
            Stage::Stuck,
            format!("the transfer of {} broke off after {bytes} bytes", step.name),
            "look for a firewall between the phone and this server: TFTP answers come from a port of their own",
        ))
    }

    fn explain_configuration(&self, now_ms: i64) -> Advice {
        let got = |step: &&Step| {
            matches!(step.kind, Kind::Config(_) | Kind::Default | Kind::Binary(_))
                && (matches!(step.outcome, Outcome::Sent { .. }) || matches!(step.kind, Kind::Binary(_)))
        };
        let Some(step) = self.steps.iter().rev().find(got) else {
            let is_required = |step: &&Step| step.need == Need::Required;
            let last = self.steps.iter().rev().find(is_required).or(self.steps.back());
            let what = last.map_or("nothing".into(), |step| step.name.clone());
            return advice(Stage::Fetching, format!("it asked for {what} last"), "");
        };
        let whom = if self.told.is_empty() { "this server".to_owned() } else { self.told.join(", ") };
        if now_ms - step.at_ms < REGISTER_WITHIN_MS {
            return advice(
                Stage::Configured,
                format!("it has its configuration and will register with {whom}"),
                "",
            );
        }
        advice(
            Stage::Stuck,
            format!("it has its configuration, but did not register with {whom}"),
            "see whether the phone can reach that address and port (firewall, container, other network); if the \
             address is wrong, set advertise in [provision]",
        )
    }
}

fn foreign_trust(what: String) -> Advice {
    advice(
        Stage::Stuck,
        format!("{what}: it trusts another call manager only"),
        "erase its trust list on the phone: Settings, Security Configuration, Trust List, unlock with **#, Erase",
    )
}
