//! The main job as a fixture: a wallet with a certified key and a trusted root.

use crate::support::authority::Authority;
use crate::support::scratch::Scratch;
use mwallet::codec::{Keys, Opening, Sealing};
use mwallet::secret::Password;
use mwallet::store::Store;
use std::time::Duration;

/// The password of the wallets that the tests make.
pub(crate) const PASSWORD: &str = "Welcome1";

/// The distinguished name that the tests ask for: repeated types, in an order that matters.
pub(crate) const NAME: &str = "CN=app,OU=b,OU=a,DC=acme,DC=com";

/// The options of a request that names `localhost` for both sides of a TLS connection.
pub(crate) const REQUEST: &str = "--dn CN=app,OU=b,OU=a,DC=acme,DC=com \
    --san dns:localhost,ip:127.0.0.1 --eku client,server";

/// Makes the wallet `name` with a pending request in `name.csr`.
#[track_caller]
pub(crate) fn pending(scratch: &Scratch, name: &str, key: &str) {
    scratch.mwallet(&format!("create {name}")).password(PASSWORD).ok();
    scratch
        .mwallet(&format!("csr {name} {REQUEST} --key {key} --alias app --out {name}.csr"))
        .password(PASSWORD)
        .ok();
}

/// Makes the wallet `name`, has its key certified as `name.pem`, and imports the whole reply.
#[track_caller]
pub(crate) fn certified(scratch: &Scratch, ca: &Authority<'_>, name: &str, key: &str) {
    pending(scratch, name, key);
    ca.sign(&format!("{name}.csr"), &format!("{name}.pem"));
    scratch
        .mwallet(&format!("import-user {name} {name}.pem {} {}", ca.intermediate(), ca.root()))
        .args("--trust-root")
        .password(PASSWORD)
        .ok();
}

/// Gives the one key of the PKCS#12 file a password of its own.
#[track_caller]
pub(crate) fn give_own_password(scratch: &Scratch, file: &str, own: &str) {
    let password = Password::new(PASSWORD.to_owned());
    let opening = Opening { keys: Keys::Open, ..Opening::with(Some(&password)) };
    let mut store = Store::edit(&scratch.at(file), &opening, Duration::ZERO).unwrap();
    let key = store.wallet.entries().iter().find(|entry| entry.key().is_some()).unwrap().id();
    store.set_key_password(key, Password::new(own.to_owned())).unwrap();
    store.save(&Sealing::default()).unwrap();
}
