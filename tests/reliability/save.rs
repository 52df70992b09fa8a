//! Saves whose every system call can be hit with strace: killed there (R1), or answered with an error (R2).

use crate::support::authority::{Authority, CaKeys, p12};
use crate::support::job::PASSWORD;
use crate::support::peers::{self, Peer};
use crate::support::run::{Done, Mwallet, run};
use crate::support::scratch::Scratch;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// The calls of a save that touch the file system.
const CALLS: [&str; 24] = [
    "open",
    "openat",
    "write",
    "pwrite64",
    "read",
    "lseek",
    "ftruncate",
    "fsync",
    "fdatasync",
    "fcntl",
    "fchmod",
    "fchown",
    "fchmodat",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "rmdir",
    "unlink",
    "unlinkat",
    "close",
];

/// What is saved. All of it is in the folder `w`, which is a wallet directory or holds the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A certificate and its key are imported into a PKCS#12 file.
    Pkcs12,
    /// Into a JKS file.
    Jks,
    /// Into a wallet directory.
    Directory,
    /// Into a wallet directory with an auto-login file.
    AutoLogin,
    /// The auto-login file of such a directory is taken away.
    AutoLoginOff,
    /// A wallet is converted to a PEM file that is there already.
    Pem,
    /// To a folder of PEM files that is there already.
    PemFolder,
    /// To one with keys that the new one does not have, which stays under another name.
    KeptFolder,
    /// A key is made in a PKCS#12 file, and its request written beside that.
    Request,
}

impl Target {
    pub(crate) const ALL: [Self; 9] = [
        Self::Pkcs12,
        Self::Jks,
        Self::Directory,
        Self::AutoLogin,
        Self::AutoLoginOff,
        Self::Pem,
        Self::PemFolder,
        Self::KeptFolder,
        Self::Request,
    ];

    /// What mwallet is given.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Pkcs12 | Self::Request => "w/store.p12",
            Self::Jks => "w/store.jks",
            Self::Directory | Self::AutoLogin | Self::AutoLoginOff => "w",
            Self::Pem => "w/all.pem",
            Self::PemFolder | Self::KeptFolder => "w/certs",
        }
    }

    /// The file that tells whether the save is done.
    fn file(self) -> &'static str {
        match self {
            Self::Directory | Self::AutoLogin => "w/ewallet.p12",
            Self::AutoLoginOff => "w/cwallet.sso",
            Self::PemFolder | Self::KeptFolder => "w/certs/second/cert.pem",
            _ => self.path(),
        }
    }
}

/// A save that can be made again and again from the same old files.
pub(crate) struct Save {
    pub(crate) scratch: Scratch,
    strace: Peer,
    openssl: Peer,
    pub(crate) target: Target,
    /// The files below `w`, and their content.
    old: BTreeMap<String, Vec<u8>>,
}

/// A system call: its name, and its number among those of this name in its thread.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) number: usize,
    /// Whether it writes to stdout or stderr.
    pub(crate) tells: bool,
    /// As strace shows it, behind the name.
    pub(crate) text: String,
}

impl Save {
    /// `None` where strace is missing or may not trace.
    pub(crate) fn new(target: Target) -> Option<Self> {
        let (openssl, strace) = (peers::openssl()?, peers::strace()?);
        let scratch = Scratch::new();
        let ca = Authority::new(&scratch, &openssl, "ca", CaKeys::Ec);
        ca.issue("first");
        ca.issue("second");
        ca.bundle(&["second.pem", "ca/intermediate.pem", "ca/root.pem"], "reply.pem");
        for name in ["first", "second"] {
            p12(&scratch, &openssl, name, name, "", &format!("{name}.p12"));
            scratch.set_mode(&format!("{name}.p12"), 0o600);
        }
        // Nothing is lost with the old file, so that no copy of it is kept.
        let both = scratch.mwallet("merge second.p12 first.p12 --out both.p12");
        both.password(PASSWORD).src_password(PASSWORD).ok();
        let mut save = Self { scratch, strace, openssl, target, old: BTreeMap::new() };
        save.make_old();
        save.old = save.files();
        Some(save)
    }

