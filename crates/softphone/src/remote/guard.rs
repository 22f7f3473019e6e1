//! Who may ask: bearers of the token, or, where there is none, programs of this machine.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::routes::Shared;

/// Lets a request pass, or not.
pub(super) async fn guard(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let refusal = match &shared.token {
        Some(token) if bears(request.headers(), request.uri(), token) => None,
        Some(_) => Some((StatusCode::UNAUTHORIZED, "send the token: Authorization: Bearer …")),
        None if is_local(request.headers()) => None,
        None => Some((StatusCode::FORBIDDEN, "without a token only programs of this machine may ask")),
    };
    match refusal {
        Some((status, why)) => (status, axum::Json(serde_json::json!({ "error": why }))).into_response(),
        None => next.run(request).await,
    }
}

/// The token as `Authorization: Bearer`, or as `token` of the address, for WebSockets of browsers.
fn bears(headers: &HeaderMap, uri: &Uri, token: &str) -> bool {
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = text.and_then(|text| text.strip_prefix("Bearer "));
    let query = uri.query().and_then(|query| query.split('&').find_map(|part| part.strip_prefix("token=")));
    bearer.or(query).is_some_and(|given| is_same(given.as_bytes(), token.as_bytes()))
}

/// Compares in a time that does not tell how much is right.
pub(crate) fn is_same(given: &[u8], token: &[u8]) -> bool {
    let differs = given.iter().zip(token).fold(0, |differs, (a, b)| differs | (a ^ b));
    given.len() == token.len() && differs == 0
}

/// Neither a page of another site (`Origin`) nor a name that was bent to this machine (`Host`).
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let origin = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or("?"));
    let origin_host = origin.map(|origin| origin.split_once("://").map_or("?", |(_, host)| host));
    host.is_some_and(is_loopback) && origin_host.is_none_or(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(""),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for (host, local) in [
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:80", true),
            ("127.0.0.1", true),
            ("evil.example:8080", false),
            ("127.0.0.1.evil.example", false),
            ("192.0.2.1:80", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), local, "{host}");
        }
        let headers = |host: &'static str, origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a value"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().expect("a value"));
            }
            headers
        };
        assert!(is_local(&headers("localhost:1", None)));
        assert!(is_local(&headers("localhost:1", Some("http://localhost:3000"))));
        assert!(!is_local(&headers("localhost:1", Some("https://evil.example"))));
        assert!(!is_local(&headers("localhost:1", Some("null"))));
        assert!(!is_local(&HeaderMap::new()));
    }

    #[test]
    fn the_token_must_be_whole() {
        assert!(is_same(b"secret", b"secret"));
        for wrong in [&b""[..], b"secre", b"secretx", b"Secret"] {
            assert!(!is_same(wrong, b"secret"));
        }
    }
}
