//! All lines, and the one thread's loop over their sockets.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::line::{Line, connect};
use super::memory::{self, Delivery, Switch};
use super::sound::Sound;
use crate::caller::{Caller, Heard, Stage};
use crate::measure::{Failures, Times};
use crate::options::{Options, Transport};
use crate::pair::STEP_WAIT_NS;
use crate::report::SoundReport;

/// Events taken in one turn.
const EVENTS_MAX: usize = 1024;
/// What is delivered in one turn without sockets.
const DELIVERIES_MAX: usize = 4096;
/// Longest sleep without sockets.
const IDLE_NS_MAX: u64 = 50_000_000;
/// Bytes read at once.
const SCRATCH: usize = 16 * 1024;
/// Part of the keepalive interval after which a keepalive is sent, as phones do it a little early.
const KEEPALIVE_PART: f64 = 0.95;

/// Something that concerns a call.
#[derive(Debug, Clone, Copy)]
pub struct News {
    /// Which line.
    pub line: u32,
    /// What it heard; `None`: its connection is lost.
    pub heard: Option<Heard>,
    /// When.
    pub now_ns: u64,
}

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// As much as there was room for.
    Full,
    /// Less: the kernel has no more, but perhaps the end.
    Some,
    /// Nothing, or the end.
    Nothing,
}

/// The lines.
#[derive(Debug)]
pub struct Fleet {
    lines: Vec<Line>,
    /// The exchange in this process, in place of sockets.
    switch: Option<Box<Switch>>,
    /// Real RTP.
    sound: Option<Sound>,
    options: Options,
    poll: Poll,
    start: Instant,
    scratch: Box<[u8]>,
    out: Vec<u8>,
    next_line: usize,
    /// Not before then does the next one connect.
    next_connect_ns: f64,
    /// Registrations under way, oldest first.
    registering: VecDeque<u32>,
    registering_count: usize,
    /// Phones in service, by when their next keepalive is due.
    keepalives: VecDeque<(u64, u32)>,
    keepalive_secs: u32,
    /// Phones in service.
    pub registered: usize,
    /// From RegisterReq to RegisterAck.
    pub ack_times: Times,
    /// From RegisterReq to the last answer.
    pub registration_times: Times,
    /// Why phones did not come into service, or left it.
    pub failures: Failures,
}

impl Fleet {
    /// Nobody is connected yet.
    pub fn new(options: &Options) -> io::Result<Fleet> {
        let lines = (0..options.phones as u32).map(|index| {
            let address = match options.transport {
                Transport::Sockets => options.source(index).unwrap_or(options.target).ip(),
                Transport::Memory => memory::address(index),
            };
            Line::new(Caller::new(index, options.first_mac, options.protocol, address))
        });
        Ok(Fleet {
            switch: (options.transport == Transport::Memory)
                .then(|| Box::new(Switch::new(options.first_mac, options.phones))),
            sound: options.rtp.then(|| Sound::new(options.phones)),
            lines: lines.collect(),
            options: options.clone(),
            poll: Poll::new()?,
            start: Instant::now(),
            scratch: vec![0; SCRATCH].into(),
            out: Vec::new(),
            next_line: 0,
            next_connect_ns: 0.0,
            registering: VecDeque::new(),
            registering_count: 0,
            keepalives: VecDeque::new(),
            keepalive_secs: u32::MAX,
            registered: 0,
            ack_times: Times::default(),
            registration_times: Times::default(),
            failures: Failures::default(),
        })
    }

    /// Nanoseconds since the run began.
    pub fn now_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Whether every phone is in service or has failed.
    pub fn is_settled(&self) -> bool {
        self.next_line == self.lines.len() && self.registering_count == 0
    }

    /// A caller.
    pub fn caller(&mut self, line: u32) -> &mut Caller {
        &mut self.lines[line as usize].caller
    }

    /// Whether a phone is in service.
    pub fn is_in_service(&self, line: u32) -> bool {
        self.lines[line as usize].caller.stage() == Stage::Registered
    }

    /// Lets a caller say something, and sends it at once. False when that broke its connection.
    pub fn say(&mut self, line: u32, words: impl FnOnce(&Caller, &mut Vec<u8>)) -> bool {
        self.out.clear();
        words(&self.lines[line as usize].caller, &mut self.out);
        self.send(line)
    }

    /// Lets a caller park its call. False when that broke its connection.
    pub fn say_park(&mut self, line: u32) -> bool {
        self.out.clear();
        self.lines[line as usize].caller.say_park(&mut self.out);
        self.send(line)
    }

