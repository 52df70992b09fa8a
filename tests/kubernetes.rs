//! Manifests of Kubernetes' Secrets: what `export --to k8s` writes, judged by another reader of YAML,
//! and what `kubectl` prints, read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use std::fmt::Write as _;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::loudly;
use support::peers::{self, Peer};
use support::run;
use support::scratch::Scratch;

const OUT: &str = "Extern12";

/// A wallet with a key for `localhost` and a trusted root: `w`.
fn wallet(scratch: &Scratch, openssl: &Peer) {
    let ca = Authority::new(scratch, openssl, "ca", CaKeys::Ec);
    certified(scratch, &ca, "w", "ec:p256");
}

/// The manifest as JSON: by `PyYAML` where a python has it, else by a reader of the few lines that it
/// has, which fails on any other.
fn read(scratch: &Scratch, file: &str) -> Value {
    const PROGRAM: &str =
        "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let python = peers::pythons()
        .into_iter()
        .find(|python| run::run(python.command().args(["-c", "import yaml"]), b"").succeeded());
    if let Some(python) = python {
        let mut command = scratch.command(&python, "-c");
        let done = run::run(command.arg(PROGRAM).arg(file), b"").ok();
        return serde_json::from_str(&done.out()).unwrap();
    }
    loudly("absent: python3 with yaml; manifests are read by the test itself");
    let mut root = json!({});
    let mut below = String::new();
    for line in scratch.text(file).lines() {
        let (key, value) = line.trim().split_once(':').unwrap();
        let value: Value = match value.trim() {
            "" => json!({}),
            quoted if quoted.starts_with('"') => serde_json::from_str(quoted).unwrap(),
            plain => json!(plain),
        };
        if line.starts_with("  ") {
            root[&below][key] = value;
        } else {
            key.clone_into(&mut below);
            root[key] = value;
        }
    }
    root
}

/// A value of `data`, decoded by openssl.
fn value(scratch: &Scratch, openssl: &Peer, manifest: &Value, key: &str) -> Vec<u8> {
    let base64 = manifest["data"][key].as_str().unwrap_or_else(|| panic!("no {key}: {manifest}"));
    run::run(&mut scratch.command(openssl, "base64 -d -A"), base64.as_bytes()).ok().stdout
}

fn kinds(scratch: &Scratch, file: &str) -> Vec<(String, String)> {
    let list = scratch.mwallet(&format!("list {file}")).password(OUT).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entries = list["entries"].as_array().unwrap().iter();
    entries.map(|entry| (text(&entry["alias"]), text(&entry["kind"]))).collect()
}

fn pair(alias: &str, kind: &str) -> (String, String) {
    (alias.to_owned(), kind.to_owned())
}

#[test]
fn one_key_becomes_a_tls_secret_that_openssl_reads() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    wallet(&scratch, &openssl);
    let export =
        |line: &str| scratch.mwallet(&format!("export w --to k8s {line}")).password(PASSWORD);
    let done = export("--namespace prod --out s.yaml").ok().says("mode 0600");
    drop(done.says("the key in it is in the clear"));
    assert_eq!(scratch.mode("s.yaml"), 0o600);
    let manifest = read(&scratch, "s.yaml");
    assert_eq!(manifest["apiVersion"], "v1");
    assert_eq!(manifest["kind"], "Secret");
    assert_eq!(manifest["type"], "kubernetes.io/tls");
    assert_eq!(manifest["metadata"], json!({ "name": "app", "namespace": "prod" }));
    let names: Vec<&String> = manifest["data"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["ca.crt", "tls.crt", "tls.key"]);
    for key in ["tls.crt", "tls.key", "ca.crt"] {
        scratch.write(key, value(&scratch, &openssl, &manifest, key));
    }
    scratch.run(&openssl, "verify -CAfile ca.crt -untrusted tls.crt tls.crt").ok();
    let same = |left: &str, right: &str| {
        assert_eq!(scratch.run(&openssl, left).ok().out(), scratch.run(&openssl, right).ok().out());
    };
    same("pkey -in tls.key -pubout", "x509 -in tls.crt -noout -pubkey");
    assert!(scratch.text("tls.key").starts_with("-----BEGIN PRIVATE KEY-----\n"));

    let mut entries = kinds(&scratch, "s.yaml");
    entries.retain(|(_, kind)| kind == "private-key");
    assert_eq!(entries, [pair("app", "private-key")]);
    scratch.mwallet("inspect s.yaml").ok().says("kubernetes-secret");
    scratch.mwallet("convert s.yaml back.p12").out_password(OUT).ok();
    scratch.mwallet("check back.p12").password(OUT).ok();
    scratch.mwallet("rename s.yaml app other").fails(1, "format-unsupported");

    // Nobody could decrypt the key.
    export("--out t.yaml").out_password(OUT).fails(2, "usage");
    for name in ["--name Wrong", "--name a_b", "--namespace a.b", "--name -x"] {
        let name = name.replace(' ', "=");
        export(&format!("{name} --out t.yaml")).fails(2, "value-invalid");
    }
    assert!(!scratch.exists("t.yaml"));
    let printed = export("--name on-stdout").ok().out();
    assert!(printed.starts_with("apiVersion: v1\n") && printed.contains("on-stdout"), "{printed}");
}

