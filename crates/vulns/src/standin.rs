//! Stand-in for ranges until the real ones are there.
use model::advisory::{Bound, Ordering, Reading, Told, Versions};
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    No,
    Unknown,
    Reaches,
    Yes,
}
pub struct Compiled(Versions);
fn key(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}
pub fn compare(_: Ordering, one: &str, other: &str) -> std::cmp::Ordering {
    key(one).cmp(&key(other))
}
impl Compiled {
    pub fn of(versions: &Versions) -> Self {
        Self(versions.clone())
    }
    pub fn holds(&self, reading: &Reading) -> Holds {
        if self.0.all {
            return Holds::Yes;
        }
        if reading.told == Told::Unknown || reading.number.is_empty() {
            return Holds::Unknown;
        }
        let number = key(&reading.number);
        let inside = self.0.spans.iter().any(|span| {
            let from = match &span.from {
                Bound::Open => true,
                Bound::Including(v) => number >= key(v),
                Bound::Excluding(v) => number > key(v),
            };
            let to = match &span.to {
                Bound::Open => true,
                Bound::Including(v) => number <= key(v),
                Bound::Excluding(v) => number < key(v),
            };
            from && to
        }) || self.0.listed.iter().any(|v| key(v) == number);
        match (inside, reading.told) {
            (true, Told::Line | Told::AtLeast) => Holds::Reaches,
            (true, _) => Holds::Yes,
            _ => Holds::No,
        }
    }
    pub fn fixed_in(&self, reading: &Reading) -> Option<String> {
        let number = key(&reading.number);
        self.0.spans.iter().find_map(|span| match &span.to {
            Bound::Excluding(v) if number < key(v) => Some(v.clone()),
            _ => None,
        })
    }
}
