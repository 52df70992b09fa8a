//! What a key may be used for.

use crate::issue::IssueError;
use crate::oid::{self, ObjectIdentifier};
use der::asn1::{BitString, BitStringRef};
use std::fmt;

/// One bit of the keyUsage extension, RFC 5280 section 4.2.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyUsage {
    /// Signatures other than on certificates and CRLs.
    DigitalSignature,
    /// Signatures that bind; X.509 now says contentCommitment.
    NonRepudiation,
    /// Encryption of keys: RSA key transport.
    KeyEncipherment,
    /// Encryption of data itself.
    DataEncipherment,
    /// Agreement on keys: Diffie-Hellman.
    KeyAgreement,
    /// Signatures on certificates.
    KeyCertSign,
    /// Signatures on CRLs.
    CrlSign,
    /// With [`Self::KeyAgreement`]: only to encrypt.
    EncipherOnly,
    /// With [`Self::KeyAgreement`]: only to decrypt.
    DecipherOnly,
}

/// The bits in their order.
const KEY_USAGES: [(KeyUsage, &str); 9] = [
    (KeyUsage::DigitalSignature, "digitalSignature"),
    (KeyUsage::NonRepudiation, "nonRepudiation"),
    (KeyUsage::KeyEncipherment, "keyEncipherment"),
    (KeyUsage::DataEncipherment, "dataEncipherment"),
    (KeyUsage::KeyAgreement, "keyAgreement"),
    (KeyUsage::KeyCertSign, "keyCertSign"),
    (KeyUsage::CrlSign, "cRLSign"),
    (KeyUsage::EncipherOnly, "encipherOnly"),
    (KeyUsage::DecipherOnly, "decipherOnly"),
];

impl KeyUsage {
    /// Reads a comma-separated list of RFC 5280's words, in any case.
    ///
    /// # Errors
    ///
    /// [`IssueError::UnknownWord`] for the first other word.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, IssueError> {
        parse_words(text, |word| {
            KEY_USAGES
                .iter()
                .find(|(_, name)| name.eq_ignore_ascii_case(word))
                .map(|&(usage, _)| usage)
                .ok_or_else(|| IssueError::UnknownWord {
                    kind: "key usage",
                    found: word.to_owned(),
                    known: KEY_USAGES.map(|(_, name)| name).join(", "),
                })
        })
    }

    pub(super) fn read(bits: BitStringRef<'_>) -> Vec<Self> {
        KEY_USAGES
            .iter()
            .zip(bits.bits())
            .filter(|&(_, set)| set)
            .map(|(&(usage, _), _)| usage)
            .collect()
    }

    /// A named bit list: X.690 section 11.2.2 wants no zero bits at its end.
    pub(super) fn bit_string(usages: &[Self]) -> Result<BitString, der::Error> {
        let mut bytes = vec![0u8; 2];
        for (bit, (usage, _)) in KEY_USAGES.iter().enumerate() {
            if usages.contains(usage) {
                bytes[bit / 8] |= 0x80 >> (bit % 8);
            }
        }
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        let unused = bytes.last().map_or(0, |last| last.trailing_zeros());
        BitString::new(u8::try_from(unused).unwrap_or(0), bytes)
    }
}

impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = KEY_USAGES.iter().find(|(usage, _)| usage == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

/// One purpose of the extKeyUsage extension, RFC 5280 section 4.2.1.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExtendedKeyUsage(pub ObjectIdentifier);

/// The purposes that have words: the shown one, then the RFC's.
const PURPOSES: [(ObjectIdentifier, &str, &str); 7] = [
    (oid::CLIENT_AUTH, "client", "clientAuth"),
    (oid::SERVER_AUTH, "server", "serverAuth"),
    (oid::CODE_SIGNING, "code", "codeSigning"),
    (oid::EMAIL_PROTECTION, "email", "emailProtection"),
    (oid::TIME_STAMPING, "time", "timeStamping"),
    (oid::OCSP_SIGNING, "ocsp", "OCSPSigning"),
    (oid::ANY_EXTENDED_KEY_USAGE, "any", "anyExtendedKeyUsage"),
];

impl ExtendedKeyUsage {
    /// Reads a comma-separated list of words and dotted OIDs: `client,server,1.3.6.1.5.5.7.3.17`.
    ///
    /// # Errors
    ///
    /// [`IssueError::UnknownWord`] for the first that is neither.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, IssueError> {
        parse_words(text, |word| {
            PURPOSES
                .iter()
                .find(|(_, short, long)| {
                    short.eq_ignore_ascii_case(word) || long.eq_ignore_ascii_case(word)
                })
                .map(|&(oid, ..)| oid)
                .or_else(|| ObjectIdentifier::new(word).ok())
                .map(Self)
                .ok_or_else(|| IssueError::UnknownWord {
                    kind: "extended key usage",
                    found: word.to_owned(),
                    known: format!("{}, or an OID", PURPOSES.map(|(_, short, _)| short).join(", ")),
                })
        })
    }
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PURPOSES.iter().find(|(oid, ..)| *oid == self.0) {
            Some((_, word, _)) => f.write_str(word),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Reads words between commas; one that stands twice is taken once.
fn parse_words<T: PartialEq>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, IssueError>,
) -> Result<Vec<T>, IssueError> {
    let mut values = Vec::new();
    for word in text.split(',') {
        let value = parse(word.trim())?;
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::{ExtendedKeyUsage, KeyUsage};
    use der::{Decode, Encode};

    #[test]
    fn words_and_oids_are_read() {
        let list =
            ExtendedKeyUsage::parse_list("client, SERVER,codeSigning,1.2.3.4,client").unwrap();
        let shown: Vec<_> = list.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["client", "server", "code", "1.2.3.4"]);
        assert_eq!(ExtendedKeyUsage::parse_list("1.3.6.1.5.5.7.3.2").unwrap(), list[..1]);
        let error = ExtendedKeyUsage::parse_list("client,tls").expect_err("no word").to_string();
        assert!(error.contains("\"tls\"") && error.contains("client, server"), "{error}");
    }

    #[test]
    fn key_usage_is_the_shortest_bit_string() {
        // the encodings that OpenSSL writes for these words
        for (words, der) in [
            ("digitalSignature", &[3, 2, 7, 0x80][..]),
            ("digitalSignature,keyEncipherment", &[3, 2, 5, 0xA0]),
            ("keyCertSign,cRLSign", &[3, 2, 1, 0x06]),
            ("keyAgreement,decipherOnly", &[3, 3, 7, 0x08, 0x80]),
        ] {
            let usages = KeyUsage::parse_list(words).unwrap();
            assert_eq!(KeyUsage::bit_string(&usages).unwrap().to_der().unwrap(), der, "{words}");
            assert_eq!(KeyUsage::read(Decode::from_der(der).unwrap()), usages);
        }
        KeyUsage::parse_list("signing").expect_err("no word");
    }
}
