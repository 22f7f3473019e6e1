//! Lists with sort, filter and choice: calls and registrations.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Row, Table, TableState};

use super::book::Book;
use super::filter::Filter;
use crate::analysis::{Call, Glimpse, Registration, RegistrationGlimpse, Severity};
use crate::draw::{clock, plain};
use theme::Theme;

/// Calls read anew in one tick, so that the screen stays quick.
const REFRESH_MAX: usize = 2000;
/// Marks the stamp of a registration that lies packed.
const PACKED: u64 = 1 << 63;

/// A column: its name, the least it takes, and whether (not 0) it takes a share of what is left.
type Column = (&'static str, u16, u16);

/// Columns of the list of calls.
pub const CALL_COLUMNS: [Column; 10] = [
    ("#", 5, 0),
    ("start", 15, 0),
    ("caller", 12, 3),
    ("callee", 12, 3),
    ("outcome", 10, 0),
    ("seconds", 9, 0),
    ("setup ms", 8, 0),
    ("messages", 8, 0),
    ("MOS", 4, 0),
    ("findings", 10, 3),
];

/// Columns of the list of registrations.
pub const REGISTRATION_COLUMNS: [Column; 9] = [
    ("#", 5, 0),
    ("device", 15, 1),
    ("model", 8, 1),
    ("version", 7, 0),
    ("address", 15, 1),
    ("server", 15, 1),
    ("state", 12, 2),
    ("missed", 6, 0),
    ("end", 10, 2),
];

/// One line.
#[derive(Debug, Clone, Default)]
pub struct Item {
    /// Its number in the book.
    pub id: u32,
    /// When it began, to find it again.
    pub start: i64,
    /// What its columns show.
    pub cells: Vec<String>,
    /// Whether something did not work.
    pub is_bad: bool,
    /// What tells whether it has changed.
    stamp: u64,
}

/// A list.
#[derive(Debug)]
pub struct List {
    columns: &'static [Column],
    items: BTreeMap<u32, Item>,
    /// What passes the filter, sorted.
    shown: Vec<u32>,
    pub state: TableState,
    pub filter: Filter,
    pub filter_text: String,
    pub sort: usize,
    pub reversed: bool,
    /// Marked by the user.
    pub marked: Vec<u32>,
    /// Keep to the newest.
    pub at_end: bool,
    /// To be chosen when it comes: the beginning of what was chosen before numbers changed.
    wish: Option<i64>,
    body: Rect,
}

impl List {
    /// An empty list.
    pub fn new(columns: &'static [Column]) -> Self {
        Self {
            columns,
            items: BTreeMap::new(),
            shown: Vec::new(),
            state: TableState::default(),
            filter: Filter::default(),
            filter_text: String::new(),
            sort: 0,
            reversed: false,
            marked: Vec::new(),
            at_end: false,
            wish: None,
            body: Rect::default(),
        }
    }

    /// How many pass the filter, of how many.
    pub fn counts(&self) -> (usize, usize) {
        (self.shown.len(), self.items.len())
    }

    /// The number of the chosen one.
    pub fn chosen(&self) -> Option<u32> {
        self.shown.get(self.state.selected()?).copied()
    }

    /// Takes what the book has on calls.
    pub fn take_calls(&mut self, book: &Book) {
        let mut changed = Vec::new();
        let mut present = 0;
        let items = &self.items;
        book.survey(|id, glimpse| {
            present += 1;
            let stamp = match glimpse {
                Glimpse::Open(call) => u64::from(call.messages) << 1 | 1,
                Glimpse::Packed(place) => place << 1,
            };
            if items.get(&id).is_none_or(|item| item.stamp != stamp) && changed.len() < REFRESH_MAX {
                changed.push((id, stamp));
            }
        });
        for (id, stamp) in &changed {
            if let Some((call, _)) = book.call(*id) {
                self.items.insert(*id, call_item(*id, *stamp, &call));
            }
        }
        if self.items.len() > present {
            // Calls that became part of others.
            let mut still = std::collections::BTreeSet::new();
            book.survey(|id, _| {
                still.insert(id);
            });
            self.items.retain(|id, _| still.contains(id));
            self.arrange();
        } else if !changed.is_empty() {
            self.arrange();
        }
    }

    /// The book has new numbers for everything.
    pub fn renumber(&mut self) {
        let start = self.chosen().and_then(|id| self.items.get(&id)).map(|item| item.start);
        self.items.clear();
        self.marked.clear();
        self.shown.clear();
        self.state.select(None);
        self.wish = start;
    }

    /// Takes what the book has on registrations.
    pub fn take_registrations(&mut self, book: &Book) {
        let mut stale: Vec<(u32, u64)> = Vec::new();
        let mut changed = false;
        let items = &mut self.items;
        book.survey_registrations(|id, glimpse| {
            let stamp = match glimpse {
                RegistrationGlimpse::Open(registration) => registration.messages,
                // Never the number of messages of one that was open before.
                RegistrationGlimpse::Packed(place) => place | PACKED,
            };
            if items.get(&id).is_some_and(|item| item.stamp == stamp) {
                return;
            }
            match glimpse {
                RegistrationGlimpse::Open(registration) => {
                    changed = true;
                    items.insert(id, registration_item(id, stamp, registration));
                }
                RegistrationGlimpse::Packed(_) => stale.push((id, stamp)),
            }
        });
        for (id, stamp) in stale {
            if let Some(registration) = book.registration(id) {
                changed = true;
                self.items.insert(id, registration_item(id, stamp, &registration));
            }
        }
        if changed {
            self.arrange();
        }
    }

    /// Filters and sorts anew; the chosen one stays chosen.
    pub fn arrange(&mut self) {
        let chosen = self.chosen();
        let mut shown: Vec<&Item> = self.items.values().filter(|item| self.passes(item)).collect();
        let sort = self.sort;
        if sort > 0 {
            shown.sort_by(|a, b| compare(&a.cells[sort], &b.cells[sort]));
        }
        if self.reversed {
            shown.reverse();
        }
        let wished =
            self.wish.and_then(|start| shown.iter().find(|item| item.start == start)).map(|item| item.id);
        self.shown = shown.into_iter().map(|item| item.id).collect();
        let place = wished.or(chosen).and_then(|id| self.shown.iter().position(|other| *other == id));
        let place = if self.at_end {
            self.shown.len().checked_sub(1)
        } else {
            place.or((!self.shown.is_empty()).then_some(0))
        };
        self.state.select(place);
    }

    fn passes(&self, item: &Item) -> bool {
        if self.filter.is_empty() {
            return true;
        }
        let cells: Vec<(&str, &str)> =
            self.columns.iter().zip(&item.cells).map(|((name, _, _), cell)| (*name, cell.as_str())).collect();
        self.filter.passes(&cells)
    }

    /// Moves the choice.
    pub fn step(&mut self, by: isize) {
        let last = self.shown.len().saturating_sub(1);
        let now = self.state.selected().unwrap_or(0);
        self.state.select((!self.shown.is_empty()).then(|| now.saturating_add_signed(by).min(last)));
        self.at_end = false;
        self.wish = None;
    }

    /// Chooses the line at a place on the screen; whether there is one.
    pub fn choose_at(&mut self, row: u16) -> bool {
        let first = self.body.y + 2;
        let place = usize::from(row.saturating_sub(first)) + self.state.offset();
        let hit = row >= first && row < self.body.bottom() && place < self.shown.len();
        if hit {
            self.state.select(Some(place));
        }
        hit
    }

    /// Marks the chosen one, or takes the mark back.
    pub fn mark(&mut self) {
        if let Some(id) = self.chosen() {
            match self.marked.iter().position(|marked| *marked == id) {
                Some(at) => drop(self.marked.remove(at)),
                None => self.marked.push(id),
            }
        }
    }

    /// The next column to sort by.
    pub fn sort_by(&mut self, step: isize) {
        let count = self.columns.len() as isize;
        self.sort = (self.sort as isize + step).rem_euclid(count) as usize;
        self.arrange();
    }

    /// How many lines a page has.
    pub fn page(&self) -> isize {
        (self.body.height as isize - 3).max(1)
    }

    /// Draws it.
    pub fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, title: &str, theme: Theme) {
        self.body = area;
        let arrow = if self.reversed { "▼" } else { "▲" };
        let heads = self.columns.iter().enumerate().map(|(index, (name, _, _))| {
            let mark = if index == self.sort { arrow } else { "" };
            Line::from(Span::styled(format!("{name}{mark}"), theme.bar()))
        });
        // Columns that find no room are left out from the right.
        let mut room = area.width.saturating_sub(5);
        let mut count = 0;
        for (_, least, _) in self.columns {
            match room.checked_sub(least + 1) {
                Some(left) => room = left,
                None => break,
            }
            count += 1;
        }
        let widths = self.columns.iter().take(count.max(1)).map(|(_, least, share)| match share {
            0 => Constraint::Length(*least),
            _ => Constraint::Min(*least),
        });
        let height = usize::from(area.height.saturating_sub(2));
        let last =
            (self.state.offset() + 2 * height + 8).max(self.state.selected().unwrap_or(0) + height + 1);
        let rows = self.shown.iter().enumerate().map(|(place, id)| {
            // Only lines that can come into sight are made.
            let Some(item) =
                self.items.get(id).filter(|_| place + 2 * height >= self.state.offset() && place <= last)
            else {
                return Row::default();
            };
            let marked = self.marked.contains(id);
            let cells =
                item.cells.iter().take(count.max(1)).enumerate().map(|(index, cell)| match (index, marked) {
                    (0, true) => format!("*{cell}"),
                    _ => cell.clone(),
                });
            let row = Row::new(cells);
            if item.is_bad { row.style(theme.red()) } else { row.style(theme.text()) }
        });
        let table = Table::new(rows, widths)
            .header(Row::new(heads.take(count.max(1))).style(theme.bar()))
            .column_spacing(1)
            .row_highlight_style(theme.chosen())
            .block(Block::bordered().title(title.to_owned()).style(theme.text()));
        frame.render_stateful_widget(table, area, &mut self.state);
    }
}

