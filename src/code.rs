//! Stable codes of errors and findings.
//!
//! A code is part of the public interface: scripts match on it, `docs/errors.md` describes it, and
//! it is never renamed. Its [`Class`] says what kind of failure it is; the program derives its exit
//! status from the class alone.

use std::fmt;

/// What kind of failure a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Input, output or a format failed.
    Failed,
    /// The command line does not make sense, or names more than one thing.
    Usage,
    /// A finding of a report; an error only where a verb refuses because of it.
    Finding,
    /// A password is missing or wrong.
    Password,
    /// A file or an entry is not there.
    NotFound,
    /// The operation would overwrite, lose or weaken something.
    Refused,
    /// A server cannot be reached, or does not speak TLS.
    Network,
    /// Another process holds the lock.
    Locked,
    /// The user interrupted the program.
    Interrupted,
}

/// A stable kebab-case name of an error or a finding.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    name: &'static str,
    class: Class,
}

impl Code {
    /// The kebab-case name, for example `password-wrong`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The kind of failure.
    #[must_use]
    pub const fn class(self) -> Class {
        self.class
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $ident:ident = $name:literal, $class:ident;)*) => {
        impl Code {
            $($(#[$doc])* pub const $ident: Code = Code { name: $name, class: Class::$class };)*

            /// Every code, in the order of `docs/errors.md`.
            pub const ALL: &'static [Code] = &[$(Code::$ident),*];
        }
    };
}

codes! {
    /// The arguments contradict each other or cannot be understood.
    USAGE = "usage", Usage;
    /// A value has to be asked for, and there is nobody to ask.
    INPUT_REQUIRED = "input-required", Usage;
    /// A password source cannot be read: an unset variable, a closed descriptor, bytes that are not UTF-8.
    PASSWORD_SOURCE = "password-source", Usage;
    /// A distinguished name cannot be parsed.
    NAME_INVALID = "name-invalid", Usage;
    /// A subject alternative name, key specification, usage or time cannot be parsed.
    VALUE_INVALID = "value-invalid", Usage;
    /// More than one entry fits the given name.
    ENTRY_AMBIGUOUS = "entry-ambiguous", Usage;

    /// The password does not open the store.
    PASSWORD_WRONG = "password-wrong", Password;
    /// A password is needed and none was given.
    PASSWORD_MISSING = "password-missing", Password;
    /// A key has a password of its own, which is not known.
    KEY_LOCKED = "key-locked", Password;
    /// A local auto-login file does not open for this user on this host.
    AUTO_LOGIN_BOUND = "auto-login-bound", Password;
    /// A local auto-login file is of a version that only Oracle 23ai opens.
    AUTO_LOGIN_VERSION = "auto-login-version", Password;

    /// The file or directory does not exist.
    FILE_NOT_FOUND = "file-not-found", NotFound;
    /// The directory holds no wallet.
    WALLET_NOT_FOUND = "wallet-not-found", NotFound;
    /// No entry fits the given name.
    ENTRY_NOT_FOUND = "entry-not-found", NotFound;
    /// Nothing is known of the code or message that is to be explained.
    TOPIC_UNKNOWN = "topic-unknown", NotFound;
    /// No key of the wallet belongs to the certificate.
    IMPORT_NO_MATCHING_KEY = "import-no-matching-key", NotFound;

    /// The target exists.
    WOULD_OVERWRITE = "would-overwrite", Refused;
    /// A symbolic link stands at the path: another user's, or one that leads nowhere.
    LINK_REFUSED = "link-refused", Refused;
    /// The new password breaks the rules of the format.
    PASSWORD_WEAK = "password-weak", Refused;
    /// The target cannot carry something that the wallet holds.
    CONVERSION_LOSSY = "conversion-lossy", Refused;
    /// The wallet's auto-login file cannot be kept in step here: it is bound elsewhere or not understood.
    AUTO_LOGIN_ELSEWHERE = "auto-login-elsewhere", Refused;
    /// The step needs a confirmation that was not given.
    CONFIRMATION_REQUIRED = "confirmation-required", Refused;
    /// The removal would break a chain.
    REMOVAL_BREAKS_CHAIN = "removal-breaks-chain", Refused;
    /// The alias is taken by another entry.
    ALIAS_TAKEN = "alias-taken", Refused;
    /// The key already has a certificate.
    CERTIFICATE_PRESENT = "certificate-present", Refused;
    /// The entry belongs to the transparent data encryption of a database.
    TDE_ENTRY = "tde-entry", Refused;
    /// The certificate of the CA does not let it issue this, or issue at all.
    ISSUER_UNFIT = "issuer-unfit", Refused;
    /// A request does not prove that its sender has the key, or asks for a certificate that no CA gives.
    REQUEST_REFUSED = "request-refused", Refused;
    /// A certificate or a list was issued by another CA than the one that is asked.
    ISSUER_OTHER = "issuer-other", Refused;
    /// The trust flags would make an issuer of a certificate that is not a CA's.
    TRUST_FLAGS_ON_LEAF = "trust-flags-on-leaf", Refused;
    /// A server does not present the certificate that it was expected to.
    PIN_MISMATCH = "pin-mismatch", Refused;

    /// A name has no address, or no address answers.
    NETWORK_UNREACHABLE = "network-unreachable", Network;
    /// A server did not answer in time.
    NETWORK_TIMEOUT = "network-timeout", Network;
    /// A server does not change from its own protocol to TLS.
    STARTTLS_FAILED = "starttls-failed", Network;
    /// A port cannot be listened on: another program has it, or it is for root alone.
    LISTEN_FAILED = "listen-failed", Network;
    /// What a server sends is not TLS, or it breaks off.
    TLS_FAILED = "tls-failed", Network;

    /// Another process holds the lock of the wallet.
    STORE_LOCKED = "store-locked", Locked;
    /// The user interrupted the program.
    INTERRUPTED = "interrupted", Interrupted;

    /// Reading or writing failed.
    IO_FAILED = "io-failed", Failed;
    /// The operating system denied access.
    PERMISSION_DENIED = "permission-denied", Failed;
    /// The device is full or the quota is used up.
    NO_SPACE = "no-space", Failed;
    /// The path names a directory, device, socket or pipe where a file is needed.
    NOT_A_FILE = "not-a-file", Failed;
    /// What was written does not read back as what was meant; the old file is untouched.
    VERIFY_FAILED = "verify-failed", Failed;
    /// The bytes are none of the formats that are known.
    FORMAT_UNKNOWN = "format-unknown", Failed;
    /// The format is recognised and not supported here.
    FORMAT_UNSUPPORTED = "format-unsupported", Failed;
    /// An algorithm of the file is not supported.
    ALGORITHM_UNSUPPORTED = "algorithm-unsupported", Failed;
    /// A bound on work, memory, length or nesting would be passed.
    LIMIT_EXCEEDED = "limit-exceeded", Failed;
    /// A PKCS#12 structure is not what RFC 7292 prescribes.
    PKCS12_DAMAGED = "pkcs12-damaged", Failed;
    /// A PKCS#12 file ends before its structure does.
    PKCS12_TRUNCATED = "pkcs12-truncated", Failed;
    /// The password fits but the MAC does not: the file was changed or damaged.
    PKCS12_MAC_MISMATCH = "pkcs12-mac-mismatch", Failed;
    /// An auto-login file is not what its header or its key says.
    SSO_DAMAGED = "sso-damaged", Failed;
    /// An auto-login file ends before its structure does.
    SSO_TRUNCATED = "sso-truncated", Failed;
    /// A JKS or JCEKS key store is not what its format prescribes.
    KEYSTORE_DAMAGED = "keystore-damaged", Failed;
    /// A JKS or JCEKS key store ends before its structure does.
    KEYSTORE_TRUNCATED = "keystore-truncated", Failed;
    /// The password opens a key of a JKS or JCEKS store but its digest does not fit.
    KEYSTORE_DIGEST_MISMATCH = "keystore-digest-mismatch", Failed;
    /// A PEM, DER or PKCS#7 bundle cannot be read.
    BUNDLE_INVALID = "bundle-invalid", Failed;
    /// A bundle holds nothing that the verb can use.
    BUNDLE_EMPTY = "bundle-empty", Failed;
    /// A certificate is malformed.
    CERTIFICATE_INVALID = "certificate-invalid", Failed;
    /// A certificate request is malformed.
    REQUEST_INVALID = "request-invalid", Failed;
    /// A certificate revocation list is malformed.
    CRL_INVALID = "crl-invalid", Failed;
    /// A private key is malformed.
    KEY_INVALID = "key-invalid", Failed;
    /// The parameters of an encryption are malformed.
    ENCRYPTION_INVALID = "encryption-invalid", Failed;
    /// The cryptographic library failed.
    CRYPTO_FAILED = "crypto-failed", Failed;
    /// A `pki.toml` says what it cannot say, or what cannot be.
    PKI_FILE_INVALID = "pki-file-invalid", Failed;
    /// The list of what a test PKI consists of, or a file on it, is not what a build left behind.
    PKI_MANIFEST_INVALID = "pki-manifest-invalid", Failed;

    /// The issuer of a certificate is neither presented nor trusted.
    CHAIN_ISSUER_MISSING = "chain-issuer-missing", Refused;
    /// A certificate that is not a CA's would be, or is, trusted.
    LEAF_AS_TRUSTED = "leaf-as-trusted", Refused;
    /// The path ends in a certificate that nobody trusts here.
    ANCHOR_NOT_TRUSTED = "anchor-not-trusted", Finding;
    /// A certificate's validity has ended.
    CERT_EXPIRED = "cert-expired", Finding;
    /// A certificate's validity has not begun.
    CERT_NOT_YET_VALID = "cert-not-yet-valid", Finding;
    /// A certificate's validity ends sooner than was asked for.
    CERT_EXPIRES_SOON = "cert-expires-soon", Finding;
    /// The certificate does not belong to the key.
    KEY_MISMATCH = "key-mismatch", Finding;
    /// The certificates that are kept with a key are not in the order of issuing, or stand there twice.
    CHAIN_DISORDERED = "chain-disordered", Finding;
    /// The issuer is not allowed to issue: no CA basic constraint.
    CA_BASIC_CONSTRAINTS_MISSING = "ca-basic-constraints-missing", Finding;
    /// A CA's certificate does not allow its key to sign certificates, or a leaf's not to serve TLS.
    KEY_USAGE_MISSING = "key-usage-missing", Finding;
    /// More intermediates follow than a CA's path length constraint allows.
    PATH_LENGTH_EXCEEDED = "path-length-exceeded", Finding;
    /// A name lies outside what a CA above may name.
    NAME_CONSTRAINT_VIOLATED = "name-constraint-violated", Finding;
    /// The path needs a certificate policy, and none is valid for all of it.
    POLICY_NOT_VALID = "policy-not-valid", Finding;
    /// An extension must be understood, and is not.
    CRITICAL_EXTENSION_UNKNOWN = "critical-extension-unknown", Finding;
    /// The certificate breaks the profile of RFC 5280 section 4.
    PROFILE_VIOLATED = "profile-violated", Finding;
    /// The certificate does not name the host.
    HOST_MISMATCH = "host-mismatch", Finding;
    /// The certificate names no host: it has no subject alternative name.
    SAN_MISSING = "san-missing", Finding;
    /// The CA has revoked the certificate.
    CRL_REVOKED = "crl-revoked", Finding;
    /// A revocation list is out of date, or of a time to come.
    CRL_STALE = "crl-stale", Finding;
    /// A revocation list cannot be relied on.
    CRL_UNUSABLE = "crl-unusable", Finding;
    /// No revocation list speaks of the certificate.
    CRL_MISSING = "crl-missing", Finding;
    /// A list is signed by another certificate of the CA than the one that issued.
    CRL_SIGNER = "crl-signer", Finding;
    /// No revocation list was given.
    REVOCATION_UNCHECKED = "revocation-unchecked", Finding;
    /// The issuer's signature does not fit.
    SIGNATURE_INVALID = "signature-invalid", Finding;
    /// The signature's algorithm cannot be verified here.
    SIGNATURE_UNSUPPORTED = "signature-unsupported", Finding;
    /// A key is shorter than is safe.
    WEAK_KEY = "weak-key", Finding;
    /// A signature uses a broken digest.
    WEAK_SIGNATURE = "weak-signature", Finding;
    /// The certificate's extended key usage excludes TLS clients.
    EKU_NO_CLIENT_AUTH = "eku-no-client-auth", Finding;
    /// The certificate's extended key usage excludes TLS servers.
    EKU_NO_SERVER_AUTH = "eku-no-server-auth", Finding;
    /// A key has neither a certificate nor a request.
    CERTIFICATE_MISSING = "certificate-missing", Finding;
    /// A key has another password than its store, which most Java programs cannot use.
    KEY_PASSWORD_DIFFERS = "key-password-differs", Finding;
    /// An alias is written in lower case, as Java does.
    ALIAS_FOLDED = "alias-folded", Finding;
    /// Entries of a store have one alias, for Java, which folds the case.
    ALIAS_DUPLICATE = "alias-duplicate", Finding;
    /// A key waits for its certificate.
    REQUEST_PENDING = "request-pending", Finding;
    /// A trusted certificate's validity has ended.
    TRUSTED_EXPIRED = "trusted-expired", Finding;
    /// A certificate is trusted twice.
    TRUSTED_DUPLICATE = "trusted-duplicate", Finding;
    /// Others may read a file that holds keys.
    PERMISSIONS_LOOSE = "permissions-loose", Finding;
    /// A file that others could read holds its first key or secret, and is its owner's alone now.
    PERMISSIONS_NARROWED = "permissions-narrowed", Finding;

    /// Server and client have no version of TLS in common.
    TLS_VERSION = "tls-version", Finding;
    /// No entry can be sent that one of the CAs issued which the server names.
    CLIENT_ISSUER_NOT_NAMED = "client-issuer-not-named", Finding;
    /// The server takes no signature by keys of this kind.
    CLIENT_KEY_TYPE = "client-key-type", Finding;
    /// The server requires a client certificate, and none was sent.
    CLIENT_CERTIFICATE_NEEDED = "client-certificate-needed", Finding;
    /// The server refused.
    TLS_ALERT = "tls-alert", Finding;

    /// A certificate was given an end before the one that was asked for, which its issuer does not live to see.
    VALIDITY_CUT = "validity-cut", Finding;
    /// A certificate lacks names or usages that its request asks for.
    EXTENSIONS_LEFT_OUT = "extensions-left-out", Finding;
    /// A revocation list takes the place of another one of its CA and does not follow it.
    CRL_RESTARTED = "crl-restarted", Finding;
    /// The store has no integrity check.
    INTEGRITY_UNKNOWN = "integrity-unknown", Finding;
    /// The file is BER, not DER; the first change writes DER.
    ENCODING_NOT_DER = "encoding-not-der", Finding;
    /// Bytes follow the structure.
    TRAILING_BYTES = "trailing-bytes", Finding;
    /// A part of the file is not understood; it is kept as it is.
    KEPT_OPAQUE = "kept-opaque", Finding;
    /// `cwallet.sso` does not hold what `ewallet.p12` holds.
    AUTO_LOGIN_OUT_OF_STEP = "auto-login-out-of-step", Finding;
    /// Whether `cwallet.sso` holds what `ewallet.p12` holds was not checked.
    AUTO_LOGIN_UNCHECKED = "auto-login-unchecked", Finding;
    /// A file that is replaced may hold what its successor does not; a copy was kept beside it.
    KEPT_ASIDE = "kept-aside", Finding;
    /// The layout was changed to the one that the readers of a wallet directory need.
    LAYOUT_CONVERTED = "layout-converted", Finding;
    /// A key or secret lies in a file that encrypts nothing.
    KEY_UNENCRYPTED = "key-unencrypted", Finding;
    /// A weak scheme is written because it was asked for by name.
    WEAK_PROFILE = "weak-profile", Finding;
    /// A note on the framing of a bundle: a byte order mark, UTF-16, text around.
    FRAMING_LENIENT = "framing-lenient", Finding;
    /// A part of a bundle was passed over: a label that is not known, or a certificate that it holds twice.
    BLOCK_SKIPPED = "block-skipped", Finding;
    /// A login of the secret store lacks its connect string, user or password.
    CREDENTIAL_INCOMPLETE = "credential-incomplete", Finding;
    /// The program that the wallet is for cannot read it as it is.
    PROFILE_UNREADABLE_BY_CONSUMER = "profile-unreadable-by-consumer", Finding;
    /// An entry of a test PKI is out of date.
    PKI_STALE = "pki-stale", Finding;
    /// A root of a test PKI is made anew and is not the one that is trusted.
    PKI_ROOT_REPLACED = "pki-root-replaced", Finding;
    /// A certificate of a test PKI is judged otherwise than its preset says.
    PKI_VERDICT = "pki-verdict", Finding;
    /// Some program cannot read the wallet because of a secret in it.
    SECRET_UNREADABLE = "secret-unreadable", Finding;
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.name()), "{code} stands twice");
            assert!(
                code.name().split('-').all(|word| !word.is_empty()
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())),
                "{code} is not kebab-case"
            );
        }
    }
}
