//! The consumers for people.

use mwallet::consumer::{CONSUMERS, Consumer};
use mwallet::model::format::Format;
use std::fmt::Write as _;

/// Every consumer: what it is, what it reads, what is written for it, what it wants.
pub(crate) fn list() -> String {
    let mut text = String::new();
    for consumer in CONSUMERS {
        let reads: Vec<_> = consumer.reads.iter().map(|format| format.name()).collect();
        let _ = writeln!(text, "{:<16} {}", consumer.name, consumer.about);
        let _ = writeln!(text, "  reads  {}", reads.join(", "));
        let _ = writeln!(text, "  gets   {}", written(consumer));
        for rule in consumer.rules {
            let _ = writeln!(text, "  {}", rule.text());
        }
        text.push('\n');
    }
    text
}

fn written(consumer: &Consumer) -> String {
    match consumer.format {
        Format::Pkcs12 => format!("pkcs12 in the profile {}", consumer.profile),
        format => format.name().to_owned(),
    }
}
