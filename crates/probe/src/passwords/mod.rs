//! Trials of vendors' default passwords (L4), on the places of the one host that the permit names, with the operator's list.
//!
//! Invariant: at most [`ATTEMPTS`] attempts on an account, a pause before each; the first sign of a throttle or a lock ends all trials of
//! the host; in doubt a password was not accepted; nothing that was tried is kept, and after a success the session is closed at once.

mod lines;
mod mysql;
mod web;

use std::time::Duration;

use dialer::permit::Permit;
use model::facts::clients::{Entrances, Way};
use model::facts::proofs::{PasswordTrials, Trial};
use model::facts::services::{Protocol, Services, Transport};
use model::observation::{Failure, FailureClass, Outcome};
use model::passwords::{ATTEMPTS, DefaultPassword, DefaultPasswords, Secret, SignIn};
use model::permission::AccessLevel;
use tokio::time::{Instant, sleep_until};
use url::Url;

use crate::crawl::clean;
use crate::probes::Probes;

/// The usual pause between two attempts.
pub const PAUSE: Duration = Duration::from_secs(5);
/// The most places of one host.
const DOORS: usize = 20;
/// An attempt that takes so much longer than the first is slowed down by the server.
const SLOWER: u32 = 3;
const SLOWER_BY: Duration = Duration::from_secs(2);
/// Words of a server that counts attempts, shuts an account or is about to.
const LOCKED: [&str; 16] = [
    "锁定",
    "次数过多",
    "次数已",
    "冻结",
    "剩余次数",
    "还可以尝试",
    "次机会",
    "稍后再试",
    "过于频繁",
    "locked",
    "too many",
    "try again later",
    "attempts left",
    "attempts remaining",
    "blocked",
    "banned",
];

/// A place where one signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// A web page with a form, or one for which the server asks a password; its address.
    Web(String),
    /// A service on a port.
    Port(SignIn, u16),
}

/// The places of `host` where one signs in with name and password, out of what is known of it.
pub fn doors(host: &str, entrances: Option<&Entrances>, services: Option<&Services>) -> Vec<Door> {
    let mut doors: Vec<Door> = Vec::new();
    let pages = entrances.iter().flat_map(|entrances| &entrances.entrances).filter_map(|entrance| entrance.page.seen());
    let pages = pages.filter(|page| page.ways.contains(&Way::Password) && on_host(&page.url, host));
    let ports = services.iter().flat_map(|services| &services.addresses).flat_map(|address| &address.open);
    let ports = ports.filter(|service| service.transport == Transport::Tcp && !service.inside_tls).filter_map(|service| {
        let sign_in = match service.protocol? {
            Protocol::Ftp => SignIn::Ftp,
            Protocol::Redis => SignIn::Redis,
            Protocol::Mysql => SignIn::MySql,
            _ => return None,
        };
        Some(Door::Port(sign_in, service.port))
    });
    for door in pages.map(|page| Door::Web(page.url.clone())).chain(ports) {
        if doors.len() < DOORS && !doors.contains(&door) {
            doors.push(door);
        }
    }
    doors
}

impl Probes {
    /// Tries the defaults of `list` at the doors where a default's `matches` is shown, with `pause` before every attempt but the first. The
    /// host is that of the permit's subject. Where there are accounts, a control attempt with a made-up one follows an apparent success.
    pub async fn passwords(&self, permit: &Permit, doors: &[Door], list: &DefaultPasswords, pause: Duration) -> PasswordTrials {
        let mut found = PasswordTrials { list: list.label(), ..PasswordTrials::default() };
        if permit.level() < AccessLevel::L4 {
            let detail = format!("trials of passwords need L4, the permit is for {:?}", permit.level());
            found.stopped = Some(Failure::new(FailureClass::NotPermitted, detail));
            return found;
        }
        let host = subject_host(&permit.subject().key).to_owned();
        let mut run = Run { probes: self, permit, host, pause, last: None, trials: Vec::new() };
        for door in doors.iter().take(DOORS) {
            if let Err(stop) = run.door(door, list).await {
                found.stopped = Some(stop);
                break;
            }
        }
        found.trials = run.trials;
        found
    }
}

