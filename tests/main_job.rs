//! The main job, from an empty folder to a checked wallet, with openssl as the CA; replies in every
//! form that CAs send; wallets that others made; and what happens with bad input.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use support::authority::{Authority, CaKeys};
use support::job::{NAME, PASSWORD, certified, pending};
use support::peers;
use support::run;
use support::scratch::Scratch;

fn kinds(list: &Value) -> Vec<&str> {
    list["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect()
}

fn entry<'a>(list: &'a Value, kind: &str) -> &'a Value {
    list["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["kind"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in {list:#}"))
}

fn count(list: &Value, kind: &str) -> usize {
    kinds(list).iter().filter(|found| **found == kind).count()
}

#[test]
fn request_signed_elsewhere_comes_back_with_its_chain() {
    let Some(openssl) = peers::openssl() else { return };
    for (keys, key) in [
        (CaKeys::Rsa, "rsa:3072"),
        (CaKeys::Ec, "ec:p256"),
        (CaKeys::Ec, "ec:p521"),
        (CaKeys::Rsa, "ed25519"),
    ] {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", keys);
        pending(&scratch, "w", key);

        // The request says what was typed, in openssl's words.
        scratch
            .run(&openssl, "req -in w.csr -noout -verify -subject -nameopt RFC2253")
            .ok()
            .says(&format!("subject={NAME}"));
        scratch
            .run(&openssl, "req -in w.csr -noout -text")
            .ok()
            .says("DNS:localhost, IP Address:127.0.0.1")
            .says("TLS Web Server Authentication")
            .says("TLS Web Client Authentication");
        let list = scratch.mwallet("list w").password(PASSWORD).json();
        assert_eq!(kinds(&list), ["request"], "{list:#}");

        ca.sign("w.csr", "w.pem");
        scratch
            .mwallet("import-user w w.pem ca/intermediate.pem ca/root.pem --trust-root")
            .password(PASSWORD)
            .ok();
        let list = scratch.mwallet("list w").password(PASSWORD).json();
        assert_eq!(count(&list, "request"), 0, "{list:#}");
        assert_eq!(count(&list, "private-key"), 1, "{list:#}");
        assert!(count(&list, "trusted-certificate") >= 1, "{list:#}");
        let user = entry(&list, "private-key");
        assert_eq!(user["alias"], "app");
        assert_eq!(user["subject"], NAME);

        let (report, status) = scratch.mwallet("check w").password(PASSWORD).report();
        assert_eq!((report["verdict"].as_str(), status), (Some("ok"), Some(0)), "{report:#}");
        let roles: Vec<_> =
            report["chain"].as_array().unwrap().iter().map(|c| c["role"].as_str()).collect();
        assert_eq!(roles, [Some("leaf"), Some("intermediate"), Some("anchor")], "{report:#}");
    }
}

#[test]
fn reply_without_its_issuer_is_refused_and_names_it() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "w.pem");
    let before = scratch.picture("w");
    let error =
        scratch.mwallet("import-user w w.pem").password(PASSWORD).fails(6, "chain-issuer-missing");
    assert!(error.to_string().contains("Issuing-ca"), "{error:#}");
    scratch.assert_unchanged("w", &before);

    scratch.mwallet("import-user w w.pem --allow-incomplete").password(PASSWORD).ok();
    let (report, status) = scratch.mwallet("check w").password(PASSWORD).report();
    assert_eq!(status, Some(3), "{report:#}");
    assert_eq!(report["headline"]["code"], "chain-issuer-missing", "{report:#}");

    // The missing certificates arrive later, and the chain is whole.
    scratch.mwallet("add-trusted w ca/root.pem ca/intermediate.pem").password(PASSWORD).ok();
    scratch.mwallet("check w").password(PASSWORD).ok();
}

#[test]
fn root_of_the_reply_is_trusted_though_the_intermediate_was_before() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "w.pem");
    let import = |flags: &str| {
        let line =
            format!("import-user w w.pem ca/intermediate.pem ca/root.pem {flags} --no-input");
        scratch.mwallet(&line).password(PASSWORD).ok()
    };
    let list = || scratch.mwallet("list w").password(PASSWORD).json();
    for flags in ["", ""] {
        let done = import(flags);
        assert!(done.err().contains("(anchor-not-trusted)"), "{}", done.story());
        assert_eq!(count(&list(), "trusted-certificate"), 1);
    }
    let done = import("--trust-root");
    assert!(!done.out().contains("left out") && done.err().is_empty(), "{}", done.story());
    assert!(done.out().contains("added CN=Root-ca"), "{}", done.story());
    assert_eq!(count(&list(), "trusted-certificate"), 2);
    scratch.mwallet("check w --for oracle-utl-http").password(PASSWORD).ok();
    let done = import("--trust-root");
    assert!(!done.out().contains("added") && done.err().is_empty(), "{}", done.story());
}

