//! G.722 bit by bit. The hashes are those of libg722 (Steve Underwood's public domain code, by way of crate
//! `ezk-g722` 0.1.2 with the recommendation's reset values put in) and of ffmpeg's decoder; the comparison was
//! made outside of this workspace, since neither is a dependency.

use media::codec::{Codec, G722};

fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
}

fn noise(len: usize) -> impl Iterator<Item = u64> {
    let mut state = 88_172_645_463_325_252u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    })
    .take(len)
}

#[test]
fn any_bit_stream_decodes_to_the_same_samples() {
    let bytes: Vec<u8> = noise(100_000).map(|x| x as u8).collect();
    let mut pcm = Vec::new();
    G722::new().decode(&bytes, &mut pcm);
    assert_eq!(pcm.len(), 200_000);
    assert_eq!(fnv(pcm.iter().flat_map(|sample| sample.to_be_bytes())), DECODED);
}

#[test]
fn any_samples_encode_to_the_same_bit_stream() {
    let pcm: Vec<i16> = noise(160_000).map(|x| x as i16).collect();
    let soft: Vec<i16> = noise(160_000).map(|x| (x % 200) as i16 - 100).collect();
    let square: Vec<i16> = (0..160_000).map(|n| if n / 50 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    for (pcm, expect) in [(pcm, ENCODED[0]), (soft, ENCODED[1]), (square, ENCODED[2])] {
        let mut bytes = Vec::new();
        G722::new().encode(&pcm, &mut bytes);
        assert_eq!(fnv(bytes.into_iter()), expect);
    }
}

const DECODED: u64 = 0xB6B9_1DB5_2738_F80A;
const ENCODED: [u64; 3] = [0x01CD_03D6_5679_D358, 0x37BF_71A3_F508_764F, 0x65CD_6315_7800_78E0];
