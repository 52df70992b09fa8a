//! Putting loose certificates in order: which is whose issuer, and what is missing.

use crate::chain::candidates::{Candidates, Source};
use crate::chain::criteria::Criteria;
use crate::chain::ending;
use crate::chain::finding::{Finding, Severity};
use crate::chain::judge::Judge;
use crate::chain::path::{End, Path};
use crate::chain::report::{EntryChain, Report};
use crate::chain::revocation::Revocation;
use crate::chain::rules::{is_leaf, is_version_3, title};
use crate::code::Code;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use std::collections::HashSet;
use time::OffsetDateTime;

/// Certificates in the order of issuing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// A path for each leaf, in the order in which the leaves were given; without a leaf, for each
    /// CA that issued none of the others. A CA may stand on several.
    pub paths: Vec<Path>,
    /// Certificates of CAs that are on no path, in the order in which they were given.
    pub unrelated: Vec<Certificate>,
    /// How many of the certificates had been there before.
    pub duplicates: usize,
}

impl Sorted {
    /// Whether every path reaches a self-signed certificate.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.paths.iter().all(Path::is_complete)
    }

    /// The paths in the shape of a check, with what is missing as errors. What is wrong with single
    /// certificates is a warning: they are sorted, not used.
    #[must_use]
    pub fn report(&self, at: OffsetDateTime) -> Report {
        let chains = self.paths.iter().map(|path| EntryChain::new(&title(path.leaf()), path, at));
        let (criteria, revocation) = (Criteria::new(at), Revocation::new(&[]));
        let judge = |path: &Path| {
            let mut findings = Judge::new(&criteria, &revocation, None).findings(path);
            findings.extend(ending::judge(path, at, Severity::Warning));
            findings
        };
        let mut findings: Vec<Finding> = self
            .paths
            .iter()
            .flat_map(judge)
            // Whom to trust is not asked here.
            .filter(|finding| finding.code != Code::ANCHOR_NOT_TRUSTED)
            .collect();
        for finding in &mut findings {
            let gap = [Code::CHAIN_ISSUER_MISSING, Code::SIGNATURE_INVALID].contains(&finding.code);
            if !gap {
                finding.severity = finding.severity.max(Severity::Warning);
            }
        }
        Report::new(chains.collect(), findings)
    }
}

/// Sorts certificates that came in any order, some of them twice. Among several issuers that fit,
/// one that is valid `at` this time is taken.
///
/// A leaf is a certificate that is not a CA's, the self-signed one of a server too.
#[must_use]
pub fn sort(certificates: &[Certificate], at: OffsetDateTime) -> Sorted {
    let mut candidates = Candidates::new();
    let mut distinct = Vec::new();
    for certificate in certificates {
        if candidates.source(certificate).is_none() {
            candidates.add(certificate, Source::Presented);
            distinct.push(certificate);
        }
    }
    let path = |certificate: &Certificate| candidates.path(certificate, Some(at));
    let mut ends: Vec<&Certificate> =
        distinct.iter().copied().filter(|certificate| is_end(certificate)).collect();
    if ends.is_empty() {
        ends.clone_from(&distinct);
    }
    let paths = topmost(ends.into_iter().map(path).collect());
    let used: HashSet<Fingerprint> = paths
        .iter()
        .flat_map(|path| path.links.iter().map(|link| link.certificate.fingerprint()))
        .collect();
    let is_unrelated = |certificate: &&Certificate| !used.contains(&certificate.fingerprint());
    Sorted {
        paths,
        duplicates: certificates.len() - distinct.len(),
        unrelated: distinct.into_iter().filter(is_unrelated).cloned().collect(),
    }
}

/// The certificates of the path as they are written: with `root` up to its end, else without the
/// self-signed certificate that it ends in, which a peer has to know anyway. A path of one
/// certificate stays.
#[must_use]
pub fn written(path: &Path, root: bool) -> Vec<&Certificate> {
    let ends_in_root = path.end != End::Trusted && path.is_complete() && path.links.len() > 1;
    let left_out = usize::from(ends_in_root && !root);
    let links = &path.links[..path.links.len() - left_out];
    links.iter().map(|link| &link.certificate).collect()
}

/// Whether a path begins here: with a leaf, or with a certificate of version 3 that is self-signed
/// and says that it is no CA's. One of version 1 may be an old root.
fn is_end(certificate: &Certificate) -> bool {
    is_leaf(certificate) || (is_version_3(certificate) && !certificate.is_ca())
}

/// The paths of which the first certificate is on none of the others. CAs that sign each other are
/// all on another's path: the first of them begins one.
fn topmost(paths: Vec<Path>) -> Vec<Path> {
    let first = |path: &Path| path.leaf().fingerprint();
    let issuers: HashSet<Fingerprint> = paths
        .iter()
        .flat_map(|path| path.links[1..].iter().map(|link| link.certificate.fingerprint()))
        .collect();
    let (mut chosen, rest): (Vec<Path>, Vec<Path>) =
        paths.into_iter().partition(|path| !issuers.contains(&first(path)));
    let on = |path: &Path| -> Vec<Fingerprint> {
        path.links.iter().map(|link| link.certificate.fingerprint()).collect()
    };
    let mut covered: HashSet<Fingerprint> = chosen.iter().flat_map(on).collect();
    for path in rest {
        if !covered.contains(&first(&path)) {
            covered.extend(on(&path));
            chosen.push(path);
        }
    }
    chosen
}
