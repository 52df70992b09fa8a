//! Aliases for new entries.

use crate::model::alias::Alias;
use crate::model::entry::{Entry, EntryId};
use crate::model::shown_alias::{plain_alias, shown_aliases};
use crate::model::wallet::Wallet;
use crate::ops::OpsError;
use std::collections::{HashMap, HashSet};

/// The names that entries have, in the file or on the screen. Those that differ in case alone are the
/// same here, as they are to Java, which would see one entry of the two.
pub(in crate::ops) struct TakenAliases {
    names: HashSet<String>,
    /// The last number that was given to a name, as it is compared: whoever has thousands of names that
    /// differ in case alone is not asked for each number again.
    numbers: HashMap<String, usize>,
}

impl TakenAliases {
    /// The names of every entry but `except`.
    pub(in crate::ops) fn of(wallet: &Wallet, except: Option<EntryId>) -> Self {
        let shown = shown_aliases(wallet);
        let names = wallet
            .entries()
            .iter()
            .filter(|entry| Some(entry.id()) != except)
            .flat_map(|entry| {
                let in_file = entry.alias.as_ref().map(|alias| alias.as_str().to_owned());
                let on_screen = shown.get(&entry.id()).map(|alias| alias.text.clone());
                in_file.into_iter().chain(on_screen)
            })
            .map(|name| folded(&name))
            .collect();
        Self { names, numbers: HashMap::new() }
    }

    /// The alias as it is.
    ///
    /// # Errors
    ///
    /// [`OpsError::AliasTaken`] when another entry has it.
    pub(in crate::ops) fn exactly(&mut self, alias: Alias) -> Result<Alias, OpsError> {
        if self.names.insert(folded(alias.as_str())) {
            Ok(alias)
        } else {
            Err(OpsError::AliasTaken { alias: alias.as_str().to_owned() })
        }
    }

    /// The alias, with `-2`, `-3` and so on where it is taken.
    pub(in crate::ops) fn unique(&mut self, wanted: &str) -> Alias {
        let name = folded(wanted);
        if self.names.insert(name.clone()) {
            return Alias::new(wanted);
        }
        let number = self.numbers.entry(name).or_insert(1);
        loop {
            *number += 1;
            let candidate = format!("{wanted}-{number}");
            if self.names.insert(folded(&candidate)) {
                return Alias::new(candidate);
            }
        }
    }
}

/// Gives those of these entries that have no alias the one that is made up for them: Java calls entries without
/// one `1`, `2` and so on, by which nobody finds them. In a store whose trusted certificates all go without, as openssl
/// writes it, they do, too: who uses it knows none by name, and does not wait for those of thousands.
pub(in crate::ops) fn name_nameless(wallet: &mut Wallet, ids: &HashSet<EntryId>) {
    let others = || wallet.trusted().filter(|(entry, _)| !ids.contains(&entry.id()));
    let go_without = others().all(|(entry, _)| entry.alias.is_none()) && others().next().is_some();
    if ids.is_empty() || go_without {
        return;
    }
    let is_nameless = |entry: &Entry| ids.contains(&entry.id()) && entry.alias.is_none();
    let others = wallet.entries().iter().filter(|entry| !is_nameless(entry));
    let mut names = HashSet::with_capacity(wallet.entries().len());
    names.extend(others.map(|entry| folded(&plain_alias(entry))));
    let mut taken = TakenAliases { names, numbers: HashMap::new() };
    for entry in wallet.entries_mut().filter(|entry| is_nameless(entry)) {
        entry.alias = Some(taken.unique(&plain_alias(entry)));
    }
}

/// A name as it is compared.
pub(in crate::ops) fn folded(name: &str) -> String {
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{TakenAliases, name_nameless};
    use crate::model::alias::Alias;
    use crate::model::certificate::Certificate;
    use crate::model::entry::{EntryKind, TrustedEntry};
    use crate::model::trust::TrustFlags;
    use crate::model::wallet::Wallet;
    use std::collections::HashSet;

    #[test]
    fn what_is_new_has_a_name_where_the_others_have() {
        let trusted = || {
            let made = rcgen::generate_simple_self_signed(Vec::new()).unwrap();
            let certificate = Certificate::from_der(made.cert.der()).unwrap();
            EntryKind::TrustedCertificate(TrustedEntry { certificate, flags: TrustFlags(0) })
        };
        for (others, is_named) in
            [(vec![], true), (vec![None, None], false), (vec![None, Some(Alias::new("a"))], true)]
        {
            let mut wallet = Wallet::new();
            for alias in others {
                wallet.push(alias, trusted());
            }
            let new = wallet.push(None, trusted());
            name_nameless(&mut wallet, &HashSet::from([new]));
            assert_eq!(wallet.entry(new).unwrap().alias.is_some(), is_named);
        }
    }

    #[test]
    fn names_that_differ_in_case_share_their_numbers() {
        let mut taken = TakenAliases::of(&Wallet::new(), None);
        for (number, wanted) in ["app", "App", "APP", "aPP"].into_iter().enumerate() {
            let given = taken.unique(wanted);
            let ending = if number == 0 { String::new() } else { format!("-{}", number + 1) };
            assert_eq!(given.as_str(), wanted.to_owned() + &ending);
        }
        assert_eq!(taken.numbers.len(), 1);
    }
}
