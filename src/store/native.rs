//! The conversion of a portable `ewallet.p12` in a wallet directory to Oracle's own layout.

use crate::code::Code;
use crate::codec::{Origin, Warning};
use crate::model::profile::Profile;
use std::path::Path;

/// The profile of Oracle's layout that is nearest to a portable file: readers that know only 3DES,
/// RC2 or RC4 get 3DES.
pub(super) fn profile(origin: &Origin) -> Profile {
    match origin.profile() {
        Some(Profile::Compat | Profile::LegacyRc2 | Profile::Oracle11g) => Profile::Oracle11g,
        Some(Profile::Oracle12c) => Profile::Oracle12c,
        Some(Profile::Modern | Profile::Pbmac1 | Profile::JavaTrust | Profile::Oracle23ai) => {
            Profile::Oracle23ai
        }
        None => profile_of(origin.encryption().into_iter().map(|part| part.algorithm)),
    }
}

/// `algorithms` are the names of `codec::Protection`.
fn profile_of(algorithms: impl Iterator<Item = String>) -> Profile {
    let is_old = |name: &str| ["DES", "RC2", "RC4"].iter().any(|old| name.contains(old));
    let mut algorithms = algorithms.filter(|name| name != "none").peekable();
    if algorithms.peek().is_some() && algorithms.all(|name| is_old(&name)) {
        Profile::Oracle11g
    } else {
        Profile::Oracle23ai
    }
}

/// What the user is told of the conversion.
pub(super) fn warning(path: &Path, profile: Option<Profile>) -> Warning {
    let profile = profile.map_or("oracle", Profile::name);
    let message = format!(
        "{}: the portable layout becomes Oracle's (profile {profile}), which the readers of a wallet \
         directory need",
        path.display()
    );
    Warning { code: Code::LAYOUT_CONVERTED, message }
}

#[cfg(test)]
mod tests {
    use super::profile_of;
    use crate::model::profile::Profile;

    fn of(algorithms: &[&str]) -> Profile {
        profile_of(algorithms.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn old_ciphers_become_3des_and_everything_else_aes() {
        assert_eq!(of(&["PBE-SHA1-RC2-40", "PBE-SHA1-3DES"]), Profile::Oracle11g);
        assert_eq!(of(&["PBES2 3DES-CBC, PBKDF2-HMAC-SHA1"]), Profile::Oracle11g);
        assert_eq!(of(&["PBE-SHA1-RC4-128", "none"]), Profile::Oracle11g);
        assert_eq!(of(&["PBES2 AES-256-CBC, scrypt", "PBE-SHA1-3DES"]), Profile::Oracle23ai);
        assert_eq!(of(&["none"]), Profile::Oracle23ai);
        assert_eq!(of(&[]), Profile::Oracle23ai);
    }
}
