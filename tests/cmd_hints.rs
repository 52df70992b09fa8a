//! What errors and reports say to somebody who knows only --help: facts, and commands that work.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use support::authority::{Authority, CaKeys, p12};
use support::corpus;
use support::job::{PASSWORD, certified, pending};
use support::peers;
use support::run::run;
use support::scratch::Scratch;

fn text<'a>(error: &'a serde_json::Value, field: &str) -> &'a str {
    error[field].as_str().unwrap_or_default()
}

#[test]
fn create_on_a_wallet_points_to_what_is_there() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let error = scratch.mwallet("create w").password(PASSWORD).fails(6, "would-overwrite");
    assert_eq!(error["hint"], "mwallet list w");
    assert!(text(&error, "message").contains("a wallet is there already"), "{error}");
    assert!(text(&error, "message").contains("--force"), "{error}");
}

#[test]
fn create_never_replaces_what_is_no_wallet() {
    let scratch = Scratch::new();
    for (name, content) in [("a.p12", "-----BEGIN CERTIFICATE-----\n"), ("b.p12", "my notes\n")] {
        scratch.write(name, content);
        for force in ["", "--force"] {
            let error = scratch
                .mwallet(&format!("create {name} {force}"))
                .password(PASSWORD)
                .fails(6, "would-overwrite");
            assert!(text(&error, "message").contains("remove it yourself"), "{error}");
            assert!(!text(&error, "message").contains("allows"), "{error}");
            assert!(!text(&error, "hint").contains("--force"), "{error}");
        }
        assert_eq!(scratch.text(name), content);
    }
}

#[test]
fn create_says_what_it_replaced_and_gives_it_to_its_owner_alone() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.set_mode("w.p12", 0o640);
    scratch
        .mwallet("create w.p12 --force --dry-run")
        .password(PASSWORD)
        .ok()
        .says("(mode 0600")
        .says("would replace the pkcs12");
    scratch
        .mwallet("create w.p12 --force")
        .password(PASSWORD)
        .ok()
        .says("(mode 0600")
        .says("replaced the pkcs12");
    assert_eq!(scratch.mode("w.p12"), 0o600);
}

#[test]
fn file_in_schemes_that_are_only_read_comes_with_the_command_that_converts_it() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    let line = "pkcs12 -export -provider legacy -provider default -in s.pem -inkey s.key -name s";
    let line = format!("{line} -macalg sha1 -passout pass:{PASSWORD}");
    scratch.run(&openssl, &format!("{line} -keypbe PBE-MD5-DES -out keys.p12")).ok();
    scratch.run(&openssl, &format!("{line} -certpbe PBE-SHA1-DES -out certificates.p12")).ok();
    let passwd = scratch.mwallet("passwd keys.p12").password(PASSWORD).new_password("Other-pass-1");
    let add = format!("add-trusted certificates.p12 {}", ca.root());
    let add = scratch.mwallet(&add).password(PASSWORD);
    for (change, file) in [(passwd, "keys.p12"), (add, "certificates.p12")] {
        let error = change.fails(1, "algorithm-unsupported");
        let line = format!("convert {file} NEW.p12 --profile modern");
        let hint = format!("mwallet {line} --password-env MWALLET_TEST_PASSWORD");
        assert_eq!(error["hint"], hint, "{error}");
        scratch.mwallet(&line).password(PASSWORD).out_password("Other-pass-1").ok();
        scratch.mwallet("passwd NEW.p12").password("Other-pass-1").new_password(PASSWORD).ok();
        fs::remove_file(scratch.at("NEW.p12")).unwrap();
    }
}

#[test]
fn loose_permissions_come_with_the_command_that_mends_them() {
    let scratch = Scratch::new();
    pending(&scratch, "w", "ec:p256");
    scratch.set_mode("w/ewallet.p12", 0o644);
    let done = scratch.mwallet("list w").password(PASSWORD).ok();
    assert!(done.err().contains("hint: chmod 600 w/ewallet.p12\n"), "{}", done.story());
    // A check has it in its report, and nowhere else.
    let done = scratch.mwallet("check w").password(PASSWORD).ok();
    assert_eq!(done.err(), "", "{}", done.story());
    assert_eq!(done.out().matches("permissions-loose").count(), 1, "{}", done.story());
    let (report, _) = scratch.mwallet("check w").password(PASSWORD).report();
    let findings = report["findings"].as_array().unwrap();
    let loose = findings.iter().find(|finding| finding["code"] == "permissions-loose").unwrap();
    assert_eq!(loose["repair"], "chmod 600 w/ewallet.p12");
}

#[test]
fn months_and_minutes_are_no_units_of_a_certificates_life() {
    let scratch = Scratch::new();
    scratch.mwallet("create w --auto-login=only").ok();
    for verb in ["list", "expiry"] {
        for wrong in ["2m", "60s"] {
            let error = scratch.mwallet(&format!("{verb} w --within {wrong}"));
            let error = error.fails(2, "value-invalid");
            assert!(text(&error, "message").contains("months"), "{error}");
        }
        scratch.mwallet(&format!("{verb} w --within 90")).ok();
    }
    scratch.mwallet("expiry w --within 90").ok().says("none due within 90d");
}

#[test]
fn trusted_intermediate_without_its_issuer_is_a_warning() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "w.pem");
    let intermediate = ca.intermediate();
    scratch.mwallet(&format!("add-trusted w {intermediate}")).password(PASSWORD).ok();
    scratch.mwallet("import-user w w.pem").password(PASSWORD).ok();
    let (report, status) = scratch.mwallet("check w --at 2026-12-01").password(PASSWORD).report();
    assert_eq!(status, Some(0), "{report:#}");
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|one| one["code"] == "chain-issuer-missing").unwrap();
    assert_eq!(finding["severity"], "warning");
    // With the root nothing is missing, wherever it stands.
    scratch.mwallet(&format!("add-trusted w {}", ca.root())).password(PASSWORD).ok();
    let (report, _) = scratch.mwallet("check w").password(PASSWORD).report();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0, "{report:#}");
}

#[test]
fn import_without_the_issuer_asks_for_its_file() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    pending(&scratch, "w", "ec:p256");
    ca.sign("w.csr", "w.pem");
    let error =
        scratch.mwallet("import-user w w.pem").password(PASSWORD).fails(6, "chain-issuer-missing");
    assert!(text(&error, "hint").ends_with(" ISSUER.pem"), "{error}");
    assert!(text(&error, "message").contains("--allow-incomplete"), "{error}");
    // Who brings nothing but CAs has the wrong verb.
    let error = scratch
        .mwallet(&format!("import-user w {}", ca.root()))
        .password(PASSWORD)
        .fails(5, "import-no-matching-key");
    let expected = format!("mwallet add-trusted w {} --password-env", ca.root());
    assert!(text(&error, "hint").starts_with(&expected), "{error}");
}

