//! The report of `probe` for people.

use crate::render;
use crate::render::style::Style;
use crate::render::text::{count, safe};
use mwallet::chain::{Finding, Severity};
use mwallet::code::Code;
use mwallet::probe::report::{ClientCertificate, ProbeReport};
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// CAs that are listed; a public server's list may have hundreds.
const AUTHORITIES: usize = 20;

/// The server, its chain, what it wants, the findings and the verdict.
pub(crate) fn report(report: &ProbeReport, now: OffsetDateTime, style: Style) -> String {
    let server = &report.server;
    let mut text = String::new();
    let agreed = match (&server.version, &server.suite) {
        (Some(version), Some(suite)) => format!("TLS {version}, {suite}"),
        (Some(version), None) => format!("TLS {version}"),
        _ => "no TLS connection".to_owned(),
    };
    let _ = writeln!(text, "{}: {agreed}", style.bold(&safe(&server.address)));
    if !report.presented.is_empty() {
        let _ = writeln!(text, "\npresented by the server:");
    }
    for (position, certificate) in report.presented.iter().enumerate() {
        let end = OffsetDateTime::parse(&certificate.not_after, &Rfc3339)
            .map_or_else(|_| String::new(), |end| render::text::validity_end(end, now));
        let facts = match &certificate.sha256 {
            Some(sha256) => format!("[sha256:{}, until {end}]", &sha256[..16]),
            None => "[malformed]".to_owned(),
        };
        let subject = safe(&certificate.subject);
        let _ = writeln!(text, "  {}. {subject} {}", position + 1, style.dim(&facts));
    }
    trust(&mut text, report, style);
    if report.client_certificate.requested {
        wanted(&mut text, &report.client_certificate, style);
    }
    text.push('\n');
    // The chain of the report follows with the findings and the verdict. A certificate may be in the
    // chain of the wallet's entry as well, whose findings are not the server's; that the server's own is
    // trusted is.
    let all = &report.report.findings;
    let is_of_server =
        |found: &&Finding| found.entry.is_none() || found.code == Code::LEAF_AS_TRUSTED;
    let of_server: Vec<Finding> = all.iter().filter(is_of_server).cloned().collect();
    text += &render::chain::trees_with(&report.report, &of_server, style);
    text += &render::chain::findings(all, style);
    text + &render::chain::verdict(all, style) + "\n"
}

/// Below whose CAs the certificate is issued; and beside the first of them, which judges, what speaks
/// against it all the same.
fn trust(text: &mut String, report: &ProbeReport, style: Style) {
    let mut objections = objections(report);
    for (who, trusted) in [
        ("--ca", report.trusted_by_ca),
        ("the wallet", report.trusted_by_wallet),
        ("this machine", report.trusted_by_system),
    ] {
        if let Some(trusted) = trusted {
            let verdict = if trusted { style.green("yes") } else { style.red("no") };
            let against = objections.take().filter(|_| trusted).map(|codes| style.red(&codes));
            let against = against.unwrap_or_default();
            let _ = writeln!(text, "issued below a CA of {who}: {verdict}{against}");
        }
    }
    let is_looked_for = report.trusted_by_ca.is_none() && report.trusted_by_system.is_none();
    if !report.presented.is_empty() && is_looked_for {
        let fact = "not known, its roots were not found";
        let _ = writeln!(text, "issued below a CA of this machine: {fact}");
    }
}

/// The errors that are about the server's certificates.
fn objections(report: &ProbeReport) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    for finding in &report.report.findings {
        let is_of_server = finding.entry.is_none() && finding.certificate.is_some();
        let name = finding.code.name();
        if is_of_server && finding.severity == Severity::Error && !codes.contains(&name) {
            codes.push(name);
        }
    }
    (!codes.is_empty()).then(|| format!("; not accepted: {}", codes.join(", ")))
}

fn wanted(text: &mut String, wanted: &ClientCertificate, style: Style) {
    let how = if wanted.required == Some(true) { "requires" } else { "asks for" };
    let without = if wanted.required == Some(false) { ", and goes on without one" } else { "" };
    let of = if wanted.authorities.is_empty() { "of any CA" } else { "of one of these CAs" };
    let end = if wanted.authorities.is_empty() { "" } else { ":" };
    let _ = writeln!(text, "\nthe server {how} a client certificate {of}{without}{end}");
    for authority in wanted.authorities.iter().take(AUTHORITIES) {
        let _ = writeln!(text, "  {}", safe(authority));
    }
    if let Some(more @ 1..) = wanted.authorities.len().checked_sub(AUTHORITIES) {
        let _ = writeln!(text, "  and {}", count(more, "more CA"));
    }
    let _ = writeln!(text, "{}", style.dim(&format!("signed by: {}", wanted.schemes.join(", "))));
    for entry in &wanted.entries {
        let _ = writeln!(text, "{}:", style.bold(&safe(&entry.alias)));
        for choice in &entry.clients {
            let title = title(choice.client);
            match &choice.reason {
                None => {
                    let _ = writeln!(text, "  {title} {}", style.green("sends it"));
                }
                Some(reason) => {
                    let _ = writeln!(text, "  {title} does not send it: {}", safe(reason));
                }
            }
        }
    }
    if let Some(sent) = &wanted.sent {
        let took = match wanted.accepted {
            Some(true) => style.green("the server took it"),
            Some(false) => style.red("the server refused it"),
            None => "the server said nothing against it".to_owned(),
        };
        let _ = writeln!(text, "sent: {}; {took}", safe(sent));
    }
}

fn title(client: &str) -> &'static str {
    use mwallet::probe::Client;
    Client::ALL.into_iter().find(|known| known.name() == client).map_or("a client", Client::title)
}
