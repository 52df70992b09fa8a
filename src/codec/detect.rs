//! What bytes are, by content, never by name.

pub(in crate::codec) mod element;
mod foreign;
pub(in crate::codec) mod shape;
pub(in crate::codec) mod text;

pub use foreign::{Foreign, recognise_foreign};

use crate::codec::detect::element::Element;
use crate::codec::detect::shape::Shape;
use crate::codec::detect::text::{BEGIN, Text};
use crate::codec::{CodecError, kubernetes};
use crate::model::format::Format;

/// What the bytes are, by content, never by name.
///
/// Binary formats are told from their first bytes alone, so that a truncated file is still
/// recognised and its reader can say what is missing. Text is searched for the first BEGIN line.
#[must_use]
pub fn detect(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xA1, 0xF8, 0x4E, ..] => return Some(Format::Sso),
        [0xFE, 0xED, 0xFE, 0xED, ..] => return Some(Format::Jks),
        [0xCE, 0xCE, 0xCE, 0xCE, ..] => return Some(Format::Jceks),
        _ => {}
    }
    if let Some(shape) = Shape::of(bytes) {
        return shape.format();
    }
    if foreign::by_first_bytes(bytes).is_some() {
        return None;
    }
    let text = Text::of(bytes);
    // Before PEM, which may stand in it as text.
    if kubernetes::is_manifest(&text) {
        return Some(Format::KubernetesSecret);
    }
    if text::find(&text, BEGIN).is_some() {
        return Some(Format::Pem);
    }
    let wrapped = text::base64_start(&text)?;
    let is_text = wrapped.starts_with(BEGIN);
    (is_text || Shape::of(&wrapped).is_some_and(|shape| !shape.is_store())).then_some(Format::Pem)
}

/// Why bytes that [`detect`] does not know cannot be read.
#[must_use]
pub fn unknown(bytes: &[u8]) -> CodecError {
    match recognise_foreign(bytes) {
        Some(what) => CodecError::FormatUnsupported { what: what.name().to_owned(), verb: "read" },
        None if bytes.iter().all(u8::is_ascii_whitespace) => CodecError::Empty,
        None => CodecError::FormatUnknown,
    }
}

/// Whether a file that begins with these bytes may hold certificates: for whoever looks through many
/// files, to open no more of them than needed.
///
/// Of text, a line must begin as a block of certificates does, so that keys and public keys alone, and
/// programs that quote PEM, are told apart. Of the other formats all may, stores that are not read here
/// among them, so that they are named.
#[must_use]
pub fn may_hold_certificates(start: &[u8]) -> bool {
    match detect(start) {
        None => recognise_foreign(start).is_some_and(Foreign::is_store),
        Some(Format::Pem) => {
            let text = Text::of(start);
            text::find(&text, BEGIN).is_none() || begins_certificates(&text)
        }
        Some(_) => true,
    }
}

/// Whether a file may hold private or secret keys, by its content: for whoever is about to replace it. What
/// only a password or a decoder would tell counts as a key.
#[must_use]
pub fn may_hold_keys(bytes: &[u8]) -> bool {
    if recognise_foreign(bytes).is_some_and(Foreign::may_hold_keys) {
        return true;
    }
    match detect(bytes) {
        None => false,
        Some(Format::Pem) => {
            let text = Text::of(bytes);
            if text::find(&text, BEGIN).is_none() {
                return text::base64(&text).is_none_or(|wrapped| may_hold_keys(&wrapped));
            }
            // certtool writes PKCS#12 as a block.
            [&b"PRIVATE KEY"[..], b"PKCS12"].iter().any(|word| text::find(&text, word).is_some())
                || is_encrypted_message(&text)
        }
        Some(Format::Certificate | Format::Request | Format::Crl | Format::Pkcs7) => {
            is_key_behind(bytes)
        }
        Some(_) => true,
    }
}

/// Whether the first block of CMS is not signedData (RFC 5652 section 5.1), as a bundle of certificates is.
fn is_encrypted_message(text: &[u8]) -> bool {
    const CMS: &[u8] = b"-----BEGIN CMS-----";
    const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    text::find(text, CMS).is_some_and(|at| {
        // Its first lines: the content type stands behind two or three lengths.
        let lines = text[at + CMS.len()..].split(|byte| *byte == b'\n').skip(1).take(1);
        let start = lines.flatten().copied().collect::<Vec<u8>>();
        text::base64_start(&start).is_none_or(|start| text::find(&start, SIGNED_DATA).is_none())
    })
}

