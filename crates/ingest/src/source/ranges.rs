//! Address ranges of clouds and content delivery: cdncheck's JSON, or a table of ranges and providers.

use geo::Listed;
use ipnet::IpNet;
use model::facts::hosting::ProviderRole;
use model::ledger::attribute::Attribute;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::input::Input;
use crate::source::rows::{self, Rows, put};
use crate::source::table::columns;
use crate::source::{Format, Sink, SourceError, Stopped, assets, values};

/// Address ranges.
pub static FORMAT: Format = Format {
    kind: SourceKind::CloudRanges,
    doc: Label { zh: include_str!("ranges.zh.md"), en: include_str!("ranges.md") },
    read,
};

/// The largest list in JSON, in bytes.
const LARGEST: u64 = 128 << 20;

columns! {
    "a list of address ranges",
    needs [Range] [Provider];
    Range "cidr" = "网段" | "ip_range" | "range" | "prefix" | "IP段" | "地址段";
    Provider "provider" = "服务商" | "云服务商" | "云平台" | "name";
    Role "role" = "类别" | "服务类别" | "type";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if input.start().trim_ascii_start().starts_with(b"{") {
        return published(input, sink);
    }
    rows::of_table(input, &COLUMNS, sink, |rows, row| {
        let text = row.text(C::Range);
        let alone = || assets::address(text).map(IpNet::from);
        let Some(range) = text.parse::<IpNet>().ok().or_else(alone) else {
            return rows.reject(
                Some("cidr"),
                text,
                Text::new("不是网段，应如 192.0.2.0/24", "this is no range; write it like 192.0.2.0/24"),
            );
        };
        let provider = row.text(C::Provider);
        if provider.is_empty() {
            return rows.reject(Some("provider"), "", Text::new("缺少服务商", "the provider is missing"));
        }
        let role = match row.text(C::Role).to_lowercase().as_str() {
            "" => None,
            "cloud" | "云" | "云服务" => Some(ProviderRole::Cloud),
            "cdn" | "内容分发" => Some(ProviderRole::Cdn),
            "waf" | "防护" => Some(ProviderRole::Waf),
            "network" | "网络" => Some(ProviderRole::Network),
            _ => {
                let reason = Text::new("类别应为 cloud、cdn、waf、network", "the role is one of cloud, cdn, waf, network");
                return rows.reject(Some("role"), row.text(C::Role), reason);
            }
        };
        hand_on(rows, provider, role, range)
    })
}

/// The list in cdncheck's form, by the reader of the atlas, under the names by which the atlas knows the providers.
fn published(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let (name, bytes) = (input.name, input.whole(LARGEST)?);
    let mut rows = Rows::new(sink, input.at);
    let mut stopped = Ok(());
    let read = geo::published(&bytes, &mut |place, listed| {
        if stopped.is_err() {
            return;
        }
        rows.line += 1;
        rows.count();
        stopped = match listed {
            Ok(Listed::Range { provider, role, range }) => hand_on(&mut rows, &provider, Some(role), range),
            // Aliases are names, no ranges.
            Ok(Listed::Suffix { .. }) => Ok(()),
            Err(problem) => rows.reject(
                Some(&place()),
                "",
                Text::new(format!("此行无法使用：{problem}"), format!("this row cannot be used: {problem}")),
            ),
        };
    });
    stopped?;
    read.map_err(|error| SourceError::Unlike { name: name.into(), expected: COLUMNS.what, problem: error.to_string() })
}

fn hand_on(rows: &mut Rows<'_>, provider: &str, role: Option<ProviderRole>, range: IpNet) -> Result<(), Stopped> {
    let mut says = Says::new();
    put(&mut says, Attribute::Provider, provider);
    put(&mut says, Attribute::ProviderRole, &role.map(|role| values::word(&role)).unwrap_or_default());
    // Lists name some ranges for several providers and roles.
    let part = role.map_or_else(|| provider.to_owned(), |role| format!("{} {provider}", values::word(&role)));
    rows.claim(EntityId::new(EntityKind::Network, range.trunc().to_string()), &part, says)
}
