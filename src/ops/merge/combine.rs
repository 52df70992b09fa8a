//! One thing that both wallets have: what each knows of it.

use crate::chain::{Candidates, Source};
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::entry::{
    ChainCertificate, Entry, EntryKind, KeyEntry, RequestEntry, SecretEntry, TrustedEntry,
};
use crate::model::key::KeyMaterial;
use crate::oid::{self, ObjectIdentifier};
use crate::ops::issuers::still_issuing;
use crate::ops::merge::outcome::Outcome;
use std::collections::HashMap;
use std::sync::Arc;

/// Of two requests for one key the one that is there stays.
const OTHER_REQUEST: &str = "its request: there is another one for the same key";

/// Gives the entry that is there what the other one has and it has not. Both have one identity.
/// Returns the issuers that have gone with the older one of two certificates.
pub(super) fn combine(
    present: &mut Entry,
    other: Entry,
    oracle: bool,
    outcome: &mut Outcome,
) -> Vec<ChainCertificate> {
    let mut dropped = Vec::new();
    let request = other.stored_request().cloned();
    match (&mut present.kind, other.kind) {
        (EntryKind::PrivateKey(key), EntryKind::PrivateKey(other)) => {
            dropped = keys(key, *other, oracle, outcome);
        }
        (EntryKind::PrivateKey(key), EntryKind::Request(other)) => {
            open(&mut key.key, other.key, outcome);
            if key.request.as_ref().is_none_or(|request| request.csr != other.request.csr) {
                outcome.superseded.push("its request: the key has a certificate".to_owned());
            }
        }
        (EntryKind::Request(pending), EntryKind::PrivateKey(other)) if other.chain.is_empty() => {
            open(&mut pending.key, other.key, outcome);
            if other.request.is_some_and(|request| request.csr != pending.request.csr) {
                outcome.left_out.push(OTHER_REQUEST.to_owned());
            }
        }
        (EntryKind::Request(pending), EntryKind::PrivateKey(other)) => {
            let key = answered(pending, *other, outcome);
            present.kind = EntryKind::from(key);
        }
        (EntryKind::Request(pending), EntryKind::Request(other)) => {
            open(&mut pending.key, other.key, outcome);
            if pending.request.csr != other.request.csr {
                outcome.left_out.push(OTHER_REQUEST.to_owned());
            }
        }
        (EntryKind::TrustedCertificate(trusted), EntryKind::TrustedCertificate(other))
            if oracle =>
        {
            flags(trusted, &other, outcome);
        }
        (EntryKind::Secret(secret), EntryKind::Secret(other)) => value(secret, &other, outcome),
        // Opaque entries of one identity have the same bytes; flags are Oracle's.
        _ => {}
    }
    attributes(&mut present.attributes, &other.attributes, outcome);
    if let (Some(present), Some(other)) = (present.stored_request_mut(), request)
        && present.csr == other.csr
    {
        attributes(&mut present.attributes, &other.attributes, outcome);
    }
    dropped
}

/// Two entries of the same key, each with a certificate or without. Of two certificates the issuers of the older one
/// stay that issue something of the other's chain; the rest is returned.
fn keys(
    key: &mut KeyEntry,
    other: KeyEntry,
    oracle: bool,
    outcome: &mut Outcome,
) -> Vec<ChainCertificate> {
    open(&mut key.key, other.key, outcome);
    if oracle && key.request.is_none() && other.request.is_some() {
        key.request = other.request;
        outcome.gained.push("its request".to_owned());
    }
    match (key.leaf().cloned(), other.chain.first().map(|link| link.certificate.clone())) {
        (_, None) => {}
        (None, Some(leaf)) => {
            outcome.gained.push(format!("the certificate {}", title(&leaf)));
            key.chain = other.chain;
        }
        (Some(one), Some(two)) if one == two => complete(key, other.chain, outcome),
        (Some(one), Some(two)) if age(&two) > age(&one) => {
            outcome.gained.push(format!("the later certificate {}", title(&two)));
            outcome.superseded.push(format!("the certificate that was there: {}", title(&one)));
            let mut old = std::mem::replace(&mut key.chain, other.chain).split_off(1);
            old.retain(|link| !holds(&key.chain, link));
            let mut kept = still_issuing(certificates(&key.chain), &mut old);
            key.chain.append(&mut kept);
            return old;
        }
        (Some(_), Some(two)) => {
            outcome.superseded.push(format!("an older certificate: {}", title(&two)));
            let mut old = other.chain;
            old.remove(0);
            old.retain(|link| !holds(&key.chain, link));
            let new = still_issuing(certificates(&key.chain), &mut old);
            complete(key, new, outcome);
            return old;
        }
    }
    Vec::new()
}

