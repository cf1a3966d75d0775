//! One page in a browser context of its own: opening, waiting, looking, closing.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use model::facts::rendered::Request;
use model::observation::{Failure, FailureClass};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::cdp::Client;
use crate::failure;
use crate::frames;
use crate::process::Process;
use crate::proxy::Admission;
use crate::scripts::Look;
use crate::settings::Settings;
use crate::watch::{State, Watch, cut};

/// Longest run of one of our scripts in a page, in milliseconds.
const SCRIPT_TIMEOUT_MS: u64 = 8000;
/// Longest wait for the network's silence; some pages never stop asking.
const SETTLE_LIMIT: Duration = Duration::from_secs(5);
const JPEG_QUALITY: u32 = 60;

/// An open page. Its browser context, with all tabs, cookies and connections, goes when it is dropped.
pub struct Page {
    /// The browser.
    pub client: Client,
    /// What is known of the page.
    pub watch: Arc<Watch>,
    /// Leave to use the network.
    pub admission: Admission,
    /// Session with the page's own tab.
    pub session: String,
    /// Its target, which is also the name of its main frame.
    pub target: String,
    settle: Duration,
    context: Context,
    // Keeps the browser alive when it is replaced by a fresh one meanwhile.
    _process: Arc<Process>,
}

/// Disposes of a browser context when dropped.
struct Context {
    client: Client,
    id: String,
    following: JoinHandle<()>,
}

