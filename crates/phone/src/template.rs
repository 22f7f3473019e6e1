//! What the server told the phone about itself: buttons, lines, softkeys.

use skinny::codes::{ButtonType, SoftKeyEvent, SoftKeyMask, SoftKeySet};
use skinny::label;

use crate::screen::{Button, Line, ShownKey};

/// Softkeys of a template, keys of a set, and sets.
pub(crate) const SOFTKEYS_MAX: usize = 96;
pub(crate) const SET_KEYS: usize = 16;
pub(crate) const SETS_MAX: usize = 16;
/// Buttons, with two expansion modules of 24.
pub(crate) const BUTTONS_MAX: usize = 64;

/// The configuration of a session.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub buttons: Vec<Button>,
    pub lines: Vec<Line>,
    pub softkeys: Vec<SoftKey>,
    pub sets: Vec<[u8; SET_KEYS]>,
    /// Lines that ConfigStatRes speaks of.
    pub lines_configured: Option<u8>,
}

/// A softkey of the template.
#[derive(Debug)]
pub(crate) struct SoftKey {
    pub label: Label,
    pub event: SoftKeyEvent,
}

/// A softkey's label: most are codes of the phone's dictionary.
#[derive(Debug)]
pub(crate) enum Label {
    Code(u8, u8),
    Text(Box<str>),
}

impl Label {
    pub fn shown(&self) -> &str {
        match self {
            Label::Code(prefix, number) => label::name(*prefix, *number).unwrap_or("?"),
            Label::Text(text) => text,
        }
    }
}

impl Template {
    /// The keys of a set that the mask leaves.
    pub fn shown(&self, set: SoftKeySet, mask: SoftKeyMask) -> impl Iterator<Item = ShownKey<'_>> {
        let keys = usize::try_from(set.0).ok().and_then(|set| self.sets.get(set));
        let keys = keys.into_iter().flatten().enumerate();
        keys.filter_map(move |(position, &index)| {
            let key = self.softkeys.get(usize::from(index).checked_sub(1)?)?;
            let is_enabled = mask.0 >> position & 1 == 1;
            is_enabled.then(|| ShownKey {
                position: position as u8,
                name: key.label.shown(),
                event: key.event,
            })
        })
    }

    pub fn speed_dials(&self) -> impl Iterator<Item = u32> {
        self.instances(|kind| kind == ButtonType::SPEED_DIAL)
    }

    pub fn services(&self) -> impl Iterator<Item = u32> {
        self.instances(|kind| kind == ButtonType::SERVICE_URL)
    }

    /// Buttons whose state is asked by FeatureStatReq.
    pub fn features(&self) -> impl Iterator<Item = u32> {
        self.instances(|kind| {
            matches!(
                kind,
                ButtonType::FEATURE
                    | ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL
                    | ButtonType::MONITOR_MULTIBLINK
                    | ButtonType::MOBILITY
                    | ButtonType::DO_NOT_DISTURB
                    | ButtonType::H_LOG
            )
        })
    }

    fn instances(&self, is_kind: impl Fn(ButtonType) -> bool) -> impl Iterator<Item = u32> {
        let buttons = self.buttons.iter().filter(move |button| is_kind(button.kind));
        buttons.map(|button| u32::from(button.instance))
    }

    /// Lines by the button template, else by ConfigStatRes, else `otherwise`.
    pub fn line_count(&self, otherwise: Option<u8>) -> u8 {
        let buttons = self.buttons.iter().filter(|button| button.kind == ButtonType::LINE).count();
        match (buttons, self.lines_configured) {
            (0, configured) => configured.or(otherwise).unwrap_or(1),
            (buttons, _) => u8::try_from(buttons).unwrap_or(u8::MAX),
        }
    }

    /// The line's entry, made when it is not there yet.
    pub fn line_mut(&mut self, number: u32, max: u8) -> Option<&mut Line> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        if index >= usize::from(max.max(1)) {
            return None;
        }
        if self.lines.len() <= index {
            self.lines.resize_with(index + 1, Line::default);
        }
        self.lines.get_mut(index)
    }

    pub fn button_mut(&mut self, instance: u32, is_kind: impl Fn(ButtonType) -> bool) -> Option<&mut Button> {
        self.buttons.iter_mut().find(|button| is_kind(button.kind) && u32::from(button.instance) == instance)
    }

    /// The place of a line's button in the template, from 1.
    pub fn button_index_of_line(&self, line: u32) -> Option<u32> {
        let found = self
            .buttons
            .iter()
            .position(|button| button.kind == ButtonType::LINE && u32::from(button.instance) == line);
        found.map(|index| index as u32 + 1)
    }

    pub fn heap_bytes(&self) -> usize {
        let buttons = self.buttons.iter().map(|button| button.label.len() + button.target.len());
        let lines = self.lines.iter().map(|line| {
            let forwards = line.forward_all.len() + line.forward_busy.len() + line.forward_no_answer.len();
            line.number.len() + line.name.len() + line.label.len() + forwards
        });
        let labels = self.softkeys.iter().map(|key| match &key.label {
            Label::Code(..) => 0,
            Label::Text(text) => text.len(),
        });
        self.buttons.capacity() * size_of::<Button>()
            + self.lines.capacity() * size_of::<Line>()
            + self.softkeys.capacity() * size_of::<SoftKey>()
            + self.sets.capacity() * SET_KEYS
            + buttons.sum::<usize>()
            + lines.sum::<usize>()
            + labels.sum::<usize>()
    }
}
