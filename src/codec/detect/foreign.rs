//! Formats outside the product, recognised so that a message can say what a file is.

use crate::codec::detect::shape::Shape;
use crate::codec::detect::text::{self, BEGIN, Text};

/// A format that is known and not read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// A BCFKS key store of Bouncy Castle.
    Bcfks,
    /// A BKS key store of Bouncy Castle.
    Bks,
    /// A UBER key store of Bouncy Castle.
    Uber,
    /// A PKCS#12 store as a PEM block, as certtool writes it.
    Pkcs12InPem,
    /// A PKCS#12 store in base64.
    Pkcs12InBase64,
    /// An auto-login wallet in base64.
    AutoLoginInBase64,
    /// A JKS key store in base64.
    JksInBase64,
    /// A JCEKS key store in base64.
    JceksInBase64,
    /// A zip archive.
    Zip,
    /// A zip archive in base64.
    ZipInBase64,
    /// A gzip file.
    Gzip,
    /// An xz file.
    Xz,
    /// A bzip2 file.
    Bzip2,
    /// An `SQLite` database, as NSS keeps its keys and certificates in.
    Sqlite,
    /// A Berkeley DB file, as old NSS did.
    BerkeleyDb,
    /// What `openssl enc` encrypted.
    OpensslEnc,
    /// A private or secret JSON Web Key, or a set with one.
    JsonWebKey,
    /// A secret key of age.
    AgeKey,
    /// A private key of Microsoft's `CryptoAPI`.
    PrivateKeyBlob,
    /// A configuration of `WireGuard` with its private key.
    WireGuard,
    /// A private key of `PuTTY`.
    PuttyKey,
    /// A private key of OpenSSH.
    OpenSshKey,
    /// A public key of OpenSSH.
    OpenSshPublicKey,
    /// An armoured file of `OpenPGP`.
    OpenPgp,
    /// A `SubjectPublicKeyInfo`.
    PublicKey,
}

/// What `openssl enc` writes before the salt.
const SALTED: &[u8] = b"Salted__";

impl Foreign {
    /// What it is called in a sentence: `a BKS key store of Bouncy Castle`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bcfks => "a BCFKS key store of Bouncy Castle",
            Self::Bks => "a BKS key store of Bouncy Castle",
            Self::Uber => "a UBER key store of Bouncy Castle",
            Self::Pkcs12InPem => "a PKCS#12 store in PEM",
            Self::Pkcs12InBase64 => "a PKCS#12 store in base64",
            Self::AutoLoginInBase64 => "an auto-login wallet in base64",
            Self::JksInBase64 => "a JKS key store in base64",
            Self::JceksInBase64 => "a JCEKS key store in base64",
            Self::Zip => "a zip archive",
            Self::ZipInBase64 => "a zip archive in base64",
            Self::Gzip => "a gzip file",
            Self::Xz => "an xz file",
            Self::Bzip2 => "a bzip2 file",
            Self::Sqlite => "an SQLite database",
            Self::BerkeleyDb => "a Berkeley DB file",
            Self::OpensslEnc => "what openssl enc encrypted",
            Self::JsonWebKey => "a private JSON Web Key",
            Self::AgeKey => "an age secret key",
            Self::PrivateKeyBlob => "a private key blob of Microsoft's CryptoAPI",
            Self::WireGuard => "a WireGuard configuration",
            Self::PuttyKey => "a PuTTY private key",
            Self::OpenSshKey => "an OpenSSH private key",
            Self::OpenSshPublicKey => "an OpenSSH public key",
            Self::OpenPgp => "an OpenPGP file",
            Self::PublicKey => "a public key",
        }
    }

    /// Whether it is a store of certificates and keys.
    pub(super) fn is_store(self) -> bool {
        match self {
            Self::Bcfks
            | Self::Bks
            | Self::Uber
            | Self::Pkcs12InPem
            | Self::Pkcs12InBase64
            | Self::AutoLoginInBase64
            | Self::JksInBase64
            | Self::JceksInBase64 => true,
            Self::Zip
            | Self::ZipInBase64
            | Self::Gzip
            | Self::Xz
            | Self::Bzip2
            | Self::Sqlite
            | Self::BerkeleyDb
            | Self::OpensslEnc
            | Self::JsonWebKey
            | Self::AgeKey
            | Self::PrivateKeyBlob
            | Self::WireGuard
            | Self::PuttyKey
            | Self::OpenSshKey
            | Self::OpenSshPublicKey
            | Self::OpenPgp
            | Self::PublicKey => false,
        }
    }

    /// Whether private keys may be in it; of an archive nobody knows.
    pub(super) fn may_hold_keys(self) -> bool {
        !matches!(self, Self::OpenSshPublicKey | Self::PublicKey)
    }
}

