//! Finding the entry that a user names.

use crate::codec::pkcs12::property::is_property;
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind};
use crate::model::name::DistinguishedName;
use crate::model::shown_alias::{is_derived, shown_aliases};
use crate::model::wallet::Wallet;
use crate::ops::{OpsError, summaries};

/// Fewest digits of a fingerprint that name an entry.
const FINGERPRINT_DIGITS: usize = 4;

/// Digits of a whole SHA-256 fingerprint.
const WHOLE_FINGERPRINT_DIGITS: usize = 64;

/// Longest name that others are compared with by spelling, in characters.
const COMPARED_CHARACTERS: usize = 64;

/// The one entry that `name` names. In this order:
///
/// 1. the alias as shown, or as in the file, exactly;
/// 2. `sha256:` and at least four digits of its certificate's fingerprint, or the whole
///    fingerprint without the prefix; `serial:` and its certificate's serial number; colons
///    between digits are skipped;
/// 3. the alias without regard to case;
/// 4. the alias that is derived for an entry without one, with its digits behind or without them, in the
///    same way: several may share it;
/// 5. the serial number without the prefix;
/// 6. the subject's name, if there is a `=` in it, as programs print it ([`DistinguishedName::readings`]);
/// 7. what is between parentheses around the whole.
///
/// # Errors
///
/// [`OpsError::EntryAmbiguous`] with the candidates, [`OpsError::EntryNotFound`] with names that
/// are spelled alike, [`OpsError::FingerprintShort`].
pub fn find(wallet: &Wallet, name: &str) -> Result<EntryId, OpsError> {
    find_meaning(wallet, name, |_| true)
}

/// As [`find`], for whoever can do something with entries that are `meant`: no other is offered where none has
/// the name, and never the wallet property.
///
/// # Errors
///
/// As [`find`].
pub fn find_meaning(
    wallet: &Wallet,
    name: &str,
    meant: fn(&Entry) -> bool,
) -> Result<EntryId, OpsError> {
    let found = find_typed(wallet, name, meant);
    // As lists show an alias that was made up.
    let (Err(OpsError::EntryNotFound { .. }), Some(bare)) = (&found, bare(name)) else {
        return found;
    };
    find_typed(wallet, bare, meant).map_err(|error| match error {
        OpsError::EntryNotFound { near, .. } => {
            OpsError::EntryNotFound { name: name.to_owned(), near }
        }
        error => error,
    })
}

/// The entry of this name as it was typed: all but the last step of [`find`].
fn find_typed(wallet: &Wallet, name: &str, meant: fn(&Entry) -> bool) -> Result<EntryId, OpsError> {
    let shown = shown_aliases(wallet);
    let shown_as = |entry: &Entry| shown.get(&entry.id()).map_or("", |alias| alias.text.as_str());
    let folded = name.to_lowercase();
    let steps: [&dyn Fn(&Entry) -> bool; 6] = [
        &|entry| shown_as(entry) == name,
        &|entry| file_alias(entry) == Some(name),
        &|entry| has_identifier(entry, name),
        &|entry| {
            shown_as(entry).to_lowercase() == folded
                || file_alias(entry).is_some_and(|alias| alias.to_lowercase() == folded)
        },
        &|entry| is_derived(entry, &folded),
        &|entry| certificate(entry, |certificate| has_serial(certificate, name)),
    ];
    for fits in steps {
        if let Some(id) = only(wallet, name, fits)? {
            return Ok(id);
        }
    }
    let readings = if name.contains('=') { DistinguishedName::readings(name) } else { Vec::new() };
    for wanted in readings {
        if let Some(id) = only(wallet, name, |entry| has_subject(entry, &wanted))? {
            return Ok(id);
        }
    }
    let offered: Vec<&Entry> =
        wallet.entries().iter().filter(|entry| meant(entry) && !is_property(entry)).collect();
    if let Some(digits) = name.strip_prefix("sha256:").map(|text| digits(text).unwrap_or_default())
        && digits.len() < FINGERPRINT_DIGITS
    {
        return Err(OpsError::FingerprintShort {
            name: name.to_owned(),
            needed: FINGERPRINT_DIGITS,
        });
    }
    let names = offered.into_iter().map(shown_as);
    Err(OpsError::EntryNotFound { name: name.to_owned(), near: near(&folded, names) })
}

/// What is between parentheses around the whole.
pub(in crate::ops) fn bare(name: &str) -> Option<&str> {
    name.strip_prefix('(').and_then(|name| name.strip_suffix(')'))
}

/// The only entry that fits, none, or an error.
fn only(
    wallet: &Wallet,
    name: &str,
    fits: impl Fn(&Entry) -> bool,
) -> Result<Option<EntryId>, OpsError> {
    let fitting: Vec<EntryId> =
        wallet.entries().iter().filter(|entry| fits(entry)).map(Entry::id).collect();
    match fitting[..] {
        [] => Ok(None),
        [id] => Ok(Some(id)),
        _ => Err(OpsError::EntryAmbiguous {
            wanted: name.to_owned(),
            candidates: summaries(wallet, &fitting),
        }),
    }
}

fn file_alias(entry: &Entry) -> Option<&str> {
    entry.alias.as_ref().map(Alias::as_str)
}

fn certificate(entry: &Entry, fits: impl Fn(&Certificate) -> bool) -> bool {
    entry.certificate().is_some_and(fits)
}

/// `sha256:` or `serial:`, or a whole fingerprint as other tools print it.
fn has_identifier(entry: &Entry, name: &str) -> bool {
    let fingerprint = |digits: &str| {
        certificate(entry, |certificate| certificate.fingerprint().to_string().starts_with(digits))
    };
    if let Some(digits) = name.strip_prefix("sha256:").and_then(digits) {
        return digits.len() >= FINGERPRINT_DIGITS && fingerprint(&digits);
    }
    if let Some(serial) = name.strip_prefix("serial:") {
        return certificate(entry, |certificate| has_serial(certificate, serial));
    }
    digits(name)
        .is_some_and(|digits| digits.len() == WHOLE_FINGERPRINT_DIGITS && fingerprint(&digits))
}

/// Leading zeros do not count: some tools print the sign octet, some do not.
fn has_serial(certificate: &Certificate, text: &str) -> bool {
    let is_negative = |text: &str| text.starts_with('-');
    let magnitude = |text: &str| {
        let digits = digits(text.strip_prefix('-').unwrap_or(text))?;
        Some(digits.trim_start_matches('0').to_owned())
    };
    let serial = certificate.serial_hex();
    magnitude(text).is_some_and(|wanted| {
        is_negative(text) == is_negative(&serial) && Some(wanted) == magnitude(&serial)
    })
}

/// Hexadecimal digits in lower case, without the colons between them.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|&c| c != ':').collect();
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| digits.to_ascii_lowercase())
}

fn has_subject(entry: &Entry, wanted: &DistinguishedName) -> bool {
    match &entry.kind {
        EntryKind::Request(pending) => pending.request.csr.subject().matches(wanted),
        _ => certificate(entry, |certificate| certificate.subject().matches(wanted)),
    }
}

/// At most three names that differ from `wanted` (in lower case) by few characters.
pub(in crate::ops) fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted: Vec<char> = wanted.chars().take(COMPARED_CHARACTERS).collect();
    let allowed = (wanted.len() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let folded: Vec<char> = name.to_lowercase().chars().take(COMPARED_CHARACTERS).collect();
            // The lengths alone rule most names out.
            if folded.len().abs_diff(wanted.len()) > allowed {
                return None;
            }
            let distance = strsim::generic_levenshtein(&wanted, &folded);
            (distance <= allowed).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}
