//! A look at an analysis that still goes on, for those who want to see calls while a source is read.

use super::calls::Sight;
use super::{Analyst, Call, Directory, Event, Registration, desks, register, settle};

/// What [`Analyst::survey`] tells of a call.
#[derive(Debug, Clone, Copy)]
pub enum Glimpse<'a> {
    /// It is at hand and may change.
    Open(&'a Call),
    /// It lies packed; the number changes when it was taken out and packed again.
    Packed(u64),
}

/// What [`Analyst::survey_registrations`] tells of a connection.
#[derive(Debug, Clone, Copy)]
pub enum RegistrationGlimpse<'a> {
    /// It is at hand and may change.
    Open(&'a Registration),
    /// It lies packed; the number changes when it was taken out and packed again.
    Packed(u64),
}

impl Analyst {
    /// Tells of each call so far, by a number that stays: the calls that became part of another are left out.
    pub fn survey(&self, mut on: impl FnMut(u32, Glimpse<'_>)) {
        self.calls.survey(|id, sight| match sight {
            Sight::Live(call) => on(id, Glimpse::Open(call)),
            Sight::Packed(place) => on(id, Glimpse::Packed(place)),
        });
    }

    /// A call as it stands, by its number of [`Analyst::survey`].
    pub fn glance(&self, id: u32) -> Option<(Call, Vec<Event>)> {
        let (mut call, events) = self.calls.copy(id)?;
        call.number = id + 1;
        settle::settle(&mut call, &self.desks.directory, settle::Wording::Full);
        Some((call, events))
    }

    /// Tells of each connection so far: its number, and its record or what tells whether that has changed.
    pub fn survey_registrations(&self, mut on: impl FnMut(u32, RegistrationGlimpse<'_>)) {
        self.desks.survey(|id, sight| match sight {
            desks::Sight::AtHand(registration) => on(id, RegistrationGlimpse::Open(registration)),
            desks::Sight::Packed(place) => on(id, RegistrationGlimpse::Packed(place)),
        });
    }

    /// A connection's record as it stands, with what is remarkable about it.
    pub fn registration(&self, id: u32) -> Option<Registration> {
        let mut registration = self.desks.registration(id as usize)?;
        register::judge(&mut registration);
        Some(registration)
    }

    /// Who is at both ends of each connection.
    pub fn directory(&self) -> &Directory {
        &self.desks.directory
    }
}
