//! Java's key stores through the program, with keytool on the other side.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use support::authority::{Authority, CaKeys};
use support::peers::{self, Peer};
use support::run::{Done, run};
use support::scratch::Scratch;

const PASSWORD: &str = "changeit";
const KEY_PASSWORD: &str = "keypass1";

/// A store by keytool with one key, `app`.
#[track_caller]
fn by_keytool(scratch: &Scratch, keytool: &Peer, file: &str, kind: &str, key_password: &str) {
    scratch
        .run(
            keytool,
            &format!(
                "-genkeypair -keystore {file} -storetype {kind} -storepass {PASSWORD} \
                 -keypass {key_password} -alias App -dname CN=app,O=Acme -keyalg EC"
            ),
        )
        .ok();
}

fn list(scratch: &Scratch, keytool: &Peer, file: &str, password: &str) -> Done {
    scratch.run(keytool, &format!("-list -v -keystore {file} -storepass {password}"))
}

/// Whether keytool uses the key of an alias with this password: it asks for a request.
fn uses(scratch: &Scratch, keytool: &Peer, file: &str, store: &str, key: &str) -> bool {
    let line = format!("-certreq -keystore {file} -alias app -storepass {store} -keypass {key}");
    scratch.run(keytool, &line).succeeded()
}

fn codes(report: &Value, list: &str) -> Vec<String> {
    let found = report[list].as_array().unwrap().iter();
    found.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn new_stores_have_the_type_that_their_name_or_the_flag_says() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let ca = scratch.mwallet("create made.jks --dry-run").password(PASSWORD).json();
        assert_eq!((&ca["format"], &ca["profile"]), (&json!("jks"), &Value::Null));
        assert!(!scratch.exists("made.jks"));
        for (line, file, kind) in [
            ("create a.jks", "a.jks", "JKS"),
            ("create a.jceks", "a.jceks", "JCEKS"),
            ("create plain --type jks", "plain", "JKS"),
            ("create old.p12 --type jceks", "old.p12", "JCEKS"),
        ] {
            scratch.mwallet(line).password(PASSWORD).ok();
            assert_eq!(scratch.mode(file), 0o600);
            scratch
                .run(
                    &keytool,
                    &format!("-list -keystore {file} -storetype {kind} -storepass {PASSWORD}"),
                )
                .ok()
                .says("contains 0 entries");
        }
    }
}

#[test]
fn names_that_java_gives_to_stores_mean_pkcs12_as_keytool_makes_it() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        by_keytool(&scratch, &keytool, "source.jks", "JKS", PASSWORD);
        for folder in ["made", "converted"] {
            scratch.folder(folder);
        }
        for name in [".keystore", ".truststore", "cacerts", "jssecacerts", "a.ks", "a.Keystore"] {
            let create = format!("create made/{name}");
            let made = scratch.mwallet(&create).password(PASSWORD).json();
            assert_eq!(made["format"], "pkcs12", "{name}");
            let convert = format!("convert source.jks converted/{name}");
            scratch.mwallet(&convert).password(PASSWORD).out_password(PASSWORD).ok();
            for (folder, entries) in [("made", "0 entries"), ("converted", "1 entry")] {
                list(&scratch, &keytool, &format!("{folder}/{name}"), PASSWORD)
                    .ok()
                    .says("Keystore type: PKCS12")
                    .says(&format!("contains {entries}"));
            }
        }
        // What keytool makes of a name of its own.
        let pair = "-genkeypair -alias app -keyalg EC -dname CN=app -keystore theirs.ks";
        scratch.run(&keytool, &format!("{pair} -storepass {PASSWORD}")).ok();
        assert_eq!(scratch.mwallet("list theirs.ks").password(PASSWORD).json()["format"], "pkcs12");
        for verb in ["create", "convert"] {
            let help = scratch.mwallet(&format!("{verb} --help")).ok().out();
            let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
            let names = ".keystore, .truststore or .ks becomes a PKCS#12 file, and so do .keystore and cacerts";
            assert!(help.contains(names), "{help}");
        }
        // What the user says goes before the name.
        let made = scratch.mwallet("create jks.keystore --type jks").password(PASSWORD).json();
        assert_eq!(made["format"], "jks");
    }
}

#[test]
fn secret_keys_are_found_by_name_to_be_renamed() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let make = format!(
            "-genseckey -alias session -keyalg AES -keysize 128 -storetype JCEKS -keystore s.jceks \
             -storepass {PASSWORD} -keypass {PASSWORD}"
        );
        scratch.run(&keytool, &make).ok();
        let rename =
            |line: &str| scratch.mwallet(&format!("rename s.jceks {line}")).password(PASSWORD);
        for name in ["sesion", "other"] {
            let error = rename(&format!("{name} x")).fails(5, "entry-not-found");
            assert!(error["message"].as_str().unwrap().contains("session"), "{error}");
        }
        // Its own name, in Java's case, is no change.
        let before = scratch.read("s.jceks");
        for name in ["session", "Session"] {
            for dry_run in ["", " --dry-run"] {
                let line = format!("session {name}{dry_run}");
                rename(&line).ok().says("no change: session has this alias already");
            }
        }
        assert_eq!(scratch.read("s.jceks"), before);
        rename("session x").ok().says("renamed session to x");
        list(&scratch, &keytool, "s.jceks", PASSWORD).ok().says("Alias name: x");
    }
}

