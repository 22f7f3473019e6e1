//! Draws the phone: its case with keys, lamps and buttons. The display stands in `display`.

use phone::{Button, Path, Phone};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use skinny::codes::{ButtonType, DeviceStimulus, LampMode};
use unicode_width::UnicodeWidthStr;

use super::app::{App, Sight, registration};
use super::deed::{HELP, Press, VOLUME_MAX};

/// The column of buttons beside the display.
const BUTTONS_WIDTH: u16 = 28;
/// Rows of the dial pad, with a line above.
const PAD_HEIGHT: u16 = 9;
/// Below this size the keys are left out: they are on the keyboard.
const WHOLE_WIDTH: u16 = 78;
const WHOLE_HEIGHT: u16 = 24;
/// Below this width the buttons are left out too.
const BUTTONS_FROM_WIDTH: u16 = 60;

/// The dial pad.
const PAD: [(char, &str); 12] = [
    ('1', ""),
    ('2', "abc"),
    ('3', "def"),
    ('4', "ghi"),
    ('5', "jkl"),
    ('6', "mno"),
    ('7', "pqrs"),
    ('8', "tuv"),
    ('9', "wxyz"),
    ('*', ""),
    ('0', "oper"),
    ('#', ""),
];

impl App {
    /// Draws all of it, whatever the size.
    pub fn draw(&mut self, frame: &mut Frame<'_>, sight: &Sight<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        buffer.set_style(area, self.theme.text());
        self.hits.clear();
        if area.width < 4 || area.height < 2 {
            return;
        }
        let is_whole = area.width >= WHOLE_WIDTH && area.height >= WHOLE_HEIGHT;
        let top = Rect { height: 1, ..area };
        let bottom = Rect { y: area.bottom() - 1, height: 1, ..area };
        let pad_height = if is_whole { PAD_HEIGHT } else { 0 };
        let height = area.height.saturating_sub(2 + pad_height);
        let middle = Rect { y: area.y + 1, height, ..area };
        let buttons_width = if area.width >= BUTTONS_FROM_WIDTH { BUTTONS_WIDTH } else { 0 };
        let display = Rect { width: area.width - buttons_width, ..middle };
        let buttons = Rect { x: display.right(), width: buttons_width, ..middle };
        self.case_top(buffer, top, sight);
        self.draw_display(buffer, display, sight);
        self.buttons(buffer, buttons, sight);
        if is_whole {
            let pad = Rect { y: middle.bottom(), height: pad_height, ..area };
            self.pad(buffer, Rect { width: 26, ..pad });
            self.keys(buffer, Rect { x: 28, width: area.width - 28, ..pad }, sight.phone);
        }
        self.bottom_line(buffer, bottom, sight);
        if self.help {
            self.draw_help(buffer, area);
        }
        self.draw_focus(buffer);
    }

    fn case_top(&self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        let phone = sight.phone;
        let name = format!(" Cisco {}  {}", phone.profile().model, phone.name());
        put(buffer, area, 0, 0, &name, self.theme.text().add_modifier(Modifier::BOLD));
        let state = registration(phone);
        let (lamp, style) = self.message_lamp(sight);
        let right = format!("{state}  ");
        let at = area.width.saturating_sub(width(&right) + width(lamp) + 1);
        if at > width(&name) + 1 {
            put(buffer, area, at, 0, &right, self.theme.dim());
        }
        put(buffer, area, area.width.saturating_sub(width(lamp) + 1), 0, lamp, style);
    }

    /// The lamp of the handset: it flashes when the phone rings, and is lit when messages wait.
    fn message_lamp(&self, sight: &Sight<'_>) -> (&'static str, Style) {
        let waits = sight.phone.lamp(DeviceStimulus::VOICE_MAIL, 0) != LampMode::OFF
            || sight.phone.lamp(DeviceStimulus::VOICE_MAIL, 1) != LampMode::OFF;
        match (sight.phone.ringing(), waits) {
            (true, _) if is_lit(LampMode::FLASH, sight) => ("((●)) RINGING", self.theme.red()),
            (true, _) => ("  ○   RINGING", self.theme.red()),
            (false, true) => ("● messages", self.theme.red()),
            (false, false) => ("○", self.theme.dim()),
        }
    }

