//! Who signs the lists of a CA in the place of its own key.

use crate::chain::candidates::{Candidates, agreement};
use crate::chain::examination::{Examination, Examined};
use crate::chain::finding::{Finding, Severity};
use crate::chain::judge::Judge;
use crate::chain::path::{End, Path};
use crate::chain::revocation::{Indexed, Revocation, spend};
use crate::chain::rules::{may_sign_lists, title};
use crate::code::Code;
use crate::model::certificate::Certificate;
use std::collections::HashMap;
use std::sync::Arc;

/// Who signed a list that the issuer of a certificate did not sign itself.
#[derive(Clone)]
pub(in crate::chain) enum Signer<'a> {
    /// Nobody whose certificate is known.
    Unknown,
    /// The holder of this certificate, who may do so.
    Found(&'a Certificate),
    /// One who cannot be relied on, for this reason.
    Refused(String),
    /// The budget is spent.
    Unsought,
}

/// What was found out about signers, among the same candidates.
#[derive(Default)]
pub(super) struct Signers {
    state: Arc<()>,
    /// By the signer's index and by the holder of the anchor.
    standings: HashMap<(usize, usize), Standing>,
}

/// What became of the path from a signer to an anchor.
#[derive(Clone)]
enum Standing {
    /// It is valid, and leads through these holders.
    Valid(Arc<[usize]>),
    Invalid(String),
    Unsought,
}

impl Revocation<'_> {
    /// RFC 5280 section 6.3.3 (f): who else of the issuer's name signed the list, by a certificate that
    /// allows cRLSign and whose path leads to the same anchor. Of several the first who may do so.
    ///
    /// A key identifier of another key than the list's rules a certificate out (section 5.2.1). No list
    /// counts for the certificate that its signer depends on.
    pub(in crate::chain) fn signer<'b>(
        &self,
        list: &Indexed<'_>,
        examined: &Examined<'_>,
        examination: &Examination<'b>,
    ) -> Signer<'b> {
        let Some(candidates) = examination.signers else { return Signer::Unknown };
        let issuer = &examination.path.links[examined.position + 1].certificate;
        let wanted = list.list.authority_key_identifier();
        let (mut agreeing, mut silent) = (Vec::new(), Vec::new());
        for &index in candidates.namesakes(&list.issuer) {
            if !spend(&self.looks) {
                return Signer::Unsought;
            }
            if !candidates.is_named(index, &list.issuer) {
                continue;
            }
            match agreement(wanted, candidates.get(index).key_identifier.as_deref()) {
                Some(true) => agreeing.push(index),
                None => silent.push(index),
                Some(false) => {}
            }
        }
        let mut signer = Signer::Unknown;
        for index in agreeing.into_iter().chain(silent) {
            let certificate = &candidates.get(index).certificate;
            if certificate == issuer {
                continue;
            }
            match self.is_signed(list, certificate) {
                None => return Signer::Unsought,
                Some(false) => continue,
                Some(true) => {}
            }
            match self.standing(index, candidates, examined, examination) {
                None => {}
                Some(Standing::Valid(_)) => return Signer::Found(certificate),
                Some(Standing::Invalid(why)) => signer = Signer::Refused(why),
                Some(Standing::Unsought) => return Signer::Unsought,
            }
        }
        signer
    }

    /// Whether this candidate may sign lists for the path that is judged; none where that one has no
    /// anchor.
    fn standing(
        &self,
        signer: usize,
        candidates: &Candidates,
        examined: &Examined<'_>,
        examination: &Examination<'_>,
    ) -> Option<Standing> {
        let certificate = &candidates.get(signer).certificate;
        let path = examination.path;
        let above = &path.links[examined.position + 1..];
        if above.iter().any(|link| link.certificate == *certificate) && may_sign_lists(certificate)
        {
            return Some(Standing::Valid(Arc::default())); // they are judged with the path
        }
        let anchor = path.is_complete().then(|| candidates.holder(&path.last().certificate))??;
        let key = (signer, anchor);
        let known = self.signers.borrow_mut().among(candidates).get(&key).cloned();
        let standing = known.unwrap_or_else(|| {
            let found = self.judge_signer(signer, anchor, candidates, examination);
            self.signers.borrow_mut().among(candidates).insert(key, found.clone());
            found
        });
        let own = candidates.holder(examined.certificate);
        Some(match standing {
            Standing::Valid(through) if own.is_some_and(|own| through.contains(&own)) => {
                let fact = format!("its own path leads through {}", examined.title());
                Standing::Invalid(signed_and(certificate, &fact))
            }
            other => other,
        })
    }

    /// Validates the path from one whose keyUsage allows cRLSign to an anchor, by section 6.1. Whether
    /// certificates of that path are revoked, only lists say that their own issuers signed: so it ends,
    /// and no list speaks for who signed it.
    fn judge_signer(
        &self,
        signer: usize,
        anchor: usize,
        candidates: &Candidates,
        examination: &Examination<'_>,
    ) -> Standing {
        let certificate = &candidates.get(signer).certificate;
        if !may_sign_lists(certificate) {
            let why = signed_and(certificate, "its key usage does not allow cRLSign");
            return Standing::Invalid(why);
        }
        if !spend(&self.signatures) {
            return Standing::Unsought;
        }
        let criteria = examination.criteria.of_signer();
        let judge = Judge::new(&criteria, self, None);
        let (path, mut findings) = candidates.path_to(signer, anchor, &judge);
        findings.retain(|finding| finding.severity == Severity::Error);
        findings.sort_by_key(Finding::rank);
        let is_bound = |finding: &Finding| finding.code == Code::LIMIT_EXCEEDED;
        if path.exhausted || findings.iter().any(is_bound) {
            return Standing::Unsought;
        }
        let why = if !path.is_complete() {
            elsewhere(&candidates.path(certificate, Some(criteria.at)))
        } else if let Some(finding) = findings.first() {
            format!("is not valid: {}", finding.message)
        } else {
            let links = path.links.iter();
            let through = links.filter_map(|link| candidates.holder(&link.certificate));
            return Standing::Valid(through.collect());
        };
        Standing::Invalid(signed_and(certificate, &why))
    }
}

