//! Certificates as metrics, in Prometheus's text format 0.0.4.
//!
//! ```text
//! # HELP name text          in the text, \ and line feed are escaped
//! # TYPE name gauge
//! name{label="value"} 1     in the value, \, " and line feed are escaped
//! ```

use crate::render::text::safe;
use mwallet::store::Survey;
use std::collections::HashSet;
use std::fmt::Write as _;

/// The end of every certificate, and how many files were read and were not.
pub(crate) fn text(survey: &Survey) -> String {
    let mut text = String::new();
    family(
        &mut text,
        "mwallet_certificate_not_after_seconds",
        "When the validity of the certificate ends, in seconds since 1970.",
    );
    // Two samples with the same labels would make the whole file invalid: a wallet may hold a
    // certificate twice under one name, and paths that are no UTF-8 may look alike.
    let mut seen = HashSet::new();
    for file in &survey.files {
        for certificate in &file.certificates {
            let labels = labels(&[
                ("path", &file.path.to_string_lossy()),
                ("alias", &certificate.alias),
                ("subject", &certificate.subject),
                ("sha256", &certificate.sha256.to_string()),
            ]);
            if seen.insert(labels.clone()) {
                let end = certificate.not_after.unix_timestamp();
                let _ = writeln!(text, "mwallet_certificate_not_after_seconds{{{labels}}} {end}");
            }
        }
    }
    for (name, help, value) in [
        ("mwallet_expiry_files", "Files and wallets that were read.", survey.files.len()),
        (
            "mwallet_expiry_unreadable_files",
            "Files and wallets that could not be read.",
            survey.unreadable.len(),
        ),
    ] {
        family(&mut text, name, help);
        let _ = writeln!(text, "{name} {value}");
    }
    text
}

/// The lines in front of the samples of one name. The texts are ours and need no escapes.
fn family(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn labels(labels: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    pairs.join(",")
}

/// A value of a label. Of what could steer a terminal the line feed has an escape in the format, and the
/// rest is shown as everywhere.
fn escaped(value: &str) -> String {
    let line = |line| safe(line).replace('\\', r"\\").replace('"', "\\\"");
    value.split('\n').map(line).collect::<Vec<_>>().join(r"\n")
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn values_of_labels_are_escaped() {
        let shown = labels(&[("path", "a\"b\\c"), ("alias", "x\ny é\u{9b}")]);
        assert_eq!(shown, r#"path="a\"b\\c",alias="x\ny é\\u{9b}""#);
    }
}