#[test]
fn create_keeps_to_javas_rules_and_to_what_stands_there() {
    let scratch = Scratch::new();
    scratch.mwallet("create a.jks").password("short").fails(6, "password-weak");
    scratch.mwallet("create a.jks --allow-weak-password").password("short").ok();
    let error = scratch.mwallet("create b.jks --no-password").fails(2, "usage");
    assert!(error["message"].as_str().unwrap().contains("digest"), "{error}");
    scratch.mwallet("create b.jks --profile modern").password(PASSWORD).fails(2, "usage");
    let error = scratch.mwallet("create a.jks --type oracle").fails(6, "would-overwrite");
    assert!(error["message"].as_str().unwrap().contains("format jks"), "{error}");
    scratch.mwallet("csr a.jks --dn CN=x --key ec:p256 --days 3").password("short").ok();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("csr w.p12 --dn CN=x --days 3").password(PASSWORD).fails(2, "usage");
}

#[test]
fn without_a_password_a_store_is_read_and_said_to_be_unverified() {
    for keytool in peers::keytools() {
        for (kind, file) in [("JKS", "a.jks"), ("JCEKS", "a.jceks")] {
            let scratch = Scratch::new();
            by_keytool(&scratch, &keytool, file, kind, PASSWORD);
            for verb in ["list", "show", "inspect"] {
                let report = scratch.mwallet(&format!("{verb} {file}")).json();
                assert_eq!(report["entries"][0]["alias"], "app", "{verb}");
                assert!(codes(&report, "warnings").contains(&"integrity-unknown".to_owned()));
                let report = scratch.mwallet(&format!("{verb} {file}")).password(PASSWORD).json();
                assert!(!codes(&report, "warnings").contains(&"integrity-unknown".to_owned()));
            }
            let report = scratch.mwallet(&format!("check {file}")).json();
            assert!(codes(&report, "findings").contains(&"integrity-unknown".to_owned()));
            let unopened = "key-locked".to_owned();
            assert!(codes(&report, "findings").contains(&unopened), "{report:#}");
            let report = scratch.mwallet(&format!("check {file}")).password(PASSWORD).json();
            assert!(!codes(&report, "findings").contains(&unopened), "{report:#}");
            let report = scratch.mwallet(&format!("inspect {file}")).json();
            assert!(report["mac"]["algorithm"].as_str().unwrap().contains("SHA1"), "{report:#}");
            assert_eq!(report["encryption"][0]["what"], "keys");
            assert_eq!(report["readers"][0]["reads"], true);
            // What needs a key, or writes.
            for line in ["rename FILE app x", "remove FILE app --yes", "passwd FILE"] {
                let line = line.replace("FILE", file);
                scratch.mwallet(&line).fails(4, "password-missing");
            }
            scratch
                .mwallet(&format!("export {file} --to pem --out k.pem"))
                .fails(4, "password-missing");
            scratch.mwallet(&format!("export {file} --to pem --no-key --out c.pem")).ok();
        }
    }
}

#[test]
fn wrong_store_password_wrong_key_password_and_damage_are_three_messages() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        by_keytool(&scratch, &keytool, "a.jks", "JKS", KEY_PASSWORD);
        for verb in ["list", "inspect"] {
            scratch
                .mwallet(&format!("{verb} a.jks"))
                .password("nonsense")
                .fails(4, "password-wrong");
        }
        scratch.mwallet("list a.jks").password(PASSWORD).ok();
        let export = || {
            let export = scratch.mwallet("export a.jks --to pem --out-no-password --out k.pem");
            export.password(PASSWORD)
        };
        let said = |error: Value| error["message"].as_str().unwrap().to_owned();
        let missing = said(export().fails(4, "key-locked"));
        assert!(missing.contains("give its password with --key-password-stdin"), "{missing}");
        let wrong = said(export().key_password("nonsense").fails(4, "key-locked"));
        assert!(wrong.contains("no password that was given opens it"), "{wrong}");
        assert!(!wrong.contains("--key-password"), "{wrong}");
        export().key_password(KEY_PASSWORD).ok();

        by_keytool(&scratch, &keytool, "b.jks", "JKS", PASSWORD);
        let mut bytes = scratch.read("b.jks");
        // The date of the entry: behind magic, version, count, tag and the alias.
        bytes[12 + 4 + 2 + 3] ^= 1;
        scratch.write("b.jks", bytes);
        let error =
            scratch.mwallet("list b.jks").password(PASSWORD).fails(1, "keystore-digest-mismatch");
        assert!(error["message"].as_str().unwrap().contains("the file was changed"), "{error}");
        // No key tells which it is.
        let error = scratch.mwallet("list b.jks").password("nonsense").fails(4, "password-wrong");
        assert!(said(error).contains("or the file was changed"));
    }
}