impl Page {
    /// Opens an empty page.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when the browser does not do it.
    pub async fn open(process: Arc<Process>, settings: &Settings, admission: Admission) -> Result<Self, Failure> {
        let client = process.client.clone();
        let made = client.call("", "Target.createBrowserContext", json!({ "disposeOnDetach": true })).await;
        let id = string(&made.map_err(|error| failure::of_tool(&error))?["browserContextId"])?;
        let watch = Watch::new(State::new(&admission.credential));
        let following = tokio::spawn(watch.clone().follow(client.clone(), client.listen(&id)));
        let context = Context { client: client.clone(), id, following };
        let mut page = Self {
            client,
            watch,
            admission,
            session: String::new(),
            target: String::new(),
            settle: Duration::from_millis(settings.settle_ms),
            context,
            _process: process,
        };
        let context = page.context.id.as_str();
        page.tell("", "Browser.setDownloadBehavior", json!({ "behavior": "deny", "browserContextId": context })).await?;
        let made = page.tell("", "Target.createTarget", json!({ "url": "about:blank", "browserContextId": context })).await?;
        page.target = string(&made["targetId"])?;
        let attached = page.watch.until(SETTLE_LIMIT, |state| state.tabs.first().map(|tab| tab.session.clone())).await;
        page.session =
            attached.ok_or_else(|| Failure::new(FailureClass::ToolFailed, "browser: the new tab cannot be reached"))?;
        // Only now, and not while the new tab still waits: Chromium's renderer may crash on it then.
        page.resize(settings.viewport_width, settings.viewport_height).await?;
        page.tell(&page.session, "Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await?;
        page.tell(&page.session, "Network.setBypassServiceWorker", json!({ "bypass": true })).await?;
        Ok(page)
    }

    /// Gives the window another size, in CSS pixels.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when the browser does not do it.
    pub async fn resize(&self, width: u32, height: u32) -> Result<(), Failure> {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tell(&self.session, "Emulation.setDeviceMetricsOverride", screen).await.map(drop)
    }

    /// Goes to an address and waits until the document is loaded and its network silent, or `longest` is over while there is a document.
    ///
    /// # Errors
    /// When no document comes.
    pub async fn go(&self, url: &str, longest: Duration) -> Result<(), Failure> {
        let going = self.client.call(&self.session, "Page.navigate", json!({ "url": url }));
        let gone = tokio::time::timeout(longest, going).await;
        let timeout = || Failure::new(FailureClass::ReadTimeout, format!("{url}: no document within {} s", longest.as_secs()));
        let gone = gone.map_err(|_| timeout())?.map_err(|error| match error {
            crate::cdp::CdpError::Timeout(_) => timeout(),
            error => failure::of_tool(&error),
        })?;
        if let Some(error) = gone["errorText"].as_str().filter(|error| !error.is_empty()) {
            return Err(self.document_failure(error, url));
        }
        self.settle(longest).await
    }

    /// Waits until the document is loaded and its network silent, for the load at most `longest`.
    ///
    /// # Errors
    /// When the browser or the tab has crashed.
    pub async fn settle(&self, longest: Duration) -> Result<(), Failure> {
        let over = |state: &State| state.ended || state.tabs.first().is_none_or(|tab| tab.crashed);
        self.watch.until(longest, |state| (over(state) || state.tabs.first()?.loaded).then_some(())).await;
        let still = |state: &State| {
            let tab = state.tabs.first()?;
            (tab.loaded && tab.quiet()? >= self.settle).then_some(())
        };
        self.watch.until(SETTLE_LIMIT, |state| if over(state) { Some(()) } else { still(state) }).await;
        if self.watch.with(|state| over(state)) {
            return Err(Failure::new(FailureClass::ToolFailed, "browser: the page's process has crashed"));
        }
        Ok(())
    }

    /// Why the document did not come: what the network said of it, or of the last address to which it was redirected.
    pub fn document_failure(&self, error: &str, url: &str) -> Failure {
        let last = self.watch.with(|state| {
            let failed = |request: &&Request| request.resource == "document" && request.failure.is_some();
            state.requests.iter().rev().find(failed).cloned()
        });
        let (url, status) = last.as_ref().map_or((url, None), |request| (request.url.as_str(), request.status));
        failure::of_document(error, url, status, &self.admission.ticket)
    }

    /// Looks at every document of the page's own tab.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when its main document cannot be looked at.
    pub async fn look_everywhere<T: DeserializeOwned>(&self, look: Look<'_>) -> Result<Vec<T>, Failure> {
        frames::look_everywhere(self, &self.session, &self.target, look).await
    }

    /// Looks at the main document of the page's own tab.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when it cannot be looked at.
    pub async fn look<T: DeserializeOwned>(&self, look: Look<'_>) -> Result<T, Failure> {
        frames::look(self, &self.session, &self.target, look).await
    }

    /// The isolated world of a frame, which is made when there is none yet.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when there is no such frame.
    pub async fn world(&self, session: &str, frame: &str) -> Result<i64, Failure> {
        let world = self.tell(session, "Page.createIsolatedWorld", json!({ "frameId": frame, "worldName": "look" })).await?;
        let missing = || Failure::new(FailureClass::ToolFailed, "browser: a frame cannot be looked at");
        world["executionContextId"].as_i64().ok_or_else(missing)
    }

    /// The value of a script in a world.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when the script fails or its value has another form.
    pub async fn evaluate<T: DeserializeOwned>(&self, session: &str, world: i64, script: &str) -> Result<T, Failure> {
        let params = json!({ "expression": script, "contextId": world, "returnByValue": true, "timeout": SCRIPT_TIMEOUT_MS });
        self.value(session, "Runtime.evaluate", params).await
    }

    /// The value that a command of the `Runtime` domain gives.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when the script fails or its value has another form.
    pub async fn value<T: DeserializeOwned>(&self, session: &str, method: &str, params: Value) -> Result<T, Failure> {
        let failed = |what: &str| {
            Failure::new(FailureClass::ToolFailed, format!("browser: a look at the page failed: {}", cut(what, 200)))
        };
        let mut result = self.tell(session, method, params).await?;
        if let Some(exception) = result.get("exceptionDetails") {
            return Err(failed(
                exception["exception"]["description"].as_str().or(exception["text"].as_str()).unwrap_or("unknown"),
            ));
        }
        serde_json::from_value(result["result"]["value"].take()).map_err(|error| failed(&error.to_string()))
    }

    /// A JPEG of a part of the page (`clip` with x, y, width and height), or of the window.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when the browser gives none.
    pub async fn picture(&self, session: &str, clip: Option<(u32, u32)>) -> Result<Vec<u8>, Failure> {
        let mut params = json!({ "format": "jpeg", "quality": JPEG_QUALITY, "optimizeForSpeed": true });
        if let Some((width, height)) = clip {
            params["captureBeyondViewport"] = true.into();
            params["clip"] = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        }
        let shot = self.tell(session, "Page.captureScreenshot", params).await?;
        BASE64
            .decode(shot["data"].as_str().unwrap_or_default())
            .map_err(|error| Failure::new(FailureClass::ToolFailed, format!("browser: a picture cannot be read: {error}")))
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// [`FailureClass::ToolFailed`] when the browser does not do it.
    pub async fn tell(&self, session: &str, method: &str, params: Value) -> Result<Value, Failure> {
        self.client.call(session, method, params).await.map_err(|error| failure::of_tool(&error))
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        self.following.abort();
        self.client.forget(&self.id);
        let (client, id) = (self.client.clone(), std::mem::take(&mut self.id));
        // Outside a runtime everything ends anyway, the browser included.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime
                .spawn(async move { client.tell("", "Target.disposeBrowserContext", json!({ "browserContextId": id })).await });
        }
    }
}

fn string(value: &Value) -> Result<String, Failure> {
    let missing = || Failure::new(FailureClass::ToolFailed, "browser: an answer lacks a name");
    value.as_str().map(str::to_owned).ok_or_else(missing)
}
