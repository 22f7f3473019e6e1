//! The phone on the terminal, without a terminal: what keys do, and what is shown beside the phone itself.

use std::time::Duration;

use phone::audio::Quality;
use phone::{Call, List, Phone, Registration};
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use skinny::codes::{ButtonType, DeviceStimulus, RingMode};

use super::deed::{Deed, Press, VOLUME_MAX, press_of};
use super::menu::{Goal, Menu, MenuKey, item_at};
use crate::console::Command;
use crate::service::{Content, Light, Page, Shake, Target, submitted, with_query};
use theme::Theme;

/// Menus over each other.
const MENUS_MAX: usize = 16;
/// Digits that are typed before a call.
const TYPED_MAX: usize = 23;
/// Characters of an answer in a form.
const ANSWER_MAX: usize = 128;
/// How long a refusal is shown.
const SAID_FOR: Duration = Duration::from_secs(5);
/// How often the bell of the terminal sounds.
const BELL_EVERY: Duration = Duration::from_secs(3);

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The phone.
    pub phone: &'a Phone,
    /// The phone's time.
    pub now: Duration,
    /// How well it is heard.
    pub quality: Option<Quality>,
    /// What carries the sound: a sound card, files, nothing.
    pub sound: &'a str,
}

/// A page that wants another in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Renewal {
    /// When; nothing while the other is on its way, or where its user asks for it.
    at: Option<Duration>,
    /// From where.
    url: String,
    /// It is on its way.
    is_asked: bool,
}

/// How the user is told that somebody calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ringer {
    /// The bell.
    Bell,
    /// Wireless models vibrate instead.
    Vibrate,
    /// Only the lamp.
    Silent,
}

impl Ringer {
    fn next(self, phone: &Phone) -> Ringer {
        match self {
            Ringer::Bell if phone.profile().vibrates => Ringer::Vibrate,
            Ringer::Bell | Ringer::Vibrate => Ringer::Silent,
            Ringer::Silent => Ringer::Bell,
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Ringer::Bell => "bell",
            Ringer::Vibrate => "vibrate",
            Ringer::Silent => "no bell",
        }
    }
}

/// Where pages are, beside those that buttons name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Urls {
    /// Of the directories button.
    pub directories: Option<String>,
    /// Of the services button.
    pub services: Option<String>,
}

/// The phone on the terminal.
#[derive(Debug)]
pub struct App {
    pub(super) theme: Theme,
    /// The number that is typed before a call.
    pub(super) typed: String,
    pub(super) menus: Vec<Menu>,
    pub(super) help: bool,
    /// The first softkey shown, where there are more than fit.
    pub(super) first_key: usize,
    pub(super) volume: u8,
    pub(super) muted: bool,
    pub(super) ringer: Ringer,
    /// It vibrates for a page: since when, and how.
    pub(super) shaking: Option<(Duration, Shake)>,
    /// What was refused, and until when that is shown.
    pub(super) said: Option<(String, Duration)>,
    /// What the mouse can press, of the last drawing.
    pub(super) hits: Vec<(Rect, Press)>,
    /// Until when the display is dark.
    pub(super) dark: Option<Duration>,
    /// The key that Tab stands on.
    pub(super) focus: Option<Press>,
    urls: Urls,
    ended: bool,
    renewal: Option<Renewal>,
    pushed: u32,
    belled: Option<Duration>,
    calls_seen: usize,
}

impl App {
    /// A phone that shows itself.
    pub fn new(theme: Theme, urls: Urls) -> Self {
        App {
            theme,
            typed: String::new(),
            menus: Vec::new(),
            help: false,
            first_key: 0,
            volume: 7,
            muted: false,
            ringer: Ringer::Bell,
            shaking: None,
            said: None,
            hits: Vec::new(),
            dark: None,
            focus: None,
            urls,
            ended: false,
            renewal: None,
            pushed: 0,
            belled: None,
            calls_seen: 0,
        }
    }

