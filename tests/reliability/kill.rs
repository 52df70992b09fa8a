//! R1: a save that is killed at any system call leaves the old wallet or the new one, whole.

use crate::save::{Save, Target};
use crate::support::job::PASSWORD;
use crate::support::loudly;
use crate::support::scratch::Scratch;
use crate::writers::certificates;
use serde_json::Value;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// What the kills of one save left.
#[derive(Debug, Default)]
struct Tally {
    old: usize,
    new: usize,
    /// Runs that ended before the call came that they were to be killed at.
    not_killed: usize,
    /// Of these, where the first of two files is new and the second old, or not there.
    between: usize,
    leftovers: usize,
}

fn killed_everywhere(save: &Save) -> Tally {
    let mut tally = Tally::default();
    for call in save.calls() {
        save.restore();
        let when = format!("{:?} killed at {} number {}", save.target, call.name, call.number);
        let inject = format!("inject={}:signal=SIGKILL:when={}", call.name, call.number);
        let done = save.traced(&["-e", &format!("trace={}", call.name), "-e", &inject]);
        let killed = done.status.signal() == Some(9) || done.status.code() == Some(137);
        assert!(killed || done.succeeded(), "{when}:\n{}", done.story());
        let is_new = save.is_new(&when);
        if !killed {
            assert!(is_new, "{when}: it reports success, and the old file is there");
            tally.not_killed += 1;
            continue;
        }
        tally.old += usize::from(!is_new);
        tally.new += usize::from(is_new);
        if save.target == Target::AutoLogin && auto_login_is_behind(save, is_new, &when) {
            tally.between += 1;
            save.scratch.mwallet("rename w second renamed").password(PASSWORD).ok();
            let list = save.list(false).to_string();
            assert!(list.contains("renamed"), "{when}: not mended: {list}");
        }
        if save.target == Target::Request {
            let has_request = save.has_request(&when);
            assert!(is_new || !has_request, "{when}: a request without its key");
            tally.between += usize::from(is_new && !has_request);
        }
        tally.leftovers += usize::from(!save.leftovers().is_empty());
    }
    assert!(tally.old > 0 && tally.new > 0, "the kills hit only one side: {tally:?}");
    // A thread may make a call more or less than when the calls were counted.
    let kills = tally.old + tally.new;
    assert!(kills >= 10 && tally.not_killed * 10 <= kills, "most has to be killed: {tally:?}");
    let has_two = matches!(save.target, Target::AutoLogin | Target::Request);
    assert_eq!(tally.between > 0, has_two, "no kill between the two files: {tally:?}");
    // After all of that the next save works.
    save.restore();
    save.command().ok();
    assert!(save.is_new("at last"));
    assert!(save.leftovers().is_empty(), "{:?}", save.leftovers());
    tally
}

/// The auto-login file opens, is never newer than the other file, and where it is older, who has the
/// password is told.
#[track_caller]
fn auto_login_is_behind(save: &Save, main_is_new: bool, when: &str) -> bool {
    let is_new = save.auto_login_is_new();
    assert!(main_is_new || !is_new, "{when}: the auto-login file is ahead");
    let list = save.list(false);
    assert_eq!(list.to_string().contains("second"), is_new, "{when}: {list:#}");
    let list = save.list(true);
    let told = list["warnings"].to_string().contains("auto-login-out-of-step");
    assert_eq!(told, main_is_new != is_new, "{when}: {list:#}");
    main_is_new != is_new
}

fn quick(target: Target) {
    let Some(save) = Save::new(target) else { return };
    let Tally { old, new, between, leftovers, not_killed } = killed_everywhere(&save);
    loudly(&format!(
        "R1: {target:?}: {} kills: {old} old, {new} new, {between} of them between the two files, {leftovers} \
         with a temporary file left behind; {not_killed} ended before",
        old + new
    ));
}

#[test]
fn killed_save_leaves_the_old_or_the_new_pkcs12_file() {
    quick(Target::Pkcs12);
}

#[test]
fn killed_save_leaves_the_old_or_the_new_jks_file() {
    quick(Target::Jks);
}

#[test]
fn killed_save_leaves_the_old_or_the_new_wallet_directory() {
    quick(Target::Directory);
}

#[test]
fn killed_save_leaves_an_auto_login_file_that_opens_and_is_not_ahead() {
    quick(Target::AutoLogin);
}

#[test]
fn killed_removal_leaves_the_auto_login_file_or_none() {
    quick(Target::AutoLoginOff);
}

#[test]
fn killed_conversion_leaves_the_old_or_the_new_pem_file() {
    quick(Target::Pem);
}

