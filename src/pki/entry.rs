//! The keys of `[ca.NAME]` and `[leaf.NAME]`.

use crate::issue::IssueError;
use crate::issue::alternative_name::SubjectAltName;
use crate::issue::constraint::Subtree;
use crate::issue::usage::ExtendedKeyUsage;
use crate::limits;
use crate::model::key::KeyAlgorithm;
use crate::model::name::DistinguishedName;
use crate::model::profile::Profile;
use crate::pki::bad::{Bad, PRESETS};
use crate::pki::error::FileError;
use crate::pki::layers::Layers;
use crate::pki::spec::{Authority, Leaf, Output};
use crate::pki::table::At;
use crate::pki::validity::MOST_DAYS;
use std::collections::HashSet;

/// The keys of a CA.
pub(super) const AUTHORITY_KEYS: [&str; 9] =
    ["crl", "days", "dn", "excluded_dns", "issuer", "key", "like", "path_len", "permitted_dns"];

/// The keys of a leaf.
pub(super) const LEAF_KEYS: [&str; 13] = [
    "alias",
    "bad",
    "count",
    "days",
    "dn",
    "eku",
    "issuer",
    "iterations",
    "key",
    "like",
    "outputs",
    "profile",
    "san",
];

/// The keys of `[defaults]`.
pub(super) const DEFAULT_KEYS: [&str; 7] =
    ["days", "eku", "issuer", "iterations", "key", "outputs", "profile"];

/// The defaults that mean something to a CA.
pub(super) const AUTHORITY_DEFAULTS: [&str; 2] = ["days", "key"];

/// Days of a CA and of a leaf that say nothing.
const AUTHORITY_DAYS: u32 = 3650;
const LEAF_DAYS: u32 = 30;

/// Words of the purposes that have one.
const PURPOSES: [&str; 7] = ["any", "client", "code", "email", "ocsp", "server", "time"];

/// Reads a CA.
pub(super) fn authority(layers: &Layers<'_>) -> Result<Authority, FileError> {
    let path_length = layers.field("path_len").map(|field| field.number(0, 255)).transpose()?;
    Ok(Authority {
        name: layers.name.value.clone(),
        dn: dn(layers, &layers.name.value)?,
        issuer: issuer(layers)?,
        key: key(layers)?,
        days: days(layers, AUTHORITY_DAYS)?,
        path_length: path_length.and_then(|length| u8::try_from(length).ok()),
        permitted_dns: domains(layers, "permitted_dns")?,
        excluded_dns: domains(layers, "excluded_dns")?,
        crl: layers.field("crl").map_or(Ok(false), |field| field.boolean())?,
    })
}

/// Reads a leaf, or as many as it counts.
pub(super) fn leaves(layers: &Layers<'_>) -> Result<Vec<Leaf>, FileError> {
    let name = &layers.name.value;
    let Some(issuer) = issuer(layers)? else {
        return Err(layers.own().error("the issuer is missing"));
    };
    let leaf = Leaf {
        name: name.clone(),
        dn: dn(layers, name)?,
        issuer,
        key: key(layers)?,
        days: days(layers, LEAF_DAYS)?,
        san: names(layers)?.into(),
        eku: purposes(layers)?.into(),
        outputs: outputs(layers)?.into(),
        profile: profile(layers)?,
        iterations: layers
            .field("iterations")
            .map(|field| field.number(1_000, limits::ITERATIONS))
            .transpose()?,
        alias: text(layers, "alias")?.unwrap_or_else(|| name.clone()),
        bad: bad(layers)?,
        counted: false,
    };
    let Some(count) = layers.field("count") else { return Ok(vec![leaf]) };
    let times = count.number(1, limits::PKI_ENTRIES)?;
    if leaf.san.len() > limits::PKI_NAMES / times as usize {
        let problem = format!("they have more than {} names together", limits::PKI_NAMES);
        return Err(count.error(problem));
    }
    let named = (layers.field("dn").is_some(), layers.field("alias").is_some());
    (1..=times)
        .map(|number| {
            let name = format!("{name}-{number:04}");
            Ok(Leaf {
                dn: if named.0 { leaf.dn.clone() } else { dn(layers, &name)? },
                alias: if named.1 { leaf.alias.clone() } else { name.clone() },
                name,
                counted: true,
                ..leaf.clone()
            })
        })
        .collect()
}

/// `CN=<name>` where nothing is said.
fn dn(layers: &Layers<'_>, name: &str) -> Result<DistinguishedName, FileError> {
    match layers.field("dn") {
        Some(field) => DistinguishedName::parse(field.string()?.value)
            .map_err(|error| field.error(error.to_string())),
        None => DistinguishedName::parse(&format!("CN={name}"))
            .map_err(|error| layers.own().error(error.to_string())),
    }
}

