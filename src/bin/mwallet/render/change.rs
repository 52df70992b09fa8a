//! The report of a verb that changes something.

use crate::context::Context;
use crate::failure::Failure;
use crate::hint::quoted_path;
use crate::output::FileReport;
use crate::render::{self, SCHEMA, text};
use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::codec::jks::Folded;
use mwallet::model::format::Format;
use mwallet::store::dir::AUTO_LOGIN_FILE;
use mwallet::store::{Loss, Rehearsed, Replaced, Saved, file};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a verb did, or would do.
#[derive(Debug)]
pub(crate) struct Change {
    path: String,
    dry_run: bool,
    written: bool,
    facts: Map<String, Value>,
    files: Vec<FileReport>,
    /// Of the wallet's file: that with the password, or the only one.
    mode: u32,
    warnings: Vec<Warning>,
    /// Lines for people that stand behind the verb's own.
    gone: String,
    /// The files of the wallet that was there, each with the copy that was kept of it.
    replaced: Vec<(PathBuf, Option<PathBuf>)>,
    /// The files that have come.
    written_paths: Vec<PathBuf>,
}

/// Its JSON shape.
#[derive(Serialize)]
struct Shape<'a> {
    schema: u32,
    path: &'a str,
    dry_run: bool,
    written: bool,
    #[serde(flatten)]
    facts: &'a Map<String, Value>,
    files: &'a [FileReport],
}

impl Change {
    pub(crate) fn new(path: &Path, dry_run: bool) -> Self {
        Self {
            path: path.to_string_lossy().into_owned(),
            dry_run,
            written: false,
            facts: Map::new(),
            files: Vec::new(),
            mode: file::MODE_PRIVATE,
            warnings: Vec::new(),
            gone: String::new(),
            replaced: Vec::new(),
            written_paths: Vec::new(),
        }
    }

