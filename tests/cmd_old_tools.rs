//! Command lines of orapki, mkstore and keytool, typed by habit.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::job::PASSWORD;
use support::peers::{self, Peer};
use support::run::{Mwallet, mwallet_path, run};
use support::scratch::Scratch;

/// A call with these words; a blank in one is written as `~`.
fn call(scratch: &Scratch, line: &str) -> Mwallet {
    let words = line.split(' ').map(|word| word.replace('~', " "));
    words.fold(scratch.mwallet(""), Mwallet::arg)
}

/// Lines of the old tools, and what is answered.
const LINES: &[(&str, &str)] = &[
    ("wallet create -wallet . -auto_login", "mwallet create . --auto-login"),
    (
        "orapki wallet create -wallet my~w -auto_login_local",
        "mwallet create 'my w' --auto-login=local",
    ),
    (
        "orapki -nologo wallet add -wallet w -trusted_cert -cert ca.pem",
        "mwallet add-trusted w ca.pem",
    ),
    ("wallet add -cert app.pem -user_cert -wallet w", "mwallet import-user w app.pem"),
    (
        "wallet add -wallet w -dn CN=a~b,O=c -keysize 2048",
        "mwallet csr w --dn 'CN=a b,O=c' --key rsa:2048",
    ),
    (
        "wallet add -wallet w -dn CN=a -asym_alg ECC -eccurve p384 -self_signed -validity 30",
        "mwallet csr w --dn CN=a --key ec:p384 --self-signed --days 30",
    ),
    (
        "wallet add -wallet w -user_cert app.pem -trusted_cert ca.pem",
        "mwallet add-trusted w ca.pem && mwallet import-user w app.pem",
    ),
    (
        "orapki wallet add -wallet w -user_cert -cert app.pem -trusted_cert -cert ca.pem",
        "mwallet add-trusted w ca.pem && mwallet import-user w app.pem",
    ),
    ("wallet add -wallet w -trusted_cert ca.pem", "mwallet add-trusted w ca.pem"),
    ("wallet remove -wallet w -trusted_cert_all", "mwallet remove w --all-trusted"),
    ("wallet import_pkcs12 -wallet w -pkcs12file a.p12", "mwallet merge w a.p12"),
    ("wallet jks_to_pkcs12 -wallet w -keystore a.jks", "mwallet merge w a.jks"),
    ("wallet display -wallet w -complete", "mwallet show w"),
    (
        "wallet export -wallet w -dn CN=a -request a.csr",
        "mwallet csr w --reuse-key --alias CN=a --out a.csr",
    ),
    ("wallet pkcs12_to_jks -wallet w -jksKeyStoreLoc k.jks", "mwallet convert w k.jks --to jks"),
    (
        "wallet export -wallet w -dn CN=a -cert a.pem",
        "mwallet export w --to der --alias CN=a | mwallet show - --pem > a.pem",
    ),
    (
        "wallet import_private_key -wallet w -pvtkeyfile k.pem -cert c.pem -cacert ca.pem",
        "mwallet import-user w c.pem ca.pem --trust-root --key k.pem",
    ),
    ("mkstore -wrl w -delete", "rm -i w/ewallet.p12"),
    (
        "keytool -exportcert -rfc -alias a -file a.pem -keystore k.p12",
        "mwallet export k.p12 --to der --alias a | mwallet show - --pem > a.pem",
    ),
    (
        "keytool -importkeystore -srckeystore j.jks -destkeystore j.jks -deststoretype pkcs12",
        "mwallet convert j.jks j.p12 --to p12",
    ),
    (
        "keytool -importkeystore -srckeystore a -destkeystore b -deststoretype JCEKS -srcalias x",
        "mwallet convert a b --to jceks --alias x",
    ),
    (
        "keytool -genkeypair -alias a -dname CN=a -keystore n.jks",
        "mwallet create n.jks && mwallet csr n.jks --dn CN=a --alias a --self-signed",
    ),
    (
        "keytool -genkeypair -alias a -dname CN=a -keystore n -storetype JKS -keyalg ec -groupname secp384r1",
        "mwallet create n --type jks && mwallet csr n --dn CN=a --alias a --key ec:p384 --self-signed",
    ),
    (
        "keytool -genkeypair -alias a -dname CN=a -keystore n.p12 -keyalg EC -keysize 521 -ext san=dns:a,ip:10.0.0.7",
        "mwallet create n.p12 && mwallet csr n.p12 --dn CN=a --alias a --key ec:p521 --self-signed --san dns:a,ip:10.0.0.7",
    ),
    (
        "keytool -gencrl -alias ca -file a.crl -keystore k.p12 -id 5",
        "mwallet crl create --ca k.p12 --ca-alias ca --revoke 05 --out a.crl",
    ),
    (
        "keytool -gencrl -alias ca -file a.crl -keystore k.p12 -id 65537:4 -storepass:env PW",
        "mwallet crl create --ca k.p12 --ca-alias ca --revoke 010001:superseded --out a.crl --ca-password-env PW",
    ),
    (
        "keytool -list -keystore k.p12 -storepass:file my~f",
        "mwallet list k.p12 --password-file 'my f'",
    ),
    (
        "keytool -exportcert -rfc -alias a -file a.pem -keystore k.p12 -storepass:env PW",
        "mwallet export k.p12 --to der --alias a --password-env PW | mwallet show - --pem > a.pem",
    ),
    ("cert display x.pem", "mwallet show x.pem"),
    ("cert display -cert x.pem -complete", "mwallet show x.pem"),
    ("crl display -crl a.crl", "mwallet crl show a.crl"),
    ("crl verify -crl a.crl -cert ca.pem", "mwallet crl verify a.crl --ca ca.pem"),
    ("create -wallet . -auto_login", "mwallet create . --auto-login"),
    ("list -wallet .", "mwallet list ."),
    ("wallet", "mwallet help orapki"),
    ("orapki wallet bogus", "mwallet help orapki"),
    ("-wrl w -createSSO", "mwallet autologin on w"),
    ("mkstore -wrl w -listCredential", "mwallet cred list w"),
    ("mkstore -wrl w -viewEntry a", "mwallet secret get w a"),
    ("mkstore", "mwallet help mkstore"),
    ("keytool -list -v -keystore k.jks", "mwallet show k.jks"),
    (
        "-import -alias ca -file ca.crt -keystore t.jks -noprompt",
        "mwallet create t.jks && mwallet add-trusted t.jks ca.crt --alias ca",
    ),
    (
        "keytool -import -trustcacerts -alias ca -file ca.crt -keystore t.jks",
        "mwallet create t.jks && mwallet add-trusted t.jks ca.crt --alias ca",
    ),
    (
        "keytool -importcert -cacerts -alias ca -file ca.crt",
        "mwallet add-trusted \"$JAVA_HOME/lib/security/cacerts\" ca.crt --alias ca",
    ),
    ("keytool -list -cacerts", "mwallet list \"$JAVA_HOME/lib/security/cacerts\""),
    ("keytool -importkeystore -srckeystore a -destkeystore b", "mwallet convert a b"),
    (
        "keytool -importkeystore -srckeystore a -destkeystore b -srcalias x",
        "mwallet convert a b --alias x",
    ),
    (
        "keytool -importkeystore -srckeystore a -destkeystore b -srcalias x -destalias y",
        "mwallet convert a b --alias x && mwallet rename b x y",
    ),
    ("cred add w C --user scott", "mwallet cred set w C --user scott"),
    ("cred create w C scott", "mwallet cred set --help"),
    ("cred delete w C", "mwallet cred rm w C"),
    ("cred modify w C", "mwallet cred set --existing w C"),
    ("secret view w a", "mwallet secret get w a"),
];

