//! Adding trusted certificates.

use crate::chain::rules::is_leaf;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{EntryId, EntryKind, TrustedEntry};
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::ops::alias::TakenAliases;
use std::collections::HashMap;

/// How to add trusted certificates.
#[derive(Clone, Debug, Default)]
pub struct AddOptions {
    /// Take leaves even where they are refused.
    pub allow_leaf: bool,
    /// Refuse leaves: Oracle's client rejects a server that it finds among its own trusted
    /// certificates.
    pub refuse_leaves: bool,
    /// The alias of the first certificate; further ones get `-2`, `-3` and so on, as does a first
    /// one whose alias is taken. Without it the entries have none.
    pub alias: Option<Alias>,
    /// Oracle's trust flags, for every certificate.
    pub flags: TrustFlags,
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
    /// It was trusted already.
    Present(EntryId),
    /// It is not a CA's, and was not added.
    RefusedLeaf,
}

/// Trusts every certificate of the list that is not trusted yet, in its order.
///
/// A leaf is a certificate of version 3 that does not say it is a CA's, and is not self-issued.
pub fn add(
    wallet: &mut Wallet,
    certificates: &[Certificate],
    options: &AddOptions,
) -> Vec<Outcome> {
    let mut known: HashMap<Fingerprint, EntryId> = HashMap::new();
    for (entry, certificate) in wallet.trusted() {
        known.entry(certificate.fingerprint()).or_insert(entry.id());
    }
    let mut aliases = TakenAliases::of(wallet, None);
    let mut add_one = |certificate: &Certificate| {
        let fingerprint = certificate.fingerprint();
        if let Some(&id) = known.get(&fingerprint) {
            return Added::Present(id);
        }
        let leaf = is_leaf(certificate);
        if leaf && options.refuse_leaves && !options.allow_leaf {
            return Added::RefusedLeaf;
        }
        let alias = options.alias.as_ref().map(|alias| aliases.unique(alias.as_str()));
        let entry = TrustedEntry { certificate: certificate.clone(), flags: options.flags };
        let id = wallet.push(alias, EntryKind::TrustedCertificate(entry));
        known.insert(fingerprint, id);
        if leaf { Added::AddedLeaf(id) } else { Added::Added(id) }
    };
    certificates
        .iter()
        .map(|certificate| Outcome {
            certificate: certificate.clone(),
            result: add_one(certificate),
        })
        .collect()
}
