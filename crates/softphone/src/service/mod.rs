//! Services of a Cisco phone: pages of XML that a web server sends, as menus, texts, forms, directories, pictures.
//!
//! [`Page::read`] makes a page of bytes; [`fetch`] gets one over HTTP and HTTPS; [`Target::of`] says what a link means. What is
//! drawn of it is the terminal UI's business.

mod get;
mod icon;
mod link;
mod picture;
mod tree;

pub use get::{FetchError, PAGE_BYTES_MAX, Trust, TrustError, Wanted, fetch};
pub use icon::{ICON_CELLS, Icon};
#[cfg(feature = "ui")]
pub(crate) use link::with_query;
pub use link::{Light, Shake, Target};
pub use picture::Picture;

use std::time::Duration;

use tree::Element;
pub(crate) use tree::entity;

/// Items of a menu or directory that are kept.
pub const ITEMS_MAX: usize = 128;

/// Why bytes are no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Not XML.
    #[error("the page is not XML: {0}")]
    Xml(String),
    /// More than phones take.
    #[error("the page has too many elements")]
    TooLarge,
    /// XML for something else.
    #[error("the phone does not know pages of <{0}>")]
    Unknown(String),
    /// The server says what went wrong.
    #[error("the service says error {0}")]
    Told(String),
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The line at the top.
    pub title: String,
    /// The line at the bottom.
    pub prompt: String,
    /// What is between.
    pub content: Content,
    /// Softkeys of its own, by position from 1.
    pub softkeys: Vec<Key>,
    /// Where it came from; nothing for a page that was pushed.
    pub address: String,
    /// When it wants to be fetched anew, and from where.
    pub refresh: Option<Refresh>,
    /// Pictures beside the items, by index.
    pub icons: Vec<(u32, Icon)>,
    /// It wants to be forgotten as soon as another page is shown (`Expires`).
    pub is_passing: bool,
}

/// A page's wish to be replaced (header `Refresh`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// After this time; none: when its user presses Update.
    pub after: Option<Duration>,
    /// By what is there.
    pub url: String,
}

/// What a page holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Links.
    Menu(Vec<Item>),
    /// A text.
    Text(String),
    /// A form.
    Input {
        /// Where it goes.
        url: String,
        /// What is asked.
        fields: Vec<Field>,
    },
    /// People and numbers.
    Directory(Vec<Item>),
    /// A picture, with links by digit.
    Picture(Picture, Vec<Item>),
    /// A picture elsewhere, in a form that a terminal does not show.
    PictureAt(String, Vec<Item>),
    /// Links that are followed at once.
    Execute(Vec<String>),
}

/// A link, or a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it says.
    pub name: String,
    /// Where it leads; of a directory, the number.
    pub target: String,
    /// The part of the picture that leads there when it is touched.
    pub area: Option<Area>,
    /// The picture beside it: its index among the page's.
    pub icon: Option<u32>,
}

/// A part of a picture, in its pixels; the right and the lower edge belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// The left edge.
    pub left: u16,
    /// The upper edge.
    pub top: u16,
    /// The right edge.
    pub right: u16,
    /// The lower edge.
    pub bottom: u16,
}

/// A softkey of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it says.
    pub name: String,
    /// What it does.
    pub target: String,
    /// From 1.
    pub position: u8,
}

/// A question of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The question.
    pub name: String,
    /// The parameter that carries the answer.
    pub parameter: String,
    /// The answer so far.
    pub value: String,
    /// What may be typed.
    pub kind: FieldKind,
    /// It is not shown.
    pub is_secret: bool,
}

/// What may be typed into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Anything.
    Text,
    /// Digits of a telephone number.
    Telephone,
    /// Digits, and those of formulas.
    Number,
    /// Upper case letters.
    Upper,
    /// Lower case letters.
    Lower,
}

impl FieldKind {
    /// A character as the field takes it.
    pub fn takes(self, c: char) -> Option<char> {
        match self {
            _ if c.is_control() => None,
            FieldKind::Text => Some(c),
            FieldKind::Telephone => (c.is_ascii_digit() || matches!(c, '*' | '#' | '+')).then_some(c),
            FieldKind::Number => (c.is_ascii_digit() || matches!(c, '.' | '-' | '*' | '/')).then_some(c),
            FieldKind::Upper => c.to_uppercase().next(),
            FieldKind::Lower => c.to_lowercase().next(),
        }
    }
}

