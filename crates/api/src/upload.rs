//! A request's body on its way to disk: piece by piece, counted and digested.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use axum::body::Body;
use http_body_util::BodyExt as _;
use model::digest::Digest;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::time;

use crate::fault::Fault;
use crate::settings::Settings;

/// A body on disk.
pub(crate) struct Upload {
    pub file: NamedTempFile,
    pub digest: Digest,
    pub bytes: u64,
}

/// One that is being written.
struct Writing {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
    bytes: u64,
}

/// Receives a body.
pub(crate) async fn receive(mut body: Body, settings: &Settings) -> Result<Upload, Fault> {
    let mut writing = Writing::new(&settings.spool_folder()).map_err(no_room)?;
    loop {
        let frame = time::timeout(settings.idle_timeout(), body.frame()).await.map_err(|_| Fault::too_slow())?;
        let Some(frame) = frame else { break };
        let Ok(piece) = frame.map_err(|_| Fault::broken_off())?.into_data() else { continue };
        if writing.bytes + piece.len() as u64 > settings.max_bytes {
            return Err(Fault::too_large(settings.max_bytes));
        }
        // Beside the runtime: a disk that is slow does not hold up other requests.
        let written = tokio::task::spawn_blocking(move || writing.write(&piece).map(|()| writing)).await;
        writing = written.map_err(|_| Fault::failed())?.map_err(no_room)?;
    }
    writing.finish().map_err(no_room)
}

/// A small body that we made ourselves.
pub(crate) fn written(bytes: &[u8], settings: &Settings) -> Result<Upload, Fault> {
    let written = Writing::new(&settings.spool_folder()).and_then(|mut writing| writing.write(bytes).map(|()| writing));
    written.and_then(Writing::finish).map_err(no_room)
}

impl Writing {
    fn new(folder: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 16, NamedTempFile::with_prefix_in("push-", folder)?);
        Ok(Self { file, hash: Sha256::new(), bytes: 0 })
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.bytes += piece.len() as u64;
        self.hash.update(piece);
        self.file.write_all(piece)
    }

    fn finish(self) -> io::Result<Upload> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Upload { file, digest: <[u8; 32]>::from(self.hash.finalize()).into(), bytes: self.bytes })
    }
}

fn no_room(error: io::Error) -> Fault {
    tracing::error!(%error, "the temporary file for a delivery cannot be written");
    Fault::no_room()
}