#[test]
fn verbs_for_certificates_name_each_other_with_the_alias() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let root = ca.root();
    scratch.mwallet("create w.jks").password(PASSWORD).ok();
    let csr = "csr w.jks --dn CN=app --key ec:p256 --alias app --out app.csr";
    scratch.mwallet(csr).password(PASSWORD).ok();
    ca.sign("app.csr", "app.pem");
    let call = |line: &str| scratch.mwallet(line).password(PASSWORD);
    let hint = |error: &serde_json::Value| {
        let hint = text(error, "hint").strip_prefix("mwallet ").unwrap();
        hint.replace(" --password-env MWALLET_TEST_PASSWORD", "")
    };
    // As keytool is told it: the name of the key is that of the reply.
    let error = call("add-trusted w.jks app.pem --alias app").fails(6, "alias-taken");
    assert_eq!(hint(&error), "import-user w.jks app.pem --alias app");
    let error = call(&format!("add-trusted w.jks {root} --alias app")).fails(6, "alias-taken");
    assert_eq!(hint(&error), "list w.jks");
    let import = |alias: &str| call(&format!("import-user w.jks {root} --alias {alias}"));
    let error = import("app").fails(5, "import-no-matching-key");
    assert_eq!(hint(&error), format!("add-trusted w.jks {root}"));
    let error = import("root").fails(5, "import-no-matching-key");
    assert_eq!(hint(&error), format!("add-trusted w.jks {root} --alias root"));
    call(&hint(&error)).ok().says("added as root");
}

#[test]
fn hints_keep_the_password_flags() {
    let scratch = Scratch::new();
    pending(&scratch, "w", "ec:p256");
    let error = scratch.mwallet("show w nobody").password(PASSWORD).fails(5, "entry-not-found");
    assert_eq!(error["hint"], "mwallet list w --password-env MWALLET_TEST_PASSWORD");
    assert!(text(&error, "message").ends_with("there is app"), "{error}");
    let (report, _) = scratch.mwallet("check w").password(PASSWORD).report();
    let repair = report["findings"][0]["repair"].as_str().unwrap();
    assert!(repair.ends_with("--password-env MWALLET_TEST_PASSWORD"), "{repair}");
}

#[test]
fn folder_without_a_wallet_names_the_store_in_it() {
    let scratch = Scratch::new();
    scratch.folder("d");
    let error = scratch.mwallet("list d").fails(5, "wallet-not-found");
    assert_eq!(error["hint"], "mwallet create d");
    scratch.write("d/a.p12", "no store");
    scratch.mwallet("create d/cert.p12").password(PASSWORD).ok();
    let error = scratch.mwallet("list d").fails(5, "wallet-not-found");
    assert_eq!(error["hint"], "mwallet list d/cert.p12");
    scratch.mwallet("create d/another.jks").password(PASSWORD).ok();
    let error = scratch.mwallet("list d").fails(5, "wallet-not-found");
    assert_eq!(error["hint"], "ls d");
}

#[test]
fn warnings_name_their_file() {
    let scratch = Scratch::new();
    for file in ["a.jks", "b.jks"] {
        scratch.mwallet(&format!("create {file}")).password(PASSWORD).ok();
    }
    let done = scratch.mwallet("diff a.jks b.jks").ok();
    for file in ["a.jks", "b.jks"] {
        let line = format!("warning: {file}: no password was given: ");
        assert_eq!(done.err().matches(&line).count(), 1, "{}", done.story());
    }
}

#[test]
fn file_that_cannot_be_read_is_said_to_be_empty_or_leads_to_its_own_tool() {
    let scratch = Scratch::new();
    for content in ["", "\n \n"] {
        scratch.write("empty.pem", content);
        for line in
            ["list empty.pem", "convert empty.pem x.jks", "inspect empty.pem", "chain empty.pem"]
        {
            let error = scratch.mwallet(line).fails(1, "format-unknown");
            assert_eq!(error["message"], "empty.pem: the file is empty", "{line}");
            assert!(error["hint"].is_null(), "{line}: {error}");
        }
    }
    let mut bks = b"\0\0\0\x02\0\0\0\x14".to_vec();
    bks.extend([7; 20]);
    bks.extend(b"\0\0\x05\xC0\x04\0\x04test\0\0\x01\x7D");
    scratch.write("a.bks", bks);
    for verb in ["list", "inspect"] {
        let error = scratch.mwallet(&format!("{verb} a.bks")).fails(1, "format-unsupported");
        let hint = text(&error, "hint");
        assert!(hint.starts_with("keytool -importkeystore -srckeystore a.bks"), "{hint}");
    }
}

#[test]
fn repair_of_a_pem_file_can_be_made() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.bundle(&["app.pem", "app.key"], "site.pem");
    scratch.set_mode("site.pem", 0o600);
    let (report, status) = scratch.mwallet("check site.pem --for nginx").report();
    assert_eq!(status, Some(3), "{report}");
    assert_eq!(report["findings"][0]["repair"], "cat ISSUER.pem >> site.pem");
    // cat takes no passwords.
    let (report, _) = scratch.mwallet("check site.pem --for nginx").password("x").report();
    assert_eq!(report["findings"][0]["repair"], "cat ISSUER.pem >> site.pem");
    ca.bundle(&["site.pem", &ca.intermediate()], "whole.pem");
    scratch.set_mode("whole.pem", 0o600);
    scratch.mwallet("check whole.pem --for nginx").ok();
}

#[test]
fn file_named_like_a_flag_is_no_flag_in_a_repair() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let chain = format!("-certfile {}", ca.intermediate());
    p12(&scratch, &openssl, "app", "app", &chain, "w.p12");
    fs::rename(scratch.at("w.p12"), scratch.at("-w.p12")).unwrap();
    scratch.set_mode("-w.p12", 0o644);
    let done = scratch.mwallet("check").password(PASSWORD).args("-- -w.p12").run();
    assert!(done.out().contains("repair: mwallet add-trusted ./-w.p12 FILE"), "{}", done.story());
    // What mends the mode is another program.
    assert!(done.out().contains("repair: chmod 600 ./-w.p12"), "{}", done.story());
}

