//! The configuration file that makes a server know the phones of a run.

use std::fmt::Write as _;

use crate::caller::device_name;

/// The number of a phone: all of a run have equally many digits.
pub fn number(index: u32, phones: usize) -> u32 {
    let first = if phones <= 9_000 { 1_000 } else { 10_000 };
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
