//! Putting what the blocks and values hold into the bundle.

use crate::code::Code;
use crate::codec::bundle::armour::Block;
use crate::codec::bundle::{Bundle, key, pkcs7};
use crate::codec::detect::element::Element;
use crate::codec::detect::shape::Shape;
use crate::codec::{CodecError, Warning};
use crate::crypto::kdf::Budget;
use crate::digest::Fingerprint;
use crate::limits;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::key::KeyMaterial;
use crate::model::request::CertificateRequest;
use crate::secret::{Password, SecretBytes};
use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// Where something stands in the bundle, for messages.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// A PEM block.
    Block {
        /// Counted from 1.
        number: usize,
        /// Its label.
        label: &'a str,
        /// The line of its BEGIN marker, counted from 1.
        line: usize,
    },
    /// A DER value at this byte.
    Offset(usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Block { number, label, line } => {
                write!(f, "block {number} ({label}, line {line})")
            }
            Self::Offset(offset) => write!(f, "value at byte {offset}"),
        }
    }
}

/// A bundle in the making.
pub(super) struct Collector<'a> {
    bundle: Bundle,
    passwords: &'a [Password],
    budget: Budget,
    seen: HashSet<Fingerprint>,
    framing: BTreeSet<&'static str>,
    /// The first key in OpenSSL's traditional encryption.
    traditional: Option<String>,
    /// Warnings over the limit.
    unsaid: usize,
}

impl<'a> Collector<'a> {
    pub(super) fn new(passwords: &'a [Password]) -> Self {
        Self {
            bundle: Bundle::default(),
            passwords,
            budget: Budget::new(limits::ITERATIONS),
            seen: HashSet::new(),
            framing: BTreeSet::new(),
            traditional: None,
            unsaid: 0,
        }
    }

