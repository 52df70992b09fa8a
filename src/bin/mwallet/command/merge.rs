mod locked;
mod own;
mod target;

use crate::app::exit_codes;
use crate::command::export::loss;
use crate::context::Context;
use crate::failure::{Failure, Status};
use crate::hint;
use crate::open::{OpenFlags, Opened, Secrets, save};
use crate::output;
use crate::own_password;
use crate::password::{Given, OutPassword, Rules, SourcePassword, WeakPassword};
use crate::protection::{java_refuses, weak_profile};
use crate::render::change::Change;
use crate::render::login::shown;
use crate::render::merged::{self, OutcomeReport};
use crate::render::text::{count, listed, safe, safe_all};
use crate::secret_value::java_opens_nothing;
use crate::store_type::StoreType;
use crate::value;
use clap::Args;
use mwallet::chain::rules::{is_end_entity, is_leaf};
use mwallet::code::Code;
use mwallet::codec::{Keys, Loss, Origin, Protect, Sealing, Warning};
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{Entry, EntryId};
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::model::shown_alias::shown_aliases;
use mwallet::model::wallet::Wallet;
use mwallet::ops::export::{self, Parts};
use mwallet::ops::merge::{Outcome, merge};
use mwallet::ops::secret::credential::{self, Login};
use mwallet::secret::Password;
use mwallet::store::Store;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use target::Target;

/// Bring the entries of one wallet into another, or those of two into a third
///
/// A gets what B has and A has not, behind its own entries; with --out both are only read, and C is
/// written. Entries are the same when their key, certificate or name is, whatever their alias; every
/// entry of B is listed with what became of it.
///
/// A key that waits for its certificate in A gets the one of B. Of two certificates of one key the
/// later one stays, and the other is named, with those of its issuers that issued nothing that stays; of two chains
/// every other certificate. A new entry of B whose
/// alias is taken, also by one that differs in case alone, becomes app-2, app-3 and so on; nothing of A
/// is renamed. Where both have a secret of one name with different values, that of A stays. --allow-loss
/// has to say so, and that a certificate goes from A itself. Keys of B with passwords of their own open with
/// --key-password-*; one that stays closed comes only into a Java store of the same type.
///
/// C has the type that --type or the ending of its name says, else that of A. Of the type of A it
/// keeps all that the file of A holds, also what is not understood. It opens with the password of A unless
/// --out-password-* gives another.
#[derive(Args, Debug)]
#[command(after_long_help = concat!(
"EXAMPLES:
  mwallet merge app-wallet other.p12
  mwallet merge app-wallet other.p12 --dry-run
  mwallet merge app.p12 other.p12 --out both.p12 --password-env A --src-password-env B
  mwallet merge w1 w2 --out w3 --password-file a.txt --src-password-file b.txt
  mwallet merge a.p12 b.p12 --out c.jks --out-password-file c.txt
  mwallet merge a.p12 b.p12 --out c.p12 --dry-run --json

", exit_codes!()))]
pub(crate) struct Merge {
    /// The wallet that keeps its order and its aliases; - is stdin, with --out
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The wallet that is brought in; - is stdin
    #[arg(value_name = "B")]
    b: PathBuf,
    /// The wallet to write; without it A is changed
    #[arg(long, value_name = "C")]
    out: Option<PathBuf>,
    /// What C is to be
    #[arg(long = "type", visible_alias = "to", value_enum, value_name = "TYPE", requires = "out")]
    kind: Option<StoreType>,
    /// How to protect a .p12 or an Oracle wallet: see `mwallet help profiles`
    #[arg(long, value_name = "P", value_parser = value::profile, requires = "out")]
    profile: Option<Profile>,
    /// Leave out what finds no room, of two values of one secret that of B, and of A a certificate in
    /// whose place a later one comes
    #[arg(long)]
    allow_loss: bool,
    /// Overwrite what is at --out, A and B too; of a file with keys or secrets that C does not get a copy
    /// stays beside it: FILE.kept, or with -2 and so on behind; `mv FILE.kept FILE` puts it back
    #[arg(long, requires = "out")]
    force: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    open: OpenFlags,
    #[command(flatten)]
    source: SourcePassword,
    #[command(flatten)]
    out_password: OutPassword,
    #[command(flatten)]
    weak_password: WeakPassword,
}