#[test]
fn request_waits_with_a_self_signed_certificate_and_the_reply_brings_the_whole_chain() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        for file in ["a.jks", "a.jceks"] {
            let scratch = Scratch::new();
            let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
            scratch.mwallet(&format!("create {file}")).password(PASSWORD).ok();
            scratch
                .mwallet(&format!("csr {file} --dn CN=app,O=Acme --key ec:p256 --out app.csr"))
                .args("--alias App")
                .password(PASSWORD)
                .ok()
                .says("holds no requests")
                .says("alias-folded");
            list(&scratch, &keytool, file, PASSWORD)
                .ok()
                .says("Alias name: app")
                .says("PrivateKeyEntry")
                .says("Certificate chain length: 1");
            let report = scratch.mwallet(&format!("check {file}")).password(PASSWORD).json();
            let waiting = &report["findings"][0];
            assert_eq!(waiting["severity"], "note", "{report:#}");
            let repair = waiting["repair"].as_str().unwrap();
            assert!(repair.starts_with(&format!("mwallet import-user {file} ")), "{repair}");
            ca.sign("app.csr", "app.pem");
            // The root is trusted before; the reply brings the rest.
            scratch
                .mwallet(&format!("add-trusted {file} {} --alias Root", ca.root()))
                .password(PASSWORD)
                .ok();
            scratch
                .mwallet(&format!("import-user {file} app.pem {}", ca.intermediate()))
                .password(PASSWORD)
                .ok()
                .says("the self-signed certificate that stood in for it");
            list(&scratch, &keytool, file, PASSWORD)
                .ok()
                .says("Certificate chain length: 3")
                .says("Alias name: root");
            assert!(uses(&scratch, &keytool, file, PASSWORD, PASSWORD));
            scratch.mwallet(&format!("check {file}")).password(PASSWORD).ok().says("complete");
            // What a CA has issued stays.
            scratch
                .mwallet(&format!("csr {file} --reuse-key --alias APP --out again.csr"))
                .password(PASSWORD)
                .ok();
            ca.sign("again.csr", "again.pem");
            let again =
                || scratch.mwallet(&format!("import-user {file} again.pem")).password(PASSWORD);
            again().fails(6, "certificate-present");
            again().arg("--replace").ok();
        }
    }
}

#[test]
fn reply_takes_the_place_of_keytools_self_signed_certificate_in_pkcs12_too() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
        by_keytool(&scratch, &keytool, "a.p12", "PKCS12", PASSWORD);
        scratch
            .run(
                &keytool,
                &format!("-certreq -keystore a.p12 -alias app -storepass {PASSWORD} -file a.csr"),
            )
            .ok();
        ca.sign("a.csr", "a.pem");
        let report = scratch
            .mwallet(&format!(
                "import-user a.p12 a.pem {} {} --trust-root",
                ca.intermediate(),
                ca.root()
            ))
            .password(PASSWORD)
            .json();
        assert_eq!((&report["replaced"], &report["stand_in"]), (&json!(true), &json!(true)));
        list(&scratch, &keytool, "a.p12", PASSWORD).ok().says("Certificate chain length: 3");
    }
}

#[test]
fn root_of_a_reply_stands_with_the_key_and_the_request_has_served() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        for file in ["a.p12", "a.jks"] {
            let scratch = Scratch::new();
            let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
            let mwallet = |line: &str| scratch.mwallet(line).password(PASSWORD);
            mwallet(&format!("create {file}")).ok();
            mwallet(&format!("csr {file} --dn CN=app --key ec:p256 --out a.csr")).ok();
            ca.sign("a.csr", "a.pem");
            ca.bundle(&["a.pem", &ca.intermediate(), &ca.root()], "reply.pem");
            let import = format!("import-user {file} reply.pem");
            mwallet(&import).ok().says("anchor-not-trusted");
            let about = list(&scratch, &keytool, file, PASSWORD).ok().says("chain length: 3");
            assert_eq!(about.all().matches("Alias name: ").count(), 1, "{}", about.story());
            mwallet(&format!("check {file}")).ok().says("chain complete");
            if file == "a.p12" {
                let line = format!("pkcs12 -in a.p12 -nokeys -passin pass:{PASSWORD}");
                let read = scratch.run(&openssl, &line).ok().out();
                assert_eq!(read.matches("BEGIN CERTIFICATE").count(), 3, "{read}");
                assert!(!read.contains("Bag Type"), "{read}");
            }
            // A request that is open is kept as long as only the old certificate comes.
            mwallet(&format!("csr {file} --reuse-key --out again.csr")).ok();
            let again = mwallet(&import).json();
            assert_eq!(again["already_present"], true, "{again:#}");
            // Trusted later, it has an entry of its own with a name to find it by.
            mwallet(&format!("{import} --trust-root")).ok();
            let root = list(&scratch, &keytool, file, PASSWORD).ok().says("trustedCertEntry");
            assert!(!root.out().contains("Alias name: 1"), "{}", root.story());
            let shown = mwallet(&format!("list {file}")).json();
            let alias = shown["entries"][1]["alias"].as_str().unwrap();
            let line = format!("-list -keystore {file} -storepass {PASSWORD} -alias");
            let mut command = scratch.command(&keytool, &line);
            run(command.arg(alias), b"").ok();
        }
    }
}

