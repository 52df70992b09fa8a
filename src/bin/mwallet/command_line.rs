//! The command line as it was typed, for hints that can be pasted.

use crate::app;
use crate::hint::{self, quoted};
use crate::input;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What a command ends in that needs the password of a key which nobody has given.
pub(crate) const KEY_PASSWORD_FILE: &str = " --key-password-file FILE";

/// The arguments, the program's name first.
#[derive(Clone, Debug)]
pub(crate) struct CommandLine {
    arguments: Vec<OsString>,
}

/// What a word of the command line has to do with passwords.
enum Word {
    /// A flag that is whole.
    Flag,
    /// A flag whose value is the next word.
    FlagWithValue,
    /// A flag that reads stdin, which is empty the next time: without it the password is asked for.
    Stdin,
    /// Anything else.
    Other,
}

impl CommandLine {
    pub(crate) fn new(arguments: Vec<OsString>) -> Self {
        Self { arguments }
    }

    /// The verb, if there is one that is known.
    pub(crate) fn verb(&self) -> Option<&str> {
        let verbs = app::command();
        self.arguments
            .iter()
            .skip(1)
            .filter_map(|word| word.to_str())
            .find(|word| verbs.find_subcommand(word).is_some())
    }

    /// The command that shows the help of the verb that was used, or of all.
    pub(crate) fn help(&self) -> String {
        self.verb()
            .map_or_else(|| "mwallet --help".to_owned(), |verb| format!("mwallet {verb} --help"))
    }

    /// The flags that want all of stdin, which only one can have.
    pub(crate) fn readers_of_stdin(&self) -> Vec<&str> {
        let words = self.arguments.iter().skip(1).take_while(|word| *word != "--");
        words
            .filter(|word| matches!(kind(word), Word::Stdin))
            .filter_map(|word| word.to_str())
            .collect()
    }

    /// Whether it reads what is there once: stdin, or a pipe of the shell.
    pub(crate) fn reads_pipe(&self) -> bool {
        let mut words = self.arguments.iter().skip(1).map(|word| word.to_string_lossy());
        let is_pipe = |word: &str| {
            let value = word.split_once('=').map_or(word, |(_, value)| value);
            input::is_stream(Path::new(value))
        };
        !self.readers_of_stdin().is_empty() || words.any(|word| is_pipe(&word))
    }

