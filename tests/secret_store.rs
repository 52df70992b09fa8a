//! The secret store through the library: numbers, partial logins, transparent data encryption, and
//! the wallets of mkstore.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::{Opening, Protect, Sealing, decode, encode};
use mwallet::crypto::keygen::generate;
use mwallet::issue::csr;
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::model::alias::Alias;
use mwallet::model::entry::{Entry, EntryId, EntryKind, RequestEntry, SecretEntry};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyAlgorithm, KeyMaterial};
use mwallet::model::name::DistinguishedName;
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::ops::edit;
use mwallet::ops::secret::credential::{self, Login};
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::ops::secret::{self, Family, Stored};
use mwallet::secret::{Password, SecretBytes};
use support::corpus;

fn connect(text: &str) -> Login {
    Login::Connect(text.to_owned())
}

fn bytes(text: &str) -> SecretBytes {
    SecretBytes::from(text.as_bytes())
}

fn set(wallet: &mut Wallet, login: &Login, user: Option<&str>, password: &str) -> Stored {
    credential::set(wallet, login, user, &bytes(password)).unwrap()
}

/// `number connect user` of each login for a connect string.
fn numbered(wallet: &Wallet) -> Vec<String> {
    credential::list(wallet)
        .iter()
        .filter_map(|credential| {
            let Some(Login::Connect(connect)) = &credential.login else { return None };
            Some(format!("{} {connect} {}", credential.number?, credential.user.as_deref()?))
        })
        .collect()
}

fn push(wallet: &mut Wallet, name: &str, value: &str) -> EntryId {
    let (name, value) = (name.to_owned(), bytes(value));
    wallet.push(None, EntryKind::from(SecretEntry { name, value }))
}

#[test]
fn a_removed_number_is_taken_by_the_next_login_and_others_keep_theirs() {
    let mut wallet = Wallet::new();
    for name in ["a", "b", "c"] {
        assert_eq!(set(&mut wallet, &connect(name), Some("u"), "p"), Stored::Added);
    }
    credential::remove(&mut wallet, &connect("b")).unwrap();
    assert_eq!(numbered(&wallet), ["1 a u", "3 c u"]);
    set(&mut wallet, &connect("d"), Some("u"), "p");
    set(&mut wallet, &connect("e"), Some("u"), "p");
    assert_eq!(numbered(&wallet), ["1 a u", "2 d u", "3 c u", "4 e u"]);
}

#[test]
fn a_number_of_which_one_part_is_in_use_is_not_free() {
    for part in ["connect_string1", "username1", "password1"] {
        let mut wallet = Wallet::new();
        push(&mut wallet, &format!("oracle.security.client.{part}"), "x");
        set(&mut wallet, &connect("a"), Some("u"), "p");
        assert!(numbered(&wallet).contains(&"2 a u".to_owned()), "{part}: {:?}", numbered(&wallet));
    }
    // Not numbers: a leading zero, a sign, nothing, zero, and one that no counter holds.
    let mut wallet = Wallet::new();
    for end in ["01", "+1", "", "0", "99999999999"] {
        push(&mut wallet, &format!("oracle.security.client.username{end}"), "x");
    }
    set(&mut wallet, &connect("a"), Some("u"), "p");
    assert_eq!(numbered(&wallet), ["1 a u"]);
}

#[test]
fn a_known_login_is_changed_in_place() {
    let mut wallet = Wallet::new();
    set(&mut wallet, &connect("a"), Some("u"), "p");
    set(&mut wallet, &connect("b"), Some("u"), "p");
    let ids: Vec<EntryId> = wallet.entries().iter().map(Entry::id).collect();
    assert_eq!(set(&mut wallet, &connect("a"), None, "new"), Stored::Changed);
    assert_eq!(set(&mut wallet, &connect("a"), None, "new"), Stored::Unchanged);
    assert_eq!(set(&mut wallet, &connect("a"), Some("other"), "new"), Stored::Changed);
    assert_eq!(numbered(&wallet), ["1 a other", "2 b u"]);
    assert_eq!(credential::get(&wallet, &connect("a")).unwrap()[..], *b"new");
    let now: Vec<EntryId> = wallet.entries().iter().map(Entry::id).collect();
    assert_eq!(now, ids);
}

