//! Revocation lists: what we make, others read and go by; what others make, we show, verify and
//! continue.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use serde_json::{Value, json};
use support::authority::{Authority, CaKeys};
use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::Mwallet;
use support::scratch::Scratch;

const CA: &str = "CN=Corp CA,OU=b,OU=a,DC=acme,DC=com";

/// A CA in `ca`, its certificate `ca.pem`, and the certificates `one.pem` and `two.pem`.
fn authority(scratch: &Scratch) {
    scratch.mwallet("create ca").password(PASSWORD).ok();
    scratch
        .mwallet("csr ca --self-signed --ca-cert --key ec:p256 --out ca.pem --dn")
        .arg(CA)
        .password(PASSWORD)
        .ok();
    scratch.mwallet("create app").password(PASSWORD).ok();
    for name in ["one", "two"] {
        scratch
            .mwallet(&format!("csr app --dn CN={name} --key ec:p256 --out {name}.csr"))
            .password(PASSWORD)
            .ok();
        scratch
            .mwallet(&format!("sign {name}.csr --ca ca --out {name}.pem"))
            .ca_password(PASSWORD)
            .ok();
    }
}

fn create(scratch: &Scratch, line: &str) -> Mwallet {
    scratch.mwallet(&format!("crl create --ca ca {line}")).ca_password(PASSWORD)
}

fn serial(scratch: &Scratch, file: &str) -> String {
    let block = pem::parse(scratch.read(file)).unwrap();
    Certificate::from_der(block.contents()).unwrap().serial_hex()
}

/// The entries of a list: its certificates' numbers, and why.
fn revoked(list: &Value) -> Vec<(String, Option<String>)> {
    list["revoked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().map(str::to_owned);
            (text("serial").unwrap(), text("reason"))
        })
        .collect()
}

/// Whether openssl takes the certificate, with the list.
fn accepted(scratch: &Scratch, openssl: &Peer, list: &str, certificate: &str) -> bool {
    let line =
        format!("verify -x509_strict -crl_check -CRLfile {list} -CAfile ca.pem {certificate}");
    let done = scratch.run(openssl, &line);
    assert!(done.succeeded() || done.all().contains("certificate revoked"), "{}", done.story());
    done.succeeded()
}

#[test]
fn list_revokes_for_everybody_and_the_next_one_keeps_it() {
    let (Some(openssl), Some(certtool)) = (peers::openssl(), peers::certtool()) else { return };
    let scratch = Scratch::new();
    authority(&scratch);
    let report = create(&scratch, "--out first.pem").json();
    assert_eq!((&report["number"], &report["kept"]), (&json!("1"), &json!(0)));
    assert!(accepted(&scratch, &openssl, "first.pem", "one.pem"));

    let one = serial(&scratch, "one.pem");
    create(&scratch, "--from first.pem --revoke one.pem:keyCompromise --out second.pem").ok();
    assert!(!accepted(&scratch, &openssl, "second.pem", "one.pem"));
    assert!(accepted(&scratch, &openssl, "second.pem", "two.pem"));

    // By number, in the notation of openssl; and the entry of the old list as it was.
    let two = scratch.run(&openssl, "x509 -in two.pem -noout -serial").ok().out();
    let two = two.trim().trim_start_matches("serial=").to_owned();
    let report =
        create(&scratch, &format!("--from second.pem --revoke {two} --to der --out third.crl"))
            .json();
    assert_eq!(report["number"], "3", "{report}");
    assert_eq!((&report["kept"], &report["added"]), (&json!(1), &json!([two])), "{report}");
    let der = |file: &str| RevocationList::from_der(&scratch.read(file)).unwrap();
    let second = pem::parse(scratch.read("second.pem")).unwrap();
    let second = RevocationList::from_der(second.contents()).unwrap();
    let kept: Vec<_> = second.revoked().map(|entry| entry.der()).collect();
    let third = der("third.crl");
    assert_eq!(third.revoked().next().unwrap().der(), kept[0]);
    scratch.run(&openssl, "crl -inform DER -in third.crl -out third.pem").ok();
    assert!(!accepted(&scratch, &openssl, "third.pem", "one.pem"));
    assert!(!accepted(&scratch, &openssl, "third.pem", "two.pem"));
    let text = scratch.run(&openssl, "crl -in third.pem -CAfile ca.pem -noout -text").ok();
    for part in
        ["verify OK", "X509v3 CRL Number: \n                3", "Key Compromise", "CN = Corp CA"]
    {
        assert!(text.all().contains(part), "{part}: {}", text.story());
    }
    scratch.run(&certtool, "--verify-crl --load-ca-certificate ca.pem --infile third.pem").ok();
    for keytool in peers::keytools() {
        let store = format!("-keystore {}.p12 -storepass changeit", keytool.version().0);
        scratch
            .run(&keytool, &format!("-importcert -noprompt -alias ca -file ca.pem {store}"))
            .ok();
        let done = scratch.run(&keytool, &format!("-printcrl -file third.crl {store}")).ok();
        assert!(done.all().contains("Verified by ca"), "{}", done.story());
        let text = done.out().to_uppercase().replace(':', "");
        assert!(text.contains(&one) && text.contains(&two), "{}", done.story());
    }
    let shown = scratch.mwallet("crl show third.crl").json();
    assert_eq!(shown["lists"][0]["issuer"], CA);
    assert_eq!(
        revoked(&shown["lists"][0]),
        [(one, Some("keyCompromise".to_owned())), (two, None)],
        "{shown}"
    );
    let (report, status) = scratch.mwallet("crl verify third.crl --ca ca.pem").report();
    assert_eq!((report["verdict"].as_str(), status), (Some("ok"), Some(0)), "{report}");
    // A wallet is as good as its certificate.
    scratch.mwallet("crl verify third.crl --ca ca").ca_password(PASSWORD).ok().says("ok");
}

