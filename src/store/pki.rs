//! A test PKI on disk: its `pki.toml`, and the output folder that a build replaces as a whole.

mod build;
mod clean;
mod inventory;
mod room;
mod serving;
mod verify;

pub use build::{Building, Built};
pub use clean::{Cleaned, clean};
pub use inventory::Inventory;
pub use serving::Served;

use crate::code::Code;
use crate::limits;
use crate::pki::effect;
use crate::pki::manifest::{self, Environment, Manifest};
use crate::pki::plan::{self, Plan, Present};
use crate::pki::spec::Spec;
use crate::pki::{self, FileError, PkiError};
use crate::secret::Password;
use crate::store::{StoreError, file};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

/// Why a test PKI could not be read or built.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The file system.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The output folder is another's: no build has made it.
    #[error("{}: no build has made it, and {} is in it", .out.display(), .found.display())]
    NotOurs {
        /// The output folder.
        out: PathBuf,
        /// A file in it, relative to the folder.
        found: PathBuf,
    },
    /// The output folder is that of another file.
    #[error("{}: it is the output folder of {}, not of {}", .out.display(), .other.display(), .file.display())]
    OfAnother {
        /// The output folder.
        out: PathBuf,
        /// The file that the last build was of.
        other: PathBuf,
        /// The file that has the folder as its own, too.
        file: PathBuf,
    },
    /// The file that describes it, or what it describes.
    #[error("{}: {source}", .path.display())]
    Pki {
        /// The `pki.toml`, or the manifest.
        path: PathBuf,
        /// What was met.
        source: PkiError,
    },
}

impl ProjectError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Store(error) => error.code(),
            Self::NotOurs { .. } | Self::OfAnother { .. } => Code::WOULD_OVERWRITE,
            Self::Pki { source, .. } => source.code(),
        }
    }

    /// What is wrong in the `pki.toml`, if that is it.
    #[must_use]
    pub fn file_error(&self) -> Option<&FileError> {
        match self {
            Self::Pki { source: PkiError::File(error), .. } => Some(error),
            _ => None,
        }
    }
}

/// A `pki.toml` with the place of its output.
#[derive(Debug)]
pub struct Project {
    file: PathBuf,
    spec: Spec,
    out: PathBuf,
    /// `env.sh` as it has to be, and how it is listed then.
    environment: (String, Environment),
}

impl Project {
    /// Reads the file, and checks all that it says.
    ///
    /// # Errors
    ///
    /// [`ProjectError::Store`] when it cannot be read, [`ProjectError::Pki`] with line and column when
    /// something in it is wrong.
    pub fn read(path: &Path) -> Result<Self, ProjectError> {
        let spec = read(path, pki::file::read)?;
        let out = beside(path, &spec.out);
        let absolute = file::absolute(&out)?;
        let environment = pki::environment(&spec, &absolute.to_string_lossy());
        Ok(Self { file: path.to_path_buf(), spec, out, environment })
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// What the file asks for.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The output folder.
    #[must_use]
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// What has to be made, at a time, when a life has to be left of `least`. Without a password it is
    /// not asked whether the stores have another one.
    ///
    /// # Errors
    ///
    /// [`ProjectError::OfAnother`] when a build of another file has made the output folder, [`ProjectError`] when
    /// that or its manifest cannot be read.
    pub fn plan(
        &self,
        password: Option<&Password>,
        now: OffsetDateTime,
        least: Duration,
    ) -> Result<(Inventory, Plan), ProjectError> {
        let inventory = Inventory::of(&self.out, password, |_| true)?;
        if let Some(manifest) = &inventory.manifest {
            require_own(&self.file, &self.out, manifest)?;
        }
        let present = self.present(&inventory, now, least);
        let mut plan = plan::plan(&self.spec, &present);
        plan.replaced = effect::replaced(&self.spec, &present, &plan, |name| {
            let path = format!("{name}/cert.pem");
            // One that cannot be read is taken for another: the warning says too much rather than too little.
            let is_as_made = !inventory.damage.contains_key(&path);
            is_as_made.then(|| self.bundle(&path).ok())??.certificates.into_iter().next()
        });
        Ok((inventory, plan))
    }

    fn present<'a>(
        &'a self,
        inventory: &'a Inventory,
        now: OffsetDateTime,
        least: Duration,
    ) -> Present<'a> {
        Present {
            manifest: inventory.manifest.as_ref(),
            damage: &inventory.damage,
            password_fits: inventory.password_fits,
            environment: &self.environment.1,
            now,
            least,
        }
    }

    fn failed(&self, source: PkiError) -> ProjectError {
        ProjectError::Pki { path: self.file.clone(), source }
    }
}

/// Reads a `pki.toml`, or a part of it.
fn read<T>(path: &Path, read: fn(&str) -> Result<T, FileError>) -> Result<T, ProjectError> {
    let failed =
        |source: FileError| ProjectError::Pki { path: path.to_path_buf(), source: source.into() };
    let bytes = file::read_bounded(path, limits::PKI_FILE_BYTES)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| failed(pki::file::not_text(&bytes[..error.valid_up_to()])))?;
    read(text).map_err(failed)
}

/// The output folder of the file at this path.
fn beside(file: &Path, out: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(out)
}

/// The path of the file from its output folder, with slashes: as long as both move together it stays true.
fn from_out(file: &Path, out: &Path) -> Result<String, StoreError> {
    let file = file::absolute(file)?;
    // `..` leads out of the folder that a link leads to.
    let out = file::absolute(&file::resolve(out)?)?;
    let shared = file.components().zip(out.components()).take_while(|(a, b)| a == b).count();
    let up = out.components().skip(shared).map(|_| "..".into());
    let down = file.components().skip(shared).map(|part| part.as_os_str().to_string_lossy());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// The file that the list is of; builds of old listed a name alone, which was beside the file, or nothing.
fn listed_file(file: &Path, out: &Path, manifest: &Manifest) -> Option<PathBuf> {
    let listed = manifest.file.as_deref()?;
    let is_old = !listed.contains('/');
    Some(if is_old { beside(file, Path::new(listed)) } else { out.join(listed) })
}

/// Fails where the folder that has this list is another file's that is still there: one that was renamed or
/// moved finds its folder.
fn require_own(file: &Path, out: &Path, manifest: &Manifest) -> Result<(), ProjectError> {
    let Some(other) = listed_file(file, out, manifest) else { return Ok(()) };
    if file::kind(&other)?.is_none() || file::same_file(file, &other)? {
        return Ok(());
    }
    let other = file::absolute(&other)?;
    let here = file::absolute(Path::new("."))?;
    let other = other.strip_prefix(here).map_or(other.clone(), Path::to_path_buf);
    Err(ProjectError::OfAnother { out: out.to_path_buf(), other, file: file.to_path_buf() })
}

/// Brings to its end what a build has begun that was killed. The caller holds the lock of `out`.
fn recover(out: &Path) -> Result<(), ProjectError> {
    if !file::is_unfinished(out)? {
        return Ok(());
    }
    let old = file::replaced(out)?;
    let manifest = old.map(|old| inventory::manifest(&old)).transpose()?.flatten();
    Ok(file::recover(out, &ours(manifest.as_ref()))?)
}

/// The files that builds have made: what is listed, and the list.
fn ours(manifest: Option<&Manifest>) -> HashSet<PathBuf> {
    let listed = manifest.into_iter().flat_map(Manifest::files);
    listed.map(|file| file.path.as_str()).chain([manifest::FILE]).map(PathBuf::from).collect()
}
