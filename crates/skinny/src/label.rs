//! The two dictionaries of label codes: a prefix byte and a number in a text stand for a string of the
//! phone's own locale. 0x80 is known to every phone, 0x1e to newer firmware only (7905 and 7940 era loads
//! lack it). Numbers and names: tshark 4.0.17, those marked in `docs/protocol/messages.md` also seen in
//! captures (`13` Your current options, `16` Ring out, `17` From, `18` Connected, `20` Enter number, in hex).

/// Begins a code of the first dictionary.
pub const PREFIX_80: u8 = 0x80;
/// Begins a code of the second dictionary.
pub const PREFIX_1E: u8 = 0x1e;

/// Whether `byte` begins a label code.
#[inline]
pub fn is_prefix(byte: u8) -> bool {
    byte == PREFIX_80 || byte == PREFIX_1E
}

/// The name of a label.
pub fn name(prefix: u8, number: u8) -> Option<&'static str> {
    let dictionary = if prefix == PREFIX_1E { LABELS_1E } else { LABELS_80 };
    let index = dictionary.binary_search_by_key(&number, |(number, _)| *number).ok()?;
    Some(dictionary[index].1)
}

/// The label with a name: prefix and number.
pub fn find(name: &str) -> Option<(u8, u8)> {
    let within = |prefix, dictionary: &[(u8, &str)]| {
        dictionary.iter().find(|(_, label)| *label == name).map(|(number, _)| (prefix, *number))
    };
    within(PREFIX_80, LABELS_80).or_else(|| within(PREFIX_1E, LABELS_1E))
}

