//! The named profiles: what each writes, and how a file shows which it follows.

use crate::codec::loss::{self, Loss};
use crate::crypto::CryptoError;
use crate::crypto::cipher::Cipher;
use crate::crypto::kdf::Hash;
use crate::crypto::mac::MacScheme;
use crate::crypto::pbe::Scheme;
use crate::crypto::pbe::pbkdf2::Pbkdf2;
use crate::crypto::random;
use crate::model::entry::{Entry, EntryKind};
use crate::model::format::{Format, Layout};
use crate::model::key::{KeyAlgorithm, KeyMaterial};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;

/// Iterations where nobody says otherwise: what Java, Oracle and Windows write.
const ITERATIONS: u32 = 10_000;

/// The algorithms of a new file, with fresh random parameters.
pub(super) struct Schemes {
    /// Of the safe with the certificates, or with everything.
    pub(super) contents: Option<Scheme>,
    /// Of each key; none where keys lie inside an encrypted safe, or open.
    pub(super) keys: Option<Scheme>,
    pub(super) mac: Option<MacScheme>,
}

impl Schemes {
    /// No protection at all.
    pub(super) const OPEN: Self = Self { contents: None, keys: None, mac: None };

    /// Of a safe with secrets: openssl writes files whose keys alone are encrypted, and secrets are worth no
    /// less.
    pub(super) fn secrets(&self) -> Option<&Scheme> {
        self.contents.as_ref().or(self.keys.as_ref())
    }

    /// What the profile prescribes.
    pub(super) fn new(profile: Profile, iterations: Option<u32>) -> Result<Self, CryptoError> {
        let rounds = iterations.unwrap_or(ITERATIONS);
        let aes = || Scheme::pbes2(Cipher::Aes256, Hash::Sha256, rounds, 16, false);
        let triple_des = || Scheme::pkcs12(Cipher::TripleDes, rounds);
        // A MAC salt of 8 bytes: some readers refuse 16.
        let mac = |hash| -> Result<MacScheme, CryptoError> {
            Ok(MacScheme::Pkcs12 { hash, salt: random::bytes(8)?, iterations: rounds })
        };
        let (contents, keys, mac) = match profile {
            Profile::Modern => (Some(aes()?), Some(aes()?), Some(mac(Hash::Sha256)?)),
            Profile::Compat => (Some(triple_des()?), Some(triple_des()?), Some(mac(Hash::Sha1)?)),
            Profile::JavaTrust => (None, None, None),
            Profile::Pbmac1 => {
                let derivation = Pbkdf2 {
                    salt: random::bytes(16)?,
                    iterations: rounds,
                    key_length: Some(32),
                    prf: Hash::Sha256,
                };
                let mac = MacScheme::Pbmac1 { derivation, hash: Hash::Sha256 };
                (Some(aes()?), Some(aes()?), Some(mac))
            }
            Profile::LegacyRc2 => {
                let rc2 = Scheme::pkcs12(Cipher::Rc2(5), rounds)?;
                (Some(rc2), Some(triple_des()?), Some(mac(Hash::Sha1)?))
            }
            // Oracle's salts have 8 bytes, and its PBKDF2 states the key's length.
            Profile::Oracle23ai => {
                let scheme = Scheme::pbes2(Cipher::Aes256, Hash::Sha256, rounds, 8, true)?;
                (Some(scheme), None, Some(mac(Hash::Sha1)?))
            }
            Profile::Oracle12c => {
                let scheme = Scheme::pbes2(Cipher::Aes128, Hash::Sha1, rounds, 8, true)?;
                (Some(scheme), None, Some(mac(Hash::Sha1)?))
            }
            Profile::Oracle11g => (Some(triple_des()?), None, Some(mac(Hash::Sha1)?)),
        };
        Ok(Self { contents, keys, mac })
    }
}

const AES_256: &str = "PBES2 AES-256-CBC, PBKDF2-HMAC-SHA256";
const AES_128_SHA1: &str = "PBES2 AES-128-CBC, PBKDF2-HMAC-SHA1";
const TRIPLE_DES: &str = "PBE-SHA1-3DES";
const PBMAC1: &str = "PBMAC1 HMAC-SHA256, PBKDF2-HMAC-SHA256";
const RC2_40: &str = "PBE-SHA1-RC2-40";

/// The algorithms of a file, by their names in reports.
pub(super) struct Algorithms {
    /// Of the first encrypted safe.
    pub(super) contents: Option<String>,
    /// Of the shrouded keys, each once.
    pub(super) keys: Vec<String>,
    pub(super) mac: Option<String>,
    /// Whether there are keys that are not encrypted on their own.
    pub(super) open_keys: bool,
    /// Whether anything but keys stands in a safe that is not encrypted.
    pub(super) open_contents: bool,
}

