//! The wallet property of orapki: four bytes that say how the wallet is to be understood.

use crate::codec::pkcs12::bag::{Bag, BagType};
use crate::codec::pkcs12::oracle::{Kind, OracleId};
use crate::codec::pkcs12::secret_bag;
use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryKind, OpaqueEntry, SealedContent, TrustedEntry};
use crate::model::format::Format;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::oid;
use std::collections::HashSet;

/// Set in the first byte where the wallet was made with `-compat_v12`.
const COMPAT_V12: u8 = 1;

/// Set in the second byte where the trust flags of the certificates are in force.
const TRUST_FLAGS: u8 = 1;

/// Whether the wallet says that Oracle's trust flags are in force. Without it orapki ignores them.
#[must_use]
pub fn trust_flags_enabled(wallet: &Wallet) -> bool {
    wallet.entries().iter().filter_map(of_entry).any(has_trust_flags)
}

/// The trusted certificates that are not trusted to vouch for peers of this kind, as
/// [`TrustFlags::excludes`] has it; none where the flags are not in force.
pub fn excluded(
    wallet: &Wallet,
    kind: TrustFlags,
) -> impl Iterator<Item = (&Entry, &TrustedEntry)> {
    let entries = if trust_flags_enabled(wallet) { wallet.entries() } else { &[] };
    entries.iter().filter_map(move |entry| match &entry.kind {
        EntryKind::TrustedCertificate(trusted) if trusted.flags.excludes(kind) => {
            Some((entry, trusted))
        }
        _ => None,
    })
}

/// Whether the entry is the wallet property, which says something of the wallet and nothing by
/// itself.
#[must_use]
pub fn is_property(entry: &Entry) -> bool {
    of_entry(entry).is_some()
}

/// Puts Oracle's trust flags in force: sets the byte of the wallet property, which is added where
/// the wallet has none. Returns whether they were not in force before.
///
/// ```text
/// SecretBag { 1.2.840.113549.1.12.0.0.0, OCTET STRING 00 01 00 00 }
/// friendlyName secretNN, localKeyID of kind 0B
/// ```
pub fn enable_trust_flags(wallet: &mut Wallet) -> bool {
    if trust_flags_enabled(wallet) {
        return false;
    }
    let present = wallet.entries_mut().find_map(|entry| Some((of_entry(entry)?, entry)));
    if let Some((mut bytes, entry)) = present {
        bytes[1] |= TRUST_FLAGS;
        if let EntryKind::Opaque(opaque) = &mut entry.kind
            && let Ok(bag) = Bag::read(&opaque.raw)
        {
            let name = bag.friendly_name.as_ref().map(Alias::as_str);
            let value = secret_bag::write_property(bytes);
            opaque.raw =
                Bag::write(oid::SECRET_BAG, &value, name, bag.local_key_id, &bag.attributes());
            opaque.description = describe(bytes);
        }
        return true;
    }
    let bytes = [0, TRUST_FLAGS, 0, 0];
    let alias = free_alias(wallet);
    let id = OracleId { kind: Kind::Property, flags: TrustFlags::default(), index: 0 }.to_bytes();
    let value = secret_bag::write_property(bytes);
    let raw = Bag::write(oid::SECRET_BAG, &value, Some(&alias), Some(&id), &[]);
    let opaque = OpaqueEntry {
        format: Format::Pkcs12,
        description: describe(bytes),
        raw,
        sealed: SealedContent::Nothing,
        is_safe: false,
    };
    wallet.push(Some(Alias::new(alias)), EntryKind::from(opaque));
    true
}

/// Whether the raw bag is a property that puts the trust flags in force.
pub(super) fn is_trust_flags(raw: &[u8]) -> bool {
    of_bag(raw).is_some_and(has_trust_flags)
}