#[test]
fn killed_conversion_leaves_the_old_or_the_new_folder_of_pem_files() {
    quick(Target::PemFolder);
}

#[test]
fn killed_conversion_loses_no_folder_that_was_to_stay() {
    quick(Target::KeptFolder);
}

#[test]
fn killed_making_of_a_request_leaves_none_without_its_key() {
    quick(Target::Request);
}

#[test]
fn temporary_file_of_a_killed_save_is_not_taken_for_a_wallet() {
    let Some(save) = Save::new(Target::Directory) else { return };
    let rename = save.calls().into_iter().find(|call| call.name.starts_with("rename")).unwrap();
    save.restore();
    let inject = format!("inject={}:signal=SIGKILL:when={}", rename.name, rename.number);
    // The signal arrives with the call, which may or may not have been done: fail it as well.
    save.traced(&["-e", &format!("trace={}", rename.name), "-e", &format!("{inject}:error=EIO")]);
    assert!(!save.is_new("killed at the rename"));
    assert!(!save.leftovers().is_empty(), "no temporary file");
    let before = save.scratch.picture("w");
    let list = save.list(true);
    assert!(!list.to_string().contains("second"), "{list:#}");
    save.scratch.assert_unchanged("w", &before);
    // Alone with the temporary file, the folder is no wallet.
    fs::remove_file(save.scratch.at("w/ewallet.p12")).unwrap();
    save.scratch.mwallet("list w").password(PASSWORD).fails(5, "wallet-not-found");
}

#[test]
fn next_save_removes_what_a_killed_one_has_left() {
    for target in [Target::Pkcs12, Target::AutoLogin] {
        let Some(save) = Save::new(target) else { return };
        let rename = save.calls().into_iter().find(|call| call.name.starts_with("rename")).unwrap();
        save.restore();
        let inject =
            format!("inject={}:signal=SIGKILL:error=EIO:when={}", rename.name, rename.number);
        save.traced(&["-e", &format!("trace={}", rename.name), "-e", &inject]);
        assert!(!save.leftovers().is_empty(), "{target:?}: no temporary file");
        // Those of other files, and of who takes no lock, may be in use.
        let others = ["w/.mwallet-0123456789abcdef-other", "w/.mwallet-other"];
        for name in others {
            save.scratch.write(name, "other");
        }
        save.command().ok();
        assert!(save.is_new("after a save that was killed"));
        assert_eq!(save.leftovers(), others.map(str::to_owned).into(), "{target:?}");
    }
}

/// Who is told to end, at whatever call, has the old files and 143, or the new ones and 0.
fn signalled(target: Target) {
    let Some(save) = Save::new(target) else { return };
    let (mut olds, mut news) = (0, 0);
    let calls = save.calls();
    for call in calls.iter().skip_while(|call| call.name != "fsync") {
        save.restore();
        let when = format!("{target:?} signalled at {} number {}", call.name, call.number);
        // The other thread has the time to act.
        let inject =
            format!("inject={}:signal=SIGTERM:delay_exit=50000:when={}", call.name, call.number);
        let done = save.traced(&["-e", &format!("trace={}", call.name), "-e", &inject]);
        let is_new = save.is_new(&when);
        match done.status.code() {
            Some(143) => {
                assert!(!is_new, "{when}: it is said to be interrupted, and is done");
                olds += 1;
            }
            Some(0) => {
                assert!(is_new, "{when}: it reports success, and the old file is there");
                news += 1;
            }
            _ => panic!("{when}: {}", done.story()),
        }
        if target == Target::AutoLogin {
            assert_eq!(save.auto_login_is_new(), is_new, "{when}: one of the two files");
        }
        if target == Target::Request {
            assert_eq!(save.has_request(&when), is_new, "{when}: a key or its request alone");
        }
        assert!(save.leftovers().is_empty(), "{when}: {:?}", save.leftovers());
    }
    assert!(olds > 0 && news > 0, "all signals came before, or after: {olds} old, {news} new");
}

#[test]
fn signal_comes_before_a_save_of_two_files_or_after_it() {
    signalled(Target::AutoLogin);
}

#[test]
fn signal_comes_before_a_key_and_its_request_or_after_them() {
    signalled(Target::Request);
}

#[test]
fn signal_comes_before_a_folder_takes_its_place_or_after_it() {
    signalled(Target::PemFolder);
}

/// Certificates of the wallet that is killed at random moments.
const CERTIFICATES: usize = 10_000;

/// Random kills of it.
const KILLS: u32 = 1_000;

