//! The revocation lists of a test PKI.

use crate::codec::pem;
use crate::issue::IssueError;
use crate::issue::crl::{self, CrlTemplate, Revocation};
use crate::issue::signed::SigningDigest;
use crate::model::revocation::RevocationReason;
use crate::model::serial::{SerialNumber, SerialNumberError};
use crate::pki::manifest::{self, ListedCrl};
use crate::pki::output::public;
use crate::pki::validity;
use crate::pki::workshop::{Issuing, MadeFile};
use time::OffsetDateTime;

/// The list of a CA with these serial numbers in hexadecimal, as files and for the manifest.
pub(super) fn list(
    name: &str,
    issuing: &Issuing,
    mut revoked: Vec<String>,
    number: u64,
    now: OffsetDateTime,
) -> Result<(Vec<MadeFile>, ListedCrl), IssueError> {
    let validity = validity::of_list(now, issuing.certificate.not_after());
    revoked.sort_unstable();
    let entries = revoked
        .iter()
        .map(|serial| {
            let serial: SerialNumber = serial.parse().map_err(|error: SerialNumberError| {
                IssueError::Encoding { reason: error.to_string() }
            })?;
            Revocation::new(&serial, validity.not_before, RevocationReason::KeyCompromise)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let template = CrlTemplate {
        this_update: validity.not_before,
        next_update: validity.not_after,
        number: SerialNumber::from_magnitude(&number.to_be_bytes()),
        revoked: entries,
        digest: SigningDigest::default(),
    };
    let list = crl::crl(issuing.issuer(), &template)?;
    let files = vec![
        public(name, "crl.pem", pem::encode_revocation_list(&list).into_bytes()),
        public(name, "crl.der", list.der().to_vec()),
    ];
    let listed = ListedCrl {
        number,
        this_update: manifest::timestamp(validity.not_before),
        next_update: manifest::timestamp(validity.not_after),
        revoked,
    };
    Ok((files, listed))
}
