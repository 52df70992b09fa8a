//! Deriving keys from passwords.

mod derived;

pub use derived::DerivedKeys;

use crate::crypto::CryptoError;
pub(in crate::crypto) use crate::crypto::kdf::derived::Inputs;
use crate::limits;
use crate::secret::{Password, SecretBytes};
use aws_lc_rs::{digest, pbkdf2};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

/// A digest as key derivations and MACs use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-512/256.
    Sha512_256,
}

impl Hash {
    pub(in crate::crypto) fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
            Self::Sha512_256 => &digest::SHA512_256,
        }
    }

    /// How often a derivation takes all its iterations, for so many bytes.
    pub(in crate::crypto) fn blocks(self, length: usize) -> u64 {
        length.div_ceil(self.algorithm().output_len()) as u64
    }

    /// Time of one iteration, in those of SHA-256: its 64-bit kin has no instructions of its own.
    pub(in crate::crypto) fn weight(self) -> u64 {
        match self {
            Self::Sha1 | Self::Sha224 | Self::Sha256 => 1,
            Self::Sha384 | Self::Sha512 | Self::Sha512_256 => 2,
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
            Self::Sha512_256 => "SHA512-256",
        }
    }
}

/// A password in the two encodings that derivations take.
#[derive(Clone, Debug)]
pub struct Passphrase {
    /// UTF-16BE with two zero bytes at the end (RFC 7292 appendix B.1); no bytes at all for "no
    /// password", which some writers use for an empty one.
    bmp: SecretBytes,
    /// UTF-8, for PBKDF2 and scrypt (RFC 8018 section 3).
    utf8: SecretBytes,
}

impl Passphrase {
    /// No password: zero bytes in both encodings.
    #[must_use]
    pub fn none() -> Self {
        Self { bmp: SecretBytes::default(), utf8: SecretBytes::default() }
    }

    /// The forms to try: one, or for the empty password its own and "no password", since writers
    /// disagree which of them an empty password is.
    #[must_use]
    pub fn forms(password: &Password) -> Vec<Self> {
        let units = password.as_str().encode_utf16().chain([0]);
        let mut bmp = Vec::with_capacity(2 * password.as_str().len() + 2);
        bmp.extend(units.flat_map(u16::to_be_bytes));
        let form = Self { bmp: SecretBytes::new(bmp), utf8: password.as_str().as_bytes().into() };
        if password.is_empty() { vec![form, Self::none()] } else { vec![form] }
    }

    /// Of these forms those that make different keys: only RFC 7292's derivation tells an empty password
    /// from none, the others take its bytes, which are none in both forms.
    pub(in crate::crypto) fn distinct(forms: &[Self], is_pkcs12: bool) -> &[Self] {
        if is_pkcs12 { forms } else { &forms[..forms.len().min(1)] }
    }

    /// The bytes that the derivations of PKCS#5 take.
    pub(in crate::crypto) fn octets(&self) -> &[u8] {
        &self.utf8
    }

    /// Whether both are the same password in the same form.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.bmp[..] == other.bmp[..] && self.utf8[..] == other.utf8[..]
    }

    /// Whether this is "no password".
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.bmp.is_empty()
    }

    /// Whether this is the empty password, or none.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.utf8.is_empty()
    }
}

/// The iterations that one open may spend; whoever made the file cannot make us spend more.
#[derive(Debug)]
pub struct Budget {
    per_derivation: u32,
    total: u64,
    left: AtomicU64,
    known: Option<DerivedKeys>,
}

impl Budget {
    /// A budget of [`limits::ITERATION_BUDGET_FACTOR`] derivations of this size.
    #[must_use]
    pub fn new(per_derivation: u32) -> Self {
        let total = u64::from(per_derivation) * limits::ITERATION_BUDGET_FACTOR;
        Self { per_derivation, total, left: AtomicU64::new(total), known: None }
    }

    /// No bound, for what we write ourselves.
    #[must_use]
    pub fn unlimited() -> Self {
        let total = u64::MAX;
        Self { per_derivation: u32::MAX, total, left: AtomicU64::new(total), known: None }
    }

