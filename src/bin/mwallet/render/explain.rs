//! Explanations of codes and messages.

use crate::render::SCHEMA;
use crate::render::style::Style;
use crate::render::text::wrapped;
use mwallet::explain::{Explanation, Speaker};
use serde::Serialize;
use std::fmt::Write as _;

/// What can be explained, for programs.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    schema: u32,
    explanations: &'a [Explanation],
}

impl<'a> Report<'a> {
    pub(crate) fn of(explanations: &'a [Explanation]) -> Self {
        Self { schema: SCHEMA, explanations }
    }
}

/// One line each, by whose message it is.
pub(crate) fn list(explanations: &[Explanation]) -> String {
    let mut text = String::new();
    let mut speaker = None;
    for one in explanations {
        if speaker.replace(one.speaker) != Some(one.speaker) {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", one.speaker.name());
        }
        let _ = match one.speaker {
            // Where there is no code, the message is the name.
            Speaker::Oracle | Speaker::Orapki if !one.says.is_empty() => {
                writeln!(text, "  {}  {}", one.code, one.says)
            }
            _ => writeln!(text, "  {}", one.code),
        };
    }
    text
}

/// Each explanation in full.
pub(crate) fn details(explanations: &[Explanation], style: Style) -> String {
    let blocks: Vec<String> = explanations.iter().map(|one| detail(one, style)).collect();
    blocks.join("\n")
}

fn detail(one: &Explanation, style: Style) -> String {
    let speaker = format!("({})", one.speaker.name());
    let mut text = format!("{} {}\n", style.bold(&one.code), style.dim(&speaker));
    if !one.says.is_empty() && one.says != one.code {
        let _ = writeln!(text, "  {}", style.dim(&one.says));
    }
    let _ = writeln!(text, "{}\n\nCauses, the most likely first:", wrapped("  ", &one.meaning));
    for (number, cause) in one.causes.iter().enumerate() {
        let _ = writeln!(text, "{}", wrapped(&format!("  {}. ", number + 1), cause));
    }
    text.push_str("\nWhat to run:\n");
    for step in &one.run {
        let _ = writeln!(text, "  {}", style.bold(&step.command));
        if !step.purpose.is_empty() {
            let _ = writeln!(text, "{}", wrapped("      ", &step.purpose));
        }
    }
    // Some advice is a command, which stands above, and no more.
    let is_said =
        |advice: &str| one.run.iter().any(|step| advice == format!("`{}`.", step.command));
    if let Some(advice) = one.advice.as_deref().filter(|advice| !is_said(advice)) {
        let indent = if one.run.is_empty() { "  " } else { "      " };
        let _ = writeln!(text, "{}", wrapped(indent, advice));
    }
    text
}
