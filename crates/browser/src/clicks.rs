//! Clicking external links as a visitor does, and seeing what stands between the click and the leaving.
//!
//! Invariant: no document of another owner is fetched. The browser is told to hold such a request back, and the page's ticket is fenced,
//! so that even a connection opened in advance goes nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::digest::Digest;
use model::facts::rendered::{Click, ClickTest, Interstitial, Rect};
use model::name::HostName;
use model::observation::{Failure, FailureClass};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use crate::Clicked;
use crate::frames;
use crate::page::Page;
use crate::render::host_of;
use crate::scripts::Look;
use crate::settings::Settings;
use crate::watch::{State, cut, is_of};

/// How long a click may take to show an effect.
const EFFECT: Duration = Duration::from_secs(3);
/// How long further effects are awaited after the first.
const AFTER_EFFECT: Duration = Duration::from_millis(400);
/// Longest text recorded of what a click brought up, in characters.
const TEXT: usize = 500;
/// The registry of official marks. Its link is ordered by Art. 9 and is not one of the page's links to elsewhere.
const REGISTRY: &str = "conac.cn";

#[derive(Deserialize)]
struct Link {
    url: String,
    text: String,
}

#[derive(Deserialize)]
struct Place {
    rect: Rect,
    point: Option<Point>,
}

#[derive(Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

/// A text that a visitor sees.
#[derive(Clone, Deserialize)]
struct Shown {
    text: String,
    layer: bool,
}

/// Clicks links on the page that is open. What is not done by `end` is left out.
///
/// # Errors
/// When the page cannot be looked at.
pub async fn click_through(page: &Page, settings: &Settings, end: Instant) -> Result<Clicked, Failure> {
    let url = page.watch.with(|state| state.tabs.first().map(|tab| tab.url.clone())).unwrap_or_default();
    let no_host = || Failure::new(FailureClass::NotAPage, format!("{url}: no page of a host"));
    let home = host_of(&url).ok_or_else(no_host)?;
    let candidates = candidates(page.look(Look::Links).await?, &home);
    page.admission.ticket.fence(&home);
    page.watch.with(|state| state.clicking = Some(home.clone()));

    let mut clicked = Clicked {
        test: ClickTest { candidates: candidates.len().try_into().unwrap_or(u32::MAX), clicks: Vec::new() },
        screenshots: Vec::new(),
    };
    for link in spread(&candidates, settings.clicks) {
        let attempt = tokio::time::timeout_at(end, click(page, link, &home, &mut clicked.screenshots)).await;
        let Ok(click) = attempt else { break };
        let moved = click.appeared.is_some() || click.interstitial.is_some();
        clicked.test.clicks.push(click);
        if tokio::time::timeout_at(end, restore(page, &url, moved)).await.is_err() {
            break;
        }
    }
    Ok(clicked)
}

/// The links that lead to no host of the same owner and to no government host.
fn candidates(links: Vec<Link>, home: &HostName) -> Vec<Link> {
    let foreign = |link: &Link| {
        destination(&link.url, home)
            .is_some_and(|host| !host.same_site(home) && !host.is_government() && host.registrable.as_deref() != Some(REGISTRY))
    };
    links.into_iter().filter(foreign).collect()
}

/// The host that a link leads to. An address of the owner's that carries another one (`/leave?to=https://www.example.com/`) leads to that.
fn destination(url: &str, home: &HostName) -> Option<HostName> {
    let address = url::Url::parse(url).ok()?;
    let host = readers::names::host(address.host_str()?)?;
    let is_address = |value: &str| value.starts_with("http://") || value.starts_with("https://");
    let carried = || address.query_pairs().filter(|(_, value)| is_address(value)).find_map(|(_, value)| host_of(&value));
    if host.same_site(home) { carried().or(Some(host)) } else { Some(host) }
}

/// Some links, of as many hosts as possible.
fn spread(links: &[Link], count: usize) -> Vec<&Link> {
    let mut hosts = BTreeSet::new();
    let (first, further): (Vec<_>, Vec<_>) = links.iter().partition(|link| hosts.insert(host_of(&link.url)));
    first.into_iter().chain(further).take(count).collect()
}

async fn click(page: &Page, link: &Link, home: &HostName, pictures: &mut Vec<(Digest, Vec<u8>)>) -> Click {
    let mut click = Click {
        url: link.url.clone(),
        text: link.text.clone(),
        rect: Rect::default(),
        failure: None,
        dialog: None,
        appeared: None,
        interstitial: None,
        left_for: None,
        screenshot: None,
    };
    if let Err(failure) = act(page, home, &mut click, pictures).await {
        click.failure = Some(failure);
    }
    click
}

