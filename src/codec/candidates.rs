//! The certificates of a file by what they are looked up by, so that no lookup walks over all of
//! them: a file with thousands of keys and certificates of one name is read in linear time.

use crate::codec::CodecError;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::key::PublicKey;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

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

/// The certificates of a file, by position.
pub(in crate::codec) struct Candidates<'b> {
    by_position: BTreeMap<usize, Candidate<'b>>,
    by_id: HashMap<&'b [u8], Queue>,
    keys: Option<Keys<'b>>,
    subjects: Option<Subjects>,
    /// What [`Candidates::issuers`] found, by where it began: thousands of keys have the same issuer.
    walks: HashMap<Groups, Rc<[usize]>>,
    /// How many links the file may still have.
    room: usize,
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
        Self {
            by_position,
            by_id,
            keys: None,
            subjects: None,
            walks: HashMap::new(),
            room: limits::CHAIN_LINKS,
        }
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
        let Some(candidate) = self.by_position.get(&leaf) else { return Vec::new() };
        let subjects = self.subjects.get_or_insert_with(|| Subjects::of(&self.by_position));
        let start = subjects.issuers(&candidate.certificate);
        let walk =
            self.walks.entry(start).or_insert_with(|| subjects.walk(start, &self.by_position));
        let issuers = walk.iter().copied().filter(|issuer| *issuer != leaf);
        issuers.take(limits::CHAIN_CERTIFICATES).collect()
    }

    /// Takes the links of one chain off what the file may still have.
    ///
    /// # Errors
    ///
    /// [`CodecError::Limit`] when all chains together pass [`limits::CHAIN_LINKS`].
    pub(in crate::codec) fn spend(&mut self, links: usize) -> Result<(), CodecError> {
        self.room = self.room.checked_sub(links).ok_or(CodecError::Limit {
            limit: "certificates in the chains of a file",
            found: (limits::CHAIN_LINKS - self.room + links) as u64,
            allowed: limits::CHAIN_LINKS as u64,
        })?;
        Ok(())
    }
}

impl<'b> Keys<'b> {
    fn of(candidates: &BTreeMap<usize, Candidate<'b>>) -> Self {
        let mut keys = Self { any: HashMap::new(), with_id: HashMap::new() };
        for (&position, candidate) in candidates.iter().filter(|(_, one)| !one.trusted) {
            let bits = candidate.certificate.public_key().key_bits().to_vec();
            let with_id = (bits.clone(), candidate.local_key_id);
            keys.with_id.entry(with_id).or_default().positions.push(position);
            keys.any.entry(bits).or_default().positions.push(position);
        }
        keys
    }
}

/// Certificates in groups of those that are issuers of the same: by subject, and by what they say of
/// their key.
struct Subjects {
    by_name: HashMap<Vec<u8>, Namesakes>,
    /// The positions of each group, in the order of the file.
    groups: Vec<Vec<usize>>,
}

/// The groups of one subject, by number.
struct Namesakes {
    all: usize,
    identified: HashMap<Vec<u8>, usize>,
    anonymous: usize,
}

/// One or two groups.
type Groups = [Option<usize>; 2];

impl Subjects {
    fn of(candidates: &BTreeMap<usize, Candidate<'_>>) -> Self {
        let (mut by_name, mut groups) = (HashMap::new(), Vec::new());
        let new_group = |groups: &mut Vec<Vec<usize>>| {
            groups.push(Vec::new());
            groups.len() - 1
        };
        for (&position, Candidate { certificate, .. }) in candidates {
            let name = certificate.subject_der().to_vec();
            let namesakes = by_name.entry(name).or_insert_with(|| Namesakes {
                all: new_group(&mut groups),
                identified: HashMap::new(),
                anonymous: new_group(&mut groups),
            });
            groups[namesakes.all].push(position);
            let group = match certificate.subject_key_identifier() {
                Some(id) => *namesakes
                    .identified
                    .entry(id.to_vec())
                    .or_insert_with(|| new_group(&mut groups)),
                None => namesakes.anonymous,
            };
            groups[group].push(position);
        }
        Self { by_name, groups }
    }

    /// The groups of those that can be issuers of the certificate: key identifiers that are stated on
    /// both sides must not contradict.
    fn issuers(&self, child: &Certificate) -> Groups {
        let Some(namesakes) = self.by_name.get(child.issuer_der()) else { return [None; 2] };
        match child.authority_key_identifier() {
            None => [Some(namesakes.all), None],
            Some(id) => [namesakes.identified.get(id).copied(), Some(namesakes.anonymous)],
        }
    }

    /// Everything that is reached from these groups. No group is gone through twice.
    fn walk(&self, start: Groups, candidates: &BTreeMap<usize, Candidate<'_>>) -> Rc<[usize]> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let (mut waiting, mut visited) = (VecDeque::from([start]), HashSet::new());
        while let Some(groups) = waiting.pop_front() {
            for group in groups.into_iter().flatten().filter(|group| visited.insert(*group)) {
                for &issuer in &self.groups[group] {
                    // One more, which may be the one whose issuers they are.
                    if found.len() > limits::CHAIN_CERTIFICATES {
                        return found.into();
                    }
                    if seen.insert(issuer) {
                        found.push(issuer);
                        waiting.push_back(self.issuers(&candidates[&issuer].certificate));
                    }
                }
            }
        }
        found.into()
    }
}
