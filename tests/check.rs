//! `check`: what is asked of a wallet, and the repairs that need no decision.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified, pending};
use support::peers;
use support::scratch::Scratch;

/// The subjects of a key's chain as keytool lists them, its own first.
#[track_caller]
fn chain_of(scratch: &Scratch, keytool: &peers::Peer, store: &str) -> Vec<String> {
    let line = format!("-list -v -keystore {store} -storepass {PASSWORD} -alias app");
    let listed = scratch.run(keytool, &line).ok().out();
    let owners = listed.lines().filter_map(|line| line.strip_prefix("Owner: CN="));
    owners.map(|owner| owner.split(',').next().unwrap().to_owned()).collect()
}

#[test]
fn question_is_asked_of_the_certificates_of_keys() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.key", "app.pem", &ca.intermediate(), &ca.root()], "all.pem");
    let judge = |flags: &str| {
        let (report, status) = scratch.mwallet(&format!("check all.pem {flags}")).report();
        let code = report["headline"]["code"].as_str().unwrap_or_default().to_owned();
        (code, status)
    };
    scratch.set_mode("all.pem", 0o600);
    let nothing = (String::new(), Some(0));
    assert_eq!(judge("--purpose server --host localhost --min-days 300"), nothing);
    assert_eq!(judge("--host 127.0.0.1 --purpose client"), nothing);
    assert_eq!(judge("--host db.acme.com"), ("host-mismatch".to_owned(), Some(3)));
    assert_eq!(judge("--min-days 400"), ("cert-expires-soon".to_owned(), Some(3)));
    // The CA keeps to the profile, too.
    assert_eq!(judge("--strict"), nothing);
}

#[test]
fn entry_that_cannot_be_read_is_a_warning() {
    let Some(python) = peers::python() else { return };
    let scratch = Scratch::new();
    let script = r#"
import hashlib, struct, sys
text = lambda it: struct.pack(">H", len(it)) + it.encode()
entry = text("damaged") + struct.pack(">Q", 0) + text("X.509") + struct.pack(">I", 3) + b"\x30\x01\x00"
data = struct.pack(">IIII", 0xFEEDFEED, 2, 1, 2) + entry
key = sys.argv[1].encode("utf-16-be") + b"Mighty Aphrodite"
open("s.jks", "wb").write(data + hashlib.sha1(key + data).digest())
"#;
    scratch.write("make.py", script);
    scratch.run(&python, &format!("make.py {PASSWORD}")).ok();
    let report = scratch.mwallet("check s.jks").password(PASSWORD).json();
    let findings = report["findings"].as_array().unwrap();
    let kept = findings.iter().find(|one| one["code"] == "kept-opaque").unwrap();
    assert_eq!(kept["severity"], "warning");
    assert!(kept["message"].as_str().unwrap().contains("damaged"), "{report}");
}

#[test]
fn fix_completes_and_orders_the_chain_of_a_java_store() {
    let (Some(openssl), keytools) = (peers::openssl(), peers::keytools()) else { return };
    let Some(keytool) = keytools.first() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    // The intermediate is missing in the entry of the key, and lies beside it in a file.
    ca.bundle(&["app.key", "app.pem"], "pair.pem");
    scratch.mwallet("convert pair.pem app.jks --alias app").out_password(PASSWORD).ok();
    let (report, status) = scratch.mwallet("check app.jks").password(PASSWORD).report();
    assert_eq!((status, &report["headline"]["code"]), (Some(3), &json!("chain-issuer-missing")));
    let before = scratch.read("app.jks");
    let line = format!("check app.jks --fix --from {}", ca.intermediate());
    let done = scratch.mwallet(&line).args("--dry-run").password(PASSWORD).run();
    done.status(3).says("CN=Issuing-ca,DC=acme,DC=com would be put to app");
    assert_eq!(scratch.read("app.jks"), before);

    let (report, _) = scratch.mwallet(&line).password(PASSWORD).report();
    let repair = &report["repairs"][0];
    assert_eq!((&repair["what"], &repair["entry"]), (&json!("issuer-added"), &json!("app")));
    assert_eq!(chain_of(&scratch, keytool, "app.jks"), ["app", "Issuing-ca"]);
    // The root is not there: nobody has said that it is to be trusted.
    assert_eq!(report["headline"]["code"], "chain-issuer-missing");
    let (report, _) = scratch.mwallet(&line).password(PASSWORD).report();
    assert_eq!(report["repairs"], json!([]));
}

