//! The verbs of test PKIs in the hands of somebody who is new to them: what is refused is foreseen, what
//! is cleaned can be built again, and every message is true.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use support::run::run;
use support::scratch::Scratch;

/// A PKI of three entries.
const SMALL: &str = "version = 1\nout = \"out\"\npassword = \"changeit1\"\n\
    [ca.root]\ncrl = true\n\
    [leaf.server]\nissuer = \"root\"\nsan = \"dns:localhost\"\neku = \"server\"\n\
    [leaf.client]\nissuer = \"root\"\neku = \"client\"\n";

/// A folder with the file, and nothing built.
fn begun() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    scratch
}

#[test]
fn a_folder_that_was_cleaned_can_be_built_again() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    scratch.write("out/notes/mine.txt", "mine");
    let built = scratch.picture("out");
    scratch.mwallet("pki clean").ok().says("what others put there stays");
    assert!(!scratch.exists("out/root"));
    assert_eq!(scratch.text("out/notes/mine.txt"), "mine");
    // There is nothing more to clean, and it is said once more.
    let cleaned = scratch.picture(".");
    scratch.mwallet("pki clean").ok().says("out: nothing to clean\n");
    scratch.assert_unchanged(".", &cleaned);
    let done = scratch.mwallet("pki build --check").ok();
    assert!(done.out().contains("trust stores: it is new"), "{}", done.story());
    let paths = |picture: &support::scratch::Picture| picture.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&scratch.picture("out")), paths(&built));
    // Alone, the folder goes away, with the list that told whose it is.
    scratch.mwallet("pki clean").ok();
    fs::remove_dir_all(scratch.at("out/notes")).unwrap();
    scratch.mwallet("pki clean").ok();
    assert!(!scratch.exists("out"));
    scratch.mwallet("pki clean").ok().says("nothing to clean");
    // What no build has made is nobody's to clean, nor to build into.
    scratch.write("out/important", "mine");
    scratch.mwallet("pki clean").ok().says("nothing to clean");
    scratch.mwallet("pki build").fails(6, "would-overwrite");
}

#[test]
fn cleaning_needs_the_top_of_the_file_alone() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    scratch.write("pki.toml", SMALL.replace("issuer = \"root\"", "isuer = \"rot\""));
    scratch.mwallet("pki check").fails(1, "pki-file-invalid");
    scratch.mwallet("pki clean").ok();
    assert!(!scratch.exists("out"));
    // Whoever meant another folder is not taken at the default's word.
    scratch.write("pki.toml", SMALL.replace("out =", "outt ="));
    scratch.mwallet("pki clean").fails(1, "pki-file-invalid");
}

#[test]
fn check_foresees_what_a_build_refuses() {
    let refused = |scratch: &Scratch, status: i32, code: &str| {
        let before = scratch.picture(".");
        let foreseen = scratch.mwallet("pki check").fails(status, code);
        let refused = scratch.mwallet("pki build").fails(status, code);
        assert_eq!(foreseen["message"], refused["message"]);
        assert_eq!(foreseen["hint"], refused["hint"]);
        scratch.assert_unchanged(".", &before);
    };
    let scratch = begun();
    scratch.write("out/important", "mine");
    refused(&scratch, 6, "would-overwrite");
    scratch.write("pki.toml", SMALL.replace("\"out\"", "\"out/important\""));
    refused(&scratch, 6, "would-overwrite");
    scratch.write("pki.toml", SMALL.replace("\"out\"", "\"a/b\""));
    refused(&scratch, 5, "file-not-found");
    std::os::unix::fs::symlink("nowhere", scratch.at("link")).unwrap();
    scratch.write("pki.toml", SMALL.replace("\"out\"", "\"link\""));
    refused(&scratch, 6, "link-refused");
    scratch.write("pki.toml", SMALL.replace("changeit1", "short"));
    refused(&scratch, 6, "password-weak");
    // What is up to date needs no place.
    scratch.write("pki.toml", SMALL.replace("\"out\"", "\"made\""));
    scratch.mwallet("pki check").run().status(3);
    scratch.mwallet("pki build").ok();
    scratch.mwallet("pki check").ok();
}

