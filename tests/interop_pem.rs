//! `export --to pem` at work: a mutual TLS connection between nginx and curl.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;
use support::authority::{Authority, CaKeys};
use support::job::{PASSWORD, certified};
use support::peers::{self, Peer};
use support::scratch::Scratch;

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// nginx with the server's PEM file, which asks every client for a certificate of the CA's.
fn serve(scratch: &Scratch, nginx: &Peer, pem: &str, ca: &str) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let here = scratch.path().display();
    scratch.write(
        "nginx.conf",
        format!(
            "daemon off; master_process off; pid {here}/nginx.pid; error_log {here}/nginx.err;\n\
             events {{}}\n\
             http {{ access_log off;\n\
             client_body_temp_path {here}/t1; proxy_temp_path {here}/t2;\n\
             fastcgi_temp_path {here}/t3; uwsgi_temp_path {here}/t4; scgi_temp_path {here}/t5;\n\
             server {{ listen 127.0.0.1:{port} ssl;\n\
             ssl_certificate {here}/{pem}; ssl_certificate_key {here}/{pem};\n\
             ssl_client_certificate {here}/{ca}; ssl_verify_client on; ssl_verify_depth 4;\n\
             location / {{ return 200 \"$ssl_client_verify $ssl_client_s_dn\"; }} }} }}\n"
        ),
    );
    let mut command = scratch.command(nginx, "-c");
    let child = command
        .arg(scratch.at("nginx.conf"))
        .args(["-e", "nginx.first.err"])
        .arg("-p")
        .arg(scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = Server { child, port };
    for _ in 0..400 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return server;
        }
        assert!(
            server.child.try_wait().unwrap().is_none(),
            "nginx ended: {}",
            std::fs::read_to_string(scratch.at("nginx.err")).unwrap_or_default()
        );
        thread::sleep(Duration::from_millis(25));
    }
    panic!("nginx does not listen");
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
