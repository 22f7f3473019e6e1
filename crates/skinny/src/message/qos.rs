//! Reservations (RSVP) for a stream.
use crate::codes as c;
use crate::types::{Address, CallReference, ConferenceId, FixedText, PassThroughPartyId, Port};

record! {
    /// Whose stream it is (RFC 2872).
    QosApplication<'a> {
        vendor_id: FixedText<'a, 32>,
        version: FixedText<'a, 16>,
        app_name: FixedText<'a, 32>,
        sub_app_id: FixedText<'a, 32>,
    }
}

message! {
    /// A reservation was made.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    QoSResvNotify {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        direction: c::RsvpDirection,
    }
}

message! {
    /// A reservation failed.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    QoSErrorNotify {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        direction: c::RsvpDirection,
        error_code: c::QosErrorCode,
        failure_node_ip_addr: u32,
        rsvp_error_code: c::RsvpErrorCode,
        rsvp_error_sub_code_val: u32,
        rsvp_error_flag: u32,
    }
}

message! {
    /// Await a reservation.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    QoSListen<'a> {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        resv_style: c::ResvStyle,
        max_retry_number: i32,
        retry_timer: u32,
        confirm_required: u32,
        preemption_priority: u32,
        defending_priority: u32,
        compression_type: c::MediaPayloadType,
        average_bit_rate: u32,
        burst_size: u32,
        peak_rate: u32,
        application_id: QosApplication<'a>,
    }
}

message! {
    /// Announce a reservation.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    QoSPath<'a> {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        resv_style: c::ResvStyle,
        max_retry_number: i32,
        retry_timer: u32,
        preemption_priority: u32,
        defending_priority: u32,
        compression_type: c::MediaPayloadType,
        average_bit_rate: u32,
        burst_size: u32,
        peak_rate: u32,
        application_id: QosApplication<'a>,
    }
}

message! {
    /// Give up a reservation.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    QoSTeardown {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        direction: c::RsvpDirection,
    }
}

message! {
    /// Change the DSCP of a stream.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UpdateDSCP {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        dscp_value: u32,
    }
}

message! {
    /// Change a reservation.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    QoSModify<'a> {
        conference_id: ConferenceId,
        call_reference: CallReference,
        pass_through_party_id: PassThroughPartyId,
        remote_ip_addr: Address,
        remote_port_number: Port,
        direction: c::RsvpDirection,
        compression_type: c::MediaPayloadType,
        average_bit_rate: u32,
        burst_size: u32,
        peak_rate: u32,
        application_id: QosApplication<'a>,
    }
}
