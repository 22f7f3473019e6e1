//! What a sound card plays and gives: the other party, the tones that the server orders, the bell; the microphone.
//!
//! [`Mixer`] has no card: samples at [`RATE_HZ`] go in and out of it. Feature `audio` adds `Card`, which moves
//! them to and from the devices of the machine through cpal.

#[cfg(feature = "audio")]
mod card;
mod rate;

use std::collections::VecDeque;

use media::tone::{Cadence, Generator, Tone, TonePlan};
use phone::audio::{AudioPath, RATE_HZ};
use phone::{Path, Phone};
use skinny::codes::{DeviceTone, RingMode};

#[cfg(feature = "audio")]
pub use card::{Card, CardError};
pub use rate::Rate;

/// The loudest.
pub const VOLUME_MAX: u8 = 10;
/// The volume at which samples stay as they are; each step is 3 dB.
const VOLUME_EVEN: u8 = 7;

/// Mixes what is to be played.
#[derive(Debug)]
pub struct Mixer {
    plan: TonePlan,
    volume: u8,
    /// The tone that sounds, and its generator.
    tone: Option<(DeviceTone, Generator)>,
    bell: Option<(RingMode, Generator)>,
}

impl Default for Mixer {
    fn default() -> Self {
        Mixer { plan: TonePlan::NorthAmerica, volume: VOLUME_EVEN, tone: None, bell: None }
    }
}

impl Mixer {
    /// 0 to [`VOLUME_MAX`]; 0 is silence.
    pub fn set_volume(&mut self, volume: u8) {
        self.volume = volume.min(VOLUME_MAX);
    }

    /// Fills `out` with what is to be heard now; what is played beside it is taken from the front of `beside`.
    pub fn play(
        &mut self,
        phone: &Phone,
        audio: &mut AudioPath,
        beside: &mut VecDeque<i16>,
        out: &mut [i16],
    ) {
        out.fill(0);
        let is_off_hook = phone.path().is_some();
        let mut heard = audio.take_aloud(out.len());
        out.iter_mut().for_each(|sample| *sample = heard.next().unwrap_or(0));
        drop(heard);
        self.tone(phone.tone().filter(|_| is_off_hook), out);
        self.bell(phone.ringer(), is_off_hook, out);
        let len = beside.len().min(out.len());
        out.iter_mut()
            .zip(beside.drain(..len))
            .for_each(|(sample, more)| *sample = sample.saturating_add(more));
        let gain = gain(self.volume);
        out.iter_mut().for_each(|sample| *sample = (f64::from(*sample) * gain) as i16);
    }

    fn tone(&mut self, wanted: Option<DeviceTone>, out: &mut [i16]) {
        if self.tone.as_ref().map(|(tone, _)| *tone) != wanted {
            let cadence = wanted.and_then(|tone| cadence_of(self.plan, tone));
            self.tone = wanted.zip(cadence).map(|(tone, cadence)| (tone, Generator::new(cadence, RATE_HZ)));
        }
        if let Some((_, generator)) = &mut self.tone {
            add(generator, out);
        }
    }

    /// The bell rings on hook only: in a call, call waiting is a tone of the server's.
    fn bell(&mut self, mode: RingMode, is_off_hook: bool, out: &mut [i16]) {
        let cadence = if is_off_hook { None } else { ring_of(mode) };
        if self.bell.as_ref().map(|(mode, _)| *mode) != cadence.as_ref().map(|_| mode) {
            self.bell = cadence.map(|cadence| (mode, Generator::new(cadence, RATE_HZ)));
        }
        if let Some((_, generator)) = &mut self.bell {
            add(generator, out);
        }
    }

    /// What the microphone gave goes to the phone while something carries its sound.
    pub fn hear(&self, phone: &Phone, audio: &mut AudioPath, pcm: &[i16]) {
        if matches!(phone.path(), Some(Path::Handset | Path::Speaker | Path::Headset)) {
            audio.speak(pcm);
        }
    }
}

fn add(generator: &mut Generator, out: &mut [i16]) {
    let mut tone = [0; 160];
    for part in out.chunks_mut(tone.len()) {
        let tone = &mut tone[..part.len()];
        generator.fill(tone);
        part.iter_mut().zip(tone).for_each(|(sample, tone)| *sample = sample.saturating_add(*tone));
    }
}

fn gain(volume: u8) -> f64 {
    match volume {
        0 => 0.0,
        volume => 10_f64.powf(3.0 * (f64::from(volume) - f64::from(VOLUME_EVEN)) / 20.0).min(2.0),
    }
}