#[test]
fn check_foresees_what_stands_in_the_way_of_each_file() {
    let scratch = Scratch::new();
    let outputs = "issuer = \"root\"\noutputs = [\"der\", \"p12\", \"jks\", \"oracle\", \"k8s\"]";
    scratch.write("pki.toml", SMALL.replace("issuer = \"root\"", outputs));
    scratch.mwallet("pki build").ok();
    let is_made = |path: &PathBuf| path.is_file() && !path.ends_with("manifest.json");
    let files: Vec<PathBuf> = scratch.picture("out").into_keys().filter(is_made).collect();
    // A folder of ours with nothing of that in it.
    scratch.write("out/notes", "mine");
    scratch.mwallet("pki clean").ok();
    for path in &files {
        let refused = || {
            let error = scratch.mwallet("pki check").fails(6, "would-overwrite");
            let path = path.strip_prefix(scratch.path()).unwrap();
            assert_eq!(error["message"], format!("{}: exists", path.display()));
        };
        fs::create_dir_all(path).unwrap();
        refused();
        fs::remove_dir(path).unwrap();
        fs::write(path, "mine").unwrap();
        refused();
        fs::remove_file(path).unwrap();
    }
    fs::remove_dir_all(scratch.at("out/server")).unwrap();
    scratch.write("out/server", "mine");
    let error = scratch.mwallet("pki check").fails(6, "would-overwrite");
    assert_eq!(error["message"], "out/server: exists");
    scratch.mwallet("pki build").fails(6, "would-overwrite");
}

#[test]
fn a_port_that_is_taken_is_told_with_a_way_around() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = scratch.mwallet(&format!("pki serve --port {port}")).fails(7, "listen-failed");
    assert!(error["message"].as_str().unwrap().contains(&port.to_string()), "{error}");
    assert_eq!(error["hint"], "mwallet pki serve --json --port 0");
    let mut hinted = scratch.mwallet("pki serve --json --port 0").command();
    let (_serving, report) = support::server::Process::reporting(&mut hinted);
    let given = report["servers"][0]["port"].as_u64().unwrap();
    assert!(given != 0 && given != u64::from(port), "{report}");
}

#[test]
fn variables_of_the_shell_are_those_of_this_pki() {
    let scratch = Scratch::new();
    let out = r#"o u}t"$x`"#;
    scratch.write("pki.toml", SMALL.replace("\"out\"", &format!("'{out}'")));
    scratch.mwallet("pki build").ok();
    let read = |file: &str, before: &str| {
        let mut shell = Command::new("sh");
        let script = "set -eu; . \"$1\"; printf %s \"$PKI_CA_BUNDLE $PKI_SERVER_DIR\"";
        shell.args(["-c", script, "sh", file]).current_dir(scratch.path());
        shell.env("PKI_CA_BUNDLE", "stale").env_remove("PKI_DIR");
        if !before.is_empty() {
            shell.env("PKI_DIR", before);
        }
        run(&mut shell, b"").ok().out()
    };
    let of = |folder: &std::path::Path| {
        let folder = folder.display();
        format!("{folder}/ca-bundle.pem {folder}/server")
    };
    let own = scratch.at(out);
    let file = format!("./{out}/env.sh");
    assert_eq!(read(&file, ""), of(&own));
    // Another PKI was read before; or the folder was carried elsewhere since.
    assert_eq!(read(&file, "/stale"), of(&own));
    fs::rename(&own, scratch.at("moved")).unwrap();
    let moved = scratch.at("moved");
    assert_eq!(read("./moved/env.sh", moved.to_str().unwrap()), of(&moved));
}

#[test]
fn a_mistake_in_the_file_is_told_with_the_nearest_word_and_where_all_are_listed() {
    let scratch = begun();
    scratch.write("pki.toml", format!("{SMALL}bad = \"expird\"\n"));
    let error = scratch.mwallet("pki check").fails(1, "pki-file-invalid");
    let message = error["message"].as_str().unwrap();
    let end = "leaf.client.bad: unknown preset \"expird\"; the nearest is \"expired\"";
    assert!(message.ends_with(end), "{message}");
    assert_eq!(error["hint"], "mwallet help pki-file");
    let listed = scratch.mwallet("help pki-file").ok().out();
    for preset in mwallet::pki::bad::PRESETS {
        assert!(listed.contains(&format!("  {} ", preset.name)), "{}", preset.name);
    }
}

