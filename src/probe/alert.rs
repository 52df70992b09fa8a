//! What a server says when it refuses, in words.

use std::fmt;

/// A fatal alert (RFC 8446 section 6.2), by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alert(pub u8);

/// One alert of the registry.
struct Row {
    number: u8,
    /// The name in the registry.
    name: &'static str,
    /// What the server says.
    meaning: &'static str,
    /// What is behind it most often.
    cause: &'static str,
}

/// RFC 8446 section 6, RFC 5246 section 7.2 and RFC 7301 section 3.2.
const ALERTS: [Row; 22] = [
    row(
        10,
        "unexpected_message",
        "it did not expect this message",
        "a fault of the server, or no TLS server",
    ),
    row(
        20,
        "bad_record_mac",
        "a record could not be decrypted",
        "a device on the way that changes the bytes",
    ),
    row(22, "record_overflow", "a record was too long", "no TLS server"),
    row(
        40,
        "handshake_failure",
        "there is no set of parameters that both sides accept",
        "no cipher suite in common; in TLS 1.2 also: no client certificate came",
    ),
    row(41, "no_certificate", "no certificate came", "the server requires a client certificate"),
    row(
        42,
        "bad_certificate",
        "the certificate is damaged, or its signatures do not verify",
        "the chain is not whole or not in order, or, of a Java server, no certificate came at all",
    ),
    row(
        43,
        "unsupported_certificate",
        "the certificate is of a type or for a use that it does not take",
        "the extended key usage lacks clientAuth",
    ),
    row(
        44,
        "certificate_revoked",
        "the certificate was revoked by its CA",
        "a new certificate is needed",
    ),
    row(
        45,
        "certificate_expired",
        "the certificate has expired",
        "a renewal that nobody did, or the server's clock",
    ),
    row(
        46,
        "certificate_unknown",
        "it does not accept the certificate for some other reason",
        "of a Java server: the CA is not in its trust store, or the certificate has expired",
    ),
    row(47, "illegal_parameter", "a field was out of range", "a fault of the server"),
    row(
        48,
        "unknown_ca",
        "it does not know the CA of the certificate",
        "its trust store lacks the root, or the chain that was sent lacks an intermediate",
    ),
    row(
        49,
        "access_denied",
        "the certificate is valid, and its owner is not let in",
        "the server's access list does not name the subject",
    ),
    row(50, "decode_error", "a message could not be decoded", "a fault of the server"),
    row(
        51,
        "decrypt_error",
        "a signature does not verify",
        "the key that signed does not belong to the certificate that was sent",
    ),
    row(
        70,
        "protocol_version",
        "it does not speak this version of TLS",
        "it is limited to another version",
    ),
    row(71, "insufficient_security", "it wants stronger cipher suites", "the server's policy"),
    row(80, "internal_error", "it failed for a reason of its own", "see the server's log"),
    row(
        86,
        "inappropriate_fallback",
        "the version was lowered without need",
        "a device on the way",
    ),
    row(
        112,
        "unrecognized_name",
        "it does not serve a host of this name",
        "the name that was sent (SNI) is not one that it is configured for",
    ),
    row(
        116,
        "certificate_required",
        "it requires a client certificate and none came",
        "the client has no certificate that fits the request",
    ),
    row(
        120,
        "no_application_protocol",
        "it speaks none of the offered protocols over TLS (ALPN)",
        "the server is for another protocol",
    ),
];

const fn row(number: u8, name: &'static str, meaning: &'static str, cause: &'static str) -> Row {
    Row { number, name, meaning, cause }
}

impl Alert {
    /// `handshake_failure`.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// `certificate_revoked`.
    pub const CERTIFICATE_REVOKED: Self = Self(44);
    /// `protocol_version`.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// `no_application_protocol`.
    pub const NO_APPLICATION_PROTOCOL: Self = Self(120);

    fn row(self) -> Option<&'static Row> {
        ALERTS.iter().find(|row| row.number == self.0)
    }

    /// The name in the registry, if it is known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    /// What the server says with it.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.row().map_or("it does not say why", |row| row.meaning)
    }

    /// What is behind it most often.
    #[must_use]
    pub fn cause(self) -> &'static str {
        self.row().map_or("see the server's log", |row| row.cause)
    }

    /// Whether a server says so that got no certificate and wanted one: `certificate_required` of
    /// TLS 1.3; before it OpenSSL says `handshake_failure` and Java `bad_certificate`.
    #[must_use]
    pub fn may_mean_no_certificate(self) -> bool {
        matches!(self.0, 40..=42 | 116)
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "alert {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALERTS, Alert};

    #[test]
    fn numbers_are_in_order_and_each_has_words() {
        assert!(ALERTS.is_sorted_by(|a, b| a.number < b.number));
        assert_eq!(Alert(116).to_string(), "certificate_required");
        assert_eq!(Alert(250).to_string(), "alert 250");
        assert_eq!(Alert(250).meaning(), "it does not say why");
    }
}
