//! One call as a pcapng: its messages with comments, the names of all who take part, its RTP unless it is redacted.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;

use skinny::Header;

use super::Sight;
use super::of_call;
use crate::Timestamp;
use crate::analysis::{Call, Directory, Endpoint, Event, SessionId};
use crate::reader::{Datagram, FrameSink, RawFrame};
use crate::synth::{PcapngWriter, Wire};

/// The call manager's port; Wireshark goes by it.
const SCCP_PORT: u16 = 2000;

/// Where phones' ports begin when the source does not tell them.
const FIRST_PORT: u16 = 50_000;

/// Writes the messages of a call. The packets are made anew: of the source's own only their messages are kept, so that nothing
/// else that the phones said goes along.
///
/// # Errors
/// When `out` fails.
pub fn write<W: Write>(
    out: W,
    call: &Call,
    events: &[Event],
    directory: &Directory,
    sight: &mut Sight,
) -> io::Result<W> {
    Export::new(out, call, events, directory, sight)?.finish()
}

/// Writes a call while its source is read once more, for the RTP between its messages.
pub struct Export<'a, W: Write> {
    writer: PcapngWriter<W>,
    events: std::iter::Peekable<std::slice::Iter<'a, Event>>,
    /// For each event, in their order.
    comments: std::vec::IntoIter<String>,
    ends: BTreeMap<SessionId, (SocketAddr, SocketAddr)>,
    /// Which of them stand for what the source does not tell: said with the first message of each connection.
    stand_ins: BTreeMap<SessionId, String>,
    /// What Wireshark must be told, with the first message.
    hint: Option<String>,
    /// RTP of the call: who sends to whom.
    streams: BTreeSet<(SocketAddr, SocketAddr)>,
    sight: &'a mut Sight,
    wire: Wire,
    failure: Option<io::Error>,
}

impl<'a, W: Write> Export<'a, W> {
    /// Begins the file.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn new(
        out: W,
        call: &Call,
        events: &'a [Event],
        directory: &Directory,
        sight: &'a mut Sight,
    ) -> io::Result<Self> {
        let mut writer = PcapngWriter::new(out, "lineside trace", &["call"])?;
        let mut ends = BTreeMap::new();
        let mut stand_ins = BTreeMap::new();
        let mut names: BTreeSet<(IpAddr, String)> = BTreeSet::new();
        for session in events.iter().map(|event| event.session) {
            ends.entry(session).or_insert_with(|| {
                let (ends, invented) = ends_of(session, directory, sight, &mut names);
                invented.map(|invented| stand_ins.insert(session, invented));
                ends
            });
        }
        let names: Vec<(IpAddr, String)> = names.into_iter().collect();
        writer.names(&names)?;
        sight.brief = true;
        let ladder = of_call(call, events, directory, sight);
        let rows = ladder.rows.iter().filter(|row| row.id.starts_with('m')).enumerate();
        let comments: Vec<String> = rows
            .map(|(index, row)| {
                let title = if index == 0 { format!("{}\n", ladder.title) } else { String::new() };
                let inferred = if row.inferred { " (attached by phone and time)" } else { "" };
                format!("{title}{}{inferred}", format!("{} {}", row.name, row.detail).trim_end())
            })
            .collect();
        // Sound names people as surely as numbers do.
        let streams = match sight.redactor {
            Some(_) => BTreeSet::new(),
            None => call.streams.iter().map(|stream| (stream.src, stream.dst)).collect(),
        };
        Ok(Self {
            writer,
            events: events.iter().peekable(),
            comments: comments.into_iter(),
            hint: hint(&ends),
            ends,
            stand_ins,
            streams,
            sight,
            wire: Wire::new().without_acks(),
            failure: None,
        })
    }

    /// Gives the call manager this port in place of its own: Wireshark looks for SCCP on port 2000 alone.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.ends.values_mut().for_each(|(_, server)| server.set_port(port));
        self.hint = hint(&self.ends);
        self
    }

    /// Whether a reading of the source would add anything.
    pub fn wants_rtp(&self) -> bool {
        !self.streams.is_empty()
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn finish(mut self) -> io::Result<W> {
        match self.failure.take() {
            Some(error) => Err(error),
            None => {
                self.until(None)?;
                self.writer.finish()
            }
        }
    }

    /// Writes the messages before a time; all that are left without one.
    fn until(&mut self, time: Option<Timestamp>) -> io::Result<()> {
        while let Some(event) = self.events.next_if(|event| time.is_none_or(|time| event.at.time <= time)) {
            if event.is_thought() {
                continue;
            }
            let comment = self.comments.next();
            let Some(&(phone, server)) = self.ends.get(&event.session) else { continue };
            let mut body = event.body.to_vec();
            if let Some(redactor) = &mut self.sight.redactor {
                redactor.body(event.id, event.header_version, event.negotiated, &mut body);
            }
            let header =
                Header { length: body.len() as u32 + 4, version: event.header_version, id: event.id };
            let (src, dst) = if event.from_server { (server, phone) } else { (phone, server) };
            self.wire.send(event.at.time, src, dst, &[&header.bytes()[..], &body].concat());
            if let Some(comment) = comment {
                let before = [self.hint.take(), self.stand_ins.remove(&event.session)];
                let before: String = before.into_iter().flatten().map(|line| line + "\n").collect();
                self.wire.comment(before + &comment);
            }
            self.write_packets()?;
        }
        Ok(())
    }

    fn write_packets(&mut self) -> io::Result<()> {
        for packet in self.wire.packets() {
            self.writer.write(packet)?;
        }
        self.wire.forget_packets();
        Ok(())
    }

    fn rtp(&mut self, datagram: &Datagram<'_>) -> io::Result<()> {
        self.until(Some(datagram.time))?;
        let Datagram { time, src, dst, traffic_class, payload, .. } = *datagram;
        self.wire.datagram_of_class(time, src, dst, traffic_class, payload);
        self.write_packets()
    }
}

