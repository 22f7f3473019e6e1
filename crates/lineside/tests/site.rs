//! A site as a stranger sets it up: `serve` without a file, phones, `ctl`, `cdr`, the trace, kill -9.

#[path = "../../server/tests/wire/support.rs"]
#[allow(dead_code, reason = "shared with the server's tests over the wire, which use all of it")]
mod support;

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;
use support::*;

struct Site {
    child: Child,
    home: tempfile::TempDir,
    log: Receiver<String>,
    out: Receiver<String>,
    address: SocketAddr,
}

fn lineside(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lineside"));
    command.env_clear().env("HOME", home).env("TZ", "UTC");
    command
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let lines = BufReader::new(from).lines().map_while(Result::ok);
        lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
    });
    receiver
}

fn wait_for(lines: &Receiver<String>, words: &str) -> String {
    let mut seen = Vec::new();
    while let Ok(line) = lines.recv_timeout(PATIENCE) {
        if line.contains(words) {
            return line;
        }
        seen.push(line);
    }
    panic!("{words} did not come, but {seen:#?}");
}

impl Site {
    fn serve(arguments: &[&str]) -> Site {
        Site::serve_in(tempfile::tempdir().expect("a directory"), arguments)
    }

    fn serve_in(home: tempfile::TempDir, arguments: &[&str]) -> Site {
        let mut command = lineside(home.path());
        command.arg("serve").args(arguments);
        Site::started(home, &mut command)
    }

    fn started(home: tempfile::TempDir, command: &mut Command) -> Site {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let log = lines(child.stderr.take().expect("piped"));
        let out = lines(child.stdout.take().expect("piped"));
        let line = wait_for(&log, "phones connect to");
        let address = line.rsplit(' ').next().expect("an address").parse().expect("an address");
        Site { child, home, log, out, address }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        lineside(self.home.path()).args(arguments).output().expect("runs")
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{error}");
        out.into_owned()
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Asks again until the answer is as wished.
    fn until(&self, arguments: &[&str], wish: impl Fn(&str) -> bool) -> String {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let answer = self.ok(arguments);
            if wish(&answer) {
                return answer;
            }
            assert!(std::time::Instant::now() < deadline, "{arguments:?} in vain: {answer}");
            std::thread::park_timeout(std::time::Duration::from_millis(50));
        }
    }

    fn kill(&mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("gone");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_stranger_without_any_file() {
    let mut site = Site::serve(&["--listen", "127.0.0.1:0", "--trace"]);
    let mut caller = Phone::registered(site.address, 1);
    let mut callee = Phone::registered(site.address, 2);
    connect_call(&mut caller, &mut callee, "1001");
    let calls = site.until(&["ctl", "calls"], |answer| answer.contains("connected"));
    assert!(calls.contains("1000 SEP000000000001") && calls.contains("1001 SEP000000000002"), "{calls}");
    end_call(&mut caller, &mut callee);
    wait_for(&site.out, "|StationInit: (0000001) OffHook ");
    wait_for(&site.out, "|StationD:    (0000001) StartTone tone=InsideDialTone");

    let devices = site.ok(&["ctl", "devices"]);
    assert!(
        devices
            .lines()
            .any(|line| line.starts_with("SEP000000000002  1001    registered by itself  newcomer")),
        "{devices}"
    );
    let status: Value = serde_json::from_str(&site.ok(&["ctl", "status", "--json"])).expect("JSON");
    assert_eq!((&status["registered"], &status["calls"]), (&2.into(), &0.into()), "{status}");
    assert!(site.ok(&["ctl", "messages", "1001", "3"]).contains("1001"));
    // Stimulus 15 is the lamp for messages; 1 is off, 2 is on.
    let mut lamp = || loop {
        let body = callee.expect(0x0086);
        if body[0] == 15 {
            return body[8];
        }
    };
    while lamp() != 2 {}
    assert!(site.ok(&["ctl", "messages", "1001", "0"]).contains("1001"));
    while lamp() != 1 {}
    assert!(site.ok(&["ctl", "forward", "1001", "no-answer", "1000"]).contains("1000"));
    assert!(site.ok(&["ctl", "forward", "1001", "no-answer"]).contains("1001"));
    assert!(site.ok(&["ctl", "dnd", "SEP000000000002", "silent"]).contains("SEP000000000002"));
    assert!(site.refused(&["ctl", "messages", "77", "1"]).contains("77"));
    let error = site.refused(&["ctl", "reset", "SEP000000000003"]);
    assert!(error.contains("there is no device SEP000000000003; the nearest is SEP00000000000"), "{error}");

    let cdr = site.until(&["cdr", "--csv", "--since", "1h"], |answer| answer.lines().count() == 3);
    let row: Vec<_> = cdr.lines().nth(2).expect("a call").split(',').collect();
    assert_eq!((row.len(), row[0], row[8], row[29]), (133, "1", "1000", "1001"), "{cdr}");
    assert!(site.ok(&["cdr", "--number", "9999"]).is_empty());

    // The trace is on disk a moment later, readable by anybody's tools.
    let folder = site.home.path().join(".local/share/lineside/trace");
    let file =
        std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("its name").path();
    let file = file.to_str().expect("a name");
    let trace = site.until(&["trace", "--messages", file], |answer| answer.contains("OnHook"));
    for message in ["RegisterReq", "RegisterAck", "OpenReceiveChannelAck", "CallState"] {
        assert!(trace.contains(message), "{message} is not in {trace}");
    }

    site.kill();
    let offline = site.ok(&["cdr", "--json"]);
    assert!(offline.contains("\"calling\":\"1000\"") && offline.lines().count() == 1, "{offline}");
    let error = site.refused(&["ctl", "status"]);
    assert!(error.contains("start one with `lineside serve`"), "{error}");
}

#[test]
fn a_disk_without_room_costs_frames_of_the_trace_and_no_call() {
    // A file may not grow beyond 64 blocks of 512 bytes: what a full disk says, for one process.
    let home = tempfile::tempdir().expect("a directory");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" serve --listen 127.0.0.1:0"]);
    shell.arg(env!("CARGO_BIN_EXE_lineside")).env_clear().env("HOME", home.path()).env("TZ", "UTC");
    let site = Site::started(home, &mut shell);
    let mut caller = Phone::registered(site.address, 1);
    let mut callee = Phone::registered(site.address, 2);
    let mut talk = || {
        connect_call(&mut caller, &mut callee, "1001");
        end_call(&mut caller, &mut callee);
    };
    for _ in 0..20 {
        talk();
    }
    let line = wait_for(&site.log, "the trace ring in ");
    assert!(line.contains("can't be written") && line.contains("calls go on, frames are lost"), "{line}");
    talk();
    assert!(site.ok(&["ctl", "status"]).contains("calls"));
}