#[test]
fn new_trusted_certificates_have_names_that_keytool_finds() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        for file in ["t.p12", "t.jks"] {
            let scratch = Scratch::new();
            let mwallet = |line: &str| scratch.mwallet(line).password(PASSWORD);
            mwallet(&format!("create {file}")).ok();
            // Java folds case: the second and third are one name to it.
            for (name, subject) in
                [("a", "/CN=Old CA 0"), ("b", "/CN=Partner"), ("c", "/O=x/CN=PARTNER")]
            {
                let mut request = scratch.command(
                    &openssl,
                    &format!(
                        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
                         -keyout {name}.key -out {name}.pem -subj"
                    ),
                );
                run(request.arg(subject), b"").ok();
            }
            let files = if file == "t.p12" { "a.pem b.pem c.pem" } else { "a.pem b.pem" };
            let added = mwallet(&format!("add-trusted {file} {files}")).ok().out();
            assert!(added.to_lowercase().starts_with("added as old ca 0: cn=old ca 0"), "{added}");
            let report = mwallet(&format!("add-trusted {file} {files}")).json();
            let told = report["certificates"].as_array().unwrap();
            let listed = mwallet(&format!("list {file}")).json();
            assert_eq!(told.len(), listed["entries"].as_array().unwrap().len());
            for (told, entry) in told.iter().zip(listed["entries"].as_array().unwrap()) {
                assert_eq!(told["alias"], entry["alias"], "{report:#}");
                let line = format!("-list -keystore {file} -storepass {PASSWORD} -alias");
                let mut find = scratch.command(&keytool, &line);
                run(find.arg(entry["alias"].as_str().unwrap()), b"").ok();
            }
        }
    }
}

#[test]
fn aliases_go_into_lower_case_and_are_found_in_any() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        by_keytool(&scratch, &keytool, "a.jks", "JKS", PASSWORD);
        let renamed = scratch.mwallet("rename a.jks APP NewName").password(PASSWORD).json();
        assert_eq!(renamed["to"], "newname");
        assert_eq!(codes(&renamed, "warnings").last().unwrap(), "alias-folded");
        list(&scratch, &keytool, "a.jks", PASSWORD).ok().says("Alias name: newname");
        scratch.mwallet("show a.jks NewName").ok();
        // A second entry that Java could not tell from the first.
        scratch.mwallet("export a.jks --to pem --no-key --out c.pem").ok();
        let before = scratch.read("a.jks");
        scratch
            .mwallet("csr a.jks --dn CN=y --key ec:p256 --alias NEWNAME --out y.csr")
            .password(PASSWORD)
            .fails(6, "alias-taken");
        assert_eq!(scratch.read("a.jks"), before);
    }
}

#[test]
fn passwd_takes_the_keys_along_that_had_the_password_of_the_store() {
    for keytool in peers::keytools() {
        for (kind, file) in [("JKS", "a.jks"), ("JCEKS", "a.jceks")] {
            let scratch = Scratch::new();
            by_keytool(&scratch, &keytool, file, kind, PASSWORD);
            scratch
                .mwallet(&format!("passwd {file}"))
                .password(PASSWORD)
                .new_password("another1")
                .ok();
            assert!(uses(&scratch, &keytool, file, "another1", "another1"), "{kind}");
            scratch
                .mwallet(&format!("passwd {file}"))
                .password("another1")
                .new_password("tiny")
                .fails(6, "password-weak");
        }
    }
}

/// Java opens them with the password of the store, so they are sealed anew with it.
#[test]
fn secret_keys_of_pkcs12_go_along_to_every_new_password() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let made = "-genseckey -alias session -keyalg AES -keysize 128 -storetype PKCS12";
        scratch.run(&keytool, &format!("{made} -keystore s.p12 -storepass {PASSWORD}")).ok();
        by_keytool(&scratch, &keytool, "k.p12", "PKCS12", PASSWORD);
        scratch.mwallet("convert s.p12 c.p12").password(PASSWORD).out_password("another1").ok();
        scratch
            .mwallet("merge k.p12 s.p12 --out m.p12")
            .password(PASSWORD)
            .src_password(PASSWORD)
            .out_password("another1")
            .ok();
        scratch
            .mwallet("passwd s.p12 --new-no-password")
            .password(PASSWORD)
            .fails(1, "format-unsupported");
        let error = scratch.mwallet("passwd s.p12 --key session --same").password(PASSWORD);
        assert_eq!(error.fails(2, "usage")["hint"], "mwallet passwd s.p12");
        scratch.mwallet("passwd s.p12").password(PASSWORD).new_password("another1").ok();
        for file in ["c.p12", "m.p12", "s.p12"] {
            let source = format!("-srckeystore {file} -srcstorepass another1 -srcalias session");
            let target = format!("-destkeystore of-{file} -deststorepass {PASSWORD}");
            scratch.run(&keytool, &format!("-importkeystore -noprompt {source} {target}")).ok();
        }
        // Java tells entries by their names, so another key gets another one, in its bytes, too.
        scratch.run(&keytool, &format!("{made} -keystore t.p12 -storepass another1")).ok();
        scratch
            .mwallet("merge s.p12 t.p12")
            .password("another1")
            .src_password("another1")
            .ok()
            .says("added session as session-2");
        let list = "-list -keystore s.p12 -storepass another1";
        scratch.run(&keytool, list).ok().says("contains 2 entries").says("session-2, ");
        scratch.mwallet("remove s.p12 session-2 --yes").password("another1").ok();
        // The key itself is the same in all encryptions.
        scratch.mwallet("diff s.p12 c.p12").password("another1").src_password("another1").ok();
    }
}