#[test]
fn number_that_is_revoked_again_keeps_its_date_and_takes_the_reason() {
    let scratch = Scratch::new();
    authority(&scratch);
    let one = serial(&scratch, "one.pem");
    create(&scratch, "--revoke one.pem:certificate-hold --out 1.pem").ok();
    let first = scratch.mwallet("crl show 1.pem").json();
    let report = create(&scratch, "--from 1.pem --revoke one.pem:superseded --out 2.pem").json();
    assert_eq!((&report["added"], &report["present"]), (&json!([]), &json!([one])), "{report}");
    assert_eq!(revoked(&report["list"]), [(one.clone(), Some("superseded".to_owned()))]);
    let date = |list: &Value| list["revoked"][0]["date"].clone();
    assert_eq!(date(&report["list"]), date(&first["lists"][0]));
    // Twice in one command, and the same again.
    let report = create(&scratch, "--from 2.pem --revoke 0A --revoke 0x0a:superseded").json();
    assert_eq!(report["kept"], 1);
    let expected = [(one, Some("superseded".to_owned())), ("0A".into(), Some("superseded".into()))];
    assert_eq!(revoked(&report["list"]), expected);
}

#[test]
fn reason_that_is_recorded_stays() {
    let scratch = Scratch::new();
    authority(&scratch);
    let one = serial(&scratch, "one.pem");
    create(&scratch, "--revoke one.pem:keyCompromise --out 1.pem").ok();
    create(&scratch, "--from 1.pem --revoke one.pem:superseded --out 2.pem")
        .ok()
        .says(&format!("was on the list already: {one} (keyCompromise)"));
    let shown = scratch.mwallet("crl show 2.pem").json();
    assert_eq!(revoked(&shown["lists"][0]), [(one, Some("keyCompromise".to_owned()))]);
}

#[test]
fn each_certificate_that_is_revoked_is_told_with_its_name_or_as_a_number_alone() {
    let scratch = Scratch::new();
    authority(&scratch);
    let one = serial(&scratch, "one.pem");
    let line = "--revoke one.pem:superseded --revoke 0A --out 1.pem";
    let planned = create(&scratch, &format!("{line} --dry-run")).ok().out();
    assert!(!planned.contains("\nrevoked") && !scratch.exists("1.pem"), "{planned}");
    let [by_file, by_number] = [
        format!("{one} (superseded): CN=one\n"),
        "0A (unspecified): by its number alone, no certificate was looked at\n".to_owned(),
    ];
    let told = create(&scratch, line).ok().out();
    for line in [by_file, by_number] {
        assert!(planned.contains(&format!("\nwould revoke {line}")), "{planned}");
        assert!(told.contains(&format!("\nrevoked {line}")), "{told}");
    }
}

