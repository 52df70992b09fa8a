//! The things that a wallet holds.

use crate::code::Code;
use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::attribute::Attribute;
use crate::model::certificate::Certificate;
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;
use crate::model::trust::TrustFlags;
use crate::secret::SecretBytes;
use std::sync::Arc;
use time::OffsetDateTime;

/// Names an entry within one wallet for as long as it is in memory. Never reused, never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId(pub(in crate::model) u32);

/// One thing in a wallet, with the name and the attributes that it carries.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(in crate::model) id: EntryId,
    /// The name that the file gives it (friendlyName in PKCS#12), if any.
    pub alias: Option<Alias>,
    /// Attributes that are not understood, raw and in order.
    pub attributes: Arc<[Attribute]>,
    /// When it was made, in the formats that say so: JKS and JCEKS, to the millisecond.
    pub created: Option<OffsetDateTime>,
    /// What it is.
    pub kind: EntryKind,
}

impl Entry {
    /// The entry's identity within its wallet.
    #[must_use]
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// The private key, open or locked, if the entry has one.
    #[must_use]
    pub fn key(&self) -> Option<&KeyMaterial> {
        match &self.kind {
            EntryKind::PrivateKey(entry) => Some(&entry.key),
            EntryKind::Request(entry) => Some(&entry.key),
            EntryKind::TrustedCertificate(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => None,
        }
    }

    /// The certificate that stands for the entry: the leaf of a chain, or the trusted one.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        match &self.kind {
            EntryKind::PrivateKey(entry) => entry.leaf(),
            EntryKind::TrustedCertificate(entry) => Some(&entry.certificate),
            EntryKind::Request(_) | EntryKind::Secret(_) | EntryKind::Opaque(_) => None,
        }
    }

    /// The last request that was made for the key of the entry, if it keeps one.
    #[must_use]
    pub fn request(&self) -> Option<&CertificateRequest> {
        self.stored_request().map(|request| &request.csr)
    }

    /// The same, with what its file says of it.
    #[must_use]
    pub fn stored_request(&self) -> Option<&StoredRequest> {
        match &self.kind {
            EntryKind::PrivateKey(entry) => entry.request.as_ref(),
            EntryKind::Request(entry) => Some(&entry.request),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn stored_request_mut(&mut self) -> Option<&mut StoredRequest> {
        match &mut self.kind {
            EntryKind::PrivateKey(entry) => entry.request.as_mut(),
            EntryKind::Request(entry) => Some(&mut entry.request),
            _ => None,
        }
    }
}

/// The five kinds of entry. All but the commonest are boxed: trust stores have thousands of it, and little else.
#[derive(Clone, Debug)]
pub enum EntryKind {
    /// A key with its certificate chain, perhaps empty: Oracle's "user certificate".
    PrivateKey(Box<KeyEntry>),
    /// A key that waits for its certificate, with the request that was sent.
    Request(Box<RequestEntry>),
    /// A certificate that the owner trusts.
    TrustedCertificate(TrustedEntry),
    /// A named value: Oracle's secret store.
    Secret(Box<SecretEntry>),
    /// What is not understood, kept byte for byte.
    Opaque(Box<OpaqueEntry>),
}

impl EntryKind {
    /// The name in JSON and in messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::PrivateKey(_) => "private-key",
            Self::Request(_) => "request",
            Self::TrustedCertificate(_) => "trusted-certificate",
            Self::Secret(_) => "secret",
            Self::Opaque(_) => "opaque",
        }
    }
}

impl From<KeyEntry> for EntryKind {
    fn from(entry: KeyEntry) -> Self {
        Self::PrivateKey(Box::new(entry))
    }
}

impl From<RequestEntry> for EntryKind {
    fn from(entry: RequestEntry) -> Self {
        Self::Request(Box::new(entry))
    }
}

impl From<SecretEntry> for EntryKind {
    fn from(entry: SecretEntry) -> Self {
        Self::Secret(Box::new(entry))
    }
}

impl From<OpaqueEntry> for EntryKind {
    fn from(entry: OpaqueEntry) -> Self {
        Self::Opaque(Box::new(entry))
    }
}

