//! The callbacks of the TLS library: they write down what they are asked, and judge nothing but the
//! signature of the handshake.

use crate::model::certificate::Certificate;
use crate::model::key::{KeyAlgorithm, PublicKey};
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The least that the TLS library verifies.
const RSA_BITS: u32 = 2048;

/// What the callbacks of a connection saw.
#[derive(Debug, Default)]
pub(in crate::probe) struct Record {
    pub(in crate::probe) presented: Vec<Vec<u8>>,
    /// The place of the certificate whose key made the signature of the handshake, where it is not the
    /// first.
    pub(in crate::probe) misplaced: Option<usize>,
    pub(in crate::probe) asked: Option<Asked>,
}

/// A certificate request as the callback gets it.
#[derive(Debug)]
pub(in crate::probe) struct Asked {
    pub(in crate::probe) authorities: Vec<Vec<u8>>,
    pub(in crate::probe) schemes: Vec<u16>,
}

/// The callbacks of the TLS library.
#[derive(Debug)]
pub(in crate::probe) struct Recorder {
    pub(in crate::probe) record: Arc<Mutex<Record>>,
    pub(in crate::probe) algorithms: WebPkiSupportedAlgorithms,
    pub(in crate::probe) key: Option<Arc<CertifiedKey>>,
}

impl Recorder {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What became of the signature of the handshake. One that is not the first certificate's may be
    /// that of another: the chain is in the wrong order then, which no client forgives (RFC 8446 section
    /// 4.4.2).
    fn judged(
        &self,
        first: &[u8],
        is_made_by: impl Fn(&[u8]) -> Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verdict = is_made_by(first);
        if verdict.is_err() {
            let mut record = self.record();
            let mut further = record.presented.iter().skip(1);
            let place = further.position(|der| is_made_by(der).is_ok());
            record.misplaced = place.map(|place| place + 1);
        }
        verdict
    }

    /// As the library does it, but by the key alone, because its reader of certificates refuses
    /// those of version 1.
    fn made_tls12_signature(
        &self,
        message: &[u8],
        certificate: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = public_key(certificate)?;
        let verifiers = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let verified = verifiers.is_some_and(|(_, verifiers)| {
            verifiers.iter().any(|verifier| {
                algorithm_content(&key) == Some(verifier.public_key_alg_id().as_ref())
                    && verifier
                        .verify_signature(key.key_bits(), message, signed.signature())
                        .is_ok()
            })
        });
        if verified {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(Error::InvalidCertificate(CertificateError::BadSignature))
        }
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.record().presented =
            std::iter::once(end_entity).chain(intermediates).map(|one| one.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judged(certificate, |der| self.made_tls12_signature(message, der, signed))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judged(certificate, |der| {
            let key = public_key(der)?;
            let key = SubjectPublicKeyInfoDer::from(key.der());
            verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(
        &self,
        root_hint_subjects: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.record().asked = Some(Asked {
            authorities: root_hint_subjects.iter().map(|name| name.to_vec()).collect(),
            schemes: schemes.iter().map(|&scheme| scheme.into()).collect(),
        });
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The key that the signature of the handshake is verified with.
fn public_key(certificate: &[u8]) -> Result<PublicKey, Error> {
    let key = Certificate::from_der(certificate)
        .map(|certificate| certificate.public_key())
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    match key.algorithm() {
        KeyAlgorithm::Rsa(bits) if bits < RSA_BITS => Err(Error::General(format!(
            "the server signs with rsa:{bits}; keys of less than {RSA_BITS} bits cannot be verified here"
        ))),
        _ => Ok(key),
    }
}

/// The content of the `AlgorithmIdentifier` of the key.
fn algorithm_content(key: &PublicKey) -> Option<&[u8]> {
    let info = AnyRef::from_der(key.der()).ok()?;
    let algorithm = SliceReader::new(info.value()).ok()?.tlv_bytes().ok()?;
    AnyRef::from_der(algorithm).ok().map(AnyRef::value)
}
