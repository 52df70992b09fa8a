//! The key protector of JCEKS: `PBEWithMD5AndTripleDES`, which only Sun's provider has.
//!
//! ```text
//! PBEParameter ::= SEQUENCE { salt OCTET STRING (SIZE(8)), iterationCount INTEGER }
//! ```
//!
//! RFC 8018 appendix A.3. Each half of the salt gives 16 bytes: MD5(half || password), and then
//! `iterationCount` - 1 times MD5(digest || password). Of the 32 bytes the first 24 are the key of
//! triple DES in CBC mode, the last 8 the initialization vector. JDK
//! `com.sun.crypto.provider.PBES1Core`.

use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::{Budget, Inputs, Passphrase};
use crate::crypto::pbe::parameters::{Algorithm, iteration_count, malformed, with_parameters};
use crate::crypto::random;
use crate::oid;
use crate::secret::{Password, SecretBytes};
use der::Sequence;
use der::asn1::OctetStringRef;
use md5::{Digest, Md5};

/// Length of the salt, in bytes; Java takes no other.
const SALT_BYTES: usize = 8;

/// Length of an MD5 digest, in bytes.
const MD5_BYTES: usize = 16;

type Salt = [u8; SALT_BYTES];

#[derive(Sequence)]
struct PbeParameter<'a> {
    salt: &'a OctetStringRef,
    iterations: u64,
}

/// Salt and iterations of an `AlgorithmIdentifier`.
pub(super) fn parameters(algorithm: &Algorithm<'_>) -> Result<(Salt, u32), CryptoError> {
    let parameters: PbeParameter<'_> = algorithm
        .parameters
        .ok_or_else(|| CryptoError::Malformed { what: "no salt and iterations".to_owned() })?
        .decode_as()
        .map_err(malformed)?;
    let salt = parameters.salt.as_bytes();
    let salt = salt.try_into().map_err(|_| CryptoError::Malformed {
        what: format!("a salt of {} bytes in place of {SALT_BYTES}", salt.len()),
    })?;
    Ok((salt, iteration_count(parameters.iterations)?))
}

pub(super) fn decrypt(
    data: &[u8],
    password: &Password,
    salt: Salt,
    iterations: u32,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    let derived = derive(password, salt, iterations, budget)?;
    let (key, iv) = derived.split_at(Cipher::TripleDes.key_length());
    Cipher::TripleDes.decrypt(key, iv, data)
}

/// The `AlgorithmIdentifier` with a fresh salt, and the encrypted key.
pub(super) fn encrypt(
    key: &[u8],
    password: &Password,
    iterations: u32,
    budget: &Budget,
) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
    let mut salt = Salt::default();
    random::fill(&mut salt)?;
    let derived = derive(password, salt, iterations, budget)?;
    let (cipher_key, iv) = derived.split_at(Cipher::TripleDes.key_length());
    let data = Cipher::TripleDes.encrypt(cipher_key, iv, key)?;
    let salt = OctetStringRef::new(&salt).map_err(malformed)?;
    let parameters = PbeParameter { salt, iterations: iterations.into() };
    Ok((with_parameters(oid::JCE_PBE_MD5_3DES, &parameters).map_err(malformed)?, data))
}

/// Key and initialization vector.
fn derive(
    password: &Password,
    salt: Salt,
    iterations: u32,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    if !password.is_printable_ascii() {
        // No key was ever protected with it.
        return Err(CryptoError::Padding);
    }
    let length = 2 * MD5_BYTES;
    let inputs = Inputs { function: [2, 0, 0], salt: &salt, iterations, length };
    let passphrase = Passphrase::forms(password).swap_remove(0);
    budget.derive(inputs, &passphrase, || {
        // Two digests an iteration take about as long as the two of an HMAC-SHA256.
        budget.spend(iterations.into(), 1)?;
        let password = passphrase.octets();
        let mut derived = SecretBytes::new(vec![0; length]);
        let salt = distinct_halves(salt);
        let (halves, _) = salt.as_chunks::<{ SALT_BYTES / 2 }>();
        for (half, block) in halves.iter().zip(derived.as_mut_slice().chunks_exact_mut(MD5_BYTES)) {
            block.copy_from_slice(&Md5::new().chain_update(half).chain_update(password).finalize());
            for _ in 1..iterations {
                let next = Md5::new().chain_update(&*block).chain_update(password).finalize();
                block.copy_from_slice(&next);
            }
        }
        Ok(derived)
    })
}

/// Equal halves would give equal keys, so the first one is turned round. So do JDK 17 and 25; old
/// releases are said to have put one byte in the wrong place, for one salt of 2^32.
fn distinct_halves(salt: Salt) -> Salt {
    let [a, b, c, d, rest @ ..] = salt;
    if rest == [a, b, c, d] { [d, c, b, a, a, b, c, d] } else { salt }
}

#[cfg(test)]
mod tests {
    use super::decrypt;
    use crate::crypto::kdf::Budget;

    /// "Mighty Aphrodite" under "changeit", made with the `Cipher` of JDK 17 and 25.
    #[test]
    fn java_is_read_also_where_the_halves_of_the_salt_are_equal() {
        for (salt, iterations, sealed) in [
            (0x0102_0304_0506_0708, 1, "7a0fa4e87417c56a1b438f2da29ff2b29c6a4c971251c4ae"),
            (0x0102_0304_0506_0708, 1000, "f395c53389daf7f28ae6d90047b296a76b406157282d94be"),
            (0x0102_0304_0102_0304, 1, "1aeb0554ac97469905c89dfe194b05c85136b5a4129b0489"),
            (0x0102_0304_0102_0304, 1000, "b3c80625b66efb4753897bb21384be38913d4fa1fba01f0a"),
        ] {
            let sealed = crate::hex::decode(sealed).unwrap();
            let salt = u64::to_be_bytes(salt);
            let budget = Budget::new(1000);
            let text = decrypt(&sealed, &"changeit".into(), salt, iterations, &budget).unwrap();
            assert_eq!(&text[..], b"Mighty Aphrodite", "{salt:?}");
        }
    }
}
