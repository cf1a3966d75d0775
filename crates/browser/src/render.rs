//! Rendering: the facts of a page after its scripts have run.

use std::time::Duration;

use model::digest::Digest;
use model::facts::rendered::{Rect, RenderedPage, Request, Screenshot, SeenMark};
use model::observation::{Failure, FailureClass};
use serde::Deserialize;
use serde_json::json;

use crate::Rendered;
use crate::failure;
use crate::frames::{self, Window};
use crate::page::Page;
use crate::scripts::Look;
use crate::settings::Settings;
use crate::watch::is_of;

/// Longest HTML kept of a page with its frames, in bytes.
const HTML_LIMIT: usize = 4 * 1024 * 1024;
/// Widest picture of a page, in CSS pixels.
const PICTURE_WIDTH: u32 = 4096;
/// Most steps in which a page is scrolled down, so that what loads on sight loads.
const SCROLL_STEPS: u32 = 12;

/// What `snapshot.js` gives of one document.
#[derive(Deserialize)]
struct Snapshot {
    url: String,
    html: String,
    elements: Vec<Candidate>,
}

/// An element that may be an official mark.
#[derive(Deserialize)]
struct Candidate {
    href: Option<String>,
    src: Option<String>,
    id: Option<String>,
    alt: Option<String>,
    text: String,
    rect: Rect,
    visible: bool,
}

/// Loads `url` in an empty page and records what there is.
///
/// # Errors
/// When no document comes, or the browser fails.
pub async fn render(page: &Page, url: &str, settings: &Settings) -> Result<Rendered, Failure> {
    // Two thirds for the load leave time to look at a page that never finishes loading.
    page.go(url, Duration::from_secs(settings.page_timeout_s) * 2 / 3).await?;
    scroll_through(page).await?;
    let window = frames::window_of(page, &page.session, &page.target).await?;
    let documents: Vec<Snapshot> = page.look_everywhere(Look::Snapshot).await?;
    let address = documents.first().map(|main| main.url.as_str()).unwrap_or_default();
    if !address.starts_with("http") {
        // A script or a refresh went on to an address that did not answer.
        return Err(page.document_failure("net::ERR_FAILED", url));
    }
    let picture = picture(page, window, documents.len() > 1, settings).await;
    let dom = whole_html(&documents);
    let mut read = readers::page::read(&dom, address);
    read.html = Some(Digest::of(dom.as_bytes()));
    let screenshot = picture.as_ref().map(|(bytes, (width, height))| Screenshot {
        digest: Digest::of(bytes),
        width: width.cast_signed(),
        height: height.cast_signed(),
    });
    Ok(Rendered {
        page: RenderedPage {
            page: read,
            viewport_width: settings.viewport_width.cast_signed(),
            viewport_height: settings.viewport_height.cast_signed(),
            width: window.page_width,
            height: window.page_height,
            screenshot,
            marks: seen_marks(documents),
            requests: requests(page),
        },
        dom,
        screenshot: picture.map(|(bytes, _)| bytes),
    })
}

/// To the bottom in steps, then back to the top, waiting for what that loads.
async fn scroll_through(page: &Page) -> Result<(), Failure> {
    // Frames of animation, not time, let the page notice each step.
    let script = format!(
        "(async () => {{
            const frame = () => new Promise((done) => {{ requestAnimationFrame(() => done()); setTimeout(done, 100); }});
            const steps = Math.min({SCROLL_STEPS}, Math.ceil(document.scrollingElement.scrollHeight / innerHeight));
            for (let step = 1; step <= steps; step += 1) {{
                scrollTo({{ top: document.scrollingElement.scrollHeight * step / steps, behavior: 'instant' }});
                await frame();
                await frame();
            }}
        }})()"
    );
    // A page that hinders the scrolling is looked at as it is.
    let params = json!({ "expression": script, "awaitPromise": true, "timeout": 3000 });
    let scrolling = page.tell(&page.session, "Runtime.evaluate", params);
    if tokio::time::timeout(Duration::from_secs(5), scrolling).await.is_err() {
        tracing::debug!("the page hinders scrolling");
    }
    page.settle(Duration::from_secs(5)).await?;
    let top = json!({ "expression": "scrollTo({ top: 0, behavior: 'instant' })", "timeout": 1000 });
    page.tell(&page.session, "Runtime.evaluate", top).await.map(drop)
}