#[test]
fn reply_for_another_key_is_not_taken() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.issue("stranger");
    let before = scratch.picture("w");
    scratch
        .mwallet("import-user w stranger.pem ca/intermediate.pem ca/root.pem --trust-root")
        .password(PASSWORD)
        .fails(5, "import-no-matching-key");
    scratch.assert_unchanged("w", &before);
}

#[test]
fn key_made_by_openssl_is_imported_with_its_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    ca.issue("server");
    ca.bundle(&["ca/root.pem", "server.pem", "ca/intermediate.pem"], "reply.pem");
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch
        .mwallet("import-user w reply.pem --key server.key --alias server --trust-root")
        .password(PASSWORD)
        .ok();
    scratch.mwallet("check w").password(PASSWORD).ok();
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(entry(&list, "private-key")["alias"], "server", "{list:#}");
}

#[test]
fn bound_of_the_user_goes_for_keys_outside_of_wallets_too() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    scratch
        .run(&openssl, "pkcs8 -topk8 -in app.key -iter 1000001 -out slow.key -passout pass:x")
        .ok();
    scratch.write("pw", "x");
    ca.bundle(&["ca/root.pem", "app.pem", "ca/intermediate.pem"], "bundle.pem");
    scratch.mwallet("create w").password(PASSWORD).ok();
    for command in [
        "import-user w bundle.pem --key slow.key --trust-root --key-password-file pw",
        "match slow.key app.pem --key-password-file pw",
    ] {
        scratch.mwallet(command).password(PASSWORD).fails(1, "limit-exceeded");
        let command = format!("{command} --max-iterations 1000001");
        scratch.mwallet(&command).password(PASSWORD).ok();
    }
    let inspect = "inspect slow.key --key-password-file pw";
    scratch.mwallet(inspect).ok().says("locked");
    let opened = scratch.mwallet(&format!("{inspect} --max-iterations 1000001")).ok();
    assert!(!opened.all().contains("locked"), "{}", opened.all());
}

/// The forms that a reply comes in, made from `w.pem` and the CA's certificates.
fn replies(scratch: &Scratch, openssl: &peers::Peer, ca: &Authority<'_>) -> Vec<String> {
    let leaf = scratch.text("w.pem");
    ca.bundle(&["w.pem", "ca/intermediate.pem", "ca/root.pem"], "in-order.pem");
    ca.bundle(&["ca/root.pem", "ca/intermediate.pem", "w.pem"], "backwards.pem");
    let bundle = scratch.text("in-order.pem");
    let twice = format!("{bundle}{bundle}");
    scratch.write("twice.pem", twice);
    scratch.write("bom.pem", format!("\u{feff}{bundle}"));
    scratch.write("crlf.pem", bundle.replace('\n', "\r\n"));
    scratch.write("mail.txt", format!("Dear customer,\n\nfind below\n{bundle}\nKind regards\n"));
    scratch.write("no-last-line-end.pem", bundle.trim_end());
    scratch.write("indented-tail.pem", bundle.replace("-----\n", "-----  \n"));
    let utf16: Vec<u8> =
        format!("\u{feff}{bundle}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    scratch.write("utf16.pem", utf16);
    for line in [
        "x509 -in w.pem -outform DER -out w.der",
        "x509 -in w.pem -text -out text.pem",
        "x509 -in w.pem -trustout -addtrust serverAuth -setalias x -out trusted.pem",
        "crl2pkcs7 -nocrl -certfile in-order.pem -out reply.p7b",
        "crl2pkcs7 -nocrl -certfile backwards.pem -outform DER -out reply.p7c",
        "pkcs12 -export -nokeys -in in-order.pem -out bags.p12 -passout pass:x",
        "pkcs12 -in bags.p12 -nokeys -passin pass:x -out bags.pem",
    ] {
        scratch.run(openssl, line).ok();
    }
    assert!(scratch.text("bags.pem").contains("Bag Attributes"));
    scratch.write("bare.b64", leaf.lines().filter(|l| !l.starts_with('-')).collect::<String>());
    // `trusted.pem` (OpenSSL's TRUSTED CERTIFICATE) and bare base64 are sent by people, not by CAs.
    [
        "w.pem",
        "w.der",
        "text.pem",
        "in-order.pem",
        "backwards.pem",
        "twice.pem",
        "bom.pem",
        "crlf.pem",
        "mail.txt",
        "no-last-line-end.pem",
        "indented-tail.pem",
        "utf16.pem",
        "reply.p7b",
        "reply.p7c",
        "bags.pem",
        "trusted.pem",
        "bare.b64",
    ]
    .map(str::to_owned)
    .to_vec()
}

#[test]
fn reply_is_taken_in_every_form_that_cas_send() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    pending(&scratch, "w", "rsa:2048");
    ca.sign("w.csr", "w.pem");
    scratch.mwallet("add-trusted w ca/root.pem ca/intermediate.pem").password(PASSWORD).ok();
    let fingerprint =
        scratch.run(&openssl, "x509 -in w.pem -noout -fingerprint -sha256").ok().out();
    let fingerprint = fingerprint.split('=').nth(1).unwrap().trim().replace(':', "").to_lowercase();

    for reply in replies(&scratch, &openssl, &ca) {
        let folder = format!("with-{reply}");
        scratch.write(&format!("{folder}/ewallet.p12"), scratch.read("w/ewallet.p12"));
        scratch.mwallet(&format!("import-user {folder} {reply}")).password(PASSWORD).ok();
        let list = scratch.mwallet(&format!("list {folder}")).password(PASSWORD).json();
        let user = entry(&list, "private-key");
        assert_eq!(user["sha256"].as_str(), Some(fingerprint.as_str()), "{reply}: {list:#}");
        assert_eq!(count(&list, "trusted-certificate"), 2, "{reply}: {list:#}");
        scratch.mwallet(&format!("check {folder}")).password(PASSWORD).ok();
    }
}

