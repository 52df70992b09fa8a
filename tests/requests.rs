//! Requests, renewals and self-signed certificates, as openssl reads them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::lock_holder::LockHolder;
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;

/// What openssl says of a request or certificate.
#[track_caller]
fn says(scratch: &Scratch, openssl: &Peer, line: &str) -> String {
    scratch.run(openssl, line).ok().out().trim().to_owned()
}

fn public_key(scratch: &Scratch, openssl: &Peer, verb: &str, file: &str) -> String {
    says(scratch, openssl, &format!("{verb} -in {file} -noout -pubkey"))
}

fn entries<'a>(list: &'a Value, kind: &str) -> Vec<&'a Value> {
    list["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).collect()
}

/// Names as typed, and as openssl's RFC 2253 form has them.
const NAMES: &[(&str, &str)] = &[
    ("CN=app,OU=b,OU=a,DC=acme,DC=com", "CN=app,OU=b,OU=a,DC=acme,DC=com"),
    ("CN=a,CN=b,CN=a", "CN=a,CN=b,CN=a"),
    ("cn=lower,ou=case", "CN=lower,OU=case"),
    ("CN=Smith\\, John,O=Acme \\+ Sons", "CN=Smith\\, John,O=Acme \\+ Sons"),
    ("CN=J\u{f6}rg \u{1F511},O=\u{65e5}\u{672c}", "CN=J\u{f6}rg \u{1F511},O=\u{65e5}\u{672c}"),
    ("CN=\\4A\\C3\\B6,O=x", "CN=J\u{f6},O=x"),
    ("1.2.3.4=odd,CN=x", "1.2.3.4=odd,CN=x"),
    ("CN=x,C=DE,ST=Here,L=There,STREET=Road 1", "CN=x,C=DE,ST=Here,L=There,street=Road 1"),
    ("CN=x,emailAddress=a@b.example", "CN=x,emailAddress=a@b.example"),
];

#[test]
fn names_are_what_was_typed() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for (number, (typed, expected)) in NAMES.iter().enumerate() {
        scratch
            .mwallet(&format!("csr w --key ec:p256 --out {number}.csr --dn"))
            .arg(typed)
            .password(PASSWORD)
            .ok();
        let line =
            format!("req -in {number}.csr -noout -verify -subject -nameopt RFC2253,utf8,-esc_msb");
        let subject = says(&scratch, &openssl, &line);
        // An attribute that openssl has no name for is shown as hexadecimal DER.
        let subject = subject.replace("#13036F6464", "odd").replace("#0C036F6464", "odd");
        assert_eq!(subject, format!("subject={expected}"), "{typed}");
    }
}

#[test]
fn several_values_in_one_part_of_a_name_stay_together() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch
        .mwallet("csr w --key ec:p256 --out x.csr --dn CN=app+UID=7,O=Acme")
        .password(PASSWORD)
        .ok();
    let subject = says(&scratch, &openssl, "req -in x.csr -noout -subject -nameopt RFC2253");
    let known = ["subject=CN=app+UID=7,O=Acme", "subject=UID=7+CN=app,O=Acme"];
    assert!(known.contains(&subject.as_str()), "{subject}");
}

#[test]
fn key_is_asked_for_again_and_renewed() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");

    // The same key once more.
    scratch
        .mwallet("csr w --reuse-key --alias app --dn CN=again --out again.csr")
        .password(PASSWORD)
        .ok();
    assert_eq!(
        public_key(&scratch, &openssl, "req", "again.csr"),
        public_key(&scratch, &openssl, "x509", "w.pem")
    );
    says(&scratch, &openssl, "req -in again.csr -noout -verify");
    scratch.mwallet("check w").password(PASSWORD).ok();

    // A successor: another key, the same names, and the old certificate works on.
    scratch.mwallet("csr w --renew app --out next.csr").password(PASSWORD).ok();
    assert_ne!(
        public_key(&scratch, &openssl, "req", "next.csr"),
        public_key(&scratch, &openssl, "x509", "w.pem")
    );
    let text = says(&scratch, &openssl, "req -in next.csr -noout -verify -text");
    assert!(text.contains("DNS:localhost, IP Address:127.0.0.1"), "{text}");
    assert!(text.contains("TLS Web Client Authentication"), "{text}");
    let name = |verb: &str, file: &str| {
        says(&scratch, &openssl, &format!("{verb} -in {file} -noout -subject"))
    };
    assert_eq!(name("req", "next.csr"), name("x509", "w.pem"));
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(entries(&list, "private-key").len(), 1, "{list:#}");
    assert_eq!(entries(&list, "request").len(), 1, "{list:#}");

    ca.sign("next.csr", "next.pem");
    scratch.mwallet("import-user w next.pem").password(PASSWORD).ok();
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(entries(&list, "request").len(), 0, "{list:#}");
    assert_eq!(entries(&list, "private-key").len(), 2, "{list:#}");
    scratch.mwallet("check w").password(PASSWORD).ok();
}