#[test]
fn a_build_tells_as_many_things_as_it_lists() {
    let scratch = begun();
    let told = |text: &str, lines: usize| {
        let done = scratch.mwallet("pki build").ok();
        let out = done.out();
        assert_eq!(out.lines().next(), Some(format!("out: {text}").as_str()), "{}", done.story());
        assert_eq!(out.lines().filter(|line| line.starts_with("  ")).count(), lines, "{out}");
    };
    told("made 3 entries, 1 revocation list, the trust stores, env.sh; kept 0 entries", 6);
    fs::remove_file(scratch.at("out/root/crl.pem")).unwrap();
    told("made 1 revocation list; kept 3 entries", 1);
    scratch.write("pki.toml", SMALL.split("[leaf.client]").next().unwrap());
    told("made env.sh; kept 2 entries; removed 1 entry", 1);
    told("up to date, 2 entries", 0);
}

/// What `pki serve` says on stderr before its report, and the warnings of the report.
fn served(scratch: &Scratch, line: &str) -> (String, Vec<String>) {
    use support::server::Process;
    let mut command = scratch.mwallet(&format!("pki serve {line} --json")).command();
    command.stderr(fs::File::create(scratch.at("stderr")).unwrap());
    let (_serving, report) = Process::reporting(&mut command);
    let warnings = report["warnings"].as_array().unwrap().iter();
    let message = |warning: &Value| warning["message"].as_str().unwrap().to_owned();
    (scratch.text("stderr"), warnings.map(message).collect())
}

#[test]
fn what_is_served_is_judged_alone_and_its_age_ends_nothing() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    let up_to_date = (String::new(), Vec::new());
    // Neither a key that nobody can read nor another entry, the lists and env.sh are asked for.
    let lock = |path: &str| {
        fs::remove_file(scratch.at(path)).unwrap();
        std::os::unix::fs::symlink(scratch.at(path), scratch.at(path)).unwrap();
    };
    for path in ["out/root/key.pem", "out/root/crl.pem", "out/env.sh", "out/client/key.pem"] {
        lock(path);
    }
    scratch.write("pki.toml", SMALL.replace("eku = \"client\"", "eku = \"client\"\ndays = 9"));
    assert_eq!(served(&scratch, ""), up_to_date);
    // What is out of date is named, with the reason; hints are not for programs.
    let other = SMALL.replace("dns:localhost", "dns:other.test");
    scratch.write("pki.toml", &other);
    let says = |message: &str| (String::new(), vec![message.to_owned()]);
    let wanted =
        "server is out of date: the file says something else; it is served as it was built";
    assert_eq!(served(&scratch, "pki.toml server"), says(wanted));
    scratch.write("pki.toml", SMALL.replace("[ca.root]", "[ca.root]\ndays = 99"));
    let wanted = "root is out of date: the file says something else; it is served as it was built";
    assert_eq!(served(&scratch, ""), says(wanted));
    scratch.write("pki.toml", SMALL.replace("leaf.server", "leaf.other"));
    let wanted =
        "server is out of date: the file does not name it any more; it is served as it was built";
    assert_eq!(served(&scratch, ""), says(wanted));
    // What cannot be judged is served.
    lock("out/root/cert.pem");
    let (stderr, warnings) = served(&scratch, "");
    assert!(stderr.is_empty() && warnings.len() == 1, "{stderr}{warnings:?}");
    assert!(warnings[0].contains("out/root/cert.pem"), "{warnings:?}");
}

#[test]
fn variables_are_the_same_from_wherever_the_file_is_named() {
    let scratch = Scratch::new();
    scratch.write("p1/pki.toml", SMALL);
    scratch.folder("w");
    let from = |folder: &str, line: &str| {
        let mut command = scratch.mwallet(line).command();
        run(command.current_dir(scratch.at(folder)), b"")
    };
    from("w", "pki build ../p1/pki.toml").ok();
    let variables = scratch.text("p1/out/env.sh");
    let folder = scratch.at("p1").canonicalize().unwrap().join("out");
    assert!(variables.contains(&format!("PKI_DIR=\"{}\"", folder.display())), "{variables}");
    std::os::unix::fs::symlink("../p1", scratch.at("w/link")).unwrap();
    from("p1", "pki check").ok();
    from("w", "pki check link/pki.toml").ok();
    from("w", &format!("pki check {}", scratch.at("w/../p1/pki.toml").display())).ok();
    // A project that was copied is told from a file that says something else.
    run(Command::new("cp").args(["-r", "p1", "p2"]).current_dir(scratch.path()), b"").ok();
    let done = from("p2", "pki check").status(3);
    assert_eq!(
        done.out(),
        "out: 1 out of date\n  env.sh: it was built in another folder\n",
        "{}",
        done.story()
    );
    scratch.write("p2/pki.toml", SMALL.split("[leaf.client]").next().unwrap());
    from("p2", "pki check").status(3).says("env.sh: the file says something else\n");
    // Builds of old did not list what it says.
    let manifest = scratch.text("p1/out/manifest.json");
    let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert!(manifest["environment"].as_object_mut().unwrap().remove("spec").is_some());
    scratch.write("p1/out/manifest.json", manifest.to_string());
    from("p1", "pki check").ok();
}

