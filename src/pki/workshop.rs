//! Making the entries of a test PKI.

use crate::chain::Purpose;
use crate::crypto::{CryptoError, keygen, weak};
use crate::digest::Fingerprint;
use crate::issue::IssueError;
use crate::issue::certificate::{self, Issuer, Template};
use crate::model::certificate::Certificate;
use crate::model::key::{PrivateKey, PublicKey};
use crate::model::name::DistinguishedName;
use crate::pki::PkiError;
use crate::pki::bad::Bad;
use crate::pki::manifest::{self, Expected, Kind, Listed, ListedCrl, ListedFile, Trust};
use crate::pki::output;
use crate::pki::spec::{Authority, Leaf, Spec};
use crate::pki::stand_in::{self, Presentation};
use crate::pki::template;
use crate::pki::{combination, plan, revocation, trust};
use crate::secret::{Password, SecretBytes};
use std::collections::HashMap;
use time::OffsetDateTime;

/// Bits of a weak RSA key: fewer than the 1024 that some verifiers still take.
const WEAK_BITS: u32 = 768;

/// A file that was made.
#[derive(Debug)]
pub struct MadeFile {
    /// Relative to the output folder, with slashes.
    pub path: String,
    /// Its bytes.
    pub content: SecretBytes,
    /// Whether everybody may read it: no key is in it.
    pub public: bool,
}

impl MadeFile {
    /// How the file is listed.
    #[must_use]
    pub fn listed(&self) -> ListedFile {
        ListedFile { path: self.path.clone(), sha256: Fingerprint::of(&self.content) }
    }
}

/// An entry that was made: its files, and how it is listed.
#[derive(Debug)]
pub struct Made {
    /// The files.
    pub files: Vec<MadeFile>,
    /// The entry of the list.
    pub listed: Listed,
}

/// A CA at work.
#[derive(Clone, Debug)]
pub struct Issuing {
    /// Its key.
    pub key: PrivateKey,
    /// Its certificate.
    pub certificate: Certificate,
    /// What its certificates name its key by.
    identifier: Vec<u8>,
}

impl Issuing {
    /// A CA with its key.
    ///
    /// # Errors
    ///
    /// [`IssueError::IssuerKeyMismatch`] when the key is not the certificate's, [`IssueError::Crypto`] when
    /// it cannot be read.
    pub fn new(key: PrivateKey, certificate: Certificate) -> Result<Self, IssueError> {
        let identifier = Issuer { key: &key, certificate: &certificate }.key_identifier()?;
        Ok(Self { key, certificate, identifier })
    }

    /// Issues a certificate.
    pub(super) fn issue(
        &self,
        subject: &DistinguishedName,
        public_key: &PublicKey,
        template: &Template,
    ) -> Result<Certificate, IssueError> {
        let (issuer, identifier) = (self.issuer(), &self.identifier);
        certificate::issue_identified(issuer, identifier, subject, public_key, template)
    }

    /// In the form that issues.
    pub(super) fn issuer(&self) -> Issuer<'_> {
        Issuer { key: &self.key, certificate: &self.certificate }
    }
}

/// What entries are made from.
#[derive(Debug)]
pub struct Workshop<'a> {
    /// What is wanted.
    pub spec: &'a Spec,
    /// With what the stores open.
    pub password: &'a Password,
    /// The time.
    pub now: OffsetDateTime,
    /// The CAs that are at work already, by name.
    pub issuing: HashMap<String, Issuing>,
}

