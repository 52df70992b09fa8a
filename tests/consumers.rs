//! Consumers: the table, its documentation, and `check --for`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "chain/ca.rs"]
mod ca;
mod support;

use ca::Ca;
use mwallet::codec::pem;
use mwallet::consumer::{CONSUMERS, Rule};
use serde_json::Value;
use std::fs;
use std::path::Path;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::peers;
use support::scratch::Scratch;

/// The findings of `check W --for CONSUMER`, as code and severity.
#[track_caller]
fn findings(scratch: &Scratch, wallet: &str, consumer: &str) -> (Vec<(String, String)>, i32) {
    let call = scratch.mwallet(&format!("check {wallet} --for {consumer}")).password(PASSWORD);
    let (report, status) = call.report();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let list = report["findings"].as_array().unwrap();
    let found = list.iter().map(|one| (text(one, "code"), text(one, "severity"))).collect();
    (found, status.unwrap())
}

fn has(found: &[(String, String)], code: &str, severity: &str) -> bool {
    found.iter().any(|(one, other)| one == code && other == severity)
}

#[test]
fn every_consumer_and_rule_is_documented_with_its_source() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/consumers.md");
    let document = fs::read_to_string(path).unwrap();
    for consumer in CONSUMERS {
        let line =
            document.lines().find(|line| line.starts_with(&format!("| `{}` |", consumer.name)));
        let line = line.unwrap_or_else(|| panic!("no line for {}", consumer.name));
        for format in consumer.reads {
            assert!(line.contains(format.name()), "{}: {format}", consumer.name);
        }
        for rule in consumer.rules {
            assert!(line.contains(rule.name()), "{}: {}", consumer.name, rule.name());
        }
        assert!(line.contains("[M]") || line.contains("[C]"), "{} has no source", consumer.name);
    }
    for rule in Rule::ALL {
        assert!(document.contains(&format!("| `{}` |", rule.name())), "{}", rule.name());
    }
}

#[test]
fn help_lists_every_consumer() {
    let scratch = Scratch::new();
    let text = scratch.mwallet("help consumers").ok().out();
    for consumer in CONSUMERS {
        assert!(text.lines().any(|line| line.starts_with(consumer.name)), "{}", consumer.name);
    }
    assert!(text.contains("EXAMPLES"), "{text}");
    scratch.mwallet("check w --for nobody").fails(2, "usage");
}

#[test]
fn complete_wallet_suits_oracle_and_not_java() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "rsa:2048");
    let (found, status) = findings(&scratch, "w", "oracle-utl-http");
    assert_eq!(status, 0, "{found:?}");
    for consumer in ["java17", "tomcat", "nginx", "oracledb-thin", "windows2016"] {
        let (found, status) = findings(&scratch, "w", consumer);
        let unread = found.iter().any(|(code, _)| code == "profile-unreadable-by-consumer");
        assert!(unread, "{consumer}: {found:?}");
        if consumer != "windows2016" {
            assert_eq!(status, 3, "{consumer}: {found:?}");
        }
    }
    // What the repair makes is read by Java itself.
    scratch
        .mwallet("export w --for java17 --out j.p12")
        .password(PASSWORD)
        .out_password(PASSWORD)
        .ok();
    let (found, status) = findings(&scratch, "j.p12", "java17");
    assert_eq!(status, 0, "{found:?}");
    for keytool in peers::keytools() {
        scratch
            .run(&keytool, "-list -keystore j.p12 -storepass Welcome1")
            .ok()
            .says("PrivateKeyEntry");
    }
}

