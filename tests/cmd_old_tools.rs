//! Command lines of orapki, mkstore and keytool, typed by habit.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::job::PASSWORD;
use support::run::Mwallet;
use support::scratch::Scratch;

/// A call with these words; a blank in one is written as `~`.
fn call(scratch: &Scratch, line: &str) -> Mwallet {
    let words = line.split(' ').map(|word| word.replace('~', " "));
    words.fold(scratch.mwallet(""), Mwallet::arg)
}

#[test]
fn old_line_comes_with_ours_and_nothing_is_done() {
    let scratch = Scratch::new();
    for (line, hint) in [
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
        (
            "wallet pkcs12_to_jks -wallet w -jksKeyStoreLoc k.jks",
            "mwallet convert w k.jks --to jks",
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
            "mwallet add-trusted t.jks ca.crt --alias ca",
        ),
        (
            "keytool -import -trustcacerts -alias ca -file ca.crt -keystore t.jks",
            "mwallet add-trusted t.jks ca.crt --alias ca",
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
    ] {
        let done = call(&scratch, line).run().status(2);
        assert!(done.err().ends_with(&format!("hint: {hint}\n")), "{}", done.story());
        assert!(done.stdout.is_empty() && !done.err().contains("tip:"), "{}", done.story());
        let error = call(&scratch, line).fails(2, "usage");
        assert_eq!(error["hint"].as_str().unwrap().trim_end_matches(" --json"), hint, "{line}");
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