#[test]
fn self_signed_certificate_passes_strict_eyes() {
    let Some(openssl) = peers::openssl() else { return };
    for key in ["rsa:2048", "rsa:3072", "rsa:4096", "ec:p256", "ec:p384", "ec:p521", "ed25519"] {
        let scratch = Scratch::new();
        scratch.mwallet("create w").password(PASSWORD).ok();
        for alias in ["one", "two"] {
            scratch
                .mwallet(&format!("csr w --dn CN=self,O=Acme --key {key} --self-signed --days 30"))
                .args(&format!("--san dns:self.example --alias {alias}"))
                .password(PASSWORD)
                .ok();
            scratch
                .mwallet(&format!("export w --alias {alias} --to pem --no-key --out {alias}.pem"))
                .password(PASSWORD)
                .ok();
        }
        says(&scratch, &openssl, "verify -x509_strict -check_ss_sig -CAfile one.pem one.pem");
        let text = says(&scratch, &openssl, "x509 -in one.pem -noout -text");
        assert!(text.contains("Version: 3 (0x2)"), "{key}: {text}");
        assert!(text.contains("DNS:self.example"), "{key}: {text}");
        let serial =
            |file: &str| says(&scratch, &openssl, &format!("x509 -in {file} -noout -serial")).len();
        assert!(serial("one.pem") > "serial=".len() + 14, "{key}: a short serial number");
        let serials = ["one.pem", "two.pem"]
            .map(|file| says(&scratch, &openssl, &format!("x509 -in {file} -noout -serial")));
        assert_ne!(serials[0], serials[1], "{key}: serial numbers repeat");
    }
}

#[test]
fn self_signed_key_keeps_a_request_in_an_oracle_wallet_alone() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for (wallet, file, has_request) in
        [("w", "w/ewallet.p12", true), ("w.p12", "w.p12", false), ("w.jks", "w.jks", false)]
    {
        scratch.mwallet(&format!("create {wallet}")).password(PASSWORD).ok();
        let csr = format!("csr {wallet} --dn CN=self --self-signed --key ec:p256 --out {file}.pem");
        scratch.mwallet(&csr).password(PASSWORD).ok();
        if wallet != "w.jks" {
            let info = format!("pkcs12 -in {file} -info -nokeys -passin pass:{PASSWORD}");
            let told = scratch.run(&openssl, &info).ok();
            assert_eq!(told.all().contains("Secret bag"), has_request, "{}", told.story());
        }
        // A portable copy goes without.
        let convert = scratch.mwallet(&format!("convert {wallet} copy-{wallet}.p12"));
        convert.password(PASSWORD).out_password(PASSWORD).ok();
        for keytool in peers::keytools() {
            let list = format!("-list -keystore copy-{wallet}.p12 -storepass {PASSWORD}");
            scratch.run(&keytool, &list).ok().says("PrivateKeyEntry");
        }
        let copy = format!("pkcs12 -in copy-{wallet}.p12 -info -nokeys -passin pass:{PASSWORD}");
        assert!(!scratch.run(&openssl, &copy).ok().all().contains("Secret bag"));
    }
}