#[test]
fn list_over_another_one_of_its_ca_follows_it_or_says_that_it_does_not() {
    let scratch = Scratch::new();
    authority(&scratch);
    create(&scratch, "--out corp.crl").ok();
    create(&scratch, "--from corp.crl --revoke one.pem --out corp.crl --force").ok();
    let refused = create(&scratch, "--out corp.crl").fails(6, "would-overwrite");
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.contains("--from corp.crl --force"), "{hint}");
    let report = create(&scratch, "--from corp.crl --out corp.crl --force").json();
    assert_eq!((&report["number"], &report["kept"]), (&json!("3"), &json!(1)), "{report}");
    assert_eq!(report["warnings"], json!([]), "{report}");
    let report = create(&scratch, "--out corp.crl --force").json();
    assert_eq!(report["warnings"][0]["code"], "crl-restarted", "{report}");
}

#[test]
fn list_of_openssl_is_continued() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "o", CaKeys::Ec);
    ca.issue("leaf");
    scratch.write("ca.pem", scratch.text(&ca.root()));
    scratch.write("bundle.pem", scratch.text(&ca.root()) + &scratch.text("o/root.key"));
    for (file, text) in [
        (
            "db.cnf",
            "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=sha256\ncrlnumber=n\ncrl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n",
        ),
        ("index", "R\t351231235959Z\t260101120000Z,keyCompromise\t0ABC\tunknown\t/CN=gone\n"),
        ("n", "FF\n"),
    ] {
        scratch.write(file, text);
    }
    scratch
        .run(
            &openssl,
            "ca -config db.cnf -gencrl -crldays 30 -keyfile o/root.key -cert ca.pem -out o.crl",
        )
        .ok();
    scratch.mwallet("crl verify o.crl --ca ca.pem").ok().says("ok");
    scratch
        .mwallet("crl create --ca bundle.pem --from o.crl --revoke 77:cessationOfOperation --out next.crl")
        .ok();
    let text = scratch.run(&openssl, "crl -in next.crl -CAfile ca.pem -noout -text").ok();
    for part in
        ["verify OK", "256", "0ABC", "Jan  1 12:00:00 2026", "Key Compromise", "Serial Number: 77"]
    {
        assert!(text.all().contains(part), "{part}: {}", text.story());
    }
}

#[test]
fn lists_and_certificates_of_others_are_refused() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch);
    let other = Authority::new(&scratch, &openssl, "o", CaKeys::Ec);
    other.issue("leaf");
    create(&scratch, "--revoke leaf.pem").fails(6, "issuer-other");
    create(&scratch, "--out list.pem").ok();
    scratch.write("other.pem", scratch.text("o/root.pem") + &scratch.text("o/root.key"));
    let continued = scratch.mwallet("crl create --ca other.pem --from list.pem");
    continued.fails(6, "issuer-other");
    // Of the same name, with another key.
    scratch.mwallet("create twin").password(PASSWORD).ok();
    scratch
        .mwallet("csr twin --self-signed --ca-cert --key ec:p256 --out twin.pem --dn")
        .arg(CA)
        .password(PASSWORD)
        .ok();
    let twin =
        |line: &str| scratch.mwallet(&format!("crl create --ca twin {line}")).ca_password(PASSWORD);
    twin("--from list.pem").fails(6, "issuer-other");
    twin("--revoke one.pem").fails(6, "issuer-other");
    // What is none of all these.
    create(&scratch, "--revoke nothing.pem").fails(5, "file-not-found");
    create(&scratch, "--revoke ca/ewallet.p12").fails(1, "format-unsupported");
    create(&scratch, "--revoke 0A:nonsense").fails(2, "value-invalid");
    create(&scratch, "--revoke 0A:removeFromCRL").fails(2, "value-invalid");
    let error = create(&scratch, "--revoke 0A:lost").fails(2, "value-invalid");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("keyCompromise") && !message.contains("removeFromCRL"), "{message}");
    create(&scratch, "--from one.pem").fails(1, "bundle-empty");
    scratch.mwallet("crl create --ca app").ca_password(PASSWORD).fails(6, "issuer-unfit");
    scratch.mwallet("crl show one.pem").fails(1, "bundle-empty");
}

