use crate::app::exit_codes;
use crate::command::crl::revoke::{self, Wanted};
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::open::AuthorityFlags;
use crate::outlet::Outlet;
use crate::output;
use crate::render::change::Change;
use crate::render::crl::ListReport;
use crate::render::text::{count, date, safe};
use clap::{Args, ValueEnum};
use mwallet::code::Code;
use mwallet::codec::{Warning, pem};
use mwallet::model::crl::RevocationList;
use mwallet::model::serial::SerialNumber;
use mwallet::ops::revoke::{NewList, Revoke, next_list, require_issued};
use mwallet::store::file;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Make the list of the certificates that a CA has revoked
///
/// The first list has number 1. With --from the next one is made: it has the number after the old
/// one's and keeps all of its entries. Without --revoke it says the same as the old one, for longer.
///
/// A certificate is revoked by its file, and has to be one of this CA's then; or by its serial number in
/// hexadecimal digits, which nothing can be held against. Behind a colon may stand why: keyCompromise, cACompromise, affiliationChanged,
/// superseded, cessationOfOperation, certificateHold, privilegeWithdrawn, aACompromise.
///
/// What was revoked before keeps its date, and its reason unless that was certificateHold or unspecified.
///
/// The list goes to stdout as PEM unless --to der or --out say otherwise. What a CA publishes at a URL is
/// DER (RFC 5280 section 4.2.1.13).
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet crl create --ca ca-wallet --days 30 --to der --out corp.crl
  mwallet crl create --ca ca-wallet --from corp.crl --revoke app.pem:keyCompromise --out corp-2.crl
  mwallet crl create --ca ca.p12 --revoke 4F3A09:superseded --revoke 4F3A0A > corp.pem

JSON:
  {schema, path, dry_run, written, ca, number, kept, added:[SERIAL], present:[SERIAL], list, pem, files,
  warnings}; list is that of crl show

", exit_codes!()))]
pub(crate) struct Create {
    #[command(flatten)]
    authority: AuthorityFlags,
    /// The list that this one follows
    #[arg(long, value_name = "F")]
    from: Option<PathBuf>,
    /// A certificate to revoke, and why
    #[arg(long, value_name = "SERIAL|CERT[:REASON]")]
    revoke: Vec<String>,
    /// In how many days the next list is out
    #[arg(
        long,
        value_name = "N",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    days: u16,
    /// The form of the list
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    to: Form,
    /// Where to write the list; stdout without it
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Overwrite the file of --out
    #[arg(long)]
    force: bool,
    /// Say what the list would be, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Text
    #[default]
    Pem,
    /// Bytes, as CAs publish it
    Der,
}

