//! `cred`, `secret`, trust flags, and exports for Oracle's drivers, on the command line.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::codec::pkcs12::property;
use mwallet::codec::{Opening, decode};
use mwallet::model::entry::EntryKind;
use mwallet::model::format::Format;
use mwallet::model::trust::TrustFlags;
use mwallet::secret::Password;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use support::authority::{Authority, CaKeys, p12};
use support::corpus;
use support::job::{PASSWORD, certified};
use support::peers;
use support::scratch::Scratch;

fn wallet(name: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.mwallet(&format!("create {name}")).password(PASSWORD).ok();
    scratch
}

/// A copy of a wallet of Oracle's that can be edited: its `ewallet.p12`.
fn copy(scratch: &Scratch, name: &str) -> Option<()> {
    let folder = corpus::shared("oracle-wallets")?.join(name);
    scratch.write("w/ewallet.p12", fs::read(folder.join("ewallet.p12")).unwrap());
    scratch.set_mode("w/ewallet.p12", 0o600);
    Some(())
}

fn opened(path: &Path) -> mwallet::model::wallet::Wallet {
    let (bytes, password) = (fs::read(path).unwrap(), Password::from(PASSWORD));
    decode(&bytes, Format::Pkcs12, &Opening::with(Some(&password))).unwrap().wallet
}

#[test]
fn forty_credentials_in_any_script_come_back_as_they_were() {
    let scratch = wallet("w");
    let mut expected = BTreeMap::new();
    for number in 1..=40 {
        let connect = format!("//höst{number}.例え:1521/сервис @#;=\"'$ {number}");
        let user = format!("üser {number}");
        let value: String = match number % 4 {
            0 => "pä$$wörd ☃ 𝄞".chars().cycle().take(4_000).collect(),
            1 => format!(" blanks around {number} "),
            2 => "x".repeat(4_000),
            _ => "é".to_owned(),
        };
        let set = scratch.mwallet("cred set w").arg(&connect).arg("--user").arg(&user);
        let report = set.password(PASSWORD).value(&value).json();
        assert_eq!(report["number"], number, "{report:#}");
        assert!(!report.to_string().contains(&value), "{report:#}");
        expected.insert(connect, (user, value));
    }
    let list = scratch.mwallet("cred list w").password(PASSWORD).json();
    let credentials = list["credentials"].as_array().unwrap();
    assert_eq!(credentials.len(), 40);
    for (credential, number) in credentials.iter().zip(1..) {
        assert_eq!(credential["number"], number);
        assert_eq!(credential["complete"], true);
        let connect = credential["connect"].as_str().unwrap();
        let (user, value) = &expected[connect];
        assert_eq!(credential["user"], user.as_str());
        let get = scratch.mwallet("cred get w").arg(connect).password(PASSWORD).ok();
        assert_eq!(get.out(), format!("{value}\n"), "{connect}");
    }
    let json = scratch
        .mwallet("cred get w")
        .arg(credentials[0]["connect"].as_str().unwrap())
        .password(PASSWORD)
        .json();
    assert_eq!(json["value"], " blanks around 1 ");
    // The same through the names of the parts.
    let list = scratch.mwallet("secret list w").password(PASSWORD).json();
    let names = list["secrets"].as_array().unwrap();
    assert_eq!(names.len(), 120);
    assert!(names.iter().all(|secret| secret["family"] == "credential"), "{list:#}");
    assert_eq!(list["warnings"], Value::Array(Vec::new()), "{list:#}");
}

#[test]
fn a_name_that_ends_in_a_digit_is_stored_with_a_warning() {
    let scratch = wallet("w");
    scratch
        .mwallet("secret set w token1")
        .password(PASSWORD)
        .value("v")
        .ok()
        .says("go-ora")
        .says("secret-unreadable");
    scratch
        .mwallet("cred set w --map m --key k1 --user u")
        .password(PASSWORD)
        .value("v")
        .ok()
        .says("m@#3#@k1")
        .says("secret-unreadable");
    let list = scratch.mwallet("secret list w").password(PASSWORD).json();
    assert_eq!(list["warnings"].as_array().unwrap().len(), 2, "{list:#}");
    let quiet = scratch.mwallet("secret set w token").password(PASSWORD).value("v").ok();
    assert!(!quiet.all().contains("go-ora"), "{}", quiet.story());
}

#[test]
fn values_come_from_stdin_and_files_and_lose_one_line_end() {
    let scratch = wallet("w");
    scratch.write("value", " from a file \r\n");
    scratch.mwallet("secret set w a --value-file value").password(PASSWORD).ok();
    scratch.mwallet("secret set w b --value-stdin").stdin(b"two\n\n").password(PASSWORD).ok();
    let get = |name: &str| scratch.mwallet("secret get w").arg(name).password(PASSWORD).ok().out();
    assert_eq!(get("a"), " from a file \n");
    assert_eq!(get("b"), "two\n\n");
    // One reader of stdin, one source, and nobody to ask.
    scratch.mwallet("secret set w a --value-stdin --password-stdin").stdin(b"x").fails(2, "usage");
    scratch.mwallet("secret set w a --value-stdin --value-file value").fails(2, "usage");
    let error = scratch.mwallet("secret set w a").password(PASSWORD).fails(2, "input-required");
    assert!(error["message"].as_str().unwrap().contains("--value-stdin"), "{error:#}");
    scratch
        .mwallet("secret set w a --value-env MWALLET_TEST_UNSET")
        .password(PASSWORD)
        .fails(2, "password-source");
    scratch.write("bytes", [0xFF, 0xFE]);
    let error = scratch
        .mwallet("secret set w a --value-file bytes")
        .password(PASSWORD)
        .fails(2, "password-source");
    assert!(error["message"].as_str().unwrap().contains("UTF-8"), "{error:#}");
    assert_eq!(get("a"), " from a file \n");
}

