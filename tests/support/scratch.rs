//! Folders that vanish, and pictures of them.

use crate::support::peers::Peer;
use crate::support::run::{Done, Mwallet, run, words};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder of one test. Programs run inside it, so that command lines stay short.
pub(crate) struct Scratch {
    folder: TempDir,
}

/// What every path below a folder is: mode, and content where it is a file.
pub(crate) type Picture = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("mwallet-test-").tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.at(name).exists()
    }

    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.at(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// Writes a file, making the folders that it needs.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.at(name)).unwrap().permissions().mode() & 0o7777
    }

    pub(crate) fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A call of `mwallet` inside the folder; the line is split at white space.
    pub(crate) fn mwallet(&self, line: &str) -> Mwallet {
        Mwallet::new(self.path(), line)
    }

    /// Another program inside the folder; the line is split at white space.
    pub(crate) fn command(&self, peer: &Peer, line: &str) -> Command {
        let mut command = peer.command();
        command.args(words(line)).current_dir(self.path());
        command
    }

    /// Runs another program inside the folder.
    #[track_caller]
    pub(crate) fn run(&self, peer: &Peer, line: &str) -> Done {
        run(&mut self.command(peer, line), b"")
    }

    /// Makes sure that a folder looks as it did, save for the lock files of wallet directories,
    /// which stay there as orapki's do.
    #[track_caller]
    pub(crate) fn assert_unchanged(&self, name: &str, before: &Picture) {
        let after = self.picture(name);
        let is_lock =
            |path: &PathBuf| path.ends_with("ewallet.p12.lck") || path.ends_with("cwallet.sso.lck");
        let changed: Vec<_> = before
            .keys()
            .chain(after.keys())
            .filter(|path| !is_lock(path) && before.get(*path) != after.get(*path))
            .collect();
        assert!(changed.is_empty(), "changed on disk: {changed:?}");
    }

    /// Everything below a folder of the scratch folder.
    pub(crate) fn picture(&self, name: &str) -> Picture {
        let mut picture = Picture::new();
        draw(&self.at(name), &mut picture);
        picture
    }
}

fn draw(path: &Path, picture: &mut Picture) {
    let about = fs::symlink_metadata(path).unwrap();
    let content = if about.is_file() { fs::read(path).unwrap_or_default() } else { Vec::new() };
    picture.insert(path.to_owned(), (about.permissions().mode(), content));
    if about.is_dir()
        && let Ok(entries) = fs::read_dir(path)
    {
        for entry in entries {
            draw(&entry.unwrap().path(), picture);
        }
    }
}
