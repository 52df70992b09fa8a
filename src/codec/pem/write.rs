//! Writing a whole wallet as PEM.
//!
//! ```text
//! Entry: private-key                 also: trusted-certificate, request
//! Alias: app                         as text, or as a JSON string
//! subject=CN=app
//! issuer=CN=Issuing CA
//! -----BEGIN CERTIFICATE-----        the certificate of the key, then its issuers
//! -----BEGIN PRIVATE KEY-----        the key last
//! ```
//!
//! The headers are explanatory text (RFC 7468 section 5.2), which every reader of PEM passes over:
//! nginx, curl, Kafka and Java take such a file as it stands, and `mwallet` finds every entry again
//! under its alias, as a Java key store would keep it.

use crate::codec::private_key::{self, KeyCover};
use crate::codec::{CodecError, Sealing, pem};
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryKind};
use crate::model::key::PrivateKey;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;
use std::fmt::Write as _;
use std::ops::Deref;
use zeroize::Zeroizing;

/// Writes a wallet as PEM: each key with its certificates, then what is trusted, then each request
/// with its key. A certificate that stands in several entries is written in each. Keys are encrypted
/// with the password, in the clear without one. Secrets and what is not understood stay out.
///
/// # Errors
///
/// [`CodecError::KeyLocked`] for a key that is not open.
pub fn encode(wallet: &Wallet, sealing: &Sealing<'_>) -> Result<SecretBytes, CodecError> {
    let cover = KeyCover::new(sealing);
    let mut blocks = Vec::new();
    for entry in in_order(wallet) {
        if !blocks.is_empty() {
            blocks.push(text("\n".to_owned()));
        }
        blocks.push(text(public_part(entry)));
        if let Some(key) = entry.key() {
            blocks.push(cover.pem(private_key::open(wallet, entry, key)?)?);
        }
    }
    Ok(joined(&blocks))
}

/// What of an entry may be seen by everybody: its headers, its certificates in order, its request.
#[must_use]
pub fn public_part(entry: &Entry) -> String {
    match &entry.kind {
        EntryKind::PrivateKey(key) => {
            let chain: Vec<&Certificate> = key.chain.iter().map(|link| &link.certificate).collect();
            headers(entry) + &pem::encode_certificates(&chain, true)
        }
        EntryKind::TrustedCertificate(trusted) => {
            headers(entry) + &pem::encode_certificates(&[&trusted.certificate], true)
        }
        EntryKind::Request(pending) => headers(entry) + &pem::encode_request(&pending.request.csr),
        EntryKind::Secret(_) | EntryKind::Opaque(_) => String::new(),
    }
}

/// Writes a private key as PKCS#8, encrypted where there is a password.
///
/// # Errors
///
/// [`CodecError::Unsupported`] for profiles that do not encrypt keys by themselves.
pub fn encode_key(key: &PrivateKey, sealing: &Sealing<'_>) -> Result<SecretBytes, CodecError> {
    KeyCover::new(sealing).pem(key)
}

/// The trusted certificates, each as an entry.
#[must_use]
pub fn trusted(wallet: &Wallet) -> String {
    let entries: Vec<String> = wallet.trusted().map(|(entry, _)| public_part(entry)).collect();
    entries.join("\n")
}

/// Keys first: programs that want one take the first.
fn in_order(wallet: &Wallet) -> impl Iterator<Item = &Entry> {
    let rank = |entry: &&Entry| match entry.kind {
        EntryKind::PrivateKey(_) => Some(0),
        EntryKind::TrustedCertificate(_) => Some(1),
        EntryKind::Request(_) => Some(2),
        EntryKind::Secret(_) | EntryKind::Opaque(_) => None,
    };
    (0..3).flat_map(move |wanted| {
        wallet.entries().iter().filter(move |entry| rank(entry) == Some(wanted))
    })
}

/// The headers of a key of this alias.
pub(crate) fn key_headers(alias: &str) -> String {
    format!("Entry: private-key\nAlias: {}\n", alias_text(alias))
}

fn headers(entry: &Entry) -> String {
    let mut lines = format!("Entry: {}\n", entry.kind.name());
    if let Some(alias) = &entry.alias {
        let _ = writeln!(lines, "Alias: {}", alias_text(alias.as_str())); // a String takes it
    }
    lines
}

/// An alias on one line that reads back as it is and that no reader takes for a block.
fn alias_text(alias: &str) -> String {
    let breaks_lines = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let is_plain = !alias.is_empty()
        && alias.trim() == alias
        && !alias.starts_with('"')
        && !alias.contains("-----")
        && !alias.contains(breaks_lines);
    if is_plain {
        return alias.to_owned();
    }
    let hides_hyphens = alias.contains("-----");
    let mut quoted = String::from("\"");
    for character in alias.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '-' if hides_hyphens => quoted.push_str("\\u002d"),
            // Every character that breaks lines lies below U+FFFF.
            character if breaks_lines(character) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character)); // a String takes it
            }
            character => quoted.push(character),
        }
    }
    quoted + "\""
}

fn text(text: String) -> SecretBytes {
    SecretBytes::new(text.into_bytes())
}

/// Pieces of text as one, in one allocation that is wiped.
#[must_use]
pub fn joined<B: Deref<Target = [u8]>>(blocks: &[B]) -> SecretBytes {
    let mut all = Zeroizing::new(Vec::with_capacity(blocks.iter().map(|block| block.len()).sum()));
    for block in blocks {
        all.extend_from_slice(block);
    }
    SecretBytes::new(std::mem::take(&mut *all))
}

#[cfg(test)]
mod tests {
    use super::alias_text;

    #[test]
    fn plain_aliases_are_written_as_they_are() {
        for alias in ["app", "my app", "größe", "a\"b", "a:b", "C:\\x", "x----y", "日本"] {
            assert_eq!(alias_text(alias), alias);
        }
    }

    #[test]
    fn odd_aliases_are_json_on_one_line_without_five_hyphens() {
        for alias in
            ["", " a", "a ", "\"", "a\nb", "\u{7f}", "\u{85}x", "\u{2028}", "-----BEGIN A-----\\"]
        {
            let text = alias_text(alias);
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(!text.contains("-----") && !text.contains('\u{2028}'), "{text}");
            let read: String = serde_json::from_str(&text).unwrap();
            assert_eq!(read, alias);
        }
    }
}
