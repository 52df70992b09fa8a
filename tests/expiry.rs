//! `expiry`: what ends soon, in files of any format, wherever they lie.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;
use support::{corpus, loudly};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Makes `NAME.key` and the self-signed `NAME.pem`, which ends after so many days.
#[track_caller]
fn self_signed(scratch: &Scratch, openssl: &Peer, name: &str, days: u32) {
    if let Some(folder) = scratch.at(name).parent() {
        fs::create_dir_all(folder).unwrap();
    }
    let subject = name.rsplit('/').next().unwrap();
    scratch
        .run(
            openssl,
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key \
                 -subj /CN={subject} -days {days} -out {name}.pem"
            ),
        )
        .ok();
}

/// The report of `expiry`, whatever the status, and the status.
#[track_caller]
fn report(scratch: &Scratch, line: &str) -> (Value, i32) {
    let (report, status) = scratch.mwallet(&format!("expiry {line}")).report();
    (report, status.unwrap())
}

/// One field of every element.
fn all<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[test]
fn every_format_tells_its_certificates_without_a_password() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "app", 10);
    for line in [
        "x509 -in app.pem -outform der -out app.der",
        "crl2pkcs7 -nocrl -certfile app.pem -out app.p7b",
        "crl2pkcs7 -nocrl -certfile app.pem -outform der -out app.der.p7b",
        // Neither MAC nor encryption, as Java 18 writes its list of CAs.
        "pkcs12 -export -in app.pem -nokeys -certpbe NONE -nomac -passout pass: -out none.p12",
        // A MAC and an encrypted key, and certificates in the clear.
        "pkcs12 -export -in app.pem -inkey app.key -certpbe NONE -name app -passout pass:x \
         -out clear.p12",
        "pkcs12 -export -in app.pem -inkey app.key -name app -passout pass: -out empty.p12",
    ] {
        scratch.run(&openssl, line).ok();
    }
    let mut files =
        vec!["app.pem", "app.der", "app.p7b", "app.der.p7b", "none.p12", "clear.p12", "empty.p12"];
    scratch.mwallet("create auto --auto-login").password(PASSWORD).ok();
    scratch.mwallet("add-trusted auto app.pem --allow-leaf").password(PASSWORD).ok();
    scratch.mwallet("create only --auto-login=only").ok();
    scratch.mwallet("add-trusted only app.pem --allow-leaf").ok();
    files.extend(["auto", "only"]);
    scratch.write("folder/cert.pem", scratch.read("app.pem"));
    files.push("folder");
    scratch.mwallet("convert app.pem secret.yaml").ok();
    files.push("secret.yaml");
    let keytools = peers::keytools();
    for (number, keytool) in keytools.iter().enumerate() {
        for kind in ["jks", "jceks"] {
            let line = format!(
                "-importcert -noprompt -alias app -file app.pem -storetype {kind} \
                 -storepass changeit -keystore {number}.{kind}"
            );
            scratch.run(keytool, &line).ok();
        }
    }
    let stores: Vec<String> =
        (0..keytools.len()).flat_map(|n| [format!("{n}.jks"), format!("{n}.jceks")]).collect();
    files.extend(stores.iter().map(String::as_str));

    let (report, status) = report(&scratch, &files.join(" "));
    assert_eq!(report["unreadable"], json!([]));
    assert_eq!(status, 3);
    files.sort_unstable();
    assert_eq!(all(&report["due"], "path"), files);
    assert_eq!(report["files"], files.len());
    assert_eq!(report["schema"], 1);
    let end = scratch.run(&openssl, "x509 -in app.pem -noout -enddate -dateopt iso_8601").ok();
    let end = end.out().trim().replace("notAfter=", "").replace(' ', "T");
    for due in report["due"].as_array().unwrap() {
        assert_eq!(due["not_after"], end, "{due:#}");
        assert_eq!(due["subject"], "CN=app", "{due:#}");
        assert_eq!(due["alias"], "app", "{due:#}");
        assert_eq!(due["days_left"], 9, "{due:#}");
    }
}