#[test]
fn request_of_keytool_is_answered_in_its_own_store_and_nothing_else_moves() {
    let Some(openssl) = peers::openssl() else { return };
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
        let store = "-keystore store.p12 -storetype PKCS12 -storepass changeit";
        for line in [
            "-genkeypair -alias app -keyalg RSA -keysize 2048 -dname CN=app,OU=b,OU=a,O=Acme",
            "-genkeypair -alias other -keyalg EC -groupname secp256r1 -dname CN=other",
            "-genseckey -alias hidden -keyalg AES -keysize 128",
            "-importcert -noprompt -alias somebody -file ca/root.pem",
            "-certreq -alias app -file app.csr",
        ] {
            scratch.run(&keytool, &format!("{line} {store}")).ok();
        }
        ca.sign("app.csr", "app.pem");
        scratch
            .mwallet("import-user store.p12 app.pem ca/intermediate.pem ca/root.pem --replace")
            .password("changeit")
            .ok();
        let listed = scratch.run(&keytool, &format!("-list -v {store}")).ok();
        let text = listed.out();
        assert!(text.contains("Your keystore contains 4 entries"), "{}", listed.story());
        for alias in ["app", "other", "hidden", "somebody"] {
            assert!(text.contains(&format!("Alias name: {alias}")), "{}", listed.story());
        }
        assert!(text.contains("Certificate chain length: 3"), "{}", listed.story());
        assert!(text.contains("Entry type: SecretKeyEntry"), "{}", listed.story());
        // Keys and secrets still open: keytool copies every entry into a store of its own.
        scratch
            .run(
                &keytool,
                "-importkeystore -noprompt -srckeystore store.p12 -srcstorepass changeit \
                 -destkeystore copy.p12 -deststoretype PKCS12 -deststorepass changeit",
            )
            .ok()
            .says("4 entries successfully imported");
    }
}

