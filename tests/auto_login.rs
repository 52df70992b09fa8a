//! Auto-login files: those of other writers, ours under other readers, and both files of a wallet
//! in step whatever happens.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::code::Code;
use mwallet::codec::sso::{Form, Header, Identity, Kind};
use mwallet::codec::{self, Opening, Protect, Sealing};
use mwallet::crypto::auto_login::{Seed, Wrapping};
use mwallet::crypto::kdf::{Budget, Passphrase};
use mwallet::crypto::pbe::Scheme;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryKind, TrustedEntry};
use mwallet::model::format::{Format, Layout};
use mwallet::model::trust::TrustFlags;
use mwallet::secret::Password;
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::{Store, StoreError};
use oracledb_protocol::tls::{sso as judge, wallet as judge_wallet};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::run::Done;
use support::scratch::Scratch;
use support::{loudly, peers};

const TIMEOUT: Duration = Duration::from_secs(5);

/// The host and the user that the local fixtures were made for.
fn maker() -> Identity {
    Identity::new("vm.example.com", "root")
}

fn somebody() -> Identity {
    Identity::new("elsewhere", "nobody")
}

/// A directory of the fixtures.
#[derive(Clone, Debug)]
struct Fixture {
    path: PathBuf,
    name: String,
    password: Password,
    has_password_file: bool,
    has_auto_login: bool,
}

/// Every directory that a tool of Oracle, or a writer that those tools read, has made.
fn fixtures() -> Option<Vec<Fixture>> {
    let root = support::corpus::shared("oracle-wallets")?;
    let mut found = Vec::new();
    for group in ["v19.4", "v23.9", "extra", "authored", "authored/hybrid"] {
        for entry in fs::read_dir(root.join(group)).unwrap() {
            let path = entry.unwrap().path();
            let has_password_file = path.join("ewallet.p12").is_file();
            let has_auto_login = path.join("cwallet.sso").is_file();
            if !has_password_file && !has_auto_login {
                continue;
            }
            let name = format!("{group}/{}", path.file_name().unwrap().to_str().unwrap());
            let password = if name.contains("/foreign_") { "Extern12" } else { "Welcome1" };
            let password = Password::from(password);
            found.push(Fixture { path, name, password, has_password_file, has_auto_login });
        }
    }
    assert!(found.len() > 50, "only {} fixtures", found.len());
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Some(found)
}

impl Fixture {
    fn copy(&self, scratch: &Scratch) -> PathBuf {
        for file in ["ewallet.p12", "cwallet.sso"] {
            if let Ok(bytes) = fs::read(self.path.join(file)) {
                scratch.write(&format!("w/{file}"), bytes);
            }
        }
        scratch.at("w")
    }

    fn header(&self) -> Option<Header> {
        self.has_auto_login.then(|| header(&self.path))
    }

    /// Whether it is a local file of 23ai.
    fn is_version_7(&self) -> bool {
        self.header().is_some_and(|header| header.version == 7)
    }
}

fn header(folder: &Path) -> Header {
    Header::read(&fs::read(folder.join("cwallet.sso")).unwrap()).unwrap()
}

fn by_password<'a>(password: &'a Password, identity: &'a Identity) -> Opening<'a> {
    Opening { identity: Some(identity), ..Opening::with(Some(password)) }
}

fn by_auto_login(identity: &Identity) -> Opening<'_> {
    Opening { identity: Some(identity), ..Opening::with(None) }
}

/// What a wallet holds, without its order.
fn contents(store: &Store) -> Vec<String> {
    let mut contents: Vec<String> = store
        .wallet
        .entries()
        .iter()
        .filter(|entry| match &entry.kind {
            EntryKind::Opaque(opaque) => !opaque.description.starts_with("wallet property"),
            _ => true,
        })
        .map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) => {
                let key_bytes = key.key.open().map(|key| key.pkcs8().to_vec());
                let chain: Vec<_> =
                    key.chain.iter().map(|link| link.certificate.fingerprint()).collect();
                format!("key {:?} {key_bytes:?} {chain:?}", entry.alias)
            }
            EntryKind::Request(pending) => {
                let key = pending.key.open().map(|key| key.pkcs8().to_vec());
                format!("request {:?} {key:?} {:?}", entry.alias, pending.request.der())
            }
            EntryKind::TrustedCertificate(trusted) => {
                format!("trusted {} {:?}", trusted.certificate.fingerprint(), trusted.flags)
            }
            EntryKind::Secret(secret) => {
                format!("secret {} {:?}", secret.name, secret.value.to_vec())
            }
            EntryKind::Opaque(opaque) => format!("opaque {:?}", opaque.raw.to_vec()),
        })
        .collect();
    contents.sort();
    contents
}

