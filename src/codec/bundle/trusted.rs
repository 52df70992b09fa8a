//! What OpenSSL writes behind the certificate of a `TRUSTED CERTIFICATE` block.

use crate::codec::detect::element::{CONTEXT_0, Element, SEQUENCE};
use crate::model::alias::Alias;

/// `UTF8String`.
const UTF8_STRING: u8 = 0x0C;

/// `[1]`, constructed.
const CONTEXT_1: u8 = 0xA1;

/// The certificate and what OpenSSL says of it.
pub(super) struct Trusted<'a> {
    pub(super) certificate: &'a [u8],
    pub(super) alias: Option<Alias>,
    /// Whether there is more than the alias and a key identifier: what it is trusted for or not.
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
            SEQUENCE | CONTEXT_0 | CONTEXT_1 => trusted.has_settings = true,
            UTF8_STRING => trusted.alias = Some(Alias::new(String::from_utf8_lossy(one.content))),
            _ => {}
        }
        field = one.next();
    }
    Some(trusted)
}
