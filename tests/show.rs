//! What `show` and `inspect` tell of a certificate, held against openssl and keytool.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::{Value, json};
use support::peers;
use support::run::run;
use support::scratch::Scratch;

const PASSWORD: &str = "changeit";

const CONFIGURATION: &str = "\
[req]
distinguished_name = name
x509_extensions = all
prompt = no
[name]
CN = ca
[all]
basicConstraints = critical, CA:TRUE, pathlen:2
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
authorityInfoAccess = OCSP;URI:http://ocsp.example/, caIssuers;URI:http://ca.example/ca.cer
crlDistributionPoints = URI:http://crl.example/a.crl, URI:ldap://crl.example/cn=b
certificatePolicies = 1.2.3.4, 2.5.29.32.0, @qualified
[qualified]
policyIdentifier = 1.3.5.8
CPS.1 = http://cps.example/
";

/// A CA's certificate with every extension that is shown.
fn certificate(scratch: &Scratch, openssl: &peers::Peer) {
    scratch.write("c.cnf", CONFIGURATION);
    scratch
        .run(
            openssl,
            "req -x509 -newkey rsa:2048 -nodes -sha384 -days 30 -config c.cnf -keyout k.pem -out c.pem",
        )
        .ok();
}

/// A fingerprint as openssl prints it, as we do.
fn fingerprint(scratch: &Scratch, openssl: &peers::Peer, digest: &str) -> String {
    let line = format!("x509 -in c.pem -noout -fingerprint {digest}");
    let printed = scratch.run(openssl, &line).ok().out();
    printed.trim().split_once('=').unwrap().1.replace(':', "").to_lowercase()
}

#[test]
fn certificate_is_shown_with_what_openssl_and_keytool_print() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    certificate(&scratch, &openssl);
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.mwallet("add-trusted w.p12 c.pem").password(PASSWORD).ok();
    let printed = scratch.run(&openssl, "x509 -in c.pem -noout -text").ok();
    let printed = printed.says("sha384WithRSAEncryption").says("URI:ldap://crl.example/cn=b");
    let printed = printed.says("Policy: 1.3.5.8").out();
    for report in [
        scratch.mwallet("show w.p12").password(PASSWORD).json(),
        scratch.mwallet("inspect c.pem").json(),
    ] {
        let entry = &report["entries"][0];
        assert_eq!(entry["version"], 3, "{report:#}");
        assert_eq!(entry["signature_algorithm"], "sha384WithRSAEncryption");
        assert_eq!(entry["sha1"], fingerprint(&scratch, &openssl, "-sha1").as_str());
        assert_eq!(entry["sha256"], fingerprint(&scratch, &openssl, "-sha256").as_str());
        assert_eq!((&entry["ca"], &entry["path_length"]), (&json!(true), &json!(2)));
        assert_eq!(entry["ocsp"], json!(["http://ocsp.example/"]));
        assert_eq!(entry["ca_issuers"], json!(["http://ca.example/ca.cer"]));
        assert_eq!(entry["crl"], json!(["http://crl.example/a.crl", "ldap://crl.example/cn=b"]));
        assert_eq!(entry["policies"], json!(["1.2.3.4", "2.5.29.32.0", "1.3.5.8"]));
        let own = entry["subject_key_id"].as_str().unwrap().to_uppercase();
        assert!(printed.replace(':', "").contains(&own), "{own} in {printed}");
        assert_eq!(entry["subject_key_id"], entry["authority_key_id"]);
        assert_eq!(entry.get("unreadable"), None);
    }
    let shown = scratch.mwallet("show w.p12").password(PASSWORD).ok();
    let inspected = scratch.mwallet("inspect c.pem").ok();
    for done in [shown, inspected] {
        done.says("\n  signature:           sha384WithRSAEncryption\n")
            .says("\n  version:             3\n")
            .says(&format!(
                "\n  sha1:                {}\n",
                fingerprint(&scratch, &openssl, "-sha1")
            ))
            .says("\n  CA:                  yes, path length 2\n")
            .says("\n  policies:            1.2.3.4, 2.5.29.32.0, 1.3.5.8\n")
            .says("\n  OCSP:                http://ocsp.example/\n")
            .says("\n  CA issuers:          http://ca.example/ca.cer\n")
            .says("\n  CRL:                 http://crl.example/a.crl, ldap://crl.example/cn=b\n");
    }
}

