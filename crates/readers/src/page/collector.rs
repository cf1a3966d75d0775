//! What the pass over a page gathers, and how it becomes a [`HomePage`].

use std::borrow::Cow;
use std::ops::Range;

use lol_html::html_content::{Element, TextType};
use model::facts::page::{Form, HomePage, Link, Mark};
use model::name::HostName;
use url::Url;

use super::flow::Flow;
use super::suppliers;
use crate::marks;
use crate::words::{fold, head, tail};

/// The most links that are told, and the most that are looked at for filing numbers.
const LINK_LIMIT: usize = 2000;
const LINK_READ_LIMIT: usize = 20_000;
/// The longest text of a link, in bytes.
const LINK_TEXT_LIMIT: usize = 400;
/// The longest attribute that is read, in bytes.
const ATTRIBUTE_LIMIT: usize = 4096;
/// The beginning and the end of the visible text that are kept, in bytes.
const TEXT_HEAD: usize = 48 * 1024;
const TEXT_TAIL: usize = 16 * 1024;
/// The most forms, fields of a form, scripts and frames, marks, names, and traces of site codes.
const FORM_LIMIT: usize = 100;
const FIELD_LIMIT: usize = 200;
const ADDRESS_LIMIT: usize = 500;
const MARK_LIMIT: usize = 50;
const NAME_LIMIT: usize = 20;
const TRACE_LIMIT: usize = 50;
/// The longest title and the longest name, in bytes.
const TITLE_LIMIT: usize = 1024;
/// Fewer characters of text and fewer links than these, beside scripts, mean that the page is built in the browser.
const BUILT_TEXT: usize = 100;
const BUILT_LINKS: usize = 5;

/// Names of metas in which a page names itself.
const NAME_METAS: [&str; 5] = ["sitename", "og:site_name", "application-name", "apple-mobile-web-app-title", "columnname"];
/// What a government-site code stands behind in addresses and scripts.
const TRACE_SIGNS: [&str; 4] = ["site_code", "sitecode", "siteCode", "Link("];

/// The state of a pass.
#[derive(Debug, Default)]
pub(super) struct Collector {
    base_href: Option<String>,
    flow: Flow,
    /// The text node under way: where it started and what it holds so far.
    node: String,
    node_start: usize,
    /// Whether text of title-like elements is the title's; otherwise a text area's.
    in_title: bool,
    title: Option<String>,
    site_names: Vec<String>,
    /// Whether the script under way is one that a browser runs from the page itself.
    runs_inline: bool,
    inline_bytes: usize,
    links: Vec<RawLink>,
    open_link: Option<OpenLink>,
    forms: Vec<Form>,
    form_is_open: bool,
    scripts: Vec<String>,
    pinned_scripts: Vec<String>,
    frames: Vec<String>,
    marks: Vec<Mark>,
    traces: Vec<String>,
}

#[derive(Debug)]
struct RawLink {
    href: String,
    text: String,
}

#[derive(Debug, Default)]
struct OpenLink {
    element: marks::Element,
    /// How long the visible text was when the link began.
    text_start: usize,
}

/// The value of an attribute with its character references decoded; `None` when it is absent or too long.
pub(super) fn attribute(element: &Element<'_, '_>, name: &str) -> Option<String> {
    let value = element.get_attribute(name)?;
    let read = value.len() <= ATTRIBUTE_LIMIT;
    read.then(|| if value.contains('&') { htmlize::unescape_attribute(value.as_str()).into_owned() } else { value })
}

/// Whether a browser runs a script of this type.
pub(super) fn runs(script: &Element<'_, '_>) -> bool {
    let kind = attribute(script, "type").unwrap_or_default().to_ascii_lowercase();
    kind.is_empty() || kind.contains("javascript") || kind.contains("ecmascript") || kind == "module"
}

impl Collector {
    /// An element that starts.
    pub(super) fn start(&mut self, name: &str, element: &Element<'_, '_>) {
        match name {
            "a" => self.start_link(element),
            "area" => self.area(element),
            "img" => self.picture(element),
            "script" => self.script_element(element),
            "frame" | "iframe" => push(&mut self.frames, attribute(element, "src"), ADDRESS_LIMIT),
            "meta" => self.meta(element),
            "base" => self.base_href = self.base_href.take().or_else(|| attribute(element, "href")),
            "form" => self.form(element),
            "title" => self.in_title = true,
            _ => self.field(name, element),
        }
    }

    /// A link or a form that ends.
    pub(super) fn end(&mut self, name: &str) {
        match name {
            "a" => self.end_link(),
            _ => self.form_is_open = false,
        }
    }

    /// Marks found elsewhere.
    pub(super) fn marks(&mut self, marks: impl IntoIterator<Item = Mark>) {
        let room = MARK_LIMIT.saturating_sub(self.marks.len());
        self.marks.extend(marks.into_iter().take(room));
    }