    /// Whether the user has gone.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Time passed, the phone may have changed; pages that the server pushed are shown.
    pub fn tick(&mut self, sight: &Sight<'_>) -> Vec<Deed> {
        if self.dark.is_some_and(|until| until <= sight.now) {
            self.dark = None;
        }
        if self.shaking.is_some_and(|(since, shake)| since + shake.duration() <= sight.now) {
            self.shaking = None;
        }
        if self.said.as_ref().is_some_and(|(_, until)| *until <= sight.now) {
            self.said = None;
        }
        if sight.phone.calls().len() != self.calls_seen {
            self.calls_seen = sight.phone.calls().len();
            self.dark = None;
            self.first_key = 0;
            if self.calls_seen > 0 {
                self.typed.clear();
            }
        }
        match sight.phone.pushed().filter(|pushed| pushed.number != self.pushed) {
            Some(pushed) => {
                self.pushed = pushed.number;
                let page = Page::read(&pushed.data).map_err(|error| error.to_string());
                self.fetched(page, sight)
            }
            None => self.renew(sight.now),
        }
    }

    /// Asks for the page that is to take the shown one's place, once its time has come.
    fn renew(&mut self, now: Duration) -> Vec<Deed> {
        let is_shown = matches!(self.menus.last(), Some(Menu::Page(..)));
        match &mut self.renewal {
            Some(_) if !is_shown => {
                self.renewal = None;
                Vec::new()
            }
            Some(renewal) if renewal.at.is_some_and(|at| at <= now) => {
                renewal.at = None;
                renewal.is_asked = true;
                vec![Deed::Fetch(renewal.url.clone())]
            }
            _ => Vec::new(),
        }
    }

    /// The Update key: what the page wants in its place, otherwise the page itself.
    fn update(&mut self) -> Vec<Deed> {
        let Some(Menu::Page(page, _)) = self.menus.last() else { return Vec::new() };
        let url = page.refresh.as_ref().map_or(&page.address, |refresh| &refresh.url).clone();
        if url.is_empty() {
            return Vec::new();
        }
        self.renewal = Some(Renewal { at: None, url: url.clone(), is_asked: true });
        vec![Deed::Fetch(url)]
    }

    /// Whether the terminal's bell is to sound now.
    pub fn bell(&mut self, sight: &Sight<'_>) -> bool {
        let rings = sight.phone.ringing() && sight.phone.ringer() != RingMode::FLASH_ONLY;
        if !rings {
            self.belled = None;
            return false;
        }
        let due = self.belled.is_none_or(|before| before + BELL_EVERY <= sight.now);
        if due {
            self.belled = Some(sight.now);
        }
        due && self.ringer == Ringer::Bell && self.volume > 0
    }

    /// Whether the phone vibrates now: it rings so, or a page wants it.
    pub fn vibrates(&self, sight: &Sight<'_>) -> bool {
        let rings = sight.phone.ringing() && sight.phone.ringer() != RingMode::FLASH_ONLY;
        let is_on = |(since, shake): (Duration, Shake)| shake.is_on(sight.now.saturating_sub(since));
        rings && self.ringer == Ringer::Vibrate || self.shaking.is_some_and(is_on)
    }

    /// Something could not be done.
    pub fn refused(&mut self, why: String, now: Duration) {
        self.said = Some((why, now + SAID_FOR));
    }

    /// A page came, or did not.
    pub fn fetched(&mut self, page: Result<Page, String>, sight: &Sight<'_>) -> Vec<Deed> {
        let mut cursor = 0;
        match (self.menus.last(), &page, self.renewal.take()) {
            (Some(Menu::Waiting(_)), ..) => drop(self.menus.pop()),
            (Some(Menu::Page(_, at)), Ok(new), Some(renewal))
                if renewal.is_asked && new.address == renewal.url =>
            {
                cursor = *at;
                self.menus.pop();
            }
            _ => {}
        }
        match page {
            Ok(Page { content: Content::Execute(links), .. }) => {
                links.iter().flat_map(|link| self.follow(link, sight)).collect()
            }
            Ok(page) => {
                if matches!(self.menus.last(), Some(Menu::Page(before, _)) if before.is_passing) {
                    self.menus.pop();
                }
                let wish = page.refresh.clone();
                self.renewal = wish.map(|wish| Renewal {
                    at: wish.after.map(|after| sight.now + after),
                    url: wish.url,
                    is_asked: false,
                });
                let mut menu = Menu::Page(Box::new(page), 0);
                menu.go(cursor.min(menu.rows(sight.phone).saturating_sub(1)));
                self.open(menu);
                Vec::new()
            }
            Err(why) => {
                self.refused(why, sight.now);
                Vec::new()
            }
        }
    }