#[test]
fn dry_runs_change_nothing_and_say_what_they_would() {
    let scratch = wallet("w");
    scratch.mwallet("cred set w a --user u").password(PASSWORD).value("v").ok();
    let before = scratch.picture("w");
    for line in ["cred set w b --user u", "cred set w a --user other", "secret set w c"] {
        let dry = scratch.mwallet(line).arg("--dry-run").password(PASSWORD).value("v");
        dry.ok().says("would");
        scratch.assert_unchanged("w", &before);
    }
    for line in ["cred rm w a", "secret rm w oracle.security.client.username1"] {
        scratch.mwallet(line).arg("--dry-run").password(PASSWORD).ok().says("would remove");
        scratch.assert_unchanged("w", &before);
    }
}

#[test]
fn secret_is_removed_as_an_entry_with_the_consent_that_a_key_wants() {
    let scratch = wallet("w");
    scratch.mwallet("secret set w token").password(PASSWORD).value("v").ok();
    let before = scratch.picture("w");
    let error =
        scratch.mwallet("remove w token").password(PASSWORD).fails(6, "confirmation-required");
    assert_eq!(error["message"], "token holds a secret, which is lost; --yes allows it");
    scratch.assert_unchanged("w", &before);
    scratch.mwallet("remove w token --yes").password(PASSWORD).ok();
    let secrets = scratch.mwallet("secret list w").password(PASSWORD).json();
    assert!(!secrets.to_string().contains("token"), "{secrets:#}");
}

#[test]
fn numbers_are_used_again_and_the_list_is_in_their_order() {
    let scratch = wallet("w");
    for name in ["a", "b", "c"] {
        let set = scratch.mwallet("cred set w").arg(name).args("--user u");
        set.password(PASSWORD).value("v").ok();
    }
    scratch.mwallet("cred rm w b").password(PASSWORD).ok();
    scratch.mwallet("cred rm w b").password(PASSWORD).fails(5, "entry-not-found");
    scratch.mwallet("cred set w d --user u4").password(PASSWORD).value("v").ok();
    scratch.mwallet("cred set w --default --user def").password(PASSWORD).value("v").ok();
    scratch.mwallet("cred set w --map m --key k --user mu").password(PASSWORD).value("v").ok();
    let list = scratch.mwallet("cred list w").password(PASSWORD).ok().out();
    assert_eq!(list, "1: a u\n2: d u4\n3: c u\ndefault: def\nm k: mu\n");
    let get = |line: &str| scratch.mwallet(line).password(PASSWORD).ok().out();
    assert_eq!(get("cred get w --default"), "v\n");
    assert_eq!(get("cred get w --map m --key k"), "v\n");
    scratch.mwallet("cred rm w --default").password(PASSWORD).ok();
    scratch.mwallet("cred rm w --map m --key k").password(PASSWORD).ok();
    assert_eq!(get("cred list w"), "1: a u\n2: d u4\n3: c u\n");
    for nonsense in ["cred get w", "cred get w a --default", "cred get w --map m"] {
        scratch.mwallet(nonsense).password(PASSWORD).fails(2, "usage");
    }
    for nonsense in
        ["cred rm w a --number 1", "cred get w --default --number 1", "cred rm w --number x"]
    {
        scratch.mwallet(nonsense).password(PASSWORD).fails(2, "usage");
    }
    scratch.mwallet("cred rm w --number 9").password(PASSWORD).fails(5, "entry-not-found");
    scratch.mwallet("cred set w new").password(PASSWORD).value("v").fails(2, "input-required");
    scratch.mwallet("secret rm w oracle.security.client.password1").password(PASSWORD).ok();
    scratch.mwallet("cred list w").password(PASSWORD).ok().says("credential-incomplete");
    let error = scratch.mwallet("cred get w a").password(PASSWORD).fails(5, "entry-not-found");
    assert!(error.to_string().contains("the login for a has no password"), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("mwallet cred set w a --password"), "{hint}");
    // A login that nobody knows to be for anything.
    scratch.mwallet("secret rm w oracle.security.client.connect_string1").password(PASSWORD).ok();
    let report = scratch.mwallet("cred rm w --number 1").password(PASSWORD).json();
    assert_eq!(report["number"], 1, "{report:#}");
    assert_eq!(get("cred list w"), "2: d u4\n3: c u\n");
}

#[test]
fn login_that_is_named_by_its_number_is_named_by_what_it_is_for() {
    let scratch = wallet("w");
    let call = |line: &str| scratch.mwallet(line).password(PASSWORD);
    call("cred set w a --user u").value("v").ok().says("added a (number 1)");
    let get = call("cred get w --number 1").json();
    assert_eq!((&get["connect"], &get["number"]), (&json!("a"), &json!(1)), "{get:#}");
    assert_eq!(call("cred get w a").json()["number"], 1);
    let set = || call("cred set w --number 1 --user other").value("v");
    let report = set().json();
    assert_eq!((&report["connect"], &report["number"]), (&json!("a"), &json!(1)), "{report:#}");
    assert_eq!(report["user"], "other");
    call("cred set w --number 1").value("x").ok().says("changed a (number 1)");
    for line in ["cred get w --number 9", "cred rm w --number 9"] {
        let error = call(line).fails(5, "entry-not-found");
        assert!(error["message"].as_str().unwrap().contains("login 9"), "{error}");
    }
    let error = call("cred set w --number 9 --existing").value("v").fails(5, "entry-not-found");
    assert!(error["message"].as_str().unwrap().contains("login 9"), "{error}");
    let rm = call("cred rm w --number 1 --dry-run").json();
    assert_eq!((&rm["connect"], &rm["number"]), (&json!("a"), &json!(1)), "{rm:#}");
    call("cred rm w --number 1").ok().says("removed a (number 1)");
}

