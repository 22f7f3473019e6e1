//! Enumerations of conferences and announcements.

use super::prelude::*;

codes! {
    /// Answer to CreateConferenceReq.
    CreateConfResult {
        0 OK "OK",
        1 RESOURCE_NOT_AVAILABLE "ResourceNotAvailable",
        2 CONFERENCE_ALREADY_EXIST "ConferenceAlreadyExist",
        3 SYSTEM_ERR "SystemErr",
    }

    /// Answer to DeleteConferenceReq.
    DeleteConfResult {
        0 OK "OK",
        1 CONFERENCE_NOT_EXIST "ConferenceNotExist",
        2 SYSTEM_ERR "SystemErr",
    }

    /// Answer to ModifyConferenceReq.
    ModifyConfResult {
        0 OK "OK",
        1 RESOURCE_NOT_AVAILABLE "ResourceNotAvailable",
        2 CONFERENCE_NOT_EXIST "ConferenceNotExist",
        3 INVALID_PARAMETER "InvalidParameter",
        4 MORE_ACTIVE_CALLS_THAN_RESERVED "MoreActiveCallsThanReserved",
        5 INVALID_RESOURCE_TYPE "InvalidResourceType",
        6 SYSTEM_ERR "SystemErr",
    }

    /// Answer to AddParticipantReq.
    AddParticipantResult {
        0 OK "OK",
        1 RESOURCE_NOT_AVAILABLE "ResourceNotAvailable",
        2 CONFERENCE_NOT_EXIST "ConferenceNotExist",
        3 DUPLICATE_CALL_REF "DuplicateCallRef",
        4 SYSTEM_ERR "SystemErr",
    }

    /// What a conference is for.
    ResourceType {
        0 CONFERENCE "Conference",
        1 IVR "IVR",
    }

    /// Answer to AuditParticipantReq.
    AuditParticipantResult {
        0 OK "OK",
        1 CONFERENCE_NOT_EXIST "ConferenceNotExist",
    }

    /// Whether the end of an announcement is reported.
    EndOfAnnAck {
        0 NO_ANN_ACK_REQUIRED "NoAnnAckRequired",
        1 ANN_ACK_REQUIRED "AnnAckRequired",
    }

    /// How an announcement is played.
    AnnPlayMode {
        0 XML_CONFIG_MODE "XmlConfigMode",
        1 ONE_SHOT_MODE "OneShotMode",
        2 CONTINUOUS_MODE "ContinuousMode",
    }

    /// How an announcement ended.
    PlayAnnStatus {
        0 OK "OK",
        1 ERR "Err",
    }
}
