//! Data of phone applications, subscriptions, message waiting.
use crate::codes as c;
use crate::types::{CallReference, ConferenceId, Count, Data, FixedText, LineInstance, NulText, RestText};

record! {
    /// Data of a phone application.
    UserData<'a> {
        application_id: c::ApplicationId,
        line_instance: LineInstance,
        call_reference: CallReference,
        transaction_id: u32,
        data_length: Count [counts xmldata],
        xmldata: Data<'a, 2000> [of data_length],
    }
}

record! {
    /// Data of a phone application, with segments and routing.
    UserDataVersion1<'a> {
        application_id: c::ApplicationId,
        line_instance: LineInstance,
        call_reference: CallReference,
        transaction_id: u32,
        data_length: Count [counts xmldata],
        /// place of this segment
        sequence_flag: c::SequenceFlag,
        /// 0 to 5
        display_priority: u32,
        conference_id: ConferenceId,
        app_instance_id: u32,
        routing_id: u32,
        xmldata: Data<'a, 2000> [of data_length],
    }
}

record! {
    /// Messages in a mailbox.
    MessageCounts {
        num_new_msgs: u32,
        num_old_msgs: u32,
    }
}

message! {
    /// Data from a phone application.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeviceToUserData<'a> {
        device_to_user_data: UserData<'a>,
    }
}

message! {
    /// Result of data sent to a phone application.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeviceToUserDataResponse<'a> {
        device_to_user_data: UserData<'a>,
    }
}

message! {
    /// Data from a phone application, with segments and routing.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeviceToUserDataVersion1<'a> {
        device_to_user_data_version1: UserDataVersion1<'a>,
    }
}

message! {
    /// Result of data sent to a phone application, with segments and routing.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    DeviceToUserDataResponseVersion1<'a> {
        device_to_user_data_version1: UserDataVersion1<'a>,
    }
}

message! {
    /// Asks for the state of another number. 7921-class phones send up to 260 bytes of number.
    [Capture "body lengths seen: 272 (7921); tshark has 64 bytes of text, chan-sccp 256"]
    SubscriptionStatReq<'a> {
        transaction_id: u32,
        subscription_feature_id: c::SubscriptionFeatureId,
        /// seconds
        timer: u32,
        subscription_id: RestText<'a, 64, 260>,
    }
}

message! {
    /// A voicemail system sets the messages of a number.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    MwiNotification<'a> {
        mwi_target_number: FixedText<'a, 25>,
        mwi_control_number: FixedText<'a, 25>,
        are_messages_waiting: u32,
        total_vm_counts: MessageCounts,
        priority_vm_counts: MessageCounts,
        total_fax_counts: MessageCounts,
        priority_fax_counts: MessageCounts,
    }
}

message! {
    /// Data for a phone application.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UserToDeviceData<'a> {
        user_to_device_data: UserData<'a>,
    }
}

message! {
    /// Data for a phone application, at most 2000 bytes a message; longer data is split
    /// (`sequence_flag`). A 7960 breaks when the message is padded to full size.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    UserToDeviceDataVersion1<'a> {
        user_to_device_data_version1: UserDataVersion1<'a>,
    }
}

message! {
    /// Answers SubscriptionStatReq.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    SubscriptionStatRes {
        transaction_id: u32,
        subscription_feature_id: c::SubscriptionFeatureId,
        /// seconds
        timer: u32,
        cause: c::SubscribeCause,
    }
}

message! {
    /// State of a number that was subscribed to. The text takes 97 to 100 bytes, by source.
    [Implementations "chan-sccp and crate sccp-protocol; tshark differs (tests/tshark/exceptions); no capture"]
    Notification<'a> {
        transaction_id: u32,
        subscription_feature_id: c::SubscriptionFeatureId,
        notification_status: u32,
        text: NulText<'a, 97>,
    }
}

message! {
    /// Answers MwiNotification.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    MwiRes<'a> {
        mwi_target_number: FixedText<'a, 25>,
        mwi_notification_result: c::MwiNotificationResult,
    }
}
