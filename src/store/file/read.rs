//! Bounded reads.

use crate::codec;
use crate::limits;
use crate::model::format::Format;
use crate::secret::SecretBytes;
use crate::store::StoreError;
use crate::store::file::{failed, require_regular, status};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

/// Room behind what is read, in bytes: `read_to_end` probes the end with a small buffer of its own when
/// the vector is full.
const PROBE: u64 = 64;

/// Bytes that are compared at a time.
const PIECE: usize = 64 * 1024;

/// Reads a store of at most [`limits::FILE_BYTES`], or anything else of at most [`limits::BUNDLE_BYTES`], which
/// is as long as any reader takes it. The first bytes tell which, before the others are read.
///
/// # Errors
///
/// As [`read_bounded`].
pub fn read(path: &Path) -> Result<SecretBytes, StoreError> {
    let (mut file, size) = open_regular(path)?;
    let limit = if size <= limits::BUNDLE_BYTES || begins_store(path, &mut file)? {
        limits::FILE_BYTES
    } else {
        limits::BUNDLE_BYTES
    };
    read_opened(path, file, size, limit)
}

fn begins_store(path: &Path, file: &mut File) -> Result<bool, StoreError> {
    let read_failed = |error| failed(path, "read it", error);
    let start = read_up_to(file, limits::START_BYTES).map_err(read_failed)?;
    file.rewind().map_err(read_failed)?;
    Ok(codec::detect(&start).is_some_and(Format::is_store))
}

/// Reads a regular file, or a symbolic link to one, of at most `limit` bytes.
///
/// # Errors
///
/// Nothing there, no access, not a regular file (which is not even opened, so a pipe does not
/// block and a device does nothing), or longer than `limit`.
pub fn read_bounded(path: &Path, limit: u64) -> Result<SecretBytes, StoreError> {
    let (file, size) = open_regular(path)?;
    read_opened(path, file, size, limit)
}

fn read_opened(
    path: &Path,
    mut file: File,
    size: u64,
    limit: u64,
) -> Result<SecretBytes, StoreError> {
    if size > limit {
        return Err(StoreError::TooLarge { path: path.to_path_buf(), allowed: limit });
    }
    // The size is not the last word: the file may grow, and /proc states none. Too small a buffer
    // is wiped and the file read again, so that no reallocation leaves a copy behind.
    let mut room = size.clamp(4096.min(limit), limit);
    loop {
        let bytes =
            read_up_to(&mut file, room + 1).map_err(|error| failed(path, "read it", error))?;
        if bytes.len() as u64 <= room {
            return Ok(bytes);
        }
        if room == limit {
            return Err(StoreError::TooLarge { path: path.to_path_buf(), allowed: limit });
        }
        room = (room * 2).min(limit);
        file.rewind().map_err(|error| failed(path, "read it", error))?;
    }
}

/// Reads the first bytes of a regular file, fewer where it is shorter.
///
/// # Errors
///
/// As [`read_bounded`], save that the file may be of any length.
pub fn read_start(path: &Path, length: u64) -> Result<SecretBytes, StoreError> {
    let (mut file, _) = open_regular(path)?;
    read_up_to(&mut file, length).map_err(|error| failed(path, "read it", error))
}

/// Reads a file, a pipe or a device to its end: for what the user hands over once, such as a password
/// that a shell offers as `<(...)`. A regular file may have `limit` bytes, anything else
/// [`limits::STREAM_BYTES`] as well. Opening a pipe waits for its writer.
///
/// # Errors
///
/// Nothing there, no access, a directory, or more bytes than allowed.
pub fn read_stream(path: &Path, limit: u64) -> Result<SecretBytes, StoreError> {
    let read_failed = |error: io::Error| failed(path, "read it", error);
    let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
    let descriptor =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| read_failed(errno.into()))?;
    let stat = rustix::fs::fstat(&descriptor).map_err(|errno| read_failed(errno.into()))?;
    let too_large = |allowed| StoreError::TooLarge { path: path.to_path_buf(), allowed };
    let allowed = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {
            return Err(StoreError::NotAFile { path: path.to_path_buf(), found: "a directory" });
        }
        FileType::RegularFile => limit,
        _ => limit.min(limits::STREAM_BYTES),
    };
    if u64::try_from(stat.st_size).is_ok_and(|size| size > allowed) {
        return Err(too_large(allowed));
    }
    read_growing(File::from(descriptor), allowed)
        .map_err(read_failed)?
        .ok_or_else(|| too_large(allowed))
}

