//! Lamps, ringer, speaker, softkeys, prompts and notices.

use std::time::Duration;

use skinny::codes::{LampMode, MicrophoneMode, RingDuration, RingMode, SpeakerMode};
use skinny::message::{Message, SelectSoftKeys, SetLamp, SetRinger};
use skinny::types::{CallReference, LineInstance};

use crate::output::{Audio, Change};
use crate::phone::{LAMPS_MAX, Notice, Phone};
use crate::screen::Path;
use crate::timer::Timer;

/// Priorities of notices that are kept at once.
const NOTICES_MAX: usize = 8;
/// How long a bell rings that is to ring once.
const SINGLE_RING: Duration = Duration::from_secs(2);

impl Phone {
    pub(super) fn screen_message(&mut self, message: &Message<'_>) {
        match message {
            Message::SetRinger(ringer) => self.set_ringer(ringer),
            Message::SetLamp(lamp) => self.set_lamp(lamp),
            Message::SetSpeakerMode(speaker) => self.set_speaker(speaker.speaker_mode),
            Message::SetMicroMode(micro) => {
                self.face.microphone = micro.mic_mode != MicrophoneMode::OFF;
                self.changed(Change::Microphone);
            }
            Message::SelectSoftKeys(select) => self.select_softkeys(select),
            Message::DisplayText(text) => self.set_display(self.text(text.text.text())),
            Message::ClearDisplay(_) => self.set_display(Box::default()),
            Message::ActivateCallPlane(plane) => self.activate_plane(plane.line_instance),
            Message::DisplayPromptStatus(prompt) => {
                let text = self.text(prompt.prompt_status.text());
                self.set_prompt(prompt.call_reference, text, prompt.time_out_value);
            }
            Message::DisplayPromptStatusV2(prompt) => {
                let text = self.text(prompt.prompt_status.text());
                self.set_prompt(prompt.call_reference, text, prompt.time_out_value);
            }
            Message::ClearPromptStatus(clear) => self.set_prompt(clear.call_reference, Box::default(), 0),
            other => self.notice_message(other),
        }
    }

    fn notice_message(&mut self, message: &Message<'_>) {
        match message {
            Message::DisplayNotify(notify) => {
                self.set_notice(self.text(notify.notify.text()), notify.time_out_value);
            }
            Message::DisplayNotifyV2(notify) => {
                self.set_notice(self.text(notify.notify.text()), notify.time_out_value);
            }
            Message::ClearNotify(_) => self.set_notice(Box::default(), 0),
            Message::DisplayPriNotify(notify) => {
                let text = self.text(notify.notify.text());
                self.set_priority_notice(notify.priority, text, notify.time_out_value);
            }
            Message::DisplayPriNotifyV2(notify) => {
                let text = self.text(notify.notify.text());
                self.set_priority_notice(notify.priority, text, notify.time_out_value);
            }
            Message::ClearPriNotify(clear) => self.set_priority_notice(clear.priority, Box::default(), 0),
            // Orders that change nothing that this phone shows.
            _ => {}
        }
    }

    fn set_ringer(&mut self, message: &SetRinger) {
        if self.face.ringer == message.ring_mode {
            return;
        }
        self.face.ringer = message.ring_mode;
        let is_single =
            message.ring_mode != RingMode::RING_OFF && message.ring_duration == RingDuration::SINGLE_RING;
        if is_single {
            self.timers.set(Timer::Ring, self.now + SINGLE_RING);
        } else {
            self.timers.clear(Timer::Ring);
        }
        self.order(Audio::Ring(message.ring_mode, message.ring_duration));
        self.changed(Change::Ringer);
        self.legacy_ringer();
    }

    /// It rang once, as it was told.
    pub(crate) fn stop_single_ring(&mut self) {
        self.face.ringer = RingMode::RING_OFF;
        self.order(Audio::Ring(RingMode::RING_OFF, RingDuration::NORMAL_RING));
        self.changed(Change::Ringer);
    }

    fn set_lamp(&mut self, message: &SetLamp) {
        let (stimulus, instance) = (message.stimulus, message.stimulus_instance);
        let lamps = &mut self.face.lamps;
        let known = lamps.iter().position(|lamp| (lamp.0, lamp.1) == (stimulus.0, instance));
        match (known, message.lamp_mode) {
            (Some(index), LampMode::OFF) => drop(lamps.swap_remove(index)),
            (Some(index), mode) => lamps[index].2 = mode.0,
            (None, LampMode::OFF) => {}
            (None, mode) if lamps.len() < LAMPS_MAX => lamps.push((stimulus.0, instance, mode.0)),
            (None, _) => {}
        }
        self.changed(Change::Lamp(stimulus, instance));
        self.legacy_lamp(message);
    }

    /// The server hangs up for hands-free users, and puts the sound on the speaker for who pressed a key with
    /// the handset down.
    fn set_speaker(&mut self, mode: SpeakerMode) {
        match (mode, self.face.path) {
            (SpeakerMode::ON, None) if self.config.profile.speaker => self.set_path(Some(Path::Speaker)),
            (SpeakerMode::OFF, Some(Path::Speaker | Path::Headset)) => {
                self.set_path(self.face.handset_up.then_some(Path::Handset));
                if self.config.profile.hook_after_speaker_off && self.face.path.is_none() {
                    self.send_on_hook(LineInstance(0), CallReference(0));
                }
            }
            _ => {}
        }
    }

