use crate::app::exit_codes;
use crate::command_line::CommandLine;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::judging;
use crate::material;
use crate::open::{Meant, OpenFlags, Secrets, find_entry};
use crate::output;
use crate::password::CaPassword;
use crate::render;
use crate::render::style::Style;
use crate::server::{self, ServerFlags, system_roots};
use crate::value;
use clap::Args;
use mwallet::chain::{Finding, Report};
use mwallet::code::Code;
use mwallet::codec::{self, Keys, Warning, pem};
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use mwallet::model::entry::{EntryId, EntryKind};
use mwallet::model::format::Layout;
use mwallet::model::key::KeyMaterial;
use mwallet::ops::OpsError;
use mwallet::probe::selection::{self, Question};
use mwallet::probe::{
    self, Client, Encounter, Handshake, Identity, Options, Selection, Target, Version, WalletSide,
};
use mwallet::store::Store;
use mwallet::store::dir::Location;
use mwallet::store::file::{self, Kind};
use serde_json::Value;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Ask a TLS server what it presents and what it wants, and whether a wallet fits
///
/// Shows version, cipher suite and the chain as it was presented; holds the chain against the trusted
/// certificates of W and against those of this machine, or against those of --ca alone, and the
/// certificate against the host's name.
///
/// Where the server asks for a client certificate: the CAs that it names, which entry of W a Java
/// client and an Oracle client would send, and why not the others. Then the handshake is done with
/// that entry, and what the server says to it is put into words.
///
/// Ends with status 3 when something is wrong, and with 7 when the server cannot be reached or does
/// not speak TLS. Without a port it is 443, or the one of the protocol.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet probe db.acme.com:2484 --wallet app-wallet
  mwallet probe api.acme.com --ca acme-root.pem --crl acme.crl
  mwallet probe api.acme.com --save api-chain.pem
  mwallet probe [::1]:8443 --servername api.acme.com --tls 1.2
  mwallet probe mail.acme.com --starttls smtp --json

JSON:
  as check, and {\"server\":{host, address, name, starttls, version, suite},
   \"presented\":[{subject, issuer, sha256, not_after}], \"trusted_by_ca\", \"trusted_by_wallet\",
   \"trusted_by_system\":true|false|null, \"client_certificate\":{requested, required, authorities,
   schemes, entries, sent, accepted}, \"alert\":{name, number, meaning, cause}|null}
  trusted_by_...: whether the certificate is issued below a CA of --ca, the wallet, this machine;
   null where nobody looked; whether it is accepted, for this host and now, is the verdict

", exit_codes!()))]
pub(crate) struct Probe {
    /// The server: HOST, HOST:PORT, [IPV6]:PORT or a URL with https://
    #[arg(value_name = "H:P", value_parser = value::target)]
    target: Target,
    /// The wallet whose trusted certificates and keys are tried
    #[arg(long, value_name = "W")]
    wallet: Option<PathBuf>,
    /// A wallet or a file of certificates to trust, in the place of what the wallet or this machine
    /// trusts; may be given more than once
    #[arg(long, value_name = "W|F")]
    ca: Vec<PathBuf>,
    /// A file of revocation lists, PEM or DER; may be given more than once
    #[arg(long, value_name = "F")]
    crl: Vec<PathBuf>,
    /// Send this entry, whatever the clients would do
    #[arg(long, value_name = "A", requires = "wallet")]
    alias: Option<String>,
    /// Offer this version of TLS only: 1.2 or 1.3
    #[arg(long, value_name = "VERSION", value_parser = value::tls_version, help_heading = "Server")]
    tls: Option<Version>,
    /// Write the chain as presented to this file, as PEM
    #[arg(long, value_name = "F")]
    save: Option<PathBuf>,
    /// Overwrite the file of --save
    #[arg(long, requires = "save")]
    force: bool,
    #[command(flatten)]
    server: ServerFlags,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    ca_password: CaPassword,
}

/// What was made of the server's request for a certificate.
#[derive(Default)]
struct Answer {
    selection: Option<Selection>,
    second: Option<(EntryId, Handshake)>,
}