#[test]
fn usages_that_are_asked_for_reach_the_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let csr = |more: &str| {
        let csr = scratch.mwallet("csr w --key rsa:2048 --ku digitalSignature,KeyAgreement");
        csr.args(more).args("--force").password(PASSWORD).ok();
    };
    csr("--dn CN=app --eku server --san dns:app.example --out app.csr");
    csr("--dn CN=own --self-signed --out own.pem");
    scratch.mwallet("csr w --dn CN=ca --self-signed --ca-cert").password(PASSWORD).ok();
    let sign = scratch.mwallet("sign app.csr --ca w --ca-alias ca --copy-extensions --out app.pem");
    sign.ca_password(PASSWORD).ok();
    // The same key once more, for something else.
    scratch
        .mwallet("csr w --reuse-key --alias app --ku nonRepudiation --out again.csr")
        .password(PASSWORD)
        .ok();
    for (file, usages) in [
        ("req -in app.csr", "Digital Signature, Key Agreement"),
        ("req -in again.csr", "Non Repudiation"),
        ("x509 -in own.pem", "Digital Signature, Key Agreement"),
        ("x509 -in app.pem", "Digital Signature, Key Agreement"),
    ] {
        let text = says(&scratch, &openssl, &format!("{file} -noout -text"));
        assert!(text.contains("Key Usage: critical"), "{file}: {text}");
        assert!(text.lines().any(|line| line.trim() == usages), "{file}: {text}");
    }
    says(&scratch, &openssl, "verify -check_ss_sig -x509_strict -CAfile own.pem own.pem");
}

#[test]
fn large_rsa_key_is_made_and_works() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    // 8192 bits may take half a minute; 4096 goes the same way.
    scratch.mwallet("csr w --dn CN=big --key rsa:4096 --out big.csr").password(PASSWORD).ok();
    let text = says(&scratch, &openssl, "req -in big.csr -noout -verify -text");
    assert!(text.contains("(4096 bit)"), "{text}");
}

#[test]
fn certificate_finds_its_key_whatever_the_alias_and_the_order() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w ca/root.pem ca/intermediate.pem").password(PASSWORD).ok();
    for alias in ["one", "two", "three"] {
        scratch
            .mwallet(&format!("csr w --dn CN={alias} --key ec:p256 --alias {alias}"))
            .args(&format!("--out {alias}.csr"))
            .password(PASSWORD)
            .ok();
        ca.sign(&format!("{alias}.csr"), &format!("{alias}.pem"));
    }
    // In any order, each finds its own key; the alias plays no part.
    for alias in ["three", "one", "two"] {
        scratch.mwallet(&format!("import-user w {alias}.pem")).password(PASSWORD).ok();
        let list = scratch.mwallet("list w").password(PASSWORD).json();
        let entry = list["entries"]
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["alias"] == alias)
            .unwrap_or_else(|| panic!("no {alias} in {list:#}"));
        assert_eq!(entry["kind"], "private-key", "{list:#}");
        assert_eq!(entry["subject"], format!("CN={alias}"), "{list:#}");
    }
    // Importing once more changes nothing; another certificate for the key wants --replace.
    scratch.mwallet("import-user w one.pem").password(PASSWORD).ok();
    ca.sign("one.csr", "one-again.pem");
    let before = scratch.picture("w");
    scratch
        .mwallet("import-user w one-again.pem")
        .password(PASSWORD)
        .fails(6, "certificate-present");
    scratch.assert_unchanged("w", &before);
    scratch.mwallet("import-user w one-again.pem --replace").password(PASSWORD).ok();
}

#[test]
fn writer_waits_for_the_lock_that_orapki_takes_and_readers_do_not() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let holder = LockHolder::of(&scratch.at("w/ewallet.p12.lck")).unwrap();
    let before = scratch.picture("w");
    scratch
        .mwallet("csr w --dn CN=x --key ec:p256 --out x.csr --lock-timeout 0")
        .password(PASSWORD)
        .fails(8, "store-locked");
    scratch.assert_unchanged("w", &before);
    scratch.mwallet("list w").password(PASSWORD).ok();

    // A patient writer goes on as soon as the lock is free.
    let mut writer = scratch
        .mwallet("csr w --dn CN=x --key ec:p256 --out x.csr --lock-timeout 60")
        .password(PASSWORD)
        .command();
    let waiting = std::thread::spawn(move || run(&mut writer, b""));
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!waiting.is_finished(), "it did not wait");
    drop(holder);
    waiting.join().unwrap().ok();
    assert!(scratch.exists("x.csr"));
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let writers: Vec<_> = (0..6)
        .map(|number| {
            let line = format!("csr w --dn CN=n{number} --key ec:p256 --out {number}.csr");
            let mut command = scratch.mwallet(&line).password(PASSWORD).command();
            std::thread::spawn(move || run(&mut command, b""))
        })
        .collect();
    for writer in writers {
        writer.join().unwrap().ok();
    }
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(entries(&list, "request").len(), 6, "{list:#}");
}