    fn open(&mut self, menu: Menu) {
        if self.menus.len() >= MENUS_MAX {
            self.menus.remove(0);
        }
        self.first_key = 0;
        self.focus = None;
        self.menus.push(menu);
    }

    /// A key of the keyboard.
    pub fn key(&mut self, key: KeyEvent, sight: &Sight<'_>) -> Vec<Deed> {
        let typing = !self.help && self.menus.last().is_some_and(Menu::is_form);
        press_of(key, typing).map_or_else(Vec::new, |press| self.press(press, sight))
    }

    /// The mouse.
    pub fn click(&mut self, x: u16, y: u16, sight: &Sight<'_>) -> Vec<Deed> {
        let hit = self.hits.iter().find(|(area, _)| area.contains((x, y).into())).map(|(_, press)| *press);
        hit.map_or_else(Vec::new, |press| self.press(press, sight))
    }

    /// A key is pressed.
    pub fn press(&mut self, press: Press, sight: &Sight<'_>) -> Vec<Deed> {
        // As on the phone, any key lights the display.
        self.dark = None;
        if self.help && !matches!(press, Press::Quit | Press::Theme) {
            self.help = false;
            return Vec::new();
        }
        match press {
            Press::Theme => self.theme = self.theme.next(),
            Press::Help => self.help = true,
            Press::Quit => self.ended = true,
            Press::Bell => self.ringer = self.ringer.next(sight.phone),
            Press::Next => self.step_focus(1),
            Press::Previous => self.step_focus(-1),
            Press::Louder | Press::Quieter => {
                let change = if press == Press::Louder { 1 } else { -1 };
                self.volume = self.volume.saturating_add_signed(change).min(VOLUME_MAX);
                return vec![Deed::Volume(self.volume)];
            }
            Press::Mute => {
                self.muted = !self.muted;
                return vec![Deed::Mute(self.muted)];
            }
            Press::Directories => self.toggle(Menu::directories(self.urls.directories.as_deref())),
            Press::Services => self.toggle(Menu::services(sight.phone, self.urls.services.as_deref())),
            Press::Info => self.toggle(Menu::Info(0)),
            Press::SoftKey(place) => return self.softkey(place, sight),
            Press::Enter if self.focus.is_some() => {
                let focus = self.focus.take();
                let deeds = focus.map_or_else(Vec::new, |press| self.press(press, sight));
                // In a menu, Enter is the menu's.
                self.focus = focus.filter(|_| self.menus.is_empty());
                return deeds;
            }
            other if !self.menus.is_empty() => return self.menu_press(other, sight),
            other => return self.phone_press(other, sight),
        }
        Vec::new()
    }

    /// The button of a menu that is open closes it.
    fn toggle(&mut self, menu: Menu) {
        let is_same = self.menus.last().is_some_and(|open| open.title() == menu.title());
        self.menus.clear();
        if !is_same {
            self.open(menu);
        }
    }

    fn step_focus(&mut self, by: isize) {
        let keys: Vec<Press> = self.hits.iter().map(|(_, press)| *press).collect();
        if keys.is_empty() {
            return;
        }
        let at = self.focus.and_then(|focus| keys.iter().position(|key| *key == focus));
        let next = match at {
            Some(at) => (at as isize + by).rem_euclid(keys.len() as isize) as usize,
            None if by > 0 => 0,
            None => keys.len() - 1,
        };
        self.focus = keys.get(next).copied();
    }