#[test]
fn folder_is_no_wallet_where_other_certificates_lie_beside() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "fine", 300);
    self_signed(&scratch, &openssl, "old", 10);
    scratch.mwallet("create copy.p12 --no-password").ok();
    let refused = |folder: &str| {
        let error = scratch.mwallet(&format!("expiry {folder}")).fails(5, "wallet-not-found");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.ends_with(" --recursive"), "{error}");
        assert_eq!(report(&scratch, &format!("{folder} --recursive")).1, 3, "{folder}");
    };
    for (number, (own, other)) in [
        ("cert.pem", "old.crt"),
        ("cert.pem", "app/old.crt"),
        ("app/cert.pem", "old.crt"),
        ("app/cert.pem", "app/old"),
        ("app/cert.pem", "other/old.pem"),
        ("app/cert.pem", "app/deep/old.pem"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = number.to_string();
        let own = format!("{folder}/{own}");
        scratch.write(&own, scratch.read("fine.pem"));
        scratch.write(&own.replace("cert.pem", "key.pem"), scratch.read("fine.key"));
        scratch.write(&own.replace("cert.pem", "README"), "Nothing of it.");
        // As `pki build` has it.
        scratch.write(&own.replace("cert.pem", "cert.der"), scratch.read("fine.pem"));
        let named = if own.contains("app/") { "app" } else { &folder };
        scratch.write(&own.replace("cert.pem", &format!("{named}.p12")), scratch.read("copy.p12"));
        assert_eq!(report(&scratch, &folder).1, 0, "{folder}");
        scratch.write(&format!("{folder}/{other}"), scratch.read("old.pem"));
        refused(&folder);
        scratch.mwallet(&format!("list {folder}")).fails(5, "wallet-not-found");
    }
}

#[test]
fn files_that_a_folder_of_pem_files_is_not_read_from_have_to_be_copies() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "fine", 300);
    self_signed(&scratch, &openssl, "old", 10);
    scratch.run(&openssl, "x509 -in old.pem -outform der -out old.der").ok();
    scratch.run(&openssl, "x509 -in fine.pem -outform der -out fine.der").ok();
    for (number, (beside, copy, other)) in [
        ("cert.pem", "fine.pem", "old.pem"),
        ("cert.der", "fine.der", "old.der"),
        ("privkey.pem", "fine.key", "old.key"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = number.to_string();
        scratch.write(&format!("{folder}/fullchain.pem"), scratch.read("fine.pem"));
        scratch.write(&format!("{folder}/key.pem"), scratch.read("fine.key"));
        scratch.write(&format!("{folder}/{beside}"), scratch.read(copy));
        assert_eq!(report(&scratch, &folder).1, 0, "{beside}");
        scratch.write(&format!("{folder}/{beside}"), scratch.read(other));
        scratch.mwallet(&format!("expiry {folder}")).fails(5, "wallet-not-found");
    }
    // A store with the name of the folder is looked at as far as that goes without a password.
    let keytool = peers::keytools().into_iter().next();
    for name in ["fine", "old"] {
        let line = format!("pkcs12 -export -in {name}.pem -inkey {name}.key -passout pass:secret1");
        scratch.run(&openssl, &format!("{line} -out {name}.p12")).ok();
        scratch.run(&openssl, &format!("{line} -certpbe NONE -out {name}-open.p12")).ok();
        if let Some(keytool) = &keytool {
            let line =
                format!("-importkeystore -noprompt -srckeystore {name}.p12 -srcstorepass secret1");
            let line = format!("{line} -destkeystore {name}.jks -deststoretype JKS");
            scratch.run(keytool, &format!("{line} -deststorepass secret1")).ok();
        }
    }
    for (ending, store, closed) in
        [("p12", ".p12", true), ("p12", "-open.p12", false), ("jks", ".jks", false)]
    {
        if ending == "jks" && keytool.is_none() {
            continue;
        }
        let folder = format!("store{}", store.replace('.', "-"));
        scratch.write(&format!("{folder}/fullchain.pem"), scratch.read("fine.pem"));
        scratch.write(&format!("{folder}/key.pem"), scratch.read("fine.key"));
        let beside = format!("{folder}/{folder}.{ending}");
        scratch.write(&beside, scratch.read(&format!("fine{store}")));
        assert_eq!(report(&scratch, &folder).1, 0, "{beside}");
        scratch.mwallet(&format!("list {folder}")).ok();
        scratch.write(&beside, scratch.read(&format!("old{store}")));
        if closed {
            assert_eq!(report(&scratch, &folder).1, 0, "{beside}");
        } else {
            for verb in ["expiry", "list", "check"] {
                scratch.mwallet(&format!("{verb} {folder}")).fails(5, "wallet-not-found");
            }
        }
    }
    // What chain.pem has and fullchain.pem has not is read as well.
    scratch.write("chain/fullchain.pem", scratch.read("fine.pem"));
    scratch.write("chain/chain.pem", scratch.read("fine.pem"));
    let (found, status) = report(&scratch, "chain");
    assert_eq!((status, &found["warnings"]), (0, &json!([])), "{found}");
    scratch.write("chain/chain.pem", scratch.read("old.pem"));
    let (found, status) = report(&scratch, "chain");
    assert_eq!((status, all(&found["due"], "subject")), (3, vec!["CN=old"]), "{found}");
}

