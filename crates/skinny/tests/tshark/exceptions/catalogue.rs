//! Exceptions that frames of our own making show.

use super::{Exception, Place};
use Place::{Behind, Field, From, Verdict};

use crate::tshark::fields::Ours;

pub const EXCEPTIONS: &[Exception] = &[
    Exception { id: 0x30, versions: 0..=22, place: Behind(lost_in_tables), theirs: "", proof: "" },
    Exception { id: 0x43, versions: 0..=22, place: Behind(lost_in_tables), theirs: "", proof: "" },
    Exception { id: 0x44, versions: 0..=22, place: Behind(unused_places), theirs: "", proof: "" },
    Exception { id: 0x131, versions: 0..=22, place: Behind(lost_in_channel), theirs: "", proof: "" },
    Exception { id: 0x132, versions: 0..=22, place: Behind(lost_in_channel), theirs: "", proof: "" },
];

/// Where tshark loses its place among the tables of capabilities: it skips neither an empty table, nor the
/// unused places of a table of tables at their size, nor a union whose codec it does not know.
fn lost_in_tables(ours: &[Ours]) -> Option<usize> {
    let behind = |our: &Ours| our.at + our.len;
    ours.iter().enumerate().find_map(|(n, our)| {
        let number = our.number();
        let before = |table: &str| ours.iter().rev().find(|field| field.path.starts_with(table)).map(behind);
        match our.name() {
            "custom_picture_format_count" | "layout_count" | "level_preference_count" => {
                (number == Some(0)).then(|| behind(our))
            }
            "service_resource_count" if number < Some(4) => {
                before("conf_resources.service_resource[").or(Some(behind(our)))
            }
            "payload_capability" if our.path.starts_with("vid_caps") => {
                let known = number.is_some_and(|codec| (100..=103).contains(&codec));
                let end = ours[n..].iter().find(|field| field.path.contains(".capability."));
                (!known).then(|| end.map_or(our.at, |field| field.at))
            }
            _ => None,
        }
    })
    .or_else(|| {
        let count = ours.iter().find(|our| our.path == "video_cap_count").and_then(Ours::number);
        let last = ours.iter().rev().find(|our| our.path.starts_with("vid_caps") || our.path.starts_with("audiocaps"));
        (count < Some(10)).then(|| last.map_or(0, behind))
    })
}

fn unused_places(ours: &[Ours]) -> Option<usize> {
    let count = ours.iter().find(|our| our.path == "custom_picture_format_count")?;
    (count.number() < Some(6)).then_some(count.at + 4)
}

fn lost_in_channel(ours: &[Ours]) -> Option<usize> {
    let number = |path: &str| ours.iter().find(|our| our.path == path).and_then(Ours::number);
    let start = ours.iter().find(|our| our.path.starts_with("capability."))?.at;
    let codec = number("compression_type")?;
    if number("payload_type.payload_type") != Some(codec) {
        return Some(start);
    }
    match codec {
        ..=98 => Some(start + 12),
        100..=103 => {
            let pictures = ours.iter().find(|our| our.name() == "picture_format_count")?;
            (pictures.number() == Some(0)).then_some(pictures.at + 4)
        }
        104..=115 => Some(start + 52),
        _ => Some(start),
    }
}
