//! Pages as a visitor sees them: a headless Chromium that renders a page, measures its official marks and clicks its external links.
//!
//! Invariant: Chromium reaches nothing but our own proxy, which dials by the product's dialer under the permit of the page in question;
//! it runs in its own sandbox and as an unprivileged user; one page sees nothing of another; and everything it says or sends is bounded in
//! size and time. Facts only: nothing here is judged.

pub mod error;
pub mod settings;

mod cdp;
mod clicks;
mod failure;
mod frames;
mod page;
mod process;
mod proxy;
mod render;
mod scripts;
mod ticket;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use dialer::dialer::Dialer;
use dialer::permit::Permit;
use model::digest::Digest;
use model::facts::rendered::{ClickTest, RenderedPage};
use model::observation::{Failure, FailureClass};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

use crate::error::BrowserError;
use crate::page::Page;
use crate::process::Process;
use crate::proxy::Proxy;
use crate::settings::Settings;
use crate::ticket::Ticket;

/// A browser. It is started anew after a crash and after a number of pages; dropping it ends it.
pub struct Browser {
    settings: Settings,
    user_agent: String,
    sandboxed: bool,
    slots: Semaphore,
    running: Mutex<Running>,
    proxy: Proxy,
}

struct Running {
    process: Arc<Process>,
    pages: u64,
}

/// What is wanted of a visit beside the rendered page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Click external links.
    pub clicks: bool,
}

/// What a visit gives.
#[derive(Debug)]
pub struct Visited {
    /// The rendered page.
    pub rendered: Rendered,
    /// The clicks, when wanted.
    pub clicked: Option<Result<Clicked, Failure>>,
}

/// A rendered page with its blobs.
#[derive(Debug)]
pub struct Rendered {
    /// The facts.
    pub page: RenderedPage,
    /// HTML of the document after its scripts, frames of the same owner appended after a comment each; `page.page.html` is its digest.
    pub dom: String,
    /// JPEG of the whole page; `page.screenshot` has its digest.
    pub screenshot: Option<Vec<u8>>,
}

/// A click test with its pictures.
#[derive(Debug)]
pub struct Clicked {
    /// The facts.
    pub test: ClickTest,
    /// JPEGs of the window after the clicks, by digest.
    pub screenshots: Vec<(Digest, Vec<u8>)>,
}

impl Browser {
    /// Starts Chromium: in its sandbox if that works here, without it and with a warning if not.
    ///
    /// # Errors
    /// When rendering is switched off, Chromium is not installed or does not start.
    pub async fn launch(settings: Settings, dialer: Dialer) -> Result<Self, BrowserError> {
        if !settings.enabled {
            return Err(BrowserError::Disabled);
        }
        let user_agent = dialer.settings().user_agent.clone();
        let proxy = Proxy::open(dialer).await?;
        let (process, sandboxed) = match Process::start(&settings, &user_agent, proxy.port, true).await {
            Err(BrowserError::Silent(words)) => {
                tracing::warn!(%words, "CHROMIUM DOES NOT START IN ITS SANDBOX: starting it without. Allow unprivileged user namespaces");
                (Process::start(&settings, &user_agent, proxy.port, false).await?, false)
            }
            started => (started?, true),
        };
        let running = Mutex::new(Running { process: Arc::new(process), pages: 0 });
        Ok(Self { slots: Semaphore::new(settings.pages.max(1)), settings, user_agent, sandboxed, running, proxy })
    }

    /// False when Chromium runs without its sandbox, which a report should say.
    pub fn sandboxed(&self) -> bool {
        self.sandboxed
    }

