mod made;

use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::{Meant, OpenFlags, Opened, find_entry};
use crate::outlet::Outlet;
use crate::output;
use crate::own_password::{OF_ORACLE, rarely_read};
use crate::password::{Rules, WeakPassword};
use crate::render::change::Change;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use mwallet::code::Code;
use mwallet::codec::{Keys, Warning};
use mwallet::issue::alternative_name::SubjectAltName;
use mwallet::issue::certificate::{Role, Validity};
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::issue::usage::{ExtendedKeyUsage, KeyUsage};
use mwallet::model::alias::Alias;
use mwallet::model::entry::{Entry, EntryId, EntryKind};
use mwallet::model::key::KeyAlgorithm;
use mwallet::model::name::DistinguishedName;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::request::{self, Changes, DEFAULT_ALGORITHM, RenewSpec, RequestSpec};
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::secret::Password;
use std::path::PathBuf;
use std::time::Instant;
use time::{Duration, OffsetDateTime};

/// Make a key, and a request for its certificate
///
/// The key stays in the wallet, waiting. Send the request to a CA, and give its answer to
/// `mwallet import-user`. JKS and JCEKS hold no requests: there the key waits with a certificate that
/// it signs itself, as with keytool.
///
/// A new key has the password of the store; --key-password-file and the like give it one of its own, outside of
/// Oracle's layout.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet csr app-wallet --dn 'CN=app,OU=IT,O=Acme' --san dns:app.acme.com,ip:10.0.0.7 --out app.csr
  mwallet csr app-wallet --dn CN=app --key ec:p256 --eku client,server --ku digitalSignature
  mwallet csr app-wallet --dn CN=test --self-signed --days 30
  mwallet csr ca-wallet --dn 'CN=Corp CA,O=Acme' --self-signed --ca-cert

  Renew with a new key: the reply becomes an entry of its own, and the old one stays until removed.
  mwallet csr app-wallet --renew app --out app-new.csr
  mwallet import-user app-wallet app-new.pem
  mwallet remove app-wallet app
  mwallet rename app-wallet app-renewal app

  Renew with the same key: the reply takes the place of the certificate.
  mwallet csr app-wallet --renew app --reuse-key --out app-new.csr
  mwallet import-user app-wallet app-new.pem --replace

", exit_codes!()))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Csr {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    /// The subject, most specific part first, as RFC 4514 writes it: CN=app,OU=IT,O=Acme
    #[arg(long, value_name = "DN", required_unless_present_any = ["reuse_key", "renew"])]
    dn: Option<String>,
    /// Names of the subject: dns:HOST, ip:ADDRESS, email:ADDRESS, uri:URI; commas between them
    #[arg(long, value_name = "NAMES")]
    san: Vec<String>,
    /// What the certificate is to be used for: client, server, code, email, time, ocsp, any, or an
    /// OID; commas between them
    #[arg(long, value_name = "USES")]
    eku: Vec<String>,
    /// What the key itself is to be used for, in the words of RFC 5280: digitalSignature,
    /// keyEncipherment, keyAgreement, nonRepudiation, dataEncipherment and others; commas between them
    #[arg(long, value_name = "USES", conflicts_with = "ca_cert")]
    ku: Vec<String>,
    /// The kind of key: rsa:2048, rsa:3072 (the default), rsa:4096, rsa:8192, ec:p256, ec:p384,
    /// ec:p521, ed25519
    #[arg(long, value_name = "KIND", conflicts_with = "reuse_key")]
    key: Option<String>,
    /// The alias of the new entry; with --reuse-key the entry whose key it is
    #[arg(long, value_name = "A", value_parser = NonEmptyStringValueParser::new())]
    alias: Option<String>,
    /// Where to write the request, or the self-signed certificate; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Make no key: ask again for one that is in the wallet
    #[arg(long)]
    reuse_key: bool,
    /// Ask for a successor of this entry's certificate, with its names, for a new key
    #[arg(long, value_name = "ALIAS")]
    renew: Option<String>,
    /// Make a certificate that the key signs itself, instead of a request
    #[arg(long, conflicts_with_all = ["reuse_key", "renew"])]
    self_signed: bool,
    /// Make the self-signed certificate that of a CA, for mwallet sign
    #[arg(long, requires = "self_signed")]
    ca_cert: bool,
    /// How many more CAs may stand below that one
    #[arg(long, value_name = "N", requires = "ca_cert")]
    path_len: Option<u8>,
    /// How many days the self-signed certificate is valid: 365 without it, 3650 with --ca-cert; also
    /// the one that a key of JKS and JCEKS waits with
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    days: Option<u16>,
    /// Overwrite the file of --out, and replace the request that a database with transparent data
    /// encryption needs
    #[arg(long)]
    force: bool,
    /// Say what would be made, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
}

