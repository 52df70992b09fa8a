mod from_host;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::input;
use crate::open::{Meant, OpenFlags, find_entry};
use crate::render::change::Change;
use crate::render::text::{safe, short};
use crate::server::{ServerFlags, system_roots};
use crate::value;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use mwallet::code::Code;
use mwallet::codec::bundle::Bundle;
use mwallet::codec::{Keys, Warning};
use mwallet::model::alias::Alias;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::EntryKind;
use mwallet::model::shown_alias::{ShownAliases, shown_aliases};
use mwallet::model::trust::TrustFlags;
use mwallet::model::wallet::Wallet;
use mwallet::ops::OpsError;
use mwallet::ops::trust::{self, AddOptions, Added, Outcome};
use mwallet::probe::Target;
use mwallet::store::Store;
use mwallet::store::dir::Location;
use serde::Serialize;
use std::path::PathBuf;

/// Trust every certificate of these files
///
/// Takes PEM, DER and PKCS#7, with any text around; - is stdin. Certificates that are not a CA's do
/// not belong among the trusted ones of an Oracle wallet, whose client then refuses the server: those
/// that a CA issued and that are no CA's, and self-signed ones that say so in their basicConstraints.
///
/// Each certificate is for itself: what is refused is named, and the status is 6; the others are added all
/// the same. --skip-leaf leaves out what is not a CA's, with status 0: for bundles with a server's own
/// certificate. Where nothing else is in them a warning says so.
///
/// Trust flags say what an Oracle wallet trusts a certificate for: `SERVER_AUTH`, `CLIENT_AUTH` or
/// both, `VALID_PEER`, or `NULL` for nothing, in letters of any case. The first one puts the flags of
/// the whole wallet in force; what has none then becomes a `VALID_PEER`, as with orapki.
///
/// --from-host asks a TLS server, shows the CAs that it presents, and adds them when their topmost
/// fingerprint is confirmed, or is the one of --pin. A server can present whatever it likes: compare
/// the fingerprint with what the CA publishes. The server's own certificate is never added, unless it
/// is self-signed and --allow-leaf is given.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet add-trusted app-wallet acme-ca.pem
  mwallet add-trusted app-wallet root.crt intermediates.p7b
  mwallet add-trusted app-wallet fullchain.pem --skip-leaf
  mwallet add-trusted trust.p12 server.pem --alias partner
  mwallet add-trusted client-truststore.jks renewed.pem --alias carbon --replace
  mwallet add-trusted app-wallet acme-ca.pem --trust-flags SERVER_AUTH,CLIENT_AUTH
  mwallet add-trusted app-wallet --alias acme-ca --trust-flags SERVER_AUTH
  mwallet add-trusted app-wallet --from-host api.acme.com --pin sha256:9f86d081...
  mwallet add-trusted app.jks --system

", exit_codes!()))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct AddTrusted {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Files with certificates
    #[arg(
        value_name = "FILE",
        required_unless_present_any = ["from_host", "system"],
        required_unless_present_all = ["alias", "trust_flags"]
    )]
    files: Vec<PathBuf>,
    /// Add the roots that this machine trusts, instead of files
    #[arg(long, conflicts_with_all = ["files", "from_host"])]
    system: bool,
    /// Add the CAs that this server presents, instead of files: HOST, HOST:PORT, [IPV6]:PORT or a URL
    /// with https://
    #[arg(
        long,
        value_name = "H:P",
        value_parser = value::target,
        conflicts_with = "files",
        help_heading = "Server"
    )]
    from_host: Option<Target>,
    /// The SHA-256 fingerprint of the topmost CA that the server presents
    #[arg(
        long,
        value_name = "SHA256",
        value_parser = value::pin,
        requires = "from_host",
        help_heading = "Server"
    )]
    pin: Option<String>,
    #[command(flatten)]
    server: ServerFlags,
    /// Add a certificate that is not a CA's to an Oracle wallet, too
    #[arg(long)]
    allow_leaf: bool,
    /// Leave out what is not a CA's
    #[arg(long, conflicts_with = "allow_leaf")]
    skip_leaf: bool,
    /// The alias of the first certificate that is new; further ones get -2, -3 and so on. With
    /// --trust-flags and no files: which trusted certificate of the wallet gets the flags
    #[arg(long, value_name = "A", value_parser = NonEmptyStringValueParser::new())]
    alias: Option<String>,
    /// Let it take the place of the trusted certificate that has this alias
    #[arg(long, requires = "alias")]
    replace: bool,
    /// What to trust them for, in Oracle wallets; certificates that are there get these flags, too
    #[arg(long, value_name = "F", value_parser = value::trust_flags)]
    trust_flags: Option<TrustFlags>,
    /// Say what would be added, and add nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// What became of one certificate, as JSON.
