//! Who runs the program, and where: what local auto-login files are bound to.
//!
//! Oracle's Java tools take the name that the password database has for the real user ID, and the
//! name of the host up to its first dot. The environment could name another user, and then neither
//! would open what the other has made; so it is asked only where the database does not know the
//! user, as in containers with users of directories: `LOGNAME`, then `USER`. Without those it is
//! `?`, as it is for Java.

use mwallet::codec::sso::Identity;
use mwallet::store::file;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The password database of the machine, passwd(5).
const DATABASE: &str = "/etc/passwd";

/// Longest database that is read, in bytes.
const DATABASE_BYTES: u64 = 4 * 1024 * 1024;

/// The name of a user that nobody knows.
const UNKNOWN: &str = "?";

/// The user who runs the program, on this host.
pub(super) fn of_this_process(variable: impl Fn(&OsStr) -> Option<OsString>) -> Identity {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let uid = rustix::process::getuid().as_raw();
    let database = file::read_bounded(Path::new(DATABASE), DATABASE_BYTES).ok();
    let user = database.and_then(|database| user_of(uid, &database)).or_else(|| {
        ["LOGNAME", "USER"]
            .into_iter()
            .filter_map(|name| variable(OsStr::new(name)))
            .map(|value| value.to_string_lossy().into_owned())
            .find(|name| !name.is_empty())
    });
    Identity::new(&host, user.as_deref().unwrap_or(UNKNOWN))
}

/// The first user with this ID: `name:password:UID:...` a line.
fn user_of(uid: u32, database: &[u8]) -> Option<String> {
    String::from_utf8_lossy(database).lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::user_of;

    #[test]
    fn the_user_is_the_first_one_with_the_number() {
        let database = b"# a comment\nroot:x:0:0::/:/bin/sh\noracle:x:54321:1::/:\nora2:x:54321:1::/:\n\nbroken\n:x:7:\n";
        assert_eq!(user_of(0, database).as_deref(), Some("root"));
        assert_eq!(user_of(54321, database).as_deref(), Some("oracle"));
        assert_eq!(user_of(7, database), None);
        assert_eq!(user_of(1, database), None);
        assert_eq!(user_of(1, b"\xff\xfe"), None);
    }
}