#[test]
fn password_beyond_ascii_is_refused_for_a_java_that_takes_none() {
    const WIDE: &str = "größe-1234";
    let scratch = Scratch::new();
    let made = scratch.mwallet("create a.p12").password(WIDE).ok();
    made.says("Java 17").says("password-weak");
    scratch.write("pw", WIDE);
    scratch
        .mwallet("csr a.p12 --dn CN=a --self-signed --key ec:p256 --out a.pem")
        .password(WIDE)
        .ok();
    for keytool in peers::keytools() {
        let list = "-J-Dfile.encoding=UTF-8 -list -keystore a.p12 -storepass:file pw";
        let done = scratch.run(&keytool, list);
        if keytool.name.starts_with("keytool 25") {
            done.ok().says("PrivateKeyEntry");
        } else {
            done.status(1).says("password was incorrect");
        }
    }
    for (consumer, status) in [("java8", 6), ("java17", 6), ("kafka", 6), ("java25", 0)] {
        let export = scratch
            .mwallet("export a.p12 --to p12 --out out.p12 --force --allow-weak-password --for");
        let forced = export.arg(consumer).password(WIDE).out_password(WIDE);
        forced.ok();
        let export = scratch.mwallet(&format!("convert a.p12 {consumer}.p12 --for {consumer}"));
        let done = export.password(WIDE).out_password(WIDE).run();
        assert_eq!(done.status.code(), Some(status), "{}", done.story());
        let check = scratch.mwallet(&format!("check a.p12 --for {consumer}")).password(WIDE);
        let told = check.run().out().contains("the password is not of printable ASCII");
        assert_eq!(told, status != 0, "{consumer}");
    }
    // The old ciphers are beyond every Java.
    for profile in ["compat", "legacy-rc2"] {
        let create = format!("convert a.p12 {profile}.p12 --profile {profile}");
        let made = scratch.mwallet(&create).password(WIDE).out_password(WIDE).ok();
        assert!(made.err().contains("ASCII: Java cannot open the file"), "{}", made.story());
        for keytool in peers::keytools() {
            let list = format!("-list -keystore {profile}.p12 -storepass:file pw");
            let list = format!("-J-Dfile.encoding=UTF-8 {list}");
            scratch.run(&keytool, &list).status(1).says("password was incorrect");
        }
        let check = scratch.mwallet(&format!("check {profile}.p12 --for java25"));
        check.password(WIDE).run().says("the password is not of printable ASCII");
    }
    // JKS takes any password.
    let convert = scratch.mwallet("convert a.p12 a.jks --for java17").password(WIDE);
    convert.out_password(WIDE).ok();
    let change = scratch.mwallet("passwd a.p12").password(WIDE);
    change.new_password(WIDE).ok().says("Java 17");
    let merge = scratch.mwallet("merge a.p12 a.p12 --out c.p12").password(WIDE).src_password(WIDE);
    merge.ok().says("Java 17");
}

#[test]
fn oracle_net_wants_auto_login() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let (found, status) = findings(&scratch, "w", "oracle-tcps");
    assert!(has(&found, "profile-unreadable-by-consumer", "error"), "{found:?}");
    assert_eq!(status, 3);
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    let (found, status) = findings(&scratch, "w", "oracle-tcps");
    assert_eq!(status, 0, "{found:?}");
}

#[test]
fn self_signed_leaf_is_one_for_who_trusts_cas_alone() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.write(
        "x.cnf",
        "[req]\ndistinguished_name=d\n[d]\n[leaf]\nbasicConstraints=CA:FALSE\n\
         [old]\nsubjectKeyIdentifier=hash\n[ca]\nbasicConstraints=critical,CA:TRUE\n",
    );
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config x.cnf";
    for name in ["leaf", "old", "ca"] {
        let out = format!("-keyout {name}.key -out {name}.pem -subj /CN={name} -days 90");
        scratch.run(&openssl, &format!("req -x509 {key} {out} -extensions {name}")).ok();
    }
    let request = format!("req -new {key} -keyout v1.key -out v1.csr -subj /CN=v1");
    scratch.run(&openssl, &request).ok();
    scratch.run(&openssl, "x509 -req -in v1.csr -signkey v1.key -out v1.pem -days 90").ok();
    assert!(!scratch.run(&openssl, "x509 -in v1.pem -noout -text").ok().out().contains("v3"));
    scratch.mwallet("create w").password(PASSWORD).ok();
    // Roots that cannot say that they are CAs, and those that do not, are taken.
    scratch.mwallet("add-trusted w ca.pem old.pem v1.pem").password(PASSWORD).ok();
    scratch.mwallet("check w --for oracle-utl-http").password(PASSWORD).ok();
    let refusal = scratch.mwallet("add-trusted w leaf.pem").password(PASSWORD);
    refusal.fails(6, "leaf-as-trusted");
    scratch.mwallet("add-trusted w leaf.pem --allow-leaf").password(PASSWORD).ok();
    let (found, status) = findings(&scratch, "w", "oracle-utl-http");
    assert!(has(&found, "leaf-as-trusted", "error") && status == 3, "{found:?}");
    // Java trusts the certificate of a peer itself, and nobody warns of it.
    scratch.mwallet("create t.jks").password(PASSWORD).ok();
    let done = scratch.mwallet("add-trusted t.jks leaf.pem").password(PASSWORD).ok();
    assert!(!done.err().contains("leaf-as-trusted"), "{}", done.story());
}

