//! Codes and messages are explained, also those that other programs say at this moment.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use mwallet::code::Code;
use mwallet::explain;
use serde_json::{Value, json};
use support::authority::{Authority, CaKeys};
use support::peers;
use support::scratch::Scratch;

/// The codes that a question is answered with, in their order.
#[track_caller]
fn answers(question: &str) -> Vec<String> {
    let scratch = Scratch::new();
    let report = scratch.mwallet("explain").arg(question).json();
    let list = report["explanations"].as_array().unwrap();
    list.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_code_of_ours_is_explained() {
    for code in Code::ALL {
        let found = explain::find(code.name()).unwrap();
        assert_eq!(found.len(), 1, "{code}");
        assert_eq!(found[0].code, code.name());
    }
}

#[test]
fn everything_in_the_list_is_found_by_its_name() {
    for one in explain::all() {
        assert_eq!(explain::find(&one.code).unwrap()[0].code, one.code);
        if !one.says.is_empty() {
            let found =
                explain::find(&format!("2026-01-31 12:00:00 ERROR {} {}", one.code, one.says));
            assert!(found.unwrap().iter().any(|other| other.code == one.code), "{}", one.code);
        }
    }
}

#[test]
fn lines_of_mkstore_and_of_the_listener_are_explained() {
    let line = |text: &str| {
        format!(
            "Secret Store error occurred: oracle.security.pki.OracleSecretStoreException: {text}"
        )
    };
    for (text, code) in [
        ("Credential already exists", "Credential already exists"),
        ("Credential does not exists", "Credential does not exists"),
        ("PKI-03001: The entry already exists: e1", "PKI-03001"),
        ("No such alias in secret store", "No such alias in secret store"),
    ] {
        assert_eq!(answers(&line(text)), [code, "Secret Store error occurred"]);
    }
    assert_eq!(answers("TNS-12560: TNS:protocol adapter error"), ["ORA-12560"]);
    let new = "ORA-01017: invalid credential or not authorized; logon denied";
    assert_eq!(answers(new), ["ORA-01017"]);
}

#[test]
fn codes_that_the_field_asks_for_are_there() {
    for code in [
        "ORA-28759",
        "ORA-28860",
        "ORA-28862",
        "ORA-29024",
        "ORA-29106",
        "ORA-29263",
        "ORA-24263",
        "ORA-24247",
        "ORA-12578",
        "ORA-12560",
        "ORA-12154",
        "ORA-01017",
        "ORA-28791",
        "ORA-28365",
        "PKI-02002",
        "PKI-02003",
        "PKI-02008",
        "PKI-02010",
        "PKI-03004",
        "PKI-04004",
        "PKI-04005",
        "PKI-04006",
        "PKI-04007",
        "PKI-04025",
        "PKI-01002",
        "null cert chain",
        "Cannot recover key",
        "bad_certificate",
        "handshake_failure",
        "Invalid keystore format",
        "key values mismatch",
        "no start line",
    ] {
        assert_eq!(answers(code), [code]);
    }
}

#[test]
fn lines_of_logs_are_understood() {
    for (line, first) in [
        (
            "ORA-29273: HTTP request failed\nORA-06512: at \"SYS.UTL_HTTP\", line 380\n\
             ORA-29024: Certificate validation failure",
            "ORA-29024",
        ),
        (
            "Caused by: javax.net.ssl.SSLHandshakeException: PKIX path building failed: \
             sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid \
             certification path to requested target",
            "unable to find valid certification path to requested target",
        ),
        (
            "java.lang.RuntimeException: Unexpected error: java.security.\
             InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty",
            "trustAnchors parameter must be non-empty",
        ),
        (
            "curl: (60) SSL certificate problem: self signed certificate in certificate chain",
            "self-signed certificate in certificate chain",
        ),
        (
            "SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number)",
            "wrong version number",
        ),
        (
            "error:14094416:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:SSL alert number 42",
            "sslv3 alert bad certificate",
        ),
        (
            "nginx: [emerg] SSL_CTX_use_PrivateKey failed (SSL: error:05800074:x509 certificate \
             routines::key values mismatch)",
            "key values mismatch",
        ),
        ("error: w: the password does not open the store (password-wrong)", "password-wrong"),
        (
            "curl: (35) error:0A000152:SSL routines::unsafe legacy renegotiation disabled",
            "unsafe legacy renegotiation disabled",
        ),
        (
            "ssl.SSLError: [SSL: EE_KEY_TOO_SMALL] ee key too small (_ssl.c:4022)",
            "ee key too small",
        ),
        ("error:0A00018E:SSL routines::ca md too weak", "ca md too weak"),
        ("error:0A000086:SSL routines::certificate verify failed", "certificate verify failed"),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer \
             certificate (_ssl.c:1007)",
            "unable to get local issuer certificate",
        ),
        ("error 20 at 0 depth lookup", "unable to get local issuer certificate"),
        ("error 2 at 1 depth lookup", "unable to get local issuer certificate"),
        ("error 23 at 0 depth lookup", "certificate revoked"),
        (
            "PKIX path validation failed: java.security.cert.CertPathValidatorException: Path does \
             not chain with any of the trust anchors",
            "Path does not chain with any of the trust anchors",
        ),
        (
            "CertPathValidatorException: Algorithm constraints check failed on signature algorithm: \
             SHA1withRSA",
            "Algorithm constraints check failed",
        ),
        (
            "Certificates do not conform to algorithm constraints",
            "Algorithm constraints check failed",
        ),
        (
            "Extended key usage does not permit use for TLS server authentication",
            "Extended key usage does not permit use for TLS client authentication",
        ),
        ("ConstraintsChecker: pathLenConstraint violated", "pathLenConstraint violated"),
        (
            "Private key must be accompanied by certificate chain",
            "Private key must be accompanied by certificate chain",
        ),
        (
            "Get \"https://registry/v2/\": tls: failed to verify certificate: x509: certificate \
             signed by unknown authority",
            "certificate signed by unknown authority",
        ),
        (
            "x509: certificate has expired or is not yet valid: current time 2026-01-31T12:00:00Z \
             is after 2026-01-30T12:00:00Z",
            "certificate has expired or is not yet valid",
        ),
        (
            "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
            "doesn't contain any IP SANs",
        ),
        ("ORA-28750: unknown error", "ORA-28750"),
        ("ORA-28864", "ORA-28864"),
        ("ORA-12560: TNS:protocol adapter error", "ORA-12560"),
    ] {
        assert_eq!(answers(line)[0], first, "{line}");
    }
}

