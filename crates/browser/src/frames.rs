//! The documents of a tab: the page's own and those of its frames, each looked at in an isolated world of its own.
//!
//! All of a tab's frames live in one process (see the flags in [`process`](crate::process)), so one session reaches them all.

use model::observation::Failure;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::page::Page;
use crate::scripts::{Look, frame_corner, window};

/// Frames that are looked at in one tab.
const FRAMES: usize = 40;
/// Frames within frames.
const DEPTH: usize = 5;

/// The window of a tab and the page in it, in CSS pixels.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    scroll_x: f64,
    scroll_y: f64,
    inner_width: f64,
    inner_height: f64,
    /// Width of the whole page.
    pub page_width: i32,
    /// Height of the whole page.
    pub page_height: i32,
}

/// Where a document is: the corner of its window in the window of the tab, and whether a visitor can see it at all.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Place {
    x: f64,
    y: f64,
    shown: bool,
    window: Window,
}

/// Corner of a frame in the window around it.
#[derive(Deserialize)]
struct Corner {
    x: f64,
    y: f64,
    shown: bool,
}

/// A document that is being looked at.
struct Document {
    world: i64,
    place: Place,
}

/// The window of the tab.
///
/// # Errors
/// When the tab cannot be looked at.
pub async fn window_of(page: &Page, session: &str, target: &str) -> Result<Window, Failure> {
    let world = page.world(session, target).await?;
    page.evaluate(session, world, &window()).await
}

/// A look at the tab's own document.
///
/// # Errors
/// When the tab cannot be looked at.
pub async fn look<T: DeserializeOwned>(page: &Page, session: &str, target: &str, look: Look<'_>) -> Result<T, Failure> {
    let top = top(page, session, target).await?;
    page.evaluate(session, top.world, &look.script(&top.place)).await
}

/// A look at every document of the tab, its own first. A frame that goes away meanwhile is left out.
///
/// # Errors
/// When the tab's own document cannot be looked at.
pub async fn look_everywhere<T: DeserializeOwned>(
    page: &Page,
    session: &str,
    target: &str,
    look: Look<'_>,
) -> Result<Vec<T>, Failure> {
    let top = top(page, session, target).await?;
    let mut seen = vec![page.evaluate(session, top.world, &look.script(&top.place)).await?];
    let mut tree = page.tell(session, "Page.getFrameTree", json!({})).await?;
    let mut level = vec![(top, tree["frameTree"]["childFrames"].take())];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for (outer, children) in level {
            let Value::Array(children) = children else { continue };
            for mut child in children {
                if seen.len() > FRAMES {
                    return Ok(seen);
                }
                let name = child["frame"]["id"].as_str().unwrap_or_default().to_owned();
                let Ok(inner) = enter(page, session, &outer, &name).await else { continue };
                if let Ok(found) = page.evaluate(session, inner.world, &look.script(&inner.place)).await {
                    seen.push(found);
                    next.push((inner, child["childFrames"].take()));
                }
            }
        }
        level = next;
    }
    Ok(seen)
}

async fn top(page: &Page, session: &str, target: &str) -> Result<Document, Failure> {
    let world = page.world(session, target).await?;
    let window = page.evaluate(session, world, &window()).await?;
    Ok(Document { world, place: Place { x: 0.0, y: 0.0, shown: true, window } })
}

async fn enter(page: &Page, session: &str, outer: &Document, frame: &str) -> Result<Document, Failure> {
    let owner = page.tell(session, "DOM.getFrameOwner", json!({ "frameId": frame })).await?;
    let element = json!({ "backendNodeId": owner["backendNodeId"], "executionContextId": outer.world });
    let element = page.tell(session, "DOM.resolveNode", element).await?;
    let call = json!({
        "objectId": element["object"]["objectId"],
        "functionDeclaration": frame_corner(),
        "returnByValue": true,
    });
    let corner: Corner = page.value(session, "Runtime.callFunctionOn", call).await?;
    let place = Place {
        x: outer.place.x + corner.x,
        y: outer.place.y + corner.y,
        shown: outer.place.shown && corner.shown,
        window: outer.place.window,
    };
    Ok(Document { world: page.world(session, frame).await?, place })
}
