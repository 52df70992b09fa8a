//! Values of the old tools in our words.

use super::Tool;
use mwallet::hex;
use mwallet::model::key::KeyAlgorithm;
use mwallet::model::revocation::RevocationReason;
use std::fmt::Write as _;

/// Most digits of a serial number: 20 bytes (RFC 5280 section 4.1.2.2) have no more.
const MOST_DIGITS: usize = 49;

/// The line with what is said otherwise here.
#[derive(Debug, Default)]
pub(super) struct Translated {
    pub(super) words: Vec<String>,
    /// The flag of ours, without its prefix, and the place that the store's password comes from.
    pub(super) password: Option<(&'static str, String)>,
    /// The alternative names that keytool is told as an extension.
    pub(super) names: Option<String>,
    /// What kind of store is meant, in our word.
    pub(super) kind: Option<&'static str>,
    /// What the hint says otherwise.
    pub(super) notes: Vec<String>,
}

/// Takes out what our lines have in another place, and replaces the values that have other names.
pub(super) fn translated(tool: Tool, words: &[String]) -> Translated {
    let mut line = Translated::default();
    let is_elliptic =
        words.iter().any(|word| ["EC", "ECC"].iter().any(|name| word.eq_ignore_ascii_case(name)));
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let Some(value) = rest.clone().next() else {
            line.words.push(word.clone());
            break;
        };
        match word.as_str() {
            "-storepass:env" => line.password = Some(("env", value.clone())),
            "-storepass:file" => line.password = Some(("file", value.clone())),
            "-ext" if names(value).is_some() => line.names = names(value).map(str::to_owned),
            flag => {
                line.words.push(word.clone());
                let ours = match flag {
                    "-keysize" if !is_elliptic => larger(value, &mut line.notes),
                    "-groupname" if tool == Tool::Keytool => curve(value),
                    "-deststoretype" => store_type(value).map(str::to_owned),
                    "-storetype" => {
                        line.kind = store_type(value);
                        None
                    }
                    "-id" if tool == Tool::Keytool => revoked(value),
                    _ => None,
                };
                let Some(ours) = ours else { continue };
                line.words.push(ours);
            }
        }
        rest.next();
    }
    line
}

/// The names of an extension as keytool takes it: `san=dns:a,ip:10.0.0.7`.
fn names(extension: &str) -> Option<&str> {
    let (name, names) = extension.split_once('=')?;
    ["san", "subjectalternativename"].contains(&&*name.to_ascii_lowercase()).then_some(names)
}

/// The smallest key that is made here, for one that would be too small.
fn larger(bits: &str, notes: &mut Vec<String>) -> Option<String> {
    let bits: usize = bits.parse().ok()?;
    let mut offered = KeyAlgorithm::OFFERED.into_iter().filter_map(|offered| match offered {
        KeyAlgorithm::Rsa(offered) => usize::try_from(offered).ok(),
        _ => None,
    });
    let smallest = offered.find(|offered| *offered >= bits).filter(|offered| *offered != bits)?;
    notes.push(format!("no key of {bits} bits is made here, so the hint has {smallest}"));
    Some(smallest.to_string())
}

/// The curve under the name that NIST gave it.
fn curve(name: &str) -> Option<String> {
    let name = match &*name.to_ascii_lowercase() {
        "secp256r1" | "prime256v1" | "nist p-256" => "p256",
        "secp384r1" | "nist p-384" => "p384",
        "secp521r1" | "nist p-521" => "p521",
        _ => return None,
    };
    Some(name.to_owned())
}

fn store_type(name: &str) -> Option<&'static str> {
    Some(match &*name.to_ascii_lowercase() {
        "pkcs12" | "p12" => "p12",
        "jks" => "jks",
        "jceks" => "jceks",
        _ => return None,
    })
}

/// A serial number that keytool takes in decimal digits, with the number of a reason (RFC 5280 section 5.3.1).
fn revoked(id: &str) -> Option<String> {
    let (number, reason) = id.split_once(':').map_or((id, None), |(id, reason)| (id, Some(reason)));
    let mut ours = hexadecimal(number)?;
    if let Some(reason) = reason {
        let reason: u8 = reason.parse().ok()?;
        let reason = RevocationReason::of_number(reason)?;
        let _ = write!(ours, ":{reason}");
    }
    Some(ours)
}

/// A decimal number of any length in hexadecimal digits.
fn hexadecimal(decimal: &str) -> Option<String> {
    let mut bytes: Vec<u8> = Vec::new();
    for digit in decimal.chars().take(MOST_DIGITS) {
        let mut carry = digit.to_digit(10)?;
        for byte in bytes.iter_mut().rev() {
            let [low, high, ..] = (u32::from(*byte) * 10 + carry).to_le_bytes();
            (*byte, carry) = (low, u32::from(high));
        }
        if carry > 0 {
            bytes.insert(0, carry.to_le_bytes()[0]);
        }
    }
    let digits = if bytes.is_empty() { "00".to_owned() } else { hex::encode(&bytes) };
    (1..=MOST_DIGITS).contains(&decimal.len()).then_some(digits)
}
