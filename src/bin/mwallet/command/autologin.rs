use crate::app::exit_codes;
use crate::context::{self, Context};
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::{self, OpenFlags, Opened, save};
use crate::password::{NewPassword, Rules, WeakPassword};
use crate::render::auto_login::AutoLoginReport;
use crate::render::change::Change;
use crate::render::text::safe;
use crate::render::{self, SCHEMA};
use clap::{Args, ValueEnum};
use mwallet::code::{Class, Code};
use mwallet::codec::{Protect, Sealing};
use mwallet::model::format::Format;
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::secret::Password;
use mwallet::store::Store;
use mwallet::store::dir::{AutoLogin, Location};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Let a wallet open without its password, or no longer
///
/// An auto-login file, `cwallet.sso`, holds the wallet together with its key: whoever can read it
/// has everything that is inside. mwallet keeps it in step with `ewallet.p12`, which is opened with
/// the password. Only wallet directories have one.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet autologin on app-wallet
  mwallet autologin local app-wallet --password-file pw.txt
  mwallet autologin status app-wallet
  mwallet autologin recover app-wallet --new-password-file new.txt

on, local and off need the password. A wallet that has only its auto-login file gets a password
by on, local and off: --new-password-* or a prompt. recover replaces a password that is lost; the
ewallet.p12 that nobody can open is kept as ewallet.p12.kept. status ends with 3 when the file is
out of step or broken.

", exit_codes!()))]
pub(crate) struct Autologin {
    /// What to do
    #[arg(value_enum, value_name = "ACTION")]
    action: Action,
    /// The wallet directory
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// Take the password away from the wallet of a database with transparent data encryption, too
    #[arg(long)]
    force: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    new_password: NewPassword,
    #[command(flatten)]
    weak_password: WeakPassword,
}

/// What to do with auto-login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Make a file that opens for everybody who can read it
    On,
    /// Remove the file
    Off,
    /// Make a file that opens for this user on this host
    Local,
    /// Make the file, and remove `ewallet.p12`: the wallet has no password any more
    Only,
    /// Say which kind there is, whether it opens here, and whether it is in step
    Status,
    /// Give a wallet whose password is lost, or whose `ewallet.p12` is damaged, a new one by its
    /// auto-login file
    Recover,
}

/// The report of `status`.
#[derive(Serialize)]
struct StatusReport {
    schema: u32,
    path: String,
    auto_login: &'static str,
    #[serde(flatten)]
    file: Option<AutoLoginReport>,
    /// Whether both files hold the same; nothing where they could not be compared.
    in_step: Option<bool>,
}