impl Merge {
    pub(crate) fn run(&self, context: &Context) -> Result<Status, Failure> {
        match &self.out {
            Some(out) => self.to_third(out, context),
            None => self.in_place(context),
        }
    }

    /// Brings B into A.
    fn in_place(&self, context: &Context) -> Result<Status, Failure> {
        let given = self.out_password.given();
        if given.is_given() {
            let message = format!("{} are for --out; A keeps its password", given.flags());
            return Err(Failure::new(Code::USAGE, message));
        }
        let opened = self.open.fill(&self.a, Keys::Open, context)?;
        let format = opened.store.format();
        let (b, mut opened) = opened.asking(
            context.can_ask(),
            |secrets| self.read_b(secrets, format, context),
            |secrets| secrets.edit(&self.a, Keys::Open, context),
        )?;
        let (b, secrets_of_b) = (b.store, b.secrets);
        let target = Target::in_place(&opened.store)?;
        let before = opened.store.wallet.clone();
        let outcomes = merge(&mut opened.store.wallet, &b.wallet, target.layout());
        opened.store.keep_issuers();
        let wallet = &mut opened.store.wallet;
        let gone = gone(&before, wallet);
        let logins = credential::by_name(&b.wallet);
        let no_room = target.new_losses(wallet, &before);
        let losses = self.losses(wallet, &no_room, &outcomes, &logins, gone, &self.a)?;
        locked::require_open(wallet, &outcomes, None, self.unless_kept(&b, &target))?;
        let mut change = Change::new(&self.a, self.dry_run);
        change.warn_all(trusted_leaves(wallet, Some(&before), &target, &b));
        change.warn_all(closed_to_java(wallet, Some(&before), &target, &self.a));
        change.warn_all(loss::mismatched(wallet, None));
        let own = own::passwords(&opened.store, &before, &b, &outcomes);
        let resealed = own_password::lost(&own, &opened.store, &Sealing::default())?;
        let entries = opened.save(&mut change, self.dry_run, context)?;
        // In the file, which may have them in lower case.
        let aliases = shown_aliases(&opened.store.wallet);
        let named = merged::named(&outcomes, &aliases, &logins);
        change.warn_all(own_password::resealed(&resealed, &aliases));
        let password = opened.secrets.password.as_ref();
        let of_b = secrets_of_b.password.as_ref();
        let sealed = own::sealed(&opened.store.wallet, &before, password, of_b, password);
        change.warn_all(own_password::kept_sealed(&sealed));
        let changes = named.iter().any(OutcomeReport::is_change);
        let verb = if changes { change.tense("wrote", "would write") } else { "no change:" };
        let status = Self::tell(verb, entries, &named, &losses, &target, change, context)?;
        own_password::hint_sealed(&sealed, &target.file, target.format, context);
        Ok(status)
    }