#[test]
fn a_new_login_without_a_user_changes_nothing() {
    let mut wallet = Wallet::new();
    let user = Login::User { map: "m".to_owned(), key: "k".to_owned() };
    for login in [connect("a"), Login::Default, user] {
        let error = credential::set(&mut wallet, &login, None, &bytes("p")).unwrap_err();
        assert_eq!(error.code().name(), "input-required", "{login:?}");
        assert!(wallet.entries().is_empty(), "{login:?}");
    }
}

#[test]
fn a_partial_login_is_reported_and_can_be_completed() {
    let mut wallet = Wallet::new();
    push(&mut wallet, "oracle.security.client.connect_string1", "a");
    push(&mut wallet, "oracle.security.client.username2", "u");
    push(&mut wallet, "oracle.security.client.default_password", "p");
    push(&mut wallet, "m@#3#@k", "not the value of a user credential");
    let found = credential::list(&wallet);
    assert_eq!(found.len(), 4);
    for credential in &found {
        assert!(!credential.is_complete(), "{credential:?}");
        assert_eq!(credential.warning().unwrap().code.name(), "credential-incomplete");
    }
    assert_eq!(
        credential::get(&wallet, &connect("a")).unwrap_err().code().name(),
        "entry-not-found"
    );
    let user = Login::User { map: "m".to_owned(), key: "k".to_owned() };
    assert_eq!(credential::get(&wallet, &user).unwrap_err().code().name(), "value-invalid");
    set(&mut wallet, &connect("a"), Some("u1"), "p");
    assert_eq!(numbered(&wallet), ["1 a u1"]);
    assert!(credential::list(&wallet)[0].is_complete());
}

#[test]
fn a_login_is_found_by_its_number_whatever_of_it_is_missing() {
    let mut wallet = Wallet::new();
    push(&mut wallet, "oracle.security.client.connect_string1", "a");
    push(&mut wallet, "oracle.security.client.username1", "u");
    push(&mut wallet, "oracle.security.client.username3", "v");
    push(&mut wallet, "oracle.security.client.password3", "p3");
    push(&mut wallet, "oracle.security.client.default_username", "d");
    let message = |login: &Login| credential::get(&wallet, login).unwrap_err().to_string();
    assert_eq!(message(&connect("a")), "the login for a has no password in the wallet");
    assert_eq!(
        message(&Login::Default),
        "the login for every connect string has no password in the wallet"
    );
    assert_eq!(message(&Login::Number(2)), "no entry is called login 2");
    assert_eq!(*credential::get(&wallet, &Login::Number(3)).unwrap(), *b"p3");
    let names = credential::by_name(&wallet);
    assert_eq!(names.get("oracle.security.client.username1"), Some(&connect("a")));
    assert_eq!(names.get("oracle.security.client.username3"), None);
    set(&mut wallet, &Login::Number(1), None, "p1");
    assert_eq!(*credential::get(&wallet, &connect("a")).unwrap(), *b"p1");
    credential::remove(&mut wallet, &Login::Number(3)).unwrap();
    assert!(credential::remove(&mut wallet, &Login::Number(3)).is_err());
    assert_eq!(numbered(&wallet), ["1 a u"]);
}

#[test]
fn a_connect_string_that_stands_twice_is_not_guessed_at() {
    let mut wallet = Wallet::new();
    push(&mut wallet, "oracle.security.client.connect_string1", "a");
    push(&mut wallet, "oracle.security.client.connect_string2", "a");
    let before = wallet.entries().len();
    for code in [
        credential::set(&mut wallet, &connect("a"), Some("u"), &bytes("p")).unwrap_err().code(),
        credential::remove(&mut wallet, &connect("a")).unwrap_err().code(),
        credential::get(&wallet, &connect("a")).unwrap_err().code(),
    ] {
        assert_eq!(code.name(), "entry-ambiguous");
    }
    assert_eq!(wallet.entries().len(), before);
}

#[test]
fn a_user_credential_keeps_its_type_and_expiry() {
    let mut wallet = Wallet::new();
    push(&mut wallet, "m@#3#@k", "{other}@#4#@2030@#5#@u@#111#@p@#111#@q");
    let login = Login::User { map: "m".to_owned(), key: "k".to_owned() };
    assert_eq!(credential::get(&wallet, &login).unwrap()[..], *b"p@#111#@q");
    set(&mut wallet, &login, None, "new");
    assert_eq!(secret::get(&wallet, "m@#3#@k").unwrap()[..], *b"{other}@#4#@2030@#5#@u@#111#@new");
    let error = credential::set(&mut wallet, &login, Some("a@#111#@b"), &bytes("p")).unwrap_err();
    assert_eq!(error.code().name(), "value-invalid");
}