#[test]
fn whole_store_becomes_an_opaque_secret_and_trust_alone_too() {
    let (Some(openssl), Some(keytool)) = (peers::openssl(), peers::keytools().into_iter().next())
    else {
        return;
    };
    let scratch = Scratch::new();
    wallet(&scratch, &openssl);
    for (store, kind) in [("jks", "JKS"), ("jceks", "JCEKS"), ("p12", "PKCS12")] {
        scratch
            .mwallet(&format!("export w --to k8s --store {store} --out {store}.yaml"))
            .password(PASSWORD)
            .out_password(OUT)
            .ok();
        let manifest = read(&scratch, &format!("{store}.yaml"));
        assert_eq!(manifest["type"], "Opaque");
        let inside = value(&scratch, &openssl, &manifest, &format!("keystore.{store}"));
        scratch.write(store, inside);
        let line = format!("-list -keystore {store} -storetype {kind} -storepass {OUT}");
        scratch.run(&keytool, &line).ok().says("PrivateKeyEntry");
        assert!(kinds(&scratch, &format!("{store}.yaml")).contains(&pair("app", "private-key")));
    }
    scratch.mwallet("list p12.yaml").fails(4, "password-missing");
    scratch.mwallet("list p12.yaml").password("wrong").fails(4, "password-wrong");

    scratch.mwallet("export w --to k8s --trust-only --out trust.yaml").password(PASSWORD).ok();
    let manifest = read(&scratch, "trust.yaml");
    assert_eq!(
        (&manifest["type"], &manifest["metadata"]["name"]),
        (&json!("Opaque"), &json!("truststore"))
    );
    scratch.write("trust.pem", value(&scratch, &openssl, &manifest, "ca.crt"));
    scratch.run(&openssl, "verify -CAfile trust.pem ca/root.pem").ok();
    scratch
        .mwallet("export w --to k8s --trust-only --store jks --out trust2.yaml")
        .password(PASSWORD)
        .out_password(OUT)
        .ok();
    assert!(read(&scratch, "trust2.yaml")["data"]["truststore.jks"].is_string());
}

/// What `kubectl get secret app -o yaml` prints: keys in order, managed fields, annotations.
fn printed(scratch: &Scratch, openssl: &Peer) -> (String, Value) {
    let base64 = |file: &str| {
        let line = format!("base64 -A -in {file}");
        scratch.run(openssl, &line).ok().out().trim().to_owned()
    };
    let (certificate, key, ca) = (base64("app.pem"), base64("app.key"), base64("ca/root.pem"));
    let mut yaml = String::new();
    write!(
        yaml,
        "apiVersion: v1\ndata:\n  ca.crt: {ca}\n  tls.crt: {certificate}\n  tls.key: {key}\nkind: Secret\n\
         metadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      \
         {{\"apiVersion\":\"v1\",\"data\":{{}},\"kind\":\"Secret\"}}\n  creationTimestamp: \
         \"2026-01-31T12:00:00Z\"\n  labels:\n    name: wrong\n  managedFields:\n  - apiVersion: v1\n    \
         fieldsType: FieldsV1\n  name: from-cluster\n  namespace: default\ntype: kubernetes.io/tls\n"
    )
    .unwrap();
    let json = json!({
        "apiVersion": "v1",
        "data": { "ca.crt": ca, "tls.crt": certificate, "tls.key": key },
        "kind": "Secret",
        "metadata": {
            "annotations": { "note": "a \"quoted\"\nline" },
            "name": "from-cluster",
        },
        "type": "kubernetes.io/tls",
    });
    (yaml, json)
}

