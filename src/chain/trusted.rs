//! What is worth saying about the trusted certificates as such.

use crate::chain::context::Context;
use crate::chain::finding::{Finding, Severity};
use crate::chain::rules::{is_expired, is_leaf, timestamp, title, weak_key};
use crate::code::Code;
use crate::digest::Fingerprint;
use crate::model::certificate::Certificate;
use crate::model::entry::Entry;
use std::collections::{HashMap, HashSet};

/// Judges the trusted certificates; `anchors` end a path and were judged with it.
pub(in crate::chain) fn certificates(
    context: &Context<'_>,
    anchors: &HashSet<Fingerprint>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut first: HashMap<Fingerprint, &str> = HashMap::new();
    for (entry, certificate) in context.wallet.trusted() {
        let alias = context.alias(entry.id());
        let fingerprint = certificate.fingerprint();
        if let Some(other) = first.get(&fingerprint) {
            let message = format!("{alias} is the same certificate as {other}");
            findings.push(
                Finding::new(Code::TRUSTED_DUPLICATE, Severity::Note, message)
                    .certificate(certificate)
                    .entry(alias)
                    .evidence("same_as", *other)
                    .repair(context.command("remove", alias)),
            );
            continue;
        }
        first.insert(fingerprint, alias);
        findings.extend(one(context, entry, certificate, anchors.contains(&fingerprint)));
    }
    findings
}

/// Judges one trusted certificate.
pub(in crate::chain) fn one(
    context: &Context<'_>,
    entry: &Entry,
    certificate: &Certificate,
    is_anchor: bool,
) -> Vec<Finding> {
    let alias = context.alias(entry.id());
    let mut findings = Vec::new();
    if is_leaf(certificate) {
        let message = format!("{} is trusted, and is not a CA", title(certificate));
        findings.push(
            Finding::new(Code::LEAF_AS_TRUSTED, Severity::Warning, message)
                .repair(context.command("remove", alias)),
        );
    }
    if !is_anchor {
        if is_expired(certificate, context.request.criteria.at) {
            let ended = timestamp(certificate.not_after());
            let message = format!("the trusted {} expired at {ended}", title(certificate));
            findings.push(
                Finding::new(Code::TRUSTED_EXPIRED, Severity::Warning, message)
                    .evidence("not_after", ended)
                    .repair(context.command("remove", alias)),
            );
        }
        findings.extend(weak_key(certificate));
    }
    findings.into_iter().map(|finding| finding.certificate(certificate).entry(alias)).collect()
}
