use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::save;
use crate::password::{self, CreatePassword};
use crate::render::change::Change;
use crate::render::text::{self, safe};
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::code::Code;
use mwallet::codec::{self, Protect, Sealing, Warning};
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::{Store, file};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Make an empty wallet
///
/// A name that ends in .p12 or .pfx becomes a PKCS#12 file, any other an Oracle wallet: a directory
/// with an `ewallet.p12`, and a `cwallet.sso` with --auto-login.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet create app-wallet
  mwallet create app-wallet --auto-login --password-file pw.txt
  mwallet create app-wallet --profile oracle-11g --password-file pw.txt
  mwallet create trust.p12 --password-env TRUST_PASSWORD

", exit_codes!()))]
pub(crate) struct Create {
    /// The wallet to make
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// What to make, whatever the name says
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Option<Kind>,
    /// Make an auto-login file as well, which opens without the password: for everybody who can read
    /// it, for this user on this host (local), or as the only file (only)
    #[arg(
        long,
        value_enum,
        value_name = "KIND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "on",
        hide_possible_values = true
    )]
    auto_login: Option<AutoLoginKind>,
    /// How to protect it: see `mwallet help profiles`
    #[arg(long, value_name = "P", value_parser = value::profile)]
    profile: Option<Profile>,
    /// Iterations of every key derivation
    #[arg(long, value_name = "N", value_parser = value::iterations)]
    iterations: Option<u32>,
    /// Overwrite a wallet that is there, and allow a weak password
    #[arg(long)]
    force: bool,
    /// Say what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    password: CreatePassword,
}

/// A store that a new one replaces.
struct Present {
    format: Format,
    bytes: usize,
    mode: u32,
}

fn would_overwrite(path: &Path, message: String) -> Failure {
    Failure::new(Code::WOULD_OVERWRITE, message).in_wallet(path)
}

/// A type of wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A directory with an `ewallet.p12`
    Oracle,
    /// A PKCS#12 file
    P12,
}

/// A kind of auto-login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AutoLoginKind {
    /// `cwallet.sso` beside `ewallet.p12`
    On,
    /// `cwallet.sso` for this user on this host
    Local,
    /// `cwallet.sso` and nothing else
    Only,
}

impl From<AutoLoginKind> for AutoLogin {
    fn from(kind: AutoLoginKind) -> Self {
        match kind {
            AutoLoginKind::On => Self::On,
            AutoLoginKind::Local => Self::Local,
            AutoLoginKind::Only => Self::Only,
        }
    }
}

