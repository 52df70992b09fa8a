//! `pki.toml`: what it says, checked as a whole before anything is done.

use crate::limits;
use crate::pki::combination;
use crate::pki::entry::{self, AUTHORITY_DEFAULTS, AUTHORITY_KEYS, DEFAULT_KEYS, LEAF_KEYS};
use crate::pki::error::FileError;
use crate::pki::inherit;
use crate::pki::layers::Layers;
use crate::pki::spec::{Authority, PasswordSource, Spec};
use crate::pki::table::{Field, Source, Table};
use crate::pki::{trust, validity};
use crate::secret::Password;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The version of the file's form.
const VERSION: u32 = 1;

/// The keys at the top.
const KEYS: [&str; 8] =
    ["ca", "defaults", "leaf", "now", "out", "password", "password_env", "version"];

/// Names that entries cannot have, because files of the whole PKI have them.
pub const RESERVED: [&str; 6] = [
    "ca-bundle.pem",
    "env.sh",
    "manifest.json",
    "trust-wallet",
    "truststore.jks",
    "truststore.p12",
];

/// Reads the file and checks all of it: words, references, cycles, and what cannot go together.
///
/// # Errors
///
/// The first thing that is wrong, with its line and column.
pub fn read(text: &str) -> Result<Spec, FileError> {
    let document = parse(text)?;
    let top = top(text, &document)?;
    let source = top.source;
    let defaults = top.table("defaults")?;
    if let Some(defaults) = &defaults {
        defaults.require_known(&DEFAULT_KEYS)?;
    }
    let authorities = entries(&top, "ca", &AUTHORITY_KEYS)?;
    let authorities = inherit::layers(&authorities, defaults.as_ref(), &AUTHORITY_DEFAULTS)?;
    let leaves = entries(&top, "leaf", &LEAF_KEYS)?;
    let leaves = inherit::layers(&leaves, defaults.as_ref(), &DEFAULT_KEYS)?;
    if authorities.is_empty() {
        return Err(source.error(0, "", "there is no CA: a table [ca.NAME] is missing"));
    }
    let mut names = Names::default();
    let ordered = in_order(&authorities, &mut names)?;
    let places = ordered.iter().enumerate();
    let mut spec = Spec {
        places: places.map(|(place, authority)| (authority.name.clone(), place)).collect(),
        out: out(&top)?,
        password: password(&top)?,
        now: now(&top)?,
        authorities: ordered,
        leaves: Vec::new(),
    };
    for layers in &authorities {
        if let Some(authority) = spec.authority(&layers.name.value) {
            combination::check_authority(&spec, authority, layers)?;
        }
    }
    let mut variables = HashSet::new();
    for layers in &leaves {
        let made = entry::leaves(layers)?;
        require_issuer(layers, &spec.places)?;
        // Those that are counted differ in nothing that could be impossible.
        if let Some(first) = made.first() {
            combination::check_leaf(&spec, first, layers)?;
        }
        for leaf in made {
            names.add(&leaf.name, layers)?;
            // Those that are counted have none.
            if !leaf.counted && !variables.insert(trust::variable(&leaf.name)) {
                let variable = trust::variable(&leaf.name);
                let problem = format!("another leaf has the variable {variable} in env.sh, too");
                return Err(layers.own().error(problem));
            }
            spec.leaves.push(leaf);
        }
    }
    Ok(spec)
}

/// Reads the output folder alone, relative to that of the file: below the top anything may be wrong.
///
/// # Errors
///
/// What is wrong at the top, with its line and column.
pub fn read_out(text: &str) -> Result<PathBuf, FileError> {
    let document = parse(text)?;
    out(&top(text, &document)?)
}

fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, FileError> {
    DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let problem = match error.message() {
            // Not which one: it may be the password.
            _ if is_bare_word(text, span.start) => "a string stands in quotes here".to_owned(),
            "duplicate key" => {
                format!("duplicate key {}", text.get(span.clone()).unwrap_or_default())
            }
            message => message.replace('\n', ", "),
        };
        Source(text).error(span.start, "", problem)
    })
}

