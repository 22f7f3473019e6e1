//! Enumerations of user data, subscriptions and voicemail.

use super::prelude::*;

codes! {
    /// Place of a segment in data that was split.
    SequenceFlag {
        0 FIRST "First",
        1 MORE "More",
        2 LAST "Last",
    }

    /// What is subscribed to.
    SubscriptionFeatureId {
        1 BLF "BLF",
    }

    /// Why a subscription ended or failed.
    SubscribeCause {
        0 OK "OK",
        1 ROUTE_FAIL "RouteFail",
        2 AUTH_FAIL "AuthFail",
        3 TIMEOUT "Timeout",
        4 TRUNK_TERM "TrunkTerm",
        5 TRUNK_FORBIDDEN "TrunkForbidden",
        6 THROTTLE "Throttle",
    }

    /// Answer to MwiNotification.
    MwiNotificationResult {
        0 OK "Ok",
        1 GENERAL_ERROR "GeneralError",
        2 REQUEST_REJECTED "RequestRejected",
        3 VM_COUNT_OUT_OF_BOUNDS "VmCountOutOfBounds",
        4 FAX_COUNT_OUT_OF_BOUNDS "FaxCountOutOfBounds",
        5 INVALID_PRIORITY_VM_COUNT "InvalidPriorityVmCount",
        6 INVALID_PRIORITY_FAX_COUNT "InvalidPriorityFaxCount",
    }

    /// Phone application that user data is for.
    ApplicationId {
        0 DEFAULT_NONE "default/none",
        1 INPUT "input",
        9081 CONFERENCE "conference",
        9082 CONFERENCE_INVITE "conference invite",
        9083 PROVISION "provision",
        9084 DEVICE_CAPABILITIES "device capabilities",
        9085 URI_HOOK "URI hook",
        9086 BACKGROUND "background",
        9087 RINGTONE "ringtone",
        9088 STREAM "stream",
        9089 PUSH "push",
        9090 VISUAL_PARKING_LOT "visual parking lot",
    }

    /// State that a busy lamp shows.
    BlfStatus {
        0 UNKNOWN "Unknown",
        1 NOT_IN_USE "Not-in-use",
        2 IN_USE "In-use",
        3 DND "DND",
        4 ALERTING "Alerting",
    }
}