/// How many days a self-signed certificate is valid unless the user says it.
const DAYS: u16 = 365;

/// How many days a CA's is.
const CA_DAYS: u16 = 3650;

/// The arguments, understood.
struct Wanted {
    changes: Changes,
    algorithm: Option<KeyAlgorithm>,
    alias: Option<Alias>,
}

impl Csr {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let wanted = self.wanted(context)?;
        if let Some(out) = self.out.as_deref().filter(|out| *out != "-") {
            output::require_public_place(
                out,
                &[&self.wallet],
                &self.open.files_read(),
                self.force,
            )?;
        }
        // A new wallet has no key to ask for again.
        let mut opened = if self.renew.is_some() || self.reuse_key {
            self.open.edit(&self.wallet, Keys::Open, context)?
        } else {
            self.open.fill(&self.wallet, Keys::Open, context)?
        };
        if self.days.is_some() && !self.self_signed && !opened.store.format().is_java() {
            let message =
                "--days is for --self-signed: the CA says how long its certificate is valid";
            return Err(Failure::new(Code::USAGE, message));
        }
        let own_password = self.own_password(&opened)?;
        let subject = wanted.changes.subject.iter();
        let out_of_bounds: Vec<String> =
            subject.flat_map(DistinguishedName::out_of_bounds).map(|one| one.to_string()).collect();
        let before: Vec<EntryId> = opened.store.wallet.entries().iter().map(Entry::id).collect();
        let begin = Instant::now();
        let id = self
            .make(&mut opened, wanted, context.now())
            .map_err(|failure| failure.about(&self.wallet))?;
        let took = begin.elapsed().as_secs_f64() * 1000.0;
        context.detail(&format!("the key, and what it signed, took {took:.1} ms"));
        let mut change = Change::new(&self.wallet, self.dry_run);
        for message in out_of_bounds {
            change.warn(Warning { code: Code::PROFILE_VIOLATED, message });
        }
        if !before.contains(&id)
            && let Some(warning) = pending_for_same_name(&opened.store.wallet, id)
        {
            change.warn(warning);
        }
        let mut made = self.made(&mut opened.store, id, context.now())?;
        if let Some(password) = own_password {
            let alias = &shown_aliases(&opened.store.wallet)[&id].text;
            change.warn_all(rarely_read(opened.store.format(), alias));
            opened.store.set_key_password(id, password)?;
            made.own_password = true;
        }
        let outlet = Outlet::new(self.out.as_deref(), self.force, self.dry_run);
        outlet.write_along(made.pem.as_bytes(), &mut opened.store)?;
        opened.save(&mut change, self.dry_run, context)?;
        self.tell(&opened.store, &made, &outlet, change, context)
    }

    /// The password that a new key gets instead of that of the store, if any was given.
    fn own_password(&self, opened: &Opened) -> Result<Option<Password>, Failure> {
        let Opened { store, secrets } = opened;
        let of_store = secrets.password.as_ref().map(Password::as_str);
        let own = secrets.key_passwords.first().filter(|own| Some(own.as_str()) != of_store);
        if self.reuse_key || own.is_none() {
            return Ok(None);
        }
        if store.is_oracle() {
            return Err(Failure::new(Code::USAGE, OF_ORACLE).about(&self.wallet));
        }
        Rules::Java.require(own, WeakPassword::default())?;
        Ok(own.cloned())
    }

    fn validity(&self, now: OffsetDateTime) -> Validity {
        let days = if self.ca_cert { CA_DAYS } else { DAYS };
        Validity {
            not_before: now,
            not_after: now + Duration::days(self.days.unwrap_or(days).into()),
        }
    }

    fn wanted(&self, context: &Context) -> Result<Wanted, Failure> {
        let subject = self.dn.as_deref().map(DistinguishedName::parse).transpose()?;
        if subject.as_ref().is_some_and(DistinguishedName::is_empty) {
            self.require_other_names()?;
        }
        Ok(Wanted {
            changes: Changes {
                subject,
                san: match &self.san[..] {
                    [] => None,
                    names => Some(alternative_names(&names.join(","), context)?),
                },
                eku: match &self.eku[..] {
                    [] => None,
                    uses => Some(ExtendedKeyUsage::parse_list(&uses.join(","))?),
                },
                key_usage: match &self.ku[..] {
                    [] => None,
                    uses => Some(KeyUsage::parse_list(&uses.join(","))?),
                },
            },
            algorithm: self.key.as_deref().map(str::parse).transpose()?,
            alias: self.alias.as_deref().map(Alias::new),
        })
    }

    /// A subject may be empty where other names stand in its place (RFC 5280 section 4.1.2.6); an issuer
    /// may not (section 4.1.2.4).
    fn require_other_names(&self) -> Result<(), Failure> {
        let message = match (self.self_signed, &self.san[..]) {
            (false, [_, ..]) => return Ok(()),
            (false, []) => "the distinguished name is empty, and no --san stands in its place",
            (true, _) => "the distinguished name is empty: who signs a certificate has a name",
        };
        Err(Failure::new(Code::NAME_INVALID, message))
    }

    /// Changes the wallet as the flags say, and names the entry that has the result.
    fn make(
        &self,
        opened: &mut Opened,
        Wanted { changes, algorithm, alias }: Wanted,
        now: OffsetDateTime,
    ) -> Result<EntryId, Failure> {
        let wallet = &mut opened.store.wallet;
        let tde = if self.force { TdeEntries::Touch } else { TdeEntries::Keep };
        if let Some(name) = &self.renew {
            let id = find_entry(wallet, name, Meant::Key)?;
            let spec = RenewSpec { reuse_key: self.reuse_key, algorithm, changes, alias, tde };
            return Ok(request::renew(wallet, id, spec)?);
        }
        if self.reuse_key {
            let id = match &self.alias {
                Some(name) => find_entry(wallet, name, Meant::Key)?,
                None => only_key(wallet)?,
            };
            request::request_again(wallet, id, changes, tde)?;
            return Ok(id);
        }
        let spec = RequestSpec {
            // clap wants --dn here
            subject: changes.subject.ok_or_else(|| Failure::new(Code::USAGE, "--dn is needed"))?,
            extensions: RequestedExtensions {
                san: changes.san.unwrap_or_default(),
                eku: changes.eku.unwrap_or_default(),
                key_usage: changes.key_usage.unwrap_or_default(),
            },
            algorithm: algorithm.unwrap_or(DEFAULT_ALGORITHM),
            alias,
        };
        if self.self_signed {
            let is_oracle = opened.store.is_oracle();
            let validity = self.validity(now);
            let role = if self.ca_cert {
                Role::Authority { path_length: self.path_len }
            } else {
                Role::EndEntity
            };
            let wallet = &mut opened.store.wallet;
            return Ok(request::self_signed(wallet, &spec, validity, role, is_oracle)?);
        }
        Ok(request::request(wallet, &spec)?)
    }
}

