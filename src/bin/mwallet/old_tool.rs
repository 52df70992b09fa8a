//! The command lines of `orapki`, `mkstore` and `keytool`, answered with those of mwallet.

mod commands;
mod place;
mod typed;
mod value;

use crate::app;
use crate::hint::quoted;
use commands::{KEYTOOL, MKSTORE, ORAPKI, Row};
use place::Placed;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use typed::Typed;
use value::Translated;

/// A program that mwallet takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Orapki,
    Mkstore,
    Keytool,
}

/// A command line of one of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OldLine {
    pub(crate) tool: Tool,
    /// Which of its commands, if one was found.
    pub(crate) command: Option<&'static str>,
    /// Ours for it, with what was typed; else what tells them all.
    pub(crate) hint: String,
    /// Whether a password or a secret stands there.
    pub(crate) has_password: bool,
    /// The flags of ours that take one from a variable.
    pub(crate) variables: Vec<String>,
    /// The flags that the hint says nothing of.
    pub(crate) left_out: Vec<String>,
    /// What the hint says otherwise than the line.
    pub(crate) notes: Vec<String>,
}

/// The groups of orapki's commands; `crl` is a verb of ours, too.
const GROUPS: [&str; 3] = ["wallet", "cert", "secretstore"];

/// Flags whose value is a password.
const PASSWORDS: [&str; 17] = [
    "-pwd",
    "-oldpwd",
    "-newpwd",
    "-new",
    "-password",
    "-secret",
    "-pkcs12pwd",
    "-pvtkeypwd",
    "-jkspwd",
    "-jksKeyStorepwd",
    "-jksTrustStorepwd",
    "-storepass",
    "-keypass",
    "-srcstorepass",
    "-deststorepass",
    "-srckeypass",
    "-destkeypass",
];

/// Those of a key that is read.
const KEY_PASSWORDS: [&str; 3] = ["-pvtkeypwd", "-keypass", "-srckeypass"];

/// Flags that ask for nothing, or for what is so here anyway.
const NEEDLESS: [&str; 10] = [
    "-nologo",
    "-noprompt",
    "-trustcacerts",
    "-complete",
    "-summary",
    "-details",
    "-storetype",
    "-srcstoretype",
    "-deststoretype",
    "-v",
];

/// Commands that keytool still knows under names of Java 5.
const RENAMED: [(&str, &str); 3] =
    [("-genkey", "-genkeypair"), ("-import", "-importcert"), ("-export", "-exportcert")];

/// Flags of orapki that stand before `-cert F`, as if F were theirs.
const OF_CERTIFICATES: [&str; 2] = ["-trusted_cert", "-user_cert"];

/// Where keytool's `-cacerts` is, as a shell finds it.
const CACERTS: &str = r#""$JAVA_HOME/lib/security/cacerts""#;

/// The word for a value that is never taken over.
const PASSWORD: &str = "PASSWORD";

impl Tool {
    pub(crate) const ALL: [Self; 3] = [Self::Orapki, Self::Mkstore, Self::Keytool];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Orapki => "orapki",
            Self::Mkstore => "mkstore",
            Self::Keytool => "keytool",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// The topic that shows all of its commands.
    pub(crate) fn topic(self) -> String {
        format!("mwallet help {}", self.name())
    }

