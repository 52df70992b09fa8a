//! Whether a wallet that was read back is the one that was meant.
//!
//! Formats arrange the same things differently: in Oracle's layout the issuers of a key's chain are
//! trusted certificates when they are read back. So what is compared is an inventory over the whole
//! wallet, not the list of entries.

use crate::codec::pkcs12::property;
use crate::codec::{self, CodecError, Keys, Opening};
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind, KeyEntry, SealedContent, StoredRequest};
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::wallet::Wallet;
use crate::store::dir::{AUTO_LOGIN_FILE, WALLET_FILE};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Differences that are told one by one.
const DIFFERENCES: usize = 5;

/// How what was written is not what was meant.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Mismatch {
    /// The bytes cannot even be read.
    #[error("it cannot be opened: {0}")]
    Unreadable(CodecError),
    /// The first difference, in words.
    #[error("{0}")]
    Difference(String),
}

/// Compares what `bytes` hold with `meant`, save for the entries that were given up with the user's
/// consent. `opening` must open what was written; `opened` is what came of that with the keys open, where it
/// was done before, so that keys are derived once. Returns how many entries a reader finds, which may be
/// more than were meant, or fewer.
///
/// # Errors
///
/// [`Mismatch`].
pub fn verify(
    bytes: &[u8],
    format: Format,
    opening: &Opening<'_>,
    opened: Option<&Wallet>,
    meant: &Wallet,
    given_up: &BTreeSet<EntryId>,
) -> Result<usize, Mismatch> {
    let read = |opening: &Opening<'_>| {
        codec::decode_wallet(bytes, format, opening, Some(meant)).map_err(Mismatch::Unreadable)
    };
    let read_back;
    let opened = if let Some(opened) = opened {
        opened
    } else {
        read_back = read(&Opening { keys: Keys::Open, ..*opening })?;
        &read_back
    };
    let entries = opened.entries().len();
    if given_up.is_empty() && is_same(meant, opened) {
        return Ok(entries);
    }
    // A key that nobody opened was written as it was, and may open now, with a password that another key has got: it
    // is looked for among the closed ones. No password is given for them, since a reader may open a key to see whose
    // it is.
    let mut meant = inventory(meant, given_up);
    if !format.is_store() {
        // Which certificate is that of a key of an unknown kind, a file of loose ones need not say.
        meant.retain(|item, _| !matches!(item, Item::Pair(..)));
    }
    let written = inventory(opened, &BTreeSet::new());
    let closed = if meant.keys().any(Item::is_locked_key) {
        let leaving = Opening { keys: Keys::Leave, key_passwords: &[], ..*opening };
        inventory(&read(&leaving)?, &BTreeSet::new())
    } else {
        Inventory::new()
    };
    let difference = difference(&meant, &written, &closed, given_up.is_empty());
    difference.map_or(Ok(entries), |difference| Err(Mismatch::Difference(difference)))
}

/// What differs between the wallet of `ewallet.p12` and that of `cwallet.sso`, in words. Settings of
/// Oracle's tools may be in one of them only: orapki writes them so.
pub(super) fn compare(password: &Wallet, auto_login: &Wallet) -> Option<String> {
    let (password, auto_login) = (everything(password), everything(auto_login));
    let only_in = |here: &Inventory, there: &Inventory, name: &str| -> Vec<String> {
        surplus(here, there).map(|item| format!("{item} is only in {name}")).collect()
    };
    let mut differences = only_in(&password, &auto_login, WALLET_FILE);
    differences.extend(only_in(&auto_login, &password, AUTO_LOGIN_FILE));
    if differences.is_empty() {
        return None;
    }
    let more = differences.len().saturating_sub(DIFFERENCES);
    differences.truncate(DIFFERENCES);
    if more > 0 {
        differences.push(format!("{more} more"));
    }
    Some(differences.join("; "))
}

/// Whether one wallet holds what another does not, settings of Oracle's tools aside.
pub(super) fn has_surplus(wallet: &Wallet, other: &Wallet) -> bool {
    surplus(&everything(wallet), &everything(other)).next().is_some()
}

