//! From a call of the analysis to a ladder.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use skinny::packet::view;
use skinny::text::Charset;
use skinny::view::Listing;
use skinny::{Frame, Header, catalogue};

use super::redact::Redactor;
use super::{Column, ColumnKind, Field, Ladder, MAX_COLUMNS, Remark, Row, RowKind, headline};
use crate::analysis::{Branch, Call, Directory, Endpoint, Event, Leg, MessageRef, Role, SessionId, Stream};

/// What a drawing is to show.
#[derive(Debug, Default)]
pub struct Sight {
    /// Numbers, names, digits and addresses replaced.
    pub redactor: Option<Redactor>,
    /// Without the fields and bytes of the messages, for drawings that show none.
    pub brief: bool,
}

/// The ladder of a call.
pub fn of_call(call: &Call, events: &[Event], directory: &Directory, sight: &mut Sight) -> Ladder {
    let mut builder = Builder { call, directory, sight, columns: Columns::default() };
    builder.seat_everybody(events);
    let messages = events.iter().filter(|event| !event.is_thought());
    let mut rows: Vec<Row> = messages.map(|event| builder.message(event)).collect();
    // Nobody knows which words of free text are a secret.
    if builder.sight.redactor.is_none() {
        rows.extend(events.iter().filter(|event| event.is_thought()).map(|event| builder.thought(event)));
    }
    rows.extend(call.streams.iter().enumerate().map(|(index, stream)| builder.stream(index, stream)));
    rows.sort_by_key(|row| row.time);
    let columns = std::mem::take(&mut builder.columns.list);
    let remarks = builder.remarks();
    Ladder { title: builder.title(), facts: builder.facts(), remarks, columns, rows }
}

struct Builder<'a> {
    call: &'a Call,
    directory: &'a Directory,
    sight: &'a mut Sight,
    columns: Columns,
}

#[derive(Default)]
struct Columns {
    list: Vec<Column>,
    by_session: BTreeMap<SessionId, usize>,
    servers: BTreeMap<SessionId, usize>,
    by_address: BTreeMap<IpAddr, usize>,
}

/// On which side of the call manager a phone sits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seat {
    Left,
    Right,
}

