//! The wallet that a merge writes: where, of which type, how protected.

use crate::failure::Failure;
use crate::open;
use crate::output;
use clap::ValueEnum;
use mwallet::code::Code;
use mwallet::codec::Origin;
use mwallet::model::format::{Format, Layout};
use mwallet::model::profile::Profile;
use mwallet::store::dir::{AUTO_LOGIN_FILE, Location, WALLET_FILE};
use mwallet::store::{Store, file};
use std::path::Path;

/// Endings of files, and what they say.
const ENDINGS: [(&str, Kind); 5] = [
    ("p12", Kind::P12),
    ("pfx", Kind::P12),
    ("pkcs12", Kind::P12),
    ("jks", Kind::Jks),
    ("jceks", Kind::Jceks),
];

/// A type of wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A PKCS#12 file
    P12,
    /// A Java key store
    Jks,
    /// A Java key store of the cryptography extension
    Jceks,
    /// An Oracle wallet: a directory with an `ewallet.p12`
    Oracle,
}

/// What is written.
pub(super) struct Target {
    pub(super) location: Location,
    pub(super) format: Format,
    /// Whether the file is written as that of A was, with all that stands in it.
    pub(super) keeps_origin: bool,
    kind: Kind,
    /// The profile; nothing keeps that of A.
    profile: Option<Profile>,
    /// The profile of A, where it has a name.
    profile_of_a: Option<Profile>,
}

impl Target {
    /// What C is to be: as --type says, as its ending says, or as A is.
    pub(super) fn of(
        out: &Path,
        kind: Option<Kind>,
        profile: Option<Profile>,
        a: &Store,
    ) -> Result<Self, Failure> {
        let directory = directory_of(out);
        if directory.is_some() && kind.is_some_and(|kind| kind != Kind::Oracle) {
            let message = "this is the name of the file of an Oracle wallet: --type oracle";
            return Err(Failure::new(Code::USAGE, message).about(out));
        }
        let kind = kind.or_else(|| by_name(out)).or_else(|| like(a));
        let kind = kind.ok_or_else(|| {
            let message = format!("{} is no store that could be written: say --type", a.format());
            Failure::new(Code::USAGE, message).about(out)
        })?;
        let location = match kind {
            Kind::Oracle => Location::Directory(directory.unwrap_or(out).to_path_buf()),
            Kind::P12 | Kind::Jks | Kind::Jceks => Location::File(out.to_path_buf()),
        };
        let format = match kind {
            Kind::P12 | Kind::Oracle => Format::Pkcs12,
            Kind::Jks => Format::Jks,
            Kind::Jceks => Format::Jceks,
        };
        let keeps_origin = profile.is_none() && like(a) == Some(kind);
        let default = match kind {
            Kind::P12 => Some(Profile::Modern),
            Kind::Oracle => Some(Profile::Oracle23ai),
            Kind::Jks | Kind::Jceks => None,
        };
        if let Some(profile) = profile {
            if matches!(kind, Kind::Jks | Kind::Jceks) {
                let message = "--profile belongs to --type p12 and --type oracle";
                return Err(Failure::new(Code::USAGE, message));
            }
            if kind == Kind::Oracle && profile.layout() != Layout::Oracle {
                let message = "an Oracle wallet needs one of the profiles oracle-23ai, oracle-12c and \
                               oracle-11g";
                return Err(Failure::new(Code::USAGE, message));
            }
        }
        let profile = profile.or(default).filter(|_| !keeps_origin);
        let profile_of_a = a.origin.as_ref().and_then(Origin::profile);
        Ok(Self { location, format, keeps_origin, kind, profile, profile_of_a })
    }

    /// As on the command line.
    pub(super) fn name(&self) -> &'static str {
        match self.kind {
            Kind::P12 => "p12",
            Kind::Jks => "jks",
            Kind::Jceks => "jceks",
            Kind::Oracle => "oracle",
        }
    }

    pub(super) fn profile(&self) -> Option<Profile> {
        self.profile
    }

    /// The layout, where the format has more than one.
    pub(super) fn layout(&self) -> Option<Layout> {
        match self.kind {
            Kind::Oracle => Some(Layout::Oracle),
            Kind::P12 => Some(self.profile.map_or(Layout::Portable, Profile::layout)),
            Kind::Jks | Kind::Jceks => None,
        }
    }

    /// The profile, or one of the same layout where that of A is kept and has no name.
    pub(super) fn profile_for_losses(&self) -> Profile {
        let kept = self.profile_of_a.filter(|_| self.keeps_origin);
        self.profile.or(kept).unwrap_or(match self.kind {
            Kind::Oracle => Profile::Oracle23ai,
            _ => Profile::Modern,
        })
    }
}

/// The type that the path tells: an ending, or a directory that is there.
fn by_name(out: &Path) -> Option<Kind> {
    if directory_of(out).is_some() || matches!(file::kind(out), Ok(Some(file::Kind::Directory))) {
        return Some(Kind::Oracle);
    }
    let ending = out.extension()?;
    let known = ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known));
    known.map(|(_, kind)| *kind)
}

/// The directory that is meant by the name of one of its files.
fn directory_of(out: &Path) -> Option<&Path> {
    let is_part =
        out.file_name().is_some_and(|name| name == WALLET_FILE || name == AUTO_LOGIN_FILE);
    let folder = out.parent().filter(|_| is_part)?;
    Some(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
}

/// The type of a wallet that was read.
fn like(a: &Store) -> Option<Kind> {
    match (a.format(), a.layout()) {
        (Format::Pkcs12 | Format::Sso, Some(Layout::Oracle)) => Some(Kind::Oracle),
        (Format::Pkcs12 | Format::Sso, _) => Some(Kind::P12),
        (Format::Jks, _) => Some(Kind::Jks),
        (Format::Jceks, _) => Some(Kind::Jceks),
        _ => None,
    }
}

/// Fails where C must not be: over what is there, unless forced, and over a wallet with an auto-login
/// file, or over that file, whatever is forced: it would no longer fit, and others open it.
pub(super) fn require_place(out: &Path, sources: [&Path; 2], force: bool) -> Result<(), Failure> {
    for source in sources {
        let location = open::location(source)?;
        let Some(auto_login) = location.auto_login_file() else { continue };
        let inside = directory_of(out).unwrap_or(out).join(AUTO_LOGIN_FILE);
        for path in [out, inside.as_path()] {
            if file::same_file(path, &auto_login)? {
                let message = "the auto-login file of a wallet that is merged is there";
                return Err(Failure::new(Code::WOULD_OVERWRITE, message).about(out).final_word());
            }
        }
    }
    match file::kind(out)? {
        Some(file::Kind::Directory) => Ok(()), // what is in it is looked at when it is opened
        _ => output::require_free(out, force),
    }
}
