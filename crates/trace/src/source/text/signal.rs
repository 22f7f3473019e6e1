//! SDL signals: `Signal |State |To |From |tag |[R:…] k=v…`. The receiver comes first.

use super::compose::dotted;
use super::head::digits;
use super::names::Names;
use super::phones::{Key, Known};
use super::station::{Saying, What};
use crate::reader::DeviceName;

/// A process: `Name(node,app,type,instance)`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Process<'a> {
    name: &'a [u8],
    instance: Option<u32>,
}

/// Reads the columns of a signal; none when no phone has to do with it.
pub fn read<'a>(text: &'a [u8], names: &Names) -> Option<Saying<'a>> {
    let mut columns = text.splitn(6, |byte| *byte == b'|').map(<[u8]>::trim_ascii);
    let signal = columns.next()?;
    let _state = columns.next()?;
    let (to, from) = (process(columns.next()?)?, process(columns.next()?)?);
    let (tag, rest) = (columns.next()?, columns.next().unwrap_or(b""));
    let phone = match (to.name, from.name) {
        (b"StationD", _) => to,
        (_, b"StationD") => from,
        _ => return None,
    };
    let from_phone = from.name == b"StationInit";
    let what = what(signal, rest, to, from, names);
    let from_server = !from_phone && super::names::is_output(signal);
    // The tag names the device that began it all: this phone only when the signal is its own.
    let known = if from_phone { tagged(tag) } else { Known::default() };
    Some(Saying { from_server, key: phone.instance.map(Key::Instance), known, what })
}

fn what<'a>(signal: &'a [u8], rest: &'a [u8], to: Process<'_>, from: Process<'_>, names: &Names) -> What<'a> {
    let is_station = signal.starts_with(b"Station");
    let is_output = super::names::is_output(signal);
    let to_phone = to.name == b"StationD" && is_output && from.name != b"StationInit";
    // The phone's own process sends itself what its phone, or a computer in its place, does.
    let itself = from == to && is_station && !is_output;
    let from_phone = to.name == b"StationD" && is_station && (from.name == b"StationInit" || itself);
    if !(to_phone || from_phone) {
        return What::Talk;
    }
    let rest = match rest.strip_prefix(b"[R:") {
        Some(inside) => inside.iter().position(|byte| *byte == b']').map_or(rest, |at| &inside[at + 1..]),
        None => rest,
    };
    match names.find(signal, to_phone) {
        Some(id) => What::Message { id, bare: false, rest: rest.trim_ascii_start() },
        None => What::Unknown,
    }
}

fn process(column: &[u8]) -> Option<Process<'_>> {
    let open = column.iter().position(|byte| *byte == b'(')?;
    let numbers = column[open + 1..].strip_suffix(b")")?;
    let last = numbers.rsplit(|byte| *byte == b',').next()?;
    let instance = digits(last).and_then(|number| u32::try_from(number).ok());
    Some(Process { name: &column[..open], instance })
}

/// `node,app,x,y^IP^DEVICE`.
fn tagged(tag: &[u8]) -> Known {
    let mut parts = tag.split(|byte| *byte == b'^').skip(1);
    let address = parts.next().and_then(dotted);
    let device = parts.next().and_then(DeviceName::new);
    Known { device, address, port: None }
}

/// `CI=… BibTgCi=…`: a recording's leg and the leg that it hangs on.
pub fn branch(text: &[u8]) -> Option<(u32, u32)> {
    let all = super::values::pairs(text);
    let reference = |key: &str| {
        let number = super::values::value(&all, key).and_then(super::compose::number)?;
        u32::try_from(number).ok().filter(|number| *number > 0)
    };
    let (leg, of) = (reference("CI")?, reference("BibTgCi")?);
    (leg != of).then_some((leg, of))
}