#[test]
fn old_line_comes_with_ours_and_nothing_is_done() {
    let scratch = Scratch::new();
    for (line, hint) in LINES {
        let done = call(&scratch, line).run().status(2);
        assert!(done.err().ends_with(&format!("hint: {hint}\n")), "{}", done.story());
        assert!(done.stdout.is_empty() && !done.err().contains("tip:"), "{}", done.story());
        let error = call(&scratch, line).fails(2, "usage");
        assert_eq!(error["hint"].as_str().unwrap().trim_end_matches(" --json"), *hint, "{line}");
    }
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "something was made");
}

#[test]
fn password_of_an_old_line_is_not_repeated() {
    let scratch = Scratch::new();
    for (line, hint) in [
        ("wallet create -wallet w -pwd tiger", "mwallet create w"),
        ("-wrl w -createCredential ORCL scott tiger", "mwallet cred set w ORCL --user scott"),
        (
            "-wrl w -modifyCredential ORCL scott tiger",
            "mwallet cred set w ORCL --user scott --existing",
        ),
        ("mkstore -wrl w -modifyEntry a tiger", "mwallet secret set w a --existing"),
        (
            "secretstore modify_credential -wallet w -default -username scott -password tiger",
            "mwallet cred set w --default --user scott --existing",
        ),
        ("mkstore -wrl w -createEntry a tiger", "mwallet secret set w a"),
        (
            "secretstore create_credential -wallet w -connect_string C -username scott -password tiger",
            "mwallet cred set w C --user scott",
        ),
        ("wallet change_pwd -wallet w -oldpwd tiger -newpwd tiger", "mwallet passwd w"),
        ("keytool -list -keystore k.jks -storepass tiger", "mwallet list k.jks"),
        ("keytool -storepasswd -keystore k.jks -new tiger", "mwallet passwd k.jks"),
        (
            "keytool -import -alias app -file r.pem -keystore k.jks -keypass tiger",
            "mwallet import-user k.jks r.pem --alias app",
        ),
        ("wallet display -pwd tiger tiger", "mwallet list W"),
        ("wallet display -wallet w -pwd -tiger", "mwallet list w"),
        ("-wrl w -createEntry a -tiger", "mwallet secret set w a"),
    ] {
        let done = scratch.mwallet(line).run().status(2);
        assert!(done.err().ends_with(&format!("hint: {hint}\n")), "{}", done.story());
        assert!(done.err().contains("mwallet help passwords"), "{}", done.story());
        assert!(!done.all().contains("tiger"), "{}", done.story());
    }
}

