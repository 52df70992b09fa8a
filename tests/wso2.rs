//! The story of a WSO2 administrator: a certificate goes from the key store of one server into the trust
//! store of its clients, and its key asks for a token that is bound to the certificate.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::peers::{self, Peer};
use support::run::run;
use support::scratch::Scratch;
use support::server::Server;

/// The password that the product ships with.
const PASSWORD: &str = "wso2carbon";

/// `wso2carbon.jks` as the product has it, by keytool.
#[track_caller]
fn key_store(scratch: &Scratch, keytool: &Peer) {
    scratch
        .run(
            keytool,
            &format!(
                "-genkeypair -keystore wso2carbon.jks -storetype JKS -storepass {PASSWORD} \
                 -keypass {PASSWORD} -alias wso2carbon -dname CN=localhost,O=WSO2 -keyalg RSA \
                 -keysize 2048 -ext san=dns:localhost -validity 30"
            ),
        )
        .ok();
}

/// The SHA-256 of an alias as keytool lists it, in lower case without colons.
#[track_caller]
fn fingerprint(scratch: &Scratch, keytool: &Peer, store: &str, alias: &str) -> String {
    let line = format!("-list -v -keystore {store} -storepass {PASSWORD} -alias {alias}");
    let listed = scratch.run(keytool, &line).ok().out();
    let line = listed.lines().find(|line| line.trim().starts_with("SHA256:")).unwrap();
    line.split_once(':').unwrap().1.trim().replace(':', "").to_lowercase()
}

/// RFC 8705 section 3.1, as openssl computes it: SHA-256 of the DER, base64url, no padding.
#[track_caller]
fn thumbprint(scratch: &Scratch, openssl: &Peer, pem: &str) -> String {
    scratch.run(openssl, &format!("x509 -in {pem} -outform DER -out thumb.der")).ok();
    let digest = scratch.run(openssl, "dgst -sha256 -binary thumb.der").ok().stdout;
    let base64 = run(&mut scratch.command(openssl, "base64 -A"), &digest).ok().out();
    base64.trim().trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// An authorization server: whoever presents the certificate with this SHA-1 (which is what nginx can
/// tell of it) gets a token that is bound to it by this thumbprint.
fn authorization_server(scratch: &Scratch, nginx: &Peer, sha1: &str, thumbprint: &str) -> Server {
    let here = scratch.path().display();
    let http =
        format!("map $ssl_client_fingerprint $bound {{ default \"\"; {sha1} \"{thumbprint}\"; }}");
    let server = format!(
        "ssl_certificate {here}/server.pem; ssl_certificate_key {here}/server.key;\n\
         ssl_client_certificate {here}/certificate.pem; ssl_verify_client on;\n\
         location = /oauth2/token {{\n\
         if ($request_method != POST) {{ return 405; }}\n\
         if ($bound = \"\") {{ return 401; }}\n\
         default_type application/json;\n\
         return 200 '{{\"access_token\":\"t\",\"token_type\":\"Bearer\",\
         \"cnf\":{{\"x5t#S256\":\"$bound\"}}}}'; }}"
    );
    Server::nginx_with(scratch, nginx, &http, &server)
}

#[test]
fn certificate_goes_into_the_trust_store_of_the_clients() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        key_store(&scratch, &keytool);
        scratch
            .mwallet("export wso2carbon.jks --to pem --alias wso2carbon --no-key --out carbon.pem")
            .ok();
        scratch
            .mwallet("export wso2carbon.jks --to der --alias wso2carbon --no-key --out carbon.cer")
            .ok();
        scratch.mwallet("create client-truststore.jks").password(PASSWORD).ok();
        scratch
            .mwallet("add-trusted client-truststore.jks carbon.pem --alias carbon")
            .password(PASSWORD)
            .ok();
        assert!(scratch.read("client-truststore.jks").starts_with(&[0xfe, 0xed, 0xfe, 0xed]));
        let trusted = fingerprint(&scratch, &keytool, "client-truststore.jks", "carbon");
        assert_eq!(trusted, fingerprint(&scratch, &keytool, "wso2carbon.jks", "wso2carbon"));
        // The same certificate again, from the other form, is there already.
        scratch
            .mwallet("add-trusted client-truststore.jks carbon.cer --alias other")
            .password(PASSWORD)
            .ok()
            .says("already trusted");
    }
}

