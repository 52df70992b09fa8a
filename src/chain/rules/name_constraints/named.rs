//! The names of a certificate and of a constraint, folded once for all comparisons.

use crate::chain::examination::Examined;
use crate::chain::extensions::general_name::GeneralName;
use crate::model::name::{DistinguishedName, FoldedName};
use crate::oid;
use std::borrow::Cow;
use std::fmt;

/// A name of a certificate.
pub(super) enum Name<'a> {
    Dns(&'a str),
    Email(Cow<'a, str>),
    Uri(&'a str),
    Ip(&'a [u8]),
    Directory(DistinguishedName, FoldedName),
    Other(u32),
}

/// The base of a subtree.
pub(super) enum Base<'a> {
    Dns(&'a str),
    Email(&'a str),
    Uri(&'a str),
    Ip(&'a [u8]),
    Directory(FoldedName),
    Other(u32),
}

impl<'a> Base<'a> {
    pub(super) fn of(name: &GeneralName<'a>) -> Self {
        match name {
            GeneralName::Dns(name) => Self::Dns(name),
            GeneralName::Email(name) => Self::Email(name),
            GeneralName::Uri(name) => Self::Uri(name),
            GeneralName::Ip(bytes) => Self::Ip(bytes),
            GeneralName::Directory(name) => Self::Directory(FoldedName::of(name)),
            GeneralName::Other(tag) => Self::Other(*tag),
        }
    }
}

/// A name is compared with those of its kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Dns,
    Email,
    Uri,
    Ip,
    Directory,
    Other(u32),
}

impl Base<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Dns(_) => Kind::Dns,
            Self::Email(_) => Kind::Email,
            Self::Uri(_) => Kind::Uri,
            Self::Ip(_) => Kind::Ip,
            Self::Directory(_) => Kind::Directory,
            Self::Other(tag) => Kind::Other(*tag),
        }
    }
}

impl Name<'_> {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Dns(_) => Kind::Dns,
            Self::Email(_) => Kind::Email,
            Self::Uri(_) => Kind::Uri,
            Self::Ip(_) => Kind::Ip,
            Self::Directory(..) => Kind::Directory,
            Self::Other(tag) => Kind::Other(*tag),
        }
    }
}

/// RFC 5280 section 4.2.1.10: the subject and the alternative names; without these the e-mail
/// addresses of the subject count as if they were some.
pub(super) fn names_of<'a>(examined: &Examined<'a>) -> Vec<Name<'a>> {
    let mut names = Vec::new();
    let subject = examined.certificate.subject();
    if examined.extensions.alternative_names.is_none() {
        let addresses = subject
            .attributes()
            .filter(|attribute| attribute.oid() == Some(oid::EMAIL_ADDRESS))
            .filter_map(|attribute| attribute.text());
        names.extend(addresses.map(|address| Name::Email(address.into())));
    }
    if !subject.is_empty() {
        let folded = FoldedName::of(&subject);
        names.push(Name::Directory(subject, folded));
    }
    for name in examined.extensions.alternative_names.iter().flatten() {
        names.push(match name {
            GeneralName::Dns(name) => Name::Dns(name),
            GeneralName::Email(name) => Name::Email((*name).into()),
            GeneralName::Uri(name) => Name::Uri(name),
            GeneralName::Ip(bytes) => Name::Ip(bytes),
            GeneralName::Directory(name) => Name::Directory(name.clone(), FoldedName::of(name)),
            GeneralName::Other(tag) => Name::Other(*tag),
        });
    }
    names
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{}", name.escape_default()),
            Self::Email(name) => write!(f, "email:{}", name.escape_default()),
            Self::Uri(name) => write!(f, "uri:{}", name.escape_default()),
            Self::Ip(bytes) => match address(bytes) {
                Some(address) => write!(f, "ip:{address}"),
                None => write!(f, "ip:{bytes:02x?}"),
            },
            Self::Directory(name, _) => name.fmt(f),
            Self::Other(tag) => write!(f, "of kind [{tag}]"),
        }
    }
}

fn address(bytes: &[u8]) -> Option<std::net::IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(Into::into)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(Into::into))
        .ok()
}
