//! Whether a wallet suits a consumer: the row of the table, held against what was read.

mod file;

use crate::chain::{self, Candidates, Finding, Severity, rules};
use crate::code::Code;
use crate::codec::pkcs12::property;
use crate::codec::{self, Origin};
use crate::consumer::rule::Rule;
use crate::consumer::target::Consumer;
use crate::model::entry::{Entry, EntryId, EntryKind, TrustedEntry};
use crate::model::format::Format;
use crate::model::key::KeyMaterial;
use crate::model::shown_alias::{ShownAliases, shown_aliases};
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::secret::Password;
use crate::terminal::{flag_with, quoted_path, with_name};
use std::collections::HashSet;

/// A wallet that is held against a consumer.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// How its file was written.
    pub origin: &'a Origin,
    /// What it holds.
    pub wallet: &'a Wallet,
    /// Its path, for the commands that mend what is found.
    pub path: &'a str,
    /// The password that opened it, where it is known.
    pub password: Option<&'a Password>,
    /// Whether it opens without a password, by an auto-login file.
    pub auto_login: bool,
    /// Whether it is a folder of files, of which the program is given the one that it needs.
    pub is_folder: bool,
}

/// What the consumer cannot read of the wallet, and which of its demands are not met. Pure and
/// total; what is wrong with the wallet for everybody is said by [`chain::check`](crate::chain::check).
#[must_use]
pub fn check(consumer: &Consumer, subject: &Subject<'_>) -> Vec<Finding> {
    let (aliases, candidates) = (shown_aliases(subject.wallet), Candidates::of(subject.wallet));
    let checks = Checks { consumer, subject, aliases, candidates };
    let mut findings = checks.file();
    findings.extend(checks.password());
    findings.extend(checks.folded_aliases());
    findings.extend(checks.short_chains());
    findings.extend(checks.excluded_issuers());
    for rule in consumer.rules {
        findings.extend(match rule {
            Rule::NoTrustedLeaf => checks.trusted_leaves(),
            Rule::AllIssuers => checks.missing_issuers(),
            Rule::OnePassword => checks.own_passwords(),
            Rule::CaBasicConstraints => checks.unmarked_authorities(),
            Rule::AutoLogin => checks.auto_login().into_iter().collect(),
            Rule::OracleLayout => checks.layout().into_iter().collect(),
            Rule::OneKey => checks.several_keys().into_iter().collect(),
        });
    }
    findings
}

/// The findings for everybody together with those of the consumer. What breaks a rule of the
/// consumer is an error for it, and is said once. Who trusts by
/// another file does without the root.
#[must_use]
pub fn merge(
    consumer: &Consumer,
    subject: &Subject<'_>,
    general: Vec<Finding>,
    particular: Vec<Finding>,
) -> Vec<Finding> {
    let said: HashSet<_> = general.iter().map(subject_of).collect();
    let reads_text =
        subject.origin.format() == Format::Pem && consumer.reads.contains(&Format::Pem);
    let mut findings = general;
    for finding in &mut findings {
        if consumer.rules.iter().any(|rule| rule.code() == finding.code) {
            finding.severity = Severity::Error;
        }
        // Of the file, not of one entry: the program takes its first certificate for that of the key.
        if finding.code == Code::CHAIN_DISORDERED && finding.entry.is_none() && reads_text {
            finding.severity = Severity::Error;
        }
        // Java trusts the certificate of a peer itself, whoever issued it.
        if finding.code == Code::LEAF_AS_TRUSTED && consumer.is_java() {
            finding.severity = Severity::Note;
            finding.message =
                format!("{}, which {} takes as it is", finding.message, consumer.name);
            finding.repair = None;
        }
    }
    if !consumer.one_wallet {
        spare_root(&mut findings, subject.wallet, subject.path);
    }
    findings.extend(particular.into_iter().filter(|one| !said.contains(&subject_of(one))));
    findings
}

/// What is missing above a CA that is kept with a key may well be the root, which a server does not send
/// (RFC 8446 section 4.4.2) and its peers have: whoever has it can tell.
pub fn spare_root(findings: &mut [Finding], wallet: &Wallet, path: &str) {
    let authorities: HashSet<String> = wallet
        .certificates()
        .filter(|(_, certificate)| certificate.is_ca())
        .map(|(_, certificate)| certificate.fingerprint().to_string())
        .collect();
    let is_gap = |finding: &&mut Finding| {
        finding.code == Code::CHAIN_ISSUER_MISSING
            && finding.severity == Severity::Error
            && finding.certificate.as_ref().is_some_and(|one| authorities.contains(one))
    };
    for finding in findings.iter_mut().filter(is_gap) {
        finding.severity = Severity::Note;
        finding.message += ", which is right if that is the root: servers do not send it";
        finding.repair = Some(format!("mwallet verify {} --ca ROOT.pem", quoted_path(path)));
    }
}

