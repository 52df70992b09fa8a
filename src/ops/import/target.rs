//! Which certificate of a reply is for which key.

use crate::chain::rules::is_leaf;
use crate::crypto::keygen;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::key::{PrivateKey, PublicKey};
use crate::model::shown_alias::{ShownAlias, ShownAliases, shown_aliases};
use crate::model::wallet::Wallet;
use crate::ops::identity::public_key;
use crate::ops::import::ImportOptions;
use crate::ops::{KeySummary, OpsError, select, summaries};
use std::collections::HashMap;

/// A certificate and the key that it is for.
pub(super) struct Target {
    pub(super) leaf: Certificate,
    pub(super) place: Place,
    /// Whether the entry has the alias that was given already.
    pub(super) named_by_alias: bool,
}

/// Where the certificate goes.
pub(super) enum Place {
    /// To the key of this entry.
    Entry(EntryId),
    /// To a new entry with this key.
    New(PrivateKey),
}

impl Place {
    pub(super) fn entry(&self) -> Option<EntryId> {
        match self {
            Self::Entry(id) => Some(*id),
            Self::New(_) => None,
        }
    }
}

/// A key of the wallet.
struct Key<'a> {
    entry: &'a Entry,
    public: PublicKey,
    pending: bool,
}

/// A certificate of the reply and a key that it belongs to.
#[derive(Clone, Copy)]
struct Match<'a> {
    certificate: &'a Certificate,
    key: &'a Key<'a>,
}

impl Match<'_> {
    fn is_present(&self) -> bool {
        self.key.entry.certificate() == Some(self.certificate)
    }
}

/// Finds the certificate of `reply` that belongs to a key, and the key.
pub(super) fn find(
    wallet: &Wallet,
    reply: &[Certificate],
    options: &ImportOptions,
) -> Result<Target, OpsError> {
    if reply.is_empty() {
        return Err(OpsError::NoCertificate);
    }
    let keys = keys(wallet);
    let given = options.key.as_ref().map(keygen::public_key).transpose()?;
    let mut matches = matches(reply, &keys);
    if let Some(given) = &given {
        matches.retain(|found| found.key.public == *given);
    }
    if matches.is_empty() {
        if let (Some(key), Some(public)) = (&options.key, given) {
            let fitting = reply.iter().filter(|certificate| certificate.public_key() == public);
            // Whoever brings the key of a CA with what it has issued has taken the wrong key.
            let issued = |leaf: &Certificate| {
                reply.iter().any(|other| {
                    other.issuer_der() == leaf.subject_der() && other.public_key() != public
                })
            };
            return match newest(fitting).filter(|leaf| !issued(leaf)) {
                Some(leaf) => Ok(Target {
                    leaf: leaf.clone(),
                    place: Place::New(key.clone()),
                    named_by_alias: false,
                }),
                None => Err(no_matching_key(
                    reply,
                    vec![KeySummary { alias: None, algorithm: public.algorithm(), pending: false }],
                )),
            };
        }
        return Err(no_matching_key(reply, summarize(wallet, &keys)));
    }

    // Several keys: the one that is named, else the pending one, else the one that has not got its
    // certificate, else the one whose certificate issued none of the others.
    let aliases = shown_aliases(wallet);
    let named = |found: &Match<'_>| is_named(found.key.entry, &aliases, options);
    let named_by_alias = matches.iter().any(named);
    if named_by_alias {
        matches.retain(named);
    }
    let issued = |found: &Match<'_>| {
        reply.iter().any(|other| {
            other != found.certificate && other.issuer_der() == found.certificate.subject_der()
        })
    };
    let preferences: [&dyn Fn(&Match<'_>) -> bool; 3] =
        [&|found| found.key.pending, &|found| !found.is_present(), &|found| !issued(found)];
    for preferred in preferences {
        if count_entries(&matches) > 1 && matches.iter().any(preferred) {
            matches.retain(preferred);
        }
    }
    if count_entries(&matches) > 1 {
        let ids: Vec<EntryId> = matches.iter().map(|found| found.key.entry.id()).collect();
        let wanted = "the certificate".to_owned();
        return Err(OpsError::EntryAmbiguous { wanted, candidates: summaries(wallet, &ids) });
    }
    let place = Place::Entry(matches[0].key.entry.id());
    let leaf = newest(matches.iter().map(|found| found.certificate)).cloned();
    let leaf = leaf.expect("there is a match");
    Ok(Target { leaf, place, named_by_alias })
}

/// The keys of the wallet whose public half is known.
fn keys(wallet: &Wallet) -> Vec<Key<'_>> {
    let is_pending = |entry: &Entry| match &entry.kind {
        EntryKind::PrivateKey(key) => key.chain.is_empty(),
        _ => true,
    };
    wallet
        .entries()
        .iter()
        .filter_map(|entry| {
            public_key(entry).map(|public| Key { entry, public, pending: is_pending(entry) })
        })
        .collect()
}

fn matches<'a>(reply: &'a [Certificate], keys: &'a [Key<'a>]) -> Vec<Match<'a>> {
    let mut by_bits: HashMap<&[u8], Vec<&Key<'_>>> = HashMap::new();
    for key in keys {
        by_bits.entry(key.public.key_bits()).or_default().push(key);
    }
    let mut matches = Vec::new();
    for certificate in reply {
        let public = certificate.public_key();
        let same_bits = by_bits.get(public.key_bits()).map_or(&[][..], Vec::as_slice);
        let fitting = same_bits.iter().filter(|key| key.public == public);
        matches.extend(fitting.map(|key| Match { certificate, key }));
    }
    matches
}

fn is_named(entry: &Entry, aliases: &ShownAliases, options: &ImportOptions) -> bool {
    options.alias.as_ref().is_some_and(|wanted| {
        let is_shown_as = |shown: &ShownAlias| {
            // As lists show an alias that was made up.
            let bare = select::bare(wanted.as_str()).filter(|_| shown.derived);
            shown.text == wanted.as_str() || bare == Some(shown.text.as_str())
        };
        entry.alias.as_ref() == Some(wanted) || aliases.get(&entry.id()).is_some_and(is_shown_as)
    })
}

fn count_entries(matches: &[Match<'_>]) -> usize {
    let first = matches.first().map(|found| found.key.entry.id());
    if matches.iter().all(|found| Some(found.key.entry.id()) == first) { 1 } else { 2 }
}

/// A CA that certifies a key again means the later certificate.
fn newest<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Option<&'a Certificate> {
    certificates.max_by_key(|certificate| (certificate.not_before(), certificate.not_after()))
}

fn no_matching_key(reply: &[Certificate], keys: Vec<KeySummary>) -> OpsError {
    let certificate = reply.iter().find(|certificate| is_leaf(certificate)).unwrap_or(&reply[0]);
    OpsError::NoMatchingKey {
        subject: certificate.subject().to_string(),
        algorithm: certificate.key_algorithm(),
        keys,
    }
}

fn summarize(wallet: &Wallet, keys: &[Key<'_>]) -> Vec<KeySummary> {
    let aliases = shown_aliases(wallet);
    keys.iter()
        .map(|key| KeySummary {
            alias: aliases.get(&key.entry.id()).map(|shown| shown.text.clone()),
            algorithm: key.public.algorithm(),
            pending: key.pending,
        })
        .collect()
}
