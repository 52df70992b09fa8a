//! The `cwallet.sso` of a wallet directory: how it was found, and how it is written.

use crate::code::Code;
use crate::codec::sso::{self, Form, Header, Kind, Target};
use crate::codec::{
    self, CodecError, Decoded, Keys, Opening, Origin, Protection, Sealing, Warning,
};
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::SecretBytes;
use crate::store::dir::{AutoLogin, Location};
use crate::store::{StoreError, file, verify};
use std::path::Path;

/// The auto-login file of a wallet directory, as it was found.
#[derive(Clone, Debug)]
pub struct AutoLoginFile {
    /// What its header says, or why it says nothing.
    pub header: Result<Header, CodecError>,
    /// Why the file does not open here; `None` when it does.
    pub refusal: Option<CodecError>,
    /// How it differs from `ewallet.p12`; `None` when they agree or were not compared.
    pub difference: Option<String>,
    /// Whether it holds what `ewallet.p12` does not, or nobody can tell because it does not open.
    pub(super) has_surplus: bool,
    /// The kind by its first bytes, whether or not the rest is whole.
    pub(super) kind: AutoLogin,
    /// How its store was written.
    origin: Option<sso::Origin>,
}

impl AutoLoginFile {
    /// Looks at a file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// What [`file::read`] says.
    pub fn at(path: &Path, opening: &Opening<'_>) -> Result<Option<Self>, StoreError> {
        Ok(Self::read(path, opening)?.map(|(found, _)| found))
    }

    /// Looks at the file of a directory; `None` where there is none. With it comes what it holds,
    /// if it opens.
    pub(super) fn look(
        location: &Location,
        opening: &Opening<'_>,
    ) -> Result<Option<(Self, Option<Decoded>)>, StoreError> {
        match location.auto_login_file() {
            Some(path) => Self::read(&path, opening),
            None => Ok(None),
        }
    }

