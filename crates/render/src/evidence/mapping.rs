//! Evidence of the mapping: addresses, technologies, services, TLS, pages, discovered names.

use model::facts::crawl::Crawl;
use model::facts::discovery::Discovery;
use model::facts::hosting::{Hosting, ProviderSign};
use model::facts::services::{Login, Service, Services, Transport};
use model::facts::technology::{Technologies, Technology};
use model::facts::tls::TlsSurvey;
use model::text::Label;

use super::Blocks;

fn names(signs: &[ProviderSign]) -> String {
    signs.iter().map(|sign| format!("{} ({})", sign.name, sign.matched)).collect::<Vec<_>>().join("\n")
}

pub(super) fn hosting(blocks: &mut Blocks<'_>, hosting: &Hosting) {
    blocks.field("数据来源", "Sources", blocks.list(&hosting.sources));
    blocks.field("服务商特征", "Signs of providers", names(&hosting.providers));
    let lang = blocks.lang;
    let rows: Vec<_> = hosting
        .addresses
        .iter()
        .map(|place| {
            let countries = place.countries.iter().map(|claim| format!("{} ({})", claim.value, claim.source));
            let networks = place.networks.iter().map(|claim| format!("AS{} {}", claim.asn, claim.organisation));
            [
                place.ip.to_string(),
                place.region.label().get(lang).to_owned(),
                countries.collect::<Vec<_>>().join("\n"),
                networks.collect::<Vec<_>>().join("\n"),
                names(&place.providers),
            ]
        })
        .collect();
    let heads = [("地址", "Address"), ("区域", "Region"), ("国家或地区", "Country"), ("网络", "Network"), ("服务商", "Provider")];
    blocks.table(("地址归属", "Where the addresses are"), heads, rows);
}

pub(super) fn technologies(blocks: &mut Blocks<'_>, found: &Technologies) {
    blocks.field("指纹库", "Fingerprint sets", blocks.list(&found.catalogues));
    let heads = [("名称", "Name"), ("版本", "Version"), ("类别", "Category"), ("置信度", "Confidence"), ("依据", "Sign")];
    blocks.table(("技术组件", "Technologies"), heads, found.found.iter().map(technology));
    blocks.table(("防护设备", "Protection"), heads, found.protection.iter().map(technology));
}

fn technology(one: &Technology) -> [String; 5] {
    let signs = one.evidence.iter().map(|sign| format!("{} {}", sign.place, sign.matched));
    let signs: Vec<String> = signs.chain(one.implied_by.iter().map(|by| format!("← {by}"))).collect();
    [
        one.name.clone(),
        one.version.as_ref().map(|version| version.number.clone()).unwrap_or_default(),
        one.categories.join("\n"),
        format!("{}%", one.confidence),
        signs.join("\n"),
    ]
}

pub(super) fn services(blocks: &mut Blocks<'_>, services: &Services) {
    blocks.field("探测端口", "Ports tried", blocks.list(&services.ports));
    let rows: Vec<_> = services
        .addresses
        .iter()
        .flat_map(|address| address.open.iter().map(move |open| (address.ip, open)))
        .map(|(ip, open)| service(blocks, &ip.to_string(), open))
        .collect();
    let heads = [("地址", "Address"), ("端口", "Port"), ("协议", "Protocol"), ("产品", "Product"), ("登录", "Log-in")];
    blocks.table(("开放的服务", "Open services"), heads, rows);
}

fn service(blocks: &Blocks<'_>, ip: &str, open: &Service) -> [String; 5] {
    let transport = if open.transport == Transport::Udp { "udp" } else { "tcp" };
    let protocol = open.protocol.map_or("", |protocol| protocol.label().get(blocks.lang));
    let login = match open.login {
        Login::Required => Label { zh: "需要", en: "needed" },
        Login::NotRequired => Label { zh: "不需要", en: "not needed" },
        Login::Unknown => Label { zh: "未知", en: "unknown" },
    };
    [
        ip.to_owned(),
        format!("{}/{transport}", open.port),
        if open.inside_tls { format!("{protocol} (TLS)") } else { protocol.to_owned() },
        open.products.iter().map(crate::map::product).collect::<Vec<_>>().join("\n"),
        login.get(blocks.lang).to_owned(),
    ]
}

pub(super) fn tls_survey(blocks: &mut Blocks<'_>, survey: &TlsSurvey) {
    blocks.field("应用协议", "Application protocols", blocks.list(&survey.alpn));
    let flag = |blocks: &Blocks<'_>, holds: Option<bool>| holds.map_or("", |holds| blocks.yes(holds)).to_owned();
    blocks.field("OCSP 装订", "OCSP stapled", flag(blocks, survey.ocsp_stapled));
    blocks.field("压缩", "Compression", flag(blocks, survey.compression));
    blocks.field("安全重协商", "Secure renegotiation", flag(blocks, survey.secure_renegotiation));
    let rows: Vec<_> = survey
        .versions
        .iter()
        .map(|version| {
            let why = version.failure.as_ref().map(|failure| failure.text().get(blocks.lang).to_owned()).unwrap_or_default();
            let spoken = version.spoken.map_or(why, |spoken| blocks.yes(spoken).to_owned());
            [version.version.clone(), spoken, version.suites.join("\n"), version.groups.join("\n")]
        })
        .collect();
    let heads = [("版本", "Version"), ("支持", "Spoken"), ("密码套件", "Suites"), ("密钥交换组", "Groups")];
    blocks.table(("协议版本", "Protocol versions"), heads, rows);
}

pub(super) fn crawl(blocks: &mut Blocks<'_>, crawl: &Crawl) {
    blocks.field("起始地址", "Start", &crawl.start);
    let rows = crawl.pages.iter().map(|page| {
        let status = page.status.map(|status| status.to_string()).unwrap_or_default();
        [page.url.clone(), status, page.title.clone()]
    });
    blocks.table(("页面", "Pages"), [("地址", "Address"), ("状态", "Status"), ("标题", "Title")], rows);
    let rows = crawl.attachments.iter().map(|place| [place.url.clone(), place.text.clone(), place.page.clone()]);
    blocks.table(("附件", "Attachments"), [("地址", "Address"), ("文字", "Words"), ("所在页面", "Page")], rows);
    let rows = crawl.external.iter().map(|link| [link.url.clone(), link.page.clone(), link.pages.to_string()]);
    blocks.table(("站外链接", "Links outward"), [("地址", "Address"), ("所在页面", "Page"), ("页面数", "Pages")], rows);
}

pub(super) fn discovery(blocks: &mut Blocks<'_>, discovery: &Discovery) {
    let lang = blocks.lang;
    let rows = discovery.candidates.iter().map(|candidate| {
        let sources = candidate.sources.iter().map(|found| format!("{} {}", found.by.label().get(lang), found.place));
        let addresses: Vec<String> = candidate.addresses.iter().map(ToString::to_string).collect();
        [candidate.host.unicode.clone(), addresses.join("\n"), sources.collect::<Vec<_>>().join("\n")]
    });
    let heads = [("名称", "Name"), ("地址", "Addresses"), ("来源", "Sources")];
    blocks.table(("候选资产", "Candidates"), heads, rows);
}
