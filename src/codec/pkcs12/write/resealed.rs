//! Which keys a write encrypts with the password of the file.

use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{Content, Part, Value};
use crate::codec::pkcs12::write::Writer;
use crate::codec::pkcs12::write::homes::kept;
use crate::codec::{CodecError, Sealing};
use crate::model::entry::EntryId;
use crate::model::key::KeyMaterial;
use crate::model::wallet::Wallet;

/// The keys that [`encode`](super::encode) encrypts anew with the password of the file; none where it has none.
///
/// # Errors
///
/// What `encode` says of the password.
pub(in crate::codec) fn resealed(
    wallet: &Wallet,
    sealing: &Sealing<'_>,
    origin: Option<&Origin>,
) -> Result<Vec<EntryId>, CodecError> {
    let writer = Writer::new(wallet, sealing, origin, kept(wallet, sealing, origin))?;
    if writer.schemes.contents.is_none() && writer.schemes.keys.is_none() {
        return Ok(Vec::new());
    }
    Ok(writer.contents.iter().filter_map(|content| writer.resealed(content)).collect())
}

impl Writer<'_> {
    fn resealed(&self, content: &Content<'_>) -> Option<EntryId> {
        let (&Part::Key(id), Value::Key(KeyMaterial::Open(_))) = (&content.part, content.value)
        else {
            return None;
        };
        let gets_its_own = self.renewed(&content.part).is_some_and(Option::is_some);
        (self.is_sealed_anew(content) && !gets_its_own).then_some(id)
    }
}
