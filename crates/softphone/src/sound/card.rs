//! The machine's sound card, through cpal: a thread moves samples between the card's queues and the phone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    Device, FromSample, Sample, SampleFormat, SizedSample, Stream, StreamConfig, SupportedStreamConfig,
};
use phone::audio::{LIVE_SAMPLES_MAX, RATE_HZ, Say};

use super::{Mixer, Rate};
use crate::handle::Handle;

/// How often samples are moved.
const TURN: Duration = Duration::from_millis(10);
/// What waits for the card to be played: it must not run dry between two turns.
const QUEUE_SAMPLES: usize = RATE_HZ as usize * 60 / 1000;

/// Why there is no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The machine has no such device.
    #[error("no {0}")]
    None(&'static str),
    /// It refuses.
    #[error("the {what}: {reason}")]
    Refused {
        /// Which device.
        what: &'static str,
        /// What it says.
        reason: String,
    },
}

/// Samples between the card's threads and ours.
type Queue = Arc<Mutex<VecDeque<i16>>>;

/// What the thread and the card's callbacks share.
#[derive(Debug, Default)]
struct Shared {
    played: Queue,
    recorded: Queue,
    /// What is played beside the call: ring tones.
    beside: Queue,
    has_failed: AtomicBool,
    volume: AtomicU8,
}