    /// Whether a flag stands there.
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.halves().0.iter().any(|word| *word == flag)
    }

    /// Whether the verb that was used has a flag, or all verbs have it.
    pub(crate) fn takes(&self, flag: &str) -> bool {
        let app = app::command();
        let words = self.arguments.iter().skip(1).filter_map(|word| word.to_str());
        let verb = words.fold(&app, |verb, word| verb.find_subcommand(word).unwrap_or(verb));
        let name = flag.strip_prefix("--");
        app.get_arguments()
            .chain(verb.get_arguments())
            .any(|argument| name.is_some() && argument.get_long() == name)
    }

    /// Whether passwords for keys are given.
    pub(crate) fn opens_keys(&self) -> bool {
        let is_password = |word: &&OsStr| word.to_string_lossy().starts_with("--key-password-");
        self.halves().0.iter().any(is_password)
    }

    /// The same once more with `more` behind it: words, or a flag that is not there yet with its
    /// value. What came from stdin is asked for, whatever the first time was allowed to ask.
    pub(crate) fn again(&self, more: &[&str]) -> String {
        let (flags, behind) = self.halves();
        let is_flag = more.first().is_some_and(|word| word.starts_with("--"));
        let known = is_flag && more.first().is_some_and(|flag| self.has(flag));
        let added = if known { &[] } else { more };
        let (flags_added, words_added) = if is_flag { (added, &[][..]) } else { (&[][..], added) };
        let is_of_stdin = |word: &&OsStr| matches!(kind(word), Word::Stdin);
        let asks = flags.iter().any(is_of_stdin);
        let is_left_out = |word: &&OsStr| is_of_stdin(word) || asks && *word == "--no-input";
        let words = (flags.iter().copied())
            .filter(|word| !is_left_out(word))
            .chain(flags_added.iter().map(OsStr::new))
            .chain(behind.iter().copied())
            .chain(words_added.iter().map(OsStr::new));
        let words: Vec<String> = words.map(quoted).collect();
        format!("mwallet {}", words.join(" "))
    }

    /// The same once more with a flag that may stand there often, and its value.
    pub(crate) fn adding(&self, flag: &str, value: impl AsRef<OsStr>) -> String {
        let mut arguments = self.arguments.clone();
        let end = self.end_of_flags();
        arguments.splice(end..end, flag_with(flag, value.as_ref()));
        Self { arguments }.again(&[])
    }

    /// The same without these words, where they are no values of flags.
    pub(crate) fn without(&self, words: &HashSet<&OsStr>) -> Self {
        let flags = self.flags_with_values();
        let takes_value = |word: &OsStr| word.to_str().is_some_and(|word| flags.contains(word));
        let mut typed = self.arguments.iter();
        let mut arguments: Vec<OsString> = typed.next().cloned().into_iter().collect();
        // A file may be called as the verb is, and behind a -- as a flag is.
        let mut verb = self.verb().map(OsStr::new);
        let mut behind = false;
        while let Some(word) = typed.next() {
            let is_verb = !behind && verb.take_if(|verb| *verb == word.as_os_str()).is_some();
            let is_flag = !behind && takes_value(word);
            if is_verb || is_flag || !words.contains(word.as_os_str()) {
                arguments.push(word.clone());
            }
            behind |= word == "--";
            if is_flag {
                arguments.extend(typed.next().cloned());
            }
        }
        Self { arguments }
    }

    /// The first word behind the verb that is neither a flag nor the value of one.
    fn first(&self) -> Option<&OsStr> {
        let flags = self.flags_with_values();
        let mut verb = self.verb();
        let (before, behind) = self.halves();
        let mut words = before.into_iter();
        while let Some(word) = words.next() {
            let text = word.to_str().unwrap_or_default();
            if flags.contains(text) {
                words.next();
            } else if verb.is_some_and(|verb| verb == text) {
                verb = None;
            } else if text == "-" || !text.starts_with('-') {
                return Some(word);
            }
        }
        behind.get(1).copied()
    }

    /// The flags of the verb whose value is the next word.
    fn flags_with_values(&self) -> HashSet<String> {
        let app = app::command();
        let verb = self.verb().and_then(|verb| app.find_subcommand(verb)).unwrap_or(&app);
        let flags = app.get_arguments().chain(verb.get_arguments());
        let flags = flags.filter(|flag| flag.get_action().takes_values());
        flags.filter_map(|flag| Some(format!("--{}", flag.get_long()?))).collect()
    }

    /// The same with what stands behind this prefix, where a word begins with it.
    pub(crate) fn without_prefix(&self, prefix: &str) -> Self {
        let bare = |word: &OsString| match word.to_str().and_then(|word| word.strip_prefix(prefix))
        {
            // Behind the prefix it was no flag.
            Some(rest) if rest.starts_with('-') => Path::new(".").join(rest).into(),
            Some(rest) => rest.into(),
            None => word.clone(),
        };
        Self { arguments: self.arguments.iter().map(bare).collect() }
    }

    /// The same with one word more at its end.
    pub(crate) fn with(&self, word: &OsStr) -> Self {
        let mut arguments = self.arguments.clone();
        arguments.push(word.to_owned());
        Self { arguments }
    }

    /// The words up to a `--`, and from there on, behind which nothing is a flag.
    fn halves(&self) -> (Vec<&OsStr>, Vec<&OsStr>) {
        let (flags, behind) = self.arguments.split_at(self.end_of_flags());
        let flags = flags.iter().skip(1).map(OsString::as_os_str).collect();
        (flags, behind.iter().map(OsString::as_os_str).collect())
    }

    /// Where a `--` stands; else the number of the arguments.
    fn end_of_flags(&self) -> usize {
        let is_end = |word: &OsString| word == "--";
        self.arguments.iter().position(is_end).unwrap_or(self.arguments.len())
    }

    /// The same with another value of a flag, which may stand there more than once.
    pub(crate) fn with_value(&self, flag: &str, value: &str) -> String {
        let joined = format!("{flag}=");
        let mut arguments = Vec::new();
        let end = self.end_of_flags();
        let mut words = self.arguments[..end].iter();
        while let Some(word) = words.next() {
            if word == flag {
                words.next();
            } else if !word.to_str().is_some_and(|word| word.starts_with(&joined)) {
                arguments.push(word.clone());
            }
        }
        arguments.extend(flag_with(flag, OsStr::new(value)));
        arguments.extend_from_slice(&self.arguments[end..]);
        Self { arguments }.again(&[])
    }

    /// The value of a flag, the last where it stands there more than once.
    pub(crate) fn value(&self, flag: &str) -> Option<&OsStr> {
        let words = self.halves().0;
        let joined = format!("{flag}=");
        let mut values = words.iter().enumerate().filter_map(|(at, word)| {
            if *word == flag {
                return words.get(at + 1).copied();
            }
            word.to_str()?.strip_prefix(&joined).map(OsStr::new)
        });
        values.next_back()
    }

    /// Another command for the same wallet: with the passwords of this one behind it, but for those of keys where
    /// it names one itself. Other programs take none.
    pub(crate) fn with_passwords(&self, command: &str) -> String {
        let names_one = command.ends_with(KEY_PASSWORD_FILE);
        self.with_flags(command, |flag| !(names_one && flag.starts_with("--key-password-")))
    }

    /// Another command with what opens the store, and not the keys in it.
    pub(crate) fn with_store_password(&self, command: &str) -> String {
        self.with_flags(command, |flag| !flag.starts_with("--key-"))
    }

    /// Another command for a wallet whose password has become the new one.
    pub(crate) fn with_new_password(&self, command: &str) -> String {
        self.promoting("--new-").with_passwords(command)
    }

    fn with_flags(&self, command: &str, is_wanted: impl Fn(&str) -> bool) -> String {
        if !command.starts_with("mwallet ") {
            return command.to_owned();
        }
        let mut words = Vec::new();
        let mut typed = self.halves().0.into_iter();
        while let Some(word) = typed.next() {
            let mut flag = Vec::new();
            match kind(word) {
                Word::Flag => flag.push(quoted(word)),
                Word::FlagWithValue => {
                    flag.push(quoted(word));
                    flag.extend(typed.next().map(quoted));
                }
                Word::Stdin | Word::Other => {}
            }
            words.extend(is_wanted(&word.to_string_lossy()).then_some(flag).into_iter().flatten());
        }
        hint::with_flags(command, &words.join(" "))
    }

    /// Another command for the wallet at this path, which may be that of `--ca`: its passwords have
    /// flags of their own here, and the plain ones there.
    pub(crate) fn with_passwords_of(&self, path: &Path, command: &str) -> String {
        if self.value("--ca").is_none_or(|ca| ca != path) {
            return self.with_passwords(command);
        }
        self.promoting("--ca-").with_passwords(command)
    }

    /// The same without the password of the wallet at this path: that of `--ca`, the second of two, or the one
    /// that the command is about.
    pub(crate) fn without_passwords_of(&self, wallet: &Path) -> Self {
        let is_first = self.first().is_some_and(|first| Path::new(first) == wallet);
        let is_of_second = |word: &OsString| word.to_string_lossy().starts_with("--src-");
        let has_second = self.arguments.iter().any(is_of_second);
        if self.value("--ca").is_some_and(|ca| ca == wallet) {
            self.without_passwords("--ca-")
        } else if has_second && !is_first {
            self.without_passwords("--src-")
        } else {
            self.without_passwords("--")
        }
    }

    /// The same without the passwords of this prefix.
    pub(crate) fn without_passwords(&self, prefix: &str) -> Self {
        let (password, nothing) = (format!("{prefix}password-"), format!("{prefix}no-password"));
        let mut arguments = Vec::new();
        let mut words = self.arguments.iter();
        while let Some(word) = words.next() {
            let text = word.to_string_lossy();
            if !text.starts_with(&password) && text != nothing {
                arguments.push(word.clone());
            } else if ["file", "env", "fd"].iter().any(|of| text == format!("{password}{of}")) {
                words.next(); // its value
            }
        }
        Self { arguments }
    }

    /// The same with the passwords of this prefix under the plain flags, in place of those that have these
    /// here.
    fn promoting(&self, prefix: &str) -> Self {
        let mut arguments = Vec::new();
        let mut words = self.arguments.iter();
        while let Some(word) = words.next() {
            let text = word.to_str().unwrap_or_default();
            if let Some(promoted) = text.strip_prefix(prefix) {
                arguments.push(format!("--{promoted}").into());
                continue;
            }
            let is_of_other = text.starts_with("--password-") || text == "--no-password";
            match kind(word) {
                Word::FlagWithValue if is_of_other => drop(words.next()),
                _ if is_of_other => {}
                _ => arguments.push(word.clone()),
            }
        }
        Self { arguments }
    }
}

