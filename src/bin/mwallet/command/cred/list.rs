use crate::app::exit_codes;
use crate::command::cred::facts;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::OpenFlags;
use crate::render::login::shown;
use crate::render::text::safe;
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::codec::{Keys, Warning};
use mwallet::ops::secret::credential::{self, Credential, Login};
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// List the logins, without their passwords
///
/// Those for connect strings have the number that their three values have in common.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet cred list app-wallet
  mwallet cred list app-wallet --password-env WALLET_PASSWORD --json

", exit_codes!()))]
pub(crate) struct List {
    /// The wallet
    #[arg(value_name = "W")]
    wallet: PathBuf,
    #[command(flatten)]
    open: OpenFlags,
}

/// Its JSON shape.
#[derive(Serialize)]
struct Report {
    schema: u32,
    path: String,
    credentials: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    number: Option<u32>,
    #[serde(flatten)]
    login: Map<String, Value>,
    user: Option<String>,
    complete: bool,
}

impl List {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let store = self.open.read(&self.wallet, Keys::Leave, context)?.store;
        let credentials = credential::list(&store.wallet);
        let found: Vec<Warning> = credentials.iter().filter_map(Credential::warning).collect();
        context.warn(&found);
        if context.json {
            let report = Report {
                schema: SCHEMA,
                path: self.wallet.to_string_lossy().into_owned(),
                credentials: credentials.iter().map(line).collect(),
            };
            context.data(&render::json(&report, context))?;
            return Ok(Status::Done);
        }
        let mut lines: String = credentials.iter().map(text).collect();
        if credentials.is_empty() {
            "no credentials\n".clone_into(&mut lines);
        }
        context.data(lines.as_bytes())?;
        Ok(Status::Done)
    }
}

/// `1: connect user`, `default: user`, `map key: user`.
fn text(credential: &Credential) -> String {
    let user = credential.user.as_deref().map_or_else(|| "(no user)".to_owned(), safe);
    match (&credential.login, credential.number) {
        (Some(login), Some(number)) => format!("{number}: {} {user}\n", shown(login)),
        (Some(Login::Default), None) => format!("default: {user}\n"),
        (Some(login), None) => format!("{}: {user}\n", shown(login)),
        (None, number) => format!("{}: (no connect string) {user}\n", number.unwrap_or_default()),
    }
}

fn line(credential: &Credential) -> Line {
    Line {
        number: credential.number,
        login: facts(credential.login.as_ref()),
        user: credential.user.clone(),
        complete: credential.is_complete(),
    }
}
