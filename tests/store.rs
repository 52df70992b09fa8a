//! Files and locks: what is read, what is replaced, who waits for whom.
#![allow(clippy::disallowed_methods, reason = "tests look at the file system from outside")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod support;

use mwallet::code::Code;
use mwallet::store::StoreError;
use mwallet::store::file::{self, Existing};
use mwallet::store::lock::{Afterwards, Lock};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::lock_holder::LockHolder;
use tempfile::TempDir;

const NOBODY: u32 = 65534;
const SHORT: Duration = Duration::from_millis(120);
const LONG: Duration = Duration::from_secs(20);

/// What does not hang has ended by then, on a machine however busy.
const NO_HANG: Duration = Duration::from_secs(10);

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn put(path: &Path, content: &[u8], mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    file::replace(path, bytes, || Ok(()))
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Code {
    result.unwrap_err().code()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

// --- a second process -------------------------------------------------------------------------

/// Runs `child` below in a process of its own: `task` is `replace PATH` or the like.
fn run_child(task: &str, umask: &str, uid: Option<u32>) -> String {
    let place = folder();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // The build's folder may be closed to other users.
    let program = place.path().join("child");
    // By another process: a thread that forks meanwhile would keep the copy open for writing, and
    // a file that is open for writing cannot be executed.
    let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status();
    assert!(copied.unwrap().success());
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("umask {umask}; exec {} --exact child --nocapture", program.display()),
        ])
        .env("MWALLET_TEST_CHILD", task)
        .current_dir("/");
    if let Some(uid) = uid {
        command.uid(uid).gid(uid);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let (_, answer) = text.split_once("<<").unwrap_or_else(|| panic!("no answer: {text}"));
    answer.split_once(">>").unwrap().0.to_owned()
}

/// Does nothing by itself; other tests start it in a process with another umask or user.
#[test]
fn child() {
    let Ok(task) = std::env::var("MWALLET_TEST_CHILD") else { return };
    let (verb, path) = task.split_once(' ').unwrap();
    let path = Path::new(path);
    let result = match verb {
        "replace" => replace(path, b"new"),
        "write_new" => file::write_new(path, b"new", 0o644, Existing::Refuse),
        "lock" => Lock::acquire(path, Afterwards::Keep, SHORT).map(drop),
        "read" => file::read(path).map(drop),
        other => panic!("{other}"),
    };
    println!("<<{}>>", result.map_or_else(|error| error.code().to_string(), |()| "ok".to_owned()));
}

// --- reading ----------------------------------------------------------------------------------

#[test]
fn only_regular_files_are_read_and_nothing_blocks() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let begin = Instant::now();
    for (path, found) in [
        (pipe, "a named pipe"),
        (folder.path().join("socket"), "a socket"),
        (folder.path().to_path_buf(), "a directory"),
        (PathBuf::from("/dev/zero"), "a character device"),
    ] {
        let error = file::read(&path).unwrap_err();
        assert_eq!(error.code(), Code::NOT_A_FILE, "{error}");
        assert_eq!(error.path(), path);
        assert!(error.to_string().contains(found), "{error}");
        assert_eq!(code(replace(&path, b"new")), Code::NOT_A_FILE);
    }
    assert!(begin.elapsed() < NO_HANG, "{:?}", begin.elapsed());
    assert_eq!(names(folder.path()), ["pipe", "socket"]);
}

#[test]
fn file_longer_than_the_bound_is_refused_without_reading_it() {
    let folder = folder();
    let path = folder.path().join("sparse");
    fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
    let begin = Instant::now();
    assert_eq!(code(file::read(&path)), Code::LIMIT_EXCEEDED);
    assert!(begin.elapsed() < NO_HANG, "{:?}", begin.elapsed());
}

#[test]
fn bound_counts_bytes_exactly() {
    let folder = folder();
    let path = folder.path().join("file");
    for length in [0_usize, 1, 4095, 4096, 4097, 70_000] {
        let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        fs::write(&path, &content).unwrap();
        let bound = length as u64;
        assert_eq!(*file::read_bounded(&path, bound).unwrap(), *content);
        assert_eq!(*file::read_bounded(&path, bound + 1).unwrap(), *content);
        if length > 0 {
            assert_eq!(code(file::read_bounded(&path, bound - 1)), Code::LIMIT_EXCEEDED);
        }
        assert_eq!(*file::read_start(&path, 4).unwrap(), content[..length.min(4)]);
    }
}

