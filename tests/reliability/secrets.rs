//! R8: passwords and private keys are seen nowhere but where they belong. Canaries stand for them.

use crate::permissions::{NOBODY, as_user_command, is_root};
use crate::support::lock_holder::LockHolder;
use crate::support::loudly;
use crate::support::peers::{self, Peer};
use crate::support::run::{Done, Mwallet, run};
use crate::support::scratch::Scratch;
use base64ct::{Base64, Encoding as _};
use mwallet::codec::Opening;
use mwallet::model::entry::Entry;
use mwallet::model::key::KeyMaterial;
use mwallet::secret::Password;
use mwallet::store::Store;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The password of the wallet, and one that it gets.
const OLD: &str = "canary-Old-4711";
const NEW: &str = "canary-New-0815";

/// The password of what is written.
const OUT: &str = "canary-Out-1234";

/// What is kept in the secret store.
const VALUE: &str = "canary-Value-99";

/// What must not be seen, and how it would look.
struct Canaries {
    texts: Vec<(&'static str, String)>,
    /// The private number of the key.
    key: Vec<u8>,
}

impl Canaries {
    fn new(scratch: &Scratch, openssl: &Peer) -> Self {
        let text = scratch.run(openssl, "pkey -in secret.key -text -noout").ok().out();
        let hex: String = text
            .split_once("priv:")
            .and_then(|(_, rest)| rest.split_once("pub:"))
            .map(|(number, _)| number.chars().filter(char::is_ascii_hexdigit).collect())
            .unwrap();
        let key: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        assert_eq!(key.len(), 32, "the number is shown as it is");
        let colons: Vec<&str> =
            hex.as_bytes().chunks(2).map(|c| str::from_utf8(c).unwrap()).collect();
        let mut texts = vec![
            ("the old password", OLD.to_owned()),
            ("the new password", NEW.to_owned()),
            ("the password of an output", OUT.to_owned()),
            ("the secret value", VALUE.to_owned()),
            ("the key in hex", hex[..24].to_owned()),
            ("the key in hex with colons", colons[..8].join(":")),
            (
                "the key as a list of numbers",
                format!("{}, {}, {}, {}", key[0], key[1], key[2], key[3]),
            ),
        ];
        // In base64 a byte begins at one of three places.
        for skip in 0..3 {
            texts.push(("the key in base64", Base64::encode_string(&key[skip..skip + 15])));
        }
        for (_, text) in texts.clone() {
            texts.push(("a secret in base64", Base64::encode_string(text.as_bytes())));
        }
        Self { texts, key }
    }

    /// What is seen in the bytes.
    fn seen_in(&self, bytes: &[u8]) -> Option<&'static str> {
        // Base64 comes in lines.
        let text = String::from_utf8_lossy(bytes).replace(['\r', '\n'], "");
        let holds = |part: &str| text.contains(part) || text.contains(&part.to_ascii_uppercase());
        let found = self.texts.iter().find(|(_, text)| holds(text)).map(|(what, _)| *what);
        let key = bytes.windows(self.key.len()).any(|window| window == self.key);
        found.or(key.then_some("the bytes of the key"))
    }
}

/// A wallet directory with a key that openssl made, a secret, and an auto-login file.
fn wallet(scratch: &Scratch, openssl: &Peer) {
    let line = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out secret.key";
    scratch.run(openssl, line).ok();
    let line = "req -x509 -new -key secret.key -subj /CN=app -days 300 -out app.pem";
    scratch.run(openssl, line).ok();
    scratch.mwallet("create w --auto-login").password(OLD).ok();
    scratch
        .mwallet("import-user w app.pem --key secret.key --alias app --trust-root")
        .password(OLD)
        .ok();
    let list = scratch.mwallet("list w").password(OLD).json();
    let kinds: Vec<&str> =
        list["entries"].as_array().unwrap().iter().filter_map(|e| e["kind"].as_str()).collect();
    assert!(kinds.contains(&"private-key"), "no key to look for: {list:#}");
    scratch.mwallet("secret set w a.b.c").password(OLD).value(VALUE).ok();
}

