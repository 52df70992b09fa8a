use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::input;
use crate::key_file;
use crate::open::{Meant, OpenFlags, Secrets, find_entry};
use crate::render::change::Change;
use crate::render::style::Style;
use crate::render::text::{date, safe, short};
use crate::render::{self};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use mwallet::chain::report::chain_links;
use mwallet::chain::rules::{is_expired, is_leaf};
use mwallet::code::Code;
use mwallet::codec::bundle::Bundle;
use mwallet::codec::{Keys, Warning};
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::EntryKind;
use mwallet::model::shown_alias::{ShownAlias, shown_aliases};
use mwallet::model::wallet::Wallet;
use mwallet::ops::OpsError;
use mwallet::ops::import::{self, ImportOptions, Imported};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Give a key its certificate
///
/// Takes what the CA sent, in whatever form: PEM, DER, PKCS#7, several files, any order, any text
/// around; - is stdin. The key is found by its public half. The chain must reach a self-signed
/// certificate in the reply or the wallet, or a trusted one; its intermediates are stored. A root
/// that comes only with the reply is not trusted unless you say so.
///
/// In an Oracle wallet the intermediates become trusted entries, because its layout keeps them so. In
/// JKS and JCEKS the whole chain goes with the key, because Java looks for it there; in a PKCS#12 file the
/// root of the reply does, which is not trusted for that, and a request that was answered goes.
///
/// A self-signed certificate only stands in for the one that a CA issues, and is replaced by it, also
/// among the trusted ones, where Oracle's wallets have it too; any other stays unless --replace is given.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet import-user app-wallet app-reply.p7b
  mwallet import-user app-wallet app.pem intermediate.pem root.pem --trust-root
  mwallet import-user app.p12 server.pem --key server.key --key-password-env KEY_PASSWORD

", exit_codes!()))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ImportUser {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Files with the certificate and its issuers
    #[arg(value_name = "CERT", required = true)]
    certificates: Vec<PathBuf>,
    /// A file with the private key, if it is not in the wallet
    #[arg(long, value_name = "K")]
    key: Option<PathBuf>,
    /// Which key, if several fit; else the new alias of the entry
    #[arg(long, value_name = "A", value_parser = NonEmptyStringValueParser::new())]
    alias: Option<String>,
    /// Replace another certificate that the key has
    #[arg(long)]
    replace: bool,
    /// Import a certificate whose issuer is missing
    #[arg(long)]
    allow_incomplete: bool,
    /// Trust the root that comes with the reply
    #[arg(long)]
    trust_root: bool,
    /// Say what would be imported, and import nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

