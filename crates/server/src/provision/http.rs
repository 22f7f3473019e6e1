//! HTTP on port 6970: plain GET and HEAD over the same space. No redirect, no compression, no session.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::boot::{Outcome, Ticket, Way};
use super::desk::{Content, Desk};
use super::name::Name;
use super::space::Asker;

/// Connections at once.
pub const CONNECTIONS_MAX: usize = 512;
/// Connections of one address at once: a site behind NAT has many phones.
pub const CONNECTIONS_PER_ADDRESS: usize = 64;
/// Bytes of a request with its headers.
const REQUEST_MAX: usize = 8 * 1024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// How long the headers of a request may take, and the pause before the next one.
const HEADERS_WITHIN: Duration = Duration::from_secs(15);
/// How long a connection may last.
const CONNECTION_WITHIN: Duration = Duration::from_secs(20 * 60);
/// Pieces of a file that wait for a slow phone.
const PIECES_WAITING: usize = 2;
/// Pause after the system refused a connection.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Connections that are open, by address.
type Open = Arc<Mutex<std::collections::BTreeMap<IpAddr, usize>>>;

/// A place among them, given back when it is dropped.
struct Permit {
    open: Open,
    address: IpAddr,
}

fn permit(open: &Open, address: IpAddr) -> Option<Permit> {
    let mut counts = open.lock().unwrap_or_else(PoisonError::into_inner);
    let all: usize = counts.values().sum();
    let own = counts.get(&address).copied().unwrap_or(0);
    if all >= CONNECTIONS_MAX || own >= CONNECTIONS_PER_ADDRESS {
        return None;
    }
    counts.insert(address, own + 1);
    Some(Permit { open: Arc::clone(open), address })
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Answers requests until it is dropped.
pub async fn serve(listener: TcpListener, desk: Desk) -> io::Error {
    let open = Open::default();
    loop {
        let (stream, remote) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(_) => {
                // Without descriptors, or a peer that is gone already: others wait in the kernel's queue.
                tokio::time::sleep(REFUSED_PAUSE).await;
                continue;
            }
        };
        let address = remote.ip().to_canonical();
        // Who may not come, or comes too often, is closed at once.
        let Some(permit) = desk.allows(address).then(|| permit(&open, address)).flatten() else { continue };
        tokio::spawn(connection(stream, remote, desk.clone(), permit));
    }
}

async fn connection(stream: TcpStream, remote: SocketAddr, desk: Desk, permit: Permit) {
    let Ok(local) = stream.local_addr() else { return };
    let asker = Asker { remote: remote.ip().to_canonical(), local: local.ip().to_canonical() };
    let answer = |request: Request<Incoming>| {
        let response = respond(&request, &desk, asker);
        async move { Ok::<_, Infallible>(response) }
    };
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(REQUEST_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    // What the peer did wrong is its own loss, and time is up for a slow one.
    let _ = timeout(CONNECTION_WITHIN, serving).await;
    drop(permit);
}

fn respond(request: &Request<Incoming>, desk: &Desk, asker: Asker) -> Response<File> {
    let is_head = request.method() == Method::HEAD;
    if request.method() != Method::GET && !is_head {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "files are read here, never written\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let name = match Name::of_http(request.uri().path()) {
        Ok(name) => name,
        Err(bad) => return text(StatusCode::NOT_FOUND, &format!("{bad}\n")),
    };
    let answer = desk.ask(&name, asker, Way::Http);
    let Ok(content) = answer.result else { return text(StatusCode::NOT_FOUND, "File not found\n") };
    let len = content.len();
    let end = End { desk: desk.clone(), ticket: answer.ticket, asker, name, len, taken: 0 };
    let kind = HeaderValue::from_static(content_type(end.name.file()));
    let body = if is_head { File::nothing(end) } else { File::of(content, end) };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(len));
    response
}

fn text(status: StatusCode, text: &str) -> Response<File> {
    let mut response = Response::new(File::text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("xml") => "text/xml",
        Some("txt") => "text/plain",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Notes how much the phone took, when the body is dropped.
struct End {
    desk: Desk,
    ticket: Ticket,
    asker: Asker,
    name: Name,
    len: u64,
    taken: u64,
}

impl Drop for End {
    fn drop(&mut self) {
        let is_whole = self.taken == self.len;
        let outcome = if is_whole {
            Outcome::Sent { bytes: self.len }
        } else {
            Outcome::BrokenOff { bytes: self.taken }
        };
        self.desk.ended(&self.ticket, self.asker, &self.name, Way::Http, outcome);
    }
}

/// The body of a response.
enum File {
    /// A sentence.
    Text(Option<Bytes>),
    /// Pieces of a file, read as fast as the phone takes them.
    Pieces(mpsc::Receiver<io::Result<Vec<u8>>>, Box<End>),
}

impl File {
    fn text(text: &str) -> File {
        File::Text(Some(Bytes::copy_from_slice(text.as_bytes())))
    }

    fn nothing(mut end: End) -> File {
        end.taken = end.len;
        File::Text(None)
    }

    fn of(content: Content, end: End) -> File {
        let (pieces, body) = mpsc::channel(PIECES_WAITING);
        let desk = end.desk.clone();
        tokio::spawn(async move {
            let mut from = 0;
            while from < content.len() {
                let piece = content.piece(from).await;
                let taken = piece.as_ref().map_or(0, Vec::len);
                from += taken as u64;
                desk.pace(taken).await;
                if taken == 0 || pieces.send(piece).await.is_err() {
                    return;
                }
            }
        });
        File::Pieces(body, Box::new(end))
    }
}

impl Body for File {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut *self {
            File::Text(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            File::Pieces(pieces, end) => match ready!(pieces.poll_recv(context)) {
                Some(Ok(piece)) => {
                    end.taken += piece.len() as u64;
                    Poll::Ready(Some(Ok(Frame::data(piece.into()))))
                }
                Some(Err(error)) => Poll::Ready(Some(Err(error))),
                None => Poll::Ready(None),
            },
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            File::Text(text) => SizeHint::with_exact(text.as_ref().map_or(0, Bytes::len) as u64),
            File::Pieces(_, end) => SizeHint::with_exact(end.len - end.taken),
        }
    }
}
