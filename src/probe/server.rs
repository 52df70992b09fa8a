//! What is wrong with what a server presents.

use crate::chain::rules::{is_end_entity, is_leaf};
use crate::chain::{self, Candidates, End, Finding, Path, Severity, Validation};
use crate::code::Code;
use crate::codec::pkcs12::property;
use crate::model::certificate::Certificate;
use crate::model::shown_alias::shown_aliases;
use crate::model::trust::TrustFlags;
use crate::probe::handshake::Handshake;
use crate::probe::report::{Encounter, WalletSide};
use crate::probe::starttls::Protocol;
use crate::terminal::{quoted, quoted_path, with_name};

/// Judges the chain, the name, and what the wallet has to do with both.
pub(in crate::probe) fn findings(
    encounter: &Encounter<'_>,
    candidates: &Candidates,
    validation: Option<&Validation>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let presented = &encounter.last().presented;
    for (position, certificate) in presented.iter().enumerate() {
        if let Err(error) = certificate {
            let message = format!("certificate {} of the server: {error}", position + 1);
            let finding = Finding::new(Code::CERTIFICATE_INVALID, Severity::Error, message);
            findings.push(finding.evidence("position", position + 1));
        }
    }
    findings.extend(disordered(encounter.last()));
    let Some(Validation { path, findings: judged, .. }) = validation else { return findings };
    findings.extend(judged.iter().cloned().map(|mut finding| {
        if finding.code == Code::CHAIN_ISSUER_MISSING {
            // Of an issuer that nobody has seen only the name is known.
            finding.message += "; the server does not present it: if it is an intermediate, the \
                                server's configuration is to be mended, not the client's";
        }
        match finding.code {
            Code::ANCHOR_NOT_TRUSTED
                if encounter.ca.is_none() && is_excluded(encounter, &path.last().certificate) =>
            {
                finding.message += ": its trust flags are against it";
                let wallet =
                    encounter.wallet.map_or_else(|| "W".to_owned(), |side| quoted_path(side.path));
                finding
                    .repair(format!("mwallet add-trusted {wallet} FILE --trust-flags SERVER_AUTH"))
            }
            Code::ANCHOR_NOT_TRUSTED | Code::CHAIN_ISSUER_MISSING if encounter.ca.is_none() => {
                finding.repair(trusting(encounter, path))
            }
            _ => finding,
        }
    }));
    findings.extend(not_presented(encounter, path.leaf(), candidates));
    if let Some(side) = encounter.wallet {
        if side.is_oracle && encounter.ca.is_none() {
            // Oracle's clients want every certificate up to a self-signed one in the wallet, whatever is
            // presented.
            let own = Candidates::of(side.wallet);
            let beyond = chain::trusted_intermediate(path, &own, encounter.at);
            let presents_root =
                chain::trusted_intermediate(path, candidates, encounter.at).is_none();
            let repair = if presents_root {
                trusting(encounter, path)
            } else {
                format!("mwallet add-trusted {} FILE", quoted_path(side.path))
            };
            findings.extend(
                beyond
                    .map(|finding| Finding { severity: Severity::Error, ..finding.repair(repair) }),
            );
        }
        findings.extend(trusted_leaf(path.leaf(), side));
    }
    if let Err(error) = encounter.host() {
        let message = format!("the certificate is not held against the name of the host: {error}");
        findings.push(Finding::new(Code::HOST_MISMATCH, Severity::Warning, message));
    }
    findings
}

/// Whether the wallet has the certificate, and trusts it for no server.
fn is_excluded(encounter: &Encounter<'_>, certificate: &Certificate) -> bool {
    encounter.wallet.is_some_and(|side| {
        property::excluded(side.wallet, TrustFlags::SERVER_AUTH)
            .any(|(_, trusted)| trusted.certificate == *certificate)
    })
}

/// The server's certificate behind others.
fn disordered(handshake: &Handshake) -> Option<Finding> {
    let (number, leaf) = (handshake.misplaced? + 1, handshake.leaf()?);
    let message = format!(
        "the chain is in the wrong order: the server's certificate is number {number}, and clients take \
         the first for it"
    );
    let finding = Finding::new(Code::CHAIN_DISORDERED, Severity::Error, message);
    Some(finding.certificate(leaf).evidence("position", number))
}

/// The command that makes the wallet trust what the server presents.
fn trusting(encounter: &Encounter<'_>, path: &Path) -> String {
    let wallet = encounter.wallet.map_or_else(|| "W".to_owned(), |side| quoted_path(side.path));
    let leaf_only = path.links.len() == 1;
    let is_oracle = encounter.wallet.is_some_and(|side| side.is_oracle);
    let is_incomplete = matches!(path.end, End::Incomplete(_));
    if (leaf_only && path.end != End::SelfSigned) || (is_oracle && is_incomplete) {
        // Nothing but the leaf came, which is not to be trusted, or intermediates, with which Oracle's clients
        // do not make do: the issuer has to be found.
        return format!("mwallet add-trusted {wallet} FILE");
    }
    let mut command = format!(
        "mwallet add-trusted {wallet} --from-host {}",
        quoted(encounter.target.to_string())
    );
    if let Some(protocol) = encounter.starttls {
        command += " --starttls ";
        command += Protocol::name(protocol);
    }
    if encounter.name != encounter.target.host {
        command += " --servername ";
        command += &quoted(encounter.name);
    }
    if leaf_only {
        command += " --allow-leaf";
    }
    command
}

/// An issuer that the wallet knows and the server does not present: other clients miss it.
fn not_presented(
    encounter: &Encounter<'_>,
    leaf: &Certificate,
    candidates: &Candidates,
) -> Option<Finding> {
    let presented = encounter.last().certificates();
    let missing = chain::unsent_intermediate(leaf, presented, candidates)?;
    let subject = missing.subject().to_string();
    let message = format!(
        "the server does not present the intermediate {subject}; clients that do not know it \
         otherwise refuse the server"
    );
    Some(
        Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Warning, message)
            .certificate(&missing)
            .evidence("subject", subject),
    )
}

/// Since 12c, Oracle's clients refuse a server whose own certificate they trust.
fn trusted_leaf(leaf: &Certificate, side: WalletSide<'_>) -> Option<Finding> {
    // Others are right to trust a server that has no CA.
    let is_wrong = if side.is_oracle { is_end_entity(leaf) } else { is_leaf(leaf) };
    if !is_wrong {
        return None;
    }
    let (entry, _) = side.wallet.trusted().find(|(_, trusted)| *trusted == leaf)?;
    let shown = shown_aliases(side.wallet);
    let alias = shown.get(&entry.id()).map_or("", |alias| alias.text.as_str());
    let severity = if side.is_oracle { Severity::Error } else { Severity::Warning };
    let message = format!(
        "the server's own certificate is trusted as {alias}; Oracle's clients since 12c then refuse \
         the server (ORA-29024)"
    );
    Some(
        Finding::new(Code::LEAF_AS_TRUSTED, severity, message)
            .certificate(leaf)
            .entry(alias)
            .repair(with_name(&format!("mwallet remove {}", quoted_path(side.path)), alias)),
    )
}
