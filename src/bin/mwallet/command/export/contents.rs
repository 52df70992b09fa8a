//! What is handed out, for messages.

use crate::failure::Failure;
use crate::render::text::count;
use mwallet::code::Code;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use std::collections::HashSet;

/// Keys, certificates and the rest: `1 key, 3 certificates`.
pub(super) fn counted(wallet: &Wallet) -> String {
    let number = |fits: fn(&EntryKind) -> bool| {
        wallet.entries().iter().filter(|entry| fits(&entry.kind)).count()
    };
    let keys = number(|kind| matches!(kind, EntryKind::PrivateKey(_) | EntryKind::Request(_)));
    let secrets = number(|kind| matches!(kind, EntryKind::Secret(_)));
    let opaque = number(|kind| matches!(kind, EntryKind::Opaque(_)));
    let certificates: HashSet<_> =
        wallet.certificates().map(|(_, certificate)| certificate.fingerprint()).collect();
    let mut parts = Vec::new();
    if keys > 0 {
        parts.push(count(keys, "key"));
    }
    parts.push(count(certificates.len(), "certificate"));
    if secrets > 0 {
        parts.push(count(secrets, "secret"));
    }
    if opaque > 0 {
        parts.push(format!("{opaque} more"));
    }
    parts.join(", ")
}

/// There is room for one entry of this kind: which, the user says.
pub(super) fn require_one(
    wallet: &Wallet,
    rule: &str,
    counts: fn(&Entry) -> bool,
) -> Result<(), Failure> {
    let aliases = shown_aliases(wallet);
    let entries = wallet.entries().iter().filter(|entry| counts(entry));
    let names: Vec<&str> = entries.map(|entry| aliases[&entry.id()].text.as_str()).collect();
    if names.len() < 2 {
        return Ok(());
    }
    let message = format!("{rule}: say which with --alias: {}", names.join(", "));
    Err(Failure::new(Code::USAGE, message).with("entries", names))
}
