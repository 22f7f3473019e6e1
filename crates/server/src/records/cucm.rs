//! CDR and CMR in the order and with the two head lines of CUCM's files, so that billing programs take them
//! unchanged. What Lineside does not know has CUCM's value for "nothing": 0, or an empty text.

use std::net::{IpAddr, SocketAddr};

use exchange::record::CallRecord;

use super::{StreamRow, csv};

/// Whose node it is.
const NODE: &str = "1";

/// A column: name and type.
type Column = (&'static str, &'static str);

const INT: &str = "INTEGER";
const ID: &str = "UNIQUEIDENTIFIER";
const V10: &str = "VARCHAR(10)";
const V16: &str = "VARCHAR(16)";
const V32: &str = "VARCHAR(32)";
const V50: &str = "VARCHAR(50)";
const V64: &str = "VARCHAR(64)";
const V80: &str = "VARCHAR(80)";
const V128: &str = "VARCHAR(128)";
const V129: &str = "VARCHAR(129)";
const V254: &str = "VARCHAR(254)";
const V255: &str = "VARCHAR(255)";
const V600: &str = "VARCHAR(600)";
const V2048: &str = "VARCHAR(2048)";

/// Columns of a CDR.
#[rustfmt::skip]
pub const CDR: &[Column] = &[
    ("cdrRecordType", INT), ("globalCallID_callManagerId", INT), ("globalCallID_callId", INT),
    ("origLegCallIdentifier", INT), ("dateTimeOrigination", INT), ("origNodeId", INT), ("origSpan", INT),
    ("origIpAddr", INT), ("callingPartyNumber", V50), ("callingPartyUnicodeLoginUserID", V128),
    ("origCause_location", INT), ("origCause_value", INT), ("origPrecedenceLevel", INT),
    ("origMediaTransportAddress_IP", INT), ("origMediaTransportAddress_Port", INT),
    ("origMediaCap_payloadCapability", INT), ("origMediaCap_maxFramesPerPacket", INT),
    ("origMediaCap_g723BitRate", INT), ("origVideoCap_Codec", INT), ("origVideoCap_Bandwidth", INT),
    ("origVideoCap_Resolution", INT), ("origVideoTransportAddress_IP", INT),
    ("origVideoTransportAddress_Port", INT), ("origRSVPAudioStat", V64), ("origRSVPVideoStat", V64),
    ("destLegIdentifier", INT), ("destNodeId", INT), ("destSpan", INT), ("destIpAddr", INT),
    ("originalCalledPartyNumber", V50), ("finalCalledPartyNumber", V50),
    ("finalCalledPartyUnicodeLoginUserID", V128), ("destCause_location", INT), ("destCause_value", INT),
    ("destPrecedenceLevel", INT), ("destMediaTransportAddress_IP", INT),
    ("destMediaTransportAddress_Port", INT), ("destMediaCap_payloadCapability", INT),
    ("destMediaCap_maxFramesPerPacket", INT), ("destMediaCap_g723BitRate", INT), ("destVideoCap_Codec", INT),
    ("destVideoCap_Bandwidth", INT), ("destVideoCap_Resolution", INT), ("destVideoTransportAddress_IP", INT),
    ("destVideoTransportAddress_Port", INT), ("destRSVPAudioStat", V64), ("destRSVPVideoStat", V64),
    ("dateTimeConnect", INT), ("dateTimeDisconnect", INT), ("lastRedirectDn", V50), ("pkid", ID),
    ("originalCalledPartyNumberPartition", V50), ("callingPartyNumberPartition", V50),
    ("finalCalledPartyNumberPartition", V50), ("lastRedirectDnPartition", V50), ("duration", INT),
    ("origDeviceName", V129), ("destDeviceName", V129), ("origCallTerminationOnBehalfOf", INT),
    ("destCallTerminationOnBehalfOf", INT), ("origCalledPartyRedirectOnBehalfOf", INT),
    ("lastRedirectRedirectOnBehalfOf", INT), ("origCalledPartyRedirectReason", INT),
    ("lastRedirectRedirectReason", INT), ("destConversationId", INT), ("globalCallId_ClusterID", V50),
    ("joinOnBehalfOf", INT), ("comment", V2048), ("authCodeDescription", V50), ("authorizationLevel", INT),
    ("clientMatterCode", V32), ("origDTMFMethod", INT), ("destDTMFMethod", INT), ("callSecuredStatus", INT),
    ("origConversationId", INT), ("origMediaCap_Bandwidth", INT), ("destMediaCap_Bandwidth", INT),
    ("authorizationCodeValue", V32), ("outpulsedCallingPartyNumber", V50), ("outpulsedCalledPartyNumber", V50),
    ("origIpv4v6Addr", V64), ("destIpv4v6Addr", V64), ("origVideoCap_Codec_Channel2", INT),
    ("origVideoCap_Bandwidth_Channel2", INT), ("origVideoCap_Resolution_Channel2", INT),
    ("origVideoTransportAddress_IP_Channel2", INT), ("origVideoTransportAddress_Port_Channel2", INT),
    ("origVideoChannel_Role_Channel2", INT), ("destVideoCap_Codec_Channel2", INT),
    ("destVideoCap_Bandwidth_Channel2", INT), ("destVideoCap_Resolution_Channel2", INT),
    ("destVideoTransportAddress_IP_Channel2", INT), ("destVideoTransportAddress_Port_Channel2", INT),
    ("destVideoChannel_Role_Channel2", INT), ("IncomingProtocolID", INT), ("IncomingProtocolCallRef", V32),
    ("OutgoingProtocolID", INT), ("OutgoingProtocolCallRef", V32), ("currentRoutingReason", INT),
    ("origRoutingReason", INT), ("lastRedirectingRoutingReason", INT), ("huntPilotPartition", V50),
    ("huntPilotDN", V50), ("calledPartyPatternUsage", INT), ("IncomingICID", V50), ("IncomingOrigIOI", V50),
    ("IncomingTermIOI", V50), ("OutgoingICID", V50), ("OutgoingOrigIOI", V50), ("OutgoingTermIOI", V50),
    ("outpulsedOriginalCalledPartyNumber", V50), ("outpulsedLastRedirectingNumber", V50), ("wasCallQueued", INT),
    ("totalWaitTimeInQueue", INT), ("callingPartyNumber_uri", V254), ("originalCalledPartyNumber_uri", V254),
    ("finalCalledPartyNumber_uri", V254), ("lastRedirectDn_uri", V254), ("mobileCallingPartyNumber", V50),
    ("finalMobileCalledPartyNumber", V50), ("origMobileDeviceName", V129), ("destMobileDeviceName", V129),
    ("origMobileCallDuration", INT), ("destMobileCallDuration", INT), ("mobileCallType", INT),
    ("originalCalledPartyPattern", V50), ("finalCalledPartyPattern", V50), ("lastRedirectingPartyPattern", V50),
    ("huntPilotPattern", V50), ("origDeviceType", V16), ("destDeviceType", V16), ("origDeviceSessionID", V80),
    ("destDeviceSessionID", V80),
];

