//! Test PKIs: what is good is taken by openssl, GnuTLS, webpki and Java, what is bad is refused by
//! openssl and by us for the reason that the manifest states; a build makes what is stale and
//! nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;
use support::peers::{self, Peer};
use support::run::{Done, Mwallet, run};
use support::scratch::Scratch;
use support::server::Process;

/// The password of `everything.toml`.
const PASSWORD: &str = "changeit1";

/// A PKI that uses everything, built once for all tests that only read it.
fn everything() -> &'static Scratch {
    static BUILT: OnceLock<Scratch> = OnceLock::new();
    BUILT.get_or_init(|| {
        let scratch = Scratch::new();
        scratch.write("pki.toml", include_str!("pki/everything.toml"));
        scratch.mwallet("pki build").ok();
        scratch
    })
}

fn manifest(scratch: &Scratch, out: &str) -> Value {
    serde_json::from_slice(&scratch.read(&format!("{out}/manifest.json"))).unwrap()
}

/// The leaves of the manifest: name, preset, and what is expected.
fn leaves(scratch: &Scratch) -> Vec<Leaf> {
    let manifest = manifest(scratch, "out");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let leaves = manifest["entries"].as_array().unwrap().iter();
    let leaves: Vec<Leaf> = leaves
        .filter(|entry| entry["kind"] == "leaf")
        .map(|entry| Leaf {
            name: text(&entry["name"]).unwrap(),
            bad: text(&entry["bad"]),
            reason: text(&entry["expected"]["reason"]),
            purpose: text(&entry["expected"]["purpose"]).unwrap(),
            host: text(&entry["expected"]["host"]),
            crl: text(&entry["expected"]["crl"]),
        })
        .collect();
    assert!(leaves.len() > 30);
    leaves
}

struct Leaf {
    name: String,
    bad: Option<String>,
    reason: Option<String>,
    purpose: String,
    host: Option<String>,
    crl: Option<String>,
}

impl Leaf {
    fn bad(&self) -> &str {
        self.bad.as_deref().unwrap_or_default()
    }

    fn openssl(&self, scratch: &Scratch, openssl: &Peer) -> Done {
        let mut line = format!(
            "verify -CAfile out/ca-bundle.pem -untrusted out/{0}/fullchain.pem -auth_level 1",
            self.name
        );
        line +=
            if self.purpose == "client" { " -purpose sslclient" } else { " -purpose sslserver" };
        if let Some(host) = &self.host {
            line += &*format!(" -verify_hostname {host}");
        }
        if let Some(crl) = &self.crl {
            line += &*format!(" -crl_check -CRLfile out/{crl}");
        }
        scratch.run(openssl, &format!("{line} out/{}/fullchain.pem", self.name))
    }
}

/// What openssl says to each preset: the number and the words of its verification error, or what its
/// other commands say where it is not the certificate that is wrong.
const OPENSSL_SAYS: [(&str, &str); 22] = [
    ("expired", "error 10 at 0"),
    ("not-yet-valid", "error 9 at 0"),
    ("wrong-host", "error 62 at 0"),
    ("no-san", "error 62 at 0"),
    ("wrong-eku", "error 26 at 0"),
    ("no-client-auth", "error 26 at 0"),
    ("revoked", "error 23 at 0"),
    ("self-signed", "error 18 at 0"),
    ("unknown-ca", "error 20 at 0"),
    ("missing-intermediate", "error 20 at 0"),
    ("shuffled-chain", "error 26 at 0"),
    ("root-in-chain", "error 19 at 1"),
    ("name-constraint", "error 47 at 0"),
    ("path-len", "error 25 at"),
    ("ca-false", "error 79 at 1"),
    ("sha1", "error 68 at 0"),
    ("weak-key", "error 66 at 0"),
    ("key-mismatch", "key values mismatch"),
    ("key-password-differs", "Mac verify error"),
    ("expired-ca", "error 10 at 1"),
    ("cross-signed", "error 2"),
    ("duplicate-subject", "error 20 at 0"),
];

#[test]
fn every_preset_is_refused_by_openssl_for_its_reason() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = everything();
    let mut seen = BTreeSet::new();
    for leaf in leaves(scratch).iter().filter(|leaf| leaf.bad.is_some()) {
        let said = OPENSSL_SAYS.iter().find(|(bad, _)| *bad == leaf.bad()).unwrap().1;
        let name = &leaf.name;
        let done = match leaf.bad() {
            "key-mismatch" => {
                let line = format!(
                    "pkcs12 -export -in out/{name}/fullchain.pem -inkey out/{name}/key.pem \
                     -out x.p12 -passout pass:x"
                );
                scratch.run(&openssl, &line)
            }
            "key-password-differs" => {
                let line =
                    format!("pkcs12 -in out/{name}/{name}.p12 -nodes -passin pass:{PASSWORD}");
                let done = scratch.run(&openssl, &line);
                assert!(!done.out().contains("PRIVATE KEY"), "{}", done.story());
                let certificates = scratch.run(&openssl, &format!("{line} -nokeys")).ok();
                assert!(certificates.out().contains("BEGIN CERTIFICATE"));
                seen.insert(leaf.bad().to_owned());
                continue;
            }
            _ => leaf.openssl(scratch, &openssl),
        };
        assert!(!done.succeeded(), "{}", done.story());
        assert!(done.all().contains(said), "{name}: no \"{said}\" in\n{}", done.story());
        seen.insert(leaf.bad().to_owned());
    }
    let all: BTreeSet<String> = OPENSSL_SAYS.iter().map(|(bad, _)| (*bad).to_owned()).collect();
    assert_eq!(seen, all, "everything.toml has every preset");
    let presets: BTreeSet<String> =
        mwallet::pki::bad::PRESETS.iter().map(|preset| preset.name.to_owned()).collect();
    assert_eq!(presets, all);
}

