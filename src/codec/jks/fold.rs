//! The aliases that are written: in lower case, and no two alike.

use crate::codec::CodecError;
use crate::codec::jks::Kind;
use crate::codec::jks::losses::is_carried;
use crate::codec::jks::modified_utf8::{self, MOST_BYTES};
use crate::codec::jks::origin::Origin;
use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryId};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use std::collections::HashMap;

/// An alias that is written otherwise than it stands in the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The entry.
    pub entry: EntryId,
    /// Its alias, or the one that is shown where it has none.
    pub from: String,
    /// The alias in the file.
    pub to: String,
}

/// The aliases that [`encode`](super::encode) writes in lower case.
#[must_use]
pub fn folded(wallet: &Wallet, kind: Kind, origin: Option<&Origin>) -> Vec<Folded> {
    aliases(wallet, kind, origin)
        .into_iter()
        .filter(|named| named.alias != named.shown)
        .map(|named| Folded { entry: named.entry.id(), from: named.shown, to: named.alias })
        .collect()
}

/// `String.toLowerCase(Locale.ENGLISH)`.
///
/// Measured over every character with JDK 25: the same but for the letters that only one side's
/// Unicode version has, and the sigma before or behind `:` and `_`.
pub(in crate::codec) fn fold(alias: &str) -> String {
    alias.to_lowercase()
}

/// An entry that is written, and its alias.
pub(super) struct Named<'w> {
    pub(super) entry: &'w Entry,
    /// The alias to write.
    pub(super) alias: String,
    /// The alias before it was folded.
    shown: String,
    /// Whether the file has the alias already, so that it is none of our doing.
    settled: bool,
}

/// Every entry that is written, with its alias.
///
/// # Errors
///
/// [`CodecError::AliasClash`] when two entries would have one alias, unless their file gives it to both
/// already; [`CodecError::Limit`] for an alias that is too long.
pub(super) fn named<'w>(
    wallet: &'w Wallet,
    kind: Kind,
    origin: Option<&Origin>,
) -> Result<Vec<Named<'w>>, CodecError> {
    let named = aliases(wallet, kind, origin);
    let mut taken: HashMap<String, &Named<'_>> = HashMap::with_capacity(named.len());
    for one in &named {
        let length = modified_utf8::encode(&one.alias).len();
        if length > MOST_BYTES {
            return Err(CodecError::Limit {
                limit: "bytes of modified UTF-8 in an alias",
                found: length as u64,
                allowed: MOST_BYTES as u64,
            });
        }
        if let Some(other) = taken.insert(fold(&one.alias), one)
            && !(other.settled && one.settled)
        {
            // Names by which each of the two can be called, though their file gives both the same.
            let shown = shown_aliases(wallet);
            let [first, second] = [other, one].map(|named| shown[&named.entry.id()].text.clone());
            return Err(CodecError::AliasClash { first, second });
        }
    }
    Ok(named)
}

fn aliases<'w>(wallet: &'w Wallet, kind: Kind, origin: Option<&Origin>) -> Vec<Named<'w>> {
    let mut shown = None;
    let mut named = Vec::with_capacity(wallet.entries().len());
    for entry in wallet.entries().iter().filter(|entry| is_carried(entry, kind)) {
        let kept = origin.and_then(|origin| origin.alias(entry.id(), kind));
        let own = entry.alias.as_ref().map(Alias::as_str);
        if own.is_some() && own == kept.as_deref() {
            let alias = own.unwrap_or_default().to_owned();
            named.push(Named { entry, shown: alias.clone(), alias, settled: true });
            continue;
        }
        let name = match own {
            Some(alias) if !alias.is_empty() => alias.to_owned(),
            _ => shown
                .get_or_insert_with(|| shown_aliases(wallet))
                .get(&entry.id())
                .map(|name| name.text.clone())
                .unwrap_or_default(),
        };
        named.push(Named { entry, alias: fold(&name), shown: name, settled: false });
    }
    named
}
