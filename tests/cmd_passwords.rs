//! Where passwords come from, and what becomes of them on the way.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::process::Command;
use support::job::PASSWORD;
use support::peers;
use support::run::{mwallet_path, run};
use support::scratch::Scratch;

/// Runs a line of bash in the folder, with `mwallet` in it.
#[track_caller]
fn bash(scratch: &Scratch, line: &str) -> support::run::Done {
    let mut shell = Command::new("bash");
    shell
        .current_dir(scratch.path())
        .env("M", mwallet_path())
        .args(["-c", &line.replace("mwallet", "\"$M\"")]);
    run(&mut shell, b"")
}

#[test]
fn set_but_empty_variable_is_the_empty_password() {
    let scratch = Scratch::new();
    scratch.mwallet("create e.p12 --allow-weak-password").password("").ok();
    scratch.mwallet("list e.p12").password("").ok();
    scratch.mwallet("create s.p12").password("secret").ok();
    scratch.mwallet("list s.p12").password("").fails(4, "password-wrong");
}

#[test]
fn unset_variable_is_a_usage_error() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12 --no-password").ok();
    let error = scratch
        .mwallet("list w.p12 --password-env MWALLET_SURELY_UNSET")
        .fails(2, "password-source");
    assert!(error["message"].as_str().unwrap().contains("MWALLET_SURELY_UNSET"), "{error}");
}

#[test]
fn one_line_end_is_stripped_and_nothing_else() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password("pass word ").ok();
    for (bytes, fits) in [
        (&b"pass word "[..], true),
        (b"pass word \n", true),
        (b"pass word \r\n", true),
        (b"pass word", false),
        (b"pass word \n\n", false),
        (b"pass word \r", false),
        (b" pass word \n", false),
    ] {
        scratch.write("pw", bytes);
        for call in [
            scratch.mwallet("list w.p12 --password-stdin").stdin(bytes),
            scratch.mwallet("list w.p12 --password-file pw"),
        ] {
            if fits {
                call.ok();
            } else {
                call.fails(4, "password-wrong");
            }
        }
    }
}

#[test]
fn bytes_that_are_not_utf8_are_refused() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password("secret").ok();
    scratch.write("latin1", b"gr\xfc\xdfe");
    scratch.mwallet("list w.p12 --password-file latin1").fails(2, "password-source");
    scratch.mwallet("list w.p12 --password-stdin").stdin(b"\xff").fails(2, "password-source");
    bash(&scratch, "PW=$'\\xff' mwallet list w.p12 --password-env PW")
        .status(2)
        .says("password-source");
}

#[test]
fn descriptors_pipes_and_process_substitution_work() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password("secret").ok();
    scratch.write("pw", "secret\n");
    for line in [
        "mwallet list w.p12 --password-fd 3 3<pw",
        "mwallet list w.p12 --password-fd 3 3< <(echo secret)",
        "mwallet list w.p12 --password-fd 0 <pw",
        "mwallet list w.p12 --password-file <(echo secret)",
        "mwallet list w.p12 --password-file /dev/stdin <pw",
        "echo secret | mwallet list w.p12 --password-stdin",
        "mkfifo pipe && (echo secret > pipe &) && mwallet list w.p12 --password-file pipe",
        "mwallet passwd w.p12 --password-file pw --new-password-fd 5 5<<<secret",
    ] {
        bash(&scratch, line).ok();
    }
    bash(&scratch, "mwallet list w.p12 --password-fd 9").status(2).says("password-source");
}

#[test]
fn password_file_that_cannot_be_read_is_a_source_error() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password("secret").ok();
    scratch.folder("folder");
    scratch.write("long", vec![b'x'; 70_000]);
    for file in ["nowhere", "folder", "long"] {
        let error = scratch
            .mwallet(&format!("list w.p12 --password-file {file}"))
            .fails(2, "password-source");
        assert!(error["message"].as_str().unwrap().contains(file), "{error}");
    }
    // An endless source is not read to its end.
    scratch.mwallet("list w.p12 --password-file /dev/zero").fails(2, "password-source");
}