#[test]
fn hint_for_a_login_without_password_and_user_gives_both() {
    let scratch = wallet("w");
    let call = |line: &str| scratch.mwallet(line).password(PASSWORD);
    let connect = "oracle.security.client.connect_string1";
    call(&format!("secret set w {connect}")).value("a").ok();
    for which in ["a", "--number 1"] {
        let error = call(&format!("cred get w {which}")).fails(5, "entry-not-found");
        let hint = error["hint"].as_str().unwrap();
        let wanted = format!("mwallet cred set w {which} --user USER --password");
        assert!(hint.starts_with(&wanted), "{hint}");
    }
    call("secret set w oracle.security.client.default_username").value("d").ok();
    let error = call("cred get w --default").fails(5, "entry-not-found");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("mwallet cred set w --default --password"), "{hint}");
    call("cred set w a --user scott").value("v").ok();
    assert_eq!(call("cred get w a").ok().out(), "v\n");
}

/// Whoever forces a new wallet into the place of another has not thought of all that was in it.
#[test]
fn forced_wallet_keeps_a_copy_of_what_it_does_not_hold() {
    let files = ["ewallet.p12", "cwallet.sso"];
    for line in
        ["create w", "convert other.p12 w", "merge other.p12 other.p12 --out w --type oracle"]
    {
        let scratch = Scratch::new();
        scratch.mwallet("create other.p12").password(PASSWORD).ok();
        let csr = "csr other.p12 --dn CN=x --self-signed --key ec:p256 --out x.pem";
        scratch.mwallet(csr).password(PASSWORD).ok();
        scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
        scratch.mwallet("secret set w token").password(PASSWORD).value("v").ok();
        let old = files.map(|file| scratch.read(&format!("w/{file}")));
        let run = |more: &str, new: &str| {
            let call = scratch.mwallet(&format!("{line} --force {more}"));
            let done = match line.split(' ').next() {
                Some("create") => call.password(new),
                Some("convert") => call.password(PASSWORD).out_password(new),
                _ => call.password(PASSWORD).src_password(PASSWORD).out_password(new),
            };
            done.ok()
        };
        let before = scratch.picture("w");
        let told = run("--dry-run", PASSWORD).says("would replace the pkcs12").says("a secret");
        told.says("would remove the sso").says("would be kept as w/ewallet.p12.kept (");
        scratch.assert_unchanged("w", &before);
        run("", PASSWORD).says("replaced the pkcs12").says("w/ewallet.p12.kept");
        let kept = files.map(|file| scratch.read(&format!("w/{file}.kept")));
        assert_eq!(kept, old, "{line}");
        assert_eq!(scratch.mode("w/ewallet.p12.kept"), 0o600);
        // Nothing is lost when the same is done once more; what does not open may hold anything.
        run("", PASSWORD);
        assert!(!scratch.exists("w/ewallet.p12.kept-2"), "{line}");
        let old = scratch.read("w/ewallet.p12");
        run("--dry-run", "Other-pass1").says("would be kept as w/ewallet.p12.kept-2 (");
        run("", "Other-pass1").says("kept-aside");
        assert_eq!(scratch.read("w/ewallet.p12.kept-2"), old, "{line}");
    }
}

#[test]
fn wallet_that_was_forced_out_is_put_back_by_the_hint() {
    let flags = [("", "--auto-login"), ("--auto-login", ""), ("--auto-login", "--auto-login")];
    // With one password the secret is missed, with another nobody can say what is lost.
    let cases = [(true, PASSWORD), (false, "another-password1"), (true, "another-password1")];
    for ((old, new), (has_secret, new_password)) in
        flags.into_iter().flat_map(|flags| cases.map(|case| (flags, case)))
    {
        let scratch = Scratch::new();
        scratch.mwallet(&format!("create w {old}")).password(PASSWORD).ok();
        if has_secret {
            scratch.mwallet("secret set w token").password(PASSWORD).value("v").ok();
        }
        for file in ["w/ewallet.p12", "w/cwallet.sso"].iter().filter(|file| scratch.exists(file)) {
            scratch.set_mode(file, 0o640);
        }
        let before = scratch.picture("w");
        let done = scratch.mwallet(&format!("create w --force {new}")).password(new_password).ok();
        let error = done.err();
        let hint = error.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
        let mut shell = std::process::Command::new("sh");
        support::run::run(shell.args(["-c", hint]).current_dir(scratch.path()), b"").ok();
        let mut after = scratch.picture("w");
        after.retain(|path, _| path.extension().is_none_or(|ending| ending != "lck"));
        let mut before = before;
        before.retain(|path, _| path.extension().is_none_or(|ending| ending != "lck"));
        assert_eq!(after, before, "{hint}");
    }
}