#[test]
fn what_needs_a_password_is_listed_and_stops_nothing() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for (name, password) in [("one", "first"), ("two", "second")] {
        self_signed(&scratch, &openssl, name, 10);
        let line = format!(
            "pkcs12 -export -in {name}.pem -inkey {name}.key -passout pass:{password} -out {name}.p12"
        );
        scratch.run(&openssl, &line).ok();
    }
    scratch.write("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let line = "one.p12 two.p12 damaged.pem missing.pem one.pem";
    let (without, status) = report(&scratch, line);
    assert_eq!(status, 3);
    assert_eq!(all(&without["due"], "path"), ["one.pem"]);
    assert_eq!(
        all(&without["unreadable"], "path"),
        ["damaged.pem", "missing.pem", "one.p12", "two.p12"]
    );
    let codes = all(&without["unreadable"], "code");
    assert_eq!(codes[1..], ["file-not-found", "password-missing", "password-missing"]);
    assert!(all(&without["unreadable"], "message").iter().all(|message| !message.is_empty()));
    let (with, _) = scratch.mwallet(&format!("expiry {line}")).password("first").report();
    assert_eq!(all(&with["due"], "path"), ["one.p12", "one.pem"]);
    assert_eq!(all(&with["unreadable"], "code")[2..], ["password-wrong"]);
    // The text says the same.
    let done = scratch.mwallet(&format!("expiry {line}")).run().status(3);
    for path in ["damaged.pem", "missing.pem", "one.p12", "two.p12"] {
        assert!(done.out().contains(&format!("unreadable: {path}: ")), "{}", done.story());
    }
}

#[test]
fn password_that_does_not_fit_leaves_what_opens_without_one() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "app", 10);
    scratch.mwallet("create auto --auto-login").password(PASSWORD).ok();
    scratch.mwallet("add-trusted auto app.pem --allow-leaf").password(PASSWORD).ok();
    let line =
        "pkcs12 -export -in app.pem -inkey app.key -certpbe NONE -passout pass:x -out clear.p12";
    scratch.run(&openssl, line).ok();
    let (report, _) = scratch.mwallet("expiry auto clear.p12 app.pem").password("another").report();
    assert_eq!(all(&report["due"], "path"), ["app.pem", "auto", "clear.p12"], "{report:#}");
    assert_eq!(report["unreadable"], json!([]));
    // What stands in a file of certificates nobody trusts for that.
    assert_eq!(all(&report["due"], "role"), ["certificate", "trusted", "ca"], "{report:#}");
}

#[test]
fn certificate_of_the_key_of_a_ca_is_no_leaf() {
    let scratch = Scratch::new();
    scratch.mwallet("create ca").password(PASSWORD).ok();
    for line in ["ca --dn CN=root --self-signed --ca-cert", "ca --dn CN=app --self-signed"] {
        scratch.mwallet(&format!("csr {line} --key ec:p256")).password(PASSWORD).ok();
    }
    let (report, _) = scratch.mwallet("expiry ca --within 99999d").password(PASSWORD).report();
    let roles: Vec<_> =
        all(&report["due"], "subject").into_iter().zip(all(&report["due"], "role")).collect();
    assert_eq!(roles.len(), 4, "{report:#}");
    assert!(roles.contains(&("CN=root", "ca")) && roles.contains(&("CN=app", "leaf")), "{roles:?}");
}

