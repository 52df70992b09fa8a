//! `export --to pem` at work: a mutual TLS connection between nginx and curl.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::peers::{self, Peer};
use support::scratch::Scratch;
use support::server::Server;

/// nginx with the server's PEM file, which asks every client for a certificate of the CA's.
fn serve(scratch: &Scratch, nginx: &Peer, pem: &str, ca: &str) -> Server {
    let here = scratch.path().display();
    let lines = format!(
        "ssl_certificate {here}/{pem}; ssl_certificate_key {here}/{pem};\n\
         ssl_client_certificate {here}/{ca}; ssl_verify_client on; ssl_verify_depth 4;\n\
         location / {{ return 200 \"$ssl_client_verify $ssl_client_s_dn\"; }}"
    );
    Server::nginx_with(scratch, nginx, "", &lines)
}

#[test]
fn pem_export_serves_and_authenticates_in_mutual_tls() {
    let (Some(openssl), Some(nginx), Some(curl)) =
        (peers::openssl(), peers::nginx(), peers::curl())
    else {
        return;
    };
    for key in ["rsa:2048", "ec:p256", "ed25519"] {
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Rsa);
        certified(&scratch, &ca, "w", key);
        scratch.mwallet("convert w app.pem --alias app --out-no-password").password(PASSWORD).ok();
        assert_eq!(scratch.mode("app.pem"), 0o600);
        let first = scratch.text("app.pem");
        assert!(first.contains("BEGIN CERTIFICATE") && first.contains("BEGIN PRIVATE KEY"));

        let server = serve(&scratch, &nginx, "app.pem", "ca/root.pem");
        let url = format!("https://localhost:{}/", server.port);
        let call = |options: &str| {
            let line = format!(
                "-sS --fail --max-time 20 --noproxy * --resolve localhost:{}:127.0.0.1 \
                 --cacert ca/root.pem {options} {url}",
                server.port
            );
            scratch.run(&curl, &line)
        };
        call("--cert app.pem").ok().says("SUCCESS CN=app,OU=b,OU=a,DC=acme,DC=com");
        // A client without a certificate is turned away, so the test above means something.
        call("").status(22).says("error: 400");

        // The key protected by a password, as curl takes it.
        scratch
            .mwallet("export w --to pem --out locked.pem")
            .password(PASSWORD)
            .out_password("Extern12")
            .ok();
        assert!(scratch.text("locked.pem").contains("BEGIN ENCRYPTED PRIVATE KEY"));
        call("--cert locked.pem --pass Extern12").ok().says("SUCCESS");
    }
}

#[test]
fn pem_parts_are_what_openssl_calls_them() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    certified(&scratch, &ca, "w", "ec:p384");
    let export = |options: &str| {
        scratch.mwallet(&format!("export w {options}")).password(PASSWORD).ok();
    };
    export("--to pem --no-key --out chain.pem");
    assert!(!scratch.text("chain.pem").contains("PRIVATE KEY"));
    export("--to pem --key-only --out-no-password --out key.pem");
    assert!(!scratch.text("key.pem").contains("CERTIFICATE"));
    export("--to pem --trust-only --out trusted.pem");
    assert!(!scratch.text("trusted.pem").contains("PRIVATE KEY"));
    export("--to der --alias app --out leaf.der");

    scratch.run(&openssl, "verify -CAfile trusted.pem -untrusted chain.pem chain.pem").ok();
    let same = |left: &str, right: &str| {
        assert_eq!(scratch.run(&openssl, left).ok().out(), scratch.run(&openssl, right).ok().out());
    };
    same("pkey -in key.pem -pubout", "x509 -in w.pem -noout -pubkey");
    same("x509 -inform DER -in leaf.der", "x509 -in w.pem");
    same("x509 -in chain.pem", "x509 -in w.pem");
}
