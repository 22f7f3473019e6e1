//! A run: register, call, end, report. One thread, one loop.

mod calls;
mod fleet;
mod line;
mod memory;
mod second;
mod sound;
mod timers;

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::measure::{Failures, Summary};
use crate::options::{Options, OptionsError, Transport};
use crate::pair::STEP_WAIT_NS;
use crate::report::series::{Moment, Series};
use crate::report::{CallReport, IdleReport, Latencies, RegistrationReport, Report, ServerUse};
use crate::usage::{Usage, UsageError};

use calls::Calls;
use fleet::{Fleet, News};
use second::{MOMENT_NS, SecondHand};

/// How long phones that may be lost as well are waited for when nobody can call any more.
const LOST_WAIT_NS: u64 = 1_000_000_000;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// This may not or can't be done.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The server's process can't be looked at.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The operating system refuses.
    #[error("the load generator can't go on: {0}")]
    System(#[from] io::Error),
}

/// Does what the options say. Failures of phones and calls are part of the report.
pub fn run(options: &Options) -> Result<Report, RunError> {
    run_told(options, &mut |_| ControlFlow::Continue(()))
}

/// What is told while a run goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Phones come into service.
    Registering {
        /// So many are.
        registered: usize,
        /// Since the first one connected.
        elapsed: Duration,
        /// From RegisterReq to the last answer, so far.
        complete: Summary,
        /// Why some are not.
        failures: BTreeMap<String, u64>,
        /// What the server uses.
        server: Option<ServerNow>,
    },
    /// They stay there, and nobody calls.
    Idle {
        /// Phones in service.
        registered: usize,
        /// So long already.
        elapsed: Duration,
        /// What the server uses.
        server: Option<ServerNow>,
    },
    /// A second of calls.
    Calls(Box<Tally>),
}

/// What the server's process uses at the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerNow {
    /// Percent of one core, since this was told last.
    pub cpu_percent: f64,
    /// Its memory, in KiB.
    pub rss_kib: u64,
}

/// Calls so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// The last second.
    pub moment: Moment,
    /// Calls per second that are to be begun at this time.
    pub rate: f64,
    /// Calls that were begun.
    pub begun: u64,
    /// Calls that went as they should.
    pub completed: u64,
    /// Calls that found no free phones.
    pub not_begun: u64,
    /// How long answers took, from the first call on.
    pub latencies: Latencies,
    /// Failed calls by reason.
    pub failures: BTreeMap<String, u64>,
    /// Phones that were lost, by reason.
    pub phones_lost: BTreeMap<String, u64>,
}

/// Who is told how a run goes, about once a second; who breaks it off has no more calls begun, and gets a report.
pub type Listener<'l> = &'l mut dyn FnMut(Progress) -> ControlFlow<()>;

/// [`run`], and tells how it goes.
pub fn run_told(options: &Options, tell: Listener<'_>) -> Result<Report, RunError> {
    options.check()?;
    raise_descriptors();
    let mut run = Run::new(options)?;
    let (registration, goes_on) = run.register(tell)?;
    let (calls, idle) = match options.calls {
        _ if goes_on.is_break() => (None, None),
        Some(calls) => (Some(run.call(calls, tell)?), None),
        None if options.idle.is_zero() => (None, None),
        None => (None, Some(run.stay(run.fleet.now_ns() + options.idle.as_nanos() as u64, tell)?)),
    };
    Ok(Report {
        plan: options.words(),
        target: options.target,
        protocol: options.protocol,
        transport: options.transport,
        registration,
        calls,
        idle,
        sound: run.fleet.finish_sound(),
    })
}

/// As many connections as the system allows.
pub fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // A refusal shows as phones that can't connect.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

struct Run<'o> {
    options: &'o Options,
    fleet: Fleet,
    events: mio::Events,
    news: Vec<News>,
    /// Memory of this process before there was any phone.
    rss_kib: u64,
}

/// Once a second, what the server uses.
struct Meter {
    told_ns: u64,
    usage: Option<Usage>,
}

impl Meter {
    fn new(before: &Before) -> Meter {
        Meter { told_ns: before.start_ns, usage: before.server }
    }

