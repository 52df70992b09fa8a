//! Wallets that come from stdin or through the pipes of a shell: they are read, never changed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::process::Command;
use support::authority::{Authority, CaKeys, p12};
use support::job::PASSWORD;
use support::peers;
use support::run::{Done, mwallet_path, run};
use support::scratch::Scratch;

/// `a.p12`, `a.jks` and `a.pem` with one key.
fn stores() -> Scratch {
    let scratch = Scratch::new();
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    let csr = "csr a.p12 --self-signed --days 9 --dn CN=app --key ec:p256 --out cert.pem";
    scratch.mwallet(csr).password(PASSWORD).ok();
    for line in ["convert a.p12 a.jks", "convert a.p12 a.pem"] {
        scratch.mwallet(line).password(PASSWORD).out_password(PASSWORD).ok();
    }
    scratch
}

/// A command of a shell, in which `mwallet` and `PW` mean what they say.
fn shell(scratch: &Scratch, line: &str) -> Done {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("mwallet() {{ \"$MWALLET\" \"$@\"; }}; {line}")]);
    command.current_dir(scratch.path()).env("MWALLET", mwallet_path()).env("PW", PASSWORD);
    run(&mut command, b"")
}

/// The report without what names the file.
fn told(mut report: Value) -> Value {
    report["path"].take();
    report["warnings"].take();
    report
}

#[test]
fn what_comes_from_stdin_is_read_as_the_file_is() {
    let scratch = stores();
    for file in ["a.p12", "a.jks", "a.pem"] {
        let bytes = scratch.read(file);
        for verb in ["list", "show", "inspect"] {
            let of_file = scratch.mwallet(&format!("{verb} {file}")).password(PASSWORD).json();
            let piped = scratch.mwallet(&format!("{verb} -")).stdin(&bytes).password(PASSWORD);
            assert_eq!(told(piped.json()), told(of_file), "{verb} {file}");
        }
        let (report, status) = scratch.mwallet("check -").stdin(&bytes).password(PASSWORD).report();
        assert!(status == Some(0) && report["chain"][0]["subject"] == "CN=app", "{report:#}");
        let export = scratch.mwallet("export - --to pem --no-key --out out.pem --force");
        export.stdin(&bytes).password(PASSWORD).ok();
        assert!(scratch.text("out.pem").contains("BEGIN CERTIFICATE"));
        let convert = scratch.mwallet("convert - out.p12 --force").stdin(&bytes);
        convert.password(PASSWORD).out_password(PASSWORD).ok();
        let same = scratch.mwallet("diff - out.p12").stdin(&bytes).password(PASSWORD);
        same.src_password(PASSWORD).ok();
        let pair = scratch.mwallet("match - cert.pem").stdin(&bytes).password(PASSWORD);
        pair.ok();
    }
}

#[test]
fn pipes_of_a_shell_are_read() {
    let scratch = stores();
    for line in [
        "mwallet list - --password-env PW < a.p12",
        "cat a.p12 | mwallet list /dev/stdin --password-env PW",
        "mwallet list <(cat a.p12) --password-env PW",
        "cat a.jks | mwallet show - app --password-env PW",
        "mwallet list <(cat a.p12) --password-file <(printf %s \"$PW\")",
        "mwallet diff <(cat a.p12) <(cat a.p12) --password-env PW --src-password-env PW",
        "mwallet convert <(cat a.p12) c.p12 --password-env PW --out-password-env PW",
        "mwallet merge a.jks - --password-env PW --src-password-env PW < a.p12",
        "mwallet merge a.p12 - --out m1.p12 --password-env PW --src-password-env PW < a.jks",
        "mwallet merge - a.jks --out m2.p12 --password-env PW --src-password-env PW < a.p12",
        "mwallet merge <(cat a.p12) <(cat a.jks) --out m3 --password-env PW --src-password-env PW",
    ] {
        let done = shell(&scratch, line);
        assert!(done.succeeded(), "{line}\n{}", done.story());
    }
    for keytool in peers::keytools() {
        let list = format!("-list -keystore c.p12 -storepass {PASSWORD}");
        scratch.run(&keytool, &list).ok().says("app");
    }
}

#[test]
fn stdin_has_the_wallet_or_the_password() {
    let scratch = stores();
    let bytes = scratch.read("a.p12");
    let text = scratch.read("a.pem");
    let both = scratch.mwallet("list - --password-stdin").stdin(&text).fails(2, "usage");
    assert!(both["message"].as_str().unwrap().contains("stdin can be read once"), "{both}");
    let missing = scratch.mwallet("list -").stdin(&bytes).fails(4, "password-missing");
    assert!(!missing["message"].as_str().unwrap().contains("stdin"), "{missing}");
    scratch.mwallet("inspect -").stdin(&bytes).fails(4, "password-missing");
    scratch.mwallet("list -").stdin(b"no wallet").fails(1, "format-unknown");
    let long = vec![0; 17 << 20];
    scratch.mwallet("list -").stdin(&long).fails(1, "limit-exceeded");
}

#[test]
fn what_is_changed_is_a_file() {
    let scratch = stores();
    let bytes = scratch.read("a.p12");
    for line in [
        "rename - app b",
        "remove - app --yes",
        "csr - --dn CN=x",
        "passwd -",
        "add-trusted - cert.pem",
        "import-user - cert.pem",
        "merge - a.p12",
        "snippet nginx -",
        "autologin on -",
        "check - --fix",
    ] {
        let error = scratch.mwallet(line).stdin(&bytes).password(PASSWORD).fails(2, "usage");
        assert!(error["message"].as_str().unwrap().contains("not from stdin"), "{line}: {error}");
    }
}

#[test]
fn nothing_is_proposed_that_would_wait_for_another_pipe() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = stores();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("db");
    p12(&scratch, &openssl, "db", "db", "", "alone.p12");
    let repairs = |report: &Value| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["repair"].is_string()).count()
    };
    let (report, status) = scratch.mwallet("check alone.p12").password(PASSWORD).report();
    assert!(repairs(&report) > 0, "{report:#}");
    let check = scratch.mwallet("check -").stdin(&scratch.read("alone.p12")).password(PASSWORD);
    let piped = check.report();
    assert_eq!((repairs(&piped.0), piped.1), (0, status), "{:#}", piped.0);
    let show = scratch.mwallet("show - nobody").stdin(&scratch.read("a.p12")).password(PASSWORD);
    let error = show.fails(5, "entry-not-found");
    assert!(error["hint"].is_null(), "{error}");
    let list = scratch.mwallet("list -").stdin(b"something else");
    let error = list.fails(1, "format-unknown");
    assert!(error["hint"].is_null(), "{error}");
    // What is read to its end gives no password, by whatever name it goes.
    for line in ["list /dev/stdin", "list -", "convert - b.p12 --password-env PW"] {
        let done = shell(&scratch, &format!("cat a.p12 | setsid \"$MWALLET\" {line}")).failed();
        let error = done.err();
        assert!(error.contains("password-file, ") && !error.contains("password-stdin"), "{error}");
    }
}