#[test]
fn secret_key_gets_another_alias_and_keytool_still_opens_it() {
    for keytool in peers::keytools() {
        for (kind, file) in [("PKCS12", "s.p12"), ("JCEKS", "s.jceks")] {
            let scratch = Scratch::new();
            let store = format!("-keystore {file} -storetype {kind} -storepass {PASSWORD}");
            for (alias, algorithm) in
                [("session", "AES -keysize 128"), ("other", "HmacSHA256 -keysize 256")]
            {
                let made = format!("-genseckey -alias {alias} -keyalg {algorithm} {store}");
                scratch.run(&keytool, &format!("{made} -keypass {PASSWORD}")).ok();
            }
            let copied = |alias: &str, to: &str| {
                let source =
                    format!("-srckeystore {file} -srcstoretype {kind} -srcstorepass {PASSWORD}");
                let target =
                    format!("-destkeystore {to} -deststoretype PKCS12 -deststorepass {PASSWORD}");
                let line = format!(
                    "-importkeystore -noprompt {source} -srcalias {alias} {target} -destalias same"
                );
                scratch.run(&keytool, &line)
            };
            copied("session", "before.p12").ok();
            let rename = |from: &str, to: &str| {
                scratch.mwallet(&format!("rename {file} {from} {to}")).password(PASSWORD)
            };
            rename("session", "other").fails(6, "alias-taken");
            let report = rename("session", "token").json();
            assert_eq!((&report["from"], &report["to"]), (&json!("session"), &json!("token")));
            list(&scratch, &keytool, file, PASSWORD)
                .ok()
                .says("Alias name: token")
                .says("Alias name: other")
                .says("contains 2 entries");
            copied("session", "gone.p12").failed();
            copied("token", "after.p12").ok();
            copied("other", "other.p12").ok();
            // It is the same key under both names.
            let diff = scratch.mwallet("diff before.p12 after.p12").password(PASSWORD);
            diff.src_password(PASSWORD).ok();
            // A new password goes with the new name.
            scratch
                .mwallet(&format!("passwd {file}"))
                .password(PASSWORD)
                .new_password("another1")
                .ok();
            scratch.mwallet(&format!("list {file}")).password("another1").ok().says("token");
        }
    }
}

/// keytool's -storepasswd leaves them behind in silence.
#[test]
fn passwd_says_that_secret_keys_keep_their_password() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let store = "-keystore s.jceks -storetype JCEKS -storepass changeit";
        let made = format!("-genseckey -alias session -keyalg AES -keysize 128 {store}");
        scratch.run(&keytool, &format!("{made} -keypass {PASSWORD}")).ok();
        let changed =
            scratch.mwallet("passwd s.jceks").password(PASSWORD).new_password("another1").json();
        assert!(codes(&changed, "warnings").contains(&"kept-opaque".to_owned()), "{changed}");
        assert!(changed.to_string().contains("session"), "{changed}");
        // The key itself is what it was: only its old password opens it.
        let copied = |key: &str| {
            let source = "-srckeystore s.jceks -srcstoretype JCEKS -srcstorepass another1";
            let target = format!("-destkeystore {key}.p12 -deststorepass another1");
            let alias = format!("-srcalias session -srckeypass {key} -destkeypass another1");
            let line = format!("-importkeystore -noprompt {source} {target} {alias}");
            scratch.run(&keytool, &line).succeeded()
        };
        assert!(copied(PASSWORD));
        assert!(!copied("another1"));
        // Only keytool gives it another one.
        let one = "passwd s.jceks --key session --same";
        let error = scratch.mwallet(one).password("another1").fails(2, "usage");
        assert_eq!(
            error["message"],
            "s.jceks: session (secret key) is not opened here, so it keeps its password"
        );
        let hint = error["hint"].as_str().unwrap().strip_prefix("keytool ").unwrap();
        let passwords = format!("-storepass another1 -keypass {PASSWORD} -new another1");
        scratch.run(&keytool, &format!("{hint} {passwords}")).ok();
        assert!(copied("another1"));
    }
}

/// Under the password of the source they are of no use to who knows that of the copy alone.
#[test]
fn copy_under_another_password_says_that_secret_keys_keep_theirs() {
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    let made =
        "-genseckey -alias session -keyalg AES -keysize 128 -keystore s.jceks -storetype JCEKS";
    scratch.run(&keytool, &format!("{made} -storepass {PASSWORD}")).ok();
    let other = "another1";
    scratch.mwallet("create into.jceks").password(other).ok();
    let lines = [
        ("convert s.jceks convert.jceks", "convert.jceks"),
        ("export s.jceks --to jceks --out export.jceks", "export.jceks"),
        ("merge into.jceks s.jceks", "into.jceks"),
        ("merge s.jceks s.jceks --out third.jceks", "third.jceks"),
    ];
    for (line, written) in lines {
        let command = |password: &str| {
            let command = scratch.mwallet(line);
            match line {
                "merge into.jceks s.jceks" => command.password(other).src_password(PASSWORD),
                _ if line.starts_with("merge") => {
                    command.password(PASSWORD).src_password(PASSWORD).out_password(password)
                }
                _ => command.password(PASSWORD).out_password(password),
            }
        };
        if written != "into.jceks" {
            let same = command(PASSWORD).arg("--dry-run").json();
            assert_eq!(codes(&same, "warnings"), [""; 0], "{line}: {same}");
        }
        let report = command(other).arg("--dry-run").json();
        assert!(codes(&report, "warnings").contains(&"kept-opaque".to_owned()), "{line}: {report}");
        let done = command(other).ok();
        let hint = done.err();
        let hint = hint.lines().find_map(|line| line.split_once("hint: keytool "));
        let hint = hint.unwrap_or_else(|| panic!("{}", done.story())).1;
        assert!(hint.contains(written), "{hint}");
        let passwords = format!("-storepass {other} -keypass {PASSWORD} -new {other}");
        scratch.run(&keytool, &format!("{hint} {passwords}")).ok();
    }
}

