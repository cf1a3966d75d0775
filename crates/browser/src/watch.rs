//! What the browser reports of one visit, and what it is told at once in return.
//!
//! [`State`] is a function of events: it keeps what is known and says which commands to send. Nothing in it waits, so a dialog or a held
//! request never blocks the one who looks at the page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::facts::rendered::Request;
use model::name::HostName;
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use crate::cdp::{Client, Event};
use crate::proxy;

/// Requests recorded of one page.
const REQUESTS: usize = 500;
/// Requests that may be under way and are told apart; more are let through unobserved.
const IN_FLIGHT: usize = 2000;
/// Longest address recorded, in characters.
const ADDRESS: usize = 2000;
/// Longest dialog text recorded, in characters.
const DIALOG: usize = 500;
/// Tabs open at a time in one visit; what a page opens beyond them is closed.
const TABS: usize = 4;

/// A command to send to a target (`session`) or to the browser (empty).
#[derive(Debug, PartialEq)]
pub struct Command {
    /// The session.
    pub session: String,
    /// The command.
    pub method: &'static str,
    /// Its particulars.
    pub params: Value,
}

/// A tab of the visit: the page itself or one that it opened.
#[derive(Debug)]
pub struct Tab {
    /// The session with it.
    pub session: String,
    /// Its target, which is also the name of its main frame.
    pub target: String,
    /// Address of the document it shows.
    pub url: String,
    /// Documents it has shown.
    pub documents: u32,
    /// The document is parsed.
    pub parsed: bool,
    /// The document and what it needs are loaded.
    pub loaded: bool,
    /// Its process has crashed.
    pub crashed: bool,
    in_flight: BTreeSet<String>,
    quiet_since: Instant,
}

impl Tab {
    /// How long its network has been silent; `None` when it is not.
    pub fn quiet(&self) -> Option<Duration> {
        self.in_flight.is_empty().then(|| self.quiet_since.elapsed())
    }
}

/// All that is known of a visit.
pub struct State {
    /// The tabs, the page itself first.
    pub tabs: Vec<Tab>,
    /// Requests of the page, until clicking begins.
    pub requests: Vec<Request>,
    /// Words of the first dialog since the last click.
    pub dialog: Option<String>,
    /// The first foreign address since the last click for which a document was about to be fetched.
    pub held: Option<String>,
    /// Set while links are clicked: the page's own host. Documents of other owners are then held back.
    pub clicking: Option<HostName>,
    /// The browser reports no more.
    pub ended: bool,
    by_address: BTreeMap<String, usize>,
    by_id: BTreeMap<String, usize>,
    credential: String,
    set_up: Vec<(&'static str, Value)>,
}

impl State {
    /// A visit that reaches the network by `credential`.
    pub fn new(credential: &str) -> Self {
        let set_up = vec![
            ("Page.enable", json!({})),
            ("Inspector.enable", json!({})),
            ("Network.enable", json!({})),
            ("Fetch.enable", json!({ "handleAuthRequests": true })),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ];
        Self {
            tabs: Vec::new(),
            requests: Vec::new(),
            dialog: None,
            held: None,
            clicking: None,
            ended: false,
            by_address: BTreeMap::new(),
            by_id: BTreeMap::new(),
            credential: credential.to_owned(),
            set_up,
        }
    }

