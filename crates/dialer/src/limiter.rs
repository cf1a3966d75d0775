//! The limiter: how many connections at a time, and how fast new ones to one address and one network.
//!
//! Invariant: waiting is fair (first come, first served per destination), a place is freed when dropped, and memory is bounded by the
//! destinations in use: idle ones are forgotten.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turnstile, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::settings::Settings;

/// A place in a queue, held until dropped. Empty only if the semaphore were closed, which ours never are.
pub(crate) type Place = Option<OwnedSemaphorePermit>;

/// Keeps to the pace that the settings allow.
pub(crate) struct Limiter {
    hosts: Shelf<String, Semaphore>,
    addresses: Shelf<IpAddr, Turnstile<Bucket>>,
    networks: Shelf<IpAddr, Turnstile<Bucket>>,
    all: Arc<Semaphore>,
    per_host: usize,
    per_address: Pace,
    per_network: Pace,
}

impl Limiter {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            hosts: Shelf::new(),
            addresses: Shelf::new(),
            networks: Shelf::new(),
            all: Arc::new(Semaphore::new(settings.max_connections.clamp(1, Semaphore::MAX_PERMITS))),
            per_host: settings.per_host_concurrency.clamp(1, Semaphore::MAX_PERMITS),
            per_address: Pace::new(settings.per_ip_rate, settings.per_ip_burst),
            per_network: Pace::new(settings.per_network_rate, settings.per_network_rate),
        }
    }

    /// Waits until fewer than the allowed number of connections to `host` are open.
    pub(crate) async fn host(&self, host: &str) -> Place {
        self.host_places(host, 1).await
    }

    /// As [`Limiter::host`], with as many places up to `wanted` as are free; at least one.
    pub(crate) async fn host_places(&self, host: &str, wanted: u32) -> Place {
        let semaphore = self.hosts.get(host.to_owned(), || Semaphore::new(self.per_host), |_| true);
        let places = wanted.min(free_places(&semaphore)).max(1);
        semaphore.acquire_many_owned(places).await.ok()
    }

    /// Waits until `ip` may get one more connection, and takes one of the places of the whole.
    pub(crate) async fn address(&self, ip: IpAddr) -> Place {
        self.address_places(ip, 1).await
    }

    /// As [`Limiter::address`], for as many connections up to `wanted` as may be made at once; at least one.
    ///
    /// Only the first in an address's queue goes on to the network's, and only the first there asks for one of the places of the whole;
    /// the tokens are taken last. So a crowded address holds up no other, and no token is taken long before its connection is made.
    pub(crate) async fn address_places(&self, ip: IpAddr, wanted: u32) -> Place {
        let (per_address, per_network) = (self.per_address, self.per_network);
        let address = self.addresses.get(ip, Bucket::fresh, |bucket| per_address.is_idle(bucket));
        let mut address = address.lock_owned().await;
        sleep_until(per_address.free_at(&address)).await;
        let network = self.networks.get(network(ip), Bucket::fresh, |bucket| per_network.is_idle(bucket));
        let mut network = network.lock_owned().await;
        sleep_until(per_network.free_at(&network)).await;
        let places = wanted.min(per_address.free(&address)).min(per_network.free(&network)).min(free_places(&self.all)).max(1);
        let place = Arc::clone(&self.all).acquire_many_owned(places).await.ok();
        per_address.take(&mut address, places);
        per_network.take(&mut network, places);
        place
    }
}

/// A token bucket, kept as the moment when it will be full again.
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    fn fresh() -> Turnstile<Self> {
        Turnstile::new(Self { full_at: Instant::now() })
    }
}

/// Rate and depth of a bucket.
#[derive(Clone, Copy)]
struct Pace {
    interval: Duration,
    slack: Duration,
}

impl Pace {
    fn new(rate: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / rate.max(1);
        Self { interval, slack: interval.saturating_mul(burst.max(1) - 1) }
    }

    fn free_at(self, bucket: &Bucket) -> Instant {
        bucket.full_at.checked_sub(self.slack).unwrap_or_else(Instant::now)
    }

    /// How many tokens there are.
    fn free(self, bucket: &Bucket) -> u32 {
        let missing = bucket.full_at.saturating_duration_since(Instant::now());
        match self.slack.checked_sub(missing) {
            Some(rest) => u32::try_from(rest.as_nanos() / self.interval.as_nanos().max(1) + 1).unwrap_or(u32::MAX),
            None => 0,
        }
    }

    fn take(self, bucket: &mut Bucket, tokens: u32) {
        bucket.full_at = bucket.full_at.max(Instant::now()) + self.interval.saturating_mul(tokens);
    }

    fn is_idle(self, bucket: &Turnstile<Bucket>) -> bool {
        bucket.try_lock().is_ok_and(|bucket| bucket.full_at <= Instant::now())
    }
}

