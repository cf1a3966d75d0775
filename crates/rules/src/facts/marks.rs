//! The official mark (网上标识) as a visitor sees it on the rendered home page.

use model::facts::page::{Mark, MarkForm};
use model::facts::rendered::{Rect, RenderedPage, Request, SeenMark};
use model::name::{HostName, ZHENGWU};
use model::text;
use model::verdict::{Judgement, Undetermined};

use crate::facts::domains::{host_in, is_within};

/// The registry's host that serves the loader script and the pictures.
const PICTURE_HOST: &str = "dcs.conac.cn";

/// The marks that are shown as pictures, in the order of the page. None shown is an answer only when nothing kept one from being drawn.
///
/// # Errors
/// When no mark is shown and the page, a frame, the registry's loader or a mark's picture did not load.
pub fn shown(page: &RenderedPage) -> Result<Vec<&SeenMark>, Undetermined> {
    let marks: Vec<_> = visible(page).filter(|seen| is_picture(&seen.mark)).collect();
    if marks.is_empty() { not_hindered(page).map(|()| marks) } else { Ok(marks) }
}

/// The first link to the registry's verification page that is shown in words only.
pub fn text_link(page: &RenderedPage) -> Option<&SeenMark> {
    visible(page).find(|seen| seen.mark.form == MarkForm::TextLink)
}

/// True of a mark that shows the registry's picture when it is drawn.
pub fn is_picture(mark: &Mark) -> bool {
    !mark.commented_out && matches!(mark.form, MarkForm::LinkedPicture | MarkForm::Picture)
}

/// The answer of rules about a mark where none is shown; whether one is due is MARK001's question.
pub fn none_shown() -> Judgement {
    Judgement::not_applicable(text!(zh: "首页未显示网上标识", en: "the home page shows no official mark"))
}

/// True when the page on which the visit ended lies outside the site's registrable domain: it is some other site's page.
pub fn is_elsewhere(site: &HostName, page: &RenderedPage) -> bool {
    let end = host_in(&page.page.url);
    !end.is_empty() && !is_within(end, site.registrable.as_deref().unwrap_or(&site.ascii))
}

/// What the page holds of a mark that no visitor sees: `hidden`, `loader`, `commented_out` or `none`.
pub fn trace(page: &RenderedPage) -> &'static str {
    let mut marks = page.marks.iter().map(|seen| &seen.mark).chain(&page.page.marks);
    if marks.clone().any(is_picture) {
        "hidden"
    } else if marks.clone().any(|mark| mark.form == MarkForm::Loader && !mark.commented_out) {
        "loader"
    } else if marks.any(|mark| mark.commented_out) {
        "commented_out"
    } else {
        "none"
    }
}

/// Marks that are drawn somewhere on the page.
fn visible(page: &RenderedPage) -> impl Iterator<Item = &SeenMark> {
    page.marks.iter().filter(|seen| seen.visible && on_page(seen.rect, page))
}

/// True when part of the box lies on the page; a box pushed off the left or upper edge is hidden.
fn on_page(rect: Rect, page: &RenderedPage) -> bool {
    let right = i64::from(rect.x) + i64::from(rect.width);
    let lower = i64::from(rect.y) + i64::from(rect.height);
    !rect.is_empty() && right > 0 && lower > 0 && rect.x < page.width && rect.y < page.height
}

/// Says what may have kept a mark from being drawn, for reasons that are not the site's choice.
fn not_hindered(page: &RenderedPage) -> Result<(), Undetermined> {
    if page.page.script_built {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页内容由脚本生成，渲染后仍没有内容",
            en: "the home page is built by scripts and was still empty after they ran"
        )));
    }
    let Some(request) = page.requests.iter().find(|request| may_draw_a_mark(page, request) && !is_answered(page, request)) else {
        return Ok(());
    };
    let url = &request.url;
    let why = request.failure.clone().or_else(|| request.status.map(|status| format!("HTTP {status}"))).unwrap_or("-".into());
    if *url == page.page.url {
        return Err(Undetermined::ambiguous(text!(zh: "首页未能正常加载（{why}）", en: "the home page did not load ({why})")));
    }
    Err(Undetermined::ambiguous(text!(
        zh: "首页未见网上标识，但可能显示标识的资源 {url} 未能加载（{why}）",
        en: "no mark is shown, but {url}, which may draw one, did not load ({why})"
    )))
}

/// The page itself, the owner's frames, the registry's loader and pictures, and the pictures of marks that stand in the page.
fn may_draw_a_mark(page: &RenderedPage, request: &Request) -> bool {
    let pictures = page.marks.iter().map(|seen| &seen.mark).chain(&page.page.marks).filter(|mark| is_picture(mark));
    host_in(&request.url) == PICTURE_HOST
        || request.url == page.page.url
        || (page.page.frames.contains(&request.url) && may_be_the_owners(page, host_in(&request.url)))
        || pictures.filter_map(|mark| mark.picture.as_deref()).any(|picture| picture == request.url)
}

/// True of hosts below the page's own and of government hosts: a footer may come from there, but not from a widget's host.
fn may_be_the_owners(page: &RenderedPage, frame: &str) -> bool {
    let own = host_in(&page.page.url);
    let own = own.strip_prefix("www.").unwrap_or(own);
    [own, "gov.cn", ZHENGWU].into_iter().any(|domain| is_within(frame, domain))
}

/// True when the answer is the site's or the registry's word: content, or "no such thing" for a part of the page. Server errors and
/// refusals of us are none.
fn is_answered(page: &RenderedPage, request: &Request) -> bool {
    let missing_part = matches!(request.status, Some(404 | 410)) && request.url != page.page.url;
    request.failure.is_none() && (matches!(request.status, Some(200..=399)) || missing_part)
}
