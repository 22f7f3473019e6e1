//! Files that are written when a phone asks for them, so that they are never stale.

pub mod default;
pub mod phone;
pub mod rings;

use std::net::IpAddr;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// A server in a list of call managers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its address, which phones prefer to a name.
    pub address: IpAddr,
    /// SCCP's port there.
    pub port: u16,
}

/// Writes XML; every text is escaped on its way.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// A document with this root.
    pub fn document(root: &str, content: impl FnOnce(&mut Xml)) -> Vec<u8> {
        let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 1));
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml.within(root, content);
        let mut bytes = xml.0.into_inner();
        bytes.push(b'\n');
        bytes
    }

    /// An element with others in it.
    pub fn within(&mut self, name: &str, content: impl FnOnce(&mut Xml)) {
        self.with_attributes(name, &[], content);
    }

    /// The same with attributes.
    pub fn with_attributes(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Xml),
    ) {
        let start = quick_xml::events::BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start));
        content(self);
        self.event(Event::End(quick_xml::events::BytesEnd::new(name)));
    }

    /// An element with text in it.
    pub fn text(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.content(text));
    }

    /// Text within an element.
    pub fn content(&mut self, text: &str) {
        self.event(Event::Text(BytesText::new(text)));
    }

    /// Several of them.
    pub fn texts(&mut self, elements: &[(&str, &str)]) {
        elements.iter().for_each(|(name, text)| self.text(name, text));
    }

    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("memory takes what is written");
    }

    /// The list of call managers, the first of them first asked.
    pub fn call_managers(&mut self, members: &[Member]) {
        self.within("callManagerGroup", |xml| {
            xml.within("members", |xml| {
                for (priority, member) in members.iter().enumerate() {
                    xml.with_attributes("member", &[("priority", &priority.to_string())], |xml| {
                        xml.within("callManager", |xml| {
                            xml.within("ports", |xml| {
                                xml.text("ethernetPhonePort", &member.port.to_string())
                            });
                            xml.text("processNodeName", &member.address.to_string());
                        });
                    });
                }
            });
        });
    }
}
