//! Registration: who the phone is, whether it may, that both are alive.
use super::structs::{DeviceIdentifier, TimeDate};
use crate::codes as c;
use crate::table::Table;
use crate::types::{
    Address, Count, FixedText, HalfFlags, Ipv4, Ipv6, LineInstance, MacAddress, Port, RestBytes,
};

/// 280 bytes hold five bare addresses, 360 five typed ones, whatever the version.
fn server_addresses(version: u8, body: &[u8]) -> u8 {
    match body.len() {
        360.. => version.max(17),
        280..360 => version.min(16),
        _ => version,
    }
}

record! {
    /// How many calls a line holds.
    LineData {
        max_num_calls: u16,
        busy_trigger: u16,
    }
}

message! {
    /// The phone is alive. Sent every interval that RegisterAck named, also before and without
    /// registration (a standby connection).
    [Capture "body lengths seen: 0"]
    KeepAliveReq {}
}

message! {
    /// The phone asks to be served: who it is, what model, which protocol version and features it offers.
    /// Every field after the name may be missing on old phones; `protocol_ver`, `unknown` and
    /// `phone_features` are one little-endian word.
    [Capture "body lengths seen: 44 (7936), 64 (CallManager 2.x emulator), 68 (7940, 7960, 6961), 124 (7941); 172 is the longest"]
    RegisterReq<'a> {
        sid: DeviceIdentifier<'a>,
        station_ip_addr: Ipv4,
        device_type: c::DeviceType,
        /// RTP streams it can have at once
        max_streams: u32,
        active_streams: u32,
        /// highest protocol version offered
        protocol_ver: u8,
        unknown: u8,
        phone_features: HalfFlags<c::PhoneFeatures>,
        max_conferences: u32,
        active_conferences: u32,
        mac_address: MacAddress,
        ipv4_address_scope: u32,
        max_number_of_lines: u32,
        station_ipv6_addr: Ipv6,
        ipv6_address_scope: u32,
        firmware_load_name: FixedText<'a, 32>,
        config_version_stamp: FixedText<'a, 48>,
    }
}

message! {
    /// UDP port where the phone wants RTP: old phones announce it once instead of answering
    /// OpenReceiveChannel.
    [Capture "body lengths seen: 4"]
    IpPort {
        rtp_media_port: Port,
    }
}

message! {
    /// Asks for the time; for most models the last step of registration.
    [Capture "body lengths seen: 0"]
    TimeDateReq {}
}

message! {
    /// Asks which firmware to run.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    VersionReq {}
}

message! {
    /// All RTP ports of a resource with many streams, in place of IpPort.
    [Implementations "implementations only; no capture"]
    MediaPortList<'a> {
        port_count: u32,
        rtp_media_port: Table<'a, Port, 16>,
    }
}

message! {
    /// Asks for the list of call managers.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ServerReq {}
}

message! {
    /// The phone leaves; old phones give no reason.
    [Capture "body lengths seen: 0 (CM2)"]
    UnregisterReq {
        un_reg_reason_code: c::UnRegReasonCode,
    }
}

message! {
    /// A phone registered elsewhere asks whether it may come back to its primary server.
    [Implementations "chan-sccp and crate sccp-protocol; tshark differs (tests/tshark/exceptions); no capture"]
    RegisterTokenReq<'a> {
        sid: DeviceIdentifier<'a>,
        station_ip_addr: Ipv4,
        device_type: c::DeviceType,
        station_ipv6_addr: Ipv6,
        unknown_active_calls: u32,
    }
}

message! {
    /// How many lines the phone can show.
    [Capture "body lengths seen: 4"]
    RegisterAvailableLines {
        max_num_of_avail_lines: u32,
    }
}

message! {
    /// Registration accepted: keepalive intervals, date format, and the version and features that both
    /// will use. CallManager 2.x sends the first two fields only.
    [Capture "body lengths seen: 12 (CallManager 2.x)"]
    RegisterAck<'a> {
        /// seconds between keepalives to this server
        keep_alive_interval: u32,
        /// such as `M/D/Y`, `D.M.Y`; a trailing A: 12-hour clock
        date_template: FixedText<'a, 6>,
        alignment_padding: u16,
        /// seconds between keepalives to a standby server
        secondary_keep_alive_interval: u32,
        /// protocol version selected
        max_protocol_ver: u8,
        unknown: u8,
        phone_features: HalfFlags<c::PhoneFeatures>,
    }
}

