//! The public half of a DSA key.
//!
//! AWS-LC has no DSA, so the one power is taken with the numbers of the `rsa` crate. They are not made for
//! secrets (RUSTSEC-2023-0071); here one is asked for once by the owner of the key, the number of
//! multiplications depends on nothing but its length, and nothing is signed.

use crate::crypto::CryptoError;
use crate::crypto::keygen::malformed;
use crate::limits;
use crate::model::key::{KeyError, KeyParts};
use der::asn1::UintRef;
use der::{Decode, Encode, Sequence};
use rsa::BigUint;
use zeroize::Zeroizing;

/// `Dss-Parms`, RFC 3279 section 2.3.2.
#[derive(Sequence)]
struct Parameters<'a> {
    p: UintRef<'a>,
    q: UintRef<'a>,
    g: UintRef<'a>,
}

/// The `DSAPublicKey` (DER) of a key: y = g^x mod p, FIPS 186-4 section 4.1.
///
/// # Errors
///
/// [`CryptoError::Limit`] for longer numbers than [`limits::DSA_MODULUS_BYTES`] and
/// [`limits::DSA_ORDER_BYTES`], [`CryptoError::Key`] for those that are not of a key.
pub(super) fn public_key(parts: &KeyParts<'_>) -> Result<Vec<u8>, CryptoError> {
    let parameters = parts.algorithm.parameters.ok_or_else(|| misfit("no parameters"))?;
    let Parameters { p, q, g } = parameters.decode_as().map_err(undecoded)?;
    let modulus = bounded(p, limits::DSA_MODULUS_BYTES)?;
    let order = bounded(q, limits::DSA_ORDER_BYTES)?;
    let generator = bounded(g, limits::DSA_MODULUS_BYTES)?;
    let private = UintRef::from_der(parts.private).map_err(undecoded)?;
    let private = Zeroizing::new(bounded(private, limits::DSA_ORDER_BYTES)?);
    let (zero, one) = (BigUint::from(0_u8), BigUint::from(1_u8));
    let is_generator = one < generator && generator < modulus;
    let is_private = zero < *private && *private < order;
    if &modulus % 2_u8 == zero || !is_generator || !is_private {
        return Err(misfit("numbers out of range"));
    }
    let public = generator.modpow(&private, &modulus).to_bytes_be();
    UintRef::new(&public).and_then(|public| public.to_der()).map_err(undecoded)
}

fn bounded(number: UintRef<'_>, allowed: usize) -> Result<BigUint, CryptoError> {
    let bytes = number.as_bytes();
    if bytes.len() > allowed {
        return Err(CryptoError::Limit {
            limit: "bytes of a number of a DSA key",
            found: bytes.len() as u64,
            allowed: allowed as u64,
        });
    }
    Ok(BigUint::from_bytes_be(bytes))
}

fn misfit(what: &str) -> CryptoError {
    CryptoError::Key { what: format!("a DSA key with {what}") }
}

fn undecoded(error: der::Error) -> CryptoError {
    malformed(KeyError::from(error))
}

#[cfg(test)]
mod tests {
    use super::public_key;
    use crate::crypto::CryptoError;
    use crate::limits;
    use crate::model::key::PrivateKey;
    use crate::oid;
    use crate::secret::SecretBytes;
    use der::Encode;

    /// A DER value of less than 64 KiB.
    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
        let length: &[u8] = if content.len() < 0x80 { &[low] } else { &[0x82, high, low] };
        [&[tag], length, content].concat()
    }

    /// The public half of the key of these numbers, big-endian.
    fn computed(p: &[u8], q: &[u8], g: &[u8], x: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let parameters = value(0x30, &[p, q, g].map(|number| value(2, number)).concat());
        let algorithm = value(0x30, &[&oid::DSA.to_der().unwrap(), &parameters[..]].concat());
        let private = value(4, &value(2, x));
        let key = value(0x30, &[&[2, 1, 0], &algorithm[..], &private].concat());
        let key = PrivateKey::from_pkcs8(SecretBytes::new(key)).unwrap();
        public_key(&key.parts().unwrap())
    }

    #[test]
    fn public_number_is_the_power_of_the_generator() {
        // The order of 4 modulo 23 is 11; 4^3 = 64 = 2 * 23 + 18.
        assert_eq!(computed(&[23], &[11], &[4], &[3]).unwrap(), [2, 1, 18]);
    }

    #[test]
    fn numbers_of_no_key_are_refused() {
        for (p, q, g, x) in [
            (0, 11, 4, 3),
            (22, 11, 4, 3),
            (23, 0, 4, 3),
            (23, 11, 1, 3),
            (23, 11, 23, 3),
            (23, 11, 4, 0),
            (23, 11, 4, 11),
        ] {
            let error = computed(&[p], &[q], &[g], &[x]).expect_err("no key");
            assert!(matches!(error, CryptoError::Key { .. }), "{p} {q} {g} {x}: {error}");
        }
    }

    #[test]
    fn long_numbers_are_not_worked_with() {
        let long = vec![0x7F; limits::DSA_MODULUS_BYTES + 1];
        let order = vec![0x7F; limits::DSA_ORDER_BYTES + 1];
        let cases: [[&[u8]; 4]; 4] = [
            [&long, &[11], &[4], &[3]],
            [&[23], &order, &[4], &[3]],
            [&[23], &[11], &long, &[3]],
            [&[23], &[11], &[4], &order],
        ];
        for [p, q, g, x] in cases {
            let error = computed(p, q, g, x).expect_err("too long");
            assert!(matches!(error, CryptoError::Limit { .. }), "{error}");
        }
    }
}
