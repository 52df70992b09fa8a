//! A save that is killed, or that the disk refuses, at any system call leaves the old wallet or
//! the new one, whole.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use support::authority::{Authority, CaKeys};
use support::job::PASSWORD;
use support::loudly;
use support::peers::{self, Peer};
use support::run::{Done, Mwallet, run};
use support::scratch::Scratch;

/// The calls of a save that touch the file system.
const CALLS: [&str; 20] = [
    "open",
    "openat",
    "write",
    "pwrite64",
    "read",
    "lseek",
    "ftruncate",
    "fsync",
    "fdatasync",
    "fcntl",
    "fchmod",
    "fchown",
    "fchmodat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
];

/// The auto-login file of the wallet directory.
const AUTO_LOGIN: &str = "w/cwallet.sso";

/// Most kills of one test, spread over the save.
const MOST: usize = 150;

/// An import into a wallet that openssl made.
struct Case<'a> {
    scratch: &'a Scratch,
    strace: Peer,
    openssl: Peer,
    /// What mwallet is given.
    wallet: &'static str,
    /// The file that is replaced.
    file: &'static str,
    old: Vec<u8>,
    /// The auto-login file beside it, where there is one.
    old_auto_login: Option<Vec<u8>>,
}

impl<'a> Case<'a> {
    fn new(scratch: &'a Scratch, wallet: &'static str, file: &'static str) -> Option<Self> {
        let (openssl, strace) = (peers::openssl()?, peers::strace()?);
        let ca = Authority::new(scratch, &openssl, "ca", CaKeys::Ec);
        ca.issue("first");
        ca.issue("second");
        ca.bundle(&["second.pem", "ca/intermediate.pem", "ca/root.pem"], "reply.pem");
        let path = scratch.at(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        scratch
            .run(
                &openssl,
                &format!(
                    "pkcs12 -export -in first.pem -inkey first.key -name first -out {file} \
                     -passout pass:{PASSWORD}"
                ),
            )
            .ok();
        let old = scratch.read(file);
        let old_auto_login = None;
        let case = Self { scratch, strace, openssl, wallet, file, old, old_auto_login };
        if !case.can_trace() {
            return None;
        }
        Some(case)
    }

    /// Containers often forbid ptrace; then strace is there and cannot work.
    fn can_trace(&self) -> bool {
        let works =
            self.scratch.run(&self.strace, "-o trace.log -f -e trace=openat true").succeeded();
        if !works {
            assert!(!peers::required(), "strace is required and may not trace here");
            loudly("SKIPPED: strace may not trace here");
        }
        works
    }

    fn import(&self) -> Mwallet {
        self.scratch
            .mwallet(&format!("import-user {} reply.pem", self.wallet))
            .args("--key second.key --alias second --trust-root")
            .password(PASSWORD)
    }

    fn restore(&self) {
        self.scratch.write(self.file, &self.old);
        if let Some(old) = &self.old_auto_login {
            self.scratch.write(AUTO_LOGIN, old);
        }
    }

    /// The same wallet with an auto-login file.
    fn with_auto_login(mut self) -> Self {
        let line = format!("autologin on {}", self.wallet);
        self.scratch.mwallet(&line).password(PASSWORD).ok();
        self.old = self.scratch.read(self.file);
        self.old_auto_login = Some(self.scratch.read(AUTO_LOGIN));
        self
    }

    /// Whether the auto-login file is a new one. It opens, is never newer than the other file, and
    /// where it is older, who has the password is told.
    #[track_caller]
    fn auto_login_is_new(&self, main_is_new: bool, when: &str) -> bool {
        let Some(old) = &self.old_auto_login else { return main_is_new };
        let is_new = self.scratch.read(AUTO_LOGIN) != *old;
        assert!(main_is_new || !is_new, "{when}: the auto-login file is ahead");
        let list = self.scratch.mwallet(&format!("list {}", self.wallet)).json();
        assert_eq!(list.to_string().contains("second"), is_new, "{when}: {list:#}");
        let list = self.scratch.mwallet(&format!("list {}", self.wallet)).password(PASSWORD).json();
        let told = list["warnings"].to_string().contains("auto-login-out-of-step");
        assert_eq!(told, main_is_new != is_new, "{when}: {list:#}");
        is_new
    }

    fn traced(&self, options: &[&str]) -> Done {
        let mut prefix: Vec<&OsStr> = vec![self.strace.path().as_os_str()];
        prefix.extend(["-f", "-qq", "-o", "trace.log"].map(OsStr::new));
        prefix.extend(options.iter().map(OsStr::new));
        run(&mut self.import().command_under(&prefix), b"")
    }

    /// The calls from the lock to the end: name and number, as strace counts them.
    fn calls_of_the_save(&self) -> Vec<(String, usize)> {
        self.restore();
        // Not every machine has every call; a question mark lets strace pass over those.
        let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
        self.traced(&["-e", &format!("trace={}", calls.join(","))]).ok();
        let log = self.scratch.text("trace.log");
        // strace counts for each thread; the save happens in the one that takes the lock.
        let mut saver = None;
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut found = Vec::new();
        for line in log.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
            if !CALLS.contains(&call) {
                continue;
            }
            let count = counts.entry((thread.to_owned(), call.to_owned())).or_default();
            *count += 1;
            if saver.is_none() && rest.contains("F_SETLK") {
                saver = Some(thread.to_owned());
            }
            if saver.as_deref() == Some(thread) {
                found.push((call.to_owned(), *count));
            }
        }
        assert!(saver.is_some(), "no lock was taken:\n{log}");
        assert!(
            found.iter().any(|(call, _)| call.starts_with("rename")),
            "no rename:\n{log}\n{found:?}"
        );
        assert!(found.iter().any(|(call, _)| call == "fsync"), "no fsync:\n{log}");
        found
    }