#[test]
fn hint_on_the_wallet_of_a_ca_opens_it() {
    let scratch = Scratch::new();
    scratch.write("pw", PASSWORD);
    scratch.mwallet("create ca --password-file pw").ok();
    let authority = "--self-signed --ca-cert --key ec:p256 --out ca.pem --password-file pw";
    scratch.mwallet(&format!("csr ca --dn CN=ca {authority}")).ok();
    scratch.mwallet("csr ca --dn CN=app --key ec:p256 --out app.csr --password-file pw").ok();
    let error = scratch
        .mwallet("sign app.csr --ca ca --ca-alias nope --ca-password-file pw")
        .fails(5, "entry-not-found");
    assert_eq!(error["hint"], "mwallet list ca --password-file pw", "{error}");
}

#[test]
fn hint_never_leads_back_to_the_error() {
    let scratch = Scratch::new();
    scratch.write("f", "nothing that is known");
    scratch.folder("pem");
    scratch.write("pem/fullchain.pem", "nothing that is known");
    scratch.folder("p12");
    scratch.mwallet("create a.p12 --no-password").ok();
    scratch.write("p12/fullchain.pem", scratch.read("a.p12"));
    scratch.write("wrapped", b"PK\x03\x04");
    for verb in ["list", "inspect"] {
        for (path, code, hint) in [
            ("f", "format-unknown", "file f"),
            ("pem", "format-unknown", "ls pem"),
            ("p12", "format-unsupported", "ls p12"),
            ("wrapped", "format-unsupported", "unzip wrapped"),
        ] {
            let error = scratch.mwallet(&format!("{verb} {path}")).fails(1, code);
            assert_eq!(error["hint"], hint, "{verb} {path}");
        }
    }
    // No flag makes a file of a folder, and no mkdir a folder of a file.
    scratch.folder("d");
    let error = scratch.mwallet("pki init d").fails(1, "not-a-file");
    assert!(error["hint"].is_null(), "{error}");
    for out in ["f/w", "/proc/w"] {
        let error =
            scratch.mwallet(&format!("create {out}")).password(PASSWORD).fails(1, "io-failed");
        assert!(error["hint"].is_null(), "{error}");
    }
    // What would be made is there, and all that is left of it.
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    fs::remove_file(scratch.at("w/ewallet.p12")).unwrap();
    let line = "csr w --dn CN=x --key ec:p256 --out x.csr";
    let error = scratch.mwallet(line).password(PASSWORD).fails(5, "file-not-found");
    assert_eq!(error["hint"], "mwallet autologin recover w");
    scratch.mwallet("autologin recover w").new_password(PASSWORD).ok();
    scratch.mwallet(line).password(PASSWORD).ok();
    let error = scratch.mwallet("demo --dir d").fails(6, "would-overwrite");
    assert!(!error.to_string().contains("--force"), "{error}");
    assert!(text(&error, "message").contains("--dir"), "{error}");
}

/// What is well known and not read is named, with what makes something of it that is.
#[test]
fn armour_of_other_tools_comes_with_what_takes_it_off() {
    let (Some(openssl), Some(certtool)) = (peers::openssl(), peers::certtool()) else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    let line = "--to-p12 --load-privkey s.key --load-certificate s.pem --p12-name s";
    scratch.run(&certtool, &format!("{line} --password Extern12 --outfile s.p12")).ok();
    scratch.write(
        "id",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n",
    );
    for (file, what, command) in [
        ("s.p12", "a PKCS#12 store in PEM", "sed /-----/d s.p12 | base64 -d > decoded"),
        ("id", "an OpenSSH private key", "cp id id.pem && ssh-keygen -p -m PKCS8 -f id.pem"),
    ] {
        for line in
            ["inspect FILE", "list FILE", "chain FILE", "convert FILE a.pem --out-no-password"]
        {
            let line = line.replace("FILE", file);
            let error = scratch.mwallet(&line).fails(1, "format-unsupported");
            assert!(text(&error, "message").contains(what), "{line}: {error}");
            assert_eq!(error["hint"], command, "{line}");
        }
    }
    let mut bash = Command::new("bash");
    let command = "sed /-----/d s.p12 | base64 -d > decoded";
    run(bash.current_dir(scratch.path()).args(["-c", command]), b"").ok();
    scratch.mwallet("list decoded").password("Extern12").ok().says("CN=s");
    // Beside something that is read it is passed over.
    let both = scratch.text("id") + &scratch.text("s.pem");
    scratch.write("both.pem", both);
    scratch.mwallet("list both.pem").ok().says("block-skipped");
}

/// From one iteration on, each hint leads on: first the MAC passes, then each key by itself, then all of them.
#[test]
fn hint_on_iterations_grows_until_the_file_opens() {
    let scratch = Scratch::new();
    let create = "create w.p12 --profile compat --iterations 1000";
    scratch.mwallet(create).password(PASSWORD).ok();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i"] {
        let csr = format!("csr w.p12 --dn CN={name} --alias {name} --key ec:p256");
        scratch.mwallet(&csr).password(PASSWORD).ok();
    }
    let mut line =
        "export w.p12 --to pem --out w.pem --out-no-password --allow-loss --max-iterations 1"
            .to_owned();
    let (mut allowed, mut seen) = (1, Vec::new());
    loop {
        let done = scratch.mwallet(&line).password(PASSWORD).run();
        if done.succeeded() {
            break;
        }
        let error = scratch.mwallet(&line).password(PASSWORD).fails(1, "limit-exceeded");
        let hint = text(&error, "hint");
        let next: u32 = hint.split(' ').next_back().unwrap().parse().unwrap();
        assert!(next > allowed && hint.contains("--max-iterations"), "{error}");
        line = line
            .replace(&format!("--max-iterations {allowed}"), &format!("--max-iterations {next}"));
        seen.push(text(&error, "message").to_owned());
        allowed = next;
    }
    let [mac, key] = &seen[..] else { panic!("{seen:?}") };
    assert!(mac.contains("1000 asked for, 1 allowed"), "{mac}");
    assert!(key.contains("its key derivation asks for too much work"), "{key}");
    assert!(!key.contains("password"), "{key}");
}

