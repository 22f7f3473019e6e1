//! What matters in a message, in a few words, and which kind of message it is.

use skinny::view::Listed;

use super::RowKind;

/// Fields by message: those that tell the story. Paths are matched by their last part.
const STORY: [(u32, RowKind, &[&str]); 71] = [
    (0x00, RowKind::KeepAlive, &[]),
    (0x100, RowKind::KeepAlive, &[]),
    (0x01, RowKind::Other, &["device_name", "device_type", "protocol_ver"]),
    (0x81, RowKind::Other, &["keep_alive_interval", "max_protocol_ver"]),
    (0x9d, RowKind::Other, &["text"]),
    (0x02, RowKind::Other, &[]),
    (0x03, RowKind::Key, &["kp_button"]),
    (0x04, RowKind::Key, &["called_party"]),
    (0x05, RowKind::Key, &["stimulus", "stimulus_instance"]),
    (0x06, RowKind::Key, &[]),
    (0x07, RowKind::Key, &[]),
    (0x08, RowKind::Key, &[]),
    (0x24, RowKind::Key, &["calling_party_number"]),
    (0x26, RowKind::Key, &["soft_key_event"]),
    (0x2b, RowKind::Key, &["headset_status"]),
    (0x49, RowKind::Key, &["media_path_id", "media_path_event"]),
    (0x20, RowKind::Other, &["alarm_severity", "text"]),
    (0x22, RowKind::Media, &["media_reception_status", "ip_addr", "port_number"]),
    (
        0x23,
        RowKind::Other,
        &["number_packets_sent", "number_packets_received", "number_packets_lost", "jitter"],
    ),
    (0x31, RowKind::Media, &["media_reception_status", "ip_addr", "port_number"]),
    (0x82, RowKind::Tone, &["tone"]),
    (0x83, RowKind::Tone, &[]),
    (0x85, RowKind::Tone, &["ring_mode"]),
    (0x86, RowKind::Lamp, &["stimulus", "stimulus_instance", "lamp_mode"]),
    (0x88, RowKind::Tone, &["speaker_mode"]),
    (0x89, RowKind::Tone, &["mic_mode"]),
    (0x8a, RowKind::Media, &["compression_type", "remote_ip_addr", "remote_port_number"]),
    (0x8b, RowKind::Media, &[]),
    (0x8f, RowKind::Call, &["calling_party_name", "calling_party", "called_party"]),
    (0x90, RowKind::Screen, &["forward_all_active"]),
    (0x91, RowKind::Screen, &["speed_dial_number"]),
    (0x92, RowKind::Other, &["line_number", "line_dir_number"]),
    (0x94, RowKind::Screen, &[]),
    (0x99, RowKind::Screen, &["text"]),
    (0x9a, RowKind::Screen, &[]),
    (0x9f, RowKind::Other, &["reset_type"]),
    (0x105, RowKind::Media, &["compression_type", "milli_second_packet_size"]),
    (0x106, RowKind::Media, &[]),
    (0x107, RowKind::Other, &["directory_number"]),
    (0x108, RowKind::Screen, &[]),
    (0x109, RowKind::Screen, &[]),
    (0x110, RowKind::Screen, &["soft_key_set_index"]),
    (0x111, RowKind::Call, &["call_state"]),
    (0x112, RowKind::Screen, &["prompt_status"]),
    (0x113, RowKind::Screen, &[]),
    (0x114, RowKind::Screen, &["notify"]),
    (0x115, RowKind::Screen, &[]),
    (0x116, RowKind::Call, &[]),
    (0x117, RowKind::Call, &[]),
    (0x119, RowKind::Screen, &[]),
    (0x11d, RowKind::Call, &["dialed_number"]),
    (0x120, RowKind::Screen, &["notify"]),
    (0x121, RowKind::Screen, &[]),
    (0x130, RowKind::Call, &["call_select_stat"]),
    (0x131, RowKind::Media, &["compression_type"]),
    (0x132, RowKind::Media, &["compression_type", "remote_ip_addr", "remote_port_number"]),
    (0x133, RowKind::Media, &[]),
    (0x136, RowKind::Media, &[]),
    (0x143, RowKind::Screen, &["notify"]),
    (0x144, RowKind::Screen, &["notify"]),
    (0x145, RowKind::Screen, &["prompt_status"]),
    (0x146, RowKind::Screen, &["feature_text_label"]),
    (0x147, RowKind::Other, &["line_dir_number"]),
    (0x149, RowKind::Screen, &["speed_dial_number"]),
    (0x14a, RowKind::Call, &["calling_party_name", "calling_party", "called_party"]),
    (0x154, RowKind::Media, &["media_transmission_status", "transmit_ip_addr", "port_number"]),
    (0x155, RowKind::Media, &[]),
    (0x156, RowKind::Call, &["call_history_disposition"]),
    (0x15a, RowKind::Other, &[]),
    (0x29, RowKind::Other, &["device_name"]),
    (0x9b, RowKind::Other, &[]),
];

/// Longest headline.
const MAX_HEADLINE: usize = 100;

/// What kind of message it is, and what matters in it.
pub fn headline(id: u32, fields: &[Listed]) -> (RowKind, String) {
    let entry = STORY.iter().find(|(known, _, _)| *known == id);
    let (kind, wanted) = entry.map_or((RowKind::Other, &[][..]), |(_, kind, wanted)| (*kind, *wanted));
    let field = |name: &&str| {
        fields
            .iter()
            .find(|field| field.path.rsplit('.').next() == Some(*name))
            .map(|field| field.shown.trim_matches('"'))
    };
    let values: Vec<&str> = wanted.iter().filter_map(field).collect();
    let mut text = match (id, &values[..]) {
        (0x8f | 0x14a, [name, calling, called]) => {
            let name = if name.is_empty() { String::new() } else { format!("{name} ") };
            format!("{name}{calling} → {called}")
        }
        (0x22 | 0x31 | 0x154, [status, ip, port]) => format!("{status} {ip}:{port}"),
        (0x8a | 0x132, [codec, ip, port]) => format!("{codec} to {ip}:{port}"),
        (0x105, [codec, ms]) => format!("{codec} {ms} ms"),
        (0x23, [sent, received, lost, jitter]) => {
            format!("sent {sent}, received {received}, lost {lost}, jitter {jitter}")
        }
        (0x01, [name, model, version]) => format!("{name}, {model}, protocol {version}"),
        (0x81, [interval, version]) => format!("keepalive {interval} s, protocol {version}"),
        (_, values) => values.join(" "),
    };
    if let Some((at, _)) = text.char_indices().nth(MAX_HEADLINE) {
        text.truncate(at);
        text.push('…');
    }
    (kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that no layout has would silently show nothing.
    #[test]
    fn every_field_of_the_story_exists() {
        for (id, _, wanted) in STORY {
            let entry = skinny::catalogue::find(id).unwrap_or_else(|| panic!("{id:#x}"));
            let rows: Vec<String> = entry
                .variants()
                .into_iter()
                .flat_map(|variant| variant.layout.rows)
                .map(|row| row.name.rsplit('.').next().unwrap_or_default().to_owned())
                .collect();
            let found = wanted.iter().any(|name| rows.iter().any(|row| row == name));
            assert!(wanted.is_empty() || found, "{} has none of {wanted:?}, but {rows:?}", entry.name);
        }
    }
}
