//! The structures around a private key: PKCS#8, and the traditional forms that it wraps.

use crate::model::key::{KeyError, PrivateKey};
use crate::oid;
use crate::secret::SecretBytes;
use der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, TagNumber};
use x509_cert::spki::AlgorithmIdentifierRef;

/// The parts of a PKCS#8 key.
///
/// ```text
/// OneAsymmetricKey ::= SEQUENCE {
///     version                   INTEGER,
///     privateKeyAlgorithm       AlgorithmIdentifier,
///     privateKey                OCTET STRING,
///     attributes            [0] IMPLICIT SET OF Attribute OPTIONAL,
///     publicKey             [1] IMPLICIT BIT STRING OPTIONAL }
/// ```
///
/// RFC 5958 section 2.
pub(crate) struct KeyParts<'a> {
    /// What kind of key it is.
    pub(crate) algorithm: AlgorithmIdentifierRef<'a>,
    /// The content of `privateKey`; what it means depends on the algorithm.
    pub(crate) private: &'a [u8],
    /// The bytes of `publicKey`, where they are stated.
    pub(crate) public: Option<&'a [u8]>,
}

/// `ECPrivateKey`, RFC 5915 section 3.
#[derive(Sequence)]
pub(crate) struct EcPrivateKey<'a> {
    /// Always 1.
    pub(crate) version: u8,
    /// The private number.
    pub(crate) private: &'a OctetStringRef,
    /// The curve; left out where the PKCS#8 around states it.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) parameters: Option<AnyRef<'a>>,
    /// The public point.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(crate) public: Option<BitStringRef<'a>>,
}

/// `RSAPublicKey`, RFC 8017 appendix A.1.1.
#[derive(Sequence)]
pub(crate) struct RsaPublicKey<'a> {
    /// The product of the primes.
    pub(crate) modulus: UintRef<'a>,
    /// The public exponent.
    pub(crate) exponent: UintRef<'a>,
}

impl<'a> RsaPublicKey<'a> {
    /// Reads the public numbers of an `RSAPrivateKey`, RFC 8017 appendix A.1.2: they follow the
    /// version.
    pub(crate) fn of_private_key(der: &'a [u8]) -> Result<Self, KeyError> {
        let sequence = AnyRef::from_der(der)?;
        sequence.header().tag().assert_eq(Tag::Sequence)?;
        let mut fields = SliceReader::new(sequence.value())?;
        fields.decode::<u8>()?; // version: 0, or 1 with more than two primes
        Ok(Self { modulus: fields.decode()?, exponent: fields.decode()? })
    }
}

/// `PrivateKeyInfo` as it is written here: version 0, no attributes.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierRef<'a>,
    private: &'a OctetStringRef,
}

impl PrivateKey {
    /// Wraps an `RSAPrivateKey` (PKCS#1, PEM label `RSA PRIVATE KEY`), whose bytes are kept.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the bytes do not begin as such a key does.
    pub fn from_traditional_rsa(der: &[u8]) -> Result<Self, KeyError> {
        RsaPublicKey::of_private_key(der)?;
        wrap(AlgorithmIdentifierRef { oid: oid::RSA, parameters: Some(AnyRef::NULL) }, der)
    }

    /// Wraps an `ECPrivateKey` (SEC 1, PEM label `EC PRIVATE KEY`), whose bytes are kept.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the bytes are no such key, or do not say on which curve it is.
    pub fn from_sec1(der: &[u8]) -> Result<Self, KeyError> {
        let parameters = EcPrivateKey::from_der(der)?.parameters;
        if parameters.is_none() {
            return Err(KeyError { reason: "the key does not state its curve".to_owned() });
        }
        wrap(AlgorithmIdentifierRef { oid: oid::EC, parameters }, der)
    }

    /// The parts of the PKCS#8 structure.
    pub(crate) fn parts(&self) -> Result<KeyParts<'_>, KeyError> {
        let sequence = AnyRef::from_der(self.pkcs8())?;
        let mut fields = SliceReader::new(sequence.value())?;
        fields.decode::<u8>()?; // version
        let algorithm = fields.decode()?;
        let private = AnyRef::decode(&mut fields)?.value();
        let mut public = None;
        while !fields.is_finished() {
            let field = AnyRef::decode(&mut fields)?;
            let tag = field.header().tag();
            // a BIT STRING begins with the number of unused bits: none, in every public key
            if let (Tag::ContextSpecific { number: TagNumber(1), .. }, [0, bits @ ..]) =
                (tag, field.value())
            {
                public = Some(bits);
            }
        }
        Ok(KeyParts { algorithm, private, public })
    }
}

fn wrap(algorithm: AlgorithmIdentifierRef<'_>, private: &[u8]) -> Result<PrivateKey, KeyError> {
    let info = PrivateKeyInfo { version: 0, algorithm, private: OctetStringRef::new(private)? };
    PrivateKey::from_pkcs8(SecretBytes::new(info.to_der()?))
}

#[cfg(test)]
mod tests {
    use super::PrivateKey;
    use crate::model::key::KeyAlgorithm;

    #[test]
    fn traditional_rsa_key_keeps_its_bytes_and_its_size() {
        // n = 3233, e = 17: the numbers of a textbook, and more bytes than are looked at
        let traditional = [0x30, 0x0B, 2, 1, 0, 2, 2, 0x0C, 0xA1, 2, 1, 17, 0xFF];
        let key = PrivateKey::from_traditional_rsa(&traditional).unwrap();
        assert_eq!(key.algorithm(), KeyAlgorithm::Rsa(12));
        assert_eq!(key.parts().unwrap().private, traditional);
    }

    #[test]
    fn sec1_key_without_a_curve_is_refused() {
        let key = [0x30, 0x06, 2, 1, 1, 4, 1, 7];
        let error = PrivateKey::from_sec1(&key).expect_err("no curve");
        assert_eq!(error.reason, "the key does not state its curve");
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        for bytes in [&b""[..], &[0x30], &[0x30, 0], &[4, 1, 0], &[0x30, 3, 2, 1, 0]] {
            assert!(PrivateKey::from_traditional_rsa(bytes).is_err());
            assert!(PrivateKey::from_sec1(bytes).is_err());
        }
    }

    #[test]
    fn words_of_key_types_are_read_as_they_are_written() {
        for algorithm in KeyAlgorithm::OFFERED {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        assert_eq!("EC:P-256".parse(), Ok(KeyAlgorithm::EcP256));
        let error = "rsa:1024".parse::<KeyAlgorithm>().expect_err("too short").to_string();
        assert!(error.contains("\"rsa:1024\"") && error.contains("rsa:3072, "), "{error}");
    }
}
