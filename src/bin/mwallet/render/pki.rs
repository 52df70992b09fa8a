//! What builds of a test PKI did, and what they would do.

use crate::render::SCHEMA;
use crate::render::text::count;
use mwallet::code::Code;
use mwallet::pki::plan::Plan;
use mwallet::pki::verdict::Verdict;
use mwallet::store::pki::{Built, Project};
use serde::Serialize;
use std::fmt::Write as _;

/// Entries that are listed for people; a count has thousands.
const LISTED: usize = 20;

/// What is stale, and why.
#[derive(Serialize)]
pub(crate) struct StaleReport {
    code: &'static str,
    /// The entry; `trust` for the trust stores.
    name: String,
    /// `certificate`, `crl`, `trust` or `environment`.
    what: &'static str,
    reason: String,
}

/// What a build did, as JSON.
#[derive(Serialize)]
pub(crate) struct BuildReport {
    schema: u32,
    out: String,
    made: Vec<StaleReport>,
    kept: usize,
    removed: Vec<String>,
    verdicts: Option<Vec<VerdictReport>>,
}

/// How a leaf was judged.
#[derive(Serialize)]
struct VerdictReport {
    name: String,
    /// What the manifest asks for; none for a good leaf.
    expected: Option<String>,
    found: Vec<&'static str>,
    agrees: bool,
}

/// What a build would do, as JSON.
#[derive(Serialize)]
pub(crate) struct CheckReport {
    schema: u32,
    out: String,
    verdict: &'static str,
    stale: Vec<StaleReport>,
    surplus: Vec<String>,
}

/// In the order of the file: CAs, leaves, lists, trust stores.
fn stale(project: &Project, plan: &Plan) -> Vec<StaleReport> {
    let spec = project.spec();
    let authorities = spec.authorities.iter().map(|authority| &authority.name);
    let entries = authorities.clone().chain(spec.leaves.iter().map(|leaf| &leaf.name));
    let report = |what: &'static str, name: &str, reason: String| StaleReport {
        code: Code::PKI_STALE.name(),
        name: name.to_owned(),
        what,
        reason,
    };
    let mut reports = Vec::new();
    for name in entries {
        if let Some(stale) = plan.entries.get(name) {
            reports.push(report("certificate", name, stale.to_string()));
        }
    }
    for name in authorities {
        if let Some(stale) = plan.lists.get(name) {
            reports.push(report("crl", name, stale.to_string()));
        }
    }
    if let Some(stale) = &plan.trust {
        reports.push(report("trust", "trust", stale.to_string()));
    }
    if let Some(stale) = &plan.environment {
        reports.push(report("environment", "env.sh", stale.to_string()));
    }
    reports
}

impl BuildReport {
    pub(crate) fn of(project: &Project, built: &Built, verdicts: Option<&[Verdict]>) -> Self {
        let report = |verdict: &Verdict| VerdictReport {
            name: verdict.name.clone(),
            expected: verdict.expected.clone(),
            found: verdict.found.iter().map(|code| code.name()).collect(),
            agrees: verdict.agrees(),
        };
        Self {
            schema: SCHEMA,
            out: project.out().to_string_lossy().into_owned(),
            made: stale(project, &built.plan),
            kept: built.kept,
            removed: built.plan.gone.iter().cloned().collect(),
            verdicts: verdicts.map(|verdicts| verdicts.iter().map(report).collect()),
        }
    }
}

impl CheckReport {
    pub(crate) fn of(project: &Project, plan: &Plan) -> Self {
        Self {
            schema: SCHEMA,
            out: project.out().to_string_lossy().into_owned(),
            verdict: if plan.is_empty() { "ok" } else { "findings" },
            stale: stale(project, plan),
            surplus: plan.gone.iter().cloned().collect(),
        }
    }
}

/// What a build did.
pub(crate) fn built(project: &Project, built: &Built, verbose: bool) -> String {
    let out = project.out().display();
    if built.plan.is_empty() {
        return format!("{out}: up to date, {}\n", count(built.kept, "entry"));
    }
    let made = stale(project, &built.plan);
    let kept = format!("kept {}", count(built.kept, "entry"));
    let removed = match built.plan.gone.len() {
        0 => None,
        gone => Some(format!("removed {}", count(gone, "entry"))),
    };
    let done: Vec<String> =
        made_in_words(&built.plan).into_iter().chain([kept]).chain(removed).collect();
    let mut text = format!("{out}: {}\n", done.join("; "));
    list(&mut text, &made, if verbose { usize::MAX } else { LISTED });
    text
}

/// What was made, of each kind as many as lines follow; nothing where nothing was.
fn made_in_words(plan: &Plan) -> Option<String> {
    let some = |number: usize, noun: &str| (number > 0).then(|| count(number, noun));
    let parts = [
        some(plan.entries.len(), "entry"),
        some(plan.lists.len(), "revocation list"),
        plan.trust.as_ref().map(|_| "the trust stores".to_owned()),
        plan.environment.as_ref().map(|_| "env.sh".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("made {}", parts.join(", ")))
}

/// How the leaves were judged.
pub(crate) fn judged(verdicts: &[Verdict]) -> String {
    let wrong: Vec<&Verdict> = verdicts.iter().filter(|verdict| !verdict.agrees()).collect();
    let mut text = format!(
        "judged {}, {} otherwise than expected\n",
        count(verdicts.len(), "certificate"),
        wrong.len()
    );
    for Verdict { name, expected, found, .. } in wrong {
        let expected = expected.as_deref().unwrap_or("ok");
        let found: Vec<&str> = found.iter().map(|code| code.name()).collect();
        let found = if found.is_empty() { "ok".to_owned() } else { found.join(", ") };
        let code = Code::PKI_VERDICT;
        let _ = writeln!(text, "  {name}: expected {expected}, found {found} ({code})"); // a String takes it
    }
    text
}

/// What a build would do.
pub(crate) fn checked(project: &Project, plan: &Plan) -> String {
    let out = project.out().display();
    if plan.is_empty() {
        return format!("{out}: up to date\n");
    }
    let stale = stale(project, plan);
    let new = plan.count_new();
    let old = stale.len() - new + plan.gone.len();
    let parts = [
        (old > 0).then(|| format!("{old} out of date")),
        (new > 0).then(|| format!("to be made: {new}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let mut text = format!("{out}: {}\n", parts.join("; "));
    list(&mut text, &stale, usize::MAX);
    for name in &plan.gone {
        let _ = writeln!(text, "  {name}: the file does not name it any more"); // a String takes it
    }
    text
}

fn list(text: &mut String, reports: &[StaleReport], most: usize) {
    for StaleReport { name, what, reason, .. } in reports.iter().take(most) {
        let name = match *what {
            "crl" => format!("{name} (revocation list)"),
            "trust" => "trust stores".to_owned(),
            _ => name.clone(),
        };
        let _ = writeln!(text, "  {name}: {reason}"); // a String takes it
    }
    if reports.len() > most {
        let _ = writeln!(text, "  and {} more", reports.len() - most); // a String takes it
    }
}
