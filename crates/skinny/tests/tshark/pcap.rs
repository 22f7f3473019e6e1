//! A capture file of our own: one frame a packet, one TCP connection, port 2000.

/// Writes frames as segments that a phone sent, in order.
pub fn file(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(0xa1b2_c3d4_u32.to_le_bytes());
    out.extend([2, 0, 4, 0]);
    for word in [0_u32, 0, 0x4_0000, 1] {
        out.extend(word.to_le_bytes());
    }
    let mut sequence = 1_u32;
    for (number, frame) in frames.iter().enumerate() {
        let packet = packet(sequence, frame);
        let len = packet.len() as u32;
        for word in [number as u32, 0, len, len] {
            out.extend(word.to_le_bytes());
        }
        out.extend(packet);
        sequence = sequence.wrapping_add(frame.len() as u32);
    }
    out
}

/// Ethernet, IPv4 and TCP around a payload; checksums are left out, tshark does not check them.
fn packet(sequence: u32, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let total = u16::try_from(40 + payload.len()).expect("a frame fits a packet");
    out.extend([0x45, 0]);
    out.extend(total.to_be_bytes());
    out.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    out.extend(40_000_u16.to_be_bytes());
    out.extend(2000_u16.to_be_bytes());
    out.extend(sequence.to_be_bytes());
    out.extend(1_u32.to_be_bytes());
    out.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    out.extend(payload);
    out
}