    /// Takes an event in and says what to answer.
    pub fn note(&mut self, event: &Event) -> Vec<Command> {
        let params = &event.params;
        let command = |method, params| vec![Command { session: event.session.clone(), method, params }];
        if event.method == "Target.attachedToTarget" {
            return self.attach(&event.session, text(&params["targetInfo"]["targetId"]));
        }
        let clicking = self.clicking.is_some();
        let Some(index) = self.tabs.iter().position(|tab| tab.session == event.session) else { return Vec::new() };
        let Some(tab) = self.tabs.get_mut(index) else { return Vec::new() };
        match event.method.as_str() {
            "Fetch.requestPaused" => {
                let url = text(&params["request"]["url"]);
                let leaving = params["resourceType"] == "Document"
                    && params["frameId"] == tab.target.as_str()
                    && self.clicking.as_ref().is_some_and(|home| !is_of(url, home));
                let request = &params["requestId"];
                if leaving {
                    self.held.get_or_insert_with(|| cut(url, ADDRESS));
                    return command("Fetch.failRequest", json!({ "requestId": request, "errorReason": "Aborted" }));
                }
                return command("Fetch.continueRequest", json!({ "requestId": request }));
            }
            "Fetch.authRequired" => {
                let answer = if params["authChallenge"]["source"] == "Proxy" {
                    json!({ "response": "ProvideCredentials", "username": proxy::USER, "password": self.credential })
                } else {
                    json!({ "response": "CancelAuth" })
                };
                let answer = json!({ "requestId": params["requestId"], "authChallengeResponse": answer });
                return command("Fetch.continueWithAuth", answer);
            }
            "Page.javascriptDialogOpening" => {
                let leaving = params["type"] == "beforeunload";
                if !leaving {
                    self.dialog.get_or_insert_with(|| cut(text(&params["message"]), DIALOG));
                }
                return command("Page.handleJavaScriptDialog", json!({ "accept": leaving }));
            }
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                tab.url = cut(text(&params["frame"]["url"]), ADDRESS);
                tab.documents += 1;
                (tab.parsed, tab.loaded) = (false, false);
            }
            "Page.domContentEventFired" => tab.parsed = true,
            "Page.loadEventFired" => tab.loaded = true,
            "Inspector.targetCrashed" => tab.crashed = true,
            "Target.detachedFromTarget" => drop(self.tabs.remove(index)),
            "Network.requestWillBeSent" => {
                tab.depart(params);
                if index == 0 && !clicking {
                    self.record(params);
                }
            }
            "Network.responseReceived" => {
                let status = &params["response"]["status"];
                self.amend(&params["requestId"], |request| request.status = status_of(status));
            }
            "Network.loadingFinished" => tab.arrive(params),
            "Network.loadingFailed" => {
                tab.arrive(params);
                let error = match (text(&params["errorText"]), text(&params["blockedReason"])) {
                    ("", reason) => format!("blocked by the browser: {}", cut(reason, 100)),
                    (error, _) => cut(error, 200),
                };
                self.amend(&params["requestId"], |request| request.failure = Some(error));
            }
            _ => {}
        }
        Vec::new()
    }

    fn attach(&mut self, session: &str, target: &str) -> Vec<Command> {
        let uninvited = !self.tabs.is_empty() && self.clicking.is_none();
        if uninvited || self.tabs.len() >= TABS {
            let params = json!({ "targetId": target });
            return vec![Command { session: String::new(), method: "Target.closeTarget", params }];
        }
        self.tabs.push(Tab {
            session: session.to_owned(),
            target: target.to_owned(),
            url: String::new(),
            documents: 0,
            parsed: false,
            loaded: false,
            crashed: false,
            in_flight: BTreeSet::new(),
            quiet_since: Instant::now(),
        });
        let of_session =
            |(method, params): &(&'static str, Value)| Command { session: session.to_owned(), method, params: params.clone() };
        self.set_up.iter().map(of_session).collect()
    }

    fn record(&mut self, params: &Value) {
        let (id, url) = (text(&params["requestId"]), text(&params["request"]["url"]));
        if let Some(status) = params.get("redirectResponse").map(|response| &response["status"]) {
            self.amend(&params["requestId"], |request| request.status = status_of(status));
        }
        if !url.starts_with("http") || (!self.by_address.contains_key(url) && self.requests.len() >= REQUESTS) {
            self.by_id.remove(id);
            return;
        }
        let url = cut(url, ADDRESS);
        let index = *self.by_address.entry(url.clone()).or_insert_with(|| {
            let resource = text(&params["type"]).to_ascii_lowercase();
            self.requests.push(Request { url, resource, status: None, failure: None });
            self.requests.len() - 1
        });
        if self.by_id.len() < IN_FLIGHT {
            self.by_id.insert(id.to_owned(), index);
        }
    }

    fn amend(&mut self, id: &Value, change: impl FnOnce(&mut Request)) {
        let index = id.as_str().and_then(|id| self.by_id.get(id));
        if let Some(request) = index.and_then(|index| self.requests.get_mut(*index)) {
            change(request);
        }
    }
}

impl Tab {
    fn depart(&mut self, params: &Value) {
        // Streams stay open by design; a page is settled in spite of them.
        let stream = params["type"] == "EventSource" || params["type"] == "Ping";
        if !stream && self.in_flight.len() < IN_FLIGHT {
            self.in_flight.insert(text(&params["requestId"]).to_owned());
        }
    }

