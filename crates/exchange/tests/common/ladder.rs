//! A message as a rung: its name, and of its fields those that a reader wants to see. Call references and
//! stream names are numbered in the order of their appearance.

use exchange::call::LegId;
use exchange::input::TrunkInput;
use exchange::output::{TrunkMedia, TrunkOutput};
use skinny::message::Message;
use skinny::text::Text;
use skinny::types::{CallReference, LineInstance, PassThroughPartyId};

/// Small numbers for large ones.
#[derive(Debug, Clone, Default)]
pub struct Names {
    calls: Vec<u32>,
    streams: Vec<u32>,
    legs: Vec<LegId>,
}

fn number<T: PartialEq + Copy>(seen: &mut Vec<T>, value: T) -> usize {
    if !seen.contains(&value) {
        seen.push(value);
    }
    seen.iter().position(|known| *known == value).map_or(0, |place| place + 1)
}

/// The texts of a menu in XML, without its addresses; other data as it is.
fn menu(xml: &[u8]) -> String {
    let xml = String::from_utf8_lossy(xml);
    let texts = xml.split(['<', '>']).filter(|part| !part.is_empty());
    let mut found = Vec::new();
    let mut name = false;
    for part in texts {
        if name {
            found.push(part.to_owned());
        }
        name = part == "Name" || part == "Title";
    }
    if found.is_empty() { format!(" {xml}") } else { format!(" [{}]", found.join(" | ")) }
}

fn text(bytes: &[u8]) -> String {
    Text::new(bytes).to_string()
}

/// Who sent a call on, and why; nothing when it is where it was sent first.
fn sent_on((first, first_reason): (String, u32), (last, last_reason): (String, u32)) -> String {
    let reason = skinny::codes::CallReason;
    if (first_reason, last_reason) == (0, 0) {
        return String::new();
    }
    format!(" sent on by {first} ({}) {last} ({})", reason(first_reason), reason(last_reason))
}

impl Names {
    fn at(&mut self, line: LineInstance, call: CallReference) -> String {
        match (line.0, call.0) {
            (0, 0) => String::new(),
            (line, 0) => format!(" line {line}"),
            (line, call) => format!(" line {line} call {}", number(&mut self.calls, call)),
        }
    }

    fn stream(&mut self, party: PassThroughPartyId) -> String {
        format!(" stream {}", number(&mut self.streams, party.0))
    }

    fn call(&mut self, call: CallReference) -> String {
        if call.0 == 0 { String::new() } else { format!(" call {}", number(&mut self.calls, call.0)) }
    }

    fn leg(&mut self, leg: LegId) -> String {
        format!("leg {}", number(&mut self.legs, leg))
    }

    /// A message as a rung.
    pub fn line(&mut self, message: &Message<'_>) -> String {
        let name = skinny::catalogue::name(message.id());
        let rest =
            self.call_rest(message).or_else(|| self.media_rest(message)).unwrap_or_else(|| other(message));
        format!("{name}{rest}")
    }

