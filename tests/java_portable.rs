//! Portable files that we change stay files that Java uses.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::peers::{self, Peer};
use support::run::Done;
use support::scratch::Scratch;

const PASSWORD: &str = "changeit";
const KEY_PASSWORD: &str = "keypass1";

/// What Java has its keys used by; the default algorithm passes over what it cannot read.
const KEY_MANAGER: &str = "
import java.io.FileInputStream;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;

public class Keys {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance(\"PKCS12\");
        char[] password = arguments[1].toCharArray();
        try (FileInputStream in = new FileInputStream(arguments[0])) { store.load(in, password); }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(\"SunX509\");
        factory.init(store, password);
        X509KeyManager manager = (X509KeyManager) factory.getKeyManagers()[0];
        System.out.println(\"uses \" + String.join(\" \", manager.getServerAliases(\"EC\", null)));
    }
}
";

fn by_keytool(scratch: &Scratch, keytool: &Peer, file: &str) {
    let line = format!(
        "-genkeypair -keystore {file} -storetype PKCS12 -storepass {PASSWORD} -alias app \
         -dname CN=app -keyalg EC"
    );
    scratch.run(keytool, &line).ok();
}

fn keytool_on(scratch: &Scratch, keytool: &Peer, file: &str, line: &str) -> Done {
    scratch.run(keytool, &format!("{line} -keystore {file} -storepass {PASSWORD}")).ok()
}

#[track_caller]
fn lacks(done: &Done, text: &str) {
    assert!(!done.all().contains(text), "{}", done.story());
}

#[test]
fn keys_that_wait_for_an_answer_are_used_by_java() {
    let (Some(java), [.., keytool]) = (peers::java_of_sources(), &peers::keytools()[..]) else {
        return;
    };
    let scratch = Scratch::new();
    scratch.write("Keys.java", KEY_MANAGER);
    by_keytool(&scratch, keytool, "s.p12");
    let program = |line: &str| scratch.mwallet(line).password(PASSWORD);
    program("csr s.p12 --renew app --reuse-key --out app.csr").ok();
    program("csr s.p12 --dn CN=other --alias other --key ec:p256 --out other.csr").ok();
    let listed = keytool_on(&scratch, keytool, "s.p12", "-list");
    lacks(&listed.says("app, ").says("other, ").says("PrivateKeyEntry"), "SecretKeyEntry");
    scratch.run(&java, &format!("Keys.java s.p12 {PASSWORD}")).ok().says("uses app");
    // The requests are there still, also behind what Java writes.
    keytool_on(&scratch, keytool, "s.p12", "-changealias -alias app -destalias app2");
    program("show s.p12 other").ok().says("other: request");
    program("list s.p12").ok().says("app2 ").says("2 entries");
}

#[test]
fn closed_key_keeps_its_bytes_and_its_request() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    scratch.mwallet("create a.p12").password(PASSWORD).ok();
    let csr = scratch.mwallet("csr a.p12 --dn CN=early --key ec:p256 --out early.csr");
    csr.password(PASSWORD).key_password(KEY_PASSWORD).ok();
    scratch.mwallet("rename a.p12 early late").password(PASSWORD).ok();
    let listed = scratch.mwallet("list a.p12").password(PASSWORD).ok();
    listed.says("late").says("request (locked)").says("1 entry");
    ca.sign("early.csr", "early.pem");
    let import = format!("import-user a.p12 early.pem {} {}", ca.intermediate(), ca.root());
    scratch.mwallet(&import).password(PASSWORD).ok();
    let listed = scratch.mwallet("list a.p12").password(PASSWORD).key_password(KEY_PASSWORD);
    lacks(&listed.ok().says("private-key"), "locked");
}

#[test]
fn trust_store_that_was_emptied_is_filled_for_java() {
    let (Some(openssl), [.., keytool]) = (peers::openssl(), &peers::keytools()[..]) else {
        return;
    };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let (root, other) = (ca.root(), ca.intermediate());
    let import = format!("-importcert -noprompt -storetype PKCS12 -alias r -file {root}");
    keytool_on(&scratch, keytool, "java.p12", &import);
    let export = |more: &str, file: &str| {
        let line = format!("pkcs12 -export -nokeys -in {root} {more} -out {file}");
        scratch.run(&openssl, &format!("{line} -passout pass:{PASSWORD}")).ok();
    };
    export("", "openssl.p12");
    export("-certpbe PBE-SHA1-3DES -macalg sha1", "compat.p12");
    for file in ["java.p12", "openssl.p12", "compat.p12"] {
        let program = |line: &str| scratch.mwallet(line).password(PASSWORD);
        program(&format!("remove {file} --all-trusted --yes")).ok();
        program(&format!("list {file}")).ok().says("portable layout").says("no entries");
        program(&format!("add-trusted {file} {other}")).ok();
        let listed = keytool_on(&scratch, keytool, file, "-list");
        listed.says("1 entry").says("trustedCertEntry");
    }
}

/// keytool leaves no safe at all, so that nothing in the file says how to encrypt.
#[test]
fn nothing_lies_open_in_a_store_that_keytool_emptied() {
    let (Some(openssl), [.., keytool]) = (peers::openssl(), &peers::keytools()[..]) else {
        return;
    };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    by_keytool(&scratch, keytool, "e.p12");
    keytool_on(&scratch, keytool, "e.p12", "-delete -alias app");
    let program = |line: &str| scratch.mwallet(line).password(PASSWORD);
    let empty = scratch.read("e.p12");
    program("list e.p12").ok().says("portable layout");
    scratch.write("s.p12", &empty);
    scratch.write("t.p12", &empty);

    program("csr e.p12 --dn CN=new --alias new --key ec:p256 --out new.csr").ok();
    program("secret set s.p12 name").value("in-the-clear").ok();
    program(&format!("add-trusted t.p12 {} {}", ca.root(), ca.intermediate())).ok();
    for file in ["e.p12", "s.p12", "t.p12"] {
        program(&format!("list {file}")).ok().says("profile modern");
    }
    let secret = b"in-the-clear";
    assert!(!scratch.read("s.p12").windows(secret.len()).any(|at| at == secret));
    keytool_on(&scratch, keytool, "t.p12", "-list").says("2 entries").says("trustedCertEntry");
    let info = format!("pkcs12 -in e.p12 -info -noout -passin pass:{PASSWORD}");
    let info = scratch.run(&openssl, &info).ok();
    lacks(&info.says("Shrouded Keybag"), "Key bag");
}

#[test]
fn another_alias_is_no_trust() {
    let (Some(openssl), [.., keytool]) = (peers::openssl(), &peers::keytools()[..]) else {
        return;
    };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    let line =
        format!("pkcs12 -export -nokeys -in {} -out u.p12 -passout pass:{PASSWORD}", ca.root());
    scratch.run(&openssl, &line).ok();
    scratch.mwallet("rename u.p12 Root-ca new").password(PASSWORD).ok();
    scratch.mwallet("list u.p12").password(PASSWORD).ok().says("new");
    keytool_on(&scratch, keytool, "u.p12", "-list").says("0 entries");
    // Who adds it once more means it.
    scratch.mwallet(&format!("add-trusted u.p12 {}", ca.root())).password(PASSWORD).ok();
    keytool_on(&scratch, keytool, "u.p12", "-list").says("new, ").says("trustedCertEntry");
}
