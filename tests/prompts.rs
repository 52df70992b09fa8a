//! The prompts, driven through a pseudo-terminal: what is asked, what is shown, and what Ctrl-C
//! leaves behind.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use rexpect::session::{PtySession, spawn_command};
use std::path::Path;
use std::process::Command;
use support::authority::{Authority, CaKeys, misfit_p12};
use support::peers;
use support::run::mwallet_path;
use support::scratch::Scratch;

/// How long an answer of the program may take, in milliseconds.
const PATIENCE: u64 = 20_000;

const PASSWORD: &str = "Zebra-Canary-7";

/// A terminal in the folder that runs a script, with echo on as a user has it. `mwallet` stands for
/// the program. The script goes on after Ctrl-C, so that it can tell what became of the program.
fn terminal(folder: &Path, script: &str) -> PtySession {
    let program = mwallet_path();
    let script = format!(
        "trap : INT; stty echo; cd '{}'; mwallet() {{ '{}' \"$@\"; }}; echo ready\n{script}",
        folder.display(),
        program.display()
    );
    let mut command = Command::new("bash");
    command.arg("-c").arg(script).env("TERM", "xterm").env_remove("NO_COLOR");
    let mut terminal = spawn_command(command, Some(PATIENCE)).unwrap();
    terminal.exp_string("ready").unwrap();
    terminal
}

/// Waits for a prompt. The echo is off by the time that a prompt is answered: the program has to
/// switch it off right after it has written the prompt, and discards what came before.
fn answer(terminal: &mut PtySession, prompt: &str, text: &str) -> String {
    let before = terminal.exp_string(prompt).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.send_line(text).unwrap();
    before
}

fn interrupt(terminal: &mut PtySession, prompt: &str) -> String {
    let before = terminal.exp_string(prompt).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.send_control('c').unwrap();
    before
}

/// Presses one key, without the return key.
fn press(terminal: &mut PtySession, key: &str) {
    terminal.send(key).unwrap();
    terminal.flush().unwrap();
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn new_password_is_asked_for_twice_and_never_shown() {
    let scratch = Scratch::new();
    let mut terminal = terminal(scratch.path(), "mwallet create w; echo status $?");
    let mut seen = answer(&mut terminal, "new password of w:", PASSWORD);
    seen += &answer(&mut terminal, "the same again:", PASSWORD);
    seen += &terminal.exp_string("status 0").unwrap();
    seen += &terminal.exp_eof().unwrap();
    assert!(!seen.contains(PASSWORD), "the password was shown: {seen:?}");
    assert!(seen.contains("made w/ewallet.p12"), "{seen:?}");
    scratch.mwallet("list w").password(PASSWORD).ok();
    scratch.mwallet("list w").password("another").fails(4, "password-wrong");
}

#[test]
fn new_password_is_asked_for_again_after_a_mismatch() {
    let scratch = Scratch::new();
    let mut terminal = terminal(scratch.path(), "mwallet create w; echo status $?");
    answer(&mut terminal, "new password of w:", PASSWORD);
    answer(&mut terminal, "the same again:", "something else");
    let mut seen = answer(&mut terminal, "new password of w:", "Second-Try-8");
    assert!(seen.contains("not the same"), "{seen:?}");
    seen += &answer(&mut terminal, "the same again:", "Second-Try-8");
    seen += &terminal.exp_string("status 0").unwrap();
    assert!(!seen.contains("Second-Try-8") && !seen.contains("something else"), "{seen:?}");
    scratch.mwallet("list w").password("Second-Try-8").ok();
}

#[test]
fn existing_password_is_asked_for_once_and_never_shown() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let mut terminal = terminal(scratch.path(), "mwallet list w; echo status $?");
    let mut seen = answer(&mut terminal, "password of w:", PASSWORD);
    seen += &terminal.exp_string("status 0").unwrap();
    assert!(!seen.contains(PASSWORD) && !seen.contains("same again"), "{seen:?}");
}

