//! The display of the phone: clock, calls, prompt, softkeys, and menus over them.

use std::time::Duration;

use phone::{Call, Phone};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::app::{App, Sight, keys_shown, missed};
use super::clock;
use super::deed::Press;
use super::draw::{fill, put, width};
use super::menu::Menu;
use crate::service::{Area, Content, Field, ICON_CELLS, Item, Page, Picture};
use crate::show;

impl App {
    pub(super) fn draw_display(&mut self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        if area.height == 0 {
            return;
        }
        let style = self.theme.display();
        fill(buffer, area, style);
        if self.dark.is_some() {
            return;
        }
        let inner = match area.width > 20 && area.height > 6 {
            true => Rect { x: area.x + 1, width: area.width - 2, ..area },
            false => area,
        };
        let keys = Rect { y: area.bottom() - 1, height: 1, ..area };
        self.draw_softkeys(buffer, keys, sight);
        if area.height > 1 {
            let prompt = Rect { y: area.bottom() - 2, height: 1, ..inner };
            let text = self.menus.last().map_or_else(|| self.prompt(sight.phone), Menu::prompt);
            put(buffer, prompt, 0, 0, &text, style);
        }
        let mut top = 0;
        if area.height > 3 {
            self.draw_top(buffer, Rect { height: 1, ..inner }, sight);
            top = 1;
        }
        let shows_quality = area.height > 8 && sight.quality.is_some() && self.menus.is_empty();
        let bottom = if shows_quality { 4 } else { 2 };
        let rest = inner.height.saturating_sub(top + bottom);
        let middle = Rect { y: inner.y + top, height: rest, ..inner };
        if shows_quality {
            let row = Rect { y: area.bottom() - 4, height: 1, ..inner };
            self.draw_quality(buffer, row, sight);
        }
        match self.menus.last().cloned() {
            Some(menu) => self.draw_menu(buffer, middle, &menu, sight),
            None => self.draw_calls(buffer, middle, sight),
        }
    }

    fn prompt(&self, phone: &Phone) -> String {
        if !self.typed.is_empty() {
            return "Enter number".to_owned();
        }
        if phone.calls().is_empty() && phone.prompt().is_empty() && missed(phone) > 0 {
            return "You have missed calls".to_owned();
        }
        phone.prompt().to_owned()
    }

    /// Clock and number.
    fn draw_top(&self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        let style = self.theme.display().add_modifier(Modifier::BOLD);
        let (date, time) = clock::shown(sight.phone, sight.now).unwrap_or_default();
        let left = if date.is_empty() { String::new() } else { format!("{time} {date}") };
        put(buffer, area, 0, 0, &left, style);
        let number = sight.phone.lines().first().map_or("", |line| &line.number);
        if self.vibrates(sight) {
            let sign = "≋ vibrates ≋";
            put(buffer, area, area.width.saturating_sub(width(sign)) / 2, 0, sign, style);
        }
        let title = self.menus.last().map_or(number, Menu::title);
        put(buffer, area, area.width.saturating_sub(width(title)), 0, title, style);
    }

    fn draw_calls(&mut self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        let phone = sight.phone;
        let style = self.theme.display();
        let mut y = 1.min(area.height.saturating_sub(1));
        if !self.typed.is_empty() {
            let text = format!("{}_", self.typed);
            put(buffer, area, 1, y, &text, style.add_modifier(Modifier::BOLD));
            y += 2;
        }
        for (place, call) in phone.calls().iter().enumerate() {
            let is_selected = phone.selected_call().is_some_and(|one| one.reference == call.reference);
            let rows = if area.height >= 2 * phone.calls().len() as u16 + 2 { 2 } else { 1 };
            if y >= area.height {
                break;
            }
            let height = rows.min(area.height - y);
            let place_of = Rect { y: area.y + y, height, ..area };
            self.draw_call(buffer, place_of, call, is_selected, sight);
            self.hits.push((place_of, Press::Row(place)));
            y += rows;
        }
        let mut texts: Vec<String> = Vec::new();
        texts.extend(phone.notice().map(str::to_owned));
        texts.extend(Some(phone.display().to_owned()).filter(|text| !text.is_empty()));
        if let Some(line) = phone.lines().iter().find(|line| !line.forward_all.is_empty()) {
            texts.push(format!("Forwarded to {}", line.forward_all));
        }
        if phone.calls().is_empty() && !phone.is_registered() {
            texts.push(show::registration(phone));
        }
        for text in texts {
            if y + 1 < area.height {
                put(buffer, area, 1, y + 1, &text, style.add_modifier(Modifier::BOLD));
                y += 1;
            }
        }
    }

