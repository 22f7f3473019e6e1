//! The parties of a conference on a phone's screen: a menu in XML where the phone has such, else the prompt line.
//!
//! The menu is data for application 9081 (chan-sccp's number of its conference list). What its user chooses comes
//! back as data for the same application: the text that we wrote behind the last colon of the entry's address.
//! Entries only, and no keys of our own that act on an entry: such keys come back in two messages, and differently on
//! each generation.

use std::fmt::Write;

use skinny::codes::{ApplicationId, SequenceFlag};
use skinny::message::{self as m, Message};
use skinny::types::Count;

use super::screen::{self, Words};
use super::words::said;
use super::{Phone, Shown};
use crate::Exchange;
use crate::feature::Entry;
use crate::table::StationId;

/// Bytes of a menu: what one message holds.
const MENU_MAX: usize = 2000;
/// Bytes of an entry at most, so that what follows it surely has room.
const ENTRY_MAX: usize = 220;
/// Characters of a party in an entry.
const NAME_MAX: usize = 40;

/// The list of the parties from the `first` entry on, with a lock for whoever may lock; on phones without menus the entry that is next in turn.
pub(crate) fn parties(
    phone: &mut Phone<'_>,
    shown: &Shown<'_>,
    entries: &[Entry],
    locked: Option<bool>,
    (first, next): (u32, u32),
) {
    if !shows_menus(phone) {
        return one_by_one(phone, shown, entries, next);
    }
    let mut menu = Menu::new(phone, shown);
    menu.head(&format!("{} ({})", said(phone.locale, "Conference"), entries.len()));
    let first = first as usize;
    for (place, entry) in entries.iter().enumerate().skip(first) {
        if menu.len() + 4 * ENTRY_MAX > MENU_MAX {
            menu.entry(said(phone.locale, "More"), &format!("L{place}"));
            break;
        }
        menu.entry(&line(phone, entry), &format!("P{}", entry.number));
    }
    if let Some(locked) = locked {
        menu.entry(said(phone.locale, if locked { "Unlock" } else { "Lock" }), "K0");
    }
    menu.entry(said(phone.locale, "Update"), "L0");
    menu.send(phone, shown);
}

/// What can be done with one of them.
pub(crate) fn party(phone: &mut Phone<'_>, shown: &Shown<'_>, entry: &Entry, may_change: bool) {
    let mut menu = Menu::new(phone, shown);
    menu.head(&line(phone, entry));
    if may_change {
        let mute = if entry.muted { "Unmute" } else { "Mute" };
        menu.entry(said(phone.locale, mute), &format!("M{}", entry.number));
        if !entry.is_own {
            menu.entry(said(phone.locale, "Remove"), &format!("R{}", entry.number));
        }
    }
    menu.entry(said(phone.locale, "Back"), "L0");
    menu.send(phone, shown);
}

fn shows_menus(phone: &Phone<'_>) -> bool {
    phone.knows::<m::UserToDeviceDataVersion1<'_>>() || phone.knows::<m::UserToDeviceData<'_>>()
}

/// An entry in words.
fn line(phone: &Phone<'_>, entry: &Entry) -> String {
    let own = match (entry.is_own, entry.talking) {
        (true, true) => "*+ ",
        (true, false) => "* ",
        (false, true) => "+ ",
        (false, false) => "",
    };
    let name: String = entry.text.chars().take(NAME_MAX).collect();
    match entry.muted {
        true => format!("{own}{name} ({})", said(phone.locale, "muted")),
        false => format!("{own}{name}"),
    }
}

fn one_by_one(phone: &mut Phone<'_>, shown: &Shown<'_>, entries: &[Entry], next: u32) {
    let place = (next as usize).checked_rem(entries.len()).unwrap_or(0);
    if let Some(entry) = entries.get(place) {
        let text = format!("{}/{} {}", place + 1, entries.len(), line(phone, entry));
        screen::prompt(phone, shown.instance, shown.reference, Words::Text(&text));
    }
}

/// A menu in the making.
struct Menu {
    text: String,
    /// The address of an entry up to what is said back.
    address: String,
}

impl Menu {
    fn new(phone: &Phone<'_>, shown: &Shown<'_>) -> Self {
        let encoding = if phone.profile.is_utf8() { "utf-8" } else { "iso-8859-1" };
        let text = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><CiscoIPPhoneMenu>");
        let (app, line, call) = (ApplicationId::CONFERENCE.0, shown.instance, shown.reference);
        Menu { text, address: format!("UserCallData:{app}:{line}:{call}:1:") }
    }

    fn len(&self) -> usize {
        self.text.len()
    }

    fn head(&mut self, title: &str) {
        // Writing to a text can't fail.
        let _ = write!(self.text, "<Title>{}</Title>", escaped(title));
    }

    fn entry(&mut self, name: &str, data: &str) {
        let (name, address) = (escaped(name), &self.address);
        let _ = write!(self.text, "<MenuItem><Name>{name}</Name><URL>{address}{data}</URL></MenuItem>");
    }

    fn send(mut self, phone: &mut Phone<'_>, shown: &Shown<'_>) {
        self.text.push_str("</CiscoIPPhoneMenu>");
        let bytes = phone.text(&self.text).into_owned();
        let xmldata = skinny::types::Data::new(&bytes);
        let data_length = Count(xmldata.len() as u32);
        let application_id = ApplicationId::CONFERENCE;
        let (line_instance, call_reference) = (shown.line(), shown.reference());
        let transaction_id = 1;
        if phone.knows::<m::UserToDeviceDataVersion1<'_>>() {
            phone.send(&m::UserToDeviceDataVersion1 {
                user_to_device_data_version1: m::UserDataVersion1 {
                    application_id,
                    line_instance,
                    call_reference,
                    transaction_id,
                    data_length,
                    // The only segment.
                    sequence_flag: SequenceFlag(2),
                    xmldata,
                    ..Default::default()
                },
            });
        } else {
            phone.send(&m::UserToDeviceData {
                user_to_device_data: m::UserData {
                    application_id,
                    line_instance,
                    call_reference,
                    transaction_id,
                    data_length,
                    xmldata,
                },
            });
        }
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

impl Exchange {
    /// A user chose an entry of a menu.
    pub(crate) fn app_says(&mut self, id: StationId, message: &Message<'_>) {
        let (app, reference, data) = match message {
            Message::DeviceToUserData(m) => {
                let data = &m.device_to_user_data;
                (data.application_id, data.call_reference, data.xmldata.bytes())
            }
            Message::DeviceToUserDataVersion1(m) => {
                let data = &m.device_to_user_data_version1;
                (data.application_id, data.call_reference, data.xmldata.bytes())
            }
            _ => return,
        };
        let data = data.split(|byte| *byte == 0).next().unwrap_or_default();
        if let (ApplicationId::CONFERENCE, Ok(data)) = (app, std::str::from_utf8(data)) {
            self.list_chosen(id, reference.0, data);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_not_break_out_of_a_menu() {
        assert_eq!(escaped("<a href='x'>&\"\n"), "&lt;a href=&apos;x&apos;&gt;&amp;&quot; ");
        // The longest entry in its longest form.
        let address = "UserCallData:9081:4294967295:4294967295:1:P4294967295";
        let entry = "<MenuItem><Name></Name><URL></URL></MenuItem>".len() + address.len();
        assert!(entry + NAME_MAX * 2 + 20 < ENTRY_MAX);
    }
}