impl Autologin {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let what = match open::location(&self.wallet)? {
            Location::Directory(_) => None,
            Location::File(_) => Some("a single file"),
            Location::PemFolder(_) => Some("a folder of PEM files"),
        };
        if let Some(what) = what {
            let message = format!("auto-login belongs to wallet directories; this is {what}");
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet));
        }
        match self.action {
            Action::On => self.set(AutoLogin::On, context),
            Action::Off => self.set(AutoLogin::None, context),
            Action::Local => self.set(AutoLogin::Local, context),
            Action::Only => self.set(AutoLogin::Only, context),
            Action::Status => self.status(context),
            Action::Recover => self.recover(context),
        }
    }

    fn set(&self, wanted: AutoLogin, context: &Context) -> Result<Status, Failure> {
        // The password is tried before anybody types a new one.
        let opened = self.open.edit_auto_login(&self.wallet, context)?;
        let before = opened.store.auto_login();
        self.require_password_unused(&opened.store, wanted)?;
        let gains_password = opened.store.format() == Format::Sso && wanted != AutoLogin::Only;
        let given = self.new_password.given();
        if !gains_password && given.is_given() {
            let message = "the wallet keeps its password; mwallet passwd changes it";
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet));
        }
        let (new, opened) = opened.asking(
            gains_password && given.is_asked(context),
            |_| gains_password.then(|| self.new_password(context)).transpose(),
            |secrets| secrets.edit_auto_login(&self.wallet, context),
        )?;
        self.write(opened.store, wanted, before, new.as_ref(), context)
    }

    /// Fails where `ewallet.p12` would go and a database with transparent data encryption has its keys in it:
    /// it is told the password to open it, and to make new ones.
    fn require_password_unused(&self, store: &Store, wanted: AutoLogin) -> Result<(), Failure> {
        if wanted != AutoLogin::Only || store.format() == Format::Sso || self.force {
            return Ok(());
        }
        let mut entries = store.wallet.entries().iter();
        entries
            .try_for_each(|entry| TdeEntries::Keep.allow(&store.wallet, entry))
            .map_err(|error| Failure::from(error).about(&self.wallet))
    }

    fn recover(&self, context: &Context) -> Result<Status, Failure> {
        let secrets = self.open.secrets_without_password(&self.wallet, context)?;
        let store = secrets.recover(&self.wallet, context)?;
        let kind = store.auto_login();
        if kind == AutoLogin::Only {
            let message = "the wallet has no password that could be lost";
            let hint = format!("mwallet autologin on {}", hint::quoted_path(&self.wallet));
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet).hinting(hint));
        }
        let (new, opened) = Opened { store, secrets }.asking(
            self.new_password.given().is_asked(context),
            |_| self.new_password(context),
            |secrets| secrets.recover(&self.wallet, context),
        )?;
        self.write(opened.store, kind, kind, Some(&new), context)
    }

    fn write(
        &self,
        mut store: Store,
        wanted: AutoLogin,
        before: AutoLogin,
        new: Option<&Password>,
        context: &Context,
    ) -> Result<Status, Failure> {
        let mut change = Change::new(&self.wallet, self.dry_run);
        let with_password = store.location().store_file();
        let is_removed = wanted == AutoLogin::Only && store.format() != Format::Sso;
        store.set_auto_login(wanted, Some(context::identity))?;
        let sealing =
            Sealing { protect: new.map_or(Protect::Keep, Protect::Password), ..Sealing::default() };
        save(&mut store, &sealing, &mut change, self.dry_run, context)?;
        change.fact("auto_login", wanted.name());
        change.fact("auto_login_before", before.name());
        if new.is_some() {
            change.fact("password", "changed");
        }
        let shown = safe(&self.wallet.display().to_string());
        let mut text =
            format!("auto-login of {shown} {} {}", change.tense("is", "would be"), words(wanted));
        if wanted == AutoLogin::Local {
            let identity = context::identity();
            let _ =
                write!(text, ": user {} on host {}", safe(&identity.user), safe(&identity.host));
        }
        text.push('\n');
        if is_removed {
            let verb = change.tense("removed", "would remove");
            let _ = writeln!(text, "{verb} {}", safe(&with_password.display().to_string()));
        }
        if new.is_some() {
            let _ = writeln!(text, "{} the password of {shown}", change.tense("set", "would set"));
        }
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    fn new_password(&self, context: &Context) -> Result<Password, Failure> {
        let shown = self.wallet.display().to_string();
        let given = self.new_password.given();
        let new = given.new_for(&shown, Rules::Oracle, self.weak_password, context)?;
        Ok(new.expect("these rules want a password"))
    }

    fn status(&self, context: &Context) -> Result<Status, Failure> {
        let report = self.open.auto_login(&self.wallet, context)?;
        let status = StatusReport {
            schema: SCHEMA,
            path: self.wallet.to_string_lossy().into_owned(),
            auto_login: report.auto_login.name(),
            in_step: report.in_step,
            file: report.file.as_ref().map(AutoLoginReport::of),
        };
        // One that is bound to another user or host is as it should be.
        let is_broken = report.in_step == Some(false)
            || report.file.as_ref().is_some_and(|file| {
                file.refusal
                    .as_ref()
                    .is_some_and(|refusal| refusal.code().class() != Class::Password)
            });
        let verdict = if is_broken { Status::Findings } else { Status::Done };
        context.warn(&report.warnings);
        if context.json {
            context.data(&render::json(&status, context))?;
            return Ok(verdict);
        }
        let mut lines = vec![("auto-login", words(report.auto_login).to_owned())];
        lines.extend(status.file.iter().flat_map(AutoLoginReport::lines));
        if status.file.is_some() {
            lines.push((
                "in step",
                match report.in_step {
                    Some(true) => "yes".to_owned(),
                    Some(false) => "no: see the warning".to_owned(),
                    None => "not compared: that needs both files and the password".to_owned(),
                },
            ));
        }
        let mut text = String::new();
        for (name, value) in lines {
            let _ = writeln!(text, "{:<12} {}", format!("{name}:"), safe(&value));
        }
        context.data(text.as_bytes())?;
        Ok(verdict)
    }
}

fn words(auto_login: AutoLogin) -> &'static str {
    match auto_login {
        AutoLogin::None => "off",
        AutoLogin::On => "on",
        AutoLogin::Local => "local",
        AutoLogin::Only => "only: there is no password",
    }
}