#[test]
fn validity_is_shown_to_the_second() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    certificate(&scratch, &openssl);
    let dates = scratch.run(&openssl, "x509 -in c.pem -noout -dates -dateopt iso_8601").ok().out();
    let report = scratch.mwallet("inspect c.pem").json();
    let text = scratch.mwallet("inspect c.pem").ok().out();
    for (line, field, label) in
        [("notBefore", "not_before", "valid from:"), ("notAfter", "not_after", "valid until:")]
    {
        let date = dates.lines().find_map(|found| found.strip_prefix(&format!("{line}="))).unwrap();
        let date = date.replace(' ', "T");
        assert_eq!(report["entries"][0][field], date.as_str());
        assert!(text.contains(&format!("  {label:<20} {date}")), "{text}");
    }
    assert!(text.contains(" days left\n"), "{text}");
}

#[test]
fn keytool_shows_the_same_sha1_and_the_same_urls() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    certificate(&scratch, &openssl);
    for keytool in peers::keytools() {
        let printed = scratch.run(&keytool, "-printcert -v -file c.pem").ok().out();
        let shown = scratch.mwallet("inspect c.pem").json();
        let entry = &shown["entries"][0];
        let sha1 = entry["sha1"].as_str().unwrap().to_uppercase();
        assert!(printed.replace(':', "").contains(&sha1), "{printed}");
        for field in ["ocsp", "ca_issuers", "crl", "policies"] {
            for value in entry[field].as_array().unwrap() {
                assert!(printed.contains(value.as_str().unwrap()), "{field} {value} in {printed}");
            }
        }
    }
}

#[test]
fn extension_that_cannot_be_read_is_said_to_be_unreadable() {
    let Some(openssl) = peers::openssl() else { return };
    for extension in [
        "crlDistributionPoints = DER:0500",
        "authorityInfoAccess = DER:3003020101",
        "certificatePolicies = DER:30020500",
    ] {
        let scratch = Scratch::new();
        let text = format!(
            "[req]\ndistinguished_name = n\nx509_extensions = e\nprompt = no\n[n]\nCN = a\n[e]\n{extension}\n"
        );
        scratch.write("c.cnf", text);
        let line =
            "req -x509 -newkey rsa:2048 -nodes -days 30 -config c.cnf -keyout k.pem -out c.pem";
        scratch.run(&openssl, line).ok();
        let report = scratch.mwallet("inspect c.pem").json();
        let unreadable = &report["entries"][0]["unreadable"];
        assert!(matches!(unreadable, Value::String(_)), "{extension}: {report:#}");
        scratch.mwallet("inspect c.pem").ok().says("\n  unreadable:          ");
    }
}

#[test]
fn entry_is_found_by_the_name_that_openssl_prints() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let made = scratch.mwallet("csr w.p12 --self-signed --days 9 --key ec:p256 --out c.pem --dn");
    let made = made.arg("CN=app é,OU=web/b+L=x,O=Acme\\, Inc.,C=NL");
    made.password(PASSWORD).ok();
    for options in ["", "compat", "oneline", "RFC2253", "oneline,-esc_msb"] {
        let mut print = scratch.command(&openssl, "x509 -in c.pem -noout -subject");
        if !options.is_empty() {
            print.args(["-nameopt", options]);
        }
        let printed = run(&mut print, b"").ok().out();
        let name = printed.trim().strip_prefix("subject=").unwrap();
        let shown = scratch.mwallet("show w.p12").arg(name).password(PASSWORD).run();
        assert!(shown.succeeded(), "{options}: {name}\n{}", shown.story());
    }
}

