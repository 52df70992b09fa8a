//! One certificate in DER, RFC 5280 section 4.1.

use crate::codec::CodecError;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryKind};
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;

/// Writes the certificate of the only key, else the only certificate that there is.
///
/// # Errors
///
/// [`CodecError::NotOne`] when it is not clear which.
pub fn encode(wallet: &Wallet) -> Result<SecretBytes, CodecError> {
    let of_kind = |with_key: bool| -> Vec<&Certificate> {
        let entries = wallet.entries().iter();
        entries
            .filter(|entry| matches!(entry.kind, EntryKind::PrivateKey(_)) == with_key)
            .filter_map(Entry::certificate)
            .collect()
    };
    let (of_keys, others) = (of_kind(true), of_kind(false));
    let fitting = if of_keys.is_empty() { others } else { of_keys };
    match &fitting[..] {
        [certificate] => Ok(SecretBytes::from(certificate.der())),
        _ => Err(CodecError::NotOne { what: "certificate", found: fitting.len() }),
    }
}
