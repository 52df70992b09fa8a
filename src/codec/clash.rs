//! Aliases that are one to Java.

use crate::codec::jks::fold;
use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryKind};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use std::collections::HashMap;

/// The aliases, as shown, of entries that are one to Java, which folds the case of aliases in PKCS#12
/// as in its own stores and sees the last of them: each group in the wallet's order. Entries without an
/// alias have a number there, and what is neither key nor certificate no place.
///
/// Measured with keytool 17 and 25.
#[must_use]
pub fn clashes(wallet: &Wallet) -> Vec<Vec<String>> {
    let is_seen = |entry: &&Entry| {
        matches!(entry.kind, EntryKind::PrivateKey(_) | EntryKind::TrustedCertificate(_))
    };
    let mut groups: Vec<Vec<&Entry>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for entry in wallet.entries().iter().filter(is_seen) {
        let Some(alias) = entry.alias.as_ref().map(Alias::as_str) else { continue };
        let group = *known.entry(fold(alias)).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups.retain(|group| group.len() > 1);
    if groups.is_empty() {
        return Vec::new();
    }
    let shown = shown_aliases(wallet);
    let named = |entry: &Entry| shown[&entry.id()].text.clone();
    groups.into_iter().map(|group| group.into_iter().map(named).collect()).collect()
}
