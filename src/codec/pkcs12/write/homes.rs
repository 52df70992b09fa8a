//! Where new bags go: into which file, and where in it.

use crate::codec::Sealing;
use crate::codec::pkcs12::bag::BagType;
use crate::codec::pkcs12::origin::Origin;
use crate::codec::pkcs12::part::{Content, Value};
use crate::codec::pkcs12::safe::{Cover, Safe};
use crate::model::format::Layout;
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;

/// The origin of a file that is updated, and not laid out anew. One without safes for what is put into it is.
pub(super) fn kept<'o>(
    wallet: &Wallet,
    sealing: &Sealing<'_>,
    origin: Option<&'o Origin>,
) -> Option<&'o Origin> {
    let layout = sealing.profile.map(Profile::layout);
    let has_layout = |origin: &&Origin| layout.is_none_or(|layout| layout == origin.layout);
    let has_place = |origin: &&Origin| wallet.entries().is_empty() || !origin.is_bare();
    origin.filter(has_layout).filter(has_place)
}

/// The safes of a file that new bags go to: where their like are, else any that is encrypted.
pub(super) struct Homes {
    keys: Option<usize>,
    certificates: Option<usize>,
    secrets: Option<usize>,
}

impl Homes {
    pub(super) fn of(origin: &Origin) -> Self {
        let holds = |kinds: &[BagType]| {
            let holds = |safe: &Safe| safe.bags().any(|bag| kinds.contains(&bag.kind));
            origin.safes.iter().position(holds)
        };
        let covered = |plain: bool| {
            origin.safes.iter().position(|safe| match safe.cover {
                Cover::Plain => plain,
                Cover::Encrypted(_) => !plain,
                Cover::Opaque(_) => false,
            })
        };
        let (plain, encrypted) = (covered(true), covered(false));
        Self {
            // A key that is encrypted on its own may lie in a plain safe, an open one may not lie in a
            // plain safe of a protected file: the scheme for keys sees to that.
            keys: holds(&[BagType::Key, BagType::ShroudedKey])
                .or(plain)
                .or(if origin.layout == Layout::Oracle { encrypted } else { None }),
            certificates: holds(&[BagType::Certificate]).or(encrypted).or(plain),
            secrets: encrypted.or(if origin.is_protected() { None } else { plain }),
        }
    }

    pub(super) fn home(&self, content: &Content<'_>) -> Option<usize> {
        match content.value {
            Value::Key(_) => self.keys,
            Value::Certificate(..) => self.certificates,
            // What is not understood may be a secret.
            Value::Request(_) | Value::Secret(_) | Value::Opaque(_) => self.secrets,
        }
    }
}
