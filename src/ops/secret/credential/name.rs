//! The names of the secrets that make up logins.

pub(super) const CONNECT: &str = "oracle.security.client.connect_string";
pub(super) const USER: &str = "oracle.security.client.username";
pub(super) const PASSWORD: &str = "oracle.security.client.password";
pub(super) const DEFAULT_USER: &str = "oracle.security.client.default_username";
pub(super) const DEFAULT_PASSWORD: &str = "oracle.security.client.default_password";

/// Between map and key in a name.
pub(super) const MAP_END: &str = "@#3#@";

/// The name under which the login by map and key is kept.
#[must_use]
pub fn user_credential_name(map: &str, key: &str) -> String {
    format!("{map}{MAP_END}{key}")
}

/// The part and number in a name such as `oracle.security.client.password3`.
pub(in crate::ops::secret) fn numbered(name: &str) -> Option<(Part, u32)> {
    [(CONNECT, Part::Connect), (USER, Part::User), (PASSWORD, Part::Password)].into_iter().find_map(
        |(prefix, part)| {
            let digits = name.strip_prefix(prefix)?;
            let number: u32 = digits.parse().ok()?;
            // Neither +1 nor 01, which are other names.
            (number > 0 && number.to_string() == digits).then_some((part, number))
        },
    )
}

/// Whether the name is one of the two of the default login.
pub(in crate::ops::secret) fn is_default(name: &str) -> bool {
    name == DEFAULT_USER || name == DEFAULT_PASSWORD
}

/// Map and key in the name of a user credential.
pub(in crate::ops::secret) fn map_and_key(name: &str) -> Option<(&str, &str)> {
    name.split_once(MAP_END)
}

/// A part of a login for a connect string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops::secret) enum Part {
    Connect,
    User,
    Password,
}
