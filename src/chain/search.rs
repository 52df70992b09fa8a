//! Finding the path from a certificate to an anchor.

mod issuers;

use crate::chain::candidates::{Candidates, Source};
use crate::chain::finding::{Finding, Severity};
use crate::chain::judge::{self, Judge};
use crate::chain::missing::MissingIssuer;
use crate::chain::path::{End, Link, Path, Signature};
use crate::chain::rules::{is_expired, is_not_yet_valid, may_issue};
use crate::limits;
use crate::model::certificate::Certificate;
use issuers::Issuers;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
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
        Search::new(self, at, None).run(leaf).0
    }

    /// The path that the rules have least against, with what they have: as [`Self::path`], and
    /// where that one has errors, further ones are tried, [`limits::PATHS`] at most.
    pub(in crate::chain) fn judged_path(
        &self,
        leaf: &Certificate,
        judge: &Judge<'_>,
    ) -> (Path, Vec<Finding>) {
        Search::new(self, Some(judge.criteria.at), Some(judge)).run(leaf)
    }

    /// The same from a candidate to the holder of an anchor: nobody else ends the path, and it is
    /// incomplete where it does not lead there.
    pub(in crate::chain) fn path_to(
        &self,
        leaf: usize,
        anchor: usize,
        judge: &Judge<'_>,
    ) -> (Path, Vec<Finding>) {
        let mut search = Search::new(self, Some(judge.criteria.at), Some(judge));
        search.anchor = Some(anchor);
        search.run(&self.get(leaf).certificate)
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

impl From<Rank> for End {
    /// Of a complete path: what is missing of another one is found out when it is chosen.
    fn from(rank: Rank) -> Self {
        if rank == Rank::Trusted { Self::Trusted } else { Self::SelfSigned }
    }
}

/// A step at which a path may end.
struct Ending {
    rank: Rank,
    step: usize,
    self_issued: bool,
    errors: usize,
    warnings: usize,
    length: usize,
    /// What the rules found; none where they were not asked.
    findings: Option<Vec<Finding>>,
}

impl Ending {
    /// Greater is better.
    fn order(&self) -> impl Ord + use<> {
        // The longest of the broken paths says most; of the others the shortest is enough.
        let broken_length = if self.rank == Rank::Incomplete { self.length } else { 0 };
        let against = Reverse((self.errors, self.warnings));
        (self.rank, broken_length, against, self.self_issued, Reverse(self.length))
    }
}

/// A step that waits for its turn; less comes first. Every certificate has its turn before one has
/// another on a second way, so that what can be reached is reached before the alternatives multiply.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    round: usize,
    cost: Cost,
    /// Of equals, anchors come first: they end the path.
    waits_for_anchor: bool,
    not_after: Reverse<OffsetDateTime>,
    step: usize,
}

struct Search<'a> {
    candidates: &'a Candidates,
    at: Option<OffsetDateTime>,
    judge: Option<&'a Judge<'a>>,
    /// The holder of the only anchor that counts, if one alone does.
    anchor: Option<usize>,
    steps: Vec<Step>,
    issuers: Issuers<'a>,
    paths: usize,
    exhausted: bool,
}

impl<'a> Search<'a> {
    fn new(
        candidates: &'a Candidates,
        at: Option<OffsetDateTime>,
        judge: Option<&'a Judge<'a>>,
    ) -> Self {
        Self {
            candidates,
            at,
            judge,
            anchor: None,
            steps: Vec::new(),
            issuers: Issuers::new(candidates),
            paths: limits::PATHS,
            exhausted: false,
        }
    }

    /// The best path, and what the rules found on it.
    fn run(mut self, leaf: &Certificate) -> (Path, Vec<Finding>) {
        let mut best = self.best(leaf);
        if let Some(judge) = self.judge
            && best.rank != Rank::Incomplete
            && best.findings.is_none()
        {
            // The bound was reached before its turn: nothing is handed out that nobody looked at.
            self.examine(&mut best, judge);
        }
        let links = self.links(best.step);
        let is_good = best.rank == Rank::Trusted && best.errors == 0;
        let exhausted = (self.exhausted || self.issuers.exhausted) && !is_good;
        if best.rank != Rank::Incomplete {
            let path = Path { links, end: best.rank.into(), exhausted };
            return (path, best.findings.unwrap_or_default());
        }
        let certificates: Vec<_> = links.iter().map(|link| &link.certificate).collect();
        let missing = MissingIssuer::of(self.candidates, &certificates, exhausted);
        let path = Path { links, end: End::Incomplete(Box::new(missing)), exhausted };
        let findings = self.judge.map(|judge| judge.findings(&path)).unwrap_or_default();
        (path, findings)
    }