#[test]
fn every_preset_is_refused_by_us_for_the_reason_of_the_manifest() {
    let scratch = everything();
    for leaf in leaves(scratch) {
        let Leaf { name, purpose, .. } = &leaf;
        let (report, status) = match leaf.bad() {
            "key-mismatch" | "shuffled-chain" => {
                let line = format!("match out/{name}/key.pem out/{name}/cert.pem");
                let (report, status) = scratch.mwallet(&line).report();
                // Of a bundle verify judges the leaf, wherever it stands; servers do not.
                if leaf.bad() == "shuffled-chain" {
                    let first = scratch.text(&format!("out/{name}/fullchain.pem"));
                    let own = scratch.text(&format!("out/{name}/cert.pem"));
                    assert!(!first.starts_with(&own) && first.ends_with(&own));
                    continue;
                }
                (report, status)
            }
            "key-password-differs" => {
                let line = format!("check out/{name}/{name}.jks");
                scratch.mwallet(&line).password(PASSWORD).report()
            }
            _ => {
                let mut line = format!(
                    "verify out/{name}/fullchain.pem --ca out/ca-bundle.pem --purpose {purpose}"
                );
                if let Some(host) = &leaf.host {
                    line += &*format!(" --host {host}");
                }
                if let Some(crl) = &leaf.crl {
                    line += &*format!(" --crl out/{crl} --crl out/root/crl.pem");
                }
                scratch.mwallet(&line).report()
            }
        };
        let text = report.to_string();
        match &leaf.reason {
            None => assert_eq!(status, Some(0), "{name}: {report:#}"),
            Some(reason) => {
                if !matches!(leaf.bad(), "key-password-differs") {
                    assert_eq!(status, Some(3), "{name}: {report:#}");
                }
                let said = format!("\"{reason}\"");
                let is_match = leaf.bad() == "key-mismatch" && report["verdict"] == "mismatch";
                assert!(is_match || text.contains(&said), "{name}: {reason}: {report:#}");
            }
        }
    }
    let (report, status) = scratch.mwallet("pki build --check").report();
    assert_eq!(status, Some(0), "{report:#}");
    let verdicts = report["verdicts"].as_array().unwrap();
    assert!(verdicts.iter().all(|verdict| verdict["agrees"] == true), "{report:#}");
    assert_eq!(verdicts.len(), leaves(scratch).len());
}

#[test]
fn a_verdict_that_is_not_the_expected_one_is_found() {
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    scratch.mwallet("pki build").ok();
    // The manifest now says that the good server has expired.
    let list = scratch.text("out/manifest.json");
    let at = list.find("\"name\": \"server\"").unwrap();
    let spoilt = list[at..].replacen("\"reason\": null", "\"reason\": \"cert-expired\"", 1);
    scratch.write("out/manifest.json", format!("{}{spoilt}", &list[..at]));
    let done = scratch.mwallet("pki build --check").run().status(3);
    assert!(done.out().contains("server: expected cert-expired, found ok"), "{}", done.story());
}

#[test]
fn good_leaves_are_taken_by_openssl_gnutls_and_webpki() {
    let (Some(openssl), Some(certtool)) = (peers::openssl(), peers::certtool()) else { return };
    let scratch = everything();
    let good: Vec<Leaf> = leaves(scratch).into_iter().filter(|leaf| leaf.bad.is_none()).collect();
    assert!(good.len() >= 8);
    for leaf in &good {
        leaf.openssl(scratch, &openssl).ok();
        let mut line = format!(
            "--verify --load-ca-certificate out/ca-bundle.pem --infile out/{}/fullchain.pem",
            leaf.name
        );
        if let Some(host) = &leaf.host {
            line += &*format!(" --verify-hostname {host}");
        }
        scratch.run(&certtool, &line).ok();
        assert!(webpki_takes(scratch, leaf), "webpki: {}", leaf.name);
    }
    let expired = leaves(scratch).into_iter().find(|leaf| leaf.bad() == "expired").unwrap();
    assert!(!webpki_takes(scratch, &expired), "webpki judges");
}

fn webpki_takes(scratch: &Scratch, leaf: &Leaf) -> bool {
    use rustls_pki_types::pem::PemObject as _;
    use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
    let certificates = |path: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(scratch.at(path)).unwrap().map(Result::unwrap).collect()
    };
    let roots = certificates("out/ca-bundle.pem");
    let anchors: Vec<_> =
        roots.iter().map(|root| webpki::anchor_from_trusted_cert(root).unwrap()).collect();
    let presented = certificates(&format!("out/{}/fullchain.pem", leaf.name));
    let Ok(end) = webpki::EndEntityCert::try_from(&presented[0]) else { return false };
    let usage = if leaf.purpose == "client" {
        webpki::KeyUsage::client_auth()
    } else {
        webpki::KeyUsage::server_auth()
    };
    let algorithms = webpki::ALL_VERIFICATION_ALGS;
    let (between, now) = (&presented[1..], UnixTime::now());
    let path = end.verify_for_usage(algorithms, &anchors, between, now, usage, None, None);
    let host = leaf.host.as_ref().is_none_or(|host| {
        end.verify_is_valid_for_subject_name(&ServerName::try_from(host.as_str()).unwrap()).is_ok()
    });
    path.is_ok() && host
}

/// Each server of the arguments speaks to a client that has a certificate, both by Java's own rules.
const HANDSHAKE: &str = r#"
import javax.net.ssl.*;
import java.io.FileInputStream;
import java.security.KeyStore;

