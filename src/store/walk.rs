//! Finding files: those that are named, and those below the folders that are.

use crate::limits;
use crate::parallel;
use crate::store::StoreError;
use crate::store::dir::{AUTO_LOGIN_FILE, Location, WALLET_FILE, is_named_as_store};
use crate::store::file::{self, Kind, entries, failed, status};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::ffi::{CStr, OsStr};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// A file, or the folder of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// As named, or below a named folder.
    pub(super) path: PathBuf,
    /// What the user asks for, or what was found.
    pub(super) named: bool,
    /// Whether the path is a symbolic link.
    linked: bool,
    /// Device and inode, which tell one file from another whatever they are called.
    id: (u64, u64),
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Each file once, in the order of the paths.
    pub(super) sources: Vec<Source>,
    /// Files that are not opened: empty unless they are named as stores, or pipes, devices and sockets.
    pub(super) passed_over: Vec<PathBuf>,
    /// What is not there or cannot be looked at.
    pub(super) failures: Vec<StoreError>,
}

/// A folder that is looked into.
struct Folder {
    path: PathBuf,
    named: bool,
}

/// Finds the files at these paths, and below those that are folders if `recursive`. A folder with a
/// wallet counts as one file with its `ewallet.p12` and `cwallet.sso`.
///
/// Symbolic links to files are followed, those to folders only where they are named, so that there is
/// no way in circles. A file of several names goes by the one that was named, else by one that is no
/// link. Folders whose name begins with two dots are left out: Kubernetes keeps the versions of mounted
/// Secrets in them, and the links beside them are what is meant.
pub(super) fn walk(paths: &[PathBuf], recursive: bool) -> Walk {
    let mut walk = Walk::default();
    let mut folders = Vec::new();
    for path in paths {
        match look(path, recursive) {
            Ok(Some(source)) => walk.sources.push(source),
            Ok(None) => folders.push(Folder { path: path.clone(), named: true }),
            Err(error) => walk.failures.push(error),
        }
    }
    // One level after the other, the folders of a level at once.
    for _ in 0..limits::FOLDER_DEPTH {
        let mut below = Vec::new();
        for (found, mut inside) in parallel::map(&folders, list) {
            walk.sources.extend(found.sources);
            walk.passed_over.extend(found.passed_over);
            walk.failures.extend(found.failures);
            below.append(&mut inside);
        }
        folders = below;
    }
    let allowed = limits::FOLDER_DEPTH;
    walk.failures.extend(
        folders.into_iter().map(|Folder { path, .. }| StoreError::TooDeep { path, allowed }),
    );

    let rank = |source: &Source| (source.id, !source.named, source.linked);
    walk.sources.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.path.cmp(&b.path)));
    walk.sources.dedup_by_key(|source| source.id);
    walk.sources.sort_by(|a, b| a.path.cmp(&b.path));
    walk
}

/// What the user named; `None` for a folder to look into.
fn look(path: &Path, recursive: bool) -> Result<Option<Source>, StoreError> {
    if recursive && file::kind(path)? == Some(Kind::Directory) {
        return Ok(None);
    }
    let path = Location::existing(path)?.path().to_path_buf();
    let stat = status(&path, AtFlags::empty())?
        .ok_or_else(|| StoreError::NotFound { path: path.clone() })?;
    Ok(Some(Source { path, named: true, linked: false, id: id(&stat) }))
}

/// The files in one folder, and the folders.
fn list(folder: &Folder) -> (Walk, Vec<Folder>) {
    let mut walk = Walk::default();
    let mut folders = Vec::new();
    if let Err(error) = enter(folder, &mut walk, &mut folders) {
        walk.failures.push(error);
    }
    (walk, folders)
}

fn enter(folder: &Folder, walk: &mut Walk, folders: &mut Vec<Folder>) -> Result<(), StoreError> {
    let list_failed = |errno: Errno| failed(&folder.path, "list the folder", errno);
    // What was a folder a moment ago may have become a link.
    let links = if folder.named { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | links;
    let opened = rustix::fs::open(&folder.path, flags, Mode::empty()).map_err(list_failed)?;
    let mut wallet = false;
    for entry in entries(&opened).map_err(list_failed)? {
        let entry = entry.map_err(list_failed)?;
        let name = entry.file_name();
        let path = folder.path.join(OsStr::from_bytes(name.to_bytes()));
        match found(&opened, name) {
            Ok(Found::File { part_of_wallet: true, .. }) => wallet = true,
            Ok(Found::File { linked, id, .. }) => {
                walk.sources.push(Source { path, named: false, linked, id });
            }
            Ok(Found::Folder) => folders.push(Folder { path, named: false }),
            // Among the errors: gone meanwhile, or a link that leads nowhere or in circles.
            Ok(Found::Nothing) | Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => {
                walk.passed_over.push(path);
            }
            Err(errno) => walk.failures.push(failed(&path, "look at it", errno)),
        }
    }
    if wallet {
        let stat = rustix::fs::fstat(&opened).map_err(list_failed)?;
        let path = folder.path.clone();
        walk.sources.push(Source { path, named: folder.named, linked: false, id: id(&stat) });
    }
    Ok(())
}

/// What a name in a folder stands for.
enum Found {
    File { part_of_wallet: bool, linked: bool, id: (u64, u64) },
    Folder,
    Nothing,
}

fn found(folder: impl AsFd, name: &CStr) -> Result<Found, Errno> {
    let mut stat = rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let named = Path::new(OsStr::from_bytes(name.to_bytes()));
    let kind = |stat: &Stat| FileType::from_raw_mode(stat.st_mode);
    let linked = kind(&stat) == FileType::Symlink;
    if linked {
        stat = rustix::fs::statat(&folder, name, AtFlags::empty())?;
    }
    Ok(match kind(&stat) {
        FileType::Directory if !linked && !name.to_bytes().starts_with(b"..") => Found::Folder,
        // Of no size are also the files of /proc, some of which act when they are read; none of them is
        // named as a store.
        FileType::RegularFile if stat.st_size > 0 || is_named_as_store(named) => Found::File {
            part_of_wallet: [WALLET_FILE, AUTO_LOGIN_FILE]
                .map(str::as_bytes)
                .contains(&name.to_bytes()),
            linked,
            id: id(&stat),
        },
        _ => Found::Nothing,
    })
}

fn id(stat: &Stat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}
