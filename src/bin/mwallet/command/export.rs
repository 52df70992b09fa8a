mod contents;
mod directory;
mod loss;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{OpenFlags, Opened, find_entry};
use crate::output;
use crate::password::{self, OutPassword};
use crate::render::change::Change;
use crate::render::text::safe;
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::code::Code;
use mwallet::codec::{self, Keys, Protect, Sealing};
use mwallet::consumer::Consumer;
use mwallet::model::entry::{EntryId, EntryKind};
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{self, Parts};
use mwallet::secret::{Password, SecretBytes};
use mwallet::store::Store;
use mwallet::store::dir::Location;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Hand the wallet, or a part of it, to another program
///
/// Keys are encrypted with the password of --out-password-*, or plain with --out-no-password. The
/// wallet itself is not changed.
///
/// ewallet-pem is the wallet of Oracle's thin drivers: the certificate of one key, its issuers, what
/// else is trusted, and the key; --alias says which key where there are several.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet export app-wallet --to p12 --out app.p12
  mwallet export app-wallet --to p12 --profile compat --out app.p12 --out-password-file pw.txt
  mwallet export app-wallet --for java17 --out app.p12
  mwallet export app.p12 --to oracle --out app-wallet
  mwallet export app-wallet --to ewallet-pem --out ewallet.pem
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
    #[arg(long, value_enum, value_name = "FORM", required_unless_present = "consumer")]
    to: Option<Form>,
    /// A .p12 as this program wants it: java8, java17, openssl3
    #[arg(
        long = "for",
        id = "consumer",
        value_name = "CONSUMER",
        value_parser = value::consumer,
        conflicts_with = "profile"
    )]
    consumer: Option<Consumer>,
    /// Only this entry
    #[arg(long, value_name = "A")]
    alias: Option<String>,
    /// How to protect a .p12 or an Oracle wallet: see `mwallet help profiles`
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
    /// The file to write, or the directory; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Overwrite what is at --out, and allow a weak password
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
    /// An Oracle wallet: a directory with an `ewallet.p12`
    Oracle,
    /// The `ewallet.pem` of Oracle's thin drivers
    EwalletPem,
}

impl Export {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        self.require_sense(context)?;
        if self.form() == Form::Oracle {
            drop(self.directory(context)?);
        } else if let Some(out) = self.file() {
            output::require_place(out, &self.wallet, self.force)?;
        }
        let opened = self.open.read(&self.wallet, self.keys(), context)?;
        let mut selected = self.select(&opened)?;
        let losses = self.losses(&mut selected)?;
        let password = self.password(&selected, context)?;
        let mut change = Change::new(&self.wallet, self.dry_run);
        opened.store.warnings.iter().cloned().for_each(|warning| change.note(warning));
        let entries = selected.wallet.entries().len();
        change.fact("entries", entries);
        change.facts("losses", &losses);
        if self.is_pkcs12() {
            change.fact("profile", self.profile().name());
        }
        if self.form() == Form::P12
            && self.profile().layout() == Layout::Portable
            && let Some(warning) = loss::java_warning(&selected.wallet)
        {
            change.warn(warning);
        }
        // The one key of an ewallet.pem is chosen late.
        let contents = match self.form() {
            Form::EwalletPem => String::new(),
            _ => format!(": {}", contents::counted(&selected.wallet)),
        };
        self.write(selected, password.as_ref(), &mut change, context)?;
        let Some(out) = self.file() else { return Ok(Status::Done) };
        let mut text = format!(
            "{} {} (mode {}){contents}\n",
            change.tense("wrote", "would write"),
            safe(&self.shown_file(out)),
            change.mode().unwrap_or("0600"),
        );
        for loss in &losses {
            let _ = writeln!(text, "left out: {}", safe(loss));
        }
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    /// What clap cannot tell.
    fn require_sense(&self, context: &Context) -> Result<(), Failure> {
        let form = self.form();
        let has_parts = self.trust_only || self.no_key || self.key_only;
        let nonsense = if self.profile.is_some() && !self.is_pkcs12() {
            "--profile belongs to --to p12 and --to oracle"
        } else if self.profile() == Profile::JavaTrust && self.out_password.given().is_sourced() {
            "--profile java-trust encrypts nothing, so it takes no --out-password-*"
        } else if self.consumer.is_some() && form != Form::P12 {
            "--for writes a .p12, so it goes with --to p12 only"
        } else if form == Form::Oracle && self.profile().layout() != Layout::Oracle {
            "an Oracle wallet needs one of the profiles oracle-23ai, oracle-12c and oracle-11g"
        } else if form == Form::Oracle && self.file().is_none() {
            "--to oracle makes a directory: say where with --out"
        } else if form == Form::EwalletPem && has_parts {
            "--to ewallet-pem takes what the drivers need, not a part of it"
        } else if context.json && self.file().is_none() {
            "--json needs --out: without it stdout has what is exported"
        } else if self.file().is_none() && !self.is_text() && context.shows_data() {
            "bytes on a terminal help nobody: say where with --out"
        } else {
            return Ok(());
        };
        Err(Failure::new(Code::USAGE, nonsense))
    }

    fn form(&self) -> Form {
        self.to.unwrap_or(Form::P12)
    }

    fn is_text(&self) -> bool {
        matches!(self.form(), Form::Pem | Form::EwalletPem)
    }

    fn is_pkcs12(&self) -> bool {
        matches!(self.form(), Form::P12 | Form::Oracle)
    }

