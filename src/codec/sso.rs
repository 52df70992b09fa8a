//! Oracle's auto-login file, `cwallet.sso`: a header with the password of a PKCS#12 store, and the
//! store. `docs/formats/sso.md` has the bytes.

mod header;

pub use header::Header;

use crate::codec::pkcs12;
use crate::codec::sso::header::{Keyed, damaged};
use crate::codec::{self, CodecError, Decoded, Opening, Protect, Sealing};
use crate::crypto::auto_login::{self, Seed};
use crate::crypto::kdf::Budget;
use crate::model::format::{Format, Layout};
use crate::model::profile::Profile;
use crate::model::wallet::Wallet;
use crate::secret::{Password, SecretBytes, SharedBytes};

/// For whom an auto-login file opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Type `6`: for everybody who can read it; an `ewallet.p12` stands beside it.
    On,
    /// Type `7`: for everybody who can read it; it is the only file of its wallet.
    Only,
    /// Type `8`: for one user on one host.
    Local,
}

/// How the key stands in a header of version 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// AES-128, of Oracle 12c and later.
    Aes,
    /// DES, of Oracle 11g.
    Des,
}

impl Form {
    /// The name in JSON and in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes => "aes",
            Self::Des => "des",
        }
    }
}

/// A user on a host, for whom a local auto-login file opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name of the host, up to its first dot.
    pub host: String,
    /// The name of the user.
    pub user: String,
}

impl Identity {
    /// The user on this host, whose name is cut at the first dot as Oracle cuts it.
    #[must_use]
    pub fn new(host: &str, user: &str) -> Self {
        let host = host.split('.').next().unwrap_or_default().to_owned();
        Self { host, user: user.to_owned() }
    }
}

/// What kind of auto-login file is to be written.
#[derive(Clone, Debug)]
pub struct Target {
    /// For whom it opens.
    pub kind: Kind,
    /// How its key is kept.
    pub form: Form,
    /// Tells the user and the host of a local one.
    pub identity: Option<fn() -> Identity>,
}

impl Target {
    /// A file of this kind, in the form of today.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, form: Form::Aes, identity: None }
    }

    /// The password of a seed for this file.
    fn password(&self, seed: &Seed) -> Result<Password, CodecError> {
        match self.kind {
            Kind::On | Kind::Only => seed
                .password()
                .ok_or_else(|| damaged("its key does not fit: no password comes out")),
            Kind::Local => match self.identity.map(|identity| identity()) {
                Some(Identity { host, user }) => Ok(seed.bound_password(&host, &user)),
                None => Err(CodecError::AutoLoginBound { tried: None }),
            },
        }
    }
}

/// How an auto-login file was written.
#[derive(Clone, Debug)]
pub struct Origin {
    header: Header,
    form: Form,
    identity: Option<fn() -> Identity>,
    pfx: pkcs12::Origin,
    /// The file as it was read.
    raw: SecretBytes,
}

impl Origin {
    /// What its header says.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// How the store inside was written.
    #[must_use]
    pub fn pfx(&self) -> &pkcs12::Origin {
        &self.pfx
    }
}

