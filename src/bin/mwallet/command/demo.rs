mod authority;

use crate::app::{self, exit_codes};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::render::SCHEMA;
use crate::render::style::Style;
use crate::{hint, render};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::{Opening, bundle, pem};
use mwallet::crypto::random;
use mwallet::hex;
use mwallet::store::file::{self, Existing, MODE_PRIVATE, NewDirectory};
use serde::Serialize;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Run the whole main job in a scratch folder, and show it
///
/// Makes a wallet, asks for a certificate, has a throw-away CA sign it, imports the answer and the CA,
/// checks the chain, and hands the wallet to other programs. Prints each command, and leaves the folder
/// for you to look at.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet demo
  mwallet demo --dir my-demo

", exit_codes!()))]
pub(crate) struct Demo {
    /// The folder to make; one below the system's folder for temporary files without it
    #[arg(long, value_name = "F")]
    dir: Option<PathBuf>,
}

/// The folder's files.
const WALLET_PASSWORD: &str = "password.txt";
const EXPORT_PASSWORD: &str = "export-password.txt";
const REQUEST: &str = "app.csr";
const REPLY: &str = "reply.pem";
const ROOT: &str = "demo-root.pem";

/// What a user would type, up to the moment when the CA has to sign.
const BEFORE: &[&str] = &[
    "create app-wallet --password-file password.txt",
    "csr app-wallet --dn CN=app.demo.example,O=Demo --san dns:app.demo.example --eku client,server \
     --key ec:p256 --alias app --out app.csr --password-file password.txt",
];

/// And after it.
const AFTER: &[&str] = &[
    "add-trusted app-wallet demo-root.pem --password-file password.txt",
    "import-user app-wallet reply.pem --password-file password.txt",
    "list app-wallet --password-file password.txt",
    "check app-wallet --password-file password.txt",
    "export app-wallet --to p12 --out app.p12 --password-file password.txt \
     --out-password-file export-password.txt",
    "export app-wallet --to pem --alias app --out app.pem --password-file password.txt \
     --out-password-file export-password.txt",
    "list app.p12 --password-file export-password.txt",
];

#[derive(Serialize)]
struct Report {
    schema: u32,
    folder: String,
    commands: Vec<String>,
}

impl Demo {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let folder = self.folder(context)?;
        let stage = Stage { context, style: Style::new(context.colors_data()) };
        stage.say(&format!("# everything happens in {}", folder.display()))?;
        stage.show(&format!("cd {}", hint::quoted_path(&folder)))?;
        context.enter(&folder)?;
        for name in [WALLET_PASSWORD, EXPORT_PASSWORD] {
            let password = format!("demo-{}\n", hex::encode(&random::bytes(8)?));
            file::write_new(Path::new(name), password.as_bytes(), MODE_PRIVATE, Existing::Refuse)?;
        }
        stage.say(&format!("# two passwords are in {WALLET_PASSWORD} and {EXPORT_PASSWORD}"))?;
        for line in BEFORE {
            stage.run(line)?;
        }
        sign(context)?;
        stage.say("")?;
        stage.say(&format!(
            "# a throw-away CA signs {REQUEST}: its answer is {REPLY}, its root {ROOT}"
        ))?;
        for line in AFTER {
            stage.run(line)?;
        }
        stage.say("")?;
        stage.say(&format!("# done; the folder stays for you to look at: {}", folder.display()))?;
        if context.json {
            context.data(&render::json(
                &Report {
                    schema: SCHEMA,
                    folder: folder.to_string_lossy().into_owned(),
                    commands: BEFORE
                        .iter()
                        .chain(AFTER)
                        .map(|line| format!("mwallet {line}"))
                        .collect(),
                },
                context,
            ))?;
        }
        Ok(Status::Done)
    }

    fn folder(&self, context: &Context) -> Result<PathBuf, Failure> {
        let folder = match &self.dir {
            Some(folder) => folder.clone(),
            None => context
                .scratch_folder()
                .join(format!("mwallet-demo-{}", hex::encode(&random::bytes(6)?))),
        };
        let made = NewDirectory::make(&folder).map_err(|error| {
            let code = error.code();
            if code != Code::WOULD_OVERWRITE {
                return Failure::from(error);
            }
            let message = format!(
                "{}: exists, and the demo wants a folder of its own: name another with --dir",
                folder.display()
            );
            Failure::new(code, message)
                .in_wallet(&folder)
                .hinting("mwallet demo".to_owned())
                .final_word()
        })?;
        made.keep();
        Ok(folder)
    }
}

/// What the CA does: it checks the request, signs it, and sends the certificate with its own.
fn sign(context: &Context) -> Result<(), Failure> {
    let bytes = file::read(Path::new(REQUEST))?;
    let found = bundle::read(&bytes, &Opening::with(None))?;
    let request = found
        .requests
        .first()
        .ok_or_else(|| Failure::new(Code::BUNDLE_EMPTY, "the demo's request is not there"))?;
    let answer = authority::answer(request, context.now())?;
    let answer: Vec<_> = answer.iter().collect();
    let (reply, root) = answer.split_at(answer.len() - 1);
    for (name, certificates) in [(REPLY, reply), (ROOT, root)] {
        let pem = pem::encode_certificates(certificates, true);
        file::write_new(Path::new(name), pem.as_bytes(), MODE_PRIVATE, Existing::Refuse)?;
    }
    Ok(())
}

/// Where the commands are played.
struct Stage<'a> {
    context: &'a Context,
    style: Style,
}

impl Stage<'_> {
    fn say(&self, text: &str) -> Result<(), Failure> {
        if self.context.json {
            return Ok(());
        }
        self.context.report(&(self.style.dim(text) + "\n"))
    }

    fn show(&self, line: &str) -> Result<(), Failure> {
        self.say("")?;
        if self.context.json {
            return Ok(());
        }
        self.context.report(&format!("{}\n", self.style.bold(&format!("$ {line}"))))
    }

    /// Shows a command, and runs it as the program itself would.
    fn run(&self, line: &str) -> Result<(), Failure> {
        self.show(&format!("mwallet {line}"))?;
        let arguments: Vec<_> = std::iter::once("mwallet")
            .chain(line.split_whitespace())
            .map(|word| OsStr::new(word).to_owned())
            .collect();
        let app = app::parse(&arguments).map_err(|error| Failure::of_command_line(&error))?;
        let played = self.context.played(arguments);
        match app.verb.run(&played)? {
            Status::Done => Ok(()),
            Status::Findings => {
                Err(Failure::new(Code::VERIFY_FAILED, "the demo's own wallet has findings"))
            }
        }
    }
}