#[test]
fn what_is_only_to_be_changed_is_not_added() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let set = |line: &str| scratch.mwallet(line).password(PASSWORD).value("v");
    let before = scratch.picture("w");
    let lines = [
        ("cred set w db1 --user scott --existing", "mwallet cred list w"),
        ("cred set w --default --user scott --existing", "mwallet cred list w"),
        ("cred set w --map M --key K --user scott --existing", "mwallet cred list w"),
        ("secret set w token --existing", "mwallet secret list w"),
    ];
    for (line, list) in lines {
        let error = set(line).fails(5, "entry-not-found");
        assert!(error["hint"].as_str().unwrap().starts_with(list), "{error}");
    }
    scratch.assert_unchanged("w", &before);
    for (line, _) in lines {
        set(&line.replace(" --existing", "")).ok().says("added");
        scratch.mwallet(line).password(PASSWORD).value("other").ok().says("changed");
    }
    let error = set("cred set w db2 --existing").fails(5, "entry-not-found");
    assert!(error["message"].as_str().unwrap().ends_with("did you mean db1?"), "{error}");
    // The user stays, as without the flag.
    scratch
        .mwallet("cred set w db1 --existing")
        .password(PASSWORD)
        .value("new")
        .ok()
        .says("changed");
    scratch.mwallet("cred get w db1").password(PASSWORD).ok().says("new\n");
    scratch.mwallet("cred list w").password(PASSWORD).ok().says("scott");
}

/// A job that converts anew every night fills no folder with copies.
#[test]
fn forced_file_keeps_a_copy_of_another_key_only() {
    let scratch = Scratch::new();
    for name in ["a", "b"] {
        scratch.mwallet(&format!("create {name}.p12")).password(PASSWORD).ok();
        let csr =
            format!("csr {name}.p12 --dn CN=x --self-signed --key ec:p256 --out x.pem --force");
        scratch.mwallet(&csr).password(PASSWORD).ok();
    }
    for ending in ["p12", "jks"] {
        let convert = |source: &str, more: &str| {
            let line = format!("convert {source}.p12 out.{ending} --force {more}");
            scratch.mwallet(&line).password(PASSWORD).out_password(PASSWORD).json()
        };
        assert!(convert("a", "")["replaced"].is_null());
        assert!(convert("a", "")["replaced"]["kept"].is_null());
        let old = scratch.read(&format!("out.{ending}"));
        let kept = format!("out.{ending}.kept");
        let report = convert("b", "--dry-run");
        assert_eq!(report["warnings"][0]["code"], "kept-aside", "{report:#}");
        assert!(!scratch.exists(&kept));
        assert_eq!(convert("b", "")["replaced"]["kept"], kept.as_str());
        assert_eq!(scratch.read(&kept), old);
    }
}

#[test]
fn what_a_database_decrypts_with_is_not_touched_without_force() {
    const NAME: &str = "ORACLE.SECURITY.DB.ENCRYPTION.AeKq1zVNp08Yv6hnxXk";
    let scratch = wallet("w");
    let set =
        |value: &str| scratch.mwallet("secret set w").arg(NAME).password(PASSWORD).value(value);
    let error = set("key").fails(6, "tde-entry");
    assert!(error["message"].as_str().unwrap().contains("--force"), "{error:#}");
    set("key").arg("--force").ok();
    set("other").fails(6, "tde-entry");
    for verb in ["secret rm w", "remove w"] {
        scratch.mwallet(verb).arg(NAME).password(PASSWORD).fails(6, "tde-entry");
        let dry = scratch.mwallet(verb).arg(NAME).arg("--dry-run");
        dry.password(PASSWORD).fails(6, "tde-entry");
    }
    let rename = scratch.mwallet("rename w").arg(NAME).arg("x").password(PASSWORD);
    rename.fails(6, "tde-entry");
    // The request that stands beside it is never answered, and never replaced.
    scratch.mwallet("csr w --dn CN=oracle --out db.csr").password(PASSWORD).ok();
    let again = |more: &str| {
        let csr = scratch.mwallet("csr w --reuse-key --alias oracle --dn CN=other --out other.csr");
        csr.args(more).password(PASSWORD)
    };
    let error = again("").fails(6, "tde-entry");
    assert!(error["message"].as_str().unwrap().contains("--force"), "{error:#}");
    again("--force").ok();
    assert_eq!(scratch.mwallet("secret get w").arg(NAME).password(PASSWORD).ok().out(), "key\n");
    // Nor is the password taken away that the database is told.
    for flag in ["", "--dry-run"] {
        let only = scratch.mwallet(&format!("autologin only w {flag}"));
        only.password(PASSWORD).fails(6, "tde-entry");
    }
    assert!(scratch.exists("w/ewallet.p12") && !scratch.exists("w/cwallet.sso"));
    let only = scratch.mwallet("autologin only w --force --dry-run").password(PASSWORD);
    only.ok().says("would remove w/ewallet.p12");
    scratch.mwallet("secret rm w").arg(NAME).arg("--force").password(PASSWORD).ok();
}

#[test]
fn wallets_of_mkstore_are_listed_and_changed_in_place() {
    for release in ["v19.4", "v23.9"] {
        let scratch = Scratch::new();
        let Some(()) = copy(&scratch, &format!("{release}/creds2")) else { return };
        let list = scratch.mwallet("cred list w").password(PASSWORD).ok().out();
        assert_eq!(list, "1: orcl.example.test:1521/ORCL scott\n2: ALIAS2 hr\nmap1 key1: u1\n");
        let get = |line: &str| scratch.mwallet(line).password(PASSWORD).ok().out();
        assert_eq!(get("cred get w ALIAS2"), "pä$$w0rd\n");
        assert_eq!(get("cred get w --map map1 --key key1"), "pw1\n");
        assert_eq!(get("secret get w my.entry"), "secretvalue\n");
        scratch.mwallet("cred set w ALIAS2").password(PASSWORD).value("new").ok();
        scratch.mwallet("cred set w third --user t").password(PASSWORD).value("3").ok();
        let list = get("cred list w");
        assert!(list.contains("2: ALIAS2 hr\n3: third t\n"), "{list}");
        assert_eq!(get("cred get w ALIAS2"), "new\n");
        assert_eq!(get("cred get w orcl.example.test:1521/ORCL"), "tiger1\n");
    }
}