fn codes(store: &Store) -> Vec<Code> {
    store.warnings.iter().map(|warning| warning.code).collect()
}

fn new_ca(name: &str) -> Certificate {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    Certificate::from_der(parameters.self_signed(&key).unwrap().der()).unwrap()
}

fn trust(store: &mut Store) -> Certificate {
    let (certificate, flags) = (new_ca("added"), TrustFlags::default());
    let entry = TrustedEntry { certificate: certificate.clone(), flags };
    store.wallet.push(None, EntryKind::TrustedCertificate(entry));
    certificate
}

// ---- bytes, without the library's reader

/// The parts of the value at the front, and what follows it.
fn value(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (length, start) = match bytes[1] {
        short @ 0..0x80 => (usize::from(short), 2),
        long => {
            let count = usize::from(long & 0x7F);
            let length =
                bytes[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, 2 + count)
        }
    };
    let end = start + length;
    (&bytes[..end], &bytes[start..end], &bytes[end..])
}

fn values(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (whole, _, rest) = value(bytes);
        all.push(whole);
        bytes = rest;
    }
    all
}

fn inside(bytes: &[u8]) -> &[u8] {
    value(bytes).1
}

/// The SafeContents of a PFX in Oracle's layout.
fn safe_contents(pfx: &[u8], password: &Password) -> Vec<u8> {
    let auth_safe = values(inside(pfx))[1];
    let octets = inside(inside(values(inside(auth_safe))[1]));
    let infos = values(inside(octets));
    assert_eq!(infos.len(), 1, "one safe");
    let encrypted_data = inside(values(inside(infos[0]))[1]);
    let content_info = values(inside(encrypted_data))[1];
    let parts = values(inside(content_info));
    let scheme = Scheme::from_der(parts[1]).unwrap();
    assert_eq!(parts[2][0], 0x80, "the ciphertext is one primitive value");
    let form = &Passphrase::forms(password)[0];
    scheme.decrypt(form, inside(parts[2]), &Budget::unlimited()).unwrap().to_vec()
}

/// The password of a `cwallet.sso`, from the bytes that the specification names.
fn auto_login_password(bytes: &[u8], identity: &Identity) -> (Password, usize) {
    assert_eq!(bytes[..3], [0xA1, 0xF8, 0x4E]);
    let (seed, at): (Seed, usize) = if bytes[12] == 0x06 {
        assert_eq!(bytes[8..12], [0, 0, 0, 33]);
        (Wrapping::Aes.unwrap(&bytes[13..29], &bytes[29..45]).unwrap().unwrap(), 45)
    } else {
        assert_eq!((&bytes[8..12], bytes[12]), (&[0, 0, 0, 65][..], 0x35));
        let hex = |text: &[u8]| -> Vec<u8> {
            let text = std::str::from_utf8(text).unwrap();
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
                .collect()
        };
        (Wrapping::Des.unwrap(&hex(&bytes[13..29]), &hex(&bytes[29..77])).unwrap().unwrap(), 77)
    };
    assert!(seed.is_text());
    let password = match bytes[3] {
        b'8' => seed.bound_password(&identity.host, &identity.user),
        _ => seed.password().unwrap(),
    };
    (password, at)
}

fn auto_login_bags(folder: &Path, identity: &Identity) -> Vec<Vec<u8>> {
    let bytes = fs::read(folder.join("cwallet.sso")).unwrap();
    let (password, at) = auto_login_password(&bytes, identity);
    bags(&safe_contents(&bytes[at..], &password))
}

fn password_bags(folder: &Path, password: &Password) -> Vec<Vec<u8>> {
    bags(&safe_contents(&fs::read(folder.join("ewallet.p12")).unwrap(), password))
}

fn bags(contents: &[u8]) -> Vec<Vec<u8>> {
    values(inside(contents)).into_iter().map(<[u8]>::to_vec).collect()
}

// ---- the fixtures

