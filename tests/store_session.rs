//! Wallets on disk from opening to saving, on files that openssl made.
#![allow(clippy::disallowed_methods, reason = "tests look at the file system from outside")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod support;

use mwallet::code::Code;
use mwallet::codec::{Keys, Opening, Origin, Protect, Sealing};
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryKind, TrustedEntry};
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::secret::Password;
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::{Store, StoreError};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::lock_holder::LockHolder;
use tempfile::TempDir;

const SHORT: Duration = Duration::from_millis(120);
const PASSWORD: &str = "welcome1";

/// What openssl 3 writes by default.
const AES: &[&str] = &[];
/// What every old program writes.
const TRIPLE_DES: &[&str] =
    &["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"];

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn openssl(arguments: &[&str], folder: &Path) -> String {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output();
    let output = output.expect("openssl is needed as a foreign peer");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a self-signed certificate and its key, and a store with both.
fn make_store(folder: &Path, name: &str, options: &[&str]) -> PathBuf {
    let subject = "/CN=user.example";
    let request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let output = ["-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", subject];
    openssl(&[&request[..], &output].concat(), folder);
    let input = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-name", "user"];
    let output = ["-passout", "pass:welcome1", "-out", name];
    openssl(&[&input[..], &output, options].concat(), folder);
    for part in ["key.pem", "cert.pem"] {
        fs::remove_file(folder.join(part)).unwrap();
    }
    let path = folder.join(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// What openssl sees in a store.
fn openssl_sees(path: &Path) -> String {
    let arguments = ["pkcs12", "-passin", "pass:welcome1", "-nodes", "-in", path.to_str().unwrap()];
    openssl(&arguments, Path::new("/"))
}

fn ca(name: &str) -> Certificate {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    Certificate::from_der(parameters.self_signed(&key).unwrap().der()).unwrap()
}

fn trust(wallet: &mut Wallet, certificate: Certificate) {
    let flags = TrustFlags::default();
    wallet.push(None, EntryKind::TrustedCertificate(TrustedEntry { certificate, flags }));
}

fn read(path: &Path) -> Result<Store, StoreError> {
    Store::read(path, &Opening::with(Some(&Password::from(PASSWORD))))
}

fn edit(path: &Path) -> Result<Store, StoreError> {
    Store::edit(path, &Opening::with(Some(&Password::from(PASSWORD))), SHORT)
}

fn save(store: &mut Store) -> Result<mwallet::store::Saved, StoreError> {
    let password = Password::from(PASSWORD);
    store.save(&Sealing { protect: Protect::Password(&password), ..Sealing::default() })
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Code {
    result.unwrap_err().code()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn kinds(store: &Store) -> Vec<&'static str> {
    let mut kinds: Vec<_> = store.wallet.entries().iter().map(|entry| entry.kind.name()).collect();
    kinds.sort_unstable();
    kinds
}

/// Whether a foreign process can take the lock.
fn python_locks(lock_file: &Path) -> bool {
    LockHolder::of(lock_file).is_some()
}

// --- finding the wallet -----------------------------------------------------------------------

#[test]
fn what_is_no_wallet_is_refused_and_gets_no_lock_file() {
    let folder = folder();
    let missing = folder.path().join("missing");
    assert_eq!(
        (code(read(&missing)), code(edit(&missing))),
        (Code::FILE_NOT_FOUND, Code::FILE_NOT_FOUND)
    );
    assert_eq!(code(read(folder.path())), Code::WALLET_NOT_FOUND);
    assert_eq!(code(edit(folder.path())), Code::WALLET_NOT_FOUND);
    assert_eq!(code(read(Path::new("/dev/zero"))), Code::NOT_A_FILE);
    assert!(names(folder.path()).is_empty());
    fs::write(folder.path().join("cwallet.sso"), b"\xa1\xf8\x4e7rest").unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("cwallet.sso")] {
        // There is no file that the password could open.
        assert_eq!(code(read(&path)), Code::FILE_NOT_FOUND);
        assert_eq!(code(edit(&path)), Code::FILE_NOT_FOUND);
        assert_eq!(code(Store::read(&path, &Opening::with(None))), Code::SSO_TRUNCATED);
    }
    assert_eq!(names(folder.path()), ["cwallet.sso"]);
}

#[test]
fn what_is_of_another_format_says_so() {
    let folder = folder();
    let path = folder.path().join("file");
    for content in [&b""[..], b"hello world, this is no wallet", &[0; 100]] {
        fs::write(&path, content).unwrap();
        assert_eq!(code(read(&path)), Code::FORMAT_UNKNOWN);
    }
    // Loose certificates are read as a wallet and edited by nobody; a directory holds none.
    let certificate = ca("ca").der().to_vec();
    fs::write(&path, &certificate).unwrap();
    let store = read(&path).unwrap();
    assert_eq!((store.format(), store.wallet.entries().len()), (Format::Certificate, 1));
    let error = edit(&path).unwrap_err();
    assert_eq!(error.code(), Code::FORMAT_UNSUPPORTED);
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(names(folder.path()), ["file"]);
    fs::write(folder.path().join("ewallet.p12"), certificate).unwrap();
    assert_eq!(code(read(folder.path())), Code::FORMAT_UNSUPPORTED);
}

#[test]
fn file_of_a_directory_means_the_directory() {
    let folder = folder();
    let file = folder.path().join("ewallet.p12");
    fs::write(&file, b"").unwrap();
    let directory = Location::Directory(folder.path().to_path_buf());
    assert_eq!(Location::existing(folder.path()).unwrap(), directory);
    assert_eq!(Location::existing(&file).unwrap(), directory);
    assert_eq!(directory.store_file(), file);
    assert_eq!(Location::for_new(&file).unwrap(), directory);
    let new = folder.path().join("new/ewallet.p12");
    assert_eq!(Location::for_new(&new).unwrap(), Location::Directory(folder.path().join("new")));
    assert_eq!(
        Location::for_new(Path::new("ewallet.p12")).unwrap(),
        Location::Directory(PathBuf::from("."))
    );
}

#[test]
fn new_location_goes_by_the_ending_and_an_existing_directory_wins() {
    let folder = folder();
    for (name, is_file) in
        [("a.p12", true), ("a.PFX", true), ("a.jks", true), ("wallet", false), ("wallet.d", false)]
    {
        let path = folder.path().join(name);
        let location = Location::for_new(&path).unwrap();
        assert_eq!(matches!(location, Location::File(_)), is_file, "{name}");
        fs::create_dir(&path).unwrap();
        assert_eq!(Location::for_new(&path).unwrap(), Location::Directory(path));
    }
}

#[test]
fn auto_login_is_told_by_the_type_byte() {
    let folder = folder();
    let location = Location::Directory(folder.path().to_path_buf());
    assert_eq!(location.auto_login().unwrap(), (AutoLogin::None, None));
    let path = folder.path().join("cwallet.sso");
    for (byte, kind) in [(b'6', AutoLogin::On), (b'7', AutoLogin::Only), (b'8', AutoLogin::Local)] {
        fs::write(&path, [0xa1, 0xf8, 0x4e, byte, 0, 0, 0, 6]).unwrap();
        assert_eq!(location.auto_login().unwrap(), (kind, None));
    }
    for content in [&b""[..], b"\xa1\xf8\x4e", b"something else"] {
        fs::write(&path, content).unwrap();
        let (kind, warning) = location.auto_login().unwrap();
        assert_eq!((kind, warning.unwrap().code), (AutoLogin::On, Code::FORMAT_UNKNOWN));
    }
}

// --- new wallets ------------------------------------------------------------------------------

#[test]
fn wallet_that_is_never_saved_leaves_nothing() {
    let folder = folder();
    let directory = Location::Directory(folder.path().join("wallet"));
    let file = Location::File(folder.path().join("wallet.p12"));
    let stores = [directory, file]
        .map(|location| Store::create(location, Format::Pkcs12, false, SHORT).unwrap());
    assert_eq!(names(folder.path()), ["wallet", "wallet.p12.lck"]);
    assert_eq!(names(&folder.path().join("wallet")), ["ewallet.p12.lck"]);
    drop(stores);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn new_directory_is_private_and_in_oracles_layout() {
    let folder = folder();
    let path = folder.path().join("wallet");
    let mut store =
        Store::create(Location::for_new(&path).unwrap(), Format::Pkcs12, false, SHORT).unwrap();
    trust(&mut store.wallet, ca("Root"));
    let saved = save(&mut store).unwrap();
    assert_eq!((saved.mode, saved.written, saved.layout_converted), (0o600, true, false));
    assert_eq!(saved.path, path.join("ewallet.p12"));
    drop(store);
    assert_eq!((mode(&path), mode(&saved.path)), (0o700, 0o600));
    assert_eq!(names(&path), ["ewallet.p12", "ewallet.p12.lck"]);
    let store = read(&path).unwrap();
    assert_eq!((store.format(), store.layout()), (Format::Pkcs12, Some(Layout::Oracle)));
    assert_eq!(store.origin.as_ref().and_then(Origin::profile), Some(Profile::Oracle23ai));
    assert_eq!((kinds(&store), store.auto_login()), (vec!["trusted-certificate"], AutoLogin::None));
    assert_eq!(store.path(), path);
    assert!(openssl_sees(&saved.path).contains("CN = Root"));
}

#[test]
fn new_file_has_the_modern_profile() {
    let folder = folder();
    let path = folder.path().join("wallet.p12");
    let location = Location::for_new(&path).unwrap();
    let mut store = Store::create(location, Format::Pkcs12, false, SHORT).unwrap();
    trust(&mut store.wallet, ca("Root"));
    save(&mut store).unwrap();
    drop(store);
    assert_eq!((names(folder.path()), mode(&path)), (vec!["wallet.p12".to_owned()], 0o600));
    let store = read(&path).unwrap();
    assert_eq!(store.origin.as_ref().and_then(Origin::profile), Some(Profile::Modern));
    assert!(openssl_sees(&path).contains("CN = Root"));
}

#[test]
fn edit_that_writes_nothing_leaves_no_lock_file_where_there_was_none() {
    let folder = folder();
    let path = folder.path().join("wallet");
    let location = Location::for_new(&path).unwrap();
    save(&mut Store::create(location, Format::Pkcs12, false, SHORT).unwrap()).unwrap();
    fs::remove_file(path.join("ewallet.p12.lck")).unwrap();
    let password = Password::from(PASSWORD);
    let open = || Store::edit(&path, &Opening::with(Some(&password)), SHORT).unwrap();
    drop(open());
    assert_eq!(names(&path), ["ewallet.p12"]);
    let mut store = open();
    trust(&mut store.wallet, ca("Root"));
    save(&mut store).unwrap();
    drop(store);
    assert_eq!(names(&path), ["ewallet.p12", "ewallet.p12.lck"]);
}

#[test]
fn existing_wallet_is_overwritten_only_when_told() {
    let folder = folder();
    let path = folder.path().join("wallet");
    let create = |overwrite| {
        Store::create(Location::for_new(&path).unwrap(), Format::Pkcs12, overwrite, SHORT)
    };
    save(&mut create(false).unwrap()).unwrap();
    let before = fs::read(path.join("ewallet.p12")).unwrap();
    assert_eq!(code(create(false)), Code::WOULD_OVERWRITE);
    drop(create(true).unwrap());
    assert_eq!(fs::read(path.join("ewallet.p12")).unwrap(), before);
    assert_eq!(names(&path), ["ewallet.p12", "ewallet.p12.lck"]);
    let mut store = create(true).unwrap();
    trust(&mut store.wallet, ca("Root"));
    save(&mut store).unwrap();
    drop(store);
    assert_eq!(kinds(&read(&path).unwrap()), ["trusted-certificate"]);
}

#[test]
fn wallet_that_came_meanwhile_is_not_overwritten() {
    let folder = folder();
    let path = folder.path().join("wallet.p12");
    let location = Location::for_new(&path).unwrap();
    let mut store = Store::create(location, Format::Pkcs12, false, SHORT).unwrap();
    fs::write(&path, b"somebody's").unwrap();
    assert_eq!(code(save(&mut store)), Code::WOULD_OVERWRITE);
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), b"somebody's");
    assert_eq!(names(folder.path()), ["wallet.p12"]);
}

#[test]
fn directory_is_made_one_level_deep() {
    let folder = folder();
    let location = Location::Directory(folder.path().join("a/b"));
    let error = Store::create(location, Format::Pkcs12, false, SHORT).unwrap_err();
    assert_eq!(
        (error.code(), error.path()),
        (Code::FILE_NOT_FOUND, folder.path().join("a").as_path())
    );
    assert!(names(folder.path()).is_empty());
}

#[test]
fn new_wallet_replaces_an_auto_login_file_only_when_told() {
    let folder = folder();
    fs::write(folder.path().join("cwallet.sso"), b"\xa1\xf8\x4e7").unwrap();
    let location = Location::Directory(folder.path().to_path_buf());
    let create = |overwrite| Store::create(location.clone(), Format::Pkcs12, overwrite, SHORT);
    assert_eq!(code(create(false)), Code::WOULD_OVERWRITE);
    assert_eq!(names(folder.path()), ["cwallet.sso"]);
    save(&mut create(true).unwrap()).unwrap();
    // What cannot be read may hold a key.
    let expected = ["cwallet.sso.kept", "cwallet.sso.lck", "ewallet.p12", "ewallet.p12.lck"];
    assert_eq!(names(folder.path()), expected);
}

// --- existing wallets -------------------------------------------------------------------------

#[test]
fn reader_creates_nothing_and_needs_no_lock() {
    let folder = folder();
    let path = make_store(folder.path(), "store.p12", AES);
    let lock = edit(&path).unwrap();
    let before = names(folder.path());
    let mut store = read(&path).unwrap();
    assert_eq!((kinds(&store), store.layout()), (vec!["private-key"], Some(Layout::Portable)));
    assert!(store.warnings.is_empty(), "{:?}", store.warnings);
    assert_eq!(names(folder.path()), before);
    assert_eq!(code(save(&mut store)), Code::USAGE, "opened for reading");
    drop(lock);
}

#[test]
fn wrong_password_changes_nothing() {
    let folder = folder();
    let path = make_store(folder.path(), "store.p12", AES);
    let before = fs::read(&path).unwrap();
    let password = Password::from("something else");
    for password in [Some(&password), None] {
        let opening = Opening::with(password);
        let expected =
            if password.is_some() { Code::PASSWORD_WRONG } else { Code::PASSWORD_MISSING };
        assert_eq!(code(Store::read(&path, &opening)), expected);
        assert_eq!(code(Store::edit(&path, &opening, SHORT)), expected);
    }
    assert_eq!(
        (fs::read(&path).unwrap(), names(folder.path())),
        (before, vec!["store.p12".to_owned()])
    );
}

#[test]
fn unchanged_store_is_not_written() {
    let folder = folder();
    let path = make_store(folder.path(), "store.p12", AES);
    let (before, inode) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().ino());
    let mut store = edit(&path).unwrap();
    let saved = save(&mut store).unwrap();
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!((saved.written, fs::metadata(&path).unwrap().ino()), (false, inode));
}

#[test]
fn edit_keeps_key_mode_and_profile_and_openssl_reads_it() {
    for (options, profile) in [(AES, None), (TRIPLE_DES, Some(Profile::Compat))] {
        let folder = folder();
        let path = make_store(folder.path(), "store.p12", options);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let before = openssl_sees(&path);
        let mut store = edit(&path).unwrap();
        let codes: Vec<_> = store.warnings.iter().map(|warning| warning.code).collect();
        assert_eq!(codes, [Code::PERMISSIONS_LOOSE]);
        let encryption = store.origin.as_ref().unwrap().encryption();
        trust(&mut store.wallet, ca("Root"));
        let saved = save(&mut store).unwrap();
        assert_eq!((saved.written, saved.mode, saved.layout_converted), (true, 0o644, false));
        drop(store);
        assert_eq!(names(folder.path()), ["store.p12"]);
        let store = read(&path).unwrap();
        assert_eq!(kinds(&store), ["private-key", "trusted-certificate"]);
        let origin = store.origin.as_ref().unwrap();
        assert_eq!((origin.encryption(), origin.layout()), (encryption, Some(Layout::Portable)));
        if profile.is_some() {
            assert_eq!(origin.profile(), profile);
        }
        let after = openssl_sees(&path);
        let key = &before[before.find("BEGIN PRIVATE KEY").unwrap()..];
        assert!(after.contains(&key[..key.find("-----END").unwrap()]), "the key is another one");
        assert!(after.contains("CN = user.example") && after.contains("CN = Root"), "{after}");
    }
}

#[test]
fn editor_holds_the_lock_until_it_is_dropped() {
    let folder = folder();
    let path = make_store(folder.path(), "ewallet.p12", AES);
    let lock_file = folder.path().join("ewallet.p12.lck");
    let mut store = edit(folder.path()).unwrap();
    assert!(!python_locks(&lock_file));
    assert_eq!(code(edit(&path)), Code::STORE_LOCKED);
    trust(&mut store.wallet, ca("Root"));
    save(&mut store).unwrap();
    assert!(!python_locks(&lock_file), "held after the rename, too");
    drop(store);
    assert!(python_locks(&lock_file));
    assert_eq!(names(folder.path()), ["ewallet.p12", "ewallet.p12.lck"]);
}

#[test]
fn second_save_of_one_session_works() {
    let folder = folder();
    for name in ["new.p12", "ewallet.p12"] {
        let path = folder.path().join(name);
        let location = Location::for_new(&path).unwrap();
        let mut store = Store::create(location, Format::Pkcs12, false, SHORT).unwrap();
        for name in ["One", "Two"] {
            trust(&mut store.wallet, ca(name));
            assert!(save(&mut store).unwrap().written);
        }
        drop(store);
        assert_eq!(read(&path).unwrap().wallet.entries().len(), 2);
    }
}

#[test]
fn portable_wallet_becomes_native_at_its_first_write() {
    for (options, profile) in [(AES, Profile::Oracle23ai), (TRIPLE_DES, Profile::Oracle11g)] {
        let folder = folder();
        let path = make_store(folder.path(), "ewallet.p12", options);
        let before = openssl_sees(&path);
        let mut store = edit(folder.path()).unwrap();
        assert_eq!(store.layout(), Some(Layout::Portable));
        trust(&mut store.wallet, ca("Root"));
        let rehearsed = store.rehearse(&Sealing::default()).unwrap();
        let saved = save(&mut store).unwrap();
        drop(store);
        assert!(saved.layout_converted);
        assert_eq!(rehearsed.warnings, saved.warnings);
        assert_eq!(saved.warnings[0].code, Code::LAYOUT_CONVERTED);
        assert!(saved.warnings[0].message.contains(profile.name()), "{:?}", saved.warnings);
        let mut store = edit(folder.path()).unwrap();
        let origin = store.origin.as_ref().unwrap();
        assert_eq!((origin.layout(), origin.profile()), (Some(Layout::Oracle), Some(profile)));
        assert_eq!(kinds(&store), ["private-key", "trusted-certificate"]);
        let saved = save(&mut store).unwrap();
        assert_eq!((saved.written, saved.layout_converted), (false, false));
        let after = openssl_sees(&path);
        let key = &before[before.find("BEGIN PRIVATE KEY").unwrap()..];
        assert!(after.contains(&key[..key.find("-----END").unwrap()]), "the key is another one");
    }
}

#[test]
fn profile_that_is_named_is_not_replaced() {
    let folder = folder();
    make_store(folder.path(), "ewallet.p12", AES);
    let mut store = edit(folder.path()).unwrap();
    let password = Password::from(PASSWORD);
    let profile = Some(Profile::Oracle12c);
    let saved = store.save(&Sealing {
        protect: Protect::Password(&password),
        profile,
        ..Sealing::default()
    });
    assert!(saved.unwrap().layout_converted);
    drop(store);
    let store = read(folder.path()).unwrap();
    assert_eq!(store.origin.as_ref().and_then(Origin::profile), profile);
}

#[test]
fn new_password_opens_and_the_old_one_does_not() {
    let folder = folder();
    let path = make_store(folder.path(), "store.p12", AES);
    let mut store = edit(&path).unwrap();
    let (new, iterations) = (Password::from("other-password2"), Some(20_000));
    store
        .save(&Sealing { protect: Protect::Password(&new), iterations, ..Sealing::default() })
        .unwrap();
    drop(store);
    assert_eq!(code(read(&path)), Code::PASSWORD_WRONG);
    let store = Store::read(&path, &Opening::with(Some(&new))).unwrap();
    let EntryKind::PrivateKey(entry) = &store.wallet.entries()[0].kind else { panic!("no key") };
    assert!(entry.key.open().is_some(), "the key opens with the new password, too");
}

#[test]
fn protection_is_kept_unless_another_is_asked_for() {
    let folder = folder();
    let path = make_store(folder.path(), "store.p12", AES);
    for (protect, opens_without) in [(Protect::Keep, false), (Protect::Nothing, true)] {
        let mut store = edit(&path).unwrap();
        trust(&mut store.wallet, ca("Root"));
        assert!(store.save(&Sealing { protect, ..Sealing::default() }).unwrap().written);
        drop(store);
        let opened = Store::read(&path, &Opening::with(None)).map(|store| kinds(&store).len());
        assert_eq!(opened.is_ok(), opens_without, "{opened:?}");
    }
}

#[test]
fn wallet_with_local_auto_login_of_elsewhere_is_read_and_not_written() {
    let folder = folder();
    make_store(folder.path(), "ewallet.p12", AES);
    fs::write(folder.path().join("cwallet.sso"), b"\xa1\xf8\x4e8").unwrap();
    let store = read(folder.path()).unwrap();
    assert_eq!((store.auto_login(), kinds(&store)), (AutoLogin::Local, vec!["private-key"]));
    let error = edit(folder.path()).unwrap_err();
    assert_eq!(error.code(), Code::AUTO_LOGIN_ELSEWHERE);
    assert_eq!(error.path(), folder.path().join("cwallet.sso"));
    assert_eq!(names(folder.path()), ["cwallet.sso", "ewallet.p12"]);
}

#[test]
fn linked_wallet_is_locked_under_both_names() {
    let folder = folder();
    let (real, linked) = (folder.path().join("real"), folder.path().join("linked"));
    fs::create_dir(&real).unwrap();
    fs::create_dir(&linked).unwrap();
    let target = make_store(&real, "store.p12", AES);
    symlink(&target, linked.join("ewallet.p12")).unwrap();
    let mut store = edit(&linked).unwrap();
    assert!(!python_locks(&linked.join("ewallet.p12.lck")));
    assert_eq!(code(edit(&target)), Code::STORE_LOCKED);
    trust(&mut store.wallet, ca("Root"));
    save(&mut store).unwrap();
    drop(store);
    assert!(fs::symlink_metadata(linked.join("ewallet.p12")).unwrap().is_symlink());
    assert_eq!((names(&real), names(&linked).len()), (vec!["store.p12".to_owned()], 2));
    assert_eq!(kinds(&read(&target).unwrap()), ["private-key", "trusted-certificate"]);
}

#[test]
fn key_that_was_left_closed_survives_an_edit() {
    for name in ["store.p12", "ewallet.p12"] {
        let folder = folder();
        let path = make_store(folder.path(), name, AES);
        let before = openssl_sees(&path);
        let password = Password::from(PASSWORD);
        let opening = Opening { keys: Keys::Leave, ..Opening::with(Some(&password)) };
        let mut store = Store::edit(&path, &opening, SHORT).unwrap();
        trust(&mut store.wallet, ca("Root"));
        assert!(save(&mut store).unwrap().written);
        drop(store);
        let after = openssl_sees(&path);
        let key = &before[before.find("BEGIN PRIVATE KEY").unwrap()..];
        assert!(after.contains(&key[..key.find("-----END").unwrap()]), "the key is another one");
        assert_eq!(kinds(&read(&path).unwrap()), ["private-key", "trusted-certificate"]);
    }
}