#[test]
fn a_portable_file_takes_secrets_with_a_warning_for_java() {
    let scratch = Scratch::new();
    scratch.mwallet("create app.p12").password(PASSWORD).ok();
    let set = scratch.mwallet("cred set app.p12 a --user u").password(PASSWORD).value("v").ok();
    set.says("Java").says("secret-unreadable");
    let get = scratch.mwallet("cred get app.p12 a").password(PASSWORD).ok();
    assert_eq!(get.out(), "v\n");
}

/// openssl writes such files: the key is encrypted, and the safe of the certificates is not.
#[test]
fn no_secret_lies_open_beside_a_key_that_does_not() {
    const VALUE: &str = "a value that nobody should read";
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let shows =
        |file: &str| scratch.read(file).windows(VALUE.len()).any(|at| at == VALUE.as_bytes());
    p12(&scratch, &openssl, "app", "app", "-certpbe NONE", "w.p12");
    let inspected = scratch.mwallet("inspect w.p12").password(PASSWORD).json();
    assert_eq!(
        inspected["profile"],
        Value::Null,
        "no profile leaves certificates open beside keys"
    );
    let before = scratch.read("w.p12");
    scratch.mwallet("secret set w.p12 api.token").password(PASSWORD).value(VALUE).ok();
    scratch.mwallet("cred set w.p12 db --user scott").password(PASSWORD).value(VALUE).ok();
    assert!(!shows("w.p12"));
    for line in ["secret get w.p12 api.token", "cred get w.p12 db"] {
        assert_eq!(scratch.mwallet(line).password(PASSWORD).ok().out(), format!("{VALUE}\n"));
    }
    let line = format!("pkcs12 -info -in w.p12 -noout -passin pass:{PASSWORD}");
    let info = scratch.run(&openssl, &line).ok().err();
    let (open, encrypted) = info.split_once("PKCS7 Encrypted data").unwrap();
    assert!(open.contains("Certificate bag") && !open.contains("Secret bag"), "{info}");
    assert_eq!(encrypted.matches("Secret bag").count(), 4, "{info}"); // a token, and the three of a login
    scratch.mwallet("passwd w.p12").password(PASSWORD).new_password("Extern13").ok();
    assert!(!shows("w.p12"));

    // The same holds of what another file brings, also where it is not understood.
    scratch.write("a.p12", before);
    p12(&scratch, &openssl, "app", "app", "-keypbe NONE -certpbe NONE -nomac", "b.p12");
    scratch.mwallet("secret set b.p12 api.token --no-password").value(VALUE).ok();
    assert!(shows("b.p12"));
    let mut bytes = scratch.read("b.p12");
    let oid = [6, 10, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 16, 12, 12];
    let place = bytes.windows(oid.len()).position(|at| at == oid).unwrap();
    bytes[place + oid.len() - 1] = 99;
    scratch.write("unknown.p12", bytes);
    for from in ["b.p12", "unknown.p12"] {
        let merge = scratch.mwallet(&format!("merge a.p12 {from} --out {from}.p12"));
        merge.password(PASSWORD).src_password("").ok();
        assert!(!shows(&format!("{from}.p12")), "{from}");
    }
}

#[test]
fn java_key_stores_have_no_room_for_secrets() {
    for name in ["s.jks", "s.jceks"] {
        let scratch = wallet(name);
        let before = scratch.read(name);
        let refused = |command: &str| {
            let run = scratch.mwallet(command).password(PASSWORD).value("value");
            let error = run.fails(1, "format-unsupported");
            assert!(error["message"].as_str().unwrap().contains("has no room for"), "{error}");
            assert_eq!(scratch.read(name), before, "{command}");
        };
        refused(&format!("secret set {name} token"));
        refused(&format!("secret set {name} token --dry-run"));
        refused(&format!("cred set {name} db --user scott"));
        // A key without a certificate has its record, though keytool makes no use of it.
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        scratch.write("bare.pem", key);
        let bare = format!("convert bare.pem bare.{} --allow-loss", &name[2..]);
        scratch.mwallet(&bare).out_password(PASSWORD).ok();
        let rename = format!("rename bare.{} private-key other", &name[2..]);
        scratch.mwallet(&rename).password(PASSWORD).ok();
        // The hint makes a wallet that has the room.
        let root = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
        scratch.write("root.pem", root.cert.pem());
        let trust = format!("add-trusted {name} root.pem --allow-leaf");
        scratch.mwallet(&trust).password(PASSWORD).ok();
        let convert = scratch.mwallet(&format!("convert {name} s-wallet"));
        convert.password(PASSWORD).out_password(PASSWORD).ok();
        scratch.mwallet("secret set s-wallet token").password(PASSWORD).value("value").ok();
    }
}

