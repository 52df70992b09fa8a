//! Bringing the entries of one wallet into another.
//!
//! Things are recognised by what they are, never by their alias. Nothing of the wallet that is
//! merged into is renamed or taken away, save for a certificate that a later one of the same key
//! replaces; and of everything in the other wallet it is told what became of it.

mod combine;
mod outcome;

pub use outcome::Outcome;

use crate::chain::Candidates;
use crate::chain::rules::is_leaf;
use crate::codec::opaque;
use crate::codec::pkcs12::property;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryId, EntryKind, KeyEntry, TrustedEntry};
use crate::model::format::Layout;
use crate::model::shown_alias::shown_aliases;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::ops::alias::TakenAliases;
use crate::ops::edit::has_alias;
use crate::ops::identity::Identity;
use crate::ops::secret::renumber::new_names;
use crate::ops::{EntrySummary, trust};
use combine::{combine, title};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// Brings every entry of `from` into `wallet`, in its order. `layout` is that of the file that will
/// be written, where its format has more than one.
///
/// - What is there already, under whatever alias, stays as it is.
/// - A key that waits for its certificate gets it, and its request stays with it.
/// - Of two certificates of one key the later one stays; of two chains, every certificate that issues something
///   of what stays. So it is with a leaf that
///   comes without its key, which stands in `wallet`: in Oracle's layout, and wherever no store trusts it by a name.
/// - A key that is locked in `wallet` and open in `from` is open afterwards.
/// - What is new comes to the end; an alias that is taken, also by one that differs in case alone,
///   gets `-2`, `-3` and so on.
/// - Logins for connect strings get a number that is free.
/// - In Oracle's layout the issuers of a key's chain are trusted certificates: they become entries of their own,
///   unless they are some already.
///
/// The wallet property of orapki says something of its own wallet only, so it is not brought in.
pub fn merge(wallet: &mut Wallet, from: &Wallet, layout: Option<Layout>) -> Vec<Outcome> {
    let names = new_names(wallet, from);
    let shown = shown_aliases(from);
    let oracle = layout == Some(Layout::Oracle);
    if oracle && property::trust_flags_enabled(from) && wallet.trusted().next().is_none() {
        trust::enable_flags(wallet); // what is in the wallet is trusted for no less than before
    }
    let mut known: HashMap<Identity, EntryId> = HashMap::new();
    for entry in wallet.entries() {
        known.entry(Identity::of(entry)).or_insert(entry.id());
    }
    let uses_flags = UsesFlags {
        wallet: property::trust_flags_enabled(wallet),
        from: property::trust_flags_enabled(from),
    };
    let aliases = TakenAliases::of(wallet, None);
    let standing = if oracle { wallet.standing() } else { HashSet::new() };
    let issuers = OnceCell::new();
    let dropped = Vec::new();
    let mut merging =
        Merging { wallet, from, known, standing, issuers, aliases, oracle, uses_flags, dropped };
    let mut outcomes: Vec<Outcome> = from
        .entries()
        .iter()
        .filter(|entry| !property::is_property(entry))
        .map(|entry| {
            let alias = shown.get(&entry.id()).map_or("", |alias| alias.text.as_str());
            let mut brought = merging.with_its_key(entry).unwrap_or_else(|| entry.clone());
            if layout == Some(Layout::Portable)
                && matches!(brought.kind, EntryKind::TrustedCertificate(_))
            {
                brought.alias.get_or_insert_with(|| Alias::new(alias));
            }
            if let EntryKind::Secret(secret) = &mut brought.kind
                && let Some(name) = names.get(&secret.name)
            {
                secret.name.clone_from(name);
            }
            merging.bring(brought, EntrySummary::of(entry, alias))
        })
        .collect();
    if oracle {
        merging.part_issuers(&mut outcomes);
    }
    merging.tell_dropped(&mut outcomes);
    outcomes
}

/// A merge on its way.
struct Merging<'a> {
    wallet: &'a mut Wallet,
    from: &'a Wallet,
    known: HashMap<Identity, EntryId>,
    /// The certificates that were entries before, where issuers are: chains bring none of them.
    standing: HashSet<Fingerprint>,
    /// The certificates of both wallets, once a chain has to be built.
    issuers: OnceCell<Candidates>,
    aliases: TakenAliases,
    /// Whether the result is of Oracle's layout, which has trust flags.
    oracle: bool,
    uses_flags: UsesFlags,
    /// The issuers of older certificates that did not stay with the key of this entry of `from`.
    dropped: Vec<(EntryId, Certificate)>,
}

/// Whether trust flags are in force in either wallet.
struct UsesFlags {
    wallet: bool,
    from: bool,
}

