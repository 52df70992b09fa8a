//! What a signal leaves behind. One test in a process of its own: after it nothing can be written.
#![allow(clippy::disallowed_methods, reason = "tests look at the file system from outside")]

use mwallet::code::Code;
use mwallet::model::format::Format;
use mwallet::store::Store;
use mwallet::store::dir::Location;
use mwallet::store::file;
use mwallet::store::lock::{Afterwards, Lock};
use std::time::Duration;

#[test]
fn interruption_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.p12");
    std::fs::write(&path, b"old").unwrap();
    let new = Location::Directory(folder.path().join("new"));
    let creation = Store::create(new, Format::Pkcs12, false, Duration::ZERO).unwrap();
    let lock = Lock::acquire(&path, Afterwards::Remove, Duration::ZERO).unwrap();
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    let error = file::replace(&path, b"new", || {
        assert_eq!(count(), 4, "file, lock, temporary file, directory");
        assert!(!file::has_saved());
        drop(file::remove_unfinished());
        assert_eq!(count(), 1);
        Ok(())
    })
    .unwrap_err();
    assert_eq!(error.code(), Code::IO_FAILED, "nothing takes its place any more: {error}");
    assert!(!file::has_saved());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    // Nothing new begins while the process ends.
    assert_eq!(file::replace(&path, b"new", || Ok(())).unwrap_err().code(), Code::IO_FAILED);
    drop((lock, creation));
    assert_eq!((count(), std::fs::read(&path).unwrap()), (1, b"old".to_vec()));
}
