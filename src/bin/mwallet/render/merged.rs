//! What became of the entries that a merge brought in.

use crate::render::login::shown;
use crate::render::text::safe;
use mwallet::model::shown_alias::ShownAliases;
use mwallet::ops::merge::Outcome;
use mwallet::ops::secret::credential::Login;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Write as _;

/// What becomes of an entry that C has no room for; what is lost is told in words of its own.
const LEFT_OUT: &str = "left-out";

/// One entry of B.
#[derive(Debug, Serialize)]
pub(crate) struct OutcomeReport {
    /// The alias in B.
    alias: String,
    kind: &'static str,
    subject: Option<String>,
    /// What the login is for that a secret is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    sha256: Option<String>,
    outcome: &'static str,
    /// The alias in C.
    alias_in_c: String,
    renamed: bool,
    /// The alias that is taken in C, where it was renamed.
    #[serde(skip)]
    taken: Option<String>,
    gained: Vec<String>,
    superseded: Vec<String>,
    left_out: Vec<String>,
}

/// The outcomes with the aliases of C, which may have no room for all, and the logins of B.
pub(crate) fn named(
    outcomes: &[Outcome],
    aliases: &ShownAliases,
    logins: &HashMap<String, Login>,
) -> Vec<OutcomeReport> {
    let report = |outcome: &Outcome| {
        let alias_in_c = aliases.get(&outcome.entry).map(|alias| alias.text.clone());
        OutcomeReport {
            alias: outcome.from.alias.clone(),
            kind: outcome.from.kind,
            subject: outcome.from.subject.clone(),
            login: logins.get(&outcome.from.alias).map(shown),
            sha256: outcome.from.fingerprint.map(|fingerprint| fingerprint.to_string()),
            outcome: if alias_in_c.is_some() { outcome.name() } else { LEFT_OUT },
            alias_in_c: alias_in_c.unwrap_or_default(),
            renamed: outcome.renamed_from.is_some(),
            taken: outcome.renamed_from.clone(),
            gained: outcome.gained.clone(),
            superseded: outcome.superseded.clone(),
            left_out: outcome.left_out.clone(),
        }
    };
    outcomes.iter().map(report).collect()
}

impl OutcomeReport {
    /// Whether C has something by it that A had not.
    pub(crate) fn is_change(&self) -> bool {
        ["added", "updated"].contains(&self.outcome)
    }
}

/// A line for each that C has, and one for each thing that it gained or lost.
pub(crate) fn text(outcomes: &[OutcomeReport], verbose: bool) -> String {
    let mut text = String::new();
    for one in outcomes.iter().filter(|one| one.outcome != LEFT_OUT) {
        let (from, to) = (safe(&one.alias), safe(&one.alias_in_c));
        let subject = one.subject.as_deref().map(|subject| format!(", {}", safe(subject)));
        let login = || one.login.as_ref().map(|login| format!(", login {login}"));
        let what = format!("{}{}", one.kind, subject.or_else(login).unwrap_or_default());
        let line = match (one.outcome, &one.taken) {
            ("added", Some(taken)) => {
                format!("added {from} as {to}, because {} is taken: {what}", safe(taken))
            }
            ("added", None) => format!("added {to}: {what}"),
            ("present", _) if from == to => format!("there already: {from}: {what}"),
            ("present", _) => format!("there already: {from}, as {to}: {what}"),
            (outcome, _) => format!("{outcome}: {to}: {what}"),
        };
        let _ = writeln!(text, "{line}");
        for gain in &one.gained {
            let _ = writeln!(text, "  got {}", safe(gain));
        }
        for old in &one.superseded {
            let _ = writeln!(text, "  not kept: {}", safe(old));
        }
        if verbose && let Some(sha256) = &one.sha256 {
            let _ = writeln!(text, "  sha256 {sha256}");
        }
    }
    text
}