#[test]
fn a_folder_is_of_one_file_alone() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    scratch.write("other.toml", SMALL.replace("leaf.client", "leaf.user"));
    let before = scratch.picture(".");
    for verb in ["build", "check", "clean"] {
        let error = scratch.mwallet(&format!("pki {verb} other.toml")).fails(6, "would-overwrite");
        let wanted = "out: it is the output folder of pki.toml, not of other.toml";
        assert_eq!(
            (&error["message"], &error["hint"]),
            (&wanted.into(), &"mwallet help pki-file".into())
        );
    }
    // What is there is not compared with what the other file says.
    assert!(scratch.mwallet("pki check other.toml").run().out().is_empty());
    scratch.assert_unchanged(".", &before);
    // By another name of the same file, by the file that was renamed, and after a cleaning, it is.
    std::os::unix::fs::symlink("pki.toml", scratch.at("link.toml")).unwrap();
    scratch.mwallet("pki check link.toml").ok();
    scratch.mwallet("pki clean link.toml").ok();
    scratch.mwallet("pki build").ok();
    fs::rename(scratch.at("pki.toml"), scratch.at("renamed.toml")).unwrap();
    scratch.mwallet("pki build other.toml").ok();
    scratch.mwallet("pki build renamed.toml").fails(6, "would-overwrite");
    scratch.write("out/notes", "mine");
    scratch.mwallet("pki clean other.toml").ok();
    scratch.mwallet("pki build renamed.toml").ok();
    // Builds of old did not tell.
    let list = scratch.text("out/manifest.json");
    let without = list.replacen("\"file\": \"../renamed.toml\",", "", 1);
    assert_ne!(list, without);
    scratch.write("out/manifest.json", without);
    scratch.mwallet("pki build other.toml").ok();
}

#[test]
fn a_file_that_was_renamed_takes_its_folder_over() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    let server = scratch.read("out/server/key.pem");
    fs::rename(scratch.at("pki.toml"), scratch.at("renamed.toml")).unwrap();
    scratch.mwallet("pki build renamed.toml").ok().says("up to date");
    let renamed = scratch.text("out/manifest.json");
    assert!(renamed.contains("\"file\": \"../renamed.toml\","), "{renamed}");
    assert_eq!(scratch.read("out/server/key.pem"), server);
    scratch.write("pki.toml", SMALL.replace("leaf.client", "leaf.user"));
    scratch.mwallet("pki build").fails(6, "would-overwrite");
    // Then nothing is touched any more; nor by another name of the same file.
    std::os::unix::fs::symlink("renamed.toml", scratch.at("link.toml")).unwrap();
    let before = scratch.picture(".");
    scratch.mwallet("pki build renamed.toml").ok().says("up to date");
    scratch.mwallet("pki build link.toml").ok().says("up to date");
    scratch.assert_unchanged(".", &before);
    // Builds of old listed nothing.
    scratch.write("out/manifest.json", renamed.replace("\"file\": \"../renamed.toml\",", ""));
    scratch.mwallet("pki build renamed.toml").ok().says("up to date");
    scratch.mwallet("pki build").fails(6, "would-overwrite");
}

