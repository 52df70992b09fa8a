//! The certificates among which issuers are looked for.

use crate::chain::work::Work;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryKind};
use crate::model::name::DistinguishedName;
use crate::model::wallet::Wallet;
use crate::parallel;
use std::collections::HashMap;
use std::hash::Hash;

/// Where a certificate of a path comes from; of several places the last one named here counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// It came with the question: a CA's reply, a server, a file.
    Presented,
    /// The wallet keeps it with a key.
    Entry,
    /// The trust store of the machine holds it.
    System,
    /// The wallet trusts it.
    Trusted,
}

impl Source {
    /// Whether a path may end in what stands here.
    #[must_use]
    pub fn is_anchor(self) -> bool {
        matches!(self, Self::System | Self::Trusted)
    }

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Presented => "presented",
            Self::Entry => "entry",
            Self::System => "system",
            Self::Trusted => "trusted",
        }
    }
}

/// A certificate that may be an issuer.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The certificate.
    pub certificate: Certificate,
    /// The strongest of the places where it stands.
    pub source: Source,
    /// Its key identifier, read once because a search compares it often.
    pub(in crate::chain) key_identifier: Option<Vec<u8>>,
    /// A number for its subject and key: certificates that have both in common share it.
    pub(in crate::chain) holder: usize,
}

/// Certificates, each once, indexed by subject and by key identifier: a search among 10,000 looks
/// at those of the right name only.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    all: Vec<Candidate>,
    by_fingerprint: HashMap<Fingerprint, usize>,
    by_subject: HashMap<Vec<String>, Vec<usize>>,
    by_key_identifier: HashMap<Vec<u8>, Vec<usize>>,
    holders: HashMap<Fingerprint, usize>,
    work: Work,
}

impl Candidates {
    /// No certificate.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every certificate of the wallet: the chains and the trusted ones.
    #[must_use]
    pub fn of(wallet: &Wallet) -> Self {
        let mut candidates = Self::new();
        candidates.add_wallet(wallet);
        candidates
    }

    /// Adds every certificate of the wallet.
    pub fn add_wallet(&mut self, wallet: &Wallet) {
        let of_entry = |(entry, certificate): (&Entry, _)| match entry.kind {
            EntryKind::TrustedCertificate(_) => (certificate, Source::Trusted),
            _ => (certificate, Source::Entry),
        };
        self.add_all(&wallet.certificates().map(of_entry).collect::<Vec<_>>());
    }

    /// Adds a certificate; one that is known keeps the stronger of its sources.
    pub fn add(&mut self, certificate: &Certificate, source: Source) {
        if !self.strengthen(certificate, source) {
            self.insert(certificate, source, Keys::of(certificate));
        }
    }

    /// As [`Self::add`] for each; what thousands are found by is made on all processors.
    pub fn add_all(&mut self, certificates: &[(&Certificate, Source)]) {
        let keys = parallel::map_many(certificates, |(certificate, _)| Keys::of(certificate));
        for ((certificate, source), keys) in certificates.iter().zip(keys) {
            if !self.strengthen(certificate, *source) {
                self.insert(certificate, *source, keys);
            }
        }
    }

    /// Gives a certificate that is known the stronger source; false where it is not known.
    fn strengthen(&mut self, certificate: &Certificate, source: Source) -> bool {
        let Some(known) = self.position(certificate) else { return false };
        self.work.renew_state();
        let known = &mut self.all[known];
        known.source = known.source.max(source);
        true
    }

    fn insert(&mut self, certificate: &Certificate, source: Source, keys: Keys) {
        let Keys { fingerprint, subject, key_identifier, holder } = keys;
        let index = self.all.len();
        self.work.renew_state();
        self.by_fingerprint.insert(fingerprint, index);
        self.by_subject.entry(subject).or_default().push(index);
        if let Some(key_identifier) = &key_identifier {
            self.by_key_identifier.entry(key_identifier.clone()).or_default().push(index);
        }
        let next = self.holders.len();
        let holder = *self.holders.entry(holder).or_insert(next);
        let certificate = certificate.clone();
        self.all.push(Candidate { certificate, source, key_identifier, holder });
    }

    /// Asks something with further certificates among these, and takes them out again. It costs what they
    /// are, however many are here: of thousands of files each is judged among the same CAs.
    pub fn beside<R>(
        &mut self,
        certificates: &[Certificate],
        source: Source,
        ask: impl FnOnce(&Self) -> R,
    ) -> R {
        // 1. What is here stands as it stands; the searches have bounds and results of their own.
        let number = self.all.len();
        let work = std::mem::take(&mut self.work);
        let stronger: Vec<(usize, Source)> = certificates
            .iter()
            .filter_map(|certificate| self.position(certificate))
            .map(|index| (index, self.all[index].source))
            .collect();
        for certificate in certificates {
            self.add(certificate, source);
        }
        // 2. The answer.
        let answer = ask(self);
        // 3. The last one that was added is the last one of every index. Its holder keeps its number.
        while self.all.len() > number {
            self.remove_last();
        }
        for (index, source) in stronger {
            self.all[index].source = source;
        }
        self.work = work;
        answer
    }

    fn remove_last(&mut self) {
        let Some(Candidate { certificate, key_identifier, .. }) = self.all.pop() else { return };
        self.by_fingerprint.remove(&certificate.fingerprint());
        pop(&mut self.by_subject, &subject_key(&certificate.subject()));
        if let Some(key_identifier) = key_identifier {
            pop(&mut self.by_key_identifier, &key_identifier);
        }
    }