/// What is here more often than there.
fn surplus<'a>(here: &'a Inventory, there: &'a Inventory) -> impl Iterator<Item = &'a Item> {
    here.iter()
        .filter(|(item, count)| there.get(item).copied().unwrap_or(0) < **count)
        .map(|(item, _)| item)
}

/// All that two files of one wallet have in common when they are in step.
fn everything(wallet: &Wallet) -> Inventory {
    let is_setting = |entry: &&Entry| property::is_property(entry);
    let settings = wallet.entries().iter().filter(is_setting).map(Entry::id).collect();
    let mut items = inventory(wallet, &settings);
    for entry in wallet.entries().iter().filter(|entry| !settings.contains(&entry.id())) {
        if let Some(alias) = &entry.alias {
            *items.entry(Item::Alias(alias.as_str().to_owned())).or_insert(0) += 1;
        }
        if let EntryKind::TrustedCertificate(trusted) = &entry.kind
            && !trusted.flags.names().is_empty()
        {
            let certificate = trusted.certificate.fingerprint();
            let flags = trusted.flags.names().join(", ");
            *items.entry(Item::Flags(flags, certificate)).or_insert(0) += 1;
        }
    }
    items
}

/// What is in `written` and not in `meant`, or the other way round. `closed` is `written` with its
/// keys left closed; `complete` tells that nothing of the wallet was left out of `meant`.
fn difference(
    meant: &Inventory,
    written: &Inventory,
    closed: &Inventory,
    complete: bool,
) -> Option<String> {
    for (item, count) in meant {
        let place = if item.is_locked_key() { closed } else { written };
        // A certificate or key that stands in two entries may be written once.
        let enough = if item.may_stand_twice() { *count } else { 1 };
        if place.get(item).copied().unwrap_or(0) < enough {
            return Some(format!("{item} is missing"));
        }
    }
    if !complete {
        return None;
    }
    if key_count(written) > key_count(meant) {
        return Some("there are more private keys".to_owned());
    }
    let extra = written.keys().find(|item| !item.may_be_new() && !meant.contains_key(item))?;
    Some(format!("{extra} was not there before"))
}

/// One thing that must survive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Key(Fingerprint),
    LockedKey(Fingerprint),
    /// A key and the certificate that presents it.
    Pair(Fingerprint, Fingerprint),
    Certificate(Fingerprint),
    Request(Fingerprint),
    Secret(String, Fingerprint),
    SecretKey(Fingerprint),
    Opaque(Fingerprint),
    /// The name of an entry, where two files of one wallet are compared.
    Alias(String),
    /// The trust flags of a certificate, as above.
    Flags(String, Fingerprint),
}

impl Item {
    fn is_locked_key(&self) -> bool {
        matches!(self, Self::LockedKey(_))
    }

    /// Things that are written as often as they stand in the wallet.
    fn may_stand_twice(&self) -> bool {
        matches!(self, Self::Secret(..) | Self::SecretKey(_) | Self::Opaque(_))
    }

    /// Things that reading back may find though they were not meant: a key that was closed is now
    /// open, and a key finds its certificate among the trusted ones.
    fn may_be_new(&self) -> bool {
        matches!(self, Self::Key(_) | Self::SecretKey(_) | Self::LockedKey(_) | Self::Pair(..))
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(_) => f.write_str("a private key"),
            Self::LockedKey(_) => f.write_str("a locked private key"),
            Self::Pair(_, certificate) => write!(f, "the key of the certificate {certificate}"),
            Self::Certificate(certificate) => write!(f, "the certificate {certificate}"),
            Self::Request(request) => write!(f, "the request {request}"),
            Self::Secret(name, _) => write!(f, "the secret {name}"),
            Self::SecretKey(_) => f.write_str("a secret key"),
            Self::Opaque(_) => f.write_str("an entry that is not understood"),
            Self::Alias(alias) => write!(f, "the alias {alias}"),
            Self::Flags(flags, certificate) => {
                write!(f, "the trust {flags} of the certificate {certificate}")
            }
        }
    }
}

/// Each thing and how often it stands in a wallet.
type Inventory = BTreeMap<Item, usize>;

