//! What all of these tests share: the fixtures, wallets of few iterations, and what a wallet holds.

use crate::support::job::PASSWORD;
use crate::support::scratch::Scratch;
use mwallet::code::Code;
use mwallet::codec::sso::{Header, Identity};
use mwallet::codec::{Opening, Protect, Sealing};
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{EntryKind, TrustedEntry};
use mwallet::model::format::Format;
use mwallet::model::trust::TrustFlags;
use mwallet::secret::Password;
use mwallet::store::Store;
use mwallet::store::dir::{AutoLogin, Location};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// The host and the user that the local fixtures were made for.
pub(crate) fn maker() -> Identity {
    Identity::new("vm.example.com", "root")
}

pub(crate) fn somebody() -> Identity {
    Identity::new("elsewhere", "nobody")
}

/// A directory of the fixtures.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) password: Password,
    pub(crate) has_password_file: bool,
    pub(crate) has_auto_login: bool,
}

/// Every directory that a tool of Oracle, or a writer that those tools read, has made.
pub(crate) fn fixtures() -> Option<Vec<Fixture>> {
    let root = crate::support::corpus::shared("oracle-wallets")?;
    let mut found = Vec::new();
    for group in ["v19.4", "v23.9", "extra", "authored", "authored/hybrid"] {
        for entry in fs::read_dir(root.join(group)).unwrap() {
            let path = entry.unwrap().path();
            let has_password_file = path.join("ewallet.p12").is_file();
            let has_auto_login = path.join("cwallet.sso").is_file();
            if !has_password_file && !has_auto_login {
                continue;
            }
            let name = format!("{group}/{}", path.file_name().unwrap().to_str().unwrap());
            let password = if name.contains("/foreign_") { "Extern12" } else { "Welcome1" };
            let password = Password::from(password);
            found.push(Fixture { path, name, password, has_password_file, has_auto_login });
        }
    }
    assert!(found.len() > 50, "only {} fixtures", found.len());
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Some(found)
}

impl Fixture {
    pub(crate) fn copy(&self, scratch: &Scratch) -> PathBuf {
        for file in ["ewallet.p12", "cwallet.sso"] {
            if let Ok(bytes) = fs::read(self.path.join(file)) {
                scratch.write(&format!("w/{file}"), bytes);
            }
        }
        scratch.at("w")
    }

    pub(crate) fn header(&self) -> Option<Header> {
        self.has_auto_login.then(|| header(&self.path))
    }

    /// Whether it is a local file of 23ai.
    pub(crate) fn is_version_7(&self) -> bool {
        self.header().is_some_and(|header| header.version == 7)
    }
}

pub(crate) fn header(folder: &Path) -> Header {
    Header::read(&fs::read(folder.join("cwallet.sso")).unwrap()).unwrap()
}

pub(crate) fn by_password(password: &Password, identity: fn() -> Identity) -> Opening<'_> {
    Opening { identity: Some(identity), ..Opening::with(Some(password)) }
}

pub(crate) fn by_auto_login(identity: fn() -> Identity) -> Opening<'static> {
    Opening { identity: Some(identity), ..Opening::with(None) }
}

/// What a wallet holds, without its order.
pub(crate) fn contents(store: &Store) -> Vec<String> {
    let mut contents: Vec<String> = store
        .wallet
        .entries()
        .iter()
        .filter(|entry| match &entry.kind {
            EntryKind::Opaque(opaque) => !opaque.description.starts_with("wallet property"),
            _ => true,
        })
        .map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) => {
                let key_bytes = key.key.open().map(|key| key.pkcs8().to_vec());
                let chain: Vec<_> =
                    key.chain.iter().map(|link| link.certificate.fingerprint()).collect();
                format!("key {:?} {key_bytes:?} {chain:?}", entry.alias)
            }
            EntryKind::Request(pending) => {
                let key = pending.key.open().map(|key| key.pkcs8().to_vec());
                format!("request {:?} {key:?} {:?}", entry.alias, pending.request.csr.der())
            }
            EntryKind::TrustedCertificate(trusted) => {
                format!("trusted {} {:?}", trusted.certificate.fingerprint(), trusted.flags)
            }
            EntryKind::Secret(secret) => {
                format!("secret {} {:?}", secret.name, secret.value.to_vec())
            }
            EntryKind::Opaque(opaque) => format!("opaque {:?}", opaque.raw.to_vec()),
        })
        .collect();
    contents.sort();
    contents
}

pub(crate) fn codes(store: &Store) -> Vec<Code> {
    store.warnings.iter().map(|warning| warning.code).collect()
}

pub(crate) fn new_ca(name: &str) -> Certificate {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    Certificate::from_der(parameters.self_signed(&key).unwrap().der()).unwrap()
}

pub(crate) fn trust(store: &mut Store) -> Certificate {
    let (certificate, flags) = (new_ca("added"), TrustFlags::default());
    let entry = TrustedEntry { certificate: certificate.clone(), flags };
    store.wallet.push(None, EntryKind::TrustedCertificate(entry));
    certificate
}
/// A wallet with a key and few iterations, so that thousands of opens take no time.
pub(crate) fn quick_wallet(scratch: &Scratch, kind: &str) {
    let password = Password::from(PASSWORD);
    let (wanted, protect) = match kind {
        "on" => (AutoLogin::On, Protect::Password(&password)),
        "local" => (AutoLogin::Local, Protect::Password(&password)),
        "only" => (AutoLogin::Only, Protect::Keep),
        other => panic!("{other}"),
    };
    let location = Location::Directory(scratch.at("w"));
    let mut store = Store::create(location, Format::Pkcs12, false, TIMEOUT).unwrap();
    store.set_auto_login(wanted, Some(maker)).unwrap();
    let iterations = Some(1);
    store.save(&Sealing { protect, iterations, ..Sealing::default() }).unwrap();
    drop(store);
    if kind == "local" {
        // For the host and the user of the program.
        scratch.mwallet("autologin local w").password(PASSWORD).ok();
    }
    let csr = scratch.mwallet("csr w --dn CN=x --key ec:p256 --alias x --out x.csr");
    let csr = csr.arg("--force");
    if kind == "only" {
        csr.ok()
    } else {
        csr.password(PASSWORD).ok()
    };
}
