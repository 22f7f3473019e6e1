//! Services of a Cisco phone: pages of XML that a web server sends, as menus, texts, forms, directories, pictures.
//!
//! [`Page::read`] makes a page of bytes; [`fetch`] gets one over HTTP; [`Target::of`] says what a link means. What is
//! drawn of it is the terminal UI's business.

mod get;
mod picture;
mod tree;

pub use get::{FetchError, PAGE_BYTES_MAX, Wanted, fetch};
pub use picture::Picture;

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

/// What a link of a page means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Another page.
    Page(String),
    /// Call this number.
    Dial(String),
    /// Edit this number, then call it.
    EditDial(String),
    /// A key of the phone: `Services`, `Directories`, `Messages`, `Speaker`, `KeyPad1` …
    Key(String),
    /// A softkey of the page: `Exit`, `Select`, `Submit`, `<<`, `Dial` …
    SoftKey(String),
    /// Forget a list of calls.
    Init(String),
    /// Data to the server: application, line, call, transaction, data.
    UserData(u32, u32, u32, u32, String),
    /// Something that this phone does not do.
    Other(String),
}

impl Target {
    /// Reads a link.
    pub fn of(link: &str) -> Target {
        let link = link.trim();
        let (scheme, rest) = link.split_once(':').unwrap_or(("", link));
        match scheme.to_ascii_lowercase().as_str() {
            "http" => Target::Page(link.to_owned()),
            "dial" => Target::Dial(number(rest)),
            "editdial" => Target::EditDial(number(rest)),
            "key" => Target::Key(rest.to_owned()),
            "softkey" => Target::SoftKey(rest.to_owned()),
            "init" => Target::Init(rest.to_owned()),
            "userdata" | "usercalldata" => user_data(rest).unwrap_or_else(|| Target::Other(link.to_owned())),
            _ => Target::Other(link.to_owned()),
        }
    }
}

/// A number as it can be dialled.
fn number(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | '+')).collect()
}

/// `application:line:call:transaction:data`, or `application:data`.
fn user_data(rest: &str) -> Option<Target> {
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let word = |text: &str| text.trim().parse::<u32>().ok();
    match parts.as_slice() {
        [application, line, call, transaction, data] => Some(Target::UserData(
            word(application)?,
            word(line)?,
            word(call)?,
            word(transaction)?,
            (*data).to_owned(),
        )),
        [application, data] => Some(Target::UserData(word(application)?, 0, 0, 0, (*data).to_owned())),
        _ => None,
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
        })
    }
}

/// Links that a page may have followed at once.
const EXECUTED_MAX: usize = 3;
/// Questions of a form.
const FIELDS_MAX: usize = 16;

fn items(root: &Element, tag: &str, target: &str) -> Vec<Item> {
    let item = |element: &Element| Item { name: element.text_of("Name"), target: element.text_of(target) };
    root.all(tag).take(ITEMS_MAX).map(item).collect()
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
        let one = Item { name: "One".into(), target: "http://h/1?a=1&b=2".into() };
        assert_eq!(menu.content, Content::Menu(vec![one]));
        assert_eq!(menu.softkeys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["Go", "Out"]);
        let text = page("<CiscoIPPhoneText><Text>two\r\nlines \u{1b}[2J &#x41;</Text></CiscoIPPhoneText>");
        assert_eq!(text.content, Content::Text("two\nlines \u{fffd}[2J A".into()));
        let people = page(
            "<CiscoIPPhoneDirectory><DirectoryEntry><Name>Bob</Name><Telephone>1002</Telephone></DirectoryEntry></CiscoIPPhoneDirectory>",
        );
        assert_eq!(
            people.content,
            Content::Directory(vec![Item { name: "Bob".into(), target: "1002".into() }])
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
    fn links_mean_what_the_manual_says() {
        for (link, meant) in [
            ("http://h/", Target::Page("http://h/".into())),
            ("Dial:1002", Target::Dial("1002".into())),
            ("EditDial:+49 30", Target::EditDial("+4930".into())),
            ("SoftKey:Exit", Target::SoftKey("Exit".into())),
            ("Key:Services", Target::Key("Services".into())),
            ("UserCallData:1:2:3:4:a:b", Target::UserData(1, 2, 3, 4, "a:b".into())),
            ("UserData:1:hello", Target::UserData(1, 0, 0, 0, "hello".into())),
            ("file:///etc/passwd", Target::Other("file:///etc/passwd".into())),
            ("https://h/", Target::Other("https://h/".into())),
        ] {
            assert_eq!(Target::of(link), meant, "{link}");
        }
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