#[test]
fn a_folder_is_of_the_file_of_one_folder_alone() {
    let scratch = Scratch::new();
    let shared = SMALL.replace("\"out\"", "\"../shared\"");
    scratch.write("x/pki.toml", &shared);
    scratch.write("y/pki.toml", shared.replace("leaf.client", "leaf.user"));
    scratch.mwallet("pki build x/pki.toml").ok();
    let before = scratch.picture(".");
    for verb in ["build", "check", "clean"] {
        let error = scratch.mwallet(&format!("pki {verb} y/pki.toml")).fails(6, "would-overwrite");
        let message = error["message"].as_str().unwrap();
        let end = "it is the output folder of x/pki.toml, not of y/pki.toml";
        assert!(message.ends_with(end), "{message}");
    }
    scratch.assert_unchanged(".", &before);
    // The file has moved, and then the file and the folder together.
    fs::rename(scratch.at("x"), scratch.at("z")).unwrap();
    scratch.mwallet("pki check z/pki.toml").ok();
    scratch.folder("moved");
    for name in ["z", "shared"] {
        fs::rename(scratch.at(name), scratch.at(&format!("moved/{name}"))).unwrap();
    }
    scratch.mwallet("pki build moved/z/pki.toml").ok().says("kept 3 entries");
    let list = scratch.text("moved/shared/manifest.json");
    assert!(list.contains("\"file\": \"../z/pki.toml\","), "{list}");
    // Builds of old listed the name alone.
    scratch.write("moved/shared/manifest.json", list.replace("../z/", ""));
    scratch.mwallet("pki check moved/z/pki.toml").ok();
    scratch.write("moved/shared/manifest.json", list);
    // `..` leads out of what a link leads to.
    std::os::unix::fs::symlink("moved/shared", scratch.at("linked")).unwrap();
    scratch.write("x.toml", SMALL.replace("\"out\"", "\"linked\""));
    scratch.mwallet("pki build x.toml").fails(6, "would-overwrite");
    fs::rename(scratch.at("moved/z"), scratch.at("moved/gone")).unwrap();
    scratch.mwallet("pki build x.toml").ok();
    let linked = scratch.text("moved/shared/manifest.json");
    assert!(linked.contains("\"file\": \"../../x.toml\","), "{linked}");
}

#[test]
fn files_of_other_names_begin_with_folders_of_their_own() {
    let scratch = Scratch::new();
    let out = |name: &str| {
        scratch.mwallet("pki init --template wso2").arg(name).ok();
        mwallet::pki::file::read(&scratch.text(name)).unwrap().out.display().to_string()
    };
    scratch.folder("tests");
    for (name, wanted) in [
        ("pki.toml", "pki"),
        ("wso2.toml", "wso2"),
        ("tests/kafka-2.toml", "kafka-2"),
        ("described", "pki"),
        ("a b.toml", "pki"),
        (".toml", "pki"),
    ] {
        assert_eq!(out(name), wanted, "{name}");
    }
}

#[test]
fn what_cannot_be_listed_is_anothers_and_stays() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    // Deeper than anybody looks.
    let deep = format!("out/pgdata{}", "/deeper".repeat(40));
    scratch.folder(&deep);
    scratch.mwallet("pki clean").ok().says("what others put there stays");
    assert!(scratch.exists(&deep) && !scratch.exists("out/root"));
    let list: Value = serde_json::from_slice(&scratch.read("out/manifest.json")).unwrap();
    assert_eq!(list["entries"], serde_json::json!([]), "{list:#}");
    scratch.mwallet("pki clean").ok().says("nothing to clean");
    // No build can take it over, and nothing is lost; without it, all is well.
    let before = scratch.picture(".");
    let error = scratch.mwallet("pki build").fails(1, "limit-exceeded");
    assert!(error["message"].as_str().unwrap().contains("out/pgdata"), "{error}");
    assert_eq!(scratch.mwallet("pki check").fails(1, "limit-exceeded"), error);
    scratch.assert_unchanged(".", &before);
    fs::remove_dir_all(scratch.at("out/pgdata")).unwrap();
    scratch.mwallet("pki build --check").ok();
}

#[test]
fn check_reports_before_it_fails() {
    let scratch = begun();
    scratch.write("out/important", "mine");
    let done = scratch.mwallet("pki check").run().status(6);
    assert!(done.out().contains("  server: it is new\n"), "{}", done.story());
    assert!(done.err().contains("important is in it (would-overwrite)"), "{}", done.story());
    let (report, status) = scratch.mwallet("pki check").report();
    assert_eq!((status, report["stale"].as_array().unwrap().len()), (Some(6), 6), "{report:#}");
}

