//! The names under which entries are shown and called, also where the file has none.

use crate::digest::Fingerprint;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::wallet::Wallet;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Index;

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
/// Made unique by the first eight digits of the SHA-256 of the certificate or request, else by a
/// number. An alias keeps its text unless the file gives it twice, or it is derived alike for several
/// certificates of one kind: if the first of these had it, it would be the second's as soon as the first is gone,
/// and who removes it twice removes both.
#[must_use]
pub fn shown_aliases(wallet: &Wallet) -> ShownAliases {
    let named = |entry: &&Entry| file_alias(entry).is_some();
    let mut unique = Unique::default();
    unique.in_file.reserve(wallet.entries().len());
    for alias in wallet.entries().iter().filter_map(file_alias) {
        unique.count(alias);
    }
    let mut shown: Vec<(EntryId, ShownAlias)> = Vec::with_capacity(wallet.entries().len());
    for entry in wallet.entries().iter().filter(named) {
        let alias = file_alias(entry).unwrap_or_default();
        let is_unique = unique.is_of_one(alias);
        let text =
            if is_unique { alias.to_owned() } else { unique.text(alias.to_owned(), entry, false) };
        shown.push((entry.id(), ShownAlias { text, derived: !is_unique }));
    }
    let derived: Vec<(&Entry, String)> =
        wallet.entries().iter().filter(|entry| !named(entry)).map(|it| (it, derive(it))).collect();
    let shared = shared(&derived);
    for (entry, text) in &derived {
        let is_shared = shared.contains(&(entry.kind.name(), text.as_str()));
        let text = unique.text(text.clone(), entry, !is_shared);
        shown.push((entry.id(), ShownAlias { text, derived: true }));
    }
    shown.sort_by_key(|(id, _)| *id);
    ShownAliases(shown)
}

/// The shown alias of every entry of a wallet. They are in the order of the entries: a table of hundreds of
/// thousands would be slower to make and to ask.
#[derive(Debug)]
pub struct ShownAliases(Vec<(EntryId, ShownAlias)>);

impl ShownAliases {
    /// The one of this entry; none where the wallet does not have it.
    #[must_use]
    pub fn get(&self, id: &EntryId) -> Option<&ShownAlias> {
        let place = self.0.binary_search_by_key(id, |(id, _)| *id).ok()?;
        Some(&self.0[place].1)
    }
}

impl Index<&EntryId> for ShownAliases {
    type Output = ShownAlias;

    /// # Panics
    ///
    /// When the wallet does not have the entry.
    fn index(&self, id: &EntryId) -> &ShownAlias {
        self.get(id).expect("an entry of the wallet")
    }
}

/// Whether an entry without an alias of its own goes by this name: the one that is derived for it, alone or
/// with its digits behind, whether or not it is shown so. `name` is in lower case, and the case of the other
/// does not count.
#[must_use]
pub fn is_derived(entry: &Entry, name: &str) -> bool {
    if file_alias(entry).is_some() {
        return false;
    }
    let derived = derive(entry).to_lowercase();
    match name.strip_prefix(derived.as_str()) {
        Some("") => true,
        Some(rest) => {
            rest.strip_prefix('~').is_some_and(|rest| digits(entry).as_deref() == Some(rest))
        }
        None => false,
    }
}

/// The kinds and derived texts that stand for different things.
fn shared<'a>(derived: &'a [(&Entry, String)]) -> HashSet<(&'static str, &'a str)> {
    let mut first: HashMap<(&str, &str), Option<&[u8]>> = HashMap::new();
    let mut shared = HashSet::new();
    for (entry, text) in derived {
        let name = (entry.kind.name(), text.as_str());
        if *first.entry(name).or_insert_with(|| identity(entry)) != identity(entry) {
            shared.insert(name);
        }
    }
    shared
}

/// The certificate or request that an entry stands for.
fn identity(entry: &Entry) -> Option<&[u8]> {
    match &entry.kind {
        EntryKind::Request(pending) => Some(pending.request.csr.der()),
        _ => entry.certificate().map(Certificate::der),
    }
}

/// What tells an entry from its namesakes.
fn digits(entry: &Entry) -> Option<String> {
    let fingerprint = match entry.certificate() {
        Some(certificate) => certificate.fingerprint(),
        None => Fingerprint::of(identity(entry)?),
    };
    Some(fingerprint.to_string()[..8].to_owned())
}

