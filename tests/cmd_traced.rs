//! What a command asks of the system, and how often: seen with strace.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::ffi::OsStr;
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::{Mwallet, run};
use support::scratch::Scratch;

/// Containers often forbid ptrace; then strace is there and cannot work.
fn strace(scratch: &Scratch) -> Option<Peer> {
    let strace = peers::strace()?;
    let works = scratch.run(&strace, "-o trace.log -f -e trace=openat true").succeeded();
    if !works {
        assert!(!peers::required(), "strace is required and may not trace here");
        support::loudly("SKIPPED: strace may not trace here");
    }
    works.then_some(strace)
}

/// How often a command that works opens a file of this name.
#[track_caller]
fn opens(scratch: &Scratch, strace: &Peer, command: &Mwallet, name: &str) -> usize {
    let mut prefix = vec![strace.path().as_os_str()];
    prefix.extend(["-f", "-o", "trace.log", "-e", "trace=/^open.*"].map(OsStr::new));
    run(&mut command.command_under(&prefix), b"").ok();
    let log = scratch.text("trace.log");
    // A call that another thread interrupts is resumed in a line without the name.
    log.lines().filter(|line| line.contains(&format!("{name}\", "))).count()
}

#[test]
fn wallet_is_opened_once_where_nobody_types() {
    let scratch = Scratch::new();
    let Some(strace) = strace(&scratch) else { return };
    for wallet in ["w.p12", "w.jks"] {
        scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
        let passwd = scratch.mwallet(&format!("passwd {wallet} --dry-run"));
        let passwd = passwd.password(PASSWORD).new_password("Welcome2");
        assert_eq!(opens(&scratch, &strace, &passwd, wallet), 1, "{wallet}");
    }
    scratch.mwallet("create d --auto-login").password(PASSWORD).ok();
    let off = scratch.mwallet("autologin off d --dry-run").password(PASSWORD);
    assert_eq!(opens(&scratch, &strace, &off, "ewallet.p12"), 1);
    for verb in ["list", "show"] {
        let read = scratch.mwallet(&format!("{verb} w.jks")).password(PASSWORD);
        assert_eq!(opens(&scratch, &strace, &read, "w.jks"), 1, "{verb}");
    }
}

#[test]
fn user_is_looked_up_for_local_auto_login_alone() {
    let scratch = Scratch::new();
    let Some(strace) = strace(&scratch) else { return };
    for (kind, is_local) in [("on", false), ("local", true)] {
        scratch.mwallet(&format!("create {kind} --auto-login={kind}")).password(PASSWORD).ok();
        let list = scratch.mwallet(&format!("list {kind}"));
        let times = opens(&scratch, &strace, &list, "/etc/passwd");
        assert_eq!(times > 0, is_local, "{kind}");
    }
}

#[test]
fn program_works_where_no_thread_can_be_made() {
    let scratch = Scratch::new();
    let Some(strace) = strace(&scratch) else { return };
    let mut prefix = vec![strace.path().as_os_str()];
    let refused = "inject=clone,clone3:error=EAGAIN";
    prefix.extend(["-o", "trace.log", "-e", refused].map(OsStr::new));
    run(&mut scratch.mwallet("create w.p12").password(PASSWORD).command_under(&prefix), b"").ok();
    assert!(scratch.text("trace.log").contains("EAGAIN"), "nothing was refused");
    scratch.mwallet("list w.p12").password(PASSWORD).ok();
}