    fn next_ns(&self) -> u64 {
        self.told_ns + MOMENT_NS
    }

    /// Nothing before the second is over; then what the server used in it, where it is looked at.
    fn turn(&mut self, run: &Run<'_>) -> Result<Option<Option<ServerNow>>, RunError> {
        let now_ns = run.fleet.now_ns();
        if now_ns < self.next_ns() {
            return Ok(None);
        }
        let usage = run.options.server_pid.map(Usage::of).transpose()?;
        let seconds = (now_ns - self.told_ns) as f64 / 1e9;
        let server = usage.zip(self.usage).map(|(now, then)| ServerNow {
            cpu_percent: now.cpu_us.saturating_sub(then.cpu_us) as f64 / 1e4 / seconds,
            rss_kib: now.rss_kib,
        });
        (self.told_ns, self.usage) = (now_ns, usage);
        Ok(Some(server))
    }
}

/// Processor and memory of server and generator at the start of a phase.
struct Before {
    server: Option<Usage>,
    own: Usage,
    start_ns: u64,
}

impl<'o> Run<'o> {
    fn new(options: &'o Options) -> Result<Run<'o>, RunError> {
        let rss_kib = Usage::own()?.rss_kib;
        let fleet = Fleet::new(options)?;
        Ok(Run { options, fleet, events: Fleet::events(), news: Vec::new(), rss_kib })
    }

    fn before(&self) -> Result<Before, RunError> {
        let server = self.options.server_pid.map(Usage::of).transpose()?;
        Ok(Before { server, own: Usage::own()?, start_ns: self.fleet.now_ns() })
    }

    /// What a phase used, shared among `count` registrations or calls.
    fn used(&self, before: &Before, count: u64) -> Result<Option<ServerUse>, RunError> {
        let Some((server, pid)) = before.server.zip(self.options.server_pid) else { return Ok(None) };
        let (after, own) = (Usage::of(pid)?, Usage::own()?);
        let each = |from: u64, to: u64| to.saturating_sub(from) as f64 / count.max(1) as f64;
        Ok(Some(ServerUse {
            cpu_us: after.cpu_us.saturating_sub(server.cpu_us),
            cpu_us_each: each(server.cpu_us, after.cpu_us),
            generator_cpu_us_each: each(before.own.cpu_us, own.cpu_us),
            rss_before_kib: server.rss_kib,
            rss_after_kib: after.rss_kib,
            threads: after.threads,
        }))
    }

    fn register(&mut self, tell: Listener<'_>) -> Result<(RegistrationReport, ControlFlow<()>), RunError> {
        let before = self.before()?;
        let mut meter = Meter::new(&before);
        let mut goes_on = ControlFlow::Continue(());
        while !self.fleet.is_settled() && goes_on.is_continue() {
            self.fleet.turn(&mut self.events, None, &mut self.news)?;
            self.news.clear();
            if let Some(server) = meter.turn(self)? {
                goes_on = tell(Progress::Registering {
                    registered: self.fleet.registered,
                    elapsed: Duration::from_nanos(self.fleet.now_ns() - before.start_ns),
                    complete: self.fleet.registration_times.summary(),
                    failures: self.fleet.failures.by_reason().clone(),
                    server,
                });
            }
        }
        let seconds = (self.fleet.now_ns() - before.start_ns) as f64 / 1e9;
        let registered = self.fleet.registered as u64;
        let kib_per_phone = match self.options.transport {
            Transport::Sockets => None,
            Transport::Memory => {
                let grown = Usage::own()?.rss_kib.saturating_sub(self.rss_kib);
                Some(grown as f64 / registered.max(1) as f64)
            }
        };
        let report = RegistrationReport {
            phones: self.options.phones as u64,
            registered,
            seconds,
            per_second: registered as f64 / seconds,
            ack: self.fleet.ack_times.summary(),
            complete: self.fleet.registration_times.summary(),
            failures: self.fleet.failures.by_reason().clone(),
            kib_per_phone,
            server: self.used(&before, registered)?,
        };
        Ok((report, goes_on))
    }

    fn call(&mut self, calls: crate::options::Calls, tell: Listener<'_>) -> Result<CallReport, RunError> {
        let before = self.before()?;
        let mut clock = SecondHand::new(&before);
        let mut series = Series::default();
        self.fleet.failures = Failures::default();
        let mut calls = Calls::new(calls, &self.fleet, self.options.phones, self.options.seed);
        while !calls.is_over() {
            calls.advance(&mut self.fleet, &mut self.news);
            self.hear(&mut calls);
            if calls.is_over() {
                break;
            }
            // A wait has an end even if no deadline is known.
            let idle = self.fleet.now_ns() + STEP_WAIT_NS;
            let until = calls.deadline_ns().unwrap_or(idle).min(clock.next_ns);
            self.fleet.turn(&mut self.events, Some(until), &mut self.news)?;
            self.hear(&mut calls);
            if self.fleet.now_ns() >= clock.next_ns {
                let usage = self.options.server_pid.map(Usage::of).transpose()?;
                let moment = clock.moment(self.fleet.now_ns(), &mut calls, usage);
                series.push(moment);
                if tell(Progress::Calls(Box::new(self.tally(moment, &calls)))).is_break() {
                    calls.stop();
                }
            }
        }
        let seconds = (self.fleet.now_ns() - before.start_ns) as f64 / 1e9;
        let server = self.used(&before, calls.completed)?;
        if calls.is_deserted() {
            self.count_the_lost()?;
        }
        Ok(CallReport {
            begun: calls.begun(),
            not_begun: calls.not_begun,
            completed: calls.completed,
            failed: calls.failures.total(),
            seconds,
            per_second: calls.completed as f64 / seconds,
            latencies: calls.times.summary(),
            series: series.take(),
            failures: calls.failures.by_reason().clone(),
            phones_lost: self.fleet.failures.by_reason().clone(),
            server,
        })
    }

    /// Nobody can call any more, and what took one phone of each pair away may have taken the other one: it is
    /// waited for, not for long.
    fn count_the_lost(&mut self) -> Result<(), RunError> {
        let until = self.fleet.now_ns() + LOST_WAIT_NS;
        let phones = self.options.phones as u32;
        while self.fleet.now_ns() < until && (0..phones).any(|line| self.fleet.is_in_service(line)) {
            self.fleet.turn(&mut self.events, Some(until), &mut self.news)?;
            self.news.clear();
        }
        Ok(())
    }

    fn hear(&mut self, calls: &mut Calls) {
        // What is done about it can lose a connection, which is news again.
        let mut at = 0;
        while at < self.news.len() {
            let item = self.news[at];
            calls.heard(item, &mut self.fleet, &mut self.news);
            at += 1;
        }
        self.news.clear();
    }

    fn tally(&self, moment: Moment, calls: &Calls) -> Tally {
        Tally {
            moment,
            rate: calls.rate(self.fleet.now_ns()),
            begun: calls.begun(),
            completed: calls.completed,
            not_begun: calls.not_begun,
            latencies: calls.times.summary(),
            failures: calls.failures.by_reason().clone(),
            phones_lost: self.fleet.failures.by_reason().clone(),
        }
    }

    /// Keeps phones in service until then.
    fn stay(&mut self, until_ns: u64, tell: Listener<'_>) -> Result<IdleReport, RunError> {
        let before = self.before()?;
        let mut meter = Meter::new(&before);
        while self.fleet.now_ns() < until_ns {
            self.fleet.turn(&mut self.events, Some(until_ns.min(meter.next_ns())), &mut self.news)?;
            self.news.clear();
            if let Some(server) = meter.turn(self)? {
                let elapsed = Duration::from_nanos(self.fleet.now_ns() - before.start_ns);
                if tell(Progress::Idle { registered: self.fleet.registered, elapsed, server }).is_break() {
                    break;
                }
            }
        }
        let registered = self.fleet.registered as u64;
        Ok(IdleReport {
            seconds: (self.fleet.now_ns() - before.start_ns) as f64 / 1e9,
            registered,
            server: self.used(&before, registered)?,
        })
    }
}
