//! How a PKCS#12 file was written, so that it can be written back alike.

use crate::codec::pkcs12::bag::BagType;
use crate::codec::pkcs12::part::{self, ByPart, Part};
use crate::codec::pkcs12::profile::{self, Algorithms, Schemes};
use crate::codec::pkcs12::safe::{Cover, Kept, Safe};
use crate::codec::{CodecError, Protection};
use crate::crypto::CryptoError;
use crate::crypto::kdf::{Budget, Passphrase};
use crate::crypto::mac::{Mac, MacScheme};
use crate::crypto::pbe::{Derivation, Scheme};
use crate::crypto::pkcs8;
use crate::digest::Fingerprint;
use crate::limits;
use crate::model::entry::{Entry, EntryId};
use crate::model::format::Layout;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::Password;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::slice;

/// How a PKCS#12 file was written: its safes with their bags, its algorithms, its password form.
#[derive(Clone, Debug)]
pub struct Origin {
    pub(super) layout: Layout,
    pub(super) safes: Vec<Safe>,
    /// The MAC, and its MacData in DER.
    pub(super) mac: Option<(Mac, Vec<u8>)>,
    /// Whether the safes, written one behind the other, are the octets of authSafe as they were read.
    pub(super) is_whole: bool,
    /// The form of the password that opened the file.
    pub(super) passphrase: Passphrase,
    /// The wallet as the bags said it.
    pub(super) read: Wallet,
    /// The localKeyID of each part.
    pub(super) local_key_ids: HashMap<Part, Vec<u8>>,
    /// Issuers that have a bag of their own.
    pub(super) linked: HashSet<Fingerprint>,
    /// Entries whose request has a bag of its own.
    pub(super) requests: HashSet<EntryId>,
    /// Keys that did not open with the password of the store.
    pub(super) own: HashSet<EntryId>,
    /// Keys that are encrypted anew even though nothing changed: with a password of their own, or
    /// with that of the store.
    pub(super) renewed: HashMap<EntryId, Option<Password>>,
    /// Entries that were issuers of a key which is gone, and keep their bags: without a mark that they are trusted.
    pub(super) unmarked: HashSet<EntryId>,
}

impl Origin {
    /// The layout.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The named profile that the protection equals, if any.
    #[must_use]
    pub fn profile(&self) -> Option<Profile> {
        let keys = self.key_schemes().iter().map(Scheme::name).collect::<BTreeSet<_>>();
        let algorithms = Algorithms {
            contents: self.contents_scheme().map(Scheme::name),
            keys: keys.into_iter().collect(),
            mac: self.mac.as_ref().map(|(mac, _)| mac.scheme.name()),
            open_keys: self.has_open_keys(),
            open_contents: self.safes.iter().any(|safe| {
                safe.cover == Cover::Plain
                    && safe.bags().any(|bag| bag.kind != BagType::ShroudedKey)
            }),
        };
        profile::recognise(self.layout, &algorithms)
    }

