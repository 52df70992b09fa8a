//! The structure of a store: a header, records one behind the other, and a digest.

use crate::codec::CodecError;
use crate::codec::jks::reader::{Reader, size};
use crate::codec::jks::{Kind, serialized};
use crate::crypto::java_protector::DIGEST_BYTES;
use crate::limits;
use std::ops::Range;

/// The name of X.509 certificates, which version 1 does not write because it has no others.
pub(super) const X509: &[u8] = b"X.509";

/// The version that Java writes; it reads 1 too.
pub(super) const VERSION: u32 = 2;

/// The shortest record: tag, empty alias, date, and the length of a certificate.
const SHORTEST_RECORD: usize = 4 + 2 + 8 + 4;

/// The shortest certificate, as version 1 has it: its length.
const SHORTEST_CERTIFICATE: usize = 4;

const PRIVATE_KEY_TAG: u32 = 1;
const TRUSTED_CERTIFICATE_TAG: u32 = 2;
const SECRET_KEY_TAG: u32 = 3;

/// What a secret key is called, which is not understood and nothing to worry about.
pub(super) const SECRET_KEY: &str = "secret key";

/// A store, parsed as far as its records.
pub(super) struct StoreFile<'a> {
    pub(super) version: u32,
    /// Each record with its place in the file.
    pub(super) records: Vec<(Record<'a>, Range<usize>)>,
    /// Everything that the digest is about.
    pub(super) signed: &'a [u8],
    pub(super) digest: &'a [u8],
    /// What follows the digest; Java does not look at it.
    pub(super) trailing: &'a [u8],
}

/// One entry as the file has it.
pub(super) struct Record<'a> {
    /// Modified UTF-8, unchecked.
    pub(super) alias: &'a [u8],
    /// Milliseconds since 1970.
    pub(super) date: i64,
    pub(super) body: Body<'a>,
}

/// The value of an entry.
pub(super) enum Body<'a> {
    /// An `EncryptedPrivateKeyInfo` and its certificates.
    PrivateKey { protected: &'a [u8], chain: Vec<Encoded<'a>> },
    /// A trusted certificate.
    Trusted(Encoded<'a>),
    /// A serialized Java object, in JCEKS only.
    SecretKey(&'a [u8]),
}

/// A certificate, whatever its type.
#[derive(Clone, Copy)]
pub(super) struct Encoded<'a> {
    /// The name of its type in Java's `CertificateFactory`: `X.509`.
    pub(super) kind: &'a [u8],
    pub(super) bytes: &'a [u8],
}

impl<'a> StoreFile<'a> {
    /// Parses; nothing is decrypted and the digest is not compared.
    pub(super) fn read(bytes: &'a [u8], kind: Kind) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes, kind);
        if reader.u32("a magic number")? != kind.magic() {
            return Err(reader.damaged("another magic number"));
        }
        let version = reader.u32("a version")?;
        if !(1..=VERSION).contains(&version) {
            return Err(reader.damaged(format!("version {version}")));
        }
        let count = size(reader.u32("a number of entries")?);
        // Checked before the first entry, so that a wild claim costs nothing.
        if count > reader.rest().len() / SHORTEST_RECORD {
            let what = format!("{count} entries, and {} bytes follow", reader.rest().len());
            return Err(CodecError::Truncated { format: kind.format(), what });
        }
        if count > limits::ENTRIES {
            return Err(CodecError::Limit {
                limit: "entries of a key store",
                found: count as u64,
                allowed: limits::ENTRIES as u64,
            });
        }
        let mut records = Vec::new();
        for _ in 0..count {
            let start = reader.position();
            let record = Record::read(&mut reader, version)?;
            records.push((record, start..reader.position()));
        }
        let signed = reader.since(0);
        let digest = reader.take(DIGEST_BYTES, "a digest")?;
        Ok(Self { version, records, signed, digest, trailing: reader.rest() })
    }
}

impl<'a> Record<'a> {
    /// Reads one record, up to its end.
    pub(super) fn read(reader: &mut Reader<'a>, version: u32) -> Result<Self, CodecError> {
        let tag = reader.u32("the tag of an entry")?;
        let alias = reader.short("an alias")?;
        let date = reader.u64("a date")?.cast_signed();
        Ok(Self { alias, date, body: Body::read(reader, tag, version)? })
    }

    /// Writes it; version 1 has X.509 certificates only.
    pub(super) fn write(&self, version: u32, out: &mut Vec<u8>) -> Result<(), CodecError> {
        if version == 1 && !self.body.certificates().iter().all(Encoded::is_x509) {
            let what = "a certificate that is not X.509 in a store of version 1".to_owned();
            return Err(CodecError::FormatUnsupported { what, verb: "written" });
        }
        out.extend(self.body.tag().to_be_bytes());
        short(out, self.alias);
        out.extend(self.date.to_be_bytes());
        self.body.write(version, out);
        Ok(())
    }
}