#[test]
fn issuers_count_and_each_certificate_of_a_file_once() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let (report, status) = scratch.mwallet("expiry w --within 9999d").password(PASSWORD).report();
    assert_eq!(status, Some(3));
    let due = &report["due"];
    assert_eq!(all(due, "role"), ["leaf", "trusted", "trusted"], "{due:#}");
    let line = format!(
        "pkcs12 -export -in w.pem -nokeys -certfile {} -certpbe NONE -nomac -passout pass: -out c.p12",
        ca.intermediate()
    );
    scratch.run(&openssl, &line).ok();
    ca.issue("server");
    ca.bundle(&["server.pem", &ca.intermediate(), &ca.root()], "chain.pem");
    let line = "pkcs12 -export -in chain.pem -inkey server.key -name server -certpbe NONE \
                -keypbe NONE -nomac -passout pass: -out server.p12";
    scratch.run(&openssl, line).ok();
    let (report, _) = self::report(&scratch, "server.p12 --within 9999d");
    let due = &report["due"];
    assert_eq!(all(due, "role"), ["leaf", "issuer", "issuer"], "{due:#}");
    assert_eq!(all(due, "alias"), ["server"; 3], "{due:#}");
    let done = scratch.mwallet("expiry server.p12 --within 9999d").run().status(3);
    assert!(done.out().contains("server (issuer)"), "{}", done.story());
}

#[test]
fn sorted_by_date_and_then_by_path_and_expired_ones_are_below_zero() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    for (name, days) in [("a", 200), ("b", 5), ("c", 90)] {
        self_signed(&scratch, &openssl, name, days);
    }
    scratch.write("0.pem", scratch.read("c.pem"));
    let (report, status) = report(&scratch, "a.pem c.pem b.pem 0.pem");
    assert_eq!((all(&report["due"], "path"), status), (vec!["b.pem"], 3));
    assert_eq!(report["ok"], 3);
    let (report, _) = self::report(&scratch, "a.pem c.pem b.pem 0.pem --within 999d");
    assert_eq!(all(&report["due"], "path"), ["b.pem", "0.pem", "c.pem", "a.pem"]);
    // In the second of notAfter the certificate is valid, and in the next no more.
    let end = report["due"][0]["not_after"].as_str().unwrap();
    let at = |at: &str| self::report(&scratch, &format!("b.pem --within 0d --at {at}"));
    for valid in [end, &end.replace('Z', ".5Z")] {
        let (report, status) = at(valid);
        assert_eq!((&report["due"], status), (&json!([]), 0), "{valid}");
    }
    let end = OffsetDateTime::parse(end, &Rfc3339).unwrap();
    let later = (end + time::Duration::SECOND).format(&Rfc3339).unwrap();
    let (report, status) = at(&later);
    assert_eq!((&report["due"][0]["days_left"], status), (&json!(-1), 3));
    let done = scratch.mwallet(&format!("expiry b.pem --at {later}")).run().status(3);
    assert!(done.out().contains("expired less than a day ago"), "{}", done.story());
    assert!(!done.out().contains('\x1b'));
    let colored = scratch.mwallet(&format!("expiry b.pem --at {later} --color always")).run();
    assert!(colored.out().contains("\x1b[31m"), "{}", colored.story());
}