#[test]
fn file_whose_size_is_not_stated_is_read_and_bounded() {
    // Files in /proc are regular and state the size 0; this one is longer than the first buffer.
    let argument = "long".repeat(15_000);
    let mut process = Command::new("sh")
        .args(["-c", "echo ready; read line", &argument])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Only after its `exec` does the process show its own arguments.
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let path = PathBuf::from(format!("/proc/{}/cmdline", process.id()));
    let content = fs::read(&path).unwrap();
    let (whole, bounded) = (file::read(&path), file::read_bounded(&path, 50_000));
    drop(process.stdin.take());
    process.wait().unwrap();
    assert_eq!(
        (fs::metadata("/proc/self/cmdline").unwrap().len(), content.len() > 60_000),
        (0, true)
    );
    assert_eq!(*whole.unwrap(), *content);
    assert_eq!(code(bounded), Code::LIMIT_EXCEEDED);
}

#[test]
fn missing_file_is_not_found_by_its_path() {
    let folder = folder();
    let path = folder.path().join("missing");
    let error = file::read(&path).unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::FILE_NOT_FOUND, path.as_path()));
    put(&path, b"file", 0o600);
    assert_eq!(code(file::read(&path.join("below"))), Code::FILE_NOT_FOUND);
    let target = folder.path().join("no-folder/file");
    assert_eq!(code(replace(&target, b"new")), Code::FILE_NOT_FOUND);
}

#[test]
fn symbolic_link_is_read_through() {
    let folder = folder();
    put(&folder.path().join("file"), b"content", 0o600);
    symlink("file", folder.path().join("link")).unwrap();
    assert_eq!(*file::read(&folder.path().join("link")).unwrap(), *b"content");
}

// --- replacing --------------------------------------------------------------------------------

#[test]
fn new_file_is_private_whatever_the_umask() {
    for umask in ["000", "022", "077", "777"] {
        let folder = folder();
        let path = folder.path().join("file");
        assert_eq!(run_child(&format!("replace {}", path.display()), umask, None), "ok");
        assert_eq!(mode(&path), 0o600, "umask {umask}");
        let lock = folder.path().join("locked");
        assert_eq!(run_child(&format!("lock {}", lock.display()), umask, None), "ok");
        assert_eq!(mode(&folder.path().join("locked.lck")), 0o600, "umask {umask}");
        let export = folder.path().join("export");
        assert_eq!(run_child(&format!("write_new {}", export.display()), umask, None), "ok");
        assert_eq!(mode(&export), 0o644, "umask {umask}");
    }
}

#[test]
fn mode_of_an_existing_file_is_kept() {
    let folder = folder();
    for mode_before in [0o644, 0o640, 0o600, 0o400, 0o666] {
        let path = folder.path().join(format!("{mode_before:o}"));
        put(&path, b"old", mode_before);
        let inode = fs::metadata(&path).unwrap().ino();
        replace(&path, b"new").unwrap();
        assert_eq!((mode(&path), fs::read(&path).unwrap().as_slice()), (mode_before, &b"new"[..]));
        assert_ne!(fs::metadata(&path).unwrap().ino(), inode, "written in place");
    }
    assert_eq!(names(folder.path()).len(), 5);
}

#[test]
fn owner_of_an_existing_file_is_kept() {
    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let folder = folder();
    let path = folder.path().join("file");
    put(&path, b"old", 0o640);
    std::os::unix::fs::chown(&path, Some(NOBODY), Some(12345)).unwrap();
    replace(&path, b"new").unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid(), mode(&path)), (NOBODY, 12345, 0o640));
}

#[test]
fn owner_that_cannot_be_kept_is_an_error_and_changes_nothing() {
    if !is_root() {
        eprintln!("skipped: needs a file of another user");
        return;
    }
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let path = folder.path().join("file");
    put(&path, b"old", 0o666);
    assert_eq!(
        run_child(&format!("replace {}", path.display()), "022", Some(NOBODY)),
        "permission-denied"
    );
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["file"]);
}

/// As root makes a wallet for somebody else: the file is theirs, and root's group is not.
#[test]
fn group_of_somebody_else_is_left_where_it_has_no_access() {
    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let path = folder.path().join("file");
    for (before, answer, after) in [(0o640, "permission-denied", 0), (0o600, "ok", NOBODY)] {
        put(&path, b"old", before);
        std::os::unix::fs::chown(&path, Some(NOBODY), Some(0)).unwrap();
        let task = format!("replace {}", path.display());
        assert_eq!(run_child(&task, "022", Some(NOBODY)), answer);
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid(), mode(&path)), (NOBODY, after, before));
    }
}