#[test]
fn every_wallet_opens_by_password_and_by_auto_login_with_the_same_contents() {
    let Some(fixtures) = fixtures() else { return };
    let (mut both, mut bound) = (0, 0);
    for fixture in &fixtures {
        let (name, maker, somebody) = (&fixture.name, maker(), somebody());
        if !fixture.has_auto_login {
            let read = Store::read(&fixture.path, &by_password(&fixture.password, &maker));
            if name.contains("bug_changepwd") {
                let locked = read.unwrap();
                assert!(codes(&locked).contains(&Code::KEY_LOCKED), "{name}");
                continue;
            }
            read.unwrap_or_else(|error| panic!("{name}: {error}"));
            continue;
        }
        let auto = Store::read(&fixture.path, &by_auto_login(&maker));
        if fixture.is_version_7() {
            assert_eq!(auto.unwrap_err().code(), Code::AUTO_LOGIN_VERSION, "{name}");
            Store::read(&fixture.path, &by_password(&fixture.password, &maker)).unwrap();
            bound += 1;
            continue;
        }
        let auto = auto.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(auto.format(), Format::Sso, "{name}");
        assert_eq!(auto.layout(), Some(Layout::Oracle), "{name}");
        assert_eq!(codes(&auto).iter().filter(|code| **code != Code::PERMISSIONS_LOOSE).count(), 0);
        if auto.auto_login() == AutoLogin::Local {
            bound += 1;
            let error = Store::read(&fixture.path, &by_auto_login(&somebody)).unwrap_err();
            assert_eq!(error.code(), Code::AUTO_LOGIN_BOUND, "{name}");
            assert!(error.to_string().contains("host elsewhere and user nobody"), "{error}");
            let error = Store::read(&fixture.path, &Opening::with(None)).unwrap_err();
            assert_eq!(error.code(), Code::AUTO_LOGIN_BOUND, "{name}");
        }
        if !fixture.has_password_file {
            assert_eq!(auto.auto_login(), AutoLogin::Only, "{name}");
            continue;
        }
        let password = Store::read(&fixture.path, &by_password(&fixture.password, &maker)).unwrap();
        assert_eq!(password.format(), Format::Pkcs12, "{name}");
        assert_eq!(contents(&auto), contents(&password), "{name}");
        assert!(!codes(&password).contains(&Code::AUTO_LOGIN_OUT_OF_STEP), "{name}");
        let wrong = Password::from("Wrong-pass1");
        let error = Store::read(&fixture.path, &by_password(&wrong, &maker)).unwrap_err();
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
        let (name, maker) = (&fixture.name, maker());
        let scratch = Scratch::new();
        let path = fixture.copy(&scratch);
        let before = scratch.picture("w");
        let opening = if fixture.has_password_file {
            by_password(&fixture.password, &maker)
        } else {
            by_auto_login(&maker)
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
        let (name, maker) = (&fixture.name, maker());
        let scratch = Scratch::new();
        let path = fixture.copy(&scratch);
        let (old_header, old) = (header(&path), fs::read(path.join("cwallet.sso")).unwrap());
        let opening = if fixture.has_password_file {
            by_password(&fixture.password, &maker)
        } else {
            by_auto_login(&maker)
        };
        let before = if fixture.has_password_file {
            password_bags(&path, &fixture.password)
        } else {
            auto_login_bags(&path, &maker)
        };
        let old_profile = Store::read(&path, &by_auto_login(&maker)).unwrap();
        let mut store = Store::edit(&path, &opening, TIMEOUT).unwrap();
        let added = trust(&mut store);
        let saved =
            store.save(&Sealing::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(saved.written, "{name}");
        assert_eq!(saved.auto_login.is_some(), fixture.has_password_file, "{name}");
        drop(store);
        let after = auto_login_bags(&path, &maker);
        if fixture.has_password_file {
            assert_eq!(password_bags(&path, &fixture.password), after, "{name}");
        }
        assert_eq!(after[..before.len()], before, "{name}: the old bags");
        assert_eq!(after.len(), before.len() + 1, "{name}");
        assert!(after.last().unwrap().windows(added.der().len()).any(|part| part == added.der()));
        let new = fs::read(path.join("cwallet.sso")).unwrap();
        assert_eq!(header(&path), old_header, "{name}: type, version and form");
        assert_ne!(new[13..29], old[13..29], "{name}: a fresh key");
        let auto = Store::read(&path, &by_auto_login(&maker)).unwrap();
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
            let (scratch, somebody) = (Scratch::new(), somebody());
            let path = fixture.copy(&scratch);
            let before = scratch.picture("w");
            let opening = by_password(&fixture.password, &somebody);
            let error = Store::edit(&path, &opening, TIMEOUT).unwrap_err();
            assert!(matches!(error, StoreError::AutoLoginElsewhere { .. }), "{error}");
            assert_eq!(error.code(), Code::AUTO_LOGIN_ELSEWHERE);
            scratch.assert_unchanged("w", &before);
            assert!(!scratch.exists("w/cwallet.sso.lck"), "refused before anything is locked");

            let mut store = Store::edit_auto_login(&path, &opening, TIMEOUT).unwrap();
            store.set_auto_login(wanted, Some(&somebody)).unwrap();
            assert!(store.save(&Sealing::default()).unwrap().written);
            drop(store);
            assert_eq!(path.join("cwallet.sso").exists(), kind.is_some());
            if let Some(kind) = kind {
                let form = Some(Form::Aes);
                assert_eq!(header(&path), Header { kind, version: 6, form });
                Store::read(&path, &by_auto_login(&somebody)).unwrap();
            }
            Store::edit(&path, &opening, TIMEOUT).unwrap();
        }
    }
}

// ---- damage and crashes

/// A wallet with a key and few iterations, so that thousands of opens take no time.
fn quick_wallet(scratch: &Scratch, kind: &str) {
    let password = Password::from(PASSWORD);
    let (wanted, protect) = match kind {
        "on" => (AutoLogin::On, Protect::Password(&password)),
        "local" => (AutoLogin::Local, Protect::Password(&password)),
        "only" => (AutoLogin::Only, Protect::Keep),
        other => panic!("{other}"),
    };
    let location = Location::Directory(scratch.at("w"));
    let mut store = Store::create(location, Format::Pkcs12, false, TIMEOUT).unwrap();
    store.set_auto_login(wanted, Some(&maker())).unwrap();
    let iterations = Some(1);
    store.save(&Sealing { protect, iterations, ..Sealing::default() }).unwrap();
    drop(store);
    if kind == "local" {
        // For the host and the user of the program.
        scratch.mwallet("autologin local w").password(PASSWORD).ok();
    }
    let csr = scratch.mwallet("csr w --dn CN=x --key ec:p256 --alias x --out x.csr");
    let csr = csr.arg("--force");
    if kind == "only" {
        csr.ok()
    } else {
        csr.password(PASSWORD).ok()
    };
}

#[test]
fn truncated_or_changed_at_any_byte_is_an_error_with_its_code_and_changes_nothing() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "on");
    let (good, identity) = (scratch.read("w/cwallet.sso"), maker());
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
        match Store::read(&path, &by_auto_login(&identity)) {
            Ok(_) => panic!("{what}: opens"),
            Err(error) => {
                assert!(allowed.contains(&error.code()), "{what}: {error} ({})", error.code());
            }
        }
        // Who has the password reads on, and is told.
        let store = Store::read(&path, &by_password(&password, &identity)).unwrap();
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
        let decoded = codec::decode(&bytes, Format::Sso, &by_auto_login(&maker()));
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
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
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