/// Whether a word without quotes stands here in the place of a value: letters first, and neither true nor false.
fn is_bare_word(text: &str, at: usize) -> bool {
    let Some((before, rest)) = text.split_at_checked(at) else { return false };
    let end = rest.find(|c: char| c.is_whitespace() || ",]}#\"'".contains(c));
    let word = &rest[..end.unwrap_or(rest.len())];
    before.trim_end().ends_with(['=', '[', ','])
        && word.starts_with(char::is_alphabetic)
        && !["true", "false"].iter().any(|boolean| word.eq_ignore_ascii_case(boolean))
}

/// The top of a file of this version.
fn top<'a>(text: &'a str, document: &'a Spanned<DeTable<'a>>) -> Result<Table<'a>, FileError> {
    let values = document.get_ref();
    let top = Table { source: Source(text), path: String::new(), at: 0, values };
    top.require_known(&KEYS)?;
    version(&top)?;
    Ok(top)
}

/// The error of a file that is not UTF-8 behind this valid beginning.
#[must_use]
pub fn not_text(valid: &[u8]) -> FileError {
    let text = String::from_utf8_lossy(valid);
    Source(&text).error(text.len(), "", "is not UTF-8")
}

fn version(top: &Table<'_>) -> Result<(), FileError> {
    let Some(field) = field(top, "version") else {
        return Err(top.error(format!("version = {VERSION} is missing")));
    };
    if field.number(0, u32::MAX)? == VERSION {
        return Ok(());
    }
    Err(field.error(format!("this program knows version {VERSION}")))
}

fn field<'a>(top: &Table<'a>, key: &str) -> Option<Field<'a>> {
    Some(Field { source: top.source, key: top.key(key), value: top.value(key)? })
}

/// The tables of one kind, with names that can be folders.
fn entries<'a>(
    top: &Table<'a>,
    kind: &str,
    keys: &[&str],
) -> Result<Vec<(crate::pki::table::At<String>, Table<'a>)>, FileError> {
    let Some(table) = top.table(kind)? else { return Ok(Vec::new()) };
    let entries = table.tables()?;
    for (name, entry) in &entries {
        entry.require_known(keys)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !name.value.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !name.value.chars().all(is_plain)
            || name.value.len() > limits::PKI_NAME_BYTES
        {
            let problem = format!(
                "a name is a folder: letters, digits, and not at its beginning - _ and ., at most {}",
                limits::PKI_NAME_BYTES
            );
            return Err(entry.error(problem));
        }
        if RESERVED.contains(&name.value.as_str()) {
            return Err(entry.error("a file of the whole PKI has this name"));
        }
    }
    Ok(entries)
}

/// The names that were met; file systems may not tell upper from lower case.
#[derive(Default)]
struct Names(HashMap<String, String>);

impl Names {
    fn add(&mut self, name: &str, layers: &Layers<'_>) -> Result<(), FileError> {
        if let Some(other) = self.0.insert(name.to_lowercase(), name.to_owned()) {
            let problem = if other == name {
                format!("another entry is called \"{name}\" too")
            } else {
                format!(
                    "another entry is called \"{other}\", and folders may not differ in case alone"
                )
            };
            return Err(layers.own().error(problem));
        }
        if u32::try_from(self.0.len()).is_ok_and(|count| count <= limits::PKI_ENTRIES) {
            return Ok(());
        }
        Err(layers.own().error(format!("more than {} entries in all", limits::PKI_ENTRIES)))
    }
}

