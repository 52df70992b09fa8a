use crate::app::exit_codes;
use crate::command::pki::File;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::render::text::safe;
use crate::render::{self, SCHEMA};
use clap::Args;
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::pki::manifest::Listed;
use mwallet::serve::{Endpoint, Event, Outcome, ServeError, Servers};
use serde::Serialize;
use std::sync::mpsc;
use time::Duration;

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
        let project = self.file.read()?;
        let now = super::now(&project, context);
        let (_, plan) = project.plan(None, now, Duration::ZERO)?;
        let (ground, served) =
            project.servers(&self.names, now).map_err(|error| self.file.not_built(error))?;
        if !plan.is_empty() {
            let message = format!("{}: it is served as it was built", project.out().display());
            context.warn(&[Warning { code: Code::PKI_STALE, message }]);
            context.hint(&hint::command("pki build", &self.file.file));
        }
        let (listed, endpoints): (Vec<Listed>, Vec<Endpoint>) = served
            .into_iter()
            .map(|(listed, exhibit)| {
                let name = listed.name.clone();
                (listed, Endpoint { name, presented: exhibit.presented, key: exhibit.key })
            })
            .unzip();
        let port = (self.port != 0).then_some(self.port);
        let servers = Servers::open(&endpoints, &ground.roots, port)
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
    /// Where a port cannot be had, any that are free will do.
    fn not_opened(&self, error: ServeError, context: &Context) -> Failure {
        let failure = Failure::from(error);
        if failure.code != Code::LISTEN_FAILED || self.port == 0 {
            return failure;
        }
        failure.hinting(context.typed().with_value("--port", "0"))
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
