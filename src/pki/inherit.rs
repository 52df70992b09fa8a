//! `like`: a table that takes over what another one of its kind says.

use crate::limits;
use crate::pki::error::FileError;
use crate::pki::layers::Layers;
use crate::pki::table::{At, Field, Table};
use std::collections::HashMap;

/// The entries of one kind, each with the tables that it is like behind its own.
pub(super) fn layers<'a>(
    entries: &[(At<String>, Table<'a>)],
    defaults: Option<&Table<'a>>,
    default_keys: &'static [&'static str],
) -> Result<Vec<Layers<'a>>, FileError> {
    let by_name: HashMap<&str, &Table<'a>> =
        entries.iter().map(|(name, table)| (name.value.as_str(), table)).collect();
    entries
        .iter()
        .map(|(name, table)| {
            let mut tables = vec![table.clone()];
            let mut trail = vec![name.value.clone()];
            while let Some(next) = like(&tables[tables.len() - 1], &by_name, &mut trail)? {
                tables.push(next);
            }
            let defaults = defaults.cloned().map(|table| (table, default_keys));
            Ok(Layers { name: name.clone(), tables, defaults })
        })
        .collect()
}

/// The table that this one is like. `trail` holds the names that were met on the way.
fn like<'a>(
    table: &Table<'a>,
    by_name: &HashMap<&str, &Table<'a>>,
    trail: &mut Vec<String>,
) -> Result<Option<Table<'a>>, FileError> {
    let Some(value) = table.value("like") else { return Ok(None) };
    let field = Field { source: table.source, key: table.key("like"), value };
    let wanted = field.string()?;
    let Some(next) = by_name.get(wanted.value) else {
        let problem = format!("there is no entry \"{}\" of this kind", wanted.value);
        return Err(field.unknown(&wanted, problem, by_name.keys().copied()));
    };
    trail.push(wanted.value.to_owned());
    if trail[..trail.len() - 1].iter().any(|met| met == wanted.value) {
        return Err(field.error(format!("a cycle: {}", trail.join(" is like "))));
    }
    if trail.len() > limits::PKI_LIKE {
        let problem = format!("more than {} tables that are like each other", limits::PKI_LIKE);
        return Err(field.error(problem));
    }
    Ok(Some((*next).clone()))
}
