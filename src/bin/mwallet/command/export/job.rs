//! What `export` and `convert` do alike: open, select, name what is lost, encode, write.

use crate::command::export::{ExportFlags, Form, contents, directory, keys, loss};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::{Meant, Opened, find_entry};
use crate::output::{self, Readers};
use crate::own_password;
use crate::password::Rules;
use crate::protection::{java_refuses, weak_profile};
use crate::render::change::Change;
use crate::render::text::{self, count, safe};
use mwallet::code::Code;
use mwallet::codec::kubernetes::{self, Manifest};
use mwallet::codec::{self, Keys, Opening, Protect, Sealing, Warning};
use mwallet::consumer::Rule;
use mwallet::crypto::kdf::DerivedKeys;
use mwallet::model::entry::{EntryId, EntryKind};
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{self, Parts};
use mwallet::secret::{Password, SecretBytes};
use mwallet::store::dir::Location;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One wallet that is handed out.
pub(crate) struct Job<'a> {
    pub(crate) source: &'a Path,
    pub(crate) form: Form,
    /// The file or directory; stdout without it.
    pub(crate) out: Option<&'a Path>,
    pub(crate) flags: &'a ExportFlags,
}

/// What is handed out.
pub(super) struct Selected {
    pub(super) wallet: Wallet,
    /// The one key that the user chose, where other entries go with it.
    pub(super) key: Option<EntryId>,
    /// What goes without saying that it should not be handed out, in words: one certificate was wanted.
    pub(super) unasked: Vec<String>,
}