    /// A key while no menu is open.
    fn phone_press(&mut self, press: Press, sight: &Sight<'_>) -> Vec<Deed> {
        let phone = sight.phone;
        let command = match press {
            Press::Pad(key) => {
                let takes_keys = phone.path().is_some() || phone.audio_call().is_some();
                if takes_keys {
                    Command::Keys(key.to_string())
                } else {
                    if self.typed.len() < TYPED_MAX {
                        self.typed.push(key);
                    }
                    return Vec::new();
                }
            }
            Press::Erase if !self.typed.is_empty() => {
                self.typed.pop();
                return Vec::new();
            }
            Press::Erase => Command::Press("<<".to_owned()),
            Press::Escape => {
                self.typed.clear();
                self.focus = None;
                return Vec::new();
            }
            Press::Enter if !self.typed.is_empty() => return self.dial_typed(),
            Press::Enter if phone.ringing_call().is_some() => Command::Answer,
            Press::Enter if phone.selected_call().is_some_and(Call::is_held) => Command::Resume,
            Press::Handset if phone.handset_up() => Command::OnHook,
            Press::Handset => Command::OffHook,
            Press::Speaker => Command::Speaker,
            Press::Headset => Command::Headset,
            Press::Hold if phone.selected_call().is_some_and(Call::is_held) => Command::Resume,
            Press::Hold => Command::Hold,
            Press::Transfer => Command::Press("Transfer".to_owned()),
            Press::Redial => Command::Redial,
            Press::Messages => Command::Button(DeviceStimulus::VOICE_MAIL, 1),
            Press::Button(place) => return self.button(place, sight),
            Press::Up | Press::Down => return select_beside(phone, press == Press::Down),
            Press::Row(place) => match phone.calls().get(place) {
                Some(call) => Command::Select(call.reference),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        if !matches!(command, Command::Keys(_)) {
            self.typed.clear();
        }
        vec![Deed::Command(command)]
    }

    fn dial_typed(&mut self) -> Vec<Deed> {
        vec![Deed::Command(Command::Dial(std::mem::take(&mut self.typed)))]
    }

    /// A button beside the screen.
    fn button(&mut self, place: usize, sight: &Sight<'_>) -> Vec<Deed> {
        let Some(button) = sight.phone.buttons().get(place) else { return Vec::new() };
        let instance = u32::from(button.instance);
        let command = match button.kind {
            ButtonType::LINE => Command::Line(instance),
            ButtonType::SPEED_DIAL | ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL => Command::SpeedDial(instance),
            ButtonType::SERVICE_URL if button.target.starts_with("http") => {
                return self.follow(&button.target, sight);
            }
            kind => Command::Button(DeviceStimulus(kind.0), instance),
        };
        vec![Deed::Command(command)]
    }

    /// The softkeys as they are shown now.
    pub fn softkeys(&self, phone: &Phone) -> Vec<String> {
        let mut names: Vec<String> = match self.menus.last() {
            Some(menu) => menu.keys().into_iter().map(|(name, _)| name).collect(),
            None if !self.typed.is_empty() => ["Dial", "<<", "Cancel"].map(str::to_owned).to_vec(),
            None => phone.softkeys().iter().map(|key| key.name.to_owned()).collect(),
        };
        let places = keys_shown(phone);
        if names.len() > places {
            let pages = names.len().div_ceil(places - 1);
            let page = self.first_key % pages;
            names = names.into_iter().skip(page * (places - 1)).take(places - 1).collect();
            names.resize(places - 1, String::new());
            names.push("more".to_owned());
        }
        names
    }

    fn softkey(&mut self, place: usize, sight: &Sight<'_>) -> Vec<Deed> {
        let shown = self.softkeys(sight.phone);
        let Some(name) = shown.get(place).filter(|name| !name.is_empty()).cloned() else { return Vec::new() };
        if name == "more" && place + 1 == keys_shown(sight.phone) {
            self.first_key += 1;
            return Vec::new();
        }
        if let Some(menu) = self.menus.last() {
            let key = menu.keys().into_iter().find(|(known, _)| *known == name);
            return key.map_or_else(Vec::new, |(_, key)| self.menu_key(key, sight));
        }
        if self.typed.is_empty() {
            return vec![Deed::Command(Command::Press(name))];
        }
        match place {
            0 => self.dial_typed(),
            1 => self.phone_press(Press::Erase, sight),
            _ => self.phone_press(Press::Escape, sight),
        }
    }

    /// A key while a menu is open.
    fn menu_press(&mut self, press: Press, sight: &Sight<'_>) -> Vec<Deed> {
        let Some(menu) = self.menus.last_mut() else { return Vec::new() };
        let rows = menu.rows(sight.phone);
        match press {
            Press::Up => menu.go(menu.at().saturating_sub(1)),
            Press::Down => menu.go((menu.at() + 1).min(rows.saturating_sub(1))),
            Press::Escape => return self.menu_key(MenuKey::Exit, sight),
            Press::Erase => return self.menu_key(MenuKey::Erase, sight),
            Press::Enter if menu.is_form() => return self.menu_key(MenuKey::Submit, sight),
            Press::Enter => return self.menu_key(MenuKey::Select, sight),
            Press::Row(row) if row < rows => {
                let again = menu.at() == row;
                menu.go(row);
                if again && !menu.is_form() {
                    return self.menu_key(MenuKey::Select, sight);
                }
            }
            Press::Touch(row) if row < rows => {
                menu.go(row);
                return self.menu_key(MenuKey::Select, sight);
            }
            Press::Pad(digit) if menu.is_form() => self.letter(digit),
            Press::Letter(letter) => self.letter(letter),
            Press::Pad(digit) => {
                let row = digit.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1));
                if let Some(row) = row.filter(|row| *row < rows) {
                    menu.go(row);
                    return self.menu_key(MenuKey::Select, sight);
                }
            }
            // The phone goes on under its menus.
            other => return self.phone_press(other, sight),
        }
        Vec::new()
    }

