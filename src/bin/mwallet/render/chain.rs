//! Chains as trees, and the report of `check`.

use crate::render::style::Style;
use crate::render::text::{ago, count, safe, safe_lines};
use mwallet::chain::report::{ChainLink, Report};
use mwallet::chain::{Finding, Severity};
use std::collections::HashSet;
use std::fmt::Write as _;

/// Days left below which an end of validity is worth a look.
const SOON: i64 = 30;

/// Words of repairs that stand for what only the user knows.
const STAND_INS: [&str; 9] =
    ["W", "ALIAS", "FILE", "NAME", "NEW", "ROOT.pem", "ISSUER.pem", "NEW.crl", "NEW.pem"];

/// A chain with the anchor at the top and the entry's own certificate at the bottom.
pub(crate) fn tree(chain: &[ChainLink], style: Style) -> String {
    marked_tree(chain, &[], style)
}

/// The same with what was found on each certificate behind it.
fn marked_tree(chain: &[ChainLink], findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    for (depth, link) in chain.iter().rev().enumerate() {
        let branch = match depth {
            0 => "  ".to_owned(),
            depth => format!("  {}└─ ", "   ".repeat(depth - 1)),
        };
        let subject = match link.subject.as_str() {
            "" => format!("serial number {}", link.serial),
            subject => safe(subject),
        };
        let facts = style.dim(&format!("[{}, {}, ", link.role, link.source));
        let _ = write!(text, "{branch}{} {facts}{}{}", subject, until(link, style), style.dim("]"));
        let mut marked = HashSet::new();
        let marks = findings.iter().filter(|found| {
            found.certificate.as_ref() == Some(&link.sha256)
                && marked.insert((found.severity, found.code))
        });
        for mark in marks {
            let code = mark.code.name();
            let _ = match mark.severity {
                Severity::Error => write!(text, " {}", style.red(&format!("✗ {code}"))),
                Severity::Warning => write!(text, " {}", style.yellow(&format!("! {code}"))),
                Severity::Note => Ok(()),
            };
        }
        text.push('\n');
    }
    text
}

/// The end of a certificate's validity, and how far it is away; of one that is not valid yet, the
/// beginning.
fn until(link: &ChainLink, style: Style) -> String {
    let day = |time: &str| time.get(..10).unwrap_or(time).to_owned();
    let date = day(&link.not_after);
    match link.days_left {
        Some(_) if link.not_yet_valid => style.red(&format!("from {}", day(&link.not_before))),
        None => style.dim(&format!("until {date}")),
        Some(days @ ..0) => style.red(&format!("expired {date}, {}", ago(days))),
        Some(days @ 0..SOON) => {
            style.yellow(&format!("until {date}, {}", count(days_from(days), "day")))
        }
        Some(days) => style.dim(&format!("until {date}, {}", count(days_from(days), "day"))),
    }
}

fn days_from(days: i64) -> usize {
    usize::try_from(days).unwrap_or(usize::MAX)
}

/// Each chain as a tree, under the name of its entry.
pub(crate) fn trees(report: &Report, style: Style) -> String {
    trees_with(report, &report.findings, style)
}

/// The same with only these findings on the certificates.
pub(crate) fn trees_with(report: &Report, findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    for entry in &report.chains {
        let state = if entry.complete { style.green("complete") } else { style.red("incomplete") };
        let _ = writeln!(text, "{}: chain {state}", style.bold(&safe(&entry.alias)));
        text += &marked_tree(&entry.chain, findings, style);
        text.push('\n');
    }
    text
}

/// Everything that was found, the most important first.
pub(crate) fn findings(findings: &[Finding], style: Style) -> String {
    told(findings.iter(), style)
}

/// The report for people: the verdict, each chain, the findings.
pub(crate) fn report(report: &Report, style: Style) -> String {
    let told = trees(report, style) + &findings(&report.findings, style);
    let told = told.trim_end_matches('\n');
    let gap = if told.is_empty() { "" } else { "\n\n" };
    format!("{}{gap}{told}\n", verdict(&report.findings, style))
}

/// The reports on several files: the verdict on all of them, and each under its path; in quiet only
/// what is wrong.
pub(crate) fn reports(
    all: &Report,
    files: &[(String, Report)],
    is_quiet: bool,
    style: Style,
) -> String {
    let mut texts = Vec::new();
    if !is_quiet {
        texts.push(verdict(&all.findings, style) + "\n");
    }
    for (path, report) in files {
        let told = if is_quiet {
            errors(report, style)
        } else {
            trees(report, style) + &findings(&report.findings, style)
        };
        if !told.is_empty() {
            let verdict = verdict(&report.findings, style);
            let told = told.trim_end_matches('\n');
            texts.push(format!("{}: {verdict}\n{told}\n", style.bold(&safe(path))));
        }
    }
    texts.join("\n")
}

/// Whether anything is wrong, in a few words.
pub(crate) fn verdict(findings: &[Finding], style: Style) -> String {
    let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => style.green("ok"),
        (0, warnings) => format!("{}, with {}", style.green("ok"), count(warnings, "warning")),
        (errors, _) => style.red(&format!("not ok: {}", count(errors, "error"))),
    }
}

/// What is wrong, and nothing else.
pub(crate) fn errors(report: &Report, style: Style) -> String {
    errors_among(&report.findings, style)
}

/// Of these what is wrong, and nothing else.
pub(crate) fn errors_among(findings: &[Finding], style: Style) -> String {
    told(findings.iter().filter(|finding| finding.severity == Severity::Error), style)
}

/// Findings; under a repair stands, once for each, which words of it are to be replaced.
fn told<'a>(findings: impl Iterator<Item = &'a Finding>, style: Style) -> String {
    let (mut text, mut explained) = (String::new(), HashSet::new());
    for finding in findings {
        text += &lines(finding, style);
        let words = finding.repair.iter().flat_map(|repair| repair.split([' ', '=']));
        let new: Vec<&str> =
            words.filter(|word| STAND_INS.contains(word) && explained.insert(*word)).collect();
        if !new.is_empty() {
            let verb = if new.len() == 1 { "stands" } else { "stand" };
            let line = format!("  {} {verb} for what only you know", new.join(" and "));
            let _ = writeln!(text, "{}", style.dim(&line));
        }
    }
    text
}

fn lines(finding: &Finding, style: Style) -> String {
    let severity = match finding.severity {
        Severity::Error => style.red("error"),
        Severity::Warning => style.yellow("warning"),
        Severity::Note => style.dim("note"),
    };
    let mut text = format!("{severity}: {} ({})\n", safe_lines(&finding.message), finding.code);
    if let Some(repair) = &finding.repair {
        let _ = writeln!(text, "  {} {}", style.dim("repair:"), safe(repair));
    }
    text
}
