//! R2: a save that the disk refuses at any call fails, keeps the old files, and cleans up.

use crate::save::{Call, Save, Target};
use crate::support::job::PASSWORD;
use crate::support::run::run;
use crate::support::scratch::Scratch;
use crate::support::{loudly, peers};
use std::collections::BTreeMap;
use std::ffi::OsStr;

/// What a file system says when it is full, broken, over quota, read-only, or somebody else's.
const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES"];

/// The calls that change something on disk, or open what does.
const CALLS: [&str; 12] = [
    "open",
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "fchmod",
    "mkdir",
    "mkdirat",
];

/// Whether a call that fails has to fail the save: what is opened to be read outside of the wallet, such as
/// the time zone or the number of processors, has not.
fn matters(target: Target, call: &Call) -> bool {
    let is_ours = ["O_CREAT", "\"w", "./w"].iter().any(|part| call.text.contains(part));
    let reads = call.name.starts_with("open") && !is_ours;
    // Who takes an auto-login file away need not be able to read it.
    let reads_what_goes =
        target == Target::AutoLoginOff && call.text.contains("cwallet.sso\", O_RDONLY");
    // A folder is listed, and not flushed, to remove what a killed save has left: that does no harm.
    let lists = call.text.contains("O_NONBLOCK|O_CLOEXEC|O_DIRECTORY");
    CALLS.contains(&call.name.as_str()) && !call.tells && !reads && !reads_what_goes && !lists
}

/// Refuses the calls one after the other with each error; the number of refusals.
fn refused_everywhere(save: &Save) -> usize {
    let calls: Vec<Call> =
        save.calls().into_iter().filter(|call| matters(save.target, call)).collect();
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let mut refusals = 0;
    let creates = |call: &Call| call.name.starts_with("open") && call.text.contains("/.mwallet-");
    assert!(calls.iter().any(creates), "the making of a temporary file is not refused: {calls:#?}");
    for call in &calls {
        for error in ERRORS {
            save.restore();
            let when =
                format!("{:?}: {error} at {} number {}", save.target, call.name, call.number);
            let inject = format!("inject={}:error={error}:when={}", call.name, call.number);
            let done = save.traced(&["-e", &format!("trace={}", call.name), "-e", &inject]);
            assert!(!done.succeeded(), "{when} goes unseen ({}):\n{}", call.text, done.story());
            let done = done.failed();
            assert!(save.is_untouched(), "{when}: {:?}\n{}", save.leftovers(), done.story());
            let code = done.err().split(['(', ')']).nth(1).unwrap_or_default().to_owned();
            *codes.entry(code).or_default() += 1;
            refusals += 1;
        }
    }
    loudly(&format!(
        "R2: {:?}: {refusals} refusals of {} calls: {codes:?}",
        save.target,
        calls.len()
    ));
    assert!(calls.len() >= 4, "only {} calls: {calls:?}", calls.len());
    refusals
}

fn quick(target: Target) {
    let Some(save) = Save::new(target) else { return };
    refused_everywhere(&save);
}

#[test]
fn failing_disk_leaves_the_old_pkcs12_file() {
    quick(Target::Pkcs12);
}

#[test]
fn failing_disk_leaves_the_old_jks_file() {
    quick(Target::Jks);
}

#[test]
fn failing_disk_leaves_the_old_wallet_directory_with_its_auto_login_file() {
    quick(Target::AutoLogin);
}

#[test]
fn failing_disk_leaves_the_auto_login_file_that_should_go() {
    quick(Target::AutoLoginOff);
}

#[test]
fn failing_disk_leaves_the_old_pem_file() {
    quick(Target::Pem);
}

#[test]
fn failing_disk_leaves_the_old_folder_of_pem_files() {
    quick(Target::PemFolder);
}

#[test]
fn failing_disk_leaves_the_old_folder_that_was_to_stay() {
    quick(Target::KeptFolder);
}

#[test]
fn failing_disk_leaves_neither_a_key_nor_its_request() {
    quick(Target::Request);
}

#[test]
fn every_error_of_the_system_is_told_with_its_code_and_path() {
    let Some(save) = Save::new(Target::Directory) else { return };
    let calls = save.calls();
    let write = calls.iter().find(|call| call.name == "write" && !call.tells).unwrap();
    for (error, code) in [
        ("ENOSPC", "no-space"),
        ("EDQUOT", "no-space"),
        ("EIO", "io-failed"),
        ("EROFS", "permission-denied"),
        ("EACCES", "permission-denied"),
    ] {
        save.restore();
        let inject = format!("inject=write:error={error}:when={}", write.number);
        let done = save.traced(&["-e", "trace=write", "-e", &inject]);
        assert_eq!(done.status.code(), Some(1), "{error}:\n{}", done.story());
        assert!(done.err().contains(code), "{error}:\n{}", done.story());
        assert!(done.err().contains("ewallet.p12"), "no path in\n{}", done.story());
        assert!(save.is_untouched(), "{error}");
    }
}

