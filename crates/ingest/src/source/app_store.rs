//! Listings of app stores: one row an app on a platform.

use ledger::identity;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::Label;

use crate::source::claims;
use crate::source::input::Input;
use crate::source::table::{self, Bad, Row};
use crate::source::{Format, Sink, SourceError, values};

/// The format.
pub static FORMAT: Format = Format {
    kind: SourceKind::AppStore,
    doc: Label { zh: include_str!("app_store.zh.md"), en: include_str!("app_store.md") },
    read,
};

table::columns! {
    "a table of app-store listings", needs [Package] [Platform];
    Package "package" = "应用包名" | "包名" | "应用标识" | "bundle_id" | "package_name";
    Platform "platform" = "所在平台" | "应用商店" | "分发平台" | "商店" | "平台" | "store";
    Name "app_name" = "应用名称" | "APP名称" | "名称" | "name";
    Developer "developer" = "开发者" | "开发者名称" | "运营者" | "开发商";
    Uscc "uscc" = "统一社会信用代码" | "开发者统一社会信用代码";
    Version "version" = "版本" | "版本号";
    Signer "signer" = "签名证书" | "签名证书SHA256" | "签名指纹" | "signer_sha256" | "certificate_sha256";
    DownloadPage "download_page" = "下载页" | "下载地址" | "下载链接" | "应用详情页" | "url";
    Number "number" = "备案号" | "APP备案号" | "icp_number";
    UpdatedOn "updated_on" = "更新日期" | "更新时间" | "上架日期";
    ShowsMark "shows_mark" = "展示网上标识" | "是否展示网上标识" | "下载页展示标识";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    table::rows(input, &COLUMNS, sink, &mut take)
}

fn take(row: &Row<'_>, sink: &mut dyn Sink) -> Result<(), Bad> {
    let mut says = Says::new();
    let package = row.need(C::Package, values::package)?;
    let platform = row.need(C::Platform, values::name)?;
    claims::put(&mut says, A::Platform, platform.to_owned());
    claims::put_text(&mut says, A::Name, row, C::Name)?;
    claims::put_text(&mut says, A::Developer, row, C::Developer)?;
    claims::put_uscc(&mut says, A::OwnerUscc, row, C::Uscc)?;
    claims::put_text(&mut says, A::Version, row, C::Version)?;
    claims::put(&mut says, A::Signer, row.read(C::Signer, values::sha256)?);
    claims::put(&mut says, A::DownloadPage, row.read(C::DownloadPage, values::page)?);
    claims::put(&mut says, A::Number, row.read(C::Number, values::icp)?.map(|icp| icp.number));
    claims::put_day(&mut says, A::UpdatedOn, row, C::UpdatedOn)?;
    claims::put_truth(&mut says, A::ShowsMark, row, C::ShowsMark)?;
    claims::put_notes(&mut says, row);
    let part = identity::platform_word(platform);
    Ok(claims::send(sink, row, EntityId::new(EntityKind::App, package), &part, says)?)
}
