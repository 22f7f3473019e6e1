//! Fetches pages as phones do, over HTTP and HTTPS.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::{Content, Icon, Page, PageError, Picture, Refresh};

/// Bytes of a page.
pub const PAGE_BYTES_MAX: u64 = 256 * 1024;
/// How long a service may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// A page is fetched anew no sooner than this.
const REFRESH_MIN: Duration = Duration::from_secs(1);

/// Whose certificates a phone believes, beside those of the public authorities.
#[derive(Debug, Clone, Default)]
pub struct Trust(Vec<Certificate<'static>>);

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(Certificate::der).eq(other.0.iter().map(Certificate::der))
    }
}

impl Eq for Trust {}

/// Why certificates can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file can't be read.
    #[error("{0}: {1}")]
    Read(String, std::io::Error),
    /// There is none in it.
    #[error("{0} holds no certificate in PEM form")]
    None(String),
}

impl Trust {
    /// Those of a PEM file, instead of the public authorities.
    pub fn of_file(path: &Path) -> Result<Trust, TrustError> {
        let name = || path.display().to_string();
        let pem = std::fs::read(path).map_err(|error| TrustError::Read(name(), error))?;
        let certificate = |item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        };
        let found: Vec<_> = parse_pem(&pem).filter_map(certificate).collect();
        if found.is_empty() { Err(TrustError::None(name())) } else { Ok(Trust(found)) }
    }

    pub(crate) fn config(&self) -> TlsConfig {
        let roots = match self.0.is_empty() {
            true => RootCerts::WebPki,
            false => RootCerts::Specific(Arc::new(self.0.clone())),
        };
        TlsConfig::builder().root_certs(roots).build()
    }
}

/// What a phone says of itself when it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub url: String,
    /// Device name, for `#DEVICENAME#` in addresses.
    pub device: String,
    /// The model.
    pub model: String,
    /// Whom it believes.
    pub trust: Trust,
}

/// Why a page did not come.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none that phones know.
    #[error("{0} is no http or https address")]
    Address(String),
    /// The server refused or was silent.
    #[error("{url}: {reason}")]
    Http {
        /// Where.
        url: String,
        /// What happened.
        reason: String,
    },
    /// What came is no page.
    #[error(transparent)]
    Page(#[from] PageError),
}

/// Fetches a page, and the picture that it names; takes as long as the servers do, ten seconds each at most.
pub fn fetch(wanted: &Wanted) -> Result<Page, FetchError> {
    let answer = answer_of(wanted, &wanted.url)?;
    let mut page = Page::read(&answer.body)?;
    page.refresh = answer.refresh.and_then(|wish| refresh(&wish, &wanted.url));
    page.is_passing = answer.is_passing;
    page.address.clone_from(&wanted.url);
    if let Content::PictureAt(url, items) = &page.content {
        // A picture that can't be had or read stays an address.
        let picture = answer_of(wanted, url).ok().and_then(|answer| Picture::of_png(&answer.body));
        if let Some(picture) = picture {
            page.content = Content::Picture(picture, items.clone());
        }
    }
    for (_, icon) in &mut page.icons {
        if let Icon::At(url) = icon
            && let Some(picture) =
                answer_of(wanted, url).ok().and_then(|answer| Picture::of_png(&answer.body))
        {
            *icon = Icon::of(&picture);
        }
    }
    Ok(page)
}

/// What a server says.
struct Answer {
    body: Vec<u8>,
    refresh: Option<String>,
    is_passing: bool,
}

fn answer_of(wanted: &Wanted, url: &str) -> Result<Answer, FetchError> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(FetchError::Address(url.to_owned()));
    }
    let asked = url.replace("#DEVICENAME#", &wanted.device);
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None);
    let agent: ureq::Agent = config.tls_config(wanted.trust.config()).build().into();
    let failed = |reason: String| FetchError::Http { url: url.to_owned(), reason };
    let model = format!("CP-{}", wanted.model);
    let mut response = agent
        .get(&asked)
        .header("Accept", "x-CiscoIPPhone/*;text/xml;text/*;image/png")
        .header("x-CiscoIPPhoneModelName", &model)
        .header("x-CiscoIPPhoneDisplay", "298, 168, 12, C")
        .header("x-CiscoIPPhoneSDKVersion", "3.2.1")
        .call()
        .map_err(|error| failed(error.to_string()))?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let refresh = header("refresh");
    // Every way to say that it is old already.
    let is_passing =
        header("expires").is_some_and(|when| matches!(when.trim(), "-1" | "0") || when.contains("1970"));
    let body = response.body_mut().with_config().limit(PAGE_BYTES_MAX).read_to_vec();
    let body = body.map_err(|error| failed(error.to_string()))?;
    Ok(Answer { body, refresh, is_passing })
}

/// `5; url=http://…`: seconds, and where from then; either may be absent.
fn refresh(wish: &str, own: &str) -> Option<Refresh> {
    let (secs, rest) = wish.split_once([';', ',']).unwrap_or((wish, ""));
    let rest = rest.trim();
    let url = match rest.get(..4) {
        Some(word) if word.eq_ignore_ascii_case("url=") => rest[4..].trim_matches(['"', '\'', ' ']),
        _ => "",
    };
    let url = match url {
        "" => own.to_owned(),
        path if path.starts_with('/') => format!("{}{path}", origin(own)),
        url => url.to_owned(),
    };
    let after = match secs.trim() {
        "" => None,
        secs => Some(Duration::from_secs(secs.parse().ok()?).max(REFRESH_MIN)),
    };
    Some(Refresh { after, url })
}

