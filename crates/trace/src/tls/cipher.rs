//! Opens TLS records: the keys of both directions from the secrets; AES-GCM, ChaCha20-Poly1305 and AES-CBC.

use aes::cipher::{BlockCipherDecrypt as _, KeyInit as _};
use aes::{Aes128, Aes256, Block};
use hmac::{Hmac, Mac as _};
use md5::Md5;
use ring::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey,
};
use ring::{hkdf, hmac as ring_hmac};

/// Bytes of an AES block.
const BLOCK: usize = 16;

/// A cipher suite, as far as it matters to who looks on.
#[derive(Clone, Copy)]
pub(super) struct Suite {
    cipher: Cipher,
    /// Of the pseudo-random function from TLS 1.2 on.
    hash: Hash,
}

#[derive(Clone, Copy)]
enum Cipher {
    Aead {
        algorithm: &'static Algorithm,
        is_chacha: bool,
    },
    /// AES-CBC: bytes of the key, and of the HMAC behind the content.
    Cbc {
        key_len: usize,
        mac_len: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    fn hmac(self) -> ring_hmac::Algorithm {
        match self {
            Self::Sha256 => ring_hmac::HMAC_SHA256,
            Self::Sha384 => ring_hmac::HMAC_SHA384,
        }
    }

    fn hkdf(self) -> hkdf::Algorithm {
        match self {
            Self::Sha256 => hkdf::HKDF_SHA256,
            Self::Sha384 => hkdf::HKDF_SHA384,
        }
    }
}

impl Suite {
    /// The suite of a number; none of those that we can't open.
    pub(super) fn find(number: u16) -> Option<Self> {
        let aead = |algorithm, is_chacha| Cipher::Aead { algorithm, is_chacha };
        let (cipher, hash) = match number {
            // RSA, DHE, ECDHE with AES-128-GCM; TLS 1.3's own.
            0x009c | 0x009e | 0xc02b | 0xc02f | 0x1301 => (aead(&AES_128_GCM, false), Hash::Sha256),
            0x009d | 0x009f | 0xc02c | 0xc030 | 0x1302 => (aead(&AES_256_GCM, false), Hash::Sha384),
            0xcca8 | 0xcca9 | 0xccaa | 0x1303 => (aead(&CHACHA20_POLY1305, true), Hash::Sha256),
            // RSA, DHE, ECDHE with AES-CBC and HMAC of SHA-1, SHA-256, SHA-384.
            0x002f | 0x0033 | 0xc009 | 0xc013 => (Cipher::Cbc { key_len: 16, mac_len: 20 }, Hash::Sha256),
            0x0035 | 0x0039 | 0xc00a | 0xc014 => (Cipher::Cbc { key_len: 32, mac_len: 20 }, Hash::Sha256),
            0x003c | 0x0067 | 0xc023 | 0xc027 => (Cipher::Cbc { key_len: 16, mac_len: 32 }, Hash::Sha256),
            0x003d | 0x006b => (Cipher::Cbc { key_len: 32, mac_len: 32 }, Hash::Sha256),
            0xc024 | 0xc028 => (Cipher::Cbc { key_len: 32, mac_len: 48 }, Hash::Sha384),
            _ => return None,
        };
        Some(Self { cipher, hash })
    }
}

/// What a handshake before TLS 1.3 agreed on.
pub(super) struct Handshake {
    pub client: [u8; 32],
    pub server: [u8; 32],
    /// 1 for TLS 1.0 to 3 for TLS 1.2.
    pub minor: u8,
    pub encrypt_then_mac: bool,
}

/// One direction's key.
pub(super) enum Opener {
    Aead(Box<Aead>),
    Cbc(Cbc),
}

impl Opener {
    /// Opens a record in place; gives its true kind and its content.
    pub(super) fn open<'r>(&mut self, header: [u8; 5], record: &'r mut [u8]) -> Option<(u8, &'r [u8])> {
        match self {
            Self::Aead(aead) => aead.open(header, record),
            Self::Cbc(cbc) => Some((header[0], cbc.open(record)?)),
        }
    }
}

/// A key of AES-GCM or ChaCha20-Poly1305.
pub(super) struct Aead {
    key: LessSafeKey,
    iv: [u8; 12],
    /// TLS 1.2 with AES-GCM: eight bytes of the nonce stand in front of each record.
    explicit: bool,
    is_13: bool,
    sequence: u64,
}

