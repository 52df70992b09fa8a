//! How long a file is going to be, found out before it is built: a certificate that stands in the chains of
//! many keys is held once and written as often.

use crate::codec::CodecError;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::format::Format;
use crate::model::wallet::Wallet;

/// What is written for a wallet has this length or more.
///
/// # Errors
///
/// [`CodecError::Limit`] for more than [`limits::FILE_BYTES`], which nobody could read back.
pub(in crate::codec) fn require(wallet: &Wallet, format: Format) -> Result<(), CodecError> {
    let certificates = wallet.certificates().map(|(_, certificate)| certificate);
    match format {
        Format::Pem => require_bytes(in_pem(certificates)),
        Format::Jks | Format::Jceks => {
            require_bytes(certificates.map(|one| one.der().len() as u64).sum())
        }
        // The others hold each certificate once, or those of one key.
        _ => Ok(()),
    }
}

/// Fails for more bytes than a file may have.
///
/// # Errors
///
/// [`CodecError::Limit`].
pub(crate) fn require_bytes(bytes: u64) -> Result<(), CodecError> {
    if bytes > limits::FILE_BYTES {
        let limit = "bytes of what is written";
        return Err(CodecError::Limit { limit, found: bytes, allowed: limits::FILE_BYTES });
    }
    Ok(())
}

/// The least that certificates take in PEM: 65 characters for 48 bytes.
pub(crate) fn in_pem<'c>(certificates: impl Iterator<Item = &'c Certificate>) -> u64 {
    certificates.map(|one| (one.der().len() as u64).div_ceil(48) * 65).sum()
}

#[cfg(test)]
mod tests {
    use super::require;
    use crate::codec::{CodecError, pem};
    use crate::model::certificate::Certificate;
    use crate::model::entry::{EntryKind, TrustedEntry};
    use crate::model::format::Format;
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;

    #[test]
    fn what_would_be_longer_than_a_file_may_be_is_refused_before_it_is_built() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        let large = vec![0; 1 << 20];
        let extension = rcgen::CustomExtension::from_oid_content(&[1, 2, 3, 4], large);
        params.custom_extensions = vec![extension];
        let made = params.self_signed(&key).unwrap();
        let certificate = Certificate::from_der(made.der()).unwrap();
        let mut wallet = Wallet::new();
        let push = |wallet: &mut Wallet| {
            let (certificate, flags) = (certificate.clone(), TrustFlags::default());
            let trusted = TrustedEntry { certificate, flags };
            wallet.push(None, EntryKind::TrustedCertificate(trusted));
        };
        push(&mut wallet);
        let written = pem::encode(&wallet, &crate::codec::Sealing::default()).unwrap();
        let expected = super::in_pem(wallet.certificates().map(|(_, one)| one));
        assert!((expected..expected + 300).contains(&(written.len() as u64)));
        for _ in 0..200 {
            push(&mut wallet);
        }
        // 201 MiB of DER are 272 MiB of PEM.
        assert!(require(&wallet, Format::Jks).is_ok());
        assert!(matches!(require(&wallet, Format::Pem), Err(CodecError::Limit { .. })));
        for _ in 0..60 {
            push(&mut wallet);
        }
        assert!(matches!(require(&wallet, Format::Jks), Err(CodecError::Limit { .. })));
    }
}
