//! What codes and messages mean: ours, orapki's, Oracle's, Java's, OpenSSL's and Go's.
//!
//! Others' messages are data, a row each, in the modules below this one. Ours are read out of
//! `docs/errors.md`, which is part of the library, so that nothing is said in two places.

mod go;
mod java;
mod java_path;
mod java_store;
mod java_tls;
mod mkstore;
mod openssl;
mod openssl_verify;
mod oracle;
mod oracle_net;
mod orapki;
mod orapki_certificates;
mod own;
mod search;

pub use search::{Unknown, find};

use serde::Serialize;

/// Whose message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// This program.
    Mwallet,
    /// Oracle Database and its clients.
    Oracle,
    /// Oracle's wallet tools.
    Orapki,
    /// Java, and the servers that are written in it.
    Java,
    /// OpenSSL, and what is built on it: curl, nginx, Node, Python.
    OpenSsl,
    /// Go, and what is written in it: Docker, Kubernetes.
    Go,
}

impl Speaker {
    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mwallet => "mwallet",
            Self::Oracle => "Oracle",
            Self::Orapki => "orapki",
            Self::Java => "Java",
            Self::OpenSsl => "OpenSSL",
            Self::Go => "Go",
        }
    }
}

/// A row of the tables: a message of another program.
#[derive(Debug)]
struct Row {
    /// The code, or the message where there is no code.
    code: &'static str,
    /// What the program says, in its words.
    says: &'static str,
    /// Parts of a log line, each of which means this message; the code counts without being listed.
    fragments: &'static [&'static str],
    /// Whether it only says that something went wrong, and another message says what.
    wrapper: bool,
    /// What it means.
    meaning: &'static str,
    /// Why it happens, the most frequent cause first.
    causes: &'static [&'static str],
    /// Commands, and what each is good for.
    run: &'static [(&'static str, &'static str)],
}

/// What a row has unless it says otherwise.
const ROW: Row =
    Row { code: "", says: "", fragments: &[], wrapper: false, meaning: "", causes: &[], run: &[] };

/// What one code or message means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The code, or the message where there is no code.
    pub code: String,
    /// Whose it is.
    pub speaker: Speaker,
    /// What the program says, where that is more than the code.
    pub says: String,
    /// What it means.
    pub meaning: String,
    /// Why it happens, the most frequent cause first.
    pub causes: Vec<String>,
    /// What to run.
    pub run: Vec<Command>,
    /// What to do in words, where the commands alone do not say it.
    pub advice: Option<String>,
}

/// A command that helps. Words in capitals stand for what only the user knows: `W` is a wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The command.
    pub command: String,
    /// What it is good for; empty where the advice says it.
    pub purpose: String,
}

/// The tables of others' messages.
const TABLES: [(Speaker, &[Row]); 12] = [
    (Speaker::Oracle, oracle::ROWS),
    (Speaker::Oracle, oracle_net::ROWS),
    (Speaker::Orapki, orapki::ROWS),
    (Speaker::Orapki, orapki_certificates::ROWS),
    (Speaker::Orapki, mkstore::ROWS),
    (Speaker::Java, java_path::ROWS),
    (Speaker::Java, java::ROWS),
    (Speaker::Java, java_store::ROWS),
    (Speaker::Java, java_tls::ROWS),
    (Speaker::OpenSsl, openssl_verify::ROWS),
    (Speaker::OpenSsl, openssl::ROWS),
    (Speaker::Go, go::ROWS),
];

/// Everything that can be explained, ours first.
#[must_use]
pub fn all() -> Vec<Explanation> {
    let rows = TABLES
        .iter()
        .flat_map(|(speaker, rows)| rows.iter().map(|row| Explanation::of(*speaker, row)));
    own::all().into_iter().chain(rows).collect()
}

impl Explanation {
    fn of(speaker: Speaker, row: &Row) -> Self {
        Self {
            code: row.code.to_owned(),
            speaker,
            says: row.says.to_owned(),
            meaning: row.meaning.to_owned(),
            causes: row.causes.iter().map(|&cause| cause.to_owned()).collect(),
            run: row
                .run
                .iter()
                .map(|&(command, purpose)| Command {
                    command: command.to_owned(),
                    purpose: purpose.to_owned(),
                })
                .collect(),
            advice: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TABLES, all};
    use std::collections::HashSet;

    #[test]
    fn every_row_says_all_and_each_code_stands_once() {
        let mut codes = HashSet::new();
        for one in all() {
            assert!(codes.insert(one.code.to_lowercase()), "{} stands twice", one.code);
            assert!(!one.meaning.is_empty(), "{} has no meaning", one.code);
            assert!(!one.causes.is_empty(), "{} has no cause", one.code);
            assert!(!one.run.is_empty() || one.advice.is_some(), "{}: nothing to run", one.code);
        }
    }

    #[test]
    fn each_fragment_belongs_to_one_row() {
        let mut fragments = HashSet::new();
        for row in TABLES.iter().flat_map(|(_, rows)| rows.iter()) {
            for fragment in row.fragments {
                assert!(fragment.len() > 5, "{fragment} fits too much");
                assert!(fragments.insert(fragment.to_lowercase()), "{fragment} stands twice");
            }
        }
    }
}