/// The picture of the whole page and its size, cut at the limit. A page without a picture is still a page.
async fn picture(page: &Page, window: Window, framed: bool, settings: &Settings) -> Option<(Vec<u8>, (u32, u32))> {
    let width = window.page_width.clamp(1, PICTURE_WIDTH.cast_signed()).cast_unsigned();
    let height = window.page_height.max(1).cast_unsigned().min(settings.screenshot_limit_px.max(1));
    let taking = async {
        if framed {
            show_all_frames(page, window, height, settings).await?;
        }
        let picture = page.picture(&page.session, Some((width, height))).await;
        if framed {
            page.resize(settings.viewport_width, settings.viewport_height).await?;
        }
        picture
    };
    match taking.await {
        Ok(bytes) => Some((bytes, (width, height))),
        Err(failure) => {
            tracing::warn!(detail = failure.detail, "no picture of the page");
            None
        }
    }
}

/// Chromium does not paint frames of other origins that are out of the window, so the window is made as high as the page. Where that
/// changes the page (parts that are as high as the window), it is made small again: true boxes matter more than such frames.
async fn show_all_frames(page: &Page, window: Window, height: u32, settings: &Settings) -> Result<(), Failure> {
    page.resize(settings.viewport_width, height.max(settings.viewport_height)).await?;
    page.settle(Duration::from_secs(2)).await?;
    let high = frames::window_of(page, &page.session, &page.target).await?;
    if high.page_height != window.page_height || high.page_width != window.page_width {
        page.resize(settings.viewport_width, settings.viewport_height).await?;
    }
    Ok(())
}

/// The document's HTML with that of its frames of the same owner.
fn whole_html(documents: &[Snapshot]) -> String {
    let home = documents.first().and_then(|main| host_of(&main.url));
    let mut whole = String::new();
    for (index, document) in documents.iter().enumerate() {
        let own = home.as_ref().is_some_and(|home| is_of(&document.url, home));
        if index > 0 && !own {
            continue;
        }
        if index > 0 {
            // Two hyphens could end the comment.
            whole.push_str(&format!("\n<!-- frame {} -->\n", document.url.replace("--", "%2D%2D")));
        }
        whole.push_str(&document.html);
    }
    let mut end = whole.len().min(HTML_LIMIT);
    while !whole.is_char_boundary(end) {
        end -= 1;
    }
    whole.truncate(end);
    whole
}

/// The host of a web address.
pub fn host_of(url: &str) -> Option<model::name::HostName> {
    readers::names::host(url::Url::parse(url).ok()?.host_str()?)
}

fn seen_marks(documents: Vec<Snapshot>) -> Vec<SeenMark> {
    let of_document = |(index, document): (usize, Snapshot)| {
        let frame = (index > 0).then_some(document.url);
        document.elements.into_iter().filter_map(move |Candidate { href, src, id, alt, text, rect, visible }| {
            let mark = readers::marks::from_element(&readers::marks::Element { href, src, id, alt, text })?;
            Some(SeenMark { mark, rect, visible, frame: frame.clone() })
        })
    };
    documents.into_iter().enumerate().flat_map(of_document).collect()
}

/// The requests so far, with the dialer's own words where it refused one.
fn requests(page: &Page) -> Vec<Request> {
    let mut requests = page.watch.with(|state| state.requests.clone());
    for request in &mut requests {
        if let Some(error) = &mut request.failure
            && let Some(refusal) = failure::refusal(&request.url, &page.admission.ticket)
        {
            *error = format!("{}: {}", class_word(refusal.class), refusal.detail);
        }
    }
    requests
}

/// The class as it is written in JSON: `address_refused`.
fn class_word(class: FailureClass) -> String {
    json!(class).as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_others_are_left_out_and_comments_stay_closed() {
        let document = |url: &str, html: &str| Snapshot { url: url.into(), html: html.into(), elements: Vec::new() };
        let html = whole_html(&[
            document("http://www.example.gov.cn/", "<p>一</p>"),
            document("http://foot.example.gov.cn/#--><script>", "<p>二</p>"),
            document("http://www.example.com/", "<p>三</p>"),
        ]);
        assert_eq!(html, "<p>一</p>\n<!-- frame http://foot.example.gov.cn/#%2D%2D><script> -->\n<p>二</p>");
    }
}
