//! Certificate policies.
//!
//! Nobody here asks for a policy of their own (user-initial-policy-set is any-policy, and the three
//! initial flags are off), so what is left to find out is whether a path that must have a policy, by
//! policyConstraints, has one. For that the tree of RFC 5280 is not needed: of each of its levels the
//! set of policies is enough, as RFC 9618 section 5 shows. It cannot grow beyond what the
//! certificates state.

use crate::chain::examination::{Examination, Examined};
use crate::chain::finding::Finding;
use crate::code::Code;
use crate::oid::{self, ObjectIdentifier};
use std::collections::{BTreeMap, BTreeSet};

/// One level of the graph: valid policies, each with those that are expected of the next level.
#[derive(Default)]
struct Level {
    expected: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>>,
}

impl Level {
    /// RFC 5280 section 6.1.2 (a): one node, any-policy.
    fn first() -> Self {
        let mut level = Self::default();
        level.add(oid::ANY_POLICY);
        level
    }

    fn add(&mut self, policy: ObjectIdentifier) {
        self.expected.entry(policy).or_insert_with(|| BTreeSet::from([policy]));
    }

    fn has_any(&self) -> bool {
        self.expected.contains_key(&oid::ANY_POLICY)
    }

    fn is_empty(&self) -> bool {
        self.expected.is_empty()
    }
}

/// The numbers of certificates after which something begins to hold, section 6.1.2 (d) to (f).
struct Counters {
    explicit_policy: usize,
    inhibit_any_policy: usize,
    policy_mapping: usize,
}

/// RFC 5280 section 6.1.3 (d) to (f), 6.1.4 (a), (b), (h) to (j), 6.1.5 (a), (b) and (g).
pub(super) fn valid(examination: &Examination<'_>) -> Vec<Finding> {
    let path = examination.counted();
    let after = path.len() + 1;
    let mut counters =
        Counters { explicit_policy: after, inhibit_any_policy: after, policy_mapping: after };
    let mut level = Level::first();
    for examined in path.iter().rev() {
        level = next_level(&level, examined, counters.inhibit_any_policy > 0);
        // 6.1.3 (f)
        if counters.explicit_policy == 0 && level.is_empty() {
            return vec![none_left(examined)];
        }
        if examined.position > 0 {
            if let Some(finding) = map(&mut level, examined, counters.policy_mapping > 0) {
                return vec![finding];
            }
            count(&mut counters, examined);
        }
    }
    let leaf = examination.leaf();
    // 6.1.5 (a) and (b)
    let explicit_policy = counters.explicit_policy.saturating_sub(1);
    let required = explicit_policy == 0
        || leaf.extensions.policy_constraints.is_some_and(|own| own.require_explicit == Some(0));
    if required && level.is_empty() { vec![none_left(leaf)] } else { Vec::new() }
}

/// 6.1.3 (d) and (e).
fn next_level(above: &Level, examined: &Examined<'_>, any_allowed: bool) -> Level {
    let mut level = Level::default();
    let Some(stated) = &examined.extensions.policies else {
        return level; // (e)
    };
    let expected: BTreeSet<_> = above.expected.values().flatten().copied().collect();
    for policy in stated.policies.iter().filter(|policy| **policy != oid::ANY_POLICY) {
        // (d)(1)
        if expected.contains(policy) || above.has_any() {
            level.add(*policy);
        }
    }
    let intermediate_to_itself = examined.position > 0 && examined.is_self_issued();
    if stated.policies.contains(&oid::ANY_POLICY) && (any_allowed || intermediate_to_itself) {
        // (d)(2)
        for policy in expected {
            level.add(policy);
        }
    }
    level
}

/// 6.1.4 (a) and (b).
fn map(level: &mut Level, examined: &Examined<'_>, allowed: bool) -> Option<Finding> {
    let mappings = &examined.extensions.policy_mappings;
    if mappings.iter().any(|mapping| [mapping.issuer, mapping.subject].contains(&oid::ANY_POLICY)) {
        let message = format!("{} maps a policy from or to any policy", examined.title());
        return Some(examined.error(Code::POLICY_NOT_VALID, message));
    }
    let mut mapped: BTreeMap<ObjectIdentifier, BTreeSet<ObjectIdentifier>> = BTreeMap::new();
    for mapping in mappings {
        mapped.entry(mapping.issuer).or_default().insert(mapping.subject);
    }
    for (issuer, subjects) in mapped {
        if !allowed {
            level.expected.remove(&issuer); // (b)(2)
        } else if level.expected.contains_key(&issuer) || level.has_any() {
            level.expected.insert(issuer, subjects); // (b)(1)
        }
    }
    None
}

/// 6.1.4 (h) to (j).
fn count(counters: &mut Counters, examined: &Examined<'_>) {
    let Counters { explicit_policy, inhibit_any_policy, policy_mapping } = counters;
    if !examined.is_self_issued() {
        for counter in [&mut *explicit_policy, &mut *inhibit_any_policy, &mut *policy_mapping] {
            *counter = counter.saturating_sub(1);
        }
    }
    let constraints = examined.extensions.policy_constraints.unwrap_or_default();
    for (counter, stated) in [
        (explicit_policy, constraints.require_explicit),
        (policy_mapping, constraints.inhibit_mapping),
        (inhibit_any_policy, examined.extensions.inhibit_any_policy),
    ] {
        if let Some(stated) = stated {
            *counter = (*counter).min(usize::try_from(stated).unwrap_or(usize::MAX));
        }
    }
}

fn none_left(examined: &Examined<'_>) -> Finding {
    let message =
        format!("a certificate policy is required, and none is valid down to {}", examined.title());
    examined.error(Code::POLICY_NOT_VALID, message)
}
