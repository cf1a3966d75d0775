//! Hosts, their addresses, where these are, and what listens on them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::facts::dns::HostDns;
use model::facts::hosting::{AddressHosting, Hosting, ProviderRole, ProviderSign};
use model::facts::services::{AddressServices, Login, Product, Service, Services, Transport};
use model::facts::tls::{TlsHandshake, TlsSurvey};
use model::text::Lang;

use super::{Node, Seen, Tone, joined, say};

/// The host with its addresses, as each vantage point sees it.
pub(super) fn branches(seen: Seen<'_>, lang: Lang) -> Vec<Node> {
    let hosting = seen.of::<Hosting>();
    let services = seen.of::<Services>();
    let mut drawn = BTreeSet::new();
    let mut nodes = Vec::new();
    for (vantage, outcome) in seen.all::<HostDns>() {
        let Some(dns) = outcome.seen().and_then(<HostDns as model::facts::Fact>::of) else { continue };
        let ips: Vec<IpAddr> = dns.addresses().collect();
        let title = match nodes.is_empty() {
            true => format!("{} {}", say(lang, "主机", "host"), dns.name),
            false => format!("{} {vantage}", say(lang, "另一检测位置", "seen from")),
        };
        let aliases = dns.aliases.iter().map(|alias| format!("→ {alias}")).collect::<Vec<_>>().join(" ");
        let mut host = Node::new(joined(&[&title, &aliases], "  "));
        if nodes.is_empty() {
            let signs = hosting.map(|hosting| providers(&hosting.providers, lang)).unwrap_or_default();
            host.extend((!signs.is_empty()).then(|| Node::new(signs)), lang);
        }
        // The same address seen from elsewhere is not drawn twice.
        let fresh: Vec<IpAddr> = ips.into_iter().filter(|ip| drawn.insert(*ip)).collect();
        if fresh.is_empty() && !nodes.is_empty() {
            continue;
        }
        if fresh.is_empty() {
            host.extend([Node::toned(say(lang, "没有地址", "no address"), Tone::Marked)], lang);
        }
        host.extend(fresh.into_iter().map(|ip| address(ip, hosting, services, seen, lang)), lang);
        nodes.push(host);
    }
    nodes
}

fn address(ip: IpAddr, hosting: Option<&Hosting>, services: Option<&Services>, seen: Seen<'_>, lang: Lang) -> Node {
    let place = hosting.and_then(|hosting| hosting.addresses.iter().find(|place| place.ip == ip));
    let where_it_is = place.map(|place| whereabouts(place, lang)).unwrap_or_default();
    let node = Node::new(joined(&[&ip.to_string(), &where_it_is], "  "));
    let Some(found) = services.and_then(|services| services.addresses.iter().find(|found| found.ip == ip)) else { return node };
    let survey = seen.of::<TlsSurvey>().filter(|survey| survey.ip.is_none_or(|surveyed| surveyed == ip));
    let mut node = node.with(found.open.iter().map(|open| service(open, survey, lang)), lang);
    node.extend([rest(found, lang)], lang);
    node
}

/// Region, country by source, network, providers.
fn whereabouts(place: &AddressHosting, lang: Lang) -> String {
    let values: BTreeSet<&str> = place.countries.iter().map(|claim| claim.value.as_str()).collect();
    let countries = values.into_iter().collect::<Vec<_>>().join("/");
    let networks: BTreeSet<String> =
        place.networks.iter().map(|network| format!("AS{} {}", network.asn, network.organisation)).collect();
    let networks = networks.into_iter().collect::<Vec<_>>().join(" / ");
    let anycast = if place.anycast { say(lang, "任播或 CDN 地址", "anycast or CDN") } else { "" };
    let region = joined(&[place.region.label().get(lang), &countries], " ");
    joined(&[&region, &networks, &providers(&place.providers, lang), anycast], " · ")
}

fn providers(signs: &[ProviderSign], lang: Lang) -> String {
    let words: BTreeSet<String> = signs
        .iter()
        .map(|sign| {
            let role = match sign.role {
                ProviderRole::Cdn => "CDN",
                ProviderRole::Waf => "WAF",
                ProviderRole::Cloud => say(lang, "云", "cloud"),
                ProviderRole::Network => say(lang, "网络", "network"),
            };
            let overseas = if sign.overseas { say(lang, "（境外节点）", " (overseas)") } else { "" };
            format!("{role} {}{overseas}", sign.name)
        })
        .collect();
    words.into_iter().collect::<Vec<_>>().join(say(lang, "、", ", "))
}

