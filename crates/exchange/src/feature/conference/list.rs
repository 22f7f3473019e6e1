//! Who is in a conference, on the screen of whoever asks; whoever began it removes and mutes others there.
//!
//! Phones that show XML get a menu; each entry opens one with what can be done. Others get a line of text, the
//! next party each time the key is pressed.

use crate::Exchange;
use crate::call::LegId;
use crate::station::{leg as on_station, list as on_list};
use crate::table::{ConferenceId, StationId};

use super::{Kind, Place};

/// A party, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its number in the list.
    pub(crate) number: u32,
    /// Its name, and its directory number.
    pub(crate) text: String,
    /// Whether the others don't hear it.
    pub(crate) muted: bool,
    /// Whether it talks now.
    pub(crate) talking: bool,
    /// Whether it is the one that looks at the list.
    pub(crate) is_own: bool,
}

/// What a user chose in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The list from an entry on.
    Page(u32),
    /// What can be done with a party.
    Party(u32),
    /// It shall leave.
    Remove(u32),
    /// The others shall not hear it any more, or again.
    Mute(u32),
    /// Nobody more shall be let in, or again.
    Lock,
}

impl Choice {
    /// As a phone says it: what was written in the menu that it got.
    pub(crate) fn of(data: &str) -> Option<Choice> {
        let (what, number) = data.split_at_checked(1)?;
        let number = number.parse().ok()?;
        Some(match what {
            "L" => Choice::Page(number),
            "P" => Choice::Party(number),
            "R" => Choice::Remove(number),
            "M" => Choice::Mute(number),
            "K" => Choice::Lock,
            _ => return None,
        })
    }
}

impl Exchange {
    /// The ConfList key.
    pub(crate) fn conference_list(&mut self, id: LegId) {
        let Some((conference, place)) = self.state.conference_at(id) else { return };
        let entries = self.entries(conference, place);
        let lock = self.lock_of(conference, place);
        let places = self.state.conferences.get_mut(conference).map(|found| found.places.iter_mut());
        let Some(own) = places.into_iter().flatten().find(|found| found.leg == place) else { return };
        let next = own.listed;
        own.listed = next.wrapping_add(1);
        self.on_phone(id, |phone, shown, _| on_list::parties(phone, shown, &entries, lock, (0, next)));
    }

    /// The user of a phone chose something in a list that it got for one of its calls.
    pub(crate) fn list_chosen(&mut self, station: StationId, reference: u32, data: &str) {
        let named = self.leg_named(station, reference);
        let (Some(id), Some(choice)) = (named, Choice::of(data)) else { return };
        let Some((conference, own)) = self.state.conference_at(id) else { return };
        match choice {
            Choice::Page(first) => {
                let entries = self.entries(conference, own);
                let lock = self.lock_of(conference, own);
                self.on_phone(id, |phone, shown, _| {
                    on_list::parties(phone, shown, &entries, lock, (first, 0))
                });
            }
            Choice::Party(number) => {
                let entries = self.entries(conference, own);
                let may = self.may_change(conference, own, number);
                if let Some(entry) = entries.iter().find(|entry| entry.number == number) {
                    self.on_phone(id, |phone, shown, _| on_list::party(phone, shown, entry, may));
                }
            }
            Choice::Remove(number) => {
                if let Some(place) = self.changed(conference, own, number).filter(|place| place.leg != own) {
                    self.remove_party(place.leg);
                }
                self.list_again(id);
            }
            Choice::Lock => {
                self.lock_meeting(conference, own);
                self.list_again(id);
            }
            Choice::Mute(number) => {
                if let Some(place) = self.changed(conference, own, number) {
                    self.mute(conference, place.leg, !place.muted);
                }
                self.list_again(id);
            }
        }
    }

    fn list_again(&mut self, id: LegId) {
        if let Some((conference, own)) = self.state.conference_at(id) {
            let entries = self.entries(conference, own);
            let lock = self.lock_of(conference, own);
            self.on_phone(id, |phone, shown, _| on_list::parties(phone, shown, &entries, lock, (0, 0)));
        }
    }

    /// Whether a conference is locked, for whoever can change that.
    fn lock_of(&self, conference: ConferenceId, own: LegId) -> Option<bool> {
        let conference = self.state.conferences.get(conference)?;
        let may = conference.originator == Some(own) && matches!(conference.kind, Kind::MeetMe { .. });
        may.then(|| conference.is_locked())
    }

    /// Whoever began a conference may change all of it, everybody himself.
    fn may_change(&self, conference: ConferenceId, own: LegId, number: u32) -> bool {
        let Some(conference) = self.state.conferences.get(conference) else { return false };
        conference.originator == Some(own)
            || conference.place(own).is_some_and(|place| place.number == number)
    }

    fn changed(&self, conference: ConferenceId, own: LegId, number: u32) -> Option<Place> {
        let may = self.may_change(conference, own, number);
        let conference = self.state.conferences.get(conference).filter(|_| may)?;
        conference.places.iter().find(|place| place.number == number).copied()
    }

    /// The parties, the oldest first.
    fn entries(&self, conference: ConferenceId, own: LegId) -> Vec<Entry> {
        let places = self.state.conferences.get(conference).map_or(&[][..], |found| &found.places);
        let entry = |place: &Place| {
            let leg = self.state.calls.legs.get(self.party_of(place.leg)?)?;
            let names = self.state.names_at(leg);
            let text = match (names.number, names.name) {
                (number, "") => number.to_owned(),
                ("", name) => name.to_owned(),
                (number, name) => format!("{name} ({number})"),
            };
            let is_own = place.leg == own;
            let (muted, talking) = (place.muted, place.talking && !place.muted);
            Some(Entry { number: place.number, text, muted, talking, is_own })
        };
        places.iter().filter_map(entry).collect()
    }

    /// The others hear a party no more, or again.
    fn mute(&mut self, id: ConferenceId, place: LegId, muted: bool) {
        let places = self.state.conferences.get_mut(id).map(|conference| conference.places.iter_mut());
        let Some(found) = places.into_iter().flatten().find(|found| found.leg == place) else { return };
        found.muted = muted;
        if let Some(party) = self.party_of(place) {
            self.mute_in_mix(party, muted);
        }
    }

    /// The RmLstC key: whoever came last leaves.
    pub(crate) fn remove_last(&mut self, id: LegId) {
        let Some((conference, own)) = self.state.conference_at(id) else { return };
        let Some(conference) = self.state.conferences.get(conference) else { return };
        let last = conference.places.iter().rev().find(|place| place.leg != own);
        match last.filter(|_| conference.originator == Some(own)).map(|place| place.leg) {
            Some(place) => self.remove_party(place),
            None => self.on_phone(id, on_station::key_not_active),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_phone_says_is_a_choice_or_nothing() {
        assert_eq!(Choice::of("L0"), Some(Choice::Page(0)));
        assert_eq!(Choice::of("R12"), Some(Choice::Remove(12)));
        for wrong in ["", "R", "R-1", "X1", "é1", "R99999999999"] {
            assert_eq!(Choice::of(wrong), None, "{wrong}");
        }
    }
}
