//! A trace's names of messages and fields against those of the catalogue.

use std::collections::BTreeMap;

use skinny::catalogue::CATALOGUE;

/// Longest name of a message that is looked at.
const MAX_NAME: usize = 64;

/// What a trace calls otherwise than the catalogue, folded; per direction where that matters.
const ALIASES: [(&str, &str); 14] = [
    ("keepalive", "keepalivereq"),
    ("register", "registerreq"),
    ("definetimedate", "timedateres"),
    ("capres", "capabilitiesres"),
    ("capreq", "capabilitiesreq"),
    ("capabilityres", "capabilitiesres"),
    ("openmultireceivechannel", "openmultimediareceivechannel"),
    ("openmultireceivechannelack", "openmultimediareceivechannelack"),
    ("closemultireceivechannel", "closemultimediareceivechannel"),
    ("openmultimediareceivechannelack", "openmultimediareceivechannelack"),
    ("startmultitransmission", "startmultimediatransmission"),
    ("stopmultitransmission", "stopmultimediatransmission"),
    ("connectionstatistics", "connectionstatisticsres"),
    ("backspace", "backspaceres"),
];

/// The catalogue by folded name.
#[derive(Debug)]
pub struct Names(BTreeMap<String, u32>);

impl Names {
    /// Of the whole catalogue.
    pub fn new() -> Self {
        Self(CATALOGUE.iter().map(|entry| (entry.name.to_ascii_lowercase(), entry.id)).collect())
    }

    /// The message that a trace calls `name`; `from_server` decides between a request and its answer.
    pub fn find(&self, name: &[u8], from_server: bool) -> Option<u32> {
        let folded = fold(name)?;
        let mut tried = Some(folded.as_str());
        while let Some(name) = tried {
            if let Some(id) = self.named(name, from_server) {
                return Some(id);
            }
            tried = ["messageid", "message", "msgid", "id"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .filter(|rest| !rest.is_empty());
        }
        None
    }

    fn named(&self, name: &str, from_server: bool) -> Option<u32> {
        let alias = ALIASES.iter().find(|(trace, _)| *trace == name).map_or(name, |(_, ours)| *ours);
        let endings: &[&str] = if from_server { &["", "res", "v2res", "req"] } else { &["", "req", "res"] };
        endings.iter().find_map(|ending| self.0.get(&format!("{alias}{ending}")).copied())
    }
}

/// Whether a name is written as messages to the phone are: `stationOutput…`, `star_StationOutput…`.
pub fn is_output(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"star_").unwrap_or(name);
    name.len() > 13 && name[..13].eq_ignore_ascii_case(b"stationOutput")
}

/// Lower case, without what traces put in front.
fn fold(name: &[u8]) -> Option<String> {
    if name.len() > MAX_NAME {
        return None;
    }
    let mut folded = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    for prefix in ["star_", "station", "output"] {
        if let Some(rest) = folded.strip_prefix(prefix)
            && !rest.is_empty()
        {
            folded = rest.to_owned();
        }
    }
    Some(folded)
}

/// A field's or key's name as both sides may spell it.
pub fn fold_key(name: &[u8]) -> String {
    let plain = name.iter().filter(|byte| byte.is_ascii_alphanumeric()).take(MAX_NAME);
    let folded: String = plain.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let folded = folded.replace("passthru", "passthrough").replace("ipaddress", "ipaddr");
    match folded.as_str() {
        "ci" | "callid" | "callreference" | "callref" => "callreference",
        "line" | "lineinst" | "lineid" => "lineinstance",
        "partyid" => "passthroughpartyid",
        "msecpacketsize" | "packetsize" => "millisecondpacketsize",
        "compresstype" | "codec" => "compressiontype",
        "remotertpportnumber" => "remoteportnumber",
        "stim" => "stimulus",
        "instance" | "stimulusinst" => "stimulusinstance",
        "display" => "displaytext",
        "digit" => "kpbutton",
        "status" => "mediareceptionstatus",
        "port" => "portnumber",
        "devicename" => "devicename",
        "softkeyset" => "softkeysetindex",
        "prompt" => "promptstatus",
        _ => return folded,
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_as_traces_call_them() {
        let names = Names::new();
        for (name, from_server, id) in [
            ("KeepAliveMessage", false, 0x00),
            ("KeypadButtonMessageID", false, 0x03),
            ("StationOpenReceiveChannelAckID", false, 0x22),
            ("stationOutputKeepAliveAck", true, 0x100),
            ("startMediaTransmission", true, 0x8a),
            ("OpenMultiReceiveChannel", true, 0x131),
            ("star_StationOutputStopMultiMediaTransmission", true, 0x133),
            ("StationOpenMultiMediaReceiveChannelAck", false, 0x31),
            ("DefineTimeDate", true, 0x94),
            ("StationLocationInfo", false, 0x157),
            ("StationOffHook", false, 0x06),
        ] {
            assert_eq!(names.find(name.as_bytes(), from_server), Some(id), "{name}");
        }
        for name in ["playRinger", "DEBUG", "restart0_StationOffHook", "preProcessing", "", "Station"] {
            assert_eq!(names.find(name.as_bytes(), true), None, "{name}");
        }
    }
}
