//! What is known about each message: who sends it, what answers it, where its layout is known from.

pub use crate::message::CATALOGUE;

use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::view::{Sink, Value};
use crate::wire::Reader;

/// Highest protocol version that is known.
pub const VERSION_MAX: u8 = 22;

/// Who sends a message to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Phone to call manager.
    FromPhone,
    /// Call manager to phone.
    ToPhone,
    /// Media resource (bridge, transcoder, voicemail) to call manager.
    FromResource,
    /// Call manager to media resource.
    ToResource,
    /// Either way.
    Both,
    /// Nobody has published it.
    Unknown,
}

impl Direction {
    /// Whether the device sends it; none where that is not known or both do.
    pub fn is_from_device(self) -> Option<bool> {
        match self {
            Direction::FromPhone | Direction::FromResource => Some(true),
            Direction::ToPhone | Direction::ToResource => Some(false),
            Direction::Both | Direction::Unknown => None,
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Direction::FromPhone => "phone to server",
            Direction::ToPhone => "server to phone",
            Direction::FromResource => "media resource to server",
            Direction::ToResource => "server to media resource",
            Direction::Both => "both ways",
            Direction::Unknown => "direction not known",
        }
    }
}

/// What a message is in its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wants an answer.
    Request,
    /// Answers.
    Response,
    /// Stands alone.
    Event,
}

/// How sure a layout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Seen in bytes of a real peer.
    Capture,
    /// Only as public implementations have it.
    Implementations,
}

/// What a message means, and where that is known from.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What it means.
    pub doc: &'static str,
    /// How sure the layout is.
    pub evidence: Evidence,
    /// Where it is known from.
    pub known_from: &'static str,
}

/// A message of the catalogue.
#[derive(Debug)]
pub struct Entry {
    /// The message id.
    pub id: u32,
    /// Its name.
    pub name: &'static str,
    /// Who sends it.
    pub direction: Direction,
    /// What it is in its conversation.
    pub kind: Kind,
    /// The conversation it belongs to: a file of `message/`.
    pub conversation: &'static str,
    /// What it answers, or what answers it.
    pub pairs: &'static [u32],
    /// What it means.
    pub about: About,
    /// Whether its layout is known.
    pub typed: bool,
    pub(crate) layout_version: fn(u8, &[u8]) -> u8,
    pub(crate) composed_version: fn(u8) -> u8,
    pub(crate) view: for<'a> fn(&mut Reader<'a>, &mut dyn Sink),
    pub(crate) json: for<'o, 'j> fn(&mut FromJson<'o, 'j>) -> Result<(), JsonError>,
    pub(crate) lay_out: fn(&mut Layout),
    pub(crate) alternative: Option<Alternative>,
}

/// Another layout of the same message, told by the body.
#[derive(Debug)]
pub struct Alternative {
    /// What it is about.
    pub about: About,
    pub(crate) when: fn(u8, &[u8]) -> bool,
    pub(crate) view: for<'a> fn(&mut Reader<'a>, &mut dyn Sink),
    pub(crate) json: for<'o, 'j> fn(&mut FromJson<'o, 'j>) -> Result<(), JsonError>,
    pub(crate) lay_out: fn(&mut Layout),
}

/// Layouts that hold for a range of protocol versions.
#[derive(Debug)]
pub struct Variant {
    /// First version.
    pub from: u8,
    /// Last version.
    pub to: u8,
    /// The layout.
    pub layout: Layout,
}

impl Entry {
    /// The layouts we send, by version.
    pub fn variants(&self) -> Vec<Variant> {
        let mut variants: Vec<Variant> = Vec::new();
        for version in 0..=VERSION_MAX {
            let mut layout = Layout::new((self.composed_version)(version));
            (self.lay_out)(&mut layout);
            match variants.last_mut() {
                Some(last) if last.layout.rows == layout.rows => last.to = version,
                _ => variants.push(Variant { from: version, to: version, layout }),
            }
        }
        variants
    }

    /// The layout of the other form of the message, where there is one.
    pub fn alternative(&self) -> Option<(About, Layout)> {
        let alternative = self.alternative.as_ref()?;
        let mut layout = Layout::new(0);
        (alternative.lay_out)(&mut layout);
        Some((alternative.about, layout))
    }
}

/// The message with an id.
pub fn find(id: u32) -> Option<&'static Entry> {
    crate::message::place(id).map(|place| &CATALOGUE[place])
}

/// The message with a name (letter case does not matter) or an id written in decimal or as `0x…`.
pub fn find_named(wanted: &str) -> Option<&'static Entry> {
    let id = match wanted.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => wanted.parse().ok(),
    };
    match id {
        Some(id) => find(id),
        None => CATALOGUE.iter().find(|entry| entry.name.eq_ignore_ascii_case(wanted)),
    }
}

/// The name of a message; an unknown one is called by its number.
pub fn name(id: u32) -> std::borrow::Cow<'static, str> {
    match find(id) {
        Some(entry) => entry.name.into(),
        None => format!("Unknown{id:#06x}").into(),
    }
}

/// A body without a known layout is one field of bytes.
pub(crate) fn view_raw(reader: &mut Reader<'_>, sink: &mut dyn Sink) {
    let at = reader.at();
    let bytes = reader.up_to(reader.rest().len());
    if !bytes.is_empty() {
        sink.leaf("raw", at, bytes.len(), Value::Bytes(bytes));
    }
}

pub(crate) fn json_raw(source: &mut FromJson<'_, '_>) -> Result<(), JsonError> {
    let bytes = source.hex("raw", crate::frame::BODY_MAX)?;
    source.write(&bytes);
    Ok(())
}
