//! Chromium as a child process: its flags, its user, its sandbox, its end.
//!
//! Invariant: nothing that Chromium starts outlives [`Process`], and its profile directory goes with it.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, Signal, geteuid, kill_process_group};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStderr, Command};

use crate::cdp::Client;
use crate::error::BrowserError;
use crate::settings::Settings;

/// Longest wait for the first answer. Chromium needs about half a second; a busy machine more.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of what Chromium prints is kept for an error message, in bytes.
const WORDS_KEPT: usize = 1000;

/// Flags that hold for every start. The first group keeps every byte of traffic on the proxy, the second keeps frames in one process
/// so that one look sees them all, the third keeps the browser from doing anything of its own.
const FLAGS: &[&str] = &[
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,IsolateSandboxedIframes,OriginKeyedProcessesByDefault,HttpsUpgrades,\
     HttpsFirstBalancedMode,LocalNetworkAccessChecks,Prerender2,SpeculationRulesPrefetchFuture,NavigationPredictor,LoadingPredictor,\
     AnchorElementInteraction,Translate,OptimizationHints,OptimizationGuideModelDownloading,MediaRouter,DialMediaRouteProvider,\
     InterestFeedContentSuggestions,CertificateTransparencyComponentUpdater,AutofillServerCommunication",
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-sync",
    "--hide-scrollbars",
    "--ignore-certificate-errors",
    "--lang=zh-CN",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
];

/// A running Chromium.
pub struct Process {
    /// The connection to it.
    pub client: Client,
    child: Child,
    profile: Option<TempDir>,
}

impl Process {
    /// Starts Chromium with all its traffic on the proxy at `proxy_port`, inside its sandbox or not, and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed, cannot be run or does not answer.
    pub async fn start(settings: &Settings, user_agent: &str, proxy_port: u16, sandbox: bool) -> Result<Self, BrowserError> {
        let path = &settings.executable;
        if !path.is_file() {
            return Err(BrowserError::NotInstalled(path.clone()));
        }
        let user = if geteuid().is_root() { Some(user(&settings.user)?) } else { None };
        let profile = tempfile::Builder::new().prefix("mingcha-browser-").tempdir().map_err(BrowserError::Profile)?;
        if let Some((uid, gid)) = user {
            chown(profile.path(), Some(uid), Some(gid)).map_err(BrowserError::Profile)?;
        }

        let mut command = command(settings, user_agent, proxy_port, profile.path());
        if !sandbox {
            command.arg("--no-sandbox");
        }
        if let Some((uid, gid)) = user {
            command.uid(uid).gid(gid);
        }
        let spawn = |source| BrowserError::Spawn { path: path.clone(), source };
        let (for_child_in, to_child) = std::io::pipe().map_err(spawn)?;
        let (from_child, for_child_out) = std::io::pipe().map_err(spawn)?;
        let mappings = vec![
            FdMapping { parent_fd: for_child_in.into(), child_fd: 3 },
            FdMapping { parent_fd: for_child_out.into(), child_fd: 4 },
        ];
        command.fd_mappings(mappings).map_err(|error| spawn(std::io::Error::other(error)))?;
        let mut child = command.spawn().map_err(spawn)?;
        // The command holds the child's ends of the pipes; once it is dropped, the end of the child is the end of the pipes.
        drop(command);

        let words = Arc::new(Mutex::new(Vec::new()));
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(keep_last_words(stderr, words.clone()));
        }
        let to = pipe::Sender::from_owned_fd(to_child.into()).map_err(spawn)?;
        let from = pipe::Receiver::from_owned_fd(from_child.into()).map_err(spawn)?;
        let process = Self { client: Client::new(to, from), child, profile: Some(profile) };
        match tokio::time::timeout(START_TIMEOUT, process.greet()).await {
            Ok(Ok(())) => Ok(process),
            _ => {
                let words = words.lock().unwrap_or_else(PoisonError::into_inner);
                Err(BrowserError::Silent(String::from_utf8_lossy(&words).trim().to_owned()))
            }
        }
    }

    /// Its process id.
    #[cfg(test)]
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its profile directory.
    #[cfg(test)]
    pub fn profile(&self) -> &Path {
        self.profile.as_ref().map_or(Path::new(""), TempDir::path)
    }

    async fn greet(&self) -> Result<(), crate::cdp::CdpError> {
        let version = self.client.call("", "Browser.getVersion", json!({})).await?;
        tracing::info!(product = version["product"].as_str(), "browser started");
        // Every page, also one that a page opens, waits until we have set our watch on it.
        let attach =
            json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": [{ "type": "page" }] });
        self.client.call("", "Target.setAutoAttach", attach).await?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Chromium leads a process group of its own: the wrapper script, the browser and all its helpers end together.
        if let Some(group) = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        // Its files can only be removed for good once it is gone, which after SIGKILL is a matter of milliseconds.
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let Some(profile) = self.profile.take().map(TempDir::keep) else { return };
        let removed = (0..20).any(|attempt| {
            // Helpers of the browser may still be ending.
            std::thread::sleep(Duration::from_millis(attempt));
            std::fs::remove_dir_all(&profile).is_ok()
        });
        if !removed {
            tracing::warn!(path = %profile.display(), "the browser's profile directory could not be removed");
        }
    }
}

fn command(settings: &Settings, user_agent: &str, proxy_port: u16, profile: &Path) -> Command {
    let mut command = Command::new(&settings.executable);
    command
        .args(FLAGS)
        .arg(format!("--proxy-server=http://127.0.0.1:{proxy_port}"))
        .arg(format!("--user-agent={user_agent}"))
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={},{}", settings.viewport_width, settings.viewport_height))
        .arg("about:blank")
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", profile)
        .env("TMPDIR", profile)
        .current_dir(profile)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command
}

/// User and group id of a user. The system's file is read, because the library call for it is not safe in Rust's sense.
fn user(name: &str) -> Result<(u32, u32), BrowserError> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    find_user(&users, name).ok_or_else(|| BrowserError::NoSuchUser(name.to_owned()))
}

fn find_user(users: &str, name: &str) -> Option<(u32, u32)> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}

async fn keep_last_words(mut stderr: ChildStderr, words: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let excess = words.len().saturating_sub(WORDS_KEPT);
        words.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let users =
            "root:x:0:0:root:/root:/bin/sh\nnobody2:x:9:9::/:/bin/false\nnobody:x:65534:65533:nobody:/:/bin/false\nbroken\n";
        assert_eq!(find_user(users, "nobody"), Some((65534, 65533)));
        assert_eq!(find_user(users, "broken"), None);
        assert_eq!(find_user(users, "nob"), None);
    }

    #[tokio::test]
    async fn a_missing_browser_names_the_remedy() {
        let settings = Settings { executable: "/nowhere/chromium".into(), ..Settings::default() };
        let error = Process::start(&settings, "test", 9, true).await.err().map(|error| error.to_string());
        assert!(error.unwrap().contains("apt-get install chromium fonts-noto-cjk"));
    }
}