    fn read(
        path: &Path,
        opening: &Opening<'_>,
    ) -> Result<Option<(Self, Option<Decoded>)>, StoreError> {
        match file::read(path) {
            Ok(content) => Ok(Some(Self::of(&content, opening))),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the bytes of a file are.
    pub(super) fn of(content: &[u8], opening: &Opening<'_>) -> (Self, Option<Decoded>) {
        let header = Header::read(content).map_err(|error| described(content, error));
        let opening = Opening { password: None, keys: Keys::Open, ..*opening };
        let (decoded, refusal) = match codec::decode(content, Format::Sso, &opening) {
            Ok(decoded) => (Some(decoded), None),
            Err(error) => (None, Some(header.clone().err().unwrap_or(error))),
        };
        let origin = decoded.as_ref().and_then(|decoded| match &decoded.origin {
            Origin::Sso(origin) => Some(origin.clone()),
            Origin::Pkcs12(_) | Origin::Jks(_) | Origin::Loose(_) => None,
        });
        let has_surplus = refusal.is_some();
        let kind = AutoLogin::of_header(content).unwrap_or(AutoLogin::On);
        (Self { header, refusal, difference: None, has_surplus, kind, origin }, decoded)
    }

    /// What is found by comparing it with `ewallet.p12`.
    pub(super) fn compare(&mut self, password: &Wallet, auto_login: Option<&Wallet>) {
        self.has_surplus = auto_login.is_none_or(|held| verify::has_surplus(held, password));
        self.difference = match (&self.header, auto_login) {
            (Ok(Header { kind: Kind::Only, .. }), _) => Some(
                "it is of the kind that stands alone, and an ewallet.p12 stands beside it".into(),
            ),
            (_, Some(auto_login)) => verify::compare(password, auto_login),
            (_, None) => match &self.refusal {
                // Bound elsewhere is not out of step.
                Some(CodecError::AutoLoginBound { .. } | CodecError::AutoLoginVersion { .. })
                | None => None,
                Some(refusal) => Some(refusal.to_string()),
            },
        };
    }

    /// Whether the file is one that a change would have to rewrite and cannot: what it was made for
    /// is not known here.
    pub(super) fn is_elsewhere(&self) -> bool {
        match &self.header {
            Ok(header) => {
                header.form.is_none() || header.kind == Kind::Local && self.refusal.is_some()
            }
            Err(_) => true,
        }
    }

    /// Makes sure that a change can keep the file as it is.
    pub(super) fn require_kept(&self, path: &Path) -> Result<(), StoreError> {
        match &self.refusal {
            Some(source) if self.is_elsewhere() => {
                let (path, source) = (path.to_path_buf(), source.clone());
                Err(StoreError::AutoLoginElsewhere { path, kind: self.kind, source })
            }
            _ => Ok(()),
        }
    }

    /// Whether it is of the kind that stands alone.
    pub(super) fn stands_alone(&self) -> bool {
        self.header.as_ref().is_ok_and(|header| header.kind == Kind::Only)
    }

    /// Whether it is of another kind than the one that is wanted.
    pub(super) fn is_other_than(&self, wanted: Kind) -> bool {
        !self.header.as_ref().is_ok_and(|header| header.kind == wanted)
    }

    /// The warning of a file that does not hold what `ewallet.p12` holds.
    pub(super) fn warning(&self, path: &Path) -> Option<Warning> {
        let difference = self.difference.as_ref()?;
        Some(Warning {
            code: Code::AUTO_LOGIN_OUT_OF_STEP,
            message: format!("{}: out of step with ewallet.p12: {difference}", path.display()),
        })
    }
}

/// The bytes of a `cwallet.sso` for the bags of `main`, an `ewallet.p12` that was read back. Kind as
/// wanted; form, profile and iterations as found, else those of `main`.
pub(super) fn write(
    main: &Decoded,
    kind: Kind,
    found: Option<&AutoLoginFile>,
    opening: &Opening<'_>,
    sealing: &Sealing<'_>,
) -> Result<SecretBytes, CodecError> {
    let form = found
        .and_then(|found| found.header.as_ref().ok())
        .and_then(|header| header.form)
        .unwrap_or(Form::Aes);
    let target = Target { kind, form, identity: opening.identity };
    let own = found.and_then(|found| found.origin.as_ref()).cloned().map(Origin::Sso);
    let own = own.filter(|_| sealing.profile.is_none());
    let native = |origin: &&Origin| profile_of(origin).is_some();
    let like = own.as_ref().filter(native).or(Some(&main.origin).filter(native));
    let sealing = Sealing {
        protect: codec::Protect::Keep,
        profile: Some(like.and_then(profile_of).unwrap_or(Profile::Oracle23ai)),
        iterations: sealing.iterations.or_else(|| like.and_then(iterations_of)),
        now: sealing.now,
        derived: sealing.derived,
    };
    let bags = match &main.origin {
        Origin::Pkcs12(pfx) => pfx,
        Origin::Sso(origin) => origin.pfx(),
        Origin::Jks(_) | Origin::Loose(_) => {
            let what = "an auto-login file of a store that is no PKCS#12".to_owned();
            return Err(CodecError::FormatUnsupported { what, verb: "written" });
        }
    };
    sso::encode(&main.wallet, &target, &sealing, Some(bags))
}

fn profile_of(origin: &Origin) -> Option<Profile> {
    origin.profile().filter(|profile| profile.layout() == Layout::Oracle)
}

fn iterations_of(origin: &Origin) -> Option<u32> {
    origin.encryption().iter().find_map(|part: &Protection| part.iterations)
}

/// What a file is that is no auto-login file, where that can be told.
fn described(content: &[u8], error: CodecError) -> CodecError {
    match codec::recognise_foreign(content) {
        Some(what) => CodecError::FormatUnsupported { what: what.name().to_owned(), verb: "read" },
        None => error,
    }
}