#[test]
fn old_file_that_cannot_be_removed_is_told() {
    let Some(save) = Save::new(Target::Pkcs12) else { return };
    save.restore();
    let done = save.traced(&["-e", "trace=unlink,unlinkat", "-e", "inject=unlink:error=EIO"]).ok();
    assert!(save.is_new("though the old one stays"));
    let left: Vec<String> =
        save.leftovers().into_iter().filter(|name| name.contains(".mwallet-")).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(done.err().contains("(kept-aside)") && done.err().contains(&left[0]), "{}", done.err());
}

/// A file system without `renameat2`, on which the second file of a new wallet cannot take its place.
#[test]
fn new_file_is_taken_back_where_the_next_one_fails() {
    let Some(strace) = peers::strace() else { return };
    let scratch = Scratch::new();
    scratch.folder("w");
    let options =
        "-f -qq -o trace.log -e trace=renameat2,link,linkat -e inject=renameat2:error=EINVAL";
    let create = |further: &str| {
        let mut prefix = vec![strace.path().as_os_str()];
        prefix.extend(options.split(' ').chain(further.split_whitespace()).map(OsStr::new));
        let create = scratch.mwallet("create w --auto-login").password(PASSWORD);
        run(&mut create.command_under(&prefix), b"")
    };
    let done = create("-e inject=link,linkat:error=EIO:when=2").failed();
    assert!(done.err().contains("cwallet.sso"), "{}", done.story());
    assert!(!scratch.exists("w/ewallet.p12"), "the first file stays:\n{}", done.story());
    create("").ok();
    assert!(scratch.exists("w/ewallet.p12") && scratch.exists("w/cwallet.sso"));
}

#[test]
fn file_whose_mode_cannot_be_set_is_not_left_behind() {
    let Some(strace) = peers::strace() else { return };
    let scratch = Scratch::new();
    let description = "version = 1\nout = \"out\"\npassword = \"changeit1\"\n[ca.root]\n";
    scratch.write("pki.toml", description);
    // Of a file that everybody may read this umask takes a part, which has to be given back.
    let script = "umask 077; exec \"$0\" \"$@\"";
    let under = |options: &str| {
        let mut prefix = vec![OsStr::new("sh"), OsStr::new("-c"), OsStr::new(script)];
        prefix.push(strace.path().as_os_str());
        prefix.extend(options.split(' ').map(OsStr::new));
        run(&mut scratch.mwallet("pki build").command_under(&prefix), b"")
    };
    // The first of these calls is for the lock file.
    let refusing = "-f -qq -o trace.log -e trace=fchmod -e inject=fchmod:error=EIO:when=2+";
    let done = under(refusing).failed();
    assert!(done.err().contains("root/cert.pem"), "{}", done.story());
    assert!(done.err().contains("io-failed"), "{}", done.story());
    let left: Vec<_> = scratch.picture(".").into_keys().collect();
    assert_eq!(left.len(), 3, "besides the folder, pki.toml and trace.log: {left:?}");
    under("-f -qq -o trace.log -e trace=fchmod").ok();
    assert_eq!(scratch.mode("out/root/cert.pem"), 0o644);
    assert_eq!(scratch.mode("out/root/key.pem"), 0o600);
}

/// Every error at every call of every kind of save.
pub(crate) fn long() -> String {
    let mut refusals = 0;
    for target in Target::ALL {
        let save = Save::new(target).expect("the long form needs strace and openssl");
        refusals += refused_everywhere(&save);
    }
    format!("{refusals} refused calls: each exit not 0, the old bytes, no temporary file")
}

/// What `ulimit -f` makes of a file that gets too long is a signal, which ends who does not catch it.
#[test]
fn limit_on_the_length_of_files_is_an_error() {
    let scratch = Scratch::new();
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    let key = "csr w --dn CN=a --key rsa:4096 --self-signed";
    let before = ["ewallet.p12", "cwallet.sso"].map(|file| scratch.read(&format!("w/{file}")));
    let limit = ["sh", "-c", "ulimit -f 1; exec \"$@\"", "sh"].map(OsStr::new);
    let call = scratch.mwallet(key).password(PASSWORD);
    let done = run(&mut call.command_under(&limit), b"").failed();
    assert!(
        done.err().contains("too large") && done.err().contains("(io-failed)"),
        "{}",
        done.story()
    );
    assert_eq!(
        ["ewallet.p12", "cwallet.sso"].map(|file| scratch.read(&format!("w/{file}"))),
        before
    );
    assert_eq!(std::fs::read_dir(scratch.at("w")).unwrap().count(), 4, "two files and their locks");
}
