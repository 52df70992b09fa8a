//! The report of `diff`.

use crate::render::SCHEMA;
use crate::render::login::shown;
use crate::render::style::Style;
use crate::render::table::{Cells, table};
use crate::render::text::{count, safe, timestamp};
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryId, EntryKind};
use mwallet::model::key::KeyMaterial;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::compare::{Comparison, Difference, Pair};
use mwallet::ops::secret::credential::{self, Login};
use mwallet::store::Store;
use serde::Serialize;
use std::collections::HashMap;

/// What differs between two wallets.
#[derive(Debug, Serialize)]
pub(crate) struct ComparisonReport {
    schema: u32,
    verdict: &'static str,
    a: String,
    b: String,
    only_in_a: Vec<SideReport>,
    only_in_b: Vec<SideReport>,
    renamed: Vec<PairReport>,
    changed: Vec<PairReport>,
    /// How many entries are the same in both.
    same: usize,
    #[serde(skip)]
    equal: Vec<PairReport>,
}

/// An entry of one of the wallets.
#[derive(Clone, Debug, Serialize)]
struct SideReport {
    alias: String,
    kind: &'static str,
    subject: Option<String>,
    /// What the login is for that a secret is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    sha256: Option<String>,
    not_after: Option<String>,
    trust_flags: Vec<&'static str>,
    /// Whether the key could not be opened, so that its certificate stands for it.
    locked: bool,
}

/// Two entries that belong together.
#[derive(Debug, Serialize)]
struct PairReport {
    a: SideReport,
    b: SideReport,
    differences: Vec<&'static str>,
    #[serde(skip)]
    facts: Vec<String>,
}

impl ComparisonReport {
    pub(crate) fn new(a: &Store, b: &Store, comparison: &Comparison) -> Self {
        let (in_a, in_b) = (reports(a), reports(b));
        let one = |ids: &[EntryId], side: &HashMap<EntryId, SideReport>| -> Vec<SideReport> {
            ids.iter().filter_map(|id| side.get(id)).cloned().collect()
        };
        let pairs = |wanted: &dyn Fn(&Pair) -> bool| -> Vec<PairReport> {
            let fitting = comparison.pairs.iter().filter(|pair| wanted(pair));
            fitting.filter_map(|pair| PairReport::of(pair, &in_a, &in_b)).collect()
        };
        let equal = pairs(&Pair::is_same);
        Self {
            schema: SCHEMA,
            verdict: if comparison.is_same() { "same" } else { "different" },
            a: a.path().to_string_lossy().into_owned(),
            b: b.path().to_string_lossy().into_owned(),
            only_in_a: one(&comparison.only_in_a, &in_a),
            only_in_b: one(&comparison.only_in_b, &in_b),
            renamed: pairs(&Pair::is_renamed),
            changed: pairs(&|pair| !pair.is_same() && !pair.is_renamed()),
            same: equal.len(),
            equal,
        }
    }

    /// The table, then the verdict.
    pub(crate) fn text(&self, verbose: bool, style: Style) -> String {
        let mut rows = Vec::new();
        rows.extend(self.only_in_a.iter().map(|one| one.row('-')));
        rows.extend(self.only_in_b.iter().map(|one| one.row('+')));
        rows.extend(self.renamed.iter().chain(&self.changed).map(|pair| pair.row('~')));
        if verbose {
            rows.extend(self.equal.iter().map(|pair| pair.row('=')));
        }
        let mut text = String::new();
        if !rows.is_empty() {
            let headings = ["", "ALIAS", "KIND", "SUBJECT", ""];
            text += &table(&headings, &rows, style, |_, line| match line.chars().next() {
                Some('-') => style.red(line),
                Some('+') => style.green(line),
                Some('~') => style.yellow(line),
                _ => line.to_owned(),
            });
            text.push('\n');
        }
        text + &self.verdict_line(style) + "\n"
    }

    fn verdict_line(&self, style: Style) -> String {
        let same = format!("{} the same", count(self.same, "entry"));
        if self.verdict == "same" {
            return format!("{}: {same}", style.green("no difference"));
        }
        let parts = [
            (self.only_in_a.len(), "only in A"),
            (self.only_in_b.len(), "only in B"),
            (self.renamed.len(), "under another alias"),
            (self.changed.len(), "changed"),
        ];
        let parts = parts.iter().filter(|(number, _)| *number > 0);
        let parts: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
        format!("{}: {}; {same}", style.red("different"), parts.join(", "))
    }
}

