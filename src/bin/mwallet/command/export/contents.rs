//! What is handed out, for messages.

use crate::command::export::{Form, Job};
use crate::failure::Failure;
use crate::render::text::{count, listed};
use mwallet::code::Code;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use std::collections::HashSet;

/// Keys, certificates and the rest, as far as the format has a place for them: `1 key, 3 certificates`.
pub(super) fn counted(wallet: &Wallet, format: Format) -> String {
    let number = |fits: fn(&EntryKind) -> bool| {
        wallet.entries().iter().filter(|entry| fits(&entry.kind)).count()
    };
    let keys = match format {
        Format::Pkcs7 | Format::Certificate => 0,
        _ => number(|kind| matches!(kind, EntryKind::PrivateKey(_) | EntryKind::Request(_))),
    };
    let secrets = number(|kind| matches!(kind, EntryKind::Secret(_)));
    let opaque = number(|kind| matches!(kind, EntryKind::Opaque(_)));
    let certificates = match format {
        Format::PrivateKey => 0,
        Format::Certificate => 1,
        _ => certificates(wallet),
    };
    let mut parts = Vec::new();
    if keys > 0 {
        parts.push(count(keys, "key"));
    }
    if certificates > 0 || keys == 0 {
        parts.push(count(certificates, "certificate"));
    }
    if secrets > 0 {
        parts.push(count(secrets, "secret"));
    }
    if opaque > 0 {
        parts.push(format!("{opaque} more"));
    }
    parts.join(", ")
}

/// The certificate of each entry, and once what else stands in their chains.
fn certificates(wallet: &Wallet) -> usize {
    let own: Vec<_> = wallet
        .entries()
        .iter()
        .filter_map(|entry| entry.certificate().map(Certificate::fingerprint))
        .collect();
    let mut all: HashSet<_> = own.iter().copied().collect();
    let distinct = all.len();
    all.extend(wallet.certificates().map(|(_, certificate)| certificate.fingerprint()));
    own.len() + all.len() - distinct
}

impl Job<'_> {
    /// Where there is room for one entry, several are not cut down to the first.
    pub(super) fn require_one(&self, wallet: &Wallet) -> Result<(), Failure> {
        let consumer = self.flags.consumer.filter(|consumer| consumer.takes_one_key(self.format()));
        let rule = match (self.form, consumer) {
            (Form::Der, _) if !self.flags.key_only => {
                let certified = |entry: &Entry| entry.certificate().is_some();
                return require_one(wallet, "--to der writes one certificate", certified)
                    .map_err(|failure| failure.about(self.source));
            }
            (Form::Der, _) => "--to der writes one key".to_owned(),
            (Form::K8s, _) if self.flags.store.is_none() => "a Secret holds one key".to_owned(),
            (Form::EwalletPem, _) => "ewallet.pem holds one key".to_owned(),
            (_, Some(consumer)) if !self.flags.split => {
                format!("{} takes one key from a PEM file", consumer.name)
            }
            _ => return Ok(()),
        };
        // Where certificates go along, a key without one is no choice.
        let bare = matches!(self.form, Form::Pem | Form::Der);
        require_one(wallet, &rule, if bare { has_key } else { has_certified_key })
            .map_err(|failure| failure.about(self.source))
    }
}

/// There is room for one entry of this kind: which, the user says.
fn require_one(wallet: &Wallet, rule: &str, counts: fn(&Entry) -> bool) -> Result<(), Failure> {
    let aliases = shown_aliases(wallet);
    let entries = wallet.entries().iter().filter(|entry| counts(entry));
    let names: Vec<&str> = entries.map(|entry| aliases[&entry.id()].text.as_str()).collect();
    if names.len() < 2 {
        return Ok(());
    }
    let message = format!("{rule}: say which with --alias: {}", listed(&names));
    Err(Failure::new(Code::ENTRY_AMBIGUOUS, message).with("entries", names))
}

fn has_key(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::PrivateKey(_) | EntryKind::Request(_))
}

fn has_certified_key(entry: &Entry) -> bool {
    matches!(&entry.kind, EntryKind::PrivateKey(key) if key.leaf().is_some())
}
