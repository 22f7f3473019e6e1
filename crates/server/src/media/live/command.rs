//! A program whose standard output is music.
//!
//! It has a thread that reads it, as fast as it is heard. When it ends, or says nothing for [`STALLED_AFTER`], it is
//! started again, after a pause that doubles each time.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use media::engine::LIVE_FRAME;

use super::MusicBoard;

/// Pause before a program is started again, the first time.
pub const PAUSE_MIN: Duration = Duration::from_secs(1);
/// Longest pause.
pub const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Who ran for so long is started again after the shortest pause.
pub const STEADY_AFTER: Duration = Duration::from_secs(60);
/// A program that says nothing for so long is ended, and started again.
pub const STALLED_AFTER: Duration = Duration::from_secs(30);
/// Frames of 20 ms that wait for the media thread.
const FRAMES_MAX: usize = 10;
/// How long a program that has said its last may take to end, in hundredths of a second.
const ENDS_WITHIN: u32 = 20;
/// What a program gets to know of our environment: nothing that may be secret.
const ENVIRONMENT: [&str; 4] = ["PATH", "HOME", "LANG", "XDG_RUNTIME_DIR"];

/// 20 ms.
pub(crate) type Frame = [i16; LIVE_FRAME];

/// A program that runs, or will again. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Feed {
    frames: Receiver<Frame>,
    shared: Arc<Shared>,
    heard_at: Duration,
    _stop: Sender<()>,
}

#[derive(Debug, Default)]
struct Shared {
    place: Mutex<Place>,
}

#[derive(Debug, Default)]
struct Place {
    child: Option<Child>,
    is_over: bool,
}

impl Shared {
    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// Starts the thread that starts the program.
    pub fn start(now: Duration, name: &str, words: &[String], board: &Arc<MusicBoard>) -> io::Result<Feed> {
        let (sender, frames) = sync_channel(FRAMES_MAX);
        let (stop, stopped) = channel();
        let shared = Arc::new(Shared::default());
        let player = Player {
            name: name.to_owned(),
            words: words.to_vec(),
            board: Arc::clone(board),
            shared: Arc::clone(&shared),
            frames: sender,
            stopped,
        };
        std::thread::Builder::new().name("music".into()).spawn(move || player.run())?;
        Ok(Feed { frames, shared, heard_at: now, _stop: stop })
    }

    /// The next 20 ms, if there are some.
    pub fn frame(&mut self, now: Duration) -> Option<Frame> {
        let frame = self.frames.try_recv().ok();
        if frame.is_some() {
            self.heard_at = now;
        } else if now.saturating_sub(self.heard_at) >= STALLED_AFTER {
            self.heard_at = now;
            if let Some(child) = &mut self.shared.place().child {
                // It may have ended by itself; its reader finds out.
                let _ = child.kill();
            }
        }
        frame
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let mut place = self.shared.place();
        place.is_over = true;
        if let Some(mut child) = place.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The thread's.
struct Player {
    name: String,
    words: Vec<String>,
    board: Arc<MusicBoard>,
    shared: Arc<Shared>,
    frames: SyncSender<Frame>,
    stopped: Receiver<()>,
}

/// Nobody hears it any more.
struct Over;

impl Player {
    fn run(self) {
        let mut pause = PAUSE_MIN;
        loop {
            let began = Instant::now();
            let Ok(problem) = self.play() else { return };
            if began.elapsed() >= STEADY_AFTER {
                pause = PAUSE_MIN;
            }
            let (name, secs) = (&self.name, pause.as_secs());
            tracing::warn!("music {name}: {problem}; it is started again in {secs} s");
            self.board.change(name, |state| state.problem = Some(problem));
            match self.stopped.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Starts it and hands on what it says; why that ended.
    fn play(&self) -> Result<String, Over> {
        let Some((program, arguments)) = self.words.split_first() else { return Err(Over) };
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => return Ok(format!("{program} can't be started: {error}")),
        };
        let output = child.stdout.take();
        {
            let mut place = self.shared.place();
            if place.is_over {
                // It may have ended by itself.
                let _ = child.kill();
                let _ = child.wait();
                return Err(Over);
            }
            place.child = Some(child);
        }
        self.board.change(&self.name, |state| state.starts += 1);
        if let Some(output) = output {
            self.hand_on(output)?;
        }
        let child = self.shared.place().child.take();
        child.map_or(Err(Over), |child| Ok(format!("{program} ended: {}", reap(child))))
    }

    fn hand_on(&self, mut output: impl Read) -> Result<(), Over> {
        let mut bytes = [0; 2 * LIVE_FRAME];
        while output.read_exact(&mut bytes).is_ok() {
            let mut frame = [0; LIVE_FRAME];
            for (sample, pair) in frame.iter_mut().zip(bytes.chunks_exact(2)) {
                *sample = i16::from_le_bytes([pair[0], pair[1]]);
            }
            self.frames.send(frame).map_err(|_| Over)?;
        }
        Ok(())
    }
}

/// How a program ended that has closed its output; one that goes on without is ended.
fn reap(mut child: Child) -> String {
    for _ in 0..ENDS_WITHIN {
        match child.try_wait() {
            Ok(Some(status)) => return status.to_string(),
            Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => return error.to_string(),
        }
    }
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    child.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
}
