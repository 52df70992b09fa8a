//! Certificates that were read before.

use crate::model::certificate::{Certificate, CertificateError};
use crate::model::wallet::Wallet;
use std::collections::HashMap;

/// Bytes at the end of a certificate that tell it from others: they are of its signature. Where two have
/// the same, one of them is read again.
const END: usize = 16;

/// The certificates of a wallet, by the end of their bytes: what was just written from it is read back
/// without reading each of thousands apart again.
pub(super) struct Known<'w>(HashMap<&'w [u8], &'w Certificate>);

impl<'w> Known<'w> {
    pub(super) fn of(wallet: Option<&'w Wallet>) -> Self {
        let certificates = wallet.into_iter().flat_map(Wallet::certificates);
        Self(certificates.map(|(_, one)| (end(one.der()), one)).collect())
    }

    /// The certificate of these bytes: one that is known, or that is read now.
    ///
    /// # Errors
    ///
    /// As [`Certificate::from_der`].
    pub(super) fn certificate(&self, der: &[u8]) -> Result<Certificate, CertificateError> {
        match self.0.get(end(der)) {
            Some(known) if known.der() == der => Ok((*known).clone()),
            _ => Certificate::from_der(der),
        }
    }
}

fn end(der: &[u8]) -> &[u8] {
    &der[der.len().saturating_sub(END)..]
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::model::certificate::Certificate;
    use crate::model::entry::{EntryKind, TrustedEntry};
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;

    #[test]
    fn only_the_same_bytes_are_known() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = Certificate::from_der(made.cert.der()).unwrap();
        let mut wallet = Wallet::new();
        let flags = TrustFlags::default();
        let entry = TrustedEntry { certificate: certificate.clone(), flags };
        wallet.push(None, EntryKind::TrustedCertificate(entry));
        let known = Known::of(Some(&wallet));
        let read = |der: &[u8]| known.certificate(der);
        let is_shared =
            |other: &Certificate| std::ptr::eq(certificate.der().as_ptr(), other.der().as_ptr());
        assert!(is_shared(&read(certificate.der()).unwrap()));

        // Another one with the same end, and none at all.
        let mut other = certificate.der().to_vec();
        let serial = other.iter().position(|byte| *byte == 0x02).unwrap() + 10;
        other[serial] ^= 1;
        let read_again = read(&other).unwrap();
        assert_eq!(read_again.der(), other);
        assert!(!is_shared(&read_again));
        for length in [0, 1, super::END] {
            let start = certificate.der().len() - length;
            assert!(read(&certificate.der()[start..]).is_err());
        }
        assert!(!is_shared(&Known::of(None).certificate(certificate.der()).unwrap()));
    }
}