#[test]
fn no_value_shows_in_a_report_or_an_error() {
    let scratch = wallet("w");
    let canary = "canary-7Q";
    let lines = ["cred set w a --user u", "cred set w --map m --key k --user u", "secret set w s"];
    for line in lines {
        for flag in ["--json", "--verbose"] {
            let done = scratch.mwallet(line).arg(flag).password(PASSWORD).value(canary).ok();
            assert!(!done.all().contains(canary), "{}", done.story());
        }
    }
    for line in ["list w", "show w", "inspect w", "cred list w", "secret list w"] {
        for flag in ["--json", "--verbose"] {
            let done = scratch.mwallet(line).arg(flag).password(PASSWORD).ok();
            assert!(!done.all().contains(canary), "{}", done.story());
        }
    }
}

// trust flags

#[test]
fn trust_flags_are_shown_changed_and_kept() {
    let scratch = Scratch::new();
    let Some(()) = copy(&scratch, "extra/trustflags_23.9") else { return };
    let flags = |scratch: &Scratch| -> Vec<Value> {
        let list = scratch.mwallet("list w").password(PASSWORD).json();
        let entries = list["entries"].as_array().unwrap().iter();
        entries
            .filter(|entry| entry["kind"] == "trusted-certificate")
            .map(|entry| entry["trust_flags"].clone())
            .collect()
    };
    let both = serde_json::json!(["SERVER_AUTH", "CLIENT_AUTH"]);
    let one = |name: &str| serde_json::json!([name]);
    assert_eq!(flags(&scratch), [both, one("CLIENT_AUTH"), one("VALID_PEER"), one("NULL")]);
    scratch.mwallet("list w").password(PASSWORD).ok().says("SERVER_AUTH,CLIENT_AUTH");
    scratch.mwallet("show w").password(PASSWORD).ok().says("VALID_PEER");
    // Certificates of the wallet, given anew.
    let certificate = |name: &str| {
        let show = scratch.mwallet("show w").arg(name).arg("--pem");
        scratch.write("one.pem", show.password(PASSWORD).ok().out());
    };
    certificate("OSSL Root");
    let report =
        scratch.mwallet("add-trusted w one.pem --trust-flags NULL").password(PASSWORD).json();
    assert_eq!(report["certificates"][0]["result"], "flags-changed", "{report:#}");
    assert_eq!(report["trust_flags_enabled"], false, "{report:#}");
    let expected = [one("NULL"), one("CLIENT_AUTH"), one("VALID_PEER"), one("NULL")];
    assert_eq!(flags(&scratch), expected);
    // An end entity vouches for nobody else.
    let before = scratch.picture("w");
    certificate("leaf-ec.example.test");
    for allowed in ["", "--allow-leaf"] {
        scratch
            .mwallet("add-trusted w one.pem --trust-flags SERVER_AUTH")
            .args(allowed)
            .password(PASSWORD)
            .fails(6, "trust-flags-on-leaf");
    }
    for wrong in ["BOGUS", "SERVER_AUTH,NULL", "VALID_PEER,CLIENT_AUTH"] {
        let add = scratch.mwallet("add-trusted w one.pem --trust-flags").arg(wrong);
        add.password(PASSWORD).fails(2, "usage");
    }
    scratch.assert_unchanged("w", &before);
    scratch.mwallet("add-trusted w one.pem --trust-flags VALID_PEER").password(PASSWORD).ok();
    assert_eq!(flags(&scratch)[3], one("VALID_PEER"));
}

#[test]
fn the_first_trust_flag_puts_the_flags_of_the_wallet_in_force() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch
        .mwallet("add-trusted w ca/root.pem --trust-flags SERVER_AUTH")
        .password(PASSWORD)
        .ok()
        .says("in force");
    let wallet = opened(&scratch.at("w/ewallet.p12"));
    assert!(property::trust_flags_enabled(&wallet));
    for entry in wallet.entries() {
        if let EntryKind::TrustedCertificate(trusted) = &entry.kind {
            let is_root = trusted.certificate.subject() == trusted.certificate.issuer();
            let expected = if is_root { TrustFlags::SERVER_AUTH } else { TrustFlags::VALID_PEER };
            assert_eq!(trusted.flags, expected, "{}", trusted.certificate.subject());
        }
    }
    // Later ones get what orapki gives them.
    let other = Authority::new(&scratch, &openssl, "other", CaKeys::Ec);
    scratch.mwallet("add-trusted w").arg(other.root()).password(PASSWORD).ok();
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let newest = list["entries"].as_array().unwrap().last().unwrap();
    assert_eq!(newest["trust_flags"], serde_json::json!(["SERVER_AUTH"]), "{list:#}");
    // Nothing of it outside Oracle's layout.
    scratch.mwallet("create trust.p12").password(PASSWORD).ok();
    scratch
        .mwallet("add-trusted trust.p12 ca/root.pem --trust-flags SERVER_AUTH")
        .password(PASSWORD)
        .fails(2, "usage");
}

// exports

