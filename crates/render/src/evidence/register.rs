//! The ledger as evidence.

use model::facts::register::{Estate, Register};
use model::institution::{Application, ApplicationKind, Institution, OwnerStatus, SiteRole};
use model::text::Label;

use super::Blocks;

pub(super) fn register(blocks: &mut Blocks<'_>, register: &Register) {
    match &register.institution {
        Some(owner) => institution(blocks, owner),
        None => {
            let unknown = blocks.say("台账未登记", "not in the ledger");
            blocks.field("开办单位", "Institution", unknown);
        }
    }
    let application = &register.application;
    blocks.field("应用名称", "Application", &application.name);
    blocks.field("登记地址", "Address as registered", &application.address);
    let words = describe(blocks, application);
    blocks.field("应用情况", "Application is", words);
    let superior: Vec<_> = register.superior_hosts.iter().map(|host| &host.unicode).collect();
    let superior = blocks.list(&superior);
    blocks.field("上级单位网站", "Superior's web sites", superior);
}

pub(super) fn estate(blocks: &mut Blocks<'_>, estate: &Estate) {
    institution(blocks, &estate.institution);
    let rows: Vec<_> = estate
        .applications
        .iter()
        .map(|application| [application.name.clone(), application.address.clone(), describe(blocks, application)])
        .collect();
    blocks.table(("名下应用", "Applications"), [("名称", "Name"), ("地址", "Address"), ("情况", "State")], rows);
}

fn institution(blocks: &mut Blocks<'_>, institution: &Institution) {
    blocks.field("开办单位", "Institution", &institution.name);
    let short_names = blocks.list(&institution.short_names);
    blocks.field("规范简称", "Short names", short_names);
    blocks.field("统一社会信用代码", "Social credit code", institution.uscc.as_ref().map_or("", |code| code.as_str()));
    let kind = institution.kind.map(|kind| kind.label().get(blocks.lang));
    let level = institution.level.map(|level| level.label().get(blocks.lang));
    let unknown = blocks.say("未知", "unknown");
    blocks.field("机构类型", "Type", kind.unwrap_or(unknown));
    blocks.field("机构层级", "Level", level.unwrap_or(unknown));
    blocks.field("行政区划代码", "Division", institution.division.as_ref().map_or("", |code| code.as_str()));
    if let Some(duties) = institution.administrative_duties {
        let yes = blocks.yes(duties);
        blocks.field("承担行政职能", "Administrative duties", yes);
    }
}

/// Kind, role and use of an application in words.
fn describe(blocks: &Blocks<'_>, application: &Application) -> String {
    let kind = kind_label(application.kind).get(blocks.lang);
    let role = application.role.map(|role| match role {
        SiteRole::Portal => blocks.say("门户网站", "portal"),
        SiteRole::Part => blocks.say("栏目、专题或业务系统", "part of a site"),
    });
    let status = match application.status {
        OwnerStatus::Active => blocks.say("在用", "in use"),
        OwnerStatus::Retired => blocks.say("已停用", "retired"),
        OwnerStatus::Candidate => blocks.say("待确认", "not confirmed"),
        OwnerStatus::ThirdParty => blocks.say("第三方", "third party"),
    };
    [Some(kind), role, Some(status)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A kind of application in words (Art. 2).
pub(crate) fn kind_label(kind: ApplicationKind) -> Label {
    match kind {
        ApplicationKind::WebSite => Label { zh: "网站", en: "web site" },
        ApplicationKind::MobileApp => Label { zh: "移动应用程序", en: "mobile application" },
        ApplicationKind::MiniProgram => Label { zh: "小程序", en: "mini program" },
        ApplicationKind::PublicAccount => Label { zh: "公众账号", en: "public account" },
        ApplicationKind::MailSystem => Label { zh: "互联网电子邮件系统", en: "e-mail system" },
    }
}
