//! What the user does: hook, keys, softkeys, buttons.

use skinny::codes::{
    ButtonType, DeviceStimulus, KeypadKey, MediaPathEvent as PathEvent, MediaPathId, SoftKeyEvent,
};
use skinny::message::{
    EnblocCall, KeypadButton, MediaPathEvent, OffHook, OnHook, SoftKeyEvent as SoftKeyPressed, Stimulus,
};
use skinny::types::{CallReference, EnblocLine, LineInstance, Number};

use crate::call::Call;
use crate::input::{Act, Refused};
use crate::link::AfterLeaving;
use crate::media::{Half, Named};
use crate::output::{Audio, Change};
use crate::phone::Phone;
use crate::profile::{EnblocForm, KeypadForm};
use crate::screen::{Path, Registration};

/// Digits of a number.
pub const NUMBER_DIGITS_MAX: usize = 23;
/// Bytes of a number up to version 16, which has no line behind it.
const ENBLOC_BYTES_OLD: usize = 24;

impl Phone {
    pub(crate) fn press(&mut self, act: Act<'_>) -> Result<(), Refused> {
        if !matches!(self.link.state, Registration::Registered | Registration::Configuring) {
            let has_call = self.calls.iter().any(|call| call.is_connected());
            return if has_call { self.press_preserved(act) } else { Err(Refused::NotRegistered) };
        }
        match act {
            Act::OffHook => self.lift(),
            Act::OnHook => self.put_down(),
            Act::Speaker => self.toggle(Path::Speaker),
            Act::Headset => self.toggle(Path::Headset),
            Act::Key(key) => self.key(key),
            Act::SoftKey(name) => self.softkey(name),
            Act::LineKey(number) => self.line_key(number),
            Act::SpeedDial(number) => self.speed_dial(number),
            Act::Button(stimulus, instance) => {
                self.send_stimulus(stimulus, instance);
                Ok(())
            }
            Act::Select(reference) => self.select_by_user(reference),
            Act::Enbloc(number) => self.enbloc(number),
            Act::Redial => self.redial(),
            Act::Dial(number) => self.dial(number),
            Act::Answer => self.answer(),
            Act::Hangup => self.hang_up(),
            Act::Hold => self.hold(),
            Act::Resume => self.resume(),
            Act::Page(paging) => {
                self.page(paging);
                Ok(())
            }
            Act::Unregister => {
                self.leave(AfterLeaving::StayAway);
                Ok(())
            }
        }
    }

    /// Without a server only the end of the call is left.
    fn press_preserved(&mut self, act: Act<'_>) -> Result<(), Refused> {
        let ends = match act {
            Act::OnHook => {
                if !std::mem::take(&mut self.face.handset_up) {
                    return Err(Refused::Handset("down"));
                }
                self.face.path == Some(Path::Handset)
            }
            Act::OffHook => {
                if std::mem::replace(&mut self.face.handset_up, true) {
                    return Err(Refused::Handset("up"));
                }
                self.set_path(Some(Path::Handset));
                false
            }
            Act::SoftKey(name) if is_named("EndCall", name) => true,
            Act::Hangup => true,
            Act::Speaker => self.face.path == Some(Path::Speaker),
            _ => return Err(Refused::NotRegistered),
        };
        if ends {
            self.set_path(None);
            self.stop_all_streams();
            self.end_all_calls();
            if self.link.state == Registration::Preserving {
                self.end_preserved();
            }
        }
        Ok(())
    }

    fn lift(&mut self) -> Result<(), Refused> {
        if self.face.handset_up {
            return Err(Refused::Handset("up"));
        }
        self.face.handset_up = true;
        self.go_off_hook(Path::Handset);
        Ok(())
    }

    fn put_down(&mut self) -> Result<(), Refused> {
        if !self.face.handset_up {
            return Err(Refused::Handset("down"));
        }
        self.face.handset_up = false;
        if self.face.path == Some(Path::Handset) {
            self.go_on_hook();
        }
        Ok(())
    }

    /// Speaker and headset buttons: on, off, or the sound moves there.
    fn toggle(&mut self, path: Path) -> Result<(), Refused> {
        let profile = self.config.profile;
        let (has, what) = match path {
            Path::Speaker => (profile.speaker, "speaker"),
            _ => (profile.headset, "headset"),
        };
        if !has {
            return Err(Refused::NoSuchButton { model: profile.model, what: what.to_owned() });
        }
        match self.face.path {
            None => self.go_off_hook(path),
            Some(now) if now != path => self.set_path(Some(path)),
            Some(_) if self.face.handset_up => self.set_path(Some(Path::Handset)),
            Some(_) => self.go_on_hook(),
        }
        Ok(())
    }

