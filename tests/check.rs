//! `check`: what is asked of a wallet, and the repairs that need no decision.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
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
