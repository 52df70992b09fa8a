//! The verbs, and what a library does of theirs.

use crate::fixtures::{TIMEOUT, by_auto_login, fixtures, maker, quick_wallet};
use crate::support::job::PASSWORD;
use crate::support::scratch::Scratch;
use crate::support::{loudly, peers};
use mwallet::code::Code;
use mwallet::codec::{Protect, Sealing};
use mwallet::secret::Password;
use mwallet::store::Store;
use mwallet::store::dir::AutoLogin;
use std::fs;

#[test]
fn auto_login_goes_from_every_kind_to_every_other() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    let files = || ["ewallet.p12", "cwallet.sso"].map(|file| scratch.exists(&format!("w/{file}")));
    let kinds = ["on", "local", "only", "off"];
    let mut before = "on";
    // Every ordered pair of kinds, as one walk.
    for from in kinds {
        for to in kinds {
            for wanted in [from, to] {
                let line = format!("autologin {wanted} w");
                let call = scratch.mwallet(&line);
                let call = match (before, wanted) {
                    ("only", "only") => call,
                    ("only", _) => call.new_password(PASSWORD),
                    _ => call.password(PASSWORD),
                };
                let report = call.json();
                let name = if wanted == "off" { "none" } else { wanted };
                assert_eq!(report["auto_login"], name, "{before} to {wanted}: {report:#}");
                assert_eq!(files(), [wanted != "only", wanted != "off"], "{before} to {wanted}");
                let list = scratch.mwallet("list w");
                let list = if wanted == "off" { list.password(PASSWORD) } else { list };
                let list = list.json();
                assert_eq!(list["auto_login"], name, "{list:#}");
                assert_eq!(list["entries"][0]["alias"], "x", "{list:#}");
                for file in ["ewallet.p12", "cwallet.sso"].map(|file| format!("w/{file}")) {
                    assert!(!scratch.exists(&file) || scratch.mode(&file) == 0o600);
                }
                before = wanted;
            }
        }
    }
}

#[test]
fn who_may_write_with_what() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    let before = scratch.picture("w");
    scratch.mwallet("rename w x y").fails(4, "password-missing");
    scratch.mwallet("autologin off w").fails(4, "password-missing");
    scratch.mwallet("autologin off w").password("Wrong-pass1").fails(4, "password-wrong");
    scratch
        .mwallet("autologin on w")
        .password(PASSWORD)
        .new_password("Other-pass1")
        .fails(2, "usage");
    scratch.mwallet("autologin recover w").password(PASSWORD).fails(2, "usage");
    scratch.mwallet("autologin recover w").new_password("short").fails(6, "password-weak");
    scratch.mwallet("autologin only w --dry-run").password(PASSWORD).ok();
    scratch.mwallet("autologin sometimes w").fails(2, "usage");
    scratch.assert_unchanged("w", &before);
    scratch.mwallet("create s.p12").password(PASSWORD).ok();
    scratch.mwallet("autologin on s.p12").password(PASSWORD).fails(2, "usage");
    scratch.mwallet("autologin status nothing").fails(5, "file-not-found");

    // A wallet of one file has no password to give, and is changed without.
    scratch.mwallet("autologin only w").password(PASSWORD).ok();
    scratch.mwallet("list w").password(PASSWORD).fails(5, "file-not-found");
    scratch.mwallet("rename w x y").ok();
    scratch.mwallet("passwd w").new_password("Other-pass1").fails(2, "usage");
    scratch.mwallet("autologin recover w").new_password("Other-pass1").fails(2, "usage");
    scratch.mwallet("autologin on w").fails(4, "password-missing");
    scratch.mwallet("autologin on w").new_password("Other-pass1").ok();
    scratch.mwallet("list w").password("Other-pass1").ok();
}

#[test]
fn file_that_root_adds_belongs_to_the_owner_of_the_wallet() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    if chown(scratch.at("w/ewallet.p12"), Some(54_321), Some(54_322)).is_err() {
        loudly("SKIPPED: only root can give files away");
        return;
    }
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    fs::remove_file(scratch.at("w/ewallet.p12")).unwrap();
    scratch.mwallet("autologin recover w").new_password(PASSWORD).ok();
    for file in ["w/cwallet.sso", "w/ewallet.p12"] {
        let about = fs::metadata(scratch.at(file)).unwrap();
        assert_eq!((about.uid(), about.gid(), scratch.mode(file)), (54_321, 54_322, 0o600));
    }
}