#[test]
fn access_control_list_is_kept_and_not_widened_to_the_group() {
    // acl(5) as Linux stores it: version 2, then tag, permissions and id of each entry.
    let entry = |tag: u16, permissions: u16, id: u32| {
        [&tag.to_le_bytes()[..], &permissions.to_le_bytes(), &id.to_le_bytes()].concat()
    };
    let list = [
        2_u32.to_le_bytes().to_vec(),
        entry(0x01, 6, u32::MAX), // the owner: rw
        entry(0x02, 4, NOBODY),   // nobody: r
        entry(0x04, 0, u32::MAX), // the group: nothing
        entry(0x10, 4, u32::MAX), // the mask: r
        entry(0x20, 0, u32::MAX), // others: nothing
    ]
    .concat();
    let name = "system.posix_acl_access";
    let folder = folder();
    let path = folder.path().join("file");
    put(&path, b"old", 0o600);
    if let Err(errno) = rustix::fs::setxattr(&path, name, &list, rustix::fs::XattrFlags::empty()) {
        eprintln!("skipped: no access control lists here: {errno}");
        return;
    }
    assert_eq!(mode(&path), 0o640, "the group bits show the mask");
    replace(&path, b"new").unwrap();
    let mut kept = [0; 256];
    let length = rustix::fs::getxattr(&path, name, &mut kept[..]).unwrap();
    assert_eq!((&kept[..length], mode(&path)), (&list[..], 0o640));
}

#[test]
fn failing_verification_leaves_the_old_file_and_nothing_else() {
    let folder = folder();
    let path = folder.path().join("file");
    put(&path, b"old", 0o644);
    let error = file::replace(&path, b"new", || {
        let difference = "a test".to_owned();
        Err(StoreError::VerifyFailed { path: path.clone(), difference })
    })
    .unwrap_err();
    assert_eq!(error.code(), Code::VERIFY_FAILED);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn old_file_is_whole_until_the_new_one_is_verified() {
    let folder = folder();
    let path = folder.path().join("file");
    put(&path, b"old", 0o600);
    file::replace(&path, b"new", || {
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let temporary = names(folder.path()).into_iter().find(|name| name != "file").unwrap();
        assert!(temporary.starts_with('.'), "{temporary}");
        assert_eq!(mode(&folder.path().join(&temporary)), 0o600);
        Ok(())
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn folder_without_permission_is_named_and_stays_as_it_is() {
    let folder = folder();
    let path = folder.path().join("file");
    put(&path, b"old", 0o666);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let uid = is_root().then_some(NOBODY);
    for task in ["replace", "lock"] {
        let answer = run_child(&format!("{task} {}", path.display()), "022", uid);
        assert_eq!(answer, "permission-denied", "{task}");
    }
    put(&path, b"old", 0o000);
    assert_eq!(run_child(&format!("read {}", path.display()), "022", uid), "permission-denied");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn own_symbolic_link_is_written_through_and_stays_a_link() {
    let folder = folder();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    put(&elsewhere.join("file"), b"old", 0o640);
    symlink("elsewhere/file", folder.path().join("second")).unwrap();
    let link = folder.path().join("first");
    symlink(folder.path().join("second"), &link).unwrap();
    replace(&link, b"new").unwrap();
    assert_eq!(fs::read(elsewhere.join("file")).unwrap(), b"new");
    assert_eq!(mode(&elsewhere.join("file")), 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(names(folder.path()), ["elsewhere", "first", "second"]);
    assert_eq!(names(&elsewhere), ["file"]);
}

#[test]
fn dangling_and_circular_links_are_refused() {
    let folder = folder();
    let link = folder.path().join("link");
    symlink("nowhere", &link).unwrap();
    assert_eq!(code(replace(&link, b"new")), Code::LINK_REFUSED);
    assert_eq!(code(file::write_new(&link, b"new", 0o600, Existing::Keep)), Code::LINK_REFUSED);
    assert_eq!(
        code(file::write_new(&link, b"new", 0o600, Existing::Refuse)),
        Code::WOULD_OVERWRITE
    );
    symlink("circle", folder.path().join("circle")).unwrap();
    assert_eq!(code(replace(&folder.path().join("circle"), b"new")), Code::LINK_REFUSED);
    assert_eq!(names(folder.path()), ["circle", "link"]);
}

#[test]
fn symbolic_link_of_another_user_is_not_written_through() {
    if !is_root() {
        eprintln!("skipped: needs a link of another user");
        return;
    }
    let folder = folder();
    put(&folder.path().join("file"), b"old", 0o600);
    let link = folder.path().join("link");
    symlink("file", &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(NOBODY), Some(NOBODY)).unwrap();
    let error = replace(&link, b"new").unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::LINK_REFUSED, link.as_path()));
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"old");
}

#[test]
fn export_overwrites_only_when_told_and_takes_the_given_mode() {
    let folder = folder();
    let path = folder.path().join("key.pem");
    file::write_new(&path, b"first", 0o600, Existing::Refuse).unwrap();
    assert_eq!(
        code(file::write_new(&path, b"second", 0o600, Existing::Refuse)),
        Code::WOULD_OVERWRITE
    );
    assert_eq!(fs::read(&path).unwrap(), b"first");
    put(&path, b"public", 0o644);
    file::write_new(&path, b"third", 0o600, Existing::KeepOwner).unwrap();
    assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"third"[..], 0o600));
    put(&path, b"public", 0o664);
    file::write_new(&path, b"fourth", 0o600, Existing::Keep).unwrap();
    assert_eq!((fs::read(&path).unwrap().as_slice(), mode(&path)), (&b"fourth"[..], 0o664));
    assert_eq!(names(folder.path()), ["key.pem"]);
}

#[test]
fn of_many_that_create_one_file_one_wins() {
    let folder = folder();
    let path = folder.path().join("file");
    let won: usize = thread::scope(|scope| {
        let writers: Vec<_> = (0..8_u8)
            .map(|writer| {
                scope.spawn({
                    let path = &path;
                    move || file::create(path, &[writer; 100], || Ok(())).is_ok()
                })
            })
            .collect();
        writers.into_iter().map(|writer| usize::from(writer.join().unwrap())).sum()
    });
    assert_eq!(won, 1);
    let content = fs::read(&path).unwrap();
    assert!(content.len() == 100 && content.iter().all(|byte| *byte == content[0]));
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn reader_sees_the_old_or_the_new_file_and_nothing_between() {
    let folder = folder();
    let path = folder.path().join("file");
    let contents = [vec![1_u8; 40_000], vec![2_u8; 90_000]];
    file::create(&path, &contents[0], || Ok(())).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for turn in 0..40 {
                replace(&path, &contents[turn % 2]).unwrap();
            }
        });
        while !writer.is_finished() {
            let seen = file::read(&path).unwrap();
            assert!(contents.iter().any(|content| **content == *seen), "{} bytes", seen.len());
        }
    });
}

