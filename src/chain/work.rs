//! The work that all searches among the same certificates share.

use crate::chain::path::Signature;
use crate::limits;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// What a key says of a signature; nothing where it did not make it.
pub(in crate::chain) type Verdict = Option<Signature>;

/// The work that was done so far, and which keys were tried on which signatures. A file with a thousand
/// leaves asks for a thousand searches: each has a bound of its own, and all of them have one that grows
/// with the number of certificates and not with its square.
#[derive(Clone, Debug, Default)]
pub(in crate::chain) struct Work {
    signatures: Cell<usize>,
    looks: Cell<usize>,
    /// By the certificate and by the holder of the key.
    verdicts: RefCell<HashMap<(usize, usize), Verdict>>,
    /// Another one for other candidates, so that who remembers what was found among some does not
    /// take it for found among others.
    state: Arc<()>,
}

impl Work {
    /// Spends one signature, if the searches among so many certificates have one left.
    pub(in crate::chain) fn verify(&self, certificates: usize) -> bool {
        let allowed = limits::PATH_SIGNATURES + limits::SIGNATURES_EACH * certificates;
        spend(&self.signatures, allowed)
    }

    /// Spends one look at a candidate, if there is one left.
    pub(in crate::chain) fn look(&self, certificates: usize) -> bool {
        let allowed = limits::PATH_CANDIDATES + limits::LOOKS_EACH * certificates;
        spend(&self.looks, allowed)
    }

    /// What the candidates are, as a token.
    pub(in crate::chain) fn state(&self) -> &Arc<()> {
        &self.state
    }

    /// The candidates are others now.
    pub(in crate::chain) fn renew_state(&mut self) {
        Arc::make_mut(&mut self.state); // a new one where somebody has kept the old one
    }

    /// What is known of a signature.
    pub(in crate::chain) fn known(&self, certificate: usize, holder: usize) -> Option<Verdict> {
        self.verdicts.borrow().get(&(certificate, holder)).cloned()
    }

    pub(in crate::chain) fn learn(&self, certificate: usize, holder: usize, verdict: &Verdict) {
        self.verdicts.borrow_mut().insert((certificate, holder), verdict.clone());
    }

    /// How many signatures were verified.
    #[cfg(test)]
    pub(in crate::chain) fn signatures(&self) -> usize {
        self.signatures.get()
    }

    /// How many candidates were looked at.
    #[cfg(test)]
    pub(in crate::chain) fn looks(&self) -> usize {
        self.looks.get()
    }
}

fn spend(spent: &Cell<usize>, allowed: usize) -> bool {
    let has_one = spent.get() < allowed;
    spent.set(spent.get() + usize::from(has_one));
    has_one
}

#[cfg(test)]
mod tests {
    use crate::chain::candidates::{Candidates, Source};
    use crate::limits;
    use crate::model::certificate::Certificate;
    use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair};

    fn named(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    fn ca() -> CertifiedIssuer<'static, KeyPair> {
        CertifiedIssuer::self_signed(named("ca"), KeyPair::generate().unwrap()).unwrap()
    }

    /// So many leaves of a CA that is not there, among so many others of its name.
    fn crowd(cas: usize, leaves: usize) -> (Candidates, Vec<Certificate>) {
        let mut candidates = Candidates::new();
        for _ in 0..cas {
            let ca = Certificate::from_der(ca().der()).unwrap();
            candidates.add(&ca, Source::Trusted);
        }
        let issuer = ca();
        let leaves: Vec<_> = (0..leaves)
            .map(|number| {
                let key = KeyPair::generate().unwrap();
                let leaf = named(&format!("leaf {number}")).signed_by(&key, &issuer).unwrap();
                Certificate::from_der(leaf.der()).unwrap()
            })
            .collect();
        for leaf in &leaves {
            candidates.add(leaf, Source::Entry);
        }
        (candidates, leaves)
    }

    #[test]
    fn no_signature_is_verified_twice() {
        let (candidates, leaves) = crowd(5, 4);
        for _ in 0..3 {
            for leaf in &leaves {
                assert!(!candidates.path(leaf, None).exhausted);
            }
            assert_eq!(candidates.work().signatures(), 5 * 4);
        }
    }

    #[test]
    fn all_searches_together_have_one_bound() {
        let (candidates, leaves) = crowd(60, 40);
        let exhausted = leaves.iter().filter(|leaf| candidates.path(leaf, None).exhausted).count();
        let bound = limits::PATH_SIGNATURES + limits::SIGNATURES_EACH * 100;
        assert!(60 * 40 > bound);
        assert_eq!(candidates.work().signatures(), bound);
        assert!((1..40).contains(&exhausted), "{exhausted}");
    }

    #[test]
    fn certificates_of_one_name_and_key_cost_a_signature_each_and_bounded_looks() {
        const NUMBER: u16 = 400;
        let original = ca().der().to_vec();
        let mut candidates = Candidates::new();
        let altered: Vec<_> = (0..NUMBER)
            .map(|number| {
                let mut der = original.clone();
                let end = der.len() - 2;
                der[end..].copy_from_slice(&number.to_be_bytes());
                Certificate::from_der(&der).unwrap()
            })
            .collect();
        for one in &altered {
            candidates.add(one, Source::Presented);
        }
        for one in &altered {
            assert!(!candidates.path(one, None).is_complete());
        }
        let number = usize::from(NUMBER);
        assert_eq!(candidates.work().signatures(), number);
        let bound = limits::PATH_CANDIDATES + limits::LOOKS_EACH * number;
        assert!(number * number > bound && candidates.work().looks() <= bound);
    }
}
