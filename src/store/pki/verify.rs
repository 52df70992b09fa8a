//! What was built, judged by our own validator.

use crate::codec::bundle::{self, Bundle};
use crate::codec::{self, CodecError, Opening};
use crate::model::certificate::Certificate;
use crate::model::format::Format;
use crate::model::key::PrivateKey;
use crate::parallel;
use crate::pki::PkiError;
use crate::pki::bad::Bad;
use crate::pki::manifest::{self, Kind, Listed, Manifest};
use crate::pki::verdict::{self, Exhibit, Ground, Verdict};
use crate::secret::Password;
use crate::store::pki::{Project, ProjectError, inventory};
use crate::store::{StoreError, file};
use time::OffsetDateTime;

impl Project {
    /// Judges every leaf that the manifest lists, from its files, in the order of the manifest.
    ///
    /// # Errors
    ///
    /// [`ProjectError`] when there is no manifest, or a file cannot be read.
    pub fn verify(
        &self,
        password: &Password,
        at: OffsetDateTime,
    ) -> Result<Vec<Verdict>, ProjectError> {
        let manifest = self.manifest()?;
        let ground = self.ground(&manifest, at)?;
        let leaves: Vec<&Listed> = manifest.leaves().collect();
        let judge = |leaf: &&Listed| {
            let exhibit = self.exhibit(leaf, password)?;
            verdict::judge(leaf, &exhibit, &ground).map_err(|error| self.failed(error))
        };
        parallel::map(&leaves, judge).into_iter().collect()
    }

    pub(super) fn manifest(&self) -> Result<Manifest, ProjectError> {
        let not_there = || StoreError::NotFound { path: self.out.join(manifest::FILE) };
        // One that lists nothing is left by a cleaning.
        let manifest = inventory::manifest(&self.out)?.filter(|list| !list.entries.is_empty());
        Ok(manifest.ok_or_else(not_there)?)
    }

    fn ground(&self, manifest: &Manifest, at: OffsetDateTime) -> Result<Ground, ProjectError> {
        let roots = self.roots()?;
        let mut lists = Vec::new();
        let authorities = manifest.entries.iter().filter(|entry| entry.kind == Kind::Ca);
        for authority in authorities.filter(|authority| authority.crl.is_some()) {
            lists.extend(self.bundle(&format!("{}/crl.pem", authority.name))?.revocation_lists);
        }
        Ok(Ground { roots, lists, at })
    }

    pub(super) fn roots(&self) -> Result<Vec<Certificate>, ProjectError> {
        Ok(self.bundle("ca-bundle.pem")?.certificates)
    }

    fn exhibit(&self, leaf: &Listed, password: &Password) -> Result<Exhibit, ProjectError> {
        let (presented, key) = self.presented(leaf)?;
        // To open a store takes as long as to make it, so only those are opened that matter.
        let differs = leaf.bad.as_deref() == Some(Bad::KeyPasswordDiffers.name());
        let key_password_differs = differs && self.key_password_differs(leaf, password)?;
        Ok(Exhibit { presented, key, key_password_differs })
    }

    pub(super) fn presented(
        &self,
        leaf: &Listed,
    ) -> Result<(Vec<Certificate>, PrivateKey), ProjectError> {
        let path = format!("{}/key.pem", leaf.name);
        let key = self.bundle(&path)?.keys.first().and_then(|key| key.open().cloned());
        let key = key.ok_or_else(|| self.not_kept(&path, "there is no key in it".to_owned()))?;
        Ok((self.bundle(&format!("{}/fullchain.pem", leaf.name))?.certificates, key))
    }

    /// Whether the key of every store of the leaf stays closed with the store's password.
    fn key_password_differs(
        &self,
        leaf: &Listed,
        password: &Password,
    ) -> Result<bool, ProjectError> {
        for listed in &leaf.files {
            let format = match listed.path.rsplit('.').next() {
                Some("p12") if !listed.path.ends_with("/ewallet.p12") => Format::Pkcs12,
                Some("jks") => Format::Jks,
                _ => continue,
            };
            let bytes = file::read(&self.out.join(&listed.path))?;
            let wallet = codec::decode_wallet(&bytes, format, &Opening::with(Some(password)), None)
                .map_err(|error| self.unreadable(&listed.path, &error))?;
            let opened = wallet.entries().iter();
            if opened.filter_map(|entry| entry.key()).any(|key| key.open().is_some()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn bundle(&self, path: &str) -> Result<Bundle, ProjectError> {
        let bytes = file::read(&self.out.join(path))?;
        bundle::read(&bytes, &Opening::with(None)).map_err(|error| self.unreadable(path, &error))
    }

    fn unreadable(&self, path: &str, error: &CodecError) -> ProjectError {
        self.not_kept(path, error.to_string())
    }

    pub(super) fn not_kept(&self, path: &str, reason: String) -> ProjectError {
        self.failed(PkiError::Kept { path: path.to_owned(), reason })
    }
}