impl ImportUser {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let reply = input::certificates(&self.certificates, context)
            .map_err(|failure| self.hinting_merge(failure))?;
        let edit = |secrets: &Secrets| secrets.edit(&self.wallet, Keys::Open, context);
        // Without a key file the key is in the wallet, and in no new one.
        let opened = if self.key.is_some() {
            self.open.fill(&self.wallet, Keys::Open, context)?
        } else {
            self.open.edit(&self.wallet, Keys::Open, context)?
        };
        let (key, mut opened) = opened.asking(
            self.key.is_some() && context.can_ask(),
            |secrets| {
                self.key.as_deref().map(|path| key_file::read(path, secrets, context)).transpose()
            },
            edit,
        )?;
        let mut options = ImportOptions {
            key,
            alias: self.alias.as_deref().map(Alias::new),
            replace: self.replace,
            allow_incomplete: self.allow_incomplete,
            trust_root: self.trust_root,
            whole_chain: opened.store.format().is_java(),
            portable: opened.store.is_portable_pkcs12(),
        };
        let import = |wallet: &mut Wallet, options: &ImportOptions| {
            import::import(wallet, &reply.certificates, options)
                .map_err(|error| self.refused(error, wallet, &reply, context))
        };
        // What somebody agreed to trust has to be what is trusted: while he is asked, others may
        // change the wallet.
        let (mut asked, mut is_trusted) = (None, false);
        while !self.dry_run
            && context.can_ask()
            && let Some(root) = import(&mut opened.store.wallet.clone(), &options)?.untrusted_root
            && asked.as_ref() != Some(&root)
        {
            (is_trusted, opened) = opened.asking(true, |_| trusts(&root, context), edit)?;
            asked = Some(root);
        }
        options.trust_root |= is_trusted;
        let before = opened.store.wallet.clone();
        let mut imported = import(&mut opened.store.wallet, &options)?;
        opened.store.keep_issuers();
        let gone = issuers_gone(&before, &opened.store.wallet, &imported);
        let mut change = Change::new(&self.wallet, self.dry_run);
        if let Some(root) = &imported.untrusted_root {
            change.warn(untrusted(root));
        }
        let now = context.now();
        if let Some(leaf) =
            imported.chain.links.first().filter(|link| is_expired(&link.certificate, now))
        {
            let message =
                format!("the certificate ended on {}", date(leaf.certificate.not_after()));
            change.warn(Warning { code: Code::CERT_EXPIRED, message });
        }
        if !imported.complete {
            let message = "the chain is not complete: see `mwallet check`".to_owned();
            change.warn(Warning { code: Code::CHAIN_ISSUER_MISSING, message });
        }
        let replaced = imported.replaced.as_ref().map(Certificate::fingerprint);
        if let Some(replaced) = replaced {
            change.fact("replaced_sha256", replaced.to_string());
        }
        change.fact("gone", fingerprints(&gone));
        opened.save(&mut change, self.dry_run, context)?;
        // Java's stores have other aliases once they are saved.
        imported.alias = shown_aliases(&opened.store.wallet)[&imported.entry].text.clone();
        imported.renamed_from = imported.renamed_from.filter(|old| *old != imported.alias);
        facts(&mut change, &imported);
        let style = Style::new(context.colors_data());
        let mut text = text(&imported, &change, style);
        text += &farewell(&imported, &gone, &change);
        if let Some(old) = predecessor(&opened.store.wallet, &imported) {
            let with_passwords = |verb: &str, words: &[&str]| {
                let command = hint::command(verb, &self.wallet);
                let command = words.iter().fold(command, |line, word| hint::with_name(&line, word));
                context.typed().with_passwords(&command)
            };
            let name = old.text.as_str();
            let _ = writeln!(
                text,
                "{} has a certificate for the same name and stays; when nobody needs it any more:\n  {}",
                hint::quoted(name),
                with_passwords("remove", &[name])
            );
            // A name that was made up of the certificate is that of the new one, too.
            if !old.derived {
                let _ = writeln!(text, "  {}", with_passwords("rename", &[&imported.alias, name]));
            }
        }
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    /// What speaks against it; who brings only CAs may have taken the wrong verb.
    fn refused(
        &self,
        error: OpsError,
        wallet: &Wallet,
        reply: &Bundle,
        context: &Context,
    ) -> Failure {
        let only_issuers = !reply.certificates.iter().any(is_leaf);
        let no_key = matches!(error, OpsError::NoMatchingKey { .. });
        if let (OpsError::NoMatchingKey { subject, .. }, Some(key)) = (&error, &self.key) {
            return self.other_key(key, subject);
        }
        let mut failure = Failure::from(error).about(&self.wallet);
        if no_key && !reply.keys.is_empty() {
            failure.message += "; a key came with the certificate, and --key takes it";
            let file = match &self.certificates[..] {
                [file] if file != "-" => file.as_path(),
                _ => Path::new("FILE"),
            };
            return failure.hinting(context.typed().adding("--key", file));
        }
        let stdin = self.certificates.iter().any(|path| path == "-");
        if !no_key || !only_issuers || stdin {
            return failure;
        }
        let files = self.certificates.iter().map(hint::quoted_path);
        let files = files.collect::<Vec<_>>().join(" ");
        // The name of a key stays the key's.
        let alias = self
            .alias
            .as_deref()
            .filter(|name| find_entry(wallet, name, Meant::Entry).is_err())
            .map_or_else(String::new, |alias| format!(" {}", hint::flag_with("--alias", alias)));
        let command = format!("{} {files}{alias}", hint::command("add-trusted", &self.wallet));
        failure.hinting(context.typed().with_passwords(&command))
    }

    /// A whole store goes into a wallet in another way.
    fn hinting_merge(&self, failure: Failure) -> Failure {
        let store = failure.details.get("path").and_then(Value::as_str).map(PathBuf::from);
        match store.filter(|_| failure.details.contains_key(input::STORE)) {
            Some(store) => failure.hinting(hint::merge(&self.wallet, &store)),
            None => failure,
        }
    }

    /// That the key that was given is another than that of the certificate.
    fn other_key(&self, key: &Path, subject: &str) -> Failure {
        let message = format!("the key does not belong to the certificate of {subject}");
        let failure = Failure::new(Code::IMPORT_NO_MATCHING_KEY, message).about(key);
        let certificates = self.certificates.iter().find(|path| *path != "-");
        match certificates {
            Some(path) => {
                let certificate = hint::quoted_path(path);
                failure.hinting(format!("{} {certificate}", hint::command("match", key)))
            }
            None => failure,
        }
    }
}

