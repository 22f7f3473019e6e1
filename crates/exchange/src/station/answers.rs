//! Answers to what a phone asks about itself. Every request is answered at once, also for an index that
//! the phone does not have: a phone with an unanswered request never finishes its registration.

use std::collections::BTreeMap;

use skinny::codes::{ButtonType, LineTypes, SubscribeCause};
use skinny::message as m;
use skinny::message::structs::DeviceIdentifier;
use skinny::table::Table;
use skinny::types::{Address, Count, FixedText, LineInstance, NulText, Number, Port};

use super::clock::time_and_date;
use super::{Form, Phone, Station, softkey, template};
use crate::Exchange;
use crate::feature::Forwards;
use crate::input::ForwardWhen;
use crate::plan::Lines;
use crate::plan::Recording;
use crate::table::StationId;

/// What a line shows of a call: number and name of the caller, number dialled and redirected (a 7961 was
/// sent 15).
const LINE_TYPE: LineTypes = LineTypes(15);

/// What an answer may look at.
pub(crate) struct Asked<'a> {
    /// Who asks.
    pub(crate) station: &'a Station,
    /// Directory numbers.
    pub(crate) lines: &'a Lines,
    /// Where calls to a number go instead.
    pub(crate) forwards: &'a BTreeMap<String, Forwards>,
    /// Name of the server.
    pub(crate) server: &'a str,
}

impl Exchange {
    /// Answers a phone.
    pub(crate) fn answer_request(&mut self, id: StationId, answer: impl FnOnce(&mut Phone<'_>, &Asked<'_>)) {
        let Some(station) = self.state.stations.get(id) else { return };
        let asked = Asked {
            station,
            lines: &self.state.lines,
            forwards: &self.state.forwards,
            server: &self.plan.site.name,
        };
        if let Some(mut phone) = Phone::of(station, &mut self.out) {
            answer(&mut phone, &asked);
        }
    }

    /// Which keys work at a phone, until it asks for its softkeys again.
    pub(crate) fn settle_keys(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let (lines, features) = (&self.state.lines, &self.plan.site.features);
        let in_group =
            |line| lines.get(line).is_some_and(|line| features.pickup_groups.contains_key(&line.number));
        let keys =
            softkey::Works {
                pickup: station.config.lines.iter().any(|button| in_group(button.line)),
                park: !features.park_slots.is_empty(),
                hunt: station
                    .config
                    .lines
                    .iter()
                    .any(|button| lines.get(button.line).is_some_and(|line| line.in_hunt)),
                call_back: features.call_back_secs > 0,
                meet_me: !features.meet_me.is_empty(),
                barge: features.barge,
                privacy: features.privacy,
                divert: self.divert_number().is_some(),
                record: station.config.lines.iter().any(|button| {
                    lines.get(button.line).is_some_and(|line| line.record == Recording::OnDemand)
                }),
            };
        if let Some(station) = self.state.stations.get_mut(id) {
            station.keys = keys;
        }
    }

    /// Tells a phone the time.
    pub(crate) fn tell_time(&mut self, id: StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let offset = self.plan.utc_offset_secs(&station.device, self.now.unix_ms);
        let time = time_and_date(self.now.unix_ms, offset);
        self.answer_request(id, |phone, _| phone.send(&time));
    }
}

/// Number and name of the line with an instance, and its label.
fn line<'a>(asked: &Asked<'a>, instance: u32) -> (&'a str, &'a str, &'a str) {
    let Some(button) = asked.station.config.line(instance) else { return ("", "", "") };
    let Some(line) = asked.lines.get(button.line) else { return ("", "", "") };
    let or_number = |text: &'a str| if text.is_empty() { line.number.as_str() } else { text };
    (&line.number, or_number(&line.name), or_number(&button.label))
}

