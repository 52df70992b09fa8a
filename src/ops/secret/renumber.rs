//! Bringing the logins of one wallet into another: they go by numbers, which may be taken there.

use crate::model::wallet::Wallet;
use crate::ops::secret::credential::{Part, numbered};
use crate::ops::secret::secrets;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The names that the secrets of `from` get in `into`: a login for a connect string that is there
/// has its number, another one the lowest that is free. Names that stay are not listed.
pub(in crate::ops) fn new_names(into: &Wallet, from: &Wallet) -> HashMap<String, String> {
    let mut by_connect: HashMap<&[u8], u32> = HashMap::new();
    let mut taken: HashSet<u32> = HashSet::new();
    for (_, secret) in secrets(into) {
        if let Some((part, number)) = numbered(&secret.name) {
            taken.insert(number);
            if part == Part::Connect {
                by_connect.entry(&secret.value).or_insert(number);
            }
        }
    }
    let mut logins: BTreeMap<u32, Option<&[u8]>> = BTreeMap::new();
    for (_, secret) in secrets(from) {
        if let Some((part, number)) = numbered(&secret.name) {
            let connect = logins.entry(number).or_default();
            if part == Part::Connect {
                *connect = Some(&secret.value);
            }
        }
    }
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let mut free = (1..).filter(|number| !taken.contains(number));
    for (number, connect) in logins {
        let known = connect.and_then(|connect| by_connect.get(connect).copied());
        let Some(new) = known.or_else(|| free.next()) else { continue };
        if let Some(connect) = connect {
            by_connect.entry(connect).or_insert(new);
        }
        numbers.insert(number, new);
    }
    secrets(from)
        .filter_map(|(_, secret)| {
            let (_, number) = numbered(&secret.name)?;
            let new = numbers.get(&number).filter(|new| **new != number)?;
            let stem = secret.name.trim_end_matches(|c: char| c.is_ascii_digit());
            Some((secret.name.clone(), format!("{stem}{new}")))
        })
        .collect()
}