    fn go_off_hook(&mut self, path: Path) {
        let target = self.ringing_call().or_else(|| self.audio_call());
        let (line, reference) = target.map_or_else(Default::default, |call| (call.line, call.reference));
        self.set_path(Some(path));
        let message = OffHook { line_instance: line, call_reference: reference };
        self.send_cut(&message, usize::from(self.config.profile.hook_bytes));
        self.legacy_off_hook();
    }

    /// Only a call that owns the audio ends with the hook: never one that rings or is held.
    pub(crate) fn go_on_hook(&mut self) {
        let target = self.audio_call();
        let (line, reference) = target.map_or_else(Default::default, |call| (call.line, call.reference));
        let is_carried = target.is_some_and(|call| call.is_carried);
        self.dialing = None;
        self.set_path(None);
        self.send_on_hook(line, reference);
        self.legacy_on_hook();
        if is_carried {
            self.end_carried(reference);
        }
    }

    /// Ends a call that the server may know nothing of: nobody else would.
    fn end_carried(&mut self, reference: CallReference) {
        let named = Named { call: reference, ..Named::NOTHING };
        self.stop_half(Half::Send, named);
        self.stop_half(Half::Receive, named);
        self.end_call(reference);
    }

    pub(crate) fn send_on_hook(&mut self, line: LineInstance, reference: CallReference) {
        let line = LineInstance(self.line_word(line));
        let message = OnHook { line_instance: line, call_reference: reference };
        self.send_cut(&message, usize::from(self.config.profile.hook_bytes));
    }

    /// Old loads put the button's place where the line belongs.
    fn line_word(&self, line: LineInstance) -> u32 {
        match self.config.profile.keypad {
            KeypadForm::ButtonIndex if line.0 != 0 => {
                self.template.button_index_of_line(line.0).unwrap_or(line.0)
            }
            _ => line.0,
        }
    }

    /// The sound moves; newer phones tell.
    pub(crate) fn set_path(&mut self, path: Option<Path>) {
        let before = self.face.path;
        if before == path {
            return;
        }
        self.face.path = path;
        if self.config.profile.media_path_events {
            let events = [(before, PathEvent::OFF), (path, PathEvent::ON)];
            for (path, media_path_event) in events {
                if let Some(path) = path {
                    self.send(&MediaPathEvent { media_path_id: path_id(path), media_path_event });
                }
            }
        }
        self.changed(Change::Path);
    }

    pub(crate) fn key(&mut self, key: char) -> Result<(), Refused> {
        let button = keypad_key(key).ok_or(Refused::NoSuchKey(key))?;
        let call = self.selected_call().filter(|call| call.owns_audio()).or_else(|| self.audio_call());
        let (line, reference) = call.map_or_else(Default::default, |call| (call.line, call.reference));
        let talks = call.is_some_and(Call::is_connected);
        let line_word = LineInstance(self.line_word(line));
        let message = KeypadButton { kp_button: button, line_instance: line_word, call_reference: reference };
        match self.config.profile.keypad {
            KeypadForm::Bare => self.send_cut(&message, 4),
            _ => self.send(&message),
        }
        if talks && let Some(stream) = self.event_stream(reference) {
            self.order(Audio::SendDigit { stream, digit: key.to_ascii_uppercase() });
        }
        Ok(())
    }

    fn softkey(&mut self, name: &str) -> Result<(), Refused> {
        let found =
            self.softkeys().into_iter().find(|key| is_named(key.name, name) || is_event(key.event, name));
        let Some(event) = found.map(|key| key.event) else {
            let shown: Vec<_> = self.softkeys().iter().map(|key| key.name.to_owned()).collect();
            let shown = if shown.is_empty() { "none".to_owned() } else { shown.join(", ") };
            return Err(Refused::NotShown { wanted: name.to_owned(), shown });
        };
        let call = self.selected_call();
        let (line, reference) = call.map_or_else(Default::default, |call| (call.line, call.reference));
        self.send(&SoftKeyPressed { soft_key_event: event, line_instance: line, call_reference: reference });
        Ok(())
    }

    /// Whether a softkey is on the screen.
    pub fn shows_softkey(&self, name: &str) -> bool {
        self.softkeys().iter().any(|key| is_named(key.name, name) || is_event(key.event, name))
    }