/// Every verb, in success and in failure, as it reports, in JSON and at length.
fn everything(scratch: &Scratch) -> Vec<Done> {
    fs::write(scratch.at("damaged.p12"), &scratch.read("w/ewallet.p12")[..300]).unwrap();
    let with = |line: &str, password: &str| scratch.mwallet(line).password(password);
    let mut commands: Vec<Mwallet> = Vec::new();
    for line in [
        "list w",
        "show w",
        "show w app",
        "inspect w/ewallet.p12",
        "check w",
        "chain app.pem",
        "match secret.key app.pem",
        "diff w app.pem",
        "expiry w",
        "secret list w",
        "list damaged.p12",
        "inspect damaged.p12",
        "show w nothing",
        "rename w app app2 --dry-run",
        "remove w nothing",
        "add-trusted w secret.key",
        "import-user w secret.key",
        "snippet nginx w",
        "csr w --dn CN=x --alias app --out x.csr",
        "autologin off w --dry-run",
        "list secret.key",
        "check secret.key",
    ] {
        commands.push(with(line, OLD));
        commands.push(with(line, "canary-Wrong-1"));
    }
    for target in ["out.p12", "out.jks", "out.pem", "no-such-folder/out.p12", "out.cer"] {
        commands.push(with(&format!("convert w {target}"), OLD).out_password(OUT));
        commands.push(with(&format!("export w --to p12 --out e-{target}"), OLD).out_password(OUT));
    }
    commands.push(with("passwd w", "canary-Wrong-2").new_password(NEW));
    commands.push(with("passwd w", OLD).new_password(NEW));
    commands.push(with("secret set w a.b.c", NEW).value(VALUE));
    commands.push(with("passwd w", NEW).new_password(OLD));
    let mut done: Vec<Done> = commands.iter().map(Mwallet::run).collect();
    done.extend(commands.into_iter().map(|command| command.args("--json --verbose").run()));
    done
}

#[test]
fn no_report_message_or_file_shows_a_secret() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    wallet(&scratch, &openssl);
    let canaries = Canaries::new(&scratch, &openssl);
    assert!(canaries.seen_in(VALUE.as_bytes()).is_some(), "the search finds nothing");
    assert!(canaries.seen_in(&scratch.read("secret.key")).is_some(), "the key is not found in PEM");
    let got = scratch.mwallet("secret get w a.b.c").password(OLD).ok();
    assert!(canaries.seen_in(&got.stdout).is_some(), "the value is not there to be seen");
    let all = everything(&scratch);
    let mut complaints = String::new();
    for done in &all {
        for stream in [&done.stdout, &done.stderr] {
            if let Some(what) = canaries.seen_in(stream) {
                writeln!(complaints, "{what} in {}", done.story()).unwrap();
            }
        }
        assert_ne!(done.status.code(), Some(101), "it panicked: {}", done.story());
    }
    // The key that was given; nothing else on disk holds a secret in the clear.
    for (path, (_, content)) in scratch.picture("") {
        if !path.ends_with("secret.key") && canaries.seen_in(&content).is_some() {
            writeln!(complaints, "{} holds a secret", path.display()).unwrap();
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
    let succeeded = all.iter().filter(|done| done.succeeded()).count();
    assert!(succeeded > 30 && all.len() - succeeded > 30, "{succeeded} of {}", all.len());
    loudly(&format!("R8: {} reports and messages without a secret", all.len()));
}

#[test]
fn debug_output_of_what_holds_secrets_shows_none() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    wallet(&scratch, &openssl);
    let canaries = Canaries::new(&scratch, &openssl);
    let password = Password::from(OLD);
    let opening = Opening::with(Some(&password));
    let store = Store::read(&scratch.at("w"), &opening).unwrap();
    let keys: Vec<_> = store.wallet.entries().iter().filter_map(Entry::key).collect();
    assert!(matches!(keys[..], [KeyMaterial::Open(_)]), "there is no open key to be shown");
    for text in [format!("{store:?}"), format!("{:#?}", store.wallet), format!("{opening:?}")] {
        assert_eq!(canaries.seen_in(text.as_bytes()), None);
        assert!(text.contains("redacted"), "nothing was kept back");
    }
}

/// Holds the lock of the wallet, so that mwallet waits with its password in memory.
fn holder(scratch: &Scratch) -> LockHolder {
    LockHolder::of(&scratch.at("w/ewallet.p12.lck")).unwrap()
}

