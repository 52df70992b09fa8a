//! Chains as trees, and the report of `check`.

use crate::render::style::Style;
use crate::render::text::{count, safe, safe_lines};
use mwallet::chain::report::{ChainLink, Report};
use mwallet::chain::{Finding, Severity};
use std::fmt::Write as _;

/// A chain with the anchor at the top and the entry's own certificate at the bottom.
pub(crate) fn tree(chain: &[ChainLink], style: Style) -> String {
    let mut text = String::new();
    for (depth, link) in chain.iter().rev().enumerate() {
        let branch = match depth {
            0 => "  ".to_owned(),
            depth => format!("  {}└─ ", "   ".repeat(depth - 1)),
        };
        let until = link.not_after.get(..10).unwrap_or(&link.not_after);
        let facts = format!("[{}, {}, until {until}]", link.role, link.source);
        let _ = writeln!(text, "{branch}{} {}", safe(&link.subject), style.dim(&facts));
    }
    text
}

/// Each chain as a tree, under the name of its entry.
pub(crate) fn trees(report: &Report, style: Style) -> String {
    let mut text = String::new();
    for entry in &report.chains {
        let state = if entry.complete { style.green("complete") } else { style.red("incomplete") };
        let _ = writeln!(text, "{}: chain {state}", style.bold(&safe(&entry.alias)));
        text += &tree(&entry.chain, style);
        text.push('\n');
    }
    text
}

/// Everything that was found, the most important first.
pub(crate) fn findings(report: &Report, style: Style) -> String {
    report.findings.iter().map(|finding| lines(finding, style)).collect()
}

/// The report for people: each chain, the findings, the verdict.
pub(crate) fn report(report: &Report, style: Style) -> String {
    trees(report, style) + &verdict(&report.findings, style)
}

/// The findings, and the verdict that follows from them.
pub(crate) fn verdict(findings: &[Finding], style: Style) -> String {
    let text: String = findings.iter().map(|finding| lines(finding, style)).collect();
    let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    let verdict = match (errors, warnings) {
        (0, 0) => style.green("ok"),
        (0, warnings) => format!("{}, with {}", style.green("ok"), count(warnings, "warning")),
        (errors, _) => style.red(&format!("not ok: {}", count(errors, "error"))),
    };
    text + &verdict + "\n"
}

/// What is wrong, and nothing else.
pub(crate) fn errors(report: &Report, style: Style) -> String {
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(|finding| lines(finding, style)).collect()
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