/// The words of a flag with a value: one, where the value would be a flag behind it.
fn flag_with(flag: &str, value: &OsStr) -> Vec<OsString> {
    if !value.as_encoded_bytes().starts_with(b"-") {
        return vec![flag.into(), value.to_owned()];
    }
    let mut joined = OsString::from(format!("{flag}="));
    joined.push(value);
    vec![joined]
}

/// Only flags that open the wallet or its keys count as passwords.
fn kind(word: &OsStr) -> Word {
    let Some(word) = word.to_str() else { return Word::Other };
    if word.starts_with("--") && word.ends_with("-stdin") && !word.contains('=') {
        return Word::Stdin;
    }
    let (flag, value) =
        word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
    match (flag, value) {
        ("--no-password", None) => Word::Flag,
        (
            "--password-file"
            | "--password-env"
            | "--password-fd"
            | "--key-password-file"
            | "--key-password-env"
            | "--key-password-fd"
            | "--max-iterations",
            value,
        ) => match value {
            Some(_) => Word::Flag,
            None => Word::FlagWithValue,
        },
        _ => Word::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, KEY_PASSWORD_FILE};
    use std::ffi::OsStr;
    use std::path::Path;

    fn typed(line: &str) -> CommandLine {
        CommandLine::new(line.split(' ').map(Into::into).collect())
    }

    #[test]
    fn another_command_keeps_the_passwords() {
        let line = typed("mwallet show w x --password-file=pw --key-password-env K --pem");
        assert_eq!(
            line.with_passwords("mwallet list w"),
            "mwallet list w --password-file=pw --key-password-env K"
        );
    }

    #[test]
    fn new_password_opens_what_it_protects() {
        let line =
            typed("mwallet passwd w --password-env A --new-password-env B --key-password-env C");
        let opens = "mwallet list w --password-env B --key-password-env C";
        assert_eq!(line.with_new_password("mwallet list w"), opens);
        assert_eq!(line.with_store_password("mwallet list w"), "mwallet list w --password-env A");
        let line = typed("mwallet passwd w --new-no-password");
        assert_eq!(line.with_new_password("mwallet list w"), "mwallet list w --no-password");
    }

    #[test]
    fn words_are_left_out_where_they_are_files() {
        let files = ["verify", "mwallet", "--ca", "x.pem"].map(OsStr::new).into_iter().collect();
        for (line, rest) in [
            ("mwallet verify verify mwallet --ca x.pem", "mwallet verify --ca x.pem new"),
            ("mwallet --json verify x.pem verify", "mwallet --json verify new"),
            ("mwallet verify --ca x.pem -- --ca x.pem", "mwallet verify --ca x.pem -- new"),
        ] {
            let again = typed(line).without(&files).with(OsStr::new("new")).again(&[]);
            assert_eq!(again, rest, "{line}");
        }
    }

    #[test]
    fn password_of_a_key_is_replaced_and_names_of_files_are_none() {
        let line = typed("mwallet check w --password-env A --key-password-env K");
        let closed = format!("mwallet passwd w --key a --same{KEY_PASSWORD_FILE}");
        assert_eq!(line.with_passwords(&closed), format!("{closed} --password-env A"));
        let path = "mwallet list ' --key-password-file FILE'";
        let opened = format!("{path} --password-env A --key-password-env K");
        assert_eq!(line.with_passwords(path), opened);
    }

    #[test]
    fn another_program_takes_no_passwords() {
        let line = typed("mwallet check w.pem --password-file pw");
        assert_eq!(line.with_passwords("cat ISSUER.pem >> w.pem"), "cat ISSUER.pem >> w.pem");
    }

    #[test]
    fn passwords_of_a_ca_open_its_wallet() {
        let line = typed("mwallet verify x --ca a --ca=c --password-file w --ca-password-file pw");
        let of = |path: &str| line.with_passwords_of(Path::new(path), "mwallet list");
        assert_eq!(of("c"), "mwallet list --password-file pw");
        assert_eq!(of("x"), "mwallet list --password-file w");
        let line = typed("mwallet sign x --ca c --key-password-fd 3 --ca-no-password");
        let command = line.with_passwords_of(Path::new("c"), "mwallet list c");
        assert_eq!(command, "mwallet list c --key-password-fd 3 --no-password");
    }

    #[test]
    fn password_of_one_wallet_is_left_out() {
        let without = |line: &str, wallet: &str| {
            typed(line).without_passwords_of(Path::new(wallet)).again(&[])
        };
        assert_eq!(without("mwallet list w --password-file pw --pem", "w"), "mwallet list w --pem");
        assert_eq!(without("mwallet list w/ --password-fd=3", "w"), "mwallet list w/");
        let merge = "mwallet merge a b --password-env A --src-password-env B";
        assert_eq!(without(merge, "a"), "mwallet merge a b --src-password-env B");
        assert_eq!(without(merge, "b"), "mwallet merge a b --password-env A");
        let sign = "mwallet sign r --ca c --ca-password-stdin --ca-no-password";
        assert_eq!(without(sign, "c"), "mwallet sign r --ca c");
    }

    #[test]
    fn stdin_is_gone_the_second_time() {
        assert_eq!(typed("mwallet list w --password-stdin").again(&[]), "mwallet list w");
        let line = typed("mwallet remove w x --password-stdin --no-input");
        assert_eq!(line.again(&["--yes"]), "mwallet remove w x --yes");
        let line = typed("mwallet remove w x --password-file pw --no-input -- --odd-stdin");
        let hint = "mwallet remove w x --password-file pw --no-input --yes -- --odd-stdin";
        assert_eq!(line.again(&["--yes"]), hint);
    }

    #[test]
    fn flags_stand_once_and_before_what_ends_them() {
        let line = typed("mwallet remove w --yes -- --odd");
        assert_eq!(line.again(&["--yes"]), "mwallet remove w --yes -- --odd");
        assert_eq!(line.again(&["--force"]), "mwallet remove w --yes --force -- --odd");
        assert_eq!(line.again(&["more"]), "mwallet remove w --yes -- --odd more");
    }

    #[test]
    fn flag_that_may_stand_often_is_added() {
        let line = typed("mwallet verify --ca a -- -x");
        assert_eq!(line.adding("--ca", "b"), "mwallet verify --ca a --ca b -- -x");
    }

    #[test]
    fn words_that_are_left_out_stay_as_values() {
        let line = typed("mwallet verify a --json b --ca a --ca=b -- -x");
        let bare = line.without(&["a", "b", "-x"].map(OsStr::new).into());
        assert_eq!(bare.again(&[]), "mwallet verify --json --ca a --ca=b --");
        let one = bare.with(OsStr::new("-x"));
        assert_eq!(one.again(&[]), "mwallet verify --json --ca a --ca=b -- -x");
    }

    #[test]
    fn flags_are_those_of_the_verb() {
        assert!(typed("mwallet pki init --template wso2").takes("--force"));
        assert!(!typed("mwallet pki build").takes("--force"));
        assert!(typed("mwallet pki build").takes("--yes"));
        assert!(!typed("mwallet add-trusted w --from-host h").takes("--allow-incomplete"));
    }

    #[test]
    fn what_stands_behind_the_end_of_flags_stays_a_word() {
        let line = typed("mwallet remove w --password-env A -- --no-password");
        assert_eq!(line.with_passwords("mwallet list w"), "mwallet list w --password-env A");
        let other = line.with_passwords("mwallet show w -- -x");
        assert_eq!(other, "mwallet show w --password-env A -- -x");
        let line = typed("mwallet probe h:1 --timeout 2s -- --timeout 3");
        let hint = "mwallet probe h:1 --timeout 60s -- --timeout 3";
        assert_eq!(line.with_value("--timeout", "60s"), hint);
        let line = typed("mwallet import-user w -- -x.pem").adding("--key", "-x.pem");
        assert_eq!(line, "mwallet import-user w --key=-x.pem -- -x.pem");
    }

    #[test]
    fn value_of_a_flag_is_replaced_wherever_it_stands() {
        assert_eq!(
            typed("mwallet csr w --san a --san=b --dn CN=x").with_value("--san", "dns:a"),
            "mwallet csr w --dn CN=x --san dns:a"
        );
    }
}
