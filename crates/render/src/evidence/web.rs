//! Visits, handshakes and link checks as evidence.

use model::facts::tls::{Certificate, TlsHandshake, Trust};
use model::facts::web::{Cookie, Hop, LinkCheck, LinkChecks, LinkLook, Redirect, Visit};
use model::observation::Outcome;

use super::Blocks;
use crate::report::minute;

pub(super) fn visit(blocks: &mut Blocks<'_>, visit: &Visit) {
    blocks.field("起始地址", "Start", &visit.start);
    blocks.field("最终地址", "End", visit.end());
    if let Some(failure) = &visit.broken {
        let words = failure.text();
        let words = words.get(blocks.lang);
        blocks.field("访问中断", "Broken by", words);
    }
    let rows: Vec<_> = visit.hops.iter().enumerate().map(|(index, hop)| step(blocks, index, hop)).collect();
    blocks.table(
        ("访问过程", "Redirects"),
        [("序号", "No."), ("地址", "Address"), ("服务器", "Server"), ("应答", "Answer"), ("跳转到", "Leads to")],
        rows,
    );
    let Some(last) = visit.last() else { return };
    let headers = last.headers.iter().map(|header| [header.name.clone(), header.value.clone()]);
    blocks.table(("最终应答的首部", "Headers of the last answer"), [("首部", "Header"), ("值", "Value")], headers);
    let cookies: Vec<_> = last.cookies.iter().map(|cookie| cookie_row(blocks, cookie)).collect();
    blocks.table(
        ("Cookie", "Cookies"),
        [("名称", "Name"), ("Secure", "Secure"), ("HttpOnly", "HttpOnly"), ("SameSite", "SameSite")],
        cookies,
    );
}

fn step(blocks: &Blocks<'_>, index: usize, hop: &Hop) -> [String; 5] {
    let next = match &hop.redirect {
        Some(Redirect::Status(url)) => url.clone(),
        Some(Redirect::MetaRefresh(url)) => format!("{url} {}", blocks.say("（页面自动刷新）", "(meta refresh)")),
        None => String::new(),
    };
    [(index + 1).to_string(), hop.url.clone(), hop.ip.to_string(), format!("{} {}", hop.version, hop.status), next]
}

fn cookie_row(blocks: &Blocks<'_>, cookie: &Cookie) -> [String; 4] {
    [
        cookie.name.clone(),
        blocks.yes(cookie.secure).into(),
        blocks.yes(cookie.http_only).into(),
        cookie.same_site.clone().unwrap_or_default(),
    ]
}

pub(super) fn handshake(blocks: &mut Blocks<'_>, handshake: &TlsHandshake) {
    blocks.field("主机", "Host", format!("{} ({}, {})", handshake.host, handshake.ip, handshake.port));
    blocks.field("协议与套件", "Protocol and suite", format!("{} {}", handshake.version, handshake.cipher));
    let trust = match &handshake.trust {
        Trust::Trusted => blocks.say("可信", "trusted").into(),
        Trust::UnknownIssuer => blocks.say("颁发者不受信任或证书链不完整", "unknown issuer or incomplete chain").into(),
        Trust::SelfSigned => blocks.say("自签名证书", "self-signed").into(),
        Trust::Invalid(why) => format!("{}{why}", blocks.say("无效：", "invalid: ")),
    };
    blocks.field("证书链", "Chain", trust);
    let covers = blocks.yes(handshake.covers_host);
    blocks.field("证书包含该主机名", "Certificate names the host", covers);
    if let Some(leaf) = handshake.chain.first() {
        let names = blocks.list(&leaf.names);
        blocks.field("证书适用名称", "Names in the certificate", names);
        blocks.field("证书所属组织", "Organisation", leaf.organisation.as_deref().unwrap_or(""));
        blocks.field("证书序列号", "Serial number", &leaf.serial);
    }
    blocks.table(
        ("证书", "Certificates"),
        [("主体", "Subject"), ("颁发者", "Issuer"), ("有效期", "Valid"), ("密钥与签名算法", "Key and signature")],
        handshake.chain.iter().map(certificate),
    );
}

fn certificate(certificate: &Certificate) -> [String; 4] {
    let bits = certificate.key_bits.map(|bits| format!(" {bits}")).unwrap_or_default();
    [
        certificate.subject.clone(),
        certificate.issuer.clone(),
        format!("{}\n{}", minute(certificate.not_before), minute(certificate.not_after)),
        format!("{}{bits}\n{}", certificate.key_algorithm, certificate.signature_algorithm),
    ]
}

pub(super) fn links(blocks: &mut Blocks<'_>, checks: &LinkChecks) {
    blocks.field("检查的链接", "Links looked at", checks.links.len().to_string());
    if checks.not_checked > 0 {
        blocks.field("超出上限未检查", "Beyond the limit", checks.not_checked.to_string());
    }
    // Those that found nothing at first are what a reader looks for.
    let answers = |check: &&LinkCheck| check.first.status.seen().is_some_and(|status| *status < 400);
    let (live, dead): (Vec<_>, Vec<_>) = checks.links.iter().partition(answers);
    let rows: Vec<_> = dead.into_iter().chain(live).map(|check| link(blocks, check)).collect();
    blocks.table(
        ("外部链接", "External links"),
        [("链接文字", "Words"), ("地址", "Address"), ("首次检查", "First look"), ("复查", "Second look")],
        rows,
    );
}

fn link(blocks: &Blocks<'_>, check: &LinkCheck) -> [String; 4] {
    let look = |look: &LinkLook| {
        let status = match &look.status {
            Outcome::Seen(status) => status.to_string(),
            Outcome::Failed(failure) => failure.text().get(blocks.lang).to_owned(),
        };
        format!("{status}\n{}", minute(look.at))
    };
    [check.text.clone(), check.url.clone(), look(&check.first), check.second.as_ref().map(look).unwrap_or_default()]
}