#[test]
fn lines_of_javas_logs_are_understood() {
    for (line, first) in [
        (
            "sun.security.validator.ValidatorException: No trusted certificate found",
            "No trusted certificate found",
        ),
        ("No available authentication scheme", "no cipher suites in common"),
        (
            "java.io.IOException: parseAlgParameters failed: ObjectIdentifier() -- data isn't an \
             object ID (tag = 48)",
            "HmacPBESHA256 not available",
        ),
        (
            "Caused by: java.io.IOException: Failed to load keystore type [JKS] with path [a.jks] due \
             to [Keystore was tampered with, or password was incorrect]",
            "Keystore was tampered with, or password was incorrect",
        ),
        (
            "java.security.cert.CertificateNotYetValidException: NotBefore: Sun Nov 22",
            "timestamp check failed",
        ),
        (
            "basic constraints check failed: this is not a CA certificate",
            "this is not a CA certificate",
        ),
        (
            "SSLException: Unsupported or unrecognized SSL message",
            "Unsupported or unrecognized SSL message",
        ),
    ] {
        assert_eq!(answers(line)[0], first, "{line}");
    }
}

#[test]
fn what_openssl_says_is_explained() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
    ca.issue("s");
    scratch.mwallet("create m.p12").password("right").ok();
    for (line, code) in [
        ("verify -CAfile ca/root.pem s.pem", "unable to get local issuer certificate"),
        (
            "verify -untrusted ca/root.pem -untrusted ca/intermediate.pem s.pem",
            "self-signed certificate in certificate chain",
        ),
        ("verify ca/root.pem", "self-signed certificate"),
        (
            "verify -attime 7000000000 -CAfile ca/root.pem -untrusted ca/intermediate.pem s.pem",
            "certificate has expired",
        ),
        (
            "verify -attime 1000000000 -CAfile ca/root.pem -untrusted ca/intermediate.pem s.pem",
            "certificate is not yet valid",
        ),
        ("pkcs12 -in m.p12 -passin pass:wrong -noout", "mac verify failure"),
    ] {
        let done = scratch.run(&openssl, line).failed();
        let found = explain::find(&done.all()).unwrap_or_else(|_| panic!("{}", done.story()));
        assert_eq!(found[0].code, code, "{}", done.story());
        // The number without the text.
        let said = done.all();
        let Some(at) = said.find("depth lookup") else { continue };
        let start = said[..at].rfind("error ").unwrap();
        assert_eq!(explain::find(&said[start..at]).unwrap()[0].code, code, "{}", done.story());
    }
}

