//! A page's HTML, read in one linear pass without a document tree, so that no nesting can make it slow.
//!
//! Invariant: time and memory are linear in the length of the HTML, and every list that is returned is bounded.

mod collector;
mod flow;
mod integrity;
mod suppliers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use lol_html::errors::RewritingError;
use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, doc_comments, doc_text, element, end_tag, text};
use model::facts::page::{HomePage, Mark};
use url::Url;

use collector::Collector;

/// The elements that say something.
const ELEMENTS: &str = "a, area, base, button, form, frame, iframe, img, input, meta, script, select, textarea, title";
/// The most inline scripts that are told, and the most bytes of all of them.
const INLINE_LIMIT: usize = 200;
const INLINE_BYTES: usize = 2 << 20;
/// How much of a page is searched for a refresh, in bytes; it belongs into the head.
const REFRESH_SEARCHED: usize = 64 * 1024;
/// How many comments that mention the registry are read as markup; setting up a pass costs more than a short comment.
const COMMENT_LIMIT: usize = 32;
/// The longest delay that counts as leading on and not as reloading, in seconds.
const REFRESH_DELAY_S: f64 = 5.0;

/// Reads the page at `url`. `html`, the digest, is left for the caller to set.
///
/// The text keeps its beginning and its end when it is longer than its bound, since what identifies a site stands at the foot. Form fields
/// outside a form are not told.
pub fn read(html: &str, url: &str) -> HomePage {
    collect(html, false).into_page(url)
}

/// The address to which a page leads on by `<meta http-equiv="refresh">` within five seconds, if it does; `base` is the page's own.
///
/// It is a pass of its own over the page's head, since a visit follows refreshes before anybody wants the page's other facts. A refresh
/// inside `<noscript>` or to the page itself is none.
pub fn meta_refresh(html: &str, base: &str) -> Option<String> {
    let head = crate::words::head(html, REFRESH_SEARCHED);
    // Most pages have none, and to see that takes no parser.
    if !head.as_bytes().windows(7).any(|word| word.eq_ignore_ascii_case(b"refresh")) {
        return None;
    }
    let base = Url::parse(base).ok()?;
    let found = RefCell::new((None, None));
    let settings = Settings::new().append_element_content_handler(element!("base[href]", |base| {
        let mut found = found.borrow_mut();
        found.0 = found.0.take().or_else(|| collector::attribute(base, "href"));
        Ok(())
    }));
    let settings = settings.append_element_content_handler(element!("meta[http-equiv]", |meta| {
        let refreshes = meta.get_attribute("http-equiv").is_some_and(|kind| kind.trim().eq_ignore_ascii_case("refresh"));
        if refreshes && let Some(content) = collector::attribute(meta, "content") {
            let mut found = found.borrow_mut();
            found.1 = found.1.take().or(refresh_address(&content));
        }
        Ok(())
    }));
    let _ = pass(head, settings);
    let (base_address, address) = found.into_inner();
    let resolved = base_address.and_then(|href| base.join(&href).ok()).unwrap_or_else(|| base.clone()).join(&address?).ok()?;
    let leads_on = matches!(resolved.scheme(), "http" | "https") && resolved != base;
    leads_on.then(|| resolved.into())
}

/// The texts of the scripts that stand in the page itself and that a browser runs, bounded in number and size.
pub fn inline_scripts(html: &str) -> Vec<String> {
    let (mut scripts, mut script, mut room) = (Vec::new(), String::new(), INLINE_BYTES);
    let runs = Cell::new(false);
    let settings = Settings::new().append_element_content_handler(element!("script:not([src])", |element| {
        runs.set(collector::runs(element));
        Ok(())
    }));
    let settings = settings.append_element_content_handler(text!("script:not([src])", |chunk| {
        let piece = if runs.get() { crate::words::head(chunk.as_str(), room) } else { "" };
        room -= piece.len();
        script.push_str(piece);
        if chunk.last_in_text_node() {
            let whole = std::mem::take(&mut script);
            if scripts.len() < INLINE_LIMIT && !whole.trim().is_empty() {
                scripts.push(whole);
            }
        }
        Ok(())
    }));
    let _ = pass(html, settings);
    scripts
}

/// The marks in a comment's markup.
fn marks_in_comment(markup: &str) -> Vec<Mark> {
    let marks = collect(markup, true).into_marks();
    marks.into_iter().map(|mark| Mark { commented_out: true, ..mark }).collect()
}

fn collect(html: &str, in_comment: bool) -> Collector {
    let shared = Rc::new(RefCell::new(Collector::default()));
    let settings = Settings::new()
        .append_element_content_handler(element!(ELEMENTS, |element| {
            let name = element.tag_name();
            shared.borrow_mut().start(&name, element);
            close_at_end(&name, element, &shared);
            Ok(())
        }))
        .append_document_content_handler(doc_text!(|chunk| {
            let place = chunk.source_location().bytes();
            shared.borrow_mut().text(html, place, chunk.as_str(), chunk.text_type(), chunk.last_in_text_node());
            Ok(())
        }));
    let mut comments_left = if in_comment { 0 } else { COMMENT_LIMIT };
    let settings = settings.append_document_content_handler(doc_comments!(|comment| {
        let text = comment.text();
        if comments_left > 0 && crate::marks::mentions_registry(&text) {
            comments_left -= 1;
            shared.borrow_mut().marks(marks_in_comment(&text));
        }
        Ok(())
    }));
    // An error ends the pass early; what was read until then stands.
    let _ = pass(html, settings);
    shared.take()
}

/// Has the collector told when a link or a form ends.
fn close_at_end(name: &str, element: &mut Element<'_, '_>, shared: &Rc<RefCell<Collector>>) {
    if !matches!(name, "a" | "form") {
        return;
    }
    if let Some(handlers) = element.end_tag_handlers() {
        let shared = Rc::clone(shared);
        handlers.push(end_tag!(move |end| {
            shared.borrow_mut().end(&end.name());
            Ok(())
        }));
    }
}

fn pass(html: &str, settings: Settings<'_, '_>) -> Result<(), RewritingError> {
    let mut rewriter = HtmlRewriter::new(settings.with_strict(false), |_: &[u8]| {});
    rewriter.write(html.as_bytes())?;
    rewriter.end()
}

/// The address in a refresh's content: `0; url=/index.html`, `0;URL='index.html'`, `0, /index.html` (WHATWG HTML, "shared declarative
/// refresh steps").
fn refresh_address(content: &str) -> Option<String> {
    let content = content.trim();
    let number_end = content.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(content.len());
    let (delay, rest) = content.split_at(number_end);
    let delay: f64 = delay.parse().ok()?;
    let rest = rest.trim_start_matches(|character: char| character.is_whitespace() || matches!(character, ';' | ','));
    let named =
        rest.get(..3).filter(|name| name.eq_ignore_ascii_case("url")).and_then(|_| rest.get(3..)?.trim_start().strip_prefix('='));
    let address = named.unwrap_or(rest).trim();
    let address = match address.chars().next() {
        Some(quote @ ('"' | '\'')) => address.get(1..)?.split(quote).next()?,
        _ => address,
    };
    (delay <= REFRESH_DELAY_S && !address.is_empty()).then(|| address.to_owned())
}

#[cfg(test)]
mod tests;
