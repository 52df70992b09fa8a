//! From bags to entries: which certificate belongs to which key, what is trusted, what is kept
//! unread.

use crate::codec::CodecError;
use crate::codec::candidates::{Candidate, Candidates};
use crate::codec::pkcs12::bag::{Bag, BagType};
use crate::codec::pkcs12::item::{Item, classify};
use crate::codec::pkcs12::key_request;
use crate::codec::pkcs12::keys::KeyOpener;
use crate::codec::pkcs12::oracle::{Kind, OracleId};
use crate::codec::pkcs12::part::Part;
use crate::crypto::keygen;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::entry::{
    ChainCertificate, EntryId, EntryKind, KeyEntry, OpaqueEntry, RequestEntry, SealedContent,
    StoredRequest, TrustedEntry,
};
use crate::model::format::Format;
use crate::model::key::{KeyMaterial, PublicKey};
use crate::model::request::CertificateRequest;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::oid;
use crate::parallel;
use crate::secret::SecretBytes;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A wallet, and for every bag, in their order, the part of the wallet that it carries.
pub(super) struct Assembled {
    pub(super) wallet: Wallet,
    pub(super) parts: Vec<Part>,
}

/// Turns bags into entries, in the order in which the file first mentions each. The entries take over
/// the attributes of the bags. Certificates that are the same to the byte as those of `known` are taken from
/// there.
///
/// # Errors
///
/// [`CodecError::Limit`] when the chains have too many certificates.
pub(super) fn assemble(
    bags: &mut [Bag<'_>],
    opener: &mut KeyOpener<'_>,
    known: Option<&Wallet>,
) -> Result<Assembled, CodecError> {
    // What was just written holds the certificates in the order of its wallet. Where it does not, they are
    // read.
    let mut known = known.into_iter().flat_map(Wallet::certificates).map(|(_, known)| known);
    let mut expected = |bag: &Bag<'_>| (bag.kind == BagType::Certificate).then(|| known.next())?;
    let expecting: Vec<_> = bags.iter().map(|bag| (bag, expected(bag))).collect();
    let mut items = Vec::with_capacity(expecting.len());
    items.extend(parallel::map_many(&expecting, |(bag, expected)| classify(bag, *expected)));
    drop(expecting);
    Assembly::new(bags, items).finish(opener)
}

struct Assembly<'m, 'b> {
    bags: &'m mut [Bag<'b>],
    items: Vec<Option<Item>>,
    ids: Vec<Option<OracleId>>,
    candidates: Candidates<'b>,
    /// The key bag that a certificate was given to.
    leaf_of: HashMap<usize, usize>,
    /// The key bag that a request was given to, and the other way round.
    request_of: HashMap<usize, usize>,
    request_by_owner: HashMap<usize, usize>,
    /// Requests by public key, by Oracle's index, by localKeyID.
    requests: Requests<'b>,
    /// Requests that stand in the bag of their key.
    attached: HashMap<usize, (usize, CertificateRequest)>,
    /// What is encrypted inside the bags that are not understood.
    sealed: HashMap<usize, SealedContent>,
    /// Those of the last bag that was asked for.
    attributes: Arc<[Attribute]>,
}

#[derive(Default)]
struct Requests<'b> {
    public_keys: HashMap<Vec<u8>, usize>,
    indices: HashMap<u32, usize>,
    local_key_ids: HashMap<&'b [u8], usize>,
}