    fn make_old(&self) {
        let scratch = &self.scratch;
        scratch.folder("w");
        match self.target {
            Target::Pkcs12 | Target::Request => {
                drop(scratch.write("w/store.p12", scratch.read("first.p12")));
            }
            Target::Directory => drop(scratch.write("w/ewallet.p12", scratch.read("first.p12"))),
            Target::Jks => {
                let line = "convert first.p12 w/store.jks";
                scratch.mwallet(line).password(PASSWORD).out_password(PASSWORD).ok();
            }
            Target::AutoLogin | Target::AutoLoginOff => {
                scratch.write("w/ewallet.p12", scratch.read("first.p12"));
                scratch.mwallet("autologin on w").password(PASSWORD).ok();
            }
            Target::Pem | Target::PemFolder | Target::KeptFolder => {
                self.convert("first.p12").ok();
            }
        }
    }

    fn convert(&self, source: &str) -> Mwallet {
        let split = if self.target == Target::Pem { "" } else { "--split" };
        let line = format!("convert {source} {} {split}", self.target.path());
        self.scratch.mwallet(&line).args("--out-no-password --force").password(PASSWORD)
    }

    /// The save.
    pub(crate) fn command(&self) -> Mwallet {
        match self.target {
            Target::Pem | Target::PemFolder => self.convert("both.p12"),
            Target::KeptFolder => self.convert("second.p12"),
            Target::AutoLoginOff => self.scratch.mwallet("autologin off w").password(PASSWORD),
            Target::Request => self
                .scratch
                .mwallet("csr w/store.p12 --dn CN=second --key ec:p256 --out w/second.csr")
                .password(PASSWORD),
            _ => self
                .scratch
                .mwallet(&format!("import-user {} reply.pem", self.target.path()))
                .args("--key second.key --alias second --trust-root")
                .password(PASSWORD),
        }
    }

    /// Brings the old files back, and nothing else.
    pub(crate) fn restore(&self) {
        fs::remove_dir_all(self.scratch.at("w")).unwrap();
        for (name, content) in &self.old {
            self.scratch.write(name, content);
            self.scratch.set_mode(name, 0o600);
        }
    }

