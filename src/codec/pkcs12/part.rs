//! Which part of a wallet a bag carries, and what the bag would say of it.

use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryId, EntryKind, OpaqueEntry, SecretEntry};
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A part of a wallet that has a bag of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    /// The key of an entry.
    Key(EntryId),
    /// The certificate of an entry's key.
    Leaf(EntryId),
    /// An issuer in one or more chains, by the SHA-256 of its DER: boxed, because there are few, and others by the
    /// thousand.
    Link(Box<Fingerprint>),
    /// The request of an entry.
    Request(EntryId),
    /// A trusted certificate.
    Trusted(EntryId),
    /// A secret.
    Secret(EntryId),
    /// A bag or safe that is not understood.
    Opaque(EntryId),
    /// Not known yet.
    Unassigned,
}

/// What the bag of a part says.
#[derive(Clone)]
pub(super) struct Content<'w> {
    pub(super) part: Part,
    pub(super) alias: Option<&'w Alias>,
    pub(super) attributes: &'w [Attribute],
    /// The request that stands in the bag of its key.
    pub(super) request: Option<&'w CertificateRequest>,
    pub(super) value: Value<'w>,
}

/// The value of a bag.
#[derive(Clone, Copy)]
pub(super) enum Value<'w> {
    Key(&'w KeyMaterial),
    Certificate(&'w Certificate, TrustFlags),
    Request(&'w CertificateRequest),
    Secret(&'w SecretEntry),
    Opaque(&'w OpaqueEntry),
}

impl Content<'_> {
    /// Whether two bags say the same.
    pub(super) fn says_as(&self, other: &Content<'_>) -> bool {
        self.has_value_of(other)
            && self.alias == other.alias
            && self.attributes == other.attributes
            && self.request == other.request
    }

    /// Whether two bags hold the same, whatever they are called.
    pub(super) fn has_value_of(&self, other: &Content<'_>) -> bool {
        match (self.value, other.value) {
            (Value::Key(KeyMaterial::Open(key)), Value::Key(KeyMaterial::Open(other))) => {
                key.fingerprint() == other.fingerprint()
            }
            (Value::Key(KeyMaterial::Locked(key)), Value::Key(KeyMaterial::Locked(other))) => {
                key.raw == other.raw
            }
            (Value::Certificate(certificate, flags), Value::Certificate(other, other_flags)) => {
                certificate == other && flags == other_flags
            }
            (Value::Request(request), Value::Request(other)) => request == other,
            (Value::Secret(secret), Value::Secret(other)) => {
                secret.name == other.name
                    && Fingerprint::of(&secret.value) == Fingerprint::of(&other.value)
            }
            (Value::Opaque(opaque), Value::Opaque(other)) => {
                Fingerprint::of(&opaque.raw) == Fingerprint::of(&other.raw)
            }
            _ => false,
        }
    }
}

/// Contents by their parts. They are nearly in that order already: a table of thousands would be slower to make and to
/// ask.
#[derive(Default)]
pub(super) struct ByPart<'c, 'w> {
    contents: Cow<'c, [Content<'w>]>,
    /// The positions of the contents, by part.
    order: Vec<usize>,
    /// What follows the last one that was found, in that order. Bags are asked for in the order of the file, which is
    /// that of the parts but for a few.
    next: AtomicUsize,
}

impl<'c, 'w> ByPart<'c, 'w> {
    pub(super) fn new(contents: impl Into<Cow<'c, [Content<'w>]>>) -> Self {
        let contents = contents.into();
        let mut order: Vec<usize> = (0..contents.len()).collect();
        order.sort_by_key(|position| &contents[*position].part);
        Self { contents, order, next: AtomicUsize::new(0) }
    }

    pub(super) fn get(&self, part: &Part) -> Option<&Content<'w>> {
        let at = |position: &usize| &self.contents[*position];
        let next = self.next.load(Ordering::Relaxed);
        if let Some(content) = self.order.get(next).map(at).filter(|it| it.part == *part) {
            self.next.store(next + 1, Ordering::Relaxed);
            return Some(content);
        }
        let found = self.order.binary_search_by_key(&part, |position| &at(position).part).ok()?;
        self.next.store(found + 1, Ordering::Relaxed);
        Some(at(&self.order[found]))
    }

    pub(super) fn has(&self, part: &Part) -> bool {
        self.get(part).is_some()
    }

    /// Whether the bag of its part says this already.
    pub(super) fn says(&self, content: &Content<'_>) -> bool {
        self.get(&content.part).is_some_and(|said| said.says_as(content))
    }
}

