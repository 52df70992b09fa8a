//! The wallet itself.

use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use std::collections::HashSet;
use std::sync::Arc;

/// An ordered list of entries. It knows no file format.
///
/// A clone shares the entries until one of the two changes.
#[derive(Clone, Debug, Default)]
pub struct Wallet {
    /// In the order of their identities, because each is appended.
    entries: Arc<Vec<Entry>>,
    next: u32,
}

impl Wallet {
    /// An empty wallet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty wallet that takes this many entries before it has to grow.
    #[must_use]
    pub fn with_room(entries: usize) -> Self {
        Self { entries: Arc::new(Vec::with_capacity(entries)), next: 0 }
    }

    /// The entries in their order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries in their order, to be changed.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        Arc::make_mut(&mut self.entries).iter_mut()
    }

    /// The entry of this identity.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.position(id).map(|position| &self.entries[position])
    }

    /// The entry of this identity, to be changed.
    pub fn entry_mut(&mut self, id: EntryId) -> Option<&mut Entry> {
        self.position(id).map(|position| &mut Arc::make_mut(&mut self.entries)[position])
    }

    /// Appends an entry without attributes.
    pub fn push(&mut self, alias: Option<Alias>, kind: EntryKind) -> EntryId {
        self.push_with_attributes(alias, Arc::default(), kind)
    }

    /// Appends an entry.
    pub fn push_with_attributes(
        &mut self,
        alias: Option<Alias>,
        attributes: Arc<[Attribute]>,
        kind: EntryKind,
    ) -> EntryId {
        let id = EntryId(self.next);
        self.next += 1;
        self.append(Entry { id, alias, attributes, created: None, kind });
        id
    }

    /// Appends an entry of another wallet, which gets an identity of this one.
    pub fn adopt(&mut self, entry: Entry) -> EntryId {
        let id = EntryId(self.next);
        self.next += 1;
        self.append(Entry { id, ..entry });
        id
    }

    /// The entries in their order, for other wallets.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        Arc::unwrap_or_clone(self.entries)
    }

    /// Takes an entry out.
    pub fn remove(&mut self, id: EntryId) -> Option<Entry> {
        self.position(id).map(|position| Arc::make_mut(&mut self.entries).remove(position))
    }

    /// Keeps the entries for which this is true, in their order.
    pub fn retain(&mut self, keep: impl FnMut(&mut Entry) -> bool) {
        Arc::make_mut(&mut self.entries).retain_mut(keep);
    }

    fn append(&mut self, entry: Entry) {
        if Arc::get_mut(&mut self.entries).is_none() {
            // A copy with room for it: a copy that is full would be copied again.
            let mut copy = Vec::with_capacity(self.entries.len() + 1);
            copy.extend_from_slice(&self.entries);
            self.entries = Arc::new(copy);
        }
        Arc::make_mut(&mut self.entries).push(entry);
    }

    fn position(&self, id: EntryId) -> Option<usize> {
        self.entries.binary_search_by_key(&id, Entry::id).ok()
    }

    /// The trusted certificates with their entries.
    pub fn trusted(&self) -> impl Iterator<Item = (&Entry, &Certificate)> {
        self.entries.iter().filter_map(|entry| match &entry.kind {
            EntryKind::TrustedCertificate(trusted) => Some((entry, &trusted.certificate)),
            _ => None,
        })
    }

    /// Whether it has named values: those of Oracle's secret store.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.kind, EntryKind::Secret(_)))
    }

    /// The certificates that entries are or have as their own: trusted ones, and those of keys. Oracle's
    /// layout holds each once, so that an issuer in a chain that is one of these has no place of its own.
    #[must_use]
    pub fn standing(&self) -> HashSet<Fingerprint> {
        self.entries.iter().filter_map(Entry::certificate).map(Certificate::fingerprint).collect()
    }

    /// The certificates that `other` does not have, each once.
    #[must_use]
    pub fn certificates_beyond(&self, other: &Self) -> Vec<&Certificate> {
        let mut known: HashSet<Fingerprint> =
            other.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
        let all = self.certificates().map(|(_, certificate)| certificate);
        all.filter(|certificate| known.insert(certificate.fingerprint())).collect()
    }

    /// Every certificate of every chain and every trusted one, with its entry; a certificate may
    /// come more than once.
    pub fn certificates(&self) -> impl Iterator<Item = (&Entry, &Certificate)> {
        self.entries.iter().flat_map(|entry| {
            let (chain, trusted) = match &entry.kind {
                EntryKind::PrivateKey(key) => (key.chain.as_slice(), None),
                EntryKind::TrustedCertificate(trusted) => (&[] as &[_], Some(&trusted.certificate)),
                _ => (&[] as &[_], None),
            };
            chain
                .iter()
                .map(|link| &link.certificate)
                .chain(trusted)
                .map(move |certificate| (entry, certificate))
        })
    }
}