#[test]
fn hint_on_iterations_comes_with_a_key_in_a_file_too() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    let line =
        format!("pkcs8 -topk8 -in app.key -iter 30000 -passout pass:{PASSWORD} -out big.key");
    scratch.run(&openssl, &line).ok();
    scratch.mwallet("create w.p12 --profile compat --iterations 1000").password(PASSWORD).ok();
    let import = "import-user w.p12 app.pem --key big.key --allow-incomplete --max-iterations 5000";
    let error = scratch.mwallet(import).password(PASSWORD).key_password(PASSWORD);
    let error = error.fails(1, "limit-exceeded");
    assert!(text(&error, "message").contains("the key stays locked"), "{error}");
    assert!(text(&error, "hint").contains(" --max-iterations 10000"), "{error}");
    let line = "match big.key app.pem --max-iterations 5000";
    let error = scratch.mwallet(line).password(PASSWORD).fails(1, "limit-exceeded");
    assert!(text(&error, "hint").ends_with(" --max-iterations 10000"), "{error}");
    for verb in ["list", "inspect"] {
        let line = format!("{verb} big.key --max-iterations 5000");
        let told = scratch.mwallet(&line).password(PASSWORD).ok().err();
        assert!(told.contains("hint: ") && told.contains(" --max-iterations 10000"), "{told}");
        let line = format!("{verb} big.key --max-iterations 30000");
        let told = scratch.mwallet(&line).password(PASSWORD).ok().err();
        assert!(!told.contains("--max-iterations"), "{told}");
    }
}

#[test]
fn folder_with_loose_files_is_not_proposed_for_a_wallet() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    for file in ["app.pem", "app.key"] {
        for (folder, below) in [("flat", ""), ("deep", "/below")] {
            let folder = format!("{folder}-{}", file.replace('.', "-"));
            scratch.write(&format!("{folder}{below}/some"), scratch.read(file));
            let error = scratch.mwallet(&format!("list {folder}")).fails(5, "wallet-not-found");
            assert!(text(&error, "message").contains("files with certificates or keys"), "{error}");
            // Of one file it is known which is meant.
            assert_eq!(error["hint"], format!("mwallet list {folder}{below}/some"), "{error}");
            scratch.mwallet(text(&error, "hint").strip_prefix("mwallet ").unwrap()).ok();
            scratch.write(&format!("{folder}{below}/other"), scratch.read(file));
            let error = scratch.mwallet(&format!("list {folder}")).fails(5, "wallet-not-found");
            assert_eq!(error["hint"], format!("mwallet expiry --recursive {folder}"), "{error}");
        }
    }
}

/// Some wait when they are read, as /proc/kmsg does; this one would show a key.
#[test]
fn file_of_the_kernel_is_not_read_where_loose_files_are_looked_for() {
    let scratch = Scratch::new();
    scratch.write("d/empty", "");
    symlink("/proc/self/environ", scratch.at("d/environ")).unwrap();
    let mut command = scratch.mwallet("list d").command();
    command.env_clear().env("-----BEGIN PRIVATE KEY-----\nMAAA", "\n-----END PRIVATE KEY-----\n");
    run(&mut command, b"").status(5).says("hint: mwallet create d");
}

#[test]
fn link_in_circles_is_passed_over_in_a_folder() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    scratch.write("d/cert.pem", scratch.read("app.pem"));
    scratch.write("d/key.pem", scratch.read("app.key"));
    symlink("loop", scratch.at("d/loop")).unwrap();
    scratch.mwallet("list d").ok();
    scratch.mwallet("expiry d").ok();
}

#[test]
fn alternative_names_without_kinds_are_offered_with_them() {
    let scratch = Scratch::new();
    let error =
        scratch.mwallet("csr w --dn CN=x --san db1.example.com,10.1.2.3").fails(2, "value-invalid");
    assert!(text(&error, "hint").ends_with("--san dns:db1.example.com,ip:10.1.2.3"), "{error}");
}

#[test]
fn export_tells_the_truth_of_what_it_wrote() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let export = |line: &str| scratch.mwallet(&format!("export w {line}")).password(PASSWORD);
    let report = export("--to p12 --out a.p12").out_password(PASSWORD).json();
    assert_eq!(report["written"], true, "{report:#}");
    export("--to p12 --out b.p12").out_password(PASSWORD).ok().says("1 key, 3 certificates");
    // stdout has what is exported: what is said of it stands on the side.
    scratch.mwallet("secret set w token").value("s").password(PASSWORD).ok();
    for more in ["", " --out s.pem"] {
        let line = format!("--to pem --out-no-password --allow-loss{more}");
        export(&line).ok().says("left out: token: a secret");
        let dry = export(&format!("{line} --dry-run --force")).ok();
        dry.says("would write").says("1 key, 3 certificates").says("left out: token: a secret");
    }
    let silent = export("--to pem --trust-only --allow-loss").ok();
    assert_eq!(silent.err(), "", "{}", silent.story());
    let weak = export("--to p12 --profile legacy-rc2 --allow-loss").out_password(PASSWORD).ok();
    assert!(weak.err().contains("(weak-profile)"), "{}", weak.err());
    let error = export("--to der --out c.der").fails(2, "entry-ambiguous");
    assert!(text(&error, "message").contains("--alias: app, "), "{error}");
    export("--to der --trust-only --out c.der").fails(2, "entry-ambiguous");
    export("--to der --out c.der --alias app").ok();
    export("--to p12 --profile java-trust --trust-only --out d.p12")
        .out_password(PASSWORD)
        .fails(2, "usage");
    // Java would call an entry without an alias `1`.
    let list = scratch.mwallet("list a.p12").password(PASSWORD).json();
    for entry in list["entries"].as_array().unwrap() {
        assert_eq!(entry["alias_derived"], false, "{list:#}");
    }
}

#[test]
fn passwords_are_explained_when_they_do_not_fit() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let error = scratch.mwallet("list w").password("Welcome1 ").fails(4, "password-wrong");
    assert!(text(&error, "message").contains("ends in white space"), "{error}");
    scratch.write("bom.txt", format!("\u{feff}{PASSWORD}\n"));
    let error = scratch.mwallet("list w --password-file bom.txt").fails(4, "password-wrong");
    assert!(text(&error, "message").contains("begins with a byte order mark"), "{error}");
    let error = scratch.mwallet("list w").password("other").fails(4, "password-wrong");
    assert_eq!(error["hint"], "mwallet help passwords");
    let error = scratch.mwallet("passwd w --password-stdin --new-password-stdin").fails(2, "usage");
    assert!(text(&error, "message").contains("--new-password-stdin"), "{error}");
    scratch.mwallet("help passwords").ok().says("forgotten password").says("autologin recover");
}

