//! R9: every client that takes keytool's file takes ours with the same entries.
//!
//! `tools/interop.sh` of the shared folder runs the clients: two JDKs, OpenSSL, GnuTLS, NSS, Node, curl,
//! nginx, Tomcat and a database. A row is `client TAB accepted|REFUSED|skipped TAB reason`.

use crate::support::authority::{Authority, CaKeys, p12};
use crate::support::corpus::shared;
use crate::support::job::PASSWORD;
use crate::support::loudly;
use crate::support::peers::{self, Peer};
use crate::support::run::run_within;
use crate::support::scratch::Scratch;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Fewest clients that have to take a file: every machine that has openssl and a JDK has more.
const CLIENTS: usize = 10;

/// How long all clients together may take: a dozen of virtual machines and servers, one after the other.
const PATIENCE: Duration = Duration::from_secs(900);

/// What a client did with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    word: String,
    reason: String,
}

type Verdicts = BTreeMap<String, Verdict>;

/// A key with its chain and a trusted root, as keytool writes them.
struct Clients {
    scratch: Scratch,
    script: PathBuf,
    keytools: Vec<Peer>,
}

impl Clients {
    fn new(keys: CaKeys) -> Option<Self> {
        let script = shared("tools/interop.sh")?;
        let (openssl, keytools) = (peers::openssl()?, peers::keytools());
        if keytools.is_empty() {
            return None;
        }
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", keys);
        ca.issue("app");
        ca.bundle(&[&ca.intermediate(), &ca.root()], "issuers.pem");
        p12(&scratch, &openssl, "app", "app", "-certfile issuers.pem", "app.p12");
        Some(Self { scratch, script, keytools })
    }

    /// Writes the store as a keytool does: `NAME.p12` with these settings, and `NAME.jks`.
    fn keytool(&self, keytool: &Peer, name: &str, setting: &str) {
        let p12 = format!(
            "{setting} -importkeystore -noprompt -srckeystore app.p12 -srcstorepass {PASSWORD} \
             -destkeystore {name}.p12 -deststorepass {PASSWORD} -deststoretype PKCS12"
        );
        let root = format!(
            "{setting} -importcert -noprompt -keystore {name}.p12 -storepass {PASSWORD} \
             -alias root -file ca/root.pem"
        );
        let jks = format!(
            "-importkeystore -noprompt -srckeystore {name}.p12 -srcstorepass {PASSWORD} \
             -destkeystore {name}.jks -deststorepass {PASSWORD} -deststoretype JKS"
        );
        for line in [p12, root, jks] {
            self.scratch.run(keytool, &line).ok();
        }
        self.scratch.set_mode(&format!("{name}.p12"), 0o600);
    }

    /// Writes the same with mwallet.
    fn ours(&self, source: &str, name: &str, profile: &str) {
        for target in [format!("{name}.p12 --profile {profile}"), format!("{name}.jks")] {
            self.scratch
                .mwallet(&format!("convert {source} {target}"))
                .password(PASSWORD)
                .out_password(PASSWORD)
                .ok();
        }
    }

    /// Has every client open `NAME.p12` and `NAME.jks`.
    fn verdicts(&self, name: &str) -> Verdicts {
        let folder = |peer: &Peer| peer.path().parent().unwrap().to_owned();
        let (oldest, newest) = (self.keytools.first().unwrap(), self.keytools.last().unwrap());
        let mut command = Command::new("bash");
        command
            .arg(&self.script)
            .args([&format!("{name}.p12"), PASSWORD, &format!("{name}.jks"), PASSWORD])
            .args(["--ca", "ca/root.pem"])
            .env("JAVA17", folder(oldest))
            .env("JAVA25", folder(newest))
            .current_dir(self.scratch.path());
        let done = run_within(PATIENCE, &mut command, b"");
        let verdicts: Verdicts = done
            .out()
            .lines()
            .filter_map(|line| {
                let mut cells = line.splitn(3, '\t').map(str::trim);
                let client = cells.next()?.to_owned();
                let word = cells.next()?.to_owned();
                Some((client, Verdict { word, reason: cells.next().unwrap_or_default().into() }))
            })
            .collect();
        assert!(verdicts.len() >= CLIENTS, "few rows:\n{}", done.story());
        verdicts
    }

    /// Makes sure that what takes `theirs` takes `ours`; keytool's file is tried only where one is
    /// refused. The number of clients that took it.
    fn compare(&self, ours: &str, theirs: &str) -> usize {
        let refused = |verdicts: &Verdicts, client: &str| verdicts[client].word == "REFUSED";
        let mut verdicts = self.verdicts(ours);
        if verdicts.keys().any(|client| refused(&verdicts, client)) {
            let of_keytool = self.verdicts(theirs);
            // On a busy machine a server may come up too late for the script: once more.
            for (client, verdict) in self.verdicts(ours) {
                if refused(&verdicts, &client) {
                    verdicts.insert(client, verdict);
                }
            }
            for (client, verdict) in &verdicts {
                if refused(&verdicts, client) {
                    loudly(&format!("{ours}: {client}: REFUSED {}", verdict.reason));
                    assert!(
                        refused(&of_keytool, client),
                        "{client} takes keytool's file and not {ours}: {}",
                        verdict.reason
                    );
                }
            }
        }
        for (client, verdict) in &verdicts {
            if verdict.word == "skipped" {
                loudly(&format!("{ours}: {client}: skipped, {}", verdict.reason));
            }
        }
        let accepted = verdicts.values().filter(|verdict| verdict.word == "accepted").count();
        assert!(accepted >= CLIENTS, "only {accepted} clients took {ours}: {verdicts:#?}");
        accepted
    }
}

#[test]
fn clients_that_take_the_files_of_keytool_take_ours() {
    let Some(clients) = Clients::new(CaKeys::Rsa) else { return };
    clients.keytool(clients.keytools.last().unwrap(), "keytool", "");
    clients.ours("keytool.p12", "modern", "modern");
    let accepted = clients.compare("modern", "keytool");
    loudly(&format!("R9: {accepted} clients take our PKCS#12 and JKS, as they take keytool's"));
}

/// Both kinds of CA keys; the files of each keytool and of openssl as the source; each profile that has an
/// equivalent in keytool.
pub(crate) fn long() -> String {
    /// keytool's own way to RC2-40 and 3DES.
    const LEGACY: &str = "-J-Dkeystore.pkcs12.legacy";
    let (mut files, mut takes) = (0, 0);
    for keys in [CaKeys::Rsa, CaKeys::Ec] {
        let clients =
            Clients::new(keys).expect("the long form needs the shared folder, openssl, JDKs");
        for (number, keytool) in clients.keytools.iter().enumerate() {
            let (default, legacy) = (format!("default{number}"), format!("legacy{number}"));
            clients.keytool(keytool, &default, "");
            clients.keytool(keytool, &legacy, LEGACY);
            let p12 = format!("{default}.p12");
            let jks = format!("{default}.jks");
            for (source, profile, theirs) in [
                (p12.as_str(), "modern", &default),
                (p12.as_str(), "compat", &default),
                (p12.as_str(), "legacy-rc2", &legacy),
                (jks.as_str(), "modern", &default),
                ("app.p12", "modern", &default),
            ] {
                let ours = format!("ours{files}");
                clients.ours(source, &ours, profile);
                takes += clients.compare(&ours, theirs);
                files += 1;
            }
        }
    }
    format!("{files} pairs of files were taken {takes} times, and refused only where keytool's are")
}
