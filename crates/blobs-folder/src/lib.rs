//! Raw evidence in a folder: `ab/cdef…`, a file per blob, named by the SHA-256 of its bytes.
//!
//! Invariant: a file under its final name is whole and on the disk. Bytes are written to a temporary file, synced and renamed; then the
//! folder is synced. A crash leaves at most temporary files, and whoever next opens the folder alone removes them.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::digest::Digest;
use ports::blobs::{BlobError, Blobs};
use tempfile::NamedTempFile;

/// Where files are written before they get their name. No blob is called so: blobs lie in folders of two hexadecimal digits.
const TEMPORARY: &str = "tmp";

/// Held shared by everyone who has the folder open, so that one who gets it exclusively knows that he is alone.
const LOCK: &str = "lock";

/// Digests remembered as durable; above that many, memory begins anew.
const MOST_REMEMBERED: usize = 100_000;

/// [`Blobs`] in a folder, which several processes on one machine may share.
#[derive(Debug)]
pub struct FolderBlobs {
    folder: Arc<Folder>,
}

#[derive(Debug)]
struct Folder {
    root: PathBuf,
    /// Digests that this process has made durable, so that a certificate that a thousand sites share is written and synced once.
    durable: Mutex<BTreeSet<Digest>>,
    /// Keeps the shared lock for as long as the folder is open.
    _lock: File,
}

impl FolderBlobs {
    /// Opens the folder at `path` and makes it if there is none; its parent must exist. Removes what a crash left behind.
    ///
    /// # Errors
    /// When the folder cannot be made, locked or cleaned.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BlobError> {
        let root = path.as_ref().to_path_buf();
        let fail = |operation| {
            let place = root.display().to_string();
            move |source| BlobError::Unavailable { place, operation, source }
        };
        make_folder(&root).map_err(fail("make the folder"))?;
        make_folder(&root.join(TEMPORARY)).map_err(fail("make the folder"))?;
        let lock = File::create(root.join(LOCK)).map_err(fail("open the lock file"))?;
        match lock.try_lock() {
            Ok(()) => sweep(&root.join(TEMPORARY)).map_err(fail("remove temporary files"))?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => return Err(fail("lock the folder")(source)),
        }
        // Between the two locks another may sweep, which does no harm: nothing of ours is there yet.
        lock.unlock().and_then(|()| lock.lock_shared()).map_err(fail("lock the folder"))?;
        Ok(Self { folder: Arc::new(Folder { root, durable: Mutex::default(), _lock: lock }) })
    }
}

#[async_trait]
impl Blobs for FolderBlobs {
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest::of(bytes);
        if self.folder.durable().contains(&digest) {
            return Ok(digest);
        }
        let (folder, bytes) = (self.folder.clone(), bytes.to_vec());
        let kept = tokio::task::spawn_blocking(move || folder.put(digest, &bytes)).await;
        kept.unwrap_or_else(|stopped| Err(io::Error::other(stopped))).map_err(|source| self.unavailable("put", source))
    }

    async fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, BlobError> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || folder.get(digest)).await;
        let read = read.unwrap_or_else(|stopped| Err(io::Error::other(stopped)));
        match read.map_err(|source| self.unavailable("get", source))? {
            Some((bytes, found)) if found == digest => Ok(Some(bytes)),
            other => {
                // Gone or changed from outside: the next put has to write it anew.
                self.folder.durable().remove(&digest);
                other.map_or(Ok(None), |_| Err(BlobError::Altered(digest)))
            }
        }
    }
}

impl FolderBlobs {
    fn unavailable(&self, operation: &'static str, source: io::Error) -> BlobError {
        BlobError::Unavailable { place: self.folder.root.display().to_string(), operation, source }
    }
}

impl Folder {
    fn put(&self, digest: Digest, bytes: &[u8]) -> io::Result<Digest> {
        let (shelf, name) = self.place(digest);
        // A file of another length was cut or changed from outside; writing it anew mends it.
        let there = fs::metadata(&name).is_ok_and(|found| found.len() == bytes.len() as u64);
        if !there {
            make_folder(&shelf)?;
            self.write(bytes, &name)?;
        }
        // Also when the file was there: another may have renamed it a moment ago and not yet synced the folder.
        sync_folder(&shelf)?;
        let mut durable = self.durable();
        if durable.len() >= MOST_REMEMBERED {
            durable.clear();
        }
        durable.insert(digest);
        Ok(digest)
    }

