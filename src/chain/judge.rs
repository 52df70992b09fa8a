//! Who judges the paths of one certificate.

use crate::chain::candidates::Candidates;
use crate::chain::criteria::Criteria;
use crate::chain::examination::Examination;
use crate::chain::finding::{Finding, Severity};
use crate::chain::path::Path;
use crate::chain::revocation::Revocation;
use crate::chain::rules;
use crate::limits;
use std::cell::Cell;

/// Judges the paths of one certificate, with one budget for all of them.
pub(in crate::chain) struct Judge<'a> {
    pub(in crate::chain) criteria: &'a Criteria<'a>,
    revocation: &'a Revocation<'a>,
    signers: Option<&'a Candidates>,
    comparisons: Cell<usize>,
}

impl<'a> Judge<'a> {
    /// `signers` are those who may have signed lists in the place of a CA's own key, if any may.
    pub(in crate::chain) fn new(
        criteria: &'a Criteria<'a>,
        revocation: &'a Revocation<'a>,
        signers: Option<&'a Candidates>,
    ) -> Self {
        Self { criteria, revocation, signers, comparisons: Cell::new(limits::NAME_COMPARISONS) }
    }

    /// What the rules find on a path.
    pub(in crate::chain) fn findings(&self, path: &Path) -> Vec<Finding> {
        let Self { criteria, revocation, signers, comparisons } = self;
        rules::judge(&Examination::new(path, criteria, revocation, *signers, comparisons))
    }

    /// Whether nothing more can be compared, so that further paths would be judged in part only.
    pub(in crate::chain) fn is_exhausted(&self) -> bool {
        self.comparisons.get() == 0
    }
}

/// How many findings there are of a severity.
pub(in crate::chain) fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}