#[test]
fn flags_that_stand_for_a_password_of_an_old_line_are_named() {
    let scratch = Scratch::new();
    for line in [
        "wallet display -wallet w -pwd=tiger",
        "keytool -list -keystore=a.jks -storepass=tiger",
        "keytool -list -keystore a.jks -zzz=tiger",
    ] {
        let error = scratch.mwallet(line).fails(2, "usage").to_string();
        assert!(!error.contains("tiger"), "{error}");
    }
    for (line, flags) in [
        (
            "mkstore -wrl w -createCredential ORCL scott tiger",
            "from --value-env VAR and --password-env VAR (mwallet help passwords)",
        ),
        ("mkstore -wrl w -modifyEntry a tiger", "from --value-env VAR and --password-env VAR ("),
        ("wallet display -wallet w -pwd tiger", "takes them from --password-env VAR ("),
        (
            "wallet change_pwd -wallet w -oldpwd tiger -newpwd tiger",
            "from --password-env VAR and --new-password-env VAR (",
        ),
        (
            "wallet import_pkcs12 -wallet w -pwd tiger -pkcs12file a.p12 -pkcs12pwd tiger",
            "from --password-env VAR and --src-password-env VAR (",
        ),
        (
            "wallet import_private_key -wallet w -pvtkeyfile k.pem -pvtkeypwd tiger -cert c.pem",
            "from --password-env VAR and --key-password-env VAR (",
        ),
        (
            "keytool -keypasswd -keystore k.jks -alias a -keypass tiger -new tiger",
            "from --password-env VAR and --key-password-env VAR and --new-password-env VAR (",
        ),
        (
            "keytool -genkeypair -alias a -dname CN=a -keystore k.jks -keypass tiger",
            "takes them from --password-env VAR (",
        ),
    ] {
        let error = scratch.mwallet(line).fails(2, "usage");
        assert!(error["message"].as_str().unwrap().contains(flags), "{line}: {error}");
    }
    // And with them nobody is asked.
    scratch.mwallet("create w").password(PASSWORD).ok();
    let error = scratch.mwallet("mkstore -wrl w -createEntry a tiger").fails(2, "usage");
    let hint = error["hint"].as_str().unwrap().strip_prefix("mwallet ").unwrap();
    scratch.mwallet(hint).value("tiger").password(PASSWORD).ok().says("added a");
}

