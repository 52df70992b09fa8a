//! Names of the `GeneralName` kind, in words.

use crate::hex;
use crate::model::name::DistinguishedName;
use crate::oid::{self, ObjectIdentifier};
use crate::tlv::{
    self, IA5_STRING, OBJECT_IDENTIFIER, PRINTABLE_STRING, TlvError, UTF8_STRING, Values, context,
};
use std::net::{Ipv4Addr, Ipv6Addr};

/// One name as `kind:value`, for people; `other:` and the digits of its DER where it cannot be told.
///
/// ```text
/// GeneralName ::= CHOICE {
///     otherName [0], rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3],
///     directoryName [4] EXPLICIT Name, ediPartyName [5], uniformResourceIdentifier [6] IA5String,
///     iPAddress [7] OCTET STRING, registeredID [8] OBJECT IDENTIFIER }
/// ```
///
/// RFC 5280 section 4.2.1.6.
#[must_use]
pub fn shown(der: &[u8]) -> String {
    read(der).unwrap_or_else(|| format!("other:{}", hex::encode(der)))
}

/// The names of a list, `SEQUENCE OF GeneralName`; nothing where it is none.
pub(super) fn shown_list(der: &[u8]) -> Option<String> {
    let mut values = Values::new(tlv::content(der, tlv::SEQUENCE).ok()?);
    let mut names = Vec::new();
    while !values.is_empty() {
        names.push(shown(values.take().ok()?.der));
    }
    Some(listed(&names))
}

/// Names as [`shown`] in one line, with commas between them. One that could pass for two is in quotes: a name of
/// a host or a mailbox has no comma.
#[must_use]
pub fn listed(names: &[String]) -> String {
    let name = |name: &String| {
        let is_plain = ["dns:", "email:"].iter().any(|kind| name.starts_with(kind));
        if name.contains(", ") || is_plain && name.contains(',') {
            format!("\"{name}\"")
        } else {
            name.clone()
        }
    };
    names.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The tag of a number that is implicit and no list.
const fn implicit(number: u8) -> u8 {
    0x80 | number
}

fn read(der: &[u8]) -> Option<String> {
    const OTHER: u8 = context(0);
    const EMAIL: u8 = implicit(1);
    const DNS: u8 = implicit(2);
    const DIRECTORY: u8 = context(4);
    const URI: u8 = implicit(6);
    const IP: u8 = implicit(7);
    const REGISTERED: u8 = implicit(8);
    let name = tlv::only(der).ok()?;
    let ascii = |kind: &str| {
        let text = std::str::from_utf8(name.content).ok().filter(|text| text.is_ascii())?;
        Some(format!("{kind}:{}", text.escape_default()))
    };
    match name.tag {
        OTHER => other_name(name.content).ok(),
        EMAIL => ascii("email"),
        DNS => ascii("dns"),
        DIRECTORY => {
            let name = DistinguishedName::from_der(name.content).ok()?;
            Some(format!("dirname:{name}"))
        }
        URI => ascii("uri"),
        IP => Some(format!("ip:{}", address(name.content)?)),
        REGISTERED => {
            let id = ObjectIdentifier::from_bytes(name.content).ok()?;
            Some(format!("rid:{id}"))
        }
        _ => None,
    }
}

/// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`
fn other_name(content: &[u8]) -> Result<String, TlvError> {
    let mut fields = Values::new(content);
    let kind = fields.content(OBJECT_IDENTIFIER)?;
    let kind =
        ObjectIdentifier::from_bytes(kind).map_err(|_| TlvError::Content("object identifier"))?;
    let value = tlv::only(fields.content(context(0))?)?;
    fields.finish()?;
    let is_text = [UTF8_STRING, IA5_STRING, PRINTABLE_STRING].contains(&value.tag);
    let text = std::str::from_utf8(value.content).ok().filter(|_| is_text);
    Ok(match (kind, text) {
        (oid::USER_PRINCIPAL_NAME, Some(text)) => format!("upn:{text}"),
        (_, Some(text)) => format!("othername:{kind}:{text}"),
        (_, None) => format!("othername:{kind}:{}", hex::encode(value.der)),
    })
}

/// An address, or in name constraints one with its mask (section 4.2.1.10).
fn address(bytes: &[u8]) -> Option<String> {
    let v4 = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from);
    let v6 = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).ok().map(Ipv6Addr::from);
    let (first, mask) = bytes.split_at(bytes.len() / 2);
    Some(match bytes.len() {
        4 => v4(bytes)?.to_string(),
        16 => v6(bytes)?.to_string(),
        8 => format!("{}/{}", v4(first)?, v4(mask)?),
        32 => format!("{}/{}", v6(first)?, v6(mask)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_cannot_be_read_is_shown_by_its_bytes() {
        for der in [
            &[0xA4, 2, 0x31, 0][..],
            &[0x87, 3, 1, 2, 3],
            &[0x82, 2, 0xC3, 0xA9],
            &[0x88, 1, 0x80],
            &[0xA0, 2, 0x05, 0],
            &[0x82, 2, b'a'],
        ] {
            assert!(shown(der).starts_with("other:"), "{}", shown(der));
        }
    }
}
