//! How a run goes, on the terminal, in a window of any size: where it is, rates, percentiles, what failed, what the
//! server uses.
//!
//! The run has a thread of its own, so that drawing never makes a phone wait.

mod draw;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use crate::run::{Progress, RunError};
use crate::{Options, Report, ServerNow, Tally};

/// How often the screen is drawn anew.
const FRAME: Duration = Duration::from_millis(200);
/// Seconds that are drawn as bars.
const SECONDS_KEPT: usize = 240;

/// Runs, and shows how it goes until it is over; `q` ends it early, with a report.
///
/// # Errors
/// As [`crate::run`], and when the terminal fails.
pub fn run(options: &Options) -> Result<Report, RunError> {
    let (progress, told) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let mut terminal = ratatui::try_init()?;
    let done = std::thread::scope(|scope| {
        let stopped = Arc::clone(&stop);
        let work = scope.spawn(move || {
            crate::run_told(options, &mut |news| {
                // Nobody looks any more when the terminal has failed: then it ends.
                let is_seen = progress.send(news).is_ok();
                if is_seen && !stopped.load(Ordering::Relaxed) {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })
        });
        let shown = watch(&mut terminal, options, told, &stop, &|| work.is_finished());
        stop.store(true, Ordering::Relaxed);
        let report = work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        shown.map_err(RunError::from).and(report)
    });
    ratatui::restore();
    done
}

fn watch(
    terminal: &mut ratatui::DefaultTerminal,
    options: &Options,
    told: Receiver<Progress>,
    stop: &AtomicBool,
    is_over: &dyn Fn() -> bool,
) -> std::io::Result<()> {
    let mut board = Dashboard::new(options);
    let began = Instant::now();
    while !is_over() {
        told.try_iter().for_each(|progress| board.take(progress));
        board.elapsed = began.elapsed();
        terminal.draw(|frame| board.draw(frame.area(), frame.buffer_mut()))?;
        if event::poll(FRAME)?
            && let Event::Key(key) = event::read()?
            && key.kind != KeyEventKind::Release
        {
            let control = key.modifiers.contains(KeyModifiers::CONTROL);
            match key.code {
                KeyCode::Char('c') if control => stop.store(true, Ordering::Relaxed),
                KeyCode::Char('q') | KeyCode::Esc => stop.store(true, Ordering::Relaxed),
                _ => {}
            }
            board.is_ending = stop.load(Ordering::Relaxed);
        }
    }
    Ok(())
}

/// What is shown.
#[derive(Debug, Clone)]
pub struct Dashboard {
    options: Options,
    /// Since the run began.
    pub elapsed: Duration,
    /// Its user wants it to end.
    pub is_ending: bool,
    stage: Stage,
    registered: usize,
    server: Option<ServerNow>,
    completed: VecDeque<u64>,
    cpu: VecDeque<u64>,
}

/// How far the run is.
#[derive(Debug, Clone)]
enum Stage {
    Registering(Box<Registering>),
    Idle(Duration),
    Calls(Box<Tally>),
}

/// Registrations so far.
#[derive(Debug, Clone, Default)]
struct Registering {
    elapsed: Duration,
    complete: crate::measure::Summary,
    failures: std::collections::BTreeMap<String, u64>,
}

impl Dashboard {
    /// Nothing has happened yet.
    pub fn new(options: &Options) -> Dashboard {
        Dashboard {
            options: options.clone(),
            elapsed: Duration::ZERO,
            is_ending: false,
            stage: Stage::Registering(Box::default()),
            registered: 0,
            server: None,
            completed: VecDeque::new(),
            cpu: VecDeque::new(),
        }
    }

    /// Something happened.
    pub fn take(&mut self, progress: Progress) {
        let server = match progress {
            Progress::Registering { registered, elapsed, complete, failures, server } => {
                self.registered = registered;
                self.stage = Stage::Registering(Box::new(Registering { elapsed, complete, failures }));
                server
            }
            Progress::Idle { registered, elapsed, server } => {
                self.registered = registered;
                self.stage = Stage::Idle(elapsed);
                server
            }
            Progress::Calls(tally) => {
                self.registered = self.options.phones;
                let second = tally.moment;
                keep(&mut self.completed, second.completed_per_second);
                let server = second
                    .server_cpu_percent
                    .zip(second.server_rss_kib)
                    .map(|(cpu_percent, rss_kib)| ServerNow { cpu_percent, rss_kib });
                self.stage = Stage::Calls(tally);
                server
            }
        };
        if let Some(server) = server {
            keep(&mut self.cpu, server.cpu_percent);
            self.server = Some(server);
        }
    }
}

fn keep(seconds: &mut VecDeque<u64>, value: f64) {
    if seconds.len() >= SECONDS_KEPT {
        seconds.pop_front();
    }
    seconds.push_back(value.max(0.0).round() as u64);
}