    fn arrive(&mut self, params: &Value) {
        if self.in_flight.remove(text(&params["requestId"])) && self.in_flight.is_empty() {
            self.quiet_since = Instant::now();
        }
    }
}

/// True when an address belongs to `home`'s registrable domain, or is none of the web (`about:blank`).
pub fn is_of(url: &str, home: &HostName) -> bool {
    match url::Url::parse(url) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            url.host_str().and_then(readers::names::host).is_some_and(|host| host.same_site(home))
        }
        Ok(_) => true,
        Err(_) => false,
    }
}

/// The first `limit` characters.
pub fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn status_of(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|status| u16::try_from(status).ok())
}

/// The state of a visit, kept up to date by [`Watch::follow`].
pub struct Watch {
    state: Mutex<State>,
    changed: Notify,
}

impl Watch {
    /// Begins to watch.
    pub fn new(state: State) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(state), changed: Notify::new() })
    }

    /// Looks at the state or changes it; `look` must not take long.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes events in and answers them until the browser has no more.
    pub async fn follow(self: Arc<Self>, client: Client, mut events: mpsc::Receiver<Event>) {
        while let Some(event) = events.recv().await {
            for command in self.with(|state| state.note(&event)) {
                client.tell(&command.session, command.method, command.params).await;
            }
            self.changed.notify_waiters();
        }
        self.with(|state| state.ended = true);
        self.changed.notify_waiters();
    }

    /// Waits until `look` has an answer, at most so long.
    pub async fn until<T>(&self, longest: Duration, mut look: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let waiting = async {
            loop {
                // Asked for before looking, so that no change in between is missed.
                let changed = self.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = self.with(|state| look(state)) {
                    return found;
                }
                // The silence of a network raises no event: look again from time to time.
                let _ = tokio::time::timeout(Duration::from_millis(50), changed).await;
            }
        };
        tokio::time::timeout(longest, waiting).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(method: &str, params: Value) -> Event {
        Event { session: "s".into(), method: method.into(), params }
    }

    fn visiting() -> State {
        let mut state = State::new("secret");
        state.note(&event("Target.attachedToTarget", json!({ "targetInfo": { "targetId": "t" } })));
        state
    }

    fn paused(url: &str, resource: &str) -> Event {
        let params = json!({ "requestId": "1", "request": { "url": url }, "resourceType": resource, "frameId": "t" });
        event("Fetch.requestPaused", params)
    }

    #[test]
    fn foreign_documents_are_held_back_only_while_clicking() {
        let mut state = visiting();
        let continued = |commands: Vec<Command>| commands.iter().any(|command| command.method == "Fetch.continueRequest");
        assert!(continued(state.note(&paused("https://www.example.com/", "Document"))));
        state.clicking = readers::names::host("www.example.gov.cn");
        assert!(continued(state.note(&paused("https://jump.example.gov.cn/?to=x", "Document"))));
        assert!(continued(state.note(&paused("https://cdn.example.com/x.js", "Script"))));
        assert_eq!(state.held, None);
        assert!(!continued(state.note(&paused("https://www.example.com/a", "Document"))));
        assert!(!continued(state.note(&paused("https://www.example.org/", "Document"))));
        assert_eq!(state.held.as_deref(), Some("https://www.example.com/a"));
    }

    #[test]
    fn the_credential_is_for_the_proxy_alone() {
        let mut state = visiting();
        let asked = |source| event("Fetch.authRequired", json!({ "requestId": "1", "authChallenge": { "source": source } }));
        assert!(state.note(&asked("Proxy"))[0].params.to_string().contains("secret"));
        assert!(!state.note(&asked("Server"))[0].params.to_string().contains("secret"));
    }

    #[test]
    fn tabs_that_nobody_asked_for_are_closed() {
        let mut state = visiting();
        let opened = event("Target.attachedToTarget", json!({ "targetInfo": { "targetId": "u" } }));
        assert_eq!(state.note(&opened)[0].method, "Target.closeTarget");
        state.clicking = readers::names::host("www.example.gov.cn");
        assert_eq!(state.note(&opened)[0].method, "Page.enable");
    }

    #[test]
    fn requests_are_one_per_address_and_bounded() {
        let mut state = visiting();
        for number in 0..2 * REQUESTS {
            for _ in 0..2 {
                let params = json!({ "requestId": number.to_string(), "type": "Image", "request": { "url": format!("http://a/{number}") } });
                state.note(&event("Network.requestWillBeSent", params));
            }
        }
        assert_eq!(state.requests.len(), REQUESTS);
        state.note(&event("Network.responseReceived", json!({ "requestId": "3", "response": { "status": 404 } })));
        assert_eq!(state.requests[3].status, Some(404));
        assert_eq!(state.requests[3].resource, "image");
    }
}