    /// Reads what a PEM block holds. Where the content has no known shape, the label says what is
    /// damaged.
    pub(super) fn add_block(&mut self, block: &Block<'_>) -> Result<(), CodecError> {
        let place = &block.place;
        let expected = match block.label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Shape::Certificate,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::Request,
            "X509 CRL" => Shape::Crl,
            "PKCS7" | "PKCS #7 SIGNED DATA" | "CMS" => Shape::Pkcs7,
            "PRIVATE KEY" => Shape::Pkcs8,
            "ENCRYPTED PRIVATE KEY" => Shape::EncryptedPkcs8,
            "RSA PRIVATE KEY" => Shape::Pkcs1,
            "EC PRIVATE KEY" => Shape::Sec1,
            "DSA PRIVATE KEY" => Shape::Dsa,
            // The curve stands in the key as well.
            "EC PARAMETERS" => return Ok(()),
            _ => {
                self.warn(Code::BLOCK_SKIPPED, format!("{place}: a label that is not known here"));
                return Ok(());
            }
        };
        let content = block.decode()?;
        self.framing.extend(content.notes);
        if content.encrypted {
            self.traditional.get_or_insert_with(|| format!("{place}: traditional encrypted key"));
            return Ok(());
        }
        let mut der = &content.bytes[..];
        if block.label == "TRUSTED CERTIFICATE" {
            // OpenSSL: Certificate, then SEQUENCE { trust, reject, alias, keyid, other } OPTIONAL
            let length = Element::first(der).and_then(|element| element.length);
            if let Some((certificate, settings)) = length.and_then(|at| der.split_at_checked(at))
                && !settings.is_empty()
            {
                let message = format!("{place}: trust settings of OpenSSL after the certificate");
                self.warn(Code::BLOCK_SKIPPED, message);
                der = certificate;
            }
        }
        let consumed = self.add(place, Shape::of(der).unwrap_or(expected), der)?;
        if consumed < der.len() {
            let left = der.len() - consumed;
            self.warn(Code::TRAILING_BYTES, format!("{place}: {left} bytes after the value"));
        }
        Ok(())
    }

    /// Reads one value; returns how many bytes it took.
    pub(super) fn add(
        &mut self,
        place: &Place<'_>,
        shape: Shape,
        der: &[u8],
    ) -> Result<usize, CodecError> {
        match shape {
            Shape::Certificate => self.add_certificate(place, der)?,
            Shape::Request => {
                let request = CertificateRequest::from_der(der);
                self.bundle.requests.push(request.map_err(|error| damaged(place, error))?);
            }
            Shape::Crl => self.add_crl(place, der)?,
            Shape::Pkcs7 => return self.add_pkcs7(place, der),
            Shape::EncryptedPkcs8 => {
                let key = key::open_encrypted(der, self.passwords, &self.budget);
                self.bundle.keys.push(key.map_err(|error| damaged(place, error))?);
            }
            Shape::Pkcs8 | Shape::Pkcs1 | Shape::Dsa | Shape::Sec1 => {
                let key = key::open(shape, SecretBytes::from(der));
                self.bundle
                    .keys
                    .push(KeyMaterial::Open(key.map_err(|error| damaged(place, error))?));
            }
            Shape::Pkcs12 | Shape::Bcfks => return Err(damaged(place, "a key store inside")),
            Shape::PublicKey => return Err(damaged(place, "a public key inside")),
        }
        Ok(der.len())
    }

    pub(super) fn warn(&mut self, code: Code, message: String) {
        if self.bundle.warnings.len() < limits::BUNDLE_WARNINGS {
            self.bundle.warnings.push(Warning { code, message });
        } else {
            self.unsaid += 1;
        }
    }

    /// Notes something about the framing; one warning names them all.
    pub(super) fn framing(&mut self, note: &'static str) {
        self.framing.insert(note);
    }

    pub(super) fn finish(mut self) -> Result<Bundle, CodecError> {
        if let Some(what) = self.traditional.take() {
            if self.bundle.certificates.is_empty() {
                return Err(CodecError::Unsupported { what });
            }
            self.warn(Code::ALGORITHM_UNSUPPORTED, format!("unsupported: {what}"));
        }
        if self.unsaid > 0 {
            let message = format!("{} more warnings", self.unsaid);
            self.bundle.warnings.push(Warning { code: Code::BLOCK_SKIPPED, message });
        }
        if !self.framing.is_empty() {
            let notes: Vec<_> = self.framing.iter().copied().collect();
            let message = format!("lenient framing: {}", notes.join(", "));
            self.bundle.warnings.push(Warning { code: Code::FRAMING_LENIENT, message });
        }
        Ok(self.bundle)
    }

    fn add_certificate(&mut self, place: &impl fmt::Display, der: &[u8]) -> Result<(), CodecError> {
        let certificate = Certificate::from_der(der).map_err(|error| damaged(place, error))?;
        if self.seen.insert(certificate.fingerprint()) {
            self.bundle.certificates.push(certificate);
        } else {
            let message = format!("{place}: a certificate that stands in the bundle already");
            self.warn(Code::BLOCK_SKIPPED, message);
        }
        Ok(())
    }

    fn add_crl(&mut self, place: &impl fmt::Display, der: &[u8]) -> Result<(), CodecError> {
        let list = RevocationList::from_der(der)
            .ok_or_else(|| damaged(place, "the revocation list is malformed"))?;
        self.bundle.revocation_lists.push(list);
        Ok(())
    }

    fn add_pkcs7(&mut self, place: &Place<'_>, bytes: &[u8]) -> Result<usize, CodecError> {
        let message = pkcs7::read(bytes).map_err(|error| match error {
            pkcs7::Pkcs7Error::NotSigned(oid) => CodecError::FormatUnsupported {
                what: format!("{place}: PKCS#7 of type {oid}"),
                verb: "read",
            },
            pkcs7::Pkcs7Error::Malformed(what) => damaged(place, what),
        })?;
        if !message.is_der {
            self.warn(Code::ENCODING_NOT_DER, format!("{place}: PKCS#7 in BER"));
        }
        for (index, certificate) in message.certificates.iter().enumerate() {
            let place = format!("{place}, certificate {}", index + 1);
            self.add_certificate(&place, certificate)?;
        }
        for (index, list) in message.revocation_lists.iter().enumerate() {
            self.add_crl(&format!("{place}, revocation list {}", index + 1), list)?;
        }
        if message.others > 0 {
            let text = format!("{place}: {} items of other kinds in the PKCS#7", message.others);
            self.warn(Code::BLOCK_SKIPPED, text);
        }
        Ok(message.consumed)
    }
}

fn damaged(place: &impl fmt::Display, fact: impl fmt::Display) -> CodecError {
    CodecError::Bundle { what: format!("{place}: {fact}") }
}