fn service(open: &Service, survey: Option<&TlsSurvey>, lang: Lang) -> Node {
    let transport = match open.transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    };
    let protocol = match (open.protocol, open.inside_tls) {
        (None, _) => say(lang, "未识别", "not recognised").to_owned(),
        (Some(protocol), true) => format!("{}/TLS", protocol.label().get(lang)),
        (Some(protocol), false) => protocol.label().get(lang).to_owned(),
    };
    let products = open.products.iter().take(2).map(product).collect::<Vec<_>>().join(", ");
    let login = match open.login {
        Login::Required => say(lang, "需要登录", "log-in needed"),
        Login::NotRequired => say(lang, "无需登录", "no log-in needed"),
        Login::Unknown => "",
    };
    let versions = survey.filter(|survey| survey.port == open.port).map(tls_versions).unwrap_or_default();
    let is_store = open.protocol.is_some_and(|protocol| protocol.is_store());
    let tone = if is_store || open.login == Login::NotRequired { Tone::Marked } else { Tone::Plain };
    Node::toned(joined(&[&format!("{}/{transport}", open.port), &protocol, &products, login, &versions], "  "), tone)
}

pub(crate) fn product(product: &Product) -> String {
    let version = product.version.as_ref().map_or("", |version| version.number.as_str());
    joined(&[&product.name, version], " ")
}

/// `TLSv1.2 TLSv1.3 TLCP`.
fn tls_versions(survey: &TlsSurvey) -> String {
    let spoken = survey.versions.iter().filter(|version| version.spoken == Some(true));
    spoken.map(|version| version.version.as_str()).collect::<Vec<_>>().join(" ")
}

/// What did not answer.
fn rest(found: &AddressServices, lang: Lang) -> Node {
    let words = match lang {
        Lang::Zh => format!("关闭端口 {} 个，无应答 {} 个", found.closed, found.silent),
        Lang::En => format!("{} ports closed, {} silent", found.closed, found.silent),
    };
    let unfinished = found.unfinished.as_ref().map(|failure| failure.text().get(lang).to_owned()).unwrap_or_default();
    Node::toned(joined(&[&words, &unfinished], " · "), Tone::Soft)
}

/// TLS as far as anything is known of it.
pub(super) fn tls(seen: Seen<'_>, lang: Lang) -> Option<Node> {
    let handshake = seen.of::<TlsHandshake>();
    let survey = seen.of::<TlsSurvey>();
    let versions = survey.map(tls_versions).unwrap_or_default();
    let negotiated = handshake.map(|shake| joined(&[&shake.version, &shake.cipher], " ")).unwrap_or_default();
    let text = if versions.is_empty() { negotiated } else { versions };
    let mut node = Node::new(format!("TLS  {text}"));
    for version in survey.iter().flat_map(|survey| &survey.versions).filter(|version| version.spoken == Some(true)) {
        let suites = version.suites.join(" ");
        node.extend([Node::toned(joined(&[&version.version, &suites, &version.groups.join(" ")], "  "), Tone::Soft)], lang);
    }
    let leaf = handshake.and_then(|shake| shake.chain.first());
    let leaves = survey.iter().flat_map(|survey| &survey.chains).filter_map(|chain| chain.certificates.first());
    let mut named = BTreeSet::new();
    for certificate in leaf.into_iter().chain(leaves).filter(|certificate| named.insert(certificate.der)) {
        let kind =
            joined(&[&certificate.key_algorithm, &certificate.key_bits.map(|bits| bits.to_string()).unwrap_or_default()], " ");
        let until = model::view::day_in_china(certificate.not_after).to_string();
        let until = format!("{} {until}", say(lang, "有效期至", "until"));
        let issuer = format!("{} {}", say(lang, "签发者", "issuer"), certificate.issuer);
        let subject = format!("{} {}", say(lang, "证书", "certificate"), certificate.subject);
        node.extend([Node::new(joined(&[&subject, &kind, &until, &issuer], " · "))], lang);
    }
    (handshake.is_some() || survey.is_some()).then_some(node)
}
