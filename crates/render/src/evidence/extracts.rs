//! Evidence out of registers, lists and declarations.

use jiff::civil::Date;
use model::facts::attestation::Attestation;
use model::facts::extracts::{CloudAssessments, DomainRegistration, Filings, ListedName, Listings};
use model::facts::standing::{Party, Standing};

use super::Blocks;

pub(super) fn day(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

pub(super) fn filings(blocks: &mut Blocks<'_>, filings: &Filings) {
    blocks.field("数据日期", "Day of the extract", day(filings.as_of));
    blocks.field("查询域名", "Domain looked up", &filings.domain);
    blocks.field("查询编号", "Numbers looked up", blocks.list(&filings.numbers));
    if filings.held.is_empty() {
        let none = blocks.say("无对应记录", "no entry");
        blocks.field("结果", "Result", none);
    }
    let rows: Vec<_> = filings
        .held
        .iter()
        .map(|filing| {
            let until = filing.valid_until.map(|until| format!("→ {until}"));
            let times = [Some(day(filing.issued_on)), until, Some(filing.validity.clone())];
            let times: Vec<_> = times.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            let owner = [&filing.owner, &filing.uscc, &filing.nature].map(String::as_str);
            [
                filing.number.clone(),
                owner.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"),
                filing.domains.join("\n"),
                filing.site.clone(),
                times.join("\n"),
            ]
        })
        .collect();
    let heads = [
        ("编号", "Number"),
        ("主办单位", "Subject"),
        ("域名", "Domains"),
        ("网站名称", "Site"),
        ("日期与状态", "Dates and state"),
    ];
    blocks.table(("登记记录", "Entries"), heads, rows);
}

pub(super) fn registration(blocks: &mut Blocks<'_>, registration: &DomainRegistration) {
    blocks.field("数据日期", "Day of the answer", day(registration.as_of));
    blocks.field("域名", "Domain", &registration.domain);
    let hidden = blocks.say("未公开", "not disclosed");
    blocks.field("域名持有者", "Registrant", registration.registrant.as_deref().unwrap_or(hidden));
    blocks.field("注册服务机构", "Registrar", &registration.registrar);
    blocks.field("注册日期", "Registered on", day(registration.registered_on));
    blocks.field("到期日期", "Ends on", day(registration.expires_on));
    blocks.field("更新日期", "Updated on", day(registration.updated_on));
    blocks.field("域名状态", "Status", blocks.list(&registration.status));
}

pub(super) fn listings(blocks: &mut Blocks<'_>, listings: &Listings) {
    blocks.field("数据日期", "Day of the data", day(listings.as_of));
    let unknown = blocks.say("未知", "unknown").to_owned();
    let none = blocks.say("未认证", "not verified").to_owned();
    let rows: Vec<_> = listings
        .listings
        .iter()
        .map(|listing| {
            let verified = match listing.verified_subject.as_deref() {
                None => unknown.clone(),
                Some("") => none.clone(),
                Some(subject) => format!("{subject}\n{}", day(listing.verified_on)),
            };
            let mark = listing.shows_mark.map_or(unknown.as_str(), |shows| blocks.yes(shows)).to_owned();
            let named = [listing.name.as_str(), &listing.version, &listing.developer];
            let named: Vec<_> = named.into_iter().filter(|part| !part.is_empty()).collect();
            [listing.platform.clone(), named.join("\n"), verified, mark, listing.download_page.clone()]
        })
        .collect();
    let heads = [
        ("平台", "Platform"),
        ("名称、版本、开发者", "Name, version, developer"),
        ("认证主体", "Verified subject"),
        ("标识", "Mark"),
        ("页面", "Page"),
    ];
    blocks.table(("上架与账号", "Listings"), heads, rows);
}

pub(super) fn clouds(blocks: &mut Blocks<'_>, list: &CloudAssessments) {
    blocks.field("查询服务商", "Providers looked up", blocks.list(&list.providers));
    platforms(blocks, list.as_of, &list.platforms);
}

pub(super) fn platforms(blocks: &mut Blocks<'_>, as_of: Option<Date>, platforms: &[ListedName]) {
    blocks.field("名单日期", "Day of the list", day(as_of));
    let rows = platforms.iter().map(|listed| {
        let until = listed.valid_until.map(|until| format!("→ {until}")).unwrap_or_default();
        let times = [day(listed.issued_on), until, listed.validity.clone()];
        let times: Vec<_> = times.into_iter().filter(|part| !part.is_empty()).collect();
        let others = listed.aliases.iter().chain(&listed.domains).map(String::as_str).collect::<Vec<_>>().join("\n");
        [listed.name.clone(), others, listed.operator.clone(), times.join("\n")]
    });
    let heads =
        [("名称", "Name"), ("别名与域名", "Other names, domains"), ("运营单位", "Operator"), ("日期与状态", "Dates and state")];
    blocks.table(("名单", "List"), heads, rows);
}

pub(super) fn standing(blocks: &mut Blocks<'_>, standing: &Standing) {
    let lang = blocks.lang;
    let state = |state: Option<model::ledger::claim::LifeState>| state.map_or("", |state| state.label().get(lang));
    blocks.field("应用状态", "Application is", state(standing.state));
    blocks.field("自", "Since", day(standing.since));
    blocks.field("依据", "Who says so", &standing.by);
    blocks.field("最早记录", "Known since", day(standing.known_since));
    if let Some(owner) = &standing.owner {
        party(blocks, ("开办单位", "Institution"), &owner.party);
        blocks.field("单位状态", "Institution is", state(owner.state));
        blocks.field("单位状态自", "Institution's state since", day(owner.state_since));
        owner.successor.iter().for_each(|successor| party(blocks, ("承继单位", "Successor"), successor));
    }
    let rows = standing.seen.iter().map(|seen| [seen.source.clone(), seen.last.to_string()]);
    blocks.table(("最近见到", "Last seen"), [("来源", "Source"), ("日期", "Day")], rows);
}

fn party(blocks: &mut Blocks<'_>, (zh, en): (&'static str, &'static str), party: &Party) {
    let names = [&party.name, &party.uscc].into_iter().chain(&party.short_names).chain(&party.former_names);
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    blocks.field(zh, en, blocks.list(&names));
}

pub(super) fn attestation(blocks: &mut Blocks<'_>, answers: &Attestation) {
    blocks.field("填报日期", "Answered on", day(answers.answered_on));
    blocks.field("填报人", "Answered by", &answers.answered_by);
    blocks.field("证明材料", "Documents", blocks.list(&answers.documents));
    blocks.field("等级保护级别", "Protection level", answers.protection_level.map(|level| level.to_string()).unwrap_or_default());
    blocks.field("等级保护备案号", "Protection filing", answers.protection_number.as_deref().unwrap_or_default());
    blocks.field("最近安全检测评估", "Last security assessment", day(answers.assessed_on));
    blocks.field("已批准开放服务", "Approved services", blocks.list(&answers.approved_services));
    blocks.field("日志留存（天）", "Logs kept (days)", answers.log_days.map(|days| days.to_string()).unwrap_or_default());
    let flags = [
        ("承载重要业务", "Important business", answers.important_business),
        ("外包开发或运维", "Outsourced", answers.outsourced),
        ("合同明确安全责任", "Duties in the contract", answers.contract_duties),
        ("最高权限由本单位掌握", "Top privileges with own staff", answers.top_privileges_own),
        ("外包人员权限及时收回", "Ended grants withdrawn", answers.grants_withdrawn),
        ("日志备份", "Logs backed up", answers.log_backup),
        ("容灾备份", "Disaster recovery and backup", answers.backup),
    ];
    for (zh, en, answer) in flags {
        blocks.field(zh, en, answer.map_or("", |answer| blocks.yes(answer)));
    }
}
