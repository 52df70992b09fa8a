//! Why a server refused, and what is wrong with what it was sent.

use crate::chain::{self, CheckRequest, Criteria, Finding, Purpose, Severity};
use crate::code::Code;
use crate::model::entry::EntryId;
use crate::model::wallet::Wallet;
use crate::probe::alert::Alert;
use crate::probe::handshake::Outcome;
use crate::probe::report::{Encounter, WalletSide, went_on};
use crate::probe::selection::{Client, Considered, Reason, Verdict};
use crate::terminal::{flag_with, quoted_path};

/// Judges how the handshakes ended.
pub(in crate::probe) fn findings(encounter: &Encounter<'_>) -> Vec<Finding> {
    let outcome = &encounter.last().outcome;
    match outcome {
        Outcome::NoVersion(found) => vec![version(encounter, &format!("it has {found}"))],
        Outcome::Refused(Alert::PROTOCOL_VERSION) => {
            vec![version(encounter, "it refuses the one that was offered")]
        }
        // That its first certificate is another's is said of the server.
        Outcome::Broken(_) if encounter.last().misplaced.is_some() => Vec::new(),
        Outcome::Broken(reason) => {
            let message = format!("the handshake failed: {reason}");
            vec![Finding::new(Code::TLS_FAILED, Severity::Error, message)]
        }
        _ if encounter.last().request.is_none() => no_request(encounter, outcome),
        _ => match encounter.second {
            Some((entry, _)) => sent(encounter, entry, outcome),
            None => not_sent(encounter, outcome),
        },
    }
}

fn version(encounter: &Encounter<'_>, fact: &str) -> Finding {
    let offered =
        encounter.version.map_or_else(|| "1.2 and 1.3".to_owned(), |one| one.number().to_owned());
    let message = format!("the server does not speak TLS {offered}: {fact}");
    Finding::new(Code::TLS_VERSION, Severity::Error, message).evidence("offered", offered)
}

/// A refusal that has nothing to do with a certificate of the client.
fn no_request(encounter: &Encounter<'_>, outcome: &Outcome) -> Vec<Finding> {
    let Outcome::Refused(alert) = outcome else { return Vec::new() };
    let mut finding = alert_finding(*alert, None);
    if *alert == Alert::HANDSHAKE_FAILURE && encounter.last().presented.is_empty() {
        finding.message += "; mwallet offers ECDHE only, with RSA, P-256, P-384, P-521 and Ed25519";
    }
    vec![finding]
}

fn alert_finding(alert: Alert, sent: Option<&str>) -> Finding {
    let what = sent.map_or_else(String::new, |alias| format!(" after {alias} was sent"));
    let message = format!(
        "the server refused{what}: {alert}, {}; usually: {}",
        alert.meaning(),
        alert.cause()
    );
    // Revocation is the server's knowledge; what else it may complain of is found out here.
    let code =
        if alert == Alert::CERTIFICATE_REVOKED { Code::CRL_REVOKED } else { Code::TLS_ALERT };
    Finding::new(code, Severity::Error, message)
        .evidence("alert", alert.to_string())
        .evidence("number", alert.0)
        .evidence("meaning", alert.meaning())
        .evidence("cause", alert.cause())
        .evidence("sent", sent)
}

/// The server asked for a certificate, and got none.
fn not_sent(encounter: &Encounter<'_>, outcome: &Outcome) -> Vec<Finding> {
    let refused = went_on(outcome) == Some(false);
    let mut findings = Vec::new();
    if refused {
        findings.push(needed(encounter, outcome));
    }
    let severity = if refused { Severity::Error } else { Severity::Warning };
    if let (Some(selection), Some(side)) = (encounter.selection, encounter.wallet) {
        for considered in &selection.entries {
            findings.extend(unsent(encounter, side, considered, severity));
        }
    }
    findings
}

