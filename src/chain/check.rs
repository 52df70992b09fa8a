//! Checking a wallet: one report on its keys, chains and trusted certificates.

use crate::chain::beyond::trusted_intermediate;
use crate::chain::check_request::CheckRequest;
use crate::chain::context::Context;
use crate::chain::finding::{Finding, Severity};
use crate::chain::key_fits::key_fits;
use crate::chain::order::in_order;
use crate::chain::path::{End, Path};
use crate::chain::renewal::Renewal;
use crate::chain::report::{EntryChain, Report};
use crate::chain::revocation::Revocation;
use crate::chain::validate::{Validation, validate_with};
use crate::chain::{rules, trusted};
use crate::code::Code;
use crate::model::certificate::Certificate;
use crate::model::entry::{EntryKind, KeyEntry, RequestEntry};
use crate::model::wallet::Wallet;
use crate::terminal::{flag_with, quoted_path};
use std::collections::HashSet;

/// Checks a wallet, or one entry of it. Pure and total: whatever is wrong is in the report.
#[must_use]
pub fn check(wallet: &Wallet, request: &CheckRequest<'_>) -> Report {
    let context = Context::new(wallet, request);
    let revocation = Revocation::new(request.criteria.crls);
    let mut findings = Vec::new();
    let mut chains = Vec::new();
    let mut anchors = HashSet::new();
    for entry in wallet.entries().iter().filter(|entry| context.is_wanted(entry)) {
        let alias = context.alias(entry.id());
        let (found, path) = match &entry.kind {
            EntryKind::PrivateKey(key) => {
                let validation = key.leaf().map(|leaf| context.validation(leaf, &revocation));
                let path = validation.as_ref().map(|validation| validation.path.clone());
                (context.key(alias, key, validation), path)
            }
            EntryKind::Request(pending) => (vec![context.pending(alias, pending)], None),
            // Nobody presents it: it is an anchor, and no leaf that has to be good for something.
            EntryKind::TrustedCertificate(trusted) => {
                let path = context.candidates.path(&trusted.certificate, Some(request.criteria.at));
                (trusted::one(&context, entry, &trusted.certificate, false), Some(path))
            }
            EntryKind::Secret(_) | EntryKind::Opaque(_) => (Vec::new(), None),
        };
        findings.extend(found.into_iter().map(|finding| match finding.code {
            // A revocation list is about all of them.
            Code::CRL_STALE | Code::CRL_UNUSABLE | Code::CRL_SIGNER
                if finding.certificate.is_none() =>
            {
                finding
            }
            _ => finding.entry(alias),
        }));
        if let Some(path) = path {
            if path.end == End::Trusted {
                anchors.insert(path.last().certificate.fingerprint());
            }
            chains.push(EntryChain::new(alias, &path, request.criteria.at));
        }
    }
    if request.entry.is_none() {
        findings.extend(trusted::certificates(&context, &anchors));
    }
    Report::new(chains, findings)
}

impl Context<'_> {
    fn validation(&self, leaf: &Certificate, revocation: &Revocation<'_>) -> Validation {
        // Whoever is shown the certificate has to trust its root; the wallet need not.
        let untrusted = Severity::Warning;
        validate_with(leaf, &self.candidates, &self.request.criteria, revocation, untrusted)
    }

    fn key(&self, alias: &str, key: &KeyEntry, found: Option<Validation>) -> Vec<Finding> {
        let Some(Validation { path, findings, .. }) = found else {
            let (code, severity) = match key.request {
                Some(_) => (Code::REQUEST_PENDING, Severity::Note),
                None => (Code::CERTIFICATE_MISSING, Severity::Warning),
            };
            let finding = Finding::new(code, severity, format!("{alias} has no certificate"));
            return vec![finding.repair(self.command("import-user", "FILE"))];
        };
        let mut findings = self.with_repairs(alias, &path, findings);
        findings.extend(key_fits(alias, &key.key, path.leaf()));
        findings.extend(self.disorder(alias, key));
        findings
    }

    /// Programs that send a chain as it is kept send this one, and some peers do not sort.
    fn disorder(&self, alias: &str, key: &KeyEntry) -> Option<Finding> {
        in_order(&key.chain, self.request.criteria.at).map(|_| {
            let message =
                format!("the certificates kept with {alias} are not in the order of issuing");
            let repair = format!("mwallet check {} --fix", quoted_path(self.request.wallet));
            Finding::new(Code::CHAIN_DISORDERED, Severity::Warning, message).repair(repair)
        })
    }

    fn pending(&self, alias: &str, pending: &RequestEntry) -> Finding {
        let subject = pending.request.csr.subject().to_string();
        let message = format!("{alias} waits for its certificate");
        Finding::new(Code::REQUEST_PENDING, Severity::Note, message)
            .evidence("subject", subject)
            .repair(self.command("import-user", "FILE"))
    }

    fn with_repairs(&self, alias: &str, path: &Path, mut findings: Vec<Finding>) -> Vec<Finding> {
        let at = self.request.criteria.at;
        findings.extend(trusted_intermediate(path, &self.candidates, at));
        let leaf = path.leaf().fingerprint().to_string();
        for finding in &mut findings {
            let repair = match finding.code {
                Code::ANCHOR_NOT_TRUSTED if path.links.len() == 1 => {
                    finding.message = format!(
                        "{} is self-signed: {alias} waits for the reply of a CA, or its peers have to \
                         trust this very certificate",
                        rules::title(path.leaf())
                    );
                    self.command("import-user", "FILE")
                }
                Code::CHAIN_ISSUER_MISSING | Code::ANCHOR_NOT_TRUSTED => {
                    self.command("add-trusted", "FILE")
                }
                Code::CERT_EXPIRED | Code::CERT_EXPIRES_SOON
                    if finding.certificate.as_deref() == Some(&leaf) =>
                {
                    self.renewal(alias, path.leaf())
                }
                _ => continue,
            };
            finding.repair = Some(repair);
        }
        findings
    }

    /// What renews a certificate: a request, or what is left to do where there is one.
    fn renewal(&self, alias: &str, old: &Certificate) -> String {
        match self.renewals().find(old) {
            Renewal::Done => self.command("remove", alias),
            Renewal::Requested => self.command("import-user", "FILE"),
            Renewal::Missing => {
                let wallet = quoted_path(self.request.wallet);
                format!("mwallet csr {wallet} {}", flag_with("--renew", alias))
            }
        }
    }
}