/// Numbers by value, other texts by letters.
fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

fn call_item(id: u32, stamp: u64, call: &Call) -> Item {
    let end = call.end.map_or(call.last, |end| end.time);
    let setup = call.milestones.millis(crate::analysis::Milestone::SetUp);
    let mos = call
        .streams
        .iter()
        .filter_map(|stream| stream.mos)
        .chain(call.quality.iter().filter_map(|q| q.receiver_mos));
    let mos = mos.reduce(f32::min).map(|mos| format!("{mos:.1}")).unwrap_or_default();
    let remarkable = call.findings.iter().filter(|finding| finding.kind.severity() > Severity::Note);
    let findings: Vec<&str> = remarkable.map(|finding| finding.kind.name()).collect();
    let is_bad = call.findings.iter().any(|finding| finding.kind.severity() == Severity::Fault);
    let cells = vec![
        (id + 1).to_string(),
        clock(call.start.time).get(11..26).unwrap_or_default().to_owned(),
        plain(&call.caller.text()),
        plain(&call.callee.text()),
        call.outcome.text().to_owned(),
        format!("{:.3}", end.since(call.start.time) as f64 / 1e9),
        setup.map(|ms| format!("{ms:.1}")).unwrap_or_default(),
        call.messages.to_string(),
        mos,
        findings.join(" "),
    ];
    Item { id, start: call.start.time.0, cells, is_bad, stamp }
}

fn registration_item(id: u32, stamp: u64, registration: &Registration) -> Item {
    let device = registration.device.as_deref();
    let model = device.and_then(|device| device.model.as_ref()).map(|(_, name)| name.to_string());
    let address = |endpoint: &crate::analysis::Endpoint| {
        endpoint.address.map(|address| address.ip().to_string()).unwrap_or_default()
    };
    let is_bad = registration.findings.iter().any(|finding| finding.kind.severity() == Severity::Fault);
    let cells = vec![
        (id + 1).to_string(),
        plain(registration.phone.name.as_deref().unwrap_or_default()),
        plain(&model.unwrap_or_default()),
        registration.protocol.to_string(),
        address(&registration.phone),
        address(&registration.server),
        plain(&registration.state.text()),
        registration.keepalives.missed.to_string(),
        registration.end.text().to_owned(),
    ];
    Item { id, start: registration.opened.0, cells, is_bad, stamp }
}

impl List {
    /// The lines that pass the filter, in their order.
    pub fn rows(&self) -> Vec<&Item> {
        self.shown.iter().filter_map(|id| self.items.get(id)).collect()
    }
}
