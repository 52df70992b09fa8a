//! Names that files give to entries.

use std::fmt;
use std::sync::Arc;

/// A name that the file gives an entry: any text, in any script. Not unique by itself. A clone shares
/// the text: an issuer stands in the chains of many keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alias(Arc<str>);

impl Alias {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
