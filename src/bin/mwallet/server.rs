//! Servers that a command asks: the flags, and the certificates that the machine trusts.

use crate::context::Context;
use crate::failure::Failure;
use crate::value;
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Opening, Warning, bundle};
use mwallet::limits;
use mwallet::model::certificate::Certificate;
use mwallet::probe::{Deadline, Options, ProbeError, Protocol, Target, Version};
use mwallet::store::{StoreError, file};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where systems keep the roots that they trust: Debian, Red Hat, SUSE, Alpine and macOS.
const SYSTEM_ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The variable by which OpenSSL's programs, and many others, are pointed to another file.
const ROOTS_VARIABLE: &str = "SSL_CERT_FILE";

/// The flags of every verb that asks a server.
#[derive(Args, Debug)]
pub(crate) struct ServerFlags {
    /// Ask for TLS in the server's own protocol first: smtp, imap, postgres or ldap
    #[arg(long, value_name = "PROTOCOL", value_parser = value::starttls, help_heading = "Server")]
    pub(crate) starttls: Option<Protocol>,
    /// The name to send, and to find in the certificate, instead of the host
    #[arg(long, value_name = "N", value_parser = value::server_name, help_heading = "Server")]
    pub(crate) servername: Option<String>,
    /// How long everything may take: 10, 10s, 2m
    #[arg(
        long,
        value_name = "TIME",
        default_value = "10s",
        hide_default_value = true,
        value_parser = value::patience,
        help_heading = "Server"
    )]
    pub(crate) timeout: Duration,
}

impl ServerFlags {
    /// The name that is sent.
    pub(crate) fn name<'a>(&'a self, target: &'a Target) -> &'a str {
        self.servername.as_deref().unwrap_or(&target.host)
    }

    /// How to ask; the time begins now.
    pub(crate) fn options(&self, version: Option<Version>) -> Options<'_> {
        Options {
            starttls: self.starttls,
            servername: self.servername.as_deref(),
            version,
            deadline: Deadline::after(self.timeout),
        }
    }
}

/// That a server could not be asked, with its name: the library tells it only where no connection was made.
pub(crate) fn failed(error: ProbeError, target: &Target) -> Failure {
    let is_named = matches!(error, ProbeError::Unresolved { .. } | ProbeError::Unreachable { .. });
    let mut failure = Failure::from(error).with("server", target.to_string());
    if !is_named {
        failure.message = format!("{target}: {}", failure.message);
    }
    failure
}

/// The certificates that the machine trusts, from the first of the usual files that is there, or from
/// the one that the variable names. Where there is none, or it cannot be read, that is said: a wallet
/// is judged all the same.
pub(crate) fn system_roots(context: &Context) -> Vec<Certificate> {
    let named = context.variable(OsStr::new(ROOTS_VARIABLE)).map(PathBuf::from);
    let paths = match &named {
        Some(path) => vec![path.as_path()],
        None => SYSTEM_ROOTS.iter().map(Path::new).collect(),
    };
    for path in &paths {
        let failure = match file::read_bounded(path, limits::BUNDLE_BYTES) {
            Ok(bytes) => match bundle::read(&bytes, &Opening::with(None)) {
                Ok(found) if !found.certificates.is_empty() => return found.certificates,
                Ok(_) => Failure::new(Code::BUNDLE_EMPTY, "it holds no certificate").about(path),
                Err(error) => Failure::from(error).about(path),
            },
            Err(StoreError::NotFound { .. }) => continue,
            Err(error) => Failure::from(error),
        };
        let message = format!("the roots of this machine are left out: {}", failure.message);
        context.warn(&[Warning { code: failure.code, message }]);
        return Vec::new();
    }
    let looked: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    let message = format!(
        "the roots of this machine are not known: there is no {}; {ROOTS_VARIABLE} can name another \
         file",
        looked.join(", no ")
    );
    context.warn(&[Warning { code: Code::FILE_NOT_FOUND, message }]);
    Vec::new()
}