/// A card at work for a phone. Dropping it closes it.
#[derive(Debug)]
pub struct Card {
    shared: Arc<Shared>,
    words: String,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Card {
    /// Opens loudspeaker and microphone for a phone; one of them is enough. `say_live`: the phone says what the
    /// microphone gives.
    pub fn open(handle: &Handle, say_live: bool) -> Result<Card, CardError> {
        let shared = Arc::new(Shared::default());
        shared.volume.store(super::VOLUME_EVEN, Ordering::Relaxed);
        let (opened, outcome) = channel();
        let (stop, stopped) = channel();
        let (handle, ours) = (handle.clone(), shared.clone());
        let work = move || {
            // Streams of some systems stay on the thread that made them.
            let (streams, failed) = open_streams(&ours, say_live);
            let words = streams.words();
            if streams.speaker.is_none() && streams.microphone.is_none() {
                let _ = opened.send(Err(failed.unwrap_or(CardError::None("sound card"))));
                return;
            }
            handle.audio(|audio| audio.open_speaker());
            if say_live && streams.microphone.is_some() {
                handle.say(Say::Live);
            }
            // Whoever opened it may be gone; then the stop follows.
            let _ = opened.send(Ok(words));
            turn(&handle, &ours, &stopped);
        };
        let failed = |reason: String| CardError::Refused { what: "sound thread", reason };
        let thread = std::thread::Builder::new().name("sound".into()).spawn(work);
        let thread = thread.map_err(|error| failed(error.to_string()))?;
        let words = outcome.recv().map_err(|_| failed("it ended".to_owned()))??;
        Ok(Card { shared, words, stop: Some(stop), thread: Some(thread) })
    }

    /// What it is, in a few words.
    pub fn words(&self) -> String {
        match self.shared.has_failed.load(Ordering::Relaxed) {
            true => "the sound card has failed".to_owned(),
            false => self.words.clone(),
        }
    }

    /// Plays samples beside what the phone plays.
    pub fn play(&self, pcm: Vec<i16>) {
        *lock(&self.shared.beside) = pcm.into();
    }

    /// 0 to [`super::VOLUME_MAX`].
    pub fn set_volume(&self, volume: u8) {
        self.shared.volume.store(volume, Ordering::Relaxed);
    }
}

impl Drop for Card {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of it was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// The open devices.
struct Streams {
    speaker: Option<Stream>,
    microphone: Option<Stream>,
}

impl Streams {
    fn words(&self) -> String {
        match (&self.speaker, &self.microphone) {
            (Some(_), Some(_)) => "speaker and microphone",
            (Some(_), None) => "speaker, no microphone",
            (None, Some(_)) => "microphone, no speaker",
            (None, None) => "no sound card",
        }
        .to_owned()
    }
}

fn open_streams(shared: &Arc<Shared>, wants_microphone: bool) -> (Streams, Option<CardError>) {
    let host = cpal::default_host();
    let speaker = host.default_output_device().ok_or(CardError::None("loudspeaker"));
    let speaker = speaker.and_then(|device| open_speaker(&device, shared));
    let microphone = match wants_microphone {
        true => {
            let device = host.default_input_device().ok_or(CardError::None("microphone"));
            device.and_then(|device| open_microphone(&device, shared))
        }
        false => Err(CardError::None("microphone")),
    };
    let failed = speaker.as_ref().err().or(microphone.as_ref().err()).cloned();
    (Streams { speaker: speaker.ok(), microphone: microphone.ok() }, failed)
}

/// The phone's own rate where the device has it; otherwise what the device likes best.
fn config_of(
    ranges: impl Iterator<Item = cpal::SupportedStreamConfigRange>,
    usual: SupportedStreamConfig,
) -> SupportedStreamConfig {
    let known = |format| matches!(format, SampleFormat::I16 | SampleFormat::F32);
    let mut found = ranges.filter(|range| known(range.sample_format()));
    found.find_map(|range| range.try_with_sample_rate(RATE_HZ)).unwrap_or(usual)
}

fn refused(what: &'static str) -> impl Fn(cpal::Error) -> CardError {
    move |error| CardError::Refused { what, reason: error.to_string() }
}

fn open_speaker(device: &Device, shared: &Arc<Shared>) -> Result<Stream, CardError> {
    let failed = refused("loudspeaker");
    let usual = device.default_output_config().map_err(&failed)?;
    let ranges = device.supported_output_configs().map_err(&failed)?;
    let config = config_of(ranges, usual);
    let (format, config) = (config.sample_format(), config.config());
    match format {
        SampleFormat::I16 => play::<i16>(device, config, shared),
        SampleFormat::F32 => play::<f32>(device, config, shared),
        SampleFormat::I32 => play::<i32>(device, config, shared),
        SampleFormat::U8 => play::<u8>(device, config, shared),
        other => Err(CardError::Refused { what: "loudspeaker", reason: format!("samples of {other}") }),
    }
}

fn play<T: SizedSample + FromSample<i16> + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    shared: &Arc<Shared>,
) -> Result<Stream, CardError> {
    let failed = refused("loudspeaker");
    let channels = usize::from(config.channels.max(1));
    let mut rate = Rate::new(RATE_HZ, config.sample_rate);
    let (queue, troubled) = (shared.played.clone(), shared.clone());
    let mut ready: VecDeque<i16> = VecDeque::new();
    let fill = move |out: &mut [T], _: &cpal::OutputCallbackInfo| {
        for frame in out.chunks_mut(channels) {
            while ready.is_empty() {
                // A queue that ran dry is silence.
                let sample = lock(&queue).pop_front().unwrap_or(0);
                rate.push(sample, &mut |sample| ready.push_back(sample));
            }
            frame.fill(T::from_sample(ready.pop_front().unwrap_or(0)));
        }
    };
    let trouble = move |_| troubled.has_failed.store(true, Ordering::Relaxed);
    let stream = device.build_output_stream(config, fill, trouble, None).map_err(&failed)?;
    stream.play().map_err(&failed)?;
    Ok(stream)
}

fn open_microphone(device: &Device, shared: &Arc<Shared>) -> Result<Stream, CardError> {
    let failed = refused("microphone");
    let usual = device.default_input_config().map_err(&failed)?;
    let ranges = device.supported_input_configs().map_err(&failed)?;
    let config = config_of(ranges, usual);
    let (format, config) = (config.sample_format(), config.config());
    match format {
        SampleFormat::I16 => listen::<i16>(device, config, shared),
        SampleFormat::F32 => listen::<f32>(device, config, shared),
        SampleFormat::I32 => listen::<i32>(device, config, shared),
        SampleFormat::U8 => listen::<u8>(device, config, shared),
        other => Err(CardError::Refused { what: "microphone", reason: format!("samples of {other}") }),
    }
}

fn listen<T: SizedSample + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    shared: &Arc<Shared>,
) -> Result<Stream, CardError>
where
    i16: FromSample<T>,
{
    let failed = refused("microphone");
    let channels = usize::from(config.channels.max(1));
    let mut rate = Rate::new(config.sample_rate, RATE_HZ);
    let (queue, troubled) = (shared.recorded.clone(), shared.clone());
    let take = move |heard: &[T], _: &cpal::InputCallbackInfo| {
        let mut queue = lock(&queue);
        for frame in heard.chunks(channels) {
            let sample = frame.first().map_or(0, |sample| i16::from_sample(*sample));
            rate.push(sample, &mut |sample| queue.push_back(sample));
        }
        let surplus = queue.len().saturating_sub(LIVE_SAMPLES_MAX);
        queue.drain(..surplus);
    };
    let trouble = move |_| troubled.has_failed.store(true, Ordering::Relaxed);
    let stream = device.build_input_stream(config, take, trouble, None).map_err(&failed)?;
    stream.play().map_err(&failed)?;
    Ok(stream)
}

fn lock(queue: &Mutex<VecDeque<i16>>) -> MutexGuard<'_, VecDeque<i16>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Moves samples until the card is dropped.
fn turn(handle: &Handle, shared: &Shared, stopped: &Receiver<()>) {
    let mut mixer = Mixer::default();
    let mut pcm = Vec::new();
    while matches!(stopped.recv_timeout(TURN), Err(RecvTimeoutError::Timeout)) {
        mixer.set_volume(shared.volume.load(Ordering::Relaxed));
        let recorded: Vec<i16> = lock(&shared.recorded).drain(..).collect();
        pcm.resize(QUEUE_SAMPLES.saturating_sub(lock(&shared.played).len()), 0);
        handle.phone_and_audio(|phone, audio| {
            mixer.hear(phone, audio, &recorded);
            mixer.play(phone, audio, &mut lock(&shared.beside), &mut pcm);
        });
        lock(&shared.played).extend(&pcm);
    }
}