#[derive(Serialize)]
struct Line {
    /// The alias, as shown; none for what was refused.
    alias: Option<String>,
    subject: String,
    sha256: String,
    result: &'static str,
}

impl AddTrusted {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let found = match &self.from_host {
            Some(target) => {
                let asked = from_host::Asked {
                    wallet: &self.wallet,
                    target,
                    server: &self.server,
                    pin: self.pin.as_deref(),
                    allow_leaf: self.allow_leaf,
                    dry_run: self.dry_run,
                };
                from_host::certificates(&asked, context)?
            }
            None if self.system => machine(context)?,
            None if self.is_about_flags_alone() => Bundle::default(),
            None => input::certificates(&self.files, context)?,
        };
        let mut opened = self.open.fill(&self.wallet, Keys::Leave, context)?;
        let certificates = match &self.alias {
            Some(name) if self.is_about_flags_alone() => vec![self.present(&opened.store, name)?],
            _ => found.certificates,
        };
        let options = AddOptions {
            allow_leaf: self.allow_leaf,
            skip_leaves: self.skip_leaf,
            refuse_leaves: matches!(opened.store.location(), Location::Directory(_)),
            alias: self.alias.as_deref().filter(|_| !self.is_about_flags_alone()).map(Alias::new),
            replace: self.replace,
            flags: self.trust_flags,
            portable: opened.store.is_portable_pkcs12(),
        };
        let newly_in_force = self.put_flags_in_force(&mut opened.store)?;
        let outcomes = trust::add(&mut opened.store.wallet, &certificates, &options)
            .map_err(|error| self.refused(error, &opened.store.wallet, &certificates, context))?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        if let Some(flags) = self.trust_flags {
            change.facts("trust_flags", &flags.names());
        }
        let is_skipped = |outcome: &Outcome| outcome.result == Added::SkippedLeaf;
        if !outcomes.is_empty() && outcomes.iter().all(is_skipped) {
            let message = "nothing was added: none of the certificates is a CA's".to_owned();
            change.warn(Warning { code: Code::BUNDLE_EMPTY, message });
        }
        for outcome in &outcomes {
            if let Added::AddedLeaf(_) = outcome.result {
                let message = format!("{} is not a CA, and is trusted now", name(outcome));
                change.warn(Warning { code: Code::LEAF_AS_TRUSTED, message });
            }
        }
        let is_refused =
            |outcome: &&Outcome| matches!(outcome.result, Added::RefusedLeaf | Added::RefusedFlags);
        let refused: Vec<&Outcome> = outcomes.iter().filter(is_refused).collect();
        let added = outcomes.iter().any(|outcome| {
            !matches!(
                outcome.result,
                Added::Present(_) | Added::SkippedLeaf | Added::RefusedLeaf | Added::RefusedFlags
            )
        });
        // A bundle with a leaf among its CAs gives what it has; that something was left out is told
        // by the status.
        let is_saved = added || refused.is_empty();
        if is_saved {
            opened.save(&mut change, self.dry_run, context)?;
        }
        if self.trust_flags.is_some() {
            change.fact("trust_flags_enabled", newly_in_force && is_saved);
        }
        // Java's stores give every entry an alias, and have it in lower case once they are saved. Elsewhere the
        // text for people leaves out what is made up: the name of the certificate stands there.
        let wallet = &opened.store.wallet;
        let all_named = context.json || opened.store.format().is_java();
        let shown = all_named.then(|| shown_aliases(wallet));
        let lines: Vec<Line> =
            outcomes.iter().map(|outcome| line(outcome, wallet, shown.as_ref())).collect();
        change.facts("certificates", &lines);
        let mut lines: Vec<String> = outcomes
            .iter()
            .zip(&lines)
            .map(|(outcome, line)| {
                let alias = line.alias.as_ref().map(|alias| format!(" as {}", safe(alias)));
                let verb = text(outcome, self.dry_run);
                format!("{verb}{}: {}\n", alias.unwrap_or_default(), name(outcome))
            })
            .collect();
        if newly_in_force && (added || refused.is_empty()) {
            let verb = change.tense("are in force now", "would be in force");
            lines.push(format!("trust flags {verb}; certificates without any are VALID_PEER\n"));
        }
        change.report(&lines.concat(), context)?;
        if refused.is_empty() {
            return Ok(Status::Done);
        }
        let failure = leaves_refused(&refused).about(&self.wallet).final_word();
        // Where there is nothing else to be added, nobody knows what was meant.
        let is_part = refused.len() < outcomes.len() && !self.allow_leaf;
        Err(if is_part { failure.hinting(context.command_line(&["--skip-leaf"])) } else { failure })
    }

    /// What speaks against it. A key gives its name to nothing else; what is issued for it is a reply.
    fn refused(
        &self,
        error: OpsError,
        wallet: &Wallet,
        certificates: &[Certificate],
        context: &Context,
    ) -> Failure {
        let name = self.alias.as_deref().filter(|_| matches!(error, OpsError::AliasTaken { .. }));
        let failure = Failure::from(error).about(&self.wallet);
        let holder = name
            .and_then(|name| find_entry(wallet, name, Meant::Key).ok())
            .and_then(|id| wallet.entry(id))
            .filter(|entry| entry.key().is_some());
        let (Some(name), Some(holder)) = (name, holder) else { return failure };
        let key = match (holder.certificate(), holder.request()) {
            (Some(certificate), _) => Some(certificate.public_key()),
            (None, request) => request.map(|request| request.public_key().clone()),
        };
        let is_reply = certificates.iter().any(|one| Some(one.public_key()) == key);
        let command = if is_reply && !self.files.is_empty() {
            let files: Vec<String> = self.files.iter().map(hint::quoted_path).collect();
            let import = hint::command("import-user", &self.wallet);
            format!("{import} {} {}", files.join(" "), hint::flag_with("--alias", name))
        } else {
            hint::command("list", &self.wallet)
        };
        failure.hinting(context.typed().with_passwords(&command))
    }

    /// Whether a certificate of the wallet gets other flags, and none is added.
    fn is_about_flags_alone(&self) -> bool {
        self.files.is_empty() && !self.system && self.from_host.is_none()
    }

    /// The trusted certificate of this name.
    fn present(&self, store: &Store, name: &str) -> Result<Certificate, Failure> {
        let entry = find_entry(&store.wallet, name, Meant::Trusted)
            .map_err(|failure| failure.about(&self.wallet))?;
        let kind = store.wallet.entry(entry).map(|entry| &entry.kind);
        match kind {
            Some(EntryKind::TrustedCertificate(trusted)) => Ok(trusted.certificate.clone()),
            other => {
                let found = other.map_or("missing", EntryKind::name);
                let wanted = "trusted-certificate";
                let error = OpsError::WrongKind { alias: name.to_owned(), found, wanted };
                Err(Failure::from(error).about(&self.wallet))
            }
        }
    }

    /// Makes Oracle's readers honour the flags that were given, if any; whether they did not.
    fn put_flags_in_force(&self, store: &mut Store) -> Result<bool, Failure> {
        if self.trust_flags.is_none() {
            return Ok(false);
        }
        if !store.is_oracle() {
            let message = "only wallets of Oracle's layout have trust flags";
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet));
        }
        Ok(trust::enable_flags(&mut store.wallet))
    }
}