#[test]
fn recursion_ends_opens_no_pipe_and_counts_each_file_once() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "d/a/app", 10);
    let scratch_at = |name: &str| scratch.at(name);
    // Links in circles, upwards, to nothing, to the file itself by another name.
    symlink("..", scratch_at("d/a/up")).unwrap();
    symlink("circle", scratch_at("d/circle")).unwrap();
    symlink("nowhere", scratch_at("d/dangling")).unwrap();
    symlink("a/app.pem", scratch_at("d/0-link.pem")).unwrap();
    fs::hard_link(scratch_at("d/a/app.pem"), scratch_at("d/a/other-name.pem")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        scratch_at("d/pipe.pem"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    scratch.write("d/README.md", "Put \"-----BEGIN CERTIFICATE-----\" first.\n");
    scratch.write("d/empty.pem", "");
    scratch.write("d/noise", [0x30, 0x82, 0, 0, 7, 7]);
    // Text in front of a certificate, as `openssl x509 -text` writes it, only more of it.
    let long = "x".repeat(79) + "\n";
    scratch.write("d/deep/er/late.pem", long.repeat(500) + &scratch.text("d/a/app.pem"));

    let (report, status) = report(&scratch, "d --recursive");
    assert_eq!(status, 3);
    assert_eq!(all(&report["due"], "path"), ["d/a/app.pem", "d/deep/er/late.pem"], "{report:#}");
    assert_eq!(report["unreadable"], json!([]), "{report:#}");
    // The key, the two broken links, the links to folders and the file of one, the pipe, and what holds
    // nothing.
    assert_eq!(report["passed_over"], 8, "{report:#}");
    // By what paths ever.
    let (report, _) = self::report(&scratch, "d d/a -r d/0-link.pem d/a/../a/other-name.pem");
    assert_eq!(report["files"], 2, "{report:#}");
    assert_eq!(all(&report["due"], "path")[0], "d/0-link.pem", "{report:#}");
}

#[test]
fn store_that_is_not_read_here_is_unreadable_and_what_is_passed_over_is_named() {
    let scratch = Scratch::new();
    scratch.folder("d");
    scratch.write("d/notes.txt", "nothing here\n");
    let mut bks = b"\0\0\0\x02\0\0\0\x14".to_vec();
    bks.extend([7; 20]);
    bks.extend(b"\0\0\x05\xC0\x04\0\x04test\0\0\x01\x7D");
    scratch.write("d/trust.bks", bks);
    let (report, status) = report(&scratch, "d -r");
    assert_eq!(all(&report["unreadable"], "code"), ["format-unsupported"], "{report}");
    assert_eq!((&report["passed_over"], status), (&json!(1), 1));
    scratch.mwallet("expiry d -r -v").run().says("passed over: d/notes.txt");
}

#[test]
fn store_that_is_damaged_at_its_start_is_unreadable_by_its_name() {
    let scratch = Scratch::new();
    scratch.write("d/empty.p12", "");
    scratch.write("d/noise.jks", [7; 100]);
    scratch.write("d/text.p12", "nothing here\n");
    scratch.write("d/wallet/ewallet.p12", "");
    scratch.write("d/auto/cwallet.sso", "");
    scratch.write("d/copy.sso", [0; 100]);
    scratch.write("d/empty.pem", "");
    let (report, status) = report(&scratch, "d -r");
    let unreadable = &report["unreadable"];
    let stores = [
        "d/auto/cwallet.sso",
        "d/copy.sso",
        "d/empty.p12",
        "d/noise.jks",
        "d/text.p12",
        "d/wallet/ewallet.p12",
    ];
    assert_eq!(all(unreadable, "path"), stores, "{report:#}");
    assert_eq!(all(unreadable, "code"), ["format-unknown"; 6], "{report:#}");
    assert_eq!((&report["passed_over"], status), (&json!(1), 1));
}

#[test]
fn files_that_are_named_are_told_when_they_hold_nothing_known() {
    let scratch = Scratch::new();
    scratch.write("notes.txt", "nothing here\n");
    scratch.folder("empty");
    let (report, status) = report(&scratch, "notes.txt empty");
    assert_eq!(all(&report["unreadable"], "code"), ["wallet-not-found", "format-unknown"]);
    assert_eq!(status, 5);
    let (report, status) = self::report(&scratch, "empty . --recursive");
    assert_eq!((&report["unreadable"], &report["passed_over"], status), (&json!([]), &json!(1), 0));
}

#[test]
fn status_is_that_of_the_first_file_that_was_named_and_not_read() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "app", 400);
    scratch.mwallet("create locked.p12").password(PASSWORD).ok();
    let error = scratch.mwallet("expiry app.pem locked.p12 missing").fails(4, "password-missing");
    assert_eq!(error["details"]["path"], "locked.p12", "{error}");
    let done = scratch.mwallet("expiry app.pem locked.p12 missing").run().status(4);
    assert!(
        done.out().contains("1 certificate in 1 file: none due within 30d"),
        "{}",
        done.story()
    );
    let told = done.out() + &done.err();
    assert_eq!(
        (told.matches("locked.p12").count(), told.matches("missing: ").count()),
        (1, 1),
        "{told}"
    );
    scratch.mwallet("expiry app.pem missing").fails(5, "file-not-found");
    // What is due comes first, and what was merely found is only listed.
    scratch.mwallet("expiry app.pem locked.p12 --within 500").run().status(3);
    scratch.folder("folder");
    scratch.write("folder/app.pem", scratch.read("app.pem"));
    scratch.mwallet("create folder/locked.p12").password(PASSWORD).ok();
    scratch.mwallet("expiry folder --recursive").ok().says("unreadable: folder/locked.p12");
    scratch.mwallet("create w").password(PASSWORD).ok();
    for named in ["w", "w/ewallet.p12", "folder/locked.p12"] {
        let line = format!("expiry folder {named} --recursive");
        scratch.mwallet(&line).fails(4, "password-missing");
    }
    scratch.mwallet("expiry locked.p12 missing").fails(4, "password-missing");
    scratch.mwallet("expiry missing").fails(5, "file-not-found");
    let error = scratch.mwallet("expiry .").fails(5, "wallet-not-found");
    assert_eq!(error["hint"], "mwallet expiry . --json --recursive");
    scratch.mwallet("expiry app.pem --within 1m").fails(2, "value-invalid");
    scratch.mwallet("expiry app.pem --format prom").fails(2, "usage");
    scratch.mwallet("expiry app.pem --format prom --out certs.txt").run().status(2);
}