    /// Where the certificate stands, if it is known.
    #[must_use]
    pub fn source(&self, certificate: &Certificate) -> Option<Source> {
        self.position(certificate).map(|index| self.all[index].source)
    }

    /// The work that the searches share.
    pub(in crate::chain) fn work(&self) -> &Work {
        &self.work
    }

    /// How many certificates there are.
    pub(in crate::chain) fn len(&self) -> usize {
        self.all.len()
    }

    pub(in crate::chain) fn get(&self, index: usize) -> &Candidate {
        &self.all[index]
    }

    pub(in crate::chain) fn position(&self, certificate: &Certificate) -> Option<usize> {
        self.by_fingerprint.get(&certificate.fingerprint()).copied()
    }

    /// The number of the certificate's subject and key, if it is known.
    pub(in crate::chain) fn holder(&self, certificate: &Certificate) -> Option<usize> {
        self.position(certificate).map(|index| self.all[index].holder)
    }

    /// Those whose subject may be this name, and hardly any others.
    pub(in crate::chain) fn namesakes(&self, name: &DistinguishedName) -> &[usize] {
        self.by_subject.get(&subject_key(name)).map_or(&[], Vec::as_slice)
    }

    /// Whether its subject is this name, compared as RFC 5280 section 7.1 prescribes.
    pub(in crate::chain) fn is_named(&self, index: usize, name: &DistinguishedName) -> bool {
        let certificate = &self.all[index].certificate;
        certificate.subject_der() == name.der() || certificate.subject().matches(name)
    }

    /// Those that state this key identifier.
    pub(in crate::chain) fn with_key_identifier(&self, key_identifier: &[u8]) -> &[usize] {
        self.by_key_identifier.get(key_identifier).map_or(&[], Vec::as_slice)
    }
}

/// What a certificate is found by.
struct Keys {
    fingerprint: Fingerprint,
    subject: Vec<String>,
    key_identifier: Option<Vec<u8>>,
    /// A digest of its subject and key.
    holder: Fingerprint,
}

impl Keys {
    fn of(certificate: &Certificate) -> Self {
        Self {
            fingerprint: certificate.fingerprint(),
            subject: subject_key(&certificate.subject()),
            key_identifier: certificate.subject_key_identifier().map(<[u8]>::to_vec),
            holder: holder_of(certificate),
        }
    }
}

/// Takes the last index out of a list, and the list with it when that was all.
fn pop<K: Eq + Hash>(lists: &mut HashMap<K, Vec<usize>>, key: &K) {
    if let Some(list) = lists.get_mut(key) {
        list.pop();
        if list.is_empty() {
            lists.remove(key);
        }
    }
}

/// The digest of subject and key.
fn holder_of(certificate: &Certificate) -> Fingerprint {
    Fingerprint::of(&[certificate.subject_der(), certificate.public_key().der()].concat())
}

/// A key under which names that match always meet; few others do.
pub(in crate::chain) fn subject_key(name: &DistinguishedName) -> Vec<String> {
    let mut key: Vec<String> = name
        .attributes()
        .filter_map(|attribute| attribute.text())
        .map(|text| text.split_whitespace().map(str::to_lowercase).collect())
        .collect();
    key.sort_unstable(); // the attributes of an RDN are a set
    key
}

/// Whether the key identifiers that child and issuer state agree; `None` when one states none.
pub(in crate::chain) fn agreement(
    authority: Option<&[u8]>,
    subject: Option<&[u8]>,
) -> Option<bool> {
    Some(authority? == subject?)
}

#[cfg(test)]
mod tests {
    use super::{Candidates, Source};
    use crate::model::certificate::Certificate;
    use rcgen::{CertificateParams, DnType, KeyPair};

    fn ca(name: &str) -> Certificate {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Certificate::from_der(made.der()).unwrap()
    }

    #[test]
    fn what_stands_beside_is_gone_afterwards() {
        // Two of one name, and one that is there already under a weaker source.
        let [here, weak, namesake, new] = ["ca", "weak", "ca", "new"].map(ca);
        let mut candidates = Candidates::new();
        candidates.add(&here, Source::Trusted);
        candidates.add(&weak, Source::Presented);
        let before = format!("{:?}", candidates.namesakes(&here.subject()));
        let beside = [weak.clone(), namesake.clone(), new.clone(), new.clone()];
        let seen = candidates.beside(&beside, Source::Entry, |candidates| {
            assert_eq!(candidates.namesakes(&here.subject()).len(), 2);
            assert!(candidates.path(&new, None).links.len() == 1);
            [&here, &weak, &namesake, &new].map(|one| candidates.source(one))
        });
        let entry = Some(Source::Entry);
        assert_eq!(seen, [Some(Source::Trusted), entry, entry, entry]);
        let after = [&here, &weak, &namesake, &new].map(|one| candidates.source(one));
        assert_eq!(after, [Some(Source::Trusted), Some(Source::Presented), None, None]);
        assert_eq!(format!("{:?}", candidates.namesakes(&here.subject())), before);
        assert!(candidates.namesakes(&new.subject()).is_empty());
        let identifier = new.subject_key_identifier().unwrap();
        assert!(candidates.with_key_identifier(identifier).is_empty());
        // And it can come again.
        candidates.add(&new, Source::Trusted);
        assert_eq!(candidates.source(&new), Some(Source::Trusted));
    }
}
