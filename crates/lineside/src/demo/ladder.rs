//! Every frame that passes: shown as it happens, and kept as a pcapng.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use server::{Direction, TapFrame};
use skinny::frame::{Split, split};
use skinny::message::Message;
use skinny::packet::Packet;
use skinny::text::Text;
use trace::Timestamp;
use trace::synth::{PcapngWriter, Wire};

use super::site::PEOPLE;

/// Frames that may wait to be shown. A call takes about a hundred.
const FRAMES_MAX: usize = 100_000;

/// Where call managers listen.
const SCCP_PORT: u16 = 2000;

/// What is shown of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Nothing (JSON).
    Nothing,
    /// What tells the story.
    Story,
    /// All.
    Everything,
}

/// The thread that shows and keeps.
pub struct Ladder(JoinHandle<Result<u64>>);

impl Ladder {
    /// Waits until the last frame is kept; returns how many there were.
    pub fn join(self) -> Result<u64> {
        self.0.join().map_err(|_| anyhow::anyhow!("its thread panicked"))?
    }
}

/// Starts the thread; it ends when the sender is gone.
pub fn start(capture: &Path, view: View) -> Result<(SyncSender<TapFrame>, Ladder)> {
    let (sender, frames) = sync_channel(FRAMES_MAX);
    let file = File::create(capture).with_context(|| capture.display().to_string())?;
    let writer = PcapngWriter::new(BufWriter::new(file), "lineside demo", &["loopback"])?;
    let thread =
        std::thread::Builder::new().name("ladder".into()).spawn(move || keep(&frames, writer, view))?;
    Ok((sender, Ladder(thread)))
}

fn keep(frames: &Receiver<TapFrame>, mut writer: PcapngWriter<BufWriter<File>>, view: View) -> Result<u64> {
    let mut wire = Wire::new();
    let mut sessions = Sessions::default();
    let mut count = 0;
    for tapped in frames {
        count += 1;
        let time = Timestamp(i64::try_from(tapped.unix_ns)?);
        // The demo's server has any free port; in the capture it has SCCP's, since Wireshark goes by that.
        let server = SocketAddr::new(tapped.server.ip(), SCCP_PORT);
        let (src, dst) = match tapped.direction {
            Direction::FromPhone => (tapped.phone, server),
            Direction::ToPhone => (server, tapped.phone),
        };
        if sessions.is_new(tapped.phone) {
            wire.open(time, tapped.phone, server);
        }
        wire.send(time, src, dst, &tapped.bytes);
        for packet in wire.packets() {
            writer.write(packet)?;
        }
        wire.forget_packets();
        if let Some(line) = sessions.line(&tapped, view) {
            // A terminal that is gone must not end the demo.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
    writer.finish()?;
    Ok(count)
}

/// Who is behind an address.
#[derive(Default)]
struct Sessions {
    start_ns: Option<u64>,
    names: BTreeMap<SocketAddr, (String, u8)>,
}

impl Sessions {
    fn is_new(&mut self, phone: SocketAddr) -> bool {
        let known = self.names.contains_key(&phone);
        self.names.entry(phone).or_insert_with(|| (phone.to_string(), 0));
        !known
    }

    fn line(&mut self, tapped: &TapFrame, view: View) -> Option<String> {
        let Split::Frame(frame, _) = split(&tapped.bytes) else { return None };
        let (name, negotiated) = self.names.entry(tapped.phone).or_default();
        let packet = Packet::decode(frame, *negotiated);
        match packet.message {
            Message::RegisterReq(request) => {
                let device = String::from_utf8_lossy(request.sid.device_name.text()).into_owned();
                let person = PEOPLE.iter().find(|person| person.device == device);
                *name = person.map_or(device, |person| format!("{} ({})", person.name, person.profile.model));
            }
            Message::RegisterAck(answer) => *negotiated = answer.max_protocol_ver,
            _ => {}
        }
        let what = match view {
            View::Nothing => return None,
            View::Story => headline(&packet.message)?,
            View::Everything => headline(&packet.message)
                .unwrap_or_else(|| skinny::catalogue::name(frame.header.id).into_owned()),
        };
        let start = *self.start_ns.get_or_insert(tapped.unix_ns);
        let seconds = tapped.unix_ns.saturating_sub(start) as f64 / 1e9;
        let arrow = if tapped.direction == Direction::FromPhone { "──►" } else { "◄──" };
        Some(format!("{seconds:9.4}  {name:<22} {arrow} {what}"))
    }
}

/// The messages that tell the story of a call, with what matters in them.
fn headline(message: &Message<'_>) -> Option<String> {
    Some(match message {
        Message::RegisterReq(m) => {
            format!("RegisterReq {} {}", Text::new(m.sid.device_name.text()), m.device_type)
        }
        Message::RegisterAck(m) => format!("RegisterAck protocol {}", m.max_protocol_ver),
        Message::OffHook(_) => "OffHook".into(),
        Message::OnHook(_) => "OnHook".into(),
        Message::KeypadButton(m) => format!("KeypadButton {}", m.kp_button),
        Message::EnblocCall(m) => format!("EnblocCall {}", Text::new(m.called_party.text())),
        Message::SoftKeyEvent(m) => format!("SoftKeyEvent {}", m.soft_key_event),
        Message::Stimulus(m) => format!("Stimulus {}", m.stimulus),
        Message::StartTone(m) => format!("StartTone {}", m.tone),
        Message::StopTone(_) => "StopTone".into(),
        Message::SetRinger(m) => format!("SetRinger {}", m.ring_mode),
        Message::CallState(m) => format!("CallState {}", m.call_state),
        Message::DialedNumber(m) => format!("DialedNumber {}", Text::new(m.dialed_number.text())),
        Message::CallInfo(m) => {
            parties(m.calling_party_name.text(), m.calling_party.text(), m.called_party.text())
        }
        Message::CallInfoV2(m) => {
            let texts = m.strings.texts();
            parties(texts.calling_party_name, texts.calling_party, texts.called_party)
        }
        Message::OpenReceiveChannel(m) => format!("OpenReceiveChannel {}", m.compression_type),
        Message::OpenReceiveChannelAck(m) => {
            format!(
                "OpenReceiveChannelAck {} {}:{}",
                m.media_reception_status,
                m.ip_addr.ip(),
                m.port_number.0
            )
        }
        Message::StartMediaTransmission(m) => format!(
            "StartMediaTransmission {} to {}:{}",
            m.compression_type,
            m.remote_ip_addr.ip(),
            m.remote_port_number.0
        ),
        Message::CloseReceiveChannel(_) => "CloseReceiveChannel".into(),
        Message::StopMediaTransmission(_) => "StopMediaTransmission".into(),
        Message::ConnectionStatisticsRes(m) => format!(
            "ConnectionStatisticsRes sent {} received {} lost {} jitter {}",
            m.number_packets_sent, m.number_packets_received, m.number_packets_lost, m.jitter
        ),
        _ => return None,
    })
}

fn parties(name: &[u8], calling: &[u8], called: &[u8]) -> String {
    format!("CallInfo {} {} → {}", Text::new(name), Text::new(calling), Text::new(called))
}
