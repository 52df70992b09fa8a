//! The files of each entry.

use crate::codec::sso::{self, Kind, Target};
use crate::codec::{self, CodecError, Keys, Opening, Protect, Sealing, kubernetes, pem};
use crate::model::alias::Alias;
use crate::model::certificate::Certificate;
use crate::model::entry::{ChainCertificate, Entry, EntryKind, KeyEntry, TrustedEntry};
use crate::model::format::{Format, Layout};
use crate::model::key::{KeyMaterial, PrivateKey};
use crate::model::profile::Profile;
use crate::model::trust::TrustFlags;
use crate::model::wallet::Wallet;
use crate::pki::bad::Bad;
use crate::pki::spec::{Leaf, Output};
use crate::pki::stand_in::Presentation;
use crate::pki::workshop::MadeFile;
use crate::secret::{Password, SecretBytes};
use time::OffsetDateTime;

/// What `key-password-differs` puts behind the password of the store for the key in it.
pub const KEY_PASSWORD_SUFFIX: &str = "-key";

/// Certificate and key of a CA.
pub(super) fn authority(name: &str, key: &PrivateKey, certificate: &Certificate) -> Vec<MadeFile> {
    vec![
        public(name, "cert.pem", pem::encode_certificates(&[certificate], false).into_bytes()),
        public(name, "cert.der", certificate.der().to_vec()),
        private(name, "key.pem", pem::encode_private_key(key)),
    ]
}

/// The files of a leaf: PEM, and each store that is asked for.
pub(super) fn leaf(
    leaf: &Leaf,
    key: &PrivateKey,
    presentation: &Presentation,
    password: &Password,
    now: OffsetDateTime,
) -> Result<Vec<MadeFile>, CodecError> {
    let name = leaf.name.as_str();
    let stores = Stores { leaf, key, presentation, password, now };
    let mut files = stores.pem();
    for output in leaf.outputs.iter() {
        match output {
            Output::Pem => {}
            Output::Der => {
                files.push(public(name, "cert.der", presentation.certificate.der().to_vec()));
                files.push(private(name, "key.der", SecretBytes::from(key.pkcs8())));
            }
            Output::P12 => {
                let content = stores.store(Format::Pkcs12)?;
                files.push(private(name, &format!("{name}.p12"), content));
            }
            Output::Jks => {
                let content = stores.store(Format::Jks)?;
                files.push(private(name, &format!("{name}.jks"), content));
            }
            Output::Oracle => {
                let (wallet, auto_login) = stores.oracle()?;
                files.push(private(name, "wallet/ewallet.p12", wallet));
                files.push(private(name, "wallet/cwallet.sso", auto_login));
            }
            Output::K8s => {
                let content = stores.kubernetes()?;
                files.push(private(name, &format!("{name}.yaml"), content));
            }
        }
    }
    Ok(files)
}

/// A file of an entry that everybody may read.
pub(super) fn public(folder: &str, name: &str, content: Vec<u8>) -> MadeFile {
    let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    MadeFile { path, content: SecretBytes::new(content), public: true }
}

fn private(folder: &str, name: &str, content: SecretBytes) -> MadeFile {
    MadeFile { path: format!("{folder}/{name}"), content, public: false }
}

/// A leaf in each of its forms.
struct Stores<'a> {
    leaf: &'a Leaf,
    key: &'a PrivateKey,
    presentation: &'a Presentation,
    password: &'a Password,
    now: OffsetDateTime,
}

