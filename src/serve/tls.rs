//! TLS as a server speaks it that presents what it is told to, and takes every client.

use crate::crypto::{self, weak};
use crate::model::certificate::Certificate;
use crate::model::key::{KeyAlgorithm, PrivateKey};
use crate::serve::{Endpoint, ServeError};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::version::{TLS12, TLS13};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureAlgorithm,
    SignatureScheme, SupportedProtocolVersion,
};
use std::sync::Arc;

/// Fewest bits of an RSA key that the TLS library signs with.
const STRONG_BITS: u32 = 2048;

/// Both versions, and the one in which weak keys can sign.
const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
const WEAK_VERSIONS: [&SupportedProtocolVersion; 1] = [&TLS12];

/// The configuration of a server that names `roots` as the CAs of its clients.
pub(super) fn configuration(
    endpoint: &Endpoint,
    roots: &[Certificate],
) -> Result<ServerConfig, ServeError> {
    let failed = |reason: String| ServeError::Key { name: endpoint.name.clone(), reason };
    let provider = Arc::new(crypto::tls::provider());
    let (key, versions) =
        signing_key(&endpoint.key, &provider).map_err(|e| failed(e.to_string()))?;
    let presented = endpoint.presented.iter();
    let chain = presented.map(|link| CertificateDer::from(link.der().to_vec())).collect();
    let presented = Presented(Arc::new(CertifiedKey::new(chain, key)));
    let hints = roots.iter().map(|root| DistinguishedName::from(root.subject_der().to_vec()));
    let verifier = Anybody { provider: Arc::clone(&provider), hints: hints.collect() };
    let configuration = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| failed(error.to_string()))?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(presented));
    Ok(configuration)
}

fn signing_key(
    key: &PrivateKey,
    provider: &CryptoProvider,
) -> Result<(Arc<dyn SigningKey>, &'static [&'static SupportedProtocolVersion]), Error> {
    if matches!(key.algorithm(), KeyAlgorithm::Rsa(bits) if bits < STRONG_BITS) {
        return Ok((Arc::new(WeakKey(key.clone())), &WEAK_VERSIONS));
    }
    let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.pkcs8().to_vec()));
    Ok((provider.key_provider.load_private_key(der)?, &VERSIONS))
}

/// Presents the same to everybody, and asks nobody whether key and certificate belong together.
#[derive(Debug)]
struct Presented(Arc<CertifiedKey>);

impl ResolvesServerCert for Presented {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Wants a client certificate, does without one, and takes any whose key the client has.
#[derive(Debug)]
struct Anybody {
    provider: Arc<CryptoProvider>,
    hints: Vec<DistinguishedName>,
}

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// An RSA key that is too short for the TLS library.
#[derive(Clone, Debug)]
struct WeakKey(PrivateKey);

impl SigningKey for WeakKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let offers = offered.contains(&SignatureScheme::RSA_PKCS1_SHA256);
        offers.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for WeakKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        weak::sign_sha256(&self.0, message).map_err(|error| Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PKCS1_SHA256
    }
}