#[test]
fn renewal_with_a_new_key_says_how_to_put_it_in_place() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    // How far the renewal has come, as check sees it.
    let repair = || {
        let (report, _) = scratch.mwallet("check w --min-days 9999").password(PASSWORD).report();
        let findings = report["findings"].as_array().unwrap().iter();
        let is_of_app = |one: &&Value| one["entry"] == "app" && one["code"] == "cert-expires-soon";
        let repair = findings.filter(is_of_app).map(|one| one["repair"].as_str().unwrap()).next();
        repair.unwrap_or_default().split(" --password").next().unwrap_or_default().to_owned()
    };
    assert_eq!(repair(), "mwallet csr w --renew app");
    scratch.mwallet("csr w --renew app --out next.csr").password(PASSWORD).ok();
    assert_eq!(repair(), "mwallet import-user w FILE");
    // Another one for the same name, before the answer has come.
    scratch
        .mwallet("csr w --renew app --out third.csr --alias third")
        .password(PASSWORD)
        .ok()
        .says("app-renewal waits for a certificate for the same name already (request-pending)");
    scratch.mwallet("remove w third --yes").password(PASSWORD).ok();
    std::thread::sleep(std::time::Duration::from_millis(1100)); // ends are told apart by seconds
    ca.sign("next.csr", "next.pem");
    let done = scratch.mwallet("import-user w next.pem").password(PASSWORD).ok();
    for command in ["mwallet remove w app", "mwallet rename w app-renewal app"] {
        let pasted = format!("\n  {command} --password-env ");
        assert!(done.out().contains(&pasted), "{}", done.story());
    }
    assert_eq!(repair(), "mwallet remove w app");
    scratch.mwallet("remove w app --yes").password(PASSWORD).ok();
    scratch.mwallet("rename w app-renewal app").password(PASSWORD).ok();
    scratch.mwallet("check w").password(PASSWORD).ok();
}

#[test]
fn import_tells_a_new_name_and_what_it_follows_in_java_stores_too() {
    let Some(openssl) = peers::openssl() else { return };
    for file in ["a.p12", "a.jks"] {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
        let run = |line: &str| scratch.mwallet(line).password(PASSWORD);
        run(&format!("create {file}")).ok();
        run(&format!("add-trusted {file} {} {}", ca.root(), ca.intermediate())).ok();
        run(&format!("csr {file} --dn CN=app --key ec:p256 --alias g --out a.csr")).ok();
        ca.sign("a.csr", "a.pem");
        let report = run(&format!("import-user {file} a.pem")).json();
        assert_eq!(report["renamed_from"], Value::Null);
        let again = format!("import-user {file} a.pem --alias zzz");
        assert_eq!(run(&format!("{again} --dry-run")).json()["renamed_from"], "g");
        run(&again).ok().says("zzz has this certificate already").says("renamed g to zzz");
        run(&format!("csr {file} --renew zzz --out b.csr")).ok();
        ca.sign("b.csr", "b.pem");
        run(&format!("import-user {file} b.pem"))
            .ok()
            .says("zzz has a certificate for the same name and stays")
            .says(&format!("mwallet remove {file} zzz "));
        for line in [
            format!("import-user {file} a.pem"),
            format!("add-trusted {file} a.pem"),
            format!("csr {file} --dn CN=x"),
        ] {
            run(&line).arg("--alias").arg("").fails(2, "usage");
        }
    }
}

#[test]
fn key_of_a_ca_is_not_that_of_the_certificate_that_it_issued() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("server");
    ca.bundle(&["server.pem", &ca.intermediate(), &ca.root()], "chain.pem");
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    let import =
        |line: &str| scratch.mwallet(&format!("import-user a.p12 {line}")).password(PASSWORD);
    for key in ["ca/root.key", "ca/intermediate.key"] {
        let error = import(&format!("chain.pem --key {key}")).fails(5, "import-no-matching-key");
        assert!(error["message"].as_str().unwrap().contains("CN=server"), "{error:#}");
    }
    // On its own, or with its issuers, a CA's certificate is taken.
    import(&format!("{} --key ca/root.key", ca.root())).ok();
    let line = format!("{} {} --key ca/intermediate.key", ca.root(), ca.intermediate());
    import(&line).ok();
}