impl Job<'_> {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        self.require_sense(context)?;
        self.require_place(context)?;
        let opened = self.flags.open.read(self.source, self.keys(), context)?;
        self.hand_out(&opened, context).map_err(|mut failure| {
            if !opened.store.format().is_store() {
                // Text is not edited here.
                failure.details.remove(hint::TO_RENAME);
            }
            failure
        })
    }

    fn hand_out(&self, opened: &Opened, context: &Context) -> Result<Status, Failure> {
        let mut selected = self.select(opened)?;
        self.require_open(opened, &selected)?;
        // A store may take the place of another, whatever is in them.
        if let (None, Readers::All, Some(out)) =
            (self.store_format(), self.readers(&selected.wallet), self.out)
        {
            output::require_keyless(out)?;
        }
        let losses = self.losses(&mut selected)?;
        let password = self.password(&selected, context)?;
        let mut change = Change::new(self.source, self.flags.dry_run);
        change.fact("form", self.form.name());
        change.facts("destination", &self.out.map(Path::to_string_lossy));
        change.facts("losses", &losses);
        if self.store_format() == Some(Format::Pkcs12) {
            change.fact("profile", self.profile().name());
        }
        if self.store_format() == Some(Format::Pkcs12) {
            for warning in self.pkcs12_warnings(&selected.wallet, password.as_ref())? {
                change.warn(warning);
            }
        }
        if self.store_format() == Some(Format::Pkcs12)
            && self.flags.key_only
            && let Some(warning) = loss::bare_keys(&selected.wallet)
        {
            change.warn(warning);
        }
        if let Some(warning) = loss::mismatched(&selected.wallet, selected.key) {
            change.warn(warning);
        }
        let is_loose = !opened.store.format().is_store();
        if is_loose
            && let Some(warning) = loss::trusted_leaves(&selected.wallet, self.store_format())
        {
            change.warn(warning);
        }
        if let Some(format) = self.store_format() {
            change.warn_all(loss::folded(&selected.wallet, format));
        }
        if password.is_some() {
            change.warn_all(keys::resealed(&opened.store, &selected));
        }
        let sealed = keys::sealed(opened, &selected, password.as_ref());
        change.warn_all(own_password::kept_sealed(&sealed));
        // The one key of an ewallet.pem, or of a folder, is chosen late.
        let contents = match self.form {
            Form::EwalletPem => String::new(),
            _ if selected.key.is_some() => String::new(),
            _ => format!(": {}", contents::counted(&selected.wallet, self.format())),
        };
        let has_key = selected.wallet.entries().iter().any(|entry| entry.key().is_some());
        let written = self.write(selected, password.as_ref(), &mut change, context)?;
        let mut text = match &written {
            Some(written) => {
                format!("{} {written}{contents}\n", change.tense("wrote", "would write"))
            }
            None if self.flags.dry_run => format!("would write to stdout{contents}\n"),
            None => String::new(),
        };
        if self.form == Form::K8s && self.store_format().is_none() && has_key {
            text += "the key in it is in the clear, as Kubernetes wants it\n";
        }
        for loss in &losses {
            let _ = writeln!(text, "left out: {}", safe(loss)); // a String takes it
        }
        // What was exported is on stdout, and nothing but it.
        if written.is_none() {
            change.report_aside(text.trim_end(), context);
        } else {
            change.report(&text, context)?;
        }
        // In a manifest keytool finds no store.
        if let (Some(out), false) = (self.out, self.form == Form::K8s) {
            own_password::hint_sealed(&sealed, out, self.format(), context);
        }
        Ok(Status::Done)
    }

    /// Whatever stands in the way is found before anybody types a password.
    fn require_place(&self, context: &Context) -> Result<(), Failure> {
        let Some(out) = self.out else { return Ok(()) };
        let read = self.flags.open.files_read();
        let read: Vec<PathBuf> =
            read.into_iter().chain(self.flags.out_password.given().file().cloned()).collect();
        let mut targets = vec![out.to_path_buf()];
        if self.form == Form::Oracle {
            let location = Location::Directory(out.to_path_buf());
            targets.extend(
                [Some(location.store_file()), location.auto_login_file()].into_iter().flatten(),
            );
        }
        if self.form != Form::Oracle && !self.flags.split {
            return output::require_place(out, &[self.source], &read, self.flags.force);
        }
        for target in &targets {
            output::require_foreign(target, self.source)?;
            output::require_unread(target, &read)?;
        }
        match self.form {
            Form::Oracle => directory::begin(out, self.flags.force, context).map(drop),
            _ => self.require_folder(out),
        }
    }

    /// The format of the file.
    pub(super) fn format(&self) -> Format {
        match self.form {
            Form::P12 | Form::Oracle => Format::Pkcs12,
            Form::Jks => Format::Jks,
            Form::Jceks => Format::Jceks,
            Form::Pem | Form::EwalletPem => Format::Pem,
            Form::Der if self.flags.key_only => Format::PrivateKey,
            Form::Der => Format::Certificate,
            Form::P7b => Format::Pkcs7,
            Form::K8s => Format::KubernetesSecret,
        }
    }

    /// The format of the store that is written, as the file or in it.
    pub(super) fn store_format(&self) -> Option<Format> {
        match self.form {
            Form::K8s => self.flags.store.map(super::form::InnerStore::format),
            _ => Some(self.format()).filter(|format| format.is_store()),
        }
    }

    pub(super) fn profile(&self) -> Profile {
        let default = match self.form {
            Form::Oracle => Profile::Oracle23ai,
            _ => Profile::Modern,
        };
        let consumer = self.flags.consumer.map(|consumer| consumer.profile);
        consumer.or(self.flags.profile).unwrap_or(default)
    }

    pub(super) fn keys(&self) -> Keys {
        let one_certificate = self.form == Form::Der && !self.flags.key_only;
        match self.flags.parts() {
            Parts::All if self.form == Form::P7b || one_certificate => Keys::Leave,
            Parts::All | Parts::Keys => Keys::Open,
            Parts::Trusted | Parts::Certificates | Parts::Leaves => Keys::Leave,
        }
    }

    /// What there is room for.
    fn meant(&self) -> Meant {
        match self.form {
            Form::P12 | Form::Oracle | Form::Jks | Form::Jceks => Meant::Entry,
            _ => Meant::KeyOrCertificate,
        }
    }

    fn select(&self, opened: &Opened) -> Result<Selected, Failure> {
        let source = &opened.store.wallet;
        let flags = self.flags;
        let only = flags
            .alias
            .as_deref()
            .map(|name| find_entry(source, name, self.meant()))
            .transpose()
            .map_err(|failure| failure.about(self.source))?;
        if self.form == Form::EwalletPem {
            if only.is_none() {
                self.require_one(source)?;
            }
            // The key is chosen; what is trusted goes with it. A request that has been answered stays behind.
            let mut wallet = source.clone();
            wallet.retain(|entry| {
                if let EntryKind::PrivateKey(key) = &mut entry.kind {
                    key.request = None;
                }
                true
            });
            return Ok(Selected { wallet, key: only, unasked: Vec::new() });
        }
        if flags.split && flags.parts() == Parts::All {
            let wallet = export::select(source, None, Parts::All, true);
            let is_key = |id| {
                wallet.entry(id).is_some_and(|entry| matches!(entry.kind, EntryKind::PrivateKey(_)))
            };
            if only.is_none_or(is_key) {
                return Ok(Selected { wallet, key: only, unasked: Vec::new() });
            }
        }
        let parts = match flags.parts() {
            // Who names one certificate, or wants no key, gets what he asked for.
            Parts::Certificates => {
                if self.form == Form::Der {
                    Parts::Leaves
                } else {
                    Parts::Certificates
                }
            }
            Parts::All if self.form == Form::Der && only.is_some() => Parts::Leaves,
            parts => parts,
        };
        let portable = self.form != Form::Der && self.profile().layout() == Layout::Portable;
        let mut wallet = export::select(source, only, parts, portable);
        if wallet.entries().is_empty() {
            let message = "there is nothing of this kind in it";
            return Err(Failure::new(Code::ENTRY_NOT_FOUND, message).about(self.source));
        }
        self.require_one(&wallet)?;
        if self.store_format() == Some(Format::Pkcs12) && self.profile().layout() == Layout::Oracle
        {
            directory::keep_trust_flags(source, &mut wallet);
        }
        let unasked = if parts == Parts::Leaves && flags.parts() == Parts::All {
            let whole = export::select(source, only, Parts::All, portable);
            loss::in_words(&whole, &codec::losses(&whole, Format::Certificate, self.profile()))
        } else if parts == Parts::Leaves {
            let number = |wallet: &Wallet| wallet.certificates().count();
            let whole = export::select(source, only, Parts::Certificates, portable);
            match number(&whole).saturating_sub(number(&wallet)) {
                0 => Vec::new(),
                others => vec![count(others, "other certificate")],
            }
        } else {
            Vec::new()
        };
        Ok(Selected { wallet, key: None, unasked })
    }

    /// The password of what is written; what holds no key and is no store needs none.
    fn password(
        &self,
        selected: &Selected,
        context: &Context,
    ) -> Result<Option<Password>, Failure> {
        let given = self.flags.out_password.given();
        let needs_one = match (self.form, self.store_format()) {
            (_, Some(Format::Pkcs12)) => self.profile() != Profile::JavaTrust,
            (_, Some(_)) => true,
            (Form::P7b | Form::K8s, None) => false,
            (Form::Der, None) => self.flags.key_only,
            (Form::EwalletPem, None) => export::has_key(&selected.wallet, selected.key)
                .map_err(|error| Failure::from(error).about(self.source))?,
            _ => selected.wallet.entries().iter().any(|entry| {
                matches!(entry.kind, EntryKind::PrivateKey(_) | EntryKind::Request(_))
            }),
        };
        if !needs_one {
            if given.is_sourced() {
                let message =
                    format!("nothing is encrypted in it, so there is no use for {}", given.flags());
                return Err(Failure::new(Code::USAGE, message));
            }
            return Ok(None);
        }
        let name = self.out.map_or_else(|| "the export".into(), Path::to_string_lossy);
        let password = given.new_for(&name, self.rules(), self.flags.weak_password, context)?;
        self.require_taken(password.as_ref())?;
        Ok(password)
    }

    /// What somebody may have against the PKCS#12 file.
    fn pkcs12_warnings(
        &self,
        wallet: &Wallet,
        password: Option<&Password>,
    ) -> Result<Vec<Warning>, Failure> {
        let layout = self.profile().layout();
        let mut warnings = vec![weak_profile(Some(self.profile()))];
        if layout == Layout::Portable {
            let refused = java_refuses(layout, Some(self.profile()), password)
                .filter(|_| self.flags.consumer.is_none());
            warnings.extend([self.clashing(wallet)?, loss::java_warning(wallet), refused]);
        }
        Ok(warnings.into_iter().flatten().collect())
    }

    /// Which passwords may protect what is written.
    pub(super) fn rules(&self) -> Rules {
        let store = self.store_format();
        store.map_or(Rules::Free, |format| Rules::of(format, Some(self.profile().layout())))
    }

    /// Writes, and says what; `None` on stdout.
    fn write(
        &self,
        selected: Selected,
        password: Option<&Password>,
        change: &mut Change,
        context: &Context,
    ) -> Result<Option<String>, Failure> {
        // What is written is read back without deriving its keys again.
        let derived = DerivedKeys::default();
        let sealing = Sealing {
            protect: password.map_or(Protect::Nothing, Protect::Password),
            profile: self.sealing_profile(),
            iterations: self.flags.iterations,
            now: Some(context.now()),
            derived: Some(&derived),
        };
        let shown = |path: &Path| safe(&path.display().to_string());
        let about = |failure: Failure| failure.about(self.source);
        if let (Form::Oracle, Some(out)) = (self.form, self.out) {
            let store = directory::begin(out, self.flags.force, context)?;
            let path = store.location().store_file();
            let dry_run = self.flags.dry_run;
            let wallet = selected.wallet;
            let auto_login = self.wants_auto_login();
            let entries =
                directory::write(store, wallet, auto_login, &sealing, change, dry_run, context)?;
            change.fact("entries", entries);
            let mode = change.mode();
            let beside =
                if auto_login { ", and cwallet.sso, which opens without the password" } else { "" };
            return Ok(Some(format!("{} (mode {mode}){beside}", shown(&path))));
        }
        if let (true, Some(out)) = (self.flags.split, self.out) {
            let written = self.write_folder(out, &selected, &sealing, change).map_err(about)?;
            return Ok(Some(format!("{} ({}, mode 0600)", shown(out), count(written, "file"))));
        }
        let bytes = self.encode(&selected, &sealing).map_err(about)?;
        let entries = self.require_same(&bytes, &selected, &sealing).map_err(about)?;
        change.fact("entries", entries);
        // What is overwritten is opened twice, and its keys are derived once.
        let opening = Opening { derived: Some(&derived), ..Opening::with(password) };
        self.keep_aside(&selected.wallet, &opening, change)?;
        let dry_run = self.flags.dry_run;
        let Some(out) = self.out else {
            return if dry_run { Ok(None) } else { context.data(&bytes).map(|()| None) };
        };
        let access = self.readers(&selected.wallet).access(out, &opening)?;
        access.warning.iter().cloned().for_each(|warning| change.warn(warning));
        if !dry_run {
            change.file(output::write_with(&access, out, &bytes, self.flags.force)?);
        }
        Ok(Some(format!("{} (mode {})", shown(out), text::mode(access.mode))))
    }

    /// Who may read the file: where there are only certificates, everybody.
    fn readers(&self, wallet: &Wallet) -> Readers {
        let is_public = match self.form {
            Form::P7b => true,
            Form::Der => !self.flags.key_only,
            _ => (wallet.entries().iter())
                .all(|entry| matches!(entry.kind, EntryKind::TrustedCertificate(_))),
        };
        if is_public { Readers::All } else { Readers::Owner }
    }

    /// Whether the wallet is for a program that has no password.
    fn wants_auto_login(&self) -> bool {
        self.flags.consumer.is_some_and(|consumer| consumer.rules.contains(&Rule::AutoLogin))
    }

    /// The profile, where it means something.
    fn sealing_profile(&self) -> Option<Profile> {
        (self.format() != Format::Jks && self.format() != Format::Jceks).then(|| self.profile())
    }

    pub(super) fn encode(
        &self,
        Selected { wallet, key, .. }: &Selected,
        sealing: &Sealing<'_>,
    ) -> Result<SecretBytes, Failure> {
        Ok(match self.form {
            Form::EwalletPem => export::to_ewallet_pem(wallet, *key, sealing)?,
            Form::K8s => {
                let manifest = Manifest {
                    name: self.flags.name.as_deref(),
                    namespace: self.flags.namespace.as_deref(),
                    store: self.store_format(),
                };
                kubernetes::encode(wallet, &manifest, sealing)?
            }
            _ => codec::encode(wallet, self.format(), sealing, None)?,
        })
    }
}