#[test]
fn missing_user_of_a_login_is_told_before_its_password_is_typed() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let mut terminal = terminal(scratch.path(), "mwallet cred set w a; echo status $?");
    let seen = answer(&mut terminal, "password of w:", PASSWORD);
    let seen = seen + &terminal.exp_string("status 2").unwrap();
    assert!(seen.contains("--user") && !seen.contains("value of"), "{seen:?}");
}

/// Who asks about certificates that lie open is not asked for the password of their key; who checks a wallet is.
/// A password that was typed opens the keys as one that was given.
#[test]
fn verify_asks_for_no_password_of_keys_alone() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    scratch.folder("folder");
    ca.bundle(&["app.pem", &ca.intermediate()], "folder/fullchain.pem");
    let line = "pkcs8 -topk8 -in app.key -out folder/privkey.pem -passout";
    scratch.run(&openssl, &format!("{line} pass:{PASSWORD}")).ok();
    misfit_p12(&scratch, &openssl, "app", "other", "bad.p12");
    scratch.mwallet("convert bad.p12 w.p12 --no-password").out_password(PASSWORD).ok();
    let flags = format!("--ca {} --untrusted {}", ca.root(), ca.intermediate());
    let script = format!(
        "mwallet verify folder {flags}; echo status $?; mwallet check folder; \
         mwallet verify w.p12 {flags}; echo status $?"
    );
    let mut terminal = terminal(scratch.path(), &script);
    let seen = terminal.exp_string("status 0").unwrap();
    assert!(!seen.contains("password of"), "{seen:?}");
    answer(&mut terminal, "password of folder:", PASSWORD);
    answer(&mut terminal, "password of w.p12:", PASSWORD);
    let seen = terminal.exp_string("status 3").unwrap();
    assert!(seen.contains("key-mismatch"), "{seen:?}");
}

#[test]
fn wrong_password_at_the_prompt_is_status_4() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let mut terminal = terminal(scratch.path(), "mwallet list w; echo status $?");
    answer(&mut terminal, "password of w:", "guess");
    let seen = terminal.exp_string("status 4").unwrap();
    assert!(seen.contains("password-wrong") && !seen.contains("guess"), "{seen:?}");
}

#[test]
fn ctrl_c_exits_130_with_the_echo_on_and_leaves_nothing_behind() {
    let scratch = Scratch::new();
    for (script, prompt) in [
        ("mwallet create w", "new password of w:"),
        ("mwallet create w", "the same again:"),
        ("mwallet create s.p12", "new password of s.p12:"),
    ] {
        let script =
            format!("{script}; echo status $?; stty -a | tr ' ' '\\n' | grep -x -- '-*echo'");
        let mut terminal = terminal(scratch.path(), &script);
        if prompt == "the same again:" {
            answer(&mut terminal, "new password of w:", PASSWORD);
        }
        interrupt(&mut terminal, prompt);
        terminal.exp_string("status 130").unwrap();
        let echo = terminal.exp_eof().unwrap();
        assert_eq!(echo.trim(), "echo", "the terminal's echo after Ctrl-C at {prompt:?}");
        assert_eq!(files(scratch.path()), Vec::<String>::new(), "left behind by {prompt:?}");
    }
}

#[test]
fn ctrl_d_is_no_empty_password() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for (script, prompt) in
        [("mwallet list w", "password of w:"), ("mwallet create new", "new password of new:")]
    {
        let script =
            format!("{script}; echo status $?; stty -a | grep -o -e 'eof = ^D' -e 'quit = ^.'");
        let mut terminal = terminal(scratch.path(), &script);
        terminal.exp_string(prompt).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        terminal.send_control('d').unwrap();
        terminal.exp_string("status 130").unwrap();
        let after = terminal.exp_eof().unwrap();
        assert!(after.contains("eof = ^D") && after.contains("quit = ^\\"), "{after:?}");
    }
    assert!(!scratch.exists("new"));
}

