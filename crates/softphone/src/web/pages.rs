//! What a phone tells of itself, with the elements that tools look for.

use std::net::SocketAddr;

use media::quality::VoiceQuality;
use phone::media::Stream;
use phone::{Phone, Statistics};
use quick_xml::escape::escape;
use skinny::codes::{DeviceStimulus, LampMode};

use super::xml::Document;
use super::{Facts, Rights};
use crate::handle::Handle;

/// The page at the root.
pub(super) fn index(handle: &Handle) -> String {
    const PAGES: [&str; 6] = [
        "DeviceInformationX",
        "NetworkConfigurationX",
        "PortInformationX?1",
        "StreamingStatisticsX?1",
        "StreamingStatisticsX?2",
        "CGI/Screenshot",
    ];
    let (name, model) = handle.peek(|phone| (phone.name().to_owned(), phone.profile().model));
    let links: String =
        PAGES.iter().map(|page| format!("<li><a href=\"{page}\">{page}</a></li>\n")).collect();
    let name = escape(&name);
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>{name}</title><h1>Cisco {model}, emulated: {name}</h1>\n<ul>\n{links}</ul>\n"
    )
}

/// `DeviceInformation`.
pub(super) fn device(handle: &Handle) -> String {
    handle.peek(|phone| {
        let clock = phone.clock();
        let time =
            clock.map_or_else(String::new, |c| format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second));
        let date =
            clock.map_or_else(String::new, |c| format!("{:02}/{:02}/{:02}", c.month, c.day, c.year % 100));
        let number = phone.lines().first().map_or_else(String::new, |line| line.number.to_string());
        let waits = phone
            .lamps()
            .any(|(button, _, mode)| button == DeviceStimulus::VOICE_MAIL && mode != LampMode::OFF);
        Document::new("DeviceInformation")
            .with("MACAddress", mac(phone))
            .with("HostName", phone.name())
            .with("phoneDN", number)
            .with("appLoadID", phone.profile().load)
            .with("versionID", phone.profile().load)
            .with("serialNumber", mac(phone))
            .with("modelNumber", format!("CP-{}", phone.profile().model))
            .with("MessageWaiting", if waits { "Yes" } else { "No" })
            .with("time", time)
            .with("date", date)
            .finish()
    })
}

fn mac(phone: &Phone) -> String {
    phone.config().mac().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// `NetworkConfiguration`.
pub(super) fn network(handle: &Handle, facts: &Facts, rights: &Rights) -> String {
    let or_nothing = |text: &Option<String>| text.clone().unwrap_or_default();
    handle.peek(|phone| {
        let local = phone.local_address().map_or_else(String::new, |at| at.ip().to_canonical().to_string());
        let files = facts.files.map_or_else(String::new, |at| at.ip().to_string());
        let mut page = Document::new("NetworkConfiguration")
            .with("MACAddress", mac(phone))
            .with("HostName", phone.name())
            .with("IPAddress", local)
            .with("SubNetMask", "")
            .with("DefaultRouter1", "")
            .with("DNSServer1", "")
            .with("TFTPServer1", files);
        for (n, server) in facts.servers.iter().enumerate() {
            page = page.with(&format!("CallManager{}", n + 1), call_manager(phone, n, *server));
        }
        page.with("DirectoriesURL", or_nothing(&facts.directories))
            .with("ServicesURL", or_nothing(&facts.services))
            .with("AuthenticationURL", or_nothing(&rights.page))
            .with("DHCPEnabled", "No")
            .with("WebAccess", "Yes")
            .finish()
    })
}

/// As phones show it: the address, and which of them serves.
fn call_manager(phone: &Phone, n: usize, server: SocketAddr) -> String {
    let place = u8::try_from(n).ok();
    let state = match () {
        () if phone.is_registered() && place == Some(phone.server()) => " Active",
        () if place.is_some() && place == phone.standby_server() => " Standby",
        () => "",
    };
    format!("{}{state}", server.ip().to_canonical())
}

/// `PortInformation`: there is no switch beside a phone that is none.
pub(super) fn port() -> String {
    let names = [
        "PortSpeed",
        "CDPNeighborDeviceId",
        "CDPNeighborIP",
        "CDPNeighborPort",
        "LLDPNeighborDeviceId",
        "LLDPNeighborIP",
        "LLDPNeighborPort",
    ];
    names.into_iter().fold(Document::new("PortInformation"), |page, name| page.with(name, "")).finish()
}

/// `StreamingStatistics` of a stream, from 1; the first one keeps the last call's figures.
pub(super) fn streaming(handle: &Handle, number: usize) -> String {
    let stream = number.checked_sub(1).and_then(|n| handle.peek(|phone| phone.streams().get(n).copied()));
    let last = || (number == 1).then(|| handle.audio(|audio| audio.last_call())).flatten();
    let call = stream.map(|stream| stream.call).or_else(last);
    let counted = call.map(|call| handle.statistics(call)).unwrap_or_default();
    let name = handle.peek(|phone| phone.name().to_owned());
    statistics(&name, stream.as_ref(), &counted)
}

fn statistics(name: &str, stream: Option<&Stream>, counted: &Statistics) -> String {
    let receive = stream.and_then(|stream| stream.receive);
    let send = stream.and_then(|stream| stream.send);
    let heard = VoiceQuality::parse(&counted.quality);
    let figure =
        |value: Option<f64>| value.map_or_else(|| "0.0000".to_owned(), |value| format!("{value:.4}"));
    let is_active = receive.is_some() || send.is_some();
    Document::new("StreamingStatistics")
        .with("RemoteAddr", address(send.map(|send| send.remote)))
        .with("LocalAddr", address(receive.and_then(|receive| receive.local)))
        .with("StreamStatus", if is_active { "Active" } else { "Not Ready" })
        .with("HostName", name)
        .with("SenderPackets", counted.packets_sent)
        .with("SenderOctets", counted.octets_sent)
        .with("SenderCodec", send.map_or_else(|| "None".to_owned(), |send| send.codec.to_string()))
        .with("RcvrLostPackets", counted.packets_lost)
        .with("AvgJitter", counted.jitter_ms)
        .with("RcvrCodec", receive.map_or_else(|| "None".to_owned(), |receive| receive.codec.to_string()))
        .with("RcvrPackets", counted.packets_received)
        .with("RcvrOctets", counted.octets_received)
        .with("Latency", counted.latency_ms)
        .with("MOSLQK", figure(heard.mos))
        .with("AvgMOSLQK", figure(heard.mos_average))
        .with("MinMOSLQK", figure(heard.mos_min))
        .with("MaxMOSLQK", figure(heard.mos_max))
        .with("CmltveConcealRatio", figure(heard.conceal_ratio_cumulative))
        .with("IntervalConcealRatio", figure(heard.conceal_ratio))
        .with("MaxConcealRatio", figure(heard.conceal_ratio_max))
        .with("ConcealSecs", heard.conceal_seconds.unwrap_or(0))
        .with("SeverelyConcealSecs", heard.conceal_seconds_severe.unwrap_or(0))
        .finish()
}

fn address(address: Option<SocketAddr>) -> String {
    address.map_or_else(|| "0.0.0.0/0".to_owned(), |at| format!("{}/{}", at.ip().to_canonical(), at.port()))
}