/// Whether one of the DER values that follow each other is a private key.
fn is_key_behind(mut der: &[u8]) -> bool {
    while let Some(shape) = Shape::of(der) {
        if shape.format() == Some(Format::PrivateKey) {
            return true;
        }
        der = Element::first(der).map_or(&[], |element| element.rest);
    }
    false
}

/// Whether a line begins as a block of one or more certificates does, whichever name is used: also
/// `X509 CERTIFICATE`, `TRUSTED CERTIFICATE`, `PKCS7`, `PKCS #7 SIGNED DATA`, `CMS`.
fn begins_certificates(text: &[u8]) -> bool {
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.filter_map(|line| line.trim_ascii_start().strip_prefix(BEGIN)).any(|label| {
        let contains = |word| text::find(label, word).is_some();
        label.starts_with(b"PKCS")
            || label.starts_with(b"CMS")
            || contains(b"CERTIFICATE") && !contains(b"REQUEST")
    })
}

#[cfg(test)]
mod tests {
    use super::{Foreign, detect, may_hold_certificates, may_hold_keys, recognise_foreign};
    use crate::codec::pem;
    use crate::model::format::Format;

    #[test]
    fn stores_are_told_by_their_magic() {
        assert_eq!(detect(b"\xA1\xF8\x4E6"), Some(Format::Sso));
        assert_eq!(detect(b"\xFE\xED\xFE\xED\0\0\0\x02"), Some(Format::Jks));
        assert_eq!(detect(b"\xCE\xCE\xCE\xCE\0\0\0\x02"), Some(Format::Jceks));
    }

    #[test]
    fn truncated_pkcs12_is_still_pkcs12() {
        let der = b"\x30\x82\x0A\x0B\x02\x01\x03\x30\x82\x09\xC1\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
        for length in 7..der.len() {
            assert_eq!(detect(&der[..length]), Some(Format::Pkcs12), "{length} bytes");
        }
        let ber =
            b"\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01\xA0\x80";
        assert_eq!(detect(ber), Some(Format::Pkcs12));
    }