#[test]
fn empty_new_password_is_an_error_that_names_the_flag() {
    let scratch = Scratch::new();
    let mut terminal = terminal(scratch.path(), "mwallet create w.p12; echo status $?");
    answer(&mut terminal, "new password of w.p12:", "");
    let seen = terminal.exp_string("status 4").unwrap();
    assert!(seen.contains(" mwallet create w.p12 --no-password\r\n"), "{seen:?}");
    assert!(!scratch.exists("w.p12"));
}

#[test]
fn ctrl_c_while_changing_a_password_changes_nothing() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let before = scratch.read("w/ewallet.p12");
    let mut terminal = terminal(scratch.path(), "mwallet passwd w; echo status $?");
    answer(&mut terminal, "password of w:", PASSWORD);
    interrupt(&mut terminal, "new password of w:");
    terminal.exp_string("status 130").unwrap();
    assert_eq!(scratch.read("w/ewallet.p12"), before);
    assert_eq!(files(&scratch.at("w")), ["ewallet.p12", "ewallet.p12.lck"]);
}

#[test]
fn terminated_prompt_exits_143_with_the_echo_on() {
    let scratch = Scratch::new();
    let script = format!(
        "timeout --foreground --preserve-status 2 '{}' create w; echo status $?; \
         stty -a | tr ' ' '\\n' | grep -x -- '-*echo'",
        mwallet_path().display()
    );
    let mut terminal = terminal(scratch.path(), &script);
    terminal.exp_string("new password of w:").unwrap();
    terminal.exp_string("status 143").unwrap();
    assert_eq!(terminal.exp_eof().unwrap().trim(), "echo");
    assert_eq!(files(scratch.path()), Vec::<String>::new());
}

#[test]
fn confirmation_decides_whether_a_key_is_removed() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("csr w --dn CN=app --key ec:p256 --alias app --out r").password(PASSWORD).ok();
    scratch.write("pw", PASSWORD);
    let remove = "mwallet remove w app --password-file pw; echo status $?";
    let mut first = terminal(scratch.path(), remove);
    first.exp_string("remove it all the same?").unwrap();
    press(&mut first, "n");
    first.exp_string("status 6").unwrap();
    scratch.mwallet("show w app").password(PASSWORD).ok();
    let mut second = terminal(scratch.path(), remove);
    second.exp_string("remove it all the same?").unwrap();
    press(&mut second, "y");
    second.exp_string("status 0").unwrap();
    scratch.mwallet("show w app").password(PASSWORD).fails(5, "entry-not-found");
}

#[test]
fn nothing_is_locked_while_somebody_is_asked() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.write("pw", PASSWORD);
    scratch.mwallet("create w").password(PASSWORD).ok();
    let request = "csr w --dn CN=app --key ec:p256 --alias app --out w.csr";
    scratch.mwallet(request).password(PASSWORD).ok();
    ca.sign("w.csr", "app.pem");
    let other_root = Authority::new(&scratch, &openssl, "other", CaKeys::Ec).root();
    let import = format!("import-user w app.pem {} {}", ca.intermediate(), ca.root());
    for (line, question, added, alias) in [
        (import.as_str(), "trust it?", ca.intermediate(), "first"),
        ("remove w app", "remove it all the same?", other_root, "second"),
    ] {
        let script = format!("mwallet {line} --password-file pw; echo status $?");
        let mut terminal = terminal(scratch.path(), &script);
        terminal.exp_string(question).unwrap();
        // What another command writes meanwhile stays.
        let other = format!("add-trusted w {added} --lock-timeout 0 --alias {alias}");
        scratch.mwallet(&other).password(PASSWORD).ok();
        press(&mut terminal, "y");
        terminal.exp_string("status 0").unwrap();
        scratch.mwallet(&format!("show w {alias}")).password(PASSWORD).ok();
    }
    // The root that somebody agreed to trust is, though the other command brought the intermediate.
    scratch.mwallet("show w Root-ca").password(PASSWORD).ok();
    scratch.mwallet("show w app").password(PASSWORD).fails(5, "entry-not-found");
}

