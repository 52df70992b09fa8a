//! R7: who may read what is written, and through whose links and into whose folders it is written.

use crate::support::job::PASSWORD;
use crate::support::loudly;
use crate::support::run::{Done, Mwallet, mwallet_path, run};
use crate::support::scratch::Scratch;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown, symlink};
use std::process::Command;

/// Two users who own nothing: `nobody`, and one that no machine has.
pub(crate) const NOBODY: u32 = 65534;
const SOMEBODY: u32 = 65533;

/// Whether other users can be played; says so where not.
pub(crate) fn is_root(scratch: &Scratch) -> bool {
    let is_root = fs::metadata(scratch.path()).unwrap().uid() == 0;
    if !is_root {
        loudly("SKIPPED: only root can play other users");
    }
    is_root
}

/// Runs mwallet with a umask.
fn with_umask(command: &Mwallet, umask: &str) -> Done {
    let script = format!("umask {umask}; exec \"$@\"");
    let shell = ["bash", "-c", &script, "bash"].map(OsStr::new);
    run(&mut command.command_under(&shell), b"")
}

/// Runs as another user.
fn as_user(scratch: &Scratch, user: u32, command: &Mwallet) -> Done {
    run(&mut as_user_command(scratch, user, command), b"")
}

/// Runs a copy of mwallet, which everybody can reach, as another user.
pub(crate) fn as_user_command(scratch: &Scratch, user: u32, command: &Mwallet) -> Command {
    let program = scratch.at("mwallet");
    if !program.exists() {
        fs::copy(mwallet_path(), &program).unwrap();
        scratch.set_mode("mwallet", 0o755);
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let options = format!("--reuid={user} --regid={user} --clear-groups");
    // The program that the harness names is passed over for the copy.
    let script = format!("shift; exec setpriv {options} {} \"$@\"", program.display());
    let shell = ["bash", "-c", &script, "bash"].map(OsStr::new);
    command.command_under(&shell)
}

/// A PKCS#12 file with a key, `app.p12`.
fn app(scratch: &Scratch) {
    scratch.mwallet("create app.p12").password(PASSWORD).ok();
    scratch
        .mwallet("csr app.p12 --dn CN=app --key ec:p256 --alias app --self-signed --out app.csr")
        .password(PASSWORD)
        .ok();
}

/// Commands that write secrets: each into a place of its own.
const WRITERS: [&str; 12] = [
    "create new.p12",
    "create new.jks --type jks",
    "create new",
    "create both --auto-login",
    "convert app.p12 out.p12",
    "convert app.p12 out.jks",
    "convert app.p12 out.pem",
    "convert app.p12 certs --split",
    "convert app.p12 out.yaml --out-no-password",
    "convert app.p12 oracle",
    "export app.p12 --to pem --out exported.pem",
    "rename app.p12 app other",
];

#[test]
fn secrets_are_written_for_their_owner_alone_whatever_the_umask() {
    for umask in ["0", "022", "077"] {
        let scratch = Scratch::new();
        app(&scratch);
        for line in WRITERS {
            let command = scratch.mwallet(line).password(PASSWORD);
            let is_copy = line.starts_with("convert") || line.starts_with("export");
            let is_sealed = is_copy && !line.contains("no-password");
            let command = if is_sealed { command.out_password(PASSWORD) } else { command };
            let done = with_umask(&command, umask);
            assert!(done.succeeded(), "umask {umask}: {}", done.story());
        }
        let mut files = 0;
        for (path, (mode, _)) in scratch.picture("") {
            let name = path.strip_prefix(scratch.path()).unwrap().display().to_string();
            let is_public = name.is_empty() || name == "app.csr";
            if !is_public {
                let wanted = if path.is_dir() { 0o700 } else { 0o600 };
                assert_eq!(mode & 0o7777, wanted, "umask {umask}: {name} has {mode:o}");
                files += 1;
            }
        }
        assert!(files > 20, "only {files} files");
    }
}

#[test]
fn mode_and_owner_of_an_edited_wallet_are_kept() {
    let scratch = Scratch::new();
    app(&scratch);
    scratch.set_mode("app.p12", 0o640);
    let others = is_root(&scratch);
    if others {
        std::os::unix::fs::chown(scratch.at("app.p12"), Some(NOBODY), Some(SOMEBODY)).unwrap();
    }
    for umask in ["0", "077"] {
        let (from, to) = if umask == "0" { ("app", "b") } else { ("b", "c") };
        let rename = scratch.mwallet(&format!("rename app.p12 {from} {to}")).password(PASSWORD);
        with_umask(&rename, umask).ok();
        assert_eq!(scratch.mode("app.p12"), 0o640);
        let about = fs::metadata(scratch.at("app.p12")).unwrap();
        assert!(!others || (about.uid(), about.gid()) == (NOBODY, SOMEBODY));
    }
}

#[test]
fn the_first_secret_closes_a_file_that_others_could_read() {
    let scratch = Scratch::new();
    app(&scratch);
    scratch.write("ca.pem", scratch.read("app.csr"));
    scratch.mwallet("convert app.p12 app.pem --out-no-password").password(PASSWORD).ok();
    let others = is_root(&scratch);
    let csr = |path: &str, dn: &str| {
        let line = format!("csr {path} --dn {dn} --key ec:p256 --out new.csr --force");
        scratch.mwallet(&line).password(PASSWORD)
    };
    for path in ["trust.p12", "trust.jks", "w", "auto"] {
        let create =
            if path == "auto" { "create auto --auto-login" } else { &format!("create {path}") };
        scratch.mwallet(create).password(PASSWORD).ok();
        let add = format!("add-trusted {path} ca.pem --allow-leaf");
        scratch.mwallet(&add).password(PASSWORD).ok();
        let files: &[&str] = match path {
            "w" => &["w/ewallet.p12"],
            "auto" => &["auto/ewallet.p12", "auto/cwallet.sso"],
            file => &[file],
        };
        for file in files {
            scratch.set_mode(file, 0o644);
            if others {
                std::os::unix::fs::chown(scratch.at(file), Some(NOBODY), Some(SOMEBODY)).unwrap();
            }
        }
        let (planned, (report, _)) = if path == "trust.jks" {
            let import = || {
                let line = "import-user trust.jks app.csr --key app.pem";
                scratch.mwallet(line).password(PASSWORD)
            };
            (Some(import().args("--dry-run").json()), import().report())
        } else {
            (None, csr(path, "CN=new").report())
        };
        let narrowed = told(&report);
        assert!(planned.is_none_or(|planned| told(&planned) == narrowed));
        assert_eq!(narrowed.len(), files.len(), "{report:#}");
        for (file, told) in files.iter().zip(narrowed) {
            assert!(told.contains(file), "{report:#}");
            assert_eq!(scratch.mode(file), 0o600, "{report:#}");
            let about = fs::metadata(scratch.at(file)).unwrap();
            assert!(!others || (about.uid(), about.gid()) == (NOBODY, SOMEBODY));
            // From now on it is its owner's choice who else may read it.
            scratch.set_mode(file, 0o640);
        }
        csr(path, "CN=second").run().says("(permissions-loose)").ok();
        assert!(files.iter().all(|file| scratch.mode(file) == 0o640));
    }
}

/// What a report says of modes that are narrower now.
fn told(report: &Value) -> Vec<String> {
    let warnings = report["warnings"].as_array().unwrap().iter();
    let narrowed = warnings.filter(|warning| warning["code"] == "permissions-narrowed");
    narrowed.map(|warning| warning["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn overwritten_file_keeps_owner_and_mode_unless_its_first_key_comes() {
    let scratch = Scratch::new();
    app(&scratch);
    let others = is_root(&scratch);
    scratch.write("ca.pem", scratch.read("app.csr"));
    let convert = |line: &str| {
        let convert = scratch.mwallet(&format!("convert {line} --force")).password(PASSWORD);
        convert.out_password(PASSWORD)
    };
    let plain = |line: &str| {
        let line = format!("convert {line} --out-no-password --force");
        scratch.mwallet(&line).password(PASSWORD)
    };
    convert("app.p12 foreign.p12").ok();
    scratch.mwallet("passwd foreign.p12").password(PASSWORD).new_password("another 1").ok();
    for old in ["keys.p12", "keys.jks"] {
        convert(&format!("app.p12 {old}")).ok();
    }
    for old in ["trust.p12", "trust.jks", "opened.p12"] {
        convert(&format!("ca.pem {old}")).ok();
    }
    plain("app.p12 keys.pem").ok();
    for (source, file, old, new) in [
        // It held keys before: its mode is its owner's choice.
        ("app.p12", "keys.p12", 0o640, 0o640),
        ("app.p12", "keys.jks", 0o640, 0o640),
        ("app.p12", "keys.pem", 0o640, 0o640),
        ("app.p12", "keys.p12", 0o400, 0o400),
        // It held certificates, or nobody knows what.
        ("app.p12", "trust.p12", 0o644, 0o600),
        ("app.p12", "foreign.p12", 0o640, 0o600),
        // Certificates are everybody's, and whom the owner shuts out stays out.
        ("ca.pem", "trust.jks", 0o664, 0o664),
        ("ca.pem", "opened.p12", 0o600, 0o600),
    ] {
        scratch.set_mode(file, old);
        if others {
            std::os::unix::fs::chown(scratch.at(file), Some(NOBODY), Some(SOMEBODY)).unwrap();
        }
        let line = format!("{source} {file}");
        let convert = if file.ends_with("pem") { plain(&line) } else { convert(&line) };
        let report = convert.json();
        let shown = format!("{new:04o}");
        assert!(report["files"].to_string().contains(&shown), "{file}: {report:#}");
        assert_eq!(scratch.mode(file), new, "{file}: {report:#}");
        let narrowed = report.to_string().contains("permissions-narrowed");
        assert_eq!(narrowed, old != new, "{file}: {report:#}");
        let is_loose = report.to_string().contains("permissions-loose");
        assert_eq!(is_loose, source == "app.p12" && new == 0o640, "{file}: {report:#}");
        let about = fs::metadata(scratch.at(file)).unwrap();
        assert!(!others || (about.uid(), about.gid()) == (NOBODY, SOMEBODY), "{file}");
    }
}

#[test]
fn wallet_that_is_made_anew_keeps_the_owner_alone() {
    let scratch = Scratch::new();
    scratch.mwallet("create w.p12").password(PASSWORD).ok();
    scratch.set_mode("w.p12", 0o644);
    let others = is_root(&scratch);
    if others {
        std::os::unix::fs::chown(scratch.at("w.p12"), Some(NOBODY), Some(SOMEBODY)).unwrap();
    }
    scratch.mwallet("create w.p12 --force").password(PASSWORD).ok();
    assert_eq!(scratch.mode("w.p12"), 0o600);
    let about = fs::metadata(scratch.at("w.p12")).unwrap();
    assert!(!others || (about.uid(), about.gid()) == (NOBODY, SOMEBODY));
    if !others {
        return;
    }
    // A group that the owner is not in loses its access, which is no reason to refuse.
    scratch.folder("open");
    scratch.set_mode("open", 0o777);
    fs::rename(scratch.at("w.p12"), scratch.at("open/w.p12")).unwrap();
    scratch.set_mode("open/w.p12", 0o660);
    let create = scratch.mwallet("create open/w.p12 --force").password(PASSWORD);
    as_user(&scratch, NOBODY, &create).ok();
    let about = fs::metadata(scratch.at("open/w.p12")).unwrap();
    let access = (about.uid(), about.gid(), about.mode() & 0o777);
    assert_eq!(access, (NOBODY, NOBODY, 0o600));
}

#[test]
fn links_are_written_through_only_when_they_are_ones_own() {
    let scratch = Scratch::new();
    app(&scratch);
    scratch.folder("w");
    let rename = |path: &str, to: &str| {
        scratch.mwallet(&format!("rename {path} app {to}")).password(PASSWORD)
    };
    let old = scratch.read("app.p12");
    for (link, target) in [("own.p12", "app.p12"), ("dangling.p12", "nowhere.p12")] {
        symlink(target, scratch.at(link)).unwrap();
    }
    // A dangling link is refused also where a file would be made.
    let done = scratch.mwallet("create dangling.p12").password(PASSWORD).run().failed();
    assert!(!scratch.exists("nowhere.p12"), "{}", done.story());
    let line = "convert app.p12 dangling.p12 --force";
    scratch.mwallet(line).password(PASSWORD).out_password(PASSWORD).fails(6, "link-refused");
    assert!(!scratch.exists("nowhere.p12"));
    if is_root(&scratch) {
        symlink("app.p12", scratch.at("foreign.p12")).unwrap();
        lchown(scratch.at("foreign.p12"), Some(NOBODY), Some(NOBODY)).unwrap();
        rename("foreign.p12", "foreign").fails(6, "link-refused");
        assert_eq!(scratch.read("app.p12"), old, "it was written through a link of another user");
    }
    rename("own.p12", "own").ok();
    assert!(fs::symlink_metadata(scratch.at("own.p12")).unwrap().is_symlink());
    assert_ne!(scratch.read("app.p12"), old);
}

#[test]
fn other_names_of_a_replaced_file_keep_the_old_content() {
    let scratch = Scratch::new();
    app(&scratch);
    let old = scratch.read("app.p12");
    fs::hard_link(scratch.at("app.p12"), scratch.at("backup")).unwrap();
    scratch.mwallet("rename app.p12 app other").password(PASSWORD).ok();
    assert_eq!(scratch.read("backup"), old);
    assert_ne!(scratch.read("app.p12"), old);
}

#[test]
fn folders_of_others_are_left_as_they_are() {
    let scratch = Scratch::new();
    if !is_root(&scratch) {
        return;
    }
    app(&scratch);
    let wallet = scratch.read("app.p12");
    // Read-only for everybody; and sticky, as /tmp: only the owner of a file may replace it.
    for (folder, mode, owner) in [("closed", 0o555, NOBODY), ("sticky", 0o1777, SOMEBODY)] {
        let file = format!("{folder}/app.p12");
        scratch.write(&file, &wallet);
        scratch.set_mode(&file, 0o666);
        std::os::unix::fs::chown(scratch.at(&file), Some(owner), Some(owner)).unwrap();
        scratch.set_mode(folder, mode);
        let line = format!("rename {file} app other --lock-timeout 0");
        let rename = scratch.mwallet(&line).password(PASSWORD);
        let done = as_user(&scratch, NOBODY, &rename).status(1).says("permission-denied");
        assert_eq!(scratch.read(&file), wallet, "{}", done.story());
        let names: Vec<_> = fs::read_dir(scratch.at(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["app.p12"], "{folder}: something stays behind");
    }
    // The owner may, in the sticky folder.
    let rename = scratch.mwallet("rename sticky/app.p12 app other").password(PASSWORD);
    as_user(&scratch, SOMEBODY, &rename).ok();
    assert_ne!(scratch.read("sticky/app.p12"), wallet);
}

#[test]
fn secrets_that_others_can_read_are_told() {
    let scratch = Scratch::new();
    app(&scratch);
    scratch.mwallet("create w --auto-login").password(PASSWORD).ok();
    scratch.mwallet("csr w --dn CN=app --key ec:p256 --out w.csr").password(PASSWORD).ok();
    scratch.mwallet("convert app.p12 app.pem --out-no-password").password(PASSWORD).ok();
    scratch.mwallet("convert app.p12 app.jks").password(PASSWORD).out_password(PASSWORD).ok();
    for (path, file) in [
        ("app.p12", "app.p12"),
        ("app.pem", "app.pem"),
        ("app.jks", "app.jks"),
        ("w", "w/ewallet.p12"),
        ("w", "w/cwallet.sso"),
    ] {
        for mode in [0o644, 0o640, 0o602, 0o600] {
            scratch.set_mode(file, mode);
            let check = || scratch.mwallet(&format!("check {path}"));
            let mut reports = vec![check().password(PASSWORD).report().0];
            // Whoever opens it by the one file wants to know of the other.
            reports.extend((path == "w").then(|| check().report().0));
            for report in reports {
                let text = report.to_string();
                let told = text.contains("permissions-loose") && text.contains(file);
                assert_eq!(told, mode != 0o600, "{file} {mode:o}: {report:#}");
            }
        }
    }
}
