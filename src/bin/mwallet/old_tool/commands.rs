//! What `orapki`, `mkstore` and `keytool` are told, and what says the same to mwallet.
//!
//! The names and flags are those of orapki and mkstore of releases 19.4 to 23.9 and keytool of Java 8 to 25.

/// A command, the flags that make it this one, and ours.
///
/// Words in capitals stand for what the user has in that place; PASSWORD is never taken over. What stands in
/// brackets may be missing; ours leaves it out then. A flag with `=VALUE` has to have that value. Of
/// rows of one command the one counts of which most flags were typed, and of equals the first. VAR is nobody's:
/// it shows how ours takes a secret where nobody can be asked.
pub(super) type Row = (&'static str, &'static str, &'static str);

/// Behind each command stands `-wallet W`.
pub(super) const ORAPKI: &[Row] = &[
    ("wallet create", "", "mwallet create W"),
    ("wallet create", "-auto_login", "mwallet create W --auto-login"),
    ("wallet create", "-auto_login_local", "mwallet create W --auto-login=local"),
    ("wallet create", "-auto_login_only", "mwallet create W --auto-login=only"),
    ("wallet create", "-compat_v12", "mwallet create W --profile oracle-12c"),
    (
        "wallet create",
        "-compat_v12 -auto_login",
        "mwallet create W --profile oracle-12c --auto-login",
    ),
    (
        "wallet add",
        "-trusted_cert -cert F [-trust_flags FLAGS]",
        "mwallet add-trusted W F [--trust-flags FLAGS]",
    ),
    (
        "wallet assign_trust_flags",
        "-dn DN -trust_flags FLAGS",
        "mwallet add-trusted W --alias DN --trust-flags FLAGS",
    ),
    ("wallet add", "-user_cert -cert F", "mwallet import-user W F"),
    (
        "wallet add",
        "-trusted_cert CA -user_cert F",
        "mwallet add-trusted W CA && mwallet import-user W F",
    ),
    ("wallet add", "-dn DN [-asym_alg=RSA] [-keysize N]", "mwallet csr W --dn DN [--key rsa:N]"),
    ("wallet add", "-dn DN -asym_alg=ECC [-eccurve C]", "mwallet csr W --dn DN --key ec:C"),
    (
        "wallet add",
        "-dn DN [-asym_alg=RSA] [-keysize N] -self_signed [-validity DAYS]",
        "mwallet csr W --dn DN [--key rsa:N] --self-signed [--days DAYS]",
    ),
    (
        "wallet add",
        "-dn DN -asym_alg=ECC [-eccurve C] -self_signed [-validity DAYS]",
        "mwallet csr W --dn DN --key ec:C --self-signed [--days DAYS]",
    ),
    ("wallet display", "", "mwallet list W"),
    ("wallet display", "-complete", "mwallet show W"),
    // One certificate; as text a store is exported with its chains.
    (
        "wallet export",
        "-dn DN -cert F",
        "mwallet export W --to der --alias DN | mwallet show - --pem > F",
    ),
    ("wallet export", "-dn DN -request F", "mwallet csr W --reuse-key --alias DN --out F"),
    (
        "wallet export_trust_chain",
        "-dn DN -certchain F",
        "mwallet export W --to pem --no-key --alias DN --out F",
    ),
    (
        "wallet export_private_key",
        "-alias A -pvtkeyfile F",
        "mwallet export W --to pem --key-only --alias A --out F",
    ),
    ("wallet change_pwd", "", "mwallet passwd W"),
    ("wallet remove", "-trusted_cert -dn DN", "mwallet remove W DN"),
    ("wallet remove", "-trusted_cert -alias A", "mwallet remove W A"),
    ("wallet remove", "-trusted_cert_all", "mwallet remove W --all-trusted"),
    ("wallet remove", "-user_cert -dn DN", "mwallet remove W DN"),
    ("wallet remove", "-cert_req -dn DN", "mwallet remove W DN"),
    ("wallet replace", "-user_cert -cert F", "mwallet import-user W F --replace"),
    (
        "wallet replace",
        "-trusted_cert -alias A -cert F",
        "mwallet add-trusted W F --alias A --replace",
    ),
    ("wallet pkcs12_to_jks", "-jksKeyStoreLoc F", "mwallet convert W F --to jks"),
    (
        "wallet pkcs12_to_jks",
        "-jksTrustStoreLoc T",
        "mwallet export W --to jks --trust-only --out T",
    ),
    (
        "wallet pkcs12_to_jks",
        "-jksKeyStoreLoc F -jksTrustStoreLoc T",
        "mwallet convert W F --to jks && mwallet export W --to jks --trust-only --out T",
    ),
    ("wallet jks_to_pkcs12", "-keystore F", "mwallet merge W F"),
    ("wallet import_pkcs12", "-pkcs12file F", "mwallet merge W F"),
    (
        "wallet import_private_key",
        "-pvtkeyfile F -cert C [-cacert CHAIN]",
        "mwallet import-user W C [CHAIN --trust-root] --key F",
    ),
    ("wallet convert", "-compat_v12", "mwallet convert W NEW --to oracle --profile oracle-12c"),
    (
        "cert create",
        "-request F -cert C [-validity DAYS]",
        "mwallet sign F --ca W [--days DAYS] --out C",
    ),
    ("cert display", "-cert C", "mwallet show C"),
    ("crl create", "-crl F [-nextupdate DAYS]", "mwallet crl create --ca W [--days DAYS] --out F"),
    ("crl revoke", "-crl F -cert C", "mwallet crl create --ca W --from F --revoke C --out NEW"),
    ("crl display", "-crl F", "mwallet crl show F"),
    ("crl verify", "-crl F -cert C", "mwallet crl verify F --ca C"),
    (
        "secretstore create_credential",
        "-connect_string C -username U -password PASSWORD",
        "mwallet cred set W C --user U [--value-env VAR]",
    ),
    (
        "secretstore create_credential",
        "-default -username U -password PASSWORD",
        "mwallet cred set W --default --user U [--value-env VAR]",
    ),
    (
        "secretstore modify_credential",
        "-connect_string C -username U -password PASSWORD",
        "mwallet cred set W C --user U --existing [--value-env VAR]",
    ),
    (
        "secretstore modify_credential",
        "-default -username U -password PASSWORD",
        "mwallet cred set W --default --user U --existing [--value-env VAR]",
    ),
    ("secretstore delete_credential", "-connect_string C", "mwallet cred rm W C"),
    ("secretstore delete_credential", "-default", "mwallet cred rm W --default"),
    ("secretstore list_credentials", "", "mwallet cred list W"),
    (
        "secretstore create_user_credential",
        "-map MAP -key KEY -username U -password PASSWORD",
        "mwallet cred set W --map MAP --key KEY --user U [--value-env VAR]",
    ),
    (
        "secretstore create_entry",
        "-alias A -secret PASSWORD",
        "mwallet secret set W A [--value-env VAR]",
    ),
    (
        "secretstore modify_entry",
        "-alias A -secret PASSWORD",
        "mwallet secret set W A --existing [--value-env VAR]",
    ),
    ("secretstore view_entry", "-alias A", "mwallet secret get W A"),
    ("secretstore delete_entry", "-alias A", "mwallet secret rm W A"),
    ("secretstore list_entries", "", "mwallet secret list W"),
];

/// Before each command stands `-wrl W`.
pub(super) const MKSTORE: &[Row] = &[
    ("-create", "", "mwallet create W"),
    ("-createSSO", "", "mwallet autologin on W"),
    ("-createLSSO", "", "mwallet autologin local W"),
    ("-createALO", "", "mwallet create W --auto-login=only"),
    ("-deleteSSO", "", "mwallet autologin off W"),
    ("-createCredential", "C U PASSWORD", "mwallet cred set W C --user U [--value-env VAR]"),
    (
        "-modifyCredential",
        "C U PASSWORD",
        "mwallet cred set W C --user U --existing [--value-env VAR]",
    ),
    ("-deleteCredential", "C", "mwallet cred rm W C"),
    ("-listCredential", "", "mwallet cred list W"),
    (
        "-createUserCredential",
        "MAP KEY U PASSWORD",
        "mwallet cred set W --map MAP --key KEY --user U [--value-env VAR]",
    ),
    (
        "-modifyUserCredential",
        "MAP KEY U PASSWORD",
        "mwallet cred set W --map MAP --key KEY --user U --existing [--value-env VAR]",
    ),
    ("-deleteUserCredential", "MAP KEY", "mwallet cred rm W --map MAP --key KEY"),
    ("-createEntry", "A PASSWORD", "mwallet secret set W A [--value-env VAR]"),
    ("-modifyEntry", "A PASSWORD", "mwallet secret set W A --existing [--value-env VAR]"),
    ("-viewEntry", "A", "mwallet secret get W A"),
    ("-deleteEntry", "A", "mwallet secret rm W A"),
    ("-list", "", "mwallet secret list W"),
    ("-delete", "", "rm -i W/ewallet.p12"),
];

/// Behind each command stands `-keystore W`.
pub(super) const KEYTOOL: &[Row] = &[
    (
        "-genkeypair",
        "-alias A -dname DN [-keyalg=RSA] [-keysize N] [-validity DAYS]",
        "mwallet csr W --dn DN --alias A [--key rsa:N] --self-signed [--days DAYS]",
    ),
    (
        "-genkeypair",
        "-alias A -dname DN -keyalg=EC [-validity DAYS]",
        "mwallet csr W --dn DN --alias A --key ec:p256 --self-signed [--days DAYS]",
    ),
    (
        "-genkeypair",
        "-alias A -dname DN -keyalg=EC -keysize=384 [-validity DAYS]",
        "mwallet csr W --dn DN --alias A --key ec:p384 --self-signed [--days DAYS]",
    ),
    (
        "-genkeypair",
        "-alias A -dname DN -keyalg=EC -keysize=521 [-validity DAYS]",
        "mwallet csr W --dn DN --alias A --key ec:p521 --self-signed [--days DAYS]",
    ),
    (
        "-genkeypair",
        "-alias A -dname DN -keyalg=EC -groupname C [-validity DAYS]",
        "mwallet csr W --dn DN --alias A --key ec:C --self-signed [--days DAYS]",
    ),
    ("-certreq", "-alias A -file F", "mwallet csr W --reuse-key --alias A --out F"),
    ("-importcert", "-alias A -file F", "mwallet add-trusted W F --alias A"),
    // Only who imports the reply for a key has to open that key.
    (
        "-importcert",
        "-alias A -file REPLY -keypass PASSWORD",
        "mwallet import-user W REPLY --alias A",
    ),
    ("-exportcert", "-alias A -file F", "mwallet export W --to der --alias A --out F"),
    (
        "-exportcert",
        "-alias A -file F -rfc",
        "mwallet export W --to der --alias A | mwallet show - --pem > F",
    ),
    (
        "-importkeystore",
        "-srckeystore SRC -destkeystore DST [-deststoretype T]",
        "mwallet convert SRC DST [--to T]",
    ),
    (
        "-importkeystore",
        "-srckeystore SRC -destkeystore DST [-deststoretype T] -srcalias A",
        "mwallet convert SRC DST [--to T] --alias A",
    ),
    (
        "-importkeystore",
        "-srckeystore SRC -destkeystore DST [-deststoretype T] -srcalias A -destalias B",
        "mwallet convert SRC DST [--to T] --alias A && mwallet rename DST A B",
    ),
    ("-list", "", "mwallet list W"),
    ("-list", "-v", "mwallet show W"),
    ("-list", "-rfc", "mwallet show W --pem"),
    ("-list", "-alias A", "mwallet show W A"),
    ("-list", "-alias A -rfc", "mwallet show W A --pem"),
    ("-delete", "-alias A", "mwallet remove W A"),
    ("-changealias", "-alias A -destalias B", "mwallet rename W A B"),
    ("-storepasswd", "", "mwallet passwd W"),
    ("-keypasswd", "-alias A", "mwallet passwd W --key A"),
    (
        "-gencert",
        "-alias A -infile F -outfile C [-validity DAYS]",
        "mwallet sign F --ca W --ca-alias A [--days DAYS] --out C",
    ),
    (
        "-gencrl",
        "-alias A -file F [-id SERIAL]",
        "mwallet crl create --ca W --ca-alias A --revoke SERIAL --out F",
    ),
    ("-printcert", "-file F", "mwallet show F"),
    ("-printcert", "-sslserver HOST", "mwallet probe HOST"),
    ("-printcertreq", "-file F", "mwallet show F"),
    ("-printcrl", "-file F", "mwallet crl show F"),
];
