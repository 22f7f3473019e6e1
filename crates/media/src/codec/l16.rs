//! L16: 16-bit samples in network order (RFC 3551 4.5.11).

use super::{Codec, CodecKind};

/// Uncompressed samples.
#[derive(Debug, Clone, Copy)]
pub struct L16 {
    kind: CodecKind,
}

impl L16 {
    /// For one of the three L16 kinds; any other counts as [`CodecKind::L16Wide`].
    pub fn new(kind: CodecKind) -> Self {
        match kind {
            CodecKind::L16Mono | CodecKind::L16Stereo => Self { kind },
            _ => Self { kind: CodecKind::L16Wide },
        }
    }
}

impl Codec for L16 {
    fn kind(&self) -> CodecKind {
        self.kind
    }

    fn encode(&mut self, pcm: &[i16], out: &mut Vec<u8>) {
        out.extend(pcm.iter().flat_map(|sample| sample.to_be_bytes()));
    }

    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        out.extend(payload.chunks_exact(2).map(|pair| i16::from(pair[0] as i8) << 8 | i16::from(pair[1])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_back_as_they_were_and_a_stray_byte_is_left() {
        let pcm = [0, 1, -1, i16::MAX, i16::MIN, 0x1234];
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        let mut codec = L16::new(CodecKind::L16Mono);
        codec.encode(&pcm, &mut bytes);
        assert_eq!(bytes[10..], [0x12, 0x34]);
        bytes.push(9);
        codec.decode(&bytes, &mut back);
        assert_eq!(back, pcm);
        assert_eq!((codec.payload_type(), L16::new(CodecKind::G729).payload_type()), (11, 96));
    }
}