/// A format that is not read here: other key stores, archives, keys of SSH, and stores that
/// are wrapped in base64, as certtool writes PKCS#12. `None` for everything else, known formats included.
#[must_use]
pub fn recognise_foreign(bytes: &[u8]) -> Option<Foreign> {
    if let Some(shape) = Shape::of(bytes) {
        return match shape {
            Shape::Bcfks => Some(Foreign::Bcfks),
            Shape::PublicKey => Some(Foreign::PublicKey),
            _ => None,
        };
    }
    by_first_bytes(bytes).or_else(|| in_text(&Text::of(bytes)))
}

/// What the first bytes alone tell.
pub(super) fn by_first_bytes(bytes: &[u8]) -> Option<Foreign> {
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Foreign::Zip),
        [0x1F, 0x8B, ..] => Some(Foreign::Gzip),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Some(Foreign::Xz),
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', ..] => Some(Foreign::Bzip2),
        // The hash tables of version 1.85, in the byte order of the network.
        [0x00, 0x06, 0x15, 0x61, ..] => Some(Foreign::BerkeleyDb),
        // PRIVATEKEYBLOB, version 2, two bytes of zeroes.
        [0x07, 0x02, 0, 0, ..] => Some(Foreign::PrivateKeyBlob),
        [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..] => Some(bouncy_castle(bytes)),
        _ if bytes.starts_with(b"SQLite format 3\0") => Some(Foreign::Sqlite),
        _ if bytes.starts_with(SALTED) => Some(Foreign::OpensslEnc),
        _ if bytes.starts_with(b"PuTTY-User-Key-File-") => Some(Foreign::PuttyKey),
        _ if bytes.starts_with(b"ssh-") || bytes.starts_with(b"ecdsa-sha2-") => {
            Some(Foreign::OpenSshPublicKey)
        }
        _ => None,
    }
}

/// Both of Bouncy Castle's own stores begin alike; only BKS goes on in the clear.
///
/// ```text
/// version u32, salt length u32 = 20, salt, iterations u32,
/// BKS:  kind u8 (0 = end, 1 certificate, 2 key, 3 secret, 4 sealed), alias (length u16), date u64
/// UBER: encrypted bytes
/// ```
fn bouncy_castle(bytes: &[u8]) -> Foreign {
    match bytes.get(32..) {
        // The end, followed by the 20 bytes of the digest.
        Some([0, digest @ ..]) if digest.len() == 20 => Foreign::Bks,
        Some([1..=4, high, low, rest @ ..]) => {
            let alias = usize::from(u16::from_be_bytes([*high, *low]));
            // The date, in milliseconds, has two zero bytes in front until the year 10889.
            if rest.get(alias..alias + 2) == Some(&[0, 0]) { Foreign::Bks } else { Foreign::Uber }
        }
        _ if bytes[3] == 2 => Foreign::Bks, // UBER stops at version 1
        _ => Foreign::Uber,
    }
}

/// A key in text without armour.
fn plain_key(text: &[u8]) -> Option<Foreign> {
    let has = |member: &[u8]| {
        (0..text.len()).any(|at| {
            let rest = text[at..].strip_prefix(member);
            rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
        })
    };
    if text.trim_ascii_start().starts_with(b"{") {
        // RFC 7517 section 4.1, and RFC 7518 sections 6.2.2, 6.3.2 and 6.4: `d` or `k` is the secret.
        let is_secret = has(b"\"kty\"") && (has(b"\"d\"") || has(b"\"k\""));
        return is_secret.then_some(Foreign::JsonWebKey);
    }
    let mut lines = text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
    lines.find_map(|line| {
        if line.starts_with(b"AGE-SECRET-KEY-") {
            return Some(Foreign::AgeKey);
        }
        let value = line.strip_prefix(b"PrivateKey")?.trim_ascii_start();
        value.starts_with(b"=").then_some(Foreign::WireGuard)
    })
}

fn in_text(text: &[u8]) -> Option<Foreign> {
    if let Some(at) = text::find(text, BEGIN) {
        let label = &text[at + BEGIN.len()..];
        return if label.starts_with(b"OPENSSH PRIVATE KEY-----") {
            Some(Foreign::OpenSshKey)
        } else if label.starts_with(b"PKCS12-----") {
            Some(Foreign::Pkcs12InPem)
        } else if label.starts_with(b"PGP ") {
            Some(Foreign::OpenPgp)
        } else {
            None
        };
    }
    if let Some(key) = plain_key(text) {
        return Some(key);
    }
    let wrapped = text::base64_start(text)?;
    match &wrapped[..] {
        [0xA1, 0xF8, 0x4E, ..] => Some(Foreign::AutoLoginInBase64),
        [0xFE, 0xED, 0xFE, 0xED, ..] => Some(Foreign::JksInBase64),
        [0xCE, 0xCE, 0xCE, 0xCE, ..] => Some(Foreign::JceksInBase64),
        [b'P', b'K', 3, 4, ..] => Some(Foreign::ZipInBase64),
        _ if wrapped.starts_with(SALTED) => Some(Foreign::OpensslEnc),
        _ if Shape::of(&wrapped) == Some(Shape::Pkcs12) => Some(Foreign::Pkcs12InBase64),
        _ => None,
    }
}