#[test]
fn externally_issued_p12_with_an_empty_password_becomes_a_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
    ca.issue("cert");
    scratch
        .run(&openssl, "pkcs12 -export -in cert.pem -inkey cert.key -out cert.p12 -passout pass:")
        .ok();
    scratch.folder("w");
    fs::rename(scratch.at("cert.p12"), scratch.at("w/ewallet.p12")).unwrap();

    scratch.mwallet("add-trusted w ca/root.pem ca/intermediate.pem").password("").ok();
    scratch.mwallet("passwd w").password("").new_password("New-Secret-9").ok();

    let list = scratch.mwallet("list w").password("New-Secret-9").json();
    assert_eq!(count(&list, "private-key"), 1, "{list:#}");
    assert_eq!(count(&list, "trusted-certificate"), 2, "{list:#}");
    scratch.mwallet("check w").password("New-Secret-9").ok();
    for wrong in ["", "new-secret-9", "New-Secret-9 ", "changeit"] {
        scratch.mwallet("list w").password(wrong).fails(4, "password-wrong");
    }
    scratch.mwallet("list w").fails(4, "password-missing");

    let dump = "pkcs12 -in w/ewallet.p12 -nodes -passin pass:";
    let opened = scratch.run(&openssl, &format!("{dump}New-Secret-9")).ok().out();
    assert_eq!(opened.matches("BEGIN CERTIFICATE").count(), 3, "{opened}");
    assert_eq!(opened.matches("PRIVATE KEY-----").count(), 2, "one key, begin and end: {opened}");
    scratch.run(&openssl, dump).failed();
    scratch.run(&openssl, &format!("{dump}new-secret-9")).failed();
}

#[test]
fn every_password_source_opens_the_wallet() {
    let scratch = Scratch::new();
    let secret = "pass word\u{e9} 1 ";
    scratch.mwallet("create w").password(secret).ok();
    scratch.write("pw", format!("{secret}\n"));
    scratch.write("pw-crlf", format!("{secret}\r\n"));
    scratch.write("pw-bare", secret);
    scratch.write("pw-two-ends", format!("{secret}\n\n"));
    for file in ["pw", "pw-crlf", "pw-bare"] {
        scratch.mwallet(&format!("list w --password-file {file}")).ok();
    }
    scratch.mwallet("list w --password-file pw-two-ends").fails(4, "password-wrong");
    scratch.mwallet("list w --password-stdin").stdin(format!("{secret}\n").as_bytes()).ok();
    scratch
        .mwallet("list w --password-stdin")
        .stdin(secret.trim_end().as_bytes())
        .fails(4, "password-wrong");
    scratch.mwallet("list w --password-env MWALLET_SURELY_UNSET").fails(2, "password-source");
    scratch.mwallet("list w --password-file nowhere").fails(2, "password-source");
    // A descriptor that the shell opened.
    let mut shell = Command::new("bash");
    shell
        .current_dir(scratch.path())
        .arg("-c")
        .arg(format!("{} list w --password-fd 7 7<pw", run::mwallet_path().display()));
    run::run(&mut shell, b"").ok();
}

#[test]
fn without_a_terminal_the_message_names_the_flags() {
    let scratch = Scratch::new();
    for line in ["create w", "create w.p12"] {
        let error = scratch.mwallet(line).fails(4, "password-missing");
        assert!(error["message"].as_str().unwrap().contains("--password-stdin"), "{error}");
        assert!(!scratch.exists("w") && !scratch.exists("w.p12"), "nothing is left behind");
    }
}