    /// A letter of a form.
    fn letter(&mut self, letter: char) {
        if let Some(Menu::Page(page, at)) = self.menus.last_mut()
            && let Content::Input { fields, .. } = &mut page.content
            && let Some(field) = fields.get_mut(*at)
            && field.value.chars().count() < ANSWER_MAX
        {
            field.value.extend(field.kind.takes(letter));
        }
    }

    fn menu_key(&mut self, key: MenuKey, sight: &Sight<'_>) -> Vec<Deed> {
        let Some(menu) = self.menus.last_mut() else { return Vec::new() };
        match (key, menu) {
            (MenuKey::Exit, _) => {
                self.menus.pop();
                self.focus = None;
            }
            (MenuKey::Erase, Menu::Page(page, at)) => {
                if let Content::Input { fields, .. } = &mut page.content
                    && let Some(field) = fields.get_mut(*at)
                {
                    field.value.pop();
                }
            }
            (MenuKey::Submit, Menu::Page(page, _)) => {
                if let Content::Input { url, fields } = &page.content {
                    let link = submitted(url, fields);
                    return self.follow(&link, sight);
                }
            }
            (MenuKey::Update, _) => return self.update(),
            (MenuKey::Follow(link), Menu::Page(page, at)) => {
                // What is under the cursor may have something to add.
                let query = item_at(page, *at).map(|item| Target::of(&item.target));
                let link = match (Target::of(&link), query) {
                    (Target::Page(url), Some(Target::Query(query))) => with_query(&url, &query),
                    _ => link,
                };
                return self.follow(&link, sight);
            }
            (MenuKey::Follow(link), _) => return self.follow(&link, sight),
            (MenuKey::Select, Menu::Choice { items, at, .. }) => match items.get(*at).cloned() {
                Some((_, Goal::Log(list))) => self.open(Menu::Log(list, 0)),
                Some((_, Goal::Fetch(url))) => return self.follow(&url, sight),
                None => {}
            },
            (MenuKey::Select | MenuKey::Dial, Menu::Page(page, at)) => {
                let found = item_at(page, *at).map(|item| item.target.clone());
                let is_number = matches!(page.content, Content::Directory(_));
                if let Some(target) = found {
                    let link = if is_number { format!("Dial:{target}") } else { target };
                    return self.follow(&link, sight);
                }
            }
            (MenuKey::EditDial, Menu::Page(page, at)) => {
                if let Some(item) = item_at(page, *at) {
                    let link = format!("EditDial:{}", item.target);
                    return self.follow(&link, sight);
                }
            }
            (key @ (MenuKey::Select | MenuKey::Dial | MenuKey::EditDial), menu @ Menu::Log(..)) => {
                let number = menu.logged(sight.phone).map(|entry| entry.party.number.to_string());
                let way = if key == MenuKey::EditDial { "EditDial" } else { "Dial" };
                if let Some(number) = number {
                    return self.follow(&format!("{way}:{number}"), sight);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Goes where a link leads.
    pub(super) fn follow(&mut self, link: &str, sight: &Sight<'_>) -> Vec<Deed> {
        match Target::of(link) {
            Target::Page(url) => {
                self.open(Menu::Waiting(url.clone()));
                return vec![Deed::Fetch(url)];
            }
            Target::Dial(number) => {
                self.menus.clear();
                return vec![Deed::Command(Command::Dial(number))];
            }
            Target::EditDial(number) => {
                self.menus.clear();
                self.typed = number.chars().take(TYPED_MAX).collect();
            }
            Target::UserData(application, line, call, transaction, data) => {
                return vec![Deed::Tell(application, line, call, transaction, data)];
            }
            Target::SoftKey(name) => match MenuKey::named(&name) {
                Some(key) => return self.menu_key(key, sight),
                None => self.refused(format!("no softkey {name}"), sight.now),
            },
            Target::Key(name) => return self.named_key(&name, sight),
            Target::Init(what) => return self.begin_anew(&what, sight.now),
            Target::Play(file) => return vec![Deed::Play(file)],
            Target::Stream(paging) => return vec![Deed::Command(Command::Stream(paging))],
            Target::Display(light) => self.shine(light, sight.now),
            Target::Vibrate(shake) if sight.phone.profile().vibrates => {
                self.shaking = Some((sight.now, shake))
            }
            Target::Vibrate(_) => self.refused("this model does not vibrate".to_owned(), sight.now),
            Target::Digits(digits) => return vec![Deed::Command(Command::Keys(digits))],
            // It waits for a softkey with an address.
            Target::Query(_) => {}
            Target::Other(link) => self.refused(format!("this phone does not know {link}"), sight.now),
        }
        Vec::new()
    }

    /// `Display:` links.
    fn shine(&mut self, light: Light, now: Duration) {
        self.dark = match light {
            Light::Off(time) => Some(time.map_or(Duration::MAX, |time| now + time)),
            // This display is lit anyway.
            Light::On(_) | Light::Usual => None,
        };
    }

    /// `Init:` links.
    fn begin_anew(&mut self, what: &str, now: Duration) -> Vec<Deed> {
        match what {
            "CallHistory" => return vec![Deed::ForgetCalls],
            "Services" | "Directories" | "Messages" => self.menus.clear(),
            other => self.refused(format!("this phone has no {other} to begin anew"), now),
        }
        Vec::new()
    }

    /// `Key:` links.
    fn named_key(&mut self, name: &str, sight: &Sight<'_>) -> Vec<Deed> {
        let digit = name.strip_prefix("KeyPad").and_then(|key| match key {
            "Star" => Some('*'),
            "Pound" => Some('#'),
            digit => digit.chars().next().filter(char::is_ascii_digit),
        });
        let number = |prefix: &str| name.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1);
        let press = match (name, digit) {
            (_, Some(digit)) => Press::Pad(digit),
            ("Speaker", _) => Press::Speaker,
            ("Headset", _) => Press::Headset,
            ("Mute", _) => Press::Mute,
            ("Messages", _) => Press::Messages,
            ("Directories", _) => Press::Directories,
            ("Services", _) => Press::Services,
            ("Settings" | "Info", _) => Press::Info,
            ("VolUp", _) => Press::Louder,
            ("VolDwn", _) => Press::Quieter,
            ("NavUp", _) => Press::Up,
            ("NavDwn", _) => Press::Down,
            ("NavSelect", _) => Press::Enter,
            ("NavBack", _) => Press::Escape,
            ("Hold", _) => Press::Hold,
            ("Transfer", _) => Press::Transfer,
            ("Redial", _) => Press::Redial,
            _ => match (number("Line"), number("Soft")) {
                (Some(place), _) => Press::Button(place),
                (_, Some(place)) => Press::SoftKey(place),
                _ => {
                    self.refused(format!("this phone has no key {name}"), sight.now);
                    return Vec::new();
                }
            },
        };
        self.press(press, sight)
    }
}

/// The call beside the one under the cursor.
fn select_beside(phone: &Phone, down: bool) -> Vec<Deed> {
    let calls = phone.calls();
    let at = phone.selected_call().and_then(|one| calls.iter().position(|c| c.reference == one.reference));
    let to = match at {
        Some(at) if down => at + 1,
        Some(at) => at.wrapping_sub(1),
        None => 0,
    };
    let command = calls.get(to).map(|call| Command::Select(call.reference));
    command.map(Deed::Command).into_iter().collect()
}

/// Softkeys that fit on the screen of a model.
pub(super) fn keys_shown(phone: &Phone) -> usize {
    match phone.profile().softkeys {
        0 | 1 => 4,
        places => usize::from(places),
    }
}

/// The newest missed call that nobody looked at is what the idle display speaks of.
pub(super) fn missed(phone: &Phone) -> usize {
    phone.history(List::Missed).count()
}

/// How far the registration is, in a word for the case.
pub(super) fn registration(phone: &Phone) -> String {
    match phone.registration() {
        Registration::Registered => format!("registered, protocol {}", phone.version()),
        _ => crate::show::registration(phone),
    }
}
