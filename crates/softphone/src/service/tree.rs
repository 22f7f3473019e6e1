//! XML to elements, within limits: what phone services say is never trusted.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::PageError;

/// Elements within each other.
const DEPTH_MAX: usize = 12;
/// Elements of a page.
const ELEMENTS_MAX: usize = 2048;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    fn begin(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().flatten();
        let attributes =
            attributes.map(|found| (found.key.as_ref().to_owned(), found.value.clone().into_owned()));
        Element {
            name: start.name().as_ref().to_owned(),
            attributes: attributes.collect(),
            ..Element::default()
        }
    }

    /// The text of a child; empty where there is none.
    pub fn text_of(&self, name: &str) -> String {
        let found = self.children.iter().find(|child| child.name == name);
        found.map_or_else(String::new, |child| shown(child.text.trim()))
    }

    /// The number that a child holds.
    pub fn number_of(&self, name: &str) -> Option<i64> {
        self.text_of(name).parse().ok()
    }

    /// The children with a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Text without what could harm a terminal; line ends and tabs stay.
fn shown(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' => Some('\n'),
        '\r' => None,
        '\t' => Some(' '),
        c if c.is_control() || is_invisible(c) => Some('\u{fffd}'),
        c => Some(c),
    };
    text.chars().filter_map(harmless).collect()
}

/// Marks that turn the direction of text, or take no place.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The root of a document.
pub(super) fn read(bytes: &[u8]) -> Result<Element, PageError> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(&text);
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        let event = reader.read_event().map_err(|error| PageError::Xml(error.to_string()))?;
        if matches!(event, Event::Start(_) | Event::Empty(_)) {
            count += 1;
            if count > ELEMENTS_MAX || open.len() >= DEPTH_MAX {
                return Err(PageError::TooLarge);
            }
        }
        match event {
            Event::Start(start) => open.push(Element::begin(&start)),
            Event::Empty(start) => {
                let element = Element::begin(&start);
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let Some(element) = open.pop() else { return Err(PageError::Unknown(String::new())) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::Text(part) => add(&mut open, &part),
            Event::CData(part) => add(&mut open, &part),
            Event::GeneralRef(name) => add(&mut open, &entity(&name)),
            Event::Eof => return Err(PageError::Xml("it ends early".to_owned())),
            _ => {}
        }
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The characters that XML names; others stay as they are written.
pub(crate) fn entity(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    match (name, number.and_then(char::from_u32)) {
        (_, Some(character)) => character.to_string(),
        ("amp", _) => "&".to_owned(),
        ("lt", _) => "<".to_owned(),
        ("gt", _) => ">".to_owned(),
        ("quot", _) => "\"".to_owned(),
        ("apos", _) => "'".to_owned(),
        _ => format!("&{name};"),
    }
}
