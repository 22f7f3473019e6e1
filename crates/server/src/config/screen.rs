//! Softkey templates, languages, time zones: what phones show, as `lineside.toml` has it.

use std::collections::BTreeMap;

use exchange::plan::softkeys::{self, SoftkeyTemplate};
use exchange::plan::{Locale, TimeZone};
use jiff::tz::TimeZone as Zone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use super::error::Problem;
use super::file;

/// Years for which the changes of a time zone are worked out.
const YEARS: [i64; 2] = [2020, 2050];
/// Changes of one time zone in those years: some have four a year.
const CHANGES_MAX: usize = 240;

/// Keys of a set, from the left.
type KeyNames = Option<Vec<Spanned<String>>>;

/// `[[softkey_template]]`: which keys phones show below the screen, in which order, by state of a call. Keys
/// have the names that phones show: `Redial`, `EndCall`. A set that is left out is as usual.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateSection {
    /// Its name, for devices.
    pub name: Spanned<String>,
    /// Nothing is going on.
    pub on_hook: KeyNames,
    /// In a conversation.
    pub connected: KeyNames,
    /// A held call.
    pub on_hold: KeyNames,
    /// A call comes in.
    pub ring_in: KeyNames,
    /// Off hook, before the first digit.
    pub off_hook: KeyNames,
    /// In the conversation that precedes a transfer.
    pub connected_transferable: KeyNames,
    /// While digits are dialled.
    pub digits_following: KeyNames,
    /// In the conversation that precedes a conference.
    pub connected_conference: KeyNames,
    /// The other side rings.
    pub ring_out: KeyNames,
    /// Off hook, for a feature.
    pub off_hook_with_feature: KeyNames,
    /// Another phone of the line is in the call.
    pub remote_in_use: KeyNames,
}

