//! A wallet as a tree of PEM files, one folder for each key.
//!
//! ```text
//! DIR/ALIAS/cert.pem         the certificate of the key
//! DIR/ALIAS/chain.pem        its issuers
//! DIR/ALIAS/fullchain.pem    both, for servers
//! DIR/ALIAS/key.pem          PKCS#8
//! DIR/ALIAS/truststore.pem   what the wallet trusts
//! ```
//!
//! The first four names are certbot's. With one key chosen the files stand in DIR itself, and a
//! wallet without keys is a `truststore.pem`.

use crate::codec::{Sealing, pem, size};
use crate::model::certificate::Certificate;
use crate::model::entry::{Entry, EntryId, EntryKind, KeyEntry};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::ops::OpsError;
use crate::secret::SecretBytes;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;

/// The files of a folder: certificate, issuers, both, key, and what is trusted.
pub const SPLIT_FILES: [&str; 5] =
    ["cert.pem", "chain.pem", "fullchain.pem", "key.pem", "truststore.pem"];

/// Longest name of a folder that is made from an alias, in bytes. File systems take 255.
const NAME_BYTES: usize = 100;

/// One file of the tree.
#[derive(Debug)]
pub struct SplitFile {
    /// Where it belongs, from the top of the tree.
    pub path: PathBuf,
    /// What is in it; the truststore of all folders is one.
    pub content: Rc<SecretBytes>,
}

/// Splits a wallet into files. `only` chooses one key, whose files stand at the top.
///
/// # Errors
///
/// [`OpsError::NoCertificate`] when there is nothing to write, [`OpsError::KeyLocked`],
/// [`OpsError::Codec`].
pub fn to_split_pem(
    wallet: &Wallet,
    only: Option<EntryId>,
    sealing: &Sealing<'_>,
) -> Result<Vec<SplitFile>, OpsError> {
    let keys: Vec<(&Entry, &KeyEntry)> = wallet
        .entries()
        .iter()
        .filter(|entry| only.is_none_or(|only| only == entry.id()))
        .filter_map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) if !key.chain.is_empty() => Some((entry, &**key)),
            _ => None,
        })
        .collect();
    require_size(wallet, &keys)?;
    let trusted = Rc::new(SecretBytes::new(pem::trusted(wallet).into_bytes()));
    let truststore = |folder: &str| {
        let content = Rc::clone(&trusted);
        let path = PathBuf::from(folder).join(SPLIT_FILES[4]);
        (!trusted.is_empty()).then_some(SplitFile { path, content })
    };
    if keys.is_empty() {
        return Ok(vec![truststore("").ok_or(OpsError::NoCertificate)?]);
    }
    let aliases = shown_aliases(wallet);
    let mut names = FolderNames::default();
    let mut files = Vec::new();
    for (entry, key) in keys {
        let folder = match only {
            Some(_) => String::new(),
            None => names.name(&aliases[&entry.id()].text),
        };
        files.extend(key_files(wallet, entry, key, &folder, sealing)?);
        files.extend(truststore(&folder));
    }
    Ok(files)
}

/// Every chain is written twice, and what is trusted beside every key.
fn require_size(wallet: &Wallet, keys: &[(&Entry, &KeyEntry)]) -> Result<(), OpsError> {
    let chains = keys.iter().flat_map(|(_, key)| &key.chain).map(|link| &link.certificate);
    let trusted = size::in_pem(wallet.trusted().map(|(_, certificate)| certificate));
    Ok(size::require_bytes(2 * size::in_pem(chains) + trusted * keys.len() as u64)?)
}

/// The files of one key; a chain without issuers makes no `chain.pem`.
fn key_files(
    wallet: &Wallet,
    entry: &Entry,
    key: &KeyEntry,
    folder: &str,
    sealing: &Sealing<'_>,
) -> Result<Vec<SplitFile>, OpsError> {
    let [cert, chain, fullchain, key_name, _] = SPLIT_FILES;
    let file = |name: &str, content: SecretBytes| SplitFile {
        path: PathBuf::from(folder).join(name),
        content: Rc::new(content),
    };
    let text = |text: String| SecretBytes::new(text.into_bytes());
    let certificates: Vec<&Certificate> = key.chain.iter().map(|link| &link.certificate).collect();
    let (leaf, issuers) = certificates.split_at(1);
    let material = key.key.open().ok_or_else(|| OpsError::locked(wallet, entry.id(), &key.key))?;
    let mut files = vec![file(cert, text(pem::encode_certificates(leaf, true)))];
    if !issuers.is_empty() {
        files.push(file(chain, text(pem::encode_certificates(issuers, true))));
    }
    files.push(file(fullchain, text(pem::public_part(entry))));
    files.push(file(key_name, pem::encode_key(material, sealing)?));
    Ok(files)
}

/// Names of folders, each given once.
#[derive(Default)]
struct FolderNames {
    /// Folded, because some file systems do not tell `App` from `app`.
    taken: HashSet<String>,
    /// The last number that was given to a name.
    numbers: HashMap<String, usize>,
}

impl FolderNames {
    /// The alias as the name of a folder. What a file system or a shell could misunderstand becomes
    /// an underscore; the alias itself stands in the files.
    fn name(&mut self, alias: &str) -> String {
        let safe = |c: char| c.is_alphanumeric() || "-_.@+~ ".contains(c);
        let mut name: String =
            alias.trim().chars().map(|c| if safe(c) { c } else { '_' }).collect();
        while name.len() > NAME_BYTES {
            name.pop();
        }
        let name = name.trim_end_matches(['.', ' ']);
        let name = match name.chars().next() {
            None => "entry".to_owned(),
            Some('.' | '-' | '~') => format!("_{name}"),
            // A folder of this name would be taken for the file.
            Some(_) if SPLIT_FILES.contains(&name.to_lowercase().as_str()) => format!("_{name}"),
            Some(_) => name.to_owned(),
        };
        if self.taken.insert(name.to_lowercase()) {
            return name;
        }
        let number = self.numbers.entry(name.to_lowercase()).or_insert(1);
        loop {
            *number += 1;
            let candidate = format!("{name}~{number}");
            if self.taken.insert(candidate.to_lowercase()) {
                return candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FolderNames;

    #[test]
    fn folders_stay_below_their_tree_and_are_told_apart() {
        let mut names = FolderNames::default();
        for (alias, name) in [
            ("app", "app"),
            ("App", "App~2"),
            ("größe 日本", "größe 日本"),
            ("../../etc", "_.._.._etc"),
            ("..", "entry"),
            ("", "entry~2"),
            (".ssh", "_.ssh"),
            ("-rf", "_-rf"),
            ("a/b\0c\nd", "a_b_c_d"),
            ("cert.pem", "_cert.pem"),
            ("C:\\x", "C__x"),
        ] {
            assert_eq!(names.name(alias), name, "{alias:?}");
        }
        assert!(names.name(&"ü".repeat(500)).len() <= super::NAME_BYTES);
    }
}