// ---- the verbs

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
    scratch.mwallet("autologin on w").fails(2, "input-required");
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
    scratch.mwallet("passwd w").password(PASSWORD).new_password("Other-pass1").ok();
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
    scratch.mwallet("create x.p12 --auto-login").password(PASSWORD).fails(1, "format-unsupported");
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
    assert_eq!(object["hint"], "mwallet autologin local w", "{object:#}");
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

// ---- other readers

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
        .args(["--exact", "judge_of_a_local_file", "--ignored"])
        .env("JUDGED_FILE", path)
        .env("HOSTNAME", &identity.host)
        .env("USER", &identity.user);
    support::run::run(&mut command, b"")
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

#[test]
fn saved_under_a_password_an_auto_login_file_refuses() {
    let scratch = Scratch::new();
    quick_wallet(&scratch, "only");
    let identity = maker();
    let mut store = Store::edit(&scratch.at("w"), &by_auto_login(&identity), TIMEOUT).unwrap();
    let password = Password::from(PASSWORD);
    for protect in [Protect::Password(&password), Protect::Nothing] {
        let error = store.save(&Sealing { protect, ..Sealing::default() }).unwrap_err();
        assert_eq!(error.code(), Code::FORMAT_UNSUPPORTED);
    }
    // And what gets a password file has to be given a password.
    store.set_auto_login(AutoLogin::On, Some(&identity)).unwrap();
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
    assert_eq!(refused["hint"], "mwallet autologin on w");
    assert_eq!(scratch.mwallet("autologin status w").report().1, Some(3));
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    assert_eq!(scratch.read("w/cwallet.sso.kept-2"), b"");
    // The file behind a lost password may hold more than the one that replaces it.
    let lost = scratch.read("w/ewallet.p12");
    scratch.mwallet("autologin recover w --dry-run").new_password("Other-pass1").ok();
    assert!(!scratch.at("w/ewallet.p12.kept").exists());
    scratch.mwallet("autologin recover w").new_password("Other-pass1").ok();
    assert_eq!(scratch.read("w/ewallet.p12.kept"), lost);
    scratch.mwallet("list w/ewallet.p12.kept").password(PASSWORD).ok();
}