    /// Loads a page once, records what a visitor sees and, when wanted, clicks external links on it.
    ///
    /// # Errors
    /// A [`Failure`] of the class that tells how the page could not be had; [`FailureClass::ToolFailed`] when it was our browser.
    pub async fn visit(&self, permit: &Permit, url: &str, wants: Wants) -> Result<Visited, Failure> {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::new(FailureClass::NotAPage, format!("{url}: only http and https addresses are rendered")));
        }
        let closed = |_| Failure::new(FailureClass::ToolFailed, "browser: shut down");
        let _slot = self.slots.acquire().await.map_err(closed)?;
        let process = self.process().await.map_err(|error| failure::of_start(&error))?;
        let ticket = Ticket::new(permit.clone(), self.settings.bytes_per_page);
        let admission = self.proxy.admit(ticket).map_err(|error| failure::of_start(&error))?;

        let longest = Duration::from_secs(self.settings.page_timeout_s);
        let late = |_| Failure::new(FailureClass::ReadTimeout, format!("{url}: not rendered within {} s", longest.as_secs()));
        let rendering = async {
            let page = Page::open(process, &self.settings, admission).await?;
            let rendered = render::render(&page, url, &self.settings).await?;
            Ok((page, rendered))
        };
        let (page, rendered) = timeout(longest, rendering).await.map_err(late)??;
        let clicked = match wants.clicks {
            true => Some(clicks::click_through(&page, &self.settings, Instant::now() + longest).await),
            false => None,
        };
        Ok(Visited { rendered, clicked })
    }

    /// The running browser, replaced first when it has stopped or has shown its number of pages.
    async fn process(&self) -> Result<Arc<Process>, BrowserError> {
        let mut running = self.running.lock().await;
        if running.process.client.is_closed() || running.pages >= self.settings.restart_after {
            let process = Process::start(&self.settings, &self.user_agent, self.proxy.port, self.sandboxed).await?;
            // The old one ends with the last page that is still open in it.
            *running = Running { process: Arc::new(process), pages: 0 };
        }
        running.pages += 1;
        Ok(running.process.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use model::permission::AccessLevel;
    use model::subject::SubjectId;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn dialer() -> Dialer {
        let settings = dialer::settings::Settings { resolvers: vec!["127.0.0.1:9".into()], ..Default::default() };
        Dialer::new(settings, Arc::new(|| "2026-03-01T00:00:00Z".parse().unwrap())).unwrap()
    }

    /// What the system says of a process; nothing once it is gone.
    fn status_of(pid: u32) -> String {
        std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_browser_that_stops_is_replaced_and_leaves_nothing_behind() {
        let dialer = dialer();
        let permit = dialer.permit(&SubjectId::site("www.example.gov.cn"), None, AccessLevel::L1, "browser").unwrap();
        let browser = Browser::launch(Settings::default(), dialer).await.unwrap_or_else(|error| panic!("{error}"));
        let refused = async || browser.visit(&permit, "http://127.0.0.1/", Wants::default()).await.unwrap_err().class;
        assert_eq!(refused().await, FailureClass::AddressRefused);

        let first = browser.running.lock().await.process.clone();
        let (pid, profile) = (first.pid().unwrap(), first.profile().to_owned());
        assert!(profile.is_dir());
        let uid =
            status_of(pid).lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()?.parse::<u32>().ok());
        assert!(uid.is_some_and(|uid| uid != 0), "the browser runs as root");

        let stopped = first.client.call("", "Browser.crash", serde_json::json!({})).await;
        assert!(stopped.is_err());
        drop(first);
        assert_eq!(refused().await, FailureClass::AddressRefused);
        assert!(!profile.exists());
        let second = browser.running.lock().await.process.pid().unwrap();
        assert_ne!(pid, second);
        drop(browser);
        assert_eq!(status_of(second), "");
    }

    #[tokio::test]
    async fn without_the_pages_credential_the_proxy_serves_nobody() {
        let proxy = Proxy::open(dialer()).await.unwrap();
        let mut stranger = tokio::net::TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        let asked = b"CONNECT www.example.gov.cn:443 HTTP/1.1\r\nProxy-Authorization: Basic cGFnZTpndWVzc2Vk\r\n\r\n";
        stranger.write_all(asked).await.unwrap();
        let mut answer = String::new();
        stranger.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 407 "), "{answer}");
    }

    #[tokio::test]
    async fn a_visit_that_ends_gives_up_the_connections_it_waits_for() {
        let dialer = dialer();
        let permit = dialer.permit(&SubjectId::site("www.example.gov.cn"), None, AccessLevel::L1, "browser").unwrap();
        let proxy = Proxy::open(dialer.clone()).await.unwrap();
        let admission = proxy.admit(Ticket::new(permit, 1000)).unwrap();
        let mut page = tokio::net::TcpStream::connect(("127.0.0.1", proxy.port)).await.unwrap();
        let credential = BASE64.encode(format!("{}:{}", proxy::USER, admission.credential));
        let asked = format!("CONNECT www.example.gov.cn:443 HTTP/1.1\r\nProxy-Authorization: Basic {credential}\r\n\r\n");
        page.write_all(asked.as_bytes()).await.unwrap();
        // Nothing answers the question for the address, so the connection is under way from now on.
        while dialer.account().entries().is_empty() {
            tokio::task::yield_now().await;
        }
        drop(admission);
        let mut answer = String::new();
        page.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "");
    }

    #[tokio::test]
    async fn switched_off_is_an_error_that_says_so() {
        let settings = Settings { enabled: false, ..Settings::default() };
        let error = Browser::launch(settings, dialer()).await.err().map(|error| error.to_string());
        assert!(error.unwrap().contains("browser.enabled"));
    }
}
