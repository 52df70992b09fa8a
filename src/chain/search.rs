//! Finding the path from a certificate to an anchor.

use crate::chain::candidates::{Candidates, Source, agreement};
use crate::chain::missing::MissingIssuer;
use crate::chain::path::{End, Link, Path, Signature};
use crate::chain::rules::{is_expired, is_not_yet_valid, may_issue};
use crate::crypto::sign::{self, VerifyError};
use crate::limits;
use crate::model::certificate::Certificate;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use time::OffsetDateTime;

impl Candidates {
    /// The best path from `leaf`: one that ends in a trusted certificate, else one that ends in a
    /// self-signed certificate, else the longest. Among equals the one with the fewest expired
    /// certificates (at `at`, if given) and unfit issuers, then the shortest, then the one that is
    /// valid longest.
    ///
    /// `leaf` and all candidates may be hostile. The search visits each certificate once, so CAs
    /// that sign each other end it, and spends at most [`limits::PATH_SIGNATURES`] verifications.
    ///
    /// A trusted certificate does not vouch for itself as a leaf unless it is self-issued.
    #[must_use]
    pub fn path(&self, leaf: &Certificate, at: Option<OffsetDateTime>) -> Path {
        let mut search =
            Search { candidates: self, at, steps: Vec::new(), budget: limits::PATH_SIGNATURES };
        let (end, exhausted) = search.run(leaf);
        let links = search.links(end.step);
        let exhausted = exhausted && end.rank != Rank::Trusted;
        let end = match end.rank {
            Rank::Trusted => End::Trusted,
            Rank::SelfSigned => End::SelfSigned,
            Rank::Incomplete => {
                let path: Vec<_> = links.iter().map(|link| &link.certificate).collect();
                End::Incomplete(Box::new(MissingIssuer::of(self, &path, exhausted)))
            }
        };
        Path { links, end, exhausted }
    }

    /// Every certificate from `leaf` upwards, beyond a trusted intermediate too: what a server or a
    /// client would present, and the root where it is known.
    #[must_use]
    pub fn chain(&self, leaf: &Certificate) -> Vec<Certificate> {
        let path = self.path(leaf, None);
        let mut chain: Vec<_> = path.links.into_iter().map(|link| link.certificate).collect();
        if let (End::Trusted, Some(anchor)) = (path.end, chain.last().cloned())
            && !anchor.is_self_issued()
        {
            let beyond = self.path(&anchor, None).links.into_iter().skip(1);
            for certificate in beyond.map(|link| link.certificate) {
                if !chain.contains(&certificate) {
                    chain.push(certificate);
                }
            }
        }
        chain
    }
}

/// What speaks against a path; less is better, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    /// Issuers that make the path invalid: expired, or not allowed to issue.
    errors: usize,
    /// Links that weaken it: an expired anchor, a signature that nobody verified.
    warnings: usize,
    /// Certificates after the first.
    length: usize,
}

/// A certificate that was reached, and how.
struct Step {
    certificate: Certificate,
    /// Its index among the candidates; the leaf may have none.
    index: Option<usize>,
    source: Source,
    previous: Option<usize>,
    /// The signature of the previous step's certificate.
    vouches: Signature,
    cost: Cost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Incomplete,
    SelfSigned,
    Trusted,
}

/// A step at which a path may end.
#[derive(Clone, Copy)]
struct Ending {
    rank: Rank,
    step: usize,
    self_issued: bool,
    cost: Cost,
}

impl Ending {
    /// Greater is better.
    fn order(&self) -> impl Ord {
        let Cost { errors, warnings, length } = self.cost;
        // The longest of the broken paths says most; of the others the shortest is enough.
        let broken_length = if self.rank == Rank::Incomplete { length } else { 0 };
        (self.rank, broken_length, Reverse((errors, warnings)), self.self_issued, Reverse(length))
    }
}

struct Search<'a> {
    candidates: &'a Candidates,
    at: Option<OffsetDateTime>,
    steps: Vec<Step>,
    budget: usize,
}