impl Builder<'_> {
    /// Callers left, call managers in the middle, all others right.
    fn seat_everybody(&mut self, events: &[Event]) {
        let mut phones: Vec<(Seat, SessionId)> = Vec::new();
        let sessions = self.call.legs.iter().map(|leg| (seat(leg), leg.session));
        for (seat, session) in sessions.chain(events.iter().map(|event| (Seat::Right, event.session))) {
            if !phones.iter().any(|(_, known)| *known == session) && phones.len() + 3 < MAX_COLUMNS {
                phones.push((seat, session));
            }
        }
        phones.sort_by_key(|(seat, _)| *seat);
        if phones.len() > 1 && phones.iter().all(|(seat, _)| *seat == Seat::Right) {
            phones[0].0 = Seat::Left;
        }
        for (seat, session) in &phones {
            if *seat == Seat::Left {
                self.add_phone(*session);
            }
        }
        for (_, session) in &phones {
            self.add_server(*session);
        }
        for (seat, session) in &phones {
            if *seat == Seat::Right {
                self.add_phone(*session);
            }
        }
    }

    fn add_phone(&mut self, session: SessionId) {
        let endpoint = self.endpoint(session, false);
        let leg = self.call.legs.iter().find(|leg| leg.session == session);
        let number = leg.map(|leg| own_number(leg).to_owned()).unwrap_or_default();
        let number = self.number(&number);
        let address = self.address(endpoint.address);
        let column = self.columns.list.len();
        self.columns.by_session.insert(session, column);
        if let Some(address) = endpoint.address {
            self.columns.by_address.entry(address.ip()).or_insert(column);
        }
        let mut detail: Vec<String> =
            [number, address.clone()].into_iter().filter(|part| !part.is_empty()).collect();
        let name = match &endpoint.name {
            Some(name) => self.device(name),
            None if address.is_empty() => "phone".to_owned(),
            None => {
                detail.pop();
                address
            }
        };
        self.columns.list.push(Column { name, detail: detail.join(" "), kind: ColumnKind::Phone });
    }

    fn add_server(&mut self, session: SessionId) {
        let endpoint = self.endpoint(session, true);
        let known = self.columns.servers.iter().find(|(other, _)| self.endpoint(**other, true) == endpoint);
        if let Some((_, column)) = known {
            let column = *column;
            self.columns.servers.insert(session, column);
            return;
        }
        let address = self.address(endpoint.address.filter(|address| !address.ip().is_unspecified()));
        let name =
            endpoint.name.as_deref().map_or_else(|| "call manager".to_owned(), |name| self.device(name));
        self.columns.servers.insert(session, self.columns.list.len());
        self.columns.list.push(Column { name, detail: address, kind: ColumnKind::Server });
    }

    fn endpoint(&self, session: SessionId, server: bool) -> Endpoint {
        let registration = self.directory.get(session.index());
        let endpoint = registration.map(|found| if server { found.server.clone() } else { found.phone });
        endpoint.unwrap_or_default()
    }

    fn message(&mut self, event: &Event) -> Row {
        let mut body = event.body.to_vec();
        let negotiated = event.negotiated;
        if let Some(redactor) = &mut self.sight.redactor {
            redactor.body(event.id, event.header_version, negotiated, &mut body);
        }
        let header = Header { length: body.len() as u32 + 4, version: event.header_version, id: event.id };
        let charset = if event.utf8 { Charset::Utf8 } else { Charset::Unknown };
        let mut listing = Listing::default();
        listing.charset = charset;
        view(Frame { header, body: &body }, negotiated, &mut listing);
        let (kind, detail) = headline(event.id, &listing.fields);
        let (phone, server) = (self.phone_column(event.session), self.server_column(event.session));
        let (from, to) = if event.from_server { (server, phone) } else { (phone, server) };
        let (mut fields, mut bytes) = (Vec::new(), Vec::new());
        if !self.sight.brief {
            bytes = [&header.bytes()[..], &body].concat();
            fields = listing.fields.into_iter().map(field).collect();
        }
        Row {
            id: row_id(&event.at),
            time: event.at.time,
            from,
            to,
            name: catalogue::name(event.id).into_owned(),
            detail,
            kind,
            inferred: event.inferred,
            fields,
            bytes,
        }
    }

    /// A line of the call manager's own trace: said to nobody.
    fn thought(&self, event: &Event) -> Row {
        let server = self.server_column(event.session);
        let text = String::from_utf8_lossy(&event.body).trim().to_owned();
        let len = text.len();
        let field = Field { path: "line".into(), value: text.clone(), at: 0, len };
        Row {
            id: row_id(&event.at).replacen('m', "t", 1),
            time: event.at.time,
            from: server,
            to: server,
            name: "trace".into(),
            detail: text,
            kind: RowKind::Thought,
            inferred: event.inferred,
            fields: if self.sight.brief { Vec::new() } else { vec![field] },
            bytes: if self.sight.brief { Vec::new() } else { event.body.to_vec() },
        }
    }

    fn stream(&mut self, index: usize, stream: &Stream) -> Row {
        let from = self.media_column(stream.from_leg, stream.src);
        let to = self.media_column(stream.to_leg, stream.dst);
        let branch = stream.branch.and_then(|branch| self.call.branches.get(usize::from(branch)));
        let mut detail = format!("{} {} packets", stream.codec, stream.packets);
        if stream.lost > 0 {
            detail.push_str(&format!(", {} lost", stream.lost));
        }
        if let Some(mos) = stream.mos {
            detail.push_str(&format!(", MOS {mos:.1}"));
        }
        if let Some(Branch { kind, .. }) = branch {
            detail.push_str(&format!(", {}", kind.text()));
        }
        let fields = [
            ("from", self.socket(stream.src)),
            ("to", self.socket(stream.dst)),
            ("ssrc", format!("{:#010x}", stream.ssrc)),
            ("packets", stream.packets.to_string()),
            ("expected", stream.expected.to_string()),
            ("lost", stream.lost.to_string()),
            ("lost in the capture", stream.lost_in_capture.to_string()),
            ("jitter ms", format!("{:.2} (highest {:.2})", stream.jitter_ms, stream.jitter_ms_max)),
            ("seconds", super::seconds(stream.last.since(stream.first))),
        ];
        let fields = fields.map(|(path, value)| Field { path: path.into(), value, at: 0, len: 0 });
        Row {
            id: format!("rtp{index}"),
            time: stream.first,
            from,
            to,
            name: "RTP".into(),
            detail: detail.trim_start().to_owned(),
            kind: RowKind::Stream,
            inferred: false,
            fields: fields.into(),
            bytes: Vec::new(),
        }
    }

    fn phone_column(&self, session: SessionId) -> usize {
        let last = self.columns.list.len().saturating_sub(1);
        self.columns.by_session.get(&session).copied().unwrap_or(last)
    }

    fn server_column(&self, session: SessionId) -> usize {
        let any = || self.columns.servers.values().next().copied().unwrap_or_default();
        self.columns.servers.get(&session).copied().unwrap_or_else(any)
    }

    /// The phone of a leg, else whoever has an address.
    fn media_column(&mut self, leg: Option<u16>, address: SocketAddr) -> usize {
        let leg = leg.and_then(|leg| self.call.legs.get(usize::from(leg)));
        if let Some(column) = leg.and_then(|leg| self.columns.by_session.get(&leg.session)) {
            return *column;
        }
        if let Some(column) = self.columns.by_address.get(&address.ip()) {
            return *column;
        }
        if self.columns.list.len() >= MAX_COLUMNS {
            return MAX_COLUMNS - 1;
        }
        let column = self.columns.list.len();
        self.columns.by_address.insert(address.ip(), column);
        let name = self.address(Some(address));
        self.columns.list.push(Column { name, detail: "media".into(), kind: ColumnKind::Media });
        column
    }

    fn remarks(&self) -> Vec<Remark> {
        let redacted = self.sight.redactor.is_some();
        let remark = |finding: &crate::analysis::Finding| Remark {
            severity: finding.kind.severity().text(),
            // A finding's own words may name people; what kind it is never does.
            text: if redacted { finding.kind.doc().trim().to_owned() } else { finding.text.to_string() },
            rows: finding.shown_by.iter().map(row_id).collect(),
        };
        self.call.findings.iter().map(remark).collect()
    }

    fn title(&mut self) -> String {
        let call = self.call;
        let (caller, callee) = (self.number(&call.caller.number), self.number(&call.callee.number));
        let known = |number: String| if number.is_empty() { "?".into() } else { number };
        format!("Call {}: {} → {}, {}", call.number, known(caller), known(callee), call.outcome.text())
    }

    fn facts(&mut self) -> Vec<(String, String)> {
        let call = self.call;
        let (caller, callee) = (self.party(&call.caller), self.party(&call.callee));
        let dialled = self.number(&call.dialled);
        let mut facts = vec![
            ("caller", caller),
            ("callee", callee),
            ("dialled", dialled),
            ("started by", call.started.text()),
            ("outcome", call.outcome.text().into()),
            ("start", super::clock(call.start.time)),
        ];
        facts.extend(
            call.answer
                .map(|answer| ("answered after", super::seconds(answer.time.since(call.start.time)) + " s")),
        );
        facts.extend(
            call.end.map(|end| ("ended after", super::seconds(end.time.since(call.start.time)) + " s")),
        );
        let mut facts: Vec<(String, String)> =
            facts.into_iter().map(|(name, value)| (name.into(), value)).collect();
        facts.extend(call.milestones.iter().map(|(milestone, micros)| {
            (milestone.text().to_owned(), format!("{:.1} ms", micros as f64 / 1000.0))
        }));
        for leg in &call.legs {
            let phone = self.endpoint(leg.session, false);
            let name = match &phone.name {
                Some(name) => self.device(name),
                None => self.address(phone.address),
            };
            let curve = crate::report::curve::of(call, leg);
            facts.extend(curve.map(|curve| (format!("{name} said"), curve)));
        }
        facts.retain(|(_, value)| !value.is_empty());
        facts
    }

    fn party(&mut self, party: &crate::analysis::Party) -> String {
        let (number, name) = (self.number(&party.number), self.person(&party.name));
        crate::analysis::Party { number: number.into(), name: name.into() }.text()
    }

    fn number(&mut self, number: &str) -> String {
        self.sight.redactor.as_mut().map_or_else(|| number.to_owned(), |redactor| redactor.number(number))
    }

    fn person(&mut self, name: &str) -> String {
        self.sight.redactor.as_mut().map_or_else(|| name.to_owned(), |redactor| redactor.name(name))
    }

    fn device(&mut self, name: &str) -> String {
        self.sight.redactor.as_mut().map_or_else(|| name.to_owned(), |redactor| redactor.device(name))
    }

    fn address(&mut self, address: Option<SocketAddr>) -> String {
        let Some(address) = address else { return String::new() };
        self.sight
            .redactor
            .as_mut()
            .map_or(address.ip(), |redactor| redactor.address(address.ip()))
            .to_string()
    }

    fn socket(&mut self, address: SocketAddr) -> String {
        let ip = self.sight.redactor.as_mut().map_or(address.ip(), |redactor| redactor.address(address.ip()));
        SocketAddr::new(ip, address.port()).to_string()
    }
}

fn seat(leg: &Leg) -> Seat {
    if leg.role == Role::Caller { Seat::Left } else { Seat::Right }
}

/// The number of the phone itself.
fn own_number(leg: &Leg) -> &str {
    match leg.direction {
        Some(crate::analysis::Direction::Inbound) => &leg.called.number,
        Some(_) => &leg.calling.number,
        None if leg.role == Role::Caller => &leg.calling.number,
        None => &leg.called.number,
    }
}

fn field(listed: skinny::view::Listed) -> Field {
    let at = listed.at + skinny::frame::HEADER_LEN;
    Field { path: listed.path, value: listed.shown, at, len: listed.len }
}

fn row_id(at: &MessageRef) -> String {
    format!("m{}-{}-{}", at.source, at.number, at.nth)
}