impl TemplateSection {
    fn sets(&self) -> [(&'static str, &KeyNames); 11] {
        [
            ("on_hook", &self.on_hook),
            ("connected", &self.connected),
            ("on_hold", &self.on_hold),
            ("ring_in", &self.ring_in),
            ("off_hook", &self.off_hook),
            ("connected_transferable", &self.connected_transferable),
            ("digits_following", &self.digits_following),
            ("connected_conference", &self.connected_conference),
            ("ring_out", &self.ring_out),
            ("off_hook_with_feature", &self.off_hook_with_feature),
            ("remote_in_use", &self.remote_in_use),
        ]
    }
}

/// The softkey templates of a file.
pub fn templates(
    sections: &[TemplateSection],
    checker: &mut Checker<'_>,
) -> BTreeMap<String, SoftkeyTemplate> {
    let mut templates = BTreeMap::new();
    for section in sections {
        let name = section.name.get_ref().clone();
        let template = template(section, checker);
        if templates.insert(name.clone(), template).is_some() {
            let text = format!("softkey template `{name}` stands twice: take one of them away");
            checker.fault(section.name.span(), Problem::DialPlan(text));
        }
    }
    templates
}

fn template(section: &TemplateSection, checker: &mut Checker<'_>) -> SoftkeyTemplate {
    let mut template = SoftkeyTemplate::default();
    for (set, keys) in section.sets() {
        let Some(keys) = keys else { continue };
        let working = softkeys::keys(set).unwrap_or_default();
        for key in keys {
            if !working.contains(&key.get_ref().as_str()) {
                let valid = working.iter().map(|name| (*name).to_owned()).collect();
                let problem = Problem::NoSuch {
                    what: "softkey that does something then:",
                    found: key.get_ref().clone(),
                    valid,
                };
                checker.fault(key.span(), problem);
            }
        }
        let keys = keys.iter().map(|key| key.get_ref().clone()).collect();
        template.sets.insert(set.to_owned(), keys);
    }
    template
}

/// The softkey template that a device names, when it is there.
pub fn template_of(
    name: Option<&Spanned<String>>,
    templates: &BTreeMap<String, SoftkeyTemplate>,
    checker: &mut Checker<'_>,
) -> String {
    let Some(name) = name else { return String::new() };
    if !templates.contains_key(name.get_ref()) {
        let valid = templates.keys().cloned().collect();
        let problem = Problem::NoSuch { what: "softkey template", found: name.get_ref().clone(), valid };
        checker.fault(name.span(), problem);
    }
    name.get_ref().clone()
}

/// Whether a device's model, where it is given, has the lines and softkeys that the device is to show. A
/// 7912 reboots on a call to its second line.
pub fn check_model(section: &file::Device, checker: &mut Checker<'_>) {
    let Some(name) = &section.model else { return };
    let Some(model) = exchange::model::named(name.get_ref()) else {
        let valid = exchange::model::all().map(|model| model.name().to_owned()).collect();
        let problem = Problem::NoSuch { what: "model", found: name.get_ref().clone(), valid };
        return checker.fault(name.span(), problem);
    };
    let mut lines = section.buttons.iter().filter(|button| button.get_ref().line.is_some());
    if let Some(button) = lines.nth(model.lines_max()) {
        let problem = format!("a {} shows {} lines, and this is one more", model.name(), model.lines_max());
        checker.fault(button.span(), Problem::DialPlan(problem));
    }
    if let Some(template) = section.softkey_template.as_ref().filter(|_| model.softkeys == 0) {
        let problem = format!("a {} has no softkeys", model.name());
        checker.fault(template.span(), Problem::DialPlan(problem));
    }
}

/// A language.
pub fn locale(value: Option<&Spanned<String>>, checker: &mut Checker<'_>) -> Option<Locale> {
    let value = value?;
    let locale = Locale::named(value.get_ref());
    if locale.is_none() {
        let codes: Vec<&str> = Locale::ALL.iter().map(|locale| locale.code()).collect();
        checker.bad(value, "language", format!("it is one of {}", codes.join(", ")));
    }
    locale
}

/// A time zone by its name, such as `Europe/Berlin`: its changes go into `zones`.
pub fn time_zone(
    value: Option<&Spanned<String>>,
    zones: &mut BTreeMap<String, TimeZone>,
    checker: &mut Checker<'_>,
) -> String {
    let Some(value) = value else { return String::new() };
    let name = value.get_ref();
    if !zones.contains_key(name) {
        match Zone::get(name) {
            Ok(zone) => {
                zones.insert(name.clone(), changes(&zone));
            }
            Err(_) => {
                checker.bad(value, "time zone", "write its name, such as Europe/Berlin or America/New_York")
            }
        }
    }
    name.clone()
}

/// When local time changes, and to what.
fn changes(zone: &Zone) -> TimeZone {
    let begin = |year: i64| Timestamp::UNIX_EPOCH.saturating_add(((year - 1970) * 365 * 24).hours());
    let [first, last] = YEARS.map(|year| begin(year).unwrap_or(Timestamp::UNIX_EPOCH));
    let changes = zone.following(first).take_while(|change| change.timestamp() < last).take(CHANGES_MAX);
    TimeZone {
        before: zone.to_offset(first).seconds(),
        changes: changes.map(|change| (change.timestamp().as_second(), change.offset().seconds())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[track_caller]
    fn wrong(text: &str, expect: &str) {
        let errors = parse("lineside.toml", text).expect_err("it is wrong").to_string();
        assert!(errors.starts_with(expect), "{errors}");
    }

    #[test]
    fn what_a_phone_shows() {
        let text = r#"
            [site]
            time_zone = "Europe/Berlin"
            locale = "de"

            [[softkey_template]]
            name = "simple"
            connected = ["EndCall", "Hold"]

            [[device]]
            name = "SEP001122334455"
            softkey_template = "simple"
            locale = "fr-FR"
            time_zone = "America/New_York"
            date_template = "M/D/YA"
            [[device.button]]
            line = "1001"
        "#;
        let plan = parse("lineside.toml", text).expect("right").plan;
        let device = &plan.devices["SEP001122334455"];
        assert_eq!(
            (device.softkey_template.as_str(), device.locale),
            ("simple", Some(super::Locale::French))
        );
        assert_eq!(device.date_template.as_deref(), Some("M/D/YA"));
        // 15 January and 15 July 2026, noon UTC.
        let offsets =
            |zone: &str| [1_768_478_400, 1_784_116_800].map(|at| plan.time_zones[zone].offset_secs(at));
        assert_eq!(offsets("Europe/Berlin"), [3600, 7200]);
        assert_eq!(offsets("America/New_York"), [-18_000, -14_400]);
    }

    #[test]
    fn what_a_model_lacks_is_refused() {
        let device = "[[device]]\nname = \"SEP001122334455\"\nmodel = ";
        let line = |number: u32| format!("[[device.button]]\nline = \"{number}\"\n");
        let two = format!("{device}\"7912\"\n{}{}", line(1), line(2));
        wrong(&two, "lineside.toml:6:1: a 7912");
        let keys = "softkey_template = \"a\"\n[[softkey_template]]\nname = \"a\"\n";
        wrong(&format!("{device}\"30VIP\"\n{keys}"), "lineside.toml:4:20: a 30VIP has no softkeys");
        wrong(&format!("{device}\"7906x\"\n"), "lineside.toml:3:9: there is no model `7906x`");
        assert!(parse("lineside.toml", &format!("{device}\"7960\"\n{}{}", line(1), line(2))).is_ok());
    }

    #[test]
    fn keys_that_do_nothing_are_refused() {
        wrong(
            "[[softkey_template]]\nname = \"a\"\nconnected = [\"VidMode\"]\n",
            "lineside.toml:3:14: there is no softkey that does something then: `VidMode`",
        );
        wrong(
            "[[softkey_template]]\nname = \"a\"\nconected = []\n",
            "lineside.toml:3:1: there is no key `conected` here; did you mean `connected`?",
        );
        wrong(
            "[site]\nlocale = \"tlh\"\n",
            "lineside.toml:2:10: `tlh` is no language: it is one of en, de, fr, es",
        );
        wrong("[site]\ntime_zone = \"Europe/Berln\"\n", "lineside.toml:2:13: `Europe/Berln` is no time zone");
        wrong(
            "[[device]]\nname = \"SEP001122334455\"\nsoftkey_template = \"b\"\n",
            "lineside.toml:3:20: there is no softkey template `b`",
        );
    }
}
