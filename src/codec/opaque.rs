//! Names of what is not understood.

use crate::codec::pkcs12;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::entry::{OpaqueEntry, SealedContent};
use crate::model::format::Format;
use crate::secret::SecretBytes;

/// What tells it from others, whatever it is called and however it is encrypted: the SHA-256 of what is sealed
/// where that is open, else of its bytes without an alias.
#[must_use]
pub fn identity(opaque: &OpaqueEntry) -> Fingerprint {
    match (&opaque.sealed, nameless(opaque)) {
        (SealedContent::Nothing | SealedContent::Closed(_), Some(raw)) => Fingerprint::of(&raw),
        _ => opaque.fingerprint(),
    }
}

/// Whether it has an alias that can be changed.
#[must_use]
pub fn has_alias(opaque: &OpaqueEntry) -> bool {
    nameless(opaque).is_some()
}

fn nameless(opaque: &OpaqueEntry) -> Option<SecretBytes> {
    renamed(opaque, &Alias::new(""))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(raw: &[u8]) -> OpaqueEntry {
        OpaqueEntry {
            format: Format::Pkcs12,
            description: String::new(),
            raw: SecretBytes::from(raw),
            sealed: SealedContent::Nothing,
            is_safe: false,
        }
    }

    #[test]
    fn alias_is_no_part_of_the_identity() {
        // SafeBag ::= SEQUENCE { bagId 1.2.3.4, bagValue [0] NULL }
        let bag = entry(&[0x30, 9, 6, 3, 0x2a, 3, 4, 0xa0, 2, 5, 0]);
        let other = entry(&[0x30, 9, 6, 3, 0x2a, 3, 5, 0xa0, 2, 5, 0]);
        let called = OpaqueEntry { raw: renamed(&bag, &Alias::new("a")).unwrap(), ..bag.clone() };
        assert_ne!(called.fingerprint(), bag.fingerprint());
        assert_eq!(identity(&called), identity(&bag));
        assert_ne!(identity(&other), identity(&bag));
        assert!(!has_alias(&entry(b"no bag")));
    }
}
