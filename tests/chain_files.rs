//! `chain`: loose certificates in order, judged by openssl.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;

/// The common names in a PEM file, in its order, as openssl sees them.
#[track_caller]
fn names(scratch: &Scratch, openssl: &Peer, file: &str) -> Vec<String> {
    scratch.run(openssl, &format!("crl2pkcs7 -nocrl -certfile {file} -out all.p7b")).ok();
    let listed = scratch.run(openssl, "pkcs7 -in all.p7b -print_certs -noout").ok().out();
    listed
        .lines()
        .filter(|line| line.starts_with("subject="))
        .map(|line| line.rsplit("CN = ").next().unwrap().rsplit("CN=").next().unwrap().to_owned())
        .collect()
}

#[test]
fn openssl_verifies_what_was_sorted() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let other = Authority::new(&scratch, &openssl, "other", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&[&ca.root(), "app.pem", &other.root()], "mixed.pem");
    let line =
        format!("chain mixed.pem {} {} app.pem --out sorted.pem", ca.root(), ca.intermediate());
    let done = scratch.mwallet(&line).ok();
    assert!(done.stdout.is_empty(), "{}", done.story());
    let done = done.says("dropped 2 duplicates").says("the self-signed root is included");
    done.says("CN=Root-other").says("which is in no chain");
    assert_eq!(scratch.mode("sorted.pem"), 0o644);
    assert_eq!(names(&scratch, &openssl, "sorted.pem"), ["app", "Issuing-ca", "Root-ca"]);
    // Certificates are for all whom the umask lets.
    let careful = ["bash", "-c", "umask 027; exec \"$0\" \"$@\""].map(AsRef::as_ref);
    let line_again = line.replace("sorted", "careful");
    run(&mut scratch.mwallet(&line_again).command_under(&careful), b"").ok();
    assert_eq!(scratch.mode("careful.pem"), 0o640);

    // The root of the peer alone, and what a server sends.
    let done = scratch.mwallet(&line.replace("sorted", "server")).args("--no-root").ok();
    done.says("the self-signed root is left out");
    assert_eq!(names(&scratch, &openssl, "server.pem"), ["app", "Issuing-ca"]);
    let root = ca.root();
    for file in ["sorted.pem", "server.pem"] {
        let line = format!("verify -CAfile {root} -untrusted {file} {file}");
        scratch.run(&openssl, &line).ok().says(": OK");
    }
    let text = scratch.text("server.pem");
    assert!(
        text.starts_with("subject=CN=app\nissuer=CN=Issuing-ca,DC=acme,DC=com\n-----BEGIN"),
        "{text}"
    );
}

#[test]
fn gap_is_named_and_what_there_is_is_written() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.write(
        "aia.cnf",
        "[x]\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n\
         authorityInfoAccess=caIssuers;URI:http://ca.example/issuing.cer\n",
    );
    ca.issue("app");
    scratch
        .run(
            &openssl,
            &format!(
                "x509 -req -in app.csr -CA {} -CAkey ca/intermediate.key -CAcreateserial \
                 -extfile aia.cnf -extensions x -out gap.pem",
                ca.intermediate()
            ),
        )
        .ok();
    let done = scratch.mwallet("chain gap.pem").run().status(3);
    assert_eq!(done.out().matches("BEGIN CERTIFICATE").count(), 1, "{}", done.story());
    let key_id = scratch
        .run(&openssl, &format!("x509 -in {} -noout -ext subjectKeyIdentifier", ca.intermediate()))
        .ok()
        .out();
    let key_id = key_id.lines().nth(1).unwrap().trim().replace(':', "").to_lowercase();
    done.says("the issuer of CN=app is missing: CN=Issuing-ca,DC=acme,DC=com")
        .says(&format!("key identifier {key_id}"))
        .says("offered at http://ca.example/issuing.cer")
        .says("what there is was written");

    // A root of the same CA does not fill the gap, and belongs to no chain.
    let (report, status) = scratch.mwallet(&format!("chain gap.pem {}", ca.root())).report();
    assert_eq!(status, Some(3));
    assert_eq!(report["verdict"], "findings");
    assert_eq!(report["headline"]["code"], "chain-issuer-missing");
    assert_eq!(report["findings"][0]["evidence"]["urls"][0], "http://ca.example/issuing.cer");
    assert_eq!(report["unrelated"][0]["subject"], "CN=Root-ca,DC=acme,DC=com");
    assert_eq!(
        (&report["root"], &report["chains"][0]["complete"]),
        (&"absent".into(), &false.into())
    );
}

