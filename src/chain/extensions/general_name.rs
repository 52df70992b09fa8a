//! Names of the `GeneralName` kind.

use crate::chain::extensions::{context, elements};
use crate::chain::host::is_domain_name;
use crate::model::name::DistinguishedName;
use der::asn1::AnyRef;

/// One name.
///
/// ```text
/// GeneralName ::= CHOICE {
///     otherName [0], rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3],
///     directoryName [4] EXPLICIT Name, ediPartyName [5], uniformResourceIdentifier [6] IA5String,
///     iPAddress [7] OCTET STRING, registeredID [8] }
/// ```
///
/// RFC 5280 section 4.2.1.6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::chain) enum GeneralName<'a> {
    Email(&'a str),
    Dns(&'a str),
    Directory(DistinguishedName),
    Uri(&'a str),
    /// As many bytes as there are.
    Ip(&'a [u8]),
    /// A kind that nothing is compared with: its tag.
    Other(u32),
}

impl<'a> GeneralName<'a> {
    pub(in crate::chain) fn read(any: AnyRef<'a>) -> der::Result<Self> {
        let wrong = || der::Error::from(any.header().tag().value_error());
        let ascii = || {
            std::str::from_utf8(any.value()).ok().filter(|text| text.is_ascii()).ok_or_else(wrong)
        };
        Ok(match context(&any).ok_or_else(wrong)? {
            1 => Self::Email(ascii()?),
            2 => Self::Dns(ascii()?),
            4 => Self::Directory(DistinguishedName::from_der(any.value()).map_err(|_| wrong())?),
            6 => Self::Uri(ascii()?),
            7 => Self::Ip(any.value()),
            other @ (0 | 3 | 5 | 8) => Self::Other(other),
            _ => return Err(wrong()),
        })
    }
}

/// `GeneralNames ::= SEQUENCE OF GeneralName`
pub(in crate::chain) fn read_list(der: &[u8]) -> der::Result<Vec<GeneralName<'_>>> {
    elements(der)?.into_iter().map(GeneralName::read).collect()
}

/// Local part and domain of an e-mail address: `Mailbox` of RFC 2821 section 4.1.2, with a domain that
/// is a name.
pub(in crate::chain) fn mailbox(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_special = |byte: u8| !byte.is_ascii_graphic() || b"()<>[]:;@\\,\"".contains(&byte);
    let is_atom = |atom: &str| !atom.is_empty() && !atom.bytes().any(is_special);
    let is_local = is_quoted || local.split('.').all(is_atom);
    (is_local && is_domain_name(domain)).then_some((local, domain))
}
