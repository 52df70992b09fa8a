//! Revocation lists, as the rules look things up in them.

use crate::chain::candidates::subject_key;
use crate::chain::criteria::Criteria;
use crate::chain::extensions::distribution_points;
use crate::chain::extensions::general_name::{self, GeneralName};
use crate::chain::finding::{Finding, Severity};
use crate::code::Code;
use crate::crypto::sign;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::crl::{RevocationList, RevokedCertificate};
use crate::model::name::{DistinguishedName, FoldedName};
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Issuers of lists that a message names.
const ISSUERS: usize = 3;

/// Revocation lists, each read once for all the certificates of a report, with one budget for all of
/// these.
pub(in crate::chain) struct Revocation<'a> {
    lists: Vec<Indexed<'a>>,
    /// The lists under the name of their issuer.
    by_issuer: HashMap<Vec<String>, Vec<usize>>,
    /// Whose lists they are, in words.
    issuers: String,
    /// The indirect lists under the serial numbers of their entries.
    indirect: HashMap<&'a [u8], Vec<usize>>,
    signatures: Cell<usize>,
    looks: Cell<usize>,
}

/// That nobody looked for revoked certificates, where no list is known: worth a note in a verdict.
#[must_use]
pub fn revocation_unchecked(criteria: &Criteria<'_>) -> Option<Finding> {
    criteria.crls.is_empty().then(|| {
        let message =
            "no revocation list is known: whether certificates are revoked was not checked";
        Finding::new(Code::REVOCATION_UNCHECKED, Severity::Note, message)
    })
}

/// A list, with its entries at hand.
pub(in crate::chain) struct Indexed<'a> {
    pub(in crate::chain) list: &'a RevocationList,
    issuer: DistinguishedName,
    pub(in crate::chain) scope: Scope,
    /// The entries under serial number and issuer of their certificates.
    entries: HashMap<(&'a [u8], usize), RevokedCertificate<'a>>,
    /// The numbers of the issuers: of [`OWN`], and of those whom an indirect list names.
    issuers: HashMap<FoldedName, usize>,
    /// Whether the key made the signature, by the key's DER.
    signatures: RefCell<HashMap<Vec<u8>, bool>>,
}

/// The number of the list's own issuer.
const OWN: usize = 0;

/// What a list is about.
///
/// ```text
/// IssuingDistributionPoint ::= SEQUENCE {
///     distributionPoint [0] OPTIONAL, onlyContainsUserCerts [1] BOOLEAN,
///     onlyContainsCACerts [2] BOOLEAN, onlySomeReasons [3] OPTIONAL, indirectCRL [4] BOOLEAN,
///     onlyContainsAttributeCerts [5] BOOLEAN }
/// ```
///
/// RFC 5280 section 5.2.5.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::chain) struct Scope {
    /// The names of the point that the list is for, as DER; none where it is for all.
    pub(in crate::chain) points: Vec<Vec<u8>>,
    pub(in crate::chain) only_users: bool,
    pub(in crate::chain) only_cas: bool,
    pub(in crate::chain) only_attributes: bool,
    pub(in crate::chain) some_reasons: bool,
    pub(in crate::chain) indirect: bool,
    /// Only what has changed since another list, section 5.2.4.
    pub(in crate::chain) delta: bool,
    /// An extension, of the list or of an entry, that must be understood and is not, or that cannot
    /// be read.
    pub(in crate::chain) unknown: bool,
}

impl<'a> Revocation<'a> {
    pub(in crate::chain) fn new(lists: &'a [RevocationList]) -> Self {
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
        let revocation = Self {
            issuers: issuers(&lists, &by_issuer),
            lists,
            by_issuer,
            indirect,
            signatures: Cell::new(0),
            looks: Cell::new(0),
        };
        revocation.renew();
        revocation
    }

    /// Bounds the work from here on anew.
    pub(in crate::chain) fn renew(&self) {
        self.signatures.set(limits::PATH_SIGNATURES + limits::SIGNATURES_EACH * self.lists.len());
        self.looks.set(limits::REVOCATION_LOOKS);
    }

    pub(in crate::chain) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Whose lists they are, in words.
    pub(in crate::chain) fn issuers(&self) -> &str {
        &self.issuers
    }

    /// The lists that the issuer of this certificate made.
    pub(in crate::chain) fn about(
        &self,
        certificate: &Certificate,
    ) -> impl Iterator<Item = &Indexed<'a>> {
        let issuer = certificate.issuer();
        let namesakes = self.by_issuer.get(&subject_key(&issuer)).into_iter().flatten();
        namesakes.map(|index| &self.lists[*index]).filter(move |list| list.issuer.matches(&issuer))
    }

    /// An indirect list of another issuer with an entry for this certificate.
    pub(in crate::chain) fn indirect(&self, certificate: &Certificate) -> Option<&Indexed<'a>> {
        let issuer = certificate.issuer();
        let lists = self.indirect.get(certificate.serial()).into_iter().flatten();
        lists
            .map(|index| &self.lists[*index])
            .take_while(|_| spend(&self.looks))
            .find(|list| !list.issuer.matches(&issuer) && list.entry(certificate).is_some())
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