#[test]
fn a_password_that_is_missing_or_short_is_foreseen_with_its_place() {
    let scratch = begun();
    let variable = SMALL.replace("password = \"changeit1\"", "password_env = \"P\"");
    scratch.write("pki.toml", &variable);
    let with = |line: &str, password: &str| {
        let mut command = scratch.mwallet(line).command();
        if password.is_empty() {
            command.env_remove("P")
        } else {
            command.env("P", password)
        };
        run(&mut command, b"")
    };
    let unset = "warning: the variable P is not set: a build needs it, and";
    with("pki check", "")
        .status(3)
        .says(unset)
        .says("hint: P=changeit1 mwallet pki build pki.toml\n");
    with("pki serve", "").status(5).says("hint: P=changeit1 mwallet pki build pki.toml\n");
    with("pki check", "changeit1").status(3).says("hint: mwallet pki build pki.toml\n");
    let min_days = "hint: P=changeit1 mwallet pki build pki.toml --min-days 9\n";
    with("pki check --min-days 9", "").status(3).says(min_days);
    with("pki build", "").status(4).says("hint: P=changeit1 mwallet pki build\n");
    for verb in ["check", "build"] {
        with(&format!("pki {verb}"), "short")
            .status(6)
            .says("the password in P is shorter than 6 characters, which keytool refuses")
            .says(&format!("hint: P=changeit1 mwallet pki {verb}\n"));
    }
    with("pki build", "changeit1").ok();
    with("pki check", "").ok().says(unset);
    let done = with("pki check", "changeit1").ok();
    assert!(done.err().is_empty(), "{}", done.story());
    // What is served out of date; two servers do not fit behind the last port.
    let twice = "days = 9\n[leaf.second]\nlike = \"server\"\n";
    scratch.write("pki.toml", format!("{variable}{twice}"));
    with("pki build", "changeit1").ok();
    scratch.write("pki.toml", format!("{variable}{twice}days = 8\n"));
    let hint = "hint: P=changeit1 mwallet pki build pki.toml\n";
    with("pki serve --port 65535", "").says("second is out of date").says(hint);
    // What Oracle's tools would not make is told of its place, too.
    let wallet = format!("{variable}outputs = [\"oracle\"]\n");
    scratch.write("pki.toml", wallet);
    with("pki check", "short1").status(3).says("warning: the password in P is shorter than 8");
    scratch.write("pki.toml", SMALL.replace("changeit1", "short"));
    let error = scratch.mwallet("pki check").fails(6, "password-weak");
    let wanted = "the password in pki.toml is shorter than 6 characters, which keytool refuses";
    assert_eq!(
        (&error["message"], &error["hint"]),
        (&wanted.into(), &"mwallet help pki-file".into())
    );
}

#[test]
fn what_check_asks_for_a_build_makes() {
    let scratch = Scratch::new();
    let at = |day: u32| {
        let days = "[defaults]\ndays = 90\n[ca.root]";
        let text = SMALL.replace("[ca.root]", days).replace("crl = true\n", "");
        scratch.write("pki.toml", format!("now = \"2030-01-{day:02}T00:00:00Z\"\n{text}"));
    };
    at(1);
    scratch.mwallet("pki build").ok();
    at(20);
    scratch.mwallet("pki check").ok();
    let hint = "hint: mwallet pki build pki.toml --min-days 80\n";
    scratch.mwallet("pki check --min-days 80").run().status(3).says(hint);
    scratch.mwallet("pki build --min-days 80 --check").ok().says("made 3 entries");
    let done = scratch.mwallet("pki check --min-days 80").ok();
    assert!(done.err().is_empty(), "{}", done.story());
    // What nothing can last is said to be so.
    let never = "warning: --min-days 90: root, server, client do not last longer";
    scratch.mwallet("pki build --min-days 90").ok().says(never);
    scratch.mwallet("pki check --min-days 90").ok().says(never);
    scratch.write("pki.toml", SMALL.replace("[ca.root]", "[defaults]\ndays = 90\n[ca.root]"));
    scratch.mwallet("pki check --min-days 40").run().says(
        "root (revocation list) does not last longer: every build makes it again (pki-stale)",
    );
}

/// The codes and messages of the warnings of a report.
fn warnings(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let warnings = report["warnings"].as_array().unwrap().iter();
    warnings.map(|warning| (text(&warning["code"]), text(&warning["message"]))).collect()
}

