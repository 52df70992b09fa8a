//! Flags that contradict each other, and those that the form has no use for: what clap cannot tell.

use crate::command::export::{Form, Job};
use crate::context::Context;
use crate::failure::Failure;
use mwallet::code::Code;
use mwallet::consumer::Consumer;
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::ops::export::Parts;

impl Job<'_> {
    /// Fails before anything is opened.
    pub(super) fn require_sense(&self, context: &Context) -> Result<(), Failure> {
        let flags = self.flags;
        let form = self.form;
        let layout = self.profile().layout();
        if flags.out_password.given().is_none() {
            self.rules().require(None, self.flags.weak_password)?;
        }
        let protects_keys =
            matches!(form, Form::Pem | Form::EwalletPem) || form == Form::Der && flags.key_only;
        let for_kubernetes =
            flags.store.is_some() || flags.name.is_some() || flags.namespace.is_some();
        let nonsense = if flags.profile.is_some()
            && self.store_format() != Some(Format::Pkcs12)
            && !protects_keys
        {
            "--profile belongs to PKCS#12, to Oracle wallets, and to keys in PEM and DER"
        } else if protects_keys && !matches!(self.profile(), Profile::Modern | Profile::Compat) {
            "keys in PEM and DER take the profiles modern and compat"
        } else if self.profile() == Profile::JavaTrust && flags.out_password.given().is_sourced() {
            "--profile java-trust encrypts nothing, so it takes no --out-password-*"
        } else if flags.iterations.is_some()
            && !protects_keys
            && !matches!(self.store_format(), Some(Format::Pkcs12 | Format::Jceks))
        {
            "--iterations belongs to PKCS#12, to JCEKS, and to keys in PEM and DER"
        } else if let Some(consumer) = flags.consumer.filter(|consumer| !self.suits(consumer)) {
            let message = format!(
                "{} reads {}, and not the form {}",
                consumer.name,
                consumer.reads_names(),
                form.name()
            );
            return Err(Failure::new(Code::USAGE, message));
        } else if form == Form::Oracle && layout != Layout::Oracle {
            "an Oracle wallet needs one of the profiles oracle-23ai, oracle-12c and oracle-11g"
        } else if form == Form::Oracle && self.out.is_none() {
            "--to oracle makes a directory: say where"
        } else if flags.split && form != Form::Pem {
            "--split goes with --to pem"
        } else if flags.split && self.out.is_none() {
            "--split makes a directory: say where"
        } else if form == Form::EwalletPem && flags.parts() != Parts::All {
            "--to ewallet-pem takes what the drivers need, not a part of it"
        } else if flags.split && matches!(flags.parts(), Parts::Keys | Parts::Certificates) {
            "--split writes keys and certificates into files of their own: --no-key and --key-only do not \
             go with it"
        } else if matches!(form, Form::P7b | Form::K8s) && flags.key_only {
            "the form has no place for a key without its certificate"
        } else if for_kubernetes && form != Form::K8s {
            "--store, --name and --namespace go with --to k8s"
        } else if form == Form::K8s
            && flags.store.is_none()
            && flags.out_password.given().is_sourced()
        {
            "Kubernetes cannot decrypt a key: no --out-password-* without --store"
        } else if context.json && self.out.is_none() {
            "--json needs a file to write: without it stdout has what is exported"
        } else if self.out.is_none() && !form.is_text() && context.shows_data() {
            "bytes on a terminal help nobody: say where to write them"
        } else {
            return Ok(());
        };
        Err(Failure::new(Code::USAGE, nonsense))
    }

    /// Whether a program reads this form. A wallet directory is for those that take Oracle's layout.
    fn suits(&self, consumer: &Consumer) -> bool {
        let is_oracle = consumer.profile.layout() == Layout::Oracle;
        consumer.reads.contains(&self.format()) && (self.form != Form::Oracle || is_oracle)
    }
}