    fn rows(self) -> &'static [Row] {
        match self {
            Self::Orapki => ORAPKI,
            Self::Mkstore => MKSTORE,
            Self::Keytool => KEYTOOL,
        }
    }

    /// The flag for the wallet, where ours has one.
    fn wallet_flag(self, ours: &str) -> Option<&'static str> {
        let has_wallet = ours.split(' ').any(|word| word == "W" || word.starts_with("W/"));
        has_wallet.then_some(match self {
            Self::Orapki => "-wallet",
            Self::Mkstore => "-wrl",
            Self::Keytool => "-keystore",
        })
    }

    /// A row as the tool is told it: `wallet display -wallet W`.
    fn usage(self, (command, options, ours): Row) -> String {
        let wallet = self.wallet_flag(ours).map_or(String::new(), |flag| format!("{flag} W"));
        let wallet = wallet.as_str();
        let words = match self {
            Self::Mkstore => [wallet, command, options],
            Self::Orapki | Self::Keytool => [command, wallet, options],
        };
        words.join(" ").trim().replace("  ", " ")
    }

    /// The words with the name of one of its commands, as its row has it.
    fn command_of(self, words: &[String]) -> Option<&'static str> {
        let commands = self.rows().iter().map(|(command, ..)| *command);
        let has = |command: &str| match self {
            Self::Orapki => {
                let typed: Vec<_> = words.iter().filter(|word| !is_flag(word)).take(2).collect();
                command.split(' ').eq(typed)
            }
            Self::Mkstore | Self::Keytool => words.iter().any(|word| current(word) == command),
        };
        commands.into_iter().find(|command| has(command))
    }

    /// All of its commands, each with ours below it.
    pub(crate) fn help(self) -> String {
        let rows = self.rows().iter().fold(String::new(), |mut help, row| {
            let _ = writeln!(help, "  {}\n      {}", self.usage(*row).replace('=', " "), row.2);
            help
        });
        format!(
            "What {name} is told, and below it what says the same to mwallet. Words in capitals stand for what you\n\
             have; what is in brackets may be missing. mwallet takes no passwords as arguments: it asks, or takes\n\
             them from where a flag says, such as --password-env VAR (mwallet help passwords). A line of {name}\n\
             behind `mwallet` is answered with ours, and nothing is done.\n\n\
             {rows}\nEXAMPLES:\n  mwallet {name} {example}\n",
            name = self.name(),
            example = match self {
                Self::Orapki => "wallet display -wallet app-wallet",
                Self::Mkstore => "-wrl app-wallet -listCredential",
                Self::Keytool => "-list -keystore app.jks",
            },
        )
    }
}

/// The command line as one of another tool, the program's name first; nothing where it is none.
pub(crate) fn of(arguments: &[OsString]) -> Option<OldLine> {
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    // Nothing of theirs begins with two; ours for all verbs may stand there.
    let words: Vec<String> = words.filter(|word| !word.starts_with("--")).collect();
    let first = words.first()?.as_str();
    if let Some(tool) = Tool::named(first) {
        return Some(line(tool, &words[1..]));
    }
    if GROUPS.contains(&first) {
        return Some(line(Tool::Orapki, &words));
    }
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let found =
        |tool: Tool, words: &[String]| tool.command_of(words).is_some().then(|| line(tool, words));
    if first == "crl" {
        return found(Tool::Orapki, &words);
    }
    if has("-wallet") {
        let of_wallet = [&["wallet".to_owned()], &words[..]].concat();
        return found(Tool::Orapki, &of_wallet);
    }
    if has("-wrl") {
        return found(Tool::Mkstore, &words);
    }
    // Both have a -list and a -delete; without its wallet mkstore does nothing.
    is_flag(first)
        .then(|| found(Tool::Keytool, &words).or_else(|| found(Tool::Mkstore, &words)))
        .flatten()
}

/// What is to be said of the words behind the tool's name.
fn line(tool: Tool, words: &[String]) -> OldLine {
    let has_password = words.iter().any(|word| PASSWORDS.contains(&word.as_str()));
    let asks_for_help = words.iter().any(|word| word == "-help");
    let mut line = value::translated(tool, &with_store(tool, &one_each(words)));
    let words = &std::mem::take(&mut line.words)[..];
    let command = tool.command_of(words).filter(|_| !asks_for_help);
    let rows = tool.rows().iter().filter(|(of, ..)| Some(*of) == command);
    let fits = rows.filter_map(|row| Some((row, Typed::new(tool, *row, words)?)));
    // The first of equals: `max_by_key` takes the last.
    let Some((row, mut typed)) = fits.rev().max_by_key(|(_, typed)| typed.flags) else {
        let hint = tool.topic();
        let (variables, left_out, notes) = (Vec::new(), Vec::new(), Vec::new());
        return OldLine { tool, command: None, hint, has_password, variables, left_out, notes };
    };
    let Placed { ours, target } = place::placed(row.2, &typed.values, line.kind);
    if let Some(target) = &target {
        line.notes.push("no store is converted in place: the hint writes another file".to_owned());
        typed.values.insert("DST", target);
    }
    if line.names.is_some() && !ours.contains("mwallet csr ") {
        typed.left_out.push("-ext".to_owned());
    }
    OldLine {
        tool,
        command,
        has_password: has_password || typed.values.contains_key(PASSWORD),
        variables: variables(&ours, words),
        hint: hint(&ours, &typed.values, &line),
        left_out: typed.left_out,
        notes: line.notes,
    }
}

