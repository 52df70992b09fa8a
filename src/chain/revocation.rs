//! Revocation lists, as the rules look things up in them.

mod indexed;
mod signer;

pub(in crate::chain) use indexed::Indexed;
pub(in crate::chain) use signer::{Signer, named};

use crate::chain::candidates::subject_key;
use crate::chain::finding::{Finding, Severity};
use crate::code::Code;
use crate::crypto::sign;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use signer::Signers;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::iter;

/// Issuers of lists that a message names.
const ISSUERS: usize = 3;

/// Revocation lists, each read once for all the certificates of a report, with one budget for all of
/// these.
///
/// Lists that one file brings are a layer over those that all files are judged by: of ten thousand
/// files none reads the lists of all again.
pub(in crate::chain) struct Revocation<'a> {
    below: Option<&'a Revocation<'a>>,
    lists: Vec<Indexed<'a>>,
    /// The lists of this layer under the name of their issuer.
    by_issuer: HashMap<Vec<String>, Vec<usize>>,
    issuers: Issuers,
    /// The indirect lists under the serial numbers of their entries.
    indirect: HashMap<&'a [u8], Vec<usize>>,
    /// How many signatures of lists may be verified.
    pub(in crate::chain) signatures_allowed: usize,
    /// How many of them are left.
    signatures: Cell<usize>,
    looks: Cell<usize>,
    signers: RefCell<Signers>,
}

/// Whose lists there are, in this layer and below.
#[derive(Clone, Default)]
struct Issuers {
    /// The first [`ISSUERS`].
    first: Vec<String>,
    number: usize,
}

impl<'a> Revocation<'a> {
    pub(in crate::chain) fn new(lists: &'a [RevocationList]) -> Self {
        Self::over(None, lists)
    }

    /// Further lists over these, with a budget of their own.
    pub(in crate::chain) fn beside(&'a self, lists: &'a [RevocationList]) -> Self {
        Self::over(Some(self), lists)
    }

    fn over(below: Option<&'a Self>, lists: &'a [RevocationList]) -> Self {
        let lists: Vec<_> = lists.iter().map(Indexed::new).collect();
        let mut by_issuer: HashMap<_, Vec<_>> = HashMap::new();
        let mut indirect: HashMap<_, Vec<_>> = HashMap::new();
        for (index, list) in lists.iter().enumerate() {
            by_issuer.entry(subject_key(&list.issuer)).or_default().push(index);
            for (serial, _) in list.entries.keys().filter(|_| list.scope.indirect) {
                let lists = indirect.entry(*serial).or_default();
                if lists.last() != Some(&index) {
                    lists.push(index);
                }
            }
        }
        let number = lists.len() + below.map_or(0, Self::number);
        let signatures_allowed = limits::PATH_SIGNATURES + limits::SIGNATURES_EACH * number;
        let mut revocation = Self {
            below,
            lists,
            by_issuer,
            issuers: Issuers::default(),
            indirect,
            signatures_allowed,
            signatures: Cell::new(signatures_allowed),
            looks: Cell::new(limits::REVOCATION_LOOKS),
            signers: RefCell::default(),
        };
        revocation.issuers = Issuers::of(&revocation);
        revocation
    }

    /// This one and those below.
    fn layers(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |layer| layer.below)
    }

    /// How many lists there are.
    fn number(&self) -> usize {
        self.layers().map(|layer| layer.lists.len()).sum()
    }

    pub(in crate::chain) fn is_empty(&self) -> bool {
        self.number() == 0
    }

    /// That nobody looked for revoked certificates, where no list is known: worth a note in a verdict.
    pub(in crate::chain) fn unchecked(&self) -> Option<Finding> {
        self.is_empty().then(|| {
            let message =
                "no revocation list is known: whether certificates are revoked was not checked";
            Finding::new(Code::REVOCATION_UNCHECKED, Severity::Note, message)
        })
    }

    /// Whose lists they are, in words.
    pub(in crate::chain) fn issuers(&self) -> String {
        let Issuers { first, number } = &self.issuers;
        match number - first.len() {
            0 => first.join(" and "),
            more => format!("{} and {more} more", first.join(", ")),
        }
    }

    /// The lists that the issuer of this certificate made.
    pub(in crate::chain) fn about(
        &self,
        certificate: &Certificate,
    ) -> impl Iterator<Item = &Indexed<'a>> {
        let issuer = certificate.issuer();
        let key = subject_key(&issuer);
        self.layers()
            .flat_map(move |layer| layer.at(layer.by_issuer.get(&key)))
            .filter(move |list| list.issuer.matches(&issuer))
    }

    /// An indirect list of another issuer with an entry for this certificate.
    pub(in crate::chain) fn indirect(&self, certificate: &Certificate) -> Option<&Indexed<'a>> {
        let issuer = certificate.issuer();
        self.layers()
            .flat_map(|layer| layer.at(layer.indirect.get(certificate.serial())))
            .take_while(|_| spend(&self.looks))
            .find(|list| !list.issuer.matches(&issuer) && list.entry(certificate).is_some())
    }

    /// The lists of this layer at these places.
    fn at<'b>(&'b self, places: Option<&'b Vec<usize>>) -> impl Iterator<Item = &'b Indexed<'a>> {
        places.into_iter().flatten().map(|place| &self.lists[*place])
    }

    /// Whether the list's signature is that of this certificate's key; none where the budget is spent.
    pub(in crate::chain) fn is_signed(
        &self,
        list: &Indexed<'_>,
        issuer: &Certificate,
    ) -> Option<bool> {
        if !spend(&self.looks) {
            return None;
        }
        let key = issuer.public_key();
        if let Some(known) = list.signatures.borrow().get(key.der()) {
            return Some(*known);
        }
        if !spend(&self.signatures) {
            return None;
        }
        let algorithm = list.list.signature_algorithm_der();
        let verdict = sign::verify(algorithm, &key, list.list.tbs_der(), list.list.signature());
        list.signatures.borrow_mut().insert(key.der().to_vec(), verdict.is_ok());
        Some(verdict.is_ok())
    }
}

