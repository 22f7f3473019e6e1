//! What is on the screen and what keys do, without a terminal.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use super::book::Reading;
use super::filter::Filter;
use super::help::HELP;
use super::ladder::{Shown, View, fitting, message};
use super::list::{CALL_COLUMNS, List, REGISTRATION_COLUMNS};
use super::save::save;
use crate::draw::{Sight, of_call};
use theme::Theme;

/// Longest text that can be typed.
const MAX_TYPED: usize = 200;

/// Which screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Screen {
    Calls,
    Registrations,
    /// One ladder or two.
    Ladder,
}

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Typing {
    Filter,
    Search,
    Save { redact: bool },
}

/// What lies over the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Help,
    Statistics,
}

/// All of it.
#[derive(Debug)]
pub struct App {
    reading: Reading,
    theme: Theme,
    screen: Screen,
    back: Screen,
    calls: List,
    registrations: List,
    shown: Vec<Shown>,
    focus: usize,
    view: View,
    fitted: bool,
    typing: Option<(Typing, String)>,
    over: Option<Over>,
    said: String,
    was_done: bool,
    ended: bool,
}

impl App {
    /// Shows what a reading finds.
    pub fn new(reading: Reading, theme: Theme, follow: bool) -> Self {
        let mut calls = List::new(&CALL_COLUMNS);
        calls.at_end = follow;
        Self {
            reading,
            theme,
            screen: Screen::Calls,
            back: Screen::Calls,
            calls,
            registrations: List::new(&REGISTRATION_COLUMNS),
            shown: Vec::new(),
            focus: 0,
            view: View::default(),
            fitted: false,
            typing: None,
            over: None,
            said: String::new(),
            was_done: false,
            ended: false,
        }
    }

    /// Whether the user has had enough.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Waits until all is read, for tests.
    #[doc(hidden)]
    pub fn wait(&mut self) {
        self.reading.wait();
        self.tick();
    }

    /// Takes what was read meanwhile.
    pub fn tick(&mut self) {
        let done = self.reading.is_done();
        if done && !self.was_done {
            self.was_done = true;
            self.calls.renumber();
            for shown in &mut self.shown {
                // Their numbers hold no more; what they show does.
                shown.id = u32::MAX;
            }
            if let Some(trouble) = self.reading.troubles().first() {
                self.said.clone_from(trouble);
            }
        }
        let (calls, registrations) = (&mut self.calls, &mut self.registrations);
        self.reading.look(|book| {
            calls.take_calls(book);
            registrations.take_registrations(book);
        });
        self.refresh_ladders();
    }

    /// A call that goes on grows on the screen.
    fn refresh_ladders(&mut self) {
        for index in 0..self.shown.len() {
            let id = self.shown[index].id;
            if self.was_done || id == u32::MAX {
                continue;
            }
            let Some(ladder) = self.ladder(id) else { continue };
            if ladder.rows.len() != self.shown[index].stamp {
                self.shown[index].stamp = ladder.rows.len();
                self.shown[index].ladder = ladder;
            }
        }
    }

    fn ladder(&self, id: u32) -> Option<crate::draw::Ladder> {
        self.reading.look(|book| {
            let (call, events) = book.call(id)?;
            Some(of_call(&call, &events, book.directory(), &mut Sight::default()))
        })
    }

    /// The wheel.
    pub fn scroll(&mut self, by: isize) {
        self.step(by);
    }

    /// A click chooses, a click on what is chosen opens.
    pub fn click(&mut self, _column: u16, row: u16) {
        if self.over.take().is_some() {
            return;
        }
        if let Some(list) = self.list() {
            let before = list.chosen();
            if list.choose_at(row) && list.chosen() == before {
                self.open();
            }
        }
    }

    fn list(&mut self) -> Option<&mut List> {
        match self.screen {
            Screen::Calls => Some(&mut self.calls),
            Screen::Registrations => Some(&mut self.registrations),
            Screen::Ladder => None,
        }
    }

