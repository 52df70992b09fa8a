//! The names under which entries are shown and called, also where the file has none.

use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::wallet::Wallet;
use std::collections::{HashMap, HashSet};

/// The name under which an entry is shown and can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownAlias {
    /// Unique within the wallet.
    pub text: String,
    /// Whether it was made up here, from the certificate, and is not in the file.
    pub derived: bool,
}

/// The shown alias of every entry: the file's own, else the subject's common name, else the kind.
///
/// Made unique by the first eight digits of the SHA-256 of the certificate, else by a number. An
/// alias of the file keeps its text unless the file gives it twice; of derived ones the first in
/// the wallet does. So an entry that is added behind the others renames none of them.
#[must_use]
pub fn shown_aliases(wallet: &Wallet) -> HashMap<EntryId, ShownAlias> {
    let named = |entry: &&Entry| file_alias(entry).is_some();
    let mut count: HashMap<&str, usize> = HashMap::new();
    for alias in wallet.entries().iter().filter_map(file_alias) {
        *count.entry(alias).or_default() += 1;
    }
    let mut unique = Unique::default();
    let mut shown = HashMap::with_capacity(wallet.entries().len());
    for entry in wallet.entries().iter().filter(named) {
        let alias = file_alias(entry).unwrap_or_default();
        let is_unique = count[alias] == 1;
        let text = unique.text(alias.to_owned(), entry, is_unique);
        shown.insert(entry.id(), ShownAlias { text, derived: !is_unique });
    }
    for entry in wallet.entries().iter().filter(|entry| !named(entry)) {
        let text = unique.text(derive(entry), entry, true);
        shown.insert(entry.id(), ShownAlias { text, derived: true });
    }
    shown
}

/// The alias in the file; an empty one names nothing. A secret has its name.
fn file_alias(entry: &Entry) -> Option<&str> {
    if let EntryKind::Secret(secret) = &entry.kind {
        return Some(&secret.name);
    }
    entry.alias.as_ref().map(Alias::as_str).filter(|alias| !alias.is_empty())
}

/// Makes texts unique.
#[derive(Default)]
struct Unique {
    taken: HashSet<String>,
    /// The last number that was given to a text.
    numbers: HashMap<String, usize>,
}

impl Unique {
    /// The text, where `plain` allows and nobody has it; else with the fingerprint or a number.
    fn text(&mut self, text: String, entry: &Entry, plain: bool) -> String {
        if plain && self.taken.insert(text.clone()) {
            return text;
        }
        let fingerprint =
            entry.certificate().map(|certificate| certificate.fingerprint().to_string());
        let name = match fingerprint {
            Some(fingerprint) => format!("{text}~{}", &fingerprint[..8]),
            None => text,
        };
        if self.taken.insert(name.clone()) {
            return name;
        }
        let number = self.numbers.entry(name.clone()).or_insert(1);
        loop {
            *number += 1;
            let candidate = format!("{name}~{number}");
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

fn derive(entry: &Entry) -> String {
    let subject = match &entry.kind {
        EntryKind::Request(request) => Some(request.request.csr.subject().clone()),
        EntryKind::Secret(_) => None,
        EntryKind::Opaque(opaque) => return opaque.description.clone(),
        _ => entry.certificate().map(Certificate::subject),
    };
    subject
        .and_then(|name| {
            name.common_name().or_else(|| (!name.is_empty()).then(|| name.to_string()))
        })
        .unwrap_or_else(|| entry.kind.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::shown_aliases;
    use crate::model::alias::Alias;
    use crate::model::entry::{EntryId, EntryKind, OpaqueEntry, SealedContent};
    use crate::model::format::Format;
    use crate::model::wallet::Wallet;
    use crate::secret::SecretBytes;

    /// An entry without a certificate, whose derived alias is `description`.
    fn push(wallet: &mut Wallet, alias: Option<&str>, description: &str) -> EntryId {
        let opaque = OpaqueEntry {
            format: Format::Pkcs12,
            description: description.to_owned(),
            raw: SecretBytes::default(),
            sealed: SealedContent::Nothing,
            is_safe: false,
        };
        wallet.push(alias.map(Alias::new), EntryKind::from(opaque))
    }

    #[test]
    fn adding_an_entry_renames_no_other() {
        let mut wallet = Wallet::new();
        let first = push(&mut wallet, None, "root");
        let named = push(&mut wallet, Some("app"), "x");
        for _ in 0..3 {
            push(&mut wallet, None, "root");
            push(&mut wallet, None, "app");
            let shown = shown_aliases(&wallet);
            assert_eq!(shown[&first].text, "root");
            assert_eq!(shown[&named].text, "app");
            assert!(!shown[&named].derived);
        }
    }

    #[test]
    fn shown_aliases_are_unique_whatever_the_file_says() {
        let mut wallet = Wallet::new();
        for alias in [Some("a"), Some("a"), Some("a~2"), None, Some(""), None] {
            push(&mut wallet, alias, "a");
        }
        let shown = shown_aliases(&wallet);
        let texts: std::collections::HashSet<_> = shown.values().map(|alias| &alias.text).collect();
        assert_eq!(texts.len(), wallet.entries().len(), "{shown:?}");
    }
}
