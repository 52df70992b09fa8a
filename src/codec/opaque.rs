//! Names of what is not understood.

use crate::codec::pkcs12;
use crate::model::alias::Alias;
use crate::model::entry::OpaqueEntry;
use crate::model::format::Format;
use crate::secret::SecretBytes;

/// The bytes of the entry under another alias: its value stays as it is. Nothing for what has no alias: a whole
/// safe of PKCS#12, a bag that cannot be read, a property of Oracle's.
#[must_use]
pub fn renamed(opaque: &OpaqueEntry, alias: &Alias) -> Option<SecretBytes> {
    match opaque.format {
        // The alias stands before what an entry keeps of its record.
        Format::Jks | Format::Jceks => Some(opaque.raw.clone()),
        Format::Pkcs12 if !opaque.is_safe => pkcs12::renamed_bag(&opaque.raw, alias),
        _ => None,
    }
}
