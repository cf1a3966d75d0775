//! Evidence of components: scripts, bills of materials, advisories, life cycles, suppliers.

use model::advisory::{Component, Told};
use model::facts::components::{Components, Ends, Lifecycles, Match, SupplierReach, Vulnerabilities};
use model::facts::extracts::ThreatListings;
use model::facts::scripts::{Library, Scripts};
use model::text::{Label, Lang};

use super::Blocks;
use super::extracts::day;

fn version(component: &Component, lang: Lang) -> String {
    let reading = &component.version;
    match reading.told {
        Told::Exact => reading.number.clone(),
        Told::Unknown => reading.told.label().get(lang).to_owned(),
        _ => format!("{} ({})", reading.number, reading.told.label().get(lang)),
    }
}

fn told_by(component: &Component, lang: Lang) -> String {
    let channel = component.channel.label().get(lang);
    let parts = [channel, component.place.as_str(), component.evidence.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

pub(super) fn components(blocks: &mut Blocks<'_>, components: &Components) {
    let lang = blocks.lang;
    blocks.field("特征库", "Sets", blocks.list(&components.sets));
    blocks.field("物料清单日期", "Bill of materials of", day(components.declared_on));
    let rows = components.found.iter().map(|one| {
        let products = one.products.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        [one.name.clone(), version(one, lang), products, told_by(one, lang)]
    });
    let heads = [("名称", "Name"), ("版本", "Version"), ("标识", "Identifiers"), ("依据", "Told by")];
    blocks.table(("软件组件", "Components"), heads, rows);
}

pub(super) fn vulnerabilities(blocks: &mut Blocks<'_>, told: &Vulnerabilities) {
    let lang = blocks.lang;
    let feeds = told.feeds.iter().map(|feed| format!("{} {}", feed.source.label().get(lang), day(feed.as_of)));
    blocks.field("公告来源", "Feeds", blocks.list(&feeds.collect::<Vec<_>>()));
    blocks.field("比对组件数", "Components looked up", told.looked_up.to_string());
    let heads = [
        ("漏洞", "Vulnerability"),
        ("组件", "Component"),
        ("把握程度", "Certainty"),
        ("严重程度", "Severity"),
        ("紧急度", "Urgency"),
        ("修复", "Remedy"),
    ];
    blocks.table(("涉及的漏洞", "Vulnerabilities"), heads, told.matches.iter().map(|one| vulnerability(one, lang)));
    if told.beyond > 0 {
        blocks.field("未列出", "Not listed", told.beyond.to_string());
    }
}

fn vulnerability(one: &Match, lang: Lang) -> [String; 6] {
    let exploited = Label { zh: "已知被利用", en: "known to be exploited" }.get(lang);
    let fixed = one.fixed_in.as_ref().map(|fixed| format!("≥ {fixed}")).unwrap_or_default();
    let names = std::iter::once(&one.vulnerability).chain(&one.names).cloned().collect::<Vec<_>>().join("\n");
    let gravity = [one.severity.label().get(lang), if one.exploited.is_some() { exploited } else { "" }];
    [
        format!("{names}\n{}", one.title),
        format!("{} {}", one.component.name, version(&one.component, lang)),
        one.certainty.label().get(lang).to_owned(),
        gravity.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"),
        one.urgency.to_string(),
        if one.remedy.is_empty() { fixed } else { format!("{fixed}\n{}", one.remedy) },
    ]
}

pub(super) fn lifecycles(blocks: &mut Blocks<'_>, told: &Lifecycles) {
    let lang = blocks.lang;
    blocks.field("数据日期", "Day of the data", day(told.as_of));
    let rows: Vec<_> = told
        .cycles
        .iter()
        .map(|one| {
            let ends = match one.ends {
                Ends::On(end) => end.to_string(),
                Ends::Ended => blocks.say("已停止维护", "ended").to_owned(),
                Ends::NotSet => blocks.say("未定", "not set").to_owned(),
            };
            let component = format!("{} {}", one.component.name, version(&one.component, lang));
            [component, format!("{} {}", one.product, one.cycle), ends, one.latest.clone()]
        })
        .collect();
    let heads = [("组件", "Component"), ("版本周期", "Cycle"), ("停止维护", "Support ends"), ("最新版本", "Latest")];
    blocks.table(("维护周期", "Life cycles"), heads, rows);
}

pub(super) fn scripts(blocks: &mut Blocks<'_>, scripts: &Scripts) {
    blocks.field("页面", "Page", &scripts.page);
    blocks.field("特征库", "Detectors", &scripts.detectors);
    blocks.field("内嵌脚本", "Inline", libraries(&scripts.inline));
    let rows: Vec<_> = scripts
        .scripts
        .iter()
        .map(|script| {
            let failure = script.failure.as_ref().map(|failure| failure.text().get(blocks.lang).to_owned());
            let parts = [
                libraries(&script.libraries),
                if script.third_party { blocks.say("第三方", "third party").to_owned() } else { String::new() },
                if script.pinned { blocks.say("已校验完整性", "pinned").to_owned() } else { String::new() },
                failure.unwrap_or_default(),
            ];
            [script.url.clone(), parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")]
        })
        .collect();
    blocks.table(("脚本", "Scripts"), [("地址", "Address"), ("内容", "What it is")], rows);
}

fn libraries(libraries: &[Library]) -> String {
    libraries.iter().map(|one| format!("{} {}", one.name, one.version)).collect::<Vec<_>>().join("\n")
}

pub(super) fn threats(blocks: &mut Blocks<'_>, told: &ThreatListings) {
    blocks.field("数据日期", "Day of the data", day(told.as_of));
    blocks.field("查询主机", "Hosts looked up", blocks.list(&told.hosts));
    let rows = told.listed.iter().map(|one| {
        let since = format!("{} {}", one.by, day(one.since));
        [one.host.clone(), one.indicator.clone(), one.threat.clone(), since]
    });
    let heads = [("主机", "Host"), ("名单条目", "Listed"), ("威胁", "Threat"), ("来源", "Source")];
    blocks.table(("名单命中", "On the lists"), heads, rows);
}

pub(super) fn suppliers(blocks: &mut Blocks<'_>, reach: &SupplierReach) {
    let lang = blocks.lang;
    let rows = reach.suppliers.iter().map(|one| {
        let signs = one.signs.iter().map(|sign| format!("{} {}", sign.by.label().get(lang), sign.evidence));
        let shared = one.shared.iter().map(|shared| format!("{} × {}", shared.vulnerability, shared.subjects));
        [
            one.name.clone(),
            signs.collect::<Vec<_>>().join("\n"),
            one.subjects.to_string(),
            one.affected.to_string(),
            shared.collect::<Vec<_>>().join("\n"),
        ]
    });
    let heads = [
        ("供应商", "Supplier"),
        ("依据", "Signs"),
        ("涉及应用", "Applications"),
        ("存在高危漏洞", "With grave findings"),
        ("共同漏洞", "Shared"),
    ];
    blocks.table(("供应商", "Suppliers"), heads, rows);
}
