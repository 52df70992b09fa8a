//! All that a probe found, as one report.

use crate::chain::report::{EntryChain, Report};
use crate::chain::rules::timestamp;
use crate::chain::{Candidates, Criteria, Host, HostError, Purpose, Source, Validation, Validator};
use crate::model::certificate::Certificate;
use crate::model::crl::RevocationList;
use crate::model::entry::EntryId;
use crate::model::wallet::Wallet;
use crate::probe::handshake::{Handshake, Outcome};
use crate::probe::request::Version;
use crate::probe::selection::{Client, Considered, Selection, Verdict};
use crate::probe::starttls::Protocol;
use crate::probe::target::Target;
use crate::probe::{refusal, server};
use serde::Serialize;
use time::OffsetDateTime;

/// What was asked, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Encounter<'a> {
    /// The server.
    pub target: &'a Target,
    /// The name that was sent, and that the certificate is held against.
    pub name: &'a str,
    /// The dialogue before TLS.
    pub starttls: Option<Protocol>,
    /// The only version that was offered.
    pub version: Option<Version>,
    /// The moment that validity is judged at.
    pub at: OffsetDateTime,
    /// The wallet.
    pub wallet: Option<WalletSide<'a>>,
    /// What the asker trusts, whatever wallet and machine do.
    pub ca: Option<&'a [Certificate]>,
    /// The revocation lists that are known.
    pub crls: &'a [RevocationList],
    /// The certificates that the machine trusts.
    pub system: &'a [Certificate],
    /// The handshake without a certificate of the client.
    pub first: &'a Handshake,
    /// What each client would send, where the server asks for a certificate.
    pub selection: Option<&'a Selection>,
    /// The entry that was sent in a second handshake, and what came of it.
    pub second: Option<(EntryId, &'a Handshake)>,
}

/// The wallet that a server is held against.
#[derive(Clone, Copy, Debug)]
pub struct WalletSide<'a> {
    /// What is in it.
    pub wallet: &'a Wallet,
    /// Its path, for the commands that mend what is found.
    pub path: &'a str,
    /// Whether it is an Oracle wallet, whose clients want more than others: every certificate up to
    /// the root trusted, and the server's own not among them.
    pub is_oracle: bool,
}

impl<'a> Encounter<'a> {
    /// The handshake that counts: the one with a certificate, if there was one.
    pub(in crate::probe) fn last(&self) -> &'a Handshake {
        self.second.map_or(self.first, |(_, handshake)| handshake)
    }

    /// What the server presented, and the anchors.
    pub(in crate::probe) fn candidates<'c>(
        &self,
        source: Source,
        anchors: impl Iterator<Item = &'c Certificate>,
    ) -> Candidates {
        let mut candidates = Candidates::new();
        for certificate in self.last().certificates() {
            candidates.add(certificate, Source::Presented);
        }
        for certificate in anchors {
            candidates.add(certificate, source);
        }
        candidates
    }

    /// What the server presented, and what the asker trusts; else what the wallet trusts; without a
    /// wallet, what the machine trusts.
    pub(in crate::probe) fn judged_candidates(&self) -> Candidates {
        match (self.ca, self.wallet) {
            (Some(ca), _) => self.candidates(Source::Trusted, ca.iter()),
            (None, Some(side)) => self.of_wallet(side),
            (None, None) => self.of_system(),
        }
    }

    fn of_wallet(&self, side: WalletSide<'_>) -> Candidates {
        self.candidates(Source::Trusted, side.wallet.trusted().map(|(_, trusted)| trusted))
    }

    fn of_system(&self) -> Candidates {
        self.candidates(Source::System, self.system.iter())
    }

    /// The host that the certificate has to be for. An address may have a scope, which belongs to
    /// this machine.
    pub(in crate::probe) fn host(&self) -> Result<Host, HostError> {
        Host::parse(self.name.split('%').next().unwrap_or(self.name))
    }

    fn validation(&self, leaf: &Certificate, candidates: &Candidates) -> Validation {
        // A name that is none is a finding of its own.
        let host = self.host().ok();
        let criteria = Criteria::new(self.at).purpose(Purpose::Server).host(host.as_ref());
        let validator = Validator::new(criteria.crls(self.crls));
        let mut validation = validator.validate(leaf, candidates);
        validation.findings.extend(validator.revocation_unchecked());
        validation
    }
}

