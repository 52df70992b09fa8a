//! The names that Kubernetes takes.

use crate::codec::CodecError;

/// Longest label of a DNS name, in bytes (RFC 1123 section 2.1, RFC 1035 section 2.3.4).
const LABEL: usize = 63;

/// Longest name of an object, in bytes.
const NAME: usize = 253;

/// The name of a Secret: labels with dots between them.
pub(super) fn checked_name(name: &str) -> Result<&str, CodecError> {
    if name.len() <= NAME && name.split('.').all(is_label) {
        return Ok(name);
    }
    let rule = "it takes lower-case letters, digits, hyphens and dots, a letter or digit at both \
                ends of each part, 253 in all";
    Err(CodecError::KubernetesName { name: name.to_owned(), rule })
}

/// The name of a namespace: one label.
pub(super) fn checked_namespace(name: &str) -> Result<&str, CodecError> {
    if is_label(name) {
        return Ok(name);
    }
    let rule = "a namespace takes lower-case letters, digits and hyphens, a letter or digit at \
                both ends, 63 in all";
    Err(CodecError::KubernetesName { name: name.to_owned(), rule })
}

/// A label made of an alias, if anything of it remains.
pub(super) fn label_of(alias: &str) -> Option<String> {
    let mut label = String::new();
    for character in alias.chars() {
        if label.len() == LABEL {
            break;
        }
        match character.to_ascii_lowercase() {
            plain @ ('a'..='z' | '0'..='9') => label.push(plain),
            _ if label.is_empty() || label.ends_with('-') => {}
            _ => label.push('-'),
        }
    }
    let label = label.trim_end_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=LABEL).contains(&text.len())
        && text.bytes().all(|byte| plain(byte) || byte == b'-')
        && text.bytes().next().is_some_and(plain)
        && text.bytes().last().is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::{checked_name, checked_namespace, is_label, label_of};

    #[test]
    fn names_are_those_of_rfc_1123() {
        for name in ["a", "app-1", "a.b-c.d", &"a".repeat(63)] {
            assert!(checked_name(name).is_ok(), "{name}");
        }
        for name in ["", "-a", "a-", "A", "a_b", "a..b", ".a", "ä", "a b", &"a".repeat(64)] {
            assert!(checked_name(name).is_err(), "{name}");
        }
        assert!(checked_name(&["a"; 127].join(".")).is_ok());
        assert!(checked_name(&["a"; 128].join(".")).is_err());
        assert!(checked_namespace("a.b").is_err());
    }

    #[test]
    fn alias_becomes_a_label() {
        assert_eq!(label_of("My App.example"), Some("my-app-example".to_owned()));
        assert_eq!(label_of("--größe!"), Some("gr-e".to_owned()));
        assert_eq!(label_of("日本"), None);
        let long = "a-".repeat(100);
        assert!(is_label(&label_of(&long).unwrap()));
    }
}