    /// The file is the old one, byte for byte, or opens as the new one; whether it is new.
    #[track_caller]
    fn old_or_new(&self, when: &str) -> bool {
        let now = self.scratch.read(self.file);
        if now == self.old {
            return false;
        }
        let list = self.scratch.mwallet(&format!("list {}", self.wallet)).password(PASSWORD).json();
        let text = list.to_string();
        assert!(text.contains("first") && text.contains("second"), "{when}: {list:#}");
        let line = format!("pkcs12 -in {} -nodes -passin pass:{PASSWORD}", self.file);
        let dump = self.scratch.run(&self.openssl, &line).ok().out();
        assert_eq!(dump.matches("BEGIN PRIVATE KEY").count(), 2, "{when}: {dump}");
        true
    }

    /// Files beside the wallet that a killed save left.
    fn remove_leftovers(&self) -> usize {
        let folder = self.scratch.at(self.file);
        let folder = folder.parent().unwrap();
        let mine = [
            "ewallet.p12",
            "ewallet.p12.lck",
            "cwallet.sso",
            "cwallet.sso.lck",
            "store.p12",
            "store.p12.lck",
        ];
        let mut count = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let name = entry.as_ref().unwrap().file_name();
            let name = name.to_str().unwrap();
            let of_the_test = name.starts_with("first")
                || name.starts_with("second")
                || ["ca", "reply.pem", "trace.log"].contains(&name);
            if !mine.contains(&name) && !of_the_test {
                fs::remove_file(entry.unwrap().path()).unwrap();
                count += 1;
            }
        }
        count
    }

    fn killed_everywhere(&self) {
        let calls = self.calls_of_the_save();
        let step = calls.len().div_ceil(MOST);
        let (mut old, mut new, mut leftovers, mut between) = (0, 0, 0, 0);
        for (call, number) in calls.iter().step_by(step) {
            self.restore();
            let when = format!("killed at {call} number {number}");
            let inject = format!("inject={call}:signal=SIGKILL:when={number}");
            let done = self.traced(&["-e", &format!("trace={call}"), "-e", &inject]);
            let killed = done.status.signal() == Some(9) || done.status.code() == Some(137);
            assert!(killed || done.succeeded(), "{when}:\n{}", done.story());
            let is_new = self.old_or_new(&when);
            if is_new {
                new += 1;
            } else {
                old += 1;
            }
            if self.auto_login_is_new(is_new, &when) != is_new {
                between += 1;
                let line = format!("rename {} second renamed", self.wallet);
                self.scratch.mwallet(&line).password(PASSWORD).ok();
                let list = self.scratch.mwallet(&format!("list {}", self.wallet)).json();
                assert!(list.to_string().contains("renamed"), "{when}: not mended: {list:#}");
            }
            leftovers += self.remove_leftovers();
        }
        loudly(&format!(
            "{}: {} kills in {} calls of the save: {old} old, {new} new, {between} of them between \
             the two files, {leftovers} temporary files left behind",
            self.wallet,
            old + new,
            calls.len()
        ));
        assert!(old > 0 && new > 0, "the kills hit only one side of the rename");
        assert_eq!(between > 0, self.old_auto_login.is_some(), "no kill between the two renames");

        // After all of that the next import works.
        self.restore();
        self.import().ok();
        assert!(self.old_or_new("at last"));
    }
}

