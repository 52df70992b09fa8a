//! The localKeyIDs by which orapki tells its bags apart.

use crate::model::trust::TrustFlags;

/// What a bag is to orapki: the low byte of the fourth word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// A key and its certificate, which carry the same identifier.
    User,
    /// A certificate request.
    Request,
    /// A trusted certificate.
    Trusted,
    /// An entry of the secret store.
    Secret,
    /// A property of the wallet.
    Property,
    /// A kind that is not known.
    Other(u8),
}

impl Kind {
    /// The byte in the fourth word.
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::User => 0x01,
            Self::Request => 0x02,
            Self::Trusted => 0x03,
            Self::Secret => 0x06,
            Self::Property => 0x0B,
            Self::Other(byte) => byte,
        }
    }

    /// The sixth word that goes with the kind.
    fn class(self) -> u32 {
        match self {
            Self::User | Self::Request => 1,
            Self::Trusted => 4,
            Self::Secret | Self::Property | Self::Other(_) => 0,
        }
    }
}

/// A localKeyID of orapki: six words of 32 bits, most significant byte first.
///
/// ```text
/// E6B652DD | 00000004 | 00000000 | flags << 8 | kind | index | class
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OracleId {
    pub(super) kind: Kind,
    pub(super) flags: TrustFlags,
    /// Counted from 0 within the kind; gaps and repeats occur.
    pub(super) index: u32,
}

const MAGIC: [u32; 3] = [0xE6B6_52DD, 4, 0];

impl OracleId {
    /// Reads a localKeyID; `None` when it is somebody else's.
    pub(super) fn read(id: &[u8]) -> Option<Self> {
        let (words, []) = id.as_chunks::<4>() else { return None };
        let words = <[[u8; 4]; 6]>::try_from(words).ok()?.map(u32::from_be_bytes);
        if words[..3] != MAGIC {
            return None;
        }
        let [_, _, flags, kind] = words[3].to_be_bytes();
        let kind = match kind {
            0x01 => Kind::User,
            0x02 => Kind::Request,
            0x03 => Kind::Trusted,
            0x06 => Kind::Secret,
            0x0B => Kind::Property,
            other => Kind::Other(other),
        };
        Some(Self { kind, flags: TrustFlags(flags), index: words[4] })
    }

    /// The 24 bytes.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let [a, b, c] = MAGIC;
        let kind = u32::from(self.flags.0) << 8 | u32::from(self.kind.byte());
        [a, b, c, kind, self.index, self.kind.class()]
            .into_iter()
            .flat_map(u32::to_be_bytes)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, OracleId};
    use crate::model::trust::TrustFlags;

    #[test]
    fn a_trusted_certificate_has_the_words_that_orapki_writes() {
        let id = OracleId { kind: Kind::Trusted, flags: TrustFlags(0x01), index: 2 };
        let bytes = id.to_bytes();
        assert_eq!(
            bytes,
            [0xE6, 0xB6, 0x52, 0xDD, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 2, 0, 0, 0, 4]
        );
        assert_eq!(OracleId::read(&bytes), Some(id));
        assert_eq!(OracleId::read(&bytes[1..]), None);
    }
}
