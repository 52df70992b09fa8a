//! Configurations of Oracle Net: `sqlnet.ora`, `tnsnames.ora` and `listener.ora`.
//!
//! Sources: for the parameters the Net Services Reference; for who reads which of the files "Oracle Wallet Search
//! Order" and for logins "Managing the Secure External Password Store" in the Security Guide of 19c; for
//! `WALLET_ROOT` "Configuring Transport Layer Security Encryption" in that of 23ai.

use crate::command::snippet::facts::Facts;
use crate::hint;
use mwallet::issue::alternative_name::SubjectAltName;
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::model::certificate::Certificate;
use mwallet::ops::secret::credential::Login;
use std::fmt::Write as _;
use std::path::Path;

/// Stands for a name in `tnsnames.ora`.
const ANY_NAME: &str = "NAME";

/// `sqlnet.ora`.
pub(super) fn sqlnet(facts: &Facts) -> String {
    let mut text = heading(facts);
    let _ = write!(text, "\n# sqlnet.ora\n{}", wallet_location(facts));
    if !facts.logins.is_empty() {
        text += "# CONNECT /@NAME logs in with what the wallet holds for NAME, and with nothing else.\n\
                 SQLNET.WALLET_OVERRIDE = TRUE\n";
    } else if !facts.is_open {
        text += "# Where the wallet holds logins:\n# SQLNET.WALLET_OVERRIDE = TRUE\n";
    }
    if speaks_tls(facts) {
        let (says, presents) = match (facts.is_open, facts.has_key) {
            (false, _) => ("FALSE where the wallet holds no key with a certificate.", "TRUE"),
            (true, true) => {
                ("The wallet's certificate is presented to a server that asks.", "TRUE")
            }
            (true, false) => ("The wallet has no certificate to present.", "FALSE"),
        };
        let _ = write!(
            text,
            "# {says}\n\
             SSL_CLIENT_AUTHENTICATION = {presents}\nSSL_SERVER_DN_MATCH = YES\nSSL_VERSION = 1.2\n\
             # Between releases from 23ai on, TLS 1.3 as well: SSL_VERSION = (TLSv1.2, TLSv1.3)\n"
        );
    }
    let _ = write!(text, "\n# The entries of tnsnames.ora: {}\n", another(facts, "tnsnames"));
    text
}

/// Entries of `tnsnames.ora`: one for each login, else one.
pub(super) fn tnsnames(facts: &Facts) -> String {
    let mut text = heading(facts) + "\n# tnsnames.ora\n";
    let tls = speaks_tls(facts);
    if !facts.logins.is_empty() {
        let command = another(facts, "sqlnet");
        let _ = writeln!(text, "# CONNECT /@NAME finds its login by way of sqlnet.ora: {command}");
        let is_default = |login: &Login| *login == Login::Default;
        if service_names(&facts.logins) == [ANY_NAME] && !facts.logins.iter().any(is_default) {
            let set = hint::command("cred set", Path::new(&facts.path));
            let command = facts.typed.with_passwords(&format!("{set} {ANY_NAME} --user USER"));
            let _ =
                writeln!(text, "# The wallet has no login for {ANY_NAME}; run first: {command}");
        }
    }
    if tls {
        text += "# HOST has to be a name in the server's certificate. Where it is not, the whole name of that\n\
                 # in SECURITY: (SSL_SERVER_CERT_DN = \"CN=...\")\n";
    }
    let (protocol, port, security) = if tls {
        let directory = net_value(&facts.file());
        let security = format!(
            "\n    (SECURITY =\n      (SSL_SERVER_DN_MATCH = YES)\n      \
             (MY_WALLET_DIRECTORY = {directory}))"
        );
        ("TCPS", 2484, security)
    } else {
        ("TCP", 1521, String::new())
    };
    for name in service_names(&facts.logins) {
        let _ = writeln!(
            text,
            "{name} =\n  (DESCRIPTION =\n    \
             (ADDRESS = (PROTOCOL = {protocol})(HOST = HOST)(PORT = {port}))\n    \
             (CONNECT_DATA = (SERVICE_NAME = SERVICE)){security})"
        );
    }
    text
}

