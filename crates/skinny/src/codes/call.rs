//! Enumerations of calls, tones and ringing.

use super::prelude::*;

codes! {
    /// What happens to the counters after statistics are sent.
    StatsProcessingType {
        0 CLEAR_STATS "clearStats",
        1 DO_NOT_CLEAR_STATS "doNotClearStats",
    }

    /// Tone that a phone plays.
    DeviceTone {
        0x0 SILENCE "Silence",
        0x1 DTMF1 "Dtmf1",
        0x2 DTMF2 "Dtmf2",
        0x3 DTMF3 "Dtmf3",
        0x4 DTMF4 "Dtmf4",
        0x5 DTMF5 "Dtmf5",
        0x6 DTMF6 "Dtmf6",
        0x7 DTMF7 "Dtmf7",
        0x8 DTMF8 "Dtmf8",
        0x9 DTMF9 "Dtmf9",
        0xa DTMF0 "Dtmf0",
        0xe DTMF_STAR "DtmfStar",
        0xf DTMF_POUND "DtmfPound",
        0x10 DTMF_A "DtmfA",
        0x11 DTMF_B "DtmfB",
        0x12 DTMF_C "DtmfC",
        0x13 DTMF_D "DtmfD",
        0x21 INSIDE_DIAL_TONE "InsideDialTone",
        0x22 OUTSIDE_DIAL_TONE "OutsideDialTone",
        0x23 LINE_BUSY_TONE "LineBusyTone",
        0x24 ALERTING_TONE "AlertingTone",
        0x25 REORDER_TONE "ReorderTone",
        0x26 RECORDER_WARNING_TONE "RecorderWarningTone",
        0x27 RECORDER_DETECTED_TONE "RecorderDetectedTone",
        0x28 REVERTING_TONE "RevertingTone",
        0x29 RECEIVER_OFF_HOOK_TONE "ReceiverOffHookTone",
        0x2a MESSAGE_WAITING_INDICATOR_TONE "MessageWaitingIndicatorTone",
        0x2b NO_SUCH_NUMBER_TONE "NoSuchNumberTone",
        0x2c BUSY_VERIFICATION_TONE "BusyVerificationTone",
        0x2d CALL_WAITING_TONE "CallWaitingTone",
        0x2e CONFIRMATION_TONE "ConfirmationTone",
        0x2f CAMP_ON_INDICATION_TONE "CampOnIndicationTone",
        0x30 RECALL_DIAL_TONE "RecallDialTone",
        0x31 ZIP_ZIP "ZipZip",
        0x32 ZIP "Zip",
        0x33 BEEP_BONK "BeepBonk",
        0x34 MUSIC_TONE "MusicTone",
        0x35 HOLD_TONE "HoldTone",
        0x36 TEST_TONE "TestTone",
        0x37 DT_MONITOR_WARNING_TONE "DT Monitor Warning Tone",
        0x38 MONITOR_WARNING_TONE "MonitorWarningTone",
        0x39 SECURE_WARNING_TONE "SecureWarningTone",
        0x40 ADD_CALL_WAITING "AddCallWaiting",
        0x41 PRIORITY_CALL_WAIT "PriorityCallWait",
        0x42 RECALL_DIAL "RecallDial",
        0x43 BARG_IN "BargIn",
        0x44 DISTINCT_ALERT "DistinctAlert",
        0x45 PRIORITY_ALERT "PriorityAlert",
        0x46 REMINDER_RING "ReminderRing",
        0x47 PRECEDENCE_RING_BACK "PrecedenceRingBack",
        0x48 PREEMPTION_TONE "PreemptionTone",
        0x49 NON_SECURE_WARNING_TONE "NonSecureWarningTone",
        0x50 MF1 "MF1",
        0x51 MF2 "MF2",
        0x52 MF3 "MF3",
        0x53 MF4 "MF4",
        0x54 MF5 "MF5",
        0x55 MF6 "MF6",
        0x56 MF7 "MF7",
        0x57 MF8 "MF8",
        0x58 MF9 "MF9",
        0x59 MF0 "MF0",
        0x5a MFKP1 "MFKP1",
        0x5b MFST "MFST",
        0x5c MFKP2 "MFKP2",
        0x5d MFSTP "MFSTP",
        0x5e MFST3P "MFST3P",
        0x5f MILLIWATT "MILLIWATT",
        0x60 MILLIWATTTEST "MILLIWATTTEST",
        0x61 HIGHTONE "HIGHTONE",
        0x62 FLASHOVERRIDE "FLASHOVERRIDE",
        0x63 FLASH "FLASH",
        0x64 PRIORITY "PRIORITY",
        0x65 IMMEDIATE "IMMEDIATE",
        0x66 PREAMPWARN "PREAMPWARN",
        0x67 N2105HZ "2105HZ",
        0x68 N2600HZ "2600HZ",
        0x69 N440HZ "440HZ",
        0x6a N300HZ "300HZ",
        0x6b MOBILITY_WP "Mobility_WP",
        0x6c MOBILITY_UAC "Mobility_UAC",
        0x6d MOBILITY_WTDN "Mobility_WTDN",
        0x6e MOBILITY_MON "Mobility_MON",
        0x6f MOBILITY_MOFF "Mobility_MOFF",
        0x70 MOBILITY_UKC "Mobility_UKC",
        0x71 MOBILITY_VMA "Mobility_VMA",
        0x72 MOBILITY_FAC "Mobility_FAC",
        0x73 MOBILITY_CMC "Mobility_CMC",
        0x77 MLPP_PALA "MLPP_PALA",
        0x78 MLPP_ICA "MLPP_ICA",
        0x79 MLPP_VCA "MLPP_VCA",
        0x7a MLPP_BPA "MLPP_BPA",
        0x7b MLPP_BNEA "MLPP_BNEA",
        0x7c MLPP_UPA "MLPP_UPA",
        0x7d TUA "TUA",
        0x7e GONE "GONE",
        0x7f NO_TONE "NoTone",
        0x80 MEET_ME_GREETING "MeetMe_Greeting",
        0x81 MEET_ME_NUMBER_INVALID "MeetMe_NumberInvalid",
        0x82 MEET_ME_NUMBER_FAILED "MeetMe_NumberFailed",
        0x83 MEET_ME_ENTER_PIN "MeetMe_EnterPIN",
        0x84 MEET_ME_INVALID_PIN "MeetMe_InvalidPIN",
        0x85 MEET_ME_FAILED_PIN "MeetMe_FailedPIN",
        0x86 MEET_ME_CFB_FAILED "MeetMe_CFB_Failed",
        0x87 MEET_ME_ENTER_ACCESS_CODE "MeetMe_EnterAccessCode",
        0x88 MEET_ME_ACCESS_CODE_INVALID "MeetMe_AccessCodeInvalid",
        0x89 MEET_ME_ACCESS_CODE_FAILED "MeetMe_AccessCodeFailed",
        0x8a MAX "MAX",
    }

    /// Who hears a tone.
    ToneOutputDirection {
        0 USER "User",
        1 NETWORK "Network",
        2 ALL "All",
    }

    /// How a phone rings. 5 and 6 differ between sources: FlashOnly and PrecedenceRing (tshark), Silent and
    /// Urgent (chan-sccp); 7 to 11 only in chan-sccp.
    RingMode {
        1 RING_OFF "RingOff",
        2 INSIDE_RING "InsideRing",
        3 OUTSIDE_RING "OutsideRing",
        4 FEATURE_RING "FeatureRing",
        5 FLASH_ONLY "FlashOnly",
        6 PRECEDENCE_RING "PrecedenceRing",
        7 BELLCORE1 "Bellcore1",
        8 BELLCORE2 "Bellcore2",
        9 BELLCORE3 "Bellcore3",
        10 BELLCORE4 "Bellcore4",
        11 BELLCORE5 "Bellcore5",
    }

    /// Ring until stopped, or once.
    RingDuration {
        1 NORMAL_RING "NormalRing",
        2 SINGLE_RING "SingleRing",
    }

    /// Direction of a call, as the phone files it in its history.
    CallType {
        1 IN_BOUND_CALL "InBoundCall",
        2 OUT_BOUND_CALL "OutBoundCall",
        3 FORWARD_CALL "ForwardCall",
    }

    /// Lock icon of a call.
    CallSecurityStatusType {
        0 UNKNOWN "Unknown",
        1 NOT_AUTHENTICATED "NotAuthenticated",
        2 AUTHENTICATED "Authenticated",
        3 ENCRYPTED "Encrypted",
        4 MAX "Max",
    }

    /// State of a call on a phone. 15 to 17 differ between sources: HoldRevert, Whisper, RemoteHold
    /// (tshark), hold yellow, intercom one-way, hold red (chan-sccp); 17 is a remote hold on newer models.
    DCallState {
        0 IDLE "Idle",
        1 OFF_HOOK "OffHook",
        2 ON_HOOK "OnHook",
        3 RING_OUT "RingOut",
        4 RING_IN "RingIn",
        5 CONNECTED "Connected",
        6 BUSY "Busy",
        7 CONGESTION "Congestion",
        8 HOLD "Hold",
        9 CALL_WAITING "CallWaiting",
        10 CALL_TRANSFER "CallTransfer",
        11 CALL_PARK "CallPark",
        12 PROCEED "Proceed",
        13 CALL_REMOTE_MULTILINE "CallRemoteMultiline",
        14 INVALID_NUMBER "InvalidNumber",
        15 HOLD_REVERT "HoldRevert",
        16 WHISPER "Whisper",
        17 REMOTE_HOLD "RemoteHold",
        18 MAX_STATE "MaxState",
    }

    /// How much of a call other appearances show.
    CallPrivacy {
        0 NONE "None",
        1 LIMITED "Limited",
        2 FULL "Full",
    }

    /// Which history list a call goes to. Unknown is 0xffff in tshark, 0xfffffffe in chan-sccp.
    CallHistoryDisposition {
        0 IGNORE "Ignore",
        1 PLACED_CALLS "PlacedCalls",
        2 RECEIVED_CALLS "ReceivedCalls",
        3 MISSED_CALLS "MissedCalls",
        65535 UNKNOWN_DISP "UnknownDisp",
    }

    /// Whether a call is being recorded.
    RecordingStatus {
        0 OFF "OFF",
        1 ON "ON",
    }

    /// Whether a forward is active.
    ForwardStatActive {
        0 INACTIVE "inactive",
        1 ACTIVE "active",
        2 ACTIVE_SINCE_18 "active, from version 18",
        4 ACTIVE_CUCM "active, CUCM",
        8 ACTIVE_8 "active, 8",
    }

    /// Why a call was redirected: Q.931-like. Only 0 was seen, on plain calls; 4 and 5 are chan-sccp's.
    CallReason {
        0 NONE "none",
        1 FORWARD_BUSY "forward busy",
        2 FORWARD_NO_ANSWER "forward no answer",
        4 FORWARD "forward",
        5 PICKUP "pickup",
        15 FORWARD_UNCONDITIONAL "forward unconditional",
    }

    /// MLPP precedence of a call; CUCM always sends 4.
    CallPrecedence {
        0 FLASH_OVERRIDE "flash override",
        1 FLASH "flash",
        2 IMMEDIATE "immediate",
        3 PRIORITY "priority",
        4 ROUTINE "routine",
    }
}

bits! {
    /// What a called or calling party may not show. 0 is unrestricted on every model.
    RestrictInformation {
        0x1 CALLING_PARTY_NAME "CallingPartyName",
        0x2 CALLING_PARTY_NUMBER "CallingPartyNumber",
        0x4 CALLED_PARTY_NAME "CalledPartyName",
        0x8 CALLED_PARTY_NUMBER "CalledPartyNumber",
        0x10 ORIGINAL_CALLED_PARTY_NAME "OriginalCalledPartyName",
        0x20 ORIGINAL_CALLED_PARTY_NUMBER "OriginalCalledPartyNumber",
        0x40 LAST_REDIRECT_PARTY_NAME "LastRedirectPartyName",
        0x80 LAST_REDIRECT_PARTY_NUMBER "LastRedirectPartyNumber",
    }

    /// What a line shows of a call.
    LineTypes {
        0x1 ORIGINALLY_DIALED "Originally Dialed",
        0x2 REDIRECTED_DIALED "Redirected Dialed",
        0x4 CALLING_NUM "CallingNum",
        0x8 CALLING_NAME "CallingName",
    }
}