/// Starts a command and waits until the kernel says that it may not dump core.
#[track_caller]
fn waiting(command: &mut Command) -> Child {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begin = Instant::now();
    loop {
        // The child is not waited for before it is killed, so its folder is there.
        let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size"));
        let numbers = core.map(|line| line.split_whitespace().rev().skip(1).take(2).collect());
        if numbers == Some(vec!["0", "0"]) {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        assert!(begin.elapsed() < Duration::from_secs(60), "it may dump core: {limits}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn running_process_shows_no_password_and_dumps_no_core() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    wallet(&scratch, &openssl);
    let canaries = Canaries::new(&scratch, &openssl);
    scratch.write("password", OLD);
    scratch.set_mode("password", 0o600);
    let _holder = holder(&scratch);
    let line = "rename w app other --lock-timeout 100 --password-file password";
    let rename = scratch.mwallet(line);
    // The shell allows core dumps of any size, and the program takes that back.
    let shell =
        ["bash", "-c", "ulimit -c unlimited; exec \"$@\"", "bash"].map(std::ffi::OsStr::new);
    let mut child = waiting(&mut rename.command_under(&shell));
    let shown = |file: &str| fs::read(format!("/proc/{}/{file}", child.id()));
    let cmdline = shown("cmdline").unwrap();
    assert!(String::from_utf8_lossy(&cmdline).contains("rename"), "not its command line");
    assert_eq!(canaries.seen_in(&cmdline), None, "cmdline");
    // Root may read it and has to find nothing there; nobody else may.
    match shown("environ") {
        Ok(environ) => {
            assert!(is_root(&scratch) && !environ.is_empty());
            assert_eq!(canaries.seen_in(&environ), None, "environ");
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::PermissionDenied),
    }
    // Of this process alone: those of other tests have the same password in their environment.
    let id = child.id().to_string();
    let listed = run(Command::new("ps").args(["eww", "-o", "pid,args", "-p", &id]), b"").ok();
    assert!(listed.out().contains("rename"), "{}", listed.story());
    assert_eq!(canaries.seen_in(&listed.stdout), None, "ps");
    run(Command::new("kill").args(["-ABRT", &id]), b"").ok();
    let status = child.wait().unwrap();
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    let names: Vec<_> = scratch.picture("").into_keys().collect();
    assert!(!names.iter().any(|path| path.to_str().unwrap().contains("core")), "{names:?}");
}

#[test]
fn another_process_of_the_same_user_reads_neither_environment_nor_memory() {
    let scratch = Scratch::new();
    if !is_root(&scratch) {
        return;
    }
    scratch.mwallet("create w").password(OLD).ok();
    for file in ["w", "w/ewallet.p12", "w/ewallet.p12.lck"] {
        std::os::unix::fs::chown(scratch.at(file), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let _holder = holder(&scratch);
    let rename = scratch.mwallet("rename w app other --lock-timeout 100").password(OLD);
    let mut child = waiting(&mut as_user_command(&scratch, NOBODY, &rename));
    let read = |id: u32, file: &str| {
        let line =
            format!("--reuid={NOBODY} --regid={NOBODY} --clear-groups cat /proc/{id}/{file}");
        run(Command::new("setpriv").args(line.split(' ')), b"")
    };
    for file in ["environ", "maps", "mem"] {
        let done = read(child.id(), file).failed().says("Permission denied");
        assert!(done.stdout.is_empty(), "{}", done.story());
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Of other processes it can.
    let line = format!("--reuid={NOBODY} --regid={NOBODY} --clear-groups sleep 60");
    let mut other = Command::new("setpriv").args(line.split(' ')).spawn().unwrap();
    let begin = Instant::now();
    while !["environ", "maps"].iter().all(|file| read(other.id(), file).succeeded()) {
        assert!(begin.elapsed() < Duration::from_secs(20), "nobody can read anything here");
    }
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn files_that_the_shell_offers_are_read_all_the_same() {
    let scratch = Scratch::new();
    if !is_root(&scratch) {
        return;
    }
    scratch.mwallet("create w.p12").password("not-a-canary-1").ok();
    std::os::unix::fs::chown(scratch.at("w.p12"), Some(NOBODY), Some(NOBODY)).unwrap();
    let list = scratch.mwallet("list w.p12 --password-file");
    drop(as_user_command(&scratch, NOBODY, &list));
    let script = format!(
        "setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups bash -c \
         './mwallet list w.p12 --password-file <(printf %s not-a-canary-1)'"
    );
    run(Command::new("bash").args(["-c", &script]).current_dir(scratch.path()), b"").ok();
}
