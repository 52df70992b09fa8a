//! Oracle's trust flags.

use std::fmt;

/// The trust flags that orapki keeps in the fourth word of a certificate's localKeyID: one byte.
///
/// Only wallets with the trust flags property use them; elsewhere they are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TrustFlags(pub u8);

impl TrustFlags {
    const NAMES: [(u8, &'static str); 4] =
        [(0x01, "SERVER_AUTH"), (0x02, "CLIENT_AUTH"), (0x04, "VALID_PEER"), (0x10, "NULL")];

    /// The names that orapki prints, in its order.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, name)| *name).collect()
    }
}

impl fmt::Display for TrustFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(","))
    }
}
