//! What OpenSSL writes behind the certificate of a `TRUSTED CERTIFICATE` block.

use crate::codec::detect::element::Element;
use crate::model::alias::Alias;
use crate::tlv::{OCTET_STRING, SEQUENCE, UTF8_STRING};

/// The certificate and what OpenSSL says of it.
pub(super) struct Trusted<'a> {
    pub(super) certificate: &'a [u8],
    pub(super) alias: Option<Alias>,
    /// Whether there is more than the alias and a key identifier: what it is trusted for or not, or
    /// something that is not known here.
    pub(super) has_settings: bool,
}

/// Takes the block apart.
///
/// ```text
/// X509 ::= Certificate, followed by
/// X509_CERT_AUX ::= SEQUENCE {
///     trust       SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
///     reject  [0] SEQUENCE OF OBJECT IDENTIFIER OPTIONAL,
///     alias       UTF8String OPTIONAL,
///     keyid       OCTET STRING OPTIONAL,
///     other   [1] SEQUENCE OF AlgorithmIdentifier OPTIONAL }
/// ```
///
/// openssl `crypto/x509/x_x509a.c`. `None` when nothing follows the certificate, or nothing of this
/// kind.
pub(super) fn read(block: &[u8]) -> Option<Trusted<'_>> {
    let certificate = Element::first(block)?;
    let settings = certificate.next().filter(|one| one.tag == SEQUENCE && one.rest.is_empty())?;
    settings.length?;
    let length = certificate.length?;
    let mut trusted = Trusted { certificate: &block[..length], alias: None, has_settings: false };
    let mut field = Element::first(settings.content);
    while let Some(one) = field {
        match one.tag {
            UTF8_STRING => trusted.alias = Some(Alias::new(String::from_utf8_lossy(one.content))),
            OCTET_STRING => {} // computed anew from the certificate
            _ => trusted.has_settings = true,
        }
        field = one.next();
    }
    Some(trusted)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn every_setting_beside_the_alias_and_the_key_identifier_counts() {
        let settings = |fields: &[u8]| {
            let length = u8::try_from(fields.len()).unwrap();
            let block = [&[0x30, 0, 0x30, length], fields].concat();
            let trusted = read(&block).unwrap();
            (trusted.alias.map(|alias| alias.to_string()), trusted.has_settings)
        };
        assert_eq!(settings(&[0x0C, 1, b'a', 0x04, 1, 7]), (Some("a".to_owned()), false));
        for odd in [[0x30, 0], [0xA0, 0], [0xA1, 0], [0xA2, 0], [0x05, 0]] {
            assert_eq!(settings(&odd), (None, true), "{odd:?}");
        }
    }
}
