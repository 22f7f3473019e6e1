//! Every frame of the check, kept in memory, and written with people and places replaced.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use server::{Direction, TapFrame};
use skinny::frame::{Split, split};
use skinny::message::Message;
use skinny::packet::Packet;
use trace::Timestamp;
use trace::draw::redact::Redactor;
use trace::synth::{PcapngWriter, Wire};

/// Frames that are kept: a check has some hundred.
const FRAMES_MAX: usize = 100_000;
/// The port by which Wireshark knows SCCP.
const SCCP_PORT: u16 = 2000;

/// Frames that passed.
pub struct Capture(Arc<Mutex<Vec<TapFrame>>>);

impl Capture {
    /// Keeps what comes, until the other end is gone.
    pub fn start(frames: Receiver<TapFrame>) -> Result<Capture> {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let capture = Capture(Arc::clone(&kept));
        let keep = move || {
            for frame in frames {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() < FRAMES_MAX {
                    kept.push(frame);
                }
            }
        };
        // It ends with the server.
        std::thread::Builder::new().name("capture".into()).spawn(keep)?;
        Ok(capture)
    }

    fn frames(&self) -> MutexGuard<'_, Vec<TapFrame>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Our address to which a phone connected.
    pub fn server_of(&self, phone: SocketAddr) -> Option<SocketAddr> {
        self.frames().iter().find(|frame| frame.phone == phone).map(|frame| frame.server)
    }

    /// Writes them; how many.
    pub fn write(&self, path: &Path) -> Result<usize> {
        let file = File::create(path).with_context(|| path.display().to_string())?;
        let mut writer = PcapngWriter::new(BufWriter::new(file), "lineside phone-check", &["check"])?;
        let (mut wire, mut redactor) = (Wire::new(), Redactor::default());
        let mut versions: BTreeMap<SocketAddr, u8> = BTreeMap::new();
        let frames = self.frames();
        for tapped in frames.iter() {
            let Split::Frame(frame, _) = split(&tapped.bytes) else { continue };
            let time = Timestamp(i64::try_from(tapped.unix_ns)?);
            let phone = SocketAddr::new(stand_in(&mut redactor, tapped.phone.ip()), tapped.phone.port());
            let server = SocketAddr::new(stand_in(&mut redactor, tapped.server.ip()), SCCP_PORT);
            if !versions.contains_key(&tapped.phone) {
                wire.open(time, phone, server);
            }
            let version = versions.entry(tapped.phone).or_default();
            if let Message::RegisterAck(ack) = Packet::decode(frame, *version).message {
                *version = ack.max_protocol_ver;
            }
            let mut body = frame.body.to_vec();
            redactor.body(frame.header.id, frame.header.version, *version, &mut body);
            let (src, dst) = match tapped.direction {
                Direction::FromPhone => (phone, server),
                Direction::ToPhone => (server, phone),
            };
            wire.send(time, src, dst, &[&frame.header.bytes()[..], &body].concat());
            for packet in wire.packets() {
                writer.write(packet)?;
            }
            wire.forget_packets();
        }
        writer.finish()?;
        Ok(frames.len())
    }
}

fn stand_in(redactor: &mut Redactor, address: IpAddr) -> IpAddr {
    redactor.address(address)
}