    /// Spends nothing on keys that are known, and makes the others known.
    #[must_use]
    pub fn knowing(self, known: Option<&DerivedKeys>) -> Self {
        Self { known: known.cloned(), ..self }
    }

    /// Whether another thread may derive what is going to be needed: one file is read at a time, and a key that
    /// is derived before its use is not lost.
    #[must_use]
    pub fn may_be_ahead(&self) -> bool {
        self.known.as_ref().is_some_and(DerivedKeys::may_be_ahead)
    }

    /// Whether so many iterations are left, in those of SHA-256: who asks for them side by side is refused none.
    #[must_use]
    pub fn affords(&self, iterations: u64) -> bool {
        iterations <= self.left.load(Ordering::Relaxed)
    }

    /// The key of these inputs: one that is known, or that `derive` makes.
    pub(in crate::crypto) fn derive(
        &self,
        inputs: Inputs<'_>,
        passphrase: &Passphrase,
        derive: impl FnOnce() -> Result<SecretBytes, CryptoError>,
    ) -> Result<SecretBytes, CryptoError> {
        match &self.known {
            Some(known) => known.get_or(inputs, passphrase, derive),
            None => derive(),
        }
    }

    /// Takes the cost of a derivation that asks for `iterations`, each `weight` times as dear as
    /// one of SHA-256.
    pub(in crate::crypto) fn spend(&self, iterations: u64, weight: u64) -> Result<(), CryptoError> {
        if iterations > self.per_derivation.into() {
            return Err(CryptoError::Limit {
                limit: "iterations of one key derivation",
                found: iterations,
                allowed: self.per_derivation.into(),
            });
        }
        let cost = iterations.saturating_mul(weight);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(cost))
            .map(|_| ())
            .map_err(|left| CryptoError::Limit {
                limit: "iterations of all key derivations",
                found: (self.total - left).saturating_add(cost),
                allowed: self.total,
            })
    }
}

/// What a derived key is for: the diversifier of RFC 7292 appendix B.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A key for a cipher.
    Key = 1,
    /// An initialization vector.
    Iv = 2,
    /// A key for a MAC.
    Mac = 3,
}

/// The key derivation of PKCS#12, RFC 7292 appendix B.2. `length` bytes come out.
///
/// # Errors
///
/// [`CryptoError::Limit`] when the iterations pass the budget.
pub fn pkcs12(
    hash: Hash,
    passphrase: &Passphrase,
    salt: &[u8],
    purpose: Purpose,
    iterations: u32,
    length: usize,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    let function = [0, hash as u8, purpose as u8];
    budget.derive(Inputs { function, salt, iterations, length }, passphrase, || {
        let algorithm = hash.algorithm();
        let (u, v) = (algorithm.output_len(), algorithm.block_len());
        // Step 1: the diversifier, v bytes of the purpose.
        let diversifier = vec![purpose as u8; v];
        // Steps 2 to 4: I = S || P, each repeated to a multiple of v bytes.
        let mut input = SecretBytes::new(
            stretch(salt, v).chain(stretch(&passphrase.bmp, v)).collect::<Vec<u8>>(),
        );
        let mut output = Vec::with_capacity(length.next_multiple_of(u));
        // Steps 5 to 7: c = ceil(length / u) blocks.
        while output.len() < length {
            budget.spend(iterations.into(), hash.weight())?;
            // Step 6A: A = H^r(D || I).
            let mut context = digest::Context::new(algorithm);
            context.update(&diversifier);
            context.update(&input);
            let mut block = context.finish();
            for _ in 1..iterations {
                block = digest::digest(algorithm, block.as_ref());
            }
            output.extend_from_slice(block.as_ref());
            // Step 6B: B = A repeated to v bytes. Step 6C: each v-byte block of I becomes
            // (I_j + B + 1) mod 2^(8v).
            for chunk in input.as_mut_slice().chunks_exact_mut(v) {
                let mut carry = 1_u16;
                for (position, byte) in chunk.iter_mut().enumerate().rev() {
                    carry += u16::from(*byte) + u16::from(block.as_ref()[position % u]);
                    *byte = carry.to_le_bytes()[0];
                    carry >>= 8;
                }
            }
        }
        output.truncate(length);
        Ok(SecretBytes::new(output))
    })
}

