//! The CA certificates that a server presents, once somebody has said that they are the right ones.

use crate::context::Context;
use crate::failure::Failure;
use crate::hint;
use crate::render::text::{safe, validity_end};
use crate::server::{self, ServerFlags};
use mwallet::chain::rules::{is_leaf, may_issue};
use mwallet::chain::{Candidates, End, Link, Signature, Source};
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::codec::bundle::Bundle;
use mwallet::model::certificate::Certificate;
use mwallet::probe::{self, Handshake, Outcome, Target};
use std::fmt::Write as _;
use std::path::Path;

/// What the user says about the server.
pub(super) struct Asked<'a> {
    /// The wallet that is to trust it.
    pub(super) wallet: &'a Path,
    pub(super) target: &'a Target,
    pub(super) server: &'a ServerFlags,
    /// The SHA-256 of the topmost certificate to be trusted, in lower-case digits.
    pub(super) pin: Option<&'a str>,
    pub(super) allow_leaf: bool,
    pub(super) dry_run: bool,
}

/// Asks the server, shows what it presents, and gives what is to be trusted, the topmost last.
pub(super) fn certificates(asked: &Asked<'_>, context: &Context) -> Result<Bundle, Failure> {
    let handshake = probe::handshake(asked.target, &asked.server.options(None), None)
        .map_err(|error| server::failed(error, asked.target))?;
    let Some(leaf) = handshake.leaf() else {
        return Err(nothing(asked, &handshake));
    };
    let mut candidates = Candidates::new();
    for certificate in handshake.certificates() {
        candidates.add(certificate, Source::Presented);
    }
    let path = candidates.path(leaf, Some(context.now()));
    let mut bundle = Bundle::default();
    if let (End::Incomplete(missing), [_, .., last]) = (&path.end, &path.links[..]) {
        let message = format!(
            "the server does not present the root, {}; {} is trusted in its place",
            missing.issuer,
            last.certificate.subject()
        );
        bundle.warnings.push(Warning { code: Code::CHAIN_ISSUER_MISSING, message });
    }
    bundle.certificates = match &path.links[..] {
        [only] => vec![the_leaf(asked, &only.certificate, &path.end, context)?],
        [_, authorities @ ..] => vouched(pinned(asked, authorities)?),
        [] => Vec::new(),
    };
    let Some(top) = bundle.certificates.last() else {
        let message = format!("{} presents no certificate of a CA", asked.target);
        return Err(Failure::new(Code::BUNDLE_EMPTY, message));
    };
    context.warn(&bundle.warnings);
    if asked.pin.is_none() && !asked.dry_run {
        confirm(asked, &bundle.certificates, top, context)?;
    }
    Ok(bundle)
}

/// Why there is no certificate to begin with.
fn nothing(asked: &Asked<'_>, handshake: &Handshake) -> Failure {
    let (code, why) = match (handshake.presented.first(), &handshake.outcome) {
        (Some(Err(error)), _) => (Code::CERTIFICATE_INVALID, format!(": {error}")),
        (_, Outcome::Refused(alert)) => {
            (Code::TLS_FAILED, format!(": it refused with {alert}, {}", alert.meaning()))
        }
        (_, Outcome::NoVersion(found)) => (Code::TLS_FAILED, format!(": it has {found}")),
        _ => (Code::BUNDLE_EMPTY, String::new()),
    };
    Failure::new(code, format!("{} presents no certificate that can be read{why}", asked.target))
}

