//! Bags made new: what a part of the wallet says, in DER, and encrypted where it is a key.

use crate::codec::CodecError;
use crate::codec::pkcs12::bag::{Bag, BagType};
use crate::codec::pkcs12::java_trust;
use crate::codec::pkcs12::key_request;
use crate::codec::pkcs12::part::{Content, Part, Value};
use crate::codec::pkcs12::pfx::{oid_der, wrap};
use crate::codec::pkcs12::profile::Schemes;
use crate::codec::pkcs12::safe::Kept;
use crate::codec::pkcs12::secret_bag;
use crate::codec::pkcs12::write::Writer;
use crate::crypto::kdf::Passphrase;
use crate::crypto::pbe::Scheme;
use crate::crypto::pkcs8;
use crate::model::alias::Alias;
use crate::model::entry::{OpaqueEntry, SealedContent};
use crate::model::format::Layout;
use crate::model::key::{KeyMaterial, PrivateKey};
use crate::model::shown_alias::shown_aliases;
use crate::oid;
use crate::parallel;
use crate::secret::{Password, SecretBytes};
use crate::tlv::{CONTEXT_0, OCTET_STRING, SEQUENCE};

impl Writer<'_> {
    /// A bag made new; an `old` one lends its value where that did not change.
    pub(super) fn bag(
        &self,
        content: &Content<'_>,
        old: Option<Kept<'_>>,
    ) -> Result<SecretBytes, CodecError> {
        let (id, value) = match content.value {
            Value::Opaque(opaque) => return self.opaque(content, opaque, old),
            Value::Key(key) => self.key_value(content, key, old)?,
            Value::Certificate(certificate, _) => {
                let octets = wrap(OCTET_STRING, &[certificate.der()]);
                let value = wrap(
                    SEQUENCE,
                    &[&oid_der(oid::X509_CERTIFICATE), &wrap(CONTEXT_0, &[&octets])],
                );
                (oid::CERT_BAG, value)
            }
            Value::Request(request) => (oid::SECRET_BAG, secret_bag::write_request(request)),
            Value::Secret(secret) => (oid::SECRET_BAG, secret_bag::write_secret(secret)),
        };
        let mut attributes = content.attributes.to_vec();
        attributes.extend(content.request.map(key_request::write));
        let trusted = matches!(content.part, Part::Trusted(_)) && self.layout == Layout::Portable;
        // Another name is no reason for Java to trust what it did not.
        if trusted && !java_trust::is_marked(&attributes) && !self.is_value_said(content) {
            attributes.push(java_trust::mark());
        }
        let name = content.alias.map(Alias::as_str);
        let local_key_id = self.local_key_ids.get(&content.part).map(Vec::as_slice);
        Ok(Bag::write(id, &value, name, local_key_id, &attributes))
    }

    /// A bag that is not understood, with what is sealed in it sealed anew: Java opens its secret keys
    /// with the password of the store.
    fn opaque(
        &self,
        content: &Content<'_>,
        opaque: &OpaqueEntry,
        old: Option<Kept<'_>>,
    ) -> Result<SecretBytes, CodecError> {
        if old.is_some() && !self.reseal {
            return Ok(opaque.raw.clone());
        }
        let plain = match &opaque.sealed {
            SealedContent::Nothing => return Ok(opaque.raw.clone()),
            SealedContent::Closed(refusal) => {
                let alias = self.alias(&content.part);
                return Err(CodecError::KeyLocked { alias, refusal: *refusal });
            }
            SealedContent::Open(plain) => plain,
        };
        let Schemes { contents, keys, mac } = &self.schemes;
        if contents.is_none() && keys.is_none() && mac.is_none() {
            let what = "a secret key without a password".to_owned();
            return Err(CodecError::FormatUnsupported { what, verb: "written" });
        }
        let bag = Bag::read(&opaque.raw)?;
        let before = secret_bag::read_sealed_key(bag.value).unwrap_or_default();
        let scheme = match keys {
            Some(scheme) => scheme.fresh(None)?,
            None => pkcs8::scheme(before)?.fresh(None)?,
        };
        let passphrase = self.tried_passphrase()?;
        let encrypted = pkcs8::encrypt(plain, &scheme, passphrase, &self.budget)?;
        let value = secret_bag::write_sealed_key(&encrypted);
        let (name, id) = (bag.friendly_name.as_ref().map(Alias::as_str), bag.local_key_id);
        Ok(Bag::write(oid::SECRET_BAG, &value, name, id, &bag.attributes()))
    }

    /// A key's value: as it was, or encrypted with the scheme for keys, or open.
    fn key_value(
        &self,
        content: &Content<'_>,
        key: &KeyMaterial,
        old: Option<Kept<'_>>,
    ) -> Result<(oid::ObjectIdentifier, SecretBytes), CodecError> {
        if let Some(old) = old.filter(|_| !self.is_sealed_anew(content)) {
            let id = match old.kind {
                BagType::Key => oid::KEY_BAG,
                _ => oid::SHROUDED_KEY_BAG,
            };
            return Ok((id, old.value().into()));
        }
        let key = match key {
            KeyMaterial::Open(key) => key,
            KeyMaterial::Locked(locked) => {
                // The protectors of other formats are nothing that PKCS#12 knows.
                let is_pkcs8 = pkcs8::scheme(&locked.raw).is_ok();
                let stays = !self.reseal && self.renewed(&content.part).is_none() && is_pkcs8;
                if stays && self.layout == Layout::Portable {
                    return Ok((oid::SHROUDED_KEY_BAG, locked.raw.as_slice().into()));
                }
                let alias = self.alias(&content.part);
                return Err(CodecError::KeyLocked { alias, refusal: locked.refusal });
            }
        };
        match (&self.schemes.keys, self.sealed.get(&content.part)) {
            (None, _) => Ok((oid::KEY_BAG, key.pkcs8().into())),
            (Some(_), Some(sealed)) => Ok((oid::SHROUDED_KEY_BAG, sealed.clone())),
            (Some(scheme), None) => {
                Ok((oid::SHROUDED_KEY_BAG, self.seal(&content.part, key, scheme)?))
            }
        }
    }

    fn seal(
        &self,
        part: &Part,
        key: &PrivateKey,
        scheme: &Scheme,
    ) -> Result<SecretBytes, CodecError> {
        let scheme = scheme.fresh(None)?;
        let own = self.renewed(part).and_then(Option::as_ref);
        let own = own.map(|password| Passphrase::forms(password).swap_remove(0));
        let passphrase = own.as_ref().map_or_else(|| self.tried_passphrase(), Ok)?;
        let value = pkcs8::encrypt(key.pkcs8(), &scheme, passphrase, &self.budget)?;
        Ok(value.as_slice().into())
    }

    /// Encrypts the keys that have to be encrypted anew side by side, because each takes a derivation of its
    /// own. Does nothing where one is going to be refused: it is when its bag is written.
    ///
    /// # Errors
    ///
    /// What [`pkcs8::encrypt`] says of one of them.
    pub(super) fn seal_ahead(&mut self) -> Result<(), CodecError> {
        let Some(scheme) = &self.schemes.keys else { return Ok(()) };
        let is_closed = |content: &Content<'_>| match content.value {
            Value::Opaque(opaque) => matches!(opaque.sealed, SealedContent::Closed(_)),
            _ => false,
        };
        if self.reseal && self.contents.iter().any(is_closed) {
            return Ok(());
        }
        let anew = self.contents.iter().filter_map(|content| match content.value {
            Value::Key(key) if self.is_sealed_anew(content) => Some((&content.part, key)),
            _ => None,
        });
        let open = anew.map(|(part, key)| Some((part, key.open()?)));
        let Some(open) = open.collect::<Option<Vec<_>>>() else { return Ok(()) };
        // One alone is encrypted beside the derivation for the MAC.
        if open.len() < 2 || !self.budget.may_be_ahead() || self.tried_passphrase().is_err() {
            return Ok(());
        }
        let sealed = parallel::map(&open, |(part, key)| {
            Ok::<_, CodecError>(((*part).clone(), self.seal(part, key, scheme)?))
        });
        self.sealed = sealed.into_iter().collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Whether a key cannot stay as the file has it. One that was locked there and is open now cannot: nobody may
    /// know what opens the old bag.
    pub(super) fn is_sealed_anew(&self, content: &Content<'_>) -> bool {
        self.reseal || self.renewed(&content.part).is_some() || !self.is_value_said(content)
    }

    /// Whether the bag of the part holds this already, whatever it is called.
    fn is_value_said(&self, content: &Content<'_>) -> bool {
        self.said.get(&content.part).is_some_and(|said| said.has_value_of(content))
    }

    /// Whether the part is a key to encrypt anew, and with which password of its own.
    pub(super) fn renewed(&self, part: &Part) -> Option<&Option<Password>> {
        let Part::Key(id) = part else { return None };
        self.renewed?.get(id)
    }

    fn alias(&self, part: &Part) -> String {
        let (Part::Key(id) | Part::Leaf(id) | Part::Opaque(id)) = part else {
            return String::new();
        };
        shown_aliases(self.wallet)[id].text.clone()
    }
}

/// Whether the value is encrypted on its own.
pub(super) fn is_sealed(value: Value<'_>) -> bool {
    match value {
        Value::Key(_) => true,
        Value::Opaque(opaque) => !matches!(opaque.sealed, SealedContent::Nothing),
        Value::Certificate(..) | Value::Request(_) | Value::Secret(_) => false,
    }
}
