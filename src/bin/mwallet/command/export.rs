use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{OpenFlags, Opened};
use crate::output;
use crate::password::{self, OutPassword};
use crate::render::change::Change;
use crate::render::text::{count, safe};
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::code::Code;
use mwallet::codec::{self, Keys, Loss, Protect, Sealing};
use mwallet::model::alias::shown_aliases;
use mwallet::model::entry::EntryKind;
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{self, Parts};
use mwallet::ops::select;
use mwallet::secret::{Password, SecretBytes};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Hand the wallet, or a part of it, to another program
///
/// Keys are encrypted with the password of --out-password-*, or plain with --out-no-password. The
/// wallet itself is not changed.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet export app-wallet --to p12 --out app.p12
  mwallet export app-wallet --to p12 --profile compat --out app.p12 --out-password-file pw.txt
  mwallet export app-wallet --to pem --alias app --out app.pem --out-no-password
  mwallet export app-wallet --to pem --trust-only > ca.pem
  mwallet export app-wallet --to der --alias app --out app.cer

", exit_codes!()))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Export {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The form to write
    #[arg(long, value_enum, value_name = "FORM")]
    to: Form,
    /// Only this entry
    #[arg(long, value_name = "A")]
    alias: Option<String>,
    /// How to protect a .p12: see `mwallet help profiles`
    #[arg(long, value_name = "P", value_parser = value::profile)]
    profile: Option<Profile>,
    /// Only the trusted certificates
    #[arg(long, group = "parts")]
    trust_only: bool,
    /// The certificates without the keys
    #[arg(long, group = "parts")]
    no_key: bool,
    /// The keys without the certificates
    #[arg(long, group = "parts")]
    key_only: bool,
    /// Leave out what the form cannot carry
    #[arg(long)]
    allow_loss: bool,
    /// The file to write; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Overwrite the file of --out, and allow a weak password
    #[arg(long)]
    force: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    out_password: OutPassword,
}

/// A form to export to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A PKCS#12 file
    P12,
    /// Text with certificates and keys, the certificate of each key first
    Pem,
    /// One certificate, or with --key-only one key, in bytes
    Der,
}

impl Export {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        self.require_sense(context)?;
        if let Some(out) = self.file() {
            output::require_free(out, self.force)?;
        }
        let opened = self.open.read(&self.wallet, self.keys(), context)?;
        let profile = self.profile.unwrap_or(Profile::Modern);
        let selected = self.select(&opened, profile)?;
        let losses = self.losses(&selected, profile)?;
        let password = self.password(&selected, profile, context)?;
        let bytes = self
            .encode(&selected, profile, password.as_ref())
            .map_err(|failure| failure.about(&self.wallet))?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        opened.store.warnings.iter().cloned().for_each(|warning| change.note(warning));
        change.fact("entries", selected.entries().len());
        change.facts("losses", &losses);
        if self.to == Form::P12 {
            change.fact("profile", profile.name());
        }
        if !self.dry_run
            && let Some(file) = output::write(self.file(), &bytes, self.force, context)?
        {
            change.file(file);
        }
        let Some(out) = self.file() else { return Ok(Status::Done) };
        let mut text = format!(
            "{} {} (mode 0600): {}\n",
            change.tense("wrote", "would write"),
            safe(&out.display().to_string()),
            count(selected.entries().len(), "entry"),
        );
        for loss in &losses {
            let _ = writeln!(text, "left out: {}", safe(loss));
        }
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    /// What clap cannot tell.
    fn require_sense(&self, context: &Context) -> Result<(), Failure> {
        let nonsense = if self.profile.is_some() && self.to != Form::P12 {
            "--profile belongs to --to p12"
        } else if context.json && self.file().is_none() {
            "--json needs --out: without it stdout has what is exported"
        } else if self.file().is_none() && self.to != Form::Pem && context.shows_data() {
            "bytes on a terminal help nobody: say where with --out"
        } else {
            return Ok(());
        };
        Err(Failure::new(Code::USAGE, nonsense))
    }