#[test]
fn what_does_not_last_its_days_is_told() {
    let scratch = begun();
    let text = "now = \"2030-01-01T00:00:00Z\"\nversion = 1\nout = \"out\"\npassword = \"changeit1\"\n\
        [defaults]\ndays = 30\n[ca.root]\n[ca.issuing]\nissuer = \"root\"\ndays = 60\n\
        [leaf.server]\nissuer = \"issuing\"\ndays = 90\nsan = \"dns:localhost\"\neku = \"server\"\n\
        [leaf.client]\nissuer = \"root\"\n[leaf.expired]\nlike = \"server\"\nbad = \"expired\"\n\
        [leaf.later]\nlike = \"server\"\nbad = \"not-yet-valid\"\n";
    scratch.write("pki.toml", text);
    let cut = |issuer: &str, name: &str| {
        let message = format!("cut to the end of {issuer}, 2030-01-31T00:00:00Z: {name}");
        ("validity-cut".to_owned(), message)
    };
    let both = [cut("issuing", "server"), cut("root", "issuing")];
    let (report, status) = scratch.mwallet("pki check").report();
    assert_eq!((status, warnings(&report)), (Some(3), both.to_vec()), "{report:#}");
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), both);
    for name in ["issuing", "server"] {
        let list = scratch.mwallet(&format!("show out/{name}/cert.pem")).ok().out();
        assert!(list.contains("2030-01-31"), "{name}: {list}");
    }
    // Of what is kept it was said.
    assert_eq!(warnings(&scratch.mwallet("pki check").json()), []);
    // A kept CA ends when it did.
    let changed =
        text.replace("issuer = \"root\"\n[leaf.exp", "issuer = \"root\"\ndays = 31\n[leaf.exp");
    scratch.write("pki.toml", changed);
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), [cut("root", "client")]);
}

#[test]
fn a_root_that_is_another_is_told() {
    let scratch = begun();
    let no = Vec::new();
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), no);
    let message = "root is made anew: what trusts the old one has to be given out/ca-bundle.pem or a \
        trust store again";
    let told = [("pki-root-replaced".to_owned(), message.to_owned())];
    fs::remove_file(scratch.at("out/root/key.pem")).unwrap();
    let (report, _) = scratch.mwallet("pki check").report();
    assert_eq!(warnings(&report), told);
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), told);
    // With its key, its name and its days it is trusted as before.
    fs::remove_file(scratch.at("out/root/cert.der")).unwrap();
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), no);
    scratch.write("pki.toml", SMALL.replace("[ca.root]", "[ca.root]\ndn = \"CN=Other\""));
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), told);
    scratch.mwallet("pki build").ok().says("up to date");
    // Nor is it another for what else is said of it.
    let named = |more: &str| SMALL.replace("[ca.root]\n", &format!("[ca.root]\n{more}\n"));
    for more in ["dn = \"CN=Other\"\ndays = 3000", "dn = \"CN=Other\"\npath_len = 3"] {
        scratch.write("pki.toml", named(more));
        assert_eq!(warnings(&scratch.mwallet("pki build").json()), no, "{more}");
    }
    scratch.write("pki.toml", named("dn = \"CN=Other\"\nkey = \"rsa:2048\""));
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), told);
    // What is no root afterwards is trusted as little.
    let message =
        message.replace("made anew: what trusts the old one", "no root any more: what trusts it");
    let told = [("pki-root-replaced".to_owned(), message)];
    scratch.write("pki.toml", SMALL.replace("[ca.root]", "[ca.top]\n[ca.root]\nissuer = \"top\""));
    assert_eq!(warnings(&scratch.mwallet("pki check").report().0), told);
    scratch.write("pki.toml", SMALL.replace("root", "renamed"));
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), told);
    assert_eq!(warnings(&scratch.mwallet("pki build").json()), no);
}

#[test]
fn a_server_that_is_named_without_the_file_is_found() {
    let scratch = begun();
    let hint = |line: &str| {
        scratch.mwallet(&format!("pki serve {line}")).fails(5, "file-not-found")["hint"].clone()
    };
    assert_eq!(hint("server"), "mwallet pki serve pki.toml server");
    assert_eq!(
        hint("server client --port 8443"),
        "mwallet pki serve pki.toml server client --port 8443"
    );
    assert_eq!(hint("other.toml"), "mwallet pki init other.toml");
    fs::rename(scratch.at("pki.toml"), scratch.at("other.toml")).unwrap();
    assert_eq!(hint("server"), "mwallet pki init server");
}

