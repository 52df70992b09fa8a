//! Certificates, requests and keys out of any file: a wallet, a bundle, a single one of them.

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use crate::open::Secrets;
use mwallet::codec::bundle::{self, Bundle};
use mwallet::codec::{self, Keys, Opening, Warning, public_key};
use mwallet::model::certificate::Certificate;
use mwallet::model::crl::RevocationList;
use mwallet::model::format::Format;
use mwallet::model::key::PublicKey;
use mwallet::secret::{Password, SecretBytes};
use mwallet::store::Store;
use mwallet::store::file::{self, Kind};
use std::path::Path;

/// What is in a file.
pub(crate) enum Material {
    /// A wallet.
    Wallet(Box<Store>),
    /// Things without names.
    Loose(Box<Loose>),
}

impl Material {
    /// The revocation lists that stand beside the certificates.
    pub(crate) fn revocation_lists(&self) -> Vec<RevocationList> {
        match self {
            Self::Wallet(store) => codec::revocation_lists(&store.wallet),
            Self::Loose(loose) => loose.bundle.revocation_lists.clone(),
        }
    }

    /// What is to be trusted where it is named as a CA: of a wallet its trusted certificates, of any
    /// other file every certificate in it.
    pub(crate) fn anchors(self) -> Vec<Certificate> {
        match self {
            Self::Wallet(store) => {
                store.wallet.trusted().map(|(_, certificate)| certificate.clone()).collect()
            }
            Self::Loose(loose) => loose.bundle.certificates,
        }
    }
}

/// A file of things without names.
pub(crate) struct Loose {
    bytes: SecretBytes,
    pub(crate) bundle: Bundle,
    /// The public key that stands on its own.
    pub(crate) public_key: Option<PublicKey>,
}

/// Reads any file; `-` is stdin.
pub(crate) fn read(
    path: &Path,
    secrets: &Secrets,
    keys: Keys,
    context: &Context,
) -> Result<Material, Failure> {
    let is_stream = input::is_stream(path);
    if !is_stream && matches!(file::kind(path)?, Some(Kind::Directory)) {
        return Ok(Material::Wallet(Box::new(secrets.read(path, keys, context)?.store)));
    }
    let bytes = input::read(path, context)?;
    if codec::detect(&bytes).is_some_and(Format::is_store) {
        return Ok(Material::Wallet(Box::new(secrets.read(path, keys, context)?.store)));
    }
    Loose::read(bytes, path, secrets, context).map(|loose| Material::Loose(Box::new(loose)))
}

impl Loose {
    fn read(
        bytes: SecretBytes,
        path: &Path,
        secrets: &Secrets,
        context: &Context,
    ) -> Result<Self, Failure> {
        let about = |error| Failure::from(error).about(path);
        let public_key = public_key::read(&bytes).map_err(about)?;
        let bundle = match bundle::read(&bytes, &secrets.opening(Keys::Open)) {
            Err(_) if public_key.is_some() => Bundle::default(), // it is nothing else
            read => read.map_err(about)?,
        };
        if public_key.is_none() {
            let named = |Warning { code, message }: &Warning| Warning {
                code: *code,
                message: format!("{}: {message}", path.display()),
            };
            context.warn(&bundle.warnings.iter().map(named).collect::<Vec<_>>());
        }
        Ok(Self { bytes, bundle, public_key })
    }

    /// The same with another password for its keys.
    pub(crate) fn opened_with(
        mut self,
        password: &Password,
        secrets: &Secrets,
        path: &Path,
    ) -> Result<Self, Failure> {
        let opening = Opening { password: Some(password), ..secrets.opening(Keys::Open) };
        self.bundle = bundle::read(&self.bytes, &opening)
            .map_err(|error| Failure::from(error).about(path))?;
        Ok(self)
    }
}