    fn buttons(&mut self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        if area.width == 0 {
            return;
        }
        let buttons = sight.phone.buttons();
        let gap = if buttons.len() * 2 < usize::from(area.height) { 2 } else { 1 };
        for (place, button) in buttons.iter().enumerate() {
            let y = 1 + place as u16 * gap;
            if y >= area.height {
                break;
            }
            let row = Rect { y: area.y + y, height: 1, x: area.x + 1, width: area.width - 2 };
            let (lamp, style) = self.lamp(button, sight);
            let label = label_of(sight.phone, button);
            let focused = self.focus == Some(Press::Button(place));
            put(buffer, row, 0, 0, lamp, style);
            put(buffer, row, 2, 0, &label, self.theme.text());
            if !focused && place < 9 {
                let hint = format!("{}", place + 1);
                put(buffer, row, row.width.saturating_sub(1), 0, &hint, self.theme.dim());
            }
            self.hits.push((row, Press::Button(place)));
        }
    }

    /// The lamp of a button: lit or dark at this moment, and its colour.
    fn lamp(&self, button: &Button, sight: &Sight<'_>) -> (&'static str, Style) {
        let stimulus = DeviceStimulus(button.kind.0);
        let mode = sight.phone.lamp(stimulus, u32::from(button.instance));
        let rings = button.kind == ButtonType::LINE
            && sight.phone.calls().iter().any(|c| c.is_ringing() && c.line.0 == u32::from(button.instance));
        let style = match mode {
            LampMode::OFF => self.theme.dim(),
            _ if rings => self.theme.amber(),
            LampMode::ON => self.theme.green(),
            _ => self.theme.amber(),
        };
        (if is_lit(mode, sight) { "●" } else { "○" }, style)
    }

    fn pad(&mut self, buffer: &mut Buffer, area: Rect) {
        for (n, (key, letters)) in PAD.into_iter().enumerate() {
            let (column, row) = (n as u16 % 3, n as u16 / 3);
            let cell = Rect { x: area.x + 1 + column * 8, y: area.y + 1 + row * 2, width: 7, height: 1 };
            self.cap(buffer, cell, &format!("{key} {letters:<4}"), Press::Pad(key), false);
        }
    }

    /// The keys that every phone has, and those of this program.
    fn keys(&mut self, buffer: &mut Buffer, area: Rect, phone: &Phone) {
        let path = |path| phone.path() == Some(path);
        let held = phone.selected_call().is_some_and(phone::Call::is_held);
        let has = |press| match press {
            Press::Speaker => phone.profile().speaker,
            Press::Headset => phone.profile().headset,
            _ => true,
        };
        let keys: [(&str, Press, bool); 12] = [
            (if phone.handset_up() { "h Hang up" } else { "h Lift" }, Press::Handset, phone.handset_up()),
            ("s Speaker", Press::Speaker, path(Path::Speaker)),
            ("e Headset", Press::Headset, path(Path::Headset)),
            ("m Mute", Press::Mute, self.muted),
            (if held { "o Resume" } else { "o Hold" }, Press::Hold, held),
            ("t Transfer", Press::Transfer, false),
            ("r Redial", Press::Redial, false),
            ("v Messages", Press::Messages, false),
            ("d Directories", Press::Directories, false),
            ("x Services", Press::Services, false),
            ("i Info", Press::Info, false),
            ("? Help", Press::Help, false),
        ];
        let columns = 3;
        let step = (area.width / columns).clamp(14, 18);
        for (n, (name, press, is_on)) in keys.into_iter().enumerate() {
            let (column, row) = (n as u16 % columns, n as u16 / columns);
            let cell =
                Rect { x: area.x + column * step, y: area.y + 1 + row * 2, width: step - 2, height: 1 };
            if has(press) && cell.right() <= area.right() && cell.bottom() <= area.bottom() {
                self.cap(buffer, cell, name, press, is_on);
            }
        }
        self.volume_bar(buffer, area, columns * step);
    }

