//! Saying something to one phone.

use std::borrow::Cow;

use skinny::codes::{SoftKeyMask, SoftKeySet};
use skinny::message::{Body, Numbered, ToDevice};
use skinny::text::Charset;

use super::softkey::{self, Offers};
use super::{Profile, Station};
use crate::input::SessionId;
use crate::model::outbound::rule_of;
use crate::outbox::{Outbox, To};
use crate::plan::{DigitPath, Locale};

/// A registered phone that can be told something.
pub(crate) struct Phone<'a> {
    out: &'a mut Outbox,
    session: SessionId,
    /// What it understands.
    pub(crate) profile: Profile,
    /// The language of its user.
    pub(crate) locale: Locale,
    station: &'a Station,
}

impl<'a> Phone<'a> {
    /// The phone, when it is connected.
    #[inline]
    pub(crate) fn of(station: &'a Station, out: &'a mut Outbox) -> Option<Self> {
        let (session, profile, locale) = (station.session?, station.profile, station.locale);
        Some(Phone { out, session, profile, locale, station })
    }

    /// Whether it knows a message at all.
    pub(crate) fn knows<'m, M: Body<'m> + Numbered + ToDevice>(&self) -> bool {
        self.profile.may_be_sent(const { rule_of(M::ID) })
    }

    /// How digits reach it during a call.
    pub(crate) fn digits(&self) -> DigitPath {
        self.station.config.digits
    }

    /// Which keys of a set do something for a call.
    pub(crate) fn keys_of(&self, set: SoftKeySet, offers: Offers) -> SoftKeyMask {
        softkey::mask(&self.station.config, self.station.keys, set, offers)
    }

    /// Sends a message in the full form of the phone's version.
    #[inline]
    pub(crate) fn send<'m, M: Body<'m> + Numbered + ToDevice>(&mut self, message: &M) {
        self.send_as(self.profile.version, message);
    }

    /// Sends a message in the layout of another version.
    #[inline]
    pub(crate) fn send_as<'m, M: Body<'m> + Numbered + ToDevice>(&mut self, layout: u8, message: &M) {
        let header = self.profile.header_version();
        self.out.send(self.session, &To::Phone(self.profile), (layout, header), message);
    }

    /// Sends one of the messages whose header always says version 0: RegisterAck, KeepAliveAck,
    /// UnregisterAck (quirk 2).
    pub(crate) fn send_plain<'m, M: Body<'m> + Numbered + ToDevice>(&mut self, message: &M) {
        self.out.send(self.session, &To::Phone(self.profile), (self.profile.version, 0), message);
    }

    /// Text in the encoding of the phone: UTF-8 where it says so, else Latin-1, with what neither has
    /// transliterated.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, [u8]> {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Cow::Borrowed(text.as_bytes());
        }
        let charset = if self.profile.is_utf8() { Charset::Utf8 } else { Charset::LATIN_1 };
        // A control character would begin a label code (0x1e), and so would the byte that Windows-1252 has
        // for the euro sign (0x80).
        let shown: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect::<String>()
            .replace('€', "EUR");
        Cow::Owned(charset.encode(&shown))
    }
}
