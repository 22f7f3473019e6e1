//! Fetches pages as phones do.

use std::time::Duration;

use super::{Content, Page, PageError, Picture};

/// Bytes of a page.
pub const PAGE_BYTES_MAX: u64 = 256 * 1024;
/// How long a service may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a phone says of itself when it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub url: String,
    /// Device name, for `#DEVICENAME#` in addresses.
    pub device: String,
    /// The model.
    pub model: String,
}

/// Why a page did not come.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is none that phones know.
    #[error("{0} is no http address")]
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
    let mut page = Page::read(&bytes_of(wanted, &wanted.url)?)?;
    if let Content::PictureAt(url, items) = &page.content {
        // A picture that can't be had or read stays an address.
        let picture = bytes_of(wanted, url).ok().and_then(|bytes| Picture::of_png(&bytes));
        if let Some(picture) = picture {
            page.content = Content::Picture(picture, items.clone());
        }
    }
    Ok(page)
}

fn bytes_of(wanted: &Wanted, url: &str) -> Result<Vec<u8>, FetchError> {
    if !url.starts_with("http://") {
        return Err(FetchError::Address(url.to_owned()));
    }
    let asked = url.replace("#DEVICENAME#", &wanted.device);
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None);
    let agent: ureq::Agent = config.build().into();
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
    let body = response.body_mut().with_config().limit(PAGE_BYTES_MAX).read_to_vec();
    body.map_err(|error| failed(error.to_string()))
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
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
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
        };
        let found = fetch(&wanted).expect("a page");
        assert!(
            matches!(&found.content, Content::Picture(picture, _) if picture.shade(0, 0) == 255),
            "{found:?}"
        );
        let elsewhere = Wanted { url: "file:///etc/passwd".to_owned(), ..wanted };
        assert!(matches!(fetch(&elsewhere), Err(FetchError::Address(_))));
    }
}