#[test]
fn key_with_its_own_password_keeps_it_is_reported_and_mended() {
    for keytool in peers::keytools() {
        for (kind, file) in [("JKS", "a.jks"), ("JCEKS", "a.jceks")] {
            let scratch = Scratch::new();
            by_keytool(&scratch, &keytool, file, kind, KEY_PASSWORD);
            let differs = "key-password-differs".to_owned();
            let report = scratch.mwallet(&format!("check {file}")).password(PASSWORD).json();
            let findings = report["findings"].as_array().unwrap();
            let finding = findings.iter().find(|one| one["code"] == differs).unwrap();
            assert_eq!(
                (&finding["severity"], &finding["entry"]),
                (&json!("warning"), &json!("app"))
            );
            let repair = finding["repair"].as_str().unwrap();
            assert!(
                repair.starts_with(&format!("mwallet passwd {file} --key app --same")),
                "{repair}"
            );
            let report = scratch.mwallet(&format!("inspect {file}")).password(PASSWORD).json();
            assert!(codes(&report, "warnings").contains(&differs));

            // What opens the store now is what did not before.
            let rehearsed = scratch.mwallet(&format!("passwd {file} --dry-run"));
            let rehearsed = rehearsed.password(PASSWORD).new_password("another1").ok().err();
            assert!(
                rehearsed.contains(
                    "--same --key-password-file FILE --password-env MWALLET_TEST_PASSWORD\n"
                ),
                "{rehearsed}"
            );

            // The store's password changes, the key's does not.
            let changed = scratch
                .mwallet(&format!("passwd {file}"))
                .password(PASSWORD)
                .new_password("another1")
                .json();
            assert_eq!(changed["kept_keys"], json!(["app"]));
            assert!(codes(&changed, "warnings").contains(&differs));
            assert!(uses(&scratch, &keytool, file, "another1", KEY_PASSWORD), "{kind}");

            let same =
                || scratch.mwallet(&format!("passwd {file} --key App --same")).password("another1");
            same().fails(4, "key-locked");
            same().key_password("nonsense").fails(4, "key-locked");
            same().key_password(KEY_PASSWORD).ok();
            assert!(uses(&scratch, &keytool, file, "another1", "another1"), "{kind}");
            let report = scratch.mwallet(&format!("check {file}")).password("another1").json();
            assert!(!codes(&report, "findings").contains(&differs));

            // And back to one of its own.
            scratch
                .mwallet(&format!("passwd {file} --key app"))
                .password("another1")
                .new_password(KEY_PASSWORD)
                .ok();
            assert!(!uses(&scratch, &keytool, file, "another1", "another1"), "{kind}");
            assert!(uses(&scratch, &keytool, file, "another1", KEY_PASSWORD), "{kind}");
        }
    }
}

/// Whether Java's store opens its key with each of these passwords.
const KEYS: &str = r#"
import java.io.*; import java.security.*;
public class Keys {
  public static void main(String[] a) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new FileInputStream(a[0]), a[1].toCharArray());
    for (int i = 3; i < a.length; i++)
      try { System.out.println(a[i] + " opens " + store.getKey(a[2], a[i].toCharArray()).getAlgorithm()); }
      catch (UnrecoverableKeyException e) { System.out.println(a[i] + " opens nothing"); }
  }
}
"#;

