//! The JSON shape of a wallet and its entries.

use crate::render::SCHEMA;
use crate::render::certificate::CertificateDetails;
use crate::render::text::timestamp;
use mwallet::chain::Candidates;
use mwallet::codec::Origin;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::{Format, Layout};
use mwallet::model::key::{KeyMaterial, PrivateKey};
use mwallet::model::profile::Profile;
use mwallet::model::request::CertificateRequest;
use mwallet::model::shown_alias::ShownAlias;
use mwallet::store::Store;
use mwallet::store::dir::Location;
use serde::Serialize;

/// What is known of a file as a whole.
#[derive(Debug, Serialize)]
pub(crate) struct Head {
    pub(crate) schema: u32,
    pub(crate) path: String,
    pub(crate) format: &'static str,
    /// Where the format has more than one.
    pub(crate) layout: Option<&'static str>,
    pub(crate) profile: Option<&'static str>,
    pub(crate) auto_login: &'static str,
}

impl Head {
    pub(crate) fn of(store: &Store) -> Self {
        Self {
            schema: SCHEMA,
            path: store.path().to_string_lossy().into_owned(),
            format: store.format().name(),
            layout: store.layout().map(Layout::name),
            profile: store.origin.as_ref().and_then(Origin::profile).map(Profile::name),
            auto_login: store.auto_login().name(),
        }
    }

    /// The same in a line.
    pub(crate) fn line(&self) -> String {
        let layout = self.layout.map(|layout| format!("{layout} layout"));
        let profile = self.profile.map(|profile| format!("profile {profile}"));
        let auto_login =
            (self.auto_login != "none").then(|| format!("auto-login {}", self.auto_login));
        let facts = [Some(self.format.to_owned()), layout, profile, auto_login];
        facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// `list` and `show`.
#[derive(Debug, Serialize)]
pub(crate) struct WalletReport {
    #[serde(flatten)]
    pub(crate) head: Head,
    pub(crate) entries: Vec<EntryReport>,
}

/// One entry.
#[derive(Debug, Serialize)]
pub(crate) struct EntryReport {
    /// What is in a bundle has none.
    pub(crate) alias: Option<String>,
    /// Whether the alias was made up because the file has none, or because it is not unique.
    pub(crate) alias_derived: bool,
    pub(crate) kind: &'static str,
    pub(crate) subject: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) not_before: Option<String>,
    pub(crate) not_after: Option<String>,
    pub(crate) sha256: Option<String>,
    pub(crate) public_key: Option<String>,
    /// `open`; `closed` when nobody needed to open it; `locked` when nothing opened it; nothing where
    /// there is no private key.
    pub(crate) key: Option<&'static str>,
    pub(crate) chain: Vec<ChainReport>,
    pub(crate) trust_flags: Vec<&'static str>,
    /// What an entry that is not understood seems to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<CertificateDetails>,
    /// The certificates, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pem: Option<String>,
}

/// One certificate of an entry's chain.
#[derive(Debug, Serialize)]
pub(crate) struct ChainReport {
    pub(crate) subject: String,
    pub(crate) sha256: String,
    pub(crate) not_after: String,
}

impl EntryReport {
    /// What a table shows of an entry; what stands alone in a file that is no store goes by what it is.
    pub(crate) fn of(entry: &Entry, shown: &ShownAlias, store: &Store) -> Self {
        let certificate = entry.certificate();
        let request = request_of(entry);
        let key = entry.key();
        // A folder tells by the names of its files what is trusted.
        let is_loose = matches!(store.location(), Location::File(_))
            && matches!(store.format(), Format::Pem | Format::Certificate | Format::Pkcs7);
        let public_key = certificate
            .map(Certificate::key_algorithm)
            .or_else(|| request.as_ref().map(|request| request.public_key().algorithm()))
            .or_else(|| key.and_then(KeyMaterial::open).map(PrivateKey::algorithm));
        Self {
            alias: Some(shown.text.clone()),
            alias_derived: shown.derived,
            subject: certificate
                .map(|certificate| certificate.subject().to_string())
                .or_else(|| request.as_ref().map(|request| request.subject().to_string())),
            public_key: public_key.map(|algorithm| algorithm.to_string()),
            key: key.map(state),
            trust_flags: match &entry.kind {
                EntryKind::TrustedCertificate(trusted) => trusted.flags.names(),
                _ => Vec::new(),
            },
            description: match &entry.kind {
                EntryKind::Opaque(opaque) if request.is_none() => Some(opaque.description.clone()),
                _ => None,
            },
            ..Self::of_kind(match &entry.kind {
                EntryKind::TrustedCertificate(_) if is_loose => "certificate",
                EntryKind::Opaque(_) if request.is_some() => "request",
                kind => kind.name(),
            })
        }
    }