    /// Writes what A and B have to a third wallet.
    fn to_third(&self, out: &Path, context: &Context) -> Result<Status, Failure> {
        if out == Path::new("-") {
            let message = "the wallet that a merge makes is written to a file, not to stdout";
            return Err(Failure::new(Code::USAGE, message));
        }
        target::require_place(out, self.kind, [&self.a, &self.b], self.force, context)
            .map_err(to_read)?;
        let given = [self.source.given(), self.out_password.given()];
        let mut read = self.open.files_read();
        read.extend(given.iter().filter_map(Given::file).cloned());
        output::require_unread(out, &read)?;
        let secrets = self.open.secrets(context)?;
        let opened = secrets.read_all_keys(&self.a, context).map_err(to_read)?;
        let (a, secrets) = (opened.store, opened.secrets);
        let target = Target::of(out, self.kind, self.profile, &a)?;
        let b = self.read_b(&secrets, target.format, context)?;
        let (b, secrets_of_b) = (b.store, b.secrets);
        let mut wallet = a.wallet.clone();
        let outcomes = merge(&mut wallet, &b.wallet, target.layout());
        if !target.keeps_origin {
            let portable = target.layout() != Some(Layout::Oracle);
            wallet = export::select(&wallet, None, Parts::All, portable);
        }
        let mut change = Change::new(out, self.dry_run);
        let logins = credential::by_name(&b.wallet);
        let no_room = target.new_losses(&wallet, &a.wallet);
        let losses = self.losses(&mut wallet, &no_room, &outcomes, &logins, Vec::new(), out)?;
        let file_of_a = Some(self.a.as_path()).filter(|_| !target.keeps_origin);
        locked::require_open(&wallet, &outcomes, file_of_a, self.unless_kept(&b, &target))?;
        let password = self.password(out, &target, &a, &secrets, context)?;
        let refused = target.layout().and_then(|layout| {
            java_refuses(layout, Some(target.profile_for_losses()), password.as_ref())
        });
        let mismatched = loss::mismatched(&wallet, None);
        let old = Some(&a.wallet).filter(|_| target.keeps_origin);
        change.warn_all(trusted_leaves(&wallet, old, &target, &b));
        change.warn_all(closed_to_java(&wallet, None, &target, out));
        change
            .warn_all(weak_profile(target.profile()).into_iter().chain(refused).chain(mismatched));
        let mut store = self.store(&a, wallet, &target, context)?;
        let sealing = Sealing {
            protect: password.as_ref().map_or(Protect::Nothing, Protect::Password),
            profile: target.profile(),
            ..Sealing::default()
        };
        let own = own::passwords(&a, &a.wallet, &b, &outcomes);
        let resealed = own_password::lost(&own, &store, &sealing)?;
        let entries = save(&mut store, &sealing, &mut change, self.dry_run, context)?;
        let aliases = shown_aliases(&store.wallet);
        let named = merged::named(&outcomes, &aliases, &logins);
        change.warn_all(own_password::resealed(&resealed, &aliases));
        let (of_a, of_b) = (secrets.password.as_ref(), secrets_of_b.password.as_ref());
        let sealed = own::sealed(&store.wallet, &a.wallet, of_a, of_b, password.as_ref());
        change.warn_all(own_password::kept_sealed(&sealed));
        let verb = change.tense("wrote", "would write");
        let status = Self::tell(verb, entries, &named, &losses, &target, change, context)?;
        own_password::hint_sealed(&sealed, &target.file, target.format, context);
        Ok(status)
    }

    /// B, for a wallet of this format.
    fn read_b(
        &self,
        secrets: &Secrets,
        format: Format,
        context: &Context,
    ) -> Result<Opened, Failure> {
        let second = secrets.for_second(self.source.given(), context)?;
        second.read_to_write(&self.b, format, context).map_err(to_read)
    }

    /// The file of B, unless its keys may stay locked: those of Java's own stores each have their password, which goes
    /// with them into a store of the same type.
    fn unless_kept(&self, b: &Store, target: &Target) -> Option<&Path> {
        let keeps = target.format.is_java() && b.format() == target.format;
        (!keeps).then_some(self.b.as_path())
    }

    fn tell(
        verb: &str,
        entries: usize,
        named: &[OutcomeReport],
        losses: &[String],
        target: &Target,
        mut change: Change,
        context: &Context,
    ) -> Result<Status, Failure> {
        change.fact("type", target.name());
        change.fact("entries", entries);
        change.facts("outcomes", &named);
        change.facts("losses", &losses);
        let mut text = format!(
            "{verb} {} ({}, mode {}): {}\n",
            safe(&target.file.display().to_string()),
            target.name(),
            change.mode(),
            count(entries, "entry"),
        );
        text += &merged::text(named, context.is_verbose());
        for loss in losses {
            let _ = writeln!(text, "left out: {}", safe(loss));
        }
        change.report(&text, context)?;
        Ok(Status::Done)
    }

    /// What is lacking in the end, in words, beside what is gone; an error unless the user allows it.
    /// What there is no room for is taken out.
    fn losses(
        &self,
        wallet: &mut Wallet,
        no_room: &[Loss],
        outcomes: &[Outcome],
        logins: &HashMap<String, Login>,
        gone: Vec<String>,
        out: &Path,
    ) -> Result<Vec<String>, Failure> {
        let mut losses = loss::in_words(wallet, no_room);
        losses.extend(gone);
        for outcome in outcomes {
            let alias = &outcome.from.alias;
            let login = logins.get(alias).map(|login| format!(" (login {})", shown(login)));
            let name = format!("{alias}{} of B", login.unwrap_or_default());
            losses.extend(outcome.left_out.iter().map(|what| format!("{name}: {what}")));
        }
        if losses.is_empty() || self.allow_loss {
            export::leave_out(wallet, no_room)
                .map_err(|error| Failure::from(error).with("losses", &losses[..]).about(out))?;
            return Ok(losses);
        }
        let message =
            format!("not everything finds room in it:\n  {}", safe_all(&losses).join("\n  "));
        Err(Failure::new(Code::CONVERSION_LOSSY, message).with("losses", losses).about(out))
    }