/// Every entry of the wallet.
fn reports(store: &Store) -> HashMap<EntryId, SideReport> {
    let aliases = shown_aliases(&store.wallet);
    let logins = credential::by_name(&store.wallet);
    let entries = store.wallet.entries().iter();
    entries
        .map(|entry| {
            let alias = aliases[&entry.id()].text.clone();
            (entry.id(), SideReport::of(entry, alias, &logins))
        })
        .collect()
}

impl SideReport {
    fn of(entry: &Entry, alias: String, logins: &HashMap<String, Login>) -> Self {
        let certificate = entry.certificate();
        let key = entry.key();
        Self {
            alias,
            kind: entry.kind.name(),
            subject: match &entry.kind {
                EntryKind::Request(pending) => Some(pending.request.csr.subject().to_string()),
                EntryKind::Opaque(opaque) => Some(opaque.description.clone()),
                _ => certificate.map(|certificate| certificate.subject().to_string()),
            },
            login: match &entry.kind {
                EntryKind::Secret(secret) => logins.get(&secret.name).map(shown),
                _ => None,
            },
            sha256: certificate.map(|certificate| certificate.fingerprint().to_string()),
            not_after: certificate.map(Certificate::not_after).map(timestamp),
            trust_flags: match &entry.kind {
                EntryKind::TrustedCertificate(trusted) => trusted.flags.names(),
                _ => Vec::new(),
            },
            locked: key.is_some_and(|key| matches!(key, KeyMaterial::Locked(_))),
        }
    }

    fn row(&self, sign: char) -> Cells {
        self.row_with(sign, &safe(&self.alias), &self.until())
    }

    fn row_with(&self, sign: char, alias: &str, facts: &str) -> Cells {
        let subject = match (&self.subject, &self.login) {
            (Some(subject), _) => safe(subject),
            (None, Some(login)) => format!("login {login}"),
            (None, None) => "-".to_owned(),
        };
        Cells::new([&sign.to_string(), alias, self.kind, &subject, facts])
    }

    fn until(&self) -> String {
        self.not_after.as_ref().map_or_else(String::new, |_| format!("until {}", self.date()))
    }

    fn date(&self) -> &str {
        self.not_after.as_deref().and_then(|time| time.get(..10)).unwrap_or("-")
    }
}

impl PairReport {
    fn of(
        pair: &Pair,
        in_a: &HashMap<EntryId, SideReport>,
        in_b: &HashMap<EntryId, SideReport>,
    ) -> Option<Self> {
        let (a, b) = (in_a.get(&pair.a)?.clone(), in_b.get(&pair.b)?.clone());
        let facts = pair.differences.iter().filter_map(|difference| fact(*difference, &a, &b));
        let mut facts: Vec<String> = facts.collect();
        if a.locked || b.locked {
            facts.push("the key is locked, its certificate was compared".to_owned());
        }
        let differences = pair.differences.iter().map(|difference| difference.name()).collect();
        Some(Self { a, b, differences, facts })
    }

    fn row(&self, sign: char) -> Cells {
        let (a, b) = (safe(&self.a.alias), safe(&self.b.alias));
        let alias = if self.differences.contains(&Difference::Alias.name()) {
            format!("{a} -> {b}")
        } else {
            a
        };
        self.a.row_with(sign, &alias, &self.facts.join("; "))
    }
}

/// A difference in words; that of the aliases stands in a column of its own.
fn fact(difference: Difference, a: &SideReport, b: &SideReport) -> Option<String> {
    Some(match difference {
        Difference::Alias => return None,
        Difference::Kind => format!("{} in B", b.kind),
        Difference::Certificate => match (&a.sha256, &b.sha256) {
            (Some(_), None) => "no certificate in B".to_owned(),
            (None, Some(_)) => "no certificate in A".to_owned(),
            _ if a.subject != b.subject => format!(
                "another certificate in B: {}, until {} -> {}",
                safe(b.subject.as_deref().unwrap_or("-")),
                a.date(),
                b.date()
            ),
            _ => format!("another certificate, until {} -> {}", a.date(), b.date()),
        },
        Difference::TrustFlags => {
            let flags = |side: &SideReport| match &side.trust_flags[..] {
                [] => "none".to_owned(),
                flags => flags.join(","),
            };
            format!("trust flags {} -> {}", flags(a), flags(b))
        }
        Difference::Chain => "other issuers of the same certificate".to_owned(),
        Difference::Key => "another key".to_owned(),
        Difference::Request => "another request".to_owned(),
        Difference::Value => "another value".to_owned(),
        _ => format!("another {}", difference.name()),
    })
}