impl Page {
    /// Reads a page.
    pub fn read(bytes: &[u8]) -> Result<Page, PageError> {
        let root = tree::read(bytes)?;
        let items = |tag, target| items(&root, tag, target);
        let content = match root.name.as_str() {
            "CiscoIPPhoneMenu" | "CiscoIPPhoneIconMenu" | "CiscoIPPhoneIconFileMenu" => {
                Content::Menu(items("MenuItem", "URL"))
            }
            "CiscoIPPhoneText" => Content::Text(root.text_of("Text")),
            "CiscoIPPhoneDirectory" => Content::Directory(items("DirectoryEntry", "Telephone")),
            "CiscoIPPhoneInput" => Content::Input { url: root.text_of("URL"), fields: fields(&root) },
            "CiscoIPPhoneImage" | "CiscoIPPhoneGraphicMenu" | "CiscoIPPhoneStatus" => {
                Content::Picture(Picture::of(&root), items("MenuItem", "URL"))
            }
            "CiscoIPPhoneImageFile" | "CiscoIPPhoneGraphicFileMenu" | "CiscoIPPhoneStatusFile" => {
                Content::PictureAt(root.text_of("URL"), items("MenuItem", "URL"))
            }
            "CiscoIPPhoneExecute" => {
                let links = root.all("ExecuteItem").filter_map(|item| item.attribute("URL"));
                Content::Execute(links.take(EXECUTED_MAX).map(str::to_owned).collect())
            }
            "CiscoIPPhoneError" => {
                return Err(PageError::Told(root.attribute("Number").unwrap_or("?").to_owned()));
            }
            other => return Err(PageError::Unknown(other.chars().take(40).collect())),
        };
        Ok(Page {
            title: root.text_of("Title"),
            prompt: root.text_of("Prompt"),
            content,
            softkeys: softkeys(&root),
            icons: icon::of_page(&root),
            address: String::new(),
            refresh: None,
            is_passing: false,
        })
    }
}

/// Links that a page may have followed at once.
const EXECUTED_MAX: usize = 3;
/// A link that a program wants followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The link.
    pub url: String,
    /// 0: now; 1: once the phone is idle; 2: only if it is.
    pub priority: u8,
}

/// The links of a CiscoIPPhoneExecute, with when they are to be followed.
pub fn orders(bytes: &[u8]) -> Result<Vec<Order>, PageError> {
    let root = tree::read(bytes)?;
    if root.name != "CiscoIPPhoneExecute" {
        return Err(PageError::Unknown(root.name.chars().take(40).collect()));
    }
    let order = |item: &Element| {
        let priority = item.attribute("Priority").and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        Some(Order { url: item.attribute("URL")?.to_owned(), priority })
    };
    Ok(root.all("ExecuteItem").filter_map(order).take(EXECUTED_MAX).collect())
}

/// Text as a value of an address.
#[cfg(feature = "remote")]
pub(crate) fn query_escaped(text: &str) -> String {
    let mut link = String::new();
    text.bytes().for_each(|byte| escape(byte, &mut link));
    link
}

/// Questions of a form.
const FIELDS_MAX: usize = 16;

fn items(root: &Element, tag: &str, target: &str) -> Vec<Item> {
    let item = |element: &Element| Item {
        name: element.text_of("Name"),
        target: element.text_of(target),
        area: element.all("TouchArea").next().and_then(area),
        icon: element.number_of("IconIndex").and_then(|index| u32::try_from(index).ok()),
    };
    root.all(tag).take(ITEMS_MAX).map(item).collect()
}

/// `<TouchArea X1="0" Y1="0" X2="9" Y2="9"/>`; corners in any order.
fn area(element: &Element) -> Option<Area> {
    let side = |name| element.attribute(name)?.trim().parse::<u16>().ok();
    let (x1, y1, x2, y2) = (side("X1")?, side("Y1")?, side("X2")?, side("Y2")?);
    Some(Area { left: x1.min(x2), top: y1.min(y2), right: x1.max(x2), bottom: y1.max(y2) })
}

fn softkeys(root: &Element) -> Vec<Key> {
    let key = |element: &Element| {
        let position = u8::try_from(element.number_of("Position")?).ok().filter(|position| *position > 0)?;
        Some(Key { name: element.text_of("Name"), target: element.text_of("URL"), position })
    };
    let mut keys: Vec<Key> = root.all("SoftKeyItem").take(16).filter_map(key).collect();
    keys.sort_by_key(|key| key.position);
    keys
}

fn fields(root: &Element) -> Vec<Field> {
    let field = |element: &Element| {
        let flags = element.text_of("InputFlags");
        let kind = match flags.chars().find(|flag| *flag != 'P') {
            Some('T') => FieldKind::Telephone,
            Some('N' | 'E') => FieldKind::Number,
            Some('U') => FieldKind::Upper,
            Some('L') => FieldKind::Lower,
            _ => FieldKind::Text,
        };
        Field {
            name: element.text_of("DisplayName"),
            parameter: element.text_of("QueryStringParam"),
            value: element.text_of("DefaultValue"),
            kind,
            is_secret: flags.contains('P'),
        }
    };
    root.all("InputItem").take(FIELDS_MAX).map(field).collect()
}