    /// With the rest, and the chain that `candidates`, all certificates of its wallet, give it.
    pub(crate) fn complete(self, entry: &Entry, candidates: &Candidates) -> Self {
        let Some(certificate) = entry.certificate() else { return self };
        let chain = match &entry.kind {
            EntryKind::PrivateKey(_) => {
                candidates.chain(certificate).iter().map(ChainReport::of).collect()
            }
            _ => Vec::new(),
        };
        Self { chain, ..self }.with(certificate)
    }

    fn with(self, certificate: &Certificate) -> Self {
        Self {
            issuer: Some(certificate.issuer().to_string()),
            serial: Some(certificate.serial_hex()),
            not_before: Some(timestamp(certificate.not_before())),
            not_after: Some(timestamp(certificate.not_after())),
            sha256: Some(certificate.fingerprint().to_string()),
            ..self
        }
    }
}

/// Things in a bundle, which are no entries of a wallet and have no alias.
impl EntryReport {
    pub(crate) fn of_certificate(certificate: &Certificate) -> Self {
        Self {
            subject: Some(certificate.subject().to_string()),
            public_key: Some(certificate.key_algorithm().to_string()),
            ..Self::of_kind("certificate")
        }
        .with(certificate)
    }

    pub(crate) fn of_request(request: &CertificateRequest) -> Self {
        Self {
            subject: Some(request.subject().to_string()),
            public_key: Some(request.public_key().algorithm().to_string()),
            ..Self::of_kind("request")
        }
    }

    pub(crate) fn of_key(key: &KeyMaterial) -> Self {
        Self {
            public_key: key.open().map(|key| key.algorithm().to_string()),
            key: Some(state(key)),
            ..Self::of_kind("private-key")
        }
    }

    pub(crate) fn of_kind(kind: &'static str) -> Self {
        Self {
            alias: None,
            alias_derived: false,
            kind,
            subject: None,
            issuer: None,
            serial: None,
            not_before: None,
            not_after: None,
            sha256: None,
            public_key: None,
            key: None,
            chain: Vec::new(),
            trust_flags: Vec::new(),
            description: None,
            details: None,
            pem: None,
        }
    }
}

fn state(key: &KeyMaterial) -> &'static str {
    match key {
        KeyMaterial::Open(_) => "open",
        KeyMaterial::Locked(locked) if locked.refusal.is_some() => "locked",
        KeyMaterial::Locked(_) => "closed",
    }
}

impl ChainReport {
    fn of(certificate: &Certificate) -> Self {
        Self {
            subject: certificate.subject().to_string(),
            sha256: certificate.fingerprint().to_string(),
            not_after: timestamp(certificate.not_after()),
        }
    }
}

/// The request of a key that has no certificate yet, or one whose key is elsewhere.
pub(crate) fn request_of(entry: &Entry) -> Option<CertificateRequest> {
    match &entry.kind {
        EntryKind::Opaque(opaque) if opaque.format == Format::Request => {
            CertificateRequest::from_der(&opaque.raw).ok()
        }
        _ => entry.request().filter(|_| entry.certificate().is_none()).cloned(),
    }
}
