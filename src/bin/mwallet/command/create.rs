use crate::app::exit_codes;
use crate::context::{self, Context};
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::save;
use crate::password::{CreatePassword, Rules, WeakPassword};
use crate::protection::{java_refuses, weak_profile};
use crate::render::change::Change;
use crate::render::text::{self, safe};
use crate::store_type::StoreType;
use crate::value;
use clap::{Args, ValueEnum};
use mwallet::code::Code;
use mwallet::codec::{self, Protect, Sealing};
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::secret::Password;
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::{Store, file};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Make an empty wallet
///
/// A name that ends in .p12, .pfx, .keystore, .truststore or .ks becomes a PKCS#12 file, and so do .keystore and
/// cacerts, as with keytool; one in .jks or .jceks becomes a key store of that type, any other an Oracle wallet: a
/// directory with an `ewallet.p12`, and a `cwallet.sso` with --auto-login. Endings of certificates and keys, such as
/// .pem, are refused. New Java programs read PKCS#12 as well; JKS is for those that were told to.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet create app-wallet
  mwallet create app-wallet --auto-login --password-file pw.txt
  mwallet create app-wallet --profile oracle-11g --password-file pw.txt
  mwallet create trust.p12 --password-env TRUST_PASSWORD
  mwallet create client-truststore.jks
  mwallet create keystore --type jks

", exit_codes!()))]
pub(crate) struct Create {
    /// The wallet to make
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// What to make, whatever the name says
    #[arg(long = "type", visible_alias = "to", value_enum, value_name = "TYPE")]
    kind: Option<StoreType>,
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
    /// Overwrite a wallet that is there; of a file that holds keys or secrets a copy stays beside it:
    /// W/ewallet.p12.kept, or with -2 and so on behind; `mv W/ewallet.p12.kept W/ewallet.p12` puts it back
    #[arg(long)]
    force: bool,
    /// Say what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    password: CreatePassword,
    #[command(flatten)]
    weak_password: WeakPassword,
}

/// What is to be made, and where.
struct Plan {
    location: Location,
    format: Format,
    /// How a PKCS#12 file is to be protected; the other formats have one way.
    profile: Option<Profile>,
}