#[test]
fn keytool_adds_to_a_store_that_is_there() {
    let scratch = Scratch::new();
    let line = "keytool -importkeystore -srckeystore a.p12 -destkeystore w.jks";
    let hint = |scratch: &Scratch| scratch.mwallet(line).fails(2, "usage")["hint"].clone();
    assert_eq!(hint(&scratch), "mwallet convert a.p12 w.jks");
    scratch.mwallet("create w.jks").password(PASSWORD).ok();
    assert_eq!(hint(&scratch), "mwallet merge w.jks a.p12");
    let part = scratch.mwallet(line).args("-srcalias x").fails(2, "usage");
    let hint = "mwallet convert a.p12 NEW.p12 --alias x && mwallet merge w.jks NEW.p12";
    assert_eq!(part["hint"], hint);
}

#[test]
fn what_has_no_place_in_our_line_is_named() {
    let scratch = Scratch::new();
    let line = "wallet add -wallet w -dn CN=a -sign_alg sha256";
    let error = scratch.mwallet(line).fails(2, "usage");
    assert!(error["message"].as_str().unwrap().ends_with("leaves out -sign_alg"), "{error}");
    assert_eq!(error["details"]["tool"], "orapki", "{error}");
}

#[test]
fn help_shows_the_commands_of_the_old_tools() {
    let scratch = Scratch::new();
    let orapki = scratch.mwallet("help orapki").ok();
    let orapki =
        orapki.says("wallet add -wallet W -user_cert -cert F\n      mwallet import-user W F\n");
    assert!(orapki.out().contains(" -asym_alg ECC "), "{}", orapki.story());
    let mkstore = scratch.mwallet("help mkstore").ok();
    mkstore.says(
        "-wrl W -createCredential C U PASSWORD\n      mwallet cred set W C --user U [--value-env VAR]\n",
    );
    scratch.mwallet("help keytool").ok().says("-storepasswd -keystore W\n      mwallet passwd W\n");
}

#[test]
fn auto_login_for_a_wallet_that_is_there_is_made_by_its_own_verb() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    for (kind, hint) in [
        ("--auto-login", "mwallet autologin on w --password-env MWALLET_TEST_PASSWORD"),
        ("--auto-login=local", "mwallet autologin local w --password-env MWALLET_TEST_PASSWORD"),
    ] {
        let create = scratch.mwallet(&format!("create w {kind}")).password(PASSWORD);
        assert_eq!(create.fails(6, "would-overwrite")["hint"], hint);
    }
}

#[test]
fn hint_for_a_key_that_would_be_too_small_has_the_smallest_that_is_made() {
    let scratch = Scratch::new();
    scratch.mwallet("create w").password(PASSWORD).ok();
    let line = "orapki wallet add -wallet w -dn CN=a -keysize 1024";
    let error = scratch.mwallet(line).fails(2, "usage");
    assert_eq!(error["hint"], "mwallet csr w --dn CN=a --key rsa:2048");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("no key of 1024 bits is made here"), "{message}");
    let hint = error["hint"].as_str().unwrap().strip_prefix("mwallet ").unwrap();
    scratch.mwallet(hint).password(PASSWORD).ok();
    for line in ["-keysize 4096", "-asym_alg ECC -eccurve p384"] {
        let error = scratch.mwallet("wallet add -wallet w -dn CN=a").args(line).fails(2, "usage");
        assert!(!error["message"].as_str().unwrap().contains("is made here"), "{error}");
    }
}

#[test]
fn hint_for_a_conversion_in_place_names_another_file() {
    let scratch = Scratch::new();
    scratch.mwallet("create j.jks").password(PASSWORD).ok();
    let line =
        "keytool -importkeystore -srckeystore j.jks -destkeystore j.jks -deststoretype pkcs12";
    let error = scratch.mwallet(line).fails(2, "usage");
    assert_eq!(error["hint"], "mwallet convert j.jks j.p12 --to p12");
    assert!(error["message"].as_str().unwrap().contains("another file"), "{error}");
    scratch.write("j.p12", "in the way");
    let error = scratch.mwallet(line).fails(2, "usage");
    assert_eq!(error["hint"], "mwallet convert j.jks NEW.p12 --to p12");
}