/// LineStatReq.
pub(crate) fn line_stat(phone: &mut Phone<'_>, asked: &Asked<'_>, instance: LineInstance) {
    let (number, name, label) = line(asked, instance.0);
    let (name, label) = (phone.text(name), phone.text(label));
    if phone.profile.is_dynamic(Form::LineStat) {
        phone.send(&m::LineStatV2Res {
            line_number: instance,
            line_type: LINE_TYPE,
            line_dir_number: NulText::new(number.as_bytes()),
            line_fully_qualified_display_name: NulText::new(&name),
            line_text_label: NulText::new(&label),
        });
    } else {
        phone.send(&m::LineStatRes {
            line_number: instance,
            line_dir_number: FixedText::new(number.as_bytes()),
            line_fully_qualified_display_name: FixedText::new(&name),
            line_text_label: FixedText::new(&label),
            line_display_options: LINE_TYPE.0,
        });
    }
}

/// SpeedDialStatReq.
pub(crate) fn speed_dial_stat(phone: &mut Phone<'_>, asked: &Asked<'_>, instance: u32) {
    let dial = asked.station.config.speed_dial(instance);
    let (number, label) = dial.map_or(("", ""), |dial| (&dial.number, &dial.label));
    let label = phone.text(label);
    if phone.profile.is_dynamic(Form::SpeedDialStat) {
        phone.send(&m::SpeedDialStatV2Res {
            speed_dial_number: instance,
            speed_dial_dir_number: NulText::new(number.as_bytes()),
            speed_dial_display_name: NulText::new(&label),
        });
    } else {
        phone.send(&m::SpeedDialStatRes {
            speed_dial_number: instance,
            speed_dial_dir_number: FixedText::new(number.as_bytes()),
            speed_dial_display_name: FixedText::new(&label),
        });
    }
}

/// ForwardStatReq: where the calls of a line go. An active forward is 1, and 2 from version 18 on
/// (chan-sccp).
pub(crate) fn forward_stat(phone: &mut Phone<'_>, asked: &Asked<'_>, instance: LineInstance) {
    let line = asked.station.config.line(instance.0).and_then(|button| asked.lines.get(button.line));
    let forwards = line.and_then(|line| asked.forwards.get(&line.number));
    let to = |when| forwards.and_then(|forwards| forwards.to(when)).unwrap_or_default();
    let on = if phone.profile.version >= 18 { 2 } else { 1 };
    let active = |to: &str| if to.is_empty() { 0 } else { on };
    let (all, busy, no_answer) = (to(ForwardWhen::Always), to(ForwardWhen::Busy), to(ForwardWhen::NoAnswer));
    phone.send(&m::ForwardStatRes {
        active_forward: active(all).max(active(busy)).max(active(no_answer)),
        line_number: instance,
        forward_all_active: active(all),
        forward_all_dirnum: Number::new(all.as_bytes()),
        forward_busy_active: active(busy),
        forward_busy_dirnum: Number::new(busy.as_bytes()),
        forward_no_answer_active: active(no_answer),
        forward_no_answerl_dirnum: Number::new(no_answer.as_bytes()),
    });
}

/// What a button for a feature or a busy lamp shows.
pub(crate) struct ButtonShown<'a> {
    /// Its instance.
    pub(crate) index: u32,
    /// What it is.
    pub(crate) kind: ButtonType,
    /// What stands beside it.
    pub(crate) label: &'a str,
    /// How it is lit.
    pub(crate) status: u32,
}

/// FeatureStatReq, and what the answer is no longer.
pub(crate) fn feature_stat(phone: &mut Phone<'_>, shown: &ButtonShown<'_>) {
    let label = phone.text(shown.label);
    if phone.profile.is_dynamic(Form::FeatureStat) {
        phone.send(&m::FeatureStatV2Res {
            feature_index: shown.index,
            feature_id: shown.kind,
            feature_status: shown.status,
            feature_text_label: NulText::new(&label),
        });
    } else {
        phone.send(&m::FeatureStatRes {
            feature_index: shown.index,
            feature_id: shown.kind,
            feature_text_label: FixedText::new(&label),
            feature_status: shown.status,
        });
    }
}