    fn profile(&self) -> Profile {
        let default = match self.form() {
            Form::Oracle => Profile::Oracle23ai,
            _ => Profile::Modern,
        };
        self.consumer.map(|consumer| consumer.profile).or(self.profile).unwrap_or(default)
    }

    fn file(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| *out != "-")
    }

    /// The file, in a directory the one that is written.
    fn shown_file(&self, out: &Path) -> String {
        let file = match self.form() {
            Form::Oracle => Location::Directory(out.to_path_buf()).store_file(),
            _ => out.to_path_buf(),
        };
        file.display().to_string()
    }

    fn directory(&self, context: &Context) -> Result<Store, Failure> {
        directory::begin(self.file().unwrap_or(Path::new("")), self.force, context)
    }

    fn parts(&self) -> Parts {
        match (self.trust_only, self.no_key, self.key_only) {
            (true, _, _) => Parts::Trusted,
            (_, true, _) => Parts::Certificates,
            (_, _, true) => Parts::Keys,
            _ if self.form() == Form::Der => Parts::Certificates,
            _ => Parts::All,
        }
    }

    fn keys(&self) -> Keys {
        match self.parts() {
            Parts::Trusted | Parts::Certificates => Keys::Leave,
            Parts::All | Parts::Keys => Keys::Open,
        }
    }

    fn select(&self, opened: &Opened) -> Result<Selected, Failure> {
        let source = &opened.store.wallet;
        let only = self
            .alias
            .as_deref()
            .map(|name| find_entry(source, name))
            .transpose()
            .map_err(|failure| failure.about(&self.wallet))?;
        let form = self.form();
        if form == Form::EwalletPem {
            // The key is chosen; what is trusted goes with it.
            return Ok(Selected { wallet: source.clone(), key: only });
        }
        if form == Form::Der && self.parts() == Parts::Certificates {
            // The chain stays behind: there is room for one certificate.
            let wallet = export::select(source, only, Parts::All, false);
            contents::require_one(&wallet).map_err(|failure| failure.about(&self.wallet))?;
            return Ok(Selected { wallet, key: None });
        }
        let complete = form == Form::Pem || self.profile().layout() == Layout::Portable;
        let mut wallet = export::select(source, only, self.parts(), complete);
        if wallet.entries().is_empty() {
            let message = "there is nothing of this kind in it";
            return Err(Failure::new(Code::ENTRY_NOT_FOUND, message).about(&self.wallet));
        }
        if form == Form::Der && !self.key_only {
            contents::require_one(&wallet).map_err(|failure| failure.about(&self.wallet))?;
        }
        if self.is_pkcs12() && self.profile().layout() == Layout::Oracle {
            directory::keep_trust_flags(source, &mut wallet);
        }
        Ok(Selected { wallet, key: None })
    }

    /// The password of what is written; without a key in it, text and DER need none.
    fn password(
        &self,
        selected: &Selected,
        context: &Context,
    ) -> Result<Option<Password>, Failure> {
        let given = self.out_password.given();
        let has_key = match self.form() {
            Form::EwalletPem => export::has_key(&selected.wallet, selected.key)
                .map_err(|error| Failure::from(error).about(&self.wallet))?,
            _ => {
                self.parts() != Parts::Certificates
                    && selected.wallet.entries().iter().any(|entry| {
                        matches!(entry.kind, EntryKind::PrivateKey(_) | EntryKind::Request(_))
                    })
            }
        };
        let needs_none = match self.form() {
            Form::P12 => self.profile() == Profile::JavaTrust,
            Form::Oracle => false,
            Form::Pem | Form::Der | Form::EwalletPem => !has_key,
        };
        if needs_none && !given.is_given() {
            return Ok(None);
        }
        let name = self.file().map_or_else(|| "the export".into(), Path::to_string_lossy);
        let password = given.new_for(&name, context)?;
        if self.is_pkcs12() && self.profile().layout() == Layout::Oracle {
            password::fit_for_oracle(password.as_ref(), self.force)?;
        }
        Ok(password)
    }

    fn write(
        &self,
        selected: Selected,
        password: Option<&Password>,
        change: &mut Change,
        context: &Context,
    ) -> Result<(), Failure> {
        if self.form() == Form::Oracle {
            let (store, profile) = (self.directory(context)?, self.profile());
            let wallet = selected.wallet;
            return directory::write(
                store,
                wallet,
                password,
                profile,
                change,
                self.dry_run,
                context,
            );
        }
        let bytes =
            self.encode(&selected, password).map_err(|failure| failure.about(&self.wallet))?;
        if !self.dry_run
            && let Some(file) = output::write(self.file(), &bytes, self.force, context)?
        {
            change.file(file);
        }
        Ok(())
    }

    fn encode(
        &self,
        Selected { wallet, key }: &Selected,
        password: Option<&Password>,
    ) -> Result<SecretBytes, Failure> {
        Ok(match self.form() {
            Form::P12 | Form::Oracle => {
                let protect = password.map_or(Protect::Nothing, Protect::Password);
                let profile = Some(self.profile());
                let sealing = Sealing { protect, profile, ..Sealing::default() };
                codec::encode(wallet, Format::Pkcs12, &sealing, None)?
            }
            Form::Pem => export::to_pem(wallet, password)?,
            Form::EwalletPem => export::to_ewallet_pem(wallet, *key, password)?,
            Form::Der if self.key_only => export::key_to_der(wallet, password)?,
            Form::Der => SecretBytes::from(export::to_der(wallet)?.der()),
        })
    }
}

/// What is handed out.
struct Selected {
    wallet: Wallet,
    /// The one key of an `ewallet.pem`, where the user chose it.
    key: Option<EntryId>,
}
