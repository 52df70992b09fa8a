use crate::app::exit_codes;
use crate::context::{self, Context};
use crate::failure::{Failure, Status};
use crate::hint;
use crate::input;
use crate::open::OpenFlags;
use crate::own_password::{OwnPassword, own_passwords};
use crate::render::auto_login::{AutoLoginReport, HeaderReport};
use crate::render::certificate::{self, CertificateDetails};
use crate::render::inspect::InspectReport;
use crate::render::list::Row;
use crate::render::style::Style;
use crate::render::wallet::{EntryReport, Head};
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::chain::Candidates;
use mwallet::code::{Class, Code};
use mwallet::codec::bundle::{self, Bundle};
use mwallet::codec::{self, Keys, Opening, Origin, pkcs12};
use mwallet::consumer;
use mwallet::model::certificate::Certificate;
use mwallet::model::format::Format;
use mwallet::model::request::CertificateRequest;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::secret::SecretBytes;
use mwallet::store::dir::Location;
use mwallet::store::file;
use mwallet::store::{AutoLoginFile, Store};
use std::path::PathBuf;

/// Say what a file is
///
/// A wallet, a certificate, a request, a revocation list, a key, or a bundle of them: the format, how
/// it is protected, what is in it, and who can read it. The content decides, not the name. - is
/// stdin.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet inspect app-wallet
  mwallet inspect cert.p12 --password-env P12_PASSWORD
  mwallet inspect reply.p7b

", exit_codes!()))]
pub(crate) struct Inspect {
    /// The file or wallet directory
    #[arg(value_name = "ANY")]
    path: PathBuf,
    #[command(flatten)]
    open: OpenFlags,
}

/// Most things in a file for which each certificate and request is shown in detail.
const DETAILED: usize = 3;

impl Inspect {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let is_stream = input::is_stream(&self.path);
        if !is_stream && !matches!(Location::existing(&self.path)?, Location::File(_)) {
            return self.store(context);
        }
        let bytes = if is_stream { context.stream(&self.path)? } else { file::read(&self.path)? };
        match codec::detect(&bytes) {
            Some(format) if format.is_store() || format == Format::KubernetesSecret => {
                self.store(context)
            }
            format => self.bundle(&bytes, format, context),
        }
    }

    fn store(&self, context: &Context) -> Result<Status, Failure> {
        let store = match self.open.look(&self.path, context) {
            Ok(opened) => opened.store,
            Err(failure) => {
                if failure.code.class() == Class::Password {
                    self.outline(context)?;
                }
                return Err(failure);
            }
        };
        let own = own_passwords(&store, &self.path, context);
        for OwnPassword { warning, repair, .. } in &own {
            context.warn(std::slice::from_ref(warning));
            context.hint(&context.typed().with_passwords(repair));
        }
        let aliases = shown_aliases(&store.wallet);
        // The table has no chains, and no more of a certificate than its subject, key and end.
        let candidates = context.json.then(|| Candidates::of(&store.wallet));
        let mut contents = Vec::new();
        for entry in store.wallet.entries() {
            let report = EntryReport::of(entry, &aliases[&entry.id()], &store);
            let report = match &candidates {
                Some(candidates) => report.complete(entry, candidates),
                None => report,
            };
            contents.push((report, entry.certificate().cloned().map(Shown::Certificate)));
        }
        let origin = store.origin.as_ref();
        let report = InspectReport {
            head: Head::of(&store),
            auto_login_file: auto_login_file(&store),
            password: origin.and_then(Origin::blank_password),
            mac: origin.and_then(Origin::mac).map(Into::into),
            encryption: origin
                .map_or_else(Vec::new, Origin::encryption)
                .into_iter()
                .map(Into::into)
                .collect(),
            readers: origin
                .map_or_else(Vec::new, |origin| consumer::readers(origin, &store.wallet))
                .into_iter()
                .map(Into::into)
                .collect(),
            entries: Vec::new(),
        };
        tell(report, contents, context)
    }

    /// What a store shows without its password: better than nothing, though it stays an error.
    fn outline(&self, context: &Context) -> Result<(), Failure> {
        let is_stream = input::is_stream(&self.path);
        let location = if is_stream {
            Location::File(self.path.clone())
        } else {
            Location::existing(&self.path)?
        };
        let (auto_login, _) = location.auto_login()?;
        let main = if is_stream {
            Some(context.stream(&self.path)?)
        } else {
            let path = location.store_file();
            file::kind(&path)?.map(|_| file::read(&path)).transpose()?
        };
        let is_auto_login =
            main.as_deref().and_then(codec::detect).is_none_or(|found| found == Format::Sso);
        let path = match &main {
            Some(_) if is_auto_login && !is_stream => Some(location.store_file()),
            _ => location.auto_login_file(),
        };
        let opening = Opening { identity: Some(context::identity), ..Opening::with(None) };
        let auto_login_file =
            path.map(|path| AutoLoginFile::at(&path, &opening)).transpose()?.flatten();
        let found = main.as_deref().and_then(codec::detect).unwrap_or(Format::Pkcs12);
        let (mac, encryption) = match &main {
            Some(bytes) if found.is_java() => {
                let origin = codec::decode(bytes, found, &Opening::with(None))?.origin;
                (origin.mac(), origin.encryption())
            }
            Some(bytes) if !is_auto_login => {
                let outline = pkcs12::outline(bytes)?;
                (outline.mac, outline.encryption)
            }
            _ => (None, Vec::new()),
        };
        let format = if is_auto_login { Format::Sso } else { found };
        let report = InspectReport {
            auto_login_file: auto_login_file.as_ref().map(AutoLoginReport::of),
            mac: mac.map(Into::into),
            encryption: encryption.into_iter().map(Into::into).collect(),
            ..self.report(format, auto_login.name())
        };
        tell(report, Vec::new(), context)?;
        Ok(())
    }

    /// A report with nothing in it but the head.
    fn report(&self, format: Format, auto_login: &'static str) -> InspectReport {
        InspectReport {
            head: Head {
                schema: SCHEMA,
                path: self.path.to_string_lossy().into_owned(),
                format: format.name(),
                layout: None,
                profile: None,
                auto_login,
            },
            auto_login_file: None,
            password: None,
            mac: None,
            encryption: Vec::new(),
            readers: Vec::new(),
            entries: Vec::new(),
        }
    }

    fn bundle(
        &self,
        bytes: &SecretBytes,
        format: Option<Format>,
        context: &Context,
    ) -> Result<Status, Failure> {
        let about = |failure: Failure| failure.about(&self.path);
        let Some(format) = format else {
            return Err(about(codec::unknown(bytes).into()));
        };
        let secrets = self.open.secrets(context)?;
        let opening = secrets.opening(Keys::Open);
        let bundle = bundle::read(bytes, &opening).map_err(|error| about(error.into()))?;
        let contents = contents(&bundle, context);
        if contents.is_empty() {
            return Err(about(Failure::new(Code::BUNDLE_EMPTY, "there is nothing in it")));
        }
        context.warn(&bundle.warnings);
        let unproven = bundle.requests.iter().filter_map(certificate::unproven);
        context.warn(&unproven.collect::<Vec<_>>());
        if let Some(command) = hint::for_locked_keys(&bundle.warnings, context.typed()) {
            context.hint(&command);
        }
        tell(self.report(format, "none"), contents, context)
    }
}

