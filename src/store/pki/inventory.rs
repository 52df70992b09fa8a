//! What an earlier build left behind, and what has happened to it since.

use crate::digest::Fingerprint;
use crate::limits;
use crate::pki::PkiError;
use crate::pki::manifest::{self, ListedFile, Manifest};
use crate::pki::plan::Damage;
use crate::secret::Password;
use crate::store::pki::ProjectError;
use crate::store::{StoreError, file, parallel};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The output folder as it is.
#[derive(Debug)]
pub struct Inventory {
    /// The list; none before the first build.
    pub manifest: Option<Manifest>,
    /// The listed files that are not what they were.
    pub damage: HashMap<String, Damage>,
    path: PathBuf,
}

impl Inventory {
    /// Looks at every listed file.
    pub(super) fn of(out: &Path) -> Result<Self, ProjectError> {
        let path = out.join(manifest::FILE);
        let manifest = match file::read(&path) {
            Ok(bytes) => Some(Manifest::read(&bytes).map_err(|source| failed(&path, source))?),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let files: Vec<&ListedFile> = manifest.iter().flat_map(Manifest::files).collect();
        let states = parallel::map(&files, |listed| damage(out, listed));
        let mut damaged = HashMap::new();
        for (listed, state) in files.iter().zip(states) {
            if let Some(damage) = state? {
                damaged.insert(listed.path.clone(), damage);
            }
        }
        Ok(Self { manifest, damage: damaged, path })
    }

    /// Whether the stores have this password; without one, nobody asks.
    pub(super) fn password_fits(&self, password: Option<&Password>) -> Result<bool, ProjectError> {
        let (Some(manifest), Some(password)) = (&self.manifest, password) else { return Ok(true) };
        manifest.password.fits(password).map_err(|source| {
            failed(&self.path, PkiError::Crypto { name: "password".to_owned(), source })
        })
    }
}

fn failed(path: &Path, source: PkiError) -> ProjectError {
    ProjectError::Pki { path: path.to_path_buf(), source }
}

fn damage(out: &Path, listed: &ListedFile) -> Result<Option<Damage>, StoreError> {
    match file::read_bounded(&out.join(&listed.path), limits::FILE_BYTES) {
        Ok(bytes) => {
            let same = Fingerprint::of(&bytes).to_string() == listed.sha256;
            Ok((!same).then_some(Damage::Changed))
        }
        Err(StoreError::NotFound { .. }) => Ok(Some(Damage::Missing)),
        Err(StoreError::NotAFile { .. }) => Ok(Some(Damage::Changed)),
        Err(error) => Err(error),
    }
}
