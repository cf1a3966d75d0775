//! Answers of institutions to the questionnaire (单位填报): what cannot be seen from outside, one row an application; and the blank form.

use std::collections::BTreeSet;

use jiff::civil::Date;
use ledger::identity;
use model::institution::ApplicationKind;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Lang, Text};
use rust_xlsxwriter::{Workbook, XlsxError};

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format.
pub static FORMAT: Format = Format {
    kind: SourceKind::Attestation,
    doc: Label { zh: include_str!("attestation.zh.md"), en: include_str!("attestation.md") },
    read,
};

table::columns! {
    "a filled-in questionnaire", needs [Address];
    Kind "application_kind" = "应用类型";
    Address "address" = "地址" | "网址" | "域名" | "首页网址";
    Name "application_name" = "应用名称" | "网站名称";
    Owner "institution_name" = "单位名称" | "开办单位" | "填报单位" | "主办单位";
    Uscc "uscc" = "统一社会信用代码";
    Level "protection_level" = "等级保护级别" | "等保级别" | "网络安全等级";
    Number "protection_number" = "等级保护备案号" | "等保备案号" | "等保备案编号";
    Important "important_business" = "承载重要业务" | "是否承载重要业务";
    AssessedOn "assessed_on" = "最近安全检测评估日期" | "最近检测评估日期" | "检测评估日期";
    Outsourced "outsourced" = "外包开发或运维" | "是否外包";
    Contract "contract_duties" = "合同明确安全责任" | "合同明确安全保密责任";
    Privileges "top_privileges_own" = "最高管理权限由本单位掌握" | "最高权限由本单位掌握";
    Withdrawn "grants_withdrawn" = "外包人员权限及时收回";
    LogDays "log_days" = "日志留存天数" | "日志保存天数";
    LogBackup "log_backup" = "日志备份" | "日志是否备份";
    Backup "backup" = "容灾备份" | "是否容灾备份";
    Services "approved_services" = "已批准开放服务" | "批准开放端口";
    MailFactors "mail_factors" = "邮件多因素验证" | "邮箱多因素验证";
    MailForwarding "mail_forwarding" = "邮件自动转发" | "邮箱自动转发";
    MailDownload "mail_download" = "附件自动下载" | "邮箱附件自动下载";
    Documents "documents" = "证明材料" | "附件";
    AnsweredBy "answered_by" = "填报人" | "联系人";
    AnsweredOn "answered_on" = "填报日期" | "填报时间";
}

/// The answers that are yes or no.
const YES_OR_NO: [(C, A); 10] = [
    (C::Important, A::ImportantBusiness),
    (C::Outsourced, A::Outsourced),
    (C::Contract, A::ContractDuties),
    (C::Privileges, A::TopPrivilegesOwn),
    (C::Withdrawn, A::GrantsWithdrawn),
    (C::LogBackup, A::LogBackup),
    (C::Backup, A::Backup),
    (C::MailFactors, A::MailFactors),
    (C::MailForwarding, A::MailForwarding),
    (C::MailDownload, A::MailDownload),
];

/// An empty questionnaire as a workbook (`.xlsx`), its headers in the words of `lang`; filled in, it is read by this format.
///
/// # Errors
/// When the writer fails, which on a fixed sheet in memory it has no reason to.
pub fn blank(lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (number, column) in (0..).zip(COLUMNS.all) {
        let header = match lang {
            Lang::Zh => column.names.first().copied().unwrap_or(column.word),
            Lang::En => column.word,
        };
        sheet.write_string(0, number, header)?;
        sheet.set_column_width(number, 20)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let help = book.add_worksheet();
    for (number, line) in (0..).zip(FORMAT.doc.get(lang).lines()) {
        help.write_string(number, 0, line)?;
    }
    book.save_to_buffer()
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let delivered = input.at.to_zoned(jiff::tz::TimeZone::UTC).date();
    table::rows(input, &COLUMNS, sink, &mut |row, sink| take(row, delivered, sink))
}

fn take(row: &Row<'_>, delivered: Date, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let application = application(row)?;
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    claims::put_text(&mut says, A::Owner, row, C::Owner)?;
    claims::put_uscc(&mut says, A::OwnerUscc, row, C::Uscc)?;
    claims::put(&mut says, A::ProtectionLevel, row.read(C::Level, protection_level)?.map(Into::into));
    claims::put_text(&mut says, A::ProtectionNumber, row, C::Number)?;
    for (column, attribute) in YES_OR_NO {
        claims::put_truth(&mut says, attribute, row, column)?;
    }
    claims::put(&mut says, A::AssessedOn, row.read(C::AssessedOn, |text| past(text, delivered))?.map(|day| day.to_string()));
    claims::put(&mut says, A::LogDays, row.read(C::LogDays, days)?.map(|days| days.to_string()));
    claims::put(&mut says, A::ApprovedServices, row.read(C::Services, services)?);
    claims::put_list(&mut says, A::Documents, row, C::Documents)?;
    claims::put_text(&mut says, A::AnsweredBy, row, C::AnsweredBy)?;
    claims::put(&mut says, A::AnsweredOn, row.read(C::AnsweredOn, |text| past(text, delivered))?.map(|day| day.to_string()));
    claims::put_notes(&mut says, row);
    Ok(claims::send(sink, row, application, "", says)?)
}

/// The application that the answers are of.
fn application(row: &Row<'_>) -> Result<EntityId, Bad> {
    let (kind, _) = row.read(C::Kind, values::application_kind)?.unwrap_or_default();
    let entity = EntityKind::of_application(kind);
    Ok(match kind {
        ApplicationKind::WebSite => identity::site(&row.need(C::Address, values::address)?),
        ApplicationKind::MailSystem => {
            let host = |text: &'_ str| values::host(text.rsplit('@').next().unwrap_or(text));
            EntityId::new(entity, row.need(C::Address, host)?.ascii)
        }
        ApplicationKind::MobileApp => EntityId::new(entity, row.need(C::Address, values::package)?),
        ApplicationKind::MiniProgram | ApplicationKind::PublicAccount => {
            let named = |text: &'_ str| {
                let (platform, id) = text.split_once('/').ok_or_else(|| {
                    Text::new("应写成 平台/账号，如 微信/gh_123", "write it as platform/id, like wechat/gh_123")
                })?;
                identity::on_platform(entity, platform, id).ok_or_else(|| Text::new("没有账号", "there is no id"))
            };
            row.need(C::Address, named)?
        }
    })
}

