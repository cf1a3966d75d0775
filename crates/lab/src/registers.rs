//! The extracts of registers that authorities would hand out, made from the world: tables with Chinese headers, and RDAP answers.
//!
//! All numbers and names are inventions. What a site does not say otherwise is in order: filed, registered and answered in its institution's
//! name, under the number that its page shows.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::json;

use crate::lab::table;
use crate::web::html;
use crate::web::registry::Certificate;
use crate::world::registers::{Answers, Listed, ListedKind};
use crate::world::{Institution, Site, World};

/// One file.
pub(crate) struct Extract {
    /// Kind of source, as on the command line of the product.
    pub kind: &'static str,
    /// File name.
    pub file: &'static str,
    /// Content.
    pub text: String,
}

/// A site of the ledger with all that registers need to know of it.
struct Place<'a> {
    number: usize,
    owner: &'a Institution,
    site: &'a Site,
    domain: String,
    division: &'a str,
}

/// All extracts of a world, as of a time.
pub(crate) fn extracts(world: &World, at: Timestamp) -> Vec<Extract> {
    let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let places = places(world);
    let extract = |kind, file, text| Extract { kind, file, text };
    vec![
        extract("icp", "icp.csv", icp(&places)),
        extract("police", "police.csv", police(&places)),
        extract("mark", "mark.csv", marks(&places)),
        extract("site_code", "site_code.csv", site_codes(&places)),
        extract("rdap", "rdap.json", registrations(&places, today)),
        extract("clouds", "clouds.csv", clouds(today)),
        extract("platforms", "platforms.csv", platforms()),
        extract("app_store", "app_store.csv", apps(world)),
        extract("mini_program", "mini_program.csv", accounts(world, ListedKind::Mini)),
        extract("account", "account.csv", accounts(world, ListedKind::Account)),
        extract("attestation", "attestation.csv", answers(world, &places, today)),
    ]
}

/// The sites of the ledger. A column shows numbers of its own as every page of the lab does, so they are filed too.
fn places(world: &World) -> Vec<Place<'_>> {
    let numbered = world.sites().enumerate();
    numbered
        .filter_map(|(number, (owner, site))| {
            let owner = owner?;
            let domain = site.registers.domain.clone().or_else(|| world.registrable(&site.host))?;
            Some(Place { number, owner, site, domain, division: owner.division.as_deref().unwrap_or("620000") })
        })
        .collect()
}

/// Nobody has registered a candidate.
fn registered<'a>(places: &'a [Place<'a>]) -> impl Iterator<Item = &'a Place<'a>> {
    places.iter().filter(|place| !place.site.candidate)
}

/// The registered sites that are no columns: what a domain, a code or an answer is for.
fn sites<'a>(places: &'a [Place<'a>]) -> impl Iterator<Item = &'a Place<'a>> {
    registered(places).filter(|place| place.site.path.is_empty())
}

fn site_name<'a>(place: &'a Place<'_>) -> &'a str {
    place.site.name.as_deref().unwrap_or(&place.owner.name)
}

/// The code stands beside the institution's own name alone.
fn code<'a>(place: &'a Place<'_>, owner: &str) -> &'a str {
    if owner == place.owner.name { &place.owner.uscc } else { "" }
}