#[test]
fn what_keytool_says_is_explained() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        scratch.mwallet("create m.p12").password("right1").ok();
        scratch.write("noise.jks", "nothing of the kind");
        let wrong = scratch
            .run(&keytool, "-list -keystore m.p12 -storetype PKCS12 -storepass wrong1")
            .failed();
        assert_eq!(
            explain::find(&wrong.all()).unwrap()[0].code,
            "keystore password was incorrect",
            "{}",
            wrong.story()
        );
        let noise = scratch.run(&keytool, "-list -keystore noise.jks -storepass wrong1").failed();
        assert_eq!(
            explain::find(&noise.all()).unwrap()[0].code,
            "Invalid keystore format",
            "{}",
            noise.story()
        );
    }
}

#[test]
fn what_keytool_says_of_imports_is_explained() {
    for keytool in peers::keytools() {
        let scratch = Scratch::new();
        let store = |name: &str| format!("-keystore {name}.p12 -storepass changeit -alias {name}");
        for name in ["a", "b"] {
            let pair = format!("-genkeypair -dname CN={name} -keyalg EC {}", store(name));
            scratch.run(&keytool, &pair).ok();
            let export = format!("-exportcert -rfc -file {name}.pem {}", store(name));
            scratch.run(&keytool, &export).ok();
        }
        scratch.write("no.pem", "no certificate");
        scratch.write("empty.p12", "");
        let import = "-importcert -noprompt -keystore a.p12 -storepass changeit";
        scratch.run(&keytool, &format!("{import} -alias ca -file b.pem")).ok();
        for (line, code) in [
            (
                &format!("{import} -alias a -file b.pem"),
                "Public keys in reply and keystore don't match",
            ),
            (
                &format!("{import} -alias a -file a.pem"),
                "Certificate reply and certificate in keystore are identical",
            ),
            (&format!("{import} -alias new -file no.pem"), "Input not an X.509 certificate"),
            (
                &format!("{import} -alias ca -file a.pem"),
                "Certificate not imported, alias already exists",
            ),
            (
                &"-list -keystore empty.p12 -storepass changeit".to_owned(),
                "Keystore file exists, but is empty",
            ),
        ] {
            let done = scratch.run(&keytool, line).failed();
            let found = explain::find(&done.all()).unwrap_or_else(|_| panic!("{}", done.story()));
            assert_eq!(found[0].code, code, "{}", done.story());
        }
    }
}

#[test]
fn text_has_meaning_causes_and_commands() {
    let scratch = Scratch::new();
    let text = scratch.mwallet("explain ora-29024").ok().out();
    for part in ["ORA-29024", "Certificate validation failure", "  1. ", "mwallet probe "] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    let several = scratch.mwallet("explain null cert chain").ok().out();
    assert!(several.contains("clientAuth"), "{several}");
}