/// A server's own certificate is trusted only when it is nobody else's, and when it was asked for.
fn the_leaf(
    asked: &Asked<'_>,
    leaf: &Certificate,
    end: &End,
    context: &Context,
) -> Result<Certificate, Failure> {
    if let End::Incomplete(missing) = end {
        let message = format!("{} presents no CA: {missing}", asked.target);
        let issuer = format!("{} ISSUER.pem", hint::command("add-trusted", asked.wallet));
        let failure = Failure::new(Code::CHAIN_ISSUER_MISSING, message).final_word();
        return Err(failure.hinting(context.typed().with_passwords(&issuer)));
    }
    if !asked.allow_leaf {
        let message = format!(
            "{} presents only its own certificate, which is self-signed: {}",
            asked.target,
            leaf.subject()
        );
        return Err(Failure::new(Code::LEAF_AS_TRUSTED, message));
    }
    if asked.pin.is_some_and(|pin| leaf.fingerprint().to_string() != pin) {
        return Err(mismatch(asked, leaf));
    }
    Ok(leaf.clone())
}

/// The CAs up to the one that the pin names; all of them without a pin.
fn pinned<'l>(asked: &Asked<'_>, authorities: &'l [Link]) -> Result<&'l [Link], Failure> {
    let Some(pin) = asked.pin else { return Ok(authorities) };
    let fits = |link: &Link| link.certificate.fingerprint().to_string() == pin;
    if let Some(position) = authorities.iter().position(fits) {
        return Ok(&authorities[..=position]);
    }
    let top = &authorities[authorities.len() - 1];
    Err(mismatch(asked, &top.certificate))
}

/// The topmost CA, and what it has signed below it, as far as the signatures verify: whoever trusts
/// the first trusts the others already.
fn vouched(authorities: &[Link]) -> Vec<Certificate> {
    let mut certificates = Vec::new();
    for (position, link) in authorities.iter().enumerate().rev() {
        let is_top = position + 1 == authorities.len();
        let certificate = &link.certificate;
        let is_authority = may_issue(certificate) && !is_leaf(certificate);
        if !is_authority || !is_top && link.signature != Signature::Valid {
            break;
        }
        certificates.push(certificate.clone());
    }
    certificates.reverse();
    certificates
}

fn mismatch(asked: &Asked<'_>, top: &Certificate) -> Failure {
    let found = format!("sha256:{}", top.fingerprint());
    let message = format!(
        "no CA that {} presents has the fingerprint of --pin; the topmost is {} ({found})",
        asked.target,
        top.subject()
    );
    Failure::new(Code::PIN_MISMATCH, message).with("found", found)
}

/// Shows what was found, and asks. `--yes` is no answer: it says nothing about whom to trust.
fn confirm(
    asked: &Asked<'_>,
    certificates: &[Certificate],
    top: &Certificate,
    context: &Context,
) -> Result<(), Failure> {
    let pin = format!("sha256:{}", top.fingerprint());
    let mut shown = String::new();
    for certificate in certificates.iter().rev() {
        let _ = write!(
            shown,
            "\n  {}\n    sha256:{}\n    until {}",
            safe(&certificate.subject().to_string()),
            certificate.fingerprint(),
            validity_end(certificate.not_after(), context.now())
        );
    }
    if context.can_ask() {
        context.stderr(&format!("{} presents:{shown}", asked.target));
        let question = "compare the first fingerprint with what its CA publishes; trust them";
        if context.ask(question)? == Some(true) {
            return Ok(());
        }
        let failure = Failure::new(Code::CONFIRMATION_REQUIRED, "not confirmed").final_word();
        return Err(failure.hinting(context.command_line(&["--pin", &pin])));
    }
    let subjects: Vec<String> =
        certificates.iter().map(|certificate| certificate.subject().to_string()).collect();
    let why = if context.yes {
        format!("--yes does not say that what {} presents is right", asked.target)
    } else {
        format!("nobody can be asked whether what {} presents is right", asked.target)
    };
    let message = format!(
        "{why}: compare the first fingerprint with what its CA publishes, and give it with --pin:{shown}"
    );
    Err(Failure::new(Code::CONFIRMATION_REQUIRED, message)
        .final_word()
        .with("pin", pin.clone())
        .with("certificates", subjects)
        .hinting(context.command_line(&["--pin", &pin])))
}