fn icp(places: &[Place<'_>]) -> String {
    let rows = registered(places).filter_map(|place| {
        let own = || html::icp(place.number, place.division);
        let number = place.site.registers.icp.clone().unwrap_or_else(own);
        let owner = place.site.registers.icp_owner.as_deref().unwrap_or(&place.owner.name);
        let row = [owner, code(place, owner), nature(place), &number, site_name(place), &place.domain, "2025-03-01"];
        (!number.is_empty()).then(|| row.map(str::to_owned).to_vec())
    });
    table(&["主办单位名称", "统一社会信用代码", "单位性质", "备案号", "网站名称", "域名", "审核通过日期"], rows.collect())
}

/// The nature of the owner as the filing system words it.
fn nature(place: &Place<'_>) -> &'static str {
    match place.owner.kind.as_deref() {
        Some("party_government") => "政府机关",
        Some("public_institution") => "事业单位",
        Some("mass_organisation") => "群团机关",
        _ => "企业",
    }
}

fn police(places: &[Place<'_>]) -> String {
    let rows = registered(places).map(|place| {
        let number = html::police(place.number, place.division);
        let owner = place.site.registers.police_owner.as_deref().unwrap_or(&place.owner.name);
        [&number, owner, code(place, owner), site_name(place), &place.domain, "2025-04-01"].map(str::to_owned).to_vec()
    });
    table(&["公安备案号", "开办主体", "统一社会信用代码", "网站名称", "域名", "备案日期"], rows.collect())
}

/// The registry issues marks to organs and public institutions alone.
fn marks(places: &[Place<'_>]) -> String {
    let entitled = registered(places).filter(|place| place.owner.kind.as_deref() != Some("other"));
    let rows = entitled.map(|place| {
        let number = Certificate::new(place.number, Some(place.owner), place.site).code;
        let owner = place.site.registers.mark_owner.as_deref().unwrap_or(&place.owner.name);
        let class = if place.owner.mark_class() == "blue" { "事业单位" } else { "党政机关" };
        let state = place.site.registers.mark_state.as_deref().unwrap_or("有效");
        let row = [&number, owner, code(place, owner), class, site_name(place), &place.domain, "2025-02-01", state];
        row.map(str::to_owned).to_vec()
    });
    let heads = ["标识编号", "单位名称", "统一社会信用代码", "标识类别", "网站名称", "域名", "发放时间", "状态"];
    table(&heads, rows.collect())
}

fn site_codes(places: &[Place<'_>]) -> String {
    let organs = sites(places).filter(|place| place.owner.kind.as_deref() == Some("party_government"));
    let rows = organs.map(|place| {
        let number = html::site_code(place.number, place.division);
        let address = format!("https://{}/", place.site.host);
        [&number, &place.owner.name, &place.owner.uscc, site_name(place), &address].map(ToString::to_string).to_vec()
    });
    table(&["网站标识码", "主办单位", "统一社会信用代码", "网站名称", "首页网址"], rows.collect())
}

/// One RDAP answer a domain (RFC 9083). A domain is held by the institution whose site it is, else by that of the first site below it.
fn registrations(places: &[Place<'_>], today: Date) -> String {
    let mut domains: BTreeMap<&str, &Place<'_>> = BTreeMap::new();
    for place in sites(places) {
        let is_own = |place: &Place<'_>| place.site.host.strip_prefix("www.").unwrap_or(&place.site.host) == place.domain;
        let known = domains.entry(&place.domain).or_insert(place);
        if is_own(place) && !is_own(known) {
            *known = place;
        }
    }
    let answer = |(domain, place): (&&str, &&Place<'_>)| {
        let registers = &place.site.registers;
        let holder = registers.registrant.as_deref().unwrap_or(&place.owner.name);
        let end = today.saturating_add(registers.expires_in_days.unwrap_or(500).days());
        let contact = |role: &str, name: &str| json!({ "objectClassName": "entity", "roles": [role], "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]] });
        let mut entities = vec![contact("registrar", "示例域名注册服务机构")];
        if !holder.is_empty() {
            entities.push(contact("registrant", holder));
        }
        let event = |action: &str, day: Date| json!({ "eventAction": action, "eventDate": format!("{day}T00:00:00Z") });
        json!({
            "objectClassName": "domain",
            "ldhName": domain,
            "status": ["active"],
            "entities": entities,
            "events": [event("registration", jiff::civil::date(2015, 1, 1)), event("expiration", end)],
        })
    };
    let answers: Vec<_> = domains.iter().map(answer).collect();
    format!("{:#}\n", json!({ "rdapConformance": ["rdap_level_0"], "domainSearchResults": answers }))
}

fn clouds(today: Date) -> String {
    let day = |days: i64| today.saturating_add(days.days()).to_string();
    let rows = vec![
        vec!["示例省电子政务云平台".into(), "示例政务云;阿里云".into(), "示例云计算有限公司".into(), day(-400), day(600)],
        vec!["旧例政务云".into(), String::new(), "旧例云计算有限公司".into(), day(-1500), day(-405)],
    ];
    table(&["云平台名称", "别名", "运营单位", "评估通过日期", "有效期至"], rows)
}

fn platforms() -> String {
    let row = |name: &str, aliases: &str, domain: &str| [name, aliases, domain, "2023-09-27"].map(str::to_owned).to_vec();
    let rows = vec![row("示例应用商店", "示例商店", "yingyong-shangdian.com"), row("示例软件市场", "", "ruanjian-shichang.cn")];
    table(&["平台名称", "别名", "域名", "备案日期"], rows)
}

/// What institutions have listed, of one kind.
fn listed(world: &World, kind: ListedKind) -> impl Iterator<Item = (&Institution, &Listed)> {
    let all = world.institutions.iter().flat_map(|owner| owner.listed.iter().map(move |listed| (owner, listed)));
    all.filter(move |(_, listed)| listed.kind == kind)
}

fn apps(world: &World) -> String {
    let rows = listed(world, ListedKind::App).flat_map(|(owner, app)| {
        app.on.iter().map(move |on| {
            let developer = on.subject.as_deref().unwrap_or(&owner.name);
            let mark = if on.unmarked { "否" } else { "是" };
            [&app.id, &on.platform, &app.name, developer, "1.0.0", &on.page, mark].map(str::to_owned).to_vec()
        })
    });
    table(&["应用包名", "所在平台", "应用名称", "开发者", "版本", "下载页", "展示网上标识"], rows.collect())
}

fn accounts(world: &World, kind: ListedKind) -> String {
    let rows = listed(world, kind).flat_map(|(owner, account)| {
        let id = account.id.rsplit('/').next().unwrap_or_default();
        account.on.iter().map(move |on| {
            let subject = on.subject.as_deref().unwrap_or(&owner.name);
            let mark = if on.unmarked { "否" } else { "是" };
            [&on.platform, id, &account.name, subject, "2025-05-01", mark].map(str::to_owned).to_vec()
        })
    });
    table(&["所在平台", "账号ID", "名称", "认证主体", "认证日期", "展示网上标识"], rows.collect())
}

/// The questionnaire for every site of its own and every mail system.
fn answers(world: &World, places: &[Place<'_>], today: Date) -> String {
    let none = Answers::default();
    let sites = sites(places).map(|place| {
        let address = format!("https://{}/", place.site.host);
        (place.owner, "网站", address, &place.site.registers.answers)
    });
    let mail =
        world.institutions.iter().flat_map(|owner| owner.mail.iter().map(move |domain| (owner, "电子邮件系统", domain.clone())));
    let mail = mail.map(|(owner, kind, address)| (owner, kind, address, &none));
    let yes = |holds: bool| if holds { "是" } else { "否" }.to_owned();
    let rows = sites.chain(mail).filter(|(.., answers)| !answers.missing).enumerate().map(
        |(number, (owner, kind, address, answers))| {
            let assessed = today.saturating_add((-answers.assessed_days_ago.unwrap_or(100)).days());
            vec![
                kind.to_owned(),
                address,
                owner.name.clone(),
                owner.uscc.clone(),
                answers.level.unwrap_or(3).to_string(),
                format!("62990043001-26{number:03}"),
                yes(true),
                assessed.to_string(),
                yes(true),
                yes(answers.contract_duties.unwrap_or(true)),
                yes(true),
                yes(true),
                answers.log_days.unwrap_or(400).to_string(),
                yes(true),
                yes(true),
                answers.approved.clone(),
                "自查报告.pdf".into(),
                today.saturating_add((-10).days()).to_string(),
            ]
        },
    );
    let heads = [
        "应用类型",
        "地址",
        "单位名称",
        "统一社会信用代码",
        "等级保护级别",
        "等级保护备案号",
        "承载重要业务",
        "最近安全检测评估日期",
        "外包开发或运维",
        "合同明确安全责任",
        "最高管理权限由本单位掌握",
        "外包人员权限及时收回",
        "日志留存天数",
        "日志备份",
        "容灾备份",
        "已批准开放服务",
        "证明材料",
        "填报日期",
    ];
    table(&heads, rows.collect())
}
