//! `CiscoIPPhoneExecute` over HTTP: up to three links, followed one after the other; the answer says of each what came
//! of it.
//!
//! A terminal that shows the phone gets what is for its display. Without one the phone itself keeps the page that it
//! shows, and keys that only move a cursor have nothing to move.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::response::Response;
use phone::Phone;
use skinny::codes::{ButtonType, DeviceStimulus};

use super::{Site, xml};
use crate::console::{Command, Console, Goal, tell};
use crate::service::{Content, Order, Page, Target, Wanted, fetch, orders};

/// Orders that wait until the phone is idle.
pub(super) const WAITING_MAX: usize = 4;
/// How long they wait.
const IDLE_WITHIN: Duration = Duration::from_secs(600);
/// Pages that lead to pages at once.
const DEPTH_MAX: usize = 2;

/// What came of an order.
type Done = Result<(), String>;

/// Does what a body of a form says.
pub(super) async fn execute(site: Arc<Site>, body: Bytes) -> Response {
    let Some(orders) = form_value(&body, "XML").and_then(|xml| orders(xml.as_bytes()).ok()) else {
        return xml::answer(xml::error(1));
    };
    let work = move || {
        let mut answer = xml::Document::new("CiscoIPPhoneResponse");
        for order in &orders {
            let done = obey(&site, order);
            let (status, data) = match &done {
                Ok(()) => ("0", "Success"),
                Err(why) => ("1", why.as_str()),
            };
            answer = answer
                .with_attributes("ResponseItem", &[("Status", status), ("Data", data), ("URL", &order.url)]);
        }
        answer.finish()
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => xml::answer(answer),
        Err(_) => xml::answer(xml::error(2)),
    }
}

/// The value of a key in `a=1&b=2`.
fn form_value(body: &[u8], key: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let value = text.split('&').find_map(|part| part.split_once('=').filter(|(name, _)| *name == key))?.1;
    let spaced = value.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// Now, when the phone is idle, or only if it is (`Priority` 0, 1, 2).
fn obey(site: &Arc<Site>, order: &Order) -> Done {
    let is_idle = site.handle.peek(|phone| Goal::Idle.is_reached(phone));
    match order.priority {
        1 if !is_idle => wait_for_idle(site, order.url.clone()),
        2 if !is_idle => Err("the phone is busy".to_owned()),
        _ => follow(site, &order.url, 0),
    }
}

fn wait_for_idle(site: &Arc<Site>, url: String) -> Done {
    let permit = Arc::clone(&site.waiting).try_acquire_owned();
    let permit = permit.map_err(|_| "too much waits for the phone to be idle".to_owned())?;
    let site = site.clone();
    let work = move || {
        let idle =
            site.handle.wait_for("end of all calls", IDLE_WITHIN, |phone| Goal::Idle.is_reached(phone));
        if idle.is_ok() {
            // Who asked has his answer already.
            let _ = follow(&site, &url, 0);
        }
        drop(permit);
    };
    let thread = std::thread::Builder::new().name("execute".into()).spawn(work);
    thread.map(|_| ()).map_err(|error| error.to_string())
}

fn follow(site: &Site, url: &str, depth: usize) -> Done {
    let command = match Target::of(url) {
        Target::Dial(number) => Command::Dial(number),
        Target::Digits(digits) => Command::Keys(digits),
        Target::Stream(paging) => Command::Stream(paging),
        Target::UserData(application, line, call, transaction, data) => {
            let place = (application, line, call, transaction);
            return tell(&site.handle, place, &data).map_err(|refused| refused.to_string());
        }
        Target::Init(what) if what == "CallHistory" => {
            site.handle.look(Phone::forget_history);
            return Ok(());
        }
        Target::Vibrate(_) if !site.handle.peek(|phone| phone.profile().vibrates) => {
            return Err("this model does not vibrate".to_owned());
        }
        _ if site.handle.show_link(url) => return Ok(()),
        Target::Key(name) => site.handle.peek(|phone| key(phone, &name))?,
        Target::Page(url) => return site.show(&url, depth),
        Target::SoftKey(name) if matches!(name.as_str(), "Exit" | "Cancel" | "Close") => {
            *site.page() = None;
            return Ok(());
        }
        Target::Init(_) => {
            *site.page() = None;
            return Ok(());
        }
        // Nobody sees or feels it.
        Target::Display(_) | Target::Vibrate(_) => return Ok(()),
        Target::SoftKey(_) | Target::EditDial(_) | Target::Query(_) | Target::Play(_) => {
            return Err("no terminal shows this phone".to_owned());
        }
        Target::Other(_) => return Err("this phone does not know the link".to_owned()),
    };
    Console::new(site.handle.clone()).command(&command).map(|_| ()).map_err(|error| error.to_string())
}

impl Site {
    /// Fetches a page and shows it.
    fn show(&self, url: &str, depth: usize) -> Done {
        let wanted = self.handle.peek(|phone| Wanted {
            url: url.to_owned(),
            device: phone.name().to_owned(),
            model: phone.profile().model.to_owned(),
            trust: self.facts.trust.clone(),
        });
        let page: Page = fetch(&wanted).map_err(|error| error.to_string())?;
        match &page.content {
            Content::Execute(_) if depth >= DEPTH_MAX => Err("too many pages that lead to pages".to_owned()),
            Content::Execute(links) => links.iter().try_for_each(|link| follow(self, link, depth + 1)),
            _ => {
                *self.page() = Some(page);
                Ok(())
            }
        }
    }
}

/// What a key of the phone does while no menu is open.
fn key(phone: &Phone, name: &str) -> Result<Command, String> {
    let digit = name.strip_prefix("KeyPad").and_then(|key| match key {
        "Star" => Some("*"),
        "Pound" => Some("#"),
        digit => Some(digit).filter(|digit| digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit()),
    });
    let nth = |prefix: &str| name.strip_prefix(prefix)?.parse::<usize>().ok()?.checked_sub(1);
    Ok(match (name, digit) {
        (_, Some(digit)) => Command::Keys(digit.to_owned()),
        ("Speaker", _) => Command::Speaker,
        ("Headset", _) => Command::Headset,
        ("Hold", _) if phone.selected_call().is_some_and(phone::Call::is_held) => Command::Resume,
        ("Hold", _) => Command::Hold,
        ("Transfer", _) => Command::Press("Transfer".to_owned()),
        ("Redial", _) => Command::Redial,
        ("Messages", _) => Command::Button(DeviceStimulus::VOICE_MAIL, 1),
        _ => match (nth("Line"), nth("Soft")) {
            (Some(place), _) => {
                let button = phone.buttons().get(place).ok_or_else(|| format!("there is no {name}"))?;
                let instance = u32::from(button.instance);
                match button.kind {
                    ButtonType::LINE => Command::Line(instance),
                    ButtonType::SPEED_DIAL | ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL => {
                        Command::SpeedDial(instance)
                    }
                    kind => Command::Button(DeviceStimulus(kind.0), instance),
                }
            }
            (_, Some(place)) => {
                let keys = phone.softkeys();
                let key = keys.get(place).ok_or_else(|| format!("no softkey is at {name}"))?;
                Command::Press(key.name.to_owned())
            }
            _ => return Err(format!("no terminal shows this phone: {name} moves nothing")),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read() {
        assert_eq!(form_value(b"x=1&XML=%3Ca+b%3D%22c%22%2F%3E", "XML").as_deref(), Some("<a b=\"c\"/>"));
        assert_eq!(form_value(b"XML", "XML"), None);
        assert_eq!(form_value(b"XML=%ff", "XML"), None);
    }
}
