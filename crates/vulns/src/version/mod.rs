//! Versions: the orders in which they stand, and what a version that was read somewhere means.
//!
//! Invariant: every order is total. All but Debian's turn a version into bytes that stand in the order of the versions, so that it cannot
//! be otherwise; and any text has a place in every order.

mod bytes;
mod ecosystems;
mod generic;
mod maven;
mod reading;
#[cfg(test)]
mod tests;

use std::cmp;

use model::advisory::Ordering;

pub(crate) use reading::is_distribution;
pub use reading::{line_end, reading, upstream};

/// The longest version that is compared, in characters; what is beyond is cut off.
pub const LONGEST: usize = 200;

/// A version read for comparing. Keys of one [`Ordering`] compare as versions do; of different ones they compare, but it means nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Form);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// Bytes that stand in the order of the versions.
    Bytes(Box<[u8]>),
    /// Debian's, compared by the crate that knows it.
    Debian(Box<debversion::Version>),
}

impl Key {
    /// Reads a version. Nothing is refused: what an order does not know has a place in it all the same.
    pub fn of(ordering: Ordering, version: &str) -> Self {
        let version = bounded(version);
        let bytes = match ordering {
            Ordering::Generic => generic::encode(&version, generic::End::Version),
            Ordering::Semver => ecosystems::semver(&version),
            Ordering::Debian => return Self(Form::Debian(Box::new(debian(&version)))),
            Ordering::Rpm => rpm_version::EvrSortKey::parse(&version).into(),
            Ordering::Maven => maven::encode(&version),
            Ordering::Php => ecosystems::php(&version),
            Ordering::Python => ecosystems::python(&version),
            Ordering::Ruby => ecosystems::ruby(&version),
            Ordering::Date => ecosystems::date(&version),
        };
        Self(Form::Bytes(bytes.into()))
    }

    /// The place behind a version and all its updates: who names 7.4 in the words of CPE means 7.4p1 and 7.4 SP2 too, since any update is
    /// meant where none is named. In the orders of packages, where a version is one version, this is the version itself.
    pub fn with_updates(ordering: Ordering, version: &str) -> Self {
        match ordering {
            Ordering::Generic => Self(Form::Bytes(generic::encode(&bounded(version), generic::End::Updates).into())),
            _ => Self::of(ordering, version),
        }
    }
}

/// Compares two versions. Who compares one version with many reads a [`Key`] once.
pub fn compare(ordering: Ordering, one: &str, other: &str) -> cmp::Ordering {
    Key::of(ordering, one).cmp(&Key::of(ordering, other))
}

/// The version as it is compared: bounded, of half width, without controls and without white space at the ends.
fn bounded(version: &str) -> String {
    let letters = version.chars().take(LONGEST).map(model::plain_name::half_width).filter(|letter| !letter.is_control());
    letters.collect::<String>().trim().to_owned()
}

/// A Debian version. Letters that Debian does not know are left out, and an epoch that is no number is a part like others.
fn debian(version: &str) -> debversion::Version {
    let known: String = version.chars().filter(|letter| letter.is_ascii_alphanumeric() || ".+:~_-".contains(*letter)).collect();
    let none = || debversion::Version { epoch: None, upstream_version: String::new(), debian_revision: None };
    let read = debversion::Version::parse_lenient(&known);
    read.or_else(|_| debversion::Version::parse_lenient(&known.replace(':', "."))).unwrap_or_else(|_| none())
}