/// The roots that this machine trusts.
fn machine(context: &Context) -> Result<Bundle, Failure> {
    let certificates = system_roots(context);
    if certificates.is_empty() {
        return Err(Failure::new(Code::BUNDLE_EMPTY, "this machine has no roots to be added"));
    }
    Ok(Bundle { certificates, ..Bundle::default() })
}

fn leaves_refused(refused: &[&Outcome]) -> Failure {
    let names: Vec<String> = refused.iter().map(|outcome| name(outcome)).collect();
    let by_flags = refused.iter().any(|outcome| outcome.result == Added::RefusedFlags);
    let (code, why) = if by_flags {
        (Code::TRUST_FLAGS_ON_LEAF, "SERVER_AUTH and CLIENT_AUTH are for CAs, not for end entities")
    } else {
        let why = "an Oracle client rejects a server whose own certificate it trusts";
        (Code::LEAF_AS_TRUSTED, why)
    };
    let mut message = format!(
        "refused, because {why}: {}; --skip-leaf leaves such certificates out",
        names.join(", ")
    );
    if !by_flags {
        message += ", --allow-leaf adds them all the same";
    }
    Failure::new(code, message).with("refused", names)
}

fn name(outcome: &Outcome) -> String {
    let certificate = &outcome.certificate;
    format!(
        "{} (sha256:{})",
        safe(&certificate.subject().to_string()),
        short(certificate.fingerprint())
    )
}