    fn call_rest(&mut self, message: &Message<'_>) -> Option<String> {
        Some(match message {
            Message::OffHook(m) => self.at(m.line_instance, m.call_reference),
            Message::OnHook(m) => self.at(m.line_instance, m.call_reference),
            Message::KeypadButton(m) => {
                format!(" {}{}", m.kp_button, self.at(m.line_instance, m.call_reference))
            }
            Message::Stimulus(m) => format!(" {}{}", m.stimulus, self.at(m.line_instance, m.call_reference)),
            Message::SoftKeyEvent(m) => {
                format!(" {}{}", m.soft_key_event, self.at(m.line_instance, m.call_reference))
            }
            Message::EnblocCall(m) => format!(" {}", text(m.called_party.text())),
            Message::SetRinger(m) => {
                format!(" {}{}", m.ring_mode, self.at(m.line_instance, m.call_reference))
            }
            Message::SetLamp(m) => format!(" {} {} {}", m.stimulus, m.stimulus_instance, m.lamp_mode),
            Message::SetSpeakerMode(m) => format!(" {}", m.speaker_mode),
            Message::CallState(m) => {
                format!(" {}{}", m.call_state, self.at(m.line_instance, m.call_reference))
            }
            Message::SelectSoftKeys(m) => {
                format!(" {}{}", m.soft_key_set_index, self.at(m.line_instance, m.call_reference))
            }
            Message::DisplayPromptStatus(m) => {
                format!(" {}{}", text(m.prompt_status.text()), self.at(m.line_instance, m.call_reference))
            }
            Message::DisplayPromptStatusV2(m) => {
                format!(" {}{}", text(m.prompt_status.text()), self.at(m.line_instance, m.call_reference))
            }
            Message::ClearPromptStatus(m) => self.at(m.line_instance, m.call_reference),
            Message::DisplayPriNotify(m) => format!(" {}", text(m.notify.text())),
            Message::DisplayPriNotifyV2(m) => format!(" {}", text(m.notify.text())),
            Message::ActivateCallPlane(m) => format!(" line {}", m.line_instance.0),
            Message::StartTone(m) => {
                let to = match m.tone_output_direction.0 {
                    0 => String::new(),
                    _ => format!(" to {}", m.tone_output_direction),
                };
                format!(" {}{to}{}", m.tone, self.at(m.line_instance, m.call_reference))
            }
            Message::StopTone(m) => self.at(m.line_instance, m.call_reference),
            Message::BackSpaceRes(m) => self.at(m.line_instance, m.call_reference),
            Message::DialedNumber(m) => {
                format!(" {}{}", text(m.dialed_number.text()), self.at(m.line_instance, m.call_reference))
            }
            Message::CallInfo(m) => {
                let (from, to) = (text(m.calling_party.text()), text(m.called_party.text()));
                let (from_name, to_name) =
                    (text(m.calling_party_name.text()), text(m.called_party_name.text()));
                let at = self.at(m.line_instance, m.call_reference);
                let sent_on = sent_on(
                    (text(m.original_called_party.text()), m.original_cdpn_redirect_reason),
                    (text(m.last_redirecting_party.text()), m.last_redirecting_reason),
                );
                let shown = format!("{from} ({from_name}) > {to} ({to_name})");
                format!(" {} {shown}{at} #{}{sent_on}", m.call_type, m.call_instance)
            }
            Message::CallInfoV2(m) => {
                let texts = m.strings.texts();
                let (from, to) = (text(texts.calling_party), text(texts.called_party));
                let (from_name, to_name) = (text(texts.calling_party_name), text(texts.called_party_name));
                let at = self.at(m.line_instance, m.call_reference);
                let sent_on = sent_on(
                    (text(texts.original_called_party), m.original_cdpn_redirect_reason.0),
                    (text(texts.last_redirecting_party), m.last_redirecting_reason.0),
                );
                let shown = format!("{from} ({from_name}) > {to} ({to_name})");
                format!(" {} {shown}{at} #{}{sent_on}", m.call_type, m.call_instance)
            }
            Message::CallSelectStatRes(m) => {
                format!(" {}{}", m.call_select_stat, self.at(m.line_instance, m.call_reference))
            }
            Message::UserToDeviceData(m) => menu(m.user_to_device_data.xmldata.bytes()),
            Message::UserToDeviceDataVersion1(m) => menu(m.user_to_device_data_version1.xmldata.bytes()),
            Message::DeviceToUserData(m) => menu(m.device_to_user_data.xmldata.bytes()),
            Message::DeviceToUserDataVersion1(m) => menu(m.device_to_user_data_version1.xmldata.bytes()),
            Message::CallHistoryInfo(m) => {
                format!(" {}{}", m.call_history_disposition, self.at(m.line_instance, m.call_reference))
            }
            _ => return None,
        })
    }

    fn media_rest(&mut self, message: &Message<'_>) -> Option<String> {
        Some(match message {
            Message::OpenReceiveChannel(m) => {
                let (stream, call) = (self.stream(m.pass_through_party_id), self.call(m.call_reference));
                let (codec, ms) = (m.compression_type, m.milli_second_packet_size.0);
                format!("{stream}{call} {codec} {ms} ms from {}", m.source_ip_addr.ip())
            }
            Message::OpenReceiveChannelAck(m) => {
                let stream = self.stream(m.pass_through_party_id);
                format!("{stream} {} {}:{}", m.media_reception_status, m.ip_addr.ip(), m.port_number.0)
            }
            Message::StartMediaTransmission(m) => {
                let (stream, call) = (self.stream(m.pass_through_party_id), self.call(m.call_reference));
                let (codec, ms) = (m.compression_type, m.milli_second_packet_size.0);
                let to = (m.remote_ip_addr.ip(), m.remote_port_number.0);
                let copy = match (m.mixing_mode, m.party_direction) {
                    (1, 1) => " copy of what is said",
                    (1, 2) => " copy of what is heard",
                    _ => "",
                };
                format!("{stream}{call} {codec} {ms} ms to {}:{}{copy}", to.0, to.1)
            }
            Message::StartMediaTransmissionAck(m) => {
                format!("{} {}", self.stream(m.pass_through_party_id), m.media_transmission_status)
            }
            Message::CloseReceiveChannel(m) => {
                format!("{}{}", self.stream(m.pass_through_party_id), self.call(m.call_reference))
            }
            Message::RecordingStatus(m) => format!(" {}{}", m.recording_status, self.call(m.call_reference)),
            Message::StopMediaTransmission(m) => {
                format!("{}{}", self.stream(m.pass_through_party_id), self.call(m.call_reference))
            }
            Message::ConnectionStatisticsReq(m) => {
                format!(" {}{}", text(m.directory_number.text()), self.call(m.call_reference))
            }
            Message::ConnectionStatisticsRes(m) => {
                format!(" {}{}", text(m.directory_number.text()), self.call(m.call_reference))
            }
            _ => return None,
        })
    }