    fn step(&mut self, by: isize) {
        match self.list() {
            Some(list) => list.step(by),
            None => {
                self.view.pane_top = 0;
                if let Some(shown) = self.shown.get_mut(self.focus) {
                    shown.step(&self.view, by);
                }
            }
        }
    }

    /// What a key does.
    pub fn key(&mut self, key: KeyEvent) {
        self.said.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('c') => self.ended = true,
                KeyCode::Char('d') => self.step(10),
                KeyCode::Char('u') => self.step(-10),
                _ => {}
            }
            return;
        }
        if self.typing.is_some() {
            return self.typed(key.code);
        }
        if self.over.take().is_some() {
            return;
        }
        match key.code {
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => self.over = Some(Over::Help),
            KeyCode::Char('t') | KeyCode::F(8) => {
                self.theme = self.theme.next();
                self.said = format!("theme: {}", self.theme.name());
            }
            KeyCode::Char('s') | KeyCode::F(2) => self.ask_name(false),
            KeyCode::Char('S') => self.ask_name(true),
            KeyCode::Up | KeyCode::Char('k') => self.step(-1),
            KeyCode::Down | KeyCode::Char('j') => self.step(1),
            KeyCode::PageUp => self.step(-self.page()),
            KeyCode::PageDown => self.step(self.page()),
            KeyCode::Home | KeyCode::Char('g') => self.step(isize::MIN / 2),
            KeyCode::End | KeyCode::Char('G') => self.step(isize::MAX / 2),
            code if self.screen == Screen::Ladder => self.ladder_key(code),
            code => self.list_key(code),
        }
    }

    fn page(&self) -> isize {
        match self.screen {
            Screen::Calls => self.calls.page(),
            Screen::Registrations => self.registrations.page(),
            Screen::Ladder => 20,
        }
    }

    fn list_key(&mut self, code: KeyCode) {
        match code {
            KeyCode::Char('q') => self.ended = true,
            KeyCode::Esc => match self.list().filter(|list| !list.filter.is_empty()) {
                Some(list) => {
                    list.filter = Filter::default();
                    list.filter_text.clear();
                    list.arrange();
                }
                None => self.ended = true,
            },
            KeyCode::Tab | KeyCode::BackTab => {
                self.screen =
                    if self.screen == Screen::Calls { Screen::Registrations } else { Screen::Calls };
            }
            KeyCode::Char('/') | KeyCode::F(3 | 7) => {
                let text = self.list().map(|list| list.filter_text.clone()).unwrap_or_default();
                self.typing = Some((Typing::Filter, text));
            }
            KeyCode::Char(' ') => {
                if let Some(list) = self.list() {
                    list.mark();
                    list.step(1);
                }
            }
            KeyCode::Char('<') => self.sort(-1),
            KeyCode::Char('>') => self.sort(1),
            KeyCode::Char('z') => {
                if let Some(list) = self.list() {
                    list.reversed = !list.reversed;
                    list.arrange();
                }
            }
            KeyCode::Char('p') => {
                self.calls.at_end = !self.calls.at_end;
                self.said =
                    if self.calls.at_end { "stays with the newest call" } else { "stays where it is" }.into();
                self.calls.arrange();
            }
            KeyCode::Char('i') => self.over = Some(Over::Statistics),
            KeyCode::Char('d') | KeyCode::F(4) => self.compare(),
            KeyCode::Enter => self.open(),
            _ => {}
        }
    }

    fn sort(&mut self, step: isize) {
        if let Some(list) = self.list() {
            list.sort_by(step);
        }
    }

    /// The chosen call's ladder, or the calls of the chosen registration.
    fn open(&mut self) {
        match self.screen {
            Screen::Calls => {
                if let Some(id) = self.calls.chosen() {
                    self.show(&[id]);
                }
            }
            Screen::Registrations => {
                let Some(id) = self.registrations.chosen() else { return };
                let found = self.reading.look(|book| {
                    let mut first = None;
                    book.survey(|call, _| {
                        if first.is_none()
                            && book
                                .call(call)
                                .is_some_and(|(call, _)| call.legs.iter().any(|leg| leg.session.0 == id))
                        {
                            first = Some(call);
                        }
                    });
                    first
                });
                match found {
                    Some(call) => self.show(&[call]),
                    None => self.said = "this phone has no call".into(),
                }
            }
            Screen::Ladder => {}
        }
    }

    fn compare(&mut self) {
        match self.calls.marked[..] {
            [a, b, ..] => self.show(&[a, b]),
            _ => self.said = "mark two calls with Space first".into(),
        }
    }

    fn show(&mut self, ids: &[u32]) {
        let shown = ids.iter().filter_map(|id| Some(Shown::new(*id, self.ladder(*id)?))).collect::<Vec<_>>();
        if shown.is_empty() {
            self.said = "that call can't be read back".into();
            return;
        }
        self.back = if self.screen == Screen::Ladder { self.back } else { self.screen };
        (self.shown, self.focus, self.screen, self.fitted) = (shown, 0, Screen::Ladder, false);
        self.view.full = false;
        self.view.pane_top = 0;
    }

    fn ladder_key(&mut self, code: KeyCode) {
        let Some(shown) = self.shown.get_mut(self.focus) else { return };
        let view = &mut self.view;
        match code {
            KeyCode::Esc | KeyCode::Char('q') if view.full => view.full = false,
            KeyCode::Esc | KeyCode::Char('q') => {
                self.shown.clear();
                self.screen = self.back;
            }
            KeyCode::Enter => view.full = !view.full,
            KeyCode::Left => shown.left = shown.left.saturating_sub(8),
            KeyCode::Right => shown.left = (shown.left + 8).min(shown.ladder.columns.len() * view.spacing),
            KeyCode::Char('x') | KeyCode::F(4) => shown.refold(view),
            KeyCode::Char('c') | KeyCode::F(5) => {
                view.spacing = match view.spacing {
                    0..24 => 34,
                    24..40 => 56,
                    _ => 18,
                };
            }
            KeyCode::Char('v') | KeyCode::F(6) => view.pane = !view.pane,
            KeyCode::Char('9') => view.pane_percent = (view.pane_percent + 5).min(80),
            KeyCode::Char('0') => view.pane_percent = view.pane_percent.saturating_sub(5).max(15),
            KeyCode::Char('[') => view.pane_top = view.pane_top.saturating_sub(3),
            KeyCode::Char(']') => view.pane_top = view.pane_top.saturating_add(3),
            KeyCode::Char(' ') => {
                let id = shown.row(view).map(|row| row.id.clone());
                shown.marked = if shown.marked == id { None } else { id };
            }
            KeyCode::Tab | KeyCode::BackTab => self.focus = (self.focus + 1) % self.shown.len(),
            KeyCode::Char('/') | KeyCode::F(3) => self.typing = Some((Typing::Search, String::new())),
            KeyCode::Char('n') if !shown.find(view, 1) => self.said = "not found".into(),
            KeyCode::Char('N') if !shown.find(view, -1) => self.said = "not found".into(),
            _ => {}
        }
    }

    fn ask_name(&mut self, redact: bool) {
        let number = match self.screen {
            Screen::Ladder => self.shown.get(self.focus).map(|shown| shown.id),
            Screen::Calls => self.calls.chosen(),
            Screen::Registrations => None,
        };
        if let Some(number) = number.filter(|number| *number != u32::MAX) {
            self.typing = Some((Typing::Save { redact }, format!("call-{}.html", number + 1)));
        } else {
            self.said = "choose a call first".into();
        }
    }

    fn typed(&mut self, code: KeyCode) {
        let Some((what, text)) = &mut self.typing else { return };
        match code {
            KeyCode::Esc => {
                self.typing = None;
                return;
            }
            KeyCode::Enter => {
                let (what, text) = (what.clone(), std::mem::take(text));
                self.typing = None;
                return self.take(&what, &text);
            }
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Char(c) if text.len() < MAX_TYPED => text.push(c),
            _ => {}
        }
        // A filter works while it is typed.
        if *what == Typing::Filter {
            let text = text.clone();
            self.filter(text);
        }
    }

    fn filter(&mut self, text: String) {
        if let Some(list) = self.list() {
            list.filter = Filter::parse(&text);
            list.filter_text = text;
            list.arrange();
        }
    }

    fn take(&mut self, what: &Typing, text: &str) {
        match what {
            Typing::Filter => self.filter(text.to_owned()),
            Typing::Search => {
                self.view.wanted = text.to_owned();
                if let Some(shown) = self.shown.get_mut(self.focus)
                    && !shown.find(&self.view, 1)
                {
                    self.said = "not found".into();
                }
            }
            Typing::Save { redact } => {
                let id = self.shown.get(self.focus).map(|shown| shown.id).or_else(|| self.calls.chosen());
                let saved = id.map(|id| {
                    self.reading.look(|book| {
                        let (call, events) = book.call(id).ok_or("that call can't be read back")?;
                        save(text, *redact, &call, &events, book.directory())
                    })
                });
                self.said = saved.map_or_else(
                    || "choose a call first".into(),
                    |saved| saved.unwrap_or_else(|error| error),
                );
            }
        }
    }

    /// Draws it all.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let theme = self.theme;
        frame.render_widget(Block::new().style(theme.text()), frame.area());
        let rows = [Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)];
        let [top, body, bottom] = Layout::vertical(rows).areas(frame.area());
        self.draw_top(frame, top);
        match self.screen {
            Screen::Calls => {
                let title = title("Calls", &self.calls);
                self.calls.draw(frame, body, &title, theme);
            }
            Screen::Registrations => {
                let title = title("Registrations", &self.registrations);
                self.registrations.draw(frame, body, &title, theme);
            }
            Screen::Ladder => self.draw_ladders(frame, body),
        }
        self.draw_bottom(frame, bottom);
        match self.over {
            Some(Over::Help) => over(frame, " Keys ", HELP.to_owned(), theme),
            Some(Over::Statistics) => over(frame, " Statistics ", self.statistics(), theme),
            None => {}
        }
    }

    fn draw_top(&self, frame: &mut Frame<'_>, area: Rect) {
        let width = 20;
        let share = self.reading.share();
        let bar = match share {
            Some(share) if !self.reading.is_done() => {
                let filled = (share * width as f64) as usize;
                format!("[{}{}] {:3.0} %", "█".repeat(filled), "░".repeat(width - filled), share * 100.0)
            }
            None if !self.reading.is_done() => "reading".into(),
            _ => "all read".into(),
        };
        let (calls, registrations) = (self.calls.counts().1, self.registrations.counts().1);
        let dropped = match self.reading.dropped() {
            0 => String::new(),
            dropped => format!("   {dropped} packets dropped by the kernel"),
        };
        let text = format!(
            " lineside trace   {bar}   {}   {}{dropped}",
            count(calls, "call"),
            count(registrations, "registration")
        );
        frame.render_widget(Paragraph::new(text).style(self.theme.bar()), area);
    }

    fn draw_ladders(&mut self, frame: &mut Frame<'_>, area: Rect) {
        let count = self.shown.len().max(1) as u32;
        if let (true, [shown]) = (self.view.full, &self.shown[..])
            && let Some(row) = shown.row(&self.view)
        {
            return message(frame, area, row, None, &self.view, self.theme);
        }
        let wide = self.view.pane && area.width >= 90;
        let pane = if wide { Constraint::Percentage(self.view.pane_percent) } else { Constraint::Length(0) };
        let [ladders, beside] = Layout::horizontal([Constraint::Fill(1), pane]).areas(area);
        if !std::mem::replace(&mut self.fitted, true) {
            let columns = self.shown.iter().map(|shown| shown.ladder.columns.len()).max().unwrap_or(1);
            self.view.spacing = fitting(columns, ladders.width / count as u16);
        }
        let parts = Layout::horizontal(vec![Constraint::Ratio(1, count); count as usize]).split(ladders);
        for (shown, part) in self.shown.iter_mut().zip(parts.iter()) {
            shown.draw(frame, *part, &self.view, self.theme);
        }
        let Some(shown) = self.shown.get(self.focus) else { return };
        if let Some(row) = shown.row(&self.view).filter(|_| wide) {
            let by_id = |id: &String| {
                self.shown.iter().find_map(|shown| shown.ladder.rows.iter().find(|row| row.id == *id))
            };
            let marked = self.shown.iter().find_map(|shown| shown.marked.as_ref()).and_then(by_id);
            // Of two calls, the same message of the other one.
            let other =
                self.shown.iter().enumerate().find(|(index, _)| *index != self.focus).map(|(_, other)| other);
            let like =
                other.and_then(|other| other.ladder.rows.iter().find(|candidate| candidate.name == row.name));
            let against = marked.filter(|marked| marked.id != row.id || self.shown.len() > 1).or(like);
            message(frame, beside, row, against, &self.view, self.theme);
        }
    }

    fn draw_bottom(&self, frame: &mut Frame<'_>, area: Rect) {
        let text = match (&self.typing, self.said.is_empty(), self.screen) {
            (Some((Typing::Filter, text)), _, _) => format!(" filter: {text}▏"),
            (Some((Typing::Search, text)), _, _) => format!(" search: {text}▏"),
            (Some((Typing::Save { redact }, text)), _, _) => {
                format!(" save{} as: {text}▏", if *redact { " redacted" } else { "" })
            }
            (None, false, _) => format!(" {}", crate::draw::plain(&self.said)),
            (None, true, Screen::Ladder) => {
                " Esc back  Enter message  / search  Space compare  x routine  c columns  v pane  s save  t theme  F1 help".into()
            }
            (None, true, _) => {
                " Enter ladder  Tab calls/registrations  / filter  Space mark  d compare  < > z sort  s save  i statistics  F1 help  q end".into()
            }
        };
        frame.render_widget(Paragraph::new(Line::from(Span::raw(text))).style(self.theme.bar()), area);
    }

    fn statistics(&self) -> String {
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        let mut findings: BTreeMap<&str, usize> = BTreeMap::new();
        let rows = self.calls.rows();
        for item in rows.iter() {
            *outcomes.entry(&item.cells[4]).or_default() += 1;
            for finding in item.cells[9].split(' ').filter(|name| !name.is_empty()) {
                *findings.entry(finding).or_default() += 1;
            }
        }
        let mut text = format!("{} calls pass the filter\n\n", rows.len());
        for (name, count) in outcomes {
            text.push_str(&format!("{count:>8}  {name}\n"));
        }
        let mut setups: Vec<f64> = rows.iter().filter_map(|item| item.cells[6].parse().ok()).collect();
        setups.sort_by(f64::total_cmp);
        if let Some(last) = setups.len().checked_sub(1) {
            let at = |share: f64| setups[(last as f64 * share).round() as usize];
            text.push_str(&format!(
                "\nlast digit to ring-back, ms: median {:.1}, 95 % {:.1}, 99 % {:.1}, most {:.1}\n",
                at(0.5),
                at(0.95),
                at(0.99),
                at(1.0)
            ));
        }
        text.push('\n');
        for (name, count) in findings {
            text.push_str(&format!("{count:>8}  {name}\n"));
        }
        text
    }
}

fn title(name: &str, list: &List) -> String {
    let (shown, all) = list.counts();
    let filter =
        if list.filter.is_empty() { String::new() } else { format!(", filter: {}", list.filter_text) };
    format!(" {name}: {shown} of {all}{filter} ")
}

/// A box over the screen.
fn over(frame: &mut Frame<'_>, title: &str, text: String, theme: Theme) {
    let area = frame.area();
    let lines = text.lines().count() as u16 + 2;
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0) as u16 + 4;
    let (width, height) = (widest.min(area.width), lines.min(area.height));
    let place = Rect::new((area.width - width) / 2, (area.height - height) / 2, width, height);
    frame.render_widget(Clear, place);
    let block = Block::bordered().title(title.to_owned()).style(theme.text());
    frame.render_widget(Paragraph::new(text).block(block).wrap(Wrap { trim: false }), place);
}

/// So many of something.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