fn would_overwrite(path: &Path, message: String) -> Failure {
    Failure::new(Code::WOULD_OVERWRITE, message).in_wallet(path)
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
        let plan = self.plan()?;
        // Whatever stands in the way is found before anybody types a password.
        self.require_replaceable(&plan.location, context)?;
        drop(self.begin(&plan, context)?);
        let auto_login = self.auto_login.map_or(AutoLogin::None, AutoLogin::from);
        let password = self.new_password(&plan, auto_login, context)?;
        let mut store = self.begin(&plan, context)?;
        if auto_login != AutoLogin::None {
            store.set_auto_login(auto_login, Some(context::identity))?;
        }
        let mut change = Change::new(&self.wallet, self.dry_run);
        let layout = plan.profile.map(Profile::layout);
        let refused =
            layout.and_then(|layout| java_refuses(layout, plan.profile, password.as_ref()));
        for warning in weak_profile(plan.profile).into_iter().chain(refused) {
            change.warn(warning);
        }
        let sealing = Sealing {
            protect: match &password {
                Some(password) => Protect::Password(password),
                // An auto-login file makes a password itself.
                None if auto_login == AutoLogin::Only => Protect::Keep,
                None => Protect::Nothing,
            },
            profile: plan.profile,
            iterations: self.iterations,
            ..Sealing::default()
        };
        save(&mut store, &sealing, &mut change, self.dry_run, context)?;
        let protected = !matches!(sealing.protect, Protect::Nothing);
        tell(&plan, auto_login, protected, change, context)
    }

    /// The password, if there is to be one; fit for its format.
    fn new_password(
        &self,
        plan: &Plan,
        auto_login: AutoLogin,
        context: &Context,
    ) -> Result<Option<Password>, Failure> {
        let given = self.password.given();
        if auto_login == AutoLogin::Only {
            if given.is_given() {
                let message = "--auto-login=only makes a wallet that has no password";
                return Err(Failure::new(Code::USAGE, message));
            }
            return Ok(None);
        }
        if plan.profile == Some(Profile::JavaTrust) && !given.is_given() {
            return Ok(None);
        }
        let rules = Rules::of(plan.format, plan.profile.map(Profile::layout));
        given.new_for(&self.wallet.display().to_string(), rules, self.weak_password, context)
    }

    /// Fails for a store that must stay, and for anything that is none.
    fn require_replaceable(&self, location: &Location, context: &Context) -> Result<(), Failure> {
        let path = location.store_file();
        let Some(file::Kind::File { .. }) = file::kind(&path)? else { return Ok(()) };
        let format = codec::detect(&file::read(&path)?);
        let shown = path.display();
        match format.filter(|format| format.is_store()) {
            Some(_) if self.force => Ok(()),
            Some(_) => {
                let message = format!("{shown}: a wallet is there already; --force replaces it");
                // As orapki and mkstore make one for a wallet that is there.
                let on = |verb| hint::command(verb, &self.wallet);
                let command = match self.auto_login {
                    Some(AutoLoginKind::On) => context.typed().with_passwords(&on("autologin on")),
                    Some(AutoLoginKind::Local) => {
                        context.typed().with_passwords(&on("autologin local"))
                    }
                    Some(AutoLoginKind::Only) | None => on("list"),
                };
                Err(would_overwrite(&path, message).hinting(command))
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

    fn begin(&self, plan: &Plan, context: &Context) -> Result<Store, Failure> {
        let location = plan.location.clone();
        Ok(Store::create(location, plan.format, self.force, context.lock_timeout)?)
    }

    fn plan(&self) -> Result<Plan, Failure> {
        let location = match self.kind {
            Some(StoreType::Oracle) => Location::Directory(self.wallet.clone()),
            Some(_) => Location::File(self.wallet.clone()),
            None => {
                StoreType::require_store_name(&self.wallet)?;
                Location::for_new(&self.wallet)?
            }
        };
        if let Location::Directory(path) = &location {
            refuse_file(path)?;
        } else if self.auto_login.is_some() {
            let message = "auto-login belongs to wallet directories; this is to be a single file";
            return Err(Failure::new(Code::USAGE, message).about(&self.wallet));
        }
        let format = match (self.kind, &location) {
            (Some(kind), _) => kind.format(),
            (None, Location::File(path)) => {
                Format::of_name(path).filter(|format| format.is_store()).unwrap_or(Format::Pkcs12)
            }
            (None, _) => Format::Pkcs12,
        };
        let profile = if format.is_java() {
            self.refuse_profile(format)?;
            None
        } else {
            Some(self.profile(&location)?)
        };
        Ok(Plan { location, format, profile })
    }

    /// Java's own stores are protected in one way, key by key.
    fn refuse_profile(&self, format: Format) -> Result<(), Failure> {
        let message = if self.profile.is_some() {
            format!("--profile is for PKCS#12; {format} is protected in one way only")
        } else if self.iterations.is_some() && format == Format::Jks {
            "--iterations: nothing of JKS is iterated".to_owned()
        } else if self.iterations.is_some() {
            "--iterations: each key of JCEKS has its own number, and there is none yet".to_owned()
        } else {
            return Ok(());
        };
        Err(Failure::new(Code::USAGE, message))
    }

    fn profile(&self, location: &Location) -> Result<Profile, Failure> {
        let (default, needed) = match location {
            Location::Directory(_) => (Profile::Oracle23ai, Some(Layout::Oracle)),
            Location::File(_) | Location::PemFolder(_) => (Profile::Modern, None),
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

/// Says what was made.
fn tell(
    plan: &Plan,
    auto_login: AutoLogin,
    protected: bool,
    mut change: Change,
    context: &Context,
) -> Result<Status, Failure> {
    let Plan { location, profile, .. } = plan;
    let is_only = auto_login == AutoLogin::Only;
    let format = if is_only { Format::Sso } else { plan.format };
    change.fact("format", format.name());
    change.fact("layout", profile.map(|profile| profile.layout().name()));
    change.fact("profile", profile.filter(|_| protected).map(Profile::name));
    change.fact("auto_login", auto_login.name());
    let files = [
        Some((location.store_file(), change.mode())).filter(|_| !is_only),
        location
            .auto_login_file()
            .filter(|_| auto_login != AutoLogin::None)
            .map(|path| (path, text::mode(file::MODE_PRIVATE))),
    ];
    let how = match profile {
        Some(_) if !protected => "without a password".to_owned(),
        Some(profile) => format!("profile {profile}"),
        None => format!("format {format}"),
    };
    let mut told = String::new();
    for (path, mode) in files.into_iter().flatten() {
        let _ = writeln!(
            told,
            "{} {} (mode {mode}, {how})",
            change.tense("made", "would make"),
            safe(&path.display().to_string()),
        );
    }
    change.report(&told, context)?;
    Ok(Status::Done)
}

/// A wallet directory cannot be made where a file stands.
fn refuse_file(path: &Path) -> Result<(), Failure> {
    let Some(file::Kind::File { .. }) = file::kind(path)? else { return Ok(()) };
    let what = match codec::detect(&file::read(path)?) {
        Some(format) => format!("a file of format {format}"),
        None => "a file that is no wallet".to_owned(),
    };
    let message =
        format!("{}: {what} is there, and an Oracle wallet is a directory", path.display());
    Err(would_overwrite(path, message).hinting(hint::inspect(path)).final_word())
}