    /// Visits certificates in the order of their cost (Dijkstra's algorithm); where the rules have
    /// something against the path that is found so, on other ways again.
    fn best(&mut self, leaf: &Certificate) -> Ending {
        let mut waiting = BinaryHeap::from([Reverse(self.begin(leaf))]);
        let mut visits: HashMap<Option<usize>, usize> = HashMap::new();
        let mut best = self.ending(0, Rank::Incomplete);
        let mut found = false;
        while let Some(Reverse(turn)) = waiting.pop() {
            let again = self.judge.is_some() && !found;
            let visits = visits.entry(self.steps[turn.step].index).or_default();
            if *visits > turn.round {
                if again && self.issuers.look() {
                    waiting.push(Reverse(Turn { round: *visits, ..turn }));
                }
                continue;
            }
            *visits += 1;
            let rank = self.rank(turn.step);
            let ending = self.ending(turn.step, rank);
            let is_good = rank == Rank::Trusted && ending.errors == 0;
            let is_last = is_good && ending.self_issued;
            found |= is_good;
            if ending.order() > best.order() {
                best = ending;
            }
            if is_last {
                break; // nothing better can follow: every later step costs as much or more
            }
            if rank == Rank::SelfSigned {
                continue;
            }
            if turn.cost.length + 1 >= limits::PATH_LENGTH {
                self.exhausted = true;
                continue;
            }
            let Step { certificate, index, .. } = &self.steps[turn.step];
            for (index, signature) in self.issuers.of(certificate, *index).iter() {
                if !self.is_on_path(*index, turn.step) {
                    waiting.push(Reverse(self.follow(*index, turn.step, signature.clone())));
                }
            }
        }
        best
    }

    /// The first step.
    fn begin(&mut self, leaf: &Certificate) -> Turn {
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
        self.turn(0)
    }

    fn follow(&mut self, index: usize, previous: usize, vouches: Signature) -> Turn {
        let step = self.step(index, previous, vouches);
        self.steps.push(step);
        self.turn(self.steps.len() - 1)
    }

    fn turn(&self, step: usize) -> Turn {
        let Step { cost, source, certificate, .. } = &self.steps[step];
        Turn {
            round: 0,
            cost: *cost,
            waits_for_anchor: !source.is_anchor(),
            not_after: Reverse(certificate.not_after()),
            step,
        }
    }

    /// What speaks against a path that ends here: the rules if they are asked, else what the search
    /// knows itself.
    fn ending(&mut self, step: usize, rank: Rank) -> Ending {
        let Step { certificate, cost, .. } = &self.steps[step];
        let mut ending = Ending {
            rank,
            step,
            self_issued: certificate.is_self_issued(),
            errors: cost.errors,
            warnings: cost.warnings,
            length: cost.length,
            findings: None,
        };
        let Some(judge) = self.judge.filter(|_| rank != Rank::Incomplete) else { return ending };
        if self.paths == 0 || judge.is_exhausted() {
            self.exhausted = true;
            ending.errors = usize::MAX; // nobody looked
            return ending;
        }
        self.paths -= 1;
        self.examine(&mut ending, judge);
        ending
    }

    /// Asks the rules about the complete path that ends here.
    fn examine(&self, ending: &mut Ending, judge: &Judge<'_>) {
        let links = self.links(ending.step);
        let path = Path { links, end: ending.rank.into(), exhausted: false };
        let findings = judge.findings(&path);
        ending.errors = judge::count(&findings, Severity::Error);
        ending.warnings = judge::count(&findings, Severity::Warning);
        ending.findings = Some(findings);
    }

    /// Whether the path up to this step holds the subject and key of the candidate already. A path
    /// that comes back to them is longer than one that leaves out what lies between, and no better.
    fn is_on_path(&self, index: usize, step: usize) -> bool {
        let holder = self.candidates.get(index).holder;
        let mut next = Some(step);
        while let Some(Step { index: earlier, previous, .. }) = next.map(|step| &self.steps[step]) {
            let is_leaf = previous.is_none();
            // The leaf has issued nothing here: a CA may have its name and key.
            let is_same = *earlier == Some(index)
                || !is_leaf && earlier.is_some_and(|one| self.candidates.get(one).holder == holder);
            if is_same {
                return true;
            }
            next = *previous;
        }
        false
    }

    /// What a path would be that ends at this step.
    fn rank(&mut self, step: usize) -> Rank {
        let Step { certificate, source, previous, index, .. } = &self.steps[step];
        if let Some(anchor) = self.anchor {
            let is_there = index.is_some_and(|index| self.candidates.get(index).holder == anchor);
            return if is_there { Rank::Trusted } else { Rank::Incomplete };
        }
        let self_issued = certificate.is_self_issued();
        if source.is_anchor() && (previous.is_some() || self_issued) {
            return Rank::Trusted;
        }
        if !self_issued {
            return Rank::Incomplete;
        }
        let signed = self.issuers.is_self_signed(certificate, *index);
        if signed { Rank::SelfSigned } else { Rank::Incomplete }
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