    /// A fact, for JSON only: the text for people says it in its own words.
    pub(crate) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// A structure as a fact.
    pub(crate) fn facts(&mut self, name: &str, value: &impl Serialize) {
        let value = serde_json::to_value(value).expect("reports have text keys");
        self.facts.insert(name.to_owned(), value);
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    pub(crate) fn warn_all(&mut self, warnings: impl IntoIterator<Item = Warning>) {
        self.warnings.extend(warnings);
    }

    /// Tells the aliases that Java's stores have in lower case; many of them in one line.
    pub(crate) fn folded(&mut self, folded: &[Folded]) {
        let Some((first, more)) = folded.split_first() else { return };
        let others = match more.len() {
            0 => String::new(),
            others => format!(", and {others} more change"),
        };
        let Folded { from, to, .. } = first;
        let message = format!("{from} becomes {to}{others}: Java writes aliases in lower case");
        self.warn(Warning { code: Code::ALIAS_FOLDED, message });
    }

    /// Another file that was written.
    pub(crate) fn file(&mut self, file: FileReport) {
        self.written = true;
        self.files.push(file);
    }

    /// What would become of the wallet.
    pub(crate) fn rehearsed(&mut self, rehearsed: &Rehearsed) {
        self.mode = rehearsed.mode;
        self.warnings.extend(rehearsed.warnings.iter().cloned());
        self.replaced(&rehearsed.replaced);
    }

    /// What became of the wallet.
    pub(crate) fn saved(&mut self, saved: &Saved) {
        self.written |= saved.written;
        self.mode = saved.mode;
        self.files.push(FileReport::new(&saved.path, saved.mode));
        self.written_paths.push(saved.path.clone());
        if let Some(file) = &saved.auto_login {
            self.written_paths.push(file.path.clone());
            self.files.push(FileReport::new(&file.path, file.mode));
        }
        if let Some(path) = &saved.removed {
            self.fact("removed", path.to_string_lossy());
        }
        self.warnings.extend(saved.warnings.iter().cloned());
        self.replaced(&saved.replaced);
    }

    /// What a new wallet takes the place of, and what becomes of it.
    pub(crate) fn replaced(&mut self, replaced: &[Replaced]) {
        for Replaced { path, format, bytes, removed, loss, kept } in replaced {
            self.replaced.push((path.clone(), kept.clone()));
            let what = format.map_or("file", Format::name);
            let is_auto_login = path.file_name().is_some_and(|name| name == AUTO_LOGIN_FILE);
            let verb = match removed {
                true => self.tense("removed", "would remove"),
                false => self.tense("replaced", "would replace"),
            };
            let _ = writeln!(self.gone, "{verb} the {what} of {bytes} bytes that was there");
            let name = if is_auto_login { "replaced_auto_login" } else { "replaced" };
            self.fact(
                name,
                json!({
                    "path": path.to_string_lossy(),
                    "format": format.map(Format::name),
                    "bytes": bytes,
                    "kept": kept.as_deref().map(Path::to_string_lossy),
                }),
            );
            let why = match loss {
                Some(Loss::Known(lost)) => {
                    format!("it holds {lost}, which the new wallet does not")
                }
                Some(Loss::Unknown) => "it does not open as the new wallet does".to_owned(),
                Some(Loss::OtherFile) => "it is the other file of that wallet".to_owned(),
                None => continue,
            };
            let Some(copy) = kept else { continue };
            let verb = self.tense("was kept", "would be kept");
            let (path, copy) = (path.display(), copy.display());
            let message = format!("{path}: {why}, so a copy {verb} as {copy}");
            self.warn(Warning { code: Code::KEPT_ASIDE, message });
        }
    }

    /// The command that puts back what was kept of the wallet that was there.
    fn putting_back(&self) -> Option<String> {
        let copies = self.replaced.iter().filter_map(|(path, kept)| Some((path, kept.as_ref()?)));
        let mut commands: Vec<String> = copies
            .map(|(path, kept)| format!("mv {} {}", quoted_path(kept), quoted_path(path)))
            .collect();
        if commands.is_empty() || self.dry_run {
            return None;
        }
        // A wallet is kept whole; an auto-login file that was not there would be that of the new wallet.
        let has_come = |path: &&PathBuf| self.replaced.iter().all(|(old, _)| old != *path);
        let come = self.written_paths.iter().filter(has_come);
        commands.extend(come.map(|path| format!("rm {}", quoted_path(path))));
        Some(commands.join(" && "))
    }

    /// Whether anything was written.
    pub(crate) fn is_written(&self) -> bool {
        self.written
    }

    /// The mode that the file of the wallet has now, or would have.
    pub(crate) fn mode(&self) -> String {
        text::mode(self.mode)
    }

    /// `made` or `would make`: the past of what was done, the future of a dry run.
    pub(crate) fn tense<'a>(&self, done: &'a str, planned: &'a str) -> &'a str {
        if self.dry_run { planned } else { done }
    }

    /// Tells the warnings of a change that is part of another report.
    pub(crate) fn tell_warnings(&self, context: &Context) {
        context.warn(&self.warnings);
    }

    /// Tells the user; `text` has its line ends. Where that fails, the failure says what was done before.
    pub(crate) fn report(&self, text: &str, context: &Context) -> Result<(), Failure> {
        context.warn(&self.warnings);
        if let Some(command) = self.putting_back() {
            context.hint(&command);
        }
        let told = if context.json {
            self.data(context)
        } else {
            context.report(&format!("{text}{}", self.gone))
        };
        told.map_err(|mut failure| {
            if self.written {
                failure.message += "; the change has been made";
            }
            failure
        })
    }

    fn data(&self, context: &Context) -> Result<(), Failure> {
        let shape = Shape {
            schema: SCHEMA,
            path: &self.path,
            dry_run: self.dry_run,
            written: self.written,
            facts: &self.facts,
            files: &self.files,
        };
        context.data(&render::json(&shape, context))
    }

    /// Tells the user on the side, because stdout has something else.
    pub(crate) fn report_aside(&self, text: &str, context: &Context) {
        context.warn(&self.warnings);
        if !text.is_empty() {
            context.message(text);
        }
    }
}
