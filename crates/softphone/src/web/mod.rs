//! The web pages that a phone serves itself, for tools that read them: what it is, how it is set up, how its streams
//! are, a picture of its display; and `/CGI/Execute`, by which a program presses its keys or shows it a page.
//!
//! Names of pages and elements are those of Cisco's phones. What an emulated phone does not have (a switch beside it, a
//! subnet mask) stands there empty.

mod execute;
mod login;
mod pages;
mod screen;
mod xml;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, body};
use tokio::sync::Semaphore;

use crate::handle::Handle;
use crate::listen::Listening;
use crate::service::{Page, Trust};

pub use login::{Login, LoginError, Rights};

/// Requests that a phone's pages answer at once; more are told to come again.
pub const REQUESTS_MAX: usize = 16;
/// Bytes of a request.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// What a phone's pages say beside what the phone itself knows.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Where it may register, in order.
    pub servers: Vec<SocketAddr>,
    /// Where its files are from.
    pub files: Option<SocketAddr>,
    /// The page of its directories button.
    pub directories: Option<String>,
    /// The page of its services button.
    pub services: Option<String>,
    /// Whose pages over HTTPS it believes.
    pub trust: Trust,
}

/// Why the pages are not there.
#[derive(Debug, thiserror::Error)]
#[error("the phone's web pages: can't listen on {address}: {source}")]
pub struct WebError {
    address: SocketAddr,
    source: std::io::Error,
}

/// The pages of one phone.
#[derive(Debug)]
pub struct Site {
    handle: Handle,
    facts: Facts,
    rights: Rights,
    /// The page that the phone shows where no terminal does.
    shown: Mutex<Option<Page>>,
    requests: Semaphore,
    waiting: Arc<Semaphore>,
    logins: Semaphore,
}

impl Site {
    /// The pages of this phone.
    pub fn new(handle: Handle, facts: Facts, rights: Rights) -> Arc<Site> {
        Arc::new(Site {
            handle,
            facts,
            rights,
            shown: Mutex::default(),
            requests: Semaphore::new(REQUESTS_MAX),
            waiting: Arc::new(Semaphore::new(execute::WAITING_MAX)),
            logins: Semaphore::new(login::AT_ONCE_MAX),
        })
    }

    /// The page that it shows, where no terminal does.
    pub fn shown(&self) -> Option<Page> {
        self.page().clone()
    }

    /// The same in words.
    pub(crate) fn shown_words(&self) -> Option<String> {
        self.page().as_ref().map(screen::words)
    }

    fn page(&self) -> MutexGuard<'_, Option<Page>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request for a path below the phone's root.
    pub(crate) async fn answer(self: &Arc<Self>, path: &str, request: Request) -> Response {
        let Ok(_permit) = self.requests.try_acquire() else {
            return (StatusCode::SERVICE_UNAVAILABLE, "the phone is busy").into_response();
        };
        let (parts, rest) = request.into_parts();
        let number = parts.uri.query().unwrap_or("").parse().unwrap_or(1);
        match (&parts.method, path) {
            (&Method::POST, "CGI/Execute") => {
                let Ok(bytes) = body::to_bytes(rest, BODY_BYTES_MAX).await else {
                    return StatusCode::PAYLOAD_TOO_LARGE.into_response();
                };
                self.execute(&parts.headers, bytes).await
            }
            (_, "CGI/Execute") => StatusCode::METHOD_NOT_ALLOWED.into_response(),
            (&Method::GET, "CGI/Screenshot") => match self.allows(&parts.headers).await {
                Ok(()) => ([(header::CONTENT_TYPE, "image/png")], self.screenshot()).into_response(),
                Err(refused) => refused.into_response(),
            },
            (&Method::GET, _) => self.read(path, number),
            _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        }
    }

    fn read(&self, path: &str, number: usize) -> Response {
        let page = match path {
            "" => return Html(pages::index(&self.handle)).into_response(),
            "DeviceInformationX" => pages::device(&self.handle),
            "NetworkConfigurationX" => pages::network(&self.handle, &self.facts, &self.rights),
            "PortInformationX" | "EthernetInformationX" => pages::port(),
            "StreamingStatisticsX" => pages::streaming(&self.handle, number),
            _ => return StatusCode::NOT_FOUND.into_response(),
        };
        xml::answer(page)
    }

    async fn execute(self: &Arc<Self>, headers: &HeaderMap, body: Bytes) -> Response {
        if is_of_another_site(headers) {
            return (StatusCode::FORBIDDEN, "not from pages of another site").into_response();
        }
        match self.allows(headers).await {
            Ok(()) => execute::execute(self.clone(), body).await,
            Err(refused) => refused.into_response(),
        }
    }
}

/// A web page elsewhere made a browser ask, with what the browser remembers.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let origin = text(header::ORIGIN).map(|origin| origin.split_once("://").map_or("?", |(_, host)| host));
    headers.contains_key(header::ORIGIN) && origin != text(header::HOST)
}

/// A phone's pages on an address of their own, as on a real one. Dropping it ends them.
#[derive(Debug)]
pub struct Web(Listening);

impl Web {
    /// Listens, on a thread of its own.
    pub fn start(listen: SocketAddr, site: Arc<Site>) -> Result<Web, WebError> {
        let router =
            Router::new().fallback(root).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(site);
        let listening = Listening::start(listen, "web", router);
        listening.map(Web).map_err(|source| WebError { address: listen, source })
    }

    /// Where they are.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }
}

async fn root(State(site): State<Arc<Site>>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    site.answer(&path, request).await
}
