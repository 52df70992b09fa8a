//! What a configuration has to know of a wallet.

use crate::command_line::CommandLine;
use crate::context::Context;
use crate::failure::Failure;
use crate::hint::{flag_with, quoted_path};
use crate::open::{self, Meant, OpenFlags, find_entry};
use crate::render::login::shown;
use crate::render::text::safe;
use mwallet::code::Code;
use mwallet::codec::{self, Keys};
use mwallet::consumer::{self, Consumer, Subject};
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryKind};
use mwallet::model::format::Format;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::secret::Family;
use mwallet::ops::secret::credential::{self, Credential, Login};
use mwallet::store::dir::{AutoLogin, Location};
use mwallet::store::{Store, file};
use std::ffi::OsStr;
use std::path::Path;

/// A wallet as the program sees it.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Facts {
    /// The absolute path: of the directory, or of the file.
    pub(super) path: String,
    /// Whether it is a wallet directory.
    pub(super) is_directory: bool,
    /// Whether it opens without a password, by its auto-login file.
    pub(super) auto_login: bool,
    /// The format of its file.
    pub(super) format: Format,
    /// The alias of the key to use; `None` when it has none, or is not known.
    pub(super) alias: Option<String>,
    /// The certificate of the key to use, where it is known.
    pub(super) certificate: Option<Certificate>,
    /// Whether the configuration names the key by its alias.
    pub(super) names_alias: bool,
    /// Whether the program has a place for the password of a key.
    pub(super) takes_key_password: bool,
    /// Whether that key is known to have another password than the store, in the file that the program reads.
    pub(super) has_own_password: bool,
    /// Whether it was opened, so that the rest is known.
    pub(super) is_open: bool,
    /// Whether it holds a key with a certificate, as far as is known.
    pub(super) has_key: bool,
    /// Whether it trusts anything, as far as is known.
    pub(super) trusts: bool,
    /// Its logins, as far as is known.
    pub(super) logins: Vec<Login>,
    /// What it holds, a line each.
    pub(super) contents: Vec<String>,
    /// Whether the program reads it as it is.
    pub(super) is_readable: bool,
    /// The program's row.
    pub(super) consumer: Consumer,
    /// The command line, whose passwords the commands need.
    pub(super) typed: CommandLine,
}

impl Facts {
    pub(super) fn of(
        path: &Path,
        alias: Option<&str>,
        flags: &OpenFlags,
        consumer: &Consumer,
        context: &Context,
    ) -> Result<Self, Failure> {
        let location = open::location(path)?;
        // Which keys have passwords of their own. Nobody is asked for the password of a Java store, which
        // tells the rest without it.
        let keys = match &location {
            Location::File(file) if format_of(file)? == Format::Pkcs12 => Keys::Open,
            _ => Keys::OpenInJava,
        };
        match flags.read(path, keys, context) {
            Ok(opened) => Self::of_store(&opened.store, alias, *consumer, context),
            Err(failure) if failure.code == Code::PASSWORD_MISSING => {
                Self::of_location(&location, alias, *consumer, context)
            }
            Err(failure) => Err(failure),
        }
    }

    fn of_store(
        store: &Store,
        name: Option<&str>,
        consumer: Consumer,
        context: &Context,
    ) -> Result<Self, Failure> {
        let aliases = shown_aliases(&store.wallet);
        let has_certificate =
            |kind: &EntryKind| matches!(kind, EntryKind::PrivateKey(key) if key.leaf().is_some());
        let mut entries = store.wallet.entries().iter();
        let key = match name {
            Some(name) => Some(
                find_entry(&store.wallet, name, Meant::Key)
                    .map_err(|failure| failure.about(store.path()))?,
            ),
            None => entries.find(|entry| has_certificate(&entry.kind)).map(Entry::id),
        };
        let credentials = credential::list(&store.wallet);
        let contents = contents(&store.wallet, &credentials);
        let base = Self::of_location(store.location(), None, consumer, context)?;
        let is_readable = base.is_readable
            && store.origin.as_ref().is_some_and(|origin| {
                let subject = Subject {
                    origin,
                    wallet: &store.wallet,
                    path: &base.path,
                    password: None,
                    auto_login: true,
                    // A folder has to be made a file.
                    is_folder: false,
                };
                let findings = consumer::check(&consumer, &subject);
                let refuses = |code| code == Code::PROFILE_UNREADABLE_BY_CONSUMER;
                !findings.iter().any(|finding| {
                    refuses(finding.code) && finding.severity == mwallet::chain::Severity::Error
                })
            });
        Ok(Self {
            alias: key.map(|id| aliases[&id].text.clone()),
            certificate: key
                .and_then(|id| store.wallet.entry(id))
                .and_then(|entry| entry.certificate().cloned()),
            is_open: true,
            has_key: key.is_some(),
            has_own_password: is_readable
                && key.is_some_and(|id| store.keys_with_own_password().contains(&id)),
            trusts: store.wallet.trusted().next().is_some(),
            logins: credentials
                .into_iter()
                .filter(Credential::is_complete)
                .filter_map(|credential| credential.login)
                .collect(),
            contents,
            is_readable,
            ..base
        })
    }

