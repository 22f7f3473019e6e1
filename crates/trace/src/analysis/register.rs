//! Registrations: what phones say of themselves, and how their connections fare.

use skinny::codes as c;
use skinny::message::Message;
use skinny::{catalogue, text::until_nul};

use super::analyst::{Analyst, shown, text};
use super::desks::Desk;
use super::model::{
    Alarm, Finding, FindingKind, Line, MessageRef, Registration, RegistrationState, ResetKind,
};
use super::session::Context;
use super::{ALARMS_KEPT, LINES_KEPT};

impl Analyst {
    /// A message that concerns the phone as a whole.
    #[inline]
    pub(super) fn register(&mut self, context: Context, message: &Message<'_>) {
        match message {
            Message::KeepAliveReq(_) => self.keepalive(context),
            Message::KeepAliveAck(_) => self.keepalive_ack(context),
            _ => {
                self.register_rarely(context, message);
                self.desks.list(context.session);
            }
        }
    }

    fn keepalive(&mut self, Context { session, at, .. }: Context) {
        let Desk { session: state, registration, .. } = &mut self.desks[session.index()];
        let alive = &mut registration.keepalives;
        if let Some((before, answered)) = state.keepalive {
            let gap = at.time.since(before).max(0);
            let gap_ms = u32::try_from(gap / 1_000_000).unwrap_or(u32::MAX);
            alive.gap_ms_max = alive.gap_ms_max.max(gap_ms);
            let interval_ms = u64::from(alive.interval_secs) * 1000;
            if interval_ms > 0 && u64::from(gap_ms) > interval_ms + interval_ms / 2 {
                let whole = (u64::from(gap_ms) + interval_ms / 2) / interval_ms;
                alive.missed = alive.missed.saturating_add(u32::try_from(whole - 1).unwrap_or(u32::MAX));
            }
            alive.unanswered += u32::from(!answered && alive.answered > 0);
        }
        alive.sent += 1;
        state.keepalive = Some((at.time, false));
        let is_first_word = registration.messages <= 1 && registration.from_start;
        if is_first_word && registration.state == RegistrationState::Before {
            registration.state = RegistrationState::Standby;
        }
    }

    fn keepalive_ack(&mut self, Context { session, .. }: Context) {
        self.desks[session.index()].registration.keepalives.answered += 1;
        if let Some((_, answered)) = &mut self.desks[session.index()].session.keepalive {
            *answered = true;
        }
    }

