//! Every object identifier that the project knows, once, with its source.

pub use der::oid::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$doc:meta])* $ident:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $ident: ObjectIdentifier = ObjectIdentifier::new_unwrap($text);)*
    };
}

oids! {
    // Content types: RFC 5652.
    /// `id-data`, RFC 5652 section 4.
    DATA = "1.2.840.113549.1.7.1";
    /// `id-signedData`, RFC 5652 section 5.
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// `id-envelopedData`, RFC 5652 section 6.
    ENVELOPED_DATA = "1.2.840.113549.1.7.3";
    /// `id-encryptedData`, RFC 5652 section 8.
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";

    // PKCS#12 bags: RFC 7292 section 4.2.
    /// `keyBag`.
    KEY_BAG = "1.2.840.113549.1.12.10.1.1";
    /// `pkcs8ShroudedKeyBag`.
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
    /// `certBag`.
    CERT_BAG = "1.2.840.113549.1.12.10.1.3";
    /// `crlBag`.
    CRL_BAG = "1.2.840.113549.1.12.10.1.4";
    /// `secretBag`.
    SECRET_BAG = "1.2.840.113549.1.12.10.1.5";
    /// `safeContentsBag`.
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6";
    /// `x509Certificate` of a certBag.
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
    /// `sdsiCertificate` of a certBag.
    SDSI_CERTIFICATE = "1.2.840.113549.1.9.22.2";
    /// `x509CRL` of a crlBag.
    X509_CRL = "1.2.840.113549.1.9.23.1";

    // PKCS#12 attributes: RFC 2985 section 5.5.
    /// `friendlyName`.
    FRIENDLY_NAME = "1.2.840.113549.1.9.20";
    /// `localKeyID`.
    LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
    /// `szOID_PKCS_12_KEY_PROVIDER_NAME_ATTR`, the provider that Windows keeps the key in (MS-OIDs).
    MS_KEY_PROVIDER_NAME = "1.3.6.1.4.1.311.17.1";
    /// `szOID_LOCAL_MACHINE_KEYSET`, that the key is for the machine's store of Windows (MS-OIDs).
    MS_LOCAL_MACHINE_KEYSET = "1.3.6.1.4.1.311.17.2";
    /// Java's `trustedKeyUsage`: marks a certificate as a trusted entry (JDK `PKCS12KeyStore`).
    TRUSTED_KEY_USAGE = "2.16.840.1.113894.746875.1.1";
    /// `anyExtendedKeyUsage`, RFC 5280 section 4.2.1.12.
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";

    // PKCS#12 password based encryption: RFC 7292 appendix C.
    /// `pbeWithSHAAnd128BitRC4`.
    PBE_SHA1_RC4_128 = "1.2.840.113549.1.12.1.1";
    /// `pbeWithSHAAnd40BitRC4`.
    PBE_SHA1_RC4_40 = "1.2.840.113549.1.12.1.2";
    /// `pbeWithSHAAnd3-KeyTripleDES-CBC`.
    PBE_SHA1_3DES = "1.2.840.113549.1.12.1.3";
    /// `pbeWithSHAAnd2-KeyTripleDES-CBC`.
    PBE_SHA1_2DES = "1.2.840.113549.1.12.1.4";
    /// `pbeWithSHAAnd128BitRC2-CBC`.
    PBE_SHA1_RC2_128 = "1.2.840.113549.1.12.1.5";
    /// `pbewithSHAAnd40BitRC2-CBC`.
    PBE_SHA1_RC2_40 = "1.2.840.113549.1.12.1.6";

    // Java's key protectors: JDK `sun.security.provider.KeyProtector` and
    // `com.sun.crypto.provider.KeyProtector`.
    /// The key protector of JKS, a keystream of SHA-1.
    JKS_KEY_PROTECTOR = "1.3.6.1.4.1.42.2.17.1.1";
    /// `PBEWithMD5AndTripleDES`, the key protector of JCEKS.
    JCE_PBE_MD5_3DES = "1.3.6.1.4.1.42.2.19.1";

    // PKCS#5: RFC 8018 appendices A and B, RFC 9579.
    /// `pbeWithMD2AndDES-CBC`.
    PBE_MD2_DES = "1.2.840.113549.1.5.1";
    /// `pbeWithMD5AndDES-CBC`.
    PBE_MD5_DES = "1.2.840.113549.1.5.3";
    /// `pbeWithMD2AndRC2-CBC`.
    PBE_MD2_RC2 = "1.2.840.113549.1.5.4";
    /// `pbeWithMD5AndRC2-CBC`.
    PBE_MD5_RC2 = "1.2.840.113549.1.5.6";
    /// `pbeWithSHA1AndDES-CBC`.
    PBE_SHA1_DES = "1.2.840.113549.1.5.10";
    /// `pbeWithSHA1AndRC2-CBC`.
    PBE_SHA1_RC2 = "1.2.840.113549.1.5.11";
    /// `id-PBKDF2`.
    PBKDF2 = "1.2.840.113549.1.5.12";
    /// `id-PBES2`.
    PBES2 = "1.2.840.113549.1.5.13";
    /// `id-PBMAC1`.
    PBMAC1 = "1.2.840.113549.1.5.14";
    /// `id-scrypt`, RFC 7914 section 7.
    SCRYPT = "1.3.6.1.4.1.11591.4.11";
    /// `id-hmacWithSHA1`.
    HMAC_SHA1 = "1.2.840.113549.2.7";
    /// `id-hmacWithSHA224`.
    HMAC_SHA224 = "1.2.840.113549.2.8";
    /// `id-hmacWithSHA256`.
    HMAC_SHA256 = "1.2.840.113549.2.9";
    /// `id-hmacWithSHA384`.
    HMAC_SHA384 = "1.2.840.113549.2.10";
    /// `id-hmacWithSHA512`.
    HMAC_SHA512 = "1.2.840.113549.2.11";
    /// `id-hmacWithSHA512-256`.
    HMAC_SHA512_256 = "1.2.840.113549.2.13";
    /// `aes128-CBC-PAD`.
    AES_128_CBC = "2.16.840.1.101.3.4.1.2";
    /// `aes192-CBC-PAD`.
    AES_192_CBC = "2.16.840.1.101.3.4.1.22";
    /// `aes256-CBC-PAD`.
    AES_256_CBC = "2.16.840.1.101.3.4.1.42";
    /// `des-EDE3-CBC`.
    DES_EDE3_CBC = "1.2.840.113549.3.7";
    /// `rc2-CBC`.
    RC2_CBC = "1.2.840.113549.3.2";
    /// `desCBC`.
    DES_CBC = "1.3.14.3.2.7";

    // Digests.
    /// `md2`, RFC 3279 section 2.1.
    MD2 = "1.2.840.113549.2.2";
    /// `md5`, RFC 3279 section 2.1.
    MD5 = "1.2.840.113549.2.5";
    /// `id-sha1`.
    SHA1 = "1.3.14.3.2.26";
    /// `id-sha224`.
    SHA224 = "2.16.840.1.101.3.4.2.4";
    /// `id-sha256`.
    SHA256 = "2.16.840.1.101.3.4.2.1";
    /// `id-sha384`.
    SHA384 = "2.16.840.1.101.3.4.2.2";
    /// `id-sha512`.
    SHA512 = "2.16.840.1.101.3.4.2.3";
    /// `id-sha512-256`.
    SHA512_256 = "2.16.840.1.101.3.4.2.6";

    // Oracle's bags, read off files that orapki and mkstore wrote.
    /// Request bag: the encoded bytes of `1.2.840.113549.1.10`-like arcs, each taken for one arc.
    /// Its value bytes are `16 48 81 06 81 77 0D 01 0A`, kept as they are.
    ORACLE_REQUEST = "0.22.72.134.247.13.1.10";
    /// Secret store entry.
    ORACLE_SECRET = "1.2.840.113549.1.16.12.12";
    /// Wallet property.
    ORACLE_PROPERTY = "1.2.840.113549.1.12.0.0.0";

    // Public keys.
    /// `rsaEncryption`.
    RSA = "1.2.840.113549.1.1.1";
    /// `id-RSASSA-PSS`.
    RSA_PSS = "1.2.840.113549.1.1.10";
    /// `id-mgf1`.
    MGF1 = "1.2.840.113549.1.1.8";
    /// `id-dsa`.
    DSA = "1.2.840.10040.4.1";
    /// `id-ecPublicKey`.
    EC = "1.2.840.10045.2.1";
    /// `secp256r1`.
    P256 = "1.2.840.10045.3.1.7";
    /// `secp384r1`.
    P384 = "1.3.132.0.34";
    /// `secp521r1`.
    P521 = "1.3.132.0.35";
    /// `secp256k1`, SEC 2.
    SECP256K1 = "1.3.132.0.10";
    /// `id-Ed25519`, RFC 8410.
    ED25519 = "1.3.101.112";
    /// `id-Ed448`, RFC 8410.
    ED448 = "1.3.101.113";

    // Signatures.
    /// `md2WithRSAEncryption`.
    RSA_MD2 = "1.2.840.113549.1.1.2";
    /// `md4WithRSAEncryption`.
    RSA_MD4 = "1.2.840.113549.1.1.3";
    /// `md5WithRSAEncryption`.
    RSA_MD5 = "1.2.840.113549.1.1.4";
    /// `sha1WithRSAEncryption`.
    RSA_SHA1 = "1.2.840.113549.1.1.5";
    /// `sha224WithRSAEncryption`.
    RSA_SHA224 = "1.2.840.113549.1.1.14";
    /// `sha256WithRSAEncryption`.
    RSA_SHA256 = "1.2.840.113549.1.1.11";
    /// `sha384WithRSAEncryption`.
    RSA_SHA384 = "1.2.840.113549.1.1.12";
    /// `sha512WithRSAEncryption`.
    RSA_SHA512 = "1.2.840.113549.1.1.13";
    /// `ecdsa-with-SHA1`.
    ECDSA_SHA1 = "1.2.840.10045.4.1";
    /// `ecdsa-with-SHA224`.
    ECDSA_SHA224 = "1.2.840.10045.4.3.1";
    /// `ecdsa-with-SHA256`.
    ECDSA_SHA256 = "1.2.840.10045.4.3.2";
    /// `ecdsa-with-SHA384`.
    ECDSA_SHA384 = "1.2.840.10045.4.3.3";
    /// `ecdsa-with-SHA512`.
    ECDSA_SHA512 = "1.2.840.10045.4.3.4";

    /// `id-ecdsa-with-sha3-384`, NIST CSOR.
    ECDSA_SHA3_384 = "2.16.840.1.101.3.4.3.11";
    /// `id-ecdsa-with-sha3-512`, NIST CSOR.
    ECDSA_SHA3_512 = "2.16.840.1.101.3.4.3.12";
    /// `id-RSASSA-PKCS1-v1-5` with SHA-512/256, RFC 8017 appendix A.2.4.
    RSA_SHA512_256 = "1.2.840.113549.1.1.16";
    /// `dsa-with-sha1`, RFC 3279 section 2.2.2.
    DSA_SHA1 = "1.2.840.10040.4.3";
    /// `dsa-with-sha224`, RFC 5758 section 3.1.
    DSA_SHA224 = "2.16.840.1.101.3.4.3.1";
    /// `dsa-with-sha256`, RFC 5758 section 3.1.
    DSA_SHA256 = "2.16.840.1.101.3.4.3.2";
    /// `sha1WithRSASignature`, the OIW's older name of `sha1WithRSAEncryption`.
    OIW_RSA_SHA1 = "1.3.14.3.2.29";

    // Attribute types of names: X.520 and RFC 4519 unless said otherwise.
    /// `commonName`.
    COMMON_NAME = "2.5.4.3";
    /// `surname`.
    SURNAME = "2.5.4.4";
    /// `serialNumber`: of the subject, not of the certificate.
    SERIAL_NUMBER = "2.5.4.5";
    /// `countryName`.
    COUNTRY = "2.5.4.6";
    /// `localityName`.
    LOCALITY = "2.5.4.7";
    /// `stateOrProvinceName`.
    STATE = "2.5.4.8";
    /// `streetAddress`.
    STREET = "2.5.4.9";
    /// `organizationName`.
    ORGANIZATION = "2.5.4.10";
    /// `organizationalUnitName`.
    ORGANIZATIONAL_UNIT = "2.5.4.11";
    /// `title`.
    TITLE = "2.5.4.12";
    /// `description`.
    DESCRIPTION = "2.5.4.13";
    /// `businessCategory`.
    BUSINESS_CATEGORY = "2.5.4.15";
    /// `postalCode`.
    POSTAL_CODE = "2.5.4.17";
    /// `name`.
    NAME = "2.5.4.41";
    /// `givenName`.
    GIVEN_NAME = "2.5.4.42";
    /// `initials`.
    INITIALS = "2.5.4.43";
    /// `generationQualifier`.
    GENERATION_QUALIFIER = "2.5.4.44";
    /// `dnQualifier`.
    DN_QUALIFIER = "2.5.4.46";
    /// `pseudonym`.
    PSEUDONYM = "2.5.4.65";
    /// `organizationIdentifier`.
    ORGANIZATION_IDENTIFIER = "2.5.4.97";
    /// `userId`.
    USER_ID = "0.9.2342.19200300.100.1.1";
    /// `domainComponent`.
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    /// `emailAddress`, RFC 2985 section 5.2.1.
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1";
    /// `unstructuredName`, RFC 2985 section 5.2.2.
    UNSTRUCTURED_NAME = "1.2.840.113549.1.9.2";
    /// `unstructuredAddress`, RFC 2985 section 5.2.3.
    UNSTRUCTURED_ADDRESS = "1.2.840.113549.1.9.8";
    /// `jurisdictionOfIncorporationLocalityName`, CA/Browser Forum EV guidelines section 9.2.4.
    JURISDICTION_LOCALITY = "1.3.6.1.4.1.311.60.2.1.1";
    /// `jurisdictionOfIncorporationStateOrProvinceName`, the same section.
    JURISDICTION_STATE = "1.3.6.1.4.1.311.60.2.1.2";
    /// `jurisdictionOfIncorporationCountryName`, the same section.
    JURISDICTION_COUNTRY = "1.3.6.1.4.1.311.60.2.1.3";

    // Certificate extensions: RFC 5280 section 4.2.
    /// `id-ce-subjectDirectoryAttributes`.
    SUBJECT_DIRECTORY_ATTRIBUTES = "2.5.29.9";
    /// `id-ce-subjectKeyIdentifier`.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    /// `id-ce-keyUsage`.
    KEY_USAGE = "2.5.29.15";
    /// `id-ce-subjectAltName`.
    SUBJECT_ALT_NAME = "2.5.29.17";
    /// `id-ce-issuerAltName`.
    ISSUER_ALT_NAME = "2.5.29.18";
    /// `id-ce-basicConstraints`.
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// `id-ce-nameConstraints`.
    NAME_CONSTRAINTS = "2.5.29.30";
    /// `id-ce-cRLDistributionPoints`.
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// `id-ce-certificatePolicies`.
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// `anyPolicy`, section 4.2.1.4.
    ANY_POLICY = "2.5.29.32.0";
    /// `id-qt-cps`, section 4.2.1.4.
    POLICY_QUALIFIER_CPS = "1.3.6.1.5.5.7.2.1";
    /// `id-qt-unotice`, section 4.2.1.4.
    POLICY_QUALIFIER_NOTICE = "1.3.6.1.5.5.7.2.2";
    /// `id-ce-policyMappings`.
    POLICY_MAPPINGS = "2.5.29.33";
    /// `id-ce-authorityKeyIdentifier`.
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    /// `id-ce-policyConstraints`.
    POLICY_CONSTRAINTS = "2.5.29.36";
    /// `id-ce-extKeyUsage`.
    EXTENDED_KEY_USAGE = "2.5.29.37";
    /// `id-ce-freshestCRL`.
    FRESHEST_CRL = "2.5.29.46";
    /// `id-ce-inhibitAnyPolicy`.
    INHIBIT_ANY_POLICY = "2.5.29.54";
    /// `szOID_APPLICATION_CERT_POLICIES`: Microsoft's twin of extKeyUsage (MS-OIDs).
    MS_APPLICATION_POLICIES = "1.3.6.1.4.1.311.21.10";
    /// `id-pe-subjectInfoAccess`.
    SUBJECT_INFO_ACCESS = "1.3.6.1.5.5.7.1.11";
    /// `id-pe-authorityInfoAccess`.
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// `id-pe-tlsfeature`, RFC 7633 section 6.
    TLS_FEATURE = "1.3.6.1.5.5.7.1.24";
    /// `id-pkix-ocsp-nocheck`, RFC 6960 section 4.2.2.2.1.
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    /// `SignedCertificateTimestampList`, RFC 6962 section 3.3.
    SIGNED_CERTIFICATE_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2";
    /// `userPrincipalName` as an `otherName`: the name of an account (MS-WCCE section 2.2.2.7.5).
    USER_PRINCIPAL_NAME = "1.3.6.1.4.1.311.20.2.3";
    /// `id-ad-ocsp`, RFC 5280 section 4.2.2.1.
    OCSP = "1.3.6.1.5.5.7.48.1";
    /// `id-ad-caIssuers`, RFC 5280 section 4.2.2.1.
    CA_ISSUERS = "1.3.6.1.5.5.7.48.2";

    // Extensions of CRLs and of their entries: RFC 5280 sections 5.2 and 5.3.
    /// `id-ce-cRLNumber`.
    CRL_NUMBER = "2.5.29.20";
    /// `id-ce-cRLReasons`: the extension `reasonCode`.
    REASON_CODE = "2.5.29.21";
    /// `id-ce-invalidityDate`.
    INVALIDITY_DATE = "2.5.29.24";
    /// `id-ce-deltaCRLIndicator`.
    DELTA_CRL_INDICATOR = "2.5.29.27";
    /// `id-ce-issuingDistributionPoint`.
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    /// `id-ce-certificateIssuer`.
    CERTIFICATE_ISSUER = "2.5.29.29";

    // Purposes: RFC 5280 section 4.2.1.12.
    /// `id-kp-serverAuth`.
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    /// `id-kp-clientAuth`.
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    /// `id-kp-codeSigning`.
    CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
    /// `id-kp-emailProtection`.
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// `id-kp-timeStamping`.
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    /// `id-kp-OCSPSigning`.
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    /// `extensionRequest` attribute of a request, RFC 2985 section 5.4.2.
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    /// Microsoft's form of `extensionRequest`.
    MS_EXTENSION_REQUEST = "1.3.6.1.4.1.311.2.1.14";
}

#[cfg(test)]
mod tests {
    use super::ORACLE_REQUEST;

    #[test]
    fn oracle_request_type_has_the_bytes_that_orapki_writes() {
        assert_eq!(
            ORACLE_REQUEST.as_bytes(),
            [0x16, 0x48, 0x81, 0x06, 0x81, 0x77, 0x0D, 0x01, 0x0A]
        );
    }
}