/// The property in words.
pub(super) fn describe(bytes: [u8; 4]) -> String {
    let mut words = Vec::new();
    if bytes[0] & COMPAT_V12 != 0 {
        words.push("compat_v12");
    }
    if has_trust_flags(bytes) {
        words.push("trust flags");
    }
    match words[..] {
        [] => "wallet property".to_owned(),
        _ => format!("wallet property: {}", words.join(", ")),
    }
}

fn has_trust_flags(bytes: [u8; 4]) -> bool {
    bytes[1] & TRUST_FLAGS != 0
}

fn of_entry(entry: &Entry) -> Option<[u8; 4]> {
    match &entry.kind {
        EntryKind::Opaque(opaque) if opaque.format == Format::Pkcs12 => of_bag(&opaque.raw),
        _ => None,
    }
}

fn of_bag(raw: &[u8]) -> Option<[u8; 4]> {
    // An opaque entry may be a whole safe, which is no bag.
    let bag = Bag::read(raw).ok().filter(|bag| bag.kind == BagType::Secret)?;
    secret_bag::read_property(bag.value)
}

/// orapki takes two random digits; here the first that are free.
fn free_alias(wallet: &Wallet) -> String {
    let taken: HashSet<&str> =
        wallet.entries().iter().filter_map(|entry| Some(entry.alias.as_ref()?.as_str())).collect();
    let mut number = 10;
    while taken.contains(format!("secret{number}").as_str()) {
        number += 1;
    }
    format!("secret{number}")
}

#[cfg(test)]
mod tests {
    use super::{enable_trust_flags, is_trust_flags, trust_flags_enabled};
    use crate::codec::pkcs12::bag::Bag;
    use crate::codec::pkcs12::item::{Item, classify};
    use crate::codec::pkcs12::secret_bag;
    use crate::model::alias::Alias;
    use crate::model::entry::{EntryKind, OpaqueEntry, SealedContent};
    use crate::model::format::Format;
    use crate::model::wallet::Wallet;
    use crate::oid;

    #[test]
    fn property_is_added_once_and_read_back() {
        let mut wallet = Wallet::new();
        assert!(!trust_flags_enabled(&wallet));
        assert!(enable_trust_flags(&mut wallet));
        assert!(!enable_trust_flags(&mut wallet));
        let [entry] = wallet.entries() else { panic!("{:?}", wallet.entries()) };
        let EntryKind::Opaque(opaque) = &entry.kind else { panic!("{entry:?}") };
        assert!(is_trust_flags(&opaque.raw));
        let Item::Opaque(description) = classify(&Bag::read(&opaque.raw).unwrap(), None) else {
            panic!("no longer opaque");
        };
        assert_eq!(description, "wallet property: trust flags");
    }

    #[test]
    fn compat_v12_stays_when_trust_flags_are_enabled() {
        let value = secret_bag::write_property([1, 0, 0, 0]);
        let raw = Bag::write(oid::SECRET_BAG, &value, Some("secret53"), Some(&[7]), &[]);
        let opaque = OpaqueEntry {
            format: Format::Pkcs12,
            description: String::new(),
            raw,
            sealed: SealedContent::Nothing,
            is_safe: false,
        };
        let mut wallet = Wallet::new();
        wallet.push(Some(Alias::new("secret53")), EntryKind::from(opaque));
        assert!(enable_trust_flags(&mut wallet));
        let [entry] = wallet.entries() else { panic!("{:?}", wallet.entries()) };
        let EntryKind::Opaque(opaque) = &entry.kind else { panic!("{entry:?}") };
        let bag = Bag::read(&opaque.raw).unwrap();
        assert_eq!(secret_bag::read_property(bag.value), Some([1, 1, 0, 0]));
        assert_eq!(bag.friendly_name.as_ref().map(Alias::as_str), Some("secret53"));
        assert_eq!(bag.local_key_id, Some(&[7][..]));
        assert_eq!(opaque.description, "wallet property: compat_v12, trust flags");
    }
}