public class Handshake {
  static KeyStore store(String type, String path, char[] password) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    try (FileInputStream in = new FileInputStream(path)) { store.load(in, password); }
    return store;
  }
  static SSLContext context(KeyStore keys, KeyStore trust, char[] password) throws Exception {
    KeyManagerFactory kmf = KeyManagerFactory.getInstance("PKIX");
    kmf.init(keys, password);
    TrustManagerFactory tmf = TrustManagerFactory.getInstance("PKIX");
    tmf.init(trust);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(kmf.getKeyManagers(), tmf.getTrustManagers(), null);
    return context;
  }
  public static void main(String[] arguments) throws Exception {
    char[] password = arguments[0].toCharArray();
    KeyStore trust = store("PKCS12", "out/truststore.p12", password);
    if (store("JKS", "out/truststore.jks", password).size() != trust.size()) throw new Exception("trust");
    SSLContext client = context(store("JKS", "out/client/client.jks", password), trust, password);
    for (int i = 1; i < arguments.length; i++) {
      String name = arguments[i];
      SSLContext server = context(store("PKCS12", "out/" + name + "/" + name + ".p12", password), trust, password);
      SSLServerSocket listener = (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0);
      listener.setNeedClientAuth(true);
      Thread thread = new Thread(() -> {
        try (SSLSocket peer = (SSLSocket) listener.accept()) { peer.getOutputStream().write(peer.getInputStream().read()); }
        catch (Exception e) { System.out.println(name + " server: " + e); }
      });
      thread.start();
      try (SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket("localhost", listener.getLocalPort())) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket.getOutputStream().write(7);
        if (socket.getInputStream().read() != 7) throw new Exception("no echo");
        System.out.println(name + " taken");
      } catch (Exception e) { System.out.println(name + " refused: " + e.getMessage()); }
      thread.join();
      listener.close();
    }
  }
}
"#;

#[test]
fn java_shakes_hands_with_good_leaves_alone() {
    let javas = peers::keytools()
        .into_iter()
        .map(|keytool| fs::canonicalize(keytool.path()).unwrap())
        .filter(|keytool| keytool.with_file_name("javac").is_file())
        .map(|keytool| keytool.with_file_name("java"));
    let scratch = everything();
    let good = ["server", "rsa", "p384", "p521", "ed25519"];
    let bad =
        ["bad-expired", "bad-wrong-host", "bad-self-signed", "bad-unknown-ca", "bad-ca-false"];
    for java in javas {
        let folder = Scratch::new();
        folder.write("Handshake.java", HANDSHAKE);
        let mut command = Command::new(&java);
        command.current_dir(scratch.path()).arg(folder.at("Handshake.java")).arg(PASSWORD);
        let done = run(command.args(good).args(bad), b"").ok();
        for name in good {
            assert!(done.out().contains(&format!("{name} taken")), "{}", done.story());
        }
        for name in bad {
            assert!(done.out().contains(&format!("{name} refused")), "{}", done.story());
        }
    }
}

#[test]
fn every_form_holds_the_same_key_and_certificate() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = everything();
    let list = |path: &str| scratch.mwallet(&format!("list {path}"));
    let sha256 = scratch
        .run(&openssl, "x509 -in out/client/cert.der -inform DER -noout -fingerprint -sha256");
    let sha256 =
        sha256.ok().out().split('=').nth(1).unwrap().trim().replace(':', "").to_lowercase();
    for report in [
        list("out/client/client.p12").password(PASSWORD).json(),
        list("out/client/client.jks").password(PASSWORD).json(),
        list("out/client/wallet").json(),
        list("out/client/wallet").password(PASSWORD).json(),
        list("out/client/client.yaml").json(),
    ] {
        let entries = report["entries"].as_array().unwrap();
        let own = entries.iter().find(|entry| entry["kind"] == "private-key").unwrap();
        assert_eq!(own["sha256"], sha256.as_str(), "{report:#}");
    }
    let wallet = list("out/client/wallet").json();
    assert_eq!(wallet["auto_login"], "on", "{wallet:#}");
    assert_eq!(wallet["entries"][0]["alias"], "utlhttp", "{wallet:#}");
    let old = list("out/old-oracle/wallet").password(PASSWORD).json();
    assert_eq!(old["profile"], "oracle-11g", "{old:#}");
    assert_eq!(list("out/rsa/rsa.p12").password(PASSWORD).json()["profile"], "compat");
    for trust in ["truststore.p12", "truststore.jks", "trust-wallet"] {
        let report = list(&format!("out/{trust}")).password(PASSWORD).json();
        assert_eq!(report["entries"].as_array().unwrap().len(), 2, "{report:#}");
    }
    let key = "pkey -in out/client/key.der -inform DER -pubout";
    let certificate = "x509 -in out/client/cert.pem -noout -pubkey";
    let [key, certificate] = [key, certificate].map(|line| scratch.run(&openssl, line).ok().out());
    assert_eq!(key, certificate);
}

#[test]
fn keys_and_stores_are_for_their_owner_and_certificates_for_all() {
    let scratch = everything();
    for (path, (mode, _)) in scratch.picture("out") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_trust = path.starts_with(scratch.at("out/trust-wallet"));
        let is_secret = !is_trust
            && !name.starts_with("truststore")
            && (name.starts_with("key.")
                || [".p12", ".jks", ".sso", ".yaml"].iter().any(|ending| name.ends_with(ending)));
        if mode & 0o170_000 == 0o100_000 {
            assert_eq!(mode & 0o777, if is_secret { 0o600 } else { 0o644 }, "{}", path.display());
        }
    }
}

#[test]
fn the_issuer_stands_byte_for_byte_in_what_it_issues() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = everything();
    let name = |file: &str, what: &str| {
        let line = format!("x509 -in out/{file}/cert.pem -noout -{what} -nameopt RFC2253");
        scratch.run(&openssl, &line).ok().out().split_once('=').unwrap().1.trim().to_owned()
    };
    assert_eq!(name("rsa", "issuer"), "CN=Open CA,OU=b,OU=a,DC=acme,DC=com");
    assert_eq!(name("rsa", "issuer"), name("open", "subject"));
}

