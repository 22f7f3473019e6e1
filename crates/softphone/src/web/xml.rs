//! XML that is written: one level of elements, whatever their texts hold.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;

/// A document of one level.
#[derive(Debug)]
pub(super) struct Document {
    root: &'static str,
    text: String,
}

impl Document {
    pub fn new(root: &'static str) -> Document {
        Document { root, text: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}>\n") }
    }

    /// One element more.
    pub fn with(mut self, name: &str, value: impl ToString) -> Document {
        let value = value.to_string();
        self.text.push_str(&format!("  <{name}>{}</{name}>\n", escape(allowed(&value))));
        self
    }

    /// One element more without a text, with attributes.
    pub fn with_attributes(mut self, name: &str, attributes: &[(&str, &str)]) -> Document {
        self.text.push_str(&format!("  <{name}"));
        for (key, value) in attributes {
            self.text.push_str(&format!(" {key}=\"{}\"", escape(allowed(value))));
        }
        self.text.push_str("/>\n");
        self
    }

    pub fn finish(mut self) -> String {
        self.text.push_str(&format!("</{}>\n", self.root));
        self.text
    }
}

/// XML has no place for most control characters, however they are written.
fn allowed(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// `CiscoIPPhoneError`: 1 the object can't be read, 4 who asks may not.
pub(super) fn error(number: u8) -> String {
    format!("<CiscoIPPhoneError Number=\"{number}\"/>")
}

pub(super) fn answer(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_named_stays_text() {
        let text = Document::new("R")
            .with("Name", "</R><x a='1'>&\u{1b}[2J")
            .with_attributes("I", &[("URL", "\"/><evil y=\"<&")])
            .finish();
        assert_eq!(
            text.lines().skip(1).collect::<String>(),
            "<R>  <Name>&lt;/R&gt;&lt;x a=&apos;1&apos;&gt;&amp;[2J</Name>  <I URL=\"&quot;/&gt;&lt;evil y=&quot;&lt;&amp;\"/></R>"
        );
    }
}
