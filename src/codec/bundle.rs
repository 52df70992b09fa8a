//! Reading whatever people call a certificate file.

mod about;
mod armour;
mod assemble;
mod collect;
mod key;
mod marked;
mod order;
mod piece;
mod pkcs7;
mod trusted;

use crate::code::Code;
use crate::codec::bundle::armour::Blocks;
use crate::codec::bundle::collect::{Collector, Place};
use crate::codec::bundle::piece::{Found, Thing};
use crate::codec::detect::element::Element;
use crate::codec::detect::shape::Shape;
use crate::codec::detect::text::{self, BEGIN, Text};
use crate::codec::{
    CodecError, Decoded, Opening, Origin, Warning, detect, kubernetes, recognise_foreign, unknown,
};
use crate::crypto::kdf::Budget;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;
use crate::secret::Password;
use std::collections::HashSet;

/// Everything found in a bundle, in its order.
#[derive(Debug, Default)]
pub struct Bundle {
    /// Certificates, duplicates removed.
    pub certificates: Vec<Certificate>,
    /// How many duplicates there were.
    pub duplicates: usize,
    /// Certificate requests.
    pub requests: Vec<CertificateRequest>,
    /// Revocation lists.
    pub revocation_lists: Vec<RevocationList>,
    /// Private keys; those that no password opens are locked.
    pub keys: Vec<KeyMaterial>,
    /// Notes on the framing and on blocks that were passed over.
    pub warnings: Vec<Warning>,
}

/// Reads PEM, DER or PKCS#7, also in a Secret of Kubernetes; the passwords are tried on encrypted keys, whatever
/// `opening.keys` says.
///
/// PEM may be in UTF-8 or UTF-16, with or without byte order mark, with any line ends, blanks and
/// blank lines, with headers in the blocks and any text around them; a note says what was met. A
/// block holds what its content shows, whatever its label says: orapki calls PKCS#7 a CERTIFICATE.
/// DER values may follow each other, and base64 may come without armour. PKCS#7 may be BER.
///
/// A bundle without anything in it is not an error here. A key that no password opens, or whose
/// encryption is not known here, is locked and says why. A file of keys and of certificates that are all
/// those of others is read with a warning, [`Code::KEY_MISMATCH`].
///
/// # Errors
///
/// - [`CodecError::FormatUnknown`] when the bytes are none of these forms;
/// - [`CodecError::FormatUnsupported`] for key stores and other formats that are recognised;
/// - [`CodecError::Bundle`] when one block is damaged: nothing is passed over that looks like a
///   certificate, request, list or key and cannot be read;
/// - [`CodecError::Limit`] for more than [`limits::BUNDLE_BYTES`].
pub fn read(bytes: &[u8], opening: &Opening<'_>) -> Result<Bundle, CodecError> {
    let budget = Budget::new(opening.max_iterations);
    let mut collector = Collector::new(passwords(opening), &budget);
    collect(bytes, &mut collector)?;
    collector.end_file();
    let mut bundle = Bundle::of(collector.finish());
    // Whoever takes things one by one looks for no order.
    bundle.warnings.retain(|warning| warning.code != Code::CHAIN_DISORDERED);
    Ok(bundle)
}

/// Reads the same forms as a wallet.
///
/// Entries that are marked by headers, as `mwallet` writes them, come back as they were. Of all that
/// stands outside of them each key gets the certificate of its public key, or that with its
/// `localKeyID` in the output of `openssl pkcs12`, and the issuers that the file has; a request goes
/// to its key. A key that is locked and says nothing of its certificate stands alone. Certificates
/// that are in no chain become trusted; requests without a key and revocation lists are kept as they
/// are. A file of keys none of which has its certificate there is read with a warning, and so is one of one key
/// whose certificate is not the first: others take the first certificate for that of the key.
///
/// The passwords are tried on encrypted keys whatever `opening.keys` says: they protect nothing else.
///
/// # Errors
///
/// As [`read`], [`CodecError::BundleEmpty`] when there is nothing in it, and
/// [`CodecError::PasswordOpensNoKey`] when the password opens none of its encrypted keys.
pub(in crate::codec) fn decode(
    bytes: &[u8],
    format: Format,
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    decode_within(&[bytes], format, opening, budget)
}

/// Reads several files as one wallet, as [`codec::decode`](crate::codec::decode) reads one: the key of
/// one may be that of a certificate in another. `format` is that of the whole.
///
/// # Errors
///
/// As [`read`], [`CodecError::BundleEmpty`] when there is nothing in it, and
/// [`CodecError::PasswordOpensNoKey`] when the password opens none of its encrypted keys.
pub fn decode_all(
    files: &[&[u8]],
    format: Format,
    opening: &Opening<'_>,
) -> Result<Decoded, CodecError> {
    decode_within(files, format, opening, &Budget::new(opening.max_iterations))
}

