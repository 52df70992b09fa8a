//! Stores of many keys: each is opened and encrypted with a derivation of its own, beside the others, and stays the
//! key of its name and of its certificate.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::collections::BTreeMap;
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;

const COUNT: usize = 9;

const OUT: &str = "another one";

/// A store of so many keys, `k0` and on, each with a certificate of its own; one may have a password of its own.
fn store(scratch: &Scratch, own: Option<usize>) {
    scratch.mwallet("create all.p12").password(PASSWORD).ok();
    for number in 0..COUNT {
        let line = format!("csr all.p12 --dn CN=k{number} --key ec:p256 --self-signed");
        let call = scratch.mwallet(&format!("{line} --alias k{number}")).password(PASSWORD);
        if own == Some(number) { call.key_password(OUT) } else { call }.ok();
    }
}

/// The public keys that openssl finds under each name: those of keys, and those of certificates.
fn found_by(
    openssl: &Peer,
    scratch: &Scratch,
    file: &str,
    password: &str,
) -> [BTreeMap<String, String>; 2] {
    let mut command = scratch.command(openssl, &format!("pkcs12 -in {file} -nodes"));
    command.arg("-passin").arg(format!("pass:{password}"));
    let all = run(&mut command, b"").ok().out();
    let mut found = [BTreeMap::new(), BTreeMap::new()];
    for bag in all.split("Bag Attributes").skip(1) {
        let name = bag.lines().find_map(|line| line.trim().strip_prefix("friendlyName: ")).unwrap();
        let (line, kind) = if bag.contains("BEGIN CERTIFICATE") {
            ("x509 -pubkey -noout", 1)
        } else {
            ("pkey -pubout", 0)
        };
        let public = run(&mut scratch.command(openssl, line), bag.as_bytes()).ok().out();
        assert_eq!(found[kind].insert(name.to_owned(), public), None, "{name} twice");
    }
    found
}

#[test]
fn each_key_stays_with_its_name_and_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    store(&scratch, None);
    let [keys, certificates] = found_by(&openssl, &scratch, "all.p12", PASSWORD);
    assert_eq!((keys.len(), &keys), (COUNT, &certificates));
    // Opened and encrypted anew, through the formats whose keys have derivations of their own, and one whose have
    // none.
    let mut source = ("all.p12".to_owned(), PASSWORD);
    for to in ["p12", "jceks", "jks", "p12"] {
        let target = format!("{}.{to}", source.0);
        let line = format!("convert {} {target} --to {to}", source.0);
        scratch.mwallet(&line).password(source.1).out_password(OUT).ok();
        source = (target, OUT);
    }
    assert_eq!(found_by(&openssl, &scratch, &source.0, OUT), [keys.clone(), keys]);
}

#[test]
fn key_with_a_password_of_its_own_is_the_only_one_that_stays_closed() {
    let scratch = Scratch::new();
    store(&scratch, Some(4));
    let to_jceks =
        || scratch.mwallet("convert all.p12 all.jceks").password(PASSWORD).out_password(OUT);
    let refused = to_jceks().fails(4, "key-locked").to_string();
    for number in 0..COUNT {
        assert_eq!(refused.contains(&format!("k{number}")), number == 4, "{refused}");
    }
    to_jceks().key_password(OUT).ok();
}
