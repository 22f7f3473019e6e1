//! Enumerations of video.

use super::prelude::*;

codes! {
    /// Screen layout of a video conference.
    VideoLayout {
        0 NO_LAYOUT "NoLayout",
        1 ONE_BY_ONE "OneByOne",
        2 ONE_BY_TWO "OneByTwo",
        3 TWO_BY_TWO "TwoByTwo",
        4 TWO_BY_TWO3_ALT1 "TwoByTwo3Alt1",
        5 TWO_BY_TWO3_ALT2 "TwoByTwo3Alt2",
        6 THREE_BY_THREE "ThreeByThree",
        7 THREE_BY_THREE6_ALT1 "ThreeByThree6Alt1",
        8 THREE_BY_THREE6_ALT2 "ThreeByThree6Alt2",
        9 THREE_BY_THREE4_ALT1 "ThreeByThree4Alt1",
        10 THREE_BY_THREE4_ALT2 "ThreeByThree4Alt2",
    }

    /// Answer to an order to open a video channel.
    OpenReceiveChanStatus {
        0 OK "Ok",
        1 ERROR "Error",
    }

    /// Video command.
    MiscCommandType {
        0 VIDEO_FREEZE_PICTURE "videoFreezePicture",
        1 VIDEO_FAST_UPDATE_PICTURE "videoFastUpdatePicture",
        2 VIDEO_FAST_UPDATE_GOB "videoFastUpdateGOB",
        3 VIDEO_FAST_UPDATE_MB "videoFastUpdateMB",
        4 LOST_PICTURE "lostPicture",
        5 LOST_PARTIAL_PICTURE "lostPartialPicture",
        6 RECOVERY_REFERENCE_PICTURE "recoveryReferencePicture",
        7 TEMPORAL_SPATIAL_TRADE_OFF "temporalSpatialTradeOff",
    }

    /// Picture format.
    VideoFormat {
        0 UNDEFINED "undefined",
        1 SQCIF "sqcif",
        2 QCIF "qcif",
        3 CIF "cif",
        4 N4CIF "4cif",
        5 N16CIF "16cif",
        6 CUSTOM_BASE "custom_base",
        232 UNKNOWN "unknown",
    }
}