    /// A piece of a text node.
    pub(super) fn text(&mut self, html: &str, place: Range<usize>, piece: &str, kind: TextType, last: bool) {
        if self.node.is_empty() {
            self.node_start = place.start;
        }
        self.node.push_str(piece);
        if !last {
            return;
        }
        let node = std::mem::take(&mut self.node);
        match kind {
            TextType::Data => self.flow.push(html, self.node_start..place.end, &decoded(&node)),
            TextType::CDataSection | TextType::PlainText => self.flow.push(html, self.node_start..place.end, &node),
            TextType::RCData if std::mem::take(&mut self.in_title) => {
                self.title.get_or_insert_with(|| head(&fold(&decoded(head(&node, ATTRIBUTE_LIMIT))), TITLE_LIMIT).to_owned());
            }
            TextType::ScriptData if self.runs_inline => self.inline_script(&node),
            TextType::RCData | TextType::ScriptData | TextType::RawText => {}
        }
    }

    /// The marks alone.
    pub(super) fn into_marks(mut self) -> Vec<Mark> {
        self.end_link();
        self.marks
    }

    /// The page at `url`, everything resolved.
    pub(super) fn into_page(mut self, url: &str) -> HomePage {
        self.end_link();
        let base = self.base(url);
        let mut links = resolved_links(std::mem::take(&mut self.links), base.as_ref());
        let text = self.flow.as_str();
        let title = self.title.unwrap_or_default();
        let visible = text.chars().filter(|character| !character.is_whitespace()).take(BUILT_TEXT).count();
        let has_scripts = !self.scripts.is_empty() || self.inline_bytes > 0;
        let resolved = |addresses: &[String]| {
            addresses.iter().filter_map(|address| resolve(base.as_ref(), address)).map(String::from).collect()
        };
        let page = HomePage {
            url: url.to_owned(),
            html: None,
            icp: crate::filings::icp(text, &links),
            police: crate::filings::police(text, &links),
            site_codes: crate::filings::site_codes(text, &links, &self.traces),
            institutions: crate::organisations::names(&title, &self.site_names, text),
            script_built: visible < BUILT_TEXT && links.len() < BUILT_LINKS && has_scripts,
            text: ends(text),
            forms: self.forms.into_iter().filter_map(|form| with_action(form, base.as_ref())).collect(),
            scripts: resolved(&self.scripts),
            pinned_scripts: resolved(&self.pinned_scripts),
            suppliers: suppliers::in_foot(text),
            frames: resolved(&self.frames),
            title,
            site_names: self.site_names,
            marks: self.marks,
            links: Vec::new(),
        };
        links.truncate(LINK_LIMIT);
        HomePage { links, ..page }
    }

    fn base(&self, url: &str) -> Option<Url> {
        let own = Url::parse(url).ok()?;
        let set = self.base_href.as_deref().and_then(|href| own.join(href.trim()).ok());
        Some(set.unwrap_or(own))
    }

    fn start_link(&mut self, element: &Element<'_, '_>) {
        self.end_link();
        let href = attribute(element, "href");
        let handler = attribute(element, "onclick");
        href.iter().chain(handler.iter()).for_each(|text| self.trace(text));
        let element = marks::Element { href, ..marks::Element::default() };
        self.open_link = Some(OpenLink { element, text_start: self.flow.as_str().len() });
    }

    fn end_link(&mut self) {
        let Some(OpenLink { mut element, text_start }) = self.open_link.take() else { return };
        let words = self.flow.as_str().get(text_start..).unwrap_or_default().trim();
        element.text = head(words, LINK_TEXT_LIMIT).trim_end().to_owned();
        self.marks(marks::from_element(&element));
        let marks::Element { href, alt, text, .. } = element;
        if let Some(href) = href {
            let text = if text.is_empty() { head(&fold(&alt.unwrap_or_default()), LINK_TEXT_LIMIT).to_owned() } else { text };
            self.link(href, text);
        }
    }

    fn link(&mut self, href: String, text: String) {
        if self.links.len() < LINK_READ_LIMIT {
            self.links.push(RawLink { href, text });
        }
    }

    /// A place on a picture that links: its words are its alternative text, and what it shows is the picture.
    fn area(&mut self, element: &Element<'_, '_>) {
        let Some(href) = attribute(element, "href") else { return };
        self.trace(&href);
        self.marks(marks::from_element(&marks::Element { href: Some(href.clone()), ..marks::Element::default() }));
        let text = head(&fold(&attribute(element, "alt").unwrap_or_default()), LINK_TEXT_LIMIT).to_owned();
        self.link(href, text);
    }

    /// A picture belongs to the link around it; of several, the registry's.
    fn picture(&mut self, element: &Element<'_, '_>) {
        let (src, id, alt) = (attribute(element, "src"), attribute(element, "id"), attribute(element, "alt"));
        match &mut self.open_link {
            Some(open) if open.element.src.is_none() || src.as_deref().is_some_and(marks::mentions_registry) => {
                (open.element.src, open.element.id) = (src, id);
                open.element.alt = alt.or(open.element.alt.take());
            }
            Some(_) => {}
            None => self.marks(marks::from_element(&marks::Element { src, id, alt, ..marks::Element::default() })),
        }
    }

