//! What phones report about themselves.
use crate::codes as c;
use crate::types::{FixedText, NulText};

message! {
    /// Why the phone last left service, as text and number; sent before RegisterReq, not answered.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    Alarm<'a> {
        alarm_severity: c::DeviceAlarmSeverity,
        text: FixedText<'a, 80>,
        parm1: u32,
        parm2: u32,
    }
}

message! {
    /// Alarm of newer phones, as XML.
    [Implementations "tshark, chan-sccp and crate sccp-protocol agree; no capture"]
    XMLAlarm<'a> {
        alarm_info: NulText<'a, 2049>,
    }
}