impl<'a> Body<'a> {
    fn read(reader: &mut Reader<'a>, tag: u32, version: u32) -> Result<Self, CodecError> {
        match (tag, reader.kind()) {
            (PRIVATE_KEY_TAG, _) => {
                let protected = reader.long("a private key")?;
                let count = size(reader.u32("a number of certificates")?);
                if count > reader.rest().len() / SHORTEST_CERTIFICATE {
                    let what =
                        format!("{count} certificates, {} bytes follow", reader.rest().len());
                    return Err(CodecError::Truncated { format: reader.kind().format(), what });
                }
                // The key's own, and its issuers.
                let allowed = 1 + limits::CHAIN_CERTIFICATES;
                if count > allowed {
                    return Err(CodecError::Limit {
                        limit: "certificates of a key's chain",
                        found: count as u64,
                        allowed: allowed as u64,
                    });
                }
                let mut chain = Vec::new();
                for _ in 0..count {
                    chain.push(Encoded::read(reader, version)?);
                }
                Ok(Self::PrivateKey { protected, chain })
            }
            (TRUSTED_CERTIFICATE_TAG, _) => Ok(Self::Trusted(Encoded::read(reader, version)?)),
            (SECRET_KEY_TAG, Kind::Jceks) => {
                let start = reader.position();
                serialized::skip(reader)?;
                Ok(Self::SecretKey(reader.since(start)))
            }
            // The length of what is not known is not known either, so nothing behind it can be read.
            (tag, _) => Err(reader.damaged(format!("an entry of kind {tag}"))),
        }
    }

    fn tag(&self) -> u32 {
        match self {
            Self::PrivateKey { .. } => PRIVATE_KEY_TAG,
            Self::Trusted(_) => TRUSTED_CERTIFICATE_TAG,
            Self::SecretKey(_) => SECRET_KEY_TAG,
        }
    }

    fn write(&self, version: u32, out: &mut Vec<u8>) {
        match self {
            Self::PrivateKey { protected, chain } => {
                long(out, protected);
                out.extend(length(chain.len()).to_be_bytes());
                for certificate in chain {
                    certificate.write(version, out);
                }
            }
            Self::Trusted(certificate) => certificate.write(version, out),
            Self::SecretKey(object) => out.extend_from_slice(object),
        }
    }

    /// The tag and the value, as an opaque entry keeps them: alias and date are the entry's own.
    pub(super) fn to_opaque(&self) -> Vec<u8> {
        let mut raw = self.tag().to_be_bytes().to_vec();
        self.write(VERSION, &mut raw);
        raw
    }

    /// Reads what [`Body::to_opaque`] made.
    pub(super) fn of_opaque(raw: &'a [u8], kind: Kind) -> Result<Self, CodecError> {
        let mut reader = Reader::new(raw, kind);
        let tag = reader.u32("the tag of an entry")?;
        let body = Self::read(&mut reader, tag, VERSION)?;
        if reader.rest().is_empty() {
            Ok(body)
        } else {
            Err(reader.damaged("bytes behind an entry"))
        }
    }

    /// The encrypted key.
    pub(super) fn protected(&self) -> Option<&'a [u8]> {
        match self {
            Self::PrivateKey { protected, .. } => Some(protected),
            Self::Trusted(_) | Self::SecretKey(_) => None,
        }
    }

    fn certificates(&self) -> &[Encoded<'a>] {
        match self {
            Self::PrivateKey { chain, .. } => chain,
            Self::Trusted(certificate) => std::slice::from_ref(certificate),
            Self::SecretKey(_) => &[],
        }
    }

    /// What an entry is called whose value is not understood.
    pub(super) fn description(&self) -> &'static str {
        match self {
            Self::PrivateKey { .. } => "private key with a certificate that cannot be read",
            Self::Trusted(_) => "certificate that cannot be read",
            Self::SecretKey(_) => SECRET_KEY,
        }
    }
}

impl<'a> Encoded<'a> {
    fn read(reader: &mut Reader<'a>, version: u32) -> Result<Self, CodecError> {
        let kind = if version == 1 { X509 } else { reader.short("a certificate's type")? };
        Ok(Self { kind, bytes: reader.long("a certificate")? })
    }

    fn write(&self, version: u32, out: &mut Vec<u8>) {
        if version != 1 {
            short(out, self.kind);
        }
        long(out, self.bytes);
    }

    /// Whether the type is X.509, by either of the names that Java knows it by.
    pub(super) fn is_x509(&self) -> bool {
        self.kind == X509 || self.kind == b"X509"
    }
}

fn short(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u16::try_from(bytes.len())
        .expect("a longer alias is refused, and types are read from such a field");
    out.extend(length.to_be_bytes());
    out.extend_from_slice(bytes);
}

fn long(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(length(bytes.len()).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a certificate, a key or a chain is shorter than 4 GiB")
}
