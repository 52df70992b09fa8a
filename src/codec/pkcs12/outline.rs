//! What a file shows without its password.

use crate::codec::ber;
use crate::codec::pkcs12::bag::BagType;
use crate::codec::pkcs12::origin::describe;
use crate::codec::pkcs12::pfx::Pfx;
use crate::codec::pkcs12::safe::{self, Opened, Sealed};
use crate::codec::{CodecError, Protection};
use crate::crypto::mac::Mac;
use crate::crypto::pkcs8;
use crate::limits;
use crate::model::format::Format;

/// How a file is protected, by its own account: nothing of it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The integrity check, if the file has one.
    pub mac: Option<Protection>,
    /// Each encryption that can be seen from outside.
    pub encryption: Vec<Protection>,
}

/// Looks at a file from outside; derives no key.
///
/// # Errors
///
/// [`CodecError::Truncated`], [`CodecError::Damaged`], [`CodecError::Unsupported`] and
/// [`CodecError::Limit`], as for reading it.
pub fn outline(bytes: &[u8]) -> Result<Outline, CodecError> {
    let value = ber::to_der(bytes, Format::Pkcs12)?;
    let pfx = Pfx::read(&value)?;
    let auth_safe = ber::to_der(pfx.auth_safe, Format::Pkcs12)?;
    let mac = pfx.mac.map(Mac::from_der).transpose()?.map(|mac| Protection {
        what: "mac".to_owned(),
        algorithm: mac.scheme.name(),
        iterations: Some(mac.scheme.iterations()),
    });
    let mut encryption = Vec::new();
    for info in safe::elements(auth_safe.der(), "AuthenticatedSafe")? {
        let found = match Sealed::read(info)? {
            Sealed::Encrypted { scheme, .. } => vec![describe("contents", Some(&scheme))],
            Sealed::Plain(contents) => of_keys(contents)?,
            Sealed::Opaque => Vec::new(),
        };
        for protection in found {
            if !encryption.contains(&protection) {
                encryption.push(protection);
            }
        }
    }
    Ok(Outline { mac, encryption })
}

/// The encryptions of the keys in a safe that is not encrypted itself.
fn of_keys(contents: &[u8]) -> Result<Vec<Protection>, CodecError> {
    let opened = Opened::plain(contents)?;
    let mut bags = Vec::new();
    safe::read_nodes(&opened, &mut { limits::ENTRIES }, &mut bags)?;
    let keys: Vec<_> = bags.iter().filter(|bag| bag.kind == BagType::ShroudedKey).collect();
    if keys.is_empty() {
        return Ok(vec![describe("contents", None)]);
    }
    let open = bags.iter().find(|bag| bag.kind == BagType::Key).map(|_| Ok(describe("keys", None)));
    let shrouded =
        keys.into_iter().map(|bag| Ok(describe("keys", Some(&pkcs8::scheme(bag.value)?))));
    open.into_iter().chain(shrouded).collect()
}