#[test]
fn path_without_a_folder_is_in_the_current_one() {
    // The child's current folder is `/`, where root can write.
    if !is_root() {
        eprintln!("skipped: needs to write to /");
        return;
    }
    let name = format!("mwallet-test-{}", std::process::id());
    assert_eq!(run_child(&format!("write_new {name}"), "022", None), "ok");
    fs::remove_file(Path::new("/").join(name)).unwrap();
}

// --- locking ----------------------------------------------------------------------------------

#[test]
fn foreign_lock_holder_makes_us_time_out() {
    let folder = folder();
    let wallet = folder.path().join("ewallet.p12");
    let lock_file = folder.path().join("ewallet.p12.lck");
    let peer = LockHolder::of(&lock_file).unwrap();
    let begin = Instant::now();
    let error = Lock::acquire(&wallet, Afterwards::Remove, SHORT).unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::STORE_LOCKED, lock_file.as_path()));
    assert!(begin.elapsed() >= SHORT && begin.elapsed() < NO_HANG, "{:?}", begin.elapsed());
    assert_eq!(names(folder.path()), ["ewallet.p12.lck"], "a lock that was not got is not removed");
    assert!(!wallet.exists());
    drop(peer);
    Lock::acquire(&wallet, Afterwards::Keep, SHORT).unwrap();
}

#[test]
fn foreign_peer_cannot_lock_what_we_hold() {
    let folder = folder();
    let wallet = folder.path().join("ewallet.p12");
    let lock = Lock::acquire(&wallet, Afterwards::Keep, SHORT).unwrap();
    assert!(LockHolder::of(lock.path()).is_none());
    // Neither may a failed second attempt of this very process lose the lock.
    assert_eq!(code(Lock::acquire(&wallet, Afterwards::Keep, SHORT)), Code::STORE_LOCKED);
    assert!(LockHolder::of(lock.path()).is_none());
    let path = lock.path().to_path_buf();
    drop(lock);
    assert!(LockHolder::of(&path).is_some());
}

