//! Words and options of a pcapng section, in the byte order that the section has.

const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
/// Code of the option that ends a list.
const OPTION_END: u16 = 0;
/// Code and length.
const OPTION_HEADER: usize = 4;

/// The byte order of a section.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum ByteOrder {
    #[default]
    Little,
    Big,
}

impl ByteOrder {
    /// By the magic in a section header; `None` when it is neither way round.
    pub(super) fn of_section(magic: [u8; 4]) -> Option<Self> {
        match magic {
            magic if u32::from_be_bytes(magic) == BYTE_ORDER_MAGIC => Some(Self::Big),
            magic if u32::from_le_bytes(magic) == BYTE_ORDER_MAGIC => Some(Self::Little),
            _ => None,
        }
    }

    /// The word at an offset; 0 where there is none, as in the other two.
    #[inline]
    pub(super) fn u16_at(self, bytes: &[u8], at: usize) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(array_at(bytes, at)),
            Self::Big => u16::from_be_bytes(array_at(bytes, at)),
        }
    }

    #[inline]
    pub(super) fn u32_at(self, bytes: &[u8], at: usize) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(array_at(bytes, at)),
            Self::Big => u32::from_be_bytes(array_at(bytes, at)),
        }
    }

    pub(super) fn u64_at(self, bytes: &[u8], at: usize) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(array_at(bytes, at)),
            Self::Big => u64::from_be_bytes(array_at(bytes, at)),
        }
    }

    /// The options in `bytes`, as far as they are whole.
    pub(super) fn options(self, mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
        std::iter::from_fn(move || {
            let (header, rest) = bytes.split_first_chunk::<OPTION_HEADER>()?;
            let (code, length) = (self.u16_at(header, 0), usize::from(self.u16_at(header, 2)));
            if code == OPTION_END {
                return None;
            }
            let value = rest.get(..length)?;
            bytes = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
            Some((code, value))
        })
    }
}

#[inline]
fn array_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}
