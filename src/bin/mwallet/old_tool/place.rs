//! Lines of ours that depend on which files are there.

use super::CACERTS;
use mwallet::store::file;
use std::collections::HashMap;
use std::path::Path;

/// A line of the table for the files that are there, and what is to be said of it.
pub(super) struct Placed {
    pub(super) ours: String,
    /// Another name for the store that is written.
    pub(super) target: Option<String>,
}

/// What the row means for these files; `kind` is the type of a store that would be made.
pub(super) fn placed(
    ours: &str,
    values: &HashMap<&'static str, &str>,
    kind: Option<&str>,
) -> Placed {
    let mut placed = Placed { ours: ours.to_owned(), target: None };
    let wallet = values.get("W").copied();
    match (values.get("SRC"), values.get("DST")) {
        (Some(source), Some(target)) if Path::new(source) == Path::new(target) => {
            placed.target = Some(beside(source, values.get("T").copied().unwrap_or("p12")));
        }
        (_, Some(target)) if is_there(target) => placed.ours = into_store(ours),
        _ => {}
    }
    if let Some(wallet) = wallet
        && ours.starts_with("rm ")
    {
        placed.ours = removal(wallet);
    }
    // keytool makes the store that it writes to.
    let makes = ["mwallet csr W --dn DN --alias A", "mwallet add-trusted W F --alias A"];
    if let Some(wallet) = wallet
        && wallet != CACERTS
        && makes.iter().any(|start| ours.starts_with(start))
        && !is_there(wallet)
    {
        let kind = kind.map_or(String::new(), |kind| format!(" --type {kind}"));
        placed.ours = format!("mwallet create W{kind} && {ours}");
    }
    placed
}

fn is_there(path: &str) -> bool {
    matches!(file::kind(Path::new(path)), Ok(Some(_)))
}

/// What adds to a store that is there, as keytool does; to convert into it would replace it.
fn into_store(convert: &str) -> String {
    match &*convert.replace(" [--to T]", "") {
        "mwallet convert SRC DST" => "mwallet merge DST SRC".to_owned(),
        // A merge takes all that there is.
        part => format!("{} && mwallet merge DST NEW.p12", part.replace("DST", "NEW.p12")),
    }
}

/// The name for a store that keytool would convert in place.
fn beside(source: &str, kind: &str) -> String {
    let named = Path::new(source).with_extension(kind).to_string_lossy().into_owned();
    if is_there(&named) { format!("NEW.{kind}") } else { named }
}

/// All that opens the wallet: its auto-login file does so without the password.
fn removal(wallet: &str) -> String {
    let files = ["ewallet.p12", "cwallet.sso"];
    let is_present = |file: &&str| is_there(&format!("{wallet}/{file}"));
    let present: Vec<String> =
        files.iter().filter(|file| is_present(file)).map(|file| format!("W/{file}")).collect();
    if present.is_empty() {
        "rm -i W/ewallet.p12".to_owned()
    } else {
        format!("rm -i {}", present.join(" "))
    }
}
