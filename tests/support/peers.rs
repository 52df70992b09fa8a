//! The programs that others wrote, which judge what `mwallet` writes and write what it reads.
//!
//! A Debian package is missing: the test says so and passes over it, or fails when
//! `MWALLET_REQUIRE_PEERS=1`. What Debian lacks is used when it is there and reported when not.

use crate::support::scratch::Scratch;
use crate::support::{loudly, skipped};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// A program that was found.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    path: PathBuf,
    /// The name with what tells it from its like: `keytool 17.0.15`.
    pub(crate) name: String,
}

impl Peer {
    /// The command, in a language and time zone that does not depend on the machine.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env_remove("JAVA_TOOL_OPTIONS");
        command
    }

    /// Another program of the same folder.
    pub(crate) fn beside(&self, program: &str) -> Self {
        Self { path: self.path.with_file_name(program), name: program.to_owned() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The number after the name, as `(major, minor)`.
    pub(crate) fn version(&self) -> (u32, u32) {
        let text = self.name.rsplit(' ').next().unwrap_or_default();
        let mut numbers = text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }
}

/// Whether a missing Debian package is a failure.
pub(crate) fn required() -> bool {
    env::var("MWALLET_REQUIRE_PEERS").is_ok_and(|value| value == "1")
}

#[track_caller]
fn missing(name: &str, package: Option<&str>) {
    match package {
        Some(package) => skipped(&format!("{name} is missing (Debian package {package})")),
        None => loudly(&format!("absent: {name}, which Debian lacks; its part is not tested")),
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

/// What a program prints, on either stream.
fn output(path: &Path, arguments: &[&str]) -> Option<String> {
    let done = Command::new(path).args(arguments).stdin(Stdio::null()).output().ok()?;
    done.status
        .success()
        .then(|| String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).trim().to_owned())
}

#[track_caller]
fn program(name: &str, package: &str) -> Option<Peer> {
    let found = find(name).map(|path| Peer { path, name: name.to_owned() });
    if found.is_none() {
        missing(name, Some(package));
    }
    found
}

/// OpenSSL 3.0 or later, named with its version.
#[track_caller]
pub(crate) fn openssl() -> Option<Peer> {
    let mut peer = program("openssl", "openssl")?;
    let version = output(&peer.path, &["version"])
        .unwrap_or_else(|| panic!("{} does not tell its version", peer.path.display()));
    let number = version.split(' ').nth(1).unwrap_or_default().to_owned();
    peer.name = format!("openssl {number}");
    Some(peer)
}

#[track_caller]
pub(crate) fn certtool() -> Option<Peer> {
    program("certtool", "gnutls-bin")
}

#[track_caller]
pub(crate) fn pk12util() -> Option<Peer> {
    program("pk12util", "libnss3-tools")
}

#[track_caller]
pub(crate) fn certutil() -> Option<Peer> {
    program("certutil", "libnss3-tools")
}

#[track_caller]
pub(crate) fn curl() -> Option<Peer> {
    program("curl", "curl")
}

#[track_caller]
pub(crate) fn nginx() -> Option<Peer> {
    program("nginx", "nginx-light")
}

/// An strace that may trace, which many containers forbid.
#[track_caller]
pub(crate) fn strace() -> Option<Peer> {
    let strace = program("strace", "strace")?;
    let scratch = Scratch::new();
    if !scratch.run(&strace, "-o trace.log -f -e trace=openat true").succeeded() {
        skipped("strace may not trace here");
        return None;
    }
    Some(strace)
}

/// PostgreSQL's server, which is tested when it is there: the newest of Debian's folders, or in PATH.
pub(crate) fn postgres() -> Option<Peer> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    let found = folders
        .into_iter()
        .rev()
        .map(|folder| folder.join("postgres"))
        .find(|path| path.is_file())
        .or_else(|| find("postgres"))
        .map(|path| Peer { path, name: "postgres".to_owned() });
    if found.is_none() {
        loudly("absent: PostgreSQL's server; a scripted one stands for it");
    }
    found
}

/// Node, which is tested when it is there.
pub(crate) fn node() -> Option<Peer> {
    static FOUND: OnceLock<Option<Peer>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let found = find("node").map(|path| Peer { path, name: "node".to_owned() });
            if found.is_none() {
                missing("node", None);
            }
            found
        })
        .clone()
}