#[test]
fn wallet_that_a_store_comes_into_is_not_locked_while_the_password_of_the_store_is_asked_for() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    scratch.mwallet("create b.p12").password("Store-Canary-8").ok();
    let csr = "csr b.p12 --dn CN=app --self-signed --key ec:p256 --alias app --out x.pem";
    scratch.mwallet(csr).password("Store-Canary-8").ok();
    let mut terminal = terminal(scratch.path(), "mwallet merge w b.p12; echo status $?");
    answer(&mut terminal, "password of w:", PASSWORD);
    terminal.exp_string("password of b.p12:").unwrap();
    let other = format!("add-trusted w {} --lock-timeout 0 --alias meanwhile", ca.root());
    scratch.mwallet(&other).password(PASSWORD).ok();
    std::thread::sleep(std::time::Duration::from_millis(300));
    terminal.send_line("Store-Canary-8").unwrap();
    terminal.exp_string("status 0").unwrap();
    // Both are there, in the file that opens by itself, too.
    for alias in ["meanwhile", "app"] {
        scratch.mwallet(&format!("show w {alias}")).ok();
    }
}

#[test]
fn password_of_a_java_store_whose_keys_a_merge_needs_is_asked_for() {
    let scratch = Scratch::new();
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    scratch.mwallet("create b.jks").password("Store-Canary-8").ok();
    let csr = "csr b.jks --dn CN=app --self-signed --key ec:p256 --alias app";
    scratch.mwallet(csr).password("Store-Canary-8").ok();
    for more in ["--out c.p12", ""] {
        let script = format!("mwallet merge a.p12 b.jks {more}; echo status $?");
        let mut terminal = terminal(scratch.path(), &script);
        answer(&mut terminal, "password of a.p12:", PASSWORD);
        answer(&mut terminal, "password of b.jks:", "Store-Canary-8");
        terminal.exp_string("added app").unwrap();
        terminal.exp_string("status 0").unwrap();
    }
}

#[test]
fn login_that_is_not_there_to_be_changed_is_found_before_its_value_is_asked_for() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let script = "mwallet cred set w tns --user scott --existing; echo status $?";
    let mut terminal = terminal(scratch.path(), script);
    answer(&mut terminal, "password of w:", PASSWORD);
    let seen = terminal.exp_string("status 5").unwrap();
    assert!(!seen.contains("value of"), "{seen:?}");
}

#[test]
fn password_of_a_key_that_nobody_needs_is_not_asked_for() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line =
        "req -x509 -newkey rsa:2048 -keyout key.pem -out c.pem -subj /CN=c -passout pass:xyz";
    scratch.run(&openssl, line).ok();
    scratch.write("both.pem", scratch.text("c.pem") + &scratch.text("key.pem"));
    let script = "mwallet snippet nginx both.pem; echo status $?";
    let seen = terminal(scratch.path(), script).exp_string("status 0").unwrap();
    assert!(!seen.contains("password of"), "{seen:?}");
}

/// A Java key store shows the rest without its password.
#[test]
fn reports_of_a_java_store_ask_for_nothing() {
    let scratch = Scratch::new();
    scratch.mwallet("create a.jks").password(PASSWORD).ok();
    for own in ["Another1", "Another2"] {
        let csr = format!("csr a.jks --dn CN={own} --key ec:p256 --self-signed");
        scratch.mwallet(&csr).password(PASSWORD).key_password(own).ok();
    }
    scratch.write("key.txt", "Another1");
    for verb in ["list", "show", "inspect", "check"] {
        let script = format!("mwallet {verb} a.jks --key-password-file key.txt; echo status $?");
        let seen = terminal(scratch.path(), &script).exp_string("status 0").unwrap();
        assert!(!seen.contains("password of"), "{seen:?}");
    }
}

