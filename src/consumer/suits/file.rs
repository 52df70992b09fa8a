//! Whether the consumer can open the file and read what lies open in it.

use crate::chain::{Finding, Severity};
use crate::code::Code;
use crate::consumer::readers;
use crate::consumer::suits::Checks;
use crate::model::entry::EntryKind;
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::terminal::{flag_with, quoted_path};
use std::path::Path;

impl Checks<'_> {
    /// Whether the consumer reads the file.
    pub(super) fn file(&self) -> Vec<Finding> {
        let Checks { consumer, subject, .. } = self;
        let format = subject.origin.format();
        if !consumer.reads.contains(&format) {
            let message =
                format!("{} reads {}, and this is {format}", consumer.name, consumer.reads_names());
            return vec![
                self.unreadable(Severity::Error, message).evidence("format", format.name()),
            ];
        }
        // Of an auto-login file only its own form matters; the table of PKCS#12 has its contents.
        let Some(wanted) = consumer.reader.filter(|_| format == Format::Pkcs12) else {
            return Vec::new();
        };
        let verdict = readers(subject.origin, subject.wallet)
            .into_iter()
            .find(|verdict| verdict.name == wanted);
        let Some(verdict) = verdict else { return Vec::new() };
        let name = consumer.name;
        let (severity, message) = match (verdict.reads, verdict.why.as_str()) {
            (Some(true), "") => return Vec::new(),
            (Some(true), why) => (Severity::Warning, format!("{name} {why}")),
            (Some(false), why) => (Severity::Error, format!("{name} cannot read it: {why}")),
            (None, why) => (Severity::Warning, format!("whether {name} reads it is {why}")),
        };
        vec![self.unreadable(severity, message).evidence("reader", wanted)]
    }

    /// The consumer does not take the password of a PKCS#12 file, whatever it is used for in it.
    pub(super) fn password(&self) -> Option<Finding> {
        let Checks { consumer, subject, .. } = self;
        let is_used = subject.origin.format() == Format::Pkcs12 && subject.origin.is_protected();
        let password = subject.password.filter(|_| is_used)?;
        let by_pkcs12 = subject.origin.profile().is_some_and(Profile::encrypts_by_pkcs12);
        let is_misread = by_pkcs12 && consumer.is_java() && !password.is_printable_ascii();
        (is_misread || !consumer.takes_password(password)).then(|| {
            let message =
                format!("{} cannot open it: the password is not of printable ASCII", consumer.name);
            self.unreadable(Severity::Error, message)
                .repair(format!("mwallet passwd {}", quoted_path(subject.path)))
        })
    }

    pub(super) fn auto_login(&self) -> Option<Finding> {
        let name = self.consumer.name;
        (!self.subject.auto_login).then(|| {
            self.unreadable(
                Severity::Error,
                format!("the wallet has no auto-login file, and {name} has no password"),
            )
            .repair(format!("mwallet autologin on {}", quoted_path(self.subject.path)))
        })
    }

    pub(super) fn layout(&self) -> Option<Finding> {
        (self.subject.origin.layout() == Some(Layout::Portable)).then(|| {
            let name = self.consumer.name;
            let message =
                format!("the file is not in Oracle's layout; {name} may fail with ORA-29106");
            self.unreadable(Severity::Warning, message)
        })
    }

    /// Of several keys in a PEM file the first is taken, and its peers get everybody's certificates.
    pub(super) fn several_keys(&self) -> Option<Finding> {
        let Checks { consumer, subject, .. } = self;
        if subject.is_folder || !consumer.takes_one_key(subject.origin.format()) {
            return None;
        }
        let aliases = self.keys();
        if aliases.len() < 2 {
            return None;
        }
        let message = format!(
            "{} takes one key from a PEM file, and this holds {}: {}",
            consumer.name,
            aliases.len(),
            aliases.join(", ")
        );
        Some(self.unreadable(Severity::Error, message))
    }

    /// The aliases of the entries with a key.
    pub(super) fn keys(&self) -> Vec<&str> {
        let has_key =
            |kind: &EntryKind| matches!(kind, EntryKind::PrivateKey(_) | EntryKind::Request(_));
        let keys = self.subject.wallet.entries().iter().filter(|entry| has_key(&entry.kind));
        keys.map(|entry| self.alias(entry.id())).collect()
    }

    /// The command that writes what the consumer reads; of several keys the first, where it takes one.
    pub(super) fn conversion(&self) -> String {
        let Checks { consumer, subject, .. } = self;
        let target = consumer.beside(Path::new(subject.path));
        let command = consumer.conversion(subject.path, target);
        match self.keys()[..] {
            [first, _, ..] if consumer.takes_one_key(consumer.format) => {
                format!("{command} {}", flag_with("--alias", first))
            }
            _ => command,
        }
    }

    pub(super) fn unreadable(&self, severity: Severity, message: String) -> Finding {
        Finding::new(Code::PROFILE_UNREADABLE_BY_CONSUMER, severity, message)
            .evidence("consumer", self.consumer.name)
            .repair(self.conversion())
    }
}