/// `listener.ora`, for a server's wallet.
pub(super) fn listener(facts: &Facts) -> String {
    let mut text = heading(facts);
    if facts.is_open && !facts.has_key {
        let command = format!("{} --dn CN=HOST", hint::command("csr", Path::new(&facts.path)));
        let command = facts.typed.with_passwords(&command);
        let _ = writeln!(text, "# A listener presents a certificate, and needs a key: {command}");
    }
    let host = facts.certificate.as_ref().and_then(host).unwrap_or_else(|| "HOST".to_owned());
    let _ = write!(
        text,
        "
# listener.ora
LISTENER =
  (DESCRIPTION_LIST =
    (DESCRIPTION =
      (ADDRESS = (PROTOCOL = TCPS)(HOST = {host})(PORT = 2484))))
{}# It is the database that asks clients for certificates.
SSL_CLIENT_AUTHENTICATION = FALSE

# sqlnet.ora of the database has the same WALLET_LOCATION, and SSL_CLIENT_AUTHENTICATION = TRUE where
# every client has to present a certificate. Since 23ai the database reads its wallet below WALLET_ROOT.
",
        wallet_location(facts)
    );
    if let Some(certificate) = &facts.certificate {
        let subject = quoted_value(&certificate.subject().to_string());
        let _ = writeln!(
            text,
            "# Clients compare HOST with the names in the certificate, or its whole name:\n\
             #   (SSL_SERVER_CERT_DN = {subject})"
        );
    }
    text
}

/// The heading, and the command that makes the wallet open by itself where it does not.
fn heading(facts: &Facts) -> String {
    let mut text = facts.comments("#");
    if !facts.auto_login {
        let command = hint::command("autologin on", Path::new(&facts.file()));
        let command = facts.typed.with_passwords(&command);
        text += "# Oracle Net has no password, so the wallet needs auto-login:\n";
        let _ = writeln!(text, "# run first: {command}");
    }
    text
}

fn wallet_location(facts: &Facts) -> String {
    let directory = net_value(&facts.file());
    format!(
        "WALLET_LOCATION =\n  (SOURCE = (METHOD = FILE)\n    \
         (METHOD_DATA = (DIRECTORY = {directory})))\n"
    )
}

/// The command for another of the files.
fn another(facts: &Facts, kind: &str) -> String {
    let command = hint::command(&format!("snippet {kind}"), Path::new(&facts.path));
    facts.typed.with_passwords(&command)
}

/// Whether there is anything to speak TLS with: a wallet that holds logins alone is for any protocol.
pub(super) fn speaks_tls(facts: &Facts) -> bool {
    !facts.is_open || facts.has_key || facts.trusts || facts.logins.is_empty()
}

/// The logins' connect strings that are names in `tnsnames.ora`; other connect strings need none.
pub(super) fn service_names(logins: &[Login]) -> Vec<&str> {
    let is_name = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.$#".contains(&byte))
    };
    let names: Vec<&str> = logins
        .iter()
        .filter_map(|login| match login {
            Login::Connect(connect) if is_name(connect) => Some(connect.as_str()),
            _ => None,
        })
        .collect();
    if names.is_empty() { vec![ANY_NAME] } else { names }
}

/// The host that the certificate is for: its first DNS name, else its common name.
fn host(certificate: &Certificate) -> Option<String> {
    let is_host = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    };
    let names = RequestedExtensions::of_certificate(certificate).map(|extensions| extensions.san);
    let dns = names.unwrap_or_default().into_iter().find_map(|name| match name {
        SubjectAltName::Dns(name) if is_host(&name) => Some(name),
        _ => None,
    });
    dns.or_else(|| certificate.subject().common_name().filter(|name| is_host(name)))
}

/// A value of Oracle Net: quoted where it has characters that are reserved there (Net Services
/// Reference, "Syntax Rules for Configuration Files").
pub(super) fn net_value(text: &str) -> String {
    if text.contains(['(', ')', '=', ',', '\'', '"', '\\', '#']) {
        quoted_value(text)
    } else {
        text.to_owned()
    }
}

fn quoted_value(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
