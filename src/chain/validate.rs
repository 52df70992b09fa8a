//! Judging one certificate.

use crate::chain::candidates::Candidates;
use crate::chain::criteria::Criteria;
use crate::chain::ending;
use crate::chain::finding::{Finding, Severity};
use crate::chain::judge::Judge;
use crate::chain::path::Path;
use crate::chain::report::{EntryChain, Report};
use crate::chain::revocation::Revocation;
use crate::chain::rules::title;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use time::OffsetDateTime;

/// The best path of a certificate, and what was found on it.
#[derive(Clone, Debug)]
pub struct Validation {
    /// The path.
    pub path: Path,
    /// The findings, the most important first.
    pub findings: Vec<Finding>,
    /// The moment that was asked about.
    pub at: OffsetDateTime,
}

impl Validation {
    /// Whether the certificate is good for what was asked: nothing of severity `error` was found.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    /// The finding that explains most; `None` when there are only notes.
    #[must_use]
    pub fn headline(&self) -> Option<&Finding> {
        self.findings.first().filter(|finding| finding.severity < Severity::Note)
    }

    /// The same as a report on one chain.
    #[must_use]
    pub fn report(self) -> Report {
        let chain = EntryChain::new(&title(self.path.leaf()), &self.path, self.at);
        Report::new(vec![chain], self.findings)
    }
}

/// Judges a certificate: builds the best path that `candidates` allow, and says what is wrong with
/// it. Pure and total; the work is bounded by [`limits`](crate::limits).
///
/// `leaf` is the peer's and may be hostile; so is what `candidates` hold as presented. What they
/// hold as trusted or as the system's is an anchor.
#[must_use]
pub fn validate(
    leaf: &Certificate,
    candidates: &Candidates,
    criteria: &Criteria<'_>,
) -> Validation {
    Validator::new(*criteria).validate(leaf, candidates)
}

/// Judges several certificates alike; the revocation lists are read once.
pub struct Validator<'a> {
    criteria: Criteria<'a>,
    revocation: Revocation<'a>,
}

impl<'a> Validator<'a> {
    /// Reads the revocation lists.
    #[must_use]
    pub fn new(criteria: Criteria<'a>) -> Self {
        Self { revocation: Revocation::new(criteria.crls), criteria }
    }

    /// The same with further lists, and with bounds of its own: what one file asks for is not taken
    /// from the next. The lists that are known are not read again.
    #[must_use]
    pub fn beside<'b>(&'b self, crls: &'b [RevocationList]) -> Validator<'b> {
        Validator { criteria: self.criteria, revocation: self.revocation.beside(crls) }
    }

    /// That nobody looked for revoked certificates, where no list is known: worth a note in a verdict.
    #[must_use]
    pub fn revocation_unchecked(&self) -> Option<Finding> {
        self.revocation.unchecked()
    }

    /// Judges a certificate as [`validate`] does.
    #[must_use]
    pub fn validate(&self, leaf: &Certificate, candidates: &Candidates) -> Validation {
        validate_with(leaf, candidates, &self.criteria, &self.revocation, Severity::Error)
    }
}

/// The same with lists that were read before; `untrusted` is how much an untrusted root matters.
pub(in crate::chain) fn validate_with(
    leaf: &Certificate,
    candidates: &Candidates,
    criteria: &Criteria<'_>,
    revocation: &Revocation<'_>,
    untrusted: Severity,
) -> Validation {
    let judge = Judge::new(criteria, revocation, Some(candidates));
    let (path, mut findings) = candidates.judged_path(leaf, &judge);
    findings.extend(ending::judge(&path, criteria.at, untrusted));
    findings.sort_by_key(Finding::rank);
    Validation { path, findings, at: criteria.at }
}
