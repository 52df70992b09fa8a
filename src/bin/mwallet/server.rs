//! Servers that a command asks: the flags, and the certificates that the machine trusts.

use crate::context::Context;
use crate::failure::Failure;
use crate::value;
use clap::Args;
use mwallet::codec::bundle;
use mwallet::limits;
use mwallet::model::certificate::Certificate;
use mwallet::probe::{Deadline, Options, Protocol, Target, Version};
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
    #[arg(long, value_name = "N", help_heading = "Server")]
    pub(crate) servername: Option<String>,
    /// How long everything may take: 10, 10s, 2m
    #[arg(
        long,
        value_name = "TIME",
        default_value = "10s",
        hide_default_value = true,
        value_parser = value::duration,
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

/// The certificates that the machine trusts; none where no such file is.
pub(crate) fn system_roots(context: &Context) -> Result<Vec<Certificate>, Failure> {
    let named = context.variable(OsStr::new(ROOTS_VARIABLE)).map(PathBuf::from);
    let paths = match &named {
        Some(path) => vec![path.as_path()],
        None => SYSTEM_ROOTS.iter().map(Path::new).collect(),
    };
    for path in paths {
        let bytes = match file::read_bounded(path, limits::BUNDLE_BYTES) {
            Ok(bytes) => bytes,
            Err(StoreError::NotFound { .. }) => continue,
            Err(error) => {
                context.detail(&format!("the roots of this machine are left out: {error}"));
                continue;
            }
        };
        let found = bundle::read(&bytes, &[]).map_err(|error| Failure::from(error).about(path))?;
        return Ok(found.certificates);
    }
    Ok(Vec::new())
}
