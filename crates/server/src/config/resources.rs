//! `[[resource]]`: hardware that may register to mix and transcode, and who does so first.

use exchange::plan::{Device, First, Plan, Preference, Resource, ResourceKind};
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::file::File;

/// `[[resource]]`: hardware that may register to be used in calls; nothing else of its kind comes in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceSection {
    /// The name with which it registers, such as `CFB001122334455`.
    pub name: Spanned<String>,
    /// What it is: `conference-bridge`, `mtp` or `transcoder`.
    pub kind: ResourceKind,
    /// What people call it.
    pub description: Option<Spanned<String>>,
    /// Whether it is told of conferences and of who is in them, beside their streams; left out: as its device type is
    /// known to want it.
    pub conference_messages: Option<bool>,
    /// Highest protocol version to agree on; left out: what it offers, 22 at most.
    pub protocol_max: Option<Spanned<u8>>,
}

/// `[hardware]`: who mixes and transcodes first, where a `[[resource]]` is registered that can.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareSection {
    /// Who mixes conferences: `hardware`, and this server where none is there, full or lost, or `server`; left out:
    /// `hardware`.
    pub conferences_first: Option<First>,
    /// Who stands between phones without a common codec or path: `hardware` or `server`; left out: `server`.
    pub transcoding_first: Option<First>,
}

/// Who does what.
pub(super) fn preference(section: &HardwareSection) -> Preference {
    let usual = Preference::default();
    Preference {
        conferences: section.conferences_first.unwrap_or(usual.conferences),
        transcoding: section.transcoding_first.unwrap_or(usual.transcoding),
    }
}

/// The devices that are hardware.
pub(super) fn resources(file: &File, plan: &mut Plan, checker: &mut Checker<'_>) {
    let versions = (3, skinny::catalogue::VERSION_MAX);
    for section in &file.resources {
        let name = checker.device_name(&section.name);
        let device = Device {
            description: checker.text(section.description.as_ref(), "description").unwrap_or_default(),
            protocol_max: checker.within(section.protocol_max.as_ref(), "protocol version", versions),
            resource: Some(Resource { kind: section.kind, conference_messages: section.conference_messages }),
            ..Device::default()
        };
        if plan.devices.insert(name, device).is_some() {
            checker.bad(&section.name, "resource", "another [[resource]] or [[device]] has that name");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn hardware_has_a_name_and_a_kind() {
        let text = "[[resource]]\nname = \"cfb001\"\nkind = \"conference-bridge\"\nconference_messages = true\n\
                    [[resource]]\nname = \"MTP001\"\nkind = \"mtp\"\n[hardware]\nconferences_first = \"server\"\n";
        let plan = parse("lineside.toml", text).unwrap().plan;
        let bridge = plan.devices["CFB001"].resource.unwrap();
        assert_eq!((bridge.kind, bridge.conference_messages), (ResourceKind::ConferenceBridge, Some(true)));
        assert_eq!(plan.devices["MTP001"].resource.unwrap().kind, ResourceKind::Mtp);
        let first = plan.site.features.hardware;
        assert_eq!((first.conferences, first.transcoding), (First::Server, First::Server));
        let wrong = |text: &str, expect: &str| {
            let error = parse("lineside.toml", text).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        let one = "[[resource]]\nname = \"X\"\nkind = \"mtp\"\n";
        wrong(&format!("{one}{one}"), "has that name");
        wrong("[[resource]]\nname = \"X\"\nkind = \"kettle\"\n", "conference-bridge");
        wrong("[[resource]]\nname = \"a b\"\nkind = \"mtp\"\n", "is no device name");
    }
}
