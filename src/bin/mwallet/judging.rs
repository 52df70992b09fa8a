//! What the verbs that judge certificates have in common: for what, when, with which lists.

use crate::context::Context;
use crate::failure::Failure;
use crate::hint;
use crate::input;
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::chain::{self, Criteria, Finding, Host, Severity};
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::model::crl::RevocationList;
use mwallet::model::format::Format;
use mwallet::store::Store;
use mwallet::store::dir::{AutoLogin, Location};
use serde_json::Value;
use std::path::PathBuf;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Repairs that leave the wallet as it is, but for `check --fix`.
const READING: [&str; 4] =
    ["mwallet convert ", "mwallet probe ", "mwallet check ", "mwallet verify "];

/// What is said of an anchor that is no anchor for the purpose.
pub(crate) const BY_FLAGS: &str = ": its trust flags are against it";

/// The flags of `check` and `verify`.
#[derive(Args, Debug)]
pub(crate) struct JudgeFlags {
    /// Judge for this moment instead of now: 2027-01-01, 2027-01-01T12:00:00.5+02:00
    #[arg(long, value_name = "TIME", value_parser = value::time)]
    at: Option<OffsetDateTime>,
    /// What the certificates are to be used for [default: any]
    #[arg(long, value_enum, value_name = "PURPOSE")]
    purpose: Option<Purpose>,
    /// The host that the certificates have to name: a domain name or an address
    #[arg(long, value_name = "H", value_parser = host)]
    host: Option<Host>,
    /// A file of revocation lists, PEM or DER; may be given more than once
    #[arg(long, value_name = "F")]
    crl: Vec<PathBuf>,
    /// Hold certificates to the profile of RFC 5280 section 4 as well, the anchors too
    #[arg(long)]
    strict: bool,
}

/// A use of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// To identify a TLS client
    Client,
    /// To identify a TLS server
    Server,
    /// Anything
    Any,
}

/// What is asked of the certificates.
pub(crate) struct Question {
    at: OffsetDateTime,
    purpose: chain::Purpose,
    host: Option<Host>,
    strict: bool,
    pub(crate) crls: Vec<RevocationList>,
}

impl JudgeFlags {
    /// The question, with the lists read.
    pub(crate) fn question(&self, context: &Context) -> Result<Question, Failure> {
        let crls = revocation_lists(&self.crl, context)?;
        Ok(Question {
            at: self.at.unwrap_or_else(|| context.now()),
            purpose: match self.purpose {
                None | Some(Purpose::Any) => chain::Purpose::Any,
                Some(Purpose::Client) => chain::Purpose::Client,
                Some(Purpose::Server) => chain::Purpose::Server,
            },
            host: self.host.clone(),
            strict: self.strict,
            crls,
        })
    }
}

/// The lists of these files, in their order; each must hold one.
pub(crate) fn revocation_lists(
    paths: &[PathBuf],
    context: &Context,
) -> Result<Vec<RevocationList>, Failure> {
    let mut lists = Vec::new();
    for path in paths {
        let found = input::bundle(path, context)?.revocation_lists;
        if found.is_empty() {
            return Err(Failure::nothing_in(path, "revocation list"));
        }
        lists.extend(found);
    }
    Ok(lists)
}

impl Question {
    pub(crate) fn criteria(&self) -> Criteria<'_> {
        Criteria::new(self.at)
            .purpose(self.purpose)
            .host(self.host.as_ref())
            .strict(self.strict)
            .crls(&self.crls)
    }

    /// Whether the certificates are to identify a server.
    pub(crate) fn is_of_server(&self) -> bool {
        self.purpose == chain::Purpose::Server
    }

    pub(crate) fn at(&self) -> OffsetDateTime {
        self.at
    }
}

/// Whether a newer list of the issuer is what is missing.
pub(crate) fn wants_list(finding: &Finding) -> bool {
    let time = |name: &str| {
        let text = finding.evidence.get(name).and_then(Value::as_str)?;
        OffsetDateTime::parse(text, &Rfc3339).ok() // the library's own evidence
    };
    match finding.code {
        Code::CRL_MISSING => finding.severity < Severity::Note,
        // One that was made after the moment is not too old.
        Code::CRL_STALE => time("this_update") <= time("at"),
        _ => false,
    }
}

/// Repairs that can be pasted: those that can be made on this store, with the passwords of the
/// command behind them.
pub(crate) fn finish_repairs(findings: &mut [Finding], store: Option<&Store>, context: &Context) {
    for finding in findings {
        let repair = finding.repair.take().and_then(|repair| match store {
            // Nobody can name again what came through a pipe.
            Some(store) if input::is_stream(store.path()) => None,
            Some(store) => feasible(repair, store),
            None => Some(repair),
        });
        finding.repair = repair.map(|repair| context.typed().with_passwords(&repair));
    }
}

/// A repair that can be made: files of certificates and keys are not edited, but text is joined.
fn feasible(repair: String, store: &Store) -> Option<String> {
    // What other programs do does not depend on the format.
    if !repair.starts_with("mwallet ") {
        return Some(repair);
    }
    let reads = READING.iter().any(|verb| repair.starts_with(verb)) && !repair.contains(" --fix");
    if store.format().is_store() || reads {
        return Some(repair);
    }
    let is_file = matches!(store.location(), Location::File(_));
    let adds = repair.starts_with("mwallet add-trusted ") || repair.ends_with(" --fix --from FILE");
    (adds && is_file && store.format() == Format::Pem)
        .then(|| format!("cat ISSUER.pem >> {}", hint::quoted_path(store.path())))
}

/// What is wrong with the files of the wallet. Clients that open it without a password see what its
/// auto-login file holds, so one that is damaged or out of step is an error.
pub(crate) fn of_files(store: &Store) -> impl Iterator<Item = Finding> {
    store.warnings.iter().filter_map(|warning| {
        let mut finding = of_file(warning)?;
        finding.repair = hint::for_warning(warning, store.location());
        Some(match warning.code {
            Code::AUTO_LOGIN_OUT_OF_STEP => {
                let is_local = store.auto_login() == AutoLogin::Local;
                let verb = if is_local { "autologin local" } else { "autologin on" };
                finding.repair(hint::command(verb, store.path()))
            }
            // A copy has each key in front, with its certificate first.
            Code::CHAIN_DISORDERED => {
                finding.repair(format!("{} NEW.pem", hint::command("convert", store.path())))
            }
            _ => finding,
        })
    })
}

/// What a warning on a file is as a finding, if it is one.
pub(crate) fn of_file(warning: &Warning) -> Option<Finding> {
    let severity = match warning.code {
        Code::AUTO_LOGIN_OUT_OF_STEP
        | Code::SSO_DAMAGED
        | Code::SSO_TRUNCATED
        | Code::KEY_MISMATCH => Severity::Error,
        Code::PERMISSIONS_LOOSE
        | Code::INTEGRITY_UNKNOWN
        | Code::ALIAS_DUPLICATE
        | Code::KEPT_OPAQUE
        | Code::AUTO_LOGIN_BOUND
        | Code::AUTO_LOGIN_VERSION
        | Code::CHAIN_DISORDERED => Severity::Warning,
        _ => return None,
    };
    Some(Finding::new(warning.code, severity, warning.message.as_str()))
}

fn host(text: &str) -> Result<Host, String> {
    Host::parse(text).map_err(|error| error.to_string())
}
