//! The command line as such: help, mistakes, errors as text and as JSON, exit statuses, streams.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::fs::File;
use std::process::{Command, Stdio};
use support::job::PASSWORD;
use support::lock_holder::LockHolder;
use support::run::mwallet_path;
use support::scratch::Scratch;

const VERBS: [&str; 30] = [
    "create",
    "csr",
    "import-user",
    "add-trusted",
    "list",
    "show",
    "inspect",
    "check",
    "verify",
    "chain",
    "match",
    "diff",
    "merge",
    "expiry",
    "probe",
    "export",
    "convert",
    "passwd",
    "autologin",
    "remove",
    "rename",
    "sign",
    "pki",
    "crl",
    "cred",
    "secret",
    "snippet",
    "explain",
    "demo",
    "help",
];

#[test]
fn help_names_every_topic_and_every_format() {
    let scratch = Scratch::new();
    let topics = scratch.mwallet("help topics").ok().out();
    assert!(topics.lines().count() >= 5, "{topics}");
    for line in topics.lines() {
        let topic = line.split_whitespace().next().unwrap();
        assert!(!scratch.mwallet(&format!("help {topic}")).ok().out().is_empty());
    }
    let formats = scratch.mwallet("help formats").ok().out();
    for format in ["pkcs12", "sso", "jks", "jceks", "pem", "pkcs7", "kubernetes-secret"] {
        let has = formats.lines().any(|line| line.trim_start().starts_with(&format!("{format} ")));
        assert!(has, "no {format} in {formats}");
    }
}

#[test]
fn every_help_has_examples_and_exit_codes() {
    let scratch = Scratch::new();
    for verb in VERBS {
        let help = scratch.mwallet(&format!("{verb} --help")).ok();
        let text = help.out();
        assert!(text.contains("EXAMPLES:\n") && text.contains("EXIT CODES:\n"), "{verb}: {text}");
        assert!(text.contains(&format!("mwallet {verb}")), "{verb}: {text}");
        let same = scratch.mwallet(&format!("help {verb}")).ok();
        assert_eq!(same.out().trim(), text.trim(), "help {verb} and {verb} --help differ");
    }
    for verb in ["init", "build", "check", "serve", "clean"] {
        let text = scratch.mwallet(&format!("pki {verb} --help")).ok().out();
        assert!(text.contains("EXAMPLES:\n") && text.contains("EXIT CODES:\n"), "{verb}: {text}");
    }
    let all = scratch.mwallet("--help").ok().out();
    for verb in VERBS {
        assert!(all.contains(&format!("\n  {verb} ")), "{verb} is not in --help");
    }
}

#[test]
fn topics_are_explained() {
    let scratch = Scratch::new();
    scratch.mwallet("help passwords").ok().says("--password-fd").says("One line end");
    scratch.mwallet("help exit-codes").ok().says("130  interrupted");
    scratch.mwallet("help profiles").ok().says("oracle-23ai").says("legacy-rc2");
    scratch.mwallet("help pki-file").ok().says("permitted_dns").says("wrong-host ");
    // An example is pasted, so it stands on one line.
    scratch.mwallet("help sign").ok().says("--permit dns:acme.com --out sub.pem\n");
    scratch.mwallet("help nonsense").fails(2, "usage");
}

#[test]
fn mistyped_verb_is_status_2_and_the_right_one_is_offered() {
    let scratch = Scratch::new();
    let done = scratch.mwallet("lst w").run().status(2);
    assert!(done.err().contains("'list'"), "{}", done.story());
    assert!(done.stdout.is_empty(), "{}", done.story());
    let error = scratch.mwallet("lst w").fails(2, "usage");
    assert_eq!(error["details"]["verb"], "lst", "{error}");
    assert_eq!(error["details"]["suggestion"], serde_json::json!(["list"]), "{error}");
}

