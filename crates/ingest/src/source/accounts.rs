//! What lives on the platforms of others under a verified subject: mini programs (小程序) and public accounts (公众账号), a row each.

use ledger::identity;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::entity::EntityKind;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format of mini programs.
pub static MINI_PROGRAMS: Format = Format {
    kind: SourceKind::MiniPrograms,
    doc: Label { zh: include_str!("mini_program.zh.md"), en: include_str!("mini_program.md") },
    read: |input, sink| read(EntityKind::MiniProgram, input, sink),
};

/// The format of public accounts.
pub static ACCOUNTS: Format = Format {
    kind: SourceKind::Accounts,
    doc: Label { zh: include_str!("account.zh.md"), en: include_str!("account.md") },
    read: |input, sink| read(EntityKind::Account, input, sink),
};

table::columns! {
    "a table of mini programs or public accounts", needs [Platform] [Id];
    Platform "platform" = "所在平台" | "平台" | "平台名称";
    Id "id" = "账号ID" | "账号标识" | "原始ID" | "AppID" | "账号" | "小程序ID" | "微信号" | "account_id";
    Name "name" = "名称" | "账号名称" | "小程序名称" | "公众号名称";
    VerifiedSubject "verified_subject" = "认证主体" | "账号主体" | "主体名称" | "认证主体名称";
    Uscc "uscc" = "统一社会信用代码" | "主体统一社会信用代码";
    VerifiedOn "verified_on" = "认证日期" | "认证时间";
    Number "number" = "备案号" | "小程序备案号" | "icp_number";
    ShowsMark "shows_mark" = "展示网上标识" | "是否展示网上标识";
}

fn read(kind: EntityKind, input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut |row, sink| take(kind, row, sink))
}

fn take(kind: EntityKind, row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let platform = row.need(C::Platform, values::name)?;
    let account = identity::on_platform(kind, platform, row.need(C::Id, id)?);
    let Some(account) = account else { return Err(row.reject(C::Id, Text::new("没有账号", "there is no id")).into()) };
    claims::put(&mut says, A::Platform, platform.to_owned());
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    if let Some(subject) = row.get(C::VerifiedSubject) {
        // Said to be verified by nobody is something else than nothing said: the empty value says so.
        says.insert(A::VerifiedSubject, if is_none(subject) { String::new() } else { subject.into() });
    }
    claims::put_uscc(&mut says, A::OwnerUscc, row, C::Uscc)?;
    claims::put_day(&mut says, A::VerifiedOn, row, C::VerifiedOn)?;
    claims::put(&mut says, A::Number, row.read(C::Number, values::icp)?.map(|icp| icp.number));
    claims::put_truth(&mut says, A::ShowsMark, row, C::ShowsMark)?;
    claims::put_notes(&mut says, row);
    Ok(claims::send(sink, row, account, "", says)?)
}

fn id(text: &str) -> Result<&str, Text> {
    let lawful = text.chars().count() <= 100 && !text.chars().any(|character| character.is_whitespace() || character == '/');
    if lawful {
        Ok(text)
    } else {
        Err(Text::new("账号不能含有空格或斜线", "an account id has neither blanks nor slashes"))
    }
}

fn is_none(subject: &str) -> bool {
    matches!(subject.to_ascii_lowercase().as_str(), "未认证" | "无" | "none" | "unverified" | "-" | "—")
}