message! {
    /// The time: local calendar fields, and UTC in seconds.
    [Capture "body lengths seen: 36"]
    TimeDateRes {
        time_data_info: TimeDate,
        /// Unix seconds UTC
        system_time: u32,
    }
}

message! {
    /// The firmware that the phone must run; all zeros: stay.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    VersionRes<'a> {
        version_str: FixedText<'a, 16>,
    }
}

message! {
    /// Asks for codecs.
    [Capture "body lengths seen: 0"]
    CapabilitiesReq {}
}

message! {
    /// Registration refused, with a text that the phone hardly shows.
    [Capture "body lengths seen: 36 (CM2)"]
    RegisterReject<'a> {
        text: FixedText<'a, 32>,
    }
}

message! {
    /// The list of call managers. The body's length tells the form of the addresses: 280 bytes or 360.
    [Implementations "tshark decides by length, chan-sccp by version; no capture"]
    ServerRes<'a> {
        server_name: Table<'a, FixedText<'a, 48>, 5>,
        server_tcp_listen_port: Table<'a, Port, 5>,
        server_ip_addr: Table<'a, Address, 5>,
    }
    layout server_addresses;
}

message! {
    /// Reboot, or register again, or fetch the configuration; phones put it off until idle.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    Reset {
        reset_type: c::DeviceResetType,
    }
}

message! {
    /// Answers KeepAliveReq. CallManager 2.x never sends it.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    KeepAliveAck {}
}

message! {
    /// Answers UnregisterReq.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UnregisterAck {
        status: c::DeviceUnregisterStatus,
    }
}

message! {
    /// The phone may come back.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    RegisterTokenAck {}
}

message! {
    /// The phone must wait before it asks again.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    RegisterTokenReject {
        /// seconds to wait before asking again
        wait_time_before_next_req: u32,
    }
}

message! {
    /// Where a wireless phone is, as XML.
    [Capture "body lengths seen: 2404"]
    LocationInfo<'a> {
        location_info: FixedText<'a, 2401>,
    }
}

message! {
    /// Expansion modules of the phone. The meaning of the numbers is not known; the text holds such as
    /// `max-chained=2 deviceLine=14`.
    [Capture "body lengths seen: 164 or 172 (dumps)"]
    AddOnDeviceCapabilities<'a> {
        unknown1_0159: u32,
        unknown2_0159: u32,
        unknown3_0159: u32,
        unknown_string_0159: FixedText<'a, 152>,
    }
}

message! {
    /// Asks how many calls each line holds. Up to 152 bytes of unknown meaning may follow.
    [Implementations "implementations only; tshark takes it for empty"]
    CallCountReq<'a> {
        /// 0 to 152 bytes
        opaque: RestBytes<'a, 256>,
    }
}

message! {
    /// How many calls each line holds and when it is busy.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CallCountResp<'a> {
        total_num_of_configured_lines: u32,
        starting_line_instance: LineInstance,
        line_data_entries: Count [counts line_data],
        line_data: Table<'a, LineData, 42> [of line_data_entries],
    }
}

message! {
    /// An SPA phone asks whether it may register. Its device instance arrives byte-swapped.
    [Implementations "chan-sccp and crate sccp-protocol; tshark differs (tests/tshark/exceptions); no capture"]
    SPCPRegisterTokenReq<'a> {
        sid: DeviceIdentifier<'a>,
        station_ip_addr: Ipv4,
        device_type: c::DeviceType,
        /// RTP duplex streams
        max_streams: u32,
    }
}

message! {
    /// An SPA phone may register.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SPCPRegisterTokenAck {
        features: u32,
    }
}

message! {
    /// An SPA phone must wait.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SPCPRegisterTokenReject {
        /// seconds to wait before asking again
        wait_time_before_next_req: u32,
    }
}
