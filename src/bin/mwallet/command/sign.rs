use crate::app::exit_codes;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::input;
use crate::open::AuthorityFlags;
use crate::outlet::Outlet;
use crate::output;
use crate::render::change::Change;
use crate::render::signed;
use crate::render::text::count;
use clap::Args;
use mwallet::chain::Finding;
use mwallet::code::Code;
use mwallet::codec::{Warning, pem};
use mwallet::issue::alternative_name::SubjectAltName;
use mwallet::issue::certificate::Role;
use mwallet::issue::constraint::{NameConstraints, Subtree};
use mwallet::issue::usage::ExtendedKeyUsage;
use mwallet::model::publication::Publication;
use mwallet::model::request::CertificateRequest;
use mwallet::ops::sign::{self, SignSpec, SignedCertificate};
use std::path::PathBuf;

/// Sign a request as a CA does
///
/// The signature of the request is verified: it shows that the sender holds the key. The subject is
/// taken from the request, everything else is the CA's to say. Names and usages that the request asks
/// for are taken over with --copy-extensions alone, and what is left out is told. No request makes its
/// sender a CA; --ca-cert does.
///
/// The CA is a key whose certificate says so, in a wallet of any type. Its name is copied byte for
/// byte. The certificate gets a random serial number of 128 bits, begins five minutes ago, and does not
/// outlive the CA's own.
///
/// The certificate goes to stdout as PEM, and what was done to stderr. With --json the report goes to
/// stdout and holds the PEM.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  A CA of one's own, and its certificate for those who are to trust it.
  mwallet create ca-wallet
  mwallet csr ca-wallet --dn 'CN=Corp CA,O=Acme' --self-signed --ca-cert --days 3650
  mwallet export ca-wallet --to pem --no-key --out corp-ca.pem

  A certificate from it, for whoever sends a request.
  mwallet create app-wallet
  mwallet csr app-wallet --dn CN=app --san dns:app.acme.com --eku server --out app.csr
  mwallet sign app.csr --ca ca-wallet --copy-extensions --days 397 --out app.pem
  mwallet import-user app-wallet app.pem corp-ca.pem --trust-root

  A CA below it, for the hosts of one domain, and what a server sends of it.
  mwallet create sub-wallet
  mwallet csr sub-wallet --dn 'CN=Issuing CA,O=Acme' --out sub.csr
  mwallet sign sub.csr --ca ca-wallet --ca-cert --path-len 0 --permit dns:acme.com --out sub.pem
  mwallet import-user sub-wallet sub.pem corp-ca.pem --trust-root
  mwallet sign app.csr --ca sub-wallet --san dns:app.acme.com --eku server --chain > app-chain.pem

  With a list of revoked certificates.
  mwallet crl create --ca ca-wallet --to der --out corp.crl
  mwallet sign app.csr --ca ca-wallet --copy-extensions --crl-url http://pki.acme.com/corp.crl

JSON:
  {schema, path, dry_run, written, ca, subject, issuer, serial, not_before, not_after, sha256, is_ca,
  public_key, san, key_usage, eku, copied:[{oid, name, value}], left_out:[...], pem, files, warnings}

", exit_codes!()))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Sign {
    /// The request, PEM or DER; - is stdin
    #[arg(value_name = "CSR")]
    request: PathBuf,
    #[command(flatten)]
    authority: AuthorityFlags,
    /// How many days the certificate is valid: 365 without it, 1825 with --ca-cert
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    days: Option<u16>,
    /// Names of the subject, in the place of those that are asked for: dns:HOST, ip:ADDRESS,
    /// email:ADDRESS, uri:URI; commas between them
    #[arg(long, value_name = "NAMES")]
    san: Vec<String>,
    /// What the certificate is for, in the place of what is asked for: client, server, code, email,
    /// time, ocsp, any, or an OID; commas between them
    #[arg(long, value_name = "USES")]
    eku: Vec<String>,
    /// Take over the names and usages that the request asks for
    #[arg(long)]
    copy_extensions: bool,
    /// Make the subject a CA
    #[arg(long)]
    ca_cert: bool,
    /// How many more CAs may stand below the new one
    #[arg(long, value_name = "N", requires = "ca_cert")]
    path_len: Option<u8>,
    /// Names that the new CA may certify, and no others of their kind: dns:DOMAIN, ip:NETWORK/BITS,
    /// email:DOMAIN, uri:DOMAIN, dirname:DN; commas between them
    #[arg(long, value_name = "NAMES", requires = "ca_cert")]
    permit: Vec<String>,
    /// Names that the new CA may not certify
    #[arg(long, value_name = "NAMES", requires = "ca_cert")]
    exclude: Vec<String>,
    /// Where the CA publishes its list of revoked certificates
    #[arg(long, value_name = "URL")]
    crl_url: Vec<String>,
    /// Where the CA publishes its own certificate
    #[arg(long, value_name = "URL")]
    aia_url: Vec<String>,
    /// Who answers for the CA whether a certificate is revoked
    #[arg(long, value_name = "URL")]
    ocsp_url: Vec<String>,
    /// Write the certificates of the CA behind the new one, without a self-signed root
    #[arg(long)]
    chain: bool,
    /// Where to write the certificate; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Overwrite the file of --out
    #[arg(long)]
    force: bool,
    /// Say what would be signed, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// The certificate, and with --chain those of its CA.
