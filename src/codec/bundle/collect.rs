//! Putting together what the blocks and values hold.

use crate::code::Code;
use crate::codec::bundle::about::About;
use crate::codec::bundle::armour::Block;
use crate::codec::bundle::key::Refusal;
use crate::codec::bundle::piece::{Found, Piece, Thing};
use crate::codec::bundle::{key, order, pkcs7, trusted};
use crate::codec::detect::shape::Shape;
use crate::codec::{CodecError, Warning, pem};
use crate::crypto::kdf::Budget;
use crate::digest::Fingerprint;
use crate::limits;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::key::{KeyMaterial, LockedKey, PrivateKey};
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

/// Things in the making.
pub(super) struct Collector<'a> {
    found: Found,
    /// How many pieces are of files that are read and judged.
    judged: usize,
    passwords: Vec<&'a Password>,
    budget: &'a Budget,
    /// Certificates outside of marked entries, to tell which stands twice.
    seen: HashSet<Fingerprint>,
    framing: BTreeSet<&'static str>,
    /// The heading that further blocks stand under.
    heading: Option<usize>,
    /// What is known of the next piece.
    name: Option<Alias>,
    local_key_id: Option<Vec<u8>>,
    /// Warnings over the limit.
    unsaid: usize,
}

impl<'a> Collector<'a> {
    pub(super) fn new(passwords: Vec<&'a Password>, budget: &'a Budget) -> Self {
        Self {
            found: Found::default(),
            judged: 0,
            passwords,
            budget,
            seen: HashSet::new(),
            framing: BTreeSet::new(),
            heading: None,
            name: None,
            local_key_id: None,
            unsaid: 0,
        }
    }

    /// Begins another file: what comes now stands under no heading.
    pub(super) fn begin_file(&mut self) {
        self.heading = None;
    }

    /// Ends the file, or what stands for itself in it, and judges it as one.
    pub(super) fn end_file(&mut self) {
        if let Some(Warning { code, message }) = order::misfit(&self.found.pieces[self.judged..]) {
            self.warn(code, message);
        }
        self.judged = self.found.pieces.len();
    }

    /// How much was found up to now.
    pub(super) fn count(&self) -> usize {
        self.found.pieces.len()
    }

    /// Reads what a PEM block holds. Where the content has no known shape, the label says what is
    /// damaged.
    pub(super) fn add_block(&mut self, block: &Block<'_>) -> Result<(), CodecError> {
        let place = &block.place;
        self.add_text(block.before, place)?;
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
        let mut der = &content.bytes[..];
        if let Some(header) = &content.encryption {
            let key = key::open_traditional(der, header, expected, &self.passwords)
                .map_err(|error| damaged(place, error))?;
            let raw = || pem::encode_traditional_key(block.label, header, der).into_bytes();
            self.add_key(place, key, raw);
            return Ok(());
        }
        if block.label == "TRUSTED CERTIFICATE"
            && let Some(trusted) = trusted::read(der)
        {
            der = trusted.certificate;
            self.name = trusted.alias.or(self.name.take());
            if trusted.has_settings {
                let message = format!(
                    "{place}: the certificate is taken, OpenSSL's trust settings after it are not"
                );
                self.warn(Code::BLOCK_SKIPPED, message);
            }
        }
        let consumed = self.add(place, Shape::of(der).unwrap_or(expected), der)?;
        if consumed < der.len() {
            let left = der.len() - consumed;
            self.warn(Code::TRAILING_BYTES, format!("{place}: bytes after the value: {left}"));
        }
        Ok(())
    }

    /// Reads what stands between two blocks; `place` is that of the second.
    pub(super) fn add_text(
        &mut self,
        text: &[u8],
        place: &dyn fmt::Display,
    ) -> Result<(), CodecError> {
        let about = About::read(text, place)?;
        if about.other_text {
            self.framing.insert("text outside the blocks");
        }
        if let Some(heading) = about.heading {
            self.heading = Some(self.found.headings.len());
            self.found.headings.push(heading);
        }
        self.name = about.name;
        self.local_key_id = about.local_key_id;
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
                self.push(Thing::Request(request.map_err(|error| damaged(place, error))?));
            }
            Shape::Crl => self.add_crl(place, der)?,
            Shape::Pkcs7 => return self.add_pkcs7(place, der),
            Shape::EncryptedPkcs8 => {
                let key = key::open_encrypted(der, &self.passwords, self.budget)
                    .map_err(|error| damaged(place, error))?;
                self.add_key(place, key, || der.to_vec());
            }
            Shape::Pkcs8 | Shape::Pkcs1 | Shape::Dsa | Shape::Sec1 => {
                let key = key::open(shape, SecretBytes::from(der));
                let key = key.map_err(|error| damaged(place, error))?;
                self.push(Thing::Key(KeyMaterial::Open(key)));
            }
            Shape::Pkcs12 | Shape::Bcfks => return Err(damaged(place, "a key store inside")),
            Shape::PublicKey => return Err(damaged(place, "a public key inside")),
        }
        Ok(der.len())
    }

    pub(super) fn warn(&mut self, code: Code, message: String) {
        if self.found.warnings.len() < limits::FILE_WARNINGS {
            self.found.warnings.push(Warning { code, message });
        } else {
            self.unsaid += 1;
        }
    }

    /// Notes something about the framing; one warning names them all.
    pub(super) fn framing(&mut self, note: &'static str) {
        self.framing.insert(note);
    }

    pub(super) fn finish(mut self) -> Found {
        if self.unsaid > 0 {
            self.found.warnings.push(Warning::more(Code::BLOCK_SKIPPED, self.unsaid));
        }
        if !self.framing.is_empty() {
            let notes: Vec<_> = self.framing.iter().copied().collect();
            let message = format!("lenient framing: {}", notes.join(", "));
            self.found.warnings.push(Warning { code: Code::FRAMING_LENIENT, message });
        }
        self.found
    }

    fn push(&mut self, thing: Thing) {
        let (name, local_key_id) = (self.name.take(), self.local_key_id.take());
        self.found.pieces.push(Piece { thing, name, local_key_id, heading: self.heading });
    }

    /// Keeps a key that was encrypted; why it cannot be decrypted is said.
    fn add_key(
        &mut self,
        place: &Place<'_>,
        key: Result<PrivateKey, Refusal>,
        raw: impl FnOnce() -> Vec<u8>,
    ) {
        let material = match key {
            Ok(key) => {
                self.found.opened_a_key = true;
                KeyMaterial::Open(key)
            }
            Err(refusal) => {
                self.found.refused_a_key |= matches!(refusal, Refusal::Wrong);
                if let Refusal::Impossible(error) = &refusal {
                    self.warn(error.code(), format!("{place}: {error}"));
                }
                KeyMaterial::Locked(LockedKey { raw: raw(), refusal: Some(refusal.code()) })
            }
        };
        self.push(Thing::Key(material));
    }

    fn add_certificate(&mut self, place: &impl fmt::Display, der: &[u8]) -> Result<(), CodecError> {
        let certificate = Certificate::from_der(der).map_err(|error| damaged(place, error))?;
        if self.heading.is_none() && !self.seen.insert(certificate.fingerprint()) {
            let message = format!("{place}: a certificate that stands in the bundle already");
            self.warn(Code::BLOCK_SKIPPED, message);
        }
        self.push(Thing::Certificate(certificate));
        Ok(())
    }

    fn add_crl(&mut self, place: &impl fmt::Display, der: &[u8]) -> Result<(), CodecError> {
        let list = RevocationList::from_der(der).map_err(|error| damaged(place, error))?;
        self.push(Thing::RevocationList(list));
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