#[test]
fn no_password_opens_what_has_none() {
    let scratch = Scratch::new();
    scratch.mwallet("create none.p12 --no-password").ok();
    scratch.mwallet("create empty.p12 --allow-weak-password").password("").ok();
    scratch.mwallet("create some.p12").password(PASSWORD).ok();
    scratch.mwallet("list none.p12 --no-password").ok();
    scratch.mwallet("list empty.p12 --no-password").ok();
    scratch.mwallet("list some.p12 --no-password").fails(4, "password-missing");
}

#[test]
fn entries_are_found_as_other_tools_write_them() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch
        .mwallet("csr w --dn CN=app,O=Acme --key ec:p256 --alias app --out x.csr")
        .password(PASSWORD)
        .ok();
    scratch.mwallet("show w (app)").password(PASSWORD).ok();
    let error = scratch.mwallet("show w sha256:3f").password(PASSWORD).fails(2, "value-invalid");
    assert!(text(&error, "message").contains("4 digits"), "{error}");
    for name in ["O=Acme,CN=app", "/O=Acme/CN=app"] {
        scratch.mwallet("show w").arg(name).password(PASSWORD).ok();
    }
    let error = scratch.mwallet("show w /CN=app").password(PASSWORD).fails(5, "entry-not-found");
    assert!(text(&error, "message").contains("there is app"), "{error}");
}

#[test]
fn what_a_verb_can_do_nothing_with_is_not_offered() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w").password(PASSWORD).ok();
    scratch.mwallet("secret set w secrets").password(PASSWORD).value("v").ok();
    // Puts a property into the wallet, which is called secret and a number.
    let line = format!("add-trusted w {} --trust-flags server_auth", ca.root());
    scratch.mwallet(&line).password(PASSWORD).ok();
    let message = |line: &str| {
        let error = scratch.mwallet(line).password(PASSWORD).fails(5, "entry-not-found");
        text(&error, "message").to_owned()
    };
    let secret = message("remove w secret");
    assert!(secret.ends_with("did you mean secrets?"), "{secret}");
    let listed = message("show w nothing-like-it");
    assert!(!listed.contains("secret01") && !listed.contains("secret1"), "{listed}");
    for line in ["rename w secret new", "add-trusted w --alias secret --trust-flags NULL"] {
        let message = message(line);
        assert!(!message.contains("secrets") && message.contains("there is "), "{message}");
    }
    let none = message("csr w --reuse-key --alias secret");
    assert!(none.ends_with("; there is no key in it"), "{none}");
    // With the parentheses of the list, and misspelt.
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    let entries = list["entries"].as_array().unwrap();
    let is_root = |entry: &&serde_json::Value| entry["kind"] == "trusted-certificate";
    let root = entries.iter().find(is_root).unwrap()["alias"].as_str().unwrap();
    let show = scratch.mwallet("show w").arg(format!("({root}x)")).password(PASSWORD);
    let error = show.fails(5, "entry-not-found");
    let message = text(&error, "message");
    assert!(message.contains("did you mean") && message.contains(root), "{error}");
}

#[test]
fn key_is_named_for_an_import_as_the_list_shows_it() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w").password(PASSWORD).ok();
    let csr = "csr w --dn CN=app,O=Acme --key ec:p256 --out app.csr";
    scratch.mwallet(csr).password(PASSWORD).ok();
    let list = scratch.mwallet("list w").password(PASSWORD).ok().out();
    let before = scratch.mwallet("list w").password(PASSWORD).json();
    ca.sign("app.csr", "app.pem");
    let shown = list.lines().find(|line| line.contains("request")).unwrap();
    let shown = shown.split("  ").next().unwrap();
    let import = format!("import-user w app.pem {} {} --alias", ca.intermediate(), ca.root());
    scratch.mwallet(&import).arg(shown).password(PASSWORD).ok();
    let after = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(after["entries"][0]["alias"], before["entries"][0]["alias"], "{after:#}");
}

#[test]
fn words_of_the_old_tools_lead_to_ours() {
    let scratch = Scratch::new();
    for (line, hint) in [
        ("display w", "mwallet list w"),
        ("delete w", "mwallet remove --help"),
        ("add w", "mwallet add-trusted --help"),
        ("import w", "mwallet import-user --help"),
        ("revoke w", "mwallet crl create --help"),
        ("keygen w", "mwallet csr --help"),
        ("serve w", "mwallet pki serve w"),
        ("list w --password secret", "mwallet help passwords"),
        ("list -wallet w -pwd secret", "mwallet help passwords"),
    ] {
        let done = scratch.mwallet(line).run().status(2);
        assert!(done.err().ends_with(&format!("hint: {hint}\n")), "{}", done.story());
        assert!(!done.err().contains("tip:"), "{}", done.story());
        let error = scratch.mwallet(line).fails(2, "usage");
        assert_eq!(error["hint"].as_str().unwrap().trim_end_matches(" --json"), hint, "{line}");
    }
    // A file named as a flag is nobody's.
    let done = scratch.mwallet("cred set w -x").run().status(2);
    assert!(!done.err().contains("-- -x"), "{}", done.story());
    // Below a verb of ours the same word means something else.
    for line in ["secret delete w", "crl add w"] {
        let error = scratch.mwallet(line).fails(2, "usage");
        assert!(
            error.get("hint").is_none_or(|hint| !hint.as_str().unwrap().contains("mwallet remove")
                && !hint.as_str().unwrap().contains("add-trusted")),
            "{error}"
        );
    }
}

#[test]
fn key_file_of_another_certificate_is_named() {
    let scratch = Scratch::new();
    let Some(openssl) = peers::openssl() else { return };
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    scratch.run(&openssl, "genpkey -algorithm ed25519 -out other.key").ok();
    scratch.mwallet("create fresh").password(PASSWORD).ok();
    let line = "import-user fresh w.pem --key other.key";
    let error = scratch.mwallet(line).password(PASSWORD).fails(5, "import-no-matching-key");
    assert!(text(&error, "message").starts_with("other.key: the key does not belong"), "{error}");
    assert_eq!(error["hint"], "mwallet match other.key w.pem");
}

#[test]
fn certificate_that_has_ended_is_imported_with_a_warning() {
    let scratch = Scratch::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2019, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2020, 1, 1);
    scratch.write("c.pem", parameters.self_signed(&key).unwrap().pem());
    scratch.write("k.pem", key.serialize_pem());
    scratch.mwallet("create w").password(PASSWORD).ok();
    let import = scratch.mwallet("import-user w c.pem --key k.pem --trust-root").password(PASSWORD);
    import.ok().says("the certificate ended on 2020-01-01").says("cert-expired");
}