#[test]
fn stdin_gives_one_password_only() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password("secret").ok();
    let error = scratch
        .mwallet("passwd w.p12 --password-stdin --new-password-stdin")
        .stdin(b"secret\n")
        .fails(2, "usage");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("--password-stdin") && message.contains("--new-password-stdin"),
        "{message}"
    );
    let root = rcgen::generate_simple_self_signed(["root.example".to_owned()]).unwrap();
    let error = scratch
        .mwallet("add-trusted w.p12 - --password-stdin")
        .stdin(root.cert.pem().as_bytes())
        .fails(2, "usage");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("both - and --password-stdin"), "{message}");
}

#[test]
fn weak_passwords_are_refused_for_oracle_wallets_only_and_only_new_ones() {
    let scratch = Scratch::new();
    for weak in ["short1", "lettersonly", "1234567890", ""] {
        let error = scratch.mwallet("create w").password(weak).fails(6, "password-weak");
        assert!(error["message"].as_str().unwrap().contains("--allow-weak-password"), "{error}");
        assert!(!scratch.exists("w"));
    }
    // None at all is another matter than a weak one: the layout has no form for it.
    scratch.mwallet("create w --no-password").fails(2, "usage");
    scratch.mwallet("create w --allow-weak-password").password("short1").ok();
    // Opening and editing have no rules.
    scratch.mwallet("list w").password("short1").ok();
    scratch.mwallet("csr w --dn CN=x --key ec:p256 --out x.csr").password("short1").ok();
    scratch.mwallet("passwd w").password("short1").new_password("tiny").fails(6, "password-weak");
    scratch.mwallet("passwd w").password("short1").new_password("Long enough").ok();
    scratch.mwallet("create s.p12").password("x").ok();
}

#[test]
fn file_without_password_is_written_by_flag_and_opens_without_asking() {
    let scratch = Scratch::new();
    scratch.mwallet("create open.p12 --no-password").ok();
    scratch.mwallet("list open.p12").ok();
    scratch.mwallet("passwd open.p12").new_password("secret").ok();
    scratch.mwallet("list open.p12").fails(4, "password-missing");
    scratch.mwallet("passwd open.p12 --new-no-password").password("secret").ok();
    scratch.mwallet("list open.p12").ok();
}

#[test]
fn passwords_are_never_arguments_nor_shown() {
    let scratch = Scratch::new();
    let canary = "Canary-4711-xyz";
    let done = scratch.mwallet("list w --password").arg(canary).run().status(2);
    assert!(!done.all().contains(canary), "{}", done.story());
    for line in ["create w -v", "list w -v", "show w -v --json", "inspect w -v", "check w -v"] {
        let done = scratch.mwallet(line).password(canary).ok();
        assert!(!done.all().contains(canary), "{}", done.story());
    }
    let done = scratch.mwallet("list w").password(&format!("{canary}?")).run().status(4);
    assert!(!done.all().contains(canary), "{}", done.story());
}

#[test]
fn key_file_opens_with_its_own_password() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch
        .run(
            &openssl,
            "req -x509 -newkey rsa:2048 -keyout k.pem -out c.pem -subj /CN=k -days 2 -passout pass:inner",
        )
        .ok();
    scratch.mwallet("create w").password("Welcome1").ok();
    let import = "import-user w c.pem --key k.pem";
    let error = scratch.mwallet(import).password("Welcome1").fails(4, "key-locked");
    assert!(error["message"].as_str().unwrap().contains("--key-password-stdin"), "{error}");
    scratch.mwallet(import).password("Welcome1").key_password("outer").fails(4, "key-locked");
    scratch.mwallet(import).password("Welcome1").key_password("inner").ok();
    scratch.mwallet("show w k").password("Welcome1").ok();
}