    fn file(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| *out != "-")
    }

    fn parts(&self) -> Parts {
        match (self.trust_only, self.no_key, self.key_only) {
            (true, _, _) => Parts::Trusted,
            (_, true, _) => Parts::Certificates,
            (_, _, true) => Parts::Keys,
            _ if self.to == Form::Der => Parts::Certificates,
            _ => Parts::All,
        }
    }

    fn keys(&self) -> Keys {
        match self.parts() {
            Parts::Trusted | Parts::Certificates => Keys::Leave,
            Parts::All | Parts::Keys => Keys::Open,
        }
    }

    fn select(&self, opened: &Opened, profile: Profile) -> Result<Wallet, Failure> {
        let wallet = &opened.store.wallet;
        let only = self
            .alias
            .as_deref()
            .map(|name| select::find(wallet, name))
            .transpose()
            .map_err(|error| Failure::from(error).about(&self.wallet))?;
        if self.to == Form::Der && self.parts() == Parts::Certificates {
            // The chain stays behind: there is room for one certificate.
            return Ok(export::select(wallet, only, Parts::All, false));
        }
        let portable = self.to == Form::Pem || profile.layout() == Layout::Portable;
        let selected = export::select(wallet, only, self.parts(), portable);
        if selected.entries().is_empty() {
            let message = "there is nothing of this kind in it";
            return Err(Failure::new(Code::ENTRY_NOT_FOUND, message).about(&self.wallet));
        }
        Ok(selected)
    }

    /// What is left behind, in words; an error unless the user allows it.
    fn losses(&self, selected: &Wallet, profile: Profile) -> Result<Vec<String>, Failure> {
        let losses: Vec<Loss> = match self.to {
            Form::P12 => codec::losses(selected, Format::Pkcs12, profile),
            Form::Pem => export::pem_losses(selected),
            Form::Der => Vec::new(), // one thing is asked for, and one is given
        };
        let aliases = shown_aliases(selected);
        let losses: Vec<String> = losses
            .iter()
            .map(|loss| {
                let alias = aliases.get(&loss.entry).map_or("?", |alias| alias.text.as_str());
                format!("{alias}: {}", loss.what)
            })
            .collect();
        if losses.is_empty() || self.allow_loss {
            return Ok(losses);
        }
        let message = format!("the form cannot carry everything:\n  {}", losses.join("\n  "));
        Err(Failure::new(Code::CONVERSION_LOSSY, message)
            .with("losses", losses)
            .about(&self.wallet))
    }

    /// The password of what is written; without a key in it, PEM and DER need none.
    fn password(
        &self,
        selected: &Wallet,
        profile: Profile,
        context: &Context,
    ) -> Result<Option<Password>, Failure> {
        let given = self.out_password.given();
        let has_key = self.parts() != Parts::Certificates
            && selected.entries().iter().any(|entry| {
                matches!(entry.kind, EntryKind::PrivateKey(_) | EntryKind::Request(_))
            });
        let needs_none = match self.to {
            Form::P12 => profile == Profile::JavaTrust,
            Form::Pem | Form::Der => !has_key,
        };
        if needs_none && !given.is_given() {
            return Ok(None);
        }
        let name = self.file().map_or_else(|| "the export".into(), Path::to_string_lossy);
        let password = given.new_for(&name, context)?;
        if self.to == Form::P12 && profile.layout() == Layout::Oracle && !self.force {
            password::fit_for_oracle(password.as_ref())?;
        }
        Ok(password)
    }

    fn encode(
        &self,
        selected: &Wallet,
        profile: Profile,
        password: Option<&Password>,
    ) -> Result<SecretBytes, Failure> {
        Ok(match self.to {
            Form::P12 => {
                let protect = password.map_or(Protect::Nothing, Protect::Password);
                let sealing = Sealing { protect, profile: Some(profile), iterations: None };
                codec::encode(selected, Format::Pkcs12, &sealing, None)?
            }
            Form::Pem => export::to_pem(selected, password)?,
            Form::Der if self.key_only => export::key_to_der(selected, password)?,
            Form::Der => SecretBytes::from(export::to_der(selected)?.der()),
        })
    }
}
