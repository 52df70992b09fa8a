//! A manifest in JSON, as `kubectl get secret NAME -o json` prints it.

use crate::codec::CodecError;
use crate::codec::kubernetes::{Secret, damaged, from_base64, list_refused};
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// The parts that are looked at. Values are borrowed from the text, so that no copy of a key stays
/// behind; base64 needs no escapes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'t> {
    kind: &'t str,
    #[serde(borrow, default)]
    metadata: Metadata<'t>,
    #[serde(borrow, default)]
    data: Option<Members<'t>>,
    #[serde(default)]
    string_data: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Metadata<'t> {
    #[serde(borrow, default)]
    name: Option<&'t str>,
}

/// The members of `data`, each of which stands there once.
struct Members<'t>(BTreeMap<&'t str, &'t str>);

impl<'de: 't, 't> Deserialize<'de> for Members<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

struct MembersVisitor<'t>(PhantomData<&'t str>);

impl<'de: 't, 't> Visitor<'de> for MembersVisitor<'t> {
    type Value = Members<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<&'de str, &'de str>()? {
            if members.insert(key, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Members(members))
    }
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
    for (key, value) in shape.data.map(|members| members.0).unwrap_or_default() {
        values.push((key, from_base64(key, value.as_bytes())?));
    }
    Ok(Secret { name: shape.metadata.name, values })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn members_that_stand_twice_are_refused() {
        let manifest = |data: &str| format!(r#"{{"kind":"Secret","data":{{{data}}}}}"#);
        assert_eq!(read(&manifest(r#""a":"aGk=","b":"aGk=""#)).unwrap().values.len(), 2);
        assert!(read(&manifest(r#""a":"aGk=","a":"aGk=""#)).is_err());
    }
}