#[test]
fn what_is_not_there_is_null_and_no_dash() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    certificate(&scratch, &openssl);
    let inspected = scratch.mwallet("inspect c.pem").json();
    assert_eq!(inspected["entries"][0]["alias"], Value::Null, "{inspected:#}");
    scratch.mwallet("inspect c.pem").ok().says("\n-      certificate");
    let made = scratch.mwallet("create a.jks").password(PASSWORD).json();
    for report in [
        made,
        inspected,
        scratch.mwallet("list a.jks").password(PASSWORD).json(),
        scratch.mwallet("inspect a.jks").password(PASSWORD).json(),
    ] {
        assert_eq!(report["layout"], Value::Null, "{report:#}");
    }
}

#[test]
fn file_of_a_request_or_a_certificate_is_shown_as_what_it_is() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line = "req -newkey rsa:2048 -nodes -keyout k.pem -out a.csr -subj /CN=a/O=b \
                -addext subjectAltName=DNS:a.example -addext basicConstraints=critical,CA:FALSE";
    scratch.run(&openssl, line).ok();
    scratch.run(&openssl, "req -in a.csr -outform DER -out d.csr").ok();
    for file in ["a.csr", "d.csr"] {
        let shown = scratch.mwallet(&format!("show {file}")).ok();
        let shown = shown.says(": request\n").says("\n  subject:             O=b,CN=a\n");
        let shown = shown.says("\n  alternative names:   dns:a.example\n");
        let shown = shown.says("\n  CA:                  no\n");
        shown.says("\n  critical:            basicConstraints\n");
        let report = scratch.mwallet(&format!("show {file}")).json();
        let inspected = scratch.mwallet(&format!("inspect {file}")).json();
        let (entry, found) = (&report["entries"][0], &inspected["entries"][0]);
        for field in ["kind", "subject", "public_key", "san", "signature_algorithm"] {
            assert_eq!(entry[field], found[field], "{field}");
        }
        let listed = &scratch.mwallet(&format!("list {file}")).json()["entries"][0];
        for field in ["kind", "subject", "public_key"] {
            assert_eq!(listed[field], found[field], "{field}");
        }
        let pem = scratch.mwallet(&format!("show {file} --pem")).ok().out();
        scratch.write("again.csr", pem);
        scratch.run(&openssl, "req -in again.csr -noout -verify").ok();
    }
    certificate(&scratch, &openssl);
    scratch.mwallet("show c.pem").ok().says(": certificate\n");
    for verb in ["show", "list"] {
        let report = scratch.mwallet(&format!("{verb} c.pem")).json();
        assert_eq!(report["entries"][0]["kind"], "certificate", "{verb}");
    }
    // In a store it is trusted.
    scratch.mwallet("convert c.pem t.jks").out_password(PASSWORD).ok();
    scratch.mwallet("show t.jks").password(PASSWORD).ok().says(": trusted-certificate\n");
}