    /// Does what there is to do until `until_ns` at the latest, or until something was heard.
    pub fn turn(
        &mut self,
        events: &mut Events,
        until_ns: Option<u64>,
        news: &mut Vec<News>,
    ) -> io::Result<()> {
        self.connect_more(news);
        if self.switch.is_some() {
            self.turn_in_memory(until_ns, news);
            return Ok(());
        }
        let keepalive = self.keepalives.front().map(|(due, _)| *due);
        let oldest = self.registering.front().map(|line| self.lines[*line as usize].since_ns + STEP_WAIT_NS);
        let paced = self.options.register_rate.filter(|_| self.next_line < self.lines.len());
        let paced = paced.map(|_| self.next_connect_ns as u64);
        let packet = self.sound.as_ref().and_then(Sound::deadline_ns);
        let next = [until_ns, keepalive, oldest, paced, packet].into_iter().flatten().min();
        let timeout = next.map(|next| Duration::from_nanos(next.saturating_sub(self.now_ns())));
        match self.poll.poll(events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        let now_ns = self.now_ns();
        for event in events.iter() {
            if let Some(sound) = &mut self.sound
                && let Some(line) = sound.line_of(event.token())
            {
                sound.readable(now_ns, line);
                continue;
            }
            let line = event.token().0 as u32;
            if event.is_writable() {
                self.writable(line, news);
            }
            if event.is_readable() || event.is_read_closed() || event.is_error() {
                loop {
                    match self.read(line, news) {
                        Read::Full => {}
                        Read::Some if event.is_read_closed() => {}
                        Read::Some | Read::Nothing => break,
                    }
                }
            }
        }
        let now_ns = self.now_ns();
        if let Some(sound) = &mut self.sound {
            sound.turn(now_ns);
        }
        self.keep_alive(news);
        self.expire(news);
        Ok(())
    }

    /// The same without sockets: what the exchange said is delivered.
    fn turn_in_memory(&mut self, until_ns: Option<u64>, news: &mut Vec<News>) {
        let mut delivered = 0;
        while delivered < DELIVERIES_MAX
            && let Some(switch) = &mut self.switch
            && let Some(delivery) = switch.next(&mut self.scratch)
        {
            delivered += 1;
            match delivery {
                Delivery::Bytes(line, len) => self.frames(line, len, news),
                Delivery::Closed(line) => self.lose(line, "the server closed the connection", news),
            }
        }
        let now_ns = self.now_ns();
        if let Some(switch) = &mut self.switch {
            switch.tick(now_ns);
        }
        self.keep_alive(news);
        self.expire(news);
        let Some(switch) = self.switch.as_ref().filter(|switch| !switch.is_busy() && delivered == 0) else {
            return;
        };
        let keepalive = self.keepalives.front().map(|(due, _)| *due);
        let paced = self.options.register_rate.filter(|_| self.next_line < self.lines.len());
        let paced = paced.map(|_| self.next_connect_ns as u64);
        let next = [until_ns, keepalive, paced, switch.deadline_ns()].into_iter().flatten().min();
        let wait = next.unwrap_or(u64::MAX).saturating_sub(self.now_ns()).min(IDLE_NS_MAX);
        std::thread::sleep(Duration::from_nanos(wait));
    }

    /// What became of the sound.
    pub fn finish_sound(&mut self) -> Option<SoundReport> {
        let now_ns = self.now_ns();
        let sound = self.sound.as_mut()?;
        sound.finish(now_ns);
        Some(sound.report())
    }

    /// Events for [`Fleet::turn`].
    pub fn events() -> Events {
        Events::with_capacity(EVENTS_MAX)
    }

    fn connect_more(&mut self, news: &mut Vec<News>) {
        while self.registering_count < self.options.registering_max && self.next_line < self.lines.len() {
            if let Some(rate) = self.options.register_rate {
                if self.next_connect_ns > self.now_ns() as f64 {
                    return;
                }
                self.next_connect_ns += 1e9 / rate;
            }
            let line = self.next_line as u32;
            self.next_line += 1;
            self.registering_count += 1;
            self.registering.push_back(line);
            self.lines[line as usize].since_ns = self.now_ns();
            if let Some(switch) = &mut self.switch {
                switch.open(self.lines[line as usize].since_ns, line);
                self.begin_registration(line, news);
            } else if let Err(error) = self.connect(line) {
                self.lose(line, &format!("can't connect: {error}"), &mut Vec::new());
            }
        }
    }

    fn connect(&mut self, line: u32) -> io::Result<()> {
        let mut socket = connect(self.options.target, self.options.source(line))?;
        // Writable: connected. Later nobody writes more than the kernel takes, as a rule.
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut socket, Token(line as usize), interest)?;
        self.lines[line as usize].socket = Some(socket);
        Ok(())
    }

    fn writable(&mut self, line: u32, news: &mut Vec<News>) {
        let entry = &mut self.lines[line as usize];
        let Some(socket) = &entry.socket else { return };
        if entry.caller.stage() != Stage::Out {
            if let Err(error) = entry.write_kept() {
                self.lose(line, &format!("connection lost: {error}"), news);
            }
            return;
        }
        if let Ok(Some(error)) = socket.take_error() {
            return self.lose(line, &format!("can't connect: {error}"), news);
        }
        // What a phone says of itself is what the other party sends its sound to.
        if let Ok(local) = socket.local_addr() {
            entry.caller.set_address(local.ip());
            if let Some(sound) = &mut self.sound {
                entry.caller.set_sound_port(sound.open(line, local.ip(), self.poll.registry()));
            }
        }
        self.begin_registration(line, news);
    }

