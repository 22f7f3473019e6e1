//! Decisions of a user, done on the phone.

use std::time::Duration;

use phone::{Act, Path, Phone, Refused, Registration};
use skinny::codes::DeviceStimulus;
use skinny::types::CallReference;

use super::Actor;
use crate::decision::Decision;

impl Actor {
    /// Does what a user decided; nothing where the phone refuses.
    pub fn act(&mut self, now: Duration, decision: &Decision) {
        let act = match decision {
            Decision::OffHook => Act::OffHook,
            Decision::OnHook => Act::OnHook,
            Decision::Speaker => Act::Speaker,
            Decision::Headset => Act::Headset,
            Decision::Key(key) => Act::Key(*key),
            Decision::SoftKey(name) => Act::SoftKey(name),
            Decision::LineKey(number) => Act::LineKey(*number),
            Decision::Button(stimulus, instance) => Act::Button(DeviceStimulus(*stimulus), *instance),
            Decision::SpeedDial(number) => Act::SpeedDial(*number),
            Decision::Enbloc(number) => Act::Enbloc(number),
            Decision::Dial(number) => Act::Dial(number),
            Decision::Redial => Act::Redial,
            Decision::Answer => Act::Answer,
            Decision::Hangup => Act::Hangup,
            Decision::Hold => Act::Hold,
            Decision::Resume => Act::Resume,
            Decision::Unregister => Act::Unregister,
            Decision::Select(index) => match self.call(*index).map(|call| call.reference) {
                Some(reference) => Act::Select(reference),
                None => return,
            },
            _ => return,
        };
        refusable(self.phone.act(now, act));
    }

    /// Ends everything that a user can end; what rings stops by itself.
    pub fn hang_up(&mut self, now: Duration) {
        self.intent.clear();
        let phone = &mut self.phone;
        if *phone.registration() == Registration::Preserving {
            refusable(phone.act(now, Act::Hangup));
        }
        let calls: Vec<_> =
            phone.calls().iter().map(|call| (call.reference, call.is_ringing(), call.is_held())).collect();
        for (reference, rings, is_held) in calls {
            if rings || phone.call(reference).is_none() {
                continue;
            }
            end(phone, now, reference, is_held);
            if is_held && phone.profile().softkeys == 0 {
                // The key that takes a call back would hold it again: one call at a time.
                break;
            }
        }
        if phone.handset_up() {
            refusable(phone.act(now, Act::OnHook));
        }
        match phone.path() {
            Some(Path::Speaker) => refusable(phone.act(now, Act::Speaker)),
            Some(Path::Headset) => refusable(phone.act(now, Act::Headset)),
            _ => {}
        }
    }
}

fn end(phone: &mut Phone, now: Duration, reference: CallReference, is_held: bool) {
    refusable(phone.act(now, Act::Select(reference)));
    if phone.shows_softkey("EndCall") {
        refusable(phone.act(now, Act::SoftKey("EndCall")));
    } else if is_held {
        refusable(phone.act(now, Act::Resume));
    } else if phone.path().is_some() {
        refusable(phone.act(now, Act::Hangup));
    } else {
        // A call that owns the sound while the phone thinks that it is on hook: off and on again ends it.
        refusable(phone.act(now, Act::OffHook));
        refusable(phone.act(now, Act::OnHook));
    }
}

/// A refusal changes nothing, and is no business of the server's.
fn refusable(_done: Result<(), Refused>) {}