/// A report on a server. Its first fields are those of every report on chains.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProbeReport {
    /// Verdict, headline, the chain that was found for the server's certificate, findings.
    #[serde(flatten)]
    pub report: Report,
    /// Who was asked.
    pub server: Server,
    /// The certificates as the server presented them, in its order.
    pub presented: Vec<Presented>,
    /// Whether the chain ends in a certificate that the asker trusts; where none was named, none. This
    /// and the next two say nothing of time, host and purpose, which the verdict is about.
    pub trusted_by_ca: Option<bool>,
    /// Whether the chain ends in a certificate that the wallet trusts; without a wallet, none.
    pub trusted_by_wallet: Option<bool>,
    /// Whether it ends in a certificate that the machine trusts; none where no such file was found.
    pub trusted_by_system: Option<bool>,
    /// What the server wants of the client.
    pub client_certificate: ClientCertificate,
    /// The alert with which the server refused.
    pub alert: Option<AlertReport>,
}

/// The server and what was agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// The host as typed.
    pub host: String,
    /// The address and port that answered.
    pub address: String,
    /// The name that was sent, and that the certificate is held against.
    pub name: String,
    /// The dialogue before TLS.
    pub starttls: Option<&'static str>,
    /// `1.2` or `1.3`.
    pub version: Option<&'static str>,
    /// The cipher suite by its name in the registry.
    pub suite: Option<String>,
}

/// A certificate that the server presented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Presented {
    /// The subject's name, RFC 4514; what is wrong, for one that is malformed.
    pub subject: String,
    /// The issuer's name.
    pub issuer: String,
    /// The fingerprint, hexadecimal; none for one that is malformed.
    pub sha256: Option<String>,
    /// End of the validity, RFC 3339.
    pub not_after: String,
}

/// What the server wants of the client, and what it got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClientCertificate {
    /// Whether the server asks for a certificate.
    pub requested: bool,
    /// Whether it goes on without; none where it was not seen.
    pub required: Option<bool>,
    /// The CAs that it names; none means any.
    pub authorities: Vec<String>,
    /// The signatures that it takes.
    pub schemes: Vec<String>,
    /// What each client does with each entry.
    pub entries: Vec<EntryChoice>,
    /// The shown alias of the entry that was sent.
    pub sent: Option<String>,
    /// Whether the server took it; none where it said nothing, or nothing was sent.
    pub accepted: Option<bool>,
}

/// What the clients do with one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryChoice {
    /// The shown alias.
    pub alias: String,
    /// One for each client.
    pub clients: Vec<ClientChoice>,
}

/// What one client does with one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientChoice {
    /// `java-sunx509`, `java-newsunx509` or `oracle`.
    pub client: &'static str,
    /// Whether it sends it.
    pub sent: bool,
    /// The code of the reason why not; none where it sends another that comes first.
    pub code: Option<&'static str>,
    /// The reason why not.
    pub reason: Option<String>,
}

/// An alert in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertReport {
    /// The name in the registry.
    pub name: String,
    /// The number in the registry.
    pub number: u8,
    /// What the server says with it.
    pub meaning: &'static str,
    /// What is behind it most often.
    pub cause: &'static str,
}