/// The alias in the file; an empty one names nothing. A secret has its name.
fn file_alias(entry: &Entry) -> Option<&str> {
    if let EntryKind::Secret(secret) = &entry.kind {
        return Some(&secret.name);
    }
    entry.alias.as_ref().map(Alias::as_str).filter(|alias| !alias.is_empty())
}

/// The name of an entry before all of them are made unique: the file's own, or the one that is derived.
#[must_use]
pub fn plain_alias(entry: &Entry) -> Cow<'_, str> {
    file_alias(entry).map_or_else(|| derive(entry).into(), Cow::from)
}

/// Makes texts unique.
#[derive(Default)]
struct Unique<'a> {
    /// How many entries the file calls so. One that is called so alone keeps the name.
    in_file: HashMap<&'a str, usize>,
    /// What was made up.
    made: HashSet<String>,
    /// The last number that was given to a text.
    numbers: HashMap<String, usize>,
}

impl<'a> Unique<'a> {
    fn count(&mut self, alias: &'a str) {
        *self.in_file.entry(alias).or_default() += 1;
    }

    fn is_of_one(&self, alias: &str) -> bool {
        self.in_file.get(alias) == Some(&1)
    }

    /// Takes the text, where nobody has it.
    fn take(&mut self, text: &str) -> bool {
        !self.is_of_one(text) && self.made.insert(text.to_owned())
    }

    /// The text, where `plain` allows and nobody has it; else with the fingerprint or a number.
    fn text(&mut self, text: String, entry: &Entry, plain: bool) -> String {
        if plain && self.take(&text) {
            return text;
        }
        let name = match digits(entry) {
            Some(digits) => format!("{text}~{digits}"),
            None => text,
        };
        if self.take(&name) {
            return name;
        }
        let mut number = self.numbers.get(&name).copied().unwrap_or(1);
        let unique = loop {
            number += 1;
            let candidate = format!("{name}~{number}");
            if self.take(&candidate) {
                break candidate;
            }
        };
        self.numbers.insert(name, number);
        unique
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
    use super::{is_derived, shown_aliases};
    use crate::model::alias::Alias;
    use crate::model::certificate::Certificate;
    use crate::model::entry::{EntryId, EntryKind, OpaqueEntry, SealedContent, TrustedEntry};
    use crate::model::format::Format;
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;
    use crate::secret::SecretBytes;
    use rcgen::{CertificateParams, DnType, KeyPair};

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

    fn ca(name: &str) -> EntryKind {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let certificate = Certificate::from_der(made.der()).unwrap();
        EntryKind::TrustedCertificate(TrustedEntry { certificate, flags: TrustFlags::default() })
    }

    #[test]
    fn name_that_certificates_share_is_nobodys() {
        let mut wallet = Wallet::new();
        let first = wallet.push(None, ca("root"));
        let text = |wallet: &Wallet, id| shown_aliases(wallet)[&id].text.clone();
        assert_eq!(text(&wallet, first), "root");
        // The same certificate once more is no other; neither is what only looks alike.
        let kind = wallet.entry(first).unwrap().kind.clone();
        let same = wallet.push(None, kind);
        let alike = push(&mut wallet, None, "root");
        assert_eq!(text(&wallet, first), "root");
        let second = wallet.push(None, ca("root"));
        let (one, other) = (text(&wallet, first), text(&wallet, second));
        assert!(one.starts_with("root~") && other.starts_with("root~") && one != other);
        for (id, name) in [(first, &one), (second, &other)] {
            let entry = wallet.entry(id).unwrap();
            assert!(is_derived(entry, name) && is_derived(entry, "root"));
            assert!(!is_derived(entry, "roo") && !is_derived(entry, "root~"));
        }
        assert!(!is_derived(wallet.entry(first).unwrap(), &other));
        // Its digits find what is left, too.
        for id in [first, same, alike] {
            wallet.remove(id);
        }
        assert_eq!(text(&wallet, second), "root");
        assert!(is_derived(wallet.entry(second).unwrap(), &other));
    }

    #[test]
    fn shown_aliases_are_unique_whatever_the_file_says() {
        let mut wallet = Wallet::new();
        for alias in [Some("a"), Some("a"), Some("a~2"), None, Some(""), None] {
            push(&mut wallet, alias, "a");
        }
        let shown = shown_aliases(&wallet);
        let texts = wallet.entries().iter().map(|entry| &shown[&entry.id()].text);
        let texts: std::collections::HashSet<_> = texts.collect();
        assert_eq!(texts.len(), wallet.entries().len(), "{shown:?}");
    }
}
