//! Files of a folder: those that are complete and were not taken yet, in the order of their names. They are left where they are.
//!
//! Invariant: only regular files directly in the folder are read; a symbolic link, which may lead anywhere, is not followed.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use jiff::Timestamp;
use rustix::fs::{Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::delivery::{MOST_ITEMS, Marker, Outcome, Spool, Spooled, TakenFile};
use crate::error::FeedError;
use crate::source::Feed;

/// Endings under which programs write what is not complete yet.
const UNFINISHED: [&str; 7] = [".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", "~"];

/// A look at a folder. Blocks on the disk.
pub(crate) fn look(
    feed: &Feed,
    folder: &Path,
    pattern: &glob::Pattern,
    last: Option<&Marker>,
    spool: &Path,
) -> Result<Outcome, FeedError> {
    let mut taken = match last {
        Some(Marker::Folder { place, taken }) if *place == feed.place => taken.clone(),
        _ => Default::default(),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let handle = rustix::fs::open(folder, flags, Mode::empty()).map_err(|error| unreadable(folder, error))?;
    let names = names(&handle, folder, pattern)?;
    // What is gone need not be remembered; should it come back, its content decides.
    taken.retain(|name, _| names.binary_search(name).is_ok());
    let mut outcome = Outcome::default();
    for name in names {
        if outcome.is_over() {
            break;
        }
        let path = folder.join(&name);
        let known = taken.get(&name).copied();
        let (spooled, mark) = match take(&handle, &path, &name, known.as_ref(), feed, spool) {
            Ok(Some(copy)) => copy,
            Ok(None) => continue,
            Err(error) => {
                outcome.pass_over(error)?;
                continue;
            }
        };
        taken.insert(name, mark);
        // A file that was written anew with what it held before says nothing new.
        if known.is_none_or(|known| known.digest != mark.digest) {
            let marker = Marker::Folder { place: feed.place.clone(), taken: taken.clone() };
            outcome.new.push(spooled.fetched(path.display().to_string(), Timestamp::now(), marker));
        }
    }
    Ok(outcome)
}

/// Copies a file that is complete and not `known`; `None` for the others.
fn take(
    handle: &OwnedFd,
    path: &Path,
    name: &str,
    known: Option<&TakenFile>,
    feed: &Feed,
    spool: &Path,
) -> Result<Option<(Spooled, TakenFile)>, FeedError> {
    let Some((file, stat)) = open(handle, path, name)? else { return Ok(None) };
    let is_known = known.is_some_and(|known| (known.bytes, known.written_ns) == (length(&stat), written_ns(&stat)));
    if is_known || !settled(&stat, Timestamp::now(), feed.settle_s) {
        return Ok(None);
    }
    copy(file, &stat, path, feed.max_bytes, spool)
}

/// The names that are asked for, in order.
fn names(handle: &OwnedFd, folder: &Path, pattern: &glob::Pattern) -> Result<Vec<String>, FeedError> {
    let mut names = Vec::new();
    for entry in Dir::read_from(handle).map_err(|error| unreadable(folder, error))? {
        let entry = entry.map_err(|error| unreadable(folder, error))?;
        let Ok(name) = entry.file_name().to_str() else {
            tracing::warn!(folder = %folder.display(), "a file's name is not UTF-8: passed over");
            continue;
        };
        if name.starts_with('.') || UNFINISHED.iter().any(|ending| name.ends_with(ending)) || !pattern.matches(name) {
            continue;
        }
        if names.len() == MOST_ITEMS {
            return Err(FeedError::TooMany { place: folder.display().to_string(), what: "files", limit: MOST_ITEMS });
        }
        names.push(name.to_owned());
    }
    names.sort_unstable();
    Ok(names)
}

/// Opens a regular file; `None` for everything else, and for what is gone by now.
fn open(handle: &OwnedFd, path: &Path, name: &str) -> Result<Option<(File, Stat)>, FeedError> {
    // NONBLOCK: opening a named pipe would wait for its writer.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(handle, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::LOOP | Errno::NOENT | Errno::NXIO) => return Ok(None),
        Err(error) => return Err(unreadable(path, error)),
    };
    let stat = rustix::fs::fstat(&file).map_err(|error| unreadable(path, error))?;
    let is_file = FileType::from_raw_mode(stat.st_mode).is_file();
    Ok(is_file.then(|| (File::from(file), stat)))
}

/// Whether nothing has touched a file for a while. The time of change is the kernel's own: a writer cannot set it, and renaming a file into
/// the folder moves it too.
fn settled(stat: &Stat, now: Timestamp, settle_s: f64) -> bool {
    let changed_ns = i128::from(stat.st_ctime) * 1_000_000_000 + i128::from(stat.st_ctime_nsec);
    (now.as_nanosecond() - changed_ns) as f64 >= settle_s * 1e9
}

/// Copies a file; `None` when it was written to meanwhile.
fn copy(mut file: File, before: &Stat, path: &Path, limit: u64, spool: &Path) -> Result<Option<(Spooled, TakenFile)>, FeedError> {
    let place = path.display().to_string();
    let mut copy = Spool::new(spool, limit)?;
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = match file.read(&mut piece) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(FeedError::Folder { path: path.into(), source }),
        };
        if read == 0 {
            break;
        }
        copy.push(&piece[..read], &place)?;
    }
    let after = rustix::fs::fstat(&file).map_err(|error| unreadable(path, error))?;
    let state = |stat: &Stat| (length(stat), written_ns(stat), stat.st_ctime, stat.st_ctime_nsec);
    if state(before) != state(&after) || copy.bytes != length(&after) {
        return Ok(None);
    }
    let spooled = copy.finish()?;
    spooled.check(&place)?;
    let mark = TakenFile { bytes: spooled.bytes, written_ns: written_ns(&after), digest: spooled.digest };
    Ok(Some((spooled, mark)))
}

fn length(stat: &Stat) -> u64 {
    stat.st_size.try_into().unwrap_or_default()
}

fn written_ns(stat: &Stat) -> i64 {
    // Beyond the year 2262 it wraps, and still tells one time from another.
    stat.st_mtime.wrapping_mul(1_000_000_000).wrapping_add(stat.st_mtime_nsec as i64)
}

fn unreadable(path: &Path, error: Errno) -> FeedError {
    FeedError::Folder { path: path.into(), source: error.into() }
}