#[test]
fn keys_of_pkcs12_get_passwords_of_their_own_and_lose_them() {
    let Some(java) = peers::java_of_sources() else { return };
    let scratch = Scratch::new();
    scratch.write("Keys.java", KEYS);
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    for alias in ["app", "web"] {
        let csr =
            format!("csr a.p12 --dn CN={alias} --key ec:p256 --self-signed --out {alias}.pem");
        scratch.mwallet(&csr).password(PASSWORD).ok();
    }
    let opens = |alias: &str, of_store: bool| {
        let line = format!("Keys.java a.p12 {PASSWORD} {alias} {PASSWORD} {KEY_PASSWORD}");
        let by = if of_store { PASSWORD } else { KEY_PASSWORD };
        let other = if of_store { KEY_PASSWORD } else { PASSWORD };
        let read = scratch.run(&java, &line).ok();
        read.says(&format!("{by} opens EC")).says(&format!("{other} opens nothing"));
    };
    // The password that one key gets may be that of another one, which stays closed meanwhile.
    let own = |alias: &str, new: &str| {
        let passwd = scratch.mwallet(&format!("passwd a.p12 --key {alias}")).password(PASSWORD);
        let changed = passwd.new_password(new).json();
        assert_eq!(codes(&changed, "warnings").last().unwrap(), "key-password-differs");
    };
    own("web", KEY_PASSWORD);
    own("app", KEY_PASSWORD);
    opens("app", false);
    opens("web", false);
    let same = || scratch.mwallet("passwd a.p12 --key app --same").password(PASSWORD);
    same().fails(4, "key-locked");
    same().key_password(KEY_PASSWORD).ok();
    opens("app", true);
    opens("web", false);
    // What is converted has one password, and says so.
    for file in ["b.p12", "b.pem"] {
        let line = format!("convert a.p12 {file}");
        let convert = scratch.mwallet(&line).password(PASSWORD).out_password("another1");
        let converted = convert.key_password(KEY_PASSWORD).json();
        let warning = &converted["warnings"][0];
        assert_eq!(warning["code"], "key-password-differs");
        assert!(warning["message"].as_str().unwrap().ends_with("in place of their own: web"));
    }
    scratch.run(&java, "Keys.java b.p12 another1 web another1").ok().says("another1 opens EC");
}