#[test]
fn trusted_leaf_is_an_error_for_utl_http_only() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "rsa:2048");
    ca.issue("server");
    scratch.mwallet("add-trusted w server.pem --allow-leaf").password(PASSWORD).ok();
    let (found, status) = findings(&scratch, "w", "oracle-jdbc");
    assert!(has(&found, "leaf-as-trusted", "warning"), "{found:?}");
    assert_eq!(status, 0, "{found:?}");
    let (found, status) = findings(&scratch, "w", "oracle-utl-http");
    assert!(has(&found, "leaf-as-trusted", "error"), "{found:?}");
    let times = found.iter().filter(|(code, _)| code == "leaf-as-trusted").count();
    assert_eq!((status, times), (3, 1), "{found:?}");
    // Java trusts the certificate of a peer itself.
    scratch
        .mwallet("convert w trust.jks --trust-only --allow-loss")
        .password(PASSWORD)
        .out_password(PASSWORD)
        .ok();
    let (found, status) = findings(&scratch, "trust.jks", "wso2");
    assert!(has(&found, "leaf-as-trusted", "note"), "{found:?}");
    assert_eq!(status, 0, "{found:?}");
}

#[test]
fn whoever_serves_with_a_key_store_does_without_the_root() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.key", "app.pem", &ca.intermediate()], "app.txt");
    ca.bundle(&["app.key", "app.pem"], "alone.txt");
    let convert =
        |line: &str| scratch.mwallet(&format!("convert {line}")).out_password(PASSWORD).ok();
    for (file, consumer) in [
        ("p.p12", "java17"),
        ("j.jks", "tomcat"),
        ("j.jks", "weblogic"),
        ("p.p12", "kafka"),
        ("p.p12", "node"),
        ("n.pem", "nginx"),
        ("p.p12", "openssl3"),
    ] {
        if !scratch.exists(file) {
            convert(&format!("app.txt {file}"));
            convert(&format!("alone.txt alone-{file}"));
        }
        let judged = |file: &str, question: &str| {
            let line = format!("check {file} {question}");
            let (report, status) = scratch.mwallet(&line).password(PASSWORD).report();
            let findings = report["findings"].as_array().unwrap().clone();
            let missing = findings.into_iter().find(|one| one["code"] == "chain-issuer-missing");
            let text = |name: &str| missing.as_ref().unwrap()[name].as_str().unwrap().to_owned();
            (status.unwrap(), text("severity"), text("repair"))
        };
        let (_, _, plain) = judged(file, "");
        for question in [format!("--for {consumer}"), "--purpose server".to_owned()] {
            let (status, severity, repair) = judged(file, &question);
            assert_eq!((status, severity.as_str()), (0, "note"), "{file} {question}");
            let verify = repair.replace("ROOT.pem", &ca.root());
            assert!(verify.starts_with(&format!("mwallet verify {file} --ca ")), "{verify}");
            // The rest of the line is what was typed.
            let line = verify.split(" --password").next().unwrap().strip_prefix("mwallet ");
            scratch.mwallet(line.unwrap()).password(PASSWORD).ok();
            // Above a leaf it is more than the root that servers have to send.
            let (status, severity, repair) = judged(&format!("alone-{file}"), &question);
            assert_eq!((status, severity.as_str()), (3, "error"), "{file} {question}");
            if file == "n.pem" {
                assert_eq!(repair, "cat ISSUER.pem >> alone-n.pem");
                continue;
            }
            let fix = format!("mwallet check alone-{file} --fix --from FILE");
            assert!(repair.starts_with(&fix), "{repair}");
        }
        if file != "n.pem" {
            assert!(plain.starts_with("mwallet add-trusted "), "{plain}");
        }
    }
    // What the fix could not put there is a root.
    let root = format!("check alone-p.p12 --fix --from {}", ca.root());
    let done = scratch.mwallet(&root).password(PASSWORD).run().status(3);
    done.says("mwallet add-trusted alone-p.p12 FILE");
    let fix = format!("check alone-p.p12 --for java17 --fix --from {}", ca.intermediate());
    scratch.mwallet(&fix).password(PASSWORD).ok();
    // Oracle's programs look for the root in the wallet.
    scratch.mwallet("convert app.txt w --to oracle --allow-loss").out_password(PASSWORD).ok();
    for question in ["--for oracle-tcps", "--for oracle-utl-http"] {
        let (report, status) =
            scratch.mwallet(&format!("check w {question}")).password(PASSWORD).report();
        assert_eq!(status, Some(3), "{question}: {report:#}");
    }
    let (found, _) = findings(&scratch, "n.pem", "oracledb-thin");
    assert!(has(&found, "chain-issuer-missing", "error"), "{found:?}");
}

