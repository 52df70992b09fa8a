//! The header of an auto-login file.

use crate::codec::CodecError;
use crate::codec::sso::{Form, Kind};
use crate::crypto::auto_login::{SEED_BYTES, Wrapping};
use crate::hex;
use crate::model::format::Format;

/// The bytes that every auto-login file begins with.
const MAGIC: [u8; 3] = [0xA1, 0xF8, 0x4E];

/// The header version whose key can be read.
const VERSION: u32 = 6;

/// Oracle 10g, and what 23ai writes for local files.
const VERSION_10G: u32 = 5;
const VERSION_23AI_LOCAL: u32 = 7;

/// Where the body begins.
const BODY: usize = 12;

/// What the header of an auto-login file says of it, as far as it is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// For whom the file opens.
    pub kind: Kind,
    /// The version of the header.
    pub version: u32,
    /// How the key stands in it; `None` where that is not known.
    pub form: Option<Form>,
}

/// A header with its key.
pub(super) struct Keyed {
    pub(super) header: Header,
    pub(super) form: Form,
    pub(super) key: Vec<u8>,
    pub(super) wrapped: Vec<u8>,
    /// Where the store begins.
    pub(super) length: usize,
}

impl Header {
    /// Reads the header, also that of a file which cannot be opened here.
    ///
    /// ```text
    /// 0  A1 F8 4E
    /// 3  type: '6' beside an ewallet.p12, '7' alone, '8' local
    /// 4  header version
    /// 8  L, the length of the body
    /// 12 body of L bytes, then a PKCS#12 store; all numbers of 32 bits, the highest byte first
    /// ```
    ///
    /// # Errors
    ///
    /// [`CodecError::Truncated`] and [`CodecError::Damaged`].
    pub fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        if !MAGIC.starts_with(&bytes[..bytes.len().min(3)]) {
            return Err(damaged("it does not begin as an auto-login file does"));
        }
        let (&kind, version) = match bytes.get(3..8) {
            Some([kind, version @ ..]) => (kind, number(version)),
            _ => return Err(truncated("the header")),
        };
        let kind = match kind {
            b'6' => Kind::On,
            b'7' => Kind::Only,
            b'8' => Kind::Local,
            other => return Err(damaged(&format!("the type {other:#04x} is not known"))),
        };
        let length = bytes.get(8..BODY).map(number).ok_or_else(|| truncated("the header"))?;
        let form = match (version, length, bytes.get(BODY)) {
            (VERSION, 33, Some(0x06)) => Some(Form::Aes),
            (VERSION, 65, Some(0x35)) => Some(Form::Des),
            _ => None,
        };
        Ok(Self { kind, version, form })
    }
}

impl Keyed {
    /// Reads the header and its key.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, CodecError> {
        let header = Header::read(bytes)?;
        let Header { kind, version, form } = header;
        match (version, kind) {
            (VERSION, _) => {}
            (VERSION_23AI_LOCAL, Kind::Local) => {
                return Err(CodecError::AutoLoginVersion { version });
            }
            (VERSION_10G, _) => return Err(unsupported("header version 5, of Oracle 10g")),
            (other, _) => return Err(damaged(&format!("the header version {other} is not known"))),
        }
        let byte = *bytes.get(BODY).ok_or_else(|| truncated("the header"))?;
        let Some(form) = form else {
            return Err(match byte {
                0x05 => unsupported("header form 05, which has no key"),
                0x06 | 0x35 => damaged("the length of the header does not fit its form"),
                other => damaged(&format!("the header form {other:#04x} is not known")),
            });
        };
        let length = form.header_length();
        let body = bytes.get(BODY + 1..length).ok_or_else(|| truncated("the header"))?;
        let (key, wrapped) = match form {
            Form::Aes => {
                let (key, wrapped) = body.split_at(form.wrapping().key_length());
                (key.to_vec(), wrapped.to_vec())
            }
            Form::Des => {
                let (key, wrapped) = body.split_at(2 * form.wrapping().key_length());
                (from_hex(key)?, from_hex(wrapped)?)
            }
        };
        Ok(Self { header, form, key, wrapped, length })
    }

    /// The header's bytes.
    pub(super) fn write(kind: Kind, form: Form, key: &[u8], wrapped: &[u8]) -> Vec<u8> {
        let body: Vec<u8> = match form {
            Form::Aes => [&[0x06], key, wrapped].concat(),
            Form::Des => {
                [&[0x35], hex::encode(key).as_bytes(), hex::encode(wrapped).as_bytes()].concat()
            }
        };
        let kind = match kind {
            Kind::On => b'6',
            Kind::Only => b'7',
            Kind::Local => b'8',
        };
        let length = form.header_length() - BODY;
        debug_assert_eq!(body.len(), length);
        let length = u32::try_from(length).expect("the two forms have 33 and 65 bytes");
        [&MAGIC, &[kind][..], &VERSION.to_be_bytes(), &length.to_be_bytes(), &body].concat()
    }
}

