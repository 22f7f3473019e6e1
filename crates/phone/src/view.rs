//! Reading the phone: what a user would see and hear, and what a test wants to know.

use std::net::SocketAddr;
use std::time::Duration;

use skinny::codes::{DeviceStimulus, DeviceTone, LampMode, RingMode, SoftKeyEvent, SoftKeyMask, SoftKeySet};
use skinny::types::CallReference;

use crate::call::Call;
use crate::config::Config;
use crate::history::{List, Logged};
use crate::media::Stream;
use crate::phone::{Counts, Phone};
use crate::profile::Profile;
use crate::screen::{Button, Clock, Line, Offence, Path, Pushed, Registration, ShownKey};

/// What a connection keeps of a buffer while it is idle, in bytes.
const CONNECTION_KEPT: usize = 1024;

impl Phone {
    /// Its device name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// Its model.
    pub fn profile(&self) -> &'static Profile {
        self.config.profile
    }

    /// How it was set up.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How far it is with its server.
    pub fn registration(&self) -> &Registration {
        &self.link.state
    }

    /// Whether it is in service, its configuration complete.
    pub fn is_registered(&self) -> bool {
        self.link.state == Registration::Registered
    }

    /// Which server of the list it is with, or tries next.
    pub fn server(&self) -> u8 {
        self.link.server
    }

    /// The protocol version in use; 0 before RegisterAck.
    pub fn version(&self) -> u8 {
        self.link.version
    }

    /// Its own address on the connection.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.link.local
    }

    /// How often the server wants a keepalive; zero before RegisterAck.
    pub fn keepalive_interval(&self) -> Duration {
        self.link.keepalive.interval
    }

    /// Keepalives that the server has not answered yet.
    pub fn keepalives_unanswered(&self) -> u8 {
        self.link.keepalive.unanswered
    }

    /// The lines that the server told about, from line 1 on.
    pub fn lines(&self) -> &[Line] {
        &self.template.lines
    }

    /// The buttons beside the screen.
    pub fn buttons(&self) -> &[Button] {
        &self.template.buttons
    }

    /// All calls, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The call with a reference.
    pub fn call(&self, reference: CallReference) -> Option<&Call> {
        self.calls.iter().find(|call| call.reference == reference)
    }

    /// The call that the cursor stands on.
    pub fn selected_call(&self) -> Option<&Call> {
        self.calls.iter().find(|call| Some(call.reference) == self.selected)
    }

    /// The oldest call that rings here, the one under the cursor first.
    pub fn ringing_call(&self) -> Option<&Call> {
        let selected = self.selected_call().filter(|call| call.is_ringing());
        selected.or_else(|| self.calls.iter().find(|call| call.is_ringing()))
    }

    /// The call that has the sound: the one under the cursor first.
    pub fn audio_call(&self) -> Option<&Call> {
        let selected = self.selected_call().filter(|call| call.owns_audio());
        selected.or_else(|| self.calls.iter().find(|call| call.owns_audio()))
    }

    /// The prompt line: that of the call under the cursor, else that of the idle phone.
    pub fn prompt(&self) -> &str {
        match self.selected_call() {
            Some(call) if !call.prompt.is_empty() => &call.prompt,
            _ => &self.face.idle_prompt,
        }
    }

    /// The text over the whole screen: the one of the highest priority.
    pub fn notice(&self) -> Option<&str> {
        let notices = self.face.priority_notices.iter();
        let highest = notices.max_by_key(|notice| notice.priority).map(|notice| &*notice.text);
        highest.or(self.face.notice.as_ref().map(|notice| &*notice.text))
    }

    /// The display of models without a screen.
    pub fn display(&self) -> &str {
        &self.face.display
    }

    /// The softkeys on the screen, in their order.
    pub fn softkeys(&self) -> Vec<ShownKey<'_>> {
        if self.link.state == Registration::Preserving {
            return vec![ShownKey { position: 0, name: "EndCall", event: SoftKeyEvent::END_CALL }];
        }
        if self.config.profile.softkeys == 0 {
            return Vec::new();
        }
        let keys = self.softkey_set();
        keys.map_or_else(Vec::new, |(set, mask)| self.template.shown(set, mask).collect())
    }

    /// The softkey set in effect, and which of its keys are enabled.
    pub fn softkey_set(&self) -> Option<(SoftKeySet, SoftKeyMask)> {
        let own = self.selected_call().and_then(|call| call.keys);
        let stray = self.face.stray_keys.map(|(_, set, mask)| (set, mask));
        own.or(stray).or(self.face.idle_keys)
    }

    /// The lamp of a button.
    pub fn lamp(&self, stimulus: DeviceStimulus, instance: u32) -> LampMode {
        let found = self.face.lamps.iter().find(|lamp| (lamp.0, lamp.1) == (stimulus.0, instance));
        found.map_or(LampMode::OFF, |lamp| LampMode(lamp.2))
    }

    /// The lamps that are not off.
    pub fn lamps(&self) -> impl Iterator<Item = (DeviceStimulus, u32, LampMode)> {
        self.face.lamps.iter().map(|lamp| (DeviceStimulus(lamp.0), lamp.1, LampMode(lamp.2)))
    }

    /// Whether the bell rings or flashes.
    pub fn ringing(&self) -> bool {
        self.face.ringer != RingMode::RING_OFF
    }

    /// How it rings.
    pub fn ringer(&self) -> RingMode {
        self.face.ringer
    }

    /// The tone that the user hears.
    pub fn tone(&self) -> Option<DeviceTone> {
        self.face.tone.map(|(tone, _)| tone)
    }

    /// What carries the sound; nothing while the phone is on hook.
    pub fn path(&self) -> Option<Path> {
        self.face.path
    }

    /// Whether the handset is lifted.
    pub fn handset_up(&self) -> bool {
        self.face.handset_up
    }

    /// Whether the microphone is on.
    pub fn microphone(&self) -> bool {
        self.face.microphone
    }

    /// A list of the call history, newest first.
    pub fn history(&self, list: List) -> impl Iterator<Item = &Logged> {
        self.history.entries().rev().filter(move |entry| entry.list == list)
    }

    /// Empties the lists of calls.
    pub fn forget_history(&mut self) {
        self.history.forget();
    }

    /// Date and time as the server told it.
    pub fn clock(&self) -> Option<&Clock> {
        self.face.clock.as_ref()
    }

    /// How the date is written: `M/D/Y`, `D.M.YA`.
    pub fn date_template(&self) -> &str {
        &self.face.date_template
    }

    /// The streams.
    pub fn streams(&self) -> &[Stream] {
        &self.media.streams
    }

    /// The last data that the server pushed for a service, once all of it came.
    pub fn pushed(&self) -> Option<&Pushed> {
        self.pushed.as_deref().filter(|pushed| pushed.is_whole)
    }

    /// What a real phone of the model would have choked on, each once.
    pub fn offences(&self) -> &[Offence] {
        &self.offences
    }

    /// What came and went.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes that the phone takes, heap included, but for what the allocator adds.
    pub fn memory_bytes(&self) -> usize {
        let texts = |call: &Call| {
            let party = |party: &crate::call::Party| party.name.len() + party.number.len();
            let parties = party(&call.calling) + party(&call.called) + party(&call.original);
            parties + party(&call.redirecting) + call.dialed.len() + call.prompt.len()
        };
        let calls = self.calls.capacity() * size_of::<Call>() + self.calls.iter().map(texts).sum::<usize>();
        let face = self.face.idle_prompt.len()
            + self.face.display.len()
            + self.face.lamps.capacity() * 12
            + self.face.priority_notices.iter().map(|n| n.text.len() + size_of_val(n)).sum::<usize>();
        size_of::<Phone>()
            + self.config.name.capacity()
            + self.link.inbound.unfinished().max(CONNECTION_KEPT)
            + self.link.outbound.pending().len().max(CONNECTION_KEPT)
            + self.outputs.capacity() * size_of::<crate::output::Output>()
            + self.template.heap_bytes()
            + calls
            + face
            + self.standby.as_ref().map_or(0, |standby| size_of_val(&**standby) + CONNECTION_KEPT)
            + self.pushed.as_ref().map_or(0, |pushed| size_of_val(&**pushed) + pushed.data.len())
            + self.embryo.as_ref().map_or(0, |_| size_of::<Call>())
            + self.media.heap_bytes()
            + self.history.heap_bytes()
            + self.offences.capacity() * size_of::<Offence>()
    }
}