/// A level of classified protection, 1 to 5.
fn protection_level(text: &str) -> Result<&'static str, Text> {
    Ok(match text.trim_start_matches('第').trim_end_matches('级') {
        "1" | "一" => "1",
        "2" | "二" => "2",
        "3" | "三" => "3",
        "4" | "四" => "4",
        "5" | "五" => "5",
        _ => return Err(Text::new("等级保护级别应为 1 至 5（一级至五级）", "a protection level is 1 to 5")),
    })
}

/// A number of days: `180`, `180天`, `6个月`, `1年`; a month has 30, a year 365.
fn days(text: &str) -> Result<u32, Text> {
    let reason = || Text::new("应为天数，如 365", "this is no number of days; write it like 365");
    let text = text.trim_start_matches(['≥', '>']).trim();
    let (digits, unit) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
    let days = match unit.trim() {
        "" | "天" | "日" | "days" => 1,
        "个月" | "月" | "months" => 30,
        "年" | "years" => 365,
        _ => return Err(reason()),
    };
    digits.parse::<u32>().ok().and_then(|number| number.checked_mul(days)).filter(|days| *days <= 36_500).ok_or_else(reason)
}

/// The most services in one cell.
const MOST_SERVICES: usize = 200;

/// Services that are approved to be open: `tcp/443 udp/161`, also `443/tcp` and `443`, which is TCP; ascending by number.
fn services(text: &str) -> Result<String, Text> {
    let mut approved = BTreeSet::new();
    for written in text
        .split([' ', ',', '，', ';', '；', '、', '\u{3000}', '\n', '\t'])
        .filter(|written| !written.is_empty() && !values::is_nothing(written))
    {
        approved.insert(service(written)?);
        if approved.len() > MOST_SERVICES {
            return Err(Text::new(
                format!("超过 {MOST_SERVICES} 个端口"),
                format!("there are more than {MOST_SERVICES} services"),
            ));
        }
    }
    Ok(approved.into_iter().map(|(port, transport)| format!("{transport}/{port}")).collect::<Vec<_>>().join(";"))
}

fn service(written: &str) -> Result<(u16, &'static str), Text> {
    let (transport, port) = match written.split_once(['/', '／']) {
        Some((one, other)) if one.starts_with(|letter: char| letter.is_ascii_digit()) => (other, one),
        Some(parts) => parts,
        None => ("tcp", written),
    };
    let transport = match transport.to_ascii_lowercase().as_str() {
        "tcp" => Some("tcp"),
        "udp" => Some("udp"),
        _ => None,
    };
    let port = port.parse::<u16>().ok().filter(|port| *port > 0);
    port.zip(transport).ok_or_else(|| {
        Text::new("应写成 协议/端口，如 tcp/443 udp/161", "write services as transport/port, like tcp/443 udp/161")
    })
}

/// A day that is not after the delivery, but for the hours that clocks are apart.
fn past(text: &str, delivered: Date) -> Result<Date, Text> {
    let day = values::day(text)?;
    let next = delivered.tomorrow().unwrap_or(delivered);
    if day <= next { Ok(day) } else { Err(Text::new("日期在填报之后", "the day is later than the answer itself")) }
}