    #[test]
    fn pem_is_found_behind_text_and_in_utf_16() {
        let text = "Bag Attributes\r\n    friendlyName: x\r\n-----BEGIN CERTIFICATE-----\r\n";
        assert_eq!(detect(text.as_bytes()), Some(Format::Pem));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(detect(&little), Some(Format::Pem));
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detect(&big), Some(Format::Pem));
    }

    #[test]
    fn what_is_no_format_is_none() {
        for bytes in [&b""[..], b"0", b"\x30", b"\x30\x80", b"\x30\x03\x02\x01\x05", b"hello world"]
        {
            assert_eq!(detect(bytes), None, "{bytes:?}");
            assert_eq!(recognise_foreign(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn foreign_formats_are_named_and_not_detected() {
        let bks = b"\0\0\0\x02\0\0\0\x14aaaaaaaaaaaaaaaaaaaa\0\0\x05\xC0\x04\0\x04test\0\0\x01\x7D";
        let uber = b"\0\0\0\x01\0\0\0\x14aaaaaaaaaaaaaaaaaaaa\0\0\x04\x75\xC5\x61\xA2\x03";
        let wrapped_store = b"MIIKCwIBAzCCCcEGCSqGSIb3DQEHAaCCCbI=\n"; // the PKCS#12 prefix above
        for (bytes, foreign, is_store, has_keys) in [
            (&bks[..], Foreign::Bks, true, true),
            (uber, Foreign::Uber, true, true),
            (wrapped_store, Foreign::Pkcs12InBase64, true, true),
            (b"ofhONgAAAAY=", Foreign::AutoLoginInBase64, true, true),
            (b"/u3+7QAAAAI=", Foreign::JksInBase64, true, true),
            (b"PK\x03\x04-----BEGIN CERTIFICATE-----", Foreign::Zip, false, true),
            (b"\x1F\x8B\x08\0", Foreign::Gzip, false, true),
            (b"PuTTY-User-Key-File-2: ssh-rsa\n", Foreign::PuttyKey, false, true),
            (b"\xFD7zXZ\0\0", Foreign::Xz, false, true),
            (b"BZh91AY&SY", Foreign::Bzip2, false, true),
            (b"SQLite format 3\0\x04", Foreign::Sqlite, false, true),
            (b"\0\x06\x15\x61\0\0\0\x02", Foreign::BerkeleyDb, false, true),
            (b"Salted__\x01\x02", Foreign::OpensslEnc, false, true),
            (b"U2FsdGVkX18BAgMEBQYHCA==\n", Foreign::OpensslEnc, false, true),
            (b"\x07\x02\0\0\0\xA4\0\0RSA2", Foreign::PrivateKeyBlob, false, true),
            (b"{\"keys\": [{\"kty\":\"EC\",\"d\" :\"x\"}]}", Foreign::JsonWebKey, false, true),
            (b"# created: 2026\nAGE-SECRET-KEY-1Q\n", Foreign::AgeKey, false, true),
            (b"[Interface]\nPrivateKey = x\n", Foreign::WireGuard, false, true),
            (b"ssh-rsa AAAA\n", Foreign::OpenSshPublicKey, false, false),
            (b"\x30\x08\x30\x03\x06\x01\x2A\x03\x01\x00", Foreign::PublicKey, false, false),
        ] {
            assert_eq!(recognise_foreign(bytes), Some(foreign));
            assert_eq!(detect(bytes), None, "{foreign:?}");
            assert_eq!(may_hold_certificates(bytes), is_store, "{foreign:?}");
            assert_eq!(may_hold_keys(bytes), has_keys, "{foreign:?}");
        }
        // Blocks are read as PEM, to say of each that it is passed over.
        for (block, foreign) in [
            (&b"-----BEGIN PKCS12-----\n"[..], Foreign::Pkcs12InPem),
            (b"-----BEGIN PGP MESSAGE-----\n", Foreign::OpenPgp),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", Foreign::OpenSshKey),
        ] {
            assert_eq!(recognise_foreign(block), Some(foreign));
            assert_eq!(detect(block), Some(Format::Pem), "{foreign:?}");
            assert!(may_hold_keys(block), "{foreign:?}");
        }
    }

    #[test]
    fn keys_are_found_behind_certificates_and_suspected_in_stores() {
        const ENCRYPTED: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
        let certificates = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(may_hold_keys((certificates.repeat(1_000) + ENCRYPTED).as_bytes()));
        assert!(may_hold_keys(b"\xFE\xED\xFE\xED\0\0\0\x02"));
        // SEQUENCE { 0, SEQUENCE { OBJECT IDENTIFIER }, OCTET STRING } behind a certificate's first tags.
        let certificate = b"\x30\x09\x30\x07\xA0\x03\x02\x01\x02\x02\x00";
        let key = b"\x30\x0A\x02\x01\x00\x30\x03\x06\x01\x2A\x04\x00";
        assert!(!may_hold_keys(certificate));
        assert!(may_hold_keys(key));
        assert!(may_hold_keys(&[&certificate[..], key].concat()));
        let wrapped = |bytes: &[u8]| may_hold_keys(&pem::base64(bytes));
        assert!(wrapped(key));
        assert!(!wrapped(certificate));
        assert!(wrapped((certificates.repeat(1_000) + ENCRYPTED).as_bytes()));
        assert!(!wrapped(certificates.repeat(1_000).as_bytes()));
        let message =
            |content: &str| may_hold_keys(format!("-----BEGIN CMS-----\n{content}").as_bytes());
        assert!(message("MIIBbQYJKoZIhvcNAQcDoIIBXjCCAVoCAQAxggEA\n"), "envelopedData");
        assert!(!message("MIIBbQYJKoZIhvcNAQcCoIIBXjCCAVoCAQExggEA\n"), "signedData");
        let public = "{\"kty\":\"EC\",\"x\":\"d\"}";
        for keyless in [public, certificates, "-----BEGIN X509 CRL-----\n", "hello", ""] {
            assert!(!may_hold_keys(keyless.as_bytes()), "{keyless}");
        }
    }

    #[test]
    fn text_is_promising_when_a_line_begins_certificates() {
        for text in [
            "-----BEGIN CERTIFICATE-----\n",
            "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----",
            "subject=CN=a\r\n  -----BEGIN TRUSTED CERTIFICATE-----\r\n",
            "-----BEGIN PKCS7-----\n",
            "\u{feff}-----BEGIN X509 CERTIFICATE-----\n",
        ] {
            assert!(may_hold_certificates(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "hello",
            "-----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN NEW CERTIFICATE REQUEST-----\n",
            "let begin = \"-----BEGIN CERTIFICATE-----\";\n",
        ] {
            assert!(!may_hold_certificates(text.as_bytes()), "{text}");
        }
    }
}