/// The CAs, each behind its issuer.
fn in_order(entries: &[Layers<'_>], names: &mut Names) -> Result<Vec<Authority>, FileError> {
    let mut waiting = Vec::new();
    for layers in entries {
        waiting.push((entry::authority(layers)?, layers));
        names.add(&layers.name.value, layers)?;
    }
    let known: HashMap<String, usize> =
        waiting.iter().map(|(authority, _)| (authority.name.clone(), 0)).collect();
    for (_, layers) in &waiting {
        require_issuer(layers, &known)?;
    }
    let mut ordered: Vec<Authority> = Vec::new();
    let mut placed: HashSet<String> = HashSet::new();
    let mut depth = 0;
    while !waiting.is_empty() {
        let is_ready = |authority: &Authority| {
            authority.issuer.as_ref().is_none_or(|issuer| placed.contains(issuer))
        };
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(authority, _)| is_ready(authority));
        if let (true, Some((_, layers))) = (ready.is_empty(), rest.first()) {
            return Err(layers.error("issuer", "a cycle: it would be its own issuer"));
        }
        depth += 1;
        if let (true, Some((_, layers))) = (depth > limits::PATH_LENGTH, ready.first()) {
            let problem = format!("more than {} CAs above each other", limits::PATH_LENGTH);
            return Err(layers.error("issuer", problem));
        }
        for (authority, _) in ready {
            placed.insert(authority.name.clone());
            ordered.push(authority);
        }
        waiting = rest;
    }
    Ok(ordered)
}

/// `known` has the names of all CAs.
fn require_issuer(layers: &Layers<'_>, known: &HashMap<String, usize>) -> Result<(), FileError> {
    let Some(field) = layers.field("issuer") else { return Ok(()) };
    let wanted = field.string()?;
    if known.contains_key(wanted.value) {
        return Ok(());
    }
    let problem = format!("there is no CA \"{}\"", wanted.value);
    Err(field.unknown(&wanted, problem, known.keys().map(String::as_str)))
}

fn out(top: &Table<'_>) -> Result<PathBuf, FileError> {
    let Some(field) = field(top, "out") else { return Ok(PathBuf::from("pki")) };
    // Without slashes at its end and steps that lead nowhere: the names beside it are made of its last part.
    let out: PathBuf = Path::new(field.string()?.value).components().collect();
    // The folder is replaced as a whole, so it cannot be the one that the file lies in, or above it.
    if out.file_name().is_none() {
        return Err(field.error("is no folder of its own"));
    }
    Ok(out)
}

fn password(top: &Table<'_>) -> Result<PasswordSource, FileError> {
    match (field(top, "password"), field(top, "password_env")) {
        (Some(_), Some(variable)) => Err(variable.error("password says it already")),
        (None, None) => Err(top.error("password_env or password is missing")),
        (Some(field), None) => {
            let password = field.string()?.value;
            if password.is_empty() {
                return Err(field.error("is empty"));
            }
            Ok(PasswordSource::Literal(Password::from(password)))
        }
        (None, Some(field)) => {
            let name = field.string()?.value;
            // XBD 3.216 of POSIX: what a shell can set.
            let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_name || name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(field.error("is no name of a variable"));
            }
            Ok(PasswordSource::Variable(name.to_owned()))
        }
    }
}

/// A string or a time of TOML, which is the same text without quotes.
fn now(top: &Table<'_>) -> Result<Option<OffsetDateTime>, FileError> {
    let Some(field) = field(top, "now") else { return Ok(None) };
    let text = match field.value.get_ref() {
        DeValue::Datetime(time) => time.to_string(),
        _ => field.string()?.value.to_owned(),
    };
    let time = OffsetDateTime::parse(&text, &Rfc3339)
        .map_err(|_| field.error("is no time as 2026-11-21T00:00:00Z"))?;
    // In UTC the first and the last hours may be out of what is a time at all.
    match time.checked_to_offset(UtcOffset::UTC) {
        Some(time) if validity::YEARS.contains(&time.year()) => Ok(Some(time)),
        _ => {
            let (first, last) = validity::YEARS.into_inner();
            Err(field.error(format!("is not in the years {first} to {last}")))
        }
    }
}