    /// What the media engine is told.
    pub fn media(&mut self, order: u64, what: &exchange::media::MediaOrder) -> String {
        use exchange::media::MediaOrder as Order;
        match what {
            Order::Music { party, source, .. } => {
                let source = if source.is_empty() { String::new() } else { format!(" {source}") };
                format!("Music {order}{source} codec {} {} ms", party.codec, party.packet_ms)
            }
            Order::Announce { party, sound, locale, .. } => {
                format!("Announce {order} {} in {} codec {}", sound.word(), locale.code(), party.codec)
            }
            Order::Join { mix, party, muted, .. } => {
                let muted = if *muted { " muted" } else { "" };
                format!(
                    "Join {order} mix {} codec {} {} ms{muted}",
                    mix.0 & 0xffff_ffff,
                    party.codec,
                    party.packet_ms
                )
            }
            Order::Relay { parties, .. } => {
                let [one, two] =
                    parties.each_ref().map(|party| format!("codec {} {} ms", party.codec, party.packet_ms));
                format!("Relay {order} {one}, {two}")
            }
            Order::Tape { file, wideband } => {
                format!("Tape {order} {file}{}", if *wideband { " wideband" } else { "" })
            }
            Order::Attach { tape, order, party, consent } => {
                let tone = consent.map_or_else(
                    || "no tone".into(),
                    |consent| {
                        let to = if consent.to_recorder { "all" } else { "the others" };
                        format!("tone to {to} each {} s", consent.every_secs)
                    },
                );
                format!("Attach {} to {} party {party}, {tone}", tape.0, order.0)
            }
            Order::Copies { tape, parties, .. } => {
                format!("Copies {order} for {} codec {}", tape.0, parties[0].codec)
            }
            Order::Mute { order, muted } => format!("Mute {} {muted}", order.0),
            Order::Remote { order, party, .. } => format!("Remote {} party {party}", order.0),
            Order::Digit { order, party, digit } => format!("Digit {} party {party} {digit}", order.0),
            Order::Close(of) => format!("Close {}", of.0),
        }
    }

    /// What a trunk is told.
    pub fn trunk(&mut self, output: &TrunkOutput) -> String {
        match output {
            TrunkOutput::Accepted { token, leg } => format!("Accepted {token} as {}", self.leg(*leg)),
            TrunkOutput::Offer { leg, trunk, calling, called } => {
                format!(
                    "Offer {} on {trunk}: {} ({}) > {called}",
                    self.leg(*leg),
                    calling.number,
                    calling.name
                )
            }
            TrunkOutput::Proceeding(leg) => format!("Proceeding {}", self.leg(*leg)),
            TrunkOutput::Alerting(leg) => format!("Alerting {}", self.leg(*leg)),
            TrunkOutput::Answered(leg, party) => {
                format!("Answered {} by {} ({})", self.leg(*leg), party.number, party.name)
            }
            TrunkOutput::Connected(leg, party) => {
                format!("Connected {} with {} ({})", self.leg(*leg), party.number, party.name)
            }
            TrunkOutput::Digit(leg, digit) => format!("Digit {} {digit}", self.leg(*leg)),
            TrunkOutput::Released(leg, cause) => format!("Released {} cause {}", self.leg(*leg), cause.0),
            TrunkOutput::Media(leg, media) => {
                let leg = self.leg(*leg);
                match media {
                    TrunkMedia::Open { codec, packet_ms } => {
                        format!("Open {leg} codec {codec} {packet_ms} ms")
                    }
                    TrunkMedia::Send { to, codec, packet_ms } => {
                        format!("Send {leg} codec {codec} {packet_ms} ms to {to}")
                    }
                    TrunkMedia::Close => format!("Close {leg}"),
                }
            }
        }
    }