impl<'m, 'b> Assembly<'m, 'b> {
    fn new(bags: &'m mut [Bag<'b>], items: Vec<Item>) -> Self {
        let mut requests = Requests::default();
        let ids: Vec<Option<OracleId>> =
            bags.iter().map(|bag| bag.local_key_id.and_then(OracleId::read)).collect();
        for (position, item) in items.iter().enumerate() {
            let Item::Request(request) = item else { continue };
            let key = request.public_key().key_bits().to_vec();
            requests.public_keys.entry(key).or_insert(position);
            if let Some(oracle) = ids[position] {
                requests.indices.entry(oracle.index).or_insert(position);
            }
            if let Some(id) = bags[position].local_key_id {
                requests.local_key_ids.entry(id).or_insert(position);
            }
        }
        // Only keys look for certificates.
        let has_keys = items.iter().any(|item| matches!(item, Item::Key(_)));
        let items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
        let sought = items.iter().enumerate().filter(|_| has_keys);
        let certificates = sought.filter_map(|(position, item)| {
            let Some(Item::Certificate(certificate)) = item else { return None };
            let bag = &bags[position];
            // Trust is marked by Java's attribute or by Oracle's kind.
            let trusted = bag.has_attribute(oid::TRUSTED_KEY_USAGE)
                || ids[position].is_some_and(|id| id.kind == Kind::Trusted);
            let (certificate, local_key_id) = (certificate.clone(), bag.local_key_id);
            Some((position, Candidate { certificate, local_key_id, trusted }))
        });
        let candidates = Candidates::new(certificates.collect());
        Self {
            bags,
            items,
            ids,
            candidates,
            leaf_of: HashMap::new(),
            request_of: HashMap::new(),
            request_by_owner: HashMap::new(),
            requests,
            attached: HashMap::new(),
            sealed: HashMap::new(),
            attributes: Arc::default(),
        }
    }

    fn finish(mut self, opener: &mut KeyOpener<'_>) -> Result<Assembled, CodecError> {
        let keys: Vec<usize> = (0..self.bags.len())
            .filter(|position| matches!(self.items[*position], Some(Item::Key(_))))
            .collect();
        opener.open_all(self.items.iter_mut().filter_map(|item| match item {
            Some(Item::Key(material)) => Some(material),
            _ => None,
        }));
        let mut chains: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut leaves = HashMap::new();
        for &key in &keys {
            let leaf = self.find_leaf(key, opener);
            if let Some(leaf) = leaf {
                self.leaf_of.insert(leaf, key);
                leaves.insert(key, leaf);
            }
            if let Some(request) = self.find_attached(key, leaf) {
                self.attached.insert(key, request);
            } else if let Some(request) = self.find_request(key, leaf) {
                self.request_of.insert(request, key);
                self.request_by_owner.insert(key, request);
            }
        }
        let (sealed, values): (Vec<usize>, Vec<&[u8]>) = (0..self.bags.len())
            .filter(|position| matches!(self.items[*position], Some(Item::Opaque(_))))
            .filter(|position| self.bags[*position].kind == BagType::Secret)
            .map(|position| (position, self.bags[position].value))
            .unzip();
        self.sealed = sealed.into_iter().zip(opener.all_sealed(&values)).collect();
        let mut linked = HashSet::new();
        for (&key, &leaf) in &leaves {
            let mut chain = self.candidates.issuers(leaf);
            // Trusted certificates and those of other keys are entries of their own.
            chain.retain(|issuer| {
                !self.leaf_of.contains_key(issuer)
                    && self.candidates.get(*issuer).is_some_and(|one| !one.trusted)
            });
            linked.extend(chain.iter().copied());
            // Java writes the issuers of every key anew; a chain has each of them once.
            let mut seen = HashSet::new();
            chain.retain(|issuer| {
                let issuer = self.candidates.get(*issuer);
                issuer.is_some_and(|one| seen.insert(one.certificate.fingerprint()))
            });
            self.candidates.spend(chain.len())?;
            chains.insert(key, chain);
        }
        let links = linked.into_iter().filter_map(|at| Some((at, self.link(at)?))).collect();
        Ok(self.build(&leaves, &chains, &links))
    }

    /// The certificate of this bag as a part of chains.
    fn link(&mut self, position: usize) -> Option<ChainCertificate> {
        let certificate = self.certificate(position)?.clone();
        let alias = self.bags[position].friendly_name.clone();
        Some(ChainCertificate { certificate, alias, attributes: self.attributes(position) })
    }

    /// The attributes of this bag, in memory once for bags in succession that say the same, as thousands do.
    fn attributes(&mut self, position: usize) -> Arc<[Attribute]> {
        let bag = &self.bags[position];
        if !bag.has_attributes(&self.attributes) {
            self.attributes = bag.attributes();
        }
        Arc::clone(&self.attributes)
    }

    fn certificate(&self, position: usize) -> Option<&Certificate> {
        match &self.items[position] {
            Some(Item::Certificate(certificate)) => Some(certificate),
            _ => None,
        }
    }

    /// The certificate of a key: by localKeyID, and among several, without one, or where it names that of
    /// another key, by public key.
    fn find_leaf(&mut self, key: usize, opener: &mut KeyOpener<'_>) -> Option<usize> {
        let id = self.bags[key].local_key_id;
        let only = id.and_then(|id| self.candidates.only_with_id(id, &self.leaf_of));
        if only.is_none()
            && let Some(Item::Key(material)) = &mut self.items[key]
        {
            // The public key decides.
            opener.open(material);
        }
        let public = self.public_key(key);
        if let Some(only) = only
            && let Some(certificate) = self.certificate(only)
            && public.as_ref().is_none_or(|public| certificate.public_key() == *public)
        {
            return Some(only);
        }
        public
            .and_then(|public| self.candidates.first_with_key(&public, id, &self.leaf_of))
            .or_else(|| self.candidates.first_with_id(id?, &self.leaf_of))
    }

    fn public_key(&self, key: usize) -> Option<PublicKey> {
        match &self.items[key] {
            Some(Item::Key(KeyMaterial::Open(key))) => keygen::public_key(key).ok(),
            _ => None,
        }
    }

    /// The request in the bag of a key, and where among its attributes.
    fn find_attached(
        &self,
        key: usize,
        leaf: Option<usize>,
    ) -> Option<(usize, CertificateRequest)> {
        let bag = &self.bags[key];
        if !bag.has_attribute(oid::ORACLE_REQUEST) {
            return None;
        }
        key_request::find(&bag.attributes(), self.certified_key(key, leaf).as_ref())
    }

    /// The public key of a key, its certificate's or its own.
    fn certified_key(&self, key: usize, leaf: Option<usize>) -> Option<PublicKey> {
        let certified = leaf.and_then(|leaf| self.certificate(leaf)).map(Certificate::public_key);
        certified.or_else(|| self.public_key(key))
    }

    /// The request of a key in a bag of its own: by public key, its own or its certificate's; of a closed key without
    /// one by Oracle's index or localKeyID.
    fn find_request(&self, key: usize, leaf: Option<usize>) -> Option<usize> {
        let found = match self.certified_key(key, leaf) {
            Some(public) => self.requests.public_keys.get(public.key_bits()),
            None => {
                if let Some(id) = self.ids[key] {
                    self.requests.indices.get(&id.index)
                } else {
                    let id = self.bags[key].local_key_id;
                    id.and_then(|id| self.requests.local_key_ids.get(id))
                }
            }
        };
        found.copied().filter(|position| !self.request_of.contains_key(position))
    }

    fn build(
        mut self,
        leaves: &HashMap<usize, usize>,
        chains: &HashMap<usize, Vec<usize>>,
        links: &HashMap<usize, ChainCertificate>,
    ) -> Assembled {
        let mut wallet = Wallet::with_room(self.bags.len());
        let mut parts = vec![Part::Unassigned; self.bags.len()];
        for position in 0..self.bags.len() {
            // An entry stands where the file first mentions it, be it by key, leaf or request.
            let owner = self.leaf_of.get(&position).or_else(|| self.request_of.get(&position));
            let key = match &self.items[position] {
                Some(Item::Key(_)) => Some(position),
                _ => owner.copied(),
            };
            if let Some(key) = key {
                if parts[key] == Part::Unassigned {
                    let chain = chains.get(&key).into_iter().flatten();
                    let issuers = chain.filter_map(|issuer| links.get(issuer)).cloned().collect();
                    let leaf = leaves.get(&key).copied();
                    self.build_key(key, leaf, issuers, &mut wallet, &mut parts);
                }
                continue;
            }
            if let Some(link) = links.get(&position) {
                parts[position] = Part::Link(link.certificate.fingerprint().into());
                continue;
            }
            let alias = self.bags[position].friendly_name.take();
            let flags = self.ids[position].map_or(TrustFlags::default(), |id| id.flags);
            let raw = self.bags[position].raw;
            let Some(item) = self.items[position].take() else { continue };
            let (kind, part): (EntryKind, fn(_) -> Part) = match item {
                Item::Certificate(certificate) => (
                    EntryKind::TrustedCertificate(TrustedEntry { certificate, flags }),
                    Part::Trusted,
                ),
                Item::Secret(secret) => (EntryKind::from(secret), Part::Secret),
                Item::Request(_) => {
                    (opaque("request without its key", raw, SealedContent::Nothing), Part::Opaque)
                }
                Item::Opaque(description) => {
                    let sealed = self.sealed.remove(&position).unwrap_or(SealedContent::Nothing);
                    (opaque(&description, raw, sealed), Part::Opaque)
                }
                Item::Key(_) => continue,
            };
            // The attributes of an opaque bag are inside its raw bytes.
            let attributes = match kind {
                EntryKind::Opaque(_) => Arc::default(),
                _ => self.attributes(position),
            };
            parts[position] = part(wallet.push_with_attributes(alias, attributes, kind));
        }
        Assembled { wallet, parts }
    }

    fn build_key(
        &mut self,
        key: usize,
        leaf: Option<usize>,
        issuers: Vec<ChainCertificate>,
        wallet: &mut Wallet,
        parts: &mut [Part],
    ) {
        let request = self.request_by_owner.get(&key).copied();
        let attached = self.attached.remove(&key);
        let mut attributes = self.attributes(key);
        if let Some((position, _)) = attached {
            let others = attributes.iter().enumerate().filter(|(other, _)| *other != position);
            attributes = others.map(|(_, attribute)| attribute.clone()).collect();
        }
        let leaf_name = leaf.and_then(|leaf| self.bags[leaf].friendly_name.clone());
        let alias = self.bags[key].friendly_name.take().or(leaf_name);
        let mut links: Vec<_> = leaf.and_then(|leaf| self.link(leaf)).into_iter().collect();
        // A leaf that goes by its entry's name has none of its own.
        for leaf in links.iter_mut().filter(|leaf| leaf.alias == alias) {
            leaf.alias = None;
        }
        links.extend(issuers);
        let Some(Item::Key(material)) = self.items[key].take() else { return };
        let attached = attached.map(|(_, request)| StoredRequest::from(request));
        let stored = attached.or_else(|| self.stored_request(request?, alias.as_ref()));
        let kind = match stored {
            Some(request) if links.is_empty() => {
                EntryKind::from(RequestEntry { key: material, request })
            }
            request => EntryKind::from(KeyEntry { key: material, chain: links, request }),
        };
        let id = wallet.push_with_attributes(alias, attributes, kind);
        parts[key] = Part::Key(id);
        if let Some(leaf) = leaf {
            parts[leaf] = Part::Leaf(id);
        }
        if let Some(request) = request {
            parts[request] = Part::Request(id);
        }
    }

    /// The request of this bag; one that goes by its entry's name has none of its own.
    fn stored_request(&mut self, position: usize, entry: Option<&Alias>) -> Option<StoredRequest> {
        let Some(Item::Request(csr)) = self.items[position].take() else { return None };
        let alias = self.bags[position].friendly_name.take().filter(|alias| Some(alias) != entry);
        Some(StoredRequest { csr, alias, attributes: self.attributes(position) })
    }
}

fn opaque(description: &str, raw: &[u8], sealed: SealedContent) -> EntryKind {
    let (description, raw) = (description.to_owned(), SecretBytes::from(raw));
    let format = Format::Pkcs12;
    EntryKind::from(OpaqueEntry { format, description, raw, sealed, is_safe: false })
}

/// The issuers that the file itself gives a bag, for [`crate::codec::pkcs12::part::contents`].
pub(super) fn linked(parts: &[Part]) -> HashSet<Fingerprint> {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::Link(fingerprint) => Some(**fingerprint),
            _ => None,
        })
        .collect()
}

/// The entries whose request has a bag of its own.
pub(super) fn requests(parts: &[Part]) -> HashSet<EntryId> {
    let requests = parts.iter().filter_map(|part| match part {
        Part::Request(id) => Some(*id),
        _ => None,
    });
    requests.collect()
}
