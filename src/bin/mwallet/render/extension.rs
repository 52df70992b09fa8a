//! The extensions of a certificate or a request, one by one.

use mwallet::hex;
use mwallet::issue::extensions::RawExtension;
use mwallet::model::certificate::Extension;
use mwallet::model::extension;
use mwallet::oid::{self, ObjectIdentifier};
use serde::Serialize;

/// Most bytes of an extension that is not known in a line for people.
const SHOWN_BYTES: usize = 32;

/// One extension.
#[derive(Debug, Serialize)]
pub(crate) struct ExtensionReport {
    #[serde(serialize_with = "as_text")]
    oid: ObjectIdentifier,
    name: Option<&'static str>,
    critical: bool,
    /// What it says, in words; none where that is not known.
    value: Option<String>,
    /// Its DER in digits, where the words do not say all of it.
    hex: Option<String>,
}

fn as_text<S: serde::Serializer>(oid: &ObjectIdentifier, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(oid)
}

impl ExtensionReport {
    /// `words` has what the report says of the extension elsewhere; none where that is nothing.
    pub(crate) fn of(
        extension: &Extension<'_>,
        words: impl Fn(ObjectIdentifier) -> Option<String>,
    ) -> Self {
        let &Extension { oid, critical, value } = extension;
        let words = extension::shown(oid, value).or_else(|| words(oid));
        let is_told = words.is_some() && extension::is_told(oid, value);
        let hex = (!is_told).then(|| hex::encode(value));
        Self { oid, name: extension::name(oid), critical, value: words, hex }
    }

    pub(crate) fn of_requested(
        extension: &RawExtension,
        words: impl Fn(ObjectIdentifier) -> Option<String>,
    ) -> Self {
        let RawExtension { oid, critical, value } = extension;
        Self::of(&Extension { oid: *oid, critical: *critical, value }, words)
    }

    pub(crate) fn is(&self, oid: ObjectIdentifier) -> bool {
        self.oid == oid
    }

    fn title(&self) -> String {
        self.name.map_or_else(|| self.oid.to_string(), str::to_owned)
    }
}

/// The lines that nothing else in the text tells, each with its name.
pub(crate) fn lines(extensions: &[ExtensionReport]) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for extension in extensions {
        let label = match extension.oid {
            oid::NAME_CONSTRAINTS => "name constraints",
            oid::TLS_FEATURE => "TLS feature",
            oid::OCSP_NO_CHECK => "OCSP no check",
            oid::ISSUER_ALT_NAME => "issuer's names",
            _ => continue,
        };
        lines.extend(extension.value.clone().map(|value| (label, value)));
    }
    for extension in extensions {
        let (Some(hex), None) = (&extension.hex, &extension.value) else { continue };
        let bytes = hex.len() / 2;
        let (start, end) =
            if bytes > SHOWN_BYTES { (&hex[..2 * SHOWN_BYTES], "...") } else { (hex.as_str(), "") };
        let text = format!("{}, {bytes} bytes: {start}{end}", extension.title());
        lines.push(("other extension", text));
    }
    let in_part = extensions.iter().filter(|one| one.hex.is_some() && one.value.is_some());
    let in_part: Vec<String> = in_part.map(ExtensionReport::title).collect();
    if !in_part.is_empty() {
        lines.push(("told in part", format!("{} (--json has all bytes)", in_part.join(", "))));
    }
    let critical = extensions.iter().filter(|extension| extension.critical);
    let critical: Vec<String> = critical.map(ExtensionReport::title).collect();
    lines.push(("critical", critical.join(", ")));
    lines
}
