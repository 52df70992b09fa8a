//! The keys of an entry, looked up in its own table, in those that it is like, and in the defaults.

use crate::pki::error::FileError;
use crate::pki::table::{At, Field, Table};

/// Tables that are asked one after the other.
pub(super) struct Layers<'a> {
    /// The name of the entry.
    pub(super) name: At<String>,
    /// The entry's own table first.
    pub(super) tables: Vec<Table<'a>>,
    /// The defaults, with those of their keys that mean something here.
    pub(super) defaults: Option<(Table<'a>, &'static [&'static str])>,
}

/// Keys that belong to one table alone.
const OWN: [&str; 2] = ["like", "count"];

impl<'a> Layers<'a> {
    /// The value of a key, where it is first found.
    pub(super) fn field(&self, key: &str) -> Option<Field<'a>> {
        let reach = if OWN.contains(&key) { 1 } else { self.tables.len() };
        let defaults = self.defaults.as_ref().filter(|(_, keys)| keys.contains(&key));
        self.tables[..reach].iter().chain(defaults.map(|(table, _)| table)).find_map(|table| {
            let value = table.value(key)?;
            Some(Field { source: table.source, key: table.key(key), value })
        })
    }

    /// An error about a key of the entry: where it is written, else about the entry.
    pub(super) fn error(&self, key: &str, problem: impl Into<String>) -> FileError {
        match self.field(key) {
            Some(field) => field.error(problem),
            None => self.own().error(problem),
        }
    }

    /// The entry's own table.
    pub(super) fn own(&self) -> &Table<'a> {
        &self.tables[0]
    }
}
