//! A build: what is stale is made, what is not is linked, and the folder is exchanged at once.

use crate::model::certificate::Certificate;
use crate::model::key::PrivateKey;
use crate::parallel;
use crate::pki::manifest::{self, Kind, Listed, Manifest, PasswordTag, Trust};
use crate::pki::plan::{self, Plan};
use crate::pki::spec::{Authority, Leaf};
use crate::pki::workshop::{Issuing, Made, MadeFile};
use crate::pki::{ENVIRONMENT_FILE, PkiError, Workshop};
use crate::secret::Password;
use crate::store::StoreError;
use crate::store::file::{self, Contents, Staging};
use crate::store::lock::{Afterwards, Lock};
use crate::store::pki::{Inventory, Project, ProjectError, from_out, listed_file, ours, recover};
use std::collections::{HashMap, HashSet};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration as Timeout;
use time::{Duration, OffsetDateTime};

/// How a build is done.
#[derive(Clone, Copy)]
pub struct Building<'a> {
    /// With what the stores open.
    pub password: &'a Password,
    /// The time.
    pub now: OffsetDateTime,
    /// How much of a life has to be left at least; what has less is made again.
    pub least: Duration,
    /// How long to wait for another build.
    pub lock_timeout: Timeout,
    /// Told how many of how many pieces of work are done.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What a build did.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// What was made, and why.
    pub plan: Plan,
    /// How many entries were kept.
    pub kept: usize,
}

impl Project {
    /// Makes everything that is missing or out of date. When there is nothing, no file is touched, save the
    /// list when the file was renamed. The output folder changes in one step at the end; a build that dies
    /// before leaves it as it was.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NotOurs`] when the output folder is there and no build has made it,
    /// [`ProjectError::OfAnother`] when one of another file has,
    /// [`StoreError::WouldOverwrite`] when another's file stands where one has to be written, and
    /// [`ProjectError`] when something cannot be made or written.
    pub fn build(&self, building: Building<'_>) -> Result<Built, ProjectError> {
        let Building { password, now, least, .. } = building;
        let (inventory, plan) = self.plan(Some(password), now, least)?;
        // The folder is replaced, not the link that leads to it.
        let out = file::resolve(&self.out)?;
        if plan.is_empty() && self.is_listed(&inventory)? && !file::is_unfinished(&out)? {
            return Ok(self.built(plan));
        }
        self.require_place(&inventory)?;
        let _lock = Lock::acquire(&out, Afterwards::Remove, building.lock_timeout)?;
        recover(&out)?;
        // Another build may have been at work until now.
        let (inventory, plan) = if inventory.is_current(&out)? {
            (inventory, plan)
        } else {
            self.plan(Some(password), now, least)?
        };
        if !plan.is_empty() || !self.is_listed(&inventory)? {
            let staging = Staging::begin(&out)?;
            let stage = Stage { project: self, building, inventory, plan: &plan, staging };
            stage.run()?;
        }
        Ok(self.built(plan))
    }

    /// Whether a build may replace the output folder: nothing is there, or it is empty, or a build has
    /// made it; and the folder that it is in can be written to.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NotOurs`], [`StoreError::WouldOverwrite`] when it is no folder,
    /// [`StoreError::FolderMissing`], [`StoreError::LinkRefused`], no access.
    pub fn require_place(&self, inventory: &Inventory) -> Result<(), ProjectError> {
        self.require_own(inventory)?;
        Ok(file::require_folder(&file::resolve(&self.out)?)?)
    }

    /// Whether the list is of this file, by this name or another that it has: one that was renamed takes over.
    fn is_listed(&self, inventory: &Inventory) -> Result<bool, StoreError> {
        let Some(manifest) = &inventory.manifest else { return Ok(false) };
        match listed_file(&self.file, &self.out, manifest) {
            Some(listed) => file::same_file(&self.file, &listed),
            None => Ok(false),
        }
    }

    fn built(&self, plan: Plan) -> Built {
        let all = self.spec.authorities.len() + self.spec.leaves.len();
        Built { kept: all - plan.entries.len(), plan }
    }

    /// A folder that no build has made is not replaced, unless it is empty.
    fn require_own(&self, inventory: &Inventory) -> Result<(), ProjectError> {
        if inventory.manifest.is_some() {
            return Ok(());
        }
        match file::kind(&self.out)? {
            None => Ok(()),
            Some(file::Kind::Directory) => match Contents::of(&self.out)?.files.pop_first() {
                None => Ok(()),
                Some((found, _)) => Err(ProjectError::NotOurs { out: self.out.clone(), found }),
            },
            Some(_) => Err(StoreError::WouldOverwrite { path: self.out.clone() }.into()),
        }
    }
}

/// Something that a thread makes on its own.
enum Job<'a> {
    /// The trust stores.
    Trust,
    /// A leaf.
    Leaf(&'a Leaf),
}