    /// What the files alone tell.
    fn of_location(
        location: &Location,
        alias: Option<&str>,
        consumer: Consumer,
        context: &Context,
    ) -> Result<Self, Failure> {
        let path = std::path::absolute(location.path()).map_err(|error| {
            Failure::new(Code::IO_FAILED, error.to_string()).about(location.path())
        })?;
        let is_directory = matches!(location, Location::Directory(_));
        let format = match location {
            // Whichever of the two files is there.
            Location::Directory(_) => Format::Pkcs12,
            Location::PemFolder(_) => Format::Pem,
            Location::File(file) => format_of(file)?,
        };
        // Oracle's programs take the directory; others a file, and not in Oracle's layout.
        let takes_directories = consumer.reads.contains(&Format::Sso);
        let is_readable = if is_directory {
            takes_directories
        } else {
            !takes_directories && consumer.reads.contains(&format)
        };
        let (auto_login, _) = location.auto_login()?;
        Ok(Self {
            path: path.to_string_lossy().into_owned(),
            is_directory,
            auto_login: auto_login != AutoLogin::None,
            format,
            alias: alias.map(str::to_owned),
            certificate: None,
            names_alias: false,
            takes_key_password: false,
            has_own_password: false,
            is_open: false,
            has_key: true,
            trusts: true,
            logins: Vec::new(),
            contents: Vec::new(),
            is_readable,
            consumer,
            typed: context.typed().clone(),
        })
    }

    /// The alias, or what stands for it.
    pub(super) fn alias(&self) -> &str {
        self.alias.as_deref().unwrap_or("ALIAS")
    }

    /// The file that the program is to read: the wallet itself, or what the commands make.
    pub(super) fn file(&self) -> String {
        if self.is_readable {
            self.path.clone()
        } else {
            let ending = match self.consumer.ending() {
                "" => "-oracle",
                ending => ending,
            };
            let made = self.beside(ending);
            // What stands there is the wallet.
            if made == self.path {
                self.consumer.beside(Path::new(&self.path)).to_string_lossy().into_owned()
            } else {
                made
            }
        }
    }

    /// The format of that file.
    pub(super) fn file_format(&self) -> Format {
        if self.is_readable { self.format } else { self.consumer.format }
    }

    /// The trusted certificates as PEM, in a file of their own.
    pub(super) fn trust_file(&self) -> String {
        self.beside("-trust.pem")
    }

    fn beside(&self, ending: &str) -> String {
        let stem = if self.is_directory {
            self.path.as_str()
        } else {
            // Only the ending of the name, not one of a directory.
            let name = Path::new(&self.path).extension().and_then(OsStr::to_str);
            name.and_then(|ending| self.path.strip_suffix(&format!(".{ending}")))
                .unwrap_or(&self.path)
        };
        format!("{stem}{ending}")
    }

    /// The command that makes the file, where one is needed.
    pub(super) fn preparation(&self) -> Option<String> {
        (!self.is_readable).then(|| {
            let command = self.consumer.conversion(&self.path, self.file());
            self.typed.with_passwords(&match &self.alias {
                Some(alias) if self.consumer.takes_one_key(self.consumer.format) => {
                    format!("{command} {}", flag_with("--alias", alias))
                }
                _ => command,
            })
        })
    }

    /// The command that gives the key the password of the store, for programs that know no other.
    fn password_preparation(&self) -> Option<String> {
        (self.has_own_password && !self.takes_key_password).then(|| {
            let (path, key) = (quoted_path(&self.path), flag_with("--key", self.alias()));
            self.typed.with_passwords(&format!("mwallet passwd {path} {key} --same"))
        })
    }

    /// The command that makes the file of trusted certificates.
    pub(super) fn trust_preparation(&self) -> String {
        self.typed.with_passwords(&format!(
            "mwallet export {} --to pem --trust-only --out {}",
            quoted_path(&self.path),
            quoted_path(self.trust_file())
        ))
    }

    /// What is to be known first, a line each.
    pub(super) fn heading(&self) -> Vec<String> {
        let mut lines = vec![format!("wallet: {} ({})", safe(&self.path), self.format)];
        lines.extend(self.contents.iter().map(|line| format!("  {line}")));
        if !self.is_open {
            let unseen = "not opened, for want of its password: its keys, trusted certificates and \
                          logins are not known";
            lines.push(format!("  {unseen}"));
            if self.names_alias && self.alias.is_none() {
                lines.push("  ALIAS stands for the key".to_owned());
            }
        } else if self.alias.is_none() {
            lines.push("  it has no key with a certificate".to_owned());
        }
        let commands = [self.password_preparation(), self.preparation()];
        lines.extend(commands.into_iter().flatten().map(|command| format!("run first: {command}")));
        lines
    }

    /// The heading as comments.
    pub(super) fn comments(&self, mark: &str) -> String {
        self.heading()
            .into_iter()
            .fold(String::new(), |text, line| text + mark + " " + &line + "\n")
    }
}

/// What a wallet holds, a line each: the entries that are no part of a login, and the logins.
fn contents(wallet: &Wallet, credentials: &[Credential]) -> Vec<String> {
    let aliases = shown_aliases(wallet);
    let is_part_of_login = |entry: &&Entry| match &entry.kind {
        EntryKind::Secret(secret) => {
            !matches!(Family::of(&secret.name), Family::Tde | Family::Other)
        }
        _ => false,
    };
    let entries = wallet
        .entries()
        .iter()
        .filter(|entry| !is_part_of_login(entry))
        .map(|entry| format!("{} {}", entry.kind.name(), safe(&aliases[&entry.id()].text)));
    let logins = credentials.iter().map(|credential| {
        let login = match &credential.login {
            Some(Login::Default) => "default login".to_owned(),
            Some(login) => format!("login {}", shown(login)),
            None => "login without a connect string".to_owned(),
        };
        if credential.is_complete() { login } else { format!("{login}, not complete") }
    });
    entries.chain(logins).collect()
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let bytes = file::read(path)?;
    Ok(codec::detect(&bytes).ok_or_else(|| codec::unknown(&bytes))?)
}
