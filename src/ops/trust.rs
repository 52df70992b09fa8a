//! Adding trusted certificates, and Oracle's trust flags on them.

use crate::chain::rules::{is_end_entity, is_leaf};
use crate::codec::pkcs12::{java_trust, property};
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{EntryId, EntryKind, TrustedEntry};
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::ops::OpsError;
use crate::ops::alias::{TakenAliases, folded, name_nameless};
use std::collections::{BTreeSet, HashMap};

/// How to add trusted certificates.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct AddOptions {
    /// Take leaves even where they are refused.
    pub allow_leaf: bool,
    /// Refuse leaves: Oracle's client rejects a server that it finds among its own trusted
    /// certificates.
    pub refuse_leaves: bool,
    /// Leave leaves out without a word against them: a bundle may bring what is nobody's issuer.
    pub skip_leaves: bool,
    /// The alias of the first certificate that is new; further ones get `-2`, `-3` and so on.
    pub alias: Option<Alias>,
    /// Take the alias from the trusted certificate that has it, and that certificate out.
    pub replace: bool,
    /// Oracle's trust flags, for every certificate, those that are there already too. Without them
    /// a new one gets what orapki gives it, and one that is there keeps its own. They are honoured
    /// only after [`enable_flags`].
    pub flags: Option<TrustFlags>,
    /// The wallet is a portable PKCS#12 file. New entries without another alias get that of their subject, and
    /// certificates that are trusted already are marked for Java, which sees no others there; a new one is
    /// marked when it is written.
    pub portable: bool,
}

/// What became of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The certificate.
    pub certificate: Certificate,
    /// What became of it.
    pub result: Added,
}

/// What became of a certificate that was to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is trusted now.
    Added(EntryId),
    /// It is trusted now, although it is not a CA's: a finding `leaf-as-trusted`.
    AddedLeaf(EntryId),
    /// It is trusted now, in place of another certificate.
    Replaced(EntryId),
    /// It was trusted already.
    Present(EntryId),
    /// It was trusted already, and has other trust flags now.
    Flagged(EntryId),
    /// It was trusted already, and Java sees it now, too.
    Marked(EntryId),
    /// It is not a CA's, and was left out as the user wants it.
    SkippedLeaf,
    /// It is not a CA's, and was not added.
    RefusedLeaf,
    /// It is not a CA's, and the trust flags would make an issuer of it.
    RefusedFlags,
}

/// Puts Oracle's trust flags in force. As orapki does it, every certificate that has none gets
/// `VALID_PEER`; without a flag it would be trusted for nothing. Returns whether they were not in
/// force before.
pub fn enable_flags(wallet: &mut Wallet) -> bool {
    if !property::enable_trust_flags(wallet) {
        return false;
    }
    for entry in wallet.entries_mut() {
        if let EntryKind::TrustedCertificate(trusted) = &mut entry.kind
            && trusted.flags.is_empty()
        {
            trusted.flags = TrustFlags::VALID_PEER;
        }
    }
    true
}

/// The flags of a new trusted certificate when nobody names any: orapki's, `SERVER_AUTH` for an
/// issuer; none where the wallet does not use them.
#[must_use]
pub fn default_flags(wallet: &Wallet, certificate: &Certificate) -> TrustFlags {
    first_flags(property::trust_flags_enabled(wallet), certificate)
}

/// As [`default_flags`], where it is known whether the wallet uses them.
pub(super) fn first_flags(uses_flags: bool, certificate: &Certificate) -> TrustFlags {
    match (uses_flags, is_end_entity(certificate)) {
        (false, _) => TrustFlags::default(),
        (true, false) => TrustFlags::SERVER_AUTH,
        (true, true) => TrustFlags::VALID_PEER,
    }
}