impl Stores<'_> {
    fn pem(&self) -> Vec<MadeFile> {
        let Presentation { certificate, issuers, shuffled, root } = self.presentation;
        let name = self.leaf.name.as_str();
        let issuers: Vec<&Certificate> = issuers.iter().collect();
        let leaf = [certificate];
        let full = if *shuffled {
            [&issuers[..], &leaf[..]].concat()
        } else {
            [&leaf[..], &issuers[..]].concat()
        };
        // A file without a certificate is an error to most readers.
        let chain = if issuers.is_empty() { vec![root] } else { issuers };
        let text = |certificates: &[&Certificate]| {
            pem::encode_certificates(certificates, false).into_bytes()
        };
        vec![
            public(name, "cert.pem", text(&leaf)),
            public(name, "chain.pem", text(&chain)),
            public(name, "fullchain.pem", text(&full)),
            private(name, "key.pem", pem::encode_private_key(self.key)),
        ]
    }

    /// The key with what is presented.
    fn wallet(&self) -> Wallet {
        let Presentation { certificate, issuers, .. } = self.presentation;
        let chain = std::iter::once(certificate).chain(issuers);
        let entry = KeyEntry {
            key: KeyMaterial::Open(self.key.clone()),
            chain: chain.cloned().map(ChainCertificate::from).collect(),
            request: None,
        };
        let mut wallet = Wallet::new();
        wallet.push(Some(Alias::new(&self.leaf.alias)), EntryKind::from(entry));
        wallet
    }

    fn sealing(&self, layout: Layout, otherwise: Profile) -> Sealing<'_> {
        let own = Some(self.leaf.profile).filter(|profile| profile.layout() == layout);
        Sealing {
            protect: Protect::Password(self.password),
            profile: Some(own.unwrap_or(otherwise)),
            iterations: self.leaf.iterations,
            now: Some(self.now),
            derived: None,
        }
    }

    fn store(&self, format: Format) -> Result<SecretBytes, CodecError> {
        let mut sealing = self.sealing(Layout::Portable, Profile::Modern);
        if format == Format::Jks {
            sealing.profile = None;
            sealing.iterations = None;
        }
        let content = codec::encode(&self.wallet(), format, &sealing, None)?;
        if self.leaf.bad != Some(Bad::KeyPasswordDiffers) {
            return Ok(content);
        }
        let opening = Opening { keys: Keys::Open, ..Opening::with(Some(self.password)) };
        let mut decoded = codec::decode(&content, format, &opening)?;
        let other = Password::new(format!("{}{KEY_PASSWORD_SUFFIX}", self.password.as_str()));
        let ids: Vec<_> = decoded.wallet.entries().iter().map(Entry::id).collect();
        for id in ids {
            decoded.origin.set_key_password(id, other.clone())?;
        }
        let sealing = Sealing { protect: Protect::Password(self.password), ..Sealing::default() };
        codec::encode(&decoded.wallet, format, &sealing, Some(&decoded.origin))
    }

    /// `ewallet.p12`, and a `cwallet.sso` that opens without a password. Oracle's clients look for every
    /// issuer among the trusted certificates.
    fn oracle(&self) -> Result<(SecretBytes, SecretBytes), CodecError> {
        let mut wallet = self.wallet();
        let intermediates =
            self.presentation.issuers.iter().filter(|issuer| !issuer.is_self_issued());
        for certificate in intermediates.chain([&self.presentation.root]) {
            trust(&mut wallet, certificate);
        }
        let sealing = self.sealing(Layout::Oracle, Profile::Oracle23ai);
        oracle(&wallet, &sealing)
    }

    /// The key in the clear, as whatever reads the Secret needs it.
    fn kubernetes(&self) -> Result<SecretBytes, CodecError> {
        let mut wallet = self.wallet();
        trust(&mut wallet, &self.presentation.root);
        let sealing = Sealing { protect: Protect::Nothing, ..Sealing::default() };
        let manifest = kubernetes::Manifest { name: Some(&self.leaf.name), ..Default::default() };
        kubernetes::encode(&wallet, &manifest, &sealing)
    }
}

/// An Oracle wallet and its auto-login file.
pub(super) fn oracle(
    wallet: &Wallet,
    sealing: &Sealing<'_>,
) -> Result<(SecretBytes, SecretBytes), CodecError> {
    let password_file = codec::encode(wallet, Format::Pkcs12, sealing, None)?;
    let sealing = Sealing { protect: Protect::Keep, ..*sealing };
    let auto_login = sso::encode(wallet, &Target::new(Kind::On), &sealing, None)?;
    Ok((password_file, auto_login))
}

/// Adds a trusted certificate, named by its subject.
pub(super) fn trust(wallet: &mut Wallet, certificate: &Certificate) {
    let alias = certificate.subject().common_name().map(Alias::new);
    let trusted = TrustedEntry { certificate: certificate.clone(), flags: TrustFlags::default() };
    wallet.push(alias, EntryKind::TrustedCertificate(trusted));
}