#[test]
fn where_nothing_is_for_servers_it_is_told() {
    let scratch = begun();
    scratch.write("pki.toml", SMALL.replace("eku = \"server\"", "eku = \"client\""));
    scratch.mwallet("pki build").ok();
    let why = "no leaf is for servers: eku = \"server\"";
    for (line, wanted) in [
        ("pki serve", format!("pki.toml: {why}")),
        ("pki serve pki.toml s", format!("pki.toml: there is no server \"s\"; {why}")),
    ] {
        let error = scratch.mwallet(line).fails(5, "entry-not-found");
        assert_eq!(error["message"], wanted, "{error}");
    }
}

#[test]
fn what_is_new_is_not_out_of_date() {
    let scratch = begun();
    scratch.mwallet("pki check").run().status(3).says("out: to be made: 6\n");
    scratch.mwallet("pki build").ok();
    let more = "days = 9\n[leaf.more]\nissuer = \"root\"\n";
    scratch.write("pki.toml", format!("{SMALL}{more}"));
    scratch.mwallet("pki check").run().status(3).says("out: 2 out of date; to be made: 1\n");
}

#[test]
fn a_manifest_that_is_damaged_is_told_with_a_way_out() {
    let scratch = begun();
    scratch.mwallet("pki build").ok();
    let list = scratch.text("out/manifest.json");
    scratch.write("out/manifest.json", &list[..list.len() / 2]);
    for verb in ["check", "build", "clean", "serve"] {
        let error = scratch.mwallet(&format!("pki {verb}")).fails(1, "pki-manifest-invalid");
        assert_eq!(error["hint"], "mv out out.damaged", "{verb}: {error}");
    }
    let mut hinted = Command::new("mv");
    run(hinted.args(["out", "out.damaged"]).current_dir(scratch.path()), b"").ok();
    scratch.mwallet("pki build --check").ok();
    // A file that the manifest lists and nobody can read.
    scratch.write("out/server/key.pem", "damaged");
    let error = scratch.mwallet("pki serve").fails(1, "pki-manifest-invalid");
    assert_eq!(error["hint"], "mwallet pki build pki.toml");
    scratch.mwallet("pki build pki.toml --check").ok();
}

#[test]
fn example_of_the_help_is_built_and_its_list_of_files_is_whole() {
    let scratch = Scratch::new();
    let help = scratch.mwallet("help pki-file").ok().out();
    let (_, example) = help.split_once("`pki init` writes:\n").unwrap();
    let file: Vec<&str> = example.lines().map(str::trim_start).collect();
    scratch.write("pki.toml", file.join("\n"));
    let build = || {
        let mut command = scratch.mwallet("pki build pki.toml --check").command();
        command.env("PKI_PASSWORD", "changeit1");
        run(&mut command, b"").ok()
    };
    build();
    for leaf in ["server", "revoked"] {
        for name in fs::read_dir(scratch.at(&format!("pki/{leaf}"))).unwrap() {
            let name = name.unwrap().file_name().into_string().unwrap().replace(leaf, "NAME");
            assert!(help.contains(&name), "{name}: {help}");
        }
    }
    for name in fs::read_dir(scratch.at("pki/issuing"))
        .unwrap()
        .chain(fs::read_dir(scratch.at("pki")).unwrap())
    {
        let name = name.unwrap().file_name().into_string().unwrap();
        let is_entry = ["root", "issuing", "server", "revoked"].contains(&name.as_str());
        assert!(is_entry || help.contains(&name), "{name}: {help}");
    }
    // What a preset needs is said, and without it nothing is built.
    scratch.write("pki.toml", file.join("\n").replace("crl = true", ""));
    let error = scratch.mwallet("pki check pki.toml").fails(1, "pki-file-invalid");
    assert!(error["message"].as_str().unwrap().contains("crl = true"), "{error}");
    assert!(help.contains("needs crl = true in its issuer"), "{help}");
    for needs in mwallet::pki::bad::PRESETS.map(|preset| preset.needs) {
        assert!(help.contains(needs), "{needs}: {help}");
    }
}