/// What people look for in `openssl x509 -text`.
#[test]
fn every_extension_is_shown_with_what_it_says() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let configuration = "\
[req]
distinguished_name = name
x509_extensions = all
prompt = no
[name]
CN = a
[all]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
nameConstraints = critical, permitted;DNS:.acme.example, permitted;IP:10.0.0.0/255.0.0.0, excluded;email:x.example
tlsfeature = status_request
noCheck = ignored
subjectAltName = dirName:other, otherName:msUPN;UTF8:alice@acme.example, RID:1.2.3.4, otherName:1.2.3.5;INT:7
1.2.3.6 = critical, ASN1:UTF8String:hello
[other]
O = acme
CN = b
";
    scratch.write("c.cnf", configuration);
    let line = "req -x509 -newkey rsa:2048 -nodes -days 30 -set_serial -255 -config c.cnf \
                -keyout k.pem -out c.pem";
    scratch.run(&openssl, line).ok();
    let printed = scratch.run(&openssl, "x509 -in c.pem -noout -text -serial").ok();
    printed.says("TLS Feature").says("X509v3 Name Constraints: critical").says("serial=-FF");
    let shown = scratch.mwallet("show c.pem").ok();
    for line in [
        "serial:              -FF",
        "CA:                  no",
        "alternative names:   dirname:CN=b,O=acme, upn:alice@acme.example, rid:1.2.3.4, \
         othername:1.2.3.5:020107",
        "name constraints:    permitted dns:.acme.example, ip:10.0.0.0/255.0.0.0; excluded email:x.example",
        "TLS feature:         status_request (must-staple)",
        "OCSP no check:       yes",
        "other extension:     1.2.3.6, 7 bytes: 0c0568656c6c6f",
        "critical:            basicConstraints, keyUsage, nameConstraints, 1.2.3.6",
    ] {
        assert!(shown.out().contains(&format!("\n  {line}\n")), "{line}\n{}", shown.story());
    }
    let report = scratch.mwallet("show c.pem").json();
    let extensions = report["entries"][0]["extensions"].as_array().unwrap();
    let of = |oid: &str| extensions.iter().find(|one| one["oid"] == oid).unwrap();
    assert_eq!(
        *of("2.5.29.19"),
        json!({"oid": "2.5.29.19", "name": "basicConstraints", "critical": true,
               "value": "no CA", "hex": null})
    );
    assert_eq!(
        *of("1.2.3.6"),
        json!({"oid": "1.2.3.6", "name": null, "critical": true, "value": null,
               "hex": "0c0568656c6c6f"})
    );
    assert_eq!(of("1.3.6.1.5.5.7.1.24")["value"], "status_request (must-staple)");
    scratch.mwallet("show c.pem serial:-ff").ok();
    scratch.mwallet("show c.pem serial:ff").fails(5, "entry-not-found");
}

#[test]
fn request_has_nothing_that_only_certificates_have() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    let line = "csr w.p12 --dn CN=a --san dns:a.example --key ec:p256 --out a.csr";
    scratch.mwallet(line).password(PASSWORD).ok();
    let report = scratch.mwallet("show w.p12").password(PASSWORD).json();
    let entry = &report["entries"][0];
    assert_eq!(entry["san"], json!(["dns:a.example"]), "{report:#}");
    for field in ["version", "sha1", "crl", "x5t#S256"] {
        assert_eq!(entry.get(field), None, "{field}");
    }
}

/// A request for these extensions.
fn request(scratch: &Scratch, openssl: &peers::Peer, extensions: &str) {
    let configuration = format!(
        "[req]\ndistinguished_name=n\nprompt=no\nreq_extensions=e\n[n]\nCN=app\n[e]\n{extensions}\n"
    );
    scratch.write("r.cnf", configuration);
    let line =
        "req -new -newkey rsa:2048 -nodes -config r.cnf -keyout r.key -outform DER -out r.csr";
    scratch.run(openssl, line).ok();
}

fn member<'j>(extensions: &'j Value, name: &str) -> &'j Value {
    let mut extensions = extensions.as_array().unwrap().iter();
    extensions.find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn request_that_its_key_did_not_sign_is_told() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    request(&scratch, &openssl, "keyUsage = digitalSignature");
    for verb in ["show", "inspect"] {
        let report = scratch.mwallet(&format!("{verb} r.csr")).json();
        assert_eq!(report["warnings"], json!([]), "{report:#}");
    }
    let mut damaged = scratch.read("r.csr");
    *damaged.last_mut().unwrap() ^= 1;
    scratch.write("r.csr", damaged);
    scratch.run(&openssl, "req -inform DER -in r.csr -verify -noout").says("failure");
    for verb in ["show", "inspect"] {
        let line = format!("{verb} r.csr");
        let done = scratch.mwallet(&line).ok().says("(signature-invalid)");
        assert!(done.err().contains("the request of CN=app: its signature"), "{}", done.story());
        let report = scratch.mwallet(&line).json();
        assert_eq!(report["warnings"][0]["code"], "signature-invalid", "{report:#}");
    }
}