/// Columns of a CMR.
#[rustfmt::skip]
pub const CMR: &[Column] = &[
    ("cdrRecordType", INT), ("globalCallID_callManagerId", INT), ("globalCallID_callId", INT), ("nodeId", INT),
    ("directoryNum", V50), ("callIdentifier", INT), ("dateTimeStamp", INT), ("numberPacketsSent", INT),
    ("numberOctetsSent", INT), ("numberPacketsReceived", INT), ("numberOctetsReceived", INT),
    ("numberPacketsLost", INT), ("jitter", INT), ("latency", INT), ("pkid", ID), ("directoryNumPartition", V50),
    ("globalCallId_ClusterID", V50), ("deviceName", V129), ("varVQMetrics", V600), ("duration", INT),
    ("videoContentType", V10), ("videoDuration", INT), ("numberVideoPacketsSent", INT),
    ("numberVideoOctetsSent", INT), ("numberVideoPacketsReceived", INT), ("numberVideoOctetsReceived", INT),
    ("numberVideoPacketsLost", INT), ("videoAverageJitter", INT), ("videoRoundTripTime", INT),
    ("videoOneWayDelay", INT), ("videoReceptionMetrics", V600), ("videoTransmissionMetrics", V600),
    ("videoContentType_channel2", V10), ("videoDuration_channel2", INT),
    ("numberVideoPacketsSent_channel2", INT), ("numberVideoOctetsSent_channel2", INT),
    ("numberVideoPacketsReceived_channel2", INT), ("numberVideoOctetsReceived_channel2", INT),
    ("numberVideoPacketsLost_channel2", INT), ("videoAverageJitter_channel2", INT),
    ("videoRoundTripTime_channel2", INT), ("videoOneWayDelay_channel2", INT),
    ("videoReceptionMetrics_channel2", V600), ("videoTransmissionMetrics_channel2", V600),
    ("localSessionID", V255), ("remoteSessionID", V255),
];

/// The two head lines of a file.
pub fn head(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let types: Vec<_> = columns.iter().map(|(_, kind)| *kind).collect();
    format!("{}\n{}\n", names.join(","), types.join(","))
}