impl Search<'_> {
    /// Visits certificates in the order of their cost (Dijkstra's algorithm), and gives the best
    /// ending and whether a bound was reached.
    fn run(&mut self, leaf: &Certificate) -> (Ending, bool) {
        let index = self.candidates.position(leaf);
        let source = index.map_or(Source::Presented, |index| self.candidates.get(index).source);
        self.steps.push(Step {
            certificate: leaf.clone(),
            index,
            source,
            previous: None,
            vouches: Signature::Unchecked,
            cost: Cost::default(),
        });
        let mut waiting =
            BinaryHeap::from([Reverse((Cost::default(), Reverse(leaf.not_after()), 0))]);
        let mut visited = HashSet::new();
        let mut exhausted = false;
        let mut best =
            Ending { rank: Rank::Incomplete, step: 0, self_issued: false, cost: Cost::default() };
        while let Some(Reverse((cost, _, step))) = waiting.pop() {
            if !visited.insert(self.steps[step].index) {
                continue;
            }
            let self_issued = self.steps[step].certificate.is_self_issued();
            let rank = self.rank(step);
            let ending = Ending { rank, step, self_issued, cost };
            if ending.order() > best.order() {
                best = ending;
            }
            match rank {
                // Nothing better can follow: every later step costs as much or more.
                Rank::Trusted if self_issued => break,
                Rank::SelfSigned => continue,
                Rank::Trusted | Rank::Incomplete => {}
            }
            if cost.length + 1 >= limits::PATH_LENGTH {
                exhausted = true;
                continue;
            }
            for (index, signature) in self.issuers(step) {
                if !visited.contains(&Some(index)) {
                    let issuer = self.step(index, step, signature);
                    waiting.push(Reverse((
                        issuer.cost,
                        Reverse(issuer.certificate.not_after()),
                        self.steps.len(),
                    )));
                    self.steps.push(issuer);
                }
            }
            if self.budget == 0 {
                exhausted = true;
            }
        }
        (best, exhausted)
    }

    /// What a path would be that ends at this step.
    fn rank(&mut self, step: usize) -> Rank {
        let Step { certificate, source, previous, .. } = &self.steps[step];
        let self_issued = certificate.is_self_issued();
        if source.is_anchor() && (previous.is_some() || self_issued) {
            return Rank::Trusted;
        }
        if !self_issued {
            return Rank::Incomplete;
        }
        let certificate = certificate.clone();
        match self.verify(&certificate, &certificate) {
            Some(Signature::Valid | Signature::Unsupported { .. }) => Rank::SelfSigned,
            Some(Signature::Unchecked) | None => Rank::Incomplete,
        }
    }

    /// The candidates that issued the certificate of this step. A key identifier is a hint (RFC
    /// 5280 section 6 does not look at it): those that contradict it are tried only when no other
    /// fits, and count only with a valid signature.
    fn issuers(&mut self, step: usize) -> Vec<(usize, Signature)> {
        let certificate = self.steps[step].certificate.clone();
        let wanted = certificate.authority_key_identifier();
        let (mut agreeing, mut silent, mut contradicting) = (Vec::new(), Vec::new(), Vec::new());
        for index in self.candidates.named(&certificate.issuer()) {
            match agreement(wanted, self.candidates.get(index).key_identifier.as_deref()) {
                Some(true) => agreeing.push(index),
                None => silent.push(index),
                Some(false) => contradicting.push(index),
            }
        }
        agreeing.append(&mut silent);
        let mut found = self.fitting(&certificate, &agreeing);
        if found.is_empty() {
            found = self.fitting(&certificate, &contradicting);
            found.retain(|(_, signature)| *signature == Signature::Valid);
        }
        found
    }

    /// Those whose key made the signature; each key is tried once.
    fn fitting(&mut self, certificate: &Certificate, indices: &[usize]) -> Vec<(usize, Signature)> {
        let mut tried: HashMap<Vec<u8>, Option<Signature>> = HashMap::new();
        let mut found = Vec::new();
        for &index in indices {
            let issuer = &self.candidates.get(index).certificate;
            let key = issuer.public_key();
            if !tried.contains_key(key.der()) {
                if self.budget == 0 {
                    break;
                }
                let verdict = self.verify(certificate, issuer);
                tried.insert(key.der().to_vec(), verdict);
            }
            if let Some(Some(signature)) = tried.get(key.der()) {
                found.push((index, signature.clone()));
            }
        }
        found
    }

    /// What the issuer's key says of the certificate's signature; `None` when it does not fit or
    /// the budget is spent.
    fn verify(&mut self, certificate: &Certificate, issuer: &Certificate) -> Option<Signature> {
        self.budget = self.budget.checked_sub(1)?;
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

    fn step(&self, index: usize, previous: usize, vouches: Signature) -> Step {
        let candidate = self.candidates.get(index);
        let certificate = candidate.certificate.clone();
        let trusted = candidate.source.is_anchor();
        let expired = self
            .at
            .is_some_and(|at| is_expired(&certificate, at) || is_not_yet_valid(&certificate, at));
        // An anchor is a name and a key; the rest of its certificate does not count.
        let mut cost = self.steps[previous].cost;
        cost.errors += usize::from(!trusted && expired);
        cost.errors += usize::from(!trusted && !may_issue(&certificate));
        cost.warnings += usize::from(trusted && expired);
        cost.warnings += usize::from(vouches != Signature::Valid);
        cost.length += 1;
        Step {
            certificate,
            index: Some(index),
            source: candidate.source,
            previous: Some(previous),
            vouches,
            cost,
        }
    }

    /// The links from the leaf to this step.
    fn links(&self, step: usize) -> Vec<Link> {
        let mut links = Vec::new();
        let mut signature = Signature::Unchecked;
        let mut next = Some(step);
        while let Some(Step { certificate, source, previous, vouches, .. }) =
            next.map(|step| &self.steps[step])
        {
            links.push(Link { certificate: certificate.clone(), source: *source, signature });
            signature = vouches.clone();
            next = *previous;
        }
        links.reverse();
        links
    }
}
