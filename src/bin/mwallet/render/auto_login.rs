//! The facts of an auto-login file.

use mwallet::codec::CodecError;
use mwallet::codec::sso::{Form, Header, Kind};
use mwallet::store::AutoLoginFile;
use serde::Serialize;

/// What the header of a `cwallet.sso` says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HeaderReport {
    /// The type byte, as it is called in documents.
    #[serde(rename = "type")]
    pub(crate) kind: u8,
    pub(crate) version: u32,
    /// `aes`, `des`, or nothing where it is not known.
    pub(crate) form: Option<&'static str>,
}

/// What is known of a `cwallet.sso`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AutoLoginReport {
    pub(crate) header: Option<HeaderReport>,
    /// Whether it opens here, for this user.
    pub(crate) opens: bool,
    /// The code and the words of why not.
    pub(crate) refusal: Option<Refusal>,
}

/// Why an auto-login file does not open.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl HeaderReport {
    pub(crate) fn of(header: Header) -> Self {
        let kind = match header.kind {
            Kind::On => 6,
            Kind::Only => 7,
            Kind::Local => 8,
        };
        Self { kind, version: header.version, form: header.form.map(Form::name) }
    }

    /// The same in a line.
    pub(crate) fn line(&self) -> String {
        let meaning = match self.kind {
            6 => "opens for everybody who can read it",
            7 => "the only file, opens for everybody who can read it",
            _ => "local: opens for one user on one host",
        };
        let form = self.form.unwrap_or("not known");
        format!("type {} ({meaning}), header version {}, form {form}", self.kind, self.version)
    }
}

impl AutoLoginReport {
    pub(crate) fn of(file: &AutoLoginFile) -> Self {
        Self {
            header: file.header.as_ref().ok().copied().map(HeaderReport::of),
            opens: file.refusal.is_none(),
            refusal: file.refusal.as_ref().map(|error: &CodecError| Refusal {
                code: error.code().name(),
                message: error.to_string(),
            }),
        }
    }

    /// The same in lines.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let header = self.header.as_ref();
        let mut lines = vec![(
            "header",
            header.map_or_else(|| "not understood".to_owned(), HeaderReport::line),
        )];
        lines.push(match &self.refusal {
            None => ("opens here", "yes".to_owned()),
            Some(refusal) => ("opens here", format!("no: {} ({})", refusal.message, refusal.code)),
        });
        lines
    }
}