/// The bytes repeated to the next multiple of `block` bytes; nothing stays nothing.
fn stretch(bytes: &[u8], block: usize) -> impl Iterator<Item = u8> + '_ {
    bytes.iter().copied().cycle().take(bytes.len().next_multiple_of(block))
}

/// PBKDF2, RFC 8018 section 5.2.
///
/// # Errors
///
/// [`CryptoError::Limit`] when the iterations pass the budget, [`CryptoError::Malformed`] for zero
/// iterations.
pub fn pbkdf2(
    prf: Hash,
    passphrase: &Passphrase,
    salt: &[u8],
    iterations: u32,
    length: usize,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    let function = [1, prf as u8, 0];
    budget.derive(Inputs { function, salt, iterations, length }, passphrase, || {
        let rounds = NonZeroU32::new(iterations)
            .ok_or_else(|| CryptoError::Malformed { what: "zero iterations".to_owned() })?;
        // Every block of the key takes all iterations (step 3).
        budget.spend(iterations.into(), prf.blocks(length) * prf.weight())?;
        let mut key = SecretBytes::new(vec![0; length]);
        let algorithm = match prf {
            Hash::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Hash::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Hash::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Hash::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
            // The two that the crypto library has no PBKDF2 for.
            Hash::Sha224 => {
                let (password, key) = (&passphrase.utf8, key.as_mut_slice());
                ::pbkdf2::pbkdf2_hmac::<sha2::Sha224>(password, salt, iterations, key);
                return Ok(SecretBytes::from(&*key));
            }
            Hash::Sha512_256 => {
                let (password, key) = (&passphrase.utf8, key.as_mut_slice());
                ::pbkdf2::pbkdf2_hmac::<sha2::Sha512_256>(password, salt, iterations, key);
                return Ok(SecretBytes::from(&*key));
            }
        };
        pbkdf2::derive(algorithm, rounds, salt, &passphrase.utf8, key.as_mut_slice());
        Ok(key)
    })
}

/// The cost parameters of scrypt, RFC 7914 section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScryptCost {
    /// CPU and memory cost N, a power of two.
    pub n: u64,
    /// Block size r.
    pub r: u32,
    /// Parallelization p.
    pub p: u32,
}

