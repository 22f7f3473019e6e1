//! What is known so far, read by a thread of its own while the screen shows it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::analysis::{
    Analysis, Analyst, Call, Captured, Directory, Event, Glimpse, Options, Paused, Registration,
    RegistrationGlimpse,
};
use crate::source::{Inputs, Mixed, Outcome, Progress, Step};

/// How long the reader holds the book at once.
const TURN: Duration = Duration::from_millis(4);

/// How often a growing file is looked at.
const POLL: Duration = Duration::from_millis(200);

/// The analysis, while it goes on or done.
#[derive(Debug)]
pub enum Book {
    /// Sources are still read.
    Open(Box<Analyst>),
    /// All was read.
    Done(Box<Analysis>),
}

impl Book {
    /// Tells of each call: its number, and the call or what tells whether it has changed.
    pub fn survey(&self, mut on: impl FnMut(u32, Glimpse<'_>)) {
        match self {
            Self::Open(analyst) => analyst.survey(on),
            Self::Done(analysis) => {
                (0..analysis.len()).for_each(|id| on(id as u32, Glimpse::Packed(u64::MAX - id as u64)))
            }
        }
    }

    /// A call by its number.
    pub fn call(&self, id: u32) -> Option<(Call, Vec<Event>)> {
        match self {
            Self::Open(analyst) => analyst.glance(id),
            Self::Done(analysis) => analysis.call_and_events(id as usize),
        }
    }

    /// Tells of each connection: its number, and its record or what tells whether it has changed.
    pub fn survey_registrations(&self, mut on: impl FnMut(u32, RegistrationGlimpse<'_>)) {
        match self {
            Self::Open(analyst) => analyst.survey_registrations(on),
            Self::Done(analysis) => (0..analysis.registrations.len() as u32)
                .for_each(|id| on(id, RegistrationGlimpse::Packed(u64::MAX))),
        }
    }

    /// A connection's record by its number.
    pub fn registration(&self, id: u32) -> Option<Registration> {
        match self {
            Self::Open(analyst) => analyst.registration(id),
            Self::Done(analysis) => analysis.registrations.get(id as usize),
        }
    }

    /// Who is at both ends of each connection.
    pub fn directory(&self) -> &Directory {
        match self {
            Self::Open(analyst) => analyst.directory(),
            Self::Done(analysis) => analysis.registrations.directory(),
        }
    }
}

/// The reader's thread and what it has found.
#[derive(Debug)]
pub struct Reading {
    book: Arc<Mutex<Book>>,
    wanted: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicBool>,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
    progress: Progress,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    /// Begins to read; with `follow`, files that grow are read on for ever.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(inputs: Inputs, follow: bool) -> std::io::Result<Self> {
        let options = Options { events: true, ..Options::default() };
        let book = Arc::new(Mutex::new(Book::Open(Box::new(Analyst::new(options)))));
        let (wanted, stop, done) = (Arc::default(), Arc::default(), Arc::default());
        let outcomes = Arc::default();
        let mixed = Mixed::new(inputs);
        let progress = mixed.progress();
        let mut reading = Self { book, wanted, stop, done, outcomes, progress, thread: None };
        let hand = Hand {
            book: Arc::clone(&reading.book),
            wanted: Arc::clone(&reading.wanted),
            stop: Arc::clone(&reading.stop),
            done: Arc::clone(&reading.done),
            outcomes: Arc::clone(&reading.outcomes),
            follow,
        };
        let thread = std::thread::Builder::new().name("trace reader".into());
        reading.thread = Some(thread.spawn(move || hand.read(mixed))?);
        Ok(reading)
    }

    /// Looks into the book; the reader waits meanwhile.
    pub fn look<T>(&self, at: impl FnOnce(&Book) -> T) -> T {
        self.wanted.store(true, Ordering::Release);
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted.store(false, Ordering::Release);
        at(&book)
    }

    /// Whether all was read.
    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// The share that is read.
    pub fn share(&self) -> Option<f64> {
        if self.is_done() { Some(1.0) } else { self.progress.share() }
    }

    /// Packets that the kernel dropped while interfaces were listened to.
    pub fn dropped(&self) -> u64 {
        self.progress.dropped().load(Ordering::Relaxed)
    }

    /// What went wrong with the sources, in words.
    pub fn troubles(&self) -> Vec<String> {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.iter().filter_map(|outcome| outcome.error.as_ref()).map(ToString::to_string).collect()
    }

    /// Waits until all is read, for tests.
    #[doc(hidden)]
    pub fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A reader that panicked has left what it found.
            let _ = thread.join();
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.wait();
    }
}

/// The thread's own side.
struct Hand {
    book: Arc<Mutex<Book>>,
    wanted: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicBool>,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
    follow: bool,
}

impl Hand {
    fn read(self, mut mixed: Mixed) {
        // The state of the sink must last from turn to turn: the slots of connections.
        let mut paused = Paused::default();
        while !self.stop.load(Ordering::Acquire) {
            match self.turn(&mut mixed, &mut paused) {
                Step::Read => {}
                // A pipe has waited itself.
                Step::Idle if mixed.progress().may_go_on() => {}
                Step::Idle if self.follow => std::thread::sleep(POLL),
                Step::Idle | Step::Stopped => break,
            }
            while self.wanted.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Book::Open(analyst) = &mut *book {
            let mut sink = Captured::resume(analyst, paused);
            *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner) = mixed.finish(&mut sink);
            let analyst = std::mem::replace(analyst.as_mut(), Analyst::new(Options::default()));
            *book = Book::Done(Box::new(analyst.finish()));
        }
        self.done.store(true, Ordering::Release);
    }

    fn turn(&self, mixed: &mut Mixed, paused: &mut Paused) -> Step {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let Book::Open(analyst) = &mut *book else { return Step::Stopped };
        let mut sink = Captured::resume(analyst, std::mem::take(paused));
        let begun = Instant::now();
        let mut step = Step::Read;
        while step == Step::Read && begun.elapsed() < TURN {
            for _ in 0..64 {
                step = mixed.step(&mut sink);
                if step != Step::Read {
                    break;
                }
            }
        }
        *paused = sink.pause();
        step
    }
}
