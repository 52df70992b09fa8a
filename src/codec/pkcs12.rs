//! PKCS#12, RFC 7292.

use crate::codec::{CodecError, Decoded, Opening, Protection, Sealing};
use crate::model::format::Layout;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;

/// How a PKCS#12 file was written.
#[derive(Clone, Debug)]
pub struct Origin {}

impl Origin {
    pub(crate) fn layout(&self) -> Layout {
        Layout::Portable
    }
    pub(crate) fn profile(&self) -> Option<Profile> {
        None
    }
    pub(crate) fn mac_protection(&self) -> Option<Protection> {
        None
    }
    pub(crate) fn encryption(&self) -> Vec<Protection> {
        Vec::new()
    }
}

/// Reads.
pub fn decode(_bytes: &[u8], _opening: &Opening<'_>) -> Result<Decoded, CodecError> {
    Err(CodecError::FormatUnknown)
}

/// Writes.
pub fn encode(
    _wallet: &Wallet,
    _sealing: &Sealing<'_>,
    _origin: Option<&Origin>,
) -> Result<SecretBytes, CodecError> {
    Err(CodecError::FormatUnknown)
}
