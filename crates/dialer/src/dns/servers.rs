//! The servers with their health, and how many questions may be under way.
//!
//! Servers are asked in the configured order. One that was silent too often in a row is set aside: it is asked last, until one question
//! after a while finds it answering again.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// After how many silences in a row a server is set aside. Some names are silent by themselves, so one proves nothing.
const SILENCES: u32 = 8;
/// How long it is set aside before the next question tries it.
const ASIDE: Duration = Duration::from_secs(10);

/// The configured servers.
pub(crate) struct Servers {
    all: Vec<Server>,
}

/// A server.
pub(crate) struct Server {
    /// Its address.
    pub(crate) address: SocketAddr,
    health: Mutex<Health>,
    changes_case: AtomicBool,
}

#[derive(Default)]
struct Health {
    silences: u32,
    aside_until: Option<Instant>,
}

impl Servers {
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Self {
        let server = |address| Server { address, health: Mutex::default(), changes_case: AtomicBool::new(false) };
        Self { all: addresses.into_iter().map(server).collect() }
    }

    /// All servers in the order in which to ask them.
    pub(crate) fn order(&self) -> Vec<&Server> {
        let now = Instant::now();
        let (mut order, aside): (Vec<&Server>, Vec<&Server>) = self.all.iter().partition(|server| server.is_next(now));
        order.extend(aside);
        order
    }
}

impl Server {
    /// Whether it is to be asked in its turn. When its time aside is over, that is said to one question only.
    fn is_next(&self, now: Instant) -> bool {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut health.aside_until {
            None => true,
            Some(until) if *until <= now => {
                *until = now + ASIDE;
                true
            }
            Some(_) => false,
        }
    }

    /// Notes a question without answer.
    pub(crate) fn was_silent(&self) {
        let mut health = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        health.silences = health.silences.saturating_add(1);
        if health.silences >= SILENCES {
            health.aside_until = Some(Instant::now() + ASIDE);
        }
    }

    /// Notes an answer, whatever it says.
    pub(crate) fn has_answered(&self) {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = Health::default();
    }

    /// Whether it sends the letters of a question back as they were.
    pub(crate) fn keeps_case(&self) -> bool {
        !self.changes_case.load(Ordering::Relaxed)
    }

    /// Notes that it does not.
    pub(crate) fn keeps_no_case(&self) {
        self.changes_case.store(true, Ordering::Relaxed);
    }
}

/// How many questions may be under way: as many as receive buffers hold at first, slowly more for servers that are far, fewer at once
/// when answers fail to come.
pub(crate) struct Window {
    places: Semaphore,
    state: Mutex<State>,
    /// How long it takes to learn of a loss.
    patience: Duration,
}

struct State {
    size: usize,
    next_growth: Instant,
}

impl Window {
    const FIRST: usize = 256;
    const LARGEST: usize = 8192;
    /// Slower answers than this are under way for longer than they queue: then a larger window overflows nothing.
    const FAR: Duration = Duration::from_millis(25);

    pub(crate) fn new(patience: Duration) -> Self {
        let state = State { size: Self::FIRST, next_growth: Instant::now() };
        Self { places: Semaphore::new(Self::FIRST), state: Mutex::new(state), patience }
    }

    /// Waits for a place. `None` only if the semaphore were closed, which ours never is.
    pub(crate) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// Notes how long an answer took. The window grows by an eighth while a loss would go unnoticed, not faster.
    pub(crate) fn answered(&self, after: Duration) {
        if after < Self::FAR {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.size < Self::LARGEST && state.next_growth <= now {
            state.next_growth = now + self.patience.mul_f64(8.0 / state.size as f64);
            state.size += 1;
            self.places.add_permits(1);
        }
    }

    /// Notes that none came: half of what the window has grown by goes, as far as it is free.
    pub(crate) fn lost(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.size -= self.places.forget_permits((state.size - Self::FIRST).div_ceil(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(servers: &Servers) -> Vec<u16> {
        servers.order().iter().map(|server| server.address.port()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_set_aside_and_tried_again() {
        let address = |port| SocketAddr::from(([192, 0, 2, 53], port));
        let servers = Servers::new(vec![address(1), address(2)]);
        for _ in 1..SILENCES {
            servers.all[0].was_silent();
        }
        assert_eq!(addresses(&servers), [1, 2]);
        servers.all[0].was_silent();
        assert_eq!(addresses(&servers), [2, 1]);
        tokio::time::advance(ASIDE).await;
        // One question tries it, the others go on.
        assert_eq!(addresses(&servers), [1, 2]);
        assert_eq!(addresses(&servers), [2, 1]);
        servers.all[0].has_answered();
        assert_eq!(addresses(&servers), [1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_grows_for_servers_that_are_far_and_shrinks_with_losses() {
        let window = Window::new(Duration::from_secs(1));
        let size = || window.state.lock().expect("lock").size;
        window.answered(Duration::from_millis(1));
        assert_eq!(window.places.available_permits(), Window::FIRST);
        for _ in 0..100 {
            window.answered(Window::FAR);
        }
        assert_eq!(size(), Window::FIRST + 1);
        for _ in 0..100 {
            tokio::time::advance(Duration::from_millis(100)).await;
            window.answered(Window::FAR);
        }
        assert_eq!((size(), window.places.available_permits()), (Window::FIRST + 101, Window::FIRST + 101));
        window.lost();
        assert_eq!((size(), window.places.available_permits()), (Window::FIRST + 50, Window::FIRST + 50));
        for _ in 0..10 {
            window.lost();
        }
        assert_eq!((size(), window.places.available_permits()), (Window::FIRST, Window::FIRST));
    }
}
