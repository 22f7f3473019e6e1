//! Enumerations of buttons, softkeys, lamps and audio paths.

use super::prelude::*;

codes! {
    /// A key of the dial pad.
    KeypadKey {
        0 ZERO "Zero",
        1 ONE "One",
        2 TWO "Two",
        3 THREE "Three",
        4 FOUR "Four",
        5 FIVE "Five",
        6 SIX "Six",
        7 SEVEN "Seven",
        8 EIGHT "Eight",
        9 NINE "Nine",
        10 A "A",
        11 B "B",
        12 C "C",
        13 D "D",
        14 STAR "Star",
        15 POUND "Pound",
        16 PLUS "Plus",
    }

    /// What a button does, in Stimulus and SetLamp. 0x12 to 0x17 differ between sources: 0x13 is Privacy in
    /// tshark, a programmable feature key on a 7960 at version 11 (capture).
    DeviceStimulus {
        0x0 UNUSED "Unused",
        0x1 LAST_NUMBER_REDIAL "LastNumberRedial",
        0x2 SPEED_DIAL "SpeedDial",
        0x3 HOLD "Hold",
        0x4 TRANSFER "Transfer",
        0x5 FORWARD_ALL "ForwardAll",
        0x6 FORWARD_BUSY "ForwardBusy",
        0x7 FORWARD_NO_ANSWER "ForwardNoAnswer",
        0x8 DISPLAY "Display",
        0x9 LINE "Line",
        0xa T120_CHAT "T120Chat",
        0xb T120_WHITEBOARD "T120Whiteboard",
        0xc T120_APPLICATION_SHARING "T120ApplicationSharing",
        0xd T120_FILE_TRANSFER "T120FileTransfer",
        0xe VIDEO "Video",
        0xf VOICE_MAIL "VoiceMail",
        0x10 ANSWER_RELEASE "AnswerRelease",
        0x11 AUTO_ANSWER "AutoAnswer",
        0x12 SELECT "Select",
        0x13 PRIVACY "Privacy",
        0x14 SERVICE_URL "ServiceURL",
        0x15 BLF_SPEED_DIAL "BLFSpeedDial",
        0x16 D_PARK "DPark",
        0x17 INTERCOM "Intercom",
        0x1b MALICIOUS_CALL "MaliciousCall",
        0x21 GENERIC_APP_B1 "GenericAppB1",
        0x22 GENERIC_APP_B2 "GenericAppB2",
        0x23 GENERIC_APP_B3 "GenericAppB3",
        0x24 GENERIC_APP_B4 "GenericAppB4",
        0x25 GENERIC_APP_B5 "GenericAppB5",
        0x26 MULTIBLINK_FEATURE "MultiblinkFeature",
        0x7b MEET_ME_CONFERENCE "MeetMeConference",
        0x7d CONFERENCE "Conference",
        0x7e CALL_PARK "CallPark",
        0x7f CALL_PICK_UP "CallPickUp",
        0x80 GROUP_CALL_PICK_UP "GroupCallPickUp",
        0x81 MOBILITY "Mobility",
        0x82 DO_NOT_DISTURB "DoNotDisturb",
        0x83 CONF_LIST "ConfList",
        0x84 REMOVE_LAST_PARTICIPANT "RemoveLastParticipant",
        0x85 QRT "QRT",
        0x86 CALL_BACK "CallBack",
        0x87 OTHER_PICKUP "OtherPickup",
        0x88 VIDEO_MODE "VideoMode",
        0x89 NEW_CALL "NewCall",
        0x8a END_CALL "EndCall",
        0x8b H_LOG "HLog",
        0x8f QUEUING "Queuing",
        0xc0 PARKING_LOT "ParkingLot",
        0xc1 TEST_F "Test F",
        0xc2 MESSAGES "Messages",
        0xc3 DIRECTORY "Directory",
        0xc4 TEST_I "Test I",
        0xc5 APPLICATION "Application",
        0xc6 HEADSET "Headset",
        0xf0 KEYPAD "Keypad",
        0xfd AEC "Aec",
        0xff MAX_STIMULUS_VALUE "MaxStimulusValue",
    }

    /// Softkey set: which softkeys belong to a state of a call. A call manager can redefine the sets; these
    /// are the usual ones.
    SoftKeySet {
        0 ON_HOOK "On Hook",
        1 CONNECTED "Connected",
        2 ON_HOLD "On Hold",
        3 RING_IN "Ring In",
        4 OFF_HOOK "Off Hook",
        5 CONNECTED_TRANSFERABLE "Connected Transferable",
        6 DIGITS_FOLLOWING "Digits Following",
        7 CONNECTED_CONFERENCE "Connected Conference",
        8 RING_OUT "Ring Out",
        9 OFF_HOOK_WITH_FEATURES "OffHook with Features",
        10 IN_USE_HINT "In Use Hint",
        11 ON_HOOK_WITH_STEALABLE_CALL "On Hook with Stealable Call",
        12 HOLD_CONFERENCE "Hold Conference",
    }

    /// Softkey that was pressed: the event that the template gave the key. Up to 18 the numbers are
    /// universal, above that each server has its own; these are CUCM's (seen in SoftKeyTemplateRes of
    /// CallManager 3.1 to 4.1). tshark's names above 18 are label codes, not events.
    SoftKeyEvent {
        1 REDIAL "Redial",
        2 NEW_CALL "NewCall",
        3 HOLD "Hold",
        4 TRANSFER "Transfer",
        5 C_FWD_ALL "CFwdAll",
        6 C_FWD_BUSY "CFwdBusy",
        7 C_FWD_NO_ANSWER "CFwdNoAnswer",
        8 BACKSPACE "Backspace",
        9 END_CALL "EndCall",
        10 RESUME "Resume",
        11 ANSWER "Answer",
        12 INFO "Info",
        13 CONFRN "Confrn",
        14 PARK "Park",
        15 JOIN "Join",
        16 MEET_ME "MeetMe",
        17 PICK_UP "PickUp",
        18 G_PICK_UP "GPickUp",
        19 RM_LST_C "RmLstC",
        21 BARGE "Barge",
        28 DIR_TRFR "DirTrfr",
        29 SELECT "Select",
        30 CONF_LIST "ConfList",
        33 VID_MODE "VidMode",
    }

    /// Headset on or off.
    HeadsetMode {
        1 ON "On",
        2 OFF "Off",
    }

    /// Audio path of a phone.
    MediaPathId {
        1 HEADSET "Headset",
        2 HANDSET "Handset",
        3 SPEAKER "Speaker",
    }

    /// What happened to an audio path.
    MediaPathEvent {
        1 ON "On",
        2 OFF "Off",
    }

    /// What an audio path can do.
    MediaPathCapabilities {
        1 ENABLE "Enable",
        2 DISABLE "Disable",
        3 MONITOR "Monitor",
    }

    /// State of a lamp.
    LampMode {
        1 OFF "Off",
        2 ON "On",
        3 WINK "Wink",
        4 FLASH "Flash",
        5 BLINK "Blink",
        6 HOLD "Hold",
        7 RING "Ring",
        8 CUSTOM1 "Custom1",
        9 CUSTOM2 "Custom2",
    }

    /// Speaker on or off.
    SpeakerMode {
        1 ON "On",
        2 OFF "Off",
    }

    /// Microphone on or off.
    MicrophoneMode {
        1 ON "On",
        2 OFF "Off",
    }

    /// What a button of the template is.
    ButtonType {
        0x0 UNUSED "Unused",
        0x1 LAST_NUMBER_REDIAL "Last Number Redial",
        0x2 SPEED_DIAL "SpeedDial",
        0x3 HOLD "Hold",
        0x4 TRANSFER "Transfer",
        0x5 FORWARD_ALL "Forward All",
        0x6 FORWARD_BUSY "Forward Busy",
        0x7 FORWARD_NO_ANSWER "Forward No Answer",
        0x8 DISPLAY "Display",
        0x9 LINE "Line",
        0xa T120_CHAT "T120 Chat",
        0xb T120_WHITEBOARD "T120 Whiteboard",
        0xc T120_APPLICATION_SHARING "T120 Application Sharing",
        0xd T120_FILE_TRANSFER "T120 File Transfer",
        0xe VIDEO "Video",
        0xf VOICEMAIL "Voicemail",
        0x10 ANSWER_RELEASE "Answer Release",
        0x11 AUTO_ANSWER "Auto Answer",
        0x12 SELECT "Select",
        0x13 FEATURE "Feature",
        0x14 SERVICE_URL "ServiceURL",
        0x15 BUSY_LAMP_FIELD_SPEEDDIAL "BusyLampField Speeddial",
        0x1b MALICIOUS_CALL "Malicious Call",
        0x21 GENERIC_APP_B1 "Generic App B1",
        0x22 GENERIC_APP_B2 "Generic App B2",
        0x23 GENERIC_APP_B3 "Generic App B3",
        0x24 GENERIC_APP_B4 "Generic App B4",
        0x25 GENERIC_APP_B5 "Generic App B5",
        0x26 MONITOR_MULTIBLINK "Monitor/Multiblink",
        0x7b MEET_ME_CONFERENCE "Meet Me Conference",
        0x7d CONFERENCE "Conference",
        0x7e CALL_PARK "Call Park",
        0x7f CALL_PICKUP "Call Pickup",
        0x80 GROUP_CALL_PICKUP "Group Call Pickup",
        0x81 MOBILITY "Mobility",
        0x82 DO_NOT_DISTURB "DoNotDisturb",
        0x83 CONF_LIST "ConfList",
        0x84 REMOVE_LAST_PARTICIPANT "RemoveLastParticipant",
        0x85 QRT "QRT",
        0x86 CALL_BACK "CallBack",
        0x87 OTHER_PICKUP "OtherPickup",
        0x88 VIDEO_MODE "VideoMode",
        0x89 NEW_CALL "NewCall",
        0x8a END_CALL "EndCall",
        0x8b H_LOG "HLog",
        0x8f QUEUING "Queuing",
        0xc0 TEST_E "Test E",
        0xc1 TEST_F "Test F",
        0xc2 MESSAGES "Messages",
        0xc3 DIRECTORY "Directory",
        0xc4 TEST_I "Test I",
        0xc5 APPLICATION "Application",
        0xc6 HEADSET "Headset",
        0xf0 KEYPAD "Keypad",
        0xf1 PLACEHOLDER_MULTI "Placeholder Multi",
        0xf2 PLACEHOLDER_LINE "Placeholder Line",
        0xf3 PLACEHOLDER_SPEEDDIAL "Placeholder Speeddial",
        0xf4 PLACEHOLDER_HINT "Placeholder Hint",
        0xf5 PLACEHOLDER_ABBREVIATED_DIAL "Placeholder Abbreviated Dial",
        0xfd AEC "Aec",
        0xff UNDEFINED "Undefined",
    }

    /// 1-based place in the softkey template that the server sent; the names are those of the usual
    /// template.
    SoftKeyTemplateIndex {
        1 REDIAL "Redial",
        2 NEW_CALL "NewCall",
        3 HOLD "Hold",
        4 TRANSFER "Transfer",
        5 CFWD_ALL "CfwdAll",
        6 CFWD_BUSY "CfwdBusy",
        7 CFWD_NO_ANSWER "CfwdNoAnswer",
        8 BACK_SPACE "BackSpace",
        9 END_CALL "EndCall",
        10 RESUME "Resume",
        11 ANSWER "Answer",
        12 INFO "Info",
        13 CONFRN "Confrn",
        14 PARK "Park",
        15 JOIN "Join",
        16 MEET_ME "MeetMe",
        17 PICK_UP "PickUp",
        18 GRP_PICKUP "GrpPickup",
        19 MONITOR "Monitor",
        20 CALL_BACK "CallBack",
        21 BARGE "Barge",
        22 DND "DND",
        23 CONF_LIST "ConfList",
        24 SELECT "Select",
        25 PRIVATE "Private",
        26 TRANSFER_VOICEMAIL "Transfer Voicemail",
        27 DIRECT_TRANSFER "Direct Transfer",
        28 IMMEDIATE_DIVERT "Immediate Divert",
        29 VIDEO_MODE "Video Mode",
        30 INTERCEPT "Intercept",
        31 EMPTY "Empty",
        32 DIAL "Dial",
        33 CONFERENCE_BARGE "Conference Barge",
    }

    /// 300 + softkey event (seen from CallManager 4.1).
    SoftKeyInfoIndex {
        301 REDIAL "Redial",
        302 NEW_CALL "NewCall",
        303 HOLD "Hold",
        304 TRANSFER "Transfer",
        305 CFWD_ALL "CfwdAll",
        306 CFWD_BUSY "CfwdBusy",
        307 CFWD_NO_ANSWER "CfwdNoAnswer",
        308 BACK_SPACE "BackSpace",
        309 END_CALL "EndCall",
        310 RESUME "Resume",
        311 ANSWER "Answer",
        312 INFO "Info",
        313 CONFRN "Confrn",
        314 PARK "Park",
        315 JOIN "Join",
        316 MEET_ME "MeetMe",
        317 PICK_UP "PickUp",
        318 GRP_PICKUP "GrpPickup",
        319 MONITOR "Monitor",
        320 CALL_BACK "CallBack",
        321 BARGE "Barge",
        322 DND "DND",
        323 CONF_LIST "ConfList",
        324 SELECT "Select",
        325 PRIVATE "Private",
        326 TRANSFER_VOICEMAIL "Transfer Voicemail",
        327 DIRECT_TRANSFER "Direct Transfer",
        328 IMMEDIATE_DIVERT "Immediate Divert",
        329 VIDEO_MODE "Video Mode",
        330 INTERCEPT "Intercept",
        331 EMPTY "Empty",
        332 DIAL "Dial",
        333 CONFERENCE_BARGE "Conference Barge",
    }
}

bits! {
    /// Bit n: the n-th key of the set is enabled. 32 bits; CUCM sends all ones less the hidden keys.
    SoftKeyMask {
        0x1 SOFT_KEY1 "SoftKey1",
        0x2 SOFT_KEY2 "SoftKey2",
        0x4 SOFT_KEY3 "SoftKey3",
        0x8 SOFT_KEY4 "SoftKey4",
        0x10 SOFT_KEY5 "SoftKey5",
        0x20 SOFT_KEY6 "SoftKey6",
        0x40 SOFT_KEY7 "SoftKey7",
        0x80 SOFT_KEY8 "SoftKey8",
        0x100 SOFT_KEY9 "SoftKey9",
        0x200 SOFT_KEY10 "SoftKey10",
        0x400 SOFT_KEY11 "SoftKey11",
        0x800 SOFT_KEY12 "SoftKey12",
        0x1000 SOFT_KEY13 "SoftKey13",
        0x2000 SOFT_KEY14 "SoftKey14",
        0x4000 SOFT_KEY15 "SoftKey15",
        0x8000 SOFT_KEY16 "SoftKey16",
    }
}