/// The first issuers in the order of the lists, and how many there are more.
fn issuers(lists: &[Indexed<'_>], by_issuer: &HashMap<Vec<String>, Vec<usize>>) -> String {
    let mut first: Vec<usize> = by_issuer.values().map(|places| places[0]).collect();
    first.sort_unstable();
    let (shown, more) = first.split_at(first.len().min(ISSUERS));
    let names: Vec<String> = shown.iter().map(|place| lists[*place].issuer.to_string()).collect();
    match more.len() {
        0 => names.join(" and "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

fn spend(left: &Cell<usize>) -> bool {
    let has_one = left.get() > 0;
    left.set(left.get() - usize::from(has_one));
    has_one
}

impl<'a> Indexed<'a> {
    fn new(list: &'a RevocationList) -> Self {
        let mut scope = Scope::of(list);
        let mut entries = HashMap::new();
        let mut issuers = HashMap::from([(FoldedName::of(&list.issuer()), OWN)]);
        // Section 5.3.3: an entry without the extension has the issuer of the entry before it.
        let mut issuer = OWN;
        for entry in list.revoked() {
            // Section 5.3: who does not understand one entry must not go by the list.
            scope.unknown |= !is_understood(&entry);
            if scope.indirect
                && let Some(name) = certificate_issuer(&entry)
            {
                let next = issuers.len();
                issuer = *issuers.entry(FoldedName::of(&name)).or_insert(next);
            }
            entries.entry((entry.serial(), issuer)).or_insert(entry);
        }
        let signatures = RefCell::default();
        Self { list, issuer: list.issuer(), scope, entries, issuers, signatures }
    }

    /// The entry for this certificate.
    pub(in crate::chain) fn entry(
        &self,
        certificate: &Certificate,
    ) -> Option<RevokedCertificate<'a>> {
        let issuer = certificate.issuer();
        let is_own = issuer == self.issuer; // as a rule
        let issuer = if is_own { OWN } else { *self.issuers.get(&FoldedName::of(&issuer))? };
        self.entries.get(&(certificate.serial(), issuer)).copied()
    }

    pub(in crate::chain) fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }
}

impl Scope {
    fn of(list: &RevocationList) -> Self {
        let mut scope = Self::default();
        let Ok(extensions) = list.all_extensions() else {
            return Self { unknown: true, ..scope }; // behind one that cannot be read another may stand
        };
        for extension in extensions {
            match extension.oid {
                oid::DELTA_CRL_INDICATOR => scope.delta = true,
                oid::ISSUING_DISTRIBUTION_POINT => {
                    scope.unknown |= scope.read(extension.value).is_err();
                }
                oid::CRL_NUMBER | oid::AUTHORITY_KEY_IDENTIFIER | oid::ISSUER_ALT_NAME => {}
                _ => scope.unknown |= extension.critical,
            }
        }
        scope
    }

    fn read(&mut self, der: &[u8]) -> der::Result<()> {
        let outer = AnyRef::from_der(der)?;
        outer.header().tag().assert_eq(Tag::Sequence)?;
        let mut reader = SliceReader::new(outer.value())?;
        while !reader.is_finished() {
            let field: AnyRef<'_> = reader.decode()?;
            let tag = field.header().tag();
            let Tag::ContextSpecific { number: TagNumber(number), .. } = tag else {
                return Err(tag.value_error().into());
            };
            let is_set = field.value() != [0];
            match number {
                0 => self.points = distribution_points::point_names(field)?,
                1 => self.only_users = is_set,
                2 => self.only_cas = is_set,
                3 => self.some_reasons = true,
                4 => self.indirect = is_set,
                5 => self.only_attributes = is_set,
                _ => return Err(tag.value_error().into()),
            }
        }
        Ok(())
    }
}

/// Whether the extensions of an entry can be read, and the critical ones are known.
fn is_understood(entry: &RevokedCertificate<'_>) -> bool {
    const KNOWN: [ObjectIdentifier; 3] =
        [oid::REASON_CODE, oid::INVALIDITY_DATE, oid::CERTIFICATE_ISSUER];
    entry.all_extensions().is_ok_and(|extensions| {
        extensions.iter().all(|one| !one.critical || KNOWN.contains(&one.oid))
    })
}

/// `certificateIssuer` of an entry, section 5.3.3; only a directory name can be compared.
fn certificate_issuer(entry: &RevokedCertificate<'_>) -> Option<DistinguishedName> {
    let extension = entry.extensions().find(|one| one.oid == oid::CERTIFICATE_ISSUER)?;
    // A name that cannot be read is nobody's: no certificate has the empty one as its issuer.
    let names = general_name::read_list(extension.value).unwrap_or_default();
    let directory = names.into_iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    });
    Some(directory.unwrap_or_else(|| DistinguishedName::from_checked(&[0x30, 0])))
}
