//! A path as the rules see it.

use crate::chain::candidates::Candidates;
use crate::chain::criteria::Criteria;
use crate::chain::extensions::Extensions;
use crate::chain::finding::{Finding, Severity};
use crate::chain::path::{End, Path};
use crate::chain::revocation::Revocation;
use crate::chain::rules::title;
use crate::code::Code;
use crate::model::certificate::Certificate;
use std::cell::Cell;

/// A path as the rules see it: every extension is read once.
pub(in crate::chain) struct Examination<'a> {
    pub(in crate::chain) path: &'a Path,
    pub(in crate::chain) criteria: &'a Criteria<'a>,
    pub(in crate::chain) revocation: &'a Revocation<'a>,
    /// Among whom those are looked for who sign lists in the place of a CA's own key; none where the
    /// path is that of such a one.
    pub(in crate::chain) signers: Option<&'a Candidates>,
    /// Comparisons of names with constraints that are still allowed.
    pub(in crate::chain) comparisons: &'a Cell<usize>,
    /// Every certificate, the leaf first.
    pub(in crate::chain) certificates: Vec<Examined<'a>>,
    /// How many of them count as certificates: all but an anchor that is a name and a key.
    counted: usize,
}

/// One certificate of the path.
pub(in crate::chain) struct Examined<'a> {
    pub(in crate::chain) certificate: &'a Certificate,
    pub(in crate::chain) extensions: Extensions<'a>,
    /// 0 is the leaf.
    pub(in crate::chain) position: usize,
}

impl<'a> Examination<'a> {
    pub(in crate::chain) fn new(
        path: &'a Path,
        criteria: &'a Criteria<'a>,
        revocation: &'a Revocation<'a>,
        signers: Option<&'a Candidates>,
        comparisons: &'a Cell<usize>,
    ) -> Self {
        let certificates: Vec<_> = path
            .links
            .iter()
            .enumerate()
            .map(|(position, link)| Examined {
                certificate: &link.certificate,
                extensions: Extensions::of(&link.certificate),
                position,
            })
            .collect();
        // RFC 5280 section 6.1: the anchor is not part of the path that is validated.
        let has_anchor = path.is_complete() && certificates.len() > 1;
        let counted = certificates.len() - usize::from(has_anchor && !criteria.strict);
        Self { path, criteria, revocation, signers, comparisons, certificates, counted }
    }

    /// The certificates that are validated, the leaf first.
    pub(in crate::chain) fn counted(&self) -> &[Examined<'a>] {
        &self.certificates[..self.counted]
    }

    /// Those of them that issued another one of the path.
    pub(in crate::chain) fn issuers(&self) -> &[Examined<'a>] {
        &self.certificates[1..self.counted]
    }

    pub(in crate::chain) fn leaf(&self) -> &Examined<'a> {
        &self.certificates[0]
    }

    /// The anchor, where it does not count as a certificate.
    pub(in crate::chain) fn uncounted_anchor(&self) -> Option<&Examined<'a>> {
        self.certificates.get(self.counted)
    }

    /// Whether nobody relies on the signature of this certificate: it is the end of the path, and
    /// not because its issuer is missing.
    pub(in crate::chain) fn is_end(&self, examined: &Examined<'_>) -> bool {
        examined.position + 1 == self.certificates.len()
            && !matches!(self.path.end, End::Incomplete(_))
    }
}

impl Examined<'_> {
    /// Whether subject and issuer are the same name, RFC 5280 section 6.1.
    pub(in crate::chain) fn is_self_issued(&self) -> bool {
        self.certificate.is_self_issued()
            || self.certificate.subject().matches(&self.certificate.issuer())
    }

    pub(in crate::chain) fn title(&self) -> String {
        title(self.certificate)
    }

    /// Whether it says that it is a CA's.
    pub(in crate::chain) fn is_ca(&self) -> bool {
        self.extensions.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// An error about this certificate.
    pub(in crate::chain) fn error(&self, code: Code, message: impl Into<String>) -> Finding {
        Finding::new(code, Severity::Error, message).certificate(self.certificate)
    }

    /// A warning about this certificate.
    pub(in crate::chain) fn warning(&self, code: Code, message: impl Into<String>) -> Finding {
        Finding::new(code, Severity::Warning, message).certificate(self.certificate)
    }

    /// An error because the certificate breaks the profile of RFC 5280 section 4; `fact` is about it.
    pub(in crate::chain) fn violation(&self, fact: &str) -> Finding {
        self.error(Code::PROFILE_VIOLATED, format!("{} {fact}", self.title()))
    }
}
