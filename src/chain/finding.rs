//! What is wrong with a chain, as data.

use crate::code::Code;
use crate::model::certificate::Certificate;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It will not work, or it is not safe.
    Error,
    /// It may not work everywhere, or not for long.
    Warning,
    /// It is worth knowing.
    Note,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The stable code.
    #[serde(serialize_with = "code_name")]
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The SHA-256 of the certificate that it is about.
    pub certificate: Option<String>,
    /// The shown alias of the entry that it is about.
    pub entry: Option<String>,
    /// The file that was judged, in a report on several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The fact, for people.
    pub message: String,
    /// The facts, for programs.
    pub evidence: Map<String, Value>,
    /// A command that mends it.
    pub repair: Option<String>,
}

impl Finding {
    /// A finding without evidence and repair.
    #[must_use]
    pub fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            certificate: None,
            entry: None,
            file: None,
            message: message.into(),
            evidence: Map::new(),
            repair: None,
        }
    }

    /// About this certificate.
    #[must_use]
    pub fn certificate(mut self, certificate: &Certificate) -> Self {
        self.certificate = Some(certificate.fingerprint().to_string());
        self
    }

    /// About this entry.
    #[must_use]
    pub fn entry(mut self, alias: &str) -> Self {
        self.entry = Some(alias.to_owned());
        self
    }

    /// With this fact.
    #[must_use]
    pub fn evidence(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// With this command that mends it.
    #[must_use]
    pub fn repair(mut self, command: impl Into<String>) -> Self {
        self.repair = Some(command.into());
        self
    }

    /// The order in which findings are shown: by severity, then the causes before what follows
    /// from them, so that the first one is the headline.
    pub(in crate::chain) fn rank(&self) -> (Severity, usize) {
        let position = RANKED.iter().position(|code| *code == self.code);
        (self.severity, position.unwrap_or(RANKED.len()))
    }
}

/// What explains a failed handshake best comes first: the wrong key, a path that does not hold, what
/// is wrong with the certificates of a path that does, and last what only some mind.
const RANKED: [Code; 36] = [
    Code::KEY_MISMATCH,
    Code::SIGNATURE_INVALID,
    Code::CERTIFICATE_INVALID,
    Code::CRL_REVOKED,
    Code::CERT_EXPIRED,
    Code::CERT_NOT_YET_VALID,
    Code::CHAIN_ISSUER_MISSING,
    Code::ANCHOR_NOT_TRUSTED,
    Code::CA_BASIC_CONSTRAINTS_MISSING,
    Code::PATH_LENGTH_EXCEEDED,
    Code::EKU_NO_CLIENT_AUTH,
    Code::EKU_NO_SERVER_AUTH,
    Code::SAN_MISSING,
    Code::HOST_MISMATCH,
    Code::NAME_CONSTRAINT_VIOLATED,
    Code::POLICY_NOT_VALID,
    Code::KEY_USAGE_MISSING,
    Code::CRITICAL_EXTENSION_UNKNOWN,
    Code::TLS_VERSION,
    Code::TLS_FAILED,
    Code::CLIENT_ISSUER_NOT_NAMED,
    Code::CLIENT_KEY_TYPE,
    Code::CLIENT_CERTIFICATE_NEEDED,
    Code::TLS_ALERT,
    Code::WEAK_SIGNATURE,
    Code::WEAK_KEY,
    Code::SIGNATURE_UNSUPPORTED,
    Code::PROFILE_VIOLATED,
    Code::CERT_EXPIRES_SOON,
    Code::LIMIT_EXCEEDED,
    Code::CRL_UNUSABLE,
    Code::CRL_STALE,
    Code::LEAF_AS_TRUSTED,
    Code::TRUSTED_EXPIRED,
    Code::CHAIN_DISORDERED,
    Code::CRL_MISSING,
];

fn code_name<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.name())
}