#[test]
fn each_wallet_of_a_probe_is_asked_for_by_its_name() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("create t.p12").password("Trust-Canary-8").ok();
    for wallet in ["w.p12", "t.p12"] {
        let password = if wallet == "w.p12" { PASSWORD } else { "Trust-Canary-8" };
        let csr = format!("csr {wallet} --dn CN=x --self-signed --key ec:p256 --out x.pem --force");
        scratch.mwallet(&csr).password(password).ok();
    }
    scratch.mwallet("add-trusted t.p12 x.pem --allow-leaf").password("Trust-Canary-8").ok();
    let script = "mwallet probe 127.0.0.1:1 --wallet w.p12 --ca t.p12; echo status $?";
    let mut terminal = terminal(scratch.path(), script);
    answer(&mut terminal, "password of w.p12:", PASSWORD);
    answer(&mut terminal, "password of t.p12:", "Trust-Canary-8");
    terminal.exp_string("status 7").unwrap();
}

#[test]
fn ctrl_c_at_a_question_brings_the_cursor_back() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("csr w --dn CN=app --key ec:p256 --alias app --out r").password(PASSWORD).ok();
    scratch.write("pw", PASSWORD);
    let remove = "mwallet remove w app --password-file pw; echo status $?";
    let mut terminal = terminal(scratch.path(), remove);
    interrupt(&mut terminal, "remove it all the same?");
    let seen = terminal.exp_string("status 130").unwrap();
    let (hidden, shown) = (seen.rfind("\x1b[?25l"), seen.rfind("\x1b[?25h"));
    assert!(shown.is_some() && hidden <= shown, "{seen:?}");
    scratch.mwallet("show w app").password(PASSWORD).ok();
}

#[test]
fn without_input_nothing_is_asked_even_on_a_terminal() {
    let scratch = Scratch::new();
    let mut terminal = terminal(scratch.path(), "mwallet create w --no-input; echo status $?");
    let seen = terminal.exp_string("status 4").unwrap();
    assert!(seen.contains("--password-") && seen.contains("password-missing"), "{seen:?}");
}

#[test]
fn without_a_terminal_the_flags_are_named() {
    let scratch = Scratch::new();
    let error = scratch.mwallet("create w").fails(4, "password-missing");
    let message = error["message"].as_str().unwrap();
    // An Oracle wallet has a password; another file need not.
    assert!(
        message.contains("--password-stdin") && !message.contains("--no-password"),
        "{message}"
    );
    assert!(!scratch.exists("w"));
    let error = scratch.mwallet("create w.p12").fails(4, "password-missing");
    assert!(error["message"].as_str().unwrap().contains("or none with --no-password"), "{error}");
    scratch.mwallet("create w").password(PASSWORD).ok();
    let error = scratch.mwallet("list w").fails(4, "password-missing");
    assert!(error["message"].as_str().unwrap().contains("--password-stdin"), "{error}");
    let error = scratch.mwallet("passwd w").password(PASSWORD).fails(4, "password-missing");
    assert!(error["message"].as_str().unwrap().contains("--new-password-stdin"), "{error}");
}

#[test]
fn a_value_is_asked_for_twice_after_the_wallet_has_opened() {
    const VALUE: &str = "Tiger-Canary-9";
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let script = "mwallet cred set w tns --user scott; echo status $?";
    let mut terminal = terminal(scratch.path(), script);
    let mut seen = answer(&mut terminal, "password of w:", PASSWORD);
    seen += &answer(&mut terminal, "value of tns:", VALUE);
    seen += &answer(&mut terminal, "the same again:", VALUE);
    seen += &terminal.exp_string("status 0").unwrap();
    assert!(!seen.contains(VALUE) && !seen.contains(PASSWORD), "a secret was shown: {seen:?}");
    assert!(seen.contains("added tns (number 1)"), "{seen:?}");
    let get = scratch.mwallet("cred get w tns").password(PASSWORD).ok();
    assert_eq!(get.out(), format!("{VALUE}\n"));
}