async fn act(page: &Page, home: &HostName, click: &mut Click, pictures: &mut Vec<(Digest, Vec<u8>)>) -> Result<(), Failure> {
    let hindered = |why: &str| Failure::new(FailureClass::ToolFailed, format!("click on {}: {why}", click.url));
    let place: Option<Place> = page.look(Look::Link(&click.url)).await?;
    let place = place.ok_or_else(|| hindered("the link is not visible"))?;
    click.rect = place.rect;
    let point = place.point.ok_or_else(|| hindered("the link is covered by something else"))?;
    let before = page.look_everywhere::<Vec<Shown>>(Look::Texts).await?;
    let documents = page.watch.with(|state| {
        (state.dialog, state.held) = (None, None);
        state.tabs.first().map_or(0, |tab| tab.documents)
    });

    press(page, &point).await;
    wait_for_effect(page, home, documents).await;

    let reached = page.watch.with(|state| between(state, home, documents));
    let mut shown_in = page.session.clone();
    if let Some((session, target, url)) = reached {
        let texts = frames::look_everywhere::<Vec<Shown>>(page, &session, &target, Look::Texts).await.unwrap_or_default();
        let text = cut(&texts.into_iter().flatten().map(|shown| shown.text).collect::<Vec<_>>().join(" "), TEXT);
        click.interstitial = Some(Interstitial { url, text });
        shown_in = session;
    } else {
        click.appeared = appeared(before.concat(), page.look_everywhere::<Vec<Shown>>(Look::Texts).await?.concat());
    }
    (click.dialog, click.left_for) = page.watch.with(|state| (state.dialog.clone(), state.held.clone()));
    let picture = page.picture(&shown_in, None).await?;
    let digest = Digest::of(&picture);
    click.screenshot = Some(digest);
    pictures.push((digest, picture));
    Ok(())
}

async fn press(page: &Page, point: &Point) {
    for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
        let button = if kind == "mouseMoved" { "none" } else { "left" };
        let params = json!({ "type": kind, "x": point.x, "y": point.y, "button": button, "clickCount": 1 });
        // Not waited for: the answer comes only once the page has handled the event, and what the page does then is what is watched.
        page.client.tell(&page.session, "Input.dispatchMouseEvent", params).await;
    }
}

/// Waits for the first effect that the browser reports, and then a little for others. An overlay raises no event: it has the whole time.
async fn wait_for_effect(page: &Page, home: &HostName, documents: u32) {
    let effect = |state: &State| {
        let over = state.ended || state.dialog.is_some() || state.held.is_some() || between(state, home, documents).is_some();
        over.then_some(())
    };
    if page.watch.until(EFFECT, effect).await.is_some() {
        tokio::time::sleep(AFTER_EFFECT).await;
    }
}

/// A page of the same owner to which the click led, in this tab or a new one: its session, target and address.
fn between(state: &State, home: &HostName, documents: u32) -> Option<(String, String, String)> {
    let own = state.tabs.iter().enumerate().find(|(index, tab)| {
        let new = *index > 0 || tab.documents > documents;
        new && tab.parsed && tab.url.starts_with("http") && is_of(&tab.url, home)
    });
    own.map(|(_, tab)| (tab.session.clone(), tab.target.clone(), tab.url.clone()))
}

/// What can be seen after and not before; what lies on a layer above the page comes first.
fn appeared(before: Vec<Shown>, after: Vec<Shown>) -> Option<String> {
    let mut known = BTreeMap::<String, usize>::new();
    for shown in before {
        *known.entry(shown.text).or_default() += 1;
    }
    let mut fresh = after
        .into_iter()
        .filter(|shown| match known.get_mut(&shown.text) {
            Some(count @ 1..) => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect::<Vec<_>>();
    fresh.sort_by_key(|shown| !shown.layer);
    let text = fresh.into_iter().map(|shown| shown.text).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| cut(&text, TEXT))
}

/// Closes what was opened, and loads the page again when the click has changed it.
async fn restore(page: &Page, url: &str, moved: bool) {
    let opened = page.watch.with(|state| state.tabs.iter().skip(1).map(|tab| tab.target.clone()).collect::<Vec<_>>());
    for target in opened {
        page.client.tell("", "Target.closeTarget", json!({ "targetId": target })).await;
    }
    page.watch.until(Duration::from_secs(2), |state| (state.tabs.len() <= 1).then_some(())).await;
    // A page that does not come back is found out by the next click, whose link is then not visible.
    if moved && let Err(failure) = page.go(url, Duration::from_secs(10)).await {
        tracing::debug!(detail = failure.detail, "the page does not load again after a click");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(urls: &[&str]) -> Vec<Link> {
        urls.iter().map(|url| Link { url: (*url).into(), text: String::new() }).collect()
    }

    #[test]
    fn only_foreign_and_not_government_links_are_candidates() {
        let home = readers::names::host("www.example.gov.cn").unwrap();
        let urls = [
            "https://a.example.gov.cn/",
            "https://www.beian.gov.cn/",
            "https://www.example.com/",
            "http://bszs.conac.cn/sitename",
            "https://www.example.gov.cn/leave?to=https%3A%2F%2Fwww.example.com%2F",
            "https://www.example.gov.cn/log-in?back=https%3A%2F%2Fa.example.gov.cn%2F",
            "https://www.example.gov.cn/search?word=www.example.com",
        ];
        let found = candidates(links(&urls), &home);
        assert_eq!(found.iter().map(|link| link.url.as_str()).collect::<Vec<_>>(), [urls[2], urls[4]]);
    }

    #[test]
    fn hosts_take_turns() {
        let links = links(&["http://a.com/1", "http://a.com/2", "http://b.com/1"]);
        assert_eq!(
            spread(&links, 2).iter().map(|link| link.url.as_str()).collect::<Vec<_>>(),
            ["http://a.com/1", "http://b.com/1"]
        );
        assert_eq!(spread(&links, 9).len(), 3);
    }

    #[test]
    fn new_texts_are_counted_and_layers_come_first() {
        let shown = |text: &str, layer| Shown { text: text.into(), layer };
        let after = vec![shown("新闻", false), shown("滚动", false), shown("即将离开", true), shown("新闻", false)];
        assert_eq!(appeared(vec![shown("新闻", false)], after).as_deref(), Some("即将离开 滚动 新闻"));
        assert_eq!(appeared(vec![shown("一", false)], vec![shown("一", false)]), None);
    }
}
