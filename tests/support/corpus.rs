//! The corpus of third-party files, where it is there.

use crate::support::loudly;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Formats of stores, read by `corpus.rs` and `corpus_java.rs`.
pub(crate) const PKCS12: &[&str] = &["p12"];
pub(crate) const JAVA: &[&str] = &["jks", "jceks"];

/// Formats of loose files, read by `corpus_loose.rs`, whose good files have to open.
pub(crate) const LOOSE: &[&str] = &["pem", "cert", "csr", "crl", "p7b", "key"];

/// Formats of which only order is asked there: no panic, no delay, a documented code.
pub(crate) const ORDERLY: &[&str] = &["der", "p8", "pkcs8", "p10", "fuzz", "test", "pvk", "spkac"];

/// Formats of Bouncy Castle's stores, which are recognised and refused there.
pub(crate) const BOUNCY_CASTLE: &[&str] = &["bks", "bksv1", "bksv2", "uber"];

/// The vectors of Wycheproof, read by `vectors.rs`; no wallets, and refused.
pub(crate) const VECTORS: &[&str] = &["json-vectors"];

/// Files where something is not as the corpus has it: how the path ends, and the reason.
pub(crate) type Exceptions = [(&'static str, &'static str)];

/// Whether a row is among the exceptions.
pub(crate) fn is_exception(list: &Exceptions, row: &Row) -> bool {
    list.iter().any(|(path, _)| row.path.ends_with(path))
}

/// Makes sure that each exception is of one row with this verdict, so that none outlives its file.
#[track_caller]
pub(crate) fn exceptions_are_of(verdicts: &[&str], list: &Exceptions, rows: &[Row]) {
    for (path, _) in list {
        let found: Vec<&Row> = rows.iter().filter(|row| row.path.ends_with(path)).collect();
        let [row] = found[..] else { panic!("{path} stands for {} rows", found.len()) };
        assert!(verdicts.contains(&row.verdict.as_str()), "{path} has the verdict {}", row.verdict);
    }
}

/// One file of the corpus.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Below `corpus/files`.
    pub(crate) path: String,
    pub(crate) format: String,
    /// Empty: an empty password or none.
    pub(crate) password: String,
    pub(crate) key_passwords: Vec<String>,
    /// `ok`, `reject` or `unknown`.
    pub(crate) verdict: String,
    /// What readers saw: `openssl: 1 key 2 certs; pyca: ...; java25: ...`.
    pub(crate) seen_by: String,
    pub(crate) note: String,
}

/// A file or a folder of the shared one, which holds `corpus` and `oracle-wallets` and is `MWALLET_SHARED`
/// or `../shared`. A clone of this repository alone passes over it; where the folder is there or named, it
/// has to have what is asked for.
#[track_caller]
pub(crate) fn shared(part: &str) -> Option<PathBuf> {
    let named = env::var_os("MWALLET_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if named.is_none() && !beside.exists() {
        loudly(&format!(
            "SKIPPED: no {}, which has {part}; MWALLET_SHARED may say where it is",
            beside.display()
        ));
        return None;
    }
    let path = named.unwrap_or(beside).join(part);
    assert!(path.exists(), "{} is not there", path.display());
    Some(path)
}

/// The rows of a format.
#[track_caller]
pub(crate) fn rows(format: &str) -> Option<(PathBuf, Vec<Row>)> {
    let folder = shared("corpus")?;
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let mut lines = manifest.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let wanted =
        ["path", "format", "store_password", "key_passwords", "expected", "seen_by", "note"]
            .map(column);
    let rows: Vec<Row> = lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [path, format, password, key_passwords, verdict, seen_by, note] =
                wanted.map(|at| cells.get(at).copied().unwrap_or_default().to_owned());
            let key_passwords =
                key_passwords.split(',').filter(|p| !p.is_empty()).map(str::to_owned).collect();
            Row { path, format, password, key_passwords, verdict, seen_by, note }
        })
        .filter(|row| row.format == format)
        .collect();
    assert!(!rows.is_empty(), "the corpus has no {format}");
    Some((folder.join("files"), rows))
}
