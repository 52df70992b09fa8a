//! What a line of an old tool has for the words of a row.

use super::commands::Row;
use super::{NEEDLESS, PASSWORD, PASSWORDS, Tool, current, is_flag, is_name};
use std::collections::HashMap;

/// What of a row was typed.
#[derive(Debug)]
pub(super) struct Typed<'a> {
    pub(super) values: HashMap<&'static str, &'a str>,
    /// How many of the row's flags.
    pub(super) flags: usize,
    pub(super) left_out: Vec<String>,
}

impl<'a> Typed<'a> {
    /// Nothing where a flag has another value than the row's.
    pub(super) fn new(tool: Tool, row: Row, words: &'a [String]) -> Option<Self> {
        let of_row = flags_of(tool, row);
        let row_flag = |word: &str| of_row.iter().find(|flag| flag.name == current(word));
        // A password may begin with a dash, and is not repeated as a flag.
        let is_value = |name: &str, word: &str| {
            !is_flag(word) || (name == PASSWORD && row_flag(word).is_none())
        };
        let mut typed = Self { values: HashMap::new(), flags: 0, left_out: Vec::new() };
        let mut loose = Vec::new();
        let mut rest = words;
        if tool == Tool::Orapki {
            let command = words.iter().filter(|word| !is_flag(word)).nth(1)?;
            rest = &words[words.iter().position(|word| word == command)? + 1..];
        }
        while let Some((word, behind)) = rest.split_first() {
            rest = behind;
            if !is_flag(word) {
                loose.push(word.as_str());
                continue;
            }
            let Some(flag) = row_flag(word) else {
                // Its value is nobody else's, and none of ours to repeat.
                let (flag, joined) = flag_of(word);
                let name = if PASSWORDS.contains(&flag) { PASSWORD } else { "" };
                let has_value = !joined && behind.first().is_some_and(|word| is_value(name, word));
                rest = &behind[usize::from(has_value)..];
                if ![&PASSWORDS[..], &NEEDLESS].concat().contains(&flag) {
                    typed.left_out.push(flag.to_owned());
                }
                continue;
            };
            typed.flags += 1;
            for name in &flag.values {
                let Some((value, behind)) =
                    rest.split_first().filter(|(word, _)| is_value(name, word))
                else {
                    break;
                };
                typed.values.insert(*name, value.as_str());
                rest = behind;
            }
            if let Some(wanted) = flag.wanted {
                let (value, behind) = rest.split_first()?;
                rest = behind;
                if !value.eq_ignore_ascii_case(wanted) {
                    return None;
                }
            }
        }
        // Where a flag was forgotten; a password in two words must not come up as something else.
        if !words.iter().any(|word| PASSWORDS.contains(&flag_of(word).0)) {
            let mut loose = loose.into_iter();
            for name in of_row.iter().flat_map(|flag| &flag.values) {
                if !typed.values.contains_key(name)
                    && let Some(value) = loose.next()
                {
                    typed.values.insert(*name, value);
                }
            }
        }
        Some(typed)
    }
}

/// A flag without the value that it is joined with by an equals sign, and whether it is.
fn flag_of(word: &str) -> (&str, bool) {
    word.split_once('=').map_or((word, false), |(flag, _)| (flag, true))
}

/// A flag of a row.
struct Flag {
    name: &'static str,
    /// The words for its values.
    values: Vec<&'static str>,
    /// The value that it has to have.
    wanted: Option<&'static str>,
}

/// The flags of a row, the wallet's first.
fn flags_of(tool: Tool, row: Row) -> Vec<Flag> {
    let (command, options, ours) = row;
    let wallet = tool.wallet_flag(ours).map(|name| Flag { name, values: vec!["W"], wanted: None });
    let mut flags: Vec<Flag> = wallet.into_iter().collect();
    for word in command.split(' ').chain(options.split(' ')) {
        let word = word.trim_matches(['[', ']']);
        match (word.split_once('='), flags.last_mut()) {
            (Some((name, wanted)), _) => {
                flags.push(Flag { name, values: Vec::new(), wanted: Some(wanted) });
            }
            (None, _) if is_flag(word) => {
                flags.push(Flag { name: word, values: Vec::new(), wanted: None });
            }
            (None, Some(flag)) if is_name(word) => flag.values.push(word),
            (None, _) => {} // the verbs of orapki
        }
    }
    flags
}
