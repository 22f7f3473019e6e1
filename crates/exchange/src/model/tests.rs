use super::outbound::{RULES, rule_of};
use super::*;
use skinny::catalogue;
use std::collections::BTreeSet;

#[test]
fn device_types_and_names_are_unique() {
    let mut types = BTreeSet::new();
    let mut names = BTreeSet::new();
    for model in all() {
        assert!(types.insert(model.device_type.0), "{} stands twice", model.name());
        for name in model.names {
            assert!(names.insert(fold(name)), "{name} names two models");
            assert!(!name.is_empty());
        }
    }
}

#[test]
fn every_generation_that_lineside_speaks_of_has_models() {
    for generation in Generation::ALL {
        assert!(all().any(|model| model.generation == *generation), "{}", generation.name());
    }
    for name in [
        "30SP+",
        "12SP",
        "7902",
        "7905",
        "7912",
        "7906",
        "7911",
        "7920",
        "7921",
        "7925",
        "7926",
        "7940",
        "7960",
        "7941",
        "7961",
        "7942",
        "7945",
        "7962",
        "7965",
        "7970",
        "7971",
        "7975",
        "6901",
        "6911",
        "6921",
        "6941",
        "6945",
        "6961",
        "8941",
        "8945",
        "7936",
        "7937",
        "IP Communicator",
        "ATA 186",
        "ATA 188",
        "VG248 port",
        "VG224 port",
        "SPA504G",
        "Cisco 7960G",
        "cipc",
    ] {
        assert!(named(name).is_some(), "{name}");
    }
    assert_eq!(named("7961").map(|model| model.device_type), Some(DeviceType::CISCO_7961));
    assert!(named("cisco").is_none() && named("").is_none());
}

#[test]
fn facts_do_not_contradict_each_other() {
    for model in all() {
        let name = model.name();
        assert!(model.lines >= 1 && model.buttons >= model.lines, "{name}: lines");
        assert_eq!(
            model.display.is_none(),
            model.text == Text::None || model.file == File::None,
            "{name}: text"
        );
        assert!(model.load_known.is_empty() || model.load_known.starts_with(model.load), "{name}: load");
        let is_java = matches!(model.generation, Generation::Java | Generation::Late);
        assert_eq!(model.version >= 15 && model.file == File::Full, is_java, "{name}: file and version");
        assert!(
            model.verified == Verified::No,
            "{name}: say in docs/phones.md and in the changelog who tried it"
        );
    }
    let buttons =
        addon::ALL.iter().map(|module| usize::from(module.buttons)).filter(|count| *count <= 24).max();
    assert_eq!(buttons, Some(addon::BUTTONS_MAX));
}

#[test]
fn the_rules_are_messages_to_phones_in_order() {
    assert!(RULES.is_sorted_by(|one, next| one.id < next.id));
    for rule in RULES {
        let entry = catalogue::find(rule.id).expect("a message of the catalogue");
        assert_ne!(entry.direction.is_from_device(), Some(true), "{}", entry.name);
        assert_eq!(rule_of(rule.id), *rule);
        assert_ne!(rule.generations, 0, "{} is for nobody", entry.name);
    }
    assert_eq!(rule_of(0x0000), Rule::NEVER);
}

#[test]
fn each_static_form_has_its_dynamic_one_for_java_phones_only() {
    for (static_form, dynamic) in [(0x112, 0x145), (0x120, 0x144), (0x8f, 0x14a), (0x92, 0x147)] {
        let (old, new) = (rule_of(static_form), rule_of(dynamic));
        assert!(old.is_known_to(Generation::Classic) && !new.is_known_to(Generation::Classic));
        assert!(new.is_known_to(Generation::Java) && new.needs == Needs::Dynamic);
    }
}

#[test]
fn the_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/phones.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == markdown::markdown(), "docs/phones.md is not up to date: run `cargo xtask docs`");
}