#[test]
fn killed_import_leaves_the_old_or_the_new_wallet_directory() {
    let scratch = Scratch::new();
    let Some(case) = Case::new(&scratch, "w", "w/ewallet.p12") else { return };
    case.killed_everywhere();
}

#[test]
fn killed_import_leaves_an_auto_login_file_that_opens_and_is_not_ahead() {
    let scratch = Scratch::new();
    let Some(case) = Case::new(&scratch, "w", "w/ewallet.p12") else { return };
    case.with_auto_login().killed_everywhere();
}

#[test]
fn killed_import_leaves_the_old_or_the_new_store_file() {
    let scratch = Scratch::new();
    let Some(case) = Case::new(&scratch, "store.p12", "store.p12") else { return };
    case.killed_everywhere();
}

#[test]
fn temporary_file_of_a_killed_save_is_not_taken_for_a_wallet() {
    let scratch = Scratch::new();
    let Some(case) = Case::new(&scratch, "w", "w/ewallet.p12") else { return };
    let rename =
        case.calls_of_the_save().into_iter().find(|(call, _)| call.starts_with("rename")).unwrap();
    case.restore();
    let inject = format!("inject={}:signal=SIGKILL:when={}", rename.0, rename.1);
    // The signal arrives with the call, which may or may not have been done: fail it as well.
    case.traced(&["-e", &format!("trace={}", rename.0), "-e", &format!("{inject}:error=EIO")]);
    assert!(!case.old_or_new("killed at the rename"));
    let before = scratch.picture("w");
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert!(!list.to_string().contains("second"), "{list:#}");
    scratch.assert_unchanged("w", &before);
    // Alone with the temporary file, the folder is no wallet.
    fs::remove_file(scratch.at("w/ewallet.p12")).unwrap();
    scratch.mwallet("list w").password(PASSWORD).fails(5, "wallet-not-found");
}

#[test]
fn disk_that_refuses_leaves_the_old_file_and_says_why() {
    let scratch = Scratch::new();
    let Some(case) = Case::new(&scratch, "w", "w/ewallet.p12") else { return };
    let calls = case.calls_of_the_save();
    for (error, code) in [("ENOSPC", "no-space"), ("EDQUOT", "no-space"), ("EIO", "io-failed")] {
        let (call, number) = calls
            .iter()
            .find(|(call, _)| call == "write" || call == "pwrite64")
            .expect("a save writes");
        for (call, number) in [(call.as_str(), *number), ("fsync", 1)] {
            case.restore();
            let inject = format!("inject={call}:error={error}:when={number}");
            let done = case.traced(&["-e", &format!("trace={call}"), "-e", &inject]);
            assert_eq!(done.status.code(), Some(1), "{error} in {call}:\n{}", done.story());
            assert!(done.err().contains(code), "{error} in {call}:\n{}", done.story());
            assert!(done.err().contains("ewallet.p12"), "no path in\n{}", done.story());
            assert_eq!(scratch.read("w/ewallet.p12"), case.old, "{error} in {call}");
            assert_eq!(case.remove_leftovers(), 0, "{error} in {call}: a temporary file stays");
        }
    }
}