/// What came of it.
enum Outcome {
    Trust(Trust),
    Leaf(Box<Listed>),
    /// Another job had failed.
    Skipped,
}

/// A build at work.
struct Stage<'a> {
    project: &'a Project,
    building: Building<'a>,
    inventory: Inventory,
    plan: &'a Plan,
    staging: Staging,
}

impl Stage<'_> {
    fn run(mut self) -> Result<(), ProjectError> {
        let old = self.inventory.manifest.take();
        let ours = ours(old.as_ref());
        let (mut manifest, old) = self.begin_manifest(old)?;
        manifest.file = Some(from_out(&self.project.file, &self.project.out)?);
        let mut before: HashMap<String, Listed> =
            old.into_iter().map(|listed| (listed.name.clone(), listed)).collect();
        // 1. The CAs, each before those that it issues.
        let mut workshop = Workshop {
            spec: &self.project.spec,
            password: self.building.password,
            now: self.building.now,
            issuing: HashMap::new(),
        };
        for authority in &self.project.spec.authorities {
            let (issuing, listed) =
                self.authority(authority, &workshop, before.remove(&authority.name))?;
            workshop.issuing.insert(authority.name.clone(), issuing);
            manifest.entries.push(listed);
        }
        // 2. The leaves and the trust stores.
        let (leaves, trust) = self.leaves(&workshop, before)?;
        manifest.entries.extend(leaves);
        manifest.trust = trust.or(manifest.trust);
        // 3. What depends on them.
        self.lists(&workshop, &mut manifest)?;
        if self.plan.environment.is_some() {
            let (text, listed) = &self.project.environment;
            self.staging.write(&listed.file.path, text.as_bytes(), true)?;
            manifest.environment = Some(listed.clone());
        }
        // 4. What stays.
        let known = self.keep(&manifest, &ours)?;
        self.staging.write_with(manifest::FILE, true, |file| {
            let mut buffered = BufWriter::new(file);
            manifest.write(&mut buffered)?;
            buffered.flush()
        })?;
        self.staging.finish(&known, &ours)?;
        Ok(())
    }

    /// The new list, with what stays of the old one, whose entries are left over.
    fn begin_manifest(
        &self,
        old: Option<Manifest>,
    ) -> Result<(Manifest, Vec<Listed>), ProjectError> {
        let password = self.building.password;
        let failed =
            |source| self.project.failed(PkiError::Crypto { name: "password".to_owned(), source });
        let fresh = || PasswordTag::new(password).map_err(failed);
        let now = self.building.now;
        let Some(old) = old else { return Ok((Manifest::new(now, fresh()?), Vec::new())) };
        let tag = if self.inventory.password_fits { old.password } else { fresh()? };
        let manifest = Manifest {
            trust: old.trust.filter(|_| self.plan.trust.is_none()),
            environment: old.environment.filter(|_| self.plan.environment.is_none()),
            ..Manifest::new(now, tag)
        };
        Ok((manifest, old.entries))
    }

    /// A CA at work: made, or as it was.
    fn authority(
        &self,
        authority: &Authority,
        workshop: &Workshop<'_>,
        old: Option<Listed>,
    ) -> Result<(Issuing, Listed), ProjectError> {
        let name = authority.name.as_str();
        let Some(old) = old.filter(|listed| listed.kind == Kind::Ca) else {
            let (issuing, made) =
                workshop.authority(authority, None).map_err(|e| self.project.failed(e))?;
            self.write(&made.files)?;
            return Ok((issuing, made.listed));
        };
        if !self.plan.entries.contains_key(name) {
            let (key, certificate) = (self.kept_key(name)?, self.kept_certificate(name)?);
            let issuing = Issuing::new(key, certificate).map_err(|source| {
                self.project.failed(PkiError::Issue { name: name.to_owned(), source })
            })?;
            return Ok((issuing, old));
        }
        // A key that is lost or damaged is replaced.
        let path = format!("{name}/key.pem");
        let kept = (!self.inventory.damage.contains_key(&path)).then(|| self.kept_key(name));
        let (issuing, made) =
            workshop.authority(authority, kept.transpose()?).map_err(|e| self.project.failed(e))?;
        self.write(&made.files)?;
        // The number of the next revocation list goes on from here.
        Ok((issuing, Listed { crl: old.crl, ..made.listed }))
    }

    fn kept_key(&self, name: &str) -> Result<PrivateKey, ProjectError> {
        let path = format!("{name}/key.pem");
        let key = self.project.bundle(&path)?.keys.first().and_then(|key| key.open().cloned());
        key.ok_or_else(|| self.project.not_kept(&path, "there is no key in it".to_owned()))
    }

    fn kept_certificate(&self, name: &str) -> Result<Certificate, ProjectError> {
        let path = format!("{name}/cert.pem");
        self.project
            .bundle(&path)?
            .certificates
            .into_iter()
            .next()
            .ok_or_else(|| self.project.not_kept(&path, "there is no certificate in it".to_owned()))
    }

    /// The leaves in the order of the file, and the trust stores where they are stale; what is made is
    /// written at once, so that memory does not grow with their number.
    fn leaves(
        &self,
        workshop: &Workshop<'_>,
        mut before: HashMap<String, Listed>,
    ) -> Result<(Vec<Listed>, Option<Trust>), ProjectError> {
        let leaves = &self.project.spec.leaves;
        let is_stale = |leaf: &&Leaf| self.plan.entries.contains_key(&leaf.name);
        // The trust stores take as long as three leaves, so they come first.
        let trust = self.plan.trust.iter().map(|_| Job::Trust);
        let jobs: Vec<Job<'_>> =
            trust.chain(leaves.iter().filter(is_stale).map(Job::Leaf)).collect();
        let (done, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let results = parallel::map(&jobs, |job| {
            if failed.load(Ordering::Relaxed) {
                return Ok(Outcome::Skipped);
            }
            let outcome = self.work(job, workshop);
            failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
            (self.building.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, jobs.len());
            outcome
        });
        let mut trust = None;
        for outcome in results {
            match outcome? {
                Outcome::Trust(made) => trust = Some(made),
                Outcome::Leaf(made) => drop(before.insert(made.name.clone(), *made)),
                Outcome::Skipped => {} // what failed before it is the error
            }
        }
        let listed = leaves.iter().filter_map(|leaf| before.remove(&leaf.name));
        Ok((listed.collect(), trust))
    }

    fn work(&self, job: &Job<'_>, workshop: &Workshop<'_>) -> Result<Outcome, ProjectError> {
        let failed = |error| self.project.failed(error);
        match job {
            Job::Trust => {
                let (files, trust) = workshop.trust().map_err(failed)?;
                self.write(&files)?;
                Ok(Outcome::Trust(trust))
            }
            Job::Leaf(leaf) => {
                let Made { files, listed } = workshop.leaf(leaf).map_err(failed)?;
                self.write(&files)?;
                Ok(Outcome::Leaf(Box::new(listed)))
            }
        }
    }

    /// The revocation lists: of each CA the new one, or that which it had.
    fn lists(&self, workshop: &Workshop<'_>, manifest: &mut Manifest) -> Result<(), ProjectError> {
        let mut lists = HashMap::new();
        let listed: HashMap<&str, &Listed> =
            manifest.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
        let revoked = plan::revoked(&self.project.spec);
        for name in self.plan.lists.keys() {
            let last = listed.get(name.as_str()).and_then(|entry| entry.crl.as_ref());
            let number = last.map_or(0, |crl| crl.number) + 1;
            let leaves = revoked.get(name.as_str()).into_iter().flatten();
            let serials =
                leaves.filter_map(|leaf| listed.get(leaf)).map(|leaf| leaf.serial.clone());
            let (files, crl) = workshop
                .list(name, serials.collect(), number)
                .map_err(|e| self.project.failed(e))?;
            self.write(&files)?;
            lists.insert(name.clone(), (files, crl));
        }
        for entry in &mut manifest.entries {
            if let Some((files, crl)) = lists.remove(&entry.name) {
                entry.files.retain(|file| !plan::is_list(&file.path));
                entry.files.extend(files.iter().map(MadeFile::listed));
                entry.crl = Some(crl);
            } else if !entry.files.iter().any(|file| plan::is_list(&file.path)) {
                entry.crl = None;
            }
        }
        Ok(())
    }

    fn write(&self, files: &[MadeFile]) -> Result<(), ProjectError> {
        for MadeFile { path, content, public } in files {
            self.staging.write(path, content, *public)?;
        }
        Ok(())
    }

    /// Takes over what was not made: the files of entries that are kept, and what others have put into
    /// the folder. What is in the old folder.
    fn keep(&self, manifest: &Manifest, ours: &HashSet<PathBuf>) -> Result<Contents, ProjectError> {
        let known = Contents::of(&self.project.out)?;
        let wanted: HashSet<&Path> = manifest.files().map(|file| Path::new(&file.path)).collect();
        for path in known.files.keys() {
            let is_gone = !wanted.contains(path.as_path()) || self.is_made(path);
            if ours.contains(path) && is_gone {
                continue;
            }
            self.staging.keep(path)?;
        }
        Ok(known)
    }

    /// Whether this build has made the file.
    fn is_made(&self, path: &Path) -> bool {
        let text = path.to_string_lossy();
        let folder = text.split('/').next().unwrap_or_default();
        if plan::is_list(&text) {
            self.plan.lists.contains_key(folder)
        } else if folder == ENVIRONMENT_FILE {
            self.plan.environment.is_some()
        } else if is_trust(folder) {
            self.plan.trust.is_some()
        } else {
            self.plan.entries.contains_key(folder)
        }
    }
}

/// Whether this is the first part of the path of something that belongs to no entry alone.
fn is_trust(folder: &str) -> bool {
    crate::pki::file::RESERVED.contains(&folder)
}
