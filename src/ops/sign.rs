//! Answering requests, as a small CA does.

use crate::chain::{self, Candidates, Criteria, Finding, Severity, Source};
use crate::code::Code;
use crate::crypto::sign::VerifyError;
use crate::issue::IssueError;
use crate::issue::alternative_name::SubjectAltName;
use crate::issue::certificate::{self, Role, Template, Validity};
use crate::issue::constraint::NameConstraints;
use crate::issue::csr;
use crate::issue::extensions::{RawExtension, RequestedExtensions};
use crate::issue::usage::{ExtendedKeyUsage, KeyUsage};
use crate::model::certificate::Certificate;
use crate::model::key::KeyAlgorithm;
use crate::model::publication::Publication;
use crate::model::request::CertificateRequest;
use crate::oid::{self, ObjectIdentifier};
use crate::ops::OpsError;
use crate::ops::authority::{self, Authority, Unfit};
use std::collections::BTreeSet;
use std::fmt;
use time::{Duration, OffsetDateTime};

/// How far a certificate's validity reaches back, for machines whose clocks are slow.
const BACKDATED: Duration = Duration::minutes(5);

/// Fewest bits of an RSA key that is certified: NIST SP 800-57 part 1, CA/Browser Forum section
/// 6.1.5.
const RSA_BITS: u32 = 2048;

/// What the CA gives, whatever the request says.
#[derive(Clone, Debug)]
pub struct SignSpec {
    /// For how many days.
    pub days: u16,
    /// Whether the subject becomes a CA.
    pub role: Role,
    /// Names of the subject; they replace the requested ones.
    pub san: Option<Vec<SubjectAltName>>,
    /// Usages; they replace the requested ones.
    pub eku: Option<Vec<ExtendedKeyUsage>>,
    /// The names that the subject, a CA, may certify.
    pub constraints: NameConstraints,
    /// Where the CA publishes.
    pub publication: Publication,
    /// Whether the names and usages of the request are taken where none are given above.
    pub copy: bool,
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct SignedCertificate {
    /// The certificate.
    pub certificate: Certificate,
    /// The requested extensions that it has, unless they are given by the CA.
    pub copied: Vec<RawExtension>,
    /// The requested extensions that it does not have, or has with another value.
    pub left: Vec<RawExtension>,
    /// Those of them of which it would have more, were they copied.
    pub copyable: Vec<ObjectIdentifier>,
    /// What validators will find in its chain, and what the CA should know of it.
    pub findings: Vec<Finding>,
}

/// Why a request is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The signature does not fit the key.
    SignatureInvalid,
    /// The signature cannot be verified.
    SignatureUnsupported {
        /// Its algorithm.
        algorithm: String,
    },
    /// The key is too weak.
    WeakKey(KeyAlgorithm),
    /// It has neither a subject nor another name.
    NoName,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignatureInvalid => {
                f.write_str("its signature does not fit its key, so nobody has shown to hold that")
            }
            Self::SignatureUnsupported { algorithm } => {
                write!(f, "its signature cannot be verified: algorithm {algorithm}")
            }
            Self::WeakKey(key) => write!(f, "its key is too weak: {key}"),
            Self::NoName => f.write_str("it has no subject, and no alternative name is given"),
        }
    }
}

/// Answers a request.
///
/// Of the extensions that it asks for, names, key usage and extended key usage can be taken over; all
/// others are the CA's to decide. Nothing that a request says makes its sender a CA or one who answers
/// for the CA: basic constraints, keyCertSign, cRLSign and the usage of OCSP responders are never taken
/// from it.
///
/// What was made is judged with the chain of the CA before it is handed out: where a CA above does not
/// allow its names or its place, it is not.
///
/// # Errors
///
/// [`OpsError::IssuerUnfit`], [`OpsError::RequestRefused`], and [`OpsError::Issue`] when the request is
/// malformed or something cannot be written.
pub fn sign(
    authority: &Authority<'_>,
    request: &CertificateRequest,
    spec: &SignSpec,
    now: OffsetDateTime,
) -> Result<SignedCertificate, OpsError> {
    authority.require(KeyUsage::KeyCertSign, now)?;
    if let Role::Authority { path_length } = spec.role {
        authority.require_room(path_length)?;
    }
    let refused = |reason| {
        let subject = request.subject().to_string();
        OpsError::RequestRefused { subject, reason }
    };
    prove(request)?.map_err(refused)?;
    if let KeyAlgorithm::Rsa(bits) = request.public_key().algorithm()
        && bits < RSA_BITS
    {
        return Err(refused(Refusal::WeakKey(KeyAlgorithm::Rsa(bits))));
    }
    let extensions = extensions(request, spec)?;
    if request.subject().is_empty() && extensions.san.is_empty() {
        return Err(refused(Refusal::NoName));
    }
    let validity = validity(authority.certificate(), spec.days, now);
    let told = [cut_short(validity, spec.days, now), nameless_server(&extensions)];
    let template = Template {
        extensions,
        constraints: spec.constraints.clone(),
        publication: spec.publication.clone(),
        ..Template::new(validity, spec.role)
    };
    let certificate =
        certificate::issue(authority.issuer(), request.subject(), request.public_key(), &template)?;
    let (copied, left): (Vec<_>, Vec<_>) =
        csr::all_requested_extensions(request)?.into_iter().partition(|asked| {
            certificate.extension(asked.oid).is_some_and(|given| given.value == asked.value)
        });
    let copyable = copyable(request, spec, &certificate, &left)?;
    let mut findings = judge(authority, &certificate, now)?;
    findings.extend(told.into_iter().flatten());
    Ok(SignedCertificate { certificate, copied, left, copyable, findings })
}