    fn register_rarely(&mut self, context: Context, message: &Message<'_>) {
        let Context { session, at, .. } = context;
        if let Message::RegisterReq(request) = message {
            name(&mut self.desks[session.index()].registration, request.sid.device_name.text());
            self.look_for_twin(session);
        }
        let Desk { session: state, registration, .. } = &mut self.desks[session.index()];
        let charset = state.charset();
        match message {
            Message::RegisterReq(request) => {
                state.offered = request.protocol_ver;
                registration.state = RegistrationState::Asked;
                let device = registration.device.get_or_insert_default();
                device.model = model(request.device_type);
                device.offered = request.protocol_ver;
                device.instance = request.sid.instance;
                device.asked = Some(at);
                let said = request.station_ip_addr.0;
                device.said_address = (!said.is_unspecified()).then_some(said.into());
                let load = request.firmware_load_name.text();
                if !load.is_empty() {
                    device.firmware = Some(text(load, charset));
                }
            }
            Message::RegisterAck(answer) => {
                state.negotiated =
                    answer.max_protocol_ver.min(state.offered.max(1)).min(catalogue::VERSION_MAX);
                state.utf8 = answer.phone_features.0.contains(c::PhoneFeatures::UTF_8_TEXT);
                registration.protocol = state.negotiated;
                registration.state = RegistrationState::Registered;
                registration.registered = Some(at);
                registration.keepalives.interval_secs = answer.keep_alive_interval;
            }
            Message::RegisterReject(refusal) => {
                registration.state = RegistrationState::Rejected { text: text(refusal.text.text(), charset) };
                registration.findings.push(Finding {
                    kind: FindingKind::Rejected,
                    text: format!(
                        "The call manager refused the registration: \"{}\".",
                        text(refusal.text.text(), charset)
                    )
                    .into(),
                    shown_by: shown(at),
                });
            }
            Message::RegisterTokenReq(request) => {
                name(registration, request.sid.device_name.text());
                registration.state = RegistrationState::AskedToken;
                registration.device.get_or_insert_default().model = model(request.device_type);
            }
            Message::SPCPRegisterTokenReq(request) => {
                name(registration, request.sid.device_name.text());
                registration.state = RegistrationState::AskedToken;
                registration.device.get_or_insert_default().model = model(request.device_type);
            }
            Message::RegisterTokenReject(refusal) => {
                registration.state =
                    RegistrationState::TokenRefused { wait_secs: refusal.wait_time_before_next_req };
            }
            Message::SPCPRegisterTokenReject(refusal) => {
                registration.state =
                    RegistrationState::TokenRefused { wait_secs: refusal.wait_time_before_next_req };
            }
            Message::UnregisterReq(_) => state.rare().unregistered = true,
            Message::UnregisterAck(answer) if answer.status == c::DeviceUnregisterStatus::OK => {
                registration.state = RegistrationState::Unregistered;
            }
            Message::Reset(order) => {
                state.rare().ordered_reset = Some(match order.reset_type {
                    c::DeviceResetType::RESET => ResetKind::Reset,
                    c::DeviceResetType::RESTART => ResetKind::Restart,
                    c::DeviceResetType::APPLY_CONFIG => ResetKind::ApplyConfig,
                    other => ResetKind::Other(other.0),
                });
            }
            Message::Alarm(alarm) => {
                let severity = alarm.alarm_severity.to_string();
                take_alarm(registration, at, &severity, &text(alarm.text.text(), charset));
            }
            Message::XMLAlarm(alarm) => {
                take_alarm(registration, at, "XML", &text(until_nul(alarm.alarm_info.text()), charset));
            }
            Message::LineStatRes(line) => take_line(
                registration,
                line.line_number.0,
                text(line.line_dir_number.text(), charset),
                text(line.line_fully_qualified_display_name.text(), charset),
            ),
            Message::LineStatV2Res(line) => take_line(
                registration,
                line.line_number.0,
                text(line.line_dir_number.text(), charset),
                text(line.line_fully_qualified_display_name.text(), charset),
            ),
            Message::ConfigStatRes(config) => {
                let server = config.server_name.text();
                if !server.is_empty() {
                    registration.device.get_or_insert_default().server_name = Some(text(server, charset));
                }
            }
            Message::SoftKeyTemplateRes(template) => {
                let definitions = template.soft_key_template.definition.iter();
                state.rare().template = definitions.map(|key| key.soft_key_event.0).collect();
            }
            Message::SoftKeySetRes(sets) => {
                let definitions = sets.soft_key_sets.definition.iter();
                state.rare().sets = definitions
                    .map(|set| set.soft_key_template_index.iter().map(|place| place.0.0 as u8).collect())
                    .collect();
            }
            _ => {}
        }
    }
}

fn model(device: c::DeviceType) -> Option<(u32, Box<str>)> {
    Some((device.0, device.to_string().into()))
}

fn name(registration: &mut Registration, bytes: &[u8]) {
    let name = text(bytes, skinny::text::Charset::Unknown);
    if !name.is_empty() {
        registration.phone.name = Some(name);
    }
}

fn take_line(registration: &mut Registration, instance: u32, number: Box<str>, name: Box<str>) {
    if number.is_empty() {
        return;
    }
    let lines = &mut registration.device.get_or_insert_default().lines;
    let line = Line { instance, number, name };
    match lines.iter().position(|known| known.instance == instance) {
        Some(known) => lines[known] = line,
        None if lines.len() < LINES_KEPT => lines.push(line),
        None => {}
    }
}