#[test]
fn python_and_openssl_read_ewallet_pem() {
    let (Some(openssl), Some(python)) = (peers::openssl(), peers::python()) else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    certified(&scratch, &ca, "w", "rsa:2048");
    let other = Authority::new(&scratch, &openssl, "other", CaKeys::Ec);
    scratch.mwallet("add-trusted w").arg(other.root()).password(PASSWORD).ok();
    scratch
        .mwallet("export w --to ewallet-pem --out ewallet.pem")
        .password(PASSWORD)
        .out_password("another pass 1")
        .ok();
    let pem = scratch.text("ewallet.pem");
    let labels: Vec<&str> = pem.lines().filter(|line| line.starts_with("-----BEGIN")).collect();
    assert_eq!(labels.len(), 5, "leaf, intermediate, root, the other root, key: {labels:?}");
    assert_eq!(labels[4], "-----BEGIN ENCRYPTED PRIVATE KEY-----");
    assert_eq!(scratch.mode("ewallet.pem"), 0o600);
    scratch
        .run(&openssl, "x509 -in ewallet.pem -noout -subject -nameopt RFC2253")
        .ok()
        .says("subject=CN=app");
    let key = |password: &str| {
        scratch
            .command(&openssl, "pkey -in ewallet.pem -noout -passin env:PASSWORD")
            .env("PASSWORD", password)
            .output()
            .unwrap()
            .status
            .success()
    };
    assert!(key("another pass 1") && !key(PASSWORD));
    let script = "import ssl, sys\n\
                  c = ssl.create_default_context(cafile='ewallet.pem')\n\
                  c.load_cert_chain('ewallet.pem', password=sys.argv[1])\n\
                  print(len([1 for a in c.get_ca_certs()]))\n";
    scratch.write("load.py", script);
    let mut load = scratch.command(&python, "load.py");
    support::run::run(load.arg("another pass 1"), b"").ok();
    let mut load = scratch.command(&python, "load.py");
    support::run::run(load.arg("wrong"), b"").failed();
}

#[test]
fn ewallet_pem_has_room_for_one_key_and_needs_none() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch
        .mwallet("csr w --dn CN=second --alias second --key ec:p256 --out second.csr")
        .password(PASSWORD)
        .ok();
    let export = || {
        scratch
            .mwallet("export w --to ewallet-pem --out e.pem")
            .password(PASSWORD)
            .out_password("p")
    };
    // A pending key would be left out.
    export().fails(6, "conversion-lossy");
    ca.sign("second.csr", "second.pem");
    scratch.mwallet("import-user w second.pem").password(PASSWORD).ok();
    export().fails(2, "entry-ambiguous");
    export().args("--alias second").ok();
    scratch
        .run(&openssl, "x509 -in e.pem -noout -subject -nameopt RFC2253")
        .ok()
        .says("subject=CN=second");
    scratch.mwallet("create trust").password(PASSWORD).ok();
    scratch
        .mwallet("export trust --to ewallet-pem --out none.pem")
        .password(PASSWORD)
        .fails(1, "bundle-empty");
    scratch.mwallet("add-trusted trust ca/root.pem").password(PASSWORD).ok();
    scratch.mwallet("export trust --to ewallet-pem --out trust.pem").password(PASSWORD).ok();
    let text = scratch.text("trust.pem");
    assert!(text.contains("BEGIN CERTIFICATE") && !text.contains("PRIVATE KEY"), "{text}");
}

#[test]
fn java_gets_the_wallet_without_its_secrets() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    certified(&scratch, &ca, "w", "rsa:2048");
    scratch.mwallet("cred set w a --user u").password(PASSWORD).value("v").ok();
    let export = || {
        scratch
            .mwallet("export w --for java17 --out j.p12")
            .password(PASSWORD)
            .out_password(PASSWORD)
    };
    let error = export().fails(6, "conversion-lossy");
    assert_eq!(error["details"]["losses"].as_array().unwrap().len(), 3, "{error:#}");
    let report = export().arg("--allow-loss").json();
    assert_eq!(report["losses"].as_array().unwrap().len(), 3, "{report:#}");
    assert_eq!(report["profile"], "modern");
    let plain = scratch.mwallet("export w --to p12 --out with.p12").password(PASSWORD);
    plain.out_password(PASSWORD).ok().says("secret-unreadable");
    for keytool in peers::keytools() {
        let list = |file: &str| {
            scratch.run(
                &keytool,
                &format!("-list -storetype PKCS12 -keystore {file} -storepass {PASSWORD}"),
            )
        };
        list("j.p12").ok().says("PrivateKeyEntry").says("trustedCertEntry");
        // What the table of consumers rests on.
        list("with.p12").failed();
    }
    for (line, code) in [
        ("export w --for java99 --out x.p12", "usage"),
        ("export w --for java17 --profile compat --out x.p12", "usage"),
        ("export w --for java17 --to pem --out x.pem", "usage"),
        ("export w --out x.p12", "usage"),
    ] {
        scratch.mwallet(line).password(PASSWORD).fails(2, code);
    }
}

#[test]
fn any_store_becomes_an_oracle_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    certified(&scratch, &ca, "w", "rsa:2048");
    scratch.mwallet("cred set w a --user u").password(PASSWORD).value("v").ok();
    let export = |line: &str| scratch.mwallet(line).password(PASSWORD).out_password(PASSWORD);
    export("export w --to p12 --out app.p12").ok();
    let weak = scratch.mwallet("export app.p12 --to oracle --out o").password(PASSWORD);
    weak.out_password("short").fails(6, "password-weak");
    assert!(!scratch.exists("o"));
    export("export app.p12 --to oracle --out o --dry-run").ok().says("would write");
    assert!(!scratch.exists("o"));
    let report = export("export app.p12 --to oracle --out o").json();
    assert_eq!(report["profile"], "oracle-23ai", "{report:#}");
    assert_eq!(report["written"], true, "{report:#}");
    assert_eq!(scratch.mode("o/ewallet.p12"), 0o600);
    let list = scratch.mwallet("list o").password(PASSWORD).json();
    assert_eq!(list["layout"], "oracle", "{list:#}");
    let kinds: Vec<&str> =
        list["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    for (kind, count) in [("private-key", 1), ("trusted-certificate", 2), ("secret", 3)] {
        assert_eq!(kinds.iter().filter(|found| **found == kind).count(), count, "{list:#}");
    }
    scratch.mwallet("check o").password(PASSWORD).ok();
    assert_eq!(scratch.mwallet("cred get o a").password(PASSWORD).ok().out(), "v\n");
    export("export app.p12 --to oracle --out o").fails(6, "would-overwrite");
    export("export app.p12 --to oracle --profile oracle-11g --force --out o").ok();
    let list = scratch.mwallet("list o").password(PASSWORD).json();
    assert_eq!(list["profile"], "oracle-11g", "{list:#}");
    export("export app.p12 --to oracle --profile modern --out p").fails(2, "usage");
    export("export app.p12 --to oracle").fails(2, "usage");
}