/// The commands with the values in their places, each with the flags that no word of it stands for.
fn hint(ours: &str, values: &HashMap<&str, &str>, line: &Translated) -> String {
    let commands = ours.split(" && ").map(|ours| {
        let (first, piped) = ours.split_once(" | ").unwrap_or((ours, ""));
        let mut command = filled(first, values);
        if let Some(names) = line.names.as_deref().filter(|_| ours.starts_with("mwallet csr ")) {
            command.extend([" --san ", &quoted(names)]);
        }
        let is_of_ca = ours.contains(" --ca W");
        let is_of_wallet = ours.starts_with("mwallet ") && ours.split(' ').any(|word| word == "W");
        if let Some((from, place)) = line.password.as_ref().filter(|_| is_of_wallet) {
            let prefix = if is_of_ca { "ca-" } else { "" };
            let flag = format!(" --{prefix}password-{from} ");
            command.extend([flag, quoted(place)]);
        }
        if !piped.is_empty() {
            command.extend([" | ", &filled(piped, values)]);
        }
        command
    });
    commands.collect::<Vec<_>>().join(" && ")
}

/// The words without the `-cert` behind `-trusted_cert` and `-user_cert` where both stand there, each with a file.
fn one_each(words: &[String]) -> Vec<String> {
    let has_both = OF_CERTIFICATES.iter().all(|flag| words.iter().any(|word| word == flag));
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let is_behind = kept.last().is_some_and(|last| OF_CERTIFICATES.contains(&last.as_str()));
        if !(has_both && is_behind && word == "-cert") {
            kept.push(word.clone());
        }
    }
    kept
}

/// The words with the path of Java's own trust store in the place of the flag for it.
fn with_store(tool: Tool, words: &[String]) -> Vec<String> {
    let expanded = |word: &String| match word.as_str() {
        "-cacerts" if tool == Tool::Keytool => vec!["-keystore".to_owned(), CACERTS.to_owned()],
        _ => vec![word.clone()],
    };
    words.iter().flat_map(expanded).collect()
}

/// The flags of these commands of ours that take a password or a secret from a variable.
fn variables(ours: &str, typed: &[String]) -> Vec<String> {
    let app = app::command();
    let has_key_password = typed.iter().any(|word| KEY_PASSWORDS.contains(&word.as_str()));
    let mut found = Vec::new();
    for line in ours.split(" && ") {
        let words = line.split(' ');
        let verb = words.fold(&app, |verb, word| verb.find_subcommand(word).unwrap_or(verb));
        let flags = verb.get_arguments().filter_map(|argument| argument.get_long());
        // Keys seldom have passwords of their own, those that are made or written have none, and a merge into
        // the first wallet keeps its.
        let is_of_new_key =
            ["mwallet csr", "mwallet export"].iter().any(|verb| line.starts_with(verb));
        let is_needless = |flag: &str| match flag {
            "key-password-env" => !has_key_password || is_of_new_key,
            "out-password-env" => line.starts_with("mwallet merge"),
            _ => false,
        };
        let is_one = |flag: &&str| flag.ends_with("-env") && !is_needless(flag);
        for flag in flags.filter(is_one).map(|flag| format!("--{flag} VAR")) {
            if !found.contains(&flag) {
                found.push(flag);
            }
        }
    }
    found
}

