//! Leaving a server in good order: because the user wants it, or because the server wants a reset.

use std::time::Duration;

use skinny::codes::{AlarmReason, DeviceResetType, DeviceUnregisterStatus, UnRegReasonCode};
use skinny::message::UnregisterReq;

use crate::link::AfterLeaving;
use crate::output::CloseReason;
use crate::phone::Phone;
use crate::screen::Registration;
use crate::timer::Timer;

/// How long the phone waits for UnregisterAck.
pub const LEAVE_WAIT: Duration = Duration::from_secs(2);

impl Phone {
    /// Reset and Restart are obeyed once no call is up.
    pub(crate) fn leave_if_idle(&mut self) {
        let Some(how) = self.link.pending_reset else { return };
        let is_in_service = matches!(self.link.state, Registration::Registered | Registration::Configuring);
        if is_in_service && self.calls.is_empty() && self.face.path.is_none() {
            self.link.pending_reset = None;
            self.leave(AfterLeaving::ComeBack(how));
        }
    }

    pub(crate) fn leave(&mut self, then: AfterLeaving) {
        self.link.after_leaving = then;
        self.timers.clear_all();
        self.timers.set(Timer::Leave, self.now + LEAVE_WAIT);
        self.enter(Registration::Leaving);
        let request = UnregisterReq { un_reg_reason_code: UnRegReasonCode::UNKNOWN };
        let bytes = if self.link.version >= 11 { 4 } else { 0 };
        self.send_cut(&request, bytes);
    }

    pub(crate) fn unregister_answered(&mut self, status: DeviceUnregisterStatus) {
        if self.link.state != Registration::Leaving {
            return;
        }
        if status == DeviceUnregisterStatus::OK {
            return self.left();
        }
        // The server thinks that a call is up: stay, and do as told once that is over.
        self.timers.clear(Timer::Leave);
        if let AfterLeaving::ComeBack(how) = self.link.after_leaving
            && !self.calls.is_empty()
        {
            self.link.pending_reset = Some(how);
        }
        self.timers.set(Timer::Keepalive, self.now + self.link.keepalive.interval);
        self.enter(Registration::Registered);
    }

    pub(crate) fn left(&mut self) {
        match self.link.after_leaving {
            AfterLeaving::StayAway => {
                self.close(CloseReason::Unregistered);
                self.power_off();
            }
            AfterLeaving::GoBack => {
                self.close(CloseReason::Unregistered);
                if !self.promote() {
                    self.come_back(Duration::ZERO);
                }
            }
            AfterLeaving::ComeBack(how) => {
                self.close(CloseReason::Reset);
                self.link.left_because = match how {
                    DeviceResetType::RESET => AlarmReason::SERVER_SENT_RESET,
                    _ => AlarmReason::SERVER_SENT_RESTART,
                };
                let timing = self.config.timing;
                // The same server again: it has sent the phone away only for a moment.
                let server = self.link.server;
                self.come_back(if how == DeviceResetType::RESET { timing.boot } else { timing.restart });
                self.link.server = server;
                self.link.failures = 0;
            }
        }
    }
}
