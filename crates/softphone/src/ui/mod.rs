//! The phone on the terminal: it looks and acts like a Cisco phone.
//!
//! [`App`] is what is shown and what keys do, without a terminal; [`show`] gives it one.

mod app;
mod clock;
mod deed;
mod display;
mod draw;
mod menu;

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use ratatui::crossterm::event::{
    self, DisableMouseCapture, EnableMouseCapture, Event as Input, KeyEventKind, MouseEventKind,
};
use ratatui::crossterm::execute;

use crate::console::{Console, ConsoleError, tell};
use crate::fetch::{Files, ring_tone};
use crate::handle::Handle;
use crate::service::{Page, Trust, Wanted, fetch};

pub use app::{App, Ringer, Sight, Urls};
pub use deed::{Deed, Press, VOLUME_MAX};
pub use theme::Theme;

/// How often the screen is drawn anew.
const FRAME: Duration = Duration::from_millis(100);
/// Pages that are fetched at once.
const FETCHES_MAX: usize = 4;

/// What the phone reaches beside its server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The file server, for ring tones.
    pub files: Option<Files>,
    /// Whose pages over HTTPS it believes.
    pub trust: Trust,
}

/// What carries the sound, and how loud.
pub trait Sound {
    /// What it is, in a few words.
    fn words(&self) -> String;
    /// 0 to [`VOLUME_MAX`].
    fn set_volume(&mut self, volume: u8);
    /// Plays samples at the phone's rate, such as a ring tone; false where nobody would hear them.
    fn play(&mut self, pcm: Vec<i16>) -> bool;
}

/// No sound card: packets come and go, and nobody hears them.
#[derive(Debug, Clone)]
pub struct NoSound {
    why: String,
}

impl Default for NoSound {
    fn default() -> Self {
        NoSound { why: "no sound card".to_owned() }
    }
}

impl NoSound {
    /// None, for a reason.
    pub fn because(reason: String) -> Self {
        NoSound { why: format!("silent: {reason}") }
    }
}

impl Sound for NoSound {
    fn words(&self) -> String {
        self.why.clone()
    }

    fn set_volume(&mut self, _: u8) {}

    fn play(&mut self, _: Vec<i16>) -> bool {
        false
    }
}

#[cfg(feature = "audio")]
impl Sound for crate::sound::Card {
    fn words(&self) -> String {
        crate::sound::Card::words(self)
    }

    fn set_volume(&mut self, volume: u8) {
        crate::sound::Card::set_volume(self, volume);
    }

    fn play(&mut self, pcm: Vec<i16>) -> bool {
        crate::sound::Card::play(self, pcm);
        true
    }
}

/// Shows a phone until its user has had enough.
///
/// # Errors
/// When the terminal fails.
pub fn show(
    handle: &Handle,
    theme: Theme,
    urls: Urls,
    reach: Reach,
    sound: &mut dyn Sound,
) -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    // A terminal without a mouse is no reason to stop.
    let _ = execute!(io::stdout(), EnableMouseCapture);
    let (answers, fetched) = mpsc::channel();
    let mut desk = Desk {
        app: App::new(theme, urls),
        handle,
        reach,
        sound,
        answers,
        fetched,
        under_way: 0,
        words: String::new(),
    };
    handle.set_display(true);
    let result = desk.run(&mut terminal);
    handle.set_display(false);
    let _ = execute!(io::stdout(), DisableMouseCapture);
    ratatui::restore();
    result
}

/// What was fetched.
enum Brought {
    /// A page.
    Page(Box<Page>),
    /// Samples to be played, and the file's name.
    Sound(String, Vec<i16>),
}

/// The phone, its user and the pages that are on their way.
struct Desk<'a> {
    app: App,
    handle: &'a Handle,
    reach: Reach,
    sound: &'a mut dyn Sound,
    answers: Sender<Result<Brought, String>>,
    fetched: Receiver<Result<Brought, String>>,
    under_way: usize,
    words: String,
}