    /// Whether anything of the file depends on a password.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.mac.is_some()
            || self.contents_scheme().is_some()
            || self.bags().any(|bag| bag.kind == BagType::ShroudedKey)
    }

    /// Whether nothing but its keys could have told that a password is not that of the file.
    pub(super) fn is_untried(&self) -> bool {
        let is_encrypted = |safe: &Safe| matches!(safe.cover, Cover::Encrypted(_));
        self.mac.is_none() && !self.safes.iter().any(is_encrypted) && !self.key_schemes().is_empty()
    }

    /// Whether the passphrase opens one of the keys.
    pub(super) fn opens_a_key(&self, passphrase: &Passphrase) -> bool {
        let is_opened = |entry: &Entry| {
            !self.own.contains(&entry.id()) && entry.key().is_some_and(|key| key.open().is_some())
        };
        if !self.has_open_keys() && self.read.entries().iter().any(is_opened) {
            return true;
        }
        let budget = Budget::new(limits::ITERATIONS);
        let forms = slice::from_ref(passphrase);
        let mut keys = self.bags().filter(|bag| bag.kind == BagType::ShroudedKey);
        keys.any(|key| pkcs8::decrypt_with(key.value(), forms, &budget).is_ok())
    }

    /// Whether the file encrypts anything. One that does not may have a password all the same, for its MAC.
    #[must_use]
    pub fn encrypts(&self) -> bool {
        self.contents_scheme().is_some() || !self.key_schemes().is_empty()
    }

    /// Whether there is nothing in the file, and nothing that it says of how keys and certificates are encrypted, though
    /// it has a password.
    pub(super) fn is_bare(&self) -> bool {
        self.mac.is_some() && self.contents_scheme().is_none() && self.bags().next().is_none()
    }

    /// Whether there are keys in a portable file that are not encrypted on their own.
    pub(super) fn has_open_keys(&self) -> bool {
        self.layout == Layout::Portable && self.bags().any(|bag| bag.kind == BagType::Key)
    }

    /// Whether keys or secrets lie in the file for everybody to read.
    pub(super) fn exposes_secrets(&self) -> bool {
        self.open_entries().next().is_some()
    }

    /// Entries whose key or secret lies in the file for everybody to read.
    pub fn open_entries(&self) -> impl Iterator<Item = EntryId> {
        let open = self.safes.iter().filter(|safe| safe.cover == Cover::Plain);
        open.flat_map(Safe::parts).filter_map(|(kind, part)| match part {
            Part::Key(entry) if kind == BagType::Key => Some(*entry),
            Part::Secret(entry) => Some(*entry),
            _ => None,
        })
    }

    /// Whether the key of the entry did not open with the password of the store.
    #[must_use]
    pub fn own_password(&self, id: EntryId) -> bool {
        self.own.contains(&id)
    }

    /// Has the key of the entry encrypted with the store's password at the next save. A key that is
    /// locked cannot be: the save fails with [`CodecError::KeyLocked`].
    pub fn forget_key_protection(&mut self, id: EntryId) {
        self.own.remove(&id);
        self.renewed.insert(id, None);
    }

    /// Has the key of the entry encrypted with a password of its own at the next save.
    ///
    /// # Errors
    ///
    /// [`CodecError::FormatUnsupported`] in Oracle's layout, whose readers know no such keys, in a file that encrypts
    /// nothing, and in one where nothing but its keys tells the password of the store.
    pub fn set_key_password(&mut self, id: EntryId, password: Password) -> Result<(), CodecError> {
        let place = match self.layout {
            Layout::Oracle => Some("Oracle's layout"),
            Layout::Portable if !self.encrypts() => Some("a file that encrypts nothing"),
            Layout::Portable if self.is_untried() => Some("a file that encrypts nothing but keys"),
            Layout::Portable => None,
        };
        if let Some(place) = place {
            let what = format!("a key with a password of its own in {place}");
            return Err(CodecError::FormatUnsupported { what, verb: "written" });
        }
        self.own.insert(id);
        self.renewed.insert(id, Some(password));
        Ok(())
    }

    /// The integrity check.
    #[must_use]
    pub fn mac(&self) -> Option<Protection> {
        self.mac.as_ref().map(|(mac, _)| Protection {
            what: "mac".to_owned(),
            algorithm: mac.scheme.name(),
            iterations: Some(mac.scheme.iterations()),
        })
    }

    /// Which form of an empty password opened the file: `empty`, the two zero bytes of RFC 7292, or `none`, no
    /// bytes at all. Only where the two make different keys.
    #[must_use]
    pub fn blank_password(&self) -> Option<&'static str> {
        let mac = self.mac.as_ref().map(|(mac, _)| &mac.scheme);
        let contents = self.contents_scheme().map(Scheme::derivation);
        let tells = matches!(mac, Some(MacScheme::Pkcs12 { .. }))
            || matches!(contents, Some(Derivation::Pkcs12 { .. }));
        let form = if self.passphrase.is_none() { "none" } else { "empty" };
        (tells && self.passphrase.is_blank()).then_some(form)
    }

    /// The protection of each safe, and of each way in which keys are encrypted on their own.
    #[must_use]
    pub fn encryption(&self) -> Vec<Protection> {
        let mut found = Vec::new();
        for safe in &self.safes {
            let has = |kind| safe.bags().any(|bag| bag.kind == kind);
            let what =
                match (has(BagType::Certificate), has(BagType::Key) || has(BagType::ShroudedKey)) {
                    (false, true) => "keys",
                    (true, false) => "certificates",
                    (true, true) | (false, false) => "contents",
                };
            let scheme = match &safe.cover {
                // The keys in a plain safe are named below, each by its own encryption.
                Cover::Plain if has(BagType::ShroudedKey) => {
                    if has(BagType::Key) {
                        found.push(describe("keys", None));
                    }
                    continue;
                }
                Cover::Plain => None,
                Cover::Encrypted(scheme) => Some(scheme),
                Cover::Opaque(_) => continue,
            };
            found.push(describe(what, scheme));
        }
        for scheme in self.key_schemes() {
            let entry = describe("keys", Some(&scheme));
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
        found
    }

    /// The schemes of the shrouded keys, each once; those that are not understood are left out.
    pub(super) fn key_schemes(&self) -> Vec<Scheme> {
        let mut names = HashSet::new();
        self.bags()
            .filter(|bag| bag.kind == BagType::ShroudedKey)
            .filter_map(|bag| pkcs8::scheme(bag.value()).ok())
            .filter(|scheme| names.insert((scheme.name(), scheme.iterations())))
            .collect()
    }

    /// The algorithms of the file with fresh parameters, for what is added to it.
    pub(super) fn schemes(&self, iterations: Option<u32>) -> Result<Schemes, CryptoError> {
        let fresh =
            |scheme: Option<&Scheme>| scheme.map(|scheme| scheme.fresh(iterations)).transpose();
        // An empty file that encrypts nothing, as keytool leaves it, has a password that is meant for what comes.
        if self.is_bare() {
            let mac = self.mac.as_ref().map(|(mac, _)| mac.scheme.fresh(iterations)).transpose()?;
            return Ok(Schemes { mac, ..Schemes::new(Profile::Modern, iterations)? });
        }
        let contents = fresh(self.contents_scheme())?;
        let keys = match self.layout {
            Layout::Oracle => None,
            // A file without keys protects its first one as it protects its certificates; one whose keys are encrypted in
            // a way that is not understood does not get the next one in the clear.
            Layout::Portable => match self.key_schemes().first().or(self.contents_scheme()) {
                None if self.bags().any(|bag| bag.kind == BagType::ShroudedKey) => {
                    Schemes::new(Profile::Modern, iterations)?.keys
                }
                scheme => fresh(scheme)?,
            },
        };
        let mac = match &self.mac {
            Some((mac, _)) => Some(mac.scheme.fresh(iterations)?),
            None => None,
        };
        Ok(Schemes { contents, keys, mac })
    }

    /// What each bag said.
    pub(super) fn said(&self) -> ByPart<'_, '_> {
        let is_apart = |entry: &Entry| self.requests.contains(&entry.id());
        ByPart::new(part::contents(&self.read, &self.linked, is_apart))
    }

    /// Every bag.
    pub(super) fn bags(&self) -> impl Iterator<Item = Kept<'_>> {
        self.safes.iter().flat_map(Safe::bags)
    }

    /// The scheme of the first encrypted safe.
    pub(super) fn contents_scheme(&self) -> Option<&Scheme> {
        self.safes.iter().find_map(|safe| match &safe.cover {
            Cover::Encrypted(scheme) => Some(scheme),
            _ => None,
        })
    }
}

pub(super) fn describe(what: &str, scheme: Option<&Scheme>) -> Protection {
    Protection {
        what: what.to_owned(),
        algorithm: scheme.map_or_else(|| "none".to_owned(), Scheme::name),
        iterations: scheme.and_then(Scheme::iterations),
    }
}