impl Issuers {
    /// Those below, and in the order of the lists those who are new.
    fn of(revocation: &Revocation<'_>) -> Self {
        let is_new =
            |key| revocation.layers().skip(1).all(|layer| !layer.by_issuer.contains_key(key));
        let new = revocation.by_issuer.iter().filter(|(key, _)| is_new(*key));
        let mut new: Vec<usize> = new.map(|(_, places)| places[0]).collect();
        new.sort_unstable();
        let mut issuers =
            revocation.below.map_or_else(Self::default, |below| below.issuers.clone());
        issuers.number += new.len();
        let room = ISSUERS - issuers.first.len();
        let names = new.iter().map(|place| revocation.lists[*place].issuer.to_string());
        issuers.first.extend(names.take(room));
        issuers
    }
}

fn spend(left: &Cell<usize>) -> bool {
    let has_one = left.get() > 0;
    left.set(left.get() - usize::from(has_one));
    has_one
}

#[cfg(test)]
mod tests {
    use super::Revocation;
    use crate::model::certificate::Certificate;
    use crate::model::crl::RevocationList;
    use rcgen::{CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType};
    use rcgen::{Issuer, KeyIdMethod, KeyPair, SerialNumber, SigningKey};
    use std::ptr;
    use time::macros::datetime;

    /// A list of this CA that revokes nothing, and does not say whose key made it.
    pub(super) fn empty_list<K: SigningKey>(by: &Issuer<'_, K>) -> RevocationList {
        let list = CertificateRevocationListParams {
            this_update: datetime!(2026-05-01 0:00 UTC),
            next_update: datetime!(2026-07-01 0:00 UTC),
            crl_number: SerialNumber::from(7),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        RevocationList::from_der(list.signed_by(by).unwrap().der()).unwrap()
    }

    /// A CA's certificate, which stands for all that it issued, and an empty list of the CA.
    fn ca(name: &str) -> (Certificate, RevocationList) {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        (Certificate::from_der(ca.der()).unwrap(), empty_list(&ca))
    }

    #[test]
    fn lists_of_a_file_are_read_and_those_of_all_files_are_not_read_again() {
        let cas = ["a", "b", "c", "d"].map(ca);
        let lists = cas.clone().map(|(_, list)| list);
        let shared = Revocation::new(&lists[..1]);
        let further = Revocation::beside(&shared, &lists[..3]);
        let about: Vec<_> = further.about(&cas[0].0).collect();
        assert_eq!(about.len(), 2);
        assert!(ptr::eq(about[1], shared.about(&cas[0].0).next().unwrap()));
        assert_eq!(further.about(&cas[2].0).count(), 1);
        assert_eq!(shared.about(&cas[2].0).count(), 0);
        assert_eq!(further.issuers(), "CN=a and CN=b and CN=c");
        let further = Revocation::beside(&further, &lists[2..]);
        assert_eq!(further.issuers(), "CN=a, CN=b, CN=c and 1 more");
        let none = Revocation::new(&[]);
        assert!(none.beside(&[]).is_empty() && !none.beside(&lists).is_empty());
        assert!(!shared.beside(&[]).is_empty());
    }

    #[test]
    fn each_layer_has_a_budget_of_its_own() {
        let (certificate, list) = ca("a");
        let lists = [list];
        let shared = Revocation::new(&lists);
        shared.looks.set(0);
        assert_eq!(shared.is_signed(&shared.lists[0], &certificate), None);
        let further = shared.beside(&[]);
        assert_eq!(further.is_signed(&shared.lists[0], &certificate), Some(true));
    }
}
