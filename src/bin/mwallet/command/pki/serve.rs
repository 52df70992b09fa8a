use crate::app::exit_codes;
use crate::command::pki::{FILE, File};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint::{with_flags, with_name};
use crate::render::text::safe;
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::pki::manifest::Listed;
use mwallet::serve::{Endpoint, Event, Outcome, ServeError, Servers};
use mwallet::store::file::{self, Kind};
use mwallet::store::pki::{Project, Served};
use serde::Serialize;
use std::path::Path;
use std::sync::mpsc;

/// Open a TLS server on 127.0.0.1 for each server certificate, the wrong ones too
///
/// Each wants a client certificate, takes any or none, and sends back what it gets; HTTP is answered in
/// HTTP. The ports are printed when all of them listen. Ends with Ctrl-C or SIGTERM; with -v every
/// connection is told.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet pki serve
  mwallet pki serve pki.toml server expired --port 8443
  mwallet pki serve --json > ports.json &

", exit_codes!()))]
pub(crate) struct Serve {
    #[command(flatten)]
    file: File,
    /// Only these servers
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The port of the first server, each further one on the next; else, or with 0, any that are free
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    servers: Vec<ServerReport<'a>>,
}

#[derive(Serialize)]
struct ServerReport<'a> {
    name: &'a str,
    address: String,
    port: u16,
    /// The name that clients call it by.
    host: Option<&'a str>,
    bad: Option<&'a str>,
    reason: Option<&'a str>,
}

impl Serve {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let project = self.file.read().map_err(|failure| self.not_read(failure))?;
        let (roots, served) = project
            .servers(&self.names)
            .map_err(|error| super::not_built(error, &project, context))?;
        warn_of_age(&project, &served, context);
        let (listed, endpoints): (Vec<Listed>, Vec<Endpoint>) = served
            .into_iter()
            .map(|Served { listed, presented, key }| {
                let name = listed.name.clone();
                (listed, Endpoint { name, presented, key })
            })
            .unzip();
        let port = (self.port != 0).then_some(self.port);
        let servers = Servers::open(&endpoints, &roots, port)
            .map_err(|error| self.not_opened(error, context))?;
        drop(endpoints);
        if context.json {
            context.data(&render::json(&report(&servers, &listed), context))?;
        } else {
            context.data(table(&servers, &listed).as_bytes())?;
        }
        let (events, told) = mpsc::channel();
        servers.run(&events);
        drop(events);
        for event in told {
            context.detail(&line(&event));
        }
        Ok(Status::Done)
    }
}

impl Serve {
    /// For who has named a server and no file.
    fn not_read(&self, mut failure: Failure) -> Failure {
        let name = &self.file.file;
        let has_default = matches!(file::kind(Path::new(FILE)), Ok(Some(Kind::File { .. })));
        let is_file = name.extension().is_some_and(|ending| ending == "toml");
        if failure.code != Code::FILE_NOT_FOUND || is_file || !has_default {
            return failure;
        }
        failure.message += "; servers are named behind the file";
        let first = name.to_string_lossy();
        let names = [&*first].into_iter().chain(self.names.iter().map(String::as_str));
        let serve =
            names.fold(format!("mwallet pki serve {FILE}"), |line, name| with_name(&line, name));
        let port = if self.port == 0 { String::new() } else { format!("--port {}", self.port) };
        failure.hinting(with_flags(&serve, &port))
    }

    /// Where a port cannot be had, any that are free will do.
    fn not_opened(&self, error: ServeError, context: &Context) -> Failure {
        let failure = Failure::from(error);
        if failure.code != Code::LISTEN_FAILED || self.port == 0 {
            return failure;
        }
        failure.hinting(context.typed().with_value("--port", "0"))
    }
}

/// Says what is served out of date. What cannot be judged is served all the same.
fn warn_of_age(project: &Project, served: &[Served], context: &Context) {
    let warnings: Vec<Warning> = match project.outdated(served, super::now(project, context)) {
        Ok(outdated) => outdated
            .into_iter()
            .map(|(name, reason)| {
                let message =
                    format!("{name} is out of date: {reason}; it is served as it was built");
                Warning { code: Code::PKI_STALE, message }
            })
            .collect(),
        Err(error) => {
            let message = format!("whether it is out of date cannot be told: {error}");
            vec![Warning { code: error.code(), message }]
        }
    };
    context.warn(&warnings);
    if warnings.iter().any(|warning| warning.code == Code::PKI_STALE) {
        context.hint(&super::build_hint(project, context));
    }
}

fn report<'a>(servers: &'a Servers, listed: &'a [Listed]) -> Report<'a> {
    let servers = servers.addresses().zip(listed).map(|((name, address), listed)| ServerReport {
        name,
        address: address.ip().to_string(),
        port: address.port(),
        host: listed.expected.host.as_deref(),
        bad: listed.bad.as_deref(),
        reason: listed.expected.reason.as_deref(),
    });
    Report { schema: SCHEMA, servers: servers.collect() }
}

fn table(servers: &Servers, listed: &[Listed]) -> String {
    let width = listed.iter().map(|listed| listed.name.len()).max().unwrap_or(0);
    let mut table = String::new();
    for ((name, address), listed) in servers.addresses().zip(listed) {
        let bad = listed.bad.as_deref().unwrap_or_default();
        let line = format!("{name:width$}  {address}  {bad}");
        table.extend([line.trim_end(), "\n"]);
    }
    table
}

fn line(event: &Event) -> String {
    let name = &event.name;
    match &event.outcome {
        Outcome::Answered { client: Some(client), bytes } => {
            format!("{name}: {bytes} bytes from {}", safe(&client.subject))
        }
        Outcome::Answered { client: None, bytes } => {
            format!("{name}: {bytes} bytes, no client certificate")
        }
        Outcome::Broken(reason) => format!("{name}: broken off: {}", safe(reason)),
    }
}
