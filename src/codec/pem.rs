//! PEM text, RFC 7468.
//!
//! What is public goes through the `pem` crate. It leaves copies of what it works on in freed
//! memory, so secrets go through `der`'s, which works in the caller's buffer.

mod write;

pub(crate) use write::key_headers;
pub use write::{encode, encode_key, joined, public_part, trusted};

use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::key::PrivateKey;
use crate::model::request::CertificateRequest;
use crate::secret::SecretBytes;
use ::pem::{EncodeConfig, LineEnding, Pem};
use der::pem::Decoder;
use zeroize::Zeroizing;

/// Writes certificates in the given order. With `comments`, lines that name subject and issuer
/// stand before each block (RFC 7468 section 5.2 allows them).
#[must_use]
pub fn encode_certificates(certificates: &[&Certificate], comments: bool) -> String {
    let mut text = String::new();
    for certificate in certificates {
        if comments {
            for (what, name) in
                [("subject", certificate.subject()), ("issuer", certificate.issuer())]
            {
                text.extend([what, "=", &comment(&name.to_string()), "\n"]);
            }
        }
        text.push_str(&armour("CERTIFICATE", certificate.der()));
    }
    text
}

/// Writes a certificate request.
#[must_use]
pub fn encode_request(request: &CertificateRequest) -> String {
    armour("CERTIFICATE REQUEST", request.der())
}

/// Writes a revocation list.
#[must_use]
pub fn encode_revocation_list(list: &RevocationList) -> String {
    armour("X509 CRL", list.der())
}

/// Writes a private key unprotected, as PKCS#8 (RFC 7468 section 10), in wiped memory.
#[must_use]
pub fn encode_private_key(key: &PrivateKey) -> SecretBytes {
    encode_secret("PRIVATE KEY", key.pkcs8())
}

/// Writes a PKCS#8 `EncryptedPrivateKeyInfo` (RFC 7468 section 11); `der` is not looked at.
#[must_use]
pub fn encode_encrypted_private_key(der: &[u8]) -> String {
    armour("ENCRYPTED PRIVATE KEY", der)
}

/// Writes a key in OpenSSL's traditional encryption, which is known only together with its label and
/// its `DEK-Info` header.
pub(in crate::codec) fn encode_traditional_key(
    label: &str,
    header: &str,
    encrypted: &[u8],
) -> String {
    let headers = format!("-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: {header}\n\n");
    armour(label, encrypted).replacen("-----\n", &headers, 1)
}

/// Decodes base64 that has no white space in it; `None` when it is not canonical base64.
pub(in crate::codec) fn decode(base64: &[u8]) -> Option<SecretBytes> {
    let (begin, end) = (b"-----BEGIN X-----\n", b"\n-----END X-----\n");
    let mut armoured = Zeroizing::new(Vec::with_capacity(begin.len() + base64.len() + end.len()));
    for part in [&begin[..], base64, end] {
        armoured.extend_from_slice(part);
    }
    let mut decoder = Decoder::new_detect_wrap(&armoured).ok()?;
    let mut bytes = SecretBytes::new(vec![0; decoder.remaining_len()]);
    decoder.decode(bytes.as_mut_slice()).ok()?;
    decoder.is_finished().then_some(bytes)
}

/// Encodes bytes that may be secret in base64, on one line (RFC 4648 section 4).
pub(in crate::codec) fn base64(bytes: &[u8]) -> SecretBytes {
    let armoured = encode_secret("X", bytes);
    let mut lines = armoured.split(|byte| *byte == b'\n');
    lines.next(); // BEGIN
    let mut text = Zeroizing::new(Vec::with_capacity(armoured.len()));
    lines.take_while(|line| !line.starts_with(b"-")).for_each(|line| text.extend_from_slice(line));
    SecretBytes::new(std::mem::take(&mut *text))
}

/// Lines of 64 characters, ended by LF.
fn armour(label: &str, der: &[u8]) -> String {
    let config = EncodeConfig::new().set_line_ending(LineEnding::LF);
    ::pem::encode_config(&Pem::new(label, der), config)
}

fn encode_secret(label: &str, der: &[u8]) -> SecretBytes {
    const SHORT: &str = "a key is far shorter than the address space";
    let ending = der::pem::LineEnding::LF;
    let length = der::pem::encoded_len(label, ending, der).expect(SHORT);
    let mut text = SecretBytes::new(vec![0; length]);
    let written = der::pem::encode(label, ending, der, text.as_mut_slice()).expect(SHORT).len();
    text.truncate(written);
    text
}

/// A name on one line that no reader can take for a block: whoever made the certificate chose it.
fn comment(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            text.extend(character.escape_unicode());
        } else {
            text.push(character);
        }
    }
    // `\2D` is how RFC 4514 escapes a hyphen.
    text.replace("-----", r"\2D\2D\2D\2D\2D")
}

#[cfg(test)]
mod tests {
    use super::{comment, decode, encode_secret};

    #[test]
    fn a_name_in_a_comment_cannot_begin_a_block() {
        let line = comment("CN=a\n-----BEGIN CERTIFICATE-----\r\nb\u{2028}c-d");
        assert!(!line.contains("-----") && line.lines().count() == 1, "{line}");
        assert_eq!(comment("CN=xn--bcher-kva.example"), "CN=xn--bcher-kva.example");
        assert!(line.ends_with("c-d"), "{line}");
    }

    #[test]
    fn secret_text_is_64_columns_wide_and_nothing_follows_it() {
        // 66 characters of base64: the last line has two and its padding.
        let text = encode_secret("PRIVATE KEY", &[0; 49]);
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        assert_eq!(lines[0], b"-----BEGIN PRIVATE KEY-----");
        assert_eq!(lines[1], [b'A'; 64]);
        assert_eq!(lines[2..], [&b"AA=="[..], b"-----END PRIVATE KEY-----", b""]);
    }

    #[test]
    fn only_canonical_base64_is_decoded() {
        assert_eq!(decode(b"AAEC").as_deref(), Some(&[0, 1, 2][..]));
        assert_eq!(decode(b"AA==").as_deref(), Some(&[0][..]));
        for damaged in ["", "AAA", "AA=", "AB==", "AA==AAAA", "AA-_", "A A="] {
            assert!(decode(damaged.as_bytes()).is_none(), "{damaged:?}");
        }
    }
}
