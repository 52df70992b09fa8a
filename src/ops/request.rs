//! Making keys and asking for their certificates.

use crate::crypto::keygen;
use crate::issue::alternative_name::SubjectAltName;
use crate::issue::certificate::{self, Role, Template, Validity};
use crate::issue::csr;
use crate::issue::extensions::RequestedExtensions;
use crate::issue::usage::{ExtendedKeyUsage, KeyUsage};
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{EntryId, EntryKind, KeyEntry, RequestEntry, TrustedEntry};
use crate::model::key::{KeyAlgorithm, KeyMaterial, PrivateKey};
use crate::model::name::DistinguishedName;
use crate::model::request::CertificateRequest;
use crate::model::wallet::Wallet;
use crate::ops::alias::TakenAliases;
use crate::ops::secret::tde::TdeEntries;
use crate::ops::trust::default_flags;
use crate::ops::{OpsError, entry, shown_alias};

/// The kind of new keys where nobody says another.
pub const DEFAULT_ALGORITHM: KeyAlgorithm = KeyAlgorithm::Rsa(3072);

/// A key to make, and what to ask for it.
#[derive(Clone, Debug)]
pub struct RequestSpec {
    /// The subject's name.
    pub subject: DistinguishedName,
    /// Names and usages.
    pub extensions: RequestedExtensions,
    /// Kind and size of the key.
    pub algorithm: KeyAlgorithm,
    /// The alias of the entry; without it the common name, else `key`, with `-2`, `-3` and so on
    /// where it is taken.
    pub alias: Option<Alias>,
}

/// What to ask for once more, and what to ask for instead. What is left out stays as it was.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The subject's name.
    pub subject: Option<DistinguishedName>,
    /// Names of the subject.
    pub san: Option<Vec<SubjectAltName>>,
    /// Usages.
    pub eku: Option<Vec<ExtendedKeyUsage>>,
    /// Usages of the key itself.
    pub key_usage: Option<Vec<KeyUsage>>,
}

impl Changes {
    /// Makes these changes to what was asked for last.
    fn applied_to(self, last: RequestedExtensions) -> RequestedExtensions {
        RequestedExtensions {
            san: self.san.unwrap_or(last.san),
            eku: self.eku.unwrap_or(last.eku),
            key_usage: self.key_usage.unwrap_or(last.key_usage),
        }
    }
}

/// How to renew a certificate. What is left out is taken from it.
#[derive(Clone, Debug, Default)]
pub struct RenewSpec {
    /// Ask for another certificate for the same key, in the same entry.
    pub reuse_key: bool,
    /// Kind and size of the new key; without it the old one's where it is fit for new keys, else
    /// [`DEFAULT_ALGORITHM`].
    pub algorithm: Option<KeyAlgorithm>,
    /// What is to differ from the certificate.
    pub changes: Changes,
    /// The alias of the new entry; without it the old one's with `-renewal`.
    pub alias: Option<Alias>,
    /// Whether the request of a database with transparent data encryption may be replaced.
    pub tde: TdeEntries,
}

/// Makes a key and a request for it, as a new pending entry.
///
/// # Errors
///
/// [`OpsError::AliasTaken`], [`OpsError::Crypto`] when such a key cannot be made,
/// [`OpsError::Issue`] when the request cannot.
pub fn request(wallet: &mut Wallet, spec: &RequestSpec) -> Result<EntryId, OpsError> {
    let alias = new_alias(wallet, spec)?;
    let key = keygen::generate(spec.algorithm)?;
    let request = csr::request(&key, &spec.subject, &spec.extensions)?.into();
    let key = KeyMaterial::Open(key);
    Ok(wallet.push(Some(alias), EntryKind::from(RequestEntry { key, request })))
}