#[test]
fn waiting_ends_when_the_holder_lets_go() {
    let folder = folder();
    let wallet = folder.path().join("wallet.p12");
    let peer = LockHolder::of(&folder.path().join("wallet.p12.lck")).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| Lock::acquire(&wallet, Afterwards::Remove, LONG));
        thread::sleep(SHORT);
        assert!(!waiter.is_finished());
        drop(peer);
        drop(waiter.join().unwrap().unwrap());
    });
    assert!(names(folder.path()).is_empty());
}

#[test]
fn lock_file_stays_or_goes_as_asked() {
    let folder = folder();
    let path = folder.path().join("file");
    drop(Lock::acquire(&path, Afterwards::Remove, SHORT).unwrap());
    assert!(names(folder.path()).is_empty());
    let mut lock = Lock::acquire(&path, Afterwards::Remove, SHORT).unwrap();
    lock.keep_file();
    drop(lock);
    drop(Lock::acquire(&path, Afterwards::Keep, SHORT).unwrap());
    assert_eq!(names(folder.path()), ["file.lck"]);
    // A lock file with content is somebody's file.
    put(&folder.path().join("file.lck"), b"somebody's", 0o600);
    drop(Lock::acquire(&path, Afterwards::Remove, SHORT).unwrap());
    assert_eq!(fs::read(folder.path().join("file.lck")).unwrap(), b"somebody's");
}

#[test]
fn lock_file_that_root_makes_belongs_to_the_owner_of_the_wallet() {
    if !is_root() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    let folder = folder();
    let path = folder.path().join("ewallet.p12");
    put(&path, b"old", 0o600);
    std::os::unix::fs::chown(&path, Some(NOBODY), Some(12345)).unwrap();
    drop(Lock::acquire(&path, Afterwards::Keep, SHORT).unwrap());
    let metadata = fs::metadata(folder.path().join("ewallet.p12.lck")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, 12345));
}

#[test]
fn link_or_pipe_in_the_place_of_a_lock_file_is_refused() {
    let folder = folder();
    put(&folder.path().join("victim"), b"old", 0o600);
    symlink("victim", folder.path().join("a.lck")).unwrap();
    symlink("nowhere", folder.path().join("b.lck")).unwrap();
    for name in ["a", "b"] {
        let lock = Lock::acquire(&folder.path().join(name), Afterwards::Remove, SHORT);
        assert_eq!(code(lock), Code::LINK_REFUSED);
    }
    assert!(Command::new("mkfifo").arg(folder.path().join("c.lck")).status().unwrap().success());
    let lock = Lock::acquire(&folder.path().join("c"), Afterwards::Remove, SHORT);
    assert_eq!(code(lock), Code::NOT_A_FILE);
    assert_eq!(names(folder.path()), ["a.lck", "b.lck", "c.lck", "victim"]);
}

#[test]
fn threads_exclude_each_other_also_by_another_path_and_while_the_lock_file_comes_and_goes() {
    let folder = folder();
    let real = folder.path().join("real");
    fs::DirBuilder::new().mode(0o700).create(&real).unwrap();
    symlink("real", folder.path().join("alias")).unwrap();
    let inside = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 0..6 {
            let path = folder.path().join(["real", "alias"][worker % 2]).join("file");
            let (inside, done) = (&inside, &done);
            scope.spawn(move || {
                for _ in 0..25 {
                    let _lock = Lock::acquire(&path, Afterwards::Remove, LONG).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two inside");
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(done.into_inner(), 150);
    assert!(names(&real).is_empty());
}

#[test]
fn processes_exclude_each_other_while_the_lock_file_comes_and_goes() {
    // Each of the workers adds one to a counter, which loses counts when two do so at once.
    let folder = folder();
    let counter = folder.path().join("counter");
    put(&counter, b"0", 0o600);
    let mut workers: Vec<Child> = (0..4)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "counting_child"])
                .env("MWALLET_TEST_COUNTER", &counter)
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for worker in &mut workers {
        assert!(worker.wait().unwrap().success());
    }
    assert_eq!(fs::read_to_string(&counter).unwrap(), "2000");
    assert_eq!(names(folder.path()), ["counter"]);
}

/// Does nothing by itself; see `processes_exclude_each_other_while_the_lock_file_comes_and_goes`.
#[test]
fn counting_child() {
    let Some(path) = std::env::var_os("MWALLET_TEST_COUNTER") else { return };
    let path = Path::new(&path);
    for _ in 0..500 {
        let _lock = Lock::acquire(path, Afterwards::Remove, LONG).unwrap();
        let count: u32 = fs::read_to_string(path).unwrap().parse().unwrap();
        thread::yield_now();
        let mut file = fs::File::create(path).unwrap();
        write!(file, "{}", count + 1).unwrap();
    }
}
