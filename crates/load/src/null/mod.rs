//! The null server: reads and writes a call's bytes in the pattern of the real server, and decides nothing.
//!
//! What a call manager costs at least: the system calls and copies for the same messages in the same order,
//! with the same sockets and the same loop (edge-triggered readiness, one read per ready phone, one write per
//! phone and turn). It finds the frames, looks only at their message ids, counts them, and sends bytes that
//! the real server once sent ([`script`]), unchanged: call references, numbers and addresses in them are
//! always the same.
//!
//! It does not decode or encode, knows no device, line or call, keeps no time, writes no journal, has no
//! limits and closes nobody. Connection 2k calls connection 2k+1, in the order in which they are accepted.

pub mod record;
pub mod script;

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use skinny::Connection;
use socket2::{Domain, Protocol, Socket, Type};

use crate::pair::Side;
use script::{Counts, Script, Target};

const LISTEN: Token = Token(usize::MAX);
/// As the real server: what it reads of one phone per turn, what it takes of events, how many may wait.
const READ_PER_TURN: usize = 8 * 1024;
const EVENTS_MAX: usize = 1024;
const BACKLOG: i32 = 1024;
/// Connections at once; more are not accepted. A null server is for measuring, on loopback.
const CONNECTIONS_MAX: usize = 100_000;

/// Listens for phones of one protocol version, tells its address, and serves until the process ends.
pub fn serve(address: SocketAddr, protocol: u8, bound: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from_std(socket.into());
    bound(listener.local_addr()?);
    Null::new(listener, protocol)?.run()
}

/// [`serve`], with the address as one line on standard output: `null server listens on ADDRESS`.
pub fn serve_and_tell(address: SocketAddr, protocol: u8) -> io::Result<()> {
    serve(address, protocol, |bound| {
        let mut out = io::stdout();
        // Nobody reads it: then nobody needs it.
        let _ = writeln!(out, "{ANNOUNCEMENT}{bound}").and_then(|()| out.flush());
    })
}

/// What stands before the address.
pub const ANNOUNCEMENT: &str = "null server listens on ";

struct Phone {
    socket: TcpStream,
    inbound: Connection,
    outbound: Connection,
    is_dirty: bool,
}

struct Null {
    poll: Poll,
    listener: TcpListener,
    script: Script,
    phones: Vec<Option<Phone>>,
    pairs: Vec<Counts>,
    dirty: Vec<usize>,
    again: VecDeque<usize>,
    scratch: Box<[u8]>,
}

impl Null {
    fn new(mut listener: TcpListener, protocol: u8) -> io::Result<Null> {
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTEN, Interest::READABLE)?;
        Ok(Null {
            poll,
            listener,
            script: Script::recorded(protocol),
            phones: Vec::new(),
            pairs: Vec::new(),
            dirty: Vec::new(),
            again: VecDeque::new(),
            scratch: vec![0; READ_PER_TURN].into(),
        })
    }

    fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        loop {
            let timeout = (!self.again.is_empty()).then_some(std::time::Duration::ZERO);
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            self.read_again();
            for event in &events {
                match event.token() {
                    LISTEN => self.accept()?,
                    Token(at) => {
                        if event.is_writable() {
                            self.mark(at);
                        }
                        if event.is_readable() || event.is_read_closed() || event.is_error() {
                            self.read(at, event.is_read_closed());
                        }
                    }
                }
            }
            self.flush();
        }
    }

    fn read_again(&mut self) {
        for _ in 0..self.again.len() {
            let Some(at) = self.again.pop_front() else { return };
            self.read(at, false);
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        while self.phones.len() < CONNECTIONS_MAX {
            let mut socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            let at = self.phones.len();
            self.poll.registry().register(&mut socket, Token(at), Interest::READABLE)?;
            let (inbound, outbound) = (Connection::default(), Connection::default());
            self.phones.push(Some(Phone { socket, inbound, outbound, is_dirty: false }));
            if at.is_multiple_of(2) {
                self.pairs.push(self.script.counts());
            }
        }
        Ok(())
    }

    fn read(&mut self, at: usize, is_closed: bool) {
        let Some(phone) = self.phones.get_mut(at).and_then(Option::as_mut) else { return };
        match phone.socket.read(&mut self.scratch) {
            Ok(0) => self.phones[at] = None,
            Ok(len) => {
                let mut inbound = std::mem::take(&mut phone.inbound);
                let is_well = self.frames(at, &mut inbound, len);
                match &mut self.phones[at] {
                    Some(phone) if is_well => phone.inbound = inbound,
                    phone => *phone = None,
                }
                if is_closed || len == READ_PER_TURN {
                    self.again.push_back(at);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.phones[at] = None,
        }
    }

    /// Answers the frames that are complete; whether they were frames.
    fn frames(&mut self, at: usize, inbound: &mut Connection, len: usize) -> bool {
        let side = if at.is_multiple_of(2) { Side::Caller } else { Side::Callee };
        let mut frames = inbound.receive(&self.scratch[..len]);
        while let Some(frame) = frames.next() {
            let Ok(frame) = frame else { return false };
            for (target, bytes) in self.script.answers(&mut self.pairs[at / 2], side, frame.header.id) {
                let to = if target == Target::Own { at } else { at ^ 1 };
                let Some(phone) = self.phones.get_mut(to).and_then(Option::as_mut) else { continue };
                // A phone that does not read loses bytes here: the real one would be dropped.
                if phone.outbound.send_bytes(bytes).is_ok() && !std::mem::replace(&mut phone.is_dirty, true) {
                    self.dirty.push(to);
                }
            }
        }
        true
    }

    fn mark(&mut self, at: usize) {
        if let Some(phone) = self.phones.get_mut(at).and_then(Option::as_mut)
            && !std::mem::replace(&mut phone.is_dirty, true)
        {
            self.dirty.push(at);
        }
    }

    fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for at in dirty.drain(..) {
            self.write(at);
        }
        self.dirty = dirty;
    }

    fn write(&mut self, at: usize) {
        let Some(phone) = &mut self.phones[at] else { return };
        phone.is_dirty = false;
        while !phone.outbound.pending().is_empty() {
            match phone.socket.write(phone.outbound.pending()) {
                Ok(len) => phone.outbound.wrote(len),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let both = Interest::READABLE | Interest::WRITABLE;
                    // Unwatched, it would be written with its next message.
                    let _ = self.poll.registry().reregister(&mut phone.socket, Token(at), both);
                    return;
                }
                Err(_) => {
                    self.phones[at] = None;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Calls, Options};

    fn check(protocol: u8) {
        let (sender, address) = std::sync::mpsc::channel();
        let any = "127.0.0.1:0".parse().unwrap();
        // It ends with the test's process.
        std::thread::spawn(move || serve(any, protocol, |address| sender.send(address).unwrap()));
        let mut options = Options::new(address.recv().unwrap());
        options.phones = 40;
        options.protocol = protocol;
        let short = std::time::Duration::from_millis(1);
        let calls =
            Calls { rate: 100.0, count_max: 10, answer_after: short, hold: short, ..Calls::default() };
        options.calls = Some(calls);
        let report = crate::run(&options).unwrap();
        assert!(report.is_clean(), "{report}");
    }

    #[test]
    fn phones_can_not_tell_it_from_a_server() {
        check(11);
        check(20);
    }
}