#[test]
fn fix_reports_on_the_files_as_they_are_afterwards() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "w.pem");
    scratch.mwallet("autologin on w").password(PASSWORD).ok();
    let stale = scratch.read("w/cwallet.sso");
    scratch.mwallet(&format!("add-trusted w {}", ca.root())).password(PASSWORD).ok();
    scratch.mwallet("import-user w w.pem --allow-incomplete").password(PASSWORD).ok();
    scratch.write("w/cwallet.sso", stale);
    let line = format!("check w --fix --from {}", ca.intermediate());
    let (report, status) = scratch.mwallet(&line).password(PASSWORD).report();
    assert_eq!(report["repairs"][0]["what"], "issuer-added", "{report:#}");
    assert_eq!((status, &report["findings"]), (Some(0), &json!([])), "{report:#}");
    let (report, status) = scratch.mwallet("check w").password(PASSWORD).report();
    assert_eq!((status, &report["findings"]), (Some(0), &json!([])), "{report:#}");
}

#[test]
fn fix_puts_the_certificates_of_a_key_into_order_and_drops_doubles() {
    let (Some(openssl), keytools) = (peers::openssl(), peers::keytools()) else { return };
    let Some(keytool) = keytools.first() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let python = "\
import struct, hashlib, sys, base64
# A JKS file whose key has its chain in the wrong order, with the intermediate twice.
def der(name):
    text = open(name).read().split('-----')[2]
    return base64.b64decode(text)
name = lambda text: struct.pack('>H', len(text)) + text.encode()
data = open('app.jks', 'rb').read()[:-20]
leaf, issuing, root = der('app.pem'), der(sys.argv[1]), der(sys.argv[2])
certificate = lambda der: name('X.509') + struct.pack('>I', len(der)) + der
end = data.index(struct.pack('>I', 1) + certificate(leaf))
chain = [leaf, root, issuing, issuing]
data = data[:end] + struct.pack('>I', len(chain)) + b''.join(map(certificate, chain))
password = sys.argv[3].encode('utf-16-be')
data += hashlib.sha1(password + b'Mighty Aphrodite' + data).digest()
open('app.jks', 'wb').write(data)
";
    let Some(interpreter) = peers::python() else { return };
    ca.bundle(&["app.key", "app.pem"], "pair.pem");
    scratch.mwallet("convert pair.pem app.jks --alias app").out_password(PASSWORD).ok();
    scratch.write("shuffle.py", python);
    let line = format!("shuffle.py {} {} {PASSWORD}", ca.intermediate(), ca.root());
    scratch.run(&interpreter, &line).ok();
    assert_eq!(
        chain_of(&scratch, keytool, "app.jks"),
        ["app", "Root-ca", "Issuing-ca", "Issuing-ca"]
    );

    let (report, status) = scratch.mwallet("check app.jks").password(PASSWORD).report();
    let codes: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
    assert_eq!(codes, ["chain-disordered", "anchor-not-trusted"], "{report:#}");
    assert_eq!(status, Some(0));
    let done = scratch.mwallet("check app.jks --fix").password(PASSWORD).ok();
    done.says("the certificates of app put into order");
    assert_eq!(chain_of(&scratch, keytool, "app.jks"), ["app", "Issuing-ca", "Root-ca"]);
}

