//! Throw-away certification authorities, made by rcgen.

#![allow(dead_code, reason = "each test uses a part")]
#![allow(clippy::unwrap_used)]

use mwallet::model::certificate::Certificate;
use mwallet::model::key::PrivateKey;
use mwallet::secret::SecretBytes;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// A CA: its name, its key and its certificate.
pub(crate) struct Ca {
    pub(crate) parameters: CertificateParams,
    pub(crate) key: KeyPair,
    pub(crate) certificate: Certificate,
}

/// A key with the certificate that a CA gave it.
pub(crate) struct Leaf {
    pub(crate) key: KeyPair,
    pub(crate) certificate: Certificate,
}

impl Ca {
    /// A self-signed CA.
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, |_| {})
    }

    /// A self-signed CA with other parameters.
    pub(crate) fn root_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let parameters = authority(name, change);
        let key = KeyPair::generate().unwrap();
        let certificate = read(&parameters.self_signed(&key).unwrap());
        Self { parameters, key, certificate }
    }

    /// A CA below this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        self.intermediate_with(name, |_| {})
    }

    /// A CA below this one with other parameters.
    pub(crate) fn intermediate_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let parameters = authority(name, change);
        let key = KeyPair::generate().unwrap();
        let certificate = self.sign(&parameters, &key);
        Self { parameters, key, certificate }
    }

    /// A certificate of another CA, signed by this one.
    pub(crate) fn cross_sign(&self, other: &Self) -> Certificate {
        self.sign(&other.parameters, &other.key)
    }

    /// A key and its certificate.
    pub(crate) fn leaf(&self, name: &str) -> Leaf {
        self.leaf_with(name, |_| {})
    }

    /// A key and its certificate with other parameters.
    pub(crate) fn leaf_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let certificate = self.certify_with(name, &key, change);
        Leaf { key, certificate }
    }

    /// A certificate for a key.
    pub(crate) fn certify(&self, name: &str, key: &KeyPair) -> Certificate {
        self.certify_with(name, key, |_| {})
    }

    fn certify_with(
        &self,
        name: &str,
        key: &KeyPair,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        let mut parameters = named(name);
        parameters.is_ca = IsCa::ExplicitNoCa;
        change(&mut parameters);
        self.sign(&parameters, key)
    }

    /// Signs whatever is given.
    pub(crate) fn sign(&self, parameters: &CertificateParams, key: &KeyPair) -> Certificate {
        let issuer = Issuer::from_params(&self.parameters, &self.key);
        read(&parameters.signed_by(key, &issuer).unwrap())
    }
}

impl Leaf {
    /// The key in the form of the model.
    pub(crate) fn private_key(&self) -> PrivateKey {
        private_key(&self.key)
    }
}

/// A key in the form of the model.
pub(crate) fn private_key(key: &KeyPair) -> PrivateKey {
    PrivateKey::from_pkcs8(SecretBytes::from(key.serialized_der())).unwrap()
}

/// Parameters for a subject of one common name.
pub(crate) fn named(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.use_authority_key_identifier_extension = true;
    parameters
}

/// A certificate in the form of the model.
pub(crate) fn read(certificate: &rcgen::Certificate) -> Certificate {
    Certificate::from_der(certificate.der()).unwrap()
}

fn authority(name: &str, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut parameters = named(name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut parameters);
    parameters
}