fn certificates(chain: &[ChainCertificate]) -> impl Iterator<Item = &Certificate> {
    chain.iter().map(|link| &link.certificate)
}

fn holds(chain: &[ChainCertificate], link: &ChainCertificate) -> bool {
    certificates(chain).any(|certificate| *certificate == link.certificate)
}

/// The key that waited, with the certificate that has come for it.
fn answered(pending: &RequestEntry, other: KeyEntry, outcome: &mut Outcome) -> KeyEntry {
    let mut key = pending.key.clone();
    open(&mut key, other.key, outcome);
    if let Some(link) = other.chain.first() {
        outcome.gained.push(format!("the certificate {}", title(&link.certificate)));
    }
    if other.request.is_some_and(|request| request.csr != pending.request.csr) {
        outcome.superseded.push(OTHER_REQUEST.to_owned());
    }
    KeyEntry { key, chain: other.chain, request: Some(pending.request.clone()) }
}

/// A key that is closed here and open there.
fn open(key: &mut KeyMaterial, other: KeyMaterial, outcome: &mut Outcome) {
    if key.open().is_none() && other.open().is_some() {
        *key = other;
        outcome.gained.push("its key, which was locked".to_owned());
    }
}

/// The chain with every certificate of the other one, in the order of issuing; what is on no path
/// comes last.
fn complete(key: &mut KeyEntry, other: Vec<ChainCertificate>, outcome: &mut Outcome) {
    let mut candidates = Candidates::new();
    for link in &key.chain {
        candidates.add(&link.certificate, Source::Entry);
    }
    let is_new = |link: &ChainCertificate| candidates.source(&link.certificate).is_none();
    let new: Vec<ChainCertificate> = other.into_iter().filter(is_new).collect();
    let Some(leaf) = key.leaf().cloned().filter(|_| !new.is_empty()) else { return };
    for link in &new {
        candidates.add(&link.certificate, Source::Entry);
        outcome.gained.push(format!("the issuer {}", title(&link.certificate)));
    }
    let path = candidates.chain(&leaf);
    let place: HashMap<_, usize> =
        path.iter().enumerate().map(|(place, issuer)| (issuer.fingerprint(), place)).collect();
    key.chain.extend(new);
    let last = path.len();
    key.chain
        .sort_by_key(|link| place.get(&link.certificate.fingerprint()).copied().unwrap_or(last));
}

fn flags(trusted: &TrustedEntry, other: &TrustedEntry, outcome: &mut Outcome) {
    if trusted.flags.names() != other.flags.names() && !other.flags.is_empty() {
        let present = Some(trusted.flags.to_string()).filter(|_| !trusted.flags.is_empty());
        let present = present.as_deref().unwrap_or("none");
        outcome.left_out.push(format!("its trust flags {}: here it has {present}", other.flags));
    }
}

fn value(secret: &SecretEntry, other: &SecretEntry, outcome: &mut Outcome) {
    if *secret.value != *other.value {
        outcome.left_out.push("its value: the one that is there is another".to_owned());
    }
}

/// Attributes of a type that the entry has not got; one that it has stays.
fn attributes(present: &mut Arc<[Attribute]>, other: &[Attribute], outcome: &mut Outcome) {
    let known: HashMap<ObjectIdentifier, &Attribute> =
        present.iter().map(|attribute| (attribute.oid, attribute)).collect();
    let mut gained = Vec::new();
    for attribute in other.iter().filter(|attribute| says_something(attribute)) {
        match known.get(&attribute.oid) {
            None => {
                outcome.gained.push(format!("the attribute {}", attribute.oid));
                gained.push(attribute.clone());
            }
            Some(known) if *known != attribute => {
                outcome.superseded.push(format!("another value of {}", attribute.oid));
            }
            Some(_) => {}
        }
    }
    if !gained.is_empty() {
        *present = present.iter().cloned().chain(gained).collect();
    }
}

/// Java's mark of a trusted certificate says what the kind of the entry says.
fn says_something(attribute: &Attribute) -> bool {
    attribute.oid != oid::TRUSTED_KEY_USAGE
}

/// Of two certificates of one key the one that was made later counts, and of two that were made at
/// once the one that lasts longer.
fn age(certificate: &Certificate) -> impl Ord + use<> {
    (certificate.not_before(), certificate.not_after())
}

/// Enough to tell one certificate of a subject from another.
pub(super) fn title(certificate: &Certificate) -> String {
    let until = certificate.not_after().date();
    let fingerprint = certificate.fingerprint().to_string();
    format!("{} (until {until}, sha256:{})", certificate.subject(), &fingerprint[..16])
}
