//! The rendered page as evidence: whether it came out whole, and whether it is the site's own.

use model::facts::register::Register;
use model::facts::rendered::{RenderedPage, Request};
use model::name::{HostName, ZHENGWU};
use model::text;
use model::verdict::{Judgement, Ruling, Undetermined, Value};

use crate::facts::domains::{host_in, is_within};

/// Lets an absence from the page count: nothing that may draw what is missing failed to load for reasons that are not the site's
/// choice. `beside` tells further requests that may draw it.
///
/// # Errors
/// When the page stayed empty, or it, a frame or script of the owner's, or a request that `beside` names did not load.
pub fn is_whole(page: &RenderedPage, beside: impl Fn(&Request) -> bool) -> Result<(), Undetermined> {
    if page.page.script_built {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页内容由脚本生成，渲染后仍没有内容",
            en: "the home page is built by scripts and was still empty after they ran"
        )));
    }
    let draws = |request: &&Request| draws_page(page, request) || beside(request);
    let Some(request) = page.requests.iter().filter(draws).find(|request| !is_answered(page, request)) else {
        return Ok(());
    };
    let url = &request.url;
    let why = request.failure.clone().or_else(|| request.status.map(|status| format!("HTTP {status}"))).unwrap_or("-".into());
    if *url == page.page.url {
        return Err(Undetermined::ambiguous(text!(zh: "首页未能正常加载（{why}）", en: "the home page did not load ({why})")));
    }
    Err(Undetermined::ambiguous(text!(
        zh: "首页未见所查内容，但可能显示该内容的资源 {url} 未能加载（{why}）",
        en: "what was looked for is not shown, but {url}, which may draw it, did not load ({why})"
    )))
}

/// True when `url`, where the visit ended, lies outside the site's registrable domain: it is some other site's page.
pub fn is_elsewhere(site: &HostName, url: &str) -> bool {
    let end = host_in(url);
    !end.is_empty() && !is_within(end, site.registrable.as_deref().unwrap_or(&site.ascii))
}

/// The judgement of what the page at `url` shows. A finding on some other site's page is none against the site that leads there.
///
/// # Errors
/// When there is a finding and the page is some other site's.
pub fn on_own_page(judgement: Judgement, register: &Register, url: &str) -> Ruling {
    let elsewhere = register.application.host.as_ref().is_some_and(|host| is_elsewhere(host, url));
    if judgement.value == Value::Violation && elsewhere { Err(elsewhere_at(url)) } else { Ok(judgement) }
}

/// The registered address leads to some other site's page, on which nothing can be held against the site.
pub fn elsewhere_at(url: &str) -> Undetermined {
    Undetermined::ambiguous(text!(
        zh: "访问登记地址时跳转到其他网站的页面 {url}，不能据此判定本网站",
        en: "the registered address leads to another site's page, {url}, which tells nothing of this site"
    ))
}

/// The page itself, the owner's frames, and the scripts of the page's own domain with the data that they fetch.
fn draws_page(page: &RenderedPage, request: &Request) -> bool {
    let host = host_in(&request.url);
    let scripted = matches!(request.resource.as_str(), "script" | "xhr" | "fetch") && is_within(host, own_domain(page));
    request.url == page.page.url || scripted || (page.page.frames.contains(&request.url) && may_be_the_owners(page, host))
}

/// True of hosts below the page's own and of government hosts: a footer may come from there, but not from a widget's host.
fn may_be_the_owners(page: &RenderedPage, frame: &str) -> bool {
    [own_domain(page), "gov.cn", ZHENGWU].into_iter().any(|domain| is_within(frame, domain))
}

fn own_domain(page: &RenderedPage) -> &str {
    let own = host_in(&page.page.url);
    own.strip_prefix("www.").unwrap_or(own)
}

/// True when the answer is the site's or the registry's word: content, or "no such thing" for a part of the page. Server errors and
/// refusals of us are none.
fn is_answered(page: &RenderedPage, request: &Request) -> bool {
    let missing_part = matches!(request.status, Some(404 | 410)) && request.url != page.page.url;
    request.failure.is_none() && (matches!(request.status, Some(200..=399)) || missing_part)
}
