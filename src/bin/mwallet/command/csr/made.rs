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
use mwallet::model::request::CertificateRequest;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::store::Store;
use std::ffi::OsStr;
use std::fmt::Write as _;

/// What came of it.
pub(super) struct Made {
    pub(super) id: EntryId,
    /// The request; `None` with --self-signed.
    pub(super) request: Option<CertificateRequest>,
    /// Whether the key waits with a certificate that it has signed itself.
    pub(super) stands_in: bool,
    /// Whether the key got another password than the store.
    pub(super) own_password: bool,
}

impl Csr {
    pub(super) fn tell(
        &self,
        store: &Store,
        made: &Made,
        mut change: Change,
        context: &Context,
    ) -> Result<Status, Failure> {
        let (wallet, id) = (&store.wallet, made.id);
        let alias = shown_aliases(wallet)[&id].text.clone();
        let certificate =
            wallet.entry(id).and_then(Entry::certificate).filter(|_| self.self_signed);
        let (pem, subject, key) = match (certificate, &made.request) {
            (Some(certificate), _) => (
                pem::encode_certificates(&[certificate], false),
                certificate.subject(),
                certificate.public_key(),
            ),
            (None, Some(request)) => (
                pem::encode_request(request),
                request.subject().clone(),
                request.public_key().clone(),
            ),
            (None, None) => return Err(Failure::new(Code::REQUEST_INVALID, "no request was made")),
        };
        let key_id = hex::encode(&key.key_identifier());
        change.fact("alias", alias.as_str());
        change.fact("subject", subject.to_string());
        change.fact("public_key", key.algorithm().to_string());
        change.fact("key_id", key_id.as_str());
        change.fact("pem", pem.as_str());
        change.fact("stand_in", made.stands_in);
        change.fact("own_password", made.own_password);
        // The key is safe in the wallet by now; should this fail, `show --pem` gives the request.
        let kept = |failure| self.kept(failure, &alias, store.format().is_java());
        let outlet = Outlet::new(self.out.as_deref(), self.force, self.dry_run);
        let wrote = outlet.write(pem.as_bytes(), &mut change, context).map_err(kept)?;
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
        } else if has_certificate(wallet, id) && !self.self_signed {
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
    fn kept(&self, mut failure: Failure, alias: &str, is_java: bool) -> Failure {
        let alias = hint::quoted(OsStr::new(alias));
        if is_java && !self.self_signed {
            failure.message += "; the key is in the store";
            let again = hint::command("csr", &self.wallet);
            return failure.hinting(format!("{again} --reuse-key --alias {alias}"));
        }
        failure.message += "; the key and what was made for it are in the wallet";
        let show = hint::command("show", &self.wallet);
        failure.hinting(format!("{show} {alias} --pem"))
    }
}