/// A key, the certificates that present it, and the request that it came from.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// The key, opened or not.
    pub key: KeyMaterial,
    /// The leaf first, then the issuers that the file keeps with this key.
    pub chain: Vec<ChainCertificate>,
    /// The request, where the file keeps it after the certificate has arrived.
    pub request: Option<StoredRequest>,
}

impl KeyEntry {
    /// The certificate of the key.
    #[must_use]
    pub fn leaf(&self) -> Option<&Certificate> {
        self.chain.first().map(|link| &link.certificate)
    }
}

/// A certificate of a chain, with what its file says of it. All of it is shared by its clones, because
/// an issuer may stand in the chains of many keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// A name of its own, which issuers sometimes have; the leaf goes by its entry's.
    pub alias: Option<Alias>,
    /// Attributes that are not understood, raw and in order.
    pub attributes: Arc<[Attribute]>,
}

impl From<Certificate> for ChainCertificate {
    fn from(certificate: Certificate) -> Self {
        Self { certificate, alias: None, attributes: Arc::default() }
    }
}

/// A key that waits for its certificate.
#[derive(Clone, Debug)]
pub struct RequestEntry {
    /// The key, opened or not.
    pub key: KeyMaterial,
    /// The request that was sent.
    pub request: StoredRequest,
}

/// A request in a wallet, with what its file says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// The request.
    pub csr: CertificateRequest,
    /// A name of its own; most go by their entry's.
    pub alias: Option<Alias>,
    /// Attributes that are not understood, raw and in order.
    pub attributes: Arc<[Attribute]>,
}

impl From<CertificateRequest> for StoredRequest {
    fn from(csr: CertificateRequest) -> Self {
        Self { csr, alias: None, attributes: Arc::default() }
    }
}

/// A trusted certificate.
#[derive(Clone, Debug)]
pub struct TrustedEntry {
    /// The certificate.
    pub certificate: Certificate,
    /// Oracle's trust flags, zero where the wallet does not use them.
    pub flags: TrustFlags,
}

/// A named secret value.
#[derive(Clone, Debug)]
pub struct SecretEntry {
    /// The name, in Oracle's words for example `oracle.security.client.password1`.
    pub name: String,
    /// The value, UTF-8 in Oracle's store.
    pub value: SecretBytes,
}

impl SecretEntry {
    /// Whether go-ora stumbles over a name: it takes the digits at its end for the number of a login, and opens
    /// nothing of the wallet where the name is not that of one (measured).
    #[must_use]
    pub fn is_misread(name: &str) -> bool {
        let is_number =
            |text: &str| !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_login = ["connect_string", "username", "password"].iter().any(|part| {
            let number = name
                .strip_prefix("oracle.security.client.")
                .and_then(|name| name.strip_prefix(part));
            number.is_some_and(is_number)
        });
        name.ends_with(|c: char| c.is_ascii_digit()) && !is_login
    }
}

/// Bytes that are not understood.
#[derive(Clone, Debug)]
pub struct OpaqueEntry {
    /// The format that the bytes belong to; they can only be written back into it.
    pub format: Format,
    /// What they seem to be, for people: `revocation list`, `bag 1.2.3.4`.
    pub description: String,
    /// The complete bag or entry as found.
    pub raw: SecretBytes,
    /// What is encrypted inside it on its own, so that another password can be given to it.
    pub sealed: SealedContent,
    /// Whether it is a whole safe of PKCS#12, which stands beside the others, and not a bag in one.
    pub is_safe: bool,
}

impl OpaqueEntry {
    /// What tells it from others, in whatever encryption: the SHA-256 of what is sealed where that is
    /// open, else of the raw bytes.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.sealed {
            SealedContent::Open(content) => Fingerprint::of(content),
            SealedContent::Nothing | SealedContent::Closed(_) => Fingerprint::of(&self.raw),
        }
    }
}

/// What is encrypted on its own inside bytes that are not understood: Java's secret keys in PKCS#12.
#[derive(Clone, Debug)]
pub enum SealedContent {
    /// Nothing.
    Nothing,
    /// Something that nobody has opened, and why not, where somebody tried.
    Closed(Option<Code>),
    /// The plaintext: of a secret key a `PrivateKeyInfo` with the algorithm's OID.
    Open(SecretBytes),
}
