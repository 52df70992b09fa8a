//! Java's own key stores: JKS, and JCEKS, which differs in its magic, in how keys are protected, and
//! in one more kind of entry.

use crate::codec::{CodecError, Decoded, Loss, Opening, Protection, Sealing};
use crate::model::format::Format;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JKS, of the provider SUN.
    Jks,
    /// JCEKS, of the provider `SunJCE`.
    Jceks,
}

impl Kind {
    /// The format.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Jks => Format::Jks,
            Self::Jceks => Format::Jceks,
        }
    }
}

/// How a JKS or JCEKS file was written.
#[derive(Clone, Debug)]
pub struct Origin {
    kind: Kind,
}

impl Origin {
    /// The format of the file.
    #[must_use]
    pub fn format(&self) -> Format {
        self.kind.format()
    }

    /// The integrity check.
    #[must_use]
    pub fn mac(&self) -> Option<Protection> {
        None
    }

    /// How its keys are protected.
    #[must_use]
    pub fn encryption(&self) -> Vec<Protection> {
        Vec::new()
    }
}

/// Reads a store.
///
/// # Errors
///
/// [`CodecError::FormatUnsupported`].
pub fn decode(_bytes: &[u8], kind: Kind, _opening: &Opening<'_>) -> Result<Decoded, CodecError> {
    Err(CodecError::FormatUnsupported { what: kind.format().to_string(), verb: "read" })
}

/// What the format cannot carry.
#[must_use]
pub fn losses(_wallet: &Wallet, _kind: Kind) -> Vec<Loss> {
    Vec::new()
}

/// Writes a store.
///
/// # Errors
///
/// [`CodecError::FormatUnsupported`].
pub fn encode(
    _wallet: &Wallet,
    kind: Kind,
    _sealing: &Sealing<'_>,
    _origin: Option<&Origin>,
) -> Result<SecretBytes, CodecError> {
    Err(CodecError::FormatUnsupported { what: kind.format().to_string(), verb: "written" })
}
