//! Damaged files, and crashes between the two writes.

use crate::fixtures::{by_auto_login, by_password, codes, header, maker, quick_wallet};
use crate::support::job::PASSWORD;
use crate::support::run::Mwallet;
use crate::support::scratch::Scratch;
use mwallet::code::Code;
use mwallet::codec::sso::Kind;
use mwallet::codec::{self};
use mwallet::model::format::Format;
use mwallet::secret::Password;
use mwallet::store::Store;
use serde_json::Value;

/// Whoever follows the hint must not open to everybody what was for one user.
#[test]
fn hint_of_a_broken_local_file_makes_a_local_one() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "local");
    let good = scratch.read("w/cwallet.sso");
    for length in [4, 20, good.len() - 1] {
        scratch.write("w/cwallet.sso", &good[..length]);
        let refused = scratch.mwallet("rename w x y").password(PASSWORD);
        let error = refused.fails(6, "auto-login-elsewhere");
        let hint = "mwallet autologin local w --password-env MWALLET_TEST_PASSWORD";
        assert_eq!(error["hint"], hint, "{length}");
    }
    // A header of a form that is not read, of the same kind.
    let mut header = vec![0xA1, 0xF8, 0x4E, b'8', 0, 0, 0, 6, 0, 0, 0, 1, 5];
    header.resize(200, 0);
    scratch.write("w/cwallet.sso", header);
    let error = scratch.mwallet("list w").fails(1, "format-unsupported");
    assert_eq!(error["hint"], "mwallet autologin local w");
    scratch.mwallet("autologin local w").password(PASSWORD).ok();
    assert_eq!(scratch.read("w/cwallet.sso")[3], b'8');
    scratch.mwallet("list w").ok();
}

#[test]
fn truncated_or_changed_at_any_byte_is_an_error_with_its_code_and_changes_nothing() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    let good = scratch.read("w/cwallet.sso");
    let path = scratch.at("w");
    let password = Password::from(PASSWORD);
    let allowed = [
        Code::SSO_DAMAGED,
        Code::SSO_TRUNCATED,
        Code::FORMAT_UNKNOWN,
        Code::FORMAT_UNSUPPORTED,
        Code::ALGORITHM_UNSUPPORTED,
        Code::LIMIT_EXCEEDED,
    ];
    let try_one = |bytes: &[u8], what: String| {
        scratch.write("w/cwallet.sso", bytes);
        let before = scratch.picture("w");
        match Store::read(&path, &by_auto_login(maker)) {
            Ok(_) => panic!("{what}: opens"),
            Err(error) => {
                assert!(allowed.contains(&error.code()), "{what}: {error} ({})", error.code());
            }
        }
        // Who has the password reads on, and is told.
        let store = Store::read(&path, &by_password(&password, maker)).unwrap();
        assert!(
            codes(&store).contains(&Code::AUTO_LOGIN_OUT_OF_STEP),
            "{what}: {:?}",
            store.warnings
        );
        scratch.assert_unchanged("w", &before);
    };
    for length in 0..good.len() {
        try_one(&good[..length], format!("{length} bytes"));
    }
    for at in 0..good.len() {
        for bit in [0x80, 0x08] {
            let mut bytes = good.clone();
            bytes[at] ^= bit;
            try_one(&bytes, format!("byte {at} ^ {bit:#04x}"));
        }
    }
    // The next change mends what was broken behind a header that is understood.
    let mut bytes = good.clone();
    bytes[40] ^= 1;
    scratch.write("w/cwallet.sso", &bytes);
    scratch.mwallet("rename w x y").password(PASSWORD).ok();
    let list = scratch.mwallet("list w").json();
    assert_eq!(list["entries"][0]["alias"], "y", "{list:#}");
    // Behind one that is not, nobody knows what the file should be.
    scratch.write("w/cwallet.sso", b"lost");
    scratch.mwallet("rename w y z").password(PASSWORD).fails(6, "auto-login-elsewhere");
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    scratch.mwallet("rename w y z").password(PASSWORD).ok();
}

#[test]
fn changed_bytes_of_a_local_file_are_never_a_panic() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "local");
    let good = scratch.read("w/cwallet.sso");
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        let decoded = codec::decode(&bytes, Format::Sso, &by_auto_login(maker));
        assert!(decoded.is_err(), "byte {at} of {}: {:02x?}", good.len(), &good[at - 8..]);
    }
}