impl Create {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let location = self.location()?;
        let profile = self.profile(&location)?;
        // Whatever stands in the way is found before anybody types a password.
        let present = self.present(&location)?;
        drop(self.begin(&location, context)?);
        let shown = self.wallet.display().to_string();
        let auto_login = self.auto_login.map_or(AutoLogin::None, AutoLogin::from);
        let is_only = auto_login == AutoLogin::Only;
        if is_only && self.password.given().is_given() {
            let message = "--auto-login=only makes a wallet that has no password";
            return Err(Failure::new(Code::USAGE, message));
        }
        let may_be_open = profile == Profile::JavaTrust && !self.password.given().is_given();
        let password = if is_only || may_be_open {
            None
        } else {
            self.password.given().new_for(&shown, context)?
        };
        if profile.layout() == Layout::Oracle && !is_only {
            password::fit_for_oracle(password.as_ref(), self.force)?;
        }
        let mut store = self.begin(&location, context)?;
        if auto_login != AutoLogin::None {
            store.set_auto_login(auto_login, Some(context.identity()))?;
        }
        let mut change = Change::new(&self.wallet, self.dry_run);
        if profile == Profile::LegacyRc2 {
            let message = "RC2-40 protects against nobody; read by everything that is old";
            change.warn(Warning { code: Code::WEAK_PROFILE, message: message.to_owned() });
        }
        let sealing = Sealing {
            protect: match &password {
                Some(password) => Protect::Password(password),
                // An auto-login file makes a password itself.
                None if is_only => Protect::Keep,
                None => Protect::Nothing,
            },
            profile: Some(profile),
            iterations: self.iterations,
            ..Sealing::default()
        };
        save(&mut store, &sealing, &mut change, self.dry_run, context)?;
        let format = if is_only { Format::Sso } else { Format::Pkcs12 };
        change.fact("format", format.name());
        change.fact("layout", profile.layout().name());
        change.fact("profile", profile.name());
        change.fact("auto_login", auto_login.name());
        let mode = change.mode().map_or_else(
            || text::mode(present.as_ref().map_or(file::MODE_PRIVATE, |present| present.mode)),
            str::to_owned,
        );
        let files = [
            Some((location.store_file(), mode)).filter(|_| !is_only),
            location
                .auto_login_file()
                .filter(|_| auto_login != AutoLogin::None)
                .map(|path| (path, text::mode(file::MODE_PRIVATE))),
        ];
        let mut told = String::new();
        for (path, mode) in files.into_iter().flatten() {
            let _ = writeln!(
                told,
                "{} {} (mode {mode}, profile {profile})",
                change.tense("made", "would make"),
                safe(&path.display().to_string()),
            );
        }
        if let Some(Present { format, bytes, .. }) = present {
            let verb = change.tense("replaced", "would replace");
            let _ = writeln!(told, "{verb} the {format} of {bytes} bytes that was there");
            change.fact("replaced", serde_json::json!({ "format": format.name(), "bytes": bytes }));
        }
        change.report(&told, context)?;
        Ok(Status::Done)
    }

    /// The store that is there already; an error for one that must stay, and for anything else.
    fn present(&self, location: &Location) -> Result<Option<Present>, Failure> {
        let path = location.store_file();
        let Some(file::Kind::File { mode }) = file::kind(&path)? else { return Ok(None) };
        let content = file::read(&path)?;
        let bytes = content.len();
        let shown = path.display();
        match codec::detect(&content).filter(|format| format.is_store()) {
            Some(format) if self.force => Ok(Some(Present { format, bytes, mode })),
            Some(_) => {
                let message = format!("{shown}: a wallet is there already; --force replaces it");
                Err(would_overwrite(&path, message).hinting(hint::command("list", &self.wallet)))
            }
            None => {
                let message = format!(
                    "{shown}: what is there is not a wallet; \
                     remove it yourself"
                );
                Err(would_overwrite(&path, message).hinting(hint::inspect(&path)).final_word())
            }
        }
    }

    fn begin(&self, location: &Location, context: &Context) -> Result<Store, Failure> {
        Ok(Store::create(location.clone(), Format::Pkcs12, self.force, context.lock_timeout)?)
    }

    fn location(&self) -> Result<Location, Failure> {
        match self.kind {
            Some(Kind::Oracle) => Ok(Location::Directory(self.wallet.clone())),
            Some(Kind::P12) => Ok(Location::File(self.wallet.clone())),
            None => {
                let location = Location::for_new(&self.wallet)?;
                let is_java = self.wallet.extension().is_some_and(|ending| {
                    ending.eq_ignore_ascii_case("jks") || ending.eq_ignore_ascii_case("jceks")
                });
                if is_java && matches!(location, Location::File(_)) {
                    let message = format!(
                        "{}: the name is that of a Java key store, which cannot be written yet; \
                         --type p12 makes a PKCS#12 file of that name",
                        self.wallet.display()
                    );
                    return Err(Failure::new(Code::FORMAT_UNSUPPORTED, message));
                }
                Ok(location)
            }
        }
    }

    fn profile(&self, location: &Location) -> Result<Profile, Failure> {
        let (default, needed) = match location {
            Location::Directory(_) => (Profile::Oracle23ai, Some(Layout::Oracle)),
            Location::File(_) => (Profile::Modern, None),
        };
        let profile = self.profile.unwrap_or(default);
        if needed.is_some_and(|layout| layout != profile.layout()) {
            let message = format!(
                "profile {profile} has the portable layout, which a wallet directory must not have: \
                 its programs cannot change it without damage"
            );
            return Err(Failure::new(Code::USAGE, message));
        }
        Ok(profile)
    }
}