/// What a finding is about, so that it is not said twice.
fn subject_of(finding: &Finding) -> (Code, Option<String>) {
    let about = finding.certificate.clone().or_else(|| finding.entry.clone());
    (finding.code, about)
}

struct Checks<'a> {
    consumer: &'a Consumer,
    subject: &'a Subject<'a>,
    aliases: ShownAliases,
    candidates: Candidates,
}

impl Checks<'_> {
    fn alias(&self, id: EntryId) -> &str {
        self.aliases.get(&id).map_or("", |shown| shown.text.as_str())
    }

    /// A command with flags or a file behind the wallet.
    fn command(&self, verb: &str, argument: &str) -> String {
        format!("mwallet {verb} {} {argument}", quoted_path(self.subject.path))
    }

    /// A command for one entry.
    fn on_entry(&self, verb: &str, alias: &str) -> String {
        with_name(&format!("mwallet {verb} {}", quoted_path(self.subject.path)), alias)
    }

    /// Entries of a PKCS#12 file that hide each other; of Java's own stores the reader tells it.
    fn folded_aliases(&self) -> Vec<Finding> {
        let Checks { consumer, subject, .. } = self;
        if !consumer.is_java() || subject.origin.format() != Format::Pkcs12 {
            return Vec::new();
        }
        let finding = |names: &Vec<String>| {
            let message = format!(
                "{} are one alias to {}, which folds the case and sees one entry of them",
                names.join(", "),
                consumer.name
            );
            Finding::new(Code::ALIAS_DUPLICATE, Severity::Error, message)
                .entry(&names[0])
                .evidence("aliases", names.clone())
                .repair(format!("{} NEW", self.on_entry("rename", &names[0])))
        };
        codec::clashes(subject.wallet).iter().map(finding).collect()
    }

    /// Of its own stores Java sends what stands with the key, and nothing that lies beside it.
    fn short_chains(&self) -> Vec<Finding> {
        let Self { consumer, subject, candidates, .. } = self;
        let format = subject.origin.format();
        if !consumer.reads.contains(&format) || !format.is_java() {
            return Vec::new();
        }
        let mut findings = Vec::new();
        for entry in subject.wallet.entries() {
            let EntryKind::PrivateKey(key) = &entry.kind else { continue };
            let Some(leaf) = entry.certificate() else { continue };
            let sent = key.chain.iter().map(|link| &link.certificate);
            let missing = chain::unsent_intermediate(leaf, sent, candidates);
            let Some(missing) = missing else { continue };
            let alias = self.alias(entry.id());
            let message = format!(
                "{} lies in the store, but not in the chain of {alias}; {} sends nothing else",
                rules::title(&missing),
                consumer.name
            );
            findings.push(
                Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Error, message)
                    .certificate(leaf)
                    .entry(alias)
                    .evidence("issuer", missing.subject().to_string())
                    .repair(self.command("check", "--fix")),
            );
        }
        findings
    }

    /// What Oracle's trust flags keep from vouching for servers.
    fn excluded_issuers(&self) -> Vec<Finding> {
        let Self { consumer, subject, .. } = self;
        if !consumer.reads.contains(&Format::Sso) {
            return Vec::new();
        }
        let finding = |(entry, trusted): (&Entry, &TrustedEntry)| {
            let alias = self.alias(entry.id());
            // What it is trusted for stays; NULL stands alone.
            let kept = trusted.flags.0 & TrustFlags::CLIENT_AUTH.0;
            let wanted = TrustFlags(TrustFlags::SERVER_AUTH.0 | kept);
            let message = format!(
                "{} has the trust flags {}: {} trusts no server for it",
                rules::title(&trusted.certificate),
                trusted.flags,
                consumer.name
            );
            Finding::new(Code::ANCHOR_NOT_TRUSTED, Severity::Warning, message)
                .certificate(&trusted.certificate)
                .entry(alias)
                .evidence("trust_flags", trusted.flags.names())
                .repair(format!(
                    "{} --trust-flags {}",
                    self.command("add-trusted", &flag_with("--alias", alias)),
                    wanted.names().join(",")
                ))
        };
        // No flag makes an issuer of an end entity, which should not be there at all.
        property::excluded(subject.wallet, TrustFlags::SERVER_AUTH)
            .filter(|(_, trusted)| !rules::is_end_entity(&trusted.certificate))
            .map(finding)
            .collect()
    }

    fn trusted_leaves(&self) -> Vec<Finding> {
        let trusted = self.subject.wallet.trusted();
        trusted
            .filter(|(_, certificate)| rules::is_end_entity(certificate))
            .map(|(entry, certificate)| {
                let alias = self.alias(entry.id());
                let message = format!(
                    "{} is trusted and is not a CA; {} fails on it",
                    rules::title(certificate),
                    self.consumer.name
                );
                Finding::new(Code::LEAF_AS_TRUSTED, Severity::Error, message)
                    .certificate(certificate)
                    .entry(alias)
                    .repair(self.on_entry("remove", alias))
            })
            .collect()
    }

    /// From every certificate upwards, also beyond a trusted intermediate, where paths end for others.
    fn missing_issuers(&self) -> Vec<Finding> {
        let mut seen = HashSet::new();
        let mut findings = Vec::new();
        if self.subject.wallet.certificates().next().is_none() {
            let message = format!(
                "there is no certificate in the wallet; {} refuses every peer (ORA-29024)",
                self.consumer.name
            );
            findings.push(
                Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Error, message)
                    .repair(self.command("add-trusted", "ROOT.pem")),
            );
        }
        for entry in self.subject.wallet.entries() {
            let Some(certificate) = entry.certificate() else { continue };
            let Some(orphan) = chain::orphan(certificate, &self.candidates) else { continue };
            if !seen.insert(orphan.fingerprint()) {
                continue;
            }
            let issuer = orphan.issuer().to_string();
            let message = format!(
                "{issuer}, the issuer of {}, is not in the wallet; {} wants every issuer",
                rules::title(&orphan),
                self.consumer.name
            );
            findings.push(
                Finding::new(Code::CHAIN_ISSUER_MISSING, Severity::Error, message)
                    .certificate(&orphan)
                    .entry(self.alias(entry.id()))
                    .evidence("issuer", issuer)
                    .repair(self.command("add-trusted", "ISSUER.pem")),
            );
        }
        findings
    }

    /// Keys that the password of the store did not open, as far as the reader tells it.
    fn own_passwords(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for entry in self.subject.wallet.entries() {
            let material = match &entry.kind {
                EntryKind::PrivateKey(key) => &key.key,
                EntryKind::Request(pending) => &pending.key,
                _ => continue,
            };
            let KeyMaterial::Locked(locked) = material else { continue };
            if locked.refusal != Some(Code::PASSWORD_WRONG) {
                continue;
            }
            let alias = self.alias(entry.id());
            let message = format!(
                "the key {alias} has another password than the store; {} cannot use it",
                self.consumer.name
            );
            findings.push(
                Finding::new(Code::KEY_PASSWORD_DIFFERS, Severity::Error, message)
                    .entry(alias)
                    .repair(format!(
                        "{} --same",
                        self.command("passwd", &flag_with("--key", alias))
                    )),
            );
        }
        findings
    }

    /// Trusted certificates and issuers of chains that do not say that they are CAs'.
    fn unmarked_authorities(&self) -> Vec<Finding> {
        let mut seen = HashSet::new();
        let mut findings = Vec::new();
        for (entry, certificate) in self.subject.wallet.certificates() {
            let is_own = entry.certificate() == Some(certificate)
                && matches!(entry.kind, EntryKind::PrivateKey(_));
            // A leaf that is trusted is another matter.
            let is_authority =
                !is_own && (certificate.is_self_issued() || !is_trusted(&entry.kind));
            if !is_authority || certificate.is_ca() || !seen.insert(certificate.fingerprint()) {
                continue;
            }
            let message = format!(
                "{} has no basicConstraints that make it a CA; {} refuses it",
                rules::title(certificate),
                self.consumer.name
            );
            findings.push(
                Finding::new(Code::CA_BASIC_CONSTRAINTS_MISSING, Severity::Error, message)
                    .certificate(certificate)
                    .entry(self.alias(entry.id())),
            );
        }
        findings
    }
}

fn is_trusted(kind: &EntryKind) -> bool {
    matches!(kind, EntryKind::TrustedCertificate(_))
}