    fn volume_bar(&mut self, buffer: &mut Buffer, area: Rect, at: u16) {
        if at + 4 > area.width {
            return;
        }
        let x = area.x + at;
        self.cap(buffer, Rect { x, y: area.y + 1, width: 3, height: 1 }, "+", Press::Louder, false);
        for step in 0..5u16 {
            let level = (VOLUME_MAX / 5) * (5 - step as u8);
            let bar = if self.volume >= level { "███" } else { "░░░" };
            put(buffer, area, at, 2 + step, bar, self.theme.dim());
        }
        self.cap(buffer, Rect { x, y: area.y + 7, width: 3, height: 1 }, "-", Press::Quieter, false);
    }

    /// A key of the case; lit where it is on.
    fn cap(&mut self, buffer: &mut Buffer, area: Rect, name: &str, press: Press, is_on: bool) {
        let style = if is_on { self.theme.chosen() } else { self.theme.key() };
        buffer.set_style(area, style);
        put(buffer, area, 1, 0, name, style);
        if is_on {
            put(buffer, area, area.width.saturating_sub(2), 0, "●", style);
        }
        self.hits.push((area, press));
    }

    fn bottom_line(&self, buffer: &mut Buffer, area: Rect, sight: &Sight<'_>) {
        if let Some((said, _)) = &self.said {
            return put(buffer, area, 1, 0, said, self.theme.red());
        }
        let bell = self.ringer.words();
        let keys = if sight.phone.profile().softkeys > 0 { "F1-F6 softkeys" } else { "Alt+1-9 buttons" };
        let left = format!(" {keys} · 0-9*# pad · h lift · s speaker · d calls · ? help · q end");
        put(buffer, area, 0, 0, &left, self.theme.dim());
        let right = format!("{} · {bell} · {} ", sight.sound, self.theme.name());
        let at = area.width.saturating_sub(width(&right));
        if at > width(&left) {
            put(buffer, area, at, 0, &right, self.theme.dim());
        }
    }

    fn draw_help(&self, buffer: &mut Buffer, area: Rect) {
        let lines = HELP.lines().count() as u16;
        let wide = HELP.lines().map(width).max().unwrap_or(0) + 4;
        let size = (wide.min(area.width), (lines + 2).min(area.height));
        let at = ((area.width - size.0) / 2, (area.height - size.1) / 2);
        let place = Rect { x: area.x + at.0, y: area.y + at.1, width: size.0, height: size.1 };
        fill(buffer, place, self.theme.key());
        for (n, line) in HELP.lines().enumerate() {
            put(buffer, place, 2, 1 + n as u16, line, self.theme.key());
        }
    }

    fn draw_focus(&self, buffer: &mut Buffer) {
        let found = self.hits.iter().find(|(_, press)| Some(*press) == self.focus);
        if let Some((area, _)) = found {
            buffer.set_style(*area, self.theme.chosen().add_modifier(Modifier::REVERSED));
        }
    }
}

/// What stands beside a button.
fn label_of(phone: &Phone, button: &Button) -> String {
    let line = || phone.lines().get(usize::from(button.instance).checked_sub(1)?);
    let text = match button.kind {
        ButtonType::LINE => line().map_or("", |line| &line.label),
        _ if button.label.is_empty() => &button.target,
        _ => &button.label,
    };
    if text.is_empty() { crate::show::word(button.kind) } else { text.to_owned() }
}

/// Whether a lamp is lit at this moment: winking mostly, flashing fast, blinking slowly.
fn is_lit(mode: LampMode, sight: &Sight<'_>) -> bool {
    let ms = sight.now.as_millis();
    match mode {
        LampMode::OFF => false,
        LampMode::ON => true,
        LampMode::WINK => ms % 1000 < 800,
        LampMode::FLASH => ms % 400 < 200,
        _ => ms % 1600 < 800,
    }
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Writes a text inside an area, cut at its edge.
pub(super) fn put(buffer: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) {
    if y < area.height && x < area.width {
        let line = text.lines().next().unwrap_or("");
        buffer.set_stringn(area.x + x, area.y + y, line, usize::from(area.width - x), style);
    }
}

/// Empties an area.
pub(super) fn fill(buffer: &mut Buffer, area: Rect, style: Style) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
}
