//! The minimal relay: what any relay costs at least that has a socket for each leg. It waits, reads, and sends to
//! where the other leg last heard from; it looks at no byte.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};

use super::Opened;
use crate::usage::Usage;

/// As the media thread of the server: readiness taken in one round, reads from one socket.
const EVENTS_MAX: usize = 512;
const READS_MAX: u32 = 16;
const DATAGRAM_MAX: usize = 1501;

/// Opens sockets for calls of these phones, says where, and relays until the process ends.
pub fn serve(calls: usize, phones: [SocketAddr; 2], opened: impl FnOnce(&Opened)) -> io::Result<()> {
    let rss_before_kib = Usage::own().map_or(0, |usage| usage.rss_kib);
    let mut poll = Poll::new()?;
    let mut legs: Vec<(UdpSocket, SocketAddr)> = Vec::with_capacity(2 * calls);
    let mut places = Vec::with_capacity(calls);
    for call in 0..calls {
        let mut place = [phones[0]; 2];
        for side in 0..2 {
            let mut socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0).into())?;
            poll.registry().register(&mut socket, Token(2 * call + side), Interest::READABLE)?;
            place[side] = socket.local_addr()?;
            legs.push((socket, phones[side]));
        }
        places.push(place);
    }
    opened(&Opened { calls: places, rss_before_kib });
    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut buffer = [0; DATAGRAM_MAX];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            let leg = event.token().0;
            for _ in 0..READS_MAX {
                let Ok((len, from)) = legs[leg].0.recv_from(&mut buffer) else { break };
                legs[leg].1 = from;
                let (socket, to) = &legs[leg ^ 1];
                // Lost, as packets are.
                let _ = socket.send_to(&buffer[..len], *to);
            }
        }
    }
}