#[test]
fn oracle_wants_the_root_of_a_trusted_intermediate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w").password(PASSWORD).ok();
    let intermediate = ca.intermediate();
    scratch.mwallet(&format!("add-trusted w {intermediate}")).password(PASSWORD).ok();
    let (found, status) = findings(&scratch, "w", "oracle-utl-http");
    assert!(has(&found, "chain-issuer-missing", "error"), "{found:?}");
    assert_eq!(status, 3);
    scratch.mwallet(&format!("add-trusted w {}", ca.root())).password(PASSWORD).ok();
    let (found, status) = findings(&scratch, "w", "oracle-utl-http");
    assert_eq!(status, 0, "{found:?}");
}

/// What explain proposes for ORA-29024 finds the plainest cause of it.
#[test]
fn oracle_wants_a_certificate_at_all() {
    let scratch = Scratch::new();
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    for consumer in ["oracle-utl-http", "oracle-tcps", "oracle-jdbc"] {
        let (found, status) = findings(&scratch, "w", consumer);
        assert!(has(&found, "chain-issuer-missing", "error") && status == 3, "{found:?}");
    }
    let (found, status) = findings(&scratch, "w", "go-ora");
    assert!(found.is_empty() && status == 0, "{found:?}");
}

#[test]
fn weblogic_wants_cas_that_say_so() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    // A root of version 1 cannot say that it is a CA's.
    for line in [
        "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout v1.key -subj /CN=v1 -out v1.csr",
        "x509 -req -in v1.csr -signkey v1.key -days 100 -out v1.pem",
    ] {
        scratch.run(&openssl, line).ok();
    }
    scratch.mwallet("create t.p12").password(PASSWORD).ok();
    scratch.mwallet("add-trusted t.p12 v1.pem").password(PASSWORD).ok();
    let (found, status) = findings(&scratch, "t.p12", "weblogic");
    assert!(has(&found, "ca-basic-constraints-missing", "error"), "{found:?}");
    assert_eq!(status, 3);
    let (found, status) = findings(&scratch, "t.p12", "java17");
    assert_eq!(status, 0, "{found:?}");
}

#[test]
fn chain_of_a_java_store_is_whole_with_either_certificate_of_a_renewed_issuer() {
    let scratch = Scratch::new();
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let renewed = root.sign(&issuing.parameters, &issuing.key);
    let leaf = issuing.leaf("app");
    let make = |store: &str, issuers: &[&mwallet::model::certificate::Certificate]| {
        let chain: Vec<_> = [&[&leaf.certificate][..], issuers].concat();
        let text = leaf.key.serialize_pem() + &pem::encode_certificates(&chain, false);
        scratch.write("app.pem", text);
        scratch.mwallet(&format!("convert app.pem {store}")).out_password(PASSWORD).ok();
        for trusted in [&renewed, &root.certificate] {
            scratch.write("trusted.pem", pem::encode_certificates(&[trusted], false));
            let line = format!("add-trusted {store} trusted.pem");
            scratch.mwallet(&line).password(PASSWORD).ok();
        }
    };
    make("whole.jks", &[&issuing.certificate]);
    make("short.jks", &[]);
    // Oracle's driver reads such a store as Java does.
    for consumer in ["java17", "oracle-jdbc"] {
        let (found, status) = findings(&scratch, "whole.jks", consumer);
        assert_eq!(status, 0, "{consumer}: {found:?}");
        let (found, status) = findings(&scratch, "short.jks", consumer);
        assert!(has(&found, "chain-issuer-missing", "error"), "{consumer}: {found:?}");
        assert_eq!(status, 3);
    }
}

#[test]
fn key_with_another_password_is_an_error_for_tomcat() {
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    scratch
        .run(
            &keytool,
            "-genkeypair -keystore k.jceks -storetype JCEKS -storepass Welcome1 -keypass other12 \
             -alias k -keyalg EC -dname CN=k",
        )
        .ok();
    let (found, status) = findings(&scratch, "k.jceks", "tomcat");
    assert!(has(&found, "key-password-differs", "error"), "{found:?}");
    assert_eq!(status, 3);
}
