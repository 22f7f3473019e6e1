//! Every message: number, name, direction, kind, conversation, partners.
//!
//! The layouts stand in one file per conversation. `Message` is what decoding yields.

pub mod alarm;
pub mod call;
pub mod capability;
pub mod conference;
pub mod keys;
pub mod media;
pub mod qos;
pub mod registration;
pub mod screen;
pub mod service;
pub mod statistics;
pub mod structs;
pub mod template;
pub mod video;

use crate::catalogue::{About, Alternative, Entry, Evidence};
use crate::json::{FromJson, JsonError};
use crate::reference::Layout;
use crate::view::Sink;
use crate::wire::{Reader, Writer};

pub use alarm::*;
pub use call::*;
pub use capability::*;
pub use conference::*;
pub use keys::*;
pub use media::*;
pub use qos::*;
pub use registration::*;
pub use screen::*;
pub use service::*;
pub use statistics::*;
pub use template::*;
pub use video::*;

/// What every struct of fields can do; the declarations implement it.
pub trait Parts<'a>: Sized {
    /// Bytes of the leading fields whose size never varies, and whether those are all.
    const PREFIX: (usize, bool);

    /// Takes the fields in order, testing before each whether it is there.
    fn read_fields(reader: &mut Reader<'a>) -> Self;

    /// Takes the fields in order.
    #[inline(always)]
    fn read_parts(reader: &mut Reader<'a>) -> Self {
        // The same code twice: behind this one test the compiler drops the tests of the prefix.
        if reader.rest().len() >= Self::PREFIX.0 {
            Self::read_fields(reader)
        } else {
            Self::read_short(reader)
        }
    }

    /// The rare case: a short form.
    #[cold]
    #[inline(never)]
    fn read_short(reader: &mut Reader<'a>) -> Self {
        Self::read_fields(reader)
    }

    /// Writes the fields in order.
    fn write_parts(&self, writer: &mut Writer<'_>);
    /// Reports the fields that are present.
    fn view_parts(reader: &mut Reader<'a>, sink: &mut dyn Sink) -> Self;
    /// Writes the fields' bytes from JSON.
    fn json_parts(source: &mut FromJson<'_, '_>) -> Result<(), JsonError>;
    /// Describes the fields.
    fn lay_out_parts(layout: &mut Layout);
}

/// The body of a message.
pub trait Body<'a>: Parts<'a> {
    /// What it means and where that is known from.
    const ABOUT: About;

    /// The version whose layout `body` has, by a peer of `version` (0: not known). Most layouts follow
    /// the version; some are told by the length alone.
    #[inline]
    fn layout_version(version: u8, _body: &[u8]) -> u8 {
        version
    }

    /// The version whose layout we send to a peer of `version`.
    #[inline]
    fn composed_version(version: u8) -> u8 {
        version
    }
}

/// A message that has a number.
pub trait Numbered {
    /// The message id.
    const ID: u32;
}

/// A message that phones and media resources send.
pub trait FromDevice {}
/// A message that the call manager sends.
pub trait ToDevice {}

/// A message whose id or layout nobody knows: its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw<'a> {
    /// The message id.
    pub id: u32,
    /// The body.
    pub body: &'a [u8],
}

catalogue! {
    // What phones and media resources say.
    0x0000 KeepAliveReq FromPhone Request registration [0x0100];
    0x0001 RegisterReq<'a> FromPhone Request registration [0x0081, 0x009d];
    0x0002 IpPort FromPhone Event registration [];
    0x0003 KeypadButton FromPhone Event keys [];
    0x0004 EnblocCall<'a> FromPhone Event keys [];
    0x0005 Stimulus FromPhone Event keys [];
    0x0006 OffHook FromPhone Event keys [];
    0x0007 OnHook FromPhone Event keys [];
    0x0008 HookFlash FromPhone Event keys [];
    0x0009 ForwardStatReq FromPhone Request template [0x0090];
    0x000a SpeedDialStatReq FromPhone Request template [0x0091, 0x0149];
    0x000b LineStatReq FromPhone Request template [0x0092, 0x0147];
    0x000c ConfigStatReq FromPhone Request template [0x0093, 0x0142];
    0x000d TimeDateReq FromPhone Request registration [0x0094];
    0x000e ButtonTemplateReq FromPhone Request template [0x0097];
    0x000f VersionReq FromPhone Request registration [0x0098];
    0x0010 CapabilitiesRes<'a> FromPhone Response capability [0x009b];
    0x0011 MediaPortList<'a> FromResource Event registration [];
    0x0012 ServerReq FromPhone Request registration [0x009e];
    0x0020 Alarm<'a> FromPhone Event alarm [];
    0x0021 MulticastMediaReceptionAck FromPhone Response media [0x0101];
    0x0022 OpenReceiveChannelAck FromPhone Response media [0x0105];
    0x0023 ConnectionStatisticsRes<'a> FromPhone Response statistics [0x0107];
    0x0024 OffHookWithCallingPartyNumber<'a> FromPhone Event keys [];
    0x0025 SoftKeySetReq FromPhone Request template [0x0109];
    0x0026 SoftKeyEvent FromPhone Event keys [];
    0x0027 UnregisterReq FromPhone Request registration [0x0118];
    0x0028 SoftKeyTemplateReq FromPhone Request template [0x0108];
    0x0029 RegisterTokenReq<'a> FromPhone Request registration [0x011a, 0x011b];
    0x002a MediaTransmissionFailure FromPhone Response media [0x008a];
    0x002b HeadsetStatus FromPhone Event keys [];
    0x002c MediaResourceNotification FromResource Event conference [];
    0x002d RegisterAvailableLines FromPhone Event registration [];
    0x002e DeviceToUserData<'a> FromPhone Request service [0x002f];
    0x002f DeviceToUserDataResponse<'a> FromPhone Response service [0x002e];
    0x0030 UpdateCapabilities<'a> FromPhone Event capability [0x009b];
    0x0031 OpenMultiMediaReceiveChannelAck FromPhone Response video [0x0131];
    0x0032 ClearConference FromResource Event conference [];
    0x0033 ServiceURLStatReq FromPhone Request template [0x012f, 0x0148];
    0x0034 FeatureStatReq FromPhone Request template [0x011f, 0x0146];
    0x0035 CreateConferenceRes<'a> FromResource Response conference [0x0137];
    0x0036 DeleteConferenceRes FromResource Response conference [0x0138];
    0x0037 ModifyConferenceRes<'a> FromResource Response conference [0x0139];
    0x0038 AddParticipantRes<'a> FromResource Response conference [0x013a];
    0x0039 AuditConferenceRes<'a> FromResource Response conference [0x013c];
    0x0040 AuditParticipantRes<'a> FromResource Response conference [0x013d];
    0x0041 DeviceToUserDataVersion1<'a> FromPhone Request service [0x0042];
    0x0042 DeviceToUserDataResponseVersion1<'a> FromPhone Response service [0x0041];
    0x0043 UpdateCapabilitiesV2<'a> FromPhone Response capability [0x009b];
    0x0044 UpdateCapabilitiesV3<'a> FromPhone Response capability [0x009b];
    0x0045 PortRes FromPhone Response media [0x014b];
    0x0046 QoSResvNotify FromResource Event qos [];
    0x0047 QoSErrorNotify FromResource Event qos [];
    0x0048 SubscriptionStatReq<'a> FromPhone Request service [0x0152];
    0x0049 MediaPathEvent FromPhone Event keys [];
    0x004a MediaPathCapability FromPhone Event keys [];
    0x004c MwiNotification<'a> FromResource Request service [0x0158];
    0x0124 AnnouncementFinish FromResource Event conference [];
    0x0127 NotifyDtmfTone Both Event media [];
    0x0128 SendDtmfTone Both Event media [];
    0x012a SubscribeDtmfPayloadRes FromPhone Response media [0x0129];
    0x012b SubscribeDtmfPayloadErr FromPhone Response media [0x0129];
    0x012d UnSubscribeDtmfPayloadRes FromPhone Response media [0x012c];
    0x012e UnSubscribeDtmfPayloadErr FromPhone Response media [0x012c];
    0x0141 FlowControlNotify FromPhone Event video [];
    0x0154 StartMediaTransmissionAck<'a> FromPhone Response media [0x008a];
    0x0155 StartMultiMediaTransmissionAck FromPhone Response video [0x0132];
    0x0157 LocationInfo<'a> FromPhone Event registration [];
    0x0159 AddOnDeviceCapabilities<'a> FromPhone Event registration [];
    0x015a XMLAlarm<'a> FromPhone Event alarm [];
    0x015e CallCountReq<'a> FromPhone Request registration [0x015f];
    0x8000 SPCPRegisterTokenReq<'a> FromPhone Request registration [0x8100, 0x8101];

    // What the call manager says.
    0x0081 RegisterAck<'a> ToPhone Response registration [0x0001];
    0x0082 StartTone ToPhone Event call [];
    0x0083 StopTone ToPhone Event call [];
    0x0085 SetRinger ToPhone Event screen [];
    0x0086 SetLamp ToPhone Event screen [];
    0x0087 SetHookFlashDetect ToPhone Event screen [];
    0x0088 SetSpeakerMode ToPhone Event screen [];
    0x0089 SetMicroMode ToPhone Event screen [];
    0x008a StartMediaTransmission ToPhone Request media [0x002a, 0x0154] or EarlyStartMediaTransmission when media::is_early_start;
    0x008b StopMediaTransmission ToPhone Event media [];
    0x008c StartMediaReception ToPhone Event media [];
    0x008d StopMediaReception ToPhone Event media [];
    0x008f CallInfo<'a> ToPhone Event call [];
    0x0090 ForwardStatRes<'a> ToPhone Response template [0x0009];
    0x0091 SpeedDialStatRes<'a> ToPhone Response template [0x000a];
    0x0092 LineStatRes<'a> ToPhone Response template [0x000b];
    0x0093 ConfigStatRes<'a> ToPhone Response template [0x000c];
    0x0094 TimeDateRes ToPhone Response registration [0x000d];
    0x0095 StartSessionTransmission ToResource Event media [];
    0x0096 StopSessionTransmission ToResource Event media [];
    0x0097 ButtonTemplateRes<'a> ToPhone Response template [0x000e];
    0x0098 VersionRes<'a> ToPhone Response registration [0x000f];
    0x0099 DisplayText<'a> ToPhone Event screen [];
    0x009a ClearDisplay ToPhone Event screen [];
    0x009b CapabilitiesReq ToPhone Event registration [0x0010, 0x0030, 0x0043, 0x0044];
    0x009d RegisterReject<'a> ToPhone Event registration [0x0001];
    0x009e ServerRes<'a> ToPhone Response registration [0x0012];
    0x009f Reset ToPhone Event registration [];
    0x0100 KeepAliveAck ToPhone Response registration [0x0000];
    0x0101 StartMulticastMediaReception ToPhone Request media [0x0021];
    0x0102 StartMulticastMediaTransmission ToPhone Request media [];
    0x0103 StopMulticastMediaReception ToPhone Event media [];
    0x0104 StopMulticastMediaTransmission ToPhone Event media [];
    0x0105 OpenReceiveChannel ToPhone Request media [0x0022];
    0x0106 CloseReceiveChannel ToPhone Event media [];
    0x0107 ConnectionStatisticsReq<'a> ToPhone Request statistics [0x0023];
    0x0108 SoftKeyTemplateRes<'a> ToPhone Response template [0x0028];
    0x0109 SoftKeySetRes<'a> ToPhone Response template [0x0025];
    0x0110 SelectSoftKeys ToPhone Event screen [];
    0x0111 CallState ToPhone Event call [];
    0x0112 DisplayPromptStatus<'a> ToPhone Event screen [];
    0x0113 ClearPromptStatus ToPhone Event screen [];
    0x0114 DisplayNotify<'a> ToPhone Event screen [];
    0x0115 ClearNotify ToPhone Event screen [];
    0x0116 ActivateCallPlane ToPhone Event screen [];
    0x0117 DeactivateCallPlane ToPhone Event screen [];
    0x0118 UnregisterAck ToPhone Response registration [0x0027];
    0x0119 BackSpaceRes ToPhone Event screen [];
    0x011a RegisterTokenAck ToPhone Response registration [0x0029];
    0x011b RegisterTokenReject ToPhone Response registration [0x0029];
    0x011c StartMediaFailureDetection ToPhone Event media [];
    0x011d DialedNumber<'a> ToPhone Event call [];
    0x011e UserToDeviceData<'a> ToPhone Event service [];
    0x011f FeatureStatRes<'a> ToPhone Response template [0x0034];
    0x0120 DisplayPriNotify<'a> ToPhone Event screen [];
    0x0121 ClearPriNotify ToPhone Event screen [];
    0x0122 StartAnnouncement<'a> ToResource Event conference [];
    0x0123 StopAnnouncement ToResource Event conference [];
    0x0129 SubscribeDtmfPayloadReq ToPhone Request media [0x012a, 0x012b];
    0x012c UnSubscribeDtmfPayloadReq ToPhone Request media [0x012d, 0x012e];
    0x012f ServiceURLStatRes<'a> ToPhone Response template [0x0033];
    0x0130 CallSelectStatRes ToPhone Event call [];
    0x0131 OpenMultiMediaReceiveChannel ToPhone Request video [0x0031];
    0x0132 StartMultiMediaTransmission ToPhone Request video [0x0155];
    0x0133 StopMultiMediaTransmission ToPhone Event video [];
    0x0134 MiscellaneousCommand ToPhone Event video [];
    0x0135 FlowControlCommand ToPhone Event video [];
    0x0136 CloseMultiMediaReceiveChannel ToPhone Event video [];
    0x0137 CreateConferenceReq<'a> ToResource Request conference [0x0035];
    0x0138 DeleteConferenceReq ToResource Request conference [0x0036];
    0x0139 ModifyConferenceReq<'a> ToResource Request conference [0x0037];
    0x013a AddParticipantReq<'a> ToResource Request conference [0x0038];
    0x013b DropParticipantReq ToResource Request conference [];
    0x013c AuditConferenceReq ToResource Request conference [0x0039];
    0x013d AuditParticipantReq ToResource Request conference [0x0040];
    0x013e ChangeParticipantReq<'a> ToResource Request conference [];
    0x013f UserToDeviceDataVersion1<'a> ToPhone Event service [];
    0x0140 VideoDisplayCommand ToPhone Event video [];
    0x0142 ConfigStatV2Res<'a> ToPhone Response template [0x000c];
    0x0143 DisplayNotifyV2<'a> ToPhone Event screen [];
    0x0144 DisplayPriNotifyV2<'a> ToPhone Event screen [];
    0x0145 DisplayPromptStatusV2<'a> ToPhone Event screen [];
    0x0146 FeatureStatV2Res<'a> ToPhone Response template [0x0034];
    0x0147 LineStatV2Res<'a> ToPhone Response template [0x000b];
    0x0148 ServiceURLStatV2Res<'a> ToPhone Response template [0x0033];
    0x0149 SpeedDialStatV2Res<'a> ToPhone Response template [0x000a];
    0x014a CallInfoV2<'a> ToPhone Event call [];
    0x014b PortReq ToPhone Request media [0x0045];
    0x014c PortClose ToPhone Event media [];
    0x014d QoSListen<'a> ToResource Event qos [];
    0x014e QoSPath<'a> ToResource Event qos [];
    0x014f QoSTeardown ToResource Event qos [];
    0x0150 UpdateDSCP ToResource Event qos [];
    0x0151 QoSModify<'a> ToResource Event qos [];
    0x0152 SubscriptionStatRes ToPhone Response service [0x0048];
    0x0153 Notification<'a> ToPhone Event service [];
    0x0156 CallHistoryInfo ToPhone Event call [];
    0x0158 MwiRes<'a> ToResource Response service [0x004c];
    0x015f CallCountResp<'a> ToPhone Response registration [0x015e];
    0x0160 RecordingStatus ToPhone Event call [];
    0x8100 SPCPRegisterTokenAck ToPhone Response registration [0x8000];
    0x8101 SPCPRegisterTokenReject ToPhone Response registration [0x8000];

    raw
    // Named, but nobody has published a layout.
    0x009c EnunciatorCommand ToPhone Event [] "Orders an enunciator. Its layout is not known.";
    0xff00 VG224Unknown FromPhone Event [] "Seen from a VG224. Its layout is not known.";
    0xff02 SPCPPlatformInfoGetReq Unknown Event [] "Platform information of SPA phones. Its layout is not known.";
    0xff03 SPCPPlatformInfoGetRsp Unknown Event [] "Platform information of SPA phones. Its layout is not known.";
    0xff04 SPCPPlatformInfoGetRej Unknown Event [] "Platform information of SPA phones. Its layout is not known.";
}