    /// The files below `w`.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let picture = self.scratch.picture("w");
        let name = |path: &Path| {
            path.strip_prefix(self.scratch.path()).unwrap().to_str().unwrap().to_owned()
        };
        let is_file = |path: &Path| fs::symlink_metadata(path).unwrap().is_file();
        picture
            .into_iter()
            .filter(|(path, _)| is_file(path))
            .map(|(path, (_, content))| (name(&path), content))
            .collect()
    }

    /// The save under strace with these options, every call of which is logged.
    pub(crate) fn traced(&self, options: &[&str]) -> Done {
        let mut prefix: Vec<&OsStr> = vec![self.strace.path().as_os_str()];
        prefix.extend(["-f", "-qq", "-o", "trace.log"].map(OsStr::new));
        prefix.extend(options.iter().map(OsStr::new));
        run(&mut self.command().command_under(&prefix), b"")
    }

    /// The calls of a save that nobody disturbs, from the lock or, where none is taken, the first temporary
    /// file to the end.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.restore();
        // Not every machine has every call; a question mark lets strace pass over those.
        let calls: Vec<String> = CALLS.iter().map(|call| format!("?{call}")).collect();
        self.traced(&["-e", &format!("trace={}", calls.join(","))]).ok();
        let log = self.scratch.text("trace.log");
        // strace counts for each thread; the save happens in the one that takes the lock.
        let mut saver = None;
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut found = Vec::new();
        for line in log.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let Some((name, text)) = rest.trim_start().split_once('(') else { continue };
            if !CALLS.contains(&name) {
                continue;
            }
            let count = counts.entry((thread.to_owned(), name.to_owned())).or_default();
            *count += 1;
            if saver.is_none() && (rest.contains("F_SETLK") || rest.contains("/.mwallet-")) {
                saver = Some(thread.to_owned());
            }
            if saver.as_deref() == Some(thread) {
                let tells = name == "write" && ["1,", "2,"].iter().any(|fd| text.starts_with(fd));
                let (name, text) = (name.to_owned(), text.to_owned());
                found.push(Call { name, number: *count, tells, text });
            }
        }
        assert!(saver.is_some(), "neither a lock nor a temporary file:\n{log}");
        for call in ["rename", "fsync"] {
            assert!(found.iter().any(|c| c.name.starts_with(call)), "no {call}:\n{log}");
        }
        found
    }

    /// Whether the files are the old ones, byte for byte, with nothing beside them but lock files.
    pub(crate) fn is_untouched(&self) -> bool {
        let without_locks = |mut files: BTreeMap<String, Vec<u8>>| {
            files.retain(|name, _| !is_lock(name));
            files
        };
        without_locks(self.files()) == without_locks(self.old.clone())
    }

    /// Whether the save is done. The file that tells is the old one, byte for byte, or opens as the new one.
    #[track_caller]
    pub(crate) fn is_new(&self, when: &str) -> bool {
        let file = self.target.file();
        let now = fs::read(self.scratch.at(file)).ok();
        if now.as_ref() == self.old.get(file) {
            for (name, content) in &self.old {
                assert_eq!(&self.scratch.read(name), content, "{when}: {name}");
            }
            return false;
        }
        if self.target == Target::AutoLoginOff {
            assert_eq!(now, None, "{when}: neither the old file nor none");
            return true;
        }
        let list = self.list(true);
        let text = list.to_string();
        let keeps_first = self.target != Target::KeptFolder;
        assert!(text.contains("second"), "{when}: {list:#}");
        assert_eq!(text.contains("first"), keeps_first, "{when}: {list:#}");
        if self.target == Target::KeptFolder {
            for (name, content) in &self.old {
                let kept = name.replace("w/certs/", "w/certs.kept/");
                assert_eq!(&self.scratch.read(&kept), content, "{when}: {kept}");
            }
        }
        let options = match self.target {
            Target::Jks => return true,
            Target::PemFolder | Target::KeptFolder => "pkey -in w/certs/second/key.pem".to_owned(),
            Target::Pem => "pkey -in w/all.pem".to_owned(),
            _ => format!("pkcs12 -in {file} -nodes -passin pass:{PASSWORD}"),
        };
        let dump = self.scratch.run(&self.openssl, &options).ok().out();
        let keys = if options.starts_with("pkey ") { 1 } else { 2 };
        assert_eq!(dump.matches("BEGIN PRIVATE KEY").count(), keys, "{when}: {dump}");
        true
    }

    /// What mwallet sees, with the password or without.
    #[track_caller]
    pub(crate) fn list(&self, with_password: bool) -> serde_json::Value {
        let list = self.scratch.mwallet(&format!("list {}", self.target.path()));
        let opens_anyway =
            matches!(self.target, Target::Pem | Target::PemFolder | Target::KeptFolder);
        if with_password && !opens_anyway { list.password(PASSWORD).json() } else { list.json() }
    }

    /// Whether there is a request, which openssl then reads.
    #[track_caller]
    pub(crate) fn has_request(&self, when: &str) -> bool {
        let file = "w/second.csr";
        if !self.scratch.exists(file) {
            return false;
        }
        let line = format!("req -in {file} -noout -verify -subject");
        let read = self.scratch.run(&self.openssl, &line).ok().out();
        assert!(read.contains("second"), "{when}: {read}");
        true
    }

    /// Whether the auto-login file is a new one.
    pub(crate) fn auto_login_is_new(&self) -> bool {
        let name = "w/cwallet.sso";
        self.files().get(name) != self.old.get(name)
    }

    /// The files below `w` that neither an old nor a new wallet has.
    pub(crate) fn leftovers(&self) -> BTreeSet<String> {
        let files = self.files();
        let is_ours = |name: &&String| {
            let temporary = name.split('/').any(|part| part.starts_with(".mwallet-"));
            let is_split = ["w/certs/", "w/certs.kept/"].iter().any(|of| name.starts_with(of));
            let is_made = is_lock(name) || *name == "w/second.csr";
            !temporary && (is_made || self.old.contains_key(*name) || is_split)
        };
        files.keys().filter(|name| !is_ours(name)).cloned().collect()
    }
}

fn is_lock(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|ending| ending == "lck")
}
