//! Our own codes, as `docs/errors.md` explains them.

use crate::code::Code;
use crate::explain::{Command, Explanation, Speaker};

/// The document that describes each code; `tests/house.rs` makes sure that it has them all.
const DOCUMENT: &str = include_str!("../../docs/errors.md");

const CAUSES: &str = "Usual causes: ";
const RUN: &str = "What to run: ";
const STATUS: &str = "Exit status: ";

/// Programs whose commands in the document can be pasted.
const PROGRAMS: [&str; 8] =
    ["mwallet ", "openssl ", "chmod ", "ls ", "df ", "readlink ", "printf ", "date "];

/// Every code, in the order of the document.
pub(super) fn all() -> Vec<Explanation> {
    DOCUMENT.split("\n### `").skip(1).filter_map(section).collect()
}

/// A section: the code in backticks, then paragraphs that begin with fixed words.
fn section(text: &str) -> Option<Explanation> {
    let (code, rest) = text.split_once('`')?;
    Code::ALL.iter().find(|known| known.name() == code)?;
    let (meaning, rest) = rest.split_once(CAUSES)?;
    let (causes, rest) = rest.split_once(RUN)?;
    let (advice, _) = rest.split_once(STATUS)?;
    let advice = one_line(advice);
    Some(Explanation {
        code: code.to_owned(),
        speaker: Speaker::Mwallet,
        says: String::new(),
        meaning: one_line(meaning),
        causes: causes_of(&one_line(causes)),
        run: commands(&advice),
        advice: Some(advice),
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The document divides causes by semicolons.
fn causes_of(text: &str) -> Vec<String> {
    text.trim_end_matches('.').split("; ").map(str::to_owned).collect()
}

/// What stands in backticks and begins with the name of a program.
fn commands(advice: &str) -> Vec<Command> {
    let quoted = advice.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| PROGRAMS.iter().any(|program| text.starts_with(program)))
        .map(|text| Command { command: text.to_owned(), purpose: String::new() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::code::Code;

    #[test]
    fn every_code_is_found_in_the_document() {
        let found: Vec<_> = all().into_iter().map(|one| one.code).collect();
        for code in Code::ALL {
            assert!(found.iter().any(|name| name == code.name()), "{code}");
        }
    }

    #[test]
    fn section_is_taken_apart() {
        let all = all();
        let one = all.iter().find(|one| one.code == "key-password-differs").unwrap();
        assert_eq!(one.run[0].command, "mwallet passwd W --key ALIAS --same");
        assert!(one.causes.len() > 1, "{:?}", one.causes);
        assert!(!one.meaning.contains('\n'));
    }
}
