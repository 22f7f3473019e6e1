//! Opens SRTP (RFC 3711, RFC 7714) with a key that SCCP itself carried. Not for sending, and not for SRTCP.

use aes::{Aes128, Aes256};
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use skinny::codes::MediaEncryptionAlgorithmType as Algorithm;

use crate::analysis::SrtpKey;

/// Bytes of a salt: 14 with AES-CM; the 12 of GCM are filled up with zeros.
const SALT: usize = 14;
const GCM_SALT: usize = 12;
const GCM_TAG: usize = 16;
/// Bytes of the key that authenticates, and of the whole tag.
const AUTHENTICATION_KEY: usize = 20;

/// Why a key opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// An algorithm that is not read here.
    #[error("its encryption {0} is not opened: only AES-CM and AES-GCM are")]
    Algorithm(Algorithm),
    /// A key or salt of the wrong length.
    #[error("the key in SCCP has {key} bytes and a salt of {salt}, which fits no SRTP")]
    Length {
        /// Bytes of the key.
        key: usize,
        /// Bytes of the salt.
        salt: usize,
    },
}

/// Opens the packets of one direction.
pub struct Srtp {
    salt: [u8; SALT],
    cipher: Cipher,
}

enum Cipher {
    Counter { key: [u8; 16], authentication: hmac::Key, tag: usize },
    Gcm(Box<LessSafeKey>),
}

impl std::fmt::Debug for Srtp {
    /// Shows nothing of the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Srtp")
    }
}

impl Srtp {
    /// With the session keys that follow from a master key.
    ///
    /// # Errors
    /// When the key is of a kind that is not opened here.
    pub fn new(master: &SrtpKey) -> Result<Self, KeyError> {
        let algorithm = Algorithm(master.algorithm);
        let lengths = KeyError::Length { key: master.key.len(), salt: master.salt.len() };
        let (key_len, salt_len) = match algorithm {
            Algorithm::CCM_AES_CM_128_HMAC_SHA1_32 | Algorithm::CCM_AES_CM_128_HMAC_SHA1_80 => (16, SALT),
            Algorithm::CCM_AEAD_AES_128_GCM => (16, GCM_SALT),
            Algorithm::CCM_AEAD_AES_256_GCM => (32, GCM_SALT),
            other => return Err(KeyError::Algorithm(other)),
        };
        if master.key.len() < key_len || master.salt.len() < salt_len {
            return Err(lengths);
        }
        let mut master_salt = [0; SALT];
        master_salt[..salt_len].copy_from_slice(&master.salt[..salt_len]);
        let derived = |label: u8, len: usize| derive(&master.key[..key_len], master_salt, label, len);
        let mut salt = [0; SALT];
        salt[..salt_len].copy_from_slice(&derived(2, salt_len).ok_or(lengths)?);
        let key = derived(0, key_len).ok_or(lengths)?;
        let cipher = if salt_len == SALT {
            let authentication = derived(1, AUTHENTICATION_KEY).ok_or(lengths)?;
            Cipher::Counter {
                key: key.try_into().map_err(|_| lengths)?,
                authentication: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &authentication),
                tag: if algorithm == Algorithm::CCM_AES_CM_128_HMAC_SHA1_32 { 4 } else { 10 },
            }
        } else {
            let gcm = if key_len == 16 { &AES_128_GCM } else { &AES_256_GCM };
            Cipher::Gcm(Box::new(LessSafeKey::new(UnboundKey::new(gcm, &key).map_err(|_| lengths)?)))
        };
        Ok(Self { salt, cipher })
    }

    /// The packet in clear; `None` when its tag does not fit the key and the count of rollovers.
    pub fn open(&self, packet: &[u8], rollovers: u32) -> Option<Vec<u8>> {
        let header = header_len(packet)?;
        let sequence = [packet[2], packet[3]];
        let ssrc = &packet[8..12];
        match &self.cipher {
            Cipher::Counter { key, authentication, tag } => {
                let end = packet.len().checked_sub(*tag).filter(|end| *end >= header)?;
                let mut context = hmac::Context::with_key(authentication);
                context.update(&packet[..end]);
                context.update(&rollovers.to_be_bytes());
                if context.sign().as_ref()[..*tag] != packet[end..] {
                    return None;
                }
                let mut iv = [0; 16];
                iv[..SALT].copy_from_slice(&self.salt);
                xor(&mut iv[4..8], ssrc);
                xor(&mut iv[8..12], &rollovers.to_be_bytes());
                xor(&mut iv[12..14], &sequence);
                let mut plain = packet[..end].to_vec();
                let mut stream = Ctr128BE::<Aes128>::new_from_slices(key, &iv).ok()?;
                stream.apply_keystream(&mut plain[header..]);
                Some(plain)
            }
            Cipher::Gcm(key) => {
                let mut iv = [0; 12];
                iv.copy_from_slice(&self.salt[..GCM_SALT]);
                xor(&mut iv[2..6], ssrc);
                xor(&mut iv[6..10], &rollovers.to_be_bytes());
                xor(&mut iv[10..12], &sequence);
                let mut sealed = packet.get(header..).filter(|rest| rest.len() >= GCM_TAG)?.to_vec();
                let nonce = Nonce::assume_unique_for_key(iv);
                let content = key.open_in_place(nonce, Aad::from(&packet[..header]), &mut sealed).ok()?;
                Some([&packet[..header], content].concat())
            }
        }
    }
}

