//! Conference bridges and announcements: resources that register at a call manager.
use crate::codes as c;
use crate::table::Table;
use crate::types::{CallReference, ConferenceId, Count, Data, FixedText};

record! {
    /// A conference that a bridge holds.
    ConferenceEntry<'a> {
        conference_id: ConferenceId,
        resource_type: c::ResourceType,
        number_of_reserved_participants: u32,
        number_of_active_participants: u32,
        application_id: u32,
        app_conf_id: FixedText<'a, 32>,
        app_data: FixedText<'a, 24>,
    }
}

record! {
    /// An announcement.
    Announcement {
        locale: u32,
        country: u32,
        tone_announcement: c::DeviceTone,
    }
}

message! {
    /// Streams of a conference bridge in and out of service.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    MediaResourceNotification {
        device_type: c::DeviceType,
        number_of_in_service_streams: u32,
        max_streams_per_conf: u32,
        number_of_out_of_service_streams: u32,
    }
}

message! {
    /// A conference ended.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ClearConference {
        conference_id: ConferenceId,
        service_num: u32,
    }
}

message! {
    /// Answers CreateConferenceReq.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CreateConferenceRes<'a> {
        conference_id: ConferenceId,
        result: c::CreateConfResult,
        data_length: Count [counts pass_thru_data],
        pass_thru_data: Data<'a, 2000> [of data_length],
    }
}

message! {
    /// Answers DeleteConferenceReq.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeleteConferenceRes {
        conference_id: ConferenceId,
        delete_conf_result: c::DeleteConfResult,
    }
}

message! {
    /// Answers ModifyConferenceReq.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ModifyConferenceRes<'a> {
        conference_id: ConferenceId,
        modify_conf_result: c::ModifyConfResult,
        data_length: Count [counts pass_thru_data],
        pass_thru_data: Data<'a, 2000> [of data_length],
    }
}

message! {
    /// Answers AddParticipantReq.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AddParticipantRes<'a> {
        conference_id: ConferenceId,
        call_reference: CallReference,
        add_participant_result: c::AddParticipantResult,
        bridge_participant_id: FixedText<'a, 257>,
    }
}

message! {
    /// The conferences that a bridge holds.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AuditConferenceRes<'a> {
        last: u32,
        number_of_entries: Count [counts conference_entry],
        conference_entry: Table<'a, ConferenceEntry<'a>, 32> [of number_of_entries],
    }
}

message! {
    /// The participants of a conference.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AuditParticipantRes<'a> {
        audit_participant_result: c::AuditParticipantResult,
        last: u32,
        conference_id: ConferenceId,
        number_of_entries: Count [counts participant_entry],
        participant_entry: Table<'a, u32, 256> [of number_of_entries],
    }
}

message! {
    /// Play announcements into a conference.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StartAnnouncement<'a> {
        ann_list: Table<'a, Announcement, 32>,
        ann_ack_req: c::EndOfAnnAck,
        conference_id: ConferenceId,
        matrix_conf_party_id: Table<'a, u32, 16>,
        hearing_conf_party_mask: u32,
        ann_play_mode: c::AnnPlayMode,
    }
}

message! {
    /// Stop the announcement.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    StopAnnouncement {
        conference_id: ConferenceId,
    }
}

message! {
    /// The announcement ended.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AnnouncementFinish {
        conference_id: ConferenceId,
        ann_status: c::PlayAnnStatus,
    }
}

message! {
    /// Create a conference on a bridge.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    CreateConferenceReq<'a> {
        conference_id: ConferenceId,
        number_of_reserved_participants: u32,
        resource_type: c::ResourceType,
        application_id: u32,
        app_conf_id: FixedText<'a, 32>,
        app_data: FixedText<'a, 24>,
        data_length: Count [counts pass_thru_data],
        pass_thru_data: Data<'a, 2000> [of data_length],
    }
}

message! {
    /// Delete a conference.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeleteConferenceReq {
        conference_id: ConferenceId,
    }
}

message! {
    /// Change a conference.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    ModifyConferenceReq<'a> {
        conference_id: ConferenceId,
        number_of_reserved_participants: u32,
        application_id: u32,
        app_conf_id: FixedText<'a, 32>,
        app_data: FixedText<'a, 24>,
        data_length: Count [counts pass_thru_data],
        pass_thru_data: Data<'a, 2000> [of data_length],
    }
}

message! {
    /// Add a participant.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AddParticipantReq<'a> {
        conference_id: ConferenceId,
        call_reference: CallReference,
        party_pi_restriction_bits: c::RestrictInformation,
        participant_name: FixedText<'a, 40>,
        participant_number: FixedText<'a, 24>,
        conference_name: FixedText<'a, 32>,
    }
}

message! {
    /// Drop a participant.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DropParticipantReq {
        conference_id: ConferenceId,
        call_reference: CallReference,
    }
}

message! {
    /// Asks for all conferences.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AuditConferenceReq {}
}

message! {
    /// Asks for the participants of a conference.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    AuditParticipantReq {
        conference_id: ConferenceId,
    }
}

message! {
    /// Change name or number of a participant.
    [Implementations "implementations only; no capture"]
    ChangeParticipantReq<'a> {
        conference_id: ConferenceId,
        call_reference: CallReference,
        party_pi_restriction_bits: c::RestrictInformation,
        participant_name: FixedText<'a, 40>,
        participant_number: FixedText<'a, 24>,
        conference_name: FixedText<'a, 32>,
    }
}
