//! Names as other programs print them.

use crate::model::name::{DistinguishedName, keyword};
use std::fmt::Write as _;

impl DistinguishedName {
    /// The names that a printed one may stand for, for looking it up. Programs differ in the end that they begin
    /// with:
    ///
    /// ```text
    /// CN=app,O=Acme,C=NL          RFC 4514, the last RDN first
    /// C = NL, O = Acme, CN = app  openssl, from the other end
    /// /C=NL/O=Acme/CN=app         openssl of old, nginx, Apache
    /// ```
    #[must_use]
    pub fn readings(text: &str) -> Vec<Self> {
        match Self::parse(text) {
            Ok(name) => {
                let reversed = name.reversed();
                if reversed == name { vec![name] } else { vec![name, reversed] }
            }
            Err(_) => slashed(text).and_then(|text| Self::parse(&text).ok()).into_iter().collect(),
        }
    }
}

/// In the form of RFC 4514, where it is one with slashes. A value may hold a slash as well: a new RDN is what has
/// a known type behind it. openssl prints bytes that are not ASCII as `\xC3\xA9`.
fn slashed(text: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in text.trim().strip_prefix('/')?.split('/') {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') || !has_type(part) => {
                last.push('/');
                last.push_str(part);
            }
            _ => parts.push(part.to_owned()),
        }
    }
    let escaped: Option<Vec<String>> = parts.iter().rev().map(|part| escaped(part)).collect();
    Some(escaped?.join(","))
}

fn has_type(part: &str) -> bool {
    part.split_once('=').is_some_and(|(name, _)| {
        keyword::by_name(name).is_some() || name.starts_with(|first: char| first.is_ascii_digit())
    })
}

/// `type=value` with the value escaped as RFC 4514 section 2.4 wants it.
fn escaped(part: &str) -> Option<String> {
    let (name, value) = part.split_once('=')?;
    let mut escaped = format!("{name}=");
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.as_str().starts_with('x') => {
                rest.next();
                escaped.push('\\');
            }
            '\\' if rest.as_str().starts_with('/') => {}
            '+' if has_type(rest.as_str()) => escaped.push(c),
            ',' | ';' | '+' | '"' | '\\' | '<' | '>' | '#' => {
                let _ = write!(escaped, "\\{c}"); // a String takes it
            }
            _ => escaped.push(c),
        }
    }
    Some(escaped)
}

#[cfg(test)]
mod tests {
    use super::DistinguishedName;

    fn readings(text: &str) -> Vec<String> {
        DistinguishedName::readings(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_name_is_read_in_every_form_that_programs_print() {
        let name = "CN=app,O=Acme\\, Inc.,C=NL";
        for printed in [
            name,
            "C = NL, O = \"Acme, Inc.\", CN = app",
            "C=NL, O=Acme\\, Inc., CN=app",
            "/C=NL/O=Acme, Inc./CN=app",
        ] {
            assert!(readings(printed).iter().any(|one| one == name), "{printed}");
        }
        // As it is written comes first.
        assert_eq!(readings("CN=a,O=b"), ["CN=a,O=b", "O=b,CN=a"]);
    }

    #[test]
    fn slash_in_a_value_begins_no_part() {
        assert_eq!(readings("/O=a/b/CN=http://x=y/"), ["CN=http://x=y/,O=a/b"]);
        assert_eq!(readings("/CN=caf\\xC3\\xA9"), ["CN=café"]);
        assert_eq!(readings("/C=NL/L=x+OU=a\\/CN=b+c"), ["L=x+OU=a/CN=b\\+c,C=NL"]);
        assert_eq!(readings("/nonsense"), [""; 0]);
        assert_eq!(readings("nonsense"), [""; 0]);
    }
}