/// An address of this machine that is no loopback one, if it has one from a private network.
fn private_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the kernel only says from where it would be.
    socket.connect("10.255.255.255:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    matches!(ip, IpAddr::V4(v4) if v4.is_private()).then_some(ip)
}

#[test]
fn the_lobby_until_an_operator_adopts() {
    let Some(ip) = private_address() else {
        eprintln!("SKIPPED: this machine has no address of a private network");
        return;
    };
    let site = Site::serve(&["--listen", &format!("{ip}:0")]);
    let mut phone = Phone::registered(site.address, 7);
    let line = wait_for(&site.log, "waits in the lobby with the number 1000");
    assert!(line.contains("adopt it with: lineside ctl adopt SEP000000000007"), "{line}");
    let said = site.ok(&["ctl", "adopt", "sep000000000007", "--number", "2000", "--name", "Reception"]);
    assert_eq!(said, "SEP000000000007 is adopted: 2000, Reception\n");
    phone.expect(0x009f);
    let replaced = site.ok(&["ctl", "replace", "SEP000000000007", "SEP000000000008"]);
    assert_eq!(replaced, "SEP000000000008 takes the place of SEP000000000007\n");
    let devices = site.ok(&["ctl", "devices"]);
    assert!(devices.contains("SEP000000000008  2000    Reception    operator  never seen"), "{devices}");
    // It outlives the server.
    let mut site = site;
    site.kill();
    let home = std::mem::replace(&mut site.home, tempfile::tempdir().expect("a directory"));
    let again = Site::serve_in(home, &["--listen", "127.0.0.1:0"]);
    assert!(again.ok(&["ctl", "devices"]).contains("SEP000000000008  2000    Reception    operator"));
}

#[test]
fn check_and_reload_say_what_they_change() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("lineside.toml");
    let path = file.to_str().expect("a name");
    let device = |label: &str| {
        format!(
            "[[device]]\nname = \"SEP000000000001\"\n[[device.button]]\nline = \"1001\"\nlabel = \"{label}\"\n"
        )
    };
    std::fs::write(&file, device("one")).expect("written");
    let mut site = Site::serve(&["--listen", "127.0.0.1:0", "--config", path]);
    let mut phone = Phone::registered(site.address, 1);
    assert!(site.ok(&["check", path]).ends_with("nothing would change\n"));
    std::fs::write(&file, device("two")).expect("written");
    let check = site.until(&["check", path], |answer| answer.contains("1 registered phones would"));
    assert!(check.contains("~ SEP000000000001: registers anew as soon as it is idle"), "{check}");
    let reload = site.ok(&["ctl", "reload"]);
    assert!(reload.contains("1 registered phones register anew, 0 of them after their call"), "{reload}");
    phone.expect(0x009f);
    std::fs::write(&file, device("two").replace("label", "lable")).expect("written");
    for arguments in [&["check", path][..], &["ctl", "reload"]] {
        let error = site.refused(arguments);
        assert!(error.contains(":5:1: there is no key `lable` here; did you mean `label`?"), "{error}");
    }
    let error = site.refused(&["ctl", "forget", "SEP000000000001"]);
    assert!(error.contains("stands in the configuration file and is read-only here"), "{error}");
    assert!(site.ok(&["ctl", "stop"]).contains("no new calls"));
    assert!(site.child.wait().expect("ends").success());
    // Without the server, against what it left.
    std::fs::write(&file, device("three")).expect("written");
    assert!(site.ok(&["check", path]).contains("~ SEP000000000001: registers anew"));
}

#[test]
fn completions_and_man_pages_come_from_the_command_line() {
    let folder = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let output = lineside(folder.path()).args(arguments).output().expect("runs");
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).contains("cdr"), "{shell}");
    }
    let pages = folder.path().join("man");
    run(&["manual", pages.to_str().expect("a name")]);
    let page = std::fs::read_to_string(pages.join("lineside-cdr.1")).expect("a page");
    assert!(page.contains(".TH") && page.contains("\\-\\-since"), "{page}");
}
