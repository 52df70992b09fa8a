//! What is to be said of how a PKCS#12 file is protected, whichever verb writes it.

use mwallet::code::Code;
use mwallet::codec::Warning;
use mwallet::model::format::Layout;
use mwallet::model::profile::Profile;
use mwallet::secret::Password;

/// That the profile protects against nobody.
pub(crate) fn weak_profile(profile: Option<Profile>) -> Option<Warning> {
    (profile == Some(Profile::LegacyRc2)).then(|| {
        let message = "RC2-40 protects against nobody; read by everything that is old";
        Warning { code: Code::WEAK_PROFILE, message: message.to_owned() }
    })
}

/// That Java, or an old one, does not open a file that others than Oracle read, because of its password.
pub(crate) fn java_refuses(
    layout: Layout,
    profile: Option<Profile>,
    password: Option<&Password>,
) -> Option<Warning> {
    let is_refused = password.is_some_and(|password| !password.is_printable_ascii());
    (is_refused && layout == Layout::Portable).then(|| {
        let which = if profile.is_some_and(Profile::encrypts_by_pkcs12) {
            "Java cannot"
        } else {
            "Java 17 and older cannot"
        };
        let message = format!("the new password is not of printable ASCII: {which} open the file");
        Warning { code: Code::PASSWORD_WEAK, message }
    })
}