impl Probe {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        if let Some(path) = &self.save {
            self.require_place(path)?;
        }
        let mut crls = judging::revocation_lists(&self.crl, context)?;
        // What is typed for the wallet opens no other one.
        let secrets = self.open.secrets(context)?;
        let opened = match &self.wallet {
            Some(path) => Some((path, secrets.read_keys(path, context)?.store)),
            None => None,
        };
        let ca = self.ca(&secrets, &mut crls, context)?;
        if let Some((_, store)) = &opened {
            crls.extend(codec::revocation_lists(&store.wallet));
        }
        let alias = match (&self.alias, &opened) {
            (Some(alias), Some((path, store))) => Some(
                find_entry(&store.wallet, alias, Meant::Key)
                    .map_err(|failure| failure.about(path))?,
            ),
            _ => None,
        };
        let system = if ca.is_empty() { system_roots(context) } else { Vec::new() };
        let options = self.server.options(self.tls);
        let first = probe::handshake(&self.target, &options, None)
            .map_err(|error| server::failed(error, &self.target))?;
        if let Some(path) = &self.save {
            self.save(path, &first, context)?;
        }
        let answer = match &opened {
            Some((_, store)) => self.answer(store, &first, alias, &options, context)?,
            None => Answer::default(),
        };
        let path = opened.as_ref().map(|(path, _)| path.to_string_lossy());
        let wallet = opened.as_ref().zip(path.as_ref()).map(|((_, store), path)| WalletSide {
            wallet: &store.wallet,
            path,
            is_oracle: matches!(store.location(), Location::Directory(_)),
            is_java: store.format().is_java(),
        });
        let mut report = probe::report(&Encounter {
            target: &self.target,
            name: self.server.name(&self.target),
            starttls: self.server.starttls,
            version: self.tls,
            at: context.now(),
            wallet,
            ca: (!ca.is_empty()).then_some(&ca),
            crls: &crls,
            system: &system,
            first: &first,
            selection: answer.selection.as_ref(),
            second: answer.second.as_ref().map(|(id, handshake)| (*id, handshake)),
        });
        let store = opened.as_ref().map(|(_, store)| store);
        if let (Some(store), Some(_)) = (store, &answer.selection) {
            let of_key =
                |one: &Finding| [Code::KEY_MISMATCH, Code::CHAIN_DISORDERED].contains(&one.code);
            let of_files = judging::of_files(store).filter(of_key);
            let findings = report.report.findings.into_iter().chain(of_files).collect();
            report.report = Report::new(report.report.chains, findings);
        }
        judging::finish_repairs(&mut report.report.findings, store, context);
        for finding in &mut report.report.findings {
            if finding.repair.is_none() {
                finding.repair = self.repair(finding, context.typed());
            }
        }
        if context.json {
            context.data(&render::json(&report, context))?;
        } else {
            let style = Style::new(context.colors_data());
            let text = if context.is_quiet() {
                render::chain::errors(&report.report, style)
            } else {
                render::probe::report(&report, context.now(), style)
            };
            context.data(text.as_bytes())?;
        }
        Ok(report.report.verdict.into())
    }

    /// The same question with what was missing, or what the server's administrator has to do.
    fn repair(&self, finding: &Finding, typed: &CommandLine) -> Option<String> {
        if finding.entry.is_some() {
            return None; // the client's own
        }
        match finding.code {
            Code::ANCHOR_NOT_TRUSTED if !self.ca.is_empty() => {
                Some(typed.adding("--ca", "ROOT.pem"))
            }
            _ if judging::wants_list(finding) => Some(typed.adding("--crl", "NEW.crl")),
            Code::HOST_MISMATCH | Code::SAN_MISSING => naming(finding),
            Code::TLS_VERSION => {
                let other = match self.tls? {
                    Version::Tls12 => Version::Tls13,
                    Version::Tls13 => Version::Tls12,
                };
                Some(typed.with_value("--tls", other.number()))
            }
            Code::TLS_ALERT if finding.evidence.get("alert")? == "unrecognized_name" => {
                Some(typed.with_value("--servername", "NAME"))
            }
            Code::CLIENT_CERTIFICATE_NEEDED if self.wallet.is_none() => {
                Some(typed.adding("--wallet", "W"))
            }
            _ => None,
        }
    }

    /// What --ca names; none where it is not there. Lists beside it are put to the others.
    fn ca(
        &self,
        secrets: &Secrets,
        crls: &mut Vec<RevocationList>,
        context: &Context,
    ) -> Result<Vec<Certificate>, Failure> {
        let given = self.ca_password.given();
        let own = if given.is_given() { Some(secrets.for_second(given, context)?) } else { None };
        let secrets = own.as_ref().unwrap_or(secrets);
        let mut anchors = Vec::new();
        for path in &self.ca {
            let material = material::read(path, secrets, Keys::Leave, context)?;
            crls.extend(material.revocation_lists());
            let found = material.anchors();
            if found.is_empty() {
                return Err(Failure::nothing_in(path, "certificate to trust"));
            }
            anchors.extend(found);
        }
        Ok(anchors)
    }

    fn require_place(&self, path: &Path) -> Result<(), Failure> {
        if path == Path::new("-") {
            let message = "the report goes to stdout; --save wants a file";
            return Err(Failure::new(Code::USAGE, message));
        }
        let (mut wallets, mut read): (Vec<&Path>, _) = (Vec::new(), self.open.files_read());
        wallets.extend(self.wallet.as_deref());
        read.extend(self.ca_password.given().file().cloned());
        read.extend(self.crl.iter().cloned());
        for ca in &self.ca {
            match file::kind(ca)? {
                Some(Kind::Directory) => wallets.push(ca),
                _ => read.push(ca.clone()),
            }
        }
        output::require_public_place(path, &wallets, &read, self.force)
    }

    fn save(&self, path: &Path, first: &Handshake, context: &Context) -> Result<(), Failure> {
        let chain: Vec<&Certificate> = first.certificates().collect();
        if chain.is_empty() {
            let what = "not written, the server presented no certificate that can be saved";
            let message = format!("{}: {what}", path.display());
            context.warn(&[Warning { code: Code::BUNDLE_EMPTY, message }]);
            return Ok(());
        }
        let text = pem::encode_certificates(&chain, true);
        output::write(Some(path), text.as_bytes(), self.force, context).map(drop)
    }

    /// Chooses an entry, and makes the handshake once more with it.
    fn answer(
        &self,
        store: &Store,
        first: &Handshake,
        alias: Option<EntryId>,
        options: &Options<'_>,
        context: &Context,
    ) -> Result<Answer, Failure> {
        let Some(request) = &first.request else { return Ok(Answer::default()) };
        let wallet = &store.wallet;
        let oracle_layout = store.layout() == Some(Layout::Oracle);
        let chain_with_key = store.format().is_java();
        let selection = probe::select(&Question {
            wallet,
            request,
            at: context.now(),
            chain_with_key,
            own_passwords: &store.keys_with_own_password(),
        });
        // The client that the file is made for is asked first; of a store of Java's own no other.
        let clients: &[Client] = if oracle_layout {
            &[Client::Oracle, Client::JavaSunX509, Client::JavaNewSunX509]
        } else if chain_with_key {
            &[Client::JavaSunX509, Client::JavaNewSunX509]
        } else {
            &[Client::JavaSunX509, Client::JavaNewSunX509, Client::Oracle]
        };
        let chosen = match alias {
            Some(id) => Some((clients[0], id)),
            None => clients.iter().find_map(|&client| {
                selection.sent_by(client).map(|considered| (client, considered.entry))
            }),
        };
        let mut second = None;
        if let Some((client, id)) = chosen {
            let chain = selection::chain_sent(wallet, id, client, chain_with_key);
            let shown = selection.entries.iter().find(|considered| considered.entry == id);
            let alias = shown.map_or("", |considered| considered.alias.as_str());
            let key = match wallet.entry(id).map(|entry| &entry.kind) {
                Some(EntryKind::PrivateKey(key)) if !chain.is_empty() => &key.key,
                _ => {
                    return Err(Failure::new(
                        Code::CERTIFICATE_MISSING,
                        "the entry of --alias has no key with a certificate",
                    ));
                }
            };
            let KeyMaterial::Open(key) = key else {
                let (alias, refusal) = (alias.to_owned(), key.refusal());
                return Err(OpsError::KeyLocked { alias, refusal }.into());
            };
            let identity = Identity { alias, chain: &chain, key };
            let handshake = probe::handshake(&self.target, options, Some(identity))
                .map_err(|error| server::failed(error, &self.target))?;
            second = Some((id, handshake));
        }
        Ok(Answer { selection: Some(selection), second })
    }
}

/// The request for a server's certificate that names the host as well, and not only what it names now.
fn naming(mismatch: &Finding) -> Option<String> {
    let host = mismatch.evidence.get("host")?.as_str()?;
    let known = mismatch.evidence.get("names")?.as_array()?;
    let names: Vec<String> = std::iter::once(host)
        .chain(known.iter().filter_map(Value::as_str))
        .map(|name| match name.parse::<IpAddr>() {
            Ok(_) => format!("ip:{name}"),
            Err(_) => format!("dns:{name}"),
        })
        .collect();
    Some(format!("mwallet csr W --renew ALIAS --san {}", hint::quoted(names.join(","))))
}
