//! Finding the explanation of a code, or of a line of a log.

use crate::explain::{Explanation, Row, Speaker, TABLES, all, own};

/// Nothing is known of what was asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is known of '{asked}'")]
pub struct Unknown {
    /// What was asked about.
    pub asked: String,
    /// At most three codes that are written alike.
    pub near: Vec<String>,
}

/// How specific a match is: a code or a longer fragment is more than a shorter one, and a message
/// that only wraps another comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// False sorts before true, and the list is turned round.
    tells_the_cause: bool,
    length: usize,
}

/// The explanations of a code in any case, or of all messages that a line of a log holds, the most
/// specific first.
///
/// # Errors
///
/// [`Unknown`], with codes that are written alike.
pub fn find(question: &str) -> Result<Vec<Explanation>, Unknown> {
    let folded = folded(question);
    let own = own::all();
    if let Some(one) = own.iter().find(|one| one.code == folded) {
        return Ok(vec![one.clone()]);
    }
    if let Some((speaker, row)) = rows().find(|(_, row)| is_code(row, &folded)) {
        return Ok(vec![Explanation::of(speaker, row)]);
    }
    let mut found: Vec<(Rank, Explanation)> = rows()
        .filter_map(|(speaker, row)| Some((rank(row, &folded)?, Explanation::of(speaker, row))))
        .collect();
    // Our messages end in their code; of codes that are plain words only that form counts.
    found.extend(
        own.into_iter()
            .filter(|one| names(&folded, &one.code))
            .map(|one| (Rank { tells_the_cause: true, length: one.code.len() }, one)),
    );
    found.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    if found.is_empty() {
        return Err(Unknown { near: near(&folded), asked: question.to_owned() });
    }
    Ok(found.into_iter().map(|(_, one)| one).collect())
}

fn rows() -> impl Iterator<Item = (Speaker, &'static Row)> {
    TABLES.iter().flat_map(|(speaker, rows)| rows.iter().map(move |row| (*speaker, row)))
}

/// Lower case, white space made one, without the quotes that a shell or a log leaves around.
fn folded(text: &str) -> String {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_matches(['"', '\'', ':', '.', ' ']).to_owned()
}

/// `ORA-29024`, `ora29024` and `29024` are one code, and so are the two that a code may have.
fn is_code(row: &Row, folded: &str) -> bool {
    codes(row).any(|code| {
        let is_spelt = code.split_once('-').is_some_and(|(facility, number)| {
            let rest = folded.strip_prefix(facility).unwrap_or(folded);
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
            is_number && rest.trim_start_matches([' ', '-']) == number
        });
        code == folded || is_spelt
    })
}

/// The code in lower case, and that of the listener and its tools, which write TNS for the ORA of Oracle Net.
fn codes(row: &Row) -> impl Iterator<Item = String> {
    let code = row.code.to_lowercase();
    let other = code.strip_prefix("ora-12").map(|number| format!("tns-12{number}"));
    std::iter::once(code).chain(other)
}

fn rank(row: &Row, line: &str) -> Option<Rank> {
    let by_code = codes(row).any(|code| contains_word(line, &code)).then_some(row.code.len());
    let by_fragment = row
        .fragments
        .iter()
        .filter(|fragment| line.contains(&fragment.to_lowercase()))
        .map(|fragment| fragment.len())
        .max();
    let length = by_code.max(by_fragment)?;
    Some(Rank { tells_the_cause: !row.wrapper, length })
}

/// Whether one of our codes stands in the line: as a word with a hyphen, or in brackets.
fn names(line: &str, code: &str) -> bool {
    if code.contains('-') { contains_word(line, code) } else { line.contains(&format!("({code})")) }
}

/// Whether the word stands in the line with nothing of a word around it.
fn contains_word(line: &str, word: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '-';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word)
    })
}

/// Longest question that is compared with the codes letter by letter.
const COMPARED_CHARACTERS: usize = 64;

/// At most three codes that differ from the question by few characters.
fn near(folded: &str) -> Vec<String> {
    if folded.chars().count() > COMPARED_CHARACTERS {
        return Vec::new();
    }
    let allowed = (folded.chars().count() / 4).max(1);
    let mut near: Vec<(usize, String)> = all()
        .into_iter()
        .filter_map(|one| {
            let distance = strsim::levenshtein(folded, &one.code.to_lowercase());
            (distance <= allowed).then_some((distance, one.code))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    fn found(question: &str) -> Vec<String> {
        find(question).unwrap().into_iter().map(|one| one.code).collect()
    }

    #[test]
    fn code_is_found_in_any_spelling() {
        for spelling in ["ORA-29024", "ora-29024", "ORA29024", "ora 29024", "29024", "ORA-29024:"] {
            assert_eq!(found(spelling), ["ORA-29024"], "{spelling}");
        }
        assert_eq!(found("CHAIN-ISSUER-MISSING"), ["chain-issuer-missing"]);
        for spelling in ["TNS-12560", "tns12560", "TNS-12560: TNS:protocol adapter error"] {
            assert_eq!(found(spelling), ["ORA-12560"], "{spelling}");
        }
    }

    #[test]
    fn cause_comes_before_what_wraps_it() {
        let line = "ORA-29273: HTTP request failed ORA-06512: at \"SYS.UTL_HTTP\", line 380 \
                    ORA-29024: Certificate validation failure";
        assert_eq!(found(line), ["ORA-29024", "ORA-29273"]);
    }

    #[test]
    fn cause_at_the_end_of_a_long_stack_is_found() {
        let stack = "\tat java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)\n";
        let log = format!("{}Caused by: ORA-29024: Certificate", stack.repeat(1_000));
        assert_eq!(found(&log)[0], "ORA-29024");
    }

    #[test]
    fn longer_fragment_comes_first() {
        let line = "PKIX path building failed: sun.security.provider.certpath.\
                    SunCertPathBuilderException: unable to find valid certification path to \
                    requested target";
        let found = found(line);
        assert_eq!(found[0], "unable to find valid certification path to requested target");
        assert!(found.len() > 1);
    }

    #[test]
    fn what_is_unknown_has_neighbours() {
        assert!(find("ORA-29025").unwrap_err().near.contains(&"ORA-29024".to_owned()));
        assert!(find("chain-isuer-missing").unwrap_err().near.len() == 1);
        assert!(find("the weather").unwrap_err().near.is_empty());
        assert!(find("").is_err());
        assert!(find(&"x".repeat(1 << 20)).is_err());
    }

    #[test]
    fn plain_words_of_a_line_are_no_codes() {
        assert!(find("please see the usage of it").is_err());
        assert_eq!(found("error: what was that (usage)"), ["usage"]);
    }
}