/// Trusts every certificate of the list that is not trusted yet, in its order.
///
/// A leaf does not say that it is a CA's, and is not self-issued; where leaves are refused, a self-issued
/// certificate that says it is no CA's counts as one, too.
///
/// # Errors
///
/// [`OpsError::AliasTaken`] when another entry has the alias and may not be replaced; nothing is
/// changed then.
pub fn add(
    wallet: &mut Wallet,
    certificates: &[Certificate],
    options: &AddOptions,
) -> Result<Vec<Outcome>, OpsError> {
    // Of thousands that are trusted only those need a digest that are to be added once more.
    let wanted: BTreeSet<&[u8]> = certificates.iter().map(Certificate::der).collect();
    let mut known: HashMap<Fingerprint, EntryId> = HashMap::new();
    for (entry, certificate) in wallet.trusted() {
        if wanted.contains(certificate.der()) {
            known.entry(certificate.fingerprint()).or_insert(entry.id());
        }
    }
    let mut replaced = holder(wallet, certificates, options, &known)?;
    // Whoever gives no alias does not wait for those of thousands of entries.
    let mut aliases =
        options.alias.as_ref().map(|alias| (alias, TakenAliases::of(wallet, replaced)));
    let uses_flags = property::trust_flags_enabled(wallet);
    let mut add_one = |certificate: &Certificate| {
        let fingerprint = certificate.fingerprint();
        // Other stores than Oracle's are right to trust a peer that has no CA.
        let is_refusable = if options.refuse_leaves { is_end_entity } else { is_leaf };
        let leaf = is_refusable(certificate);
        if leaf && options.skip_leaves {
            return Added::SkippedLeaf;
        }
        let refused = leaf && options.flags.is_some_and(TrustFlags::trusts_issuer);
        if refused {
            return Added::RefusedFlags;
        }
        if let Some(&id) = known.get(&fingerprint) {
            return renew(wallet, id, options);
        }
        if leaf && options.refuse_leaves && !options.allow_leaf {
            return Added::RefusedLeaf;
        }
        let alias = aliases.as_mut().map(|(alias, taken)| taken.unique(alias.as_str()));
        let flags = options.flags.unwrap_or_else(|| first_flags(uses_flags, certificate));
        let entry = TrustedEntry { certificate: certificate.clone(), flags };
        if let Some(old) = replaced.take().and_then(|id| wallet.entry_mut(id)) {
            old.kind = EntryKind::TrustedCertificate(entry);
            known.insert(fingerprint, old.id());
            return Added::Replaced(old.id());
        }
        let id = wallet.push(alias, EntryKind::TrustedCertificate(entry));
        known.insert(fingerprint, id);
        if leaf { Added::AddedLeaf(id) } else { Added::Added(id) }
    };
    let outcome = |certificate: &Certificate| {
        let result = add_one(certificate);
        Outcome { certificate: certificate.clone(), result }
    };
    let outcomes: Vec<Outcome> = certificates.iter().map(outcome).collect();
    if options.portable {
        let new = outcomes.iter().filter_map(|outcome| match outcome.result {
            Added::Added(id) | Added::AddedLeaf(id) | Added::Marked(id) => Some(id),
            _ => None,
        });
        name_nameless(wallet, &new.collect());
    }
    Ok(outcomes)
}

/// The trusted certificate that loses its alias and its place to a new one.
fn holder(
    wallet: &Wallet,
    certificates: &[Certificate],
    options: &AddOptions,
    known: &HashMap<Fingerprint, EntryId>,
) -> Result<Option<EntryId>, OpsError> {
    let Some(alias) = &options.alias else { return Ok(None) };
    let Some(holder) = wallet.entries().iter().find(|entry| {
        entry.alias.as_ref().is_some_and(|it| folded(it.as_str()) == folded(alias.as_str()))
    }) else {
        return Ok(None);
    };
    let prints: Vec<Fingerprint> = certificates.iter().map(Certificate::fingerprint).collect();
    // Nothing is new, or the holder is one of those that are given: a bundle is added once more.
    let is_given = holder.certificate().is_some_and(|one| prints.contains(&one.fingerprint()));
    if is_given || prints.iter().all(|print| known.contains_key(print)) {
        return Ok(None);
    }
    match (&holder.kind, options.replace) {
        (EntryKind::TrustedCertificate(_), true) => Ok(Some(holder.id())),
        _ => Err(OpsError::AliasTaken { alias: alias.as_str().to_owned() }),
    }
}

/// Gives a certificate that is there the flags that were named, and Java's mark.
fn renew(wallet: &mut Wallet, id: EntryId, options: &AddOptions) -> Added {
    let Some(entry) = wallet.entry_mut(id) else { return Added::Present(id) };
    if let (EntryKind::TrustedCertificate(trusted), Some(flags)) = (&mut entry.kind, options.flags)
        && trusted.flags != flags
    {
        trusted.flags = flags;
        return Added::Flagged(id);
    }
    if options.portable && !java_trust::is_marked(&entry.attributes) {
        entry.attributes = entry.attributes.iter().cloned().chain([java_trust::mark()]).collect();
        return Added::Marked(id);
    }
    Added::Present(id)
}