    fn select_softkeys(&mut self, message: &SelectSoftKeys) {
        let keys = (message.soft_key_set_index, message.valid_key_mask);
        let reference = message.call_reference;
        match self.calls.iter_mut().find(|call| call.reference == reference && reference.0 != 0) {
            Some(call) => call.keys = Some(keys),
            // Of a call that is over, or has not shown its state yet.
            None if reference.0 != 0 => self.face.stray_keys = Some((reference, keys.0, keys.1)),
            None => {
                self.face.idle_keys = Some(keys);
                self.face.stray_keys = None;
            }
        }
        self.changed(Change::SoftKeys);
    }

    fn set_display(&mut self, text: Box<str>) {
        if self.face.display != text {
            self.face.display = text;
            self.changed(Change::Display);
        }
    }

    /// A line comes to the front: the cursor goes to its newest call.
    fn activate_plane(&mut self, line: LineInstance) {
        if self.selected_call().is_some_and(|call| call.line == line) {
            return;
        }
        let newest = self.calls.iter().rev().find(|call| call.line == line && call.owns_audio());
        if let Some(reference) = newest.map(|call| call.reference) {
            self.select(Some(reference));
        }
    }

    fn until(&self, seconds: u32) -> Option<Duration> {
        (seconds > 0).then(|| self.now + Duration::from_secs(u64::from(seconds)))
    }

    fn set_prompt(&mut self, reference: CallReference, text: Box<str>, seconds: u32) {
        let until = self.until(seconds);
        match self.calls.iter_mut().find(|call| call.reference == reference && reference.0 != 0) {
            Some(call) => {
                call.prompt_until = until;
                call.prompt = text;
            }
            // Of a call that is over, where nobody is to see it, or of one that has not shown its state yet.
            None if reference.0 != 0 => {
                if let Some(embryo) = self.embryo.as_mut().filter(|embryo| embryo.reference == reference) {
                    (embryo.prompt, embryo.prompt_until) = (text, until);
                }
                return;
            }
            None => {
                self.face.idle_prompt_until = until;
                self.face.idle_prompt = text;
            }
        }
        self.changed(Change::Prompt);
        self.expire_texts();
    }

    pub(crate) fn set_idle_prompt(&mut self, text: &str, until: Option<Duration>) {
        if *self.face.idle_prompt != *text {
            self.face.idle_prompt = text.into();
            self.changed(Change::Prompt);
        }
        self.face.idle_prompt_until = until;
    }

    fn set_notice(&mut self, text: Box<str>, seconds: u32) {
        let until = self.until(seconds);
        let notice = Notice { priority: 0, text, until };
        self.face.notice = (!notice.text.is_empty()).then(|| Box::new(notice));
        self.changed(Change::Notice);
        self.expire_texts();
    }

    fn set_priority_notice(&mut self, priority: u32, text: Box<str>, seconds: u32) {
        let until = self.until(seconds);
        let notices = &mut self.face.priority_notices;
        notices.retain(|notice| notice.priority != priority);
        if !text.is_empty() {
            if notices.len() >= NOTICES_MAX {
                notices.remove(0);
            }
            notices.push(Notice { priority, text, until });
        }
        self.changed(Change::Notice);
        self.expire_texts();
    }

    /// Takes away the texts whose time is over, and sets the timer for the next.
    pub(crate) fn expire_texts(&mut self) {
        let now = self.now;
        let is_over = |until: &Option<Duration>| until.is_some_and(|until| until <= now);
        let mut prompts = false;
        for call in self.calls.iter_mut().filter(|call| is_over(&call.prompt_until)) {
            (call.prompt, call.prompt_until, prompts) = (Box::default(), None, true);
        }
        if is_over(&self.face.idle_prompt_until) {
            (self.face.idle_prompt, self.face.idle_prompt_until, prompts) = (Box::default(), None, true);
        }
        let before = self.face.priority_notices.len() + usize::from(self.face.notice.is_some());
        self.face.priority_notices.retain(|notice| !is_over(&notice.until));
        self.face.notice.take_if(|notice| is_over(&notice.until));
        let after = self.face.priority_notices.len() + usize::from(self.face.notice.is_some());
        if prompts {
            self.changed(Change::Prompt);
        }
        if before != after {
            self.changed(Change::Notice);
        }
        self.set_text_timer();
    }

    fn set_text_timer(&mut self) {
        let prompts = self.calls.iter().filter_map(|call| call.prompt_until);
        let notices = self.face.priority_notices.iter().filter_map(|notice| notice.until);
        let notice = self.face.notice.iter().filter_map(|notice| notice.until);
        let next = prompts.chain(notices).chain(notice).chain(self.face.idle_prompt_until).min();
        match next {
            Some(next) => self.timers.set(Timer::Texts, next),
            None => self.timers.clear(Timer::Texts),
        }
    }
}