#[test]
fn names_are_listed_without_regard_to_case_and_sorted_into_families() {
    let mut wallet = Wallet::new();
    for name in ["b", "A", "é", "ORACLE.SECURITY.TS.ENCRYPTION.x", "m@#3#@k"] {
        push(&mut wallet, name, "v");
    }
    set(&mut wallet, &connect("c"), Some("u"), "p");
    set(&mut wallet, &Login::Default, Some("u"), "p");
    let names = secret::names(&wallet);
    assert_eq!(names[..3], ["A", "b", "m@#3#@k"]);
    let families: Vec<&str> = names.iter().map(|name| Family::of(name).name()).collect();
    for family in ["other", "tde", "user-credential", "credential", "default-credential"] {
        assert!(families.contains(&family), "{family}: {families:?}");
    }
}

#[test]
fn only_names_that_go_ora_takes_for_numbered_ones_are_warned_of() {
    for name in ["token1", "m@#3#@k1", "oracle.security.client.connect_string01"] {
        let warning = secret::name_warning(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(warning.code.name(), "secret-unreadable");
        assert!(warning.message.contains("go-ora"), "{}", warning.message);
    }
    for name in ["token", "oracle.security.client.password12", "12a", ""] {
        assert!(secret::name_warning(name).is_none(), "{name}");
    }
}

#[test]
fn values_that_are_not_text_are_refused() {
    let mut wallet = Wallet::new();
    let value = SecretBytes::from(&[0xFF, 0xFE][..]);
    let error = secret::set(&mut wallet, "a", value, TdeEntries::Keep).unwrap_err();
    assert_eq!(error.code().name(), "value-invalid");
    assert!(wallet.entries().is_empty());
}

const TDE: &str = "ORACLE.SECURITY.DB.ENCRYPTION.MASTERKEY";

/// A wallet as a database with transparent data encryption has it, with the dummy request.
fn tde_wallet() -> (Wallet, EntryId, EntryId) {
    let mut wallet = Wallet::new();
    let secret = push(&mut wallet, TDE, "the key");
    let id = pending(&mut wallet, "CN=oracle");
    (wallet, secret, id)
}

fn pending(wallet: &mut Wallet, subject: &str) -> EntryId {
    let key = generate(KeyAlgorithm::EcP256).unwrap();
    let subject = DistinguishedName::parse(subject).unwrap();
    let request = csr::request(&key, &subject, &RequestedExtensions::default()).unwrap();
    let entry = RequestEntry { key: KeyMaterial::Open(key), request: request.into() };
    let kind = EntryKind::from(entry);
    wallet.push(Some(Alias::new("orakey")), kind)
}

#[test]
fn tde_entries_are_neither_changed_nor_removed_nor_renamed() {
    let (mut wallet, key, request) = tde_wallet();
    for error in [
        secret::set(&mut wallet, TDE, bytes("x"), TdeEntries::Keep).unwrap_err(),
        secret::set(&mut wallet, "ORACLE.SECURITY.KM.ENCRYPTION.new", bytes("x"), TdeEntries::Keep)
            .unwrap_err(),
        secret::remove(&mut wallet, TDE, TdeEntries::Keep).unwrap_err(),
        edit::remove(&mut wallet, key, TdeEntries::Keep).unwrap_err(),
        edit::remove(&mut wallet, request, TdeEntries::Keep).unwrap_err(),
        edit::rename(&mut wallet, request, Alias::new("x"), TdeEntries::Keep).unwrap_err(),
    ] {
        assert_eq!(error.code().name(), "tde-entry", "{error}");
    }
    assert_eq!(secret::get(&wallet, TDE).unwrap()[..], *b"the key");
    assert_eq!(wallet.entries().len(), 2);
    secret::set(&mut wallet, TDE, bytes("x"), TdeEntries::Touch).unwrap();
    edit::rename(&mut wallet, request, Alias::new("x"), TdeEntries::Touch).unwrap();
    edit::remove(&mut wallet, request, TdeEntries::Touch).unwrap();
    secret::remove(&mut wallet, TDE, TdeEntries::Touch).unwrap();
    assert!(wallet.entries().is_empty());
}

#[test]
fn a_request_of_that_name_is_free_where_there_is_no_such_encryption() {
    let mut wallet = Wallet::new();
    let request = pending(&mut wallet, "CN=oracle");
    edit::remove(&mut wallet, request, TdeEntries::Keep).unwrap();
    let (mut wallet, ..) = tde_wallet();
    let other = pending(&mut wallet, "CN=oracle,O=Acme");
    edit::remove(&mut wallet, other, TdeEntries::Keep).unwrap();
}

#[test]
fn tde_entries_survive_logins_that_come_and_go() {
    let (mut wallet, ..) = tde_wallet();
    let password = Password::from("Welcome1");
    let sealing = Sealing {
        protect: Protect::Password(&password),
        profile: Some(Profile::Oracle23ai),
        iterations: Some(1_000),
        ..Sealing::default()
    };
    let mut file = encode(&wallet, Format::Pkcs12, &sealing, None).unwrap();
    for round in 0..3 {
        let decoded = decode(&file, Format::Pkcs12, &Opening::with(Some(&password))).unwrap();
        wallet = decoded.wallet;
        assert_eq!(wallet.entries()[0].kind.name(), "secret");
        assert_eq!(secret::get(&wallet, TDE).unwrap()[..], *b"the key", "round {round}");
        assert_eq!(wallet.entries()[1].kind.name(), "request");
        set(&mut wallet, &connect(&format!("c{round}")), Some("u"), "p");
        if round > 0 {
            credential::remove(&mut wallet, &connect(&format!("c{}", round - 1))).unwrap();
        }
        file = encode(&wallet, Format::Pkcs12, &Sealing::default(), Some(&decoded.origin)).unwrap();
    }
    assert_eq!(numbered(&wallet), ["1 c2 u"]);
}

#[test]
fn no_secret_shows_in_debug_output_or_errors() {
    let mut wallet = Wallet::new();
    set(&mut wallet, &connect("a"), Some("u"), "canary");
    push(&mut wallet, "m@#3#@k", "canary");
    let login = Login::User { map: "m".to_owned(), key: "k".to_owned() };
    let error = credential::get(&wallet, &login).unwrap_err();
    let shown = format!("{wallet:?} {:?} {error} {error:?}", credential::list(&wallet));
    assert!(!shown.contains("canary") && !shown.contains("99, 97, 110"), "{shown}");
}

#[test]
fn what_mkstore_wrote_is_listed_as_mkstore_lists_it() {
    let Some(shared) = corpus::shared("oracle-wallets") else { return };
    // From the logs of commands beside the wallets.
    let creds2 = (vec!["1 orcl.example.test:1521/ORCL scott", "2 ALIAS2 hr"], 8);
    let mixed = (vec!["1 MIXED app"], 3);
    let creds = (Vec::new(), 0);
    for release in ["v19.4", "v23.9"] {
        for (name, (logins, count)) in [("creds2", &creds2), ("mixed", &mixed), ("creds", &creds)] {
            let path = shared.join(release).join(name).join("ewallet.p12");
            let file = std::fs::read(&path).unwrap();
            let password = Password::from("Welcome1");
            let wallet =
                decode(&file, Format::Pkcs12, &Opening::with(Some(&password))).unwrap().wallet;
            assert_eq!(numbered(&wallet), *logins, "{}", path.display());
            assert_eq!(secret::names(&wallet).len(), *count, "{}", path.display());
            if name == "creds2" {
                let get = |login: &Login| credential::get(&wallet, login).unwrap();
                assert_eq!(get(&connect("ALIAS2"))[..], *"pä$$w0rd".as_bytes());
                assert_eq!(get(&connect("orcl.example.test:1521/ORCL"))[..], *b"tiger1");
                let login = Login::User { map: "map1".to_owned(), key: "key1".to_owned() };
                assert_eq!(get(&login)[..], *b"pw1");
                assert_eq!(secret::get(&wallet, "my.entry").unwrap()[..], *b"secretvalue");
                // What we would write for the same login.
                let mut ours = Wallet::new();
                set(&mut ours, &login, Some("u1"), "pw1");
                assert_eq!(
                    secret::get(&ours, "map1@#3#@key1").unwrap()[..],
                    secret::get(&wallet, "map1@#3#@key1").unwrap()[..]
                );
            }
        }
    }
}