#[test]
fn check_says_each_thing_once() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p256");
    let late = "check w --at 2099-01-01";
    let text = scratch.mwallet(late).password(PASSWORD).run().status(3).out();
    assert_eq!(text.matches("CN=app,OU=b,OU=a,DC=acme,DC=com expired").count(), 1, "{text}");
    assert!(text.contains("not ok: "), "{text}");
    let quiet = scratch.mwallet(&format!("{late} -q")).password(PASSWORD).run().status(3).out();
    assert!(quiet.lines().all(|line| line.starts_with("error: ") || line.starts_with("  ")));
    assert!(!quiet.is_empty());
    let quiet = scratch.mwallet("check w -q").password(PASSWORD).ok().all();
    assert_eq!(quiet, "");

    // Two keys under one CA, whose own issuer is missing.
    scratch.mwallet("create two.p12").password(PASSWORD).ok();
    for key in ["one", "two"] {
        ca.issue(key);
        scratch
            .mwallet(&format!("import-user two.p12 {key}.pem {}", ca.intermediate()))
            .args(&format!("--key {key}.key --allow-incomplete"))
            .password(PASSWORD)
            .ok();
    }
    let text = scratch.mwallet("check two.p12").password(PASSWORD).run().status(3).out();
    assert_eq!(text.matches("✗ chain-issuer-missing").count(), 2, "one in each tree: {text}");
    assert_eq!(text.matches("error: the issuer of").count(), 1, "{text}");
    assert!(text.starts_with("not ok: 1 error\n"), "{text}");
}

#[test]
fn examples_come_before_the_flags_of_passwords() {
    let scratch = Scratch::new();
    let help = scratch.mwallet("list --help").ok().out();
    let at = |part: &str| help.find(part).unwrap_or_else(|| panic!("no {part} in {help}"));
    assert!(at("EXAMPLES:") < at("Options:"), "{help}");
    assert!(at("Options:") < at("Passwords ("), "{help}");
}

#[test]
fn whoever_verifies_without_a_root_is_told_to_name_one() {
    let scratch = Scratch::new();
    let file = "version = 1\npassword = \"changeit1\"\n[ca.root]\n[ca.issuing]\nissuer = \"root\"\n\
                [leaf.app]\nissuer = \"issuing\"\n";
    scratch.write("pki.toml", file);
    scratch.mwallet("pki build").ok();
    let repair = |line: &str| {
        let (report, status) = scratch.mwallet(line).report();
        assert_eq!(status, Some(3), "{report}");
        assert_eq!(report["headline"]["code"], "chain-issuer-missing", "{report}");
        report["findings"][0]["repair"].as_str().unwrap().to_owned()
    };
    let hint = repair("verify pki/app/cert.pem");
    assert_eq!(hint, "mwallet verify pki/app/cert.pem --json --ca ROOT.pem");
    // With the root an issuer between is missing.
    let hint = repair("verify pki/app/cert.pem --ca pki/root/cert.pem");
    assert!(hint.ends_with(" --untrusted ISSUER.pem"), "{hint}");
}

#[test]
fn whoever_fills_a_wallet_that_is_not_there_is_told_how_to_make_it() {
    let scratch = Scratch::new();
    scratch.mwallet("create ca").password(PASSWORD).ok();
    scratch
        .mwallet("csr ca --dn CN=ca --self-signed --ca-cert --key ec:p256 --out ca.pem")
        .password(PASSWORD)
        .ok();
    let with_key = "import-user w.p12 ca.pem --key ca.key";
    for line in [with_key, "add-trusted w.p12 ca.pem", "csr w.p12 --dn CN=x"] {
        let error = scratch.mwallet(line).fails(5, "file-not-found");
        assert_eq!(error["hint"], "mwallet create w.p12", "{line}");
    }
    let error = scratch.mwallet("secret set w name").value("v").fails(5, "file-not-found");
    assert_eq!(error["hint"], "mwallet create w");
    // Where nothing is to be put in, a new wallet helps nobody.
    for line in ["remove w.p12 a", "import-user w.p12 ca.pem", "csr w.p12 --renew app"] {
        let error = scratch.mwallet(line).fails(5, "file-not-found");
        assert_eq!(error["hint"], serde_json::Value::Null, "{line}");
    }
    let error = scratch.mwallet("import-user ca absent.pem").fails(5, "file-not-found");
    assert_eq!(error["hint"], serde_json::Value::Null);
}

#[test]
fn aliases_that_are_one_to_java_come_with_the_command_that_parts_them() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.bundle(&[&ca.root(), &ca.intermediate()], "two.pem");
    let export = "pkcs12 -export -nokeys -in two.pem -caname user -caname user -out w.p12";
    scratch.run(&openssl, &format!("{export} -passout pass:{PASSWORD}")).ok();
    for line in ["convert w.p12 w.jks", "export w.p12 --for java17 --out j.p12"] {
        let call = || scratch.mwallet(line).password(PASSWORD).out_password(PASSWORD);
        let error = call().fails(6, "alias-taken");
        let hint = text(&error, "hint").strip_prefix("mwallet ").unwrap();
        let renamed = hint.replace("NEW", "other");
        let rename = renamed.split(" --password").next().unwrap();
        scratch.mwallet(rename).password(PASSWORD).ok();
        call().ok();
        scratch.mwallet("rename w.p12 other user").password(PASSWORD).fails(6, "alias-taken");
        scratch.run(&openssl, &format!("{export} -passout pass:{PASSWORD}")).ok();
    }
    // Text is not edited, so that no entry of it is renamed.
    let entry =
        |file: &str| format!("Entry: trusted-certificate\nAlias: user\n{}\n", scratch.text(file));
    scratch.write("w.pem", entry(&ca.root()) + &entry(&ca.intermediate()));
    let convert = scratch.mwallet("convert w.pem p.jks").out_password(PASSWORD);
    assert_eq!(text(&convert.fails(6, "alias-taken"), "hint"), "mwallet list w.pem");
}

#[test]
fn alias_with_a_line_end_stays_on_its_line() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    for alias in ["a\nb", "c\nd"] {
        let csr = scratch.mwallet("csr w.p12 --dn CN=x --key ec:p256 --self-signed --alias");
        csr.arg(alias).password(PASSWORD).ok();
    }
    for (line, lines) in [
        ("export w.p12 --to ewallet-pem --out-no-password", 1),
        ("convert w.p12 - --to k8s", 1),
        ("show w.p12 nobody", 1),
        ("show w.p12 CN=x", 3),
    ] {
        let done = scratch.mwallet(line).password(PASSWORD).run().failed();
        let told: Vec<String> = done.err().lines().map(str::to_owned).collect();
        assert!(told[0].starts_with("error: "), "{}", done.story());
        assert!(told[lines].starts_with("hint: "), "{}", done.story());
    }
}

