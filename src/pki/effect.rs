//! What a build does beside what it is asked for: lives that end with their issuer's, and roots that are
//! others than those which are trusted.

use crate::model::certificate::Certificate;
use crate::pki::bad::Bad;
use crate::pki::manifest::{self, Kind, Listed};
use crate::pki::plan::{Plan, Present, Stale};
use crate::pki::spec::Spec;
use crate::pki::validity;
use std::collections::{BTreeMap, HashMap};
use time::OffsetDateTime;

/// Entries that end with the CA that issues them, before their own days are over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// When the CA ends.
    pub ends: OffsetDateTime,
    /// The entries that are made and last no longer.
    pub names: Vec<String>,
}

/// What of the plan ends before its days are over, by the name of the CA.
pub(super) fn cut(
    spec: &Spec,
    listed: &HashMap<&str, &Listed>,
    plan: &Plan,
    now: OffsetDateTime,
) -> BTreeMap<String, Cut> {
    let mut cut: BTreeMap<String, Cut> = BTreeMap::new();
    let mut made = |name: &str, days: u32, issuer: &str, ends: OffsetDateTime| {
        if validity::of(days, now, None).not_after > ends {
            let cut = cut.entry(issuer.to_owned()).or_insert(Cut { ends, names: Vec::new() });
            cut.names.push(name.to_owned());
        }
    };
    let mut all_ends: HashMap<&str, OffsetDateTime> = HashMap::new();
    // Each behind its issuer.
    for authority in &spec.authorities {
        let name = authority.name.as_str();
        let above = authority.issuer.as_deref();
        let above = above.and_then(|issuer| Some((issuer, *all_ends.get(issuer)?)));
        let ends = if plan.entries.contains_key(name) {
            if let Some((issuer, ends)) = above {
                made(name, authority.days, issuer, ends);
            }
            Some(validity::of(authority.days, now, above.map(|(_, ends)| ends)).not_after)
        } else {
            listed.get(name).and_then(|old| manifest::time(&old.not_after))
        };
        all_ends.extend(ends.map(|ends| (name, ends)));
    }
    // One that has expired ends when it did, one that is to come begins earlier instead.
    let has_own_end = |bad| matches!(bad, Some(Bad::Expired | Bad::NotYetValid));
    for leaf in spec.leaves.iter().filter(|leaf| !has_own_end(leaf.bad)) {
        if plan.entries.contains_key(&leaf.name)
            && let Some(&ends) = all_ends.get(leaf.issuer.as_str())
        {
            made(&leaf.name, leaf.days, &leaf.issuer, ends);
        }
    }
    cut
}

/// The listed roots that are none any more, or that others of their name follow, with another key or subject.
/// `certificate` gives the one that a root has, if it can be read.
pub(crate) fn replaced(
    spec: &Spec,
    present: &Present<'_>,
    plan: &Plan,
    certificate: impl Fn(&str) -> Option<Certificate>,
) -> Vec<String> {
    let is_replaced = |name: &str| {
        let Some(root) = spec.authority(name).filter(|authority| authority.issuer.is_none()) else {
            return true;
        };
        let has_lost_key = present.damage.contains_key(&format!("{name}/key.pem"));
        let is_same = |old: Certificate| {
            old.subject_der() == root.dn.der() && old.key_algorithm() == root.key
        };
        let is_changed = plan.entries.get(name) == Some(&Stale::Changed);
        has_lost_key || is_changed && !certificate(name).is_some_and(is_same)
    };
    let listed = present.manifest.into_iter().flat_map(|manifest| &manifest.entries);
    let roots = listed.filter(|old| old.kind == Kind::Ca && old.issuer.is_none());
    roots.map(|old| &old.name).filter(|name| is_replaced(name)).cloned().collect()
}
