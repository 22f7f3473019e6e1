//! Exceptions that frames of our own making show.
//!
//! "Dump" means the bytes of a real phone or call manager that chan-sccp's `sccp_protocol.h` quotes.

use super::lost::{
    lost_in_channel, lost_in_either_form, lost_in_page, lost_in_tables, lost_in_tables_v3, typed_addresses,
};
use super::{Exception, Place::*};

const WITH_TAIL: &str = "bodies of 4 (7960) and 8 bytes (7965 at version 22) are real: the word is there when \
                         the body has it";
const NETWORK_ORDER: &str = "RegisterReq holds the same two fields and tshark reads that address in network \
                             order, as every capture has it";
const SIGNED: &str = "the same 32 bits; nothing proves the sign, and the field's name asks for one";
const FIXED_TABLES: &str = "dumps of a 7970 and a 7940, 1840 bytes each with 8 codecs: no picture format, \
                            and yet the first codec stands at 312, the first video codec at 600";
const CASE_BY_CODEC: &str = "dump of 0x0132, 168 bytes at header 0: compression_type 103 (H.264), payload_type \
                             97 (an RTP payload number), then bit rate 3840 and H.264's profile 64, level 50 \
                             where that case has them; every case takes 76 bytes, or the body would be shorter. \
                             CUCM traces of 0x0131 name the codec as compressionType, too";
const PAGED: &str = "a page's own counter counts its entries, the total those of all pages; both are equal in \
                     the captures";

pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        id: 0x0001,
        versions: 0..=22,
        place: Field("mac_address"),
        theirs: "reads the first six of twelve bytes as the address",
        proof: "dump of a 6961: twelve ASCII digits, the address in text",
    },
    Exception {
        id: 0x0001,
        versions: 0..=22,
        place: Field("config_version_stamp"),
        theirs: "reads it only when the length word is over 191",
        proof: "the longest body is 172; presence follows the length, as in dumps of 44, 68 and 124 bytes",
    },
    Exception {
        id: 0x000e,
        versions: 0..=22,
        place: From("total_button_count"),
        theirs: "takes the message for empty",
        proof: "old-CallManager capture, packet 12: four bytes, 8",
    },
    Exception {
        id: 0x0011,
        versions: 0..=22,
        place: From("port_count"),
        theirs: "does not know the message",
        proof: "not proven: chan-sccp and crate sccp-protocol have this layout",
    },
    Exception {
        id: 0x0023,
        versions: 18..=18,
        place: From("directory_number"),
        theirs: "reads the packed form of version 22 from 18 on",
        proof: "not proven at 18: chan-sccp and crate sccp-protocol put the 28-byte number at 19; dump at 20 \
                is aligned, so tshark's form is wrong there",
    },
    Exception {
        id: 0x0023,
        versions: 19..=21,
        place: From("stats_processing_mode"),
        theirs: "reads the packed form of version 22 from 18 on",
        proof: "dump at version 20, 668 bytes: the mode is a word and what follows is aligned",
    },
    Exception {
        id: 0x0027,
        versions: 0..=22,
        place: From("un_reg_reason_code"),
        theirs: "reads the reason only when the length word is over 12",
        proof: "tshark's own layout has no field before it, so a length word of 8 holds it",
    },
    Exception {
        id: 0x0029,
        versions: 0..=22,
        place: Field("station_ip_addr"),
        theirs: "turns the address round",
        proof: NETWORK_ORDER,
    },
    Exception {
        id: 0x0029,
        versions: 0..=22,
        place: From("station_ipv6_addr"),
        theirs: "takes the IPv6 address for one whose form the version decides, and ends there",
        proof: "an IPv6 address has sixteen bytes at any version, as in RegisterReq; chan-sccp has them, and \
                the word behind",
    },
    Exception {
        id: 0x0030,
        versions: 0..=22,
        place: Behind(lost_in_either_form),
        theirs: "skips neither an empty table, nor unused places of tables at their size, nor a codec's \
                 parameters that it does not know (H.264 among them), and does not know the long form",
        proof: "dump of a 7940 with 1840 bytes: the second video codec, H.264, stands 116 behind the first and \
                has profile 64, level 50; the long form is that of 0x0043, not proven here",
    },
    Exception {
        id: 0x0034,
        versions: 0..=22,
        place: Field("feature_capabilities"),
        theirs: "reads the second word only when the length word is over 16",
        proof: WITH_TAIL,
    },
    Exception {
        id: 0x0043,
        versions: 0..=22,
        place: Behind(lost_in_tables),
        theirs: "skips neither an empty table, nor unused places of tables at their size, nor a codec's \
                 parameters that it does not know",
        proof: FIXED_TABLES,
    },
    Exception {
        id: 0x0044,
        versions: 0..=22,
        place: Behind(lost_in_tables_v3),
        theirs: "takes each table to be as long as its counter says",
        proof: "not proven: chan-sccp reads these messages of real phones with tables of fixed size, as all \
                other capability messages have them",
    },
    Exception {
        id: 0x008c,
        versions: 0..=22,
        place: From("remote_ip"),
        theirs: "knows the name only",
        proof: "old-CallManager capture: 24 bytes, the phone's address, 30 ms, codec 4, uncleared memory",
    },
    Exception {
        id: 0x008d,
        versions: 0..=22,
        place: From("conference_id"),
        theirs: "knows the name only",
        proof: "chan-sccp has both words; the old-CallManager capture has four meaningless bytes",
    },
    Exception {
        id: 0x0097,
        versions: 0..=22,
        place: Behind(lost_in_page),
        theirs: "counts entries by the total and closes one tree too many for each unused place",
        proof: PAGED,
    },
    Exception {
        id: 0x009e,
        versions: 0..=16,
        place: Behind(typed_addresses),
        theirs: "takes room for typed addresses by the length, and reads bare ones by the version",
        proof: "the length has room for five typed ones; a header of version 0 says nothing of the version \
                (captures: a 7960 at version 11)",
    },
    Exception {
        id: 0x0105,
        versions: 17..=22,
        place: Field("audio_level_adjustment"),
        theirs: "shows no sign",
        proof: SIGNED,
    },
    Exception {
        id: 0x0107,
        versions: 18..=18,
        place: From("directory_number"),
        theirs: "reads the 28-byte number from 18 on",
        proof: "not proven: chan-sccp and crate sccp-protocol put it at 19",
    },
    Exception {
        id: 0x0108,
        versions: 0..=22,
        place: Behind(lost_in_page),
        theirs: "counts entries by the total and closes one tree too many for each unused place",
        proof: PAGED,
    },
    Exception {
        id: 0x0109,
        versions: 0..=22,
        place: Behind(lost_in_page),
        theirs: "counts entries by the total and closes one tree too many for each unused place",
        proof: PAGED,
    },
    Exception {
        id: 0x0131,
        versions: 0..=22,
        place: Behind(lost_in_channel),
        theirs: "chooses the case by the RTP payload number and gives each case another size",
        proof: CASE_BY_CODEC,
    },
    Exception {
        id: 0x0132,
        versions: 0..=22,
        place: Behind(lost_in_channel),
        theirs: "chooses the case by the RTP payload number and gives each case another size",
        proof: CASE_BY_CODEC,
    },
    Exception {
        id: 0x0142,
        versions: 0..=22,
        place: From("sid.device_name"),
        theirs: "reads the device name as a text that its NUL ends",
        proof: "not proven, nobody is known to send it: chan-sccp has the identifier of sixteen bytes and two \
                words that all other messages have",
    },
    Exception {
        id: 0x0148,
        versions: 0..=22,
        place: From("service_url"),
        theirs: "knows the index only",
        proof: "not proven: the texts of the static form, by crate sccp-protocol",
    },
    Exception {
        id: 0x014a,
        versions: 0..=15,
        place: From("called_party"),
        theirs: "reads the alternate calling party below version 16 as well: thirteen texts",
        proof: "not proven: chan-sccp sends phones of these versions twelve",
    },
    Exception {
        id: 0x014a,
        versions: 16..=16,
        place: From("hunt_pilot_number"),
        theirs: "reads the hunt pilot from version 17 on only",
        proof: "not proven: chan-sccp sends phones of version 16 fifteen texts, as nDPI frames 9 to 49 hold at 20",
    },
    Exception {
        id: 0x014d,
        versions: 0..=22,
        place: Field("max_retry_number"),
        theirs: "shows no sign",
        proof: SIGNED,
    },
    Exception {
        id: 0x014e,
        versions: 0..=22,
        place: Field("max_retry_number"),
        theirs: "shows no sign",
        proof: SIGNED,
    },
    Exception {
        id: 0x0153,
        versions: 0..=22,
        place: From("text"),
        theirs: "wants 97 bytes of text and shows none when there are fewer",
        proof: "not proven: chan-sccp sends 100; what ends at its NUL reads both, and a shorter one",
    },
    Exception {
        id: 0x0154,
        versions: 0..=22,
        place: From("extension"),
        theirs: "does not look behind the status",
        proof: "dump of a 6901 at version 20: eight bytes more",
    },
    Exception {
        id: 0x015e,
        versions: 0..=22,
        place: From("opaque"),
        theirs: "takes the message for empty",
        proof: "chan-sccp (bug 173) has seen it with a body",
    },
    Exception {
        id: 0x8000,
        versions: 0..=22,
        place: Field("station_ip_addr"),
        theirs: "turns the address round",
        proof: NETWORK_ORDER,
    },
];