impl Aead {
    fn open<'r>(&mut self, header: [u8; 5], record: &'r mut [u8]) -> Option<(u8, &'r [u8])> {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        let mut nonce = self.iv;
        let skip = if self.explicit {
            nonce[4..].copy_from_slice(record.get(..8)?);
            8
        } else {
            nonce[4..].iter_mut().zip(sequence.to_be_bytes()).for_each(|(byte, counter)| *byte ^= counter);
            0
        };
        let sealed = record.get_mut(skip..)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        if self.is_13 {
            let content = self.key.open_in_place(nonce, Aad::from(header), sealed).ok()?;
            // Padding of zeros stands behind the true kind.
            let end = content.iter().rposition(|byte| *byte != 0)?;
            return Some((content[end], &content[..end]));
        }
        let len = u16::try_from(sealed.len().checked_sub(self.key.algorithm().tag_len())?).ok()?;
        let mut aad = [0; 13];
        aad[..8].copy_from_slice(&sequence.to_be_bytes());
        aad[8..11].copy_from_slice(&header[..3]);
        aad[11..].copy_from_slice(&len.to_be_bytes());
        let content = self.key.open_in_place(nonce, Aad::from(aad), sealed).ok()?;
        Some((header[0], content))
    }
}

/// A key of AES-CBC. Its HMAC is not checked: a wrong key shows in the padding, and nobody is answered here.
pub(super) struct Cbc {
    key: Aes,
    mac_len: usize,
    encrypt_then_mac: bool,
    /// TLS 1.0: the last block of the record before.
    chained: Option<[u8; BLOCK]>,
}

enum Aes {
    Short(Box<Aes128>),
    Long(Box<Aes256>),
}

impl Cbc {
    fn open<'r>(&mut self, record: &'r mut [u8]) -> Option<&'r [u8]> {
        let end = if self.encrypt_then_mac { record.len().checked_sub(self.mac_len)? } else { record.len() };
        let sealed = record.get_mut(..end)?;
        let (mut before, blocks) = match self.chained {
            Some(before) => (before, sealed),
            None => {
                let (iv, blocks) = sealed.split_at_mut_checked(BLOCK)?;
                (<[u8; BLOCK]>::try_from(&*iv).ok()?, blocks)
            }
        };
        if blocks.is_empty() || !blocks.len().is_multiple_of(BLOCK) {
            return None;
        }
        for bytes in blocks.chunks_exact_mut(BLOCK) {
            let mut block = Block::default();
            block.copy_from_slice(bytes);
            let sealed = <[u8; BLOCK]>::try_from(&*bytes).ok()?;
            match &self.key {
                Aes::Short(key) => key.decrypt_block(&mut block),
                Aes::Long(key) => key.decrypt_block(&mut block),
            }
            for ((byte, plain), before) in bytes.iter_mut().zip(&block).zip(before) {
                *byte = plain ^ before;
            }
            before = sealed;
        }
        if self.chained.is_some() {
            self.chained = Some(before);
        }
        let padding = *blocks.last()?;
        let content = blocks.len().checked_sub(1 + usize::from(padding))?;
        if blocks[content..].iter().any(|byte| *byte != padding) {
            return None;
        }
        let mac_len = if self.encrypt_then_mac { 0 } else { self.mac_len };
        blocks.get(..content.checked_sub(mac_len)?)
    }
}