fn needed(encounter: &Encounter<'_>, outcome: &Outcome) -> Finding {
    let said = match outcome {
        Outcome::Refused(alert) if !alert.may_mean_no_certificate() => {
            return alert_finding(*alert, None);
        }
        Outcome::Refused(alert) => format!("it refused with {alert}"),
        Outcome::RefusedByHttp(words) => format!("it said \"{words}\""),
        _ => "it closed the connection".to_owned(),
    };
    let message = format!("the server requires a client certificate, and none was sent: {said}");
    let finding = Finding::new(Code::CLIENT_CERTIFICATE_NEEDED, Severity::Error, message);
    let finding = match outcome {
        Outcome::Refused(alert) => {
            finding.evidence("alert", alert.to_string()).evidence("number", alert.0)
        }
        Outcome::RefusedByHttp(words) => finding.evidence("http", words.as_str()),
        _ => finding,
    };
    let has_key = encounter.selection.is_some_and(|selection| !selection.entries.is_empty());
    match encounter.wallet {
        Some(side) if !has_key => finding
            .repair(format!("mwallet csr {} --dn CN=NAME --eku client", quoted_path(side.path))),
        _ => finding,
    }
}

/// Why an entry was not sent: by the client that would do most for it, of those that read the wallet.
fn unsent(
    encounter: &Encounter<'_>,
    side: WalletSide<'_>,
    considered: &Considered,
    severity: Severity,
) -> Option<Finding> {
    let client = if side.is_java { Client::JavaSunX509 } else { Client::Oracle };
    let Verdict::Not(reason) = considered.verdict(client) else { return None };
    let alias = considered.alias.as_str();
    let message = format!("{alias} is not sent: {reason}");
    let mut finding = Finding::new(reason.code(), severity, message).entry(alias);
    if let Some(leaf) = side.wallet.entry(considered.entry).and_then(|entry| entry.certificate()) {
        finding = finding.certificate(leaf);
    }
    if let (Reason::IssuerNotNamed { .. }, Some(request)) = (reason, &encounter.first.request) {
        let names: Vec<String> = request.authorities.iter().map(ToString::to_string).collect();
        finding = finding.evidence("authorities", names);
    }
    finding.repair = repair(reason, side, alias);
    Some(finding)
}

/// The command that has the entry sent.
fn repair(reason: &Reason, side: WalletSide<'_>, alias: &str) -> Option<String> {
    let (path, renew) = (quoted_path(side.path), flag_with("--renew", alias));
    Some(match reason {
        Reason::NoCertificate => format!("mwallet import-user {path} FILE"),
        // Oracle's clients complete a chain from what is trusted; of other stores the chain of the key
        // itself has to be longer, by what lies elsewhere in the store or comes from a file.
        Reason::ChainStopsShort { .. } if side.is_oracle => {
            format!("mwallet add-trusted {path} FILE")
        }
        Reason::ChainStopsShort { issuer } if holds(side.wallet, issuer) => {
            format!("mwallet check {path} --fix")
        }
        Reason::ChainStopsShort { .. } => format!("mwallet check {path} --fix --from FILE"),
        Reason::IssuerNotNamed { .. } | Reason::Expired => {
            format!("mwallet csr {path} {renew}")
        }
        Reason::NoClientAuth => format!("mwallet csr {path} {renew} --eku client"),
        Reason::OwnPassword => {
            format!("mwallet passwd {path} {} --same", flag_with("--key", alias))
        }
        _ => return None,
    })
}