#[test]
fn what_holds_a_key_leads_to_the_verb_that_takes_it() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("app");
    ca.issue("other");
    ca.bundle(&["app.pem", "app.key", &ca.intermediate(), &ca.root()], "all.pem");
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let import =
        |line: &str| scratch.mwallet(&format!("import-user w.p12 {line}")).password(PASSWORD);
    let error = import("all.pem").fails(5, "import-no-matching-key");
    assert!(text(&error, "message").contains("--key"), "{error}");
    let again = text(&error, "hint");
    assert!(again.ends_with("--key all.pem"), "{error}");
    import("all.pem --key all.pem --alias one").ok();

    // The key is that of one, whatever is called two.
    import("other.pem --key other.key --alias two --allow-incomplete").ok();
    let csr = scratch.mwallet("csr w.p12 --reuse-key --alias one --out one.csr");
    csr.password(PASSWORD).ok();
    ca.sign("one.csr", "one.pem");
    let error = import("one.pem --alias two --replace --allow-incomplete").fails(6, "alias-taken");
    let message = text(&error, "message");
    assert!(message.contains("the key of one") && message.contains("called two"), "{error}");

    let export = "pkcs12 -export -in app.pem -inkey app.key -out s.p12 -passout pass:x";
    scratch.run(&openssl, export).ok();
    let error = import("s.p12").fails(1, "format-unsupported");
    assert_eq!(text(&error, "hint"), "mwallet merge w.p12 s.p12");
    let error = import("app.pem --key s.p12").fails(1, "format-unsupported");
    let hint = text(&error, "hint").strip_prefix("mwallet ").unwrap();
    scratch.mwallet(hint).args("--out-no-password").password("x").ok();
    import("one.pem --key key.pem --replace --allow-incomplete").ok();
}

#[test]
fn wallet_that_opens_by_itself_alone_is_opened_without_the_password() {
    let scratch = Scratch::new();
    scratch.mwallet("create w --auto-login=only").ok();
    scratch.write("pw", PASSWORD);
    // A wallet may be called as the program is.
    scratch.mwallet("create mwallet --auto-login=only").ok();
    scratch
        .mwallet("csr mwallet --dn CN=ca --self-signed --ca-cert --key ec:p256 --out ca.pem")
        .ok();
    for line in ["list w", "show w", "autologin status w", "list mwallet", "add-trusted w ca.pem"] {
        let error = scratch.mwallet(line).args("--password-file pw").fails(5, "file-not-found");
        assert_eq!(error["hint"], format!("mwallet {line} --json"), "{error}");
        scratch.mwallet(line).run().status(0);
    }
    // Of two wallets it is the one without a password that gets none.
    scratch.mwallet("create b.p12").password(PASSWORD).ok();
    let line = "diff -v w b.p12 --src-password-file pw";
    let error = scratch.mwallet(line).args("--password-file pw").fails(5, "file-not-found");
    assert_eq!(error["hint"], format!("mwallet {line} --json"), "{error}");
}

#[test]
fn path_with_a_scheme_is_tried_without_it() {
    let scratch = Scratch::new();
    let (wallet, missing) = (scratch.at("w"), scratch.at("no/w"));
    scratch.mwallet("create").arg(&wallet).password(PASSWORD).ok();
    for (verb, path, more) in [("list", &wallet, ""), ("create", &missing, " --profile oracle-12c")]
    {
        let line = format!("{verb} file:{}{more}", path.display());
        let error = scratch.mwallet(&line).password(PASSWORD).fails(5, "file-not-found");
        let hint = format!(
            "mwallet {verb} {}{more} --password-env MWALLET_TEST_PASSWORD --json",
            path.display()
        );
        assert_eq!(error["hint"], hint);
    }
    // A folder may be called so.
    fs::rename(&wallet, scratch.at("file:w")).unwrap();
    scratch.mwallet("list file:w").password(PASSWORD).ok();
}

#[test]
fn what_could_not_be_made_is_looked_for_where_it_was_to_be() {
    let scratch = Scratch::new();
    for path in ["/sys/w", "/sys/w.p12"] {
        let create = scratch.mwallet(&format!("create {path}")).password(PASSWORD);
        assert_eq!(create.fails(1, "permission-denied")["hint"], "ls -ld /sys");
    }
}

#[test]
fn repair_of_a_key_of_others_in_an_oracle_wallet_can_be_made() {
    let scratch = Scratch::new();
    let bug = "oracle-wallets/extra/bug_changepwd_foreign_19.4/ewallet.p12";
    let Some(file) = corpus::shared(bug) else { return };
    scratch.write("w/ewallet.p12", fs::read(file).unwrap());
    let differs = |report: &serde_json::Value| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|one| one["code"] == "key-password-differs").cloned()
    };
    let finding = differs(&scratch.mwallet("check w").password(PASSWORD).json()).unwrap();
    let repair = text(&finding, "repair");
    assert!(repair.starts_with("mwallet passwd w --key 'leaf rsa' --same "), "{repair}");
    let passwd = || scratch.mwallet("passwd w --same --key").arg("leaf rsa").password(PASSWORD);
    passwd().fails(4, "key-locked");
    passwd().key_password("Extern12").ok();
    assert!(differs(&scratch.mwallet("check w").password(PASSWORD).json()).is_none());
    // One of its own it cannot have there.
    let own = scratch.mwallet("passwd w --key").arg("leaf rsa").password(PASSWORD);
    own.new_password("another1").fails(2, "usage");
}

#[test]
fn local_file_of_somebody_else_is_made_anew_from_the_one_with_the_password() {
    let scratch = Scratch::new();
    let Some(local) = corpus::shared("oracle-wallets/v23.9/lsso") else { return };
    for file in ["ewallet.p12", "cwallet.sso"] {
        scratch.write(&format!("w/{file}"), fs::read(local.join(file)).unwrap());
        scratch.set_mode(&format!("w/{file}"), 0o600);
    }
    let error = scratch.mwallet("list w").fails(4, "auto-login-version");
    assert_eq!(error["hint"], "mwallet autologin local w");
    scratch.mwallet("autologin local w").password(PASSWORD).ok();
    scratch.mwallet("list w").ok();
    // From what else?
    scratch.write("w/cwallet.sso", fs::read(local.join("cwallet.sso")).unwrap());
    fs::remove_file(scratch.at("w/ewallet.p12")).unwrap();
    assert!(scratch.mwallet("list w").fails(4, "auto-login-version")["hint"].is_null());
}

