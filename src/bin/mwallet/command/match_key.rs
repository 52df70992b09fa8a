use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::material::{self, Loose, Material};
use crate::open::{Meant, OpenFlags, Secrets, find_entry};
use crate::password;
use crate::password::SourcePassword;
use crate::render;
use crate::render::matching::{Judged, KeyReport, MatchReport, Role};
use crate::render::style::Style;
use crate::render::text::listed;
use clap::Args;
use mwallet::code::{Class, Code};
use mwallet::codec::Keys;
use mwallet::crypto::keygen;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::key::{KeyMaterial, PublicKey};
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::OpsError;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Say whether a key belongs to certificates
///
/// Compares public keys, as `openssl pkey -pubout` and `openssl x509 -pubkey` show them; RSA, elliptic
/// curves and the rest alike. Ends with status 3 unless the key belongs to each of the certificates.
///
/// KEY is a private key in any form, encrypted or not, else a request, a public key, or a wallet, with
/// --alias where it holds several keys. CERT is a file with certificates or requests, or a wallet, of
/// which the certificates of keys count. Issuers that come behind a certificate in the same file are
/// shown and not compared.
///
/// --password-* opens KEY, --src-password-* a wallet that is CERT. The key id is the SHA-256 of the
/// `SubjectPublicKeyInfo`.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet match app.key app.pem
  mwallet match app.key app.csr fullchain.pem --password-file key-password.txt
  mwallet match app-wallet app.pem --alias app --password-env PW
  mwallet match app.key app.p12 --src-password-env P12_PASSWORD --json

JSON:
  {\"schema\":1, \"verdict\":\"match|mismatch\", \"key\":{path, alias, kind, public_key, key_id},
   \"certificates\":[{path, alias, kind, subject, sha256, public_key, key_id, role, matches}]}
  role: subject or issuer; matches: null for issuers

", exit_codes!()))]
pub(crate) struct Match {
    /// The key; - is stdin
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// What it may belong to
    #[arg(value_name = "CERT", required = true)]
    certificates: Vec<PathBuf>,
    /// Which key of a wallet
    #[arg(long, value_name = "A")]
    alias: Option<String>,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    source: SourcePassword,
}

impl Match {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let secrets = self.open.secrets(context)?;
        let (key, public) = self.key(&secrets, context)?;
        let given = self.source.given();
        let secrets = if given.is_given() { secrets.for_second(given, context)? } else { secrets };
        let mut judged = Vec::new();
        for path in &self.certificates {
            judged.extend(candidates(path, &public, &secrets, context)?);
        }
        let report = MatchReport::new(key, judged);
        if context.json {
            context.data(&render::json(&report, context))?;
        } else {
            context.report(&report.text(Style::new(context.colors_data())))?;
        }
        Ok(if report.all_match() { Status::Done } else { Status::Findings })
    }

    fn key(&self, secrets: &Secrets, context: &Context) -> Result<(KeyReport, PublicKey), Failure> {
        let about = |failure: Failure| failure.about(&self.key);
        match material::read(&self.key, secrets, Keys::Open, context)? {
            Material::Wallet(store) => self.key_of_wallet(&store.wallet).map_err(about),
            Material::Loose(_) if self.alias.is_some() => {
                let message = "--alias names a key of a wallet, and this is none";
                Err(about(Failure::new(Code::USAGE, message)))
            }
            Material::Loose(loose) => {
                let loose = self.opened(*loose, secrets, context)?;
                let (kind, public) = key_of(&loose).map_err(|failure| {
                    let empty = failure.code == Code::BUNDLE_EMPTY;
                    let failure = about(failure);
                    if empty { failure.hinting(hint::inspect(&self.key)) } else { failure }
                })?;
                Ok((KeyReport::new(&self.key, None, kind, &public), public))
            }
        }
    }

    /// Asks for the password of a key that stayed locked, where somebody can be asked.
    fn opened(&self, loose: Loose, secrets: &Secrets, context: &Context) -> Result<Loose, Failure> {
        let is_locked = matches!(loose.bundle.keys[..], [KeyMaterial::Locked(_)]);
        if is_locked && secrets.are_none() && context.can_ask() {
            let of = format!("password of {}", self.key.display());
            return loose.opened_with(&context.ask_password(&of)?, secrets, &self.key);
        }
        Ok(loose)
    }

    fn key_of_wallet(&self, wallet: &Wallet) -> Result<(KeyReport, PublicKey), Failure> {
        let aliases = shown_aliases(wallet);
        let keys: Vec<&Entry> =
            wallet.entries().iter().filter(|entry| entry.key().is_some()).collect();
        let entry = match (self.alias.as_deref(), &keys[..]) {
            (Some(name), _) => wallet.entry(find_entry(wallet, name, Meant::Key)?),
            (None, [entry]) => Some(*entry),
            (None, []) => None,
            (None, keys) => {
                let names: Vec<&str> =
                    keys.iter().map(|entry| aliases[&entry.id()].text.as_str()).collect();
                let message = format!(
                    "there are {} keys: say which with --alias: {}",
                    names.len(),
                    listed(&names)
                );
                return Err(Failure::new(Code::ENTRY_AMBIGUOUS, message).with("entries", names));
            }
        };
        let Some((entry, key)) = entry.and_then(|entry| Some((entry, entry.key()?))) else {
            return Err(Failure::new(Code::ENTRY_NOT_FOUND, "there is no private key in it"));
        };
        let alias = &aliases[&entry.id()].text;
        let KeyMaterial::Open(key) = key else {
            return Err(OpsError::KeyLocked { alias: alias.clone(), refusal: key.refusal() }.into());
        };
        let public = keygen::public_key(key)?;
        Ok((KeyReport::new(&self.key, Some(alias), "private-key", &public), public))
    }
}