#[test]
fn wallet_directory_counts_as_one_and_what_lies_in_it_beside_counts_too() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "app", 10);
    scratch.mwallet("create d/w --auto-login").password(PASSWORD).fails(5, "file-not-found");
    scratch.folder("d");
    scratch.mwallet("create d/w --auto-login").password(PASSWORD).ok();
    scratch.mwallet("add-trusted d/w app.pem --allow-leaf").password(PASSWORD).ok();
    scratch.write("d/w/beside.pem", scratch.read("app.pem"));
    let (report, _) = report(&scratch, "d -r d/w/ewallet.p12 d/w/cwallet.sso");
    assert_eq!(all(&report["due"], "path"), ["d/w", "d/w/beside.pem"], "{report:#}");
    assert_eq!(report["unreadable"], json!([]), "{report:#}");
    let before = scratch.picture("d");
    self::report(&scratch, "d -r");
    assert_eq!(scratch.picture("d"), before);
}

#[test]
fn mounted_secret_of_kubernetes_goes_by_the_names_that_stay() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "m/..2026_11_21_10_00_00.1/tls", 10);
    symlink("..2026_11_21_10_00_00.1", scratch.at("m/..data")).unwrap();
    symlink("..data/tls.pem", scratch.at("m/tls.crt")).unwrap();
    let (report, _) = report(&scratch, "m -r");
    assert_eq!(all(&report["due"], "path"), ["m/tls.crt"], "{report:#}");
}

#[test]
fn tree_without_end_is_left_at_a_bound() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let deep = |depth: usize| format!("d{}", "/d".repeat(depth));
    self_signed(&scratch, &openssl, &format!("{}/in", deep(63)), 10);
    self_signed(&scratch, &openssl, &format!("{}/out", deep(64)), 10);
    let (report, _) = report(&scratch, "d -r");
    assert_eq!(all(&report["due"], "subject"), ["CN=in"], "{report:#}");
    assert_eq!(all(&report["unreadable"], "code"), ["limit-exceeded"], "{report:#}");
    assert_eq!(all(&report["unreadable"], "path"), [deep(64)], "{report:#}");
}

