//! Everything that a phone fetches before it registers, over TFTP and HTTP, on a thread of its own.
//!
//! * [`settings`]: what the operator chose. * [`name`], [`kind`]: what is asked for.
//! * [`space`]: the one space of files: [`folder`] first, then what is written on demand ([`files`]).
//! * [`loads`]: whether firmware is whole; [`zone`]: names of time zones; [`stamp`]: of contents.
//! * [`desk`]: one request, looked up, noted and logged; [`tftp`] and [`http`] are the ways to it.
//! * [`boot`]: what each phone asked for, and where it is stuck.
//! * [`dhcp`], [`hosts`]: how phones learn of this server.
//!
//! The thread of the calls hands over what it knows by [`Watch`], which never waits.

pub mod boot;
pub mod desk;
pub mod dhcp;
pub mod files;
pub mod folder;
pub mod hosts;
pub mod http;
pub mod kind;
pub mod loads;
pub mod name;
pub mod pace;
mod refused;
pub mod settings;
pub mod space;
pub mod stamp;
pub mod tftp;
pub mod zone;

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, UdpSocket as StdSocket};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use exchange::output::{Change, Event};
use exchange::plan::Plan;
use tokio::sync::{mpsc, oneshot};

pub use boot::Boots;
pub use settings::Settings;

use desk::Desk;
use space::Space;

/// News of the thread of the calls that may wait.
const NEWS_MAX: usize = 8192;
/// How long news gather before they are taken: waking this thread for each phone of a site that registers would
/// cost the thread of the calls more than telling does.
const NEWS_GATHER: Duration = Duration::from_millis(50);

/// What the thread of the calls tells.
#[derive(Debug)]
enum News {
    Plan(Arc<Plan>),
    Registered { device: String, address: String, device_type: u32 },
    Unregistered { device: String, reason: String },
}

/// Takes news without ever waiting; what finds no room is left out.
#[derive(Debug, Clone)]
pub struct Watch(mpsc::Sender<News>);

impl Watch {
    /// Another plan is in force.
    pub fn plan(&self, plan: &Arc<Plan>) {
        // A full queue: the phones that it would tell of are told of when they register.
        let _ = self.0.try_send(News::Plan(Arc::clone(plan)));
    }

    /// Something changed.
    pub fn event(&self, event: &Event) {
        let news = match &event.change {
            Change::Registered { device, address, device_type, .. } => News::Registered {
                device: device.clone(),
                address: address.clone(),
                device_type: *device_type,
            },
            Change::Unregistered { device, reason } => {
                News::Unregistered { device: device.clone(), reason: reason.clone() }
            }
            _ => return,
        };
        let _ = self.0.try_send(news);
    }
}

/// A server of files that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Provision {
    /// Where files are served over TFTP.
    pub tftp: Vec<SocketAddr>,
    /// The same over HTTP.
    pub http: Vec<SocketAddr>,
    /// What could not be listened on, with what to do.
    pub refused: Vec<String>,
    boots: Arc<Mutex<Boots>>,
    desk: Desk,
    watch: Watch,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What is bound, before there is a runtime.
#[derive(Debug, Default)]
struct Bound {
    udp: Vec<StdSocket>,
    tcp: Vec<StdListener>,
    refused: Vec<String>,
}

impl Provision {
    /// Binds and starts the thread. An address that is refused is named and left out: phones that have their
    /// configuration register without it.
    pub fn start(settings: Settings, sccp: Vec<SocketAddr>, plan: &Plan) -> io::Result<Provision> {
        let settings = settings.with_own_networks();
        let bound = bind(&settings);
        let tftp = bound.udp.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        let http = bound.tcp.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        let refused = bound.refused.clone();
        let boots = Arc::new(Mutex::new(Boots::default()));
        let mut space = Space::new(settings, sccp);
        space.apply(plan);
        let desk = Desk::new(space, Arc::clone(&boots));
        let kept = desk.clone();
        let (sender, news) = mpsc::channel(NEWS_MAX);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("provision".into());
        let thread = thread.spawn(move || {
            crate::priority::behind_calls();
            runtime.block_on(run(bound, desk, news, stopped));
            // A read that waits for a disk must not hold up the end.
            runtime.shutdown_background();
        })?;
        Ok(Provision {
            tftp,
            http,
            refused,
            boots,
            desk: kept,
            watch: Watch(sender),
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Phones register at these addresses, from now on.
    pub fn listening(&self, sccp: &[SocketAddr]) {
        self.desk.space().listening(sccp);
    }

    /// Where the thread of the calls leaves its news.
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// What each phone asked for.
    pub fn boots(&self) -> Arc<Mutex<Boots>> {
        Arc::clone(&self.boots)
    }
}

impl Drop for Provision {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn bind(settings: &Settings) -> Bound {
    let mut bound = Bound::default();
    for address in &settings.tftp {
        match tftp::bind(*address) {
            Ok(socket) => bound.udp.push(socket),
            Err(error) => bound.refused.extend(refused::words("TFTP", *address, &error)),
        }
    }
    for address in &settings.http {
        match listen(*address) {
            Ok(listener) => bound.tcp.push(listener),
            Err(error) => bound.refused.extend(refused::words("HTTP", *address, &error)),
        }
    }
    bound
}

fn listen(address: SocketAddr) -> io::Result<StdListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    /// Connections that wait to be accepted.
    const BACKLOG: i32 = 256;
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

async fn run(bound: Bound, desk: Desk, mut news: mpsc::Receiver<News>, mut stopped: oneshot::Receiver<()>) {
    for fault in desk.space().faults(std::time::Instant::now()) {
        tracing::warn!("{fault}");
    }
    for socket in bound.udp {
        match tokio::net::UdpSocket::from_std(socket) {
            Ok(socket) => drop(tokio::spawn(named("TFTP", tftp::serve(socket, desk.clone())))),
            Err(error) => tracing::error!("no TFTP: {error}"),
        }
    }
    for listener in bound.tcp {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => drop(tokio::spawn(named("HTTP", http::serve(listener, desk.clone())))),
            Err(error) => tracing::error!("no HTTP: {error}"),
        }
    }
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            heard = news.recv() => match heard {
                Some(heard) => take(&desk, heard),
                None => return,
            },
        }
        // Nobody waits on the queue meanwhile, so what is put into it wakes nobody.
        tokio::select! {
            _ = &mut stopped => return,
            () = tokio::time::sleep(NEWS_GATHER) => {}
        }
        while let Ok(heard) = news.try_recv() {
            take(&desk, heard);
        }
    }
}

async fn named(what: &str, serving: impl Future<Output = io::Error>) {
    let error = serving.await;
    tracing::error!("{what} has ended: {error}; phones that have their configuration register without it");
}

fn take(desk: &Desk, news: News) {
    let now_ms = crate::clock::unix_ms();
    match news {
        News::Plan(plan) => desk.space().apply(&plan),
        News::Registered { device, address, device_type } => {
            desk.space().registered(&device, device_type);
            if let Ok(address) = address.parse::<SocketAddr>() {
                desk.boots().registered(&device, address.ip().to_canonical(), now_ms);
            }
        }
        News::Unregistered { device, reason } => desk.boots().left(&device, &reason, now_ms),
    }
}