/// The number of a label of the first dictionary, for tables that are made when the program is built.
pub const fn find_80(name: &str) -> Option<u8> {
    let mut at = 0;
    while at < LABELS_80.len() {
        let (number, label) = LABELS_80[at];
        if is_same(label.as_bytes(), name.as_bytes()) {
            return Some(number);
        }
        at += 1;
    }
    None
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// The dictionary behind 0x80, in the order of its numbers.
#[rustfmt::skip]
pub const LABELS_80: &[(u8, &str)] = &[
    (0x01, "Redial"), (0x02, "NewCall"), (0x03, "Hold"), (0x04, "Transfer"), (0x05, "CFwdAll"),
    (0x06, "CFwdBusy"), (0x07, "CFwdNoAnswer"), (0x08, "<<"), (0x09, "EndCall"), (0x0a, "Resume"),
    (0x0b, "Answer"), (0x0c, "Info"), (0x0d, "Confrn"), (0x0e, "Park"), (0x0f, "Join"), (0x10, "MeetMe"),
    (0x11, "PickUp"), (0x12, "GPickUp"), (0x13, "Your current options"), (0x14, "Off hook"),
    (0x15, "On hook"), (0x16, "Ring out"), (0x17, "From"), (0x18, "Connected"), (0x19, "Busy"),
    (0x1a, "Line In Use"), (0x1b, "Call Waiting"), (0x1c, "Call Transfer"), (0x1d, "Call Park"),
    (0x1e, "Call Proceed"), (0x1f, "In Use Remote"), (0x20, "Enter number"), (0x21, "Call park at"),
    (0x22, "Primary Only"), (0x23, "Temp fail"), (0x24, "You have voicemail"), (0x25, "Forwarded to"),
    (0x26, "Can Not Complete Conference"), (0x27, "No Conference Bridge"),
    (0x28, "Can Not Hold Primary Control"), (0x29, "Invalid Conference Participant"),
    (0x2a, "In Conference Already"), (0x2b, "No Participant Info"), (0x2c, "Exceed Maximum Parties"),
    (0x2d, "Key Is Not Active"), (0x2e, "Error No License"), (0x2f, "Error DBConfig"),
    (0x30, "Error Database"), (0x31, "Error Pass Limit"), (0x32, "Error Unknown"),
    (0x33, "Error Mismatch"), (0x34, "Conference"), (0x35, "Park Number"), (0x36, "Private"),
    (0x37, "Not Enough Bandwidth"), (0x38, "Unknown Number"), (0x39, "RmLstC"), (0x3a, "Voicemail"),
    (0x3b, "ImmDiv"), (0x3c, "Intrcpt"), (0x3d, "SetWtch"), (0x3e, "TrnsfVM"), (0x3f, "DND"),
    (0x40, "DivAll"), (0x41, "CallBack"), (0x42, "Network Congestion Rerouting"), (0x43, "Barge"),
    (0x44, "Failed To Setup Barge"), (0x45, "Another Barge Exists"), (0x46, "Incompatible Device Type"),
    (0x47, "No Park Number Available"), (0x48, "Callpark Reversion"), (0x49, "Service Is Not Active"),
    (0x4a, "High Traffic Try Again Later"), (0x4b, "QRT"), (0x4c, "MCID"), (0x4d, "DirTrfr"),
    (0x4e, "Select"), (0x4f, "ConfList"), (0x50, "iDivert"), (0x51, "cBarge"),
    (0x52, "Can Not Complete Transfer"), (0x53, "Can Not Join Calls"), (0x54, "MCID successful"),
    (0x55, "Number Not Configured"), (0x56, "Security Error"), (0x57, "Video Bandwidth Unavailable"),
    (0x58, "VidMode"), (0x59, "Max Call Duration Timeout"), (0x5a, "Max Hold Duration Timeout"),
    (0x5b, "OPickUp"), (0x5c, "HLog"), (0x5d, "Logged Out Of Hunt Group"), (0x5e, "Park Slot Unavailable"),
    (0x5f, "No Call Available For Pickup"), (0x61, "External Transfer Restricted"),
    (0x62, "No Line Available For Pickup"), (0x63, "Path Replacement In Progress"),
    (0x64, "Unknown label 100"), (0x65, "MAC Address"), (0x66, "Host Name"), (0x67, "Domain Name"),
    (0x68, "IP Address"), (0x69, "Subnet Mask"), (0x6a, "TFTP Server 1"), (0x6b, "Default Router 1"),
    (0x6c, "Default Router 2"), (0x6d, "Default Router 3"), (0x6e, "Default Router 4"),
    (0x6f, "Default Router 5"), (0x70, "DNS Server 1"), (0x71, "DNS Server 2"), (0x72, "DNS Server 3"),
    (0x73, "DNS Server 4"), (0x74, "DNS Server 5"), (0x75, "Operational VLAN Id"), (0x76, "Admin VLAN Id"),
    (0x77, "Call Manager 1"), (0x78, "Call Manager 2"), (0x79, "Call Manager 3"), (0x7a, "Call Manager 4"),
    (0x7b, "Call Manager 5"), (0x7c, "Information URL"), (0x7d, "Directories URL"), (0x7e, "Messages URL"),
    (0x7f, "Services URL"),
];

/// The dictionary behind 0x1e, in the order of its numbers.
#[rustfmt::skip]
pub const LABELS_1E: &[(u8, &str)] = &[
    (0x00, "Empty"), (0x02, "Acct"), (0x03, "Flash"), (0x04, "Login"), (0x05, "Device In Home Location"),
    (0x06, "Device In Roaming Location"), (0x07, "Enter Authorization Code"),
    (0x08, "Enter Client Matter Code"), (0x09, "Calls Available For Pickup"),
    (0x0a, "Cm Fallback Service Operating"), (0x0b, "Max Phones Exceeded"), (0x0c, "Waiting To Rehome"),
    (0x0d, "Please End Call"), (0x0e, "Paging"), (0x0f, "Select Line"),
    (0x10, "Transfer Destination Is Busy"), (0x11, "Select A Service"), (0x12, "Local Services"),
    (0x13, "Enter Search Criteria"), (0x14, "Night Service"), (0x15, "Night Service Active"),
    (0x16, "Night Service Disabled"), (0x17, "Login Successful"), (0x18, "Wrong Pin"),
    (0x19, "Please Enter Pin"), (0x1a, "Of"), (0x1b, "Records 1 To"), (0x1c, "No Record Found"),
    (0x1d, "Search Results"), (0x1e, "Calls In Queue"), (0x1f, "Join To Hunt Group"), (0x20, "Ready"),
    (0x21, "Not Ready"), (0x22, "Call On Hold"), (0x23, "Hold Reversion"), (0x24, "Setup Failed"),
    (0x25, "No Resources"), (0x26, "Device Not Authorized"), (0x27, "Monitoring"),
    (0x28, "Recording Awaiting Call To Be Active"), (0x29, "Recording Already In Progress"),
    (0x2a, "Inactive Recording Session"), (0x2b, "Mobility"), (0x2c, "Whisper"), (0x2d, "Forward All"),
    (0x2e, "Malicious Call Id"), (0x2f, "Group Pickup"), (0x30, "Remove Last Participant"),
    (0x31, "Other Pickup"), (0x32, "Video"), (0x33, "End Call"), (0x34, "Conference List"),
    (0x35, "Quality Reporting Tool"), (0x36, "Hunt Group"), (0x37, "Use Line Or Join To Complete"),
    (0x38, "Do Not Disturb"), (0x39, "Do Not Disturb Is Active"), (0x3a, "CFwdAll loop detected"),
    (0x3b, "CFwdAll hops exceeded"), (0x3c, "AbbrDial"), (0x3d, "Pickup Is Unavailable"),
    (0x3e, "Conference Is Unavailable"), (0x3f, "Meetme Is Unavailable"),
    (0x40, "Cannot Retrieve Parked Call"), (0x41, "Cannot Send Call To Mobile"), (0x43, "Record"),
    (0x44, "Cannot Move Conversation"), (0x45, "CW Off"), (0x46, "Coaching"), (0x4f, "Recording"),
    (0x50, "Recording Failed"), (0x51, "Connecting"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_numbers_ascend() {
        for dictionary in [LABELS_80, LABELS_1E] {
            assert!(dictionary.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        for (prefix, dictionary) in [(PREFIX_80, LABELS_80), (PREFIX_1E, LABELS_1E)] {
            for (number, label) in dictionary {
                assert_eq!(find(label), Some((prefix, *number)), "{label}");
                assert_eq!(find_80(label), Some(*number).filter(|_| prefix == PREFIX_80), "{label}");
                assert_eq!(name(prefix, *number), Some(*label));
                assert!(!label.contains(['{', '}']));
            }
        }
    }
}