    fn script_element(&mut self, element: &Element<'_, '_>) {
        let src = attribute(element, "src");
        self.runs_inline = src.is_none() && runs(element);
        if let Some(code) = attribute(element, "sitecode") {
            self.trace(&format!("sitecode=\"{code}\""));
        }
        self.marks(src.as_deref().and_then(marks::from_script_address));
        let pinned = attribute(element, "integrity").is_some_and(|value| super::integrity::pins(&value));
        push(&mut self.pinned_scripts, src.clone().filter(|_| pinned), ADDRESS_LIMIT);
        push(&mut self.scripts, src, ADDRESS_LIMIT);
    }

    fn inline_script(&mut self, script: &str) {
        self.inline_bytes += script.len();
        self.trace(script);
        self.marks(marks::in_script(script));
    }

    /// Keeps what stands around the signs of a government-site code.
    fn trace(&mut self, text: &str) {
        for sign in TRACE_SIGNS {
            let room = TRACE_LIMIT.saturating_sub(self.traces.len());
            let places = text.match_indices(sign).take(room);
            self.traces.extend(places.map(|(at, _)| head(text.get(at..).unwrap_or_default(), 64).to_owned()));
        }
    }

    fn meta(&mut self, element: &Element<'_, '_>) {
        let name = attribute(element, "name").or_else(|| attribute(element, "property")).unwrap_or_default().to_ascii_lowercase();
        let Some(content) = attribute(element, "content") else { return };
        if name == "siteidcode" {
            self.trace(&format!("sitecode=\"{}\"", content.trim()));
        } else if NAME_METAS.contains(&name.as_str()) {
            let content = head(&fold(&content), TITLE_LIMIT).to_owned();
            if !content.is_empty() && !self.site_names.contains(&content) {
                push(&mut self.site_names, Some(content), NAME_LIMIT);
            }
        }
    }

    fn form(&mut self, element: &Element<'_, '_>) {
        self.form_is_open = self.forms.len() < FORM_LIMIT;
        if self.form_is_open {
            let method = attribute(element, "method").unwrap_or_default().trim().to_ascii_lowercase();
            let method = if method == "post" { method } else { "get".to_owned() };
            self.forms.push(Form { action: attribute(element, "action").unwrap_or_default(), method, fields: Vec::new() });
        }
    }

    fn field(&mut self, name: &str, element: &Element<'_, '_>) {
        if name == "textarea" {
            self.in_title = false;
        }
        let Some(form) = self.forms.last_mut().filter(|_| self.form_is_open) else { return };
        let usual = match name {
            "input" => "text",
            "button" => "submit",
            other => other,
        };
        let kind = attribute(element, "type")
            .filter(|_| matches!(name, "input" | "button"))
            .map(|kind| kind.trim().to_ascii_lowercase());
        push(&mut form.fields, Some(kind.filter(|kind| !kind.is_empty()).unwrap_or_else(|| usual.to_owned())), FIELD_LIMIT);
    }
}

fn push(list: &mut Vec<String>, item: Option<String>, limit: usize) {
    if list.len() < limit {
        list.extend(item);
    }
}

fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('&') { htmlize::unescape(text) } else { Cow::Borrowed(text) }
}

/// An absolute address of the web.
fn resolve(base: Option<&Url>, address: &str) -> Option<Url> {
    let url = base?.join(address.trim()).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.as_str().len() <= ATTRIBUTE_LIMIT).then_some(url)
}

fn resolved_links(links: Vec<RawLink>, base: Option<&Url>) -> Vec<Link> {
    // Neighbouring links mostly lead to one host.
    let mut last: Option<(String, Option<HostName>)> = None;
    let mut resolved = Vec::with_capacity(links.len());
    for RawLink { href, text } in links {
        let Some(url) = resolve(base, &href) else { continue };
        let written = url.host_str().unwrap_or_default();
        let host = match &last {
            Some((name, host)) if name == written => host.clone(),
            _ => {
                let host = crate::names::host(written);
                last = Some((written.to_owned(), host.clone()));
                host
            }
        };
        resolved.push(Link { url: url.into(), host, text });
    }
    resolved
}

fn with_action(form: Form, base: Option<&Url>) -> Option<Form> {
    let action = resolve(base, &form.action)?;
    Some(Form { action: action.into(), ..form })
}

/// The beginning and the end of a text that is too long to keep.
fn ends(text: &str) -> String {
    let text = text.trim_end();
    if text.len() <= TEXT_HEAD + TEXT_TAIL {
        return text.to_owned();
    }
    format!("{} … {}", head(text, TEXT_HEAD - 8), tail(text, TEXT_TAIL))
}