    /// Nothing that can panic runs under the lock, so a poisoned one still guards whole content.
    fn durable(&self) -> MutexGuard<'_, BTreeSet<Digest>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// On an error the temporary file goes away with its handle, so that a full disk is not made fuller.
    fn write(&self, bytes: &[u8], name: &Path) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(self.root.join(TEMPORARY))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(name)?;
        Ok(())
    }

    /// The bytes under the name, and the digest that they have.
    fn get(&self, digest: Digest) -> io::Result<Option<(Vec<u8>, Digest)>> {
        match fs::read(self.place(digest).1) {
            Ok(bytes) => {
                let found = Digest::of(&bytes);
                Ok(Some((bytes, found)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The folder and the file of a blob.
    fn place(&self, digest: Digest) -> (PathBuf, PathBuf) {
        let digits = digest.to_string();
        let (shelf, name) = digits.split_at(2);
        let shelf = self.root.join(shelf);
        let file = shelf.join(name);
        (shelf, file)
    }
}

/// Makes a folder whose parent exists, durably; it may be there already.
fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn sweep(folder: &Path) -> io::Result<()> {
    fs::read_dir(folder)?.try_for_each(|entry| fs::remove_file(entry?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    ports::blobs_suite!(|| {
        let folder = tempfile::tempdir().expect("temporary folder");
        move || Arc::new(FolderBlobs::open(folder.path()).expect("open")) as Arc<dyn Blobs>
    });

    fn temporaries(root: &Path) -> usize {
        fs::read_dir(root.join(TEMPORARY)).expect("folder").count()
    }

    fn file_of(root: &Path, digest: Digest) -> PathBuf {
        let digits = digest.to_string();
        root.join(&digits[..2]).join(&digits[2..])
    }

    #[tokio::test]
    async fn altered_bytes_are_refused_and_cut_ones_mended() {
        let root = tempfile::tempdir().expect("temporary folder");
        let blobs = FolderBlobs::open(root.path()).expect("open");
        let digest = blobs.put(b"evidence").await.expect("put");
        fs::write(file_of(root.path(), digest), b"Evidence").expect("alter");
        assert!(matches!(blobs.get(digest).await, Err(BlobError::Altered(named)) if named == digest));
        fs::write(file_of(root.path(), digest), b"evi").expect("cut");
        blobs.put(b"evidence").await.expect("put again");
        assert_eq!(blobs.get(digest).await.expect("get").as_deref(), Some(&b"evidence"[..]));
        assert_eq!(temporaries(root.path()), 0);
    }

    #[tokio::test]
    async fn a_known_blob_is_not_written_again() {
        use std::os::unix::fs::MetadataExt;
        let root = tempfile::tempdir().expect("temporary folder");
        let blobs = FolderBlobs::open(root.path()).expect("open");
        let digest = blobs.put(b"once").await.expect("put");
        let inode = || fs::metadata(file_of(root.path(), digest)).expect("file").ino();
        let before = inode();
        blobs.put(b"once").await.expect("put again");
        assert_eq!(inode(), before);
    }

    #[test]
    fn what_a_crash_left_is_swept_by_who_opens_alone() {
        let root = tempfile::tempdir().expect("temporary folder");
        let first = FolderBlobs::open(root.path()).expect("open");
        fs::write(root.path().join(TEMPORARY).join("1-ff-0"), b"half").expect("leave");
        let second = FolderBlobs::open(root.path()).expect("open beside another");
        assert_eq!(temporaries(root.path()), 1, "it may be the other's, who is still writing");
        drop((first, second));
        FolderBlobs::open(root.path()).expect("open alone");
        assert_eq!(temporaries(root.path()), 0);
    }

    #[tokio::test]
    async fn a_place_that_is_no_folder_is_an_error() {
        let root = tempfile::tempdir().expect("temporary folder");
        let file = root.path().join("file");
        fs::write(&file, b"").expect("write");
        let error = FolderBlobs::open(&file).expect_err("a file is no folder");
        assert!(error.to_string().contains("file"), "{error}");
        let blobs = FolderBlobs::open(root.path().join("blobs")).expect("open");
        let shelf = root.path().join("blobs").join(&Digest::of(b"x").to_string()[..2]);
        fs::write(shelf, b"in the way").expect("write");
        assert!(matches!(blobs.put(b"x").await, Err(BlobError::Unavailable { operation: "put", .. })));
    }
}