/// The auto-login file of a directory, or the one that was read.
fn auto_login_file(store: &Store) -> Option<AutoLoginReport> {
    match (&store.origin, store.auto_login_file()) {
        (_, Some(file)) => Some(AutoLoginReport::of(file)),
        (Some(Origin::Sso(origin)), None) => Some(AutoLoginReport {
            header: Some(HeaderReport::of(origin.header())),
            opens: true,
            refusal: None,
        }),
        _ => None,
    }
}

/// What can be shown in detail.
enum Shown {
    Certificate(Certificate),
    Request(CertificateRequest),
}

impl Shown {
    fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Certificate(certificate) => Some(certificate),
            Self::Request(_) => None,
        }
    }
}

fn contents(bundle: &Bundle, context: &Context) -> Vec<(EntryReport, Option<Shown>)> {
    let mut contents: Vec<(EntryReport, Option<Shown>)> = Vec::new();
    for certificate in &bundle.certificates {
        // Text has the details of a few, from the certificates and requests themselves.
        let details = context.json.then(|| CertificateDetails::of(certificate));
        let report = EntryReport { details, ..EntryReport::of_certificate(certificate) };
        contents.push((report, Some(Shown::Certificate(certificate.clone()))));
    }
    for request in &bundle.requests {
        let details = context.json.then(|| CertificateDetails::of_request(request));
        let report = EntryReport { details, ..EntryReport::of_request(request) };
        contents.push((report, Some(Shown::Request(request.clone()))));
    }
    contents.extend(bundle.revocation_lists.iter().map(|_| (EntryReport::of_kind("crl"), None)));
    contents.extend(bundle.keys.iter().map(|key| (EntryReport::of_key(key), None)));
    contents
}

fn tell(
    report: InspectReport,
    contents: Vec<(EntryReport, Option<Shown>)>,
    context: &Context,
) -> Result<Status, Failure> {
    if context.json {
        let entries = contents.into_iter().map(|(entry, _)| entry).collect();
        context.data(&render::json(&InspectReport { entries, ..report }, context))?;
    } else {
        let style = Style::new(context.colors_data());
        let mut text = report.text(style);
        // Stores are tables: `show` has the rest of an entry.
        let is_store = !report.readers.is_empty();
        if !is_store && contents.len() <= DETAILED {
            for shown in contents.iter().filter_map(|(_, shown)| shown.as_ref()) {
                text.push('\n');
                match shown {
                    Shown::Certificate(one) => certificate::lines(one, context.now(), &mut text),
                    Shown::Request(one) => certificate::request_lines(one, &mut text),
                }
            }
        }
        if !contents.is_empty() {
            text.push('\n');
            let row = |(report, shown): &(EntryReport, Option<Shown>)| {
                Row::of(report, shown.as_ref().and_then(Shown::certificate), context.now())
            };
            text += &render::list::entries(contents.iter().map(row), style);
        }
        context.data(text.as_bytes())?;
    }
    Ok(Status::Done)
}
