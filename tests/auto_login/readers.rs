//! Other readers of what we write.

use crate::bytes::auto_login_password;
use crate::fixtures::{maker, quick_wallet, somebody};
use crate::support::authority::{Authority, CaKeys};
use crate::support::job::{PASSWORD, certified};
use crate::support::peers;
use crate::support::run::{Done, run};
use crate::support::scratch::Scratch;
use mwallet::codec::sso::Identity;
use oracledb_protocol::tls::{sso as judge, wallet as judge_wallet};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn thin_driver_reads_what_we_write() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let expected = |contents: &judge_wallet::WalletContents| {
        assert!(contents.has_client_identity());
        assert!(contents.client_cert_chain.len() + contents.ca_certificates.len() >= 2);
    };
    let p12 = scratch.read("w/ewallet.p12");
    expected(&judge_wallet::parse_ewallet_p12(&p12, Some(PASSWORD)).unwrap());
    for (kind, byte) in [("on", b'6'), ("local", b'8'), ("only", b'7')] {
        scratch.mwallet(&format!("autologin {kind} w")).password(PASSWORD).ok();
        let bytes = scratch.read("w/cwallet.sso");
        assert_eq!(bytes[3], byte);
        if kind == "local" {
            let identity = identity_of_the_program(&scratch);
            judge_in_a_process(&scratch.at("w/cwallet.sso"), &identity).ok();
            let other = judge_in_a_process(&scratch.at("w/cwallet.sso"), &somebody());
            assert!(!other.succeeded(), "{}", other.story());
        } else {
            expected(&judge::parse_cwallet_sso(&bytes).unwrap());
        }
    }
}

/// The host and user that the program binds to, from its report to people.
fn identity_of_the_program(scratch: &Scratch) -> Identity {
    let text = scratch.mwallet("autologin local w").password(PASSWORD).ok().out();
    let line = text.lines().next().unwrap();
    let (_, rest) = line.split_once(": user ").unwrap_or_else(|| panic!("{line}"));
    let (user, host) = rest.split_once(" on host ").unwrap();
    Identity::new(host, user)
}

/// The judge takes host and user from its environment, which a test must not change under others:
/// it runs in a process of its own, which is the test below.
fn judge_in_a_process(path: &Path, identity: &Identity) -> Done {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "readers::judge_of_a_local_file", "--ignored"])
        .env("JUDGED_FILE", path)
        .env("HOSTNAME", &identity.host)
        .env("USER", &identity.user);
    run(&mut command, b"").says("running 1 test")
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn judge_of_a_local_file() {
    let Some(path) = std::env::var_os("JUDGED_FILE") else { return };
    let contents = judge::parse_cwallet_sso(&fs::read(path).unwrap()).unwrap();
    assert!(contents.has_client_identity());
}

#[test]
fn passwords_of_written_files_are_seven_bit_text_and_never_the_same() {
    let scratch = Scratch::new();
    let mut seen = BTreeSet::new();
    for _ in 0..5 {
        quick_wallet(&scratch, "on");
        let (password, _) = auto_login_password(&scratch.read("w/cwallet.sso"), &maker());
        assert_eq!(password.as_str().len(), 16);
        assert!(password.as_str().bytes().all(|byte| (1..=0x7F).contains(&byte)));
        assert!(seen.insert(password.as_str().to_owned()));
        fs::remove_dir_all(scratch.at("w")).unwrap();
    }
}
