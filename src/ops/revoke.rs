//! Revoking certificates.

use crate::crypto::sign;
use crate::issue::crl::{self, CrlTemplate, Revocation};
use crate::issue::signed::SigningDigest;
use crate::issue::usage::KeyUsage;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::revocation::RevocationReason;
use crate::model::serial::SerialNumber;
use crate::oid;
use crate::ops::OpsError;
use crate::ops::authority::Authority;
use std::collections::HashMap;
use time::{Duration, OffsetDateTime};

/// A certificate to revoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoke {
    /// Its number.
    pub serial: SerialNumber,
    /// Why; none says nothing.
    pub reason: RevocationReason,
}

/// A new list, and what is in it.
#[derive(Clone, Debug)]
pub struct NewList {
    /// The list.
    pub list: RevocationList,
    /// How many entries of the old one it keeps as they were.
    pub kept: usize,
    /// What it has and the old one had not.
    pub added: Vec<Revoke>,
    /// What the old one had already, with the reason that it has now. Its date stays, and its reason
    /// too, unless that was a hold (RFC 5280 section 5.3.1) or none.
    pub present: Vec<Revoke>,
}

/// Makes the next list of a CA: all that `old` has, with the number after its own, and what is
/// revoked now. Without an old list it is number 1.
///
/// # Errors
///
/// [`OpsError::IssuerUnfit`], [`OpsError::IssuerOther`] when the old list is not the CA's,
/// [`OpsError::ListUnsupported`] when it is none of all certificates of the CA, and
/// [`OpsError::Issue`].
pub fn next_list(
    authority: &Authority<'_>,
    old: Option<&RevocationList>,
    revoke: &[Revoke],
    days: u16,
    now: OffsetDateTime,
) -> Result<NewList, OpsError> {
    authority.require(KeyUsage::CrlSign, now)?;
    let mut revoked = Vec::new();
    // Where each number stands, since when, and why.
    let mut known = HashMap::new();
    if let Some(old) = old {
        require_continuable(old, authority)?;
        for entry in old.revoked() {
            let serial = SerialNumber::from_content(entry.serial());
            known.insert(serial, (revoked.len(), entry.date(), entry.reason()));
            revoked.push(Revocation::kept(&entry));
        }
    }
    let (mut added, mut present, mut kept) = (Vec::new(), Vec::new(), revoked.len());
    for one @ Revoke { serial, reason } in revoke {
        match known.get(serial) {
            None => {
                known.insert(serial.clone(), (revoked.len(), now, Some(*reason)));
                revoked.push(Revocation::new(serial, now, *reason)?);
                added.push(one.clone());
            }
            Some(&(place, date, had)) => {
                let had = had.unwrap_or(RevocationReason::Unspecified);
                let reason = if is_final(had) { had } else { *reason };
                if had != reason {
                    revoked[place] = Revocation::new(serial, date, reason)?;
                    kept -= usize::from(place < kept);
                }
                present.push(Revoke { serial: serial.clone(), reason });
            }
        }
    }
    let number = old.and_then(RevocationList::number).unwrap_or_else(SerialNumber::zero).next();
    let list = crl::crl(
        authority.issuer(),
        &CrlTemplate {
            this_update: now,
            next_update: now + Duration::days(days.into()),
            number,
            revoked,
            digest: SigningDigest::default(),
        },
    )?;
    Ok(NewList { list, kept, added, present })
}

/// Whether a reason stays, whatever is said later.
fn is_final(reason: RevocationReason) -> bool {
    !matches!(reason, RevocationReason::Unspecified | RevocationReason::CertificateHold)
}

/// Makes sure that the certificate is one of this CA's.
///
/// # Errors
///
/// [`OpsError::IssuerOther`].
pub fn require_issued(
    authority: &Authority<'_>,
    certificate: &Certificate,
) -> Result<(), OpsError> {
    let what = || format!("the certificate of {}", certificate.subject());
    let signed = Signed {
        issuer: certificate.issuer().matches(&authority.certificate().subject()),
        algorithm: certificate.signature_algorithm_der(),
        content: certificate.tbs_der(),
        signature: certificate.signature(),
    };
    signed.require(authority, what)
}

fn require_continuable(list: &RevocationList, authority: &Authority<'_>) -> Result<(), OpsError> {
    let signed = Signed {
        issuer: list.issuer().matches(&authority.certificate().subject()),
        algorithm: list.signature_algorithm_der(),
        content: list.tbs_der(),
        signature: list.signature(),
    };
    signed.require(authority, || "the revocation list".to_owned())?;
    let unsupported = |reason| Err(OpsError::ListUnsupported { reason });
    if list.extension(oid::DELTA_CRL_INDICATOR).is_some() {
        return unsupported("it holds only the changes since another list");
    }
    if list.extension(oid::ISSUING_DISTRIBUTION_POINT).is_some() {
        return unsupported("it is of one place of publication, not of all certificates of the CA");
    }
    Ok(())
}

/// What somebody signed, and whether it names the CA.
struct Signed<'a> {
    issuer: bool,
    algorithm: &'a [u8],
    content: &'a [u8],
    signature: &'a [u8],
}

impl Signed<'_> {
    fn require(
        &self,
        authority: &Authority<'_>,
        what: impl Fn() -> String,
    ) -> Result<(), OpsError> {
        let certificate = authority.certificate();
        let other = |reason| {
            let authority = certificate.subject().to_string();
            Err(OpsError::IssuerOther { what: what(), authority, reason })
        };
        if !self.issuer {
            return other("it names another issuer");
        }
        let key = certificate.public_key();
        match sign::verify(self.algorithm, &key, self.content, self.signature) {
            Ok(()) => Ok(()),
            Err(_) => other("its signature does not fit the CA's key"),
        }
    }
}