/// Makes another request for the key of an entry, and keeps it there in the place of the last one.
/// The subject stays that of the last request, else of the certificate; names and usages those of the
/// certificate, as in a renewal, else of that request.
///
/// # Errors
///
/// [`OpsError::EntryNotFound`], [`OpsError::TdeEntry`] unless `tde` allows it,
/// [`OpsError::WrongKind`] for an entry without a key, [`OpsError::KeyLocked`], and
/// [`OpsError::Issue`] when the request cannot be made.
pub fn request_again(
    wallet: &mut Wallet,
    id: EntryId,
    mut changes: Changes,
    tde: TdeEntries,
) -> Result<(), OpsError> {
    tde.allow(wallet, entry(wallet, id)?)?;
    let key = open_key(wallet, id)?;
    let subject = changes.subject.take().map_or_else(|| last_subject(wallet, id), Ok)?;
    let extensions = changes.applied_to(last_extensions(wallet, id)?);
    let made = csr::request(key, &subject, &extensions)?;
    match wallet.entry_mut(id).map(|entry| &mut entry.kind) {
        Some(EntryKind::Request(pending)) => pending.request.csr = made,
        Some(EntryKind::PrivateKey(key)) => match &mut key.request {
            Some(request) => request.csr = made,
            none => *none = Some(made.into()),
        },
        _ => return Err(without_key(wallet, id)),
    }
    Ok(())
}

/// Asks for a successor of the certificate of an entry: the same names and usages, for a new key in
/// a new pending entry, or for the same key.
///
/// # Errors
///
/// Those of [`request`] and [`request_again`]; [`OpsError::WrongKind`] for an entry without a
/// certificate.
pub fn renew(wallet: &mut Wallet, id: EntryId, spec: RenewSpec) -> Result<EntryId, OpsError> {
    let certificate = match &entry(wallet, id)?.kind {
        EntryKind::PrivateKey(key) => key.leaf().cloned(),
        _ => None,
    };
    let Some(certificate) = certificate else {
        return Err(wrong_kind(wallet, id, "key with a certificate"));
    };
    let mut changes = spec.changes;
    let subject = changes.subject.take().unwrap_or_else(|| certificate.subject());
    if spec.reuse_key {
        request_again(wallet, id, Changes { subject: Some(subject), ..changes }, spec.tde)?;
        return Ok(id);
    }
    let extensions = changes.applied_to(RequestedExtensions::of_certificate(&certificate)?);
    let alias = spec.alias.unwrap_or_else(|| {
        let name = format!("{}-renewal", shown_alias(wallet, id));
        TakenAliases::of(wallet, None).unique(&name)
    });
    let old = certificate.key_algorithm();
    let algorithm = spec.algorithm.unwrap_or_else(|| successor(old));
    request(wallet, &RequestSpec { subject, extensions, algorithm, alias: Some(alias) })
}

/// Makes a key and a certificate that it signs itself, a CA's or not, as a new entry. In an Oracle wallet the
/// certificate becomes a trusted one too, as its readers expect, and the entry keeps a request, as orapki has it:
/// without its certificate the key waits for another.
///
/// # Errors
///
/// [`OpsError::AliasTaken`], [`OpsError::Crypto`] when such a key cannot be made,
/// [`OpsError::Issue`] when the certificate cannot.
pub fn self_signed(
    wallet: &mut Wallet,
    spec: &RequestSpec,
    validity: Validity,
    role: Role,
    is_oracle: bool,
) -> Result<EntryId, OpsError> {
    let alias = new_alias(wallet, spec)?;
    let key = keygen::generate(spec.algorithm)?;
    let template =
        Template { extensions: spec.extensions.clone(), ..Template::new(validity, role) };
    let certificate = certificate::self_signed(&key, &spec.subject, &template)?;
    let request = if is_oracle {
        Some(csr::request(&key, &spec.subject, &spec.extensions)?.into())
    } else {
        None
    };
    let key =
        KeyEntry { key: KeyMaterial::Open(key), chain: vec![certificate.clone().into()], request };
    let id = wallet.push(Some(alias), EntryKind::from(key));
    if is_oracle {
        let trusted = TrustedEntry { flags: default_flags(wallet, &certificate), certificate };
        wallet.push(None, EntryKind::TrustedCertificate(trusted));
    }
    Ok(id)
}