#[test]
fn corpus_is_surveyed_alike_each_time() {
    let Some(folder) = corpus::shared("corpus") else { return };
    let scratch = Scratch::new();
    let survey = || {
        let call = scratch.mwallet("expiry --recursive --within 99999d").arg(&folder);
        let (report, status) = call.report();
        assert_eq!(status, Some(3));
        report
    };
    let report = survey();
    let number = |field: &str| report[field].as_u64().unwrap();
    assert!(number("files") > 200, "{}", number("files"));
    let paths: BTreeSet<&str> = all(&report["due"], "path").into_iter().collect();
    assert!(paths.len() > 200, "{}", paths.len());
    let unreadable: BTreeSet<&str> = all(&report["unreadable"], "path").into_iter().collect();
    assert!(paths.is_disjoint(&unreadable));
    assert!(!all(&report["unreadable"], "code").contains(&"format-unknown"));
    // A day may end between the two; nothing else may differ.
    let without_days = |mut report: Value| {
        for due in report["due"].as_array_mut().unwrap() {
            due.as_object_mut().unwrap().remove("days_left");
        }
        report
    };
    assert!(without_days(report.clone()) == without_days(survey()), "two surveys differ");
}

/// A sample: its name, its labels, its value; all of ours are whole numbers.
type Sample = (String, BTreeMap<String, String>, i64);

/// Reads Prometheus's text format 0.0.4 as strictly as its description allows; no timestamps.
fn parse_metrics(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'), "the last line must end");
    let is_name = |name: &str| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let (mut helped, mut typed) = (BTreeSet::new(), Vec::new());
    let mut samples: Vec<Sample> = Vec::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let (keyword, rest) = comment.split_once(' ').unwrap();
            let (name, rest) = rest.split_once(' ').unwrap();
            assert!(is_name(name), "{line}");
            match keyword {
                "HELP" => assert!(helped.insert(name) && !rest.is_empty(), "{line}"),
                "TYPE" => {
                    assert!(rest == "gauge" && !typed.contains(&name), "{line}");
                    typed.push(name);
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let end = line.find(['{', ' ']).unwrap();
        let name = &line[..end];
        // The samples of one name stand together, behind its type.
        assert!(is_name(name) && typed.last() == Some(&name) && helped.contains(name), "{line}");
        let mut labels = BTreeMap::new();
        let mut rest = &line[end..];
        if let Some(inside) = rest.strip_prefix('{') {
            rest = inside;
            loop {
                let (label, value) = rest.split_once("=\"").unwrap();
                assert!(is_name(label), "{line}");
                let (value, behind) = label_value(value);
                assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
                if let Some(behind) = behind.strip_prefix('}') {
                    rest = behind;
                    break;
                }
                rest = behind.strip_prefix(',').unwrap_or_else(|| panic!("{line}"));
            }
        }
        let value = rest.strip_prefix(' ').unwrap().parse().unwrap();
        let sample = (name.to_owned(), labels, value);
        assert!(!samples.iter().any(|s| (&s.0, &s.1) == (&sample.0, &sample.1)), "twice: {line}");
        samples.push(sample);
    }
    samples
}

/// The value up to its closing quotation mark, and what follows that.
fn label_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next().unwrap() {
            (at, '"') => return (value, &text[at + 1..]),
            (_, '\\') => value.push(match characters.next().unwrap().1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                other => panic!("\\{other} is no escape"),
            }),
            (_, other) => value.push(other),
        }
    }
}