#[test]
fn request_of_a_ca_is_shown_with_its_path_length_and_key_identifier() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let extensions = "basicConstraints = critical, CA:TRUE, pathlen:0\nsubjectKeyIdentifier = hash";
    request(&scratch, &openssl, extensions);
    let printed = scratch.run(&openssl, "req -inform DER -in r.csr -noout -text").ok();
    let printed = printed.says("CA:TRUE, pathlen:0").out().replace(':', "").to_lowercase();
    let shown =
        scratch.mwallet("show r.csr").ok().says("yes, path length 0").says("subject key id:");
    let entry = scratch.mwallet("show r.csr").json()["entries"][0].clone();
    let identifier = entry["subject_key_id"].as_str().unwrap();
    assert!(printed.contains(identifier) && shown.out().contains(identifier), "{entry:#}");
    assert_eq!(entry["path_length"], 0, "{entry:#}");
    let constraints = member(&entry["extensions"], "basicConstraints");
    assert_eq!(constraints["value"], "CA, path length 0", "{constraints}");
}

#[test]
fn extension_that_is_not_told_in_full_comes_with_its_bytes() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let configuration = "\
[req]
distinguished_name = name
x509_extensions = all
prompt = no
[name]
CN = ca
[all]
basicConstraints = critical, DER:04020101
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer:always
authorityInfoAccess = OCSP;URI:http://ocsp.example/, 1.2.3.4;URI:http://x.example/
crlDistributionPoints = point
certificatePolicies = @qualified
subjectAltName = @names
[names]
DNS.1 = \"a.com, dns:b.com\"
DNS.2 = c.com
[point]
fullname = URI:http://crl.example/a.crl
CRLissuer = dirName:name
reasons = keyCompromise
[qualified]
policyIdentifier = 1.3.5.8
CPS.1 = http://cps.example/
";
    scratch.write("c.cnf", configuration);
    let line = "req -x509 -newkey rsa:2048 -nodes -days 30 -config c.cnf -keyout k.pem -out c.pem";
    scratch.run(&openssl, line).ok();
    let report = scratch.mwallet("show c.pem").json();
    let extensions = &report["entries"][0]["extensions"];
    let of = |name| member(extensions, name);
    assert_eq!(of("basicConstraints")["hex"], "04020101", "{extensions:#}");
    assert_eq!(of("basicConstraints")["value"], Value::Null, "{extensions:#}");
    for (name, value, bytes) in [
        ("cRLDistributionPoints", "http://crl.example/a.crl", "81020640"),
        ("authorityInfoAccess", "http://ocsp.example/", "687474703a2f2f782e6578616d706c652f"),
        ("certificatePolicies", "1.3.5.8", "687474703a2f2f6370732e6578616d706c652f"),
    ] {
        assert_eq!(of(name)["value"], value, "{extensions:#}");
        assert!(of(name)["hex"].as_str().unwrap().contains(bytes), "{name}: {extensions:#}");
    }
    let of_key = of("authorityKeyIdentifier");
    assert!(of_key["value"].is_string() && of_key["hex"].is_string(), "{extensions:#}");
    assert_eq!(of("subjectKeyIdentifier")["hex"], Value::Null, "{extensions:#}");
    // One name that looks like two is not shown as two.
    let names = "\"dns:a.com, dns:b.com\", dns:c.com";
    assert_eq!(of("subjectAltName")["value"], names, "{extensions:#}");
    assert_eq!(report["entries"][0]["san"], json!(["dns:a.com, dns:b.com", "dns:c.com"]));
    scratch.mwallet("show c.pem").ok().says(names).says("told in part:");
    // What says all comes without.
    certificate(&scratch, &openssl);
    let report = scratch.mwallet("show c.pem").json();
    for extension in report["entries"][0]["extensions"].as_array().unwrap() {
        let is_qualified = extension["name"] == "certificatePolicies";
        assert_eq!(extension["hex"].is_string(), is_qualified, "{extension}");
    }
}