impl Signers {
    /// What is known among these candidates; what was known among others does not count.
    fn among(&mut self, candidates: &Candidates) -> &mut HashMap<(usize, usize), Standing> {
        let state = candidates.work().state();
        if !Arc::ptr_eq(&self.state, state) {
            *self = Self { state: Arc::clone(state), standings: HashMap::new() };
        }
        &mut self.standings
    }
}

/// Where a path leads that does not lead to the anchor.
fn elsewhere(path: &Path) -> String {
    match &path.end {
        End::Incomplete(missing) => format!("leads to no anchor: {missing}"),
        End::Trusted | End::SelfSigned => {
            format!("leads to another anchor, {}", title(&path.last().certificate))
        }
    }
}

fn signed_and(signer: &Certificate, fact: &str) -> String {
    format!("{} signed it, and {fact}", named(signer))
}

/// A signer in messages; the subject is that of the CA, and says nothing.
pub(in crate::chain) fn named(signer: &Certificate) -> String {
    format!("the certificate with serial number {} from {}", signer.serial_hex(), signer.issuer())
}

#[cfg(test)]
mod tests {
    use super::Revocation;
    use crate::chain::candidates::{Candidates, Source};
    use crate::chain::criteria::Criteria;
    use crate::chain::finding::Severity;
    use crate::chain::revocation::tests::empty_list;
    use crate::chain::validate::{Validation, validate_with};
    use crate::code::Code;
    use crate::limits;
    use crate::model::certificate::Certificate;
    use crate::model::crl::RevocationList;
    use rcgen::{BasicConstraints, CertificateParams, DnType};
    use rcgen::{IsCa, Issuer, KeyPair, KeyUsagePurpose};
    use time::macros::datetime;

    type Ca = Issuer<'static, KeyPair>;

    fn named(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    fn issue(by: &Ca, params: CertificateParams) -> (Ca, Certificate) {
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, by).unwrap();
        (Ca::new(params, key), Certificate::from_der(made.der()).unwrap())
    }

    /// A CA with so many keys for lists, so many lists of each, and so many leaves.
    struct Crowd {
        candidates: Candidates,
        lists: Vec<RevocationList>,
        leaves: Vec<Certificate>,
    }

    impl Crowd {
        fn new(signers: usize, lists: usize, leaves: usize) -> Self {
            let mut params = named("root");
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            let root = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
            let by = Ca::new(params.clone(), key);
            let mut candidates = Candidates::new();
            candidates.add(&root, Source::Trusted);
            params.distinguished_name = named("ca").distinguished_name;
            let (ca, certificate) = issue(&by, params);
            candidates.add(&certificate, Source::Presented);
            let mut made = Vec::new();
            for _ in 0..signers {
                let mut params = named("ca");
                params.key_usages = vec![KeyUsagePurpose::CrlSign];
                let (signer, certificate) = issue(&by, params);
                candidates.add(&certificate, Source::Presented);
                made.extend((0..lists).map(|_| empty_list(&signer)));
            }
            let leaves = (0..leaves).map(|_| issue(&ca, named("leaf")).1).collect();
            Self { candidates, lists: made, leaves }
        }

        fn validate(&self, leaf: usize, revocation: &Revocation<'_>) -> Validation {
            let criteria = Criteria::new(datetime!(2026-06-01 0:00 UTC)).crls(&self.lists);
            let leaf = &self.leaves[leaf];
            validate_with(leaf, &self.candidates, &criteria, revocation, Severity::Error)
        }
    }

    #[test]
    fn path_of_a_signer_is_validated_once_for_all_certificates() {
        let (signers, lists) = (3, 2);
        let crowd = Crowd::new(signers, lists, 3);
        let revocation = Revocation::new(&crowd.lists);
        let before = revocation.signatures.get();
        for leaf in 0..3 {
            let validation = crowd.validate(leaf, &revocation);
            assert!(validation.is_valid());
            let named = validation.findings.iter().filter(|one| one.code == Code::CRL_SIGNER);
            assert_eq!(named.count(), signers);
            // Each list with the key of the CA, each list with the keys of signers until one fits, each
            // signer's path.
            let fitting = lists * (1 + 2 + 3);
            assert_eq!(before - revocation.signatures.get(), signers * lists + fitting + signers);
        }
    }

    #[test]
    fn signers_are_tried_within_the_bounds() {
        let crowd = Crowd::new(8, 2, 2);
        let revocation = Revocation::new(&crowd.lists);
        revocation.signatures.set(8 * 2 + 5);
        for leaf in 0..2 {
            let validation = crowd.validate(leaf, &revocation);
            let headline = validation.headline().unwrap();
            assert_eq!(headline.code, Code::LIMIT_EXCEEDED);
            let allowed = limits::PATH_SIGNATURES + limits::SIGNATURES_EACH * 8 * 2;
            assert_eq!(headline.evidence["signatures"], allowed);
            assert_eq!(revocation.signatures.get(), 0);
        }
        revocation.signatures.set(limits::PATH_SIGNATURES);
        revocation.looks.set(10);
        assert_eq!(crowd.validate(0, &revocation).headline().unwrap().code, Code::LIMIT_EXCEEDED);
    }
}