impl Form {
    /// ```text
    /// AES: 06 key (16)                wrapped seed (16)                 L = 33
    /// DES: 35 key (16 hex digits)     wrapped seed (48 hex digits)      L = 65
    /// ```
    fn header_length(self) -> usize {
        BODY + 1
            + match self {
                Self::Aes => 2 * SEED_BYTES,
                Self::Des => 2 * (8 + 24),
            }
    }

    pub(super) fn wrapping(self) -> Wrapping {
        match self {
            Self::Aes => Wrapping::Aes,
            Self::Des => Wrapping::Des,
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn from_hex(digits: &[u8]) -> Result<Vec<u8>, CodecError> {
    hex::decode(digits).ok_or_else(|| damaged("the key of the header is not hexadecimal"))
}

fn truncated(what: &str) -> CodecError {
    CodecError::Truncated { format: Format::Sso, what: format!("{what} is not complete") }
}

pub(super) fn damaged(what: &str) -> CodecError {
    CodecError::Damaged { format: Format::Sso, what: what.to_owned() }
}

fn unsupported(what: &str) -> CodecError {
    let what = format!("an auto-login file with {what}");
    CodecError::FormatUnsupported { what, verb: "read" }
}

#[cfg(test)]
mod tests {
    use super::{Header, Keyed};
    use crate::code::Code;
    use crate::codec::sso::{Form, Kind};

    fn code(bytes: &[u8]) -> Option<Code> {
        Keyed::read(bytes).err().map(|error| error.code())
    }

    #[test]
    fn headers_have_the_lengths_of_the_two_forms() {
        for (form, length, wrapped) in [(Form::Aes, 45, 16), (Form::Des, 77, 24)] {
            let key = vec![0xA5; form.wrapping().key_length()];
            for (kind, byte) in [(Kind::On, b'6'), (Kind::Only, b'7'), (Kind::Local, b'8')] {
                let bytes = Keyed::write(kind, form, &key, &vec![0x5A; wrapped]);
                assert_eq!(bytes.len(), length);
                assert_eq!(bytes[..8], [0xA1, 0xF8, 0x4E, byte, 0, 0, 0, 6]);
                let read = Keyed::read(&bytes).unwrap();
                assert_eq!((read.header.kind, read.form, read.length), (kind, form, length));
                assert_eq!((read.key, read.wrapped), (key.clone(), vec![0x5A; wrapped]));
                for length in 0..length {
                    assert_eq!(code(&bytes[..length]), Some(Code::SSO_TRUNCATED), "{length}");
                }
            }
        }
    }

    #[test]
    fn other_versions_and_forms_are_named() {
        let with = |kind: u8, version: u8, length: u8, form: u8| {
            let mut bytes = vec![0xA1, 0xF8, 0x4E, kind, 0, 0, 0, version, 0, 0, 0, length, form];
            bytes.resize(200, 0);
            bytes
        };
        assert_eq!(code(&with(b'8', 7, 100, 0)), Some(Code::AUTO_LOGIN_VERSION));
        let header = Header::read(&with(b'8', 7, 100, 0)).unwrap();
        assert_eq!(header, Header { kind: Kind::Local, version: 7, form: None });
        assert_eq!(code(&with(b'6', 7, 100, 0)), Some(Code::SSO_DAMAGED));
        assert_eq!(code(&with(b'6', 5, 33, 6)), Some(Code::FORMAT_UNSUPPORTED));
        assert_eq!(code(&with(b'6', 6, 1, 5)), Some(Code::FORMAT_UNSUPPORTED));
        assert_eq!(code(&with(b'6', 6, 65, 6)), Some(Code::SSO_DAMAGED));
        assert_eq!(code(&with(b'6', 6, 65, 0x35)), Some(Code::SSO_DAMAGED)); // no hexadecimal
        assert_eq!(code(&with(b'9', 6, 33, 6)), Some(Code::SSO_DAMAGED));
        assert_eq!(code(&with(b'6', 6, 33, 7)), Some(Code::SSO_DAMAGED));
        assert_eq!(code(b"nothing of the kind"), Some(Code::SSO_DAMAGED));
    }
}
