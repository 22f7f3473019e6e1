//! The catalogue tests itself.

use std::collections::BTreeSet;

use skinny::catalogue::{CATALOGUE, Evidence, find, find_named};
use skinny::codes;

#[test]
fn ids_and_names_are_unique() {
    let ids: BTreeSet<u32> = CATALOGUE.iter().map(|entry| entry.id).collect();
    let names: BTreeSet<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
    assert_eq!((ids.len(), names.len()), (CATALOGUE.len(), CATALOGUE.len()));
    for entry in CATALOGUE {
        assert!(std::ptr::eq(find(entry.id).unwrap(), entry));
        assert!(std::ptr::eq(find_named(&entry.name.to_uppercase()).unwrap(), entry));
        assert!(std::ptr::eq(find_named(&format!("{:#x}", entry.id)).unwrap(), entry));
    }
    assert!(find(0x7777).is_none());
}

#[test]
fn all_179_messages_are_there_and_five_have_no_known_layout() {
    assert_eq!(CATALOGUE.len(), 179);
    let raw: Vec<u32> = CATALOGUE.iter().filter(|entry| !entry.typed).map(|entry| entry.id).collect();
    assert_eq!(raw, [0x9c, 0xff00, 0xff02, 0xff03, 0xff04]);
}

#[test]
fn pairs_point_at_each_other_and_across() {
    for entry in CATALOGUE {
        for pair in entry.pairs {
            let other = find(*pair).unwrap_or_else(|| panic!("{}: no message {pair:#06x}", entry.name));
            assert!(other.pairs.contains(&entry.id), "{} and {}", entry.name, other.name);
            if let (Some(one), Some(two)) =
                (entry.direction.is_from_device(), other.direction.is_from_device())
            {
                // DeviceToUserDataResponse answers what either side began.
                assert!(one != two || entry.name.contains("UserData"), "{} and {}", entry.name, other.name);
            }
        }
    }
}

#[test]
fn every_message_says_what_it_means_and_where_that_is_known_from() {
    for entry in CATALOGUE {
        assert!(entry.about.doc.trim().len() > 8, "{}", entry.name);
        assert!(!entry.about.known_from.is_empty(), "{}", entry.name);
        if entry.about.evidence == Evidence::Capture {
            assert!(!entry.about.known_from.contains("no capture"), "{}", entry.name);
        }
    }
}

/// Every value of every enumeration shows its name wherever a field of that enumeration stands.
#[test]
fn every_code_is_named_in_every_place() {
    use skinny::frame::{Frame, Header};
    use skinny::view::Listing;
    let mut places = 0;
    for entry in CATALOGUE {
        for variant in entry.variants() {
            for row in variant.layout.rows.iter().filter(|row| row.codes.is_some() && row.note.is_empty()) {
                let Some(at) = row.offset else { continue };
                let codes = codes::ALL.iter().find(|codes| Some(codes.name) == row.codes).expect("listed");
                places += 1;
                let limit = if row.size == 4 { u64::from(u32::MAX) } else { (1 << (row.size * 8)) - 1 };
                for (value, name) in codes.values.iter().filter(|(value, _)| u64::from(*value) <= limit) {
                    let mut body = vec![0; variant.layout.size().unwrap_or(200)];
                    body[at..at + row.size].copy_from_slice(&value.to_le_bytes()[..row.size]);
                    let header = Header {
                        length: body.len() as u32 + 4,
                        version: u32::from(variant.to),
                        id: entry.id,
                    };
                    let mut listing = Listing::default();
                    skinny::packet::view(Frame { header, body: &body }, 0, &mut listing);
                    let Some(field) = listing.fields.iter().find(|field| field.path == row.name) else {
                        continue;
                    };
                    assert!(
                        field.shown.contains(name),
                        "{} {}: {value} shows {}",
                        entry.name,
                        row.name,
                        field.shown
                    );
                }
            }
        }
    }
    assert!(places > 150, "{places}");
}

#[test]
fn a_message_is_small() {
    assert!(size_of::<skinny::Message<'_>>() <= 320, "{}", size_of::<skinny::Message<'_>>());
}

#[test]
fn layouts_have_the_known_sizes() {
    let size = |name: &str, version: u8| {
        let variants = find_named(name).unwrap().variants();
        variants.iter().find(|v| (v.from..=v.to).contains(&version)).unwrap().layout.size()
    };
    for (name, version, expected) in [
        ("RegisterReq", 0, 172),
        ("CapabilitiesRes", 22, 292),
        ("UpdateCapabilities", 22, 1840),
        ("UpdateCapabilitiesV2", 20, 2000),
        ("UpdateCapabilitiesV3", 15, 2100),
        ("UpdateCapabilitiesV3", 16, 2140),
        ("OpenReceiveChannel", 10, 92),
        ("OpenReceiveChannel", 11, 108),
        ("OpenReceiveChannel", 16, 112),
        ("OpenReceiveChannel", 17, 132),
        ("OpenReceiveChannel", 21, 168),
        ("StartMediaTransmission", 10, 112),
        ("StartMediaTransmission", 15, 116),
        ("StartMediaTransmission", 20, 132),
        ("StartMediaTransmission", 22, 168),
        ("ServerRes", 16, 280),
        ("ServerRes", 17, 360),
        ("ButtonTemplateRes", 0, 96),
        ("SoftKeyTemplateRes", 0, 652),
        ("SoftKeySetRes", 0, 780),
        ("ForwardStatRes", 18, 95),
        ("DialedNumber", 20, 33),
        ("CallInfo", 0, 384),
        ("OpenMultiMediaReceiveChannel", 10, 164),
        ("OpenMultiMediaReceiveChannel", 17, 192),
        ("StartMultiMediaTransmission", 10, 168),
        ("AuditConferenceRes", 0, 2440),
        ("AuditParticipantRes", 0, 1040),
        ("StartAnnouncement", 0, 464),
        ("QoSListen", 17, 188),
        ("MiscellaneousCommand", 0, 52),
        ("CallCountResp", 0, 180),
    ] {
        assert_eq!(size(name, version), Some(expected), "{name} at {version}");
    }
}
