//! What is known of an issuer that is not there.

use crate::chain::candidates::{Candidates, agreement};
use crate::hex;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::name::DistinguishedName;
use crate::model::publication::Publication;
use std::fmt;

/// The issuer at which a path breaks off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingIssuer {
    /// The certificate whose issuer is missing.
    pub certificate: Certificate,
    /// The issuer's name, as the certificate gives it.
    pub issuer: DistinguishedName,
    /// The identifier of the issuer's key, as the certificate gives it: lower-case hexadecimal.
    pub key_identifier: Option<String>,
    /// Where the CA says that its certificate can be fetched: `caIssuers` of RFC 5280 section
    /// 4.2.2.1, only the URLs, unverified.
    pub urls: Vec<String>,
    /// The certificate that comes nearest, and why it is not the issuer.
    pub nearest: Option<Nearest>,
}

/// A certificate that looks like the issuer and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// The certificate.
    pub certificate: Certificate,
    /// Why it is not the issuer.
    pub mismatch: Mismatch,
}

/// Why a certificate that looks like the issuer is not; the nearest miss comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mismatch {
    /// It issued the certificate and stands further down the same path: the CAs sign each other.
    Circular,
    /// Name and key identifier fit, as far as they are stated, and the signature does not: the
    /// certificate was changed or damaged, or belongs to another CA of that name.
    Signature,
    /// It was not tried, because the search had reached its bound.
    NotTried,
    /// It has the name, but the key identifier of another key: often an older or newer generation of the CA.
    Key,
    /// It has the key identifier, but another name.
    Name,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Circular => "it stands on the same path already",
            Self::Signature => "the name fits, the signature does not",
            Self::NotTried => "it was not tried, the search had reached its bound",
            Self::Key => "the name fits, the key is another",
            Self::Name => "the key identifier fits, the name is another",
        })
    }
}

impl MissingIssuer {
    /// What `candidates` tell of the issuer of the last certificate of a path, which has one.
    pub(in crate::chain) fn of(
        candidates: &Candidates,
        path: &[&Certificate],
        exhausted: bool,
    ) -> Self {
        let certificate = path[path.len() - 1];
        let issuer = certificate.issuer();
        let wanted = certificate.authority_key_identifier();
        // A certificate that claims to be its own issuer has only its signature against it.
        let itself = (certificate.is_self_issued()
            && agreement(wanted, certificate.subject_key_identifier()) != Some(false))
        .then_some((Mismatch::Signature, certificate));
        let same_name = candidates.namesakes(&issuer).iter().take(limits::NAMESAKES);
        let same_name = same_name.filter(|&&index| candidates.is_named(index, &issuer));
        let same_name = same_name.map(|&index| {
            let candidate = candidates.get(index);
            let mismatch = if path.contains(&&candidate.certificate) {
                Mismatch::Circular
            } else if exhausted {
                Mismatch::NotTried
            } else if agreement(wanted, candidate.key_identifier.as_deref()) == Some(false) {
                Mismatch::Key
            } else {
                Mismatch::Signature
            };
            (mismatch, &candidate.certificate)
        });
        let same_key = wanted
            .map_or(&[][..], |wanted| candidates.with_key_identifier(wanted))
            .iter()
            .take(limits::NAMESAKES)
            .map(|&index| (Mismatch::Name, &candidates.get(index).certificate));
        let nearest = same_name
            .chain(same_key)
            .filter(|(_, other)| *other != certificate)
            .chain(itself)
            .min_by_key(|(mismatch, _)| *mismatch)
            .map(|(mismatch, other)| Nearest { certificate: other.clone(), mismatch });
        Self {
            issuer,
            key_identifier: wanted.map(hex::encode),
            urls: issuer_urls(certificate),
            nearest,
            certificate: certificate.clone(),
        }
    }
}

impl fmt::Display for MissingIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the issuer of {} is missing: {}", self.certificate.subject(), self.issuer)?;
        if let Some(key_identifier) = &self.key_identifier {
            write!(f, ", key identifier {key_identifier}")?;
        }
        if let Some(url) = self.urls.first() {
            write!(f, ", offered at {url}")?;
        }
        if let Some(Nearest { certificate, mismatch }) = &self.nearest {
            let fingerprint = certificate.fingerprint().to_string();
            write!(
                f,
                "; nearest is {} (sha256:{}), but {mismatch}",
                certificate.subject(),
                &fingerprint[..16]
            )?;
        }
        Ok(())
    }
}

/// The URLs of `caIssuers`. The text is the CA's, so only visible ASCII passes: it is shown on
/// terminals.
fn issuer_urls(certificate: &Certificate) -> Vec<String> {
    // A malformed extension names no URL; it says nothing about the chain.
    let mut urls = Publication::of_access(certificate).unwrap_or_default().ca_issuers;
    urls.retain(|url| url.bytes().all(|byte| byte.is_ascii_graphic()));
    urls
}
