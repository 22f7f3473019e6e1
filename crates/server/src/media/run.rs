//! The loop of the media thread.

use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Instant;

use exchange::media::{MediaOrder, OrderId};
use media::engine::Port;
use mio::{Events, Poll, Token};

use super::MediaCounters;
use super::orders::Desk;
use super::pace::{Pace, wake_in_time};
use super::sockets::{CONTROL, LEVEL_TRIGGERED, Wire};

/// Wakes the loop.
pub(super) const WAKE: Token = Token(usize::MAX);
/// Readiness taken in one round.
const READY_MAX: usize = 512;
/// Datagrams read from one port in one round; a phone sends one each 20 ms.
const READS_MAX: u32 = if LEVEL_TRIGGERED { 1 } else { 16 };
/// Orders carried out in one round, so that audio does not wait for them.
const ORDERS_PER_ROUND: u32 = 32;
/// Longest datagram that is told from a longer one: RTP's longest and one byte more.
const DATAGRAM_MAX: usize = media::rtp::PACKET_BYTES_MAX + 1;

pub(super) fn run(
    mut poll: Poll,
    mut desk: Desk,
    queue: &Receiver<(OrderId, MediaOrder)>,
    counters: &MediaCounters,
) {
    let start = Instant::now();
    let mut pace = Pace::default();
    wake_in_time();
    desk.open_lives(start.elapsed());
    desk.serve_groups(start.elapsed());
    let mut ready = Events::with_capacity(READY_MAX);
    let mut again: Vec<Port> = Vec::with_capacity(READY_MAX);
    let mut orders_left = false;
    let mut buffer = [0; DATAGRAM_MAX];
    loop {
        let soon = orders_left || !again.is_empty();
        let timeout = if soon {
            Some(std::time::Duration::ZERO)
        } else {
            desk.engine.deadline().map(|deadline| deadline.saturating_sub(start.elapsed()))
        };
        match poll.poll(&mut ready, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                tracing::error!("the media thread ends: {error}");
                return;
            }
            _ => {}
        }
        let packets_before = counters.packets_in.load(Relaxed);
        for port in std::mem::take(&mut again) {
            if read(&mut desk, start, port, &mut buffer, counters) {
                again.push(port);
            }
        }
        for event in &ready {
            if event.token() == WAKE {
                orders_left = true;
            } else if event.token().0 & CONTROL != 0 {
                read_control(&mut desk, start, event.token().0 as u32, &mut buffer, counters);
            } else {
                let port = Port(event.token().0 as u32);
                if read(&mut desk, start, port, &mut buffer, counters) {
                    again.push(port);
                }
            }
        }
        if orders_left {
            let Some(left) = obey(&mut desk, start, queue) else { return };
            orders_left = left;
            counters.ports.store(desk.sockets.open_count() as u64, Relaxed);
        }
        let now = start.elapsed();
        if desk.engine.deadline().is_some_and(|deadline| deadline <= now) {
            desk.feed_lives(now);
            let mut wire =
                Wire { sockets: &desk.sockets, events: &mut desk.events, counters, reels: &mut desk.reels };
            desk.engine.tick(now, &mut wire);
        }
        desk.heed();
        let packets = counters.packets_in.load(Relaxed) - packets_before;
        if let Some(gather) = pace.after(now, u32::try_from(packets).unwrap_or(u32::MAX)) {
            std::thread::sleep(gather);
        }
    }
}

/// Reads a port; true where there may be more.
fn read(
    desk: &mut Desk,
    start: Instant,
    port: Port,
    buffer: &mut [u8; DATAGRAM_MAX],
    counters: &MediaCounters,
) -> bool {
    for _ in 0..READS_MAX {
        match desk.sockets.receive(port, buffer) {
            Ok((len, from)) => {
                counters.packets_in.store(counters.packets_in.load(Relaxed) + 1, Relaxed);
                let mut wire = Wire {
                    sockets: &desk.sockets,
                    events: &mut desk.events,
                    counters,
                    reels: &mut desk.reels,
                };
                desk.engine.packet(start.elapsed(), port, from, &mut buffer[..len], &mut wire);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            // What an earlier packet met (ICMP): the next read says more.
            Err(_) => {}
        }
    }
    !LEVEL_TRIGGERED
}

/// Reads a port for RTCP, by its token. One that is reported once only may keep a packet until the next comes.
fn read_control(
    desk: &mut Desk,
    start: Instant,
    token: u32,
    buffer: &mut [u8; DATAGRAM_MAX],
    counters: &MediaCounters,
) {
    let port = Port(token & !(CONTROL as u32));
    for _ in 0..READS_MAX {
        let Ok((len, from)) = desk.sockets.receive_control(port, buffer) else { return };
        let mut wire =
            Wire { sockets: &desk.sockets, events: &mut desk.events, counters, reels: &mut desk.reels };
        let ports = (port, Port(token));
        desk.engine.control_packet(start.elapsed(), ports, from, &buffer[..len], &mut wire);
    }
}

/// Carries out orders; true where some are left, nothing where nobody gives any more.
fn obey(desk: &mut Desk, start: Instant, queue: &Receiver<(OrderId, MediaOrder)>) -> Option<bool> {
    for _ in 0..ORDERS_PER_ROUND {
        match queue.try_recv() {
            Ok((id, order)) => desk.carry_out(start.elapsed(), id, order),
            Err(TryRecvError::Empty) => return Some(false),
            Err(TryRecvError::Disconnected) => return None,
        }
    }
    Some(true)
}
