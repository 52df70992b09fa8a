//! A manifest in JSON, as `kubectl get secret NAME -o json` prints it.

use crate::codec::CodecError;
use crate::codec::kubernetes::{Secret, damaged, from_base64, list_refused};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// The parts that are looked at. Values are borrowed from the text, so that no copy of a key stays
/// behind; base64 needs no escapes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'t> {
    kind: &'t str,
    #[serde(borrow, default)]
    metadata: Metadata<'t>,
    #[serde(borrow, default)]
    data: Option<BTreeMap<&'t str, &'t str>>,
    #[serde(default)]
    string_data: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Metadata<'t> {
    #[serde(borrow, default)]
    name: Option<&'t str>,
}

/// Reads one Secret.
pub(super) fn read(text: &str) -> Result<Secret<'_>, CodecError> {
    let shape: Shape<'_> = serde_json::from_str(text).map_err(|error| {
        // Without the words of the library, which may quote a value.
        damaged(format!("line {}, column {}: no Secret in JSON", error.line(), error.column()))
    })?;
    match shape.kind {
        "Secret" => {}
        "List" => return Err(list_refused()),
        _ => return Err(damaged("it is of another kind than Secret".to_owned())),
    }
    if shape.string_data.is_some() {
        return Err(damaged("stringData in JSON is not read".to_owned()));
    }
    let mut values = Vec::new();
    for (key, value) in shape.data.unwrap_or_default() {
        values.push((key, from_base64(key, value.as_bytes())?));
    }
    Ok(Secret { name: shape.metadata.name, values })
}