/// scrypt, RFC 7914.
///
/// # Errors
///
/// [`CryptoError::Limit`] when it would take more than [`limits::SCRYPT_BYTES`] of memory or pass
/// the budget, [`CryptoError::Malformed`] for costs that the RFC forbids.
pub fn scrypt(
    passphrase: &Passphrase,
    salt: &[u8],
    cost: ScryptCost,
    length: usize,
    budget: &Budget,
) -> Result<SecretBytes, CryptoError> {
    let (n, r, p) = (cost.n, u64::from(cost.r), u64::from(cost.p));
    let memory = n.saturating_add(p).saturating_mul(r).saturating_mul(128);
    if memory > limits::SCRYPT_BYTES {
        return Err(CryptoError::Limit {
            limit: "bytes of scrypt memory",
            found: memory,
            allowed: limits::SCRYPT_BYTES,
        });
    }
    budget.spend(n.saturating_mul(2 * r).saturating_mul(p), 1)?;
    let malformed = || CryptoError::Malformed { what: "scrypt cost parameters".to_owned() };
    if !cost.n.is_power_of_two() {
        return Err(malformed());
    }
    let log_n = u8::try_from(cost.n.trailing_zeros()).map_err(|_| malformed())?;
    let params = ::scrypt::Params::new(log_n, cost.r, cost.p).map_err(|_| malformed())?;
    let mut key = SecretBytes::new(vec![0; length]);
    ::scrypt::scrypt(&passphrase.utf8, salt, &params, key.as_mut_slice())
        .map_err(|_| malformed())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::{Budget, Hash, Passphrase, Purpose, ScryptCost, pbkdf2, pkcs12, scrypt};
    use crate::crypto::CryptoError;
    use crate::limits;
    use crate::secret::Password;

    fn form(password: &str) -> Passphrase {
        Passphrase::forms(&Password::from(password)).remove(0)
    }

    #[test]
    fn pkcs12_derivation_gives_the_published_vectors() {
        // Test vectors of the PKCS#12 derivation that go-pkcs12 and Bouncy Castle share.
        let budget = Budget::new(10_000);
        let salt = [0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
        let key = pkcs12(Hash::Sha1, &form("smeg"), &salt, Purpose::Key, 1, 24, &budget);
        assert_eq!(
            key.unwrap()[..],
            [
                0x8a, 0xaa, 0xe6, 0x29, 0x7b, 0x6c, 0xb0, 0x46, 0x42, 0xab, 0x5b, 0x07, 0x78, 0x51,
                0x28, 0x4e, 0xb7, 0x12, 0x8f, 0x1a, 0x2a, 0x7f, 0xbc, 0xa3
            ]
        );
        let salt = [0x05, 0xde, 0xc9, 0x59, 0xac, 0xff, 0x72, 0xf7];
        let key = pkcs12(Hash::Sha1, &form("queeg"), &salt, Purpose::Key, 1000, 24, &budget);
        assert_eq!(key.unwrap()[..4], [0xed, 0x20, 0x34, 0xe3]);
    }

    #[test]
    fn pbkdf2_gives_the_vectors_of_rfc_6070() {
        let key = pbkdf2(Hash::Sha1, &form("password"), b"salt", 4096, 20, &Budget::new(5000));
        assert_eq!(key.unwrap()[..4], [0x4b, 0x00, 0x79, 0x01]);
    }

    #[test]
    fn characters_outside_the_basic_plane_become_surrogate_pairs() {
        assert_eq!(form("\u{1F600}").bmp[..], [0xD8, 0x3D, 0xDE, 0x00, 0, 0]);
    }

    #[test]
    fn scrypt_counts_its_memory_and_its_work() {
        let derive = |n, r, p, budget: &Budget| {
            scrypt(&form("p"), b"salt", ScryptCost { n, r, p }, 16, budget).map(|_| ())
        };
        let limit = |result| match result {
            Err(CryptoError::Limit { limit, .. }) => limit,
            other => panic!("{other:?}"),
        };
        let usual = Budget::new(300_000);
        assert!(derive(16_384, 8, 1, &usual).is_ok());
        assert_eq!(limit(derive(2, 131_072, 16, &usual)), "bytes of scrypt memory");
        assert_eq!(limit(derive(1 << 15, 8, 16, &usual)), "iterations of one key derivation");
        let mut spent = 0;
        while derive(1 << 10, 8, 1, &usual).is_ok() {
            spent += 1;
        }
        let most = 300_000 * limits::ITERATION_BUDGET_FACTOR / (2 * 1024 * 8);
        assert!(spent < most, "{spent} derivations in one budget");
    }

    #[test]
    fn the_budget_stops_many_small_derivations() {
        let budget = Budget::new(100);
        let derive = || pbkdf2(Hash::Sha256, &form("p"), b"salt", 100, 16, &budget);
        for _ in 0..limits::ITERATION_BUDGET_FACTOR {
            derive().unwrap();
        }
        let total = 100 * limits::ITERATION_BUDGET_FACTOR;
        match derive() {
            Err(CryptoError::Limit { found, allowed, .. }) => {
                assert_eq!((found, allowed), (total + 100, total), "the total is named");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_block_of_a_key_counts() {
        let budget = Budget::new(100);
        // 33 bytes are two blocks of SHA-1, of 20 bytes each.
        let derive = || pbkdf2(Hash::Sha1, &form("p"), b"salt", 100, 33, &budget);
        for _ in 0..limits::ITERATION_BUDGET_FACTOR / 2 {
            derive().unwrap();
        }
        assert!(matches!(derive(), Err(CryptoError::Limit { .. })));
    }
}