impl Workshop<'_> {
    /// Makes a CA, whose issuer must be at work. With a key of an earlier build it keeps that, so that
    /// what it has issued stays its own.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when the key or the certificate cannot be made.
    pub fn authority(
        &self,
        authority: &Authority,
        kept: Option<PrivateKey>,
    ) -> Result<(Issuing, Made), PkiError> {
        let name = &authority.name;
        let failed = |source: IssueError| PkiError::Issue { name: name.clone(), source };
        let kept = kept.filter(|key| key.algorithm() == authority.key);
        let key = match kept {
            Some(key) => key,
            None => generate(name, || keygen::generate(authority.key))?,
        };
        let above = authority.issuer.as_ref().map(|issuer| self.at_work(issuer)).transpose()?;
        let ends = above.map(|issuer| issuer.certificate.not_after());
        let template = template::authority(authority, self.now, ends);
        let certificate = match above {
            Some(issuer) => keygen::public_key(&key)
                .map_err(IssueError::from)
                .and_then(|public| issuer.issue(&authority.dn, &public, &template)),
            None => certificate::self_signed(&key, &authority.dn, &template),
        }
        .map_err(failed)?;
        let files = output::authority(name, &key, &certificate);
        let listed = Listed {
            issuer: authority.issuer.clone(),
            issued_by: above.map(|issuer| issuer.certificate.fingerprint()),
            files: files.iter().map(MadeFile::listed).collect(),
            ..listed(name, Kind::Ca, authority.digest(), &certificate)
        };
        Ok((Issuing::new(key, certificate).map_err(failed)?, Made { files, listed }))
    }

    /// Makes a leaf, whose issuers must be at work.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when a key, a certificate or a store cannot be made.
    pub fn leaf(&self, leaf: &Leaf) -> Result<Made, PkiError> {
        let name = &leaf.name;
        let above = self.above(leaf)?;
        let weak_key = leaf.bad == Some(Bad::WeakKey);
        let make = || if weak_key { weak::generate(WEAK_BITS) } else { keygen::generate(leaf.key) };
        let key = generate(name, make)?;
        let presentation = stand_in::present(leaf, &above, &key, self)
            .map_err(|source| PkiError::Issue { name: name.clone(), source })?;
        let key = if leaf.bad == Some(Bad::KeyMismatch) { generate(name, make)? } else { key };
        let files = output::leaf(leaf, &key, &presentation, self.password, self.now)
            .map_err(|source| PkiError::Codec { name: name.clone(), source })?;
        let Presentation { certificate, .. } = &presentation;
        let issuer = self.at_work(&leaf.issuer)?;
        let listed = Listed {
            issuer: Some(leaf.issuer.clone()),
            issued_by: Some(issuer.certificate.fingerprint()),
            bad: leaf.bad.map(|bad| bad.name().to_owned()),
            expected: self.expected(leaf),
            files: files.iter().map(MadeFile::listed).collect(),
            ..listed(name, Kind::Leaf, leaf.digest(), certificate)
        };
        Ok(Made { files, listed })
    }

    /// Makes the revocation list of a CA that is at work, with these serial numbers in hexadecimal.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when the list cannot be made.
    pub fn list(
        &self,
        authority: &str,
        revoked: Vec<String>,
        number: u64,
    ) -> Result<(Vec<MadeFile>, ListedCrl), PkiError> {
        revocation::list(authority, self.at_work(authority)?, revoked, number, self.now)
            .map_err(|source| PkiError::Issue { name: authority.to_owned(), source })
    }

    /// Makes the trust stores.
    ///
    /// # Errors
    ///
    /// [`PkiError`] when a store cannot be made.
    pub fn trust(&self) -> Result<(Vec<MadeFile>, Trust), PkiError> {
        let roots: Vec<&Certificate> = self.roots().collect();
        let files = trust::files(&roots, self.password, self.now)
            .map_err(|source| PkiError::Codec { name: "trust stores".to_owned(), source })?;
        let listed = Trust {
            spec: plan::trust_digest(roots.iter().map(|root| root.fingerprint())),
            files: files.iter().map(MadeFile::listed).collect(),
        };
        Ok((files, listed))
    }

    /// The certificates of the roots, which everybody trusts.
    pub(super) fn roots(&self) -> impl Iterator<Item = &Certificate> {
        self.spec
            .authorities
            .iter()
            .filter(|authority| authority.issuer.is_none())
            .filter_map(|root| self.issuing.get(&root.name))
            .map(|root| &root.certificate)
    }

    /// The CA of this name.
    pub(super) fn at_work(&self, name: &str) -> Result<&Issuing, PkiError> {
        self.issuing.get(name).ok_or_else(|| PkiError::Kept {
            path: format!("{name}/cert.pem"),
            reason: "the CA is not at work".to_owned(),
        })
    }

    /// The CAs above a leaf, its own issuer first, the root last.
    fn above(&self, leaf: &Leaf) -> Result<Vec<&Issuing>, PkiError> {
        let above = self.spec.issuers(Some(&leaf.issuer));
        above.iter().map(|authority| self.at_work(&authority.name)).collect()
    }

    /// How a verifier must judge the leaf.
    fn expected(&self, leaf: &Leaf) -> Expected {
        let purpose = leaf.purpose();
        let above = self.spec.issuers(Some(&leaf.issuer));
        let host = match leaf.bad {
            Some(Bad::NameConstraint) if leaf.host().is_some() => combination::outside(&above),
            _ => leaf.host(),
        };
        let is_listed = !leaf.bad.is_some_and(Bad::has_own_issuer);
        let has_list = is_listed && above.first().is_some_and(|authority| authority.crl);
        Expected {
            verdict: if leaf.bad.is_some() { "findings" } else { "ok" }.to_owned(),
            reason: leaf.bad.map(|bad| bad.reason(purpose).name().to_owned()),
            purpose: match purpose {
                Purpose::Any => "any",
                Purpose::Client => "client",
                Purpose::Server => "server",
            }
            .to_owned(),
            host,
            crl: has_list.then(|| format!("{}/crl.pem", leaf.issuer)),
        }
    }
}

fn generate(
    name: &str,
    make: impl FnOnce() -> Result<PrivateKey, CryptoError>,
) -> Result<PrivateKey, PkiError> {
    make().map_err(|source| PkiError::Crypto { name: name.to_owned(), source })
}

/// The parts of a listed entry that its certificate says.
fn listed(name: &str, kind: Kind, spec: Fingerprint, certificate: &Certificate) -> Listed {
    Listed {
        name: name.to_owned(),
        kind,
        issuer: None,
        spec,
        issued_by: None,
        serial: certificate.serial_hex(),
        sha256: certificate.fingerprint(),
        not_before: manifest::timestamp(certificate.not_before()),
        not_after: manifest::timestamp(certificate.not_after()),
        bad: None,
        expected: Expected {
            verdict: "ok".to_owned(),
            reason: None,
            purpose: "any".to_owned(),
            host: None,
            crl: None,
        },
        crl: None,
        files: Vec::new(),
    }
}
