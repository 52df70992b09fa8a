//! Reading big-endian numbers and counted bytes, never past the end.

use crate::codec::CodecError;
use crate::codec::jks::Kind;

/// The bytes that are still to be read.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    all: &'a [u8],
    at: usize,
    kind: Kind,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], kind: Kind) -> Self {
        Self { all: bytes, at: 0, kind }
    }

    /// How many bytes have been read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.all[self.at..]
    }

    /// What has been read since `start`.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        &self.all[start..self.at]
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// This many bytes; `what` names them where they are missing.
    pub(super) fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8], CodecError> {
        let rest = self.rest();
        let taken = rest.get(..length).ok_or_else(|| CodecError::Truncated {
            format: self.kind.format(),
            what: format!("{what} of {length} bytes, and {} follow", rest.len()),
        })?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self, what: &str) -> Result<u8, CodecError> {
        Ok(u8::from_be_bytes(self.array(what)?))
    }

    pub(super) fn u16(&mut self, what: &str) -> Result<u16, CodecError> {
        Ok(u16::from_be_bytes(self.array(what)?))
    }

    pub(super) fn u32(&mut self, what: &str) -> Result<u32, CodecError> {
        Ok(u32::from_be_bytes(self.array(what)?))
    }

    pub(super) fn u64(&mut self, what: &str) -> Result<u64, CodecError> {
        Ok(u64::from_be_bytes(self.array(what)?))
    }

    /// Bytes behind a length of 16 bits.
    pub(super) fn short(&mut self, what: &str) -> Result<&'a [u8], CodecError> {
        let length = self.u16(what)?;
        self.take(length.into(), what)
    }

    /// Bytes behind a length of 32 bits.
    pub(super) fn long(&mut self, what: &str) -> Result<&'a [u8], CodecError> {
        let length = self.u32(what)?;
        self.take(size(length), what)
    }

    /// That the structure is wrong.
    pub(super) fn damaged(&self, what: impl Into<String>) -> CodecError {
        CodecError::Damaged { format: self.kind.format(), what: what.into() }
    }
}

/// A length of the file as one of memory; what does not fit is longer than any file.
pub(super) fn size(length: impl TryInto<usize>) -> usize {
    length.try_into().unwrap_or(usize::MAX)
}