fn inventory(wallet: &Wallet, without: &BTreeSet<EntryId>) -> Inventory {
    let mut inventory = Inventory::new();
    for entry in wallet.entries().iter().filter(|entry| !without.contains(&entry.id())) {
        for item in items(&entry.kind) {
            *inventory.entry(item).or_insert(0) += 1;
        }
    }
    inventory
}

/// What an entry has that must survive.
fn items(kind: &EntryKind) -> Vec<Item> {
    match kind {
        EntryKind::PrivateKey(entry) => {
            let links = entry.chain.iter();
            let mut items: Vec<Item> = links.map(|link| certified(&link.certificate)).collect();
            items.push(key_item(&entry.key));
            items.extend(pair(entry));
            items.extend(entry.request.as_ref().map(requested));
            items
        }
        EntryKind::Request(entry) => vec![key_item(&entry.key), requested(&entry.request)],
        EntryKind::TrustedCertificate(trusted) => vec![certified(&trusted.certificate)],
        EntryKind::Secret(secret) => {
            vec![Item::Secret(secret.name.clone(), Fingerprint::of(&secret.value))]
        }
        EntryKind::Opaque(opaque) => vec![match &opaque.sealed {
            SealedContent::Nothing => Item::Opaque(opaque.fingerprint()),
            SealedContent::Closed(_) => Item::LockedKey(opaque.fingerprint()),
            SealedContent::Open(_) => Item::SecretKey(opaque.fingerprint()),
        }],
    }
}

/// Whether two wallets hold the same things in the same order, which most do that are read back: thousands of
/// certificates need no digests then.
fn is_same(one: &Wallet, other: &Wallet) -> bool {
    let same = |(one, other): (&Entry, &Entry)| match (&one.kind, &other.kind) {
        (EntryKind::TrustedCertificate(one), EntryKind::TrustedCertificate(other)) => {
            one.certificate == other.certificate
        }
        (one, other) => items(one) == items(other),
    };
    let (one, other) = (one.entries(), other.entries());
    one.len() == other.len() && one.iter().zip(other).all(same)
}

fn certified(certificate: &Certificate) -> Item {
    Item::Certificate(certificate.fingerprint())
}

fn requested(request: &StoredRequest) -> Item {
    Item::Request(Fingerprint::of(request.csr.der()))
}

fn key_item(key: &KeyMaterial) -> Item {
    match key {
        KeyMaterial::Open(key) => Item::Key(key.fingerprint()),
        KeyMaterial::Locked(locked) => Item::LockedKey(Fingerprint::of(&locked.raw)),
    }
}

fn pair(entry: &KeyEntry) -> Option<Item> {
    let key = entry.key.open()?;
    Some(Item::Pair(key.fingerprint(), entry.leaf()?.fingerprint()))
}

/// How many different keys there are.
fn key_count(items: &Inventory) -> usize {
    items.keys().filter(|item| matches!(item, Item::Key(_) | Item::LockedKey(_))).count()
}

#[cfg(test)]
mod tests {
    use super::{difference, inventory, is_same};
    use crate::model::certificate::Certificate;
    use crate::model::entry::{
        EntryKind, KeyEntry, OpaqueEntry, SealedContent, SecretEntry, TrustedEntry,
    };
    use crate::model::format::Format;
    use crate::model::key::{KeyMaterial, LockedKey, PrivateKey};
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;
    use crate::secret::SecretBytes;
    use std::collections::BTreeSet;

    struct Pair {
        key: KeyMaterial,
        certificate: Certificate,
    }

    fn pair() -> Pair {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = SecretBytes::new(made.signing_key.serialize_der());
        Pair {
            key: KeyMaterial::Open(PrivateKey::from_pkcs8(key).unwrap()),
            certificate: Certificate::from_der(made.cert.der()).unwrap(),
        }
    }

    fn key(pair: &Pair, chain: &[&Certificate]) -> EntryKind {
        let chain = chain.iter().map(|certificate| (*certificate).clone().into()).collect();
        EntryKind::from(KeyEntry { key: pair.key.clone(), chain, request: None })
    }

