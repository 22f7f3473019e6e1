//! What the server sends is well-formed, in its full form, and known to the phone's generation.

use skinny::catalogue::{self, Direction, Kind};
use skinny::frame::Frame;
use skinny::packet::{Packet, compose_any};

use super::{Check, Invariant, SessionView, wrong};

/// Checks a frame for a phone.
pub(super) fn check(
    packet: &Packet<'_>,
    frame: Frame<'_>,
    bytes: &[u8],
    view: &SessionView,
    scratch: &mut [u8],
) -> Check {
    let id = frame.header.id;
    let Some(entry) = catalogue::find(id).filter(|entry| entry.typed) else {
        return wrong(Invariant::Form, format!("{id:#06x} is no message that has a layout"));
    };
    // Who asks for something knows the answer.
    if view.is_unruly && entry.kind == Kind::Response {
        return Ok(());
    }
    let is_for_it = match entry.direction {
        Direction::ToResource => view.is_hardware,
        direction => matches!(direction, Direction::ToPhone | Direction::Both),
    };
    if !is_for_it {
        return wrong(Invariant::Generation, format!("{} goes {}", entry.name, entry.direction.words()));
    }
    let profile = view.profile;
    if profile.chokes_on.contains(&id) {
        return wrong(Invariant::Generation, format!("a {} does not know {}", profile.model, entry.name));
    }
    let header = frame.header.version;
    if header != 0 && header != u32::from(view.version) {
        let text = format!("{} has header version {header} and {} is agreed on", entry.name, view.version);
        return wrong(Invariant::Form, text);
    }
    if packet.is_short() {
        return wrong(Invariant::Form, format!("{} ends early: {} bytes", entry.name, frame.body.len()));
    }
    let padding = packet.extra();
    if padding.len() >= 4 || padding.iter().any(|byte| *byte != 0) {
        return wrong(Invariant::Form, format!("{} has junk behind it: {padding:02x?}", entry.name));
    }
    same_again(packet, bytes, view.version, header, scratch, entry.name)
}

/// What was decoded, composed anew, gives the same bytes: nothing odd is hidden in it.
fn same_again(
    packet: &Packet<'_>,
    bytes: &[u8],
    version: u8,
    header: u32,
    scratch: &mut [u8],
    name: &str,
) -> Check {
    let composed = compose_any(&packet.message, version, header, scratch).map(|len| &scratch[..len]);
    if composed != Ok(bytes) {
        return wrong(
            Invariant::Form,
            format!("{name} is not the full form of version {version}: {bytes:02x?}"),
        );
    }
    Ok(())
}
