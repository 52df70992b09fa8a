//! Who issued a certificate.

use crate::chain::candidates::{Candidates, agreement};
use crate::chain::path::Signature;
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
        let signed = self.verify(certificate, certificate).is_some();
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
        for index in candidates.named(&certificate.issuer()) {
            if !self.look() {
                break;
            }
            match agreement(wanted, candidates.get(index).key_identifier.as_deref()) {
                Some(true) => agreeing.push(index),
                None => silent.push(index),
                Some(false) => contradicting.push(index),
            }
        }
        agreeing.append(&mut silent);
        let mut found = self.fitting(certificate, &agreeing);
        if found.is_empty() {
            found = self.fitting(certificate, &contradicting);
            found.retain(|(_, signature)| *signature == Signature::Valid);
        }
        let found: Found = found.into();
        self.found.insert(index, Rc::clone(&found));
        found
    }

    /// Those whose key made the signature; each key is tried once.
    fn fitting(&mut self, certificate: &Certificate, indices: &[usize]) -> Vec<(usize, Signature)> {
        let mut tried: HashMap<usize, Option<Signature>> = HashMap::new();
        let mut found = Vec::new();
        for &index in indices {
            let candidate = self.candidates.get(index);
            let verdict = if let Some(known) = tried.get(&candidate.holder) {
                known.clone()
            } else {
                if self.signatures == 0 {
                    self.exhausted = true;
                    break;
                }
                let verdict = self.verify(certificate, &candidate.certificate);
                tried.insert(candidate.holder, verdict.clone());
                verdict
            };
            found.extend(verdict.map(|signature| (index, signature)));
        }
        found
    }

    /// What the issuer's key says of the certificate's signature; `None` when it does not fit or
    /// the budget is spent.
    fn verify(&mut self, certificate: &Certificate, issuer: &Certificate) -> Option<Signature> {
        let Some(left) = self.signatures.checked_sub(1) else {
            self.exhausted = true;
            return None;
        };
        self.signatures = left;
        let verdict = sign::verify(
            certificate.signature_algorithm_der(),
            &issuer.public_key(),
            certificate.tbs_der(),
            certificate.signature(),
        );
        match verdict {
            Ok(()) => Some(Signature::Valid),
            Err(VerifyError::Unsupported { algorithm }) => {
                Some(Signature::Unsupported { algorithm })
            }
            Err(VerifyError::Invalid) => None,
        }
    }

    /// Spends one look at a candidate, if there is one left.
    pub(super) fn look(&mut self) -> bool {
        let left = self.looks.checked_sub(1);
        self.looks = left.unwrap_or(0);
        self.exhausted |= left.is_none();
        left.is_some()
    }
}
