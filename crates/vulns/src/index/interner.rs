//! Values by number, each once.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Gives each value a number, rising from 0. What was numbered stays numbered.
pub(super) struct Interner<T: ?Sized> {
    numbers: BTreeMap<Arc<T>, u32>,
    values: Vec<Arc<T>>,
}

impl<T: ?Sized> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), values: Vec::new() }
    }
}

impl<T: ?Sized + Ord + ToOwned> Interner<T>
where
    Arc<T>: Borrow<T> + From<T::Owned>,
{
    /// The number of a value that has one.
    pub(super) fn find(&self, value: &T) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// The number of a value.
    pub(super) fn put(&mut self, value: &T) -> u32 {
        self.find(value).unwrap_or_else(|| {
            let number = number(self.values.len());
            let value: Arc<T> = value.to_owned().into();
            self.values.push(value.clone());
            self.numbers.insert(value, number);
            number
        })
    }

    /// The value of a number that this interner gave.
    pub(super) fn get(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}

/// The number of what comes next after so many.
#[expect(clippy::expect_used, reason = "four thousand million values do not fit into memory")]
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).expect("fewer than 2^32 values")
}

/// The list of a number, which is made when there is none yet.
pub(super) fn at<T: Default>(lists: &mut Vec<T>, number: u32) -> &mut T {
    let place = number as usize;
    if lists.len() <= place {
        lists.resize_with(place + 1, T::default);
    }
    &mut lists[place]
}