    fn line_key(&mut self, number: u32) -> Result<(), Refused> {
        if number == 0 || number > u32::from(self.config.profile.lines) {
            return Err(self.no_button(format!("line button {number}")));
        }
        self.send_stimulus(DeviceStimulus::LINE, number);
        Ok(())
    }

    fn speed_dial(&mut self, number: u32) -> Result<(), Refused> {
        let is_kind =
            |kind: ButtonType| matches!(kind, ButtonType::SPEED_DIAL | ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL);
        let instance = u8::try_from(number).ok();
        let button = self.template.buttons.iter().find(|b| is_kind(b.kind) && Some(b.instance) == instance);
        let Some(kind) = button.map(|button| button.kind) else {
            return Err(self.no_button(format!("speed dial {number}")));
        };
        let stimulus = if kind == ButtonType::SPEED_DIAL {
            DeviceStimulus::SPEED_DIAL
        } else {
            DeviceStimulus::BLF_SPEED_DIAL
        };
        self.send_stimulus(stimulus, number);
        Ok(())
    }

    pub(crate) fn no_button(&self, what: String) -> Refused {
        Refused::NoSuchButton { model: self.config.profile.model, what }
    }

    pub(crate) fn send_stimulus(&mut self, stimulus: DeviceStimulus, instance: u32) {
        let message = Stimulus { stimulus, line_instance: LineInstance(instance), ..Stimulus::default() };
        self.send_cut(&message, usize::from(self.config.profile.stimulus_bytes));
    }

    fn select_by_user(&mut self, reference: CallReference) -> Result<(), Refused> {
        if !self.calls.iter().any(|call| call.reference == reference) {
            return Err(Refused::NoCall("select"));
        }
        self.select(Some(reference));
        Ok(())
    }

    pub(crate) fn enbloc(&mut self, number: &str) -> Result<(), Refused> {
        check_number(number)?;
        let aligned = match self.config.profile.enbloc {
            EnblocForm::None => return Err(self.no_button("on-hook dialling".to_owned())),
            EnblocForm::Packed => false,
            EnblocForm::Aligned => true,
        };
        let line = self.selected_call().map_or(1, |call| call.line.0);
        let message = EnblocCall {
            called_party: Number::new(number.as_bytes()),
            line_instance: EnblocLine { line, aligned },
        };
        if self.link.version <= 16 {
            self.send_cut(&message, ENBLOC_BYTES_OLD);
        } else {
            self.send(&message);
        }
        Ok(())
    }

    fn redial(&mut self) -> Result<(), Refused> {
        if self.shows_softkey("Redial") {
            return self.softkey("Redial");
        }
        self.send_stimulus(DeviceStimulus::LAST_NUMBER_REDIAL, 0);
        Ok(())
    }
}

fn path_id(path: Path) -> MediaPathId {
    match path {
        Path::Handset => MediaPathId::HANDSET,
        Path::Speaker => MediaPathId::SPEAKER,
        Path::Headset => MediaPathId::HEADSET,
    }
}

/// The code of a key of the dial pad.
pub(crate) fn keypad_key(key: char) -> Option<KeypadKey> {
    Some(match key.to_ascii_uppercase() {
        digit @ '0'..='9' => KeypadKey(u32::from(digit) - u32::from('0')),
        '*' => KeypadKey::STAR,
        '#' => KeypadKey::POUND,
        '+' => KeypadKey::PLUS,
        letter @ 'A'..='D' => KeypadKey(KeypadKey::A.0 + u32::from(letter) - u32::from('A')),
        _ => return None,
    })
}

/// Whether a number can be dialled.
pub(crate) fn check_number(number: &str) -> Result<(), Refused> {
    let found = number.chars().count();
    if !(1..=NUMBER_DIGITS_MAX).contains(&found) {
        return Err(Refused::Length { found, max: NUMBER_DIGITS_MAX });
    }
    match number.chars().find(|key| keypad_key(*key).is_none()) {
        Some(key) => Err(Refused::NoSuchKey(key)),
        None => Ok(()),
    }
}

fn is_named(shown: &str, wanted: &str) -> bool {
    let letters = |name: &str| -> Vec<char> {
        name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    letters(shown) == letters(wanted)
}

/// By the protocol's name, for keys whose label is a picture ("Backspace" for "<<"). Only numbers that all
/// servers share.
fn is_event(event: SoftKeyEvent, wanted: &str) -> bool {
    event.0 <= SoftKeyEvent::G_PICK_UP.0 && event.name().is_some_and(|name| is_named(name, wanted))
}