/// `25: Name=SEP001122334455 Load=P00308010200 Last=Phone-Keypad`: number, name, load, why it left service.
fn take_alarm(registration: &mut Registration, at: MessageRef, severity: &str, said: &str) {
    if let Some(found) = between(said, "Name=", ' ').filter(|found| !found.is_empty()) {
        registration.phone.name.get_or_insert_with(|| found.into());
    }
    let device = registration.device.get_or_insert_default();
    if let Some(load) = between(said, "Load=", ' ').filter(|load| !load.is_empty()) {
        device.firmware.get_or_insert_with(|| load.into());
    }
    if device.alarms.len() < ALARMS_KEPT {
        let alarm = Alarm { at, severity: severity.into(), text: said.into(), reason: alarm_reason(said) };
        device.alarms.push(alarm);
    }
}

fn between<'t>(text: &'t str, key: &str, end: char) -> Option<&'t str> {
    let (_, rest) = text.split_once(key)?;
    Some(rest.split(end).next().unwrap_or(rest))
}

/// What an alarm's text says of why the phone left service.
fn alarm_reason(said: &str) -> Option<Box<str>> {
    let number = said.split(':').next().and_then(|number| number.trim().parse::<u32>().ok());
    let known = number.and_then(|number| c::AlarmReason(number).name());
    let last = between(said, "Last=", ' ').filter(|last| !last.is_empty());
    let xml =
        between(said, "LastOutOfServiceInformation", '>').and(between(said, "ReasonForOutOfService\">", '<'));
    match (known, last.or(xml)) {
        (Some(known), Some(last)) => Some(format!("{known}; last out of service: {last}").into()),
        (Some(known), None) => Some(known.into()),
        (None, Some(last)) => Some(format!("last out of service: {last}").into()),
        (None, None) => None,
    }
}

/// What a connection shows when all is said.
pub(super) fn judge(registration: &mut Registration) {
    let at = |message: Option<MessageRef>| message.map(shown).unwrap_or_default();
    let asked = registration.device.as_ref().and_then(|device| device.asked);
    let mut found = |kind: FindingKind, text: String, shown_by| {
        registration.findings.push(Finding { kind, text: text.into(), shown_by });
    };
    if registration.state == RegistrationState::Asked {
        found(
            FindingKind::NoAnswerToRegister,
            "The phone asked to register and got no answer. A firewall that lets the connection through but not the data, or a call manager that is overloaded, looks like this.".into(),
            at(asked),
        );
    }
    let alive = registration.keepalives;
    if alive.missed > 0 {
        found(
            FindingKind::KeepAliveLoss,
            format!(
                "{} keepalives did not come in time (interval {} s, longest pause {:.1} s).",
                alive.missed,
                alive.interval_secs,
                f64::from(alive.gap_ms_max) / 1000.0
            ),
            Vec::new(),
        );
    }
    if alive.unanswered > 0 {
        found(
            FindingKind::KeepAliveLoss,
            format!("{} keepalives got no answer, {} did.", alive.unanswered, alive.answered),
            Vec::new(),
        );
    }
    let alarms = registration.device.as_ref().map(|device| device.alarms.clone()).unwrap_or_default();
    for alarm in alarms {
        let kind = match alarm.text.contains("Waiting for") {
            true => FindingKind::Unanswered,
            false if matches!(&*alarm.severity, "Informational" | "XML" | "TraceInfo") => continue,
            false => FindingKind::AlarmRaised,
        };
        let text = format!("The phone raised an alarm ({}): \"{}\".", alarm.severity, alarm.text);
        registration.findings.push(Finding { kind, text: text.into(), shown_by: shown(alarm.at) });
    }
    if let (Some(device), Some(address)) = (&registration.device, registration.phone.address)
        && let Some(said) = device.said_address
        && said != address.ip()
    {
        let text = format!(
            "The phone says that its address is {said}; its packets come from {}. Something on the way translates addresses: media sent to {said} will not arrive from outside.",
            address.ip()
        );
        let kind = FindingKind::AddressTranslation;
        let shown_by = at(device.asked);
        registration.findings.push(Finding { kind, text: text.into(), shown_by });
    }
}
