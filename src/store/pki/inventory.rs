//! What an earlier build left behind, and what has happened to it since.

use crate::digest::Fingerprint;
use crate::limits;
use crate::parallel;
use crate::pki::PkiError;
use crate::pki::manifest::{self, ListedFile, Manifest};
use crate::pki::plan::Damage;
use crate::secret::Password;
use crate::store::pki::ProjectError;
use crate::store::{StoreError, file};
use rustix::fs::{AtFlags, Stat};
use std::collections::HashMap;
use std::path::Path;

/// The output folder as it is.
#[derive(Debug)]
pub struct Inventory {
    /// The list; none before the first build.
    pub manifest: Option<Manifest>,
    /// Those of the listed files that were looked at and are not what they were.
    pub damage: HashMap<String, Damage>,
    /// Whether the stores have the password that is wanted; nobody asks without one, or before the first
    /// build.
    pub password_fits: bool,
    stamp: Option<Stamp>,
}

/// Device, inode, size, and time of change of a file: others when another file has its name.
type Stamp = (u64, u64, i64, i64, u64);

impl Inventory {
    /// Looks at the listed files of these paths.
    pub(super) fn of(
        out: &Path,
        password: Option<&Password>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Self, ProjectError> {
        let path = out.join(manifest::FILE);
        // Before it is read: one that is replaced meanwhile has another.
        let stamp = stamp(&path)?;
        let manifest = manifest(out)?;
        let files: Vec<&ListedFile> = manifest
            .iter()
            .flat_map(Manifest::files)
            .filter(|file| is_wanted(&file.path))
            .collect();
        let states = parallel::map(&files, |listed| damage(out, listed));
        let mut damaged = HashMap::new();
        for (listed, state) in files.iter().zip(states) {
            if let Some(damage) = state? {
                damaged.insert(listed.path.clone(), damage);
            }
        }
        let password_fits = match (&manifest, password) {
            (Some(manifest), Some(password)) => {
                manifest.password.fits(password).map_err(|source| {
                    failed(&path, PkiError::Crypto { name: "password".to_owned(), source })
                })?
            }
            _ => true,
        };
        Ok(Self { manifest, damage: damaged, password_fits, stamp })
    }

    /// Whether the output folder still has the list that was read.
    pub(super) fn is_current(&self, out: &Path) -> Result<bool, StoreError> {
        Ok(stamp(&out.join(manifest::FILE))? == self.stamp)
    }
}

/// The list of the last build; none before the first.
pub(super) fn manifest(out: &Path) -> Result<Option<Manifest>, ProjectError> {
    let path = out.join(manifest::FILE);
    match file::read_bounded(&path, limits::FILE_BYTES) {
        Ok(bytes) => Ok(Some(Manifest::read(&bytes).map_err(|source| failed(&path, source))?)),
        Err(StoreError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn stamp(path: &Path) -> Result<Option<Stamp>, StoreError> {
    let stat = file::status(path, AtFlags::empty())?;
    let of =
        |stat: Stat| (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime, stat.st_mtime_nsec);
    Ok(stat.map(of))
}

fn failed(path: &Path, source: PkiError) -> ProjectError {
    ProjectError::Pki { path: path.to_path_buf(), source }
}

fn damage(out: &Path, listed: &ListedFile) -> Result<Option<Damage>, StoreError> {
    match file::read_bounded(&out.join(&listed.path), limits::FILE_BYTES) {
        Ok(bytes) => {
            let same = Fingerprint::of(&bytes) == listed.sha256;
            Ok((!same).then_some(Damage::Changed))
        }
        Err(StoreError::NotFound { .. }) => Ok(Some(Damage::Missing)),
        Err(StoreError::NotAFile { .. }) => Ok(Some(Damage::Changed)),
        Err(error) => Err(error),
    }
}