/// Scheme and host of an address.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |end| &url[..host + end])
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// A server that answers by path, as often as it has answers.
    fn serve(answers: Vec<(&'static str, Vec<u8>)>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = listener.local_addr().expect("an address").to_string();
        let place = at.clone();
        std::thread::spawn(move || {
            for (path, body) in answers {
                let (mut stream, _) = listener.accept().expect("a request");
                let mut request = vec![0; 4096];
                let len = stream.read(&mut request).expect("a request");
                let head = String::from_utf8_lossy(&request[..len]).into_owned();
                assert!(head.starts_with(&format!("GET {path} ")), "{head}");
                assert!(head.to_ascii_lowercase().contains("x-ciscoipphonemodelname: cp-7975"), "{head}");
                let body = match String::from_utf8(body) {
                    Ok(text) => text.replace("//AT/", &format!("//{place}/")).into_bytes(),
                    Err(picture) => picture.into_bytes(),
                };
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nRefresh: 3; url=/next\r\nExpires: -1\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                )
                .expect("written");
                stream.write_all(&body).expect("written");
            }
        });
        at
    }

    #[test]
    fn a_page_brings_its_picture() {
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, 1, 1);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&[0]).expect("a pixel");
        writer.finish().expect("an end");
        let page =
            "<CiscoIPPhoneImageFile><Title>P</Title><URL>http://AT/p.png</URL></CiscoIPPhoneImageFile>";
        let at = serve(vec![("/x?d=SEP1", page.into()), ("/p.png", png)]);
        let wanted = Wanted {
            url: format!("http://{at}/x?d=#DEVICENAME#"),
            device: "SEP1".to_owned(),
            model: "7975".to_owned(),
            trust: Trust::default(),
        };
        let found = fetch(&wanted).expect("a page");
        assert!(
            matches!(&found.content, Content::Picture(picture, _) if picture.shade(0, 0) == 255),
            "{found:?}"
        );
        let next = Refresh { after: Some(Duration::from_secs(3)), url: format!("http://{at}/next") };
        assert_eq!((found.refresh, found.is_passing), (Some(next), true));
        assert_eq!(found.address, wanted.url);
        let elsewhere = Wanted { url: "file:///etc/passwd".to_owned(), ..wanted };
        assert!(matches!(fetch(&elsewhere), Err(FetchError::Address(_))));
    }

    #[test]
    fn a_refresh_says_when_and_where() {
        let own = "https://h:1/a/b?c";
        let check = |wish, secs: Option<u64>, url: &str| {
            let expect = secs.map(|secs| Refresh { after: Some(Duration::from_secs(secs)), url: url.into() });
            assert_eq!(refresh(wish, own), expect, "{wish}");
        };
        check("5", Some(5), own);
        check("0; URL='http://x/'", Some(1), "http://x/");
        check("7; url=/d", Some(7), "https://h:1/d");
        check("soon", None, "");
        assert_eq!(refresh(";url=http://x/", own), Some(Refresh { after: None, url: "http://x/".into() }));
    }

    #[test]
    fn https_is_spoken_with_those_who_are_believed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let openssl = |arguments: &[&str]| {
            let mut command = std::process::Command::new("openssl");
            command.args(arguments).current_dir(folder.path()).stdout(std::process::Stdio::null());
            command.stderr(std::process::Stdio::null());
            command
        };
        let made = openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "own.pem",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .status();
        if made.is_err() {
            assert!(std::env::var_os("CI").is_none(), "openssl is absent: `cargo xtask setup` installs it");
            eprintln!("SKIPPED: openssl is absent: pages over https are not tested");
            return;
        }
        let page = "<CiscoIPPhoneText><Title>Safe</Title><Text>hush</Text></CiscoIPPhoneText>";
        let answer = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        std::fs::write(path("page"), answer).expect("written");
        // Free a moment ago; s_server takes no number that it has to find.
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let accept = format!("127.0.0.1:{port}");
        let mut server =
            openssl(&["s_server", "-accept", &accept, "-cert", "own.pem", "-key", "key.pem", "-HTTP"])
                .spawn()
                .expect("openssl runs");
        while std::net::TcpStream::connect(&accept).is_err() {
            assert!(server.try_wait().expect("it can be asked").is_none(), "it serves");
            std::thread::yield_now();
        }
        let wanted = |trust| Wanted {
            url: format!("https://{accept}/page"),
            device: "SEP1".to_owned(),
            model: "7975".to_owned(),
            trust,
        };
        let stranger = fetch(&wanted(Trust::default())).map_err(|error| error.to_string());
        let known = fetch(&wanted(Trust::of_file(&path("own.pem")).expect("a certificate")));
        // It may have ended by itself.
        let _ = server.kill();
        server.wait().expect("it ends");
        assert!(stranger.as_ref().is_err_and(|why| why.contains("ertificate")), "{stranger:?}");
        assert_eq!(known.expect("a page").title, "Safe");
        assert!(matches!(Trust::of_file(&path("page")), Err(TrustError::None(_))));
    }
}