/// A variable that nobody has set in CI is empty, and must not become the password of a key.
#[test]
fn empty_new_password_is_refused_unless_allowed() {
    let scratch = Scratch::new();
    scratch.mwallet("create app.p12").password(PASSWORD).ok();
    scratch.mwallet("csr app.p12 --dn CN=app --self-signed --key ec:p256").password(PASSWORD).ok();
    let convert = |out: &str| {
        scratch.mwallet(&format!("convert app.p12 {out}")).password(PASSWORD).out_password("")
    };
    for out in ["app.pem", "other.p12", "app.jks", "app-wallet"] {
        convert(out).fails(6, "password-weak");
        assert!(!scratch.exists(out));
    }
    scratch.mwallet("create none.p12").password("").fails(6, "password-weak");
    let passwd = || scratch.mwallet("passwd app.p12").password(PASSWORD).new_password("");
    passwd().fails(6, "password-weak");
    // Who means it, says so.
    convert("other.p12").arg("--allow-weak-password").ok();
    passwd().arg("--allow-weak-password").ok();
    scratch.mwallet("list other.p12").password("").ok();
}

/// A key in PEM that OpenSSL encrypted: a password that opens nothing is wrong, as it is for a store.
#[test]
fn wrong_password_of_a_file_of_pem_is_said() {
    let scratch = Scratch::new();
    let Some(openssl) = peers::openssl() else { return };
    let line = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout key.pem -out cert.pem \
                -subj /CN=app -passout";
    let mut made = openssl.command();
    made.current_dir(scratch.path()).args(line.split_whitespace()).arg(format!("pass:{PASSWORD}"));
    run(&mut made, b"").ok();
    let both = [scratch.text("cert.pem"), scratch.text("key.pem")].concat();
    scratch.write("app.pem", both);
    let error = scratch.mwallet("list app.pem").password("nope").fails(4, "password-wrong");
    assert_eq!(error["message"], "app.pem: the password opens none of the keys in the file");
    let (dates, _) = scratch.mwallet("expiry app.pem").password("nope").report();
    assert_eq!(dates["unreadable"].as_array().map(Vec::len), Some(0), "{dates}");
    scratch.mwallet("convert app.pem app.p12").password("nope").fails(4, "password-wrong");
    assert!(!scratch.exists("app.p12"));
    let kind = |list: Value| list["entries"][0]["kind"].clone();
    assert_eq!(kind(scratch.mwallet("list app.pem").password(PASSWORD).json()), "private-key");
    // Nothing in it needs the password; who has none sees that the key is closed.
    scratch.mwallet("list cert.pem").password("nope").ok();
    scratch.mwallet("list app.pem").ok().says("locked");
}

#[test]
fn new_password_that_is_the_old_one_is_said_to_be() {
    let scratch = Scratch::new();
    scratch.mwallet("create w --auto-login=on").password(PASSWORD).ok();
    let before = scratch.picture("w");
    let passwd = || scratch.mwallet("passwd w").password(PASSWORD).new_password(PASSWORD);
    assert_eq!(passwd().ok().out(), "w has this password already\n");
    let report = passwd().json();
    assert_eq!((&report["written"], &report["password"]), (&false.into(), &"unchanged".into()));
    scratch.assert_unchanged("w", &before);
}

#[test]
fn key_that_alone_tells_the_password_of_its_store_gets_no_other() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -keyout a.key";
    scratch.run(&openssl, &format!("{line} -out a.pem")).ok();
    let line = "pkcs12 -export -nomac -certpbe NONE -inkey a.key -in a.pem -name a -out a.p12";
    scratch.run(&openssl, &format!("{line} -passout pass:{PASSWORD}")).ok();
    let before = scratch.picture("a.p12");
    let passwd = scratch.mwallet("passwd a.p12 --key a").password(PASSWORD);
    let error = passwd.new_password("another1").fails(1, "format-unsupported");
    assert!(error["message"].as_str().unwrap().contains("encrypts nothing but keys"), "{error}");
    scratch.assert_unchanged("a.p12", &before);
}