/// What validators will say who trust the end of the CA's chain.
fn judge(
    authority: &Authority<'_>,
    certificate: &Certificate,
    now: OffsetDateTime,
) -> Result<Vec<Finding>, OpsError> {
    let mut candidates = Candidates::new();
    let chain = authority.chain();
    if let Some((last, between)) = chain.split_last() {
        candidates.add(last, Source::Trusted);
        for issuer in between {
            candidates.add(issuer, Source::Presented);
        }
    }
    let mut findings = chain::validate(certificate, &candidates, &Criteria::new(now)).findings;
    findings.retain(|finding| finding.severity == Severity::Error);
    let forbids = [Code::NAME_CONSTRAINT_VIOLATED, Code::PATH_LENGTH_EXCEEDED];
    match findings.iter().find(|finding| forbids.contains(&finding.code)) {
        Some(finding) => {
            let reason = Unfit::Forbidden(finding.message.clone());
            Err(authority::unfit(authority.alias().to_owned(), reason))
        }
        None => Ok(findings),
    }
}

/// Whether the sender holds the key.
fn prove(request: &CertificateRequest) -> Result<Result<(), Refusal>, IssueError> {
    match csr::verify_request(request) {
        Ok(()) => Ok(Ok(())),
        Err(IssueError::Signature(VerifyError::Invalid)) => Ok(Err(Refusal::SignatureInvalid)),
        Err(IssueError::Signature(VerifyError::Unsupported { algorithm })) => {
            Ok(Err(Refusal::SignatureUnsupported { algorithm }))
        }
        Err(error) => Err(error),
    }
}

fn extensions(
    request: &CertificateRequest,
    spec: &SignSpec,
) -> Result<RequestedExtensions, IssueError> {
    let mut extensions = if spec.copy {
        csr::requested_extensions(request)?
    } else {
        RequestedExtensions::default()
    };
    let authority_uses = [KeyUsage::KeyCertSign, KeyUsage::CrlSign];
    extensions.key_usage.retain(|usage| !authority_uses.contains(usage));
    // RFC 6960 section 4.2.2.2: who has it answers for the CA
    extensions.eku.retain(|usage| usage.0 != oid::OCSP_SIGNING);
    if matches!(spec.role, Role::Authority { .. }) {
        extensions.key_usage.extend(authority_uses);
    }
    if let Some(san) = &spec.san {
        extensions.san.clone_from(san);
    }
    if let Some(eku) = &spec.eku {
        extensions.eku.clone_from(eku);
    }
    Ok(extensions)
}

/// Of what was left out, the extensions of which the certificate would have more, were they copied; none of a
/// request that could not be copied.
fn copyable(
    request: &CertificateRequest,
    spec: &SignSpec,
    certificate: &Certificate,
    left: &[RawExtension],
) -> Result<Vec<ObjectIdentifier>, IssueError> {
    let Ok(copied) = extensions(request, &SignSpec { copy: true, ..spec.clone() }) else {
        return Ok(Vec::new());
    };
    let given = RequestedExtensions::of_certificate(certificate)?;
    let copied_usage: BTreeSet<_> = copied.key_usage.iter().collect();
    let given_usage: BTreeSet<_> = given.key_usage.iter().collect();
    let mut copyable = vec![
        (oid::SUBJECT_ALT_NAME, !copied.san.is_empty() && copied.san != given.san),
        (oid::EXTENDED_KEY_USAGE, !copied.eku.is_empty() && copied.eku != given.eku),
        (oid::KEY_USAGE, !copied_usage.is_empty() && copied_usage != given_usage),
    ];
    copyable.retain(|(oid, differs)| *differs && left.iter().any(|asked| asked.oid == *oid));
    Ok(copyable.into_iter().map(|(oid, _)| oid).collect())
}

/// A certificate neither begins before its issuer's nor ends after it.
fn validity(issuer: &Certificate, days: u16, now: OffsetDateTime) -> Validity {
    Validity {
        not_before: (now - BACKDATED).max(issuer.not_before()),
        not_after: (now + Duration::days(days.into())).min(issuer.not_after()),
    }
}

/// That it ends before the days are over.
fn cut_short(validity: Validity, days: u16, now: OffsetDateTime) -> Option<Finding> {
    let Validity { not_after, .. } = validity;
    let message =
        format!("the certificate ends on {}, together with that of the CA", not_after.date());
    let is_cut = not_after < now + Duration::days(days.into());
    is_cut.then(|| Finding::new(Code::VALIDITY_CUT, Severity::Warning, message))
}

/// RFC 9525 section 6.3: clients look for the host among the alternative names alone.
fn nameless_server(extensions: &RequestedExtensions) -> Option<Finding> {
    let is_server = extensions.eku.iter().any(|purpose| purpose.0 == oid::SERVER_AUTH);
    let message = "the certificate is for a server and names no host: clients look for it \
                   among the alternative names alone";
    (is_server && extensions.san.is_empty())
        .then(|| Finding::new(Code::SAN_MISSING, Severity::Warning, message))
}
