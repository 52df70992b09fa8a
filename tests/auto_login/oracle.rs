//! Every wallet that a tool of Oracle, or a writer that those tools read, has made.

use crate::bytes::{auto_login_bags, password_bags};
use crate::fixtures::{
    TIMEOUT, by_auto_login, by_password, codes, contents, fixtures, header, maker, somebody, trust,
};
use crate::support::loudly;
use crate::support::scratch::Scratch;
use mwallet::code::Code;
use mwallet::codec::sso::{Form, Header, Kind};
use mwallet::codec::{self, Opening, Sealing};
use mwallet::model::format::{Format, Layout};
use mwallet::secret::Password;
use mwallet::store::dir::AutoLogin;
use mwallet::store::{Store, StoreError};
use std::fs;

#[test]
fn every_wallet_opens_by_password_and_by_auto_login_with_the_same_contents() {
    let Some(fixtures) = fixtures() else { return };
    let (mut both, mut bound) = (0, 0);
    for fixture in &fixtures {
        let name = &fixture.name;
        if !fixture.has_auto_login {
            let read = Store::read(&fixture.path, &by_password(&fixture.password, maker));
            if name.contains("bug_changepwd") {
                let locked = read.unwrap();
                assert!(codes(&locked).contains(&Code::KEY_LOCKED), "{name}");
                continue;
            }
            read.unwrap_or_else(|error| panic!("{name}: {error}"));
            continue;
        }
        let auto = Store::read(&fixture.path, &by_auto_login(maker));
        if fixture.is_version_7() {
            assert_eq!(auto.unwrap_err().code(), Code::AUTO_LOGIN_VERSION, "{name}");
            Store::read(&fixture.path, &by_password(&fixture.password, maker)).unwrap();
            bound += 1;
            continue;
        }
        let auto = auto.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(auto.format(), Format::Sso, "{name}");
        assert_eq!(auto.layout(), Some(Layout::Oracle), "{name}");
        assert_eq!(codes(&auto).iter().filter(|code| **code != Code::PERMISSIONS_LOOSE).count(), 0);
        if auto.auto_login() == AutoLogin::Local {
            bound += 1;
            let error = Store::read(&fixture.path, &by_auto_login(somebody)).unwrap_err();
            assert_eq!(error.code(), Code::AUTO_LOGIN_BOUND, "{name}");
            assert!(error.to_string().contains("host elsewhere and user nobody"), "{error}");
            assert!(error.to_string().ends_with("; or it was damaged"), "{error}");
            let error = Store::read(&fixture.path, &Opening::with(None)).unwrap_err();
            assert_eq!(error.code(), Code::AUTO_LOGIN_BOUND, "{name}");
        }
        if !fixture.has_password_file {
            assert_eq!(auto.auto_login(), AutoLogin::Only, "{name}");
            continue;
        }
        let password = Store::read(&fixture.path, &by_password(&fixture.password, maker)).unwrap();
        assert_eq!(password.format(), Format::Pkcs12, "{name}");
        assert_eq!(contents(&auto), contents(&password), "{name}");
        assert!(!codes(&password).contains(&Code::AUTO_LOGIN_OUT_OF_STEP), "{name}");
        let wrong = Password::from("Wrong-pass1");
        let error = Store::read(&fixture.path, &by_password(&wrong, maker)).unwrap_err();
        assert_eq!(error.code(), Code::PASSWORD_WRONG, "{name}: a wrong password is not ignored");
        both += 1;
    }
    loudly(&format!("{} fixtures, {both} in step, {bound} local", fixtures.len()));
    assert!(both > 30 && bound >= 3);
}

#[test]
fn saving_without_a_change_writes_nothing_where_the_layout_is_oracles() {
    let Some(fixtures) = fixtures() else { return };
    for fixture in fixtures.iter().filter(|fixture| !fixture.is_version_7()) {
        let name = &fixture.name;
        let scratch = Scratch::new();
        let path = fixture.copy(&scratch);
        let before = scratch.picture("w");
        let opening = if fixture.has_password_file {
            by_password(&fixture.password, maker)
        } else {
            by_auto_login(maker)
        };
        let mut store = Store::edit(&path, &opening, TIMEOUT).unwrap();
        let native = store.layout() == Some(Layout::Oracle);
        let saved = store.save(&Sealing::default());
        if name.contains("bug_changepwd") {
            assert_eq!(saved.unwrap_err().code(), Code::KEY_LOCKED);
            continue;
        }
        if !native && matches!(&saved, Err(error) if error.code() == Code::PASSWORD_MISSING) {
            assert!(name.contains("noenc"), "{name}");
            continue;
        }
        let saved = saved.unwrap_or_else(|error| panic!("{name}: {error}"));
        drop(store);
        assert_eq!((saved.written, saved.layout_converted), (!native, !native), "{name}");
        if native {
            scratch.assert_unchanged("w", &before);
        }
        Store::read(&path, &opening).unwrap();
    }
}