/// Prometheus's own judge of metrics, which is used when it is there.
pub(crate) fn promtool() -> Option<Peer> {
    let found = find("promtool").map(|path| Peer { path, name: "promtool".to_owned() });
    if found.is_none() {
        missing("promtool", None);
    }
    found
}

/// Every python that can import `cryptography`, named with the version of OpenSSL inside: the one
/// in PATH may be another than Debian's.
#[track_caller]
pub(crate) fn pythons() -> Vec<Peer> {
    const ABOUT: &str = "from cryptography.hazmat.backends.openssl import backend as b; \
                         print(b.openssl_version_text().split()[1])";
    static FOUND: OnceLock<Vec<Peer>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let mut seen = BTreeSet::new();
        [find("python3"), Some(PathBuf::from("/usr/bin/python3"))]
            .into_iter()
            .flatten()
            .filter(|path| seen.insert(path.clone()))
            .filter_map(|path| {
                let version = output(&path, &["-c", ABOUT])?;
                Some(Peer { path, name: format!("pyca with openssl {version}") })
            })
            .collect()
    });
    if found.is_empty() {
        missing("python3 with cryptography", Some("python3-cryptography"));
    }
    found.clone()
}

/// One python that can import `cryptography`.
#[track_caller]
pub(crate) fn python() -> Option<Peer> {
    pythons().into_iter().next()
}

/// Every keytool: `JAVA17` and `JAVA25` (folders of programs), `/usr/lib/jvm`, `PATH`; one a version.
#[track_caller]
pub(crate) fn keytools() -> Vec<Peer> {
    static FOUND: OnceLock<Vec<Peer>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let mut paths: Vec<PathBuf> = ["JAVA17", "JAVA25"]
            .iter()
            .filter_map(env::var_os)
            .map(|folder| PathBuf::from(folder).join("keytool"))
            .collect();
        if let Ok(machines) = fs::read_dir("/usr/lib/jvm") {
            let mut machines: Vec<PathBuf> =
                machines.flatten().map(|entry| entry.path().join("bin/keytool")).collect();
            machines.sort();
            paths.extend(machines);
        }
        paths.extend(find("keytool"));
        let mut seen = BTreeSet::new();
        let found: Vec<Peer> = paths
            .into_iter()
            .filter(|path| path.is_file())
            .filter_map(|path| {
                let Some(version) = java_version(&path) else {
                    loudly(&format!("{}: its java does not run; not used", path.display()));
                    return None;
                };
                seen.insert(version.clone())
                    .then(|| Peer { path, name: format!("keytool {version}") })
            })
            .collect();
        if !found.iter().any(|peer| peer.version().0 >= 25) {
            missing("keytool 25 or later", None);
        }
        found
    });
    if found.is_empty() {
        missing("keytool", Some("default-jre-headless"));
    }
    found.clone()
}

/// The version of the Java that a keytool belongs to: `17.0.15`.
fn java_version(keytool: &Path) -> Option<String> {
    let java = fs::canonicalize(keytool).ok()?.with_file_name("java");
    let text = output(&java, &["-version"])?;
    text.split('"').nth(1).map(str::to_owned)
}

/// Every Java, also those that only run what others compiled.
#[track_caller]
pub(crate) fn javas() -> Vec<Peer> {
    let java = |keytool: &Peer| {
        let java = fs::canonicalize(&keytool.path).ok()?.with_file_name("java");
        let name = keytool.name.replace("keytool", "java");
        java.is_file().then_some(Peer { path: java, name })
    };
    keytools().iter().filter_map(java).collect()
}

/// The newest Java that compiles: it runs a source file. Debian's headless ones do not.
#[track_caller]
pub(crate) fn java_of_sources() -> Option<Peer> {
    let compiles = |keytool: &Peer| {
        let folder = fs::canonicalize(&keytool.path).ok()?;
        let java = folder.with_file_name("java");
        let found = folder.with_file_name("javac").is_file() && java.is_file();
        let name = keytool.name.replace("keytool", "java");
        found.then_some(Peer { path: java, name })
    };
    let found = keytools().iter().filter_map(compiles).max_by_key(Peer::version);
    if found.is_none() {
        missing("a JDK with javac", None);
    }
    found
}