#[test]
fn commands_of_ours_stand_on_lines_of_their_own() {
    let scratch = Scratch::new();
    for (code, command) in [
        ("profile-unreadable-by-consumer", "mwallet convert W DST --for CONSUMER"),
        ("entry-not-found", "mwallet list W"),
    ] {
        let text = scratch.mwallet(&format!("explain {code}")).ok().out();
        assert!(text.lines().any(|line| line.trim() == command), "{text}");
    }
}

#[test]
fn unknown_code_is_not_found_and_neighbours_are_named() {
    let scratch = Scratch::new();
    let error = scratch.mwallet("explain ORA-29025").fails(5, "topic-unknown");
    assert!(error["message"].as_str().unwrap().contains("did you mean"), "{error}");
    assert!(error["details"]["near"].as_array().unwrap().contains(&json!("ORA-29024")), "{error}");
    assert_eq!(error["hint"], "mwallet explain --list");
    scratch.mwallet("explain the weather").fails(5, "topic-unknown");
    scratch.mwallet("explain").fails(2, "usage");
}

#[test]
fn list_has_everything() {
    let scratch = Scratch::new();
    let text = scratch.mwallet("explain --list").ok().out();
    for part in
        ["mwallet\n", "Oracle\n", "orapki\n", "Java\n", "OpenSSL\n", "  PKI-04006  No matching"]
    {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
    let report: Value = scratch.mwallet("explain --list").json();
    assert_eq!(report["explanations"].as_array().unwrap().len(), explain::all().len());
}

/// What the commands of the tables leave to the reader, and a value that is one.
const PLACEHOLDERS: [(&str, &str); 7] = [
    ("sha256:FINGERPRINT", "sha256:0123456789"),
    ("VERB", "list"),
    // A port where nobody listens.
    ("HOST:PORT", "127.0.0.1:1"),
    ("H:P", "127.0.0.1:1"),
    ("PROTOCOL", "smtp"),
    ("TIME", "2026-01-31"),
    ("CONSUMER", "nginx"),
];

/// A command that names a verb or flag which does not exist helps nobody.
#[test]
fn commands_of_the_tables_parse() {
    let scratch = Scratch::new();
    let mut parsed = 0;
    for one in explain::all() {
        for step in one.run {
            let Some(line) = step.command.strip_prefix("mwallet ") else { continue };
            // Whatever the command was, once more with this flag.
            let line = if line == "-v" { "-v list w" } else { line };
            let line = PLACEHOLDERS
                .iter()
                .fold(line.to_owned(), |line, (name, one)| line.replace(name, one));
            // Flags are refused before files are looked for. A quoted word counts as one.
            let mut call = scratch.mwallet("--no-input");
            let mut parts = line.split('\'');
            while let Some(plain) = parts.next() {
                call = call.args(plain);
                if let Some(quoted) = parts.next() {
                    call = call.arg(quoted);
                }
            }
            let call = if line.contains("--json") { call } else { call.arg("--json") };
            let done = call.run();
            let error = done.err();
            let code =
                error.find('{').map(|at| serde_json::from_str::<Value>(&error[at..]).unwrap());
            let code = code.map(|error| error["error"]["code"].as_str().unwrap().to_owned());
            assert!(done.succeeded() || code.is_some(), "{}: {}", one.code, done.story());
            let is_refused = code.is_some_and(|c| ["usage", "value-invalid"].contains(&c.as_str()));
            assert!(!is_refused, "{}: {}", one.code, done.story());
            parsed += 1;
        }
    }
    assert!(parsed > 50, "{parsed}");
}

#[test]
fn lines_are_no_longer_than_what_stands_in_backticks() {
    let scratch = Scratch::new();
    for code in Code::ALL {
        let text = scratch.mwallet("explain").arg(code.name()).ok().out();
        for line in text.lines() {
            let is_command = line.matches('`').count() == 2 || line.starts_with("  mwallet ");
            assert!(line.chars().count() <= 100 || is_command, "{code}: {line}");
            assert_eq!(line.matches('`').count() % 2, 0, "{code}: {line}");
        }
    }
}