    fn trusted(certificate: &Certificate) -> EntryKind {
        let (certificate, flags) = (certificate.clone(), TrustFlags::default());
        EntryKind::TrustedCertificate(TrustedEntry { certificate, flags })
    }

    fn secret(value: &[u8]) -> EntryKind {
        EntryKind::from(SecretEntry { name: "name".to_owned(), value: value.into() })
    }

    fn opaque(raw: &[u8]) -> EntryKind {
        let description = "a bag".to_owned();
        EntryKind::from(OpaqueEntry {
            format: Format::Pkcs12,
            description,
            raw: raw.into(),
            sealed: SealedContent::Nothing,
            is_safe: false,
        })
    }

    fn locked(raw: &[u8]) -> EntryKind {
        let key = KeyMaterial::Locked(LockedKey { raw: raw.to_vec(), refusal: None });
        EntryKind::from(KeyEntry { key, chain: Vec::new(), request: None })
    }

    fn wallet(kinds: Vec<EntryKind>) -> Wallet {
        let mut wallet = Wallet::new();
        for kind in kinds {
            wallet.push(None, kind);
        }
        wallet
    }

    fn differ(meant: Vec<EntryKind>, written: Vec<EntryKind>) -> Option<String> {
        let [meant, written] =
            [meant, written].map(|kinds| inventory(&wallet(kinds), &BTreeSet::new()));
        difference(&meant, &written, &written, true)
    }

    #[test]
    fn issuers_may_move_from_a_chain_to_the_trusted_certificates() {
        let (user, ca) = (pair(), pair());
        let meant = vec![key(&user, &[&user.certificate, &ca.certificate])];
        let written = vec![key(&user, &[&user.certificate]), trusted(&ca.certificate)];
        assert!(!is_same(&wallet(meant.clone()), &wallet(written.clone())));
        assert_eq!(differ(meant, written), None);
    }

    #[test]
    fn everything_that_is_lost_added_or_changed_is_a_difference() {
        let (user, other) = (pair(), pair());
        let entries = || {
            vec![
                key(&user, &[&user.certificate]),
                trusted(&other.certificate),
                secret(b"value"),
                secret(b"value"),
                opaque(b"raw"),
                opaque(b"raw"),
                locked(b"closed"),
            ]
        };
        assert_eq!(differ(entries(), entries()), None);
        // The short way must never say yes where the long one says no.
        let same = |one, other| is_same(&wallet(one), &wallet(other));
        assert!(same(entries(), entries()));
        for lost in 0..entries().len() {
            let mut written = entries();
            written.remove(lost);
            assert!(differ(entries(), written.clone()).is_some(), "entry {lost} is lost");
            assert!(!same(entries(), written.clone()) && !same(written, entries()));
            let mut meant = entries();
            meant.remove(lost);
            // A second equal secret or opaque entry is caught when it is lost, not when it is added.
            let added = differ(meant, entries());
            assert_eq!(added.is_some(), !(2..6).contains(&lost), "entry {lost} is added");
        }
        let changed = |at: usize, kind| {
            let mut written = entries();
            written[at] = kind;
            assert!(!same(entries(), written.clone()), "entry {at} is changed");
            assert!(differ(entries(), written).is_some(), "entry {at} is changed");
        };
        changed(0, key(&user, &[]));
        changed(0, key(&user, &[&other.certificate]));
        changed(0, key(&other, &[&user.certificate]));
        changed(1, trusted(&user.certificate));
        changed(2, secret(b"valuf"));
        changed(4, opaque(b"rax"));
        changed(6, locked(b"klosed"));
    }

    #[test]
    fn key_that_nobody_opened_is_compared_closed() {
        let user = pair();
        let (meant, written) = (wallet(vec![locked(b"closed")]), wallet(vec![key(&user, &[])]));
        assert!(!is_same(&meant, &written));
        let [meant, written] = [meant, written].map(|wallet| inventory(&wallet, &BTreeSet::new()));
        assert_eq!(difference(&meant, &written, &meant, true), None);
        assert!(difference(&meant, &written, &written, true).is_some());
    }
}
