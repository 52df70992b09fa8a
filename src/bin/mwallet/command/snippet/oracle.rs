//! Configurations of Oracle's JDBC driver and of `UTL_HTTP`.

use crate::command::snippet::facts::Facts;
use crate::command::snippet::oracle_net::{net_value, service_names, speaks_tls};
use mwallet::model::format::Format;
use std::fmt::Write as _;

/// Connection properties of the thin driver.
pub(super) fn jdbc(facts: &Facts) -> String {
    let mut text = facts.comments("#");
    let file = facts.file();
    text += "# oraclepki.jar has to be on the class path.\n";
    if facts.logins.is_empty() {
        text += "# URL: jdbc:oracle:thin:@tcps://HOST:2484/SERVICE\n";
    } else {
        text += "# The wallet's logins are found by their connect strings, and user and password are not set. URLs:\n";
        for name in service_names(&facts.logins) {
            let _ = writeln!(text, "#   jdbc:oracle:thin:/@{name}");
        }
    }
    if facts.is_directory || !facts.is_readable {
        let _ = writeln!(
            text,
            "oracle.net.wallet_location=(SOURCE=(METHOD=FILE)(METHOD_DATA=(DIRECTORY={})))",
            property(&net_value(&file))
        );
        if !facts.auto_login {
            text += "oracle.net.wallet_password=PASSWORD\n";
        }
    } else {
        let (file, kind) = (property(&file), store_type(facts.file_format()));
        for store in ["keyStore", "trustStore"] {
            let _ = writeln!(text, "javax.net.ssl.{store}={file}");
            let _ = writeln!(text, "javax.net.ssl.{store}Type={kind}");
            let _ = writeln!(text, "javax.net.ssl.{store}Password=PASSWORD");
        }
    }
    if speaks_tls(facts) {
        text += "oracle.net.ssl_server_dn_match=true\n";
    }
    text
}

/// The word for a format in Java's configurations.
pub(super) fn store_type(format: Format) -> &'static str {
    match format {
        Format::Jks => "JKS",
        Format::Jceks => "JCEKS",
        _ => "PKCS12",
    }
}

/// A value of a `.properties` file, where a backslash begins an escape.
fn property(text: &str) -> String {
    text.replace('\\', r"\\")
}

/// PL/SQL: who may connect, who may use the wallet, and the call.
pub(super) fn utl_http(facts: &Facts) -> String {
    let mut text = facts.comments("--");
    // A quotation mark inside a text of SQL is written twice.
    let location = format!("file:{}", facts.file()).replace('\'', "''");
    let password = if facts.auto_login { "NULL" } else { "'PASSWORD'" };
    let _ = write!(
        text,
        "
-- 1. As a DBA, 12c and later. APP_USER owns the code that calls UTL_HTTP.
BEGIN
  DBMS_NETWORK_ACL_ADMIN.APPEND_HOST_ACE(
    host       => 'HOST',
    lower_port => 443,
    upper_port => 443,
    ace        => xs$ace_type(
      privilege_list => xs$name_list('http'),
      principal_name => 'APP_USER',
      principal_type => xs_acl.ptype_db));
  DBMS_NETWORK_ACL_ADMIN.APPEND_WALLET_ACE(
    wallet_path => '{location}',
    ace         => xs$ace_type(
      privilege_list => xs$name_list('use_client_certificates', 'use_passwords'),
      principal_name => 'APP_USER',
      principal_type => xs_acl.ptype_db));
END;
/

-- 1. The same in 11g, in place of the above.
-- BEGIN
--   DBMS_NETWORK_ACL_ADMIN.CREATE_ACL(
--     acl => 'app_http.xml', description => 'UTL_HTTP of APP_USER',
--     principal => 'APP_USER', is_grant => TRUE, privilege => 'connect');
--   DBMS_NETWORK_ACL_ADMIN.ADD_PRIVILEGE(
--     acl => 'app_http.xml',
--     principal => 'APP_USER', is_grant => TRUE, privilege => 'use-client-certificates');
--   DBMS_NETWORK_ACL_ADMIN.ASSIGN_ACL(
--     acl => 'app_http.xml', host => 'HOST', lower_port => 443, upper_port => 443);
--   DBMS_NETWORK_ACL_ADMIN.ASSIGN_WALLET_ACL(
--     acl => 'app_http.xml', wallet_path => '{location}');
--   COMMIT;
-- END;
-- /

-- 2. As APP_USER. The path is one on the machine of the database, and is spelt as in the access
-- control list. https_host, since 12.2, is the name that the server's certificate has.
DECLARE
  request  UTL_HTTP.REQ;
  response UTL_HTTP.RESP;
BEGIN
  UTL_HTTP.SET_WALLET('{location}', {password});
  request  := UTL_HTTP.BEGIN_REQUEST(url => 'https://HOST/', https_host => 'HOST');
  response := UTL_HTTP.GET_RESPONSE(request);
  DBMS_OUTPUT.PUT_LINE(response.status_code);
  UTL_HTTP.END_RESPONSE(response);
END;
/
"
    );
    text
}