/// How a tone of the server sounds.
fn cadence_of(plan: TonePlan, tone: DeviceTone) -> Option<Cadence> {
    let meaning = match tone {
        DeviceTone::INSIDE_DIAL_TONE => Tone::Dial,
        DeviceTone::OUTSIDE_DIAL_TONE => Tone::OutsideDial,
        DeviceTone::MESSAGE_WAITING_INDICATOR_TONE
        | DeviceTone::RECALL_DIAL_TONE
        | DeviceTone::RECALL_DIAL => Tone::StutterDial,
        DeviceTone::LINE_BUSY_TONE => Tone::Busy,
        DeviceTone::REORDER_TONE | DeviceTone::NO_SUCH_NUMBER_TONE => Tone::Reorder,
        DeviceTone::ALERTING_TONE | DeviceTone::PRECEDENCE_RING_BACK => Tone::RingBack,
        DeviceTone::CALL_WAITING_TONE | DeviceTone::ADD_CALL_WAITING | DeviceTone::PRIORITY_CALL_WAIT => {
            Tone::CallWaiting
        }
        tone => return digit_of(tone).map(|digit| Cadence::dtmf(&digit.to_string(), 120, 40)),
    };
    Some(plan.cadence(meaning))
}

fn digit_of(tone: DeviceTone) -> Option<char> {
    Some(match tone.0 {
        digit @ 1..=9 => char::from_digit(digit, 10)?,
        0xa => '0',
        0xe => '*',
        0xf => '#',
        letter @ 0x10..=0x13 => char::from_u32(u32::from('A') + letter - 0x10)?,
        _ => return None,
    })
}

/// How the bell rings: two tones of an electronic ringer, in the cadence of the mode.
fn ring_of(mode: RingMode) -> Option<Cadence> {
    let times: &[u32] = match mode {
        RingMode::RING_OFF | RingMode::FLASH_ONLY => return None,
        RingMode::OUTSIDE_RING => &[400, 200, 400, 3000],
        RingMode::FEATURE_RING => &[200, 200, 200, 200, 400, 2800],
        _ => &[1000, 3000],
    };
    Some(Cadence::of_row(&[1209.0, 1477.0], -12.0, times, 0))
}

#[cfg(test)]
mod tests {
    use media::level::dbfs;
    use media::tone::{Digit, DtmfDetector};
    use phone::audio::{Say, Settings};
    use phone::{Config, profile};

    use super::*;

    #[test]
    fn tones_and_rings_sound_as_they_are_called() {
        let mut mixer = Mixer::default();
        let mut out = vec![0; RATE_HZ as usize / 2];
        mixer.tone(Some(DeviceTone::DTMF5), &mut out);
        let mut digits: Vec<Digit> = Vec::new();
        let mut detector = DtmfDetector::new(RATE_HZ);
        detector.feed(&out, &mut digits);
        assert_eq!(digits.iter().map(|digit| digit.digit).collect::<String>(), "5");
        let level = |wanted, mixer: &mut Mixer| {
            let mut out = vec![0; RATE_HZ as usize / 10];
            mixer.tone(wanted, &mut out);
            dbfs(&out)
        };
        assert!(level(Some(DeviceTone::INSIDE_DIAL_TONE), &mut mixer) > -30.0);
        assert!(level(Some(DeviceTone::SILENCE), &mut mixer) < -90.0);
        assert!(level(None, &mut mixer) < -90.0);
        let mut ring = vec![0; RATE_HZ as usize / 10];
        mixer.bell(RingMode::INSIDE_RING, false, &mut ring);
        assert!(dbfs(&ring) > -30.0);
        let mut quiet = vec![0; RATE_HZ as usize / 10];
        mixer.bell(RingMode::INSIDE_RING, true, &mut quiet);
        assert!(dbfs(&quiet) < -90.0, "off hook the bell is silent");
    }

    #[test]
    fn the_volume_has_steps_and_an_off() {
        assert_eq!((gain(0), gain(VOLUME_EVEN)), (0.0, 1.0));
        assert!(gain(4) < 0.4 && gain(VOLUME_MAX) > 1.9);
        let phone = Phone::new(Config::new("SEP001122334455", &profile::CISCO_7960));
        let mut audio = AudioPath::new(Settings { say: Say::Live, ..Settings::default() });
        audio.open_speaker();
        let mut out = [7; 160];
        Mixer::default().play(&phone, &mut audio, &mut VecDeque::new(), &mut out);
        assert_eq!(out, [0; 160], "an idle phone is silent");
        let mut chime = VecDeque::from(vec![1000; 200]);
        Mixer::default().play(&phone, &mut audio, &mut chime, &mut out);
        assert_eq!((out, chime.len()), ([1000; 160], 40), "what is played beside goes on until it is over");
    }
}
