//! Text of others on a terminal, and in the commands that are shown to be pasted there.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;

/// Whether a character of a file could steer a terminal or pass for another text: control characters,
/// those that change the direction of writing (UAX #9) or break lines, and those without a width that no
/// script needs. The joiners, U+200C and U+200D, stay: Persian and emoji are written with them.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A name in a sentence: in quotes where nobody would see where it ends, or that it is there.
#[must_use]
pub fn named(name: &str) -> String {
    if name.is_empty() || name.trim() != name || name.chars().any(is_harmful) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

/// A word as a POSIX shell reads it back, without characters that could steer the terminal.
#[must_use]
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_encoded_bytes();
    let Ok(text) = std::str::from_utf8(bytes) else { return quoted_bytes(bytes) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+~".contains(c);
    // A tilde in front would be expanded.
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('~') {
        return text.to_owned();
    }
    // A hint must not play with the terminal; POSIX 2024 and every shell in use know these escapes.
    if text.chars().any(is_harmful) {
        return quoted_bytes(bytes);
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The same of bytes that could steer the terminal, or that are no text.
fn quoted_bytes(bytes: &[u8]) -> String {
    let mut quoted = String::from("$'");
    let escape = |quoted: &mut String, bytes: &[u8]| {
        for byte in bytes {
            let _ = write!(quoted, "\\{byte:03o}"); // a String takes it
        }
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => quoted.extend(['\\', c]),
                c if is_harmful(c) => escape(&mut quoted, c.to_string().as_bytes()),
                c => quoted.push(c),
            }
        }
        escape(&mut quoted, chunk.invalid());
    }
    quoted + "'"
}

/// A path as a shell and the program behind it read it back: none is taken for a flag.
#[must_use]
pub fn quoted_path(path: impl AsRef<OsStr>) -> String {
    let path = path.as_ref();
    if path.as_encoded_bytes().starts_with(b"-") {
        return quoted(Path::new(".").join(path));
    }
    quoted(path)
}

/// A flag with a value that may begin with a dash, which would be a flag of its own behind a space.
#[must_use]
pub fn flag_with(flag: &str, value: impl AsRef<OsStr>) -> String {
    let is_like_flag = value.as_ref().as_encoded_bytes().starts_with(b"-");
    format!("{flag}{}{}", if is_like_flag { '=' } else { ' ' }, quoted(value))
}

/// The command with one more word that is no flag, whatever it begins with: names come from files of others.
#[must_use]
pub fn with_name(command: &str, name: &str) -> String {
    let needs_end = name.starts_with('-') && end_of_flags(command) == command.len();
    format!("{command}{} {}", if needs_end { " --" } else { "" }, quoted(name))
}

/// The command with more flags, which stand before a `--`: behind it nothing is a flag.
#[must_use]
pub fn with_flags(command: &str, flags: &str) -> String {
    let (front, behind) = command.split_at(end_of_flags(command));
    format!("{front}{}{flags}{behind}", if flags.is_empty() { "" } else { " " })
}

/// Where ` --` ends the flags of a command that [`quoted`] has written; else its end.
fn end_of_flags(command: &str) -> usize {
    let mut characters = command.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => drop(characters.next()),
            '\'' => {
                let has_escapes = before == '$';
                while let Some((_, c)) = characters.next() {
                    match c {
                        '\\' if has_escapes => drop(characters.next()),
                        '\'' => break,
                        _ => {}
                    }
                }
            }
            ' ' if command[at..].starts_with(" -- ") => return at,
            _ => {}
        }
        before = c;
    }
    command.len()
}

#[cfg(test)]
mod tests {
    use super::{flag_with, named, quoted, quoted_path, with_flags, with_name};

    #[test]
    fn names_are_no_flags() {
        assert_eq!(with_name("mwallet remove w", "app"), "mwallet remove w app");
        assert_eq!(
            with_name("mwallet remove w", "--all-trusted"),
            "mwallet remove w -- --all-trusted"
        );
        assert_eq!(with_name("mwallet rename w -- -a", "-b c"), "mwallet rename w -- -a '-b c'");
        assert_eq!(flag_with("--renew", "app"), "--renew app");
        assert_eq!(flag_with("--renew", "-a b"), "--renew='-a b'");
    }

    #[test]
    fn flags_stand_before_the_end_of_flags() {
        for (command, with_flag) in [
            ("mwallet remove w app", "mwallet remove w app --yes"),
            ("mwallet remove w -- -x", "mwallet remove w --yes -- -x"),
            ("mwallet list 'a -- b'", "mwallet list 'a -- b' --yes"),
            (r"mwallet list 'a'\'' -- b' -- -x", r"mwallet list 'a'\'' -- b' --yes -- -x"),
            (r"mwallet list $'\' -- \012' -- -x", r"mwallet list $'\' -- \012' --yes -- -x"),
        ] {
            assert_eq!(with_flags(command, "--yes"), with_flag);
            assert_eq!(with_flags(command, ""), command);
        }
    }

    #[test]
    fn names_are_quoted_where_they_hide() {
        for (name, shown) in [
            ("my app", "my app"),
            ("app ", "\"app \""),
            ("\u{a0}app", "\"\u{a0}app\""),
            ("", "\"\""),
            ("a\u{200b}b", "\"a\u{200b}b\""),
        ] {
            assert_eq!(named(name), shown);
        }
    }

    #[test]
    fn paths_are_no_flags() {
        for (path, shown) in [("-x.p12", "./-x.p12"), ("--", "./--"), ("a-x", "a-x"), ("-", "./-")]
        {
            assert_eq!(quoted_path(path), shown);
        }
    }

    #[test]
    #[cfg(unix)]
    fn bytes_that_are_no_text_survive_the_shell() {
        use std::os::unix::ffi::OsStrExt as _;
        let word = std::ffi::OsStr::from_bytes(b"bad\xff o'k");
        assert_eq!(quoted(word), r"$'bad\377 o\'k'");
    }

    #[test]
    fn words_survive_the_shell() {
        for (word, shown) in [
            ("--dn", "--dn"),
            ("CN=app,O=Acme", "CN=app,O=Acme"),
            ("CN=my app", "'CN=my app'"),
            ("it's", r"'it'\''s'"),
            ("~root", "'~root'"),
            ("", "''"),
            ("a\n\u{1b}[31m'\u{9b}", r"$'a\012\033[31m\'\302\233'"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