/// The server asked for a certificate, and got one.
fn sent(encounter: &Encounter<'_>, entry: EntryId, outcome: &Outcome) -> Vec<Finding> {
    let Some(side) = encounter.wallet else { return Vec::new() };
    let request = CheckRequest {
        criteria: Criteria::new(encounter.at).purpose(Purpose::Client).crls(encounter.crls),
        entry: Some(entry),
        wallet: side.path,
    };
    let report = chain::check(side.wallet, &request);
    let alias = report.chains.first().map_or("", |chain| chain.alias.as_str());
    let refused = went_on(outcome) == Some(false);
    let mut findings = report.findings.clone();
    // The lists may well be those of the server's CA alone.
    findings.retain(|finding| finding.code != Code::CRL_MISSING);
    for finding in &mut findings {
        if !refused {
            // The server took it: what is wrong with it may matter elsewhere.
            finding.severity = finding.severity.max(Severity::Warning);
        }
        finding.repair = match finding.code {
            Code::EKU_NO_CLIENT_AUTH => repair(&Reason::NoClientAuth, side, alias),
            // A server is sent the chain of the key, and is not helped by what the client trusts.
            Code::CHAIN_ISSUER_MISSING if !side.is_oracle => {
                Some(format!("mwallet check {} --fix --from FILE", quoted_path(side.path)))
            }
            _ => finding.repair.take(),
        };
    }
    for finding in silent_java(encounter, side, entry) {
        // Both key managers have most reasons in common, and the check has some of them.
        let is_new = |told: &Finding| {
            (told.code, &told.certificate, &told.entry)
                != (finding.code, &finding.certificate, &finding.entry)
        };
        if findings.iter().all(is_new) {
            findings.push(finding);
        }
    }
    findings.extend(match outcome {
        Outcome::Refused(alert) => Some(with_repair(alert_finding(*alert, Some(alias)), *alert, side, alias)),
        Outcome::RefusedByHttp(words) => {
            let message = format!("the server refused after {alias} was sent: it said \"{words}\"");
            let finding = Finding::new(Code::TLS_ALERT, Severity::Error, message)
                .evidence("http", words.as_str())
                .evidence("sent", alias);
            Some(finding.repair(format!("mwallet check {} --purpose client", quoted_path(side.path))))
        }
        Outcome::Closed(reason) => {
            let message = format!(
                "the server closed the connection after {alias} was sent, without saying why: {reason}"
            );
            Some(
                Finding::new(Code::TLS_ALERT, Severity::Error, message).evidence("sent", alias),
            )
        }
        Outcome::Accepted | Outcome::Silent | Outcome::NoVersion(_) | Outcome::Broken(_) => None,
    });
    findings
        .into_iter()
        .map(|finding| match finding.entry {
            Some(_) => finding,
            None => finding.entry(alias),
        })
        .collect()
}

/// What was sent here, no Java client may send.
fn silent_java(encounter: &Encounter<'_>, side: WalletSide<'_>, entry: EntryId) -> Vec<Finding> {
    let Some(selection) = encounter.selection else { return Vec::new() };
    let Some(considered) = selection.entries.iter().find(|one| one.entry == entry) else {
        return Vec::new();
    };
    let finding = |client: Client| {
        let Verdict::Not(reason) = considered.verdict(client) else { return None };
        let message = format!(
            "{} sends nothing to this server from this store; {}: {reason}",
            client.title(),
            considered.alias
        );
        let mut finding =
            Finding::new(reason.code(), Severity::Warning, message).entry(&considered.alias);
        finding.repair = repair(reason, side, &considered.alias);
        Some(finding)
    };
    [Client::JavaSunX509, Client::JavaNewSunX509]
        .into_iter()
        .filter(|client| selection.sent_by(*client).is_none())
        .filter_map(finding)
        .collect()
}

/// Whether an intermediate of this name is in the wallet.
fn holds(wallet: &Wallet, name: &str) -> bool {
    wallet.certificates().any(|(_, certificate)| {
        !certificate.is_self_issued() && certificate.subject().to_string() == name
    })
}

/// The command that mends what an alert is usually about.
fn with_repair(finding: Finding, alert: Alert, side: WalletSide<'_>, alias: &str) -> Finding {
    let (path, renew) = (quoted_path(side.path), flag_with("--renew", alias));
    match alert.0 {
        44 | 45 => finding.repair(format!("mwallet csr {path} {renew}")),
        43 => finding.repair(format!("mwallet csr {path} {renew} --eku client")),
        42 | 46 | 48 | 51 => finding.repair(format!("mwallet check {path} --purpose client")),
        _ => finding,
    }
}