#[test]
fn lost_password_is_replaced_by_means_of_the_auto_login_file() {
    let scratch = Scratch::new();
    for kind in ["on", "local"] {
        quick_wallet(&scratch, kind);
        let key = scratch.read("w/cwallet.sso")[13..29].to_vec();
        scratch.mwallet("autologin recover w").new_password("Other-pass1").ok();
        scratch.mwallet("list w").password(PASSWORD).fails(4, "password-wrong");
        let status = scratch.mwallet("autologin status w").password("Other-pass1").json();
        assert_eq!((&status["auto_login"], &status["in_step"]), (&kind.into(), &true.into()));
        assert_eq!(scratch.mwallet("list w").json()["entries"][0]["alias"], "x");
        assert_ne!(scratch.read("w/cwallet.sso")[13..29], key);
        // Also where the file with the password is gone altogether.
        fs::remove_file(scratch.at("w/ewallet.p12")).unwrap();
        scratch.mwallet("rename w x y").fails(5, "file-not-found");
        scratch.mwallet("autologin recover w").new_password(PASSWORD).ok();
        scratch.mwallet("rename w x y").password(PASSWORD).ok();
        fs::remove_dir_all(scratch.at("w")).unwrap();
    }
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("autologin recover w").new_password("Other-pass1").fails(5, "file-not-found");
}

#[test]
fn passwd_keeps_auto_login_in_step() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "local");
    let done = scratch.mwallet("passwd w").password(PASSWORD).new_password("Other-pass1").ok();
    done.says("cwallet.sso was written anew, and opens without a password");
    let status = scratch.mwallet("autologin status w").password("Other-pass1").json();
    assert_eq!((&status["auto_login"], &status["in_step"]), (&"local".into(), &true.into()));
}

#[test]
fn created_wallets_have_the_files_of_their_kind() {
    let scratch = Scratch::new();
    for (flag, name, files) in [
        ("", "none", [true, false]),
        ("--auto-login", "on", [true, true]),
        ("--auto-login=local", "local", [true, true]),
        ("--auto-login=only", "only", [false, true]),
    ] {
        let call = scratch.mwallet(&format!("create {name} {flag}"));
        let call = if name == "only" { call } else { call.password(PASSWORD) };
        let report = call.json();
        assert_eq!(report["auto_login"], name, "{report:#}");
        assert_eq!(
            report["files"].as_array().unwrap().len(),
            files.iter().filter(|is| **is).count()
        );
        let found =
            ["ewallet.p12", "cwallet.sso"].map(|file| scratch.exists(&format!("{name}/{file}")));
        assert_eq!(found, files, "{name}");
        let list = scratch.mwallet(&format!("list {name}"));
        let list = if name == "none" { list.password(PASSWORD) } else { list };
        assert_eq!(list.json()["auto_login"], name);
    }
    scratch.mwallet("create only --auto-login").password(PASSWORD).fails(6, "would-overwrite");
    scratch.mwallet("create only --force").password(PASSWORD).ok();
    assert!(!scratch.exists("only/cwallet.sso"), "the file of the old wallet is gone");
    scratch.mwallet("create x.p12 --auto-login").password(PASSWORD).fails(2, "usage");
    scratch.mwallet("create y --auto-login=only").password(PASSWORD).fails(2, "usage");
    assert!(!scratch.exists("x.p12") && !scratch.exists("y"));
}

#[test]
fn inspect_tells_type_version_and_form() {
    let Some(fixtures) = fixtures() else { return };
    let scratch = Scratch::new();
    for (name, facts) in [
        ("v19.4/al", (6, 6, "aes")),
        ("v23.9/alo", (7, 6, "aes")),
        ("authored/des35", (6, 6, "des")),
    ] {
        let fixture = fixtures.iter().find(|fixture| fixture.name == name).unwrap();
        fixture.copy(&scratch);
        let check = |path: &str| {
            let report = scratch.mwallet(&format!("inspect {path}")).json();
            let header = &report["auto_login_file"]["header"];
            assert_eq!(
                (&header["type"], &header["version"], &header["form"]),
                (&facts.0.into(), &facts.1.into(), &facts.2.into()),
                "{name}: {report:#}"
            );
            assert_eq!(report["layout"], "oracle");
        };
        check("w");
        scratch.write("other-name", scratch.read("w/cwallet.sso"));
        check("other-name");
        fs::remove_dir_all(scratch.at("w")).unwrap();
    }
    // Version 7: the reason without the password, the facts with it.
    let fixture = fixtures.iter().find(|fixture| fixture.name == "v23.9/lsso").unwrap();
    fixture.copy(&scratch);
    let done = scratch.mwallet("inspect w").run();
    assert_eq!(done.status.code(), Some(4), "{}", done.story());
    assert!(done.all().contains("header version 7") && done.all().contains("auto-login-version"));
    let report = scratch.mwallet("inspect w").password("Welcome1").json();
    assert_eq!(report["auto_login_file"]["refusal"]["code"], "auto-login-version", "{report:#}");
    let status = scratch.mwallet("autologin status w").json();
    assert_eq!((&status["header"]["version"], &status["opens"]), (&7.into(), &false.into()));
    let object =
        scratch.mwallet("rename w x y").password("Welcome1").fails(6, "auto-login-elsewhere");
    let hint = "mwallet autologin local w --password-env MWALLET_TEST_PASSWORD";
    assert_eq!(object["hint"], hint, "{object:#}");
}