#[test]
fn request_for_the_same_key_asks_for_what_the_certificate_has() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let before = scratch.mwallet("show w app").password(PASSWORD).json();
    let old = before["entries"][0]["sha256"].as_str().unwrap().to_owned();
    scratch
        .mwallet("csr w --reuse-key --alias app --out again.csr")
        .password(PASSWORD)
        .ok()
        .says("import-user --replace");
    let text = says(&scratch, &openssl, "req -in again.csr -noout -text");
    assert!(text.contains("DNS:localhost, IP Address:127.0.0.1"), "{text}");
    assert!(text.contains("TLS Web Client Authentication"), "{text}");
    ca.sign("again.csr", "again.pem");
    scratch
        .mwallet("import-user w again.pem --replace")
        .password(PASSWORD)
        .ok()
        .says(&format!("sha256:{old}"));
}

#[test]
fn pending_request_is_shown_with_what_it_asks_for() {
    let scratch = Scratch::new();
    support::job::pending(&scratch, "w", "ec:p256");
    let text = scratch.mwallet("show w app").password(PASSWORD).ok().out();
    for part in ["dns:localhost, ip:127.0.0.1", "client, server", "key usage:"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let report = scratch.mwallet("show w app").password(PASSWORD).json();
    assert_eq!(report["entries"][0]["san"][0], "dns:localhost", "{report:#}");
}

#[test]
fn request_is_inspected_as_a_certificate_is() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line = "req -new -newkey rsa:2048 -nodes -keyout a.key -out a.csr -sha384 -subj /CN=a \
                -addext subjectAltName=DNS:a.acme.com -addext extendedKeyUsage=serverAuth";
    scratch.run(&openssl, line).ok();
    let text = scratch.mwallet("inspect a.csr").ok().out();
    for line in [
        "  subject:             CN=a\n",
        "  public key:          rsa:2048\n",
        "  signature:           sha384WithRSAEncryption\n",
        "  alternative names:   dns:a.acme.com\n",
        "  extended key usage:  server\n",
    ] {
        assert!(text.contains(line), "no {line} in {text}");
    }
    let report = scratch.mwallet("inspect a.csr").json();
    let entry = &report["entries"][0];
    assert_eq!(entry["san"][0], "dns:a.acme.com", "{report:#}");
    assert_eq!(entry["eku"][0], "server", "{report:#}");
    assert_eq!(entry["signature_algorithm"], "sha384WithRSAEncryption", "{report:#}");
    assert_eq!(entry["ca"], false, "{report:#}");
    let line =
        "req -new -key a.key -out ca.csr -subj /CN=ca -addext basicConstraints=critical,CA:TRUE";
    scratch.run(&openssl, line).ok();
    assert_eq!(scratch.mwallet("inspect ca.csr").json()["entries"][0]["ca"], true);
    scratch.mwallet("inspect ca.csr").ok().says("CA:                  yes");
    scratch.run(&openssl, "x509 -req -in a.csr -signkey a.key -sha512 -out a.pem").ok();
    for line in ["inspect a.pem", "show a.pem"] {
        scratch.mwallet(line).ok().says("signature:           sha512WithRSAEncryption");
    }
}

#[test]
fn empty_subject_needs_other_names() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let csr = |flags: &str| {
        let line = format!("csr w --key ec:p256 --out x.csr --force {flags} --dn");
        scratch.mwallet(&line).arg("").password(PASSWORD)
    };
    csr("").fails(2, "name-invalid");
    csr("--san dns:a.acme.com --self-signed").fails(2, "name-invalid");
    assert!(!scratch.exists("x.csr"));
    csr("--san dns:a.acme.com").ok().says("for an empty subject, with other names: key");
    let Some(openssl) = peers::openssl() else { return };
    let text = scratch.run(&openssl, "req -in x.csr -noout -text").ok().out();
    assert!(text.contains("X509v3 Subject Alternative Name: critical"), "{text}");
}

#[test]
fn values_beyond_the_bounds_of_the_standard_come_with_a_warning() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let csr = |name: &str| {
        let line = format!("csr w --key ec:p256 --dry-run --dn CN=x,{name}");
        scratch.mwallet(&line).password(PASSWORD).json()["warnings"].clone()
    };
    for name in ["C=Germany", "C=DEU"] {
        assert_eq!(csr(name)[0]["code"], "profile-violated", "{name}");
    }
    assert_eq!(csr("C=DE"), serde_json::json!([]));
}