impl Merging<'_> {
    /// A leaf as an entry of the key that the wallet has for it, with the issuers that are known.
    fn with_its_key(&self, entry: &Entry) -> Option<Entry> {
        let EntryKind::TrustedCertificate(trusted) = &entry.kind else { return None };
        let leaf = &trusted.certificate;
        if !is_leaf(leaf) || (entry.alias.is_some() && !self.oracle) {
            return None;
        }
        let id = self.known.get(&Identity::of_public_key(&leaf.public_key()))?;
        let present = self.wallet.entry(*id)?;
        let key = present.key()?.clone();
        let chain = if self.oracle || present.certificate() == Some(leaf) {
            vec![ChainCertificate::from(leaf.clone())]
        } else {
            let issuers = self.issuers.get_or_init(|| {
                let mut issuers = Candidates::of(self.wallet);
                issuers.add_wallet(self.from);
                issuers
            });
            issuers.chain(leaf).into_iter().map(ChainCertificate::from).collect()
        };
        let mut entry = entry.clone();
        entry.kind = EntryKind::from(KeyEntry { key, chain, request: None });
        Some(entry)
    }

    fn bring(&mut self, mut entry: Entry, from: EntrySummary) -> Outcome {
        if let EntryKind::PrivateKey(key) = &mut entry.kind
            && self.oracle
        {
            let issuers = key.chain.split_off(key.chain.len().min(1));
            let is_new =
                |it: &ChainCertificate| !self.standing.contains(&it.certificate.fingerprint());
            key.chain.extend(issuers.into_iter().filter(is_new));
        }
        let identity = Identity::of(&entry);
        let known = self.known.get(&identity).copied();
        let mut outcome = Outcome {
            entry: known.unwrap_or(from.id),
            from,
            added: known.is_none(),
            renamed_from: None,
            gained: Vec::new(),
            superseded: Vec::new(),
            left_out: Vec::new(),
        };
        if let Some(present) = known.and_then(|id| self.wallet.entry_mut(id)) {
            let dropped = combine(present, entry, self.oracle, &mut outcome);
            self.dropped
                .extend(dropped.into_iter().map(|link| (outcome.from.id, link.certificate)));
            return outcome;
        }
        let entry = self.fitted(entry, &mut outcome);
        outcome.entry = self.wallet.adopt(entry);
        self.known.insert(identity, outcome.entry);
        outcome
    }

    /// Makes entries of the issuers in chains, as they are when the file is read. Where trust flags are in force
    /// they get those of an issuer that comes with a key, which make it no anchor.
    fn part_issuers(&mut self, outcomes: &mut [Outcome]) {
        let mut standing = self.wallet.standing();
        let mut new = Vec::new();
        for entry in self.wallet.entries() {
            let EntryKind::PrivateKey(key) = &entry.kind else { continue };
            for link in key.chain.iter().skip(1) {
                if standing.insert(link.certificate.fingerprint()) {
                    new.push((entry.id(), link.clone()));
                }
            }
        }
        let mut of_keys: HashMap<EntryId, &mut Outcome> = HashMap::new();
        let brought = |outcome: &&mut Outcome| outcome.added || !outcome.gained.is_empty();
        for outcome in outcomes.iter_mut().filter(brought) {
            of_keys.entry(outcome.entry).or_insert(outcome);
        }
        for (key, ChainCertificate { certificate, alias, attributes }) in new {
            if let Some(outcome) = of_keys.get_mut(&key) {
                let subject = certificate.subject();
                outcome.gained.push(format!("its issuer {subject} among the trusted certificates"));
            }
            let alias = alias.map(|alias| self.aliases.unique(alias.as_str()));
            let in_force = self.uses_flags.wallet;
            let flags = if in_force { TrustFlags::VALID_PEER } else { TrustFlags::default() };
            let trusted = TrustedEntry { certificate, flags };
            let kind = EntryKind::TrustedCertificate(trusted);
            self.wallet.push_with_attributes(alias, attributes, kind);
        }
    }

    /// Tells of the issuers that went with an older certificate, unless they stand elsewhere.
    fn tell_dropped(&mut self, outcomes: &mut [Outcome]) {
        if self.dropped.is_empty() {
            return;
        }
        let there: HashSet<Fingerprint> =
            self.wallet.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
        for (from, certificate) in self.dropped.drain(..) {
            if there.contains(&certificate.fingerprint()) {
                continue;
            }
            if let Some(outcome) = outcomes.iter_mut().find(|outcome| outcome.from.id == from) {
                let issuer =
                    format!("in the chain of the older certificate: {}", title(&certificate));
                outcome.superseded.push(issuer);
            }
        }
    }

    /// The entry with an alias that is free, and the trust flags that the wallet understands.
    fn fitted(&mut self, mut entry: Entry, outcome: &mut Outcome) -> Entry {
        if has_alias(&entry)
            && let Some(old) = entry.alias.take().filter(|alias| !alias.as_str().is_empty())
        {
            let new: Alias = self.aliases.unique(old.as_str());
            if new != old {
                outcome.renamed_from = Some(old.as_str().to_owned());
            }
            // What is not understood has its name in its bytes.
            if let EntryKind::Opaque(opaque) = &mut entry.kind
                && let Some(renamed) = opaque::renamed(opaque, &new)
            {
                opaque.raw = renamed;
            }
            entry.alias = Some(new);
        }
        if let EntryKind::TrustedCertificate(trusted) = &mut entry.kind
            && self.oracle
        {
            match (self.uses_flags.wallet, self.uses_flags.from) {
                (true, false) => {
                    trusted.flags = trust::first_flags(true, &trusted.certificate);
                    outcome.gained.push(format!("the trust flags {}", trusted.flags));
                }
                (false, true) if !trusted.flags.is_empty() => {
                    let lost = format!(
                        "its trust flags {}: the wallet uses none, and trusts it for everything",
                        trusted.flags
                    );
                    outcome.left_out.push(lost);
                    trusted.flags = TrustFlags::default();
                }
                _ => {} // both use them, or neither does
            }
        }
        entry
    }
}