#[test]
fn contradictions_are_usage_errors() {
    let scratch = Scratch::new();
    for line in [
        "",
        "list",
        "list w --nonsense",
        "list w --password-stdin --password-env X",
        "create w --no-password --password-env X",
        "passwd w --new-no-password --new-password-env X",
        "csr w",
        "csr w --dn CN=x --self-signed --renew app",
        "csr w --reuse-key --key ec:p256",
        "csr w --dn CN=x --ca-cert",
        "csr w --dn CN=x --self-signed --path-len 0",
        "sign request.csr",
        "sign request.csr --ca w --path-len 0",
        "sign request.csr --ca w --permit dns:acme.com",
        "crl create",
        "crl create --ca w --to pkcs7",
        "crl verify list.crl",
        "show w --pem --text",
        "export w",
        "export w --to nonsense",
        "export w --to pem --trust-only --no-key",
        "create w --type pkcs11",
        "passwd w --same",
        "passwd w --key app --same --new-password-env X",
        "create w --profile nonsense",
        "create w --iterations 5",
        "check w --at yesterday",
        "list w --within soon",
        "list w --lock-timeout never",
        "-q -v list w",
        "probe 127.0.0.1:1 --ca-password-stdin",
        "verify x.pem --ca-no-password",
    ] {
        let done = scratch.mwallet(line).run().status(2);
        assert!(done.stdout.is_empty() && !done.stderr.is_empty(), "{}", done.story());
    }
    // What only the program itself sees.
    for line in [
        "export w --to der --profile modern --out x",
        "export w --to pem",
        "create w --profile compat --no-password",
        "create w --type jks --no-password",
        "create w.jks --profile modern",
        "create w.jks --iterations 2000",
        "create w.jceks --iterations 2000",
    ] {
        scratch.mwallet(line).fails(2, "usage");
    }
}

#[test]
fn name_of_a_file_that_is_no_store_makes_none() {
    let scratch = Scratch::new();
    for name in ["a.pem", "a.crt", "a.der", "a.p7b", "a.yaml", "a.KEY", "a.csr"] {
        scratch.mwallet(&format!("create {name}")).password(PASSWORD).fails(2, "usage");
        assert!(!scratch.exists(name));
    }
    scratch.mwallet("create a.pem --type p12").password(PASSWORD).ok();
    // A directory that is there says what it is to be.
    scratch.folder("b.pem");
    scratch.mwallet("create b.pem").password(PASSWORD).ok();
    assert!(scratch.exists("b.pem/ewallet.p12"));
    // No flag makes a file of one.
    scratch.folder("c");
    scratch.mwallet("create c --type p12").password(PASSWORD).fails(1, "not-a-file");
}

#[test]
fn values_that_mean_nothing_have_their_own_codes() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for (line, code) in [
        ("csr w --dn nonsense", "name-invalid"),
        ("csr w --dn CN=x --san ho_st!", "value-invalid"),
        ("csr w --dn CN=x --san ip:1.2.3", "value-invalid"),
        ("csr w --dn CN=x --eku teapot", "value-invalid"),
        ("csr w --dn CN=x --ku teapot", "value-invalid"),
        ("csr w --dn CN=x --key rsa:777", "value-invalid"),
    ] {
        let error = scratch.mwallet(line).password(PASSWORD).fails(2, code);
        assert_eq!(error["hint"], "mwallet csr --help", "{line}: {error}");
    }
}

#[test]
fn errors_are_one_json_object_on_stderr_with_all_four_fields() {
    let scratch = Scratch::new();
    let done = scratch.mwallet("list nowhere --json").run().status(5);
    assert!(done.stdout.is_empty(), "{}", done.story());
    let report: Value = serde_json::from_slice(&done.stderr).unwrap();
    let error = report["error"].as_object().unwrap();
    let mut fields: Vec<_> = error.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["code", "details", "hint", "message"], "{report}");
    assert_eq!(error["code"], "file-not-found");
    assert_eq!(error["details"]["path"], "nowhere");
    assert_eq!(report["warnings"], serde_json::json!([]));
}

