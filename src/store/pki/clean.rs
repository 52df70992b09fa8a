//! Removing what builds have made, and nothing else.

use crate::pki;
use crate::pki::manifest::{self, Manifest};
use crate::store::StoreError;
use crate::store::file::{self, Contents};
use crate::store::lock::{Afterwards, Lock};
use crate::store::pki::{ProjectError, beside, inventory, read, recover, require_own};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a cleaning did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// The output folder.
    pub out: PathBuf,
    /// How many files are gone.
    pub removed: usize,
    /// Whether the output folder stays, because others have put something into it, or it
    /// is a link to one.
    pub kept_folder: bool,
}

/// Removes every file that the manifest of a `pki.toml` lists, the manifest, and the folders that are
/// empty then. Beside files of others a manifest that lists nothing stays, so that the next build knows
/// the folder. The `pki.toml` has to be TOML as a whole, and right at its top.
///
/// # Errors
///
/// [`ProjectError::OfAnother`] when a build of another file has made the folder, [`StoreError::Locked`] after
/// `lock_timeout`, [`StoreError::LinkRefused`] for a folder behind a link that is not to be followed, and
/// [`ProjectError`] when the `pki.toml` or the manifest cannot be read, or a file stays.
pub fn clean(file: &Path, lock_timeout: Duration) -> Result<Cleaned, ProjectError> {
    let out = beside(file, &read(file, pki::file::read_out)?);
    let target = file::resolve(&out)?;
    let is_built = inventory::manifest(&out)?.is_some() || file::is_unfinished(&target)?;
    let mut removed = 0;
    if is_built {
        let _lock = Lock::acquire(&target, Afterwards::Remove, lock_timeout)?;
        recover(&target)?;
        if let Some(manifest) = inventory::manifest(&out)? {
            require_own(file, &out, &manifest)?;
            removed = remove(&out, manifest)?;
        }
    }
    let kept_folder = file::kind(&out)?.is_some();
    Ok(Cleaned { out, removed, kept_folder })
}

fn remove(out: &Path, manifest: Manifest) -> Result<usize, StoreError> {
    let mut removed = 0;
    for listed in manifest.files() {
        removed += usize::from(file::remove_listed(out, &listed.path)?);
    }
    // The list goes last: until then what is left behind is still known.
    let list = Path::new(manifest::FILE);
    let is_alone = match Contents::of(out) {
        Ok(contents) => contents.files.keys().all(|path| path == list),
        // What cannot be listed is another's.
        Err(_) => false,
    };
    if is_alone {
        return Ok(removed + usize::from(file::remove_listed(out, manifest::FILE)?));
    }
    if manifest.files().next().is_some() {
        let mut bytes = Vec::new();
        let path = out.join(list);
        let emptied = manifest.emptied();
        emptied.write(&mut bytes).map_err(|error| StoreError::from_io(&path, "write it", error))?;
        file::replace(&path, &bytes, || verify(&path, &bytes, &emptied))?;
    }
    Ok(removed)
}

/// Whether the list reads back as what was meant.
fn verify(path: &Path, bytes: &[u8], meant: &Manifest) -> Result<(), StoreError> {
    let difference = match Manifest::read(bytes) {
        Ok(read) if read == *meant => return Ok(()),
        Ok(_) => "it lists something else".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(StoreError::VerifyFailed { path: path.to_path_buf(), difference })
}