#[test]
fn metrics_are_valid_and_tell_every_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "m/app", 10);
    self_signed(&scratch, &openssl, "m/later", 400);
    // A name that has to be escaped, of a file and of an entry; one certificate twice in one file.
    let odd = "m/a \"quoted\" \\ back\nslash é.pem";
    scratch.write(odd, scratch.text("m/app.pem").repeat(2));
    let name = "a\"b\\c\nd";
    let mut export = scratch.command(
        &openssl,
        "pkcs12 -export -in m/app.pem -inkey m/app.key -certpbe NONE -keypbe NONE -nomac \
         -passout pass: -out m/named.p12 -name",
    );
    run(export.arg(name), b"").ok();
    scratch.mwallet("create m/locked.p12").password(PASSWORD).ok();

    scratch.mwallet("expiry m -r --format prom --out m.prom").run().status(3);
    assert_eq!(scratch.mode("m.prom"), 0o644);
    let text = scratch.text("m.prom");
    assert_eq!(scratch.mwallet("expiry m -r --format prom").run().status(3).out(), text);
    let samples = parse_metrics(&text);
    let value = |name: &str| samples.iter().find(|sample| sample.0 == name).unwrap().2;
    assert_eq!(value("mwallet_expiry_files"), 4);
    assert_eq!(value("mwallet_expiry_unreadable_files"), 1);
    let ends: Vec<_> =
        samples.iter().filter(|s| s.0 == "mwallet_certificate_not_after_seconds").collect();
    assert_eq!(ends.len(), 4, "{text}");
    // What the certificates say, by openssl.
    for (_, labels, end) in &ends {
        assert_eq!(labels.keys().collect::<Vec<_>>(), ["alias", "path", "sha256", "subject"]);
        let file = if labels["subject"] == "CN=app" { "m/app.pem" } else { "m/later.pem" };
        let line = format!("x509 -in {file} -noout -fingerprint -sha256");
        let print = scratch.run(&openssl, &line).ok().out();
        let print = print.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
        assert_eq!(labels["sha256"], print);
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let left = end - i64::try_from(now.as_secs()).unwrap();
        let days = if file == "m/app.pem" { 10 } else { 400 };
        assert!((days * 86_400 - left).abs() < 3600, "{left} s left of {days} days");
    }
    let paths: BTreeSet<&str> = ends.iter().map(|(_, labels, _)| labels["path"].as_str()).collect();
    assert!(paths.contains("m/a \"quoted\" \\ back\nslash é.pem"), "{paths:?}");
    let aliases: BTreeSet<&str> =
        ends.iter().map(|(_, labels, _)| labels["alias"].as_str()).collect();
    assert!(aliases.contains("a\"b\\c\nd"), "{aliases:?}");

    if let Some(promtool) = peers::promtool() {
        let done = run(&mut scratch.command(&promtool, "check metrics"), text.as_bytes()).ok();
        assert_eq!(done.all(), "", "{}", done.story());
    }
}

#[test]
fn report_replaces_a_report_with_force_and_never_a_key() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "app", 400);
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("expiry app.pem --format json --out r.prom").ok();
    let before = scratch.read("r.prom");
    scratch.set_mode("r.prom", 0o600);
    scratch.mwallet("expiry app.pem --format prom --out r.prom").run().status(6).says("--force");
    assert_eq!(scratch.read("r.prom"), before);
    scratch.mwallet("expiry app.pem --format prom --out r.prom --force").ok();
    assert_eq!(scratch.mode("r.prom"), 0o644);
    parse_metrics(&scratch.text("r.prom"));
    for precious in ["w.p12", "app.key", "app.pem"] {
        let before = scratch.read(precious);
        let line = format!("expiry app.pem --out {precious} --force");
        scratch.mwallet(&line).fails(6, "would-overwrite");
        assert_eq!(scratch.read(precious), before);
    }
    let printed = scratch.mwallet("expiry app.pem --format prom --out -").ok();
    parse_metrics(&printed.out());
    assert!(!scratch.at("-").exists());
    // Nothing was read: the file says so to whoever watches it.
    scratch.mwallet("expiry w.p12 --format prom --out r.prom --force").run().status(4);
    assert!(scratch.text("r.prom").ends_with("mwallet_expiry_unreadable_files 1\n"));
}

#[test]
fn quiet_prints_only_what_is_wrong() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "app", 400);
    let fine = scratch.mwallet("expiry app.pem").ok();
    assert!(
        fine.out().contains("1 certificate in 1 file: none due within 30d"),
        "{}",
        fine.story()
    );
    assert_eq!(scratch.mwallet("expiry app.pem -q").ok().out(), "");
    let due = scratch.mwallet("expiry app.pem -q --within 500d").run().status(3);
    assert_eq!(due.out().lines().count(), 2, "{}", due.story());
}

#[test]
fn folder_that_cannot_be_listed_is_told() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    self_signed(&scratch, &openssl, "d/app", 10);
    self_signed(&scratch, &openssl, "d/closed/app", 10);
    scratch.set_mode("d/closed", 0);
    let listed = fs::read_dir(scratch.at("d/closed")).is_ok();
    let (report, status) = report(&scratch, "d -r");
    scratch.set_mode("d/closed", 0o700);
    if listed {
        loudly("SKIPPED: root lists every folder; the test of a closed one needs another user");
        return;
    }
    assert_eq!(status, 3);
    assert_eq!(all(&report["unreadable"], "path"), ["d/closed"]);
    assert_eq!(all(&report["unreadable"], "code"), ["permission-denied"]);
}