#[test]
fn errors_as_text_are_one_line_with_the_code_and_a_hint_to_paste() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let done = scratch.mwallet("show w nobody").password(PASSWORD).run().status(5);
    assert_eq!(
        done.err(),
        "error: w: no entry is called nobody; the wallet is empty (entry-not-found)\n\
         hint: mwallet list w --password-env MWALLET_TEST_PASSWORD\n"
    );
    // The hint of a refusal is the same command with the flag that allows it.
    scratch.write("x.csr", "something");
    let error = scratch
        .mwallet("csr w --dn CN=x --out x.csr")
        .password(PASSWORD)
        .fails(6, "would-overwrite");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("mwallet csr w") && hint.ends_with(" --force"), "{hint}");
    assert!(error["message"].as_str().unwrap().contains("--force"), "{error}");
}

#[test]
fn name_of_a_file_makes_no_line_of_its_own() {
    let scratch = Scratch::new();
    for verb in ["list", "inspect", "verify", "chain", "expiry"] {
        let done = scratch.mwallet(verb).arg("a\nerror: b\r\x1b[31m\n  c").run().failed();
        let error = done.err();
        assert!(error.contains("a\\u{a}error: b\\u{d}\\u{1b}[31m\\u{a}  c: "), "{}", done.story());
        let lines = error.lines();
        assert!(lines.skip(1).all(|line| line.starts_with("hint: ")), "{}", done.story());
    }
}

#[test]
fn ambiguous_name_lists_its_candidates() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for alias in ["one", "two"] {
        scratch
            .mwallet(&format!("csr w --dn CN=same --key ec:p256 --alias {alias} --out {alias}.csr"))
            .password(PASSWORD)
            .ok();
    }
    let error = scratch.mwallet("show w CN=same").password(PASSWORD).fails(2, "entry-ambiguous");
    let candidates = error["details"]["candidates"].as_array().unwrap();
    let aliases: Vec<_> = candidates.iter().map(|entry| entry["alias"].as_str().unwrap()).collect();
    assert_eq!(aliases, ["one", "two"]);
    let text = scratch.mwallet("show w CN=same").password(PASSWORD).run().err();
    assert!(text.contains("\n  one (request") && text.contains("\n  two (request"), "{text}");
    let error = scratch.mwallet("show w onf").password(PASSWORD).fails(5, "entry-not-found");
    assert_eq!(error["details"]["near"], serde_json::json!(["one"]));
}

#[test]
fn reader_that_goes_away_is_no_error() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let mut command = scratch.mwallet("list w").password(PASSWORD).command();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(done.stderr.is_empty(), "{done:?}");
}

#[test]
fn full_device_on_stdout_is_an_error() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let told = |line: &str| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = scratch.mwallet(line).password(PASSWORD).command();
        let done = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{line}: {done:?}");
        String::from_utf8(done.stderr).unwrap()
    };
    for help in ["--help", "csr --help", "--version"] {
        assert!(told(help).contains("io-failed"), "{help}");
    }
    let error = told("list w --json");
    assert!(error.contains("io-failed") && !error.contains("has been made"), "{error}");
    let error = told("csr w --dn CN=full --key ec:p256");
    let hint = "hint: mwallet show w full --pem --password-env MWALLET_TEST_PASSWORD\n";
    assert!(error.ends_with(hint), "{error}");
    // Who reads the status alone would do it again.
    scratch.mwallet("csr w --dn CN=app --key ec:p256 --out app.csr").password(PASSWORD).ok();
    for rename in ["rename w app other", "rename w other app --json"] {
        let error = told(rename);
        assert!(error.contains("the change has been made"), "{error}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let plain = scratch.mwallet("list w").password(PASSWORD).ok().all();
    assert!(!plain.contains('\x1b'), "{plain:?}");
    let colored = scratch.mwallet("list w --color always").password(PASSWORD).ok().out();
    assert!(colored.contains('\x1b'), "{colored:?}");
    let mut error = scratch.mwallet("list nowhere --color always").command();
    error.env("NO_COLOR", "1");
    let error = error.output().unwrap();
    assert!(error.stderr.contains(&0x1b), "what is asked for by name beats the variable");
}

#[test]
fn quiet_says_nothing_when_all_is_well() {
    let scratch = Scratch::new();
    let done = scratch.mwallet("create w -q").password(PASSWORD).ok();
    assert_eq!(done.all(), "");
    let done = scratch.mwallet("create w -q").password(PASSWORD).run().status(6);
    assert!(done.err().contains("would-overwrite"), "{}", done.story());
}

#[test]
fn locked_wallet_is_status_8_and_readers_do_not_care() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let holder = LockHolder::of(&scratch.at("w/ewallet.p12.lck")).unwrap();
    let error = scratch
        .mwallet("csr w --dn CN=x --key ec:p256 --out x.csr --lock-timeout 200ms")
        .password(PASSWORD)
        .fails(8, "store-locked");
    assert!(error["hint"].as_str().unwrap().contains("--lock-timeout 60s"), "{error}");
    scratch.mwallet("list w").password(PASSWORD).ok();
    drop(holder);
    assert!(!scratch.exists("x.csr"));
}

