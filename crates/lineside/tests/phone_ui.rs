//! The phone on a real terminal: under tmux, against our server, by keys and mouse as a person has them.

#![cfg(feature = "ui")]

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use server::{Config, Server};

/// How long the screen may take to show something.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal of tmux, on a server of its own.
struct Terminal {
    socket: String,
    /// Says that the screen changed.
    changes: Receiver<()>,
}

impl Terminal {
    fn start(folder: &Path, command: &str) -> Terminal {
        let socket = folder.join("tmux").display().to_string();
        let pipe = folder.join("output").display().to_string();
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let (changed, changes) = channel();
        let reader = pipe.clone();
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(reader).expect("the pipe is there");
            let mut bytes = [0; 4096];
            while pipe.read(&mut bytes).is_ok_and(|len| len > 0) {
                if changed.send(()).is_err() {
                    return;
                }
            }
        });
        let terminal = Terminal { socket, changes };
        // The shell waits for a key, so that nothing is drawn before the pipe is there.
        let waiting = format!("read x; exec {command}");
        terminal.tmux(&["new-session", "-d", "-x", "100", "-y", "30", "sh", "-c", &waiting]);
        terminal.tmux(&["pipe-pane", "-o", &format!("cat > {pipe}")]);
        terminal.keys(&["Enter"]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let output = Command::new("tmux")
            .args(["-S", &self.socket, "-f", "/dev/null"])
            .args(arguments)
            .output()
            .expect("tmux runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(&["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Waits until the screen shows a text; looks again whenever something was written.
    fn wait_for(&self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            match self.changes.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(()) => while self.changes.try_recv().is_ok() {},
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                    panic!("no \"{text}\" on the screen:\n{screen}")
                }
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = Command::new("tmux").args(["-S", &self.socket, "kill-server"]).output();
    }
}

#[test]
fn a_person_calls_and_is_called() {
    if Command::new("tmux").arg("-V").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tmux is absent: `cargo xtask setup` installs it");
        eprintln!("SKIPPED: tmux is absent: the phone on a terminal is not tested");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/site.toml");
    let mut settings = server::config::load(&site).expect("the site's file is right");
    settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    let server = Server::start(Config::from(settings)).expect("the server starts");
    let address = server.addresses[0];
    let other = softphone::Driver::start().expect("the driver starts");
    let config = phone::Config::new("SEP02112233A002", &phone::profile::CISCO_7965);
    let bob = other.add(softphone::Setup::new(config, vec![address])).expect("Bob's phone");
    bob.wait_for("registration", PATIENCE, |phone| phone.is_registered()).expect("Bob registers");

    let program = env!("CARGO_BIN_EXE_lineside");
    let terminal = Terminal::start(
        folder.path(),
        &format!("{program} phone --server {address} --name SEP02112233A001 --theme dark"),
    );
    terminal.wait_for("F2 NewCall");
    // A number, then Dial.
    terminal.keys(&["1002"]);
    terminal.wait_for("1002_");
    terminal.keys(&["F1"]);
    terminal.wait_for("ring out");
    bob.wait_for("ringing", PATIENCE, phone::Phone::ringing).expect("Bob's phone rings");
    bob.act(phone::Act::Answer).expect("answered");
    let talking = terminal.wait_for("connected");
    assert!(talking.contains("To Bob (1002)") && talking.contains("EndCall"), "{talking}");
    terminal.wait_for("MOS 4.");
    bob.act(phone::Act::Hangup).expect("hung up");
    terminal.wait_for("F2 NewCall");
    // Bob calls back; the speaker button answers.
    bob.act(phone::Act::Dial("1001")).expect("dialled");
    terminal.wait_for("RINGING");
    terminal.keys(&["s"]);
    terminal.wait_for("connected");
    bob.act(phone::Act::Hangup).expect("hung up");
    terminal.wait_for("F2 NewCall");
    // The lists know both.
    terminal.keys(&["d", "3"]);
    terminal.wait_for("Placed Calls");
    assert!(terminal.screen().contains("1002"), "{}", terminal.screen());
    terminal.keys(&["F3", "F2"]);
    terminal.keys(&["?"]);
    terminal.wait_for("the dial pad; before a call");
    terminal.keys(&["Escape"]);
    terminal.wait_for("F2 NewCall");
    drop((bob, other));
    server.stop();
    server.join().expect("the server ends");
}
