//! Small pieces of text: safe names, times, numbers of things.

pub(crate) use mwallet::chain::rules::days_left;
use mwallet::digest::Fingerprint;
pub(crate) use mwallet::terminal::is_harmful;
use mwallet::terminal::named;
use std::fmt::Write as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Text that comes from a file, harmless for a terminal: what could do harm is shown as an escape.
pub(crate) fn safe(text: &str) -> String {
    if !text.chars().any(is_harmful) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_harmful(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// As [`safe`] for each of several lines.
pub(crate) fn safe_all(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| safe(line)).collect()
}

/// As [`safe`] for a message that may end in a list, a line each that begins with [`LIST_LINE`]. No other
/// line end is ours.
pub(crate) fn safe_lines(text: &str) -> String {
    text.split(LIST_LINE).map(safe).collect::<Vec<_>>().join(LIST_LINE)
}

/// What the lines of a list in a message begin with.
const LIST_LINE: &str = "\n  ";

/// Text in lines of some 100 characters behind the words that it begins with, below which further lines stand.
/// What stands between backticks is not parted: it may be a command.
pub(crate) fn wrapped(first: &str, text: &str) -> String {
    const WIDTH: usize = 100;
    let mut words: Vec<String> = Vec::new();
    let mut is_quoted = false;
    for word in text.split(' ') {
        match words.last_mut().filter(|_| is_quoted) {
            Some(quoted) => {
                quoted.push(' ');
                quoted.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        is_quoted ^= word.matches('`').count() % 2 == 1;
    }
    let indent = first.chars().count();
    let (mut lines, mut width) = (first.to_owned(), indent);
    for (position, word) in words.iter().enumerate() {
        let length = word.chars().count();
        if position > 0 && width + 1 + length > WIDTH {
            let _ = write!(lines, "\n{:indent$}", ""); // writing to a String cannot fail
            width = indent;
        } else if position > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(word);
        width += length;
    }
    lines
}

/// JSON that says the same without harmful characters, which stand in its strings alone. All of them
/// have four digits.
pub(crate) fn safe_json(json: &str) -> String {
    // Nothing is left behind by a text that grows: it may hold a secret. A line end may follow.
    let harmful = json.chars().filter(|c| is_harmful(*c)).count();
    let mut shown = String::with_capacity(json.len() + 6 * harmful + 1);
    for c in json.chars() {
        if is_harmful(c) && c != '\n' {
            let _ = write!(shown, "\\u{:04x}", u32::from(c)); // writing to a String cannot fail
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Names that a message lists.
pub(crate) const LISTED: usize = 10;

/// The first names of a list, harmless for a terminal, and how many there are more.
pub(crate) fn listed(names: &[&str]) -> String {
    let (shown, more) = names.split_at(names.len().min(LISTED));
    let mut text = shown.iter().map(|name| safe(&named(name))).collect::<Vec<_>>().join(", ");
    if !more.is_empty() {
        let _ = write!(text, " and {} more", more.len()); // writing to a String cannot fail
    }
    text
}

/// A time as RFC 3339 writes it, in UTC.
pub(crate) fn timestamp(time: OffsetDateTime) -> String {
    // Certificates may claim years that RFC 3339 has no digits for.
    time.to_utc().format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

/// The date of a time, in UTC.
pub(crate) fn date(time: OffsetDateTime) -> String {
    time.to_utc().date().to_string()
}

/// How long ago it was, of [`days_left`] that are fewer than none: whole days, as for what is to come.
pub(crate) fn ago(days_left: i64) -> String {
    match -1 - days_left {
        ..1 => "less than a day ago".to_owned(),
        days => format!("{} ago", count(days, "day")),
    }
}

/// The end of a validity with what is left of it: `2026-01-31, 12 days left`.
pub(crate) fn validity_end(not_after: OffsetDateTime, now: OffsetDateTime) -> String {
    format!("{}, {}", date(not_after), left(not_after, now))
}

/// What is left of a validity: `12 days left`.
pub(crate) fn left(not_after: OffsetDateTime, now: OffsetDateTime) -> String {
    match days_left(not_after, now) {
        ..0 => "expired".to_owned(),
        days => format!("{} left", count(days, "day")),
    }
}

/// `1 entry` has its own plural; everything else takes an s.
pub(crate) fn count(number: impl TryInto<i64>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    match (number, noun) {
        (1, noun) => format!("1 {noun}"),
        (number, "entry") => format!("{number} entries"),
        (number, noun) => format!("{number} {noun}s"),
    }
}

/// The beginning of a fingerprint, long enough to call an entry by.
pub(crate) fn short(fingerprint: Fingerprint) -> String {
    fingerprint.to_string()[..16].to_owned()
}

/// Permission bits as `ls` and `chmod` write them.
pub(crate) fn mode(bits: u32) -> String {
    format!("{bits:04o}")
}

#[cfg(test)]
mod tests {
    use super::{ago, count, days_left, is_harmful, listed, safe, safe_json};
    use time::{Duration, OffsetDateTime};

    #[test]
    fn names_from_files_cannot_steer_the_terminal() {
        assert_eq!(safe("a\x1b[2Jb\u{202e}c é"), "a\\u{1b}[2Jb\\u{202e}c é");
        assert_eq!(safe("\u{2028}\u{61c}\u{200b}\u{feff}"), r"\u{2028}\u{61c}\u{200b}\u{feff}");
        assert_eq!(safe("می\u{200c}خواهم"), "می\u{200c}خواهم");
    }

    #[test]
    fn json_says_the_same_in_harmless_characters() {
        let text = "a\u{202e}\u{9b}\u{7f}\u{2029}\x1b\"\\ é 😀";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let shown = safe_json(&json);
        assert!(!shown.chars().any(|c| is_harmful(c) && c != '\n'), "{shown}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), [text]);
    }

    #[test]
    fn an_expired_certificate_has_less_than_no_days_left() {
        let now = OffsetDateTime::UNIX_EPOCH;
        assert_eq!(days_left(now - Duration::seconds(1), now), -1);
        assert_eq!(days_left(now - Duration::milliseconds(1), now), -1);
        // A certificate is valid to the end of its last second, RFC 5280 section 4.1.2.5.
        assert_eq!(days_left(now, now + Duration::milliseconds(999)), 0);
        assert_eq!(days_left(now + Duration::days(2), now + Duration::milliseconds(1)), 2);
        assert_eq!(ago(days_left(now - Duration::hours(1), now)), "less than a day ago");
        assert_eq!(
            ago(days_left(now - Duration::hours(24) - Duration::seconds(1), now)),
            "1 day ago"
        );
        assert_eq!(count(1, "entry"), "1 entry");
        assert_eq!(listed(&["a", "b"]), "a, b");
        assert!(listed(&["a"; 12]).ends_with("a, a and 2 more"));
        assert_eq!(count(2, "entry"), "2 entries");
    }
}