struct Written {
    pem: String,
    number: usize,
    /// Whether the CA's chain ends in a root that is not among them.
    has_left_root: bool,
}

impl Written {
    fn line(&self) -> String {
        let number = count(self.number, "certificate");
        let left = "; the self-signed root is left out, which clients have to know anyway";
        format!("the chain has {number}{}\n", if self.has_left_root { left } else { "" })
    }
}

/// How many days a certificate is valid unless the user says it, and a CA's.
const DAYS: (u16, u16) = (365, 1825);

impl Sign {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let spec = self.spec()?;
        if let Some(out) = self.out.as_deref().filter(|out| *out != "-") {
            let mut read = self.authority.files_read();
            read.push(self.request.clone());
            output::require_public_place(out, &[self.authority.path()], &read, self.force)?;
        }
        let request = self.request(context)?;
        let opened = self.authority.open(context)?;
        let authority = self.authority.authority(&opened)?;
        let signed = sign::sign(&authority, &request, &spec, context.now());
        let signed = signed.map_err(|error| {
            // What the request is signed with is refused as the request; the key that signs is the CA's.
            let is_of_ca =
                [Code::ISSUER_UNFIT, Code::ALGORITHM_UNSUPPORTED].contains(&error.code());
            let about = if is_of_ca { self.authority.path() } else { &self.request };
            Failure::from(error).about(about)
        })?;
        let mut change = Change::new(self.authority.path(), self.dry_run);
        for Finding { code, message, .. } in &signed.findings {
            change.warn(Warning { code: *code, message: message.clone() });
        }
        if let Some(warning) = signed::left_out(&signed) {
            change.warn(warning);
        }
        // As servers send it: without the root, which a client has to know anyway.
        let mut issuers = if self.chain { authority.chain() } else { Vec::new() };
        let found = issuers.len();
        issuers.retain(|issuer| !issuer.is_self_issued());
        let has_left_root = found > issuers.len();
        let mut certificates = vec![&signed.certificate];
        certificates.extend(&issuers);
        let pem = pem::encode_certificates(&certificates, self.chain);
        let written = Written { pem, number: certificates.len(), has_left_root };
        self.tell(&signed, authority.alias(), &written, change, context)
    }

    fn spec(&self) -> Result<SignSpec, Failure> {
        let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
        let subtrees = |values: &[String]| {
            list(values).map_or_else(|| Ok(Vec::new()), |text| Subtree::parse_list(&text))
        };
        let (role, days) = if self.ca_cert {
            (Role::Authority { path_length: self.path_len }, DAYS.1)
        } else {
            (Role::EndEntity, DAYS.0)
        };
        Ok(SignSpec {
            days: self.days.unwrap_or(days),
            role,
            san: list(&self.san).as_deref().map(SubjectAltName::parse_list).transpose()?,
            eku: list(&self.eku).as_deref().map(ExtendedKeyUsage::parse_list).transpose()?,
            constraints: NameConstraints {
                permitted: subtrees(&self.permit)?,
                excluded: subtrees(&self.exclude)?,
            },
            publication: Publication {
                crl: self.crl_url.clone(),
                ca_issuers: self.aia_url.clone(),
                ocsp: self.ocsp_url.clone(),
            },
            copy: self.copy_extensions,
        })
    }

    /// The one request of the file.
    fn request(&self, context: &Context) -> Result<CertificateRequest, Failure> {
        let mut bundle = input::bundle(&self.request, context)?;
        match (bundle.requests.pop(), bundle.requests.len()) {
            (Some(request), 0) => Ok(request),
            (Some(_), more) => {
                let message = format!("there are {} requests in it, and one is wanted", more + 1);
                Err(Failure::new(Code::USAGE, message).about(&self.request))
            }
            (None, _) => Err(Failure::nothing_in(&self.request, "request")),
        }
    }

    fn tell(
        &self,
        signed: &SignedCertificate,
        alias: &str,
        written: &Written,
        mut change: Change,
        context: &Context,
    ) -> Result<Status, Failure> {
        signed::facts(signed, alias, &written.pem, &mut change);
        let outlet = Outlet::new(self.out.as_deref(), self.force, self.dry_run);
        let wrote = outlet.write(written.pem.as_bytes(), &mut change, context)?;
        let mut text = signed::text(signed, &change) + &wrote;
        if self.chain {
            text += &written.line();
        }
        outlet.report(&change, &text, context)?;
        if !signed.copyable.is_empty() {
            // What was written a moment ago is written again.
            let again = (outlet.is_file() && !self.dry_run && !self.force).then_some("--force");
            let flags: Vec<&str> = ["--copy-extensions"].into_iter().chain(again).collect();
            context.hint(&context.command_line(&flags));
        }
        Ok(Status::Done)
    }
}