/// Where a form goes once it is filled.
pub fn submitted(url: &str, fields: &[Field]) -> String {
    let mut link = url.to_owned();
    for (n, field) in fields.iter().enumerate() {
        link.push(if n == 0 && !url.contains('?') { '?' } else { '&' });
        // Some services put the "=" there themselves.
        link.push_str(field.parameter.trim_end_matches('='));
        link.push('=');
        field.value.bytes().for_each(|byte| escape(byte, &mut link));
    }
    link
}

fn escape(byte: u8, link: &mut String) {
    use std::fmt::Write;
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        link.push(char::from(byte));
    } else {
        // A String takes everything.
        let _ = write!(link, "%{byte:02X}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    #[test]
    fn the_pages_of_the_manual_are_read() {
        let menu = page(
            "<?xml version='1.0'?><CiscoIPPhoneMenu><Title>T &amp; A</Title><Prompt>P</Prompt>\
             <MenuItem><Name>One</Name><URL>http://h/1?a=1&amp;b=2</URL></MenuItem>\
             <SoftKeyItem><Name>Out</Name><URL>SoftKey:Exit</URL><Position>3</Position></SoftKeyItem>\
             <SoftKeyItem><Name>Go</Name><URL>SoftKey:Select</URL><Position>1</Position></SoftKeyItem>\
             </CiscoIPPhoneMenu>",
        );
        assert_eq!((menu.title.as_str(), menu.prompt.as_str()), ("T & A", "P"));
        let one = Item { name: "One".into(), target: "http://h/1?a=1&b=2".into(), area: None, icon: None };
        assert_eq!(menu.content, Content::Menu(vec![one]));
        assert_eq!(menu.softkeys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["Go", "Out"]);
        let text = page("<CiscoIPPhoneText><Text>two\r\nlines \u{1b}[2J &#x41;</Text></CiscoIPPhoneText>");
        assert_eq!(text.content, Content::Text("two\nlines \u{fffd}[2J A".into()));
        let people = page(
            "<CiscoIPPhoneDirectory><DirectoryEntry><Name>Bob</Name><Telephone>1002</Telephone></DirectoryEntry></CiscoIPPhoneDirectory>",
        );
        assert_eq!(
            people.content,
            Content::Directory(vec![Item {
                name: "Bob".into(),
                target: "1002".into(),
                area: None,
                icon: None
            }])
        );
        let run =
            page("<CiscoIPPhoneExecute><ExecuteItem Priority='0' URL='Dial:1002'/></CiscoIPPhoneExecute>");
        assert_eq!(run.content, Content::Execute(vec!["Dial:1002".into()]));
    }

    #[test]
    fn a_form_is_sent_with_what_was_typed() {
        let form = page(
            "<CiscoIPPhoneInput><URL>http://h/s?x=1</URL><InputItem><DisplayName>PIN</DisplayName>\
             <QueryStringParam>pin</QueryStringParam><DefaultValue>1 &amp; 2</DefaultValue><InputFlags>NP</InputFlags></InputItem></CiscoIPPhoneInput>",
        );
        let Content::Input { url, fields } = form.content else { panic!("a form") };
        assert_eq!((fields[0].kind, fields[0].is_secret), (FieldKind::Number, true));
        assert_eq!(submitted(&url, &fields), "http://h/s?x=1&pin=1%20%26%202");
        assert_eq!(FieldKind::Telephone.takes('x'), None);
        assert_eq!(FieldKind::Upper.takes('ä'), Some('Ä'));
    }

    #[test]
    fn a_picture_has_areas_to_touch() {
        let menu = page(
            "<CiscoIPPhoneGraphicFileMenu><URL>http://h/p.png</URL><MenuItem><Name>Ann</Name><URL>Dial:1</URL>\
             <TouchArea X1='9' Y1='0' X2='2' Y2='5'/></MenuItem><MenuItem><Name>No</Name><URL>Dial:2</URL>\
             <TouchArea X1='-9' Y1='x'/></MenuItem></CiscoIPPhoneGraphicFileMenu>",
        );
        let Content::PictureAt(url, items) = menu.content else { panic!("a picture") };
        assert_eq!(url, "http://h/p.png");
        assert_eq!(items[0].area, Some(Area { left: 2, top: 0, right: 9, bottom: 5 }));
        assert_eq!(items[1].area, None);
    }

    #[test]
    fn what_is_no_page_says_so_and_hostile_depth_ends() {
        for text in ["", "hello", "<a>", "<html></html>", "<a></b>", "<CiscoIPPhoneError Number='4'/>"] {
            assert!(Page::read(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(Page::read("<a>".repeat(1000).as_bytes()), Err(PageError::TooLarge));
        let many = format!("<CiscoIPPhoneMenu>{}</CiscoIPPhoneMenu>", "<MenuItem/>".repeat(5000));
        assert_eq!(Page::read(many.as_bytes()), Err(PageError::TooLarge));
    }
}