#[test]
fn new_key_has_the_password_that_was_given_for_it() {
    let scratch = Scratch::new();
    for store in ["a.p12", "a.jks"] {
        scratch.mwallet(&format!("create {store}")).password(PASSWORD).ok();
        let csr = |alias: &str| {
            let line =
                format!("csr {store} --dn CN={alias} --key ec:p256 --out {alias}.csr --force");
            scratch.mwallet(&line).password(PASSWORD)
        };
        assert_eq!(csr("app").json()["own_password"], false);
        let own = csr("web").key_password(KEY_PASSWORD).json();
        assert_eq!(own["own_password"], true);
        let warned = codes(&own, "warnings").contains(&"key-password-differs".to_owned());
        assert_eq!(warned, store == "a.p12", "{own}");
        let keys = |key_password: &str| {
            let check = scratch.mwallet(&format!("show {store}")).password(PASSWORD);
            let report = check.key_password(key_password).json();
            let entries = report["entries"].as_array().unwrap().iter();
            entries.map(|entry| format!("{} {}", entry["alias"], entry["key"])).collect::<Vec<_>>()
        };
        assert_eq!(keys(KEY_PASSWORD), [r#""app" "open""#, r#""web" "open""#]);
        assert_eq!(keys("nonsense"), [r#""app" "open""#, r#""web" "locked""#]);
        // That of the store is none of its own.
        let passwd = scratch.mwallet(&format!("passwd {store} --key app")).password(PASSWORD);
        let same = passwd.key_password(KEY_PASSWORD).new_password(PASSWORD).json();
        assert_eq!((&same["written"], &same["warnings"]), (&json!(false), &json!([])), "{same}");
        let passwd = scratch.mwallet(&format!("passwd {store} --key web")).password(PASSWORD);
        let same = passwd.key_password(KEY_PASSWORD).new_password(PASSWORD).json();
        assert_eq!(same["password"], "same");
        assert_eq!(keys("nonsense"), [r#""app" "open""#, r#""web" "open""#]);
    }
}

/// The reader of a closed key cannot tell from the key which request it belongs to.
#[test]
fn key_with_a_password_of_its_own_stays_with_its_request() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    let csr = |name: &str| {
        let line = format!("csr a.p12 --dn CN={name} --key ec:p256 --out {name}.csr");
        scratch.mwallet(&line).password(PASSWORD)
    };
    csr("early").key_password(KEY_PASSWORD).ok();
    csr("late").ok();
    let passwd = scratch.mwallet("passwd a.p12 --key late").password(PASSWORD);
    passwd.new_password(KEY_PASSWORD).ok();
    let listed = scratch.mwallet("list a.p12").password(PASSWORD).ok();
    listed.says("early  request (locked)").says("late   request (locked)").says("2 entries");
    for name in ["early", "late"] {
        ca.sign(&format!("{name}.csr"), &format!("{name}.pem"));
        let import = format!("import-user a.p12 {name}.pem {} {}", ca.intermediate(), ca.root());
        scratch.mwallet(&import).password(PASSWORD).ok();
    }
    let report = scratch.mwallet("list a.p12").password(PASSWORD).key_password(KEY_PASSWORD).json();
    for (entry, alias) in report["entries"].as_array().unwrap().iter().zip(["early", "late"]) {
        assert_eq!((&entry["alias"], &entry["key"]), (&json!(alias), &json!("open")), "{entry}");
        assert_eq!(entry["kind"], "private-key");
    }
}

#[test]
fn password_of_a_key_is_not_taken_for_that_of_its_store() {
    let scratch = Scratch::new();
    scratch.mwallet("create a.jks").password(PASSWORD).ok();
    for (alias, own) in [("app", None), ("web", Some(KEY_PASSWORD))] {
        let csr = format!("csr a.jks --dn CN={alias} --key ec:p256 --self-signed");
        let csr = scratch.mwallet(&csr).password(PASSWORD);
        if let Some(own) = own { csr.key_password(own) } else { csr }.ok();
    }
    let error = scratch.mwallet("list a.jks").password(KEY_PASSWORD);
    let error = error.fails(1, "keystore-digest-mismatch");
    assert!(error["message"].as_str().unwrap().contains("the password of that key"), "{error}");
    // The other key would come along under a password that nobody gave.
    for target in ["b.jks", "b.p12", "b"] {
        let convert =
            || scratch.mwallet(&format!("convert a.jks {target}")).out_password("another1");
        convert().key_password(KEY_PASSWORD).fails(4, "password-missing");
        assert!(!scratch.exists(target));
    }
    // Where its key is not wanted, nothing is missing.
    let one = |line: &str| {
        scratch
            .mwallet(&format!("{line} --alias web"))
            .key_password(KEY_PASSWORD)
            .out_password("another1")
    };
    one("export a.jks --to ewallet-pem --out web.pem").ok();
    one("export a.jks --to pem --split --out web").ok();
    one("convert a.jks web.p12").ok();
    let bundle = scratch.mwallet("convert a.jks all.p7b --allow-loss").key_password(KEY_PASSWORD);
    bundle.ok();
    // Whose key it is that stays closed.
    let convert = || scratch.mwallet("convert a.jks b").password(PASSWORD).out_password("another1");
    for error in [convert(), convert().key_password("nonsense")] {
        let error = error.fails(4, "key-locked");
        assert!(error["message"].as_str().unwrap().starts_with("a.jks: the key web "), "{error}");
    }
}

#[test]
fn list_marks_a_key_with_another_password_and_the_same_is_not_given_twice() {
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    by_keytool(&scratch, &keytool, "a.jks", "JKS", "Another1");
    for verb in ["list", "show"] {
        let report = scratch.mwallet(&format!("{verb} a.jks")).password(PASSWORD).json();
        assert_eq!(report["entries"][0]["key"], "locked", "{report:#}");
        scratch.mwallet(&format!("{verb} a.jks")).ok();
    }
    scratch.mwallet("list a.jks").password(PASSWORD).ok().says("private-key (locked)");
    let same = || {
        scratch.mwallet("passwd a.jks --key app --same").password(PASSWORD).key_password("Another1")
    };
    same().ok().says("gave the key app");
    same().ok().says("has the password of the store already");
    scratch.mwallet("list a.jks").password(PASSWORD).ok().says("private-key  ");
}

#[test]
fn new_key_gets_the_password_for_keys() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let create =
            |file: &str| scratch.mwallet(&format!("create {file}")).password(PASSWORD).ok();
        let csr = |file: &str, options: &str| {
            let line = format!("csr {file} --dn CN=app --key ec:p256 --self-signed {options}");
            scratch.mwallet(&line).password(PASSWORD)
        };
        create("app.jks");
        csr("app.jks", "").key_password(KEY_PASSWORD).ok();
        assert!(uses(&scratch, &keytool, "app.jks", PASSWORD, KEY_PASSWORD));
        assert!(!uses(&scratch, &keytool, "app.jks", PASSWORD, PASSWORD));
        create("app.p12");
        csr("app.p12", "").key_password(KEY_PASSWORD).ok();
        let export = || scratch.mwallet("export app.p12 --to pem --out-no-password --out k.pem");
        export().password(PASSWORD).fails(4, "key-locked");
        export().password(PASSWORD).key_password(KEY_PASSWORD).ok();
        // That of the store is no other one, and a weak one is none.
        create("same.jks");
        csr("same.jks", "").key_password(PASSWORD).ok();
        assert!(uses(&scratch, &keytool, "same.jks", PASSWORD, PASSWORD));
        csr("same.jks", "--alias weak").key_password("short").fails(6, "password-weak");
        // A key that is there keeps its password.
        let again = scratch.mwallet("csr app.jks --reuse-key").password(PASSWORD);
        again.key_password(KEY_PASSWORD).ok();
        assert!(uses(&scratch, &keytool, "app.jks", PASSWORD, KEY_PASSWORD));
        scratch.mwallet("create w").password("Welcome1").ok();
        let before = scratch.picture("w");
        csr("w", "").password("Welcome1").key_password(KEY_PASSWORD).fails(2, "usage");
        scratch.assert_unchanged("w", &before);
    }
}

#[test]
fn keys_of_oracles_layout_get_no_passwords_of_their_own() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password("Welcome1").ok();
    let csr = "csr w --dn CN=x --key ec:p256 --self-signed";
    scratch.mwallet(csr).password("Welcome1").ok();
    let before = scratch.picture("w");
    let passwd = scratch.mwallet("passwd w --key x").password("Welcome1");
    passwd.new_password("Welcome2").fails(2, "usage");
    scratch.assert_unchanged("w", &before);
}

#[test]
fn entries_are_removed_and_keytool_sees_it() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
        by_keytool(&scratch, &keytool, "a.jks", "JKS", PASSWORD);
        scratch
            .mwallet(&format!("add-trusted a.jks {} --alias root", ca.root()))
            .password(PASSWORD)
            .ok();
        list(&scratch, &keytool, "a.jks", PASSWORD).ok().says("trustedCertEntry");
        scratch.mwallet("remove a.jks App --yes").password(PASSWORD).ok();
        list(&scratch, &keytool, "a.jks", PASSWORD).ok().says("contains 1 entry");
        assert!(!scratch.exists("a.jks.lck"));
    }
}
