//! What a new wallet takes the place of, and copies of what would be lost with it.

use crate::codec::{self, Opening};
use crate::model::format::Format;
use crate::model::wallet::Wallet;
use crate::ops::edit::Lost;
use crate::ops::replace;
use crate::store::file::{self, Kind};
use crate::store::{StoreError, beside, dir, pem_folder};
use std::path::{Path, PathBuf};

/// A wallet's file that gives way to a new wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The file.
    pub path: PathBuf,
    /// What it is, where its content tells.
    pub format: Option<Format>,
    /// Its length in bytes.
    pub bytes: usize,
    /// Whether no other file takes its place.
    pub removed: bool,
    /// What is lost with it; nothing where the new wallet holds all that nobody can make again.
    pub loss: Option<Loss>,
    /// The copy that is made because of that: `<name>.kept`, or with a number behind it.
    pub kept: Option<PathBuf>,
}

/// What is lost with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// It holds this.
    Known(Lost),
    /// It does not open with what the new wallet opens with.
    Unknown,
    /// The other file of its wallet, with which it has to be put back.
    OtherFile,
}

impl Replaced {
    /// The wallet or the keys at this path, and what of them `new` lacks: opened with `opening`, which should be
    /// what opens the new one. Nothing for other files, which hold nothing that nobody can make again.
    ///
    /// # Errors
    ///
    /// What [`file::read`] says.
    pub fn at(
        path: &Path,
        new: &Wallet,
        opening: &Opening<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let Some(Kind::File { .. }) = file::kind(path)? else { return Ok(None) };
        let content = file::read(path)?;
        let format = codec::detect(&content);
        let is_store = format.map_or_else(|| dir::is_named_as_store(path), Format::is_store);
        if !is_store && !codec::may_hold_keys(&content) {
            return Ok(None);
        }
        let loss = match format.map(|format| codec::decode(&content, format, opening)) {
            Some(Ok(old)) => replace::lost(&old.wallet, new).map(Loss::Known),
            Some(Err(_)) | None => Some(Loss::Unknown),
        };
        let (path, bytes) = (path.to_path_buf(), content.len());
        Ok(Some(Self { path, format, bytes, removed: false, loss, kept: None }))
    }

    /// What of a folder of PEM files `new` lacks, which takes its place.
    #[must_use]
    pub fn lost_with_folder(path: &Path, new: &Wallet, opening: &Opening<'_>) -> Option<Loss> {
        match pem_folder::read(path, opening) {
            Ok((old, _)) => replace::lost(&old.wallet, new).map(Loss::Known),
            Err(_) => Some(Loss::Unknown),
        }
    }

    /// Copies the file beside itself, access and all, where something is lost with it.
    ///
    /// # Errors
    ///
    /// What [`file::read`] and [`file::Change::write`] say.
    pub fn keep_aside(&mut self) -> Result<(), StoreError> {
        if self.loss.is_some() {
            self.kept = Some(beside::keep_aside(&self.path)?);
        }
        Ok(())
    }

    /// Names the copy that [`Self::keep_aside`] would make.
    ///
    /// # Errors
    ///
    /// What [`file::read`] and [`file::kind`] say.
    pub fn plan_copy(&mut self) -> Result<(), StoreError> {
        if self.loss.is_some() {
            self.kept = Some(beside::copy_of(&self.path)?);
        }
        Ok(())
    }
}