#[test]
fn what_kubectl_prints_is_a_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let (yaml, json) = printed(&scratch, &openssl);
    let expected = [pair("from-cluster", "private-key"), pair("Root-ca", "trusted-certificate")];
    scratch.write("s.yaml", &yaml);
    scratch.write("crlf.yaml", yaml.replace('\n', "\r\n"));
    scratch.write("s.json", serde_json::to_string_pretty(&json).unwrap());
    let service = "---\napiVersion: v1\nkind: Service\nspec: {ports: [1, 2]}\n";
    scratch.write("several.yaml", format!("# comment\n---\n{yaml}{service}"));
    for file in ["s.yaml", "crlf.yaml", "s.json", "several.yaml"] {
        assert_eq!(kinds(&scratch, file), expected, "{file}");
    }
    let told = scratch.mwallet("list several.yaml").ok();
    assert!(told.err().contains("another kind"), "{}", told.story());

    // stringData holds the PEM as it is.
    let indented = |file: &str| {
        scratch.text(file).lines().fold(String::new(), |text, line| text + "    " + line + "\n")
    };
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{}}\nstringData:\n  tls.key: |\n{}  tls.crt: |-\n{}",
        indented("app.key"),
        indented("app.pem"),
    );
    scratch.write("plain.yaml", text);
    assert_eq!(kinds(&scratch, "plain.yaml"), [pair("app", "private-key")]);
}

#[test]
fn manifest_that_is_not_understood_is_refused_with_its_line() {
    let scratch = Scratch::new();
    let refused = |name: &str, text: &str, code: &str, words: &str| {
        scratch.write(name, text);
        let error = scratch.mwallet(&format!("list {name}")).fails(1, code);
        assert!(error["message"].as_str().unwrap().contains(words), "{name}: {error}");
    };
    let damaged =
        |name: &str, text: &str, words: &str| refused(name, text, "bundle-invalid", words);
    let head = "apiVersion: v1\nkind: Secret\n";
    damaged("a.yaml", &format!("{head}data: &x\n  a: b\n"), "line 3");
    damaged("b.yaml", &format!("{head}data:\n  tls.crt: *x\n"), "line 4");
    damaged("c.yaml", &format!("{head}data:\n  tls.crt: not base64\n"), "base64");
    damaged("d.yaml", &format!("{head}data:\n\ttls.crt: AA==\n"), "line 4");
    damaged("e.json", r#"{"apiVersion":"v1","kind":"Secret","data":{"a":1}}"#, "no Secret in JSON");
    refused(
        "f.yaml",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "format-unsupported",
        "a list of manifests",
    );
    refused(
        "g.json",
        r#"{"apiVersion":"v1","kind":"List","items":[]}"#,
        "format-unsupported",
        "a list of manifests",
    );
    // Nesting and aliases that would grow have no place to do so.
    let bomb = format!("{head}data:\n  a: &a [x]\n  b: &b [*a, *a]\n");
    damaged("h.yaml", &bomb, "line 4");
    let deep = format!(r#"{{"apiVersion":"v1","kind":"Secret","x":{}"#, "[".repeat(100_000));
    damaged("i.json", &deep, "no Secret in JSON");
    let many = "a:\n".repeat(500_000);
    damaged("j.yaml", &format!("{head}{many}data:\n  tls.crt: AA=\n"), "base64");
}

#[test]
fn certificates_and_keys_are_taken_from_a_secret_as_from_pem() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    ca.bundle(&["app.key", "app.pem", &ca.intermediate()], "pair.pem");
    scratch.mwallet("convert pair.pem s.yaml").ok();
    let extra = scratch.text("s.yaml") + "  user: \"bm9ib2R5\"\n";
    scratch.write("s.yaml", extra);
    let root = ca.root();
    scratch.mwallet("match app.key s.yaml").ok().says("user: neither");
    scratch.mwallet("match s.yaml app.pem").ok();
    scratch.mwallet("match other.key s.yaml").run().status(3);
    scratch.mwallet(&format!("verify s.yaml --ca {root}")).ok();
    scratch.mwallet(&format!("verify app.pem --untrusted s.yaml --ca {root}")).ok();
    scratch.mwallet(&format!("chain s.yaml {root}")).ok().says("CN=app");
    let sorted = scratch.mwallet("chain s.yaml").run().out();
    assert_eq!(sorted.matches("CN=app").count(), 1, "{sorted}");
    scratch.mwallet("create w").password(PASSWORD).ok();
    let import = format!("import-user w s.yaml {root} --key s.yaml");
    scratch.mwallet(&import).password(PASSWORD).ok();
    scratch.mwallet("create t.p12").password(PASSWORD).ok();
    let added = scratch.mwallet("add-trusted t.p12 s.yaml").password(PASSWORD).ok();
    added.says("added as Issuing-ca: CN=Issuing-ca");
    // A store in it is no certificate file there either.
    scratch.mwallet("convert pair.pem pair.jks").out_password(PASSWORD).ok();
    let store = "export pair.jks --to k8s --store jks --out j.yaml";
    scratch.mwallet(store).password(PASSWORD).out_password(OUT).ok();
    let error = scratch.mwallet("add-trusted t.p12 j.yaml").password(PASSWORD);
    error.fails(1, "format-unsupported");
}