fn decode_within(
    files: &[&[u8]],
    format: Format,
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    let mut collector = Collector::new(passwords(opening), budget);
    for bytes in files {
        collector.begin_file();
        collect(bytes, &mut collector)?;
        collector.end_file();
    }
    let found = collector.finish();
    if found.pieces.is_empty() {
        return Err(CodecError::BundleEmpty);
    }
    // A password that was given for keys in particular may belong to others.
    if opening.password.is_some() && found.refused_a_key && !found.opened_a_key {
        return Err(CodecError::PasswordOpensNoKey);
    }
    let (wallet, warnings) = assemble::assemble(found)?;
    Ok(Decoded { wallet, origin: Origin::Loose(format), warnings })
}

/// All of them: they protect nothing but keys.
fn passwords<'a>(opening: &Opening<'a>) -> Vec<&'a Password> {
    opening.password.into_iter().chain(opening.key_passwords).collect()
}

impl Bundle {
    fn of(found: Found) -> Self {
        let mut bundle = Self { warnings: found.warnings, ..Self::default() };
        let mut seen = HashSet::new();
        for piece in found.pieces {
            match piece.thing {
                Thing::Certificate(certificate) => {
                    if seen.insert(certificate.fingerprint()) {
                        bundle.certificates.push(certificate);
                    } else {
                        bundle.duplicates += 1;
                    }
                }
                Thing::Request(request) => bundle.requests.push(request),
                Thing::RevocationList(list) => bundle.revocation_lists.push(list),
                Thing::Key(key) => bundle.keys.push(key),
            }
        }
        bundle
    }
}

fn collect(bytes: &[u8], collector: &mut Collector<'_>) -> Result<(), CodecError> {
    if bytes.len() as u64 > limits::BUNDLE_BYTES {
        return Err(CodecError::Limit {
            limit: "bytes of a certificate bundle",
            found: bytes.len() as u64,
            allowed: limits::BUNDLE_BYTES,
        });
    }
    match detect(bytes) {
        Some(format @ (Format::Pkcs12 | Format::Sso | Format::Jks | Format::Jceks)) => {
            let what = format!("{} as a certificate bundle", store_name(format));
            Err(CodecError::FormatUnsupported { what, verb: "read" })
        }
        Some(Format::KubernetesSecret) => {
            let (values, warnings) = kubernetes::values(bytes)?;
            for Warning { code, message } in warnings {
                collector.warn(code, message);
            }
            for together in values {
                // None of them is a manifest.
                together.iter().try_for_each(|value| collect(value, collector))?;
                collector.end_file();
            }
            Ok(())
        }
        Some(Format::Pem) => {
            let before = collector.count();
            read_text(&Text::of(bytes), collector)?;
            // Blocks that are passed over beside others are all there is.
            match recognise_foreign(bytes) {
                Some(_) if collector.count() == before => Err(unknown(bytes)),
                _ => Ok(()),
            }
        }
        Some(_) => read_der(bytes, collector),
        None => Err(unknown(bytes)),
    }
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
    let wrapped = text::base64(text)
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
    collector.add_text(blocks.after(), &"the end")
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
        collector.warn(Code::TRAILING_BYTES, format!("bytes after the last value: {}", rest.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{decode_all, read};
    use crate::codec::{CodecError, Opening};
    use crate::limits;
    use crate::model::format::Format;

    #[test]
    fn warnings_are_counted_where_they_would_outgrow_the_bundle() {
        let text = "-----BEGIN A----------END A-----\n".repeat(limits::FILE_WARNINGS + 7);
        let warnings = read(text.as_bytes(), &Opening::with(None)).unwrap().warnings;
        assert_eq!(warnings.len(), limits::FILE_WARNINGS + 1);
        assert_eq!(warnings.last().unwrap().message, "7 more warnings");
    }

    #[test]
    fn files_over_the_bound_are_refused() {
        let bytes = vec![b' '; usize::try_from(limits::BUNDLE_BYTES).unwrap() + 1];
        assert!(matches!(read(&bytes, &Opening::with(None)), Err(CodecError::Limit { .. })));
    }

    #[test]
    fn megabytes_of_hostile_text_take_linear_time() {
        let start = std::time::Instant::now();
        for piece in [&b"-"[..], b"-----BEGIN ", b"-----BEGIN A-----\n", b"\r", b"\0", b"\x30\0"] {
            let bytes: Vec<u8> = piece.iter().copied().cycle().take(4_000_000).collect();
            assert!(read(&bytes, &Opening::with(None)).is_err());
        }
        let header = b"Entry: request\nAlias: \"a\"\nfriendlyName: x\nlocalKeyID: 00\n";
        let block = b"-----BEGIN A-----\n-----END A-----\n";
        for parts in [&[&header[..]; 1][..], &[header, block]] {
            let piece = parts.concat();
            let mut bytes: Vec<u8> = piece.iter().copied().cycle().take(4_000_000).collect();
            bytes.extend_from_slice(b"\n-----BEGIN A-----\n-----END A-----\n");
            let decoded = decode_all(&[&bytes], Format::Pem, &Opening::with(None));
            assert!(matches!(decoded, Err(CodecError::BundleEmpty | CodecError::Bundle { .. })));
        }
        assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
    }
}