fn free_places(semaphore: &Semaphore) -> u32 {
    u32::try_from(semaphore.available_permits()).unwrap_or(u32::MAX)
}

/// Things by key, made when asked for and forgotten when nobody holds them and they are idle.
struct Shelf<K, T> {
    things: Mutex<Things<K, T>>,
}

struct Things<K, T> {
    by_key: HashMap<K, Arc<T>>,
    sweep_at: usize,
}

impl<K: Eq + Hash, T> Shelf<K, T> {
    const FIRST_SWEEP: usize = 1024;

    fn new() -> Self {
        Self { things: Mutex::new(Things { by_key: HashMap::new(), sweep_at: Self::FIRST_SWEEP }) }
    }

    fn get(&self, key: K, make: impl FnOnce() -> T, idle: impl Fn(&T) -> bool) -> Arc<T> {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        if things.by_key.len() >= things.sweep_at {
            things.by_key.retain(|_, thing| Arc::strong_count(thing) > 1 || !idle(thing));
            things.sweep_at = Self::FIRST_SWEEP.max(things.by_key.len() * 2);
        }
        Arc::clone(things.by_key.entry(key).or_insert_with(|| Arc::new(make())))
    }
}

/// The /24 or /48 that an address belongs to.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & (!0 << 8)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (!0 << 80)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(rate: u32, burst: u32, network: u32, host: usize, all: usize) -> Limiter {
        Limiter::new(&Settings {
            per_ip_rate: rate,
            per_ip_burst: burst,
            per_network_rate: network,
            per_host_concurrency: host,
            max_connections: all,
            ..Settings::default()
        })
    }

    fn ip(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    async fn seconds(work: impl Future) -> f64 {
        let start = Instant::now();
        work.await;
        start.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_gets_its_burst_and_then_its_rate() {
        let limiter = limiter(2, 3, 1000, 1, 1000);
        let took = seconds(async {
            for _ in 0..7 {
                limiter.address(ip(1)).await;
            }
        });
        // Three at once, four more at two a second.
        assert!((took.await - 2.0).abs() < 0.05);
    }

    #[tokio::test(start_paused = true)]
    async fn other_addresses_do_not_wait_but_their_network_does() {
        let limiter = limiter(1, 1, 4, 1, 1000);
        let took = seconds(async {
            for last in 0..8 {
                limiter.address(ip(last)).await;
            }
        });
        assert!((took.await - 1.0).abs() < 0.05);
        let elsewhere = seconds(limiter.address(Ipv4Addr::new(198, 51, 100, 1).into()));
        assert!(elsewhere.await < 0.01);
    }

    #[tokio::test(start_paused = true)]
    async fn several_connections_at_once_get_no_more_than_the_burst_and_the_rate() {
        let limiter = limiter(2, 3, 1000, 8, 5);
        let mut taken = Vec::new();
        let took = seconds(async {
            while taken.iter().sum::<usize>() < 7 {
                let place = limiter.address_places(ip(1), 100).await.expect("a place");
                taken.push(place.num_permits());
            }
        });
        assert!((took.await - 2.0).abs() < 0.05);
        assert_eq!(taken, [3, 1, 1, 1, 1]);
        let places = limiter.host_places("a", 100).await.expect("places");
        assert_eq!(places.num_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_place_does_not_save_up_tokens() {
        let limiter = Arc::new(limiter(1, 1, 1000, 10, 1));
        let held = limiter.address(ip(9)).await;
        let mut waiting = Vec::new();
        for _ in 0..3 {
            let limiter = Arc::clone(&limiter);
            waiting.push(tokio::spawn(async move {
                limiter.address(ip(1)).await;
                Instant::now()
            }));
        }
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(held);
        let mut times = Vec::new();
        for task in waiting {
            times.push(task.await.expect("task"));
        }
        assert!(times[1] - times[0] >= Duration::from_millis(990) && times[2] - times[1] >= Duration::from_millis(990));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_has_so_many_places() {
        let limiter = limiter(1000, 1000, 1000, 2, 1000);
        let first = limiter.host("a").await;
        let _second = limiter.host("a").await;
        let _other = limiter.host("b").await;
        assert!(tokio::time::timeout(Duration::from_secs(5), limiter.host("a")).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(5), limiter.host("a")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn idle_destinations_are_forgotten() {
        let limiter = limiter(10, 1, u32::MAX, 1, 10);
        let held = limiter.host("kept").await;
        for number in 0..5000_u32 {
            limiter.address(IpAddr::V4(Ipv4Addr::from_bits(number << 8))).await;
            limiter.host(&number.to_string()).await;
            tokio::time::advance(Duration::from_millis(200)).await;
        }
        assert!(limiter.addresses.things.lock().expect("lock").by_key.len() <= 1025);
        let hosts = limiter.hosts.things.lock().expect("lock");
        assert!(hosts.by_key.len() <= 1025 && hosts.by_key.contains_key("kept"));
        drop(held);
    }
}
