//! Which keys lose a password of their own when a store is written.

use crate::codec::{CodecError, Origin, Sealing, jks, pkcs12};
use crate::model::entry::EntryId;
use crate::model::format::Format;
use crate::model::wallet::Wallet;

/// The keys that [`encode`](super::encode) encrypts anew with the password of the file: one of their own is lost. The
/// others stay as they are or get one of their own, or the format has none.
///
/// # Errors
///
/// What `encode` says of the password.
pub fn resealed(
    wallet: &Wallet,
    format: Format,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<Vec<EntryId>, CodecError> {
    let jks = |kind| jks::resealed(wallet, kind, sealing, origin.and_then(Origin::jks));
    match (format, origin) {
        (Format::Pkcs12, None) => pkcs12::resealed(wallet, sealing, None),
        (Format::Pkcs12, Some(Origin::Pkcs12(origin))) => {
            pkcs12::resealed(wallet, sealing, Some(origin))
        }
        (Format::Pkcs12 | Format::Sso, Some(Origin::Sso(origin))) => {
            pkcs12::resealed(wallet, sealing, Some(origin.pfx()))
        }
        (Format::Jks, _) => jks(jks::Kind::Jks),
        (Format::Jceks, _) => jks(jks::Kind::Jceks),
        _ => Ok(Vec::new()),
    }
}
