//! One call as a pcapng: its messages with comments, the names of all who take part.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use skinny::Header;

use super::Sight;
use super::of_call;
use crate::analysis::{Call, Endpoint, Event, Registration, SessionId};
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
    registrations: &[Registration],
    sight: &mut Sight,
) -> io::Result<W> {
    let mut writer = PcapngWriter::new(out, "lineside trace", &["call"])?;
    let mut ends = BTreeMap::new();
    let mut names: BTreeSet<(IpAddr, String)> = BTreeSet::new();
    for session in events.iter().map(|event| event.session) {
        ends.entry(session).or_insert_with(|| ends_of(session, registrations, sight, &mut names));
    }
    let names: Vec<(IpAddr, String)> = names.into_iter().collect();
    writer.names(&names)?;
    sight.brief = true;
    let ladder = of_call(call, events, registrations, sight);
    let mut rows = ladder.rows.iter().filter(|row| row.id.starts_with('m'));
    let mut wire = Wire::new().without_acks();
    let mut is_first = true;
    for event in events {
        let Some(&(phone, server)) = ends.get(&event.session) else { continue };
        let mut body = event.body.to_vec();
        if let Some(redactor) = &mut sight.redactor {
            redactor.body(event.id, event.header_version, event.negotiated, &mut body);
        }
        let header = Header { length: body.len() as u32 + 4, version: event.header_version, id: event.id };
        let (src, dst) = if event.from_server { (server, phone) } else { (phone, server) };
        wire.send(event.at.time, src, dst, &[&header.bytes()[..], &body].concat());
        if let Some(row) = rows.next() {
            let mut comment = format!("{} {}", row.name, row.detail).trim_end().to_owned();
            if row.inferred {
                comment.push_str(" (attached by phone and time)");
            }
            if std::mem::take(&mut is_first) {
                comment = format!("{}\n{comment}", ladder.title);
            }
            wire.comment(comment);
        }
        for packet in wire.packets() {
            writer.write(packet)?;
        }
        wire.forget_packets();
    }
    writer.finish()
}

/// Addresses of a phone's connection, and the names behind them.
fn ends_of(
    session: SessionId,
    registrations: &[Registration],
    sight: &mut Sight,
    names: &mut BTreeSet<(IpAddr, String)>,
) -> (SocketAddr, SocketAddr) {
    let mut end = |endpoint: Option<&Endpoint>, missing: Ipv4Addr, port: u16, default_name: &str| {
        let address = endpoint.and_then(|endpoint| endpoint.address);
        let mut ip = address.map_or(IpAddr::V4(missing), |address| address.ip());
        let name = endpoint.and_then(|endpoint| endpoint.name.clone());
        let mut name = name.map_or_else(|| default_name.to_owned(), String::from);
        if let Some(redactor) = &mut sight.redactor {
            ip = redactor.address(ip);
            name = if name.is_empty() { name } else { redactor.device(&name) };
        }
        if !name.is_empty() {
            names.insert((ip, name));
        }
        let port = address.map(|address| address.port()).filter(|port| *port != 0).unwrap_or(port);
        SocketAddr::new(ip, port)
    };
    let registration = registrations.get(session.index());
    let [_, b, c, d] = session.0.to_be_bytes();
    let port = FIRST_PORT + (session.0 % 10_000) as u16;
    let phone = end(registration.map(|found| &found.phone), Ipv4Addr::new(240, b, c, d), port, "");
    let server =
        end(registration.map(|found| &found.server), Ipv4Addr::new(240, 255, 255, 254), SCCP_PORT, "");
    (phone, server)
}