    /// What a trunk says.
    pub fn trunk_input(&mut self, input: &TrunkInput) -> String {
        match input {
            TrunkInput::Offer { token, calling, called, .. } => {
                format!("Offer {token}: {} ({}) > {called}", calling.number, calling.name)
            }
            TrunkInput::Proceeding(leg) => format!("Proceeding {}", self.leg(*leg)),
            TrunkInput::Alerting(leg) => format!("Alerting {}", self.leg(*leg)),
            TrunkInput::Answered(leg, party) => format!("Answered {} by {}", self.leg(*leg), party.number),
            TrunkInput::Digit(leg, digit) => format!("Digit {} {digit}", self.leg(*leg)),
            TrunkInput::Released(leg, cause) => format!("Released {} cause {}", self.leg(*leg), cause.0),
            TrunkInput::Codecs(leg, codecs) => format!("Codecs {} {codecs:?}", self.leg(*leg)),
            TrunkInput::MediaOpened(leg, address) => format!("MediaOpened {} {address}", self.leg(*leg)),
        }
    }
}

fn other(message: &Message<'_>) -> String {
    match message {
        Message::RegisterReq(m) => format!(" {} version {}", text(m.sid.device_name.text()), m.protocol_ver),
        Message::RegisterAck(m) => format!(
            " version {} keepalive {} {}",
            m.max_protocol_ver,
            m.keep_alive_interval,
            text(m.date_template.text())
        ),
        Message::RegisterReject(m) => format!(" {}", text(m.text.text())),
        Message::RegisterTokenReject(m) => format!(" wait {}", m.wait_time_before_next_req),
        Message::LineStatReq(m) => format!(" {}", m.line_number.0),
        Message::LineStatRes(m) => format!(
            " {}: {} / {} / {}",
            m.line_number.0,
            text(m.line_dir_number.text()),
            text(m.line_fully_qualified_display_name.text()),
            text(m.line_text_label.text())
        ),
        Message::LineStatV2Res(m) => format!(
            " {}: {} / {} / {}",
            m.line_number.0,
            text(m.line_dir_number.text()),
            text(m.line_fully_qualified_display_name.text()),
            text(m.line_text_label.text())
        ),
        Message::ForwardStatRes(m) if m.active_forward != 0 => {
            let to = [&m.forward_all_dirnum, &m.forward_busy_dirnum, &m.forward_no_answerl_dirnum];
            let [all, busy, no_answer] = to.map(|to| text(to.text()));
            format!(" {}: all {all:?} busy {busy:?} no answer {no_answer:?}", m.line_number.0)
        }
        Message::FeatureStatReq(m) => format!(" {}", m.feature_index),
        Message::FeatureStatRes(m) => {
            let (index, kind, status) = (m.feature_index, m.feature_id, m.feature_status);
            format!(" {index}: {kind} {status} / {}", text(m.feature_text_label.text()))
        }
        Message::FeatureStatV2Res(m) => {
            let (index, kind, status) = (m.feature_index, m.feature_id, m.feature_status);
            format!(" {index}: {kind} {status} / {}", text(m.feature_text_label.text()))
        }
        Message::SpeedDialStatReq(m) => format!(" {}", m.speed_dial_number),
        Message::SpeedDialStatRes(m) => format!(
            " {}: {} / {}",
            m.speed_dial_number,
            text(m.speed_dial_dir_number.text()),
            text(m.speed_dial_display_name.text())
        ),
        Message::ConfigStatRes(m) => format!(
            " {} {}: {} lines, {} speed dials",
            text(m.sid.device_name.text()),
            text(m.server_name.text()),
            m.number_of_lines,
            m.number_of_speed_dials
        ),
        Message::TimeDateRes(m) => {
            let t = &m.time_data_info;
            format!(" {}-{}-{} {}:{}:{}", t.w_year, t.w_month, t.w_day, t.w_hour, t.w_minute, t.w_second)
        }
        Message::ButtonTemplateRes(m) => {
            let of = |b: skinny::message::ButtonDefinition| {
                format!("{} {}", b.button_definition.0, b.instance_number)
            };
            let buttons: Vec<String> = m.button_template.definition.iter().map(of).collect();
            format!(" {}", buttons.join(", "))
        }
        Message::Reset(m) => format!(" {}", m.reset_type),
        Message::MediaPathEvent(m) => format!(" {} {}", m.media_path_id, m.media_path_event),
        Message::UnregisterAck(m) => format!(" {}", m.status),
        Message::ServerRes(m) => {
            let name = m.server_name.iter().next().map(|name| text(name.text())).unwrap_or_default();
            let port = m.server_tcp_listen_port.iter().next().unwrap_or_default().0;
            let ip = m.server_ip_addr.iter().next().unwrap_or_default().ip();
            format!(" {name} {ip}:{port}")
        }
        _ => String::new(),
    }
}