    /// The password of C: a new one, else that of A.
    fn password(
        &self,
        out: &Path,
        target: &Target,
        a: &Store,
        secrets: &Secrets,
        context: &Context,
    ) -> Result<Option<Password>, Failure> {
        let given = self.out_password.given();
        let is_open = !a.origin.as_ref().is_some_and(Origin::is_protected);
        if !given.is_given() {
            let needs_none = target.profile() == Some(Profile::JavaTrust);
            if needs_none || (target.keeps_origin && is_open) {
                return Ok(None);
            }
            if target.keeps_origin && secrets.password.is_some() {
                return Ok(secrets.password.clone());
            }
        }
        let rules = Rules::of(target.format, target.layout());
        match &secrets.password {
            Some(password) if !given.is_given() => {
                rules.require(Some(password), self.weak_password)?;
                Ok(Some(password.clone()))
            }
            _ => given.new_for(&out.to_string_lossy(), rules, self.weak_password, context),
        }
    }

    /// C, as it is to be saved: where that keeps its type, as A was.
    fn store(
        &self,
        a: &Store,
        wallet: Wallet,
        target: &Target,
        context: &Context,
    ) -> Result<Store, Failure> {
        let location = target.location.clone();
        let mut store = Store::create(location, target.format, self.force, context.lock_timeout)?;
        store.wallet = wallet;
        if target.keeps_origin {
            store.write_like(a);
        }
        Ok(store)
    }
}

/// The failure over a wallet that is only read: to make an empty one is no help.
fn to_read(failure: Failure) -> Failure {
    match failure.code {
        Code::WALLET_NOT_FOUND => failure.with(hint::TO_READ, true),
        _ => failure,
    }
}

/// That certificates become trusted that are not a CA's: what an Oracle client fails on, and what a loose file
/// does not say that anybody trusts. Those that were trusted before are no news.
fn trusted_leaves(
    wallet: &Wallet,
    before: Option<&Wallet>,
    target: &Target,
    b: &Store,
) -> Option<Warning> {
    let oracle = target.layout() == Some(Layout::Oracle);
    if !oracle && b.format().is_store() {
        return None;
    }
    let is_nobodys_issuer = if oracle { is_end_entity } else { is_leaf };
    let is_new = |entry: &Entry| before.is_none_or(|before| before.entry(entry.id()).is_none());
    let leaves = wallet.trusted().filter(|(entry, it)| is_new(entry) && is_nobodys_issuer(it));
    let leaves: Vec<EntryId> = leaves.map(|(entry, _)| entry.id()).collect();
    if leaves.is_empty() {
        return None;
    }
    let aliases = shown_aliases(wallet);
    let names: Vec<&str> = leaves.iter().map(|leaf| aliases[leaf].text.as_str()).collect();
    let why = if oracle {
        ", and an Oracle client rejects a server whose own certificate it trusts"
    } else {
        ""
    };
    let message = format!("trusted without being a CA's{why}: {}", listed(&names));
    Some(Warning { code: Code::LEAF_AS_TRUSTED, message })
}

/// That Java reads nothing of the file, where it has secrets and had none before.
fn closed_to_java(
    wallet: &Wallet,
    before: Option<&Wallet>,
    target: &Target,
    path: &Path,
) -> Option<Warning> {
    let is_new = wallet.has_secrets() && !before.is_some_and(Wallet::has_secrets);
    (is_new && target.layout() == Some(Layout::Portable)).then(|| java_opens_nothing(path))
}

/// The certificates that were there and are not any more, in words.
fn gone(before: &Wallet, after: &Wallet) -> Vec<String> {
    let of_entries: HashSet<&[u8]> =
        before.entries().iter().filter_map(Entry::certificate).map(Certificate::der).collect();
    let in_words = |old: &Certificate| {
        let (subject, until) = (old.subject(), old.not_after().date());
        if of_entries.contains(old.der()) {
            format!("the certificate {subject} (until {until}), in whose place a later one comes")
        } else {
            format!("the issuer {subject} (until {until}), which issued nothing that stays")
        }
    };
    before.certificates_beyond(after).into_iter().map(in_words).collect()
}
