//! Fingerprints.

use crate::hex;
use aws_lc_rs::digest;
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The SHA-256 of a DER value: 32 bytes, shown as lower-case hexadecimal without separators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut value = [0; 32];
        value.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(value)
    }

    /// The fingerprint that is shown like this; `None` for any other text.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text)?.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 32 bytes in base64url without padding, 43 characters: the member `x5t#S256` by which an
    /// access token names the certificate that it is bound to (RFC 8705 section 3.1).
    #[must_use]
    pub fn to_base64url(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// As hexadecimal digits.
impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no SHA-256")))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{self}")
    }
}

/// The SHA-1 of the bytes, as RFC 5280 section 4.2.1.2 uses it to name a key. It protects nothing.
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut value = [0; 20];
    value.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    value
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, sha1};

    #[test]
    fn what_is_shown_is_read_and_nothing_else() {
        let shown = Fingerprint::of(b"").to_string();
        assert_eq!(Fingerprint::from_hex(&shown), Some(Fingerprint::of(b"")));
        for other in ["", &shown[1..], &shown[2..], &format!("{shown}00"), &shown.replace('e', "g")]
        {
            assert_eq!(Fingerprint::from_hex(other), None, "{other}");
        }
    }

    #[test]
    fn digests_of_the_empty_text_are_the_published_ones() {
        assert_eq!(
            Fingerprint::of(b"").to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            Fingerprint::of(b"").to_base64url(),
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
        );
        assert_eq!(sha1(b"")[..4], [0xda, 0x39, 0xa3, 0xee]);
    }
}