/// Reads to the end; `None` when there are more than `limit` bytes. A buffer that is outgrown is wiped.
///
/// # Errors
///
/// What the reader says, or no memory.
pub fn read_growing(mut reader: impl Read, limit: u64) -> io::Result<Option<SecretBytes>> {
    // What is as short as a password fits at once.
    let mut room = limit.min(limits::PASSWORD_BYTES) + 1;
    let mut bytes = zeroize::Zeroizing::new(Vec::new());
    loop {
        let mut larger = zeroize::Zeroizing::new(Vec::new());
        larger.try_reserve_exact(usize::try_from(room + PROBE).map_err(io::Error::other)?)?;
        larger.extend_from_slice(&bytes);
        bytes = larger;
        reader.by_ref().take(room - bytes.len() as u64).read_to_end(&mut bytes)?;
        let length = bytes.len() as u64;
        if length > limit {
            return Ok(None);
        }
        if length < room {
            return Ok(Some(SecretBytes::new(std::mem::take(&mut *bytes))));
        }
        room = (room * 2).min(limit + 1);
    }
}

/// Opens a regular file and tells its size.
fn open_regular(path: &Path) -> Result<(File, u64), StoreError> {
    // 1. Look before opening: opening a pipe wakes its writer, opening a device may act.
    let stat = status(path, AtFlags::empty())?
        .ok_or_else(|| StoreError::NotFound { path: path.to_path_buf() })?;
    require_regular(path, &stat)?;
    // 2. Open, without blocking should it have become a pipe meanwhile.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let descriptor = rustix::fs::open(path, flags, Mode::empty())
        .map_err(|errno| failed(path, "read it", errno))?;
    // 3. Look at what was opened.
    let stat = rustix::fs::fstat(&descriptor).map_err(|errno| failed(path, "read it", errno))?;
    require_regular(path, &stat)?;
    Ok((File::from(descriptor), u64::try_from(stat.st_size).unwrap_or(0)))
}

/// Whether a file holds, from here on, these bytes and no more. It is read in pieces: what is compared is
/// in memory once.
pub(super) fn is_as_written(file: &mut File, mut bytes: &[u8]) -> io::Result<bool> {
    // A byte more than there should be, to see whether there is one.
    let mut buffer = SecretBytes::new(vec![0; PIECE.min(bytes.len() + 1)]);
    loop {
        let length = match file.read(buffer.as_mut_slice()) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if length == 0 {
            return Ok(bytes.is_empty());
        }
        match bytes.split_at_checked(length) {
            Some((piece, rest)) if piece == &buffer[..length] => bytes = rest,
            _ => return Ok(false),
        }
    }
}

/// Reads until the end or `length` bytes, into one allocation that is wiped.
pub(super) fn read_up_to(file: &mut File, length: u64) -> io::Result<SecretBytes> {
    let mut bytes = SecretBytes::zeroed(usize::try_from(length).map_err(io::Error::other)?)?;
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes.as_mut_slice()[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{PIECE, is_as_written};
    use std::io::{Seek, Write};

    #[test]
    fn what_was_written_differs_by_a_byte_or_by_its_length() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let bytes = vec![7; length];
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            let mut is_same = |other: &[u8]| {
                file.rewind().unwrap();
                is_as_written(&mut file, other).unwrap()
            };
            assert!(is_same(&bytes));
            assert!(!is_same(&[&bytes[..], &[7]].concat()), "the file is shorter");
            let Some(last) = length.checked_sub(1) else { continue };
            assert!(!is_same(&bytes[..last]), "the file is longer");
            for changed in [0, last] {
                let mut other = bytes.clone();
                other[changed] ^= 1;
                assert!(!is_same(&other));
            }
        }
    }
}