/// A CDR line.
pub fn cdr(call: &CallRecord) -> String {
    let cause = call.cause.0.to_string();
    let ended_by_caller = call.ended_by == "caller";
    // The side that hung up gives the cause; the other has none.
    let (orig_cause, dest_cause) =
        if ended_by_caller { (cause, "0".into()) } else { ("0".to_owned(), cause) };
    let codec = call.codec.unwrap_or(0).to_string();
    let packet_ms = if call.codec.is_some() { "20" } else { "0" };
    let duration = call.answer_ms.map_or(0, |answer| (call.end_ms - answer).max(0) / 1000);
    let connect = call.answer_ms.map_or(0, |answer| answer / 1000);
    row(CDR, |name| {
        Some(match name {
            "cdrRecordType" => "1".into(),
            "globalCallID_callManagerId" | "origNodeId" | "destNodeId" => NODE.into(),
            "globalCallID_callId" => call.call.to_string(),
            "origLegCallIdentifier" => call.references.first().copied().unwrap_or(0).to_string(),
            "destLegIdentifier" => call.references.last().copied().unwrap_or(0).to_string(),
            "dateTimeOrigination" => (call.start_ms / 1000).to_string(),
            "dateTimeConnect" => connect.to_string(),
            "dateTimeDisconnect" => (call.end_ms / 1000).to_string(),
            "duration" => duration.to_string(),
            "callingPartyNumber" | "outpulsedCallingPartyNumber" => call.calling.clone(),
            "originalCalledPartyNumber" | "originalCalledPartyPattern" => call.dialed.clone(),
            "finalCalledPartyNumber" | "finalCalledPartyPattern" => {
                if call.called.is_empty() {
                    call.dialed.clone()
                } else {
                    call.called.clone()
                }
            }
            "origCause_value" => orig_cause.clone(),
            "destCause_value" => dest_cause.clone(),
            "origPrecedenceLevel" | "destPrecedenceLevel" => "4".into(),
            "origIpAddr" | "origMediaTransportAddress_IP" => signed_address(call.calling_media),
            "destIpAddr" | "destMediaTransportAddress_IP" => signed_address(call.called_media),
            "origMediaTransportAddress_Port" => port(call.calling_media),
            "destMediaTransportAddress_Port" => port(call.called_media),
            "origIpv4v6Addr" => address(call.calling_media),
            "destIpv4v6Addr" => address(call.called_media),
            "origMediaCap_payloadCapability" | "destMediaCap_payloadCapability" => codec.clone(),
            "origMediaCap_maxFramesPerPacket" | "destMediaCap_maxFramesPerPacket" => packet_ms.into(),
            "pkid" => pkid(1, call.call, 0),
            "origDeviceName" => call.calling_device.clone(),
            "destDeviceName" => call.called_device.clone(),
            "globalCallId_ClusterID" => "Lineside".into(),
            "comment" => call.continued_as.map_or_else(String::new, |call| format!("continuedAs={call}")),
            _ => return None,
        })
    })
}

/// A CMR line.
pub fn cmr(row_of: &StreamRow) -> String {
    let StreamRow { stream, number, duration_secs, end_ms } = row_of;
    row(CMR, |name| {
        Some(match name {
            "cdrRecordType" => "2".into(),
            "globalCallID_callManagerId" | "nodeId" => NODE.into(),
            "globalCallID_callId" => stream.call.to_string(),
            "directoryNum" => number.clone(),
            "callIdentifier" => stream.reference.to_string(),
            "dateTimeStamp" => (end_ms / 1000).to_string(),
            "numberPacketsSent" => stream.packets_sent.to_string(),
            "numberOctetsSent" => stream.octets_sent.to_string(),
            "numberPacketsReceived" => stream.packets_received.to_string(),
            "numberOctetsReceived" => stream.octets_received.to_string(),
            "numberPacketsLost" => stream.packets_lost.to_string(),
            "jitter" => stream.jitter.to_string(),
            "latency" => stream.latency.to_string(),
            "pkid" => pkid(2, stream.call, stream.reference),
            "globalCallId_ClusterID" => "Lineside".into(),
            "deviceName" => stream.device.clone(),
            "varVQMetrics" => stream.quality.clone(),
            "duration" => duration_secs.to_string(),
            _ => return None,
        })
    })
}

fn row(columns: &[Column], value: impl Fn(&str) -> Option<String>) -> String {
    let values: Vec<String> = columns
        .iter()
        .map(|(name, kind)| {
            value(name).unwrap_or_else(|| if *kind == INT { "0".into() } else { String::new() })
        })
        .collect();
    let mut line = String::new();
    csv::line(&mut line, values.iter().map(String::as_str));
    line
}

/// An IPv4 address as CUCM writes it: its bytes in reverse, as a signed number.
fn signed_address(address: Option<SocketAddr>) -> String {
    match address.map(|address| address.ip()) {
        Some(IpAddr::V4(v4)) => i32::from_le_bytes(v4.octets()).to_string(),
        _ => "0".into(),
    }
}

fn address(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| address.ip().to_string())
}

fn port(address: Option<SocketAddr>) -> String {
    address.map_or(0, |address| address.port()).to_string()
}

/// The same record has the same id each time it is asked for. The form is that of a UUID made by us (version 8).
fn pkid(kind: u8, call: u64, reference: u32) -> String {
    let high = (call >> 48) as u16;
    let low = call & 0xffff_ffff_ffff;
    format!("{reference:08x}-{high:04x}-8{kind:03x}-8000-{low:012x}")
}