fn has_certificate(wallet: &Wallet, id: EntryId) -> bool {
    wallet.entry(id).is_some_and(|entry| entry.certificate().is_some())
}

/// The request that waits for an answer to the same name already, in words.
fn pending_for_same_name(wallet: &Wallet, id: EntryId) -> Option<Warning> {
    let subject = request::last_request(wallet, id)?.subject();
    let other = wallet.entries().iter().find(|entry| {
        let EntryKind::Request(pending) = &entry.kind else { return false };
        entry.id() != id && pending.request.csr.subject().matches(subject)
    })?;
    let alias = &shown_aliases(wallet)[&other.id()].text;
    let message = format!("{alias} waits for a certificate for the same name already");
    Some(Warning { code: Code::REQUEST_PENDING, message })
}

/// The names; where their kinds are missing, the hint has those that they seem to be.
fn alternative_names(names: &str, context: &Context) -> Result<Vec<SubjectAltName>, Failure> {
    SubjectAltName::parse_list(names).map_err(|error| {
        let failure = Failure::from(error);
        let guess =
            names.split(',').map(|name| with_kind(name.trim())).collect::<Vec<_>>().join(",");
        if guess != names && SubjectAltName::parse_list(&guess).is_ok() {
            failure.hinting(context.typed().with_value("--san", &guess))
        } else {
            failure
        }
    })
}

fn with_kind(name: &str) -> String {
    let has_kind = ["dns:", "ip:", "email:", "uri:"]
        .iter()
        .any(|kind| name.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind)));
    let kind = if has_kind {
        ""
    } else if name.parse::<std::net::IpAddr>().is_ok() {
        "ip:"
    } else if name.contains("://") {
        "uri:"
    } else if name.contains('@') {
        "email:"
    } else {
        "dns:"
    };
    format!("{kind}{name}")
}

/// The only entry with a key.
fn only_key(wallet: &Wallet) -> Result<EntryId, Failure> {
    let keys: Vec<EntryId> = wallet
        .entries()
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::PrivateKey(_) | EntryKind::Request(_)))
        .map(Entry::id)
        .collect();
    match keys[..] {
        [id] => Ok(id),
        [] => Err(Failure::new(Code::ENTRY_NOT_FOUND, "the wallet holds no key")),
        _ => Err(Failure::new(
            Code::ENTRY_AMBIGUOUS,
            "the wallet holds several keys: say which with --alias",
        )),
    }
}
