//! Whether a key and the certificate that presents it belong together.

use crate::chain::finding::{Finding, Severity};
use crate::code::Code;
use crate::crypto::keygen;
use crate::model::certificate::Certificate;
use crate::model::key::KeyMaterial;

/// What is to be said where the key of an entry and its certificate do not belong together: an error, or a
/// note that they were not compared. Of a closed key whoever tried to open it in vain is told.
#[must_use]
pub fn key_fits(alias: &str, key: &KeyMaterial, leaf: &Certificate) -> Option<Finding> {
    let key = match key {
        KeyMaterial::Open(key) => key,
        KeyMaterial::Locked(locked) => {
            locked.refusal?;
            let message = format!("the key of {alias} is locked, it was not compared");
            return Some(Finding::new(Code::KEY_LOCKED, Severity::Note, message));
        }
    };
    match keygen::public_key(key) {
        Ok(public) if public == leaf.public_key() => None,
        Ok(public) => {
            let message = format!("the certificate of {alias} belongs to another key");
            Some(
                Finding::new(Code::KEY_MISMATCH, Severity::Error, message)
                    .certificate(leaf)
                    .evidence("key", public.algorithm().to_string())
                    .evidence("certificate_key", leaf.key_algorithm().to_string()),
            )
        }
        Err(error) => {
            let message = format!("the key of {alias} was not compared: {error}");
            Some(Finding::new(error.code(), Severity::Note, message))
        }
    }
}
