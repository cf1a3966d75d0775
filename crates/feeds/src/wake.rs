//! Waking up when something happens in a folder, so that a delivery need not wait for the next look.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use tokio::io::unix::AsyncFd;

use crate::error::FeedError;

/// A watch over a folder (inotify). It only wakes: what there is to take, a look decides.
pub struct Watch {
    events: AsyncFd<OwnedFd>,
}

impl Watch {
    /// Watches from now on. Needs a runtime with input/output.
    ///
    /// # Errors
    /// When the folder is not there, or the system has no watch left.
    pub fn over(folder: &Path) -> Result<Self, FeedError> {
        let failed = |source: std::io::Error| FeedError::Folder { path: folder.into(), source };
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).map_err(|error| failed(error.into()))?;
        let wanted = WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
        inotify::add_watch(&events, folder, wanted).map_err(|error| failed(error.into()))?;
        #[expect(
            deprecated,
            reason = "an OwnedFd stays open while it is registered; the newer form is unsafe, which is forbidden here"
        )]
        let events = AsyncFd::new(events).map_err(failed)?;
        Ok(Self { events })
    }

    /// Returns once something was written or moved into the folder since the last return.
    ///
    /// # Errors
    /// When the system takes the watch away.
    pub async fn changed(&mut self) -> std::io::Result<()> {
        let mut ready = self.events.readable().await?;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(self.events.get_ref(), &mut buffer);
        // All that has piled up is one reason to look.
        while reader.next().is_ok() {}
        ready.clear_ready();
        Ok(())
    }
}