/// ServiceURLStatReq: there are no service buttons yet.
pub(crate) fn service_url_stat(phone: &mut Phone<'_>, _: &Asked<'_>, index: u32) {
    if phone.profile.is_dynamic(Form::ServiceUrl) {
        phone.send(&m::ServiceURLStatV2Res { service_url_index: index, ..Default::default() });
    } else {
        phone.send(&m::ServiceURLStatRes { service_url_index: index, ..Default::default() });
    }
}

/// ConfigStatReq.
pub(crate) fn config_stat(phone: &mut Phone<'_>, asked: &Asked<'_>) {
    let server = phone.text(asked.server);
    phone.send(&m::ConfigStatRes {
        sid: DeviceIdentifier {
            device_name: FixedText::new(asked.station.device.as_bytes()),
            reserved_for_future_use: 0,
            instance: 1,
        },
        user_name: FixedText::default(),
        server_name: FixedText::new(&server),
        number_of_lines: asked.station.config.lines.len() as u32,
        number_of_speed_dials: asked.station.config.speed_dials.len() as u32,
    });
}

/// ButtonTemplateReq.
pub(crate) fn button_template(phone: &mut Phone<'_>, asked: &Asked<'_>) {
    template::buttons(phone, &asked.station.config);
}

/// SoftKeyTemplateReq.
pub(crate) fn softkey_template(phone: &mut Phone<'_>, _: &Asked<'_>) {
    softkey::with_template(|template| phone.send(template));
}

/// SoftKeySetReq: the keys that do something here.
pub(crate) fn softkey_sets(phone: &mut Phone<'_>, asked: &Asked<'_>) {
    softkey::with_sets(&asked.station.config, asked.station.keys, |sets| phone.send(sets));
}

/// VersionReq: no load is forced, as CUCM answers (quirk 38).
pub(crate) fn version(phone: &mut Phone<'_>, _: &Asked<'_>) {
    phone.send(&m::VersionRes::default());
}

/// ServerReq: this server, by the address on which the phone's connection arrived (invariant 11).
pub(crate) fn servers(phone: &mut Phone<'_>, asked: &Asked<'_>) {
    let name = phone.text(asked.server);
    let local = asked.station.peer.local;
    let (names, ports) = ([FixedText::new(&name)], [Port(u32::from(local.port()))]);
    let addresses = [Address::new(local.ip())];
    phone.send(&m::ServerRes {
        server_name: Table::of(&names),
        server_tcp_listen_port: Table::of(&ports),
        server_ip_addr: Table::of(&addresses),
    });
}

/// CallCountReq: how many calls each line holds.
pub(crate) fn call_counts(phone: &mut Phone<'_>, asked: &Asked<'_>) {
    let half = |value: u32| u16::try_from(value).unwrap_or(u16::MAX);
    let of_line = |button: &super::config::LineButton| {
        let line = asked.lines.get(button.line);
        m::LineData {
            max_num_calls: line.map_or(0, |line| half(line.calls_max)),
            busy_trigger: line.map_or(0, |line| half(line.busy_trigger)),
        }
    };
    let data: Vec<m::LineData> = asked.station.config.lines.iter().map(of_line).take(42).collect();
    phone.send(&m::CallCountResp {
        total_num_of_configured_lines: asked.station.config.lines.len() as u32,
        starting_line_instance: LineInstance(1),
        line_data_entries: Count(data.len() as u32),
        line_data: Table::of(&data),
    });
}

/// SubscriptionStatReq: nothing can be subscribed to yet. A 7921 asks when its dial key is pressed on an
/// empty number.
pub(crate) fn subscription(phone: &mut Phone<'_>, request: &m::SubscriptionStatReq<'_>) {
    phone.send(&m::SubscriptionStatRes {
        transaction_id: request.transaction_id,
        subscription_feature_id: request.subscription_feature_id,
        timer: request.timer,
        cause: SubscribeCause::ROUTE_FAIL,
    });
}