/// A small PKI whose builds are watched.
const SMALL: &str = "version = 1\nout = \"out\"\npassword = \"changeit1\"\n\
    [defaults]\niterations = 1000\noutputs = [\"p12\"]\n\
    [ca.root]\ndays = 3650\n\
    [ca.issuing]\nissuer = \"root\"\ndays = 365\ncrl = true\n\
    [ca.aside]\nissuer = \"root\"\ndays = 365\n\
    [leaf.server]\nissuer = \"issuing\"\nsan = \"dns:localhost\"\neku = \"server\"\n\
    [leaf.gone]\nlike = \"server\"\nbad = \"revoked\"\n\
    [leaf.client]\nissuer = \"aside\"\neku = \"client\"\n";

/// What a file is to those who watch it: inode, time of change of its content, and content.
type Identities = BTreeMap<PathBuf, (u64, i64, i64, Vec<u8>)>;

fn identities(folder: &Path) -> Identities {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(identities(&path));
        } else {
            let about = fs::metadata(&path).unwrap();
            let content = fs::read(&path).unwrap();
            found.insert(path, (about.ino(), about.mtime(), about.mtime_nsec(), content));
        }
    }
    found
}

/// The first part of the paths that are not what they were.
fn changed(scratch: &Scratch, before: &Identities) -> Vec<String> {
    let (after, out) = (identities(&scratch.at("out")), scratch.at("out"));
    let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    let is_changed = |path: &&&PathBuf| before.get(**path) != after.get(**path);
    let parts: BTreeSet<String> = paths
        .iter()
        .filter(is_changed)
        .map(|path| path.strip_prefix(&out).unwrap())
        .map(|path| path.iter().next().unwrap().to_str().unwrap().to_owned())
        .collect();
    parts.into_iter().collect()
}

fn small() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    scratch.mwallet("pki build").ok().says("made 6 entries");
    scratch
}

#[test]
fn a_build_with_nothing_changed_touches_no_file() {
    let scratch = small();
    let (before, folder) = (identities(scratch.path()), fs::metadata(scratch.path()).unwrap());
    scratch.mwallet("pki build").ok().says("up to date");
    assert_eq!(identities(scratch.path()), before);
    let again = fs::metadata(scratch.path()).unwrap();
    assert_eq!((again.mtime(), again.mtime_nsec()), (folder.mtime(), folder.mtime_nsec()));
    scratch.mwallet("pki check").ok().says("up to date");
}

#[test]
fn a_build_makes_what_is_stale_and_nothing_else() {
    let scratch = small();
    let key = scratch.read("out/issuing/key.pem");
    let rebuild = |expected: &[&str]| {
        let before = identities(&scratch.at("out"));
        scratch.mwallet("pki check").run().status(3);
        scratch.mwallet("pki build").ok();
        assert_eq!(changed(&scratch, &before), expected);
        scratch.mwallet("pki check").ok();
    };
    // A leaf alone; the manifest lists it.
    let text = SMALL.replace("dns:localhost", "dns:127.test");
    scratch.write("pki.toml", SMALL.replace("eku = \"client\"\n", "eku = \"client\"\ndays = 7\n"));
    rebuild(&["client", "manifest.json"]);
    // What is like another one follows; the revoked one has another number in the list.
    scratch.write("pki.toml", text.replace("eku = \"client\"\n", "eku = \"client\"\ndays = 7\n"));
    rebuild(&["gone", "issuing", "manifest.json", "server"]);
    // An intermediate and what it issued, with the key that it had.
    let text = text.replace("eku = \"client\"\n", "eku = \"client\"\ndays = 7\n");
    scratch.write("pki.toml", text.replace("days = 365\ncrl", "days = 300\ncrl"));
    rebuild(&["gone", "issuing", "manifest.json", "server"]);
    assert_eq!(scratch.read("out/issuing/key.pem"), key);
    // A file that is lost, and one that is damaged.
    fs::remove_file(scratch.at("out/client/chain.pem")).unwrap();
    rebuild(&["client", "manifest.json"]);
    scratch.write("out/server/server.p12", "damaged");
    rebuild(&["manifest.json", "server"]);
    scratch.write("out/truststore.jks", "damaged");
    rebuild(&[
        "ca-bundle.pem",
        "manifest.json",
        "trust-wallet",
        "truststore.jks",
        "truststore.p12",
    ]);
    scratch.write("out/issuing/crl.pem", "damaged");
    rebuild(&["issuing", "manifest.json"]);
    // Another password: every store, no CA.
    let text = text.replace("days = 365\ncrl", "days = 300\ncrl");
    scratch.write("pki.toml", text.replace("changeit1", "changeit2"));
    let before = identities(&scratch.at("out"));
    scratch.mwallet("pki build").ok();
    let parts = changed(&scratch, &before);
    assert!(
        parts.contains(&"client".to_owned()) && !parts.contains(&"root".to_owned()),
        "{parts:?}"
    );
    scratch.mwallet("list out/client/client.p12").password("changeit2").ok();
    // What the file names no more goes away.
    scratch.write(
        "pki.toml",
        text.replace("changeit1", "changeit2").split("[leaf.client]").next().unwrap(),
    );
    rebuild(&["client", "env.sh", "manifest.json"]);
    assert!(!scratch.exists("out/client"));
    let (report, status) = scratch.mwallet("pki build --check").report();
    assert_eq!(status, Some(0), "{report:#}");
}

#[test]
fn a_root_keeps_its_key_and_follows_its_name() {
    let scratch = small();
    let key = scratch.read("out/root/key.pem");
    scratch
        .write("pki.toml", SMALL.replace("[ca.root]\n", "[ca.root]\ndn = \"CN=Other,O=Acme\"\n"));
    scratch.mwallet("pki build --check").ok().says("made 6 entries");
    assert_eq!(scratch.read("out/root/key.pem"), key);
    // A key that is damaged is replaced, and everything with it.
    scratch.write("out/root/key.pem", "damaged");
    scratch.mwallet("pki build --check").ok().says("made 6 entries");
    assert_ne!(scratch.read("out/root/key.pem"), key);
}

