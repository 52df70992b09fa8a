//! Looking through many files of any format for the certificates in them.

use crate::code::Code;
use crate::codec::{self, CodecError, Opening, pkcs12};
use crate::limits;
use crate::model::format::Format;
use crate::model::wallet::Wallet;
use crate::ops::expiry::{DatedCertificate, dated_certificates};
use crate::store::dir::Location;
use crate::store::walk::{Source, walk};
use crate::store::{Store, StoreError, file, parallel};
use std::path::{Path, PathBuf};

/// What a look through files found.
#[derive(Debug, Default)]
pub struct Survey {
    /// The files and wallet directories that were read, in the order of their paths.
    pub files: Vec<SurveyedFile>,
    /// Why the others were not, in the order of their paths: among them files that were named and are of
    /// no known format.
    pub unreadable: Vec<StoreError>,
    /// Files that were found below a folder and hold no certificates, by their first bytes.
    pub passed_over: usize,
}

/// A file or wallet directory that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyedFile {
    /// As it was named, or below the folder that was.
    pub path: PathBuf,
    /// Its certificates; none in a file of keys.
    pub certificates: Vec<DatedCertificate>,
}

/// Reads the certificates of these files and wallet directories, and with `recursive` of every file
/// below these folders, several at once. The password of `opening` is tried on each; what it does not
/// open is read without, as far as that goes: the auto-login file of a directory, the certificates of a
/// Java key store, and of a PKCS#12 file that does not encrypt them. Integrity checks are then left out.
///
/// A file counts once by however many paths it is found. Of a file that was not named itself, no more
/// than [`limits::TEXT_START_BYTES`] are read unless it seems to hold certificates; pipes and devices
/// are not opened. Nothing is fatal: what cannot be read is listed.
#[must_use]
pub fn survey(paths: &[PathBuf], recursive: bool, opening: &Opening<'_>) -> Survey {
    let walk = walk(paths, recursive);
    let read = parallel::map(&walk.sources, |source| read(source, opening));
    let mut survey =
        Survey { files: Vec::new(), unreadable: walk.failures, passed_over: walk.passed_over };
    for (source, read) in walk.sources.into_iter().zip(read) {
        match read {
            Ok(Some(certificates)) => {
                survey.files.push(SurveyedFile { path: source.path, certificates });
            }
            Ok(None) => survey.passed_over += 1,
            Err(error) => survey.unreadable.push(error),
        }
    }
    survey.unreadable.sort_by(|a, b| a.path().cmp(b.path()));
    survey
}

/// The certificates of a file; `None` where it was found and does not seem to hold any.
fn read(
    source: &Source,
    opening: &Opening<'_>,
) -> Result<Option<Vec<DatedCertificate>>, StoreError> {
    if !source.named {
        match is_promising(&source.path) {
            Ok(true) => {}
            // A file that was removed meanwhile was merely found.
            Ok(false) | Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    open(&source.path, opening).map(|wallet| Some(dated_certificates(&wallet)))
}

/// Whether the file may hold certificates, by its first bytes. A wallet directory does.
fn is_promising(path: &Path) -> Result<bool, StoreError> {
    if matches!(file::kind(path)?, Some(file::Kind::Directory)) {
        return Ok(true);
    }
    let start = file::read_start(path, limits::START_BYTES)?;
    if codec::may_hold_certificates(&start) {
        return Ok(true);
    }
    let is_utf_16 = start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]);
    let is_text = is_utf_16 || !start.contains(&0);
    if !is_text || (start.len() as u64) < limits::START_BYTES {
        return Ok(false);
    }
    Ok(codec::may_hold_certificates(&file::read_start(path, limits::TEXT_START_BYTES)?))
}

/// Opens the file with the password, else without, else as far as its content is in the clear. What
/// refused the first attempt is what the user is told.
fn open(path: &Path, opening: &Opening<'_>) -> Result<Wallet, StoreError> {
    let refusal = match Store::read(path, opening) {
        Err(error) if is_of_password(&error) => error,
        read => return Ok(read?.wallet),
    };
    if opening.password.is_some()
        && let Ok(store) = Store::read(path, &Opening { password: None, ..*opening })
    {
        return Ok(store.wallet);
    }
    unverified(path)?.ok_or(refusal)
}

/// Whether another password, or none, might do.
fn is_of_password(error: &StoreError) -> bool {
    [Code::PASSWORD_MISSING, Code::PASSWORD_WRONG].contains(&error.code())
        || matches!(error, StoreError::PasswordFileMissing { .. })
}

/// The certificates in the clear of a PKCS#12 file; `None` when they are encrypted, or it is none.
fn unverified(path: &Path) -> Result<Option<Wallet>, StoreError> {
    let path = Location::existing(path)?.store_file();
    let bytes = match file::read(&path) {
        Err(StoreError::NotFound { .. }) => return Ok(None), // only an auto-login file
        read => read?,
    };
    if codec::detect(&bytes) != Some(Format::Pkcs12) {
        return Ok(None);
    }
    match pkcs12::read_unverified(&bytes) {
        Ok(wallet) => Ok(Some(wallet)),
        Err(CodecError::PasswordMissing) => Ok(None),
        Err(source) => Err(StoreError::Codec { path, source }),
    }
}