/// Every part of the wallet that needs a bag, in the order in which a new file holds them.
///
/// An issuer that is also trusted, or is a key's own certificate, has that bag; it has a second
/// one only where `linked` says that the file already gives it one. A request has a bag of its own where it `is_apart`,
/// else it stands in that of its key.
pub(super) fn contents<'w>(
    wallet: &'w Wallet,
    linked: &HashSet<Fingerprint>,
    is_apart: impl Fn(&Entry) -> bool,
) -> Vec<Content<'w>> {
    let has_links = wallet
        .entries()
        .iter()
        .any(|entry| matches!(&entry.kind, EntryKind::PrivateKey(key) if key.chain.len() > 1));
    let standing = if has_links { wallet.standing() } else { HashSet::new() };
    let mut written = HashSet::new();
    let mut contents = Vec::with_capacity(wallet.entries().len());
    for entry in wallet.entries() {
        let id = entry.id();
        let alias = entry.alias.as_ref();
        let attributes = &entry.attributes[..];
        let of_key = |key: &'w KeyMaterial| Content {
            part: Part::Key(id),
            alias,
            attributes,
            request: entry.request().filter(|_| !is_apart(entry)),
            value: Value::Key(key),
        };
        let of_request = || {
            let request = entry.stored_request().filter(|_| is_apart(entry))?;
            Some(Content {
                part: Part::Request(id),
                alias: request.alias.as_ref().or(alias),
                attributes: &request.attributes,
                request: None,
                value: Value::Request(&request.csr),
            })
        };
        let of_other = |part, value| Content { part, alias, attributes, request: None, value };
        match &entry.kind {
            EntryKind::PrivateKey(key) => {
                contents.push(of_key(&key.key));
                if let Some(leaf) = key.chain.first() {
                    contents.push(Content {
                        part: Part::Leaf(id),
                        alias: leaf.alias.as_ref().or(alias),
                        ..link(leaf)
                    });
                }
                for issuer in key.chain.iter().skip(1) {
                    let fingerprint = issuer.certificate.fingerprint();
                    let wanted = linked.contains(&fingerprint) || !standing.contains(&fingerprint);
                    if wanted && written.insert(fingerprint) {
                        contents
                            .push(Content { part: Part::Link(fingerprint.into()), ..link(issuer) });
                    }
                }
                contents.extend(of_request());
            }
            EntryKind::Request(pending) => {
                contents.push(of_key(&pending.key));
                contents.extend(of_request());
            }
            EntryKind::TrustedCertificate(trusted) => {
                let value = Value::Certificate(&trusted.certificate, trusted.flags);
                contents.push(of_other(Part::Trusted(id), value));
            }
            EntryKind::Secret(secret) => {
                contents.push(of_other(Part::Secret(id), Value::Secret(secret)));
            }
            // A part of another format is no bag; `losses` names it.
            EntryKind::Opaque(opaque) if opaque.format != Format::Pkcs12 => {}
            EntryKind::Opaque(opaque) => {
                contents.push(of_other(Part::Opaque(id), Value::Opaque(opaque)));
            }
        }
    }
    contents
}

fn link(issuer: &ChainCertificate) -> Content<'_> {
    Content {
        part: Part::Unassigned,
        alias: issuer.alias.as_ref(),
        attributes: &issuer.attributes,
        request: None,
        value: Value::Certificate(&issuer.certificate, TrustFlags::default()),
    }
}
