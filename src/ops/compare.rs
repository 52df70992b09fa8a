//! What two wallets have in common, and what not.
//!
//! Things are recognised by what they are: keys by their public half, trusted certificates by their
//! fingerprint, secrets by their name. Attributes and dates that one format keeps and another does
//! not are no part of it, and neither is the wallet property of orapki.

use crate::chain::Candidates;
use crate::codec::opaque;
use crate::codec::pkcs12::property;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::request::CertificateRequest;
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::ops::identity::Identity;
use crate::ops::secret::renumber::new_names;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;

/// What a comparison of the wallets A and B found; every entry of both is in it once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The entries that A alone has, in its order.
    pub only_in_a: Vec<EntryId>,
    /// The entries that B alone has, in its order.
    pub only_in_b: Vec<EntryId>,
    /// The entries that belong together, in the order of A.
    pub pairs: Vec<Pair>,
}

/// Two entries that are the same thing, or have the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The entry of A.
    pub a: EntryId,
    /// The entry of B.
    pub b: EntryId,
    /// What differs between them.
    pub differences: Vec<Difference>,
}

/// What differs between two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Difference {
    /// The names that the files give them; those that differ in case alone are the same.
    Alias,
    /// Their kinds: one key waits for its certificate, or one of the two is no key.
    Kind,
    /// The keys.
    Key,
    /// The certificates: one was renewed.
    Certificate,
    /// The issuers that the wallets know of the same certificate.
    Chain,
    /// The requests.
    Request,
    /// What a certificate is trusted for.
    TrustFlags,
    /// The values of a secret.
    Value,
    /// The bytes of what is not understood.
    Content,
}

impl Difference {
    /// The name in JSON and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Kind => "kind",
            Self::Key => "key",
            Self::Certificate => "certificate",
            Self::Chain => "chain",
            Self::Request => "request",
            Self::TrustFlags => "trust-flags",
            Self::Value => "value",
            Self::Content => "content",
        }
    }
}

impl Pair {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether only the alias differs.
    #[must_use]
    pub fn is_renamed(&self) -> bool {
        self.differences == [Difference::Alias]
    }
}

impl Comparison {
    /// Whether the wallets hold the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.only_in_a.is_empty()
            && self.only_in_b.is_empty()
            && self.pairs.iter().all(Pair::is_same)
    }
}

/// Compares two wallets.
#[must_use]
pub fn compare(a: &Wallet, b: &Wallet) -> Comparison {
    let mut side_a = Side::of(a, &HashMap::new());
    // The logins of the two may be numbered in another order.
    let mut side_b = Side::of(b, &new_names(a, b));
    let mut pairs = Vec::new();
    // What is the same under the same alias, what is the same, and what has the same alias.
    pair_by(&mut side_a.left, &mut side_b.left, &mut pairs, |one| {
        (one.identity.clone(), one.alias.clone())
    });
    pair_by(&mut side_a.left, &mut side_b.left, &mut pairs, |one| one.identity.clone());
    pair_by(&mut side_a.left, &mut side_b.left, &mut pairs, |one| one.alias.clone());
    let place: HashMap<EntryId, usize> =
        a.entries().iter().enumerate().map(|(place, entry)| (entry.id(), place)).collect();
    pairs.sort_by_key(|(a, _)| place.get(&a.id()).copied());
    Comparison {
        only_in_a: side_a.left.iter().map(|one| one.entry.id()).collect(),
        only_in_b: side_b.left.iter().map(|one| one.entry.id()).collect(),
        pairs: pairs
            .into_iter()
            .map(|(a, b)| Pair {
                a: a.id(),
                b: b.id(),
                differences: differences(a, &side_a.candidates, b, &side_b.candidates),
            })
            .collect(),
    }
}

/// One of the two wallets.
struct Side<'a> {
    candidates: Candidates,
    /// What has no partner yet.
    left: VecDeque<One<'a>>,
}

/// An entry that looks for its partner.
struct One<'a> {
    entry: &'a Entry,
    identity: Identity,
    alias: String,
}

