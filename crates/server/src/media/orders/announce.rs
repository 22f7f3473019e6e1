//! Announcements: said once, from the moment on at which the party says where it receives.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::time::Duration;

use exchange::media::{MediaParty, OrderId};
use exchange::plan::{Announcement, Locale};
use media::engine::{Play, SoundId};

use super::Desk;

/// Sounds of announcements: those of the operator from the start on, the others as they are asked for.
pub(in crate::media) type Announcements = BTreeMap<(Announcement, Locale), SoundId>;

/// One that comes with the program (`crates/server/sounds/announce.py` makes them).
macro_rules! own {
    ($name:literal, $locale:expr) => {
        match $locale {
            Locale::English => &include_bytes!(concat!("../../../sounds/announce/", $name, ".en.wav"))[..],
            Locale::German => &include_bytes!(concat!("../../../sounds/announce/", $name, ".de.wav"))[..],
            Locale::French => &include_bytes!(concat!("../../../sounds/announce/", $name, ".fr.wav"))[..],
            Locale::Spanish => &include_bytes!(concat!("../../../sounds/announce/", $name, ".es.wav"))[..],
        }
    };
}

fn own(sound: Announcement, locale: Locale) -> &'static [u8] {
    match sound {
        Announcement::UnknownNumber => own!("unknown_number", locale),
        Announcement::NotRegistered => own!("not_registered", locale),
        Announcement::NoCodec => own!("no_codec", locale),
        Announcement::Limit => own!("limit", locale),
        Announcement::Closed => own!("closed", locale),
    }
}

impl Desk {
    /// Opens a port for a party to which something is said as soon as it says where it receives.
    pub(super) fn announce(
        &mut self,
        now: Duration,
        id: OrderId,
        party: &MediaParty,
        which: (Announcement, Locale),
    ) -> Result<Vec<std::net::SocketAddr>, String> {
        let sound = self.announcement(which)?;
        self.begin(id, None)?;
        let (_, address) = self.open(now, id, party)?;
        if let Some(order) = self.orders.get_mut(&id) {
            order.to_say = Some(sound);
        }
        if party.remote.is_some() {
            self.say(now, id);
        }
        Ok(vec![address])
    }

    /// The party is there: what waits to be said is said.
    pub(super) fn say(&mut self, now: Duration, id: OrderId) {
        let Some(order) = self.orders.get_mut(&id) else { return };
        let (Some(sound), Some(party)) = (order.to_say.take(), order.parties.first()) else { return };
        let play = Play::Sound { sound, repeat: false };
        if let Err(error) = self.engine.play(now, *party, &play) {
            tracing::warn!("nothing can be announced: {error}");
            (self.report)(id, exchange::media::MediaEvent::PlayedOut);
        }
    }

    fn announcement(&mut self, which: (Announcement, Locale)) -> Result<SoundId, String> {
        if let Some(sound) = self.announcements.get(&which) {
            return Ok(*sound);
        }
        let audio =
            media::wav::read(Cursor::new(own(which.0, which.1))).map_err(|error| error.to_string())?;
        let sound = self.engine.add_sound(&audio).map_err(|error| error.to_string())?;
        self.announcements.insert(which, sound);
        Ok(sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each can be read, is in the band of a telephone, is short, and differs from all others.
    #[test]
    fn there_is_one_of_each_in_each_language() {
        let mut seen = std::collections::BTreeSet::new();
        for sound in Announcement::ALL {
            for locale in Locale::ALL {
                let audio = media::wav::read(Cursor::new(own(sound, locale))).unwrap();
                assert_eq!((audio.rate_hz, audio.channels), (8000, 1));
                assert!((1500..6000).contains(&audio.duration_ms()), "{sound:?} {locale:?}");
                let peak = audio.samples.iter().map(|sample| sample.unsigned_abs()).max();
                assert!((8_000..16_000).contains(&peak.unwrap()), "{sound:?} {locale:?}: {peak:?}");
                assert!(seen.insert(own(sound, locale)));
            }
        }
    }
}