impl<W: Write> FrameSink for Export<'_, W> {
    fn frame(&mut self, _frame: RawFrame<'_>) -> ControlFlow<()> {
        if self.failure.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn datagram(&mut self, datagram: Datagram<'_>) {
        if self.failure.is_none() && self.streams.contains(&(datagram.src, datagram.dst)) {
            self.failure = self.rtp(&datagram).err();
        }
    }
}

/// How to have SCCP decoded on ports where Wireshark does not look for it.
fn hint(ends: &BTreeMap<SessionId, (SocketAddr, SocketAddr)>) -> Option<String> {
    let ports: BTreeSet<u16> = ends.values().map(|(_, server)| server.port()).collect();
    let others = ports.into_iter().filter(|port| *port != SCCP_PORT);
    let ports: Vec<String> = others.map(|port| format!("-d tcp.port=={port},skinny")).collect();
    (!ports.is_empty()).then(|| {
        format!("SCCP here is not on port 2000. Wireshark: Decode As, SKINNY; tshark {}", ports.join(" "))
    })
}

/// Addresses of a phone's connection, the names behind them, and which of the addresses the source does not tell: packets must have
/// some, so those get one of the class that is reserved for ever (240/4), with a name that says so.
fn ends_of(
    session: SessionId,
    directory: &Directory,
    sight: &mut Sight,
    names: &mut BTreeSet<(IpAddr, String)>,
) -> ((SocketAddr, SocketAddr), Option<String>) {
    let mut stand_ins: Vec<String> = Vec::new();
    let mut end = |endpoint: Option<&Endpoint>, stand_in: Ipv4Addr, port: u16, whose: &str| {
        let address = endpoint.and_then(|endpoint| endpoint.address);
        let mut ip = address.map_or(IpAddr::V4(stand_in), |address| address.ip());
        let mut name = endpoint.and_then(|endpoint| endpoint.name.as_deref()).map(str::to_owned);
        if let Some(redactor) = &mut sight.redactor {
            ip = if address.is_some() { redactor.address(ip) } else { ip };
            name = name.map(|name| redactor.device(&name));
        }
        if address.is_none() {
            stand_ins.push(format!("{ip} for the {whose}"));
            name.get_or_insert_with(|| format!("{}-not-told", whose.replace(' ', "-")));
        }
        names.extend(name.map(|name| (ip, name)));
        let port = address.map(|address| address.port()).filter(|port| *port != 0).unwrap_or(port);
        SocketAddr::new(ip, port)
    };
    let registration = directory.get(session.index());
    let [_, b, c, d] = session.0.to_be_bytes();
    let port = FIRST_PORT + (session.0 % 10_000) as u16;
    let (phone, server) = match &registration {
        Some(found) => (Some(&found.phone), Some(found.server)),
        None => (None, None),
    };
    let phone = end(phone, Ipv4Addr::new(240, b, c, d), port, "phone");
    let server = end(server, Ipv4Addr::new(240, 255, 255, 254), SCCP_PORT, "call manager");
    let synthesized = (!stand_ins.is_empty()).then(|| {
        format!("Synthesized: the source tells no address. Put in its place: {}.", stand_ins.join(", "))
    });
    ((phone, server), synthesized)
}
