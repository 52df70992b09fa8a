//! Names within what the CAs above allow.

mod compare;
mod named;

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::general_name::GeneralName;
use crate::chain::extensions::name_constraints::{NameConstraints, Subtree};
use crate::chain::finding::Finding;
use crate::code::Code;
use crate::limits;
use compare::Comparison;
use named::{Base, Kind, Name};
use std::collections::HashMap;

/// RFC 5280 section 6.1.3 (b) and (c), section 4.2.1.10: every name of a certificate lies in a
/// permitted subtree of its kind, if there are some, and in no excluded one, for each CA above.
/// Self-issued intermediates are not bound.
pub(super) fn within(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names: HashMap<usize, Vec<Name<'_>>> = HashMap::new();
    for issuer in examination.issuers() {
        let Some(constraints) = &issuer.extensions.name_constraints else { continue };
        let limits = Limits::of(constraints);
        for examined in &examination.counted()[..issuer.position] {
            if examined.position > 0 && examined.is_self_issued() {
                continue;
            }
            let names = names.entry(examined.position).or_insert_with(|| named::names_of(examined));
            if !spend(examination, limits.comparisons(names)) {
                findings.push(too_many(issuer));
                return findings;
            }
            // One name for each CA is enough.
            let wrong = names.iter().find_map(|name| Some((name, limits.objection(name)?)));
            findings.extend(wrong.map(|(name, why)| outside(examined, issuer, name, why)));
        }
    }
    findings
}

/// Whether the constraints of a CA whose subtrees are these domains allow a host name, which may be `*.` and
/// a host, as [`within`] judges them.
pub(crate) fn permits_host(name: &str, permitted: &[String], excluded: &[String]) -> bool {
    fn subtree(domain: &str) -> Subtree<'_> {
        Subtree { base: GeneralName::Dns(domain), bounded: false }
    }
    let constraints = NameConstraints {
        permitted: permitted.iter().map(|domain| subtree(domain)).collect(),
        excluded: excluded.iter().map(|domain| subtree(domain)).collect(),
    };
    Limits::of(&constraints).objection(&Name::Dns(name)).is_none()
}

/// The subtrees of a CA by the kind of their names.
#[derive(Default)]
struct Limits<'a> {
    permitted: HashMap<Kind, Vec<Limit<'a>>>,
    excluded: HashMap<Kind, Vec<Limit<'a>>>,
}

/// A subtree, ready to be compared.
struct Limit<'a> {
    base: Base<'a>,
    bounded: bool,
}

impl<'a> Limits<'a> {
    fn of(constraints: &'a NameConstraints<'a>) -> Self {
        let mut limits = Self::default();
        for (subtrees, by_kind) in [
            (&constraints.permitted, &mut limits.permitted),
            (&constraints.excluded, &mut limits.excluded),
        ] {
            for Subtree { base, bounded } in subtrees {
                let (base, bounded) = (Base::of(base), *bounded);
                by_kind.entry(base.kind()).or_default().push(Limit { base, bounded });
            }
        }
        limits
    }

    /// How many comparisons these names may need: each with every subtree of its kind.
    fn comparisons(&self, names: &[Name<'_>]) -> usize {
        let mut number: HashMap<Kind, usize> = HashMap::new();
        for name in names {
            *number.entry(name.kind()).or_default() += 1;
        }
        let subtrees = |kind| {
            let length = |limits: &HashMap<_, Vec<_>>| limits.get(&kind).map_or(0, Vec::len);
            length(&self.permitted) + length(&self.excluded)
        };
        number.into_iter().fold(0, |sum: usize, (kind, names)| {
            sum.saturating_add(names.saturating_mul(subtrees(kind)))
        })
    }

    /// Why the name is not allowed, if it is not.
    fn objection(&self, name: &Name<'_>) -> Option<&'static str> {
        const NOT_UNDERSTOOD: &str = "cannot be compared with the constraint";
        for limit in self.excluded.get(&name.kind()).into_iter().flatten() {
            match limit.holds(name, Comparison::Overlaps) {
                Some(true) => return Some("is excluded"),
                None => return Some(NOT_UNDERSTOOD),
                Some(false) => {}
            }
        }
        for limit in self.permitted.get(&name.kind())? {
            match limit.holds(name, Comparison::Within) {
                Some(true) => return None,
                None => return Some(NOT_UNDERSTOOD),
                Some(false) => {}
            }
        }
        Some("is not among the permitted names")
    }
}

impl Limit<'_> {
    /// Whether the name is in the subtree; `None` when that cannot be told. `minimum` and `maximum`
    /// have no meaning in the profile, so that nobody can say what they leave out.
    fn holds(&self, name: &Name<'_>, comparison: Comparison) -> Option<bool> {
        if self.bounded { None } else { compare::is_in(name, &self.base, comparison) }
    }
}

/// Takes comparisons from what is left; `false` when there are not so many.
fn spend(examination: &Examination<'_>, comparisons: usize) -> bool {
    let left = examination.comparisons.get().checked_sub(comparisons);
    examination.comparisons.set(left.unwrap_or(0));
    left.is_some()
}

fn outside(examined: &Examined<'_>, issuer: &Examined<'_>, name: &Name<'_>, why: &str) -> Finding {
    let message = format!(
        "the name {name} of {} {why}: name constraints of {}",
        examined.title(),
        issuer.title()
    );
    examined
        .error(Code::NAME_CONSTRAINT_VIOLATED, message)
        .evidence("name", name.to_string())
        .evidence("constrained_by", issuer.certificate.fingerprint().to_string())
}

fn too_many(issuer: &Examined<'_>) -> Finding {
    let message = format!(
        "the name constraints of {} need more than {} comparisons, they were not judged to the end",
        issuer.title(),
        limits::NAME_COMPARISONS
    );
    issuer.error(Code::LIMIT_EXCEEDED, message).evidence("comparisons", limits::NAME_COMPARISONS)
}
