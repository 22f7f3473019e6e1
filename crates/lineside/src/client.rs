//! A client of the server's API on its local socket.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use server::api::{ApiError, ROOT, socket};
use tokio::net::UnixStream;

/// Where the server is.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// The server's data directory [default: $XDG_DATA_HOME/lineside, ~/.local/share/lineside]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// The server's socket, when it is not in its data directory
    #[arg(long, value_name = "PATH", global = true)]
    socket: Option<PathBuf>,
}

impl Place {
    /// The data directory.
    pub fn data(&self) -> Result<PathBuf> {
        if self.data.is_none() && is_service_here() {
            return Ok(SERVICE_DATA.into());
        }
        Ok(server::data::directory(self.data.clone())?)
    }

    /// The socket.
    pub fn socket(&self) -> Result<PathBuf> {
        match &self.socket {
            Some(path) => Ok(path.clone()),
            None => Ok(socket(&self.data()?)),
        }
    }
}

/// Data of the packaged service.
const SERVICE_DATA: &str = "/var/lib/lineside";

/// Whether the packaged service runs here and this user may speak to it, and no server of his own does.
fn is_service_here() -> bool {
    let own = server::data::directory(None).map(|data| socket(&data).exists());
    !own.unwrap_or(false) && socket(Path::new(SERVICE_DATA)).exists()
}

/// A client.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    runtime: tokio::runtime::Runtime,
}

impl Client {
    /// Of the server at a place.
    pub fn new(place: &Place) -> Result<Client> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Client { path: place.socket()?, runtime })
    }

    /// Whether a server answers there.
    pub fn is_there(&self) -> bool {
        std::os::unix::net::UnixStream::connect(&self.path).is_ok()
    }

    /// Asks, and gives back the JSON of the answer.
    pub fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let text = self.runtime.block_on(async {
            let response = self.send(method, path, body, None).await?;
            Ok::<_, anyhow::Error>(response.into_body().collect().await?.to_bytes())
        })?;
        serde_json::from_slice(&text).context("the server's answer is no JSON")
    }

    /// Asks for a file, and writes it; its bytes. Nothing that is there is written over.
    pub fn download(&self, path: &str, to: &std::path::Path) -> Result<u64> {
        use std::io::Write as _;
        self.runtime.block_on(async {
            let mut body = self.send(Method::GET, path, None, None).await?.into_body();
            let failed = || format!("{} can't be written", to.display());
            let mut file = std::fs::File::create_new(to).with_context(failed)?;
            let mut bytes = 0;
            while let Some(frame) = body.frame().await {
                let frame = frame.context("the server broke off")?;
                if let Some(data) = frame.data_ref() {
                    file.write_all(data).with_context(failed)?;
                    bytes += data.len() as u64;
                }
            }
            Ok(bytes)
        })
    }

    /// Calls `each` with every event from now on, until the server ends: its kind and its JSON.
    pub fn events(&self, after: Option<u64>, mut each: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
        self.runtime.block_on(async {
            let mut body = self.send(Method::GET, "/events", None, after).await?.into_body();
            let mut text = Vec::new();
            while let Some(frame) = body.frame().await {
                let Ok(frame) = frame else { break };
                text.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
                while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                    let block: Vec<u8> = text.drain(..end + 2).collect();
                    let block = String::from_utf8_lossy(&block);
                    let of = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                    if let Some(data) = of("data: ") {
                        each(of("event: ").unwrap_or("change"), data)?;
                    }
                }
            }
            Ok(())
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        after: Option<u64>,
    ) -> Result<Response<Incoming>> {
        let stream = UnixStream::connect(&self.path).await.map_err(|error| self.nobody(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the server's answer, or with it.
        tokio::spawn(connection);
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{ROOT}{path}"))
            .header("host", "lineside")
            .header("content-type", "application/json");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = sender.send_request(request.body(Full::new(body))?).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let text = response.into_body().collect().await?.to_bytes();
        match serde_json::from_slice::<ApiError>(&text) {
            Ok(ApiError { error, .. }) => bail!(error),
            Err(_) => bail!("the server says {status}: {}", String::from_utf8_lossy(&text)),
        }
    }

    fn nobody(&self, error: &std::io::Error) -> anyhow::Error {
        let path = self.path.display();
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                anyhow!("{path} may not be used by this user: use the one that the server runs as")
            }
            _ => anyhow!(
                "no server answers at {path} ({error}): start one with `lineside serve`, or name its directory with \
                 --data DIR"
            ),
        }
    }
}

/// Part of a path.
pub fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
