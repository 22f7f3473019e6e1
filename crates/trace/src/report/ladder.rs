//! A call as a ladder in text: the call manager in the middle, the caller left, the others right.

use std::fmt::Write;

use skinny::{Frame, Header, catalogue};

use crate::analysis::{Analysis, Call, Event, Leg, Role, SessionId};
use crate::messages::fields_line;

/// What a ladder shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct LadderStyle {
    /// Lamps, soft-key sets, prompts and the like too.
    pub routine: bool,
    /// The fields of each message behind it.
    pub fields: bool,
}

/// Width of a column.
const COLUMN: usize = 30;
/// Most characters of fields behind a message.
const FIELDS_MAX: usize = 100;

/// Messages that a ladder leaves out unless it is told otherwise.
pub(super) fn is_routine(id: u32) -> bool {
    matches!(id, 0x86 | 0x88 | 0x89 | 0x110 | 0x112 | 0x113 | 0x114..=0x117 | 0x120 | 0x121 | 0x143..=0x145 | 0x83)
}

/// A call drawn message by message.
pub fn ladder(analysis: &Analysis, call: &Call, events: &[Event], style: LadderStyle) -> String {
    let columns = columns(call);
    let mut out = String::new();
    let phone = |session: &SessionId| {
        let leg = call.legs.iter().find(|leg| leg.session == *session);
        leg.map(|leg| analysis.phone(leg).label()).unwrap_or_default()
    };
    let server = call.legs.first().map(|leg| analysis.server(leg).label()).unwrap_or_default();
    let _ = write!(out, "{:>11}  ", "");
    for (index, session) in columns.iter().enumerate() {
        if index == 1 {
            let _ = write!(out, "{server:^COLUMN$}");
        }
        let _ = write!(out, "{:^COLUMN$}", phone(session));
    }
    if columns.len() < 2 {
        let _ = write!(out, "{server:^COLUMN$}");
    }
    out.push('\n');
    for event in events.iter().filter(|event| style.routine || !is_routine(event.id)) {
        let Some(column) = columns.iter().position(|session| *session == event.session) else { continue };
        row(&mut out, call, event, column, columns.len().max(2), style);
    }
    out
}

/// The caller's phone, then the others in the order in which they appear.
fn columns(call: &Call) -> Vec<SessionId> {
    let caller = call.legs.iter().find(|leg| leg.role == Role::Caller).or(call.legs.first());
    let mut columns: Vec<SessionId> = caller.map(|leg: &Leg| leg.session).into_iter().collect();
    for leg in &call.legs {
        if !columns.contains(&leg.session) {
            columns.push(leg.session);
        }
    }
    columns
}

/// One arrow. Column 0 is left of the server's line, the others right of it.
fn row(out: &mut String, call: &Call, event: &Event, column: usize, columns: usize, style: LadderStyle) {
    let after = event.at.time.since(call.start.time) as f64 / 1e9;
    let _ = write!(out, "{after:>10.3}{}  ", if event.inferred { '~' } else { ' ' });
    // Places of the lines: phone 0, server, phone 1, …
    let place = |index: usize| COLUMN / 2 + index * COLUMN;
    let of_column = if column == 0 { 0 } else { column + 1 };
    let (from, to) = (place(of_column.min(1)).min(place(of_column)), place(of_column.max(1)));
    let to_right = (column == 0) != event.from_server;
    let mut cells: Vec<char> = vec![' '; place(columns) + 1];
    for index in 0..=columns {
        cells[place(index)] = '│';
    }
    for cell in &mut cells[from + 1..to] {
        *cell = '─';
    }
    if to_right {
        cells[to - 1] = '▶';
    } else {
        cells[from + 1] = '◀';
    }
    let name = catalogue::name(event.id);
    let room = to - from - 4;
    let label: Vec<char> = format!(" {name} ").chars().take(room).collect();
    let start = from + 2 + (room - label.len()) / 2;
    cells[start..start + label.len()].copy_from_slice(&label);
    out.extend(cells);
    if style.fields {
        let header =
            Header { length: event.body.len() as u32 + 4, version: event.header_version, id: event.id };
        let charset = if event.utf8 { skinny::text::Charset::Utf8 } else { skinny::text::Charset::Unknown };
        let fields = fields_line(Frame { header, body: &event.body }, event.negotiated, charset);
        out.extend(fields.chars().take(FIELDS_MAX));
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push('\n');
}
