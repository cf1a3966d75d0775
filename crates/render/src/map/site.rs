//! The web site: its answers, TLS, technologies, pages, and what was discovered around it.

use std::collections::BTreeSet;

use model::facts::Fact;
use model::facts::crawl::{Crawl, CrawlBound};
use model::facts::discovery::{Candidate, Discovery};
use model::facts::page::HomePage;
use model::facts::technology::{Technologies, Technology};
use model::facts::web::{PlainVisit, SecureVisit, Visit};
use model::text::Lang;

use super::{Node, Seen, Tone, addresses, joined, quoted, say};

/// Everything above the addresses.
pub(super) fn branches(seen: Seen<'_>, lang: Lang) -> Vec<Node> {
    let mut nodes = visits(seen, lang);
    nodes.extend(addresses::tls(seen, lang));
    nodes.extend(seen.of::<Technologies>().into_iter().flat_map(|found| technologies(found, lang)));
    nodes.extend(seen.of::<Crawl>().map(|crawl| pages(crawl, lang)));
    nodes.extend(seen.of::<Discovery>().map(|discovery| discovered(discovery, lang)));
    nodes
}

fn visits(seen: Seen<'_>, lang: Lang) -> Vec<Node> {
    let title = seen.of::<HomePage>().map_or("", |home| home.title.as_str());
    let secure = seen.all::<SecureVisit>().filter_map(|(at, seen)| Some((at, &SecureVisit::of(seen.seen()?)?.0)));
    let plain = seen.all::<PlainVisit>().filter_map(|(at, seen)| Some((at, &PlainVisit::of(seen.seen()?)?.0)));
    let visits: Vec<(&str, &Visit)> = secure.chain(plain).collect();
    let several = visits.iter().map(|(vantage, _)| vantage).collect::<BTreeSet<_>>().len() > 1;
    let mut nodes = Vec::new();
    for (vantage, visit) in visits {
        let from = if several { format!("[{vantage}]") } else { String::new() };
        let title = if nodes.is_empty() { quoted(title, lang) } else { String::new() };
        let path = visit.hops.iter().map(|hop| format!("{} {}", hop.url, hop.status)).collect::<Vec<_>>().join(" → ");
        let server = visit.last().and_then(|hop| hop.header("server").next()).unwrap_or_default();
        let broken = visit.broken.as_ref().map(|failure| failure.text().get(lang).to_owned()).unwrap_or_default();
        nodes.push(Node::new(joined(&[&format!("{} {path}", say(lang, "网站", "site")), &title, server, &broken, &from], "  ")));
    }
    nodes
}

fn technologies(found: &Technologies, lang: Lang) -> Vec<Node> {
    let mut nodes = Vec::new();
    let list = |title: &str, all: &[Technology]| Node::new(title).with(all.iter().map(|one| technology(one, lang)), lang);
    if !found.found.is_empty() {
        nodes.push(list(say(lang, "技术组件", "technologies"), &found.found));
    } else if found.catalogues.is_empty() {
        let words = say(lang, "技术组件：未加载指纹库", "technologies: no fingerprint set is loaded");
        nodes.push(Node::toned(words, Tone::Soft));
    } else {
        nodes.push(Node::toned(say(lang, "技术组件：未识别", "technologies: none recognised"), Tone::Soft));
    }
    if !found.protection.is_empty() {
        nodes.push(list(say(lang, "防护设备", "protection"), &found.protection));
    }
    nodes
}

fn technology(one: &Technology, lang: Lang) -> Node {
    let version = one.version.as_ref().map_or("", |version| version.number.as_str());
    let categories = one.categories.join(say(lang, "、", ", "));
    let confidence = if one.confidence < 100 { format!("{}%", one.confidence) } else { String::new() };
    let why = match (one.evidence.first(), one.implied_by.first()) {
        (Some(sign), _) => format!("← {} {}", sign.place, sign.matched),
        (None, Some(by)) => format!("← {} {by}", say(lang, "由其推出：", "implied by")),
        (None, None) => String::new(),
    };
    Node::new(joined(&[&joined(&[&one.name, version], " "), &categories, &confidence, &why], "  "))
}

fn pages(crawl: &Crawl, lang: Lang) -> Node {
    let read = crawl.pages.iter().filter(|page| page.failure.is_none()).count();
    let counts = match lang {
        Lang::Zh => format!(
            "页面 {read} 个，附件 {} 个，站外链接 {} 个，表单 {} 个，脚本 {} 个",
            crawl.attachments.len(),
            crawl.external.len(),
            crawl.forms.len(),
            crawl.scripts.len()
        ),
        Lang::En => format!(
            "{read} pages, {} attachments, {} links outward, {} forms, {} scripts",
            crawl.attachments.len(),
            crawl.external.len(),
            crawl.forms.len(),
            crawl.scripts.len()
        ),
    };
    let stopped = match crawl.stopped {
        None => "",
        Some(CrawlBound::Pages) => say(lang, "达到页数上限", "stopped at the number of pages"),
        Some(CrawlBound::Depth) => say(lang, "达到层数上限", "stopped at the depth"),
        Some(CrawlBound::Bytes) => say(lang, "达到流量上限", "stopped at the bytes"),
        Some(CrawlBound::Time) => say(lang, "达到时间上限", "stopped at the time"),
        Some(CrawlBound::Refused) => say(lang, "被网站拒绝后停止", "stopped because the site refused"),
    };
    let soft = crawl.not_found.as_ref().is_some_and(|answer| answer.soft);
    let soft = if soft { say(lang, "不存在的地址也返回 200", "answers 200 for what does not exist") } else { "" };
    let node = Node::new(joined(&[&counts, stopped, soft], "  "));
    node.with(
        crawl.pages.iter().map(|page| {
            let status = page.status.map(|status| status.to_string()).unwrap_or_default();
            let title = quoted(&page.title, lang);
            let failure = page.failure.as_ref().map(|failure| failure.text().get(lang).to_owned()).unwrap_or_default();
            Node::toned(joined(&[&page.url, &status, &title, &failure], "  "), Tone::Soft)
        }),
        lang,
    )
}

fn discovered(discovery: &Discovery, lang: Lang) -> Node {
    let count = discovery.candidates.len();
    let words = match lang {
        Lang::Zh => format!("{} 下发现的候选资产 {count} 个（待认领，未扫描）", discovery.domain),
        Lang::En => format!("{count} candidates below {}, to be claimed, not scanned", discovery.domain),
    };
    let wildcards = discovery
        .wildcards
        .iter()
        .map(|wildcard| Node::toned(format!("*.{} {}", wildcard.zone, say(lang, "泛解析", "is a wildcard")), Tone::Soft));
    Node::new(words).with(wildcards, lang).with(discovery.candidates.iter().map(|one| candidate(one, lang)), lang)
}

fn candidate(one: &Candidate, lang: Lang) -> Node {
    let sources: BTreeSet<&str> = one.sources.iter().map(|found| found.by.label().get(lang)).collect();
    let sources = sources.into_iter().collect::<Vec<_>>().join(say(lang, "、", ", "));
    let addresses = one.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let addresses = match (addresses.is_empty(), one.only_wildcard) {
        (true, _) => say(lang, "不解析", "does not resolve").to_owned(),
        (false, true) => format!("{addresses} {}", say(lang, "（仅泛解析）", "(wildcard only)")),
        (false, false) => addresses,
    };
    Node::new(joined(&[&one.host.unicode, &addresses, &sources], "  "))
}