#[test]
fn bad_input_has_a_code_a_path_and_changes_nothing() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let good = scratch.read("w/ewallet.p12");

    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    scratch.write("flipped/ewallet.p12", &flipped);
    scratch.write("cut/ewallet.p12", &good[..good.len() - 100]);
    scratch.write("cut-early/ewallet.p12", &good[..50]);
    scratch.write("text/ewallet.p12", "this is no wallet\n");
    scratch.write("empty/ewallet.p12", "");
    scratch.folder("nested/ewallet.p12");
    scratch.folder("nothing");
    ca.issue("s");
    for (name, options) in [
        ("camellia", "-keypbe camellia-256-cbc -certpbe camellia-256-cbc"),
        ("bomb", "-iter 1000001"),
    ] {
        scratch.folder(name);
        scratch
            .run(
                &openssl,
                &format!(
                    "pkcs12 -export -in s.pem -inkey s.key -out {name}/ewallet.p12 {options} \
                     -passout pass:{PASSWORD}"
                ),
            )
            .ok();
    }

    let before = scratch.picture(".");
    for (wallet, status, code) in [
        ("flipped", 1, "pkcs12-mac-mismatch"),
        ("cut", 1, "pkcs12-truncated"),
        ("cut-early", 1, "pkcs12-truncated"),
        ("text", 1, "format-unknown"),
        ("empty", 1, "format-unknown"),
        ("nested", 1, "not-a-file"),
        ("nothing", 5, "wallet-not-found"),
        ("nowhere", 5, "file-not-found"),
        ("camellia", 1, "algorithm-unsupported"),
        ("bomb", 1, "limit-exceeded"),
    ] {
        for verb in ["list", "show", "check", "add-trusted"] {
            let files = if verb == "add-trusted" { "ca/root.pem" } else { "" };
            let error = scratch
                .mwallet(&format!("{verb} {wallet} {files}"))
                .password(PASSWORD)
                .fails(status, code);
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(wallet), "{verb} {wallet} does not name its path: {message}");
        }
    }
    scratch.mwallet("add-trusted w ca/root.pem").password("wrong").fails(4, "password-wrong");
    scratch.mwallet("import-user w nothing").password(PASSWORD).fails(1, "not-a-file");
    scratch.mwallet("import-user w nowhere.pem").password(PASSWORD).fails(5, "file-not-found");
    scratch.mwallet("add-trusted w s.key").password(PASSWORD).fails(1, "bundle-empty");
    scratch.mwallet("show w nobody").password(PASSWORD).fails(5, "entry-not-found");
    scratch.mwallet("remove w nobody").password(PASSWORD).fails(5, "entry-not-found");
    scratch.mwallet("create w").password(PASSWORD).fails(6, "would-overwrite");
    scratch.mwallet("create weak").password("short").fails(6, "password-weak");
    scratch.mwallet("frobnicate w").run().status(2);
    scratch.mwallet("csr w --dn nonsense").password(PASSWORD).fails(2, "name-invalid");
    scratch.mwallet("csr w --dn CN=x --key rsa:777").password(PASSWORD).run().status(2);
    scratch.assert_unchanged(".", &before);

    // What is only large opens when its owner says so.
    scratch.mwallet("list bomb --max-iterations 1000001").password(PASSWORD).ok();
}

#[test]
fn leaf_is_not_trusted_in_a_wallet_directory_unless_asked() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    scratch.mwallet("create w").password(PASSWORD).ok();
    let error =
        scratch.mwallet("add-trusted w s.pem").password(PASSWORD).fails(6, "leaf-as-trusted");
    assert!(error["hint"].is_null(), "{error}");
    assert!(error["message"].as_str().unwrap().contains("--allow-leaf"), "{error}");
    // A bundle gives its CAs, and the hint leads to what UTL_HTTP takes, as often as it is followed.
    ca.bundle(&["s.pem", &ca.intermediate(), &ca.root()], "bundle.pem");
    let add = || scratch.mwallet("add-trusted w bundle.pem").password(PASSWORD);
    let error = add().fails(6, "leaf-as-trusted");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.ends_with(" --skip-leaf"), "{hint}");
    for expected in [["left-out", "present", "present"]; 2] {
        let report = add().args("--skip-leaf").json();
        let results: Vec<&str> = report["certificates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["result"].as_str().unwrap())
            .collect();
        assert_eq!(results, expected);
    }
    add().args("--skip-leaf --trust-flags SERVER_AUTH --dry-run").ok();
    // That nothing is left of a file is told; what is there already is what was wanted.
    let alone = scratch.mwallet("add-trusted w s.pem --skip-leaf").password(PASSWORD).ok();
    alone.says("warning: nothing was added: none of the certificates is a CA's (bundle-empty)");
    assert_eq!(add().args("--skip-leaf").ok().err(), "");
    scratch.mwallet("check w --for oracle-utl-http").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w s.pem --allow-leaf").password(PASSWORD).ok();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let taken = scratch.mwallet("add-trusted w.p12 s.pem").password(PASSWORD).ok();
    assert!(taken.err().contains("leaf-as-trusted"), "{}", taken.story());
}

/// Oracle's wallets trust the self-signed certificate of a key, and `UTL_HTTP` fails on it.
#[test]
fn stand_in_goes_from_the_trusted_certificates_as_well() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w").password(PASSWORD).ok();
    let csr = |more: &str| {
        let line = format!("csr w --dn CN=self --alias self {more}");
        scratch.mwallet(&line).password(PASSWORD).ok()
    };
    csr("--key ec:p256 --self-signed --out self-signed.pem");
    scratch.mwallet("check w --for oracle-utl-http").password(PASSWORD).run().status(3);
    csr("--reuse-key --out self.csr");
    ca.sign("self.csr", "self.pem");
    let line = format!("import-user w self.pem {} {} --trust-root", ca.intermediate(), ca.root());
    let planned = scratch.mwallet(&line).args("--dry-run").password(PASSWORD).json();
    assert_eq!(planned["stand_in_untrusted"], true, "{planned}");
    scratch.mwallet(&line).password(PASSWORD).ok().says("also as a trusted one");
    let gone = scratch.mwallet("list w").password(PASSWORD).json();
    assert!(!gone.to_string().contains(planned["replaced_sha256"].as_str().unwrap()), "{gone}");
    scratch.mwallet("check w --for oracle-utl-http").password(PASSWORD).ok();
}

