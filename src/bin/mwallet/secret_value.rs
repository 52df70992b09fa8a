//! The value that is to be stored: from a prompt, stdin, a file or a variable. Never an argument.

use crate::context::Context;
use crate::failure::Failure;
use crate::open::{OpenFlags, Opened};
use crate::password::{Source, Wanted};
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Keys, Warning};
use mwallet::model::format::Layout;
use mwallet::model::wallet::Wallet;
use mwallet::ops::OpsError;
use mwallet::secret::SecretBytes;
use mwallet::store::Store;
use mwallet::store::dir::Location;
use serde::Serialize;
use serde_json::{Map, Value};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The flags that give a value.
#[derive(Args, Clone, Debug)]
#[group(id = "value-source", multiple = false)]
pub(crate) struct ValueFlags {
    /// Read the value from stdin
    #[arg(long = "value-stdin")]
    stdin: bool,
    /// Read the value from a file
    #[arg(long = "value-file", value_name = "F")]
    file: Option<PathBuf>,
    /// Take the value from this environment variable
    #[arg(long = "value-env", value_name = "VAR")]
    variable: Option<OsString>,
}

impl ValueFlags {
    fn source(&self) -> Option<Source> {
        self.stdin
            .then_some(Source::Stdin)
            .or_else(|| self.file.clone().map(Source::File))
            .or_else(|| self.variable.clone().map(Source::Variable))
    }

    /// Opens the wallet to change it, and gets the value: from its flag, else from whoever sits at
    /// the terminal, who is asked when the wallet has opened once and is one to `accept`, and while nothing is
    /// locked.
    pub(crate) fn with_wallet(
        &self,
        of: &str,
        path: &Path,
        open: &OpenFlags,
        accept: impl Fn(&Wallet) -> Result<(), OpsError>,
        context: &Context,
    ) -> Result<(Opened, SecretBytes), Failure> {
        let accepted = |opened: &Opened| {
            accept(&opened.store.wallet).map_err(|it| Failure::from(it).about(path))
        };
        let wanted = Wanted { prefix: "", noun: "value" };
        let given = self.source().map(|source| source.read(&wanted, context)).transpose()?;
        if given.is_none() && !context.can_ask() {
            let message = format!(
                "a value for {of} is needed: give it with --value-stdin, --value-file or --value-env"
            );
            return Err(Failure::new(Code::INPUT_REQUIRED, message));
        }
        let opened = open.fill(path, Keys::Leave, context)?;
        accepted(&opened)?;
        let (value, opened) = opened.asking(
            given.is_none(),
            |_| given.map_or_else(|| context.ask_new_password(&format!("value of {of}")), Ok),
            |secrets| secrets.edit(path, Keys::Leave, context),
        )?;
        // While somebody was asked, others may have changed it.
        accepted(&opened)?;
        Ok((opened, SecretBytes::from(value.as_str().as_bytes())))
    }
}

/// What `get` prints besides the value, as JSON.
#[derive(Serialize)]
pub(crate) struct ValueReport {
    schema: u32,
    path: String,
    #[serde(flatten)]
    facts: Map<String, Value>,
}

impl ValueReport {
    pub(crate) fn new(path: &Path, facts: Map<String, Value>) -> Self {
        Self { schema: SCHEMA, path: path.to_string_lossy().into_owned(), facts }
    }
}

/// Prints a value and a line end; as JSON in the member `value` of the report.
pub(crate) fn print_value(
    report: &ValueReport,
    value: &SecretBytes,
    context: &Context,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct WithValue<'a> {
        #[serde(flatten)]
        report: &'a ValueReport,
        value: &'a str,
    }
    if context.json {
        let value = std::str::from_utf8(value).expect("the secret store holds UTF8Strings");
        context.data(&render::json(&WithValue { report, value }, context))
    } else {
        context.data(value)?;
        context.data(b"\n")
    }
}

/// That Java reads nothing of a PKCS#12 file with secrets, where the file is one for it.
pub(crate) fn java_warning(store: &Store) -> Option<Warning> {
    // In a wallet directory the first save gives the file Oracle's layout.
    let is_file = matches!(store.location(), Location::File(_));
    let is_portable = is_file && store.layout() == Some(Layout::Portable);
    is_portable.then(|| java_opens_nothing(store.path()))
}

/// That Java reads nothing of this PKCS#12 file, which has secrets.
pub(crate) fn java_opens_nothing(path: &Path) -> Warning {
    let path = path.display();
    let message = format!("{path}: Java opens nothing of a PKCS#12 file with a secret store in it");
    Warning { code: Code::SECRET_UNREADABLE, message }
}