#[test]
fn wrapped_auto_login_file_is_recognised() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    quick_wallet(&scratch, "only");
    scratch.run(&openssl, "base64 -in w/cwallet.sso -out encoded").ok();
    let encoded = scratch.read("encoded");
    scratch.write("w/cwallet.sso", encoded);
    for path in ["w", "encoded"] {
        let object = scratch.mwallet(&format!("inspect {path}")).fails(1, "format-unsupported");
        let hint = object["hint"].as_str().unwrap();
        assert!(hint.starts_with("base64 -d "), "{object:#}");
    }
    scratch.mwallet("list w").fails(1, "format-unsupported");
}
#[test]
fn saved_under_a_password_an_auto_login_file_refuses() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "only");
    let mut store = Store::edit(&scratch.at("w"), &by_auto_login(maker), TIMEOUT).unwrap();
    let password = Password::from(PASSWORD);
    for protect in [Protect::Password(&password), Protect::Nothing] {
        let error = store.save(&Sealing { protect, ..Sealing::default() }).unwrap_err();
        assert_eq!(error.code(), Code::FORMAT_UNSUPPORTED);
    }
    // And what gets a password file has to be given a password.
    store.set_auto_login(AutoLogin::On, Some(maker)).unwrap();
    assert_eq!(store.save(&Sealing::default()).unwrap_err().code(), Code::PASSWORD_MISSING);
}

#[test]
fn what_only_the_replaced_file_holds_is_kept_aside() {
    let scratch = Scratch::new();
    // Somebody put the auto-login file of another day, with one entry more, beside the wallet.
    quick_wallet(&scratch, "on");
    let old = scratch.read("w/ewallet.p12");
    scratch.mwallet("secret set w extra --value-stdin").password(PASSWORD).stdin(b"v").ok();
    let fuller = scratch.read("w/cwallet.sso");
    scratch.write("w/ewallet.p12", &old);
    let planned = scratch.mwallet("rename w x y --dry-run").password(PASSWORD).ok();
    planned.says("so a copy would be kept as w/cwallet.sso.kept (kept-aside)");
    assert!(!scratch.at("w/cwallet.sso.kept").exists());
    let saved = scratch.mwallet("rename w x y").password(PASSWORD).json();
    assert!(saved["warnings"].to_string().contains("kept-aside"), "{saved}");
    assert_eq!(scratch.read("w/cwallet.sso.kept"), fuller);
    assert_eq!(scratch.mode("w/cwallet.sso.kept"), 0o600);
    // In step again, so nothing more is kept; nor is the same file kept twice.
    scratch.mwallet("rename w y x").password(PASSWORD).ok();
    scratch.write("w/cwallet.sso", &fuller);
    scratch.mwallet("rename w x y").password(PASSWORD).ok();
    assert!(!scratch.at("w/cwallet.sso.kept-2").exists());
    // A file that nobody can open may hold anything.
    scratch.write("w/cwallet.sso", b"");
    let refused =
        scratch.mwallet("rename w y x").password(PASSWORD).fails(6, "auto-login-elsewhere");
    let hint = "mwallet autologin on w --password-env MWALLET_TEST_PASSWORD";
    assert_eq!(refused["hint"], hint);
    assert_eq!(scratch.mwallet("autologin status w").report().1, Some(3));
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    assert_eq!(scratch.read("w/cwallet.sso.kept-2"), b"");
    // The file behind a lost password may hold more than the one that replaces it.
    let lost = scratch.read("w/ewallet.p12");
    let planned = scratch.mwallet("autologin recover w --dry-run").new_password("Other-pass1").ok();
    planned.says("would be kept as w/ewallet.p12.kept");
    assert!(!scratch.at("w/ewallet.p12.kept").exists());
    scratch.mwallet("autologin recover w").new_password("Other-pass1").ok();
    assert_eq!(scratch.read("w/ewallet.p12.kept"), lost);
    scratch.mwallet("list w/ewallet.p12.kept").password(PASSWORD).ok();
}

#[test]
fn link_to_one_of_the_two_files_means_the_wallet() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    for (link, target) in
        [("a.p12", "w/ewallet.p12"), ("b.sso", "w/cwallet.sso"), ("twice.p12", "a.p12")]
    {
        std::os::unix::fs::symlink(target, scratch.at(link)).unwrap();
        scratch.mwallet("rename").args(link).args("x y").password(PASSWORD).ok();
        // Read by the auto-login file.
        assert_eq!(scratch.mwallet("list w").json()["entries"][0]["alias"], "y", "{link}");
        scratch.mwallet("rename w y x").password(PASSWORD).ok();
        let merge = scratch.mwallet(&format!("merge w w --out {link} --type p12 --force"));
        merge.password(PASSWORD).src_password(PASSWORD).run().failed();
    }
    assert_eq!(scratch.mwallet("autologin status w").password(PASSWORD).json()["in_step"], true);
}
