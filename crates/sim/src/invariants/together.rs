//! What several phones were told agrees: busy lamps with the calls of their line, what each phone of a shared line
//! shows of the others with what these have, and nobody waits under a number for parked calls beside another one.
//!
//! Looked at between inputs, by what was sent and not by what has arrived. A phone whose connection was lost may
//! have calls that nobody sees: its lines are left out.

use skinny::codes::{ButtonType, DCallState as State};

use super::{CallView, Check, Invariant, Light, SessionView, Watch, wrong};
use crate::script::{PhoneSpec, Setup};
use crate::site;

/// Calls of others that a phone shows on one line.
const REMOTES_MAX: usize = exchange::limit::REMOTES_PER_LINE;

/// A phone with what it was told, and the line's place on it.
type Seat<'w> = (&'w SessionView, u32);

/// Whether all agree.
pub fn agree(watch: &Watch, setup: &Setup, is_removed: impl Fn(usize) -> bool) -> Check {
    let gone = |phone: &PhoneSpec| {
        setup.phones.iter().position(|other| other.number == phone.number).is_some_and(&is_removed)
    };
    for phone in setup.phones.iter().filter(|phone| !phone.manners.unknown && !phone.manners.copy) {
        let Some(view) = present(watch, phone) else { continue };
        if let Some(target) = site::lamp_of(setup, phone)
            && let Some(seats) = seats(watch, setup, target, &gone)
        {
            lamp_agrees(view, site::lamp_instance(phone), target, &seats)?;
        }
        for (place, number) in phone.lines.iter().enumerate() {
            if let Some(seats) = seats(watch, setup, number, &gone) {
                appearances_agree(view, place as u32 + 1, number, &seats)?;
            }
        }
    }
    slots_are_taken_once(watch, setup)
}

/// What a phone was told, when it is registered and has been shown everything.
fn present<'w>(watch: &'w Watch, phone: &PhoneSpec) -> Option<&'w SessionView> {
    let view = watch.session_of(&phone.name.to_ascii_uppercase())?;
    (view.is_complete && !view.is_coming_back && !view.is_superseded).then_some(view)
}

/// All phones of a line; none when one of them is not there, or is not what it was.
fn seats<'w>(
    watch: &'w Watch,
    setup: &Setup,
    number: &str,
    gone: &impl Fn(&PhoneSpec) -> bool,
) -> Option<Vec<Seat<'w>>> {
    let mut seats = Vec::new();
    for phone in setup.phones.iter().filter(|phone| !phone.manners.copy) {
        let Some(place) = phone.lines.iter().position(|line| line == number) else { continue };
        if gone(phone) {
            return None;
        }
        seats.push((present(watch, phone)?, place as u32 + 1));
    }
    Some(seats)
}

fn own<'w>(seats: &'w [Seat<'w>]) -> impl Iterator<Item = &'w CallView> {
    seats.iter().flat_map(|(view, place)| {
        view.calls.iter().filter(move |call| call.line == *place && !call.is_remote)
    })
}

fn lamp_agrees(view: &SessionView, instance: u32, number: &str, seats: &[Seat<'_>]) -> Check {
    let told = view
        .lights
        .iter()
        .find(|(kind, at, _)| *kind == ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL && *at == instance);
    let Some((.., told)) = told else { return Ok(()) };
    let rings = |call: &CallView| matches!(call.state, State::RING_IN | State::CALL_WAITING);
    let truth = if own(seats).any(rings) {
        Light::Rings
    } else if own(seats).next().is_some() {
        Light::On
    } else {
        Light::Off
    };
    if *told == truth {
        return Ok(());
    }
    let text = format!("phone {}: its lamp for {number} is {told:?}, and should be {truth:?}", view.phone);
    wrong(Invariant::BusyLamp, text)
}

fn appearances_agree(view: &SessionView, line: u32, number: &str, seats: &[Seat<'_>]) -> Check {
    let shown = |fits: fn(State) -> bool| {
        let remote = view.calls.iter().filter(|call| call.is_remote && call.line == line);
        remote.filter(|call| fits(call.state)).count()
    };
    let of_others = |fits: fn(State) -> bool| {
        let others = seats.iter().filter(|(other, _)| other.phone != view.phone);
        let calls = others.flat_map(|(other, place)| {
            other.calls.iter().filter(move |call| call.line == *place && !call.is_remote)
        });
        calls.filter(|call| fits(call.state)).count()
    };
    let in_use = |state: State| matches!(state, State::PROCEED | State::RING_OUT | State::CONNECTED);
    let seen_in_use = |state: State| state == State::CALL_REMOTE_MULTILINE;
    let held = |state: State| state == State::HOLD;
    let seen_held = |state: State| matches!(state, State::HOLD | State::REMOTE_HOLD);
    let (shown, true_ones) = ((shown(seen_in_use), shown(seen_held)), (of_others(in_use), of_others(held)));
    // Who is in a call himself does not see it once more as that of another phone of his line.
    let is_alone = view.calls.iter().all(|call| call.is_remote);
    let is_few = true_ones.0 + true_ones.1 <= REMOTES_MAX;
    let agrees = if is_alone && is_few {
        shown == true_ones
    } else {
        shown.0 <= true_ones.0 && shown.1 <= true_ones.1
    };
    if agrees {
        return Ok(());
    }
    let text = format!(
        "phone {} shows on {number} {shown:?} calls of others in use and held, and they have {true_ones:?}",
        view.phone
    );
    wrong(Invariant::Appearance, text)
}

fn slots_are_taken_once(watch: &Watch, setup: &Setup) -> Check {
    let mut owners = [0_usize; site::PARK_SLOTS.len()];
    for phone in setup.phones.iter().filter(|phone| !phone.manners.copy) {
        let Some(view) = present(watch, phone) else { continue };
        let waits =
            |call: &&CallView| !call.is_remote && matches!(call.state, State::CONNECTED | State::HOLD);
        for slot in view.calls.iter().filter(waits).filter_map(|call| call.slot) {
            owners[slot] += 1;
        }
    }
    match owners.iter().position(|owners| *owners > 1) {
        Some(slot) => {
            let text = format!("{} phones wait under {}", owners[slot], site::PARK_SLOTS[slot]);
            wrong(Invariant::ParkSlot, text)
        }
        None => Ok(()),
    }
}