/// Before TLS 1.3: both directions' keys, the client's first.
pub(super) fn keys_12(suite: Suite, master: &[u8], handshake: &Handshake) -> Option<[Opener; 2]> {
    let (mac_len, key_len, iv_len) = match suite.cipher {
        Cipher::Aead { algorithm, is_chacha } => (0, algorithm.key_len(), if is_chacha { 12 } else { 4 }),
        Cipher::Cbc { key_len, mac_len } => (mac_len, key_len, if handshake.minor < 2 { BLOCK } else { 0 }),
    };
    let seed = [&b"key expansion"[..], &handshake.server, &handshake.client].concat();
    let len = 2 * (mac_len + key_len + iv_len);
    let block = match handshake.minor {
        3 => prf(suite.hash.hmac(), master, &seed, len),
        1 | 2 => prf_10(master, &seed, len)?,
        _ => return None,
    };
    let (keys, ivs) = block.get(2 * mac_len..)?.split_at(2 * key_len);
    let opener = |side: usize| {
        let key = &keys[side * key_len..(side + 1) * key_len];
        let iv = &ivs[side * iv_len..(side + 1) * iv_len];
        Some(match suite.cipher {
            Cipher::Aead { algorithm, is_chacha } => {
                let mut whole = [0; 12];
                whole[..iv_len].copy_from_slice(iv);
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
                Opener::Aead(Box::new(Aead {
                    key,
                    iv: whole,
                    explicit: !is_chacha,
                    is_13: false,
                    sequence: 0,
                }))
            }
            Cipher::Cbc { .. } => Opener::Cbc(Cbc {
                key: match key_len {
                    16 => Aes::Short(Box::new(Aes128::new_from_slice(key).ok()?)),
                    _ => Aes::Long(Box::new(Aes256::new_from_slice(key).ok()?)),
                },
                mac_len,
                encrypt_then_mac: handshake.encrypt_then_mac,
                chained: iv.try_into().ok(),
            }),
        })
    };
    Some([opener(0)?, opener(1)?])
}

/// P_hash of RFC 5246, section 5.
fn prf(algorithm: ring_hmac::Algorithm, secret: &[u8], seed: &[u8], len: usize) -> Vec<u8> {
    let key = ring_hmac::Key::new(algorithm, secret);
    let mut out = Vec::with_capacity(len + 48);
    let mut a = ring_hmac::sign(&key, seed);
    while out.len() < len {
        let mut context = ring_hmac::Context::with_key(&key);
        context.update(a.as_ref());
        context.update(seed);
        out.extend_from_slice(context.sign().as_ref());
        a = ring_hmac::sign(&key, a.as_ref());
    }
    out.truncate(len);
    out
}

/// RFC 2246, section 5: MD5 with one half of the secret, SHA-1 with the other.
fn prf_10(secret: &[u8], seed: &[u8], len: usize) -> Option<Vec<u8>> {
    let half = secret.len().div_ceil(2);
    let by_sha = prf(ring_hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret[secret.len() - half..], seed, len);
    let sign = |parts: &[&[u8]]| {
        let mut mac = Hmac::<Md5>::new_from_slice(&secret[..half]).ok()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(mac.finalize().into_bytes().to_vec())
    };
    let mut by_md5 = Vec::with_capacity(len + 16);
    let mut a = sign(&[seed])?;
    while by_md5.len() < len {
        by_md5.extend(sign(&[&a, seed])?);
        a = sign(&[&a])?;
    }
    Some(by_md5.into_iter().zip(by_sha).map(|(one, other)| one ^ other).collect())
}

/// How many bytes HKDF is to yield.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// TLS 1.3: one direction's key from its traffic secret.
pub(super) fn key_13(suite: Suite, secret: &[u8]) -> Option<Opener> {
    let Cipher::Aead { algorithm, .. } = suite.cipher else { return None };
    let key = expand(suite, secret, b"key", algorithm.key_len())?;
    let iv = expand(suite, secret, b"iv", 12)?.try_into().ok()?;
    let key = LessSafeKey::new(UnboundKey::new(algorithm, &key).ok()?);
    Some(Opener::Aead(Box::new(Aead { key, iv, explicit: false, is_13: true, sequence: 0 })))
}

/// TLS 1.3: the secret after a key update.
pub(super) fn next_secret(suite: Suite, secret: &[u8]) -> Option<Vec<u8>> {
    expand(suite, secret, b"traffic upd", secret.len())
}

/// HKDF-Expand-Label of RFC 8446, section 7.1, with an empty context.
fn expand(suite: Suite, secret: &[u8], label: &[u8], len: usize) -> Option<Vec<u8>> {
    let length = u16::try_from(len).ok()?.to_be_bytes();
    let label_len = [u8::try_from(label.len() + 6).ok()?];
    let info = [&length[..], &label_len, b"tls13 ", label, &[0]];
    let mut out = vec![0; len];
    let key = hkdf::Prk::new_less_safe(suite.hash.hkdf(), secret);
    key.expand(&info, Length(len)).ok()?.fill(&mut out).ok()?;
    Some(out)
}
