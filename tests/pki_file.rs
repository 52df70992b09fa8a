//! What is wrong in a `pki.toml` is told with its line, its column, and the word that was meant; and
//! before anything is written.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::pki::FileError;
use mwallet::pki::file::read;
use support::scratch::Scratch;

/// The beginning of a file, three lines.
const HEAD: &str = "version = 1\npassword = \"changeit1\"\n[ca.root]\n";

#[track_caller]
fn wrong(rest: &str) -> FileError {
    match read(&format!("{HEAD}{rest}")) {
        Ok(_) => panic!("nothing is wrong with\n{rest}"),
        Err(error) => error,
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    for (rest, line, column, key, problem) in [
        ("dayz = 3", 4, 1, "ca.root.dayz", "unknown key"),
        ("days = \"3\"", 4, 8, "ca.root.days", "a whole number is needed, not a string"),
        ("days = 0", 4, 8, "ca.root.days", "not between 1 and"),
        ("crl = 1", 4, 7, "ca.root.crl", "true or false is needed"),
        ("dn = \"nonsense\"", 4, 6, "ca.root.dn", ""),
        ("key = \"rsa:1024\"", 4, 7, "ca.root.key", "unknown key type"),
        ("path_len = 256", 4, 12, "ca.root.path_len", "not between 0 and 255"),
        ("permitted_dns = [\"a\", 3]", 4, 23, "ca.root.permitted_dns", "a string is needed"),
        ("permitted_dns = [\"a\", \"münchen.test\"]", 4, 23, "ca.root.permitted_dns", "no domain"),
        ("permitted_dns = \".\"", 4, 17, "ca.root.permitted_dns", "no domain"),
        ("excluded_dns = [\"\"]", 4, 17, "ca.root.excluded_dns", "empty"),
        ("excluded_dns = \"a,dns:b\"", 4, 16, "ca.root.excluded_dns", "no domain"),
        (
            "[leaf.a-b]\nissuer = \"root\"\n[leaf.\"a.b\"]\nissuer = \"root\"",
            6,
            7,
            "leaf.a.b",
            "the variable PKI_A_B_DIR",
        ),
        ("issuer = \"rot\"", 4, 10, "ca.root.issuer", "there is no CA \"rot\""),
        ("issuer = \"root\"", 4, 10, "ca.root.issuer", "a cycle"),
        ("[leaf.a]", 4, 7, "leaf.a", "the issuer is missing"),
        ("[leaf.root]\nissuer = \"root\"", 4, 7, "leaf.root", "another entry is called"),
        (
            "[leaf.a]\nissuer = \"root\"\n[leaf.A]\nissuer = \"root\"",
            6,
            7,
            "leaf.A",
            "another entry",
        ),
        ("[leaf.\"a/b\"]\nissuer = \"root\"", 4, 7, "leaf.a/b", "a name is a folder"),
        ("[leaf.manifest.json]", 4, 16, "leaf.manifest.json", "unknown key"),
        ("[leaf.\"manifest.json\"]", 4, 7, "leaf.manifest.json", "has this name"),
        ("[leaf.a]\nlike = \"b\"", 5, 8, "leaf.a.like", "there is no entry \"b\""),
        ("[leaf.a]\nlike = \"b\"\n[leaf.b]\nlike = \"a\"", 7, 8, "leaf.b.like", "a cycle"),
        ("[leaf]\na = 3", 5, 1, "leaf.a", "a table is needed"),
        ("[leaf.a]\nissuer = \"root\"\nsan = \"dns:ho st\"", 6, 7, "leaf.a.san", ""),
        ("[leaf.a]\nissuer = \"root\"\neku = [\"server\"]", 6, 7, "leaf.a.eku", "a server without"),
        ("[leaf.a]\nissuer = \"root\"\neku = [\"sever\"]", 6, 8, "leaf.a.eku", "\"sever\""),
        ("[leaf.a]\nissuer = \"root\"\noutputs = [\"p21\"]", 6, 12, "leaf.a.outputs", "\"p21\""),
        ("[leaf.a]\nissuer = \"root\"\nprofile = \"moden\"", 6, 11, "leaf.a.profile", "\"moden\""),
        (
            "[leaf.a]\nissuer = \"root\"\nprofile = \"java-trust\"",
            6,
            11,
            "leaf.a.profile",
            "impossible",
        ),
        ("[leaf.a]\nissuer = \"root\"\nbad = \"expird\"", 6, 7, "leaf.a.bad", "\"expird\""),
        ("[leaf.a]\nissuer = \"root\"\ncount = 100001", 6, 9, "leaf.a.count", "not between"),
        (
            "[leaf.a]\nissuer = \"root\"\ncount = 100000\nsan = \"dns:a,dns:b,dns:c,dns:d,dns:e,dns:f,\
             dns:g,dns:h,dns:i,dns:j,dns:k\"",
            6,
            9,
            "leaf.a.count",
            "more than 1000000 names",
        ),
        ("[leaf.a]\nissuer = \"root\"\niterations = 5", 6, 14, "leaf.a.iterations", "not between"),
        ("[leaf.a]\nissuer = \"root\"\nalias = \"\"", 6, 9, "leaf.a.alias", "is empty"),
        ("[defaults]\nsan = \"dns:a\"", 5, 1, "defaults.san", "unknown key"),
        ("[defaults", 4, 10, "", ""),
        ("[leaf.a]\nissuer = \"root\"\nissuer = \"root\"", 6, 1, "", "duplicate key issuer"),
        ("[leaf.a]\nissuer = \"root\"\n[leaf.a]", 6, 7, "", "duplicate key a"),
        ("[ca.root]", 4, 5, "", "duplicate key root"),
        ("dn=issuing", 4, 4, "", "a string stands in quotes here"),
        ("dn = root # one", 4, 6, "", "a string stands in quotes here"),
        ("key = rsa:2048", 4, 7, "", "a string stands in quotes here"),
        ("permitted_dns = [a.test]", 4, 18, "", "a string stands in quotes here"),
        ("permitted_dns = [\n\"a\", nan.test]", 5, 6, "", "a string stands in quotes here"),
        ("crl = True", 4, 7, "", "invalid boolean"),
        ("days = 03", 4, 8, "", "unexpected leading zero"),
        ("days = 30d", 4, 8, "", "string values must be quoted"),
        ("now = 2026-13-01", 4, 7, "", "invalid date"),
        ("dn = \"CN=\\q\"", 4, 11, "", "escape"),
        ("dn = ", 4, 6, "", ""),
        (
            "[leaf.server]\nissuer = \"root\"\n[leaf.Server]\nissuer = \"root\"",
            6,
            7,
            "leaf.Server",
            "another entry is called \"server\", and folders may not differ in case alone",
        ),
    ] {
        let error = wrong(rest);
        assert_eq!((error.line, error.column), (line, column), "{rest}\n{error}");
        assert_eq!(error.key, key, "{rest}\n{error}");
        assert!(error.problem.contains(problem), "{rest}\n{error}");
    }
}

#[test]
fn a_password_without_quotes_is_not_printed() {
    for value in ["Hunter2secret", "2Hunter2secret", "trueHunter2secret", "_Hunter2secret"] {
        let text = format!("version = 1\npassword = {value}\n[ca.root]\n");
        let error = read(&text).unwrap_err();
        assert!(error.line == 2 && !error.to_string().contains("Hunter2"), "{error}");
    }
}

#[test]
fn what_stands_at_the_top_is_checked() {
    for (text, line, key, problem) in [
        ("", 1, "", "version = 1 is missing"),
        ("version = 2\n", 1, "version", "knows version 1"),
        ("version = 1\n[ca.root]\n", 1, "", "password_env or password is missing"),
        ("version = 1\npassword = \"\"\n[ca.root]\n", 2, "password", "is empty"),
        ("version = 1\npassword_env = \"A=B\"\n[ca.root]\n", 2, "password_env", "no name"),
        ("version = 1\npassword_env = \"A\\u001b[31m\"\n[ca.root]\n", 2, "password_env", "no name"),
        ("version = 1\npassword_env = \"1A\"\n[ca.root]\n", 2, "password_env", "no name"),
        (
            "version = 1\npassword = \"a\"\npassword_env = \"A\"\n[ca.r]\n",
            3,
            "password_env",
            "already",
        ),
        ("version = 1\npassword = \"a\"\n", 1, "", "there is no CA"),
        ("version = 1\nout = \".\"\npassword = \"a\"\n[ca.r]\n", 2, "out", "no folder of its own"),
        (
            "version = 1\nout = \"../\"\npassword = \"a\"\n[ca.r]\n",
            2,
            "out",
            "no folder of its own",
        ),
        (
            "version = 1\nout = \"x/..\"\npassword = \"a\"\n[ca.r]\n",
            2,
            "out",
            "no folder of its own",
        ),
        ("version = 1\nout = \"\"\npassword = \"a\"\n[ca.r]\n", 2, "out", "no folder of its own"),
        ("version = 1\nnow = \"yesterday\"\npassword = \"a\"\n[ca.r]\n", 2, "now", "is no time"),
        (
            "version = 1\nnow = \"9999-06-01T00:00:00Z\"\npassword = \"a\"\n[ca.r]\n",
            2,
            "now",
            "1971 to 9799",
        ),
        (
            "version = 1\nnow = \"9999-12-31T23:59:59-12:00\"\npassword = \"a\"\n[ca.r]\n",
            2,
            "now",
            "1971 to 9799",
        ),
        (
            "version = 1\nnow = 1969-12-31T23:00:00Z\npassword = \"a\"\n[ca.r]\n",
            2,
            "now",
            "1971 to 9799",
        ),
        ("version = 1\nca = 3\npassword = \"a\"\n", 2, "ca", "a table is needed"),
        ("version = 1\n\n  pasword = \"a\"\n", 3, "pasword", "unknown key"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!((error.line, error.key.as_str()), (line, key), "{text}\n{error}");
        assert!(error.problem.contains(problem), "{text}\n{error}");
    }
}

#[test]
fn the_output_folder_is_named_by_its_last_part() {
    for (out, wanted) in [("pki/", "pki"), ("a//./b/.", "a/b"), ("../c", "../c"), ("/d/", "/d")] {
        let spec = read(&format!("out = \"{out}\"\n{HEAD}")).unwrap();
        assert_eq!(spec.out.to_str(), Some(wanted), "{out}");
    }
}

#[test]
fn the_nearest_valid_word_is_offered() {
    for (rest, near) in [
        ("dayz = 3", "days"),
        ("permited_dns = [\"a\"]", "permitted_dns"),
        ("key = \"rsa:2084\"", "rsa:2048"),
        ("[leaf.a]\nissuer = \"roto\"", "root"),
        ("[leaf.a]\nisuer = \"root\"", "issuer"),
        ("[leaf.a]\nissuer = \"root\"\nbad = \"selfsigned\"", "self-signed"),
        ("[leaf.a]\nissuer = \"root\"\nbad = \"Expired\"", "expired"),
        ("[leaf.a]\nissuer = \"root\"\neku = \"sever\"", "server"),
        ("[leaf.a]\nissuer = \"root\"\noutputs = [\"orcale\"]", "oracle"),
        ("[leaf.a]\nissuer = \"root\"\nprofile = \"oracle-32ai\"", "oracle-23ai"),
        ("[leaf.server]\nissuer = \"root\"\n[leaf.b]\nlike = \"sevrer\"", "server"),
    ] {
        let error = wrong(rest);
        assert_eq!(error.near.as_deref(), Some(near), "{rest}\n{error}");
        assert!(error.to_string().contains(&format!("\"{near}\"")), "{error}");
    }
}

#[test]
fn what_cannot_go_together_is_refused() {
    let leaf = "[leaf.a]\nissuer = \"root\"\n";
    let server = "[leaf.a]\nissuer = \"root\"\neku = \"server\"\nsan = \"dns:a.test\"\n";
    let wildcard = server.replace("dns:a", "dns:*.a");
    for (rest, problem) in [
        (format!("{leaf}bad = \"zzz\""), "unknown preset \"zzz\""),
        (format!("{leaf}bad = \"revoked\""), "revoked needs crl = true in ca.root"),
        (format!("{leaf}bad = \"missing-intermediate\""), "needs an intermediate"),
        (format!("{leaf}bad = \"shuffled-chain\""), "needs an intermediate"),
        (format!("{leaf}bad = \"name-constraint\""), "needs permitted_dns or excluded_dns"),
        (format!("{leaf}bad = \"path-len\""), "needs path_len = 0"),
        (format!("{leaf}bad = \"wrong-host\""), "needs eku = \"server\" and a host"),
        (format!("{leaf}bad = \"no-san\""), "needs eku = \"server\" and a host"),
        (format!("{leaf}bad = \"wrong-eku\""), "needs eku = \"server\" or \"client\""),
        (format!("{leaf}bad = \"key-password-differs\""), "needs p12 or jks"),
        (format!("path_len = 0\n{leaf}bad = \"ca-false\""), "needs room"),
        (format!("key = \"ed25519\"\n{leaf}bad = \"sha1\""), "signs no SHA-1"),
        (format!("permitted_dns = [\"b.test\"]\n{server}"), "does not permit"),
        (format!("excluded_dns = [\"a.test\"]\n{server}"), "does not permit"),
        (format!("excluded_dns = [\".test\"]\n{server}"), "does not permit"),
        // One of the names that the wildcard stands for is excluded.
        (format!("excluded_dns = [\"x.a.test\"]\n{wildcard}"), "does not permit"),
        (format!("permitted_dns = [\"x.a.test\"]\n{wildcard}"), "does not permit"),
        ("path_len = 0\n[ca.b]\nissuer = \"root\"".to_owned(), "root has path_len = 0"),
    ] {
        let error = wrong(&rest);
        assert!(error.problem.contains(problem), "{rest}\n{error}");
    }
}

#[test]
fn chains_without_end_are_refused_at_once() {
    use std::fmt::Write as _;
    let mut above = String::from("[ca.c0]\n");
    let mut like = String::from("[leaf.l0]\nissuer = \"root\"\n");
    for number in 1..10_000 {
        writeln!(above, "[ca.c{number}]\nissuer = \"c{}\"", number - 1).unwrap();
        writeln!(like, "[leaf.l{number}]\nlike = \"l{}\"", number - 1).unwrap();
    }
    assert!(wrong(&above).problem.contains("more than 32 CAs above each other"));
    assert!(wrong(&like).problem.contains("more than 32 tables"));
    let deep = format!("dn = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(wrong(&deep).line, 4);
}

#[test]
fn tables_take_over_what_they_are_like_and_the_defaults() {
    let spec = read(&format!(
        "{HEAD}days = 100\n\
         [defaults]\nkey = \"ec:p384\"\ndays = 7\noutputs = \"jks\"\n\
         [leaf.a]\nissuer = \"root\"\nsan = \"dns:a.test\"\neku = [\"server\", \"server\"]\n\
         [leaf.b]\nlike = \"a\"\ndays = 3\n\
         [leaf.c]\nlike = \"b\"\nkey = \"ed25519\"\ncount = 2\n\
         [leaf.d]\nlike = \"c\"\n"
    ))
    .unwrap();
    let root = spec.authority("root").unwrap();
    assert_eq!(spec.leaves[0].eku.len(), 1);
    assert_eq!((root.days, root.key.to_string().as_str()), (100, "ec:p384"));
    let seen: Vec<String> = spec
        .leaves
        .iter()
        .map(|leaf| {
            let san: Vec<String> = leaf.san.iter().map(ToString::to_string).collect();
            format!("{} {} {} {} {}", leaf.name, leaf.dn, leaf.key, leaf.days, san.join(","))
        })
        .collect();
    assert_eq!(
        seen,
        [
            "a CN=a ec:p384 7 dns:a.test",
            "b CN=b ec:p384 3 dns:a.test",
            "c-0001 CN=c-0001 ed25519 3 dns:a.test",
            "c-0002 CN=c-0002 ed25519 3 dns:a.test",
            "d CN=d ed25519 3 dns:a.test",
        ]
    );
}

#[test]
fn the_program_tells_the_place_and_writes_nothing() {
    let scratch = Scratch::new();
    scratch.write("pki.toml", format!("{HEAD}[leaf.a]\nissuer = \"root\"\nbad = \"expird\"\n"));
    let before = scratch.picture(".");
    for verb in ["build", "check", "serve"] {
        let error = scratch.mwallet(&format!("pki {verb}")).fails(1, "pki-file-invalid");
        let details = &error["details"];
        assert_eq!((&details["line"], &details["column"]), (&6.into(), &7.into()), "{error}");
        assert_eq!(details["key"], "leaf.a.bad", "{error}");
        assert_eq!(details["near"], "expired", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("pki.toml: line 6, column 7: leaf.a.bad"), "{message}");
    }
    scratch.assert_unchanged(".", &before);
    scratch.write("pki.toml", b"version = 1\n# \xff\n");
    let error = scratch.mwallet("pki check").fails(1, "pki-file-invalid");
    assert_eq!(error["details"]["line"], 2, "{error}");
    let error = scratch.mwallet("pki build nowhere.toml").fails(5, "file-not-found");
    assert_eq!(error["hint"], "mwallet pki init nowhere.toml", "{error}");
}
