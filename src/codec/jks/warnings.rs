//! What whoever opens a store should know, though nothing failed.

use crate::code::Code;
use crate::codec::Warning;
use crate::codec::jks::fold::fold;
use crate::codec::jks::record::SECRET_KEY;
use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryKind};
use crate::model::key::{KeyMaterial, why_locked};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use std::char::REPLACEMENT_CHARACTER;
use std::collections::HashMap;

/// About the file as a whole.
pub(super) fn frame_warnings(verified: bool, trailing: usize) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !verified {
        let message = "no password was given: the integrity of the store is unknown".to_owned();
        warnings.push(Warning { code: Code::INTEGRITY_UNKNOWN, message });
    }
    if trailing > 0 {
        let message = format!("bytes after the digest, which are kept: {trailing}");
        warnings.push(Warning { code: Code::TRAILING_BYTES, message });
    }
    warnings
}

/// About its entries.
pub(super) fn entry_warnings(wallet: &Wallet) -> Vec<Warning> {
    let mut warnings = duplicates(wallet);
    let mut names = None;
    for entry in wallet.entries() {
        let Some((code, text)) = concern(entry) else { continue };
        let names = names.get_or_insert_with(|| shown_aliases(wallet));
        let name = names.get(&entry.id()).map_or("", |name| name.text.as_str());
        warnings.push(Warning { code, message: text.replace("{}", name) });
    }
    Warning::cap(&mut warnings);
    warnings
}

/// Aliases that several entries have.
fn duplicates(wallet: &Wallet) -> Vec<Warning> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    let folded = |entry: &Entry| fold(entry.alias.as_ref().map_or("", Alias::as_str));
    for entry in wallet.entries() {
        *counts.entry(folded(entry)).or_default() += 1;
    }
    if counts.len() == wallet.entries().len() {
        return Vec::new();
    }
    let mut warnings = Vec::new();
    for entry in wallet.entries() {
        let alias = folded(entry);
        // The first of them speaks for all.
        if let Some(count) = counts.remove(&alias).filter(|count| *count > 1) {
            let message = format!("{count} entries have the alias {alias}; Java sees one of them");
            warnings.push(Warning { code: Code::ALIAS_DUPLICATE, message });
        }
    }
    warnings
}

/// What has to be said of an entry, with `{}` for its name.
fn concern(entry: &Entry) -> Option<(Code, String)> {
    if let EntryKind::PrivateKey(key) = &entry.kind
        && let KeyMaterial::Locked(locked) = &key.key
        && let Some(refusal) = locked.refusal
    {
        let text = format!("the key {{}} stays locked: {}", why_locked(Some(refusal)));
        return Some((Code::KEY_LOCKED, text));
    }
    if let EntryKind::Opaque(opaque) = &entry.kind
        && opaque.description != SECRET_KEY
    {
        let text = "{} is kept as it is: its certificate cannot be read";
        return Some((Code::KEPT_OPAQUE, text.to_owned()));
    }
    let halved = |alias: &Alias| alias.as_str().contains(REPLACEMENT_CHARACTER);
    entry.alias.as_ref().is_some_and(halved).then_some((
        Code::KEPT_OPAQUE,
        "the alias {} holds a character that is none; it is kept as it is".to_owned(),
    ))
}
