//! Tables of a `pki.toml`, with the place of everything in them.

use crate::pki::error::FileError;
use crate::pki::near::near;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the byte of the file that it begins at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

/// The text of the file, for turning bytes into lines and columns.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a str);

impl Source<'_> {
    /// An error about what stands at this byte.
    pub(super) fn error(self, at: usize, key: &str, problem: impl Into<String>) -> FileError {
        // A place inside of a character is its end.
        let end = (at..self.0.len()).find(|&at| self.0.is_char_boundary(at));
        let before = &self.0[..end.unwrap_or(self.0.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        FileError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            key: key.to_owned(),
            problem: problem.into(),
            near: None,
        }
    }

    /// An error about a word that is none of those that could stand there.
    pub(super) fn unknown<'w>(
        self,
        at: usize,
        key: &str,
        problem: impl Into<String>,
        found: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) -> FileError {
        FileError { near: near(found, words), ..self.error(at, key, problem) }
    }
}

/// A table with its name.
#[derive(Clone)]
pub(super) struct Table<'a> {
    pub(super) source: Source<'a>,
    /// As it is written in brackets; empty for the top.
    pub(super) path: String,
    /// Where it begins.
    pub(super) at: usize,
    pub(super) values: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// The name of a key with that of its table.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// An error about the table itself.
    pub(super) fn error(&self, problem: impl Into<String>) -> FileError {
        self.source.error(self.at, &self.path, problem)
    }

    /// Fails on a key that is none of these.
    pub(super) fn require_known(&self, known: &[&str]) -> Result<(), FileError> {
        let mut keys: Vec<_> = self.values.keys().collect();
        keys.sort_by_key(|key| key.span().start);
        for key in keys {
            let name = key.get_ref();
            if !known.contains(&&**name) {
                let (at, path) = (key.span().start, self.key(name));
                let words = known.iter().copied();
                return Err(self.source.unknown(at, &path, "unknown key", name, words));
            }
        }
        Ok(())
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.values.get(key)
    }

    /// The table of this key.
    pub(super) fn table(&self, key: &str) -> Result<Option<Table<'a>>, FileError> {
        let Some((name, value)) = self.values.get_key_value(key) else { return Ok(None) };
        self.child(name, value).map(Some)
    }

    /// The tables in this one, in the order of the file.
    pub(super) fn tables(&self) -> Result<Vec<(At<String>, Table<'a>)>, FileError> {
        let mut tables = Vec::new();
        for (name, value) in self.values {
            let at = At { value: name.get_ref().to_string(), at: name.span().start };
            tables.push((at, self.child(name, value)?));
        }
        tables.sort_by_key(|(name, _)| name.at);
        Ok(tables)
    }

    fn child(
        &self,
        name: &Spanned<std::borrow::Cow<'a, str>>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Result<Table<'a>, FileError> {
        let path = self.key(name.get_ref());
        let at = name.span().start;
        match value.get_ref() {
            DeValue::Table(values) => Ok(Table { source: self.source, path, at, values }),
            other => {
                let problem = format!("a table is needed, not {}", kind(other));
                Err(self.source.error(at, &path, problem))
            }
        }
    }
}

/// A value with the name of its key, to be read as one type or another.
pub(super) struct Field<'a> {
    pub(super) source: Source<'a>,
    pub(super) key: String,
    pub(super) value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Field<'a> {
    /// Where the value stands.
    pub(super) fn at(&self) -> usize {
        self.value.span().start
    }

    /// An error about the value.
    pub(super) fn error(&self, problem: impl Into<String>) -> FileError {
        self.source.error(self.at(), &self.key, problem)
    }

    /// An error about a word of the value, with the nearest one that is valid.
    pub(super) fn unknown<'w>(
        &self,
        word: &At<&str>,
        problem: impl Into<String>,
        words: impl IntoIterator<Item = &'w str>,
    ) -> FileError {
        self.source.unknown(word.at, &self.key, problem, word.value, words)
    }

    fn needed(&self, what: &str) -> FileError {
        self.error(format!("{what} is needed, not {}", kind(self.value.get_ref())))
    }

    pub(super) fn string(&self) -> Result<At<&'a str>, FileError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(At { value: text, at: self.at() }),
            _ => Err(self.needed("a string")),
        }
    }

    /// A list of strings; one string alone is a list of one.
    pub(super) fn strings(&self) -> Result<Vec<At<&'a str>>, FileError> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(vec![At { value: text, at: self.at() }]),
            DeValue::Array(items) => items
                .iter()
                .map(|item| {
                    let field = Field { source: self.source, key: self.key.clone(), value: item };
                    field.string()
                })
                .collect(),
            _ => Err(self.needed("a list of strings")),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, FileError> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Ok(*value),
            _ => Err(self.needed("true or false")),
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(&self, least: u32, most: u32) -> Result<u32, FileError> {
        let DeValue::Integer(integer) = self.value.get_ref() else {
            return Err(self.needed("a whole number"));
        };
        u32::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| self.error(format!("the number is not between {least} and {most}")))
    }
}

/// What a value is, in words.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