    fn draw_call(&self, buffer: &mut Buffer, area: Rect, call: &Call, is_selected: bool, sight: &Sight<'_>) {
        let style = if is_selected { self.theme.chosen() } else { self.theme.display() };
        buffer.set_style(area, style);
        let time = call.connected_at.map_or_else(String::new, |at| timer(sight.now.saturating_sub(at)));
        let right = format!("{} {time}", show::word(call.state));
        let from = area.width.saturating_sub(width(&right) + 1);
        put(buffer, Rect { width: from, ..area }, 1, 0, &with(call), style.add_modifier(Modifier::BOLD));
        put(buffer, area, from, 0, &right, style);
        if area.height > 1 {
            let line =
                usize::try_from(call.line.0).ok().and_then(|n| sight.phone.lines().get(n.checked_sub(1)?));
            let original = &call.original;
            let forwarded = !original.number.is_empty() && original.number != call.called.number;
            let mut second =
                line.map_or_else(String::new, |line| format!("line {} {}", line.number, line.label));
            if forwarded {
                second.push_str(&format!("  forwarded from {} {}", original.name, original.number));
            }
            put(buffer, area, 3, 1, &second, style);
        }
    }

    fn draw_quality(&self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        let Some(quality) = sight.quality else { return };
        let mos = quality.mos.unwrap_or(0.0);
        let style = match mos {
            mos if mos >= 3.6 => self.theme.green(),
            mos if mos >= 3.1 => self.theme.amber(),
            _ => self.theme.red(),
        };
        let bars = match mos {
            mos if mos >= 4.0 => "▂▄▆█",
            mos if mos >= 3.6 => "▂▄▆ ",
            mos if mos >= 3.1 => "▂▄  ",
            _ => "▂   ",
        };
        let ground = self.theme.display();
        let style = Style { bg: ground.bg, ..style };
        put(buffer, area, 1, 0, bars, style);
        let text = format!(
            "{}  lost {:.1} %  jitter {:.0} ms  MOS {mos:.1}",
            quality.codec,
            quality.lost_percent(),
            quality.jitter_ms
        );
        put(buffer, area, 6, 0, &text, ground);
    }

    fn draw_softkeys(&mut self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        let names = self.softkeys(sight.phone);
        let places = (keys_shown(sight.phone).max(names.len()) as u16).max(1);
        let step = area.width / places;
        if step < 2 {
            return;
        }
        for (place, name) in names.iter().enumerate() {
            let cell = Rect { x: area.x + place as u16 * step, width: step - 1, ..area };
            let style = if name.is_empty() { self.theme.display() } else { self.theme.key() };
            buffer.set_style(cell, style);
            let hint = if step >= 10 { format!("F{} {name}", place + 1) } else { name.clone() };
            if !name.is_empty() {
                let at = cell.width.saturating_sub(width(&hint)) / 2;
                put(buffer, cell, at, 0, &hint, style);
                self.hits.push((cell, Press::SoftKey(place)));
            }
        }
    }

    fn draw_menu(&mut self, buffer: &mut Buffer, area: Rect, menu: &Menu, sight: &Sight<'_>) {
        let rows: Vec<String> = match menu {
            Menu::Choice { items, .. } => items.iter().map(|(name, _)| name.clone()).collect(),
            Menu::Log(list, _) => sight.phone.history(*list).map(logged).collect(),
            Menu::Waiting(url) => return put(buffer, area, 1, 1, url, self.theme.display()),
            Menu::Info(first) => return self.draw_info(buffer, area, *first, sight),
            Menu::Page(page, at) => match &page.content {
                Content::Menu(items) => items.iter().map(|item| with_icon(page, item)).collect(),
                Content::Directory(items) => {
                    items.iter().map(|item| format!("{}  {}", item.name, item.target)).collect()
                }
                Content::Text(text) => return self.draw_text(buffer, area, text, *at),
                Content::Input { fields, .. } => return self.draw_form(buffer, area, fields, *at),
                Content::Picture(picture, items) => return self.draw_picture(buffer, area, picture, items),
                Content::PictureAt(url, items) => {
                    let picture = format!("[picture at {url}]");
                    put(buffer, area, 1, 0, &picture, self.theme.display());
                    items.iter().map(|item| item.name.clone()).collect()
                }
                Content::Execute(_) => Vec::new(),
            },
        };
        if rows.is_empty() {
            return put(buffer, area, 1, 1, "empty", self.theme.display());
        }
        self.draw_rows(buffer, area, &rows, menu.at());
    }