/// What an attempt came to, unless it met a sign to stop.
enum Attempt {
    Accepted,
    Refused,
    /// It does not tell; why.
    Unclear(Failure),
}

/// Who is tried.
struct Login<'a> {
    account: &'a str,
    password: &'a Secret,
}

/// A place that was looked at.
struct Front {
    /// How one signs in there.
    sign_in: SignIn,
    /// What it shows, in lower case.
    shows: String,
    place: Place,
}

enum Place {
    Web(Url),
    Port(u16),
}

/// Trials under way.
struct Run<'a> {
    probes: &'a Probes,
    permit: &'a Permit,
    host: String,
    pause: Duration,
    /// When the last attempt was made.
    last: Option<Instant>,
    trials: Vec<Trial>,
}

impl Run<'_> {
    /// Tries the defaults at one door. An error is a sign to stop.
    async fn door(&mut self, door: &Door, list: &DefaultPasswords) -> Result<(), Failure> {
        let place = match door {
            Door::Web(url) => clean(url),
            Door::Port(sign_in, port) => format!("{} {}:{port}", name_of(*sign_in), self.host),
        };
        let front = match self.look(door).await {
            Ok(front) => front,
            Err(failure) if failure.class == FailureClass::RateLimited => return Err(failure),
            Err(failure) => {
                self.trials.push(Trial {
                    place,
                    product: String::new(),
                    account: String::new(),
                    attempts: 0,
                    accepted: Outcome::Failed(failure),
                });
                return Ok(());
            }
        };
        let fits = |entry: &&DefaultPassword| {
            entry.sign_in == front.sign_in && front.shows.contains(&entry.matches.to_lowercase()) && is_plain(entry)
        };
        let mut accounts: Vec<(&DefaultPassword, Vec<&Secret>)> = Vec::new();
        for entry in list.entries.iter().filter(fits) {
            match accounts.iter_mut().find(|(first, _)| first.account == entry.account) {
                Some((_, passwords)) => passwords.push(&entry.password),
                None => accounts.push((entry, vec![&entry.password])),
            }
        }
        for (entry, passwords) in accounts {
            let mut trial = Trial {
                place: place.clone(),
                product: entry.product.clone(),
                account: entry.account.clone(),
                attempts: 0,
                accepted: Outcome::Seen(false),
            };
            let stop = self.account(&front, &passwords, &mut trial).await.err();
            let accepted = trial.accepted == Outcome::Seen(true);
            self.trials.push(trial);
            if let Some(stop) = stop {
                return Err(stop);
            }
            if accepted {
                // The door is open; a second account would prove nothing more.
                break;
            }
        }
        Ok(())
    }

    /// Tries the passwords on one account, and tells in `trial` what came of it.
    async fn account(&mut self, front: &Front, passwords: &[&Secret], trial: &mut Trial) -> Result<(), Failure> {
        let mut first: Option<Duration> = None;
        for password in passwords.iter().take(ATTEMPTS) {
            trial.attempts += 1;
            let account = trial.account.clone();
            let tried = self.attempt(front, &Login { account: &account, password }, &mut first).await;
            match tried.inspect_err(|stop| trial.accepted = Outcome::Failed(stop.clone()))? {
                Attempt::Refused => {}
                Attempt::Unclear(failure) => {
                    trial.accepted = Outcome::Failed(failure);
                    return Ok(());
                }
                // A place without accounts has nobody to make up, and one password less to tell apart.
                Attempt::Accepted if account.is_empty() => {
                    trial.accepted = Outcome::Seen(true);
                    return Ok(());
                }
                Attempt::Accepted => {
                    let accepted = self.control(front).await;
                    trial.accepted = Outcome::Seen(accepted.inspect_err(|stop| trial.accepted = Outcome::Failed(stop.clone()))?);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether a made-up account is turned away. Where it is not, the place lets everybody in or its answers cannot be told apart, and no
    /// password was accepted. Made up, so that it costs no real account an attempt.
    async fn control(&mut self, front: &Front) -> Result<bool, Failure> {
        let made_up = format!("mc{:08x}", rand::random::<u32>());
        let password = Secret::new(format!("{:016x}", rand::random::<u64>()));
        let tried = self.attempt(front, &Login { account: &made_up, password: &password }, &mut None).await?;
        Ok(matches!(tried, Attempt::Refused))
    }

    /// One attempt, after the pause. Whatever looks like a brake is an error, and ends the trials.
    async fn attempt(&mut self, front: &Front, login: &Login<'_>, first: &mut Option<Duration>) -> Result<Attempt, Failure> {
        if let Some(last) = self.last {
            sleep_until(last + self.pause).await;
        }
        let started = Instant::now();
        let tried = match (&front.place, front.sign_in) {
            (Place::Web(url), SignIn::HttpBasic) => self.basic(url, login).await,
            (Place::Web(url), _) => self.form(url, login).await,
            (Place::Port(port), SignIn::Ftp) => self.ftp(*port, login).await,
            (Place::Port(port), SignIn::Redis) => self.redis(*port, login).await,
            (Place::Port(port), _) => self.mysql(*port, login).await,
        };
        self.last = Some(Instant::now());
        let took = started.elapsed();
        let usual = *first.get_or_insert(took);
        if took > usual * SLOWER + SLOWER_BY {
            let detail = format!("{}: answers grow slower, from {usual:?} to {took:?}", self.host);
            return Err(Failure::new(FailureClass::RateLimited, detail));
        }
        tried
    }

    /// Looks at a door without trying anything.
    async fn look(&self, door: &Door) -> Result<Front, Failure> {
        match door {
            Door::Web(url) => {
                let url = Url::parse(url).ok().filter(|url| on_host(url.as_str(), &self.host)).ok_or_else(|| {
                    let detail = format!("{}: not at {}, for which the permit is", clean(url), self.host);
                    Failure::new(FailureClass::NotPermitted, detail)
                })?;
                self.web_front(url).await
            }
            Door::Port(sign_in, port) => {
                let shows = match sign_in {
                    SignIn::Ftp => self.ftp_greeting(*port).await?,
                    SignIn::MySql => format!("mysql {}", self.mysql_greeting(*port).await?),
                    SignIn::Redis => "redis".into(),
                    SignIn::HttpBasic | SignIn::HttpForm => {
                        return Err(Failure::new(FailureClass::ProtocolError, "a web page is named by its address"));
                    }
                };
                Ok(Front { sign_in: *sign_in, shows: shows.to_lowercase(), place: Place::Port(*port) })
            }
        }
    }
}

fn name_of(sign_in: SignIn) -> &'static str {
    SignIn::NAMES.iter().find(|(_, known)| *known == sign_in).map_or("", |(name, _)| name)
}

/// Control characters would be commands of their own in protocols of lines.
fn is_plain(entry: &DefaultPassword) -> bool {
    !entry.account.chars().chain(entry.password.expose().chars()).any(char::is_control)
}

/// The sign in an answer that attempts are counted or the account is shut.
fn locked(host: &str, text: &str) -> Option<Failure> {
    let text = text.to_lowercase();
    let word = LOCKED.iter().find(|word| text.contains(*word))?;
    Some(Failure::new(FailureClass::RateLimited, format!("{host}: the answer to an attempt says: {word}")))
}

/// The host in a subject's key, which may go on with port and path.
fn subject_host(key: &str) -> &str {
    let authority = key.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

fn on_host(url: &str, host: &str) -> bool {
    let url = Url::parse(url).ok();
    let own = url.as_ref().and_then(Url::host_str).map(|own| own.trim_matches(['[', ']']).trim_end_matches('.'));
    own.is_some_and(|own| own.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_subjects_and_addresses() {
        assert_eq!(subject_host("www.example.gov.cn:8443/oa"), "www.example.gov.cn");
        assert_eq!(subject_host("[2001:db8::1]:80"), "2001:db8::1");
        assert!(on_host("https://[2001:db8::1]/x", "2001:db8::1") && on_host("http://A.cn:81/", "a.cn"));
        assert!(!on_host("http://a.cn.b.cn/", "a.cn") && !on_host("mailto:a.cn", "a.cn"));
    }
}
