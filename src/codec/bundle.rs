//! Reading whatever people call a certificate file.

mod armour;
mod collect;
mod key;
mod pkcs7;

use crate::code::Code;
use crate::codec::bundle::armour::Blocks;
use crate::codec::bundle::collect::{Collector, Place};
use crate::codec::detect::element::Element;
use crate::codec::detect::shape::Shape;
use crate::codec::detect::text::{self, BEGIN, Text};
use crate::codec::{CodecError, Warning, detect, pem, recognise_foreign};
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;
use crate::secret::Password;
use zeroize::Zeroizing;

/// Everything found in a bundle, in its order.
#[derive(Debug, Default)]
pub struct Bundle {
    /// Certificates, duplicates removed.
    pub certificates: Vec<Certificate>,
    /// Certificate requests.
    pub requests: Vec<CertificateRequest>,
    /// Revocation lists.
    pub revocation_lists: Vec<RevocationList>,
    /// Private keys; those that no password opens are locked.
    pub keys: Vec<KeyMaterial>,
    /// Notes on the framing and on blocks that were passed over.
    pub warnings: Vec<Warning>,
}

/// Reads PEM, DER or PKCS#7; the passwords are tried on encrypted keys.
///
/// PEM may be in UTF-8 or UTF-16, with or without byte order mark, with any line ends, blanks and
/// blank lines, with headers in the blocks and any text around them; a note says what was met. A
/// block holds what its content shows, whatever its label says: orapki calls PKCS#7 a CERTIFICATE.
/// DER values may follow each other, and base64 may come without armour. PKCS#7 may be BER.
///
/// A bundle without anything in it is not an error here.
///
/// # Errors
///
/// - [`CodecError::FormatUnknown`] when the bytes are none of these forms;
/// - [`CodecError::FormatUnsupported`] for key stores and other formats that are recognised;
/// - [`CodecError::Bundle`] when one block is damaged: nothing is passed over that looks like a
///   certificate, request, list or key and cannot be read;
/// - [`CodecError::Unsupported`] for a key in OpenSSL's traditional encryption, unless
///   certificates are there too (then it is a warning).
pub fn read(bytes: &[u8], passwords: &[Password]) -> Result<Bundle, CodecError> {
    let mut collector = Collector::new(passwords);
    match detect(bytes) {
        Some(format @ (Format::Pkcs12 | Format::Sso | Format::Jks | Format::Jceks)) => {
            let what = format!("{} as a certificate bundle", store_name(format));
            return Err(CodecError::FormatUnsupported { what, verb: "read" });
        }
        Some(Format::Pem) => read_text(&Text::of(bytes), &mut collector)?,
        Some(_) => read_der(bytes, &mut collector)?,
        None => {
            return Err(recognise_foreign(bytes).map_or(CodecError::FormatUnknown, |what| {
                CodecError::FormatUnsupported { what: what.to_owned(), verb: "read" }
            }));
        }
    }
    collector.finish()
}

fn store_name(format: Format) -> &'static str {
    match format {
        Format::Sso => "an auto-login wallet",
        Format::Jks => "a JKS key store",
        Format::Jceks => "a JCEKS key store",
        _ => "a PKCS#12 store",
    }
}

/// PEM, or the base64 of PEM or DER.
fn read_text(text: &Text<'_>, collector: &mut Collector<'_>) -> Result<(), CodecError> {
    if let Some(note) = text.note {
        collector.framing(note);
    }
    if text::find(text, BEGIN).is_some() {
        return read_blocks(text, collector);
    }
    collector.framing("base64 without BEGIN and END lines");
    // Never grown, so that all of it is wiped.
    let mut base64 = Zeroizing::new(Vec::with_capacity(text.len()));
    base64.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let wrapped = pem::decode(&base64)
        .ok_or_else(|| CodecError::Bundle { what: "the base64 is damaged".to_owned() })?;
    if wrapped.starts_with(BEGIN) {
        read_blocks(&wrapped, collector)
    } else {
        read_der(&wrapped, collector)
    }
}

fn read_blocks(text: &[u8], collector: &mut Collector<'_>) -> Result<(), CodecError> {
    let mut blocks = Blocks::of(text);
    for block in &mut blocks {
        collector.add_block(&block?)?;
    }
    if let Some(note) = blocks.note() {
        collector.framing(note);
    }
    Ok(())
}

/// DER values, one after the other. What follows them is an error if it begins as one does.
fn read_der(bytes: &[u8], collector: &mut Collector<'_>) -> Result<(), CodecError> {
    let mut offset = 0;
    while let Some(shape) = Shape::of(&bytes[offset..]) {
        let rest = &bytes[offset..];
        // The indefinite length has to be walked through; PKCS#7 says itself where it ends.
        let length = Element::first(rest).and_then(|element| element.length);
        let der = length.map_or(rest, |length| &rest[..length]);
        offset += collector.add(&Place::Offset(offset), shape, der)?;
    }
    let rest = &bytes[offset..];
    if rest.first() == Some(&0x30) {
        let what = format!("{}: neither certificate, request, list nor key", Place::Offset(offset));
        return Err(CodecError::Bundle { what });
    }
    if !rest.is_empty() {
        collector.warn(Code::TRAILING_BYTES, format!("{} bytes after the last value", rest.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::limits;

    #[test]
    fn warnings_are_counted_where_they_would_outgrow_the_bundle() {
        let text = "-----BEGIN A----------END A-----\n".repeat(limits::BUNDLE_WARNINGS + 7);
        let warnings = read(text.as_bytes(), &[]).unwrap().warnings;
        assert_eq!(warnings.len(), limits::BUNDLE_WARNINGS + 1);
        assert_eq!(warnings.last().unwrap().message, "7 more warnings");
    }

    #[test]
    fn megabytes_of_hostile_text_take_linear_time() {
        let start = std::time::Instant::now();
        for piece in [&b"-"[..], b"-----BEGIN ", b"-----BEGIN A-----\n", b"\r", b"\0", b"\x30\0"] {
            let bytes: Vec<u8> = piece.iter().copied().cycle().take(4_000_000).collect();
            assert!(read(&bytes, &[]).is_err());
        }
        assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
    }
}
