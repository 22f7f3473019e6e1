//! Who may press a phone's keys over HTTP: as on a real phone the bearer of what its authentication page knows, or of
//! the one name and password that the phone was started with. Nobody, where there is neither.

use std::fmt;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::tls::TlsConfig;

use super::{Site, xml};
use crate::remote::is_same;
use crate::service::query_escaped;

/// Authentication pages that are asked at once.
pub(super) const AT_ONCE_MAX: usize = 4;
/// How long an authentication page may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The word that it says, and nothing else.
const AUTHORIZED: &[u8] = b"AUTHORIZED";
/// Bytes of its answer that are looked at.
const ANSWER_BYTES_MAX: u64 = 256;
/// Bytes of a name or password.
const WORD_BYTES_MAX: usize = 128;

/// What a request must bear to press keys.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    /// The page that says who may (`authenticationURL` of configuration files).
    pub page: Option<String>,
    /// A name and password.
    pub login: Option<Login>,
}

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    user: String,
    password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

/// It is no name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a login is USER:PASSWORD, each of 1 to {WORD_BYTES_MAX} bytes")]
pub struct LoginError;

impl std::str::FromStr for Login {
    type Err = LoginError;

    fn from_str(text: &str) -> Result<Self, LoginError> {
        let (user, password) = text.split_once(':').ok_or(LoginError)?;
        let fits = |word: &str| (1..=WORD_BYTES_MAX).contains(&word.len());
        if !fits(user) || !fits(password) {
            return Err(LoginError);
        }
        Ok(Login { user: user.to_owned(), password: password.to_owned() })
    }
}

/// Why somebody may not. None of these words holds what he sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// He did not say who he is.
    Nameless,
    /// The phone lets nobody.
    Nobody,
    /// Name or password are wrong.
    Wrong,
    /// The authentication page said something else than the one word.
    OtherWord,
    /// It said the word, and more: a line end, a mark at the beginning.
    WordAndMore,
    /// It was not there.
    NoAnswer,
    /// Too many ask.
    Busy,
}

impl Refused {
    fn words(self) -> &'static str {
        match self {
            Refused::Nameless => "send a name and a password",
            Refused::Nobody => "the phone has neither an authentication page nor a login",
            Refused::Wrong => "wrong name or password",
            Refused::OtherWord => "the authentication page did not say AUTHORIZED",
            Refused::WordAndMore => {
                "the authentication page said more than AUTHORIZED: not a byte may stand beside it"
            }
            Refused::NoAnswer => "the authentication page did not answer",
            Refused::Busy => "too many ask at once",
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let why = [("x-lineside-reason", self.words())];
        match self {
            Refused::Nameless => {
                let realm = [(header::WWW_AUTHENTICATE, "Basic realm=\"user\"")];
                (StatusCode::UNAUTHORIZED, realm, why, xml::error(4)).into_response()
            }
            // As real phones: the status is good, the object says what is not.
            _ => (why, xml::answer(xml::error(4))).into_response(),
        }
    }
}

impl Site {
    /// Whether a request bears the right to press keys.
    pub(super) async fn allows(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let given = given(headers).ok_or(Refused::Nameless)?;
        match (&self.rights.login, &self.rights.page) {
            (Some(login), _) if login.is(&given) => Ok(()),
            (_, Some(page)) => self.ask(page, given).await,
            (Some(_), None) => Err(Refused::Wrong),
            (None, None) => Err(Refused::Nobody),
        }
    }

    async fn ask(&self, page: &str, given: Login) -> Result<(), Refused> {
        let Ok(_permit) = self.logins.try_acquire() else { return Err(Refused::Busy) };
        let device = self.handle.peek(|phone| phone.name().to_owned());
        let joint = if page.contains('?') { '&' } else { '?' };
        let address = format!(
            "{page}{joint}UserID={}&Password={}&devicename={}",
            query_escaped(&given.user),
            query_escaped(&given.password),
            query_escaped(&device)
        );
        let tls = self.facts.trust.config();
        let answer = tokio::task::spawn_blocking(move || asked(&address, tls)).await;
        match answer.ok().flatten() {
            None => Err(Refused::NoAnswer),
            Some(answer) if answer == AUTHORIZED => Ok(()),
            // A page that says UN-AUTHORIZED does not say the word.
            Some(answer) if is_word_and_more(&answer) => Err(Refused::WordAndMore),
            Some(_) => Err(Refused::OtherWord),
        }
    }
}

impl Login {
    fn is(&self, given: &Login) -> bool {
        // Both are looked at, whatever the first comes to.
        is_same(given.user.as_bytes(), self.user.as_bytes())
            & is_same(given.password.as_bytes(), self.password.as_bytes())
    }
}

fn is_word_and_more(answer: &[u8]) -> bool {
    let plain = answer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(answer);
    plain.trim_ascii() == AUTHORIZED
}

/// What the page says; errors of the client could hold the address, and so are not looked at.
fn asked(address: &str, tls: TlsConfig) -> Option<Vec<u8>> {
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None);
    let agent: ureq::Agent = config.tls_config(tls).build().into();
    let mut answer = agent.get(address).call().ok()?;
    answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().ok()
}

/// The name and password of a request.
fn given(headers: &HeaderMap) -> Option<Login> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    let bytes = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_told_to_nobody() {
        let login: Login = "admin:se:cret".parse().expect("a login");
        assert_eq!(format!("{login:?}"), "Login(…)");
        let mut headers = HeaderMap::new();
        let line = format!("Basic {}", STANDARD.encode("admin:se:cret"));
        headers.insert(header::AUTHORIZATION, line.parse().expect("a value"));
        assert!(login.is(&given(&headers).expect("it is there")));
        for wrong in ["admin", ":x", "x:", &format!("a:{}", "x".repeat(200))] {
            assert_eq!(wrong.parse::<Login>(), Err(LoginError), "{wrong}");
        }
        for wrong in ["Bearer x", "Basic ???", "Basic", "Basic YQ=="] {
            headers.insert(header::AUTHORIZATION, wrong.parse().expect("a value"));
            assert_eq!(given(&headers), None, "{wrong}");
        }
    }

    #[test]
    fn a_word_with_a_line_end_is_not_the_word() {
        assert!(is_word_and_more(b"AUTHORIZED\r\n"));
        assert!(is_word_and_more(b"\xef\xbb\xbfAUTHORIZED"));
        assert!(!is_word_and_more(b"UN-AUTHORIZED"));
    }
}