fn text(layers: &Layers<'_>, key: &str) -> Result<Option<String>, FileError> {
    let Some(field) = layers.field(key) else { return Ok(None) };
    let text = field.string()?.value;
    if text.is_empty() { Err(field.error("is empty")) } else { Ok(Some(text.to_owned())) }
}

fn issuer(layers: &Layers<'_>) -> Result<Option<String>, FileError> {
    text(layers, "issuer")
}

fn key(layers: &Layers<'_>) -> Result<KeyAlgorithm, FileError> {
    let Some(field) = layers.field("key") else { return Ok(KeyAlgorithm::EcP256) };
    let word = field.string()?;
    let words = KeyAlgorithm::OFFERED.map(|algorithm| algorithm.to_string());
    word.value.parse().map_err(|error: crate::model::key::KeyAlgorithmError| {
        field.unknown(&word, error.to_string(), words.iter().map(String::as_str))
    })
}

fn days(layers: &Layers<'_>, otherwise: u32) -> Result<u32, FileError> {
    layers.field("days").map_or(Ok(otherwise), |field| field.number(1, MOST_DAYS))
}

fn domains(layers: &Layers<'_>, key: &str) -> Result<Vec<String>, FileError> {
    let Some(field) = layers.field(key) else { return Ok(Vec::new()) };
    // RFC 5280 section 4.2.1.10 knows no dot before a host name: the base permits itself and below.
    let domain = |item: At<&str>| match Subtree::dns(item.value) {
        Ok(_) => Ok(item.value.trim_start_matches('.').to_owned()),
        Err(error) => Err(layers.own().source.error(item.at, &field.key, error.to_string())),
    };
    field.strings()?.into_iter().map(domain).collect()
}

fn names(layers: &Layers<'_>) -> Result<Vec<SubjectAltName>, FileError> {
    let Some(field) = layers.field("san") else { return Ok(Vec::new()) };
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for item in field.strings()? {
        let read = SubjectAltName::parse_list(item.value)
            .map_err(|error| layers.own().source.error(item.at, &field.key, error.to_string()))?;
        for name in read {
            if known.insert(name.clone()) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

fn purposes(layers: &Layers<'_>) -> Result<Vec<ExtendedKeyUsage>, FileError> {
    let Some(field) = layers.field("eku") else { return Ok(Vec::new()) };
    let mut purposes = Vec::new();
    for item in field.strings()? {
        let read = ExtendedKeyUsage::parse_list(item.value).map_err(|error| match error {
            IssueError::UnknownWord { ref found, .. } => {
                let word = At { value: found.as_str(), at: item.at };
                field.unknown(&word, error.to_string(), PURPOSES)
            }
            error => layers.own().source.error(item.at, &field.key, error.to_string()),
        })?;
        for purpose in read {
            if !purposes.contains(&purpose) {
                purposes.push(purpose);
            }
        }
    }
    Ok(purposes)
}

fn outputs(layers: &Layers<'_>) -> Result<Vec<Output>, FileError> {
    let Some(field) = layers.field("outputs") else { return Ok(vec![Output::Pem]) };
    let mut outputs = Vec::new();
    for item in field.strings()? {
        let Some((output, _)) = Output::ALL.iter().find(|(_, word)| *word == item.value) else {
            let words = Output::ALL.map(|(_, word)| word);
            let problem =
                format!("unknown output \"{}\": they are {}", item.value, words.join(", "));
            return Err(field.unknown(&item, problem, words));
        };
        outputs.push(*output);
    }
    outputs.sort_unstable();
    outputs.dedup();
    Ok(outputs)
}

fn profile(layers: &Layers<'_>) -> Result<Profile, FileError> {
    let Some(field) = layers.field("profile") else { return Ok(Profile::Modern) };
    let word = field.string()?;
    Profile::from_name(word.value).ok_or_else(|| {
        let words = Profile::ALL.map(Profile::name);
        let problem = format!("unknown profile \"{}\": they are {}", word.value, words.join(", "));
        field.unknown(&word, problem, words)
    })
}

fn bad(layers: &Layers<'_>) -> Result<Option<Bad>, FileError> {
    let Some(field) = layers.field("bad") else { return Ok(None) };
    let word = field.string()?;
    let words = PRESETS.map(|preset| preset.name);
    let found = Bad::from_name(word.value).ok_or_else(|| {
        // They are too many to list: a topic of the help does.
        let problem = format!("unknown preset \"{}\"", word.value);
        field.unknown(&word, problem, words)
    })?;
    Ok(Some(found))
}
