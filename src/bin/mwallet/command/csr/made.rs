//! The request or certificate that was made: where it goes, and what is said of it.

use crate::command::csr::{Csr, has_certificate};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::outlet::Outlet;
use crate::render::change::Change;
use crate::render::text::safe;
use mwallet::code::Code;
use mwallet::codec::pem;
use mwallet::hex;
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::key::PublicKey;
use mwallet::model::name::DistinguishedName;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::ops::request;
use mwallet::store::Store;
use std::fmt::Write as _;
use time::OffsetDateTime;

/// What came of it.
pub(super) struct Made {
    pub(super) id: EntryId,
    /// The request, or the certificate that the key has signed itself.
    pub(super) pem: String,
    subject: DistinguishedName,
    key: PublicKey,
    /// Whether the key waits with a certificate that it has signed itself.
    stands_in: bool,
    /// Whether the key got another password than the store.
    pub(super) own_password: bool,
}

impl Csr {
    /// What was made, which a format that holds no requests gives away.
    pub(super) fn made(
        &self,
        store: &mut Store,
        id: EntryId,
        now: OffsetDateTime,
    ) -> Result<Made, Failure> {
        let is_java = store.format().is_java();
        let wallet = &mut store.wallet;
        let certificate = wallet.entry(id).and_then(Entry::certificate);
        if let Some(certificate) = certificate.filter(|_| self.self_signed) {
            return Ok(Made {
                id,
                pem: pem::encode_certificates(&[certificate], false),
                subject: certificate.subject(),
                key: certificate.public_key(),
                stands_in: false,
                own_password: false,
            });
        }
        let stands_in = is_java && certificate.is_none();
        let request = if is_java {
            Some(request::take_request(wallet, id, self.validity(now))?)
        } else {
            request::last_request(wallet, id).cloned()
        };
        let Some(request) = request else {
            return Err(Failure::new(Code::REQUEST_INVALID, "no request was made"));
        };
        Ok(Made {
            id,
            pem: pem::encode_request(&request),
            subject: request.subject().clone(),
            key: request.public_key().clone(),
            stands_in,
            own_password: false,
        })
    }

    pub(super) fn tell(
        &self,
        store: &Store,
        made: &Made,
        outlet: &Outlet<'_>,
        mut change: Change,
        context: &Context,
    ) -> Result<Status, Failure> {
        let (wallet, Made { id, subject, key, .. }) = (&store.wallet, made);
        let alias = shown_aliases(wallet)[id].text.clone();
        let key_id = hex::encode(&key.key_identifier());
        change.fact("alias", alias.as_str());
        change.fact("subject", subject.to_string());
        change.fact("public_key", key.algorithm().to_string());
        change.fact("key_id", key_id.as_str());
        change.fact("pem", made.pem.as_str());
        change.fact("stand_in", made.stands_in);
        change.fact("own_password", made.own_password);
        // The key is safe in the wallet by now; should stdout fail, `show --pem` gives the request.
        let kept = |failure| self.kept(failure, &alias, store.format().is_java(), context);
        let wrote = outlet.tell(made.pem.as_bytes(), &mut change, context).map_err(kept)?;
        let what = if self.self_signed { "certificate" } else { "request" };
        let mut text = format!(
            "{} {what} for {}: {alias}, {}, key id {key_id}\n",
            change.tense("made the", "would make a"),
            if subject.is_empty() {
                "an empty subject, with other names".to_owned()
            } else {
                safe(&subject.to_string())
            },
            key.algorithm(),
            alias = safe(&alias),
        );
        if made.own_password {
            let verb = change.tense("has", "would have");
            let _ = writeln!(
                text,
                "its key {verb} the password that was given for it, not that of the store"
            );
        }
        text += &wrote;
        if made.stands_in {
            let _ = writeln!(
                text,
                "{} holds no requests: {} {} with a self-signed certificate until `mwallet import-user`",
                store.format().name().to_uppercase(),
                safe(&alias),
                change.tense("waits", "would wait"),
            );
        } else if has_certificate(wallet, *id) && !self.self_signed {
            let _ = writeln!(
                text,
                "{} has a certificate: `mwallet import-user --replace` puts the answer in its place",
                safe(&alias)
            );
        }
        outlet.report(&change, &text, context)?;
        Ok(Status::Done)
    }

    /// The wallet is saved and what came of it is not written: where it is all the same.
    fn kept(&self, mut failure: Failure, alias: &str, is_java: bool, context: &Context) -> Failure {
        let command = if is_java && !self.self_signed {
            failure.message += "; the key is in the store";
            let again = hint::command("csr", &self.wallet);
            format!("{again} --reuse-key {}", hint::flag_with("--alias", alias))
        } else {
            failure.message += "; the key and what was made for it are in the wallet";
            let show = hint::with_name(&hint::command("show", &self.wallet), alias);
            hint::with_flags(&show, "--pem")
        };
        failure.hinting(context.typed().with_passwords(&command))
    }
}
