//! What a server says when it asks for a client certificate.

use crate::model::key::KeyAlgorithm;
use crate::model::name::DistinguishedName;
use std::fmt;

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

impl Version {
    /// As on the command line: `1.2`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Tls12 => "1.2",
            Self::Tls13 => "1.3",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS {}", self.number())
    }
}

/// A signature scheme by its number in the registry of RFC 8446 section 4.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scheme(pub u16);

/// The names of RFC 8446 section 4.2.3 and of draft-ietf-tls-mldsa, and the keys that sign so.
const SCHEMES: [(u16, &str, Signer); 19] = [
    (0x0201, "rsa_pkcs1_sha1", Signer::RsaTls12),
    (0x0203, "ecdsa_sha1", Signer::EcTls12),
    (0x0401, "rsa_pkcs1_sha256", Signer::RsaTls12),
    (0x0403, "ecdsa_secp256r1_sha256", Signer::Ec(KeyAlgorithm::EcP256)),
    (0x0501, "rsa_pkcs1_sha384", Signer::RsaTls12),
    (0x0503, "ecdsa_secp384r1_sha384", Signer::Ec(KeyAlgorithm::EcP384)),
    (0x0601, "rsa_pkcs1_sha512", Signer::RsaTls12),
    (0x0603, "ecdsa_secp521r1_sha512", Signer::Ec(KeyAlgorithm::EcP521)),
    (0x0804, "rsa_pss_rsae_sha256", Signer::Rsa),
    (0x0805, "rsa_pss_rsae_sha384", Signer::Rsa),
    (0x0806, "rsa_pss_rsae_sha512", Signer::Rsa),
    (0x0807, "ed25519", Signer::Ed25519),
    (0x0808, "ed448", Signer::Ed448),
    (0x0809, "rsa_pss_pss_sha256", Signer::Nobody),
    (0x080a, "rsa_pss_pss_sha384", Signer::Nobody),
    (0x080b, "rsa_pss_pss_sha512", Signer::Nobody),
    (0x0904, "mldsa44", Signer::Nobody),
    (0x0905, "mldsa65", Signer::Nobody),
    (0x0906, "mldsa87", Signer::Nobody),
];

/// Which keys a scheme is for.
#[derive(Clone, Copy)]
enum Signer {
    Rsa,
    /// RFC 8446 section 4.2.3: not for handshakes of TLS 1.3.
    RsaTls12,
    /// In TLS 1.2 the curve is not part of the scheme.
    Ec(KeyAlgorithm),
    EcTls12,
    Ed25519,
    Ed448,
    /// Keys with the OID of RSASSA-PSS, and those of ML-DSA, which no client here signs with.
    Nobody,
}

impl Signer {
    fn is_like(self, key: KeyAlgorithm) -> bool {
        match self {
            Self::Rsa | Self::RsaTls12 => matches!(key, KeyAlgorithm::Rsa(_)),
            Self::Ec(_) | Self::EcTls12 => {
                matches!(key, KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521)
            }
            Self::Ed25519 => key == KeyAlgorithm::Ed25519,
            Self::Ed448 => key == KeyAlgorithm::Ed448,
            Self::Nobody => false,
        }
    }
}

impl Scheme {
    /// Whether a key of this kind signs so.
    #[must_use]
    pub fn fits(self, key: KeyAlgorithm, version: Version) -> bool {
        let old = version == Version::Tls12;
        self.signer().is_some_and(|signer| {
            signer.is_like(key)
                && match signer {
                    Signer::RsaTls12 | Signer::EcTls12 => old,
                    Signer::Ec(curve) => old || key == curve,
                    _ => true,
                }
        })
    }

    fn signer(self) -> Option<Signer> {
        SCHEMES.iter().find(|(number, ..)| *number == self.0).map(|(_, _, signer)| *signer)
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SCHEMES.iter().find(|(number, ..)| *number == self.0) {
            Some((_, name, _)) => f.write_str(name),
            None => write!(f, "0x{:04x}", self.0),
        }
    }
}

/// The server's request for a certificate.
///
/// TLS 1.2: `CertificateRequest` (RFC 5246 section 7.4.4). TLS 1.3: the message of that name with
/// the extensions `signature_algorithms` and `certificate_authorities` (RFC 8446 section 4.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The version of the connection.
    pub version: Version,
    /// The CAs that the server names; none means any.
    pub authorities: Vec<DistinguishedName>,
    /// Names of CAs that are not well-formed.
    pub unreadable: usize,
    /// The signatures that it takes.
    pub schemes: Vec<Scheme>,
}

impl CertificateRequest {
    /// Whether the server names this CA, or none, which means any.
    #[must_use]
    pub fn names(&self, issuer: &DistinguishedName) -> bool {
        self.names_none() || self.authorities.iter().any(|authority| authority.matches(issuer))
    }

    /// Whether the server names no CA at all.
    #[must_use]
    pub fn names_none(&self) -> bool {
        self.authorities.is_empty() && self.unreadable == 0
    }

    /// Whether a key of this kind can make a signature that the server takes.
    #[must_use]
    pub fn takes(&self, key: KeyAlgorithm) -> bool {
        self.schemes.iter().any(|scheme| scheme.fits(key, self.version))
    }

    /// The place of keys of this type in the server's order, whatever their curve or length.
    #[must_use]
    pub fn place_of(&self, key: KeyAlgorithm) -> usize {
        let is_of_type =
            |scheme: &Scheme| scheme.signer().is_some_and(|signer| signer.is_like(key));
        self.schemes.iter().position(is_of_type).unwrap_or(usize::MAX)
    }
}
