//! Formats outside the product, recognised so that a message can say what a file is.

use crate::codec::detect::shape::Shape;
use crate::codec::detect::text::{self, BEGIN, Text};

/// Names a format that is not read here: other key stores, archives, keys of SSH, and stores that
/// are wrapped in base64, as certtool writes PKCS#12. `None` for everything else, known formats included.
#[must_use]
pub fn recognise_foreign(bytes: &[u8]) -> Option<&'static str> {
    if let Some(shape) = Shape::of(bytes) {
        return match shape {
            Shape::Bcfks => Some("a BCFKS key store of Bouncy Castle"),
            Shape::PublicKey => Some("a public key"),
            _ => None,
        };
    }
    by_first_bytes(bytes).or_else(|| in_text(&Text::of(bytes)))
}

/// What the first bytes alone tell.
pub(super) fn by_first_bytes(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some("a zip archive"),
        [0x1F, 0x8B, ..] => Some("a gzip file"),
        [0, 0, 0, 1 | 2, 0, 0, 0, 20, ..] => Some(bouncy_castle(bytes)),
        _ if bytes.starts_with(b"PuTTY-User-Key-File-") => Some("a PuTTY private key"),
        _ if bytes.starts_with(b"ssh-") || bytes.starts_with(b"ecdsa-sha2-") => {
            Some("an OpenSSH public key")
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
fn bouncy_castle(bytes: &[u8]) -> &'static str {
    const BKS: &str = "a BKS key store of Bouncy Castle";
    match bytes.get(32..) {
        // The end, followed by the 20 bytes of the digest.
        Some([0, digest @ ..]) if digest.len() == 20 => BKS,
        Some([1..=4, high, low, rest @ ..]) => {
            let alias = usize::from(u16::from_be_bytes([*high, *low]));
            // The date, in milliseconds, has two zero bytes in front until the year 10889.
            if rest.get(alias..alias + 2) == Some(&[0, 0]) {
                BKS
            } else {
                "a UBER key store of Bouncy Castle"
            }
        }
        _ if bytes[3] == 2 => BKS, // UBER stops at version 1
        _ => "a UBER key store of Bouncy Castle",
    }
}

fn in_text(text: &[u8]) -> Option<&'static str> {
    if let Some(at) = text::find(text, BEGIN) {
        let label = &text[at + BEGIN.len()..];
        return if label.starts_with(b"OPENSSH PRIVATE KEY-----") {
            Some("an OpenSSH private key")
        } else if label.starts_with(b"PKCS12-----") {
            Some("a PKCS#12 store in PEM")
        } else if label.starts_with(b"PGP ") {
            Some("an OpenPGP file")
        } else {
            None
        };
    }
    let wrapped = text::base64_start(text)?;
    match &wrapped[..] {
        [0xA1, 0xF8, 0x4E, ..] => Some("an auto-login wallet in base64"),
        [0xFE, 0xED, 0xFE, 0xED, ..] => Some("a JKS key store in base64"),
        [0xCE, 0xCE, 0xCE, 0xCE, ..] => Some("a JCEKS key store in base64"),
        [b'P', b'K', 3, 4, ..] => Some("a zip archive in base64"),
        _ if Shape::of(&wrapped) == Some(Shape::Pkcs12) => Some("a PKCS#12 store in base64"),
        _ => None,
    }
}
