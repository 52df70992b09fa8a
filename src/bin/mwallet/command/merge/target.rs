//! The wallet that a merge writes: where, of which type, how protected.

use crate::context::Context;
use crate::failure::Failure;
use crate::input;
use crate::open;
use crate::output;
use crate::store_type::StoreType;
use mwallet::code::Code;
use mwallet::codec::{self, Loss, Origin};
use mwallet::model::entry::EntryId;
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::store::dir::{AUTO_LOGIN_FILE, AutoLogin, Location};
use mwallet::store::{Store, file};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What is written.
pub(super) struct Target {
    pub(super) location: Location,
    /// The file of the wallet.
    pub(super) file: PathBuf,
    pub(super) format: Format,
    /// Whether the file is written as that of A was, with all that stands in it.
    pub(super) keeps_origin: bool,
    kind: StoreType,
    /// The profile; nothing keeps that of A.
    profile: Option<Profile>,
    /// The profile of A, where it has a name.
    profile_of_a: Option<Profile>,
}

impl Target {
    /// What C is to be: as --type says, as its ending says, or as A is.
    pub(super) fn of(
        out: &Path,
        kind: Option<StoreType>,
        profile: Option<Profile>,
        a: &Store,
    ) -> Result<Self, Failure> {
        let kind_of_a = StoreType::of(a.format(), a.layout());
        let kind = kind.or_else(|| by_name(out)).or(kind_of_a);
        let kind = kind.ok_or_else(|| {
            let message = format!("{} is no store that could be written: say --type", a.format());
            Failure::new(Code::USAGE, message).about(out)
        })?;
        let location = match kind {
            StoreType::Oracle => Location::Directory(Location::of_file(out).path().to_path_buf()),
            StoreType::P12 | StoreType::Jks | StoreType::Jceks => Location::File(out.to_path_buf()),
        };
        let keeps_origin = profile.is_none() && kind_of_a == Some(kind);
        let default = match kind {
            StoreType::P12 => Some(Profile::Modern),
            StoreType::Oracle => Some(Profile::Oracle23ai),
            StoreType::Jks | StoreType::Jceks => None,
        };
        if let Some(profile) = profile {
            if matches!(kind, StoreType::Jks | StoreType::Jceks) {
                let message = "--profile belongs to --type p12 and --type oracle";
                return Err(Failure::new(Code::USAGE, message));
            }
            if kind == StoreType::Oracle && profile.layout() != Layout::Oracle {
                let message = "an Oracle wallet needs one of the profiles oracle-23ai, oracle-12c and \
                               oracle-11g";
                return Err(Failure::new(Code::USAGE, message));
            }
        }
        let profile = profile.or(default).filter(|_| !keeps_origin);
        let profile_of_a = a.origin.as_ref().and_then(Origin::profile);
        let file = location.store_file();
        let format = kind.format();
        Ok(Self { location, file, format, keeps_origin, kind, profile, profile_of_a })
    }

    /// A itself.
    pub(super) fn in_place(a: &Store) -> Result<Self, Failure> {
        let layout = if a.is_oracle() { Some(Layout::Oracle) } else { a.layout() };
        let kind = StoreType::of(a.format(), layout).ok_or_else(|| {
            let message = format!("{} is no store that could be written", a.format());
            Failure::new(Code::FORMAT_UNSUPPORTED, message).about(a.path())
        })?;
        let location = a.location().clone();
        let only = location.auto_login_file().filter(|_| a.auto_login() == AutoLogin::Only);
        Ok(Self {
            file: only.unwrap_or_else(|| location.store_file()),
            location,
            format: kind.format(),
            keeps_origin: true,
            kind,
            profile: None,
            profile_of_a: a.origin.as_ref().and_then(Origin::profile),
        })
    }

    /// What it cannot carry of a wallet. What is written as A was carries all of A as that did, so that only what
    /// has come since counts.
    pub(super) fn new_losses(&self, wallet: &Wallet, a: &Wallet) -> Vec<Loss> {
        let losses = |wallet| codec::losses(wallet, self.format, self.profile_for_losses());
        let mut new = losses(wallet);
        if self.keeps_origin {
            let old: HashSet<(EntryId, String)> =
                losses(a).into_iter().map(|loss| (loss.entry, loss.what)).collect();
            new.retain(|loss| !old.contains(&(loss.entry, loss.what.clone())));
        }
        new
    }

    /// As on the command line.
    pub(super) fn name(&self) -> String {
        self.kind.name()
    }

    pub(super) fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// The layout, where the format has more than one.
    pub(super) fn layout(&self) -> Option<Layout> {
        match self.kind {
            StoreType::Oracle => Some(Layout::Oracle),
            StoreType::P12 => Some(self.profile.map_or(Layout::Portable, Profile::layout)),
            StoreType::Jks | StoreType::Jceks => None,
        }
    }

    /// The profile, or one of the same layout where that of A is kept and has no name.
    pub(super) fn profile_for_losses(&self) -> Profile {
        let kept = self.profile_of_a.filter(|_| self.keeps_origin);
        self.profile.or(kept).unwrap_or(match self.kind {
            StoreType::Oracle => Profile::Oracle23ai,
            _ => Profile::Modern,
        })
    }
}

/// The type that the path tells: an ending, a name of Java's, or a directory that is there.
fn by_name(out: &Path) -> Option<StoreType> {
    let is_directory = matches!(Location::of_file(out), Location::Directory(_))
        || matches!(file::kind(out), Ok(Some(file::Kind::Directory)));
    if is_directory {
        return Some(StoreType::Oracle);
    }
    if Format::is_java_name(out) {
        return Some(StoreType::P12);
    }
    StoreType::of(Format::of_name(out)?, None)
}

/// Fails where C has the name of something else, and where it must not be: over what is there, unless forced, and
/// over a wallet with an auto-login file, or over that file, whatever is forced: it would no longer fit, and others
/// open it.
pub(super) fn require_place(
    out: &Path,
    kind: Option<StoreType>,
    sources: [&Path; 2],
    force: bool,
    context: &Context,
) -> Result<(), Failure> {
    match kind {
        None => StoreType::require_store_name(out)?,
        Some(StoreType::P12 | StoreType::Jks | StoreType::Jceks)
            if matches!(Location::of_file(out), Location::Directory(_)) =>
        {
            let message = "this is the name of the file of an Oracle wallet: --type oracle";
            return Err(Failure::new(Code::USAGE, message).about(out));
        }
        Some(_) => {}
    }
    for source in sources.into_iter().filter(|source| !input::is_stream(source)) {
        let location = open::location(source)?;
        let Some(auto_login) = location.auto_login_file() else { continue };
        let inside = Location::of_file(out).path().join(AUTO_LOGIN_FILE);
        for path in [out, inside.as_path()] {
            if file::same_file(path, &auto_login)? {
                let message = "the auto-login file of a wallet that is merged is there";
                return Err(Failure::new(Code::WOULD_OVERWRITE, message).about(out).final_word());
            }
        }
    }
    match file::kind(out)? {
        // Found before anybody is asked for a password, which is not what stands in the way.
        Some(file::Kind::Directory) if kind.is_none_or(|kind| kind == StoreType::Oracle) => {
            let location = Location::Directory(out.to_path_buf());
            drop(Store::create(location, Format::Pkcs12, force, context.lock_timeout)?);
            Ok(())
        }
        _ => output::require_free(out, force),
    }
}
