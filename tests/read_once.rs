//! A change reads and opens each file of a wallet once: what keys are derived for is not done twice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::ffi::OsStr;
use std::process::Command;
use support::peers;
use support::run::{mwallet_path, run};
use support::scratch::Scratch;

const PASSWORD: &str = "changeit1";

#[test]
fn a_change_reads_each_file_of_a_wallet_once() {
    let Some(strace) = peers::strace() else { return };
    let scratch = Scratch::new();
    if !scratch.run(&strace, "-o trace.log -f -e trace=openat true").succeeded() {
        assert!(!peers::required(), "strace is required and may not trace here");
        support::loudly("SKIPPED: strace may not trace here");
        return;
    }
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    let request = "csr w --dn CN=x --key ec:p256 --alias x --out x.csr";
    scratch.mwallet(request).password(PASSWORD).ok();
    for kind in ["on", "local"] {
        scratch.mwallet(&format!("autologin {kind} w")).password(PASSWORD).ok();
        let mut prefix = vec![strace.path().as_os_str()];
        prefix.extend(["-f", "-qq", "-o", "trace.log", "-e", "trace=/^open"].map(OsStr::new));
        let rename = scratch.mwallet("rename w x x").password(PASSWORD);
        run(&mut rename.command_under(&prefix), b"").ok();
        let log = scratch.text("trace.log");
        for name in ["ewallet.p12", "cwallet.sso"] {
            let reads = log.lines().filter(|line| line.contains(&format!("/{name}\", O_RDONLY")));
            assert_eq!(reads.count(), 1, "{kind} {name}: {log}");
        }
    }
}

#[test]
fn keys_of_a_file_that_is_overwritten_are_derived_once() {
    let scratch = Scratch::new();
    scratch.mwallet("create app.p12").password(PASSWORD).ok();
    let request = "csr app.p12 --self-signed --days 9 --dn CN=x --key ec:p256 --out x.pem";
    scratch.mwallet(request).password(PASSWORD).ok();
    // Seconds of the processor. What others may read is opened once more, to see whether it holds keys.
    let spent = |mode| {
        let old = "convert app.p12 old.p12 --force --iterations 1000000";
        scratch.mwallet(old).password(PASSWORD).out_password(PASSWORD).ok();
        scratch.set_mode("old.p12", mode);
        let line = "TIMEFORMAT=%U; time \"$MWALLET\" convert app.p12 old.p12 --force --quiet \
                    --password-env PW --out-password-env PW 2> told";
        let mut shell = Command::new("bash");
        shell.args(["-c", line]).current_dir(scratch.path());
        shell.env("MWALLET", mwallet_path()).env("PW", PASSWORD).env("LC_ALL", "C.UTF-8");
        let done = run(&mut shell, b"").ok();
        assert_eq!(scratch.mode("old.p12"), mode);
        done.err().trim().parse::<f64>().unwrap()
    };
    let (private, shared) = (spent(0o600), spent(0o640));
    assert!(shared < 1.5 * private, "{shared} s, and {private} s for a file of its owner alone");
}