/// Reads an auto-login file. A password in `opening` is not used, its identity is.
///
/// # Errors
///
/// [`CodecError::AutoLoginBound`] for a local file that does not open with the identity,
/// [`CodecError::AutoLoginVersion`] for one of 23ai, [`CodecError::FormatUnsupported`] for older
/// forms; [`CodecError::Truncated`] and [`CodecError::Damaged`] of format [`Format::Sso`], whether
/// the header or the store inside is meant.
pub(in crate::codec) fn decode(
    bytes: &[u8],
    file: Option<&SharedBytes>,
    opening: &Opening<'_>,
    budget: &Budget,
) -> Result<Decoded, CodecError> {
    let keyed = Keyed::read(bytes)?;
    let wrapped = keyed.form.wrapping().unwrap(&keyed.key, &keyed.wrapped)?;
    let seed = wrapped.ok_or_else(|| damaged("its key does not fit: no password comes out"))?;
    let target = Target { kind: keyed.header.kind, form: keyed.form, identity: opening.identity };
    let password = target.password(&seed)?;
    let inside = &bytes[keyed.length..];
    let opening_inside = Opening { password: Some(&password), identity: None, ..*opening };
    let decoded =
        pkcs12::decode(inside, file, &opening_inside, budget).map_err(|error| match error {
            // A seed that no writer makes tells that the header was changed.
            CodecError::PasswordWrong { .. }
                if keyed.header.kind == Kind::Local && seed.is_text() =>
            {
                CodecError::AutoLoginBound { tried: opening.identity.map(|identity| identity()) }
            }
            CodecError::PasswordWrong { .. } | CodecError::PasswordMissing => {
                damaged("the key in its header does not open the store inside")
            }
            CodecError::MacMismatch => {
                damaged("the integrity check of the store inside does not fit")
            }
            CodecError::Truncated { what, .. } => {
                CodecError::Truncated { format: Format::Sso, what }
            }
            CodecError::Damaged { what, .. } => CodecError::Damaged { format: Format::Sso, what },
            other => other,
        })?;
    let codec::Origin::Pkcs12(pfx) = decoded.origin else {
        return Err(damaged("the store inside is no PKCS#12"));
    };
    let origin = Origin {
        header: keyed.header,
        form: keyed.form,
        identity: opening.identity,
        pfx,
        raw: bytes.into(),
    };
    Ok(Decoded { origin: codec::Origin::Sso(origin), ..decoded })
}

/// Writes an auto-login file with a fresh key. `bags` is the origin of the PKCS#12 store that the
/// wallet was read from, whose bags are written as they are.
///
/// # Errors
///
/// [`CodecError::AutoLoginBound`] for a local file without an identity;
/// [`CodecError::FormatUnsupported`] for a portable profile, or another protection than
/// [`Protect::Keep`], since the file makes its password itself; [`CodecError::KeyLocked`].
pub fn encode(
    wallet: &Wallet,
    target: &Target,
    sealing: &Sealing<'_>,
    bags: Option<&pkcs12::Origin>,
) -> Result<SecretBytes, CodecError> {
    require_no_password(sealing)?;
    let refused = |profile: Profile| profile.layout() != Layout::Oracle;
    if sealing.profile.is_some_and(refused) {
        let what = "an auto-login file in the portable layout".to_owned();
        return Err(CodecError::FormatUnsupported { what, verb: "written" });
    }
    // 1. What is not in Oracle's layout yet is laid out anew.
    let native = bags.is_some_and(|bags| bags.layout() == Layout::Oracle);
    let profile = sealing.profile.or(if native { None } else { Some(Profile::Oracle23ai) });
    // 2. A fresh key, a fresh password.
    let wrapping = target.form.wrapping();
    let (key, seed) = (auto_login::key(wrapping)?, Seed::random()?);
    let password = target.password(&seed)?;
    let wrapped = wrapping.wrap(&key, &seed)?;
    // 3. The header, and the store behind it.
    let sealing = Sealing { protect: Protect::Password(&password), profile, ..*sealing };
    let pfx = pkcs12::encode(wallet, &sealing, bags)?;
    let header = Keyed::write(target.kind, target.form, &key, &wrapped);
    Ok(SecretBytes::new([&header[..], &pfx].concat()))
}

/// Writes a file that was read: as it was if nothing changed, else with a fresh key and in its own
/// kind, form and algorithms.
pub(super) fn update(
    wallet: &Wallet,
    sealing: &Sealing<'_>,
    origin: &Origin,
) -> Result<SecretBytes, CodecError> {
    require_no_password(sealing)?;
    if pkcs12::is_unchanged(wallet, sealing, &origin.pfx)? {
        return Ok(origin.raw.clone());
    }
    let target = Target { kind: origin.header.kind, form: origin.form, identity: origin.identity };
    encode(wallet, &target, sealing, Some(&origin.pfx))
}

fn require_no_password(sealing: &Sealing<'_>) -> Result<(), CodecError> {
    match sealing.protect {
        Protect::Keep => Ok(()),
        Protect::Password(_) | Protect::Nothing => {
            let what = "an auto-login file with a protection that is given to it".to_owned();
            Err(CodecError::FormatUnsupported { what, verb: "written" })
        }
    }
}