/// The partner renews its certificate; the name in the trust store is to stay.
#[test]
fn renewed_certificate_takes_the_alias_only_when_told_to() {
    let Some(openssl) = peers::openssl() else { return };
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    for name in ["old", "new"] {
        let line = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9";
        let line = format!("{line} -subj /CN={name} -keyout {name}.key -out {name}.pem");
        scratch.run(&openssl, &line).ok();
    }
    let add = |what: &str| {
        scratch.mwallet(&format!("add-trusted client-truststore.jks {what}")).password(PASSWORD)
    };
    let holder = || {
        let line = "-list -v -alias carbon -keystore client-truststore.jks -storepass";
        let listed = scratch.run(&keytool, &format!("{line} {PASSWORD}")).ok().out();
        if listed.contains("CN=new") { "new" } else { "old" }
    };
    scratch.mwallet("create client-truststore.jks").password(PASSWORD).ok();
    add("old.pem --alias carbon").ok().says("added as carbon: CN=old");
    let refused = add("new.pem --alias Carbon").fails(6, "alias-taken");
    assert!(refused["hint"].as_str().unwrap().contains("--replace"), "{refused}");
    assert_eq!(holder(), "old");
    add("new.pem --alias carbon --replace").ok().says("replaced what was there as carbon");
    assert_eq!(holder(), "new");
    add("new.pem --alias other").ok().says("already trusted as carbon: CN=new");
}

#[test]
fn key_asks_for_a_token_that_is_bound_to_its_certificate() {
    let (Some(openssl), Some(nginx), Some(curl)) =
        (peers::openssl(), peers::nginx(), peers::curl())
    else {
        return;
    };
    let Some(keytool) = peers::keytools().into_iter().next() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("server");
    ca.bundle(&["server.pem", &ca.intermediate()], "server.pem");
    key_store(&scratch, &keytool);
    let export = |options: &str| {
        scratch
            .mwallet(&format!("export wso2carbon.jks --alias wso2carbon --to pem {options}"))
            .password(PASSWORD)
            .ok();
    };
    export("--no-key --out certificate.pem");
    export("--key-only --out-no-password --out key.pem");
    assert_eq!(scratch.mode("key.pem"), 0o600);

    let expected = thumbprint(&scratch, &openssl, "certificate.pem");
    scratch
        .mwallet("show wso2carbon.jks wso2carbon")
        .ok()
        .says(&format!("x5t#S256:            {expected}"));
    let shown = scratch.mwallet("show wso2carbon.jks wso2carbon").json();
    assert_eq!(shown["entries"][0]["x5t#S256"], expected);

    let sha1 =
        scratch.run(&openssl, "x509 -in certificate.pem -noout -fingerprint -sha1").ok().out();
    let sha1 = sha1.trim().split_once('=').unwrap().1.replace(':', "").to_lowercase();
    let server = authorization_server(&scratch, &nginx, &sha1, &expected);
    let call = |options: &str| {
        let port = server.port;
        scratch.run(
            &curl,
            &format!(
                "-sS --fail --max-time 20 --noproxy * --resolve localhost:{port}:127.0.0.1 \
                 --cacert ca/root.pem {options} https://localhost:{port}/oauth2/token"
            ),
        )
    };
    let token =
        call("--cert certificate.pem --key key.pem -d grant_type=client_credentials").ok().out();
    let token: serde_json::Value = serde_json::from_str(&token).unwrap();
    assert_eq!(token["cnf"]["x5t#S256"], expected);
    // Without the certificate there is none, so the test above means something.
    call("-d grant_type=client_credentials").status(22).says("error: 400");
}
