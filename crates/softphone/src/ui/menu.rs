//! Menus over the display: lists of calls, directories, services, what the phone knows of itself.

use phone::{List, Logged, Phone};

use crate::service::{Content, Item, Key, Page};

/// A menu; the last of the stack is shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Menu {
    /// Things to choose from.
    Choice {
        /// The line at the top.
        title: String,
        /// What there is.
        items: Vec<(String, Goal)>,
        /// The cursor.
        at: usize,
    },
    /// A list of calls.
    Log(List, usize),
    /// A page of a service.
    Page(Box<Page>, usize),
    /// A page that has not come yet.
    Waiting(String),
    /// The phone itself; the number is the first line shown.
    Info(usize),
}

/// Where a choice leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Goal {
    /// A list of calls.
    Log(List),
    /// A page.
    Fetch(String),
}

/// What a softkey of a menu does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MenuKey {
    Select,
    Dial,
    EditDial,
    Erase,
    Submit,
    Update,
    Exit,
    Follow(String),
}

impl MenuKey {
    /// What the softkeys of phones do that pages name.
    pub fn named(name: &str) -> Option<MenuKey> {
        Some(match name {
            "Select" | "View" | "Call" | "Play" | "Details" => MenuKey::Select,
            "Exit" | "Cancel" | "Back" | "Close" => MenuKey::Exit,
            "Dial" => MenuKey::Dial,
            "EditDial" => MenuKey::EditDial,
            "Submit" | "Search" => MenuKey::Submit,
            "Update" => MenuKey::Update,
            "<<" | "BackSpace" => MenuKey::Erase,
            _ => return None,
        })
    }
}

impl Menu {
    /// The menu of the directories button.
    pub fn directories(url: Option<&str>) -> Menu {
        let mut items = vec![
            ("Missed Calls".to_owned(), Goal::Log(List::Missed)),
            ("Received Calls".to_owned(), Goal::Log(List::Received)),
            ("Placed Calls".to_owned(), Goal::Log(List::Placed)),
        ];
        items.extend(url.map(|url| ("Corporate Directory".to_owned(), Goal::Fetch(url.to_owned()))));
        Menu::Choice { title: "Directories".to_owned(), items, at: 0 }
    }

    /// The menu of the services button: what buttons and configuration name.
    pub fn services(phone: &Phone, url: Option<&str>) -> Menu {
        let of_buttons = phone.buttons().iter().filter(|button| button.target.starts_with("http"));
        let mut items: Vec<_> = of_buttons
            .map(|button| (button.label.to_string(), Goal::Fetch(button.target.to_string())))
            .collect();
        items.extend(url.map(|url| ("Services".to_owned(), Goal::Fetch(url.to_owned()))));
        Menu::Choice { title: "Services".to_owned(), items, at: 0 }
    }

    /// The line at the top.
    pub fn title(&self) -> &str {
        match self {
            Menu::Choice { title, .. } => title,
            Menu::Log(List::Missed, _) => "Missed Calls",
            Menu::Log(List::Received, _) => "Received Calls",
            Menu::Log(List::Placed, _) => "Placed Calls",
            Menu::Page(page, _) => &page.title,
            Menu::Waiting(_) => "Services",
            Menu::Info(_) => "Phone Information",
        }
    }

    /// The line above the softkeys.
    pub fn prompt(&self) -> String {
        match self {
            Menu::Choice { items, .. } if items.is_empty() => "None configured".to_owned(),
            Menu::Choice { .. } => "Your current options".to_owned(),
            Menu::Log(..) => "Select call, or dial".to_owned(),
            Menu::Page(page, _) => page.prompt.clone(),
            Menu::Waiting(_) => "Requesting…".to_owned(),
            Menu::Info(_) => "Up and down for more".to_owned(),
        }
    }

    /// How many rows the cursor can stand on.
    pub fn rows(&self, phone: &Phone) -> usize {
        match self {
            Menu::Choice { items, .. } => items.len(),
            Menu::Log(list, _) => phone.history(*list).count(),
            Menu::Page(page, _) => match &page.content {
                Content::Menu(items) | Content::Directory(items) => items.len(),
                Content::Picture(_, items) | Content::PictureAt(_, items) => items.len(),
                Content::Input { fields, .. } => fields.len(),
                Content::Text(text) => text.lines().count().max(1),
                Content::Execute(_) => 0,
            },
            Menu::Waiting(_) => 0,
            Menu::Info(_) => 64,
        }
    }

    /// The cursor.
    pub fn at(&self) -> usize {
        match self {
            Menu::Choice { at, .. } | Menu::Log(_, at) | Menu::Page(_, at) | Menu::Info(at) => *at,
            Menu::Waiting(_) => 0,
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, to: usize) {
        match self {
            Menu::Choice { at, .. } | Menu::Log(_, at) | Menu::Page(_, at) | Menu::Info(at) => *at = to,
            Menu::Waiting(_) => {}
        }
    }

    /// Whether letters are typed into it.
    pub fn is_form(&self) -> bool {
        matches!(self, Menu::Page(page, _) if matches!(page.content, Content::Input { .. }))
    }

    /// The call under the cursor.
    pub fn logged<'a>(&self, phone: &'a Phone) -> Option<&'a Logged> {
        match self {
            Menu::Log(list, at) => phone.history(*list).nth(*at),
            _ => None,
        }
    }

    /// The softkeys.
    pub fn keys(&self) -> Vec<(String, MenuKey)> {
        let named = |names: &[(&str, MenuKey)]| -> Vec<(String, MenuKey)> {
            names.iter().map(|(name, key)| ((*name).to_owned(), key.clone())).collect()
        };
        let dial = [("Dial", MenuKey::Dial), ("EditDial", MenuKey::EditDial), ("Exit", MenuKey::Exit)];
        match self {
            Menu::Log(..) => named(&dial),
            Menu::Page(page, _) if !page.softkeys.is_empty() => page.softkeys.iter().map(own_key).collect(),
            Menu::Page(page, _) => match &page.content {
                Content::Directory(_) => named(&dial),
                Content::Input { .. } => {
                    named(&[("Submit", MenuKey::Submit), ("<<", MenuKey::Erase), ("Exit", MenuKey::Exit)])
                }
                Content::Text(_) => named(&[("Exit", MenuKey::Exit)]),
                _ => named(&[("Select", MenuKey::Select), ("Exit", MenuKey::Exit)]),
            },
            Menu::Choice { .. } => named(&[("Select", MenuKey::Select), ("Exit", MenuKey::Exit)]),
            Menu::Waiting(_) | Menu::Info(_) => named(&[("Exit", MenuKey::Exit)]),
        }
    }
}

/// What a softkey of a page does.
fn own_key(key: &Key) -> (String, MenuKey) {
    let name = key.target.strip_prefix("SoftKey:").unwrap_or(&key.target);
    (key.name.clone(), MenuKey::named(name).unwrap_or_else(|| MenuKey::Follow(key.target.clone())))
}

/// The link or number under the cursor of a page.
pub(super) fn item_at(page: &Page, at: usize) -> Option<&Item> {
    match &page.content {
        Content::Menu(items)
        | Content::Directory(items)
        | Content::Picture(_, items)
        | Content::PictureAt(_, items) => items.get(at),
        _ => None,
    }
}
