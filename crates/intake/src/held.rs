//! Deliveries that wait for a person: their bytes in a folder, named by digest.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use model::digest::{Digest, Digester};

use crate::{Intake, IntakeError};

impl Intake {
    /// Where the bytes of a held delivery are.
    pub(crate) fn held_file(&self, digest: Digest) -> PathBuf {
        self.settings.held.join(digest.to_string())
    }

    /// Keeps a copy of a delivery. It is there whole or not at all.
    pub(crate) fn keep(&self, file: &Path, digest: Digest) -> Result<(), IntakeError> {
        let kept = self.held_file(digest);
        let part = kept.with_extension("part");
        let copied = fs::create_dir_all(&self.settings.held)
            .and_then(|()| fs::copy(file, &part))
            .and_then(|_| File::open(&part)?.sync_all())
            .and_then(|()| fs::rename(&part, &kept));
        copied.map_err(|source| IntakeError::File {
            operation: "cannot keep the held delivery",
            path: kept.display().to_string(),
            source,
        })
    }

    /// Forgets the copy.
    pub(crate) fn forget(&self, digest: Digest) {
        let kept = self.held_file(digest);
        if let Err(error) = fs::remove_file(&kept) {
            tracing::warn!(file = %kept.display(), %error, "a held delivery that is settled cannot be removed");
        }
    }
}

/// The digest of a file.
pub fn digest_of(path: &Path) -> Result<Digest, IntakeError> {
    let read = || -> io::Result<Digest> {
        let (mut file, mut digest, mut piece) = (File::open(path)?, Digester::default(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(digest.finish()),
                length => digest.update(&piece[..length]),
            }
        }
    };
    read().map_err(|source| IntakeError::File { operation: "cannot read", path: path.display().to_string(), source })
}
