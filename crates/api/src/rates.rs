//! How often something may be done: by each client and in all.
//!
//! Invariant: memory is bounded; clients that have all their turns left are forgotten.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The most clients that are kept in mind.
const MOST_CLIENTS: usize = 10_000;

/// Counts turns that come back evenly over an hour.
pub(crate) struct Rates {
    each: f64,
    all: f64,
    held: Mutex<Held>,
}

struct Held {
    all: Bucket,
    clients: BTreeMap<IpAddr, Bucket>,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// The turns that are left at a time.
    fn left(self, per_hour: f64, now: Instant) -> f64 {
        (self.left + now.duration_since(self.at).as_secs_f64() * per_hour / 3600.0).min(per_hour)
    }

    /// The same bucket after a turn, or how long to wait for one.
    fn after_turn(self, per_hour: f64, now: Instant) -> Result<Self, Duration> {
        let left = self.left(per_hour, now) - 1.0;
        if left >= 0.0 {
            return Ok(Self { left, at: now });
        }
        Err(Duration::try_from_secs_f64(-left * 3600.0 / per_hour).unwrap_or(Duration::MAX))
    }
}

impl Rates {
    pub fn new(each: u32, all: u32) -> Self {
        let held = Held { all: Bucket { left: all.into(), at: Instant::now() }, clients: BTreeMap::new() };
        Self { each: each.into(), all: all.into(), held: Mutex::new(held) }
    }

    /// Takes a turn.
    ///
    /// # Errors
    /// With the time until there is one.
    pub fn take(&self, client: IpAddr, now: Instant) -> Result<(), Duration> {
        let client = network(client);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.clients.len() >= MOST_CLIENTS {
            held.clients.retain(|_, bucket| bucket.left(self.each, now) < self.each);
        }
        let known = held.clients.get(&client).copied();
        if known.is_none() && held.clients.len() >= MOST_CLIENTS {
            return Err(Duration::from_secs(60));
        }
        let own = known.unwrap_or(Bucket { left: self.each, at: now }).after_turn(self.each, now)?;
        held.all = held.all.after_turn(self.all, now)?;
        held.clients.insert(client, own);
        Ok(())
    }
}

/// Who counts as one client: an IPv4 address, or a /64 of IPv6, which one household or office has to itself.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn turns_come_back_with_time_for_each_and_for_all() {
        let rates = Rates::new(2, 3);
        let now = Instant::now();
        let (a, b) = (address("192.0.2.1"), address("192.0.2.2"));
        assert!(rates.take(a, now).is_ok() && rates.take(a, now).is_ok());
        assert_eq!(rates.take(a, now), Err(Duration::from_secs(1800)));
        assert!(rates.take(b, now).is_ok());
        assert_eq!(rates.take(b, now), Err(Duration::from_secs(1200)), "in all");
        assert!(rates.take(a, now + Duration::from_secs(1801)).is_ok());
    }

    #[test]
    fn one_network_is_one_client() {
        let rates = Rates::new(1, 100);
        let now = Instant::now();
        assert!(rates.take(address("2001:db8::1"), now).is_ok());
        assert!(rates.take(address("2001:db8::ffff"), now).is_err());
        assert!(rates.take(address("2001:db8:0:1::1"), now).is_ok());
        assert!(rates.take(address("::ffff:192.0.2.1"), now).is_ok());
        assert!(rates.take(address("192.0.2.1"), now).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let rates = Rates::new(1, u32::MAX);
        let now = Instant::now();
        for number in 0..MOST_CLIENTS as u32 {
            assert!(rates.take(IpAddr::from(number.to_be_bytes()), now).is_ok());
        }
        assert!(rates.take(address("203.0.113.1"), now).is_err());
        assert!(rates.take(address("203.0.113.1"), now + Duration::from_secs(3601)).is_ok());
    }
}
