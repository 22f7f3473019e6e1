//! A phone's second connection: to the server that it would go to next.

use std::time::Duration;

use phone::{Input, StandbyInput, StandbyOrder};

use super::place::{Common, Place};
use super::seat::State;
use super::tcp::{ReadOutcome, Tcp};

impl Place {
    pub fn standby_order(
        &mut self,
        index: usize,
        order: StandbyOrder,
        state: &mut State,
        common: &mut Common,
        now: Duration,
    ) {
        match order {
            StandbyOrder::Connect { server } => self.standby_connect(index, server, state, common, now),
            StandbyOrder::Send => self.standby_write(state, common, now),
            StandbyOrder::Close => self.drop_standby(common),
            StandbyOrder::Promote => {
                self.drop_tcp(common);
                self.tcp = self.standby.take();
                let there = self.tcp.is_some();
                let input = if there { Input::Standby(StandbyInput::Promoted) } else { Input::ConnectFailed };
                state.phone.handle(now, input);
            }
        }
    }

    fn standby_connect(
        &mut self,
        index: usize,
        server: u8,
        state: &mut State,
        common: &mut Common,
        now: Duration,
    ) {
        self.drop_standby(common);
        let token = common.token(index);
        let address = self.servers.get(usize::from(server)).copied();
        let tcp =
            address.and_then(|address| Tcp::connect(address, self.bind, now, token, &common.registry).ok());
        match tcp {
            Some(tcp) => self.standby = Some(tcp),
            None => {
                common.tokens.remove(&token);
                state.phone.handle(now, Input::Standby(StandbyInput::Gone));
            }
        }
    }

    /// Its socket has something, or takes something.
    pub fn standby_ready(
        &mut self,
        state: &mut State,
        common: &mut Common,
        now: Duration,
        scratch: &mut [u8],
    ) {
        let Some(tcp) = &mut self.standby else { return };
        if tcp.connect_by.is_some() {
            match tcp.came_about() {
                Ok(Some((local, remote))) => {
                    state.phone.handle(now, Input::Standby(StandbyInput::Connected { local, remote }));
                }
                Ok(None) => return,
                Err(_) => return self.standby_gone(state, common, now),
            }
        }
        while let Some(tcp) = &mut self.standby {
            match tcp.read(scratch) {
                ReadOutcome::Nothing => break,
                ReadOutcome::Gone(_) => return self.standby_gone(state, common, now),
                ReadOutcome::Bytes(len) => {
                    let bytes = scratch.get(..len).unwrap_or(&[]);
                    state.phone.handle(now, Input::Standby(StandbyInput::Bytes(bytes)));
                }
            }
        }
        self.standby_write(state, common, now);
    }

    /// It did not come about in time.
    pub fn standby_wake(&mut self, state: &mut State, common: &mut Common, now: Duration) {
        if self.standby.as_ref().and_then(|tcp| tcp.connect_by).is_some_and(|by| by <= now) {
            self.standby_gone(state, common, now);
        }
    }

    fn standby_write(&mut self, state: &mut State, common: &mut Common, now: Duration) {
        let Some(tcp) = self.standby.as_mut().filter(|tcp| tcp.connect_by.is_none()) else { return };
        while !state.phone.standby_pending().is_empty() {
            match tcp.write_bytes(state.phone.standby_pending()) {
                Ok(0) => return,
                Ok(len) => state.phone.standby_wrote(len),
                Err(_) => return self.standby_gone(state, common, now),
            }
        }
    }

    fn standby_gone(&mut self, state: &mut State, common: &mut Common, now: Duration) {
        self.drop_standby(common);
        state.phone.handle(now, Input::Standby(StandbyInput::Gone));
    }

    fn drop_standby(&mut self, common: &mut Common) {
        if let Some(mut tcp) = self.standby.take() {
            common.tokens.remove(&tcp.token);
            // Only the poll's bookkeeping: the socket goes either way.
            let _ = common.registry.deregister(&mut tcp.stream);
        }
    }
}
