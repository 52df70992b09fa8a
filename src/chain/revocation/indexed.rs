//! A revocation list, with its entries at hand.

use crate::chain::extensions::distribution_points;
use crate::chain::extensions::general_name::{self, GeneralName};
use crate::model::certificate::Certificate;
use crate::model::crl::{RevocationList, RevokedCertificate};
use crate::model::name::{DistinguishedName, FoldedName};
use crate::oid::{self, ObjectIdentifier};
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber};
use std::cell::RefCell;
use std::collections::HashMap;

/// A list, with its entries at hand.
pub(in crate::chain) struct Indexed<'a> {
    pub(in crate::chain) list: &'a RevocationList,
    pub(super) issuer: DistinguishedName,
    pub(in crate::chain) scope: Scope,
    /// The entries under serial number and issuer of their certificates.
    pub(super) entries: HashMap<(&'a [u8], usize), RevokedCertificate<'a>>,
    /// The numbers of the issuers: of [`OWN`], and of those whom an indirect list names.
    issuers: HashMap<FoldedName, usize>,
    /// Whether the key made the signature, by the key's DER.
    pub(super) signatures: RefCell<HashMap<Vec<u8>, bool>>,
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

impl<'a> Indexed<'a> {
    pub(super) fn new(list: &'a RevocationList) -> Self {
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
