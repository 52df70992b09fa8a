//! The flags of `export` and `convert`.

use crate::command::export::form::InnerStore;
use crate::open::OpenFlags;
use crate::password::{OutPassword, WeakPassword};
use crate::value;
use clap::Args;
use mwallet::consumer::Consumer;
use mwallet::model::profile::Profile;
use mwallet::ops::export::Parts;

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ExportFlags {
    /// What this program reads: java8, tomcat, nginx; see `mwallet help consumers`
    #[arg(
        long = "for",
        id = "consumer",
        value_name = "CONSUMER",
        value_parser = value::consumer,
        conflicts_with = "profile"
    )]
    pub(crate) consumer: Option<Consumer>,
    /// Only this entry
    #[arg(long, value_name = "A")]
    pub(super) alias: Option<String>,
    /// How to protect what is written: see `mwallet help profiles`
    #[arg(long, value_name = "P", value_parser = value::profile)]
    pub(super) profile: Option<Profile>,
    /// Iterations of every key derivation
    #[arg(long, value_name = "N", value_parser = value::iterations)]
    pub(super) iterations: Option<u32>,
    /// Only the trusted certificates
    #[arg(long, group = "parts")]
    pub(super) trust_only: bool,
    /// The certificates without the keys
    #[arg(long, group = "parts")]
    pub(super) no_key: bool,
    /// The keys without the certificates
    #[arg(long, group = "parts")]
    pub(super) key_only: bool,
    /// As a folder of PEM files: cert, chain, fullchain, key and truststore for each alias
    #[arg(long)]
    pub(super) split: bool,
    /// With --to k8s: put a store of this type into the Secret instead of PEM
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(super) store: Option<InnerStore>,
    /// With --to k8s: the name of the Secret, instead of the alias
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// With --to k8s: the namespace of the Secret
    #[arg(long, value_name = "NS")]
    pub(super) namespace: Option<String>,
    /// Leave out what the form cannot carry
    #[arg(long)]
    pub(super) allow_loss: bool,
    /// Overwrite what is there; of a file with keys or secrets that are not written a copy stays beside it:
    /// FILE.kept, or with -2 and so on behind; `mv FILE.kept FILE` puts it back. A folder of --split
    /// stays as DIR.kept; put the new one aside first to give it its name back. Loose certificates
    /// never take the place of a file that may hold keys
    #[arg(long)]
    pub(super) force: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) open: OpenFlags,
    #[command(flatten)]
    pub(super) out_password: OutPassword,
    #[command(flatten)]
    pub(super) weak_password: WeakPassword,
}

impl ExportFlags {
    /// Whether a folder of files is wanted.
    pub(crate) fn wants_split(&self) -> bool {
        self.split
    }

    /// What of the entries is wanted.
    pub(super) fn parts(&self) -> Parts {
        match (self.trust_only, self.no_key, self.key_only) {
            (true, _, _) => Parts::Trusted,
            (_, true, _) => Parts::Certificates,
            (_, _, true) => Parts::Keys,
            _ => Parts::All,
        }
    }
}