#[test]
fn fix_drops_what_is_trusted_twice_and_trusts_nothing_new() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    // keytool takes the same certificate under two names; so does a bundle that is converted.
    let root = scratch.text(&ca.root());
    scratch.write(
        "two.pem",
        format!("Entry: trusted-certificate\nAlias: a\n{root}\nEntry: trusted-certificate\nAlias: b\n{root}"),
    );
    scratch.mwallet("convert two.pem two.p12").out_password(PASSWORD).ok();
    let aliases = |line: &str| -> Vec<String> {
        let report = scratch.mwallet(line).password(PASSWORD).json();
        let entries = report["entries"].as_array().unwrap();
        entries.iter().map(|entry| entry["alias"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(aliases("list two.p12"), ["a", "b"]);
    let done = scratch.mwallet("check two.p12 --fix").password(PASSWORD).ok();
    done.says("b dropped: it was trusted twice");
    assert_eq!(aliases("list two.p12"), ["a"]);

    // A wallet that is as it should be is not written again.
    let before = scratch.read("w/ewallet.p12");
    scratch.mwallet("check w --fix").password(PASSWORD).ok().says("nothing to repair");
    assert_eq!(scratch.read("w/ewallet.p12"), before);
}

/// The code and the severity that `check` gives a file, and its status; none where the code is missing.
#[track_caller]
fn judged(scratch: &Scratch, line: &str, code: &str) -> (Option<String>, Option<i32>) {
    let (report, status) = scratch.mwallet(&format!("check {line}")).report();
    let mut findings = report["findings"].as_array().unwrap().iter();
    let found = findings.find(|one| one["code"] == code);
    (found.map(|one| one["severity"].as_str().unwrap().to_owned()), status)
}

#[test]
fn key_of_a_file_that_is_taken_as_it_is_has_to_be_that_of_its_first_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    ca.issue("third");
    let (intermediate, root) = (ca.intermediate(), ca.root());
    let files: [(&str, &[&str], &str); 9] = [
        ("good.pem", &["app.key", "app.pem", &intermediate, &root], ""),
        ("behind.pem", &["app.pem", &intermediate, &root, "app.key"], ""),
        (
            "several.pem",
            &["other.key", "app.key", "app.pem", "other.pem", &intermediate, &root],
            "",
        ),
        // Of several keys each says for itself that it has no certificate, as long as another has its own.
        ("spare.pem", &["other.key", "app.key", "app.pem", &intermediate, &root], ""),
        ("pairs.pem", &["other.key", "app.key", "third.pem", &intermediate], "key-mismatch"),
        ("keys.pem", &["other.key", "app.key"], ""),
        ("pair.pem", &["app.key", "other.pem", &intermediate], "key-mismatch"),
        (
            "mess.pem",
            &["app.key", &root, "other.pem", "app.pem", &intermediate],
            "chain-disordered",
        ),
        ("upward.pem", &[&root, &intermediate, "app.pem", "app.key"], "chain-disordered"),
    ];
    for (file, parts, wrong) in files {
        ca.bundle(parts, file);
        scratch.set_mode(file, 0o600);
        for code in ["key-mismatch", "chain-disordered"] {
            let severity = if code == "key-mismatch" { "error" } else { "warning" };
            let severity = (code == wrong).then(|| severity.to_owned());
            let status = if wrong == "key-mismatch" { 3 } else { 0 };
            assert_eq!(judged(&scratch, file, code), (severity, Some(status)), "{file}: {code}");
        }
        // A program that reads such files takes the first certificate, as OpenSSL does.
        let consumers: &[&str] =
            if wrong.is_empty() { &[] } else { &["nginx", "node", "openssl3", "oracledb-thin"] };
        for consumer in consumers {
            let found = judged(&scratch, &format!("{file} --for {consumer}"), wrong);
            assert_eq!(found, (Some("error".to_owned()), Some(3)), "{file}: {consumer}");
        }
    }
    if let Some(python) = peers::python() {
        let load = "import ssl, sys; ssl.create_default_context().load_cert_chain(sys.argv[1])";
        scratch.write("load.py", load);
        // Of several keys Python takes the first.
        let several = ["several.pem", "spare.pem", "pairs.pem", "keys.pem"];
        for (file, _, wrong) in files.iter().filter(|(file, ..)| !several.contains(file)) {
            let loaded = scratch.run(&python, &format!("load.py {file}"));
            assert_eq!(loaded.succeeded(), wrong.is_empty(), "{}", loaded.story());
        }
    }
    // The repair puts the pair in front.
    scratch.mwallet("convert mess.pem NEW.pem --out-no-password").ok();
    assert_eq!(judged(&scratch, "NEW.pem --for openssl3", "chain-disordered").0, None);

    // A request says that the certificate is still to come.
    scratch.run(&openssl, "req -new -key app.key -subj /CN=app -out app.csr").ok();
    ca.bundle(&["app.key", "app.csr", &intermediate], "waits.pem");
    assert_eq!(judged(&scratch, "waits.pem", "key-mismatch"), (None, Some(0)));
}

#[test]
fn pair_of_a_folder_or_a_secret_has_to_fit() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    let (intermediate, root) = (ca.intermediate(), ca.root());
    scratch.folder("folder");
    let manifest = |parts: &[(&str, &str)]| {
        let value = |(name, file): &(&str, &str)| {
            let base64 = scratch.run(&openssl, &format!("base64 -A -in {file}")).ok().out();
            format!("  {name}: {}\n", base64.trim())
        };
        let data: String = parts.iter().map(value).collect();
        scratch.write("s.yaml", format!("apiVersion: v1\nkind: Secret\ndata:\n{data}"));
    };
    for (leaf, severity) in [("app.pem", None), ("other.pem", Some("error".to_owned()))] {
        ca.bundle(&[leaf, &intermediate], "folder/fullchain.pem");
        ca.bundle(&["app.key"], "folder/privkey.pem");
        ca.bundle(&[&root], "folder/truststore.pem");
        assert_eq!(judged(&scratch, "folder", "key-mismatch").0, severity, "folder: {leaf}");
        // Whatever the order of the values.
        manifest(&[("a.crt", &intermediate), ("tls.crt", leaf), ("tls.key", "app.key")]);
        assert_eq!(judged(&scratch, "s.yaml", "key-mismatch").0, severity, "s.yaml: {leaf}");
        assert_eq!(judged(&scratch, "s.yaml", "chain-disordered").0, None, "s.yaml: {leaf}");
    }
    ca.bundle(&[&intermediate, "app.pem"], "upward.pem");
    manifest(&[("tls.crt", "upward.pem"), ("tls.key", "app.key")]);
    assert_eq!(judged(&scratch, "s.yaml", "chain-disordered").0, Some("warning".to_owned()));
}