/// The one key of a file: a private one, else that of a request, else a public one.
fn key_of(loose: &Loose) -> Result<(&'static str, PublicKey), Failure> {
    let several = |number: usize, what: &str| {
        let message = format!("there are {number} {what}s in it, and one is wanted");
        Err(Failure::new(Code::USAGE, message))
    };
    match (&loose.bundle.keys[..], &loose.bundle.requests[..], &loose.public_key) {
        ([KeyMaterial::Open(key)], ..) => Ok(("private-key", keygen::public_key(key)?)),
        ([KeyMaterial::Locked(locked)], ..) => Err(match locked.refusal {
            Some(code @ Code::PASSWORD_MISSING) => {
                let flags = password::flags("");
                Failure::new(code, format!("the key has a password: give it with {flags}"))
            }
            Some(code) if code.class() != Class::Password => Failure::stays_locked(code),
            _ => Failure::new(Code::PASSWORD_WRONG, "the password does not open the key"),
        }),
        ([], [request], _) => Ok(("request", request.public_key().clone())),
        ([], [], Some(public)) => Ok(("public-key", public.clone())),
        ([], [], None) => Err(Failure::new(
            Code::BUNDLE_EMPTY,
            "there is no key in it, private or public, and no request",
        )),
        ([], requests, _) => several(requests.len(), "request"),
        (keys, ..) => several(keys.len(), "private key"),
    }
}

/// The certificates and requests of a file, each with the verdict.
fn candidates(
    path: &Path,
    key: &PublicKey,
    secrets: &Secrets,
    context: &Context,
) -> Result<Vec<Judged>, Failure> {
    let judged = match material::read(path, secrets, Keys::Leave, context)? {
        Material::Wallet(store) => of_wallet(path, key, &store.wallet),
        Material::Loose(loose) => {
            let certificates: Vec<&Certificate> = loose.bundle.certificates.iter().collect();
            let requests = &loose.bundle.requests;
            let mut judged = of_certificates(path, key, &certificates);
            judged.extend(requests.iter().map(|one| Judged::request(path, None, one, key)));
            judged
        }
    };
    if judged.is_empty() {
        return Err(Failure::nothing_in(path, "certificate"));
    }
    Ok(judged)
}

/// The certificates of the keys and the requests; of a wallet without keys, what it trusts.
fn of_wallet(path: &Path, key: &PublicKey, wallet: &Wallet) -> Vec<Judged> {
    let aliases = shown_aliases(wallet);
    let judged: Vec<Judged> = wallet
        .entries()
        .iter()
        .filter_map(|entry| {
            let alias = Some(aliases[&entry.id()].text.as_str());
            match &entry.kind {
                EntryKind::PrivateKey(held) => {
                    Some(Judged::certificate(path, alias, held.leaf()?, key, Role::Subject))
                }
                EntryKind::Request(pending) => {
                    Some(Judged::request(path, alias, &pending.request.csr, key))
                }
                _ => None,
            }
        })
        .collect();
    if judged.is_empty() {
        let trusted: Vec<&Certificate> =
            wallet.trusted().map(|(_, certificate)| certificate).collect();
        return of_certificates(path, key, &trusted);
    }
    judged
}

/// Who issued another certificate of the file stands there for the chain, unless the key is its.
fn of_certificates(path: &Path, key: &PublicKey, certificates: &[&Certificate]) -> Vec<Judged> {
    let issuers: HashSet<&[u8]> = certificates
        .iter()
        .filter(|certificate| !certificate.is_self_issued())
        .map(|certificate| certificate.issuer_der())
        .collect();
    certificates
        .iter()
        .map(|certificate| {
            let issued = issuers.contains(certificate.subject_der());
            let role = if issued && certificate.public_key() != *key {
                Role::Issuer
            } else {
                Role::Subject
            };
            Judged::certificate(path, None, certificate, key, role)
        })
        .collect()
}