    fn draw_rows(&mut self, buffer: &mut Buffer, area: Rect, rows: &[String], at: usize) {
        let shown = usize::from(area.height);
        let first = at.saturating_sub(shown.saturating_sub(1));
        for (n, row) in rows.iter().enumerate().skip(first).take(shown) {
            let place = Rect { y: area.y + (n - first) as u16, height: 1, ..area };
            let style = if n == at { self.theme.chosen() } else { self.theme.display() };
            buffer.set_style(place, style);
            put(buffer, place, 1, 0, &format!("{:>2} {row}", n + 1), style);
            self.hits.push((place, Press::Row(n)));
        }
    }

    fn draw_text(&self, buffer: &mut Buffer, area: Rect, text: &str, first: usize) {
        let lines = wrapped(text, usize::from(area.width.saturating_sub(1)).max(1));
        let first = first.min(lines.len().saturating_sub(1));
        for (y, line) in lines.iter().skip(first).take(usize::from(area.height)).enumerate() {
            put(buffer, area, 1, y as u16, line, self.theme.display());
        }
    }

    fn draw_form(&mut self, buffer: &mut Buffer, area: Rect, fields: &[Field], at: usize) {
        let shown = |field: &Field| match field.is_secret {
            true => "*".repeat(field.value.chars().count()),
            false => field.value.clone(),
        };
        let cursor = |n| if n == at { "_" } else { "" };
        let row = |(n, field): (usize, &Field)| format!("{}: {}{}", field.name, shown(field), cursor(n));
        let rows: Vec<String> = fields.iter().enumerate().map(row).collect();
        self.draw_rows(buffer, area, &rows, at);
    }

    /// Two pixels to a character, one over the other; scaled down where the display is smaller.
    fn draw_picture(&mut self, buffer: &mut Buffer, area: Rect, picture: &Picture, items: &[Item]) {
        if area.width == 0 || area.height == 0 || picture.width == 0 || picture.height == 0 {
            return;
        }
        let (wide, high) = (usize::from(area.width), 2 * usize::from(area.height));
        let scale = picture.width.div_ceil(wide).max(picture.height.div_ceil(high)).max(1);
        let columns = picture.width.div_ceil(scale).min(wide);
        let rows = picture.height.div_ceil(2 * scale).min(usize::from(area.height));
        let at = (wide - columns) / 2;
        let grey = |x: usize, y: usize| {
            let part = (x * scale, (x + 1) * scale);
            let shade = 255 - picture.mean(part, (y * scale, (y + 1) * scale));
            Color::Rgb(shade, shade, shade)
        };
        for y in 0..rows {
            for x in 0..columns {
                let place = (area.x + (at + x) as u16, area.y + y as u16);
                if let Some(cell) = buffer.cell_mut(place) {
                    cell.set_symbol("▀");
                    cell.set_fg(grey(x, 2 * y)).set_bg(grey(x, 2 * y + 1));
                }
            }
        }
        let shown = Rect { x: area.x + at as u16, width: columns as u16, height: rows as u16, ..area };
        for (row, touched) in items.iter().enumerate().filter_map(|(row, item)| Some((row, item.area?))) {
            let place = cells_of(touched, scale as u16, shown);
            if !place.is_empty() {
                self.hits.push((place, Press::Touch(row)));
            }
        }
    }

    fn draw_info(&self, buffer: &mut Buffer, area: Rect, first: usize, sight: &Sight<'_>) {
        let rows = information(sight);
        let most = rows.len().saturating_sub(usize::from(area.height));
        for (y, (name, value)) in rows.iter().skip(first.min(most)).take(usize::from(area.height)).enumerate()
        {
            put(buffer, area, 1, y as u16, &format!("{name:<14} {value}"), self.theme.display());
        }
    }
}

/// An item of a menu; where the page has icons, all names stand under each other.
fn with_icon(page: &Page, item: &Item) -> String {
    if page.icons.is_empty() {
        return item.name.clone();
    }
    let icon = page.icons.iter().find(|(index, _)| Some(*index) == item.icon);
    let icon = icon.map_or("", |(_, icon)| icon.text());
    format!("{icon:<ICON_CELLS$} {}", item.name)
}

