//! What the ring knows of one connection: who it is between, what is secret in it, how it registered, and how
//! far its bytes are counted.

use std::net::SocketAddr;

use exchange::input::Peer;
use skinny::frame::{Frame, HEADER_LEN};
use skinny::message::{self as m, Numbered};
use trace::packet::TcpFlags;
use trace::synth::tcp_frame;

use super::mask::Masker;
use crate::tap::Direction;
use crate::tape::Passed;

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    masker: Masker,
    /// RegisterReq and RegisterAck, as they passed.
    registration: Vec<(Direction, Vec<u8>)>,
    phone: SocketAddr,
    server: SocketAddr,
    /// The sequence numbers of the next bytes: the phone's, ours.
    sequence: [u32; 2],
    /// The last file that has frames of it.
    file: u64,
}

impl Connection {
    pub(super) fn new(peer: Peer) -> Connection {
        let Peer { remote: phone, local: server } = peer;
        let ports = u32::from(phone.port()) << 16 | u32::from(server.port());
        let first = ports.wrapping_mul(0x9e37_79b1) | 1;
        Connection {
            masker: Masker::default(),
            registration: Vec::new(),
            phone,
            server,
            sequence: [first, !first],
            file: 0,
        }
    }

    /// The protocol version in use.
    pub(super) fn version(&self) -> u8 {
        self.masker.version()
    }

    /// Learns from a frame; makes what is secret in `bytes`, a copy of it, unreadable.
    pub(super) fn follow(
        &mut self,
        frame: Frame<'_>,
        passed: &Passed<'_>,
        bytes: &mut [u8],
        with_secrets: bool,
    ) {
        let direction = passed.direction;
        self.masker.follow(frame, direction);
        if !with_secrets {
            self.masker.mask(frame, passed.is_secret, &mut bytes[HEADER_LEN..]);
        }
        match frame.header.id {
            m::RegisterReq::ID => self.registration = vec![(direction, bytes.to_vec())],
            m::RegisterAck::ID => {
                self.registration.truncate(1);
                self.registration.push((direction, bytes.to_vec()));
            }
            _ => {}
        }
    }

    /// Whether a file, which is now going to have frames of it, has none yet.
    pub(super) fn is_new_in(&mut self, file: u64) -> bool {
        std::mem::replace(&mut self.file, file) != file
    }

    /// How it registered.
    pub(super) fn registration(&self) -> Vec<(Direction, Vec<u8>)> {
        self.registration.clone()
    }

    /// Lays out the next packet in place of what `packet` has.
    pub(super) fn packet(&mut self, direction: Direction, payload: &[u8], packet: &mut Vec<u8>) {
        let [from_phone, from_server] = self.sequence;
        let len = payload.len() as u32;
        let (ends, numbers) = match direction {
            Direction::FromPhone => {
                self.sequence[0] = from_phone.wrapping_add(len);
                ((self.phone, self.server), (from_phone, from_server))
            }
            Direction::ToPhone => {
                self.sequence[1] = from_server.wrapping_add(len);
                ((self.server, self.phone), (from_server, from_phone))
            }
        };
        packet.clear();
        tcp_frame(packet, ends, numbers, TcpFlags::PSH | TcpFlags::ACK, payload);
    }
}
