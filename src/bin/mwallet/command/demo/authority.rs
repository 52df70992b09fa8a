//! A CA that lives as long as the demo: a root, and a CA below it that signs.

use crate::failure::Failure;
use mwallet::issue::certificate::{Role, Validity};
use mwallet::issue::constraint::NameConstraints;
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::EntryId;
use mwallet::model::key::KeyAlgorithm;
use mwallet::model::name::DistinguishedName;
use mwallet::model::publication::Publication;
use mwallet::model::request::CertificateRequest;
use mwallet::model::wallet::Wallet;
use mwallet::ops::authority::Authority;
use mwallet::ops::import::{ImportOptions, import};
use mwallet::ops::request::{self, RequestSpec};
use mwallet::ops::sign::{self, SignSpec};
use time::{Duration, OffsetDateTime};

/// Answers a request: its certificate, and those of the CAs, the root last.
pub(super) fn answer(
    request: &CertificateRequest,
    now: OffsetDateTime,
) -> Result<Vec<Certificate>, Failure> {
    let mut wallet = Wallet::new();
    let validity = Validity { not_before: now, not_after: now + Duration::days(3650) };
    let role = |path_length| Role::Authority { path_length: Some(path_length) };
    let root = key("CN=Demo Root CA,O=Demo")?;
    let root = request::self_signed(&mut wallet, &root, validity, role(1), false)?;
    let issuing = request::request(&mut wallet, &key("CN=Demo Issuing CA,O=Demo")?)?;
    let own = request::last_request(&wallet, issuing).expect("the entry was made for it");
    let certificate = sign(&wallet, root, own, role(0), now)?;
    import(&mut wallet, &[certificate], &ImportOptions::default())?;
    let mut answer = vec![sign(&wallet, issuing, request, Role::EndEntity, now)?];
    answer.extend(Authority::of(&wallet, Some(issuing))?.chain());
    Ok(answer)
}

fn key(name: &str) -> Result<RequestSpec, Failure> {
    Ok(RequestSpec {
        subject: DistinguishedName::parse(name)?,
        extensions: RequestedExtensions::default(),
        algorithm: KeyAlgorithm::EcP256,
        alias: None,
    })
}

fn sign(
    wallet: &Wallet,
    issuer: EntryId,
    request: &CertificateRequest,
    role: Role,
    now: OffsetDateTime,
) -> Result<Certificate, Failure> {
    let spec = SignSpec {
        days: 90,
        role,
        san: None,
        eku: None,
        constraints: NameConstraints::default(),
        publication: Publication::default(),
        copy: true,
    };
    Ok(sign::sign(&Authority::of(wallet, Some(issuer))?, request, &spec, now)?.certificate)
}