#[test]
fn version_is_an_answer() {
    let done = Command::new(mwallet_path()).arg("--version").output().unwrap();
    assert!(done.status.success());
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("mwallet "), "{done:?}");
}

#[test]
fn help_knows_the_verbs_of_verbs() {
    let scratch = Scratch::new();
    let asked = scratch.mwallet("help cred set").ok().out();
    assert_eq!(asked, scratch.mwallet("cred set --help").ok().out());
    assert!(asked.contains("mwallet cred set"), "{asked}");
    scratch.mwallet("help cred nonsense").fails(2, "usage");
    scratch.mwallet("help passwords csr").fails(2, "usage");
}

#[test]
fn kind_of_auto_login_goes_behind_an_equals_sign() {
    let scratch = Scratch::new();
    let done = scratch.mwallet("create w --auto-login local").run().status(2);
    assert!(done.err().contains("--auto-login=local"), "{}", done.story());
    assert!(!scratch.exists("w"));
}

#[test]
fn login_and_secret_that_are_not_there_have_lists_of_their_own() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for (line, list) in [
        ("cred get w db1", "mwallet cred list w"),
        ("cred rm w db1", "mwallet cred list w"),
        ("secret get w name", "mwallet secret list w"),
    ] {
        let error = scratch.mwallet(line).password(PASSWORD).fails(5, "entry-not-found");
        assert!(error["hint"].as_str().unwrap().starts_with(list), "{error}");
    }
}

#[test]
fn what_cannot_be_meant_is_a_usage_error() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let line = "csr w --dn CN=app --self-signed --key ec:p256 --alias App --out c.pem";
    scratch.mwallet(line).password(PASSWORD).ok();
    for line in [
        "rename - a b",
        "remove - a",
        "merge - w",
        "csr - --dn CN=x",
        "passwd -",
        "autologin on -",
        "snippet nginx -",
    ] {
        let error = scratch.mwallet(line).password(PASSWORD).fails(2, "usage");
        assert!(error["message"].as_str().unwrap().contains("not from stdin"), "{line}: {error}");
    }
    // Known before anybody types a password.
    let error = scratch.mwallet("create al.p12 --auto-login").fails(2, "usage");
    assert!(error["message"].as_str().unwrap().contains("directories"), "{error}");
    // A password that protects nothing.
    for line in ["export w --to p7b --out x --allow-loss", "export w --to pem --no-key --out x"] {
        scratch.mwallet(line).password(PASSWORD).out_password("Other123").fails(2, "usage");
        assert!(!scratch.exists("x"), "{line}");
    }
}

#[test]
fn alias_is_told_as_it_stands_in_the_file() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let line = "csr w --dn CN=CA --self-signed --ca-cert --key ec:p256 --alias App --out c.pem";
    scratch.mwallet(line).password(PASSWORD).ok();
    scratch.mwallet("create j.jks").password(PASSWORD).ok();
    let report = scratch.mwallet("add-trusted j.jks c.pem --alias Carbon").password(PASSWORD);
    assert_eq!(report.json()["certificates"][0]["alias"], "carbon");
    assert_eq!(scratch.mwallet("check j.jks --fix -q").password(PASSWORD).ok().out(), "");
    scratch
        .mwallet("export w --to pem --key-only --out k.pem --out-no-password")
        .password(PASSWORD)
        .ok();
    let import = "import-user j.jks c.pem --key k.pem --alias App";
    assert_eq!(scratch.mwallet(import).password(PASSWORD).json()["alias"], "app");
}

