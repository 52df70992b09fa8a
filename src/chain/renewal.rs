//! What follows a certificate that ends: a newer one for the same name, or a request for one.

use crate::chain::candidates::subject_key;
use crate::model::certificate::Certificate;
use crate::model::entry::EntryKind;
use crate::model::name::DistinguishedName;
use crate::model::wallet::Wallet;
use std::collections::HashMap;

/// The certificates and requests of a wallet's keys by their subject, so that ten thousand keys are
/// looked through once.
pub(in crate::chain) struct Renewals {
    newest: HashMap<Vec<String>, Certificate>,
    requested: HashMap<Vec<String>, DistinguishedName>,
}

/// How far a renewal has come.
pub(in crate::chain) enum Renewal {
    /// Another key has a certificate for the name that ends later.
    Done,
    /// A request for the name waits for its certificate.
    Requested,
    /// There is nothing.
    Missing,
}

impl Renewals {
    pub(in crate::chain) fn of(wallet: &Wallet) -> Self {
        let (mut newest, mut requested) = (HashMap::<_, Certificate>::new(), HashMap::new());
        for entry in wallet.entries() {
            match &entry.kind {
                EntryKind::PrivateKey(key) => {
                    let Some(leaf) = key.leaf() else { continue };
                    let known = newest.entry(subject_key(&leaf.subject()));
                    let known = known.or_insert_with(|| leaf.clone());
                    if leaf.not_after() > known.not_after() {
                        *known = leaf.clone();
                    }
                }
                EntryKind::Request(pending) => {
                    let subject = pending.request.csr.subject();
                    requested.insert(subject_key(subject), subject.clone());
                }
                EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => {}
            }
        }
        Self { newest, requested }
    }

    /// What there is for the name of a certificate.
    pub(in crate::chain) fn find(&self, old: &Certificate) -> Renewal {
        let subject = old.subject();
        let key = subject_key(&subject);
        let follows = |new: &Certificate| {
            new.not_after() > old.not_after() && new.subject().matches(&subject)
        };
        if self.newest.get(&key).is_some_and(follows) {
            Renewal::Done
        } else if self.requested.get(&key).is_some_and(|name| name.matches(&subject)) {
            Renewal::Requested
        } else {
            Renewal::Missing
        }
    }
}