#[test]
fn wallet_without_permission_is_said_to_be_so() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.set_mode(".", 0o755);
    let mut command = scratch.mwallet("list w --json").password(PASSWORD).command();
    let root = is_root();
    if root {
        // Root may read everything, so the program runs as somebody else.
        command.uid(65534).gid(65534);
    } else {
        scratch.set_mode("w/ewallet.p12", 0o000);
    }
    let program_is_reachable = somebody_can_start_it(root);
    if !program_is_reachable {
        support::loudly("SKIPPED: the program lies where nobody else may run it");
        return;
    }
    let done = run::run(&mut command, b"").status(1);
    assert!(done.err().contains("permission-denied"), "{}", done.story());
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0)
}

fn somebody_can_start_it(root: bool) -> bool {
    let mut command = Command::new(run::mwallet_path());
    command.arg("--version").current_dir("/");
    if root {
        command.uid(65534).gid(65534);
    }
    command.output().is_ok_and(|done| done.status.success())
}

#[test]
fn files_with_keys_are_private_and_modes_are_kept() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    assert_eq!(scratch.mode("w/ewallet.p12"), 0o600);
    assert_eq!(scratch.mode("w"), 0o700);
    scratch.set_mode("w/ewallet.p12", 0o640);
    scratch.mwallet("csr w --dn CN=x --key ec:p256 --out x.csr").password(PASSWORD).ok();
    assert_eq!(scratch.mode("w/ewallet.p12"), 0o640);
    scratch.mwallet("create s.p12").password(PASSWORD).ok();
    assert_eq!(scratch.mode("s.p12"), 0o600);
    scratch.mwallet("csr s.p12 --dn CN=x --key ec:p256 --out x2.csr").password(PASSWORD).ok();
    assert!(!scratch.exists("s.p12.lck"), "no lock is left beside a plain store");
}

#[test]
fn wallet_with_auto_login_is_read_and_changed_with_its_password() {
    let Some(shared) = support::corpus::shared("oracle-wallets/v23.9/al") else { return };
    let scratch = Scratch::new();
    for file in ["ewallet.p12", "cwallet.sso"] {
        let bytes = fs::read(shared.join(file)).unwrap();
        scratch.write(&format!("w/{file}"), bytes);
    }
    scratch.mwallet("list w").password("Welcome1").ok();
    scratch.mwallet("csr w --dn CN=x --key ec:p256 --out x.csr").fails(4, "password-missing");
    scratch.mwallet("csr w --dn CN=x --key ec:p256 --out x.csr").password("Welcome1").ok();
    let list = scratch.mwallet("list w").json();
    assert_eq!(list["entries"][0]["subject"], "CN=x", "{list:#}");
}

#[test]
fn dry_run_says_and_changes_nothing() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "w.pem");
    let before = scratch.picture(".");
    for line in [
        "create other --dry-run",
        "csr w --dn CN=x --key ec:p256 --out x.csr --dry-run",
        "import-user w w.pem ca/intermediate.pem ca/root.pem --trust-root --dry-run",
        "add-trusted w ca/root.pem --dry-run",
        "rename w app other --dry-run",
        "remove w app --yes --dry-run",
        "export w --to p12 --out x.p12 --out-no-password --force --dry-run",
    ] {
        scratch.mwallet(line).password(PASSWORD).ok();
    }
    scratch.mwallet("passwd w --dry-run").password(PASSWORD).new_password("Another-1").ok();
    scratch.assert_unchanged(".", &before);
}

#[test]
fn demo_runs_the_whole_job_quickly_and_leaves_its_folder() {
    let scratch = Scratch::new();
    let mut command = scratch.mwallet("demo").command();
    command.env("TMPDIR", scratch.path());
    let done = run::run(&mut command, b"").ok();
    for verb in ["create", "csr", "import-user", "add-trusted", "list", "check", "export"] {
        assert!(done.all().contains(&format!("mwallet {verb}")), "no {verb}:\n{}", done.story());
    }
    // The promise of two seconds is for the release build; keys are made here at full speed too.
    assert!(done.took.as_secs() < 10, "it took {:?}", done.took);
}
