//! Removing what has expired, with keytool on the other side.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::json;
use support::peers::{self, Peer};
use support::scratch::Scratch;

const PASSWORD: &str = "changeit1";

/// `NAME.pem`: a CA's certificate whose validity begins then, for a year; its key is in `NAME.p12`.
fn ca(scratch: &Scratch, keytool: &Peer, name: &str, begin: &str) {
    let store = format!("-keystore {name}.p12 -storepass {PASSWORD} -alias {name}");
    let pair =
        format!("-genkeypair {store} -keyalg EC -dname CN={name} -ext bc:c -startdate {begin}");
    scratch.run(keytool, &pair).ok();
    scratch.run(keytool, &format!("-exportcert -rfc -file {name}.pem {store}")).ok();
}

/// A trust store by keytool: `old` and `older` have expired, `new` has not, nor has the key `own`.
fn trust_store(scratch: &Scratch, keytool: &Peer, file: &str, kind: &str) {
    ca(scratch, keytool, "old", "2018/01/01");
    ca(scratch, keytool, "older", "2010/01/01");
    ca(scratch, keytool, "new", "-1d");
    let store = format!("-keystore {file} -storetype {kind} -storepass {PASSWORD}");
    for name in ["new", "old", "older"] {
        let import = format!("-importcert -noprompt -alias {name} -file {name}.pem {store}");
        scratch.run(keytool, &import).ok();
    }
    let pair = "-genkeypair -alias own -keyalg EC -dname CN=own -startdate 2018/01/01";
    scratch.run(keytool, &format!("{pair} -keypass {PASSWORD} {store}")).ok();
}

#[test]
fn expired_certificates_go_at_once_and_expired_keys_stay() {
    for keytool in peers::keytools() {
        for (kind, file) in [("PKCS12", "trust.p12"), ("JKS", "trust.jks")] {
            let scratch = Scratch::new();
            trust_store(&scratch, &keytool, file, kind);
            let remove = || scratch.mwallet(&format!("remove {file} --expired")).password(PASSWORD);
            let before = scratch.read(file);
            let planned = remove().arg("--dry-run").json();
            assert_eq!(scratch.read(file), before);
            assert_eq!(planned["written"], false);
            let done = remove().json();
            assert_eq!(planned["expired"], done["expired"]);
            let aliases: Vec<&str> = done["expired"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["alias"].as_str().unwrap())
                .collect();
            assert_eq!(aliases.len(), 2, "{done:#}");
            assert!(aliases.contains(&"old") && aliases.contains(&"older"), "{done:#}");
            assert_eq!(done["broken_chains"], json!([]));
            let list = format!("-list -v -keystore {file} -storepass {PASSWORD}");
            scratch
                .run(&keytool, &list)
                .ok()
                .says("contains 2 entries")
                .says("Alias name: new")
                .says("Alias name: own");
            // Once more there is nothing to do.
            let left = scratch.read(file);
            assert_eq!(remove().json()["expired"], json!([]));
            remove().ok().says("no trusted certificate has expired");
            assert_eq!(scratch.read(file), left);
        }
    }
}

#[test]
fn text_names_what_goes() {
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    trust_store(&scratch, &keytool, "trust.p12", "PKCS12");
    let remove = |more: &str| {
        scratch.mwallet(&format!("remove trust.p12 --expired {more}")).password(PASSWORD)
    };
    remove("--dry-run")
        .ok()
        .says("would remove 2 expired certificates\n")
        .says("  old, until 2018-");
    remove("").ok().says("removed 2 expired certificates\n").says("  older, until 2010-");
}

#[test]
fn expired_issuer_of_a_key_wants_a_confirmation() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        ca(&scratch, &keytool, "old", "2018/01/01");
        scratch.mwallet("create w").password(PASSWORD).ok();
        let csr = "csr w --dn CN=app --key ec:p256 --alias app --out app.csr";
        scratch.mwallet(csr).password(PASSWORD).ok();
        let sign = "-gencert -rfc -infile app.csr -outfile app.pem -alias old -keystore old.p12";
        scratch.run(&keytool, &format!("{sign} -storepass {PASSWORD}")).ok();
        scratch.mwallet("add-trusted w old.pem").password(PASSWORD).ok();
        scratch.mwallet("import-user w app.pem").password(PASSWORD).ok();
        let remove =
            |more: &str| scratch.mwallet(&format!("remove w --expired {more}")).password(PASSWORD);
        let error = remove("").fails(6, "removal-breaks-chain");
        let said = error["message"].as_str().unwrap();
        assert!(said.contains("without what has expired the chain of app"), "{said}");
        let planned = remove("--dry-run").json();
        assert_eq!(planned["broken_chains"], json!(["app"]));
        assert_eq!(planned["warnings"][0]["code"], "removal-breaks-chain", "{planned:#}");
        let message = planned["warnings"][0]["message"].as_str().unwrap();
        assert!(message.ends_with("; --yes allows it"), "{message}");
        let agreed = remove("--dry-run --yes").json();
        assert!(
            !agreed["warnings"][0]["message"].as_str().unwrap().contains("--yes"),
            "{agreed:#}"
        );
        assert_eq!(remove("--yes").json()["expired"][0]["subject"], "CN=old");
        let left = scratch.mwallet("list w").password(PASSWORD).json();
        assert_eq!(left["entries"].as_array().unwrap().len(), 1, "{left:#}");
    }
}

#[test]
fn either_an_entry_is_named_or_what_has_expired() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    for (line, choice) in [
        ("remove w.p12", "<ENTRY|--all-trusted|--expired>"),
        ("cred get w.p12", "<CONNECT|--default|--map <M>|--number <N>>"),
        ("cred set w.p12", "<CONNECT|--default|--map <M>|--number <N>>"),
    ] {
        let done = scratch.mwallet(line).run().status(2);
        assert!(done.err().contains(choice), "{}", done.story());
        // The wallet comes first.
        assert!(done.err().contains("[OPTIONS] <W> <"), "{}", done.story());
        let error = scratch.mwallet(line).fails(2, "usage");
        assert!(error["message"].as_str().unwrap().contains(choice), "{error}");
    }
    for more in ["app --expired", "app --all-trusted", "--all-trusted --expired"] {
        scratch.mwallet(&format!("remove w.p12 {more}")).fails(2, "usage");
    }
}

#[test]
fn last_of_what_is_trusted_wants_a_confirmation_when_it_has_expired() {
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    ca(&scratch, &keytool, "old", "2018/01/01");
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w.p12 old.pem").password(PASSWORD).ok();
    let remove =
        |more: &str| scratch.mwallet(&format!("remove w.p12 --expired{more}")).password(PASSWORD);
    let error = remove("").fails(6, "confirmation-required");
    assert!(error["message"].as_str().unwrap().contains("the wallet trusts nobody"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains(" --yes"), "{error}");
    let planned = remove(" --dry-run").json();
    assert_eq!(planned["warnings"][0]["code"], "confirmation-required", "{planned:#}");
    remove(" --yes").ok().says("removed 1 expired certificate\n");
    // Nothing to remove is nothing to ask.
    remove("").ok().says("no trusted certificate has expired");
}