/// The cells in which a part of a picture is shown.
fn cells_of(area: Area, scale: u16, shown: Rect) -> Rect {
    let (x, y) = (area.left / scale, area.top / (2 * scale));
    let (right, bottom) = (area.right / scale + 1, area.bottom / (2 * scale) + 1);
    let place = Rect {
        x: shown.x.saturating_add(x),
        y: shown.y.saturating_add(y),
        width: right.saturating_sub(x),
        height: bottom.saturating_sub(y),
    };
    place.intersection(shown)
}

/// What the phone knows of itself.
fn information(sight: &Sight<'_>) -> Vec<(&'static str, String)> {
    let phone = sight.phone;
    let counts = phone.counts();
    let address = phone.local_address().map_or_else(|| "none".to_owned(), |address| address.to_string());
    let mut rows = vec![
        ("Device name", phone.name().to_owned()),
        ("Model", phone.profile().model.to_owned()),
        ("Load", phone.profile().load.to_owned()),
        ("Address", address),
        ("Server", format!("{} of {}", phone.server() + 1, phone.config().servers)),
        ("Registration", show::registration(phone)),
        ("Standby", phone.standby_server().map_or_else(|| "none".to_owned(), |s| (s + 1).to_string())),
        ("Keepalive", format!("every {} s", phone.keepalive_interval().as_secs())),
        ("Messages", format!("{} sent, {} received", counts.sent, counts.received)),
        ("Unknown", format!("{} messages", counts.unknown)),
        ("Sound", sight.sound.to_owned()),
    ];
    for stream in phone.streams() {
        if let Some(receive) = stream.receive {
            rows.push(("Receives", format!("{} {} ms", receive.codec, receive.packet_ms)));
        }
        if let Some(send) = stream.send {
            rows.push(("Sends", format!("{} {} ms to {}", send.codec, send.packet_ms, send.remote)));
        }
    }
    if let Some(quality) = sight.quality {
        rows.push(("Packets", format!("{} received, {} lost", quality.packets, quality.lost)));
        let mos = quality.mos.unwrap_or(0.0);
        rows.push(("Quality", format!("jitter {:.1} ms, MOS {mos:.2}", quality.jitter_ms)));
    }
    rows.extend(phone.offences().iter().map(|offence| ("Offence", format!("{offence:?}"))));
    rows
}

/// Who is at the other end, and which way.
fn with(call: &Call) -> String {
    let other = call.other();
    let name = match (other.name.is_empty(), other.number.is_empty(), call.dialed.is_empty()) {
        (false, false, _) => format!("{} ({})", other.name, other.number),
        (false, true, _) => other.name.to_string(),
        (true, false, _) => other.number.to_string(),
        (true, true, false) => call.dialed.to_string(),
        (true, true, true) => String::new(),
    };
    let way = match call.kind.0 {
        _ if name.is_empty() => "▸",
        1 | 3 => "◂ From",
        2 => "▸ To",
        _ => "▸",
    };
    format!("{way} {name}")
}

/// Minutes and seconds.
fn timer(time: Duration) -> String {
    let secs = time.as_secs();
    match secs / 3600 {
        0 => format!("{:02}:{:02}", secs / 60, secs % 60),
        hours => format!("{hours}:{:02}:{:02}", secs / 60 % 60, secs % 60),
    }
}

/// A row of a list of calls.
fn logged(entry: &phone::Logged) -> String {
    let name = if entry.party.name.is_empty() { String::new() } else { format!("{} ", entry.party.name) };
    let talk = match entry.talk_secs {
        0 => String::new(),
        secs => format!("  {}", timer(Duration::from_secs(u64::from(secs)))),
    };
    format!("{name}{}{talk}", entry.party.number)
}

/// Lines of at most so many characters, broken between words where that goes.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut row = String::new();
        for word in line.split(' ') {
            let joined = row.chars().count() + 1 + word.chars().count();
            if !row.is_empty() && joined > most {
                lines.push(std::mem::take(&mut row));
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
            while row.chars().count() > most {
                let rest = row.chars().skip(most).collect();
                lines.push(row.chars().take(most).collect());
                row = rest;
            }
        }
        lines.push(row);
    }
    lines
}