fn text(outcome: &Outcome, dry_run: bool) -> &'static str {
    match (outcome.result, dry_run) {
        (Added::Added(_) | Added::AddedLeaf(_), false) => "added",
        (Added::Added(_) | Added::AddedLeaf(_), true) => "would add",
        (Added::Replaced(_), false) => "replaced what was there",
        (Added::Replaced(_), true) => "would replace what is there",
        (Added::Present(_), _) => "already trusted",
        (Added::Flagged(_), false) => "changed the trust flags",
        (Added::Flagged(_), true) => "would change the trust flags",
        (Added::Marked(_), false) => "already trusted, and marked for Java now",
        (Added::Marked(_), true) => "already trusted, and would be marked for Java",
        (Added::SkippedLeaf, _) => "left out, not a CA",
        (Added::RefusedLeaf | Added::RefusedFlags, _) => "refused, not a CA",
    }
}

fn line(outcome: &Outcome, wallet: &Wallet, shown: Option<&ShownAliases>) -> Line {
    let id = match outcome.result {
        Added::Added(id)
        | Added::AddedLeaf(id)
        | Added::Replaced(id)
        | Added::Present(id)
        | Added::Flagged(id)
        | Added::Marked(id) => Some(id),
        Added::SkippedLeaf | Added::RefusedLeaf | Added::RefusedFlags => None,
    };
    let alias = id.and_then(|id| match shown {
        Some(shown) => Some(shown[&id].text.clone()),
        None => Some(wallet.entry(id)?.alias.as_ref()?.as_str().to_owned()),
    });
    Line {
        alias,
        subject: outcome.certificate.subject().to_string(),
        sha256: outcome.certificate.fingerprint().to_string(),
        result: match outcome.result {
            Added::Added(_) | Added::AddedLeaf(_) => "added",
            Added::Replaced(_) => "replaced",
            Added::Present(_) => "present",
            Added::Flagged(_) => "flags-changed",
            Added::Marked(_) => "marked",
            Added::SkippedLeaf => "left-out",
            Added::RefusedLeaf | Added::RefusedFlags => "refused",
        },
    }
}