/// Takes the request out of an entry, for a format that holds none. A key without a certificate
/// waits with one that it signs itself, of the names and usages that were asked for, as keytool
/// has it.
///
/// # Errors
///
/// [`OpsError::WrongKind`] for an entry without a request, [`OpsError::KeyLocked`], and
/// [`OpsError::Issue`] when the certificate cannot be made. The entry is then unchanged.
pub fn take_request(
    wallet: &mut Wallet,
    id: EntryId,
    validity: Validity,
) -> Result<CertificateRequest, OpsError> {
    let request = last_request(wallet, id)
        .cloned()
        .ok_or_else(|| wrong_kind(wallet, id, "key with a request"))?;
    let certificate = if entry(wallet, id)?.certificate().is_some() {
        None
    } else {
        let extensions = csr::requested_extensions(&request)?;
        let template = Template { extensions, ..Template::new(validity, Role::EndEntity) };
        let key = open_key(wallet, id)?;
        Some(certificate::self_signed(key, request.subject(), &template)?)
    };
    if let Some(entry) = wallet.entry_mut(id) {
        match &mut entry.kind {
            EntryKind::Request(pending) => {
                let chain = certificate.into_iter().map(Into::into).collect();
                let key = KeyEntry { key: pending.key.clone(), chain, request: None };
                entry.kind = EntryKind::from(key);
            }
            EntryKind::PrivateKey(key) => {
                key.chain.extend(certificate.map(Into::into));
                key.request = None;
            }
            // These have no request.
            EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => {}
        }
    }
    Ok(request)
}

/// The last request that was made for the key of an entry.
#[must_use]
pub fn last_request(wallet: &Wallet, id: EntryId) -> Option<&CertificateRequest> {
    wallet.entry(id)?.request()
}

fn new_alias(wallet: &Wallet, spec: &RequestSpec) -> Result<Alias, OpsError> {
    let mut taken = TakenAliases::of(wallet, None);
    match &spec.alias {
        Some(alias) => taken.exactly(alias.clone()),
        None => Ok(taken.unique(spec.subject.common_name().as_deref().unwrap_or("key"))),
    }
}

fn open_key(wallet: &Wallet, id: EntryId) -> Result<&PrivateKey, OpsError> {
    let key = match &entry(wallet, id)?.kind {
        EntryKind::Request(pending) => &pending.key,
        EntryKind::PrivateKey(key) => &key.key,
        _ => return Err(without_key(wallet, id)),
    };
    key.open().ok_or_else(|| OpsError::locked(wallet, id, key))
}

fn last_subject(wallet: &Wallet, id: EntryId) -> Result<DistinguishedName, OpsError> {
    let requested = last_request(wallet, id).map(|request| request.subject().clone());
    let certified = || entry(wallet, id).ok()?.certificate().map(Certificate::subject);
    requested
        .or_else(certified)
        .ok_or_else(|| wrong_kind(wallet, id, "key with a certificate or a request"))
}

fn last_extensions(wallet: &Wallet, id: EntryId) -> Result<RequestedExtensions, OpsError> {
    match (entry(wallet, id)?.certificate(), last_request(wallet, id)) {
        (Some(certificate), _) => Ok(RequestedExtensions::of_certificate(certificate)?),
        (None, Some(request)) => Ok(csr::requested_extensions(request)?),
        (None, None) => Ok(RequestedExtensions::default()),
    }
}

/// The kind of key that follows an old one.
fn successor(old: KeyAlgorithm) -> KeyAlgorithm {
    match old {
        KeyAlgorithm::Rsa(2048 | 3072 | 4096 | 8192)
        | KeyAlgorithm::EcP256
        | KeyAlgorithm::EcP384
        | KeyAlgorithm::EcP521
        | KeyAlgorithm::Ed25519 => old,
        _ => DEFAULT_ALGORITHM,
    }
}

fn without_key(wallet: &Wallet, id: EntryId) -> OpsError {
    wrong_kind(wallet, id, "key")
}

fn wrong_kind(wallet: &Wallet, id: EntryId, wanted: &'static str) -> OpsError {
    let found = wallet.entry(id).map_or("missing entry", |entry| entry.kind.name());
    OpsError::WrongKind { alias: shown_alias(wallet, id), found, wanted }
}
