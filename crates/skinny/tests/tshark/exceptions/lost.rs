//! Where tshark loses its place, by what the message says.

use crate::tshark::fields::Ours;

/// The tables of the capability messages: counter, path of an entry, places, where it begins (a table
/// inside a table: behind its counter).
const TABLES: [(&str, &str, i64, Option<usize>); 7] = [
    ("custom_picture_format_count", "custom_picture_format[", 6, None),
    ("service_resource_count", "service_resource[", 4, None),
    ("layout_count", "layouts[", 5, None),
    ("audio_cap_count", "audiocaps[", 18, Some(312)),
    ("video_cap_count", "vid_caps[", 10, Some(600)),
    ("level_preference_count", "level_preference[", 4, None),
    ("data_cap_count", "data_caps[", 5, Some(usize::MAX)),
];

/// UpdateCapabilities, and in its long form the first video codec with the parameters of 24 bytes.
pub fn lost_in_either_form(ours: &[Ours], len: usize) -> Option<usize> {
    let long = (len >= 2000).then_some(708);
    lost(ours, skips_wrongly).into_iter().chain(long).min()
}

/// UpdateCapabilitiesV2.
pub fn lost_in_tables(ours: &[Ours], _: usize) -> Option<usize> {
    lost(ours, skips_wrongly)
}

/// UpdateCapabilitiesV3.
pub fn lost_in_tables_v3(ours: &[Ours], _: usize) -> Option<usize> {
    lost(ours, |_, count, places| count < places)
}

/// An empty table is not skipped; unused places of a table of tables are, at a wrong size.
fn skips_wrongly(counter: &str, count: i64, places: i64) -> bool {
    count == 0 || count < places && ["service_resource_count", "video_cap_count"].contains(&counter)
}

/// The first offset at which tshark goes wrong: behind the entries of a table that it skips wrongly, or
/// at the parameters of a video codec that it does not know.
fn lost(ours: &[Ours], wrong: fn(&str, i64, i64) -> bool) -> Option<usize> {
    let tables = ours.iter().filter_map(|our| {
        let (counter, entry, places, begin) = *TABLES.iter().find(|table| table.0 == our.name())?;
        let prefix = our.path.strip_suffix(counter).unwrap_or_default().to_owned() + entry;
        let last = ours.iter().rev().find(|field| field.path.starts_with(&prefix));
        let behind = last.map(|field| field.at + field.len).or(begin).unwrap_or(our.at + 4);
        wrong(counter, our.number()?, places).then_some(behind)
    });
    let codecs = ours.iter().filter_map(|our| {
        let prefix =
            our.path.strip_suffix("payload_capability").filter(|path| path.starts_with("vid_caps"))?;
        let prefix = format!("{prefix}capability.");
        let mut parameters = ours.iter().filter(|field| field.path.starts_with(&prefix));
        let start = parameters.next()?.at;
        let known = match our.number()? {
            100..=102 => true,
            // The short form has room for two of the six parameters, and tshark does not expect it.
            103 => parameters.count() == 5,
            _ => false,
        };
        (!known).then_some(start)
    });
    tables.chain(codecs).min()
}

/// The typed addresses of a list of call managers, which the body's length tells.
pub fn typed_addresses(ours: &[Ours], len: usize) -> Option<usize> {
    let first = ours.iter().find(|our| our.path.starts_with("server_ip_addr"))?;
    (len >= 360).then_some(first.at)
}

/// A page of a template: entries are counted by the total, and trees closed too often when some are unused.
pub fn lost_in_page(ours: &[Ours], _: usize) -> Option<usize> {
    let (count, total) = (ours.get(1)?, ours.get(2)?);
    let entries = ours.get(3..).unwrap_or_default();
    if count.number() != total.number() {
        return Some(total.at + 4);
    }
    Some(entries.last().map_or(total.at + 4, |last| last.at + last.len))
}

/// A multimedia channel: the case is chosen by the RTP payload number, and what follows is found only
/// behind a video codec that tshark knows.
pub fn lost_in_channel(ours: &[Ours], _: usize) -> Option<usize> {
    let number = |path: &str| ours.iter().find(|our| our.path == path).and_then(Ours::number);
    let start = ours.iter().find(|our| our.path.starts_with("capability."))?.at;
    let codec = number("compression_type")?;
    if number("payload_type.payload_type") != Some(codec) {
        return Some(start);
    }
    let pictures = ours.iter().find(|our| our.name() == "picture_format_count");
    match codec {
        ..=98 => Some(start + 12),
        100..=115 => match pictures.and_then(Ours::number)? {
            0 => Some(start + 8),
            _ if codec <= 103 => None,
            _ => Some(start + 52),
        },
        116.. => Some(start + 8),
        _ => Some(start),
    }
}
