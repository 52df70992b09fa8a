//! Who issued a certificate.

use crate::chain::candidates::{Candidates, agreement};
use crate::chain::path::Signature;
use crate::chain::work::Verdict;
use crate::crypto::sign::{self, VerifyError};
use crate::limits;
use crate::model::certificate::Certificate;
use std::collections::HashMap;
use std::rc::Rc;

/// Candidates, with what their keys say of a signature.
pub(super) type Found = Rc<[(usize, Signature)]>;

/// Who issued which certificate: found out once, because it does not depend on the path, and within a
/// budget of signatures and looks.
pub(super) struct Issuers<'a> {
    candidates: &'a Candidates,
    found: HashMap<Option<usize>, Found>,
    self_signed: HashMap<Option<usize>, bool>,
    signatures: usize,
    looks: usize,
    /// Whether the budget has cut something short.
    pub(super) exhausted: bool,
}

impl<'a> Issuers<'a> {
    pub(super) fn new(candidates: &'a Candidates) -> Self {
        Self {
            candidates,
            found: HashMap::new(),
            self_signed: HashMap::new(),
            signatures: limits::PATH_SIGNATURES,
            looks: limits::PATH_CANDIDATES,
            exhausted: false,
        }
    }

    /// Whether the certificate's own key made its signature, or may have.
    pub(super) fn is_self_signed(
        &mut self,
        certificate: &Certificate,
        index: Option<usize>,
    ) -> bool {
        if let Some(known) = self.self_signed.get(&index) {
            return *known;
        }
        let holder = index.map(|index| self.candidates.get(index).holder);
        let signed = self.verify(certificate, index.zip(holder), certificate).is_some();
        self.self_signed.insert(index, signed);
        signed
    }

    /// The candidates that issued the certificate; `index` is its own among them, if it has one. A key identifier is a hint (RFC
    /// 5280 section 6 does not look at it): those that contradict it are tried only when no other
    /// fits, and count only with a valid signature.
    pub(super) fn of(&mut self, certificate: &Certificate, index: Option<usize>) -> Found {
        if let Some(known) = self.found.get(&index) {
            return Rc::clone(known);
        }
        let wanted = certificate.authority_key_identifier();
        let (mut agreeing, mut silent, mut contradicting) = (Vec::new(), Vec::new(), Vec::new());
        let candidates = self.candidates;
        if self.looks == 0 {
            self.exhausted = true;
            return Rc::from([]);
        }
        let issuer = certificate.issuer();
        for &index in candidates.namesakes(&issuer) {
            if !self.look() {
                break;
            }
            if !candidates.is_named(index, &issuer) {
                continue;
            }
            match agreement(wanted, candidates.get(index).key_identifier.as_deref()) {
                Some(true) => agreeing.push(index),
                None => silent.push(index),
                Some(false) => contradicting.push(index),
            }
        }
        agreeing.append(&mut silent);
        let mut found = self.fitting(certificate, index, &agreeing);
        if found.is_empty() {
            found = self.fitting(certificate, index, &contradicting);
            found.retain(|(_, signature)| *signature == Signature::Valid);
        }
        let found: Found = found.into();
        self.found.insert(index, Rc::clone(&found));
        found
    }

    /// Those whose key made the signature; each key is tried once.
    fn fitting(
        &mut self,
        certificate: &Certificate,
        own: Option<usize>,
        indices: &[usize],
    ) -> Vec<(usize, Signature)> {
        let mut tried: HashMap<usize, Option<Signature>> = HashMap::new();
        let mut found = Vec::new();
        for &index in indices {
            let candidate = self.candidates.get(index);
            let verdict = if let Some(known) = tried.get(&candidate.holder) {
                known.clone()
            } else {
                let pair = own.map(|own| (own, candidate.holder));
                let verdict = self.verify(certificate, pair, &candidate.certificate);
                tried.insert(candidate.holder, verdict.clone());
                verdict
            };
            found.extend(verdict.map(|signature| (index, signature)));
        }
        found
    }

    /// What the issuer's key says of the certificate's signature; `None` when it does not fit or
    /// the budget is spent.
    fn verify(
        &mut self,
        certificate: &Certificate,
        pair: Option<(usize, usize)>,
        issuer: &Certificate,
    ) -> Verdict {
        let work = self.candidates.work();
        if let Some(known) = pair.and_then(|(own, holder)| work.known(own, holder)) {
            return known;
        }
        if self.signatures == 0 || !work.verify(self.candidates.len()) {
            self.exhausted = true;
            return None;
        }
        self.signatures -= 1;
        let verdict = sign::verify(
            certificate.signature_algorithm_der(),
            &issuer.public_key(),
            certificate.tbs_der(),
            certificate.signature(),
        );
        let verdict = match verdict {
            Ok(()) => Some(Signature::Valid),
            Err(VerifyError::Unsupported { algorithm }) => {
                Some(Signature::Unsupported { algorithm })
            }
            Err(VerifyError::Invalid) => None,
        };
        if let Some((own, holder)) = pair {
            work.learn(own, holder, &verdict);
        }
        verdict
    }

    /// Spends one look at a candidate, if there is one left.
    pub(super) fn look(&mut self) -> bool {
        let has_one = self.looks > 0 && self.candidates.work().look(self.candidates.len());
        self.looks -= usize::from(has_one);
        self.exhausted |= !has_one;
        has_one
    }
}
