//! What a signal leaves behind. One test in a process of its own: after it nothing can be written.
#![allow(clippy::disallowed_methods, reason = "tests look at the file system from outside")]

use mwallet::code::Code;
use mwallet::codec::Opening;
use mwallet::model::format::Format;
use mwallet::model::wallet::Wallet;
use mwallet::store::dir::Location;
use mwallet::store::file;
use mwallet::store::lock::{Afterwards, Lock};
use mwallet::store::{Replaced, Store};
use std::time::Duration;

#[test]
fn interruption_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.p12");
    std::fs::write(&path, b"old").unwrap();
    // A copy that is kept aside is no save yet.
    let kept = folder.path().join("kept/old.p12");
    std::fs::create_dir(kept.parent().unwrap()).unwrap();
    std::fs::write(&kept, b"old").unwrap();
    let mut replaced = Replaced::at(&kept, &Wallet::new(), &Opening::with(None)).unwrap().unwrap();
    replaced.keep_aside().unwrap();
    assert_eq!(std::fs::read(replaced.kept.unwrap()).unwrap(), b"old");
    std::fs::remove_dir_all(kept.parent().unwrap()).unwrap();
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
