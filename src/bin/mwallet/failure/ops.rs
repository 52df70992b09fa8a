//! What the verbs' errors know beyond their text: candidates, keys, issuers.

use crate::failure::Failure;
use crate::render::text::{safe, short};
use mwallet::chain::MissingIssuer;
use mwallet::ops::{EntrySummary, KeySummary, OpsError};
use mwallet::terminal::named;
use serde_json::{Value, json};

/// Adds the facts, to the message where people need them.
pub(super) fn with_facts(mut failure: Failure, error: &OpsError) -> Failure {
    match error {
        OpsError::EntryAmbiguous { candidates, .. } => {
            let lines: Vec<String> = candidates.iter().map(candidate).collect();
            failure.message = format!("{}:\n  {}", failure.message, lines.join("\n  "));
            failure.with("candidates", candidates.iter().map(candidate_json).collect::<Vec<_>>())
        }
        OpsError::EntryNotFound { near, .. } => {
            if !near.is_empty() {
                let names: Vec<String> = near.iter().map(|name| safe(&named(name))).collect();
                failure.message =
                    format!("{}; did you mean {}?", failure.message, names.join(" or "));
            }
            failure.with("near", near.clone())
        }
        OpsError::NoMatchingKey { keys, .. } => {
            let shown: Vec<String> = keys.iter().map(key).collect();
            let present = match &shown[..] {
                [] => "the wallet holds no key".to_owned(),
                shown => format!("it holds {}", shown.join(", ")),
            };
            failure.message = format!("{}; {present}", failure.message);
            failure.with("keys", keys.iter().map(key_json).collect::<Vec<_>>())
        }
        OpsError::CertificatePresent { alias, subject, fingerprint } => failure
            .with("alias", alias.as_str())
            .with("subject", subject.as_str())
            .with("sha256", fingerprint.to_string()),
        OpsError::IssuerMissing(missing) => {
            let MissingIssuer { certificate, issuer, key_identifier, urls, .. } = &**missing;
            failure
                .with("certificate", certificate.fingerprint().to_string())
                .with("issuer", issuer.to_string())
                .with("key_identifier", key_identifier.clone())
                .with("urls", urls.clone())
        }
        OpsError::KeyLocked { alias, .. }
        | OpsError::AliasTaken { alias }
        | OpsError::KeyElsewhere { alias, .. }
        | OpsError::WrongKind { alias, .. } => failure.with("alias", alias.as_str()),
        OpsError::TdeEntry { name } => failure.with("name", name.as_str()),
        OpsError::UserMissing { login } => {
            failure.message += ": give it with --user";
            failure.with("login", login.as_str())
        }
        _ => failure,
    }
}

fn candidate(entry: &EntrySummary) -> String {
    let fingerprint = entry.fingerprint.map(|fingerprint| format!("sha256:{}", short(fingerprint)));
    let facts = [Some(entry.kind.to_owned()), entry.subject.clone(), fingerprint];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    safe(&format!("{} ({})", entry.alias, facts.join(", ")))
}

fn candidate_json(entry: &EntrySummary) -> Value {
    json!({
        "alias": entry.alias,
        "kind": entry.kind,
        "subject": entry.subject,
        "sha256": entry.fingerprint.map(|fingerprint| fingerprint.to_string()),
    })
}

fn key(key: &KeySummary) -> String {
    let alias = key.alias.as_deref().unwrap_or("the given key");
    let pending = if key.pending { ", pending" } else { "" };
    safe(&format!("{alias} ({}{pending})", key.algorithm))
}

fn key_json(key: &KeySummary) -> Value {
    json!({
        "alias": key.alias,
        "public_key": key.algorithm.to_string(),
        "pending": key.pending,
    })
}