#[test]
fn hint_for_a_store_that_is_there_makes_none() {
    let scratch = Scratch::new();
    scratch.mwallet("create k.jks").password(PASSWORD).ok();
    let line = "keytool -genkeypair -alias a -dname CN=a -keystore k.jks -storetype JKS";
    let hint = scratch.mwallet(line).fails(2, "usage")["hint"].clone();
    assert_eq!(hint, "mwallet csr k.jks --dn CN=a --alias a --self-signed");
}

#[test]
fn hint_for_deleting_a_wallet_names_what_opens_it_without_a_password() {
    let scratch = Scratch::new();
    let hint = || scratch.mwallet("mkstore -wrl w -delete").fails(2, "usage")["hint"].clone();
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    assert_eq!(hint(), "rm -i w/ewallet.p12 w/cwallet.sso");
    std::fs::remove_file(scratch.path().join("w/ewallet.p12")).unwrap();
    assert_eq!(hint(), "rm -i w/cwallet.sso");
}

/// `app.key` and `app.pem`, which `ca.pem` has signed.
fn certified(openssl: &Peer) -> Scratch {
    let scratch = Scratch::new();
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 30",
        "req -newkey rsa:2048 -nodes -keyout app.key -out app.csr -subj /CN=app",
        "x509 -req -in app.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out app.pem -days 30",
    ] {
        scratch.run(openssl, line).ok();
    }
    scratch
}

#[test]
fn certificate_that_keytool_and_orapki_export_stands_alone() {
    let (Some(openssl), Some(keytool)) = (peers::openssl(), peers::keytools().into_iter().next())
    else {
        return;
    };
    let scratch = certified(&openssl);
    let pkcs12 =
        "pkcs12 -export -inkey app.key -in app.pem -certfile ca.pem -name app -out app.p12";
    scratch.run(&openssl, &format!("{pkcs12} -passout pass:{PASSWORD}")).ok();
    let export = "-exportcert -rfc -alias app -keystore app.p12";
    scratch.run(&keytool, &format!("{export} -file theirs.pem -storepass {PASSWORD}")).ok();
    let theirs = scratch.read("theirs.pem");
    let theirs = String::from_utf8_lossy(&theirs).replace('\r', "");
    for line in [
        format!("keytool {export} -file ours.pem -storepass:env PW"),
        "orapki wallet export -wallet app.p12 -dn CN=app -cert ours.pem".to_owned(),
    ] {
        let error = scratch.mwallet(&line).fails(2, "usage");
        let hint = error["hint"].as_str().unwrap();
        let hint = if hint.contains("--password-env") {
            hint.to_owned()
        } else {
            hint.replace(" | ", " --password-env PW | ")
        };
        let program = mwallet_path().display().to_string();
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &hint.replace("mwallet ", &format!("{program} "))]);
        run(shell.env("PW", PASSWORD).current_dir(scratch.path()), b"").ok();
        let ours = String::from_utf8(scratch.read("ours.pem")).unwrap();
        assert_eq!(ours.matches("-----BEGIN CERTIFICATE-----").count(), 1, "{ours}");
        assert!(ours.replace('\r', "").contains(theirs.trim()), "{ours}");
    }
}

#[test]
fn import_of_a_key_with_its_ca_keeps_the_ca() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = certified(&openssl);
    scratch.mwallet("create w").password(PASSWORD).ok();
    let line =
        "wallet import_private_key -wallet w -pvtkeyfile app.key -cert app.pem -cacert ca.pem";
    let error = scratch.mwallet(line).fails(2, "usage");
    let hint = error["hint"].as_str().unwrap().strip_prefix("mwallet ").unwrap();
    scratch.mwallet(hint).password(PASSWORD).ok();
    let list = scratch.mwallet("list w").password(PASSWORD).json();
    assert_eq!(list["entries"].as_array().unwrap().len(), 2, "{list:#}");
}
