//! Looking through many files of any format for the certificates in them, to report them and no more.

use crate::code::Code;
use crate::codec::{self, CodecError, Opening, pkcs12};
use crate::crypto::kdf::DerivedKeys;
use crate::limits;
use crate::model::format::Format;
use crate::model::wallet::Wallet;
use crate::ops::expiry::{DatedCertificate, dated_certificates};
use crate::parallel;
use crate::store::dir::{self, Location};
use crate::store::walk::{Source, walk};
use crate::store::{StoreError, file, pem_folder};
use std::path::{Path, PathBuf};

/// What a look through files found.
#[derive(Debug, Default)]
pub struct Survey {
    /// The files and wallet directories that were read, in the order of their paths.
    pub files: Vec<SurveyedFile>,
    /// Why the others were not, in the order of their paths: among them files of no known format that were
    /// named, or are named as stores.
    pub unreadable: Vec<StoreError>,
    /// Files that were found below a folder and hold no certificates, by their first bytes, in the order
    /// of their paths.
    pub passed_over: Vec<PathBuf>,
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
/// Java key store. The certificates of a PKCS#12 file that does not encrypt them are read without looking at
/// its integrity check.
///
/// A file counts once by however many paths it is found. Of a file that was not named itself, no more
/// than [`limits::TEXT_START_BYTES`] are read unless it seems to hold certificates or is named as a store;
/// pipes and devices are not opened. Nothing is fatal: what cannot be read is listed.
#[must_use]
pub fn survey(paths: &[PathBuf], recursive: bool, opening: &Opening<'_>) -> Survey {
    let walk = walk(paths, recursive);
    // Copies of one file are derived once. Each processor has a file: none helps another.
    let derived = DerivedKeys::of_many_files();
    let opening = &Opening { derived: Some(&derived), ..*opening };
    let read = parallel::map(&walk.sources, |source| read(source, opening));
    let mut survey =
        Survey { files: Vec::new(), unreadable: walk.failures, passed_over: walk.passed_over };
    for (source, read) in walk.sources.into_iter().zip(read) {
        match read {
            Ok(Some(certificates)) => {
                survey.files.push(SurveyedFile { path: source.path, certificates });
            }
            Ok(None) => survey.passed_over.push(source.path),
            Err(error) => survey.unreadable.push(error),
        }
    }
    survey.passed_over.sort();
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
            // A store that was cut short or overwritten at its start says by its name that it is one.
            Ok(false) if dir::is_named_as_store(&source.path) => {}
            // A file that was removed meanwhile was merely found.
            Ok(false) | Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    open(&source.path, opening).map(|(wallet, format)| Some(dated_certificates(&wallet, format)))
}

/// Whether the file may hold certificates, by its first bytes. A wallet directory does.
pub(super) fn is_promising(path: &Path) -> Result<bool, StoreError> {
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

/// Opens a file, a folder of PEM files that is a wallet, or of a wallet directory the file that opens: with a password its `ewallet.p12` first,
/// without one its `cwallet.sso`. What refused the first is what the user is told.
fn open(path: &Path, opening: &Opening<'_>) -> Result<(Wallet, Format), StoreError> {
    let location = Location::existing(path)?;
    if let Location::PemFolder(folder) = &location {
        return pem_folder::read(folder, opening)
            .map(|(decoded, _)| (decoded.wallet, decoded.origin.format()));
    }
    let auto_login = match location.auto_login_file() {
        Some(file) if dir::is_present(&file)? => file,
        _ => return open_file(&location.store_file(), opening),
    };
    if opening.password.is_none() {
        return open_file(&auto_login, opening);
    }
    match open_file(&location.store_file(), opening) {
        Err(refusal) if leaves_auto_login(&refusal) => {
            let without = Opening { password: None, ..*opening };
            open_file(&auto_login, &without).map_err(|_| refusal)
        }
        opened => opened,
    }
}

/// Whether the auto-login file may do instead: the other is missing, or of another password.
fn leaves_auto_login(refusal: &StoreError) -> bool {
    matches!(refusal, StoreError::NotFound { .. }) || refusal.code() == Code::PASSWORD_WRONG
}

/// Opens one file, as far as it opens.
pub(super) fn open_file(
    path: &Path,
    opening: &Opening<'_>,
) -> Result<(Wallet, Format), StoreError> {
    let bytes = file::read(path)?;
    codec::detect(&bytes)
        .ok_or_else(|| codec::unknown(&bytes))
        .and_then(|format| Ok((decode(&bytes, format, opening)?, format)))
        .map_err(|source| StoreError::Codec { path: path.to_path_buf(), source })
}

/// Reads what is in the clear; else what the password opens, else what opens without one.
fn decode(bytes: &[u8], format: Format, opening: &Opening<'_>) -> Result<Wallet, CodecError> {
    if format == Format::Pkcs12 {
        match pkcs12::read_unverified(bytes) {
            Err(CodecError::PasswordMissing) => {}
            read => return read,
        }
    }
    let decode = |opening: &Opening<'_>| codec::decode_wallet(bytes, format, opening, None);
    match decode(opening) {
        Err(refusal) if refusal.code() == Code::PASSWORD_WRONG && opening.password.is_some() => {
            decode(&Opening { password: None, ..*opening }).map_err(|_| refusal)
        }
        decoded => decoded,
    }
}