#[test]
fn after_adding_a_certificate_both_files_hold_the_same_bags_and_the_old_ones_as_they_were() {
    let Some(fixtures) = fixtures() else { return };
    let mut tried = 0;
    for fixture in fixtures.iter().filter(|fixture| fixture.has_auto_login) {
        if fixture.is_version_7() {
            continue;
        }
        let name = &fixture.name;
        let scratch = Scratch::new();
        let path = fixture.copy(&scratch);
        let (old_header, old) = (header(&path), fs::read(path.join("cwallet.sso")).unwrap());
        let opening = if fixture.has_password_file {
            by_password(&fixture.password, maker)
        } else {
            by_auto_login(maker)
        };
        let before = if fixture.has_password_file {
            password_bags(&path, &fixture.password)
        } else {
            auto_login_bags(&path, &maker())
        };
        let old_profile = Store::read(&path, &by_auto_login(maker)).unwrap();
        let mut store = Store::edit(&path, &opening, TIMEOUT).unwrap();
        let added = trust(&mut store);
        let saved =
            store.save(&Sealing::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(saved.written, "{name}");
        assert_eq!(saved.auto_login.is_some(), fixture.has_password_file, "{name}");
        drop(store);
        let after = auto_login_bags(&path, &maker());
        if fixture.has_password_file {
            assert_eq!(password_bags(&path, &fixture.password), after, "{name}");
        }
        assert_eq!(after[..before.len()], before, "{name}: the old bags");
        assert_eq!(after.len(), before.len() + 1, "{name}");
        assert!(after.last().unwrap().windows(added.der().len()).any(|part| part == added.der()));
        let new = fs::read(path.join("cwallet.sso")).unwrap();
        assert_eq!(header(&path), old_header, "{name}: type, version and form");
        assert_ne!(new[13..29], old[13..29], "{name}: a fresh key");
        let auto = Store::read(&path, &by_auto_login(maker)).unwrap();
        let profile = |store: &Store| store.origin.as_ref().and_then(codec::Origin::profile);
        if profile(&old_profile).is_some() {
            assert_eq!(profile(&auto), profile(&old_profile), "{name}");
        }
        if fixture.has_password_file {
            let password = Store::read(&path, &opening).unwrap();
            assert_eq!(contents(&auto), contents(&password), "{name}");
            assert!(!codes(&password).contains(&Code::AUTO_LOGIN_OUT_OF_STEP), "{name}");
        }
        tried += 1;
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn local_file_that_does_not_open_here_is_kept_until_it_is_told_what_to_become() {
    let Some(fixtures) = fixtures() else { return };
    for name in ["v23.9/lsso", "v19.4/lsso"] {
        let fixture = fixtures.iter().find(|fixture| fixture.name == name).unwrap();
        assert_eq!(fixture.is_version_7(), name.contains("23.9"));
        for (wanted, kind) in [
            (AutoLogin::None, None),
            (AutoLogin::On, Some(Kind::On)),
            (AutoLogin::Local, Some(Kind::Local)),
        ] {
            let scratch = Scratch::new();
            let path = fixture.copy(&scratch);
            let before = scratch.picture("w");
            let opening = by_password(&fixture.password, somebody);
            let error = Store::edit(&path, &opening, TIMEOUT).unwrap_err();
            assert!(matches!(error, StoreError::AutoLoginElsewhere { .. }), "{error}");
            assert_eq!(error.code(), Code::AUTO_LOGIN_ELSEWHERE);
            scratch.assert_unchanged("w", &before);
            assert!(!scratch.exists("w/cwallet.sso.lck"), "refused before anything is locked");

            let mut store = Store::edit_auto_login(&path, &opening, TIMEOUT).unwrap();
            store.set_auto_login(wanted, Some(somebody)).unwrap();
            assert!(store.save(&Sealing::default()).unwrap().written);
            drop(store);
            assert_eq!(path.join("cwallet.sso").exists(), kind.is_some());
            if let Some(kind) = kind {
                let form = Some(Form::Aes);
                assert_eq!(header(&path), Header { kind, version: 6, form });
                Store::read(&path, &by_auto_login(somebody)).unwrap();
            }
            Store::edit(&path, &opening, TIMEOUT).unwrap();
        }
    }
}
