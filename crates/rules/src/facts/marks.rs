//! The official mark (网上标识) as a visitor sees it on the rendered home page.

use model::facts::page::{Mark, MarkForm};
use model::facts::rendered::{Rect, RenderedPage, Request, SeenMark};
use model::text;
use model::verdict::{Judgement, Undetermined};

use crate::facts::domains::host_in;
use crate::facts::rendered::is_whole;

/// The registry's host that serves the loader script and the pictures.
const PICTURE_HOST: &str = "dcs.conac.cn";

/// The marks that are shown as pictures, in the order of the page. None shown is an answer only when nothing kept one from being drawn.
///
/// # Errors
/// When no mark is shown and the page, a frame, the registry's loader or a mark's picture did not load.
pub fn shown(page: &RenderedPage) -> Result<Vec<&SeenMark>, Undetermined> {
    let marks: Vec<_> = visible(page).filter(|seen| is_picture(&seen.mark)).collect();
    if marks.is_empty() { is_whole(page, |request| may_draw_a_mark(page, request)).map(|()| marks) } else { Ok(marks) }
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

/// True of a mark whose picture is the registry's own, so that its colour is the registry's word and no file name of the site's.
pub fn is_registrys(mark: &Mark) -> bool {
    mark.picture.as_deref().is_some_and(|picture| host_in(picture) == PICTURE_HOST)
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

/// The registry's loader and pictures, and the pictures of marks that stand in the page.
fn may_draw_a_mark(page: &RenderedPage, request: &Request) -> bool {
    let pictures = page.marks.iter().map(|seen| &seen.mark).chain(&page.page.marks).filter(|mark| is_picture(mark));
    host_in(&request.url) == PICTURE_HOST
        || pictures.filter_map(|mark| mark.picture.as_deref()).any(|picture| picture == request.url)
}