/// Puts findings and facts together. Pure and total.
#[must_use]
pub fn report(encounter: &Encounter<'_>) -> ProbeReport {
    let last = encounter.last();
    let leaf = last.leaf();
    let candidates = encounter.judged_candidates();
    let validation = leaf.map(|leaf| encounter.validation(leaf, &candidates));
    let mut findings = server::findings(encounter, &candidates, validation.as_ref());
    findings.extend(refusal::findings(encounter));
    let shown = encounter.target.to_string();
    let chain = validation
        .as_ref()
        .map(|validation| EntryChain::new(&shown, &validation.path, encounter.at));
    let trusted = validation.as_ref().map(|validation| validation.path.is_trusted());
    let trusted_among = |candidates: Candidates| {
        leaf.map(|leaf| candidates.path(leaf, Some(encounter.at)).is_trusted())
    };
    let trusted_by_wallet = match encounter.wallet {
        Some(side) if encounter.ca.is_some() => trusted_among(encounter.of_wallet(side)),
        wallet => trusted.filter(|_| wallet.is_some()),
    };
    let trusted_by_system = match (encounter.ca, encounter.wallet) {
        _ if encounter.system.is_empty() => None,
        (None, None) => trusted,
        _ => trusted_among(encounter.of_system()),
    };
    ProbeReport {
        report: Report::new(chain.into_iter().collect(), findings),
        server: Server {
            host: encounter.target.host.clone(),
            address: last.address.to_string(),
            name: encounter.name.to_owned(),
            starttls: encounter.starttls.map(Protocol::name),
            version: last.version.map(Version::number),
            suite: last.suite.clone(),
        },
        presented: last.presented.iter().map(presented).collect(),
        trusted_by_ca: trusted.filter(|_| encounter.ca.is_some()),
        trusted_by_wallet,
        trusted_by_system,
        client_certificate: client_certificate(encounter),
        alert: match &last.outcome {
            Outcome::Refused(alert) => Some(AlertReport {
                name: alert.to_string(),
                number: alert.0,
                meaning: alert.meaning(),
                cause: alert.cause(),
            }),
            _ => None,
        },
    }
}

fn presented(
    certificate: &Result<Certificate, crate::model::certificate::CertificateError>,
) -> Presented {
    match certificate {
        Ok(certificate) => Presented {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            sha256: Some(certificate.fingerprint().to_string()),
            not_after: timestamp(certificate.not_after()),
        },
        Err(error) => Presented {
            subject: error.to_string(),
            issuer: String::new(),
            sha256: None,
            not_after: String::new(),
        },
    }
}

fn client_certificate(encounter: &Encounter<'_>) -> ClientCertificate {
    let Some(request) = &encounter.first.request else { return ClientCertificate::default() };
    let sent = encounter.second.and_then(|(id, _)| {
        let considered = encounter.selection?.entries.iter().find(|one| one.entry == id)?;
        Some(considered.alias.clone())
    });
    ClientCertificate {
        requested: true,
        required: went_on(&encounter.first.outcome).map(|went_on| !went_on),
        authorities: request.authorities.iter().map(ToString::to_string).collect(),
        schemes: request.schemes.iter().map(ToString::to_string).collect(),
        entries: encounter
            .selection
            .map_or_else(Vec::new, |selection| selection.entries.iter().map(choice).collect()),
        sent,
        accepted: encounter.second.and_then(|(_, handshake)| went_on(&handshake.outcome)),
    }
}

/// Whether the server went on after the handshake; none where it said nothing.
pub(in crate::probe) fn went_on(outcome: &Outcome) -> Option<bool> {
    match outcome {
        Outcome::Accepted => Some(true),
        Outcome::Silent | Outcome::Broken(_) => None,
        Outcome::Refused(_)
        | Outcome::RefusedByHttp(_)
        | Outcome::Closed(_)
        | Outcome::NoVersion(_) => Some(false),
    }
}

fn choice(considered: &Considered) -> EntryChoice {
    let clients = Client::ALL.map(|client| {
        let (sent, code, reason) = match considered.verdict(client) {
            Verdict::Sent => (true, None, None),
            Verdict::Another(alias) => (false, None, Some(format!("{alias} comes first"))),
            Verdict::Not(reason) => (false, Some(reason.code().name()), Some(reason.to_string())),
        };
        ClientChoice { client: client.name(), sent, code, reason }
    });
    EntryChoice { alias: considered.alias.clone(), clients: clients.into() }
}