#[test]
fn an_unknown_verb_is_told_with_those_that_could_stand_there() {
    let scratch = Scratch::new();
    let tips = |line: &str| {
        let done = scratch.mwallet(line).run().status(2);
        let said = done.err();
        said.lines().filter_map(|line| line.strip_prefix("  tip: ")).collect::<Vec<_>>().join("; ")
    };
    let known = "there are init, build, check, serve, clean";
    assert_eq!(tips("pki bild check"), format!("a similar subcommand exists: 'build'; {known}"));
    assert_eq!(tips("crl zzz"), "there are create, show, verify");
    assert_eq!(tips("pki pki build"), known);
    assert!(tips("mwallet list w").starts_with("there are create"), "of the program's own name");
    assert!(tips("zzz pki").starts_with("there are create"));
    assert!(
        tips("--quiet lst").starts_with("a similar subcommand exists: 'list'; there are create")
    );
    assert!(!tips("zzz").contains("bench-floor"), "it is nobody's to use");
    let error = scratch.mwallet("").fails(2, "usage");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("snippet, explain, demo, help"), "{error}");
    let error = scratch.mwallet("pki bild").fails(2, "usage");
    assert_eq!(error["message"], format!("unrecognized subcommand 'bild'; {known}"));
    assert_eq!(error["details"]["suggestion"], serde_json::json!(["build"]));
    // Where none stands, all are listed with what they do.
    let done = scratch.mwallet("pki").run().status(2);
    assert!(done.err().contains("  build  Make what is missing"), "{}", done.story());
}

#[test]
fn what_one_verb_calls_type_and_another_to_goes_by_both_names() {
    let scratch = Scratch::new();
    scratch.mwallet("create a --to p12 --no-password").ok().says("made a ");
    scratch.mwallet("merge a a --out b --to p12 --no-password --src-no-password").ok();
    let export = "export a --type p12 --no-password --out c --out-no-password";
    scratch.mwallet(export).fails(5, "entry-not-found");
}

#[test]
fn wallet_before_its_action_comes_with_the_right_order() {
    let scratch = Scratch::new();
    let error = scratch.mwallet("autologin w status").fails(2, "usage");
    assert_eq!(error["hint"], "mwallet autologin status w --json");
    let done = scratch.mwallet("autologin w on --password-env PW").run().status(2);
    let hint = "hint: mwallet autologin on w --password-env PW\n";
    assert!(done.err().ends_with(hint), "{}", done.story());
    // Nothing is swapped where that does not help.
    for line in ["autologin w nothing", "autologin w", "autologin status"] {
        let done = scratch.mwallet(line).run();
        assert!(!done.err().contains("hint: mwallet autologin"), "{}", done.story());
    }
}

#[test]
fn names_that_hide_are_quoted() {
    let scratch = Scratch::new();
    let make = scratch.mwallet("csr w --dn CN=x --key ec:p256 --out x.csr --alias").arg("app ");
    scratch.mwallet("create w").password(PASSWORD).ok();
    make.password(PASSWORD).ok();
    let near = scratch.mwallet("show w app").password(PASSWORD).fails(5, "entry-not-found");
    let message = near["message"].as_str().unwrap();
    assert!(message.ends_with("no entry is called app; did you mean \"app \"?"), "{near}");
    let none = scratch.mwallet("show w").arg("other ").password(PASSWORD);
    let message = none.fails(5, "entry-not-found")["message"].as_str().unwrap().to_owned();
    assert!(message.ends_with("no entry is called \"other \"; there is \"app \""), "{message}");
}

#[test]
fn help_of_convert_names_the_files_of_a_folder() {
    let done = Scratch::new().mwallet("convert --help").ok();
    for name in
        ["fullchain.pem", "cert.pem", "chain.pem", "key.pem", "privkey.pem", "truststore.pem"]
    {
        assert!(done.out().contains(name), "{name}: {}", done.story());
    }
}