/// Whether one of Oracle's profiles protects a file so.
pub(super) fn is_oracles(contents: String, mac: Option<String>) -> bool {
    let found = Algorithms {
        contents: Some(contents),
        keys: Vec::new(),
        mac,
        open_keys: false,
        open_contents: false,
    };
    recognise(Layout::Oracle, &found).is_some()
}

/// The profile that a file's algorithms equal; `None` where no profile has this combination.
pub(super) fn recognise(layout: Layout, found: &Algorithms) -> Option<Profile> {
    let (contents, mac) = (found.contents.as_deref(), found.mac.as_deref());
    if layout == Layout::Oracle {
        return match (contents?, mac?) {
            (AES_256, "HMAC-SHA1") => Some(Profile::Oracle23ai),
            (AES_128_SHA1, "HMAC-SHA1") => Some(Profile::Oracle12c),
            (TRIPLE_DES, "HMAC-SHA1") => Some(Profile::Oracle11g),
            _ => None,
        };
    }
    let encrypts = contents.is_some() || !found.keys.is_empty();
    if found.open_keys || found.keys.len() > 1 || (found.open_contents && encrypts) {
        return None;
    }
    match (contents, found.keys.first().map(String::as_str), mac) {
        (None, None, None) => Some(Profile::JavaTrust),
        (Some(AES_256), None | Some(AES_256), Some("HMAC-SHA256"))
        | (None, Some(AES_256), Some("HMAC-SHA256")) => Some(Profile::Modern),
        (Some(AES_256), None | Some(AES_256), Some(PBMAC1)) => Some(Profile::Pbmac1),
        (Some(TRIPLE_DES), None | Some(TRIPLE_DES), Some("HMAC-SHA1"))
        | (None, Some(TRIPLE_DES), Some("HMAC-SHA1")) => Some(Profile::Compat),
        (Some(RC2_40), None | Some(TRIPLE_DES), Some("HMAC-SHA1")) => Some(Profile::LegacyRc2),
        _ => None,
    }
}

/// How the profile encrypts a key; `None` where it does not encrypt keys by themselves.
///
/// # Errors
///
/// Randomness fails.
pub(in crate::codec) fn key_scheme(
    profile: Profile,
    iterations: Option<u32>,
) -> Result<Option<Scheme>, CryptoError> {
    Ok(Schemes::new(profile, iterations)?.keys)
}

/// What a PKCS#12 file of this profile cannot carry.
#[must_use]
pub fn losses(wallet: &Wallet, profile: Profile) -> Vec<Loss> {
    let mut losses = Vec::new();
    for entry in wallet.entries() {
        let what = match &entry.kind {
            EntryKind::Opaque(opaque) if opaque.format != Format::Pkcs12 => {
                Some(loss::of_opaque(opaque))
            }
            EntryKind::PrivateKey(_) | EntryKind::Request(_) | EntryKind::Secret(_)
                if profile == Profile::JavaTrust =>
            {
                Some("its protection: the profile encrypts nothing".to_owned())
            }
            EntryKind::Opaque(opaque) if opaque.is_safe && profile.layout() == Layout::Oracle => {
                Some("its use: Oracle's wallets are one safe".to_owned())
            }
            _ if profile.layout() == Layout::Oracle => unreadable_to_oracle(entry),
            // Oracle's readers alone know the flags, and look for them in their own layout.
            EntryKind::TrustedCertificate(trusted) => loss::of_trust_flags(trusted.flags),
            _ => None,
        };
        let whole = matches!(&entry.kind, EntryKind::Opaque(it) if it.format != Format::Pkcs12);
        losses.extend(what.map(|what| Loss { entry: entry.id(), what, whole }));
    }
    losses
}

/// orapki of 19c to 23ai knows RSA and elliptic curves; of Ed25519 it says "invalid certificate".
fn unreadable_to_oracle(entry: &Entry) -> Option<String> {
    let algorithm = match (&entry.kind, entry.certificate()) {
        (_, Some(certificate)) => certificate.key_algorithm(),
        (EntryKind::Request(pending), None) => pending.request.csr.public_key().algorithm(),
        (EntryKind::PrivateKey(key), None) => match &key.key {
            KeyMaterial::Open(key) => key.algorithm(),
            KeyMaterial::Locked(_) => return None,
        },
        _ => return None,
    };
    matches!(algorithm, KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448)
        .then(|| format!("its use: Oracle's readers refuse {algorithm} keys"))
}
