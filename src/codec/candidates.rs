//! The certificates of a file by what they are looked up by, so that no lookup walks over all of
//! them: a file with thousands of keys and certificates of one name is read in linear time.

use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::key::PublicKey;
use std::collections::{HashMap, HashSet, VecDeque};

/// A certificate as a candidate for a key or for a chain.
pub(in crate::codec) struct Candidate<'b> {
    pub(in crate::codec) certificate: Certificate,
    /// What the file says to tell whose certificate it is.
    pub(in crate::codec) local_key_id: Option<&'b [u8]>,
    /// Whether the file says that it is trusted: it is then an entry of its own.
    pub(in crate::codec) trusted: bool,
}

/// Positions that are handed out one after the other.
#[derive(Default)]
struct Queue {
    positions: Vec<usize>,
    next: usize,
}

impl Queue {
    /// The first position that is not taken. What is taken once stays so, and is not asked again.
    fn first_free(&mut self, taken: &HashMap<usize, usize>) -> Option<usize> {
        while let Some(position) = self.positions.get(self.next) {
            if !taken.contains_key(position) {
                return Some(*position);
            }
            self.next += 1;
        }
        None
    }
}

/// The certificates of one subject, by their subject key identifier.
#[derive(Default)]
struct Namesakes {
    all: Vec<usize>,
    identified: HashMap<Vec<u8>, Vec<usize>>,
    anonymous: Vec<usize>,
}

/// The certificates of a file, by position.
pub(in crate::codec) struct Candidates<'b> {
    by_position: HashMap<usize, Candidate<'b>>,
    by_id: HashMap<&'b [u8], Queue>,
    keys: Option<Keys<'b>>,
    subjects: Option<HashMap<Vec<u8>, Namesakes>>,
}

/// Certificates by the bits of their public key, alone and with their localKeyID.
struct Keys<'b> {
    any: HashMap<Vec<u8>, Queue>,
    with_id: HashMap<(Vec<u8>, Option<&'b [u8]>), Queue>,
}

impl<'b> Candidates<'b> {
    pub(in crate::codec) fn new(certificates: Vec<(usize, Candidate<'b>)>) -> Self {
        let mut by_id: HashMap<&[u8], Queue> = HashMap::new();
        for (position, candidate) in certificates.iter().filter(|(_, one)| !one.trusted) {
            if let Some(id) = candidate.local_key_id {
                by_id.entry(id).or_default().positions.push(*position);
            }
        }
        let by_position = certificates.into_iter().collect();
        Self { by_position, by_id, keys: None, subjects: None }
    }

    pub(in crate::codec) fn get(&self, position: usize) -> Option<&Candidate<'b>> {
        self.by_position.get(&position)
    }

    /// The certificate with this localKeyID, if there is exactly one and it is free.
    pub(in crate::codec) fn only_with_id(
        &self,
        id: &[u8],
        taken: &HashMap<usize, usize>,
    ) -> Option<usize> {
        match self.by_id.get(id)?.positions[..] {
            [only] if !taken.contains_key(&only) => Some(only),
            _ => None,
        }
    }

    /// The first free certificate with this localKeyID.
    pub(in crate::codec) fn first_with_id(
        &mut self,
        id: &[u8],
        taken: &HashMap<usize, usize>,
    ) -> Option<usize> {
        self.by_id.get_mut(id)?.first_free(taken)
    }

    /// The first free certificate of this public key, of those with this localKeyID first.
    pub(in crate::codec) fn first_with_key(
        &mut self,
        public: &PublicKey,
        id: Option<&'b [u8]>,
        taken: &HashMap<usize, usize>,
    ) -> Option<usize> {
        let keys = self.keys.get_or_insert_with(|| Keys::of(&self.by_position));
        let bits = public.key_bits().to_vec();
        let found = id
            .and_then(|id| keys.with_id.get_mut(&(bits.clone(), Some(id)))?.first_free(taken))
            .or_else(|| keys.any.get_mut(&bits)?.first_free(taken))?;
        // Equal bits under another algorithm are another key.
        let candidate = self.by_position.get(&found)?;
        (candidate.certificate.public_key() == *public).then_some(found)
    }

    /// The certificates that can be issuers of this one, of its issuers, and so on, nearest first.
    /// All of them, not one path: of two CAs that cross-sign each other both are found. The search
    /// ends at [`limits::CHAIN_CERTIFICATES`].
    pub(in crate::codec) fn issuers(&mut self, leaf: usize) -> Vec<usize> {
        let by_position = &self.by_position;
        let subjects = self.subjects.get_or_insert_with(|| index_subjects(by_position));
        let mut found = Vec::new();
        let mut seen = HashSet::from([leaf]);
        let mut waiting = VecDeque::from([leaf]);
        while let Some(child) = waiting.pop_front().and_then(|next| by_position.get(&next)) {
            let child = &child.certificate;
            if let Some(namesakes) = subjects.get(child.issuer_der()) {
                // Key identifiers that are stated on both sides must not contradict.
                let issuers: [&[usize]; 2] = match child.authority_key_identifier() {
                    None => [&namesakes.all, &[]],
                    Some(id) => [
                        namesakes.identified.get(id).map_or(&[], Vec::as_slice),
                        &namesakes.anonymous,
                    ],
                };
                for &issuer in issuers.into_iter().flatten() {
                    if found.len() >= limits::CHAIN_CERTIFICATES {
                        return found;
                    }
                    if seen.insert(issuer) {
                        found.push(issuer);
                        waiting.push_back(issuer);
                    }
                }
            }
        }
        found
    }
}

impl<'b> Keys<'b> {
    fn of(candidates: &HashMap<usize, Candidate<'b>>) -> Self {
        let mut keys = Self { any: HashMap::new(), with_id: HashMap::new() };
        for (position, candidate) in sorted(candidates).filter(|(_, one)| !one.trusted) {
            let bits = candidate.certificate.public_key().key_bits().to_vec();
            let with_id = (bits.clone(), candidate.local_key_id);
            keys.with_id.entry(with_id).or_default().positions.push(position);
            keys.any.entry(bits).or_default().positions.push(position);
        }
        keys
    }
}

fn index_subjects(candidates: &HashMap<usize, Candidate<'_>>) -> HashMap<Vec<u8>, Namesakes> {
    let mut subjects: HashMap<Vec<u8>, Namesakes> = HashMap::new();
    for (position, candidate) in sorted(candidates) {
        let certificate = &candidate.certificate;
        let namesakes = subjects.entry(certificate.subject_der().to_vec()).or_default();
        namesakes.all.push(position);
        match certificate.subject_key_identifier() {
            Some(id) => namesakes.identified.entry(id.to_vec()).or_default().push(position),
            None => namesakes.anonymous.push(position),
        }
    }
    subjects
}

/// In the order of the file.
fn sorted<'c, 'b>(
    candidates: &'c HashMap<usize, Candidate<'b>>,
) -> impl Iterator<Item = (usize, &'c Candidate<'b>)> {
    let mut positions: Vec<usize> = candidates.keys().copied().collect();
    positions.sort_unstable();
    positions.into_iter().map(|position| (position, &candidates[&position]))
}