/// RFC 3711, 4.3: a session key of the given label; no key is ever derived a second time (rate 0).
fn derive(master: &[u8], salt: [u8; SALT], label: u8, len: usize) -> Option<Vec<u8>> {
    let mut iv = [0; 16];
    iv[..SALT].copy_from_slice(&salt);
    iv[7] ^= label;
    let mut out = vec![0; len];
    match master.len() {
        16 => Ctr128BE::<Aes128>::new_from_slices(master, &iv).ok()?.apply_keystream(&mut out),
        _ => Ctr128BE::<Aes256>::new_from_slices(master, &iv).ok()?.apply_keystream(&mut out),
    }
    Some(out)
}

/// Bytes of a packet that are never encrypted.
fn header_len(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    let plain = 12 + 4 * usize::from(first & 0x0f);
    let extension = match first & 0x10 {
        0 => 0,
        _ => {
            let words = packet.get(plain + 2..plain + 4)?;
            4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]))
        }
    };
    Some(plain + extension).filter(|len| *len <= packet.len())
}

fn xor(bytes: &mut [u8], with: &[u8]) {
    bytes.iter_mut().zip(with).for_each(|(byte, other)| *byte ^= other);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        skinny::json::unhex(text).expect("hex digits")
    }

    /// The key of RFC 3711, appendix B.3.
    pub(in crate::audio) fn key(algorithm: Algorithm) -> SrtpKey {
        SrtpKey {
            algorithm: algorithm.0,
            key: unhex("e1f97a0d3e018be0d64fa32c06de4139"),
            salt: unhex("0ec675ad498afeebb6960b3aabe6"),
        }
    }

    /// The other direction, for tests: AES-CM is its own inverse but for the tag.
    pub(in crate::audio) fn seal(srtp: &Srtp, packet: &[u8], rollovers: u32) -> Vec<u8> {
        let Cipher::Counter { key, authentication, tag } = &srtp.cipher else { panic!("AES-CM only") };
        let mut iv = [0; 16];
        iv[..SALT].copy_from_slice(&srtp.salt);
        let index = [&rollovers.to_be_bytes()[..], &packet[2..4]].concat();
        xor(&mut iv[4..], &[&packet[8..12], &index[..]].concat());
        let mut sealed = packet.to_vec();
        let mut stream = Ctr128BE::<Aes128>::new_from_slices(key, &iv).expect("lengths fit");
        stream.apply_keystream(&mut sealed[12..]);
        let whole = [&sealed[..], &rollovers.to_be_bytes()].concat();
        sealed.extend_from_slice(&hmac::sign(authentication, &whole).as_ref()[..*tag]);
        sealed
    }

    #[test]
    fn session_keys_are_those_of_rfc_3711() {
        let master = key(Algorithm::CCM_AES_CM_128_HMAC_SHA1_80);
        let salt: [u8; SALT] = master.salt.clone().try_into().expect("14 bytes");
        let derived = |label, len| derive(&master.key, salt, label, len).expect("lengths fit");
        assert_eq!(derived(0, 16), unhex("c61e7a93744f39ee10734afe3ff7a087"));
        assert_eq!(derived(2, 14), unhex("30cbbc08863d8c85d49db34a9ae1"));
        assert_eq!(derived(1, 20), unhex("cebe321f6ff7716b6fd4ab49af256a156d38baa4"));
    }

    #[test]
    fn what_was_sealed_is_opened_and_what_was_changed_is_not() {
        for algorithm in [Algorithm::CCM_AES_CM_128_HMAC_SHA1_32, Algorithm::CCM_AES_CM_128_HMAC_SHA1_80] {
            let srtp = Srtp::new(&key(algorithm)).expect("a key");
            let packet = [&[0x80, 0, 0xff, 0xfe, 0, 0, 0, 9, 1, 2, 3, 4][..], b"some sound"].concat();
            let sealed = seal(&srtp, &packet, 7);
            assert_eq!(srtp.open(&sealed, 7), Some(packet));
            assert_eq!(srtp.open(&sealed, 8), None, "another count of rollovers");
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert_eq!(srtp.open(&changed, 7), None, "byte {at}");
                assert!(srtp.open(&sealed[..at], 7).is_none());
            }
        }
        let f8 = Srtp::new(&key(Algorithm::CCM_F8_128_HMAC_SHA1_80));
        assert!(matches!(f8, Err(KeyError::Algorithm(_))));
        let short = SrtpKey { algorithm: 2, key: vec![0; 3], salt: vec![] };
        assert_eq!(Srtp::new(&short).err(), Some(KeyError::Length { key: 3, salt: 0 }));
    }

    #[test]
    fn gcm_opens_what_its_session_key_sealed() {
        let master =
            SrtpKey { algorithm: Algorithm::CCM_AEAD_AES_256_GCM.0, key: vec![7; 32], salt: vec![9; 12] };
        let srtp = Srtp::new(&master).expect("a key");
        let Cipher::Gcm(key) = &srtp.cipher else { panic!("GCM") };
        let header = [0x80, 0, 0, 5, 0, 0, 0, 9, 1, 2, 3, 4];
        let mut iv: [u8; 12] = srtp.salt[..12].try_into().expect("12 bytes");
        xor(&mut iv[2..], &[1, 2, 3, 4, 0, 0, 0, 0, 0, 5]);
        let mut sealed = b"some sound".to_vec();
        let nonce = Nonce::assume_unique_for_key(iv);
        key.seal_in_place_append_tag(nonce, Aad::from(&header), &mut sealed).expect("sealed");
        let packet = [&header[..], &sealed].concat();
        assert_eq!(srtp.open(&packet, 0), Some([&header[..], b"some sound"].concat()));
        assert_eq!(srtp.open(&packet, 1), None);
    }
}