/// Every call of every kind of save, and random moments of a large wallet.
pub(crate) fn long() -> String {
    let mut kills = 0;
    for target in Target::ALL {
        let save = Save::new(target).expect("the long form needs strace and openssl");
        let tally = killed_everywhere(&save);
        kills += tally.old + tally.new;
    }
    let (old, new, not_killed) = killed_at_random();
    format!(
        "{kills} kills at every call of {} kinds of save, 0 lost; {} kills at random moments of a wallet of \
         {CERTIFICATES} certificates, 0 lost: {old} old, {new} new; {not_killed} ended before",
        Target::ALL.len(),
        old + new
    )
}

/// How many kills left the old files and how many the new ones, and how many runs ended before their kill.
fn killed_at_random() -> (u32, u32, u32) {
    let scratch = Scratch::new();
    let names: Vec<String> = (0..=CERTIFICATES).map(|number| format!("c{number:05}")).collect();
    certificates(&scratch, &names);
    let bundle: String =
        names[1..].iter().map(|name| scratch.text(&format!("{name}.pem"))).collect();
    scratch.write("all.pem", bundle);
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w all.pem --yes").password(PASSWORD).ok();
    let files = ["w/ewallet.p12", "w/cwallet.sso"];
    let old = files.map(|name| scratch.read(name));
    let import = scratch.mwallet("add-trusted w c00000.pem --yes").password(PASSWORD);
    let took = import.ok().took;
    let (mut olds, mut news, mut not_killed) = (0, 0, 0);
    // Multiples of the golden ratio are spread evenly, whatever their number.
    for kill in 0..KILLS {
        for (name, content) in files.iter().zip(&old) {
            scratch.write(name, content);
        }
        let moment = took.mul_f64((f64::from(kill) * 0.618_033_988_749_895).fract() * 1.1);
        let mut running =
            import.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(moment);
        running.kill().unwrap();
        let status = running.wait().unwrap();
        let killed = status.signal() == Some(9);
        assert!(killed || status.success(), "kill {kill} at {moment:?}: {status}");
        let [main, auto_login] = files.map(|name| scratch.read(name));
        let is_new = main != old[0];
        assert!(
            is_new || auto_login == old[1],
            "kill {kill} at {moment:?}: the auto-login file is ahead"
        );
        let entries = |list: Value| list["entries"].as_array().unwrap().len();
        if is_new {
            let list = scratch.mwallet("list w").password(PASSWORD).json();
            assert_eq!(entries(list), CERTIFICATES + 1, "kill {kill} at {moment:?}");
        }
        if auto_login != old[1] {
            assert_eq!(entries(scratch.mwallet("list w").json()), CERTIFICATES + 1, "kill {kill}");
        }
        match (killed, is_new) {
            (true, true) => news += 1,
            (true, false) => olds += 1,
            (false, true) => not_killed += 1,
            (false, false) => panic!("run {kill} reports success, and the old file is there"),
        }
        for entry in fs::read_dir(scratch.at("w")).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_str().unwrap().starts_with(".mwallet-") {
                fs::remove_file(path).unwrap();
            }
        }
    }
    assert!(olds > 0 && news > 0, "the kills hit only one side: {olds} old, {news} new");
    assert!(olds + news >= KILLS / 2, "only {} of {KILLS} runs were killed", olds + news);
    (olds, news, not_killed)
}

/// Of the first process of a container, the kernel ignores signals that have their default effect.
#[test]
fn first_process_of_a_container_ends_with_a_signal() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let container = |words: &[&str]| {
        let mut container = Command::new("unshare");
        container
            .args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child"])
            .args(words);
        container.current_dir(scratch.path()).stdin(Stdio::piped());
        container.stdout(Stdio::null()).stderr(Stdio::null());
        container
    };
    if !container(&["true"]).status().is_ok_and(|status| status.success()) {
        return loudly("SKIPPED: no container can be made here");
    }
    let reads = [env!("CARGO_BIN_EXE_mwallet"), "list", "w.p12", "--password-stdin"];
    let mut container = container(&reads).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", container.id());
    for _ in 0..100 {
        thread::sleep(Duration::from_millis(100));
        if let Some(status) = container.try_wait().unwrap() {
            assert_eq!(status.code(), Some(143));
            return;
        }
        for child in fs::read_to_string(&children).unwrap_or_default().split_whitespace() {
            Command::new("kill").args(["-TERM", child]).status().unwrap();
        }
    }
    container.kill().unwrap();
    container.wait().unwrap();
    panic!("it ignores SIGTERM");
}