#[test]
fn several_leaves_make_several_chains() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let one = Authority::new(&scratch, &openssl, "one", CaKeys::Ec);
    let two = Authority::new(&scratch, &openssl, "two", CaKeys::Rsa);
    one.issue("app");
    two.issue("db");
    one.issue("web");
    let parts = [&two.root(), "app.pem", &one.intermediate(), "db.pem", &one.root(), "web.pem"];
    one.bundle(&[&parts[..], &[&two.intermediate()]].concat(), "all.pem");
    let report = scratch.mwallet("chain all.pem --out sorted.pem").json();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["verdict"], "ok");
    assert_eq!(report["root"], "included");
    assert_eq!(report["files"][0]["path"], "sorted.pem");
    let chains: Vec<Vec<&str>> = report["chains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|chain| {
            let links = chain["chain"].as_array().unwrap();
            links.iter().map(|link| link["role"].as_str().unwrap()).collect()
        })
        .collect();
    assert_eq!(chains, vec![vec!["leaf", "intermediate", "anchor"]; 3]);
    let expected = [
        "app",
        "Issuing-one",
        "Root-one",
        "db",
        "Issuing-two",
        "Root-two",
        "web",
        "Issuing-one",
        "Root-one",
    ];
    assert_eq!(names(&scratch, &openssl, "sorted.pem"), expected);
    // What is sorted stays as it is.
    scratch.mwallet("chain sorted.pem --out again.pem").ok();
    assert_eq!(scratch.text("again.pem"), scratch.text("sorted.pem"));
}

#[test]
fn wallet_gives_the_chain_of_its_key() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let done = scratch.mwallet("chain w --no-root").password(PASSWORD).ok();
    scratch.write("chain.pem", &done.stdout);
    assert_eq!(names(&scratch, &openssl, "chain.pem"), ["app", "Issuing-ca"]);
    let line = format!("verify -CAfile {} -untrusted chain.pem chain.pem", ca.root());
    scratch.run(&openssl, &line).ok();
    scratch.mwallet("chain w").fails(4, "password-missing");
}

#[test]
fn entry_of_a_store_is_chosen_by_its_alias() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch.mwallet("csr w --dn CN=other --self-signed --alias other").password(PASSWORD).ok();
    let chain = |line: &str| scratch.mwallet(&format!("chain {line}")).password(PASSWORD);
    chain("w --alias app --out app-chain.pem").ok();
    assert_eq!(names(&scratch, &openssl, "app-chain.pem"), ["app", "Issuing-ca", "Root-ca"]);
    chain("w --alias other --out other-chain.pem").ok();
    assert_eq!(names(&scratch, &openssl, "other-chain.pem"), ["other"]);
    chain("w --alias nobody").fails(5, "entry-not-found");
    chain("w.pem --alias app").fails(2, "usage");
}

#[test]
fn duplicates_within_a_file_are_counted_and_warned_of() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.pem", "app.pem", &ca.intermediate(), &ca.root()], "twice.pem");
    let report = scratch.mwallet("chain twice.pem app.pem").json();
    assert_eq!(report["duplicates"], 2, "{report:#}");
    assert_eq!(report["warnings"][0]["code"], "block-skipped", "{report:#}");
}

#[test]
fn self_signed_certificate_of_a_server_is_a_chain() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch
        .run(
            &openssl,
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -subj /CN=s \
             -addext basicConstraints=critical,CA:FALSE -out s.pem",
        )
        .ok();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let line =
        format!("chain {} s.pem app.pem {} --no-root --out f.pem", ca.root(), ca.intermediate());
    scratch.mwallet(&line).ok();
    assert_eq!(names(&scratch, &openssl, "f.pem"), ["s", "app", "Issuing-ca"]);
    // CAs alone: the lowest one first.
    let line = format!("chain {} {} --out c.pem", ca.root(), ca.intermediate());
    scratch.mwallet(&line).ok();
    assert_eq!(names(&scratch, &openssl, "c.pem"), ["Issuing-ca", "Root-ca"]);
}

#[test]
fn files_without_certificates_and_files_in_the_way_are_refused() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("chain ca/root.key").fails(1, "bundle-empty");
    scratch.mwallet("chain nothing.pem").fails(5, "file-not-found");
    scratch.write("taken.pem", "mine");
    let line = format!("chain {} --out taken.pem", ca.root());
    scratch.mwallet(&line).fails(6, "would-overwrite");
    assert_eq!(scratch.text("taken.pem"), "mine");
    scratch.mwallet(&line).args("--force").ok();
    assert!(scratch.text("taken.pem").contains("BEGIN CERTIFICATE"));
}