/// The facts of the JSON report.
fn facts(change: &mut Change, imported: &Imported) {
    change.fact("alias", imported.alias.as_str());
    change.fact("renamed_from", imported.renamed_from.as_deref());
    change.facts("chain", &chain_links(&imported.chain));
    change.fact("complete", imported.complete);
    change.fact("added", fingerprints(&imported.added));
    change.fact("unused", fingerprints(&imported.unused));
    change.fact("replaced", imported.replaced.is_some());
    change.fact("stand_in", imported.stand_in);
    change.fact("stand_in_untrusted", imported.stand_in_untrusted);
    change.fact("already_present", imported.already_present);
}

fn fingerprints(certificates: &[Certificate]) -> Vec<String> {
    certificates.iter().map(|one| one.fingerprint().to_string()).collect()
}

/// What stood above the certificate that was replaced and is not in the wallet any more.
fn issuers_gone(before: &Wallet, after: &Wallet, imported: &Imported) -> Vec<Certificate> {
    let Some(replaced) = &imported.replaced else { return Vec::new() };
    let gone = before.certificates_beyond(after).into_iter();
    gone.filter(|one| replaced != *one).cloned().collect()
}

/// What is not in the wallet any more.
fn farewell(imported: &Imported, gone: &[Certificate], change: &Change) -> String {
    let verb = change.tense("gone is", "would go:");
    let mut text = String::new();
    if let Some(replaced) = imported.replaced.as_ref().map(Certificate::fingerprint) {
        let what = if imported.stand_in {
            "the self-signed certificate that stood in for it,"
        } else {
            "the certificate"
        };
        let trusted = if imported.stand_in_untrusted { ", also as a trusted one" } else { "" };
        let _ = writeln!(text, "{verb} {what} sha256:{replaced}{trusted}");
    }
    for issuer in gone {
        let _ =
            writeln!(text, "{verb} the issuer {}, which issued nothing that stays", name(issuer));
    }
    text
}

/// Whom to trust is not answered in passing, by --yes.
fn trusts(root: &Certificate, context: &Context) -> Result<bool, Failure> {
    let question = format!(
        "the reply brings its own root, {}\nsha256 {}\ntrust it?",
        safe(&root.subject().to_string()),
        root.fingerprint()
    );
    Ok(context.ask(&question)?.unwrap_or(false))
}

/// The only other key with a certificate for the same name, which a new one has followed.
fn predecessor(wallet: &Wallet, imported: &Imported) -> Option<ShownAlias> {
    let has_followed = imported.replaced.is_some() && !imported.stand_in;
    if has_followed || imported.already_present {
        return None;
    }
    let subject = imported.chain.leaf().subject();
    let mut others = wallet.entries().iter().filter(|entry| {
        matches!(entry.kind, EntryKind::PrivateKey(_))
            && entry.id() != imported.entry
            && entry.certificate().is_some_and(|other| other.subject().matches(&subject))
    });
    let (old, None) = (others.next()?, others.next()) else { return None };
    shown_aliases(wallet).get(&old.id()).cloned()
}

fn untrusted(root: &Certificate) -> Warning {
    let message = format!(
        "the root {} (sha256:{}) came with the reply and is not trusted; --trust-root or add-trusted \
         changes that",
        root.subject(),
        short(root.fingerprint())
    );
    Warning { code: Code::ANCHOR_NOT_TRUSTED, message }
}

fn text(imported: &Imported, change: &Change, style: Style) -> String {
    let alias = safe(&imported.alias);
    let mut text = match (imported.already_present, imported.replaced.is_some()) {
        (true, _) => format!("{alias} has this certificate already\n"),
        (false, true) => {
            format!(
                "{} of {alias}\n",
                change.tense("replaced the certificate", "would replace the certificate")
            )
        }
        (false, false) => {
            format!(
                "{} for {alias}\n",
                change.tense("imported the certificate", "would import the certificate")
            )
        }
    };
    if let Some(old) = &imported.renamed_from {
        let verb = change.tense("renamed", "would rename");
        let _ = writeln!(text, "{verb} {} to {alias}", safe(old));
    }
    text += &render::chain::tree(&chain_links(&imported.chain), style);
    for certificate in &imported.added {
        let _ = writeln!(text, "{} {}", change.tense("added", "would add"), name(certificate));
    }
    for certificate in &imported.unused {
        let _ = writeln!(text, "left out {}, which is not of this chain", name(certificate));
    }
    text
}

fn name(certificate: &Certificate) -> String {
    let subject = certificate.subject().to_string();
    format!("{} (sha256:{})", safe(&subject), short(certificate.fingerprint()))
}
