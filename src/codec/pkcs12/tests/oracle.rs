//! Secrets and trust flags in files that other tools wrote.

use super::{bags, each_foreign_file, foreign_files, keys, origin, reopen};
use crate::codec::Sealing;
use crate::codec::pkcs12::oracle::OracleId;
use crate::codec::pkcs12::part::Part;
use crate::codec::pkcs12::{encode, property};
use crate::model::entry::EntryKind;
use crate::model::format::Layout;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::ops::secret::credential::{self, Login};
use crate::ops::secret::tde::TdeEntries;
use crate::ops::secret::{self};
use crate::ops::trust::enable_flags;
use crate::secret::SecretBytes;
use std::cell::Cell;

#[test]
fn a_new_login_leaves_every_other_bag_as_it_was() {
    each_foreign_file(|path, _, password, mut decoded| {
        let before = bags(&decoded);
        let login = Login::Connect("a new connect string".to_owned());
        let secret = SecretBytes::from(&b"a new secret"[..]);
        credential::set(&mut decoded.wallet, &login, Some("a new user"), &secret).unwrap();
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let after = reopen(&bytes, password);
        let new = |bag: &[u8]| bag.windows(6).any(|window| window == b"a new ");
        let mut now = bags(&after);
        assert_eq!(now.iter().filter(|bag| new(bag)).count(), 3, "{path}");
        now.retain(|bag| !new(bag));
        assert!(now == before, "{path}: another bag changed");
        assert_eq!(credential::get(&after.wallet, &login).unwrap()[..], secret[..], "{path}");
    });
}

#[test]
fn a_changed_secret_changes_its_bag_only() {
    let seen = Cell::new(0);
    each_foreign_file(|path, _, password, mut decoded| {
        let secrets: Vec<String> =
            secret::names(&decoded.wallet).into_iter().map(str::to_owned).collect();
        let Some(name) = secrets.first() else { return };
        seen.set(seen.get() + 1);
        let before = bags(&decoded);
        let value = SecretBytes::from(&b"another value"[..]);
        secret::set(&mut decoded.wallet, name, value, TdeEntries::Touch).unwrap();
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let now = bags(&reopen(&bytes, password));
        assert_eq!(now.len(), before.len(), "{path}");
        let changed: Vec<_> = now.iter().zip(&before).filter(|(now, old)| now != old).collect();
        let [(now, old)] = changed[..] else { panic!("{path}: {} bags", changed.len()) };
        for bag in [now, old] {
            assert!(bag.windows(name.len()).any(|window| window == name.as_bytes()), "{path}");
        }
    });
    assert!(seen.get() >= 4 || foreign_files().is_empty(), "{} files with secrets", seen.get());
}

#[test]
fn changed_trust_flags_change_one_byte_of_one_bag() {
    let seen = Cell::new(0);
    each_foreign_file(|path, _, password, mut decoded| {
        if !property::trust_flags_enabled(&decoded.wallet) {
            return;
        }
        seen.set(seen.get() + 1);
        let before = bags(&decoded);
        let mut flagged = Vec::new();
        for entry in decoded.wallet.entries_mut() {
            if let EntryKind::TrustedCertificate(trusted) = &mut entry.kind {
                flagged.push(trusted.flags);
                if flagged.len() == 1 {
                    trusted.flags = TrustFlags::CLIENT_AUTH;
                }
            }
        }
        assert_eq!(flagged, [3, 2, 4, 0x10].map(TrustFlags), "{path}");
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let now = bags(&reopen(&bytes, password));
        let differences: Vec<(u8, u8)> = before
            .concat()
            .into_iter()
            .zip(now.concat())
            .filter(|(before, now)| before != now)
            .collect();
        assert_eq!(differences, [(3, 2)], "{path}");
        assert_eq!(before.concat().len(), now.concat().len(), "{path}");
    });
    assert!(seen.get() > 0 || foreign_files().is_empty());
}

#[test]
fn trust_flags_that_are_newly_in_force_mark_every_certificate() {
    let seen = Cell::new(0);
    each_foreign_file(|path, _, password, mut decoded| {
        let is_native = decoded.origin.layout() == Some(Layout::Oracle);
        if !is_native || !enable_flags(&mut decoded.wallet) {
            return;
        }
        let bytes = encode(&decoded.wallet, &Sealing::default(), Some(origin(&decoded))).unwrap();
        let after = reopen(&bytes, password);
        assert!(property::trust_flags_enabled(&after.wallet), "{path}");
        for (part, id) in &origin(&after).local_key_ids {
            let id = OracleId::read(id);
            let flags = id.map_or(TrustFlags::default(), |id| id.flags);
            match part {
                // Not made by orapki: a certificate without its words.
                _ if id.is_none() => {}
                Part::Key(_) | Part::Leaf(_) | Part::Trusted(_) | Part::Link(_) => {
                    seen.set(seen.get() + 1);
                    assert_eq!(flags, TrustFlags::VALID_PEER, "{path}: {part:?}");
                }
                _ => assert_eq!(flags, TrustFlags::default(), "{path}: {part:?}"),
            }
        }
        assert_eq!(keys(&after.wallet), keys(&decoded.wallet), "{path}");
        let aliases = |wallet: &Wallet| -> Vec<_> {
            wallet.entries().iter().map(|entry| entry.alias.clone()).collect()
        };
        assert_eq!(aliases(&after.wallet), aliases(&decoded.wallet), "{path}");
    });
    assert!(seen.get() > 10 || foreign_files().is_empty());
}
