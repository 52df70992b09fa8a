//! Names of entries, and the names that are shown where the file has none.

use crate::model::entry::EntryId;
use crate::model::wallet::Wallet;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// A name that the file gives an entry: any text, in any script. Not unique by itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alias(String);

impl Alias {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name under which an entry is shown and can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownAlias {
    /// Unique within the wallet.
    pub text: String,
    /// Whether it was made up here, from the certificate, and is not in the file.
    pub derived: bool,
}

/// The shown alias of every entry: the file's own, else the subject's common name, else the kind;
/// made unique by the first eight digits of the SHA-256 of the certificate, else by a number.
#[must_use]
pub fn shown_aliases(wallet: &Wallet) -> HashMap<EntryId, ShownAlias> {
    let mut named: Vec<(EntryId, String, bool, Option<String>)> = Vec::new();
    for entry in wallet.entries() {
        let suffix = entry
            .certificate()
            .map(|certificate| certificate.fingerprint().to_string()[..8].to_owned());
        let (text, derived) = match &entry.alias {
            Some(alias) if !alias.as_str().is_empty() => (alias.as_str().to_owned(), false),
            _ => (derive(entry), true),
        };
        named.push((entry.id(), text, derived, suffix));
    }
    let mut count: HashMap<String, usize> = HashMap::new();
    for (_, text, _, _) in &named {
        *count.entry(text.clone()).or_default() += 1;
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut shown = HashMap::with_capacity(named.len());
    for (id, text, derived, suffix) in named {
        let unique = count[&text] == 1;
        let mut name = match (unique, suffix) {
            (false, Some(suffix)) => format!("{text}~{suffix}"),
            _ => text,
        };
        if taken.contains(&name) {
            let number = numbers.entry(name.clone()).or_insert(1);
            loop {
                *number += 1;
                let candidate = format!("{name}~{number}");
                if !taken.contains(&candidate) {
                    name = candidate;
                    break;
                }
            }
        }
        taken.insert(name.clone());
        shown.insert(id, ShownAlias { text: name, derived: derived || !unique });
    }
    shown
}

fn derive(entry: &crate::model::entry::Entry) -> String {
    use crate::model::entry::EntryKind;
    let subject = match &entry.kind {
        EntryKind::Request(request) => Some(request.request.subject().clone()),
        EntryKind::Secret(secret) => return secret.name.clone(),
        EntryKind::Opaque(opaque) => return opaque.description.clone(),
        _ => entry.certificate().map(crate::model::certificate::Certificate::subject),
    };
    subject
        .and_then(|name| {
            name.common_name().or_else(|| (!name.is_empty()).then(|| name.to_string()))
        })
        .unwrap_or_else(|| entry.kind.name().to_owned())
}
