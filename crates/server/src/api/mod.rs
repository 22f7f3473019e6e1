//! The REST API, first slice, on a socket of this machine: what `lineside ctl` and `lineside cdr` speak. One file
//! a resource. It reads the read model and the store, and asks the thread of the calls by orders; it has a thread
//! of its own.

mod boots;
mod calls;
mod control;
mod devices;
mod error;
mod events;
mod groups;
mod lines;
mod music;
mod recordings;
mod records;
mod status;

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use axum::Router;
use tokio::net::UnixListener;
use tokio::sync::oneshot;

use crate::counters::Counters;
use crate::live::Watch;
use crate::media::live::MusicBoard;
use crate::provision::Boots;
use crate::published::Published;
use crate::reload::Reloader;
use crate::running::Stopper;

pub use error::ApiError;

/// The socket's name in the data directory.
pub const SOCKET_NAME: &str = "control.sock";
/// The version of the API: the first part of each path.
pub const ROOT: &str = "/api/v1";
/// Longest path of a socket that the kernel takes.
const SOCKET_PATH_MAX: usize = 107;

/// What the API answers from.
#[derive(Debug)]
pub struct Api {
    /// Asks the thread of the calls.
    pub orders: Stopper,
    /// Live state.
    pub watch: Watch,
    /// The plan.
    pub published: Published,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Reads the configuration again.
    pub reloader: Reloader,
    /// What phones fetched; `None`: no files are served.
    pub boots: Option<Arc<Mutex<Boots>>>,
    /// The data directory.
    pub data: PathBuf,
    /// Where recordings are.
    pub recordings: PathBuf,
    /// How live music is.
    pub music: Arc<MusicBoard>,
    /// Where phones connect.
    pub addresses: Vec<SocketAddr>,
    /// When the server began, in milliseconds since the Unix epoch.
    pub started_ms: i64,
}

type Shared = axum::extract::State<Arc<Api>>;

/// The API's thread. Dropping it ends it.
#[derive(Debug)]
pub struct ApiServer {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

/// Why the API can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ApiServerError {
    /// The path is longer than the kernel takes.
    #[error(
        "{0} is too long for a socket (at most {SOCKET_PATH_MAX} bytes): choose a shorter data directory"
    )]
    PathTooLong(PathBuf),
    /// The socket can't be made.
    #[error("can't serve the API on {0}: {1}")]
    Socket(PathBuf, io::Error),
}

/// The socket of a data directory.
pub fn socket(data: &Path) -> PathBuf {
    data.join(SOCKET_NAME)
}

impl ApiServer {
    /// Serves on the socket of the data directory, which the journal's lock keeps for one server.
    pub fn start(api: Api) -> Result<ApiServer, ApiServerError> {
        let path = socket(&api.data);
        if path.as_os_str().len() > SOCKET_PATH_MAX {
            return Err(ApiServerError::PathTooLong(path));
        }
        let failed = |error| ApiServerError::Socket(path.clone(), error);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let listener = {
            let _entered = runtime.enter();
            UnixListener::bind(&path).map_err(failed)?
        };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let (stop, stopped) = oneshot::channel::<()>();
        let router = router(Arc::new(api));
        let run = move || {
            runtime.block_on(async {
                tokio::select! {
                    result = axum::serve(listener, router) => {
                        if let Err(error) = result {
                            tracing::error!("the API ended: {error}");
                        }
                    }
                    _ = stopped => {}
                }
            });
            // Readers of events and questions to the store are not waited for.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("api".into()).spawn(run).map_err(failed)?;
        Ok(ApiServer { stop: Some(stop), thread: Some(thread), path })
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked serves nobody any more.
            let _ = thread.join();
        }
        // So that a client says that no server runs.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn router(api: Arc<Api>) -> Router {
    use axum::routing::{delete, get, post};
    let paths = Router::new()
        .route("/status", get(status::status))
        .route("/devices", get(devices::list))
        .route("/devices/{name}", get(devices::one).delete(devices::forget))
        .route("/devices/{name}/adopt", post(devices::adopt))
        .route("/devices/{name}/replace", post(devices::replace))
        .route("/devices/{name}/reset", post(devices::reset))
        .route("/devices/{name}/hunt", post(groups::hunt))
        .route("/devices/{name}/do-not-disturb", post(lines::do_not_disturb))
        .route("/lines/{number}/messages", post(lines::messages))
        .route("/lines/{number}/forward", post(lines::forward))
        .route("/night/{name}", post(groups::night))
        .route("/boots", get(boots::list))
        .route("/boots/{name}", get(boots::one))
        .route("/music", get(music::list))
        .route("/calls", get(calls::list))
        .route("/calls/{call}", delete(calls::hang_up))
        .route("/calls/{call}/recording", post(recordings::switch))
        .route("/recordings", get(recordings::list))
        .route("/recordings/{name}", get(recordings::fetch).delete(recordings::remove))
        .route("/records/calls", get(records::calls))
        .route("/records/streams", get(records::streams))
        .route("/records/relays", get(records::relays))
        .route("/records/recordings", get(records::recordings))
        .route("/events", get(events::events))
        .route("/check", post(control::check))
        .route("/reload", post(control::reload))
        .route("/stop", post(control::stop));
    Router::new().nest(ROOT, paths).fallback(error::unknown_path).with_state(api)
}

/// Does what may wait (orders, questions to the store) beside the API's thread.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(ApiError::broke_off()))
}
