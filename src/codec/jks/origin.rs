//! How a store was written, so that it can be written back alike.

use crate::codec::jks::reader::Reader;
use crate::codec::jks::record::Record;
use crate::codec::jks::{Kind, modified_utf8};
use crate::codec::{CodecError, Protection};
use crate::crypto::java_protector::{self, JAVA_MOST_ITERATIONS, Protector};
use crate::digest::Fingerprint;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::secret::Password;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

/// How a JKS or JCEKS file was written: its records, and which password opened what.
#[derive(Clone, Debug)]
pub struct Origin {
    pub(super) kind: Kind,
    pub(super) version: u32,
    /// The password under which the digest fits; `None` where none was given.
    pub(super) password: Option<Password>,
    /// The file, which the records are parts of.
    pub(super) file: Vec<u8>,
    pub(super) kept: HashMap<EntryId, Kept>,
    /// What follows the digest.
    pub(super) trailing: Vec<u8>,
    pub(super) keys: HashMap<EntryId, KeyPassword>,
    /// Keys that are protected anew even though nothing changed.
    pub(super) renewed: HashSet<EntryId>,
}

/// The record that became an entry, and what it said.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) range: Range<usize>,
    /// What the entry said, and what its key did.
    pub(super) said: Fingerprint,
    pub(super) key: Option<Fingerprint>,
}

/// What opens a key.
#[derive(Clone, Debug)]
pub(super) enum KeyPassword {
    /// The password of the store.
    Store,
    /// This one.
    Own(Password),
    /// Not the password of the store, and nobody knows what does.
    Unknown,
    /// Nobody has tried, or the attempt could not be made.
    Untried,
}

impl Origin {
    /// The format of the file.
    #[must_use]
    pub fn format(&self) -> Format {
        self.kind.format()
    }

    /// The integrity check: a digest over the password and the file.
    #[must_use]
    pub fn mac(&self) -> Option<Protection> {
        Some(Protection {
            what: "mac".to_owned(),
            algorithm: "SHA1 digest".to_owned(),
            iterations: None,
        })
    }

    /// Each way in which a key is protected, once.
    #[must_use]
    pub fn encryption(&self) -> Vec<Protection> {
        let found: BTreeSet<(&str, Option<u32>)> = self
            .kept
            .keys()
            .filter_map(|id| Protector::of(self.protected(*id)?).ok())
            .map(|protector| (protector.name(), protector.iterations()))
            .collect();
        found
            .into_iter()
            .map(|(name, iterations)| Protection {
                what: "keys".to_owned(),
                algorithm: name.to_owned(),
                iterations,
            })
            .collect()
    }

    /// Whether the key of the entry has a password of its own: another one than the store's opened
    /// it, or the store's did not. Tells something only where the store was opened with a password.
    #[must_use]
    pub fn own_password(&self, id: EntryId) -> bool {
        matches!(self.keys.get(&id), Some(KeyPassword::Own(_) | KeyPassword::Unknown))
    }

    /// Has the key of the entry protected with the store's password at the next save. A key that is
    /// locked cannot be: the save fails with [`CodecError::KeyLocked`].
    pub fn forget_key_protection(&mut self, id: EntryId) {
        self.keys.insert(id, KeyPassword::Store);
        self.renewed.insert(id);
    }

    /// Has the key of the entry protected with a password of its own at the next save.
    ///
    /// # Errors
    ///
    /// [`CodecError::PasswordNotAscii`] where the format does not take the password.
    pub fn set_key_password(&mut self, id: EntryId, password: Password) -> Result<(), CodecError> {
        if !java_protector::takes(self.kind.protector(1), &password) {
            return Err(CodecError::PasswordNotAscii);
        }
        self.keys.insert(id, KeyPassword::Own(password));
        self.renewed.insert(id);
        Ok(())
    }

    /// The bytes of the record that became the entry.
    pub(super) fn raw(&self, kept: &Kept) -> &[u8] {
        &self.file[kept.range.clone()]
    }

    /// The record that became the entry.
    pub(super) fn record(&self, kept: &Kept) -> Record<'_> {
        let mut reader = Reader::new(self.raw(kept), self.kind);
        Record::read(&mut reader, self.version).expect("it was read from the same bytes before")
    }

    /// The encrypted key of an entry.
    pub(super) fn protected(&self, id: EntryId) -> Option<&[u8]> {
        self.record(self.kept.get(&id)?).body.protected()
    }

    /// The alias that the record of an entry has, if it is of this kind of store.
    pub(super) fn alias(&self, id: EntryId, kind: Kind) -> Option<String> {
        let kept = self.kept.get(&id).filter(|_| self.kind == kind)?;
        modified_utf8::decode(self.record(kept).alias)
    }

    /// The most iterations that a key has and Java takes.
    pub(super) fn iterations(&self) -> Option<u32> {
        self.encryption()
            .iter()
            .filter_map(|protection| protection.iterations)
            .filter(|iterations| *iterations <= JAVA_MOST_ITERATIONS)
            .max()
    }
}

impl Kept {
    pub(super) fn of(entry: &Entry, range: Range<usize>) -> Self {
        let key = match &entry.kind {
            EntryKind::PrivateKey(key) => Some(key_said(&key.key)),
            _ => None,
        };
        Self { range, said: said(entry), key }
    }
}

/// A digest of everything that the record of an entry says, to see whether it has changed.
pub(super) fn said(entry: &Entry) -> Fingerprint {
    let mut bytes = Vec::new();
    let mut field = |tag: u8, value: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(&value.len().to_be_bytes());
        bytes.extend_from_slice(value);
    };
    if let Some(alias) = &entry.alias {
        field(0, alias.as_str().as_bytes());
    }
    if let Some(created) = entry.created {
        field(1, &created.unix_timestamp_nanos().to_be_bytes());
    }
    match &entry.kind {
        EntryKind::PrivateKey(key) => {
            field(2, key_said(&key.key).as_bytes());
            for link in &key.chain {
                field(3, link.certificate.fingerprint().as_bytes());
            }
        }
        EntryKind::TrustedCertificate(trusted) => {
            field(4, trusted.certificate.fingerprint().as_bytes());
        }
        EntryKind::Opaque(opaque) => field(5, Fingerprint::of(&opaque.raw).as_bytes()),
        // No record becomes one of these.
        EntryKind::Request(_) | EntryKind::Secret(_) => field(6, &[]),
    }
    Fingerprint::of(&bytes)
}

/// A digest of a key, open or locked.
pub(super) fn key_said(key: &KeyMaterial) -> Fingerprint {
    match key {
        KeyMaterial::Open(key) => key.fingerprint(),
        KeyMaterial::Locked(locked) => Fingerprint::of(&locked.raw),
    }
}