#[test]
fn oracle_wallets_keep_their_trust_flags_on_the_way() {
    let scratch = Scratch::new();
    let Some(()) = copy(&scratch, "extra/trustflags_23.9") else { return };
    let export = |line: &str| scratch.mwallet(line).password(PASSWORD).out_password(PASSWORD);
    export("export w --to oracle --trust-only --out o").ok();
    let wallet = opened(&scratch.at("o/ewallet.p12"));
    assert!(property::trust_flags_enabled(&wallet));
    let flags: Vec<u8> = wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::TrustedCertificate(trusted) => Some(trusted.flags.0),
            _ => None,
        })
        .collect();
    assert_eq!(flags, [3, 2, 4, 0x10]);
    let error = export("export w --to p12 --out t.p12").fails(6, "conversion-lossy");
    assert!(error["details"]["losses"][0].as_str().unwrap().contains("trust flags"), "{error:#}");
    export("export w --to p12 --allow-loss --out t.p12").ok();
}

#[test]
fn trust_flags_of_a_certificate_are_changed_by_its_alias() {
    let scratch = Scratch::new();
    let Some(()) = copy(&scratch, "extra/trustflags_23.9") else { return };
    let check = || {
        let report = scratch.mwallet("check w --for oracle-utl-http").password(PASSWORD).report().0;
        let findings = report["findings"].as_array().unwrap().clone();
        let of = |code: &str| {
            let found = findings.iter().filter(|one| one["code"] == code);
            found.map(|one| one["repair"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (of("leaf-as-trusted"), of("anchor-not-trusted"))
    };
    // One repair each: a leaf is to go, whatever its flags, and an issuer keeps what it is trusted for.
    let (leaves, issuers) = check();
    assert_eq!(leaves.len(), 2, "{leaves:?}");
    let [issuer] = &issuers[..] else { panic!("{issuers:?}") };
    let flags = "--trust-flags SERVER_AUTH,CLIENT_AUTH";
    let repair = format!("add-trusted w --alias 'OSSL Intermediate' {flags}");
    assert_eq!(issuer, &format!("mwallet {repair} --password-env MWALLET_TEST_PASSWORD"));
    let typed = || {
        scratch
            .mwallet("add-trusted w")
            .arg("--alias=OSSL Intermediate")
            .args(flags)
            .password(PASSWORD)
    };
    let changed = typed().json();
    assert_eq!(changed["certificates"][0]["result"], "flags-changed", "{changed}");
    assert_eq!(typed().json()["certificates"][0]["result"], "present");
    assert_eq!(check().1, [""; 0]);
    // The name is that of an entry, and only flags go without a file.
    let named = |line: &str| scratch.mwallet(line).password(PASSWORD);
    named("add-trusted w --alias nobody --trust-flags NULL").fails(5, "entry-not-found");
    named("add-trusted w --alias leaf-ec.example.test --trust-flags SERVER_AUTH")
        .fails(6, "trust-flags-on-leaf");
    named("add-trusted w --alias leaf-ec.example.test").fails(2, "usage");
    named("add-trusted w --trust-flags NULL").fails(2, "usage");
}

/// A closed stdin is what a failed program, or a service without one, leaves.
#[test]
fn stdin_without_a_byte_is_no_secret_and_changes_nothing() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("secret set w tok").password(PASSWORD).value("precious").ok();
    scratch.mwallet("cred set w db --user scott").password(PASSWORD).value("tiger").ok();
    for change in [
        "secret set w tok --value-stdin",
        "cred set w db --value-stdin",
        "secret set w tok --value-file /dev/stdin",
    ] {
        let error = scratch.mwallet(change).password(PASSWORD).fails(2, "password-source");
        assert!(error["message"].as_str().unwrap().contains("stdin is empty"), "{error}");
        let mut shell = std::process::Command::new("bash");
        let program = support::run::mwallet_path().display();
        shell.args(["-c", &format!("{program} {change} --password-env PW <&-")]);
        let shell = shell.current_dir(scratch.path()).env("PW", PASSWORD);
        support::run::run(shell, b"").status(2);
    }
    for change in ["list w --password-stdin", "list w --password-fd 0"] {
        scratch.mwallet(change).fails(2, "password-source");
    }
    let passwd = "passwd w --new-password-stdin --allow-weak-password";
    scratch.mwallet(passwd).password(PASSWORD).fails(2, "password-source");
    scratch.mwallet("secret get w tok").password(PASSWORD).ok().says("precious");
    scratch.mwallet("cred get w db").password(PASSWORD).ok().says("tiger");
    // An empty line is an empty value.
    scratch.mwallet("secret set w tok --value-stdin").stdin(b"\n").password(PASSWORD).ok();
    assert_eq!(scratch.mwallet("secret get w tok").password(PASSWORD).ok().out(), "\n");
}
