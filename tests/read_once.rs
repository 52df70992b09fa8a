//! A change reads and opens each file of a wallet once: what keys are derived for is not done twice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::ffi::OsStr;
use support::peers;
use support::run::run;
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
