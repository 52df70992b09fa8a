//! The forms that a wallet can be handed out in.

use clap::ValueEnum;
use mwallet::consumer::Consumer;
use mwallet::model::format::{Format, Layout};
use std::ffi::OsStr;
use std::path::Path;

/// A form to export to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// A PKCS#12 file
    P12,
    /// A Java key store of the type JKS
    Jks,
    /// A Java key store of the type JCEKS
    Jceks,
    /// Text with certificates and keys, each entry under its alias; with --split a folder of files
    Pem,
    /// One certificate, or with --key-only one key, in bytes
    Der,
    /// A PKCS#7 bundle of certificates, in bytes
    P7b,
    /// An Oracle wallet: a directory with an `ewallet.p12`
    Oracle,
    /// The `ewallet.pem` of Oracle's thin drivers
    EwalletPem,
    /// The manifest of a Kubernetes Secret
    K8s,
}

impl Form {
    /// The form that a file of this name has; `None` where the ending says nothing.
    pub(crate) fn of_name(path: &Path) -> Option<Self> {
        if path.file_name().is_some_and(|name| name == "ewallet.pem") {
            return Some(Self::EwalletPem);
        }
        if Format::is_java_name(path) {
            return Some(Self::P12);
        }
        if path.extension().is_none_or(OsStr::is_empty) {
            return Some(Self::Oracle);
        }
        match Format::of_name(path)? {
            Format::Pkcs12 => Some(Self::P12),
            Format::Jks => Some(Self::Jks),
            Format::Jceks => Some(Self::Jceks),
            Format::Pem => Some(Self::Pem),
            Format::Certificate => Some(Self::Der),
            Format::Pkcs7 => Some(Self::P7b),
            Format::KubernetesSecret => Some(Self::K8s),
            _ => None,
        }
    }

    /// The form that this program is best given.
    pub(crate) fn of_consumer(consumer: &Consumer) -> Self {
        match consumer.format {
            Format::Pem if consumer.name == "oracledb-thin" => Self::EwalletPem,
            Format::Pem => Self::Pem,
            Format::Jks => Self::Jks,
            Format::Jceks => Self::Jceks,
            _ if consumer.profile.layout() == Layout::Oracle => Self::Oracle,
            _ => Self::P12,
        }
    }

    /// The name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Every name on the command line.
    pub(crate) fn names() -> String {
        Self::value_variants().iter().map(|form| form.name()).collect::<Vec<_>>().join(", ")
    }

    /// Whether it can be shown on a terminal.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Pem | Self::EwalletPem | Self::K8s)
    }
}

/// A store inside a Secret of Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InnerStore {
    /// PKCS#12
    P12,
    /// JKS
    Jks,
    /// JCEKS
    Jceks,
}

impl InnerStore {
    pub(super) fn format(self) -> Format {
        match self {
            Self::P12 => Format::Pkcs12,
            Self::Jks => Format::Jks,
            Self::Jceks => Format::Jceks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use std::path::Path;

    #[test]
    fn names_tell_forms() {
        for (name, form) in [
            ("a/b.P12", Some(Form::P12)),
            ("x.jks", Some(Form::Jks)),
            ("x.crt", Some(Form::Pem)),
            ("x.cer", Some(Form::Der)),
            ("a.b/wallet", Some(Form::Oracle)),
            ("a/ewallet.pem", Some(Form::EwalletPem)),
            ("x.yml", Some(Form::K8s)),
            ("x.keystore", Some(Form::P12)),
            ("a/cacerts", Some(Form::P12)),
            ("x.doc", None),
        ] {
            assert_eq!(Form::of_name(Path::new(name)), form, "{name}");
        }
    }
}