impl Desk<'_> {
    fn run(&mut self, terminal: &mut ratatui::DefaultTerminal) -> io::Result<()> {
        while !self.app.has_ended() {
            self.words = self.sound.words();
            let deeds = self.see(App::tick);
            self.obey(deeds);
            for link in self.handle.take_links() {
                let deeds = self.see(|app, sight| app.follow(&link, sight));
                self.obey(deeds);
            }
            while let Ok(brought) = self.fetched.try_recv() {
                self.under_way -= 1;
                self.take(brought);
            }
            if self.see(App::bell) {
                io::stdout().write_all(b"\x07")?;
            }
            let (app, words) = (&mut self.app, &self.words);
            let mut drawn = Ok(());
            look(self.handle, words, |sight| {
                drawn = terminal.draw(|frame| app.draw(frame, sight)).map(|_| ());
            });
            drawn?;
            if event::poll(FRAME)? {
                self.read_keys()?;
            }
        }
        Ok(())
    }

    fn take(&mut self, brought: Result<Brought, String>) {
        let page = match brought {
            Ok(Brought::Sound(name, pcm)) => {
                let secs = pcm.len() as f64 / f64::from(phone::audio::RATE_HZ);
                if !self.sound.play(pcm) {
                    let why = format!("{name}: {secs:.1} s, not heard: {}", self.words);
                    self.app.refused(why, self.handle.elapsed());
                }
                return;
            }
            Ok(Brought::Page(page)) => Ok(*page),
            Err(why) => Err(why),
        };
        let deeds = self.see(|app, sight| app.fetched(page, sight));
        self.obey(deeds);
    }

    /// All that waits at once: a held key must not lag behind.
    fn read_keys(&mut self) -> io::Result<()> {
        loop {
            let deeds = match event::read()? {
                Input::Key(key) if key.kind != KeyEventKind::Release => {
                    self.see(|app, sight| app.key(key, sight))
                }
                Input::Mouse(mouse) => match mouse.kind {
                    MouseEventKind::Down(_) => {
                        self.see(|app, sight| app.click(mouse.column, mouse.row, sight))
                    }
                    MouseEventKind::ScrollUp => self.see(|app, sight| app.press(Press::Up, sight)),
                    MouseEventKind::ScrollDown => self.see(|app, sight| app.press(Press::Down, sight)),
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            };
            self.obey(deeds);
            if self.app.has_ended() || !event::poll(Duration::ZERO)? {
                return Ok(());
            }
        }
    }

    fn see<T>(&mut self, deal: impl FnOnce(&mut App, &Sight<'_>) -> T) -> T {
        let (app, words) = (&mut self.app, &self.words);
        look(self.handle, words, |sight| deal(app, sight))
    }

    fn obey(&mut self, deeds: Vec<Deed>) {
        for deed in deeds {
            if let Err(why) = self.obey_one(deed) {
                self.app.refused(why, self.handle.elapsed());
            }
        }
    }

    fn obey_one(&mut self, deed: Deed) -> Result<(), String> {
        match deed {
            Deed::Command(command) => {
                let done = Console::new(self.handle.clone()).command(&command);
                return done.map(|_| ()).map_err(|error: ConsoleError| error.to_string());
            }
            Deed::Fetch(url) => {
                let wanted = self.handle.look(|phone| Wanted {
                    url,
                    device: phone.name().to_owned(),
                    model: phone.profile().model.to_owned(),
                    trust: self.reach.trust.clone(),
                });
                let page = move || fetch(&wanted).map_err(|error| error.to_string());
                self.bring(move || page().map(|page| Brought::Page(Box::new(page))));
            }
            Deed::Play(name) => {
                let files = self.reach.files.ok_or_else(|| format!("{name}: no file server is known"))?;
                self.bring(move || {
                    let pcm = ring_tone(files, &name).map_err(|why| format!("{name}: {why}"))?;
                    Ok(Brought::Sound(name, pcm))
                });
            }
            Deed::ForgetCalls => self.handle.look(phone::Phone::forget_history),
            Deed::Tell(application, line, call, transaction, data) => {
                let place = (application, line, call, transaction);
                return tell(self.handle, place, &data).map_err(|refused| refused.to_string());
            }
            Deed::Mute(muted) => self.handle.audio(|audio| audio.set_muted(muted)),
            Deed::Volume(volume) => self.sound.set_volume(volume),
        }
        Ok(())
    }

    /// Fetches something beside the phone, which must not wait for it.
    fn bring(&mut self, work: impl FnOnce() -> Result<Brought, String> + Send + 'static) {
        let answers = self.answers.clone();
        self.under_way += 1;
        if self.under_way > FETCHES_MAX {
            // The desk reads its own answers: it is there as long as this.
            let _ = answers.send(Err("too many pages at once".to_owned()));
            return;
        }
        // A desk that is gone needs no page.
        let work = move || drop(answers.send(work()));
        if let Err(error) = std::thread::Builder::new().name("page".into()).spawn(work) {
            let _ = self.answers.send(Err(error.to_string()));
        }
    }
}

/// Looks at the phone under its lock.
fn look<T>(handle: &Handle, sound: &str, deal: impl FnOnce(&Sight<'_>) -> T) -> T {
    let quality = handle.audio(|audio| audio.quality());
    let now = handle.elapsed();
    handle.peek(|phone| deal(&Sight { phone, now, quality, sound }))
}