#[test]
fn auto_login_file_that_cannot_be_read_is_made_anew_from_the_other_file() {
    let scratch = Scratch::new();
    let Some(keytool) = corpus::shared("oracle-wallets/extra/foreign_keytool") else { return };
    // orapki copies a safe of keytool's as it is, and its password opens no auto-login file.
    for (from, to) in
        [("ewallet.p12", "ewallet.p12"), ("cwallet.sso.by_orapki_19.4", "cwallet.sso")]
    {
        scratch.write(&format!("w/{to}"), fs::read(keytool.join(from)).unwrap());
        scratch.set_mode(&format!("w/{to}"), 0o600);
    }
    let error = scratch.mwallet("list w").fails(1, "format-unsupported");
    assert_eq!(error["hint"], "mwallet autologin on w");
    scratch.mwallet("autologin on w").password("Extern12").ok().says("is on");
    let list = scratch.mwallet("list w").json();
    assert_eq!(list["entries"].as_array().unwrap().len(), 2, "{list:#}");
    // From what else?
    scratch.write("w/cwallet.sso", fs::read(keytool.join("cwallet.sso.by_orapki_19.4")).unwrap());
    fs::remove_file(scratch.at("w/ewallet.p12")).unwrap();
    assert!(scratch.mwallet("list w").fails(1, "format-unsupported")["hint"].is_null());
}

#[test]
fn damaged_file_beside_an_auto_login_file_is_recovered_from_it() {
    let scratch = Scratch::new();
    for (damage, code) in [(500, "pkcs12-truncated"), (0, "format-unknown")] {
        let wallet = format!("w{damage}");
        pending(&scratch, &wallet, "ec:p256");
        scratch.mwallet(&format!("autologin on {wallet}")).password(PASSWORD).ok();
        let file = format!("{wallet}/ewallet.p12");
        scratch.write(&file, &scratch.read(&file)[..damage]);
        let list = || scratch.mwallet(&format!("list {wallet}")).password(PASSWORD);
        let error = list().fails(1, code);
        let hint = format!("autologin recover {wallet}");
        assert_eq!(
            error["hint"],
            format!("mwallet {hint} --new-password-env MWALLET_TEST_PASSWORD")
        );
        let done = scratch.mwallet(&hint).new_password(PASSWORD).ok();
        assert!(done.err().contains("was not opened, so a copy was kept"), "{}", done.story());
        list().ok();
    }
    scratch.mwallet("explain pkcs12-truncated").ok().says("mwallet autologin recover W");
}

/// What a shell makes of a hint, with the program that is tested.
fn pasted(scratch: &Scratch, hint: &str) -> support::run::Done {
    let program = support::run::mwallet_path().display().to_string();
    let line = hint.replacen("mwallet", &program, 1);
    let mut shell = Command::new("bash");
    shell.args(["-c", &line]).current_dir(scratch.path()).env("MWALLET_TEST_PASSWORD", PASSWORD);
    run(&mut shell, b"")
}

/// The names come from the file, and its maker may mean ill.
#[test]
fn name_like_a_flag_is_a_name_in_what_check_proposes() {
    let (Some(openssl), keytools) = (peers::openssl(), peers::keytools()) else { return };
    let Some(keytool) = keytools.first() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    for alias in ["r1", "--all-trusted", "--yes"] {
        let store = format!("-keystore -h.p12 -storetype PKCS12 -storepass {PASSWORD}");
        let line = format!("-importcert -noprompt {store} -alias {alias} -file {}", ca.root());
        scratch.run(keytool, &line).ok();
    }
    let report = scratch.mwallet("check ./-h.p12").password(PASSWORD).json();
    let findings = report["findings"].as_array().unwrap().iter();
    let twins = findings.filter(|one| one["code"] == "trusted-duplicate");
    let repairs: Vec<&str> = twins.map(|one| one["repair"].as_str().unwrap()).collect();
    let hint = "mwallet remove ./-h.p12 --password-env MWALLET_TEST_PASSWORD -- --all-trusted";
    assert!(repairs.contains(&hint), "{report}");
    let mut left = 3;
    for repair in repairs {
        let with_yes = repair.replace(" --password-env", " --yes --password-env");
        pasted(&scratch, &with_yes).ok();
        left -= 1;
        let list = scratch.mwallet("list ./-h.p12").password(PASSWORD).json();
        assert_eq!(list["entries"].as_array().unwrap().len(), left, "{list}");
    }
    assert_eq!(left, 1);
}

#[test]
fn key_named_like_a_flag_is_renewed_shown_and_removed_by_what_is_proposed() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("csr w.p12 --dn CN=app --alias=--expired --out a.csr").password(PASSWORD).ok();
    ca.sign("a.csr", "a.pem");
    let import =
        format!("import-user w.p12 a.pem {} {} --trust-root", ca.intermediate(), ca.root());
    scratch.mwallet(&import).password(PASSWORD).ok();
    let at = "--at 2050-01-01";
    let (report, _) = scratch.mwallet(&format!("check w.p12 {at}")).password(PASSWORD).report();
    let findings = report["findings"].as_array().unwrap().iter();
    let repairs: Vec<&str> = findings.filter_map(|one| one["repair"].as_str()).collect();
    let renew = repairs.iter().find(|repair| repair.contains("--renew"));
    let renew = renew.unwrap_or_else(|| panic!("{report}"));
    assert!(renew.starts_with("mwallet csr w.p12 --renew=--expired "), "{renew}");
    scratch.write("b.csr", pasted(&scratch, renew).ok().stdout);
    ca.sign("b.csr", "b.pem");
    let import = format!("import-user w.p12 b.pem {}", ca.intermediate());
    let done = scratch.mwallet(&import).password(PASSWORD).ok();
    let out = done.out();
    let hints: Vec<&str> = out.lines().filter_map(|line| line.strip_prefix("  mwallet ")).collect();
    let [remove, rename] = hints[..] else { panic!("{out}") };
    for hint in [remove, rename] {
        let with_yes = hint.replace(" --password-env", " --yes --password-env");
        pasted(&scratch, &format!("mwallet {with_yes}")).ok();
    }
    let list = scratch.mwallet("list w.p12").password(PASSWORD).ok();
    assert!(!list.out().contains("--expired-renewal"), "{}", list.story());
    list.says("--expired");
}
