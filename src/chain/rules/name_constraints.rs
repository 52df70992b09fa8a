//! Names within what the CAs above allow.

mod compare;
mod named;

use crate::chain::examination::{Examination, Examined};
use crate::chain::extensions::constraints::Subtree;
use crate::chain::finding::Finding;
use crate::code::Code;
use crate::limits;
use compare::Comparison;
use named::{Base, Name};

/// RFC 5280 section 6.1.3 (b) and (c), section 4.2.1.10: every name of a certificate lies in a
/// permitted subtree of its kind, if there are some, and in no excluded one, for each CA above.
/// Self-issued intermediates are not bound.
pub(super) fn within(examination: &Examination<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names: Vec<Option<Vec<Name<'_>>>> =
        examination.counted().iter().map(|_| None).collect();
    for issuer in examination.issuers() {
        let Some(constraints) = &issuer.extensions.name_constraints else { continue };
        let permitted: Vec<_> = constraints.permitted.iter().map(Limit::of).collect();
        let excluded: Vec<_> = constraints.excluded.iter().map(Limit::of).collect();
        for examined in &examination.counted()[..issuer.position] {
            if examined.position > 0 && examined.is_self_issued() {
                continue;
            }
            let names = names[examined.position].get_or_insert_with(|| named::names_of(examined));
            for name in names.iter() {
                let verdict = judge(examination, name, &permitted, &excluded);
                let why = match verdict {
                    Ok(None) => continue,
                    Ok(Some(why)) => why,
                    Err(Exhausted) => {
                        findings.push(too_many(issuer));
                        return findings;
                    }
                };
                findings.push(outside(examined, issuer, name, why));
                break; // one name a CA is enough
            }
        }
    }
    findings
}

/// The bound on comparisons was reached.
struct Exhausted;

/// A subtree, ready to be compared.
struct Limit<'a> {
    base: Base<'a>,
    bounded: bool,
}

impl<'a> Limit<'a> {
    fn of(subtree: &'a Subtree<'a>) -> Self {
        Self { base: Base::of(&subtree.base), bounded: subtree.bounded }
    }
}

/// Why the name is not allowed, if it is not.
fn judge(
    examination: &Examination<'_>,
    name: &Name<'_>,
    permitted: &[Limit<'_>],
    excluded: &[Limit<'_>],
) -> Result<Option<&'static str>, Exhausted> {
    const NOT_UNDERSTOOD: &str = "cannot be compared with the constraint";
    for limit in excluded {
        match compare(examination, name, limit, Comparison::Overlaps)? {
            Some(true) => return Ok(Some("is excluded")),
            None => return Ok(Some(NOT_UNDERSTOOD)),
            Some(false) => {}
        }
    }
    let mut of_its_kind = false;
    for limit in permitted.iter().filter(|limit| name.is_of_kind(&limit.base)) {
        of_its_kind = true;
        match compare(examination, name, limit, Comparison::Within)? {
            Some(true) => return Ok(None),
            None => return Ok(Some(NOT_UNDERSTOOD)),
            Some(false) => {}
        }
    }
    Ok(of_its_kind.then_some("is not among the permitted names"))
}

/// Whether the name is in the subtree; `None` when that cannot be told. `minimum` and `maximum` have
/// no meaning in the profile, so that nobody can say what they leave out.
fn compare(
    examination: &Examination<'_>,
    name: &Name<'_>,
    limit: &Limit<'_>,
    comparison: Comparison,
) -> Result<Option<bool>, Exhausted> {
    if !name.is_of_kind(&limit.base) {
        return Ok(Some(false));
    }
    let left = examination.comparisons.get().checked_sub(1).ok_or(Exhausted)?;
    examination.comparisons.set(left);
    if limit.bounded {
        return Ok(None);
    }
    Ok(compare::is_in(name, &limit.base, comparison))
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