#[test]
fn crash_between_the_two_writes_is_told_and_mended_by_the_next_change() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    let stale = scratch.read("w/cwallet.sso");
    scratch
        .mwallet("csr w --dn CN=second --key ec:p256 --alias second --out s.csr")
        .password(PASSWORD)
        .ok();
    scratch.write("w/cwallet.sso", &stale);

    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let warning = list["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|warning| warning["code"] == "auto-login-out-of-step");
    let message = warning.expect("a warning")["message"].as_str().unwrap();
    // An error that comes after the warning takes it along.
    let failed = scratch.mwallet("show w nobody --json").password(PASSWORD).run().status(5);
    let failed: Value = serde_json::from_slice(&failed.stderr).unwrap();
    assert_eq!(failed["error"]["code"], "entry-not-found", "{failed}");
    assert_eq!(failed["warnings"][0]["code"], "auto-login-out-of-step", "{failed}");
    assert!(
        message.contains("the request") && message.contains("only in ewallet.p12"),
        "{message}"
    );
    let status = scratch.mwallet("autologin status w").password(PASSWORD).report().0;
    assert_eq!((&status["in_step"], &status["opens"]), (&false.into(), &true.into()), "{status:#}");
    // By auto-login the old state is seen.
    assert_eq!(scratch.mwallet("list w").json()["entries"].as_array().unwrap().len(), 1);

    scratch.mwallet("rename w x renamed").password(PASSWORD).ok();
    let status = scratch.mwallet("autologin status w").password(PASSWORD).json();
    assert_eq!(status["in_step"], true, "{status:#}");
    assert_eq!(scratch.mwallet("list w").json()["entries"].as_array().unwrap().len(), 2);

    // A save without a change mends as well.
    scratch.write("w/cwallet.sso", &stale);
    let judged = |call: Mwallet| {
        let report = call.report().0;
        let finding = report["findings"].as_array().unwrap().iter();
        let of_auto_login = |one: &&Value| one["code"].as_str().unwrap().starts_with("auto-login-");
        finding.filter(of_auto_login).cloned().collect::<Vec<_>>()
    };
    let check = || scratch.mwallet("check w");
    // Who looks at one file alone is told so.
    let [unchecked] = &judged(check())[..] else { panic!("one finding") };
    assert_eq!(
        (&unchecked["code"], &unchecked["severity"]),
        (&"auto-login-unchecked".into(), &"note".into())
    );
    let [apart] = &judged(check().password(PASSWORD))[..] else { panic!("one finding") };
    let repair = apart["repair"].as_str().unwrap();
    assert!(repair.starts_with("mwallet autologin on w"), "{repair}");
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    assert!(judged(check().password(PASSWORD)).is_empty());
    assert_eq!(scratch.mwallet("list w").json()["entries"].as_array().unwrap().len(), 2);
    let before = scratch.picture("w");
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    scratch.assert_unchanged("w", &before);

    // A name is content, too.
    let stale = scratch.read("w/cwallet.sso");
    scratch.mwallet("rename w renamed again").password(PASSWORD).ok();
    scratch.write("w/cwallet.sso", &stale);
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let warnings = list["warnings"].to_string();
    assert!(warnings.contains("the alias again is only in ewallet.p12"), "{list:#}");
}

#[test]
fn file_that_should_stand_alone_and_does_not_is_told_and_mended() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    let mut bytes = scratch.read("w/cwallet.sso");
    bytes[3] = b'7';
    scratch.write("w/cwallet.sso", bytes);
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert!(list["warnings"].to_string().contains("auto-login-out-of-step"), "{list:#}");
    let (report, status) = scratch.mwallet("check w").password(PASSWORD).report();
    assert_eq!(
        (report["headline"]["code"].as_str(), status),
        (Some("auto-login-out-of-step"), Some(3))
    );
    scratch.mwallet("rename w x y").fails(4, "password-missing");
    scratch.mwallet("rename w x y").password(PASSWORD).ok();
    assert_eq!(header(&scratch.at("w")).kind, Kind::On);
}