#[test]
fn list_that_cannot_be_relied_on_is_found() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    authority(&scratch);
    create(&scratch, "--revoke one.pem --days 30 --out list.pem").ok();
    let finding = |line: &str| {
        let (report, status) = scratch.mwallet(&format!("crl verify {line}")).report();
        assert_eq!(status, Some(3), "{report}");
        assert_eq!(report["verdict"], "findings", "{report}");
        report["headline"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(finding("list.pem --ca ca.pem --at 2099-01-01"), "crl-stale");
    assert_eq!(finding("list.pem --ca ca.pem --at 2020-01-01"), "crl-stale");
    assert_eq!(finding("list.pem --ca one.pem"), "chain-issuer-missing");
    // One bit of an entry.
    let mut der = pem::parse(scratch.read("list.pem")).unwrap().into_contents();
    let one = pem::parse(scratch.read("one.pem")).unwrap();
    let number = Certificate::from_der(one.contents()).unwrap().serial().to_vec();
    let at = der.windows(number.len()).position(|window| window == number).unwrap();
    der[at + 5] ^= 1;
    scratch.write("forged.crl", der);
    assert_eq!(finding("forged.crl --ca ca.pem"), "signature-invalid");
    // A CA whose certificate does not let it sign lists.
    scratch
        .run(&openssl, "req -x509 -newkey ed25519 -nodes -keyout k -out c -subj /CN=x -addext keyUsage=keyCertSign")
        .ok();
    scratch.write("c.pem", scratch.text("c") + &scratch.text("k"));
    scratch.mwallet("crl create --ca c.pem").fails(6, "issuer-unfit");
    for (file, text) in [
        ("db.cnf", "[ca]\ndefault_ca=a\n[a]\ndatabase=index\ndefault_md=default\ncrlnumber=n\n"),
        ("index", ""),
        ("n", "01\n"),
    ] {
        scratch.write(file, text);
    }
    scratch
        .run(&openssl, "ca -config db.cnf -gencrl -crldays 30 -keyfile k -cert c -out c.crl")
        .ok();
    assert_eq!(finding("c.crl --ca c"), "key-usage-missing");
    // Alternative names that nobody can read have nothing to do with lists.
    let request = "req -x509 -nodes -subj /CN=x -newkey ec -pkeyopt ec_paramgen_curve:";
    let usage = "-addext keyUsage=cRLSign";
    let names = "-addext subjectAltName=DER:05:00";
    scratch.run(&openssl, &format!("{request}P-256 {usage} {names} -keyout k2 -out c2")).ok();
    scratch
        .run(&openssl, "ca -config db.cnf -gencrl -crldays 30 -keyfile k2 -cert c2 -out c2.crl")
        .ok();
    scratch.mwallet("crl verify c2.crl --ca c2").ok();
    // Of two keys of one name the one that cannot be judged may have signed it.
    scratch.run(&openssl, &format!("{request}brainpoolP256r1 {usage} -keyout k3 -out c3")).ok();
    scratch
        .run(&openssl, "ca -config db.cnf -gencrl -crldays 30 -keyfile k3 -cert c3 -out c3.crl")
        .ok();
    for (first, second) in [("c2", "c3"), ("c3", "c2")] {
        scratch.write("both.pem", scratch.text(first) + &scratch.text(second));
        assert_eq!(finding("c3.crl --ca both.pem"), "signature-unsupported", "{first}");
    }
}

#[test]
fn nothing_is_written_where_it_must_not_be() {
    let scratch = Scratch::new();
    authority(&scratch);
    create(&scratch, "--out list.pem").ok();
    let before = scratch.picture(".");
    create(&scratch, "--from list.pem --dry-run --out new.pem").ok().says("would make list 2");
    create(&scratch, "--from list.pem --out list.pem").fails(6, "would-overwrite");
    create(&scratch, "--force --out ca/ewallet.p12").fails(2, "usage");
    create(&scratch, "--revoke one.pem:superseded --force --out one.pem").fails(2, "usage");
    scratch.mwallet("crl create --ca ca --no-input").fails(4, "password-missing");
    scratch.assert_unchanged(".", &before);
    create(&scratch, "--from list.pem --force --out list.pem").ok();
    assert_eq!(scratch.mwallet("crl show list.pem").json()["lists"][0]["number"], "2");
    let piped = create(&scratch, "").ok();
    assert!(piped.out().starts_with("-----BEGIN X509 CRL-----\n"), "{}", piped.story());
    scratch.mwallet("crl show -").stdin(&piped.stdout).ok().says("number:              1");
}
