//! Logins in words.

use crate::render::text::safe;
use mwallet::ops::secret::credential::Login;

/// What the login is for.
pub(crate) fn shown(login: &Login) -> String {
    match login {
        Login::Connect(connect) => safe(connect),
        Login::Default => "the default credential".to_owned(),
        Login::User { map, key } => format!("{} {}", safe(map), safe(key)),
        Login::Number(number) => format!("login {number}"),
    }
}
