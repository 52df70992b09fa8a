//! What odd and hostile files must not bring about: files with nothing in them, entries that vanish, keys
//! that others can read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use support::authority::{Authority, CaKeys};
use support::peers;
use support::scratch::Scratch;

/// The password of what the tests write.
const OUT: &str = "Extern12";

#[test]
fn a_form_that_carries_nothing_of_a_file_is_not_written() {
    let Some(openssl) = peers::openssl() else { return };
    let scratch = Scratch::new();
    let line = "req -new -newkey rsa:2048 -nodes -keyout app.key -subj /CN=app -out app.csr";
    scratch.run(&openssl, line).ok();
    for (form, protects) in [
        ("p12", true),
        ("jks", true),
        ("jceks", true),
        ("oracle", true),
        ("pem", false),
        ("ewallet-pem", false),
        ("p7b", false),
        ("der", false),
        ("k8s", false),
    ] {
        let line = format!("convert app.csr out-{form} --to {form} --allow-loss");
        let convert = scratch.mwallet(&line);
        let convert = if protects { convert.out_password(OUT) } else { convert };
        convert.fails(5, "entry-not-found");
        assert!(!scratch.exists(&format!("out-{form}")), "{form}");
    }
}