/// Ours with the values in the place of their words; without the brackets whose word has none.
fn filled(ours: &str, values: &HashMap<&str, &str>) -> String {
    let value = |name: &str| values.get(name).filter(|_| name != PASSWORD).copied();
    let fill = |word: &str| -> String {
        match word.find([':', '/']) {
            _ if value(word) == Some(CACERTS) => CACERTS.to_owned(),
            _ if value(word).is_some() => quoted(value(word).unwrap_or(word)),
            Some(at) => {
                let (front, back) = (&word[..at], &word[at + 1..]);
                let joint = &word[at..=at];
                quoted([value(front).unwrap_or(front), value(back).unwrap_or(back)].join(joint))
            }
            None => word.to_owned(),
        }
    };
    let mut words = Vec::new();
    for (at, part) in ours.split(['[', ']']).enumerate() {
        // Every second part stands in brackets.
        let names = part.split([' ', ':']).filter(|word| is_name(word));
        if at % 2 == 1 && !names.into_iter().all(|name| value(name).is_some()) {
            continue;
        }
        words.extend(part.split_whitespace().map(fill));
    }
    words.join(" ")
}

/// Whether a word of a row stands for a value.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase())
}

fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

/// The name that a command has today.
fn current(word: &str) -> &str {
    RENAMED.iter().find(|(old, _)| *old == word).map_or(word, |(_, new)| new)
}

#[cfg(test)]
mod tests {
    use super::{PASSWORD, Tool, is_name, of};
    use crate::app;
    use std::collections::HashSet;
    use std::ffi::OsString;

    fn typed(line: &str) -> Vec<OsString> {
        line.split(' ').map(Into::into).collect()
    }

    /// Something that every flag takes in the place of a word.
    fn example(word: &str) -> String {
        word.replace("rsa:N", "rsa:2048")
            .replace("ec:C", "ec:p256")
            .replace("DAYS", "30")
            .replace("FLAGS", "SERVER_AUTH")
            .replace("SERIAL", "0a")
            .replace("HOST", "h:1")
            .replace("DN", "CN=x")
            .replace("--to T", "--to p12")
    }

    #[test]
    fn every_translation_is_a_command_line_of_ours() {
        for row in Tool::ALL.into_iter().flat_map(Tool::rows) {
            let line = row.2.split(" > ").next().unwrap_or_default();
            let commands = line.split(" && ").flat_map(|line| line.split(" | "));
            for ours in commands.filter(|ours| !ours.starts_with("rm ")) {
                let all = example(&ours.replace(['[', ']'], ""));
                let words: Vec<OsString> = all.split(' ').map(Into::into).collect();
                assert!(app::parse(&words).is_ok(), "{all}: {}", app::parse(&words).unwrap_err());
            }
        }
    }

    #[test]
    fn every_line_of_the_table_is_answered_with_its_translation() {
        for tool in Tool::ALL {
            let mut seen = HashSet::new();
            for row in tool.rows() {
                let usage = tool.usage(*row).replace(['[', ']'], "").replace('=', " ");
                assert!(seen.insert(usage.clone()), "twice: {usage}");
                let line = of(&typed(&format!("mwallet {} {usage}", tool.name()))).expect(&usage);
                let ours = row.2.replace(" [--value-env VAR]", "").replace(['[', ']'], "");
                // What keytool makes is not there.
                let hint = line.hint.strip_prefix("mwallet create W && ").unwrap_or(&line.hint);
                assert_eq!(hint, ours, "{usage}");
                assert_eq!(line.left_out, [""; 0], "{usage}");
                assert_eq!(line.has_password, usage.contains(PASSWORD), "{usage}");
            }
        }
    }

    #[test]
    fn every_word_of_a_translation_is_in_the_line_or_for_the_user_to_choose() {
        for tool in Tool::ALL {
            for row in tool.rows() {
                let usage = tool.usage(*row);
                let has = |name: &str| usage.split([' ', '[', ']']).any(|word| word == name);
                for name in row.2.split([' ', '[', ']', ':', '/']).filter(|word| is_name(word)) {
                    assert!(
                        has(name) || ["NEW", "SERIAL", "VAR"].contains(&name),
                        "{name}: {usage}"
                    );
                }
                assert!(!row.2.contains(PASSWORD), "{usage}");
            }
        }
    }

    #[test]
    fn our_own_lines_are_nobody_elses() {
        for line in
            ["mwallet lst w", "mwallet crl shw x", "mwallet list w -x", "mwallet -x", "mwallet"]
        {
            assert_eq!(of(&typed(line)), None, "{line}");
        }
    }
}