impl Create {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        let outlet = Outlet::new(self.out.as_deref(), self.force, self.dry_run);
        if self.to == Form::Der && !outlet.is_file() && context.shows_data() {
            let message = "bytes on a terminal help nobody: say where to write them";
            return Err(Failure::new(Code::USAGE, message));
        }
        if let Some(out) = self.out.as_deref().filter(|out| *out != "-") {
            let mut read = self.authority.files_read();
            read.extend(self.revoke.iter().filter_map(|value| revoke::file(value)));
            output::require_public_place(out, &[self.authority.path()], &read, self.force)
                .map_err(|failure| self.following(failure, context))?;
        }
        let wanted = revoke::read(&self.revoke, context)?;
        let old = self.from.as_deref().map(|path| super::list(path, context)).transpose()?;
        let opened = self.authority.open(context)?;
        let authority = self.authority.authority(&opened)?;
        let mut revoke: Vec<Revoke> = Vec::new();
        let mut subjects = HashMap::new();
        for Wanted { revoke: one, certificate } in wanted {
            if let Some((path, certificate)) = certificate {
                require_issued(&authority, &certificate)
                    .map_err(|error| Failure::from(error).about(&path))?;
                subjects.insert(one.serial.clone(), certificate.subject().to_string());
            }
            revoke.push(one);
        }
        let made = next_list(&authority, old.as_ref(), &revoke, self.days, context.now());
        let made = made.map_err(|error| {
            let about = match &self.from {
                Some(old) if error.code() != Code::ISSUER_UNFIT => old.as_path(),
                _ => self.authority.path(),
            };
            Failure::from(error).about(about)
        })?;
        let mut change = Change::new(self.authority.path(), self.dry_run);
        change.fact("ca", authority.alias());
        if let Some(list) = self.list_in_the_way(context)
            && list.issuer().matches(&authority.certificate().subject())
        {
            change.warn(restarted(&list, &made));
        }
        self.tell(&made, &subjects, change, context)
    }

    /// The list that stands where the new one goes, which does not follow it.
    fn list_in_the_way(&self, context: &Context) -> Option<RevocationList> {
        let out = self.out.as_deref().filter(|_| self.from.is_none())?;
        match file::kind(out) {
            Ok(Some(file::Kind::File { .. })) => {}
            _ => return None, // writing tells what is wrong with the place
        }
        // --force replaces what is no list, too.
        super::list(out, context).ok()
    }

    /// A refusal to overwrite a list: the next one follows it.
    fn following(&self, failure: Failure, context: &Context) -> Failure {
        let Some(out) = self.out.as_deref().and_then(Path::to_str) else { return failure };
        if failure.code != Code::WOULD_OVERWRITE || self.list_in_the_way(context).is_none() {
            return failure;
        }
        failure.hinting(context.command_line(&["--from", out, "--force"]))
    }

    fn tell(
        &self,
        made: &NewList,
        subjects: &HashMap<SerialNumber, String>,
        mut change: Change,
        context: &Context,
    ) -> Result<Status, Failure> {
        let serials = |list: &[Revoke]| -> Vec<String> {
            list.iter().map(|one| one.serial.to_string()).collect()
        };
        let report = ListReport::of(&made.list);
        let text = pem::encode_revocation_list(&made.list);
        change.fact("number", report.number.clone());
        change.fact("kept", made.kept);
        change.fact("added", serials(&made.added));
        change.fact("present", serials(&made.present));
        change.facts("list", &report);
        change.fact("pem", text.as_str());
        let bytes = match self.to {
            Form::Pem => text.as_bytes(),
            Form::Der => made.list.der(),
        };
        let outlet = Outlet::new(self.out.as_deref(), self.force, self.dry_run);
        let wrote = outlet.write(bytes, &mut change, context)?;
        let told = made_line(made, &report, &change) + &revoked_lines(made, subjects, &change);
        outlet.report(&change, &(told + &wrote), context)?;
        Ok(Status::Done)
    }
}

/// Number, issuer and size of the list.
fn made_line(made: &NewList, report: &ListReport, change: &Change) -> String {
    format!(
        "{} list {} of {}: {}, the next one by {}\n",
        change.tense("made", "would make"),
        report.number.as_deref().unwrap_or("-"),
        safe(&report.issuer),
        count(report.revoked.len(), "revoked certificate"),
        made.list.next_update().map_or_else(|| "-".to_owned(), date),
    )
}

/// A line for each certificate that was named: whose it is, where it was seen. A CA keeps no list of its
/// numbers, so nothing can be held against one that stands alone.
fn revoked_lines(
    made: &NewList,
    subjects: &HashMap<SerialNumber, String>,
    change: &Change,
) -> String {
    let mut text = String::new();
    let added = change.tense("revoked", "would revoke");
    for (list, what) in [(&made.added, added), (&made.present, "was on the list already:")] {
        for Revoke { serial, reason } in list {
            let whose = match subjects.get(serial) {
                Some(subject) => safe(subject),
                None => "by its number alone, no certificate was looked at".to_owned(),
            };
            let _ = writeln!(text, "{what} {serial} ({reason}): {whose}"); // a String takes it
        }
    }
    text
}

/// That the list of a CA is replaced by one that does not follow it.
fn restarted(list: &RevocationList, made: &NewList) -> Warning {
    let number = |list: &RevocationList| {
        list.number()
            .map_or_else(|| "a list without a number".to_owned(), |number| format!("list {number}"))
    };
    let message = format!(
        "{} takes the place of {} of the same CA, and does not keep its {}",
        number(&made.list),
        number(list),
        count(list.revoked().count(), "revoked certificate"),
    );
    Warning { code: Code::CRL_RESTARTED, message }
}