impl<'a> Side<'a> {
    fn of(wallet: &'a Wallet, names: &HashMap<String, String>) -> Self {
        let identity = |entry: &Entry| match Identity::of(entry) {
            Identity::Secret(name) => Identity::Secret(names.get(&name).cloned().unwrap_or(name)),
            identity => identity,
        };
        let aliases = shown_aliases(wallet);
        let left = wallet
            .entries()
            .iter()
            .filter(|entry| !property::is_property(entry))
            .map(|entry| One {
                entry,
                identity: identity(entry),
                alias: aliases[&entry.id()].text.to_lowercase(),
            })
            .collect();
        Self { candidates: Candidates::of(wallet), left }
    }
}

/// Takes out of both lists what has the same key.
fn pair_by<'a, K: Eq + Hash>(
    a: &mut VecDeque<One<'a>>,
    b: &mut VecDeque<One<'a>>,
    pairs: &mut Vec<(&'a Entry, &'a Entry)>,
    key: impl Fn(&One<'a>) -> K,
) {
    let mut waiting: HashMap<K, VecDeque<EntryId>> = HashMap::new();
    let entries: HashMap<EntryId, &'a Entry> =
        b.iter().map(|one| (one.entry.id(), one.entry)).collect();
    for one in b.iter() {
        waiting.entry(key(one)).or_default().push_back(one.entry.id());
    }
    let mut found: BTreeSet<EntryId> = BTreeSet::new();
    a.retain(|one| {
        let partner = waiting.get_mut(&key(one)).and_then(VecDeque::pop_front);
        let Some(partner) = partner.and_then(|id| entries.get(&id)) else { return true };
        found.insert(partner.id());
        pairs.push((one.entry, partner));
        false
    });
    b.retain(|one| !found.contains(&one.entry.id()));
}

fn differences(
    a: &Entry,
    issuers_a: &Candidates,
    b: &Entry,
    issuers_b: &Candidates,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut note = |differs: bool, difference| {
        if differs {
            found.push(difference);
        }
    };
    note(is_renamed(a, b), Difference::Alias);
    match (&a.kind, &b.kind) {
        (EntryKind::PrivateKey(_), EntryKind::PrivateKey(_)) => {
            note(Identity::of(a) != Identity::of(b), Difference::Key);
            let same_leaf = a.certificate() == b.certificate();
            note(!same_leaf, Difference::Certificate);
            let differs = same_leaf && chain(a, issuers_a) != chain(b, issuers_b);
            note(differs, Difference::Chain);
        }
        (EntryKind::Request(one), EntryKind::Request(other)) => {
            note(Identity::of(a) != Identity::of(b), Difference::Key);
            let der = |request: &CertificateRequest| Fingerprint::of(request.der());
            note(der(&one.request.csr) != der(&other.request.csr), Difference::Request);
        }
        (EntryKind::TrustedCertificate(one), EntryKind::TrustedCertificate(other)) => {
            note(one.certificate != other.certificate, Difference::Certificate);
            note(one.flags.names() != other.flags.names(), Difference::TrustFlags);
        }
        (EntryKind::Secret(one), EntryKind::Secret(other)) => {
            note(*one.value != *other.value, Difference::Value);
        }
        (EntryKind::Opaque(one), EntryKind::Opaque(other)) => {
            note(opaque::identity(one) != opaque::identity(other), Difference::Content);
        }
        _ => {
            note(true, Difference::Kind);
            let keys = matches!(
                (Identity::of(a), Identity::of(b)),
                (Identity::Key(..), Identity::Key(..)) // one of them waits for its certificate
            );
            note(keys && Identity::of(a) != Identity::of(b), Difference::Key);
        }
    }
    found
}

/// A name that was made up here cannot differ from another.
fn is_renamed(a: &Entry, b: &Entry) -> bool {
    match (&a.alias, &b.alias) {
        (Some(a), Some(b)) if !a.as_str().is_empty() && !b.as_str().is_empty() => {
            a.as_str().to_lowercase() != b.as_str().to_lowercase()
        }
        _ => false,
    }
}

/// The certificates of a key as its wallet knows them: Oracle's layout keeps issuers among the
/// trusted certificates, Java's stores keep them with the key.
fn chain(entry: &Entry, issuers: &Candidates) -> BTreeSet<Fingerprint> {
    let kept = match &entry.kind {
        EntryKind::PrivateKey(key) => key.chain.as_slice(),
        _ => &[],
    };
    let kept = kept.iter().map(|link| link.certificate.fingerprint());
    let known = entry.certificate().map_or_else(Vec::new, |leaf| issuers.chain(leaf));
    known.iter().map(Certificate::fingerprint).chain(kept).collect()
}