#[test]
fn store_on_stdin_is_said_to_want_a_file_where_certificates_are_wanted() {
    let scratch = Scratch::new();
    for name in ["a.p12", "w.p12"] {
        scratch.mwallet(&format!("create {name}")).password(PASSWORD).ok();
    }
    let add = scratch.mwallet("add-trusted w.p12 -").stdin(&scratch.read("a.p12"));
    let error = add.password(PASSWORD).fails(2, "usage");
    assert_eq!(error["message"], "a pkcs12 store is read from a file, not from stdin");
}

#[test]
fn value_where_none_is_taken_is_not_repeated() {
    let scratch = Scratch::new();
    for line in [
        "secret set w x tiger",
        "secret set w x -tiger",
        "secret set w x --value-stdin=tiger",
        "secret set w x --existing=tiger",
        "cred set w db1 --user scott tiger",
        "cred set w db1 --user scott --value-stdin=tiger",
        "cred set w db1 scott tiger",
        "create w tiger",
        "passwd w old tiger",
        "passwd w --new-password-stdin=tiger",
        "list w --password-stdin=tiger",
        "export w --out-password-stdin=tiger",
    ] {
        let done = scratch.mwallet(line).run().status(2);
        let done = done.says("not repeated here").says("hint: mwallet help passwords\n");
        for typed in ["tiger", "scott", "old", "'-t'"] {
            assert!(!done.all().contains(typed), "{}", done.story());
        }
        let error = scratch.mwallet(line).fails(2, "usage").to_string();
        assert!(!error.contains("tiger") && !error.contains("scott"), "{error}");
    }
    scratch
        .mwallet("secret set w x tiger")
        .run()
        .says("unexpected argument")
        .says("--value-env VAR");
    // A word that is no secret is named, so that it can be found.
    scratch.mwallet("secret set w x --exsting").run().status(2).says("--exsting");
    scratch.mwallet("list w tiger").run().status(2).says("tiger");
}

#[test]
fn name_that_ends_as_a_flag_of_stdin_reads_none() {
    let scratch = Scratch::new();
    let line = "create w-stdin --password-stdin";
    scratch.mwallet(line).stdin(PASSWORD.as_bytes()).ok();
    let line =
        "csr w-stdin --dn CN=x --key ec:p256 --out=x-stdin --san=dns:x-stdin --password-stdin";
    scratch.mwallet(line).stdin(PASSWORD.as_bytes()).ok().says("x-stdin");
}

#[test]
fn details_are_for_people_and_stay_out_of_json() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    assert!(scratch.mwallet("list w -v").password(PASSWORD).ok().err().starts_with("opened w: "));
    let done = scratch.mwallet("show w nope -v --json").password(PASSWORD).run().status(5);
    let error: Value = serde_json::from_str(&done.err()).unwrap();
    assert_eq!(error["error"]["code"], "entry-not-found");
}

#[test]
fn line_that_reads_a_pipe_is_not_hinted_once_more() {
    let scratch = Scratch::new();
    let wrong = |line: &str| {
        let mut shell = Command::new("bash");
        let program = mwallet_path().display();
        shell.args(["-c", &format!("{program} {line}")]).current_dir(scratch.path());
        support::run::run(&mut shell, b"secret").status(2)
    };
    let hinted = wrong("display w.p12 --password-file pw").says("hint: mwallet list w.p12");
    assert!(hinted.err().contains("--password-file pw"), "{}", hinted.story());
    for line in [
        "display w.p12 --password-file <(echo secret)",
        "display w.p12 --password-file=<(echo secret)",
        "display w.p12 --password-stdin",
        "autologin <(cat w.p12) on",
        "create w --auto-login local --password-stdin",
        "wallet add -wallet w -trusted_cert -cert <(cat ca.pem)",
    ] {
        for line in [line.to_owned(), format!("{line} --json")] {
            let done = wrong(&line);
            let hint = ["hint: mwallet", "\"hint\":\"mwallet"].map(|text| done.all().find(text));
            let shown = hint.iter().flatten().next().map(|at| done.all()[*at..].to_owned());
            let shown = shown.map(|hint| hint.split("\",").next().unwrap_or_default().to_owned());
            assert!(
                shown.is_none_or(|hint| !hint.contains("/dev/fd") && hint.contains("help")),
                "{}",
                done.story()
            );
        }
    }
}
