use crate::app;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::old_tool::Tool;
use crate::render::consumer;
use crate::topic::{PKI_FILE_EXAMPLE, TOPICS};
use clap::Args;
use mwallet::code::Code;
use mwallet::pki::bad::{PRESETS, Preset};

/// Explain a verb or a topic: passwords, exit-codes, formats, profiles, consumers, pki-file, orapki, mkstore, keytool, topics
#[derive(Args, Debug)]
#[command(after_long_help = "\
EXAMPLES:
  mwallet help csr
  mwallet help cred set
  mwallet help passwords

EXIT CODES:
  0 done               2 no such verb or topic")]
pub(crate) struct Help {
    /// A verb or a topic; a verb of a verb behind it
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

impl Help {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        context.data(self.text()?.as_bytes())?;
        Ok(Status::Done)
    }

    fn text(&self) -> Result<String, Failure> {
        let mut app = app::command();
        if self.topic == ["topics"] {
            return Ok(TOPICS.iter().fold(String::new(), |list, (name, about, _)| {
                list + &format!("{name:<12} {about}\n")
            }));
        }
        if let [topic] = &self.topic[..]
            && let Some((name, _, text)) = TOPICS.iter().find(|(name, _, _)| name == topic)
        {
            return Ok(match *name {
                "consumers" => consumer::list() + text,
                "pki-file" => (*text).to_owned() + &presets() + PKI_FILE_EXAMPLE,
                name => Tool::named(name).map_or_else(|| (*text).to_owned(), Tool::help),
            });
        }
        let verb =
            self.topic.iter().try_fold(&mut app, |verb, name| verb.find_subcommand_mut(name));
        if let Some(verb) = verb {
            return Ok(verb.render_long_help().to_string());
        }
        let wanted = self.topic.join(" ");
        let topics: Vec<_> =
            TOPICS.iter().map(|(name, about, _)| format!("{name} ({about})")).collect();
        Err(Failure::new(
            Code::USAGE,
            format!("'{wanted}' is neither a verb nor one of the topics {}", topics.join(", ")),
        )
        .hinting("mwallet help".to_owned()))
    }
}

/// What `bad` can say, with the finding that it is made for.
fn presets() -> String {
    PRESETS.iter().fold(String::new(), |list, preset| {
        let Preset { name, change, reason, needs, .. } = preset;
        let line = format!("  {name:<20}  {change}: {reason}\n");
        let needs =
            if needs.is_empty() { String::new() } else { format!("{:24}needs {needs}\n", "") };
        list + &line + &needs
    })
}