#[test]
fn time_makes_stale() {
    let scratch = Scratch::new();
    let at =
        |time: &str| SMALL.replace("version = 1\n", &format!("version = 1\nnow = \"{time}\"\n"));
    scratch.write("pki.toml", at("2030-01-01T00:00:00Z"));
    scratch.mwallet("pki build --check").ok();
    let certificate =
        scratch.run(&peers::openssl().unwrap(), "x509 -in out/client/cert.pem -noout -dates");
    certificate
        .ok()
        .says("notBefore=Dec 31 23:00:00 2029 GMT")
        .says("notAfter=Jan 31 00:00:00 2030 GMT");
    scratch.write("pki.toml", at("2030-01-20T00:00:00Z"));
    scratch.mwallet("pki check").ok();
    let (report, status) = scratch.mwallet("pki check --min-days 12").report();
    assert_eq!(status, Some(3), "{report:#}");
    let stale: BTreeSet<&str> =
        report["stale"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(stale, BTreeSet::from(["client", "gone", "issuing", "server"]), "{report:#}");
    // Less than a third is left.
    scratch.write("pki.toml", at("2030-01-22T00:00:00Z"));
    scratch.mwallet("pki check").run().status(3);
    scratch
        .mwallet("pki build --check")
        .ok()
        .says("made 3 entries, 1 revocation list; kept 3 entries");
    // The clock was set back.
    scratch.write("pki.toml", at("2029-01-01T00:00:00Z"));
    scratch.mwallet("pki build --check").ok().says("made 6 entries");
}

#[test]
fn what_others_put_into_the_folder_stays() {
    let scratch = small();
    scratch.write("out/notes.txt", "mine");
    scratch.write("out/server/nginx.conf", "mine too");
    scratch.write("pki.toml", SMALL.replace("dns:localhost", "dns:other.test"));
    scratch.mwallet("pki build").ok();
    assert_eq!(scratch.text("out/notes.txt"), "mine");
    assert_eq!(scratch.text("out/server/nginx.conf"), "mine too");
    // Where a file has to be written that is another's, nothing is.
    scratch.write("out/server/server.jks", "mine");
    let before = scratch.picture("out");
    scratch.write("pki.toml", SMALL.replace("[\"p12\"]", "[\"jks\"]"));
    scratch.mwallet("pki build").fails(6, "would-overwrite");
    scratch.assert_unchanged("out", &before);
    // Nor where a folder is, empty or not: the key would have the mode of the folder.
    for folder in ["key.pem", "key.pem/empty"] {
        fs::create_dir_all(scratch.at("out/new").join(folder)).unwrap();
        scratch.write("pki.toml", SMALL.to_owned() + "[leaf.new]\nissuer = \"root\"\n");
        let error = scratch.mwallet("pki build").fails(6, "would-overwrite");
        assert_eq!(error["message"], format!("out/new/{folder}: exists"));
    }
    scratch.write("out/new/key.pem/file", "mine");
    let error = scratch.mwallet("pki build").fails(6, "would-overwrite");
    assert_eq!(error["message"], "out/new/key.pem/file: exists");
    fs::remove_dir_all(scratch.at("out/new")).unwrap();
    scratch.assert_unchanged("out", &before);
    let report = scratch.mwallet("pki clean").json();
    assert_eq!(report["kept_folder"], true, "{report}");
    let left: Vec<PathBuf> = identities(&scratch.at("out")).into_keys().collect();
    let mine = ["manifest.json", "notes.txt", "server/nginx.conf", "server/server.jks"];
    assert_eq!(left, mine.map(|name| scratch.at("out").join(name)));
    let error = scratch.mwallet("pki serve").fails(5, "file-not-found");
    assert_eq!(error["hint"], "mwallet pki build pki.toml");
}

#[test]
fn servers_are_named_to_who_asks_for_another() {
    let error = small().mwallet("pki serve pki.toml nosuch").fails(5, "entry-not-found");
    assert!(
        error["message"].as_str().unwrap().ends_with("; the servers are server, gone"),
        "{error}"
    );
    assert_eq!(error["hint"], Value::Null);
}

#[test]
fn a_pki_that_is_served_out_of_date_says_so() {
    let scratch = small();
    let served = || {
        let (_serving, report) =
            Process::reporting(&mut scratch.mwallet("pki serve --json").command());
        report["warnings"].clone()
    };
    assert_eq!(served(), serde_json::json!([]));
    scratch.write("pki.toml", SMALL.replace("dns:localhost", "dns:other.test"));
    let warnings = served();
    assert_eq!(warnings[0]["code"], "pki-stale", "{warnings}");
}

/// Ends a build with a signal when a few of its many leaves are made.
fn stop_build(scratch: &Scratch, signal: &str) -> ExitStatus {
    let mut build = scratch.mwallet("pki build").command().stderr(Stdio::null()).spawn().unwrap();
    while !scratch.at(".out.mwallet-new/many-0002").exists() {
        assert!(build.try_wait().unwrap().is_none(), "the build has ended before its signal");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(
        Command::new("kill").args([signal, &build.id().to_string()]).status().unwrap().success()
    );
    build.wait().unwrap()
}

#[test]
fn build_that_is_stopped_leaves_no_key_behind() {
    let scratch = Scratch::new();
    let many = "[leaf.many]\nissuer = \"root\"\nsan = \"dns:localhost\"\ncount = 500\n";
    scratch.write("pki.toml", SMALL.to_owned() + many);
    let names = || -> Vec<PathBuf> {
        let relative = |path: PathBuf| path.strip_prefix(scratch.path()).unwrap().to_owned();
        scratch
            .picture(".")
            .into_keys()
            .map(relative)
            .filter(|path| path != Path::new(""))
            .collect()
    };
    for _ in 0..3 {
        assert_eq!(stop_build(&scratch, "-INT").code(), Some(130));
        assert_eq!(names(), [PathBuf::from("pki.toml")]);
    }
    // After a signal that cannot be caught the next verb clears up.
    for next in ["pki clean", "pki build"] {
        assert_eq!(stop_build(&scratch, "-KILL").signal(), Some(9));
        assert!(scratch.at(".out.mwallet-new/root/key.pem").exists());
        scratch.write("pki.toml", SMALL);
        scratch.mwallet(next).ok();
        assert!(!scratch.at(".out.mwallet-new").exists(), "{next}");
        scratch.write("pki.toml", SMALL.to_owned() + many);
    }
    // Also when there is nothing to do.
    scratch.write("pki.toml", SMALL);
    scratch.mwallet("pki build").ok();
    scratch.write(".out.mwallet-new/root/key.pem", "left");
    scratch.mwallet("pki build").ok();
    assert!(!scratch.at(".out.mwallet-new").exists());
}

#[test]
fn folder_of_a_build_is_nobody_elses_to_write_to() {
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    let script = OsStr::new("umask 000; exec \"$0\" \"$@\"");
    run(
        &mut scratch.mwallet("pki build").command_under(&[
            OsStr::new("sh"),
            OsStr::new("-c"),
            script,
        ]),
        b"",
    )
    .ok();
    for folder in ["out", "out/root", "out/server"] {
        assert_eq!(scratch.mode(folder), 0o755, "{folder}");
    }
}

#[test]
fn a_folder_that_no_build_has_made_is_left_alone() {
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    scratch.write("out/important", "mine");
    let before = scratch.picture(".");
    let error = scratch.mwallet("pki build").fails(6, "would-overwrite");
    assert_eq!(error["message"], "out: no build has made it, and important is in it");
    assert_eq!(error["hint"], "mwallet help pki-file");
    scratch.assert_unchanged(".", &before);
    // A list that names files elsewhere removes nothing there.
    scratch.write("victim", "mine");
    let other = small();
    let list = other.text("out/manifest.json").replacen("root/cert.pem", "../victim", 1);
    scratch.write("out/manifest.json", list);
    scratch.mwallet("pki clean").fails(1, "pki-manifest-invalid");
    assert_eq!(scratch.text("victim"), "mine");
}

#[test]
fn clean_removes_all_that_was_made() {
    let scratch = small();
    scratch.mwallet("pki clean").ok();
    assert!(!scratch.exists("out"));
    assert_eq!(identities(scratch.path()).len(), 1, "the file alone stays");
}

#[test]
fn a_build_flushes_once() {
    let Some(strace) = peers::strace() else { return };
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    let mut prefix = vec![strace.path().as_os_str()];
    prefix.extend(["-f", "-o", "trace.log", "-e", "trace=/.*sync.*,renameat2"].map(OsStr::new));
    run(&mut scratch.mwallet("pki build").command_under(&prefix), b"").ok();
    let log = scratch.text("trace.log");
    let calls = |name: &str| log.lines().filter(|line| line.contains(&format!(" {name}("))).count();
    assert_eq!((calls("syncfs"), calls("renameat2")), (1, 1), "{log}");
    // That of the folder that has the new name.
    assert!(calls("fsync") + calls("fdatasync") <= 1, "{log}");
}

#[test]
fn a_build_that_dies_midway_leaves_the_old_folder() {
    let Some(strace) = peers::strace() else { return };
    let scratch = small();
    for (number, fault) in ["mkdirat", "linkat", "syncfs", "renameat2"].iter().enumerate() {
        let before = identities(&scratch.at("out"));
        scratch.write("pki.toml", SMALL.replace("dns:localhost", &format!("dns:n{number}.test")));
        let inject = format!("inject={fault}:signal=KILL");
        let mut prefix = vec![strace.path().as_os_str()];
        prefix.extend(["-f", "-qq", "-o", "/dev/null", "-e", &inject].map(OsStr::new));
        let done = run(&mut scratch.mwallet("pki build").command_under(&prefix), b"");
        assert_eq!(done.status.signal(), Some(9), "{fault}: {}", done.story());
        // Killed at the exchange, the folder is the old one or the new one.
        let after = identities(&scratch.at("out"));
        assert!(after == before || *fault == "renameat2", "{fault}: the old folder was touched");
        scratch.mwallet("pki build --check").ok().says("0 otherwise than expected");
        let names = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names: BTreeSet<_> = names.map(|name| name.into_string().unwrap()).collect();
        assert_eq!(names, BTreeSet::from(["out", "pki.toml"].map(str::to_owned)));
    }
}

#[test]
fn a_folder_that_a_link_leads_to_is_replaced_and_the_link_stays() {
    let scratch = Scratch::new();
    scratch.write("pki.toml", SMALL);
    scratch.folder("real/pki");
    std::os::unix::fs::symlink("real/pki", scratch.at("out")).unwrap();
    scratch.mwallet("pki build").ok();
    scratch.write("pki.toml", SMALL.replace("dns:localhost", "dns:other.test"));
    scratch.mwallet("pki build --check").ok();
    scratch.mwallet("pki check").ok();
    let link = fs::symlink_metadata(scratch.at("out")).unwrap();
    assert!(link.is_symlink());
    assert_eq!(scratch.read("out/manifest.json"), scratch.read("real/pki/manifest.json"));
    assert_eq!(fs::read_dir(scratch.at("real")).unwrap().count(), 1);
    scratch.mwallet("pki clean").ok();
    assert_eq!(fs::read_dir(scratch.at("real/pki")).unwrap().count(), 0);
    scratch.mwallet("pki build").ok();
    // One that leads nowhere.
    fs::rename(scratch.at("real"), scratch.at("elsewhere")).unwrap();
    let before = scratch.picture(".");
    scratch.mwallet("pki build").fails(6, "link-refused");
    scratch.assert_unchanged(".", &before);
}

#[test]
fn folders_keep_their_mode_and_empty_ones_stay() {
    let scratch = small();
    scratch.folder("out/hollow/deep");
    for (folder, mode) in [("out", 0o700), ("out/server", 0o750), ("out/hollow/deep", 0o711)] {
        scratch.set_mode(folder, mode);
    }
    scratch.write("pki.toml", SMALL.replace("dns:localhost", "dns:other.test"));
    scratch.mwallet("pki build").ok();
    for (folder, mode) in [("out", 0o700), ("out/server", 0o750), ("out/hollow/deep", 0o711)] {
        assert_eq!(scratch.mode(folder), mode, "{folder}");
    }
    // Of an entry that is gone nothing stays.
    scratch.write("pki.toml", SMALL.split("[leaf.client]").next().unwrap());
    scratch.mwallet("pki build").ok();
    assert!(!scratch.exists("out/client"));
    assert_eq!(scratch.mode("out/hollow/deep"), 0o711);
}

#[test]
fn a_file_system_that_can_only_rename_will_do() {
    let Some(strace) = peers::strace() else { return };
    let scratch = small();
    let traced = |inject: &str, mwallet: Mwallet| {
        let inject = format!("inject={inject}");
        let mut prefix = vec![strace.path().as_os_str()];
        prefix.extend(["-f", "-qq", "-o", "/dev/null", "-e", &inject].map(OsStr::new));
        run(&mut mwallet.command_under(&prefix), b"")
    };
    let build = |inject: &str| traced(inject, scratch.mwallet("pki build"));
    let is_alone = || {
        let names = fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names: BTreeSet<_> = names.map(|name| name.into_string().unwrap()).collect();
        assert_eq!(names, BTreeSet::from(["out", "pki.toml"].map(str::to_owned)));
    };
    scratch.write("out/notes.txt", "mine");
    scratch.write("pki.toml", SMALL.replace("dns:localhost", "dns:other.test"));
    build("renameat2:error=EINVAL").ok();
    is_alone();
    scratch.mwallet("pki build --check").ok().says("up to date");
    assert_eq!(scratch.text("out/notes.txt"), "mine");
    // One that cannot even that leaves the old folder.
    scratch.write("pki.toml", SMALL);
    let before = scratch.picture("out");
    assert!(!build("/^renameat2?$:error=EINVAL").succeeded());
    is_alone();
    scratch.assert_unchanged("out", &before);
    // A first build, too.
    fs::remove_dir_all(scratch.at("out")).unwrap();
    build("renameat2:error=EINVAL").ok();
    is_alone();
    // And the folder of an export.
    for client in ["server", "client"] {
        let line = format!(
            "convert out/{client}/{client}.p12 split --split --alias {client} --out-no-password --force"
        );
        traced("renameat2:error=EINVAL", scratch.mwallet(&line).password(PASSWORD)).ok();
        assert_eq!(scratch.read("split/key.pem"), scratch.read(&format!("out/{client}/key.pem")));
    }
    // The one before it had another key, and stays.
    assert_eq!(scratch.read("split.kept/key.pem"), scratch.read("out/server/key.pem"));
    for folder in ["split", "split.kept"] {
        fs::remove_dir_all(scratch.at(folder)).unwrap();
    }
    is_alone();
}

#[test]
fn every_template_builds_and_is_judged_as_it_says() {
    for starter in mwallet::pki::starter::STARTERS {
        let scratch = Scratch::new();
        scratch.mwallet(&format!("pki init --template {}", starter.name)).ok();
        scratch.mwallet("pki init").fails(6, "would-overwrite");
        let mut build = scratch.mwallet("pki build --check").command();
        run(build.env("PKI_PASSWORD", "changeit1"), b"").ok().says("0 otherwise than expected");
    }
    let scratch = Scratch::new();
    scratch.mwallet("pki init").ok();
    let mut build = scratch.mwallet("pki build --json").command();
    let done = run(build.env_remove("PKI_PASSWORD"), b"").status(4);
    assert!(done.err().contains("password-missing"), "{}", done.story());
    scratch.mwallet("pki init x.toml --template ngnix").run().status(2);
}

/// Starts `pki serve`; the servers by name.
fn serve(scratch: &Scratch) -> (Process, BTreeMap<String, Value>) {
    let mut command = scratch.mwallet("pki serve --json").command();
    let (serving, report) = Process::reporting(&mut command);
    let servers = report["servers"].as_array().unwrap().iter();
    let servers =
        servers.map(|server| (server["name"].as_str().unwrap().to_owned(), server.clone()));
    (serving, servers.collect())
}

/// What openssl finds wrong with a server's certificate; nothing where it has to be looked for in the store,
/// in the list, in the length of the key, or in the handshake.
const FOUND_BY_OPENSSL: &[(&str, Option<&str>)] = &[
    ("", None),
    ("expired", Some("certificate has expired")),
    ("not-yet-valid", Some("certificate is not yet valid")),
    ("wrong-host", Some("hostname mismatch")),
    ("no-san", Some("hostname mismatch")),
    ("wrong-eku", Some("unsuitable certificate purpose")),
    ("revoked", None),
    ("self-signed", Some("self-signed certificate")),
    ("unknown-ca", Some("unable to get local issuer certificate")),
    ("missing-intermediate", Some("unable to get local issuer certificate")),
    // The first that is presented is a CA's.
    ("shuffled-chain", Some("unsuitable certificate purpose")),
    ("root-in-chain", Some("self-signed certificate in certificate chain")),
    ("name-constraint", Some("permitted subtree violation")),
    ("path-len", Some("path length constraint exceeded")),
    ("ca-false", Some("invalid CA certificate")),
    ("sha1", Some("CA signature digest algorithm too weak")),
    ("weak-key", None),
    ("key-mismatch", None),
    ("key-password-differs", None),
    ("expired-ca", Some("certificate has expired")),
    ("cross-signed", Some("unable to get local issuer certificate")),
    ("duplicate-subject", Some("unable to get local issuer certificate")),
];

/// Sends a line through `openssl s_client`, and ends the connection when one has come back; it.
fn echoed(openssl: &Peer, port: &Value, line: &str) -> String {
    use std::io::{BufRead as _, BufReader, Write as _};
    let mut client = Command::new("timeout")
        .arg("60")
        .arg(openssl.path())
        .args(["s_client", "-quiet", "-no_ign_eof", "-connect", &format!("127.0.0.1:{port}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(line.as_bytes()).unwrap();
    let mut back = String::new();
    BufReader::new(client.stdout.take().unwrap()).read_line(&mut back).unwrap();
    drop(stdin);
    client.wait().unwrap();
    back
}

#[test]
fn servers_present_what_is_wrong_and_echo_what_comes() {
    let (Some(openssl), Some(curl)) = (peers::openssl(), peers::curl()) else { return };
    let scratch = everything();
    let (mut serving, servers) = serve(scratch);
    let wanted: Vec<Leaf> =
        leaves(scratch).into_iter().filter(|leaf| leaf.purpose == "server").collect();
    assert_eq!(servers.len(), wanted.len());
    let table: BTreeSet<&str> = FOUND_BY_OPENSSL.iter().map(|(bad, _)| *bad).collect();
    assert_eq!(wanted.iter().map(Leaf::bad).collect::<BTreeSet<_>>(), table);
    for leaf in &wanted {
        let server = &servers[&leaf.name];
        assert_eq!(server["address"], "127.0.0.1");
        assert_eq!(server["bad"].as_str(), leaf.bad.as_deref());
        let host = leaf.host.as_deref().unwrap();
        let mut line = format!(
            "s_client -connect 127.0.0.1:{} -CAfile out/ca-bundle.pem -verify_hostname {host} \
             -cert out/client/fullchain.pem -key out/client/key.pem -verify_return_error",
            server["port"]
        );
        // TLS 1.3 has no signature for a key this short, and openssl's usual level no patience.
        if leaf.bad() == "weak-key" {
            line += " -tls1_2 -cipher DEFAULT@SECLEVEL=0";
        }
        let done = run(
            &mut scratch.command(&openssl, &format!("{line} -ign_eof")),
            b"GET /hello HTTP/1.0\r\n\r\n",
        );
        let (_, found) = FOUND_BY_OPENSSL.iter().find(|(bad, _)| *bad == leaf.bad()).unwrap();
        if let Some(found) = found {
            let line = format!("Verification error: {found}");
            assert!(done.out().lines().any(|said| said == line), "{line}:\n{}", done.story());
            assert!(!done.out().contains("GET /hello"), "{}", done.story());
        } else if leaf.bad() == "key-mismatch" {
            assert!(done.err().contains("bad signature"), "{}", done.story());
        } else {
            assert!(done.all().contains("Verify return code: 0 (ok)"), "{}", done.story());
            assert!(done.out().contains("GET /hello"), "no echo: {}", done.story());
            assert!(done.all().contains("Acceptable client certificate CA names"));
        }
    }
    // Of a chain in the wrong order the server's certificate is judged, and that is all there is to it.
    let shuffled = wanted.iter().find(|leaf| leaf.bad() == "shuffled-chain").unwrap();
    for version in ["1.2", "1.3"] {
        let line = format!(
            "probe 127.0.0.1:{} --ca out/ca-bundle.pem --servername {} --tls {version}",
            servers[&shuffled.name]["port"],
            shuffled.host.as_deref().unwrap()
        );
        let (report, status) = scratch.mwallet(&line).report();
        let findings = report["findings"].as_array().unwrap();
        let codes: Vec<_> = findings.iter().map(|finding| &finding["code"]).collect();
        assert_eq!(codes, ["chain-disordered", "revocation-unchecked"], "{report:#}");
        assert_eq!((status, shuffled.reason.as_deref()), (Some(3), Some("chain-disordered")));
        let own = report["presented"].as_array().unwrap().len();
        assert_eq!(findings[0]["evidence"]["position"], own, "{report:#}");
    }
    // Who trusts its CA takes that of the same certificate.
    scratch.mwallet("create clients").password(PASSWORD).ok();
    let line = format!(
        "add-trusted clients --from-host 127.0.0.1:{} --servername {} --dry-run",
        servers[&shuffled.name]["port"],
        shuffled.host.as_deref().unwrap()
    );
    scratch.mwallet(&line).password(PASSWORD).ok().says("is trusted in its place");
    // HTTP is answered in HTTP, with the client's name in the head.
    let port = &servers["server"]["port"];
    let line = format!(
        "-sS -i --cacert out/ca-bundle.pem --cert out/client/fullchain.pem --key out/client/key.pem \
         --data-binary some-body https://localhost:{port}/path"
    );
    let done = scratch.run(&curl, &line).ok().says("Client-Subject: CN=client");
    assert!(done.out().contains("POST /path HTTP/1.1") && done.out().ends_with("some-body"));
    let line = format!("-sS -i --cacert out/ca-bundle.pem https://localhost:{port}/");
    let done = scratch.run(&curl, &line).ok();
    assert!(!done.out().contains("Client-Subject"), "{}", done.story());
    // What is no HTTP comes back as it is.
    assert_eq!(echoed(&openssl, port, "plain\n"), "plain\n");
    // A signal ends it.
    let pid = serving.0.id().to_string();
    run(Command::new("kill").arg(&pid), b"").ok();
    let status = serving.0.wait().unwrap();
    let as_a_shell_says = status.code().or(status.signal().map(|signal| 128 + signal));
    assert_eq!(as_a_shell_says, Some(143));
    scratch.mwallet("pki serve pki.toml sever").fails(5, "entry-not-found");
    scratch.mwallet("pki serve pki.toml client").fails(5, "entry-not-found");
}