    fn begin_registration(&mut self, line: u32, news: &mut Vec<News>) {
        self.out.clear();
        let now_ns = self.now_ns();
        let entry = &mut self.lines[line as usize];
        entry.since_ns = now_ns;
        entry.caller.register(&mut self.out);
        if !self.send(line) {
            self.lose(line, "connection lost while registering", news);
        }
    }

    /// Sends what is in `out`.
    fn send(&mut self, line: u32) -> bool {
        let now_ns = self.now_ns();
        match &mut self.switch {
            _ if self.out.is_empty() => true,
            Some(switch) => {
                switch.take(now_ns, line, &self.out);
                true
            }
            None => self.lines[line as usize].write(&self.out).is_ok(),
        }
    }

    /// Reads once.
    fn read(&mut self, line: u32, news: &mut Vec<News>) -> Read {
        let entry = &mut self.lines[line as usize];
        match entry.read(&mut self.scratch) {
            Ok(0) => self.lose(line, "the server closed the connection", news),
            Ok(len) => {
                self.frames(line, len, news);
                return if len == SCRATCH { Read::Full } else { Read::Some };
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.lose(line, &format!("connection lost: {error}"), news),
        }
        Read::Nothing
    }

    fn frames(&mut self, line: u32, len: usize, news: &mut Vec<News>) {
        let now_ns = self.now_ns();
        self.out.clear();
        let entry = &mut self.lines[line as usize];
        let mut connection = std::mem::take(&mut entry.connection);
        let mut frames = connection.receive(&self.scratch[..len]);
        let before = news.len();
        let mut is_broken = false;
        while let Some(frame) = frames.next() {
            let Ok(frame) = frame else {
                is_broken = true;
                break;
            };
            match entry.caller.receive(frame, &mut self.out) {
                Heard::Nothing => {}
                heard => news.push(News { line, heard: Some(heard), now_ns }),
            }
            let order = entry.caller.take_stream();
            if let Some((sound, order)) = self.sound.as_mut().zip(order) {
                sound.obey(now_ns, line, order);
                if let Some(counted) = sound.counted(line) {
                    entry.caller.set_counted(counted);
                }
            }
        }
        drop(frames);
        entry.connection = connection;
        if is_broken || !self.send(line) {
            return self.lose(line, "the server sent no SCCP", news);
        }
        for at in before..news.len() {
            if let Some(heard) = news[at].heard {
                self.heard(line, heard, now_ns, news);
            }
        }
    }

    /// What concerns the registration.
    fn heard(&mut self, line: u32, heard: Heard, now_ns: u64, news: &mut Vec<News>) {
        let entry = &self.lines[line as usize];
        match heard {
            Heard::Accepted => self.ack_times.take(now_ns - entry.since_ns),
            Heard::Registered => {
                self.registration_times.take(now_ns - entry.since_ns);
                self.keepalive_secs = self.keepalive_secs.min(entry.caller.keepalive_secs());
                self.registered += 1;
                self.registering_count -= 1;
                self.keepalives.push_back((now_ns + self.keepalive_ns(), line));
            }
            Heard::Refused => self.lose(line, "registration refused", news),
            Heard::Reset => self.lose(line, "reset by the server", news),
            _ => {}
        }
    }

    fn keepalive_ns(&self) -> u64 {
        (f64::from(self.keepalive_secs) * KEEPALIVE_PART * 1e9) as u64
    }

    fn keep_alive(&mut self, news: &mut Vec<News>) {
        while let Some((due, line)) = self.keepalives.front().copied() {
            let now_ns = self.now_ns();
            if due > now_ns {
                return;
            }
            self.keepalives.pop_front();
            if self.is_in_service(line) {
                if self.say(line, Caller::say_keepalive) {
                    self.keepalives.push_back((now_ns + self.keepalive_ns(), line));
                } else {
                    self.lose(line, "connection lost", news);
                }
            }
        }
    }

    /// Gives registrations up that take too long.
    fn expire(&mut self, news: &mut Vec<News>) {
        let now_ns = self.now_ns();
        while let Some(line) = self.registering.front().copied() {
            let entry = &self.lines[line as usize];
            let wanted = match entry.caller.stage() {
                Stage::Registered | Stage::Lost => None,
                _ if entry.since_ns + STEP_WAIT_NS > now_ns => return,
                Stage::Out => Some("a connection"),
                Stage::Registering => Some("RegisterAck"),
                Stage::Asking(step) => Some(step.wanted()),
            };
            self.registering.pop_front();
            if let Some(wanted) = wanted {
                self.lose(line, &format!("no {wanted} came"), news);
            }
        }
    }

    /// A phone is out of service, for good.
    pub fn lose(&mut self, line: u32, reason: &str, news: &mut Vec<News>) {
        let now_ns = self.now_ns();
        let entry = &mut self.lines[line as usize];
        match entry.caller.stage() {
            Stage::Lost => return,
            Stage::Registered => self.registered -= 1,
            _ => self.registering_count -= 1,
        }
        entry.caller.lose();
        entry.socket = None;
        if let Some(switch) = &mut self.switch {
            switch.close(now_ns, line);
        }
        self.failures.count(reason);
        news.push(News { line, heard: None, now_ns });
    }
}
