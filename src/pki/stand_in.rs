//! Who issues a leaf, and what is presented with it: the CAs of the file, or CAs that one wrong leaf
//! has to itself. Of those only the certificates are kept, in the chains that need them.

use crate::crypto::keygen;
use crate::issue::IssueError;
use crate::issue::certificate::{self, Role, Template, Validity};
use crate::issue::usage::KeyUsage;
use crate::model::certificate::Certificate;
use crate::model::key::PrivateKey;
use crate::model::name::DistinguishedName;
use crate::pki::bad::Bad;
use crate::pki::spec::Leaf;
use crate::pki::template;
use crate::pki::validity;
use crate::pki::workshop::{Issuing, Workshop};
use time::OffsetDateTime;

/// A leaf's certificate with what is presented beside it.
#[derive(Debug)]
pub(super) struct Presentation {
    /// The leaf's own.
    pub(super) certificate: Certificate,
    /// Its issuers, its own first.
    pub(super) issuers: Vec<Certificate>,
    /// Whether the issuers come before the leaf.
    pub(super) shuffled: bool,
    /// The root that the leaf was meant to lead to.
    pub(super) root: Certificate,
}

/// Issues a leaf. `above` are the CAs over it, its own issuer first, the root last.
pub(super) fn present(
    leaf: &Leaf,
    above: &[&Issuing],
    key: &PrivateKey,
    workshop: &Workshop<'_>,
) -> Result<Presentation, IssueError> {
    let own = above[0];
    let root = above[above.len() - 1].certificate.clone();
    let maker = Maker { leaf, now: workshop.now, validity: own_validity(own) };
    let stand_in = maker.stand_in(above)?;
    let signer = stand_in.as_ref().map_or(own, |(signer, _)| signer);
    let ends = Some(own.certificate.not_after());
    let authorities = workshop.spec.issuers(Some(&leaf.issuer));
    let template = template::leaf(leaf, workshop.now, ends, &authorities);
    let certificate = if leaf.bad == Some(Bad::SelfSigned) {
        certificate::self_signed(key, &leaf.dn, &template)?
    } else {
        let public = keygen::public_key(key)?;
        signer.issue(&leaf.dn, &public, &template)?
    };
    let issuers = match (stand_in, leaf.bad) {
        (Some((_, presented)), _) => presented,
        (None, Some(Bad::SelfSigned | Bad::MissingIntermediate)) => Vec::new(),
        (None, _) => without_root(above),
    };
    let shuffled = leaf.bad == Some(Bad::ShuffledChain);
    Ok(Presentation { certificate, issuers, shuffled, root })
}

fn without_root(above: &[&Issuing]) -> Vec<Certificate> {
    above[..above.len() - 1].iter().map(|issuing| issuing.certificate.clone()).collect()
}

fn own_validity(own: &Issuing) -> Validity {
    Validity { not_before: own.certificate.not_before(), not_after: own.certificate.not_after() }
}

/// Makes the CAs that a leaf has to itself.
struct Maker<'a> {
    leaf: &'a Leaf,
    now: OffsetDateTime,
    /// That of the leaf's proper issuer.
    validity: Validity,
}

impl Maker<'_> {
    /// The CA that signs in the place of the proper issuer, and what is presented.
    fn stand_in(
        &self,
        above: &[&Issuing],
    ) -> Result<Option<(Issuing, Vec<Certificate>)>, IssueError> {
        // One CA beside the issuer, or, where that is a root, below it.
        let beside = &above[usize::from(above.len() > 1)..];
        let then = |signer: Issuing, rest: &[&Issuing]| {
            let mut presented = vec![signer.certificate.clone()];
            presented.extend(without_root(rest));
            (signer, presented)
        };
        let authority = Role::Authority { path_length: None };
        Ok(Some(match self.leaf.bad {
            Some(Bad::UnknownCa) => (self.root("root")?, Vec::new()),
            Some(Bad::RootInChain) => {
                let root = self.root("root")?;
                let presented = vec![root.certificate.clone()];
                (root, presented)
            }
            Some(Bad::PathLen) => {
                then(self.below(above[0], "CA", &self.template(authority))?, above)
            }
            Some(Bad::CaFalse) => {
                let mut template = self.template(Role::EndEntity);
                // Nothing else is wrong with it.
                template.extensions.key_usage = vec![KeyUsage::KeyCertSign, KeyUsage::CrlSign];
                then(self.below(beside[0], "CA", &template)?, beside)
            }
            Some(Bad::ExpiredCa) => {
                let ended = validity::ended(self.leaf.days, self.now);
                let template = Template::new(ended, authority);
                then(self.below(beside[0], "CA", &template)?, beside)
            }
            Some(Bad::CrossSigned) => {
                let (one, other) = (self.root("one")?, self.root("other")?);
                let template = self.template(authority);
                let crossed = |by: &Issuing, of: &Issuing| {
                    let (name, key) = (of.certificate.subject(), of.certificate.public_key());
                    by.issue(&name, &key, &template)
                };
                let presented = vec![crossed(&other, &one)?, crossed(&one, &other)?];
                (one, presented)
            }
            Some(Bad::DuplicateSubject) => {
                let name = above[0].certificate.subject();
                (self.self_signed(&name)?, without_root(above))
            }
            _ => return Ok(None),
        }))
    }

    fn template(&self, role: Role) -> Template {
        Template::new(self.validity, role)
    }

    fn name(&self, what: &str) -> Result<DistinguishedName, IssueError> {
        DistinguishedName::parse(&format!("CN={} {what}", self.leaf.name))
            .map_err(|error| IssueError::Encoding { reason: error.to_string() })
    }

    fn root(&self, what: &str) -> Result<Issuing, IssueError> {
        self.self_signed(&self.name(what)?)
    }

    fn self_signed(&self, name: &DistinguishedName) -> Result<Issuing, IssueError> {
        let key = keygen::generate(self.leaf.key)?;
        let template = self.template(Role::Authority { path_length: None });
        let certificate = certificate::self_signed(&key, name, &template)?;
        Issuing::new(key, certificate)
    }

    fn below(
        &self,
        issuer: &Issuing,
        what: &str,
        template: &Template,
    ) -> Result<Issuing, IssueError> {
        let key = keygen::generate(self.leaf.key)?;
        let public = keygen::public_key(&key)?;
        let certificate = issuer.issue(&self.name(what)?, &public, template)?;
        Issuing::new(key, certificate)
    }
}
