//! rtpengine in user space, steered over its control protocol: a dictionary in bencode behind a cookie, both in one
//! datagram (its own documentation, "The ng control protocol").

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Opened;
use crate::child::Killed;
use crate::usage::Usage;

const PROGRAM: &str = "rtpengine";
/// How long it may take to start.
const START_WAIT: Duration = Duration::from_secs(10);
/// How long it may take to answer.
const ANSWER_WAIT: Duration = Duration::from_millis(500);
const PORTS: [&str; 2] = ["--port-min=30000", "--port-max=50000"];

/// Whether there is one.
pub fn is_installed() -> bool {
    let probe = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok()
}

/// Starts one and sets up calls between these phones.
pub(super) fn start(calls: usize, phones: [SocketAddr; 2]) -> io::Result<(Killed, Opened)> {
    let control = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    control.set_read_timeout(Some(ANSWER_WAIT))?;
    let address = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut command = Command::new(PROGRAM);
    command.args(["--config-file=none", "--foreground", "--table=-1", "--log-level=1", "--log-stderr"]);
    command.args(["--interface=127.0.0.1", "--num-threads=2"]).args(PORTS);
    command.arg(format!("--listen-ng={address}"));
    let child = Killed(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    control.connect(address)?;
    let deadline = Instant::now() + START_WAIT;
    while ask(&control, 0, &[("command", "ping")]).is_err() {
        if Instant::now() > deadline {
            return Err(io::Error::other("it does not answer"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let rss_before_kib = Usage::of(child.id()).map_err(io::Error::other)?.rss_kib;
    let places = (0..calls).map(|call| set_up(&control, call, phones)).collect::<io::Result<_>>()?;
    Ok((child, Opened { calls: places, rss_before_kib }))
}

/// Where caller and callee of a call send to.
fn set_up(control: &UdpSocket, call: usize, phones: [SocketAddr; 2]) -> io::Result<[SocketAddr; 2]> {
    let id = format!("call-{call}");
    let offer = session(phones[0]);
    let words = [("call-id", id.as_str()), ("command", "offer"), ("from-tag", "a"), ("sdp", offer.as_str())];
    let to_callee = ask(control, 2 * call + 1, &words)?;
    let answer = session(phones[1]);
    let words = [
        ("call-id", id.as_str()),
        ("command", "answer"),
        ("from-tag", "a"),
        ("sdp", answer.as_str()),
        ("to-tag", "b"),
    ];
    let to_caller = ask(control, 2 * call + 2, &words)?;
    // What the callee is offered is where the callee sends to, and the other way round.
    Ok([audio(&to_caller)?, audio(&to_callee)?])
}

fn session(phone: SocketAddr) -> String {
    let (ip, port) = (phone.ip(), phone.port());
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
    )
}

/// The address of the audio in an answer that has a session description.
fn audio(answer: &str) -> io::Result<SocketAddr> {
    let after = |mark: &str| answer.split_once(mark).and_then(|(_, rest)| rest.split([' ', '\r']).next());
    let found = after("c=IN IP4 ").zip(after("m=audio "));
    let found = found.and_then(|(ip, port)| Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?)));
    found.ok_or_else(|| io::Error::other(format!("no audio in its answer: {answer}")))
}

/// Asks; the answer without its cookie. `words` are in the order of their keys, as bencode wants.
fn ask(control: &UdpSocket, cookie: usize, words: &[(&str, &str)]) -> io::Result<String> {
    let mut text = format!("c{cookie} d");
    for (key, value) in words {
        // Writing to a string does not fail.
        let _ = write!(text, "{}:{key}{}:{value}", key.len(), value.len());
    }
    text.push('e');
    control.send(text.as_bytes())?;
    let mark = format!("c{cookie} ");
    let mut buffer = vec![0; 65_536];
    loop {
        let len = control.recv(&mut buffer)?;
        let said = String::from_utf8_lossy(&buffer[..len]);
        // An answer to an earlier question that came late.
        let Some(said) = said.strip_prefix(&mark) else { continue };
        if said.contains("6:result2:ok") || said.contains("6:result4:pong") {
            return Ok(said.to_owned());
        }
        return Err(io::Error::other(format!("it refuses: {said}")));
    }
}
