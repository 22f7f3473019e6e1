//! The configuration file that makes a server know the phones of a run.

use std::fmt::Write as _;

use crate::caller::device_name;

/// The number of a phone: all of a run have equally many digits.
pub fn number(index: u32, phones: usize) -> u32 {
    let first = if phones <= 8_000 { 1_000 } else { 10_000 };
    first + index
}

/// A `lineside.toml` with these phones.
pub fn file(first_mac: u64, phones: usize) -> String {
    with_lines(first_mac, phones, |index| index)
}

/// The same, but the third phone of each group of three has the second's line.
pub fn file_shared(first_mac: u64, phones: usize) -> String {
    with_lines(first_mac, phones, |index| if index % 3 == 2 { index - 1 } else { index })
}

/// The same as [`file`], with what pickup and park need: a group for the second and third phone of each three, and
/// numbers to park in.
pub fn file_features(first_mac: u64, phones: usize) -> String {
    let mut text = file(first_mac, phones);
    let slots: Vec<String> = (0..SLOTS).map(|slot| format!("\"{}\"", SLOT_FIRST + slot)).collect();
    // Writing to a String can't fail.
    let _ = writeln!(text, "[features]\npark_slots = [{}]\n\n[features.pickup_groups]", slots.join(", "));
    for index in (0..phones as u32).step_by(3).filter(|index| index + 2 < phones as u32) {
        let (second, third) = (number(index + 1, phones), number(index + 2, phones));
        let _ = writeln!(text, "group{index} = [\"{second}\", \"{third}\"]");
    }
    text
}

/// Numbers to park in; no phone's number begins like them.
const SLOTS: u32 = 100;
const SLOT_FIRST: u32 = 900;

fn with_lines(first_mac: u64, phones: usize, line_of: impl Fn(u32) -> u32) -> String {
    let mut text = String::new();
    for index in 0..phones as u32 {
        let (name, number) = (device_name(first_mac, index), number(line_of(index), phones));
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "[[device]]\nname = \"{name}\"\n[[device.button]]\nline = \"{number}\"\nlabel = \"Phone {number}\"\n"
        );
    }
    text
}
